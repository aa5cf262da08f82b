//! One man page, and the forms of text in it.

use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

/// A page as it is written to disk.
pub(super) struct Page {
    /// `certnotify-run`.
    pub(super) name: String,
    pub(super) section: u8,
    pub(super) text: String,
}

impl Page {
    pub(super) fn file_name(&self) -> String {
        format!("{}.{}", self.name, self.section)
    }

    /// Without the name of the program before it.
    pub(super) fn short_name(&self) -> &str {
        self.name.strip_prefix("certnotify-").unwrap_or(&self.name)
    }

    pub(super) fn is_called(&self, wanted: &str) -> bool {
        wanted == self.name || wanted == self.short_name() || wanted == self.file_name()
    }
}

/// The head of a page. It bears no date, so that one version gives the same pages whenever they are made.
pub(super) fn head(name: &str, section: u8) -> String {
    let (name, version) = (name.to_uppercase(), env!("CARGO_PKG_VERSION"));
    format!(".TH \"{name}\" \"{section}\" \"\" \"certnotify {version}\" \"certnotify\"\n")
}

/// Text in which words in backticks are bold.
pub(super) fn inlines(text: &str) -> Vec<Inline> {
    let parts = text.split('`').enumerate();
    parts.map(|(index, part)| if index % 2 == 0 { roman(part) } else { bold(part) }).collect()
}

pub(super) fn section(roff: &mut Roff, title: &str) {
    roff.control("SH", [title]);
}

/// Lines as they are.
pub(super) fn literal(roff: &mut Roff, lines: &[&str]) {
    roff.control("PP", []).control("nf", []);
    for line in lines {
        // An empty line is one of the output as well.
        roff.text([roman(if line.is_empty() { " " } else { line })]);
    }
    roff.control("fi", []);
}

/// `certnotify-plan(1), certnotify-policies(5)`.
pub(super) fn see_also(roff: &mut Roff, pages: &[(&str, u8)]) {
    section(roff, "SEE ALSO");
    let mut line = Vec::new();
    for (index, (name, section)) in pages.iter().enumerate() {
        if index > 0 {
            line.push(roman(", "));
        }
        line.extend([bold(*name), roman(format!("({section})"))]);
    }
    roff.text(line);
}

/// A term, its value and what it means.
pub(super) fn term(roff: &mut Roff, term: &str, value: &str, meaning: &str) {
    roff.control("TP", []);
    let mut line = vec![bold(term)];
    if !value.is_empty() {
        line.push(roman(" "));
        line.push(italic(value.replace('`', "")));
    }
    roff.text(line);
    roff.text(inlines(meaning));
}
