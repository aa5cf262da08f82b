//! certnotify-policies(5), from the definitions of the keys of the policy file.

use certnotify::policy::keys::{
    self, CERTIFICATES, COMMAND, CONTACTS, ESCALATION, Key, KeyTable, MAIL, OAUTH, POLICIES, ROOT, SECRET, SETTINGS,
    TEMPLATES, TOKEN_PROGRAM,
};
use clap_mangen::roff::{Roff, roman};

use super::page::{self, Page};

pub(super) const NAME: &str = "certnotify-policies";
pub(super) const SECTION: u8 = 5;

const ABOUT: &str = "who is told of which certificate, when, how often and by which channel";

const FORM: [&str; 4] = [
    "The policy file is TOML 1.0. Unknown keys are errors. Relative paths start at the folder of the file that they stand in.",
    "A length of time is a string: days (`30d`), hours (`12h`), minutes (`10m`) or seconds (`30s`); a bare number counts days.",
    "Where a key takes one value or a list, a single string stands for a list of one.",
    "`certnotify validate` reports every problem at once, `certnotify generate schema` writes a JSON Schema for editors.",
];

const EXAMPLE: [&str; 12] = [
    "[contacts.ops]",
    "email = \"ops@example.com\"",
    "",
    "[policies.production]",
    "contacts = [\"ops\"]",
    "deadline = \"60d\"",
    "frequency = \"7d\"",
    "",
    "[[certificates]]",
    "file = \"/etc/letsencrypt/live/*/fullchain.pem\"",
    "policy = \"production\"",
    "covers = [\"www.example.com\"]",
];

pub(super) fn page() -> Page {
    let mut roff = Roff::new();
    page::section(&mut roff, "NAME");
    roff.text([roman(format!("{NAME} - {ABOUT}"))]);
    page::section(&mut roff, "SYNOPSIS");
    roff.text([roman("policies.toml, ~/.config/certnotify/policies.toml, /etc/certnotify/policies.toml")]);
    page::section(&mut roff, "DESCRIPTION");
    for paragraph in FORM {
        roff.control("PP", []);
        roff.text(page::inlines(paragraph));
    }
    for table in [
        &ROOT, &SETTINGS, &MAIL, &OAUTH, &TOKEN_PROGRAM, &CONTACTS, &COMMAND, &POLICIES, &ESCALATION, &CERTIFICATES,
        &SECRET, &TEMPLATES,
    ] {
        section(&mut roff, table);
    }
    for channel in keys::channels() {
        section(&mut roff, channel.table);
    }
    page::section(&mut roff, "EXAMPLES");
    page::literal(&mut roff, &EXAMPLE);
    page::see_also(&mut roff, &[("certnotify", 1), ("certnotify-validate", 1), ("certnotify-generate-schema", 1)]);
    Page { name: NAME.to_owned(), section: SECTION, text: page::head(NAME, SECTION) + &roff.to_roff() }
}

fn section(roff: &mut Roff, table: &'static KeyTable) {
    // Names of tables are those of the file.
    let title = table.title.replace('`', "");
    page::section(roff, &if table.title.contains(['[', '`']) { title } else { title.to_uppercase() });
    roff.text(page::inlines(table.meaning));
    table.keys.iter().filter(|key| !key.is_refused).for_each(|key| entry(roff, key));
}

fn entry(roff: &mut Roff, key: &Key) {
    let default = if key.default.is_empty() { String::new() } else { format!(" Default: {}.", key.default) };
    let needed = if key.is_required { " It is required." } else { "" };
    let meaning = format!("{}{default}{needed}", key.meaning);
    page::term(roff, &format!("{} =", key.name), &key.kind.describe(), &meaning);
}
