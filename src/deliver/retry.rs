//! The order of sending: one message at a time, each recorded before the next, and when to try again.

use std::time::Duration;

use time::OffsetDateTime;

use super::outcome::Outcome;
use super::queue::Queue;
use super::refusals;
use super::sender::{Judged, Run};
use super::{DeliveryError, Transport};
use crate::cause::DeliveryCause;
use crate::history::{History, Recorder};
use crate::policy::{Channel, Policies};
use crate::render::Message;

/// Sends `messages` and records each in `history` and by `recorder` before the next. First everybody's first try, then the
/// retries. The outcomes are in the order of the messages; `now` is the start of the run.
///
/// # Errors
/// Only those of `recorder`: nothing is sent that cannot be recorded.
pub fn send_all<E>(
    messages: &[Message],
    policies: &Policies,
    history: &mut History,
    transport: &mut dyn Transport,
    recorder: &mut dyn Recorder<E>,
    now: OffsetDateTime,
) -> Result<Vec<Outcome>, E> {
    let limit = policies.settings.time_limit;
    let mut queue = Queue::new(messages, transport);
    let mut run = Run::new(history, transport, recorder, limit, now);
    while let Some(turn) = queue.next(run.elapsed()) {
        let (message, server) = (&messages[turn.index], turn.server.as_deref());
        if let Some(outcome) = run.refused(turn.index, message, policies).or_else(|| run.throttled(server)) {
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
        run.expect(queue.after(turn.index).and_then(|after| messages.get(after)));
        match run.attempt(turn.index, message, server)? {
            Ok(receipt) => queue.settle(turn.index, Outcome::Delivered { receipt }),
            Err(error) => {
                if let DeliveryError::NoConnection { reason } | DeliveryError::Unanswered { reason } = &error {
                    queue.let_wait(turn.index, reason, run.elapsed());
                }
                match run.judge(turn.index, message, server, error)? {
                    Judged::Settled(outcome) => queue.settle(turn.index, outcome),
                    Judged::Again { reason, after } => queue.again(turn.index, reason, after, run.elapsed()),
                }
            }
        }
    }
    let outcomes = queue.outcomes();
    for change in refusals::failures(run.history, messages, &outcomes, &run.progress, now) {
        run.change(change);
    }
    run.save()?;
    Ok(outcomes.into_iter().enumerate().map(|(index, outcome)| run.in_full(index, outcome)).collect())
}

/// One message, one try, at once: what a test of a channel does. A refusal is not remembered, a success ends one.
///
/// # Errors
/// Only those of `recorder`.
pub fn send_one<E>(
    message: &Message,
    history: &mut History,
    transport: &mut dyn Transport,
    recorder: &mut dyn Recorder<E>,
    now: OffsetDateTime,
) -> Result<Outcome, E> {
    let server = transport.server(message);
    let server = server.as_deref();
    let mut run = Run::new(history, transport, recorder, Duration::MAX, now);
    run.begin(0, message, message.to.clone());
    let ready = run.elapsed().saturating_add(run.pause_of(message, server));
    if let Some(outcome) = run.throttled(server).or_else(|| run.wait_until(ready, false)) {
        return Ok(outcome);
    }
    let outcome = match run.attempt(0, message, server)? {
        Ok(receipt) => Outcome::Delivered { receipt },
        Err(DeliveryError::Permanent { reason, help } | DeliveryError::Content { reason, help }) => {
            Outcome::Failed { reason, help }
        }
        Err(DeliveryError::Unanswered { reason }) => Outcome::Unanswered { reason },
        Err(error) => match run.judge(0, message, server, error)? {
            Judged::Settled(outcome) => outcome,
            Judged::Again { reason, .. } => {
                let help = help_to_reach(&reason, message.channel).to_owned();
                Outcome::Failed { reason, help }
            }
        },
    };
    Ok(run.in_full(0, outcome))
}

/// What to do where one try has failed, and another may not.
fn help_to_reach(reason: &DeliveryCause, channel: Channel) -> &'static str {
    match reason {
        DeliveryCause::NoConnection(..) if channel == Channel::Email => {
            "see that a mail server answers there; else write host = \"smtp.example.com\", or \
             sendmail = \"/usr/sbin/sendmail\", below [email]"
        }
        DeliveryCause::NoConnection(..) => "see that this machine reaches it; by a proxy: `proxy` beside the address",
        _ => "try again",
    }
}
