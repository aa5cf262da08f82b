//! Mattermost, Google Chat, Pushover and Bark: how each is asked, what counts as taken, and what is said where it is not.

use certnotify::deliver::{DeliveryError, Receipt};
use certnotify::policy::{Channel, ChannelConfig, Secret};
use serde_json::Value;

use super::{answer, help, send, webhook};
use crate::support::chat_vendors::{ChannelConfig as Knobs, Fault, PUSHOVER_TOKEN, PUSHOVER_USER, Vendors};
use crate::support::delivery::{NOW, TOKEN, literal, robot};

const NEWER: [Channel; 4] = [Channel::Mattermost, Channel::GoogleChat, Channel::Pushover, Channel::Bark];

fn vendors() -> Vendors {
    let vendors = Vendors::start();
    vendors.robot(TOKEN, Knobs::default());
    vendors
}

fn sent_body(vendors: &Vendors) -> Value {
    serde_json::from_slice(&vendors.journal()[0].request.body).unwrap()
}

#[test]
fn each_service_takes_a_message_and_the_receipt_says_so() {
    for (channel, path, said) in [
        (Channel::Mattermost, format!("/mm/hooks/{TOKEN}"), "ok"),
        (Channel::GoogleChat, "/v1/spaces/AAAAAAAAAAA/messages".to_owned(), "200, posted"),
        (
            Channel::Pushover,
            format!("/pushover/{TOKEN}/1/messages.json"),
            "taken as 647d2300-702c-4b38-8b2f-d56326ae460b",
        ),
        (Channel::Bark, format!("/bark/{TOKEN}/push"), "200, success"),
    ] {
        let vendors = vendors();
        let receipt = send(channel, robot(&webhook(&vendors, channel), None), NOW).unwrap();
        let posted = (channel == Channel::GoogleChat).then(|| "spaces/AAAAAAAAAAA/threads/T0".to_owned());
        assert_eq!(receipt, Receipt { answer: format!("{}: {said}", vendors.host()), posted, ..Receipt::default() });
        let request = &vendors.journal()[0].request;
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", path.as_str()));
        assert_eq!(request.header("content-type"), "application/json; charset=utf-8");
    }
}

#[test]
fn the_keys_of_pushover_and_bark_are_in_the_body_and_those_of_webhooks_in_the_address_alone() {
    for channel in NEWER {
        let vendors = vendors();
        send(channel, robot(&webhook(&vendors, channel), None), NOW).unwrap();
        let body = sent_body(&vendors);
        match channel {
            Channel::Pushover => {
                assert_eq!((&body["token"], &body["user"]), (&PUSHOVER_TOKEN.into(), &PUSHOVER_USER.into()));
            }
            Channel::Bark => assert_eq!(body["device_key"], TOKEN),
            _ => assert!(!body.to_string().contains(TOKEN)),
        }
    }
}

#[test]
fn an_address_of_bark_may_end_with_the_path_of_its_interface() {
    for ending in ["", "/", "/push", "/push/"] {
        let vendors = vendors();
        let base = format!("{}{ending}", vendors.newer(Channel::Bark, TOKEN));
        send(Channel::Bark, robot(&base, None), NOW).unwrap();
        assert_eq!(vendors.journal()[0].request.path, format!("/bark/{TOKEN}/push"), "{ending}");
    }
}

#[test]
fn an_unknown_key_is_told_from_everything_else() {
    for (channel, word) in [
        (Channel::Mattermost, "the webhook was removed"),
        (Channel::GoogleChat, "copy the webhook address again"),
        (Channel::Pushover, "`token`"),
        (Channel::Bark, "`key`"),
    ] {
        let nobody = Vendors::start();
        let told = help(send(channel, robot(&webhook(&nobody, channel), None), NOW));
        assert!(told.contains(word), "{channel}: {told}");
    }
    let vendors = vendors();
    let base = vendors.newer(Channel::Pushover, TOKEN);
    let user = Some(literal(&PUSHOVER_TOKEN.replace('8', "9")));
    let told = help(send(Channel::Pushover, ChannelConfig { to: user, ..robot(&base, None) }, NOW));
    assert!(told.contains("`user`"), "{told}");
}

#[test]
fn a_key_from_the_environment_that_cannot_be_one_is_told_before_anything_is_sent() {
    let vendors = vendors();
    for (channel, token, to, what) in [
        (Channel::Pushover, "short", None, "`token`: this is no API token"),
        (Channel::Pushover, PUSHOVER_TOKEN, Some("short"), "`user`: this is no key of a user"),
        (Channel::Bark, "https://api.day.app/abc/", None, "`key`: this is no key of a device"),
    ] {
        let config = ChannelConfig {
            token: Some(literal(token)),
            to: to.map(literal),
            ..robot(&webhook(&vendors, channel), None)
        };
        let Err(DeliveryError::Permanent { reason, .. }) = send(channel, config, NOW) else { panic!("{channel}") };
        assert!(reason.to_string().contains(what), "{reason}");
    }
    let half = send(Channel::GoogleChat, robot(&format!("http://{}/v1/spaces/A/messages", vendors.host()), None), NOW);
    let Err(DeliveryError::Permanent { reason, .. }) = half else { panic!("{half:?}") };
    assert!(reason.to_string().contains("not the whole address"), "{reason}");
    assert!(vendors.journal().is_empty());
}

#[test]
fn a_service_that_asks_for_time_gets_it() {
    for channel in NEWER {
        let late = Knobs { faults: [Fault::TooMany { retry_after: Some("7") }].into(), ..Knobs::default() };
        let error = answer(channel, late).unwrap_err();
        assert!(matches!(error, DeliveryError::Transient { .. }), "{channel}: {error:?}");
    }
}

#[test]
fn a_variable_that_is_not_set_is_named_by_its_key() {
    let unset = || Some(Secret::Environment("UNSET".to_owned()));
    let vendors = vendors();
    for (channel, config, key) in [
        (Channel::Bark, ChannelConfig { token: unset(), ..robot("http://127.0.0.1:9", None) }, "`key`"),
        (Channel::Pushover, ChannelConfig { to: unset(), ..robot("http://127.0.0.1:9", None) }, "`user`"),
    ] {
        let error = send(channel, config, NOW).unwrap_err();
        assert!(error.to_string().contains(key), "{error}");
    }
    assert!(vendors.journal().is_empty());
}
