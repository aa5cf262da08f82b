//! Telegram: messages of a bot to a chat, by the public server or one's own, and the answers.

use std::time::Duration;

use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::Warning;
use super::chat::ResolvedChannel;
use super::protocol::{HttpRequest, Payload, Protocol, Redirect};
use super::verdict::{self, Answer, Interpretation, Verdict};
use crate::policy::Revealed;

pub(super) struct Telegram;

impl Protocol for Telegram {
    /// The token is a part of the path.
    fn call(&self, robot: &ResolvedChannel, payload: &Payload<'_>, _now: OffsetDateTime) -> HttpRequest {
        call(robot, payload.payload, exposed(robot.to.as_ref()))
    }

    fn read(&self, answer: &Answer, _now: OffsetDateTime) -> Interpretation {
        read(answer)
    }

    /// A group that became a supergroup has another number.
    fn detour(&self, robot: &ResolvedChannel, payload: &Payload<'_>, answer: &Answer) -> Option<Redirect> {
        let object = verdict::object(answer).filter(|_| answer.status == 400)?;
        let chat = object.get("parameters")?.get("migrate_to_chat_id")?.as_i64()?.to_string();
        Some(Redirect {
            call: call(robot, payload.payload, &chat),
            remark: Warning {
                what: "the group has another number since it became a supergroup".to_owned(),
                help: format!("it was told all the same; write chat = \"{chat}\""),
            },
        })
    }
}

fn exposed(secret: Option<&Revealed>) -> &str {
    secret.map_or("", Revealed::expose)
}

fn call(robot: &ResolvedChannel, payload: &Value, chat: &str) -> HttpRequest {
    let mut body = payload.clone();
    if let Value::Object(fields) = &mut body {
        let chat = chat.parse::<i64>().map_or_else(|_| Value::from(chat), Value::from);
        fields.insert("chat_id".to_owned(), chat);
    }
    let path = format!("/bot{}/sendMessage", exposed(robot.token.as_ref()));
    HttpRequest { address: robot.webhook.below(&path), headers: Vec::new(), body }
}

fn read(answer: &Answer) -> Interpretation {
    const BASE: &str = "check `base-url` of this contact: there is no Bot API server";
    let Some(object) = verdict::object(answer) else { return Interpretation::of_status(answer, BASE) };
    let message = object.get("result").and_then(|result| result.get("message_id")).and_then(Value::as_i64);
    match (object.get("ok").and_then(Value::as_bool), answer.status) {
        (Some(true), 200..=299) => {
            let said = message.map_or_else(|| "taken".to_owned(), |message| format!("taken as {message}"));
            Interpretation { verdict: Verdict::Accepted, said }
        }
        (Some(false), _) => refusal(&object, answer),
        _ => Interpretation::of_status(answer, BASE),
    }
}

fn refusal(object: &Map<String, Value>, answer: &Answer) -> Interpretation {
    let code = verdict::code(object, "error_code").unwrap_or_else(|| i64::from(answer.status));
    let description = verdict::text(object, "description");
    let parameter = |name: &str| object.get("parameters").and_then(|parameters| parameters.get(name)?.as_u64());
    let setup = |help: &str| Verdict::Misconfigured(help.to_owned());
    let verdict = match code {
        429 => Verdict::Busy(parameter("retry_after").map(Duration::from_secs).or(answer.retry_after)),
        500.. => Verdict::Busy(answer.retry_after),
        // The server says "not found" of a token that is none.
        401 | 404 => setup("check `token` of this contact: @BotFather shows it"),
        403 => setup("let the bot into the chat: add it to the group or channel, or write to it first"),
        400 => bad_request(description),
        _ => setup("see what the documentation of the Bot API says of this error"),
    };
    Interpretation::new(verdict, code, description)
}

/// One code stands for a chat that takes nothing and for a message that is taken nowhere; the words tell which.
fn bad_request(description: &str) -> Verdict {
    let words = description.to_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    if has(&["rights", "forbidden", "administrator", "restricted"]) {
        Verdict::Misconfigured("give the bot the right to send messages in the chat".to_owned())
    } else if has(&["topic"]) {
        Verdict::Misconfigured(
            "open the topic \"General\" of the group again, or take another group for `chat`".to_owned(),
        )
    } else if has(&["chat", "user not found", "peer_id", "deactivated", "group"]) {
        Verdict::Misconfigured(
            "check `chat` of this contact: the bot must be in it, and a group's number begins with -".to_owned(),
        )
    } else {
        Verdict::Content("the server does not take a message of this form: report this as a bug of certnotify")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, body: &str) -> Verdict {
        let body = body.as_bytes().to_vec();
        read(&Answer { status, body, is_whole: true, retry_after: None, rate_limit_reset: None, date: None }).verdict
    }

    #[test]
    fn only_true_with_a_good_status_is_success() {
        assert_eq!(said(200, r#"{"ok":true,"result":{"message_id":7}}"#), Verdict::Accepted);
        for body in ["", "{}", "[]", r#"{"ok":"true"}"#, r#"{"ok":1}"#, r#"{"result":{}}"#, "<html>", r#"{"ok":true"#] {
            assert_eq!(said(200, body), Verdict::Busy(None), "{body}");
        }
        assert_eq!(said(502, r#"{"ok":true}"#), Verdict::Busy(None));
        assert!(matches!(said(404, "<html>"), Verdict::Misconfigured(help) if help.contains("`base-url`")));
        assert!(matches!(said(302, ""), Verdict::Misconfigured(help) if help.contains("redirects")));
    }

    #[test]
    fn each_error_has_its_class() {
        let class = |code: u16, description: &str, rest: &str| {
            said(code, &format!(r#"{{"ok":false,"error_code":{code},"description":"{description}"{rest}}}"#))
        };
        let again = class(429, "Too Many Requests: retry after 35", r#","parameters":{"retry_after":35}"#);
        assert_eq!(again, Verdict::Busy(Some(Duration::from_secs(35))));
        assert_eq!(class(429, "Too Many Requests", ""), Verdict::Busy(None));
        assert_eq!(class(502, "Bad Gateway", ""), Verdict::Busy(None));
        for (code, description, word) in [
            (401, "Unauthorized", "`token`"),
            (404, "Not Found", "`token`"),
            (403, "Forbidden: bot was kicked from the supergroup chat", "let the bot into the chat"),
            (400, "Bad Request: chat not found", "`chat`"),
            (400, "Bad Request: group chat was upgraded to a supergroup chat", "`chat`"),
            (400, "Bad Request: PEER_ID_INVALID", "`chat`"),
            (400, "Bad Request: not enough rights to send text messages to the chat", "right"),
            (400, "Bad Request: need administrator rights in the channel chat", "right"),
            (400, "Bad Request: CHAT_WRITE_FORBIDDEN", "right"),
            (400, "Bad Request: TOPIC_CLOSED", "topic"),
            (409, "Conflict", "documentation"),
        ] {
            let verdict = class(code, description, "");
            assert!(
                matches!(&verdict, Verdict::Misconfigured(help) if help.contains(word)),
                "{description}: {verdict:?}"
            );
        }
        for description in ["Bad Request: message is too long", "Bad Request: can't parse entities: x", "?"] {
            assert!(matches!(class(400, description, ""), Verdict::Content(_)), "{description}");
        }
    }
}
