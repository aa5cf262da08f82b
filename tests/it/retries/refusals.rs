//! What a channel refuses, for good or for a time, and what ends that.

use std::convert::Infallible;
use std::time::Duration;

use certnotify::deliver::{DeliveryError, Outcome, Receipt, send_one};
use certnotify::history::{History, Moment};
use certnotify::policy::{Channel, ChannelConfig, Contact, ContactName, Policies, Secret};
use certnotify::render::Body;
use serde_json::json;
use time::OffsetDateTime;
use time::macros::datetime;

use super::{Script, everybody, is_told, journal, permanent, run, run_with, throttled, unanswered};
use crate::support::delivery::{NOW, message};

#[test]
fn a_throttled_robot_is_left_alone_by_everybody_until_it_may_be_called() {
    let until = NOW + Duration::from_secs(600);
    let messages = [message("room-1", Channel::DingTalk, 1), message("room-2", Channel::DingTalk, 2)];
    let mut script = Script::default().answers("room-1/dingtalk/1", [throttled(until)]);
    let mut history = History::default();
    let outcomes = run(&mut script, &messages, &mut history, NOW);
    assert_eq!(journal(&script), ["room-1/dingtalk/1"]);
    assert!(
        outcomes.iter().all(|outcome| matches!(outcome, Outcome::Deferred { until: Some(at), .. } if *at == until))
    );

    let mut script = Script::default();
    run(&mut script, &messages, &mut history, until - Duration::from_secs(1));
    assert_eq!(journal(&script), Vec::<String>::new());
    run(&mut script, &messages, &mut history, until);
    assert_eq!(journal(&script), ["room-1/dingtalk/1", "room-2/dingtalk/2"]);
    assert_eq!(history.robots["the-room"].not_before, None);
}

#[test]
fn what_is_refused_for_good_is_tried_once_a_day() {
    let messages = [message("alice", Channel::Lark, 1)];
    let mut history = History::default();
    let mut tries = Vec::new();
    for hour in 0..72_u32 {
        let mut script = Script::default().answers("alice/lark/1", [permanent()]);
        let outcomes = run(&mut script, &messages, &mut history, NOW + hour * Duration::from_secs(3600));
        if journal(&script).is_empty() {
            assert!(matches!(&outcomes[0], Outcome::Deferred { reason, .. } if reason.to_string() == "no such room"));
        } else {
            assert!(matches!(&outcomes[0], Outcome::Failed { help, .. } if help == "copy the address again"));
            tries.push(hour);
        }
    }
    assert_eq!(tries, [0, 23, 46, 69]);
    assert_eq!(history.refusals.values().next().unwrap()[&Channel::Lark].runs, 4);
}

#[test]
fn what_is_refused_for_good_is_tried_at_once_when_the_policy_file_is_newer() {
    let messages = [message("alice", Channel::Lark, 1)];
    let mut history = History::default();
    run(&mut Script::default().answers("alice/lark/1", [permanent()]), &messages, &mut history, NOW);

    let hour = Duration::from_secs(3600);
    let mut script = Script::default();
    let older = Policies { modified: Some(NOW - hour), ..everybody() };
    run_with(&mut script, &messages, &mut history, &older, NOW + hour);
    assert_eq!(journal(&script), Vec::<String>::new());

    let newer = Policies { modified: Some(NOW + Duration::from_secs(60)), ..everybody() };
    run_with(&mut script, &messages, &mut history, &newer, NOW + hour);
    assert_eq!(journal(&script), ["alice/lark/1"]);
    assert!(history.refusals.is_empty(), "a success ends the refusal");
}

#[test]
fn a_message_without_an_answer_is_not_sent_again_before_the_next_run() {
    let messages = [message("alice", Channel::Email, 1)];
    let mut script = Script::default().answers("alice/email/1", [unanswered()]);
    let mut history = History::default();
    let outcomes = run(&mut script, &messages, &mut history, NOW);
    assert_eq!(journal(&script), ["alice/email/1"]);
    assert!(matches!(outcomes[0], Outcome::Unanswered { .. }));
    assert_eq!(history.unanswered.get(&messages[0].id), Some(&Moment(NOW)));
    assert!(!is_told(&history, &messages[0]));

    run(&mut script, &messages, &mut history, NOW + Duration::from_secs(3600));
    assert!(history.unanswered.is_empty() && is_told(&history, &messages[0]));
}

#[test]
fn a_card_that_is_refused_for_its_content_is_sent_once_more_in_plain_words() {
    let content = || Err(DeliveryError::Content { reason: "bad card".into(), help: "report it".to_owned() });
    let mut fancy = message("alice", Channel::Lark, 1);
    fancy.body = Body::Chat { payload: json!({"card": 1}), plainer: vec![json!({"text": 1})] };
    let mut script = Script::default().answers("alice/lark/1", [content()]);
    let mut history = History::default();
    let outcomes = run(&mut script, std::slice::from_ref(&fancy), &mut history, NOW);
    assert_eq!(journal(&script), ["alice/lark/1", "alice/lark/1"]);
    assert!(matches!(outcomes[0], Outcome::Delivered { .. }) && is_told(&history, &fancy));
    assert_eq!(history.robots["robot-of-alice"].sent.len(), 2, "both count for the robot's pace");

    let mut script = Script::default().answers("alice/lark/1", [content(), content(), Ok(Receipt::default())]);
    let outcomes = run(&mut script, &[fancy], &mut History::default(), NOW);
    assert_eq!(journal(&script).len(), 2);
    assert!(
        matches!(&outcomes[0], Outcome::Failed { reason, help } if reason.to_string() == "bad card" && help == "report it")
    );

    let mut script = Script::default().answers("alice/lark/2", [content()]);
    run(&mut script, &[message("alice", Channel::Lark, 2)], &mut History::default(), NOW);
    assert_eq!(journal(&script).len(), 1, "there is nothing plainer");
}

#[test]
fn a_test_message_goes_out_despite_a_refusal_and_its_success_ends_it() {
    let mut history = History::default();
    run(
        &mut Script::default().answers("alice/lark/1", [permanent()]),
        &[message("alice", Channel::Lark, 1)],
        &mut history,
        NOW,
    );
    let refusals = history.refusals.clone();
    let mut test = message("alice", Channel::Lark, 9);
    test.reminders.clear();
    let mut save = |_: &History| Ok::<(), Infallible>(());
    let mut script = Script::default().answers("alice/lark/9", [permanent()]);
    let outcome = send_one(&test, &mut history, &mut script, &mut save, NOW).unwrap();
    assert!(matches!(outcome, Outcome::Failed { .. }));
    assert_eq!(history.refusals, refusals, "a test that fails changes nothing");
    let outcome = send_one(&test, &mut history, &mut script, &mut save, NOW).unwrap();
    assert!(matches!(outcome, Outcome::Delivered { .. }) && history.refusals.is_empty());
}

#[test]
fn a_test_message_respects_a_throttle_and_the_pace() {
    let mut history = History::default();
    let until = datetime!(2026-11-21 09:00 UTC);
    history.robots.entry("the-room".to_owned()).or_default().not_before = Some(until);
    let mut save = |_: &History| Ok::<(), Infallible>(());
    let mut script = Script::default();
    let test = message("room-1", Channel::DingTalk, 1);
    let outcome = send_one(&test, &mut history, &mut script, &mut save, NOW).unwrap();
    assert!(matches!(outcome, Outcome::Deferred { until: Some(at), .. } if at == until));
    assert!(journal(&script).is_empty());

    history.robots.get_mut("the-room").unwrap().not_before = None;
    for _ in 0..18 {
        send_one(&test, &mut history, &mut script, &mut save, NOW).unwrap();
    }
    assert_eq!(journal(&script)[17], "wait 60 s");
}

#[test]
fn a_channel_is_tried_at_once_when_a_file_that_it_names_is_newer() {
    let alice = ContactName::new("alice");
    let robot = |secret: &str, authority: &str| ChannelConfig {
        secret: Some(Secret::File(secret.into())),
        ca_file: Some(authority.into()),
        ..ChannelConfig::at(Secret::Literal("https://example.com".into()))
    };
    let robots = [(Channel::Lark, robot("lark", "lark.pem")), (Channel::WeCom, robot("wecom", "wecom.pem"))];
    let policies = |file: &str, changed: OffsetDateTime| {
        let contact = Contact { robots: robots.clone().into(), ..Contact::new(alice.clone()) };
        let mut policies = Policies { contacts: [(alice.clone(), contact)].into(), ..Policies::default() };
        policies.date_channel_files(|path| path.ends_with(file).then_some(changed));
        policies
    };
    let messages = [message("alice", Channel::Lark, 1), message("alice", Channel::WeCom, 2)];
    let hour = Duration::from_secs(3600);
    let mut history = History::default();
    let mut tried = |file, changed, now| {
        let refused = Script::default().answers("alice/lark/1", [permanent()]);
        let mut script = refused.answers("alice/wecom/2", [permanent()]);
        run_with(&mut script, &messages, &mut history, &policies(file, changed), now);
        journal(&script)
    };
    assert_eq!(tried("lark", NOW - hour, NOW), ["alice/lark/1", "alice/wecom/2"]);
    assert_eq!(tried("lark", NOW - hour, NOW + hour), Vec::<String>::new());
    assert_eq!(tried("lark", NOW + hour, NOW + 2 * hour), ["alice/lark/1"], "the other channel names no newer file");
    assert_eq!(tried("lark.pem", NOW + hour, NOW + 3 * hour), Vec::<String>::new(), "tried since");
    assert_eq!(tried("wecom.pem", NOW + 3 * hour, NOW + 4 * hour), ["alice/wecom/2"]);
}
