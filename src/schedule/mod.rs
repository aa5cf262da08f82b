//! Events, policy, history and the clock → who is owed what, and why now.

mod batches;
mod closing;
mod coming;
mod compute;
mod corrections;
mod distant;
mod frequency;
mod next;
mod next_times;
mod occurrences;
mod own_places;
mod policy_match;
mod recipients;
mod series;
mod told_from;
mod upcoming;
mod window;

pub use coming::{Coming, coming};
pub use compute::{Schedule, due, due_of, plan};
pub use corrections::corrections;
pub use next::next;
pub use occurrences::{GIVEN_UP_AFTER, Recipient, recipients};
pub use recipients::terms;
pub use told_from::ToldFrom;
pub use upcoming::{Upcoming, UpcomingContent};

use std::collections::BTreeSet;
use std::sync::Arc;

use time::{Duration, OffsetDateTime};

use crate::certificate::Fingerprint;
use crate::detect::Opening;
use crate::event::{Detail, Event, EventKind, Occurrence, OccurrenceId};
use crate::policy::{Channel, Contact, ContactName, EntryName, Frequency, Policies, PolicyName, Window, Zone};

/// What a delivery is remembered by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReminderKey {
    pub fingerprint: Fingerprint,
    pub kind: EventKind,
    pub contact: ContactName,
    pub channel: Channel,
}

/// An event that a recipient is owed now, with the reason why now.
#[derive(Clone, Debug, PartialEq)]
pub struct Reminder {
    pub key: ReminderKey,
    pub event: Arc<Event>,
    pub why: ReminderReason,
    /// When it goes out.
    pub at: OffsetDateTime,
    /// 1 for the first of its kind to this contact by this channel.
    pub nth: usize,
    /// Earlier ones of its kind that do not count: a message about it is another than theirs.
    pub uncounted: usize,
    pub previous: Option<OffsetDateTime>,
    /// When the next one is owed if nothing changes.
    pub next: Option<OffsetDateTime>,
    pub terms: Arc<EffectivePolicy>,
    /// All who are told of this certificate in this run, its own contact among them: its reminders share it.
    pub told_now: Arc<BTreeSet<ContactName>>,
    /// All who will be told, and from when; its own contact may be among them.
    pub told_from: Arc<ToldFrom>,
}

impl Reminder {
    /// Other contacts who are told of this certificate in this run.
    pub fn told_with(&self) -> impl Iterator<Item = &ContactName> {
        self.told_now.iter().filter(|contact| **contact != self.key.contact)
    }

    /// How many those are.
    #[must_use]
    pub fn told_with_count(&self) -> usize {
        self.told_now.len() - usize::from(self.told_now.contains(&self.key.contact))
    }

    /// Other contacts who will be told, and from when, by name.
    pub fn told_later(&self) -> impl Iterator<Item = (&ContactName, OffsetDateTime)> {
        let others = self.told_from.by_name.iter().filter(|(contact, _)| **contact != self.key.contact);
        others.map(|(contact, from)| (contact, *from))
    }
}

/// Why a reminder is owed now and not at another time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReminderReason {
    /// The first one: the deadline has opened.
    Opened { lead: Duration },
    /// The first one to a contact that the escalation added.
    Escalated { within: Duration },
    /// The first one of an automatic renewal that is late.
    RenewalLate { since: OffsetDateTime },
    /// The first one of a certificate in a file, where another is served that should have given way to it.
    NotDeployed { is_predecessor: bool },
    /// One more, this long before the end.
    Milestone { left: Duration },
    /// One more, in its slot.
    Repeat { every_days: u16, previous: OffsetDateTime },
    /// The first one after the end.
    Expired,
    /// The first to a recipient of expirations alone: it has expired meanwhile.
    ExpiredUntold,
    /// A snooze has ended.
    SnoozeEnded { at: OffsetDateTime },
}

impl Reminder {
    /// What is really left when it goes out, where the reason names a length of time and that is another: the run came late, or
    /// the window moved the reminder.
    #[must_use]
    pub fn really_left(&self) -> Option<Duration> {
        let named = match self.why {
            ReminderReason::Opened { lead } => lead,
            ReminderReason::Milestone { left } => left,
            ReminderReason::Escalated { within } => within,
            ReminderReason::RenewalLate { .. }
            | ReminderReason::NotDeployed { .. }
            | ReminderReason::Repeat { .. }
            | ReminderReason::Expired
            | ReminderReason::ExpiredUntold
            | ReminderReason::SnoozeEnded { .. } => return None,
        };
        let left = self.event.certificate.effective_end() - self.at;
        let differs = named.saturating_sub(left).abs() >= Duration::DAY.min(named / 4);
        (differs && !left.is_negative()).then_some(left)
    }
}

/// What the policy says of a certificate, worked out for its dates.
#[derive(Clone, Debug, PartialEq)]
pub struct EffectivePolicy {
    pub policy: PolicyName,
    pub entry: EntryName,
    pub opening: Opening,
    pub frequency: Frequency,
    /// Those that exist: tighter than the lead, longest first.
    pub milestones: Vec<Duration>,
    pub escalation: Vec<(Duration, Vec<ContactName>)>,
    pub window: Window,
    pub owner: Option<String>,
    pub note: Option<String>,
}

/// What one contact is owed by one channel.
#[derive(Clone, Debug)]
pub struct Batch {
    pub contact: ContactName,
    pub channel: Channel,
    /// By mail, the addresses that are owed just this; others of the contact may be owed something else.
    pub to: Vec<String>,
    /// For every time in the message.
    pub zone: Zone,
    /// Most urgent first; what the last message only counted stands before the rest.
    pub reminders: Vec<Reminder>,
    /// What happened, oldest first.
    pub occurrences: Vec<Arc<Occurrence>>,
    /// Of these, what the last message only counted.
    pub occurrences_left_over: BTreeSet<OccurrenceId>,
    /// Certificates whose alerts are over, for a channel that keeps alerts open.
    pub resolved_alerts: Vec<Fingerprint>,
    /// Nothing goes out before, for the window is shut; `None`: now.
    pub held_until: Option<OffsetDateTime>,
}

impl Batch {
    /// Whether it is what a contact is told at a time of the week, and nothing else.
    #[must_use]
    pub fn is_digest(&self) -> bool {
        let mut occurrences = self.occurrences.iter();
        self.reminders.is_empty() && occurrences.all(|occurrence| matches!(occurrence.detail, Detail::Digest { .. }))
    }

    /// What happens once, and nothing else.
    #[must_use]
    pub fn from_one(contact: &Contact, channel: Channel, occurrence: Occurrence, policies: &Policies) -> Self {
        Self {
            contact: contact.name.clone(),
            channel,
            to: if channel == Channel::Email { contact.addresses() } else { Vec::new() },
            zone: contact.zone.as_ref().unwrap_or(&policies.settings.zone).clone(),
            reminders: Vec::new(),
            occurrences: vec![Arc::new(occurrence)],
            occurrences_left_over: BTreeSet::new(),
            resolved_alerts: Vec::new(),
            held_until: None,
        }
    }
}
