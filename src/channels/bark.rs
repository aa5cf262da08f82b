//! Bark: messages to an iPhone, by its public server or one's own.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::exchange::{Access, At, HttpRequest, Payload, Protocol};
use super::page::{Page, PageFormat, Tier};
use super::plain;
use super::spec::SECOND;
use super::table::{CA_FILE, PROXY, is_word};
use super::verdict::{self, Answer, Interpretation, Verdict, setup, unprocessable};
use super::{Form, Objection, Role, Spec, Table, TableKey};

pub(super) static SPEC: Spec =
    Spec { table: Some(TABLE), protocol: Some(&Bark), limits: &[(1, SECOND)], ..Spec::new(Form::Page(&Bark)) };

const TABLE: Table = Table::new(&[
    TableKey::optional("base-url", Role::Base(Some("https://api.day.app")), "The address of a server of one's own."),
    TableKey::needed(
        "key",
        Role::Token,
        "The key of the device: the part of the address that the app shows after the host.",
    )
    .checked(
        is_key,
        Objection {
            en: "this is no key of a device",
            zh_cn: "不是设备密钥",
            ja: "デバイスキーではありません",
            help: "copy from the app the part between the host and the next slash, without either",
        },
    ),
    CA_FILE,
    PROXY,
]);

fn is_key(key: &str) -> bool {
    const LONGEST: usize = 64;
    is_word(key) && key.len() <= LONGEST
}

struct Bark;

impl Protocol for Bark {
    fn call(&self, access: &Access<'_>, payload: &Payload<'_>, _now: OffsetDateTime) -> HttpRequest {
        let mut body = payload.payload.clone();
        if let Value::Object(fields) = &mut body {
            fields.insert("device_key".to_owned(), Value::from(access.token()));
        }
        // Some copy the whole address of the interface.
        let ending = if access.path.trim_end_matches('/').ends_with("/push") { "" } else { "/push" };
        HttpRequest::post(At::Below(ending.to_owned()), Vec::new(), body)
    }

    fn read(&self, answer: &Answer, _now: OffsetDateTime) -> Interpretation {
        read(answer)
    }
}

/// `code` is the status anew; the words tell what Apple's service had against it.
fn read(answer: &Answer) -> Interpretation {
    const BASE: &str = "check `base-url` of this contact: there is no Bark server";
    let Some(object) = verdict::object(answer) else { return Interpretation::from_status(answer, BASE) };
    let Some(code) = verdict::code(&object, "code") else { return Interpretation::from_status(answer, BASE) };
    let message = verdict::text(&object, "message");
    let words = message.to_lowercase().replace([' ', '_'], "");
    let has = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    let verdict = match code {
        200 => verdict::accepted(answer),
        _ if has(&["devicetoken", "devicekey", "unregistered"]) => setup(
            "check `key` of this contact: the server knows no device by it any more; open the app and copy its key again",
        ),
        _ if has(&["payloadtoolarge"]) => unprocessable!("the server"),
        401 | 403 | 418 => setup("the server asks for a login, which certnotify cannot give: take another one"),
        404 | 405 => setup(BASE),
        400..=499 if !matches!(code, 408 | 429) => unprocessable!("the server"),
        _ => Verdict::Busy(answer.retry_after),
    };
    Interpretation::new(answer, verdict, code, message)
}

/// Of the whole body in bytes, as the server writes it for Apple's service, which takes 4096 with what the server adds.
const BUDGET: usize = 3_500;

impl PageFormat for Bark {
    fn escape(&self) -> fn(&str) -> String {
        plain::escape
    }

    fn is_for_phones(&self) -> bool {
        true
    }

    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        let payload = json!({
            "title": page.title,
            "body": plain::text(page),
            "level": level(page.tier),
            "group": "certnotify",
        });
        (payload, None)
    }

    fn fits(&self, payload: &Value) -> bool {
        // The server writes each of these as \u003c.
        const LONGER: usize = 5;
        let body = payload.to_string();
        body.len() + LONGER * body.matches(['<', '>', '&']).count() <= BUDGET
    }
}

/// `critical` sounds although the phone is silent, `timeSensitive` is shown although it is in a focus, `passive` only waits.
const fn level(tier: Option<Tier>) -> &'static str {
    match tier {
        Some(Tier::Expired) => "critical",
        Some(Tier::Within7 | Tier::Urgent) => "timeSensitive",
        Some(Tier::Within30 | Tier::Later) | None => "active",
        Some(Tier::Calm) => "passive",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn said(status: u16, body: &str) -> Verdict {
        let retry_after = (status == 429).then_some(Duration::from_secs(9));
        read(&Answer { retry_after, ..Answer::whole(status, body) }).verdict
    }

    #[test]
    fn only_the_code_200_with_a_good_status_is_success() {
        assert_eq!(said(200, r#"{"code":200,"message":"success","timestamp":1}"#), Verdict::Accepted);
        for body in ["", "{}", "[]", "success", r#"{"message":"success"}"#, "<html>", r#"{"code":200"#] {
            assert_eq!(said(200, body), Verdict::Busy(None), "{body}");
        }
        assert_eq!(said(502, r#"{"code":200}"#), Verdict::Busy(None));
        assert!(matches!(said(404, "Not Found"), Verdict::Misconfigured(help) if help.contains("`base-url`")));
        assert!(matches!(said(302, ""), Verdict::Misconfigured(help) if help.contains("redirects")));
    }

    #[test]
    fn each_error_has_its_class() {
        let class = |code: u16, message: &str| said(code, &format!(r#"{{"code":{code},"message":"{message}"}}"#));
        for (code, message) in [
            (400, "failed to get device token: failed to get [x] device token from database"),
            (400, "device key is empty"),
            (400, "device token invalid"),
            (500, "push failed: APNS push failed: BadDeviceToken"),
            (410, "push failed: APNS push failed: Unregistered"),
        ] {
            assert!(
                matches!(class(code, message), Verdict::Misconfigured(help) if help.contains("`key`")),
                "{message}"
            );
        }
        assert_eq!(class(500, "push failed: APNS push failed: PayloadTooLarge"), unprocessable!("the server"));
        assert_eq!(class(400, "request bind failed"), unprocessable!("the server"));
        assert!(matches!(class(418, "I'm a teapot"), Verdict::Misconfigured(help) if help.contains("login")));
        assert_eq!(class(500, "push failed: timeout"), Verdict::Busy(None));
        assert_eq!(class(429, "slow down"), Verdict::Busy(Some(Duration::from_secs(9))));
    }

    #[test]
    fn a_key_is_a_word() {
        assert!(is_key("ynJ5Ft4atkMkWeo2PAvFhF"));
        for wrong in ["", "api.day.app/ynJ5Ft4atkMkWeo2PAvFhF", "a/b", "a b", &"a".repeat(65)] {
            assert!(!is_key(wrong), "{wrong}");
        }
    }
}
