//! Files that no file declares as a module: the compiler never reads them.

use std::collections::BTreeMap;

use super::root;
use super::source::Source;

/// The modules that the file of none above them names; `programs` are read by themselves.
fn undeclared(sources: &[Source], programs: &[&str]) -> Vec<String> {
    let mut above: BTreeMap<Vec<String>, Vec<&str>> = BTreeMap::new();
    for source in sources {
        above.entry(source.module_path()).or_default().push(&source.text);
    }
    let is_named = |module: &[String]| {
        let Some((name, parent)) = module.split_last() else { return true };
        let is_name = |character: char| !character.is_alphanumeric() && character != '_';
        above.get(parent).into_iter().flatten().any(|text| text.split(is_name).any(|word| word == name))
    };
    let files = sources.iter().filter(|source| !is_named(&source.module_path()));
    files.map(|source| source.path.display().to_string()).filter(|path| !programs.contains(&path.as_str())).collect()
}

#[test]
fn every_file_is_declared_as_a_module() {
    let none = <[String; 0]>::default();
    assert_eq!(undeclared(&Source::all(&root().join("src")), &["cli/version/build.rs"]), none);
    assert_eq!(undeclared(&Source::all(&root().join("tests/it")), &[]), none);
}

#[test]
fn a_file_that_is_declared_nowhere_is_found() {
    let sources = [
        Source::new("lib.rs", "mod event;"),
        Source::new("event/mod.rs", "#[cfg(test)]\nmod kind; mod usage_of;"),
        Source::new("event/kind.rs", "mod usage;"),
        Source::new("event/usage.rs", ""),
    ];
    assert_eq!(undeclared(&sources, &[]), ["event/usage.rs"]);
}
