//! A message says one thing: no two instructions that contradict, no policy without its certificates.

use certnotify::render::Body;

use crate::events::{NOW, with_left};
use crate::support::scenario::{Look, Scenario};
use crate::support::unwrapped;

const TWO: &str = r#"
    [contacts.ops]
    email = "ops@example.com"
    [contacts.anna]
    email = "anna@example.com"
    [policies.default]
    contacts = ["ops", "anna"]
    channels = ["email"]
    events = ["business", "alerts"]
    [policies.slow]
    deadline = "60d"
    [[certificates]]
    name = "files"
    file = "/etc/ssl/*.pem"
    renewal = "manual"
    [[certificates]]
    name = "edge"
    endpoint = "edge.example"
    renewal = "manual"
    policy = "slow"
"#;

/// The text of the only mail to `ops`, without line breaks.
fn told(story: &mut Scenario) -> String {
    story.run(NOW);
    let mails: Vec<String> = story
        .sent
        .iter()
        .filter(|message| message.contact.as_str() == "ops")
        .filter_map(|message| if let Body::Mail(mail) = &message.body { Some(mail.text.clone()) } else { None })
        .collect();
    assert_eq!(mails.len(), 1, "{mails:?}");
    unwrapped(&mails[0])
}

#[test]
fn another_contact_who_is_told_of_all_is_named_without_a_count() {
    let mut story = Scenario::new(TWO);
    let looks = [1, 2, 3].map(|number| {
        Look::file(&format!("/etc/ssl/{number}.pem"), &with_left(&format!("n{number}.example"), 10 + number))
    });
    story.looks("files", &looks);
    let text = told(&mut story);
    assert!(text.contains("Also sent to: anna.") && !text.contains("of them too"), "{text}");
}

#[test]
fn policies_that_stand_beside_each_other_say_of_how_many_certificates_they_are() {
    let mut story = Scenario::new(TWO);
    let looks = [1, 2].map(|number| {
        Look::file(&format!("/etc/ssl/{number}.pem"), &with_left(&format!("n{number}.example"), 10 + number))
    });
    story.looks("files", &looks);
    story.looks("edge", &[Look::endpoint("edge.example:443", &with_left("edge.example", 12))]);
    let text = told(&mut story);
    assert!(text.contains("Policy \"default\" reminds of 2 certificates from 30 days"), "{text}");
    assert!(text.contains("Policy \"slow\" reminds of 1 certificate from 60 days"), "{text}");
    let mut alone = Scenario::new(TWO);
    alone.looks("files", &looks);
    let text = told(&mut alone);
    assert!(text.contains("Policy \"default\" reminds from 30 days"), "{text}");
}

#[test]
fn a_fault_of_a_certificate_that_ends_is_settled_by_its_renewal_in_one_instruction() {
    let mut story = Scenario::new(TWO);
    let mut weak = with_left("a.example", 10);
    weak.key.algorithm = "RSA".into();
    weak.key.bits = Some(1024);
    story.looks("files", &[Look::file("/etc/ssl/a.pem", &weak)]);
    let text = told(&mut story);
    assert!(text.contains("The new one must be without this: weak key"), "{text}");
    assert!(!text.contains("under accept") && text.matches("To do:").count() <= 1, "{text}");
}

/// Two files that end, and an endpoint that cannot be reached now.
fn with_an_unreachable_endpoint(mut story: Scenario) -> String {
    let looks = [1, 2].map(|number| {
        Look::file(&format!("/etc/ssl/{number}.pem"), &with_left(&format!("n{number}.example"), 10 + number))
    });
    story.looks("files", &looks);
    story.looks("edge", &[Look::failed("edge.example:443", certnotify::event::FindingId::Unreachable)]);
    told(&mut story)
}

#[test]
fn only_what_was_seen_once_is_watched_by_its_last_known_dates() {
    let never = with_an_unreachable_endpoint(Scenario::new(TWO));
    assert!(!never.contains("last known dates") && !never.contains("could not be seen"), "{never}");
    let mut story = Scenario::new(TWO);
    story.looks("edge", &[Look::endpoint("edge.example:443", &with_left("edge.example", 150))]).run(NOW);
    let known = with_an_unreachable_endpoint(story);
    assert!(known.contains("1 could not be seen and is watched by its last known dates"), "{known}");
}
