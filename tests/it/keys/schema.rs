//! The JSON Schema of the policy file. `examples/policies.schema.json` is written anew by
//! `REWRITE_REFERENCE=1 cargo test --test it keys::schema`.

use std::path::{Path, PathBuf};

use boon::{Compiler, Draft, SchemaIndex, Schemas};
use certnotify::policy::schema;
use serde_json::{Map, Value, json};

/// What judges documents by the schema.
pub(super) struct Judge {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Judge {
    pub(super) fn new() -> Self {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.set_default_draft(Draft::V2020_12);
        compiler.add_resource("policies.json", schema()).unwrap();
        // The schema itself is checked against that of its draft here.
        let index = compiler.compile("policies.json", &mut schemas).unwrap_or_else(|wrong| panic!("{wrong:#}"));
        Self { schemas, index }
    }

    pub(super) fn refusal(&self, toml: &str) -> Option<String> {
        let table: toml::Table = toml.parse().unwrap_or_else(|wrong| panic!("{wrong}\n{toml}"));
        let document = in_json(toml::Value::Table(table));
        let refused = self.schemas.validate(&document, self.index).err();
        refused.map(|refusal| format!("{refusal:#}"))
    }
}

/// A date is no string, though JSON has no other place for it.
fn in_json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => json!(text),
        toml::Value::Integer(number) => json!(number),
        toml::Value::Float(number) => json!(number),
        toml::Value::Boolean(boolean) => json!(boolean),
        toml::Value::Datetime(moment) => json!({ "moment": moment.to_string() }),
        toml::Value::Array(items) => items.into_iter().map(in_json).collect(),
        toml::Value::Table(table) => {
            let fields = table.into_iter().map(|(key, value)| (key, in_json(value)));
            Value::Object(fields.collect::<Map<String, Value>>())
        }
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_example_is_valid_by_the_schema() {
    let judge = Judge::new();
    let mut examples = vec![root().join("policies.example.toml")];
    let files = std::fs::read_dir(root().join("examples/policies")).unwrap();
    examples.extend(files.map(|file| file.unwrap().path()).filter(|path| path.extension() == Some("toml".as_ref())));
    assert!(examples.len() > 2, "{examples:?}");
    for path in examples {
        let refusal = judge.refusal(&std::fs::read_to_string(&path).unwrap());
        assert_eq!(refusal, None, "{}", path.display());
    }
}

#[test]
fn the_annotated_example_is_valid_with_each_of_its_lines() {
    let judge = Judge::new();
    let text = std::fs::read_to_string(root().join("policies.example.toml")).unwrap();
    let is_setting = |line: &str| {
        let line = line.strip_prefix('#').unwrap_or(line);
        line.starts_with('[') || line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '))
    };
    // A part for each table: the same key may stand in two of them.
    let mut tables: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with("#:") && is_setting(line)) {
        let line = line.strip_prefix('#').unwrap_or(line);
        if line.starts_with('[') || tables.is_empty() {
            tables.push(String::new());
        }
        let table = tables.last_mut().unwrap();
        // Of two lines that show one key the first counts.
        let key = line.split(" = ").next().unwrap();
        if !table.lines().any(|known| known.split(" = ").next() == Some(key)) {
            table.extend([line, "\n"]);
        }
    }
    assert!(tables.len() > 10, "{tables:?}");
    for table in tables {
        let refusal = judge.refusal(&table);
        assert_eq!(refusal, None, "{table}");
    }
}

#[test]
fn the_schema_beside_the_examples_is_the_one_that_the_program_generates() {
    let path = root().join("examples/policies.schema.json");
    let right = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("REWRITE_REFERENCE").is_some() {
        std::fs::write(&path, right).unwrap();
        return;
    }
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(written == right, "REWRITE_REFERENCE=1 cargo test --test it keys::schema");
}

#[test]
fn the_example_names_the_schema_beside_it() {
    let text = std::fs::read_to_string(root().join("policies.example.toml")).unwrap();
    let named = text.lines().find_map(|line| line.strip_prefix("#:schema ")).expect("the line for editors");
    assert!(root().join(named).is_file(), "{named}");
    assert_eq!(Path::new(named).file_name(), Some("policies.schema.json".as_ref()));
}

#[test]
fn every_definition_of_the_schema_is_used_and_says_what_it_is_for() {
    let schema = schema();
    let text = schema.to_string();
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        assert!(text.contains(&format!("\"#/$defs/{name}\"")), "{name}");
        assert!(definition["enum"].is_array() || definition["description"].is_string(), "{name}");
        for (key, property) in definition["properties"].as_object().into_iter().flatten() {
            assert!(property["description"].is_string(), "{name}: {key}");
        }
    }
}
