//! The templates of the policy file: their words in place of certnotify's layout. One that fails costs no reminder: the
//! built-in words stand, and the run says what was wrong.

mod check;
mod context;
mod engine;
mod gather;

pub use check::mistakes;

use std::ops::Range;

use context::Context;
use engine::TemplateError;

use super::Mail;
use super::formatter::Formatter;
use super::occurrence_row::Item;
use super::untrusted::{cap, clean};
use crate::policy::{Channel, Problem, Template, TemplateKind};

/// Longest subject, in characters.
const SUBJECT: usize = 250;
/// RFC 5322 §2.1.1: bytes of a line without its end.
const LINE: usize = 998;

/// Why a template was not used for a message, which has the built-in words instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// `template mail.html:3:7`.
    pub place: String,
    pub message: String,
    pub help: String,
    /// The template is wrong; else it only did not fit.
    pub is_failure: bool,
}

/// Puts what the templates make of the rows in place of the parts of a mail.
pub(super) fn apply_template(
    mail: &mut Mail,
    items: &[Item<'_>],
    channel: Channel,
    may_be_a_repeat: bool,
    formatter: &Formatter<'_>,
) -> Vec<Complaint> {
    let (templates, language) = (&formatter.render_input.policies.templates, formatter.language);
    let kinds = [TemplateKind::Subject, TemplateKind::Text, TemplateKind::Html];
    let mut picked = kinds.into_iter().filter_map(|kind| Some((kind, templates.pick(kind, language)?))).peekable();
    if picked.peek().is_none() {
        return Vec::new();
    }
    let context = Context {
        rows: gather::rows(items, gather::MAIL, formatter),
        may_be_a_repeat,
        ..gather::context(items, &mail.subject, channel, formatter)
    };
    let mut complaints = Vec::new();
    for (kind, template) in picked {
        match made(kind, template, &context) {
            Ok(text) => match kind {
                TemplateKind::Subject => mail.subject = text,
                TemplateKind::Html => mail.html = text,
                TemplateKind::Text | TemplateKind::Chat => mail.text = text,
            },
            Err(slip) => complaints.push(complaint(template, &slip)),
        }
    }
    complaints
}

/// The template of a room, and what it is given.
pub(super) struct Dress<'a> {
    template: &'a Template,
    /// With all rows.
    context: Context,
}

/// What one message of a room says of its rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct PageInfo {
    pub(super) page: usize,
    pub(super) pages: usize,
    pub(super) may_be_a_repeat: bool,
}

impl<'a> Dress<'a> {
    pub(super) fn from_room(
        items: &[Item<'_>],
        title: &str,
        channel: Channel,
        formatter: &Formatter<'a>,
    ) -> Option<Self> {
        let language = formatter.language;
        let template = formatter.render_input.policies.templates.pick(TemplateKind::Chat, language)?;
        let rows = gather::rows(items, gather::ROOM, formatter);
        Some(Self { template, context: Context { rows, ..gather::context(items, title, channel, formatter) } })
    }

    /// The paragraphs of one message, line by line.
    pub(super) fn paragraphs(&self, rows: Range<usize>, sheet: PageInfo) -> Result<Vec<Vec<String>>, Complaint> {
        let PageInfo { page, pages, may_be_a_repeat } = sheet;
        let rows = self.context.rows.get(rows).unwrap_or_default().to_vec();
        let context = Context { rows, page, pages, may_be_a_repeat, ..self.context.clone() };
        let text = made(TemplateKind::Chat, self.template, &context).map_err(|slip| complaint(self.template, &slip))?;
        let paragraphs = text.split("\n\n").map(|paragraph| {
            let lines = paragraph.lines().map(|line| line.trim_end().to_owned());
            lines.filter(|line| !line.is_empty()).collect::<Vec<_>>()
        });
        Ok(paragraphs.filter(|lines| !lines.is_empty()).collect())
    }

    pub(super) fn too_long(&self) -> Complaint {
        Complaint {
            place: place(self.template, None),
            message: "what it makes of all rows does not fit into the messages of a room".to_owned(),
            help: "the built-in layout went out instead; let it say less of each row".to_owned(),
            is_failure: false,
        }
    }
}

/// What a template makes of a context, as its kind may stand in a message.
fn made(kind: TemplateKind, template: &Template, context: &Context) -> Result<String, TemplateError> {
    let is_html = kind == TemplateKind::Html;
    let text = engine::render(&template.text, is_html, context, context.rows.len())?;
    let text = match kind {
        TemplateKind::Subject => cap(&clean(&text), SUBJECT),
        TemplateKind::Text => folded(&printable(&text)),
        TemplateKind::Html | TemplateKind::Chat => printable(&text),
    };
    if text.trim().is_empty() {
        return Err(TemplateError { range: None, message: "it makes nothing of it".to_owned(), unknown: None });
    }
    Ok(text)
}

/// Lines that end in a line feed, and no other control character.
fn printable(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    lines.chars().filter(|character| matches!(character, '\n' | '\t') || !character.is_control()).collect()
}

/// Without a line that is longer than a mail may have.
fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len() + 1);
    for mut line in text.trim_end().lines() {
        while line.len() > LINE {
            let most = (1..=LINE).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(line.len());
            let at = line[..most].rfind(' ').filter(|at| *at > 0).unwrap_or(most);
            folded.push_str(line[..at].trim_end());
            folded.push('\n');
            line = line[at..].trim_start();
        }
        folded.push_str(line);
        folded.push('\n');
    }
    folded
}

fn complaint(template: &Template, slip: &TemplateError) -> Complaint {
    Complaint {
        place: place(template, slip.range.as_ref().map(|range| range.start)),
        message: slip.message.clone(),
        help: "the built-in words went out instead; certnotify validate shows where it is wrong".to_owned(),
        is_failure: true,
    }
}

fn place(template: &Template, at: Option<usize>) -> String {
    let before = at.and_then(|at| template.text.get(..at));
    let position = before.map(|before| {
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!(":{line}:{column}")
    });
    format!("template {}{}", clean(&template.path.display().to_string()), position.unwrap_or_default())
}

/// A mistake of a template as a problem of its file.
fn problem(template: &Template, slip: &TemplateError, help: &str) -> Problem {
    match &slip.range {
        Some(range) => Problem::in_text(&template.path, &template.text, range.clone(), &slip.message, help),
        None => Problem::from_file(
            &template.path,
            crate::policy::ProblemSeverity::Error,
            &slip.message,
            (!help.is_empty()).then_some(help),
        ),
    }
}
