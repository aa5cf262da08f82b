//! How an authority checks that a domain is its applicant's, and until when public ones may.

use crate::text::words;
use time::Date;
use time::macros::date;

words! {
    /// As the operator says it: no certificate does.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Validation {
        Dns = "dns",
        Http = "http",
        Email = "email",
        Phone = "phone",
    }
}

impl Validation {
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
