//! Channels and people of Slack, by the token of an app's bot: its messages can be put right.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::editor::Editor;
use super::exchange::{Access, At, HttpRequest, Payload, Protocol};
use super::slack::{MENTION, Slack};
use super::spec::{MINUTE, SECOND};
use super::table::{CA_FILE, MENTION_WITHIN, PROXY, is_graphic, is_word};
use super::verdict::{self, Answer, Interpretation, Verdict, setup, unprocessable};
use super::{Form, Objection, Role, Spec, Table, TableKey};
use crate::secret::Revealed;

pub(super) static SPEC: Spec = Spec {
    synonyms: &["slack-bot"],
    table: Some(TABLE),
    protocol: Some(&SlackApp),
    editor: Some(&SlackApp),
    limits: &[(1, SECOND), (45, MINUTE)],
    ..Spec::new(Form::Page(&Slack))
};

const TABLE: Table = Table::new(&[
    TableKey::optional("base-url", Role::Base(Some("https://slack.com/api")), "The address of the Web API."),
    TableKey::needed("token", Role::Token, "The token of the bot (`xoxb-…`), with the scope chat:write.").checked(
        is_token,
        Objection {
            en: "this is no token of a bot",
            zh_cn: "不是机器人的令牌",
            ja: "ボットのトークンではありません",
            help: "copy the Bot User OAuth Token (xoxb-…) from OAuth & Permissions of the app",
        },
    ),
    TableKey::needed(
        "channel",
        Role::Target { is_secret: false },
        "The ID of a channel (`C…`) that the bot has joined, or of a person (`U…`).",
    )
    .checked(
        is_channel,
        Objection {
            en: "this is no ID of a channel",
            zh_cn: "不是频道的 ID",
            ja: "チャンネルの ID ではありません",
            help: "copy it from the foot of the channel's details (C…), not its name",
        },
    ),
    MENTION,
    MENTION_WITHIN,
    CA_FILE,
    PROXY,
]);

fn is_token(token: &str) -> bool {
    is_graphic(token) && !token.is_empty() && !token.starts_with("xapp-")
}

fn is_channel(channel: &str) -> bool {
    let is_id = is_word(channel) && channel.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    is_id && channel.starts_with(['C', 'G', 'D', 'U', 'W'])
}

struct SlackApp;

impl SlackApp {
    fn post(access: &Access<'_>, method: &str, body: Value) -> HttpRequest {
        let headers = vec![("Authorization", Revealed::new(format!("Bearer {}", access.token())))];
        HttpRequest::post(At::Below(format!("/{method}")), headers, body)
    }
}

impl Protocol for SlackApp {
    fn call(&self, access: &Access<'_>, payload: &Payload<'_>, _now: OffsetDateTime) -> HttpRequest {
        let mut body = payload.payload.clone();
        body["channel"] = Value::from(access.to());
        Self::post(access, "chat.postMessage", body)
    }

    fn read(&self, answer: &Answer, _now: OffsetDateTime) -> Interpretation {
        read(answer)
    }
}

impl Editor for SlackApp {
    /// The channel as the service knows it, and the moment of the message.
    fn posted(&self, answer: &Answer) -> Option<String> {
        let object = verdict::object(answer)?;
        let (channel, ts) = (verdict::text(&object, "channel"), verdict::text(&object, "ts"));
        (is_word(channel) && !ts.is_empty()).then(|| format!("{channel} {ts}"))
    }

    fn edit(&self, access: &Access<'_>, id: &str, payload: &Value) -> HttpRequest {
        let (channel, ts) = id.split_once(' ').unwrap_or((access.to(), id));
        let mut body = json!({ "channel": channel, "ts": ts });
        for field in ["text", "blocks"] {
            if let Some(value) = payload.get(field) {
                body[field] = value.clone();
            }
        }
        Self::post(access, "chat.update", body)
    }

    /// The message is gone.
    fn is_settled(&self, answer: &Answer) -> bool {
        verdict::object(answer).is_some_and(|object| verdict::text(&object, "error") == "message_not_found")
    }
}

/// `ok`, and a word where it is false.
fn read(answer: &Answer) -> Interpretation {
    const BASE: &str = "check `base-url` of this contact: there is no Web API of Slack";
    let Some(object) = verdict::object(answer) else { return Interpretation::from_status(answer, BASE) };
    let ts = verdict::text(&object, "ts");
    match object.get("ok").and_then(Value::as_bool) {
        Some(true) if answer.status == 200 && !ts.is_empty() => {
            return Interpretation { verdict: Verdict::Accepted, said: format!("taken as {ts}") };
        }
        Some(false) => {}
        _ => return Interpretation::from_status(answer, BASE),
    }
    let word = verdict::text(&object, "error");
    let verdict = match word {
        _ if matches!(answer.status, 408 | 429 | 500..) => Verdict::Busy(answer.retry_after),
        "ratelimited"
        | "rate_limited"
        | "internal_error"
        | "fatal_error"
        | "service_unavailable"
        | "request_timeout" => Verdict::Busy(answer.retry_after),
        "invalid_auth"
        | "not_authed"
        | "account_inactive"
        | "token_revoked"
        | "token_expired"
        | "not_allowed_token_type" => setup("check `token` of this contact: Slack does not know it"),
        "missing_scope" | "no_permission" => setup("give the app the scope chat:write, and install it again"),
        "not_in_channel" => setup("let the bot into the channel: /invite and its name"),
        "channel_not_found" => setup("check `channel` of this contact, and that the bot may see it"),
        "is_archived" => setup("the channel is archived: write another one in `channel`"),
        word if word.starts_with("restricted_action") => {
            setup("the workspace does not let apps post there: ask who runs it, or write another `channel`")
        }
        "msg_too_long"
        | "msg_blocks_too_long"
        | "no_text"
        | "invalid_blocks"
        | "invalid_blocks_format"
        | "too_many_attachments" => unprocessable!("Slack"),
        _ => setup("see what Slack's documentation of chat.postMessage says of this error"),
    };
    Interpretation { verdict, said: format!("{}, {word}", answer.status) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, body: &str) -> Verdict {
        read(&Answer::whole(status, body)).verdict
    }

    #[test]
    fn only_ok_with_a_moment_is_success() {
        assert_eq!(said(200, r#"{"ok":true,"channel":"C1","ts":"1503435956.000247"}"#), Verdict::Accepted);
        for body in ["", "{}", "ok", r#"{"ok":"true","ts":"1"}"#, r#"{"ok":true}"#, "<html>"] {
            assert_eq!(said(200, body), Verdict::Busy(None), "{body}");
        }
    }

    #[test]
    fn each_error_has_its_class() {
        let class = |error: &str| said(200, &format!(r#"{{"ok":false,"error":"{error}"}}"#));
        for (error, word) in [
            ("invalid_auth", "`token`"),
            ("missing_scope", "chat:write"),
            ("not_in_channel", "/invite"),
            ("channel_not_found", "`channel`"),
            ("is_archived", "archived"),
            ("restricted_action_read_only_channel", "workspace"),
            ("new_error", "documentation"),
        ] {
            assert!(matches!(class(error), Verdict::Misconfigured(help) if help.contains(word)), "{error}");
        }
        assert_eq!(class("ratelimited"), Verdict::Busy(None));
        assert!(matches!(class("msg_too_long"), Verdict::Content(_)));
    }

    #[test]
    fn keys_have_their_forms() {
        for channel in ["C0123ABCD", "U024BE7LH", "D1", "G1"] {
            assert!(is_channel(channel), "{channel}");
        }
        for channel in ["", "#ops", "ops", "c123", "C12 3"] {
            assert!(!is_channel(channel), "{channel}");
        }
        assert!(is_token("xoxb-1-2") && !is_token("xapp-1"));
    }
}
