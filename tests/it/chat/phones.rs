//! Telegram, ntfy and Gotify: how each is asked, what counts as taken, and what is said where it is not.

use std::time::Duration;

use certnotify::deliver::{DeliveryError, Outcome, Transport as _};
use certnotify::history::History;
use certnotify::policy::{Channel, ChannelConfig, Secret};
use certnotify::render::Body;
use serde_json::{Value, json};

use super::{answer, channels, deliver, faulty, help, send};
use crate::support::chat_vendors::{CHAT, ChannelConfig as Knobs, Fault, TOPIC, Vendors};
use crate::support::delivery::{
    NOW, TOKEN, contact, contact_with_robot, literal, message, no_environment, policies, robot,
};

const PHONES: [Channel; 3] = [Channel::Telegram, Channel::Ntfy, Channel::Gotify];

fn vendors(knobs: Knobs) -> Vendors {
    let vendors = Vendors::start();
    vendors.robot(TOKEN, knobs);
    vendors
}

fn sent_body(vendors: &Vendors, at: usize) -> Value {
    serde_json::from_slice(&vendors.journal()[at].request.body).unwrap()
}

#[test]
fn each_service_takes_a_message_below_its_base_address_and_the_receipt_says_so() {
    for (channel, path, said) in [
        (Channel::Telegram, format!("/tg/bot123456789:{TOKEN}/sendMessage"), "taken as 1"),
        (Channel::Ntfy, "/ntfy/".to_owned(), "taken as hwQ2YpKd0001"),
        (Channel::Gotify, "/gotify/message".to_owned(), "taken as 1"),
    ] {
        let endings: &[&str] =
            if channel == Channel::Gotify { &["", "/", "/message", "/message/"] } else { &["", "/"] };
        for ending in endings {
            let vendors = vendors(Knobs::default());
            let base = vendors.base(channel);
            let base = format!("{}{ending}", base.trim_end_matches('/'));
            let receipt = send(channel, robot(&base, None), NOW).unwrap();
            assert_eq!((receipt.answer, receipt.remark), (format!("{}: {said}", vendors.host()), None));
            let request = &vendors.journal()[0].request;
            assert_eq!((request.method.as_str(), request.path.as_str(), request.query.as_str()), ("POST", &*path, ""));
            assert_eq!(request.header("content-type"), "application/json; charset=utf-8");
        }
    }
}

#[test]
fn a_token_is_where_its_service_wants_it_and_nowhere_else() {
    for (channel, header, value) in [
        (Channel::Telegram, "authorization", String::new()),
        (Channel::Ntfy, "authorization", format!("Bearer {TOKEN}")),
        (Channel::Gotify, "x-gotify-key", TOKEN.to_owned()),
    ] {
        let vendors = vendors(Knobs::default());
        send(channel, robot(&vendors.base(channel), None), NOW).unwrap();
        let request = &vendors.journal()[0].request;
        assert_eq!(request.header(header), value, "{channel}");
        assert!(!String::from_utf8_lossy(&request.body).contains(TOKEN), "{channel}");
        assert_eq!(request.path.contains(TOKEN), channel == Channel::Telegram);
    }
}

#[test]
fn the_chat_and_the_topic_are_put_to_the_message_when_it_goes_out() {
    let vendors = vendors(Knobs::default());
    send(Channel::Telegram, robot(&vendors.base(Channel::Telegram), None), NOW).unwrap();
    send(Channel::Ntfy, robot(&vendors.base(Channel::Ntfy), None), NOW).unwrap();
    assert_eq!(
        (sent_body(&vendors, 0)["chat_id"].clone(), sent_body(&vendors, 1)["topic"].clone()),
        (json!(CHAT), json!(TOPIC))
    );
    let named = ChannelConfig { to: Some(literal("@certs_example")), ..robot(&vendors.base(Channel::Telegram), None) };
    vendors.set_clock(NOW + Duration::from_secs(60));
    assert!(help(send(Channel::Telegram, named, NOW)).contains("`chat`"));
    assert_eq!(sent_body(&vendors, 2)["chat_id"], "@certs_example");
}

#[test]
fn ntfy_takes_a_name_and_a_password_and_a_topic_of_everybody_takes_nothing() {
    let vendors = vendors(Knobs::default());
    let login =
        ChannelConfig { token: Some(literal(&format!("certs:{TOKEN}"))), ..robot(&vendors.base(Channel::Ntfy), None) };
    send(Channel::Ntfy, login, NOW).unwrap();
    assert!(vendors.journal()[0].request.header("authorization").starts_with("Basic "));

    vendors.robot("anyone", Knobs::default());
    let open = ChannelConfig { to: Some(literal(TOPIC)), ..robot(&vendors.base(Channel::Ntfy), None) };
    let mut nobody = contact("ops");
    nobody.robots.insert(Channel::Ntfy, open);
    let policies = policies([nobody]);
    channels(&policies, no_environment).send(&message("ops", Channel::Ntfy, 1), NOW).unwrap();
    assert_eq!(vendors.journal()[1].request.header("authorization"), "");
}

#[test]
fn http_200_without_the_word_of_the_service_is_no_success() {
    for channel in PHONES {
        let cut = r#"{"ok":true,"id":"#;
        for fault in [Fault::Html(200), Fault::Body("{}"), Fault::Body(""), Fault::Body("[]"), Fault::Body(cut)] {
            let error = answer(channel, faulty(fault.clone())).unwrap_err();
            assert!(matches!(error, DeliveryError::Transient { .. }), "{channel} {fault:?}: {error:?}");
        }
    }
    for (channel, body) in [
        (Channel::Telegram, r#"{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}"#),
        (Channel::Gotify, r#"{"error":"Unauthorized","errorCode":401,"errorDescription":"x"}"#),
    ] {
        let error = answer(channel, faulty(Fault::Body(body))).unwrap_err();
        assert!(matches!(error, DeliveryError::Permanent { .. }), "{channel}: {error:?}");
    }
}

#[test]
fn what_is_set_up_wrong_is_told_by_its_key_and_not_called_a_robot() {
    for channel in PHONES {
        let nobody = Vendors::start();
        let unknown = help(send(channel, robot(&nobody.base(channel), None), NOW));
        assert!(unknown.contains("check `token` of this contact"), "{channel}: {unknown}");
        for status in [403, 404, 410] {
            let odd = help(answer(channel, faulty(Fault::Html(status))));
            assert!(odd.contains("check `base-url` of this contact") && !odd.contains("robot"), "{channel}: {odd}");
        }
        let wrong = robot(&format!("http://{}/nowhere", nobody.host()), None);
        assert!(help(send(channel, wrong, NOW)).contains("`base-url`"), "{channel}");
    }
    let kicked = Knobs { refuses_address: true, ..Knobs::default() };
    assert!(help(answer(Channel::Telegram, kicked)).contains("add it to the group"));
    let vendors = vendors(Knobs::default());
    let elsewhere = ChannelConfig { to: Some(literal("-100999")), ..robot(&vendors.base(Channel::Telegram), None) };
    assert!(help(send(Channel::Telegram, elsewhere, NOW)).contains("check `chat`"));
    let elsewhere = ChannelConfig { to: Some(literal("another-topic")), ..robot(&vendors.base(Channel::Ntfy), None) };
    assert!(help(send(Channel::Ntfy, elsewhere, NOW)).contains("check `topic`"));
}

#[test]
fn what_can_be_no_token_chat_or_topic_is_said_by_its_key_and_not_sent() {
    let vendors = vendors(Knobs::default());
    let set = |name: &str| Some(Secret::Environment(name.to_owned()));
    for (channel, token, to, key) in [
        (Channel::Telegram, "bot1:AA/../x", "1", "`token`: this is no token of a bot"),
        (Channel::Telegram, "1:AA", "certs", "`chat`: this is no chat"),
        (Channel::Ntfy, "tk_1 2", "certs", "`token`: this is no access token"),
        (Channel::Ntfy, "tk_12", "https://ntfy.sh/certs", "`topic`: this is no topic"),
        (Channel::Gotify, "A b", "", "`token`: this is no token of an application"),
    ] {
        let to_set = if to.is_empty() { None } else { set("PLACE") };
        let odd = ChannelConfig { token: set("TOKEN"), to: to_set, ..robot(&vendors.base(channel), None) };
        let policies = policies([contact_with_robot("ops", channel, odd)]);
        let environment = |name: &str| Some(if name == "TOKEN" { token } else { to }.to_owned());
        let result = channels(&policies, environment).send(&message("ops", channel, 1), NOW);
        let Err(DeliveryError::Permanent { reason, .. }) = result else { panic!("{channel}: {result:?}") };
        assert!(reason.to_string().ends_with(key) && !reason.to_string().contains(token), "{reason}");
    }
    for (channel, key) in [
        (Channel::Telegram, "`chat`: the environment"),
        (Channel::Ntfy, "`topic`: the environment"),
        (Channel::Gotify, "`token`: the environment"),
    ] {
        let unset = if channel == Channel::Gotify {
            ChannelConfig { token: set("PLACE"), ..robot(&vendors.base(channel), None) }
        } else {
            ChannelConfig { to: set("PLACE"), ..robot(&vendors.base(channel), None) }
        };
        let Err(DeliveryError::Permanent { reason, .. }) = send(channel, unset, NOW) else { panic!("{channel}") };
        assert!(reason.to_string().starts_with(key), "{reason}");
    }
    let odd = send(Channel::Gotify, robot("gotify.example.com", None), NOW);
    let Err(DeliveryError::Permanent { reason, help }) = odd else { panic!("{odd:?}") };
    assert_eq!(reason.to_string(), "the address in `base-url` does not begin with https://");
    assert!(help.contains("the server alone"));
    assert!(vendors.journal().is_empty());
}

#[test]
fn a_group_that_became_a_supergroup_is_told_at_once_and_what_to_write_is_said() {
    let vendors = vendors(Knobs { moved_to: Some(-100_777), ..Knobs::default() });
    let receipt = send(Channel::Telegram, robot(&vendors.base(Channel::Telegram), None), NOW).unwrap();
    assert_eq!(vendors.verdicts(), [Some(400), Some(0)]);
    assert_eq!(
        (sent_body(&vendors, 0)["chat_id"].clone(), sent_body(&vendors, 1)["chat_id"].clone()),
        (json!(CHAT), json!(-100_777))
    );
    assert_eq!(sent_body(&vendors, 0)["text"], sent_body(&vendors, 1)["text"]);
    let remark = receipt.remark.unwrap();
    assert!(remark.what.contains("supergroup") && remark.help.contains("write chat = \"-100777\""), "{remark:?}");

    vendors.set_clock(NOW + Duration::from_secs(2));
    let mended = ChannelConfig { to: Some(literal("-100777")), ..robot(&vendors.base(Channel::Telegram), None) };
    assert_eq!(send(Channel::Telegram, mended, NOW).unwrap().remark, None);
    assert_eq!(vendors.verdicts(), [Some(400), Some(0), Some(0)]);
}

#[test]
fn a_supergroup_is_followed_once_and_only_where_the_service_refuses() {
    let moved = r#"{"ok":false,"error_code":400,"description":"x","parameters":{"migrate_to_chat_id":-100777}}"#;
    let vendors = vendors(Knobs { faults: [Fault::Body(moved)].into(), ..Knobs::default() });
    let robot = robot(&vendors.base(Channel::Telegram), None);
    assert!(send(Channel::Telegram, robot.clone(), NOW).is_err(), "with HTTP 200 it is no refusal");
    assert_eq!(vendors.journal().len(), 1);

    // The supergroup is said to have moved as well.
    vendors.robot(TOKEN, Knobs { moved_to: Some(-100_777), has_moved_on: true, ..Knobs::default() });
    assert!(help(send(Channel::Telegram, robot, NOW)).contains("`chat`"));
    assert_eq!(vendors.verdicts(), [None, Some(400), Some(400)]);
}

#[test]
fn a_service_that_asks_for_time_gets_it() {
    let told = |channel: Channel, count: usize| {
        let vendors = vendors(Knobs::default());
        let robot = robot(&vendors.base(channel), None);
        (0..count).filter_map(|_| send(channel, robot.clone(), NOW).err()).next_back().unwrap()
    };
    let DeliveryError::Transient { retry_after, .. } = told(Channel::Telegram, 2) else { panic!("telegram") };
    assert_eq!(retry_after, Some(Duration::from_secs(3)));
    let DeliveryError::Transient { retry_after, .. } = told(Channel::Ntfy, 61) else { panic!("ntfy") };
    assert_eq!(retry_after, Some(Duration::from_secs(5)));
    let spent = Knobs { taken: vec![0; 250], ..Knobs::default() };
    let vendors = vendors(spent);
    let now = NOW.unix_timestamp() * 1000;
    vendors.state().robots.get_mut(TOKEN).unwrap().taken = vec![now; 250];
    let quota = send(Channel::Ntfy, robot(&vendors.base(Channel::Ntfy), None), NOW).unwrap_err();
    let DeliveryError::Throttled { until, .. } = quota else { panic!("{quota:?}") };
    assert_eq!(until.date(), NOW.date().next_day().unwrap(), "the count of the day begins anew at midnight UTC");
}

#[test]
fn entities_that_telegram_refuses_are_sent_again_in_plain_words() {
    let vendors = vendors(Knobs::default());
    let robot = robot(&vendors.base(Channel::Telegram), None);
    let policies = policies([contact_with_robot("ops", Channel::Telegram, robot)]);
    let quiet = json!({"is_disabled": true});
    let odd = json!({"text": "x", "entities": [{"type": "spoiler", "offset": 0, "length": 1}], "link_preview_options": quiet});
    let mut message = message("ops", Channel::Telegram, 1);
    message.body = Body::Chat { payload: odd, plainer: vec![json!({"text": "x", "link_preview_options": quiet})] };
    let outcomes = deliver(&mut channels(&policies, no_environment), &[message], &policies, &mut History::default());
    assert!(matches!(outcomes[0], Outcome::Delivered { .. }), "{outcomes:?}");
    assert_eq!(vendors.verdicts(), [Some(400), Some(0)]);
}

#[test]
fn each_chat_and_each_topic_has_a_pace_of_its_own() {
    let vendors = Vendors::start();
    for channel in PHONES {
        let server = |token: &str, to: &str| {
            let robot = ChannelConfig {
                token: Some(literal(token)),
                to: Some(literal(to)),
                ..robot(&vendors.base(channel), None)
            };
            let policies = policies([contact_with_robot("ops", channel, robot)]);
            channels(&policies, no_environment).server(&message("ops", channel, 1)).unwrap()
        };
        assert_eq!(server("1:AA", "5"), server("1:AA", "5"), "{channel}");
        assert!(server("1:AA", "5") != server("1:AB", "5") && server("1:AA", "5") != server("1:AA", "6"), "{channel}");
        assert!(!server("1:0f1e2d3c4b5a", "5").contains("0f1e2d3c"), "{channel}");
    }
}
