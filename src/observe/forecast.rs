//! Whether the next renewal will work: some days before it is due, DNS is asked for the CAA records of the names, and for
//! where their challenges are delegated.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use time::OffsetDateTime;

use crate::cause::{DeadEnd, RenewalBlock};
use crate::certificate::{Certificate, Fingerprint};
use crate::detect::{self, Permission};
use crate::history::RenewalRecord;
use crate::net::dns::{self, Answer, Answers, Kind, Question, Record, Refusal};
use crate::observation::{CaaRecord, Forecast, Observation};
use crate::policy::{Entry, Policies};

use super::{Options, turn};

/// For all questions of a run, but those for targets.
const LONGEST: Duration = Duration::from_secs(3);
/// For the targets: a resolver takes its time to find out that no server of a zone answers.
const LONGEST_OF_TARGETS: Duration = Duration::from_secs(10);
/// Of one certificate.
const MOST_NAMES: usize = 100;
/// Of one run.
const MOST_QUESTIONS: usize = 4000;

/// Which DNS server is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DnsServer {
    /// There are no questions.
    None,
    OfMachine,
    At(SocketAddr),
}

/// By what it is told whether renewals will work.
#[derive(Clone, Copy, Debug)]
pub struct Prospects<'a> {
    pub dns: DnsServer,
    /// When authorities want renewals, as they last said.
    pub renewals: &'a BTreeMap<Fingerprint, RenewalRecord>,
}

impl<'a> Prospects<'a> {
    /// Nothing is known, and nothing is asked.
    #[must_use]
    pub fn none() -> Self {
        Self { dns: DnsServer::None, renewals: const { &BTreeMap::new() } }
    }

    /// As the policy file and earlier runs have it.
    #[must_use]
    pub fn new(policies: &Policies, renewals: &'a BTreeMap<Fingerprint, RenewalRecord>) -> Self {
        let dns = policies.settings.resolver.map_or(DnsServer::OfMachine, DnsServer::At);
        Self { dns, renewals }
    }

    /// Tells every certificate when its authority wants it to be renewed.
    pub(super) fn note_windows(&self, observations: &mut [Observation]) {
        for sight in observations.iter_mut().filter_map(|observation| observation.outcome.as_mut().ok()) {
            let record = self.renewals.get(&sight.chain.leaf.fingerprint);
            if let Some(window) = record.and_then(|record| record.window.as_ref()) {
                sight.checks_mut().window = Some(window.clone());
            }
        }
    }
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
    /// Where its authority is known by them.
    identities: Option<&'a [&'a str]>,
    due: OffsetDateTime,
}

/// Says of each certificate that renews by itself and is soon to be renewed whether that will work.
pub(super) fn tell(
    entries: &[&Entry],
    observations: &mut [Observation],
    server: DnsServer,
    options: &Options<'_>,
    now: OffsetDateTime,
) {
    let by_name: BTreeMap<&str, &Entry> = entries.iter().map(|entry| (entry.name.as_str(), *entry)).collect();
    let mut cases: Vec<Case<'_>> = observations
        .iter()
        .enumerate()
        .filter_map(|(nth, observation)| case(nth, observation, by_name.get(observation.entry.as_str())?, now))
        .collect();
    let servers = server.servers();
    if cases.is_empty() || servers.is_empty() || options.is_stopped() {
        return;
    }
    let first = turn(now, cases.len());
    cases.rotate_left(first);
    let ends = |limit: Duration| {
        let ends = Instant::now() + limit.min(options.timeout);
        options.ends.map_or(ends, |sooner| sooner.min(ends))
    };
    let mut answers = dns::ask(&servers, questions(&cases), LONGEST, ends(LONGEST));
    let targets: BTreeSet<String> = answers.values().filter_map(Answer::alias).map(str::to_owned).collect();
    let targets = targets.into_iter().map(|name| Question { name, kind: Kind::Text });
    answers.extend(dns::ask(&servers, targets, LONGEST_OF_TARGETS, ends(LONGEST_OF_TARGETS)));
    let records = records(&answers);
    for case in cases {
        let Some(observation) = observations.get_mut(case.observation) else { continue };
        if let Ok(seen) = &mut observation.outcome {
            seen.checks_mut().forecast = Some(forecast(&case, &records, &answers));
        }
    }
}

fn case<'a>(nth: usize, observation: &Observation, entry: &Entry, now: OffsetDateTime) -> Option<Case<'a>> {
    let sight = observation.outcome.as_ref().ok()?;
    let leaf: &Certificate = &sight.chain.leaf;
    let managed = detect::automatic(entry, leaf, &observation.source, sight.checks().window.as_ref())?;
    if entry.options.is_silenced || !detect::is_soon(leaf, managed.due, now) {
        return None;
    }
    let plain = |name: &String| name.trim_end_matches('.').to_ascii_lowercase();
    let names: Vec<String> = leaf.dns_names.iter().map(plain).take(MOST_NAMES).collect();
    let identities = detect::caa_identities(&leaf.issuer);
    (!names.is_empty()).then_some(Case { observation: nth, names, identities, due: managed.due })
}

/// Each once, those of one certificate after those of another: what one run has no time for the next begins with.
fn questions(cases: &[Case<'_>]) -> Vec<Question> {
    let mut seen = BTreeSet::new();
    let mut questions = Vec::new();
    for case in cases {
        let permitted = case.names.iter().filter(|_| case.identities.is_some());
        let domains = permitted.flat_map(|name| detect::caa_domains(name));
        let of_domains = domains.map(|name| Question { name: name.to_owned(), kind: Kind::Caa });
        let of_names = case.names.iter().map(|name| challenge(name));
        questions.extend(of_domains.chain(of_names).filter(|question| seen.insert(question.clone())));
        if questions.len() >= MOST_QUESTIONS {
            break;
        }
    }
    questions
}

/// Where the proof for this name is to stand.
fn challenge(name: &str) -> Question {
    Question { name: detect::challenge_name(name), kind: Kind::Alias }
}

/// The CAA records of each name that was answered for; none of a name that has none, or is none.
fn records(answers: &Answers) -> BTreeMap<String, Vec<CaaRecord>> {
    let of = |(question, answer): (&Question, &Answer)| {
        let records = match answer {
            Answer::Records(records) => records.iter().filter_map(|record| match record {
                Record::Caa(record) => Some(record.clone()),
                Record::Tlsa(_) | Record::Alias(_) => None,
            }),
            Answer::NoName { .. } => return Some((question.name.clone(), Vec::new())),
            Answer::Failed(_) => return None,
        };
        Some((question.name.clone(), records.collect()))
    };
    answers.iter().filter(|(question, _)| question.kind == Kind::Caa).filter_map(of).collect()
}

/// What stops one name stops the certificate; what is certain goes before what may be a moment's.
fn forecast(case: &Case<'_>, records: &BTreeMap<String, Vec<CaaRecord>>, answers: &Answers) -> Forecast {
    let blocked = |by, may_pass| Forecast::Blocked { by: Box::new(by), due: case.due, may_pass };
    let mut forecast = Forecast::Clear;
    for name in &case.names {
        let permission = case.identities.map(|identities| detect::permission(name, identities, records));
        let delegation = delegation(name, answers);
        let is_unknown = matches!(permission, Some(Permission::Unknown)) || matches!(delegation, Delegation::Unknown);
        if let Some(Permission::Refused(by)) = permission {
            return blocked(by, false);
        }
        match delegation {
            Delegation::Gone(by) => return blocked(by, false),
            Delegation::Fails(by) => forecast = blocked(by, true),
            Delegation::Works | Delegation::Unknown => {}
        }
        if is_unknown && forecast == Forecast::Clear {
            forecast = Forecast::Unknown;
        }
    }
    forecast
}

/// What is known of where the proof for a name is to stand.
enum Delegation {
    /// There is none, or its zone is there.
    Works,
    /// There is none that could be written.
    Gone(RenewalBlock),
    /// The same, which may be a moment's.
    Fails(RenewalBlock),
    Unknown,
}

fn delegation(name: &str, answers: &Answers) -> Delegation {
    let challenge = challenge(name);
    let target = match answers.get(&challenge) {
        None | Some(Answer::Failed(_)) => return Delegation::Unknown,
        Some(answer) => answer.alias(),
    };
    let Some(target) = target else { return Delegation::Works };
    let dead_end = |why| RenewalBlock::DeadEnd { name: challenge.name.clone(), target: target.to_owned(), why };
    match answers.get(&Question { name: target.to_owned(), kind: Kind::Text }) {
        // Before there is something to prove there is often nothing, and no name.
        Some(Answer::Records(_) | Answer::NoName { zone: None }) => Delegation::Works,
        Some(Answer::NoName { zone: Some(zone) }) => match detect::missing_domain(zone) {
            Some(why) => Delegation::Gone(dead_end(why)),
            None => Delegation::Works,
        },
        Some(Answer::Failed(Refusal::ServerFailure)) => Delegation::Fails(dead_end(DeadEnd::NoServer)),
        Some(Answer::Failed(_)) | None => Delegation::Unknown,
    }
}
