//! What takes messages by HTTP: its table as the channel's own file describes it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use time::{Duration, OffsetDateTime};

use super::fields::Fields;
use super::problem::Problems;
use super::source::At;
use super::tree::{Node, Value};
use super::{Channel, Secret, keys, webhook};
use crate::address::Url;
use crate::channels::{Role, Table, TableKey};

/// What takes messages by HTTP for a contact: the group robot of a chat vendor, or a service that notifies.
#[derive(Clone, Debug)]
pub struct ChannelConfig {
    /// The whole webhook address: it is the key to the room. Of a service with a token, its base address.
    pub webhook: Secret,
    /// What a service asks for to know the sender: a token, or the routing key of PagerDuty.
    pub token: Option<Secret>,
    /// Where in the service: a chat of Telegram, a topic of ntfy.
    pub to: Option<Secret>,
    /// What else the service asks for, by the key.
    pub details: BTreeMap<&'static str, Secret>,
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
    /// When a file with one of its secrets or authorities last changed.
    pub modified: Option<OffsetDateTime>,
}

impl ChannelConfig {
    /// One that nothing but its address is known of.
    #[must_use]
    pub const fn at(webhook: Secret) -> Self {
        Self {
            webhook,
            token: None,
            to: None,
            details: BTreeMap::new(),
            secret: None,
            keyword: None,
            mention: Vec::new(),
            mention_within: None,
            ca_file: None,
            proxy: None,
            modified: None,
        }
    }

    /// What may stand in a file of its own.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        let others = [&self.token, &self.to, &self.secret, &self.proxy];
        others.into_iter().flatten().chain(self.details.values()).chain([&self.webhook])
    }
}

/// The table that is being read.
struct Reader<'r> {
    /// Its key.
    name: &'static str,
    channel: Channel,
    table: &'static Table,
    /// The contact.
    what: &'r str,
    node: &'r Node,
}

/// What was read of it.
struct Draft {
    address: Option<Secret>,
    /// No part that is needed is missing or wrong.
    is_whole: bool,
    /// Its address stands above.
    config: ChannelConfig,
}

/// The table `name` of a channel of the contact that `what` names.
pub(super) fn read(
    node: &Node,
    (name, channel, table): (&'static str, Channel, &'static Table),
    what: &str,
    problems: &mut Problems,
) -> Option<ChannelConfig> {
    if !matches!(node.value, Value::Table(_)) {
        problems.secrets.push(node.place);
    }
    let reader = Reader { name, channel, table, what, node };
    let label = format!("`{name}` of {what}");
    let mut fields = Fields::from_node(node, keys::of_channel(name)?, &label, &reader.example(), problems)?;
    let config = ChannelConfig::at(Secret::Literal(String::new().into()));
    let mut draft = Draft { address: None, is_whole: true, config };
    for key in table.keys {
        reader.read(key, &mut fields, &mut draft);
    }
    if let (Some(place), true) = (fields.place_of("mention-within"), draft.config.mention.is_empty())
        && table.key(|role| role == Role::MentionWithin).is_some()
    {
        fields.problems.warning(place, "`mention-within` without `mention` mentions no one", "add mention = [\"all\"]");
    }
    let objection = table.choice.as_ref().and_then(|choice| choice.objection(|key| fields.has(key)));
    if let Some((message, help)) = objection {
        fields.problems.error(node.place, format!("{label} {message}"), help);
    }
    fields.finish();
    let webhook = draft.address.filter(|_| draft.is_whole)?;
    Some(ChannelConfig { webhook, ..draft.config })
}

impl Reader<'_> {
    /// A line that could stand there.
    fn example(&self) -> String {
        format!("write {} = {}", self.name, self.table.example(self.name))
    }

    fn read(&self, key: &'static TableKey, fields: &mut Fields<'_, '_>, draft: &mut Draft) {
        match key.role {
            Role::Address => draft.address = self.address(key, fields),
            Role::Base(usual) => draft.address = self.base(key, usual, fields),
            Role::Token => draft.config.token = self.part(key, fields, draft),
            Role::Target { .. } => draft.config.to = self.part(key, fields, draft),
            Role::Detail(_) => {
                let detail = self.part(key, fields, draft);
                draft.config.details.extend(detail.map(|detail| (key.name, detail)));
            }
            Role::Signing => draft.config.secret = read_part(key, fields),
            Role::Refused(message, help) => {
                fields.secret(key.name);
                if let Some(place) = fields.place_of(key.name) {
                    fields.problems.error(place, message, help);
                }
            }
            Role::Keyword => draft.config.keyword = fields.text(key.name).map(|keyword| keyword.value),
            Role::Mention(help) => draft.config.mention = mentions(key, help, fields),
            Role::MentionWithin => draft.config.mention_within = fields.duration(key.name).map(|within| within.value),
            Role::CaFile => draft.config.ca_file = fields.path(key.name),
            Role::Proxy => draft.config.proxy = read_proxy(fields),
        }
    }

    fn address(&self, key: &'static TableKey, fields: &mut Fields<'_, '_>) -> Option<Secret> {
        let address = fields.secret(key.name);
        if let Some(At { value, place }) = &address {
            match value.literal().map_or(Ok(None), |written| webhook::check(self.channel, written)) {
                Err(refusal) => fields.problems.refuse(*place, refusal),
                Ok(Some((message, help))) => fields.problems.warning(*place, message, help),
                Ok(None) => {}
            }
        }
        self.miss(key, fields);
        address.map(|address| address.value)
    }

    fn base(&self, key: &'static TableKey, usual: Option<&'static str>, fields: &mut Fields<'_, '_>) -> Option<Secret> {
        let base = if fields.has(key.name) {
            fields.parsed(key.name, webhook::check_base)?.value
        } else if let Some(usual) = usual {
            usual.to_owned()
        } else {
            self.tell_missing(key, fields);
            return None;
        };
        Some(Secret::Literal(base.into()))
    }

    /// A token, a target or a detail.
    fn part(&self, key: &'static TableKey, fields: &mut Fields<'_, '_>, draft: &mut Draft) -> Option<Secret> {
        let Some(node) = fields.take(key.name) else {
            draft.is_whole &= !key.is_needed;
            self.miss(key, fields);
            return None;
        };
        let part = read_part(key, fields);
        draft.is_whole &= part.is_some();
        if matches!(key.role, Role::Target { is_secret: false } | Role::Detail(_)) {
            fields.problems.literals.retain(|place| *place != node.place);
        }
        part
    }

    fn miss(&self, key: &'static TableKey, fields: &mut Fields<'_, '_>) {
        if key.is_needed && !fields.means(key.name) {
            self.tell_missing(key, fields);
        }
    }

    fn tell_missing(&self, key: &'static TableKey, fields: &mut Fields<'_, '_>) {
        let message = format!("`{}` of {} has no `{}`", self.name, self.what, key.name);
        fields.problems.error(self.node.place, message, self.example());
    }
}

/// A secret that the channel may object to.
fn read_part(key: &TableKey, fields: &mut Fields<'_, '_>) -> Option<Secret> {
    let part = fields.secret(key.name)?;
    if let Some(objection) = part.value.literal().and_then(|written| key.objection(written)) {
        fields.problems.refuse(part.place, objection);
    }
    Some(part.value)
}

fn mentions(key: &'static TableKey, help: &str, fields: &mut Fields<'_, '_>) -> Vec<String> {
    let mut mentions = Vec::new();
    for text in fields.texts(key.name).into_iter().flat_map(|texts| texts.value) {
        let name = text.value.strip_prefix('@').unwrap_or(&text.value);
        if !(key.is_right)(name) {
            fields.problems.error(text.place, format!("`{name}` cannot be mentioned"), help);
        }
        mentions.push(name.to_owned());
    }
    mentions
}

/// An address is a secret only with a password in it.
fn read_proxy(fields: &mut Fields<'_, '_>) -> Option<Secret> {
    let At { value: proxy, place } = fields.secret("proxy")?;
    if let Some(address) = proxy.literal() {
        if !address.contains('@') {
            fields.problems.literals.retain(|literal| *literal != place);
        }
        let url = Url::split_server(address);
        if !url.is_of_web() || url.place.is_empty() || address.contains(char::is_whitespace) {
            let help = "write proxy = \"http://proxy.example.com:3128\"";
            fields.problems.error(place, "this is no address of a proxy", help);
        }
    }
    Some(proxy)
}
