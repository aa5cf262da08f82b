//! What another version of certnotify wrote into the state and this one does not know.

use std::collections::BTreeMap;

use serde_ignored::Path;
use serde_json::{Map, Value, json};

use crate::event::EventKind;
use crate::policy::Channel;

/// Drops what stands under kinds, channels and findings that this version does not have; everything else would
/// be refused with them.
pub(super) fn drop_unknown_words(state: &mut Value, is_readable: impl Fn(&Value) -> bool) {
    fn each(value: Option<&mut Value>) -> impl Iterator<Item = &mut Value> {
        value.and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut)
    }
    fn keep_channels(channels: &mut Value) {
        if let Value::Object(channels) = channels {
            channels.retain(|channel, _| channel.parse::<Channel>().is_ok_and(|known| known.as_str() == channel));
        }
    }
    for kinds in each(state.get_mut("deliveries")) {
        if let Value::Object(kinds) = kinds {
            kinds.retain(|kind, _| kind.parse::<EventKind>().is_ok_and(|known| known.as_str() == kind));
        }
        each(Some(kinds)).flat_map(|contacts| each(Some(contacts))).for_each(keep_channels);
    }
    each(state.get_mut("held")).flat_map(|contacts| each(Some(contacts))).for_each(keep_channels);
    for list in ["left-over", "posted", "refusals"] {
        each(state.get_mut(list)).for_each(keep_channels);
    }
    for list in ["happenings", "anomalies", "subscriptions"] {
        if let Some(Value::Object(records)) = state.get_mut(list) {
            // Kinds, channels and findings stand deep in these: each record is tried by itself.
            records.retain(|key, record| is_readable(&json!({ list: { key: record } })));
        }
    }
}

/// The keys on the way to a value; none beyond a list, of which all is known.
pub(super) fn keys(path: &Path<'_>) -> Vec<String> {
    match path {
        Path::Root => Vec::new(),
        Path::Map { parent, key } => {
            let mut keys = keys(parent);
            keys.push(key.clone());
            keys
        }
        Path::Seq { parent, .. }
        | Path::Some { parent }
        | Path::NewtypeStruct { parent }
        | Path::NewtypeVariant { parent } => keys(parent),
    }
}

/// Drops what stands there, if every step on the way is an object.
pub(super) fn drop_at(state: &mut Value, keys: &[String]) {
    let Some((last, way)) = keys.split_last() else { return };
    let within = way.iter().try_fold(state, |within, key| within.get_mut(key));
    if let Some(Value::Object(within)) = within {
        within.remove(last);
    }
}

/// What stands in an object and is not known: whole values, and what is unknown within known objects.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Unknown {
    whole: Map<String, Value>,
    within: BTreeMap<String, Unknown>,
}

impl Unknown {
    /// What `written` has and `known` does not, at every depth of objects.
    pub(super) fn new(written: Map<String, Value>, known: &Map<String, Value>) -> Self {
        let mut unknown = Self::default();
        for (key, value) in written {
            match (value, known.get(&key)) {
                (Value::Object(value), Some(Value::Object(known))) => {
                    let within = Self::new(value, known);
                    if within != Self::default() {
                        unknown.within.insert(key, within);
                    }
                }
                (value, None) => {
                    unknown.whole.insert(key, value);
                }
                (_, Some(_)) => {}
            }
        }
        unknown
    }

    /// Puts it back; what was within an object that is gone by now is gone with it.
    pub(super) fn add_to(&self, state: &mut Map<String, Value>) {
        for (key, value) in &self.whole {
            state.entry(key.clone()).or_insert_with(|| value.clone());
        }
        for (key, within) in &self.within {
            if let Some(Value::Object(inner)) = state.get_mut(key) {
                within.add_to(inner);
            }
        }
    }
}
