//! Packets of OpenPGP (RFC 9580 §4 and §5): their bounds, and what a self-signature says.

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
        let packet = packet(self.0);
        self.0 = packet.as_ref().map_or(&[][..], |(_, rest)| rest);
        Some(packet.map(|(packet, _)| packet).ok_or(Broken))
    }
}

type Packet<'a> = (u8, &'a [u8]);

/// RFC 9580 §4.2. Keys and signatures have no partial lengths.
fn packet(bytes: &[u8]) -> Option<(Packet<'_>, &[u8])> {
    let (&first, rest) = bytes.split_first().filter(|(first, _)| **first & 0x80 != 0)?;
    let (tag, (length, rest)) = if first & 0x40 != 0 {
        (first & 0x3f, length(rest, 224)?)
    } else {
        let legacy = match first & 3 {
            0 => number(rest, 1)?,
            1 => number(rest, 2)?,
            2 => number(rest, 4)?,
            _ => (rest.len(), rest),
        };
        ((first >> 2) & 0x0f, legacy)
    };
    let (body, rest) = rest.split_at_checked(length)?;
    Some(((tag, body), rest))
}

/// A length of one, two or five bytes; first bytes from `partial` to 254 mean something else.
fn length(bytes: &[u8], partial: u8) -> Option<(usize, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    match first {
        0..192 => Some((usize::from(first), rest)),
        255 => number(rest, 4),
        _ if first < partial => {
            let (&second, rest) = rest.split_first()?;
            Some((((usize::from(first) - 192) << 8) + usize::from(second) + 192, rest))
        }
        _ => None,
    }
}

fn number(bytes: &[u8], width: usize) -> Option<(usize, &[u8])> {
    let (digits, rest) = bytes.split_at_checked(width)?;
    Some((digits.iter().fold(0, |number, digit| number << 8 | usize::from(*digit)), rest))
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
    pub(super) fn of(body: &[u8]) -> Option<Self> {
        let width = match body.first()? {
            4 => 2,
            6 => 4,
            _ => return None,
        };
        let mut signature = Self { kind: *body.get(1)?, ..Self::default() };
        let (length, rest) = number(body.get(4..)?, width)?;
        let (hashed, rest) = rest.split_at_checked(length)?;
        let (length, rest) = number(rest, width)?;
        let (unhashed, _) = rest.split_at_checked(length)?;
        signature.read(hashed, true)?;
        signature.read(unhashed, false)?;
        Some(signature)
    }

    fn read(&mut self, mut area: &[u8], is_signed: bool) -> Option<()> {
        while !area.is_empty() {
            let (length, rest) = length(area, 255)?;
            let (subpacket, rest) = rest.split_at_checked(length)?;
            area = rest;
            let (kind, value) = subpacket.split_first()?;
            let seconds = || value.first_chunk().map(|bytes| u32::from_be_bytes(*bytes));
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
        let (length, _) = number(body.get(6..)?, 4)?;
        return body.get(..length.checked_add(10)?);
    }
    let mut at = 6;
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
    for part in parts {
        let rest = body.get(at..)?;
        at += match part {
            Part::Integer => 2 + number(rest, 2)?.0.div_ceil(8),
            Part::Counted => 1 + number(rest, 1)?.0,
            Part::Bytes(length) => *length,
        };
    }
    body.get(..at)
}

enum Part {
    /// Two bytes with its length in bits, and its bytes.
    Integer,
    /// A byte with its length, and its bytes.
    Counted,
    Bytes(usize),
}
