//! What is so of every message of the gallery, in every channel.

use certnotify::policy::Channel;
use certnotify::render::{Body, Message};

use super::fleet::{CHATS, World};
use super::gallery::{Story, stories};
use super::occurrence_kinds::{chinese, japanese, messages};
use crate::support::unwrapped;

fn channels() -> Vec<Channel> {
    let others = [Channel::Email, Channel::Inbox, Channel::Webhook, Channel::Command, Channel::PagerDuty];
    CHATS.iter().copied().chain(others).collect()
}

/// What people read: the title, then the text.
fn read(message: &Message) -> (String, String) {
    match &message.body {
        Body::Mail(mail) => (mail.subject.clone(), mail.text.clone()),
        Body::Chat { payload, .. } => {
            let title = ["/title", "/markdown/title"].iter().find_map(|at| payload.pointer(at)?.as_str());
            (title.unwrap_or_default().to_owned(), message.text.clone())
        }
    }
}

/// What the stories are made of: names, notes, and what others said and wrote.
const DATA: [&str; 18] = [
    "Order at the CA portal (cost centre 4711), install by hand on the F5",
    "Order at the CA portal",
    "install by hand on the F5",
    "cost centre 4711",
    "Internal CA: https://ca.example.com; then systemctl reload nginx",
    "then systemctl reload nginx",
    "Runbook: https://wiki.example.com/tls/shop",
    "The CA is down on Sunday",
    "Example CA stops client authentication",
    "New certificates have no client authentication",
    "certbot on",
    "Example Public CA G2",
    "Example Trust Ltd",
    "Example Root X",
    "Example CA R10",
    "Example CA R3",
    "certnotify check --format json",
    "crl.example.com",
];

/// Names and protocols, which have no other words in any language.
const TERMS: [&str; 3] = ["certnotify", "trigger", "resolve"];

/// Two words of English in a row that stand in no quotes and in no command.
fn english_words(text: &str) -> Option<String> {
    let mut plain = unwrapped(text);
    for data in DATA {
        plain = plain.replace(data, "§");
    }
    let mut run: Vec<&str> = Vec::new();
    let (mut is_quoted, mut is_typed) = (false, false);
    for word in plain.split(' ') {
        is_typed = word.ends_with("certnotify") || is_typed && word.is_ascii();
        let opens = word.contains(['“', '「']);
        let is_plain = !is_quoted && !opens && !is_typed;
        is_quoted = (is_quoted || opens) && word.rfind(['”', '」']) <= word.rfind(['“', '「']);
        let letters = word.trim_matches(|character: char| character.is_ascii_punctuation());
        if is_plain && letters.len() > 1 && is_english(letters) {
            run.push(word);
        } else {
            run.clear();
        }
        if run.len() == 2 {
            return Some(run.join(" "));
        }
    }
    None
}

fn is_english(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_alphabetic()) && !TERMS.contains(&word)
}

#[test]
fn no_message_in_another_language_has_a_sentence_in_english() {
    assert!(english_words("原因：it is odd").is_some() && english_words("原因：“it is odd”").is_none());
    assert!(english_words("理由：it is odd").is_some() && english_words("理由：「it is odd」").is_none());
    let mut wrong = Vec::new();
    for world in [chinese(), japanese()] {
        for Story { title, cases, occurrences, .. } in stories() {
            for channel in channels() {
                for message in messages(&world, channel, &cases, &occurrences) {
                    let (subject, text) = read(&message);
                    let found = [subject, text].iter().find_map(|text| english_words(text));
                    wrong.extend(found.map(|found| format!("{title}, {channel}: {found}")));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Lines in which the reader learns what it is about.
const FIRST: usize = 14;

#[test]
fn a_message_about_a_file_names_its_machine_in_its_first_lines() {
    let mut wrong = Vec::new();
    for world in World::all() {
        for Story { title, cases, occurrences, .. } in stories() {
            let in_cases = cases.iter().flat_map(|case| &case.locations);
            let in_occurrences = occurrences.iter().flat_map(|occurrence| &occurrence.locations);
            if !in_cases.chain(in_occurrences).any(|location| !location.is_endpoint) {
                continue;
            }
            // Those for programs have the machine in a field of its own.
            for channel in CHATS.iter().copied().chain([Channel::Email, Channel::Inbox]) {
                let message = &messages(&world, channel, &cases, &occurrences)[0];
                let (subject, text) = read(message);
                let first: Vec<&str> =
                    text.lines().take(FIRST).filter(|line| !line.contains("certnotify 1.")).collect();
                let first = first.join("\n");
                if !subject.contains("web-1") && !first.contains("web-1.example.com") {
                    wrong.push(format!("{title}, {channel}:\n{first}"));
                }
            }
        }
    }
    wrong.sort();
    assert!(wrong.is_empty(), "{} of them: {}", wrong.len(), wrong.join("\n\n"));
}
