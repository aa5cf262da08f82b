//! English, of what happened: what to do, and few words for the history and for plans.

use super::English;
use crate::certificate::is_no_end;
use crate::event::{Detail, FindingId, MonitoringChange, Occurrence};
use crate::policy::Zone;
use crate::render::wording::{Newswriting as _, Phrases as _, ToDo, Wording as _, iso};
use crate::text::untrusted::{ERROR, peer};

/// What happened, as the history and `plan` say it; dates are those of `zone`.
#[must_use]
pub fn news_in_words(occurrence: &Occurrence, zone: &Zone) -> String {
    let date = |at: time::OffsetDateTime| iso(zone.local(at).date());
    let mark = English.mark(occurrence.kind, &occurrence.detail).to_owned();
    let with = |what: String| format!("{mark}: {what}");
    match &occurrence.detail {
        Detail::Renewed { new } | Detail::RenewedAsReported { new, .. } => {
            let end = (!is_no_end(new.not_after)).then(|| format!("now until {}", date(new.not_after)));
            with(end.unwrap_or_else(|| "now without an end".to_owned()))
        }
        Detail::RenewalMovedForward { end, .. } => with(format!("its CA asks for it by {}", date(*end))),
        Detail::FindingOpened { finding, .. } | Detail::Recovered { finding, .. } => {
            with(English.finding(*finding).to_owned())
        }
        Detail::FindingBurst { finding, count, .. } => {
            with(format!("{count} certificates, {}", English.finding(*finding)))
        }
        Detail::MonitoringStopped { change, count, .. } => with(match change {
            MonitoringChange::Removed => format!("{} watched no more", English.certificates(*count)),
            MonitoringChange::SwitchedOff => format!("notifications of {} switched off", English.certificates(*count)),
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

/// Where a command is to be typed, the sentence ends before it.
pub(super) fn to_do(to_do: ToDo, places: &str) -> String {
    let at = at(places);
    let clause = match to_do {
        ToDo::Renew { is_automatic: true } => {
            format!("find out why it was not renewed, renew it, and see that the new one is in place{at}")
        }
        ToDo::Renew { is_automatic: false } => format!("renew it, and put the new one in place{at}"),
        ToDo::PutNewerInPlace => format!("put the newer one in place{at}, or remove the old file"),
        ToDo::Load => format!("load the new certificate at {places}; a reload of the service may be all it needs"),
        ToDo::Serve => format!("have {places} serve it, or correct deploys-to in the policy file"),
        ToDo::Revoked => format!("get a new certificate and put it in place{at}; clients may refuse this one"),
        ToDo::RenewalMovedForward => {
            format!("renew it now and put the new one in place{at}; the CA may be about to revoke this one")
        }
        ToDo::Finding(finding) => of_finding(finding, &at),
        ToDo::AddressFails => return "To do: correct or remove the address, then:".to_owned(),
        ToDo::ChannelFails => return "To do: mend the channel, then:".to_owned(),
        ToDo::SnoozedLong => return "To do: nothing if it was meant; if not:".to_owned(),
        ToDo::Deleted => {
            "put it back if anything still uses it; else take it out of the policy file, if that names it".to_owned()
        }
        ToDo::Replaced => "see whether that was meant; if not, put the right one in its place".to_owned(),
        ToDo::Shared => "unless that was meant, give each place a key of its own".to_owned(),
        ToDo::KeyReadableByAll => {
            "take that right away, and get a certificate with a new key: the old one may be known".to_owned()
        }
        ToDo::KeyReadableByGroup => "take that right away unless the group needs it".to_owned(),
        ToDo::FindingBurst => "look for one cause: the network, the list of trusted authorities, the clock".to_owned(),
        ToDo::Removed => "nothing if it was meant; if not, put it back into the policy file".to_owned(),
        ToDo::SwitchedOff => "nothing if it was meant; if not, switch them on in the policy file".to_owned(),
        ToDo::ContactDropped => "see that another contact is told, or give the contact a channel".to_owned(),
        ToDo::UsageLost => "see whether anything uses it for that; such clients will be refused".to_owned(),
        ToDo::IntermediateExpires => "get a certificate from a newer intermediate before that day".to_owned(),
        ToDo::AuthorityChanged => "nothing, unless clients pin or trust only the old one".to_owned(),
        ToDo::ReportedIssuance { is_watched: true } => {
            "see that it was asked for; if it was not, have its CA revoke it".to_owned()
        }
        ToDo::ReportedIssuance { is_watched: false } => {
            "see that it was asked for, and that the policy file watches it; if it was not, have its CA revoke it"
                .to_owned()
        }
        ToDo::ReportedRevocation => "get a new certificate and put it in place".to_owned(),
        ToDo::ReportedDeletion => "put it back, or take it out of the policy file".to_owned(),
        ToDo::ReportedEnd => "renew it, and put the new one in place".to_owned(),
    };
    English.instruction(&clause)
}

/// ` at a and b`, or nothing.
pub(super) fn at(places: &str) -> String {
    if places.is_empty() { String::new() } else { format!(" at {places}") }
}

fn of_finding(finding: FindingId, at: &str) -> String {
    match finding {
        FindingId::Unreachable => "see whether the service runs and lets this machine in".to_owned(),
        FindingId::Unreadable => "let certnotify read it, or mend the file".to_owned(),
        FindingId::Unparsable | FindingId::NothingFound => "see what stands there instead of a certificate".to_owned(),
        FindingId::ChainIncomplete | FindingId::ChainMisordered => {
            format!("put the certificate with its intermediates, in their order, in place{at}")
        }
        FindingId::Superseded => format!("put the newer one in place{at}, or remove the old file"),
        FindingId::NotDeployed => format!("load the new certificate{at}"),
        FindingId::PinMismatch => "update the apps, pins and TLSA records that name another key before this one is \
                                   served, or put a certificate with a pinned key in place"
            .to_owned(),
        FindingId::NotLoaded => "reload or restart the server, and let the renewal do so from now on".to_owned(),
        FindingId::RenewalBlocked => {
            "mend what the message names before that day: the CAA records, the target of the challenge, or the client's \
             time of renewal"
                .to_owned()
        }
        FindingId::CopyOutdated => {
            "take the published metadata over, before the provider signs with the new key".to_owned()
        }
        FindingId::LoadingUnknown => {
            "start the server, or let certnotify see its processes (root, or CAP_SYS_PTRACE); else take listens-on out"
                .to_owned()
        }
        FindingId::TlsaMissing => "publish a TLSA record that fits, or take tlsa = true out".to_owned(),
        FindingId::TlsaUnknown => "see why DNS does not answer, or name another resolver in [settings]".to_owned(),
        FindingId::RegistrationUnknown => {
            "see at its registrar when it ends; where its registry does not say, watch it by name and expires"
                .to_owned()
        }
        FindingId::RenewalLate => "find out why it was not renewed, and renew it".to_owned(),
        FindingId::LegacyProtocol => {
            format!("switch old protocol versions off{at}, or list {finding} under accept")
        }
        FindingId::Expired
        | FindingId::ExpiresSoon
        | FindingId::NotYetValid
        | FindingId::Revoked
        | FindingId::KeyMismatch
        | FindingId::NameMismatch
        | FindingId::Untrusted
        | FindingId::SelfSigned
        | FindingId::ChainExpiresSoon
        | FindingId::WeakKey
        | FindingId::WeakSignature
        | FindingId::LifetimeTooLong
        | FindingId::RootHorizon
        | FindingId::CaHorizon
        | FindingId::RevocationUnknown => another_certificate(&[finding], at),
    }
}

/// Where each of `findings` is a fault of the certificate itself.
pub(super) fn another_certificate(findings: &[FindingId], at: &str) -> String {
    if !findings.iter().all(|finding| finding.can_be_accepted()) {
        return format!("put a new certificate in place{at}");
    }
    let faults = if findings.len() == 1 { "this fault" } else { "these faults" };
    let accepted: Vec<String> = findings.iter().map(FindingId::to_string).collect();
    format!("put a certificate without {faults} in place{at}, or list {} under accept", English.list(&accepted, 0))
}
