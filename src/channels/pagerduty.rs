//! PagerDuty's Events API v2.

use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::exchange::{Access, At, HttpRequest, Payload, Protocol};
use super::spec::MINUTE;
use super::table::{CA_FILE, PROXY};
use super::verdict::{self, Answer, Interpretation, Verdict};
use super::{Form, Objection, Role, Spec, Table, TableKey};
use crate::secret::Revealed;

const ROUTING_KEY: usize = 32;

pub(super) static SPEC: Spec =
    Spec { table: Some(TABLE), protocol: Some(&PagerDuty), limits: &[(100, MINUTE)], ..Spec::new(Form::Alerts) };

const TABLE: Table = Table::new(&[
    TableKey::optional(
        "base-url",
        Role::Base(Some("https://events.pagerduty.com")),
        "The address of the service: in Europe https://events.eu.pagerduty.com.",
    ),
    TableKey::needed("routing-key", Role::Token, "The integration key of an Events API v2 integration.").checked(
        is_routing_key,
        Objection {
            en: "this is no routing key: it has 32 letters and digits",
            zh_cn: "不是路由密钥：应为 32 个字母和数字",
            ja: "ルーティングキーではありません。32 文字の英数字です",
            help: "copy the integration key of an Events API v2 integration",
        },
    ),
    CA_FILE,
    PROXY,
]);

fn is_routing_key(key: &str) -> bool {
    key.len() == ROUTING_KEY && key.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

struct PagerDuty;

/// The service counts calls over this time.
const WINDOW: Duration = Duration::from_secs(60);
const COPY_THE_KEY: &str =
    "write the integration key of an Events API v2 integration of the service: `routing-key` of this contact";

impl Protocol for PagerDuty {
    fn call(&self, access: &Access<'_>, payload: &Payload<'_>, _now: OffsetDateTime) -> HttpRequest {
        let mut body = payload.payload.clone();
        body["routing_key"] = json!(access.token.map(Revealed::expose));
        HttpRequest::post(At::Below("/v2/enqueue".to_owned()), Vec::new(), body)
    }

    fn read(&self, answer: &Answer, _now: OffsetDateTime) -> Interpretation {
        read(answer)
    }
}

fn read(answer: &Answer) -> Interpretation {
    let object = verdict::object(answer);
    let text = |field: &str| object.as_ref().map(|object| verdict::text(object, field)).unwrap_or_default();
    let errors = object.as_ref().and_then(|object| object.get("errors")).and_then(Value::as_array);
    let errors = errors.into_iter().flatten().filter_map(Value::as_str);
    let said: Vec<&str> = [text("message")].into_iter().chain(errors).filter(|said| !said.is_empty()).collect();
    let said = said.join("; ");
    let verdict = match answer.status {
        200..=299 if text("status") == "success" => Verdict::Accepted,
        400 if said.to_lowercase().replace('_', " ").contains("routing key") => {
            Verdict::Misconfigured(COPY_THE_KEY.to_owned())
        }
        400 | 413 => {
            Verdict::Content("the service does not take an alert of this form: report this as a bug of certnotify")
        }
        429 => Verdict::Throttled(answer.retry_after.unwrap_or(WINDOW)),
        401..=499 if answer.status != 408 => Verdict::Misconfigured(
            "check `routing-key` and `base-url` of this contact: https://events.pagerduty.com, in Europe \
             https://events.eu.pagerduty.com"
                .to_owned(),
        ),
        _ => return Interpretation::without_code(answer),
    };
    Interpretation::new(answer, verdict, i64::from(answer.status), &said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_routing_key_has_its_form() {
        assert!(is_routing_key("0123456789abcdef0123456789ABCDEF"));
        for key in ["", "0123", "e+kd5BWM-NCknhB3XnYge+kd5BWM-NCk", "0123456789abcdef0123456789abcdef0"] {
            assert!(!is_routing_key(key), "{key}");
        }
    }

    fn said(status: u16, body: &str, retry_after: Option<Duration>) -> Verdict {
        read(&Answer { retry_after, ..Answer::whole(status, body) }).verdict
    }

    #[test]
    fn only_the_word_success_is_success() {
        let fine = r#"{"status":"success","message":"Event processed","dedup_key":"x"}"#;
        assert_eq!(said(202, fine, None), Verdict::Accepted);
        for body in ["", "{}", "[]", "<html>success</html>", r#"{"status":"queued"}"#, r#"{"status":"success""#] {
            assert_eq!(said(202, body, None), Verdict::Busy(None), "{body}");
        }
        assert!(matches!(said(400, fine, None), Verdict::Content(_)));
    }

    #[test]
    fn a_wrong_key_is_told_from_a_wrong_alert() {
        for error in ["Length of 'routing_key' is incorrect (should be 32 characters)", "Invalid routing key"] {
            let body = json!({"status": "invalid event", "message": "Event object is invalid", "errors": [error]});
            let Verdict::Misconfigured(help) = said(400, &body.to_string(), None) else { panic!("{error}") };
            assert!(help.contains("`routing-key`"));
        }
        let body = r#"{"status":"invalid event","errors":["'payload.summary' is missing or blank"]}"#;
        assert!(matches!(said(400, body, None), Verdict::Content(_)));
        for status in [401, 403, 404, 410] {
            assert!(matches!(said(status, "", None), Verdict::Misconfigured(_)), "{status}");
        }
    }

    #[test]
    fn who_asks_for_time_gets_it_and_what_passes_is_tried_again() {
        assert_eq!(said(429, "", None), Verdict::Throttled(WINDOW));
        assert_eq!(said(429, "", Some(Duration::from_secs(7))), Verdict::Throttled(Duration::from_secs(7)));
        for status in [408, 500, 503] {
            assert_eq!(said(status, "", None), Verdict::Busy(None), "{status}");
        }
    }
}
