//! What one look shows of the next automatic renewal, before it is due.

use time::{Duration, OffsetDateTime};

use super::lead_time::opening;
use super::renewal::{grace, managed};
use crate::cause::{FindingCause, RenewalCause};
use crate::certificate::Certificate;
use crate::event::{Finding, FindingId};
use crate::observation::{Forecast, Observation, ObservedCertificate, RenewalWindow};
use crate::policy::{Entry, Renewal, Validation};

/// So long before the renewal point there is time to mend what would stop it.
const AHEAD: Duration = Duration::days(14);

/// From when on it is asked whether the renewal that is due then will work.
#[must_use]
pub fn is_soon(certificate: &Certificate, due: OffsetDateTime, now: OffsetDateTime) -> bool {
    let ahead = AHEAD.min(certificate.lifetime() / 6);
    now >= due.saturating_sub(ahead) && !certificate.is_expired(now) && !certificate.has_no_end()
}

/// Why the next renewal will fail, or come too late.
pub(super) fn blocked_renewal(
    entry: &Entry,
    observation: &Observation,
    sight: &ObservedCertificate,
    now: OffsetDateTime,
) -> Option<Finding> {
    let finding = |cause, due| Finding {
        until: Some(due),
        ..Finding::new(FindingId::RenewalBlocked, FindingCause::Renewal(cause))
    };
    if let Some(Forecast::Blocked { by, due, may_pass }) = &sight.checks().forecast {
        let blocked = finding(RenewalCause::Blocked { due: due.date(), by: (**by).clone() }, *due);
        return Some(if *may_pass { blocked.that_may_pass() } else { blocked });
    }
    let (cause, due) = missed_window(entry, observation, sight, now)
        .or_else(|| ended_validation(entry, observation, &sight.chain.leaf, now))?;
    Some(finding(cause, due))
}

/// The way in which its names are validated ends before the next renewal.
fn ended_validation(
    entry: &Entry,
    observation: &Observation,
    leaf: &Certificate,
    now: OffsetDateTime,
) -> Option<(RenewalCause, OffsetDateTime)> {
    let validation = entry.options.validation?;
    let ends = validation.ends()?;
    let from = ends.midnight().assume_utc();
    let opening = opening(entry, leaf, &observation.source, None);
    // A person renews it from the first reminder on, and in the end at the latest.
    let (planned, last) = match opening.managed.renewal {
        Renewal::Auto => (opening.managed.due, opening.managed.due),
        Renewal::Manual => (opening.opens, leaf.effective_end()),
    };
    let cause = RenewalCause::ValidationEnds { by_phone: validation == Validation::Phone, from: ends };
    (last >= from && is_soon(leaf, planned.min(from), now)).then_some((cause, from))
}

/// The authority wants another time of renewal (RFC 9773) than what can work, or than what is planned.
fn missed_window(
    entry: &Entry,
    observation: &Observation,
    sight: &ObservedCertificate,
    now: OffsetDateTime,
) -> Option<(RenewalCause, OffsetDateTime)> {
    let leaf = &sight.chain.leaf;
    let window = sight.checks().window.as_ref()?;
    let of_window = managed(entry, leaf, &observation.source, Some(window));
    let planned = managed(entry, leaf, &observation.source, None);
    if of_window.renewal != Renewal::Auto || !is_soon(leaf, of_window.due.min(planned.due), now) {
        return None;
    }
    let RenewalWindow { start, end, .. } = window;
    let (from, until) = (start.date(), end.date());
    if *start >= leaf.not_after {
        return Some((RenewalCause::WindowAfterEnd { from }, planned.due));
    }
    if *end > leaf.not_after {
        return Some((RenewalCause::WindowBeyondEnd { from, until }, planned.due));
    }
    // Of what a client does that has no such key nothing is known.
    let is_late = entry.options.renew_before.is_some() && planned.due > end.saturating_add(grace(leaf.lifetime()));
    is_late.then(|| (RenewalCause::WindowMissed { until, planned: planned.due.date() }, *end))
}
