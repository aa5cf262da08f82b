//! Circles: files of one top-level module that name each other.

use std::collections::{BTreeMap, BTreeSet};

use super::root;
use super::source::Source;

type Path = Vec<String>;

/// The groups of files that lead back to themselves, each as `module: file, file`. What `mod.rs` declares and shows of
/// its files is no naming.
fn circles(sources: &[Source]) -> Vec<String> {
    let files: BTreeSet<Path> = sources.iter().map(Source::module_path).filter(|path| !path.is_empty()).collect();
    let named: BTreeMap<Path, BTreeSet<Path>> =
        sources.iter().map(|source| (source.module_path(), source.files_named(&files))).collect();
    let reach: BTreeMap<&Path, BTreeSet<&Path>> = files.iter().map(|file| (file, reached(file, &named))).collect();
    let mut circles = BTreeSet::new();
    for file in &files {
        let members: Vec<&Path> = reach[file].iter().copied().filter(|other| reach[other].contains(file)).collect();
        if members.len() > 1 {
            let shown: Vec<String> = members.iter().map(|member| member[1..].join("::")).collect();
            circles.insert(format!("{}: {}", file[0], shown.join(", ")));
        }
    }
    circles.into_iter().collect()
}

fn reached<'a>(file: &'a Path, named: &'a BTreeMap<Path, BTreeSet<Path>>) -> BTreeSet<&'a Path> {
    let mut reached = BTreeSet::new();
    let mut open = vec![file];
    while let Some(next) = open.pop() {
        open.extend(named[next].iter().filter(|named| reached.insert(*named)));
    }
    reached
}

#[test]
fn the_files_of_a_module_do_not_name_each_other_in_a_circle() {
    assert_eq!(circles(&Source::all(&root().join("src"))), Vec::<String>::new());
}

#[test]
fn a_circle_inside_a_module_is_caught() {
    let sources = [
        Source::new("event/mod.rs", "mod a; mod b; mod c; pub use a::A;"),
        Source::new("event/a.rs", "use super::b::{self, B};"),
        Source::new("event/b.rs", "use super::{c, Z}; fn f() -> super::c::C { }"),
        Source::new("event/c.rs", "use crate::event::{a::{A, X}, d};"),
        Source::new("event/d/mod.rs", "use super::a::A;"),
        Source::new("event/e.rs", "use super::a::A; use crate::policy::x;"),
        Source::new("policy/x.rs", "use crate::event::e;"),
    ];
    assert_eq!(circles(&sources), ["event: a, b, c, d"]);
}
