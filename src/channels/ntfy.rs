//! Topics of ntfy, on its public server or on one's own.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use time::{OffsetDateTime, UtcOffset};

use super::editor::Editor;
use super::exchange::{Access, At, HttpRequest, Payload, Protocol};
use super::page::{Page, PageFormat, Tier};
use super::plain;
use super::spec::MINUTE;
use super::table::{CA_FILE, PROXY, is_graphic, is_word};
use super::verdict::{self, Answer, Interpretation, Verdict, setup, unprocessable};
use super::{Form, Objection, Role, Spec, Table, TableKey};
use crate::secret::{Revealed, Zeroizing};

const LONGEST_TOPIC: usize = 64;

/// A burst that every server takes, and then what refills it.
pub(super) static SPEC: Spec = Spec {
    table: Some(TABLE),
    protocol: Some(&Ntfy),
    editor: Some(&Ntfy),
    limits: &[(12, MINUTE)],
    ..Spec::new(Form::Page(&Ntfy))
};

const TABLE: Table = Table::new(&[
    TableKey::optional("base-url", Role::Base(Some("https://ntfy.sh")), "The address of a server of one's own."),
    TableKey::optional("token", Role::Token, "An access token (`tk_…`), or a name and a password: `USER:PASSWORD`.")
        .checked(
            is_token,
            Objection {
                en: "this is no access token",
                zh_cn: "不是访问令牌",
                ja: "アクセストークンではありません",
                help: "write the token (tk_…), or the name and the password: USER:PASSWORD",
            },
        ),
    TableKey::needed(
        "topic",
        Role::Target { is_secret: true },
        "The name of the topic: on a public server, who knows it can read it.",
    )
    .checked(
        is_topic,
        Objection {
            en: "this is no topic",
            zh_cn: "不是主题的名称",
            ja: "トピックの名前ではありません",
            help: "write its name alone: letters, digits, `-` and `_`, at most 64 of them",
        },
    ),
    CA_FILE,
    PROXY,
]);

fn is_token(token: &str) -> bool {
    // A name and a password may be anything.
    is_graphic(token) || token.contains(':')
}

fn is_topic(topic: &str) -> bool {
    is_word(topic) && topic.len() <= LONGEST_TOPIC
}

struct Ntfy;

/// What refills the burst of a sender by one request, as servers are set up usually.
const REFILL: Duration = Duration::from_secs(5);
const HOUR: Duration = Duration::from_secs(60 * 60);

impl Protocol for Ntfy {
    fn call(&self, access: &Access<'_>, payload: &Payload<'_>, _now: OffsetDateTime) -> HttpRequest {
        call(access, payload.payload, payload.id)
    }

    fn read(&self, answer: &Answer, now: OffsetDateTime) -> Interpretation {
        read(answer, now)
    }
}

/// A message with the number of another takes its place, on a server that knows such numbers; others take no notice of it.
fn call(access: &Access<'_>, payload: &Value, number: &str) -> HttpRequest {
    let mut body = payload.clone();
    if let (Value::Object(fields), Some(topic)) = (&mut body, access.to) {
        fields.insert("topic".to_owned(), Value::String(topic.expose().to_owned()));
        fields.insert("sequence_id".to_owned(), Value::from(number));
    }
    let headers = access.token.iter().map(|token| ("Authorization", authorization(token.expose()))).collect();
    HttpRequest::post(At::Below("/".to_owned()), headers, body)
}

impl Editor for Ntfy {
    /// A server that does not say the number would make a second message of the same.
    fn posted(&self, answer: &Answer) -> Option<String> {
        let object = verdict::object(answer)?;
        Some(verdict::text(&object, "sequence_id").to_owned()).filter(|number| !number.is_empty())
    }

    /// Without a sound.
    fn edit(&self, access: &Access<'_>, id: &str, payload: &Value) -> HttpRequest {
        let mut call = call(access, payload, id);
        call.body["priority"] = Value::from(1);
        call.body["tags"] = json!(["white_check_mark"]);
        call
    }
}

/// A token, or a name and a password.
fn authorization(token: &str) -> Revealed {
    if token.contains(':') {
        Revealed::new(format!("Basic {}", *Zeroizing::new(BASE64.encode(token))))
    } else {
        Revealed::new(format!("Bearer {token}"))
    }
}

fn read(answer: &Answer, now: OffsetDateTime) -> Interpretation {
    const BASE: &str = "check `base-url` of this contact: there is no ntfy server";
    let Some(object) = verdict::object(answer) else { return Interpretation::from_status(answer, BASE) };
    let id = verdict::text(&object, "id");
    if !id.is_empty() && (200..300).contains(&answer.status) {
        return Interpretation { verdict: Verdict::Accepted, said: format!("taken as {id}") };
    }
    let code = verdict::code(&object, "code").filter(|code| (40_000..60_000).contains(code));
    let Some(code) = code.filter(|_| answer.status >= 400) else { return Interpretation::from_status(answer, BASE) };
    let verdict = match code {
        42_908 => Verdict::Throttled(until_tomorrow(now)),
        // The server counts the topics of everybody, or the failed logins of this machine.
        42_904 | 42_909 => Verdict::Throttled(answer.retry_after.unwrap_or(HOUR)),
        42_900..=42_999 => Verdict::Busy(Some(answer.retry_after.unwrap_or(REFILL))),
        40_100..=40_199 => setup("check `token` of this contact: the server does not know it"),
        40_300..=40_399 => setup("give the user of `token` the right to write to this topic, or check `topic`"),
        40_400..=40_499 => setup(BASE),
        40_009 | 40_010 => setup("check `topic` of this contact: the server takes no topic of this name"),
        40_000..=40_099 | 41_300..=41_399 => unprocessable!("the server"),
        50_700..=50_799 => setup("the server has no room left: ask its operator"),
        50_000.. => Verdict::Busy(answer.retry_after),
        _ => setup("see what the server's documentation says of this code"),
    };
    Interpretation::new(answer, verdict, code, verdict::text(&object, "error"))
}

/// The counts of a day begin anew at midnight UTC.
fn until_tomorrow(now: OffsetDateTime) -> Duration {
    let passed = now.checked_to_offset(UtcOffset::UTC).unwrap_or(now).time() - time::Time::MIDNIGHT;
    time::Duration::DAY.saturating_sub(passed).try_into().unwrap_or_default()
}

/// Of the message in bytes; the server makes an attachment of more than 4096.
const BUDGET: usize = 3_900;

impl PageFormat for Ntfy {
    fn escape(&self) -> fn(&str) -> String {
        plain::escape
    }

    fn is_for_phones(&self) -> bool {
        true
    }

    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        let (priority, tags) = loudness(page.tier);
        let payload = json!({
            "title": page.title,
            "message": plain::text(page),
            "priority": priority,
            "tags": tags,
            "markdown": false,
        });
        (payload, None)
    }

    fn fits(&self, payload: &Value) -> bool {
        payload["message"].as_str().is_some_and(|message| message.len() <= BUDGET)
    }
}

/// The priority, from 1 to 5, and the words that the apps show as pictures.
fn loudness(tier: Option<Tier>) -> (u8, &'static [&'static str]) {
    match tier {
        Some(Tier::Expired) => (5, &["rotating_light"]),
        Some(Tier::Within7 | Tier::Urgent) => (4, &["warning"]),
        Some(Tier::Within30 | Tier::Later) => (3, &["hourglass_flowing_sand"]),
        Some(Tier::Calm) => (2, &["information_source"]),
        None => (3, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_token_and_a_topic_have_their_forms() {
        assert!(is_token("tk_abc") && is_token("user:pass word ä"));
        assert!(!is_token("tk abc"));
        assert!(is_topic("certs-Z_9") && is_topic(&"a".repeat(64)));
        for text in ["ntfy.sh/certs", "https://ntfy.sh/certs", "a b", "证书", &"a".repeat(65)] {
            assert!(!is_topic(text), "{text}");
        }
    }

    fn said(status: u16, body: &str, retry_after: Option<Duration>) -> Verdict {
        let answer = Answer { retry_after, ..Answer::whole(status, body) };
        read(&answer, datetime!(2026-11-21 08:00 UTC)).verdict
    }

    #[test]
    fn only_a_message_with_an_identifier_is_success() {
        assert_eq!(said(200, r#"{"id":"hwQ2YpKdmg","time":1,"event":"message","topic":"x"}"#, None), Verdict::Accepted);
        for body in ["", "{}", "[]", r#"{"id":""}"#, r#"{"id":7}"#, r#"{"id":"x""#, "<html>", r#"{"code":42908}"#] {
            assert_eq!(said(200, body, None), Verdict::Busy(None), "{body}");
        }
        assert_eq!(said(503, r#"{"id":"x"}"#, None), Verdict::Busy(None));
        assert!(
            matches!(said(404, "404 page not found", None), Verdict::Misconfigured(help) if help.contains("`base-url`"))
        );
        assert!(matches!(said(301, "", None), Verdict::Misconfigured(help) if help.contains("redirects")));
    }

    #[test]
    fn each_code_of_the_server_has_its_class() {
        let class = |code: i64| {
            let status = u16::try_from(code / 100).unwrap();
            said(status, &format!(r#"{{"code":{code},"http":{status},"error":"x"}}"#), None)
        };
        assert_eq!(class(42_901), Verdict::Busy(Some(REFILL)));
        assert_eq!(class(42_905), Verdict::Busy(Some(REFILL)));
        assert_eq!(class(42_908), Verdict::Throttled(Duration::from_secs(16 * 3600)));
        assert_eq!(class(42_904), Verdict::Throttled(HOUR));
        assert_eq!(class(42_909), Verdict::Throttled(HOUR));
        assert_eq!(class(50_001), Verdict::Busy(None));
        for (code, word) in [
            (40_101, "`token`"),
            (40_301, "`token`"),
            (40_401, "`base-url`"),
            (40_009, "`topic`"),
            (40_010, "`topic`"),
            (50_701, "room"),
            (41_003, "documentation"),
        ] {
            assert!(matches!(class(code), Verdict::Misconfigured(help) if help.contains(word)), "{code}");
        }
        for code in [40_011, 40_024, 41_301, 41_303] {
            assert!(matches!(class(code), Verdict::Content(_)), "{code}");
        }
        let limited = said(429, r#"{"code":42901,"error":"x"}"#, Some(Duration::from_secs(7)));
        assert_eq!(limited, Verdict::Busy(Some(Duration::from_secs(7))));
    }

    #[test]
    fn a_token_is_a_bearer_and_a_name_with_a_password_is_basic() {
        assert_eq!(authorization("tk_abc").expose(), "Bearer tk_abc");
        assert_eq!(authorization("Aladdin:open sesame").expose(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    }
}
