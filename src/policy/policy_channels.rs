//! By which channels a policy tells its contacts.

use std::collections::BTreeSet;

use super::{Channel, Contact};

/// The channels of a policy, of which each contact has its own share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyChannels {
    named: BTreeSet<Channel>,
    is_built_in: bool,
}

impl PolicyChannels {
    /// Those of the built-in policy: e-mail and inbox, and for a contact without mail every channel that it has.
    #[must_use]
    pub fn built_in() -> Self {
        Self { named: BTreeSet::from([Channel::Email, Channel::Inbox]), is_built_in: true }
    }

    /// Those by which `contact` is told.
    #[must_use]
    pub fn of(&self, contact: &Contact) -> BTreeSet<Channel> {
        if self.is_built_in && contact.email.is_empty() {
            contact.channels()
        } else {
            self.named.iter().copied().filter(|channel| contact.has(*channel)).collect()
        }
    }
}

impl From<BTreeSet<Channel>> for PolicyChannels {
    fn from(named: BTreeSet<Channel>) -> Self {
        Self { named, is_built_in: false }
    }
}
