//! Stories over simulated days: the whole line, from what is seen to what is recorded.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use certnotify::certificate::Certificate;
use certnotify::deliver::{DeliveryError, Outcome};
use certnotify::policy::{Channel, ContactName};
use certnotify::render::Body;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::support::scenario::{Look, Scenario};
use crate::support::unwrapped;
use crate::support::world::certificate;

const NOW: OffsetDateTime = datetime!(2027-03-01 09:00 UTC);

/// A year of life, and this much left of it.
fn with_left(name: &str, left: Duration) -> Certificate {
    certificate(name, NOW + left - Duration::days(365), NOW + left)
}

const TWO_CHANNELS: &str = r#"
    [contacts.ops]
    email = "ops@example.com"
    lark = { webhook = "https://open.feishu.cn/open-apis/bot/v2/hook/abc" }
    [policies.default]
    channels = ["email", "chatbot"]
    events = ["business.expiration"]
    frequency = "7d"
    [[certificates]]
    name = "shop"
    file = "/etc/ssl/shop.pem"
    renewal = "manual"
"#;

fn busy() -> DeliveryError {
    DeliveryError::Transient { reason: "HTTP 503".into(), retry_after: None }
}

#[test]
fn a_failing_channel_is_tried_again_without_repeating_the_other() {
    let mut story = Scenario::new(TWO_CHANNELS);
    story.shows("shop", &with_left("shop.example", Duration::days(20)));
    story.answers(Channel::Lark, busy()).answers(Channel::Lark, busy()).answers(Channel::Lark, busy());
    assert_eq!(story.told(NOW), ["ops email 1"]);
    assert_eq!(story.told(NOW + Duration::HOUR), ["ops lark 1"]);
    assert_eq!(story.told(NOW + Duration::hours(2)), [""; 0]);
}

#[test]
fn each_accepted_message_is_on_the_disk_before_the_next_is_sent() {
    let mut story = Scenario::new(TWO_CHANNELS);
    story.shows("shop", &with_left("shop.example", Duration::days(20)));
    story.run(NOW);
    let recorded: Vec<usize> = story
        .saved
        .iter()
        .map(|history| {
            history.deliveries.values().flat_map(BTreeMap::values).flat_map(BTreeMap::values).map(BTreeMap::len).sum()
        })
        .collect();
    let mut growing = recorded.clone();
    growing.dedup();
    assert_eq!(growing, [0, 1, 2], "once before the first message, then after each: {recorded:?}");
}

#[test]
fn a_load_balancer_that_serves_old_and_new_in_turn_causes_no_second_reminder() {
    let mut story = Scenario::new(
        r#"
        [contacts.ops]
        email = "ops@example.com"
        [policies.default]
        channels = ["email"]
        [[certificates]]
        name = "edge"
        endpoint = "edge.example"
        "#,
    );
    let (old, new) = (with_left("edge.example", Duration::days(10)), with_left("edge.example", Duration::days(300)));
    let mut told = Vec::new();
    for minutes in 0..200_i64 {
        story.shows("edge", if minutes % 2 == 0 { &old } else { &new });
        told.extend(story.told(NOW + Duration::minutes(minutes * 5)));
    }
    assert_eq!(told, ["ops email 1", "ops email 0"], "the reminder, and that it is renewed");
}

#[test]
fn reminders_of_what_cannot_be_reached_go_on_and_say_when_it_was_seen() {
    let mut story = Scenario::new(TWO_CHANNELS);
    story.shows("shop", &with_left("shop.example", Duration::days(31)));
    assert_eq!(story.told(NOW), [""; 0]);
    story.fails("shop", "no answer from 10.20.0.5:443 within 10 s");
    let later = NOW + Duration::days(2);
    let report = story.run(later);
    assert_eq!(story.sent.len(), 2);
    let Body::Mail(mail) = &story.sent[0].body else { panic!("a mail comes first") };
    assert!(mail.text.contains("Not seen since 2027-03-01 09:00"), "{}", mail.text);
    assert!(report.problems.iter().any(|problem| problem.is_failure && problem.message.starts_with("no answer")));
}

#[test]
fn a_renewal_ends_the_reminders() {
    let mut story = Scenario::new(TWO_CHANNELS);
    story.shows("shop", &with_left("shop.example", Duration::days(20)));
    assert_eq!(story.told(NOW).len(), 2);
    story.shows("shop", &with_left("shop.example", Duration::days(365)));
    assert_eq!(story.told(NOW + Duration::days(1)), ["ops email 0", "ops lark 0"], "the closing message");
    for day in 2..60 {
        assert_eq!(story.told(NOW + Duration::days(day)), [""; 0], "day {day}");
    }
}

#[test]
fn a_certificate_at_two_places_is_one_row_of_one_message() {
    let mut story = Scenario::new(
        r#"
        [contacts.ops]
        email = "ops@example.com"
        [policies.default]
        channels = ["email"]
        [[certificates]]
        name = "file"
        file = "/etc/ssl/shop.pem"
        [[certificates]]
        name = "edge"
        endpoint = "shop.example"
        "#,
    );
    let shared = with_left("shop.example", Duration::days(20));
    story.shows("file", &shared).shows("edge", &shared);
    assert_eq!(story.told(NOW), ["ops email 1"]);
}

#[test]
fn a_refusal_for_good_is_tried_once_a_day_and_at_once_when_the_policy_file_is_newer() {
    let mut story = Scenario::new(TWO_CHANNELS);
    story.shows("shop", &with_left("shop.example", Duration::days(20)));
    let refused = || DeliveryError::Permanent { reason: "19001".into(), help: "see to the robot".to_owned() };
    story.answers(Channel::Lark, refused()).answers(Channel::Lark, refused());
    assert_eq!(story.told(NOW), ["ops email 1"]);
    for hour in 1..23 {
        assert_eq!(story.told(NOW + Duration::hours(hour)), [""; 0], "hour {hour}");
    }
    assert_eq!(story.told(NOW + Duration::hours(24)), [""; 0], "tried again, and refused again");
    story.policies.modified = Some(NOW + Duration::hours(25));
    assert_eq!(story.told(NOW + Duration::hours(26)), ["ops lark 1"]);
}

#[test]
fn what_a_run_says_of_the_next_message_minds_refusals_and_the_window() {
    let refused = || DeliveryError::Permanent { reason: "19001".into(), help: "see to the robot".to_owned() };
    let window = "frequency = \"7d\"\n    window = \"09:00-20:00\"";
    let mut story = Scenario::new(&TWO_CHANNELS.replace("frequency = \"7d\"", window));
    story.shows("shop", &with_left("shop.example", Duration::days(20)));
    story.answers(Channel::Lark, refused()).run(NOW + Duration::minutes(17));
    assert_eq!(story.next.as_ref().unwrap().at, NOW + Duration::DAY, "a day later is before the window opens");

    // Another certificate comes first, and a channel that is tried in the next run before one that is not.
    let opens = "[[certificates]]\n name = \"mail\"\n file = \"/etc/ssl/mail.pem\"\n renewal = \"manual\"\n";
    let mut story = Scenario::new(&format!("{TWO_CHANNELS}{opens}"));
    story.shows("shop", &with_left("shop.example", Duration::days(20)));
    story.shows("mail", &with_left("mail.example", Duration::days(30) + Duration::hours(2)));
    story.answers(Channel::Lark, refused()).run(NOW);
    assert_eq!(story.next.as_ref().unwrap().at, NOW + Duration::hours(2));
    let anna = TWO_CHANNELS.replace("contacts.ops", "contacts.anna").replace("hook/abc", "hook/anna");
    let anna = anna.split("[policies").next().unwrap().to_owned();
    let both = TWO_CHANNELS.replace("channels = ", "contacts = [\"anna\", \"ops\"]\n channels = ");
    let mut story = Scenario::new(&format!("{anna}{both}"));
    story.shows("shop", &with_left("shop.example", Duration::days(20)));
    story.answers(Channel::Lark, refused()).answers(Channel::Lark, busy());
    story.answers(Channel::Lark, busy()).answers(Channel::Lark, busy()).run(NOW);
    let next = story.next.unwrap();
    assert_eq!((next.at, next.contacts.iter().map(ContactName::as_str).collect()), (NOW, vec!["ops"]));
}

#[test]
fn a_contact_who_joins_on_a_weekend_is_told_when_the_window_opens_and_a_message_says_so() {
    let escalated = TWO_FILES.replace("contacts.ops]", "contacts.bo]\nemail = \"bo@example.com\"\n[contacts.ops]");
    let escalated = escalated.replace(
        "frequency = \"1d\"",
        "contacts = [\"ops\"]\nfrequency = \"1d\"\nwindow = \"Mon-Fri 09:00-18:00\"\nescalation = [{ within = \"7d\", contacts = [\"bo\"] }]",
    );
    let mut story = Scenario::new(&escalated);
    // 7 days before the end is Saturday, 6 March.
    story.looks("a", &file("a", &with_left("shop.example", Duration::days(12)))).run(NOW);
    assert!(mailed(&story).contains("from 8 March also to bo."), "{}", mailed(&story));
}

#[test]
fn what_was_replaced_is_not_to_be_taken_out_of_the_policy_file() {
    let mut story = Scenario::new(TWO_CHANNELS);
    story.shows("shop", &with_left("shop.example", Duration::days(60))).run(NOW);
    story.shows("shop", &with_left("shop.example", Duration::days(20))).run(NOW + Duration::HOUR);
    let report = story.run(NOW + Duration::hours(2));
    let replaced = report.problems.iter().find(|problem| problem.message.contains("no successor")).unwrap();
    assert!(replaced.help.ends_with("if that is not meant, put the right one in its place"), "{}", replaced.help);
}

#[test]
fn what_was_never_answered_is_due_in_the_next_run_under_the_same_identifier() {
    let mut story = Scenario::new(TWO_CHANNELS);
    story.shows("shop", &with_left("shop.example", Duration::days(20)));
    story.answers(Channel::Email, DeliveryError::Unanswered { reason: "no answer".into() });
    let report = story.run(NOW);
    let (first, _) = report.messages.iter().find(|(_, outcome)| matches!(outcome, Outcome::Unanswered { .. })).unwrap();
    let first = first.id.clone();
    story.run(NOW + Duration::HOUR);
    assert_eq!(story.sent.iter().map(|message| &message.id).collect::<Vec<_>>(), [&first]);
    let Body::Mail(mail) = &story.sent[0].body else { panic!("it is a mail") };
    assert!(mail.text.contains("May be a repeat"), "{}", mail.text);
}

#[test]
fn a_problem_is_news_once_and_then_once_a_day() {
    let mut story = Scenario::new(TWO_CHANNELS);
    story.fails("shop", "no answer");
    let mut occurrences = |at: OffsetDateTime| story.run(at).problems.iter().filter(|problem| problem.is_news).count();
    assert_eq!(occurrences(NOW), 1);
    assert_eq!(occurrences(NOW + Duration::HOUR), 0);
    assert_eq!(occurrences(NOW + Duration::hours(24)), 1);
    story.fails("shop", "connection refused");
    assert_eq!(story.run(NOW + Duration::hours(25)).problems.iter().filter(|problem| problem.is_news).count(), 1);
}

#[test]
fn a_clock_that_jumped_sends_nothing_twice_and_silences_no_recipient_for_longer_than_an_interval() {
    let mut story = Scenario::new(TWO_CHANNELS);
    story.shows("shop", &with_left("shop.example", Duration::days(25)));
    assert_eq!(story.told(NOW + Duration::days(10)).len(), 2);
    let report = story.run(NOW);
    assert!(story.sent.is_empty());
    assert!(report.problems.iter().any(|problem| problem.place == "clock" && !problem.is_failure));
    assert_eq!(story.told(NOW + Duration::days(6)), [""; 0]);
    assert_eq!(story.told(NOW + Duration::days(7)).len(), 2);
}

const EVERY_CHANNEL: &str = r#"
    [contacts.ops]
    email = "ops@example.com"
    dingtalk = { webhook = "https://oapi.dingtalk.com/robot/send?access_token=0" }
    wecom = { webhook = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0" }
    lark = { webhook = "https://open.feishu.cn/open-apis/bot/v2/hook/abc" }
    [policies.default]
    channels = ["email", "inbox", "chatbot"]
    events = ["business.expiration"]
"#;

#[test]
fn five_hundred_due_at_once_are_one_mail_and_at_most_three_messages_a_robot() {
    let entries = (0..500).fold(String::new(), |mut entries, number| {
        let _ =
            writeln!(entries, "[[certificates]]\nname = \"c{number}\"\nfile = \"/{number}.pem\"\nrenewal = \"manual\"");
        entries
    });
    let mut story = Scenario::new(&format!("{EVERY_CHANNEL}{entries}"));
    for number in 0..500 {
        let left = Duration::days(number % 30) + Duration::HOUR;
        story.shows(&format!("c{number}"), &with_left(&format!("service-{number}.department.example.com"), left));
    }
    let report = story.run(NOW);
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    let count_of = |story: &Scenario, channel| story.sent.iter().filter(|message| message.channel == channel).count();
    let count = |channel| count_of(&story, channel);
    let named = |story: &Scenario, channel| {
        story
            .sent
            .iter()
            .filter(|message| message.channel == channel)
            .map(|message| message.certificates)
            .sum::<usize>()
    };
    assert_eq!((count(Channel::Email), named(&story, Channel::Email)), (1, 500));
    assert_eq!((count(Channel::Inbox), named(&story, Channel::Inbox)), (1, 500));
    let mut owed = Vec::new();
    for channel in Channel::CHATBOTS {
        assert!((1..=3).contains(&count(channel)), "{channel}: {}", count(channel));
        owed.push((channel, 500 - named(&story, channel)));
    }
    // What was only counted is still due, and comes in the next runs; nothing is named twice.
    for hour in 1..4 {
        story.run(NOW + Duration::hours(hour));
        assert!(!story.sent.iter().any(|message| !Channel::CHATBOTS.contains(&message.channel)));
        for (channel, owed) in &mut owed {
            assert!(count_of(&story, *channel) <= 3);
            *owed -= named(&story, *channel);
        }
    }
    assert!(owed.iter().all(|(_, owed)| *owed == 0), "{owed:?}");
    story.run(NOW + Duration::hours(5));
    assert!(story.sent.is_empty());
}

/// A mail of the last run, its lines joined, with each block of facts in a line of its own.
fn mailed(story: &Scenario) -> String {
    let Body::Mail(mail) = &story.sent[0].body else { panic!("no mail") };
    mail.text.split("\n\n").map(|block| unwrapped(block) + "\n").collect()
}

const TWO_FILES: &str = r#"
    [contacts.ops]
    email = "ops@example.com"
    [policies.default]
    channels = ["email"]
    events = ["business", "alerts"]
    frequency = "1d"
    [[certificates]]
    name = "a"
    file = "/etc/ssl/a.pem"
    renewal = "manual"
    [[certificates]]
    name = "b"
    file = "/etc/ssl/b.pem"
    renewal = "manual"
"#;

fn file(name: &str, certificate: &Certificate) -> Vec<Look> {
    let path = format!("/etc/ssl/{name}.pem");
    vec![Look::file(&path, certificate).asked_by(&path)]
}

#[test]
fn what_is_renewed_at_one_place_has_to_be_renewed_at_the_other_alone() {
    let mut story = Scenario::new(TWO_FILES);
    let (old, new) = (with_left("shop.example", Duration::days(20)), with_left("shop.example", Duration::days(300)));
    story.looks("a", &file("a", &old)).looks("b", &file("b", &old)).run(NOW);
    story.looks("a", &file("a", &new)).run(NOW + Duration::DAY);
    let text = mailed(&story);
    let to_do = "put the newer one in place at /etc/ssl/b.pem on web-1.example.com, or remove the old file.\n";
    assert!(text.contains(to_do), "{text}");
    assert!(text.contains("seen /etc/ssl/b.pem, today 09:00 issuer"), "{text}");
}

#[test]
fn each_certificate_was_seen_where_it_stood() {
    let mut story = Scenario::new(TWO_FILES);
    let (old, other) = (with_left("shop.example", Duration::days(20)), with_left("other.example", Duration::days(300)));
    let (first, second) = TWO_FILES.split_at(TWO_FILES.rfind("[[certificates]]").unwrap());
    story.rewritten(first).looks("a", &file("a", &old)).run(NOW);
    story.looks("a", &file("a", &other)).run(NOW + Duration::DAY);
    story.run(NOW + Duration::days(2));
    let replaced = mailed(&story);
    assert!(replaced.contains("The certificate names shop.example issuer"), "{replaced}");
    let new = "The new certificate names other.example seen /etc/ssl/a.pem, today 09:00 issuer";
    assert!(replaced.contains(new), "{replaced}");

    let mut story = Scenario::new(first);
    let new = with_left("shop.example", Duration::days(300));
    story.looks("a", &file("a", &old)).run(NOW);
    let moved = format!("{}{second}", &first[..first.find("[[certificates]]").unwrap()]);
    // The entry may have the name that the old one had.
    let moved = moved.replace("name = \"b\"", "name = \"a\"");
    let report = story.rewritten(&moved).looks("a", &file("b", &new)).run(NOW + Duration::DAY);
    assert!(report.problems.iter().any(|problem| problem.help == "no entry of the policy file stands for it any more"));
    let renewed = mailed(&story);
    for block in [
        "new certificate names shop.example seen /etc/ssl/b.pem, today 09:00 issuer",
        "old certificate names shop.example seen /etc/ssl/a.pem, 2027-03-01 09:00 issuer",
    ] {
        assert!(renewed.contains(block), "{block}: {renewed}");
    }
}

#[test]
fn what_a_window_holds_stays_held_whatever_becomes_of_its_entry() {
    let window = TWO_FILES.replace("frequency = \"1d\"", "frequency = \"7d\"\nwindow = \"09:00-10:00\"");
    let only_b =
        format!("{}{}", window.split("[[certificates]]").next().unwrap(), &window[window.rfind("[[").unwrap()..]);
    let renamed = window.replace("name = \"a\"", "name = \"other\"");
    let contacts = "contacts = [\"ops\"]\nfrequency";
    let both = window.replace("[contacts.ops]", "[contacts.bo]\nemail = \"bo@example.com\"\n[contacts.ops]");
    let [dropped, both] =
        [contacts.to_owned(), contacts.replace("[\"", "[\"bo\", \"")].map(|to| both.replace("frequency", &to));
    let (old, new) = (with_left("shop.example", Duration::days(20)), with_left("shop.example", Duration::days(300)));
    let young = with_left("mail.example", Duration::days(300));
    for (before, after, is_renewed, told) in [
        (&window, &renamed, true, vec!["ops email 0"]),
        (&window, &only_b, true, vec!["ops email 0"]),
        (&window, &only_b, false, vec!["ops email 0"]),
        (&both, &dropped, false, vec!["bo email 0"]),
    ] {
        let mut story = Scenario::new(before);
        story.looks("a", &file("a", &old)).looks("b", &file("b", &young)).run(NOW);
        if is_renewed {
            story.looks("a", &file("a", &new));
            assert_eq!(story.told(NOW + Duration::hours(3)), [""; 0]);
        }
        let now = if is_renewed { &new } else { &old };
        story.rewritten(after).looks("other", &file("a", now)).looks("a", &file("a", now));
        assert_eq!(story.told(NOW + Duration::hours(4)), [""; 0], "{after}");
        assert_eq!(story.told(NOW + Duration::DAY), told, "{after}");
    }
}
