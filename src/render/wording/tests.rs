//! What is so of every language.

use std::collections::BTreeSet;

use super::*;
use crate::cause::{DeliveryCause, every_cause, findings, is_quoted};
use crate::channels::tables;
use crate::detect::public_events;
use crate::event::FindingId;

/// Names, protocols and keys, which have no other words in any language.
const TERMS: &str = "\
    API ASCII AUTH AgentId App Apprise BEGIN CAA Chat DER DNS DSA END GnuPG Google HOST HTTP IANA InternalError Java KiB \
    LOGIN Linux Mattermost MiB OAUTHBEARER Office OpenPGP PLAIN PORT RDAP RSA RSET SCRAM SCT SERVFAIL SMTP SSH STARTTLS \
    Secret SendKey TLS TLSA Teams URL UTC UTF Webhook certnotify critical email example htps http https none oauth root \
    sctp sig signing systemd tbs tls webhook";

/// What stands in no quotes.
fn unquoted(text: &str) -> String {
    text.split(['“', '「']).map(|part| part.split_once(['”', '」']).map_or(part, |(_, after)| after)).collect()
}

fn is_english(word: &str) -> bool {
    word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_alphabetic()) && !TERMS.split(' ').any(|term| term == word)
}

/// Of all channels, to an address and to a key.
fn objections() -> impl Iterator<Item = FailureCause> {
    tables().flat_map(|(_, _, table)| table.objections()).flat_map(|objection| {
        [None, Some("routing-key".to_owned())]
            .map(|key| DeliveryCause::Objection("a.example".to_owned(), key, objection).into())
    })
}

#[test]
fn each_language_has_its_own_words_for_every_cause() {
    let mut wrong = Vec::new();
    for cause in every_cause().into_iter().chain(objections()) {
        for language in Language::ALL.into_iter().filter(|language| *language != Language::English) {
            let words = of(language).cause(&cause);
            let text = unquoted(&words);
            let mut latin = text.split(|it: char| !it.is_ascii() || "(), :".contains(it));
            let has_own = text.chars().any(|it| ('\u{3041}'..='\u{9fff}').contains(&it));
            if !is_quoted(&cause) && (latin.any(is_english) || !has_own) {
                wrong.push(words);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_cause_reads_so_in_each_language() {
    let words = |cause: &FailureCause| Language::ALL.map(|language| of(language).cause(cause)).join("\n");
    let all = every_cause().iter().map(words).collect::<Vec<_>>().join("\n\n");
    insta::with_settings!(
        { snapshot_path => "../../../tests/it/snapshots", prepend_module_to_snapshot => false, omit_expression => true },
        { insta::assert_snapshot!("causes", all) }
    );
}

#[test]
fn no_language_says_the_same_of_two_findings() {
    let mut known = BTreeSet::new();
    for (finding, language) in findings().iter().flat_map(|finding| Language::ALL.map(|it| (finding, it))) {
        let words = of(language).cause(&finding.clone().into());
        assert!(known.insert(words), "{language:?}: {finding:?}");
    }
}

#[test]
fn another_certificate_is_asked_for_where_the_fault_ends_with_it() {
    for (finding, words) in FindingId::ALL.into_iter().flat_map(|finding| Language::ALL.map(|it| (finding, of(it)))) {
        let is_asked_for = words.to_do(ToDo::Finding(finding), "") == words.another_certificate(&[finding], "");
        assert_eq!(is_asked_for, finding.ends_with_the_certificate(), "{finding}");
    }
}

#[test]
fn every_public_event_has_its_words_in_each_language_and_no_other_has() {
    for language in Language::ALL.into_iter().filter(|language| *language != Language::English) {
        let words = of(language);
        for (id, date) in public_events() {
            let (title, text) = words.announcement(id, "2027-03-03").unwrap_or_else(|| panic!("{id}"));
            assert!(title.contains(&date.to_string()) || id.ends_with("-distrust"), "{title}");
            assert!(text.ends_with('。'), "{text}");
        }
        assert_eq!(words.announcement("of another version", "2027-03-03"), None);
    }
}

#[test]
fn after_the_end_a_policy_is_told_once_whatever_it_asks_for_before() {
    let pace = |lead, milestones, rhythm| Pace {
        policy: "production".to_owned(),
        rows: 2,
        are_dates: false,
        is_alone: false,
        lead: Duration::days(lead),
        frequency: Frequency::EveryDays(1),
        milestones,
        rhythms: vec![rhythm],
    };
    let (none, some) = (&[][..], &[Duration::days(1)][..]);
    let (one, other) = (pace(30, none, Rhythm::AfterTheEnd), pace(121, some, Rhythm::AfterTheEnd));
    assert!(one.is_of_the_same_policy(&other));
    for language in Language::ALL {
        assert_eq!(of(language).policy(&one), of(language).policy(&other));
    }
    assert!(!pace(30, none, Rhythm::BeforeTheEnd).is_of_the_same_policy(&pace(121, none, Rhythm::BeforeTheEnd)));
    assert!(!pace(30, none, Rhythm::BeforeTheEnd).is_of_the_same_policy(&other));
}
