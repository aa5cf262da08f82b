//! The edge that looks: files, collections of files, live endpoints.

mod assembly;
mod away;
mod cache;
mod collection;
mod command_source;
mod content;
mod conversation;
mod copied;
mod date;
mod deployment;
mod descriptors;
mod dial;
mod domains;
mod endpoint;
mod endpoints;
mod fetch;
mod file;
mod file_names;
mod files;
mod followed;
mod forecast;
mod groups;
mod hello;
mod identity;
mod key_folder;
mod known;
mod legacy;
mod link;
mod listeners;
mod multiplex;
mod poller;
mod pool;
mod presented;
mod private_key;
mod probe;
mod probe_error;
mod published;
mod questions;
mod queue;
mod rdap;
pub mod renewal_info;
mod resolver;
pub mod revocation;
mod roots;
mod scanned;
mod signatures;
mod starttls;
mod target;
mod tls;
mod tlsa;
mod trust;
mod tunnel;

pub use domains::Registries;
pub use fetch::AuthorityQuery;
pub use file_names::is_listed;
pub use forecast::{DnsServer, Prospects};
pub use listeners::Listeners;
pub use questions::Questions;

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use time::OffsetDateTime;

use crate::cause::FailureCause;
use crate::certificate::{Certificate, ChainWithDer, Fingerprint};
use crate::history::{History, RegistrationRecord};
use crate::observation::{Failure, Observation};
use crate::policy::{ClientCertificate, Endpoint, EndpointOptions, Entry, EntryName, Watch, fixed_part, has_wildcards};

use trust::{TrustAnchors, TrustStores};

/// How much is looked at side by side, and for how long.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// Endpoints that are talked with at the same time. Those that are silent do not count, and delay no other.
    pub jobs: usize,
    /// Of one endpoint, from the resolution of its name to the last byte.
    pub timeout: Duration,
    /// When looking ends, whatever is left: what was not reached is not seen.
    pub ends: Option<Instant>,
    /// Whether what authorities are asked by is kept.
    pub questions: Questions,
    /// Told after each endpoint how far it is.
    pub progress: &'a (dyn Fn(&Progress<'_>) + Sync),
    /// Where the passwords of key stores may come from.
    pub environment: &'a (dyn Fn(&str) -> Option<String> + Sync),
    /// Look beside the certificates, too: at their folders and at who may read their keys. Only a memory can tell
    /// what that means.
    pub check_private_keys: bool,
    /// Once it is raised, no further endpoint is looked at: the caller wants to end.
    pub stop: Option<&'a AtomicBool>,
    /// What is remembered of certificates: one that is seen as it is remembered is held once.
    pub known: Option<&'a HashMap<Fingerprint, Arc<Certificate>>>,
    /// Which processes listen, where that was asked before.
    pub listeners: Option<&'a Listeners>,
}

/// How far the look at endpoints is.
#[derive(Clone, Copy)]
pub struct Progress<'a> {
    pub done: usize,
    pub all: usize,
    /// At most so many of the endpoints that are not done, those first that were begun first.
    pub(crate) open: &'a dyn Fn(usize) -> Vec<String>,
}

impl Progress<'_> {
    /// At most `most` of the endpoints that it waits for, as they were written.
    #[must_use]
    pub fn waits_for(&self, most: usize) -> Vec<String> {
        (self.open)(most)
    }
}

impl std::fmt::Debug for Progress<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Progress").field("done", &self.done).field("all", &self.all).finish_non_exhaustive()
    }
}

impl Options<'_> {
    fn is_stopped(&self) -> bool {
        self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed))
    }
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            jobs: 64,
            timeout: Duration::from_secs(10),
            ends: None,
            questions: Questions::None,
            progress: &|_| {},
            environment: &|_| None,
            check_private_keys: false,
            stop: None,
            known: None,
            listeners: None,
        }
    }
}

impl std::fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("jobs", &self.jobs).field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

/// Looks at everything that `entries` watch, and reports it in their order. One that shows nothing hides no other,
/// and what several entries watch is looked at once.
#[must_use]
pub fn entries(entries: &[&Entry], options: &Options<'_>, now: OffsetDateTime) -> Vec<Observation> {
    let trust_stores = TrustStores::new(entries.iter().map(|entry| judge(entry)));
    let deploying = deployment::deploying(entries);
    let with_deploying: Vec<&Entry> = entries.iter().copied().chain(&deploying).collect();
    let (of_files, of_programs, mut of_endpoints, documents) = thread::scope(|scope| {
        let of_endpoints = || endpoints::look(&with_deploying, &trust_stores, options, now);
        let of_programs = || command_source::look(entries, &trust_stores, options, now);
        // Slow files do not delay endpoints, nor silent endpoints files.
        let has_endpoints = with_deploying.iter().any(|entry| matches!(entry.watch, Watch::Endpoints { .. }));
        let endpoints_beside = has_endpoints.then(|| thread::Builder::new().spawn_scoped(scope, of_endpoints));
        let has_programs = entries.iter().any(|entry| matches!(entry.watch, Watch::Program(_)));
        let programs_beside = has_programs.then(|| thread::Builder::new().spawn_scoped(scope, of_programs));
        let fetch = || published::fetch(entries, options, now);
        let has_documents = entries.iter().any(|entry| published::key(entry).is_some());
        let fetch_beside = has_documents.then(|| thread::Builder::new().spawn_scoped(scope, fetch));
        let of_files = files::look(entries, &trust_stores, options, now);
        let of_programs = programs_beside.map(|beside| joined(beside, of_programs)).unwrap_or_default();
        let of_endpoints = endpoints_beside.map(|beside| joined(beside, of_endpoints)).unwrap_or_default();
        let documents = fetch_beside.map(|beside| joined(beside, fetch)).unwrap_or_default();
        (of_files, of_programs, of_endpoints, documents)
    });
    let served = of_endpoints.split_off(entries.len().min(of_endpoints.len()));
    let count = [&of_files, &of_endpoints, &of_programs].into_iter().flatten().map(Vec::len).sum();
    let mut all = Vec::new();
    let [mut of_files, mut of_endpoints, mut of_programs] = [of_files, of_endpoints, of_programs].map(Vec::into_iter);
    for entry in entries {
        add(&mut all, of_files.next(), count);
        add(&mut all, of_endpoints.next(), count);
        all.extend(date::look(entry));
        all.extend(published::look(entry, &documents, &trust_stores, options, now));
        add(&mut all, of_programs.next(), count);
    }
    let listeners = options.listeners.cloned().unwrap_or_else(|| Listeners::new(entries));
    listeners::tell(entries, &listeners, &mut all);
    published::compare(entries, &documents, &mut all, now);
    deployment::compare(entries, &mut all, served.into_iter().flatten());
    all
}

/// Adds more to all, of which there will be `count`. What is a whole directory stays where it is.
fn add(all: &mut Vec<Observation>, more: Option<Vec<Observation>>, count: usize) {
    let more = more.unwrap_or_default();
    if all.is_empty() && more.len() == count {
        *all = more;
    } else {
        all.reserve_exact(count.saturating_sub(all.len()));
        all.extend(more);
    }
}

/// The same, with the domains among `entries`, and with TLSA records and forecasts by `prospects`; and what registries were asked
/// and answered, by domain.
#[must_use]
pub fn all(
    entries: &[&Entry],
    registries: Registries<'_>,
    prospects: Prospects<'_>,
    options: &Options<'_>,
    now: OffsetDateTime,
) -> (Vec<Observation>, BTreeMap<String, RegistrationRecord>) {
    let dns = prospects.dns;
    let has_domains = entries.iter().any(|entry| matches!(entry.watch, Watch::Domains(_)));
    let ask = || domains::ask(entries, registries, options, now);
    let wants_records = tlsa::is_wanted(entries, dns);
    let look_up = || tlsa::look_up(entries, dns, options);
    let (mut observations, asked, records) = thread::scope(|scope| {
        let beside = has_domains.then(|| thread::Builder::new().spawn_scoped(scope, ask));
        let records = wants_records.then(|| thread::Builder::new().spawn_scoped(scope, look_up));
        let observations = self::entries(entries, options, now);
        let records = records.map(|beside| joined(beside, look_up)).unwrap_or_default();
        (observations, beside.map(|beside| joined(beside, ask)).unwrap_or_default(), records)
    });
    if has_domains {
        let order: HashMap<&str, usize> =
            entries.iter().enumerate().map(|(nth, entry)| (entry.name.as_str(), nth)).collect();
        observations.extend(entries.iter().flat_map(|entry| domains::look(entry, registries, &asked)));
        observations.sort_by_key(|observation| order.get(observation.entry.as_str()).copied());
    }
    tlsa::tell(entries, &mut observations, &records);
    prospects.note_windows(&mut observations);
    if dns != DnsServer::None {
        forecast::tell(entries, &mut observations, dns, options, now);
    }
    (observations, asked)
}

/// Looks at the remembered files that none of `observations` was at: they are away, or have become copies of others. Of
/// those that are simply gone there is none.
#[must_use]
pub fn unlisted(
    entries: &[&Entry],
    observations: &[Observation],
    history: &History,
    options: &Options<'_>,
) -> Vec<Observation> {
    let unseen = away::unseen(observations, history);
    if unseen.is_empty() {
        return Vec::new();
    }
    let mut looks = away::away(observations, &unseen);
    let by_name: HashMap<&str, &Entry> = entries.iter().map(|entry| (entry.name.as_str(), *entry)).collect();
    let password_of = |name: &EntryName| scanned::password(by_name.get(name.as_str())?, options);
    looks.extend(copied::copied(observations, &unseen, history, password_of));
    looks
}

/// What a thread beside comes to; where it could not be started, the same work is done here.
fn joined<T>(beside: io::Result<thread::ScopedJoinHandle<'_, T>>, work: impl FnOnce() -> T) -> T {
    match beside.map(thread::ScopedJoinHandle::join) {
        Ok(Ok(done)) => done,
        Ok(Err(panic)) => std::panic::resume_unwind(panic),
        Err(_) => work(),
    }
}

/// Reports what `bytes` hold, as if a file had: for standard input. Its name is that of the entry.
#[must_use]
pub fn content(entry: &Entry, bytes: &[u8], options: &Options<'_>, now: OffsetDateTime) -> Vec<Observation> {
    let origin = content::Origin { place: entry.name.as_str(), source: entry.name.as_str() };
    content::look(entry, &origin, bytes, &TrustStores::new(std::iter::once(judge(entry))), options, now)
}

/// The chain that one endpoint serves, whole, whatever is wrong with it.
///
/// # Errors
/// Why it showed none.
pub fn served(endpoint: &Endpoint, options: &EndpointOptions, limit: Duration) -> Result<ChainWithDer, Failure> {
    let target =
        target::Target { endpoint, options, judge: TrustAnchors::Unset, ask: questions::Ask::Never, only: None };
    endpoints::chain(&target, limit)
}

/// What is wrong with a `ca-file`.
#[must_use]
pub fn ca_file_problem(path: &Path) -> Option<FailureCause> {
    roots::Roots::from_file(path).err().map(FailureCause::from)
}

/// What is wrong with a certificate of this machine or its key.
#[must_use]
pub fn client_problem(client: &ClientCertificate) -> Option<FailureCause> {
    identity::read(client).err().map(FailureCause::from)
}

fn judge(entry: &Entry) -> TrustAnchors<'_> {
    match (&entry.watch, entry.ca_file_of_chains()) {
        (Watch::Endpoints { options, .. }, _) if options.ignore_trust => TrustAnchors::Unset,
        (_, Some(file)) => TrustAnchors::File(file),
        (Watch::Endpoints { .. }, None) => TrustAnchors::Machine,
        (Watch::Files { .. } | Watch::Program(_) | Watch::Date(_) | Watch::Domains(_) | Watch::Published(_), None) => {
            TrustAnchors::Unset
        }
    }
}

/// Which of `count` a run begins with, so that what one run has no time for is not what the next has no time for.
fn turn(now: OffsetDateTime, count: usize) -> usize {
    // Knuth's multiplicative hash: runs an hour apart begin far from each other.
    let seconds = u64::try_from(now.unix_timestamp()).unwrap_or_default();
    usize::try_from(seconds.wrapping_mul(2_654_435_761) >> 7).unwrap_or_default().checked_rem(count).unwrap_or_default()
}

/// `entry/member`, the name of one of several; of an entry that is called by its glob, the path.
fn member_name(entry: &Entry, member: &str) -> String {
    match entry.name.as_str() {
        "" => member.to_owned(),
        name if has_wildcards(Path::new(name)) => {
            fixed_part(Path::new(name)).join(member).to_string_lossy().into_owned()
        }
        name if name.ends_with('/') => format!("{name}{member}"),
        name => format!("{name}/{member}"),
    }
}
