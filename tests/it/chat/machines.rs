//! PagerDuty, webhooks and commands: what is sent, and what becomes of it however the other side misbehaves.

use std::convert::Infallible;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use certnotify::deliver::{DeliveryError, Outcome, Receipt, Transport as _, send_all};
use certnotify::history::History;
use certnotify::policy::{Channel, ChannelConfig, Command, Contact, Secret};
use certnotify::render::Message;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{HASTE, Simulated, TOKEN, channels, faulty, help, limits};
use crate::support::chat_vendors::{ChannelConfig as Knobs, Fault, Vendors};
use crate::support::delivery::{NOW, chat, contact, contact_with_robot, literal, message, no_environment, policies};

const MACHINES: [Channel; 2] = [Channel::PagerDuty, Channel::Webhook];
const WHSEC: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OTHER_WHSEC: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn alert(number: u8) -> Message {
    let payload = json!({"summary": format!("certificate {number}"), "source": "web-1", "severity": "warning"});
    let event = json!({"event_action": "trigger", "dedup_key": format!("certnotify/{number}"), "payload": payload});
    Message { body: chat(event), ..message("ops", Channel::PagerDuty, number) }
}

fn parcel(channel: Channel) -> Message {
    if channel == Channel::PagerDuty { alert(1) } else { message("ops", channel, 1) }
}

fn machine(vendors: &Vendors, channel: Channel, secret: Option<&str>) -> ChannelConfig {
    match channel {
        Channel::PagerDuty => {
            ChannelConfig { token: Some(literal(TOKEN)), ..ChannelConfig::at(literal(&vendors.pagerduty(TOKEN))) }
        }
        _ => ChannelConfig { secret: secret.map(literal), ..ChannelConfig::at(literal(&vendors.receiver(TOKEN))) },
    }
}

fn send(channel: Channel, robot: ChannelConfig, now: OffsetDateTime) -> Result<Receipt, DeliveryError> {
    let policies = policies([contact_with_robot("ops", channel, robot)]);
    channels(&policies, no_environment).send(&parcel(channel), now)
}

/// One try against a service that does this.
fn answer(channel: Channel, knobs: Knobs) -> Result<Receipt, DeliveryError> {
    let vendors = Vendors::start();
    let secret = knobs.secret.clone();
    let is_silent = knobs.faults.iter().any(|fault| matches!(fault, Fault::Stall | Fault::Drip));
    vendors.robot(TOKEN, knobs);
    let policies = policies([contact_with_robot("ops", channel, machine(&vendors, channel, secret.as_deref()))]);
    let channels = channels(&policies, no_environment);
    let mut channels = if is_silent { channels.with_time_limits(limits(HASTE)) } else { channels };
    channels.send(&parcel(channel), NOW)
}

fn outcome(result: &Result<Receipt, DeliveryError>) -> &'static str {
    match result {
        Ok(_) => "delivered",
        Err(DeliveryError::NoConnection { .. }) => "no connection",
        Err(DeliveryError::Transient { .. }) => "transient",
        Err(DeliveryError::Throttled { .. }) => "throttled",
        Err(DeliveryError::Permanent { .. }) => "permanent",
        Err(DeliveryError::Content { .. }) => "content",
        Err(DeliveryError::Unanswered { .. }) => "unanswered",
        Err(DeliveryError::Recipients { .. }) => "recipients",
    }
}

#[test]
fn an_alert_and_a_webhook_are_taken_by_who_is_strict() {
    for channel in MACHINES {
        for secret in [None, Some(WHSEC)] {
            let vendors = Vendors::start();
            vendors.robot(TOKEN, Knobs { secret: secret.map(str::to_owned), ..Knobs::default() });
            let receipt = send(channel, machine(&vendors, channel, secret), NOW).unwrap();
            assert_eq!(vendors.verdicts(), [Some(0)], "{channel}");
            assert!(receipt.answer.starts_with(&format!("{}: ", vendors.host())), "{}", receipt.answer);
            let request = &vendors.journal()[0].request;
            assert_eq!(request.header("content-type"), "application/json; charset=utf-8");
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            match channel {
                Channel::PagerDuty => assert_eq!(body["routing_key"], TOKEN),
                _ => assert_eq!(request.header("webhook-id"), parcel(channel).id),
            }
        }
    }
}

/// A thing that goes wrong, and what it is for an alert and for a webhook.
const FAULTS: [(Fault, &str, &str); 13] = [
    (Fault::Html(200), "transient", "delivered"),
    (Fault::Body("{}"), "transient", "delivered"),
    (Fault::Body(""), "transient", "delivered"),
    (Fault::Body(r#"{"status":"success""#), "transient", "delivered"),
    (Fault::CutOff(r#"{"status":"#), "unanswered", "delivered"),
    (Fault::Huge, "unanswered", "delivered"),
    (Fault::Html(500), "transient", "transient"),
    (Fault::Html(503), "transient", "transient"),
    (Fault::Html(404), "permanent", "permanent"),
    (Fault::TooMany { retry_after: None }, "throttled", "transient"),
    (Fault::TooMany { retry_after: Some("7") }, "throttled", "transient"),
    (Fault::CloseBeforeAnswer, "unanswered", "unanswered"),
    (Fault::Stall, "unanswered", "unanswered"),
];

#[test]
fn whatever_goes_wrong_comes_to_the_right_outcome_and_shows_no_secret() {
    for (fault, of_alert, of_webhook) in FAULTS {
        for (channel, wanted) in [(Channel::PagerDuty, of_alert), (Channel::Webhook, of_webhook)] {
            let knobs = Knobs { secret: Some(WHSEC.to_owned()), ..faulty(fault.clone()) };
            let result = answer(channel, knobs);
            assert_eq!(outcome(&result), wanted, "{channel} {fault:?}: {result:?}");
            let shown = format!("{result:?}").to_lowercase();
            for hidden in [TOKEN, &TOKEN[..10], &WHSEC[6..], &WHSEC[10..24].to_lowercase(), "/receiver/", "v1,"] {
                assert!(!shown.contains(&hidden.to_lowercase()), "{channel} {fault:?}: {hidden} in {shown}");
            }
        }
    }
    let echoed = answer(Channel::PagerDuty, faulty(Fault::Echo));
    assert!(!format!("{echoed:?}").contains(TOKEN), "{echoed:?}");
}

#[test]
fn who_asks_for_time_gets_as_much_as_it_asks_for() {
    let after = |channel, retry_after| match answer(channel, faulty(Fault::TooMany { retry_after })) {
        Err(DeliveryError::Throttled { until, .. }) => (until - NOW).whole_seconds(),
        Err(DeliveryError::Transient { retry_after, .. }) => {
            retry_after.map_or(0, |after| after.as_secs()).cast_signed()
        }
        other => panic!("{other:?}"),
    };
    assert!((60..70).contains(&after(Channel::PagerDuty, None)));
    assert!((7..17).contains(&after(Channel::PagerDuty, Some("7"))));
    assert_eq!((after(Channel::Webhook, None), after(Channel::Webhook, Some("7"))), (0, 7));
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = Vendors::start();
    elsewhere.robot(TOKEN, Knobs::default());
    for (channel, to) in
        [(Channel::PagerDuty, elsewhere.pagerduty(TOKEN)), (Channel::Webhook, elsewhere.receiver(TOKEN))]
    {
        assert!(help(answer(channel, faulty(Fault::Redirect(to)))).contains("final address"), "{channel}");
    }
    assert!(elsewhere.journal().is_empty());
}

#[test]
fn a_wrong_key_or_secret_says_what_to_do() {
    let vendors = Vendors::start();
    vendors.robot(TOKEN, Knobs { secret: Some(WHSEC.to_owned()), ..Knobs::default() });
    let with_key =
        |key: &str| ChannelConfig { token: Some(literal(key)), ..machine(&vendors, Channel::PagerDuty, None) };
    let unknown = help(send(Channel::PagerDuty, with_key(&TOKEN.replace('0', "z")), NOW));
    assert!(unknown.contains("integration key") && unknown.contains("`routing-key`"), "{unknown}");
    for wrong in ["short", "e+kd5BWM-NCknhB3XnYge+kd5BWM-NCk"] {
        assert!(help(send(Channel::PagerDuty, with_key(wrong), NOW)).contains("integration key"), "{wrong}");
    }
    assert_eq!(vendors.journal().len(), 1, "what cannot be a key is not sent");
    for wrong in [None, Some(OTHER_WHSEC), Some("not-a-secret"), Some("whsec_c2hvcnQ=")] {
        let said = help(send(Channel::Webhook, machine(&vendors, Channel::Webhook, wrong), NOW));
        assert!(said.contains("`secret`") || said.contains("whsec_"), "{wrong:?}: {said}");
    }
    vendors.robot("gone", Knobs::default());
    let nowhere = ChannelConfig::at(literal(&vendors.receiver("unknown")));
    assert!(help(send(Channel::Webhook, nowhere, NOW)).contains("`url`"));
}

#[test]
fn every_try_is_signed_anew_under_the_same_identifier() {
    let vendors = Vendors::start();
    vendors.robot(TOKEN, Knobs { secret: Some(WHSEC.to_owned()), ..faulty(Fault::Html(502)) });
    let robot = machine(&vendors, Channel::Webhook, Some(WHSEC));
    assert!(send(Channel::Webhook, robot.clone(), NOW).is_err());
    let later = NOW + Duration::from_secs(3600);
    vendors.set_clock(later);
    send(Channel::Webhook, robot, later).unwrap();
    assert_eq!(vendors.verdicts(), [None, Some(0)]);
    let header =
        |name: &str| vendors.journal().iter().map(|entry| entry.request.header(name).to_owned()).collect::<Vec<_>>();
    let ids = header("webhook-id");
    assert_eq!(ids[0], ids[1]);
    assert_eq!(header("webhook-timestamp"), [NOW, later].map(|at| at.unix_timestamp().to_string()));
}

#[test]
fn both_secrets_sign_while_one_takes_the_place_of_the_other() {
    for known in [WHSEC, OTHER_WHSEC] {
        let vendors = Vendors::start();
        vendors.robot(TOKEN, Knobs { secret: Some(known.to_owned()), ..Knobs::default() });
        send(Channel::Webhook, machine(&vendors, Channel::Webhook, Some(&format!("{OTHER_WHSEC} {WHSEC}"))), NOW)
            .unwrap();
    }
}

#[test]
fn the_fakes_refuse_what_is_wrong() {
    let vendors = Vendors::start();
    vendors.robot(TOKEN, Knobs { secret: Some(WHSEC.to_owned()), ..Knobs::default() });
    let enqueue = format!("/pagerduty/{TOKEN}/v2/enqueue");
    let event = |change: fn(&mut Value)| {
        let payload = json!({"summary": "s", "source": "x", "severity": "info"});
        let mut event = json!({"routing_key": TOKEN, "event_action": "trigger", "dedup_key": "k", "payload": payload});
        change(&mut event);
        vendors.raw("POST", &enqueue, "application/json", event.to_string().as_bytes()).0
    };
    assert_eq!(event(|_| {}), 202);
    for change in [
        (|event| event["routing_key"] = json!("x")) as fn(&mut Value),
        |event| event["event_action"] = json!("open"),
        |event| event["dedup_key"] = json!("k".repeat(256)),
        |event| event["payload"]["severity"] = json!("bad"),
        |event| event["payload"]["summary"] = json!("s".repeat(1025)),
        |event| event["payload"]["more"] = json!(1),
        |event| event["more"] = json!(1),
    ] {
        assert_eq!(event(change), 400);
    }
    assert_eq!(vendors.raw("GET", &enqueue, "application/json", b"").0, 404);
    let receiver = format!("/receiver/{TOKEN}");
    assert_eq!(vendors.raw("POST", &receiver, "application/json", b"{}").0, 401, "it is not signed");
    assert_eq!(vendors.raw("POST", "/receiver/unknown", "application/json", b"{}").0, 404);
    assert_eq!(vendors.raw("POST", &receiver, "text/plain", b"{}").0, 415);
}

#[test]
fn hundreds_of_alerts_never_overrun_the_service() {
    let vendors = Vendors::start();
    vendors.robot(TOKEN, Knobs::default());
    let policies =
        policies([contact_with_robot("ops", Channel::PagerDuty, machine(&vendors, Channel::PagerDuty, None))]);
    let messages: Vec<Message> = (0..=249).map(alert).collect();
    let mut transport =
        Simulated { channels: channels(&policies, no_environment), vendors: &vendors, clock: Duration::ZERO };
    let outcomes = super::deliver(&mut transport, &messages, &policies, &mut History::default());
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Delivered { .. })));
    assert_eq!(vendors.verdicts(), vec![Some(0); 250]);
    assert!(transport.clock >= Duration::from_secs(120), "{:?}", transport.clock);
}

/// A contact with a program of this text.
fn with_program(folder: &Path, script: &str) -> Contact {
    let path = folder.join("tell");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let argv = vec![path.display().to_string(), "an argument; exit 9".to_owned()];
    Contact { command: Some(Command { argv, time_limit: Duration::from_secs(60) }), ..contact("ops") }
}

#[test]
fn a_command_reads_the_message_and_its_exit_code_decides() {
    let folder = tempfile::tempdir().unwrap();
    let seen = folder.path().join("seen");
    let script = format!(
        "cat >{0}; printf '%s|' \"$1\" \"$CERTNOTIFY_TITLE\" \"$CERTNOTIFY_NAME\" \"$CERTNOTIFY_DAYS_LEFT\" >>{0}",
        seen.display()
    );
    let policies = policies([with_program(folder.path(), &script)]);
    let item = json!({"name": "www; rm -rf /", "certificate": {"days_left": 7}});
    let payload = json!({"type": "certificate.reminders", "data": {"title": "a $(touch x) title", "items": [item]}});
    let mut told = message("ops", Channel::Command, 1);
    told.body = chat(payload.clone());
    let receipt = channels(&policies, no_environment).send(&told, NOW).unwrap();
    assert!(receipt.answer.ends_with("tell: exit code 0"), "{}", receipt.answer);
    let seen = std::fs::read_to_string(seen).unwrap();
    let (read, given) = seen.split_once('\n').unwrap();
    assert_eq!(serde_json::from_str::<Value>(read).unwrap(), payload);
    assert_eq!(given, "an argument; exit 9|a $(touch x) title|www; rm -rf /|7|");
}

#[test]
fn a_command_that_fails_stays_due_and_quotes_no_secret_of_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let contact = with_program(folder.path(), "echo \"the token is s3cr3t-of-the-mail\" >&2; exit 2");
    let mut policies = policies([contact]);
    policies.mail.password = Some(Secret::Environment("SMTP_PASSWORD".to_owned()));
    let environment = |name: &str| (name == "SMTP_PASSWORD").then(|| "s3cr3t-of-the-mail".to_owned());
    let mut history = History::default();
    let mut save = |_: &History| Ok::<(), Infallible>(());
    let messages = [message("ops", Channel::Command, 1)];
    let outcomes =
        send_all(&messages, &policies, &mut history, &mut channels(&policies, environment), &mut save, NOW).unwrap();
    let Outcome::Failed { reason, help } = &outcomes[0] else { panic!("{outcomes:?}") };
    assert!(reason.to_string().ends_with("tell failed: exit code 2: the token is <secret>"), "{reason}");
    assert!(help.contains("75"));
    assert!(history.deliveries.is_empty());
}
