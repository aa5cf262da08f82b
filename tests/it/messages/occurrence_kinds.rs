//! Made-up occurrences of every kind for the tests of messages.

use std::collections::BTreeSet;
use std::sync::Arc;

use certnotify::cause::{
    Anchors, ChainCause, DeliveryCause, EndpointCause, FailureCause, FindingCause, MailStep, Peer, Weakness,
};
use certnotify::certificate::Certificate;
use certnotify::event::{
    AuthorityChange, Category, Detail, EventKind, Evidence, FindingId, Location, MonitoringChange, Occurrence,
    OccurrenceId,
};
use certnotify::policy::{Channel, ContactName, EntryName, Language};
use certnotify::render::{self, Body, Mail, Message};
use certnotify::schedule::Batch;
use time::macros::datetime;

use super::fleet::{Case, NOW, World, certificate};

impl World {
    /// One in each language, in a zone where it is spoken.
    pub(super) fn all() -> Vec<Self> {
        Language::ALL.map(Self::from_language).into()
    }

    pub(super) fn from_language(language: Language) -> Self {
        let zone = match language {
            Language::English => "Europe/Berlin",
            Language::SimplifiedChinese => "Asia/Shanghai",
            Language::Japanese => "Asia/Tokyo",
        };
        Self::new(language, zone)
    }
}

pub(super) fn english() -> World {
    World::from_language(Language::English)
}

pub(super) fn chinese() -> World {
    World::from_language(Language::SimplifiedChinese)
}

pub(super) fn japanese() -> World {
    World::from_language(Language::Japanese)
}

fn location(name: &str, place: &str) -> Location {
    Location {
        entry: EntryName::new(name),
        name: name.into(),
        place: place.into(),
        remembered_as: None,
        address: None,
        seen: NOW,
        failing: None,
        is_endpoint: !place.starts_with('/'),
    }
}

/// The certificate that all of it is about.
pub(super) fn old() -> Certificate {
    certificate(&["www.example.com", "example.com"], datetime!(2026-12-03 23:59:59 UTC))
}

pub(super) fn new() -> Certificate {
    certificate(&["www.example.com", "example.com"], datetime!(2027-02-14 23:59:59 UTC))
}

/// Something that happened to the certificate of `www`.
pub(super) fn occurrence(kind: EventKind, detail: Detail) -> Occurrence {
    Occurrence {
        id: OccurrenceId::new(kind, format!("www {detail:?}").chars().take(60).collect::<String>()),
        kind,
        evidence: Evidence::Observed,
        at: NOW,
        certificate: Some(old()),
        locations: vec![location("www", "/etc/ssl/www.pem")].into(),
        detail,
    }
}

/// The same without a certificate and without a place.
fn alone(occurrence: Occurrence) -> Occurrence {
    Occurrence { certificate: None, locations: Vec::new().into(), ..occurrence }
}

pub(super) fn renewed() -> Occurrence {
    occurrence(EventKind::Hosting, Detail::Renewed { new: Box::new(new()) })
}

pub(super) fn revoked() -> Occurrence {
    let detail = Detail::Revoked {
        reason: Some("keyCompromise".to_owned()),
        since: Some(datetime!(2026-11-20 12:00 UTC)),
        source: "http://crl.example.com/r3.crl".to_owned(),
    };
    occurrence(EventKind::Revocation, detail)
}

pub(super) fn wrong(finding: FindingId) -> Occurrence {
    let message = cause(finding).into();
    occurrence(EventKind::Anomaly, Detail::FindingOpened { finding, message })
}

/// A cause of a kind that the finding has, for those that the gallery shows.
fn cause(finding: FindingId) -> FailureCause {
    let peer = || Peer::Address("192.0.2.1:443".parse().unwrap());
    let (issuer, anchors) = ("CN=Example Root X1".to_owned(), Anchors::Machine);
    match finding {
        FindingId::Unreachable => EndpointCause::Refused(peer()).into(),
        FindingId::Untrusted => ChainCause::MissingIssuer { issuer, anchors }.into(),
        FindingId::SelfSigned => ChainCause::SelfSigned.into(),
        FindingId::WeakKey => {
            let weakness = Weakness::Key { algorithm: "RSA".into(), bits: 1024 };
            FindingCause::Weak { issuer: None, weakness }.into()
        }
        _ => FindingCause::ChainMisordered.into(),
    }
}

fn undeliverable() -> MonitoringChange {
    let cause =
        DeliveryCause::StepRefused("127.0.0.1:25".to_owned(), MailStep::Recipients, "550 no such user".to_owned());
    let (contact, channel) = (ContactName::new("anna"), Channel::Email);
    MonitoringChange::Undeliverable { contact, channel, address: None, reason: cause.to_string(), cause: Some(cause) }
}

pub(super) fn storm() -> Occurrence {
    let names = ["a.example.com", "b.example.com", "c.example.com"].map(str::to_owned).to_vec();
    alone(occurrence(EventKind::Anomaly, Detail::FindingBurst { finding: FindingId::Unreachable, count: 40, names }))
}

fn unwatched(change: MonitoringChange) -> Occurrence {
    let names = vec!["www".to_owned(), "api".to_owned()];
    occurrence(EventKind::NotificationsDisabled, Detail::MonitoringStopped { change, names, count: 2 })
}

pub(super) fn dropped(contact: &str) -> Occurrence {
    unwatched(MonitoringChange::ContactDropped { contact: ContactName::new(contact) })
}

fn reported(kind: EventKind, message: Option<&str>, url: Option<&str>) -> Occurrence {
    let (message, url) = (message.map(str::to_owned), url.map(str::to_owned));
    let occurrence = occurrence(kind, Detail::Reported { message, url, unmatched: None });
    Occurrence { evidence: Evidence::Reported { by: "certbot on web-1".to_owned() }, ..occurrence }
}

fn service() -> Vec<Occurrence> {
    let changes = vec![
        AuthorityChange::Issuer { from: "CN=Example CA R3".to_owned(), to: "CN=Example CA R10".to_owned() },
        AuthorityChange::Root { from: "CN=Example Root X1".to_owned(), to: "CN=Example Root X2".to_owned() },
        AuthorityChange::UsageLost { usage: "clientAuth".to_owned() },
        AuthorityChange::IntermediateExpires {
            subject: "CN=Example CA R10".into(),
            not_after: datetime!(2027-03-12 12:00 UTC),
        },
    ];
    let announced = Detail::Announced {
        title: "Example CA stops client authentication".to_owned(),
        text: "New certificates have no client authentication".to_owned(),
        date: "2027-02-11".to_owned(),
        source: "https://ca.example.com/eku".to_owned(),
        count: 2,
        names: vec!["www".to_owned(), "api".to_owned()],
    };
    let upgraded = Detail::Upgraded { from: "1.0.0".to_owned(), to: "1.1.0".to_owned() };
    let unmatched = Detail::Reported { message: None, url: None, unmatched: Some("wwww".to_owned()) };
    let nobody = Evidence::Reported { by: "certbot on web-1".to_owned() };
    vec![
        occurrence(EventKind::CaChange, Detail::AuthorityChanged { new: Box::new(new()), changes }),
        Occurrence { evidence: Evidence::Derived, ..alone(occurrence(EventKind::Announcement, announced)) },
        alone(occurrence(EventKind::Upgrade, upgraded)),
        Occurrence { evidence: nobody, ..alone(occurrence(EventKind::HostingFailure, unmatched)) },
        alone(reported(EventKind::Notice, Some("The CA is down on Sunday."), Some("https://ca.example.com/status"))),
    ]
}

/// A change of authority with just this in it.
pub(super) fn authority_changed(change: AuthorityChange) -> Occurrence {
    let detail = Detail::AuthorityChanged { new: Box::new(new()), changes: vec![change] };
    occurrence(EventKind::CaChange, detail)
}

/// Every detail that there is, and a report of every kind.
pub(super) fn everything() -> Vec<Occurrence> {
    let replaced = Detail::Replaced { by: Box::new(new()), no_longer_covered: vec!["old.example.com".to_owned()] };
    let moved = Detail::RenewalMovedForward {
        end: datetime!(2026-11-20 12:00 UTC),
        explanation: Some("ca.example.com/incident".to_owned()),
    };
    let places = vec!["/etc/ssl/www.pem".to_owned(), "/etc/ssl/api.pem".to_owned()];
    let key = |by_others| Detail::KeyReadable { path: "/etc/ssl/private/www.pem".to_owned(), by_others };
    let mut everything = vec![
        renewed(),
        revoked(),
        occurrence(EventKind::Download, Detail::Downloaded { to: Some("/root/www.pem".to_owned()) }),
        occurrence(EventKind::Revocation, moved),
        occurrence(EventKind::Deletion, Detail::Deleted),
        occurrence(EventKind::Deletion, replaced),
        occurrence(EventKind::Sharing, Detail::Shared { places }),
        occurrence(EventKind::Sharing, key(true)),
        occurrence(EventKind::Sharing, key(false)),
        storm(),
        alone(over(FindingId::Unreachable, 40, false)),
        alone(over(FindingId::Unreachable, 40, true)),
        over(FindingId::Untrusted, 1, true),
        unwatched(MonitoringChange::Removed),
        unwatched(MonitoringChange::SwitchedOff),
        dropped("anna"),
        unwatched(undeliverable()),
        unwatched(MonitoringChange::SnoozedLong { until: datetime!(2027-01-01 0:00 UTC) }),
    ];
    everything.extend(FindingId::ALL.map(wrong));
    everything.extend(FindingId::ALL.map(|finding| over(finding, 1, false)));
    everything.extend(EventKind::ALL.map(|kind| reported(kind, None, None)));
    everything.extend(service());
    assert!(Category::ALL.iter().all(|category| everything.iter().any(|one| one.kind.category() == *category)));
    everything
}

fn over(finding: FindingId, count: usize, is_dropped: bool) -> Occurrence {
    occurrence(EventKind::Recovery, Detail::Recovered { finding, count, is_dropped })
}

/// Any number of them, each of a certificate of its own.
pub(super) fn many(of: &[Occurrence], size: usize) -> Vec<Occurrence> {
    let numbered = of.iter().cycle().take(size).enumerate().map(|(number, occurrence)| {
        let host = format!("host-{number:04}.example.com");
        let certificate = certificate(&[&host], datetime!(2026-12-03 23:59:59 UTC));
        Occurrence {
            id: OccurrenceId::new(occurrence.kind, &host),
            certificate: Some(certificate),
            locations: vec![location(&format!("fleet/{host}"), &format!("{host}:443"))].into(),
            ..occurrence.clone()
        }
    });
    numbered.collect()
}

pub(super) fn batch(world: &World, channel: Channel, cases: &[Case], occurrences: &[Occurrence]) -> Batch {
    let mut batch = world.batch(channel, cases);
    batch.contact = ContactName::new("ops");
    batch.occurrences = occurrences.iter().cloned().map(Arc::new).collect();
    batch.occurrences_left_over = BTreeSet::new();
    batch
}

pub(super) fn messages(world: &World, channel: Channel, cases: &[Case], occurrences: &[Occurrence]) -> Vec<Message> {
    render::messages(&batch(world, channel, cases, occurrences), &world.render_input(), NOW)
}

pub(super) fn mail(world: &World, cases: &[Case], occurrences: &[Occurrence]) -> Mail {
    match messages(world, Channel::Email, cases, occurrences).remove(0).body {
        Body::Mail(mail) => mail,
        Body::Chat { .. } => panic!("a mail has a mail's body"),
    }
}
