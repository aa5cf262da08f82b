//! As much of JSON Schema (draft 2020-12) as our own schemas use, and stricter: what is not described is wrong.

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Keywords that say nothing about a value.
const REMARKS: [&str; 4] = ["$schema", "$defs", "title", "description"];

pub(crate) struct Schema(Value);

impl Schema {
    pub(crate) fn read(text: &str) -> Self {
        Self(serde_json::from_str(text).unwrap())
    }

    /// Everything that is wrong with `value`, each with its place.
    pub(crate) fn objections(&self, value: &Value) -> Vec<String> {
        let mut objections = Vec::new();
        self.check(&self.0, value, "", &mut objections);
        objections
    }

    fn check(&self, schema: &Value, value: &Value, place: &str, objections: &mut Vec<String>) {
        let mut object = |wrong: &str| objections.push(format!("{place}: {wrong}"));
        let members = schema.as_object().unwrap();
        for (keyword, wanted) in members {
            match keyword.as_str() {
                remark if REMARKS.contains(&remark) => {}
                "type" => {
                    let types: Vec<&str> = match wanted {
                        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
                        one => one.as_str().into_iter().collect(),
                    };
                    if !types.contains(&type_of(value)) {
                        object(&format!("is {}, not {types:?}", type_of(value)));
                    }
                }
                "const" if value != wanted => object(&format!("is not {wanted}")),
                "enum" if !wanted.as_array().unwrap().contains(value) => {
                    object(&format!("{value} is none of {wanted}"));
                }
                "minimum" if value.as_i64() < wanted.as_i64() => object(&format!("{value} is below {wanted}")),
                "minItems" if value.as_array().is_some_and(|items| (items.len() as u64) < wanted.as_u64().unwrap()) => {
                    object("has too few items");
                }
                "pattern" if !matches(wanted.as_str().unwrap(), value) => object(&format!("{value} is not {wanted}")),
                "format" if !is_a_date(wanted, value) => object(&format!("{value} is no {wanted}")),
                "required" => {
                    let missing = wanted.as_array().unwrap().iter().filter_map(Value::as_str);
                    missing.filter(|key| value.get(key).is_none()).for_each(|key| object(&format!("has no `{key}`")));
                }
                "const" | "enum" | "minimum" | "minItems" | "pattern" | "format" | "properties" | "items" | "$ref"
                | "anyOf" | "oneOf" => {}
                other => panic!("the keyword `{other}` at `{place}` is not known here"),
            }
        }
        self.check_parts(schema, value, place, objections);
    }

    fn check_parts(&self, schema: &Value, value: &Value, place: &str, objections: &mut Vec<String>) {
        if let Some(name) = schema["$ref"].as_str() {
            let target = self.0.pointer(name.strip_prefix('#').unwrap()).expect("what is referred to is there");
            self.check(target, value, place, objections);
        }
        if let (Some(described), Some(members)) = (schema["properties"].as_object(), value.as_object()) {
            for (key, member) in members {
                match described.get(key) {
                    Some(schema) => self.check(schema, member, &format!("{place}/{key}"), objections),
                    None => objections.push(format!("{place}: `{key}` is not described")),
                }
            }
        }
        if let (Some(items), true) = (schema.get("items"), value.is_array()) {
            for (at, item) in value.as_array().unwrap().iter().enumerate() {
                self.check(items, item, &format!("{place}/{at}"), objections);
            }
        }
        for (keyword, is_exact) in [("anyOf", false), ("oneOf", true)] {
            let Some(choices) = schema[keyword].as_array() else { continue };
            let tried: Vec<Vec<String>> = choices
                .iter()
                .map(|choice| {
                    let mut wrong = Vec::new();
                    self.check(choice, value, place, &mut wrong);
                    wrong
                })
                .collect();
            let fitting = tried.iter().filter(|wrong| wrong.is_empty()).count();
            if fitting == 0 {
                objections.extend(tried.into_iter().min_by_key(Vec::len).unwrap());
            } else if is_exact && fitting > 1 {
                objections.push(format!("{place}: fits {fitting} of `{keyword}`"));
            }
        }
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Patterns of the one form `^[0-9a-f]{N}$`.
fn matches(pattern: &str, value: &Value) -> bool {
    let length = pattern.strip_prefix("^[0-9a-f]{").and_then(|rest| rest.strip_suffix("}$")).expect("a known pattern");
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    value.as_str().is_some_and(|text| text.len() == length.parse::<usize>().unwrap() && text.bytes().all(is_digit))
}

fn is_a_date(format: &Value, value: &Value) -> bool {
    assert_eq!(format, "date-time");
    value.is_null()
        || value.as_str().is_some_and(|text| text.ends_with('Z') && OffsetDateTime::parse(text, &Rfc3339).is_ok())
}
