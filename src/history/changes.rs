//! What a run changes in the memory while it sends, as values: each is recorded by itself, and made once more after a crash.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{ChannelRecord, Delivery, History, Moment, PostedAs, Refusal, to_one};
use crate::certificate::Fingerprint;
use crate::event::{EventKind, OccurrenceId};
use crate::policy::{Channel, ContactName};

/// One step of sending, as it is remembered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    #[serde(rename = "told")]
    Accepted(Accepted),
    Refused(Refused),
    Unanswered(Unanswered),
    Pace(Pace),
}

/// A message was accepted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Accepted {
    pub contact: ContactName,
    pub channel: Channel,
    /// The start of the run that sent it.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    pub message: String,
    /// By mail, the addresses that have it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<String>,
    /// All addresses of the contact, where it depends on them whether something is still owed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub all: Vec<String>,
    /// What it reminded of, and why then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reminders: Vec<(Fingerprint, EventKind, String)>,
    /// By what the service knows it, where it can be changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posted: Option<PostedAs>,
    /// What it told of, in few words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub occurrences: Vec<(OccurrenceId, String)>,
}

/// A channel took nothing; by mail one address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refused {
    pub contact: ContactName,
    pub channel: Channel,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    pub refusal: Refusal,
}

/// All of a message was written and nothing was answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unanswered {
    pub key: String,
    pub at: Moment,
    /// In so many runs in a row.
    pub runs: u32,
}

/// The pace of a robot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pace {
    pub robot: String,
    pub record: ChannelRecord,
}

/// Keeps the memory: as a whole, and while messages go out by what each of them changed.
pub trait Recorder<E> {
    /// When it returns, all of `history` is kept.
    ///
    /// # Errors
    /// It cannot be kept: nothing may be sent then.
    fn save(&mut self, history: &History) -> Result<(), E>;

    /// The same for what the next run would find out again: it may be lost in a power cut, if nothing was sent.
    ///
    /// # Errors
    /// As [`Recorder::save`].
    fn save_soon(&mut self, history: &History) -> Result<(), E> {
        self.save(history)
    }

    /// Makes sure that changes of so many bytes will find their room.
    ///
    /// # Errors
    /// There is no room: what cannot be recorded is not sent.
    fn make_room(&mut self, _history: &History, _bytes: u64) -> Result<(), E> {
        Ok(())
    }

    /// When it returns, `changes`, which `history` has already, are kept beside what was saved last.
    ///
    /// # Errors
    /// As [`Recorder::save`].
    fn append(&mut self, history: &History, _changes: &[Change]) -> Result<(), E> {
        self.save(history)
    }
}

/// What takes a whole memory keeps one after another.
impl<E, F: FnMut(&History) -> Result<(), E>> Recorder<E> for F {
    fn save(&mut self, history: &History) -> Result<(), E> {
        self(history)
    }
}

impl History {
    /// Makes one change: in the run that sends, and once more from its record where that run did not come to its end.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Accepted(accepted) => self.apply_accepted(accepted),
            Change::Refused(Refused { contact, channel, address, refusal }) => match address {
                Some(address) => {
                    let addresses = self.mail_refusals.entry(contact.clone()).or_default();
                    addresses.insert(address.clone(), refusal.clone());
                }
                None => {
                    self.refusals.entry(contact.clone()).or_default().insert(*channel, refusal.clone());
                }
            },
            Change::Unanswered(Unanswered { key, at, runs }) => {
                if *runs > 1 {
                    self.unanswered_runs.insert(key.clone(), *runs);
                }
                self.unanswered.insert(key.clone(), *at);
            }
            Change::Pace(Pace { robot, record }) => {
                self.robots.insert(robot.clone(), record.clone());
            }
        }
    }

    fn apply_accepted(&mut self, accepted: &Accepted) {
        let delivery = |why: &str| Delivery { to: accepted.to.clone(), ..Delivery::new(accepted.at, why) };
        for (fingerprint, kind, why) in &accepted.reminders {
            self.note_delivery(*fingerprint, *kind, &accepted.contact, accepted.channel, delivery(why));
        }
        let all = (!accepted.all.is_empty()).then_some(accepted.all.as_slice());
        for (id, what) in &accepted.occurrences {
            self.note_told_of(id, (&accepted.contact, accepted.channel), delivery(what), all);
        }
        self.note_posted(accepted);
        self.forget_refusals(accepted);
    }

    fn forget_refusals(&mut self, accepted: &Accepted) {
        let keys =
            accepted.to.iter().map(|address| to_one(&accepted.message, address)).chain([accepted.message.clone()]);
        for key in keys {
            self.unanswered.remove(&key);
            self.unanswered_runs.remove(&key);
        }
        if let Some(addresses) = self.mail_refusals.get_mut(&accepted.contact).filter(|_| !accepted.to.is_empty()) {
            addresses.retain(|address, _| !accepted.to.contains(address));
            if addresses.is_empty() {
                self.mail_refusals.remove(&accepted.contact);
            }
        }
        if let Some(by_channel) = self.refusals.get_mut(&accepted.contact) {
            by_channel.remove(&accepted.channel);
            if by_channel.is_empty() {
                self.refusals.remove(&accepted.contact);
            }
        }
    }
}
