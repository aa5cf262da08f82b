//! Reads a state in which everything is known, in one pass.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error, IntoDeserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::compact::{AUTHORITIES, CERTIFICATES, OfHistory, PLACES};
use super::repeated_key::{self, Head, Key, Keys};
use crate::history::History;

/// Reads what this certnotify would write, and nothing else: its version, its policy file and its history. What is
/// ignored, or has a key that stands twice, makes it another state.
pub(super) fn read(text: &str) -> Option<(Head, History)> {
    let mut head = Head::default();
    let mut json = serde_json::Deserializer::from_str(text);
    let history = strictly(&mut json, OfState { head: &mut head, history: OfHistory::from_length(text.len()) }).ok()?;
    json.end().ok()?;
    Some((head, history))
}

/// # Errors
/// Not all of it is known.
fn strictly<'de, T: DeserializeSeed<'de>>(
    json: &mut serde_json::Deserializer<serde_json::de::StrRead<'de>>,
    seed: T,
) -> Result<T::Value, serde_json::Error> {
    let mut is_known = true;
    let mut note_unknown: &mut dyn FnMut(serde_ignored::Path<'_>) = &mut |_| is_known = false;
    let value = seed.deserialize(serde_ignored::Deserializer::new(json, &mut note_unknown))?;
    if is_known { Ok(value) } else { Err(serde_json::Error::custom("not all of it is known")) }
}

struct OfState<'h> {
    head: &'h mut Head,
    history: OfHistory,
}

impl<'de> DeserializeSeed<'de> for OfState<'_> {
    type Value = History;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<History, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OfState<'_> {
    type Value = History;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a state")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<History, A::Error> {
        self.history.visit_map(Entries { map, head: self.head, keys: Keys::default(), holds_records: false })
    }
}

/// The entries of a state that belong to its history.
struct Entries<'h, 'de, A> {
    map: A,
    /// What was read of the other entries.
    head: &'h mut Head,
    keys: Keys<'de>,
    /// Of the entry that is read. The reader of records takes none with a key that stands twice.
    holds_records: bool,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Entries<'_, 'de, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(Key(key)) = self.map.next_key()? {
            self.keys.add(key.clone())?;
            match &*key {
                "version" => self.head.version = Some(self.map.next_value()?),
                "policies" => self.head.policies = Some(self.map.next_value()?),
                field => {
                    self.head.has_tables |= field == AUTHORITIES;
                    self.holds_records = [CERTIFICATES, PLACES].contains(&field);
                    let field: StrDeserializer<'_, A::Error> = field.into_deserializer();
                    return seed.deserialize(field).map(Some);
                }
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        if self.holds_records {
            return self.map.next_value_seed(seed);
        }
        let json: &RawValue = self.map.next_value()?;
        repeated_key::refuse(json).map_err(A::Error::custom)?;
        strictly(&mut serde_json::Deserializer::from_str(json.get()), seed).map_err(A::Error::custom)
    }
}
