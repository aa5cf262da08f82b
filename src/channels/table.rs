//! The table of a channel in the policy file, as data: its keys, and what each may hold.

use crate::address::Url;

/// What is said of a value that cannot be right, in each language of messages, and the way out.
#[derive(Debug, PartialEq, Eq)]
pub struct Objection {
    /// A clause by itself. The memory knows the objection by it: what has these words in two places has the same ones in
    /// the other languages.
    pub en: &'static str,
    /// What follows the name of the key, or "the address".
    pub zh_cn: &'static str,
    /// As in Chinese, and after は.
    pub ja: &'static str,
    /// For the command line, which speaks English.
    pub help: &'static str,
}

/// Whether the vendor does not take an address, and what is said of it.
pub type RefusedAddress = (fn(&Url<'_>) -> bool, Objection);

/// Keys of which one is needed, where none of them is needed by itself.
#[derive(Debug)]
pub struct Choice {
    /// The first is the usual one.
    pub of: &'static [&'static str],
    /// Whether no two of them stand together.
    pub is_one_alone: bool,
    /// What is said of a table that has none of them.
    pub message: &'static str,
    pub help: &'static str,
}

impl Choice {
    /// What is wrong with the keys that are there, and the help.
    pub fn objection(&self, has: impl Fn(&str) -> bool) -> Option<(String, &'static str)> {
        let there: Vec<String> = self.of.iter().filter(|key| has(key)).map(|key| format!("`{key}`")).collect();
        if there.len() > 1 && self.is_one_alone {
            return Some((format!("has {}", there.join(" and ")), "keep one of them"));
        }
        there.is_empty().then(|| (self.message.to_owned(), self.help))
    }
}

/// The table of a channel that is reached by HTTP.
#[derive(Debug)]
pub struct Table {
    /// In the order in which they are listed.
    pub keys: &'static [TableKey],
    /// Those of the vendor, where it has any of its own.
    pub hosts: Option<Hosts>,
    /// On any host.
    pub refused_addresses: &'static [RefusedAddress],
    /// What is said of an address that is taken and hardly meant, and the help.
    pub doubt_address: fn(&Url<'_>) -> Option<(&'static str, &'static str)>,
    /// Keys of which one is needed.
    pub choice: Option<Choice>,
    /// The server of a token, where the token decides it and no other is written.
    pub server_of_token: fn(&str) -> Option<String>,
}

/// The hosts of a vendor, and the path by which they take messages.
#[derive(Debug)]
pub struct Hosts {
    pub names: &'static [&'static str],
    pub path: &'static str,
    /// The parameter that holds the key (`name=`); empty where the key is in the path.
    pub parameter: &'static str,
}

impl Hosts {
    /// What an address on `host` looks like.
    pub(crate) fn whole_address(&self, host: &str) -> String {
        let (path, key) = (self.path, self.parameter);
        if key.is_empty() { format!("https://{host}{path}…") } else { format!("https://{host}{path}?{key}…") }
    }
}

/// One key of a table.
#[derive(Debug)]
pub struct TableKey {
    pub name: &'static str,
    pub role: Role,
    pub is_needed: bool,
    /// One sentence.
    pub meaning: &'static str,
    /// Whether a value may be right, as far as that can be judged without asking the vendor.
    pub is_right: fn(&str) -> bool,
    /// What is said of one that is not; of a mention that is the same for all channels.
    pub(super) objection: Option<Objection>,
}

/// What a key is for; each table has a role at most once, but for details.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The whole address, by which alone anyone may send: a secret.
    Address,
    /// The address of the server alone, and the usual one, if there is one.
    Base(Option<&'static str>),
    /// By which the service knows the sender: a secret.
    Token,
    /// Where in the service: a chat, a topic, a device. Written as a secret is, and one where knowing it is enough to
    /// read or to send.
    Target { is_secret: bool },
    /// What else the service asks for, by the vendor's word for it, and a value that it could have: no secret. A table may
    /// have several.
    Detail(&'static str),
    /// Signs each request: a secret.
    Signing,
    /// Words that each message contains.
    Keyword,
    /// Who is mentioned: a name or several, and the help for a name that cannot be mentioned.
    Mention(&'static str),
    /// How close to its end a certificate is for a mention: a duration.
    MentionWithin,
    /// A file of authorities.
    CaFile,
    /// The address of a proxy: it may hold a password.
    Proxy,
    /// People expect it here, and it has no meaning: the message and the help.
    Refused(&'static str, &'static str),
}

impl Role {
    /// Whether a value may be a secret.
    #[must_use]
    pub const fn may_be_secret(self) -> bool {
        matches!(self, Self::Address | Self::Base(_) | Self::Token | Self::Target { .. } | Self::Signing | Self::Proxy)
    }
}

impl Table {
    /// One on any host, without rules of its own.
    pub(super) const fn new(keys: &'static [TableKey]) -> Self {
        Self {
            keys,
            hosts: None,
            refused_addresses: &[],
            doubt_address: |_| None,
            choice: None,
            server_of_token: |_| None,
        }
    }

    /// The key with the role that `is_wanted`.
    #[must_use]
    pub fn key(&self, is_wanted: fn(Role) -> bool) -> Option<&'static TableKey> {
        self.keys.iter().find(|key| is_wanted(key.role))
    }

    /// What is wrong with an address.
    #[must_use]
    pub fn objection(&self, address: &Url<'_>) -> Option<&Objection> {
        self.refused_addresses.iter().find(|(is_it, _)| is_it(address)).map(|(_, objection)| objection)
    }

    /// All that may be said of its values.
    pub fn objections(&self) -> impl Iterator<Item = &Objection> {
        let of_addresses = self.refused_addresses.iter().map(|(_, objection)| objection);
        of_addresses.chain(self.keys.iter().filter_map(|key| key.objection.as_ref()))
    }

    /// The key that says where the channel is reached.
    #[must_use]
    pub fn address(&self) -> &'static str {
        self.key(|role| matches!(role, Role::Address | Role::Base(_))).map_or("", |key| key.name)
    }

    /// What could stand in the policy file under `name`.
    #[must_use]
    pub fn example(&self, name: &str) -> String {
        let usual = self.choice.as_ref().and_then(|choice| choice.of.first());
        let needed = self.keys.iter().filter(|key| key.is_needed || usual == Some(&key.name));
        let needed = needed.map(|key| format!("{} = {}", key.name, key.example(name)));
        format!("{{ {} }}", needed.collect::<Vec<_>>().join(", "))
    }
}

impl TableKey {
    /// A value that could stand in the table `name`.
    #[must_use]
    pub fn example(&self, name: &str) -> String {
        let variable = || format!("{name}_{}", self.name).to_uppercase().replace('-', "_");
        match self.role {
            Role::Base(usual) => format!("\"{}\"", usual.unwrap_or("https://…")),
            Role::CaFile => "\"/etc/ssl/private-ca.pem\"".to_owned(),
            Role::Proxy => "\"http://proxy.example.com:3128\"".to_owned(),
            Role::Keyword => "\"certificate\"".to_owned(),
            Role::Mention(..) => "[\"all\"]".to_owned(),
            Role::MentionWithin => "\"7d\"".to_owned(),
            Role::Detail(value) => format!("\"{value}\""),
            Role::Address | Role::Token | Role::Target { .. } | Role::Signing | Role::Refused(..) => {
                format!("{{ env = \"{}\" }}", variable())
            }
        }
    }

    /// A key that must be there.
    pub(super) const fn needed(name: &'static str, role: Role, meaning: &'static str) -> Self {
        Self { name, role, is_needed: true, meaning, is_right: |_| true, objection: None }
    }

    /// A key that may be left out.
    pub(super) const fn optional(name: &'static str, role: Role, meaning: &'static str) -> Self {
        Self { is_needed: false, ..Self::needed(name, role, meaning) }
    }

    pub(super) const fn checked(self, is_right: fn(&str) -> bool, objection: Objection) -> Self {
        Self { is_right, objection: Some(objection), ..self }
    }

    /// What is wrong with a value.
    #[must_use]
    pub fn objection(&self, value: &str) -> Option<&Objection> {
        self.objection.as_ref().filter(|_| !(self.is_right)(value))
    }
}

pub(super) const WEBHOOK: TableKey = TableKey::needed(
    "webhook",
    Role::Address,
    "The whole address of the webhook, as the vendor shows it: who knows it can send to the group.",
);
pub(super) const KEYWORD: TableKey =
    TableKey::optional("keyword", Role::Keyword, "A word that the robot asks for: it stands in every message.");
pub(super) const MENTION_WITHIN: TableKey = TableKey::optional(
    "mention-within",
    Role::MentionWithin,
    "Mention only when a certificate of the message is this close to its end, or past it.",
);
pub(super) const CA_FILE: TableKey = TableKey::optional(
    "ca-file",
    Role::CaFile,
    "The private authority of the server, beside those of the machine: a file (PEM, DER, PKCS#7), or a directory of such files.",
);
pub(super) const PROXY: TableKey = TableKey::optional(
    "proxy",
    Role::Proxy,
    "The HTTP proxy by which the server is reached, in place of that of the environment.",
);

/// Letters, digits, `-` and `_`.
pub(super) fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Nothing that a header or a line could be broken by.
pub(super) fn is_graphic(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Names a user in a header, where a colon comes before the password (RFC 7617 §2).
pub(super) fn is_email(text: &str) -> bool {
    is_graphic(text) && text.contains('@') && !text.contains(':')
}
