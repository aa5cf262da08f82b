//! What is remembered of those who took nothing: a channel of a contact, or by mail one address.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use super::outcome::{NEXT_RUN, Outcome};
use super::recipients::{Progress, Undelivered, WhyNot};
use super::throttled::Throttled;
use crate::cause::DeliveryCause;
use crate::history::{Change, History, Moment, Refusal, Refused, Unanswered, to_one};
use crate::policy::{Channel, Contact, ContactName, Policies, Zone};
use crate::render::Message;
use crate::schedule::Batch;

/// What was refused for good is tried again after this: once a day, also by a daily run that comes a little early.
const REFUSED_FOR: time::Duration = time::Duration::hours(23);
/// After so many runs in a row without an answer a message is sent once a day: each may be a copy.
const UNANSWERED_RUNS: u32 = 2;
/// After so many runs in a row a contact is told by another way that this one does not work.
const FAILED_RUNS: u32 = 3;

/// Whom a message did not reach.
pub(super) type Way<'a> = (&'a ContactName, Channel, Option<&'a str>);

type Recipient<'a> = (&'a ContactName, Channel);

pub(super) fn way<'a>(message: &'a Message, address: Option<&'a str>) -> Way<'a> {
    (&message.contact, message.channel, address)
}

fn known<'h>(history: &'h History, (contact, channel, address): Way<'_>) -> Option<&'h Refusal> {
    match address {
        Some(address) => history.mail_refusal(contact, address),
        None => history.refusals.get(contact)?.get(&channel),
    }
}

/// By what an unanswered message to a recipient is known.
fn key(message: &Message, address: Option<&str>) -> String {
    address.map_or_else(|| message.id.clone(), |address| to_one(&message.id, address))
}

/// Until when a recipient is not tried again, and why: what was refused for good, and what was never answered in two
/// runs, is tried once a day, and at once when the policy file or a file of the channel is newer.
pub(super) fn deferred(
    history: &History,
    message: &Message,
    address: Option<&str>,
    policies: &Policies,
    now: OffsetDateTime,
) -> Option<(OffsetDateTime, Undelivered)> {
    let undelivered = |reason, why| Undelivered { address: address.unwrap_or_default().to_owned(), reason, why };
    let recipient = (&message.contact, message.channel);
    let refusal = known(history, way(message, address));
    if let Some((until, refusal)) =
        refusal.and_then(|refusal| Some((rests_until(refusal, recipient, policies, now)?, refusal)))
    {
        let why = if refusal.may_pass { WhyNot::Unanswered } else { WhyNot::Permanent };
        return Some((until, undelivered(refusal.cause(), why)));
    }
    let key = key(message, address);
    let written = history.unanswered.get(&key).filter(|_| unanswered_runs(history, &key) >= UNANSWERED_RUNS)?;
    let reason = refusal.map_or(DeliveryCause::Silent, Refusal::cause);
    Some((again_at(written.0, recipient, policies, now)?, undelivered(reason, WhyNot::Unanswered)))
}

/// Where that is not now.
fn again_at(
    tried: OffsetDateTime,
    (contact, channel): Recipient<'_>,
    policies: &Policies,
    now: OffsetDateTime,
) -> Option<OffsetDateTime> {
    let is_mended = policies.modified_for(contact, channel).is_some_and(|modified| modified > tried);
    let until = tried.min(now).saturating_add(REFUSED_FOR);
    (until > now && !is_mended).then_some(until)
}

fn rests_until(
    refusal: &Refusal,
    recipient: Recipient<'_>,
    policies: &Policies,
    now: OffsetDateTime,
) -> Option<OffsetDateTime> {
    let rests = !refusal.may_pass || refusal.unanswered >= UNANSWERED_RUNS;
    again_at(refusal.last_tried, recipient, policies, now).filter(|_| rests)
}

/// Until when nothing of a batch is tried, as its recipient, or each of its addresses, took nothing the last time, or as
/// the server asked for time.
#[must_use]
pub fn resting_until(
    batch: &Batch,
    policies: &Policies,
    history: &History,
    throttled: &Throttled,
    now: OffsetDateTime,
) -> Option<OffsetDateTime> {
    let recipient = (&batch.contact, batch.channel);
    let addresses = batch.to.iter().map(String::as_str);
    refused_until(recipient, addresses, policies, history, now).max(throttled.until(recipient.0, recipient.1))
}

/// `None` is this moment. Without addresses the channel counts.
fn refused_until<'a>(
    (contact, channel): (&ContactName, Channel),
    addresses: impl ExactSizeIterator<Item = &'a str>,
    policies: &Policies,
    history: &History,
    now: OffsetDateTime,
) -> Option<OffsetDateTime> {
    let until = |address| rests_until(known(history, (contact, channel, address))?, (contact, channel), policies, now);
    if addresses.len() == 0 { until(None) } else { addresses.map(|address| until(Some(address))).min().flatten() }
}

/// One who took nothing the last time, or whose server asked for time: a channel of a contact, or by mail one address.
#[derive(Clone, Debug)]
pub struct Resting {
    pub contact: ContactName,
    pub channel: Channel,
    /// By mail.
    pub address: Option<String>,
    /// Nothing is tried before.
    pub until: OffsetDateTime,
}

impl Resting {
    /// Whether it is among those to whom a batch goes.
    #[must_use]
    pub fn is_of(&self, batch: &Batch) -> bool {
        (&self.contact, self.channel) == (&batch.contact, batch.channel)
            && self.address.as_ref().map_or_else(|| batch.to.is_empty(), |address| batch.to.contains(address))
    }
}

/// All that are not tried at `now`.
#[must_use]
pub fn resting(policies: &Policies, history: &History, throttled: &Throttled, now: OffsetDateTime) -> Vec<Resting> {
    let one = |contact: &ContactName, channel, address: Option<&String>, refusal| {
        let until = rests_until(refusal, (contact, channel), policies, now)?;
        Some(Resting { contact: contact.clone(), channel, address: address.cloned(), until })
    };
    let by_channel = history.refusals.iter().flat_map(|(contact, channels)| {
        channels.iter().filter_map(move |(channel, refusal)| one(contact, *channel, None, refusal))
    });
    let by_address = history.mail_refusals.iter().flat_map(|(contact, addresses)| {
        addresses.iter().filter_map(move |(address, refusal)| one(contact, Channel::Email, Some(address), refusal))
    });
    let by_server = throttled.iter().flat_map(|(contact, channel, until)| {
        let resting = move |address| Resting { contact: contact.clone(), channel, address, until };
        let addresses = addresses((contact, channel), policies);
        let alone = addresses.is_empty().then(|| resting(None));
        addresses.into_iter().map(move |address| resting(Some(address))).chain(alone)
    });
    by_channel.chain(by_address).chain(by_server).collect()
}

/// By mail; none of any other channel.
fn addresses((contact, channel): (&ContactName, Channel), policies: &Policies) -> Vec<String> {
    let contact = policies.contacts.get(contact).filter(|_| channel == Channel::Email);
    contact.map(Contact::addresses).unwrap_or_default()
}

/// Until when a channel of a contact, or each of its addresses, is not tried.
#[must_use]
pub fn rests(
    recipient: (&ContactName, Channel),
    policies: &Policies,
    history: &History,
    throttled: &Throttled,
    now: OffsetDateTime,
) -> Option<OffsetDateTime> {
    let addresses = addresses(recipient, policies);
    let addresses = addresses.iter().map(String::as_str);
    refused_until(recipient, addresses, policies, history, now).max(throttled.until(recipient.0, recipient.1))
}

/// When a message that did not reach all is tried again, where that is not in the next run.
#[must_use]
pub fn tried_again_at(
    (message, outcome): (&Message, &Outcome),
    policies: &Policies,
    history: &History,
    now: OffsetDateTime,
) -> Option<OffsetDateTime> {
    let later = |address| deferred(history, message, address, policies, now).map(|(until, _)| until);
    // The first of several; `None` stands for the next run.
    match outcome {
        Outcome::Deferred { until, .. } => *until,
        Outcome::NotTried { .. } => None,
        Outcome::Delivered { receipt } => {
            receipt.refused.iter().map(|refused| later(Some(&refused.address))).min().flatten()
        }
        Outcome::Failed { .. } | Outcome::Unanswered { .. } if message.to.is_empty() => later(None),
        Outcome::Failed { .. } | Outcome::Unanswered { .. } => {
            message.to.iter().map(|address| later(Some(address))).min().flatten()
        }
    }
}

/// In words for the operator.
#[must_use]
pub fn when_again(until: Option<OffsetDateTime>, zone: &Zone) -> String {
    until.map_or_else(|| NEXT_RUN.to_owned(), |until| format!("not tried again before {}", zone.minute(until)))
}

fn unanswered_runs(history: &History, key: &str) -> u32 {
    let runs = history.unanswered_runs.get(key).copied();
    runs.unwrap_or_else(|| u32::from(history.unanswered.contains_key(key)))
}

/// All was written and nothing was answered.
pub(super) fn unanswered(history: &History, message: &Message, address: Option<&str>, at: OffsetDateTime) -> Change {
    let key = key(message, address);
    let runs = unanswered_runs(history, &key).saturating_add(1);
    Change::Unanswered(Unanswered { key, at: Moment(at), runs })
}

/// It was refused for good: one more run in which it took nothing.
pub(super) fn refused(history: &History, way: Way<'_>, reason: &DeliveryCause, now: OffsetDateTime) -> Change {
    changed(way, refusal(history, way, reason, now))
}

fn refusal(history: &History, way: Way<'_>, reason: &DeliveryCause, now: OffsetDateTime) -> Refusal {
    let runs = known(history, way).map_or(0, |refusal| refusal.runs).saturating_add(1);
    let (reason, cause) = (reason.to_string(), reason.value().cloned());
    Refusal { last_tried: now, runs, reason, cause, may_pass: false, unanswered: 0 }
}

fn changed((contact, channel, address): Way<'_>, refusal: Refusal) -> Change {
    Change::Refused(Refused { contact: contact.clone(), channel, address: address.map(str::to_owned), refusal })
}

/// What one run came to for every recipient.
#[derive(Default)]
struct Tally<'a> {
    reached: BTreeSet<Way<'a>>,
    /// Why, and in how many runs in a row a message was not answered, where that is why.
    failed: BTreeMap<Way<'a>, (DeliveryCause, Option<u32>)>,
}

/// Counts the runs in a row in which a recipient was told nothing, whatever the reason: what changes by that.
pub(super) fn failures(
    history: &History,
    messages: &[Message],
    outcomes: &[Outcome],
    progress: &BTreeMap<usize, Progress>,
    now: OffsetDateTime,
) -> Vec<Change> {
    let mut tally = Tally::default();
    for (index, (message, outcome)) in messages.iter().zip(outcomes).enumerate() {
        tally.note(message, outcome, progress.get(&index), history);
    }
    let Tally { reached, mut failed } = tally;
    failed.retain(|way, (_, silent)| !reached.contains(way) || silent.is_some_and(|runs| runs >= FAILED_RUNS));
    // What was refused for good in this run is counted already.
    failed.retain(|way, _| known(history, *way).is_none_or(|refusal| refusal.last_tried != now));
    let change = |(way, (reason, silent)): (&Way<'_>, &(DeliveryCause, Option<u32>))| {
        let refusal = refusal(history, *way, reason, now);
        let runs = refusal.runs.max(silent.unwrap_or_default());
        let before = known(history, *way).map_or(0, |refusal| refusal.unanswered);
        let unanswered = if silent.is_some() { before + 1 } else { 0 };
        changed(*way, Refusal { may_pass: true, runs, unanswered, ..refusal })
    };
    failed.iter().map(change).collect()
}

impl<'a> Tally<'a> {
    fn note(&mut self, message: &'a Message, outcome: &Outcome, progress: Option<&'a Progress>, history: &History) {
        let was_tried = !matches!(outcome, Outcome::Deferred { .. } | Outcome::NotTried { .. });
        let none = "".into();
        let reason = outcome.reason().filter(|_| was_tried).unwrap_or(&none);
        let Some(progress) = progress else {
            let way = way(message, None);
            match outcome {
                Outcome::Delivered { .. } => {
                    self.reached.insert(way);
                }
                Outcome::Failed { .. } if !message.to.is_empty() => self.untried(message, reason, history),
                Outcome::Failed { .. } => self.fail(way, reason, None),
                Outcome::Unanswered { .. } => {
                    self.fail(way, reason, Some(unanswered_runs(history, &key(message, None))));
                }
                Outcome::Deferred { .. } | Outcome::NotTried { .. } => {}
            }
            return;
        };
        self.reached.extend(progress.reached.iter().map(|address| way(message, Some(address))));
        for undelivered in &progress.settled {
            let address = Some(undelivered.address.as_str());
            let silent = || unanswered_runs(history, &key(message, address));
            let silent = (undelivered.why == WhyNot::Unanswered).then(silent);
            self.fail(way(message, address), &undelivered.reason, silent);
        }
        for address in progress.left.iter().filter(|_| was_tried) {
            let waiting = progress.waiting.iter().find(|waiting| waiting.address == *address);
            let reason = waiting.map_or(reason, |waiting| &waiting.reason);
            let silent = || unanswered_runs(history, &key(message, Some(address)));
            let silent = matches!(outcome, Outcome::Unanswered { .. }).then(silent);
            self.fail(way(message, Some(address)), reason, silent);
        }
    }

    /// A mail that waited in vain for a server that other mails did not reach: none of its addresses was told.
    fn untried(&mut self, message: &'a Message, reason: &DeliveryCause, history: &History) {
        let is_deferred = |refusal: &Refusal| !refusal.may_pass || refusal.unanswered >= UNANSWERED_RUNS;
        for address in &message.to {
            let way = way(message, Some(address));
            if !known(history, way).is_some_and(is_deferred) {
                self.fail(way, reason, None);
            }
        }
    }

    fn fail(&mut self, way: Way<'a>, reason: &DeliveryCause, silent: Option<u32>) {
        let (_, most) = self.failed.entry(way).or_insert_with(|| (reason.clone(), None));
        *most = silent.max(*most);
    }
}
