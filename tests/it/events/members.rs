//! Several certificates in one file, each with a name of its own there.

use certnotify::certificate::Certificate;
use certnotify::event::{EventKind, FindingId, member};

use super::{NOW, WATCH, day, with_left};
use crate::support::scenario::{Look, Scenario};

const FILE: &str = "/etc/ssl/secrets.json";

fn look(called: &str, leaf: &Certificate) -> Look {
    Look::file(&format!("{FILE}#{called}"), leaf).typed(FILE)
}

/// A part of it that cannot be read.
fn broken(part: &str) -> Look {
    Look::failed(&format!("{FILE}{part}"), FindingId::Unparsable).typed(FILE)
}

fn said(story: &Scenario) -> String {
    let texts: Vec<String> = story.sent.iter().map(|message| message.text.replace('\n', " ")).collect();
    texts.join("\n")
}

#[test]
fn a_member_is_what_the_name_of_a_place_ends_with_and_no_fingerprint_is_one() {
    assert_eq!(member("/s.json#shop/www", "cluster/shop/www"), Some("shop/www"));
    assert_eq!(member("command-source /bin/kubectl 89b87afb#shop/www", "shop/www"), Some("shop/www"));
    assert_eq!(member("/a#b/s.json#shop/www", "a#b/s.json/shop/www"), Some("shop/www"));
    assert_eq!(member("/s.pem#0123abcd", "store#0123abcd"), None);
    assert_eq!(member("/s.pem", "store"), None);
}

#[test]
fn what_cannot_be_read_in_a_part_of_a_file_is_not_gone_from_it() {
    let (www, api) = (with_left("www.example", 20), with_left("api.example", 150));
    for part in ["#shop/www#broken", "#shop/www#closed", "#broken", "#closed"] {
        let mut story = Scenario::new(&WATCH.replace("events =", "deadline = \"10d\"\n    events ="));
        story.looks("files", &[look("shop/www", &www), look("shop/api", &api)]).run(NOW);
        story.looks("files", &[look("shop/api", &api), broken(part)]);
        for number in 1..=2 {
            story.run(day(number));
        }
        assert!(story.details(EventKind::Deletion).is_empty(), "{part}: {}", said(&story));
        story.run(day(11));
        let told = said(&story);
        assert!(told.contains("9 days left") && told.contains("Not seen since"), "{part}: {told}");
    }
    // One of another name is no reason.
    let mut story = Scenario::new(WATCH);
    story.looks("files", &[look("shop/www", &www), look("shop/api", &api)]).run(NOW);
    story.looks("files", &[look("shop/api", &api), broken("#shop/mail#broken")]);
    story.run(day(1));
    story.run(day(2));
    assert_eq!(story.details(EventKind::Deletion).len(), 1);
}

#[test]
fn a_message_says_which_of_a_file_it_is_about_and_not_to_remove_the_file_with_all_of_them() {
    let (old, new) = (with_left("www.example", 20), with_left("www.example", 150));
    let mut story = Scenario::new(WATCH);
    story.looks("files", &[look("shop/www", &new), look("blog/www", &old)]).run(NOW);
    let told = said(&story);
    assert!(told.contains(&format!("A newer one lies in {FILE} (shop/www)")), "{told}");
    assert!(told.contains("take this one out") && !told.contains("this file"), "{told}");
    assert!(told.contains(&format!("in place at {FILE} (blog/www)")) && !told.contains("old file"), "{told}");
    story.looks("files", &[look("shop/www", &new)]);
    story.run(day(1));
    story.run(day(2));
}

#[test]
fn what_nothing_uses_is_taken_out_where_that_ends_no_other() {
    let gone = |name: &str| with_left(&format!("{name}.example"), -3);
    let in_folder = |name: &str| Look::file(&format!("/etc/ssl/{name}.pem"), &gone(name));
    for (looks, out_of) in [
        (vec![look("shop/www", &gone("www")), look("shop/api", &with_left("api.example", 150))], Some(FILE)),
        (vec![in_folder("a")], Some("/etc/ssl")),
        (vec![in_folder("a"), in_folder("b")], Some("/etc/ssl")),
        (vec![in_folder("a"), look("shop/www", &gone("www"))], None),
    ] {
        let mut story = Scenario::new(WATCH);
        story.looks("files", &looks).run(NOW);
        let told = said(&story);
        let sentence = out_of.map(|place| format!("If nothing uses it any more, take it out of {place}."));
        match sentence {
            Some(sentence) => assert!(told.contains(&sentence), "{sentence}: {told}"),
            None => assert!(told.contains("shop/www") && !told.contains("If nothing uses it"), "{told}"),
        }
    }
}
