//! Renewed in its file, and another still served where it should be.

use certnotify::certificate::Certificate;
use certnotify::event::{EventKind, Evidence};
use certnotify::history::Snooze;
use certnotify::pass::Throttled;
use certnotify::policy::Channel;
use certnotify::render::Body;
use certnotify::schedule::ReminderReason;
use time::{Duration, OffsetDateTime};

use super::{NOW, day};
use crate::support::scenario::{Look, Scenario};
use crate::support::unwrapped;
use crate::support::world::certificate;

const WATCH: &str = r#"
    [contacts.ops]
    email = "ops@example.com"
    [policies.default]
    channels = ["email"]
    events = ["hosting", "hosting-failure", "recovery"]
    frequency = "3d"
    [[certificates]]
    name = "www"
    file = "/etc/ssl/www.pem"
    renewal = "auto"
    deploys-to = ["www.example:443"]
"#;

/// With the endpoint as an entry of its own.
fn both() -> String {
    let watch = WATCH.replace("\"hosting\", \"hosting-failure\", \"recovery\"", "\"business\", \"alerts\"");
    format!("{watch}\n[[certificates]]\nname = \"edge\"\nendpoint = \"www.example\"\nrenewal = \"auto\"\n")
}

/// 90 days of life, issued at the story's beginning: a grace of 4.5 days.
fn new() -> Certificate {
    certificate("www.example", NOW, NOW + Duration::days(90))
}

/// Renewed when 30 of its 90 days were left.
fn old() -> Certificate {
    certificate("www.example", NOW - Duration::days(60), NOW + Duration::days(30))
}

fn file(served: Option<&Certificate>) -> Look {
    Look::file("/etc/ssl/www.pem", &new()).served_as("www.example:443", served)
}

/// One run; what was sent, by kind, and how that is known.
fn sent(story: &mut Scenario, now: OffsetDateTime) -> Vec<String> {
    story.run(now);
    let mut sent: Vec<String> = Vec::new();
    for message in &story.sent {
        sent.extend(message.reminders.iter().map(|(key, _)| key.kind.to_string()));
        sent.extend(message.occurrences.iter().map(|(_, words)| words.clone()));
    }
    sent
}

const FAILURE: &str = "alert.hosting-failure";
const RECOVERED: &str = "recovered: another certificate is served";

/// A file with the new one, and the old one served.
fn story() -> Scenario {
    let mut story = Scenario::new(WATCH);
    story.looks("www", &[file(Some(&old()))]);
    story
}

#[test]
fn the_old_one_served_after_the_grace_is_told_at_the_policys_frequency_until_the_new_one_is() {
    let mut story = story();
    let grace = Duration::hours(108);
    assert_eq!(sent(&mut story, NOW + grace - Duration::SECOND), [""; 0]);
    assert_eq!(sent(&mut story, NOW + grace), [FAILURE]);
    let told = &story.sent[0];
    assert_eq!(told.reminders[0].0.fingerprint, new().fingerprint);
    let later: Vec<Vec<String>> = (5..12).map(|number| sent(&mut story, day(number))).collect();
    assert_eq!(later.concat(), [FAILURE, FAILURE], "days 8 and 11: {later:?}");
    story.looks("www", &[file(Some(&new()))]);
    assert_eq!(sent(&mut story, day(12)), [""; 0], "one of several nodes may have it first");
    assert_eq!(sent(&mut story, day(13)), [RECOVERED]);
    assert_eq!((14..50).flat_map(|number| sent(&mut story, day(number))).count(), 0);
    assert!(story.history.undeployed.is_empty());
}

#[test]
fn the_failure_is_labelled_observed_and_says_what_is_served() {
    let mut story = story();
    let report = story.run(day(5));
    let event = report.events.iter().find(|event| *event.certificate == new()).unwrap();
    assert_eq!(event.evidence_of(EventKind::HostingFailure), &Evidence::Observed);
    assert_eq!(event.served_instead[0].fingerprint, old().fingerprint);
    assert_eq!(story.sent[0].reminders[0].1, "it is renewed, and the old one is still served");
}

#[test]
fn a_reminder_of_an_endpoint_that_is_watched_as_well_says_to_load_the_new_one_too() {
    for (deploys_to, endpoint) in [("www.example:443", "www.example"), ("www.example", "https://www.example")] {
        let toml = both().replace("\"auto\"", "\"manual\"").replace("\"business\", \"alerts\"", "\"expiration\"");
        let toml = toml.replace("[\"www.example:443\"]", &format!("[\"{deploys_to}\"]"));
        let mut story =
            Scenario::new(&toml.replace("endpoint = \"www.example\"", &format!("endpoint = \"{endpoint}\"")));
        story.looks("www", &[Look::file("/etc/ssl/www.pem", &new()).served_as(deploys_to, Some(&old()))]);
        story.looks("edge", &[Look::endpoint("www.example:443", &old())]);
        story.run(day(1));
        let Body::Mail(mail) = &story.sent[0].body else { panic!("a mail has a mail's body") };
        let text = unwrapped(&mail.text);
        assert!(text.contains("To do: load the new certificate at www.example"), "{text}");
        assert!(!text.contains("renew it"), "{text}");
    }
}

#[test]
fn an_endpoint_that_no_file_is_deployed_to_is_renewed_where_it_is() {
    let toml = both().replace("\"auto\"", "\"manual\"").replace("\"business\", \"alerts\"", "\"expiration\"");
    let mut story = Scenario::new(&toml.replace("endpoint = \"www.example\"", "endpoint = \"other.example\""));
    story.looks("www", &[file(Some(&old()))]);
    story.looks("edge", &[Look::endpoint("other.example:443", &old())]);
    story.run(day(1));
    let Body::Mail(mail) = &story.sent[0].body else { panic!("a mail has a mail's body") };
    assert!(mail.text.contains("renew it"), "{}", mail.text);
}

#[test]
fn another_certificate_that_is_served_is_not_called_the_old_one() {
    let other = certificate("appliance.example", NOW - Duration::days(60), NOW + Duration::days(30));
    let mut story = Scenario::new(WATCH);
    story.looks("www", &[file(Some(&other))]);
    assert_eq!(sent(&mut story, day(5)), [FAILURE]);
    assert_eq!(story.sent[0].reminders[0].1, "another one is served in its place");
    let Body::Mail(mail) = &story.sent[0].body else { panic!("a mail has a mail's body") };
    let text = unwrapped(&mail.text);
    assert_eq!(mail.subject, "www.example: another certificate is served");
    assert!(text.contains("To do: have www.example:443 serve it, or correct deploys-to"), "{text}");
    assert!(!text.contains(" old one") && !text.contains("renewed"), "{text}");
}

#[test]
fn what_stood_in_the_file_before_is_the_old_one_whatever_its_names() {
    let before = certificate("www.old.example", NOW - Duration::days(60), NOW + Duration::days(30));
    let mut story = Scenario::new(WATCH);
    story.looks("www", &[Look::file("/etc/ssl/www.pem", &before).served_as("www.example:443", Some(&before))]);
    story.run(NOW - Duration::HOUR);
    story.looks("www", &[file(Some(&before))]);
    story.run(NOW);
    story.run(day(5));
    let reminders = story.sent.iter().flat_map(|message| &message.reminders);
    let why: Vec<_> = reminders.filter(|(key, _)| key.kind == EventKind::HostingFailure).map(|(_, why)| why).collect();
    assert_eq!(why, ["it is renewed, and the old one is still served"]);
}

#[test]
fn a_reminder_of_the_old_one_that_is_served_says_to_load_the_new_one_and_not_to_renew() {
    let watch = WATCH.replace("\"hosting\", \"hosting-failure\", \"recovery\"", "\"expiration\"");
    let mut story = Scenario::new(&watch.replace("\"auto\"", "\"manual\""));
    story.looks("www", &[file(Some(&old()))]);
    story.run(day(1));
    let Body::Mail(mail) = &story.sent[0].body else { panic!("a mail has a mail's body") };
    let text = unwrapped(&mail.text);
    assert!(text.contains("To do: load the new certificate at www.example:443;"), "{text}");
    assert!(!text.contains("renew it"), "{text}");
}

#[test]
fn a_roll_out_within_the_grace_is_no_event() {
    let mut story = story();
    assert_eq!((0..5).flat_map(|number| sent(&mut story, day(number))).count(), 0);
    story.looks("www", &[file(Some(&new()))]);
    assert_eq!((5..50).flat_map(|number| sent(&mut story, day(number))).count(), 0);
}

#[test]
fn an_endpoint_that_is_down_neither_fails_nor_recovers() {
    let mut story = Scenario::new(WATCH);
    story.looks("www", &[file(None)]);
    assert_eq!((5..20).flat_map(|number| sent(&mut story, day(number))).count(), 0);
    story.looks("www", &[file(Some(&old()))]);
    assert_eq!(sent(&mut story, day(20)), [FAILURE]);
    story.looks("www", &[file(None)]);
    assert_eq!((21..30).flat_map(|number| sent(&mut story, day(number))).count(), 0);
    assert!(story.history.undeployed.contains_key(&new().fingerprint), "nobody knows that it is over");
    story.looks("www", &[file(Some(&new()))]);
    assert_eq!((30..32).flat_map(|number| sent(&mut story, day(number))).collect::<Vec<_>>(), [RECOVERED]);
}

#[test]
fn old_and_new_served_in_turn_every_five_minutes_are_told_once_in_a_slot() {
    let mut story = story();
    let mut all = Vec::new();
    for turn in 0..400_i64 {
        story.looks("www", &[file(Some(&if turn % 2 == 0 { old() } else { new() }))]);
        all.extend(sent(&mut story, day(5) + Duration::minutes(5 * turn)));
    }
    assert_eq!(all, [FAILURE]);
}

#[test]
fn old_and_new_drawn_at_random_are_told_no_more_often_than_the_policy_says() {
    let once = WATCH.replace("\"3d\"", "\"once\"");
    let mut story = Scenario::new(&once);
    let mut all = Vec::new();
    for turn in 0..400_i64 {
        // 0 0 1 0 1 1 1 0 and so on: no pattern that runs could fall in step with.
        let is_old = (turn * turn + turn / 3) % 7 < 3;
        story.looks("www", &[file(Some(&if is_old { old() } else { new() }))]);
        all.extend(sent(&mut story, day(5) + Duration::minutes(5 * turn)));
    }
    assert_eq!(all.iter().filter(|told| *told == FAILURE).count(), 1, "{all:?}");
    assert!(all.iter().filter(|told| *told == RECOVERED).count() <= 1, "{all:?}");
}

#[test]
fn an_endpoint_that_already_serves_a_newer_one_is_no_failure() {
    let mut story = Scenario::new(WATCH);
    let newer = certificate("www.example", day(1), day(91));
    story.looks("www", &[file(Some(&newer))]);
    assert_eq!((5..50).flat_map(|number| sent(&mut story, day(number))).count(), 0);
}

#[test]
fn a_snooze_of_the_file_holds_it_and_its_release_tells_it_once() {
    let mut story = story();
    assert_eq!(sent(&mut story, day(5)), [FAILURE]);
    let snooze = Snooze { since: day(5), until: day(15) };
    story.history.snoozes.insert(new().fingerprint, snooze);
    assert_eq!((6..15).flat_map(|number| sent(&mut story, day(number))).count(), 0);
    assert_eq!(sent(&mut story, day(15)), [FAILURE]);
    assert_eq!(sent(&mut story, day(16)), [""; 0]);
}

#[test]
fn recipients_who_switched_notifications_off_accept_it_or_are_not_subscribed_are_not_told() {
    let off = format!("{WATCH}    notifications = false\n");
    let accepted = format!("{WATCH}    accept = [\"not-deployed\"]\n");
    let deaf = WATCH.replace("\"hosting-failure\"", "\"anomaly\"");
    for toml in [off, accepted, deaf] {
        let mut story = Scenario::new(&toml);
        story.looks("www", &[file(Some(&old()))]);
        assert_eq!((0..30).flat_map(|number| sent(&mut story, day(number))).count(), 0, "{toml}");
        story.looks("www", &[file(Some(&new()))]);
        assert_eq!((30..33).flat_map(|number| sent(&mut story, day(number))).count(), 0, "{toml}");
    }
}

#[test]
fn one_that_is_accepted_later_ends_without_a_word() {
    let mut story = story();
    assert_eq!(sent(&mut story, day(5)), [FAILURE]);
    story.rewritten(&format!("{WATCH}    accept = [\"not-deployed\"]\n"));
    story.looks("www", &[file(Some(&new()))]);
    assert_eq!((6..12).flat_map(|number| sent(&mut story, day(number))).count(), 0);
    assert!(story.history.undeployed.is_empty());
}

#[test]
fn an_endpoint_that_is_watched_as_well_is_not_reported_as_a_late_renewal_too() {
    let mut story = Scenario::new(&both());
    story.looks("www", &[Look::file("/etc/ssl/www.pem", &old()).served_as("www.example:443", Some(&old()))]);
    story.looks("edge", &[Look::endpoint("www.example:443", &old())]);
    sent(&mut story, NOW - Duration::HOUR);
    story.looks("www", &[file(Some(&old()))]);
    let all: Vec<String> = (0..8).flat_map(|number| sent(&mut story, day(number))).collect();
    let failures: Vec<_> = all.iter().filter(|told| *told == FAILURE).collect();
    assert_eq!(failures.len(), 1, "day 5, and nothing of the old one beside it: {all:?}");
    assert_eq!(
        all.iter().filter(|told| *told == "business.expiration").count(),
        1,
        "nothing silences its end: {all:?}"
    );
}

#[test]
fn an_endpoint_alone_whose_automatic_renewal_is_late_is_told_by_its_dates() {
    let toml = both().replace("    deploys-to = [\"www.example:443\"]\n", "");
    let mut story = Scenario::new(&toml);
    story.looks("www", &[Look::file("/etc/ssl/www.pem", &new())]);
    story.looks("edge", &[Look::endpoint("www.example:443", &old())]);
    let late_from = NOW + Duration::hours(108);
    assert_eq!(sent(&mut story, late_from - Duration::SECOND), [""; 0]);
    let told = sent(&mut story, late_from);
    assert_eq!(told.iter().filter(|told| *told == FAILURE).count(), 1, "{told:?}");
}

#[test]
fn a_late_renewal_is_told_once_more_after_a_failure_of_its_youth() {
    let once = WATCH
        .replace("\"3d\"", "\"once\"")
        .replace("\"hosting\", \"hosting-failure\", \"recovery\"", "\"hosting-failure\"");
    let mut story = Scenario::new(&once);
    story.looks("www", &[file(Some(&old()))]);
    assert_eq!(sent(&mut story, day(5)), [FAILURE]);
    story.looks("www", &[file(Some(&new()))]);
    let late_from = NOW + Duration::days(60) + Duration::hours(108);
    assert_eq!(sent(&mut story, late_from - Duration::SECOND), [""; 0]);
    let report = story.run(late_from);
    assert_eq!(report.messages.len(), 1);
    assert!(story.sent[0].reminders[0].1.starts_with("automatic renewal is late"), "{:?}", story.sent[0].reminders);
}

#[test]
fn what_is_planned_says_why_and_for_how_long_it_goes_on() {
    let mut story = story();
    let report = story.run(day(4));
    assert!(report.messages.is_empty());
    let picked: Vec<_> = story.policies.entries.iter().collect();
    let job = certnotify::pass::RunInput { policies: &story.policies, picked: &picked, machine: "web-1" };
    let look = certnotify::pass::judge(job, story.observations(), &story.history, day(5));
    let plan = certnotify::pass::plan(job, &look, &story.history, &Throttled::default(), (day(5), day(9))).0;
    let why: Vec<ReminderReason> =
        plan.iter().flat_map(|(_, batch)| batch.reminders.iter().map(|reminder| reminder.why)).collect();
    assert_eq!(why[0], ReminderReason::NotDeployed { is_predecessor: true });
    assert!(matches!(why[1..], [ReminderReason::Repeat { every_days: 3, .. }]), "{why:?}");
    assert_eq!(plan[0].1.channel, Channel::Email);
}

/// What is planned at `now` for the days after: when, and why.
fn planned(story: &Scenario, now: OffsetDateTime, days: i64) -> Vec<(OffsetDateTime, EventKind, ReminderReason)> {
    let picked: Vec<_> = story.policies.entries.iter().collect();
    let job = certnotify::pass::RunInput { policies: &story.policies, picked: &picked, machine: "web-1" };
    let look = certnotify::pass::judge(job, story.observations(), &story.history, now);
    let until = now + Duration::days(days);
    let plan = certnotify::pass::plan(job, &look, &story.history, &Throttled::default(), (now, until)).0;
    let planned = plan.iter().flat_map(|(at, batch)| batch.reminders.iter().map(|it| (*at, it.key.kind, it.why)));
    planned.collect()
}

#[test]
fn what_comes_when_the_grace_ends_is_planned_and_named_as_the_next() {
    let mut story = story();
    assert!(story.run(day(1)).messages.is_empty());
    let grace_ends = NOW + Duration::hours(108);
    let why = ReminderReason::NotDeployed { is_predecessor: true };
    assert_eq!(planned(&story, day(1), 5), [(grace_ends, EventKind::HostingFailure, why)]);
    assert_eq!(story.next.as_ref().map(|next| next.at), Some(grace_ends));
    assert_eq!(planned(&story, day(1), 3), []);
}

#[test]
fn a_plan_within_the_grace_tells_the_late_renewal_of_the_old_one_only_until_then() {
    // The endpoint's own is late a day before the grace of the file ends.
    let toml = both().replace("endpoint = \"www.example\"", "endpoint = \"www.example\"\nrenew-before = \"31d\"");
    let mut story = Scenario::new(&toml);
    story.looks("www", &[file(Some(&old()))]);
    story.looks("edge", &[Look::endpoint("www.example:443", &old())]);
    let of_failures = |planned: Vec<(OffsetDateTime, EventKind, ReminderReason)>| {
        let failures = planned.into_iter().filter(|(_, kind, _)| *kind == EventKind::HostingFailure);
        failures.map(|(at, ..)| at).collect::<Vec<_>>()
    };
    let expected = [NOW + Duration::hours(84), NOW + Duration::hours(108)];
    assert_eq!(of_failures(planned(&story, NOW, 6)), expected);
    let mut told = Vec::new();
    for hour in 0..144 {
        let now = NOW + Duration::hours(hour);
        told.extend(sent(&mut story, now).iter().filter(|told| *told == FAILURE).map(|_| now));
    }
    assert_eq!(told, expected, "as it was planned");
}
