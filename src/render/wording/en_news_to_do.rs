//! English, of what happened: what to do, and few words for the history and for plans.

use super::Newswriting as _;
use super::en::English;
use super::iso;
use super::news::News;
use crate::event::{AuthorityChange, Detail, FindingId, Happening, Kind, Unwatched};
use crate::render::untrusted::{ERROR, peer};

/// What happened, as the history and `plan` say it; dates are those of UTC.
#[must_use]
pub fn news_in_words(happening: &Happening) -> String {
    let date = |at: time::OffsetDateTime| iso(at.to_offset(time::UtcOffset::UTC).date());
    let mark = English.mark(happening.kind, &happening.detail).to_owned();
    let with = |what: String| format!("{mark}: {what}");
    match &happening.detail {
        Detail::Renewed { new } => with(format!("now until {}", date(new.not_after))),
        Detail::RenewalMovedForward { end, .. } => with(format!("its CA asks for it by {}", date(*end))),
        Detail::Wrong { finding, .. } | Detail::Recovered { finding, .. } => with(English.finding(*finding).to_owned()),
        Detail::Storm { finding, count, .. } => with(format!("{count} certificates, {}", English.finding(*finding))),
        Detail::Unwatched { change, count, .. } => with(match change {
            Unwatched::Removed => format!("{} watched no more", English.certificates(*count)),
            Unwatched::SwitchedOff => format!("notifications of {} switched off", English.certificates(*count)),
            Unwatched::ContactDropped { contact } => format!("{} is told no more", peer(contact, ERROR)),
            Unwatched::Undeliverable { contact, channel, .. } => {
                format!("{} is not reached by {}", peer(contact, ERROR), peer(channel, ERROR))
            }
            Unwatched::SnoozedLong { until } => format!("held until {}", date(*until)),
        }),
        Detail::Announced { title, .. } => with(peer(title, ERROR)),
        Detail::Upgraded { from, to } => with(format!("from {} to {}", peer(from, ERROR), peer(to, ERROR))),
        Detail::Reported { message: Some(message), .. } => with(peer(message, ERROR)),
        _ => mark,
    }
}

pub(super) fn to_do(news: &News<'_>) -> Option<String> {
    let at = if news.places.is_empty() { String::new() } else { format!(" at {}", news.places) };
    let to_do = match &news.detail {
        Detail::Revoked { .. } => format!("get a new certificate and put it in place{at}; clients may refuse this one"),
        Detail::RenewalMovedForward { .. } => {
            format!("renew it now and put the new one in place{at}; the CA may be about to revoke this one")
        }
        Detail::Deleted => "put it back, or take it out of the policy file if nothing uses it any more".to_owned(),
        Detail::Replaced { .. } => "see whether that was meant; if not, put the right one in its place".to_owned(),
        Detail::Shared { .. } => "unless that was meant, give each place a key of its own".to_owned(),
        Detail::KeyReadable { by_others: true, .. } => {
            "take that right away, and get a certificate with a new key: the old one may be known".to_owned()
        }
        Detail::KeyReadable { .. } => "take that right away unless the group needs it".to_owned(),
        Detail::Wrong { finding, .. } => of_finding(*finding, &at),
        Detail::Storm { .. } => {
            "look for one cause: the network, the list of trusted authorities, the clock".to_owned()
        }
        Detail::Unwatched { change, .. } => match change {
            Unwatched::Removed | Unwatched::SwitchedOff => {
                "nothing if it was meant; if not, put it back into the policy file".to_owned()
            }
            Unwatched::ContactDropped { .. } => {
                "see that somebody else is told, or give the contact a channel".to_owned()
            }
            Unwatched::Undeliverable { contact, .. } => format!("mend the channel, then: certnotify test {contact}"),
            Unwatched::SnoozedLong { .. } => {
                "nothing if it was meant; if not: certnotify snooze NAME --clear".to_owned()
            }
        },
        Detail::AuthorityChanged { changes, .. } => of_authority(changes),
        Detail::Reported { .. } => return reported(news.kind).map(str::to_owned),
        Detail::Renewed { .. }
        | Detail::Downloaded { .. }
        | Detail::Recovered { .. }
        | Detail::Announced { .. }
        | Detail::Upgraded { .. } => return None,
    };
    Some(format!("To do: {to_do}."))
}

fn of_finding(finding: FindingId, at: &str) -> String {
    match finding {
        FindingId::Unreachable => "see whether the service runs and lets this machine in".to_owned(),
        FindingId::Unreadable => "let certnotify read it, or mend the file".to_owned(),
        FindingId::Unparsable | FindingId::NothingFound => "see what stands there instead of a certificate".to_owned(),
        FindingId::ChainIncomplete | FindingId::ChainMisordered => {
            format!("put the certificate with its intermediates, in their order, in place{at}")
        }
        FindingId::NotDeployed => format!("load the new certificate{at}"),
        FindingId::RenewalLate => "find out why it was not renewed, and renew it".to_owned(),
        FindingId::LegacyProtocol => {
            format!("switch old protocol versions off{at}, or list {finding} under accept")
        }
        finding if finding.can_be_accepted() => {
            format!("put a certificate without this fault in place{at}, or list {finding} under accept")
        }
        _ => format!("put a new certificate in place{at}"),
    }
}

fn of_authority(changes: &[AuthorityChange]) -> String {
    if changes.iter().any(|change| matches!(change, AuthorityChange::UsageLost { .. })) {
        "see whether anything uses it for that; such clients will be refused".to_owned()
    } else if changes.iter().any(|change| matches!(change, AuthorityChange::IntermediateExpires { .. })) {
        "get a certificate from a newer intermediate before that day".to_owned()
    } else {
        "nothing, unless clients pin or trust only the old one".to_owned()
    }
}

const fn reported(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Revocation => Some("To do: get a new certificate and put it in place."),
        Kind::HostingFailure => Some("To do: find out why it was not renewed, and renew it."),
        Kind::Deletion => Some("To do: put it back, or take it out of the policy file."),
        Kind::Expiration | Kind::Expired => Some("To do: renew it, and put the new one in place."),
        _ => None,
    }
}
