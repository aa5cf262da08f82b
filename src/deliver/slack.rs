//! Slack's incoming webhooks: nothing is signed, and the answer is one word.

use time::OffsetDateTime;

use super::protocol::Protocol;
use super::verdict::{self, Answer, Interpretation, Verdict};

pub(super) struct Slack;

impl Protocol for Slack {
    fn read(&self, answer: &Answer, _now: OffsetDateTime) -> Interpretation {
        read(answer)
    }
}

fn read(answer: &Answer) -> Interpretation {
    let Some(word) = word(answer) else { return Interpretation::of_status(answer, ANOTHER_ADDRESS) };
    let setup = |help: &str| Verdict::Misconfigured(help.to_owned());
    let verdict = match (answer.status, word.as_str()) {
        (200..=299, "ok") => Verdict::Accepted,
        (408 | 429 | 500.., _)
        | (
            _,
            "rate_limited" | "ratelimited" | "rollup_error" | "internal_error" | "fatal_error" | "service_unavailable",
        ) => Verdict::Busy(answer.retry_after),
        (_, "invalid_token" | "no_service" | "no_service_id" | "no_active_hooks" | "no_team" | "team_disabled") => {
            setup("the webhook was removed or switched off: make a new one in the app's settings and write its address")
        }
        (_, "channel_not_found") => setup("the channel is gone: make a webhook for another one and write its address"),
        (_, "channel_is_archived" | "is_archived") => {
            setup("the channel is archived: make a webhook for another one and write its address")
        }
        (_, "action_prohibited" | "posting_to_general_channel_denied") => {
            setup("the workspace does not let apps post there: ask who runs it, or make a webhook for another channel")
        }
        (_, "user_not_found") => {
            setup("Slack does not know somebody who is mentioned: check `mention` of this contact")
        }
        (_, "invalid_payload" | "no_text" | "too_many_attachments" | "msg_too_long" | "msg_blocks_too_long") => TOO_ODD,
        (_, word) if word.starts_with("invalid_blocks") || word.starts_with("missing_text") => TOO_ODD,
        (400 | 413, _) => TOO_ODD,
        (403 | 404 | 410, _) => setup(ANOTHER_ADDRESS),
        _ => setup("see Slack's list of errors of incoming webhooks"),
    };
    let said = if verdict == Verdict::Accepted { word } else { format!("{}, {word}", answer.status) };
    Interpretation { verdict, said }
}

/// What Slack answers with, in plain text; servers that are built like it answer with an object.
fn word(answer: &Answer) -> Option<String> {
    let word = match verdict::object(answer) {
        Some(object) if object.get("ok").and_then(serde_json::Value::as_bool) == Some(true) => "ok".to_owned(),
        Some(object) => verdict::text(&object, "error").to_owned(),
        None if answer.is_whole => String::from_utf8_lossy(&answer.body).trim().to_owned(),
        None => String::new(),
    };
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (!word.is_empty() && word.len() <= 64 && word.bytes().all(is_word)).then_some(word)
}

const ANOTHER_ADDRESS: &str = "copy the webhook address again from the app's settings in Slack";
const TOO_ODD: Verdict =
    Verdict::Content("Slack does not take a message of this form: report this as a bug of certnotify");

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn said(status: u16, body: &str) -> Verdict {
        let retry_after = (status == 429).then_some(Duration::from_secs(30));
        let body = body.as_bytes().to_vec();
        read(&Answer { status, body, is_whole: true, retry_after, rate_limit_reset: None, date: None }).verdict
    }

    #[test]
    fn only_the_word_ok_with_a_good_status_is_success() {
        for body in ["ok", "ok\n", r#"{"ok":true}"#] {
            assert_eq!(said(200, body), Verdict::Accepted, "{body}");
        }
        for body in ["", "OK", "okay then", "{}", "[]", "<html>ok</html>"] {
            assert_eq!(said(200, body), Verdict::Busy(None), "{body}");
        }
        for body in ["no_service", r#"{"ok":false,"error":"invalid_blocks"}"#, r#"{"ok":"true","error":"x"}"#] {
            assert!(!matches!(said(200, body), Verdict::Accepted | Verdict::Busy(_)), "{body}");
        }
        assert!(matches!(said(404, "ok"), Verdict::Misconfigured(_)));
        let cut = Answer {
            is_whole: false,
            ..Answer {
                status: 200,
                body: b"ok".to_vec(),
                is_whole: true,
                retry_after: None,
                rate_limit_reset: None,
                date: None,
            }
        };
        assert_eq!(read(&cut).verdict, Verdict::CutOff);
    }

    #[test]
    fn each_word_has_its_class() {
        assert_eq!(said(429, "rate_limited"), Verdict::Busy(Some(Duration::from_secs(30))));
        assert_eq!(said(429, ""), Verdict::Busy(Some(Duration::from_secs(30))));
        assert_eq!(said(500, "rollup_error"), Verdict::Busy(None));
        assert_eq!(said(503, "<html>"), Verdict::Busy(None));
        for (status, word) in [
            (400, "user_not_found"),
            (403, "action_prohibited"),
            (403, "invalid_token"),
            (404, "channel_not_found"),
            (404, "no_service"),
            (404, "no_team"),
            (410, "channel_is_archived"),
            (404, "<html>"),
            (302, ""),
            (418, "teapot"),
        ] {
            assert!(matches!(said(status, word), Verdict::Misconfigured(_)), "{status} {word}");
        }
        for word in ["invalid_payload", "no_text", "too_many_attachments", "invalid_blocks", "msg_blocks_too_long", "x"]
        {
            assert_eq!(said(400, word), TOO_ODD, "{word}");
        }
    }
}
