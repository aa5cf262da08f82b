//! Messages that are put right after everything was sent. One that cannot be is tried in one more run and then left as it is.

use std::collections::BTreeSet;
use std::time::Duration;

use time::OffsetDateTime;

use super::{DeliveryError, Transport, rate_limit, throttled};
use crate::cause::DeliveryCause;
use crate::fault::contained;
use crate::history::{Change, History, Pace, Posted, Recorder};
use crate::policy::{Policies, later};
use crate::render::Message;

/// Runs that try.
const MOST_TRIES: u32 = 2;
/// A robot that has just told something is given this long; what has to wait longer waits for the next run.
const PATIENCE: Duration = Duration::from_secs(2);

/// One message, in whose place another stands from now on.
#[derive(Clone, Debug, PartialEq)]
pub struct Correction {
    pub message: Message,
    /// As it is to be remembered then.
    pub posted: Posted,
}

/// A message that stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncorrected {
    pub place: String,
    pub reason: String,
}

/// Puts messages right, each once. What is recorded of it is on the disk with the end of the run: one that is put right
/// twice says the same.
///
/// # Errors
/// Only those of `recorder`.
pub fn correct_all<E>(
    corrections: Vec<Correction>,
    policies: &Policies,
    history: &mut History,
    transport: &mut dyn Transport,
    recorder: &mut dyn Recorder<E>,
    now: OffsetDateTime,
) -> Result<Vec<Uncorrected>, E> {
    let mut left = Vec::new();
    let mut silent: BTreeSet<Option<String>> = BTreeSet::new();
    for Correction { message, mut posted } in corrections {
        if transport.is_stopped() || transport.elapsed() >= policies.settings.time_limit {
            break;
        }
        let Ok((server, host)) = contained(|| (transport.server(&message), transport.host(&message))) else { continue };
        // It stands in a room that this contact is not told in any more.
        let Some(server) = server.filter(|server| *server == posted.robot) else {
            history.put_right(&message.contact, message.channel, &posted, false);
            continue;
        };
        if silent.contains(&host) || !is_free(&server, &message, history, transport, now) {
            continue;
        }
        let moment = later(now, transport.elapsed());
        let mut robot = history.robots.get(&server).cloned().unwrap_or_default();
        rate_limit::reserve(&mut robot, message.channel, moment);
        let pace = Change::Pace(Pace { robot: server.clone(), record: robot });
        history.apply(&pace);
        recorder.append(history, &[pace])?;
        let result = contained(|| transport.correct(&message, &posted.id, moment));
        let error = match result {
            Ok(Ok(_)) => {
                posted.failed = 0;
                history.put_right(&message.contact, message.channel, &posted, true);
                continue;
            }
            Ok(Err(error)) => error,
            Err(fault) => DeliveryError::Unanswered { reason: DeliveryCause::Fault(fault) },
        };
        let lasts = matches!(error, DeliveryError::Permanent { .. } | DeliveryError::Content { .. });
        if let DeliveryError::NoConnection { .. } | DeliveryError::Unanswered { .. } = &error {
            silent.insert(host);
        }
        if history.failed_to_put_right(&message.contact, message.channel, &posted) >= MOST_TRIES || lasts {
            history.put_right(&message.contact, message.channel, &posted, false);
            let contact = format!("contact `{}`, {}", message.contact, message.channel);
            left.push(Uncorrected { place: contact, reason: error.to_string() });
        }
    }
    Ok(left)
}

/// The robot takes a message now, or soon.
fn is_free(
    server: &str,
    message: &Message,
    history: &History,
    transport: &mut dyn Transport,
    now: OffsetDateTime,
) -> bool {
    let moment = later(now, transport.elapsed());
    let record = history.robots.get(server);
    if throttled::until(record, moment).is_some() {
        return false;
    }
    let pause = rate_limit::wait(record, message.channel, moment);
    if pause > PATIENCE {
        return false;
    }
    if !pause.is_zero() {
        transport.wait(pause);
    }
    !transport.is_stopped()
}
