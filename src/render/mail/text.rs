//! The text of a mail: lines of at most 72 columns. Only a command whose names are longer goes beyond.

use super::letter::{Block, Fact, Letter, LetterLine, Section};
use crate::render::columns::{LINE, fit, pad, pad_left, width, wrap};
use crate::render::formatter::Command;

/// The least width of what is left in a list.
const LEFT: usize = 9;

pub(super) fn lay_out(letter: &Letter) -> String {
    let is_digest = !letter.sections.is_empty();
    let headed = |heading: &str, body: String| {
        let heading = if is_digest { heading.to_uppercase() } else { heading.to_owned() };
        format!("{heading}\n{body}")
    };
    let parts = letter.blocks.iter().map(|block| match block {
        Block::Opening { in_text: text, .. } | Block::Paragraph(text) | Block::ToDo(text) => indented(text, 0),
        Block::Quote { lines, source } => lines
            .iter()
            .map(String::as_str)
            .chain([*source])
            .map(|line| indented(line, 2))
            .collect::<Vec<_>>()
            .join("\n"),
        Block::Facts { heading, facts } => headed(heading, self::facts(facts)),
        Block::List => list(&letter.sections),
        Block::Details { heading } => {
            let rows: Vec<String> = letter.rows().filter(|row| row.has_details()).map(details).collect();
            if rows.is_empty() { String::new() } else { headed(heading, rows.join("\n")) }
        }
        Block::LeftOut => letter.left_out().iter().map(|text| indented(text, 0)).collect::<Vec<_>>().join("\n"),
        Block::Notes { heading, notes } => headed(heading, notes.iter().map(note).collect::<Vec<_>>().join("\n")),
        Block::Explanation { heading, paragraphs } => {
            headed(heading, paragraphs.iter().map(|text| indented(text, 2)).collect::<Vec<_>>().join("\n"))
        }
        Block::Command(Command { introduction, lines }) => {
            let lines: Vec<String> = lines.iter().map(|line| format!("  {line}")).collect();
            format!("{}\n{}", indented(introduction, 0), lines.join("\n"))
        }
    });
    let parts = parts.filter(|part| !part.is_empty());
    let footer = format!("-- \n{}", indented(&letter.footer, 0));
    parts.chain([footer]).collect::<Vec<_>>().join("\n\n") + "\n"
}

fn indented(text: &str, columns: usize) -> String {
    let indent = " ".repeat(columns);
    let mut lines = text.lines();
    let sentences = wrap(lines.next().unwrap_or_default(), LINE - columns);
    // A command stands on lines of its own and breaks where its shell joins it.
    let commands = lines.map(|line| format!("  {line}"));
    sentences.into_iter().chain(commands).map(|line| format!("{indent}{line}")).collect::<Vec<_>>().join("\n")
}

fn facts(facts: &[Fact]) -> String {
    let column = facts.iter().map(|fact| width(fact.label)).max().unwrap_or(0) + 4;
    let mut lines = Vec::new();
    for Fact { label, lines: values, is_exact } in facts {
        let mut label = pad(&format!("  {label}"), column);
        let is_too_wide = *is_exact && values.iter().any(|value| column + width(value) > LINE);
        let indent = if is_too_wide { 2 } else { column };
        if is_too_wide {
            lines.push(label.trim_end().to_owned());
            label = " ".repeat(indent);
        }
        for line in values.iter().flat_map(|value| wrap(value, LINE - indent)) {
            lines.push(format!("{label}{line}").trim_end().to_owned());
            label = " ".repeat(indent);
        }
    }
    lines.join("\n")
}

fn list(sections: &[Section]) -> String {
    let widest = |text: fn(&LetterLine) -> &String| {
        sections.iter().flat_map(|section| &section.rows).map(|row| width(text(row))).max().unwrap_or(0)
    };
    let (left, day) = (widest(|row| &row.left).max(LEFT), widest(|row| &row.day));
    let sections = sections.iter().map(|section| {
        let rows = section.rows.iter().map(|row| {
            let before = format!("{}  {}  ", pad_left(&row.left, left), pad(&row.day, day));
            format!("{before}{}", fit(&row.label, LINE.saturating_sub(width(&before))))
        });
        [section.heading.to_uppercase()].into_iter().chain(rows).collect::<Vec<_>>().join("\n")
    });
    sections.collect::<Vec<_>>().join("\n\n")
}

fn details(row: &LetterLine) -> String {
    // A name is shortened, but never for a state that fills the line.
    let room = LINE.saturating_sub(width(&row.state));
    let fits = room >= width(&row.name) || room > LINE / 3;
    let head =
        if fits { format!("{}{}", fit(&row.name, room), row.state) } else { format!("{}{}", row.name, row.state) };
    let remarks = row.remarks.iter().map(|remark| indented(remark, 2));
    [indented(&head, 0), facts(&row.facts)].into_iter().chain(remarks).collect::<Vec<_>>().join("\n")
}

fn note((name, lines): &(String, Vec<String>)) -> String {
    let lines = lines.iter().map(|line| indented(line, 2));
    [fit(name, LINE)].into_iter().chain(lines).collect::<Vec<_>>().join("\n")
}
