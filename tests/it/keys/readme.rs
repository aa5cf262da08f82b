//! The reference tables of the README. After a change of a definition they are written anew by
//! `REWRITE_REFERENCE=1 cargo test --test it keys::readme`.

use std::fmt::Write as _;
use std::path::PathBuf;

use certnotify::policy::keys::{
    self, CERTIFICATES, CONTACTS, ESCALATION, Key, KeyTable, MAIL, OAUTH, POLICIES, SECRET, SETTINGS, TEMPLATES,
};

const END: &str = "<!-- end of the keys -->";

fn readme() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("README.md")
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn row(key: &Key) -> String {
    let value = key.kind.describe().replace("secret", "[secret](#secrets)");
    let needed = if key.is_required { "required" } else { "" };
    let default = if key.default.is_empty() { needed } else { key.default };
    format!("| `{}` | {} | {} | {} |\n", key.name, cell(&value), cell(default), cell(key.meaning))
}

fn table(table: &KeyTable) -> String {
    let mut text = String::from("\n| key | value | default | meaning |\n|---|---|---|---|\n");
    text.extend(table.keys.iter().map(row));
    text + "\n"
}

/// Which keys each channel has.
fn channels() -> String {
    let mut text = String::from("\n| channel | required | may have |\n|---|---|---|\n");
    for channel in keys::channels() {
        let names = |is_required: bool| {
            let keys = channel.table.keys.iter().filter(|key| !key.is_refused);
            let names = keys.filter(|key| key.is_required == is_required);
            names.map(|key| format!("`{}`", key.name)).collect::<Vec<_>>().join(", ")
        };
        let _ = writeln!(text, "| `{}` | {} | {} |", channel.name, names(true), names(false));
    }
    text + "\n"
}

/// The README with every reference table as the definitions have it.
fn rewritten(text: &str) -> String {
    let tables = [&SETTINGS, &MAIL, &OAUTH, &CONTACTS, &POLICIES, &ESCALATION, &CERTIFICATES, &SECRET, &TEMPLATES];
    let parts = tables.map(|keys| (keys.definition, table(keys))).into_iter().chain([("channels", channels())]);
    let mut text = text.to_owned();
    for (name, table) in parts {
        let start = format!("<!-- keys: {name} -->\n");
        let from = text.find(&start).unwrap_or_else(|| panic!("the README has no {start}")) + start.len();
        let to = from + text[from..].find(END).unwrap_or_else(|| panic!("no end of {start}"));
        text.replace_range(from..to, &table);
    }
    text
}

#[test]
fn the_reference_of_the_readme_is_that_of_the_definitions() {
    let written = std::fs::read_to_string(readme()).unwrap();
    let right = rewritten(&written);
    if std::env::var_os("REWRITE_REFERENCE").is_some() {
        std::fs::write(readme(), &right).unwrap();
        return;
    }
    let differs = written.lines().zip(right.lines()).find(|(written, right)| written != right);
    assert!(written == right, "REWRITE_REFERENCE=1 cargo test --test it keys::readme: {differs:?}");
}
