//! A test message by one channel of a contact.

use std::time::Duration;

use time::OffsetDateTime;

use super::{Counts, RunInput, render_input};
use crate::deliver::{self, Outcome, Transport};
use crate::history::{History, Recorder};
use crate::policy::{Channel, ContactName, later};
use crate::render;

/// What became of a test message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestSend {
    pub contact: ContactName,
    pub channel: Channel,
    pub outcome: Outcome,
    /// From the first byte to the answer, with what the pace of a robot made it wait.
    pub took: Duration,
}

/// Sends one message that says it is a test. It keeps to the pace of a robot and to what the robot asked for; it goes
/// out despite an earlier refusal, and its success ends that one.
///
/// # Errors
/// Only those of `recorder`. A message that failed is an outcome.
pub fn trial<E>(
    job: RunInput,
    (contact, channel): (&ContactName, Channel),
    history: &mut History,
    transport: &mut dyn Transport,
    recorder: &mut dyn Recorder<E>,
    now: OffsetDateTime,
) -> Result<TestSend, E> {
    let began = transport.elapsed();
    let message =
        render::test_message(contact, channel, &render_input(job, Counts::default(), history), later(now, began));
    let outcome = deliver::send_one(&message, history, transport, recorder, now)?;
    let took = transport.elapsed().saturating_sub(began);
    Ok(TestSend { contact: contact.clone(), channel, outcome, took })
}
