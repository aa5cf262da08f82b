//! Where a secret is: `{ env = … }`, `{ file = … }` or `{ credential = … }`; and where an access token comes from.

use super::channels::CA_FILE;
use super::{Key, KeyTable, Kind, Shared};

/// The keys of a secret that stands elsewhere.
pub static SECRET: KeyTable = KeyTable {
    definition: "secret",
    title: "a secret",
    meaning: "A string, or a table with the one place where it is; it is looked up only when it is used.",
    keys: &[
        Key::new("env", Kind::Text("name"), r#""SMTP_PASSWORD""#)
            .meaning("The name of an environment variable that holds it.")
            .synonyms(&["environment", "environ", "var", "variable"])
            .sensitive(),
        Key::new("file", Kind::Text("path"), r#""/etc/certnotify/smtp-password""#)
            .meaning("A file whose first line is the secret.")
            .synonyms(&["path"]),
        Key::new("credential", Kind::Text("name"), r#""smtp-password""#)
            .meaning("A credential of the systemd unit (`LoadCredential=`).")
            .sensitive(),
    ],
    shared: Shared::Nothing,
};

/// The keys of `oauth` in `[email]`.
pub static OAUTH: KeyTable = KeyTable {
    definition: "oauth",
    title: "oauth = { … } of [email]",
    meaning: "Logs in to the mail server by an access token in place of a password (XOAUTH2, or OAUTHBEARER of RFC 7628): `token-url` and what it is asked with, or `token`.",
    keys: &[
        Key::new(
            "token-url",
            Kind::Text("https address"),
            r#""https://login.microsoftonline.com/TENANT/oauth2/v2.0/token""#,
        )
        .meaning("The token endpoint; `http` only to this machine.")
        .synonyms(&["token-endpoint", "url", "endpoint", "token-uri"]),
        Key::new("client-id", Kind::Text("text"), r#""11111111-2222-3333-4444-555555555555""#)
            .meaning("The identifier of the application, as it is registered there.")
            .synonyms(&["client", "app-id", "application-id"]),
        Key::new("client-secret", Kind::Secret, r#"{ env = "OAUTH_CLIENT_SECRET" }"#)
            .meaning("The secret of the application; alone it asks by `client_credentials`.")
            .synonyms(&["secret", "app-secret"]),
        Key::new("refresh-token", Kind::Secret, r#"{ file = "/etc/certnotify/refresh-token" }"#)
            .default("none")
            .meaning("Asks by `refresh_token`, for a mailbox whose owner agreed once.")
            .synonyms(&["refresh"]),
        Key::new(
            "scope",
            Kind::Text("names, with a space between them"),
            r#""https://outlook.office365.com/.default""#,
        )
        .default("none asked for")
        .meaning("What the token shall permit.")
        .synonyms(&["scopes"]),
        CA_FILE.default("the system's roots").meaning(
            "The private authority of the token server: a file (PEM, DER, PKCS#7), or a directory of such files.",
        ),
        Key::new("token", Kind::Token, r#"{ command = ["/usr/local/bin/mail-token"] }"#)
            .meaning(
                "The token itself, where something else keeps it fresh; or a program of this machine that prints it.",
            )
            .synonyms(&["access-token"]),
    ],
    shared: Shared::Nothing,
};

/// The keys of a program that prints an access token.
pub static TOKEN_PROGRAM: KeyTable = KeyTable {
    definition: "token-program",
    title: "token = { command = […] }",
    meaning: "The program that prints an access token as its first line; no shell splits it, and only you and root may be able to write the policy file then.",
    keys: &[Key::new("command", Kind::Arguments, r#"["/usr/local/bin/mail-token", "--account", "certs"]"#)
        .required()
        .meaning("The program and its arguments.")
        .synonyms(&["argv", "program", "cmd"])],
    shared: Shared::Nothing,
};
