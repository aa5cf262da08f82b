//! `[contacts.NAME]`: who is told, and by which channels.

use super::policies::DIGEST;
use super::settings::{LANGUAGE, TIMEZONE};
use super::{COMMAND, Key, KeyTable, Kind, Shared, Words};

/// The keys of `[contacts.NAME]`.
pub static CONTACTS: KeyTable = KeyTable {
    definition: "contact",
    title: "[contacts.NAME]",
    meaning: "A person or a room: who is told, and by which channels. Each has an inbox besides.",
    keys: &[
        Key::new("email", Kind::Texts("mail address"), r#""alice@example.com""#)
            .meaning(
                "Each address is told for itself: one that is refused temporarily is owed the mail in the next run, and the \
                 others get no second one.",
            )
            .synonyms(&[
                "address", "recipient", "recipients", "receiver", "receivers", "to", "mail", "mails", "e-mail", "emails",
                "smtp",
            ]),
        LANGUAGE.default("that of `[settings]`").meaning("The language of messages to this contact."),
        TIMEZONE.default("that of its policies, else that of `[settings]`").meaning(
            "The zone of its windows, its digest and the times in its messages, before that of a policy.",
        ),
        Key::new("attach", Kind::AnyOf(Words::Attachments), r#"["calendar"]"#)
            .default("none")
            .meaning("`\"calendar\"`: the ends of its certificates with each mail, as calendar entries.")
            .synonyms(&["attachment", "attachments"]),
        DIGEST.default("that of its policies").meaning(
            "When it is told what comes, besides its reminders, by each channel of its policies: what ends or is reminded of \
             in the next 60 days, what was renewed since the last, what cannot be seen. `\"Mon 08:00\"`, \
             `\"Mon,Thu 08:00\"` or `\"daily 08:00\"` in its time zone: once each time, in the first run from then on, \
             whatever the window. `\"none\"` for none.",
        ),
        Key::new("command", Kind::Table(&COMMAND), r#"{ argv = ["/usr/local/bin/tell", "--urgent"] }"#)
            .meaning("A program of this machine that takes messages.")
            .synonyms(&["program", "script", "exec"]),
    ],
    shared: Shared::Channels,
};
