//! One certificate out of its DER encoding (RFC 5280), leniently: the only file that names the X.509 parser.

pub(super) mod ber;
pub(super) mod key;
pub(super) mod raw_certificate;
pub(super) mod serial;
pub(super) mod signature;
pub(super) mod usage;

use std::collections::HashMap;
use std::net::IpAddr;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use x509_parser::certificate::{X509Certificate, X509CertificateParser};
use x509_parser::der_parser::asn1_rs::{self, FromDer as _};
use x509_parser::error::X509Error;
use x509_parser::nom::{self, Parser as _};
use x509_parser::time::ASN1Time;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::bytes::BigUint;
use crate::certificate::distinguished_name::{DistinguishedName, rfc4514};
use crate::certificate::{Certificate, Fingerprint, OidName, PublicKey};
use crate::text::lossy;
use ber::Elements;
use raw_certificate::{INFORMATION_ACCESS, RawCertificate, access_places};
use usage::KeyUsage;

/// A certificate with what links it to others. It lives as long as one look; what is kept is the certificate.
#[derive(Clone, Debug)]
pub struct CertificateWithDer {
    pub certificate: Arc<Certificate>,
    pub der: Vec<u8>,
    subject: Range<usize>,
    issuer: Range<usize>,
    subject_key: Option<Range<usize>>,
    authority_key: Option<Range<usize>>,
    /// It says where the certificate of its issuer can be had, as those of public authorities do.
    pub names_its_issuers_place: bool,
}

impl CertificateWithDer {
    /// What is linked to nothing, and whose encoding no caller needs.
    pub(in crate::certificate) fn alone(certificate: Certificate) -> Self {
        Self {
            certificate: Arc::new(certificate),
            der: Vec::new(),
            subject: 0..0,
            issuer: 0..0,
            subject_key: None,
            authority_key: None,
            names_its_issuers_place: false,
        }
    }

    /// The name of its issuer as it is encoded (RFC 5280 §4.1.2.4), without tag and length.
    #[must_use]
    pub fn issuer_name(&self) -> &[u8] {
        Elements(&self.der[self.issuer.clone()]).next().map_or(&[], |name| name.content)
    }

    /// Whether its key may sign certificates; what cannot be read is the verifier's to refuse.
    #[must_use]
    pub fn may_issue(&self) -> bool {
        RawCertificate::new(&self.der).is_none_or(|raw| raw.may_sign(KeyUsage::Certificates))
    }

    /// RFC 5280 §4.2.1.1.
    pub(in crate::certificate) fn authority_key(&self) -> Option<&[u8]> {
        self.authority_key.clone().map(|key| &self.der[key])
    }

    /// By name, and by key identifier where both name one; a root has no issuer.
    pub(in crate::certificate) fn is_issued_by(&self, issuer: &Self) -> bool {
        let keys_agree = match (self.authority_key(), &issuer.subject_key) {
            (Some(wanted), Some(offered)) => *wanted == issuer.der[offered.clone()],
            _ => true,
        };
        let names_agree = self.der[self.issuer.clone()] == issuer.der[issuer.subject.clone()];
        !self.certificate.is_self_issued && names_agree && keys_agree
    }
}

/// Bytes that are no certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum NotACertificate {
    /// In words of the parser.
    #[error("is not DER of a certificate ({0})")]
    Structure(String),
    #[error("is not DER of a certificate (it ends too early)")]
    EndsEarly,
    #[error("is not DER of a certificate (its elements are of other kinds)")]
    OtherElements,
    #[error("has dates that cannot be read: not-before `{not_before}`, not-after `{not_after}`")]
    Dates { not_before: String, not_after: String },
    #[error("is not DER of a revocation list")]
    List,
    #[error("is a revocation list that names no next update")]
    EndlessList,
    #[error("is not an OpenPGP key of a known version")]
    OpenPgp,
    #[error("is not an SSH certificate of a known kind")]
    Ssh,
}

/// Reads the certificate at the beginning of `bytes`, and returns it with how many of them it takes.
///
/// # Errors
/// When there is none, or when its dates cannot be read.
pub fn read(bytes: &[u8]) -> Result<(CertificateWithDer, usize), NotACertificate> {
    let taken = element_length(bytes);
    read_owned(bytes[..taken].to_vec(), None).map(|parsed| (parsed, taken))
}

/// Reads the certificate at the beginning of `bytes`; what follows it is dropped.
pub(in crate::certificate) fn read_owned(
    mut bytes: Vec<u8>,
    repeated: Option<&mut Repeated>,
) -> Result<CertificateWithDer, NotACertificate> {
    let mut parser = X509CertificateParser::new().with_deep_parse_extensions(false);
    let (mut parsed, length) = match parser.parse(&bytes) {
        Ok((_, x509)) => (parsed(&x509, repeated), x509.as_raw().len()),
        Err(error) => return Err(reason(&error, &bytes)),
    };
    bytes.truncate(length);
    parsed.der = bytes;
    Ok(parsed)
}

/// Bytes of the first element, or all of them where it is none.
fn element_length(bytes: &[u8]) -> usize {
    Elements(bytes).next().map_or(bytes.len(), |element| element.whole.len())
}

/// What follows the first element, where it is another sequence.
pub(in crate::certificate) fn rest_of_sequences(bytes: &[u8]) -> &[u8] {
    let rest = &bytes[element_length(bytes)..];
    if rest.first() == Some(&0x30) { rest } else { &[] }
}

fn reason(error: &nom::Err<X509Error>, bytes: &[u8]) -> NotACertificate {
    match error {
        nom::Err::Incomplete(_) => NotACertificate::EndsEarly,
        nom::Err::Error(X509Error::InvalidDate) | nom::Err::Failure(X509Error::InvalidDate) => match raw_dates(bytes) {
            Some((not_before, not_after)) => NotACertificate::Dates { not_before, not_after },
            None => NotACertificate::Structure("invalid date".to_owned()),
        },
        // An element of DER says how long it is.
        _ if bytes.first() == Some(&0x30) && Elements(bytes).next().is_none() => NotACertificate::EndsEarly,
        nom::Err::Error(X509Error::Der(asn1_rs::Error::UnexpectedTag { .. }))
        | nom::Err::Failure(X509Error::Der(asn1_rs::Error::UnexpectedTag { .. })) => NotACertificate::OtherElements,
        nom::Err::Error(error) | nom::Err::Failure(error) => {
            NotACertificate::Structure(error.to_string().to_lowercase())
        }
    }
}

/// What most certificates have in common, as it was read: few authorities issue them, for few usages.
#[derive(Debug, Default)]
pub(in crate::certificate) struct Repeated {
    issuers: HashMap<Vec<u8>, DistinguishedName>,
    usages: HashMap<Vec<u8>, Arc<[OidName]>>,
}

/// What `read` makes of an encoding, which is done once for those that are kept.
fn known_or_read<T: Clone>(known: &mut HashMap<Vec<u8>, T>, encoding: &[u8], read: fn(&[u8]) -> T) -> T {
    const KEPT: usize = 64;
    /// No usual name is longer, in bytes.
    const LONGEST: usize = 1024;
    if let Some(known) = known.get(encoding) {
        return known.clone();
    }
    let value = read(encoding);
    if known.len() < KEPT && encoding.len() <= LONGEST {
        known.insert(encoding.to_vec(), value.clone());
    }
    value
}

fn usages(extension: &[u8]) -> Arc<[OidName]> {
    OidName::usages(extension).unwrap_or_default().into()
}

fn name(encoding: &[u8]) -> DistinguishedName {
    rfc4514(encoding).unwrap_or_default()
}

/// Everything but the encoding itself, which the caller has.
fn parsed(x509: &X509Certificate<'_>, repeated: Option<&mut Repeated>) -> CertificateWithDer {
    let place = |part: &[u8]| range(x509.as_raw(), part);
    let mut parsed = CertificateWithDer {
        subject: place(x509.subject.as_raw()),
        issuer: place(x509.issuer.as_raw()),
        ..CertificateWithDer::alone(certificate(x509, repeated))
    };
    // RFC 5280 §4.2.1.1, .2 and §4.2.2.1
    for extension in x509.extensions() {
        let value = extension.value;
        match extension.oid.as_bytes() {
            [0x55, 0x1d, 0x0e] => {
                parsed.subject_key = Elements(value).expect(0x04).map(|key| place(key.content));
            }
            [0x55, 0x1d, 0x23] => {
                let key = Elements(value).enter(0x30).and_then(|mut fields| fields.expect(0x80));
                parsed.authority_key = key.map(|key| place(key.content));
            }
            INFORMATION_ACCESS => {
                const ISSUERS: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x02];
                parsed.names_its_issuers_place = access_places(value, ISSUERS).next().is_some();
            }
            _ => {}
        }
    }
    parsed
}

fn certificate(x509: &X509Certificate<'_>, mut repeated: Option<&mut Repeated>) -> Certificate {
    let [subject, issuer] = [x509.subject.as_raw(), x509.issuer.as_raw()];
    let subject_name = name(subject);
    let issuer_name = match &mut repeated {
        _ if subject == issuer => subject_name.clone(),
        Some(known) => known_or_read(&mut known.issuers, issuer, name),
        None => name(issuer),
    };
    let fingerprint = Fingerprint::new(Sha256::digest(x509.as_raw()).into());
    let [not_before, not_after] = [x509.validity.not_before, x509.validity.not_after];
    let dates = (instant(not_before.to_datetime()), instant(not_after.to_datetime()));
    let mut certificate = Certificate {
        issuer: issuer_name,
        serial: serial::serial(x509.raw_serial()),
        key: key(x509.public_key()),
        signature_algorithm: OidName::signature(x509.signature_algorithm.algorithm.as_bytes()),
        is_self_issued: subject == issuer,
        ..Certificate::with_dates(fingerprint, subject_name, dates)
    };
    // RFC 5280 §4.2.1.6, .9 and .12. A broken extension says nothing; the certificate has its dates all the same.
    for extension in x509.extensions() {
        let value = extension.value;
        match extension.oid.as_bytes() {
            [0x55, 0x1d, 0x11] => add_names(&mut certificate, value).unwrap_or_default(),
            [0x55, 0x1d, 0x13] => {
                let is_authority = Elements(value).enter(0x30).and_then(|mut fields| fields.optional(0x01));
                certificate.is_authority = is_authority.is_some_and(|is_it| is_it.content == [0xff]);
            }
            [0x55, 0x1d, 0x25] => {
                certificate.usages = match &mut repeated {
                    Some(known) => known_or_read(&mut known.usages, value, usages),
                    None => usages(value),
                };
            }
            _ => {}
        }
    }
    certificate
}

/// The DNS names and addresses of the subject alternative name extension.
fn add_names(certificate: &mut Certificate, value: &[u8]) -> Option<()> {
    let names: Vec<_> = Elements(value).enter(0x30)?.strict().collect::<Option<_>>()?;
    // A list that grows would keep room for four.
    certificate.dns_names.reserve_exact(names.iter().filter(|name| name.tag == 0x82).count());
    for name in names {
        match (name.tag, name.content) {
            (0x82, name) => certificate.dns_names.push(lossy(name).into_owned()),
            (0x87, &[a, b, c, d]) => certificate.ip_addresses.push([a, b, c, d].into()),
            (0x87, address) => {
                certificate.ip_addresses.extend(<[u8; 16]>::try_from(address).map(IpAddr::from));
            }
            _ => {}
        }
    }
    Some(())
}

/// Where `part`, a slice of `whole`, stands in it.
fn range(whole: &[u8], part: &[u8]) -> Range<usize> {
    let start = part.as_ptr().addr().wrapping_sub(whole.as_ptr().addr());
    if start <= whole.len() && part.len() <= whole.len() - start { start..start + part.len() } else { 0..0 }
}

/// In UTC and whole seconds, as X.509 has them.
fn instant(moment: OffsetDateTime) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(moment.unix_timestamp()).unwrap_or(moment)
}

/// A `Time` by its whole encoding.
pub(in crate::certificate) fn instant_of(encoding: &[u8]) -> Option<OffsetDateTime> {
    ASN1Time::from_der(encoding).ok().map(|(_, time)| instant(time.to_datetime()))
}

fn key(info: &SubjectPublicKeyInfo<'_>) -> PublicKey {
    let algorithm = OidName::key(info.algorithm.algorithm.as_bytes());
    let bits = match &*algorithm {
        "RSA" => modulus_bits(info),
        "EC" => curve_bits(info),
        "DSA" => prime_bits(info),
        _ => None,
    };
    PublicKey { algorithm, bits, id: Some(Fingerprint::new(Sha256::digest(info.raw).into())) }
}

fn modulus_bits(info: &SubjectPublicKeyInfo<'_>) -> Option<u32> {
    // The parser knows rsaEncryption only; a key restricted to PSS has the same form.
    integer_bits(Elements(&info.subject_public_key.data).next()?.children().next()?.content)
}

fn prime_bits(info: &SubjectPublicKeyInfo<'_>) -> Option<u32> {
    integer_bits(Elements(info.algorithm.parameters.as_ref()?.data).next()?.content)
}

fn integer_bits(bytes: &[u8]) -> Option<u32> {
    u32::try_from(BigUint::from_bytes_be(bytes).bits()).ok().filter(|bits| *bits > 0)
}

fn curve_bits(info: &SubjectPublicKeyInfo<'_>) -> Option<u32> {
    let curve = info.algorithm.parameters.as_ref().map(|parameters| parameters.data);
    if curve == Some(&[0x2b, 0x81, 0x04, 0x00, 0x23]) {
        return Some(521);
    }
    // All other curves in use have a field of whole bytes.
    let point = &info.subject_public_key.data;
    let coordinate = match point.first()? {
        2 | 3 => point.len() - 1,
        4 => (point.len() - 1) / 2,
        _ => return None,
    };
    u32::try_from(coordinate * 8).ok()
}

/// The two dates of a certificate as they stand there, whatever they are.
fn raw_dates(bytes: &[u8]) -> Option<(String, String)> {
    let mut fields = Elements(bytes).next()?.children().next()?.children();
    fields.optional(0xa0);
    // Serial number, signature algorithm and issuer stand before.
    let mut validity = fields.nth(3)?.children();
    let mut date = || validity.next().map(|date| escaped(date.content));
    Some((date()?, date()?))
}

/// Some bytes for a person to look at.
pub(in crate::certificate) fn escaped(bytes: &[u8]) -> String {
    bytes.iter().take(40).flat_map(|byte| byte.escape_ascii()).map(char::from).collect()
}
