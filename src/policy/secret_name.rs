//! Whether a text names a secret, or may be the secret itself.

/// Whether the text may be shown where a secret was meant by its name.
pub(super) fn may_be_name(text: &str) -> bool {
    let is_plain = |character: char| character.is_alphanumeric() || matches!(character, '_' | '-' | '.' | '/' | '@');
    text.chars().all(is_plain) && may_be_path(text)
}

pub(super) fn is_name_of_variable(name: &str) -> bool {
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.bytes().all(is_of_name) && !name.starts_with(|first: char| first.is_ascii_digit()) && !looks_random(name)
}

pub(super) fn is_name_of_credential(name: &str) -> bool {
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'@');
    name.bytes().all(is_of_name) && !name.starts_with('.') && !looks_random(name)
}

pub(super) fn may_be_path(path: &str) -> bool {
    let is_address = path.contains("://") || path.contains(['?', '$']);
    !is_address && (path.contains('/') || !looks_random(path))
}

/// Keys and tokens have long runs of letters and digits; names do not.
fn looks_random(text: &str) -> bool {
    const LONG: usize = 20;
    const DIGITS: usize = 4;
    let is_random = |run: &str| run.len() >= LONG && run.bytes().filter(u8::is_ascii_digit).count() >= DIGITS;
    text.starts_with("whsec_") || text.split(|character: char| !character.is_ascii_alphanumeric()).any(is_random)
}
