//! One place that several entries watch: the contacts of each are told as if it were the only one.

use certnotify::event::FindingId;
use certnotify::render::Body;

use super::{NOW, day, with_left};
use crate::support::scenario::{Look, Scenario};

const CONTACTS: &str = "[contacts.ops]\nemail = \"ops@example.com\"\n[contacts.dev]\nemail = \"dev@example.com\"\n\
    [policies.default]\nchannels = [\"email\"]\nevents = [\"business\", \"alerts\"]\nfrequency = \"1d\"\n";

/// Two entries, of ops and of dev, each with a pattern and further keys.
fn entries(one: [&str; 2], two: [&str; 2]) -> String {
    let entry = |name: &str, contact: &str, [file, keys]: [&str; 2]| {
        format!("[[certificates]]\nname = \"{name}\"\nfile = \"{file}\"\ncontacts = \"{contact}\"\n{keys}\n")
    };
    format!("{CONTACTS}{}{}", entry("one", "ops", one), entry("two", "dev", two))
}

/// Both look at the same files.
fn policy(of_one: &str, of_two: &str) -> String {
    entries(["/etc/ssl/*.pem", of_one], ["/etc/ssl/*.pem", of_two])
}

fn both_look(story: &mut Scenario, looks: &[Look]) {
    for entry in ["one", "two"] {
        story.looks(entry, looks);
    }
}

fn beginning(policy: &str, days: i64) -> Scenario {
    let mut story = Scenario::new(policy);
    let other = Look::file("/etc/ssl/b.pem", &with_left("b.example", 150));
    both_look(&mut story, &[Look::file("/etc/ssl/a.pem", &with_left("a.example", days)), other]);
    assert_eq!(story.occurrences(NOW), [""; 0]);
    story
}

/// What is told in the days after when the first file shows this.
fn afterwards(mut story: Scenario, shown: Option<Look>) -> Vec<String> {
    let other = Look::file("/etc/ssl/b.pem", &with_left("b.example", 150));
    let looks: Vec<Look> = shown.into_iter().chain([other]).collect();
    both_look(&mut story, &looks);
    (1..5).flat_map(|number| story.occurrences(day(number))).collect()
}

#[test]
fn the_contacts_of_all_of_them_are_told_what_happened_there() {
    let off = "notifications = false";
    for (one, two, whom) in [("", "", "dev+ops"), (off, "", "dev"), ("", off, "ops")] {
        let story = || beginning(&policy(one, two), 140);
        let renewed = Look::file("/etc/ssl/a.pem", &with_left("a.example", 190));
        assert_eq!(afterwards(story(), Some(renewed)), [format!("business.hosting {whom}")]);
        let another = Look::file("/etc/ssl/a.pem", &with_left("c.example", 190));
        assert_eq!(afterwards(story(), Some(another)), [format!("business.deletion {whom}")]);
        assert_eq!(afterwards(story(), None), [format!("business.deletion {whom}")]);
    }
}

#[test]
fn the_contacts_of_all_of_them_are_told_that_the_key_became_readable() {
    let mut story = beginning(&policy("", ""), 140);
    let look = |by_others| Look::file("/etc/ssl/a.pem", &with_left("a.example", 140)).key("/k", false, by_others);
    let other = Look::file("/etc/ssl/b.pem", &with_left("b.example", 150));
    both_look(&mut story, &[look(false), other.clone()]);
    assert_eq!(story.occurrences(day(1)), [""; 0]);
    both_look(&mut story, &[look(true), other]);
    assert_eq!(story.occurrences(day(2)), ["business.sharing dev+ops"]);
}

#[test]
fn while_their_folder_is_away_all_of_them_go_on_reminding_and_none_is_told_that_it_ended() {
    let mut story = beginning(&policy("", ""), 31);
    both_look(&mut story, &[Look::nothing("/etc/ssl/*.pem", None)]);
    assert_eq!(story.told(day(1)), ["dev email 1", "ops email 1"]);
    let occurrences: Vec<String> = story.history.occurrences.keys().map(|id| id.as_str().to_owned()).collect();
    assert_eq!(occurrences.len(), 1, "{occurrences:?}");
    assert!(occurrences[0].starts_with("alert.anomaly "), "{occurrences:?}");
    for number in 2..6 {
        assert_eq!(story.told(day(number)), ["dev email 1", "ops email 1"], "{number}");
    }
}

#[test]
fn a_glob_beside_an_entry_for_the_file_alone_goes_on_with_it_while_it_is_missing() {
    let mut story = Scenario::new(&entries(["/etc/ssl/a.pem", ""], ["/etc/ssl/*.pem", ""]));
    let a = Look::file("/etc/ssl/a.pem", &with_left("a.example", 100));
    let other = Look::file("/etc/ssl/b.pem", &with_left("b.example", 150));
    story.looks("one", &[a.clone().asked_by("/etc/ssl/a.pem")]).looks("two", &[a.clone(), other.clone()]);
    assert_eq!(story.occurrences(day(0)), [""; 0]);
    story.looks("one", &[Look::absent("/etc/ssl/a.pem")]).looks("two", std::slice::from_ref(&other));
    assert_eq!(story.occurrences(day(1)), [""; 0], "it may be on its way back");
    story.looks("one", &[a.clone().asked_by("/etc/ssl/a.pem")]).looks("two", &[a, other]);
    assert_eq!(story.occurrences(day(2)), [""; 0]);
}

#[test]
fn the_one_that_stays_goes_on_when_the_first_is_taken_out_while_their_folder_is_away() {
    let mut story = beginning(&policy("", ""), 31);
    story.rewritten(&format!(
        "{CONTACTS}[[certificates]]\nname = \"two\"\nfile = \"/etc/ssl/*.pem\"\ncontacts = \"dev\"\n"
    ));
    story.looks("two", &[Look::nothing("/etc/ssl/*.pem", None)]);
    assert_eq!(story.told(day(1)), ["dev email 1", "ops email 0"], "one reminder, and the word to ops that it ended");
    for number in 2..6 {
        assert_eq!(story.told(day(number)), ["dev email 1"], "{number}");
    }
}

#[test]
fn an_entry_that_gets_another_name_while_its_folder_is_away_goes_on() {
    let mut story = beginning(&policy("", ""), 31);
    story.rewritten(&policy("", "").replace("\"one\"", "\"first\"").replace("\"two\"", "\"second\""));
    for entry in ["first", "second"] {
        story.looks(entry, &[Look::nothing("/etc/ssl/*.pem", None)]);
    }
    for number in 1..6 {
        assert_eq!(story.told(day(number)), ["dev email 1", "ops email 1"], "{number}");
    }
    assert_eq!(story.history.places.len(), 2);
}

/// A glob of ops, and then one of its files of dev: the memory has the pattern of the second.
fn glob_and_file() -> (Scenario, String) {
    let policy = entries(["/etc/ssl/*.pem", ""], ["/etc/ssl/a.pem", ""]);
    let mut story = Scenario::new(&policy);
    let a = Look::file("/etc/ssl/a.pem", &with_left("a.example", 31));
    story.looks("one", &[a.clone(), Look::file("/etc/ssl/b.pem", &with_left("b.example", 150))]);
    story.looks("two", &[a.asked_by("/etc/ssl/a.pem")]);
    assert_eq!(story.occurrences(NOW), [""; 0]);
    (story, policy)
}

#[test]
fn a_glob_goes_on_when_the_entry_for_one_of_its_files_is_taken_out_while_the_folder_is_away() {
    let (mut story, policy) = glob_and_file();
    story.rewritten(policy.split("[[certificates]]\nname = \"two\"").next().unwrap());
    story.looks("one", &[Look::nothing("/etc/ssl/*.pem", None)]);
    assert_eq!(story.told(day(1)), ["dev email 0", "ops email 1"], "dev is told that it ended");
    for number in 2..6 {
        assert_eq!(story.told(day(number)), ["ops email 1"], "{number}");
    }
}

#[test]
fn a_glob_that_gets_another_name_while_its_folder_is_away_goes_on_beside_an_entry_for_one_of_its_files() {
    let (mut story, policy) = glob_and_file();
    story.rewritten(&policy.replace("\"one\"", "\"first\""));
    story.looks("first", &[Look::nothing("/etc/ssl/*.pem", None)]);
    story.looks("two", &[Look::failed("/etc/ssl/a.pem", FindingId::Unreadable).asked_by("/etc/ssl/a.pem")]);
    for number in 1..6 {
        assert_eq!(story.told(day(number)), ["dev email 1", "ops email 1"], "{number}");
    }
}

#[test]
fn a_deletion_is_told_though_the_entry_has_another_name_by_then() {
    let mut story = beginning(&policy("", ""), 140);
    let other = Look::file("/etc/ssl/b.pem", &with_left("b.example", 150));
    both_look(&mut story, std::slice::from_ref(&other));
    assert_eq!(story.occurrences(day(1)), [""; 0]);
    story.rewritten(&policy("", "").replace("\"one\"", "\"first\"").replace("\"two\"", "\"second\""));
    story.looks("first", std::slice::from_ref(&other)).looks("second", std::slice::from_ref(&other));
    assert_eq!(story.occurrences(day(2)), ["business.deletion dev+ops"]);
}

#[test]
fn each_of_them_is_told_what_is_wrong_by_its_own_names() {
    let mut story = Scenario::new(&policy("covers = [\"one.example\", \"a.example\"]", "covers = [\"two.example\"]"));
    both_look(&mut story, &[Look::file("/etc/ssl/a.pem", &with_left("a.example", 140))]);
    assert_eq!(story.occurrences(NOW), ["alert.anomaly dev+ops"]);
    for message in &story.sent {
        let text = message.text.replace('\n', " ");
        assert!(text.contains("one.example") && text.contains("two.example"), "{text}");
    }
}

#[test]
fn each_of_them_is_called_by_its_own_name() {
    let policy = entries(["/etc/ssl/a.pem", ""], ["/etc/ssl/a.pem", ""]).replace("[\"email\"]", "[\"webhook\"]");
    let policy = policy.replace("email = \"ops@example.com\"", "webhook = { url = \"https://ops.example\" }");
    let policy = policy.replace("email = \"dev@example.com\"", "webhook = { url = \"https://dev.example\" }");
    let mut story = Scenario::new(&policy);
    for (nth, days) in [20, 190, -1].into_iter().enumerate() {
        let look = Look::file("/etc/ssl/a.pem", &with_left("a.example", days)).asked_by("/etc/ssl/a.pem");
        both_look(&mut story, &[look]);
        story.run(day(nth.try_into().unwrap()));
        for (contact, name) in [("ops", "one//etc/ssl/a.pem"), ("dev", "two//etc/ssl/a.pem")] {
            let message = story.sent.iter().find(|message| message.contact.as_str() == contact).unwrap();
            let Body::Chat { payload, .. } = &message.body else { panic!("a webhook has a payload") };
            assert_eq!(payload["data"]["items"][0]["name"], name, "{days} {payload}");
        }
    }
}
