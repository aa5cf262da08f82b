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
    let of_each_system = manifest["target"].as_table().unwrap().values().map(|system| &system["dependencies"]);
    let tables = std::iter::once(&manifest["dependencies"]).chain(of_each_system);
    let dependencies: BTreeSet<&str> =
        tables.flat_map(|table| table.as_table().unwrap().keys().map(String::as_str)).collect();
    let readme = read("README.md");
    let (_, section) = readme.split_once("\n## Dependencies\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows: String = section.lines().filter(|line| line.starts_with('|')).collect();
    // Said to be replaced, and by what.
    let named: BTreeSet<&str> = quoted(&rows).into_iter().filter(|name| *name != "rustls-pemfile").collect();
    assert_eq!(named, dependencies);
}

/// The headings of the second and third level, without those in blocks of code.
fn headings(text: &str) -> Vec<(&str, usize)> {
    let mut code = false;
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        code ^= line.starts_with("```");
        if !code && let Some(heading) = line.strip_prefix("## ").or_else(|| line.strip_prefix("### ")) {
            found.push((heading, number));
        }
    }
    found
}

/// The anchor of a heading, as the pages of repositories make it.
fn anchor(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ');
    heading.to_lowercase().chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Where the links of a text lead.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

#[test]
fn the_contents_of_the_readme_lead_to_each_section_in_order() {
    let readme = read("README.md");
    let (_, contents) = readme.split_once("\n## Contents\n").unwrap();
    let (contents, _) = contents.split_once("\n## ").unwrap();
    let listed: Vec<String> = links(contents).map(str::to_owned).collect();
    let sections: Vec<String> = headings(&readme)
        .into_iter()
        .filter(|(heading, _)| *heading != "Contents")
        .map(|(heading, _)| format!("#{}", anchor(heading)))
        .collect();
    assert_eq!(listed, sections);
}

#[test]
fn every_link_of_the_readme_leads_to_something() {
    let readme = read("README.md");
    let anchors: BTreeSet<String> = headings(&readme).into_iter().map(|(heading, _)| anchor(heading)).collect();
    for link in links(&readme).filter(|link| !link.starts_with("https://")) {
        match link.strip_prefix('#') {
            Some(section) => assert!(anchors.contains(section), "no section {section}"),
            None => assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(link).exists(), "no file {link}"),
        }
    }
}

/// Tables are looked up and not read, so they do not count.
#[test]
fn each_section_of_the_readme_fits_a_screen() {
    let readme = read("README.md");
    let lines: Vec<&str> = readme.lines().collect();
    let starts: Vec<usize> = headings(&readme).into_iter().map(|(_, number)| number).chain([lines.len()]).collect();
    for (from, to) in starts.iter().zip(&starts[1..]) {
        let read = lines[*from..*to].iter().filter(|line| !line.starts_with('|')).count();
        assert!(read <= 50, "{} has {read} lines", lines[*from]);
    }
}
