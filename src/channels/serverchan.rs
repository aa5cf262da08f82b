//! `ServerChan`: messages to `WeChat` and to phones, by a `SendKey`.

use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::exchange::{Access, At, HttpRequest, Payload, Protocol};
use super::markdown;
use super::page::{Page, PageFormat};
use super::spec::SECOND;
use super::table::{CA_FILE, PROXY, is_word};
use super::verdict::{self, Answer, Interpretation, Verdict, unprocessable};
use super::{Form, Objection, Role, Spec, Table, TableKey};
use crate::text::columns::cut;

pub(super) static SPEC: Spec = Spec {
    synonyms: &["server-chan", "serverchan3", "ftqq", "sct", "server酱"],
    table: Some(TABLE),
    protocol: Some(&ServerChan),
    limits: &[(1, SECOND)],
    ..Spec::new(Form::Page(&ServerChan))
};

const TABLE: Table = Table {
    server_of_token,
    ..Table::new(&[
        TableKey::optional(
            "base-url",
            Role::Base(Some("https://sctapi.ftqq.com")),
            "The address of the service; of a key that begins with `sctp` it follows from the key.",
        ),
        TableKey::needed("sendkey", Role::Token, "The SendKey: `SCT…`, or `sctp…` of the newer service.").checked(
            is_key,
            Objection {
                en: "this is no SendKey: it begins with SCT or with sctp and a number",
                zh_cn: "不是 SendKey：应以 SCT 开头，或以 sctp 和数字开头",
                ja: "SendKey ではありません。SCT、または sctp と数字で始まります",
                help: "copy it from the page of the service, without the address around it",
            },
        ),
        CA_FILE,
        PROXY,
    ])
};

fn is_key(key: &str) -> bool {
    const LONGEST: usize = 128;
    (key.starts_with("SCT") || number(key).is_some()) && is_word(key) && key.len() <= LONGEST
}

/// Of the account that a newer key belongs to.
fn number(key: &str) -> Option<&str> {
    let (number, rest) = key.strip_prefix("sctp")?.split_once('t')?;
    let is_number = (1..=19).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && !rest.is_empty()).then_some(number)
}

fn server_of_token(key: &str) -> Option<String> {
    number(key).map(|number| format!("https://{number}.push.ft07.com"))
}

struct ServerChan;

impl Protocol for ServerChan {
    fn call(&self, access: &Access<'_>, payload: &Payload<'_>, _now: OffsetDateTime) -> HttpRequest {
        let key = access.token();
        let path = if number(key).is_some() { format!("/send/{key}.send") } else { format!("/{key}.send") };
        HttpRequest::post(At::Below(path), Vec::new(), payload.payload.clone())
    }

    fn read(&self, answer: &Answer, now: OffsetDateTime) -> Interpretation {
        read(answer, now)
    }
}

/// `code` is zero; one code stands for most errors, and the words tell which.
fn read(answer: &Answer, now: OffsetDateTime) -> Interpretation {
    const BASE: &str = "check `sendkey` and `base-url` of this contact: there is no such service";
    let Some(object) = verdict::object(answer) else { return Interpretation::from_status(answer, BASE) };
    let Some(code) = verdict::code(&object, "code") else { return Interpretation::from_status(answer, BASE) };
    let message = [verdict::text(&object, "message"), verdict::text(&object, "info")];
    let message = message.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
    let words = message.to_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    let verdict = match (code, answer.status) {
        (0, _) => verdict::accepted(answer),
        _ if has(&["超过当天", "发送次数", "次数限制", "limit"]) || answer.status == 429 => {
            Verdict::Throttled(answer.retry_after.unwrap_or_else(|| until_midnight_in_china(now)))
        }
        _ if has(&["频率", "too fast", "frequen"]) => Verdict::Busy(answer.retry_after),
        _ if has(&["key", "token", "用户"]) || matches!(answer.status, 401 | 403) => {
            Verdict::Misconfigured("check `sendkey` of this contact: the service knows no one by it".to_owned())
        }
        _ if has(&["title", "desp", "标题", "内容"]) => unprocessable!("the service"),
        (_, 408 | 500..) => Verdict::Busy(answer.retry_after),
        _ => Verdict::Misconfigured("see what the page of the service says of this error".to_owned()),
    };
    Interpretation::new(answer, verdict, code, message)
}

/// There the counts of a day begin anew.
pub(super) fn until_midnight_in_china(now: OffsetDateTime) -> Duration {
    const DAY: u64 = 24 * 60 * 60;
    let there = now.unix_timestamp().saturating_add(8 * 60 * 60);
    Duration::from_secs(DAY - there.rem_euclid(86_400).unsigned_abs())
}

/// Of a title in columns; the service takes 32 characters.
const TITLE: usize = 32;
/// Of the text in bytes; the service takes 32 KB.
const BUDGET: usize = 20_000;

impl PageFormat for ServerChan {
    fn escape(&self) -> fn(&str) -> String {
        markdown::escape
    }

    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        let text = markdown::with_hard_breaks(&markdown::text(page, "**", &[]));
        (json!({ "title": cut(&page.title, TITLE), "desp": text }), None)
    }

    fn fits(&self, payload: &Value) -> bool {
        payload["desp"].as_str().is_some_and(|text| text.len() <= BUDGET)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);

    fn said(status: u16, body: &str) -> Verdict {
        let answer = Answer::whole(status, body);
        read(&answer, NOW).verdict
    }

    #[test]
    fn only_the_code_zero_with_a_good_status_is_success() {
        assert_eq!(said(200, r#"{"code":0,"message":"","data":{"pushid":"1","errno":0}}"#), Verdict::Accepted);
        for body in ["", "{}", "[0]", r#"{"message":"SUCCESS"}"#, r#"{"code":true}"#, "<html>"] {
            assert_eq!(said(200, body), Verdict::Busy(None), "{body}");
        }
        assert_eq!(said(502, r#"{"code":0}"#), Verdict::Busy(None));
        assert!(matches!(said(404, "<html>"), Verdict::Misconfigured(help) if help.contains("`sendkey`")));
    }

    #[test]
    fn each_error_has_its_class() {
        let class = |status: u16, message: &str| said(status, &format!(r#"{{"code":40001,"message":"{message}"}}"#));
        assert_eq!(class(400, "超过当天的发送次数限制[5]"), Verdict::Throttled(Duration::from_secs(8 * 60 * 60)));
        assert!(matches!(class(400, "[AUTH]错误的Key"), Verdict::Misconfigured(help) if help.contains("`sendkey`")));
        assert!(matches!(class(400, "bad pushtoken"), Verdict::Misconfigured(help) if help.contains("`sendkey`")));
        assert!(matches!(class(400, "title 不能为空"), Verdict::Content(_)));
        assert!(matches!(class(400, "?"), Verdict::Misconfigured(_)));
        assert_eq!(class(500, "?"), Verdict::Busy(None));
    }

    #[test]
    fn a_key_decides_the_server() {
        assert_eq!(server_of_token("sctp123tabcXYZ").as_deref(), Some("https://123.push.ft07.com"));
        for key in ["SCT1234TabcXYZ", "sctptabc", "sctp1.evil.example/t", "sctp12t", "sctp"] {
            assert_eq!(server_of_token(key), None, "{key}");
        }
        for key in ["SCT1234TabcXYZ", "sctp123tabcXYZ"] {
            assert!(is_key(key), "{key}");
        }
        for key in ["", "abc", "sctptabc", "SCT/x", "SCT1?x", "https://sctapi.ftqq.com/SCT1.send", "sctp1/t2"] {
            assert!(!is_key(key), "{key}");
        }
    }

    #[test]
    fn a_day_ends_at_midnight_in_china() {
        assert_eq!(until_midnight_in_china(datetime!(2026-11-21 15:59:59 UTC)), Duration::from_secs(1));
        assert_eq!(until_midnight_in_china(datetime!(2026-11-21 16:00 UTC)), Duration::from_secs(86_400));
        assert_eq!(until_midnight_in_china(datetime!(1960-01-01 15:00 UTC)), Duration::from_secs(3_600));
    }
}
