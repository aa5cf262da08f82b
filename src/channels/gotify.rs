//! Applications of a Gotify server of one's own.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::exchange::{Access, At, HttpRequest, Payload, Protocol};
use super::page::{Page, PageFormat, Tier};
use super::plain;
use super::table::{CA_FILE, PROXY, is_graphic};
use super::verdict::{self, Answer, Interpretation, Verdict, setup, unprocessable};
use super::{Form, Objection, Role, Spec, Table, TableKey};
use crate::secret::Revealed;

pub(super) static SPEC: Spec = Spec { table: Some(TABLE), protocol: Some(&Gotify), ..Spec::new(Form::Page(&Gotify)) };

const TABLE: Table = Table::new(&[
    TableKey::needed("base-url", Role::Base(None), "The address of the server."),
    TableKey::needed("token", Role::Token, "The token of an application (`A…`).").checked(
        is_graphic,
        Objection {
            en: "this is no token of an application",
            zh_cn: "不是应用的令牌",
            ja: "アプリケーションのトークンではありません",
            help: "copy it from the list of applications (A…)",
        },
    ),
    CA_FILE,
    PROXY,
]);

struct Gotify;

impl Protocol for Gotify {
    fn call(&self, access: &Access<'_>, payload: &Payload<'_>, _now: OffsetDateTime) -> HttpRequest {
        let headers = vec![("X-Gotify-Key", Revealed::new(access.token()))];
        // Some copy the whole address of the interface.
        let ending = if access.path.trim_end_matches('/').ends_with("/message") { "" } else { "/message" };
        HttpRequest::post(At::Below(ending.to_owned()), headers, payload.payload.clone())
    }

    fn read(&self, answer: &Answer, _now: OffsetDateTime) -> Interpretation {
        read(answer)
    }
}

const TOKEN: &str = "copy the token of an application (it begins with A), and not that of a client";

/// An error has a code of its own in the body, which is the status anew.
fn read(answer: &Answer) -> Interpretation {
    const BASE: &str = "check `base-url` of this contact: there is no Gotify server";
    let Some(object) = verdict::object(answer) else { return Interpretation::from_status(answer, BASE) };
    let id = verdict::code(&object, "id").filter(|_| !object.contains_key("errorCode"));
    if let (Some(id), 200..=299) = (id, answer.status) {
        return Interpretation { verdict: Verdict::Accepted, said: format!("taken as {id}") };
    }
    let Some(code) = verdict::code(&object, "errorCode") else { return Interpretation::from_status(answer, BASE) };
    let verdict = match code {
        400 | 413 => unprocessable!("the server"),
        401 | 403 => setup(&format!("check `token` of this contact: {TOKEN}")),
        404 => setup(BASE),
        408 | 429 | 500.. => Verdict::Busy(answer.retry_after),
        _ => setup("see the log of the server"),
    };
    Interpretation::new(answer, verdict, code, verdict::text(&object, "errorDescription"))
}

/// Of the message in bytes; the server sets no limit, but a phone is no place for more.
const BUDGET: usize = 12_000;

impl PageFormat for Gotify {
    fn escape(&self) -> fn(&str) -> String {
        plain::escape
    }

    fn is_for_phones(&self) -> bool {
        true
    }

    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        let payload = json!({
            "title": page.title,
            "message": plain::text(page),
            "priority": priority(page.tier),
            "extras": { "client::display": { "contentType": "text/plain" } },
        });
        (payload, None)
    }

    fn fits(&self, payload: &Value) -> bool {
        payload["message"].as_str().is_some_and(|message| message.len() <= BUDGET)
    }
}

/// From 0 to 10: the app is silent below 4 and takes the screen from 8 on.
fn priority(tier: Option<Tier>) -> u8 {
    match tier {
        Some(Tier::Expired) => 10,
        Some(Tier::Within7 | Tier::Urgent) => 8,
        Some(Tier::Within30 | Tier::Later) | None => 5,
        Some(Tier::Calm) => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_token_has_no_space() {
        assert!(!is_graphic("A bc") && is_graphic("A.b"));
    }

    fn said(status: u16, body: &str) -> Verdict {
        let retry_after = Some(Duration::from_secs(9));
        read(&Answer { retry_after, ..Answer::whole(status, body) }).verdict
    }

    #[test]
    fn only_a_message_with_a_number_is_success() {
        assert_eq!(said(200, r#"{"id":25,"appid":5,"message":"x","title":"y"}"#), Verdict::Accepted);
        for body in ["", "{}", "[]", r#"{"id":null}"#, "<html>", r#"{"id":1,"errorCode":500}"#] {
            assert_eq!(said(200, body), Verdict::Busy(Some(Duration::from_secs(9))), "{body}");
        }
        assert_eq!(said(502, r#"{"id":25}"#), Verdict::Busy(Some(Duration::from_secs(9))));
        assert!(matches!(said(404, "<html>"), Verdict::Misconfigured(help) if help.contains("`base-url`")));
        assert!(matches!(said(302, ""), Verdict::Misconfigured(help) if help.contains("redirects")));
    }

    #[test]
    fn each_error_of_the_server_has_its_class() {
        let class = |code: u16| said(code, &format!(r#"{{"error":"x","errorCode":{code},"errorDescription":"y"}}"#));
        for (code, word) in [(401, "`token`"), (403, "`token`"), (404, "`base-url`"), (405, "log")] {
            assert!(matches!(class(code), Verdict::Misconfigured(help) if help.contains(word)), "{code}");
        }
        for code in [400, 413] {
            assert!(matches!(class(code), Verdict::Content(_)), "{code}");
        }
        for code in [408, 429, 500, 503] {
            assert_eq!(class(code), Verdict::Busy(Some(Duration::from_secs(9))), "{code}");
        }
    }
}
