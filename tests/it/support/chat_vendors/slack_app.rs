//! The Web API of Slack, as far as a bot needs it: what it takes and refuses, from its documents.

use certnotify::policy::Channel;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::rooms::is_well_formed;
use super::rules::{Judgement, milliseconds};
use super::services::{json_of, own_token, rest};
use super::{ChannelConfig, Request};

pub(crate) const PLACE: &str = "C0123ABCDEF";

pub(super) fn judge(request: &Request, robot: Option<&mut ChannelConfig>, now: OffsetDateTime) -> Judgement {
    let refuse = |error: &str| (200, 1, json!({"ok": false, "error": error}).to_string());
    if request.method != "POST" || !request.query.is_empty() {
        return refuse("invalid_http_method");
    }
    let is_let_in = request.header("authorization") == format!("Bearer {}", own_token(request));
    let Some(robot) = robot.filter(|_| is_let_in) else { return refuse("invalid_auth") };
    let Some(mut message) = json_of(request) else { return refuse("invalid_json") };
    if message.remove("channel") != Some(Value::from(PLACE)) {
        return refuse("channel_not_found");
    }
    let ts = message.remove("ts");
    if ts.is_some() {
        // Of a change it asks for no unfurling.
        message.extend([("unfurl_links".to_owned(), json!(false)), ("unfurl_media".to_owned(), json!(false))]);
    }
    if is_well_formed(Channel::Slack, &Value::Object(message.clone())).is_err() {
        return refuse("invalid_blocks");
    }
    robot.taken.push(milliseconds(now));
    let ts = match (rest(request), ts) {
        ("chat.postMessage", None) => format!("1503435956.{:06}", robot.taken.len()),
        ("chat.update", Some(Value::String(ts))) if robot.shown.contains_key(&ts) => ts,
        ("chat.update", Some(_)) => return refuse("message_not_found"),
        _ => return refuse("unknown_method"),
    };
    robot.shown.insert(ts.clone(), Value::Object(message));
    (200, 0, json!({"ok": true, "channel": PLACE, "ts": ts}).to_string())
}
