//! The TLSA records that DNS has for endpoints: where an entry says `tlsa = true`, they are looked up.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cause::TlsaUnknown;
use crate::net::dns::{self, Answer, Answers, Kind, Question, Record};
use crate::observation::{Observation, PublishedTlsa, TlsaLookup};
use crate::policy::{Endpoint, Entry, TlsaRecord, Watch};

use super::{DnsServer, Options};

/// One question, at one server.
const LONGEST: Duration = Duration::from_secs(5);
/// Questions between two looks at whether the run is to stop.
const AT_ONCE: usize = 2000;
/// Names that lead to each other.
const MOST_ALIASES: usize = 4;

/// Where clients would look for the records.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Service {
    name: String,
    port: u16,
}

impl Service {
    fn record(&self) -> String {
        format!("_{}._tcp.{}", self.port, self.name)
    }
}

/// What was found, by service.
pub(super) type Found = BTreeMap<Service, PublishedTlsa>;

pub(super) fn is_wanted(entries: &[&Entry], dns: DnsServer) -> bool {
    dns != DnsServer::None && entries.iter().any(|entry| entry.options.pins.looks_up)
}

/// Asks for the records of all endpoints of all entries that want that.
pub(super) fn look_up(entries: &[&Entry], dns: DnsServer, options: &Options<'_>) -> Found {
    let wanted: BTreeSet<Service> = entries
        .iter()
        .filter(|entry| entry.options.pins.looks_up)
        .flat_map(|entry| endpoints(entry).filter_map(|endpoint| service(entry, endpoint)))
        .collect();
    let wanted: Vec<Service> = wanted.into_iter().collect();
    let servers = dns.servers();
    let mut found = Found::new();
    for some in wanted.chunks(AT_ONCE) {
        if options.is_stopped() {
            break;
        }
        let of_some = Lookup { servers: &servers, options }.published(some);
        let is_silent = of_some.values().all(|found| matches!(found, PublishedTlsa::Unknown(_)));
        found.extend(of_some);
        if is_silent {
            break;
        }
    }
    let silence = silence(&servers);
    for service in wanted {
        found.entry(service).or_insert_with(|| silence.clone());
    }
    found
}

fn silence(servers: &[SocketAddr]) -> PublishedTlsa {
    PublishedTlsa::Unknown(match servers.first() {
        Some(server) => TlsaUnknown::NoAnswer { server: server.to_string() },
        None => TlsaUnknown::NoServer,
    })
}

struct Lookup<'a> {
    servers: &'a [SocketAddr],
    options: &'a Options<'a>,
}

impl Lookup<'_> {
    /// Clients look under the name that an alias leads to, too (RFC 7671 §7).
    fn published(&self, services: &[Service]) -> Found {
        let mut found = Found::new();
        // Each service, and the one that its names have led to.
        let mut open: Vec<(&Service, Service)> = services.iter().map(|service| (service, service.clone())).collect();
        for _ in 0..=MOST_ALIASES {
            let answers = self.ask(open.iter().map(|(_, at)| at.record()), Kind::Tlsa);
            let mut none = Vec::new();
            for (service, at) in open {
                match self.judged(&answers, &Question { name: at.record(), kind: Kind::Tlsa }) {
                    PublishedTlsa::Nothing => none.push((service, at)),
                    other => drop(found.insert(service.clone(), other)),
                }
            }
            let aliases = self.ask(none.iter().map(|(_, at)| at.name.clone()), Kind::Alias);
            open = Vec::new();
            for (service, at) in none {
                let question = Question { name: at.name.clone(), kind: Kind::Alias };
                match aliases.get(&question).and_then(Answer::alias) {
                    Some(name) => open.push((service, Service { name: name.to_owned(), port: at.port })),
                    None => drop(found.insert(service.clone(), self.judged(&aliases, &question))),
                }
            }
            if open.is_empty() {
                break;
            }
        }
        found.extend(open.into_iter().map(|(service, _)| (service.clone(), PublishedTlsa::Nothing)));
        found
    }

    fn ask(&self, names: impl Iterator<Item = String>, kind: Kind) -> Answers {
        let names: BTreeSet<String> = names.collect();
        let longest = LONGEST.min(self.options.timeout);
        let ends = self.options.ends.unwrap_or_else(|| Instant::now() + Duration::from_secs(3600));
        dns::ask(self.servers, names.into_iter().map(|name| Question { name, kind }), longest, ends)
    }

    fn judged(&self, answers: &Answers, question: &Question) -> PublishedTlsa {
        match answers.get(question) {
            Some(Answer::Records(records)) => published(records),
            Some(Answer::NoName { .. }) => PublishedTlsa::Nothing,
            Some(Answer::Failed(how)) => {
                let server = self.servers.first().map(ToString::to_string).unwrap_or_default();
                PublishedTlsa::Unknown(TlsaUnknown::Answered { server, failure: how.to_string() })
            }
            None => silence(self.servers),
        }
    }
}

/// What can be compared of the records.
fn published(records: &[Record]) -> PublishedTlsa {
    let (mut pins, mut has_others, mut is_empty) = (Vec::new(), false, true);
    for record in records {
        let Record::Tlsa(record) = record else { continue };
        is_empty = false;
        match TlsaRecord::new(record.usage, record.selector, record.matching, &record.data) {
            TlsaRecord::Comparable(pin) => pins.push(pin),
            TlsaRecord::Incomparable => has_others = true,
            TlsaRecord::Unusable => {}
        }
    }
    match (is_empty, pins.is_empty() && !has_others) {
        (true, _) => PublishedTlsa::Nothing,
        (false, true) => PublishedTlsa::Unknown(TlsaUnknown::Unusable),
        (false, false) => PublishedTlsa::Records { pins, has_others },
    }
}

/// Those whose records count for an entry.
fn endpoints(entry: &Entry) -> impl Iterator<Item = &Endpoint> {
    let own: &[Endpoint] = match &entry.watch {
        Watch::Endpoints { endpoints, .. } => endpoints,
        Watch::Files { .. } | Watch::Program(_) | Watch::Date(_) | Watch::Domains(_) | Watch::Published(_) => &[],
    };
    own.iter().chain(&entry.options.deploys_to)
}

/// By the name that clients ask for; an address has none.
fn service(entry: &Entry, endpoint: &Endpoint) -> Option<Service> {
    let asked = match &entry.watch {
        Watch::Endpoints { options, .. } => options.server_name.clone(),
        Watch::Files { .. } | Watch::Program(_) | Watch::Date(_) | Watch::Domains(_) | Watch::Published(_) => None,
    };
    let name = asked.or_else(|| endpoint.host.address().is_none().then(|| endpoint.host.to_string()))?;
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    Some(Service { name, port: endpoint.port })
}

/// Tells every certificate of an entry that wants it what DNS has for its endpoints.
pub(super) fn tell(entries: &[&Entry], observations: &mut [Observation], found: &Found) {
    let wanting = entries.iter().filter(|entry| entry.options.pins.looks_up);
    let by_name: BTreeMap<&str, &Entry> = wanting.map(|entry| (entry.name.as_str(), *entry)).collect();
    if found.is_empty() && by_name.is_empty() {
        return;
    }
    let mut of_entry: BTreeMap<&str, BTreeMap<&str, Vec<TlsaLookup>>> = BTreeMap::new();
    for (name, entry) in &by_name {
        let by_endpoint = of_entry.entry(name).or_default();
        for endpoint in endpoints(entry) {
            by_endpoint.entry(&endpoint.written).or_default().extend(lookup(entry, endpoint, found));
        }
    }
    // Thousands of files may be deployed to the same endpoints.
    let of_files: BTreeMap<&str, Arc<[TlsaLookup]>> =
        of_entry.iter().map(|(name, lookups)| (*name, lookups.values().flatten().cloned().collect())).collect();
    for observation in observations {
        let Some(by_endpoint) = of_entry.get(observation.entry.as_str()) else { continue };
        let Ok(sight) = &mut observation.outcome else { continue };
        sight.checks_mut().tlsa = match by_endpoint.get(&*observation.source) {
            Some(own) if observation.is_endpoint => own.as_slice().into(),
            _ if observation.is_endpoint => Arc::default(),
            _ => of_files.get(observation.entry.as_str()).cloned().unwrap_or_default(),
        };
    }
}

/// Nothing where nothing was asked.
fn lookup(entry: &Entry, endpoint: &Endpoint, found: &Found) -> Option<TlsaLookup> {
    let Some(service) = service(entry, endpoint) else {
        let found = PublishedTlsa::Unknown(TlsaUnknown::NoName);
        return Some(TlsaLookup { name: endpoint.written.clone(), found });
    };
    let published = found.get(&service)?.clone();
    Some(TlsaLookup { name: service.record(), found: published })
}
