//! One definition of each key of the policy file: what it is called, what it takes, what it means.
//!
//! The parser takes keys through these tables; unknown keys, hints, the JSON Schema, the manual page and the reference of
//! the README are made from them.

mod certificates;
mod channels;
mod contacts;
mod kind;
mod mail;
mod policies;
mod root;
mod secrets;
mod settings;
mod templates;

pub use certificates::CERTIFICATES;
pub use channels::{COMMAND, ChannelTable, channels, of_channel};
pub use contacts::CONTACTS;
pub use kind::{Kind, Words};
pub use mail::MAIL;
pub use policies::{ESCALATION, POLICIES};
pub use root::ROOT;
pub use secrets::{OAUTH, SECRET, TOKEN_PROGRAM};
pub use settings::SETTINGS;
pub use templates::{LANGUAGE_TEMPLATES, TEMPLATES};

use std::borrow::Cow;

use super::hints;

/// One key of a table.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    pub name: &'static str,
    pub kind: Kind,
    /// What holds without the key, as documents say it; empty where that is nothing.
    pub default: &'static str,
    /// One sentence or two; words of the file stand in backticks.
    pub meaning: &'static str,
    example: Example,
    /// What people write for it.
    pub synonyms: &'static [&'static str],
    /// Without it the table cannot be used.
    pub is_required: bool,
    /// Its value may hold a secret though its kind does not say so.
    pub is_sensitive: bool,
    /// What a table is for that may have it.
    pub applies: Applies,
    /// People expect it, and it has no meaning: the parser says so, and no document names it.
    pub is_refused: bool,
}

/// Where the example of a key comes from.
#[derive(Clone, Copy, Debug)]
enum Example {
    Written(&'static str),
    /// The name of a channel, and its table.
    OfTable(&'static str, &'static crate::channels::Table),
    /// The name of a channel, and a key of its table.
    OfKey(&'static str, &'static crate::channels::TableKey),
}

/// Which tables may have a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applies {
    Always,
    /// To entries that watch files.
    Files,
    /// To entries that watch endpoints.
    Endpoints,
    /// To entries that watch either, and not to dates.
    Certificates,
    /// Where mail goes to a server, and not to a program.
    Servers,
}

impl Key {
    const fn new(name: &'static str, kind: Kind, example: &'static str) -> Self {
        Self {
            name,
            kind,
            default: "",
            meaning: "",
            example: Example::Written(example),
            synonyms: &[],
            is_required: false,
            is_sensitive: false,
            applies: Applies::Always,
            is_refused: false,
        }
    }

    /// A table on lines of its own.
    const fn from_table(name: &'static str, kind: Kind) -> Self {
        Self::new(name, kind, "")
    }

    const fn meaning(self, meaning: &'static str) -> Self {
        Self { meaning, ..self }
    }

    const fn default(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    const fn synonyms(self, synonyms: &'static [&'static str]) -> Self {
        Self { synonyms, ..self }
    }

    const fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    const fn sensitive(self) -> Self {
        Self { is_sensitive: true, ..self }
    }

    const fn only(self, applies: Applies) -> Self {
        Self { applies, ..self }
    }

    /// A value as one would write it; empty for a table on lines of its own.
    #[must_use]
    pub fn example(&self) -> Cow<'static, str> {
        match self.example {
            Example::Written(example) => example.into(),
            Example::OfTable(name, table) => table.example(name).into(),
            Example::OfKey(name, key) => key.example(name).into(),
        }
    }

    /// Whether its value may hold a secret, or is a table that may.
    #[must_use]
    pub fn may_be_secret(&self) -> bool {
        let in_table = match self.kind {
            Kind::Table(table) | Kind::Named(table) | Kind::List(table) | Kind::Steps(table) => table.holds_secrets(),
            _ => false,
        };
        in_table || self.is_sensitive || self.kind.is_secret()
    }

    /// Whether `written` is this key, or was meant for it.
    pub(super) fn is_meant_by(&self, written: &str) -> bool {
        self.is_called(written) || hints::nearest(&written.replace('_', "-"), &[self.name]).is_some()
    }

    fn is_called(&self, written: &str) -> bool {
        hints::is_same(self.name, written) || self.synonyms.iter().any(|synonym| hints::is_same(synonym, written))
    }
}

/// The keys that one kind of table may have.
#[derive(Debug)]
pub struct KeyTable {
    /// Its name in the schema.
    pub definition: &'static str,
    /// As documents and problems call it.
    pub title: &'static str,
    /// What the table is for.
    pub meaning: &'static str,
    pub keys: &'static [Key],
    pub shared: Shared,
}

/// The keys that a table may have beside its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shared {
    Nothing,
    /// Those of a policy.
    Policies,
    /// A table for each channel.
    Channels,
}

impl KeyTable {
    /// Its own keys, then the shared ones.
    pub fn all(&self) -> impl Iterator<Item = &'static Key> {
        let shared: &'static [Key] = match self.shared {
            Shared::Nothing => &[],
            Shared::Policies => POLICIES.keys,
            Shared::Channels => channels::keys_of_contact(),
        };
        self.keys.iter().chain(shared)
    }

    /// The definition of a key of this table.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.all().find(|key| key.name == name)
    }

    /// Whether an unknown key may be a mistyped one that holds a secret.
    pub(super) fn holds_secrets(&self) -> bool {
        self.all().any(Key::may_be_secret)
    }
}

/// Every kind of table but those of channels, the whole file first.
pub static TABLES: [&KeyTable; 13] = [
    &ROOT, &SETTINGS, &MAIL, &CONTACTS, &COMMAND, &POLICIES, &ESCALATION, &CERTIFICATES, &SECRET, &OAUTH,
    &TOKEN_PROGRAM, &TEMPLATES, &LANGUAGE_TEMPLATES,
];

/// Where a key is looked for that is wrong where it stands.
static OWNERS: [&KeyTable; 6] = [&SETTINGS, &MAIL, &CONTACTS, &POLICIES, &CERTIFICATES, &TEMPLATES];

/// The key of `known` that was meant: by its own name, as a synonym, else by the distance of spelling.
pub(super) fn meant<'a>(written: &str, known: &[&'a Key]) -> Option<&'a Key> {
    let written = written.trim();
    let by_name = known.iter().find(|key| hints::is_same(key.name, written));
    if let Some(key) = by_name.or_else(|| known.iter().find(|key| key.is_called(written))) {
        return Some(key);
    }
    let names: Vec<&str> = known.iter().map(|key| key.name).collect();
    let nearest = hints::nearest(&written.replace('_', "-"), &names)?;
    known.iter().find(|key| key.name == nearest).copied()
}

/// The table that `written` is a key of, as the help of a problem.
pub(super) fn owner(written: &str) -> Option<String> {
    let hyphened = written.replace('_', "-");
    let belongs = |owner: &str| Some(format!("`{hyphened}` belongs in {owner}"));
    if let Some(owner) = OWNERS.iter().find(|table| table.key(&hyphened).is_some()) {
        return belongs(owner.title);
    }
    if let Some(channel) = channels().iter().find(|channel| channel.table.key(&hyphened).is_some()) {
        return belongs(&format!("{} = {{ … }} of a contact", channel.name));
    }
    match ROOT.key(&hyphened)?.kind {
        Kind::Table(table) | Kind::Named(table) | Kind::List(table) => {
            belongs(&format!("a table of its own: {}", table.title))
        }
        _ => Some(format!("`{hyphened}` stands at the top of the main file, above every table")),
    }
}

/// A value as one would write it for a key of this name.
pub(super) fn example_of(name: &str) -> Option<Cow<'static, str>> {
    let of_channels = channels().iter().flat_map(|channel| channel.table.keys).chain(channels::keys_of_contact());
    let keys = TABLES.iter().flat_map(|table| table.keys).chain(of_channels);
    keys.filter(|key| key.name == name).map(Key::example).find(|example| !example.is_empty())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_name_stands_once_in_a_table_and_has_a_meaning_and_an_example() {
        for table in TABLES {
            let mut names = BTreeSet::new();
            for key in table.all() {
                assert!(names.insert(key.name), "{}: {}", table.title, key.name);
                let is_sentence = key.meaning.ends_with('.');
                assert!(is_sentence, "{}: {}: {}", table.title, key.name, key.meaning);
                let is_table = matches!(key.kind, Kind::Table(_) | Kind::Named(_) | Kind::List(_));
                assert!(is_table || !key.example().is_empty(), "{}: {}", table.title, key.name);
            }
            assert!(table.meaning.ends_with('.'), "{}", table.title);
        }
    }

    #[test]
    fn a_synonym_leads_to_its_key_and_is_no_key_of_the_same_table() {
        for table in TABLES {
            let known: Vec<&Key> = table.all().collect();
            for key in table.all() {
                for synonym in key.synonyms {
                    let right = meant(synonym, &known).map(|key| key.name);
                    let is_shared =
                        known.iter().any(|other| other.name != key.name && other.synonyms.contains(synonym));
                    assert!(right == Some(key.name) || is_shared, "{}: {synonym}: {right:?}", table.title);
                    assert!(table.key(synonym).is_none(), "{}: {synonym}", table.title);
                }
            }
        }
    }

    #[test]
    fn a_synonym_wins_over_the_spelling_and_counts_only_in_its_table() {
        let meant = |table: &'static KeyTable, written| {
            let known: Vec<&Key> = table.all().collect();
            super::meant(written, &known).map(|key| key.name)
        };
        assert_eq!(meant(&POLICIES, "days"), Some("deadline"));
        assert_eq!(meant(&POLICIES, "interval"), Some("frequency"));
        assert_eq!(meant(&POLICIES, "host"), None);
        assert_eq!(meant(&CERTIFICATES, "host"), Some("endpoint"));
        assert_eq!(meant(&CERTIFICATES, "Deadline_Cap"), Some("deadline-cap"));
        assert_eq!(meant(&MAIL, "passwort"), Some("password"));
        assert_eq!(meant(&CONTACTS, "钉钉"), Some("dingtalk"));
    }

    #[test]
    fn a_key_of_another_table_is_sent_there() {
        for (written, help) in [
            ("time_limit", "`time-limit` belongs in [settings]"),
            ("webhook", "`webhook` belongs in [contacts.NAME]"),
            ("keyword", "`keyword` belongs in dingtalk = { … } of a contact"),
            ("templates", "`templates` belongs in a table of its own: [templates]"),
            ("include", "`include` stands at the top of the main file, above every table"),
        ] {
            assert_eq!(owner(written).as_deref(), Some(help));
        }
        assert_eq!(owner("pigeon"), None);
    }

    #[test]
    fn the_annotated_example_shows_every_key() {
        let example = include_str!("../../../policies.example.toml");
        let of_channels = channels().iter().map(|channel| channel.table);
        for table in TABLES.into_iter().chain(of_channels) {
            for key in table.all().filter(|key| !key.is_refused) {
                let is_shown = [format!("{} = ", key.name), format!("[{}", key.name), format!(".{}]", key.name)];
                let is_told = format!("`{}`", key.name);
                let is_shown = is_shown.iter().any(|shown| example.contains(shown.as_str()));
                assert!(is_shown || example.contains(&is_told), "{}: {}", table.title, key.name);
            }
        }
    }
}
