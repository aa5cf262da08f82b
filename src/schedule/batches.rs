//! What is owed, gathered into batches: by contact and channel, and by mail for the addresses that are owed the same.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use time::OffsetDateTime;

use super::occurrences::{Recipient, heard_by, hearing, snoozed};
use super::window::first_open;
use super::{Batch, Reminder, own_places};
use crate::certificate::Fingerprint;
use crate::event::{Detail, EventKind, Occurrence, OccurrenceId};
use crate::history::{History, OccurrenceRecord};
use crate::policy::{Channel, Contact, ContactName, Entry, Policies, Zone};

/// Contact, channel, whether it is a digest apart, and until when the batch is held.
type BatchKey = (ContactName, Channel, bool, Option<OffsetDateTime>);

/// By mail, the address too.
pub(super) type Addressee = (ContactName, Channel, Option<String>);

/// Those whom a message to `contact` by `channel` goes to: by mail each address for itself.
pub(super) fn recipients_of(contact: &ContactName, channel: Channel, policies: &Policies) -> Vec<Addressee> {
    let addresses = policies.contacts.get(contact).filter(|_| channel == Channel::Email).map(Contact::addresses);
    match addresses {
        Some(addresses) if !addresses.is_empty() => {
            addresses.into_iter().map(|address| (contact.clone(), channel, Some(address))).collect()
        }
        _ => vec![(contact.clone(), channel, None)],
    }
}

/// The lists of a digest are too much for a row among others in a room.
const fn is_apart(occurrence: &Occurrence, channel: Channel) -> bool {
    matches!(occurrence.detail, Detail::Digest { .. }) && channel.has_pages()
}

/// What happened and a recipient is still owed. It may be about thousands of places and for thousands of recipients.
#[derive(Clone)]
pub(super) struct OwedOccurrence<'a> {
    pub record: &'a OccurrenceRecord,
    pub occurrence: Arc<Occurrence>,
    /// As it is for a contact who hears of some of its places.
    own: Arc<HashMap<ContactName, Arc<Occurrence>>>,
    /// The entries by which each contact hears of it.
    heard: Arc<HashMap<&'a ContactName, Vec<&'a Entry>>>,
    listening: Arc<Listening<'a>>,
}

/// The entries by which each contact hears of anything, one for each window: for what they heard of by an entry that is
/// gone, was renamed, or lists them no more.
pub(super) struct Listening<'a> {
    policies: &'a Policies,
    by_contact: OnceLock<HashMap<&'a ContactName, Vec<&'a Entry>>>,
}

impl<'a> Listening<'a> {
    pub(super) const fn new(policies: &'a Policies) -> Self {
        Self { policies, by_contact: OnceLock::new() }
    }

    fn entries(&self, contact: &ContactName) -> &[&'a Entry] {
        let by_contact = self.by_contact.get_or_init(|| {
            let mut by_contact: HashMap<&ContactName, Vec<&Entry>> = HashMap::new();
            for entry in &self.policies.entries {
                let has_its_window = |known: &&Entry| {
                    (&known.policy.window, &known.policy.zone) == (&entry.policy.window, &entry.policy.zone)
                };
                for contact in hearing(entry) {
                    let known = by_contact.entry(contact).or_default();
                    if !known.iter().any(has_its_window) {
                        known.push(entry);
                    }
                }
            }
            by_contact
        });
        by_contact.get(contact).map(Vec::as_slice).unwrap_or_default()
    }
}

impl<'a> OwedOccurrence<'a> {
    pub(super) fn new(record: &'a OccurrenceRecord, listening: &Arc<Listening<'a>>) -> Self {
        let policies = listening.policies;
        let own = Arc::new(own_places::of_contacts(&record.occurrence, policies));
        let heard = Arc::new(heard_by(&record.occurrence, policies));
        Self { record, occurrence: Arc::new(record.occurrence.clone()), own, heard, listening: Arc::clone(listening) }
    }

    /// The first moment from `now` on at which a recipient may be told of it: inside the window of one of the policies
    /// that make them listen.
    pub(super) fn may_be_told(
        &self,
        (name, _): &Recipient,
        policies: &Policies,
        history: &History,
        now: OffsetDateTime,
    ) -> OffsetDateTime {
        // Its time is its own.
        if matches!(self.occurrence.detail, Detail::Digest { .. }) {
            return now;
        }
        let now = snoozed(&self.occurrence, history).map_or(now, |until| until.max(now));
        let zone_of_contact = policies.contacts.get(name).and_then(|contact| contact.zone.as_ref());
        let open = |entry: &&Entry| {
            let zone = zone_of_contact.or(entry.policy.zone.as_ref()).unwrap_or(&policies.settings.zone);
            first_open(&entry.policy.window, zone, now)
        };
        let heard = self.heard.get(name).into_iter().flatten().map(open).min();
        let elsewhere = || self.listening.entries(name).iter().map(open).min();
        heard.or_else(elsewhere).or_else(|| self.heard.values().flatten().map(open).min()).unwrap_or(now)
    }
}

/// What is owed to one address, or by a channel without addresses.
#[derive(Default)]
struct Owed {
    reminders: Vec<(Reminder, Zone)>,
    occurrences: Vec<Arc<Occurrence>>,
    resolved_alerts: Vec<Fingerprint>,
}

/// Reminders on their way into batches.
#[derive(Default)]
pub(super) struct Gathered(BTreeMap<BatchKey, BTreeMap<Option<String>, Owed>>);

impl Gathered {
    fn of(
        &mut self,
        (contact, channel, address): Addressee,
        is_apart: bool,
        held_until: Option<OffsetDateTime>,
    ) -> &mut Owed {
        self.0.entry((contact, channel, is_apart, held_until)).or_default().entry(address).or_default()
    }

    pub(super) fn add(
        &mut self,
        held_until: Option<OffsetDateTime>,
        recipient: Addressee,
        reminder: Reminder,
        zone: &Zone,
    ) {
        self.of(recipient, false, held_until).reminders.push((reminder, zone.clone()));
    }

    pub(super) fn tell(
        &mut self,
        held_until: Option<OffsetDateTime>,
        (contact, channel): Recipient,
        owed: &OwedOccurrence<'_>,
        policies: &Policies,
    ) {
        let occurrence = owed.own.get(&contact).unwrap_or(&owed.occurrence);
        let has_it = |address: &Option<String>| {
            let told = owed.record.told_by_mail.get(&contact);
            address.as_ref().zip(told).is_some_and(|(address, told)| told.contains(address))
        };
        let is_apart = is_apart(occurrence, channel);
        for recipient in recipients_of(&contact, channel, policies) {
            if !has_it(&recipient.2) {
                self.of(recipient, is_apart, held_until).occurrences.push(Arc::clone(occurrence));
            }
        }
    }

    pub(super) fn resolve(&mut self, contact: ContactName, channel: Channel, fingerprint: Fingerprint) {
        self.of((contact, channel, None), false, None).resolved_alerts.push(fingerprint);
    }

    pub(super) fn into_batches(self, policies: &Policies, history: &History) -> Vec<Batch> {
        let mut batches = Vec::new();
        for ((contact, channel, _, held_until), by_address) in self.0 {
            let order = policies.contacts.get(&contact).map(Contact::addresses).unwrap_or_default();
            let mut alike: BTreeMap<Signature, (Vec<String>, Owed)> = BTreeMap::new();
            for (address, owed) in by_address {
                let (to, _) = alike.entry(owed.signature()).or_insert_with(|| (Vec::new(), owed));
                to.extend(address);
            }
            let mut groups: Vec<_> = alike.into_values().collect();
            let place = |address: &String| order.iter().position(|known| known == address);
            for (to, _) in &mut groups {
                to.sort_by_key(place);
            }
            groups.sort_by_key(|(to, _)| to.first().and_then(place));
            for (to, owed) in groups {
                batches.push(owed.into_batch((contact.clone(), channel), held_until, to, policies, history));
            }
        }
        batches
    }
}

/// What makes one mail of those to several addresses.
type Signature =
    (Vec<(Fingerprint, EventKind, usize, Option<OffsetDateTime>, Option<OffsetDateTime>)>, Vec<OccurrenceId>);

impl Owed {
    fn signature(&self) -> Signature {
        let reminders = self.reminders.iter().map(|(reminder, _)| {
            let key = &reminder.key;
            (key.fingerprint, key.kind, reminder.nth, reminder.previous, reminder.next)
        });
        let mut reminders: Vec<_> = reminders.collect();
        reminders.sort();
        (reminders, self.occurrences.iter().map(|occurrence| occurrence.id.clone()).collect())
    }

    fn into_batch(
        self,
        (contact, channel): Recipient,
        held_until: Option<OffsetDateTime>,
        to: Vec<String>,
        policies: &Policies,
        history: &History,
    ) -> Batch {
        let Self { reminders: mut owed, mut occurrences, resolved_alerts } = self;
        let left_over = history.left_over.get(&contact).and_then(|channels| channels.get(&channel));
        let first = left_over.map(|left| left.iter().copied().collect::<BTreeSet<_>>()).unwrap_or_default();
        owed.sort_by_cached_key(|(reminder, _)| urgency(reminder, &first));
        occurrences.sort_by(|one, other| (one.at, &one.id).cmp(&(other.at, &other.id)));
        // Policies of several zones have none in common.
        let of_policy = || {
            let (_, first) = owed.first()?;
            owed.iter().all(|(_, zone)| zone.name() == first.name()).then(|| first.clone())
        };
        let own = policies.contacts.get(&contact).and_then(|contact| contact.zone.clone());
        let zone = own.or_else(of_policy).unwrap_or_else(|| policies.settings.zone.clone());
        let reminders = owed.into_iter().map(|(reminder, _)| reminder).collect();
        let counted = history.occurrences_left_over.get(&contact).and_then(|channels| channels.get(&channel));
        let occurrences_left_over = counted.cloned().unwrap_or_default();
        Batch { contact, channel, to, zone, reminders, occurrences, occurrences_left_over, resolved_alerts, held_until }
    }
}

/// What was only counted last time comes first; then what ends first.
fn urgency(reminder: &Reminder, left_over: &BTreeSet<Fingerprint>) -> (bool, OffsetDateTime, Option<Arc<str>>) {
    let fresh = !left_over.contains(&reminder.key.fingerprint);
    let name = reminder.event.locations.first().map(|location| Arc::clone(&location.name));
    (fresh, reminder.event.certificate.effective_end(), name)
}
