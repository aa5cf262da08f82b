//! An Apprise API server, which passes messages on to whatever it is set up for.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::exchange::{Access, At, HttpRequest, Payload, Protocol};
use super::page::{Page, PageFormat, Tier};
use super::plain;
use super::spec::SECOND;
use super::table::{CA_FILE, PROXY, is_word};
use super::verdict::{self, Answer, Interpretation, Verdict, setup, unprocessable};
use super::{Choice, Form, Objection, Role, Spec, Table, TableKey};
use crate::secret::Revealed;

pub(super) static SPEC: Spec = Spec {
    synonyms: &["apprise-api"],
    table: Some(TABLE),
    protocol: Some(&Apprise),
    limits: &[(2, SECOND)],
    ..Spec::new(Form::Page(&Apprise))
};

const TABLE: Table = Table {
    choice: Some(Choice {
        of: &["key", "urls"],
        is_one_alone: true,
        message: "has neither `key` nor `urls`",
        help: "write key = { env = \"APPRISE_KEY\" } for a configuration of the server, or urls = { env = \"APPRISE_URLS\" }",
    }),
    ..Table::new(&[
        TableKey::needed("base-url", Role::Base(None), "The address of the server."),
        TableKey::optional("key", Role::Token, "The key of a configuration that the server keeps.").checked(
            is_key,
            Objection {
                en: "this is no key of a configuration",
                zh_cn: "不是配置的键",
                ja: "設定のキーではありません",
                help: "write the last part of the address of the configuration alone: letters, digits, `-` and `_`",
            },
        ),
        TableKey::optional(
            "urls",
            Role::Target { is_secret: true },
            "Apprise addresses with commas, in place of `key`: they hold the secrets of their services.",
        )
        .checked(
            are_urls,
            Objection {
                en: "this is no Apprise address",
                zh_cn: "不是 Apprise 地址",
                ja: "Apprise のアドレスではありません",
                help: "write it as discord://…, with commas between",
            },
        ),
        TableKey::optional("tag", Role::Detail("ops"), "Only the services of the configuration that have this tag."),
        CA_FILE,
        PROXY,
    ])
};

fn is_key(key: &str) -> bool {
    const LONGEST: usize = 128;
    is_word(key) && key.len() <= LONGEST
}

fn are_urls(urls: &str) -> bool {
    urls.contains("://")
}

struct Apprise;

impl Protocol for Apprise {
    fn call(&self, access: &Access<'_>, payload: &Payload<'_>, _now: OffsetDateTime) -> HttpRequest {
        let mut body = payload.payload.clone();
        if let Value::Object(fields) = &mut body {
            if access.to.is_some() {
                fields.insert("urls".to_owned(), Value::from(access.to()));
            }
            if !access.detail("tag").is_empty() {
                fields.insert("tag".to_owned(), Value::from(access.detail("tag")));
            }
        }
        let path = if access.to.is_some() { "/notify".to_owned() } else { format!("/notify/{}", access.token()) };
        let headers = vec![("Accept", Revealed::new("application/json"))];
        HttpRequest::post(At::Below(path), headers, body)
    }

    fn read(&self, answer: &Answer, _now: OffsetDateTime) -> Interpretation {
        read(answer)
    }
}

const BASE: &str = "check `base-url` of this contact: there is no Apprise API server";

/// The status is the code; an error is a text in `error` as well. 204 is no success: nothing was told.
fn read(answer: &Answer) -> Interpretation {
    let object = verdict::object(answer).unwrap_or_default();
    let error = verdict::text(&object, "error");
    let verdict = match answer.status {
        200 if is_of_apprise(answer, error) => {
            return Interpretation { verdict: Verdict::Accepted, said: "200, passed on".to_owned() };
        }
        204 => setup("the server told no one: check `key` of this contact, or write services under it"),
        // Some may have it: it is not sent again at once.
        424 => setup("a service behind the server did not take it, or none has this `tag`: see the log of the server"),
        400 | 413 | 431 => unprocessable!("the server"),
        401 | 403 => setup("the server asks for a login, or takes no messages of this kind: ask who runs it"),
        _ => return Interpretation::from_status(answer, BASE),
    };
    Interpretation::new(answer, verdict, i64::from(answer.status), error)
}

/// The server says what it did, as the lines of its log or as JSON without an error; other servers answer with pages.
fn is_of_apprise(answer: &Answer, error: &str) -> bool {
    let body = answer.body.trim_ascii();
    let is_log =
        verdict::object(answer).is_some_and(|object| object.contains_key("details") || object.contains_key("error"));
    let is_words = std::str::from_utf8(body).is_ok_and(|text| text.to_lowercase().contains("notif"));
    answer.is_whole && error.is_empty() && !body.starts_with(b"<") && (is_log || is_words || body.starts_with(b"["))
}

/// Of the body in bytes. The server cuts it anew for each service; more than this would be many messages for some.
const BUDGET: usize = 3_500;

impl PageFormat for Apprise {
    fn escape(&self) -> fn(&str) -> String {
        plain::escape
    }

    fn is_for_phones(&self) -> bool {
        true
    }

    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        let kind = match page.tier {
            Some(Tier::Expired | Tier::Within7) => "failure",
            Some(Tier::Urgent | Tier::Within30) => "warning",
            Some(Tier::Later | Tier::Calm) | None => "info",
        };
        (json!({ "title": page.title, "body": plain::text(page), "type": kind, "format": "text" }), None)
    }

    fn fits(&self, payload: &Value) -> bool {
        payload["body"].as_str().is_some_and(|body| body.len() <= BUDGET)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, body: &str) -> Verdict {
        read(&Answer::whole(status, body)).verdict
    }

    #[test]
    fn only_200_of_an_apprise_server_is_success() {
        for body in
            [r#"{"error":null,"details":[]}"#, r#"{"error":"","details":[["INFO","x","y"]]}"#, "Notification(s) sent."]
        {
            assert_eq!(said(200, body), Verdict::Accepted, "{body}");
        }
        for body in ["", "{}", "<html>Notification</html>", r#"{"error":"no"}"#, r#"{"ok":true}"#] {
            assert_eq!(said(200, body), Verdict::Busy(None), "{body}");
        }
    }

    #[test]
    fn each_status_has_its_class() {
        for (status, word) in
            [(204, "`key`"), (424, "did not take it"), (403, "login"), (404, "`base-url`"), (405, "`base-url`")]
        {
            let verdict = said(status, r#"{"error":"x"}"#);
            assert!(matches!(&verdict, Verdict::Misconfigured(help) if help.contains(word)), "{status}: {verdict:?}");
        }
        for status in [400, 431] {
            assert!(matches!(said(status, ""), Verdict::Content(_)), "{status}");
        }
        assert_eq!((said(500, ""), said(429, "")), (Verdict::Busy(None), Verdict::Busy(None)));
    }

    #[test]
    fn a_configuration_or_addresses_are_needed_and_not_both() {
        let objection = |keys: &[&str]| {
            let choice = TABLE.choice?;
            choice.objection(|key| keys.contains(&key)).map(|(message, _)| message)
        };
        assert_eq!(objection(&["key"]).or(objection(&["urls", "tag"])), None);
        assert!(objection(&[]).is_some_and(|message| message.contains("neither")));
        assert!(objection(&["key", "urls"]).is_some_and(|message| message == "has `key` and `urls`"));
        assert!(!is_key("a/b") && !are_urls("discord"));
        assert!(is_key("certs_1") && are_urls("discord://a/b"));
    }
}
