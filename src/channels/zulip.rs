//! Channels and users of a Zulip organization, by a bot.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::editor::Editor;
use super::exchange::{Access, At, Encoding, HttpRequest, Method, Payload, Protocol};
use super::markdown;
use super::mention::mention;
use super::page::{Page, PageFormat};
use super::spec::MINUTE;
use super::table::{CA_FILE, MENTION_WITHIN, PROXY, is_email};
use super::verdict::{self, Answer, Interpretation, Verdict, setup, unprocessable};
use super::{Form, Objection, Role, Spec, Table, TableKey};
use crate::secret::{Revealed, Zeroizing};

/// A server takes 200 requests of a bot in a minute.
pub(super) static SPEC: Spec = Spec {
    table: Some(TABLE),
    protocol: Some(&Zulip),
    editor: Some(&Zulip),
    limits: &[(150, MINUTE)],
    ..Spec::new(Form::Page(&Zulip))
};

const TABLE: Table = Table::new(&[
    TableKey::needed("base-url", Role::Base(None), "The address of the organization."),
    TableKey::needed("email", Role::Detail("certs-bot@zulip.example.com"), "The e-mail address of the bot.").checked(
        is_email,
        Objection {
            en: "this is no e-mail address of a bot",
            zh_cn: "不是机器人的邮件地址",
            ja: "ボットのメールアドレスではありません",
            help: "copy it from Personal settings, Bots",
        },
    ),
    TableKey::needed("key", Role::Token, "The API key of the bot.").checked(
        is_key,
        Objection {
            en: "this is no API key: it has letters and digits only",
            zh_cn: "不是 API 密钥：API 密钥只含字母和数字",
            ja: "API キーではありません。API キーに使えるのは英数字だけです",
            help: "copy it from Personal settings, Bots",
        },
    ),
    TableKey::needed(
        "to",
        Role::Target { is_secret: false },
        "The name of a channel that the bot may write to; or e-mail addresses of users, with commas, for a direct message.",
    ),
    TableKey::optional(
        "topic",
        Role::Detail("certificates"),
        "The topic in the channel, `certificates` without it; a direct message has none.",
    )
    .checked(
        is_topic,
        Objection {
            en: "a topic has at most 60 characters",
            zh_cn: "超过 60 个字符",
            ja: "60 文字を超えています",
            help: "write a shorter one",
        },
    ),
    mention(
        "Who is mentioned: full names of users (`Name|ID` where two have one name), or `all` for the channel.",
        is_mention,
        "write the full name of a user, as after the @, or `all` for the channel",
    ),
    MENTION_WITHIN,
    CA_FILE,
    PROXY,
]);

fn is_key(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_topic(topic: &str) -> bool {
    const LONGEST: usize = 60;
    topic.chars().count() <= LONGEST
}

fn is_mention(name: &str) -> bool {
    const LONGEST: usize = 120;
    let is_name = !name.trim().is_empty() && name.chars().count() <= LONGEST;
    is_name && !name.contains(|c: char| c.is_control() || "*`<>[]@\"\\".contains(c))
}

struct Zulip;

impl Protocol for Zulip {
    fn call(&self, access: &Access<'_>, payload: &Payload<'_>, _now: OffsetDateTime) -> HttpRequest {
        let mut body = payload.payload.clone();
        if let Value::Object(fields) = &mut body {
            let to = access.to();
            if to.contains('@') {
                let people: Vec<&str> = to.split(',').map(str::trim).filter(|user| !user.is_empty()).collect();
                fields.insert("type".to_owned(), Value::from("direct"));
                fields.insert("to".to_owned(), Value::from(Value::from(people).to_string()));
            } else {
                let topic = Some(access.detail("topic")).filter(|topic| !topic.is_empty());
                fields.insert("type".to_owned(), Value::from("stream"));
                fields.insert("to".to_owned(), Value::from(to));
                fields.insert("topic".to_owned(), Value::from(topic.unwrap_or("certificates")));
            }
        }
        request(access, "/api/v1/messages".to_owned(), body)
    }

    fn read(&self, answer: &Answer, _now: OffsetDateTime) -> Interpretation {
        read(answer)
    }
}

fn request(access: &Access<'_>, path: String, body: Value) -> HttpRequest {
    let login = Zeroizing::new(format!("{}:{}", access.detail("email"), access.token()));
    let login = Zeroizing::new(BASE64.encode(&*login));
    let headers = vec![("Authorization", Revealed::new(format!("Basic {}", *login)))];
    HttpRequest { encoding: Encoding::Form, ..HttpRequest::post(At::Below(path), headers, body) }
}

impl Editor for Zulip {
    fn posted(&self, answer: &Answer) -> Option<String> {
        verdict::code(&verdict::object(answer)?, "id").map(|id| id.to_string())
    }

    fn edit(&self, access: &Access<'_>, id: &str, payload: &Value) -> HttpRequest {
        let call = request(access, format!("/api/v1/messages/{id}"), payload.clone());
        HttpRequest { method: Method::Patch, ..call }
    }

    /// It is changed; or it is gone, or older than the organization lets messages be changed.
    fn is_settled(&self, answer: &Answer) -> bool {
        let object = verdict::object(answer).unwrap_or_default();
        let message = verdict::text(&object, "msg").to_lowercase();
        let is_left = answer.status == 400 && (message.contains("time limit") || message.contains("invalid message"));
        is_left || (answer.status == 200 && verdict::text(&object, "result") == "success")
    }

    fn struck(&self, words: &str) -> String {
        format!("~~{words}~~")
    }
}

/// `result` is a word; of an error `code` is one too.
fn read(answer: &Answer) -> Interpretation {
    const BASE: &str = "check `base-url` of this contact: there is no Zulip server";
    let Some(object) = verdict::object(answer) else { return Interpretation::from_status(answer, BASE) };
    let id = verdict::code(&object, "id");
    if let ("success", Some(id), 200) = (verdict::text(&object, "result"), id, answer.status) {
        return Interpretation { verdict: Verdict::Accepted, said: format!("taken as {id}") };
    }
    if verdict::text(&object, "result") != "error" || answer.status < 400 {
        return Interpretation::from_status(answer, BASE);
    }
    let (code, message) = (verdict::text(&object, "code"), verdict::text(&object, "msg"));
    let pause = object.get("retry-after").and_then(Value::as_f64).and_then(|s| Duration::try_from_secs_f64(s).ok());
    let words = message.to_lowercase();
    let verdict = match (code, answer.status) {
        ("RATE_LIMIT_HIT", _) | (_, 429) => Verdict::Busy(answer.retry_after.or(pause)),
        ("UNAUTHORIZED" | "INVALID_API_KEY" | "MALFORMED_API_KEY", _) | (_, 401) => {
            setup("check `email` and `key` of this contact: the server knows no bot by them")
        }
        ("USER_DEACTIVATED" | "REALM_DEACTIVATED", _) => {
            setup("the bot or the organization is deactivated: activate it")
        }
        ("STREAM_DOES_NOT_EXIST" | "NONEXISTENT_STREAM", _) => {
            setup("check `to` of this contact: the bot sees no channel of this name")
        }
        ("STREAM_WILDCARD_MENTION_NOT_ALLOWED" | "TOPIC_WILDCARD_MENTION_NOT_ALLOWED", _) => {
            setup("the bot may not mention the whole channel: take `all` out of `mention`, or give it the right")
        }
        (_, 408 | 500..) => Verdict::Busy(answer.retry_after),
        (_, 413) => unprocessable!("the server"),
        (_, 400) if ["too long", "must not be empty", "malformed"].iter().any(|word| words.contains(word)) => {
            unprocessable!("the server")
        }
        (_, 404 | 405) => setup(BASE),
        _ => setup("check `to` of this contact, and whether the bot may write there"),
    };
    let said = [code, message].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ");
    Interpretation { verdict, said: format!("{}, {said}", answer.status) }
}

/// Of the content in characters; the server cuts it after 10000.
const BUDGET: usize = 9_500;

impl PageFormat for Zulip {
    fn escape(&self) -> fn(&str) -> String {
        escape
    }

    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        let people: Vec<String> = page.mentions.iter().map(|who| format!("@**{who}**")).collect();
        (json!({ "content": markdown::text(page, "**", &people) }), None)
    }

    fn fits(&self, payload: &Value) -> bool {
        payload["content"].as_str().is_some_and(|content| content.chars().count() <= BUDGET)
    }
}

/// What stands between `$$` is a formula here, and between colons a picture.
fn escape(text: &str) -> String {
    let text = markdown::escape(text);
    if text.starts_with('`') { text } else { text.replace('$', "＄").replace(':', "：") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, body: &str) -> Verdict {
        read(&Answer::whole(status, body)).verdict
    }

    #[test]
    fn only_success_with_a_number_is_success() {
        assert_eq!(said(200, r#"{"result":"success","msg":"","id":42}"#), Verdict::Accepted);
        for body in
            ["", "{}", "[]", r#"{"result":"success"}"#, r#"{"result":"SUCCESS","id":1}"#, r#"{"id":1}"#, "<html>"]
        {
            assert_eq!(said(200, body), Verdict::Busy(None), "{body}");
        }
        assert!(matches!(said(404, "<html>"), Verdict::Misconfigured(help) if help.contains("`base-url`")));
    }

    #[test]
    fn each_code_has_its_class() {
        let class = |status: u16, code: &str, msg: &str| {
            said(status, &format!(r#"{{"result":"error","code":"{code}","msg":"{msg}"}}"#))
        };
        let late =
            r#"{"code":"RATE_LIMIT_HIT","msg":"API usage exceeded rate limit","result":"error","retry-after":28.7}"#;
        assert_eq!(said(429, late), Verdict::Busy(Some(Duration::from_millis(28_700))));
        assert_eq!(class(500, "INTERNAL_SERVER_ERROR", "x"), Verdict::Busy(None));
        for (status, code, word) in [
            (401, "UNAUTHORIZED", "`key`"),
            (401, "INVALID_API_KEY", "`key`"),
            (401, "USER_DEACTIVATED", "`key`"),
            (403, "REALM_DEACTIVATED", "deactivated"),
            (400, "STREAM_DOES_NOT_EXIST", "`to`"),
            (400, "STREAM_WILDCARD_MENTION_NOT_ALLOWED", "`all`"),
            (400, "BAD_REQUEST", "`to`"),
            (404, "BAD_REQUEST", "`base-url`"),
        ] {
            let verdict = class(status, code, "x");
            assert!(matches!(&verdict, Verdict::Misconfigured(help) if help.contains(word)), "{code}: {verdict:?}");
        }
        assert_eq!(class(400, "BAD_REQUEST", "Message must not be empty"), unprocessable!("the server"));
    }

    #[test]
    fn keys_and_mentions_have_their_forms() {
        assert!(is_email("certs-bot@zulip.example.com") && is_key("a1B2"));
        assert!(!is_email("a:b@c") && !is_email("bot"));
        assert!(!is_key("a b") && !is_key("a:b"));
        assert!(is_topic(&"证".repeat(60)) && !is_topic(&"a".repeat(61)));
        for name in ["all", "Iago", "Ann O'Neil-李|17"] {
            assert!(is_mention(name), "{name}");
        }
        for name in ["", " ", "a**b", "@a", "<a>", "a\nb"] {
            assert!(!is_mention(name), "{name}");
        }
    }

    #[test]
    fn formulas_and_pictures_are_words() {
        assert_eq!(escape("$$x^2$$ :DONE: @**all**"), "＄＄x^2＄＄ ：DONE： ＠＊＊all＊＊");
        assert_eq!(escape("*.example.com"), "`*.example.com`");
    }
}
