//! Keyboxes of `GnuPG` (`pubring.kbx`): OpenPGP keys and X.509 certificates as they are, each in a blob that says its bounds.

use super::contents::{ContainerError, ContainerKind, Contents};
use super::openpgp;
use crate::bytes::Cursor;

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
pub(super) fn read(bytes: &[u8], contents: &mut Contents) {
    // Its certificates have nothing to do with each other.
    contents.is_loose = true;
    let mut blobs = Cursor(bytes);
    while !blobs.0.is_empty() {
        let Some(blob) = next(&mut blobs) else {
            return contents.close(ContainerError::Broken(ContainerKind::Keybox));
        };
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
fn next<'a>(blobs: &mut Cursor<'a>) -> Option<&'a [u8]> {
    let length = blobs.clone().number(4).filter(|length| *length >= 5)?;
    blobs.take(length)
}

/// Where a key or certificate stands in its blob.
fn content(blob: &[u8]) -> Option<&[u8]> {
    let mut fields = Cursor(blob.get(8..)?);
    let start: usize = fields.number(4)?;
    Cursor(blob.get(start..)?).take(fields.number(4)?)
}
