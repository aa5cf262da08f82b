//! Text from certificates and peers, made harmless for each channel.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::boundary_at_most;

/// Longest part of a name of a certificate that is shown.
pub const NAME: usize = 64;
/// Longest part of the name of an issuer in a chat.
pub const ISSUER: usize = 32;
/// Longest part of what a peer or the operating system said.
pub const ERROR: usize = 120;

/// Marks on one letter beyond these only climb over the lines above.
const MARKS_ON_A_LETTER: usize = 3;

/// `text` on one line without anything a terminal, a file or a reader could be deceived by: no control
/// character, nothing invisible, nothing that turns the direction of writing; line breaks, tabs and runs of
/// spaces are one space. In NFC, so every escape comes after it.
#[must_use]
pub fn clean(text: &str) -> String {
    cleaned(text).into_owned()
}

/// As [`clean`]: most text is so already, and is not copied.
#[must_use]
pub fn cleaned(text: &str) -> Cow<'_, str> {
    if is_clean_ascii(text) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len());
    for character in clean_keeping_spaces(text).chars() {
        if character != ' ' || !(cleaned.is_empty() || cleaned.ends_with(' ')) {
            cleaned.push(character);
        }
    }
    cleaned.truncate(cleaned.trim_end_matches(' ').len());
    Cow::Owned(cleaned)
}

/// As [`clean`], but with its spaces: for one line of a text that is laid out in columns.
#[must_use]
pub fn clean_keeping_spaces(text: &str) -> String {
    if is_printable_ascii(text) {
        return text.to_owned();
    }
    let mut marks = 0;
    let visible = text.chars().filter(|character| !is_invisible(*character));
    let spaced = visible.map(|character| if is_space(character) { ' ' } else { character });
    spaced
        .filter(|character| {
            marks = if is_combining_mark(*character) { marks + 1 } else { 0 };
            marks <= MARKS_ON_A_LETTER
        })
        .nfc()
        .collect()
}

/// Printable, with single spaces between words and none around them.
fn is_clean_ascii(text: &str) -> bool {
    let mut before = b' ';
    let is_clean = text.bytes().all(|byte| {
        let is_second_space = byte == b' ' && before == b' ';
        before = byte;
        matches!(byte, b' '..=b'~') && !is_second_space
    });
    is_clean && (before != b' ' || text.is_empty())
}

fn is_printable_ascii(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// At most `limit` characters: the beginning and the end, with `…` for what is left out.
#[must_use]
pub fn cap(text: &str, limit: usize) -> String {
    let count = text.chars().count();
    if count <= limit {
        return text.to_owned();
    }
    let tail = (limit / 3).saturating_sub(1);
    let head = limit.saturating_sub(tail + 1);
    text.chars().take(head).chain(['…']).chain(text.chars().skip(count - tail)).collect()
}

/// Text of a certificate or a peer for a mail: clean, capped, and no address that a mail program would make a link of.
pub(crate) fn peer(text: &str, limit: usize) -> String {
    cap(&clean(&bounded(text)), limit).replace("://", "：//")
}

/// Text of the policy file or of the machine: clean. An address of a page in it is one as it was written: what is left out,
/// as the name of a folder that cannot be seen, makes none of a path.
pub(crate) fn own(text: &str) -> String {
    let cleaned = clean(&bounded(text));
    if text.contains("://") { cleaned } else { cleaned.replace("://", "：//") }
}

/// Text that is to be capped, without what is never shown: a name of a megabyte costs no more than a long one.
pub(crate) fn bounded(text: &str) -> Cow<'_, str> {
    const HALF: usize = 2048;
    if text.len() <= 2 * HALF {
        return Cow::Borrowed(text);
    }
    let (start, end) = (boundary_at_most(text, HALF), boundary_at_most(text, text.len() - HALF));
    Cow::Owned(format!("{}…{}", &text[..start], &text[end..]))
}

/// A DNS name, with or without a wildcard, or an address: nothing in it needs more than a look.
#[must_use]
pub fn is_dns_shaped(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let is_label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(is_inner);
    let has_edges = |label: &str| !label.starts_with('-') && !label.ends_with('-');
    let name = text.strip_prefix("*.").unwrap_or(text);
    let name = name.strip_suffix('.').unwrap_or(name);
    let mut labels = name.rsplit('.');
    let is_name = labels.next().is_some_and(is_label) && labels.all(|label| is_label(label) && has_edges(label));
    is_name || text.parse::<std::net::IpAddr>().is_ok()
}

/// Clean text for services whose messages have a structure and no markup: nothing that a client would make a link of.
pub(crate) fn structured(text: &str) -> String {
    if is_dns_shaped(text) { text.to_owned() } else { text.replace("://", "：//").replace('@', "＠") }
}

/// The same where two asterisks mark what is strong: in what a template makes.
pub(crate) fn structured_in_templates(text: &str) -> String {
    if is_dns_shaped(text) { text.to_owned() } else { structured(text).replace('*', "＊") }
}

/// A clean note of the policy file: escaped as free text, but addresses of pages stay what they are.
pub(crate) fn note(text: &str, escape: fn(&str) -> String) -> String {
    let Some(start) = next_page(text) else { return escape(text) };
    let (before, rest) = text.split_at(start);
    let end = rest.find(|character| !is_plain_in_a_page(character)).unwrap_or(rest.len());
    let page = rest[..end].trim_end_matches(['.', ',', ':', '?']);
    let after = &rest[page.len()..];
    let is_page = page.trim_start_matches(|character| character != '/').len() > "//".len();
    let page = if is_page { page.to_owned() } else { escape(page) };
    let after = if after.is_empty() { String::new() } else { note(after, escape) };
    let before = if before.is_empty() { String::new() } else { escape(before) };
    before + &page + &after
}

/// Text as the content and the attributes of HTML take it.
#[must_use]
pub fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Without anything that any markup would take for its own.
pub(crate) fn substituted(text: &str) -> String {
    let text = text.replace("://", "：//");
    text.chars()
        .map(|character| match character {
            '`' => 'ˋ',
            '<' | '>' | '[' | ']' | '(' | ')' | '*' | '_' | '#' | '!' | '|' | '~' | '\\' | '@' | '&' => {
                full_width(character)
            }
            other => other,
        })
        .collect()
}

fn full_width(ascii: char) -> char {
    char::from_u32(u32::from(ascii) + 0xFEE0).unwrap_or(ascii)
}

/// Where the address of a page begins.
pub(crate) fn next_page(text: &str) -> Option<usize> {
    text.find("https://").into_iter().chain(text.find("http://")).min()
}

/// Of the address of a page, and needs no escape in any markup.
pub(crate) fn is_plain_in_a_page(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-./:?=%+,_".contains(character)
}

/// Everything that breaks a line or leaves a gap.
fn is_space(character: char) -> bool {
    matches!(
        character,
        '\t'..='\r' | ' ' | '\u{85}' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{2028}' | '\u{2029}'
        | '\u{202f}' | '\u{205f}' | '\u{2800}' | '\u{3000}'
    )
}

/// Controls, marks of direction, joiners, fillers, tags, selectors, and what Unicode gave no meaning.
fn is_invisible(character: char) -> bool {
    if is_space(character) {
        return false;
    }
    character.is_control()
        || u32::from(character) & 0xfffe == 0xfffe
        || matches!(
            character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            // Planes 4 to 16 hold tags, selectors and private use; nothing there is written by people.
            | '\u{40000}'..
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_deceives_a_reader_or_a_terminal_is_gone() {
        assert_eq!(clean("a\u{1b}[31mb\u{7}\u{0}c\u{9b}2J"), "a[31mbc2J");
        assert_eq!(clean("moc.elpmaxe\u{202e}www\u{2066}x\u{2069}"), "moc.elpmaxewwwx");
        assert_eq!(clean("shop\u{200b}.exa\u{ad}mple\u{feff}\u{e0041}\u{fe0f}"), "shop.example");
        assert_eq!(clean(" two\r\nlines\tand\u{2028}more \u{85} "), "two lines and more");
        assert_eq!(clean("e\u{301}"), "é");
        assert_eq!(clean("a\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}"), "à\u{301}\u{302}");
        assert_eq!(clean_keeping_spaces("  indented\u{1b}  text"), "  indented  text");
        assert_eq!(clean("\u{1fef}"), "`", "NFC makes a backtick of it: escapes come after");
    }

    #[test]
    fn what_is_left_out_of_a_path_makes_no_address_of_a_page() {
        assert_eq!(own("/srv/http:/\u{200b}/evil.example"), "/srv/http：//evil.example");
        assert_eq!(own("https://idp.example/metadata\u{200b}"), "https://idp.example/metadata");
    }

    #[test]
    fn cleaning_twice_changes_nothing_and_no_plain_text_is_touched() {
        for text in ["www.example.com", "证书 到期", "CN=Example CA,O=Beispiel GmbH & Co. KG", "\u{1fef}\u{0}x", ""]
        {
            assert_eq!(clean(&clean(text)), clean(text));
        }
        assert_eq!(clean("证书 到期：运维群 é ß Ω"), "证书 到期：运维群 é ß Ω");
    }

    #[test]
    fn a_long_name_keeps_its_beginning_and_its_end() {
        let name = "a".repeat(60) + &"z".repeat(60);
        let capped = cap(&name, NAME);
        assert_eq!(capped.chars().count(), 64);
        assert_eq!(capped, "a".repeat(43) + "…" + &"z".repeat(20));
        assert_eq!(cap("短名", 2), "短名");
        assert_eq!(cap("三个字", 2).chars().count(), 2);
        let long = format!("a{}z", "证".repeat(100_000));
        assert!(bounded(&long).len() < 5000);
        assert_eq!(cap(&bounded(&long), 12), cap(&long, 12));
    }

    #[test]
    fn only_names_of_hosts_and_addresses_are_dns_shaped() {
        for name in ["www.example.com", "*.example.com", "a_b.c", "xn--fiq.example", "192.0.2.1", "2001:db8::1", "x."] {
            assert!(is_dns_shaped(name), "{name}");
        }
        for text in ["", ".", "*.", "a b", "a..b", "-a.b", "*.a.com *.b.com", "a.*.b", "@x", "例.example", "a/b"] {
            assert!(!is_dns_shaped(text), "{text}");
        }
    }

    #[test]
    fn hosts_stay_readable_and_markup_does_not() {
        assert_eq!(structured("<!here> https://evil.example a@b"), "<!here> https：//evil.example a＠b");
        assert_eq!(structured("2001:db8::1"), "2001:db8::1");
        assert_eq!(html("<a href=\"x\">'&"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
    }

    #[test]
    fn a_note_keeps_its_pages_and_nothing_else() {
        let text = note("手册：https://wiki.example/tls_1; or [x](https://e) @all", substituted);
        assert_eq!(text, "手册：https://wiki.example/tls_1; or ［x］（https://e） ＠all");
        assert_eq!(note("https://wiki.example/<at>", substituted), "https://wiki.example/＜at＞");
        assert_eq!(note("https://, ftp://x", substituted), "https：//, ftp：//x");
        assert_eq!(note("no page", substituted), "no page");
    }
}
