//! `from = "critical"`: a channel that rings only for what is so bad.

use certnotify::certificate::{Certificate, PublicKey};
use certnotify::event::FindingId;
use certnotify::policy::Channel;
use certnotify::render::Body;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::dated::World;
use crate::support::scenario::{Look, Scenario};
use crate::support::world::certificate;

const END: OffsetDateTime = datetime!(2027-06-01 12:00 UTC);

fn policies(floor: &str, policy: &str) -> String {
    format!(
        "[settings]\ntimezone = \"UTC\"\n[contacts.ops]\nemail = \"ops@example.com\"\n\
         ntfy = {{ topic = \"x\", from = \"{floor}\" }}\n\
         [policies.default]\nchannels = [\"email\", \"ntfy\"]\nevents = [\"business\", \"alerts\"]\nfrequency = \"7d\"\n{policy}\n\
         [[certificates]]\nname = \"www\"\nendpoint = \"www.example\"\nrenewal = \"manual\"\n"
    )
}

fn www() -> Certificate {
    certificate("www.example", END - Duration::days(365), END)
}

/// The days before the end on which each channel spoke, in daily runs from `from` to `to`.
fn spoke(scenario: &mut Scenario, from: i64, to: i64) -> Vec<(i64, Channel)> {
    let mut spoke = Vec::new();
    for days in (to..=from).rev() {
        scenario.run(END - Duration::days(days));
        spoke.extend(scenario.sent.iter().map(|message| (days, message.channel)));
    }
    spoke
}

#[test]
fn a_pager_rings_when_the_end_is_critical_and_not_before() {
    let mut scenario = Scenario::new(&policies("critical", ""));
    scenario.shows("www", &www());
    let spoke = spoke(&mut scenario, 40, -1);
    let of = |wanted: Channel| -> Vec<i64> {
        spoke.iter().filter(|(_, channel)| *channel == wanted).map(|(days, _)| *days).collect()
    };
    assert_eq!(of(Channel::Email), [30, 23, 16, 9, 2, -1]);
    assert_eq!(of(Channel::Ntfy), [7, 0, -1], "7 days before the end `check` calls it critical");
}

#[test]
fn what_rings_because_the_end_is_critical_says_nothing_of_an_escalation_in_any_language() {
    for (language, why) in
        [("en", "within 7 days of its end"), ("zh-CN", "距到期 7 天以内"), ("ja", "有効期限まで 7 日以内")]
    {
        let policies = policies("critical", "").replace("[contacts", &format!("language = \"{language}\"\n[contacts"));
        let room = "mattermost = { webhook = \"https://chat.example/hooks/xxxxxxxxxxxxxxxxxxxxxxxxxx\",";
        let policies = policies.replace("ntfy = { topic = \"x\",", room).replace("\"ntfy\"", "\"mattermost\"");
        let mut scenario = Scenario::new(&policies);
        scenario.shows("www", &www());
        scenario.run(END - Duration::days(7));
        let message = scenario.sent.iter().find(|message| message.channel == Channel::Mattermost).unwrap();
        let Body::Chat { payload, .. } = &message.body else { panic!("a room has a room's body") };
        let text = payload.to_string();
        assert!(text.contains(why), "{text}");
        assert!(!["scalat", "升级", "エスカレーション"].iter().any(|word| text.contains(word)), "{text}");
    }
}

#[test]
fn a_policy_of_once_rings_once_and_milestones_inside_the_threshold_do_too() {
    let mut scenario =
        Scenario::new(&policies("critical", "milestones = [\"14d\", \"3d\"]").replace("7d\"\nmile", "once\"\nmile"));
    scenario.shows("www", &www());
    let spoke = spoke(&mut scenario, 40, 0);
    let rings: Vec<i64> =
        spoke.iter().filter(|(_, channel)| *channel == Channel::Ntfy).map(|(days, _)| *days).collect();
    assert_eq!(rings, [7, 3], "{spoke:?}");
}

#[test]
fn a_short_life_is_critical_later_and_an_expired_one_rings_at_once() {
    let mut scenario = Scenario::new(&policies("critical", ""));
    scenario.shows("www", &certificate("www.example", END - Duration::days(30), END));
    let spoke = spoke(&mut scenario, 15, 4);
    let rings: Vec<i64> =
        spoke.iter().filter(|(_, channel)| *channel == Channel::Ntfy).map(|(days, _)| *days).collect();
    assert_eq!(rings, [5], "a sixth of its life");

    let mut scenario = Scenario::new(&policies("critical", ""));
    scenario.shows("www", &www());
    scenario.run(END + Duration::days(3));
    assert!(scenario.sent.iter().any(|message| message.channel == Channel::Ntfy));
}

#[test]
fn an_escalation_to_a_pager_waits_for_its_floor_and_rings_then() {
    let toml = policies("critical", "escalation = [{ within = \"20d\", contacts = [\"boss\"] }]").replace(
        "[policies.default]",
        "[contacts.boss]\nemail = \"boss@example.com\"\nbark = { key = \"k\", from = \"critical\" }\n[policies.default]\ncontacts = [\"ops\"]",
    ).replace("\"ntfy\"]", "\"ntfy\", \"bark\"]");
    let mut scenario = Scenario::new(&toml);
    scenario.shows("www", &www());
    let mut first: std::collections::BTreeMap<String, i64> = std::collections::BTreeMap::new();
    for days in (0..=40).rev() {
        scenario.run(END - Duration::days(days));
        for message in &scenario.sent {
            first.entry(format!("{} {}", message.contact, message.channel)).or_insert(days);
        }
    }
    let first: Vec<(&str, i64)> = first.iter().map(|(who, days)| (who.as_str(), *days)).collect();
    assert_eq!(first, [("boss bark", 7), ("boss email", 20), ("ops email", 30), ("ops ntfy", 7)]);
}

#[test]
fn a_critical_finding_rings_a_warning_does_not_and_its_end_is_told_where_it_rang() {
    for (finding, floor, rings) in [
        (FindingId::Untrusted, "critical", true),
        (FindingId::SelfSigned, "critical", true),
        (FindingId::WeakKey, "critical", false),
        (FindingId::WeakKey, "warning", true),
        (FindingId::Untrusted, "warning", true),
    ] {
        let mut scenario = Scenario::new(&policies(floor, ""));
        let leaf = certificate("www.example", END - Duration::days(100), END);
        let key = PublicKey { algorithm: "RSA".into(), bits: Some(1024), id: None };
        let weak = Certificate { key, ..leaf.clone() };
        let now = END - Duration::days(90);
        let wrong = match finding {
            FindingId::WeakKey => Look::endpoint("www.example:443", &weak),
            other => Look::endpoint("www.example:443", &leaf).distrusted(other),
        };
        scenario.looks("www", &[wrong]);
        scenario.run(now);
        scenario.run(now + Duration::HOUR);
        let rang = |scenario: &Scenario| scenario.sent.iter().any(|message| message.channel == Channel::Ntfy);
        let told_by = |scenario: &Scenario, channel: Channel| {
            scenario
                .history
                .occurrences
                .values()
                .any(|it| it.told.values().any(|channels| channels.contains_key(&channel)))
        };
        assert!(told_by(&scenario, Channel::Email), "{finding}");
        assert_eq!(told_by(&scenario, Channel::Ntfy), rings, "{finding} {floor}");
        scenario.looks("www", &[Look::endpoint("www.example:443", &leaf)]);
        scenario.run(now + Duration::hours(30));
        let first = rang(&scenario);
        scenario.run(now + Duration::hours(31));
        assert_eq!(first || rang(&scenario), rings, "the recovery: {finding} {floor}");
    }
}

#[test]
fn good_news_is_for_no_floor_but_the_renewal_of_what_rang_is() {
    let renewed = || certificate("www.example", END - Duration::days(30), END + Duration::days(365));
    // It never rang: it does not ring for the renewal.
    let mut scenario = Scenario::new(&policies("critical", ""));
    scenario.shows("www", &www());
    scenario.run(END - Duration::days(20));
    scenario.shows("www", &renewed());
    scenario.run(END - Duration::hours(23 * 20));
    scenario.run(END - Duration::hours(20));
    assert!(scenario.sent.iter().all(|message| message.channel == Channel::Email), "{:?}", scenario.beginnings());
    // It rang: the channel that rang is told that it is over.
    let mut scenario = Scenario::new(&policies("critical", ""));
    scenario.shows("www", &www());
    scenario.run(END - Duration::days(5));
    scenario.shows("www", &renewed());
    scenario.run(END - Duration::hours(20));
    let by: Vec<Channel> = scenario.sent.iter().map(|message| message.channel).collect();
    assert!(by.contains(&Channel::Ntfy), "{by:?}");
}

#[test]
fn every_channel_takes_it_and_the_program_refuses_another_word_with_help() {
    let world = World::new();
    let with = |table: &str| {
        format!(
            "[contacts.ops]\nemail = \"ops@example.com\"\n{table}\n[policies.default]\ncontacts = [\"ops\"]\n\
             [[certificates]]\nname = \"x\"\nexpires = \"2031-01-01\"\n"
        )
    };
    world.writes(&with("ntfy = { topic = \"x\", from = \"urgent\" }"));
    let ran = world.runs(&["validate"]);
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("`warning`") && ran.stderr.contains("`critical`"), "{}", ran.stderr);
    for table in [
        "ntfy = { topic = \"x\", from = \"critical\" }",
        "pagerduty = { routing-key = \"00000000000000000000000000000000\", from = \"critical\" }",
        "webhook = { url = \"https://hooks.example.com/x\", from = \"warning\" }",
        "command = { argv = [\"/bin/true\"], from = \"critical\" }",
        "slack = { webhook = \"https://hooks.slack.com/services/T/B/x\", from = \"warning\" }",
    ] {
        world.writes(&with(table));
        let ran = world.runs(&["validate"]);
        assert_eq!(ran.code, 0, "{table}: {}", ran.stderr);
    }
    world.writes(&with("").replace("email = \"ops@example.com\"", "ntfy = { topic = \"x\", from = \"critical\" }"));
    let ran = world.runs(&["validate"]);
    assert!(ran.stdout.contains("critical") || ran.stderr.contains("before it is critical"), "{}", ran.stderr);
}

#[test]
fn a_dated_entry_rings_within_seven_days_in_the_plan_of_the_program() {
    let world = World::new();
    world.writes(
        "[settings]\ntimezone = \"UTC\"\n[contacts.ops]\nemail = \"ops@example.com\"\n\
         ntfy = { topic = \"x\", base-url = \"http://127.0.0.1:9\", from = \"critical\" }\n\
         [policies.default]\nchannels = [\"inbox\", \"ntfy\"]\ncontacts = [\"ops\"]\n\
         [[certificates]]\nname = \"licence\"\nexpires = \"2031-05-31\"\n",
    );
    let plan = world.json(&["plan", "--at", "2031-05-01T00:00:00Z", "--format", "json"]);
    let sent = plan["messages"].as_array().unwrap().iter();
    let first = |channel: &str| {
        sent.clone().find(|it| it["channel"] == channel).map(|it| it["send_at"].as_str().unwrap()[..10].to_owned())
    };
    assert_eq!((first("inbox"), first("ntfy")), (Some("2031-05-01".to_owned()), Some("2031-05-24".to_owned())));
}

#[test]
fn a_contact_whom_one_channel_tells_already_is_not_said_to_join_when_another_does() {
    let two = "[contacts.dev]\nemail = \"dev@example.com\"\n[contacts.boss]\nntfy = { topic = \"y\", from = \"critical\" }\n\
               [policies.default]\ncontacts = [\"ops\", \"dev\", \"boss\"]\n";
    let mut scenario = Scenario::new(&policies("critical", "").replace("[policies.default]\n", two));
    scenario.shows("www", &www());
    let mut said = |days: i64, contact: &str| {
        scenario.run(END - Duration::days(days));
        let mail = scenario.sent.iter().find(|message| message.contact.as_str() == contact).unwrap();
        let line = mail.text.lines().find(|line| line.contains("Also sent to")).unwrap();
        line.trim().to_owned()
    };
    assert_eq!(said(20, "dev"), "Also sent to: ops; from 25 May also to boss.");
}
