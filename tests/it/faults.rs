//! A channel that panics fails alone: the others deliver, and it is owed what it did not send.

use std::time::Duration;

use certnotify::deliver::{DeliveryError, Outcome, Receipt, Transport};
use certnotify::history::History;
use certnotify::pass::{self, RunInput, RunReport};
use certnotify::policy::{Channel, Entry};
use certnotify::render::Message;
use time::OffsetDateTime;
use time::macros::datetime;

use crate::support::scenario::Scenario;
use crate::support::world::certificate;

const NOW: OffsetDateTime = datetime!(2026-11-27 9:00 UTC);

/// Panics in the middle of every message of one channel, and in naming the server of another.
struct Panicking {
    sends: Option<Channel>,
    names: Option<Channel>,
    taken: Vec<(String, Channel)>,
}

impl Transport for Panicking {
    fn server(&self, message: &Message) -> Option<String> {
        assert_ne!(self.names, Some(message.channel), "the secret 4711");
        Some(message.channel.as_str().to_owned())
    }

    fn send(&mut self, message: &Message, _: OffsetDateTime) -> Result<Receipt, DeliveryError> {
        assert_ne!(self.sends, Some(message.channel), "the secret 4711");
        self.taken.push((message.contact.as_str().to_owned(), message.channel));
        Ok(Receipt::default())
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn wait(&mut self, _: Duration) {}

    fn is_stopped(&self) -> bool {
        false
    }
}

fn run(scenario: &mut Scenario, transport: &mut Panicking, now: OffsetDateTime) -> RunReport {
    let picked: Vec<&Entry> = scenario.policies.entries.iter().collect();
    let job = RunInput { policies: &scenario.policies, picked: &picked, machine: "web-1.example.com" };
    let look = pass::judge(job, scenario.observations(), &scenario.history, now);
    let mut save = |_: &History| -> Result<(), ()> { Ok(()) };
    pass::one_pass(job, &look, &mut scenario.history, transport, &mut save, now).unwrap()
}

fn scenario() -> Scenario {
    let mut scenario = Scenario::new(
        r#"
[contacts.anna]
email = "anna@example.com"
[contacts.ops]
email = "ops@example.com"
[policies.default]
contacts = ["anna", "ops"]
channels = ["email", "inbox"]
[[certificates]]
name = "shop"
endpoint = "shop.example"
"#,
    );
    let end = datetime!(2026-12-07 9:00 UTC);
    scenario.shows("shop", &certificate("shop.example", end - time::Duration::days(365), end));
    scenario
}

#[test]
fn a_channel_that_panics_keeps_no_other_from_delivering_and_is_tried_again_by_the_next_run() {
    for names in [None, Some(Channel::Email)] {
        let mut scenario = scenario();
        let mut transport = Panicking { sends: Some(Channel::Email), names, taken: Vec::new() };
        let report = run(&mut scenario, &mut transport, NOW);
        transport.taken.sort();
        let inbox = |contact: &str| (contact.to_owned(), Channel::Inbox);
        assert_eq!(transport.taken, [inbox("anna"), inbox("ops")]);
        let failed = report.messages.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Unanswered { .. }));
        assert_eq!(failed.count(), 2);
        let failures: Vec<_> = report.problems.iter().filter(|problem| problem.is_failure).collect();
        let places: Vec<&str> = failures.iter().map(|problem| problem.place.as_str()).collect();
        assert_eq!(places, ["contact `anna`, email", "contact `ops`, email"]);
        for problem in failures {
            assert!(problem.message.contains("a fault in certnotify itself"), "{}", problem.message);
            assert!(!format!("{problem:?}").contains("4711"));
        }

        let mut sound = Panicking { sends: None, names: None, taken: Vec::new() };
        run(&mut scenario, &mut sound, NOW + time::Duration::HOUR);
        let email = |contact: &str| (contact.to_owned(), Channel::Email);
        assert_eq!(sound.taken, [email("anna"), email("ops")]);
    }
}
