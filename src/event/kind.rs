//! The kinds of events and the three categories people subscribe to.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Severity;
use crate::text::words;

words! {
    /// A group of kinds, by which a policy subscribes to all of them.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Category {
        Business = "business",
        Alerts = "alerts",
        ServiceChanges = "service-changes",
    }
}

impl Category {
    /// Before the dot of a kind.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Business => "business",
            Self::Alerts => "alert",
            Self::ServiceChanges => "service",
        }
    }

    /// The category that `text` names: `alerts` or `alert`, and so on.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.as_str() == text || category.prefix() == text)
    }
}

/// Whether an event lasts or happens once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventNature {
    /// So now: owed to recipients subscribed now, dropped unsent when no longer so.
    Condition,
    /// Owed once to recipients subscribed in the run that saw it.
    Occurrence,
}

/// Why an event of a kind is not taken from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotForReports {
    #[error("it follows from the dates of the certificate")]
    FollowsFromDates,
    #[error("certnotify alone can know it: it compares what it sees with what it saw")]
    FollowsFromLooking,
}

const REPORTED: Result<(), NotForReports> = Ok(());
const DATES: Result<(), NotForReports> = Err(NotForReports::FollowsFromDates);
const LOOKING: Result<(), NotForReports> = Err(NotForReports::FollowsFromLooking);

macro_rules! kinds {
    ($($kind:ident = $name:literal, $category:ident, $nature:ident, $severity:ident, $source:ident, $rank:literal;)*) => {
        /// Every kind of event of the catalogue.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum EventKind {
            $(#[serde(rename = $name)] $kind,)*
        }

        impl EventKind {
            /// All of them, in the order of the catalogue.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$kind),*];

            /// The full name, `business.expiration`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// The part of the catalogue that it belongs to.
            #[must_use]
            pub const fn category(self) -> Category {
                match self { $(Self::$kind => Category::$category,)* }
            }

            /// Whether it lasts or happens once.
            #[must_use]
            pub const fn nature(self) -> EventNature {
                match self { $(Self::$kind => EventNature::$nature,)* }
            }

            /// How bad it is where no finding says so.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$kind => Severity::$severity,)* }
            }

            /// Whether a hook may know of it.
            ///
            /// # Errors
            /// Why it need not be reported.
            pub const fn check_reportable(self) -> Result<(), NotForReports> {
                match self { $(Self::$kind => $source,)* }
            }

            /// Its place among the rows of a message: the lowest comes first.
            #[must_use]
            pub const fn rank(self) -> u8 {
                match self { $(Self::$kind => $rank,)* }
            }
        }
    };
}

kinds! {
    Expiration = "business.expiration", Business, Condition, Warning, DATES, 0;
    Issuance = "business.issuance", Business, Occurrence, Ok, REPORTED, 6;
    Download = "business.download", Business, Occurrence, Ok, REPORTED, 10;
    Revocation = "business.revocation", Business, Occurrence, Critical, REPORTED, 1;
    Deletion = "business.deletion", Business, Occurrence, Warning, REPORTED, 2;
    Sharing = "business.sharing", Business, Occurrence, Warning, REPORTED, 5;
    Hosting = "business.hosting", Business, Occurrence, Ok, REPORTED, 6;
    Expired = "alert.expired", Alerts, Condition, Critical, DATES, 0;
    NotificationsDisabled = "alert.notifications-disabled", Alerts, Occurrence, Warning, LOOKING, 4;
    HostingFailure = "alert.hosting-failure", Alerts, Condition, Warning, REPORTED, 0;
    Anomaly = "alert.anomaly", Alerts, Condition, Warning, LOOKING, 3;
    Recovery = "alert.recovery", Alerts, Occurrence, Ok, LOOKING, 7;
    CaChange = "service.ca-change", ServiceChanges, Occurrence, Ok, LOOKING, 8;
    Notice = "service.notice", ServiceChanges, Occurrence, Ok, REPORTED, 9;
    Announcement = "service.announcement", ServiceChanges, Occurrence, Ok, REPORTED, 9;
    Update = "service.update", ServiceChanges, Occurrence, Ok, REPORTED, 9;
    Upgrade = "service.upgrade", ServiceChanges, Occurrence, Ok, REPORTED, 9;
}

/// What else a kind is called, by hooks and by policy files.
const OTHER_NAMES: [(&str, EventKind); 3] =
    [("issued", EventKind::Issuance), ("renewed", EventKind::Hosting), ("renewal-failed", EventKind::HostingFailure)];

impl EventKind {
    /// Every kind that may be reported.
    pub fn reportable() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|kind| kind.check_reportable().is_ok())
    }

    /// What it is called beside its name, `renewed`.
    #[must_use]
    pub fn other_name(self) -> Option<&'static str> {
        OTHER_NAMES.into_iter().find_map(|(name, kind)| (kind == self).then_some(name))
    }

    /// Such an event is about services as a whole, where it names no certificate.
    #[must_use]
    pub fn may_be_about_nothing(self) -> bool {
        self.category() == Category::ServiceChanges
    }

    /// The name without its category, `expiration`.
    #[must_use]
    pub fn short_name(self) -> &'static str {
        self.as_str().split_once('.').map_or(self.as_str(), |(_, name)| name)
    }

    /// Nothing of it is left to be done once another certificate stands in the place of its own.
    #[must_use]
    pub const fn ends_with_its_certificate(self) -> bool {
        matches!(self, Self::Expiration | Self::Expired | Self::HostingFailure | Self::Revocation)
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no kind of event.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no kind of event")]
pub struct UnknownEventKind(pub String);

impl FromStr for EventKind {
    type Err = UnknownEventKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (category, name) = match text.split_once('.') {
            Some((category, name)) => (Some(category), name),
            None => (None, text),
        };
        Self::ALL
            .into_iter()
            .find(|kind| {
                (kind.short_name() == name || kind.other_name() == Some(name))
                    && category.is_none_or(|category| Category::named(category) == Some(kind.category()))
            })
            .ok_or_else(|| UnknownEventKind(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_known_with_and_without_its_category_and_by_its_other_names() {
        for kind in EventKind::ALL {
            assert_eq!(kind.as_str().parse::<EventKind>().unwrap(), kind);
            assert_eq!(kind.short_name().parse::<EventKind>().unwrap(), kind);
        }
        assert_eq!("alerts.expired".parse::<EventKind>().unwrap(), EventKind::Expired);
        assert_eq!("service-changes.update".parse::<EventKind>().unwrap(), EventKind::Update);
        assert_eq!("issued".parse::<EventKind>().unwrap(), EventKind::Issuance);
        assert_eq!("renewed".parse::<EventKind>().unwrap(), EventKind::Hosting);
        assert_eq!("alert.renewal-failed".parse::<EventKind>().unwrap(), EventKind::HostingFailure);
        assert!("business.expired".parse::<EventKind>().is_err());
    }
}
