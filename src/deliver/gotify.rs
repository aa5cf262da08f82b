//! Gotify: messages to an application of one's own server, and the answers.

use time::OffsetDateTime;

use super::chat::ResolvedChannel;
use super::protocol::{HttpRequest, Payload, Protocol};
use super::verdict::{self, Answer, Interpretation, Verdict};
use crate::policy::Revealed;

pub(super) struct Gotify;

impl Protocol for Gotify {
    fn call(&self, robot: &ResolvedChannel, payload: &Payload<'_>, _now: OffsetDateTime) -> HttpRequest {
        let token = robot.token.as_ref().map_or("", Revealed::expose);
        let headers = vec![("X-Gotify-Key", Revealed::new(token))];
        // Some copy the whole address of the interface.
        let ending = if robot.webhook.path().trim_end_matches('/').ends_with("/message") { "" } else { "/message" };
        HttpRequest { address: robot.webhook.below(ending), headers, body: payload.payload.clone() }
    }

    fn read(&self, answer: &Answer, _now: OffsetDateTime) -> Interpretation {
        read(answer)
    }
}

const TOKEN: &str = "copy the token of an application (it begins with A), and not that of a client";

/// An error has a code of its own in the body, which is the status anew.
fn read(answer: &Answer) -> Interpretation {
    const BASE: &str = "check `base-url` of this contact: there is no Gotify server";
    let Some(object) = verdict::object(answer) else { return Interpretation::of_status(answer, BASE) };
    let id = verdict::code(&object, "id").filter(|_| !object.contains_key("errorCode"));
    if let (Some(id), 200..=299) = (id, answer.status) {
        return Interpretation { verdict: Verdict::Accepted, said: format!("taken as {id}") };
    }
    let Some(code) = verdict::code(&object, "errorCode") else { return Interpretation::of_status(answer, BASE) };
    let setup = |help: &str| Verdict::Misconfigured(help.to_owned());
    let verdict = match code {
        400 | 413 => {
            Verdict::Content("the server does not take a message of this form: report this as a bug of certnotify")
        }
        401 | 403 => setup(&format!("check `token` of this contact: {TOKEN}")),
        404 => setup(BASE),
        408 | 429 | 500.. => Verdict::Busy(answer.retry_after),
        _ => setup("see the log of the server"),
    };
    Interpretation::new(verdict, code, verdict::text(&object, "errorDescription"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn said(status: u16, body: &str) -> Verdict {
        let (body, retry_after) = (body.as_bytes().to_vec(), Some(Duration::from_secs(9)));
        read(&Answer { status, body, is_whole: true, retry_after, rate_limit_reset: None, date: None }).verdict
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
