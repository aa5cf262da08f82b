//! PagerDuty and a receiver of Standard Webhooks: what each refuses, from its documents.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Map, Value, json};
use sha2::Sha256;
use time::OffsetDateTime;

use super::{ChannelConfig, Request};

/// A base address of a test has its robot in it; the service itself is at the root.
pub(super) const PAGERDUTY: &str = "/pagerduty/";
pub(super) const ENQUEUE: &str = "/v2/enqueue";
pub(super) const RECEIVER: &str = "/receiver/";

type Judgement = (u16, i64, String);

pub(super) fn pagerduty(request: &Request, robot: Option<&mut ChannelConfig>, now: OffsetDateTime) -> Judgement {
    let answer = |status: u16, body: Value| (status, i64::from(status), body.to_string());
    let invalid = |errors: &[&str]| {
        answer(400, json!({"status": "invalid event", "message": "Event object is invalid", "errors": errors}))
    };
    if request.method != "POST" || !request.path.ends_with(ENQUEUE) || !request.query.is_empty() {
        return answer(404, json!({}));
    }
    if !request.header("content-type").starts_with("application/json") || request.body.len() > 512 * 1024 {
        return invalid(&["Event is too large or no JSON"]);
    }
    let Ok(Value::Object(event)) = serde_json::from_slice::<Value>(&request.body) else { return invalid(&["no JSON"]) };
    let key = event.get("routing_key").and_then(Value::as_str).unwrap_or_default();
    if key.len() != 32 {
        return invalid(&["Length of 'routing_key' is incorrect (should be 32 characters)"]);
    }
    let Some(robot) = robot.filter(|_| request.path.contains(key)) else { return invalid(&["Invalid routing key"]) };
    let now = i64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap();
    if robot.taken.iter().filter(|taken| now - **taken < 60_000).count() >= 120 {
        return answer(429, json!({"status": "throttle exceeded"}));
    }
    if let Err(wrong) = event_is_right(&event) {
        return invalid(&[wrong]);
    }
    robot.taken.push(now);
    let done = json!({"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]});
    (202, 0, done.to_string())
}

fn event_is_right(event: &Map<String, Value>) -> Result<(), &'static str> {
    let known = ["routing_key", "event_action", "dedup_key", "payload", "client", "client_url", "links", "images"];
    if !event.keys().all(|key| known.contains(&key.as_str())) {
        return Err("an unknown field");
    }
    let text = |value: &Value, most: usize| value.as_str().is_some_and(|it| (1..=most).contains(&it.chars().count()));
    if !event.get("dedup_key").is_some_and(|key| text(key, 255)) {
        return Err("'dedup_key' is missing or too long");
    }
    match event.get("event_action").and_then(Value::as_str) {
        Some("resolve" | "acknowledge") => return Ok(()),
        Some("trigger") => {}
        _ => return Err("'event_action' is invalid"),
    }
    let Some(Value::Object(payload)) = event.get("payload") else { return Err("'payload' is missing or blank") };
    let known = ["summary", "source", "severity", "timestamp", "component", "group", "class", "custom_details"];
    let has_right_severity =
        ["critical", "error", "warning", "info"].contains(&payload["severity"].as_str().unwrap_or_default());
    if !payload.keys().all(|key| known.contains(&key.as_str())) || !has_right_severity {
        return Err("'payload.severity' is invalid");
    }
    let is_said = text(&payload["summary"], 1024) && text(&payload["source"], 255);
    is_said.then_some(()).ok_or("'payload.summary' or 'payload.source' is missing or too long")
}

pub(super) fn receiver(request: &Request, robot: Option<&mut ChannelConfig>, now: OffsetDateTime) -> Judgement {
    let status = |status: u16| (status, if status < 300 { 0 } else { i64::from(status) }, String::new());
    if request.method != "POST" {
        return status(405);
    }
    let Some(robot) = robot else { return status(404) };
    if !request.header("content-type").starts_with("application/json") {
        return status(415);
    }
    let (id, timestamp) = (request.header("webhook-id"), request.header("webhook-timestamp"));
    let is_fresh = timestamp.parse::<i64>().is_ok_and(|sent| (sent - now.unix_timestamp()).abs() <= 300);
    if id.is_empty() || !is_fresh {
        return status(401);
    }
    let signatures = request.header("webhook-signature");
    match &robot.secret {
        None if !signatures.is_empty() => return status(400),
        Some(secret) if !signatures.split(' ').any(|it| it == signature(secret, id, timestamp, &request.body)) => {
            return status(401);
        }
        _ => {}
    }
    match serde_json::from_slice::<Value>(&request.body) {
        Ok(Value::Object(_)) => status(204),
        _ => status(400),
    }
}

/// Of a secret with its mark.
fn signature(secret: &str, id: &str, timestamp: &str, body: &[u8]) -> String {
    let key = BASE64.decode(secret.split_once('_').unwrap().1).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(&[id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat());
    format!("v1,{}", BASE64.encode(mac.finalize().into_bytes()))
}
