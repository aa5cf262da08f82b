//! Digests: what comes, told to a contact once at each of its times.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use certnotify::deliver::DeliveryError;
use certnotify::event::EventKind;
use certnotify::policy::Channel;
use certnotify::render::Body;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::dated::{World, now};
use crate::support::scenario::Scenario;
use crate::support::world::certificate;

/// A Monday, 08:00 in Berlin.
const MONDAY: OffsetDateTime = datetime!(2026-11-23 7:00 UTC);

/// Weeks in which clocks are put forward or back.
const SHIFTS: [(OffsetDateTime, OffsetDateTime); 2] = [
    (datetime!(2027-03-08 00:10 UTC), datetime!(2027-04-12 00:10 UTC)),
    (datetime!(2027-09-27 00:10 UTC), datetime!(2027-11-15 00:10 UTC)),
];

fn policies(contact: &str, policy: &str, entries: &[&str]) -> String {
    let mut toml = format!(
        "[settings]\ntimezone = \"Europe/Berlin\"\n[contacts.ops]\nemail = \"ops@example.com\"\n{contact}\n\
         [policies.default]\ncontacts = [\"ops\"]\nchannels = [\"email\", \"inbox\"]\nevents = [\"business\", \"alerts\"]\n{policy}\n"
    );
    for entry in entries {
        writeln!(toml, "[[certificates]]\nname = \"{entry}\"\nendpoint = \"{entry}.example\"\nrenewal = \"manual\"")
            .unwrap();
    }
    toml
}

fn ending(name: &str, days: i64) -> certnotify::certificate::Certificate {
    let end = MONDAY + Duration::days(days);
    certificate(name, end - Duration::days(397), end)
}

/// The digests among what the last run sent: the channel, and the text.
fn digests(scenario: &Scenario) -> Vec<(Channel, String)> {
    let is_digest = |id: &str| id.contains("digest");
    let sent = scenario.sent.iter().filter(|it| it.occurrences.iter().any(|(id, _)| is_digest(id.as_str())));
    sent.map(|message| {
        let text = match &message.body {
            Body::Mail(mail) => mail.text.clone(),
            Body::Chat { .. } => message.text.clone(),
        };
        (message.channel, text)
    })
    .collect()
}

fn count(scenario: &mut Scenario, now: OffsetDateTime) -> usize {
    scenario.run(now);
    digests(scenario).len()
}

#[test]
fn hourly_runs_of_eight_weeks_send_one_a_week_by_each_channel() {
    let mut scenario = Scenario::new(&policies("digest = \"Mon 08:00\"", "", &["www"]));
    scenario.shows("www", &ending("www", 300));
    let mut sent: Vec<OffsetDateTime> = Vec::new();
    // The first run is on a Thursday: the Monday before is not made up for.
    let mut now = MONDAY - Duration::days(4) + Duration::minutes(17);
    while now < MONDAY + Duration::weeks(8) - Duration::DAY {
        let digests = count(&mut scenario, now);
        assert!(digests == 0 || digests == 2, "{now}: {digests}");
        sent.extend((digests > 0).then_some(now));
        now += Duration::HOUR;
    }
    let expected: Vec<OffsetDateTime> =
        (0..8).map(|week| MONDAY + Duration::weeks(week) + Duration::minutes(17)).collect();
    assert_eq!(sent, expected);
}

#[test]
fn a_first_run_on_the_day_and_after_the_time_sends_one() {
    let mut scenario = Scenario::new(&policies("digest = \"Mon 08:00\"", "", &["www"]));
    scenario.shows("www", &ending("www", 300));
    assert_eq!(count(&mut scenario, MONDAY + Duration::hours(10)), 2);
    for nth in 1..20 {
        assert_eq!(count(&mut scenario, MONDAY + Duration::hours(10) + Duration::minutes(nth)), 0);
    }
    assert_eq!(count(&mut scenario, MONDAY + Duration::weeks(1) - Duration::SECOND), 0);
    assert_eq!(count(&mut scenario, MONDAY + Duration::weeks(1)), 2);
}

#[test]
fn weeks_in_which_the_clock_changes_have_one_each_on_the_clocks_of_the_contact() {
    for (zone, written) in [
        ("Europe/Berlin", "Sun 02:30"),
        ("America/New_York", "Sun 01:30"),
        ("Australia/Lord_Howe", "Sun 02:00"),
        ("Africa/Casablanca", "Sun 02:15"),
        ("Pacific/Apia", "daily 00:00"),
    ] {
        let mut scenario =
            Scenario::new(&policies(&format!("digest = \"{written}\"\ntimezone = \"{zone}\""), "", &["www"]));
        let zone = certnotify::policy::Zone::named(zone).unwrap();
        scenario.shows("www", &ending("www", 700));
        for (begin, end) in SHIFTS {
            let mut days = BTreeMap::new();
            let mut now = begin;
            while now < end {
                if count(&mut scenario, now) > 0 {
                    *days.entry(zone.wall(now).date()).or_insert(0) += 1;
                }
                now += Duration::minutes(215);
            }
            let length = (end - begin).whole_days();
            let expected = if written.starts_with("daily") { length } else { length / 7 };
            assert!((expected - 1..=expected + 1).contains(&i64::try_from(days.len()).unwrap()), "{written}: {days:?}");
            assert!(days.values().all(|times| *times == 1), "{written}: {days:?}");
            let dates: Vec<_> = days.keys().collect();
            let apart = dates.windows(2).map(|pair| (*pair[1] - *pair[0]).whole_days()).max();
            assert!(apart <= Some(if written.starts_with("daily") { 1 } else { 7 }), "{written}: {days:?}");
        }
    }
}

#[test]
fn it_names_what_ends_in_sixty_days_what_was_renewed_and_what_is_not_seen() {
    let entries = ["soon", "later", "far", "told", "renewed", "away", "past"];
    let mut scenario = Scenario::new(&policies("digest = \"Mon 08:00\"", "", &entries));
    for (entry, days) in [("soon", 20), ("later", 85), ("far", 200), ("told", 10), ("renewed", 50), ("past", -3)] {
        scenario.shows(entry, &ending(entry, days));
    }
    scenario.fails("away", "no answer from 192.0.2.1:443 within 10 s");
    scenario.run(MONDAY - Duration::days(2));
    scenario.shows("renewed", &ending("renewed", 390));
    scenario.run(MONDAY - Duration::days(1));
    scenario.run(MONDAY + Duration::HOUR);
    let digests = digests(&scenario);
    assert_eq!(digests.len(), 2);
    let text = &digests[0].1;
    assert!(text.contains("2026-12-13 soon"), "{text}");
    assert!(text.contains("2027-02-16 later, reminder 2027-01-17"), "its reminder is inside the 60 days: {text}");
    assert!(text.contains("2026-12-03 told"), "reminded already, and it ends in these days: {text}");
    assert!(text.contains("2026-11-20 past, expired"), "{text}");
    assert!(!text.contains("far"), "{text}");
    let renewed = text.split("Renewed since").nth(1).unwrap();
    assert!(renewed.contains("2027-12-18 renewed"), "{text}");
    assert!(text.contains("away: no answer from 192.0.2.1:443 within 10 s"), "{text}");

    // The next one does not tell the renewal again.
    scenario.run(MONDAY + Duration::weeks(1));
    let text = &self::digests(&scenario)[0].1;
    assert!(!text.contains("Renewed since") && text.contains("soon"), "{text}");
}

#[test]
fn a_channel_that_fails_is_owed_it_and_the_other_is_not_told_twice() {
    let mut scenario = Scenario::new(&policies("digest = \"Mon 08:00\"", "", &["www", "new"]));
    scenario.shows("www", &ending("www", 50)).shows("new", &ending("new", 100));
    scenario.run(MONDAY - Duration::DAY);
    scenario.shows("new", &ending("new", 390));
    scenario.run(MONDAY - Duration::HOUR);
    for _ in 0..3 {
        scenario.answers(Channel::Email, refused());
    }
    scenario.run(MONDAY);
    assert_eq!(digests(&scenario).iter().map(|it| it.0).collect::<Vec<_>>(), [Channel::Inbox]);
    scenario.run(MONDAY + Duration::HOUR);
    let sent = digests(&scenario);
    assert_eq!(sent.iter().map(|it| it.0).collect::<Vec<_>>(), [Channel::Email]);
    assert!(sent[0].1.contains("Renewed since"), "{}", sent[0].1);
    assert_eq!(count(&mut scenario, MONDAY + Duration::hours(2)), 0);
}

#[test]
fn what_a_channel_did_not_take_for_a_week_is_told_by_the_next_one_alone() {
    let mut scenario = Scenario::new(&policies("digest = \"Mon 08:00\"", "", &["www", "new"]));
    scenario.shows("www", &ending("www", 50)).shows("new", &ending("new", 100));
    scenario.run(MONDAY - Duration::DAY);
    scenario.shows("new", &ending("new", 390));
    scenario.run(MONDAY - Duration::HOUR);
    let mut now = MONDAY;
    while now < MONDAY + Duration::weeks(1) {
        for _ in 0..3 {
            scenario.answers(Channel::Email, refused());
        }
        scenario.run(now);
        now += Duration::hours(6);
    }
    scenario.run(MONDAY + Duration::weeks(1) + Duration::minutes(5));
    let sent = digests(&scenario);
    let by =
        |channel: Channel| -> Vec<&str> { sent.iter().filter(|it| it.0 == channel).map(|it| it.1.as_str()).collect() };
    assert_eq!((by(Channel::Email).len(), by(Channel::Inbox).len()), (1, 1), "{sent:?}");
    assert!(by(Channel::Email)[0].contains("2027-12-18 new"), "the renewal was never told by mail: {sent:?}");
    assert!(!by(Channel::Inbox)[0].contains("Renewed since"), "{sent:?}");
}

#[test]
fn an_address_that_takes_no_mail_makes_no_other_hear_of_a_renewal_twice() {
    let both = "email = [\"gone@example.com\", \"ops@example.com\"]";
    let toml = policies("digest = \"daily 08:00\"", "", &["www", "new"]);
    let mut scenario = Scenario::new(&toml.replace("email = \"ops@example.com\"", both));
    scenario.dead.push("gone@example.com".to_owned());
    scenario.shows("www", &ending("www", 50)).shows("new", &ending("new", 100));
    scenario.run(MONDAY - Duration::DAY);
    scenario.shows("new", &ending("new", 390));
    scenario.run(MONDAY - Duration::HOUR);
    let mut by_mail = |now: OffsetDateTime| {
        scenario.run(now);
        digests(&scenario).into_iter().find(|(channel, _)| *channel == Channel::Email).unwrap().1
    };
    assert!(by_mail(MONDAY).contains("Renewed since"));
    let next = by_mail(MONDAY + Duration::DAY);
    assert!(!next.contains("Renewed since"), "{next}");
}

#[test]
fn a_window_and_a_run_of_picked_entries_change_nothing() {
    let mut scenario = Scenario::new(&policies("digest = \"Mon 08:00\"", "window = \"Tue-Fri 10:00-11:00\"", &["www"]));
    scenario.shows("www", &ending("www", 300));
    assert_eq!(count(&mut scenario, MONDAY), 2);
}

#[test]
fn the_key_of_a_policy_is_for_its_contacts_and_that_of_a_contact_counts_first() {
    let contacts = "[contacts.bo]\nemail = \"bo@example.com\"\ndigest = \"Tue 08:00\"\n[contacts.none]\nemail = \"n@example.com\"\ndigest = \"none\"";
    let mut toml = policies(contacts, "digest = \"Mon 08:00\"", &["www"]);
    toml = toml.replace("contacts = [\"ops\"]", "contacts = [\"ops\", \"bo\", \"none\"]");
    let mut scenario = Scenario::new(&toml);
    scenario.shows("www", &ending("www", 300));
    let who = |scenario: &mut Scenario, now| -> Vec<String> {
        scenario.run(now);
        let is_digest = |id: &str| id.contains("digest");
        let sent = scenario.sent.iter().filter(|it| it.occurrences.iter().any(|(id, _)| is_digest(id.as_str())));
        sent.map(|it| format!("{} {}", it.contact, it.channel)).collect()
    };
    assert_eq!(who(&mut scenario, MONDAY), ["ops inbox", "ops email"]);
    assert_eq!(who(&mut scenario, MONDAY + Duration::DAY), ["bo inbox", "bo email"]);
    assert!(who(&mut scenario, MONDAY + Duration::days(2)).is_empty());
}

#[test]
fn another_time_or_zone_on_its_day_makes_no_second_and_taking_the_key_out_ends_it() {
    let mut scenario = Scenario::new(&policies("digest = \"Mon 08:00\"", "", &["www"]));
    scenario.shows("www", &ending("www", 300));
    assert_eq!(count(&mut scenario, MONDAY), 2);
    scenario.rewritten(&policies("digest = \"Mon 09:30\"", "", &["www"]));
    assert_eq!(count(&mut scenario, MONDAY + Duration::hours(2)), 0);
    scenario.rewritten(&policies("digest = \"Mon 08:00\"\ntimezone = \"America/New_York\"", "", &["www"]));
    assert_eq!(count(&mut scenario, MONDAY + Duration::hours(7)), 0);
    scenario.rewritten(&policies("", "", &["www"]));
    assert_eq!(count(&mut scenario, MONDAY + Duration::weeks(1)), 0);
    assert!(scenario.history.digests.is_empty() && scenario.history.renewed.is_empty());
    // Written again on a Wednesday it means the Monday after that.
    scenario.rewritten(&policies("digest = \"Mon 08:00\"", "", &["www"]));
    assert_eq!(count(&mut scenario, MONDAY + Duration::days(9)), 0);
    assert_eq!(count(&mut scenario, MONDAY + Duration::days(14)), 2);
}

#[test]
fn a_clock_that_was_ahead_sends_none_twice_and_silences_no_week() {
    let mut scenario = Scenario::new(&policies("digest = \"Mon 08:00\"", "", &["www"]));
    scenario.shows("www", &ending("www", 900));
    assert_eq!(count(&mut scenario, MONDAY), 2);
    assert_eq!(count(&mut scenario, MONDAY + Duration::weeks(52)), 2, "the clock jumps ahead");
    assert_eq!(count(&mut scenario, MONDAY + Duration::hours(1)), 0, "and is right again");
    assert_eq!(count(&mut scenario, MONDAY + Duration::weeks(1)), 2);
    assert_eq!(count(&mut scenario, MONDAY + Duration::weeks(1) + Duration::HOUR), 0);
    assert_eq!(count(&mut scenario, MONDAY + Duration::weeks(2)), 2);
}

#[test]
fn a_thousand_names_are_counted_and_hostile_ones_are_inert_in_every_room() {
    let room = "ntfy = { topic = \"x\" }\ndiscord = { webhook = \"https://discord.com/api/webhooks/1/x\" }\n\
                slack = { webhook = \"https://hooks.slack.com/services/T/B/x\" }\nwecom = { webhook = \"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=x\" }\n\
                telegram = { token = \"1:x\", chat = \"1\" }\npushover = { token = \"azGDORePK8gMaC0QOYAMyEEuzJnyUi\", user = \"uQiRzpo4DXghDmr9QzzfQu27cmVRsG\" }\ndigest = \"daily 08:00\"";
    let names: Vec<String> =
        (0..1000).map(|n| format!("host-{n}-<@everyone>*[x](http://e)`{}", "x".repeat(20))).collect();
    let mut toml = policies(room, "", &[]).replace("channels = [\"email\", \"inbox\"]\n", "");
    toml.push_str(&names.iter().enumerate().fold(String::new(), |mut all, (n, name)| {
        writeln!(all, "[[certificates]]\nname = \"{name}\"\nendpoint = \"h{n}.example\"").unwrap();
        all
    }));
    let mut scenario = Scenario::new(&toml);
    for (n, name) in names.iter().enumerate() {
        let end = MONDAY + Duration::days(40) + Duration::minutes(i64::try_from(n).unwrap());
        scenario.shows(name, &certificate(&format!("h{n}.example"), end - Duration::days(397), end));
    }
    scenario.run(MONDAY);
    let sent = digests(&scenario);
    assert_eq!(sent.len(), 8, "{:?}", sent.iter().map(|it| it.0).collect::<Vec<_>>());
    for (channel, text) in &sent {
        assert!(text.replace('\\', "").contains("host-0-"), "{channel}: {text}");
        assert!(text.contains(" more"), "{channel}: {text}");
    }
    let payloads = scenario.sent.iter().filter_map(|message| match &message.body {
        Body::Chat { payload, .. } => Some((message.channel, payload.to_string())),
        Body::Mail(_) => None,
    });
    for (channel, payload) in payloads {
        let most = if channel == Channel::Discord { 6000 } else { 20_000 };
        assert!(payload.len() < most, "{channel}: {}", payload.len());
        if channel == Channel::Slack {
            assert!(!payload.contains("<@everyone>"), "{payload}");
        }
    }
    let stored = serde_json::to_string(&scenario.history).unwrap().matches("host-999-").count();
    scenario.run(MONDAY + Duration::HOUR);
    assert!(scenario.history.occurrences.values().all(|record| match &record.occurrence.detail {
        certnotify::event::Detail::Digest { digest } => digest.coming.rows.is_empty() && digest.coming.count() == 1000,
        _ => true,
    }));
    assert!(stored < 20, "{stored}");
}

#[test]
fn one_that_waits_longer_than_the_next_is_never_sent_after_it() {
    let mut scenario = Scenario::new(&policies("digest = \"daily 08:00\"", "", &["www"]));
    scenario.shows("www", &ending("www", 50));
    for _ in 0..3 {
        scenario.answers(Channel::Email, refused());
    }
    scenario.run(MONDAY);
    // No run for a month: one digest, and not thirty.
    scenario.run(MONDAY + Duration::days(31) + Duration::HOUR);
    assert_eq!(digests(&scenario).len(), 2);
    assert!(scenario.owed().is_empty(), "{:?}", scenario.owed());
    let noted = scenario.history.occurrences.values().filter(|it| it.occurrence.kind == EventKind::Notice).count();
    assert!(noted <= 3, "{noted}");
}

/// `Mon 08:00` at this moment in UTC.
fn written(at: OffsetDateTime) -> String {
    format!("{} {:02}:{:02}", &at.weekday().to_string()[..3], at.hour(), at.minute())
}

#[test]
fn the_program_sends_it_once_plans_it_and_remembers_it() {
    let world = World::new();
    let (ago, ahead) = (now() - Duration::minutes(2), now() + Duration::minutes(50));
    if ago.date() != ahead.date() {
        return;
    }
    let end = (now() + Duration::days(45)).date();
    let policies = |digest: &str| {
        format!(
            "[settings]\ntimezone = \"UTC\"\n[contacts.ops]\nemail = \"ops@example.com\"\ndigest = \"{digest}\"\n\
             [policies.default]\nchannels = [\"inbox\"]\nevents = [\"business\", \"alerts\"]\n\
             [[certificates]]\nname = \"licence\"\nexpires = \"{end}\"\n[[certificates]]\nfile = \"absent.pem\"\n"
        )
    };
    world.writes(&policies(&written(ahead)));
    assert!(world.runs(&["run"]).stdout.contains("digest"), "the next that goes out");
    assert_eq!(world.last_message(), "");
    let plan = world.runs(&["plan", "--days", "8"]).stdout;
    assert_eq!(plan.matches(&format!("digest: {}", written(ahead))).count(), 2, "{plan}");

    let world = World::new();
    world.writes(&policies(&written(ago)));
    let dry = world.runs(&["run", "--dry-run"]).stdout;
    assert!(dry.contains(&format!("{end} licence, reminder")), "{dry}");
    let report = world.json(&["run", "--format", "json"]);
    assert_eq!(report["messages"].as_array().unwrap().len(), 1, "{report}");
    let text = world.last_message();
    assert!(text.contains(&format!("{end} licence")) && text.contains("absent.pem: "), "{text}");
    for _ in 0..20 {
        let report = world.json(&["run", "--format", "json"]);
        let messages = report["messages"].as_array().unwrap();
        assert!(messages.iter().all(|message| !message.to_string().contains("digest")), "{report}");
    }
    let history = world.runs(&["history"]).stdout;
    assert_eq!(history.matches(&format!("digest: {}", written(ago))).count(), 1, "{history}");
    let state: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(world.path("state.json")).unwrap()).unwrap();
    assert!(state["digests"]["ops"]["slot"].is_string(), "{state}");
}

#[test]
fn what_is_no_day_and_time_is_refused_with_an_example() {
    let world = World::new();
    for wrong in [
        "", "Mon", "8:00", "08:00", "Mon 8:00", "Mon 24:00", "Mon 25:00", "weekly", "weekly 08:00", "every Monday",
        "Mon 08:00-09:00", "Foo 08:00",
    ] {
        world.writes(&policies(&format!("digest = \"{wrong}\""), "", &["www"]));
        let ran = world.runs(&["validate"]);
        assert_eq!(ran.code, 3, "{wrong}");
        assert!(ran.stderr.contains("digest = \"Mon 08:00\""), "{}", ran.stderr);
    }
    for right in ["Mon 08:00", "mon,thu 08:00", "Mon-Fri 23:59", "daily 00:00", "Daily 08:00", "Sunday 08:00", "none"] {
        world.writes(&policies(&format!("digest = \"{right}\""), "", &["www"]));
        assert_eq!(world.runs(&["validate"]).code, 0, "{right}");
    }
}

fn refused() -> DeliveryError {
    DeliveryError::Transient { reason: "421 try again later".into(), retry_after: None }
}
