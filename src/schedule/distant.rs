//! Which certificates need no closer look at one moment.

use time::OffsetDateTime;

use crate::detect::{automatic, lead};
use crate::event::Event;
use crate::policy::{Policies, Window};

/// Whether nothing of `event` is due at `now`, and nothing of it goes out before `soonest`, when something else does. So
/// it is with most certificates, and to work out their recipients costs several times as much.
///
/// What was told and snoozes only put reminders off. A window can bring one forward; that an automatic renewal is late,
/// or that another certificate is served, is told from a day of its own.
pub(super) fn is_distant(
    event: &Event,
    policies: &Policies,
    (now, soonest): (OffsetDateTime, Option<OffsetDateTime>),
) -> bool {
    let certificate = &event.certificate;
    let Some(soonest) = soonest.filter(|_| event.served_instead.is_empty()) else { return false };
    event.locations.iter().all(|location| {
        policies.entry(location.entry.as_str()).is_none_or(|entry| {
            let opens = certificate.effective_end().saturating_sub(lead(entry, certificate));
            let is_distant = opens > now && opens >= soonest && entry.policy.window == Window::AllDay;
            is_distant && automatic(entry, certificate, &location.place, None).is_none()
        })
    })
}
