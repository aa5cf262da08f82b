//! `[contacts.NAME]`: who is told, and by which channels.

use std::collections::BTreeMap;

use super::fields::{Fields, Refusal};
use super::problem::Problems;
use super::settings::{language, zone};
use super::source::{At, Place};
use super::tree::{Node, Value};
use super::{Channel, Language, Robot, Secret, Zone, mailbox, secret, webhook};

/// The channels of later versions.
pub(super) const LATER_CHANNELS: [&str; 9] =
    ["slack", "teams", "discord", "telegram", "ntfy", "gotify", "pagerduty", "webhook", "command"];

#[derive(Debug)]
pub(super) struct WrittenContact {
    pub name: At<String>,
    pub email: Vec<String>,
    pub language: Option<Language>,
    pub zone: Option<Zone>,
    pub robots: BTreeMap<Channel, Robot>,
    /// Robots whose tables cannot be used, lest it is said that they are missing.
    pub is_whole: bool,
}

pub(super) fn read(name: &At<String>, node: &Node, problems: &mut Problems) -> WrittenContact {
    let before = problems.count();
    let mut contact = WrittenContact {
        name: name.clone(),
        email: Vec::new(),
        language: None,
        zone: None,
        robots: BTreeMap::new(),
        is_whole: true,
    };
    let help = format!("write [contacts.{}] and below it email = \"alice@example.com\"", name.value);
    if let Some(fields) = Fields::of_node(node, format!("contact `{}`", name.value), &help, problems) {
        read_fields(fields, &mut contact);
    }
    contact.is_whole = problems.count() == before;
    contact
}

fn read_fields(mut fields: Fields<'_, '_>, contact: &mut WrittenContact) {
    for text in fields.texts("email").into_iter().flat_map(|texts| texts.value) {
        if let Some(mailbox) = fields.checked(&text, mailbox::check)
            && !contact.email.contains(&mailbox.value)
        {
            contact.email.push(mailbox.value);
        }
    }
    contact.language = language(&mut fields).map(|language| language.value);
    contact.zone = zone(&mut fields).map(|zone| zone.value);
    let what = fields.what().to_owned();
    for (key, channel) in
        [("dingtalk", Channel::DingTalk), ("wecom", Channel::WeCom), ("lark", Channel::Lark), ("feishu", Channel::Lark)]
    {
        let Some(node) = fields.take(key) else { continue };
        let robot = read_robot(node, key, channel, &what, fields.problems);
        if contact.robots.contains_key(&channel) {
            let help = "they are two names of one channel: make a second contact for a second robot";
            fields.problems.error(node.place, format!("{what} has `lark` and `feishu`"), help);
        }
        contact.robots.extend(robot.map(|robot| (channel, robot)));
    }
    fields.not_yet(&LATER_CHANNELS);
    fields.not_yet(&["attach"]);
    fields.finish();
}

fn read_robot(node: &Node, key: &str, channel: Channel, what: &str, problems: &mut Problems) -> Option<Robot> {
    let example = format!("write {key} = {{ webhook = {{ env = \"{}_WEBHOOK\" }} }}", key.to_uppercase());
    if matches!(node.value, Value::Text(_)) {
        problems.secrets.push(node.place);
    }
    let mut fields = Fields::of_node(node, format!("`{key}` of {what}"), &example, problems)?;
    let webhook = fields.take("webhook").and_then(|node| {
        let webhook = secret::read(node, "webhook", fields.problems);
        check_webhook(webhook.as_ref(), node.place, channel, fields.problems);
        webhook
    });
    if !fields.means("webhook") {
        fields.problems.error(node.place, format!("`{key}` of {what} has no `webhook`"), example);
    }
    let signing = fields.take("secret").and_then(|node| secret::read(node, "secret", fields.problems));
    if let (Some(place), Channel::WeCom) = (fields.place_of("secret"), channel) {
        fields.problems.error(place, "WeCom robots sign nothing", "take `secret` out: the webhook is the whole key");
    }
    let keyword = fields.text("keyword").map(|keyword| keyword.value);
    let mention = mentions(&mut fields, channel);
    let mention_within = fields.duration("mention-within").map(|within| within.value);
    if let (Some(place), true) = (fields.place_of("mention-within"), mention.is_empty()) {
        fields.problems.warning(place, "`mention-within` without `mention` mentions nobody", "add mention = [\"all\"]");
    }
    let ca_file = fields.path("ca-file").map(|path| path.value);
    let proxy = fields.take("proxy").and_then(|node| read_proxy(node, fields.problems));
    fields.finish();
    Some(Robot { webhook: webhook?, secret: signing, keyword, mention, mention_within, ca_file, proxy })
}

/// An address is a secret only with a password in it.
fn read_proxy(node: &Node, problems: &mut Problems) -> Option<Secret> {
    let proxy = secret::read(node, "proxy", problems)?;
    if let Some(address) = proxy.literal() {
        if !address.contains('@') {
            problems.literals.retain(|place| *place != node.place);
        }
        let rest = ["http://", "https://"].into_iter().find_map(|scheme| address.strip_prefix(scheme));
        if rest.is_none_or(|rest| rest.is_empty() || address.contains(char::is_whitespace)) {
            problems.error(
                node.place,
                "this is no address of a proxy",
                "write proxy = \"http://proxy.example.com:3128\"",
            );
        }
    }
    Some(proxy)
}

fn check_webhook(webhook: Option<&Secret>, place: Place, channel: Channel, problems: &mut Problems) {
    if let Some(address) = webhook.and_then(Secret::literal)
        && let Err(Refusal { message, help }) = webhook::check(channel, address)
    {
        problems.error(place, message, help);
    }
}

fn mentions(fields: &mut Fields<'_, '_>, channel: Channel) -> Vec<String> {
    let mut mentions = Vec::new();
    for text in fields.texts("mention").into_iter().flat_map(|texts| texts.value) {
        let name = text.value.strip_prefix('@').unwrap_or(&text.value);
        let is_mobile = name.len() == 11 && name.bytes().all(|byte| byte.is_ascii_digit());
        if channel == Channel::Lark && is_mobile {
            let help = "write the open_id (`ou_…`) or user_id of the person, or `all`";
            fields.problems.error(text.place, "Lark robots cannot mention by mobile number", help);
        }
        if name.is_empty()
            || name.contains(|character: char| character.is_whitespace() || "<>&\"'()".contains(character))
        {
            let help = "write a mobile number, a user identifier or `all`";
            fields.problems.error(text.place, format!("`{name}` can be nobody to mention"), help);
        }
        mentions.push(name.to_owned());
    }
    mentions
}
