//! A certificate or key at a further place, and what is no sharing.

use certnotify::certificate::Certificate;
use certnotify::event::{Detail, EventKind};

use super::{NOW, WATCH, day, with_left};
use crate::event::command::{Place, ended};
use crate::support::certificates;
use crate::support::scenario::{Look, Scenario};

fn file(name: &str, leaf: &Certificate) -> Look {
    Look::file(&format!("/etc/ssl/{name}.pem"), leaf)
}

#[test]
fn a_place_that_changes_to_what_another_holds_shares_it() {
    let mut story = Scenario::new(WATCH);
    let (one, two) = (with_left("a.example", 100), with_left("b.example", 100));
    story.looks("files", &[file("a", &one), file("b", &two)]).occurrences(NOW);
    story.looks("files", &[file("a", &one), file("b", &one)]);
    assert_eq!(story.occurrences(day(1)), ["business.sharing ops"]);
    assert!(matches!(&story.details(EventKind::Sharing)[..], [Detail::Shared { places }] if places.len() == 2));
    assert!(!story.occurrences(day(2)).iter().any(|row| row.contains("sharing")));
}

#[test]
fn a_renewal_with_the_key_of_another_place_shares_the_key() {
    let mut story = Scenario::new(WATCH);
    let with_key = |name: &str, days: i64, key: u8| {
        let mut leaf = with_left(name, days);
        leaf.key.id = Some(certnotify::certificate::Fingerprint::new([key; 32]));
        leaf
    };
    let one = with_key("a.example", 100, 1);
    story.looks("files", &[file("a", &one), file("b", &with_key("b.example", 50, 2))]).occurrences(NOW);
    story.looks("files", &[file("a", &one), file("b", &with_key("b.example", 150, 1))]);
    assert_eq!(story.occurrences(day(1)), ["business.hosting ops", "business.sharing ops"]);
}

#[test]
fn a_renewal_that_keeps_the_key_that_another_place_had_before_shares_nothing_new() {
    let mut story = Scenario::new(WATCH);
    let looks = |days: i64, keys: [u8; 2]| -> Vec<Look> {
        let names = ["a", "b"].into_iter().zip(keys).zip([80, days]);
        let leaf = |((name, key), left)| {
            let mut leaf = with_left(&format!("{name}.example"), left);
            leaf.key.id = Some(certnotify::certificate::Fingerprint::new([key; 32]));
            file(name, &leaf)
        };
        names.map(leaf).collect()
    };
    story.looks("files", &looks(50, [1, 1])).occurrences(NOW);
    story.looks("files", &looks(60, [1, 1]));
    assert_eq!(story.occurrences(day(1)), ["business.hosting ops"]);
    // One that it had, gave up and takes up again is shared anew.
    story.looks("files", &looks(70, [1, 2])).occurrences(day(2));
    story.looks("files", &looks(75, [1, 1]));
    assert_eq!(story.occurrences(day(3)), ["business.hosting ops", "business.sharing ops"]);
}

#[test]
fn a_wildcard_at_forty_places_that_is_renewed_place_by_place_is_no_sharing() {
    let mut story = Scenario::new(WATCH);
    let (old, new) = (with_left("*.example", 20), with_left("*.example", 180));
    let looks = |renewed: usize| -> Vec<Look> {
        (0..40).map(|number| file(&format!("n{number}"), if number < renewed { &new } else { &old })).collect()
    };
    story.looks("files", &looks(0)).occurrences(NOW);
    let mut occurrences = Vec::new();
    for renewed in 1..=40 {
        story.looks("files", &looks(renewed));
        occurrences.extend(story.occurrences(NOW + time::Duration::hours(i64::try_from(renewed).unwrap())));
    }
    assert_eq!(occurrences, ["business.hosting ops"]);
}

#[test]
fn a_key_that_all_had_and_that_all_replace_together_is_no_sharing_but_one_more_with_it_is() {
    let mut story = Scenario::new(WATCH);
    let with_key = |name: &str, days: i64, key: u8| {
        let mut leaf = with_left(name, days);
        leaf.key.id = Some(certnotify::certificate::Fingerprint::new([key; 32]));
        leaf
    };
    let looks = |days: i64, keys: [u8; 4]| -> Vec<Look> {
        let names = ["a", "b", "c", "d"].iter().zip(keys);
        names.map(|(name, key)| file(name, &with_key(&format!("{name}.example"), days, key))).collect()
    };
    let is_sharing = |rows: Vec<String>| rows.iter().any(|row| row.contains("sharing"));
    story.looks("files", &looks(50, [1, 1, 1, 9])).occurrences(NOW);
    story.looks("files", &looks(150, [2, 2, 2, 9]));
    assert!(!is_sharing(story.occurrences(day(1))));
    story.looks("files", &looks(250, [3, 3, 3, 3]));
    assert!(is_sharing(story.occurrences(day(2))));
}

#[test]
fn a_first_look_at_a_copy_is_no_sharing() {
    let mut story = Scenario::new(WATCH);
    let one = with_left("a.example", 100);
    story.looks("files", &[file("a", &one)]).occurrences(NOW);
    story.looks("files", &[file("a", &one), file("copy", &one)]);
    assert_eq!(story.occurrences(day(1)), [""; 0]);
}

#[test]
fn a_renewal_that_reaches_the_endpoint_after_the_file_is_no_sharing() {
    let mut story = Scenario::new(WATCH);
    let (old, older) = (with_left("edge.example", 60), with_left("edge.example", 20));
    let edge = |leaf: &Certificate| Look::endpoint("edge.example:443", leaf);
    story.looks("files", &[file("edge", &old)]).looks("edge", &[edge(&older)]).occurrences(NOW);
    story.looks("edge", &[edge(&old)]);
    assert_eq!(story.occurrences(day(1)), ["business.hosting ops"]);
}

#[test]
fn a_file_and_what_it_deploys_to_are_no_sharing() {
    let declared = WATCH.replace("name = \"files\"", "name = \"files\"\n    deploys-to = [\"edge.example\"]");
    for (toml, told) in [(WATCH.to_owned(), 1), (declared, 0)] {
        let mut story = Scenario::new(&toml);
        let (kept, other) = (with_left("edge.example", 100), with_left("default.example", 100));
        let edge = |leaf: &Certificate| Look::endpoint("edge.example:443", leaf);
        story.looks("files", &[file("edge", &kept)]).looks("edge", &[edge(&other)]).occurrences(NOW);
        story.looks("edge", &[edge(&kept)]);
        let occurrences = story.occurrences(day(1));
        assert_eq!(occurrences.iter().filter(|row| row.contains("sharing")).count(), told, "{occurrences:?}");
    }
}

#[test]
fn a_private_key_that_becomes_readable_is_told_and_one_that_always_was_is_not() {
    let mut story = Scenario::new(WATCH);
    let one = with_left("a.example", 100);
    let look = |group, others| file("a", &one).key("/etc/ssl/a.key", group, others);
    story.looks("files", &[look(true, false)]);
    assert_eq!(story.occurrences(NOW), [""; 0]);
    story.looks("files", &[look(true, true)]);
    assert_eq!(story.occurrences(day(1)), ["business.sharing ops"]);
    assert_eq!(story.occurrences(day(2)), [""; 0]);
    story.looks("files", &[look(false, false)]);
    assert_eq!(story.occurrences(day(3)), [""; 0]);
}

#[test]
fn a_key_on_the_disk_that_everybody_may_read_since_the_last_run_is_told_once() {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    let place = Place::new("");
    let own = certificates::leaf(&["www.example.com"]).self_signed();
    let key = place.folder().join("www.key");
    fs::write(place.folder().join("www.pem"), &own.pem).unwrap();
    fs::write(&key, &own.key_pem).unwrap();
    let mode = |mode| fs::set_permissions(&key, Permissions::from_mode(mode)).unwrap();
    let told = || ended(&place.certnotify(&["run", "--format", "json"]), 0).matches("key readable").count();
    mode(0o600);
    assert_eq!(told(), 0);
    mode(0o644);
    assert_eq!((told(), told()), (1, 0));
    mode(0o600);
    assert_eq!(told(), 0);
}
