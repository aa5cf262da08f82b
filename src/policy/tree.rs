//! TOML text → a tree of values that know their places. The only file that names the TOML library.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::source::Place;

pub(super) struct Node {
    pub value: Value,
    pub place: Place,
}

pub(super) enum Value {
    Text(String),
    /// As decimal where it fits.
    Integer(Option<i64>),
    Float,
    Boolean(bool),
    /// As it is written.
    Moment(String),
    List(Vec<Node>),
    Table(Table),
}

impl Value {
    pub(super) const fn what(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Integer(_) => "a number",
            Self::Float => "a number with a point",
            Self::Boolean(_) => "true or false",
            Self::Moment(_) => "a date or time",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

impl Node {
    /// The value of a key, where this is a table that has it.
    pub(super) fn field(&self, key: &str) -> Option<&Self> {
        let Value::Table(table) = &self.value else { return None };
        table.field(key).map(|(_, node)| node)
    }

    /// What stands in a list, or the one that stands in place of it.
    pub(super) fn items(&self) -> &[Self] {
        if let Value::List(items) = &self.value { items } else { std::slice::from_ref(self) }
    }

    /// Its text, or the first of a list.
    pub(super) fn first_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) if !text.trim().is_empty() => Some(text.trim()),
            Value::List(items) => items.first()?.first_text(),
            _ => None,
        }
    }
}

/// In the order of the file.
#[derive(Default)]
pub(super) struct Table {
    pub fields: Vec<(Key, Node)>,
}

impl Table {
    pub(super) fn field(&self, key: &str) -> Option<&(Key, Node)> {
        self.fields.iter().find(|(written, _)| written.name == key)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Key {
    pub name: String,
    pub place: Place,
}

/// What is no TOML.
#[derive(Debug)]
pub(super) struct SyntaxError {
    pub message: String,
    pub place: Place,
}

/// Reads all of `text`, going on after each error: what stands on the line of one cannot be relied on.
pub(super) fn read(file: usize, text: &str) -> (Table, Vec<SyntaxError>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let errors = errors.into_iter().map(|error| {
        let span = error.span().unwrap_or(0..0);
        SyntaxError {
            message: error.message().to_owned(),
            place: Place { file, start: span.start.min(text.len()), end: span.end.min(text.len()) },
        }
    });
    (read_table(file, table.into_inner()), errors.collect())
}

fn place<T>(file: usize, spanned: &Spanned<T>) -> Place {
    let span = spanned.span();
    Place { file, start: span.start, end: span.end }
}

/// What is read is freed at once: two trees of a large file are never held together.
fn read_table(file: usize, table: DeTable<'_>) -> Table {
    let field = |(key, value): (Spanned<Cow<'_, str>>, Spanned<_>)| {
        let place = place(file, &key);
        (Key { name: key.into_inner().into_owned(), place }, read_node(file, value))
    };
    let mut fields: Vec<_> = table.into_iter().map(field).collect();
    fields.sort_by_key(|(key, _)| key.place);
    Table { fields }
}

fn read_node(file: usize, node: Spanned<DeValue<'_>>) -> Node {
    let place = place(file, &node);
    let value = match node.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(digits) => Value::Integer(i64::from_str_radix(digits.as_str(), digits.radix()).ok()),
        DeValue::Float(_) => Value::Float,
        DeValue::Boolean(boolean) => Value::Boolean(boolean),
        DeValue::Datetime(moment) => Value::Moment(moment.to_string()),
        DeValue::Array(items) => Value::List(items.into_iter().map(|item| read_node(file, item)).collect()),
        DeValue::Table(table) => Value::Table(read_table(file, table)),
    };
    Node { value, place }
}
