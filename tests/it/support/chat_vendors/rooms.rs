//! Slack, Teams and Discord: what each refuses, from its documents.

use certnotify::policy::Channel;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::rules::{Judgement, milliseconds, recent};
use super::{ChannelConfig, Request};

pub(super) const SLACK: &str = "/services/T00000000/B00000000/";
pub(super) const DISCORD: &str = "/api/webhooks/80351110224678912/";
pub(super) const TEAMS: &str = "/workflows/0f1e/triggers/manual/paths/invoke";

/// What is wrong with a payload, as the service says it: every rule that is documented.
pub(crate) fn is_well_formed(channel: Channel, payload: &Value) -> Result<(), &'static str> {
    let object = payload.as_object().ok_or("invalid_payload")?;
    match channel {
        Channel::Slack => slack_message(object),
        Channel::Teams => teams_message(payload),
        Channel::Discord => discord_message(object),
        _ => Err("no rules"),
    }
}

pub(super) fn slack(request: &Request, robot: Option<&mut ChannelConfig>, now: OffsetDateTime) -> Judgement {
    let word = |status: u16, word: &str| (status, i64::from(status), word.to_owned());
    if request.method != "POST" {
        return word(405, "method_not_allowed");
    }
    let Some(robot) = robot else { return word(404, "no_service") };
    let now = milliseconds(now);
    if recent(robot, now, 1_000) >= 2 {
        return word(429, "rate_limited");
    }
    let is_json = request.header("content-type").starts_with("application/json");
    let payload = serde_json::from_slice::<Value>(&request.body).ok().filter(|_| is_json && request.query.is_empty());
    let Some(payload) = payload else { return word(400, "invalid_payload") };
    if let Err(wrong) = is_well_formed(Channel::Slack, &payload) {
        return word(400, wrong);
    }
    robot.taken.push(now);
    (200, 0, "ok".to_owned())
}

fn units(value: &Value) -> usize {
    value.as_str().map_or(usize::MAX, |text| text.encode_utf16().count())
}

fn knows(object: &Map<String, Value>, keys: &[&str]) -> bool {
    object.keys().all(|key| keys.contains(&key.as_str()))
}

fn slack_message(payload: &Map<String, Value>) -> Result<(), &'static str> {
    if !knows(payload, &["text", "blocks", "unfurl_links", "unfurl_media", "mrkdwn"]) {
        return Err("invalid_payload");
    }
    if payload.get("unfurl_links") != Some(&Value::Bool(false)) || payload["unfurl_media"] != Value::Bool(false) {
        return Err("invalid_payload");
    }
    let text = payload.get("text").filter(|text| (1..=40_000).contains(&units(text))).ok_or("no_text")?;
    // Of markup the text of a message may have no more than mentions.
    let words = text.as_str().unwrap_or_default();
    let marks = words.split('<').skip(1).map(|rest| rest.split_once('>').map_or("", |(mark, _)| mark));
    if marks.clone().any(|mark| !is_slack_mention(mark)) || marks.count() != words.matches('>').count() {
        return Err("invalid_payload");
    }
    let Some(blocks) = payload.get("blocks") else { return Ok(()) };
    let blocks = blocks.as_array().filter(|blocks| (1..=50).contains(&blocks.len())).ok_or("invalid_blocks_format")?;
    if Value::from(blocks.clone()).to_string().encode_utf16().count() > 13_000 {
        return Err("msg_blocks_too_long");
    }
    if blocks.iter().all(slack_block) { Ok(()) } else { Err("invalid_blocks") }
}

fn is_slack_mention(mark: &str) -> bool {
    matches!(mark, "!channel" | "!here")
        || mark.starts_with("@U")
        || mark.starts_with("@W")
        || mark.starts_with("!subteam^S")
}

fn slack_block(block: &Value) -> bool {
    let plain = |text: &Value, most: usize| {
        text["type"] == "plain_text"
            && text["emoji"] == Value::Bool(false)
            && (1..=most).contains(&units(&text["text"]))
    };
    match block["type"].as_str() {
        Some("header") => plain(&block["text"], 150),
        Some("divider") => true,
        Some("context") => {
            let elements = block["elements"].as_array();
            elements
                .is_some_and(|elements| (1..=10).contains(&elements.len()) && elements.iter().all(|e| plain(e, 3000)))
        }
        Some("section") => {
            let text = &block["text"];
            let is_mentions = text["text"].as_str().is_some_and(|text| {
                text.split(' ')
                    .all(|mark| mark.strip_prefix('<').and_then(|m| m.strip_suffix('>')).is_some_and(is_slack_mention))
            });
            text["type"] == "mrkdwn"
                && text["verbatim"] == Value::Bool(true)
                && units(&text["text"]) <= 3000
                && is_mentions
        }
        Some("rich_text") => {
            let Some([section]) = block["elements"].as_array().map(Vec::as_slice) else { return false };
            let elements = section["elements"].as_array().filter(|elements| !elements.is_empty());
            section["type"] == "rich_text_section"
                && elements.is_some_and(|elements| {
                    elements.iter().all(slack_element)
                        && elements.iter().map(|element| units(&element["text"])).sum::<usize>() <= 3000
                })
        }
        _ => false,
    }
}

fn slack_element(element: &Value) -> bool {
    let has_text = (1..=3000).contains(&units(&element["text"]));
    match element["type"].as_str() {
        Some("text") => has_text,
        Some("link") => has_text && element["url"].as_str().is_some_and(|url| url.starts_with("http")),
        _ => false,
    }
}

pub(super) fn teams(request: &Request, robot: Option<&mut ChannelConfig>, now: OffsetDateTime) -> Judgement {
    let error = |status: u16, code: &str, message: &str| {
        (status, i64::from(status), json!({"error": {"code": code, "message": message}}).to_string())
    };
    if request.method != "POST" {
        return error(405, "MethodNotAllowed", "The requested resource does not support this method.");
    }
    // The address is signed as a whole: nothing of it may be left out, added or written in another order.
    let signed = "api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=";
    let Some(robot) = robot.filter(|_| request.query.starts_with(signed) && request.query.matches('&').count() == 3)
    else {
        return error(401, "DirectApiAuthorizationRequired", "The request must be authenticated.");
    };
    let now = milliseconds(now);
    if recent(robot, now, 1_000) >= 2 {
        return error(429, "WorkflowRunsThrottled", "Too many requests.");
    }
    let is_json = request.header("content-type").starts_with("application/json");
    let Some(payload) = serde_json::from_slice::<Value>(&request.body).ok().filter(|_| is_json) else {
        return error(400, "InvalidRequestContent", "The request content is not valid and could not be deserialized.");
    };
    if let Err(wrong) = is_well_formed(Channel::Teams, &payload) {
        return error(400, "TriggerInputSchemaMismatch", wrong);
    }
    // A fifth more is what a message becomes on its way, and then it may have 28672 bytes: it would be lost unseen.
    if request.body.len() > 23_800 {
        return error(413, "RequestEntityTooLarge", "the posting step would fail");
    }
    robot.taken.push(now);
    (202, 0, String::new())
}

fn teams_message(payload: &Value) -> Result<(), &'static str> {
    let Some([attachment]) = payload["attachments"].as_array().map(Vec::as_slice) else { return Err("attachments") };
    let card = &attachment["content"];
    let is_envelope = payload["type"] == "message"
        && attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
        && attachment["contentUrl"].is_null()
        && card["type"] == "AdaptiveCard"
        && card["version"] == "1.4";
    if !is_envelope {
        return Err("no adaptive card of version 1.4");
    }
    let body = card["body"].as_array().filter(|body| !body.is_empty()).ok_or("a card without a body")?;
    let is_run = |run: &Value| {
        let known = ["type", "text", "size", "weight", "color", "isSubtle", "selectAction"];
        run["type"] == "TextRun" && run.as_object().is_some_and(|run| knows(run, &known)) && units(&run["text"]) > 0
    };
    let is_block = |block: &Value| {
        let inlines = block["inlines"].as_array();
        block["type"] == "RichTextBlock" && inlines.is_some_and(|runs| !runs.is_empty() && runs.iter().all(is_run))
    };
    if body.iter().all(is_block) { Ok(()) } else { Err("a text that may hold markup") }
}

pub(super) fn discord(request: &Request, robot: Option<&mut ChannelConfig>, now: OffsetDateTime) -> Judgement {
    let error =
        |status: u16, code: i64, message: &str| (status, code, json!({"code": code, "message": message}).to_string());
    let edited = request.path.split_once("/messages/").map(|(_, id)| id.to_owned());
    if request.method != if edited.is_some() { "PATCH" } else { "POST" } {
        return error(405, 405, "405: Method Not Allowed");
    }
    let Some(robot) = robot else { return error(404, 10_015, "Unknown Webhook") };
    let clock = milliseconds(now);
    if recent(robot, clock, 2_000) >= 5 || recent(robot, clock, 60_000) >= 30 {
        let body = json!({"message": "You are being rate limited.", "retry_after": 1.337, "global": false});
        return (429, 429, body.to_string());
    }
    let is_json = request.header("content-type").starts_with("application/json");
    let Some(payload) = serde_json::from_slice::<Value>(&request.body).ok().filter(|_| is_json) else {
        return error(400, 50_109, "The request body contains invalid JSON.");
    };
    let wrong = is_well_formed(Channel::Discord, &payload);
    if let Some(id) = edited {
        let Some(shown) = robot.shown.get_mut(&id) else { return error(404, 10_008, "Unknown Message") };
        if let Err(wrong) = wrong {
            return error(400, 50_035, wrong);
        }
        *shown = payload;
        return (200, 0, json!({"id": id, "type": 0, "content": ""}).to_string());
    }
    match (wrong, request.parameter("wait").as_deref()) {
        // What is not waited for is answered before it is looked at.
        (_, Some("false") | None) => (204, 204, String::new()),
        (Err(wrong), _) => error(400, 50_035, wrong),
        (Ok(()), _) => {
            robot.taken.push(clock);
            let id = format!("{}", 1_199_000_000_000_000_000_u64 + robot.taken.len() as u64);
            robot.shown.insert(id.clone(), payload);
            (200, 0, json!({"id": id, "type": 0, "content": ""}).to_string())
        }
    }
}

fn discord_message(payload: &Map<String, Value>) -> Result<(), &'static str> {
    if !knows(payload, &["content", "embeds", "allowed_mentions"]) {
        return Err("Invalid Form Body: unknown field");
    }
    let content = payload.get("content").and_then(Value::as_str).unwrap_or_default();
    if content.encode_utf16().count() > 2000 {
        return Err("Must be 2000 or fewer in length.");
    }
    let allowed = payload.get("allowed_mentions").and_then(Value::as_object).ok_or("everybody could be mentioned")?;
    let list = |key: &str| allowed.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let (parse, users, roles) = (list("parse"), list("users"), list("roles"));
    let is_known = |id: &Value| id.as_str().is_some_and(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()));
    let is_exclusive = !parse.contains(&json!("users")) && !parse.contains(&json!("roles"));
    if users.len() > 100 || roles.len() > 100 || !users.iter().chain(&roles).all(is_known) || !is_exclusive {
        return Err("Invalid Form Body: allowed_mentions");
    }
    let has_everyone = content.contains("@everyone") || content.contains("@here");
    if has_everyone != parse.contains(&json!("everyone")) {
        return Err("a mention that is not allowed, or leave for none");
    }
    let embeds = payload.get("embeds").and_then(Value::as_array).ok_or("Cannot send an empty message")?;
    let mut all = 0;
    for embed in embeds {
        let embed = embed.as_object().filter(|embed| knows(embed, &["title", "description", "color"]));
        let embed = embed.ok_or("Invalid Form Body: embeds")?;
        let length = |key: &str| embed.get(key).map_or(0, units);
        if length("title") > 256 || length("description") > 4096 || length("title") + length("description") == 0 {
            return Err("Must be 4096 or fewer in length.");
        }
        all += length("title") + length("description");
    }
    if (1..=10).contains(&embeds.len()) && all <= 6000 {
        Ok(())
    } else {
        Err("Embed size exceeds maximum size of 6000")
    }
}
