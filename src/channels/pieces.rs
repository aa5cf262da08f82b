//! A page in pieces, for services whose messages have a structure in place of markup, or blocks of a certain length.

use crate::address::Url;
use crate::text::untrusted::{is_dns_shaped, is_plain_in_a_page, next_page};

/// A part of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    Words(&'a str),
    Strong(&'a str),
    /// The address of a page that the operator wrote.
    Page(&'a str),
}

/// The words of certnotify or of a template, in which what is strong stands between `**`.
pub(crate) fn emphasized(text: &str) -> Vec<Piece<'_>> {
    let parts = text.split("**").enumerate().filter(|(_, part)| !part.is_empty());
    parts.flat_map(|(nth, part)| if nth % 2 == 1 { vec![Piece::Strong(part)] } else { linked(part) }).collect()
}

/// Text in which every address that is left was written by the operator: all other text has none any more.
pub(crate) fn linked(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut searched = 0;
    while let Some(start) = next_page(&rest[searched..]).map(|at| searched + at) {
        let end = rest[start..].find(|c| !is_plain_in_a_page(c)).map_or(rest.len(), |length| start + length);
        let page = rest[start..end].trim_end_matches(['.', ',', ':', '?']);
        if has_host(page) {
            let words = &rest[..start];
            pieces.extend((!words.is_empty()).then_some(Piece::Words(words)));
            pieces.push(Piece::Page(page));
            rest = &rest[start + page.len()..];
            searched = 0;
        } else {
            searched = end;
        }
    }
    pieces.extend((!rest.is_empty()).then_some(Piece::Words(rest)));
    pieces
}

/// UTF-16 units, in which such services count.
pub(crate) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The lines of paragraphs, each after what parts it from the one before.
pub(crate) fn lines(paragraphs: &[String]) -> impl Iterator<Item = (&'static str, String)> {
    paragraphs.iter().flat_map(|text| text.split("\n\n")).flat_map(|paragraph| {
        let lines = paragraph.lines().filter(|line| !line.is_empty()).enumerate();
        lines.map(|(nth, line)| (if nth == 0 { "\n\n" } else { "\n" }, line.to_owned()))
    })
}

/// Texts, each after what parts it from the one before, in as few blocks of at most `most` units as hold them.
pub(crate) fn packed(texts: impl Iterator<Item = (&'static str, String)>, most: usize) -> Vec<String> {
    let mut blocks: Vec<(String, usize)> = Vec::new();
    for (between, text) in texts {
        let length = units(&text);
        match blocks.last_mut() {
            Some((block, taken)) if *taken + between.len() + length <= most => {
                *taken += between.len() + length;
                block.push_str(between);
                block.push_str(&text);
            }
            _ => blocks.push((text, length)),
        }
    }
    blocks.into_iter().map(|(block, _)| block).collect()
}

/// A server may refuse a whole message for one link that leads nowhere.
fn has_host(page: &str) -> bool {
    let url = Url::split(page);
    is_dns_shaped(url.host) && url.port.is_none_or(|port| port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_asterisks_is_strong() {
        let pieces = emphasized("**5** have expired, **12** expire");
        let strong: Vec<&str> = pieces
            .iter()
            .filter_map(|piece| if let Piece::Strong(text) = piece { Some(*text) } else { None })
            .collect();
        assert_eq!((pieces.len(), strong), (4, vec!["5", "12"]));
        assert_eq!(emphasized("plain"), [Piece::Words("plain")]);
        assert!(emphasized("").is_empty());
        assert_eq!(emphasized("**a** https://wiki.example")[2], Piece::Page("https://wiki.example"));
    }

    #[test]
    fn blocks_are_as_full_as_they_may_be_and_a_text_stands_in_one() {
        let paragraphs = ["ab\ncd".to_owned(), "证书".to_owned()];
        assert_eq!(packed(lines(&paragraphs), 100), ["ab\ncd\n\n证书"]);
        assert_eq!(packed(lines(&paragraphs), 5), ["ab\ncd", "证书"]);
        assert_eq!(packed(lines(&paragraphs), 1), ["ab", "cd", "证书"]);
        assert_eq!(packed(lines(&["a\n\nb\nc".to_owned(), String::new()]), 100), ["a\n\nb\nc"]);
        assert_eq!((units("证"), units("𝛀")), (1, 2));
    }

    #[test]
    fn only_an_address_with_a_host_becomes_a_link() {
        let pieces = linked("Runbook: https://wiki.example/tls_1?x=2, then http://10.0.0.1:8080.");
        let expected = [
            Piece::Words("Runbook: "),
            Piece::Page("https://wiki.example/tls_1?x=2"),
            Piece::Words(", then "),
            Piece::Page("http://10.0.0.1:8080"),
            Piece::Words("."),
        ];
        assert_eq!(pieces, expected);
        for words in ["", "https://", "see https://:99 and http://x:99999/y", "https：//evil.example", "ftp://x"] {
            assert!(linked(words).iter().all(|piece| *piece == Piece::Words(words)), "{words}");
        }
        let after = linked("https://- https://ok.example");
        assert_eq!(after.last(), Some(&Piece::Page("https://ok.example")));
    }
}
