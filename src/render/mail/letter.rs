//! A mail before it is laid out: what stands in it, once for the text and for the HTML.

use crate::policy::Language;
use crate::render::formatter::{Command, Formatter};
use crate::render::urgency::Tier;
use crate::render::wording::{self, Sentence};

/// Of a row of a digest, names and places beyond these are counted.
pub(super) const ROW_NAMES: usize = 3;
pub(super) const ROW_PLACES: usize = 2;

#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// Rows of it that are not among those.
    pub(super) not_named: usize,
    /// The file beside the mail that has all of it.
    pub(super) file: Option<&'static str>,
    pub(super) footer: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// The first paragraph, where the two differ.
    Opening { in_text: String, in_html: String },
    /// Sentences.
    Paragraph(String),
    /// What is to be done.
    ToDo(String),
    /// Text of a report, line by line, and whose it is.
    Quote { lines: Vec<String>, source: &'static str },
    /// What is known of a certificate.
    Facts { heading: &'static str, facts: Vec<Fact> },
    /// The sections: the names in the text, names and details in the HTML.
    List,
    /// The details of the sections, which only the text has apart.
    Details { heading: &'static str },
    /// Of which rows there is less than the rest has.
    LeftOut,
    /// The notes of several entries, by entry.
    Notes { heading: &'static str, notes: Vec<(String, Vec<String>)> },
    /// Why the mail comes, and when the next.
    Explanation { heading: &'static str, paragraphs: Vec<String> },
    /// What to type.
    Command(Command),
}

#[derive(Clone, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) tier: Tier,
    pub(super) heading: &'static str,
    pub(super) rows: Vec<LetterLine>,
}

impl Letter {
    /// Without the rows of a digest.
    pub(super) fn new(tier: Option<Tier>, title: String, blocks: Vec<Block>, formatter: &Formatter<'_>) -> Self {
        Self {
            language: formatter.language,
            tier,
            title,
            status_label: None,
            blocks,
            sections: Vec::new(),
            not_named: 0,
            file: None,
            footer: formatter.footer(),
        }
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &LetterLine> {
        self.sections.iter().flat_map(|section| &section.rows)
    }

    /// What is said of the rows that have no details, and of those without a name.
    pub(super) fn left_out(&self) -> Vec<String> {
        let words = wording::of(self.language);
        let without_details = self.rows().filter(|row| !row.has_details()).count();
        let details = (without_details > 0)
            .then(|| words.say(Sentence::DetailsLeftOut { rows: without_details, file: self.file }));
        details
            .into_iter()
            .chain((self.not_named > 0).then(|| words.say(Sentence::NamesLeftOut { rows: self.not_named })))
            .collect()
    }

    /// Says nothing more of the file beside it.
    pub(super) fn without_file(&mut self) {
        let Some(file) = self.file.take() else { return };
        let names_it = wording::of(self.language).say(Sentence::Attached { file });
        self.blocks.retain(|block| !matches!(block, Block::Paragraph(text) if *text == names_it));
    }

    /// The same with details of no row but the first `details`, and names of none but the first `names`.
    pub(super) fn cut(&mut self, names: usize, details: usize) {
        for block in self.blocks.iter_mut().filter(|_| details == 0) {
            if let Block::Opening { in_text, in_html } = block {
                in_text.clone_from(in_html);
            }
        }
        let mut at = 0;
        for section in &mut self.sections {
            for row in section.rows.iter_mut().skip(details.saturating_sub(at)) {
                row.drop_details();
            }
            let kept = names.saturating_sub(at).min(section.rows.len());
            at += section.rows.len();
            self.not_named += section.rows.len() - kept;
            section.rows.truncate(kept);
        }
        self.sections.retain(|section| !section.rows.is_empty());
    }
}

impl LetterLine {
    pub(super) fn has_details(&self) -> bool {
        !self.facts.is_empty() || !self.brief.is_empty()
    }

    fn drop_details(&mut self) {
        self.facts = Vec::new();
        self.brief = Vec::new();
        self.remarks = Vec::new();
    }
}

/// One certificate of a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
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
