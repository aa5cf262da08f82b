//! What the documents say of the package, against the package.

use std::collections::BTreeSet;
use std::path::Path;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// What stands between backticks.
fn quoted(text: &str) -> BTreeSet<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_table_of_dependencies_names_each_and_no_other() {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let dependencies: BTreeSet<&str> =
        manifest["dependencies"].as_table().unwrap().keys().map(String::as_str).collect();
    let readme = read("README.md");
    let (_, section) = readme.split_once("\n## Dependencies\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows: String = section.lines().filter(|line| line.starts_with('|')).collect();
    // Said to be replaced, and by what.
    let named: BTreeSet<&str> = quoted(&rows).into_iter().filter(|name| *name != "rustls-pemfile").collect();
    assert_eq!(named, dependencies);
}
