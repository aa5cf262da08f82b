//! The mail about several certificates: it names them all.

use super::letter::{Block, Fact, Letter, Line, Section};
use crate::policy::Language;
use crate::render::digest::{Row, Tier, totals};
use crate::render::sender::Sender;
use crate::render::untrusted::clean;
use crate::render::wording::{Label, Phrase};

/// Names and places beyond these are counted.
const NAMES: usize = 3;
const PLACES: usize = 2;
/// Digits of a serial number in the HTML; the text has all.
const SERIAL: usize = 24;
/// Different policies that are explained.
const POLICIES: usize = 3;

pub(super) fn subject(rows: &[Row<'_>], sender: &Sender<'_>) -> String {
    let teller = &sender.teller;
    teller.words.subject_many(&totals(rows, teller.clock.now), &teller.clock.iso_date(teller.clock.now))
}

pub(super) fn letter(rows: &[Row<'_>], language: Language, sender: &Sender<'_>) -> Letter {
    let teller = &sender.teller;
    let words = teller.words;
    let totals = totals(rows, teller.clock.now);
    let ends: Vec<_> = rows.iter().map(|row| row.certificate().not_after).collect();
    let in_html = words.sentences(&[words.totals(&totals, ""), words.zone(teller.clock, &ends)]);
    let in_text = words.sentences(&[in_html.clone(), words.phrase(Phrase::DetailsBelow).to_owned()]);
    let mut blocks = vec![Block::Opening { in_text, in_html }, Block::List];
    blocks.extend(sender.others().map(Block::Paragraph));
    blocks.push(Block::Details { heading: words.phrase(Phrase::Details) });
    let notes = notes(rows);
    if !notes.is_empty() {
        blocks.push(Block::Notes { heading: words.phrase(Phrase::Notes), notes });
    }
    let told = teller.told_of_many(rows);
    let paragraphs = [
        words.sentences(&teller.policies(rows, POLICIES)),
        words.sentences(&told),
        teller.next(rows),
        words.phrase(Phrase::FullFingerprints).to_owned(),
    ];
    let paragraphs = paragraphs.into_iter().filter(|text| !text.is_empty()).collect();
    blocks.push(Block::Explanation { heading: words.phrase(Phrase::WhyAndWhenNext), paragraphs });
    if totals[0] < rows.len() {
        blocks.extend(sender.hold(None).map(Block::Command));
    } else {
        blocks.push(Block::Paragraph(words.cannot_hold(&sender.policy_file())));
    }
    Letter {
        language,
        tier: rows.iter().map(|row| teller.tier(row)).min(),
        title: words.chat_title(&totals),
        badge: None,
        blocks,
        sections: sections(rows, sender),
        footer: sender.footer(),
    }
}

fn sections(rows: &[Row<'_>], sender: &Sender<'_>) -> Vec<Section> {
    let teller = &sender.teller;
    let section = |tier: Tier| {
        let mut rows: Vec<&Row<'_>> = rows.iter().filter(|row| teller.tier(row) == tier).collect();
        rows.sort_by_key(|row| row.certificate().not_after);
        let rows: Vec<Line> = rows.into_iter().map(|row| line(row, sender)).collect();
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
        fact(Label::Serial, vec![teller.words.clauses(&[teller.serial(row, usize::MAX), fingerprint])]),
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
        teller.field(Label::Serial, &teller.serial(row, SERIAL)),
        fingerprint,
    ];
    let owner = teller.owner(row).map(|owner| teller.field(Label::Owner, &owner));
    let seen = teller.field(Label::Seen, &teller.seen(row, PLACES).join(APART));
    [why].into_iter().chain(names).chain([seen, identity.join(APART)]).chain(owner).collect()
}

/// The notes of the entries, each once, with the entry that has it.
fn notes(rows: &[Row<'_>]) -> Vec<(String, Vec<String>)> {
    let mut notes: Vec<(String, Vec<String>)> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for terms in rows.iter().flat_map(|row| &row.reminders).map(|reminder| &reminder.terms) {
        let Some(note) = &terms.note else { continue };
        if seen.insert((terms.entry.as_str(), note.as_str())) {
            let lines: Vec<String> = note.lines().map(clean).filter(|line| !line.is_empty()).collect();
            if !lines.is_empty() {
                notes.push((clean(terms.entry.as_str()), lines));
            }
        }
    }
    notes
}
