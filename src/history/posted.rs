//! Messages that a service can change, for as long as something that they remind of is not over.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::deliveries::REMINDERS;
use super::{Accepted, ByChannel, History};
use crate::certificate::Fingerprint;
use crate::policy::{Channel, ContactName};

/// Of one contact by one channel, of all, and in one message: what is more is not put right.
const MOST_OF_CHANNEL: usize = 10;
const MOST: usize = 2_000;
const MOST_CERTIFICATES: usize = 30;
/// By then a room has moved on.
const AGE: Duration = Duration::days(90);

/// What a service knows a message by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostedAs {
    pub id: String,
    /// A hash of where it was sent.
    pub robot: String,
}

/// A message of reminders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// In their order in the message.
    pub certificates: Vec<Fingerprint>,
    /// Runs that failed to change it.
    #[serde(default, skip_serializing_if = "is_none")]
    pub failed: u32,
    pub id: String,
    /// What it says is over.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub over: BTreeMap<Fingerprint, Over>,
    pub robot: String,
}

/// A certificate that asks for nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Over {
    /// When a run saw it.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// It gave way to another one; else it is watched no more.
    pub renewed: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
const fn is_none(number: &u32) -> bool {
    *number == 0
}

impl Posted {
    fn is(&self, other: &Self) -> bool {
        self.id == other.id && self.robot == other.robot
    }

    /// Whether all certificates of the message are done with.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.certificates.iter().all(|fingerprint| self.over.contains_key(fingerprint))
    }
}

impl History {
    /// Keeps what the service knows the message by, where it only reminds, and can be written anew from what is remembered.
    pub(super) fn note_posted(&mut self, accepted: &Accepted) {
        let Some(PostedAs { id, robot }) = accepted.posted.clone() else { return };
        let only_reminds =
            accepted.occurrences.is_empty() && accepted.reminders.iter().all(|(_, kind, _)| REMINDERS.contains(kind));
        let mut certificates: Vec<Fingerprint> = Vec::new();
        for (fingerprint, _, _) in &accepted.reminders {
            if !certificates.contains(fingerprint) {
                certificates.push(*fingerprint);
            }
            if certificates.len() > MOST_CERTIFICATES {
                return;
            }
        }
        if !only_reminds || certificates.is_empty() {
            return;
        }
        let channels = self.posted.entry(accepted.contact.clone()).or_default();
        let known = channels.entry(accepted.channel).or_default();
        known.retain(|other| other.id != id || other.robot != robot);
        known.push(Posted { at: accepted.at, certificates, failed: 0, id, over: BTreeMap::new(), robot });
        let superfluous = known.len().saturating_sub(MOST_OF_CHANNEL);
        known.drain(..superfluous);
    }

    /// Remembers what a message says from now on; one of which nothing is open, or that stays as it is, is forgotten.
    pub(crate) fn put_right(&mut self, contact: &ContactName, channel: Channel, posted: &Posted, is_right: bool) {
        let Some(known) = self.posted.get_mut(contact).and_then(|channels| channels.get_mut(&channel)) else { return };
        known.retain(|it| !it.is(posted) || (is_right && !posted.is_over()));
        if let Some(it) = known.iter_mut().find(|it| it.is(posted)) {
            it.clone_from(posted);
        }
    }

    /// How many runs have failed now to put it right.
    pub(crate) fn failed_to_put_right(&mut self, contact: &ContactName, channel: Channel, posted: &Posted) -> u32 {
        let known = self.posted.get_mut(contact).and_then(|channels| channels.get_mut(&channel));
        let Some(it) = known.into_iter().flatten().find(|it| it.is(posted)) else { return u32::MAX };
        it.failed = it.failed.saturating_add(1);
        it.failed
    }

    pub(super) fn prune_posted(&mut self, now: OffsetDateTime) {
        retain(&mut self.posted, |posted| now - posted.at <= AGE && !posted.is_over());
        let mut moments: Vec<OffsetDateTime> = all(&self.posted).map(|posted| posted.at).collect();
        if let Some(superfluous) = moments.len().checked_sub(MOST).filter(|superfluous| *superfluous > 0) {
            moments.sort_unstable();
            let last = moments.get(superfluous).copied();
            retain(&mut self.posted, |posted| last.is_none_or(|last| posted.at >= last));
        }
    }

    /// What is told of another memory's certificates is that one's to put right.
    pub(super) fn divide_posted(&mut self, stays: impl Fn(&Fingerprint) -> bool) {
        retain(&mut self.posted, |posted| posted.certificates.iter().any(&stays));
    }

    pub(super) fn merge_posted(&mut self, other: ByChannel<Vec<Posted>>) {
        for (contact, channels) in other {
            for (channel, new) in channels {
                let known = self.posted.entry(contact.clone()).or_default().entry(channel).or_default();
                for posted in new {
                    match known.iter_mut().find(|it| it.id == posted.id && it.robot == posted.robot) {
                        Some(known) => known.over.extend(posted.over),
                        None => known.push(posted),
                    }
                }
                known.sort_by(|one, other| (one.at, &one.id).cmp(&(other.at, &other.id)));
                let superfluous = known.len().saturating_sub(MOST_OF_CHANNEL);
                known.drain(..superfluous);
            }
        }
    }

    /// Every moment of it, with what makes its name.
    pub(super) fn visit_posted(&mut self, mut visit: impl FnMut(String, &mut OffsetDateTime)) {
        for (contact, channels) in &mut self.posted {
            for (channel, known) in channels {
                for posted in known {
                    visit(format!("posted {} {channel} {contact}", posted.id), &mut posted.at);
                    for (fingerprint, over) in &mut posted.over {
                        visit(format!("over {fingerprint} {} {channel} {contact}", posted.id), &mut over.at);
                    }
                }
            }
        }
    }
}

fn all(posted: &ByChannel<Vec<Posted>>) -> impl Iterator<Item = &Posted> {
    posted.values().flat_map(BTreeMap::values).flatten()
}

fn retain(posted: &mut ByChannel<Vec<Posted>>, stays: impl Fn(&Posted) -> bool) {
    for channels in posted.values_mut() {
        for known in channels.values_mut() {
            known.retain(&stays);
        }
        channels.retain(|_, known| !known.is_empty());
    }
    posted.retain(|_, channels| !channels.is_empty());
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::event::EventKind;
    use crate::history::Change;

    const NOW: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);

    fn told(contact: &str, id: &str, certificates: u8, kind: EventKind, at: OffsetDateTime) -> Change {
        let reminders = (0..certificates).map(|number| (Fingerprint::new([number; 32]), kind, "why".to_owned()));
        Change::Accepted(Accepted {
            contact: ContactName::new(contact),
            channel: Channel::Discord,
            at,
            message: id.to_owned(),
            to: Vec::new(),
            all: Vec::new(),
            posted: Some(PostedAs { id: id.to_owned(), robot: "r".to_owned() }),
            reminders: reminders.collect(),
            occurrences: Vec::new(),
        })
    }

    fn count(history: &History) -> usize {
        all(&history.posted).count()
    }

    #[test]
    fn only_what_reminds_of_a_few_certificates_is_kept_and_a_step_that_is_made_twice_once() {
        for (certificates, kind, kept) in [
            (1, EventKind::Expiration, 1),
            (30, EventKind::Expired, 1),
            (31, EventKind::Expired, 0),
            (0, EventKind::Expired, 0),
            (1, EventKind::Hosting, 0),
        ] {
            let mut history = History::default();
            history.apply(&told("ops", "1", certificates, kind, NOW));
            history.apply(&told("ops", "1", certificates, kind, NOW));
            assert_eq!(count(&history), kept, "{certificates} {kind}");
        }
    }

    #[test]
    fn a_channel_and_the_whole_have_their_bounds_and_the_latest_stay() {
        let mut history = History::default();
        for number in 0..50_i64 {
            let at = NOW + Duration::hours(number);
            history.apply(&told("ops", &number.to_string(), 1, EventKind::Expired, at));
        }
        let ids: Vec<&str> = all(&history.posted).map(|posted| posted.id.as_str()).collect();
        assert_eq!((ids.len(), ids[0]), (MOST_OF_CHANNEL, "40"));
        for number in 0..2_500_i64 {
            let at = NOW + Duration::days(3) + Duration::seconds(number);
            history.apply(&told(&format!("contact-{number}"), "1", 1, EventKind::Expired, at));
        }
        history.prune_posted(NOW + Duration::days(4));
        assert_eq!(count(&history), MOST);
        assert!(all(&history.posted).all(|posted| posted.at > NOW + Duration::days(2)));
        history.prune_posted(NOW + Duration::days(200));
        assert!(history.posted.is_empty());
    }

    #[test]
    fn one_of_which_nothing_is_open_is_forgotten() {
        let mut history = History::default();
        history.apply(&told("ops", "1", 2, EventKind::Expired, NOW));
        let contact = ContactName::new("ops");
        let over = Over { at: NOW, renewed: true };
        let mut posted = all(&history.posted).next().cloned().unwrap();
        posted.over.insert(posted.certificates[0], over);
        history.put_right(&contact, Channel::Discord, &posted, true);
        assert_eq!(all(&history.posted).next(), Some(&posted));
        assert_eq!(history.failed_to_put_right(&contact, Channel::Discord, &posted), 1);
        posted.over.insert(posted.certificates[1], over);
        history.put_right(&contact, Channel::Discord, &posted, true);
        assert_eq!(count(&history), 0);
    }
}
