//! When a certificate ends, and how much of its life is left.

use certnotify::certificate::Certificate;
use certnotify::render::untrusted;
use time::Duration;

use super::Planned;
use crate::cli::amounts::{counted, is_short, length};

/// `2026-12-14 07:59 CET, 20 of 90 days left`.
pub(super) fn expires(planned: &Planned, certificate: &Certificate) -> String {
    if certificate.has_no_end() {
        return format!("no end: {} stands for none", certificate.effective_end().date());
    }
    let zone = &planned.policies.settings.zone;
    let end = zone.minute(certificate.effective_end());
    let own = zone.wall(certificate.not_after).date();
    let with = certificate.limited_by.as_ref().map(|limit| {
        let what = if limit.is_metadata { "the metadata of" } else { "its issuer" };
        format!("; with {what} {}, its own end is {own}", untrusted::clean(&limit.subject))
    });
    let with = with.unwrap_or_default();
    if planned.now < certificate.not_before {
        let (lifetime, from) = (lifetime(certificate), zone.minute(certificate.not_before));
        return format!("{end}, valid for {lifetime} from {from}{with}");
    }
    match certificate.days_left(planned.now) {
        left if left >= 0 && certificate.is_date() => format!("{end}, {} left", days(left)),
        left if left >= 0 && is_short(certificate) => {
            let left = certificate.effective_end() - planned.now;
            let whole = if left < Duration::days(2) { left.whole_minutes() } else { left.whole_hours() * 60 };
            format!("{end}, {} of {} left{with}", length(Duration::minutes(whole)), lifetime(certificate))
        }
        left if left >= 0 => format!("{end}, {left} of {} left{with}", lifetime(certificate)),
        _ => format!("{end}: it has expired{with}"),
    }
}

fn lifetime(certificate: &Certificate) -> String {
    if is_short(certificate) { length(certificate.lifetime()) } else { days(certificate.lifetime_days()) }
}

fn days(number: i64) -> String {
    counted(usize::try_from(number).unwrap_or_default(), "day", "days")
}
