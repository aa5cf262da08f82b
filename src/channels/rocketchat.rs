//! Incoming webhooks of a Rocket.Chat server.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::exchange::Protocol;
use super::markdown;
use super::mention::mention;
use super::page::{Page, PageFormat};
use super::spec::MINUTE;
use super::table::{CA_FILE, MENTION_WITHIN, PROXY, WEBHOOK};
use super::verdict::{self, Answer, Interpretation, Verdict, setup, unprocessable};
use super::{Form, Objection, Spec, Table};
use crate::address::Url;

/// A server takes 10 requests in a minute as it is set up at first.
pub(super) static SPEC: Spec = Spec {
    synonyms: &["rocket-chat", "rocket.chat", "rocket"],
    table: Some(TABLE),
    protocol: Some(&RocketChat),
    limits: &[(9, MINUTE)],
    ..Spec::new(Form::Page(&RocketChat))
};

const TABLE: Table = Table {
    refused_addresses: &[(
        is_cut_off,
        Objection {
            en: "this is not the whole address of an incoming webhook of Rocket.Chat",
            zh_cn: "不是 Rocket.Chat 传入 webhook 的完整地址",
            ja: "Rocket.Chat の内向き Webhook の完全なアドレスではありません",
            help: "copy it from Administration, Integrations, Incoming: https://chat.example.com/hooks/…/…",
        },
    )],
    ..Table::new(&[
        WEBHOOK,
        mention(
            "Who is mentioned: names of users, `here`, or `all` for the room.",
            is_mention,
            "write the name of a user as after the @, `here`, or `all` for the room",
        ),
        MENTION_WITHIN,
        CA_FILE,
        PROXY,
    ])
};

/// A server may be below a path.
fn is_cut_off(address: &Url<'_>) -> bool {
    let keys = address.path.split_once("/hooks/").and_then(|(_, keys)| keys.split_once('/'));
    !keys.is_some_and(|(id, token)| !id.is_empty() && !token.is_empty())
}

/// What a server takes for the name of a user as it is set up at first.
fn is_mention(name: &str) -> bool {
    const LONGEST: usize = 64;
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    !name.is_empty() && name.bytes().all(is_of_name) && name.len() <= LONGEST
}

struct RocketChat;

impl Protocol for RocketChat {
    fn read(&self, answer: &Answer, _now: OffsetDateTime) -> Interpretation {
        read(answer)
    }
}

const ANOTHER_ADDRESS: &str = "copy the webhook address again from Administration, Integrations";
/// `success` is true, or false beside an error, which is a word in brackets or a sentence.
fn read(answer: &Answer) -> Interpretation {
    let Some(object) = verdict::object(answer) else { return Interpretation::from_status(answer, ANOTHER_ADDRESS) };
    let is_taken = object.get("success").and_then(Value::as_bool);
    if (is_taken, answer.status) == (Some(true), 200) {
        return Interpretation { verdict: Verdict::Accepted, said: "success".to_owned() };
    }
    if is_taken != Some(false) {
        return Interpretation::from_status(answer, ANOTHER_ADDRESS);
    }
    let error = verdict::text(&object, "error");
    let kind = verdict::text(&object, "errorType");
    let words = format!("{error} {kind}").to_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    let verdict = if answer.status == 429 || has(&["too-many-requests", "too many requests"]) {
        Verdict::Busy(Some(answer.retry_after.unwrap_or(MINUTE)))
    } else if has(&["message-size-exceeded", "too-long", "error-invalid-message", "unhandled"]) {
        unprocessable!("Rocket.Chat")
    } else if has(&["invalid-channel", "invalid-room", "archived", "no channel", "not-in-room", "invalid-user"]) {
        setup(
            "the room of the webhook is gone or archived, or its user may not post there: set both right in Integrations",
        )
    } else if has(&["integration", "token", "disabled"]) || matches!(answer.status, 401 | 403 | 404) {
        setup(
            "the webhook was removed, or it is switched off: enable it in Integrations, or write the address of another",
        )
    } else if matches!(answer.status, 408 | 500..) {
        Verdict::Busy(answer.retry_after)
    } else {
        setup(ANOTHER_ADDRESS)
    };
    Interpretation { verdict, said: format!("{}, {}", answer.status, if error.is_empty() { kind } else { error }) }
}

/// Of the text in characters; a server takes 5000 as it is set up at first.
const BUDGET: usize = 4_800;

impl PageFormat for RocketChat {
    fn escape(&self) -> fn(&str) -> String {
        markdown::escape
    }

    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        let people: Vec<String> = page.mentions.iter().map(|who| format!("@{who}")).collect();
        // Bold stands between single asterisks here.
        (json!({ "text": markdown::text(page, "*", &people), "parseUrls": false }), None)
    }

    fn fits(&self, payload: &Value) -> bool {
        payload["text"].as_str().is_some_and(|text| text.encode_utf16().count() <= BUDGET)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn said(status: u16, body: &str) -> Verdict {
        read(&Answer::whole(status, body)).verdict
    }

    #[test]
    fn only_success_that_is_true_with_200_is_success() {
        assert_eq!(said(200, r#"{"success":true}"#), Verdict::Accepted);
        for body in ["", "{}", "[]", "ok", r#"{"success":"true"}"#, r#"{"success":1}"#, "<html>"] {
            assert_eq!(said(200, body), Verdict::Busy(None), "{body}");
        }
        assert_eq!(said(502, r#"{"success":true}"#), Verdict::Busy(None));
        assert!(matches!(said(404, "<html>"), Verdict::Misconfigured(help) if help.contains("copy the webhook")));
    }

    #[test]
    fn each_error_has_its_class() {
        let class = |status: u16, error: &str| said(status, &format!(r#"{{"success":false,"error":"{error}"}}"#));
        assert_eq!(class(429, "Error, too many requests."), Verdict::Busy(Some(Duration::from_secs(60))));
        assert_eq!(class(500, "x"), Verdict::Busy(None));
        assert_eq!(class(400, "error-message-size-exceeded"), unprocessable!("Rocket.Chat"));
        for (status, error, word) in [
            (404, "Invalid integration id or token provided.", "removed"),
            (401, "x", "removed"),
            (503, "The integration is disabled", "switched off"),
            (400, "invalid-channel", "archived"),
            (400, "error-not-in-room", "archived"),
            (400, "something", "copy the webhook"),
        ] {
            let verdict = class(status, error);
            assert!(matches!(&verdict, Verdict::Misconfigured(help) if help.contains(word)), "{error}: {verdict:?}");
        }
    }

    #[test]
    fn an_address_has_an_identifier_and_a_token() {
        let refused = |address| is_cut_off(&Url::split(address));
        assert!(
            !refused("https://chat.example.com/hooks/65f0/abc") && !refused("https://example.com/chat/hooks/65f0/abc")
        );
        assert!(refused("https://chat.example.com/hooks/65f0") && refused("https://chat.example.com/hooks//x"));
        for name in ["all", "here", "alice", "Alice.b-c_9"] {
            assert!(is_mention(name), "{name}");
        }
        for name in ["", "a b", "@a", "<!all>", "a:b"] {
            assert!(!is_mention(name), "{name}");
        }
    }
}
