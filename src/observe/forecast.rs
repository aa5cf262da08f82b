//! Whether the next renewal will work: some days before it is due, the CAA records of the names are asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use time::OffsetDateTime;

use crate::certificate::Certificate;
use crate::detect::{self, Permission};
use crate::net::dns::{self, Answer, Answers, Kind, Question, Record};
use crate::observation::{CaaRecord, Forecast, Observation};
use crate::policy::{Entry, Renewal};

use super::Options;

/// For all questions of a run.
const LONGEST: Duration = Duration::from_secs(3);
/// So long before the renewal point there is time to mend what would stop it.
const AHEAD: time::Duration = time::Duration::days(14);
/// Of one certificate.
const MOST_NAMES: usize = 100;
/// Of one run.
const MOST_QUESTIONS: usize = 2000;

/// Which DNS server is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DnsServer {
    /// There are no questions.
    None,
    OfMachine,
    At(SocketAddr),
}

impl DnsServer {
    /// In the order in which they are asked.
    pub(super) fn servers(self) -> Vec<SocketAddr> {
        match self {
            Self::None => Vec::new(),
            Self::OfMachine => dns::servers_of_machine(),
            Self::At(server) => vec![server],
        }
    }
}

/// A certificate whose renewal comes.
struct Case<'a> {
    observation: usize,
    names: Vec<String>,
    identities: &'a [&'a str],
    due: OffsetDateTime,
}

/// Says of each certificate that renews by itself and is soon to be renewed whether its authority will be let.
pub(super) fn tell(
    entries: &[&Entry],
    observations: &mut [Observation],
    server: DnsServer,
    options: &Options<'_>,
    now: OffsetDateTime,
) {
    let by_name: BTreeMap<&str, &Entry> = entries.iter().map(|entry| (entry.name.as_str(), *entry)).collect();
    let cases: Vec<Case<'_>> = observations
        .iter()
        .enumerate()
        .filter_map(|(nth, observation)| case(nth, observation, by_name.get(observation.entry.as_str())?, now))
        .collect();
    if cases.is_empty() || options.is_stopped() {
        return;
    }
    let servers = server.servers();
    let domains: BTreeSet<&str> =
        cases.iter().flat_map(|case| &case.names).flat_map(|name| detect::caa_domains(name)).collect();
    let questions =
        domains.into_iter().take(MOST_QUESTIONS).map(|name| Question { name: name.to_owned(), kind: Kind::Caa });
    let ends = Instant::now() + LONGEST.min(options.timeout);
    let ends = options.ends.map_or(ends, |sooner| sooner.min(ends));
    let records = records(dns::ask(&servers, questions, LONGEST, ends));
    for case in cases {
        let Some(observation) = observations.get_mut(case.observation) else { continue };
        if let Ok(seen) = &mut observation.outcome {
            seen.forecast = Some(forecast(&case, &records));
        }
    }
}

fn case<'a>(nth: usize, observation: &Observation, entry: &Entry, now: OffsetDateTime) -> Option<Case<'a>> {
    let leaf: &Certificate = &observation.outcome.as_ref().ok()?.chain.leaf;
    let managed = detect::managed(entry, leaf, &observation.source, None);
    let ahead = AHEAD.min(leaf.lifetime() / 6);
    let is_soon = now >= managed.due.saturating_sub(ahead) && !leaf.is_expired(now) && !leaf.has_no_end();
    if managed.renewal != Renewal::Auto || !entry.notifications || !is_soon {
        return None;
    }
    let identities = detect::caa_identities(&leaf.issuer)?;
    let plain = |name: &String| name.trim_end_matches('.').to_ascii_lowercase();
    let names: Vec<String> = leaf.dns_names.iter().map(plain).take(MOST_NAMES).collect();
    (!names.is_empty()).then_some(Case { observation: nth, names, identities, due: managed.due })
}

/// The CAA records of each name that was answered for; none of a name that has none, or is none.
fn records(answers: Answers) -> BTreeMap<String, Vec<CaaRecord>> {
    let of = |(question, answer): (Question, Answer)| {
        let records = match answer {
            Answer::Records(records) => records.into_iter().filter_map(|record| match record {
                Record::Caa(record) => Some(record),
                Record::Tlsa(_) | Record::Alias(_) => None,
            }),
            Answer::NoName { .. } => return Some((question.name, Vec::new())),
            Answer::Failed(_) => return None,
        };
        Some((question.name, records.collect()))
    };
    answers.into_iter().filter_map(of).collect()
}

/// What stops one name stops the certificate.
fn forecast(case: &Case<'_>, records: &BTreeMap<String, Vec<CaaRecord>>) -> Forecast {
    let mut forecast = Forecast::Clear;
    for name in &case.names {
        match detect::permission(name, case.identities, records) {
            Permission::Permitted => {}
            Permission::Refused(clause) => return Forecast::Blocked { clause, due: case.due },
            Permission::Unknown => forecast = Forecast::Unknown,
        }
    }
    forecast
}
