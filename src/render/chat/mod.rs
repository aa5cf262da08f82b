//! What all chat robots share: a page with its totals, its rows, and what people are told at the end.

mod paging;

pub(super) use paging::pages;

use super::batch_input::BatchInput;
use super::digest::Row;
use super::footer::{footer, snooze_hint};
use super::formatter::Formatter;
use super::occurrence_row::Item;
use super::untrusted::clean;
use super::urgency::Tier;
use super::wording::{Label, Phrase, Sentence, Wording};
use super::{Body, distinct};
use crate::channels::{ChatRow, Columns, Layout, Page, PageFormat, plain};
use crate::policy::{Channel, ChannelConfig};

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
    input: BatchInput<'a>,
    robot: Option<&'a ChannelConfig>,
}

impl<'a> ChatBatch<'a> {
    pub(super) fn new(input: BatchInput<'a>) -> Self {
        Self { robot: robot(input.batch.channel, &input.formatter), input: input.listing(MOST_LISTED) }
    }

    /// The same with so many rows of each list of a digest.
    fn listing(&self, listed: usize) -> Self {
        Self { input: self.input.listing(listed), ..self.clone() }
    }

    fn title(&self) -> String {
        self.title_in(plain::escape, true)
    }

    fn title_in(&self, escape: fn(&str) -> String, names_worst: bool) -> String {
        with_keyword(&self.input.formatter.in_chat(escape).title(self.input.items, names_worst), self.robot)
    }

    /// Whom a message that names `items` mentions: the room's people, and those of the owners, where a certificate is
    /// close enough to its end or something urgent happened.
    fn mentions(&self, items: &[Item<'_>]) -> Vec<String> {
        let Some(robot) = self.robot else { return Vec::new() };
        let formatter = &self.input.formatter;
        let now = formatter.clock.now;
        let is_close =
            |row: &Row<'_>| robot.mention_within.is_none_or(|within| row.certificate().effective_end() - now <= within);
        let calls = |item: &&Item<'_>| {
            item.tier(formatter.then()) == Tier::Urgent || matches!(item, Item::Due(row) if is_close(row))
        };
        let close: Vec<&Item<'_>> = items.iter().filter(calls).collect();
        if close.is_empty() {
            return Vec::new();
        }
        let written = close.iter().flat_map(|item| formatter.written(item));
        let owners = written.filter_map(|written| formatter.render_input.policies.contacts.get(written.owner?));
        let robots = owners.filter_map(|owner| owner.robots.get(&self.input.batch.channel));
        let mentions = robot.mention.iter().chain(robots.flat_map(|robot| &robot.mention));
        distinct(mentions.map(|mention| plain_mention(mention)).filter(|mention| !mention.is_empty()))
    }

    /// The first rows of the batch: more than three messages hold.
    fn rows(&self, layout: Layout, vendor: &dyn PageFormat) -> Vec<ChatRow> {
        let formatter = self.input.formatter.in_chat(vendor.escape());
        let items = self.input.items.iter().take(MOST_ROWS);
        items.zip(1..).map(|(item, number)| row(item, number, layout, vendor.is_for_phones(), &formatter)).collect()
    }

    /// What people are told once, of all rows; on a phone only who says it.
    fn footer(&self, vendor: &dyn PageFormat) -> Vec<String> {
        let (items, formatter) = (self.input.items, self.input.formatter.in_chat(vendor.escape()));
        if vendor.is_for_phones() {
            return vec![formatter.footer()];
        }
        let snooze_hint = snooze_hint(items, &formatter);
        let snooze_hint = snooze_hint
            .map(|(said, command)| formatter.words.sentences(&[said].into_iter().chain(command).collect::<Vec<_>>()));
        footer(items, &formatter).into_iter().chain(snooze_hint).chain([formatter.footer()]).collect()
    }
}

/// What the policy file says of the robot of a channel.
fn robot<'a>(channel: Channel, formatter: &Formatter<'a>) -> Option<&'a ChannelConfig> {
    formatter.render_input.policies.contacts.get(formatter.contact)?.robots.get(&channel)
}

fn row(item: &Item<'_>, number: usize, layout: Layout, is_phone: bool, formatter: &Formatter<'_>) -> ChatRow {
    let date = item.date();
    let tier = item.tier(formatter.then());
    let is_dense = layout == Layout::Dense;
    let issuer = || Some(formatter.issuer_name(&item.shown()?.issuer));
    let (left, status_label) = match item {
        Item::Due(row) => (state(row, tier, formatter), status_label(row, formatter)),
        Item::Occurrences(_) => (formatter.left(item), formatter.left_short(item)),
    };
    ChatRow {
        number,
        label: formatter.label(item),
        left,
        status_label,
        left_short: formatter.left_short(item),
        tier,
        date: if is_dense { formatter.clock.iso_date(date) } else { formatter.clock.stamp(date) },
        issuer: if is_dense { None } else { issuer() }.unwrap_or_default(),
        place: if is_dense { None } else { place(item, formatter) }.unwrap_or_default(),
        lines: match layout {
            Layout::Rich if is_phone => brief(item, formatter),
            Layout::Rich => rich(item, formatter),
            Layout::Medium | Layout::Dense => Vec::new(),
        },
    }
}

/// How a row is called in words of certnotify and names of the policy file alone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CalledBy {
    NameAndFingerprint,
    Name,
    Fingerprint,
}

/// The same row in words of certnotify and names of the policy file alone.
fn bare_row(item: &Item<'_>, row: &ChatRow, called_by: CalledBy, formatter: &Formatter<'_>) -> ChatRow {
    let date = item.date();
    let fingerprint = item.shown().filter(|shown| !shown.is_date()).map(|shown| shown.fingerprint.short());
    let locations = item.locations();
    let has_name = |_: &&_| called_by != CalledBy::Fingerprint || fingerprint.is_none();
    let own = locations.first().filter(has_name).map(|location| {
        formatter.own(if is_plain_path(&location.name) { &location.name } else { location.entry.as_str() })
    });
    let fingerprint = fingerprint.filter(|_| called_by != CalledBy::Name || own.is_none());
    ChatRow {
        label: own.into_iter().chain(fingerprint).collect::<Vec<_>>().join(" "),
        left: row.status_label.clone(),
        date: formatter.clock.iso_date(date),
        issuer: String::new(),
        place: String::new(),
        lines: Vec::new(),
        ..row.clone()
    }
}

/// Of a member whose name came from no document of others.
fn is_plain_path(name: &str) -> bool {
    !name.contains("//") && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "/._-#@*[]:".contains(letter))
}

/// What is left, and what asks for action.
fn state(row: &Row<'_>, tier: Tier, formatter: &Formatter<'_>) -> String {
    let (left, urgent) = (formatter.row_left(row), || formatter.urgent(row));
    match tier {
        Tier::Urgent if row.reminds_of_the_end() => formatter.words.clauses(&[left, urgent()]),
        Tier::Urgent => formatter.words.clauses(&[urgent(), left]),
        _ => left,
    }
}

fn status_label(row: &Row<'_>, formatter: &Formatter<'_>) -> String {
    if row.is_not_deployed() { formatter.not_deployed(row) } else { formatter.row_left(row) }
}

fn place(item: &Item<'_>, formatter: &Formatter<'_>) -> Option<String> {
    let locations = item.locations();
    match item {
        Item::Due(_) => Some(formatter.places_of(&locations, 1)),
        Item::Occurrences(_) => {
            let first = locations.first().filter(|location| !location.is_date());
            first.map(|location| formatter.own(&location.place))
        }
    }
}

/// What a phone shows: until when or what happened, what to do and how.
fn brief(item: &Item<'_>, formatter: &Formatter<'_>) -> Vec<String> {
    let (remarks, to_do) = (formatter.remarks(item), formatter.instructions(item, PLACES));
    let lines = match item {
        Item::Due(row) => {
            let end = formatter.moment(row.certificate().effective_end());
            [vec![formatter.field(Label::Expires, &end)], to_do, written(item, formatter), remarks]
        }
        Item::Occurrences(_) => [remarks, to_do, seen(item, formatter).into_iter().collect(), written(item, formatter)],
    };
    lines.concat()
}

fn rich(item: &Item<'_>, formatter: &Formatter<'_>) -> Vec<String> {
    let words = formatter.words;
    let certificate = item.shown().filter(|shown| !shown.is_date());
    let names = certificate.filter(|certificate| certificate.name_count() > 1);
    let names = names.map(|shown| formatter.field(Label::Names, &formatter.names(item, shown, NAMES)));
    let marked = |label: Label, text: &str| format!("{} {text}", words.label(label));
    let identity = certificate.map(|certificate| {
        words.clauses(&[
            formatter.field(Label::Issuer, &formatter.issuer_name(&certificate.issuer)),
            marked(Label::Serial, &formatter.serial(certificate, SERIAL)),
            marked(Label::Fingerprint, &certificate.fingerprint.short()),
        ])
    });
    let why = formatter.field(Label::ReminderReason, &formatter.why(item));
    let (seen, written) = (seen(item, formatter), written(item, formatter));
    let (remarks, to_do) = (formatter.remarks(item), formatter.actions(item));
    let lines = |lines: [Option<String>; 4]| lines.into_iter().flatten().collect::<Vec<_>>();
    match item {
        Item::Due(row) => {
            let renew = row.certificate().date().map(|of| words.instruction(words.date_words(of).0));
            let expires = formatter.field(Label::Expires, &formatter.expires(row));
            [lines([Some(expires), names, renew.or(seen), identity]), written, vec![why], remarks, to_do].concat()
        }
        Item::Occurrences(_) => [remarks, to_do, lines([names, identity, seen, None]), written, vec![why]].concat(),
    }
}

/// Where it is and when it was seen there.
fn seen(item: &Item<'_>, formatter: &Formatter<'_>) -> Option<String> {
    let seen = formatter.seen(item, PLACES);
    (!seen.is_empty()).then(|| formatter.field(item.label_of_places(), &formatter.words.list(&seen, 0)))
}

/// The owner and the note.
fn written(item: &Item<'_>, formatter: &Formatter<'_>) -> Vec<String> {
    let owner = formatter.owner(item).map(|owner| formatter.field(Label::Owner, &owner));
    let note = formatter.note(item).map(|note| formatter.field(Label::Note, &note));
    owner.into_iter().chain(note).collect()
}

/// The keyword that a robot asks for stands in every title, and a title in every text.
fn with_keyword(title: &str, robot: Option<&ChannelConfig>) -> String {
    let keyword = robot.and_then(|robot| robot.keyword.as_deref()).map(clean).unwrap_or_default();
    if title.contains(&keyword) { title.to_owned() } else { format!("{keyword} {title}") }
}

/// An identifier without anything that could end the markup around it.
fn plain_mention(mention: &str) -> String {
    mention.chars().filter(|character| character.is_alphanumeric() || "_-+.@&:=/".contains(*character)).collect()
}

pub(super) fn test_body((channel, vendor): (Channel, &dyn PageFormat), formatter: &Formatter<'_>) -> (Body, String) {
    let formatter = &formatter.in_chat(vendor.escape());
    let words = formatter.words;
    let title = with_keyword(words.phrase(Phrase::TestTitle), robot(channel, formatter));
    let said =
        words.say(Sentence::Test { contact: &formatter.own(formatter.contact.as_str()), channel: channel.as_str() });
    let page = page_of_words(&title, said, formatter);
    let (payload, plainer) = vendor.payload(&page);
    (Body::Chat { payload, plainer: plainer.into_iter().collect() }, plain::whole(&page))
}

/// A page without rows.
pub(super) fn page_of_words(title: &str, said: String, formatter: &Formatter<'_>) -> Page {
    let Formatter { language, words, clock, .. } = *formatter;
    Page {
        language: language.tag(),
        columns: columns(words),
        tier: None,
        title: title.to_owned(),
        heading: title.to_owned(),
        head: vec![said],
        layout: Layout::Dense,
        rows: Vec::new(),
        footer: vec![formatter.moment(clock.now), formatter.footer()],
        mentions: Vec::new(),
    }
}
