//! For programs: JSON messages with their totals and a row of facts for each certificate, described by
//! `examples/webhook.schema.json`.

mod facts;
mod row;

pub(super) use facts::{Extent, own, utc};
pub(super) use row::facts;

use std::ops::Range;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::batch_input::BatchInput;
use super::digest::totals;
use super::formatter::Formatter;
use super::occurrence_row::due;
use super::wording::{Phrase, Sentence};
use super::{Body, Message};
use crate::policy::Channel;

/// Of the payload's form: a field may be added without another version, nothing else may change.
const VERSION: u8 = 1;
/// What Standard Webhooks advises for one message, in bytes.
const USUAL_SIZE: usize = 20_000;
/// What receivers take that set no limit of their own; where there are many rows.
const LARGEST_SIZE: usize = 90_000;
const MOST_MESSAGES: usize = 3;
/// More rows than so many messages hold.
const MOST_ROWS: usize = 400;

/// A batch for a program.
struct JsonBatch<'a> {
    input: &'a BatchInput<'a>,
    formatter: Formatter<'a>,
}

/// Which part of a batch a message is.
struct Part {
    range: Range<usize>,
    page: usize,
    pages: usize,
    truncated: usize,
}

/// A webhook takes at most three messages of a size that every receiver takes: what they do not name stays due. A
/// program reads all in one.
pub(super) fn messages(input: &BatchInput<'_>) -> Vec<Message> {
    JsonBatch { input, formatter: input.formatter.in_chat(str::to_owned) }.messages()
}

impl JsonBatch<'_> {
    fn messages(&self) -> Vec<Message> {
        let BatchInput { batch, items, .. } = self.input;
        if batch.channel == Channel::Command {
            let all = 0..items.len();
            let rows = self.rows(all.clone(), Extent::WHOLE);
            return vec![self.message(&rows, &Part { range: all, page: 1, pages: 1, truncated: 0 })];
        }
        let most = 0..items.len().min(MOST_ROWS);
        let mut rows = self.rows(most.clone(), Extent::WHOLE);
        let mut ranges = self.split(&rows, USUAL_SIZE);
        let named = |ranges: &[Range<usize>]| ranges.last().map_or(0, |range| range.end);
        if named(&ranges) < items.len() {
            rows = self.rows(most, Extent::SHORT);
            // Of two that name as many, the smaller pages.
            let sizes = [LARGEST_SIZE, USUAL_SIZE].map(|size| self.split(&rows, size));
            ranges = sizes.into_iter().max_by_key(|ranges| named(ranges)).unwrap_or_default();
        }
        let (pages, truncated) = (ranges.len(), items.len() - named(&ranges));
        let parts = ranges.into_iter().zip(1..);
        parts.map(|(range, page)| self.message(&rows, &Part { range, page, pages, truncated })).collect()
    }

    fn rows(&self, range: Range<usize>, extent: Extent) -> Vec<Value> {
        self.input.items[range].iter().map(|item| facts(item, extent, &self.formatter)).collect()
    }

    /// As many rows on each page as it holds, and one in any case.
    fn split(&self, rows: &[Value], limit: usize) -> Vec<Range<usize>> {
        let most = Part { range: 0..0, page: MOST_MESSAGES, pages: MOST_MESSAGES, truncated: self.input.items.len() };
        let frame = self.payload(&[], &most, &"0".repeat(32), true).to_string().len();
        let mut ranges: Vec<Range<usize>> = Vec::new();
        let (mut start, mut size) = (0, frame);
        for (at, row) in rows.iter().enumerate() {
            let length = row.to_string().len() + ",".len();
            if at > start && size + length > limit {
                ranges.push(start..at);
                (start, size) = (at, frame);
                if ranges.len() == MOST_MESSAGES {
                    return ranges;
                }
            }
            size += length;
        }
        ranges.push(start..rows.len());
        ranges
    }

    fn message(&self, rows: &[Value], part: &Part) -> Message {
        let on_page = self.input.of(&self.input.items[part.range.clone()]);
        let id = on_page.id();
        let payload = self.payload(&rows[part.range.clone()], part, &id, on_page.is_repeat(&id));
        let text = text(&payload);
        on_page.message(id, Body::alone(payload), text)
    }

    fn payload(&self, rows: &[Value], part: &Part, id: &str, is_repeat: bool) -> Value {
        let (formatter, items) = (&self.formatter, self.input.items);
        let (reminded, now) = (due(items), formatter.clock.now);
        let [expired, within_7_days, within_30_days, later] = totals(&reminded, now);
        let repeat = is_repeat.then(|| formatter.words.phrase(Phrase::MayBeARepeat).to_owned());
        let summary = [formatter.totals(items, "")].into_iter().chain(repeat);
        let mut data = frame(&self.formatter);
        let rest = json!({
            "id": id,
            "title": formatter.title(items, false),
            "summary": formatter.words.sentences(&summary.collect::<Vec<_>>()),
            "page": part.page,
            "pages": part.pages,
            "may_be_a_repeat": is_repeat,
            "totals": {
                "due": reminded.len(), "expired": expired, "within_7_days": within_7_days,
                "within_30_days": within_30_days, "later": later, "only_news": items.len() - reminded.len(),
            },
            "need_nothing": self.formatter.render_input.need_nothing,
            "not_seen": self.formatter.render_input.not_seen,
            "truncated": part.truncated,
            "items": rows,
        });
        merge(&mut data, rest);
        let kind = if reminded.is_empty() { "certificate.news" } else { "certificate.reminders" };
        envelope(kind, &data, now)
    }
}

pub(super) fn test_body(channel: Channel, formatter: &Formatter<'_>) -> Value {
    let words = formatter.words;
    let mut data = frame(formatter);
    let summary = words.say(Sentence::Test {
        contact: &own(formatter.contact.as_str(), super::untrusted::NAME),
        channel: channel.as_str(),
    });
    merge(&mut data, json!({ "title": words.phrase(Phrase::TestTitle), "summary": summary }));
    envelope("certnotify.test", &data, formatter.clock.now)
}

/// The words of a payload: what it is about, and a line for each certificate.
pub(super) fn text(payload: &Value) -> String {
    let data = &payload["data"];
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let row = |item: &Value| match item["left"].as_str() {
        Some(left) => format!("{}: {left}", word(&item["label"])),
        None => word(&item["label"]),
    };
    let rows: Vec<String> = data["items"].as_array().into_iter().flatten().map(row).collect();
    let parts = [word(&data["title"]), word(&data["summary"]), rows.join("\n")];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// Who speaks, and to whom.
fn frame(formatter: &Formatter<'_>) -> Value {
    json!({
        "certnotify": env!("CARGO_PKG_VERSION"),
        "contact": own(formatter.contact.as_str(), super::untrusted::NAME),
        "language": formatter.language.tag(),
        "machine": own(formatter.render_input.machine, 256),
        "policy_file": own(&formatter.render_input.policies.file.display().to_string(), 1024),
    })
}

fn merge(data: &mut Value, rest: Value) {
    if let (Value::Object(data), Value::Object(rest)) = (data, rest) {
        data.extend(rest);
    }
}

fn envelope(kind: &str, data: &Value, now: OffsetDateTime) -> Value {
    json!({ "type": kind, "version": VERSION, "timestamp": utc(now), "data": data })
}
