//! Reading one table of the policy file key by key; what was asked for is what it may hold.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use time::Duration;

use super::corrections;
use super::deadline::parse_duration;
use super::endpoint::is_host;
use super::hints::{self, listed};
use super::problem::{Problems, is_unprintable};
use super::samples;
use super::source::{At, Place};

use super::tree::{Node, Table, Value};
use crate::channels;

/// Keys whose values are secrets, or may hold one, beside those of channels.
const MAY_BE_SECRET: [&str; 4] = ["password", "heartbeat", "env", "credential"];

fn may_be_secret(key: &str) -> bool {
    let mut of_channels = channels::tables().flat_map(|(_, _, table)| table.keys);
    MAY_BE_SECRET.contains(&key) || of_channels.any(|known| known.name == key && known.role.may_be_secret())
}

/// Why a value is refused, and what to write instead.
pub(super) struct Refusal {
    pub message: String,
    pub help: String,
}

impl Refusal {
    pub(super) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }
}

/// A table that is being read.
pub(super) struct Fields<'t, 'p> {
    table: &'t Table,
    /// ``policy `default` ``; nothing for the file itself.
    what: String,
    asked: Vec<&'static str>,
    pub problems: &'p mut Problems,
}

impl<'t, 'p> Fields<'t, 'p> {
    pub(super) fn new(table: &'t Table, what: impl Into<String>, problems: &'p mut Problems) -> Self {
        Self { table, what: what.into(), asked: Vec::new(), problems }
    }

    /// Of a value that has to be a table.
    pub(super) fn of_node(
        node: &'t Node,
        what: impl Into<String>,
        help: &str,
        problems: &'p mut Problems,
    ) -> Option<Self> {
        let what = what.into();
        match &node.value {
            Value::Table(table) => Some(Self::new(table, what, problems)),
            other => {
                problems.error(node.place, format!("{what} is {}, it must be a table", other.what()), help);
                None
            }
        }
    }

    pub(super) fn what(&self) -> &str {
        &self.what
    }

    /// The value of a key, of whatever type.
    pub(super) fn take(&mut self, key: &'static str) -> Option<&'t Node> {
        self.asked.push(key);
        self.table.fields.iter().find(|(written, _)| written.name == key).map(|(_, node)| node)
    }

    /// The place of a key itself.
    pub(super) fn place_of(&self, key: &str) -> Option<Place> {
        self.table.fields.iter().find(|(written, _)| written.name == key).map(|(written, _)| written.place)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.place_of(key).is_some()
    }

    pub(super) fn is_empty_list(&self, key: &str) -> bool {
        let node = self.table.fields.iter().find(|(written, _)| written.name == key);
        node.is_some_and(|(_, node)| matches!(&node.value, Value::List(items) if items.is_empty()))
    }

    /// Whether a key is there, or one that was meant for it and is told as unknown.
    pub(super) fn means(&self, key: &str) -> bool {
        self.table.fields.iter().any(|(written, _)| hints::key(&written.name, &[key]).is_some())
    }

    pub(super) fn text(&mut self, key: &'static str) -> Option<At<String>> {
        let node = self.take(key)?;
        text_of(node, key, self.problems)
    }

    /// One string, or a list of at least one.
    pub(super) fn texts(&mut self, key: &'static str) -> Option<At<Vec<At<String>>>> {
        let node = self.take(key)?;
        let value = match &node.value {
            Value::List(items) if items.is_empty() => {
                self.problems.error(node.place, format!("`{key}` is an empty list"), example(key));
                return None;
            }
            Value::List(items) => items.iter().filter_map(|item| text_of(item, key, self.problems)).collect(),
            _ => vec![text_of(node, key, self.problems)?],
        };
        Some(At { value, place: node.place })
    }

    pub(super) fn boolean(&mut self, key: &'static str) -> Option<At<bool>> {
        let node = self.take(key)?;
        match node.value {
            Value::Boolean(value) => Some(At { value, place: node.place }),
            ref other => {
                let meant = if let Value::Text(text) = other { corrections::boolean(text) } else { None };
                let help = meant.map_or_else(|| example(key), |right| format!("write {key} = {right}"));
                let message = format!("`{key}` is {}, it must be true or false", other.what());
                self.problems.error(node.place, message, help);
                None
            }
        }
    }

    /// A string that `parse` understands.
    pub(super) fn parsed<T>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Refusal>,
    ) -> Option<At<T>> {
        let text = self.text(key)?;
        self.checked(&text, parse)
    }

    /// What `parse` makes of `text`, or the problem told.
    pub(super) fn checked<T>(
        &mut self,
        text: &At<String>,
        parse: impl FnOnce(&str) -> Result<T, Refusal>,
    ) -> Option<At<T>> {
        match parse(&text.value) {
            Ok(value) => Some(At { value, place: text.place }),
            Err(refusal) => {
                self.problems.error(text.place, refusal.message, refusal.help);
                None
            }
        }
    }

    /// More than nothing; a bare number counts days.
    pub(super) fn duration(&mut self, key: &'static str) -> Option<At<Duration>> {
        let node = self.take(key)?;
        duration_of(node, key, self.problems)
    }

    /// A path, absolute once it stands on the folder of the file.
    pub(super) fn path(&mut self, key: &'static str) -> Option<At<PathBuf>> {
        let text = self.text(key)?;
        let folder = self.folder(text.place);
        self.checked(&text, |written| absolute(&folder, written))
    }

    pub(super) fn folder(&self, place: Place) -> PathBuf {
        self.problems.sources.get(place.file).map(|source| source.file.folder.clone()).unwrap_or_default()
    }

    /// Tells every key that was not asked for.
    pub(super) fn finish(self) {
        self.finish_with("");
    }

    /// The same; `else_help` follows the list of keys where no key was meant.
    pub(super) fn finish_with(self, else_help: &str) {
        let known: &[&str] = &self.asked;
        let holds_secrets = known.iter().any(|key| matches!(*key, "webhook" | "url" | "base-url" | "username" | "env"));
        let has_password = known.contains(&"password");
        for (key, node) in &self.table.fields {
            let name = key.name.as_str();
            if known.contains(&name) {
                continue;
            }
            // Where one key in many is a secret, a word that is clearly another key may be shown.
            let is_plain = hints::key(name, known).is_some_and(|right| !may_be_secret(right));
            let is_hidden = (holds_secrets || has_password) && !is_plain;
            if is_hidden {
                hide_texts(node, self.problems);
            }
            let place = if self.what.is_empty() { String::new() } else { format!(" in {}", self.what) };
            let help = unknown_key_help(name, known, (!is_hidden).then_some(&node.value), else_help);
            self.problems.error(key.place, format!("unknown key `{name}`{place}"), help);
        }
    }

    pub(super) fn wrong_type(&mut self, place: Place, key: &str, right: &str, wrong: &str) {
        self.problems.error(place, format!("`{key}` is {wrong}, it must be {right}"), example(key));
    }
}

fn unknown_key_help(name: &str, known: &[&str], value: Option<&Value>, else_help: &str) -> String {
    if let Some(right) = hints::key(name, known) {
        let example = samples::example(right);
        let own = example.as_deref().zip(value).and_then(|(example, value)| own_value(name, (right, example), value));
        let value = own.or_else(|| example.map(Cow::into_owned)).map(|value| format!(": {right} = {value}"));
        return format!("the key is `{right}`{}", value.unwrap_or_default());
    }
    if let Some((key, owning_table)) = hints::owning_table(name) {
        return format!("`{key}` belongs in {owning_table}");
    }
    let end = if else_help.is_empty() { String::new() } else { format!("; {else_help}") };
    format!("the keys here are {}{end}", all_listed(known))
}

/// What stands at an unknown key, as it would be written at the right one; nothing where that cannot hold it.
fn own_value(written: &str, (right, example): (&str, &str), value: &Value) -> Option<String> {
    const TURNED: [&str; 6] = ["disabled", "disable", "mute", "muted", "insecure", "ignore-trust"];
    const HALVES: [&str; 2] = ["starttls", "scheme"];
    const LONGEST: usize = 60;
    let is_length = DURATIONS.contains(&right);
    match value {
        Value::Boolean(on) if matches!(example, "true" | "false") => {
            Some((*on != TURNED.contains(&written)).to_string())
        }
        Value::Integer(Some(days)) if is_length && *days > 0 => Some(format!("\"{days}d\"")),
        Value::Integer(Some(number)) if right == "port" => Some(number.to_string()),
        Value::Text(text) if is_length => {
            let fits = parse_duration(text).is_ok() || text.trim().ends_with('%') && right == "deadline";
            let right = if fits { Some(text.trim().to_owned()) } else { corrections::duration(text) };
            right.map(|right| format!("\"{right}\""))
        }
        Value::Text(text)
            if example.starts_with(['"', '['])
                && !HALVES.contains(&written)
                && text.chars().count() <= LONGEST
                && !text.contains(['"', '\\'])
                && !text.chars().any(is_unprintable) =>
        {
            let is_bare_host = right == "endpoint" && is_host(text);
            Some(if is_bare_host { format!("\"{text}:443\"") } else { format!("\"{text}\"") })
        }
        _ => None,
    }
}

/// Keys whose values are lengths of time.
const DURATIONS: [&str; 7] =
    ["deadline", "frequency", "renew-before", "within", "mention-within", "time-limit", "milestones"];

fn all_listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// Every string in it may be a secret whose key was mistyped.
fn hide_texts(node: &Node, problems: &mut Problems) {
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| hide_texts(item, problems)),
        Value::Table(table) => table.fields.iter().for_each(|(_, node)| hide_texts(node, problems)),
        Value::Boolean(_) => {}
        _ => problems.secrets.push(node.place),
    }
}

/// How the key is written.
pub(super) fn example(key: &str) -> String {
    samples::example(key).map(|value| format!("write {key} = {value}")).unwrap_or_default()
}

pub(super) fn text_of(node: &Node, key: &str, problems: &mut Problems) -> Option<At<String>> {
    match &node.value {
        Value::Text(text) if text.trim().is_empty() => {
            problems.error(node.place, format!("`{key}` is empty"), example(key));
            None
        }
        Value::Text(text)
            if text.trim().chars().any(|character| is_unprintable(character) && !may_hold(key, character)) =>
        {
            problems.error(node.place, format!("`{key}` holds a character that cannot be printed"), "");
            None
        }
        Value::Text(text) => Some(At { value: text.trim().to_owned(), place: node.place }),
        other => {
            let message = format!("`{key}` is {}, it must be a string", other.what());
            problems.error(node.place, message, example(key));
            None
        }
    }
}

/// A note may have lines.
fn may_hold(key: &str, character: char) -> bool {
    key == "note" && matches!(character, '\n' | '\r' | '\t')
}

/// A length of time from one node: a string, or a number of days.
pub(super) fn duration_of(node: &Node, key: &str, problems: &mut Problems) -> Option<At<Duration>> {
    let parsed = match &node.value {
        Value::Text(text) => {
            let corrected = || corrections::duration(text);
            parse_duration(text).map_err(|wrong| (wrong.to_string(), corrected()))
        }
        Value::Integer(days) => {
            let text = days.map(|days| days.to_string()).unwrap_or_default();
            parse_duration(&text).map_err(|_| (format!("`{key}` is no number of days from 1 to 36525"), None))
        }
        other => Err((format!("`{key}` is {}, it must be a length of time", other.what()), None)),
    };
    match parsed {
        Ok(value) if value > Duration::ZERO => Some(At { value, place: node.place }),
        Ok(_) => {
            problems.error(node.place, format!("`{key}` must be more than nothing"), example(key));
            None
        }
        Err((message, corrected)) => {
            let help = corrected.map_or_else(|| example(key), |right| in_place(key, &format!("\"{right}\"")));
            problems.error(node.place, message, help);
            None
        }
    }
}

/// How the value of `key` is written; of a list, one of its values.
fn in_place(key: &str, right: &str) -> String {
    let is_list = samples::example(key).is_some_and(|value| value.starts_with('['));
    if is_list { format!("write {right}") } else { format!("write {key} = {right}") }
}

/// `$HOME` or `${HOME}` where a part of a path begins.
pub(super) fn variable_in(path: &str) -> Option<&str> {
    path.split('/').find_map(|part| {
        let name = part.strip_prefix('$')?;
        let name = name.strip_prefix('{').and_then(|rest| rest.split_once('}')).map_or(name, |(name, _)| name);
        let is_of_name = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        (!name.is_empty() && name.bytes().all(is_of_name)).then_some(part)
    })
}

/// `written` on the folder of its file.
pub(super) fn absolute(folder: &Path, written: &str) -> Result<PathBuf, Refusal> {
    if written.starts_with('~') {
        return Err(Refusal::new(format!("`~` in `{written}` is not expanded"), "write the whole path"));
    }
    if let Some(variable) = variable_in(written) {
        let message = format!("`{variable}` in `{written}` is not expanded");
        return Err(Refusal::new(message, "write the whole path, without a variable"));
    }
    Ok(folder.join(written).components().collect())
}

/// `known` as the help of an unknown word: the nearest, else all.
pub(super) fn suggestion(meant: Option<&str>, known: &[&str]) -> String {
    match meant {
        Some(right) => format!("did you mean `{right}`?"),
        None => format!("there are {}", listed(known)),
    }
}
