//! Key stores of Java, JKS and JCEKS: their certificates are in the clear.

const MAGIC: [[u8; 4]; 2] = [[0xfe, 0xed, 0xfe, 0xed], [0xce, 0xce, 0xce, 0xce]];

/// What a store holds.
#[derive(Default)]
pub(super) struct Held<'a> {
    /// Encodings: of a key its chain, leaf first.
    pub certificates: Vec<&'a [u8]>,
    pub holds_private_key: bool,
    /// It ends where an entry should stand.
    pub is_cut_short: bool,
}

pub(super) fn is_it(bytes: &[u8]) -> bool {
    MAGIC.iter().any(|magic| bytes.starts_with(magic))
}

pub(super) fn read(bytes: &[u8]) -> Held<'_> {
    let mut held = Held::default();
    let mut store = Cursor { rest: bytes.get(4..).unwrap_or_default(), names_types: true };
    held.is_cut_short = store.entries(&mut held).is_none();
    held
}

struct Cursor<'a> {
    rest: &'a [u8],
    /// The first version takes every certificate for one of X.509.
    names_types: bool,
}

impl<'a> Cursor<'a> {
    fn entries(&mut self, held: &mut Held<'a>) -> Option<()> {
        self.names_types = match self.number()? {
            1 => false,
            2 => true,
            _ => return None,
        };
        for _ in 0..self.number()? {
            let kind = self.number()?;
            self.text()?;
            self.take(8)?;
            match kind {
                1 => {
                    held.holds_private_key = true;
                    let key = self.number()?;
                    self.take(key)?;
                    for _ in 0..self.number()? {
                        held.certificates.push(self.certificate()?);
                    }
                }
                2 => held.certificates.push(self.certificate()?),
                // A secret key is an object of Java that does not say where it ends.
                3 => {
                    self.skip_to_certificates(held);
                    return Some(());
                }
                _ => return None,
            }
        }
        Some(())
    }

    fn skip_to_certificates(&mut self, held: &mut Held<'a>) {
        const MARK: &[u8] = b"\0\x05X.509";
        while let Some(found) = self.rest.windows(MARK.len()).position(|window| window == MARK) {
            let mut here = Cursor { rest: &self.rest[found..], names_types: true };
            match here.certificate().filter(|certificate| certificate.first() == Some(&0x30)) {
                Some(certificate) => {
                    held.certificates.push(certificate);
                    self.rest = here.rest;
                }
                None => self.rest = &self.rest[found + MARK.len()..],
            }
        }
    }

    fn certificate(&mut self) -> Option<&'a [u8]> {
        if self.names_types {
            self.text()?;
        }
        let length = self.number()?;
        self.take(length)
    }

    fn text(&mut self) -> Option<&'a [u8]> {
        let length = self.take(2)?;
        self.take(u32::from(u16::from_be_bytes([length[0], length[1]])))
    }

    fn number(&mut self) -> Option<u32> {
        self.take(4)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
    }

    fn take(&mut self, length: u32) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(usize::try_from(length).ok()?)?;
        self.rest = rest;
        Some(taken)
    }
}
