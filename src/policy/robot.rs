//! What takes messages by HTTP: the keys of its table, and which of them each channel has.

use std::path::PathBuf;

use time::Duration;

use super::fields::{Fields, Refusal};
use super::problem::Problems;
use super::tree::{Node, Value};
use super::{Channel, Secret, mention, secret, service, webhook};

/// What takes messages by HTTP for a contact: the group robot of a chat vendor, or a service that notifies.
#[derive(Clone, Debug)]
pub struct ChannelConfig {
    /// The whole webhook address: it is the key to the room. Of a service with a token, its base address.
    pub webhook: Secret,
    /// What a service asks for to know the sender: a token, or the routing key of PagerDuty.
    pub token: Option<Secret>,
    /// Where in the service: a chat of Telegram, a topic of ntfy.
    pub to: Option<Secret>,
    /// Signs each request where the robot asks for it.
    pub secret: Option<Secret>,
    /// Words the robot asks for: each message contains all of them.
    pub keyword: Option<String>,
    /// Who is mentioned: mobile numbers or user identifiers as the vendor has them; `all` for everybody.
    pub mention: Vec<String>,
    /// Mention only when a certificate of the message is this close to its end, or past it.
    pub mention_within: Option<Duration>,
    pub ca_file: Option<PathBuf>,
    /// Proxy address: it may hold a password.
    pub proxy: Option<Secret>,
}

impl ChannelConfig {
    /// One that nothing but its address is known of.
    #[must_use]
    pub const fn at(webhook: Secret) -> Self {
        Self {
            webhook,
            token: None,
            to: None,
            secret: None,
            keyword: None,
            mention: Vec::new(),
            mention_within: None,
            ca_file: None,
            proxy: None,
        }
    }
}

/// How the table of a channel is written.
pub(super) struct TableSchema {
    pub(super) key: &'static str,
    pub(super) channel: Channel,
    address: Address,
    token: Option<Part>,
    to: Option<Part>,
    signs: bool,
    has_keywords: bool,
    mentions: bool,
}

/// Where a channel is reached.
#[derive(Clone, Copy)]
enum Address {
    /// Under this key, whole: it is a secret.
    Whole(&'static str),
    /// `base-url`, or this one.
    Usual(&'static str),
    /// `base-url`: there is no usual one.
    Own,
}

#[derive(Clone, Copy)]
enum Part {
    Needed(&'static str),
    Optional(&'static str),
}

const fn shape(key: &'static str, channel: Channel, address: Address) -> TableSchema {
    TableSchema { key, channel, address, token: None, to: None, signs: false, has_keywords: false, mentions: false }
}

const WEBHOOK: Address = Address::Whole("webhook");

/// The channels that are reached by HTTP, under every name that they have.
pub(super) const SHAPES: [TableSchema; 12] = [
    TableSchema { signs: true, has_keywords: true, mentions: true, ..shape("dingtalk", Channel::DingTalk, WEBHOOK) },
    TableSchema { has_keywords: true, mentions: true, ..shape("wecom", Channel::WeCom, WEBHOOK) },
    TableSchema { signs: true, has_keywords: true, mentions: true, ..shape("lark", Channel::Lark, WEBHOOK) },
    TableSchema { signs: true, has_keywords: true, mentions: true, ..shape("feishu", Channel::Lark, WEBHOOK) },
    TableSchema { mentions: true, ..shape("slack", Channel::Slack, WEBHOOK) },
    shape("teams", Channel::Teams, WEBHOOK),
    TableSchema { mentions: true, ..shape("discord", Channel::Discord, WEBHOOK) },
    TableSchema {
        token: Some(Part::Needed("token")),
        to: Some(Part::Needed("chat")),
        ..shape("telegram", Channel::Telegram, Address::Usual("https://api.telegram.org"))
    },
    TableSchema {
        token: Some(Part::Optional("token")),
        to: Some(Part::Needed("topic")),
        ..shape("ntfy", Channel::Ntfy, Address::Usual("https://ntfy.sh"))
    },
    TableSchema { token: Some(Part::Needed("token")), ..shape("gotify", Channel::Gotify, Address::Own) },
    TableSchema {
        token: Some(Part::Needed("routing-key")),
        ..shape("pagerduty", Channel::PagerDuty, Address::Usual("https://events.pagerduty.com"))
    },
    TableSchema { signs: true, ..shape("webhook", Channel::Webhook, Address::Whole("url")) },
];

impl TableSchema {
    /// A line that could stand there.
    fn example(&self) -> String {
        let env = |key: &str| {
            let name = format!("{}_{}", self.key, key).to_uppercase().replace('-', "_");
            format!("{key} = {{ env = \"{name}\" }}")
        };
        let address = match self.address {
            Address::Whole(key) => Some(env(key)),
            Address::Own => Some("base-url = \"https://…\"".to_owned()),
            Address::Usual(_) => None,
        };
        let needed = [self.token, self.to].into_iter().flatten().filter_map(|part| match part {
            Part::Needed(key) => Some(env(key)),
            Part::Optional(_) => None,
        });
        format!("write {} = {{ {} }}", self.key, address.into_iter().chain(needed).collect::<Vec<_>>().join(", "))
    }
}

/// The table of a channel of the contact that `what` names.
pub(super) fn read(node: &Node, shape: &TableSchema, what: &str, problems: &mut Problems) -> Option<ChannelConfig> {
    if !matches!(node.value, Value::Table(_)) {
        problems.secrets.push(node.place);
    }
    let key = shape.key;
    let mut fields = Fields::of_node(node, format!("`{key}` of {what}"), &shape.example(), problems)?;
    let address = address(&mut fields, node, shape, what);
    let token = part(&mut fields, node, shape.token, shape, what, service::objection_to_token);
    let to = part(&mut fields, node, shape.to, shape, what, service::validate_target);
    let secret =
        if shape.signs || shape.channel == Channel::WeCom { signing(&mut fields, shape.channel) } else { None };
    let keyword = if shape.has_keywords { fields.text("keyword").map(|keyword| keyword.value) } else { None };
    let mention = if shape.mentions { mention::read(&mut fields, shape.channel) } else { Vec::new() };
    let mention_within =
        if shape.mentions { fields.duration("mention-within").map(|within| within.value) } else { None };
    if let (Some(place), true) = (fields.place_of("mention-within"), shape.mentions && mention.is_empty()) {
        fields.problems.warning(place, "`mention-within` without `mention` mentions nobody", "add mention = [\"all\"]");
    }
    let ca_file = fields.path("ca-file").map(|path| path.value);
    let proxy = fields.take("proxy").and_then(|node| read_proxy(node, fields.problems));
    fields.finish();
    Some(ChannelConfig {
        webhook: address?,
        token: token?,
        to: to?,
        secret,
        keyword,
        mention,
        mention_within,
        ca_file,
        proxy,
    })
}

fn address(fields: &mut Fields<'_, '_>, node: &Node, shape: &TableSchema, what: &str) -> Option<Secret> {
    if let Address::Whole(key) = shape.address {
        let address = fields.take(key).and_then(|node| {
            let address = secret::read(node, key, fields.problems);
            check_address(address.as_ref(), node, shape.channel, fields.problems);
            address
        });
        if !fields.means(key) {
            let message = format!("`{}` of {what} has no `{key}`", shape.key);
            fields.problems.error(node.place, message, shape.example());
        }
        return address;
    }
    let written = fields.text("base-url");
    let base = match (&written, shape.address) {
        (Some(written), _) => fields.checked(written, webhook::check_base)?.value,
        (None, Address::Usual(usual)) if !fields.has("base-url") => usual.to_owned(),
        _ => {
            if !fields.has("base-url") {
                let message = format!("`{}` of {what} has no `base-url`", shape.key);
                fields.problems.error(node.place, message, shape.example());
            }
            return None;
        }
    };
    Some(Secret::Literal(base.into()))
}

/// Nothing where it is needed and missing, or wrong.
#[expect(clippy::option_option, reason = "what may be left out, and what is not usable, are two things")]
fn part(
    fields: &mut Fields<'_, '_>,
    node: &Node,
    part: Option<Part>,
    shape: &TableSchema,
    what: &str,
    objection: fn(Channel, &str) -> Option<(&'static str, &'static str)>,
) -> Option<Option<Secret>> {
    let Some(Part::Needed(key) | Part::Optional(key)) = part else { return Some(None) };
    if let Some(node) = fields.take(key) {
        let secret = secret::read(node, key, fields.problems)?;
        if let Some((message, help)) = secret.literal().and_then(|written| objection(shape.channel, written)) {
            fields.problems.error(node.place, message, help);
        }
        if key == "chat" {
            // Its number opens nothing.
            fields.problems.literals.retain(|place| *place != node.place);
        }
        return Some(Some(secret));
    }
    if matches!(part, Some(Part::Needed(_))) {
        if !fields.means(key) {
            let message = format!("`{}` of {what} has no `{key}`", shape.key);
            fields.problems.error(node.place, message, shape.example());
        }
        return None;
    }
    Some(None)
}

fn signing(fields: &mut Fields<'_, '_>, channel: Channel) -> Option<Secret> {
    let signing = fields.take("secret").and_then(|node| secret::read(node, "secret", fields.problems));
    if let (Some(place), Channel::WeCom) = (fields.place_of("secret"), channel) {
        fields.problems.error(place, "WeCom robots sign nothing", "take `secret` out: the webhook is the whole key");
    }
    if let (Some(written), Some(place), Channel::Webhook) =
        (signing.as_ref().and_then(Secret::literal), fields.place_of("secret"), channel)
        && let Some((message, help)) = service::objection_to_secret(written)
    {
        fields.problems.error(place, message, help);
    }
    signing
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

fn check_address(address: Option<&Secret>, node: &Node, channel: Channel, problems: &mut Problems) {
    if let Some(address) = address.and_then(Secret::literal)
        && let Err(Refusal { message, help }) = webhook::check(channel, address)
    {
        problems.error(node.place, message, help);
    }
}
