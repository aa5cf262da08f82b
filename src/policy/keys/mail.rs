//! `[email]`: how mail leaves this machine.

use super::channels::CA_FILE;
use super::{Applies, Key, KeyTable, Kind, OAUTH, Shared, Words};

pub(super) const PASSWORD: Key =
    Key::new("password", Kind::Secret, r#"{ env = "SMTP_PASSWORD" }"#).synonyms(&["pass", "passwd", "pwd"]);

/// The keys of `[email]`.
pub static MAIL: KeyTable = KeyTable {
    definition: "email",
    title: "[email]",
    meaning: "How mail leaves this machine. Without the table, or without `host`: localhost, port 25, no TLS.",
    keys: &[
        Key::new("host", Kind::Text("host name or address"), r#""smtp.example.com""#)
            .default("`localhost`")
            .meaning("The mail server.")
            .synonyms(&["hostname", "server", "smtp", "smtp-host", "smtp-server"])
            .only(Applies::Servers),
        Key::new("port", Kind::Port, "465")
            .default("465, 587 or 25 by `tls`")
            .meaning("The port of the mail server, where it is not the usual one.")
            .only(Applies::Servers),
        Key::new("tls", Kind::OneOf(Words::MailTls), r#""implicit""#)
            .default("`\"implicit\"` with a `host`, else `\"none\"`")
            .meaning(
                "`\"implicit\"`: from the first byte, port 465; `\"starttls\"`: port 587, required, never optional; \
                 `\"none\"`: port 25, and no password then, except on loopback.",
            )
            .synonyms(&["starttls", "ssl", "encryption", "security", "secure"])
            .only(Applies::Servers),
        Key::new("username", Kind::Text("text"), r#""certnotify""#)
            .default("none")
            .meaning("The name to log in with; it goes together with `password` or `oauth`.")
            .synonyms(&["user", "login"])
            .only(Applies::Servers),
        PASSWORD.default("none").meaning("The password of `username`.").only(Applies::Servers),
        Key::from_table("oauth", Kind::Table(&OAUTH))
            .default("none")
            .meaning("Logs in by an access token in place of `password`.")
            .synonyms(&["oauth2", "xoauth2", "oauthbearer"])
            .only(Applies::Servers),
        Key::new("from", Kind::Text("mail address"), r#""certs@example.com""#)
            .default("`certnotify@` and the machine's name")
            .meaning("Who the mail is from.")
            .synonyms(&["sender", "mail-from"]),
        CA_FILE.default("the system's roots").meaning("The private authority of the mail server: a file (PEM, DER, PKCS#7), or a directory of such files.").only(Applies::Servers),
        Key::new("helo", Kind::Text("host name"), r#""web-1.example.com""#)
            .default("the machine's name")
            .meaning("The name that EHLO gives.")
            .synonyms(&["ehlo"])
            .only(Applies::Servers),
        Key::new("sendmail", Kind::Text("path"), r#""/usr/sbin/sendmail""#)
            .default("none")
            .meaning(
                "A program of this machine that takes the mail, instead of a server; only you and root may be able to write \
                 the policy file then. In the sandbox of the systemd unit Postfix and Exim cannot queue it: use `host` \
                 there.",
            ),
    ],
    shared: Shared::Nothing,
};
