//! Pushover: messages to the phones of a user or a group, by an application's token.

use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::exchange::{Access, At, HttpRequest, Payload, Protocol};
use super::page::{Page, PageFormat, Tier};
use super::plain;
use super::spec::SECOND;
use super::table::{CA_FILE, PROXY};
use super::verdict::{self, Answer, Interpretation, Verdict, setup, unprocessable};
use super::{Form, Objection, Role, Spec, Table, TableKey};
use crate::text::columns::cut;

/// Of a token and of the key of a user or a group.
const KEY: usize = 30;

pub(super) static SPEC: Spec = Spec {
    synonyms: &["push-over"],
    table: Some(TABLE),
    protocol: Some(&Pushover),
    limits: &[(1, SECOND)],
    ..Spec::new(Form::Page(&Pushover))
};

const TABLE: Table = Table::new(&[
    TableKey::optional("base-url", Role::Base(Some("https://api.pushover.net")), "The address of the service."),
    TableKey::needed("token", Role::Token, "The API token of an application.").checked(
        is_key,
        Objection {
            en: "this is no API token of an application: it has 30 letters and digits",
            zh_cn: "不是应用的 API 令牌：应为 30 个字母和数字",
            ja: "アプリケーションの API トークンではありません。30 文字の英数字です",
            help: "copy it from Your Applications at pushover.net",
        },
    ),
    TableKey::needed("user", Role::Target { is_secret: true }, "The key of the user or of the group.").checked(
        is_key,
        Objection {
            en: "this is no key of a user or a group: it has 30 letters and digits",
            zh_cn: "不是用户或群组的密钥：应为 30 个字母和数字",
            ja: "ユーザーまたはグループのキーではありません。30 文字の英数字です",
            help: "copy it from the first page at pushover.net (Your User Key), or from the page of the group",
        },
    ),
    CA_FILE,
    PROXY,
]);

fn is_key(text: &str) -> bool {
    text.len() == KEY && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

struct Pushover;

impl Protocol for Pushover {
    fn call(&self, access: &Access<'_>, payload: &Payload<'_>, _now: OffsetDateTime) -> HttpRequest {
        let mut body = payload.payload.clone();
        if let Value::Object(fields) = &mut body {
            fields.insert("token".to_owned(), Value::from(access.token()));
            fields.insert("user".to_owned(), Value::from(access.to()));
        }
        HttpRequest::post(At::Below("/1/messages.json".to_owned()), Vec::new(), body)
    }

    fn read(&self, answer: &Answer, _now: OffsetDateTime) -> Interpretation {
        read(answer)
    }
}

/// An application that has sent all messages of its month is asked again on the next day.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The service asks for this long a pause after an error of its own.
const PAUSE: Duration = Duration::from_secs(5);

/// `status` is 1 where the message is queued; of an error the parameter that is wrong has a member of its own.
fn read(answer: &Answer) -> Interpretation {
    const BASE: &str = "check `base-url` of this contact: there is no Pushover service";
    let Some(object) = verdict::object(answer) else { return Interpretation::from_status(answer, BASE) };
    let Some(status) = verdict::code(&object, "status") else { return Interpretation::from_status(answer, BASE) };
    if (status, answer.status) == (1, 200) {
        let said = format!("taken as {}", verdict::text(&object, "request"));
        return Interpretation { verdict: Verdict::Accepted, said };
    }
    let errors = object.get("errors").and_then(Value::as_array).into_iter().flatten();
    let errors = errors.filter_map(Value::as_str).collect::<Vec<_>>().join("; ");
    let verdict = match answer.status {
        429 => Verdict::Throttled(answer.retry_after.unwrap_or(DAY)),
        408 | 500.. => Verdict::Busy(Some(answer.retry_after.unwrap_or(PAUSE))),
        400..=499 if object.contains_key("token") => {
            setup("check `token` of this contact: the service knows no application by it")
        }
        400..=499 if object.contains_key("user") => {
            setup("check `user` of this contact: the service knows no user or group by it, or none with a device")
        }
        400 | 413 => unprocessable!("the service"),
        401..=499 => setup("check `token`, `user` and `base-url` of this contact"),
        _ => return Interpretation::from_status(answer, BASE),
    };
    Interpretation::new(answer, verdict, i64::from(answer.status), &errors)
}

/// Of a title in columns; the service takes 250 characters.
const TITLE: usize = 250;
/// Of the message in characters; the service takes 1024.
const BUDGET: usize = 1_000;

impl PageFormat for Pushover {
    fn escape(&self) -> fn(&str) -> String {
        plain::escape
    }

    fn is_for_phones(&self) -> bool {
        true
    }

    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        let payload = json!({
            "title": cut(&page.title, TITLE),
            "message": plain::text(page),
            "priority": priority(page.tier),
        });
        (payload, None)
    }

    fn fits(&self, payload: &Value) -> bool {
        payload["message"].as_str().is_some_and(|message| message.chars().count() <= BUDGET)
    }
}

/// 1 sounds in quiet hours too, -1 makes no sound. 2 would ask for an answer again and again.
const fn priority(tier: Option<Tier>) -> i8 {
    match tier {
        Some(Tier::Expired | Tier::Within7 | Tier::Urgent) => 1,
        Some(Tier::Within30 | Tier::Later) | None => 0,
        Some(Tier::Calm) => -1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, body: &str, retry_after: Option<Duration>) -> Verdict {
        read(&Answer { retry_after, ..Answer::whole(status, body) }).verdict
    }

    #[test]
    fn only_the_status_one_with_200_is_success() {
        assert_eq!(said(200, r#"{"status":1,"request":"647d2300-702c"}"#, None), Verdict::Accepted);
        for body in ["", "{}", "[]", r#"{"request":"x"}"#, "<html>", r#"{"status":1"#] {
            assert_eq!(said(200, body, None), Verdict::Busy(None), "{body}");
        }
        assert_ne!(said(200, r#"{"status":0,"errors":["no"]}"#, None), Verdict::Accepted);
        assert_ne!(said(400, r#"{"status":1}"#, None), Verdict::Accepted);
        assert!(matches!(said(404, "<html>", None), Verdict::Misconfigured(help) if help.contains("`base-url`")));
        assert!(matches!(said(302, "", None), Verdict::Misconfigured(help) if help.contains("redirects")));
    }

    #[test]
    fn each_error_has_its_class() {
        let user = r#"{"user":"invalid","errors":["user identifier is invalid"],"status":0,"request":"x"}"#;
        assert!(matches!(said(400, user, None), Verdict::Misconfigured(help) if help.contains("`user`")));
        let token = r#"{"token":"invalid","errors":["application token is invalid"],"status":0}"#;
        assert!(matches!(said(400, token, None), Verdict::Misconfigured(help) if help.contains("`token`")));
        let blank = r#"{"message":"cannot be blank","errors":["message cannot be blank"],"status":0}"#;
        assert!(matches!(said(400, blank, None), Verdict::Content(_)));
        let month = r#"{"errors":["application is over its quota"],"status":0}"#;
        assert_eq!(said(429, month, None), Verdict::Throttled(DAY));
        assert_eq!(said(429, month, Some(PAUSE)), Verdict::Throttled(PAUSE));
        assert_eq!(said(500, r#"{"status":0,"errors":[]}"#, None), Verdict::Busy(Some(PAUSE)));
        assert_eq!(said(502, "<html>", None), Verdict::Busy(None));
    }

    #[test]
    fn a_token_and_a_user_have_their_forms() {
        let key = "azGDORePK8gMaC0QOYAMyEEuzJnyUi";
        assert!(is_key(key) && is_key(key));
        for wrong in ["", "short", &key.replace('8', "-"), &format!("{key}0"), "azGDORePK8gMaC0QOYAMyEEuzJnyU "] {
            assert!(!is_key(wrong) && !is_key(wrong), "{wrong}");
        }
    }
}
