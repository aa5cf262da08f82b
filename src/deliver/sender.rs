//! One run that sends: what each try comes to, and what is recorded of it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use time::OffsetDateTime;

use super::outcome::Outcome;
use super::recipients::{self, Progress, WhyNot};
use super::refusals;
use super::{DeliveryError, Receipt, Transport, rate_limit, throttled};
use crate::cause::DeliveryCause;
use crate::fault::contained;
use crate::history::{Accepted, Change, ChannelRecord, History, Pace, PostedAs, Recorder};
use crate::policy::{Channel, Policies, later};
use crate::render::{Body, Message};

/// A server that asks for more time gets it in the next run.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is to be done after a failure.
pub(super) enum Judged {
    Settled(Outcome),
    Again { reason: DeliveryCause, after: Duration },
}

/// What a run sends with, and when it ends.
pub(super) struct Run<'a, E> {
    pub(super) history: &'a mut History,
    transport: &'a mut dyn Transport,
    recorder: &'a mut dyn Recorder<E>,
    /// What is not recorded yet.
    changes: Vec<Change>,
    limit: Duration,
    /// When it began.
    now: OffsetDateTime,
    /// What was waited for has passed, whatever the courier's clock says.
    passed: Duration,
    /// By message, how far its addresses have come; only of mail.
    pub(super) progress: BTreeMap<usize, Progress>,
}

impl<'a, E> Run<'a, E> {
    pub(super) fn new(
        history: &'a mut History,
        transport: &'a mut dyn Transport,
        recorder: &'a mut dyn Recorder<E>,
        limit: Duration,
        now: OffsetDateTime,
    ) -> Self {
        Self {
            history,
            transport,
            recorder,
            changes: Vec::new(),
            limit,
            now,
            passed: Duration::ZERO,
            progress: BTreeMap::new(),
        }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.passed.max(self.transport.elapsed())
    }

    pub(super) fn moment(&self) -> OffsetDateTime {
        later(self.now, self.elapsed())
    }

    /// Changes the memory; what is changed is on the disk after the next [`Run::save`].
    pub(super) fn change(&mut self, change: Change) {
        self.history.apply(&change);
        self.changes.push(change);
    }

    pub(super) fn save(&mut self) -> Result<(), E> {
        match std::mem::take(&mut self.changes).as_slice() {
            [] => Ok(()),
            changes => self.recorder.append(self.history, changes),
        }
    }

    /// What was refused for good, or not answered in two runs, is tried once a day; by mail each address for itself.
    pub(super) fn refused(&mut self, index: usize, message: &Message, policies: &Policies) -> Option<Outcome> {
        if message.to.is_empty() {
            let (until, refused) = refusals::deferred(self.history, message, None, policies, self.now)?;
            return Some(Outcome::Deferred { until: Some(until), reason: refused.reason });
        }
        if self.progress.contains_key(&index) {
            return None;
        }
        let (mut left, mut deferred, mut first) = (Vec::new(), Vec::new(), None);
        for address in &message.to {
            match refusals::deferred(self.history, message, Some(address), policies, self.now) {
                Some((until, refused)) => {
                    first = Some(first.map_or(until, |first: OffsetDateTime| first.min(until)));
                    deferred.push(refused);
                }
                None => left.push(address.clone()),
            }
        }
        let is_over = left.is_empty();
        let alone = policies.contacts.get(&message.contact).is_some_and(|contact| contact.email.len() == 1);
        let reason = match deferred.as_slice() {
            [one] if alone => one.reason.clone(),
            several => recipients::cause(several),
        };
        self.begin(index, message, left);
        if let Some(progress) = self.progress.get_mut(&index) {
            progress.deferred = deferred;
        }
        is_over.then_some(Outcome::Deferred { until: first, reason })
    }

    /// From here on each address of a mail counts for itself.
    pub(super) fn begin(&mut self, index: usize, message: &Message, left: Vec<String>) {
        if !message.to.is_empty() {
            self.progress.insert(index, Progress { left, ..Progress::default() });
        }
    }

    /// A mail that some addresses have is delivered, whatever became of the others.
    pub(super) fn in_full(&self, index: usize, outcome: Outcome) -> Outcome {
        let Some(progress) = self.progress.get(&index) else { return outcome };
        let Some(receipt) = &progress.receipt else { return outcome };
        let refused = progress.undelivered(outcome.reason().unwrap_or(&"".into()));
        Outcome::Delivered { receipt: Receipt { refused, ..receipt.clone() } }
    }

    pub(super) fn throttled(&self, server: Option<&str>) -> Option<Outcome> {
        let until = throttled::until(self.history.robots.get(server?), self.moment())?;
        Some(Outcome::Deferred { until: Some(until), reason: DeliveryCause::AskedForTime })
    }

    /// Lets time pass until `ready`, counted from the start; or says why this run ends before. A first try that is ready
    /// is made whatever the time: what came before it may not keep a message from its recipient.
    pub(super) fn wait_until(&mut self, ready: Duration, is_first_try: bool) -> Option<Outcome> {
        let is_due = is_first_try && ready <= self.elapsed();
        if !is_due && ready.max(self.elapsed()) >= self.limit {
            let reason = DeliveryCause::OutOfTime(self.limit.as_secs());
            return Some(Outcome::Deferred { until: None, reason });
        }
        if !self.transport.is_stopped() {
            self.pause(ready.saturating_sub(self.elapsed()));
        }
        let stopped = || Outcome::NotTried { reason: DeliveryCause::Stopped };
        self.transport.is_stopped().then(stopped)
    }

    fn pause(&mut self, pause: Duration) {
        if !pause.is_zero() {
            let until = self.elapsed().saturating_add(pause);
            self.transport.wait(pause);
            self.passed = until;
        }
    }

    pub(super) fn pause_of(&self, message: &Message, server: Option<&str>) -> Duration {
        let record = server.and_then(|server| self.history.robots.get(server));
        rate_limit::wait(record, message.channel, self.moment())
    }

    /// What is sent after the next attempt, if it ends well.
    pub(super) fn expect(&mut self, after: Option<&Message>) {
        let moment = self.moment();
        // What cannot be written is told when its turn comes.
        let _ = contained(|| self.transport.expect(after, moment));
    }

    /// One try, and one of each plainer form and of fewer rows while they are refused for what they say. What was accepted
    /// is recorded.
    pub(super) fn attempt(
        &mut self,
        index: usize,
        message: &Message,
        server: Option<&str>,
    ) -> Result<Result<Receipt, DeliveryError>, E> {
        if let Some(left) = self.progress.get(&index).map(|progress| progress.left.clone()) {
            return self.attempt_mail(index, message, &left, server);
        }
        let mut result = self.send(message, server)?;
        let mut last = None;
        for form in other_forms(message) {
            if !matches!(result, Err(DeliveryError::Content { .. })) {
                break;
            }
            self.pause(self.pause_of(message, server));
            result = self.send(&form, server)?;
            last = Some(form);
        }
        if let Ok(receipt) = &mut result {
            let taken = last.as_ref().unwrap_or(message);
            receipt.fewer = message.fewer.iter().position(|fewer| fewer.id == taken.id);
            let posted = receipt.posted.clone().zip(server);
            self.record(taken, &[], posted.map(|(id, robot)| PostedAs { id, robot: robot.to_owned() }));
            self.save()?;
        }
        Ok(result)
    }

    /// One try of a mail for the addresses that are left.
    fn attempt_mail(
        &mut self,
        index: usize,
        message: &Message,
        left: &[String],
        server: Option<&str>,
    ) -> Result<Result<Receipt, DeliveryError>, E> {
        let result = if left.len() == message.to.len() {
            self.send(message, server)?
        } else {
            self.send(&Message { to: left.to_vec(), ..message.clone() }, server)?
        };
        let (receipt, refused) = match result {
            Ok(receipt) => (Some(receipt.clone()), receipt.refused),
            Err(DeliveryError::Recipients { refused }) => (None, refused),
            Err(error) => return Ok(Err(error)),
        };
        let (now, moment) = (self.now, self.moment());
        for undelivered in &refused {
            let (address, reason) = (Some(undelivered.address.as_str()), &undelivered.reason);
            match undelivered.why {
                WhyNot::Permanent => {
                    self.change(refusals::refused(self.history, refusals::way(message, address), reason, now));
                }
                WhyNot::Unanswered => self.change(refusals::unanswered(self.history, message, address, moment)),
                WhyNot::Transient => {}
            }
        }
        let Some(progress) = self.progress.get_mut(&index) else { return Ok(Ok(receipt.unwrap_or_default())) };
        let has_receipt = receipt.is_some();
        let reached = progress.note(receipt, refused);
        let result = match (&progress.receipt, progress.left.is_empty()) {
            (_, false) => Err(DeliveryError::transient(recipients::cause(&progress.waiting))),
            (Some(receipt), true) => Ok(receipt.clone()),
            (None, true) => Err(DeliveryError::Recipients { refused: progress.settled.clone() }),
        };
        if has_receipt {
            self.record(message, &reached, None);
        }
        self.save()?;
        Ok(result)
    }

    /// The room for its record is there, and the pace on the disk, before the message goes out: a crash cannot overrun a
    /// robot.
    fn send(&mut self, message: &Message, server: Option<&str>) -> Result<Result<Receipt, DeliveryError>, E> {
        let is_paced = !matches!(message.channel, Channel::Email | Channel::Inbox);
        let paced = server.filter(|_| is_paced);
        let moment = self.moment();
        self.recorder.make_room(self.history, largest_record(message))?;
        if let Some(server) = paced {
            let mut robot = self.history.robots.get(server).cloned().unwrap_or_default();
            robot.not_before = None;
            rate_limit::reserve(&mut robot, message.channel, moment);
            self.pace(server, robot);
            self.save()?;
        }
        let sent = contained(|| self.transport.send(message, moment));
        // How much of it was written is not known.
        let result =
            sent.unwrap_or_else(|fault| Err(DeliveryError::Unanswered { reason: DeliveryCause::Fault(fault) }));
        let moment = self.moment();
        if let Some((server, mut robot)) = paced.and_then(|it| Some((it, self.history.robots.get(it)?.clone()))) {
            rate_limit::settle(&mut robot, moment);
            self.pace(server, robot);
        }
        Ok(result)
    }

    /// By mail, `to` has it.
    fn record(&mut self, message: &Message, to: &[String], posted: Option<PostedAs>) {
        let reminders = message.reminders.iter().map(|(key, why)| (key.fingerprint, key.kind, why.clone()));
        let all = self.history.addresses.get(&message.contact).filter(|_| !message.occurrences.is_empty());
        self.change(Change::Accepted(Accepted {
            contact: message.contact.clone(),
            channel: message.channel,
            at: self.now,
            message: message.id.clone(),
            to: to.to_vec(),
            all: all.cloned().unwrap_or_default(),
            posted,
            reminders: reminders.collect(),
            occurrences: message.occurrences.clone(),
        }));
    }

    fn pace(&mut self, robot: &str, record: ChannelRecord) {
        self.change(Change::Pace(Pace { robot: robot.to_owned(), record }));
    }

    /// Records a failure, and says what comes after it.
    pub(super) fn judge(
        &mut self,
        index: usize,
        message: &Message,
        server: Option<&str>,
        error: DeliveryError,
    ) -> Result<Judged, E> {
        let judged = match error {
            DeliveryError::NoConnection { reason } => return Ok(Judged::Again { reason, after: Duration::ZERO }),
            DeliveryError::Transient { reason, retry_after } => {
                let after = retry_after.unwrap_or_default();
                if after <= PATIENCE {
                    return Ok(Judged::Again { reason, after });
                }
                self.throttle(server, later(self.moment(), after), reason)
            }
            DeliveryError::Throttled { reason, until } => self.throttle(server, until, reason),
            // Another alert says something else, and may be taken.
            DeliveryError::Content { reason, help } if message.channel.keeps_alerts() => {
                return Ok(Judged::Settled(Outcome::Failed { reason, help }));
            }
            DeliveryError::Permanent { reason, help } | DeliveryError::Content { reason, help } => {
                for address in self.left(index) {
                    let way = refusals::way(message, address.as_deref());
                    self.change(refusals::refused(self.history, way, &reason, self.now));
                }
                Judged::Settled(Outcome::Failed { reason, help })
            }
            DeliveryError::Unanswered { reason } => {
                let moment = self.moment();
                for address in self.left(index) {
                    self.change(refusals::unanswered(self.history, message, address.as_deref(), moment));
                }
                Judged::Settled(Outcome::Unanswered { reason })
            }
            // Each is recorded already.
            DeliveryError::Recipients { refused } => {
                let help = recipients::help(&refused, message.contact.as_str());
                Judged::Settled(Outcome::Failed { reason: recipients::cause(&refused), help })
            }
        };
        self.save()?;
        Ok(judged)
    }

    fn throttle(&mut self, server: Option<&str>, until: OffsetDateTime, reason: DeliveryCause) -> Judged {
        if let Some(server) = server {
            let robot = self.history.robots.get(server).cloned().unwrap_or_default();
            self.pace(server, ChannelRecord { not_before: Some(until), ..robot });
        }
        Judged::Settled(Outcome::Deferred { until: Some(until), reason })
    }

    /// Whom this message was last tried for: by mail each address, else its channel.
    fn left(&self, index: usize) -> Vec<Option<String>> {
        match self.progress.get(&index) {
            Some(progress) => progress.left.iter().cloned().map(Some).collect(),
            None => vec![None],
        }
    }
}

/// No record of what becomes of a message has more bytes: an answer is cut long before that.
fn largest_record(message: &Message) -> u64 {
    const OTHER: usize = 64 << 10;
    const EACH: usize = 512;
    const OF_ADDRESS: usize = 4 << 10;
    // A character in JSON may have six bytes for one.
    let texts = message.reminders.iter().map(|(_, why)| why).chain(message.occurrences.iter().map(|(_, what)| what));
    let of_texts = texts.fold(OTHER, |sum, text| sum.saturating_add(EACH).saturating_add(text.len().saturating_mul(6)));
    of_texts.saturating_add(message.to.len().saturating_mul(OF_ADDRESS)) as u64
}

/// The message in each of its plainer forms, and those of fewer rows.
fn other_forms(message: &Message) -> impl Iterator<Item = Message> {
    let forms = match &message.body {
        Body::Chat { plainer, .. } => plainer.as_slice(),
        Body::Mail(_) => &[],
    };
    let body = |payload: &Value| Body::Chat { payload: payload.clone(), plainer: Vec::new() };
    let plainer = forms.iter().map(move |payload| Message { body: body(payload), ..message.clone() });
    plainer.chain(message.fewer.iter().cloned())
}
