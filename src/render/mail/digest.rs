//! The mail about several certificates: it names them all.

use super::letter::{Block, Fact, Letter, LetterLine, ROW_NAMES, ROW_PLACES, Section};
use super::{occurrences, table};
use crate::policy::{Language, Renewal};
use crate::render::digest::{Row, totals};
use crate::render::formatter::Typed;
use crate::render::message_context::MessageContext;
use crate::render::occurrence_row::{Item, OccurrenceRow, all_news, due};
use crate::render::urgency::Tier;
use crate::render::wording::{DateOf, Label, Phrase};
use crate::text::untrusted::clean;

/// Digits of a serial number in the HTML; the text has all.
const SERIAL: usize = 24;
/// Rows with details; of further ones these are in the table.
const DETAILED: usize = 500;
/// Different policies that are explained.
const POLICIES: usize = 3;

pub(super) fn subject(items: &[Item<'_>], context: &MessageContext<'_>) -> String {
    let formatter = &context.formatter;
    let (rows, marks, date) = (due(items), formatter.marks(items), formatter.clock.iso_date(formatter.clock.now));
    if let [row] = rows.as_slice() {
        let others = items.iter().filter(|item| !matches!(item, Item::Due(_))).cloned().collect::<Vec<_>>();
        return formatter.words.title_with_news(&super::single::subject(row, context), &formatter.marks(&others));
    }
    let of_rows = || formatter.words.subject_many(&totals(&rows, formatter.clock.now), &date);
    let subject = match (rows.is_empty(), marks.is_empty()) {
        (true, _) => formatter.words.news_subject_many(&marks, &date),
        (false, true) => of_rows(),
        (false, false) => formatter.words.title_with_news(&of_rows(), &marks),
    };
    formatter.of_items(items, subject)
}

pub(super) fn letter(items: &[Item<'_>], language: Language, context: &MessageContext<'_>) -> Letter {
    let formatter = &context.formatter;
    let words = formatter.words;
    let rows = &due(items);
    let ends: Vec<_> = rows.iter().map(|row| row.certificate().effective_end()).collect();
    let opening = [Some(formatter.totals(items, "")), formatter.files(items), Some(words.zone(formatter.clock, &ends))];
    let in_html = words.sentences(&opening.into_iter().flatten().collect::<Vec<_>>());
    let in_text = words.sentences(&[in_html.clone(), words.phrase(Phrase::DetailsBelow).to_owned()]);
    let attached = table::is_due(items).then(|| Block::Paragraph(words.attached(table::FILE)));
    let mut blocks = vec![Block::Opening { in_text, in_html }];
    blocks.extend(attached.into_iter().chain([Block::List]));
    blocks.extend(context.others().filter(|_| !rows.is_empty()).map(Block::Paragraph));
    blocks.extend([Block::Details { heading: words.phrase(Phrase::Details) }, Block::LeftOut]);
    let notes = notes(items, context);
    if !notes.is_empty() {
        blocks.push(Block::Notes { heading: words.phrase(Phrase::Notes), notes });
    }
    blocks.push(explanation(items, rows, context));
    if rows.iter().any(|row| row.tier(formatter.clock.now) != Tier::Expired) {
        blocks.extend(context.snooze_hint(None).map(Block::Command));
    } else if !rows.is_empty() {
        blocks.push(Block::Paragraph(words.unused_hint(&context.policy_file())));
    }
    let mut letter = Letter {
        language,
        tier: items.iter().map(|item| item.tier(formatter.clock.now)).min(),
        title: formatter.title(items, true),
        status_label: None,
        blocks,
        sections: sections(items, table::is_due(items), context),
        not_named: 0,
        file: table::is_due(items).then_some(table::FILE),
        footer: context.footer(),
    };
    letter.cut(usize::MAX, DETAILED);
    letter
}

fn explanation(items: &[Item<'_>], rows: &[Row<'_>], context: &MessageContext<'_>) -> Block {
    let (formatter, words) = (&context.formatter, context.formatter.words);
    let occurrences = all_news(items);
    let because = context.because(&occurrences).into_iter();
    let next = if rows.is_empty() { String::new() } else { formatter.next(rows) };
    let paragraphs = [
        words.sentences(&formatter.policies(rows, POLICIES)),
        words.sentences(&context.escalated(rows).into_iter().chain(formatter.told_of_many(rows)).collect::<Vec<_>>()),
        next,
        words.sentences(&because.chain(context.told_of_news(&occurrences, false)).collect::<Vec<_>>()),
        if table::is_due(items) { String::new() } else { full_fingerprints(context) },
    ];
    let paragraphs = paragraphs.into_iter().filter(|text| !text.is_empty()).collect();
    let heading = if rows.is_empty() { Phrase::WhyThisMail } else { Phrase::WhyAndWhenNext };
    Block::Explanation { heading: words.phrase(heading), paragraphs }
}

fn full_fingerprints(context: &MessageContext<'_>) -> String {
    let formatter = &context.formatter;
    let typed = Typed { command: "check", name: None, options: "--format json" };
    formatter.with_command(formatter.words.phrase(Phrase::FullFingerprints), &typed)
}

fn sections(items: &[Item<'_>], is_attached: bool, context: &MessageContext<'_>) -> Vec<Section> {
    let formatter = &context.formatter;
    let section = |tier: Tier| {
        let items: Vec<&Item<'_>> = items.iter().filter(|item| item.tier(formatter.clock.now) == tier).collect();
        let mut rows: Vec<&Row<'_>> = Vec::new();
        let mut occurrences: Vec<&OccurrenceRow<'_>> = Vec::new();
        for item in items {
            match item {
                Item::Due(row) => rows.push(row),
                Item::OccurrenceFacts(occurrence_row) => occurrences.push(occurrence_row),
            }
        }
        rows.sort_by_key(|row| row.certificate().effective_end());
        let rows = rows.into_iter().map(|row| line(row, is_attached, context));
        let rows: Vec<LetterLine> = rows
            .chain(
                occurrences.into_iter().map(|occurrence_row| occurrences::line(occurrence_row, is_attached, context)),
            )
            .collect();
        (!rows.is_empty()).then(|| Section { tier, heading: formatter.words.tier(tier), rows })
    };
    Tier::ALL.into_iter().filter_map(section).collect()
}

fn line(row: &Row<'_>, is_attached: bool, context: &MessageContext<'_>) -> LetterLine {
    let formatter = &context.formatter;
    let fact = |label, lines| Fact::new(formatter.words.label(label), lines);
    let owner = formatter.owner(row).map(|owner| fact(Label::Owner, vec![owner]));
    let fingerprint = format!("SHA-256 {}", row.first.key.fingerprint.short());
    let is_date = row.certificate().is_date;
    let facts = [
        fact(Label::ReminderReason, vec![formatter.why(row)]),
        fact(Label::Names, vec![formatter.names(row, ROW_NAMES)]),
        fact(Label::Seen, formatter.seen(row, ROW_PLACES)),
        fact(Label::ToDo, vec![to_do(row, context).to_owned()]),
    ];
    let identity = || {
        let serial = formatter.words.clauses(&[formatter.serial(row.certificate(), usize::MAX), fingerprint]);
        [fact(Label::Issuer, vec![formatter.issuer(row)]), fact(Label::Serial, vec![serial])]
    };
    let identity = (!is_attached && !is_date).then(identity).into_iter().flatten();
    let facts = facts.into_iter().enumerate().filter(|(at, _)| !is_date || [0, 3].contains(at)).map(|(_, fact)| fact);
    let state = formatter.words.state(&formatter.expires(row), formatter.tier(row) == Tier::Expired);
    LetterLine {
        left: formatter.words.left_short(row.left(formatter.clock.now)),
        day: formatter.words.short_day(formatter.clock, row.certificate().effective_end()),
        label: formatter.label(row),
        name: row.entry_name(),
        state: formatter.words.clauses(&[String::new(), state]),
        brief: brief(row, is_attached, context),
        facts: facts.chain(identity).chain(owner).collect(),
        remarks: formatter.remarks(row),
    }
}

fn to_do(row: &Row<'_>, context: &MessageContext<'_>) -> &'static str {
    let is_automatic = row.first.terms.opening.managed.renewal == Renewal::Auto;
    if row.certificate().is_date {
        return context.formatter.words.date_to_do_there(DateOf::new(row.certificate()));
    }
    context.formatter.words.to_do_there(row.is_not_deployed(), is_automatic)
}

fn brief(row: &Row<'_>, is_attached: bool, context: &MessageContext<'_>) -> Vec<String> {
    const APART: &str = " · ";
    let formatter = &context.formatter;
    let (name, label) = (row.entry_name(), formatter.label(row));
    let mut why = formatter.field(Label::ReminderReason, &formatter.why(row));
    if name != label {
        why = [name, why].join(APART);
    }
    let names = row.certificate().dns_names.len() + row.certificate().ip_addresses.len();
    let names = (names > 1).then(|| formatter.field(Label::Names, &formatter.names(row, ROW_NAMES)));
    let fingerprint = format!("SHA-256 {}", row.first.key.fingerprint.short());
    let identity = [
        formatter.field(Label::Issuer, &formatter.issuer(row)),
        formatter.field(Label::Serial, &formatter.serial(row.certificate(), SERIAL)),
        fingerprint,
    ];
    let owner = formatter.owner(row).map(|owner| formatter.field(Label::Owner, &owner));
    let seen = formatter.field(Label::Seen, &formatter.seen(row, ROW_PLACES).join(APART));
    let to_do = formatter.field(Label::ToDo, to_do(row, context));
    if row.certificate().is_date {
        return [why, to_do].into_iter().chain(owner).collect();
    }
    let identity = (!is_attached).then(|| identity.join(APART));
    [why].into_iter().chain(names).chain([seen, to_do]).chain(identity).chain(owner).collect()
}

/// The notes of the entries, each once, with the entry that has it.
fn notes(items: &[Item<'_>], context: &MessageContext<'_>) -> Vec<(String, Vec<String>)> {
    let mut notes: Vec<(String, Vec<String>)> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let mut add = |entry: &str, note: Option<&str>| {
        let Some(note) = note.filter(|note| seen.insert((entry.to_owned(), (*note).to_owned()))) else { return };
        let lines: Vec<String> = note.lines().map(clean).filter(|line| !line.is_empty()).collect();
        if !lines.is_empty() {
            notes.push((clean(entry), lines));
        }
    };
    for item in items {
        match item {
            Item::Due(row) => {
                for terms in row.reminders.iter().map(|reminder| &reminder.terms) {
                    add(terms.entry.as_str(), terms.note.as_deref());
                }
            }
            Item::OccurrenceFacts(occurrence_row) => {
                for entry in context.entries(occurrence_row) {
                    add(entry.name.as_str(), entry.note.as_deref());
                }
            }
        }
    }
    notes
}
