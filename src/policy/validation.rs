//! How an authority checks that a domain is its applicant's, and until when public ones may.

use time::Date;
use time::macros::date;

/// As the operator says it: no certificate does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validation {
    Dns,
    Http,
    Email,
    Phone,
}

impl Validation {
    pub const ALL: [Self; 4] = [Self::Dns, Self::Http, Self::Email, Self::Phone];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Http => "http",
            Self::Email => "email",
            Self::Phone => "phone",
        }
    }

    /// The day from which no public authority does so any more (CA/Browser Forum ballot SC-090).
    #[must_use]
    pub const fn ends(self) -> Option<Date> {
        match self {
            Self::Dns | Self::Http => None,
            Self::Email => Some(date!(2028 - 03 - 15)),
            Self::Phone => Some(date!(2027 - 03 - 15)),
        }
    }
}
