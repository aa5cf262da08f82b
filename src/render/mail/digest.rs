//! The mail about several certificates: it names them all.

use super::letter::{Block, Fact, Letter, LetterLine, ROW_NAMES, ROW_PLACES, Section};
use super::table;
use crate::certificate::Certificate;
use crate::policy::Renewal;
use crate::render::digest::{Row, totals};
use crate::render::formatter::{Formatter, Typed};
use crate::render::occurrence_row::{Item, all_news, due};
use crate::render::urgency::Tier;
use crate::render::wording::{Label, Phrase, Remark, Sentence};
use crate::text::untrusted::clean;

/// Digits of a serial number in the HTML; the text has all.
const SERIAL: usize = 24;
/// Rows with details; of further ones these are in the table.
const DETAILED: usize = 500;
/// Different policies that are explained.
const POLICIES: usize = 3;
/// Between facts on one line.
const APART: &str = " · ";

pub(super) fn subject(items: &[Item<'_>], formatter: &Formatter<'_>) -> String {
    let (rows, marks, date) = (due(items), formatter.marks(items), formatter.clock.iso_date(formatter.clock.now));
    if let [row] = rows.as_slice() {
        let others = items.iter().filter(|item| !matches!(item, Item::Due(_))).cloned().collect::<Vec<_>>();
        let also = formatter.words.counted(&formatter.marks(&others), "");
        return formatter.words.and_also(&super::single::subject(row, formatter), &also);
    }
    let of_rows = || formatter.words.subject_many(&totals(&rows, formatter.clock.now), &date);
    let subject = match (rows.is_empty(), marks.is_empty()) {
        (true, _) => formatter.words.aside(&formatter.words.news_title(&marks, None), &date),
        (false, true) => of_rows(),
        (false, false) => formatter.words.and_also(&of_rows(), &formatter.words.counted(&marks, "")),
    };
    formatter.of_items(items, subject)
}

pub(super) fn letter(items: &[Item<'_>], formatter: &Formatter<'_>) -> Letter {
    let words = formatter.words;
    let rows = &due(items);
    let ends: Vec<_> = rows.iter().map(|row| row.certificate().effective_end()).collect();
    let opening = [Some(formatter.totals(items, "")), formatter.files(items), Some(words.zone(formatter.clock, &ends))];
    let in_html = words.sentences(&opening.into_iter().flatten().collect::<Vec<_>>());
    let in_text = words.sentences(&[in_html.clone(), words.phrase(Phrase::DetailsBelow).to_owned()]);
    let attached = table::is_due(items).then(|| Block::Paragraph(words.say(Sentence::Attached { file: table::FILE })));
    let mut blocks = vec![Block::Opening { in_text, in_html }];
    blocks.extend(attached.into_iter().chain([Block::List]));
    blocks.extend(formatter.others(items).filter(|_| !rows.is_empty()).map(Block::Paragraph));
    blocks.extend([Block::Details { heading: words.phrase(Phrase::Details) }, Block::LeftOut]);
    let notes = notes(items, formatter);
    if !notes.is_empty() {
        blocks.push(Block::Notes { heading: words.phrase(Phrase::Notes), notes });
    }
    blocks.push(explanation(items, rows, formatter));
    if rows.iter().any(|row| row.tier(formatter.then()) != Tier::Expired) {
        blocks.extend(formatter.snooze_hint(None, items).map(Block::Command));
    } else {
        blocks.extend(formatter.unused(rows).map(Block::Paragraph));
    }
    let tier = items.iter().map(|item| item.tier(formatter.then())).min();
    let mut letter = Letter {
        sections: sections(items, table::is_due(items), formatter),
        file: table::is_due(items).then_some(table::FILE),
        ..Letter::new(tier, formatter.title(items, true), blocks, formatter)
    };
    letter.cut(usize::MAX, DETAILED);
    letter
}

fn explanation(items: &[Item<'_>], rows: &[Row<'_>], formatter: &Formatter<'_>) -> Block {
    let words = formatter.words;
    let occurrences = all_news(items);
    let because = formatter.because(&occurrences).into_iter();
    let next = if rows.is_empty() { String::new() } else { formatter.next(rows) };
    let paragraphs = [
        words.sentences(&formatter.policies(rows, POLICIES)),
        words.sentences(&formatter.escalated(rows).into_iter().chain(formatter.told_of_many(rows)).collect::<Vec<_>>()),
        next,
        words.sentences(&because.chain(formatter.told_of_news(&occurrences, false)).collect::<Vec<_>>()),
        if is_abbreviated(items) { full_fingerprints(formatter) } else { String::new() },
    ];
    let paragraphs = paragraphs.into_iter().filter(|text| !text.is_empty()).collect();
    let heading = if rows.is_empty() { Phrase::WhyThisMail } else { Phrase::WhyAndWhenNext };
    Block::Explanation { heading: words.phrase(heading), paragraphs }
}

/// Whether fingerprints stand in it, and no table that has them whole.
fn is_abbreviated(items: &[Item<'_>]) -> bool {
    !table::is_due(items) && items.iter().any(|item| identified(item).is_some())
}

/// What is told by its serial number and fingerprint.
fn identified<'a>(item: &Item<'a>) -> Option<&'a Certificate> {
    item.shown().filter(|shown| !shown.is_date())
}

fn full_fingerprints(formatter: &Formatter<'_>) -> String {
    let typed = Typed { command: "check", name: None, options: "--format json" };
    formatter.with_command(formatter.words.phrase(Phrase::FullFingerprints), &typed)
}

fn sections(items: &[Item<'_>], is_attached: bool, formatter: &Formatter<'_>) -> Vec<Section> {
    let section = |tier: Tier| {
        let mut rows: Vec<&Item<'_>> = items.iter().filter(|item| item.tier(formatter.then()) == tier).collect();
        // First what ends, by its end; what happened keeps its order.
        rows.sort_by_key(|item| match item {
            Item::Due(row) => (false, Some(row.certificate().effective_end())),
            Item::Occurrences(_) => (true, None),
        });
        let rows: Vec<LetterLine> = rows.into_iter().map(|item| line(item, is_attached, formatter)).collect();
        (!rows.is_empty()).then(|| Section { tier, heading: formatter.words.tier(tier), rows })
    };
    Tier::ALL.into_iter().filter_map(section).collect()
}

fn line(item: &Item<'_>, is_attached: bool, formatter: &Formatter<'_>) -> LetterLine {
    let words = formatter.words;
    let certificate = identified(item);
    let identity = certificate.filter(|_| !is_attached).map(|certificate| {
        let fingerprint = format!("SHA-256 {}", certificate.fingerprint.short());
        let serial = words.clauses(&[formatter.serial(certificate, usize::MAX), fingerprint]);
        [(Label::Issuer, vec![formatter.issuer_name(&certificate.issuer)]), (Label::Serial, vec![serial])]
    });
    let facts = [
        (Label::ReminderReason, vec![formatter.why(item)]),
        (Label::Names, certificate.map(|shown| formatter.names(item, shown, ROW_NAMES)).into_iter().collect()),
        (item.label_of_places(), formatter.seen(item, ROW_PLACES)),
        (Label::ToDo, renew(item, formatter).map(str::to_owned).into_iter().collect()),
    ];
    let facts = facts.into_iter().chain(identity.into_iter().flatten());
    let facts = facts.chain([(Label::Owner, formatter.owner(item).into_iter().collect())]);
    let facts: Vec<(Label, Vec<String>)> = facts.filter(|(_, lines)| !lines.is_empty()).collect();
    let label = formatter.label(item);
    let (state, brief, to_do) = match item {
        Item::Due(row) => {
            let state = words.remark(Remark::State {
                stamp: &formatter.expires(row),
                is_expired: formatter.tier(row) == Tier::Expired,
            });
            (state, brief_of_due(row, &facts, formatter), Vec::new())
        }
        Item::Occurrences(_) => {
            let brief = facts.iter().map(|(label, lines)| formatter.field(*label, &lines.join(APART)));
            (formatter.left(item), brief.collect(), formatter.actions(item))
        }
    };
    LetterLine {
        left: formatter.left_short(item),
        day: words.short_day(formatter.clock, item.date()),
        name: item.entry_name().unwrap_or_else(|| label.clone()),
        label,
        state: words.clauses(&[String::new(), state]),
        brief,
        facts: facts.into_iter().map(|(label, lines)| Fact::new(words.label(label), lines)).collect(),
        remarks: formatter.remarks(item).into_iter().chain(to_do).collect(),
    }
}

/// How to renew what is due.
fn renew(item: &Item<'_>, formatter: &Formatter<'_>) -> Option<&'static str> {
    let (Item::Due(row), words) = (item, formatter.words) else { return None };
    // Where a newer one lies, and what to do with it, is a remark.
    if row.first.event.superseded_by.is_some() {
        return None;
    }
    let is_automatic = row.first.terms.opening.managed.renewal == Renewal::Auto;
    Some(match row.certificate().date() {
        Some(of) => words.date_words(of).0,
        None if row.is_not_deployed() && !row.is_predecessor_served() => words.phrase(Phrase::ServeIt),
        None if row.is_not_deployed() || row.first.event.is_renewed_on_disk => words.phrase(Phrase::LoadIt),
        None if is_automatic => words.phrase(Phrase::RenewWhatIsLate),
        None => words.phrase(Phrase::Renew),
    })
}

/// The facts of a reminder for narrow places: the name with the reason, and what identifies it in one line.
fn brief_of_due(row: &Row<'_>, facts: &[(Label, Vec<String>)], formatter: &Formatter<'_>) -> Vec<String> {
    let line = |(label, lines): &(Label, Vec<String>)| {
        let line = formatter.field(*label, &lines.join(APART));
        let name = row.entry_name();
        match label {
            Label::Names if row.certificate().name_count() < 2 => None,
            Label::ReminderReason if name != formatter.row_label(row) => Some([name, line].join(APART)),
            Label::Issuer => {
                let serial = formatter.field(Label::Serial, &formatter.serial(row.certificate(), SERIAL));
                Some([line, serial, format!("SHA-256 {}", row.first.key.fingerprint.short())].join(APART))
            }
            Label::Serial => None,
            _ => Some(line),
        }
    };
    facts.iter().filter_map(line).collect()
}

/// The notes of the entries, each once, with the entry that has it.
fn notes(items: &[Item<'_>], formatter: &Formatter<'_>) -> Vec<(String, Vec<String>)> {
    let mut notes: Vec<(String, Vec<String>)> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let mut add = |entry: &str, note: Option<&str>| {
        let Some(note) = note.filter(|note| seen.insert((entry.to_owned(), (*note).to_owned()))) else { return };
        let lines: Vec<String> = note.lines().map(clean).filter(|line| !line.is_empty()).collect();
        if !lines.is_empty() {
            notes.push((clean(entry), lines));
        }
    };
    for written in items.iter().flat_map(|item| formatter.written(item)) {
        add(written.entry, written.note);
    }
    notes
}
