//! Lists of revoked certificates (RFC 5280 §5): whose one is, and until when it can be relied on.

use sha2::{Digest as _, Sha256};

use crate::certificate::der::ber::{Element, Elements};
use crate::certificate::der::raw_certificate::{Extension, Signed, tagged_extensions};
use crate::certificate::der::{self, CertificateWithDer, NotACertificate, serial};
use crate::certificate::distinguished_name::rfc4514;
use crate::certificate::{Certificate, CertificateKind, Fingerprint, OidName};

/// Whether `bytes` begin as a list does: after its issuer stands a time, and not a pair of times.
pub(in crate::certificate) fn is_it(bytes: &[u8]) -> bool {
    Elements(bytes).next().and_then(|list| RawRevocationList::new(&list)).is_some()
}

/// Reads the list at the beginning of `bytes`; what it revokes is passed over.
pub(in crate::certificate) fn read(bytes: &[u8]) -> Result<CertificateWithDer, NotACertificate> {
    let list = Elements(bytes).next().ok_or(NotACertificate::List)?;
    let fields = RawRevocationList::new(&list).ok_or(NotACertificate::List)?;
    let next_update = fields.next_update.ok_or(NotACertificate::EndlessList)?;
    let (Some(not_before), Some(not_after)) =
        (der::instant_of(fields.this_update.whole), der::instant_of(next_update.whole))
    else {
        let text = |time: Element<'_>| der::escaped(time.content);
        return Err(NotACertificate::Dates { not_before: text(fields.this_update), not_after: text(next_update) });
    };
    let issuer = rfc4514(fields.issuer.whole).ok_or(NotACertificate::List)?;
    let fingerprint = Fingerprint::new(Sha256::digest(list.whole).into());
    let certificate = Certificate {
        serial: fields.number().map(serial::serial).unwrap_or_default(),
        signature_algorithm: OidName::signature(fields.algorithm.content),
        issuer: issuer.clone(),
        kind: CertificateKind::RevocationList,
        ..Certificate::with_dates(fingerprint, issuer, (not_before, not_after))
    };
    Ok(CertificateWithDer::alone(certificate))
}

/// A list with the fields of its `TBSCertList`.
pub(super) struct RawRevocationList<'a> {
    /// None where its signature is none.
    pub signed: Option<Signed<'a>>,
    pub issuer: Element<'a>,
    pub this_update: Element<'a>,
    pub next_update: Option<Element<'a>>,
    /// None where nothing is revoked.
    pub entries: Option<Element<'a>>,
    extensions: Option<Element<'a>>,
    algorithm: Element<'a>,
}

impl<'a> RawRevocationList<'a> {
    pub(super) fn new(list: &Element<'a>) -> Option<Self> {
        let mut parts = list.inside(0x30)?;
        let signed = Signed::new(parts.clone());
        let mut fields = parts.enter(0x30)?;
        fields.optional(0x02);
        fields.expect(0x30)?;
        let issuer = fields.expect(0x30)?;
        let this_update = fields.next().filter(is_time)?;
        let mut rest = fields.clone();
        let next_update = rest.next().filter(is_time);
        if next_update.is_some() {
            fields = rest;
        }
        let entries = fields.optional(0x30);
        let extensions = fields.optional(0xa0);
        let algorithm = parts.enter(0x30)?.expect(0x06)?;
        Some(Self { signed, issuer, this_update, next_update, entries, extensions, algorithm })
    }

    /// `None` where one is broken.
    pub(super) fn extensions(&self) -> Option<Vec<Extension<'a>>> {
        tagged_extensions(self.extensions)
    }

    /// RFC 5280 §5.2.3
    fn number(&self) -> Option<&'a [u8]> {
        let listed = self.extensions()?;
        let number = listed.iter().find(|extension| extension.kind == [0x55, 0x1d, 0x14])?;
        Some(Elements(number.value).expect(0x02)?.content)
    }
}

fn is_time(element: &Element<'_>) -> bool {
    matches!(element.tag, 0x17 | 0x18)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::certificate::der::ber::encoded;

    #[test]
    fn a_list_is_read_whatever_its_signature_is() {
        let algorithm = encoded(0x30, &encoded(0x06, &[0x2a, 3, 4]));
        let times = ["261121000000Z", "261221000000Z"].map(|time| encoded(0x17, time.as_bytes())).concat();
        let fields = encoded(0x30, &[algorithm.clone(), encoded(0x30, &[]), times].concat());
        // Four bits of its last byte are not used.
        let list = encoded(0x30, &[fields, algorithm, encoded(0x03, &[4, 0x10])].concat());
        let read = read(&list).unwrap().certificate;
        assert_eq!((read.not_after, read.signature_algorithm.as_str()), (datetime!(2026-12-21 0:00 UTC), "1.2.3.4"));
    }
}
