//! A text in which what could be taken for a link or a mention is code; and one without markup, beside which it stands what is
//! bold or code.

use serde_json::{Value, json};

use super::plain;

/// These stand around what is shown as code until the page is written: no text that is clean has them, for they are of
/// private use.
pub(super) const CODE: char = '\u{e002}';
pub(super) const END_OF_CODE: char = '\u{e003}';
/// The same of what is struck through.
pub(super) const STRUCK: char = '\u{e004}';
pub(super) const END_OF_STRUCK: char = '\u{e005}';

pub(super) fn bare(text: &str) -> String {
    text.replace([CODE, END_OF_CODE, STRUCK, END_OF_STRUCK], "")
}

pub(super) fn entity(kind: &str, start: usize, end: usize) -> Value {
    json!({ "type": kind, "offset": start, "length": end - start })
}

/// Clean text, each word of which is code where the server could make more of it than a word.
pub(super) fn escape(text: &str) -> String {
    let words = plain::escape(text).replace('#', "＃");
    // What is to be typed is copied by a touch.
    if words.starts_with("certnotify ") {
        return format!("{CODE}{words}{END_OF_CODE}");
    }
    words.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn word(word: &str) -> String {
    const TELLING: &str = "./:\\$+=_%?&~<>|";
    /// A number that could be of a telephone or a card.
    const MOST_DIGITS: usize = 6;
    let core = word.trim_start_matches(['(', '"', '\'']).trim_end_matches([')', '"', '\'', ',', ';', ':', '.']);
    let digits = core.chars().filter(char::is_ascii_digit).count();
    if digits <= MOST_DIGITS && !core.contains(|character| TELLING.contains(character)) {
        return word.to_owned();
    }
    let start = word.find(core).unwrap_or_default();
    let (before, after) = (&word[..start], &word[start + core.len()..]);
    format!("{before}{CODE}{core}{END_OF_CODE}{after}")
}

/// A text that is being written, and its entities in their order.
#[derive(Default)]
pub(super) struct Script {
    pub(super) text: String,
    /// Its length as entities count it: in UTF-16.
    pub(super) units: usize,
    pub(super) entities: Vec<Value>,
}

impl Script {
    pub(super) fn plain(&mut self, text: &str) {
        self.text.push_str(text);
        self.units += text.encode_utf16().count();
    }

    /// One entity over all of `text`, which has no code in it.
    pub(super) fn block(&mut self, kind: &str, text: &str) {
        let start = self.units;
        self.plain(text);
        if self.units > start {
            self.entities.push(entity(kind, start, self.units));
        }
    }

    /// What is marked as code becomes code, and the rest `kind`: one cannot be inside the other.
    pub(super) fn write(&mut self, text: &str, kind: Option<&str>) {
        let mut rest = text;
        while let Some((before, (struck, after))) =
            rest.split_once(STRUCK).and_then(|(before, marked)| Some((before, marked.split_once(END_OF_STRUCK)?)))
        {
            self.coded(before, kind);
            self.block("strikethrough", &bare(struck));
            rest = after;
        }
        self.coded(rest, kind);
    }

    fn coded(&mut self, text: &str, kind: Option<&str>) {
        let mut rest = text;
        while let Some((before, (code, after))) =
            rest.split_once(CODE).and_then(|(before, marked)| Some((before, marked.split_once(END_OF_CODE)?)))
        {
            self.words(&bare(before), kind);
            self.block("code", &bare(code));
            rest = after;
        }
        self.words(&bare(rest), kind);
    }

    /// An entity neither begins nor ends with a space.
    fn words(&mut self, text: &str, kind: Option<&str>) {
        let Some(kind) = kind.filter(|_| !text.trim().is_empty()) else { return self.plain(text) };
        let core = text.trim();
        let start = text.find(core).unwrap_or_default();
        self.plain(&text[..start]);
        self.block(kind, core);
        self.plain(&text[start + core.len()..]);
    }

    /// A line in which `**` stands around what is bold.
    pub(super) fn emphasised(&mut self, line: &str) {
        let parts: Vec<&str> = line.split("**").collect();
        for (at, part) in parts.iter().enumerate() {
            self.write(part, (at % 2 == 1 && at + 1 < parts.len()).then_some("bold"));
        }
    }

    pub(super) fn part(&mut self) {
        self.plain("\n\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_counted_in_utf_16_and_one_is_not_inside_another() {
        let mut script = Script::default();
        script.write(&format!("🔒 证 {CODE}a.b{END_OF_CODE} c"), Some("bold"));
        assert_eq!(script.text, "🔒 证 a.b c");
        assert_eq!(
            script.entities,
            [entity("bold", 0, 4), entity("code", 5, 8), entity("bold", 9, 10)],
            "a lock is two units"
        );
    }

    #[test]
    fn a_mark_without_its_other_half_is_left_out() {
        for (text, written) in [
            (format!("a{CODE}b"), "ab"),
            (format!("a{END_OF_CODE}b"), "ab"),
            (format!("{CODE}{CODE}a{END_OF_CODE}{END_OF_CODE}"), "a"),
        ] {
            let mut script = Script::default();
            script.write(&text, None);
            assert_eq!(script.text, written);
        }
        let mut script = Script::default();
        script.emphasised("**5** of **6, **");
        assert_eq!((script.text.as_str(), script.entities.len()), ("5 of 6, ", 2));
    }

    fn shown(text: &str) -> String {
        escape(text).replace(CODE, "[").replace(END_OF_CODE, "]")
    }

    #[test]
    fn what_the_server_would_make_a_link_of_is_code_and_words_are_words() {
        for (text, code) in [
            ("vpn.example.com", "[vpn.example.com]"),
            ("Example Public CA G2", "Example Public CA G2"),
            ("DigiCert, Inc.", "DigiCert, Inc."),
            ("Pay (at evil.example), now", "Pay (at [evil.example]), now"),
            ("/start", "[/start]"),
            ("a@evil.example #tag @all", "[a＠evil.example] ＃tag ＠all"),
            ("https://evil.example", "[https：//evil.example]"),
            ("tg://user?id=1", "[tg：//user?id=1]"),
            ("+8613800000000 4111111111111111", "[+8613800000000] [4111111111111111]"),
            ("证书 支付", "证书 支付"),
            ("certnotify snooze NAME", "[certnotify snooze NAME]"),
            ("", ""),
            (" . ", " . "),
        ] {
            assert_eq!(shown(text), code, "{text}");
        }
    }
}
