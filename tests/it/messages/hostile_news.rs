//! Text in occurrences that others control: as harmless as that of certificates.

use certnotify::event::Occurrence;
use certnotify::render::{Body, Message, untrusted};
use serde_json::Value;

use super::fleet::CHATS;
use super::hostile::{assert_is_harmless, assert_is_printable, corpus, markup, tags, worlds};
use super::occurrence_kinds::{everything, mail, messages};

/// Texts that the operator wrote, or certnotify: a page in them may be one to open.
const OWN: [&str; 5] = ["title", "text", "source", "url", "message"];

/// `text` in place of every text of an occurrence that is no date and no word of certnotify.
fn poison(value: &mut Value, key: &str, text: &str) {
    const KEPT: [&str; 16] = [
        "id", "kind", "at", "channel", "since", "until", "end", "not-after", "not_after", "not_before", "finding",
        "fingerprint", "seen", "algorithm", "evidence", "entry",
    ];
    let is_page = text.contains("://") && OWN.contains(&key);
    match value {
        Value::String(_) if KEPT.contains(&key) || key == "change" || key == "detail" => {}
        Value::String(old) if is_page => "harmless text".clone_into(old),
        Value::String(old) => text.clone_into(old),
        Value::Array(items) => items.iter_mut().for_each(|item| poison(item, key, text)),
        Value::Object(members) => members.iter_mut().for_each(|(key, member)| poison(member, key, text)),
        _ => {}
    }
}

fn poisoned(text: &str) -> Vec<Occurrence> {
    let poisoned = everything().into_iter().map(|occurrence| {
        let mut value = serde_json::to_value(&occurrence).unwrap();
        poison(&mut value, "", text);
        serde_json::from_value(value).unwrap()
    });
    poisoned.collect()
}

#[test]
fn the_hostile_corpus_in_what_happened_is_only_words() {
    let twins = poisoned("harmless text");
    // Of each kind of detail and report one is enough; findings differ only in words of certnotify.
    let picked: Vec<usize> = (0..20).chain((twins.len() - 21)..twins.len()).collect();
    let texts = corpus().into_iter().filter(|text| text.len() < 1000 && !untrusted::clean(text).is_empty());
    let texts: Vec<(String, Vec<Occurrence>)> = texts.map(|text| (text.clone(), poisoned(&text))).collect();
    let worlds = worlds();
    let halves = worlds.iter().enumerate().flat_map(|half| picked.iter().map(move |at| (half, *at)));
    for ((half, world), at) in halves {
        let twin = &twins[at..=at];
        // Each text in every second of them, in one of the languages.
        let texts = || texts.iter().skip((half + at) % (2 * worlds.len())).step_by(2 * worlds.len());
        for channel in CHATS.iter().copied() {
            let twin = payload(messages(world, channel, &[], twin).remove(0));
            let mut twin_marks = Vec::new();
            markup(&twin, &mut twin_marks);
            for (_, all) in texts() {
                let payload = payload(messages(world, channel, &[], &all[at..=at]).remove(0));
                assert_is_harmless(channel, &payload, &twin);
                let mut marks = Vec::new();
                markup(&payload, &mut marks);
                assert_eq!(marks, twin_marks);
            }
        }
        let twin = mail(world, &[], twin);
        for (text, all) in texts() {
            let mail = mail(world, &[], &all[at..=at]);
            assert_is_printable(&mail.subject);
            assert!(!mail.subject.contains('\n'));
            assert_is_printable(&mail.text);
            assert_is_printable(&mail.html);
            assert_eq!(tags(&mail.html), tags(&twin.html), "{text:?}");
            assert_eq!(mail.text.matches("\n-- \n").count(), 1, "one signature");
        }
    }
}

fn payload(message: Message) -> Value {
    let Body::Chat { payload, .. } = message.body else { panic!("a chat has a chat's body") };
    payload
}
