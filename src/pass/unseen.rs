//! Certificates that a run did not see or has dropped, as problems: a row each, or one for many with the same cause.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use super::run_problem::RunProblem;
use super::{RunInput, ScanResult};
use crate::certificate::Certificate;
use crate::detect::{TrackedCertificate, Visibility};
use crate::event::{Detail, FindingId, Occurrence};
use crate::history::History;
use crate::observation::{Failure, Observation};
use crate::policy::{EndpointOptions, Policies, UnreadSource, Watch, Zone};
use crate::render::shell_word;
use crate::text::untrusted::clean;

/// A finding on so many places and on more than a tenth of those looked at is told once for each cause.
const MANY: usize = 3;
const SHARE: usize = 10;
/// So many places with one cause are told together, however many others there are.
const ALWAYS_MANY: usize = 20;
/// Of one finding, so many causes are told apart.
const MOST_CAUSES: usize = 5;
/// A failed look counts when the one of the run before failed, too.
const FAILING_RUNS: u32 = 2;

/// A look that failed.
#[derive(Clone, Copy)]
struct Failed<'a> {
    observation: &'a Observation,
    failure: &'a Failure,
}

/// Everything that was not seen.
pub(super) fn problems(look: &ScanResult, job: RunInput, history: &History, now: OffsetDateTime) -> Vec<RunProblem> {
    let known: BTreeMap<&str, &TrackedCertificate> =
        look.tracked.iter().map(|tracked| (&*tracked.place, tracked)).collect();
    let teller = Teller { look, known, behind: behind(look), policies: job.policies, history, now };
    let mut by_finding: BTreeMap<FindingId, Vec<Failed>> = BTreeMap::new();
    let mut problems: Vec<RunProblem> = job.policies.unread.iter().map(unread_include).collect();
    for observation in &look.observations {
        // What the time was too short for is told apart.
        let Some(failure) = observation.outcome.as_ref().err().filter(|_| observation.is_reached) else { continue };
        let failed = Failed { observation, failure };
        if observation.is_list() || failure.id == FindingId::NothingFound {
            problems.push(teller.one(failed));
        } else {
            by_finding.entry(failure.id).or_default().push(failed);
        }
    }
    for (finding, failed) in by_finding {
        problems.extend(teller.of_finding(finding, &failed));
    }
    problems
}

fn unread_include(unread: &UnreadSource) -> RunProblem {
    RunProblem {
        place: format!("include `{}`", clean(&unread.path.to_string_lossy())),
        message: unread.cause.to_string(),
        help: "put the files there, or take it out; what was watched by them is kept in memory until then".to_owned(),
        is_news: true,
        is_failure: true,
        ..RunProblem::default()
    }
}

/// What has left the memory though it was neither expired, renewed nor taken out of the policy.
pub(super) fn dropped(occurrences: &[Occurrence], zone: &Zone) -> Vec<RunProblem> {
    // Of each: what is said of one, and of many, and what helps then.
    let mut deleted = (
        ["it is no longer there and is watched no more", "they are no longer there and are watched no more"],
        [
            "if that is meant, take it out of the policy file where that names it; else put it back",
            "if that is meant, take them out of the policy file where that names them; else put them back",
        ],
        Vec::new(),
    );
    let mut replaced = (
        [
            "another certificate that is no successor of it stands in its place",
            "other certificates that are no successors of them stand in their places",
        ],
        [
            "if that is not meant, put the right one in its place",
            "if that is not meant, put the right ones in their places",
        ],
        Vec::new(),
    );
    for occurrence in occurrences {
        let (_, _, gone) = match &occurrence.detail {
            Detail::Deleted => &mut deleted,
            Detail::Replaced { .. } => &mut replaced,
            _ => continue,
        };
        let Some(location) = occurrence.locations.first() else { continue };
        let end = occurrence.certificate.as_ref().map(|old| zone.minute(old.effective_end())).unwrap_or_default();
        gone.push((&*location.name, end));
    }
    let mut problems = Vec::new();
    for ([message, of_many], [help, help_of_many], gone) in [replaced, deleted] {
        if gone.len() > MANY {
            let names: Vec<&str> = gone.iter().map(|(name, _)| *name).collect();
            problems.push(warning(several(&names), of_many.to_owned(), help_of_many.to_owned()));
            continue;
        }
        for (name, end) in gone {
            let help = format!("it would expire {end}; {help}");
            problems.push(warning(format!("certificate `{}`", clean(name)), message.to_owned(), help));
        }
    }
    problems
}

fn warning(place: String, message: String, help: String) -> RunProblem {
    let key = Some(format!("{place}, dropped"));
    RunProblem { place, message, help, is_news: true, key, ..RunProblem::default() }
}

/// How many endpoints that no look of their own stands for are not seen: by their entry, and by the name whose addresses
/// they are.
fn behind(look: &ScanResult) -> BTreeMap<&str, usize> {
    let looked_at: BTreeSet<&str> = look.observations.iter().map(|observation| &*observation.place).collect();
    let mut behind = BTreeMap::new();
    for tracked in &look.tracked {
        let is_behind = tracked.presence == Visibility::NotSeen && tracked.location.is_endpoint;
        if is_behind && !looked_at.contains(&*tracked.place) {
            *behind.entry(tracked.location.entry.as_str()).or_default() += 1;
            if let Some((name, _)) = tracked.place.rsplit_once('@') {
                *behind.entry(name).or_default() += 1;
            }
        }
    }
    behind
}

/// `3 certificates (`a`, `b`, `c`)`, `600 certificates (`a`, `b`, `c` and 597 more)`.
fn several(names: &[&str]) -> String {
    let first: Vec<String> = names.iter().take(MANY).map(|name| format!("`{}`", clean(name))).collect();
    let more = match names.len().saturating_sub(first.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{} certificates ({}{more})", names.len(), first.join(", "))
}

struct Teller<'a> {
    look: &'a ScanResult,
    known: BTreeMap<&'a str, &'a TrackedCertificate>,
    behind: BTreeMap<&'a str, usize>,
    policies: &'a Policies,
    history: &'a History,
    now: OffsetDateTime,
}

impl Teller<'_> {
    fn of_finding(&self, finding: FindingId, failed: &[Failed]) -> Vec<RunProblem> {
        let is_storm = failed.len() >= MANY && failed.len() * SHARE > self.look.observations.len();
        let mut by_cause: BTreeMap<String, Vec<Failed>> = BTreeMap::new();
        for each in failed {
            by_cause.entry(each.failure.cause.without_places()).or_default().push(*each);
        }
        let mut causes: Vec<(String, Vec<Failed>)> = by_cause.into_iter().collect();
        causes.sort_by_key(|(_, failed)| std::cmp::Reverse(failed.len()));
        let mut rest = Vec::new();
        if is_storm && causes.len() > MOST_CAUSES {
            rest = causes.split_off(MOST_CAUSES - 1).into_iter().flat_map(|(_, failed)| failed).collect();
        }
        let mut problems = Vec::new();
        for (cause, failed) in causes {
            if failed.len() >= ALWAYS_MANY || (is_storm && failed.len() > 1) {
                problems.push(self.many(finding, &failed, &cause));
            } else {
                problems.extend(failed.iter().map(|failed| self.one(*failed)));
            }
        }
        if !rest.is_empty() {
            problems.push(self.many(finding, &rest, "of several causes"));
        }
        problems
    }

    fn many(&self, finding: FindingId, failed: &[Failed], cause: &str) -> RunProblem {
        let names: Vec<&str> = failed.iter().map(|failed| &*failed.observation.name).collect();
        let remembered = failed.iter().filter(|failed| self.last_known(failed.observation).is_some()).count();
        let watched = match remembered {
            0 => String::new(),
            all if all == failed.len() => "all are watched on by their last known dates; ".to_owned(),
            some => format!("{some} of them are watched on by their last known dates; "),
        };
        RunProblem {
            place: several(&names),
            message: format!("{finding}: {}", clean(cause)),
            help: format!("{watched}see all of them: certnotify check"),
            is_news: true,
            is_failure: true,
            key: Some(format!("{finding}: {}", clean(cause))),
            topic: Some(finding.to_string()),
            is_passing: failed.iter().all(|failed| self.is_passing(*failed)),
        }
    }

    fn one(&self, failed: Failed) -> RunProblem {
        let Failed { observation, failure } = failed;
        let advice = failure.help.clone().unwrap_or_else(|| self.look_again(observation));
        let help = match (self.last_known(observation), self.members(observation)) {
            (Some(tracked), _) => format!(
                "watched on by its last known dates (seen {}, {}); {advice}",
                self.policies.settings.zone.minute(tracked.location.seen),
                self.end(&tracked.certificate),
            ),
            (None, 0) => advice,
            (None, 1) => format!("1 endpoint of it is watched on by its last known dates; {advice}"),
            (None, many) => format!("{many} endpoints of it are watched on by their last known dates; {advice}"),
        };
        RunProblem {
            place: format!("certificate `{}`", observation.name),
            message: failure.message(),
            help,
            is_news: true,
            is_failure: true,
            topic: Some(failure.cause.without_places()),
            is_passing: self.is_passing(failed),
            ..RunProblem::default()
        }
    }

    /// The command that looks there as this run did: by its entry where the target alone does not say how.
    fn look_again(&self, observation: &Observation) -> String {
        let is_alone = match self.policies.entry(observation.entry.as_str()).map(|entry| &entry.watch) {
            Some(Watch::Program(_) | Watch::Published(_)) => false,
            Some(Watch::Endpoints { options, .. }) => {
                let EndpointOptions { server_name, connect, proxy_protocol, proxy, client, .. } = &**options;
                let is_direct = connect.is_none() && proxy.is_none() && !proxy_protocol;
                is_direct && server_name.is_none() && client.is_none()
            }
            Some(Watch::Files { .. } | Watch::Date(_) | Watch::Domains(_)) | None => true,
        };
        let entry = || format!("--certificate {}", shell_word(&clean(observation.entry.as_str())));
        let target = if is_alone { shell_word(&clean(&observation.source)) } else { entry() };
        format!("try: certnotify check {target}")
    }

    fn end(&self, certificate: &Certificate) -> String {
        let at = self.policies.settings.zone.minute(certificate.effective_end());
        match (certificate.has_no_end(), certificate.is_expired(self.now)) {
            (true, _) => "without an end".to_owned(),
            (false, true) => format!("expired {at}"),
            (false, false) => format!("expires {at}"),
        }
    }

    /// What is remembered of the certificate that stood there.
    fn last_known(&self, observation: &Observation) -> Option<&TrackedCertificate> {
        self.known.get(&*observation.place).copied().filter(|tracked| tracked.presence != Visibility::Seen)
    }

    /// How many endpoints of a list, or addresses of a name, are not seen for its failure.
    fn members(&self, observation: &Observation) -> usize {
        let members = if observation.is_list() {
            self.behind.get(observation.entry.as_str())
        } else {
            self.behind.get(&*observation.place).filter(|_| observation.is_endpoint)
        };
        members.copied().unwrap_or_default()
    }

    /// Seen before, and not seen in this run only.
    fn is_passing(&self, failed: Failed) -> bool {
        let Failed { observation, failure } = failed;
        let is_counted =
            matches!(failure.id, FindingId::Unreachable | FindingId::Unreadable | FindingId::RegistrationUnknown)
                && !observation.is_list();
        let record = self.history.anomalies.get(&*observation.place).and_then(|findings| findings.get(&failure.id));
        is_counted && self.last_known(observation).is_some() && record.is_some_and(|record| record.runs < FAILING_RUNS)
    }
}
