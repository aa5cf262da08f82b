//! Tickets of GitHub, GitLab and Jira: one for each certificate, however often a run is cut short, and closed at its end.

mod hostile;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration as Span;

use certnotify::deliver::{Channels, DeliveryError, Receipt, Transport as _};
use certnotify::event::FindingId;
use certnotify::policy::Channel;
use certnotify::render::{Body, Message};
use time::OffsetDateTime;

use crate::events::{day, with_left};
use crate::support::chat_vendors::{ACCOUNT, ChannelConfig, Fault, Issue, PROJECT, REPOSITORY, TRACKERS, Vendors};
use crate::support::delivery::TOKEN;
use crate::support::scenario::{Look, Scenario};

/// The table of a contact.
pub(super) fn table(channel: Channel, base: &str) -> String {
    let rest = match channel {
        Channel::GitHub => format!("repository = \"{REPOSITORY}\", labels = \"certificates, ops\""),
        Channel::GitLab => format!("project = \"{REPOSITORY}\", labels = \"certificates\""),
        _ => format!("project = \"{PROJECT}\", email = \"{ACCOUNT}\", labels = \"certificates\""),
    };
    format!("{channel} = {{ base-url = \"{base}\", token = \"{TOKEN}\", {rest} }}")
}

struct Place {
    vendors: Vendors,
    channel: Channel,
    story: Scenario,
    receipts: Vec<Result<Receipt, DeliveryError>>,
}

impl Place {
    fn new(channel: Channel) -> Self {
        Self::with(channel, |table| table)
    }

    fn with(channel: Channel, change: impl Fn(String) -> String) -> Self {
        let vendors = Vendors::start();
        vendors.robot(TOKEN, ChannelConfig::default());
        let table = change(table(channel, &vendors.tracker(channel, TOKEN)));
        let story = Scenario::new(&format!(
            r#"
            [contacts.ops]
            {table}
            [policies.default]
            channels = ["{channel}"]
            events = ["business", "alerts"]
            frequency = "3d"
            [[certificates]]
            name = "edge"
            endpoint = "edge.example"
            renewal = "manual"
            [[certificates]]
            name = "files"
            file = "/etc/ssl/*.pem"
            renewal = "manual"
            "#
        ));
        Self { vendors, channel, story, receipts: Vec::new() }
    }

    fn send(&self, messages: &[Message], now: OffsetDateTime) -> Vec<Result<Receipt, DeliveryError>> {
        let stop = Arc::new(AtomicBool::new(false));
        let mut channels = Channels::new(&self.story.policies, "web-1", |_| None, "/nowhere", stop);
        messages.iter().map(|message| channels.send(message, now)).collect()
    }

    /// One run, whose messages go to the service.
    fn run(&mut self, number: i64) -> Vec<Issue> {
        self.story.run(day(number));
        self.receipts = self.send(&self.story.sent, day(number));
        self.issues()
    }

    fn run_well(&mut self, number: i64) -> Vec<Issue> {
        let issues = self.run(number);
        assert!(self.receipts.iter().all(Result::is_ok), "{}: {:?}", self.channel, self.receipts);
        issues
    }

    fn issues(&self) -> Vec<Issue> {
        self.vendors.state().robots[TOKEN].issues.clone()
    }

    fn faults(&self, faults: &[Fault]) {
        self.vendors.state().robots.get_mut(TOKEN).unwrap().faults = faults.iter().cloned().collect();
    }

    fn knobs(&self, change: impl Fn(&mut ChannelConfig)) {
        change(self.vendors.state().robots.get_mut(TOKEN).unwrap());
    }
}

/// How many are open and how many closed, and the comments of each.
fn count(issues: &[Issue]) -> (usize, usize, Vec<usize>) {
    let closed = issues.iter().filter(|issue| issue.is_closed).count();
    (issues.len() - closed, closed, issues.iter().map(|issue| issue.comments.len()).collect())
}

#[test]
fn a_ticket_is_opened_once_told_every_reminder_and_closed_with_the_renewal() {
    for channel in TRACKERS {
        let mut place = Place::new(channel);
        place.story.shows("edge", &with_left("edge.example", 20));
        let issues = place.run_well(0);
        assert_eq!(count(&issues), (1, 0, vec![0]), "{channel}");
        let issue = &issues[0];
        assert!(issue.title.contains("edge.example") && issue.title.contains("expires"), "{issue:?}");
        assert!(issue.text.contains("edge.example") && issue.text.contains("certnotify"), "{issue:?}");
        assert!(issue.labels.contains(&"certificates".to_owned()), "{issue:?}");
        assert_eq!(count(&place.run_well(1)), (1, 0, vec![0]), "{channel}");
        let issues = place.run_well(3);
        assert_eq!(count(&issues), (1, 0, vec![1]), "{channel}");
        assert!(issues[0].comments[0].contains("17 days left"), "{issues:?}");
        place.story.shows("edge", &with_left("edge.example", 190));
        let issues = place.run_well(4);
        assert_eq!(count(&issues), (0, 1, vec![2]), "{channel}");
        assert!(issues[0].comments[1].contains("has been renewed"), "{issues:?}");
        assert_eq!(count(&place.run_well(10)), (0, 1, vec![2]), "{channel}");
    }
}

#[test]
fn every_certificate_has_a_ticket_of_its_own_and_the_next_one_a_new_one() {
    for channel in TRACKERS {
        let mut place = Place::new(channel);
        let look = |name: &str, days| Look::file(&format!("/etc/ssl/{name}.pem"), &with_left(name, days));
        place.story.looks("files", &[look("a.example", 20), look("b.example", 5), look("c.example", 9)]);
        place.story.shows("edge", &with_left("edge.example", 150));
        assert_eq!(count(&place.run_well(0)), (3, 0, vec![0; 3]), "{channel}");
        place.story.looks("files", &[look("a.example", 20), look("b.example", 30), look("c.example", 9)]);
        let issues = place.run_well(1);
        let of_b = |issue: &&Issue| issue.title.contains("b.example");
        assert!(issues.iter().filter(of_b).any(|issue| issue.is_closed), "{channel}: {issues:?}");
        assert_eq!(issues.iter().filter(|issue| !issue.is_closed && !of_b(issue)).count(), 2, "{channel}");
        let issues = place.run_well(20);
        assert!(issues.iter().filter(of_b).count() <= 2, "{channel}: {issues:?}");
    }
}

#[test]
fn a_ticket_whose_answer_was_lost_is_found_again() {
    for channel in TRACKERS {
        for fault in [Fault::LoseAnswer, Fault::Html(502), Fault::CutOff("{"), Fault::Html(200), Fault::Huge] {
            let mut place = Place::new(channel);
            place.story.shows("edge", &with_left("edge.example", 20));
            let searches = if channel == Channel::GitHub { 2 } else { 1 };
            let mut faults = vec![Fault::Proper; searches];
            faults.push(fault.clone());
            place.faults(&faults);
            place.story.run(day(0));
            let sent = place.story.sent.clone();
            let error = place.send(&sent, day(0)).remove(0).unwrap_err();
            assert!(matches!(error, DeliveryError::Unanswered { .. }), "{channel} {fault:?}: {error:?}");
            place.knobs(|robot| robot.search_is_late = true);
            let was_made = place.issues().len();
            assert!(place.send(&sent, day(0)).remove(0).is_ok(), "{channel} {fault:?}");
            assert_eq!(count(&place.issues()), (1, 0, vec![was_made]), "{channel} {fault:?}");
        }
    }
}

#[test]
fn what_fails_before_a_ticket_is_made_is_tried_again() {
    for channel in TRACKERS {
        for fault in [Fault::CloseBeforeAnswer, Fault::Html(500), Fault::Html(504), Fault::CutOff("[")] {
            let mut place = Place::new(channel);
            place.story.shows("edge", &with_left("edge.example", 20));
            place.faults(std::slice::from_ref(&fault));
            place.run(0);
            let error = place.receipts.remove(0).unwrap_err();
            assert!(matches!(error, DeliveryError::Transient { .. }), "{channel} {fault:?}: {error:?}");
            assert!(place.issues().is_empty());
        }
    }
}

#[test]
fn closing_may_fail_at_any_request_and_is_done_and_told_once() {
    for channel in TRACKERS {
        for failing in 0..4 {
            let mut place = Place::new(channel);
            place.story.shows("edge", &with_left("edge.example", 20));
            place.run_well(0);
            place.story.shows("edge", &with_left("edge.example", 190));
            place.story.run(day(1));
            let sent = place.story.sent.clone();
            let mut faults = vec![Fault::Proper; failing];
            faults.push(Fault::Html(503));
            place.faults(&faults);
            let first = place.send(&sent, day(1)).remove(0);
            place.faults(&[]);
            if first.is_err() {
                assert!(place.send(&sent, day(1)).remove(0).is_ok(), "{channel} {failing}");
            }
            assert_eq!(count(&place.issues()), (0, 1, vec![1]), "{channel} {failing}");
        }
    }
}

#[test]
fn a_ticket_that_a_person_closed_too_early_is_opened_again() {
    for channel in TRACKERS {
        let mut place = Place::new(channel);
        place.story.shows("edge", &with_left("edge.example", 20));
        place.run_well(0);
        place.knobs(|robot| robot.issues[0].is_closed = true);
        assert_eq!(count(&place.run_well(3)), (1, 0, vec![1]), "{channel}");
        place.knobs(|robot| robot.issues[0].is_closed = true);
        place.story.shows("edge", &with_left("edge.example", 190));
        assert_eq!(count(&place.run_well(4)), (0, 1, vec![2]), "{channel}: it is told of its end all the same");
    }
}

#[test]
fn a_renewal_without_a_ticket_opens_none() {
    for channel in TRACKERS {
        let mut place = Place::new(channel);
        place.story.shows("edge", &with_left("edge.example", 20));
        place.run_well(0);
        place.knobs(|robot| robot.issues.clear());
        place.story.shows("edge", &with_left("edge.example", 190));
        assert!(place.run_well(1).is_empty(), "{channel}");
    }
}

#[test]
fn a_recovery_closes_the_ticket_of_what_was_wrong() {
    for channel in TRACKERS {
        let mut place = Place::new(channel);
        let edge = || Look::endpoint("edge.example", &with_left("edge.example", 150));
        place.story.looks("edge", &[edge().distrusted(FindingId::Untrusted)]);
        assert_eq!(count(&place.run_well(0)), (1, 0, vec![0]), "{channel}");
        place.story.looks("edge", &[edge()]);
        assert_eq!(count(&place.run_well(1)), (0, 1, vec![1]), "{channel}");
    }
}

#[test]
fn where_no_step_of_jira_leads_to_the_end_a_person_is_told() {
    let mut place = Place::new(Channel::Jira);
    place.story.shows("edge", &with_left("edge.example", 20));
    place.run_well(0);
    place.knobs(|robot| robot.has_no_step = true);
    place.story.shows("edge", &with_left("edge.example", 190));
    assert_eq!(count(&place.run_well(1)), (1, 0, vec![1]));
    let remark = place.receipts[0].as_ref().unwrap().remark.clone().unwrap();
    assert!(remark.what.contains("cannot be closed") && remark.help.contains("`close`"), "{remark:?}");
}

#[test]
fn jira_is_closed_by_the_step_that_the_contact_names_and_data_center_by_its_own_search() {
    for named in ["close = \"done\"", "close = \"Won't Do\""] {
        let mut place = Place::with(Channel::Jira, |table| {
            table.replace(&format!("email = \"{ACCOUNT}\", "), "").replace(" }", &format!(", {named} }}"))
        });
        place.story.shows("edge", &with_left("edge.example", 20));
        place.run_well(0);
        place.story.shows("edge", &with_left("edge.example", 190));
        assert_eq!(count(&place.run_well(1)), (0, 1, vec![1]));
        let steps = place.vendors.journal();
        let step = steps.iter().rev().find(|entry| entry.request.path.ends_with("transitions")).unwrap();
        let id = if named.contains("Won't") { "41" } else { "31" };
        assert!(String::from_utf8_lossy(&step.request.body).contains(id), "{named}");
    }
}

#[test]
fn a_limit_is_kept_by_either_status() {
    for channel in TRACKERS {
        let mut place = Place::new(channel);
        place.story.shows("edge", &with_left("edge.example", 20));
        place.faults(&[Fault::TooMany { retry_after: Some("120") }]);
        place.run(0);
        let error = place.receipts.remove(0).unwrap_err();
        let is_late = |error: &DeliveryError| match error {
            DeliveryError::Throttled { until, .. } => (118..=125).contains(&(*until - day(0)).whole_seconds()),
            DeliveryError::Transient { retry_after, .. } => *retry_after == Some(Span::from_secs(120)),
            _ => false,
        };
        assert!(is_late(&error), "{channel}: {error:?}");
    }
}

#[test]
fn no_refusal_repeats_a_token() {
    for channel in TRACKERS {
        for failing in 0..3 {
            let mut place = Place::new(channel);
            place.story.shows("edge", &with_left("edge.example", 20));
            let mut faults = vec![Fault::Proper; failing];
            faults.push(Fault::Echo);
            place.faults(&faults);
            place.run(0);
            let shown = format!("{:?}", place.receipts);
            assert!(!shown.contains(TOKEN) && !shown.contains(&TOKEN[4..20]), "{channel}: {shown}");
        }
    }
}

#[test]
fn the_payload_names_its_key_and_the_same_one_for_every_message_of_a_certificate() {
    for channel in TRACKERS {
        let mut place = Place::new(channel);
        place.story.shows("edge", &with_left("edge.example", 20));
        let mut keys = Vec::new();
        for number in [0, 3, 6] {
            place.run_well(number);
            let Body::Chat { payload, .. } = &place.story.sent[0].body else { panic!("a ticket is JSON") };
            keys.push(payload["key"].as_str().unwrap().to_owned());
        }
        keys.dedup();
        assert_eq!(keys.len(), 1, "{channel}: {keys:?}");
        assert!(keys[0].starts_with("certnotify/") && keys[0].len() == "certnotify/".len() + 32);
    }
}
