//! Objects of Kubernetes as JSON, one or a list of them: what `kubectl get … -o json` prints. Each has a name of its own.

use std::collections::HashSet;

use base64::Engine as _;
use serde_json::{Map, Value};

use super::contents::{BlockFault, Contents, ReadContext};
use super::{LENIENT, part_of_place, text};
use crate::certificate::Fingerprint;

/// Values that must hold a certificate, where there is one at all.
const MUST_HOLD: [&str; 2] = ["tls.crt", "ca.crt"];
/// An annotation that repeats the whole object.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// Longer than any name that Kubernetes takes.
const LONGEST_NAME: usize = 253;

/// Adds the objects that `text` is, each as a member with its name; says whether it is any.
pub(super) fn read(text: &[u8], context: &mut ReadContext<'_>, contents: &mut Contents) -> bool {
    let is_likely = text.trim_ascii_start().first() == Some(&b'{') && memchr::memmem::find(text, b"\"kind\"").is_some();
    let Some(Value::Object(top)) = is_likely.then(|| serde_json::from_slice(text).ok()).flatten() else { return false };
    if !top.get("kind").is_some_and(Value::is_string) {
        return false;
    }
    let mut reader = Reader { context, contents };
    match top.get("items") {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_object).for_each(|item| reader.object(item)),
        _ if top.get("metadata").is_some_and(Value::is_object) => reader.object(&top),
        _ => return false,
    }
    true
}

struct Reader<'r, 'p> {
    context: &'r mut ReadContext<'p>,
    contents: &'r mut Contents,
}

impl Reader<'_, '_> {
    fn object(&mut self, object: &Map<String, Value>) {
        let Some(label) = label(object) else { return };
        let mut known = HashSet::new();
        let mut key_pairs = Contents::default();
        let first = self.contents.members.len();
        let fields = |name: &str| object.get(name).and_then(Value::as_object).into_iter().flatten();
        let is_config = object.get("kind").and_then(Value::as_str) == Some("ConfigMap");
        let encoded = fields("data").filter(|_| !is_config).chain(fields("binaryData"));
        let mut values: Vec<(&str, &str, bool)> =
            encoded.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?, true))).collect();
        let plain = fields("stringData").chain(fields("data").filter(|_| is_config));
        values.extend(plain.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?, false))));
        values.sort_by_key(|(key, ..)| (*key != "tls.crt", *key));
        for (key, value, is_encoded) in values {
            let inner = self.value(key, value, is_encoded);
            key_pairs.holds_private_key |= inner.holds_private_key;
            key_pairs.keys.extend(inner.keys.iter().copied());
            self.add(&label, key, inner, &mut known);
        }
        for (key, value) in
            object.iter().filter(|(key, _)| !matches!(key.as_str(), "data" | "binaryData" | "stringData"))
        {
            let mut inner = Contents::default();
            self.strings(value, &mut inner);
            self.add(&label, key, inner, &mut known);
        }
        if let Some((_, member)) = self.contents.members.get_mut(first) {
            member.holds_private_key |= key_pairs.holds_private_key;
            member.keys = key_pairs.keys;
        }
    }

    fn value(&mut self, key: &str, value: &str, is_encoded: bool) -> Contents {
        let mut inner = Contents::default();
        let must_hold = MUST_HOLD.contains(&key);
        if is_encoded {
            let joined: Vec<u8> = value.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
            match LENIENT.decode(&joined) {
                Ok(bytes) => text::read_value(&bytes, self.context, &mut inner),
                Err(_) if must_hold => inner.add(Err(BlockFault::NotBase64), || None),
                Err(_) => {}
            }
        } else {
            text::read_value(value.as_bytes(), self.context, &mut inner);
        }
        if must_hold && inner.count() == 0 && !value.trim().is_empty() {
            inner.add(Err(BlockFault::NoBlock), || None);
        }
        inner
    }

    /// Reads every text of a value, wherever it stands.
    fn strings(&mut self, value: &Value, inner: &mut Contents) {
        match value {
            Value::String(text) => text::read(text.as_bytes(), self.context, inner),
            Value::Array(items) => items.iter().for_each(|item| self.strings(item, inner)),
            Value::Object(fields) => {
                fields.iter().filter(|(key, _)| *key != LAST_APPLIED).for_each(|(_, field)| self.strings(field, inner));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// What is not the same again: the first of an object has its name, each further one has its key behind it.
    fn add(&mut self, label: &str, key: &str, mut inner: Contents, known: &mut HashSet<Fingerprint>) {
        self.contents.holds_private_key |= inner.holds_private_key;
        inner.certificates.retain(|parsed| !known.contains(&parsed.certificate.fingerprint));
        if inner.count() == 0 {
            return;
        }
        let label = if known.is_empty() { label.to_owned() } else { format!("{label}/{}", printable(key)) };
        known.extend(inner.certificates.iter().map(|parsed| parsed.certificate.fingerprint));
        self.contents.members.push((label, inner));
    }
}

/// `namespace/name`; of what stands in none, `kind/name`.
fn label(object: &Map<String, Value>) -> Option<String> {
    let metadata = object.get("metadata")?;
    let text = |value: Option<&Value>| value.and_then(Value::as_str).filter(|text| !text.is_empty()).map(printable);
    let name = text(metadata.get("name")).or_else(|| text(metadata.get("generateName")))?;
    let outer = text(metadata.get("namespace")).or_else(|| text(object.get("kind")).map(|kind| kind.to_lowercase()))?;
    Some(format!("{outer}/{name}"))
}

/// The characters of names of Kubernetes; others would be taken for parts of a place.
fn printable(text: &str) -> String {
    part_of_place(text, LONGEST_NAME, |letter| {
        letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_' | ':')
    })
}
