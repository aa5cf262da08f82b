//! What languages in full-width letters have in common: where Latin letters meet them, and marks around names.

use unicode_width::UnicodeWidthChar as _;

/// `text` before a full-width letter: with a space only where it ends in a Latin one.
pub(super) fn before(text: &str) -> String {
    let is_latin = text.chars().last().is_some_and(|last| last.width() == Some(1));
    if is_latin { format!("{text} ") } else { text.to_owned() }
}

/// `text` after a full-width letter: with a space only where it begins with a Latin one.
pub(super) fn after(text: &str) -> String {
    let is_latin = text.chars().next().is_some_and(|first| first.width() == Some(1));
    if is_latin { format!(" {text}") } else { text.to_owned() }
}

/// `（a、b）`, or nothing.
pub(super) fn aside(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("（{text}）") }
}
