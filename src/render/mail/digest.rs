//! The mail about several certificates: it names them all.

use super::letter::{Block, Fact, Letter, Line, Section};
use super::{news, table};
use crate::policy::Language;
use crate::render::digest::{Row, Tier, totals};
use crate::render::sender::Sender;
use crate::render::tidings::{Item, Tidings, all_news, due};
use crate::render::untrusted::clean;
use crate::render::wording::{Label, Phrase};

/// Names and places beyond these are counted.
pub(super) const NAMES: usize = 3;
pub(super) const PLACES: usize = 2;
/// Digits of a serial number in the HTML; the text has all.
const SERIAL: usize = 24;
/// Different policies that are explained.
const POLICIES: usize = 3;

pub(super) fn subject(items: &[Item<'_>], sender: &Sender<'_>) -> String {
    let teller = &sender.teller;
    let (rows, marks, date) = (due(items), teller.marks(items), teller.clock.iso_date(teller.clock.now));
    let of_rows = || teller.words.subject_many(&totals(&rows, teller.clock.now), &date);
    match (rows.is_empty(), marks.is_empty()) {
        (true, _) => teller.words.news_subject_many(&marks, &date),
        (false, true) => of_rows(),
        (false, false) => teller.words.title_with_news(&of_rows(), &marks),
    }
}

pub(super) fn letter(items: &[Item<'_>], language: Language, sender: &Sender<'_>) -> Letter {
    let teller = &sender.teller;
    let words = teller.words;
    let rows = &due(items);
    let ends: Vec<_> = rows.iter().map(|row| row.certificate().not_after).collect();
    let in_html = words.sentences(&[teller.totals(items, ""), words.zone(teller.clock, &ends)]);
    let in_text = words.sentences(&[in_html.clone(), words.phrase(Phrase::DetailsBelow).to_owned()]);
    let attached = table::is_due(items).then(|| Block::Paragraph(words.attached(table::FILE)));
    let mut blocks = vec![Block::Opening { in_text, in_html }];
    blocks.extend(attached.into_iter().chain([Block::List]));
    blocks.extend(sender.others().filter(|_| !rows.is_empty()).map(Block::Paragraph));
    blocks.push(Block::Details { heading: words.phrase(Phrase::Details) });
    let notes = notes(items, sender);
    if !notes.is_empty() {
        blocks.push(Block::Notes { heading: words.phrase(Phrase::Notes), notes });
    }
    blocks.push(explanation(items, rows, sender));
    if rows.iter().any(|row| row.tier(teller.clock.now) != Tier::Expired) {
        blocks.extend(sender.hold(None).map(Block::Command));
    } else if !rows.is_empty() {
        blocks.push(Block::Paragraph(words.cannot_hold(&sender.policy_file())));
    }
    Letter {
        language,
        tier: items.iter().map(|item| item.tier(teller.clock.now)).min(),
        title: teller.title(items),
        badge: None,
        blocks,
        sections: sections(items, sender),
        footer: sender.footer(),
    }
}

fn explanation(items: &[Item<'_>], rows: &[Row<'_>], sender: &Sender<'_>) -> Block {
    let (teller, words) = (&sender.teller, sender.teller.words);
    let news = all_news(items);
    let because = sender.because(&news).into_iter();
    let next = if rows.is_empty() { String::new() } else { teller.next(rows) };
    let paragraphs = [
        words.sentences(&teller.policies(rows, POLICIES)),
        words.sentences(&sender.escalated(rows).into_iter().chain(teller.told_of_many(rows)).collect::<Vec<_>>()),
        next,
        words.sentences(&because.chain(sender.told_of_news(&news, false)).collect::<Vec<_>>()),
        words.phrase(Phrase::FullFingerprints).to_owned(),
    ];
    let paragraphs = paragraphs.into_iter().filter(|text| !text.is_empty()).collect();
    let heading = if rows.is_empty() { Phrase::WhyThisMail } else { Phrase::WhyAndWhenNext };
    Block::Explanation { heading: words.phrase(heading), paragraphs }
}

fn sections(items: &[Item<'_>], sender: &Sender<'_>) -> Vec<Section> {
    let teller = &sender.teller;
    let section = |tier: Tier| {
        let items: Vec<&Item<'_>> = items.iter().filter(|item| item.tier(teller.clock.now) == tier).collect();
        let mut rows: Vec<&Row<'_>> = Vec::new();
        let mut news: Vec<&Tidings<'_>> = Vec::new();
        for item in items {
            match item {
                Item::Due(row) => rows.push(row),
                Item::News(tidings) => news.push(tidings),
            }
        }
        rows.sort_by_key(|row| row.certificate().not_after);
        let rows = rows.into_iter().map(|row| line(row, sender));
        let rows: Vec<Line> = rows.chain(news.into_iter().map(|tidings| news::line(tidings, sender))).collect();
        (!rows.is_empty()).then(|| Section { tier, heading: teller.words.tier(tier), rows })
    };
    Tier::ALL.into_iter().filter_map(section).collect()
}

fn line(row: &Row<'_>, sender: &Sender<'_>) -> Line {
    let teller = &sender.teller;
    let fact = |label, lines| Fact::new(teller.words.label(label), lines);
    let owner = teller.owner(row).map(|owner| fact(Label::Owner, vec![owner]));
    let fingerprint = format!("SHA-256 {}", row.first.key.fingerprint.short());
    let facts = [
        fact(Label::Why, vec![teller.why(row)]),
        fact(Label::Names, vec![teller.names(row, NAMES)]),
        fact(Label::Seen, teller.seen(row, PLACES)),
        fact(Label::Issuer, vec![teller.issuer(row)]),
        fact(Label::Serial, vec![teller.words.clauses(&[teller.serial(row.certificate(), usize::MAX), fingerprint])]),
    ];
    let state = teller.words.state(&teller.expires(row), teller.tier(row) == Tier::Expired);
    Line {
        left: teller.words.left_short(row.left(teller.clock.now)),
        day: teller.words.short_day(teller.clock, row.certificate().not_after),
        label: teller.label(row),
        name: row.entry_name(),
        state: teller.words.clauses(&[String::new(), state]),
        brief: brief(row, sender),
        facts: facts.into_iter().chain(owner).collect(),
        remarks: teller.remarks(row),
    }
}

fn brief(row: &Row<'_>, sender: &Sender<'_>) -> Vec<String> {
    const APART: &str = " · ";
    let teller = &sender.teller;
    let (name, label) = (row.entry_name(), teller.label(row));
    let mut why = teller.field(Label::Why, &teller.why(row));
    if name != label {
        why = [name, why].join(APART);
    }
    let names = row.certificate().dns_names.len() + row.certificate().ip_addresses.len();
    let names = (names > 1).then(|| teller.field(Label::Names, &teller.names(row, NAMES)));
    let fingerprint = format!("SHA-256 {}", row.first.key.fingerprint.short());
    let identity = [
        teller.field(Label::Issuer, &teller.issuer(row)),
        teller.field(Label::Serial, &teller.serial(row.certificate(), SERIAL)),
        fingerprint,
    ];
    let owner = teller.owner(row).map(|owner| teller.field(Label::Owner, &owner));
    let seen = teller.field(Label::Seen, &teller.seen(row, PLACES).join(APART));
    [why].into_iter().chain(names).chain([seen, identity.join(APART)]).chain(owner).collect()
}

/// The notes of the entries, each once, with the entry that has it.
fn notes(items: &[Item<'_>], sender: &Sender<'_>) -> Vec<(String, Vec<String>)> {
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
            Item::News(tidings) => {
                for entry in sender.entries(tidings) {
                    add(entry.name.as_str(), entry.note.as_deref());
                }
            }
        }
    }
    notes
}
