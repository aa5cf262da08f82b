//! Certificates on this machine: where clients keep them, where servers are told to find them, and in `/etc/ssl`.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use certnotify::certificate::Certificate;
use certnotify::event::FindingId;
use certnotify::observation::Observation;
use certnotify::observe;
use certnotify::policy::{Entry, Watch};
use time::OffsetDateTime;

use super::configurations;
use super::draft::is_unprintable;
use crate::cli::targets::{CheckTerms, entry};

/// A path, directory or glob, and where it was found; or all the endpoints.
#[derive(Debug, Default)]
pub(super) struct Find {
    pub path: Option<PathBuf>,
    pub exclude: Option<&'static str>,
    pub is_automatic: bool,
    /// One clause a place that names it.
    pub by: Vec<String>,
}

impl Find {
    pub(super) fn endpoints() -> Self {
        Self { by: vec!["named on the command line".to_owned()], ..Self::default() }
    }
}

#[derive(Debug, Default)]
pub(super) struct Findings {
    pub finds: Vec<Find>,
    pub endpoints: Vec<String>,
    /// What could not be read, as clauses.
    pub unread: Vec<String>,
}

impl Findings {
    /// A path once, however many name it; not the sample certificate that distributions install.
    pub(super) fn add(&mut self, path: PathBuf, by: &str, is_automatic: bool) {
        if path.file_name().is_some_and(|name| name.to_string_lossy().contains("snakeoil")) {
            return;
        }
        if path.to_str().is_none_or(|text| text.contains(is_unprintable)) {
            self.unread.push(format!("`{}`: no policy file can hold this name", path.display()));
            return;
        }
        let known = self.finds.iter_mut().find(|find| find.path.as_ref().is_some_and(|known| covers(known, &path)));
        match known {
            Some(find) if find.by.iter().any(|known| known == by) => {}
            Some(find) => find.by.push(by.to_owned()),
            None => self.finds.push(Find { path: Some(path), exclude: None, is_automatic, by: vec![by.to_owned()] }),
        }
    }

    pub(super) fn unread(&mut self, path: &Path, error: &io::Error) {
        if error.kind() != io::ErrorKind::NotFound {
            let words = error.to_string();
            let words = words.split(" (os error").next().unwrap_or_default().to_lowercase();
            self.unread.push(format!("`{}`: {words}", path.display()));
        }
    }
}

/// Whether a watched path or glob already stands for `path`.
fn covers(known: &Path, path: &Path) -> bool {
    known == path || (observe::has_wildcards(known) && path.starts_with(observe::fixed_part(known)))
}

/// A folder of a client, below every home; its certificates; what to pass over; and the client.
type Store = (&'static str, &'static str, Option<&'static str>, &'static str);

const STORES: [Store; 11] = [
    ("etc/letsencrypt/live", "*/fullchain.pem", None, "certbot"),
    ("~/.acme.sh", "*/fullchain.cer", None, "acme.sh"),
    ("etc/acme.sh", "*/fullchain.cer", None, "acme.sh"),
    ("opt/acme.sh", "*/fullchain.cer", None, "acme.sh"),
    ("~/.lego/certificates", "*.crt", Some("*.issuer.crt"), "lego"),
    ("etc/lego/certificates", "*.crt", Some("*.issuer.crt"), "lego"),
    ("var/lib/lego/certificates", "*.crt", Some("*.issuer.crt"), "lego"),
    ("var/lib/caddy/.local/share/caddy/certificates", "*/*/*.crt", None, "Caddy"),
    ("~/.local/share/caddy/certificates", "*/*/*.crt", None, "Caddy"),
    ("data/caddy/certificates", "*/*/*.crt", None, "Caddy"),
    ("etc/dehydrated/certs", "*/fullchain.pem", None, "dehydrated"),
];

const FOLDERS: [&str; 3] = ["etc/ssl", "etc/pki/tls", "etc/pki/nginx"];

/// Searches the machine whose root folder this is.
pub(super) fn machine(root: &Path) -> Findings {
    let mut findings = Findings::default();
    let root = &std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
    for (folder, pattern, exclude, client) in STORES {
        for folder in folders(root, folder) {
            store(&mut findings, &folder, (pattern, exclude, client));
        }
    }
    configurations::read(root, &mut findings);
    for folder in FOLDERS {
        loose(&mut findings, &root.join(folder));
    }
    let mut known = BTreeSet::new();
    findings.unread.retain(|clause| known.insert(clause.clone()));
    findings
}

/// The folder in every home where it begins with `~`.
fn folders(root: &Path, folder: &str) -> Vec<PathBuf> {
    let Some(below) = folder.strip_prefix("~/") else { return vec![root.join(folder)] };
    let homes = fs::read_dir(root.join("home")).into_iter().flatten().flatten().map(|home| home.path());
    let mut folders: Vec<PathBuf> = homes.chain([root.join("root")]).map(|home| home.join(below)).collect();
    folders.sort();
    folders
}

fn store(findings: &mut Findings, folder: &Path, (pattern, exclude, client): (&str, Option<&'static str>, &str)) {
    if let Err(error) = fs::read_dir(folder) {
        findings.unread(folder, &error);
        return;
    }
    let glob = folder.join(pattern);
    if observations(&glob, exclude).iter().all(holds_nothing) {
        return;
    }
    findings.add(glob, client, true);
    if let Some(find) = findings.finds.last_mut() {
        find.exclude = exclude;
    }
}

/// Files of a folder that was not named, each of them: those of servers, not of authorities.
fn loose(findings: &mut Findings, folder: &Path) {
    if folder.metadata().is_err() {
        return;
    }
    for seen in observations(folder, None) {
        let path = PathBuf::from(&seen.source);
        match &seen.outcome {
            Ok(sight) if is_of_server(&sight.chain.leaf) && !is_bundle(&seen) => {
                findings.add(path, &format!("in {}", folder.display()), false);
            }
            Err(failure) if failure.id == FindingId::Unreadable => findings.unread.push(failure.message.clone()),
            _ => {}
        }
    }
}

/// By its name: some keys cannot be read.
pub(super) fn is_key(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    path.extension().is_some_and(|end| end.eq_ignore_ascii_case("key"))
        || name.starts_with("privkey")
        || name.ends_with("key.pem")
}

const fn is_of_server(leaf: &Certificate) -> bool {
    !leaf.is_authority && !leaf.is_revocation_list
}

/// There is no certificate at all.
pub(super) fn holds_nothing(seen: &Observation) -> bool {
    seen.outcome.as_ref().is_err_and(|failure| failure.id == FindingId::NothingFound)
}

/// A further certificate of one file.
fn is_bundle(seen: &Observation) -> bool {
    seen.place.rsplit('/').next().is_some_and(|name| name.contains('#'))
}

pub(super) fn observations(path: &Path, exclude: Option<&str>) -> Vec<Observation> {
    let exclude = exclude.map(str::to_owned).into_iter().collect();
    let watch = Watch::Files { patterns: vec![path.to_owned()], exclude };
    let entry = entry(path.display().to_string(), watch, &CheckTerms::default());
    // No date is judged here.
    observe::entries(&[&entry], &observe::Options::default(), OffsetDateTime::UNIX_EPOCH)
}

/// Looks at every file, notes what could not be read, and counts the certificates.
pub(super) fn look(findings: &mut Findings, now: OffsetDateTime) -> usize {
    let watch = |find: &Find| {
        let patterns = find.path.iter().cloned().collect();
        Watch::Files { patterns, exclude: find.exclude.map(str::to_owned).into_iter().collect() }
    };
    let entries: Vec<Entry> = findings
        .finds
        .iter()
        .enumerate()
        .map(|(nth, find)| entry(nth.to_string(), watch(find), &CheckTerms::default()))
        .collect();
    let seen = observe::entries(&entries.iter().collect::<Vec<_>>(), &observe::Options::default(), now);
    let failures = seen.iter().filter_map(|one| one.outcome.as_ref().err()).map(|failure| failure.message.clone());
    let failures: Vec<String> = failures.filter(|message| !findings.unread.contains(message)).collect();
    findings.unread.extend(failures);
    seen.iter().filter(|one| one.outcome.is_ok()).count()
}
