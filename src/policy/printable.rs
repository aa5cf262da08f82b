//! What of a text people can see.

use std::borrow::Cow;

/// Without anything that a terminal or a reader could take for more than a character.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unprintable) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => cleaned.push_str("    "),
            unprintable if is_unprintable(unprintable) => cleaned.extend(unprintable.escape_unicode()),
            printable => cleaned.push(printable),
        }
    }
    Cow::Owned(cleaned)
}

/// What a policy file refuses in a name: control characters, and what turns the direction of text or is not seen.
#[must_use]
pub fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}'
        )
}
