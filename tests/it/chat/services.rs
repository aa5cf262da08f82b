//! Matrix, Rocket.Chat, Zulip, `ServerChan`, `PushPlus`, Apprise, and the applications of WeCom and Lark: how each is asked, what counts
//! as taken, and what is said where it is not.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use certnotify::deliver::{DeliveryError, Transport as _};
use certnotify::policy::{Channel, ChannelConfig};
use serde_json::{Value, json};

use super::{channels, help, send, webhook};
use crate::messages::CHATS;
use crate::support::chat_vendors::{CHAT, ChannelConfig as Knobs, Fault, SERVICES, Vendors};
use crate::support::delivery::{
    NOW, TOKEN, chat, contact_with_robot, literal, message, no_environment, policies, robot,
};

/// Everything that shows pages and is reached without a login.
pub(super) static CHANNELS: LazyLock<Vec<Channel>> = LazyLock::new(|| {
    let with_login = [Channel::WeComApp, Channel::LarkApp];
    CHATS.iter().copied().filter(|channel| !with_login.contains(channel)).collect()
});

fn vendors() -> Vendors {
    let vendors = Vendors::start();
    vendors.robot(TOKEN, Knobs::default());
    vendors
}

fn with(key: &'static str, value: &str, robot: ChannelConfig) -> ChannelConfig {
    ChannelConfig { details: BTreeMap::from([(key, literal(value))]), ..robot }
}

#[test]
fn each_service_takes_a_message_and_the_receipt_says_so() {
    for (channel, said) in [
        (Channel::Matrix, "taken as $YUwRidLecu"),
        (Channel::RocketChat, "success"),
        (Channel::Zulip, "taken as 42"),
        (Channel::ServerChan, "0"),
        (Channel::PushPlus, "200, 请求成功"),
        (Channel::Apprise, "200, passed on"),
        (Channel::WeComApp, "0, ok"),
        (Channel::LarkApp, "0, success"),
        (Channel::SlackApp, "taken as 1503435956.000001"),
    ] {
        let vendors = vendors();
        let receipt = send(channel, robot(&webhook(&vendors, channel), None), NOW).unwrap();
        assert_eq!((receipt.answer, receipt.remark), (format!("{}: {said}", vendors.host()), None), "{channel}");
        let verdicts = vendors.verdicts();
        assert!(verdicts.iter().all(|verdict| *verdict == Some(0)), "{channel}: {verdicts:?}");
    }
}

#[test]
fn a_message_of_matrix_is_put_under_its_own_identifier_so_that_a_second_try_is_the_same() {
    let vendors = vendors();
    for _ in 0..2 {
        send(Channel::Matrix, robot(&webhook(&vendors, Channel::Matrix), None), NOW).unwrap();
    }
    let paths: Vec<String> = vendors.journal().into_iter().map(|entry| entry.request.path).collect();
    assert_eq!(paths[0], paths[1]);
    assert!(paths[0].ends_with(&format!("/send/m.room.message/{:032x}", 1)), "{paths:?}");
    assert!(paths[0].contains("/rooms/%21room%3Amatrix%2Eexample/"), "{paths:?}");
}

#[test]
fn an_unknown_key_is_told_from_everything_else() {
    for (channel, word) in SERVICES
        .into_iter()
        .zip(["`token`", "removed", "`key`", "`sendkey`", "`token`", "`key`", "`corpid`", "`app-secret`", "`token`"])
    {
        let empty = Vendors::start();
        let told = help(send(channel, robot(&webhook(&empty, channel), None), NOW));
        assert!(told.contains(word), "{channel}: {told}");
        assert_eq!(empty.journal().len(), 1, "{channel}: a login that is refused is not followed by a message");
    }
}

#[test]
fn a_session_serves_all_messages_of_a_run_and_one_that_ended_is_replaced_once() {
    for channel in [Channel::WeComApp, Channel::LarkApp] {
        for (ends_sessions, requests) in [(false, 1 + 3), (true, 2 + 3 + 3)] {
            let vendors = Vendors::start();
            vendors.robot(TOKEN, Knobs { ends_sessions, ..Knobs::default() });
            let policies = policies([contact_with_robot("ops", channel, robot(&webhook(&vendors, channel), None))]);
            let mut channels = channels(&policies, no_environment);
            for number in 1..=3 {
                channels.send(&message("ops", channel, number), NOW).unwrap();
            }
            assert_eq!(vendors.journal().len(), requests, "{channel} {ends_sessions}: {:?}", vendors.verdicts());
            assert_eq!(vendors.state().robots[TOKEN].taken.len(), 3, "{channel}");
        }
    }
}

#[test]
fn a_login_without_an_answer_is_tried_again_for_nothing_was_sent() {
    for channel in [Channel::WeComApp, Channel::LarkApp] {
        for fault in
            [Fault::Html(504), Fault::CloseBeforeAnswer, Fault::CutOff("{"), Fault::Body("{}"), Fault::Html(500)]
        {
            let vendors = Vendors::start();
            vendors.robot(TOKEN, Knobs { faults: [fault.clone()].into(), ..Knobs::default() });
            let error = send(channel, robot(&webhook(&vendors, channel), None), NOW).unwrap_err();
            assert!(matches!(error, DeliveryError::Transient { .. }), "{channel} {fault:?}: {error:?}");
            assert_eq!(vendors.journal().len(), 1, "{channel} {fault:?}");
        }
    }
}

#[test]
fn no_refusal_repeats_a_key_or_a_session() {
    for channel in SERVICES {
        let vendors = Vendors::start();
        vendors.robot(TOKEN, Knobs { faults: [Fault::Echo].into(), ..Knobs::default() });
        let error = send(channel, robot(&webhook(&vendors, channel), None), NOW).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(TOKEN) && !shown.contains("session-0"), "{channel}: {shown}");
    }
}

#[test]
fn recipients_that_are_not_reached_are_said_although_others_were() {
    let vendors = vendors();
    let address = webhook(&vendors, Channel::WeComApp);
    let some = with("touser", "zhangsan|no-one", robot(&address, None));
    let receipt = send(Channel::WeComApp, some, NOW).unwrap();
    assert!(receipt.remark.is_some_and(|remark| remark.what == "WeCom did not tell no-one"));
}

#[test]
fn zulip_takes_a_topic_or_people() {
    let vendors = vendors();
    let address = webhook(&vendors, Channel::Zulip);
    send(Channel::Zulip, with("topic", "expiry & renewal", robot(&address, None)), NOW).unwrap();
    let people = ChannelConfig { to: Some(literal("a@example.com, b@example.com")), ..robot(&address, None) };
    send(Channel::Zulip, people, NOW).unwrap();
    let bodies: Vec<String> =
        vendors.journal().iter().map(|entry| String::from_utf8_lossy(&entry.request.body).into_owned()).collect();
    assert!(bodies[0].contains("topic=expiry%20%26%20renewal"), "{}", bodies[0]);
    assert!(bodies[1].contains("type=direct") && !bodies[1].contains("topic="), "{}", bodies[1]);
    assert!(bodies[1].contains("to=%5B%22a%40example.com%22%2C%22b%40example.com%22%5D"), "{}", bodies[1]);
}

#[test]
fn apprise_takes_addresses_in_place_of_a_configuration() {
    let vendors = vendors();
    let address = webhook(&vendors, Channel::Apprise);
    let urls = ChannelConfig { to: Some(literal("json://host/secret-part")), ..robot(&address, None) };
    send(Channel::Apprise, with("tag", "ops", urls), NOW).unwrap();
    let request = &vendors.journal()[0].request;
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert!(request.path.ends_with("/notify"), "{}", request.path);
    assert_eq!((&body["urls"], &body["tag"]), (&json!("json://host/secret-part"), &json!("ops")));
}

#[test]
fn a_topic_of_telegram_is_where_its_messages_go_and_the_general_one_has_no_number() {
    for (topic, number) in [("42", json!(42)), ("1", Value::Null)] {
        let vendors = vendors();
        let robot = with("topic", topic, robot(&webhook(&vendors, Channel::Telegram), None));
        let policies = policies([contact_with_robot("ops", Channel::Telegram, robot)]);
        let mut message = message("ops", Channel::Telegram, 1);
        message.body = chat(json!({
            "text": "certificate 1", "entities": [], "link_preview_options": {"is_disabled": true}
        }));
        let _ = channels(&policies, no_environment).send(&message, NOW);
        let body: Value = serde_json::from_slice(&vendors.journal()[0].request.body).unwrap();
        assert_eq!((&body["message_thread_id"], &body["chat_id"]), (&number, &json!(CHAT)));
    }
}
