//! Slack, Teams and Discord: what counts as taken, and what is said where it is not.

use std::collections::BTreeMap;
use std::time::Duration;

use certnotify::deliver::{DeliveryError, Outcome, Transport as _};
use certnotify::history::History;
use certnotify::policy::Channel;
use certnotify::render::{Body, Message};
use serde_json::json;

use super::{TOKEN, answer, channels, deliver, faulty, help, send, webhook};
use crate::support::chat_vendors::{ChannelConfig as Knobs, Fault, Vendors};
use crate::support::delivery::{NOW, contact_with_robot, message, no_environment, policies, robot};

const ROOMS: [Channel; 3] = [Channel::Slack, Channel::Teams, Channel::Discord];

#[test]
fn each_service_takes_a_message_and_the_receipt_says_how_far_it_came() {
    let said = BTreeMap::from([
        (Channel::Slack, "ok"),
        (Channel::Teams, "202, accepted by the workflow, which may still fail to post it"),
        (Channel::Discord, "200, posted"),
    ]);
    for channel in ROOMS {
        let vendors = Vendors::start();
        vendors.robot(TOKEN, Knobs::default());
        let receipt = send(channel, robot(&webhook(&vendors, channel), None), NOW).unwrap();
        assert_eq!(vendors.verdicts(), [Some(0)], "{channel}");
        assert_eq!(receipt.answer, format!("{}: {}", vendors.host(), said[&channel]));
        let request = &vendors.journal()[0].request;
        assert_eq!(
            (request.method.as_str(), request.header("content-type")),
            ("POST", "application/json; charset=utf-8")
        );
    }
}

#[test]
fn the_address_of_a_workflow_is_sent_as_it_was_signed() {
    let vendors = Vendors::start();
    vendors.robot(TOKEN, Knobs::default());
    send(Channel::Teams, robot(&vendors.teams(TOKEN), None), NOW).unwrap();
    let query = format!("api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={TOKEN}");
    assert_eq!(vendors.journal()[0].request.query, query);
}

#[test]
fn discord_is_asked_to_say_whether_it_kept_the_message() {
    for pasted in ["", "?wait=false", "?thread_id=165511591545143296&wait=false"] {
        let vendors = Vendors::start();
        vendors.robot(TOKEN, Knobs::default());
        send(Channel::Discord, robot(&format!("{}{pasted}", vendors.discord(TOKEN)), None), NOW).unwrap();
        let query = vendors.journal()[0].request.query.clone();
        assert!(query.ends_with("wait=true") && !query.contains("false"), "{query}");
        assert_eq!(query.contains("thread_id=165511591545143296"), pasted.contains("thread_id"));
    }
}

#[test]
fn http_200_without_the_word_of_the_service_is_no_success() {
    for channel in ROOMS {
        for body in ["", "{}", "[]", r#"{"errcode":0,"ok":"#, r#"{"errcode":0}"#] {
            let error = answer(channel, faulty(Fault::Body(body))).unwrap_err();
            match channel {
                // A workflow that waits for its own end answers by itself: by what is not known.
                Channel::Teams => assert!(matches!(error, DeliveryError::Permanent { .. }), "{body}: {error:?}"),
                _ => assert!(matches!(error, DeliveryError::Transient { .. }), "{channel} {body}: {error:?}"),
            }
        }
        let error = answer(channel, faulty(Fault::Html(200))).unwrap_err();
        assert!(matches!(error, DeliveryError::Transient { .. }), "{channel}: {error:?}");
    }
    for (channel, body) in [
        (Channel::Slack, r#"{"ok":false,"error":"no_service"}"#),
        (Channel::Teams, r#"{"error":{"code":"WorkflowNotFound","message":"x"}}"#),
        (Channel::Discord, r#"{"code":10015,"message":"Unknown Webhook"}"#),
    ] {
        let error = answer(channel, faulty(Fault::Body(body))).unwrap_err();
        assert!(matches!(error, DeliveryError::Permanent { .. }), "{channel}: {error:?}");
    }
    answer(Channel::Slack, faulty(Fault::Body(r#"{"ok":true}"#))).unwrap();
}

#[test]
fn what_was_removed_says_what_to_do_without_speaking_of_robots() {
    let wanted = BTreeMap::from([
        (Channel::Slack, "make a new one in the app's settings"),
        (Channel::Teams, "let anyone trigger the workflow"),
        (Channel::Discord, "make a new one in the channel's integrations"),
    ]);
    for channel in ROOMS {
        let vendors = Vendors::start();
        let help = help(send(channel, robot(&webhook(&vendors, channel), None), NOW));
        assert!(help.contains(wanted[&channel]) && !help.contains("robot"), "{channel}: {help}");
        for status in [403, 404, 410] {
            let help = self::help(answer(channel, faulty(Fault::Html(status))));
            assert!(!help.contains("robot"), "{channel} {status}: {help}");
        }
    }
}

#[test]
fn an_address_for_other_messages_is_named_as_such_and_not_called() {
    let vendors = Vendors::start();
    vendors.robot(TOKEN, Knobs::default());
    for ending in ["/slack", "/github"] {
        let address = format!("{}{ending}", vendors.discord(TOKEN));
        assert!(help(send(Channel::Discord, robot(&address, None), NOW)).contains("without the /slack"));
    }
    let connector = "https://contoso.webhook.office.com/webhookb2/0/IncomingWebhook/1/2";
    assert!(help(send(Channel::Teams, robot(connector, None), NOW)).contains("make a workflow"));
    assert!(vendors.journal().is_empty());
}

#[test]
fn a_service_that_asks_for_a_moment_gets_it() {
    for (channel, wait) in [(Channel::Slack, None), (Channel::Teams, None), (Channel::Discord, Some(2))] {
        let vendors = Vendors::start();
        vendors.robot(TOKEN, Knobs::default());
        let robot = robot(&webhook(&vendors, channel), None);
        let errors: Vec<DeliveryError> = (0..6).filter_map(|_| send(channel, robot.clone(), NOW).err()).collect();
        let Some(DeliveryError::Transient { retry_after, .. }) = errors.last() else { panic!("{channel} {errors:?}") };
        assert_eq!(*retry_after, wait.map(Duration::from_secs), "{channel}");
    }
}

#[test]
fn blocks_that_slack_refuses_are_sent_again_in_plain_words() {
    let vendors = Vendors::start();
    vendors.robot(TOKEN, Knobs::default());
    let policies = policies([contact_with_robot("ops", Channel::Slack, robot(&vendors.slack(TOKEN), None))]);
    let form = |text: &str| json!({"text": text, "unfurl_links": false, "unfurl_media": false});
    let mut odd = form("x");
    odd["blocks"] = json!([{"type": "carousel"}]);
    let mut message: Message = message("ops", Channel::Slack, 1);
    message.body = Body::Chat { payload: odd, plainer: vec![form("plain")] };
    let outcomes = deliver(&mut channels(&policies, no_environment), &[message], &policies, &mut History::default());
    assert!(matches!(outcomes[0], Outcome::Delivered { .. }), "{outcomes:?}");
    assert_eq!(vendors.verdicts(), [Some(400), Some(0)]);
}

#[test]
fn no_two_rooms_share_a_pace_and_one_room_has_one() {
    let vendors = Vendors::start();
    for channel in ROOMS {
        let server = |address: &str| {
            let policies = policies([contact_with_robot("ops", channel, robot(address, None))]);
            channels(&policies, no_environment).server(&message("ops", channel, 1)).unwrap()
        };
        let address = webhook(&vendors, channel);
        assert_eq!(server(&address), server(&format!(" {address}\n")), "{channel}");
        assert_ne!(server(&address), server(&address.replace(TOKEN, "other")), "{channel}");
        assert!(!server(&address).contains(&TOKEN[..8]));
    }
}
