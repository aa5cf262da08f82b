//! The kinds of events and the three categories people subscribe to.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    Business,
    Alerts,
    ServiceChanges,
}

impl Category {
    pub const ALL: [Self; 3] = [Self::Business, Self::Alerts, Self::ServiceChanges];

    /// As a policy file writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Business => "business",
            Self::Alerts => "alerts",
            Self::ServiceChanges => "service-changes",
        }
    }

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

macro_rules! kinds {
    ($($kind:ident = $name:literal, $category:ident, $nature:ident;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum EventKind {
            $(#[serde(rename = $name)] $kind,)*
        }

        impl EventKind {
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$kind),*];

            /// The full name, `business.expiration`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            #[must_use]
            pub const fn category(self) -> Category {
                match self { $(Self::$kind => Category::$category,)* }
            }

            #[must_use]
            pub const fn nature(self) -> EventNature {
                match self { $(Self::$kind => EventNature::$nature,)* }
            }
        }
    };
}

kinds! {
    Expiration = "business.expiration", Business, Condition;
    Download = "business.download", Business, Occurrence;
    Revocation = "business.revocation", Business, Occurrence;
    Deletion = "business.deletion", Business, Occurrence;
    Sharing = "business.sharing", Business, Occurrence;
    Hosting = "business.hosting", Business, Occurrence;
    Expired = "alert.expired", Alerts, Condition;
    NotificationsDisabled = "alert.notifications-disabled", Alerts, Occurrence;
    HostingFailure = "alert.hosting-failure", Alerts, Condition;
    Anomaly = "alert.anomaly", Alerts, Condition;
    Recovery = "alert.recovery", Alerts, Occurrence;
    CaChange = "service.ca-change", ServiceChanges, Occurrence;
    Notice = "service.notice", ServiceChanges, Occurrence;
    Announcement = "service.announcement", ServiceChanges, Occurrence;
    Update = "service.update", ServiceChanges, Occurrence;
    Upgrade = "service.upgrade", ServiceChanges, Occurrence;
}

impl EventKind {
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
        let name = match name {
            "renewed" => "hosting",
            "renewal-failed" => "hosting-failure",
            other => other,
        };
        Self::ALL
            .into_iter()
            .find(|kind| {
                kind.short_name() == name
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
        assert_eq!("renewed".parse::<EventKind>().unwrap(), EventKind::Hosting);
        assert_eq!("alert.renewal-failed".parse::<EventKind>().unwrap(), EventKind::HostingFailure);
        assert!("business.expired".parse::<EventKind>().is_err());
    }
}
