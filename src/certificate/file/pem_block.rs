//! One PEM block, wherever it stands: glued to another, behind words, with its line ends written as escapes.

use base64::Engine as _;

use super::contents::BlockFault;
use super::{LENIENT, is_base64};
use crate::text::hex_digit;

/// So many base64 characters in a row are no word.
const RUN: usize = 16;

/// What a block says it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Certificate,
    List,
    Container,
    PrivateKey,
    /// RFC 2986.
    Request,
    /// The end of a certificate whose beginning is lost.
    EndAlone,
    Other,
}

impl Kind {
    fn new(label: &[u8]) -> Self {
        if label == b"CERTIFICATE" {
            return Self::Certificate;
        }
        let letters = label.iter().filter(|byte| byte.is_ascii_alphanumeric());
        let label: Vec<u8> = letters.map(u8::to_ascii_uppercase).collect();
        let contains = |part: &[u8]| label.windows(part.len()).any(|window| window == part);
        match label.as_slice() {
            b"CERTIFICATE" => Self::Certificate,
            b"X509CRL" | b"CRL" => Self::List,
            b"PKCS7" | b"CMS" | b"PKCS7SIGNEDDATA" | b"PKCS12" => Self::Container,
            label if label.ends_with(b"PRIVATEKEY") => Self::PrivateKey,
            label if label.ends_with(b"CERTIFICATEREQUEST") => Self::Request,
            _ if contains(b"CERT") && !contains(b"REQUEST") && !contains(b"ATTRIBUTE") => Self::Certificate,
            _ => Self::Other,
        }
    }
}

/// A line such as `-----BEGIN CERTIFICATE-----`, or what somewhat resembles one.
struct Marker<'a> {
    is_end: bool,
    label: &'a [u8],
    start: usize,
    after_label: usize,
    after: usize,
    /// As a heading is written, with blanks after its dashes or none at its end.
    is_heading: bool,
}

impl<'a> Marker<'a> {
    fn next(bytes: &'a [u8], from: usize) -> Option<Self> {
        let mut position = from;
        loop {
            let start = position + memchr::memchr2(b'-', 0xe2, &bytes[position..])?;
            let after = skip_dashes(bytes, start);
            if after > start
                && let Some(marker) = Self::at(bytes, start, after)
            {
                return Some(marker);
            }
            position = after.max(start + 1);
        }
    }

    /// The marker whose first dashes stand from `start` to `after`.
    fn at(bytes: &'a [u8], start: usize, after: usize) -> Option<Self> {
        const LONGEST: usize = 64;
        let word = skip_blanks(bytes, after);
        let has =
            |keyword: &[u8]| bytes.get(word..word + keyword.len()).is_some_and(|w| w.eq_ignore_ascii_case(keyword));
        let (is_end, keyword) = if has(b"BEGIN") { (false, 5) } else { (has(b"END").then_some(true)?, 3) };
        let label_start = skip_blanks(bytes, word + keyword);
        let rest = &bytes[label_start..bytes.len().min(label_start + LONGEST)];
        let stop = |byte: &u8| matches!(byte, b'-' | b'\n' | b'\r' | b'\\' | 0xe2);
        let length = match rest.iter().position(stop) {
            Some(length) => length,
            None if rest.len() < LONGEST => rest.len(),
            None => return None,
        };
        let label = rest[..length].trim_ascii();
        let after_label = label_start + label.len();
        let closing = label_start + length;
        let end = skip_dashes(bytes, closing);
        let is_heading = word != after || end == closing;
        Some(Self { is_end, label, start, after_label, after: end, is_heading })
    }
}

/// What stands from one BEGIN marker to its END marker.
pub(super) struct Block<'a> {
    pub kind: Kind,
    pub text: &'a [u8],
    pub start: usize,
    /// Where the next block may begin: its dashes may be the last ones of this.
    pub end: usize,
    label: &'a [u8],
    body: &'a [u8],
    is_ended: bool,
}

impl<'a> Block<'a> {
    /// The first block that begins at `from` or after it.
    pub(super) fn next(bytes: &'a [u8], from: usize) -> Option<Self> {
        let mut search = from;
        loop {
            let marker = Marker::next(bytes, search)?;
            search = marker.after_label;
            let kind = Kind::new(marker.label);
            let block = |kind, end: usize, body, is_ended| {
                let text = &bytes[marker.start..end];
                Self { kind, text, start: marker.start, end, label: marker.label, body, is_ended }
            };
            if marker.is_end {
                if kind == Kind::Certificate && ends_in_base64(&bytes[from..marker.start]) {
                    return Some(block(Kind::EndAlone, marker.after_label, &[], true));
                }
                continue;
            }
            let next = Marker::next(bytes, marker.after);
            let stop = next.as_ref().map_or(bytes.len(), |next| next.start);
            let body = &bytes[marker.after..stop];
            if is_prose(&bytes[from..marker.start], &marker, body) {
                continue;
            }
            let ended = next.filter(|next| next.is_end);
            let is_ended = ended.as_ref().is_some_and(|next| is_same(next.label, marker.label));
            let end = match &ended {
                // The key lost its end, and a certificate its beginning.
                Some(next) if kind != Kind::Certificate && !is_ended && Kind::new(next.label) == Kind::Certificate => {
                    marker.after
                }
                Some(next) => next.after_label,
                None => stop,
            };
            return Some(block(kind, end, body, is_ended));
        }
    }

    /// All of them, in their order.
    pub(super) fn all(bytes: &'a [u8]) -> impl Iterator<Item = Self> {
        let mut position = 0;
        std::iter::from_fn(move || {
            let block = Self::next(bytes, position)?;
            position = block.end;
            Some(block)
        })
    }

    /// By a password, as PKCS#8 says it in its label and others in the lines before the body (RFC 1421 §4.6.1).
    pub(super) fn is_encrypted(&self) -> bool {
        let has = |text: &[u8], word: &[u8]| text.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
        has(self.label, b"ENCRYPTED") || has(self.body, b"Proc-Type:")
    }

    pub(super) fn has_trust_settings(&self) -> bool {
        self.label.get(..7).is_some_and(|start| start.eq_ignore_ascii_case(b"TRUSTED"))
    }

    pub(super) fn der(&self) -> Result<Vec<u8>, BlockFault> {
        if !self.is_ended {
            return Err(BlockFault::NoEnd);
        }
        let decoded = decoded_by_line(self.body)
            .or_else(|| LENIENT.decode(joined(self.body)).ok())
            .or_else(|| LENIENT.decode(unescaped(self.body)).ok());
        decoded.filter(|der| !der.is_empty()).ok_or(BlockFault::NotBase64)
    }
}

/// Each line decoded where it stands. Nothing of lines that are no whole groups of four characters.
fn decoded_by_line(body: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = vec![0; body.len().div_ceil(4) * 3];
    let (mut length, mut is_whole) = (0, true);
    let mut rest = body;
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = rest[..end].trim_ascii();
        rest = rest.get(end + 1..).unwrap_or_default();
        if line.is_empty() {
            continue;
        }
        // Padding ends the body, and a shorter line before another one has more to it.
        if !is_whole || !line.len().is_multiple_of(4) {
            return None;
        }
        let taken = LENIENT.decode_slice(line, &mut decoded[length..]).ok()?;
        is_whole = taken == line.len() / 4 * 3;
        length += taken;
    }
    decoded.truncate(length);
    Some(decoded)
}

/// The lines without what separates them.
fn joined(body: &[u8]) -> Vec<u8> {
    let mut joined = Vec::with_capacity(body.len());
    for line in body.split(|byte| matches!(byte, b'\n' | b'\r')) {
        joined.extend_from_slice(line.trim_ascii());
    }
    joined
}

/// The same without escapes (JSON, YAML, shell), quotes, and marks of comments and citations before the lines.
fn unescaped(body: &[u8]) -> Vec<u8> {
    let mut clean = Vec::with_capacity(body.len());
    let mut rest = body;
    let mut is_line_start = false;
    while let Some((&byte, more)) = rest.split_first() {
        rest = more;
        match byte {
            b'\n' | b'\r' => is_line_start = true,
            b'\\' => {
                let (character, more) = escape(rest);
                rest = more;
                match character {
                    Some(b'\n' | b'\r') => is_line_start = true,
                    Some(character) => clean.push(character),
                    None => {}
                }
            }
            b'#' | b'>' | b'|' | b'*' | b';' if is_line_start => {}
            b' ' | b'\t' | 0x0b | 0x0c | 0 | b'"' | b'\'' | b',' => {}
            // A byte order mark, or a blank of UTF-8.
            0xef if rest.starts_with(b"\xbb\xbf") => rest = &rest[2..],
            0xc2 if rest.starts_with(b"\xa0") => rest = &rest[1..],
            0xe2 if rest.starts_with(b"\x80\x8b") => rest = &rest[2..],
            _ => {
                is_line_start = false;
                clean.push(byte);
            }
        }
    }
    clean
}

/// The character of an escape after its first backslash, where it is one of a PEM block, and what follows.
fn escape(text: &[u8]) -> (Option<u8>, &[u8]) {
    match text {
        [b'\\', rest @ ..] => escape(rest),
        [b'n' | b'r', rest @ ..] => (Some(b'\n'), rest),
        [b't' | b'"' | b'\'', rest @ ..] => (None, rest),
        [b'/', rest @ ..] => (Some(b'/'), rest),
        [b'u', b'0', b'0', high, low, rest @ ..] => match (hex_digit(*high), hex_digit(*low)) {
            (Some(high), Some(low)) => (Some(high << 4 | low), rest),
            _ => (None, text),
        },
        _ => (None, text),
    }
}

/// A marker that a sentence or a heading names, and that begins nothing.
fn is_prose(before: &[u8], marker: &Marker<'_>, body: &[u8]) -> bool {
    let line = before.rsplit(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let has_words = line.iter().any(|byte| byte.is_ascii_alphanumeric() || *byte == b'`');
    let follows = body.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let goes_on = follows
        .trim_ascii_start()
        .first()
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'`' | b'.' | b',' | b';' | b':' | b')'));
    (marker.is_heading || has_words && goes_on) && !has_run(body)
}

fn has_run(text: &[u8]) -> bool {
    text.split(|byte| !is_base64(*byte)).any(|run| run.len() >= RUN)
}

fn ends_in_base64(text: &[u8]) -> bool {
    const TAIL: usize = 160;
    has_run(&text[text.len().saturating_sub(TAIL)..])
}

/// Whether two labels agree but for blanks and the case of their letters.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    let letters = |label: &[u8]| -> Vec<u8> {
        label.iter().filter(|byte| !byte.is_ascii_whitespace()).map(u8::to_ascii_uppercase).collect()
    };
    one == other || letters(one) == letters(other)
}

fn skip_blanks(bytes: &[u8], from: usize) -> usize {
    let blanks = bytes[from..].iter().take(8).take_while(|byte| matches!(byte, b' ' | b'\t'));
    from + blanks.count()
}

/// Past hyphens, and the dashes that word processors make of them.
fn skip_dashes(bytes: &[u8], from: usize) -> usize {
    let mut position = from;
    loop {
        match bytes.get(position..) {
            Some([b'-', ..]) => position += 1,
            Some([0xe2, 0x80, 0x90..=0x95, ..] | [0xe2, 0x88, 0x92, ..]) => position += 3,
            _ => return position,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slowly(body: &[u8]) -> Option<Vec<u8>> {
        LENIENT.decode(joined(body)).ok()
    }

    #[test]
    fn a_body_decoded_by_line_is_the_body_decoded_as_a_whole() {
        let bytes: Vec<u8> = (0..=255).collect();
        for length in 0..bytes.len() {
            let text = LENIENT.encode(&bytes[..length]);
            for (width, separator) in [(64, "\n"), (64, "\r\n"), (76, "  \n "), (4, "\n\n"), (500, "\n")] {
                let lines: Vec<&str> =
                    text.as_bytes().chunks(width).map(|line| str::from_utf8(line).unwrap()).collect();
                let body = format!("\n{}{separator}", lines.join(separator));
                assert_eq!(decoded_by_line(body.as_bytes()).as_deref(), Some(&bytes[..length]), "{body}");
            }
            let uneven =
                text.as_bytes().chunks(65).map(|line| str::from_utf8(line).unwrap()).collect::<Vec<_>>().join("\n");
            let decoded = decoded_by_line(uneven.as_bytes());
            assert!(decoded.is_none() || decoded == slowly(uneven.as_bytes()), "{uneven}");
        }
    }

    #[test]
    fn a_body_that_the_whole_refuses_is_not_accepted_by_line() {
        for body in ["QUI=\nQUJD\n", "QUI\nQUJD", "QU JD\n", "QUJD\r\rQUJD\n", "QUJ-\n", "====\n", "QUJD=\n"] {
            let decoded = decoded_by_line(body.as_bytes());
            assert!(decoded.is_none() || decoded == slowly(body.as_bytes()), "{body}");
        }
    }
}
