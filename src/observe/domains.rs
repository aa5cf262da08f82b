//! Looking at domains: their registries are asked at most once a day, and what they said is remembered.

use std::collections::BTreeMap;
use std::time::Instant;

use time::{Duration, OffsetDateTime};

use super::rdap::{NotKnown, Question};
use super::{Options, date, member_name, pool, probe_error, turn};
use crate::address::{Url, to_u_labels};
use crate::cause::{self, FailureCause, RegistryCause};
use crate::certificate::Certificate;
use crate::event::{FindingId, WRITTEN_DOMAIN};
use crate::fault::contained;
use crate::history::{FailedQuestion, Moment, RegistrationRecord};
use crate::observation::{Failure, OF_DOMAINS, Observation};
use crate::policy::{Domain, Entry, RdapServer, Watch, rdap_server};

/// Registries that are asked side by side; each is asked one question at a time.
const THREADS: usize = 8;
/// A server that failed so often in a row fails for all.
const MOST_FAILED: usize = 3;
const ASKED_AGAIN: &str = "a later run asks again";
/// An answer holds for so long.
const ONCE_IN: Duration = Duration::DAY;
/// After a second question without an answer, and where a busy registry does not say when.
const LATER: Duration = Duration::HOUR;
const SOONEST: Duration = Duration::MINUTE;
/// What is known counts for so long while its registry is busy.
const FRESH: Duration = Duration::WEEK;

/// Where registries are asked, and what they said before.
#[derive(Clone, Copy, Debug)]
pub struct Registries<'a> {
    pub servers: &'a BTreeMap<String, String>,
    /// By domain, in A-labels.
    pub known: &'a BTreeMap<String, RegistrationRecord>,
}

type Answers = BTreeMap<String, RegistrationRecord>;

/// Asks about every domain of `entries` that is not known, or not as of today; the answers, by domain.
pub(super) fn ask(
    entries: &[&Entry],
    registries: Registries<'_>,
    options: &Options<'_>,
    now: OffsetDateTime,
) -> Answers {
    let mut by_server: BTreeMap<String, BTreeMap<&str, RdapServer>> = BTreeMap::new();
    for domain in entries.iter().flat_map(|entry| domains(entry)) {
        let Some(server) = rdap_server(registries.servers, &domain.name) else { continue };
        if registries.known.get(&domain.name).is_none_or(|known| is_due(known, &server, now)) {
            let place = Url::split(&server.base).place.to_ascii_lowercase();
            by_server.entry(place).or_default().insert(&domain.name, server);
        }
    }
    let groups: Vec<Vec<(&str, RdapServer)>> =
        by_server.into_values().map(|group| group.into_iter().collect()).collect();
    let asked = pool::map(&groups, THREADS, || (), |(), group| ask_server(group, registries, options, now));
    asked.into_iter().flatten().collect()
}

fn is_due(known: &RegistrationRecord, server: &RdapServer, now: OffsetDateTime) -> bool {
    let waits = now < known.ask_again && known.ask_again <= now.saturating_add(ONCE_IN);
    !waits || known.server != server.base
}

/// One question after another, until the server is silent, wants no more or has failed too often: the others have its answer
/// then.
fn ask_server(
    group: &[(&str, RdapServer)],
    registries: Registries<'_>,
    options: &Options<'_>,
    now: OffsetDateTime,
) -> Vec<(String, RegistrationRecord)> {
    let mut answers = Vec::new();
    let (mut no_more, mut failed): (Option<NotKnown>, _) = (None, 0);
    let first = turn(now, group.len());
    for (domain, server) in group.iter().cycle().skip(first).take(group.len()) {
        let ends = Instant::now() + options.timeout;
        let ends = options.ends.map_or(ends, |sooner| sooner.min(ends));
        if options.is_stopped() || (no_more.is_none() && Instant::now() >= ends) {
            break;
        }
        let question = Question { domain, server, ends };
        let answer = match &no_more {
            Some(reason) => Err(reason.clone()),
            None => contained(|| question.ask(now))
                .unwrap_or_else(|fault| Err(NotKnown::Unanswered(RegistryCause::Fault(fault)))),
        };
        match &answer {
            Ok(_) | Err(NotKnown::Said { .. }) => failed = 0,
            Err(reason @ (NotKnown::Busy { .. } | NotKnown::Unanswered(_))) => {
                failed += 1;
                if failed == MOST_FAILED || reason.is_of_all(Url::split(&server.base).place) {
                    no_more = Some(reason.clone());
                }
            }
        }
        let known = registries.known.get(*domain).filter(|known| known.server == server.base);
        answers.push(((*domain).to_owned(), record(answer, known, server, now)));
    }
    answers
}

fn record(
    answer: Result<OffsetDateTime, NotKnown>,
    known: Option<&RegistrationRecord>,
    server: &RdapServer,
    now: OffsetDateTime,
) -> RegistrationRecord {
    let (answered, end) = known.map_or((None, None), |known| (known.answered, known.end));
    let failures = known.map_or(0, |known| known.failures);
    let mut record = RegistrationRecord {
        answered,
        ask_again: now.saturating_add(ONCE_IN),
        end,
        failure: None,
        failures: 0,
        server: server.base.clone(),
    };
    let failed = |cause: RegistryCause, help| {
        let message = cause.to_string();
        Some(FailedQuestion { cause: Some(cause), help, id: FindingId::RegistrationUnknown, message })
    };
    match answer {
        Ok(end) => (record.answered, record.end) = (Some(Moment(now)), Some(Moment(end))),
        Err(NotKnown::Said { cause, help }) => record.failure = failed(cause, help),
        Err(NotKnown::Busy { place, wait }) => {
            let wait = wait.map_or(LATER, |wait| Duration::try_from(wait).unwrap_or(ONCE_IN));
            record.ask_again = now.saturating_add(wait.clamp(SOONEST, ONCE_IN));
            let is_fresh = answered.is_some_and(|answered| now - answered.0 <= FRESH) && end.is_some();
            let cause = RegistryCause::Busy(place);
            record.failure = (!is_fresh).then(|| failed(cause, ASKED_AGAIN.to_owned())).flatten();
        }
        Err(NotKnown::Unanswered(cause)) => {
            record.failures = failures.saturating_add(1);
            // The next run asks once more: it may have been a moment's.
            record.ask_again = if record.failures == 1 { now } else { now.saturating_add(LATER) };
            let has_answered = matches!(&cause, RegistryCause::NoAnswer(cause) if cause.error.is_of_answer());
            let help =
                if has_answered { ASKED_AGAIN } else { "let this machine reach it by https; a later run asks again" };
            record.failure = failed(cause, help.to_owned());
        }
    }
    record
}

fn domains(entry: &Entry) -> &[Domain] {
    match &entry.watch {
        Watch::Domains(domains) => domains,
        _ => &[],
    }
}

/// What is known of the domains of an entry: from `asked`, else from before.
pub(super) fn look(entry: &Entry, registries: Registries<'_>, asked: &Answers) -> Vec<Observation> {
    let all = domains(entry);
    let observation = |domain: &Domain| {
        let leaf = |end: Moment| Certificate::from_registration(&domain.name, &to_u_labels(&domain.name), end.0);
        let outcome = match rdap_server(registries.servers, &domain.name) {
            None => Err(no_registry(domain)),
            Some(server) => {
                let before = || registries.known.get(&domain.name).filter(|known| known.server == server.base);
                let record = asked.get(&domain.name).or_else(before);
                match record.map(|record| (&record.failure, record.end)) {
                    Some((Some(failed), _)) => Err(failure(failed)),
                    Some((None, Some(end))) => Ok(date::alone(leaf(end))),
                    Some((None, None)) | None => Err(probe_error::not_reached()),
                }
            }
        };
        let is_reached = outcome.as_ref().err().is_none_or(|failure| failure.id == FindingId::RegistrationUnknown);
        Observation {
            entry: entry.name.clone(),
            name: if all.len() > 1 { member_name(entry, &domain.written).into() } else { entry.name.as_str().into() },
            place: format!("{OF_DOMAINS}{}", domain.name).into(),
            source: format!("{WRITTEN_DOMAIN}\"{}\"", domain.written).into(),
            is_endpoint: false,
            on_disk: None,
            is_reached,
            outcome: outcome.map(Box::new).map_err(Box::new),
        }
    };
    all.iter().map(observation).collect()
}

fn failure(failed: &FailedQuestion) -> Failure {
    Failure::new(failed.id, FailureCause::Registry(cause::remembered(&failed.message, failed.cause.as_ref())))
        .with_help(failed.help.as_str())
}

fn no_registry(domain: &Domain) -> Failure {
    let top = domain.name.rsplit('.').next().unwrap_or_default();
    let help = format!(
        "write the date itself: name = \"{}\" and expires = \"YYYY-MM-DD\" in place of domain; or name a server in \
         [settings]: rdap-servers = {{ {top} = \"https://…\" }}",
        domain.written
    );
    Failure::new(FindingId::RegistrationUnknown, FailureCause::NoRegistry { top: top.to_owned() }).with_help(help)
}
