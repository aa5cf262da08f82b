//! What a file holds, whatever its kind: known by its content and not by its name.

use std::borrow::Cow;
use std::sync::Arc;

use super::ber::Elements;
use super::chain::{self, ChainWithDer};
use super::der::{self, CertificateWithDer, NotACertificate};
use super::encryption::Patience;
use super::key::KeyPairId;
use super::pem::{self, Issuers};
use super::{jks, keystore, kubernetes, openpgp, pkcs7, revocation_list, saml, ssh};

/// What a file holds.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// In their order; one bad block does not hide the others.
    pub certificates: Vec<Arc<CertificateWithDer>>,
    /// Lists of revoked certificates, OpenPGP keys and SSH certificates: what links to nothing.
    pub lists: Vec<Arc<CertificateWithDer>>,
    /// The first blocks that are no certificate, and how many there are in all.
    pub bad: Vec<BadBlock>,
    pub bad_count: usize,
    pub holds_private_key: bool,
    /// The pairs of the private keys among them, of which nothing else is kept.
    pub keys: Vec<KeyPairId>,
    /// Parts that have a name of their own, always with a `/` in it, and what each holds.
    pub members: Vec<(String, Contents)>,
    /// The first container that was not opened, or not whole.
    pub closed: Option<ContainerError>,
    /// The order of the certificates says nothing.
    is_loose: bool,
}

/// Opens containers: with what password, and for how long.
pub(super) struct PasswordContext<'a> {
    pub password: Option<&'a str>,
    pub patience: Patience,
}

impl Contents {
    const BAD_KEPT: usize = 16;

    /// What belongs together in it.
    #[must_use]
    pub fn linked(self) -> Vec<ChainWithDer> {
        let mut linked =
            if self.is_loose { chain::gathered(self.certificates) } else { chain::stored(self.certificates) };
        let alone = |list| ChainWithDer { leaf: list, rest: Vec::new(), is_misordered: false };
        linked.extend(self.lists.into_iter().map(alone));
        linked
    }

    /// Of everything that is shown or named.
    pub(super) fn count(&self) -> usize {
        let own = self.certificates.len() + self.lists.len() + self.bad_count + usize::from(self.closed.is_some());
        own + self.members.iter().map(|(_, member)| member.count()).sum::<usize>()
    }

    pub(super) fn add(
        &mut self,
        certificate: Result<Arc<CertificateWithDer>, BlockFault>,
        line: impl FnOnce() -> usize,
    ) {
        match certificate {
            Ok(parsed) => self.certificates.push(parsed),
            Err(fault) => self.add_fault(fault, line),
        }
    }

    pub(super) fn add_list(&mut self, list: Result<CertificateWithDer, BlockFault>, line: impl FnOnce() -> usize) {
        match list {
            Ok(parsed) => self.lists.push(Arc::new(parsed)),
            Err(fault) => self.add_fault(fault, line),
        }
    }

    fn add_fault(&mut self, fault: BlockFault, line: impl FnOnce() -> usize) {
        self.bad_count += 1;
        if self.bad.len() < Self::BAD_KEPT {
            let number = self.certificates.len() + self.lists.len() + self.bad_count;
            self.bad.push(BadBlock { number, line: line(), fault });
        }
    }

    /// The encoding of one certificate out of a container.
    pub(super) fn add_encoded(&mut self, encoded: &[u8]) {
        let read = der::read(encoded).map_err(BlockFault::from);
        self.add(read.map(|(parsed, _)| Arc::new(parsed)), || 1);
    }

    pub(super) fn add_encoded_list(&mut self, encoded: &[u8]) {
        self.add_list(revocation_list::read(encoded).map_err(BlockFault::from), || 1);
    }

    pub(super) fn close(&mut self, closed: ContainerError) {
        self.closed.get_or_insert(closed);
    }
}

/// One block that is no certificate though it says so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("certificate {number} (line {line}) {fault}")]
pub struct BadBlock {
    /// Counted from 1 among the certificates of the file.
    pub number: usize,
    /// Of the `BEGIN` line, counted from 1.
    pub line: usize,
    pub fault: BlockFault,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockFault {
    #[error("has no END line")]
    NoEnd,
    #[error("has an END line and no BEGIN line")]
    NoBegin,
    #[error("is not base64")]
    NotBase64,
    #[error("holds no certificate")]
    NoBlock,
    #[error("is cut short")]
    CutShort,
    #[error(transparent)]
    Content(#[from] NotACertificate),
}

/// Why a container shows nothing, or not all; a clause about the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContainerError {
    #[error("is PKCS#12 and needs a password")]
    NeedsPassword,
    #[error("is PKCS#12, and the password does not open it")]
    WrongPassword,
    #[error("is PKCS#12 encrypted to a key, not by a password")]
    ToAKey,
    #[error("is PKCS#12 encrypted by an algorithm that is not known: {0}")]
    Algorithm(String),
    #[error("is PKCS#12 and asks for more rounds of hashing than are computed")]
    TooManyRounds,
    #[error("is {0} and broken")]
    Broken(&'static str),
}

impl ContainerError {
    /// A password would help, or another one.
    #[must_use]
    pub const fn wants_password(&self) -> bool {
        matches!(self, Self::NeedsPassword | Self::WrongPassword)
    }
}

/// Reads every certificate of a file. Private keys beside them are passed over. `password` opens what is encrypted by
/// one; the empty one is tried too, and none.
#[must_use]
pub fn read(bytes: &[u8], issuers: &mut Issuers, password: Option<&str>) -> Contents {
    let mut contents = Contents::default();
    let opener = &mut PasswordContext { password, patience: Patience::default() };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if is_container(bytes) {
        read_container(bytes, opener, &mut contents);
    } else if openpgp::is_it(bytes) {
        openpgp::read(bytes, &mut contents);
    } else {
        let text = plain_text(bytes);
        if !kubernetes::read(&text, issuers, opener, &mut contents) && !saml::read(&text, opener, &mut contents) {
            pem::read(&text, None, issuers, opener, &mut contents);
            openpgp::read_armored(&text, &mut contents);
            ssh::read(&text, &mut contents);
        }
    }
    contents
}

/// The same for a value that stands in something else.
pub(super) fn read_value(
    bytes: &[u8],
    issuers: &mut Issuers,
    opener: &mut PasswordContext<'_>,
    contents: &mut Contents,
) {
    if is_container(bytes) {
        read_container(bytes, opener, contents);
    } else {
        pem::read(&plain_text(bytes), None, issuers, opener, contents);
    }
}

/// Text never has such a second byte; an element of DER of more than 127 bytes always has.
pub(super) fn is_container(bytes: &[u8]) -> bool {
    bytes.len() > 2 && bytes[0] == 0x30 && matches!(bytes[1], 0x80..=0x84) || jks::is_it(bytes)
}

/// Adds what stands in `bytes` that are no text.
pub(super) fn read_container(bytes: &[u8], opener: &mut PasswordContext<'_>, contents: &mut Contents) {
    if jks::is_it(bytes) {
        let held = jks::read(bytes);
        contents.holds_private_key |= held.holds_private_key;
        held.certificates.iter().for_each(|encoded| contents.add_encoded(encoded));
        if held.is_cut_short {
            contents.close(ContainerError::Broken("a Java key store"));
        }
    } else if keystore::is_it(bytes) {
        contents.is_loose = contents.certificates.is_empty();
        keystore::read(bytes, opener, contents);
    } else if pkcs7::is_it(bytes) {
        contents.is_loose = contents.certificates.is_empty();
        match pkcs7::read(bytes) {
            Some(held) => {
                held.certificates.iter().for_each(|encoded| contents.add_encoded(encoded));
                held.lists.iter().for_each(|encoded| contents.add_encoded_list(encoded));
            }
            None => contents.close(ContainerError::Broken("PKCS#7")),
        }
    } else if is_private_key(bytes) {
        contents.holds_private_key = true;
    } else if revocation_list::is_it(bytes) {
        contents.add_encoded_list(bytes);
    } else {
        read_der(bytes, contents);
    }
}

pub(super) fn read_der(mut bytes: &[u8], contents: &mut Contents) {
    while bytes.first() == Some(&0x30) {
        let (certificate, rest) = match der::read(bytes) {
            Ok((parsed, taken)) => (Ok(Arc::new(parsed)), &bytes[taken..]),
            Err(fault) => (Err(fault.into()), &bytes[..0]),
        };
        contents.add(certificate, || 1);
        bytes = rest;
    }
}

/// PKCS#1, PKCS#8 and SEC 1 begin with a small version, and go on with a number, an algorithm or a string.
pub(super) fn is_private_key(bytes: &[u8]) -> bool {
    let mut fields = Elements(Elements(bytes).next().map_or(&[][..], |outer| outer.content));
    let version = fields.optional(0x02).and_then(|version| version.unsigned());
    matches!((version, fields.next().map(|next| next.tag)), (Some(0 | 1), Some(0x02 | 0x04 | 0x30)))
}

/// Text without the second bytes of UTF-16, which some programs of Windows write, in whole or in part.
fn plain_text(bytes: &[u8]) -> Cow<'_, [u8]> {
    const DASHES: &[u8] = b"-----";
    let marked = match bytes {
        [0xff, 0xfe, text @ ..] => Some((u16::from_le_bytes as fn([u8; 2]) -> u16, text)),
        [0xfe, 0xff, text @ ..] => Some((u16::from_be_bytes as fn([u8; 2]) -> u16, text)),
        _ => None,
    };
    match marked {
        // Some programs write the mark of one encoding, and the text in another.
        Some((_, text)) if memchr::memmem::find(text, DASHES).is_some() => without_nul(text),
        Some((unit, text)) => {
            let units = text.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
            let characters = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER));
            Cow::Owned(characters.collect::<String>().into_bytes())
        }
        None => without_nul(bytes),
    }
}

fn without_nul(bytes: &[u8]) -> Cow<'_, [u8]> {
    match memchr::memchr(0, bytes) {
        None => Cow::Borrowed(bytes),
        Some(_) => Cow::Owned(bytes.iter().copied().filter(|byte| *byte != 0).collect()),
    }
}
