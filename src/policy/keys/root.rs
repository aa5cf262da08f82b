//! The tables of the file.

use super::{CERTIFICATES, CONTACTS, Key, KeyTable, Kind, MAIL, POLICIES, SETTINGS, Shared, TEMPLATES};

/// The file itself.
pub static ROOT: KeyTable = KeyTable {
    definition: "policies",
    title: "the file",
    meaning: "Who is told of which certificate, when, how often and by which channel.",
    keys: &[
        Key::new("include", Kind::Patterns("path with `*` and `?`"), r#"["policies.d/*.toml"]"#)
            .meaning("Further files with contacts, policies and certificates; only the main file includes.")
            .synonyms(&["includes", "import"]),
        Key::from_table("settings", Kind::Table(&SETTINGS))
            .meaning("What holds for the whole run.")
            .synonyms(&["setting", "config", "global", "defaults"]),
        Key::from_table("email", Kind::Table(&MAIL))
            .meaning("How mail leaves this machine.")
            .synonyms(&["mail", "mails", "e-mail", "emails", "smtp"]),
        Key::from_table("templates", Kind::Table(&TEMPLATES))
            .meaning("Texts that stand in place of the built-in layout."),
        Key::from_table("contacts", Kind::Named(&CONTACTS))
            .meaning("Who is told, and by which channels.")
            .synonyms(&["contact", "recipients", "receivers", "users", "people", "team"]),
        Key::from_table("policies", Kind::Named(&POLICIES))
            .meaning("When and how often whom is told of what; `default` is inherited by the others.")
            .synonyms(&["rules", "policy"]),
        Key::from_table("certificates", Kind::List(&CERTIFICATES))
            .meaning("What is watched.")
            .synonyms(&["cert", "certificate", "certs"]),
    ],
    shared: Shared::Nothing,
};
