//! A test message by one channel of a contact.

use std::time::Duration;

use time::OffsetDateTime;

use super::{Counts, Job, surroundings};
use crate::deliver::{self, Courier, Outcome};
use crate::history::History;
use crate::policy::{Channel, ContactName};
use crate::render;

/// What became of a test message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
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
/// Only those of `save`. A message that failed is an outcome.
pub fn trial<E>(
    job: Job,
    (contact, channel): (&ContactName, Channel),
    history: &mut History,
    courier: &mut dyn Courier,
    save: &mut dyn FnMut(&History) -> Result<(), E>,
    now: OffsetDateTime,
) -> Result<Trial, E> {
    let began = courier.elapsed();
    let message = render::test_message(contact, channel, &surroundings(job, Counts::default(), history), now + began);
    let outcome = deliver::send_one(&message, history, courier, save, now)?;
    let took = courier.elapsed().saturating_sub(began);
    Ok(Trial { contact: contact.clone(), channel, outcome, took })
}
