//! BER (X.690), the encoding of containers: lengths may be missing, and strings may come in pieces.

use std::borrow::Cow;

/// No container nests deeper.
const DEEPEST: usize = 24;

const CONSTRUCTED: u8 = 0x20;

/// One element.
#[derive(Clone, Copy)]
pub(in crate::certificate) struct Element<'a> {
    pub tag: u8,
    pub content: &'a [u8],
    /// With its head.
    pub whole: &'a [u8],
}

/// The elements that stand one after another in some bytes; they end where the next is none.
#[derive(Clone)]
pub(in crate::certificate) struct Elements<'a>(pub &'a [u8]);

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        let (element, rest) = first(self.0, 0)?;
        self.0 = rest;
        Some(element)
    }
}

impl<'a> Elements<'a> {
    /// The next one, if it has this tag.
    pub(in crate::certificate) fn expect(&mut self, tag: u8) -> Option<Element<'a>> {
        self.next().filter(|element| element.tag == tag)
    }

    /// The next one, if it has this tag; else it stays.
    pub(in crate::certificate) fn optional(&mut self, tag: u8) -> Option<Element<'a>> {
        if self.0.first() == Some(&tag) { self.next() } else { None }
    }
}

impl<'a> Element<'a> {
    pub(in crate::certificate) fn children(&self) -> Elements<'a> {
        Elements(self.content)
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
        let is_negative = self.content.first()? & 0x80 != 0;
        let first = self.content.iter().position(|byte| *byte != 0).unwrap_or(self.content.len());
        let digits = &self.content[first..];
        let fits = self.tag == 0x02 && !is_negative && digits.len() <= 8;
        fits.then(|| digits.iter().fold(0, |value, digit| value << 8 | u64::from(*digit)))
    }
}

fn first(bytes: &[u8], depth: usize) -> Option<(Element<'_>, &[u8])> {
    let tag = *bytes.first()?;
    if bytes.get(1) != Some(&0x80) {
        let (tag, content, rest) = element(bytes)?;
        return Some((Element { tag, content, whole: &bytes[..bytes.len() - rest.len()] }, rest));
    }
    if tag & CONSTRUCTED == 0 || depth >= DEEPEST {
        return None;
    }
    let mut rest = &bytes[2..];
    while !rest.starts_with(&[0, 0]) {
        rest = first(rest, depth + 1)?.1;
    }
    let end = bytes.len() - rest.len();
    Some((Element { tag, content: &bytes[2..end], whole: &bytes[..end + 2] }, &rest[2..]))
}

/// The first element of `bytes`: its tag, its content, and what follows it.
pub(in crate::certificate) fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, mut rest) = rest.split_first()?;
    let mut length = usize::from(*first);
    if *first >= 0x80 {
        let count = usize::from(first & 0x7f);
        if !(1..=4).contains(&count) || rest.len() < count {
            return None;
        }
        length = rest[..count].iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        rest = &rest[count..];
    }
    (rest.len() >= length).then(|| (*tag, &rest[..length], &rest[length..]))
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
}
