//! DingTalk robots: markdown.

use serde_json::{Value, json};

use super::chat::{ChatRow, Layout, Page, Vendor, is_mobile};
use super::digest::Tier;
use super::untrusted;

/// Of the whole body in bytes; the server refuses 20000.
const BUDGET: usize = 18_000;

/// Ends a line inside a paragraph.
const BREAK: &str = "  \n";

pub(super) struct DingTalk;

impl Vendor for DingTalk {
    fn escape(&self) -> fn(&str) -> String {
        untrusted::dingtalk
    }

    fn line_break(&self) -> &'static str {
        BREAK
    }

    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        let mut parts = vec![format!("### {}", page.heading)];
        parts.extend(page.head.iter().cloned());
        let rows = page.rows.iter().map(|row| self::row(row, page.layout));
        match page.layout {
            Layout::Dense if !page.rows.is_empty() => parts.push(rows.collect::<Vec<_>>().join(BREAK)),
            _ => parts.extend(rows),
        }
        if !page.footer.is_empty() {
            let quoted: Vec<String> = page.footer.iter().map(|line| format!("> {line}")).collect();
            parts.push(quoted.join(BREAK));
        }
        // An identifier fires only where the text has it too.
        let (everybody, named): (Vec<&String>, Vec<&String>) =
            page.mentions.iter().partition(|mention| *mention == "all");
        let (mobiles, users): (Vec<&String>, Vec<&String>) = named.iter().partition(|mention| is_mobile(mention));
        if !named.is_empty() {
            parts.push(named.iter().map(|mention| format!("@{mention}")).collect::<Vec<_>>().join(" "));
        }
        let payload = json!({
            "msgtype": "markdown",
            "markdown": { "title": page.title, "text": parts.join("\n\n") },
            "at": { "atMobiles": mobiles, "atUserIds": users, "isAtAll": !everybody.is_empty() },
        });
        (payload, None)
    }

    fn fits(&self, payload: &Value) -> bool {
        payload.to_string().len() <= BUDGET
    }
}

fn row(row: &ChatRow, layout: Layout) -> String {
    let ChatRow { number, label, left, left_short, date, .. } = row;
    let colored = |text: &str| match row.tier {
        Tier::Expired | Tier::Within7 | Tier::Urgent => format!("<font color=\"#D93026\">{text}</font>"),
        Tier::Within30 | Tier::Later | Tier::Calm => text.to_owned(),
    };
    match layout {
        Layout::Rich => [format!("**{number}.** **{label}** {}", colored(left))]
            .into_iter()
            .chain(row.lines.iter().cloned())
            .collect::<Vec<_>>()
            .join(BREAK),
        Layout::Medium => {
            format!("**{number}.** {label} {}{BREAK}{}", colored(left), row.facts())
        }
        Layout::Dense => format!("{left_short} {label} {date}"),
    }
}
