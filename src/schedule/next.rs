//! What goes out next once a run is over: what was refused waits until it is tried again.

use std::sync::Arc;

use time::OffsetDateTime;

use super::compute::{ToldInstead, lines, owed};
use super::upcoming::Upcoming;
use crate::event::Event;
use crate::fault::contained;
use crate::history::History;
use crate::policy::{Channel, ContactName, Policies};

/// The next that goes out if nothing changes. `retried` says before when a channel of a contact is not tried
/// again, for what is due and for what comes later.
#[must_use]
pub fn next(
    events: &[Arc<Event>],
    policies: &Policies,
    history: &History,
    retried: &dyn Fn(bool, &ContactName, Channel) -> Option<OffsetDateTime>,
    now: OffsetDateTime,
) -> Option<Upcoming> {
    let from = |is_due: bool, contact: &ContactName, channel| retried(is_due, contact, channel).unwrap_or(now);
    let told_instead = ToldInstead::new(events);
    let mut next = None;
    for event in events {
        // A run tells what it could not work out.
        let _ = contained(|| {
            for line in lines(event, &told_instead, policies, history) {
                let is_due = line.next(now).is_some_and(|turn| turn.send_at <= now);
                let from = from(is_due, &line.contact, line.channel);
                Upcoming::consider_reminder(&mut next, &line, from);
            }
        });
    }
    for (told, listener) in owed(history, policies) {
        let at = |from| contained(|| told.may_be_told(&listener, policies, history, from)).unwrap_or(from).max(from);
        let from = from(at(now) <= now, &listener.0, listener.1);
        Upcoming::consider_occurrence(&mut next, &told.occurrence, &listener, at(from));
    }
    next
}
