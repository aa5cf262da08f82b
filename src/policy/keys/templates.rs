//! `[templates]`: texts that stand in place of the built-in layout.

use super::{Key, KeyTable, Kind, Shared};
use crate::policy::Language;

const SUBJECT: Key = Key::new("subject", Kind::Text("path"), r#""examples/templates/subject.txt""#)
    .meaning("The subject of a mail, one line.");
const TEXT: Key =
    Key::new("text", Kind::Text("path"), r#""examples/templates/mail.txt""#).meaning("The plain text of a mail.");
const HTML: Key =
    Key::new("html", Kind::Text("path"), r#""examples/templates/mail.html""#).meaning("The HTML of a mail.");
const CHAT: Key = Key::new("chat", Kind::Text("path"), r#""examples/templates/chat.txt""#)
    .meaning("What a message in a room says below its title.");

/// The keys of `[templates]`.
pub static TEMPLATES: KeyTable = KeyTable {
    definition: "templates",
    title: "[templates]",
    meaning: "Your own layout of mails and of messages in rooms, a file each.",
    keys: &KEYS,
    shared: Shared::Nothing,
};

/// The four, and a table of each language.
const KEYS: [Key; 4 + Language::ALL.len()] = {
    let mut keys = [SUBJECT; 4 + Language::ALL.len()];
    (keys[1], keys[2], keys[3]) = (TEXT, HTML, CHAT);
    let mut nth = 0;
    while nth < Language::ALL.len() {
        let of_language = Key::from_table(Language::ALL[nth].tag(), Kind::Table(&LANGUAGE_TEMPLATES));
        keys[4 + nth] = of_language.meaning("The same for messages in this language.");
        nth += 1;
    }
    keys
};

/// The keys of `[templates.LANGUAGE]`.
pub static LANGUAGE_TEMPLATES: KeyTable = KeyTable {
    definition: "templates-of-language",
    title: "[templates.LANGUAGE]",
    meaning: "The layout of messages in one language.",
    keys: &[SUBJECT, TEXT, HTML, CHAT],
    shared: Shared::Nothing,
};
