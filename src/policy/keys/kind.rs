//! What a key takes.

use super::super::{Attach, Channel, FLOORS, Language, MailTls, Renewal, Validation};
use super::KeyTable;
use crate::event::{Category, EventKind, FindingId, Severity};

/// What a key takes.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// One string, and what it says.
    Text(&'static str),
    /// The name of an entry.
    Name,
    /// The name of a contact or a list of them.
    Contacts,
    /// One string or a list of them, and what each says.
    Texts(&'static str),
    /// The same, or whether they are to be looked up.
    TextsOrLookUp(&'static str),
    /// The same; the list may be empty.
    Patterns(&'static str),
    /// A list of strings, each as it is written.
    Arguments,
    Boolean,
    Port,
    /// One of them or a list.
    Ports,
    /// A string such as `"30d"`, or a number of days.
    Duration,
    /// One of them, or a list.
    Durations,
    /// A length of time, or a share of the lifetime.
    Lead,
    /// A share of the lifetime, or `"none"`.
    Share,
    /// `"once"`, or every how many days.
    Frequency,
    /// One of these words.
    OneOf(Words),
    /// One of these words or a list of them.
    AnyOf(Words),
    /// A string, or the place where it is.
    Secret,
    /// The same, or a program that prints it.
    Token,
    /// A string that may hold a password.
    SecretText,
    /// A table of names and addresses.
    Addresses,
    Table(&'static KeyTable),
    /// Tables with names.
    Named(&'static KeyTable),
    /// A list of tables.
    List(&'static KeyTable),
    /// A table or a list of them.
    Steps(&'static KeyTable),
}

/// The words that a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    Languages,
    MailTls,
    Renewals,
    Attachments,
    Channels,
    Events,
    Findings,
    Floors,
    Validations,
}

impl Kind {
    pub(in crate::policy) const fn is_secret(self) -> bool {
        matches!(self, Self::Secret | Self::Token | Self::SecretText)
    }

    /// Whether it takes lengths of time.
    pub(in crate::policy) const fn is_duration(self) -> bool {
        matches!(self, Self::Duration | Self::Durations | Self::Lead | Self::Frequency)
    }

    /// In a few words, for tables of documents.
    #[must_use]
    pub fn describe(self) -> String {
        let text = match self {
            Self::Text(what) => what,
            Self::Texts(what) | Self::Patterns(what) => return format!("{what}, or a list"),
            Self::TextsOrLookUp(what) => return format!("{what}, or a list; or `true`"),
            Self::Name => "text",
            Self::Contacts => "contact, or a list",
            Self::Arguments => "list of strings",
            Self::Boolean => "`true` or `false`",
            Self::Port => "number",
            Self::Ports => "number, or a list",
            Self::Duration => "length of time",
            Self::Durations => "list of lengths of time",
            Self::Lead => "length of time or `\"33%\"`",
            Self::Share => "`\"1%\"` to `\"100%\"`, or `\"none\"`",
            Self::Frequency => "`\"once\"` or days",
            Self::OneOf(words) => return words.describe(),
            Self::AnyOf(words) => return format!("{}, or a list", words.describe()),
            Self::Secret => "secret",
            Self::Token => "secret, or a table with `command`",
            Self::SecretText => "address",
            Self::Addresses => "table of addresses by name",
            Self::Table(_) => "table",
            Self::Named(_) => "tables with names",
            Self::List(_) | Self::Steps(_) => "list of tables",
        };
        text.to_owned()
    }
}

impl Words {
    /// Every word that is understood, in the order in which documents name them.
    #[must_use]
    pub fn all(self) -> Vec<String> {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        match self {
            Self::Languages => owned(&Language::ALL.map(Language::tag)),
            Self::MailTls => owned(&MailTls::ALL.map(MailTls::as_str)),
            Self::Renewals => owned(&Renewal::ALL.map(Renewal::as_str)),
            Self::Floors => owned(&FLOORS.map(Severity::as_str)),
            Self::Validations => owned(&Validation::ALL.map(Validation::as_str)),
            Self::Attachments => owned(&Attach::ALL.map(Attach::as_str)),
            Self::Channels => {
                let channels = Channel::ALL.into_iter().flat_map(Channel::names);
                channels.chain(["chatbot"]).map(str::to_owned).collect()
            }
            Self::Events => events(),
            Self::Findings => {
                let findings = FindingId::ALL.into_iter().filter(|id| id.can_be_accepted());
                findings.map(|id| id.as_str().to_owned()).collect()
            }
        }
    }

    fn describe(self) -> String {
        match self {
            Self::Channels => "name of a channel".to_owned(),
            Self::Events => "category or kind".to_owned(),
            Self::Findings => "identifier of a finding".to_owned(),
            Self::Languages | Self::MailTls | Self::Renewals | Self::Attachments | Self::Floors | Self::Validations => {
                let quoted: Vec<String> = self.all().iter().map(|word| format!("`\"{word}\"`")).collect();
                match quoted.split_last() {
                    Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
                    _ => quoted.concat(),
                }
            }
        }
    }
}

/// Categories, kinds with and without their category, and their other names.
fn events() -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut add = |word: String| {
        if !words.contains(&word) {
            words.push(word);
        }
    };
    for category in Category::ALL {
        add(category.as_str().to_owned());
        add(category.prefix().to_owned());
    }
    let kinds = EventKind::ALL.into_iter().map(|kind| (kind.short_name(), kind));
    let others = EventKind::ALL.into_iter().filter_map(|kind| Some((kind.other_name()?, kind)));
    for (name, kind) in kinds.chain(others) {
        add(format!("{}.{name}", kind.category().prefix()));
        add(format!("{}.{name}", kind.category().as_str()));
        add(name.to_owned());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_called_by_their_categories_kinds_and_other_names() {
        for word in ["business", "alert.expired", "alerts.expired", "expired", "renewed", "alert.renewal-failed"] {
            assert!(Words::Events.all().contains(&word.to_owned()), "{word}");
        }
    }
}
