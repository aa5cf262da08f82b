//! Lark and Feishu robots: a card.

use serde_json::{Value, json};

use super::chat::{ChatRow, Layout, Page, Vendor};
use super::digest::Tier;
use super::untrusted;
use super::wording::{self, Label};

/// Of the whole body in bytes, without the timestamp and the signature that delivery adds; the server takes 20 KB.
const BUDGET: usize = 17_800;

/// Everything from certificates stands in plain text, so nothing of it needs an escape: a card has markup only in the
/// words of certnotify.
pub(super) struct Lark;

impl Vendor for Lark {
    fn escape(&self) -> fn(&str) -> String {
        |text| text.replace("://", "：//")
    }

    fn ink_of_templates(&self) -> fn(&str) -> String {
        untrusted::substituted
    }

    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        (card(page), Some(post(page)))
    }

    fn fits(&self, payload: &Value) -> bool {
        payload.to_string().len() <= BUDGET
    }
}

fn plain(text: &str) -> Value {
    json!({ "tag": "plain_text", "content": text })
}

fn card(page: &Page) -> Value {
    let template = match page.tier {
        Some(Tier::Expired) => "red",
        Some(Tier::Within7 | Tier::Urgent) => "orange",
        _ => "blue",
    };
    let mut head = page.head.clone();
    if !page.mentions.is_empty() {
        head.push(page.mentions.iter().map(|mention| format!("<at id={mention}></at>")).collect::<Vec<_>>().join(" "));
    }
    let mut elements = Vec::new();
    if !head.is_empty() {
        elements.push(json!({ "tag": "div", "text": { "tag": "lark_md", "content": head.join("\n") } }));
    }
    match page.layout {
        _ if page.rows.is_empty() => {}
        Layout::Rich => elements.extend(page.rows.iter().map(paragraph)),
        Layout::Medium | Layout::Dense => elements.push(table(page)),
    }
    if !page.footer.is_empty() {
        elements.push(json!({ "tag": "hr" }));
        elements.push(json!({ "tag": "note", "elements": [plain(&page.footer.join("\n"))] }));
    }
    json!({
        "msg_type": "interactive",
        "card": {
            "config": { "wide_screen_mode": true },
            "header": { "template": template, "title": plain(&page.title) },
            "elements": elements,
        },
    })
}

fn paragraph(row: &ChatRow) -> Value {
    let color = match row.tier {
        Tier::Expired => "red",
        Tier::Within7 | Tier::Urgent => "orange",
        Tier::Within30 | Tier::Later | Tier::Calm => "grey",
    };
    json!({ "tag": "div", "fields": [
        { "is_short": true, "text": plain(&format!("{}. {}", row.number, row.label)) },
        { "is_short": true, "text": {
            "tag": "lark_md", "content": format!("<font color='{color}'>**{}**</font>", row.status_label) } },
        { "is_short": false, "text": plain(&row.lines.join("\n")) },
    ] })
}

fn table(page: &Page) -> Value {
    let words = wording::of(page.language);
    let column = |name: &str, label: Label, width: &str| json!({ "name": name, "display_name": words.label(label), "data_type": "text", "width": width });
    let mut columns = vec![
        column("l", Label::Left, "80px"),
        column("n", Label::Certificate, "auto"),
        column("e", Label::Expires, "auto"),
    ];
    if page.layout == Layout::Medium {
        columns.extend([column("s", Label::Seen, "auto"), column("i", Label::Issuer, "auto")]);
    }
    let rows: Vec<Value> = page
        .rows
        .iter()
        .map(|row| match page.layout {
            Layout::Medium => {
                json!({ "l": row.left_short, "n": row.label, "e": row.date, "s": row.place, "i": row.issuer })
            }
            _ => json!({ "l": row.left_short, "n": row.label, "e": row.date }),
        })
        .collect();
    json!({ "tag": "table", "page_size": 10, "row_height": "low", "columns": columns, "rows": rows })
}

/// The same in plain text, for a server or a client that does not know tables.
fn post(page: &Page) -> Value {
    let text = |text: String| json!([{ "tag": "text", "text": text }]);
    let mut paragraphs: Vec<Value> = page.head.iter().map(|line| text(line.replace("**", ""))).collect();
    let rows = page.rows.iter().map(|row| {
        let first = format!("{}. {} {}", row.number, row.label, row.left_short);
        match page.layout {
            Layout::Rich => [first].into_iter().chain(row.lines.iter().cloned()).collect::<Vec<_>>().join("\n"),
            Layout::Medium => format!("{first} {}", row.facts()),
            Layout::Dense => format!("{} {} {}", row.left_short, row.label, row.date),
        }
    });
    match page.layout {
        _ if page.rows.is_empty() => {}
        Layout::Rich => paragraphs.extend(rows.map(text)),
        Layout::Medium | Layout::Dense => paragraphs.push(text(rows.collect::<Vec<_>>().join("\n"))),
    }
    if !page.footer.is_empty() {
        paragraphs.push(text(page.footer.join("\n")));
    }
    if !page.mentions.is_empty() {
        let mentions = page.mentions.iter().map(|mention| json!({ "tag": "at", "user_id": mention }));
        paragraphs.push(Value::Array(mentions.collect()));
    }
    let language = match page.language.tag() {
        "en" => "en_us".to_owned(),
        tag => tag.to_lowercase().replace('-', "_"),
    };
    json!({ "msg_type": "post", "content": { "post": { language: { "title": page.title, "content": paragraphs } } } })
}
