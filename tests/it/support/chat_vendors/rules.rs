//! What each vendor refuses, in its own codes. The signatures are worked out here anew, from the vendors' rules.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use time::OffsetDateTime;

use super::machines::{self, ENQUEUE, PAGERDUTY, RECEIVER};
use super::newer;
use super::phones::{self, GOTIFY, NTFY, TELEGRAM};
use super::rooms::{self, DISCORD, SLACK, TEAMS};
use super::services;
use super::tickets;
use super::wire::Request;
use super::{ChannelConfig, State};

/// Status, code and body.
pub(super) type Judgement = (u16, i64, String);

const DINGTALK: &str = "/robot/send";
const WECOM: &str = "/cgi-bin/webhook/send";
const LARK: &str = "/open-apis/bot/v2/hook/";

pub(super) fn token(request: &Request) -> String {
    if let Some(token) = newer::token(request).or_else(|| services::token(request)).or_else(|| tickets::token(request))
    {
        return token;
    }
    match request.path.as_str() {
        DINGTALK => request.parameter("access_token").unwrap_or_default(),
        WECOM => request.parameter("key").unwrap_or_default(),
        TEAMS => request.parameter("sig").unwrap_or_default(),
        path if path.starts_with(TELEGRAM) || path.starts_with(NTFY) || path == GOTIFY => phones::token(request),
        path => {
            let known = [LARK, SLACK, DISCORD, PAGERDUTY, RECEIVER];
            let token = known.iter().find_map(|prefix| path.strip_prefix(prefix)).unwrap_or_default();
            let token = token.split_once("/messages/").map_or(token, |(token, _)| token);
            token.strip_suffix(ENQUEUE).unwrap_or(token).to_owned()
        }
    }
}

pub(super) fn judge(state: &mut State, request: &Request) -> Judgement {
    let now = state.now;
    let token = token(request);
    if let Some(judgement) = newer::judge(request, state.robots.get_mut(&token), now) {
        return judgement;
    }
    if let Some(judgement) = services::judge(request, state.robots.get_mut(&token), now) {
        return judgement;
    }
    if let Some(judgement) = tickets::judge(request, state.robots.get_mut(&token)) {
        return judgement;
    }
    let robot = state.robots.get_mut(&token);
    match request.path.as_str() {
        DINGTALK => dingtalk(request, &token, robot, now),
        WECOM => wecom(request, robot, now),
        TEAMS => rooms::teams(request, robot, now),
        GOTIFY => phones::gotify(request, robot, now),
        path if path.starts_with("/tg/") => phones::telegram(request, robot, now),
        path if path.starts_with(NTFY) => phones::ntfy(request, &token, robot, now),
        path if path.starts_with(SLACK) => rooms::slack(request, robot, now),
        path if path.starts_with(DISCORD) => rooms::discord(request, robot, now),
        path if path.starts_with(LARK) => lark(request, robot, now),
        path if path.starts_with(PAGERDUTY) => machines::pagerduty(request, robot, now),
        path if path.starts_with(RECEIVER) => machines::receiver(request, robot, now),
        _ => (404, 404, "404 page not found".to_owned()),
    }
}

fn hmac(key: &str, message: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(message.as_bytes());
    BASE64.encode(mac.finalize().into_bytes())
}

pub(super) fn milliseconds(now: OffsetDateTime) -> i64 {
    i64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap()
}

/// Messages that were taken in the last `window` milliseconds.
pub(super) fn recent(robot: &ChannelConfig, now: i64, window: i64) -> usize {
    robot.taken.iter().filter(|taken| now - **taken < window).count()
}

fn errcode(code: i64, message: &str) -> Judgement {
    (200, code, json!({"errcode": code, "errmsg": message}).to_string())
}

fn dingtalk(request: &Request, token: &str, robot: Option<&mut ChannelConfig>, now: OffsetDateTime) -> Judgement {
    if request.method != "POST" {
        return errcode(43_002, "require POST http method");
    }
    if token.is_empty() {
        return errcode(40_035, "缺少参数 access_token");
    }
    let Some(robot) = robot else { return errcode(300_005, "token is not exist") };
    let now = milliseconds(now);
    if now < robot.silent_until {
        return errcode(130_101, "send too fast, exceed 20 times per minute");
    }
    if recent(robot, now, 60_000) >= 20 {
        robot.silent_until = now + 600_000;
        return errcode(130_101, "send too fast, exceed 20 times per minute");
    }
    let words = |english: &str, chinese: &str| if robot.speaks_chinese { chinese } else { english }.to_owned();
    if robot.refuses_address {
        return errcode(
            310_000,
            &words("ip 203.0.113.9 not in whitelist", "description:ip不在白名单;solution:请联系管理员"),
        );
    }
    if let Some(secret) = &robot.secret {
        let timestamp = request.parameter("timestamp").unwrap_or_default();
        let sign = request.parameter("sign").unwrap_or_default();
        if sign != hmac(secret, &format!("{timestamp}\n{secret}")) {
            let chinese =
                "description:机器人发送签名不匹配;solution:请确认签名和生成签名的时间戳必须都放在调用的网址中";
            return errcode(310_000, &words("sign not match, more: [https://ding-doc.dingtalk.com]", chinese));
        }
        let skew = timestamp.parse::<i64>().map_or(i64::MAX, |timestamp| (timestamp - now).abs());
        if skew > 3_600_000 {
            return errcode(
                310_000,
                &words("invalid timestamp", "description:机器人发送签名过期;solution:签名生成时间"),
            );
        }
    }
    if !request.header("content-type").starts_with("application/json") {
        return errcode(43_004, "invalid Content-Type");
    }
    let Ok(body) = serde_json::from_slice::<Value>(&request.body) else { return errcode(40_035, "不合法的参数") };
    let refusal = dingtalk_shape(&body, &request.body, robot);
    if refusal.1 == 0 {
        robot.taken.push(now);
    }
    refusal
}

fn dingtalk_shape(body: &Value, bytes: &[u8], robot: &ChannelConfig) -> Judgement {
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let texts = match text("/msgtype") {
        "markdown" => vec![text("/markdown/title"), text("/markdown/text")],
        "text" => vec![text("/text/content")],
        _ => return errcode(400_105, "unsupported msgtype"),
    };
    if texts.iter().any(|text| text.is_empty()) {
        return errcode(40_035, "缺少参数 text");
    }
    if bytes.len() > 20_000 {
        return errcode(460_101, "message too long, exceed 20000 bytes");
    }
    let holds_keyword = |text: &&str| robot.keywords.iter().any(|keyword| text.contains(keyword.as_str()));
    if !robot.keywords.is_empty() && !texts.iter().all(holds_keyword) {
        let chinese = "description:关键词不匹配;solution:请联系群管理员查看此机器人的关键词";
        return errcode(310_000, if robot.speaks_chinese { chinese } else { "keywords not in content" });
    }
    errcode(0, "ok")
}

fn wecom(request: &Request, robot: Option<&mut ChannelConfig>, now: OffsetDateTime) -> Judgement {
    let more = "hint: [1700000000000000_1], from ip: 203.0.113.9, more info at https://open.work.weixin.qq.com";
    let Some(robot) = robot.filter(|_| request.method == "POST") else {
        return errcode(93_000, &format!("invalid webhook url, {more}"));
    };
    let now = milliseconds(now);
    if recent(robot, now, 60_000) >= 20 {
        return errcode(45_009, &format!("api freq out of limit, {more}"));
    }
    let Ok(body) = serde_json::from_slice::<Value>(&request.body) else {
        return errcode(40_008, "invalid message type");
    };
    if String::from_utf8_lossy(&request.body).contains("\\u") {
        return errcode(40_033, "invalid charset: \\uxxxx");
    }
    let kind = body["msgtype"].as_str().unwrap_or_default();
    let most = match kind {
        "markdown" | "markdown_v2" => 4096,
        "text" => 2048,
        _ => return errcode(40_008, "invalid message type"),
    };
    let most = robot.most.unwrap_or(most);
    let Some(content) = body[kind]["content"].as_str() else { return errcode(40_008, "invalid message type") };
    if content.trim().is_empty() {
        return errcode(44_004, "empty content");
    }
    if content.len() > most {
        return errcode(40_058, &format!("{kind}.content exceed max length {most}. {more}"));
    }
    robot.taken.push(now);
    errcode(0, "ok")
}

fn lark_code(status: u16, code: i64, message: &str) -> Judgement {
    (status, code, json!({"code": code, "msg": message, "data": {}}).to_string())
}

fn lark(request: &Request, robot: Option<&mut ChannelConfig>, now: OffsetDateTime) -> Judgement {
    if request.method != "POST" {
        return (404, 404, "404 page not found".to_owned());
    }
    let Some(robot) = robot else {
        return lark_code(200, 19_001, "param invalid: incoming webhook access token invalid");
    };
    let clock = milliseconds(now);
    if recent(robot, clock, 1_000) >= 5 {
        return lark_code(400, 9499, "too many request");
    }
    if recent(robot, clock, 60_000) >= 100 {
        return lark_code(200, 11_232, "frequency limited psm[lark.oapi.app_platform_runtime]");
    }
    if robot.refuses_address {
        return lark_code(200, 19_022, "Ip Not Allowed");
    }
    let Ok(body) = serde_json::from_slice::<Value>(&request.body) else { return lark_code(400, 9499, "Bad Request") };
    if let Some(secret) = &robot.secret {
        let timestamp = body["timestamp"].as_str().unwrap_or_default();
        let skew = timestamp.parse::<i64>().map_or(i64::MAX, |seconds| (seconds - now.unix_timestamp()).abs());
        if body["sign"].as_str() != Some(&hmac(&format!("{timestamp}\n{secret}"), "")) || skew > 3600 {
            return lark_code(200, 19_021, "sign match fail or timestamp is not within one hour from current time");
        }
    }
    if request.body.len() > 20_000 {
        return lark_code(400, 9499, "Bad Request");
    }
    let judgement = lark_shape(&body, robot);
    if judgement.1 == 0 {
        robot.taken.push(clock);
    }
    judgement
}

fn lark_shape(body: &Value, robot: &ChannelConfig) -> Judgement {
    let text = body.to_string();
    let is_well_formed = match body["msg_type"].as_str() {
        None => return lark_code(200, 19_002, "params error, msg_type need"),
        Some("text") => body["content"]["text"].is_string(),
        Some("post") => body["content"]["post"].is_object(),
        Some("interactive") => {
            let elements = body["card"]["elements"].as_array();
            let tables = elements.map(|elements| elements.iter().filter(|element| element["tag"] == "table").count());
            elements.is_some_and(|elements| elements.len() <= 200) && tables <= Some(5)
        }
        Some(_) => return lark_code(200, 19_002, "params error, msg_type invalid"),
    };
    let mentions_all = text.contains("<at id=all>") || text.contains(r#"<at user_id=\"all\">"#);
    if !is_well_formed || (robot.forbids_mention_of_all && mentions_all) {
        return lark_code(200, 11_246, "Failed to create card content, ext=ErrCode: 200621");
    }
    if !robot.keywords.is_empty() && !robot.keywords.iter().any(|keyword| text.contains(keyword.as_str())) {
        return lark_code(200, 19_024, "Key Words Not Found");
    }
    let body = if robot.answers_as_of_old {
        json!({"Extra": null, "StatusCode": 0, "StatusMessage": "success"})
    } else {
        json!({"code": 0, "msg": "success", "data": {}, "StatusCode": 0, "StatusMessage": "success"})
    };
    (200, 0, body.to_string())
}
