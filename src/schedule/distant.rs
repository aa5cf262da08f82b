//! Which certificates need no closer look at one moment.

use time::OffsetDateTime;

use crate::detect::{automatic, lead};
use crate::event::{Event, EventKind};
use crate::history::History;
use crate::policy::{Policies, Window};

/// Whether nothing of `event` goes out before `soonest`, when something else does: then it is neither due nor next. So
/// it is with most certificates, and to work out their recipients costs several times as much.
pub(super) fn is_distant(
    event: &Event,
    policies: &Policies,
    history: &History,
    (now, soonest): (OffsetDateTime, Option<OffsetDateTime>),
) -> bool {
    let certificate = &event.certificate;
    let Some(soonest) = soonest.filter(|soonest| *soonest > now && event.kind == EventKind::Expiration) else {
        return false;
    };
    // What was told, and a snooze, have moments of their own; so has a failure of being served.
    let is_plain = event.served_instead.is_empty()
        && !history.deliveries.contains_key(&certificate.fingerprint)
        && !history.snoozes.contains_key(&certificate.fingerprint);
    is_plain
        && event.locations.iter().all(|location| {
            policies.entry(location.entry.as_str()).is_none_or(|entry| {
                // A window can bring a reminder forward, and that an automatic renewal is late is told from its own day.
                entry.policy.window == Window::AllDay
                    && certificate.effective_end().saturating_sub(lead(entry, certificate)) >= soonest
                    && automatic(entry, certificate, &location.place, None).is_none()
            })
        })
}
