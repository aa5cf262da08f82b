//! The files of a policy, read from the disk.

use std::fs::{self, File, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

use certnotify::cause::{ReadError, SystemError, SystemErrorKind};
use certnotify::disk::{fill, open_readable};
use certnotify::policy::{self, Files, Policies, SourceFile, Watch};
use certnotify::render::untrusted::clean;
use time::OffsetDateTime;

use super::spelling::absolute;

/// The disk, with what it has to show before a policy file is trusted.
pub(super) struct Disk {
    /// Files were found, not named: they must belong to the caller or root and be writable by no other.
    pub is_found: bool,
}

impl Files for Disk {
    fn matching(&mut self, pattern: &Path) -> Result<Vec<PathBuf>, String> {
        let mut found = vec![PathBuf::new()];
        for component in pattern.components() {
            let mut next = Vec::new();
            for folder in found {
                match component {
                    Component::Normal(name) if has_wildcard(&name.to_string_lossy()) => {
                        next.extend(children(&folder, &name.to_string_lossy())?);
                    }
                    other => next.push(folder.join(other)),
                }
            }
            found = next;
        }
        found.retain(|path| path.is_file() || leads_nowhere(path));
        found.sort();
        Ok(found)
    }

    fn leads_nowhere(&mut self, path: &Path) -> bool {
        leads_nowhere(path)
    }

    fn policies(&mut self, path: &Path) -> Result<SourceFile, String> {
        self.read(path).map_err(|refusal| refusal.reason)
    }

    fn list(&mut self, path: &Path) -> Result<SourceFile, ReadError> {
        let (file, metadata) = open_readable(path, false)?;
        // One comment in another encoding must not hide the other lines.
        source(path, &metadata, lines_of(&whole(file, &metadata)?)?)
    }

    fn template(&mut self, path: &Path) -> Result<SourceFile, String> {
        Self { is_found: false }.read(path).map_err(|refusal| refusal.reason)
    }
}

/// Why a file is not used, as a clause without its path, and what to do.
pub(super) struct Refusal {
    pub reason: String,
    pub help: &'static str,
}

impl From<ReadError> for Refusal {
    fn from(error: ReadError) -> Self {
        let help = match &error {
            ReadError::System(SystemError { kind: SystemErrorKind::PermissionDenied, .. }) => {
                "run as a user who can read it, or change its owner or mode"
            }
            ReadError::System(SystemError { kind: SystemErrorKind::NotFound, .. }) => {
                "name another one with -p, or write it: certnotify init -p FILE --email YOU@EXAMPLE.COM"
            }
            ReadError::System(_) => "name another one with -p",
            ReadError::NotAFile(_) => "-p takes the policy file itself, such as policies.toml",
            ReadError::TooLarge | ReadError::Utf16 => "-p takes a policy file, such as policies.toml",
        };
        Self { reason: error.to_string(), help }
    }
}

impl Disk {
    /// One file, as it is and not as it is shown.
    pub(super) fn read(&self, path: &Path) -> Result<SourceFile, Refusal> {
        let (file, metadata) = open_readable(path, false)?;
        let distrust = distrust(&metadata);
        if let Some((reason, help)) = distrust.as_ref().filter(|_| self.is_found) {
            return Err(Refusal { reason: format!("{reason}, and it was found here, not named"), help });
        }
        let text = text_of(whole(file, &metadata)?)?;
        Ok(source(path, &metadata, text)?)
    }
}

/// What it leads to may be away, as a share that is not mounted.
fn leads_nowhere(path: &Path) -> bool {
    path.is_symlink() && matches!(path.metadata(), Err(error) if error.kind() == ErrorKind::NotFound)
}

fn whole(mut file: File, metadata: &Metadata) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    fill(&mut bytes, &mut file, metadata.len())?;
    Ok(bytes)
}

fn source(path: &Path, metadata: &Metadata, text: String) -> Result<SourceFile, ReadError> {
    let absolute = absolute(path)?;
    Ok(SourceFile {
        path: path.to_owned(),
        folder: absolute.parent().map(Path::to_owned).unwrap_or_default(),
        text,
        modified: metadata.modified().ok().map(OffsetDateTime::from),
        others_can_read: metadata.mode() & 0o004 != 0,
        distrust: distrust(metadata).map(|(reason, _)| reason),
    })
}

/// When a file was last written, put in its place or given other rights.
pub(super) fn changed(path: &Path) -> Option<OffsetDateTime> {
    let metadata = path.metadata().ok()?;
    let status = OffsetDateTime::from_unix_timestamp(metadata.ctime()).ok();
    status.max(metadata.modified().ok().map(OffsetDateTime::from))
}

/// Why a file may say what the caller does not mean, and what to do.
fn distrust(metadata: &Metadata) -> Option<(String, &'static str)> {
    let user = rustix::process::geteuid().as_raw();
    if metadata.uid() != user && metadata.uid() != 0 {
        return Some((format!("it belongs to user {}", metadata.uid()), "if it is meant, name it: -p FILE"));
    }
    let others_can_write = metadata.mode() & 0o022 != 0;
    others_can_write.then(|| ("others can write it".to_owned(), "chmod go-w FILE, or name it: -p FILE"))
}

fn text_of(bytes: Vec<u8>) -> Result<String, Refusal> {
    let is_der = bytes.starts_with(&[0x30, 0x82]) || bytes.starts_with(&[0x30, 0x83]);
    let is_utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    String::from_utf8(bytes).map_err(|error| {
        let before = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let line = before.split(|byte| *byte == b'\n').count();
        let reason = if is_utf16 { "it is UTF-16".to_owned() } else { format!("line {line} is not UTF-8") };
        if is_der {
            let help = "-p names the policy file; a certificate is looked at with: certnotify check FILE";
            return Refusal { reason: "this is a certificate or a key in DER and no policy".to_owned(), help };
        }
        Refusal { reason, help: "save it as UTF-8" }
    })
}

/// Text in which a byte that is not UTF-8 spoils its own line only.
fn lines_of(bytes: &[u8]) -> Result<String, ReadError> {
    let is_utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    if is_utf16 { Err(ReadError::Utf16) } else { Ok(String::from_utf8_lossy(bytes).into_owned()) }
}

/// The files that entries name and that do not exist, as clauses; a path that cannot be looked at counts as existing.
pub(super) fn missing(policies: &Policies) -> Vec<String> {
    let mut missing = Vec::new();
    for entry in &policies.entries {
        let name = || clean(entry.name.as_str());
        if let Watch::Files { patterns, .. } = &entry.watch {
            for pattern in patterns.iter().filter(|pattern| is_missing(pattern)) {
                let path = clean(&pattern.to_string_lossy());
                let what = if policy::has_wildcards(pattern) { "no file matches" } else { "there is no file" };
                missing.push(format!("certificate `{}`: {what} `{path}`", name()));
            }
        }
        if let Some(path) = entry.options.ca_file.as_ref().filter(|path| is_absent(path)) {
            let path = clean(&path.to_string_lossy());
            missing.push(format!("certificate `{}`: there is no `ca-file` {path}", name()));
        }
    }
    missing
}

fn is_missing(pattern: &Path) -> bool {
    if !policy::has_wildcards(pattern) || !is_absent(pattern) {
        return is_absent(pattern);
    }
    let text = pattern.to_string_lossy();
    let is_simple = !text.contains("**") && !text.contains('[');
    is_simple && Disk { is_found: false }.matching(pattern).is_ok_and(|found| found.is_empty())
}

fn is_absent(path: &Path) -> bool {
    path.metadata().is_err_and(|error| matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory))
}

fn has_wildcard(name: &str) -> bool {
    name.contains(['*', '?'])
}

/// What of a folder matches; a folder that is not there has nothing.
fn children(folder: &Path, pattern: &str) -> Result<Vec<PathBuf>, String> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(Vec::new()),
        Err(error) => return Err(error.to_string()),
    };
    let mut found = Vec::new();
    for entry in entries {
        let name = entry.map_err(|error| error.to_string())?.file_name();
        if matches(pattern, &name.to_string_lossy()) {
            found.push(folder.join(name));
        }
    }
    Ok(found)
}

/// Whether a name is one of those that a pattern with `*` and `?` stands for; a hidden one only if the pattern says so.
fn matches(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut in_pattern, mut in_name) = (0, 0);
    // The last star, and how much of the name it has taken.
    let mut star = None;
    while in_name < name.len() {
        match pattern.get(in_pattern) {
            Some('*') => {
                star = Some((in_pattern, in_name));
                in_pattern += 1;
            }
            Some(wanted) if *wanted == '?' || *wanted == name[in_name] => {
                in_pattern += 1;
                in_name += 1;
            }
            _ => {
                let Some((at, taken)) = star else { return false };
                star = Some((at, taken + 1));
                (in_pattern, in_name) = (at + 1, taken + 1);
            }
        }
    }
    pattern[in_pattern..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_takes_any_part_of_a_name_and_no_hidden_file() {
        for (pattern, name) in
            [("*.toml", "a.toml"), ("*", "a"), ("a*b*c", "axxbyyc"), ("?.toml", "é.toml"), (".*", ".a"), ("a*", "a")]
        {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("*.toml", "a.toml~"), ("*.toml", ".a.toml"), ("?", "ab"), ("a*b", "abc"), ("", "a")] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn text_that_is_not_utf_8_is_refused_with_its_line() {
        assert_eq!(text_of(b"a\nb\xff".to_vec()).err().unwrap().reason, "line 2 is not UTF-8");
        assert_eq!(text_of(b"\xff\xfea\0".to_vec()).err().unwrap().reason, "it is UTF-16");
    }

    #[test]
    fn patterns_find_files_in_order_and_folders_that_are_missing_hold_nothing() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.toml", "a.toml", "c.txt", ".hidden.toml"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        fs::create_dir(folder.path().join("d.toml")).unwrap();
        let mut disk = Disk { is_found: false };
        let found = disk.matching(&folder.path().join("*.toml")).unwrap();
        assert_eq!(found, [folder.path().join("a.toml"), folder.path().join("b.toml")]);
        assert_eq!(disk.matching(&folder.path().join("none/*.toml")).unwrap(), Vec::<PathBuf>::new());
    }
}
