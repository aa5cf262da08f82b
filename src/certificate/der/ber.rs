//! BER (X.690), read leniently: in containers lengths may be missing, and strings may come in pieces.

use std::borrow::Cow;

use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use crate::bytes::BigInt;

/// No container nests deeper.
const DEEPEST: usize = 24;

const CONSTRUCTED: u8 = 0x20;

/// One element.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    pub tag: u8,
    pub content: &'a [u8],
    /// With its head.
    pub whole: &'a [u8],
}

/// The elements that stand one after another in some bytes; they end where the next is none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Elements<'a>(pub &'a [u8]);

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        let element = first(self.0, 0)?;
        self.0 = &self.0[element.whole.len()..];
        Some(element)
    }
}

impl<'a> Elements<'a> {
    /// The next one, if it has this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Option<Element<'a>> {
        self.next().filter(|element| element.tag == tag)
    }

    /// What stands in the next one, if it has this tag.
    pub(crate) fn enter(&mut self, tag: u8) -> Option<Self> {
        self.next()?.inside(tag)
    }

    /// The next one, if it has this tag; else it stays.
    pub(in crate::certificate) fn optional(&mut self, tag: u8) -> Option<Element<'a>> {
        if self.0.first() == Some(&tag) { self.next() } else { None }
    }

    /// All of them; the last is `None` where bytes follow that are no element.
    pub(in crate::certificate) fn strict(mut self) -> impl Iterator<Item = Option<Element<'a>>> {
        std::iter::from_fn(move || {
            let next = self.next();
            let is_end = next.is_none() && std::mem::take(&mut self.0).is_empty();
            (!is_end).then_some(next)
        })
    }
}

impl<'a> Element<'a> {
    pub(in crate::certificate) fn children(&self) -> Elements<'a> {
        Elements(self.content)
    }

    /// What stands in it, if it has this tag.
    pub(in crate::certificate) fn inside(&self, tag: u8) -> Option<Elements<'a>> {
        (self.tag == tag).then(|| self.children())
    }

    /// The bits of a bit string of whole bytes.
    pub(in crate::certificate) fn bits(&self) -> Option<&'a [u8]> {
        self.content.strip_prefix(&[0]).filter(|_| self.tag == 0x03)
    }

    /// The value of a string, put together where it comes in pieces.
    pub(in crate::certificate) fn octets(&self) -> Cow<'a, [u8]> {
        if self.tag & CONSTRUCTED == 0 {
            return Cow::Borrowed(self.content);
        }
        let mut whole = Vec::new();
        self.gather(&mut whole, 0);
        Cow::Owned(whole)
    }

    fn gather(&self, whole: &mut Vec<u8>, depth: usize) {
        if self.tag & CONSTRUCTED == 0 {
            whole.extend_from_slice(self.content);
        } else if depth < DEEPEST {
            self.children().for_each(|piece| piece.gather(whole, depth + 1));
        }
    }

    /// The value of an integer that is not negative.
    pub(in crate::certificate) fn unsigned(&self) -> Option<u64> {
        let content = Some(self.content).filter(|content| self.tag == 0x02 && !content.is_empty())?;
        u64::try_from(BigInt::from_signed_bytes_be(content)).ok()
    }

    /// The moment of a `Time` (RFC 5280 §4.1.2.5).
    pub(in crate::certificate) fn moment(&self) -> Option<OffsetDateTime> {
        let form = format_description!("[year][month][day][hour][minute][second]");
        let text = std::str::from_utf8(self.content).ok()?.strip_suffix('Z')?;
        let text = text.split_once('.').map_or(text, |(whole, _)| whole);
        let century = match self.tag {
            0x17 if text < "50" => "20",
            0x17 => "19",
            0x18 => "",
            _ => return None,
        };
        // A year may have a sign for the parser.
        let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
        let moment = PrimitiveDateTime::parse(&format!("{century}{text}"), form).ok().filter(|_| is_plain);
        moment.map(PrimitiveDateTime::assume_utc)
    }
}

/// The first element of `bytes`.
fn first(bytes: &[u8], depth: usize) -> Option<Element<'_>> {
    let [tag, length, ..] = *bytes else { return None };
    let (head, length) = match length {
        ..0x80 => (2, usize::from(length)),
        0x80 => return without_length(bytes, depth),
        0x81..=0x84 => {
            let head = usize::from(length & 0x7f) + 2;
            (head, bytes.get(2..head)?.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)))
        }
        _ => return None,
    };
    let content = bytes.get(head..)?.get(..length)?;
    Some(Element { tag, content, whole: &bytes[..head + length] })
}

/// One that ends where the mark of an end stands in place of the next child (X.690 §8.1.3.6).
fn without_length(bytes: &[u8], depth: usize) -> Option<Element<'_>> {
    let tag = bytes[0];
    if tag & CONSTRUCTED == 0 || depth >= DEEPEST {
        return None;
    }
    let mut end = 2;
    while !bytes[end..].starts_with(&[0, 0]) {
        end += first(&bytes[end..], depth + 1)?.whole.len();
    }
    Some(Element { tag, content: &bytes[2..end], whole: &bytes[..end + 2] })
}

/// The element of this tag and content, with the shortest length (X.690 §10.1).
pub(in crate::certificate) fn encoded(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    if let Ok(short @ ..0x80) = u8::try_from(content.len()) {
        bytes.push(short);
    } else {
        let length = content.len().to_be_bytes();
        let first = length.iter().position(|byte| *byte != 0).unwrap_or_default();
        bytes.push(0x80 | u8::try_from(length.len() - first).unwrap_or_default());
        bytes.extend(&length[first..]);
    }
    bytes.extend(content);
    bytes
}

/// `1.2.840` for the content octets of an object identifier, of which the first 128 are shown.
pub(in crate::certificate) fn dotted(identifier: &[u8]) -> String {
    const LONGEST: usize = 128;
    let mut arcs = Vec::new();
    let mut arc = 0_u128;
    for byte in &identifier[..identifier.len().min(LONGEST)] {
        arc = arc << 7 | u128::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            arcs.push(arc);
            arc = 0;
        }
    }
    let Some((first, rest)) = arcs.split_first() else { return String::new() };
    // The first number holds two arcs.
    let top = (first / 40).min(2);
    let dotted: Vec<String> = [top, first - 40 * top].iter().chain(rest).map(u128::to_string).collect();
    dotted.join(".")
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn an_element_without_a_length_ends_at_its_end_marker() {
        let bytes = [0x30, 0x80, 0x24, 0x80, 4, 1, 0xaa, 4, 2, 0, 0, 0, 0, 2, 1, 7, 0, 0, 9];
        let outer = Elements(&bytes).next().unwrap();
        assert_eq!(outer.whole.len(), bytes.len() - 1);
        let mut children = outer.children();
        assert_eq!(*children.expect(0x24).unwrap().octets(), [0xaa, 0, 0]);
        assert_eq!(children.next().unwrap().unsigned(), Some(7));
        assert!(children.next().is_none());
    }

    #[test]
    fn nesting_without_end_is_given_up_and_does_not_exhaust_the_stack() {
        assert!(Elements(&[0x30, 0x80].repeat(1_000_000)).next().is_none());
        let mut pieces = [0x24, 0x80].repeat(20);
        pieces.extend([0, 0].repeat(20));
        assert!(Elements(&pieces).next().unwrap().octets().is_empty());
    }

    #[test]
    fn a_number_that_is_negative_or_too_long_is_none() {
        let number = |content: &[u8]| Element { tag: 2, content, whole: content }.unsigned();
        assert_eq!(number(&[0, 0x80]), Some(128));
        assert_eq!(number(&[0x80]), None);
        assert_eq!(number(&[1; 9]), None);
        assert_eq!(number(&[]), None);
    }

    #[test]
    fn a_moment_is_read_in_both_forms_and_refused_in_any_other() {
        let read = |tag: u8, text: &str| {
            let mut bytes = vec![tag, u8::try_from(text.len()).unwrap()];
            bytes.extend(text.bytes());
            Elements(&bytes).next()?.moment()
        };
        assert_eq!(read(0x17, "261121070809Z"), Some(datetime!(2026-11-21 07:08:09 UTC)));
        assert_eq!(read(0x17, "500101000000Z"), Some(datetime!(1950-01-01 00:00 UTC)));
        assert_eq!(read(0x18, "20500101000000Z"), Some(datetime!(2050-01-01 00:00 UTC)));
        assert_eq!(read(0x18, "20500101000000.25Z"), Some(datetime!(2050-01-01 00:00 UTC)));
        for wrong in ["", "Z", "2611210708Z", "261121070809", "261321070809Z", "26112107080+Z", "２６1121070Z"] {
            assert_eq!(read(0x17, wrong), None, "{wrong}");
        }
        assert_eq!(read(0x16, "261121070809Z"), None);
    }
}
