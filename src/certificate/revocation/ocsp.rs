//! The Online Certificate Status Protocol (RFC 6960): a question about one certificate, and what an answer says.

use sha1::{Digest as _, Sha1};
use time::{Duration, OffsetDateTime};

use super::crl::{RevocationStatus, SKEW, reason};
use crate::certificate::RevocationTarget;
use crate::certificate::der::ber::{element, encoded};
use crate::certificate::der::raw_certificate::{RawCertificate, Signed, expect, items, moment};
use crate::certificate::der::signature;

/// The media type of a question.
pub const REQUEST_TYPE: &str = "application/ocsp-request";

/// An answer that does not say until when it holds is taken while it is younger.
const USUAL_LIFE: Duration = Duration::days(1);

/// The `AlgorithmIdentifier` of SHA-1, by which every responder finds a certificate (RFC 5019 §2.1.1). Nothing is
/// protected by it: the answer is signed by other means.
const SHA1: [u8; 11] = [0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00];

/// An answer that has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    pub word: RevocationStatus,
    /// Until when it holds.
    pub next_update: OffsetDateTime,
}

/// Why an answer says nothing, as the end of the sentence "its OCSP responder …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAnswer {
    #[error("does not speak OCSP")]
    NotOcsp,
    #[error("refused the question: {0}")]
    Refused(&'static str),
    #[error("answered of another certificate")]
    OtherCertificate,
    #[error("gave an answer that its authority did not sign")]
    NotSigned,
    #[error("gave an answer that is not of now")]
    NotOfNow,
    #[error("does not know the certificate")]
    Unknown,
}

/// The question about one certificate; empty where its issuer cannot be named.
#[must_use]
pub fn request(revocation_target: &RevocationTarget) -> Vec<u8> {
    let Some(id) = certificate_id(revocation_target) else { return Vec::new() };
    let request = sequence(&sequence(&id));
    let asked = sequence(&sequence(&request));
    sequence(&asked)
}

/// The content of a `CertID` is what question and answer have in common.
fn certificate_id(revocation_target: &RevocationTarget) -> Option<Vec<u8>> {
    let issuer = RawCertificate::of(&revocation_target.issuer.der)?;
    let mut id = SHA1.to_vec();
    id.extend(encoded(0x04, &Sha1::digest(issuer.subject)));
    id.extend(encoded(0x04, &Sha1::digest(issuer.key.bits)));
    id.extend(encoded(0x02, &revocation_target.serial));
    Some(id)
}

fn sequence(content: &[u8]) -> Vec<u8> {
    encoded(0x30, content)
}

/// Reads what `bytes` say of the certificate.
///
/// # Errors
/// When it is not the word of its authority, not of now, or no word at all.
pub fn read(bytes: &[u8], revocation_target: &RevocationTarget, now: OffsetDateTime) -> Result<Reading, BadAnswer> {
    let basic = basic_response(bytes)?;
    let signed = Signed::of(basic).ok_or(BadAnswer::NotOcsp)?;
    check_signature(&signed, revocation_target, now)?;
    let mut fields = signed.content;
    if let Some((_, after)) = expect(0xa0, fields) {
        fields = after;
    }
    let (tag, _, fields) = element(fields).ok_or(BadAnswer::NotOcsp)?;
    if !matches!(tag, 0xa1 | 0xa2) {
        return Err(BadAnswer::NotOcsp);
    }
    let responses = moment(fields).and_then(|(_, fields)| expect(0x30, fields)).ok_or(BadAnswer::NotOcsp)?.0;
    let wanted = certificate_id(revocation_target).ok_or(BadAnswer::OtherCertificate)?;
    let response = items(responses).flatten().find_map(|response| {
        let (content, _) = expect(0x30, response)?;
        let (id, rest) = expect(0x30, content)?;
        is_same(id, &wanted).then_some(rest)
    });
    single(response.ok_or(BadAnswer::OtherCertificate)?, now)
}

/// Whether two identifiers are the same but for the parameters of the algorithm, which some write and some leave out.
fn is_same(id: &[u8], wanted: &[u8]) -> bool {
    let parts = |id| {
        let (algorithm, rest) = expect(0x30, id)?;
        Some((expect(0x06, algorithm)?.0, rest))
    };
    parts(id).is_some() && parts(id) == parts(wanted)
}

/// The content of the `BasicOCSPResponse`.
fn basic_response(bytes: &[u8]) -> Result<&[u8], BadAnswer> {
    const BASIC: [u8; 9] = [0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1];
    let (content, _) = expect(0x30, bytes).ok_or(BadAnswer::NotOcsp)?;
    let (status, rest) = expect(0x0a, content).ok_or(BadAnswer::NotOcsp)?;
    match status {
        [0] => {}
        [1] => return Err(BadAnswer::Refused("it takes it for malformed")),
        [2] => return Err(BadAnswer::Refused("it has an error of its own")),
        [3] => return Err(BadAnswer::Refused("it is busy")),
        [5 | 6] => return Err(BadAnswer::Refused("it refuses these requests")),
        _ => return Err(BadAnswer::NotOcsp),
    }
    let inner = || {
        let (bytes, _) = expect(0x30, expect(0xa0, rest)?.0)?;
        let (kind, bytes) = expect(0x06, bytes)?;
        let (response, _) = expect(0x04, bytes)?;
        (kind == BASIC).then_some(expect(0x30, response)?.0)
    };
    inner().ok_or(BadAnswer::NotOcsp)
}

/// By the issuer of the certificate, or by whom that issuer made its responder (RFC 6960 §4.2.2.2).
fn check_signature(
    signed: &Signed<'_>,
    revocation_target: &RevocationTarget,
    now: OffsetDateTime,
) -> Result<(), BadAnswer> {
    let issuer = RawCertificate::of(&revocation_target.issuer.der).ok_or(BadAnswer::NotSigned)?;
    if signature::check(issuer.key, signed).is_ok() {
        return Ok(());
    }
    let certificates = expect(0xa0, signed.rest).and_then(|(content, _)| expect(0x30, content)).map(|(list, _)| list);
    let is_good = items(certificates.unwrap_or_default()).flatten().take(4).any(|certificate| {
        RawCertificate::of(certificate).is_some_and(|responder| {
            is_responder(&responder, &issuer, now) && signature::check(responder.key, signed).is_ok()
        })
    });
    if is_good { Ok(()) } else { Err(BadAnswer::NotSigned) }
}

fn is_responder(responder: &RawCertificate<'_>, issuer: &RawCertificate<'_>, now: OffsetDateTime) -> bool {
    const OCSP_SIGNING: [u8; 8] = [0x2b, 6, 1, 5, 5, 7, 3, 9];
    let usages = responder.extension(&[0x55, 0x1d, 0x25]).and_then(|value| expect(0x30, value));
    let is_meant = usages.is_some_and(|(usages, _)| {
        items(usages).flatten().any(|usage| expect(0x06, usage).is_some_and(|(kind, _)| kind == OCSP_SIGNING))
    });
    let is_of_now = responder.not_before.is_some_and(|from| from <= now.saturating_add(SKEW))
        && responder.not_after.is_some_and(|until| now <= until);
    is_meant
        && is_of_now
        && responder.issuer == issuer.subject
        && signature::check(issuer.key, &responder.signed).is_ok()
}

/// From what follows the identifier of a `SingleResponse`.
fn single(rest: &[u8], now: OffsetDateTime) -> Result<Reading, BadAnswer> {
    let (tag, status, rest) = element(rest).ok_or(BadAnswer::NotOcsp)?;
    let (this_update, rest) = moment(rest).ok_or(BadAnswer::NotOcsp)?;
    let next_update = expect(0xa0, rest).and_then(|(content, _)| moment(content)).map(|(at, _)| at);
    let next_update = next_update.unwrap_or(this_update.saturating_add(USUAL_LIFE));
    if this_update > now.saturating_add(SKEW) || next_update < now {
        return Err(BadAnswer::NotOfNow);
    }
    let word = match tag {
        0x80 => RevocationStatus::NotRevoked,
        0xa1 => {
            let (since, rest) = moment(status).ok_or(BadAnswer::NotOcsp)?;
            let code = expect(0xa0, rest).and_then(|(content, _)| expect(0x0a, content));
            let code = code.and_then(|(code, _)| code.first().copied());
            RevocationStatus::Revoked { since: Some(since), reason: code.and_then(reason) }
        }
        0x82 => return Err(BadAnswer::Unknown),
        _ => return Err(BadAnswer::NotOcsp),
    };
    Ok(Reading { word, next_update })
}
