//! WeCom robots: markdown.

use serde_json::{Value, json};

use super::chat::{ChatRow, Layout, Page, Vendor, is_mobile};
use super::columns::cut;
use super::digest::Tier;
use super::untrusted;

/// Of the content in bytes; the server refuses more than 4096.
const BUDGET: usize = 3_900;
/// Identifiers beyond these bytes are mentioned in a message of their own.
const MENTIONS: usize = 600;

pub(super) struct WeCom;

impl Vendor for WeCom {
    fn escape(&self) -> fn(&str) -> String {
        untrusted::wecom
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
