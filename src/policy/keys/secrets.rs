//! Where a secret is: `{ env = … }`, `{ file = … }` or `{ credential = … }`.

use super::{Key, KeyTable, Kind, Shared};

pub static SECRET: KeyTable = KeyTable {
    definition: "secret",
    title: "a secret",
    meaning: "A string, or a table with the one place where it is; it is looked up only when it is used.",
    keys: &[
        Key::new("env", Kind::Text("name"))
            .meaning("The name of an environment variable that holds it.")
            .example(r#""SMTP_PASSWORD""#)
            .synonyms(&["environment", "environ", "var", "variable"])
            .sensitive(),
        Key::new("file", Kind::Text("path"))
            .meaning("A file whose first line is the secret.")
            .example(r#""/etc/certnotify/smtp-password""#)
            .synonyms(&["path"]),
        Key::new("credential", Kind::Text("name"))
            .meaning("A credential of the systemd unit (`LoadCredential=`).")
            .example(r#""smtp-password""#)
            .sensitive(),
    ],
    shared: Shared::Nothing,
};
