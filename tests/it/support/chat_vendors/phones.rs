//! Telegram, ntfy and Gotify, each below a path of its own: what each refuses, from its documents.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use certnotify::policy::Channel;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::rules::{Judgement, milliseconds, recent};
use super::{ChannelConfig, Request};

pub(super) const TELEGRAM: &str = "/tg/bot123456789:";
pub(super) const NTFY: &str = "/ntfy/";
pub(super) const GOTIFY: &str = "/gotify/message";

/// The chat that a bot is in, and the topic that everybody may write to.
pub(crate) const CHAT: i64 = -100_123_456_789;
pub(crate) const TOPIC: &str = "certs-9f8e7d6c5b4a";

/// The base address of a service, as an operator would write it.
pub(super) fn base(channel: Channel) -> &'static str {
    match channel {
        Channel::Telegram => "/tg",
        Channel::Ntfy => "/ntfy/",
        _ => "/gotify/",
    }
}

/// Who sends, as far as the request line and the headers tell; everybody is `anyone`.
pub(super) fn token(request: &Request) -> String {
    if let Some(rest) = request.path.strip_prefix(TELEGRAM) {
        return rest.split('/').next().unwrap_or_default().to_owned();
    }
    if request.path == GOTIFY {
        return request.header("x-gotify-key").to_owned();
    }
    match request.header("authorization").split_once(' ') {
        Some(("Bearer", token)) => token.to_owned(),
        Some(("Basic", login)) => {
            let login = String::from_utf8(BASE64.decode(login).unwrap_or_default()).unwrap_or_default();
            login.split_once(':').map_or("", |(_, password)| password).to_owned()
        }
        Some(_) => String::new(),
        None => "anyone".to_owned(),
    }
}

/// A refusal of the service that was asked, which quotes what was sent.
pub(super) fn echo(request: &Request, sent: &str) -> Option<(u16, String)> {
    let body = match request.path.as_str() {
        NTFY => (403, json!({"code": 40_301, "http": 403, "error": sent})),
        GOTIFY => (401, json!({"error": sent, "errorCode": 401, "errorDescription": sent})),
        path if path.starts_with("/tg/") => (401, json!({"ok": false, "error_code": 401, "description": sent})),
        _ => return None,
    };
    Some((body.0, body.1.to_string()))
}

fn is_json(request: &Request) -> bool {
    request.header("content-type").starts_with("application/json")
}

fn object(request: &Request) -> Option<Map<String, Value>> {
    serde_json::from_slice::<Value>(&request.body).ok()?.as_object().cloned()
}

fn knows(object: &Map<String, Value>, keys: &[&str]) -> bool {
    object.keys().all(|key| keys.contains(&key.as_str()))
}

pub(super) fn telegram(request: &Request, robot: Option<&mut ChannelConfig>, now: OffsetDateTime) -> Judgement {
    let refuse = |status: u16, description: &str, parameters: Value| {
        let mut body = json!({"ok": false, "error_code": status, "description": description});
        if !parameters.is_null() {
            body["parameters"] = parameters;
        }
        (status, i64::from(status), body.to_string())
    };
    let bad = |what: &str| refuse(400, &format!("Bad Request: {what}"), Value::Null);
    let is_edit = request.path.ends_with("/editMessageText");
    let is_call = request.path.starts_with(TELEGRAM) && (is_edit || request.path.ends_with("/sendMessage"));
    if request.method != "POST" || !is_call || !request.query.is_empty() {
        return refuse(404, "Not Found", Value::Null);
    }
    let Some(robot) = robot else { return refuse(401, "Unauthorized", Value::Null) };
    let clock = milliseconds(now);
    if !is_edit && (recent(robot, clock, 1_000) >= 1 || recent(robot, clock, 60_000) >= 20) {
        return refuse(429, "Too Many Requests: retry after 3", json!({"retry_after": 3}));
    }
    let Some(mut message) = object(request).filter(|_| is_json(request)) else { return bad("message text is empty") };
    let chat = message.remove("chat_id").unwrap_or_default();
    let edited = message.remove("message_id").map(|id| id.to_string());
    if is_edit != edited.is_some() {
        return bad("message identifier is not specified");
    }
    match message.remove("message_thread_id") {
        None => {}
        Some(_) if is_edit => return bad("a field that is not needed"),
        Some(topic) if topic.as_i64().is_some_and(|topic| topic > 1) => {}
        Some(_) => return bad("message thread not found"),
    }
    if robot.refuses_address {
        return refuse(403, "Forbidden: bot was kicked from the supergroup chat", Value::Null);
    }
    match (chat.as_i64(), robot.moved_to) {
        (Some(chat), Some(moved)) if chat == CHAT || (chat == moved && robot.has_moved_on) => {
            let what = "Bad Request: group chat was upgraded to a supergroup chat";
            return refuse(400, what, json!({"migrate_to_chat_id": moved}));
        }
        (Some(CHAT), None) => {}
        (Some(chat), Some(moved)) if chat == moved => {}
        _ => return bad("chat not found"),
    }
    if let Err(wrong) = is_message_of_telegram(&message) {
        return bad(wrong);
    }
    if let Some(id) = &edited {
        match robot.shown.get(id) {
            None => return bad("message to edit not found"),
            Some(shown) if *shown == Value::Object(message.clone()) => {
                return bad(
                    "message is not modified: specified new message content and reply markup are exactly the same",
                );
            }
            Some(_) => {}
        }
    } else {
        robot.taken.push(clock);
    }
    let id = edited.unwrap_or_else(|| robot.taken.len().to_string());
    robot.shown.insert(id.clone(), Value::Object(message));
    let number: i64 = id.parse().unwrap();
    (200, 0, json!({"ok": true, "result": {"message_id": number, "chat": {"id": chat}}}).to_string())
}

/// What is wrong with a payload, as the service says it: every rule that is documented, and some that keep a message whole.
pub(crate) fn is_for_phones(channel: Channel, payload: &Value) -> Result<(), &'static str> {
    let object = payload.as_object().ok_or("no object")?;
    match channel {
        Channel::Telegram => is_message_of_telegram(object),
        Channel::Ntfy => is_message_of_ntfy(object).map_err(|(_, what)| what),
        Channel::Gotify => is_message_of_gotify(object),
        _ => Err("no rules"),
    }
}

fn is_message_of_telegram(message: &Map<String, Value>) -> Result<(), &'static str> {
    if !knows(message, &["text", "entities", "link_preview_options"]) {
        return Err("a field that nobody needs");
    }
    if message.get("link_preview_options") != Some(&json!({"is_disabled": true})) {
        return Err("a link could show its page");
    }
    let text = message.get("text").and_then(Value::as_str).filter(|text| !text.is_empty());
    let text = text.ok_or("message text is empty")?;
    if text.trim() != text {
        return Err("the server would trim the text, and every entity would stand elsewhere");
    }
    let units: Vec<u16> = text.encode_utf16().collect();
    if units.len() > 4096 {
        return Err("message is too long");
    }
    let entities = message.get("entities").and_then(Value::as_array).cloned().unwrap_or_default();
    if entities.len() > 100 {
        return Err("entities after the hundredth are lost");
    }
    let mut spans: Vec<(&str, usize, usize)> = Vec::new();
    for entity in &entities {
        let span = span(entity, &units)?;
        let is_wrong = |(kind, start, end): &(&str, usize, usize)| {
            let is_apart = *end <= span.1 || span.2 <= *start;
            let is_around = *kind == "blockquote" && *start <= span.1 && span.2 <= *end;
            !is_apart && !is_around
        };
        if spans.iter().any(is_wrong) || spans.last().is_some_and(|last| last.1 > span.1) {
            return Err("entities inside each other, or not in their order");
        }
        spans.push(span);
    }
    Ok(())
}

fn span<'e>(entity: &'e Value, units: &[u16]) -> Result<(&'e str, usize, usize), &'static str> {
    let number = |key: &str| entity[key].as_u64().and_then(|number| usize::try_from(number).ok());
    let kind =
        entity["type"].as_str().filter(|kind| ["bold", "code", "pre", "blockquote", "strikethrough"].contains(kind));
    let (Some(kind), Some(start), Some(length)) = (kind, number("offset"), number("length")) else {
        return Err("can't parse entities");
    };
    let covered = units.get(start..start + length).filter(|covered| !covered.is_empty());
    let covered = covered.ok_or("an entity beyond the text")?;
    let words = String::from_utf16(covered).map_err(|_| "an entity that begins or ends inside a character")?;
    if words.trim() == words { Ok((kind, start, start + length)) } else { Err("an entity with spaces around it") }
}

/// What the server makes a link, a mention, a tag or a command by itself: it looks everywhere but in code.
pub(crate) fn links_of_telegram(payload: &Value) -> Vec<String> {
    let units: Vec<u16> = payload["text"].as_str().unwrap_or_default().encode_utf16().collect();
    let mut seen = units.clone();
    for entity in payload["entities"].as_array().into_iter().flatten() {
        let Ok((kind, start, end)) = span(entity, &units) else { continue };
        if kind == "code" || kind == "pre" {
            seen[start..end].fill(u16::from(b' '));
        }
    }
    let text = String::from_utf16_lossy(&seen);
    let is_apart = |character: char| character.is_whitespace() || "，。：；、（）“”".contains(character);
    text.split(is_apart).filter(|word| is_link_of_telegram(word)).map(str::to_owned).collect()
}

fn is_link_of_telegram(word: &str) -> bool {
    let starts = |mark: char| {
        let mut parts = word.split(mark).skip(1);
        parts.any(|rest| rest.starts_with(|character: char| character.is_alphanumeric() || character == '_'))
    };
    let labels: Vec<&str> = word.trim_matches(|character: char| !character.is_alphanumeric()).split('.').collect();
    let is_top = |label: &str| {
        let top = label.split(|character: char| !character.is_alphanumeric()).next().unwrap_or_default();
        top.chars().count() >= 2 && top.chars().all(char::is_alphabetic)
    };
    let is_domain =
        labels.len() > 1 && labels.iter().all(|label| !label.is_empty()) && labels[1..].iter().any(|l| is_top(l));
    let is_command = word.starts_with('/') && word.chars().nth(1).is_some_and(char::is_alphanumeric);
    let word = word.trim_end_matches([',', '.', ';', ':']);
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let is_number = digits > 6 && word.chars().all(|character| character.is_ascii_digit() || "+-".contains(character));
    let is_date = word.len() == 10 && word.matches('-').count() == 2 && digits == 8;
    word.contains("://")
        || starts('@')
        || starts('#')
        || starts('$')
        || is_domain
        || is_command
        || (is_number && !is_date)
}

pub(super) fn ntfy(
    request: &Request,
    token: &str,
    robot: Option<&mut ChannelConfig>,
    now: OffsetDateTime,
) -> Judgement {
    let refuse = |code: i64, what: &str| {
        let status = u16::try_from(code / 100).unwrap();
        let link = "https://ntfy.example/docs/publish/";
        (status, code, json!({"code": code, "http": status, "error": what, "link": link}).to_string())
    };
    if request.path != NTFY || !request.query.is_empty() {
        return refuse(40_401, "page not found");
    }
    if request.method != "POST" && request.method != "PUT" {
        return refuse(40_401, "page not found");
    }
    let Some(robot) = robot else {
        return if token == "anyone" { refuse(40_301, "forbidden") } else { refuse(40_101, "unauthorized") };
    };
    let clock = milliseconds(now);
    if recent(robot, clock, 86_400_000) >= 250 {
        return refuse(42_908, "limit reached: too many messages");
    }
    if recent(robot, clock, 300_000) >= 60 {
        return refuse(42_901, "limit reached: too many requests, please be nice");
    }
    let Some(mut message) = object(request) else {
        return refuse(40_017, "invalid request: request body must be message JSON");
    };
    let topic = message.remove("topic").unwrap_or_default();
    match topic.as_str().unwrap_or_default() {
        TOPIC => {}
        topic if topic.is_empty() || topic.contains(['/', ' ', '.']) => {
            return refuse(40_009, "invalid request: topic invalid");
        }
        _ => return refuse(40_301, "forbidden"),
    }
    let number = message.remove("sequence_id").unwrap_or_default().as_str().unwrap_or_default().to_owned();
    let is_number = (1..=64).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !number.is_empty() && !is_number {
        return refuse(40_049, "invalid request: sequence ID invalid");
    }
    if let Err((code, what)) = is_message_of_ntfy(&message) {
        return refuse(code, what);
    }
    robot.taken.push(clock);
    let id = format!("hwQ2YpKd{:04}", robot.taken.len());
    let mut answer = json!({"id": id, "time": clock / 1000, "event": "message", "topic": topic});
    if robot.is_old {
        robot.shown.insert(id, Value::Object(message));
    } else {
        answer["sequence_id"] = Value::from(number.as_str());
        robot.shown.insert(number, Value::Object(message));
    }
    (200, 0, answer.to_string())
}

fn is_message_of_ntfy(message: &Map<String, Value>) -> Result<(), (i64, &'static str)> {
    if !knows(message, &["title", "message", "priority", "tags", "markdown"]) {
        return Err((40_017, "a field that nobody needs"));
    }
    let text = |key: &str| message.get(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    let (Some(_), Some(words)) = (text("title"), text("message")) else { return Err((40_017, "no title or message")) };
    // More is made an attachment, which this server does not keep.
    if words.len() > 4096 {
        return Err((40_014, "invalid request: attachments not allowed"));
    }
    if message.get("markdown") != Some(&Value::Bool(false)) {
        return Err((40_017, "the text could be markup"));
    }
    if !message["priority"].as_u64().is_some_and(|priority| (1..=5).contains(&priority)) {
        return Err((40_007, "invalid priority parameter"));
    }
    let is_tag = |tag: &Value| tag.as_str().is_some_and(|tag| !tag.is_empty() && !tag.contains([',', ' ']));
    let tags = message.get("tags").and_then(Value::as_array);
    if tags.is_some_and(|tags| tags.iter().all(is_tag)) { Ok(()) } else { Err((40_017, "tags")) }
}

pub(super) fn gotify(request: &Request, robot: Option<&mut ChannelConfig>, now: OffsetDateTime) -> Judgement {
    let refuse = |status: u16, error: &str, description: &str| {
        let body = json!({"error": error, "errorCode": status, "errorDescription": description});
        (status, i64::from(status), body.to_string())
    };
    if request.method != "POST" || !request.query.is_empty() {
        return refuse(404, "Not Found", "page not found");
    }
    let Some(robot) = robot else {
        return refuse(
            401,
            "Unauthorized",
            "you need to provide a valid access token or user credentials to access this api",
        );
    };
    let Some(message) = object(request).filter(|_| is_json(request)) else {
        return refuse(400, "Bad Request", "Field 'message' is required");
    };
    if let Err(wrong) = is_message_of_gotify(&message) {
        return refuse(400, "Bad Request", wrong);
    }
    robot.taken.push(milliseconds(now));
    let body = json!({"id": robot.taken.len(), "appid": 5, "title": message["title"], "message": message["message"]});
    (200, 0, body.to_string())
}

fn is_message_of_gotify(message: &Map<String, Value>) -> Result<(), &'static str> {
    if !knows(message, &["title", "message", "priority", "extras"]) {
        return Err("a field that nobody needs");
    }
    let has_text = |key: &str| message.get(key).and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty());
    if !has_text("message") || !has_text("title") {
        return Err("Field 'message' is required");
    }
    if message["priority"].as_u64().is_none_or(|priority| priority > 10) {
        return Err("json: cannot unmarshal into Go struct field .priority of type int");
    }
    let is_plain = message["extras"] == json!({"client::display": {"contentType": "text/plain"}});
    if is_plain { Ok(()) } else { Err("the text could be markup") }
}
