//! What a certificate revocation list (RFC 5280 §5) says of some certificates. It is walked, not built: one of a
//! million entries costs its bytes and no more.

use std::collections::HashMap;

use time::OffsetDateTime;
use time::macros::format_description;

use super::revocation_list::RawRevocationList;
use super::revocation_target::full_name;
use crate::certificate::RevocationTarget;
use crate::certificate::der::ber::{Element, Elements};
use crate::certificate::der::raw_certificate::{Extension, RawCertificate, extensions};
use crate::certificate::der::signature::{self, NotSigned};
use crate::certificate::der::usage::KeyUsage;
use crate::certificate::file::pem;

/// The word of an authority on one certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevocationStatus {
    NotRevoked,
    Revoked {
        since: Option<OffsetDateTime>,
        /// As RFC 5280 §5.3.1 calls it.
        reason: Option<&'static str>,
    },
}

/// A list that has been checked: its words on the certificates that were asked for, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlReading {
    pub words: Vec<RevocationStatus>,
    /// Until when they hold.
    pub next_update: OffsetDateTime,
}

/// Why a list says nothing, as the end of the sentence "its CRL …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCrl {
    #[error("is no CRL")]
    NotACrl,
    #[error("is of another issuer")]
    OtherIssuer,
    #[error("cannot be trusted: its issuer may not sign any (key usage)")]
    MayNotSign,
    #[error("is signed in a way that is not accepted today")]
    UnsupportedSignature,
    #[error("has a wrong signature")]
    WrongSignature,
    #[error("is not valid before {} UTC", minute(*.0))]
    NotYetValid(OffsetDateTime),
    #[error("was good until {} UTC, and there is no newer one", minute(*.0))]
    Expired(OffsetDateTime),
    #[error("does not say until when it holds")]
    Endless,
    #[error("is a delta CRL, which is not supported")]
    Delta,
    #[error("is indirect, which is not supported")]
    Indirect,
    #[error("is for another distribution point")]
    OtherPoint,
    #[error("is for another kind of certificates")]
    OtherKind,
    #[error("covers only some reasons")]
    SomeReasons,
    #[error("holds a critical extension that is not supported")]
    UnknownExtension,
}

fn minute(moment: OffsetDateTime) -> String {
    moment.format(format_description!("[year]-[month]-[day] [hour]:[minute]")).unwrap_or_else(|_| moment.to_string())
}

const SEQUENCE: u8 = 0x30;

/// The clock of an authority may be ahead by so much.
pub(super) const SKEW: time::Duration = time::Duration::minutes(5);

/// Reads what the list in `bytes` (DER, or PEM) says of `inquiries`, which all have the same issuer.
///
/// # Errors
/// When it is not the word of that issuer, not of now, or not on all these certificates.
pub fn read(bytes: &[u8], inquiries: &[&RevocationTarget], now: OffsetDateTime) -> Result<CrlReading, BadCrl> {
    let from_pem;
    // DER begins with the tag of a sequence, and is no text.
    let bytes = if bytes.first() == Some(&SEQUENCE) {
        bytes
    } else {
        from_pem = pem::list(bytes).ok_or(BadCrl::NotACrl)?;
        from_pem.as_slice()
    };
    let Some(first) = inquiries.first() else { return Err(BadCrl::OtherIssuer) };
    let issuer = RawCertificate::new(&first.issuer.der).ok_or(BadCrl::OtherIssuer)?;
    let list = Elements(bytes).next().and_then(|list| RawRevocationList::new(&list)).ok_or(BadCrl::NotACrl)?;
    let moment = |time: Element<'_>| time.moment().ok_or(BadCrl::NotACrl);
    let (this_update, next_update) = (moment(list.this_update)?, list.next_update.map(moment).transpose()?);
    let (signed, extensions) = list.signed.as_ref().zip(list.extensions()).ok_or(BadCrl::NotACrl)?;
    if list.issuer.whole != issuer.subject {
        return Err(BadCrl::OtherIssuer);
    }
    if !issuer.may_sign(KeyUsage::RevocationLists) {
        return Err(BadCrl::MayNotSign);
    }
    signature::check(issuer.key, signed).map_err(|refused| match refused {
        NotSigned::Unsupported => BadCrl::UnsupportedSignature,
        NotSigned::Wrong => BadCrl::WrongSignature,
    })?;
    if this_update > now.saturating_add(SKEW) {
        return Err(BadCrl::NotYetValid(this_update));
    }
    let next_update = next_update.ok_or(BadCrl::Endless)?;
    if next_update < now {
        return Err(BadCrl::Expired(next_update));
    }
    let only_some_reasons = check_scope(&extensions, inquiries)?;
    let entries = list.entries.map(|entries| entries.children()).unwrap_or_default();
    let words = look_up(entries, inquiries)?;
    if only_some_reasons && words.contains(&RevocationStatus::NotRevoked) {
        return Err(BadCrl::SomeReasons);
    }
    Ok(CrlReading { words, next_update })
}

/// What the entries of a list say of each.
fn look_up(entries: Elements<'_>, inquiries: &[&RevocationTarget]) -> Result<Vec<RevocationStatus>, BadCrl> {
    let mut wanted: HashMap<&[u8], Vec<usize>> = HashMap::with_capacity(inquiries.len());
    for (index, revocation_target) in inquiries.iter().enumerate() {
        wanted.entry(without_padding(&revocation_target.serial)).or_default().push(index);
    }
    let mut words = vec![RevocationStatus::NotRevoked; inquiries.len()];
    for entry in entries.strict() {
        let mut fields = entry.and_then(|entry| entry.inside(0x30)).ok_or(BadCrl::NotACrl)?;
        let serial = fields.expect(0x02).ok_or(BadCrl::NotACrl)?.content;
        let Some(indices) = wanted.get(without_padding(serial)) else { continue };
        let word = word(fields)?;
        for index in indices {
            words[*index] = word;
        }
    }
    Ok(words)
}

fn without_padding(serial: &[u8]) -> &[u8] {
    match serial {
        [0, rest @ ..] if !rest.is_empty() => rest,
        whole => whole,
    }
}

/// From what follows the serial of an entry.
fn word(mut fields: Elements<'_>) -> Result<RevocationStatus, BadCrl> {
    let since = fields.next().and_then(|time| time.moment()).ok_or(BadCrl::NotACrl)?;
    let mut why = None;
    if let Some(listed) = fields.enter(0x30) {
        for extension in extensions(listed).ok_or(BadCrl::NotACrl)? {
            match extension.kind {
                [0x55, 0x1d, 0x15] => why = reason(Elements(extension.value)),
                // The issuer of the certificate: the list is indirect.
                [0x55, 0x1d, 0x1d] => return Err(BadCrl::Indirect),
                _ if extension.is_critical => return Err(BadCrl::UnknownExtension),
                _ => {}
            }
        }
    }
    Ok(RevocationStatus::Revoked { since: Some(since), reason: why })
}

/// The first of `elements`, by its name in RFC 5280 §5.3.1.
pub(super) fn reason(mut elements: Elements<'_>) -> Option<&'static str> {
    Some(match elements.expect(0x0a)?.content.first()? {
        1 => "keyCompromise",
        2 => "cACompromise",
        3 => "affiliationChanged",
        4 => "superseded",
        5 => "cessationOfOperation",
        6 => "certificateHold",
        9 => "privilegeWithdrawn",
        10 => "aACompromise",
        _ => return None,
    })
}

/// Whether the list is for the certificates asked for; the answer says whether it covers only some reasons.
fn check_scope(extensions: &[Extension<'_>], inquiries: &[&RevocationTarget]) -> Result<bool, BadCrl> {
    let mut only_some_reasons = false;
    for extension in extensions {
        match extension.kind {
            [0x55, 0x1d, 0x1b] => return Err(BadCrl::Delta),
            [0x55, 0x1d, 0x1c] => only_some_reasons = check_point(extension.value, inquiries)?,
            // The key and the other names of the issuer, and the number of the list.
            [0x55, 0x1d, 0x23 | 0x12 | 0x14] => {}
            _ if extension.is_critical => return Err(BadCrl::UnknownExtension),
            _ => {}
        }
    }
    Ok(only_some_reasons)
}

/// RFC 5280 §5.2.5. An authority that cuts its list into many signs them all alike: only the name in it tells which
/// one it is.
fn check_point(value: &[u8], inquiries: &[&RevocationTarget]) -> Result<bool, BadCrl> {
    let fields = Elements(value).enter(0x30).ok_or(BadCrl::NotACrl)?;
    let mut only_some_reasons = false;
    for field in fields.strict() {
        let field = field.ok_or(BadCrl::NotACrl)?;
        let is_true = field.content != [0];
        match field.tag {
            0xa0 => {
                let names: Vec<String> = full_name(&field).collect();
                if !inquiries.iter().all(|target| target.crls.iter().any(|url| names.contains(url))) {
                    return Err(BadCrl::OtherPoint);
                }
            }
            // Only of ends, only of authorities.
            0x81 | 0x82 => {
                let wants_authorities = field.tag == 0x82;
                if is_true && inquiries.iter().any(|target| target.is_of_authority != wants_authorities) {
                    return Err(BadCrl::OtherKind);
                }
            }
            0x83 => only_some_reasons = true,
            0x84 if is_true => return Err(BadCrl::Indirect),
            0x85 if is_true => return Err(BadCrl::OtherKind),
            _ => {}
        }
    }
    Ok(only_some_reasons)
}
