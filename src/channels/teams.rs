//! Microsoft Teams, by a workflow of Power Automate.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::exchange::Protocol;
use super::page::{ChatRow, Layout, Page, PageFormat, Tier};
use super::pieces::{Piece, emphasized, linked};
use super::spec::SECOND;
use super::table::{CA_FILE, PROXY, WEBHOOK};
use super::verdict::{self, Answer, Interpretation, Verdict, setup};
use super::{Form, Objection, Spec, Table};
use crate::address::Url;
use crate::text::untrusted::{structured, structured_in_templates};

pub(super) static SPEC: Spec =
    Spec { table: Some(TABLE), protocol: Some(&Teams), limits: &[(1, SECOND)], ..Spec::new(Form::Page(&Teams)) };

const TABLE: Table = Table {
    refused_addresses: &[
        (
            is_connector,
            Objection {
                en: "this is the address of an Office 365 connector, and Teams takes no messages by these any more",
                zh_cn: "属于 Office 365 连接器，Teams 已不再通过它接收消息",
                ja: "Office 365 コネクタのもので、Teams では使えなくなりました",
                help: "make a workflow in the channel, \u{201c}send webhook alerts to a channel\u{201d}, and copy its \
                       address",
            },
        ),
        (
            is_unsigned,
            Objection {
                en: "this address has no signature (`sig=\u{2026}`): certnotify may not start the workflow",
                zh_cn: "没有签名参数 sig，certnotify 无权启动工作流",
                ja: "署名のパラメーター sig を含まないため、certnotify はワークフローを開始できません",
                help: "let anyone trigger the workflow, and copy its whole address again",
            },
        ),
    ],
    ..Table::new(&[WEBHOOK, CA_FILE, PROXY])
};

fn is_connector(address: &Url<'_>) -> bool {
    address.host.to_ascii_lowercase().ends_with(".webhook.office.com")
}

/// Teams takes messages by a workflow; who knows its signature may start it.
fn is_unsigned(address: &Url<'_>) -> bool {
    let host = address.host.to_ascii_lowercase();
    let is_workflow = host.ends_with(".logic.azure.com") || host.ends_with(".api.powerplatform.com");
    is_workflow && !address.has_parameter("sig=")
}

struct Teams;

impl Protocol for Teams {
    fn read(&self, answer: &Answer, _now: OffsetDateTime) -> Interpretation {
        read(answer)
    }
}

fn read(answer: &Answer) -> Interpretation {
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
        (_, "") if !matches!(answer.status, 400..=499) => return Interpretation::from_status(answer, ANOTHER_ADDRESS),
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

/// Of the whole body in bytes. Teams writes a fifth more around it, and then takes 28 KB.
const BUDGET: usize = 20_000;

/// Every text is a run of a rich text block, which has no markup at all.
impl PageFormat for Teams {
    fn escape(&self) -> fn(&str) -> String {
        // Two braces begin a date that the client would write in its own way.
        |text| structured(text).replace("{{", "｛｛")
    }

    fn ink_of_templates(&self) -> fn(&str) -> String {
        |text| structured_in_templates(text).replace("{{", "｛｛")
    }

    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        let color = page.tier.map_or("Default", color);
        let title =
            json!({ "type": "TextRun", "text": page.title, "size": "Large", "weight": "Bolder", "color": color });
        let mut body = vec![block(&[title])];
        body.extend(page.head.iter().map(|line| block(&runs(&emphasized(line)))));
        body.extend(rows(page));
        if !page.footer.is_empty() {
            let footer =
                json!({ "type": "TextRun", "text": page.footer.join("\n"), "size": "Small", "isSubtle": true });
            body.push(below_a_line(block(&[footer])));
        }
        let card = json!({
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "fallbackText": page.title,
            "body": body,
            "msteams": { "width": "Full" },
        });
        let attachment = json!({
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": card,
        });
        (json!({ "type": "message", "attachments": [attachment] }), None)
    }

    fn fits(&self, payload: &Value) -> bool {
        payload.to_string().len() <= BUDGET
    }
}

fn color(tier: Tier) -> &'static str {
    match tier {
        Tier::Expired => "Attention",
        Tier::Within7 | Tier::Urgent => "Warning",
        Tier::Within30 | Tier::Later | Tier::Calm => "Default",
    }
}

fn rows(page: &Page) -> Vec<Value> {
    match page.layout {
        Layout::Rich => page.rows.iter().flat_map(paragraph).collect(),
        Layout::Medium => {
            let facts = |row: &ChatRow| close(block(&[run(&row.facts())]));
            page.rows.iter().flat_map(|row| [heading(row), facts(row)]).collect()
        }
        Layout::Dense if page.rows.is_empty() => Vec::new(),
        Layout::Dense => {
            let lines = page.rows.iter().map(|row| format!("{} {} {}", row.left_short, row.label, row.date));
            vec![block(&[run(&lines.collect::<Vec<_>>().join("\n"))])]
        }
    }
}

fn paragraph(row: &ChatRow) -> Vec<Value> {
    let mut blocks = vec![below_a_line(heading(row))];
    // A line with a link is a block of its own: some clients leave out a line break at the end of a run.
    let mut lines: Vec<&str> = Vec::new();
    let flush = |lines: &mut Vec<&str>, blocks: &mut Vec<Value>| {
        if !lines.is_empty() {
            blocks.push(close(block(&[run(&lines.join("\n"))])));
            lines.clear();
        }
    };
    for line in &row.lines {
        let pieces = linked(line);
        if pieces.iter().any(|piece| matches!(piece, Piece::Page(_))) {
            flush(&mut lines, &mut blocks);
            blocks.push(close(block(&runs(&pieces))));
        } else {
            lines.push(line);
        }
    }
    flush(&mut lines, &mut blocks);
    blocks
}

fn heading(row: &ChatRow) -> Value {
    let name = json!({ "type": "TextRun", "text": format!("{}. {}", row.number, row.label), "weight": "Bolder" });
    let left = json!({ "type": "TextRun", "text": format!(" {}", row.left), "color": color(row.tier) });
    block(&[name, left])
}

fn block(inlines: &[Value]) -> Value {
    json!({ "type": "RichTextBlock", "inlines": inlines })
}

/// Right below the block before.
fn close(mut block: Value) -> Value {
    block["spacing"] = Value::from("None");
    block
}

fn below_a_line(mut block: Value) -> Value {
    block["separator"] = Value::from(true);
    block
}

fn run(text: &str) -> Value {
    json!({ "type": "TextRun", "text": text })
}

fn runs(pieces: &[Piece<'_>]) -> Vec<Value> {
    let run = |piece: &Piece<'_>| match *piece {
        Piece::Words(text) => run(text),
        Piece::Strong(text) => json!({ "type": "TextRun", "text": text, "weight": "Bolder" }),
        Piece::Page(page) => {
            json!({ "type": "TextRun", "text": page, "selectAction": { "type": "Action.OpenUrl", "url": page } })
        }
    };
    pieces.iter().map(run).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn reading(status: u16, body: &str) -> Interpretation {
        read(&Answer::whole(status, body))
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
        let refused = |host| TABLE.objection(&Url::split(&format!("https://{host}/?sig=x"))).is_some();
        assert!(refused("contoso.webhook.office.com") && refused("Contoso.Webhook.Office.COM"));
        assert!(!refused("prod-1.westeurope.logic.azure.com"));
    }
}
