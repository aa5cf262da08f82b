//! ntfy: messages to a topic of its public server or of one's own, and the answers.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;
use time::OffsetDateTime;

use super::chat::ResolvedChannel;
use super::protocol::{HttpRequest, Payload, Protocol};
use super::verdict::{self, Answer, Interpretation, Verdict};
use crate::policy::{Revealed, Zone};

/// What refills the burst of a sender by one request, as servers are set up usually.
const REFILL: Duration = Duration::from_secs(5);
const HOUR: Duration = Duration::from_secs(60 * 60);

pub(super) struct Ntfy;

impl Protocol for Ntfy {
    fn call(&self, robot: &ResolvedChannel, payload: &Payload<'_>, _now: OffsetDateTime) -> HttpRequest {
        let mut body = payload.payload.clone();
        if let (Value::Object(fields), Some(topic)) = (&mut body, &robot.to) {
            fields.insert("topic".to_owned(), Value::String(topic.expose().to_owned()));
        }
        let headers = robot.token.iter().map(|token| ("Authorization", authorization(token.expose()))).collect();
        HttpRequest { address: robot.webhook.below("/"), headers, body }
    }

    fn read(&self, answer: &Answer, now: OffsetDateTime) -> Interpretation {
        read(answer, now)
    }
}

/// A token, or a name and a password.
fn authorization(token: &str) -> Revealed {
    if token.contains(':') {
        Revealed::new(format!("Basic {}", BASE64.encode(token)))
    } else {
        Revealed::new(format!("Bearer {token}"))
    }
}

fn read(answer: &Answer, now: OffsetDateTime) -> Interpretation {
    const BASE: &str = "check `base-url` of this contact: there is no ntfy server";
    let Some(object) = verdict::object(answer) else { return Interpretation::of_status(answer, BASE) };
    let id = verdict::text(&object, "id");
    if !id.is_empty() && (200..300).contains(&answer.status) {
        return Interpretation { verdict: Verdict::Accepted, said: format!("taken as {id}") };
    }
    let code = verdict::code(&object, "code").filter(|code| (40_000..60_000).contains(code));
    let Some(code) = code.filter(|_| answer.status >= 400) else { return Interpretation::of_status(answer, BASE) };
    let setup = |help: &str| Verdict::Misconfigured(help.to_owned());
    let verdict = match code {
        42_908 => Verdict::Throttled(until_tomorrow(now)),
        // The server counts the topics of everybody, or the failed logins of this machine.
        42_904 | 42_909 => Verdict::Throttled(answer.retry_after.unwrap_or(HOUR)),
        42_900..=42_999 => Verdict::Busy(Some(answer.retry_after.unwrap_or(REFILL))),
        40_100..=40_199 => setup("check `token` of this contact: the server does not know it"),
        40_300..=40_399 => setup("give the user of `token` the right to write to this topic, or check `topic`"),
        40_400..=40_499 => setup(BASE),
        40_009 | 40_010 => setup("check `topic` of this contact: the server takes no topic of this name"),
        40_000..=40_099 | 41_300..=41_399 => {
            Verdict::Content("the server does not take a message of this form: report this as a bug of certnotify")
        }
        50_700..=50_799 => setup("the server has no room left: ask whoever runs it"),
        50_000.. => Verdict::Busy(answer.retry_after),
        _ => setup("see what the server's documentation says of this code"),
    };
    Interpretation::new(verdict, code, verdict::text(&object, "error"))
}

/// The counts of a day begin anew at midnight UTC.
fn until_tomorrow(now: OffsetDateTime) -> Duration {
    let passed = Zone::UTC.local(now).time() - time::Time::MIDNIGHT;
    time::Duration::DAY.saturating_sub(passed).try_into().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn said(status: u16, body: &str, retry_after: Option<Duration>) -> Verdict {
        let body = body.as_bytes().to_vec();
        let answer = Answer { status, body, is_whole: true, retry_after, rate_limit_reset: None, date: None };
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
