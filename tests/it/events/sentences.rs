//! What the messages about a renewal and its authority say, in both languages.

use certnotify::certificate::Certificate;
use certnotify::event::EventKind;

use super::{NOW, WATCH, day, with_left};
use crate::support::scenario::{Look, Scenario};

/// The bodies of what the run after `old` gave way to `new` sends.
fn sent(old: &Certificate, new: &Certificate, language: &str) -> String {
    let toml = WATCH
        .replace("email = \"ops@example.com\"", &format!("email = \"ops@example.com\"\n    language = \"{language}\""));
    let mut story = Scenario::new(&toml);
    story.looks("edge", &[Look::endpoint("edge.example:443", old)]).run(NOW);
    story.looks("edge", &[Look::endpoint("edge.example:443", new)]).run(day(1));
    story.sent.iter().map(|message| format!("{:?}", message.body)).collect::<Vec<_>>().concat()
}

fn issued(days: i64, issuer: &str, usages: &[&str]) -> Certificate {
    let usages = usages.iter().map(|usage| (*usage).into()).collect();
    Certificate { issuer: issuer.into(), usages, serial: format!("5e{days}"), ..with_left("edge.example", days) }
}

#[test]
fn a_lost_usage_is_no_change_of_the_authority() {
    let (old, new) = (issued(100, "CN=A", &["serverAuth", "clientAuth"]), issued(180, "CN=A", &["serverAuth"]));
    let english = sent(&old, &new, "en");
    assert!(english.contains("no longer valid for clientAuth"), "{english}");
    let chinese = sent(&old, &new, "zh-CN");
    assert!(chinese.contains("clientAuth"), "{chinese}");
    for (text, phrase) in
        [(&english, "certification authority"), (&english, "The authority behind"), (&chinese, "签发机构发生变更")]
    {
        assert!(!text.contains(phrase), "{phrase}: {text}");
    }
}

#[test]
fn an_ending_intermediate_is_no_other_authority_and_no_new_certificate() {
    let leaf = issued(150, "CN=A", &[]);
    let mut ageing = with_left("CN=A", 40);
    (ageing.subject, ageing.issuer, ageing.is_authority) = ("CN=A".into(), "CN=Root".into(), true);
    let mut story = Scenario::new(WATCH);
    story.looks("edge", &[Look::endpoint("edge.example:443", &leaf).below(&[&ageing])]);
    let mut text = String::new();
    for number in 0..40 {
        story.run(day(number));
        text.extend(story.sent.iter().map(|message| format!("{:?}", message.body)));
    }
    assert_eq!(story.details(EventKind::CaChange).len(), usize::from(text.contains("intermediate")));
    assert!(text.contains("An intermediate in the chain of edge"), "{text}");
    for phrase in ["another certification authority", "The authority behind", "The new certificate"] {
        assert!(!text.contains(phrase), "{phrase}: {text}");
    }
}

#[test]
fn a_renewal_shows_the_facts_of_the_new_certificate_and_the_old_ones_beside_them() {
    let (old, new) = (issued(100, "CN=A", &[]), issued(180, "CN=A", &[]));
    for language in ["en", "zh-CN"] {
        let text = sent(&old, &new, language);
        for fact in ["5e100", "5e180", &new.fingerprint.to_string(), &old.fingerprint.to_string()] {
            assert!(text.contains(fact), "{language}, {fact}: {text}");
        }
    }
}

#[test]
fn a_replacement_that_is_not_valid_yet_says_from_when() {
    let old = issued(100, "CN=A", &[]);
    let mut new = issued(180, "CN=A", &[]);
    new.not_before = day(30);
    let mut story = Scenario::new(WATCH);
    story.looks("files", &[Look::file("/etc/ssl/a.pem", &old)]).run(NOW);
    story.looks("files", &[Look::file("/etc/ssl/a.pem", &new)]).run(day(1));
    story.run(day(2));
    let text: String = story.sent.iter().map(|message| format!("{:?}", message.body)).collect::<Vec<_>>().concat();
    assert!(text.contains("not valid yet") && text.contains("2027-05-31"), "{text}");
}
