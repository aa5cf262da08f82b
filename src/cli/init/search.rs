//! Certificates on this machine: where clients keep them, where servers are told to find them, and in `/etc/ssl`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use certnotify::certificate::{Certificate, CertificateKind};
use certnotify::event::FindingId;
use certnotify::observation::Observation;
use certnotify::observe;
use certnotify::policy::{Entry, Watch};
use time::OffsetDateTime;

use super::configurations;
use super::findings::{Find, Findings, holds_nothing, observations};
use crate::cli::targets::{CheckTerms, entry};

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
        let path = PathBuf::from(&*seen.source);
        match &seen.outcome {
            Ok(sight) if is_of_server(&sight.chain.leaf) && !is_bundle(&seen) => {
                findings.add(path, &format!("in {}", folder.display()), false);
            }
            Err(failure) if failure.id == FindingId::Unreadable => findings.unread.push(failure.message()),
            _ => {}
        }
    }
}

fn is_of_server(leaf: &Certificate) -> bool {
    !leaf.is_authority && leaf.kind == CertificateKind::Certificate
}

/// A further certificate of one file.
fn is_bundle(seen: &Observation) -> bool {
    seen.place.rsplit('/').next().is_some_and(|name| name.contains('#'))
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
    let failures = seen.iter().filter_map(|one| one.outcome.as_ref().err()).map(|failure| failure.message());
    let failures: Vec<String> = failures.filter(|message| !findings.unread.contains(message)).collect();
    findings.unread.extend(failures);
    seen.iter().filter(|one| one.outcome.is_ok()).count()
}
