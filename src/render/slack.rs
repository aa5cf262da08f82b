//! Slack's incoming webhooks: blocks.

use serde_json::{Value, json};

use super::chat::pieces::{Piece, emphasized, lines, linked, packed, units};
use super::chat::{ChatRow, Layout, Page, Vendor};
use super::columns::cut;
use super::digest::Tier;
use super::untrusted::{self, cap};

/// Of a header; the server refuses more.
const HEADER: usize = 150;
/// Of what a notification shows below the title.
const PREVIEW: usize = 300;
/// Of all text in one block; the server takes 3000.
const TEXT: usize = 2_900;
/// The server takes 50.
const BLOCKS: usize = 40;
/// Of all blocks as JSON. The limit is not documented; messages with a little more than 13000 were refused.
const WHOLE: usize = 12_000;

/// Text from certificates stands in elements that have no markup; only the fallback and the mentions do.
pub(super) struct Slack;

impl Vendor for Slack {
    fn escape(&self) -> fn(&str) -> String {
        untrusted::structured
    }

    fn ink_of_templates(&self) -> fn(&str) -> String {
        untrusted::structured_in_templates
    }

    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        let mut blocks = vec![
            json!({ "type": "header", "text": { "type": "plain_text", "text": cut(&page.title, HEADER), "emoji": false } }),
        ];
        let head = packed(lines(&page.head), TEXT);
        blocks.extend(head.iter().map(|text| rich_text(&elements(&emphasized(text)))));
        let mentions = mentions(&page.mentions);
        if !mentions.is_empty() {
            let text = json!({ "type": "mrkdwn", "text": mentions, "verbatim": true });
            blocks.push(json!({ "type": "section", "text": text }));
        }
        blocks.extend(rows(page));
        if !page.footer.is_empty() {
            blocks.push(json!({ "type": "divider" }));
            blocks.extend(packed(page.footer.iter().map(|line| ("\n", line.clone())), TEXT).into_iter().map(|text| {
                json!({ "type": "context", "elements": [{ "type": "plain_text", "text": text, "emoji": false }] })
            }));
        }
        let preview =
            page.head.first().and_then(|text| text.lines().next()).map(|text| cap(&text.replace("**", ""), PREVIEW));
        let preview: Vec<String> = [page.title.clone()].into_iter().chain(preview).collect();
        let payload = json!({
            "text": escaped(&preview.join("\n")),
            "mrkdwn": false,
            "blocks": blocks,
            "unfurl_links": false,
            "unfurl_media": false,
        });
        (payload, Some(plain(page, &mentions)))
    }

    fn fits(&self, payload: &Value) -> bool {
        let Some(blocks) = payload["blocks"].as_array() else {
            return payload["text"].as_str().is_some_and(|text| units(text) <= WHOLE);
        };
        let is_small = |block: &Value| text_units(block) <= TEXT;
        blocks.len() <= BLOCKS && blocks.iter().all(is_small) && units(&payload["blocks"].to_string()) <= WHOLE
    }
}

/// All text that is shown of it.
fn text_units(value: &Value) -> usize {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(key, member)| match member {
                Value::String(text) if key == "text" => units(text),
                other => text_units(other),
            })
            .sum(),
        Value::Array(items) => items.iter().map(text_units).sum(),
        _ => 0,
    }
}

fn rows(page: &Page) -> Vec<Value> {
    match page.layout {
        Layout::Rich => page.rows.iter().map(|row| rich_text(&paragraph(row))).collect(),
        Layout::Medium => {
            let mut blocks: Vec<Vec<Value>> = Vec::new();
            for row in &page.rows {
                let added = [vec![words("\n")], lines_of(row)].concat();
                let size = |elements: &[Value]| elements.iter().map(text_units).sum::<usize>();
                match blocks.last_mut() {
                    Some(block) if size(block) + size(&added) <= TEXT => block.extend(added),
                    _ => blocks.push(added[1..].to_vec()),
                }
            }
            blocks.iter().map(|block| rich_text(block)).collect()
        }
        Layout::Dense => {
            let row = |row: &ChatRow| ("\n", format!("{} {} {}", row.left_short, row.label, row.date));
            packed(page.rows.iter().map(row), TEXT).iter().map(|text| rich_text(&[words(text)])).collect()
        }
    }
}

fn paragraph(row: &ChatRow) -> Vec<Value> {
    let lines = row.lines.join("\n");
    [heading(row), vec![words("\n")], elements(&linked(&lines))].concat()
}

fn lines_of(row: &ChatRow) -> Vec<Value> {
    [heading(row), vec![words(&format!("\n{}", row.facts()))]].concat()
}

/// Number and name, and how long it is good for: in bold letters where that is not for long.
fn heading(row: &ChatRow) -> Vec<Value> {
    let left = format!(" {}", row.left);
    let left = match row.tier {
        Tier::Expired | Tier::Within7 | Tier::Urgent => strong(&left),
        Tier::Within30 | Tier::Later | Tier::Calm => words(&left),
    };
    vec![strong(&format!("{}. {}", row.number, row.label)), left]
}

fn rich_text(elements: &[Value]) -> Value {
    json!({ "type": "rich_text", "elements": [{ "type": "rich_text_section", "elements": elements }] })
}

fn words(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

fn strong(text: &str) -> Value {
    json!({ "type": "text", "text": text, "style": { "bold": true } })
}

fn elements(pieces: &[Piece<'_>]) -> Vec<Value> {
    let element = |piece: &Piece<'_>| match *piece {
        Piece::Words(text) => words(text),
        Piece::Strong(text) => strong(text),
        Piece::Page(page) => json!({ "type": "link", "url": page, "text": page }),
    };
    pieces.iter().map(element).collect()
}

/// As many people as one section holds, in the only markup that a message has.
fn mentions(mentions: &[String]) -> String {
    let mut text = String::new();
    for mention in mentions {
        let mark = match mention.as_str() {
            "all" | "channel" => "<!channel>".to_owned(),
            "here" => "<!here>".to_owned(),
            group if group.starts_with('S') => format!("<!subteam^{group}>"),
            user if user.starts_with(['U', 'W']) => format!("<@{user}>"),
            _ => continue,
        };
        if !text.contains(&mark) && units(&text) + 1 + mark.len() <= TEXT {
            text = if text.is_empty() { mark } else { format!("{text} {mark}") };
        }
    }
    text
}

/// The three characters by which all markup begins.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The same without blocks, for a server that refuses or does not know them.
fn plain(page: &Page, mentions: &str) -> Value {
    let rows = page.rows.iter().map(|row| {
        let first = format!("{}. {} {}", row.number, row.label, row.left);
        match page.layout {
            Layout::Rich => [first].into_iter().chain(row.lines.iter().cloned()).collect::<Vec<_>>().join("\n"),
            Layout::Medium => format!("{first}\n{}", row.facts()),
            Layout::Dense => format!("{} {} {}", row.left_short, row.label, row.date),
        }
    });
    let between = if page.layout == Layout::Dense { "\n" } else { "\n\n" };
    let parts = [
        page.title.clone(),
        page.head.join("\n").replace("**", ""),
        rows.collect::<Vec<_>>().join(between),
        page.footer.join("\n"),
    ];
    let text = parts.into_iter().filter(|part| !part.is_empty()).map(|part| escaped(&part));
    let text: Vec<String> = text.chain((!mentions.is_empty()).then(|| mentions.to_owned())).collect();
    json!({ "text": text.join("\n\n"), "mrkdwn": false, "unfurl_links": false, "unfurl_media": false })
}
