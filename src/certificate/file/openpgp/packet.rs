//! Packets of OpenPGP (RFC 9580 §4 and §5): their bounds, and what a self-signature says.

use crate::bytes::Cursor;

/// The packets of some bytes: each a type and a body.
pub(super) struct Packets<'a>(pub &'a [u8]);

/// A packet that ends where its bytes do not, or that has no length.
pub(super) struct Broken;

impl<'a> Iterator for Packets<'a> {
    type Item = Result<(u8, &'a [u8]), Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let mut rest = Cursor(self.0);
        let packet = packet(&mut rest);
        self.0 = packet.map_or(&[], |_| rest.0);
        Some(packet.ok_or(Broken))
    }
}

/// RFC 9580 §4.2. Keys and signatures have no partial lengths.
fn packet<'a>(bytes: &mut Cursor<'a>) -> Option<(u8, &'a [u8])> {
    let first: u8 = bytes.number(1).filter(|first| first & 0x80 != 0)?;
    let (tag, length) = if first & 0x40 != 0 {
        (first & 0x3f, length(bytes, 224)?)
    } else {
        let length = match first & 3 {
            3 => bytes.0.len(),
            width => bytes.number(1 << width)?,
        };
        ((first >> 2) & 0x0f, length)
    };
    Some((tag, bytes.take(length)?))
}

/// A length of one, two or five bytes; first bytes from `partial` to 254 mean something else.
fn length(bytes: &mut Cursor<'_>, partial: u8) -> Option<usize> {
    let first: u8 = bytes.number(1)?;
    match first {
        0..192 => Some(usize::from(first)),
        255 => bytes.number(4),
        _ if first < partial => Some(((usize::from(first) - 192) << 8) + bytes.number::<usize>(1)? + 192),
        _ => None,
    }
}

/// What a signature of a key on itself or on its subkey says.
#[derive(Default)]
pub(super) struct SelfSignature {
    pub kind: u8,
    pub created: u32,
    /// Seconds from the creation of the key.
    pub key_expires: Option<u32>,
    /// RFC 9580 §5.2.3.29
    pub flags: u8,
    issuer: Vec<u8>,
}

impl SelfSignature {
    /// RFC 9580 §5.2.3. Of what is not signed only the issuer counts.
    pub(super) fn new(body: &[u8]) -> Option<Self> {
        let mut fields = Cursor(body);
        let width = match fields.number(1)? {
            4_u8 => 2,
            6 => 4,
            _ => return None,
        };
        let mut signature = Self { kind: fields.number(1)?, ..Self::default() };
        let _algorithms = fields.take(2)?;
        signature.read(fields.counted(width)?, true)?;
        signature.read(fields.counted(width)?, false)?;
        Some(signature)
    }

    fn read(&mut self, area: &[u8], is_signed: bool) -> Option<()> {
        let mut area = Cursor(area);
        while !area.0.is_empty() {
            let length = length(&mut area, 255)?;
            let (kind, value) = area.take(length)?.split_first()?;
            let seconds = || Cursor(value).number(4);
            match kind & 0x7f {
                2 if is_signed => self.created = seconds()?,
                9 if is_signed => self.key_expires = Some(seconds()?),
                27 if is_signed => self.flags = value.first().copied().unwrap_or_default(),
                // A version stands before a fingerprint, and nothing before a key id.
                33 => self.issuer = value.get(1..)?.to_vec(),
                16 if self.issuer.is_empty() => self.issuer = value.to_vec(),
                _ => {}
            }
        }
        Some(())
    }

    /// Whether the key of this fingerprint made it, as it says.
    pub(super) fn is_by(&self, fingerprint: &[u8]) -> bool {
        fingerprint == self.issuer || self.issuer.len() == 8 && fingerprint.ends_with(&self.issuer)
    }
}

/// The part of a secret key packet that the public key packet consists of (RFC 9580 §5.5.2 and §5.5.5).
pub(super) fn public_part(body: &[u8]) -> Option<&[u8]> {
    if body.first() == Some(&6) {
        let length: usize = Cursor(body.get(6..)?).number(4)?;
        return body.get(..length.checked_add(10)?);
    }
    let parts: &[Part] = match body.get(5)? {
        1..=3 => &[Part::Integer, Part::Integer],
        16 => &[Part::Integer, Part::Integer, Part::Integer],
        17 => &[Part::Integer, Part::Integer, Part::Integer, Part::Integer],
        18 => &[Part::Counted, Part::Integer, Part::Counted],
        19 | 22 => &[Part::Counted, Part::Integer],
        25 | 27 => &[Part::Bytes(32)],
        26 => &[Part::Bytes(56)],
        28 => &[Part::Bytes(57)],
        _ => return None,
    };
    let mut rest = Cursor(body.get(6..)?);
    for part in parts {
        match part {
            Part::Integer => rest.number(2).and_then(|bits: usize| rest.take(bits.div_ceil(8)))?,
            Part::Counted => rest.counted(1)?,
            Part::Bytes(length) => rest.take(*length)?,
        };
    }
    body.get(..body.len() - rest.0.len())
}

enum Part {
    /// Two bytes with its length in bits, and its bytes.
    Integer,
    /// A byte with its length, and its bytes.
    Counted,
    Bytes(usize),
}
