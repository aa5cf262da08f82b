//! What a file holds, whatever its kind: known by its content and not by its name.

mod container;
pub(super) mod contents;
mod embedded;
mod embedded_der;
pub(super) mod issuers;
mod jks;
mod keybox;
mod kubernetes;
mod openpgp;
pub(super) mod pem;
mod pem_block;
pub(super) mod pkcs12;
mod pkcs7;
mod saml;
mod ssh;
mod text;

use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use contents::{Contents, Patience, ReadContext};
use issuers::Issuers;

/// Base64 as files have it: with padding or without, and with any bits after the last byte.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

/// The line of a file, counted from 1, of what stands at an offset of some text in it.
type LineAt<'a> = &'a dyn Fn(usize) -> Option<usize>;

/// The line, counted from 1, of what stands at `offset`.
fn line_at(text: &[u8], offset: usize) -> usize {
    1 + memchr::memchr_iter(b'\n', &text[..offset]).count()
}

/// At most `longest` characters of `text` as part of a place; what does not fit there stands as `_`.
fn part_of_place(text: &str, longest: usize, fits: fn(char) -> bool) -> String {
    text.chars().take(longest).map(|character| if fits(character) { character } else { '_' }).collect()
}

/// Reads every certificate of a file. Private keys beside them are passed over. `password` opens what is encrypted by
/// one; the empty one is tried too, and none.
#[must_use]
pub fn read(bytes: &[u8], issuers: &mut Issuers, password: Option<&str>) -> Contents {
    let mut contents = Contents::default();
    let context = &mut ReadContext { issuers, password, patience: Patience::default() };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if container::is_it(bytes) {
        contents.is_store = true;
        container::read(bytes, context, &mut contents);
    } else if keybox::is_it(bytes) {
        contents.is_store = true;
        keybox::read(bytes, &mut contents);
    } else if openpgp::is_it(bytes) {
        openpgp::read(bytes, &mut contents);
    } else {
        let text = text::plain_text(bytes);
        if !kubernetes::read(&text, context, &mut contents) && !saml::read(&text, context, &mut contents) {
            text::read(&text, context, &mut contents);
            openpgp::read_armored(&text, &mut contents);
            ssh::read(&text, &mut contents);
        }
    }
    contents
}
