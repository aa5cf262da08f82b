//! The list of channels against the sources and the documents: each channel is one file and one line.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use certnotify::channels::{Role, tables};
use certnotify::policy::Channel;

use crate::architecture::source::Source;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// Files of `channels/` that are of no single channel.
const SHARED: [&str; 13] = [
    "editor", "entities", "exchange", "markdown", "mention", "mod", "page", "pieces", "plain", "spec", "table",
    "tracker", "verdict",
];

/// Channels that are no vendor's: the program itself speaks of them.
const OWN: [&str; 3] = ["Email", "Inbox", "Command"];

/// What stands after `Channel::` and begins with a capital letter, but for constants.
fn variants_named(code: &str) -> BTreeSet<String> {
    let names = code.split("Channel::").skip(1).filter(|rest| rest.starts_with(|first: char| first.is_uppercase()));
    let names = names.map(|rest| rest.chars().take_while(char::is_ascii_alphanumeric).collect::<String>());
    names.filter(|name| name.chars().any(char::is_lowercase)).collect()
}

#[test]
fn each_channel_has_a_file_of_its_name_and_each_file_is_a_channels_or_shared() {
    let files: BTreeSet<String> = fs::read_dir(root().join("src/channels"))
        .unwrap()
        .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let channels = Channel::ALL.into_iter().map(|channel| channel.as_str().replace('-', "_"));
    let expected: BTreeSet<String> = channels.chain(SHARED.map(str::to_owned)).collect();
    assert_eq!(files, expected);
}

#[test]
fn no_vendor_is_named_in_code_outside_its_file_and_the_list() {
    let mut named: Vec<(PathBuf, String)> = Vec::new();
    for source in Source::all(&root().join("src")) {
        if !source.path.starts_with("channels") {
            let vendors = variants_named(&source.code).into_iter().filter(|name| !OWN.contains(&name.as_str()));
            named.extend(vendors.map(|vendor| (source.path.clone(), vendor)));
        }
    }
    assert_eq!(named, []);
    let example = "Channel::ALL Channel::Slack.as_str() Channel::Email Channel::as_str";
    assert_eq!(variants_named(example), BTreeSet::from(["Slack".to_owned(), "Email".to_owned()]));
}

#[test]
fn the_readme_names_each_channel_and_each_key_of_its_table() {
    let (readme, example) = (read("README.md"), read("policies.example.toml"));
    for channel in Channel::ALL {
        assert!(readme.contains(&format!("`{channel}`")), "{channel}");
        assert!(example.contains(&format!("\"{channel}\"")), "{channel} in `channels`");
    }
    for (name, _, table) in tables() {
        for key in table.keys.iter().filter(|key| !matches!(key.role, Role::Refused(..))) {
            let is_shown = readme.contains(&format!("`{}`", key.name)) || readme.contains(&format!("{} = ", key.name));
            assert!(is_shown, "{name}: {}", key.name);
        }
    }
}

#[test]
fn objections_with_the_same_english_words_have_the_same_words_in_each_language() {
    let mut known = BTreeMap::new();
    for objection in tables().flat_map(|(_, _, table)| table.objections()) {
        let words = (objection.zh_cn, objection.ja);
        assert_eq!(*known.entry(objection.en).or_insert(words), words, "{}", objection.en);
    }
    assert!(known.len() > 40, "{}", known.len());
}

#[test]
fn each_table_says_what_its_keys_mean_and_has_each_key_and_role_once() {
    for (name, _, table) in tables() {
        let keys: BTreeSet<&str> = table.keys.iter().map(|key| key.name).collect();
        assert_eq!(keys.len(), table.keys.len(), "{name}");
        let is_reached_by = |role: Role| matches!(role, Role::Address | Role::Base(_));
        assert_eq!(table.keys.iter().filter(|key| is_reached_by(key.role)).count(), 1, "{name}");
        for key in table.keys {
            assert!(key.meaning.ends_with('.') && key.meaning.len() > 12, "{name}: {}", key.name);
        }
        assert!(["ca-file", "proxy"].iter().all(|key| keys.contains(key)), "{name}");
    }
}
