//! Policies, contacts and messages for tests of sending.

use std::collections::BTreeMap;
use std::path::PathBuf;

use certnotify::certificate::Fingerprint;
use certnotify::event::EventKind;
use certnotify::policy::{
    Channel, ChannelConfig, Contact, ContactName, Host, MailTransport, Policies, Secret, Settings, Zone,
};
use certnotify::render::{Body, Mail, Message};
use certnotify::schedule::ReminderKey;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::datetime;

use super::chat_vendors::{APP, BOT, CHAT, CORP, GROUP, PLACE, PUSHOVER_TOKEN, PUSHOVER_USER, ROOM, STREAM, TOPIC};

pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-21 08:07 UTC);

/// The token of every robot, but where a test has another.
pub(crate) const TOKEN: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

pub(crate) fn policies(contacts: impl IntoIterator<Item = Contact>) -> Policies {
    Policies {
        file: PathBuf::from("policies.toml"),
        settings: Settings { zone: Zone::named("Europe/Berlin").unwrap(), ..Settings::default() },
        mail: MailTransport { host: Host::Address([127, 0, 0, 1].into()), ..MailTransport::default() },
        contacts: contacts.into_iter().map(|contact| (contact.name.clone(), contact)).collect(),
        ..Policies::default()
    }
}

pub(crate) fn contact(name: &str) -> Contact {
    Contact::new(ContactName::new(name))
}

pub(crate) fn contact_with_mail(name: &str, addresses: &[&str]) -> Contact {
    Contact { email: addresses.iter().map(|address| (*address).to_owned()).collect(), ..contact(name) }
}

pub(crate) fn contact_with_robot(name: &str, channel: Channel, robot: ChannelConfig) -> Contact {
    Contact { robots: BTreeMap::from([(channel, known(channel, robot))]), ..contact(name) }
}

/// A robot with what its service asks for beside the address, where a test says nothing of it.
fn known(channel: Channel, robot: ChannelConfig) -> ChannelConfig {
    let details: &[(&'static str, &str)] = match channel {
        Channel::Zulip => &[("email", BOT)],
        Channel::WeComApp => &[("corpid", CORP), ("agentid", "1000002"), ("touser", "zhangsan")],
        Channel::LarkApp => &[("app-id", APP)],
        _ => &[],
    };
    let usual = details.iter().map(|(key, value)| (*key, literal(value)));
    let robot = ChannelConfig { details: usual.chain(robot.details).collect(), ..robot };
    let (token, to) = match channel {
        Channel::Telegram => (format!("123456789:{TOKEN}"), CHAT.to_string()),
        Channel::Ntfy => (TOKEN.to_owned(), TOPIC.to_owned()),
        Channel::Matrix => (TOKEN.to_owned(), ROOM.to_owned()),
        Channel::Zulip => (TOKEN.to_owned(), STREAM.to_owned()),
        Channel::ServerChan => (format!("SCT{TOKEN}"), String::new()),
        Channel::LarkApp => (TOKEN.to_owned(), GROUP.to_owned()),
        Channel::SlackApp => (TOKEN.to_owned(), PLACE.to_owned()),
        Channel::Gotify | Channel::Bark | Channel::PushPlus | Channel::Apprise | Channel::WeComApp => {
            (TOKEN.to_owned(), String::new())
        }
        Channel::Pushover => (PUSHOVER_TOKEN.to_owned(), PUSHOVER_USER.to_owned()),
        _ => return robot,
    };
    let or = |given: Option<Secret>, usual: &str| given.or((!usual.is_empty()).then(|| literal(usual)));
    ChannelConfig { token: or(robot.token, &token), to: or(robot.to, &to), ..robot }
}

pub(crate) fn robot(webhook: &str, secret: Option<&str>) -> ChannelConfig {
    ChannelConfig { secret: secret.map(literal), ..ChannelConfig::at(literal(webhook)) }
}

pub(crate) fn literal(value: &str) -> Secret {
    Secret::Literal(value.to_owned().into())
}

pub(crate) fn no_environment(_: &str) -> Option<String> {
    None
}

/// A message that names one certificate, whose fingerprint is `number` over and over.
pub(crate) fn message(contact: &str, channel: Channel, number: u8) -> Message {
    let body = match channel {
        Channel::Email | Channel::Inbox => Body::Mail(Mail {
            subject: format!("subject {number}"),
            text: format!("text {number}\n"),
            html: format!("<p>text {number}</p>\n"),
            thread: None,
            attachments: Vec::new(),
            letter: None,
        }),
        Channel::DingTalk => chat(json!({
            "msgtype": "markdown",
            "markdown": {"title": format!("certificate {number}"), "text": format!("### certificate {number}")}
        })),
        Channel::WeCom | Channel::WeComApp => {
            chat(json!({"msgtype": "markdown", "markdown": {"content": format!("### certificate {number}")}}))
        }
        Channel::Lark | Channel::LarkApp => {
            chat(json!({"msg_type": "text", "content": {"text": format!("certificate {number}")}}))
        }
        Channel::Slack | Channel::SlackApp => chat(json!({
            "text": format!("certificate {number}"), "unfurl_links": false, "unfurl_media": false
        })),
        Channel::Teams => {
            let run = json!({"type": "TextRun", "text": format!("certificate {number}")});
            let card = json!({
                "type": "AdaptiveCard", "version": "1.4", "body": [{"type": "RichTextBlock", "inlines": [run]}]
            });
            let kind = "application/vnd.microsoft.card.adaptive";
            chat(
                json!({"type": "message", "attachments": [{"contentType": kind, "contentUrl": null, "content": card}]}),
            )
        }
        Channel::Discord => chat(json!({
            "embeds": [{"title": format!("certificate {number}")}], "allowed_mentions": {"parse": []}
        })),
        Channel::Telegram => chat(json!({
            "text": format!("certificate {number}"), "entities": [], "link_preview_options": {"is_disabled": true}
        })),
        Channel::Ntfy => chat(json!({
            "title": "x", "message": format!("certificate {number}"), "priority": 3, "tags": [], "markdown": false
        })),
        Channel::Gotify => chat(json!({
            "title": "x", "message": format!("certificate {number}"), "priority": 5,
            "extras": {"client::display": {"contentType": "text/plain"}}
        })),
        Channel::Pushover => chat(json!({"title": "x", "message": format!("certificate {number}"), "priority": 0})),
        Channel::Matrix => chat(json!({
            "msgtype": "m.text", "body": format!("certificate {number}"), "format": "org.matrix.custom.html",
            "formatted_body": format!("<p>certificate {number}</p>"), "m.mentions": {}
        })),
        Channel::Zulip => chat(json!({"content": format!("certificate {number}")})),
        Channel::ServerChan => chat(json!({"title": "x", "desp": format!("certificate {number}")})),
        Channel::PushPlus => {
            chat(json!({"title": "x", "content": format!("certificate {number}"), "template": "markdown"}))
        }
        Channel::Apprise => chat(json!({
            "title": "x", "body": format!("certificate {number}"), "type": "info", "format": "text"
        })),
        Channel::Bark => chat(json!({
            "title": "x", "body": format!("certificate {number}"), "level": "active", "group": "certnotify"
        })),
        _ => chat(json!({"text": format!("certificate {number}")})),
    };
    let key = ReminderKey {
        fingerprint: Fingerprint::new([number; 32]),
        kind: EventKind::Expiration,
        contact: ContactName::new(contact),
        channel,
    };
    Message {
        to: Vec::new(),
        occurrences: Vec::new(),
        named: 0,
        contact: ContactName::new(contact),
        channel,
        id: format!("{number:032x}"),
        body,
        text: String::new(),
        reminders: vec![(key, "30 days before its end".to_owned())],
        certificates: 1,
        complaints: Vec::new(),
        fewer: Vec::new(),
    }
}

pub(crate) fn chat(payload: Value) -> Body {
    Body::Chat { payload, plainer: Vec::new() }
}
