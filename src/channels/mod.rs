//! The ways to reach a contact: one file for each, and one list that names them.

mod editor;
mod entities;
mod exchange;
mod markdown;
mod mention;
mod page;
pub(crate) mod pieces;
pub(crate) mod plain;
mod spec;
mod table;
mod tracker;
mod verdict;

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::address::Url;

pub(crate) use editor::{Editor, LONGEST_ID};
pub(crate) use exchange::{Access, At, Encoding, HttpRequest, Method, Payload, Protocol, Session};
pub(crate) use page::{ChatRow, Columns, Layout, Page, PageFormat, Tier};
pub(crate) use spec::{Form, Limit, Spec};
pub use table::{Choice, Hosts, Objection, RefusedAddress, Role, Table, TableKey};
pub(crate) use tracker::{Action, Order, Ticket, Tracker, title as ticket_title};
pub(crate) use verdict::{Answer, Interpretation, Verdict};

/// Of each channel its file, in which `SPEC` describes it, and its variant of [`Channel`]; the file's name is the
/// channel's, unless that has a hyphen: then it follows. `rustfmt` does not find the files by this list: they are named to it.
macro_rules! channels {
    (@name $file:ident) => {
        stringify!($file)
    };
    (@name $file:ident $name:literal) => {
        $name
    };
    ($($file:ident: $variant:ident $(= $name:literal)?,)+) => {
        $(mod $file;)+

        /// A way to reach a contact.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum Channel {
            $($variant,)+
        }

        impl Channel {
            /// All of them, in the order in which they are told.
            pub const ALL: [Self; [$(stringify!($file)),+].len()] = [$(Self::$variant),+];

            /// Its name in the policy file and everywhere else.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => channels!(@name $file $($name)?),)+
                }
            }

            /// All that is known of it.
            pub(crate) const fn spec(self) -> &'static Spec {
                match self {
                    $(Self::$variant => &$file::SPEC,)+
                }
            }
        }
    };
}

channels! {
    email: Email,
    inbox: Inbox,
    dingtalk: DingTalk,
    wecom: WeCom,
    lark: Lark,
    slack: Slack,
    teams: Teams,
    discord: Discord,
    telegram: Telegram,
    ntfy: Ntfy,
    gotify: Gotify,
    mattermost: Mattermost,
    googlechat: GoogleChat,
    pushover: Pushover,
    bark: Bark,
    matrix: Matrix,
    rocketchat: RocketChat,
    zulip: Zulip,
    serverchan: ServerChan,
    pushplus: PushPlus,
    apprise: Apprise,
    wecom_app: WeComApp = "wecom-app",
    lark_app: LarkApp = "lark-app",
    slack_app: SlackApp = "slack-app",
    github: GitHub,
    gitlab: GitLab,
    jira: Jira,
    pagerduty: PagerDuty,
    webhook: Webhook,
    command: Command,
}

impl Channel {
    /// What `chatbot` stands for in `channels`.
    pub const CHATBOTS: [Self; 3] = [Self::DingTalk, Self::WeCom, Self::Lark];

    /// What it is told are alerts: one for each certificate, open until it is told that they are over.
    #[must_use]
    pub const fn keeps_alerts(self) -> bool {
        matches!(self.spec().form, Form::Alerts | Form::Tickets(_))
    }

    /// What it is told is pages of rows, of which a page holds a few.
    #[must_use]
    pub const fn has_pages(self) -> bool {
        matches!(self.spec().form, Form::Page(_))
    }

    /// Its name, and other names of the same channel.
    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        [self.as_str()].into_iter().chain(self.spec().aliases.iter().copied())
    }

    /// What people call it and the policy file does not.
    pub(crate) fn synonyms(self) -> impl Iterator<Item = &'static str> {
        self.spec().synonyms.iter().copied()
    }
}

/// The tables of all channels that are reached by HTTP, each under every name that it has.
pub fn tables() -> impl Iterator<Item = (&'static str, Channel, &'static Table)> {
    let described = Channel::ALL.into_iter().filter_map(|channel| Some((channel, channel.spec().table.as_ref()?)));
    described.flat_map(|(channel, table)| channel.names().map(move |name| (name, channel, table)))
}

/// What cannot be the address of a channel.
#[derive(Clone, Copy, Debug)]
pub(crate) enum WrongAddress {
    Objection(&'static Objection),
    /// Of the vendor of this channel.
    OfAnother(Channel),
    /// Of the vendor, and not whole.
    Incomplete(&'static Hosts),
}

/// What is said of an address that is taken and hardly meant, and the help.
pub(crate) type Doubt = (&'static str, &'static str);

impl Channel {
    /// Whether it can be reached by an address, as far as that can be judged without asking.
    pub(crate) fn judge(self, address: &Url<'_>) -> Result<Option<Doubt>, WrongAddress> {
        let Some(table) = &self.spec().table else { return Ok(None) };
        if let Some(objection) = table.objection(address) {
            return Err(WrongAddress::Objection(objection));
        }
        // A base address may be that of a vendor's other interface.
        let is_webhook = table.key(|role| role == Role::Address).is_some();
        if let Some((vendor, hosts)) = vendor_of(address.host).filter(|_| is_webhook) {
            if vendor != self {
                return Err(WrongAddress::OfAnother(vendor));
            }
            let has_key = match hosts.parameter {
                "" => address.path.len() > hosts.path.len(),
                name => address.has_parameter(name),
            };
            if !address.path.starts_with(hosts.path) || !has_key {
                return Err(WrongAddress::Incomplete(hosts));
            }
        }
        Ok((table.doubt_address)(address))
    }
}

/// The channel that has the host for its own.
fn vendor_of(host: &str) -> Option<(Channel, &'static Hosts)> {
    let host = host.trim_end_matches('.');
    let known = tables().filter_map(|(_, channel, table)| Some((channel, table.hosts.as_ref()?)));
    known.into_iter().find(|(_, hosts)| hosts.names.iter().any(|name| name.eq_ignore_ascii_case(host)))
}

/// As its English words.
impl Serialize for Objection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.en)
    }
}

/// By its English words: those of another version are of none.
impl<'de> Deserialize<'de> for &'static Objection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let words = String::deserialize(deserializer)?;
        let known = tables().flat_map(|(_, _, table)| table.objections()).find(|objection| objection.en == words);
        known.ok_or_else(|| D::Error::custom("no objection of this version"))
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Channel> for String {
    fn from(channel: Channel) -> Self {
        channel.as_str().to_owned()
    }
}

impl TryFrom<String> for Channel {
    type Error = UnknownChannel;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse()
    }
}

/// A word that names no channel.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no channel")]
pub struct UnknownChannel(pub String);

impl FromStr for Channel {
    type Err = UnknownChannel;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.into_iter().find(|channel| channel.names().any(|name| name == text));
        named.ok_or_else(|| UnknownChannel(text.to_owned()))
    }
}
