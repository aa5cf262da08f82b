//! What is told of one contact, snooze or certificate names the entries of that one alone, among others of the kind.

use std::collections::BTreeMap;

use certnotify::event::{Detail, EventKind, FindingId, MonitoringChange};
use certnotify::history::{Refusal, Snooze};
use certnotify::policy::{Channel, ContactName};
use time::Duration;

use super::{day, with_left};
use crate::support::scenario::{Look, Scenario};

const CONTACTS: [&str; 3] = ["anna", "bob", "carl"];

/// An entry, a policy and a file for each contact; `of` says which certificate its file has.
fn scenario(of: impl Fn(&str) -> String) -> Scenario {
    let tables = CONTACTS.map(|name| {
        format!(
            "[contacts.{name}]\nemail = \"{name}@example.com\"\n[policies.{name}]\ncontacts = [\"{name}\"]\n\
             channels = [\"email\", \"inbox\"]\nevents = [\"business\", \"alerts\"]\n\
             [[certificates]]\nname = \"of-{name}\"\nfile = \"/etc/ssl/{name}.pem\"\npolicy = \"{name}\"\n"
        )
    });
    let mut story = Scenario::new(&format!("settings = {{ default-contact = \"anna\" }}\n{}", tables.concat()));
    for name in CONTACTS {
        let certificate = with_left(&of(name), 150);
        let path = format!("/etc/ssl/{name}.pem");
        story.looks(&format!("of-{name}"), &[Look::file(&path, &certificate).asked_by(&path)]);
    }
    assert_eq!(story.occurrences(day(0)), [""; 0]);
    story
}

/// Each change with the names that it tells and the number of certificates.
fn changes(story: &Scenario) -> Vec<(&MonitoringChange, String, usize)> {
    let details = story.details(EventKind::NotificationsDisabled).into_iter();
    let changes = details.filter_map(|detail| match detail {
        Detail::MonitoringStopped { change, names, count } => Some((change, names.join(" "), *count)),
        _ => None,
    });
    changes.collect()
}

#[test]
fn contacts_that_no_mail_reaches_are_told_of_with_their_own_certificates() {
    let mut story = scenario(|name| format!("{name}.example"));
    let reason = "550 no such mailbox".to_owned();
    let refusal = Refusal { last_tried: day(0), runs: 3, reason, cause: None, may_pass: false, unanswered: 0 };
    for name in ["bob", "carl"] {
        let by_channel = BTreeMap::from([(Channel::Email, refusal.clone())]);
        story.history.refusals.insert(ContactName::new(name), by_channel);
    }
    story.run(day(1));
    let told: Vec<String> = changes(&story)
        .into_iter()
        .map(|(change, names, count)| match change {
            MonitoringChange::Undeliverable { contact, channel, .. } => format!("{contact} {channel} {count} {names}"),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(told, ["bob email 1 of-bob//etc/ssl/bob.pem", "carl email 1 of-carl//etc/ssl/carl.pem"]);
}

#[test]
fn snoozes_of_one_day_name_the_places_of_their_own_certificates() {
    let mut story = scenario(|name| if name == "anna" { "anna.example".to_owned() } else { "both.example".to_owned() });
    let since = day(0) + Duration::HOUR;
    for name in ["anna.example", "both.example", "absent.example"] {
        let snooze = Snooze { since, until: since + Duration::days(60) };
        story.history.snoozes.insert(with_left(name, 150).fingerprint, snooze);
    }
    story.run(day(1));
    let mut told: Vec<String> = changes(&story).into_iter().map(|(_, names, _)| names).collect();
    told.sort();
    assert_eq!(told, ["of-anna//etc/ssl/anna.pem", "of-bob//etc/ssl/bob.pem of-carl//etc/ssl/carl.pem"]);
}

#[test]
fn a_certificate_that_another_entry_tells_the_same_contact_of_is_not_lost_to_it() {
    let mut story = scenario(|_| "same.example".to_owned());
    let toml = |contacts: &str| {
        let entries = CONTACTS.map(|name| {
            format!("[[certificates]]\nname = \"of-{name}\"\nfile = \"/etc/ssl/{name}.pem\"\npolicy = \"{name}\"\n")
        });
        let policies = CONTACTS.map(|name| {
            let heard_by = if name == "carl" { contacts.to_owned() } else { format!("\"{name}\"") };
            format!(
                "[contacts.{name}]\nemail = \"{name}@example.com\"\n[policies.{name}]\ncontacts = [{heard_by}]\n\
                 channels = [\"email\", \"inbox\"]\nevents = [\"business\", \"alerts\"]\n"
            )
        });
        format!("settings = {{ default-contact = \"anna\" }}\n{}{}", policies.concat(), entries.concat())
    };
    story.rewritten(&toml("\"bob\""));
    story.run(day(1));
    let dropped: Vec<&MonitoringChange> = changes(&story).into_iter().map(|(change, ..)| change).collect();
    assert_eq!(dropped, [&MonitoringChange::ContactDropped { contact: certnotify::names::ContactName::new("carl") }]);
    story.rewritten(&toml("\"anna\""));
    story.run(day(2));
    let dropped = story.details(EventKind::NotificationsDisabled).len();
    assert_eq!(dropped, 1, "bob hears of it by his own entry");
}

#[test]
fn of_what_is_watched_no_more_each_recipient_is_told_of_their_own_certificates() {
    let mut story = scenario(|name| format!("{name}.example"));
    let stays = "[[certificates]]\nname = \"of-anna\"\nfile = \"/etc/ssl/anna.pem\"\npolicy = \"anna\"\n";
    let tables = CONTACTS.map(|name| {
        format!(
            "[contacts.{name}]\nemail = \"{name}@example.com\"\n[policies.{name}]\ncontacts = [\"{name}\"]\n\
             channels = [\"email\"]\n"
        )
    });
    story.rewritten(&format!("settings = {{ default-contact = \"anna\" }}\n{}{stays}", tables.concat()));
    let report = story.run(day(1));
    let mut told: Vec<String> = story
        .sent
        .iter()
        .flat_map(|message| message.occurrences.iter().map(|(id, _)| (message.contact.clone(), id.clone())))
        .map(|(contact, id)| {
            let told = &story.history.occurrences[&id].occurrence;
            let Detail::MonitoringStopped { names, count, .. } = &told.detail else { panic!("{told:?}") };
            format!("{contact}: {count} {}", names.join(" "))
        })
        .collect();
    told.sort();
    told.dedup();
    assert_eq!(told, ["bob: 1 of-bob//etc/ssl/bob.pem", "carl: 1 of-carl//etc/ssl/carl.pem"]);
    let said: Vec<&str> = report
        .problems
        .iter()
        .filter(|problem| problem.message == "watched no more")
        .map(|problem| problem.place.as_str())
        .collect();
    assert_eq!(said, ["certificate `of-bob//etc/ssl/bob.pem` and 1 more"]);
}

/// Which of the contacts' files the last message to a contact names.
fn named(story: &Scenario, contact: &str) -> Vec<&'static str> {
    let mut of_contact = story.sent.iter().filter(|message| message.contact.as_str() == contact);
    let text = &of_contact.next_back().unwrap().text;
    CONTACTS.into_iter().filter(|other| text.contains(&format!("{other}.pem"))).collect()
}

#[test]
fn of_what_happened_to_many_each_recipient_is_told_of_their_own_places() {
    let mut story = scenario(|name| format!("{name}.example"));
    for name in CONTACTS {
        story.looks(&format!("of-{name}"), &[Look::failed(&format!("/etc/ssl/{name}.pem"), FindingId::Unreadable)]);
    }
    story.run(day(1));
    story.run(day(2));
    for name in CONTACTS {
        assert_eq!(named(&story, name), [name]);
    }
    assert!(story.sent.iter().all(|message| message.text.contains("3 certificates at once")), "{:?}", story.sent);
    for name in CONTACTS {
        let certificate = with_left(&format!("{name}.example"), 150);
        story.looks(&format!("of-{name}"), &[Look::file(&format!("/etc/ssl/{name}.pem"), &certificate)]);
    }
    story.run(day(3));
    for name in CONTACTS {
        assert_eq!(named(&story, name), [name]);
    }
}

#[test]
fn of_many_that_end_one_after_another_each_recipient_hears_of_their_own() {
    let mut story = scenario(|name| format!("{name}.example"));
    for name in CONTACTS {
        story.looks(&format!("of-{name}"), &[Look::failed(&format!("/etc/ssl/{name}.pem"), FindingId::Unreadable)]);
    }
    story.run(day(1));
    assert_eq!(story.occurrences(day(2)), ["alert.anomaly anna+bob+carl"], "one for all");
    let mut recovers = |name: &str, on: i64| {
        let certificate = with_left(&format!("{name}.example"), 150);
        story.looks(&format!("of-{name}"), &[Look::file(&format!("/etc/ssl/{name}.pem"), &certificate)]);
        story.occurrences(day(on))
    };
    assert_eq!(recovers("bob", 3), ["alert.recovery bob"]);
    assert_eq!(recovers("anna", 4), ["alert.recovery anna"]);
    assert_eq!(recovers("carl", 5), ["alert.recovery carl"]);
}
