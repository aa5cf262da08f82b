//! `check --format json`: one object. Unknown facts are null, never left out.

use std::borrow::Cow;
use std::io::{self, Write};
use std::net::IpAddr;

use certnotify::certificate::{Certificate, CertificateKind, Fingerprint, Limit};
use certnotify::event::{Finding, FindingId, Severity};
use certnotify::render::untrusted::{clean, cleaned};
use serde::{Serialize, Serializer};
use time::OffsetDateTime;

use super::{Report, Row, TableStyle, lines};

pub(super) fn write(report: &Report<'_>, _: TableStyle, to: &mut dyn Write) -> io::Result<()> {
    lines::write(to, &Document::new(report))
}

#[derive(Serialize)]
struct Document<'a> {
    version: u8,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    status: Severity,
    counts: Counts,
    certificates: Items<'a>,
}

#[derive(Serialize)]
struct Counts {
    ok: usize,
    warning: usize,
    critical: usize,
    unknown: usize,
}

/// Made one after another while they are written: ten thousand of them are never in memory at once.
struct Items<'a>(&'a Report<'a>);

impl Serialize for Items<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.listed(&self.0.rows).into_iter().map(|row| Item::new(row, self.0.at)))
    }
}

#[derive(Serialize)]
struct Item<'a> {
    name: Cow<'a, str>,
    source: Cow<'a, str>,
    status: Severity,
    findings: Vec<Found>,
    subject: Option<Cow<'a, str>>,
    issuer: Option<Cow<'a, str>>,
    serial: Option<Cow<'a, str>>,
    dns_names: Option<Vec<Cow<'a, str>>>,
    ip_addresses: Option<&'a [IpAddr]>,
    #[serde(with = "time::serde::rfc3339::option")]
    not_before: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    not_after: Option<OffsetDateTime>,
    /// The end that counts.
    #[serde(with = "time::serde::rfc3339::option")]
    effective_not_after: Option<OffsetDateTime>,
    /// The issuer that sets it; null where the certificate itself does.
    limited_by: Option<Link<'a>>,
    days_left: Option<i64>,
    lifetime_days: Option<i64>,
    fingerprint_sha256: Option<Fingerprint>,
    key: Option<Key<'a>>,
    signature_algorithm: Option<Cow<'a, str>>,
    chain: Option<Vec<Link<'a>>>,
    error: Option<String>,
}

#[derive(Serialize)]
struct Found {
    id: FindingId,
    severity: Severity,
    message: String,
    /// Left out where it is about no date.
    #[serde(skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    until: Option<OffsetDateTime>,
    /// Known to the operator: it counts in no verdict.
    accepted: bool,
}

#[derive(Serialize)]
struct Key<'a> {
    algorithm: Cow<'a, str>,
    bits: Option<u32>,
}

#[derive(Serialize)]
struct Link<'a> {
    subject: Cow<'a, str>,
    /// None for metadata.
    issuer: Option<Cow<'a, str>>,
    #[serde(with = "time::serde::rfc3339")]
    not_after: OffsetDateTime,
    fingerprint_sha256: Fingerprint,
}

impl<'a> Document<'a> {
    fn new(report: &'a Report<'a>) -> Self {
        Self {
            version: 1,
            at: report.at.truncate_to_second(),
            status: report.status(),
            counts: Counts {
                ok: report.count(Severity::Ok),
                warning: report.count(Severity::Warning),
                critical: report.count(Severity::Critical),
                unknown: report.count(Severity::Unknown),
            },
            certificates: Items(report),
        }
    }
}

impl<'a> Item<'a> {
    fn new(row: &'a Row<'_>, now: OffsetDateTime) -> Self {
        let leaf = row.leaf();
        let certificate = row.leaf_but_of_date();
        let text = |of: fn(&Certificate) -> &str| certificate.map(|leaf| cleaned(of(leaf)));
        Self {
            name: cleaned(&row.observation.name),
            source: cleaned(&row.observation.source),
            status: row.status,
            findings: row.findings.iter().map(Found::new).collect(),
            subject: text(|leaf| &leaf.subject),
            issuer: text(|leaf| &leaf.issuer),
            serial: text(|leaf| &leaf.serial).filter(|serial| !serial.is_empty()),
            dns_names: certificate.map(|leaf| leaf.dns_names.iter().map(|name| cleaned(name)).collect()),
            ip_addresses: certificate.map(|leaf| leaf.ip_addresses.as_slice()),
            not_before: certificate.map(|leaf| leaf.not_before),
            not_after: leaf.map(|leaf| leaf.not_after),
            effective_not_after: leaf.map(Certificate::effective_end),
            limited_by: row.limit().map(Link::new).or_else(|| row.limit_of_metadata().map(Link::from_metadata)),
            days_left: leaf.map(|leaf| leaf.days_left(now)),
            lifetime_days: certificate.map(Certificate::lifetime_days),
            fingerprint_sha256: certificate.map(|leaf| leaf.fingerprint),
            key: certificate
                .filter(|leaf| leaf.kind == CertificateKind::Certificate)
                .map(|leaf| Key { algorithm: cleaned(&leaf.key.algorithm), bits: leaf.key.bits }),
            signature_algorithm: text(|leaf| &leaf.signature_algorithm),
            chain: row
                .sight()
                .filter(|_| certificate.is_some())
                .map(|sight| sight.chain.rest.iter().map(|issuer| Link::new(issuer)).collect()),
            error: row.observation.outcome.as_ref().err().map(|failure| clean(&failure.message())),
        }
    }
}

impl Found {
    fn new(finding: &Finding) -> Self {
        Self {
            id: finding.id,
            severity: finding.severity,
            message: clean(&finding.message.to_string()),
            until: finding.until,
            accepted: finding.accepted,
        }
    }
}

impl<'a> Link<'a> {
    fn new(issuer: &'a Certificate) -> Self {
        Self {
            subject: cleaned(&issuer.subject),
            issuer: Some(cleaned(&issuer.issuer)),
            not_after: issuer.not_after,
            fingerprint_sha256: issuer.fingerprint,
        }
    }

    fn from_metadata(limit: &Limit) -> Self {
        Self {
            subject: format!("SAML metadata of {}", clean(&limit.subject)).into(),
            issuer: None,
            not_after: limit.not_after,
            fingerprint_sha256: limit.fingerprint,
        }
    }
}
