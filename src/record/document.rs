//! The JSON of the state file and its versions.

use std::collections::BTreeMap;

use serde::{Deserialize as _, Serialize};
use serde_json::{Map, Value, json};

use crate::event::EventKind;
use crate::history::History;
use crate::policy::Channel;

/// The version that this program writes.
const VERSION: u64 = 1;

/// What a state file has around the history.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Document {
    /// The policy file that it belongs to, absolute.
    pub policies: String,
    /// What another version of certnotify wrote under names that this one does not know: it is kept, so that a
    /// downgrade loses nothing. What a later version adds inside a list needs a new version number.
    unknown: Unknown,
}

/// Why bytes are no state of this version.
#[derive(Debug, thiserror::Error)]
pub(super) enum DocumentError {
    #[error("it is empty")]
    Empty,
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("it has no version")]
    NoVersion,
    #[error("it names no policy file")]
    NoPolicies,
    /// Not damaged, but written by a later certnotify.
    #[error("it is of version {0}")]
    Newer(u64),
}

/// What bytes that are no state may have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// They begin as a state does, or are one with something wrong in it.
    State,
    /// They are a whole JSON document that was never a state.
    OtherProgram,
    Unknown,
}

pub(super) fn origin(bytes: &[u8]) -> Origin {
    if begins_as_state(bytes) {
        return Origin::State;
    }
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(written))
            if written.contains_key("version") && written.get("policies").is_some_and(Value::is_string) =>
        {
            Origin::State
        }
        Ok(_) => Origin::OtherProgram,
        Err(_) => Origin::Unknown,
    }
}

/// Whether the whole beginning that [`Document::render`] writes is there.
fn begins_as_state(bytes: &[u8]) -> bool {
    let rest = bytes.strip_prefix(b"{\n  \"version\": ").unwrap_or_default();
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    digits > 0 && rest[digits..].starts_with(b",\n  \"policies\": \"")
}

/// Whether bytes may be the first of a state that was being written: in a reserved file they are zero until then.
pub(super) fn may_begin_state(bytes: &[u8]) -> bool {
    const BEGINNING: &[u8] = b"{\n  \"version\": ";
    let written = &bytes[..bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len())];
    written.starts_with(BEGINNING) || BEGINNING.starts_with(written)
}

impl Document {
    pub(super) fn new(policies: String) -> Self {
        Self { policies, unknown: Unknown::default() }
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<(Self, History), DocumentError> {
        if bytes.is_empty() {
            return Err(DocumentError::Empty);
        }
        let Value::Object(mut written) = serde_json::from_slice(bytes)? else {
            return Err(DocumentError::NoVersion);
        };
        match written.remove("version").as_ref().and_then(Value::as_u64) {
            Some(VERSION) => {}
            Some(version) if version > VERSION => return Err(DocumentError::Newer(version)),
            _ => return Err(DocumentError::NoVersion),
        }
        let Some(Value::String(policies)) = written.remove("policies") else {
            return Err(DocumentError::NoPolicies);
        };
        let mut known = Value::Object(written.clone());
        drop_unknown_words(&mut known);
        let history = History::deserialize(&known)?;
        let unknown = match serde_json::to_value(&history)? {
            Value::Object(known) => Unknown::of(written, &known),
            _ => Unknown::default(),
        };
        Ok((Self { policies, unknown }, history))
    }

    /// The file with `history` in it and with everything that was not known of it.
    pub(super) fn render(&self, history: &History) -> Result<Vec<u8>, serde_json::Error> {
        #[derive(Serialize)]
        struct Written<'a> {
            version: u64,
            policies: &'a str,
            #[serde(flatten)]
            rest: &'a Value,
        }
        let mut rest = serde_json::to_value(history)?;
        if let Value::Object(rest) = &mut rest {
            self.unknown.add_to(rest);
        }
        rest.sort_all_objects();
        let mut bytes =
            serde_json::to_vec_pretty(&Written { version: VERSION, policies: &self.policies, rest: &rest })?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

/// Drops what stands under kinds, channels and findings that this version does not have; everything else would
/// be refused with them.
fn drop_unknown_words(state: &mut Value) {
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
    for list in ["left-over", "refusals"] {
        each(state.get_mut(list)).for_each(keep_channels);
    }
    for list in ["happenings", "anomalies", "subscriptions"] {
        if let Some(Value::Object(records)) = state.get_mut(list) {
            // Kinds, channels and findings stand deep in these: each record is tried by itself.
            records.retain(|key, record| History::deserialize(json!({ list: { key: record } })).is_ok());
        }
    }
}

/// What stands in an object and is not known: whole values, and what is unknown within known objects.
#[derive(Clone, Debug, Default, PartialEq)]
struct Unknown {
    whole: Map<String, Value>,
    within: BTreeMap<String, Unknown>,
}

impl Unknown {
    /// What `written` has and `known` does not, at every depth of objects.
    fn of(written: Map<String, Value>, known: &Map<String, Value>) -> Self {
        let mut unknown = Self::default();
        for (key, value) in written {
            match (value, known.get(&key)) {
                (Value::Object(value), Some(Value::Object(known))) => {
                    let within = Self::of(value, known);
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
    fn add_to(&self, state: &mut Map<String, Value>) {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::EntryName;

    const EMPTY: &str = r#"{"version": 1, "policies": "/p.toml"}"#;

    fn parse(text: &str) -> Result<(Document, History), DocumentError> {
        Document::parse(text.as_bytes())
    }

    fn rewritten(text: &str) -> String {
        let (document, history) = parse(text).unwrap();
        String::from_utf8(document.render(&history).unwrap()).unwrap()
    }

    #[test]
    fn the_version_stands_first_and_the_keys_are_sorted() {
        let text = rewritten(EMPTY);
        let keys: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("  \"")?.split('"').next()).collect();
        assert_eq!(keys[..2], ["version", "policies"]);
        assert!(keys[2..].is_sorted() && keys.len() > 10, "{keys:?}");
        assert!(text.ends_with("}\n"));
    }

    #[test]
    fn a_later_version_is_told_from_damage() {
        assert!(matches!(parse(r#"{"version": 2, "anything": []}"#), Err(DocumentError::Newer(2))));
        for damaged in [
            "",
            "{",
            "[]",
            "null",
            "{}",
            r#"{"version": 0}"#,
            r#"{"version": 1.0, "policies": "/p"}"#,
            r#"{"version": "1", "policies": "/p"}"#,
            r#"{"version": 1}"#,
            r#"{"version": 1, "policies": "/p", "places": 7}"#,
            r#"{"version": 1, "policies": "/p"} more"#,
        ] {
            assert!(!matches!(parse(damaged), Ok(_) | Err(DocumentError::Newer(_))), "{damaged}");
        }
        assert!(parse(&"[".repeat(1_000_000)).is_err());
    }

    #[test]
    fn what_another_version_added_survives_a_save() {
        let fingerprint = "ab".repeat(32);
        let told = r#"{"ops": {"email": [{"at": "2026-11-01T00:00:00Z", "why": "w"}], "carrier-pigeon": [1]}}"#;
        let text = rewritten(&format!(
            r#"{{"version": 1, "policies": "/p.toml", "future": {{"x": 1}}, "deliveries":
            {{"{fingerprint}": {{"alert.expired": {told}, "alert.unheard-of": {{"ops": {{"email": []}}}}}}}},
            "held": {{"{fingerprint}": {{"ops": {{"carrier-pigeon": "2026-11-01T00:00:00Z"}}}}}},
            "refusals": {{"ops": {{"carrier-pigeon": {{"why": "rain"}}}}}},
            "subscriptions": {{"www": {{"ops": ["email", "heliograph"]}}, "mail": {{"ops": ["email"]}}}},
            "anomalies": {{"/www.pem": {{"haunted": {{"since": "2026-11-01T00:00:00Z"}}}}}},
            "happenings": {{"x": {{"happening": "strange"}}}},
            "snoozes": {{"{fingerprint}": {{"until": "2026-11-01T00:00:00Z", "since": "2026-11-01T00:00:00Z", "by": "eve"}}}}}}"#
        ));
        for kept in [
            "future",
            "carrier-pigeon",
            "alert.unheard-of",
            "rain",
            "eve",
            "heliograph",
            "\"mail\"",
            "haunted",
            "strange",
            "\"why\": \"w\"",
        ] {
            assert!(text.contains(kept), "{kept}: {text}");
        }
        assert_eq!(rewritten(&text), text);
        let (_, history) = parse(&text).unwrap();
        assert_eq!(history.subscriptions.keys().map(EntryName::as_str).collect::<Vec<_>>(), ["mail"]);
    }

    #[test]
    fn what_another_version_added_to_a_record_goes_with_the_record() {
        let fingerprint = "ab".repeat(32);
        let snooze = r#"{"until": "2026-11-01T00:00:00Z", "since": "2026-11-01T00:00:00Z", "by": "eve"}"#;
        let (document, _) =
            parse(&format!(r#"{{"version": 1, "policies": "/p", "snoozes": {{"{fingerprint}": {snooze}}}}}"#)).unwrap();
        let text = document.render(&History::default()).unwrap();
        assert!(!String::from_utf8(text).unwrap().contains("eve"));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Document::parse(&bytes);
        }

        #[test]
        fn no_mutation_of_a_state_makes_it_panic(at in 0_usize..400, byte in any::<u8>()) {
            let mut text = rewritten(EMPTY).into_bytes();
            let at = at % text.len();
            text[at] = byte;
            let _ = Document::parse(&text);
        }
    }
}
