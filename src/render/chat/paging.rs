//! Which rows stand in which message: as many as the vendor takes, and the rest for the next run.

use std::ops::Range;

use serde_json::Value;

use super::{CalledBy, ChatBatch, MOST_LISTED, bare_row, columns};
use crate::channels::{ChatRow, Layout, Page, PageFormat, plain};
use crate::event::Detail;
use crate::render::batch_input::BatchInput;
use crate::render::formatter::Formatter;
use crate::render::templates::{Complaint, Dress, PageInfo};
use crate::render::wording::{Phrase, Sentence};
use crate::render::{Body, Message, identifier};
use crate::schedule::Batch;

/// Messages of one batch: a room is for people, and a robot has a rate.
const MOST_MESSAGES: usize = 3;

/// The rows of a room in one layout, to be cut into pages.
struct Draft<'a> {
    batch: &'a ChatBatch<'a>,
    vendor: &'a dyn PageFormat,
    layout: Layout,
    rows: Vec<ChatRow>,
    footer: Vec<String>,
    apply_template: Option<Dress<'a>>,
    head: Head,
}

/// What every page begins with, and the first one tells of all rows.
#[derive(Clone)]
struct Head {
    title: String,
    heading: String,
    /// Of the other pages.
    later: String,
    totals: String,
}

impl Head {
    fn new(batch: &ChatBatch<'_>, vendor: &dyn PageFormat) -> Self {
        let (items, formatter) = (batch.input.items, batch.input.formatter.in_chat(vendor.escape()));
        let totals = [formatter.totals(items, "**")].into_iter().chain(formatter.files(items));
        let totals = formatter.words.sentences(&totals.collect::<Vec<_>>());
        Self {
            title: batch.title(),
            heading: batch.title_in(vendor.escape(), true),
            later: batch.title_in(vendor.escape(), false),
            totals,
        }
    }
}

/// What a page shows.
struct View<'v> {
    range: Range<usize>,
    number: usize,
    of: usize,
    /// It ends with what people are told once.
    is_last: bool,
    more: usize,
    is_repeat: bool,
    mentions: &'v [String],
}

/// One message in its vendor's form, in plainer ones, and without any.
struct Written {
    payload: Value,
    plainer: Vec<Value>,
    text: String,
}

/// The messages of a room: the first rows of its batch are named, all are counted.
pub(in crate::render) fn pages(batch: &ChatBatch<'_>, vendor: &dyn PageFormat) -> Vec<Message> {
    let items = batch.input.items;
    let everybody = batch.mentions(items);
    let head = Head::new(batch, vendor);
    let most_pages = MOST_MESSAGES - usize::from(vendor.mention_message(&head.title, &everybody).is_some());
    let by_count = match items.len() {
        0..=15 => Layout::Rich,
        16..=60 => Layout::Medium,
        _ => Layout::Dense,
    };
    let has_lists = batch.input.batch.occurrences.iter().any(|it| matches!(it.detail, Detail::Digest { .. }));
    let shorter = [6, 3, 1].map(|listed| (Layout::Rich, true, listed)).into_iter().filter(|_| has_lists);
    // Names as long as they may be can be too much for a rich row, and once more for what people are told once.
    let variants = [(Layout::Medium, true), (Layout::Dense, true), (Layout::Dense, false)];
    let variants = variants.map(|(layout, has_foot)| (layout, has_foot, MOST_LISTED));
    let variants = std::iter::once((Layout::Rich, true, MOST_LISTED)).chain(shorter).chain(variants);
    let built_in = || {
        variants
            .filter(|(layout, ..)| *layout >= by_count)
            .find_map(|(layout, has_foot, listed)| {
                let batch = &batch.listing(listed);
                let footer = if has_foot { batch.footer(vendor) } else { Vec::new() };
                let draft = Draft { footer, ..Draft::new(batch, vendor, layout, &head) };
                let ranges = draft.split(most_pages, &everybody)?;
                let names_all = ranges.last().is_some_and(|range| range.end == items.len());
                // A phone may take little: a short line of each is more there than a paragraph of some.
                let is_fine = names_all || layout == Layout::Dense || !vendor.is_for_phones();
                is_fine.then(|| draft.messages(ranges).ok())?
            })
            .unwrap_or_default()
    };
    let complaint = match dressed(batch, vendor, &head, most_pages, &everybody) {
        None => return built_in(),
        Some(Ok(messages)) => return messages,
        Some(Err(complaint)) => complaint,
    };
    let mut messages = built_in();
    if let Some(first) = messages.first_mut() {
        first.complaints.push(complaint);
    }
    messages
}

/// The messages in the words of the template, where there is one: only if they name everything.
fn dressed(
    batch: &ChatBatch<'_>,
    vendor: &dyn PageFormat,
    head: &Head,
    most_pages: usize,
    everybody: &[String],
) -> Option<Result<Vec<Message>, Complaint>> {
    let BatchInput { batch: Batch { channel, .. }, items, .. } = batch.input;
    let formatter = batch.input.formatter.in_chat(vendor.ink_of_templates());
    let apply_template = Dress::from_room(items, &head.title, *channel, &formatter)?;
    let whole = apply_template.paragraphs(0..items.len(), PageInfo { page: 1, pages: 1, may_be_a_repeat: true });
    if let Err(complaint) = whole {
        return Some(Err(complaint));
    }
    let too_long = apply_template.too_long();
    let draft = Draft { apply_template: Some(apply_template), ..Draft::new(batch, vendor, Layout::Dense, head) };
    let ranges = draft.split(most_pages, everybody);
    let ranges = ranges.filter(|ranges| ranges.last().is_some_and(|range| range.end == items.len()));
    Some(ranges.map_or(Err(too_long), |ranges| draft.messages(ranges)))
}

impl<'a> Draft<'a> {
    /// Without a footer and a template.
    fn new(batch: &'a ChatBatch<'a>, vendor: &'a dyn PageFormat, layout: Layout, head: &Head) -> Self {
        let (rows, head) = (batch.rows(layout, vendor), head.clone());
        Self { batch, vendor, layout, rows, footer: Vec::new(), apply_template: None, head }
    }

    /// Which rows stand on which page; each page is as full as it may be, and the last has room for what comes at the
    /// end. Nothing where one row is too much for a page.
    fn split(&self, most_pages: usize, mentions: &[String]) -> Option<Vec<Range<usize>>> {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        let all = self.rows.len();
        let mut start = 0;
        while start < all && ranges.len() < most_pages {
            let number = ranges.len() + 1;
            let fits = |count: usize, is_last: bool| {
                let mentions = if number == 1 { mentions } else { &[] };
                let range = start..start + count;
                // The most that such a page may have to say.
                let more = self.batch.input.items.len();
                self.fits(&View { range, number, of: MOST_MESSAGES, is_last, more, is_repeat: true, mentions })
            };
            let as_last = most(all - start, |count| fits(count, true));
            let count = if start + as_last == all || number == most_pages {
                as_last
            } else {
                most(all - start - 1, |count| fits(count, false))
            };
            if count == 0 {
                return None;
            }
            ranges.push(start..start + count);
            start += count;
        }
        Some(ranges)
    }

    fn fits(&self, view: &View<'_>) -> bool {
        let Ok(Written { payload, plainer, .. }) = self.payload(view) else { return false };
        self.vendor.fits(&payload) && plainer.iter().all(|plainer| self.vendor.fits(plainer))
    }

    /// In the words of the template, with the built-in ones for a server that refuses it.
    fn payload(&self, view: &View<'_>) -> Result<Written, Complaint> {
        let (page, built_in) = self.page(view);
        let Some(apply_template) = &self.apply_template else {
            let plainer = built_in.1.into_iter().collect();
            return Ok(Written { payload: built_in.0, plainer, text: plain::whole(&page) });
        };
        let sheet = PageInfo { page: view.number, pages: view.of, may_be_a_repeat: view.is_repeat };
        let paragraphs = apply_template.paragraphs(view.range.clone(), sheet)?;
        let lines = |lines: Vec<String>| lines.join(self.vendor.line_break());
        let head = vec![paragraphs.into_iter().map(lines).collect::<Vec<_>>().join("\n\n")];
        let dressed = Page { head, rows: Vec::new(), footer: Vec::new(), ..page };
        let (payload, _) = self.vendor.payload(&dressed);
        let plainer = vec![built_in.1.unwrap_or(built_in.0)];
        Ok(Written { payload, plainer, text: plain::whole(&dressed) })
    }

    fn page(&self, view: &View<'_>) -> (Page, (Value, Option<Value>)) {
        let Formatter { language, words, .. } = self.batch.input.formatter;
        let Head { title, heading, later, .. } = &self.head;
        let (title, heading) = if view.number == 1 { (title, heading) } else { (later, later) };
        let totals = (view.number == 1).then(|| self.head.totals.clone());
        let repeat = view.is_repeat.then(|| words.phrase(Phrase::MayBeARepeat).to_owned());
        let mark = if view.of > 1 { words.page(view.number, view.of) } else { String::new() };
        let more = (view.more > 0).then(|| words.say(Sentence::More { count: view.more }));
        let footer = more.into_iter().chain(self.footer.iter().cloned());
        let page = Page {
            language: language.tag(),
            columns: columns(words),
            tier: self.rows.iter().map(|row| row.tier).min(),
            title: format!("{title}{mark}"),
            heading: format!("{heading}{mark}"),
            head: totals.into_iter().chain(repeat).collect(),
            layout: self.layout,
            rows: self.rows[view.range.clone()].to_vec(),
            footer: if view.is_last { footer.collect() } else { Vec::new() },
            mentions: view.mentions.to_vec(),
        };
        let built_in = self.vendor.payload(&page);
        (page, built_in)
    }

    /// The same without a word from a certificate, a peer, a report or a note: none of them keeps a message from people
    /// whose service takes exception to it. With what a person reads in it.
    fn bare(&self, view: &View<'_>) -> Option<(Value, String)> {
        let (page, _) = self.page(view);
        let formatter = self.batch.input.formatter.in_chat(self.vendor.escape());
        let (words, later) = (formatter.words, &self.head.later);
        let mark = if view.of > 1 { words.page(view.number, view.of) } else { String::new() };
        let more = (view.is_last && view.more > 0).then(|| words.say(Sentence::More { count: view.more }));
        let page = Page {
            title: format!("{later}{mark}"),
            heading: format!("{later}{mark}"),
            head: page.head.iter().cloned().chain([words.phrase(Phrase::TextRefused).to_owned()]).collect(),
            layout: Layout::Dense,
            footer: more.into_iter().chain([formatter.footer()]).collect(),
            ..page
        };
        let items = &self.batch.input.items[view.range.clone()];
        // People know a certificate by its name.
        let by = [CalledBy::NameAndFingerprint, CalledBy::Name, CalledBy::Fingerprint];
        let mut variants = by.into_iter().map(|called_by| {
            let rows = items.iter().zip(&page.rows).map(|(item, row)| bare_row(item, row, called_by, &formatter));
            let page = Page { rows: rows.collect(), ..page.clone() };
            let (payload, plainer) = self.vendor.payload(&page);
            (plainer.unwrap_or(payload), plain::whole(&page))
        });
        variants.find(|(payload, _)| self.vendor.fits(payload))
    }

    /// The message of half of the rows of a page, and that of its first row: for a service that takes less than is known
    /// of it.
    fn fewer(&self, view: &View<'_>) -> Vec<Message> {
        let (input, all) = (self.batch.input, view.range.len());
        let mut counts = vec![all / 2, 1];
        counts.dedup();
        let message = |count: usize| {
            let range = view.range.start..view.range.start + count;
            let on_page = input.of(&input.items[range.clone()]);
            let id = on_page.id();
            let is_repeat = input.is_repeat(&id);
            let more = all - count + if view.is_last { view.more } else { 0 };
            let (payload, text) = self.bare(&View { range, is_last: true, more, is_repeat, ..*view })?;
            Some(on_page.message(id, Body::alone(payload), text))
        };
        counts.into_iter().filter(|count| (1..all).contains(count)).filter_map(message).collect()
    }

    fn messages(&self, ranges: Vec<Range<usize>>) -> Result<Vec<Message>, Complaint> {
        let input = self.batch.input;
        let named_rows = ranges.last().map_or(0, |range| range.end);
        let mentions = self.batch.mentions(&input.items[..named_rows]);
        let of = ranges.len();
        let mut messages: Vec<Message> = Vec::with_capacity(of + 1);
        for (at, range) in ranges.into_iter().enumerate() {
            let on_page = input.of(&input.items[range.clone()]);
            let id = on_page.id();
            let view = View {
                range,
                number: at + 1,
                of,
                is_last: at + 1 == of,
                more: input.items.len() - named_rows,
                is_repeat: input.is_repeat(&id),
                mentions: if at == 0 { &mentions } else { &[] },
            };
            let Written { payload, mut plainer, text } = self.payload(&view)?;
            plainer.extend(self.bare(&view).map(|(payload, _)| payload));
            let fewer = self.fewer(&view);
            messages.push(Message { fewer, ..on_page.message(id, Body::Chat { payload, plainer }, text) });
        }
        messages.extend(self.mention_message(&mentions, named_rows));
        Ok(messages)
    }

    fn mention_message(&self, mentions: &[String], named_rows: usize) -> Option<Message> {
        let BatchInput { batch, items, .. } = self.batch.input;
        let payload = self.vendor.mention_message(&self.head.title, mentions)?;
        let plainer = self.vendor.mention_message(&self.head.later, mentions).into_iter().collect();
        let id = identifier(&batch.contact, batch.channel, &items[..named_rows], "mention");
        let text = mentions.iter().map(|mention| format!("@{mention}")).collect::<Vec<_>>().join(" ");
        let body = Body::Chat { payload, plainer };
        Some(Message::without_rows(&batch.contact, batch.channel, id, body, text))
    }
}

/// The greatest number up to `limit` that fits, where fewer fit as well.
fn most(limit: usize, fits: impl Fn(usize) -> bool) -> usize {
    let (mut fitting, mut too_many) = (0, limit + 1);
    let mut tried = limit.min(16);
    while fitting + 1 < too_many {
        (fitting, too_many) = if fits(tried) { (tried, too_many) } else { (fitting, tried) };
        // Twice as many until too many, then the middle.
        tried = if too_many > limit { (fitting * 2).clamp(1, limit) } else { usize::midpoint(fitting, too_many) };
    }
    fitting
}

#[cfg(test)]
mod tests {
    use super::most;

    #[test]
    fn the_greatest_number_that_fits_is_found_wherever_it_is() {
        for limit in [0, 1, 2, 15, 16, 17, 100, 1000] {
            for fitting in [0, 1, 2, 15, 16, 17, 31, 32, 33, 99, 500, 1000, 2000] {
                assert_eq!(most(limit, |count| count <= fitting), fitting.min(limit));
            }
        }
    }
}
