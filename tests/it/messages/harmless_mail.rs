//! A mail about a certificate with any text in it: nothing of the text is more than words.

use unicode_width::UnicodeWidthStr as _;

use super::hostile::{assert_is_printable, count, many, tags, worlds};

/// Whether a sentence was broken between these lines because it is wider than a line: it may go on with any word.
fn goes_on(line: &str, next: &str) -> bool {
    let word = next.split(' ').next().unwrap_or_default();
    !line.is_empty() && line.width() + 1 + word.width() > 72
}

/// The tags, without those that hold together what reads as a date.
fn structure(html: &str) -> Vec<&str> {
    let holds_together = |tag: &str| matches!(tag, "span style=\"white-space:nowrap\"" | "/span");
    tags(html).into_iter().filter(|tag| !holds_together(tag)).collect()
}

pub(super) fn assert_mails_are_safe(text: &str) {
    for world in worlds() {
        for size in [1, 3] {
            let (mail, twin) = (world.mail(&many(text, size)), world.mail(&many("harmless text", size)));
            assert_is_printable(&mail.subject);
            assert!(!mail.subject.contains('\n'));
            assert_is_printable(&mail.text);
            assert_eq!(structure(&mail.html), structure(&twin.html), "{text:?}");
            assert_is_printable(&mail.html);
            assert!(
                !mail.html.contains("://") && !mail.text.contains("://") && !mail.subject.contains("://"),
                "{text}"
            );
            let forged = ["- www.victim.com", "Bcc:", "MAIL FROM", "signature"];
            assert_eq!(count(&mail.text, "\n\n"), count(&twin.text, "\n\n"), "{text:?}");
            let own: String = text.chars().filter(|character| !character.is_control()).collect();
            let lines: Vec<&str> = mail.text.lines().collect();
            for pair in lines.windows(2).filter(|pair| !pair[1].starts_with("  ") && !goes_on(pair[0], pair[1])) {
                let is_forged = |forged: &&str| pair[1].starts_with(*forged) && !own.trim_start().starts_with(*forged);
                assert!(!forged.iter().any(is_forged), "{}", pair[1]);
            }
            assert_eq!(count(&mail.text, "\n-- \n"), 1, "one signature");
        }
    }
}
