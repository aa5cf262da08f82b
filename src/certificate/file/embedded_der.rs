//! DER in base64 among other text: SAML metadata, `x5c` of JWKS, property lists, answers of cloud services, or nothing
//! but the base64. A text that is no certificate is passed over; one that begins as a certificate and is none is a finding.

use base64::Engine as _;

use super::contents::{BlockFault, Contents, ReadContext};
use super::{LENIENT, LineAt, container, is_base64, jks, pkcs7, pkcs12};
use crate::certificate::der;
use crate::certificate::der::ber::Elements;

/// How a sequence of DER of 128 bytes or more begins in base64.
const SEQUENCE: &[u8] = b"MI";
/// How a Java key store begins in base64, JKS and JCEKS.
const STORES: [&[u8]; 2] = [b"/u3+7Q", b"zs7Ozg"];
/// The largest that is looked for; a container of Java may be larger than any certificate.
const LARGEST: usize = 4 * 1024 * 1024;
/// Of what is shorter than this, nothing is a certificate.
const SHORTEST: usize = 128;
/// So many characters are read for each character of the text, whatever it says of its lengths.
const PASSES: usize = 4;

/// Adds what is encoded in `text`.
pub(super) fn read(text: &[u8], line_at: LineAt<'_>, context: &mut ReadContext<'_>, contents: &mut Contents) {
    let mut position = 0;
    let mut left = text.len().saturating_mul(PASSES);
    while let Some(start) = next(text, position) {
        let value = Value::at(&text[start..]);
        left = left.saturating_sub(value.length);
        let is_taken = add(&value, context, contents, || line_at(start));
        // What is none may be the first word of a line, and the next one what is looked for.
        position = start + if is_taken || left == 0 { value.length } else { value.first_run }.max(1);
    }
}

/// `text` up to the base64 at its end.
pub(super) fn without_last(text: &[u8]) -> &[u8] {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=\\ \t\r\n".contains(byte);
    &text[..text.iter().rposition(|byte| !is_part(byte)).map_or(0, |last| last + 1)]
}

/// Where the next value begins that is worth decoding.
fn next(text: &[u8], from: usize) -> Option<usize> {
    let mut position = from;
    loop {
        let here = position + memchr::memchr3(b'M', b'/', b'z', text.get(position..)?)?;
        let rest = &text[here..];
        let begins = rest.starts_with(SEQUENCE) || STORES.iter().any(|mark| rest.starts_with(mark));
        if begins && is_start(&text[..here]) {
            return Some(here);
        }
        position = here + 1;
    }
}

/// Whether a value can begin behind `before`: not within a word, but behind an escape.
fn is_start(before: &[u8]) -> bool {
    match before {
        [.., b'\\', b'n' | b'r' | b't' | b'/'] | [] => true,
        [.., last] => !is_base64(*last) && !matches!(last, b'\\' | b'-' | b'_'),
    }
}

/// Characters of base64 that stand together, folded or not.
struct Value {
    digits: Vec<u8>,
    /// Bytes of the text that it takes.
    length: usize,
    /// Bytes of the text up to the first fold.
    first_run: usize,
    /// It has as many digits as its own first bytes say.
    is_whole: bool,
}

impl Value {
    fn at(text: &[u8]) -> Self {
        let mut value = Self { digits: Vec::new(), length: 0, first_run: 0, is_whole: false };
        let mut wanted = None;
        while let Some((digit, taken)) = piece(&text[value.length..]) {
            match digit {
                Some(digit) => value.digits.push(digit),
                None if value.first_run == 0 => value.first_run = value.length,
                None => {}
            }
            value.length += taken;
            if value.digits.len() == 12 && wanted.is_none() {
                wanted = Some(wanted_digits(&value.digits));
            }
            if wanted.is_some_and(|wanted| value.digits.len() >= wanted) {
                break;
            }
        }
        value.is_whole = wanted.is_some_and(|wanted| value.digits.len() >= wanted);
        if value.first_run == 0 {
            value.first_run = value.length;
        }
        value
    }
}

/// The next digit of base64, or a fold between two, and the bytes of the text that it takes.
fn piece(text: &[u8]) -> Option<(Option<u8>, usize)> {
    const FOLDS: [&[u8]; 8] = [b"\\n", b"\\r", b"\\t", b"&#10;", b"&#13;", b"&#xA;", b"&#xD;", b"&#9;"];
    match text {
        [byte, ..] if is_base64(*byte) => Some((Some(*byte), 1)),
        [b' ' | b'\t' | b'\r' | b'\n', ..] => Some((None, 1)),
        [b'\\', b'/', ..] => Some((Some(b'/'), 2)),
        [b'\\', b'u', b'0', b'0', b'2', b'B' | b'b', ..] => Some((Some(b'+'), 6)),
        [b'\\', b'u', b'0', b'0', b'2', b'F' | b'f', ..] => Some((Some(b'/'), 6)),
        [b'\\', b'\\', ..] => {
            piece(&text[1..]).map(|(digit, taken)| (digit, taken + 1)).filter(|(digit, _)| digit.is_none())
        }
        _ => FOLDS.iter().find(|fold| text.starts_with(fold)).map(|fold| (None, fold.len())),
    }
}

/// How many digits the element has whose first bytes these digits are; of a store of Java, which does not say it, the most.
fn wanted_digits(digits: &[u8]) -> usize {
    let head = LENIENT.decode(digits).unwrap_or_default();
    let length = match *head.as_slice() {
        [0x30, length @ ..=0x7f, ..] => usize::from(length) + 2,
        [0x30, 0x81, length, ..] => usize::from(length) + 3,
        [0x30, 0x82, high, low, ..] => usize::from(u16::from_be_bytes([high, low])) + 4,
        [0x30, 0x83, high, middle, low, ..] => {
            usize::try_from(u32::from_be_bytes([0, high, middle, low])).unwrap_or(LARGEST) + 5
        }
        // Without a length, as some programs of Microsoft write containers.
        [0x30, 0x80, ..] => LARGEST,
        _ if jks::is_it(&head) => LARGEST,
        _ => 0,
    };
    length.min(LARGEST).saturating_mul(4).div_ceil(3)
}

/// Adds what the value is; says whether it is anything at all.
fn add(
    value: &Value,
    context: &mut ReadContext<'_>,
    contents: &mut Contents,
    line: impl FnOnce() -> Option<usize>,
) -> bool {
    if value.digits.len() < SHORTEST {
        return false;
    }
    let Ok(bytes) = LENIENT.decode(whole_bytes(&value.digits)) else { return false };
    let holds = |held: pkcs7::Held<'_>| !held.certificates.is_empty();
    let is_container = || pkcs12::is_it(&bytes) || pkcs7::read(&bytes).is_some_and(holds);
    if jks::is_it(&bytes) || value.is_whole && is_container() {
        container::read(&bytes, context, contents);
    } else if value.is_whole && container::is_private_key(&bytes) {
        contents.holds_private_key = true;
    } else if is_like_a_certificate(&bytes) {
        let read = if value.is_whole { der::read(&bytes).map_err(BlockFault::from) } else { Err(BlockFault::CutShort) };
        contents.add(read.map(|(parsed, _)| parsed.into()), line);
    } else {
        return false;
    }
    true
}

/// The digits without those at the end that make no byte.
fn whole_bytes(digits: &[u8]) -> &[u8] {
    let over = digits.len() % 4;
    if over == 1 { &digits[..digits.len() - 1] } else { digits }
}

/// RFC 5280 §4.1: a sequence whose first field is a sequence of version, serial number, algorithm, issuer and validity.
/// What is cut short is told by its version and its serial number.
fn is_like_a_certificate(bytes: &[u8]) -> bool {
    let Some(inner) = after_head(bytes).and_then(after_head) else { return false };
    match inner {
        [0xa0, 0x03, 0x02, 0x01, 0..=2, 0x02, ..] => true,
        [0x02, ..] => {
            let mut fields = Elements(inner);
            let kinds = [0x02, 0x30, 0x30].map(|tag| fields.expect(tag).is_some());
            let validity = fields.expect(0x30).and_then(|validity| validity.children().next());
            kinds == [true; 3] && validity.is_some_and(|first| matches!(first.tag, 0x17 | 0x18))
        }
        _ => false,
    }
}

/// What follows the head of a sequence, whether all of it is there or not.
fn after_head(bytes: &[u8]) -> Option<&[u8]> {
    match bytes {
        [0x30, ..=0x7f, rest @ ..]
        | [0x30, 0x81, _, rest @ ..]
        | [0x30, 0x82, _, _, rest @ ..]
        | [0x30, 0x83, _, _, _, rest @ ..] => Some(rest),
        _ => None,
    }
}
