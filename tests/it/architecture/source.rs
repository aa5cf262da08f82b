//! Rust source as the architecture test reads it: code without comments, strings and unit tests, and the paths in it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// One source file: its path below `src/`, its text, and what of the text is code.
pub struct Source {
    pub path: PathBuf,
    pub text: String,
    pub code: String,
}

impl Source {
    pub fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        let text = text.into();
        let code = without_unit_tests(&without_comments_and_strings(&text));
        Self { path: path.into(), text, code }
    }

    /// Every `.rs` file below `root`, in the order of their paths.
    pub fn all(root: &Path) -> Vec<Self> {
        let mut paths: Vec<_> = walkdir::WalkDir::new(root)
            .into_iter()
            .map(|entry| entry.unwrap().into_path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
            .collect();
        paths.sort();
        let read = |path: PathBuf| {
            let text = std::fs::read_to_string(&path).unwrap();
            Self::new(path.strip_prefix(root).unwrap(), text)
        };
        paths.into_iter().map(read).collect()
    }

    /// The module path: `detect/opening.rs` is `detect::opening`, `detect/mod.rs` is `detect`.
    pub fn module_path(&self) -> Vec<String> {
        let without_extension = self.path.with_extension("");
        let mut modules: Vec<_> =
            without_extension.iter().map(|module| module.to_string_lossy().into_owned()).collect();
        if modules.last().is_some_and(|module| matches!(module.as_str(), "mod" | "lib" | "main")) {
            modules.pop();
        }
        modules
    }

    /// The top-level module that holds the file; none for `lib.rs` and `main.rs`.
    pub fn module(&self) -> Option<String> {
        self.module_path().into_iter().next()
    }

    /// The top-level modules of the library that the code names, by `crate::`, `super::` or `certnotify::`.
    pub fn modules_named(&self) -> Vec<String> {
        let mut named = heads_after(&self.code, "crate::");
        named.extend(heads_after(&self.code, "certnotify::"));
        let depth = self.module_path().len();
        if depth > 0 {
            let climb = "super::".repeat(depth);
            named.extend(heads_after(&self.code, &climb));
        }
        named.sort();
        named.dedup();
        named
    }

    /// What the code names right below the path `prefix` (`std::`): `std::{env, fs::File}` gives `env` and `fs`.
    pub fn named_below(&self, prefix: &str) -> Vec<String> {
        heads_after(&self.code, prefix)
    }

    /// The files of the own top-level module that the code names, out of those with these module paths.
    pub fn files_named(&self, files: &BTreeSet<Vec<String>>) -> BTreeSet<Vec<String>> {
        let own = self.module_path();
        let mut paths = Vec::new();
        for start in ["crate::", "super::", "self::"] {
            for (at, _) in self.code.match_indices(start) {
                if !self.code[..at].ends_with(|before| is_word(before) || before == ':') {
                    read_tree(&self.code[at..], &[], &mut paths);
                }
            }
        }
        let named = paths.iter().map(|path| file_of(path, &own, files));
        named.filter(|file| *file != own && !file.is_empty() && file.first() == own.first()).collect()
    }

    /// The code has `word` standing by itself.
    pub fn has_word(&self, word: &str) -> bool {
        self.code.match_indices(word).any(|(start, _)| stands_alone(&self.code, start, word.len()))
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn stands_alone(code: &str, start: usize, length: usize) -> bool {
    !code[..start].ends_with(is_word) && !code[start + length..].starts_with(is_word)
}

/// The first names after each `prefix`, braces opened: `crate::{a, b::c}` gives `a` and `b`.
fn heads_after(code: &str, prefix: &str) -> Vec<String> {
    let mut heads = Vec::new();
    for (start, _) in code.match_indices(prefix) {
        if code[..start].ends_with(|before| is_word(before) || before == ':') {
            continue;
        }
        let rest = code[start + prefix.len()..].trim_start();
        match rest.strip_prefix('{') {
            Some(group) => heads.extend(heads_of_group(group)),
            None => heads.push(head(rest)),
        }
    }
    heads.retain(|head| !head.is_empty() && head != "super" && head != "self");
    heads
}

/// Every path that begins here, braces opened: `a::{b, c::d}` gives `a::b` and `a::c::d`.
fn read_tree(text: &str, before: &[String], paths: &mut Vec<Vec<String>>) {
    let text = text.trim_start();
    if let Some(group) = text.strip_prefix('{') {
        let (mut start, mut depth) = (0, 1);
        for (at, character) in group.char_indices() {
            match character {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 || (character == ',' && depth == 1) {
                read_tree(&group[start..at], before, paths);
                start = at + 1;
            }
            if depth == 0 {
                return;
            }
        }
        return;
    }
    let name = head(text);
    let path = [before, std::slice::from_ref(&name)].concat();
    match text[name.len()..].strip_prefix("::") {
        Some(rest) if name != "*" && !name.is_empty() => read_tree(rest, &path, paths),
        _ => paths.push(path),
    }
}

/// The module path of the file that holds what a path in the file `own` names.
fn file_of(path: &[String], own: &[String], files: &BTreeSet<Vec<String>>) -> Vec<String> {
    let mut file = own.to_vec();
    let mut names = path.iter().peekable();
    match names.next().map(String::as_str) {
        Some("crate") => file.clear(),
        Some("super") => drop(file.pop()),
        _ => {}
    }
    while names.next_if(|name| *name == "super").is_some() {
        file.pop();
    }
    for name in names {
        let below = [file.as_slice(), std::slice::from_ref(name)].concat();
        if !files.contains(&below) {
            break;
        }
        file = below;
    }
    file
}

fn head(text: &str) -> String {
    let text = text.trim_start();
    if text.starts_with('*') {
        return "*".to_owned();
    }
    text.chars().take_while(|character| is_word(*character)).collect()
}

fn heads_of_group(group: &str) -> Vec<String> {
    let mut heads = vec![head(group)];
    let mut depth = 1;
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => heads.push(head(&group[at + 1..])),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    heads
}

/// The same text with spaces in place of comments and of what strings hold; the lines stay where they are.
fn without_comments_and_strings(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = inert_length(rest, code.chars().next_back());
        if length == 0 {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            code.extend(rest[..length].chars().map(|character| if character == '\n' { '\n' } else { ' ' }));
            rest = &rest[length..];
        }
    }
    code
}

/// The length of the comment or literal that `rest` begins with; 0 where it begins with code.
fn inert_length(rest: &str, before: Option<char>) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return block_comment_length(rest);
    }
    if rest.starts_with('"') {
        return quoted_length(rest, '"');
    }
    if rest.starts_with('r') && !before.is_some_and(is_word) {
        let hashes = rest[1..].chars().take_while(|character| *character == '#').count();
        if rest[1 + hashes..].starts_with('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let body = 2 + hashes;
            return rest[body..].find(&end).map_or(rest.len(), |at| body + at + end.len());
        }
    }
    // A lifetime has no closing quote right after its first character.
    let mut characters = rest.chars();
    if characters.next() == Some('\'') {
        let second = characters.next();
        if second == Some('\\') || (second.is_some() && characters.next() == Some('\'')) {
            return quoted_length(rest, '\'');
        }
    }
    0
}

fn quoted_length(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        if !escaped && character == quote {
            return at + 1;
        }
        escaped = !escaped && character == '\\';
    }
    rest.len()
}

fn block_comment_length(rest: &str) -> usize {
    let (mut at, mut depth) = (0, 0);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// The code without `#[cfg(test)] mod … { … }`: unit tests may do what the product may not.
fn without_unit_tests(code: &str) -> String {
    let mut kept = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(start) = rest.find("#[cfg(test)]") {
        kept.push_str(&rest[..start]);
        let tests = &rest[start..];
        let end = tests.find(['{', ';']).map_or(tests.len(), |open| match &tests[open..=open] {
            "{" => open + braced_length(&tests[open..]),
            _ => open + 1,
        });
        rest = &tests[end..];
    }
    kept.push_str(rest);
    kept
}

fn braced_length(text: &str) -> usize {
    let mut depth = 0;
    for (at, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}

#[test]
fn comments_strings_and_unit_tests_are_not_code() {
    let source = Source::new(
        "detect/mod.rs",
        "//! crate::pass\nfn f<'a>(x: &'a str) { /* crate::a /* */ crate::b */ g(\"crate::c \\\" crate::d\", r#\"\"crate::e\"#, '\"'); }\nuse crate::event;\n#[cfg(test)]\nmod tests { use crate::record; fn h() {} }\nuse crate::policy;\n",
    );
    assert_eq!(source.modules_named(), ["event", "policy"]);
}

#[test]
fn a_module_is_found_however_it_is_named() {
    let named = |path: &str, text: &str| Source::new(path, text).modules_named();
    assert_eq!(named("a/mod.rs", "use crate::{b::{c, d}, e, self};"), ["b", "e"]);
    assert_eq!(named("a/mod.rs", "use super::b;"), ["b"]);
    assert_eq!(named("a/x.rs", "use super::b; use super::super::c;"), ["c"]);
    assert_eq!(named("a/x/y.rs", "fn f() -> super::super::super::d::T { $crate::e::f() }"), ["d", "e"]);
    assert_eq!(named("a/mod.rs", "use crate::*;"), ["*"]);
    assert_eq!(named("main.rs", "use certnotify::pass; use mycrate::z;"), ["pass"]);
}
