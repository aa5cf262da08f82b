//! WeCom's group robots.

use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::exchange::Protocol;
use super::mention::OF_A_ROBOT;
use super::page::{ChatRow, Layout, Page, PageFormat, Tier, is_mobile};
use super::spec::MINUTE;
use super::table::{CA_FILE, KEYWORD, MENTION_WITHIN, PROXY, WEBHOOK};
use super::verdict::{self, Answer, Interpretation, Verdict, unprocessable};
use super::{Form, Hosts, Role, Spec, Table, TableKey};
use crate::text::columns::cut;
use crate::text::untrusted::{is_dns_shaped, substituted};

pub(super) static SPEC: Spec = Spec {
    synonyms: &["wechat", "wechat-work", "weixin", "wework", "企业微信"],
    table: Some(TABLE),
    protocol: Some(&WeCom),
    limits: &[(17, MINUTE)],
    ..Spec::new(Form::Page(&WeCom))
};

const TABLE: Table = Table {
    hosts: Some(Hosts { names: &["qyapi.weixin.qq.com"], path: "/cgi-bin/webhook/send", parameter: "key=" }),
    ..Table::new(&[
        WEBHOOK,
        TableKey::optional(
            "secret",
            Role::Refused("WeCom robots sign nothing", "take `secret` out: the webhook is the whole key"),
            "Not here: WeCom robots sign nothing.",
        ),
        KEYWORD,
        OF_A_ROBOT,
        MENTION_WITHIN,
        CA_FILE,
        PROXY,
    ])
};

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
        _ if message.contains("Warning: wrong json format") => unprocessable!("the robot"),
        0 => verdict::accepted(answer),
        -1 | 6_000 => Verdict::Busy(None),
        45_009 => Verdict::Throttled(Duration::from_secs(65)),
        45_033 => Verdict::Busy(Some(Duration::from_secs(5))),
        93_000 if !is_too_long => Verdict::Misconfigured(
            "no robot has this key, or it was removed from its group: copy the webhook address again".to_owned(),
        ),
        40_008 | 40_033 | 40_035 | 40_058 | 40_063..=40_069 | 44_004 | 82_004 | 93_000 => unprocessable!("the robot"),
        _ => Verdict::Misconfigured("see the vendor's list of error codes".to_owned()),
    };
    Interpretation::new(answer, verdict, code, &message)
}

/// Of the content in bytes; the server refuses more than 4096.
const BUDGET: usize = 3_900;
/// Identifiers beyond these bytes are mentioned in a message of their own.
const MENTIONS: usize = 600;

impl PageFormat for WeCom {
    fn escape(&self) -> fn(&str) -> String {
        escape
    }

    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        let mut parts = vec![format!("### {}", page.heading)];
        parts.extend(page.head.iter().cloned());
        let rows = page.rows.iter().map(|row| self::row(row, page.layout));
        match page.layout {
            Layout::Dense if !page.rows.is_empty() => parts.push(rows.collect::<Vec<_>>().join("\n")),
            _ => parts.extend(rows),
        }
        if !page.footer.is_empty() {
            let quoted: Vec<String> = page.footer.iter().map(|line| format!("> {line}")).collect();
            parts.push(quoted.join("\n"));
        }
        if !page.mentions.is_empty() && !needs_summons(&page.mentions) {
            parts.push(page.mentions.iter().map(|mention| format!("<@{mention}>")).collect::<Vec<_>>().join(" "));
        }
        (json!({ "msgtype": "markdown", "markdown": { "content": parts.join("\n\n") } }), None)
    }

    fn fits(&self, payload: &Value) -> bool {
        payload["markdown"]["content"].as_str().is_some_and(|content| content.len() <= BUDGET)
    }

    fn mention_message(&self, title: &str, mentions: &[String]) -> Option<Value> {
        if !needs_summons(mentions) {
            return None;
        }
        let as_written = |mention: &String| if mention == "all" { "@all".to_owned() } else { mention.clone() };
        let (mobiles, users): (Vec<&String>, Vec<&String>) = mentions.iter().partition(|mention| is_mobile(mention));
        let users: Vec<String> = users.into_iter().map(as_written).collect();
        Some(json!({
            "msgtype": "text",
            "text": { "content": cut(title, 96), "mentioned_list": users, "mentioned_mobile_list": mobiles },
        }))
    }
}

/// Markdown mentions user identifiers only.
fn needs_summons(mentions: &[String]) -> bool {
    mentions.iter().any(|mention| mention == "all" || is_mobile(mention))
        || mentions.iter().map(|mention| mention.len() + 4).sum::<usize>() > MENTIONS
}

fn row(row: &ChatRow, layout: Layout) -> String {
    let ChatRow { number, label, left, left_short, date, .. } = row;
    let colored = |text: &str| match row.tier {
        Tier::Expired | Tier::Within7 | Tier::Urgent => format!("<font color=\"warning\">{text}</font>"),
        Tier::Within30 | Tier::Later | Tier::Calm => text.to_owned(),
    };
    match layout {
        Layout::Rich => [format!("**{number}.** {label} {}", colored(left))]
            .into_iter()
            .chain(row.lines.iter().cloned())
            .collect::<Vec<_>>()
            .join("\n"),
        Layout::Medium => format!("**{number}.** {label} {}\n{}", colored(left), row.facts()),
        Layout::Dense => format!("{left_short} {label} {date}"),
    }
}

/// Clean text for WeCom's markdown: it has no escapes, so what could mention, link or draw is replaced; names of hosts are code.
fn escape(text: &str) -> String {
    if is_dns_shaped(text) && text.contains('.') { format!("`{text}`") } else { substituted(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, body: &str) -> Verdict {
        read(&Answer::whole(status, body)).verdict
    }

    #[test]
    fn only_the_code_zero_with_a_good_status_is_success() {
        assert_eq!(said(200, r#"{"errcode":0,"errmsg":"ok"}"#), Verdict::Accepted);
        assert_eq!(said(200, "\u{feff}{\"errcode\":0}"), Verdict::Accepted);
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
            assert_eq!(class(code, "markdown.content exceed max length 4096"), unprocessable!("the robot"), "{code}");
        }
        assert_eq!(class(93_000, "content exceed max length"), unprocessable!("the robot"));
        assert_eq!(class(0, "ok. Warning: wrong json format. "), unprocessable!("the robot"));
    }

    #[test]
    fn hosts_stay_readable_and_markup_does_not() {
        assert_eq!(escape("*.example.com"), "`*.example.com`");
        assert_eq!(escape("<@all>`x`"), "＜＠all＞ˋxˋ");
    }
}
