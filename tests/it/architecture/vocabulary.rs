//! The words of the code: one idea has one word, and one word means one idea.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::root;
use super::source::Source;

/// The name of the type that a line makes public.
fn public_type(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("pub ")?;
    let rest = ["struct ", "enum ", "trait ", "type "].iter().find_map(|word| rest.strip_prefix(word))?;
    rest.split(|character: char| !character.is_alphanumeric() && character != '_').next()
}

#[test]
fn no_two_public_types_have_one_name() {
    let mut places: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for source in Source::all(&root().join("src")) {
        for name in source.code.lines().filter_map(public_type) {
            places.entry(name.to_owned()).or_default().push(source.path.clone());
        }
    }
    assert!(places.contains_key("Certificate") && places.contains_key("Policies"), "no source was read");
    places.retain(|_, found| found.len() > 1);
    assert_eq!(places, BTreeMap::new());
}

#[test]
fn a_type_made_public_is_found_by_its_name() {
    assert_eq!(public_type("pub struct Key<'a> {"), Some("Key"));
    assert_eq!(public_type("    pub enum Kind{"), Some("Kind"));
    assert_eq!(public_type("pub(super) struct Key;"), None);
    assert_eq!(public_type("pub fn key() {}"), None);
}
