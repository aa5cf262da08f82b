//! PEM blocks among other text.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rustls_pki_types::pem::{PemObject as _, SectionKind};

use super::der::{self, Parsed};
use super::file::{self, Contents, Fault, PasswordContext};
use super::key::KeyPairId;
use super::{embedded, revocation_list};

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

/// The block of a certificate, with lines of 64 characters (RFC 7468 §2).
#[must_use]
pub fn write(der: &[u8]) -> String {
    let encoded = BASE64.encode(der);
    let mut block = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in encoded.as_bytes().chunks(64) {
        block.extend(line.iter().map(|byte| char::from(*byte)));
        block.push('\n');
    }
    block + "-----END CERTIFICATE-----\n"
}

/// Adds what stands in the blocks of `bytes`, and in what is encoded in the text around them. `line` is where `bytes`
/// begin in their file, counted from 1, where they are not the whole of it. Says whether there is any block.
pub(super) fn read(
    bytes: &[u8],
    line: Option<&dyn Fn() -> usize>,
    issuers: &mut Issuers,
    opener: &mut PasswordContext<'_>,
    contents: &mut Contents,
) -> bool {
    let mut position = 0;
    let line_at = |offset: usize| line.map_or_else(|| 1 + count_lines(&bytes[..offset]), |line| line());
    loop {
        let block = Block::next(bytes, position);
        let gap = &bytes[position..block.as_ref().map_or(bytes.len(), |block| block.start)];
        if line.is_none() {
            embedded::read(gap, position, &line_at, issuers, opener, contents);
        }
        let Some(block) = block else { return position > 0 };
        position = block.end;
        let line = || line_at(block.start);
        match block.label {
            b"CERTIFICATE" | b"X509 CERTIFICATE" | b"TRUSTED CERTIFICATE" => {
                contents.add(block.certificate(issuers), line);
            }
            b"X509 CRL" => contents.add_list(block.der().and_then(|der| Ok(revocation_list::read(&der)?)), line),
            b"PKCS7" | b"CMS" | b"PKCS #7 SIGNED DATA" | b"PKCS12" => match block.der() {
                Ok(der) => {
                    let before = contents.count();
                    file::read_container(&der, opener, contents);
                    if contents.count() == before {
                        contents.add(Err(Fault::NoBlock), line);
                    }
                }
                Err(fault) => contents.add(Err(fault), line),
            },
            label if label.ends_with(b"PRIVATE KEY") => {
                contents.holds_private_key = true;
                contents.keys.extend(KeyPairId::of_private_block(block.text));
            }
            _ => {}
        }
    }
}

fn count_lines(bytes: &[u8]) -> usize {
    bytes.split(|byte| *byte == b'\n').skip(1).count()
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

    fn der(&self) -> Result<Vec<u8>, Fault> {
        if !self.is_ended {
            return Err(Fault::NoEnd);
        }
        let decode = |text: &[u8]| <(SectionKind, Vec<u8>)>::from_pem_slice(text);
        let (_, der) = match decode(self.text) {
            Ok(section) if self.label == b"CERTIFICATE" => section,
            _ => decode(&self.straightened()).map_err(|_| Fault::NotBase64)?,
        };
        Ok(der)
    }

    fn certificate(&self, issuers: &mut Issuers) -> Result<Arc<Parsed>, Fault> {
        let text = self.text;
        if let Some(known) = issuers.known(text) {
            return Ok(known);
        }
        let der = self.der()?;
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
