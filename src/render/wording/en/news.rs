//! English, of what happened: few words for the history and for plans.

use super::English;
use crate::certificate::is_no_end;
use crate::event::{Detail, MonitoringChange, Occurrence};
use crate::policy::Zone;
use crate::render::wording::{Newswriting as _, Phrases as _, iso};
use crate::text::untrusted::{ERROR, peer};

/// What happened, as the history and `plan` say it; dates are those of `zone`.
#[must_use]
pub fn news_in_words(occurrence: &Occurrence, zone: &Zone) -> String {
    let date = |at: time::OffsetDateTime| iso(zone.local(at).date());
    let mark = English.mark(occurrence.kind, &occurrence.detail).to_owned();
    let with = |what: String| format!("{mark}: {what}");
    let how_many = |count| English.how_many(count, occurrence.is_about_dates());
    match &occurrence.detail {
        Detail::Renewed { new } | Detail::RenewedAsReported { new, .. } => {
            let end = (!is_no_end(new.not_after)).then(|| format!("now until {}", date(new.not_after)));
            with(end.unwrap_or_else(|| "now without an end".to_owned()))
        }
        Detail::RenewalMovedForward { end, .. } => with(format!("its CA asks for it by {}", date(*end))),
        Detail::FindingOpened { finding, message } => {
            with(English.finding_opened(*finding, message.lost_registration()).to_owned())
        }
        Detail::Recovered { finding, .. } => with(English.finding_before(*finding).to_owned()),
        Detail::FindingBurst { finding, count, .. } => {
            with(format!("{}, {}", how_many(*count), English.finding(*finding)))
        }
        Detail::MonitoringStopped { change, count, .. } => with(match change {
            MonitoringChange::Removed => format!("{} watched no more", how_many(*count)),
            MonitoringChange::SwitchedOff => format!("notifications of {} switched off", how_many(*count)),
            MonitoringChange::ContactDropped { contact } => {
                format!("{} is told no more", peer(contact.as_str(), ERROR))
            }
            MonitoringChange::Undeliverable { address: Some(address), .. } => {
                format!("mail to {} does not arrive", peer(address, ERROR))
            }
            MonitoringChange::Undeliverable { contact, channel, .. } => {
                format!("{} is not reached by {}", peer(contact.as_str(), ERROR), channel)
            }
            MonitoringChange::SnoozedLong { until } => format!("held until {}", date(*until)),
        }),
        Detail::Announced { title, .. } => with(peer(title, ERROR)),
        Detail::Upgraded { from, to } => with(format!("from {} to {}", peer(from, ERROR), peer(to, ERROR))),
        Detail::Reported { message: Some(message), .. } => with(peer(message, ERROR)),
        Detail::Downloaded { .. }
        | Detail::Revoked { .. }
        | Detail::Deleted
        | Detail::Replaced { .. }
        | Detail::Shared { .. }
        | Detail::KeyReadable { .. }
        | Detail::PutRight { .. }
        | Detail::AuthorityChanged { .. }
        | Detail::Reported { .. } => mark,
        Detail::Digest { digest } => format!("{mark}: {}", digest.written),
    }
}
