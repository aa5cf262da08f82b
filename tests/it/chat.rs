//! Sending to the robots and webhooks of chat services: what they take, what they refuse, and what is said of it.

mod connections;
mod fakes;
mod fakes_of_phones;
mod fakes_of_rooms;
mod fuzzed;
mod machines;
mod newer;
mod phones;
mod rooms;
mod services;

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use certnotify::deliver::{Channels, DeliveryError, Outcome, Receipt, TimeLimits, Transport, send_all};
use certnotify::history::History;
use certnotify::policy::{Channel, ChannelConfig, Policies, Secret};
use certnotify::render::{Body, Message};
use serde_json::json;
use time::OffsetDateTime;

use crate::support::chat_vendors::{ChannelConfig as Knobs, Fault, SERVICES, TOPIC, Vendors};
use crate::support::delivery::{NOW, TOKEN, chat, contact_with_robot, message, no_environment, policies, robot};
use services::CHANNELS;

const ROBOTS: [Channel; 3] = Channel::CHATBOTS;
const SECRET: &str = "SEC0123456789abcdef0123456789abcdef";

fn webhook(vendors: &Vendors, channel: Channel) -> String {
    match channel {
        Channel::DingTalk => vendors.dingtalk(TOKEN),
        Channel::WeCom => vendors.wecom(TOKEN),
        Channel::Slack => vendors.slack(TOKEN),
        Channel::Teams => vendors.teams(TOKEN),
        Channel::Discord => vendors.discord(TOKEN),
        Channel::Telegram | Channel::Ntfy | Channel::Gotify => vendors.base(channel),
        Channel::Lark => vendors.lark(TOKEN),
        _ if SERVICES.contains(&channel) => vendors.service(channel, TOKEN),
        _ => vendors.newer(channel, TOKEN),
    }
}

/// What a vendor that is silent gets; all others get the time that a busy machine needs.
const HASTE: Duration = Duration::from_millis(600);

fn limits(limit: Duration) -> TimeLimits {
    TimeLimits { connection: limit, webhook: limit, mail: certnotify::deliver::MailLimits::each(limit) }
}

fn channels<'a>(policies: &'a Policies, environment: impl Fn(&str) -> Option<String> + 'a) -> Channels<'a> {
    let (stop, limits) = (Arc::new(AtomicBool::new(false)), limits(Duration::from_secs(20)));
    Channels::new(policies, "web-1.example.com", environment, "/nowhere", stop).with_time_limits(limits)
}

/// One try by a robot of this kind.
fn send(channel: Channel, robot: ChannelConfig, now: OffsetDateTime) -> Result<Receipt, DeliveryError> {
    let policies = policies([contact_with_robot("ops", channel, robot)]);
    channels(&policies, no_environment).send(&message("ops", channel, 1), now)
}

/// A vendor with one robot, and one try at it by a client that has the right secret.
fn answer(channel: Channel, knobs: Knobs) -> Result<Receipt, DeliveryError> {
    let vendors = Vendors::start();
    let secret = knobs.secret.clone();
    let is_silent = knobs.faults.iter().any(|fault| matches!(fault, Fault::Stall | Fault::Drip));
    vendors.robot(TOKEN, knobs);
    let robot = robot(&webhook(&vendors, channel), secret.as_deref());
    let policies = policies([contact_with_robot("ops", channel, robot)]);
    let channels = channels(&policies, no_environment);
    let mut channels = if is_silent { channels.with_time_limits(limits(HASTE)) } else { channels };
    channels.send(&message("ops", channel, 1), NOW)
}

fn faulty(fault: Fault) -> Knobs {
    Knobs { faults: [fault].into(), ..Knobs::default() }
}

fn help(result: Result<Receipt, DeliveryError>) -> String {
    match result {
        Err(DeliveryError::Permanent { help, .. }) => help,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_vendor_takes_a_signed_message_and_the_receipt_says_so() {
    for channel in ROBOTS {
        let vendors = Vendors::start();
        let secret = (channel != Channel::WeCom).then_some(SECRET);
        vendors.robot(TOKEN, Knobs { secret: secret.map(str::to_owned), ..Knobs::default() });
        let receipt = send(channel, robot(&webhook(&vendors, channel), secret), NOW).unwrap();
        assert_eq!(vendors.verdicts(), [Some(0)], "{channel}");
        let said = if channel == Channel::Lark { "0, success" } else { "0, ok" };
        assert_eq!(receipt.answer, format!("{}: {said}", vendors.host()));
        let request = &vendors.journal()[0].request;
        assert_eq!(request.header("content-type"), "application/json; charset=utf-8");
        assert!(request.header("user-agent").starts_with("certnotify/"));
    }
}

#[test]
fn chinese_text_is_sent_as_it_is_and_never_as_escapes() {
    let vendors = Vendors::start();
    vendors.robot(TOKEN, Knobs::default());
    let policies = policies([contact_with_robot("ops", Channel::WeCom, robot(&vendors.wecom(TOKEN), None))]);
    let mut chinese = message("ops", Channel::WeCom, 1);
    chinese.body = chat(json!({"msgtype": "markdown", "markdown": {"content": "证书 🔒 到期"}}));
    channels(&policies, no_environment).send(&chinese, NOW).unwrap();
    let journal = vendors.journal();
    assert!(String::from_utf8_lossy(&journal[0].request.body).contains("证书 🔒 到期"));
}

#[test]
fn every_try_is_signed_anew() {
    for channel in [Channel::DingTalk, Channel::Lark] {
        let vendors = Vendors::start();
        let knobs = Knobs { secret: Some(SECRET.to_owned()), faults: [Fault::Html(502)].into(), ..Knobs::default() };
        vendors.robot(TOKEN, knobs);
        let robot = robot(&webhook(&vendors, channel), Some(SECRET));
        assert!(send(channel, robot.clone(), NOW).is_err());
        let later = NOW + Duration::from_secs(7200);
        vendors.set_clock(later);
        send(channel, robot, later).unwrap();
        assert_eq!(vendors.verdicts(), [None, Some(0)]);
    }
}

#[test]
fn an_address_that_was_pasted_with_an_old_signature_and_a_line_break_works() {
    let vendors = Vendors::start();
    vendors.robot(TOKEN, Knobs { secret: Some(SECRET.to_owned()), ..Knobs::default() });
    let pasted = format!(" {}&timestamp=1700000000000&sign=abc%3D\n", vendors.dingtalk(TOKEN));
    send(Channel::DingTalk, robot(&pasted, Some(&format!("{SECRET}\n"))), NOW).unwrap();
}

#[test]
fn a_robot_that_is_set_up_wrong_says_what_to_do() {
    let knobs = Knobs::default;
    for chinese in [false, true] {
        let knobs = || Knobs { speaks_chinese: chinese, ..Knobs::default() };
        let keyword = help(answer(Channel::DingTalk, Knobs { keywords: vec!["证书".to_owned()], ..knobs() }));
        assert!(keyword.contains("`keyword`"), "{keyword}");
        let address = help(answer(Channel::DingTalk, Knobs { refuses_address: true, ..knobs() }));
        assert!(address.contains("public address"), "{address}");
        let vendors = Vendors::start();
        vendors.robot(TOKEN, Knobs { secret: Some(SECRET.to_owned()), ..knobs() });
        for wrong in [None, Some("SECwrong")] {
            let sign = help(send(Channel::DingTalk, robot(&vendors.dingtalk(TOKEN), wrong), NOW));
            assert!(sign.contains("`secret`"), "{sign}");
        }
    }
    assert!(help(answer(Channel::Lark, Knobs { keywords: vec!["证书".to_owned()], ..knobs() })).contains("`keyword`"));
    assert!(help(answer(Channel::Lark, Knobs { refuses_address: true, ..knobs() })).contains("public address"));
    let vendors = Vendors::start();
    vendors.robot(TOKEN, Knobs { secret: Some(SECRET.to_owned()), ..knobs() });
    assert!(help(send(Channel::Lark, robot(&vendors.lark(TOKEN), Some("wrong")), NOW)).contains("`secret`"));
    for channel in ROBOTS {
        let vendors = Vendors::start();
        let unknown = help(send(channel, robot(&webhook(&vendors, channel), None), NOW));
        assert!(unknown.contains("copy the webhook address again"), "{channel}: {unknown}");
    }
}

#[test]
fn an_hour_between_the_clocks_is_taken_and_more_is_explained() {
    for channel in [Channel::DingTalk, Channel::Lark] {
        let vendors = Vendors::start();
        vendors.robot(TOKEN, Knobs { secret: Some(SECRET.to_owned()), ..Knobs::default() });
        let robot = || robot(&webhook(&vendors, channel), Some(SECRET));
        for seconds in [3599, -3599] {
            send(channel, robot(), NOW + time::Duration::seconds(seconds)).unwrap();
        }
        let late = help(send(channel, robot(), NOW + time::Duration::seconds(3661)));
        assert_eq!(late, "this machine's clock is 1 h 1 min ahead of the vendor's: set it right");
        let early = help(send(channel, robot(), NOW - time::Duration::seconds(3661)));
        assert_eq!(early, "this machine's clock is 1 h 1 min behind the vendor's: set it right");
    }
}

#[test]
fn an_old_lark_server_that_answers_without_a_code_is_understood() {
    let receipt = answer(Channel::Lark, Knobs { answers_as_of_old: true, ..Knobs::default() }).unwrap();
    assert!(receipt.answer.ends_with(": 0, success"));
}

#[test]
fn a_robot_of_larks_first_generation_is_named_as_such_and_not_called() {
    let vendors = Vendors::start();
    let legacy = format!("http://{}/open-apis/bot/hook/{TOKEN}", vendors.host());
    assert!(help(send(Channel::Lark, robot(&legacy, None), NOW)).contains("/open-apis/bot/v2/hook/"));
    assert!(vendors.journal().is_empty());
}

#[test]
fn a_card_that_the_group_does_not_allow_is_sent_again_in_plain_words() {
    let vendors = Vendors::start();
    vendors.robot(TOKEN, Knobs { forbids_mention_of_all: true, ..Knobs::default() });
    let policies = policies([contact_with_robot("ops", Channel::Lark, robot(&vendors.lark(TOKEN), None))]);
    let card = json!({"msg_type": "interactive", "card": {"elements": [{"tag": "div", "text": "<at id=all></at>"}]}});
    let plainer = json!({"msg_type": "post", "content": {"post": {"en_us": {"title": "x", "content": []}}}});
    let mut message = message("ops", Channel::Lark, 1);
    message.body = Body::Chat { payload: card, plainer: vec![plainer] };
    let outcomes = deliver(&mut channels(&policies, no_environment), &[message], &policies, &mut History::default());
    assert!(matches!(outcomes[0], Outcome::Delivered { .. }));
    assert_eq!(vendors.verdicts(), [Some(11_246), Some(0)]);
}

fn deliver(
    transport: &mut dyn Transport,
    messages: &[Message],
    policies: &Policies,
    history: &mut History,
) -> Vec<Outcome> {
    let mut save = |_: &History| Ok::<(), Infallible>(());
    send_all(messages, policies, history, transport, &mut save, NOW).unwrap()
}

#[test]
fn what_only_a_person_can_mend_is_tried_once() {
    for channel in CHANNELS.iter().copied() {
        let vendors = Vendors::start();
        let policies = policies([contact_with_robot("ops", channel, robot(&webhook(&vendors, channel), None))]);
        let messages = [message("ops", channel, 1), message("ops", channel, 2)];
        let mut history = History::default();
        let outcomes = deliver(&mut channels(&policies, no_environment), &messages, &policies, &mut history);
        assert!(matches!(outcomes[0], Outcome::Failed { .. }));
        deliver(&mut channels(&policies, no_environment), &messages, &policies, &mut history);
        assert_eq!(vendors.journal().len(), 1, "{channel}");
    }
}

/// The real channels on a clock that the vendors share: waiting takes no time.
struct Simulated<'a> {
    channels: Channels<'a>,
    vendors: &'a Vendors,
    clock: Duration,
}

impl Transport for Simulated<'_> {
    fn server(&self, message: &Message) -> Option<String> {
        self.channels.server(message)
    }

    fn host(&self, message: &Message) -> Option<String> {
        self.channels.host(message)
    }

    fn send(&mut self, message: &Message, now: OffsetDateTime) -> Result<Receipt, DeliveryError> {
        self.vendors.set_clock(now);
        self.channels.send(message, now)
    }

    fn elapsed(&self) -> Duration {
        self.clock
    }

    fn wait(&mut self, pause: Duration) {
        self.clock += pause;
    }

    fn is_stopped(&self) -> bool {
        false
    }
}

#[test]
fn a_robot_that_many_contacts_share_is_never_overrun() {
    for (channel, count) in [
        (Channel::DingTalk, 60),
        (Channel::WeCom, 60),
        (Channel::Lark, 220),
        (Channel::Slack, 20),
        (Channel::Teams, 20),
        (Channel::Discord, 60),
        (Channel::Telegram, 50),
        (Channel::Ntfy, 80),
    ] {
        let vendors = Vendors::start();
        vendors.robot(TOKEN, Knobs::default());
        let names: Vec<String> = (0..count).map(|number| format!("contact-{number}")).collect();
        let policies = policies(
            names.iter().map(|name| contact_with_robot(name, channel, robot(&webhook(&vendors, channel), None))),
        );
        let messages: Vec<Message> = (0..).zip(&names).map(|(number, name)| message(name, channel, number)).collect();
        let channels = channels(&policies, no_environment);
        let mut transport = Simulated { channels, vendors: &vendors, clock: Duration::ZERO };
        let outcomes = deliver(&mut transport, &messages, &policies, &mut History::default());
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Delivered { .. })), "{channel}");
        assert_eq!(vendors.verdicts(), vec![Some(0); count]);
    }
}

#[test]
fn a_robot_that_others_overran_is_left_alone_for_as_long_as_it_is_silent() {
    let vendors = Vendors::start();
    vendors.robot(TOKEN, Knobs::default());
    let target = format!("/robot/send?access_token={TOKEN}");
    let other = json!({"msgtype": "text", "text": {"content": "x"}}).to_string();
    let codes: Vec<i64> = (0..21).map(|_| vendors.raw_code(&target, other.as_bytes())).collect();
    assert_eq!((codes[19], codes[20]), (0, 130_101));

    let policies = policies([contact_with_robot("ops", Channel::DingTalk, robot(&vendors.dingtalk(TOKEN), None))]);
    let mut history = History::default();
    let mut run_at = |seconds: i64| {
        let now = NOW + time::Duration::seconds(seconds);
        vendors.set_clock(now);
        let mut save = |_: &History| Ok::<(), Infallible>(());
        let mut channels = channels(&policies, no_environment);
        let messages = [message("ops", Channel::DingTalk, 1)];
        let outcome = send_all(&messages, &policies, &mut history, &mut channels, &mut save, now).unwrap().remove(0);
        (outcome, vendors.journal().len() - 21)
    };
    assert!(matches!(run_at(0), (Outcome::Deferred { .. }, 1)));
    for seconds in [60, 300, 599] {
        assert!(matches!(run_at(seconds), (Outcome::Deferred { .. }, 1)), "{seconds}");
    }
    assert!(matches!(run_at(602), (Outcome::Delivered { .. }, 2)));
}

#[test]
fn a_secret_that_is_not_set_fails_its_channel_alone() {
    let vendors = Vendors::start();
    vendors.robot(TOKEN, Knobs::default());
    let unset = ChannelConfig { webhook: Secret::Environment("OPS_WEBHOOK".to_owned()), ..robot("", None) };
    let set = robot(&vendors.wecom(TOKEN), None);
    let policies = policies([
        contact_with_robot("ops", Channel::DingTalk, unset),
        contact_with_robot("night", Channel::WeCom, set),
    ]);
    let messages = [message("ops", Channel::DingTalk, 1), message("night", Channel::WeCom, 2)];
    let outcomes = deliver(&mut channels(&policies, no_environment), &messages, &policies, &mut History::default());
    let Outcome::Failed { reason, help } = &outcomes[0] else { panic!("{:?}", outcomes[0]) };
    assert_eq!(reason.to_string(), "`webhook`: the environment variable `OPS_WEBHOOK` is not set");
    assert!(help.contains("cron"));
    assert!(matches!(outcomes[1], Outcome::Delivered { .. }));

    let address = vendors.dingtalk(TOKEN);
    let environment = move |name: &str| (name == "OPS_WEBHOOK").then(|| address.clone());
    let outcomes = deliver(&mut channels(&policies, environment), &messages[..1], &policies, &mut History::default());
    assert!(matches!(outcomes[0], Outcome::Delivered { .. }));
}

#[test]
fn nothing_that_is_said_holds_the_webhook_or_the_secret_even_if_the_vendor_quotes_them() {
    let faults = [
        Fault::Echo,
        Fault::Html(500),
        Fault::Html(404),
        Fault::Redirect(format!("http://127.0.0.1:9/{TOKEN}")),
        Fault::CloseBeforeAnswer,
        Fault::Stall,
        Fault::Body("{}"),
    ];
    for channel in CHANNELS.iter().copied() {
        for fault in faults.clone() {
            let error =
                answer(channel, Knobs { secret: Some(SECRET.to_owned()), ..faulty(fault.clone()) }).unwrap_err();
            let shown = format!("{error} {error:?}").to_lowercase();
            for hidden in [
                TOKEN,
                SECRET,
                &TOKEN[..8],
                &TOKEN[20..],
                &SECRET[3..20],
                "/robot/send?",
                "/hook/",
                "/services/",
                "/webhooks/",
                "/bot",
                TOPIC,
                "sig=",
            ] {
                assert!(!shown.contains(&hidden.to_lowercase()), "{channel} {fault:?}: {hidden} in {shown}");
            }
            let words = shown.split(|character: char| !character.is_ascii_alphanumeric());
            // The identifier of the message is none.
            let mut words = words.filter(|word| *word != message("ops", channel, 1).id);
            assert!(words.all(|word| word.len() < 20), "a signature in {shown}");
        }
        let policies =
            policies([contact_with_robot("ops", channel, robot("https://127.0.0.1:1/key-to-the-room", Some(SECRET)))]);
        let shown = format!("{policies:?} {:?}", channels(&policies, no_environment));
        assert!(!shown.contains("key-to-the-room") && !shown.contains(SECRET), "{shown}");
    }
}
