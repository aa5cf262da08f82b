//! Microsoft Teams by a workflow: an adaptive card.

use serde_json::{Value, json};

use super::chat::pieces::{Piece, emphasized, linked};
use super::chat::{ChatRow, Layout, Page, Vendor};
use super::digest::Tier;
use super::untrusted;

/// Of the whole body in bytes. Teams writes a fifth more around it, and then takes 28 KB.
const BUDGET: usize = 20_000;

/// Every text is a run of a rich text block, which has no markup at all.
pub(super) struct Teams;

impl Vendor for Teams {
    fn escape(&self) -> fn(&str) -> String {
        // Two braces begin a date that the client would write in its own way.
        |text| untrusted::structured(text).replace("{{", "｛｛")
    }

    fn ink_of_templates(&self) -> fn(&str) -> String {
        |text| untrusted::structured_in_templates(text).replace("{{", "｛｛")
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
