//! Takes secrets out of what peers, programs and the system say, however they write them.

mod of_policy;

pub(crate) use of_policy::{hide_login, of_policy};

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::percent_decode_str;

use crate::secret::{Zeroize as _, Zeroizing};
use crate::text::untrusted;

const MASK: &str = "<secret>";

/// A part of a secret that is this long is not shown: shorter ones are in other texts by chance.
const TELLING: usize = 8;
/// What base64 makes of a shorter one is a word of few characters.
const SHORTEST_IN_BASE64: usize = 5;
/// Longer answers are cut before they are searched.
const LONGEST: usize = 2000;
/// What is shown of an answer, in characters.
const SHOWN: usize = 240;

#[derive(Clone, Default)]
pub(crate) struct Redactor {
    /// Of these not even a part is shown.
    secrets: Vec<Vec<u8>>,
    /// These are not shown whole: their parts are ordinary words.
    wholes: Vec<Vec<u8>>,
}

impl Redactor {
    pub(crate) fn hide(&mut self, secret: &str) {
        if secret.is_empty() {
            return;
        }
        self.hide_bytes(secret.as_bytes());
        // A program that reads it in an address prints what it stands for.
        if secret.contains('%') {
            self.hide_bytes(&Zeroizing::new(percent_decode_str(secret).collect::<Vec<u8>>()));
        }
    }

    fn hide_bytes(&mut self, secret: &[u8]) {
        self.secrets.push(folded(secret));
        if secret.len() >= SHORTEST_IN_BASE64 {
            self.secrets.extend(in_base64(secret));
        }
    }

    /// As [`Self::hide`], but not for a short one: it is a word that stands in many texts.
    pub(crate) fn hide_word(&mut self, secret: &str) {
        if secret.len() >= TELLING {
            self.hide(secret);
        }
    }

    pub(crate) fn hide_whole(&mut self, text: &str) {
        if text.len() > 1 {
            self.wholes.push(folded(text.as_bytes()));
        }
    }

    /// What follows the host of an address is the key to the room.
    pub(crate) fn hide_address(&mut self, path: &str, query: &str) {
        self.hide_whole(&Zeroizing::new(format!("{path}?{query}")));
        self.hide_whole(path);
        self.hide_whole(query);
        query.split('&').filter_map(|pair| pair.split_once('=')).for_each(|(_, value)| self.hide(value));
        // A short part of a path is a word, and no key.
        path.split('/').filter(|part| part.len() >= 12).for_each(|part| self.hide(part));
    }

    /// What a peer said: on one line, harmless, without any secret, and not long.
    pub(crate) fn said(&self, text: &str) -> String {
        let text = untrusted::clean(&text.chars().take(LONGEST).collect::<String>());
        let mut is_hidden = vec![false; text.len()];
        for view in [View::plain(&text), View::from_percent_encoding(&text), View::from_json(&text)] {
            self.hide_in(&view, &mut is_hidden);
        }
        untrusted::cap(&masked(&text, &is_hidden), SHOWN)
    }

    fn hide_in(&self, view: &View, is_hidden: &mut [bool]) {
        let mut windows: HashMap<&[u8], Vec<usize>> = HashMap::new();
        for (at, window) in view.bytes.windows(TELLING).enumerate() {
            windows.entry(window).or_default().push(at);
        }
        for secret in &self.secrets {
            if secret.len() < TELLING {
                view.places_of_word(secret).for_each(|found| view.hide(found, is_hidden));
            }
            for (start, window) in secret.windows(TELLING).enumerate() {
                for at in windows.get(window).into_iter().flatten() {
                    let run = secret[start..].iter().zip(&view.bytes[*at..]).take_while(|(one, other)| one == other);
                    view.hide(*at..at + run.count(), is_hidden);
                }
            }
        }
        for whole in &self.wholes {
            view.places_of(whole).for_each(|found| view.hide(found, is_hidden));
        }
    }
}

impl Drop for Redactor {
    fn drop(&mut self) {
        self.secrets.zeroize();
        self.wholes.zeroize();
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

/// A text as it reads once an encoding is undone, and where each byte of it comes from.
struct View {
    bytes: Vec<u8>,
    origins: Vec<Range<usize>>,
}

impl View {
    fn plain(text: &str) -> Self {
        Self::decoded(text, |_| None)
    }

    /// `%2f` and `%2F` are `/`.
    fn from_percent_encoding(text: &str) -> Self {
        Self::decoded(text, |rest| {
            let digits = rest.strip_prefix(b"%")?.get(..2)?;
            Some((vec![u8::try_from(from_hex(digits)?).ok()?], 3))
        })
    }

    /// `\/`, `\"` and `\u002f` as JSON has them.
    fn from_json(text: &str) -> Self {
        Self::decoded(text, |rest| {
            let escape = rest.strip_prefix(b"\\")?;
            match *escape.first()? {
                b'u' => {
                    let character = char::from_u32(from_hex(escape.get(1..5)?)?)?;
                    Some((character.to_string().into_bytes(), 6))
                }
                escaped @ (b'"' | b'/' | b'\\') => Some((vec![escaped], 2)),
                _ => None,
            }
        })
    }

    /// `decode` says what the beginning of the rest stands for, and how long that is.
    fn decoded(text: &str, decode: impl Fn(&[u8]) -> Option<(Vec<u8>, usize)>) -> Self {
        let text = text.as_bytes();
        let mut view = Self { bytes: Vec::with_capacity(text.len()), origins: Vec::with_capacity(text.len()) };
        let mut at = 0;
        while at < text.len() {
            let (bytes, length) = decode(&text[at..]).unwrap_or_else(|| (vec![text[at]], 1));
            for byte in bytes {
                view.bytes.push(byte.to_ascii_lowercase());
                view.origins.push(at..at + length);
            }
            at += length;
        }
        view
    }

    fn hide(&self, found: Range<usize>, is_hidden: &mut [bool]) {
        for origin in &self.origins[found] {
            is_hidden[origin.clone()].fill(true);
        }
    }

    fn places_of<'a>(&'a self, part: &'a [u8]) -> impl Iterator<Item = Range<usize>> + 'a {
        let starts = self.bytes.windows(part.len().max(1)).enumerate();
        starts.filter(move |(_, window)| *window == part).map(|(at, window)| at..at + window.len())
    }

    /// Where `word` stands by itself and is no part of another word.
    fn places_of_word<'a>(&'a self, word: &'a [u8]) -> impl Iterator<Item = Range<usize>> + 'a {
        let is_part = |at: Option<usize>| {
            at.and_then(|at| self.bytes.get(at)).is_some_and(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii())
        };
        self.places_of(word).filter(move |found| !is_part(found.start.checked_sub(1)) && !is_part(Some(found.end)))
    }
}

fn masked(text: &str, is_hidden: &[bool]) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut was_hidden = false;
    for (at, character) in text.char_indices() {
        // A character of which one byte is hidden is hidden.
        let hidden = is_hidden[at..at + character.len_utf8()].contains(&true);
        match (hidden, was_hidden) {
            (false, _) => shown.push(character),
            (true, false) => shown.push_str(MASK),
            (true, true) => {}
        }
        was_hidden = hidden;
    }
    shown
}

/// Folded, what base64 makes of a secret wherever it begins in a longer text, without the characters that depend on what
/// stands before and after it.
fn in_base64(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = Vec::new();
    for before in 0..3 {
        let whole = Zeroizing::new([&[0; 2][..before.min(2)], secret].concat());
        let first = (before * 8).div_ceil(6);
        let last = whole.len() * 8 / 6;
        for form in [STANDARD_NO_PAD.encode(&*whole), URL_SAFE_NO_PAD.encode(&*whole)].map(Zeroizing::new) {
            let form = Zeroizing::new(folded(&form.as_bytes()[first..last]));
            if !forms.contains(&*form) {
                forms.push(form.to_vec());
            }
        }
    }
    forms
}

fn from_hex(digits: &[u8]) -> Option<u32> {
    let is_hex = digits.iter().all(u8::is_ascii_hexdigit);
    std::str::from_utf8(digits).ok().filter(|_| is_hex).and_then(|digits| u32::from_str_radix(digits, 16).ok())
}

fn folded(text: &[u8]) -> Vec<u8> {
    text.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_peer_that_echoes_a_secret_or_a_part_of_it_is_quoted_without_it() {
        let mut redactor = Redactor::default();
        redactor.hide("SECa1b2c3d4e5f6");
        redactor.hide("pw");
        redactor.hide_whole("/robot/send?access_token=x");
        assert_eq!(redactor.said("token SECa1b2c3d4e5f6 is bad"), "token <secret> is bad");
        assert_eq!(redactor.said("starts with seca1B2c, hm"), "starts with <secret>, hm");
        assert_eq!(redactor.said("you said SEC\u{200B}a1b2c3d4e5f6"), "you said <secret>");
        assert_eq!(redactor.said("POST /robot/send?access_token=x; pw"), "POST <secret>; <secret>");
        assert_eq!(redactor.said("access_token is missing\u{1b}[2J\nx"), "access_token is missing[2J x");
        assert_eq!(redactor.said("no pwd, no secre"), "no pwd, no secre");
        assert!(redactor.said(&"long ".repeat(100_000)).chars().count() <= SHOWN);
    }

    #[test]
    fn what_is_known_of_a_secret_is_wiped_with_its_forms() {
        let canary = crate::disk::wiped::Canary::new(2);
        let mut redactor = Redactor::default();
        redactor.hide(&canary.text());
        redactor.hide_whole(&canary.text());
        assert!(canary.is_in_memory(), "it is in use");
        drop(redactor);
        assert!(!canary.is_in_memory());
    }

    #[test]
    fn an_encoded_secret_is_hidden_too() {
        let mut redactor = Redactor::default();
        redactor.hide("a/b+c d\"é&f=g");
        for echo in [
            "a/b+c d\"é&f=g",
            "a%2Fb%2Bc%20d%22%C3%A9%26f%3Dg",
            "a%2fb%2bc%20d%22%c3%a9%26f%3dg",
            "a\\/b+c d\\\"\\u00e9&f=g",
            "\\u0061\\u002Fb\\u002bc d\\u0022\\u00E9\\u0026f=g",
        ] {
            assert_eq!(redactor.said(&format!("got {echo}!")), "got <secret>!", "{echo}");
        }
    }

    proptest! {
        #[test]
        fn base64_hides_wherever_the_secret_begins(
            before in "[ -~]{0,20}", secret in "[!-~]{12,40}", after in "[ -~]{0,20}", is_url_safe in any::<bool>(),
        ) {
            let mut redactor = Redactor::default();
            redactor.hide(&secret);
            let whole = format!("{before}{secret}{after}");
            let encoded = if is_url_safe { URL_SAFE_NO_PAD.encode(&whole) } else { STANDARD_NO_PAD.encode(&whole) };
            let shown = redactor.said(&encoded);
            let kept: usize = shown.split(MASK).map(str::len).sum();
            prop_assert!(shown.contains(MASK), "{shown}");
            prop_assert!(kept <= (before.len() + after.len()) * 4 / 3 + 6, "{shown}");
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,200}", secret in ".{0,40}") {
            let mut redactor = Redactor::default();
            redactor.hide(&secret);
            redactor.hide_whole(&secret);
            redactor.said(&text);
        }
    }
}
