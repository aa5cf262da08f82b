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

/// Comments that speak of people whom they do not name: a recipient, an operator, a user or a client is called so.
fn vague_comments(source: &Source) -> Vec<String> {
    const VAGUE: [&str; 4] = ["nobody", "somebody", "whoever", "anybody"];
    let comments = source.text.lines().map(str::trim_start).filter(|line| line.starts_with("//"));
    let is_vague = |line: &&str| {
        let words = line.split(|character: char| !character.is_alphabetic());
        words.map(str::to_lowercase).any(|word| VAGUE.contains(&word.as_str()))
    };
    comments.filter(is_vague).map(|line| format!("{}: {line}", source.path.display())).collect()
}

#[test]
fn comments_name_whom_they_speak_of() {
    let folders = ["src", "tests", "examples"].map(|folder| Source::all(&root().join(folder)));
    let vague: Vec<String> = folders.iter().flatten().flat_map(vague_comments).collect();
    assert_eq!(vague, <[String; 0]>::default());
}

#[test]
fn a_comment_about_people_without_a_name_is_found() {
    let source = |text: &str| Source::new("a.rs", text);
    assert_eq!(vague_comments(&source("    /// Nobody is told.\nfn nobody() {}\n")).len(), 1);
    assert_eq!(vague_comments(&source("/// No recipient is told, whatever happens.\n")), <[String; 0]>::default());
}

#[test]
fn a_type_made_public_is_found_by_its_name() {
    assert_eq!(public_type("pub struct Key<'a> {"), Some("Key"));
    assert_eq!(public_type("    pub enum Kind{"), Some("Kind"));
    assert_eq!(public_type("pub(super) struct Key;"), None);
    assert_eq!(public_type("pub fn key() {}"), None);
}

/// Constructors that are called `of`: they are `new`, `from_x` or `try_from`.
fn constructors_called_of(source: &Source) -> Vec<String> {
    let signatures = source.code.split("fn ").skip(1).map(|rest| rest.split('{').next().unwrap_or_default());
    let is_so = |signature: &&str| {
        let name = signature.split(['(', '<']).next().unwrap_or_default();
        let (parameters, made) = signature.rsplit_once("->").unwrap_or((signature, ""));
        (name == "of" || name.starts_with("of_")) && !parameters.contains("self") && made.contains("Self")
    };
    signatures.filter(is_so).map(|signature| format!("{}: {signature}", source.path.display())).collect()
}

#[test]
fn constructors_are_called_new_or_by_what_they_are_made_from() {
    let folders = ["src", "tests"].map(|folder| Source::all(&root().join(folder)));
    let found: Vec<String> = folders.iter().flatten().flat_map(constructors_called_of).collect();
    assert_eq!(found, <[String; 0]>::default());
}

#[test]
fn a_constructor_called_of_is_found() {
    let found = |code: &str| constructors_called_of(&Source::new("a.rs", code)).len();
    assert_eq!(found("impl A { fn of(b: B) -> Self { } }"), 1);
    assert_eq!(found("impl A { pub const fn of_date<T>(\n    b: T,\n) -> Option<Self> { } }"), 1);
    assert_eq!(found("impl A { fn of(self, b: B) -> Self { } fn offer() -> Self { } }\nfn of(a: A) -> B { }"), 0);
}
