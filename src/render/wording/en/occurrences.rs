//! English, of what happened.

use super::English;
use super::forms::{count, joined, plural};
use super::occurrences_to_do::{self, another_certificate, at};
use crate::event::{AuthorityChange, Detail, EventKind, FindingId, MonitoringChange};
use crate::render::wording::occurrences::{Listening, Marks, Newswriting};
use crate::render::wording::{ToDo, Wording as _};

impl Newswriting for English {
    fn mark(&self, kind: EventKind, detail: &Detail) -> &'static str {
        match detail {
            Detail::Renewed { new } | Detail::RenewedAsReported { new, .. } if new.is_date() => "new date",
            Detail::Digest { .. } => "digest",
            Detail::RenewalMovedForward { .. } => "renew now",
            Detail::Replaced { .. } => "replaced",
            Detail::KeyReadable { .. } => "key readable",
            Detail::MonitoringStopped { change, .. } => match change {
                MonitoringChange::Removed => "not watched",
                MonitoringChange::SwitchedOff => "switched off",
                MonitoringChange::ContactDropped { .. } => "not told",
                MonitoringChange::Undeliverable { .. } => "channel fails",
                MonitoringChange::SnoozedLong { .. } => "snoozed",
            },
            Detail::AuthorityChanged { changes, .. } => match AuthorityChange::main(changes) {
                Some(AuthorityChange::UsageLost { .. }) => "usage lost",
                Some(AuthorityChange::IntermediateExpires { .. }) => "chain ends",
                _ => "CA change",
            },
            Detail::Renewed { .. }
            | Detail::RenewedAsReported { .. }
            | Detail::Downloaded { .. }
            | Detail::Revoked { .. }
            | Detail::Deleted
            | Detail::Shared { .. }
            | Detail::FindingOpened { .. }
            | Detail::FindingBurst { .. }
            | Detail::Recovered { .. }
            | Detail::PutRight { .. }
            | Detail::Announced { .. }
            | Detail::Upgraded { .. }
            | Detail::Reported { .. } => called(kind).0,
        }
    }

    fn counted(&self, marks: &Marks, mark: &str) -> String {
        let counted = marks.iter().map(|(word, number)| format!("{mark}{number}{mark} {}", plural(word, *number)));
        let shown: Vec<String> = counted.take(crate::render::wording::MARKS).collect();
        self.list(&shown, marks.iter().skip(crate::render::wording::MARKS).map(|(_, number)| number).sum())
    }

    fn to_do(&self, to_do: ToDo, places: &str) -> String {
        occurrences_to_do::to_do(to_do, places)
    }

    fn another_certificate(&self, findings: &[FindingId], places: &str) -> String {
        self.instruction(&another_certificate(findings, &at(places)))
    }

    fn finding(&self, finding: FindingId) -> &'static str {
        match finding {
            FindingId::Expired => "expired",
            FindingId::ExpiresSoon => "expires soon",
            FindingId::NotYetValid => "not yet valid",
            FindingId::Revoked => "revoked",
            FindingId::KeyMismatch => "key does not match",
            FindingId::PinMismatch => "not the key that is pinned",
            FindingId::NameMismatch => "does not cover its name",
            FindingId::Untrusted => "not trusted",
            FindingId::SelfSigned => "self-signed",
            FindingId::ChainIncomplete => "chain is incomplete",
            FindingId::ChainExpiresSoon => "chain expires soon",
            FindingId::ChainMisordered => "chain is in the wrong order",
            FindingId::WeakKey => "weak key",
            FindingId::WeakSignature => "weak signature",
            FindingId::LifetimeTooLong => "lifetime is too long",
            FindingId::LegacyProtocol => "legacy protocol",
            FindingId::RenewalLate => "automatic renewal is late",
            FindingId::Superseded => "a newer one lies elsewhere",
            FindingId::RootHorizon => "trust in its root ends before it",
            FindingId::CaHorizon => "its issuer will cut the next one short",
            FindingId::NotDeployed => "another certificate is served",
            FindingId::NotLoaded => "renewed, but the server has not loaded it",
            FindingId::Unreachable => "cannot be reached",
            FindingId::Unreadable => "cannot be read",
            FindingId::Unparsable => "not a readable certificate",
            FindingId::NothingFound => "nothing found",
            FindingId::RenewalBlocked => "its next renewal will fail or come late",
            FindingId::CopyOutdated => "its provider publishes another certificate",
            FindingId::LoadingUnknown => "whether the server has loaded it is not known",
            FindingId::TlsaMissing => "DNS has no TLSA records for it",
            FindingId::TlsaUnknown => "which TLSA records DNS has is not known",
            FindingId::RegistrationUnknown => "when the registration ends is not known",
            FindingId::RevocationUnknown => "revocation cannot be checked",
        }
    }

    fn certificates(&self, number: usize) -> String {
        count(i64::try_from(number).unwrap_or(i64::MAX), "certificate")
    }

    fn capital(&self, clause: &str) -> String {
        let mut characters = clause.chars();
        characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
    }

    fn because(&self, listening: &Listening) -> String {
        match listening {
            Listening::Policies { policies, kinds } => policies_tell(policies, kinds),
            Listening::Reminded => "You hear of it because you were reminded of the old one.".to_owned(),
            Listening::ToldOfTheAnomaly => "You hear of it because you were told when it began.".to_owned(),
            Listening::Former => "You hear of it because you were told of these certificates until now.".to_owned(),
            Listening::Digest(written) => format!("The policy file asks for this digest: {written}."),
            Listening::Default => "You hear of it because no other contact would.".to_owned(),
        }
    }
}

/// What a kind is called in a list, and, where it is reported to have happened, as a clause.
pub(super) const fn called(kind: EventKind) -> (&'static str, &'static str) {
    match kind {
        EventKind::Expiration => ("expires", "certificate expires"),
        EventKind::Issuance => ("issued", "certificate issued for the first time"),
        EventKind::Download => ("downloaded", "certificate downloaded"),
        EventKind::Revocation => ("revoked", "certificate revoked"),
        EventKind::Deletion => ("deleted", "certificate deleted"),
        EventKind::Sharing => ("shared", "certificate or key shared"),
        EventKind::Hosting => ("renewed", "certificate renewed"),
        EventKind::Expired => ("expired", "certificate expired"),
        EventKind::NotificationsDisabled => ("disabled", "notifications disabled"),
        EventKind::HostingFailure => ("renewal late", "automatic renewal failed"),
        EventKind::Anomaly => ("anomaly", "something is wrong"),
        EventKind::Recovery => ("recovered", "recovered"),
        EventKind::CaChange => ("CA change", "certification authority changed"),
        EventKind::Notice => ("notice", "notice"),
        EventKind::Announcement => ("announcement", "announcement"),
        EventKind::Update => ("update", "update"),
        EventKind::Upgrade => ("upgrade", "upgrade"),
    }
}

/// Which policies make the reader hear of these kinds.
fn policies_tell(policies: &[String], kinds: &[EventKind]) -> String {
    let quoted: Vec<String> = policies.iter().map(|policy| format!("\"{policy}\"")).collect();
    let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    let (policy, tells) = if let [_] = &quoted[..] { ("Policy", "tells") } else { ("Policies", "tell") };
    format!("{policy} {} {tells} you of it ({}).", joined(&quoted), kinds.join(", "))
}
