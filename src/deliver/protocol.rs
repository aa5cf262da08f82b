//! How each service is spoken to: what is posted for one message, and what its answer means.

use serde_json::Value;
use time::OffsetDateTime;

use super::chat::ResolvedChannel;
use super::verdict::{Answer, Interpretation};
use super::{
    Warning, dingtalk, discord, gotify, lark, ntfy, pagerduty, slack, standard_webhook, teams, telegram, wecom,
};
use crate::policy::{Channel, Revealed};

/// One message on its way.
pub(super) struct Payload<'a> {
    /// The same for every try of the message.
    pub(super) id: &'a str,
    pub(super) payload: &'a Value,
}

/// One request.
pub(super) struct HttpRequest {
    pub(super) address: Revealed,
    /// Beside those of every request; their values are hidden wherever the answer repeats them.
    pub(super) headers: Vec<(&'static str, Revealed)>,
    pub(super) body: Value,
}

/// Another request in place of one that was not taken, because the service says where it should have gone.
pub(super) struct Redirect {
    pub(super) call: HttpRequest,
    /// Why, and what to write so that the next message needs none.
    pub(super) remark: Warning,
}

pub(super) trait Protocol: Sync {
    /// What is wrong with what the policy file says of the robot, and the way out; told before anything is sent.
    fn objection(&self, _robot: &ResolvedChannel) -> Option<(&'static str, &'static str)> {
        None
    }

    fn call(&self, robot: &ResolvedChannel, payload: &Payload<'_>, now: OffsetDateTime) -> HttpRequest {
        let _ = now;
        HttpRequest { address: robot.webhook.address(&[]), headers: Vec::new(), body: payload.payload.clone() }
    }

    fn read(&self, answer: &Answer, now: OffsetDateTime) -> Interpretation;

    /// Where the message is to go instead, if the service says so.
    fn detour(&self, _robot: &ResolvedChannel, _parcel: &Payload<'_>, _answer: &Answer) -> Option<Redirect> {
        None
    }
}

/// Of the channels that are reached by HTTP.
pub(super) fn of(channel: Channel) -> Option<&'static dyn Protocol> {
    match channel {
        Channel::DingTalk => Some(&dingtalk::DingTalk),
        Channel::WeCom => Some(&wecom::WeCom),
        Channel::Lark => Some(&lark::Lark),
        Channel::Slack => Some(&slack::Slack),
        Channel::Teams => Some(&teams::Teams),
        Channel::Discord => Some(&discord::Discord),
        Channel::Telegram => Some(&telegram::Telegram),
        Channel::Ntfy => Some(&ntfy::Ntfy),
        Channel::Gotify => Some(&gotify::Gotify),
        Channel::PagerDuty => Some(&pagerduty::PagerDuty),
        Channel::Webhook => Some(&standard_webhook::StandardWebhook),
        _ => None,
    }
}
