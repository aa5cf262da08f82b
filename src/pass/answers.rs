//! What authorities answer in a run, and what follows from it.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::{RunInput, RunProblem, ScanResult};
use crate::certificate::Fingerprint;
use crate::detect;
use crate::event::Occurrence;
use crate::history::History;
use crate::observation::{RenewalAnswer, RenewalWindow, Status, StatusAnswer};
use crate::observe::{self, AuthorityQuery};

/// What was learnt of the certificates that were looked at.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    pub statuses: Vec<StatusAnswer>,
    pub renewals: Vec<RenewalAnswer>,
}

/// Asks the authorities of what was seen: on revocation for entries subscribed to it, on renewal for what renews by
/// itself. The look has to have been made with the same `questions`, and takes the answers in.
pub fn ask(job: RunInput, look: &mut ScanResult, history: &History, asking: &AuthorityQuery, now: OffsetDateTime) {
    let directories = &job.policies.settings.acme_directories;
    let statuses = observe::revocation::ask(job.picked, &look.observations, asking, now);
    let renewals = observe::renewal_info::ask(job.picked, &look.observations, directories, history, asking, now);
    let windows = renewals.iter().filter_map(|answer| Some((answer.fingerprint, answer.window.as_ref().ok()?)));
    let windows: BTreeMap<Fingerprint, &RenewalWindow> = windows.collect();
    for observation in &mut look.observations {
        let Ok(sight) = &mut observation.outcome else { continue };
        if let Some(window) = windows.get(&sight.chain.leaf.fingerprint) {
            sight.checks_mut().window = Some((*window).clone());
        }
    }
    look.answers = Answers { statuses, renewals };
}

impl Answers {
    /// What is news in them; `history` is that of before.
    pub(super) fn occurrences(&self, look: &ScanResult, history: &History, now: OffsetDateTime) -> Vec<Occurrence> {
        let mut occurrences = detect::revocations(&look.tracked, &self.statuses, history, now);
        occurrences.extend(detect::early_warnings(&look.tracked, &self.renewals, history, now));
        occurrences
    }

    pub(super) fn note(&self, history: &mut History, now: OffsetDateTime) {
        history.note_statuses(&self.statuses, now);
        history.note_renewals(&self.renewals);
    }

    /// One problem for each reason why a status is unknown.
    pub(super) fn problems(&self, look: &ScanResult) -> Vec<RunProblem> {
        let mut by_reason: BTreeMap<&str, Vec<Fingerprint>> = BTreeMap::new();
        for answer in &self.statuses {
            if let Status::Unknown { reason } = &answer.status {
                by_reason.entry(reason).or_default().push(answer.fingerprint);
            }
        }
        let problem = |(reason, fingerprints): (&str, Vec<Fingerprint>)| {
            let tracked_certificate = look
                .tracked
                .iter()
                .find(|tracked_certificate| fingerprints.contains(&tracked_certificate.certificate.fingerprint))?;
            let more = match fingerprints.len() - 1 {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            Some(RunProblem {
                place: format!("certificate `{}`{more}", tracked_certificate.location.name),
                message: format!("whether it is revoked is not known: {reason}"),
                help: "the next run asks again".to_owned(),
                is_news: true,
                is_failure: true,
                ..RunProblem::default()
            })
        };
        by_reason.into_iter().filter_map(problem).collect()
    }
}
