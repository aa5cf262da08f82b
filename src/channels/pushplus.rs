//! `PushPlus`: messages to `WeChat`, by the token of a user or of a message channel.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::exchange::{Access, At, HttpRequest, Payload, Protocol};
use super::markdown;
use super::page::{Page, PageFormat};
use super::serverchan::until_midnight_in_china;
use super::spec::{MINUTE, SECOND};
use super::table::{CA_FILE, PROXY, is_word};
use super::verdict::{self, Answer, Interpretation, Verdict, setup, unprocessable};
use super::{Form, Objection, Role, Spec, Table, TableKey};
use crate::text::columns::cut;

pub(super) static SPEC: Spec = Spec {
    synonyms: &["push-plus", "pushplus+"],
    table: Some(TABLE),
    protocol: Some(&PushPlus),
    limits: &[(2, SECOND), (20, MINUTE)],
    ..Spec::new(Form::Page(&PushPlus))
};

const TABLE: Table = Table::new(&[
    TableKey::optional("base-url", Role::Base(Some("https://www.pushplus.plus")), "The address of the service."),
    TableKey::needed("token", Role::Token, "The token of the user, or of a message.").checked(
        is_token,
        Objection {
            en: "this is no token: it has letters and digits only",
            zh_cn: "不是令牌：令牌只含字母和数字",
            ja: "トークンではありません。トークンに使えるのは英数字だけです",
            help: "copy it from the page of the service, without the address around it",
        },
    ),
    TableKey::optional("topic", Role::Detail("certs"), "The code of a group, all of whose members are told.").checked(
        is_word,
        Objection {
            en: "this is no code of a group",
            zh_cn: "不是群组编码",
            ja: "グループのコードではありません",
            help: "copy the code of the group, and not its name",
        },
    ),
    CA_FILE,
    PROXY,
]);

fn is_token(token: &str) -> bool {
    const LONGEST: usize = 64;
    is_word(token) && token.len() <= LONGEST
}

struct PushPlus;

impl Protocol for PushPlus {
    fn call(&self, access: &Access<'_>, payload: &Payload<'_>, _now: OffsetDateTime) -> HttpRequest {
        let mut body = payload.payload.clone();
        if let Value::Object(fields) = &mut body {
            fields.insert("token".to_owned(), Value::from(access.token()));
            if !access.detail("topic").is_empty() {
                fields.insert("topic".to_owned(), Value::from(access.detail("topic")));
            }
        }
        HttpRequest::post(At::Below("/send".to_owned()), Vec::new(), body)
    }

    fn read(&self, answer: &Answer, now: OffsetDateTime) -> Interpretation {
        read(answer, now)
    }
}

/// `code` is 200 where the message waits to be delivered.
fn read(answer: &Answer, now: OffsetDateTime) -> Interpretation {
    const BASE: &str = "check `base-url` of this contact: there is no PushPlus service";
    let Some(object) = verdict::object(answer) else { return Interpretation::from_status(answer, BASE) };
    let Some(code) = verdict::code(&object, "code") else { return Interpretation::from_status(answer, BASE) };
    let verdict = match code {
        200 => verdict::accepted(answer),
        302 | 401 | 903 => setup("check `token` of this contact: the service knows no one by it"),
        403 => setup("the service takes messages from certain addresses only: add this machine's public address there"),
        805 => setup("check `topic` of this contact: the token may not write to this group"),
        888 => setup("the account has no points left: ask its owner"),
        905 => setup("the account needs a verified name: ask its owner"),
        900 => Verdict::Throttled(answer.retry_after.unwrap_or_else(|| until_midnight_in_china(now))),
        429 | 500 | 999 => Verdict::Busy(answer.retry_after),
        600 => unprocessable!("the service"),
        _ => setup("see the list of codes in the documentation of the service"),
    };
    Interpretation::new(answer, verdict, code, verdict::text(&object, "msg"))
}

/// Of a title in columns; the service takes 100 characters.
const TITLE: usize = 100;
/// Of the content in UTF-16 units; the service takes 20000.
const BUDGET: usize = 15_000;

impl PageFormat for PushPlus {
    fn escape(&self) -> fn(&str) -> String {
        markdown::escape
    }

    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        let text = markdown::with_hard_breaks(&markdown::text(page, "**", &[]));
        (json!({ "title": cut(&page.title, TITLE), "content": text, "template": "markdown" }), None)
    }

    fn fits(&self, payload: &Value) -> bool {
        payload["content"].as_str().is_some_and(|text| text.encode_utf16().count() <= BUDGET)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use time::macros::datetime;

    use super::*;

    fn said(status: u16, body: &str) -> Verdict {
        let answer = Answer::whole(status, body);
        read(&answer, datetime!(2026-11-21 08:00 UTC)).verdict
    }

    #[test]
    fn only_the_code_200_with_a_good_status_is_success() {
        assert_eq!(said(200, r#"{"code":200,"msg":"请求成功","data":"1"}"#), Verdict::Accepted);
        for body in ["", "{}", "[200]", r#"{"msg":"ok"}"#, r#"{"code":true}"#, "<html>"] {
            assert_eq!(said(200, body), Verdict::Busy(None), "{body}");
        }
        assert_eq!(said(502, r#"{"code":200}"#), Verdict::Busy(None));
    }

    #[test]
    fn each_code_has_its_class() {
        let class = |code: u16| said(200, &format!(r#"{{"code":{code},"msg":"x","data":null}}"#));
        assert_eq!(class(900), Verdict::Throttled(Duration::from_secs(8 * 60 * 60)));
        assert_eq!((class(500), class(999)), (Verdict::Busy(None), Verdict::Busy(None)));
        assert!(matches!(class(600), Verdict::Content(_)));
        for (code, word) in [
            (903, "`token`"),
            (401, "`token`"),
            (403, "public address"),
            (805, "`topic`"),
            (888, "points"),
            (905, "name"),
        ] {
            let verdict = class(code);
            assert!(matches!(&verdict, Verdict::Misconfigured(help) if help.contains(word)), "{code}: {verdict:?}");
        }
        assert!(matches!(class(0), Verdict::Misconfigured(_)));
    }

    #[test]
    fn a_token_has_its_form() {
        assert!(is_token("604b92b3d1d24f1fa3d0ce2f4e2b8a10") && is_word("ops"));
        for token in ["", "a b", "http://www.pushplus.plus/send/x", &"a".repeat(65)] {
            assert!(!is_token(token), "{token}");
        }
    }
}
