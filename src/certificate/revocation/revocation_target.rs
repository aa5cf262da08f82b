//! What an authority is asked by about a certificate that it issued, and where.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::address::Url;
use crate::certificate::Fingerprint;
use crate::certificate::der::CertificateWithDer;
use crate::certificate::der::ber::{Element, Elements};
use crate::certificate::der::raw_certificate::{INFORMATION_ACCESS, RawCertificate, access_places};
use crate::certificate::der::signature;

/// No authority needs more places than this, and each costs a connection.
const MOST_PLACES: usize = 4;

/// One certificate, its verified issuer, and the places that answer for it. The places are as the certificate has
/// them: untrusted.
#[derive(Clone, Debug)]
pub struct RevocationTarget {
    pub fingerprint: Fingerprint,
    pub issuer: Arc<CertificateWithDer>,
    /// Where the whole CRL for it is, by HTTP.
    pub crls: Vec<String>,
    /// Why a distribution point that it names cannot be used.
    pub unsupported: Option<&'static str>,
    /// Where an OCSP responder is, by HTTP.
    pub responders: Vec<String>,
    /// Its authority gives no word on revocation: it says so (RFC 9608).
    pub is_beyond_revocation: bool,
    pub(super) is_of_authority: bool,
    pub(super) serial: Box<[u8]>,
    authority_key: Option<Box<[u8]>>,
}

const CRL_POINTS: [u8; 3] = [0x55, 0x1d, 0x1f];
const AUTHORITY_KEY: [u8; 3] = [0x55, 0x1d, 0x23];

impl RevocationTarget {
    /// Whether a certificate names anything that its authority is asked by.
    #[must_use]
    pub fn is_named(leaf: &CertificateWithDer) -> bool {
        if leaf.authority_key().is_some() {
            return true;
        }
        let raw_certificate = RawCertificate::new(&leaf.der);
        let has = |identifier: &[u8]| raw_certificate.as_ref().is_some_and(|raw| raw.extension(identifier).is_some());
        has(&CRL_POINTS) || has(INFORMATION_ACCESS) || has(&AUTHORITY_KEY)
    }

    /// Nothing, unless the key of `issuer` signed `leaf`.
    #[must_use]
    pub fn new(leaf: &CertificateWithDer, issuer: &Arc<CertificateWithDer>) -> Option<Self> {
        if !leaf.is_issued_by(issuer) {
            return None;
        }
        let raw_certificate = RawCertificate::new(&leaf.der)?;
        signature::check(RawCertificate::new(&issuer.der)?.key, &raw_certificate.signed).ok()?;
        let points = raw_certificate.extension(&CRL_POINTS).map(distribution_points).unwrap_or_default();
        let responders = raw_certificate.extension(INFORMATION_ACCESS).map(responders).unwrap_or_default();
        Some(Self {
            fingerprint: leaf.certificate.fingerprint,
            issuer: Arc::clone(issuer),
            crls: points.urls,
            unsupported: points.unsupported,
            responders,
            is_beyond_revocation: raw_certificate.extension(&[0x55, 0x1d, 0x38]).is_some(),
            is_of_authority: leaf.certificate.is_authority,
            serial: raw_certificate.serial.into(),
            authority_key: leaf.authority_key().map(Box::from),
        })
    }

    /// The identifier of RFC 9773 §4.1; none without an authority key identifier.
    #[must_use]
    pub fn renewal_id(&self) -> Option<String> {
        let key = URL_SAFE_NO_PAD.encode(self.authority_key.as_deref()?);
        Some(format!("{key}.{}", URL_SAFE_NO_PAD.encode(&self.serial)))
    }
}

#[derive(Default)]
struct Points {
    urls: Vec<String>,
    unsupported: Option<&'static str>,
}

/// RFC 5280 §4.2.1.13.
fn distribution_points(value: &[u8]) -> Points {
    let mut points = Points::default();
    let listed = Elements(value).enter(0x30).unwrap_or_default();
    for fields in listed.filter_map(|point| point.inside(0x30)) {
        let mut urls = Vec::new();
        let mut unsupported = None;
        for field in fields {
            match field.tag {
                0xa0 => urls.extend(full_name(&field)),
                0x81 => unsupported = Some("its CRL covers only some reasons"),
                0xa2 => unsupported = Some("its CRL is indirect, which is not supported"),
                _ => {}
            }
        }
        match unsupported {
            None => points.urls.extend(urls.into_iter().filter(|url| is_http(url))),
            Some(_) => points.unsupported = unsupported,
        }
    }
    points.urls.dedup();
    points.urls.truncate(MOST_PLACES);
    points
}

/// The URLs of a `DistributionPointName`; a name relative to the issuer of the CRL has none.
pub(super) fn full_name<'a>(name: &Element<'a>) -> impl Iterator<Item = String> + use<'a> {
    name.children().enter(0xa0).unwrap_or_default().filter_map(url)
}

/// A general name, if it is a URL.
fn url(name: Element<'_>) -> Option<String> {
    let text = str::from_utf8(name.content).ok().filter(|_| name.tag == 0x86)?;
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic()) && text.len() <= 2048;
    is_plain.then(|| text.to_owned())
}

fn is_http(url: &str) -> bool {
    Url::split(url).is_of_web()
}

/// Of the method `id-ad-ocsp`.
fn responders(value: &[u8]) -> Vec<String> {
    const OCSP: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 1];
    access_places(value, OCSP).filter_map(url).filter(|url| is_http(url)).take(MOST_PLACES).collect()
}
