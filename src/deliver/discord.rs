//! Discord's webhooks: the key is in the address, and the answer is the message that was made.

use std::time::Duration;

use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::chat::ResolvedChannel;
use super::protocol::{HttpRequest, Payload, Protocol};
use super::verdict::{self, Answer, Interpretation, Verdict};

pub(super) struct Discord;

impl Protocol for Discord {
    fn objection(&self, robot: &ResolvedChannel) -> Option<(&'static str, &'static str)> {
        let path = robot.webhook.path();
        (path.ends_with("/slack") || path.ends_with("/github")).then_some((
            "by the webhook address it takes messages made for another service",
            "write the address as Discord shows it, without the /slack or /github at its end",
        ))
    }

    fn call(&self, robot: &ResolvedChannel, payload: &Payload<'_>, _now: OffsetDateTime) -> HttpRequest {
        // Without it the server answers before it knows whether the message can be kept.
        let address = robot.webhook.address(&[("wait", "true".to_owned())]);
        HttpRequest { address, headers: Vec::new(), body: payload.payload.clone() }
    }

    fn read(&self, answer: &Answer, _now: OffsetDateTime) -> Interpretation {
        read(answer)
    }
}

fn read(answer: &Answer) -> Interpretation {
    let Some(object) = verdict::object(answer) else { return Interpretation::of_status(answer, ANOTHER_ADDRESS) };
    if answer.status == 200 && object.get("id").is_some_and(Value::is_string) {
        return Interpretation { verdict: Verdict::Accepted, said: "200, posted".to_owned() };
    }
    let wait = wait(&object).or(answer.retry_after);
    let Some(code) = verdict::code(&object, "code") else {
        let reading = Interpretation::of_status(answer, ANOTHER_ADDRESS);
        let is_busy = matches!(reading.verdict, Verdict::Busy(_));
        return if is_busy { Interpretation { verdict: Verdict::Busy(wait), ..reading } } else { reading };
    };
    let setup = |help: &str| Verdict::Misconfigured(help.to_owned());
    let verdict = match (answer.status, code) {
        (408 | 429 | 500.., _) | (_, 20_016 | 20_028 | 20_029 | 40_062 | 130_000) => Verdict::Busy(wait),
        (_, 10_015 | 50_027) | (401 | 404, _) => {
            setup("the webhook was deleted, or its address is not whole: make a new one in the channel's integrations")
        }
        (_, 10_003) => setup("the channel is gone: make a webhook in another one and write its address"),
        (_, 220_001..=220_003) => {
            setup("a forum channel takes posts with a title only: add ?thread_id= and the ID of a post to the address")
        }
        (403, _) => setup("Discord does not let the webhook post there: check the channel's permissions"),
        (400 | 413, _) => {
            Verdict::Content("Discord does not take a message of this form: report this as a bug of certnotify")
        }
        _ => setup("see Discord's list of JSON error codes"),
    };
    Interpretation::new(verdict, code, verdict::text(&object, "message"))
}

/// `retry_after`: seconds, with a fraction.
fn wait(object: &Map<String, Value>) -> Option<Duration> {
    let seconds = object.get("retry_after").and_then(Value::as_f64)?;
    let wait = Duration::try_from_secs_f64(seconds).ok()?;
    // To the next whole second: the server counts finer than clocks agree.
    Some(Duration::from_secs(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)))
}

const ANOTHER_ADDRESS: &str = "copy the webhook address again from the channel's integrations in Discord";

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        let retry_after = (status == 429).then_some(Duration::from_secs(9));
        let body = body.as_bytes().to_vec();
        Answer { status, body, is_whole: true, retry_after, rate_limit_reset: None, date: None }
    }

    fn said(status: u16, body: &str) -> Verdict {
        read(&answer(status, body)).verdict
    }

    #[test]
    fn only_the_message_itself_is_success() {
        assert_eq!(said(200, r#"{"id":"1199","type":0,"content":""}"#), Verdict::Accepted);
        for body in ["", "{}", "[]", r#"{"id":7}"#, "<html>", r#"{"id":"1"#] {
            assert_eq!(said(200, body), Verdict::Busy(None), "{body}");
        }
        assert_eq!(said(204, ""), Verdict::Busy(None), "the server did not wait");
        assert!(matches!(said(404, r#"{"id":"1199"}"#), Verdict::Misconfigured(_)));
        assert_eq!(read(&Answer { is_whole: false, ..answer(200, r#"{"id":"1"}"#) }).verdict, Verdict::CutOff);
    }

    #[test]
    fn how_long_to_wait_is_read_with_its_fraction() {
        let limited = |retry_after: &str| {
            let rest = r#""message":"You are being rate limited.","global":false"#;
            said(429, &format!("{{{rest},\"retry_after\":{retry_after}}}"))
        };
        let seconds = |seconds| Verdict::Busy(Some(Duration::from_secs(seconds)));
        assert_eq!(limited("0.65"), seconds(1));
        assert_eq!(limited("64.57"), seconds(65));
        assert_eq!(limited("2"), seconds(2));
        for odd in ["-1", "1e300", "null", "\"soon\""] {
            assert_eq!(limited(odd), seconds(9), "{odd}");
        }
        assert_eq!(said(429, "error code: 1015"), seconds(9));
    }

    #[test]
    fn each_code_has_its_class() {
        let class = |status: u16, code: i64| said(status, &format!(r#"{{"code":{code},"message":"no"}}"#));
        for (status, code) in [(404, 10_015), (401, 50_027), (404, 10_003), (400, 220_001), (403, 50_013), (418, 1)] {
            assert!(matches!(class(status, code), Verdict::Misconfigured(_)), "{status} {code}");
        }
        for code in [50_035, 50_006, 50_109] {
            assert!(matches!(class(400, code), Verdict::Content(_)), "{code}");
        }
        assert_eq!(class(400, 20_028), Verdict::Busy(None));
        assert_eq!(class(503, 0), Verdict::Busy(None));
        assert!(matches!(said(302, ""), Verdict::Misconfigured(help) if help.contains("final address")));
    }
}
