//! Matrix, Rocket.Chat, Zulip, `ServerChan`, `PushPlus`, Apprise, and the applications of WeCom and Lark: what each refuses, from its
//! documents.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use certnotify::policy::Channel;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::rooms::is_well_formed;
use super::rules::{Judgement, milliseconds};
use super::{ChannelConfig, Request, lark_app, slack_app};

pub(crate) const SERVICES: [Channel; 9] = [
    Channel::Matrix,
    Channel::RocketChat,
    Channel::Zulip,
    Channel::ServerChan,
    Channel::PushPlus,
    Channel::Apprise,
    Channel::WeComApp,
    Channel::LarkApp,
    Channel::SlackApp,
];

/// What the services ask for beside the token.
pub(crate) const ROOM: &str = "!room:matrix.example";
pub(crate) const BOT: &str = "certs-bot@zulip.example";
pub(crate) const STREAM: &str = "ops & certs";
pub(crate) const CORP: &str = "ww0123456789abcdef";

/// Each robot is below a path of its own.
pub(super) fn target(channel: Channel, token: &str) -> String {
    match channel {
        Channel::RocketChat => format!("/rocketchat/hooks/65f0a1/{token}"),
        _ => format!("/{channel}/{token}"),
    }
}

fn channel(request: &Request) -> Option<Channel> {
    let first = request.path.split('/').nth(1)?;
    SERVICES.into_iter().find(|channel| channel.as_str() == first)
}

/// What stands behind the robot in the path.
pub(super) fn rest(request: &Request) -> &str {
    request.path.splitn(4, '/').nth(3).unwrap_or_default()
}

pub(super) fn token(request: &Request) -> Option<String> {
    let nth = if channel(request)? == Channel::RocketChat { 4 } else { 2 };
    Some(request.path.split('/').nth(nth).unwrap_or_default().to_owned())
}

/// A refusal of the service that was asked, which quotes what was sent.
pub(super) fn echo(request: &Request, sent: &str) -> Option<(u16, String)> {
    let (status, body) = match channel(request)? {
        Channel::Matrix => (403, json!({"errcode": "M_FORBIDDEN", "error": sent})),
        Channel::RocketChat => (404, json!({"success": false, "error": sent})),
        Channel::Zulip => (401, json!({"result": "error", "code": "UNAUTHORIZED", "msg": sent})),
        Channel::ServerChan => (400, json!({"code": 40_001, "message": sent})),
        Channel::PushPlus => (200, json!({"code": 903, "msg": sent})),
        Channel::Apprise => (424, json!({"error": sent, "details": []})),
        Channel::WeComApp => (200, json!({"errcode": 40_013, "errmsg": sent})),
        Channel::SlackApp => (200, json!({"ok": false, "error": sent})),
        _ => (400, json!({"code": 10_014, "msg": sent})),
    };
    Some((status, body.to_string()))
}

pub(super) fn judge(request: &Request, robot: Option<&mut ChannelConfig>, now: OffsetDateTime) -> Option<Judgement> {
    let channel = channel(request)?;
    let judgement = match channel {
        Channel::Matrix => return Some(matrix(request, robot, now)),
        Channel::RocketChat => rocketchat(request, robot.is_some()),
        Channel::Zulip => return Some(zulip(request, robot, now)),
        Channel::ServerChan => serverchan(request, robot.is_some()),
        Channel::PushPlus => pushplus(request, robot.is_some()),
        Channel::Apprise => apprise(request, robot.is_some()),
        Channel::WeComApp => return Some(wecom_app(request, robot, now)),
        Channel::SlackApp => return Some(slack_app::judge(request, robot, now)),
        _ => return Some(lark_app::judge(request, robot, now)),
    };
    if let (Some(robot), 0) = (robot, judgement.1) {
        robot.taken.push(milliseconds(now));
    }
    Some(judgement)
}

pub(super) fn own_token(request: &Request) -> String {
    token(request).unwrap_or_default()
}

pub(super) fn json_of(request: &Request) -> Option<Map<String, Value>> {
    let is_json = request.header("content-type").starts_with("application/json");
    serde_json::from_slice::<Value>(&request.body).ok().filter(|_| is_json)?.as_object().cloned()
}

fn knows(object: &Map<String, Value>, keys: &[&str]) -> bool {
    object.keys().all(|key| keys.contains(&key.as_str()))
}

/// What is wrong with a payload, as the service says it.
pub(crate) fn is_for_services(channel: Channel, payload: &Value) -> Result<(), &'static str> {
    let object = payload.as_object().ok_or("no object")?;
    let text = |key: &str| object.get(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    let (keys, longest): (&[&str], _) = match channel {
        Channel::Matrix => {
            let keys = ["msgtype", "body", "format", "formatted_body", "m.mentions"];
            let is_whole = text("msgtype") == Some("m.text") && text("format") == Some("org.matrix.custom.html");
            let is_named = object.get("m.mentions").is_some_and(Value::is_object);
            let is_fine = knows(object, &keys) && is_whole && is_named && text("body").is_some();
            let is_short = payload.to_string().len() < 60_000;
            return if is_fine && is_short {
                is_html(text("formatted_body").unwrap_or("<"))
            } else {
                Err("M_BAD_JSON")
            };
        }
        Channel::RocketChat => (&["text", "parseUrls"], text("text").map(|text| (text.chars().count(), 5000))),
        Channel::Zulip => (&["content"], text("content").map(|text| (text.chars().count(), 10_000))),
        Channel::ServerChan => {
            let title = text("title").filter(|title| title.chars().count() <= 32).ok_or("title")?;
            (&["title", "desp"], text("desp").filter(|_| !title.is_empty()).map(|text| (text.len(), 32_768)))
        }
        Channel::PushPlus => {
            let title = text("title").filter(|title| title.chars().count() <= 100).ok_or("title")?;
            let is_markdown = text("template") == Some("markdown") && !title.is_empty();
            let length = text("content").filter(|_| is_markdown).map(|text| (text.chars().count(), 20_000));
            (&["title", "content", "template"], length)
        }
        Channel::Apprise => {
            let kinds = ["info", "success", "warning", "failure"];
            let is_known = text("type").is_some_and(|kind| kinds.contains(&kind)) && text("format") == Some("text");
            let length = text("body").filter(|_| is_known && text("title").is_some()).map(|text| (text.len(), 4_096));
            (&["title", "body", "type", "format"], length)
        }
        Channel::WeComApp => {
            let content = payload["markdown"]["content"].as_str().filter(|_| text("msgtype") == Some("markdown"));
            (&["msgtype", "markdown"], content.map(|text| (text.len(), 2_048)))
        }
        Channel::LarkApp => {
            let is_known = ["interactive", "post", "text"].contains(&text("msg_type").unwrap_or_default());
            (&["msg_type", "card", "content"], is_known.then(|| (payload.to_string().len(), 30_000)))
        }
        Channel::SlackApp => return is_well_formed(Channel::Slack, payload),
        _ => return Err("no rules"),
    };
    if !knows(object, keys) {
        return Err("a field that is not needed");
    }
    match longest {
        Some((length, most)) if length <= most => Ok(()),
        Some(_) => Err("too long"),
        None => Err("a field is missing"),
    }
}

/// Tags that certnotify writes, each closed, and no others; links lead to users alone.
fn is_html(text: &str) -> Result<(), &'static str> {
    let mut open: Vec<&str> = Vec::new();
    for part in text.split('<').skip(1) {
        let tag = part.split_once('>').ok_or("an open tag")?.0;
        match tag {
            "br" => {}
            "p" | "strong" | "code" | "blockquote" | "del" => open.push(tag),
            _ if tag.starts_with("a href=\"https://matrix.to/#/@") && tag.ends_with('"') => open.push("a"),
            _ => {
                let closed = tag.strip_prefix('/').ok_or("an unknown tag")?;
                if open.pop() != Some(closed) {
                    return Err("tags that cross");
                }
            }
        }
    }
    if open.is_empty() { Ok(()) } else { Err("a tag that is not closed") }
}

fn matrix(request: &Request, robot: Option<&mut ChannelConfig>, now: OffsetDateTime) -> Judgement {
    let refuse =
        |status: u16, code: &str| (status, i64::from(status), json!({"errcode": code, "error": "No."}).to_string());
    let path: Vec<&str> = rest(request).split('/').collect();
    let ["_matrix", "client", "v3", "rooms", room, "send", "m.room.message", id] = path.as_slice() else {
        return refuse(404, "M_UNRECOGNIZED");
    };
    if request.method != "PUT" || id.is_empty() || !request.query.is_empty() {
        return refuse(405, "M_UNRECOGNIZED");
    }
    let is_let_in = request.header("authorization") == format!("Bearer {}", own_token(request));
    let Some(robot) = robot.filter(|_| is_let_in) else { return refuse(401, "M_UNKNOWN_TOKEN") };
    if percent_decode_str(room).decode_utf8_lossy() != ROOM {
        return refuse(403, "M_FORBIDDEN");
    }
    let Some(mut message) = json_of(request) else { return refuse(400, "M_BAD_JSON") };
    let replaced = message.remove("m.relates_to");
    let shown = message.remove("m.new_content").unwrap_or_else(|| Value::Object(message.clone()));
    // What stands there for clients that know no replacement begins with a mark.
    let is_fine = replaced.is_some() || is_for_services(Channel::Matrix, &Value::Object(message)).is_ok();
    if !is_fine || is_for_services(Channel::Matrix, &shown).is_err() {
        return refuse(400, "M_BAD_JSON");
    }
    robot.taken.push(milliseconds(now));
    let event =
        if robot.taken.len() == 1 { "$YUwRidLecu".to_owned() } else { format!("$YUwRidLecu{}", robot.taken.len()) };
    match replaced {
        Some(relation) if relation["rel_type"] == "m.replace" => {
            let old = relation["event_id"].as_str().unwrap_or_default();
            let Some(known) = robot.shown.get_mut(old) else { return refuse(404, "M_NOT_FOUND") };
            *known = shown;
        }
        Some(_) => return refuse(400, "M_BAD_JSON"),
        None => drop(robot.shown.insert(event.clone(), shown)),
    }
    (200, 0, json!({"event_id": event}).to_string())
}

fn rocketchat(request: &Request, is_known: bool) -> Judgement {
    let refuse =
        |status: u16, error: &str| (status, i64::from(status), json!({"success": false, "error": error}).to_string());
    if !is_known || request.method != "POST" {
        return refuse(404, "Invalid integration id or token provided.");
    }
    match json_of(request).map(|message| is_for_services(Channel::RocketChat, &Value::Object(message))) {
        Some(Ok(())) => (200, 0, json!({"success": true}).to_string()),
        _ => refuse(400, "error-message-size-exceeded"),
    }
}

fn zulip(request: &Request, robot: Option<&mut ChannelConfig>, now: OffsetDateTime) -> Judgement {
    let refuse = |status: u16, code: &str, msg: &str| {
        (status, i64::from(status), json!({"result": "error", "code": code, "msg": msg}).to_string())
    };
    let login = BASE64.encode(format!("{BOT}:{}", own_token(request)));
    let robot = robot.filter(|_| request.header("authorization") == format!("Basic {login}"));
    let Some(robot) = robot else { return refuse(401, "INVALID_API_KEY", "Invalid API key") };
    let is_form = request.header("content-type") == "application/x-www-form-urlencoded";
    let edited = rest(request).strip_prefix("api/v1/messages/").filter(|_| request.method == "PATCH");
    if (edited.is_none() && (request.method != "POST" || rest(request) != "api/v1/messages")) || !is_form {
        return refuse(404, "BAD_REQUEST", "Not found");
    }
    // A form is written as a query is.
    let form = Request { query: String::from_utf8_lossy(&request.body).into_owned(), ..Request::default() };
    let field = |name: &str| form.parameter(name).unwrap_or_default();
    let content = json!({"content": field("content")});
    if let Some(id) = edited {
        let Some(shown) = robot.shown.get_mut(id) else { return refuse(400, "BAD_REQUEST", "Invalid message(s)") };
        if robot.is_old {
            return refuse(400, "BAD_REQUEST", "The time limit for editing this message has passed");
        }
        if let Err(wrong) = is_for_services(Channel::Zulip, &content) {
            return refuse(400, "BAD_REQUEST", wrong);
        }
        *shown = content;
        return (200, 0, json!({"result": "success", "msg": "", "detached_uploads": []}).to_string());
    }
    match field("type").as_str() {
        "stream" if field("to") != STREAM => return refuse(400, "STREAM_DOES_NOT_EXIST", "Channel does not exist"),
        "stream" if field("topic").is_empty() => return refuse(400, "BAD_REQUEST", "Topic can't be empty!"),
        "stream" => {}
        "direct" if serde_json::from_str::<Vec<String>>(&field("to")).is_ok() => {}
        _ => return refuse(400, "BAD_REQUEST", "Invalid type"),
    }
    if let Err(wrong) = is_for_services(Channel::Zulip, &content) {
        return refuse(400, "BAD_REQUEST", wrong);
    }
    let id = 42 + robot.shown.len();
    robot.taken.push(milliseconds(now));
    robot.shown.insert(id.to_string(), content);
    (200, 0, json!({"result": "success", "msg": "", "id": id}).to_string())
}

fn serverchan(request: &Request, is_known: bool) -> Judgement {
    let refuse = |message: &str| (400, 40_001, json!({"code": 40_001, "message": message}).to_string());
    let key = own_token(request);
    let is_key = rest(request) == format!("SCT{key}.send") || rest(request) == format!("send/sctp1t{key}.send");
    if !is_known || !is_key || request.method != "POST" {
        return refuse("[AUTH]错误的Key");
    }
    match json_of(request).map(|message| is_for_services(Channel::ServerChan, &Value::Object(message))) {
        Some(Ok(())) => (200, 0, json!({"code": 0, "message": "", "data": {"pushid": "1", "errno": 0}}).to_string()),
        _ => refuse("title 不能为空"),
    }
}

fn pushplus(request: &Request, is_known: bool) -> Judgement {
    let refuse = |code: i64, msg: &str| (200, code, json!({"code": code, "msg": msg, "data": null}).to_string());
    let Some(mut message) = json_of(request).filter(|_| rest(request) == "send") else {
        return refuse(600, "数据异常");
    };
    if !is_known || message.remove("token") != Some(Value::from(own_token(request))) {
        return refuse(903, "无效的用户令牌");
    }
    message.remove("topic");
    match is_for_services(Channel::PushPlus, &Value::Object(message)) {
        Ok(()) => (200, 0, json!({"code": 200, "msg": "请求成功", "data": "b0a4"}).to_string()),
        Err(_) => refuse(600, "数据异常"),
    }
}

fn apprise(request: &Request, is_known: bool) -> Judgement {
    let refuse =
        |status: u16, error: &str| (status, i64::from(status), json!({"error": error, "details": []}).to_string());
    let Some(mut message) = json_of(request).filter(|_| request.method == "POST") else { return refuse(400, "bad") };
    let urls = message.remove("urls");
    message.remove("tag");
    match rest(request) {
        "notify" if urls.is_none() => return refuse(424, "no URLs"),
        "notify" => {}
        path if path == format!("notify/{}", own_token(request)) && is_known => {}
        _ => return (204, 204, String::new()),
    }
    match is_for_services(Channel::Apprise, &Value::Object(message)) {
        Ok(()) => (200, 0, json!({"error": "", "details": [["INFO", "x", "Sent"]]}).to_string()),
        Err(wrong) => refuse(400, wrong),
    }
}

/// A session ends when the robot has sent one message by it, where it is set up so.
pub(super) fn session_of(robot: &ChannelConfig) -> String {
    format!("session-{}-0123456789", if robot.ends_sessions { robot.taken.len() } else { 0 })
}

fn wecom_app(request: &Request, robot: Option<&mut ChannelConfig>, now: OffsetDateTime) -> Judgement {
    let refuse = |code: i64, message: &str| (200, code, json!({"errcode": code, "errmsg": message}).to_string());
    let token = own_token(request);
    let Some(robot) = robot else { return refuse(40_013, "invalid corpid") };
    if rest(request) == "cgi-bin/gettoken" && request.method == "GET" {
        return match (request.parameter("corpid"), request.parameter("corpsecret")) {
            (Some(corp), Some(secret)) if (corp.as_str(), &secret) == (CORP, &token) => {
                let body = json!({"errcode": 0, "errmsg": "ok", "access_token": session_of(robot), "expires_in": 7200});
                (200, 0, body.to_string())
            }
            (Some(corp), _) if corp == CORP => refuse(40_001, "invalid credential"),
            _ => refuse(40_013, "invalid corpid"),
        };
    }
    if rest(request) != "cgi-bin/message/send" || request.method != "POST" {
        return (404, 404, "<html>".to_owned());
    }
    if request.parameter("access_token") != Some(session_of(robot)) {
        return refuse(42_001, "access_token expired");
    }
    let Some(mut message) = json_of(request) else { return refuse(44_004, "empty content") };
    if message.remove("agentid") != Some(json!(1_000_002)) {
        return refuse(40_056, "invalid agentid");
    }
    let users = message.remove("touser").unwrap_or_default().as_str().unwrap_or_default().to_owned();
    let is_addressed = !users.is_empty() || message.remove("toparty").is_some() || message.remove("totag").is_some();
    if !is_addressed {
        return refuse(81_013, "user & party & tag all invalid");
    }
    if let Err(wrong) = is_for_services(Channel::WeComApp, &Value::Object(message)) {
        return refuse(40_058, wrong);
    }
    robot.taken.push(milliseconds(now));
    let unknown: Vec<&str> = users.split('|').filter(|user| user.starts_with("no-")).collect();
    (200, 0, json!({"errcode": 0, "errmsg": "ok", "invaliduser": unknown.join("|"), "msgid": "x"}).to_string())
}
