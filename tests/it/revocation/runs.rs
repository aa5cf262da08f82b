//! Whole runs: who subscribed is owed the revocation once, and what is not known is told to the operator of the run.

use std::convert::Infallible;
use std::time::Duration as Elapsed;

use certnotify::deliver::{DeliveryError, Receipt, Transport};
use certnotify::event::EventKind;
use certnotify::history::History;
use certnotify::observe::{self, AuthorityQuery};
use certnotify::pass::{self, RunInput, RunReport};
use certnotify::render::Message;
use time::{Duration, OffsetDateTime};

use super::{Case, SERIAL};
use crate::support::certificates::NOW;
use crate::support::status::Crl;
use crate::support::web::Reply;
use crate::support::world::World;

/// Takes everything.
struct Willing;

impl Transport for Willing {
    fn server(&self, _: &Message) -> Option<String> {
        None
    }

    fn send(&mut self, _: &Message, _: OffsetDateTime) -> Result<Receipt, DeliveryError> {
        Ok(Receipt::default())
    }

    fn elapsed(&self) -> Elapsed {
        Elapsed::ZERO
    }

    fn wait(&mut self, _: Elapsed) {}

    fn is_stopped(&self) -> bool {
        false
    }
}

fn run(case: &Case, history: &mut History, now: OffsetDateTime) -> RunReport {
    let mut policies = World::new("UTC").policies;
    policies.entries = vec![case.entry.clone()];
    let picked = [&policies.entries[0]];
    let job = RunInput { policies: &policies, picked: &picked, machine: "web-1.example.com" };
    let options = observe::Options { questions: case.questions, ..observe::Options::default() };
    let mut look = pass::look(job, &options, history, now);
    let asking = AuthorityQuery { questions: case.questions, one: case.one, ..AuthorityQuery::default() };
    pass::ask(job, &mut look, history, &asking, now);
    let mut save = |_: &History| -> Result<(), Infallible> { Ok(()) };
    pass::one_pass(job, &look, history, &mut Willing, &mut save, now).unwrap()
}

#[test]
fn a_revocation_is_owed_once_to_subscribers() {
    let case = Case::with_crl();
    let list = Crl::new(NOW - Duration::hours(1)).revoking(&SERIAL, NOW - Duration::days(1), Some(1));
    case.web.reply("/ca.crl", Reply::Bytes(list.signed_by(&case.authority)));
    let mut history = History::default();
    run(&case, &mut history, NOW);
    run(&case, &mut history, NOW + Duration::hours(1));
    let records: Vec<_> =
        history.occurrences.values().filter(|record| record.occurrence.kind == EventKind::Revocation).collect();
    let [record] = &records[..] else { panic!("{records:?}") };
    assert_eq!(record.owed.len() + record.told.len(), 1, "to `ops`, by one channel: {record:?}");
    assert_eq!(history.revoked.len(), 1);
}

#[test]
fn a_list_that_cannot_be_had_is_a_problem_of_the_run_and_no_occurrence() {
    let case = Case::with_crl();
    case.web.reply("/ca.crl", Reply::Status(500, "X-A: b"));
    let mut history = History::default();
    let report = run(&case, &mut history, NOW);
    let problems: Vec<_> =
        report.problems.iter().map(|problem| (problem.message.as_str(), problem.is_failure)).collect();
    let message = format!("whether it is revoked is not known: {}: it answered HTTP 500", case.web.url("/ca.crl"));
    assert_eq!(problems, [(message.as_str(), true)]);
    assert!(history.occurrences.is_empty() && history.revoked.is_empty());
    let report = run(&case, &mut history, NOW + Duration::hours(1));
    assert!(report.problems.iter().all(|problem| !problem.is_news), "said once a day");
}
