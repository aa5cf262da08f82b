//! Mattermost, Google Chat, Pushover and Bark: what each refuses, from its documents.

use certnotify::policy::Channel;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::rules::{Judgement, milliseconds, recent};
use super::{ChannelConfig, Request};

const MATTERMOST: &str = "/mm/hooks/";
const GOOGLE_CHAT: &str = "/v1/spaces/AAAAAAAAAAA/messages";
const PUSHOVER: &str = "/pushover/";
const BARK: &str = "/bark/";

/// Of the application, and of the user.
pub(crate) const PUSHOVER_TOKEN: &str = "azGDORePK8gMaC0QOYAMyEEuzJnyUi";
pub(crate) const PUSHOVER_USER: &str = "uQiRzpo4DXghDmr9QzzfQu27cmVRsG";

/// Where one robot is reached.
pub(super) fn target(channel: Channel, token: &str) -> String {
    match channel {
        Channel::GoogleChat => format!("{GOOGLE_CHAT}?key=k0123456789abcdef&token={token}"),
        Channel::Mattermost => format!("{MATTERMOST}{token}"),
        Channel::Pushover => format!("{PUSHOVER}{token}"),
        _ => format!("{BARK}{token}"),
    }
}

/// Which robot is asked, where one of these services is.
pub(super) fn token(request: &Request) -> Option<String> {
    if request.path == GOOGLE_CHAT {
        return request.parameter("token");
    }
    let rest = [MATTERMOST, PUSHOVER, BARK].iter().find_map(|prefix| request.path.strip_prefix(prefix))?;
    Some(rest.split('/').next().unwrap_or_default().to_owned())
}

pub(super) fn judge(request: &Request, robot: Option<&mut ChannelConfig>, now: OffsetDateTime) -> Option<Judgement> {
    let path = request.path.as_str();
    Some(match path {
        GOOGLE_CHAT => google_chat(request, robot, now),
        _ if path.starts_with(MATTERMOST) => mattermost(request, robot, now),
        _ if path.starts_with(PUSHOVER) => pushover(request, robot, now),
        _ if path.starts_with(BARK) => bark(request, robot, now),
        _ => return None,
    })
}

/// A refusal of the service that was asked, which quotes what was sent.
pub(super) fn echo(request: &Request, sent: &str) -> Option<(u16, String)> {
    let path = request.path.as_str();
    let (status, body) = match path {
        GOOGLE_CHAT => (403, json!({"error": {"code": 403, "message": sent, "status": "PERMISSION_DENIED"}})),
        _ if path.starts_with(MATTERMOST) => {
            (400, json!({"id": "web.incoming_webhook.invalid.app_error", "message": sent, "status_code": 400}))
        }
        _ if path.starts_with(PUSHOVER) => {
            (400, json!({"user": "invalid", "errors": [sent], "status": 0, "request": "x"}))
        }
        _ if path.starts_with(BARK) => (400, json!({"code": 400, "message": sent, "timestamp": 1})),
        _ => return None,
    };
    Some((status, body.to_string()))
}

/// What is wrong with a payload, as the service says it: every rule that is documented, and some that keep text from
/// mentioning.
pub(crate) fn is_taken(channel: Channel, payload: &Value) -> Result<(), &'static str> {
    let object = payload.as_object().ok_or("no object")?;
    let text = |key: &str| object.get(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    match channel {
        Channel::Mattermost => {
            let text = text("text").filter(|_| knows(object, &["text"])).ok_or("No text specified")?;
            if text.chars().count() > 16_383 {
                return Err("post.message.too_long");
            }
            let is_slacks = ["<!", "<@", "<#", "<http"].iter().any(|mark| text.contains(mark));
            if is_slacks { Err("Slack's way to mention or link") } else { Ok(()) }
        }
        Channel::GoogleChat => {
            let text = text("text").filter(|_| knows(object, &["text"])).ok_or("Message cannot be empty")?;
            if text.encode_utf16().count() > 4096 || payload.to_string().len() > 32_000 {
                return Err("Message is too long");
            }
            let is_link = |rest: &str| !rest.starts_with("users/") && !rest.starts_with(' ');
            let has_link = text.split('<').skip(1).any(is_link);
            if has_link { Err("a link with a text of its own") } else { Ok(()) }
        }
        Channel::Pushover => {
            let message = text("message").ok_or("message cannot be blank")?;
            let title = text("title").ok_or("a message without a title")?;
            let priority = object.get("priority").and_then(Value::as_i64);
            if !knows(object, &["title", "message", "priority"]) || !priority.is_some_and(|p| (-2..=1).contains(&p)) {
                return Err("priority is invalid");
            }
            if message.chars().count() > 1024 || title.chars().count() > 250 {
                return Err("message is too long");
            }
            Ok(())
        }
        Channel::Bark => {
            let (body, title) = (text("body").ok_or("no body")?, text("title").ok_or("no title")?);
            let level = text("level").ok_or("no level")?;
            let levels = ["critical", "timeSensitive", "active", "passive"];
            if !knows(object, &["title", "body", "level", "group"]) || !levels.contains(&level) {
                return Err("a field that nobody needs");
            }
            // As the server writes it for Apple.
            let alert = json!({"aps": {
                "alert": {"title": title, "body": body}, "sound": "1107.caf", "thread-id": "certnotify",
                "category": "myNotificationCategory", "mutable-content": 1, "interruption-level": level,
            }, "group": "certnotify", "level": level});
            let alert = alert.to_string();
            let size = alert.len() + 5 * alert.matches(['<', '>', '&']).count();
            if size > 4096 { Err("PayloadTooLarge") } else { Ok(()) }
        }
        _ => Err("no rules"),
    }
}

fn knows(object: &Map<String, Value>, keys: &[&str]) -> bool {
    object.keys().all(|key| keys.contains(&key.as_str()))
}

fn json_of(request: &Request) -> Option<Value> {
    let is_json = request.method == "POST" && request.header("content-type").starts_with("application/json");
    serde_json::from_slice::<Value>(&request.body).ok().filter(|_| is_json)
}

fn mattermost(request: &Request, robot: Option<&mut ChannelConfig>, now: OffsetDateTime) -> Judgement {
    let refuse = |status: u16, id: &str| {
        let id = format!("web.incoming_webhook.{id}.app_error");
        let body = json!({"id": id, "message": "No.", "detailed_error": "", "request_id": "x", "status_code": status});
        (status, i64::from(status), body.to_string())
    };
    let Some(robot) = robot else { return refuse(400, "invalid") };
    let clock = milliseconds(now);
    if recent(robot, clock, 1_000) >= 10 {
        return (429, 429, "limit exceeded".to_owned());
    }
    let Some(payload) = json_of(request) else { return refuse(400, "parse") };
    if is_taken(Channel::Mattermost, &payload).is_err() {
        return refuse(400, "text");
    }
    robot.taken.push(clock);
    (200, 0, "ok".to_owned())
}

fn google_chat(request: &Request, robot: Option<&mut ChannelConfig>, now: OffsetDateTime) -> Judgement {
    let refuse = |status: u16, word: &str, message: &str| {
        let body = json!({"error": {"code": status, "message": message, "status": word}});
        (status, i64::from(status), body.to_string())
    };
    if request.parameter("key").as_deref() != Some("k0123456789abcdef") {
        return refuse(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.");
    }
    let Some(robot) = robot else { return refuse(401, "UNAUTHENTICATED", "Invalid webhook token") };
    let clock = milliseconds(now);
    // A reply follows a second after the message of the same run, for which the clock here stands still.
    if recent(robot, clock, 1_000) >= 1 && request.parameter("messageReplyOption").is_none() {
        return refuse(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).");
    }
    let Some(mut payload) = json_of(request) else {
        return refuse(400, "INVALID_ARGUMENT", "Message cannot be empty");
    };
    let thread = payload.as_object_mut().and_then(|payload| payload.remove("thread"));
    if is_taken(Channel::GoogleChat, &payload).is_err() {
        return refuse(400, "INVALID_ARGUMENT", "Message cannot be empty");
    }
    let thread = match (thread, request.parameter("messageReplyOption").as_deref()) {
        // By default a thread that is named is passed over.
        (_, None) => format!("spaces/AAAAAAAAAAA/threads/T{}", robot.taken.len()),
        (Some(thread), Some("REPLY_MESSAGE_OR_FAIL")) => {
            let name = thread["name"].as_str().unwrap_or_default().to_owned();
            if !robot.shown.keys().any(|key| key.starts_with(&format!("{name} "))) {
                return refuse(404, "NOT_FOUND", "Thread not found.");
            }
            name
        }
        _ => return refuse(400, "INVALID_ARGUMENT", "Invalid reply option"),
    };
    // The same request makes one message.
    let number = request.parameter("requestId").unwrap_or_else(|| format!("{}", robot.taken.len()));
    robot.taken.push(clock);
    robot.shown.insert(format!("{thread} {number}"), payload);
    let message = json!({"name": "spaces/AAAAAAAAAAA/messages/B.C", "text": "x", "thread": {"name": thread}});
    (200, 0, message.to_string())
}

fn pushover(request: &Request, robot: Option<&mut ChannelConfig>, now: OffsetDateTime) -> Judgement {
    let refuse = |status: u16, parameter: &str, error: &str| {
        let body = json!({parameter: "invalid", "errors": [error], "status": 0, "request": "5042853c"});
        (status, i64::from(status), body.to_string())
    };
    if !request.path.ends_with("/1/messages.json") || !request.query.is_empty() {
        return (404, 404, "<html>".to_owned());
    }
    let Some(robot) = robot else { return refuse(400, "token", "application token is invalid") };
    let Some(Value::Object(mut message)) = json_of(request) else { return refuse(400, "message", "cannot be blank") };
    match (message.remove("token"), message.remove("user")) {
        (Some(token), _) if token != PUSHOVER_TOKEN => return refuse(400, "token", "application token is invalid"),
        (Some(_), Some(user)) if user == PUSHOVER_USER => {}
        _ => return refuse(400, "user", "user identifier is not a valid user, group, or subscribed user key"),
    }
    if let Err(wrong) = is_taken(Channel::Pushover, &Value::Object(message)) {
        return refuse(400, "message", wrong);
    }
    robot.taken.push(milliseconds(now));
    (200, 0, json!({"status": 1, "request": "647d2300-702c-4b38-8b2f-d56326ae460b"}).to_string())
}

fn bark(request: &Request, robot: Option<&mut ChannelConfig>, now: OffsetDateTime) -> Judgement {
    let refuse = |status: u16, message: &str| {
        (status, i64::from(status), json!({"code": status, "message": message, "timestamp": 1}).to_string())
    };
    let Some(robot) = robot else { return refuse(400, "failed to get device token from database") };
    let Some(Value::Object(mut message)) = json_of(request).filter(|_| request.path.ends_with("/push")) else {
        return refuse(400, "request bind failed");
    };
    let key = message.remove("device_key");
    if !key.and_then(|key| Some(request.path.contains(key.as_str()?))).unwrap_or_default() {
        return refuse(400, "failed to get device token from database");
    }
    match is_taken(Channel::Bark, &Value::Object(message)) {
        Err("PayloadTooLarge") => refuse(500, "push failed: APNS push failed: PayloadTooLarge"),
        Err(wrong) => refuse(400, wrong),
        Ok(()) => {
            robot.taken.push(milliseconds(now));
            (200, 0, json!({"code": 200, "message": "success", "timestamp": now.unix_timestamp()}).to_string())
        }
    }
}
