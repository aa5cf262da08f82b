//! Printable text: what is removed from it, where it is cut, how wide it is shown.

pub(crate) mod columns;
mod length;
pub mod untrusted;
mod words;

use std::borrow::Cow;
use std::path::Path;

pub(crate) use length::whole_units;
pub use length::{Unit, amounts};
pub(crate) use words::words;

/// The nearest boundary of characters at or before `at`.
pub(crate) fn boundary_at_most(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// The value of one hexadecimal digit.
pub(crate) const fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// The bytes that such digits stand for, in either case.
pub(crate) fn unhex(digits: &str) -> Option<Vec<u8>> {
    let pair = |pair: &[u8]| Some(hex_digit(pair[0])? << 4 | hex_digit(*pair.get(1)?)?);
    digits.as_bytes().chunks(2).map(pair).collect()
}

/// As `String::from_utf8_lossy`, which looks at each character also where all are as they should be.
pub(crate) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// The path as text, as its `to_string_lossy`.
pub(crate) fn of_path(path: &Path) -> Cow<'_, str> {
    lossy(path.as_os_str().as_encoded_bytes())
}

/// Two lower-case hexadecimal digits for each byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |digit: u8| char::from(b"0123456789abcdef"[usize::from(digit)]);
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 0xf));
    }
    text
}
