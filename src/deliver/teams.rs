//! Microsoft Teams by a workflow of Power Automate: the signature is in the address, and a message is only queued.

use time::OffsetDateTime;

use super::chat::ResolvedChannel;
use super::protocol::Protocol;
use super::verdict::{self, Answer, Interpretation, Verdict};
use crate::policy::Host;

pub(super) struct Teams;

impl Protocol for Teams {
    fn objection(&self, robot: &ResolvedChannel) -> Option<(&'static str, &'static str)> {
        is_connector(robot.webhook.bare_host().0).then_some((
            "the webhook address is of an Office 365 connector, and Teams takes no messages by these any more",
            "make a workflow in the channel, \u{201c}send webhook alerts to a channel\u{201d}, and write its address",
        ))
    }

    fn read(&self, answer: &Answer, _now: OffsetDateTime) -> Interpretation {
        read(answer)
    }
}

fn is_connector(host: &Host) -> bool {
    host.to_string().to_ascii_lowercase().ends_with(".webhook.office.com")
}

fn read(answer: &Answer) -> Interpretation {
    let setup = |help: &str| Verdict::Misconfigured(help.to_owned());
    let error = error(answer);
    let code = error.as_ref().map_or("", |(code, _)| code.as_str());
    let verdict = match (answer.status, code) {
        (202, "") if answer.is_whole && !is_page(answer) => {
            let said = "202, accepted by the workflow, which may still fail to post it".to_owned();
            return Interpretation { verdict: Verdict::Accepted, said };
        }
        (200..=299, "") if answer.is_whole && !is_page(answer) => {
            setup("a workflow answers 202: take the step \u{201c}Response\u{201d} out of it, or copy its address again")
        }
        (408 | 429 | 500.., _) => Verdict::Busy(answer.retry_after),
        (_, "WorkflowTriggerIsNotEnabled" | "WorkflowDisabled") => {
            setup("turn the workflow on again in Power Automate")
        }
        (_, "") if !matches!(answer.status, 400..=499) => return Interpretation::of_status(answer, ANOTHER_ADDRESS),
        (401 | 403, _) => setup(
            "let anyone trigger the workflow, for certnotify has no account in your tenant; then copy its address again",
        ),
        (404 | 410, _) => setup("the workflow is gone: make a new one in the channel and write its address"),
        (400 | 413 | 415 | 422, _) => Verdict::Content(
            "the workflow does not take a message of this form: make it of the template for webhook alerts",
        ),
        _ => setup(ANOTHER_ADDRESS),
    };
    let said = match (answer.status, error) {
        (status, Some((code, message))) if message.is_empty() => format!("{status}, {code}"),
        (status, Some((code, message))) => format!("{status}, {code}: {message}"),
        (status, None) => format!("HTTP {status}"),
    };
    Interpretation { verdict, said }
}

/// The code and the message of an error.
fn error(answer: &Answer) -> Option<(String, String)> {
    let object = verdict::object(answer)?;
    let error = object.get("error")?.as_object()?;
    Some((verdict::text(error, "code").to_owned(), verdict::text(error, "message").to_owned()))
}

/// Not of the workflow, but of something on the way to it.
fn is_page(answer: &Answer) -> bool {
    answer.body.trim_ascii_start().starts_with(b"<")
}

const ANOTHER_ADDRESS: &str = "copy the address again from the workflow's settings";

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn reading(status: u16, body: &str) -> Interpretation {
        let body = body.as_bytes().to_vec();
        read(&Answer { status, body, is_whole: true, retry_after: None, rate_limit_reset: None, date: None })
    }

    fn refused(status: u16, code: &str) -> Verdict {
        reading(status, &format!(r#"{{"error":{{"code":"{code}","message":"no"}}}}"#)).verdict
    }

    #[test]
    fn accepted_is_not_posted_and_the_receipt_says_so() {
        let reading = reading(202, "");
        assert_eq!(reading.verdict, Verdict::Accepted);
        assert_eq!(reading.said, "202, accepted by the workflow, which may still fail to post it");
    }

    #[test]
    fn nothing_else_is_success() {
        for body in ["", "1", "{}", "[]"] {
            assert!(
                matches!(reading(200, body).verdict, Verdict::Misconfigured(help) if help.contains("202")),
                "{body}"
            );
        }
        for status in [200, 202] {
            assert_eq!(reading(status, " <html>").verdict, Verdict::Busy(None), "{status}");
            assert!(!matches!(refused(status, "BadGateway"), Verdict::Accepted));
            let cut = Answer {
                status,
                body: Vec::new(),
                is_whole: false,
                retry_after: None,
                rate_limit_reset: None,
                date: None,
            };
            assert_eq!(read(&cut).verdict, Verdict::CutOff);
        }
    }

    #[test]
    fn each_refusal_has_its_class() {
        assert!(
            matches!(refused(401, "DirectApiAuthorizationRequired"), Verdict::Misconfigured(help) if help.contains("anyone"))
        );
        assert!(matches!(refused(404, "WorkflowNotFound"), Verdict::Misconfigured(help) if help.contains("gone")));
        assert!(
            matches!(refused(400, "WorkflowTriggerIsNotEnabled"), Verdict::Misconfigured(help) if help.contains("turn"))
        );
        assert!(matches!(refused(400, "TriggerInputSchemaMismatch"), Verdict::Content(_)));
        assert!(matches!(refused(413, "RequestEntityTooLarge"), Verdict::Content(_)));
        assert!(matches!(reading(403, "<html>").verdict, Verdict::Misconfigured(_)));
        assert!(matches!(reading(302, "").verdict, Verdict::Misconfigured(help) if help.contains("final address")));
        assert_eq!(refused(429, "WorkflowRunsThrottled"), Verdict::Busy(None));
        assert_eq!(reading(502, "<html>").verdict, Verdict::Busy(None));
        assert_eq!(
            super::read(&Answer {
                status: 429,
                body: Vec::new(),
                is_whole: true,
                retry_after: Some(Duration::from_secs(9)),
                rate_limit_reset: None,
                date: None
            })
            .verdict,
            Verdict::Busy(Some(Duration::from_secs(9)))
        );
    }

    #[test]
    fn a_connector_is_known_by_its_host_however_it_is_written() {
        let host = |name: &str| Host::Name(name.to_owned());
        assert!(is_connector(&host("contoso.webhook.office.com")) && is_connector(&host("Contoso.Webhook.Office.COM")));
        assert!(!is_connector(&host("prod-1.westeurope.logic.azure.com")));
    }
}
