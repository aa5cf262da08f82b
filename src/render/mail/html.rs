//! The HTML of a mail: tables and plain styles, so that every client shows it; light, dark, and on a phone.

use super::letter::{Block, Fact, Letter, LetterLine, Section};
use crate::channels::pieces::{self, Piece};
use crate::render::columns::{binds, has_date};
use crate::render::formatter::Command;
use crate::render::urgency::Tier;
use crate::render::wording;
use crate::text::untrusted::html;

const FONT: &str = "font-family:-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial";
const TABLE: &str = "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" ";
const MONO: &str = "font-family:ui-monospace,SFMono-Regular,Consolas,Menlo,monospace;font-size:12px;line-height:1.75";

/// What clients with style sheets add: darkness, narrow screens. Without it the mail is light and still whole.
const SHEET: &str = "\
:root{color-scheme:light dark;supported-color-schemes:light dark}\
a{color:inherit}\
@media (max-width:480px){.page{padding:0!important}.card{border-width:1px 0!important;border-radius:0!important}\
.cell{padding-left:16px!important;padding-right:16px!important}.label{width:64px!important}\
.name,.when{display:block!important;text-align:left!important}.when{padding-top:0!important;border-top:0!important}}\
@media (prefers-color-scheme:dark){.page{background:#15181c!important}\
.card{background:#1e2227!important;border-color:#343a41!important}\
.ink{color:#e6e8eb!important}.soft{color:#a2a9b2!important}.rule{border-color:#343a41!important}\
.box{background:#272c32!important}.t0{color:#ff8a80!important}.t1{color:#ffb74d!important}.t2{color:#82b1ff!important}\
.b0{background:#d9433a!important}.b1{background:#d98324!important}.b2{background:#4a7fd6!important}}";

/// The colour of a tier in the light, and its class in the dark.
const fn tint(tier: Option<Tier>) -> (&'static str, &'static str) {
    match tier {
        Some(Tier::Expired) => ("#b42318", "0"),
        Some(Tier::Within7 | Tier::Urgent) => ("#b25e09", "1"),
        _ => ("#1f5fbf", "2"),
    }
}

pub(super) fn lay_out(letter: &Letter) -> String {
    let (lang, fonts) = (letter.language.tag(), wording::of(letter.language).fonts());
    let (color, class) = tint(letter.tier);
    let title = html(&letter.title);
    let status_label = letter.status_label.as_ref().map(|status_label| {
        format!(
            "<div class=\"t{class}\" style=\"margin:0 0 4px;color:{color};font-size:14px;font-weight:600\">{}</div>",
            html(status_label)
        )
    });
    let blocks: String = letter.blocks.iter().map(|block| self::block(block, letter)).collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"supported-color-schemes\" content=\"light dark\">\n\
         <meta name=\"format-detection\" content=\"telephone=no,date=no,address=no,email=no,url=no\">\n\
         <title>{title}</title>\n<style>{SHEET}</style>\n</head>\n\
         <body class=\"page\" style=\"margin:0;padding:0;background:#f3f4f6\">\n\
         <table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\">\
         <tr><td class=\"page\" align=\"center\" style=\"padding:24px 12px;background:#f3f4f6\">\n\
         <!--[if mso]><table role=\"presentation\" width=\"640\"><tr><td><![endif]-->\n\
         <table class=\"card ink\" role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" \
         style=\"max-width:640px;background:#ffffff;border:1px solid #dfe2e6;border-collapse:separate;border-radius:6px;\
         text-align:left;color:#1f2328;font-size:15px;line-height:1.5;{FONT},{fonts},sans-serif\">\n\
         <tr><td class=\"b{class}\" style=\"height:4px;line-height:4px;font-size:0;background:{color};border-radius:5px 5px 0 0\">&nbsp;</td></tr>\n\
         <tr><td class=\"cell\" style=\"padding:22px 28px 0\">{}\
         <h1 class=\"ink\" style=\"margin:0 0 12px;font-size:20px;line-height:1.35;font-weight:600;color:#1f2328;word-break:break-word\">{title}</h1></td></tr>\n\
         {blocks}\
         <tr><td class=\"cell soft\" style=\"padding:20px 28px 22px;color:#656d76;font-size:12px;word-break:break-word\">\
         <div class=\"rule\" style=\"border-top:1px solid #e4e7eb;padding-top:12px\">{}</div></td></tr>\n\
         </table>\n<!--[if mso]></td></tr></table><![endif]-->\n</td></tr></table>\n</body>\n</html>\n",
        status_label.unwrap_or_default(),
        html(&letter.footer),
    )
}

fn block(block: &Block, letter: &Letter) -> String {
    match block {
        Block::Opening { in_html: text, .. } | Block::Paragraph(text) => cell(&paragraph(text)),
        Block::ToDo(text) => cell(&paragraph(text).replacen("word-break", "font-weight:600;word-break", 1)),
        Block::Quote { lines, source } => {
            let lines: Vec<String> = lines.iter().map(|line| linked(line)).collect();
            cell(&format!(
                "<div class=\"box\" style=\"margin:4px 0 12px;padding:10px 14px;background:#f3f4f6;border-radius:4px;word-break:break-word\">\
                 {}<div class=\"soft\" style=\"color:#656d76;font-size:12px\">{}</div></div>",
                lines.join("<br>"),
                html(source)
            ))
        }
        Block::Facts { heading, facts } => cell(&format!("{}{}", self::heading(heading), facts_table(facts))),
        Block::List => letter.sections.iter().map(section).collect(),
        Block::Details { .. } => String::new(),
        Block::LeftOut => letter.left_out().iter().map(|text| cell(&paragraph(text))).collect(),
        Block::Notes { heading, notes } => {
            let notes = notes.iter().map(|(name, lines)| {
                let lines: Vec<String> = lines.iter().map(|line| linked(line)).collect();
                format!(
                    "<p style=\"margin:0 0 10px;word-break:break-word\"><b>{}</b><br>{}</p>",
                    html(name),
                    lines.join("<br>")
                )
            });
            cell(&format!("{}{}", self::heading(heading), notes.collect::<String>()))
        }
        Block::Explanation { heading, paragraphs } => cell(&format!(
            "{}{}",
            self::heading(heading),
            paragraphs.iter().map(|text| paragraph(text)).collect::<String>()
        )),
        Block::Command(Command { introduction, lines }) => {
            let lines: Vec<String> = lines.iter().map(|line| html(line)).collect();
            cell(&format!(
                "{}<div class=\"box\" style=\"margin:0 0 4px;padding:8px 12px;background:#f3f4f6;border-radius:4px;\
                 white-space:pre-wrap;word-break:break-word;{MONO}\">{}</div>",
                paragraph(introduction).replacen("0 0 10px", "0 0 4px", 1),
                lines.join("\n")
            ))
        }
    }
}

/// A note of the operator, whose pages can be opened.
fn linked(line: &str) -> String {
    let piece = |piece: &Piece<'_>| match *piece {
        Piece::Words(text) | Piece::Strong(text) => words(text),
        Piece::Page(page) => format!("<a href=\"{0}\" style=\"color:#1f5fbf\">{0}</a>", html(page)),
    };
    pieces::linked(line).iter().map(piece).collect()
}

/// Text as HTML, with the command that it may end in.
fn prose(text: &str) -> String {
    match text.split_once('\n') {
        None => words(text),
        Some((sentence, command)) => {
            let command = html(command);
            format!("{}<br><code style=\"white-space:pre-wrap;{MONO}\">{command}</code>", words(sentence))
        }
    }
}

/// Text as HTML, in which no line breaks inside a date or a time.
fn words(text: &str) -> String {
    let mut written = String::new();
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        let mut kept = word.to_owned();
        let mut last = word;
        while let Some(next) = words.next_if(|next| binds(last, next)) {
            kept.push(' ');
            kept.push_str(next);
            last = next;
        }
        let breaks = kept.contains(' ') || has_date(&kept);
        let kept = html(&kept);
        let (before, after) = if breaks { ("<span style=\"white-space:nowrap\">", "</span>") } else { ("", "") };
        for part in [before, kept.as_str(), after] {
            written.push_str(part);
        }
        if words.peek().is_some() {
            written.push(' ');
        }
    }
    written
}

fn cell(content: &str) -> String {
    format!("<tr><td class=\"cell\" style=\"padding:0 28px\">{content}</td></tr>\n")
}

fn paragraph(text: &str) -> String {
    format!("<p style=\"margin:0 0 10px;word-break:break-word\">{}</p>", prose(text))
}

fn heading(text: &str) -> String {
    format!(
        "<h2 class=\"ink rule\" style=\"margin:14px 0 10px;padding-top:14px;border-top:1px solid #e4e7eb;font-size:15px;font-weight:600;color:#1f2328\">{}</h2>",
        html(text)
    )
}

fn facts_table(facts: &[Fact]) -> String {
    let rows: Vec<String> = facts.iter().map(fact).collect();
    format!("{TABLE}style=\"margin:0 0 6px;font-size:14px\">\n{}</table>", rows.concat())
}

fn fact(Fact { label, lines, is_exact }: &Fact) -> String {
    let lines: Vec<String> = lines.iter().map(|line| prose(line)).collect();
    let style = if *is_exact { MONO } else { "" };
    let breaks = if *is_exact { "break-all" } else { "break-word" };
    format!(
        "<tr><td class=\"soft label\" width=\"84\" style=\"width:84px;padding:3px 12px 3px 0;vertical-align:top;color:#656d76;\
         white-space:nowrap\">{label}</td>\
         <td style=\"padding:3px 0;vertical-align:top;word-break:{breaks};{style}\">{}</td></tr>\n",
        lines.join("<br>")
    )
}

fn section(section: &Section) -> String {
    let (color, class) = tint(Some(section.tier));
    let rows: Vec<String> = section.rows.iter().map(|row| line(row, color, class)).collect();
    cell(&format!(
        "<h2 class=\"t{class}\" style=\"margin:14px 0 4px;font-size:13px;font-weight:600;color:{color}\">{} · {}</h2>\
         {TABLE}style=\"margin:0 0 10px;font-size:14px\">\n{}</table>",
        section.heading,
        section.rows.len(),
        rows.concat()
    ))
}

fn line(row: &LetterLine, color: &str, class: &str) -> String {
    let details: Vec<String> = row.brief.iter().map(|text| prose(text)).collect();
    let remarks: Vec<String> = row
        .remarks
        .iter()
        .map(|text| format!("<br><span class=\"ink\" style=\"color:#1f2328\">{}</span>", prose(text)))
        .collect();
    let below = if details.is_empty() && remarks.is_empty() {
        String::new()
    } else {
        format!(
            "<tr><td class=\"soft\" colspan=\"2\" style=\"padding:1px 0 8px;color:#656d76;font-size:12px;word-break:break-word\">{}{}</td></tr>",
            details.join("<br>"),
            remarks.concat()
        )
    };
    format!(
        "<tr><td class=\"rule name\" style=\"padding:8px 8px 0 0;border-top:1px solid #e4e7eb;font-weight:600;word-break:break-word\">{}</td>\
         <td class=\"rule when t{class}\" align=\"right\" style=\"padding:8px 0 0;border-top:1px solid #e4e7eb;color:{color};white-space:nowrap;\
         vertical-align:top\">{} · {}</td></tr>{below}\n",
        html(&row.label),
        html(&row.left),
        html(&row.day),
    )
}
