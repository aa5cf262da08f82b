//! Certificates out of a file: PEM blocks among other text, or DER.

use std::collections::HashMap;
use std::sync::Arc;

use rustls_pki_types::pem::{PemObject as _, SectionKind};

use super::der::{self, NotACertificate, Parsed};

/// What a file holds.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// In their order; one bad block does not hide the others.
    pub certificates: Vec<Arc<Parsed>>,
    /// The first blocks that are no certificate, and how many there are in all.
    pub bad: Vec<BadBlock>,
    pub bad_count: usize,
    pub holds_private_key: bool,
    /// A container that this version does not open.
    pub unread: Option<&'static str>,
}

impl Contents {
    const BAD_KEPT: usize = 16;

    fn add(&mut self, certificate: Result<Arc<Parsed>, Fault>, line: impl FnOnce() -> usize) {
        let number = self.certificates.len() + self.bad_count + 1;
        match certificate {
            Ok(parsed) => self.certificates.push(parsed),
            Err(fault) => {
                self.bad_count += 1;
                if self.bad.len() < Self::BAD_KEPT {
                    self.bad.push(BadBlock { number, line: line(), fault });
                }
            }
        }
    }
}

/// One block that is no certificate though it says so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("certificate {number} (line {line}) {fault}")]
pub struct BadBlock {
    /// Counted from 1 among the certificates of the file.
    pub number: usize,
    /// Of the `BEGIN` line, counted from 1.
    pub line: usize,
    pub fault: Fault,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("has no END line")]
    NoEnd,
    #[error("is not base64")]
    NotBase64,
    #[error(transparent)]
    Content(#[from] NotACertificate),
}

/// Certificates of authorities that were read before, by their text: the same intermediate stands in most files.
#[derive(Debug, Default)]
pub struct Issuers(HashMap<Tail, (Vec<u8>, Arc<Parsed>)>);

/// The end of a block lies in the signature, so it tells blocks apart for less than a hash of it all.
type Tail = [u8; 48];

impl Issuers {
    const KEPT: usize = 64;

    fn tail(text: &[u8]) -> Option<Tail> {
        let start = text.len().checked_sub(80)?;
        text[start..].first_chunk().copied()
    }

    fn known(&self, text: &[u8]) -> Option<Arc<Parsed>> {
        let (known, parsed) = self.0.get(&Self::tail(text)?)?;
        (known == text).then(|| Arc::clone(parsed))
    }

    fn keep(&mut self, text: &[u8], parsed: &Arc<Parsed>) {
        if let (true, Some(tail)) = (parsed.certificate.is_authority && self.0.len() < Self::KEPT, Self::tail(text)) {
            self.0.insert(tail, (text.to_vec(), Arc::clone(parsed)));
        }
    }
}

/// Reads every certificate of a file, PEM or DER by its content. Private keys beside them are passed over.
#[must_use]
pub fn read(bytes: &[u8], issuers: &mut Issuers) -> Contents {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Some(unread) = foreign(bytes) {
        return Contents { unread: Some(unread), ..Contents::default() };
    }
    // Text never has such a second byte; a DER element of more than 127 bytes always has.
    if bytes.len() > 2 && bytes[0] == 0x30 && matches!(bytes[1], 0x80..=0x84) {
        return read_der(bytes);
    }
    read_pem(bytes, issuers)
}

/// Containers known by their first bytes.
fn foreign(bytes: &[u8]) -> Option<&'static str> {
    const PKCS7: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
    let is_utf16 = |start: &[u8]| bytes.starts_with(start);
    if is_utf16(b"\xff\xfe") || is_utf16(b"\xfe\xff") || is_utf16(b"-\0-\0") || is_utf16(b"\0-\0-") {
        return Some("UTF-16 text");
    }
    if bytes.starts_with(&[0xfe, 0xed, 0xfe, 0xed]) || bytes.starts_with(&[0xce, 0xce, 0xce, 0xce]) {
        return Some("a Java key store");
    }
    let (0x30, content, _) = der::element(bytes).or_else(|| indefinite(bytes))? else { return None };
    if content.starts_with(&[0x02, 0x01, 0x03]) {
        return Some("PKCS#12");
    }
    content.starts_with(PKCS7).then_some("PKCS#7")
}

/// The content of an element of indefinite length, as key stores of Windows have it.
fn indefinite(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    (bytes.get(1) == Some(&0x80)).then(|| (bytes[0], &bytes[2..], &bytes[..0]))
}

fn read_der(mut bytes: &[u8]) -> Contents {
    let mut contents = Contents::default();
    while bytes.first() == Some(&0x30) {
        let (certificate, rest) = match der::read(bytes) {
            Ok((parsed, taken)) => (Ok(Arc::new(parsed)), &bytes[taken..]),
            Err(fault) => (Err(fault.into()), &bytes[..0]),
        };
        contents.add(certificate, || 1);
        bytes = rest;
    }
    contents
}

fn read_pem(bytes: &[u8], issuers: &mut Issuers) -> Contents {
    let mut contents = Contents::default();
    let mut position = 0;
    while let Some(block) = Block::next(bytes, position) {
        position = block.end;
        match block.label {
            b"CERTIFICATE" | b"X509 CERTIFICATE" | b"TRUSTED CERTIFICATE" => {
                let line = || 1 + bytes[..block.start].split(|byte| *byte == b'\n').skip(1).count();
                contents.add(block.certificate(issuers), line);
            }
            b"PKCS7" | b"CMS" => contents.unread = Some("PKCS#7"),
            label => contents.holds_private_key |= label.ends_with(b"PRIVATE KEY"),
        }
    }
    contents
}

/// What stands from one `BEGIN` line to its `END` line.
struct Block<'a> {
    label: &'a [u8],
    text: &'a [u8],
    start: usize,
    end: usize,
    is_ended: bool,
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";

impl<'a> Block<'a> {
    /// The first block that begins at `from` or after it.
    fn next(bytes: &'a [u8], from: usize) -> Option<Self> {
        let mut search = from;
        loop {
            let start = search + dashes(&bytes[search..])?;
            search = start + 5;
            let Some(label) = label(&bytes[start..], BEGIN) else { continue };
            if !is_first_on_its_line(&bytes[..start]) {
                continue;
            }
            let body = start + BEGIN.len() + label.len() + 5;
            let Some(marker) = dashes(&bytes[body..]).map(|offset| body + offset) else {
                return Some(Self { label, text: &bytes[start..], start, end: bytes.len(), is_ended: false });
            };
            // A `BEGIN` line where the `END` line should be begins the next block.
            let ended = self::label(&bytes[marker..], END);
            let end = ended.map_or(marker, |ended| marker + END.len() + ended.len() + 5);
            return Some(Self { label, text: &bytes[start..end], start, end, is_ended: ended == Some(label) });
        }
    }

    fn certificate(&self, issuers: &mut Issuers) -> Result<Arc<Parsed>, Fault> {
        if !self.is_ended {
            return Err(Fault::NoEnd);
        }
        let text = self.text;
        if let Some(known) = issuers.known(text) {
            return Ok(known);
        }
        let decode = |text: &[u8]| <(SectionKind, Vec<u8>)>::from_pem_slice(text);
        let (_, der) = match decode(text) {
            Ok(section) if self.label == b"CERTIFICATE" => section,
            _ => decode(&self.straightened()).map_err(|_| Fault::NotBase64)?,
        };
        // What follows is trust settings of OpenSSL, or padding: neither changes the certificate.
        let parsed = Arc::new(der::read_owned(der)?);
        issuers.keep(text, &parsed);
        Ok(parsed)
    }

    /// The same block with the usual label, and without spaces around its lines.
    fn straightened(&self) -> Vec<u8> {
        let margin = self.label.len() + 5;
        let body = &self.text[BEGIN.len() + margin..self.text.len() - END.len() - margin];
        let mut straight = b"-----BEGIN CERTIFICATE-----\n".to_vec();
        for line in body.split(|byte| matches!(byte, b'\n' | b'\r')).map(<[u8]>::trim_ascii) {
            straight.extend_from_slice(line);
            straight.push(b'\n');
        }
        straight.extend_from_slice(b"-----END CERTIFICATE-----\n");
        straight
    }
}

/// Where the next five dashes begin.
fn dashes(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let found = from + bytes[from..].iter().position(|byte| *byte == b'-')?;
        if bytes[found..].starts_with(b"-----") {
            return Some(found);
        }
        from = found + 1;
    }
}

/// The label of a marker line such as `-----BEGIN CERTIFICATE-----`.
fn label<'a>(bytes: &'a [u8], opening: &[u8]) -> Option<&'a [u8]> {
    const LONGEST: usize = 64;
    let rest = bytes.strip_prefix(opening)?;
    let end = dashes(&rest[..rest.len().min(LONGEST)])?;
    let label = &rest[..end];
    (!label.contains(&b'\n')).then_some(label)
}

fn is_first_on_its_line(before: &[u8]) -> bool {
    let first = before.iter().rev().find(|byte| !matches!(byte, b' ' | b'\t'));
    first.is_none_or(|byte| matches!(byte, b'\n' | b'\r'))
}
