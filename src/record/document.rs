//! The JSON of the state file and its versions.

use std::io::{BufWriter, Write};

use serde::de::DeserializeSeed as _;
use serde::{Deserialize, Serialize};
use serde_ignored::Path;
use serde_json::Value;

use super::by_line::ByLine;
use super::compact::{AUTHORITIES, Compact, OfHistory};
use super::known;
use super::repeated_key::Head;
use super::unknown::{Unknown, drop_at, drop_unknown_words, keys};
use crate::history::History;

const VERSION: u64 = 1;
/// So many bytes of a state are written at a time.
const BUFFER: usize = 256 << 10;

/// How the records of a state are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// By certnotify 1.0.0: each holds all that is known of it.
    Whole,
    /// What records have in common stands in tables.
    Compact,
}

impl Form {
    const fn new(has_tables: bool) -> Self {
        if has_tables { Self::Compact } else { Self::Whole }
    }
}

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

impl Document {
    pub(super) fn new(policies: String) -> Self {
        Self { policies, unknown: Unknown::default() }
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<(Self, History), DocumentError> {
        if bytes.is_empty() {
            return Err(DocumentError::Empty);
        }
        // Whether it is UTF-8 is asked of the whole, and not of each of its words.
        let text = std::str::from_utf8(bytes).ok();
        if let Some((Head { version: Some(VERSION), policies: Some(policies), .. }, history)) =
            text.and_then(known::read)
        {
            return Ok((Self::new(policies), history));
        }
        match Head::parse(bytes) {
            Ok(Head { version: Some(VERSION), policies: Some(policies), has_tables: false })
                if let Some(history) = text.and_then(Self::parse_whole) =>
            {
                Ok((Self::new(policies), history))
            }
            Ok(_) => Self::parse_any(bytes),
            // What a later version means by a key is not known here.
            Err(error) => Err(Self::parse_any(bytes).err().unwrap_or(DocumentError::Json(error))),
        }
    }

    /// One of certnotify 1.0.0 in which everything is known: read into its types as it stands.
    fn parse_whole(text: &str) -> Option<History> {
        let is_of_head = |path: &Path<'_>| matches!(path, Path::Map { parent: Path::Root, key } if ["version", "policies"].contains(&key.as_str()));
        let mut is_known = true;
        let history = read(text, Form::Whole, &mut |path| is_known &= is_of_head(&path)).ok()?;
        is_known.then_some(history)
    }

    fn parse_any(bytes: &[u8]) -> Result<(Self, History), DocumentError> {
        let Value::Object(mut written) = serde_json::from_slice(bytes)? else {
            return Err(DocumentError::NoVersion);
        };
        match written.remove("version").as_ref().and_then(Value::as_u64) {
            Some(VERSION) => {}
            Some(version) if version > VERSION => return Err(DocumentError::Newer(version)),
            _ => return Err(DocumentError::NoVersion),
        }
        let form = Form::new(written.contains_key(AUTHORITIES));
        let Some(Value::String(policies)) = written.remove("policies") else {
            return Err(DocumentError::NoPolicies);
        };
        let mut known = Value::Object(written.clone());
        drop_unknown_words(&mut known, is_readable);
        let mut unknown = Vec::new();
        let history = read(&serde_json::to_string(&known)?, form, &mut |path| unknown.push(keys(&path)))
            .map_err(|error| without_position(&error))?;
        for path in &unknown {
            drop_at(&mut known, path);
        }
        let unknown = match known {
            Value::Object(known) => Unknown::new(written, &known),
            _ => Unknown::default(),
        };
        Ok((Self { policies, unknown }, history))
    }

    /// Writes the file with `history` in it and with everything that was not known of it.
    pub(super) fn write(&self, history: &History, file: &mut dyn Write) -> Result<(), serde_json::Error> {
        #[derive(Serialize)]
        struct Written<'a, T> {
            version: u64,
            policies: &'a str,
            #[serde(flatten)]
            rest: &'a T,
        }
        // Of one type, whatever it goes to: a record is written in dozens of small pieces.
        let known = |file: &mut dyn Write| {
            let rest = &Compact::new(history);
            let mut buffer = BufWriter::with_capacity(BUFFER, file);
            let mut json = serde_json::Serializer::with_formatter(&mut buffer, ByLine::default());
            Written { version: VERSION, policies: &self.policies, rest }.serialize(&mut json)?;
            buffer.flush().map_err(serde_json::Error::io)
        };
        if self.unknown == Unknown::default() {
            return known(file);
        }
        let mut bytes = Vec::new();
        known(&mut bytes)?;
        let mut rest: Value = serde_json::from_slice(&bytes)?;
        if let Value::Object(rest) = &mut rest {
            rest.retain(|key, _| !["version", "policies"].contains(&key.as_str()));
            self.unknown.add_to(rest);
        }
        rest.sort_all_objects();
        let mut json = serde_json::Serializer::with_formatter(file, ByLine::default());
        Written { version: VERSION, policies: &self.policies, rest: &rest }.serialize(&mut json)
    }
}

/// Read from its text like a whole state: the types of a history stand once in the program, and not again for values.
fn is_readable(part: &Value) -> bool {
    serde_json::to_string(part).is_ok_and(|text| read(&text, Form::Whole, &mut |_| ()).is_ok())
}

/// Reads a history from a state of this form; `note_unknown` takes the place of all that is not known.
fn read(text: &str, form: Form, note_unknown: &mut dyn FnMut(Path<'_>)) -> Result<History, serde_json::Error> {
    let mut document = serde_json::Deserializer::from_str(text);
    let mut note_unknown = note_unknown;
    let json = serde_ignored::Deserializer::new(&mut document, &mut note_unknown);
    let history = match form {
        Form::Compact => OfHistory::default().deserialize(json),
        Form::Whole => History::deserialize(json),
    }?;
    document.end()?;
    Ok(history)
}

/// Of bytes that are not those of the file.
fn without_position(error: &serde_json::Error) -> serde_json::Error {
    let text = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    serde::de::Error::custom(text.strip_suffix(&position).unwrap_or(&text))
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
        written(&document, &history)
    }

    fn written(document: &Document, history: &History) -> String {
        let mut bytes = Vec::new();
        document.write(history, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_version_stands_first_and_the_keys_are_sorted() {
        let text = rewritten(EMPTY);
        let keys: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("  \"")?.split('"').next()).collect();
        assert_eq!(keys[..2], ["version", "policies"]);
        assert!(keys[2..].is_sorted() && keys.len() > 10, "{keys:?}");
        assert!(text.ends_with("}\n"));
    }

    /// Whether the keys of every object stand in their order, as they are written.
    struct InOrder(bool);

    impl<'de> Deserialize<'de> for InOrder {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Keys;
            impl<'de> serde::de::Visitor<'de> for Keys {
                type Value = InOrder;
                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("JSON")
                }
                fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<InOrder, A::Error> {
                    let (mut last, mut is_in_order) = (String::new(), true);
                    while let Some((key, value)) = map.next_entry::<String, InOrder>()? {
                        is_in_order &= value.0 && last < key;
                        last = key;
                    }
                    Ok(InOrder(is_in_order))
                }
                fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<InOrder, A::Error> {
                    let mut is_in_order = true;
                    while let Some(value) = list.next_element::<InOrder>()? {
                        is_in_order &= value.0;
                    }
                    Ok(InOrder(is_in_order))
                }
                fn visit_bool<E>(self, _: bool) -> Result<InOrder, E> {
                    Ok(InOrder(true))
                }
                fn visit_u64<E>(self, _: u64) -> Result<InOrder, E> {
                    Ok(InOrder(true))
                }
                fn visit_str<E>(self, _: &str) -> Result<InOrder, E> {
                    Ok(InOrder(true))
                }
                fn visit_unit<E>(self) -> Result<InOrder, E> {
                    Ok(InOrder(true))
                }
            }
            deserializer.deserialize_any(Keys)
        }
    }

    #[test]
    fn every_object_is_written_in_the_order_of_its_keys_and_each_record_on_a_line() {
        let fingerprint = "ab".repeat(32);
        let at = "2026-11-01T00:00:00Z";
        let facts = format!(
            r#"{{"fingerprint": "{fingerprint}", "subject": "CN=a", "issuer": "CN=b", "serial": "1", "dns_names": ["a"],
            "ip_addresses": [], "not_before": "{at}", "not_after": "{at}", "key": {{"bits": 1, "algorithm": "RSA", "id":
            "{fingerprint}"}}, "signature_algorithm": "x", "is_authority": false, "is_self_issued": false,
            "is_revocation_list": true, "usages": ["serverAuth"], "limited_by": {{"subject": "CN=b", "fingerprint":
            "{fingerprint}", "not_after": "{at}"}}}}"#
        );
        let place = format!(
            r#"{{"entry": "www", "name": "www", "source": "/w", "is-endpoint": false, "address": null, "fingerprint":
            "{fingerprint}", "last-seen": "{at}", "missing": 1, "away": "{at}", "also": ["x"], "earlier":
            ["{fingerprint}"], "displaced": "{fingerprint}", "root": "CN=r", "limited_by": null, "limited-by":
            {{"subject": "CN=b", "fingerprint": "{fingerprint}", "not_after": "{at}"}}, "served": {{"h:443":
            {{"fingerprint": "{fingerprint}", "last-seen": "{at}"}}}}, "folder": {{"pattern": "/", "device": 1,
            "own_device": 2}}, "key": {{"path": "/k", "by-group": true, "by-others": false}}}}"#
        );
        let log = format!(r#"[{{"why": "w", "to": ["a@b"], "at": "{at}"}}]"#);
        let text = format!(
            r#"{{"version": 1, "policies": "/p", "certificates": {{"{fingerprint}": {{"facts": {facts}, "names": ["w"],
            "place": "/w", "last-seen": "{at}"}}}}, "places": {{"/w": {place}}}, "deliveries": {{"{fingerprint}":
            {{"business.expiration": {{"ops": {{"inbox": {log}, "email": {log}}}}}, "alert.expired": {{"ops":
            {{"email": {log}}}}}}}}}, "snoozes": {{"{fingerprint}": {{"until": "{at}", "since": "{at}"}}}}}}"#
        );
        let again = rewritten(&text.replace("\"limited_by\": null, ", ""));
        assert!(known::read(&again).is_some());
        assert_eq!(rewritten(&again), again);
        let rest = again.replacen("\"version\": 1,\n  \"policies\": \"/p\",", "", 1);
        assert!(serde_json::from_str::<InOrder>(&rest).unwrap().0, "{again}");
        let line = format!("\n    \"{fingerprint}\": {{\"facts\":{{\"authority\":0,\"dns_names\":[\"a\"],");
        assert!(again.contains(&line), "{again}");
        assert!(known::read(&again.replace("\"place\"", "\"plaice\"")).is_none());
    }

    #[test]
    fn keys_in_another_order_are_read_all_the_same() {
        let at = "2026-11-01T00:00:00Z";
        let text = format!(
            r#"{{"version": 1, "policies": "/p", "places": {{"/w": {{"fingerprint": "{}", "folder": 0, "name": "w"}}}},
            "last-look": "{at}", "folders": [{{"device": 1, "pattern": "/"}}], "authorities": []}}"#,
            "ab".repeat(32)
        );
        let (_, history) = parse(&text).unwrap();
        assert_eq!(history.places["/w"].folder.as_ref().unwrap().pattern.as_ref(), "/");
        assert_eq!(rewritten(&rewritten(&text)), rewritten(&text));
    }

    #[test]
    fn a_later_version_is_told_from_damage() {
        for later in [2, 4] {
            let text = format!(r#"{{"version": {later}, "anything": []}}"#);
            assert!(matches!(parse(&text), Err(DocumentError::Newer(version)) if version == later));
        }
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
            "future", "carrier-pigeon", "alert.unheard-of", "rain", "eve", "heliograph", "\"mail\"", "haunted",
            "strange", "\"why\":\"w\"",
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
        assert!(!written(&document, &History::default()).contains("eve"));
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
