//! Servers that asked for time, and whom they reach.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::channels;
use crate::disk::Environment;
use crate::fault::contained;
use crate::history::{ChannelRecord, History};
use crate::policy::{Channel, ContactName, Policies};

/// Until when a server is not called, as it asked.
pub(super) fn until(record: Option<&ChannelRecord>, now: OffsetDateTime) -> Option<OffsetDateTime> {
    record?.not_before.filter(|until| *until > now)
}

/// The channels of contacts whose servers asked for time, and until when.
#[derive(Clone, Debug, Default)]
pub struct Throttled(BTreeMap<(ContactName, Channel), OffsetDateTime>);

impl Throttled {
    /// Of all recipients whose channel has to rest at `now`.
    #[must_use]
    pub fn new(policies: &Policies, history: &History, environment: &Environment<'_>, now: OffsetDateTime) -> Self {
        // The secrets of channels are read only where this may be so.
        if !history.robots.values().any(|record| until(Some(record), now).is_some()) {
            return Self::default();
        }
        let recipients = policies
            .contacts
            .values()
            .flat_map(|contact| contact.channels().into_iter().map(move |channel| (contact.name.clone(), channel)));
        let throttled = recipients.filter_map(|(contact, channel)| {
            let server = contained(|| channels::server((&contact, channel), policies, environment)).ok()??;
            let until = until(history.robots.get(&server), now)?;
            Some(((contact, channel), until))
        });
        Self(throttled.collect())
    }

    /// Whether no channel rests.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The end of the rest, where there is one.
    #[must_use]
    pub fn until(&self, contact: &ContactName, channel: Channel) -> Option<OffsetDateTime> {
        self.0.get(&(contact.clone(), channel)).copied()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&ContactName, Channel, OffsetDateTime)> {
        self.0.iter().map(|((contact, channel), until)| (contact, *channel, *until))
    }
}
