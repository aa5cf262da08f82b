//! What stands at the head of a state, read in one pass that finds keys which stand twice in one object: of two values,
//! the one that is dropped may be what was delivered.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::compact::AUTHORITIES;

#[derive(Debug, Default, PartialEq)]
pub(super) struct Head {
    pub version: Option<u64>,
    pub policies: Option<String>,
    /// What its records have in common stands apart from them.
    pub has_tables: bool,
}

impl Head {
    /// # Errors
    /// It is no JSON, or a key stands twice in one object.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        let mut json = serde_json::Deserializer::from_slice(bytes);
        let head = json.deserialize_any(OfState)?;
        json.end()?;
        Ok(head)
    }
}

/// # Errors
/// A key stands twice in one object.
pub(super) fn refuse(json: &RawValue) -> Result<(), serde_json::Error> {
    Within.deserialize(&mut serde_json::Deserializer::from_str(json.get()))
}

/// The keys of one object so far.
#[derive(Default)]
pub(super) struct Keys<'a> {
    in_order: Vec<Cow<'a, str>>,
    /// All of them, once one has come that is not the last in their order: certnotify writes nearly all in order.
    all: HashSet<Cow<'a, str>>,
}

impl<'a> Keys<'a> {
    pub(super) fn add<E: Error>(&mut self, key: Cow<'a, str>) -> Result<(), E> {
        if self.all.is_empty() {
            if self.in_order.last().is_none_or(|last| *last < key) {
                self.in_order.push(key);
                return Ok(());
            }
            self.all = self.in_order.drain(..).collect();
        }
        if self.all.contains(&key) {
            return Err(E::custom(format_args!("the key `{key}` stands twice in one object")));
        }
        self.all.insert(key);
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Key<'a>(#[serde(borrow)] pub Cow<'a, str>);

struct OfState;

impl<'de> Visitor<'de> for OfState {
    type Value = Head;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Head, A::Error> {
        let (mut head, mut keys) = (Head::default(), Keys::default());
        while let Some(Key(key)) = map.next_key()? {
            match key.as_ref() {
                "version" => head.version = map.next_value::<serde_json::Value>()?.as_u64(),
                "policies" => head.policies = map.next_value::<serde_json::Value>()?.as_str().map(str::to_owned),
                other => {
                    head.has_tables |= other == AUTHORITIES;
                    map.next_value_seed(Within)?;
                }
            }
            keys.add(key)?;
        }
        Ok(head)
    }
}

/// Anything, whose objects have each key once.
struct Within;

impl<'de> DeserializeSeed<'de> for Within {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Within {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut keys = Keys::default();
        while let Some(Key(key)) = map.next_key()? {
            keys.add(key)?;
            map.next_value_seed(Self)?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Self)?.is_some() {}
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        IgnoredAny::deserialize(deserializer).map(drop)
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_stands_twice_is_found_at_any_depth_in_any_order_and_by_any_spelling() {
        for repeated in [
            r#"{"a": 1, "a": 2}"#,
            r#"{"b": 1, "a": 2, "c": 3, "a": 4}"#,
            r#"{"b": 1, "a": 2, "b": 3}"#,
            r#"{"version": 1, "version": 1}"#,
            r#"{"x": [{"y": {"a": 1, "z": [], "a": null}}]}"#,
            r#"{"x": {"a": 1, "\u0061": 2}}"#,
        ] {
            let error = Head::parse(repeated.as_bytes()).unwrap_err().to_string();
            assert!(error.contains("stands twice in one object"), "{repeated}: {error}");
        }
        let head =
            Head::parse(br#"{"version": 1, "policies": "/p", "a": {"a": {"b": 1}, "b": [1, -1, 1.5, true, null]}}"#);
        assert_eq!(head.unwrap(), Head { version: Some(1), policies: Some("/p".to_owned()), has_tables: false });
    }
}
