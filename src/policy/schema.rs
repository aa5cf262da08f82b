//! The JSON Schema of the policy file, made from the definitions of its keys.

use serde_json::{Map, Value, json};

use super::keys::{
    self, Applies, CERTIFICATES, CONTACTS, ChannelTable, Key, KeyTable, Kind, MAIL, ROOT, TABLES, Words,
};
use super::terms::MOST_CONTACTS;

/// A string with something in it.
const TEXT: &str = r"\S";
/// As durations are read, and more than nothing: at most 36525 days.
const DURATION: &str = concat!(
    r"^\s*0*(([1-9][0-9]{0,3}|[12][0-9]{4}|3[0-5][0-9]{3}|36[0-4][0-9]{2}|365[01][0-9]|3652[0-5])d?",
    r"|[1-9][0-9]{0,4}h|[1-9][0-9]{0,6}m|[1-9][0-9]{0,8}s)\s*$"
);
const MOST_DAYS: u32 = 36_525;
const FREQUENCY: &str = r"^\s*(once|0*[1-9][0-9]{0,3}d?|(24|48|72|96|120|144|168)h)\s*$";
const SHARE_OF_LEAD: &str = r"^\s*0*([1-9]|[1-4][0-9]|50)\s*%\s*$";
const SHARE: &str = r"^\s*(none|0*([1-9][0-9]?|100)\s*%)\s*$";
const ADDRESS: &str = r"^\s*https?://[^/\s]";
/// Of a contact or a policy; that of an entry may hold `/`.
const NAME: &str = r"^[^./\x00-\x1f\x7f][^/\x00-\x1f\x7f]{0,63}$";
const ENTRY_NAME: &str = r"^\s*[^.\s\x00-\x1f\x7f][^\x00-\x1f\x7f]{0,63}$";

/// Long lists of words, which are written once.
const DEFINED: [(Words, &str); 3] =
    [(Words::Channels, "channel-name"), (Words::Events, "event"), (Words::Findings, "finding")];

/// The schema, in JSON Schema 2020-12.
#[must_use]
pub fn schema() -> Value {
    let mut definitions = Map::new();
    for table in TABLES.into_iter().filter(|table| !is(table, &ROOT)) {
        definitions.insert(table.definition.to_owned(), object(table));
    }
    for channel in keys::channels() {
        definitions.insert(channel.name.to_owned(), object_of_channel(channel));
    }
    for (words, name) in DEFINED {
        definitions.insert(name.to_owned(), json!({ "enum": words.all() }));
    }
    let mut root = object(&ROOT);
    root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    root["title"] = json!("The policy file of certnotify");
    root["$defs"] = Value::Object(definitions);
    root
}

fn is(table: &KeyTable, other: &KeyTable) -> bool {
    std::ptr::eq(table, other)
}

/// The schema of a table.
fn object(table: &'static KeyTable) -> Value {
    let mut schema = object_of(table);
    if is(table, &CONTACTS) {
        schema["dependentSchemas"] = channels_apart();
    }
    if is(table, &keys::SECRET) {
        schema["minProperties"] = json!(1);
        schema["maxProperties"] = json!(1);
    }
    if is(table, &MAIL) {
        schema["dependentRequired"] = json!({ "password": ["username"], "oauth": ["username"] });
        schema["dependentSchemas"] = json!({
            "sendmail": without(table, &[Applies::Servers], &[]),
            "oauth": { "properties": { "password": false } },
            "username": { "anyOf": [{ "required": ["password"] }, { "required": ["oauth"] }] },
        });
    }
    if is(table, &keys::OAUTH) {
        let others = keys::OAUTH.keys.iter().filter(|key| key.name != "token");
        let no_other: Map<String, Value> = others.map(|key| (key.name.to_owned(), json!(false))).collect();
        let secrets = json!([{ "required": ["client-secret"] }, { "required": ["refresh-token"] }]);
        let by_server =
            json!({ "required": ["token-url", "client-id"], "properties": { "token": false }, "anyOf": secrets });
        schema["anyOf"] = json!([{ "required": ["token"], "properties": no_other }, by_server]);
    }
    if is(table, &CERTIFICATES) {
        let any = ["file", "endpoint", "list", "expires", "domain", "metadata", "command-source"]
            .map(|key| json!({ "required": [key] }));
        schema["anyOf"] = json!(any);
        schema["dependentRequired"] = json!({ "client-key": ["client-certificate"], "expires": ["name"] });
        let places = ["endpoint", "list", "deploys-to"].map(|key| json!({ "required": [key] }));
        schema["if"] = json!({ "required": ["tlsa"], "properties": { "tlsa": { "const": true } } });
        schema["then"] = json!({ "anyOf": places });
        let of_files = without(table, &[Applies::Endpoints], &["endpoint", "list"]);
        let of_endpoints = without(table, &[Applies::Files], &[]);
        let of_certificates = [Applies::Files, Applies::Endpoints, Applies::Certificates];
        let dated = |others: &[&str]| {
            let mut dated = without(table, &of_certificates, others);
            // Of a life that is not known there is no share.
            dated["properties"]["deadline"] = json!({ "not": { "type": "string", "pattern": "%" } });
            dated
        };
        let of_dates = dated(&["file", "endpoint", "list", "domain", "command-source"]);
        let of_domains = dated(&["file", "endpoint", "list", "expires", "command-source"]);
        let of_programs = without(table, &[Applies::Endpoints], &["file", "exclude", "endpoint", "list", "metadata"]);
        schema["dependentSchemas"] = json!({
            "file": of_files, "metadata": of_files, "endpoint": of_endpoints, "list": of_endpoints,
            "expires": of_dates, "domain": of_domains, "command-source": of_programs,
        });
    }
    schema
}

fn object_of_channel(channel: &ChannelTable) -> Value {
    let mut schema = object(channel.table);
    if let Some(choice) = &channel.choice {
        let each: Vec<Value> = choice.of.iter().map(|key| json!({ "required": [key] })).collect();
        schema[if choice.is_one_alone { "oneOf" } else { "anyOf" }] = json!(each);
    }
    schema
}

/// Refuses the keys that apply to something else, and `others`.
fn without(table: &KeyTable, applies: &[Applies], others: &[&str]) -> Value {
    let apart = table.keys.iter().filter(|key| applies.contains(&key.applies)).map(|key| key.name);
    let refused: Map<String, Value> =
        apart.chain(others.iter().copied()).map(|name| (name.to_owned(), json!(false))).collect();
    json!({ "properties": refused })
}

/// One channel has one table, whatever name it is given.
fn channels_apart() -> Value {
    let channels = keys::channels();
    let twins = |of: &ChannelTable| {
        let twins = channels.iter().filter(|other| other.channel == of.channel && other.name != of.name);
        twins.map(|twin| (twin.name.to_owned(), json!(false))).collect::<Map<String, Value>>()
    };
    let apart = channels.iter().map(|channel| (channel.name.to_owned(), twins(channel)));
    let apart = apart.filter(|(_, twins)| !twins.is_empty());
    apart.map(|(name, twins)| (name, json!({ "properties": twins }))).collect()
}

fn object_of(table: &KeyTable) -> Value {
    let keys = || table.all().filter(|key| !key.is_refused);
    let properties: Map<String, Value> = keys().map(|key| (key.name.to_owned(), property(key))).collect();
    let required: Vec<&str> = keys().filter(|key| key.is_required).map(|key| key.name).collect();
    let mut schema = json!({
        "type": "object",
        "description": table.meaning,
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

/// The schema of a value, with what documents say of the key.
fn property(key: &Key) -> Value {
    let default = if key.default.is_empty() { String::new() } else { format!(" Default: {}.", key.default) };
    let example = key.example();
    let example = if example.is_empty() { String::new() } else { format!(" Example: `{} = {example}`", key.name) };
    let mut schema = value(key.kind);
    schema["description"] = json!(format!("{}{default}{example}", key.meaning));
    schema
}

fn value(kind: Kind) -> Value {
    let days = json!({ "type": "integer", "minimum": 1, "maximum": MOST_DAYS });
    let duration = json!({ "anyOf": [text(DURATION), days] });
    match kind {
        Kind::Text(_) | Kind::SecretText => text(TEXT),
        Kind::Name => text(ENTRY_NAME),
        Kind::Texts(_) => one_or_list(&text(TEXT)),
        Kind::TextsOrLookUp(_) => json!({ "anyOf": [text(TEXT), list(&text(TEXT)), { "type": "boolean" }] }),
        Kind::Patterns(_) => json!({ "anyOf": [text(TEXT), { "type": "array", "items": text(TEXT) }] }),
        Kind::Contacts => {
            let mut contacts = list(&text(TEXT));
            contacts["maxItems"] = json!(MOST_CONTACTS);
            contacts["uniqueItems"] = json!(true);
            json!({ "anyOf": [text(TEXT), contacts] })
        }
        Kind::Arguments => {
            json!({ "type": "array", "minItems": 1, "prefixItems": [text(TEXT)], "items": { "type": "string" } })
        }
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Port => port(),
        Kind::Ports => one_or_list(&port()),
        Kind::Duration => duration,
        Kind::Durations => {
            json!({ "anyOf": [text(DURATION), days, { "type": "array", "items": duration }] })
        }
        Kind::Lead => json!({ "anyOf": [text(DURATION), text(SHARE_OF_LEAD), days] }),
        Kind::Share => text(SHARE),
        Kind::Frequency => {
            json!({ "anyOf": [text(FREQUENCY), { "type": "integer", "minimum": 1, "maximum": u16::MAX }] })
        }
        Kind::OneOf(words) => enumeration(words),
        Kind::AnyOf(words) => one_or_list(&enumeration(words)),
        Kind::Secret => json!({ "anyOf": [text(TEXT), reference(keys::SECRET.definition)] }),
        Kind::Token => json!({ "anyOf": [
            text(TEXT), reference(keys::SECRET.definition), reference(keys::TOKEN_PROGRAM.definition)
        ] }),
        Kind::Addresses => json!({ "type": "object", "additionalProperties": text(ADDRESS) }),
        Kind::Table(table) => reference(table.definition),
        Kind::Named(table) => json!({
            "type": "object",
            "propertyNames": { "allOf": [{ "pattern": TEXT }, { "pattern": NAME }] },
            "additionalProperties": reference(table.definition),
        }),
        Kind::List(table) => json!({ "type": "array", "items": reference(table.definition) }),
        Kind::Steps(table) => {
            let step = reference(table.definition);
            json!({ "anyOf": [step, { "type": "array", "items": step }] })
        }
    }
}

fn port() -> Value {
    json!({ "type": "integer", "minimum": 1, "maximum": u16::MAX })
}

fn text(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

fn list(item: &Value) -> Value {
    json!({ "type": "array", "minItems": 1, "items": item })
}

fn one_or_list(item: &Value) -> Value {
    json!({ "anyOf": [item, list(item)] })
}

fn enumeration(words: Words) -> Value {
    match DEFINED.into_iter().find(|(defined, _)| *defined == words) {
        Some((_, name)) => reference(name),
        None => json!({ "enum": words.all() }),
    }
}

fn reference(definition: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{definition}") })
}
