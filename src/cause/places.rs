//! Clauses with and without what tells one place from another.

use std::fmt::Display;

#[derive(Clone, Copy)]
pub(super) enum Places {
    Named,
    LeftOut,
}

/// Stands for a place that is left out.
const LEFT_OUT: &str = "…";

impl Places {
    pub(super) fn bare(self, place: impl Display) -> String {
        match self {
            Self::Named => place.to_string(),
            Self::LeftOut => LEFT_OUT.to_owned(),
        }
    }

    pub(super) fn quoted(self, place: impl Display) -> String {
        match self {
            Self::Named => format!("`{place}`"),
            Self::LeftOut => LEFT_OUT.to_owned(),
        }
    }

    /// A clause that was remembered as text: its quoted names, addresses and paths are places.
    pub(super) fn text(self, clause: &str) -> String {
        if matches!(self, Self::Named) {
            return clause.to_owned();
        }
        let unquoted: String =
            clause.split('`').enumerate().map(|(nth, part)| if nth % 2 == 0 { part } else { LEFT_OUT }).collect();
        let is_mark = |character: char| matches!(character, ',' | ':' | ';' | '(' | ')');
        let words = unquoted.split(' ').map(|word| {
            let core = word.trim_matches(is_mark).trim_end_matches('.');
            if core.contains(['.', ':', '/']) { word.replace(core, LEFT_OUT) } else { word.to_owned() }
        });
        words.collect::<Vec<_>>().join(" ")
    }
}
