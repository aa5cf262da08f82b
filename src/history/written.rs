//! How the memory is written: every object in the order of its keys, one record after another.

use std::collections::BTreeMap;

use serde::ser::{Error as _, Serialize, Serializer};

/// A value whose fields are not declared in their order.
pub(super) fn sorted<T: Serialize, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    let mut value = serde_json::to_value(value).map_err(S::Error::custom)?;
    value.sort_all_objects();
    value.serialize(serializer)
}

/// A map with such values: no more than one of them is taken apart at a time.
pub(super) fn each_sorted<K: Serialize, V: Serialize, S: Serializer>(
    map: &BTreeMap<K, V>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(map.iter().map(|(key, value)| (key, Sorted(value))))
}

struct Sorted<'a, T>(&'a T);

impl<T: Serialize> Serialize for Sorted<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        sorted(self.0, serializer)
    }
}
