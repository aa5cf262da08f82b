//! OpenPGP keys (RFC 9580), binary or in ASCII armor: until when each primary key and each subkey may be used, by its
//! newest self-signature. No signature is checked.

mod packet;

use std::sync::LazyLock;

use base64::Engine as _;
use memchr::memmem::Finder;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::contents::{BlockFault, Contents};
use super::ssh::NO_END;
use super::{LENIENT, line_at, part_of_place};
use crate::bytes::Cursor;
use crate::certificate::der::{CertificateWithDer, NotACertificate};
use crate::certificate::{Certificate, DistinguishedName, Fingerprint, PublicKey};
use crate::text::hex;
use packet::{Packets, SelfSignature, public_part};

/// Built once: to build one takes longer than to search most files.
static ARMOR: LazyLock<[Finder<'static>; 2]> = LazyLock::new(|| {
    ["-----BEGIN PGP PUBLIC KEY BLOCK-----", "-----BEGIN PGP PRIVATE KEY BLOCK-----"].map(Finder::new)
});
const END: &[u8] = b"-----END PGP";
const LONGEST_USER: usize = 200;
const SECRET_KEY: u8 = 5;
const PUBLIC_KEY: u8 = 6;
const SECRET_SUBKEY: u8 = 7;
const PUBLIC_SUBKEY: u8 = 14;
const USER_ID: u8 = 13;
const SIGNATURE: u8 = 2;

/// Whether `bytes` begin with a key packet of a known version.
pub(super) fn is_it(bytes: &[u8]) -> bool {
    let first = bytes.first().is_some_and(|first| first & 0x80 != 0).then(|| Packets(bytes).next()).flatten();
    let key = first.and_then(Result::ok).filter(|(tag, _)| matches!(*tag, PUBLIC_KEY | SECRET_KEY));
    key.is_some_and(|(_, body)| Key::new(body, PUBLIC_KEY).is_some())
}

/// Adds the keys of every armored block in `text`.
pub(super) fn read_armored(text: &[u8], contents: &mut Contents) {
    for mark in &*ARMOR {
        for found in mark.find_iter(text) {
            let line = || Some(line_at(text, found));
            let block = &text[found + mark.needle().len()..];
            match armored(block) {
                Ok(bytes) => read(&bytes, contents),
                Err(fault) => contents.add(Err(fault), line),
            }
        }
    }
}

/// RFC 9580 §6.2: headers, an empty line, base64, and maybe a checksum, which is not checked.
fn armored(block: &[u8]) -> Result<Vec<u8>, BlockFault> {
    let end = memchr::memmem::find(block, b"-----").filter(|end| block[*end..].starts_with(END));
    let body = &block[..end.ok_or(BlockFault::NoEnd)?];
    let lines = body.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let is_digits = |line: &&[u8]| !line.contains(&b':') && !line.starts_with(b"=");
    let digits: Vec<u8> = lines.filter(is_digits).flatten().copied().collect();
    LENIENT.decode(digits).map_err(|_| BlockFault::NotBase64)
}

/// Adds the keys of `bytes`, each as a member `USER/KEY-ID`; what follows a broken packet cannot be found.
pub(super) fn read(bytes: &[u8], contents: &mut Contents) {
    let mut ring = Ring::default();
    let mut is_whole = true;
    for packet in Packets(bytes) {
        let Ok((tag, body)) = packet else {
            is_whole = false;
            break;
        };
        match tag {
            PUBLIC_KEY | SECRET_KEY => {
                std::mem::take(&mut ring).finish(contents);
                ring.push(body, tag, contents);
            }
            PUBLIC_SUBKEY | SECRET_SUBKEY => ring.push(body, tag, contents),
            USER_ID if ring.user.is_none() => {
                ring.user = Some(String::from_utf8_lossy(body).chars().take(LONGEST_USER).collect());
            }
            SIGNATURE => ring.note(body),
            _ => {}
        }
        contents.holds_private_key |= matches!(tag, SECRET_KEY | SECRET_SUBKEY);
    }
    ring.finish(contents);
    if !is_whole {
        contents.add(Err(BlockFault::CutShort), || None);
    }
}

/// A primary key, who it is of, and its subkeys.
#[derive(Default)]
struct Ring<'a> {
    user: Option<String>,
    keys: Vec<Key<'a>>,
}

struct Key<'a> {
    public: &'a [u8],
    fingerprint: Vec<u8>,
    version: u8,
    created: u32,
    algorithm: u8,
    newest: Option<(SelfSignature, &'a [u8])>,
    revoked: Option<u32>,
}

impl<'a> Key<'a> {
    fn new(body: &'a [u8], tag: u8) -> Option<Self> {
        let mut fields = Cursor(body);
        let version = fields.number(1).filter(|version| matches!(version, 4 | 6))?;
        let created = fields.number(4)?;
        let algorithm = fields.number(1)?;
        let public = match tag {
            SECRET_KEY | SECRET_SUBKEY => public_part(body)?,
            _ => body,
        };
        let fingerprint = fingerprint(version, public);
        Some(Self { public, fingerprint, version, created, algorithm, newest: None, revoked: None })
    }

    fn id(&self) -> String {
        let id = if self.version == 6 { self.fingerprint.first_chunk() } else { self.fingerprint.last_chunk() };
        hex(id.unwrap_or(&[0; 8])).to_uppercase()
    }

    /// A revocation ends it when it was made; an expiration counts from its creation.
    fn end(&self) -> OffsetDateTime {
        let lasts = self.newest.as_ref().and_then(|(newest, _)| newest.key_expires).filter(|lasts| *lasts > 0);
        let expires = lasts.map(|lasts| i64::from(self.created) + i64::from(lasts));
        let end = expires.into_iter().chain(self.revoked.map(i64::from)).min();
        end.and_then(|end| OffsetDateTime::from_unix_timestamp(end).ok()).unwrap_or(NO_END)
    }

    /// RFC 9580 §9.1
    const fn algorithm(&self) -> &'static str {
        match self.algorithm {
            1..=3 => "RSA",
            16 => "ElGamal",
            17 => "DSA",
            18 | 19 => "EC",
            22 | 27 => "Ed25519",
            25 => "X25519",
            26 => "X448",
            28 => "Ed448",
            _ => "unknown",
        }
    }
}

/// RFC 9580 §5.5.4
fn fingerprint(version: u8, public: &[u8]) -> Vec<u8> {
    let length = u32::try_from(public.len()).unwrap_or(u32::MAX).to_be_bytes();
    if version == 6 {
        return Sha256::new().chain_update([0x9b]).chain_update(length).chain_update(public).finalize().to_vec();
    }
    Sha1::new().chain_update([0x99]).chain_update(&length[2..]).chain_update(public).finalize().to_vec()
}

impl<'a> Ring<'a> {
    fn push(&mut self, body: &'a [u8], tag: u8, contents: &mut Contents) {
        match Key::new(body, tag) {
            Some(key) => self.keys.push(key),
            None => contents.add(Err(NotACertificate::OpenPgp.into()), || None),
        }
    }

    /// Takes in a signature of the primary key on itself, on its user or on the last subkey.
    fn note(&mut self, body: &'a [u8]) {
        let Some((first, rest)) = self.keys.split_first_mut() else { return };
        let is_own = |signature: &SelfSignature| signature.is_by(&first.fingerprint);
        let Some(signature) = SelfSignature::new(body).filter(is_own) else { return };
        let key = match signature.kind {
            0x18 | 0x28 => rest.last_mut(),
            _ => Some(first),
        };
        let Some(key) = key else { return };
        match signature.kind {
            0x20 | 0x28 => key.revoked = Some(signature.created),
            0x10..=0x13 | 0x18 | 0x1f
                if key.newest.as_ref().is_none_or(|(newest, _)| newest.created <= signature.created) =>
            {
                key.newest = Some((signature, body));
            }
            _ => {}
        }
    }

    fn finish(self, contents: &mut Contents) {
        let Some(primary) = self.keys.first().map(|key| hex(&key.fingerprint).to_uppercase()) else { return };
        let user = self.user.unwrap_or_default();
        for (nth, key) in self.keys.iter().enumerate() {
            let id = key.id();
            let name = if user.is_empty() { id.clone() } else { user.clone() };
            let flags = key.newest.as_ref().map_or(0, |(newest, _)| newest.flags);
            let subject = match (nth, flags) {
                (0, _) => name,
                (_, flags) if flags & 0x0c != 0 => format!("{name}, encryption subkey"),
                (_, flags) if flags & 0x02 != 0 => format!("{name}, signing subkey"),
                (_, flags) if flags & 0x20 != 0 => format!("{name}, authentication subkey"),
                _ => format!("{name}, subkey"),
            };
            let mut identity = Sha256::new().chain_update(key.public);
            identity.update(key.newest.as_ref().map_or(&[][..], |(_, body)| body));
            identity.update(key.revoked.unwrap_or_default().to_be_bytes());
            let not_after = key.end();
            let created = OffsetDateTime::from_unix_timestamp(i64::from(key.created)).unwrap_or(NO_END);
            let dates = (created.min(not_after), not_after);
            let fingerprint = Fingerprint::new(identity.finalize().into());
            let certificate = Certificate {
                issuer: DistinguishedName::from(format!("OpenPGP key {primary}").as_str()),
                serial: hex(&key.fingerprint),
                key: PublicKey { algorithm: key.algorithm().into(), bits: None, id: None },
                ..Certificate::with_dates(fingerprint, subject.as_str().into(), dates)
            };
            let mut inner = Contents::default();
            inner.add_list(Ok(CertificateWithDer::alone(certificate)), || None);
            contents.members.push((format!("{}/{id}", label(&user)), inner));
        }
    }
}

/// The address of a user, else all of its name, as part of a place.
fn label(user: &str) -> String {
    let address = user.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or(user, |(address, _)| address);
    let fits = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '.' | '_' | '@' | '+');
    let label = part_of_place(address, 80, fits);
    if label.is_empty() { "openpgp".to_owned() } else { label }
}
