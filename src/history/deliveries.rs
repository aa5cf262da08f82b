//! What was told: the accepted deliveries.

use crate::event::EventKind;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// The kinds of reminders of an end.
pub(super) const REMINDERS: [EventKind; 3] = [EventKind::Expiration, EventKind::Expired, EventKind::HostingFailure];
/// The kinds of messages that close a series of them.
pub(super) const CLOSINGS: [EventKind; 2] = [EventKind::Hosting, EventKind::Deletion];

/// The accepted deliveries of one kind of reminder to one contact by one channel, in the order of sending, which is
/// that of their moments unless the clock jumped; never empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeliveryLog(Vec<Delivery>);

/// One message that its channel accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The start of the run that sent it.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Why it was sent then, in English.
    pub why: String,
    /// By mail, the addresses that have it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<String>,
}

impl Delivery {
    /// Without addresses.
    #[must_use]
    pub fn new(at: OffsetDateTime, why: impl Into<String>) -> Self {
        Self { at, why: why.into(), to: Vec::new() }
    }
}

impl DeliveryLog {
    /// More than a daily reminder of a year needs; the first one stays, for it anchors the slots.
    const KEPT: usize = 400;

    /// With its first delivery.
    #[must_use]
    pub fn new(delivery: Delivery) -> Self {
        Self(vec![delivery])
    }

    /// The moment of the earliest.
    #[must_use]
    pub fn first(&self) -> OffsetDateTime {
        self.0.iter().map(|delivery| delivery.at).min().unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// The moment of the latest.
    #[must_use]
    pub fn last(&self) -> OffsetDateTime {
        self.0.iter().map(|delivery| delivery.at).max().unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// How many are remembered.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// As they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Delivery> {
        self.0.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Delivery> {
        self.0.iter_mut()
    }

    /// Adds one. Beyond the number that is kept the oldest but the first goes.
    pub fn push(&mut self, delivery: Delivery) {
        if self.0.len() >= Self::KEPT {
            self.0.remove(1);
        }
        self.0.push(delivery);
    }
}
