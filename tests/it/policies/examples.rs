//! The examples that people copy are right, also where they take the `#` away.

use std::fs;
use std::path::{Path, PathBuf};

use certnotify::policy::{Channel, SourceFile, Zone, parse};

use super::{Shelf, shown};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> SourceFile {
    SourceFile::new(path, fs::read_to_string(path).unwrap())
}

#[test]
fn the_annotated_example_works_as_it_stands_and_needs_no_server() {
    let parsed = parse(read(&root().join("policies.example.toml")), &Zone::UTC, &mut Shelf::default());
    let policies = parsed.policies.unwrap_or_else(|problems| panic!("{}", shown(&problems)));
    assert_eq!(policies.settings.state, None);
    let contacts: Vec<_> = policies.contacts.values().collect();
    assert_eq!(contacts.len(), 1);
    assert_eq!(contacts[0].channels().into_iter().collect::<Vec<_>>(), [Channel::Inbox]);
    let messages: Vec<_> = parsed.warnings.iter().map(|warning| warning.message.as_str()).collect();
    assert_eq!(messages, ["contact `alice` is told by nothing but the inbox"]);
}

#[test]
fn every_line_of_the_annotated_example_is_right_without_its_number_sign() {
    let file = read(&root().join("policies.example.toml"));
    let uncover = |line: &str| match line.strip_prefix('#') {
        Some(rest) if !rest.is_empty() && !rest.starts_with([' ', ':']) => rest.to_owned(),
        _ => line.to_owned(),
    };
    let text: Vec<String> = file.text.lines().map(uncover).collect();
    let template = |name: &str| std::fs::read_to_string(root().join("examples/templates").join(name)).unwrap();
    let (subject, mail, html) = (template("subject.txt"), template("mail.txt"), template("mail.html"));
    let mut shelf = Shelf::with([
        ("/example/hosts.txt", "ssh.example.com:8443\n"),
        ("/example/examples/templates/subject.txt", subject.as_str()),
        ("/example/examples/templates/mail.txt", mail.as_str()),
        ("/example/examples/templates/mail.html", html.as_str()),
    ]);
    let parsed = parse(SourceFile::new("/example/policies.toml", text.join("\n")), &Zone::UTC, &mut shelf);
    let policies = parsed.policies.unwrap_or_else(|problems| panic!("{}", shown(&problems)));
    assert_eq!(policies.entries.len(), 7);
    assert_eq!(policies.contacts["ops-room"].robots.len(), 11);
    assert_eq!(policies.contacts["on-call"].channels().len(), 18, "and the inbox");
    assert!(shown(&parsed.warnings).contains("includes nothing"));
    assert_eq!(parsed.warnings.len(), 1, "{}", shown(&parsed.warnings));
}

#[test]
fn every_small_example_is_right_and_gives_no_warning() {
    let folder = root().join("examples/policies");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let parsed = parse(read(&entry.unwrap().path()), &Zone::UTC, &mut Shelf::default());
        assert!(parsed.policies.is_ok(), "{}", shown(&parsed.policies.unwrap_err()));
        assert_eq!(shown(&parsed.warnings), "");
        count += 1;
    }
    assert!(count >= 6);
}
