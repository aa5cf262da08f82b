//! What authorities publish of revocation, made by hand, so that it can be wrong in every way.

use rcgen::SigningKey as _;
use time::OffsetDateTime;
use time::macros::format_description;

use super::certificates::Authority;

pub fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    match content.len() {
        length @ ..0x80 => bytes.push(u8::try_from(length).unwrap()),
        length => {
            let digits: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
            bytes.push(0x80 | u8::try_from(digits.len()).unwrap());
            bytes.extend(digits);
        }
    }
    bytes.extend(content);
    bytes
}

pub fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tagged(0x30, &parts.concat())
}

pub fn moment(at: OffsetDateTime) -> Vec<u8> {
    let text = at.format(format_description!("[year][month][day][hour][minute][second]Z")).unwrap();
    tagged(0x18, text.as_bytes())
}

/// An extension: its kind as the content of an object identifier.
pub fn extension(kind: &[u8], is_critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if is_critical { &[0x01, 0x01, 0xff] } else { &[] };
    sequence(&[&tagged(0x06, kind), critical, &tagged(0x04, value)])
}

const ECDSA_WITH_SHA256: [u8; 12] = [0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];

impl Authority {
    fn subject(&self) -> Vec<u8> {
        let (_, certificate) = x509_parser::parse_x509_certificate(&self.der).unwrap();
        certificate.subject.as_raw().to_vec()
    }

    fn key_bits(&self) -> Vec<u8> {
        let (_, certificate) = x509_parser::parse_x509_certificate(&self.der).unwrap();
        certificate.public_key().subject_public_key.data.to_vec()
    }

    fn signed(&self, content: &[u8]) -> Vec<u8> {
        let mut signature = vec![0];
        signature.extend(self.key().sign(content).unwrap());
        [content, &ECDSA_WITH_SHA256, &tagged(0x03, &signature)].concat()
    }
}

/// A CRL that is still to be signed.
#[derive(Clone)]
pub struct Crl {
    pub this_update: OffsetDateTime,
    pub next_update: Option<OffsetDateTime>,
    /// The encoded entries, one after another.
    pub entries: Vec<u8>,
    /// Encoded, one after another.
    pub extensions: Vec<u8>,
}

impl Crl {
    pub fn new(this_update: OffsetDateTime) -> Self {
        let next_update = Some(this_update + time::Duration::days(7));
        Self { this_update, next_update, entries: Vec::new(), extensions: Vec::new() }
    }

    pub fn revoking(mut self, serial: &[u8], since: OffsetDateTime, reason: Option<u8>) -> Self {
        let reason = reason.map(|code| sequence(&[&extension(&[0x55, 0x1d, 0x15], false, &tagged(0x0a, &[code]))]));
        let entry = sequence(&[&tagged(0x02, serial), &moment(since), &reason.unwrap_or_default()]);
        self.entries.extend(entry);
        self
    }

    pub fn with(mut self, extension: &[u8]) -> Self {
        self.extensions.extend(extension);
        self
    }

    pub fn signed_by(&self, authority: &Authority) -> Vec<u8> {
        let next_update = self.next_update.map(moment).unwrap_or_default();
        let entries = if self.entries.is_empty() { Vec::new() } else { tagged(0x30, &self.entries) };
        let extensions = tagged(0xa0, &tagged(0x30, &self.extensions));
        let content = sequence(&[
            &[0x02, 0x01, 0x01],
            &ECDSA_WITH_SHA256,
            &authority.subject(),
            &moment(self.this_update),
            &next_update,
            &entries,
            &extensions,
        ]);
        tagged(0x30, &authority.signed(&content))
    }
}

/// The issuing distribution point extension, of this content.
pub fn issuing_point(content: &[u8]) -> Vec<u8> {
    extension(&[0x55, 0x1d, 0x1c], true, &tagged(0x30, content))
}

/// Field of an issuing distribution point that names a URL.
pub fn point_name(url: &str) -> Vec<u8> {
    tagged(0xa0, &tagged(0xa0, &tagged(0x86, url.as_bytes())))
}

/// What a responder says of one certificate.
#[derive(Clone)]
pub struct OcspAnswer {
    pub serial: Vec<u8>,
    /// Encoded: good, revoked or unknown.
    pub status: Vec<u8>,
    pub this_update: OffsetDateTime,
    pub next_update: Option<OffsetDateTime>,
}

pub fn good() -> Vec<u8> {
    vec![0x80, 0]
}

pub fn unknown() -> Vec<u8> {
    vec![0x82, 0]
}

pub fn revoked(since: OffsetDateTime, reason: u8) -> Vec<u8> {
    tagged(0xa1, &[moment(since), tagged(0xa0, &tagged(0x0a, &[reason]))].concat())
}

impl OcspAnswer {
    /// Of a certificate of `issuer`, signed by `signer`, with the certificates that come along.
    pub fn signed_by(&self, issuer: &Authority, signer: &Authority, along: &[&[u8]]) -> Vec<u8> {
        use sha1::{Digest as _, Sha1};
        let id = sequence(&[
            &[0x30, 0x07, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a],
            &tagged(0x04, &Sha1::digest(issuer.subject())),
            &tagged(0x04, &Sha1::digest(issuer.key_bits())),
            &tagged(0x02, &self.serial),
        ]);
        let next = self.next_update.map(|at| tagged(0xa0, &moment(at))).unwrap_or_default();
        let single = sequence(&[&id, &self.status, &moment(self.this_update), &next]);
        let responder = tagged(0xa2, &tagged(0x04, &Sha1::digest(signer.key_bits())));
        let content = sequence(&[&responder, &moment(self.this_update), &sequence(&[&single])]);
        let along = if along.is_empty() { Vec::new() } else { tagged(0xa0, &sequence(along)) };
        let basic = tagged(0x30, &[signer.signed(&content), along].concat());
        let kind = tagged(0x06, &[0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1]);
        sequence(&[&[0x0a, 0x01, 0x00], &tagged(0xa0, &sequence(&[&kind, &tagged(0x04, &basic)]))])
    }
}
