//! Reading one table of the policy file key by key, by the definitions of its keys.

use std::fmt::Display;
use std::path::PathBuf;

use time::Duration;

use super::corrections;
use super::deadline::parse_duration;
use super::hints::{self, listed};
use super::keys::{self, Key, KeyTable, Kind};
use super::path::absolute;
use super::printable::is_unprintable;
use super::problem::Problems;
use super::refusal::Refusal;
use super::source::{At, Place};
use super::tree::{self, Node, Table, Value};
use crate::address::is_host;

/// A table that is being read.
pub(super) struct Fields<'t, 'p> {
    table: &'t Table,
    keys: &'static KeyTable,
    /// ``policy `default` ``; nothing for the file itself.
    what: &'p dyn Display,
    pub problems: &'p mut Problems,
}

impl<'t, 'p> Fields<'t, 'p> {
    pub(super) fn new(
        table: &'t Table,
        keys: &'static KeyTable,
        what: &'p dyn Display,
        problems: &'p mut Problems,
    ) -> Self {
        Self { table, keys, what, problems }
    }

    /// Of a value that has to be a table.
    pub(super) fn from_node(
        node: &'t Node,
        keys: &'static KeyTable,
        what: &'p dyn Display,
        help: &str,
        problems: &'p mut Problems,
    ) -> Option<Self> {
        let Value::Table(table) = &node.value else {
            problems.error(node.place, format!("{what} is {}, it must be a table", node.value.what()), help);
            return None;
        };
        Some(Self::new(table, keys, what, problems))
    }

    pub(super) fn what(&self) -> &'p dyn Display {
        self.what
    }

    /// The value of a key, of whatever type. Only a key that is defined can be asked for.
    pub(super) fn take(&mut self, key: &'static str) -> Option<&'t Node> {
        debug_assert!(self.keys.key(key).is_some(), "`{key}` is not defined in {}", self.keys.title);
        self.table.field(key).map(|(_, node)| node)
    }

    /// The place of a key itself.
    pub(super) fn place_of(&self, key: &str) -> Option<Place> {
        self.table.field(key).map(|(written, _)| written.place)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.place_of(key).is_some()
    }

    pub(super) fn has_only(&self, keys: &[&str]) -> bool {
        self.table.fields.iter().all(|(written, _)| keys.contains(&written.name.as_str()))
    }

    /// Whether a key is there, or one that was meant for it and is told as unknown.
    pub(super) fn means(&self, key: &str) -> bool {
        let Some(key) = self.keys.key(key) else { return false };
        // What is a key itself was meant for no other.
        let mut unknown = self.table.fields.iter().filter(|(written, _)| self.keys.key(&written.name).is_none());
        self.has(key.name) || unknown.any(|(written, _)| key.is_meant_by(&written.name))
    }

    /// What `read` makes of the value of a key, or the problem told.
    pub(super) fn read<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&Value) -> Result<T, Refusal>,
    ) -> Option<At<T>> {
        let node = self.take(key)?;
        self.problems.judged(node.place, read(&node.value))
    }

    pub(super) fn text(&mut self, key: &'static str) -> Option<At<String>> {
        self.read(key, |value| text_of(value, key))
    }

    /// One string, or a list of at least one.
    pub(super) fn texts(&mut self, key: &'static str) -> Option<At<Vec<At<String>>>> {
        let node = self.take(key)?;
        let mut text = |node: &Node| self.problems.judged(node.place, text_of(&node.value, key));
        let value = match &node.value {
            Value::List(items) if items.is_empty() => {
                self.problems.error(node.place, format!("`{key}` is an empty list"), example(key));
                return None;
            }
            Value::List(items) => items.iter().filter_map(text).collect(),
            _ => vec![text(node)?],
        };
        Some(At { value, place: node.place })
    }

    pub(super) fn boolean(&mut self, key: &'static str) -> Option<bool> {
        let read = self.read(key, |value| {
            let meant = match value {
                Value::Boolean(value) => return Ok(*value),
                Value::Text(text) => corrections::boolean(text),
                _ => None,
            };
            let refusal = wrong_type(key, "true or false", value);
            Err(refusal.with_help(meant.map(|right| format!("write {key} = {right}"))))
        });
        read.map(|read| read.value)
    }

    /// One port, or a list of at least one.
    pub(super) fn ports(&mut self, key: &'static str) -> Vec<u16> {
        let Some(node) = self.take(key) else { return Vec::new() };
        let nodes = match &node.value {
            Value::List(items) if !items.is_empty() => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let read = |node: &Node| port_of(&node.value, key, "a number or a list of numbers");
        nodes.iter().filter_map(|node| self.problems.judged(node.place, read(node))).map(|port| port.value).collect()
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

    /// That of `all` whose word stands at the key; `refused` follows a word that is none of them.
    pub(super) fn word<T: Copy>(
        &mut self,
        key: &'static str,
        all: &[T],
        word: fn(T) -> &'static str,
        refused: &str,
    ) -> Option<T> {
        self.parsed(key, |written| one_of(written, all, word, &format!("`{written}` {refused}"))).map(|read| read.value)
    }

    /// What `parse` makes of `text`, or the problem told.
    pub(super) fn checked<T>(
        &mut self,
        text: &At<String>,
        parse: impl FnOnce(&str) -> Result<T, Refusal>,
    ) -> Option<At<T>> {
        self.problems.judged(text.place, parse(&text.value))
    }

    /// What `parse` understands of one string or several.
    pub(super) fn all_parsed<T>(
        &mut self,
        key: &'static str,
        mut parse: impl FnMut(&str) -> Result<T, Refusal>,
    ) -> Vec<T> {
        let texts = self.texts(key).map(|texts| texts.value).unwrap_or_default();
        texts.iter().filter_map(|text| self.checked(text, &mut parse)).map(|parsed| parsed.value).collect()
    }

    /// The strings of a table that may have any keys.
    pub(super) fn named_texts(&mut self, key: &'static str, right: &str) -> Vec<(&'t tree::Key, At<String>)> {
        let Some(node) = self.take(key) else { return Vec::new() };
        let Value::Table(table) = &node.value else {
            self.problems.refuse(node.place, wrong_type(key, right, &node.value));
            return Vec::new();
        };
        let mut text = |node: &Node| self.problems.judged(node.place, text_of(&node.value, key));
        table.fields.iter().filter_map(|(name, node)| Some((name, text(node)?))).collect()
    }

    /// More than nothing; a bare number counts days.
    pub(super) fn duration(&mut self, key: &'static str) -> Option<At<Duration>> {
        self.read(key, |value| duration_of(value, key))
    }

    /// A path, absolute once it stands on the folder of the file.
    pub(super) fn path(&mut self, key: &'static str) -> Option<PathBuf> {
        let text = self.text(key)?;
        self.checked_path(&text, |_| Ok(()))
    }

    /// The same of `text`, where `check` does not refuse it.
    pub(super) fn checked_path(
        &mut self,
        text: &At<String>,
        check: impl FnOnce(&str) -> Result<(), Refusal>,
    ) -> Option<PathBuf> {
        let folder = self.folder(text.place);
        self.checked(text, |written| check(written).and_then(|()| absolute(&folder, written))).map(|path| path.value)
    }

    pub(super) fn folder(&self, place: Place) -> PathBuf {
        self.problems.sources.get(place.file).map(|source| source.file.folder.clone()).unwrap_or_default()
    }

    /// Tells every own key of the table that is there and wrong.
    pub(super) fn refuse(&mut self, is_wrong: impl Fn(&Key) -> bool, message: impl Fn(&str) -> String, help: &str) {
        for key in self.keys.keys.iter().filter(|key| is_wrong(key)) {
            if let Some(place) = self.place_of(key.name) {
                self.problems.error(place, message(key.name), help);
            }
        }
    }

    /// Tells every key that is not defined.
    pub(super) fn finish(self) {
        self.finish_with("");
    }

    /// The same; `else_help` follows the list of keys where no key was meant.
    pub(super) fn finish_with(mut self, else_help: &str) {
        for (key, node) in &self.table.fields {
            if self.keys.key(&key.name).is_none() {
                self.tell_unknown(&key.name, key.place, node, else_help);
            }
        }
    }

    fn tell_unknown(&mut self, name: &str, place: Place, node: &Node, else_help: &str) {
        let known: Vec<&Key> = self.keys.all().filter(|key| !key.is_refused).collect();
        let right = keys::meant(name, &known);
        // Where one key in many is a secret, a word that is clearly another key may be shown.
        let is_hidden = self.keys.holds_secrets() && right.is_none_or(Key::may_be_secret);
        if is_hidden {
            hide_texts(node, self.problems);
        }
        let what = self.what.to_string();
        let table = if what.is_empty() { what } else { format!(" in {what}") };
        let help = match right {
            Some(right) => right_key_help(name, right, (!is_hidden).then_some(&node.value)),
            None => unknown_key_help(name, &known, else_help),
        };
        self.problems.error(place, format!("unknown key `{name}`{table}"), help);
    }
}

fn right_key_help(written: &str, right: &Key, value: Option<&Value>) -> String {
    let own = value.and_then(|value| own_value(written, right, value));
    let value = own.or_else(|| Some(right.example().into_owned()).filter(|example| !example.is_empty()));
    let value = value.map(|value| format!(": {} = {value}", right.name)).unwrap_or_default();
    format!("the key is `{}`{value}", right.name)
}

fn unknown_key_help(name: &str, known: &[&Key], else_help: &str) -> String {
    if let Some(owner) = keys::owner(name) {
        return owner;
    }
    let end = if else_help.is_empty() { String::new() } else { format!("; {else_help}") };
    let known: Vec<String> = known.iter().map(|key| format!("`{}`", key.name)).collect();
    format!("the keys here are {}{end}", known.join(", "))
}

/// What stands at an unknown key, as it would be written at the right one; nothing where that cannot hold it.
fn own_value(written: &str, right: &Key, value: &Value) -> Option<String> {
    const TURNED: [&str; 6] = ["disabled", "disable", "mute", "muted", "insecure", "ignore-trust"];
    const HALVES: [&str; 2] = ["starttls", "scheme"];
    const LONGEST: usize = 60;
    match value {
        Value::Boolean(on) if matches!(right.kind, Kind::Boolean) => {
            Some((*on != TURNED.contains(&written)).to_string())
        }
        Value::Integer(Some(days)) if right.kind.is_duration() && *days > 0 => Some(format!("\"{days}d\"")),
        Value::Integer(Some(number)) if matches!(right.kind, Kind::Port) => Some(number.to_string()),
        Value::Text(text) if right.kind.is_duration() => {
            let is_share = text.trim().ends_with('%') && matches!(right.kind, Kind::Lead);
            let fits = parse_duration(text).is_ok() || is_share;
            let right = if fits { Some(text.trim().to_owned()) } else { corrections::duration(text) };
            right.map(|right| format!("\"{right}\""))
        }
        Value::Text(text)
            if right.example().starts_with(['"', '['])
                && !HALVES.contains(&written)
                && text.chars().count() <= LONGEST
                && !text.contains(['"', '\\'])
                && !text.chars().any(is_unprintable) =>
        {
            let is_bare_host = right.name == "endpoint" && is_host(text);
            Some(if is_bare_host { format!("\"{text}:443\"") } else { format!("\"{text}\"") })
        }
        _ => None,
    }
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
    keys::example_of(key).map(|value| format!("write {key} = {value}")).unwrap_or_default()
}

/// A value that is not of the type of its key.
pub(super) fn wrong_type(key: &str, right: &str, wrong: &Value) -> Refusal {
    Refusal::new(format!("`{key}` is {}, it must be {right}", wrong.what()), example(key))
}

/// A string with something in it, without the blanks around it.
pub(super) fn text_of(value: &Value, key: &str) -> Result<String, Refusal> {
    let Value::Text(text) = value else { return Err(wrong_type(key, "a string", value)) };
    let text = text.trim();
    if text.is_empty() {
        return Err(Refusal::new(format!("`{key}` is empty"), example(key)));
    }
    let is_wrong = |(_, character): &(u32, char)| is_unprintable(*character) && !may_hold(key, *character);
    if let Some((nth, character)) = (1..).zip(text.chars()).find(is_wrong) {
        let help = format!("take out its character {nth}, U+{:04X}", u32::from(character));
        return Err(Refusal::new(format!("`{key}` holds a character that cannot be printed"), help));
    }
    Ok(text.to_owned())
}

/// A note may have lines.
fn may_hold(key: &str, character: char) -> bool {
    key == "note" && matches!(character, '\n' | '\r' | '\t')
}

/// A port, where `right` says what stands at the key.
pub(super) fn port_of(value: &Value, key: &str, right: &str) -> Result<u16, Refusal> {
    let Value::Integer(number) = value else { return Err(wrong_type(key, right, value)) };
    let port = number.and_then(|number| u16::try_from(number).ok()).filter(|port| *port > 0);
    port.ok_or_else(|| Refusal::new("a port is a number from 1 to 65535", example(key)))
}

/// A length of time: a string, or a number of days.
pub(super) fn duration_of(value: &Value, key: &str) -> Result<Duration, Refusal> {
    let length = match value {
        Value::Text(text) => parse_duration(text).map_err(|wrong| {
            // Of a list, one of its values.
            let is_list = keys::example_of(key).is_some_and(|value| value.starts_with('['));
            let start = if is_list { String::new() } else { format!("{key} = ") };
            let right = corrections::duration(text).map(|right| format!("write {start}\"{right}\""));
            Refusal::new(wrong.to_string(), example(key)).with_help(right)
        })?,
        Value::Integer(days) => {
            let refuse = || Refusal::new(format!("`{key}` is no number of days from 1 to 36525"), example(key));
            days.and_then(|days| parse_duration(&days.to_string()).ok()).ok_or_else(refuse)?
        }
        other => return Err(wrong_type(key, "a length of time", other)),
    };
    if length.is_zero() {
        return Err(Refusal::new(format!("`{key}` must be more than nothing"), example(key)));
    }
    Ok(length)
}

/// `known` as the help of an unknown word: the nearest, else all.
pub(super) fn suggestion(meant: Option<&str>, known: &[&str]) -> String {
    hints::did_you_mean(meant, || format!("there are {}", listed(known)))
}

/// That of `all` whose word is `written`; `refused` says that it is none of them.
pub(super) fn one_of<T: Copy>(
    written: &str,
    all: &[T],
    word: fn(T) -> &'static str,
    refused: &str,
) -> Result<T, Refusal> {
    all.iter().copied().find(|value| word(*value) == written).ok_or_else(|| {
        let words: Vec<&str> = all.iter().map(|value| word(*value)).collect();
        Refusal::new(refused, suggestion(hints::value(written, &words), &words))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "`webhook` is not defined in [settings]")]
    fn no_key_is_read_that_is_not_defined() {
        let mut problems = Problems::default();
        Fields::new(&Table::default(), &keys::SETTINGS, &"[settings]", &mut problems).take("webhook");
    }
}
