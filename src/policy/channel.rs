//! The ways to reach a contact.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A way to reach a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    Email,
    Inbox,
    DingTalk,
    WeCom,
    Lark,
    Slack,
    Teams,
    Discord,
    Telegram,
    Ntfy,
    Gotify,
    PagerDuty,
    Webhook,
    Command,
}

impl Channel {
    pub const ALL: [Self; 14] = [
        Self::Email,
        Self::Inbox,
        Self::DingTalk,
        Self::WeCom,
        Self::Lark,
        Self::Slack,
        Self::Teams,
        Self::Discord,
        Self::Telegram,
        Self::Ntfy,
        Self::Gotify,
        Self::PagerDuty,
        Self::Webhook,
        Self::Command,
    ];

    /// What `chatbot` stands for in `channels`.
    pub const CHATBOTS: [Self; 3] = [Self::DingTalk, Self::WeCom, Self::Lark];

    /// What it is told are alerts: one for each certificate, open until it is told that they are over.
    #[must_use]
    pub const fn keeps_alerts(self) -> bool {
        matches!(self, Self::PagerDuty)
    }

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Inbox => "inbox",
            Self::DingTalk => "dingtalk",
            Self::WeCom => "wecom",
            Self::Lark => "lark",
            Self::Slack => "slack",
            Self::Teams => "teams",
            Self::Discord => "discord",
            Self::Telegram => "telegram",
            Self::Ntfy => "ntfy",
            Self::Gotify => "gotify",
            Self::PagerDuty => "pagerduty",
            Self::Webhook => "webhook",
            Self::Command => "command",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no channel.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no channel")]
pub struct UnknownChannel(pub String);

impl FromStr for Channel {
    type Err = UnknownChannel;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "feishu" => Ok(Self::Lark),
            other => Self::ALL
                .into_iter()
                .find(|channel| channel.as_str() == other)
                .ok_or_else(|| UnknownChannel(text.to_owned())),
        }
    }
}
