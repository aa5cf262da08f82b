//! What stops the next renewal.

use std::fmt;

use time::Date;

/// What stops the next renewal, or makes it come too late.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RenewalCause {
    Blocked {
        due: Date,
        by: RenewalBlock,
    },
    /// From then on no public authority validates names in the way of this certificate: by phone, or by e-mail.
    ValidationEnds {
        by_phone: bool,
        from: Date,
    },
    /// The authority wants it from then on (RFC 9773).
    WindowAfterEnd {
        from: Date,
    },
    /// The certificate ends in between.
    WindowBeyondEnd {
        from: Date,
        until: Date,
    },
    /// The policy plans it later than the authority wants it.
    WindowMissed {
        until: Date,
        planned: Date,
    },
}

/// Why its authority will not be let.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RenewalBlock {
    /// The CAA records of a domain permit others, of which some are named, or none.
    NotPermitted { domain: String, permitted: Vec<String>, own: String },
    /// They have a critical property that no authority knows.
    CriticalProperty { domain: String, property: String },
    /// Where the proof is to stand leads to another name.
    DeadEnd { name: String, target: String, why: DeadEnd },
}

/// Why a name cannot be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeadEnd {
    NoTopLevelDomain,
    /// Below this zone of a registry.
    NoDomain {
        zone: String,
    },
    NoServer,
}

impl fmt::Display for RenewalCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blocked { due, by } => write!(f, "its renewal, due {due}, will fail: {by}"),
            Self::ValidationEnds { by_phone, from } => {
                let by = if *by_phone { "phone" } else { "e-mail" };
                write!(f, "its names are validated by {by}, which no public authority does from {from} on: ")?;
                f.write_str("renew it before, or in another way")
            }
            Self::WindowAfterEnd { from } => {
                write!(f, "its authority wants it to be renewed from {from} on, and it ends before")
            }
            Self::WindowBeyondEnd { from, until } => {
                write!(f, "its authority lets it be renewed from {from} to {until}, and it ends before that is over")
            }
            Self::WindowMissed { until, planned } => {
                write!(f, "its authority wants it to be renewed until {until}, and `renew-before` plans {planned}")
            }
        }
    }
}

impl fmt::Display for RenewalBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPermitted { domain, permitted, own } if permitted.is_empty() => {
                write!(f, "the CAA records of `{domain}` permit no authority, and not `{own}`")
            }
            Self::NotPermitted { domain, permitted, own } => {
                write!(f, "the CAA records of `{domain}` permit `{}`, and not `{own}`", permitted.join(", "))
            }
            Self::CriticalProperty { domain, property } => {
                write!(f, "the CAA records of `{domain}` hold the critical property `{property}`")
            }
            Self::DeadEnd { name, target, why } => {
                write!(f, "`{name}` leads to `{target}`, and ")?;
                match why {
                    DeadEnd::NoTopLevelDomain => f.write_str("there is no such top-level domain"),
                    DeadEnd::NoDomain { zone } => write!(f, "`.{zone}` has no such domain"),
                    DeadEnd::NoServer => f.write_str("no server answers for that"),
                }
            }
        }
    }
}
