//! Keyboxes of `GnuPG` (`pubring.kbx`): OpenPGP keys and X.509 certificates as they are, each in a blob that says its bounds.

use super::contents::{ContainerError, ContainerKind, Contents};
use super::openpgp;

const HEADER: u8 = 1;
const OPENPGP: u8 = 2;
const X509: u8 = 3;
/// Of a certificate that was only needed for a moment.
const EPHEMERAL: u8 = 2;

/// The first blob is the header, with a mark behind its version and flags.
pub(super) fn is_it(bytes: &[u8]) -> bool {
    bytes.get(4) == Some(&HEADER) && bytes.get(8..12) == Some(b"KBXf")
}

/// Adds what stands in each blob; what follows a broken one cannot be found.
pub(super) fn read(mut bytes: &[u8], contents: &mut Contents) {
    // Its certificates have nothing to do with each other.
    contents.is_loose = true;
    while !bytes.is_empty() {
        let Some((blob, rest)) = first(bytes) else {
            return contents.close(ContainerError::Broken(ContainerKind::Keybox));
        };
        bytes = rest;
        match (blob.get(4), content(blob)) {
            (Some(&OPENPGP), Some(keys)) => openpgp::read(keys, contents),
            (Some(&X509), Some(_)) if blob.get(7).is_some_and(|flags| flags & EPHEMERAL != 0) => {}
            (Some(&X509), Some(encoded)) => contents.add_encoded(encoded),
            (Some(&(OPENPGP | X509)), None) => return contents.close(ContainerError::Broken(ContainerKind::Keybox)),
            // The header, and what was deleted.
            _ => {}
        }
    }
}

/// One blob begins with its length, itself included, and its kind.
fn first(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = number(bytes, 0)?;
    if length < 5 { None } else { bytes.split_at_checked(length) }
}

/// Where a key or certificate stands in its blob.
fn content(blob: &[u8]) -> Option<&[u8]> {
    let (from, length) = (number(blob, 8)?, number(blob, 12)?);
    blob.get(from..from.checked_add(length)?)
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let digits = bytes.get(at..)?.first_chunk::<4>()?;
    usize::try_from(u32::from_be_bytes(*digits)).ok()
}
