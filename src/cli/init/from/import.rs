//! What was read from another tool: what to watch, by which keys, and what could not be carried over.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use certnotify::address::Host;
use certnotify::policy::{self, Endpoint, Protocol};
use certnotify::text::untrusted::{cap, clean};

use super::super::draft::quoted;
use super::super::problems;
use certnotify::policy::is_unprintable;

/// Longest name of an entry.
const LONGEST_NAME: usize = 64;
/// Longest part of a foreign text that is repeated.
pub(super) const SHOWN: usize = 80;

/// What is watched, as it is written into the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    Endpoint(String),
    File(String),
}

#[derive(Debug)]
pub(super) struct Item {
    /// Where it stands: `hosts.txt:3`.
    pub at: String,
    pub name: Option<String>,
    pub what: What,
    pub keys: Keys,
}

/// Keys of an entry, each with its value in TOML.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Keys(pub BTreeMap<&'static str, String>);

impl Keys {
    pub(super) fn text(&mut self, key: &'static str, value: &str) {
        self.0.insert(key, quoted(value));
    }

    pub(super) fn list(&mut self, key: &'static str, values: &[String]) {
        let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
        self.0.insert(key, format!("[{}]", values.join(", ")));
    }

    pub(super) fn no(&mut self, key: &'static str) {
        self.0.insert(key, "false".to_owned());
    }

    pub(super) fn written(&self) -> String {
        self.0.iter().fold(String::new(), |mut text, (key, value)| {
            let _ = writeln!(text, "{key} = {value}");
            text
        })
    }
}

#[derive(Debug, Default)]
pub(crate) struct Import {
    pub(super) items: Vec<Item>,
    /// What could not be carried over, as clauses, each with its place.
    pub(crate) notes: Vec<String>,
    /// The place in the list of items of what is watched already.
    known: HashMap<(String, Option<String>, Option<String>), usize>,
    names: BTreeSet<String>,
}

impl Import {
    pub(super) fn note(&mut self, at: &str, what: &str) {
        self.notes.push(format!("{at}: {}", cap(&clean(what), 3 * SHOWN)));
    }

    /// Adds an endpoint, as a URL or `HOST:PORT`; says why where it is none.
    pub(super) fn endpoint(&mut self, at: &str, written: &str, name: Option<&str>, keys: Keys) {
        match written.parse::<Endpoint>() {
            Err(wrong) => self.note(at, &format!("left out: {wrong}")),
            Ok(endpoint) => {
                let place = endpoint.place();
                self.add(at, (What::Endpoint(shortest(&endpoint)), place), name, keys);
            }
        }
    }

    /// Adds a file, by its path from here.
    pub(super) fn file(&mut self, at: &str, written: &str, keys: Keys) {
        let path = std::path::absolute(written).unwrap_or_else(|_| PathBuf::from(written));
        let text = path.to_string_lossy().into_owned();
        if written.is_empty() || text.contains(is_unprintable) {
            self.note(at, &format!("left out: `{written}` can be no path of a policy file"));
        } else if policy::has_wildcards(Path::new(&text)) {
            self.note(at, &format!("left out: `{written}` would be read as a pattern"));
        } else {
            self.add(at, (What::File(text.clone()), text), None, keys);
        }
    }

    fn add(&mut self, at: &str, (what, place): (What, String), name: Option<&str>, keys: Keys) {
        let key = (place.clone(), keys.0.get("connect").cloned(), keys.0.get("server-name").cloned());
        if let Some(item) = self.known.get(&key).and_then(|index| self.items.get(*index)) {
            let differs = if item.keys == keys { "" } else { "; what is set here and not there is left out" };
            let clause = format!("{at}: `{}` is watched once, by {}{differs}", clean(&place), item.at);
            self.notes.push(clause);
            return;
        }
        self.known.insert(key, self.items.len());
        let name = name.map(clean).filter(|name| !name.is_empty());
        self.items.push(Item { at: at.to_owned(), name, what, keys });
    }

    /// Names as a policy file takes them: short, each once, and none that is a target of another entry.
    pub(super) fn settle_names(&mut self) {
        let targets = self.items.iter().map(|item| match &item.what {
            What::Endpoint(written) | What::File(written) => written.clone(),
        });
        self.names = targets.collect();
        let mut notes = Vec::new();
        // The next number of a name that several bear: without it, each would be counted from the first.
        let mut next: HashMap<String, usize> = HashMap::new();
        for item in &mut self.items {
            let (What::Endpoint(own) | What::File(own)) = &item.what;
            let Some(written) = item.name.take() else { continue };
            let name = written.trim_start_matches('.').trim();
            if name.is_empty() || name == own {
                continue;
            }
            let numbered = |nth: usize| {
                let end = if nth > 1 { format!(" ({nth})") } else { String::new() };
                let room = LONGEST_NAME.saturating_sub(end.chars().count());
                name.chars().take(room).collect::<String>().trim_end().to_owned() + &end
            };
            let first = next.get(&numbered(1)).copied().unwrap_or(1);
            let last = first.saturating_add(self.names.len());
            let Some(nth) = (first..=last.saturating_add(1)).find(|nth| !self.names.contains(&numbered(*nth))) else {
                continue;
            };
            next.insert(numbered(1), nth.saturating_add(1));
            let called = numbered(nth);
            if called != written {
                notes.push(format!("{}: `{}` is called `{called}`", item.at, cap(&written, SHOWN)));
            }
            self.names.insert(called.clone());
            item.name = Some(called);
        }
        self.notes.extend(notes);
    }

    /// Leaves out the keys that a policy file would refuse.
    pub(super) fn drop_invalid_keys(&mut self) {
        let mut judged: HashMap<(Keys, bool), Vec<(&'static str, String)>> = HashMap::new();
        let mut notes = Vec::new();
        for item in &mut self.items {
            let is_file = matches!(item.what, What::File(_));
            let kind = (item.keys.clone(), is_file);
            let wrong = judged.entry(kind).or_insert_with_key(|(keys, is_file)| refused(keys, *is_file));
            for (key, reason) in wrong {
                item.keys.0.remove(key);
                notes.push(format!("{}: `{key}` is left out: {}", item.at, cap(&clean(reason), 3 * SHOWN)));
            }
        }
        self.notes.extend(notes);
    }
}

/// The keys that a policy file refuses, each with the reason.
fn refused(keys: &Keys, is_file: bool) -> Vec<(&'static str, String)> {
    let alone = |key: &&'static str| {
        let only = keys.0.get_key_value(key).map(|(key, value)| (*key, value.clone()));
        let client = ["client-certificate", "client-key"].iter().filter(|_| key.starts_with("client-"));
        let both = client.filter_map(|key| keys.0.get_key_value(key)).map(|(key, value)| (*key, value.clone()));
        Keys(only.into_iter().chain(both).collect())
    };
    let watched = if is_file { "file = \"/srv/example.pem\"" } else { "endpoint = \"example.com\"" };
    let entry = |keys: &Keys| format!("[contacts.admin]\n[[certificates]]\n{watched}\n{}", keys.written());
    if problems(&entry(keys)).is_empty() {
        return Vec::new();
    }
    let mut wrong = Vec::new();
    for key in keys.0.keys() {
        if let Some(reason) = problems(&entry(&alone(key))).into_iter().next() {
            wrong.push((*key, reason));
        }
    }
    wrong
}

/// As people write it: without what is usual.
fn shortest(endpoint: &Endpoint) -> String {
    let host = match &endpoint.host {
        Host::Name(name) => name.clone(),
        address @ (Host::Address(_) | Host::OnLink(..)) => address.to_string(),
    };
    let port =
        if endpoint.port == endpoint.protocol.usual_port() { String::new() } else { format!(":{}", endpoint.port) };
    match endpoint.protocol {
        Protocol::Tls => format!("{host}{port}"),
        protocol => format!("{}://{host}{port}", protocol.scheme()),
    }
}
