//! The next reminder of each certificate, for contacts that are told what comes.

use std::sync::Arc;

use time::OffsetDateTime;

use super::compute::{ToldInstead, lines};
use crate::event::{Event, EventKind};
use crate::fault::contained;
use crate::history::History;
use crate::policy::{ContactName, Policies, Renewal};

/// The next reminder of a certificate to a contact, if nothing changes.
#[derive(Clone, Debug)]
pub struct Coming {
    pub contact: ContactName,
    /// The number of its event.
    pub nth: usize,
    pub at: OffsetDateTime,
    /// It goes out only if a program does not renew the certificate before.
    pub is_automatic: bool,
}

/// One for each certificate and contact that is among `wanted`, where it goes out up to `until`.
#[must_use]
pub fn coming(
    events: &[Arc<Event>],
    wanted: &dyn Fn(&ContactName) -> bool,
    policies: &Policies,
    history: &History,
    (now, until): (OffsetDateTime, OffsetDateTime),
) -> Vec<Coming> {
    let told_instead = ToldInstead::new(events);
    let of_event = |(nth, event)| {
        let mut first: Vec<Coming> = Vec::new();
        for series in lines(event, &told_instead, policies, history).filter(|series| wanted(&series.contact)) {
            let Some(next) = series.next(now).filter(|next| next.send_at <= until) else { continue };
            // A server has time to load what was just renewed: that is no end that comes.
            if next.kind == EventKind::HostingFailure && next.owed > now && series.is_in_grace(now) {
                continue;
            }
            let is_automatic = next.track.terms.opening.managed.renewal == Renewal::Auto && next.owed > now;
            match first.iter_mut().find(|known| known.contact == series.contact) {
                Some(known) if known.at <= next.send_at => {}
                Some(known) => (known.at, known.is_automatic) = (next.send_at, is_automatic),
                None => first.push(Coming { contact: series.contact.clone(), nth, at: next.send_at, is_automatic }),
            }
        }
        first
    };
    // A run tells what it could not work out.
    events.iter().enumerate().flat_map(|one| contained(|| of_event(one)).unwrap_or_default()).collect()
}
