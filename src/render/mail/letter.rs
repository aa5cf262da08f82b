//! A mail before it is laid out: what stands in it, once for the text and for the HTML.

use crate::policy::Language;
use crate::render::digest::Tier;
use crate::render::message_context::Command;

#[derive(Clone, Debug)]
pub(super) struct Letter {
    pub(super) language: Language,
    /// The colour of its head.
    pub(super) tier: Option<Tier>,
    /// The head of the HTML; the text has its subject.
    pub(super) title: String,
    pub(super) status_label: Option<String>,
    pub(super) blocks: Vec<Block>,
    /// The rows of a digest.
    pub(super) sections: Vec<Section>,
    pub(super) footer: String,
}

#[derive(Clone, Debug)]
pub(super) enum Block {
    /// The first paragraph, where the two differ.
    Opening {
        in_text: String,
        in_html: String,
    },
    Paragraph(String),
    ToDo(String),
    /// Text of a report, line by line, and whose it is.
    Quote {
        lines: Vec<String>,
        source: &'static str,
    },
    Facts {
        heading: &'static str,
        facts: Vec<Fact>,
    },
    /// The sections: the names in the text, names and details in the HTML.
    List,
    /// The details of the sections, which only the text has apart.
    Details {
        heading: &'static str,
    },
    /// The notes of several entries, by entry.
    Notes {
        heading: &'static str,
        notes: Vec<(String, Vec<String>)>,
    },
    Explanation {
        heading: &'static str,
        paragraphs: Vec<String>,
    },
    Command(Command),
}

#[derive(Clone, Debug)]
pub(super) struct Fact {
    pub(super) label: &'static str,
    pub(super) lines: Vec<String>,
    /// To be compared digit by digit.
    pub(super) is_exact: bool,
}

impl Fact {
    pub(super) fn new(label: &'static str, lines: Vec<String>) -> Self {
        Self { label, lines, is_exact: false }
    }

    pub(super) fn exact(label: &'static str, text: String) -> Self {
        Self { label, lines: vec![text], is_exact: true }
    }
}

/// The rows of one tier.
#[derive(Clone, Debug)]
pub(super) struct Section {
    pub(super) tier: Tier,
    pub(super) heading: &'static str,
    pub(super) rows: Vec<LetterLine>,
}

/// One certificate of a digest.
#[derive(Clone, Debug)]
pub(super) struct LetterLine {
    /// `22 d`.
    pub(super) left: String,
    /// `Mon 2026-12-14`.
    pub(super) day: String,
    pub(super) label: String,
    /// The whole name, as commands take it.
    pub(super) name: String,
    /// `, expires 2026-12-14 00:59:59`.
    pub(super) state: String,
    pub(super) facts: Vec<Fact>,
    /// The same facts for narrow places: a line each.
    pub(super) brief: Vec<String>,
    pub(super) remarks: Vec<String>,
}
