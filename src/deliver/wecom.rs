//! WeCom's group robots: the key is in the address, nothing is signed; and the answers.

use std::time::Duration;

use time::OffsetDateTime;

use super::protocol::Protocol;
use super::verdict::{self, Answer, Interpretation, Verdict};

pub(super) struct WeCom;

impl Protocol for WeCom {
    fn read(&self, answer: &Answer, _now: OffsetDateTime) -> Interpretation {
        read(answer)
    }
}

fn read(answer: &Answer) -> Interpretation {
    let code = verdict::object(answer).and_then(|object| {
        let message = verdict::text(&object, "errmsg").to_owned();
        verdict::code(&object, "errcode").map(|code| (code, message))
    });
    let Some((code, message)) = code else {
        let reading = Interpretation::without_code(answer);
        // This vendor's edge answers 4xx in passing.
        return match (answer.status, reading.verdict) {
            (400..=499, Verdict::Misconfigured(_)) => {
                Interpretation { verdict: Verdict::Busy(answer.retry_after), ..reading }
            }
            (_, verdict) => Interpretation { verdict, ..reading },
        };
    };
    let is_too_long = message.contains("exceed max length");
    let verdict = match code {
        _ if message.contains("Warning: wrong json format") => TOO_ODD,
        0 => verdict::accepted(answer),
        -1 | 6_000 => Verdict::Busy(None),
        45_009 => Verdict::Throttled(Duration::from_secs(65)),
        45_033 => Verdict::Busy(Some(Duration::from_secs(5))),
        93_000 if !is_too_long => Verdict::Misconfigured(
            "no robot has this key, or it was removed from its group: copy the webhook address again".to_owned(),
        ),
        40_008 | 40_033 | 40_035 | 40_058 | 40_063..=40_069 | 44_004 | 82_004 | 93_000 => TOO_ODD,
        _ => Verdict::Misconfigured("see the vendor's list of error codes".to_owned()),
    };
    Interpretation::new(verdict, code, &message)
}

const TOO_ODD: Verdict =
    Verdict::Content("the robot does not take a message of this form: report this as a bug of certnotify");

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, body: &str) -> Verdict {
        let body = body.as_bytes().to_vec();
        read(&Answer { status, body, is_whole: true, retry_after: None, rate_limit_reset: None, date: None }).verdict
    }

    #[test]
    fn only_the_code_zero_with_a_good_status_is_success() {
        assert_eq!(said(200, r#"{"errcode":0,"errmsg":"ok"}"#), Verdict::Accepted);
        for body in ["", "{}", "[0]", r#"{"errmsg":"ok"}"#, "<html>", r#"{"errcode":true}"#] {
            assert_eq!(said(200, body), Verdict::Busy(None), "{body}");
        }
        assert_eq!(said(404, "<html>"), Verdict::Busy(None));
        assert!(matches!(said(301, ""), Verdict::Misconfigured(_)));
    }

    #[test]
    fn each_code_of_the_vendor_has_its_class() {
        let class = |code: i64, message: &str| said(200, &format!(r#"{{"errcode":{code},"errmsg":"{message}"}}"#));
        assert_eq!(class(-1, "system busy"), Verdict::Busy(None));
        assert_eq!(class(6_000, "conflict"), Verdict::Busy(None));
        assert_eq!(class(45_033, "concurrency"), Verdict::Busy(Some(Duration::from_secs(5))));
        assert_eq!(class(45_009, "api freq out of limit"), Verdict::Throttled(Duration::from_secs(65)));
        assert!(matches!(class(93_000, "invalid webhook url, hint: [1]"), Verdict::Misconfigured(_)));
        assert!(matches!(class(12_345, "?"), Verdict::Misconfigured(_)));
        for code in [40_008, 40_033, 40_035, 40_058, 40_063, 44_004, 82_004] {
            assert_eq!(class(code, "markdown.content exceed max length 4096"), TOO_ODD, "{code}");
        }
        assert_eq!(class(93_000, "content exceed max length"), TOO_ODD);
        assert_eq!(class(0, "ok. Warning: wrong json format. "), TOO_ODD);
    }
}
