//! What all chat robots share: a page with its totals, its rows, and what people are told at the end.

mod occurrences;
mod paging;

pub(super) use paging::pages;

use time::OffsetDateTime;

use super::digest::Row;
use super::footer::{footer, snooze_hint};
use super::formatter::Formatter;
use super::message_context::MessageContext;
use super::occurrence_row::Item;
use super::untrusted::clean;
use super::urgency::Tier;
use super::wording::{self, DateOf, Label, Phrase, Wording};
use super::{Body, RenderInput};
use crate::channels::{ChatRow, Columns, Layout, Page, PageFormat, plain};
use crate::event::FindingId;
use crate::policy::{Channel, ChannelConfig, ContactName, Language, Renewal, Zone};
use crate::schedule::Batch;

/// More rows than three messages of any vendor hold.
const MOST_ROWS: usize = 2000;
/// Rows of each list of a digest, where they fit.
const MOST_LISTED: usize = 12;
const NAMES: usize = 3;
const PLACES: usize = 2;
const SERIAL: usize = 24;

/// The words above the columns of a table.
fn columns(words: &dyn Wording) -> Columns {
    Columns {
        left: words.label(Label::Left),
        certificate: words.label(Label::Certificate),
        expires: words.label(Label::Expires),
        seen: words.label(Label::Seen),
        issuer: words.label(Label::Issuer),
    }
}

/// A batch for a room.
#[derive(Clone)]
pub(super) struct ChatBatch<'a> {
    batch: &'a Batch,
    items: &'a [Item<'a>],
    language: Language,
    render_input: &'a RenderInput<'a>,
    robot: Option<&'a ChannelConfig>,
    /// Rows of each list of a digest.
    listed: usize,
    now: OffsetDateTime,
}

impl<'a> ChatBatch<'a> {
    pub(super) fn new(
        batch: &'a Batch,
        items: &'a [Item<'a>],
        language: Language,
        render_input: &'a RenderInput<'a>,
        now: OffsetDateTime,
    ) -> Self {
        let contact = render_input.policies.contacts.get(&batch.contact);
        let robot = contact.and_then(|contact| contact.robots.get(&batch.channel));
        Self { batch, items, language, render_input, robot, listed: MOST_LISTED, now }
    }

    fn formatter(&self, escape: fn(&str) -> String) -> Formatter<'_> {
        Formatter::of_chat(wording::of(self.language), (&self.batch.zone, self.render_input), escape, self.now)
            .listing(self.listed)
    }

    fn context(&self, escape: fn(&str) -> String) -> MessageContext<'_> {
        MessageContext {
            formatter: self.formatter(escape),
            render_input: self.render_input,
            contact: &self.batch.contact,
        }
    }

    fn title(&self) -> String {
        self.title_in(plain::escape, true)
    }

    fn title_in(&self, escape: fn(&str) -> String, names_worst: bool) -> String {
        with_keyword(&self.formatter(escape).title(self.items, names_worst), self.robot)
    }

    /// Whom a message that names `items` mentions: the room's people, and those of the owners, where a certificate is
    /// close enough to its end or something urgent happened.
    fn mentions(&self, items: &[Item<'_>]) -> Vec<String> {
        let Some(robot) = self.robot else { return Vec::new() };
        let is_close = |row: &Row<'_>| {
            robot.mention_within.is_none_or(|within| row.certificate().effective_end() - self.now <= within)
        };
        let calls = |item: &&Item<'_>| match item {
            Item::Due(row) => is_close(row) || row.tier(self.now) == Tier::Urgent,
            Item::OccurrenceFacts(occurrence_row) => occurrence_row.tier() == Tier::Urgent,
        };
        let close: Vec<&Item<'_>> = items.iter().filter(calls).collect();
        if close.is_empty() {
            return Vec::new();
        }
        let context = self.context(str::to_owned);
        let owners = close.iter().flat_map(|item| owners(item, &context));
        let owners = owners.filter_map(|owner| self.render_input.policies.contacts.get(owner.as_str()));
        let robots = owners.filter_map(|owner| owner.robots.get(&self.batch.channel));
        let mut mentions: Vec<String> = Vec::new();
        for mention in robot.mention.iter().chain(robots.flat_map(|robot| &robot.mention)) {
            let mention = plain_mention(mention);
            if !mention.is_empty() && !mentions.contains(&mention) {
                mentions.push(mention);
            }
        }
        mentions
    }

    /// The first rows of the batch: more than three messages hold.
    fn rows(&self, layout: Layout, vendor: &dyn PageFormat) -> Vec<ChatRow> {
        let (context, is_phone) = (self.context(vendor.escape()), vendor.is_for_phones());
        let rows = self.items.iter().take(MOST_ROWS).enumerate().map(|(at, item)| match item {
            Item::Due(row) => self.row(row, at + 1, layout, is_phone, &context.formatter),
            Item::OccurrenceFacts(occurrence_row) => {
                occurrences::row(occurrence_row, (at + 1, is_phone), layout, &context)
            }
        });
        rows.collect()
    }

    fn row(&self, row: &Row<'_>, number: usize, layout: Layout, is_phone: bool, formatter: &Formatter<'_>) -> ChatRow {
        let is_dense = layout == Layout::Dense;
        let end = row.certificate().effective_end();
        ChatRow {
            number,
            label: formatter.label(row),
            left: match row.tier(self.now) {
                Tier::Urgent if row.reminds_of_the_end() => {
                    formatter.words.clauses(&[formatter.left(row), formatter.urgent(row)])
                }
                Tier::Urgent => formatter.words.clauses(&[formatter.urgent(row), formatter.left(row)]),
                _ => formatter.left(row),
            },
            status_label: if row.is_not_deployed() {
                formatter.words.finding(FindingId::NotDeployed).to_owned()
            } else {
                formatter.left(row)
            },
            left_short: formatter.words.left_short(row.left(self.now)),
            tier: formatter.tier(row),
            date: if is_dense { formatter.clock.iso_date(end) } else { formatter.clock.stamp(end) },
            issuer: if is_dense { String::new() } else { formatter.issuer(row) },
            place: if is_dense { String::new() } else { formatter.places(row, 1) },
            lines: match layout {
                Layout::Rich if is_phone => brief(row, formatter),
                Layout::Rich => rich(row, formatter),
                Layout::Medium | Layout::Dense => Vec::new(),
            },
        }
    }

    /// What people are told once, of all rows; on a phone only who says it.
    fn footer(&self, vendor: &dyn PageFormat) -> Vec<String> {
        let context = self.context(vendor.escape());
        if vendor.is_for_phones() {
            return vec![context.footer()];
        }
        let snooze_hint = snooze_hint(self.items, &context);
        let snooze_hint = snooze_hint.map(|(said, command)| {
            context.formatter.words.sentences(&[said].into_iter().chain(command).collect::<Vec<_>>())
        });
        footer(self.items, &context).into_iter().chain(snooze_hint).chain([context.footer()]).collect()
    }
}

/// The owners that the policy file names.
fn owners(item: &Item<'_>, context: &MessageContext<'_>) -> Vec<String> {
    match item {
        Item::Due(row) => row.reminders.iter().filter_map(|reminder| reminder.terms.owner.clone()).collect(),
        Item::OccurrenceFacts(occurrence_row) => {
            context.entries(occurrence_row).iter().filter_map(|entry| entry.owner.clone()).collect()
        }
    }
}

/// What a phone shows: until when, what to do and how.
fn brief(row: &Row<'_>, formatter: &Formatter<'_>) -> Vec<String> {
    let words = formatter.words;
    let end = formatter.moment(row.certificate().effective_end());
    let mut lines = vec![words.clauses(&[formatter.field(Label::Expires, &end)])];
    let is_automatic = row.first.terms.opening.managed.renewal == Renewal::Auto;
    let to_do = || formatter.renew(row, PLACES, is_automatic);
    lines.extend(formatter.instructions(row, formatter.load_it(row).unwrap_or_else(to_do)));
    lines.extend(formatter.owner(row).map(|owner| formatter.field(Label::Owner, &owner)));
    lines.extend(note(row, formatter));
    lines.extend(formatter.remarks(row));
    lines
}

fn note(row: &Row<'_>, formatter: &Formatter<'_>) -> Option<String> {
    let written = row.reminders.iter().find_map(|reminder| reminder.terms.note.as_deref());
    let written = written.map(|text| formatter.written(text)).filter(|text| !text.is_empty());
    written.map(|text| formatter.field(Label::Note, &text))
}

fn rich(row: &Row<'_>, formatter: &Formatter<'_>) -> Vec<String> {
    let words = formatter.words;
    let marked = |label: Label, text: &str| format!("{} {text}", words.label(label));
    let identity = [
        formatter.field(Label::Issuer, &formatter.issuer(row)),
        marked(Label::Serial, &formatter.serial(row.certificate(), SERIAL)),
        marked(Label::Fingerprint, &row.first.key.fingerprint.short()),
    ];
    let mut lines = vec![formatter.field(Label::Expires, &formatter.expires(row))];
    if row.certificate().dns_names.len() + row.certificate().ip_addresses.len() > 1 {
        lines.push(formatter.field(Label::Names, &formatter.names(row, NAMES)));
    }
    if row.certificate().is_date {
        lines.push(words.date_to_do(DateOf::new(row.certificate())).to_owned());
    } else {
        lines.push(formatter.field(Label::Seen, &words.list(&formatter.seen(row, PLACES), 0)));
        lines.push(words.clauses(&identity));
    }
    lines.extend(formatter.owner(row).map(|owner| formatter.field(Label::Owner, &owner)));
    lines.extend(note(row, formatter));
    lines.push(formatter.field(Label::ReminderReason, &formatter.why(row)));
    lines.extend(formatter.remarks(row));
    lines.extend(formatter.load_it(row));
    lines.extend(formatter.what_to_do(&row.occurrences));
    lines
}

/// The keyword that a robot asks for stands in every title, and a title in every text.
pub(super) fn with_keyword(title: &str, robot: Option<&ChannelConfig>) -> String {
    let keyword = robot.and_then(|robot| robot.keyword.as_deref()).map(clean).unwrap_or_default();
    if title.contains(&keyword) { title.to_owned() } else { format!("{keyword} {title}") }
}

/// An identifier without anything that could end the markup around it.
fn plain_mention(mention: &str) -> String {
    mention.chars().filter(|character| character.is_alphanumeric() || "_-+.@&:=/".contains(*character)).collect()
}

pub(super) fn test_body(
    contact: &ContactName,
    (channel, vendor): (Channel, &dyn PageFormat),
    language: Language,
    zone: &Zone,
    render_input: &RenderInput<'_>,
    now: OffsetDateTime,
) -> (Body, String) {
    let words = wording::of(language);
    let formatter = Formatter::of_chat(words, (zone, render_input), vendor.escape(), now);
    let robot = render_input.policies.contacts.get(contact).and_then(|contact| contact.robots.get(&channel));
    let title = with_keyword(words.phrase(Phrase::TestTitle), robot);
    let said = words.test_text(&formatter.own(contact.as_str()), channel.as_str());
    let page = page_of_words(&title, said, language, &MessageContext { formatter, render_input, contact });
    let (payload, plainer) = vendor.payload(&page);
    (Body::Chat { payload, plainer }, plain::whole(&page))
}

/// A page without rows.
pub(super) fn page_of_words(title: &str, said: String, language: Language, context: &MessageContext<'_>) -> Page {
    Page {
        language: language.tag(),
        columns: columns(context.formatter.words),
        tier: None,
        title: title.to_owned(),
        heading: title.to_owned(),
        head: vec![said],
        layout: Layout::Dense,
        rows: Vec::new(),
        footer: vec![context.formatter.moment(context.formatter.clock.now), context.footer()],
        mentions: Vec::new(),
    }
}
