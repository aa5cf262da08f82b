//! Chats of Telegram: plain text, and beside it which parts of it are bold or code.

use serde_json::{Value, json};

use super::chat::{ChatRow, Layout, Page, Vendor};
use super::columns::{pad_left, width};
use super::digest::Tier;
use super::plain;
use super::untrusted::is_dns_shaped;

/// Of the text in UTF-16 units; the server refuses more than 4096.
const BUDGET: usize = 3_900;
/// The server leaves out what comes after a hundred entities.
const MOST_ENTITIES: usize = 100;

/// These stand around what is shown as code until the page is written: no text that is clean has them, for they are of
/// private use.
const CODE: char = '\u{e002}';
const END_OF_CODE: char = '\u{e003}';

/// No markup is parsed, so none can be forged. But of words the server makes links, mentions and commands by itself, except
/// in code: so everything that looks like one is code.
pub(super) struct Telegram;

impl Vendor for Telegram {
    fn escape(&self) -> fn(&str) -> String {
        escape
    }

    /// There `**` stands around what is bold.
    fn ink_of_templates(&self) -> fn(&str) -> String {
        |text| if is_dns_shaped(text) { escape(text) } else { escape(&text.replace('*', "＊")) }
    }

    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        let mut script = Script::default();
        script.write(&page.heading, Some("bold"));
        for line in &page.head {
            script.part();
            script.emphasised(line);
        }
        if page.layout == Layout::Dense && !page.rows.is_empty() {
            script.part();
            script.block("pre", &list(&page.rows));
        } else {
            page.rows.iter().for_each(|row| script.row(row, page.layout));
        }
        if !page.footer.is_empty() {
            script.part();
            let (at, start) = (script.entities.len(), script.units);
            script.write(&page.footer.join("\n"), None);
            script.entities.insert(at, entity("blockquote", start, script.units));
        }
        let quiet = json!({ "is_disabled": true });
        let plainer = json!({ "text": script.text, "link_preview_options": quiet });
        (json!({ "text": script.text, "entities": script.entities, "link_preview_options": quiet }), Some(plainer))
    }

    fn fits(&self, payload: &Value) -> bool {
        let is_short = payload["text"].as_str().is_some_and(|text| text.encode_utf16().count() <= BUDGET);
        is_short && payload["entities"].as_array().is_none_or(|entities| entities.len() <= MOST_ENTITIES)
    }
}

/// Clean text, each word of which is code where the server could make more of it than a word.
fn escape(text: &str) -> String {
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

/// One line each: the dates are first, for a list that began with a space would move all entities behind it; the names
/// are last, for they differ most in length.
fn list(rows: &[ChatRow]) -> String {
    let widest = rows.iter().map(|row| width(&row.left_short)).max().unwrap_or_default();
    let line = |row: &ChatRow| format!("{}  {}  {}", row.date, pad_left(&row.left_short, widest), bare(&row.label));
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn bare(text: &str) -> String {
    text.replace([CODE, END_OF_CODE], "")
}

fn entity(kind: &str, start: usize, end: usize) -> Value {
    json!({ "type": kind, "offset": start, "length": end - start })
}

/// A text that is being written, and its entities in their order.
#[derive(Default)]
struct Script {
    text: String,
    /// Its length as entities count it: in UTF-16.
    units: usize,
    entities: Vec<Value>,
}

impl Script {
    fn plain(&mut self, text: &str) {
        self.text.push_str(text);
        self.units += text.encode_utf16().count();
    }

    /// One entity over all of `text`, which has no code in it.
    fn block(&mut self, kind: &str, text: &str) {
        let start = self.units;
        self.plain(text);
        if self.units > start {
            self.entities.push(entity(kind, start, self.units));
        }
    }

    /// What is marked as code becomes code, and the rest `kind`: one cannot be inside the other.
    fn write(&mut self, text: &str, kind: Option<&str>) {
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
    fn emphasised(&mut self, line: &str) {
        let parts: Vec<&str> = line.split("**").collect();
        for (at, part) in parts.iter().enumerate() {
            self.write(part, (at % 2 == 1 && at + 1 < parts.len()).then_some("bold"));
        }
    }

    fn part(&mut self) {
        self.plain("\n\n");
    }

    fn row(&mut self, row: &ChatRow, layout: Layout) {
        self.part();
        self.write(&format!("{}. {}", row.number, row.label), Some("bold"));
        let is_urgent = matches!(row.tier, Tier::Expired | Tier::Within7 | Tier::Urgent);
        self.plain(" ");
        self.write(&row.left, is_urgent.then_some("bold"));
        if layout == Layout::Rich {
            for line in &row.lines {
                self.plain("\n");
                self.write(line, None);
            }
        } else if !row.facts().is_empty() {
            self.plain("\n");
            self.block("code", &bare(&row.facts()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn no_text_of_a_certificate_is_bold_in_a_template() {
        let escape = Telegram.ink_of_templates();
        assert_eq!(escape("a **b** c"), "a ＊＊b＊＊ c");
        assert_eq!(bare(&escape("*.example.com")), "*.example.com");
    }

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
}
