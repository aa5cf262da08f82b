//! What a chat vendor's answer means. The code in its body decides, never the HTTP status alone.

use std::time::Duration;

use serde_json::{Map, Value};
use time::OffsetDateTime;

/// What a server answered, whatever its status.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Not longer than was asked for.
    pub(crate) body: Vec<u8>,
    /// The body did not end early, and was not longer.
    pub(crate) is_whole: bool,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) rate_limit_reset: Option<Duration>,
    /// The server's clock.
    pub(crate) date: Option<OffsetDateTime>,
}

impl Answer {
    fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

#[cfg(test)]
impl Answer {
    /// One that came whole, with nothing in its head.
    pub(super) fn whole(status: u16, body: &str) -> Self {
        let body = body.as_bytes().to_vec();
        Self { status, body, is_whole: true, retry_after: None, rate_limit_reset: None, date: None }
    }
}

/// The meaning of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Accepted,
    /// Not now; again after this long, where the vendor says so.
    Busy(Option<Duration>),
    /// Too many messages: not before this has passed.
    Throttled(Duration),
    /// Something is to be set right first, and what.
    Misconfigured(String),
    /// Another text might be taken.
    Content(&'static str),
    /// It was cut off: what it would have said is not known.
    CutOff,
}

/// A refusal that lasts until `help` is done.
pub(super) fn setup(help: &str) -> Verdict {
    Verdict::Misconfigured(help.to_owned())
}

/// Of a service, by its name, that takes no message of this form.
macro_rules! unprocessable {
    ($service:literal) => {
        $crate::channels::verdict::Verdict::Content(concat!(
            $service,
            " does not take a message of this form: report this as a bug of certnotify"
        ))
    };
}
pub(super) use unprocessable;

/// The vendor's own words, and what they mean.
#[derive(Debug)]
pub(crate) struct Interpretation {
    pub(crate) verdict: Verdict,
    /// As the vendor wrote it: not yet fit to be shown. Empty where it said nothing.
    pub(crate) said: String,
}

impl Interpretation {
    pub(crate) fn new(answer: &Answer, verdict: Verdict, code: i64, message: &str) -> Self {
        let is_failure = !answer.is_success();
        let code = match code {
            // The code of success, or of nothing in particular.
            0 | 200 if is_failure => format!("HTTP {}", answer.status),
            code => code.to_string(),
        };
        let says_nothing = message.is_empty() || is_failure && matches!(message, "ok" | "OK" | "success");
        Self { verdict, said: if says_nothing { code } else { format!("{code}, {message}") } }
    }

    /// The reading of an answer in which no code is to be found, whatever sent it.
    pub(crate) fn without_code(answer: &Answer) -> Self {
        Self::from_status(answer, "copy the webhook address again from the robot's settings")
    }

    /// The reading of an answer by its status alone; `address` helps where the server knows nothing of the address.
    pub(crate) fn from_status(answer: &Answer, address: &str) -> Self {
        let verdict = match answer.status {
            200..=299 if !answer.is_whole => Verdict::CutOff,
            429 => Verdict::Busy(answer.retry_after.or(answer.rate_limit_reset)),
            200..=299 | 408 | 500.. => Verdict::Busy(answer.retry_after),
            // RFC 9110 §15.5.14, also from a proxy before the service.
            413 => unprocessable!("the server"),
            300..=399 => Verdict::Misconfigured(
                "the address leads elsewhere, and redirects are not followed, for they would take the key along: write \
                 the final address"
                    .to_owned(),
            ),
            _ => Verdict::Misconfigured(address.to_owned()),
        };
        let said = match answer.status {
            200..=299 => String::new(),
            status => format!("HTTP {status}"),
        };
        Self { verdict, said }
    }
}

/// The body as an object, where it is one and whole.
pub(crate) fn object(answer: &Answer) -> Option<Map<String, Value>> {
    // Some servers begin with a byte order mark, which a reader may ignore (RFC 8259 §8.1).
    let body = answer.body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&answer.body);
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) if answer.is_whole => Some(object),
        _ => None,
    }
}

/// A code as a number, or as the text of one.
pub(crate) fn code(object: &Map<String, Value>, field: &str) -> Option<i64> {
    match object.get(field)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

pub(crate) fn text<'a>(object: &'a Map<String, Value>, field: &str) -> &'a str {
    object.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// Accepted only where the status agrees with the code.
pub(crate) fn accepted(answer: &Answer) -> Verdict {
    if answer.is_success() { Verdict::Accepted } else { Verdict::Busy(answer.retry_after) }
}

/// How far the clocks are apart, as a sentence, where it matters for a signature.
pub(crate) fn clock_difference(answer: &Answer, now: OffsetDateTime) -> Option<String> {
    let ahead = (now - answer.date?).whole_seconds();
    let direction = if ahead > 0 { "ahead of" } else { "behind" };
    let (hours, minutes) = (ahead.unsigned_abs() / 3600, ahead.unsigned_abs() % 3600 / 60);
    match (hours, minutes) {
        (0, 0..5) => None,
        (0, minutes) => Some(format!("this machine's clock is {minutes} min {direction} the vendor's: set it right")),
        (hours, minutes) => {
            Some(format!("this machine's clock is {hours} h {minutes} min {direction} the vendor's: set it right"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_is_too_large_is_no_wrong_address() {
        for body in ["", "<html>413 Request Entity Too Large</html>", r#"{"error":"Payload Too Large"}"#] {
            let read = Interpretation::from_status(&Answer::whole(413, body), "copy the address again");
            assert_eq!((read.verdict, &*read.said), (unprocessable!("the server"), "HTTP 413"), "{body}");
        }
    }

    #[test]
    fn a_failure_with_the_code_of_success_is_told_by_its_status() {
        for (status, code, message, said) in [
            (500, 0, "", "HTTP 500"),
            (400, 0, "ok", "HTTP 400"),
            (502, 200, "success", "HTTP 502"),
            (400, 0, "invalid webhook", "HTTP 400, invalid webhook"),
            (400, 19_001, "param invalid", "19001, param invalid"),
            (200, 0, "ok", "0, ok"),
            (200, 0, "", "0"),
        ] {
            let answer = Answer::whole(status, "");
            assert_eq!(Interpretation::new(&answer, accepted(&answer), code, message).said, said, "{status} {code}");
        }
    }
}
