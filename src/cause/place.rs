//! Why nothing is known of a remembered place.

use super::FolderError;
use super::places::Places;

/// Why nothing is known of a remembered place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlaceCause {
    /// The endpoint may have several certificates, and showed another one.
    NotSaid {
        source: String,
    },
    /// The name has other addresses now.
    LeadsElsewhere {
        source: String,
        address: String,
    },
    Gone {
        source: String,
    },
    NotInThisRun,
    /// The folder that it was in.
    Folder(FolderError),
}

impl PlaceCause {
    pub(super) fn clause(&self, at: Places) -> String {
        match self {
            Self::NotSaid { source } => format!("{} did not say whether it still has it", at.quoted(source)),
            Self::LeadsElsewhere { source, address } => {
                format!("{} does not lead to {} now", at.quoted(source), at.bare(address))
            }
            Self::Gone { source } => format!("{} is no longer there", at.bare(source)),
            Self::NotInThisRun => "not looked at in this run".to_owned(),
            Self::Folder(error) => format!("its folder {error}"),
        }
    }
}
