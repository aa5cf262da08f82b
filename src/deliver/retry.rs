//! The order of sending: one message at a time, each recorded before the next, and when to try again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use time::OffsetDateTime;

use super::queue::Queue;
use super::{DeliveryError, Receipt, Transport, rate_limit};
use crate::history::{Delivery, History, Moment, Refusal};
use crate::policy::{Channel, Policies, later};
use crate::render::{Body, Message};

/// What became of a message. Whatever was not delivered stays due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Delivered {
        receipt: Receipt,
    },
    /// Not before `until`; without it: in the next run.
    Deferred {
        until: Option<OffsetDateTime>,
        reason: String,
    },
    Failed {
        reason: String,
        help: String,
    },
    /// Sent, and nothing was answered: the next run sends it again.
    Unanswered {
        reason: String,
    },
    /// Its turn never came.
    NotTried {
        reason: String,
    },
}

/// A server that asks for more time gets it in the next run.
const PATIENCE: Duration = Duration::from_secs(60);
/// What was refused for good is tried again after this: once a day, also by a daily run that comes a little early.
const REFUSED_FOR: time::Duration = time::Duration::hours(23);

/// Sends `messages` and records each in `history` and by `save` before the next. First everybody's first try, then the
/// retries. The outcomes are in the order of the messages; `now` is the start of the run.
///
/// # Errors
/// Only what `save` says: nothing is sent that cannot be recorded.
pub fn send_all<E>(
    messages: &[Message],
    policies: &Policies,
    history: &mut History,
    transport: &mut dyn Transport,
    save: &mut dyn FnMut(&History) -> Result<(), E>,
    now: OffsetDateTime,
) -> Result<Vec<Outcome>, E> {
    let limit = policies.settings.time_limit;
    let mut queue = Queue::new(messages, transport);
    let mut run = Run { history, transport, save, limit, now, passed: Duration::ZERO };
    while let Some(turn) = queue.next(run.elapsed()) {
        let (message, server) = (&messages[turn.index], turn.server.as_deref());
        if let Some(outcome) = run.refused(message, policies).or_else(|| run.throttled(server)) {
            queue.settle(turn.index, outcome);
            continue;
        }
        if let Some(end) = run.wait_until(turn.ready, turn.is_first_try()) {
            queue.settle_all(&end);
            break;
        }
        let pause = run.pause_of(message, server);
        if !pause.is_zero() {
            queue.postpone(turn.index, run.elapsed().saturating_add(pause));
            continue;
        }
        match run.attempt(message, server)? {
            Ok(receipt) => queue.settle(turn.index, Outcome::Delivered { receipt }),
            Err(error) => {
                if let DeliveryError::NoConnection { reason } | DeliveryError::Unanswered { reason } = &error {
                    queue.let_wait(turn.index, reason, run.elapsed());
                }
                match run.judge(message, server, error)? {
                    Judged::Settled(outcome) => queue.settle(turn.index, outcome),
                    Judged::Again { reason, after } => queue.again(turn.index, reason, after, run.elapsed()),
                }
            }
        }
    }
    let outcomes = queue.outcomes();
    if run.note_failures(messages, &outcomes) {
        run.save()?;
    }
    Ok(outcomes)
}

/// One message, one try, at once: what a test of a channel does. A refusal is not remembered, a success ends one.
///
/// # Errors
/// Only what `save` says.
pub fn send_one<E>(
    message: &Message,
    history: &mut History,
    transport: &mut dyn Transport,
    save: &mut dyn FnMut(&History) -> Result<(), E>,
    now: OffsetDateTime,
) -> Result<Outcome, E> {
    let server = transport.server(message);
    let server = server.as_deref();
    let mut run = Run { history, transport, save, limit: Duration::MAX, now, passed: Duration::ZERO };
    let ready = run.elapsed().saturating_add(run.pause_of(message, server));
    if let Some(outcome) = run.throttled(server).or_else(|| run.wait_until(ready, false)) {
        return Ok(outcome);
    }
    let outcome = match run.attempt(message, server)? {
        Ok(receipt) => Outcome::Delivered { receipt },
        Err(DeliveryError::Permanent { reason, help } | DeliveryError::Content { reason, help }) => {
            Outcome::Failed { reason, help }
        }
        Err(DeliveryError::Unanswered { reason }) => Outcome::Unanswered { reason },
        Err(error) => match run.judge(message, server, error)? {
            Judged::Settled(outcome) => outcome,
            Judged::Again { reason, .. } => Outcome::Failed { reason, help: "try again".to_owned() },
        },
    };
    Ok(outcome)
}

/// What is to be done after a failure.
enum Judged {
    Settled(Outcome),
    Again { reason: String, after: Duration },
}

/// What a run sends with, and when it ends.
struct Run<'a, E> {
    history: &'a mut History,
    transport: &'a mut dyn Transport,
    save: &'a mut dyn FnMut(&History) -> Result<(), E>,
    limit: Duration,
    /// When it began.
    now: OffsetDateTime,
    /// What was waited for has passed, whatever the courier's clock says.
    passed: Duration,
}

impl<E> Run<'_, E> {
    fn elapsed(&self) -> Duration {
        self.passed.max(self.transport.elapsed())
    }

    fn moment(&self) -> OffsetDateTime {
        later(self.now, self.elapsed())
    }

    fn save(&mut self) -> Result<(), E> {
        (self.save)(self.history)
    }

    /// What was refused for good is tried once a day, and at once when the policy file is newer.
    fn refused(&self, message: &Message, policies: &Policies) -> Option<Outcome> {
        let refusal = self.history.refusals.get(&message.contact)?.get(&message.channel)?;
        if refusal.may_pass {
            return None;
        }
        let until = refusal.last_tried.min(self.now).saturating_add(REFUSED_FOR);
        let is_mended = policies.modified.is_some_and(|modified| modified > refusal.last_tried);
        (until > self.now && !is_mended)
            .then(|| Outcome::Deferred { until: Some(until), reason: refusal.reason.clone() })
    }

    fn throttled(&self, server: Option<&str>) -> Option<Outcome> {
        let until = self.history.robots.get(server?)?.not_before?;
        (until > self.moment()).then(|| Outcome::Deferred {
            until: Some(until),
            reason: "it asked for time and is not called before".to_owned(),
        })
    }

    /// Lets time pass until `ready`, counted from the start; or says why this run ends before. A first try that is ready
    /// is made whatever the time: what came before it may not keep a message from its recipient.
    fn wait_until(&mut self, ready: Duration, is_first_try: bool) -> Option<Outcome> {
        let is_due = is_first_try && ready <= self.elapsed();
        if !is_due && ready.max(self.elapsed()) >= self.limit {
            let limit = self.limit.as_secs();
            let reason = format!("the run's time limit of {limit} s is over (`time-limit`): the next run goes on");
            return Some(Outcome::Deferred { until: None, reason });
        }
        if !self.transport.is_stopped() {
            self.pause(ready.saturating_sub(self.elapsed()));
        }
        let stopped = || Outcome::NotTried { reason: "the run was asked to stop: the next one goes on".to_owned() };
        self.transport.is_stopped().then(stopped)
    }

    fn pause(&mut self, pause: Duration) {
        if !pause.is_zero() {
            let until = self.elapsed().saturating_add(pause);
            self.transport.wait(pause);
            self.passed = until;
        }
    }

    fn pause_of(&self, message: &Message, server: Option<&str>) -> Duration {
        let record = server.and_then(|server| self.history.robots.get(server));
        rate_limit::wait(record, message.channel, self.moment())
    }

    /// One try, and one of the plainer form where the first is refused for what it says. What was accepted is recorded.
    fn attempt(&mut self, message: &Message, server: Option<&str>) -> Result<Result<Receipt, DeliveryError>, E> {
        let mut result = self.send(message, server)?;
        if let (Err(DeliveryError::Content { .. }), Some(plainer)) = (&result, plainer(message)) {
            self.pause(self.pause_of(message, server));
            result = self.send(&plainer, server)?;
        }
        if result.is_ok() {
            self.record(message);
            self.save()?;
        }
        Ok(result)
    }

    /// The pace is on disk before the message goes out: a crash cannot overrun a robot.
    fn send(&mut self, message: &Message, server: Option<&str>) -> Result<Result<Receipt, DeliveryError>, E> {
        let is_paced = !matches!(message.channel, Channel::Email | Channel::Inbox);
        let paced = server.filter(|_| is_paced);
        let moment = self.moment();
        if let Some(server) = paced {
            let robot = self.history.robots.entry(server.to_owned()).or_default();
            robot.not_before = None;
            rate_limit::reserve(robot, message.channel, moment);
            self.save()?;
        }
        let result = self.transport.send(message, moment);
        let moment = self.moment();
        if let Some(robot) = paced.and_then(|server| self.history.robots.get_mut(server)) {
            rate_limit::settle(robot, moment);
        }
        Ok(result)
    }

    fn record(&mut self, message: &Message) {
        for (key, why) in &message.reminders {
            let delivery = Delivery { at: self.now, why: why.clone() };
            self.history.note_delivery(key.fingerprint, key.kind, &key.contact, key.channel, delivery);
        }
        for (id, what) in &message.occurrences {
            let delivery = Delivery { at: self.now, why: what.clone() };
            self.history.note_told(id, &message.contact, message.channel, delivery);
        }
        self.history.unanswered.remove(&message.id);
        if let Some(by_channel) = self.history.refusals.get_mut(&message.contact) {
            by_channel.remove(&message.channel);
            if by_channel.is_empty() {
                self.history.refusals.remove(&message.contact);
            }
        }
    }

    /// Records a failure, and says what comes after it.
    fn judge(&mut self, message: &Message, server: Option<&str>, error: DeliveryError) -> Result<Judged, E> {
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
                self.refuse(message, &reason, false);
                Judged::Settled(Outcome::Failed { reason, help })
            }
            DeliveryError::Unanswered { reason } => {
                self.history.unanswered.insert(message.id.clone(), Moment(self.moment()));
                Judged::Settled(Outcome::Unanswered { reason })
            }
        };
        self.save()?;
        Ok(judged)
    }

    fn throttle(&mut self, server: Option<&str>, until: OffsetDateTime, reason: String) -> Judged {
        if let Some(server) = server {
            self.history.robots.entry(server.to_owned()).or_default().not_before = Some(until);
        }
        Judged::Settled(Outcome::Deferred { until: Some(until), reason })
    }

    /// Counts the runs in a row in which a contact was told nothing by a channel, whatever the reason. Whether any was.
    fn note_failures(&mut self, messages: &[Message], outcomes: &[Outcome]) -> bool {
        let mut reached = BTreeSet::new();
        let mut failed = BTreeMap::new();
        for (message, outcome) in messages.iter().zip(outcomes) {
            let way = (&message.contact, message.channel);
            match outcome {
                Outcome::Delivered { .. } => {
                    reached.insert(way);
                }
                Outcome::Failed { reason, .. } | Outcome::Unanswered { reason } => {
                    failed.entry(way).or_insert((message, reason));
                }
                Outcome::Deferred { .. } | Outcome::NotTried { .. } => {}
            }
        }
        failed.retain(|way, _| !reached.contains(way));
        for (message, reason) in failed.values() {
            let known = self.history.refusals.get(&message.contact).and_then(|known| known.get(&message.channel));
            // What was refused for good in this run is counted already.
            if known.is_none_or(|refusal| refusal.last_tried != self.now) {
                self.refuse(message, reason, true);
            }
        }
        !failed.is_empty()
    }

    fn refuse(&mut self, message: &Message, reason: &str, may_pass: bool) {
        let by_channel = self.history.refusals.entry(message.contact.clone()).or_default();
        let runs = by_channel.get(&message.channel).map_or(0, |refusal| refusal.runs) + 1;
        let refusal = Refusal { last_tried: self.now, runs, reason: reason.to_owned(), may_pass };
        by_channel.insert(message.channel, refusal);
    }
}

fn plainer(message: &Message) -> Option<Message> {
    let Body::Chat { plainer: Some(plainer), .. } = &message.body else { return None };
    Some(Message { body: Body::Chat { payload: plainer.clone(), plainer: None }, ..message.clone() })
}
