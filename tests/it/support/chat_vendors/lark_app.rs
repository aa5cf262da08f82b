//! The messages of Lark's applications: what the service takes and refuses, from its documents.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::rules::{Judgement, milliseconds};
use super::services::{json_of, own_token, rest, session_of};
use super::{ChannelConfig, Request};

pub(crate) const APP: &str = "cli_0123456789abcdef";
pub(crate) const GROUP: &str = "oc_0123456789abcdef";

fn refuse(status: u16, code: i64, msg: &str) -> Judgement {
    (status, code, json!({"code": code, "msg": msg}).to_string())
}

const WRONG: &str = "Your request contains an invalid request parameter";

pub(super) fn judge(request: &Request, robot: Option<&mut ChannelConfig>, now: OffsetDateTime) -> Judgement {
    let token = own_token(request);
    let Some(robot) = robot else { return refuse(200, 10_014, "app secret invalid") };
    let Some(body) = json_of(request) else { return refuse(400, 230_001, WRONG) };
    if rest(request) == "open-apis/auth/v3/tenant_access_token/internal" && request.method == "POST" {
        if body.get("app_id") != Some(&json!(APP)) || body.get("app_secret") != Some(&json!(token)) {
            return refuse(200, 10_014, "app secret invalid");
        }
        let body = json!({"code": 0, "msg": "ok", "tenant_access_token": session_of(robot), "expire": 7200});
        return (200, 0, body.to_string());
    }
    if request.header("authorization") != format!("Bearer {}", session_of(robot)) {
        return refuse(400, 99_991_663, "Invalid access token for authorization. Please make a test attempt again.");
    }
    match (request.method.as_str(), rest(request).strip_prefix("open-apis/im/v1/messages")) {
        ("POST", Some("")) => create(request, &body, robot, now),
        ("PATCH", Some(below)) => patch(request, below.trim_start_matches('/'), &body, robot, now),
        _ => (404, 404, "404 page not found".to_owned()),
    }
}

/// The content of a message is JSON in a string.
fn content(body: &Map<String, Value>) -> Option<Value> {
    let text = body.get("content")?.as_str().filter(|text| text.len() <= 30_000)?;
    serde_json::from_str(text).ok().filter(Value::is_object)
}

fn create(request: &Request, body: &Map<String, Value>, robot: &mut ChannelConfig, now: OffsetDateTime) -> Judgement {
    if request.parameter("receive_id_type").as_deref() != Some("chat_id") {
        return refuse(400, 230_001, WRONG);
    }
    if body.get("receive_id") != Some(&json!(GROUP)) {
        return refuse(400, 230_002, "Bot/User can NOT be out of the chat.");
    }
    let is_once = body.get("uuid").and_then(Value::as_str).is_some_and(|id| (1..=50).contains(&id.len()));
    let (Some(content), Some(kind), true) = (content(body), body.get("msg_type"), is_once) else {
        return refuse(400, 230_001, WRONG);
    };
    robot.taken.push(milliseconds(now));
    let id = format!("om_dc{:04}", robot.taken.len());
    robot.shown.insert(id.clone(), content);
    (200, 0, json!({"code": 0, "msg": "success", "data": {"message_id": id, "msg_type": kind}}).to_string())
}

/// Cards that everyone sees alike can be changed, for 14 days.
fn patch(
    request: &Request,
    id: &str,
    body: &Map<String, Value>,
    robot: &mut ChannelConfig,
    now: OffsetDateTime,
) -> Judgement {
    let Some(shown) = robot.shown.get_mut(id) else { return refuse(400, 230_011, "The message is recalled.") };
    let is_shared = |card: &Value| card["config"]["update_multi"] == true && card["elements"].is_array();
    let Some(card) = content(body).filter(is_shared).filter(|_| body.len() == 1 && request.query.is_empty()) else {
        return refuse(400, 230_001, WRONG);
    };
    if !is_shared(shown) {
        return refuse(
            400,
            230_001,
            "Your request contains an invalid request parameter, ext=This message is NOT a card",
        );
    }
    if robot.is_old {
        return refuse(400, 230_031, "Message can only be modified within 14 days after sending.");
    }
    robot.taken.push(milliseconds(now));
    *shown = card;
    (200, 0, json!({"code": 0, "msg": "success", "data": {}}).to_string())
}
