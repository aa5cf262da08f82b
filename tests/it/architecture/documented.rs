//! Every public item says in a line what it is. Fields and variants need none where their names do.

use super::root;
use super::source::Source;

/// The public items of a file that have no line above them.
fn undocumented(source: &Source) -> Vec<String> {
    let lines: Vec<&str> = source.text.lines().map(str::trim_start).collect();
    let mut found = Vec::new();
    for (number, line) in lines.iter().enumerate().filter(|(_, line)| is_public_item(line)) {
        // Attributes stand between an item and its line, some of them on several lines.
        let mut above = lines[..number].iter().rev().skip_while(|line| line.starts_with("#[")).peekable();
        if above.peek().is_some_and(|line| **line == ")]") {
            above.find(|line| line.starts_with("#["));
        }
        let is_documented = above
            .find(|line| !line.starts_with("#["))
            .is_some_and(|line| line.starts_with("///") || line.starts_with("$(#[$"));
        if !is_documented {
            found.push(format!("{}:{}: {line}", source.path.display(), number + 1));
        }
    }
    found
}

fn is_public_item(line: &str) -> bool {
    const ITEMS: [&str; 7] = ["fn ", "struct ", "enum ", "trait ", "static ", "type ", "const "];
    let rest = line.strip_prefix("pub ").or_else(|| line.strip_prefix("$public "));
    rest.is_some_and(|rest| ITEMS.iter().any(|item| rest.starts_with(item)))
}

#[test]
fn every_public_item_has_a_line_that_says_what_it_is() {
    let sources = Source::all(&root().join("src"));
    assert!(sources.iter().any(|source| source.text.lines().any(is_public_item)), "no source was read");
    let found: Vec<String> = sources.iter().flat_map(undocumented).collect();
    assert_eq!(found, <[String; 0]>::default());
}

#[test]
fn an_item_without_a_line_is_found_whatever_attributes_it_has() {
    let found = |text: &str| undocumented(&Source::new("a.rs", text)).len();
    assert_eq!(found("pub struct A;\n\n#[derive(Debug)]\npub enum B { C }\n"), 2);
    assert_eq!(found("/// A.\n#[must_use]\n#[expect(\n    a,\n    reason = \"b\"\n)]\npub const fn a() {}\n"), 0);
    assert_eq!(found("#[expect(\n    a,\n    reason = \"b\"\n)]\n#[must_use]\npub fn a() {}\n"), 1);
    assert_eq!(found("pub mod a;\npub use a::B;\npub(super) fn c() {}\nfn d() {}\n"), 0);
}
