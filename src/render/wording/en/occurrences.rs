//! English, of what happened.

use time::OffsetDateTime;

use super::English;
use super::ends::ends_on;
use super::forms::{count, plural};
use super::occurrences_to_do::{self, another_certificate, at};
use super::other_recipients::policies_tell;
use crate::certificate::is_no_end;
use crate::event::{AuthorityChange, Detail, EventKind, Evidence, FindingId, MonitoringChange};
use crate::render::wording::dates::Dates as _;
use crate::render::wording::digests::Digests as _;
use crate::render::wording::occurrences::{
    ChainChange, EscapedDetail, Health, Life, Listening, Marks, Newswriting, OccurrenceFacts, OtherCertificate, Report,
    Service, Stopped,
};
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

    fn headline(&self, occurrences: &OccurrenceFacts<'_>) -> String {
        let date = |at: OffsetDateTime| occurrences.clock.iso_date(at);
        match &occurrences.detail {
            EscapedDetail::Life(life) => match life {
                Life::Renewed { new: new @ OtherCertificate { date: Some(of), .. }, .. } => {
                    self.date_headline(&occurrences.change_of_date(*of, new))
                }
                Life::Renewed { new, .. } => {
                    let end = occurrences.clock.end_date(new.not_after);
                    end.map_or_else(
                        || "certificate renewed, without an end".to_owned(),
                        |end| format!("certificate renewed until {end}"),
                    )
                }
                Life::Downloaded { .. } => "certificate downloaded".to_owned(),
                Life::Revoked { .. } => "certificate revoked".to_owned(),
                Life::RenewalMovedForward { .. } => "its CA wants it renewed now".to_owned(),
                Life::Deleted => "certificate deleted".to_owned(),
                Life::Replaced { .. } => "certificate replaced by another".to_owned(),
            },
            EscapedDetail::Health(health) => match health {
                Health::Shared { .. } => "certificate or key shared".to_owned(),
                Health::KeyReadable { by_others: true, .. } => "private key readable by everybody".to_owned(),
                Health::KeyReadable { .. } => "private key readable by its group".to_owned(),
                Health::FindingOpened { finding, .. } | Health::FindingBurst { finding, .. } => {
                    self.finding(*finding).to_owned()
                }
                Health::Recovered { finding, .. } => format!("recovered ({})", self.finding(*finding)),
                Health::MonitoringStopped { stopped, .. } => match stopped {
                    Stopped::Removed => "watched no more".to_owned(),
                    Stopped::SwitchedOff => "notifications switched off".to_owned(),
                    Stopped::ContactDropped { contact } => format!("{contact} is told no more"),
                    Stopped::Undeliverable { address: Some(to), .. } => format!("mail to {to} does not arrive"),
                    Stopped::Undeliverable { contact, channel, .. } => {
                        format!("{contact} is not reached by {channel}")
                    }
                    Stopped::SnoozedLong { until } => format!("reminders held until {}", date(*until)),
                },
                Health::PutRight { .. } => "recovered (the right certificate is back)".to_owned(),
            },
            EscapedDetail::Service(service) => match service {
                Service::AuthorityChanged { main, .. } => match main {
                    Some(ChainChange::Root { .. }) => "its root changed".to_owned(),
                    Some(ChainChange::UsageLost { usage }) => format!("no longer valid for {usage}"),
                    Some(ChainChange::IntermediateExpires { not_after, .. }) => {
                        format!("an intermediate of its chain ends {}", date(*not_after))
                    }
                    _ => "its issuer changed".to_owned(),
                },
                Service::Announced { date, .. } => format!("applies from {date}"),
                Service::Upgraded { to, .. } => format!("now version {to}"),
                Service::Digest(digest) => self.digest_headline(digest),
                Service::Reported { .. } => called(occurrences.kind).1.to_owned(),
            },
        }
    }

    fn not_in_use(&self, name: &str, is_predecessor: bool) -> String {
        if is_predecessor {
            format!("The certificate of {name} is renewed, and the old one is still served.")
        } else {
            format!("Another certificate is served where that of {name} should be.")
        }
    }

    fn old_one_served(&self) -> &'static str {
        "renewed, but the old one is still served"
    }

    fn still_old(&self, endpoint: &str, serial: &str, end: &str) -> String {
        format!("{endpoint} serves one that ends on {end} (serial number {serial}).")
    }

    fn load_it(&self, endpoints: &str) -> String {
        format!("To do: load the new certificate at {endpoints}; a reload of the service may be all it needs.")
    }

    fn serve_it(&self, endpoints: &str) -> String {
        format!("To do: have {endpoints} serve it, or correct deploys-to in the policy file.")
    }

    fn counted(&self, marks: &Marks, mark: &str) -> String {
        let counted = marks.iter().map(|(word, number)| format!("{mark}{number}{mark} {}", plural(word, *number)));
        let shown: Vec<String> = counted.take(crate::render::wording::MARKS).collect();
        self.list(&shown, marks.iter().skip(crate::render::wording::MARKS).map(|(_, number)| number).sum())
    }

    fn news_totals(&self, marks: &Marks, mark: &str) -> String {
        format!("What happened: {}.", self.counted(marks, mark))
    }

    fn describe(&self, occurrences: &OccurrenceFacts<'_>) -> Vec<String> {
        match &occurrences.detail {
            EscapedDetail::Life(life) => self.of_life(life, occurrences),
            EscapedDetail::Health(health) => self.of_health(health, occurrences),
            EscapedDetail::Service(service) => self.of_service(service, occurrences),
        }
    }

    fn news_to_do(&self, to_do: ToDo, places: &str) -> String {
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

    fn new_without(&self, faults: &str) -> String {
        format!("The new one must be without this: {faults}.")
    }

    fn known(&self, evidence: &Evidence, seen: &str) -> String {
        match evidence {
            Evidence::Observed => format!("observed: certnotify saw it {seen}"),
            Evidence::Reported { by } => format!("reported by {by}, {seen}"),
            Evidence::Derived => format!("derived from dates and policy, {seen}"),
        }
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
            Listening::Digest(written) => self.asked_for(written),
            Listening::Default => "You hear of it because no other contact would.".to_owned(),
        }
    }

    fn once(&self, lasts: bool) -> String {
        if lasts {
            "It is told once while it lasts; who was told hears of its end.".to_owned()
        } else {
            "It is told once.".to_owned()
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

impl English {
    /// `1 revoked, 2 renewed and 3 more`.
    fn of_life(&self, life: &Life, occurrences: &OccurrenceFacts<'_>) -> Vec<String> {
        let OccurrenceFacts { name, places, clock, .. } = occurrences;
        let stamp = |at: OffsetDateTime| format!("{} {}", clock.stamp(at), clock.zone.abbreviation(at));
        let end_of = |end: OffsetDateTime| (!is_no_end(end)).then(|| stamp(end));
        match life {
            Life::Renewed { new: new @ OtherCertificate { date: Some(of), .. }, report } => {
                let changed = self.date_changed(&occurrences.change_of_date(*of, new));
                changed.into_iter().chain(self.words_of_report(report.as_ref(), occurrences)).collect()
            }
            Life::Renewed { new, report } => {
                let old = occurrences.end.map(|end| {
                    let old = match (end_of(end), end < occurrences.at) {
                        (None, _) => "had no end".to_owned(),
                        (Some(end), true) => format!("ended on {end}"),
                        (Some(end), false) => format!("would have ended on {end}"),
                    };
                    let (serial, new) = (&occurrences.serial, ends_on(end_of(new.not_after).as_deref()));
                    format!("The old one (serial number {serial}) {old}; the new one {new}.")
                });
                let again = if new.issuer == occurrences.issuer { "again" } else { "now" };
                let issued = format!("It was {again} issued by {}; its serial number is {}.", new.issuer, new.serial);
                let first = format!("The certificate of {name} is renewed: the new one is in place{}.", at(places));
                let told = [Some(first), old, Some(issued)].into_iter().flatten();
                told.chain(self.words_of_report(report.as_ref(), occurrences)).collect()
            }
            Life::Downloaded { to } => {
                let to = to.as_ref().map(|to| format!(", to {to}")).unwrap_or_default();
                vec![format!("The certificate of {name} was downloaded{}{to}.", from(places))]
            }
            Life::Revoked { reason, since, source } => {
                let since = since.map(|since| format!(" on {}", stamp(since))).unwrap_or_default();
                let reason =
                    reason.as_ref().map(|reason| format!(", with the reason \"{reason}\"")).unwrap_or_default();
                vec![format!("The certificate of {name} was revoked{since}{reason}."), format!("Source: {source}.")]
            }
            Life::RenewalMovedForward { end, explanation } => {
                let verb = if *end < occurrences.at { "should have been renewed" } else { "should be renewed" };
                let why = explanation.as_ref().map(|page| self.stopped(&format!("The CA explains: {page}")));
                let first =
                    format!("The CA asks for an early renewal: the certificate of {name} {verb} by {}.", stamp(*end));
                [Some(first), why].into_iter().flatten().collect()
            }
            Life::Replaced { by, no_longer_covered } => {
                let lost = no_longer_covered.as_ref().map(|lost| format!("It does not cover {lost}."));
                let first =
                    format!("The certificate of {name} was replaced{} by one that is no successor.", at(places));
                let other = format!(
                    "The other one is issued by {}, {} and has the serial number {}.",
                    by.issuer,
                    ends_on(end_of(by.not_after).as_deref()),
                    by.serial
                );
                let later = (by.not_before > occurrences.at)
                    .then(|| format!("It is not valid yet: clients refuse it before {}.", stamp(by.not_before)));
                let series = "Reminders of the one that is gone end with this.".to_owned();
                [Some(first), Some(other), later, lost, Some(series)].into_iter().flatten().collect()
            }
            Life::Deleted => {
                let end = occurrences.end.map(|end| format!("It would have been valid until {}.", stamp(end)));
                let first =
                    format!("The certificate of {name} is gone{}: two runs in a row did not find it.", from(places));
                [Some(first), end].into_iter().flatten().collect()
            }
        }
    }

    /// What the report of a renewal says that was seen, too.
    fn words_of_report(&self, report: Option<&Report>, occurrences: &OccurrenceFacts<'_>) -> Vec<String> {
        let (Some(Report { message, url }), Some(by)) = (report, occurrences.evidence.by()) else {
            return Vec::new();
        };
        let seen = "certnotify saw the new one.".to_owned();
        let said =
            message.as_ref().map(|said| self.stopped(&format!("{by} reports: {}", said.trim_end_matches(['.', '。']))));
        let url = url.as_ref().map(|url| format!("See {url}"));
        [Some(seen), said, url].into_iter().flatten().collect()
    }
}

fn from(places: &str) -> String {
    if places.is_empty() { String::new() } else { format!(" from {places}") }
}
