//! The Online Certificate Status Protocol (RFC 6960): a question about one certificate, and what an answer says.

use sha1::{Digest as _, Sha1};
use time::{Duration, OffsetDateTime};

use super::crl::{RevocationStatus, SKEW, reason};
use crate::certificate::RevocationTarget;
use crate::certificate::der::ber::{Elements, encoded};
use crate::certificate::der::raw_certificate::{RawCertificate, Signed};
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
    let issuer = RawCertificate::new(&revocation_target.issuer.der)?;
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
    let signed = Signed::new(basic_response(bytes)?).ok_or(BadAnswer::NotOcsp)?;
    check_signature(&signed, revocation_target, now)?;
    let mut responses = responses(&signed).ok_or(BadAnswer::NotOcsp)?;
    let wanted = certificate_id(revocation_target).ok_or(BadAnswer::OtherCertificate)?;
    let response = responses.find_map(|response| {
        let mut fields = response.inside(0x30)?;
        is_same(fields.enter(0x30)?, Elements(&wanted)).then_some(fields)
    });
    single(response.ok_or(BadAnswer::OtherCertificate)?, now)
}

/// Behind a version, who answers and when.
fn responses<'a>(signed: &Signed<'a>) -> Option<Elements<'a>> {
    let mut fields = signed.body.children();
    fields.optional(0xa0);
    fields.next().filter(|responder| matches!(responder.tag, 0xa1 | 0xa2))?;
    fields.next()?.moment()?;
    fields.enter(0x30)
}

/// Whether two identifiers are the same but for the parameters of the algorithm, which some write and some leave out.
fn is_same(id: Elements<'_>, wanted: Elements<'_>) -> bool {
    fn parts(mut id: Elements<'_>) -> Option<(&[u8], &[u8])> {
        Some((id.enter(0x30)?.expect(0x06)?.content, id.0))
    }
    parts(id).is_some_and(|id| parts(wanted) == Some(id))
}

/// What stands in the `BasicOCSPResponse`.
fn basic_response(bytes: &[u8]) -> Result<Elements<'_>, BadAnswer> {
    const BASIC: [u8; 9] = [0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1];
    let mut fields = Elements(bytes).enter(0x30).ok_or(BadAnswer::NotOcsp)?;
    match fields.expect(0x0a).ok_or(BadAnswer::NotOcsp)?.content {
        [0] => {}
        [1] => return Err(BadAnswer::Refused("it takes it for malformed")),
        [2] => return Err(BadAnswer::Refused("it has an error of its own")),
        [3] => return Err(BadAnswer::Refused("it is busy")),
        [5 | 6] => return Err(BadAnswer::Refused("it refuses these requests")),
        _ => return Err(BadAnswer::NotOcsp),
    }
    let mut inner = || {
        let mut response = fields.enter(0xa0)?.enter(0x30)?;
        response.expect(0x06).filter(|kind| kind.content == BASIC)?;
        response.enter(0x04)?.enter(0x30)
    };
    inner().ok_or(BadAnswer::NotOcsp)
}

/// By the issuer of the certificate, or by whom that issuer made its responder (RFC 6960 §4.2.2.2).
fn check_signature(signed: &Signed<'_>, target: &RevocationTarget, now: OffsetDateTime) -> Result<(), BadAnswer> {
    let issuer = RawCertificate::new(&target.issuer.der).ok_or(BadAnswer::NotSigned)?;
    if signature::check(issuer.key, signed).is_ok() {
        return Ok(());
    }
    let certificates = signed.rest.clone().enter(0xa0).and_then(|mut content| content.enter(0x30));
    let is_good = certificates.unwrap_or_default().take(4).any(|certificate| {
        RawCertificate::new(certificate.whole).is_some_and(|responder| {
            is_responder(&responder, &issuer, now) && signature::check(responder.key, signed).is_ok()
        })
    });
    if is_good { Ok(()) } else { Err(BadAnswer::NotSigned) }
}

fn is_responder(responder: &RawCertificate<'_>, issuer: &RawCertificate<'_>, now: OffsetDateTime) -> bool {
    const OCSP_SIGNING: [u8; 8] = [0x2b, 6, 1, 5, 5, 7, 3, 9];
    let usages = responder.extension(&[0x55, 0x1d, 0x25]).and_then(|value| Elements(value).enter(0x30));
    let is_meant = usages.unwrap_or_default().any(|usage| usage.tag == 0x06 && usage.content == OCSP_SIGNING);
    let is_of_now = responder.not_before.is_some_and(|from| from <= now.saturating_add(SKEW))
        && responder.not_after.is_some_and(|until| now <= until);
    is_meant
        && is_of_now
        && responder.issuer == issuer.subject
        && signature::check(issuer.key, &responder.signed).is_ok()
}

/// From what follows the identifier of a `SingleResponse`.
fn single(mut fields: Elements<'_>, now: OffsetDateTime) -> Result<Reading, BadAnswer> {
    let moment = |fields: &mut Elements<'_>| fields.next()?.moment();
    let status = fields.next().ok_or(BadAnswer::NotOcsp)?;
    let this_update = moment(&mut fields).ok_or(BadAnswer::NotOcsp)?;
    let next_update = fields.enter(0xa0).and_then(|mut content| moment(&mut content));
    let next_update = next_update.unwrap_or(this_update.saturating_add(USUAL_LIFE));
    if this_update > now.saturating_add(SKEW) || next_update < now {
        return Err(BadAnswer::NotOfNow);
    }
    let word = match status.tag {
        0x80 => RevocationStatus::NotRevoked,
        0xa1 => {
            let mut revoked = status.children();
            let since = moment(&mut revoked).ok_or(BadAnswer::NotOcsp)?;
            RevocationStatus::Revoked { since: Some(since), reason: revoked.enter(0xa0).and_then(reason) }
        }
        0x82 => return Err(BadAnswer::Unknown),
        _ => return Err(BadAnswer::NotOcsp),
    };
    Ok(Reading { word, next_update })
}
