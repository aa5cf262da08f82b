//! Which names of files promise certificates.

use std::ffi::OsStr;
use std::path::Path;

/// Endings of files that hold certificates.
const ENDINGS: [&str; 10] = ["pem", "crt", "cer", "cert", "der", "p7b", "p7c", "p12", "pfx", "jks"];

/// Endings of other files that may hold some: bundles and stores by other names, and text that certificates stand in.
const RARE_ENDINGS: [&str; 20] = [
    "ca-bundle", "cabundle", "bundle", "keystore", "truststore", "ks", "ts", "jceks", "pkcs12", "p7s", "p7", "spc",
    "jwks", "mobileconfig", "tfstate", "crl", "gpg", "pgp", "asc", "kbx",
];

/// Endings of stores: what has such a name and is none is damaged, and nothing that happens to lie there.
const STORES: [&str; 9] = ["p7b", "p7c", "p12", "pfx", "pkcs12", "jks", "jceks", "truststore", "kbx"];

/// Whole names without an ending, and ends of names, of stores of Java and bundles.
const NAMES: [&str; 6] = ["cacerts", "keystore", "truststore", "ca-bundle", "jwks.json", "-cert.pub"];

/// Whether a file of this name looks like one that holds certificates.
#[must_use]
pub fn is_listed(path: &Path) -> bool {
    let Some(name) = path.file_name().map(OsStr::as_encoded_bytes) else { return false };
    has_ending(name, &ENDINGS) && !is_key(name)
}

/// Whether a file of this name in a directory is opened.
pub(super) fn is_opened(path: &Path) -> bool {
    let Some(name) = path.file_name().map(OsStr::as_encoded_bytes) else { return false };
    if has_ending(name, &ENDINGS) {
        return !is_key(name);
    }
    let is_metadata = has_ending(name, &["xml"]) && contains(name, b"metadata");
    has_ending(name, &RARE_ENDINGS) || is_metadata || NAMES.iter().any(|known| ends(name, known.as_bytes()))
}

/// Whether a file of this name is a store by its ending.
pub(super) fn is_store(path: &Path) -> bool {
    path.file_name().is_some_and(|name| has_ending(name.as_encoded_bytes(), &STORES))
}

fn has_ending(name: &[u8], endings: &[&str]) -> bool {
    let Some(dot) = memchr::memrchr(b'.', name) else { return false };
    let ending = &name[dot + 1..];
    endings.iter().any(|listed| ending.eq_ignore_ascii_case(listed.as_bytes()))
}

fn is_key(name: &[u8]) -> bool {
    name.get(..7).is_some_and(|start| start.eq_ignore_ascii_case(b"privkey")) || ends(name, b"key.pem")
}

fn ends(name: &[u8], end: &[u8]) -> bool {
    name.len() >= end.len() && name[name.len() - end.len()..].eq_ignore_ascii_case(end)
}

fn contains(name: &[u8], part: &[u8]) -> bool {
    name.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
}
