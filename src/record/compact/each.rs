//! The entries of a map, taken one after another while it is read.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use super::tables::Incomplete;

/// Takes the entries of a map one after another.
pub(super) struct Each<K, V, F> {
    take: F,
    entry: PhantomData<(K, V)>,
}

pub(super) const fn each<K, V, F: FnMut(K, V) -> Result<(), Incomplete>>(take: F) -> Each<K, V, F> {
    Each { take, entry: PhantomData }
}

impl<'de, K, V, F> DeserializeSeed<'de> for Each<K, V, F>
where
    Self: Visitor<'de, Value = ()>,
{
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, K, V, F> Visitor<'de> for Each<K, V, F>
where
    K: Deserialize<'de>,
    V: Deserialize<'de>,
    F: FnMut(K, V) -> Result<(), Incomplete>,
{
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some((key, value)) = map.next_entry()? {
            (self.take)(key, value).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}
