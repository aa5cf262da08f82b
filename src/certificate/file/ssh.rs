//! Certificates of OpenSSH in text (`ssh-ed25519-cert-v01@openssh.com AAAA…`): until when one may be used. Its signature
//! is not checked.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use memchr::memmem::Finder;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use time::macros::datetime;

use super::LENIENT;
use super::contents::{BlockFault, Contents};
use crate::bytes::Cursor;
use crate::certificate::der::{CertificateWithDer, NotACertificate};
use crate::certificate::{Certificate, DistinguishedName, Fingerprint, PublicKey};

const MARK: &[u8] = b"-cert-v01@openssh.com";
static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(MARK));
/// Names that one may be for, of which more are not kept.
const MOST_PRINCIPALS: usize = 256;
const LONGEST_NAME: usize = 200;
/// Stands for no end, as in X.509 (RFC 5280 §4.1.2.5).
pub(super) const NO_END: OffsetDateTime = datetime!(9999-12-31 23:59:59 UTC);

/// Adds every certificate that stands in `text`.
pub(super) fn read(text: &[u8], contents: &mut Contents) {
    let mut line = (1, 0);
    for found in FINDER.find_iter(text) {
        // Algorithms of a configuration stand in a list, and no encoding follows them.
        let behind = &text[found + MARK.len()..];
        let Some(encoded) = behind.strip_prefix(b" ").or_else(|| behind.strip_prefix(b"\t")) else { continue };
        let start = text[..found].iter().rposition(u8::is_ascii_whitespace).map_or(0, |space| space + 1);
        let encoded = encoded.trim_ascii_start();
        let end = encoded.iter().position(u8::is_ascii_whitespace).unwrap_or(encoded.len());
        if !encoded.starts_with(b"AAAA") {
            continue;
        }
        line = (line.0 + memchr::memchr_iter(b'\n', &text[line.1..found]).count(), found);
        let name = &text[start..found + MARK.len()];
        let blob = LENIENT.decode(&encoded[..end]).map_err(|_| BlockFault::NotBase64);
        let read = blob.and_then(|blob| certificate(&blob, name).ok_or(NotACertificate::Ssh.into()));
        contents.add_list(read.map(CertificateWithDer::alone), || Some(line.0));
    }
}

/// The fields in their order, as PROTOCOL.certkeys of OpenSSH has them.
fn certificate(blob: &[u8], name: &[u8]) -> Option<Certificate> {
    // A text is a length of four bytes, and as many bytes (RFC 4251 §5).
    let mut fields = Cursor(blob);
    let kind = fields.counted(4).filter(|kind| *kind == name)?;
    let (algorithm, key_fields) = match kind.strip_suffix(MARK)? {
        b"ssh-rsa" => ("RSA", 2),
        b"ssh-dss" => ("DSA", 4),
        b"ssh-ed25519" => ("Ed25519", 1),
        b"ecdsa-sha2-nistp256" | b"ecdsa-sha2-nistp384" | b"ecdsa-sha2-nistp521" => ("EC", 2),
        b"sk-ssh-ed25519" => ("Ed25519", 2),
        b"sk-ecdsa-sha2-nistp256" => ("EC", 3),
        _ => return None,
    };
    fields.counted(4)?;
    for _ in 0..key_fields {
        fields.counted(4)?;
    }
    let serial: u64 = fields.number(8)?;
    fields.take(4)?;
    let identity = text(fields.counted(4)?);
    let mut principals = Cursor(fields.counted(4)?);
    let (from, until) = (fields.number(8)?, fields.number(8)?);
    for _ in 0..3 {
        fields.counted(4)?;
    }
    let authority = Sha256::digest(fields.counted(4)?);
    let signature = Cursor(fields.counted(4)?).counted(4).map(text).unwrap_or_default();
    let dns_names: Vec<String> = std::iter::from_fn(|| principals.counted(4)).take(MOST_PRINCIPALS).map(text).collect();
    let subject = if identity.is_empty() { dns_names.join(", ") } else { identity };
    let not_after = instant(until).unwrap_or(NO_END);
    let dates = (instant(from).unwrap_or(NO_END).min(not_after), not_after);
    let fingerprint = Fingerprint::new(Sha256::digest(blob).into());
    Some(Certificate {
        issuer: DistinguishedName::from(format!("SHA256:{}", STANDARD_NO_PAD.encode(authority)).as_str()),
        serial: format!("{serial:x}"),
        dns_names,
        key: PublicKey { algorithm: algorithm.into(), bits: None, id: None },
        signature_algorithm: signature.as_str().into(),
        ..Certificate::with_dates(fingerprint, subject.as_str().into(), dates)
    })
}

fn instant(seconds: u64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(i64::try_from(seconds).ok()?).ok()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().take(LONGEST_NAME).collect()
}
