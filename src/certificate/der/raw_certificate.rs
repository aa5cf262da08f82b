//! A certificate in the raw: the fields that its authority is asked by, found without reading the others.

use time::{Date, Month, OffsetDateTime, Time};

use super::ber::element;

/// Anything signed (RFC 5280 §4.1 and §5.1, RFC 6960 §4.2.1): what, by which algorithm, and the signature.
#[derive(Clone, Copy, Debug)]
pub(in crate::certificate) struct Signed<'a> {
    /// With its tag and length, as it was signed.
    pub whole: &'a [u8],
    pub content: &'a [u8],
    /// What the algorithm identifier holds.
    pub algorithm: &'a [u8],
    pub signature: &'a [u8],
    /// What follows the signature.
    pub rest: &'a [u8],
}

impl<'a> Signed<'a> {
    /// From the content of the sequence of the three.
    pub(in crate::certificate) fn of(bytes: &'a [u8]) -> Option<Self> {
        let (content, after) = expect(0x30, bytes)?;
        let whole = &bytes[..bytes.len() - after.len()];
        let (algorithm, after) = expect(0x30, after)?;
        let (signature, rest) = expect(0x03, after)?;
        let (0, signature) = signature.split_first().map(|(unused, bits)| (*unused, bits))? else { return None };
        Some(Self { whole, content, algorithm, signature, rest })
    }
}

/// A public key as its certificate has it.
#[derive(Clone, Copy, Debug)]
pub(in crate::certificate) struct PublicKey<'a> {
    /// What the algorithm identifier holds.
    pub algorithm: &'a [u8],
    pub bits: &'a [u8],
}

#[derive(Clone, Copy, Debug)]
pub(in crate::certificate) struct Extension<'a> {
    /// The content of the object identifier.
    pub kind: &'a [u8],
    pub is_critical: bool,
    pub value: &'a [u8],
}

/// The parts of one certificate.
#[derive(Clone, Debug)]
pub(in crate::certificate) struct RawCertificate<'a> {
    pub signed: Signed<'a>,
    /// The content of the integer.
    pub serial: &'a [u8],
    /// With tag and length, as everything that names it repeats it.
    pub issuer: &'a [u8],
    pub subject: &'a [u8],
    pub not_before: Option<OffsetDateTime>,
    pub not_after: Option<OffsetDateTime>,
    pub key: PublicKey<'a>,
    pub extensions: Vec<Extension<'a>>,
}

impl<'a> RawCertificate<'a> {
    pub(in crate::certificate) fn of(der: &'a [u8]) -> Option<Self> {
        let (outer, _) = expect(0x30, der)?;
        let signed = Signed::of(outer)?;
        let mut fields = signed.content;
        if let Some((_, after)) = expect(0xa0, fields) {
            fields = after;
        }
        let (serial, fields) = expect(0x02, fields)?;
        let (_, fields) = expect(0x30, fields)?;
        let (issuer, fields) = whole(0x30, fields)?;
        let (validity, fields) = expect(0x30, fields)?;
        let (subject, fields) = whole(0x30, fields)?;
        let (key, mut fields) = expect(0x30, fields)?;
        let (not_before, rest) = moment(validity).unzip();
        let not_after = rest.and_then(moment).map(|(at, _)| at);
        let mut listed = Vec::new();
        while let Some((tag, content, after)) = element(fields) {
            if tag == 0xa3 {
                listed = extensions(expect(0x30, content)?.0)?;
            }
            fields = after;
        }
        Some(Self { signed, serial, issuer, subject, not_before, not_after, key: public_key(key)?, extensions: listed })
    }

    pub(in crate::certificate) fn extension(&self, kind: &[u8]) -> Option<&'a [u8]> {
        self.extensions.iter().find(|extension| extension.kind == kind).map(|extension| extension.value)
    }
}

/// From the content of a subject's public key info.
fn public_key(content: &[u8]) -> Option<PublicKey<'_>> {
    let (algorithm, rest) = expect(0x30, content)?;
    let (bits, _) = expect(0x03, rest)?;
    let (0, bits) = bits.split_first().map(|(unused, bits)| (*unused, bits))? else { return None };
    Some(PublicKey { algorithm, bits })
}

/// From the content of a sequence of extensions.
pub(in crate::certificate) fn extensions(content: &[u8]) -> Option<Vec<Extension<'_>>> {
    items(content).map(|item| item.and_then(|item| extension(expect(0x30, item)?.0))).collect()
}

fn extension(content: &[u8]) -> Option<Extension<'_>> {
    let (kind, mut rest) = expect(0x06, content)?;
    let mut is_critical = false;
    if let Some((value, after)) = expect(0x01, rest) {
        is_critical = value != [0];
        rest = after;
    }
    let (value, _) = expect(0x04, rest)?;
    Some(Extension { kind, is_critical, value })
}

/// The elements one after another, each with tag and length; the last is `None` where something is broken.
pub(in crate::certificate) fn items(mut bytes: &[u8]) -> impl Iterator<Item = Option<&[u8]>> {
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let Some((_, _, rest)) = element(bytes) else {
            bytes = &[];
            return Some(None);
        };
        let item = &bytes[..bytes.len() - rest.len()];
        bytes = rest;
        Some(Some(item))
    })
}

/// The content of the first element, which has to have this tag, and what follows it.
pub(in crate::certificate) fn expect(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    element(bytes).filter(|(found, ..)| *found == tag).map(|(_, content, rest)| (content, rest))
}

/// The same, with its tag and length.
pub(in crate::certificate) fn whole(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    expect(tag, bytes).map(|(_, rest)| (&bytes[..bytes.len() - rest.len()], rest))
}

/// A moment in one of the two forms of X.509 (RFC 5280 §4.1.2.5), and what follows it.
pub(in crate::certificate) fn moment(bytes: &[u8]) -> Option<(OffsetDateTime, &[u8])> {
    let (tag, content, rest) = element(bytes)?;
    let text = std::str::from_utf8(content).ok()?.strip_suffix('Z')?;
    let text = text.split_once('.').map_or(text, |(whole, _)| whole);
    let year_digits = match tag {
        0x17 => 2,
        0x18 => 4,
        _ => return None,
    };
    if !text.bytes().all(|byte| byte.is_ascii_digit()) || text.len() != year_digits + 10 {
        return None;
    }
    let (year, others) = text.split_at(year_digits);
    let year: i32 = year.parse().ok()?;
    let year = match (tag, year) {
        (0x17, 0..50) => 2000 + year,
        (0x17, _) => 1900 + year,
        _ => year,
    };
    let part = |index: usize| others[2 * index..2 * index + 2].parse::<u8>().ok();
    let date = Date::from_calendar_date(year, Month::try_from(part(0)?).ok()?, part(1)?).ok()?;
    let time = Time::from_hms(part(2)?, part(3)?, part(4)?).ok()?;
    Some((OffsetDateTime::new_utc(date, time), rest))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_moment_is_read_in_both_forms_and_refused_in_any_other() {
        let read = |tag: u8, text: &str| {
            let mut bytes = vec![tag, u8::try_from(text.len()).unwrap()];
            bytes.extend(text.bytes());
            moment(&bytes).map(|(at, _)| at)
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
