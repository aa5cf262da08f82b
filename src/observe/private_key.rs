//! The private key of a certificate in a file: in the same file, or beside it under one of the names that clients and
//! servers use. Only whether both belong together is learnt of it.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::file::Reader;
use super::key_folder::Folder;
use crate::cause::KeyMismatch;
use crate::certificate::{Contents, KeyPairId};
use crate::observation::KeyFile;

/// The private key of the certificate in the file at `path`: in the file itself, which then has the mode `own`, or
/// where certbot, lego and most people put it.
pub(super) fn beside(path: &Path, own: Option<u32>, keys: &mut Folder) -> Option<KeyFile> {
    let key = |path: &Path, mode: u32| KeyFile {
        path: path.to_string_lossy().into_owned(),
        by_group: mode & 0o040 != 0,
        by_others: mode & 0o004 != 0,
    };
    if let Some(mode) = own {
        return Some(key(path, mode));
    }
    let stem = path.file_stem()?.to_string_lossy();
    let names =
        || ["privkey.pem".to_owned(), format!("{stem}.key"), format!("{stem}-key.pem")].map(OsString::from).into();
    let there = keys.of(path.parent()?, names);
    there.iter().map(|name| path.with_file_name(name)).filter(|beside| beside != path).find_map(|beside| {
        let metadata = fs::metadata(&beside).ok().filter(fs::Metadata::is_file)?;
        Some(key(&beside, metadata.mode()))
    })
}

/// One key does not belong to a bundle of more certificates.
const LONGEST_CHAIN: usize = 16;

/// What is wrong with the key of the first certificate: nothing where the key is its own, cannot be read
/// or is not there.
pub(super) fn mismatch(contents: &Contents, path: &Path, reader: &mut Reader) -> Option<KeyMismatch> {
    if contents.holds_private_key {
        return own_mismatch(contents);
    }
    let first = &contents.certificates.first()?.certificate;
    if contents.certificates.len() > LONGEST_CHAIN || first.is_authority && !first.is_self_issued {
        return None;
    }
    let there = reader.keys.of(path.parent()?, || names(path));
    let there: Vec<PathBuf> = there.into_iter().map(|name| path.with_file_name(name)).collect();
    let mut stranger = None;
    for path in there {
        let Ok(beside) = reader.read(&path, false, None) else { continue };
        match belongs(contents, &beside.contents.keys) {
            Some(true) => return None,
            Some(false) => _ = stranger.get_or_insert(path),
            None => {}
        }
    }
    stranger.map(|path| KeyMismatch::Beside(path.display().to_string()))
}

/// The same, of a key in the same bytes.
pub(super) fn own_mismatch(contents: &Contents) -> Option<KeyMismatch> {
    let belongs = belongs(contents, &contents.keys)?;
    (!belongs).then_some(KeyMismatch::InTheFile)
}

/// Nothing where it cannot be told.
fn belongs(contents: &Contents, keys: &[KeyPairId]) -> Option<bool> {
    let first = KeyPairId::from_certificate(contents.certificates.first()?)?;
    if keys.is_empty() {
        return None;
    }
    let others = contents.certificates[1..].iter().filter_map(|parsed| KeyPairId::from_certificate(parsed));
    Some(std::iter::once(first).chain(others).any(|pair| keys.contains(&pair)))
}

/// What the key of a certificate file is called by certbot and dehydrated (`privkey.pem`), nginx, lego and Kubernetes
/// (`NAME.key`), `HAProxy` (`NAME.pem.key`), mkcert (`NAME-key.pem`), `MySQL` (`server-key.pem`) and acme.sh (`DOMAIN.key`).
fn names(path: &Path) -> Vec<OsString> {
    let Some(name) = path.file_name().and_then(OsStr::to_str) else { return Vec::new() };
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let mut names =
        vec![format!("{stem}.key"), format!("{name}.key"), format!("{stem}-key.pem"), format!("{stem}.key.pem")];
    for kind in ["fullchain", "cert"] {
        names.extend(stem.strip_prefix(kind).map(|number| format!("privkey{number}.pem")));
        names.extend(stem.strip_suffix(kind).map(|before| format!("{before}key.pem")));
    }
    if ending == "cer" {
        let folder = path.parent().and_then(Path::file_name).and_then(OsStr::to_str).unwrap_or_default();
        names.push(format!("{}.key", folder.strip_suffix("_ecc").unwrap_or(folder)));
    }
    names.into_iter().map(OsString::from).collect()
}
