//! Distinguished names as RFC 4514 strings.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::as_text::as_text;
use super::der::ber::{self, Element, Elements};
use crate::text::{boundary_at_most, hex, hex_digit, lossy};

/// Names are shown and remembered up to this many bytes: more than any of the public collections has, where one has 1,025
/// attributes.
const LONGEST: usize = 32 * 1024;

/// The name of a subject or an issuer, as RFC 4514 writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DistinguishedName(Arc<str>);

impl DistinguishedName {
    /// The name as a string (RFC 4514).
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its attributes, each with its short name (`CN`) and its value without escapes, in the order of the string.
    #[must_use]
    pub fn attributes(&self) -> Vec<(&str, String)> {
        encoded_attributes(&self.0).map(|(kind, value)| (kind, unescaped(value))).collect()
    }

    /// The value of its first attribute of this kind that is not blank, without escapes.
    #[must_use]
    pub fn attribute(&self, kind: &str) -> Option<String> {
        let of_kind = encoded_attributes(&self.0).filter(|(known, _)| *known == kind);
        of_kind.map(|(_, value)| unescaped(value)).find(|value| !value.trim().is_empty())
    }

    /// The first `CN` that is not blank.
    #[must_use]
    pub fn common_name(&self) -> Option<String> {
        self.attribute("CN")
    }

    /// The first `O` that is not blank.
    #[must_use]
    pub fn organization(&self) -> Option<String> {
        self.attribute("O")
    }
}

impl From<String> for DistinguishedName {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&str> for DistinguishedName {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

as_text!(DistinguishedName);

/// The name of this encoding as RFC 4514 writes it: last set first, `,` between sets, `+` inside one; `None` where it is
/// broken.
pub(super) fn rfc4514(encoding: &[u8]) -> Option<DistinguishedName> {
    let sets: Vec<Element<'_>> = Elements(encoding).enter(0x30)?.strict().collect::<Option<_>>()?;
    let mut text = String::with_capacity(64);
    for set in sets.iter().rev() {
        let mut before = if text.is_empty() { "" } else { "," };
        for attribute in set.inside(0x31)?.strict() {
            let mut parts = attribute?.inside(0x30)?;
            text.push_str(before);
            push_attribute(&mut text, parts.expect(0x06)?.content, parts.0);
            before = "+";
        }
    }
    Some(if text.len() > LONGEST { shortened(&text).into() } else { text.into() })
}

/// The beginning of a name that is too long, and by what it differs from others that begin so.
fn shortened(text: &str) -> String {
    format!("{}…{}", &text[..boundary_at_most(text, LONGEST)], hex(&Sha256::digest(text)[..8]))
}

fn push_attribute(text: &mut String, kind: &[u8], encoding: &[u8]) {
    let name = short_name(kind);
    text.push_str(&name.map_or_else(|| ber::dotted(kind).into(), Cow::Borrowed));
    text.push('=');
    match Elements(encoding).next().and_then(|value| decode(value.tag & 0x1f, value.content)) {
        Some(words) if name.is_some() => push_escaped(text, &words),
        // RFC 4514 §2.4: the whole encoding where there is no string form.
        _ => {
            text.push('#');
            text.push_str(&hex(encoding));
        }
    }
}

/// Short names of RFC 4519 and, for what public certificates hold besides, those of OpenSSL.
fn short_name(kind: &[u8]) -> Option<&'static str> {
    Some(match kind {
        [0x55, 4, 3] => "CN",
        [0x55, 4, 4] => "SN",
        [0x55, 4, 5] => "serialNumber",
        [0x55, 4, 6] => "C",
        [0x55, 4, 7] => "L",
        [0x55, 4, 8] => "ST",
        [0x55, 4, 9] => "STREET",
        [0x55, 4, 10] => "O",
        [0x55, 4, 11] => "OU",
        [0x55, 4, 12] => "title",
        [0x55, 4, 13] => "description",
        [0x55, 4, 15] => "businessCategory",
        [0x55, 4, 17] => "postalCode",
        [0x55, 4, 20] => "telephoneNumber",
        [0x55, 4, 41] => "name",
        [0x55, 4, 42] => "GN",
        [0x55, 4, 43] => "initials",
        [0x55, 4, 44] => "generationQualifier",
        [0x55, 4, 46] => "dnQualifier",
        [0x55, 4, 65] => "pseudonym",
        [0x55, 4, 97] => "organizationIdentifier",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1] => "UID",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25] => "DC",
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1] => "emailAddress",
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 2] => "unstructuredName",
        [0x2b, 6, 1, 4, 1, 0x82, 0x37, 0x3c, 2, 1, 1] => "jurisdictionL",
        [0x2b, 6, 1, 4, 1, 0x82, 0x37, 0x3c, 2, 1, 2] => "jurisdictionST",
        [0x2b, 6, 1, 4, 1, 0x82, 0x37, 0x3c, 2, 1, 3] => "jurisdictionC",
        _ => return None,
    })
}

/// The text of a string type of ASN.1; `None` for any other type.
fn decode(tag: u8, value: &[u8]) -> Option<Cow<'_, str>> {
    const UTF8: u8 = 12;
    const TELETEX: u8 = 20;
    const UNIVERSAL: u8 = 28;
    const BMP: u8 = 30;
    match tag {
        // Numeric, Printable, IA5, Visible, General: ASCII in theory, and UTF-8 in many certificates.
        UTF8 | 18 | 19 | 22 | 26 | 27 => Some(lossy(value)),
        // T.61 in theory, and Latin 1 in every certificate.
        TELETEX => Some(match std::str::from_utf8(value) {
            Ok(text) => text.into(),
            Err(_) => value.iter().copied().map(char::from).collect(),
        }),
        BMP => {
            let units = value.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            Some(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
        }
        UNIVERSAL => {
            let units = value.chunks_exact(4).map(|unit| u32::from_be_bytes([unit[0], unit[1], unit[2], unit[3]]));
            Some(units.map(|unit| char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
        }
        _ => None,
    }
}

fn push_escaped(text: &mut String, value: &str) {
    let last = value.chars().count().saturating_sub(1);
    for (index, character) in value.chars().enumerate() {
        match character {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => text.extend(['\\', character]),
            ' ' if index == 0 || index == last => text.push_str("\\ "),
            '#' if index == 0 => text.push_str("\\#"),
            // A control character says more as its code than cleaned away.
            '\0'..='\u{1f}' | '\u{7f}' => {
                text.push('\\');
                text.push_str(&hex(&[u8::try_from(character).unwrap_or_default()]));
            }
            other => text.push(other),
        }
    }
}

/// Each attribute with its value as it stands in the string.
fn encoded_attributes(name: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = name;
    std::iter::from_fn(move || {
        let (kind, after) = rest.split_once('=')?;
        let end = end_of_value(after);
        rest = after.get(end + 1..).unwrap_or_default();
        Some((kind, &after[..end]))
    })
}

/// Where the value ends: at the first `,` or `+` that no backslash escapes.
fn end_of_value(text: &str) -> usize {
    let mut is_escaped = false;
    for (position, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b',' | b'+' => return position,
            _ => {}
        }
    }
    text.len()
}

fn unescaped(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let Some(first) = rest.next() else { break };
        let second = rest.peek().copied().and_then(hex_digit);
        match (hex_digit(first), second) {
            (Some(high), Some(low)) => {
                rest.next();
                bytes.push(high << 4 | low);
            }
            _ => bytes.push(first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kind, tag and value of an attribute.
    type Part<'a> = (&'a [u8], u8, &'a [u8]);

    fn name(sets: &[&[Part<'_>]]) -> DistinguishedName {
        let part = |(kind, tag, value): &Part<'_>| {
            ber::encoded(0x30, &[ber::encoded(0x06, kind), ber::encoded(*tag, value)].concat())
        };
        let set = |parts: &&[Part<'_>]| ber::encoded(0x31, &parts.iter().map(part).collect::<Vec<_>>().concat());
        rfc4514(&ber::encoded(0x30, &sets.iter().map(set).collect::<Vec<_>>().concat())).unwrap()
    }

    const CN: &[u8] = &[0x55, 4, 3];
    const O: &[u8] = &[0x55, 4, 10];

    #[test]
    fn a_name_is_written_last_set_first_and_an_empty_one_is_empty() {
        assert_eq!(name(&[&[(O, 12, b"Example")], &[(CN, 19, b"www.example.com")]]), "CN=www.example.com,O=Example");
        assert_eq!(name(&[&[(O, 12, b"A"), (CN, 12, b"B")]]), "O=A+CN=B");
        assert_eq!(name(&[]), "");
    }

    #[test]
    fn what_could_be_taken_for_structure_is_escaped() {
        assert_eq!(name(&[&[(CN, 12, b" a,b+c\"d\\e<f>g; ")]]), r#"CN=\ a\,b\+c\"d\\e\<f\>g\;\ "#);
        assert_eq!(name(&[&[(CN, 12, b"#1")]]), r"CN=\#1");
        assert_eq!(name(&[&[(CN, 12, b"a\n\x1b[31m\0")]]), r"CN=a\0a\1b[31m\00");
    }

    #[test]
    fn attributes_are_read_back_as_they_were_encoded() {
        for value in ["www.example.com", " a,b+c\"d\\e<f>g; ", "#1", "a\n\u{1b}[31m\0", "证书", "O=x,CN=y", ""] {
            let written = name(&[&[(O, 12, b"Example"), (CN, 12, value.as_bytes())], &[(CN, 12, b"first")]]);
            let written = DistinguishedName::from(written.as_str());
            let read = written.attributes();
            assert_eq!(read, [("CN", "first".to_owned()), ("O", "Example".to_owned()), ("CN", value.to_owned())]);
        }
        assert_eq!(DistinguishedName::from("").attributes(), []);
    }

    #[test]
    fn a_name_of_any_length_is_short_and_still_told_from_others() {
        let long = |last: &str| name(&[&[(CN, 12, format!("{}{last}", "ü".repeat(100_000)).as_bytes())]]);
        assert!(long("a").starts_with("CN=üüü") && long("a").len() < LONGEST + 24, "{}", long("a").len());
        assert_ne!(long("a"), long("b"));
        assert_eq!(long("a"), long("a"));
        assert!(ber::dotted(&"+".repeat(100_000).into_bytes()).len() < 512);
    }

    #[test]
    fn every_string_type_is_read_and_all_else_is_its_encoding() {
        assert_eq!(name(&[&[(CN, 20, b"M\xfcnchen")]]), "CN=München");
        assert_eq!(name(&[&[(CN, 30, &[0x8b, 0xc1, 0x4e, 0x66])]]), "CN=证书");
        assert_eq!(name(&[&[(CN, 28, &[0, 0, 0x8b, 0xc1])]]), "CN=证");
        assert_eq!(name(&[&[(&[0x2a, 0x03, 0x04], 12, b"hi")]]), "1.2.3.4=#0c026869");
        assert_eq!(name(&[&[(CN, 4, &[0xff; 200])]]).len(), "CN=#0481c8".len() + 400);
        // A tag in the long form.
        let attribute = ber::encoded(0x30, &[ber::encoded(0x06, CN), vec![0x7f, 0x20, 0]].concat());
        assert_eq!(rfc4514(&ber::encoded(0x30, &ber::encoded(0x31, &attribute))).unwrap(), "CN=#7f2000");
    }

    #[test]
    fn an_attribute_is_read_without_its_escapes_and_by_its_whole_kind() {
        let name = DistinguishedName::from("CN=Example CA\\, North,O=Beispiel \\+ Co,C=DE");
        assert_eq!(name.common_name().as_deref(), Some("Example CA, North"));
        assert_eq!(name.organization().as_deref(), Some("Beispiel + Co"));
        assert_eq!(name.attribute("OU"), None);
        assert_eq!(DistinguishedName::from("CN=,O=x").common_name(), None);
        assert_eq!(DistinguishedName::from("").common_name(), None);
        let posing = DistinguishedName::from("CN=Not O=Let's Encrypt");
        assert_eq!(posing.organization(), None);
    }
}
