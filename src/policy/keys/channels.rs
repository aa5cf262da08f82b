//! The tables of a contact's channels, made from what each channel's own file says of its keys.

use std::sync::LazyLock;

use super::{Example, Key, KeyTable, Kind, Shared, Words};
use crate::channels::{self, Channel, Role};

pub(super) const CA_FILE: Key = Key::new("ca-file", Kind::Text("path"), r#""/etc/ssl/private-ca.pem""#)
    .synonyms(&["cert", "ca", "cafile", "ca-cert", "ca-bundle", "cacert"]);

/// The floor of a channel.
const FROM: Key = Key::new("from", Kind::OneOf(Words::Floors), r#""critical""#)
    .default("all that its policies tell")
    .meaning(
        "The least severity that it is used for, as `check` calls it: `\"critical\"` for what has expired, is inside the \
         critical threshold or has a critical finding; `\"warning\"` leaves out what is only good to know.",
    )
    .synonyms(&["severity", "min-severity", "level", "threshold"]);

/// `command = { … }` of a contact.
pub static COMMAND: KeyTable = KeyTable {
    definition: "command",
    title: "`command`",
    meaning: "A program of this machine, run without a shell; only you and root may be able to write the policy file then.",
    keys: &[
        Key::new("argv", Kind::Arguments, r#"["/usr/local/bin/tell", "--urgent"]"#)
            .meaning("The program and its arguments.")
            .synonyms(&["command", "args", "program", "path", "exec"])
            .required(),
        Key::new("time-limit", Kind::Duration, r#""30s""#)
            .default("`\"30s\"`")
            .meaning("It is killed after this, at most `\"5m\"`.")
            .synonyms(&["timeout"]),
        FROM,
    ],
    shared: Shared::Nothing,
};

/// One name of a channel, and the table that stands under it.
#[derive(Debug)]
pub struct ChannelTable {
    pub name: &'static str,
    pub channel: Channel,
    pub table: &'static KeyTable,
    /// Keys of which one is needed.
    pub choice: Option<&'static channels::Choice>,
}

/// The tables of all channels, made when the first is asked for and kept to the end of the program.
static TABLES: LazyLock<Vec<ChannelTable>> = LazyLock::new(|| {
    let table = |(name, channel, table): (&'static str, Channel, &'static channels::Table)| {
        let keys: Vec<Key> = table.keys.iter().map(|key| of_role(name, key)).chain([FROM]).collect();
        let title: &'static str = format!("`{name}` of a contact").leak();
        let choice = table.choice.as_ref();
        let table =
            KeyTable { definition: name, title, meaning: "A channel.", keys: keys.leak(), shared: Shared::Nothing };
        ChannelTable { name, channel, table: Box::leak(Box::new(table)), choice }
    };
    channels::tables().map(table).collect()
});

static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
    let key = |(name, channel, table): (&'static str, Channel, &'static channels::Table)| {
        let synonyms: Vec<&'static str> =
            if name == channel.as_str() { channel.synonyms().collect() } else { Vec::new() };
        let meaning = "A channel of the contact.";
        let kind = of_channel(name).map_or(Kind::Boolean, Kind::Table);
        let key = Key::new(name, kind, "").meaning(meaning).synonyms(synonyms.leak());
        Key { example: Example::OfTable(name, table), ..key }
    };
    channels::tables().map(key).collect()
});

/// The table of each channel, under each of its names.
#[must_use]
pub fn channels() -> &'static [ChannelTable] {
    &TABLES
}

/// The table that stands under the name of a channel.
#[must_use]
pub fn of_channel(name: &str) -> Option<&'static KeyTable> {
    channels().iter().find(|channel| channel.name == name).map(|channel| channel.table)
}

/// The keys of a contact that are names of channels.
pub(super) fn keys_of_contact() -> &'static [Key] {
    &KEYS
}

/// A key as the channel's file describes it.
fn of_role(table: &'static str, key: &'static channels::TableKey) -> Key {
    let (kind, default, synonyms): (_, _, &[&str]) = match key.role {
        Role::Address => (
            Kind::Secret,
            "",
            &["url", "uri", "address", "endpoint", "hook", "webhook", "webhook-url", "token", "access-token"],
        ),
        Role::Base(usual) => (
            Kind::Text("address"),
            usual.map_or("", |usual| format!("`{usual}`").leak()),
            &["url", "server", "host", "address"],
        ),
        Role::Token => (Kind::Secret, "", &["key", "access-token", "integration-key"]),
        Role::Target { .. } => (Kind::Secret, "", &["chat-id", "room", "channel", "to"]),
        Role::Detail(_) => (Kind::Secret, "none", &[]),
        Role::Signing => (Kind::Secret, "none", &["sign", "key", "signing-secret"]),
        Role::Keyword => (Kind::Text("text"), "none", &["keywords"]),
        Role::Mention(..) => (Kind::Texts("identifier"), "none", &["mentions", "mobiles", "at-mobiles"]),
        Role::MentionWithin => (Kind::Duration, "none", &["within"]),
        Role::CaFile => (CA_FILE.kind, "the system's roots", CA_FILE.synonyms),
        Role::Proxy => (Kind::Secret, "`HTTPS_PROXY`, `NO_PROXY`", &["http-proxy", "https-proxy"]),
        Role::Refused(..) => (Kind::Secret, "", &[]),
    };
    Key {
        is_required: key.is_needed,
        is_sensitive: key.role.may_be_secret(),
        is_refused: matches!(key.role, Role::Refused(..)),
        example: Example::OfKey(table, key),
        ..Key::new(key.name, kind, "").meaning(key.meaning).default(default).synonyms(synonyms)
    }
}
