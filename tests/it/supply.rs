//! What the program is made of: the bill of materials, and the oldest Rust that its crates say they need.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn json(program: &str, arguments: &[&str]) -> Value {
    let output = Command::new(program).args(arguments).current_dir(ROOT).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

#[test]
#[expect(clippy::print_stderr, reason = "what was not tried is said")]
fn the_bill_of_materials_has_each_crate_of_the_program_as_the_lock_file_has_it() {
    if !Command::new("python3").args(["-c", "import tomllib"]).status().is_ok_and(|tried| tried.success()) {
        let reason = "a Python 3.11 is not here: the bill of materials was not made";
        return eprintln!("{reason}");
    }
    let bill = json("examples/packages/sbom.py", &[]);
    assert_eq!((text(&bill, "bomFormat"), text(&bill, "specVersion")), ("CycloneDX", "1.6"));
    assert_eq!(bill["metadata"]["component"]["name"], "certnotify");
    assert_eq!(bill["metadata"]["component"]["version"], env!("CARGO_PKG_VERSION"));
    let lock = std::fs::read_to_string(format!("{ROOT}/Cargo.lock")).unwrap();
    let locked: toml_of_lock::Lock = toml_of_lock::read(&lock);
    let components = bill["components"].as_array().unwrap();
    for component in components {
        let key = (text(component, "name").to_owned(), text(component, "version").to_owned());
        let hash = component["hashes"][0]["content"].as_str();
        assert_eq!(locked.get(&key).map(String::as_str), hash, "{key:?}");
        assert!(component["licenses"][0]["expression"].is_string(), "{key:?}");
    }
    let names: Vec<&str> = components.iter().map(|component| text(component, "name")).collect();
    let manifest = std::fs::read_to_string(format!("{ROOT}/Cargo.toml")).unwrap();
    let dependencies = manifest.split("\n[dependencies]\n").nth(1).unwrap().split("\n[").next().unwrap();
    for name in dependencies.lines().filter_map(|line| line.split(' ').next()).filter(|name| !name.is_empty()) {
        assert!(names.contains(&name), "{name}");
    }
    assert!(!names.contains(&"proptest"), "what only tests need is not in the program");
}

#[test]
#[expect(clippy::print_stderr, reason = "what was not tried is said")]
fn what_each_crate_could_do_stands_in_the_record_as_its_source_says_it() {
    if !Command::new("python3").args(["-c", "import tomllib"]).status().is_ok_and(|tried| tried.success()) {
        let reason = "a Python 3.11 is not here: the record of dependencies was not held to their sources";
        return eprintln!("{reason}");
    }
    let output = Command::new("examples/packages/audit.py").current_dir(ROOT).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = String::from_utf8(output.stdout).unwrap();
    let record = std::fs::read_to_string(format!("{ROOT}/tests/dependencies.tsv")).unwrap();
    let [read, record] = [&read, &record].map(|text| text.lines().collect::<std::collections::BTreeSet<_>>());
    let (new, old): (Vec<_>, Vec<_>) = (read.difference(&record).collect(), record.difference(&read).collect());
    let way = "read what is new, then: examples/packages/audit.py >tests/dependencies.tsv";
    assert!(new.is_empty() && old.is_empty(), "new {new:#?}, gone {old:#?}: {way}");
}

/// Of Cargo.lock, no more than name, version and checksum.
mod toml_of_lock {
    use super::BTreeMap;

    pub(super) type Lock = BTreeMap<(String, String), String>;

    pub(super) fn read(lock: &str) -> Lock {
        let value = |table: &str, key: &str| {
            let line = table.lines().find_map(|line| line.strip_prefix(&format!("{key} = \"")));
            line.and_then(|rest| rest.strip_suffix('"')).map(str::to_owned)
        };
        let tables = lock.split("[[package]]").skip(1);
        tables
            .filter_map(|table| Some(((value(table, "name")?, value(table, "version")?), value(table, "checksum")?)))
            .collect()
    }
}

#[test]
fn no_crate_needs_a_newer_rust_than_the_program_says_it_does() {
    let arguments =
        ["metadata", "--offline", "--locked", "--format-version", "1", "--filter-platform", "x86_64-unknown-linux-gnu"];
    let metadata = json(&cargo(), &arguments);
    let version = |package: &Value| -> Vec<u32> {
        text(package, "rust_version").split('.').filter_map(|part| part.parse().ok()).take(2).collect()
    };
    let packages = metadata["packages"].as_array().unwrap();
    let own = packages.iter().find(|package| package["name"] == "certnotify").map(version).unwrap();
    assert_eq!(own.len(), 2);
    let newer: Vec<&str> = packages.iter().filter(|it| version(it) > own).map(|it| text(it, "name")).collect();
    assert!(newer.is_empty(), "{newer:?} need a newer Rust than {own:?}: say so in `rust-version`");
}
