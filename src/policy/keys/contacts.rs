//! `[contacts.NAME]`: who is told, and by which channels.

use super::settings::{LANGUAGE, TIMEZONE};
use super::{COMMAND, Key, KeyTable, Kind, Shared, Words};

pub static CONTACTS: KeyTable = KeyTable {
    definition: "contact",
    title: "[contacts.NAME]",
    meaning: "A person or a room: who is told, and by which channels. Each has an inbox besides.",
    keys: &[
        Key::new("email", Kind::Texts("mail address"))
            .meaning(
                "Each address is told for itself: one that is refused temporarily is owed the mail in the next run, and the \
                 others get no second one.",
            )
            .example(r#""alice@example.com""#)
            .synonyms(&[
                "address", "recipient", "recipients", "receiver", "receivers", "to", "mail", "mails", "e-mail", "emails",
                "smtp",
            ]),
        LANGUAGE.default("that of `[settings]`").meaning("The language of messages to this contact."),
        TIMEZONE.default("that of `[settings]`").meaning("The zone of the times in messages to this contact."),
        Key::new("attach", Kind::AnyOf(Words::Attachments))
            .default("none")
            .meaning("`\"calendar\"`: the ends of its certificates with each mail, as calendar entries.")
            .example(r#"["calendar"]"#)
            .synonyms(&["attachment", "attachments"]),
        Key::new("command", Kind::Table(&COMMAND))
            .meaning("A program of this machine that takes messages.")
            .example(r#"{ argv = ["/usr/local/bin/tell", "--urgent"] }"#)
            .synonyms(&["program", "script", "exec"]),
    ],
    shared: Shared::Channels,
};
