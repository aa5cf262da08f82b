//! Certificates, places and what is known of them as JSON: unknown facts are null, never left out.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::certificate::Certificate;
use crate::event::Location;
use crate::policy::Zone;
use crate::text::untrusted::{self, ERROR, NAME, cap, peer};

/// How much is told of a row.
#[derive(Clone, Copy, Debug)]
pub(in crate::render) struct Extent {
    /// Names of a certificate, people, or pieces of news; the others are counted.
    pub(super) names: usize,
    pub(super) places: usize,
    /// Characters of a text of a certificate.
    pub(super) text: usize,
    /// Characters of a path or an endpoint.
    pub(super) place: usize,
    /// Characters of a note.
    pub(super) note: usize,
    /// With sentences for people.
    pub(super) has_words: bool,
}

impl Extent {
    pub(in crate::render) const WHOLE: Self =
        Self { names: 20, places: 10, text: 256, place: 1024, note: 2000, has_words: true };
    /// Where there are many rows.
    pub(super) const SHORT: Self = Self { names: 3, places: 1, text: NAME, place: 256, note: 120, has_words: false };
}

/// `2026-12-13T23:59:59Z`.
pub(in crate::render) fn utc(at: OffsetDateTime) -> String {
    let whole = Zone::UTC.local(OffsetDateTime::from_unix_timestamp(at.unix_timestamp()).unwrap_or(at));
    whole.format(&Rfc3339).unwrap_or_default()
}

/// Text of the policy file or of the machine.
pub(in crate::render) fn own(text: &str, limit: usize) -> String {
    cap(&untrusted::own(text), limit)
}

pub(super) fn certificate(certificate: &Certificate, extent: Extent, now: OffsetDateTime) -> Value {
    let names: Vec<String> =
        certificate.dns_names.iter().take(extent.names).map(|name| peer(name, extent.text)).collect();
    let room = extent.names - names.len();
    let addresses: Vec<String> = certificate.ip_addresses.iter().take(room).map(ToString::to_string).collect();
    let all = certificate.name_count();
    // Of a date, only the end is known, and what it is remembered by.
    let is_certificate = !certificate.is_date();
    let text = |text: &str, longest: usize| is_certificate.then(|| peer(text, longest));
    json!({
        "fingerprint_sha256": certificate.fingerprint,
        "subject": text(&certificate.subject, extent.text),
        "issuer": text(&certificate.issuer, extent.text),
        "serial": text(&certificate.serial, NAME),
        "dns_names": names,
        "ip_addresses": addresses,
        "names_left_out": all - names.len() - addresses.len(),
        "not_before": is_certificate.then(|| utc(certificate.not_before)),
        "not_after": utc(certificate.not_after),
        "effective_not_after": utc(certificate.effective_end()),
        "limited_by": certificate.limited_by.as_ref().map(|limit| json!({
            "subject": peer(&limit.subject, extent.text),
            "not_after": utc(limit.not_after),
            "fingerprint_sha256": limit.fingerprint,
        })),
        "days_left": certificate.days_left(now),
        "lifetime_days": is_certificate.then(|| certificate.lifetime_days()),
    })
}

pub(super) fn place(location: &Location, extent: Extent) -> Value {
    json!({
        "name": own(&location.name, extent.place),
        "place": own(&location.place, extent.place),
        "address": location.address.as_deref().map(|address| peer(address, NAME)),
        "is_endpoint": location.is_endpoint,
        "seen": utc(location.seen),
        "failing": location.failing.as_ref().map(|why| peer(&why.to_string(), ERROR)),
    })
}
