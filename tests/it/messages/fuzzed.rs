//! Names that certificates may have, bent: whatever they are, they are only words in every channel.

use super::harmless_mail::assert_mails_are_safe;
use super::hostile::{assert_rooms_are_safe, corpus, first_messages, in_each_language};
use crate::support::mutation::fuzz;

/// Longer names are cut alike, and cost the same work again.
const LONGEST: usize = 400;

#[test]
fn no_name_is_more_than_words_in_any_channel() {
    let one_row = in_each_language(&[1]);
    let twins = first_messages("harmless text", &one_row);
    let seeds: Vec<Vec<u8>> =
        corpus().into_iter().filter(|name| name.len() <= LONGEST).map(String::into_bytes).collect();
    fuzz("names", &seeds, |bytes| {
        let text: String = String::from_utf8_lossy(bytes).chars().take(LONGEST).collect();
        assert_rooms_are_safe(&text, &one_row, &twins);
        assert_mails_are_safe(&text);
    });
}
