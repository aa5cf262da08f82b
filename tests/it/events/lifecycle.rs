//! Renewed, deleted, replaced.

use certnotify::certificate::{Certificate, CertificateKind};
use certnotify::event::{Detail, EventKind, FindingId};
use certnotify::observation::Folder;
use time::Duration;

use super::{NOW, WATCH, day, with_left};
use crate::containers;
use crate::event::command::Place;
use crate::support::certificates;
use crate::support::scenario::{Look, Scenario};
use crate::support::unwrapped;

#[test]
fn the_first_run_invents_no_past() {
    let mut story = Scenario::new(WATCH);
    story.looks("files", &[Look::file("/etc/ssl/a.pem", &with_left("a.example", -500))]);
    assert_eq!(story.occurrences(NOW), [""; 0]);
}

#[test]
fn a_successor_in_its_place_is_told_once_with_the_old_certificate() {
    let mut story = Scenario::new(WATCH);
    let (old, new) = (with_left("a.example", 20), with_left("a.example", 180));
    story.looks("files", &[Look::file("/etc/ssl/a.pem", &old)]).occurrences(NOW);
    story.looks("files", &[Look::file("/etc/ssl/a.pem", &new)]);
    assert_eq!(story.occurrences(day(1)), ["business.hosting ops"]);
    assert!(matches!(&story.details(EventKind::Hosting)[..], [Detail::Renewed { new: shown }] if **shown == new));
    assert_eq!(story.occurrences(day(2)), [""; 0]);
}

#[test]
fn a_revocation_list_that_is_issued_anew_is_no_news() {
    let mut story = Scenario::new(WATCH);
    let list = |days| Certificate { kind: CertificateKind::RevocationList, ..with_left("a.example", days) };
    story.looks("files", &[Look::file("/etc/ssl/ca.crl", &list(150))]).occurrences(NOW);
    story.looks("files", &[Look::file("/etc/ssl/ca.crl", &list(157))]);
    assert_eq!(story.occurrences(day(7)), [""; 0]);
}

#[test]
fn recipients_reminded_of_the_old_one_are_told_that_it_is_renewed_though_not_subscribed() {
    let expirations = WATCH.replace(r#"["business", "alerts", "service-changes"]"#, r#"["expiration"]"#);
    let mut story = Scenario::new(&expirations);
    story.looks("files", &[Look::file("/etc/ssl/a.pem", &with_left("a.example", 20))]);
    assert_eq!(story.told(NOW), ["ops email 1"]);
    story.looks("files", &[Look::file("/etc/ssl/a.pem", &with_left("a.example", 180))]);
    assert_eq!(story.occurrences(day(1)), ["business.hosting ops"]);
}

#[test]
fn recipients_told_that_it_is_renewed_are_told_that_the_old_one_is_back_though_not_subscribed() {
    let expirations = WATCH.replace(r#"["business", "alerts", "service-changes"]"#, r#"["expiration"]"#);
    let mut story = Scenario::new(&expirations);
    let (old, new) = (with_left("a.example", 20), with_left("a.example", 180));
    story.looks("files", &[Look::file("/etc/ssl/a.pem", &old)]).told(NOW);
    story.looks("files", &[Look::file("/etc/ssl/a.pem", &new)]);
    assert_eq!(story.occurrences(day(1)), ["business.hosting ops"]);
    story.looks("files", &[Look::file("/etc/ssl/a.pem", &old)]);
    let occurrences: Vec<String> = (2..6).flat_map(|number| story.occurrences(day(number))).collect();
    assert_eq!(occurrences, ["business.deletion ops"]);
}

#[test]
fn the_old_one_is_back_in_its_file_though_the_new_one_stands_in_another_too() {
    let mut story = Scenario::new(&format!("{WATCH}\n[[certificates]]\nname = \"copy\"\nfile = \"/srv/copy.pem\"\n"));
    let (old, new) = (with_left("a.example", 20), with_left("a.example", 180));
    story.looks("files", &[Look::file("/etc/ssl/a.pem", &old)]).told(NOW);
    story.looks("files", &[Look::file("/etc/ssl/a.pem", &new)]);
    story.looks("copy", &[Look::file("/srv/copy.pem", &new)]);
    let renewed = story.occurrences(day(1));
    assert!(renewed.contains(&"business.hosting ops".to_owned()), "{renewed:?}");
    story.looks("files", &[Look::file("/etc/ssl/a.pem", &old)]);
    let occurrences: Vec<String> = (2..6).flat_map(|number| story.occurrences(day(number))).collect();
    assert_eq!(occurrences, ["business.deletion ops"]);
}

#[test]
fn recipients_told_of_a_renewal_in_a_file_beside_are_told_that_this_file_is_gone() {
    let expirations = WATCH.replace(r#"["business", "alerts", "service-changes"]"#, r#"["expiration"]"#);
    let mut story = Scenario::new(&expirations);
    let old = Look::file("/etc/ssl/a-1.pem", &with_left("a.example", 20));
    story.looks("files", std::slice::from_ref(&old)).told(NOW);
    let new = Look::file("/etc/ssl/a-2.pem", &with_left("a.example", 180));
    story.looks("files", &[old.clone(), new]);
    assert_eq!(story.occurrences(day(1)), ["business.hosting ops"]);
    story.looks("files", &[old]);
    let occurrences: Vec<String> = (2..6).flat_map(|number| story.occurrences(day(number))).collect();
    assert_eq!(occurrences, ["business.deletion ops"]);
}

#[test]
fn old_and_new_served_in_turn_every_five_minutes_are_told_once() {
    let mut story = Scenario::new(WATCH);
    let (old, new) = (with_left("edge.example", 60), with_left("edge.example", 180));
    let mut occurrences = Vec::new();
    for turn in 0..200_i64 {
        story.looks("edge", &[Look::endpoint("edge.example:443", if turn % 2 == 0 { &old } else { &new })]);
        occurrences.extend(story.occurrences(NOW + Duration::minutes(5 * turn)));
    }
    assert_eq!(occurrences, ["business.hosting ops"]);
}

#[test]
fn a_file_is_deleted_when_two_runs_miss_it_in_a_folder_that_is_there() {
    let mut story = Scenario::new(WATCH);
    let (gone, other) = (with_left("a.example", 100), with_left("b.example", 100));
    story.looks("files", &[Look::file("/etc/ssl/a.pem", &gone), Look::file("/etc/ssl/b.pem", &other)]).occurrences(NOW);
    story.looks("files", &[Look::file("/etc/ssl/b.pem", &other)]);
    assert_eq!(story.occurrences(day(1)), [""; 0], "it may be on its way back");
    assert_eq!(story.occurrences(day(2)), ["business.deletion ops"]);
    assert_eq!(story.occurrences(day(3)), [""; 0]);
}

#[test]
fn the_only_file_of_a_folder_is_deleted_on_the_same_device() {
    let mut story = Scenario::new(WATCH);
    story.looks("files", &[Look::file("/etc/ssl/a.pem", &with_left("a.example", 100))]).occurrences(NOW);
    story.looks("files", &[Look::nothing("/etc/ssl/*.pem", Some(Folder { device: 1, is_empty: true }))]);
    assert_eq!(story.occurrences(day(1)), ["alert.anomaly ops"], "the entry lost all its members");
    assert_eq!(story.occurrences(day(2)), ["business.deletion ops"]);
}

#[test]
fn the_last_file_of_a_directory_is_deleted_though_other_files_stay_in_it() {
    let mut story = Scenario::new(WATCH);
    let a = with_left("a.example", 100);
    story.looks("files", &[Look::file("/etc/ssl/a.pem", &a).asked_by("/etc/ssl")]).occurrences(NOW);
    story.looks("files", &[Look::nothing("/etc/ssl", Some(Folder { device: 1, is_empty: false }))]);
    assert_eq!(story.occurrences(day(1)), ["alert.anomaly ops"]);
    assert_eq!(story.occurrences(day(2)), ["business.deletion ops"]);
}

#[test]
fn a_folder_that_is_not_mounted_deletes_nothing() {
    for folder in [Some(Folder { device: 2, is_empty: true }), None] {
        let mut story = Scenario::new(WATCH);
        story.looks("files", &[Look::file("/etc/ssl/a.pem", &with_left("a.example", 25))]);
        story.occurrences(NOW);
        story.looks("files", &[Look::nothing("/etc/ssl/*.pem", folder)]);
        let occurrences: Vec<String> = (1..9).flat_map(|number| story.occurrences(day(number))).collect();
        assert_eq!(occurrences, ["alert.anomaly ops"], "{folder:?}");
        assert!(story.history.places.contains_key("/etc/ssl/a.pem"));
    }
}

#[test]
fn a_certificate_that_was_moved_renewed_elsewhere_or_expired_is_not_deleted() {
    let old = with_left("a.example", 100);
    let moved = Look::file("/etc/ssl/new-name.pem", &old);
    let renewed = Look::file("/etc/ssl/a-2027.pem", &with_left("a.example", 180));
    for other in [moved, renewed] {
        let mut story = Scenario::new(WATCH);
        story.looks("files", &[Look::file("/etc/ssl/a.pem", &old)]).occurrences(NOW);
        story.looks("files", &[other]);
        assert_eq!((1..5).flat_map(|number| story.occurrences(day(number))).count(), 0);
    }
    let mut story = Scenario::new(WATCH);
    let kept = Look::file("/etc/ssl/b.pem", &with_left("b.example", 100));
    story.looks("files", &[Look::file("/etc/ssl/a.pem", &with_left("a.example", -1)), kept.clone()]).occurrences(NOW);
    story.looks("files", &[kept]);
    assert_eq!((1..5).flat_map(|number| story.occurrences(day(number))).count(), 0);
}

#[test]
fn another_certificate_that_is_no_successor_replaces_it_in_two_runs() {
    let mut story = Scenario::new(WATCH);
    story.looks("edge", &[Look::endpoint("edge.example:443", &with_left("edge.example", 100))]).occurrences(NOW);
    story.looks("edge", &[Look::endpoint("edge.example:443", &with_left("default.example", 180))]);
    assert_eq!(story.occurrences(day(1)).iter().filter(|row| row.contains("deletion")).count(), 0);
    assert_eq!(story.occurrences(day(2)), ["business.deletion ops"]);
    let details = story.details(EventKind::Deletion);
    assert!(
        matches!(&details[..], [Detail::Replaced { no_longer_covered, .. }] if no_longer_covered == &["edge.example"])
    );
    assert_eq!(story.occurrences(day(3)), [""; 0]);
}

#[test]
fn a_load_balancer_that_shows_another_one_at_random_for_months_replaced_it_once() {
    let mut story = Scenario::new(WATCH);
    let (own, other) = (with_left("edge.example", 190), with_left("default.example", 195));
    let mut occurrences = Vec::new();
    for hour in 0..(24 * 120_i64) {
        // Runs of two and more of each, so that the other one is a replacement again and again.
        let shows_other = (hour * hour / 7 + hour / 3) % 5 < 2;
        story.looks("edge", &[Look::endpoint("edge.example:443", if shows_other { &other } else { &own })]);
        occurrences.extend(story.occurrences(NOW + Duration::hours(hour)));
    }
    let replaced = occurrences.iter().filter(|row| row.starts_with("business.deletion")).count();
    assert!(replaced <= 2, "once for each of the two: {replaced}");
}

#[test]
fn a_moment_of_another_certificate_is_no_replacement() {
    let mut story = Scenario::new(WATCH);
    let (own, other) = (with_left("edge.example", 100), with_left("default.example", 180));
    let mut occurrences = Vec::new();
    for hour in 0..48_i64 {
        story.looks("edge", &[Look::endpoint("edge.example:443", if hour % 2 == 0 { &own } else { &other })]);
        occurrences.extend(story.occurrences(NOW + Duration::hours(hour)));
    }
    assert!(!occurrences.iter().any(|row| row.starts_with("business")), "{occurrences:?}");
}

#[test]
fn two_certificates_of_one_file_that_change_their_order_are_no_event() {
    let (one, two) = (with_left("a.example", 100), with_left("b.example", 100));
    let further =
        |leaf: &Certificate| Look::file(&format!("/etc/ssl/all.pem#{}", &leaf.fingerprint.short()[..8]), leaf);
    let mut story = Scenario::new(WATCH);
    story.looks("files", &[Look::file("/etc/ssl/all.pem", &one), further(&two)]).occurrences(NOW);
    story.looks("files", &[Look::file("/etc/ssl/all.pem", &two), further(&one)]);
    assert_eq!((1..5).flat_map(|number| story.occurrences(day(number))).count(), 0);
}

#[test]
fn a_further_certificate_of_a_file_is_renewed_in_its_file() {
    let (one, old, new) = (with_left("a.example", 100), with_left("b.example", 20), with_left("b.example", 180));
    let place = |leaf: &Certificate| format!("/etc/ssl/all.pem#{}", &leaf.fingerprint.short()[..8]);
    let mut story = Scenario::new(WATCH);
    let first = Look::file("/etc/ssl/all.pem", &one);
    story.looks("files", &[first.clone(), Look::file(&place(&old), &old)]).occurrences(NOW);
    story.looks("files", &[first, Look::file(&place(&new), &new)]);
    let occurrences: Vec<String> = (1..5).flat_map(|number| story.occurrences(day(number))).collect();
    assert_eq!(occurrences, ["business.hosting ops"]);
}

#[test]
fn an_endpoint_that_is_down_is_an_anomaly_in_two_runs_and_its_reminders_go_on() {
    let mut story = Scenario::new(WATCH);
    story.looks("edge", &[Look::endpoint("edge.example:443", &with_left("edge.example", 31))]).occurrences(NOW);
    story.looks("edge", &[Look::failed("edge.example:443", FindingId::Unreachable)]);
    assert_eq!(story.occurrences(day(1)), [""; 0]);
    assert_eq!(story.sent.len(), 1, "30 days before its end");
    assert_eq!(story.occurrences(day(2)), ["alert.anomaly ops"]);
}

/// Files `a.pem` and `b.pem` in a folder of their own, watched by a glob beside the one of the place.
fn folder_of_two() -> Place {
    let place = Place::new("[[certificates]]\nname = \"more\"\nfile = \"more/*.pem\"");
    std::fs::create_dir(place.folder().join("more")).unwrap();
    for name in ["a", "b"] {
        let leaf = certificates::leaf(&[&format!("{name}.example.com")]).self_signed();
        std::fs::write(place.folder().join(format!("more/{name}.pem")), leaf.pem).unwrap();
    }
    place
}

fn deletions(place: &Place) -> usize {
    let output = place.certnotify(&["run", "--format", "json"]);
    String::from_utf8_lossy(&output.stdout).matches("business.deletion").count()
}

#[test]
fn a_file_that_is_removed_from_the_disk_is_told_by_the_second_run_that_misses_it() {
    let place = folder_of_two();
    assert_eq!(deletions(&place), 0);
    std::fs::remove_file(place.folder().join("more/a.pem")).unwrap();
    assert_eq!([deletions(&place), deletions(&place), deletions(&place)], [0, 1, 0]);
}

/// What a run tells, in few words.
fn told(place: &Place) -> Vec<String> {
    let output = place.certnotify(&["run", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let reminders = report["messages"].as_array().unwrap().iter().filter_map(|message| message["reminders"].as_array());
    let mut told: Vec<String> =
        reminders.flatten().map(|it| format!("{}: {}", it["certificate"], it["why"]).replace('"', "")).collect();
    told.sort();
    told.dedup();
    told
}

#[test]
fn a_file_that_is_overwritten_by_a_copy_of_another_is_replaced_and_not_deleted() {
    for by_link in [false, true] {
        let place = folder_of_two();
        let (a, b) = (place.folder().join("more/a.pem"), place.folder().join("more/b.pem"));
        let right = std::fs::read(&a).unwrap();
        told(&place);
        if by_link {
            std::fs::remove_file(&a).unwrap();
            std::os::unix::fs::symlink("b.pem", &a).unwrap();
        } else {
            std::fs::copy(&b, &a).unwrap();
        }
        assert_eq!(told(&place), ["more/a.pem: shared"]);
        assert_eq!(told(&place), ["more/a.pem: replaced"]);
        assert_eq!((0..4).flat_map(|_| told(&place)).count(), 0);
        std::fs::remove_file(&a).unwrap();
        std::fs::write(&a, right).unwrap();
        assert_eq!(told(&place), ["more/a.pem: recovered"]);
        assert_eq!((0..3).flat_map(|_| told(&place)).count(), 0);
    }
}

#[test]
fn a_file_that_is_overwritten_by_a_copy_of_a_store_with_a_password_is_not_deleted() {
    let place = Place::new("[[certificates]]\nname = \"more\"\nfile = \"more/*\"\npassword = { file = \"password\" }");
    let store = containers::bytes("modern.p12");
    let (a, b) = (place.folder().join("more/a.p12"), place.folder().join("more/b.p12"));
    std::fs::create_dir(place.folder().join("more")).unwrap();
    std::fs::write(place.folder().join("password"), containers::PASSWORD).unwrap();
    std::fs::write(&a, certificates::leaf(&["a.example.com"]).self_signed().pem).unwrap();
    std::fs::write(b, &store).unwrap();
    told(&place);
    std::fs::write(a, &store).unwrap();
    let all: Vec<String> = (0..4).flat_map(|_| told(&place)).collect();
    assert_eq!(all, ["more/a.p12: shared", "more/a.p12: replaced"]);
}

#[test]
fn a_file_that_is_renewed_by_a_copy_of_another_is_told_as_renewed() {
    let place = folder_of_two();
    let names = ["a.example.com", "b.example.com"];
    let (a, b) = (place.folder().join("more/a.pem"), place.folder().join("more/b.pem"));
    told(&place);
    std::fs::write(&b, certificates::leaf(&names).left(Duration::days(80)).self_signed().pem).unwrap();
    std::fs::copy(&b, &a).unwrap();
    let told = told(&place);
    let renewed: Vec<&str> = told.iter().filter_map(|it| Some(it.split_once(": renewed")?.0)).collect();
    assert_eq!(renewed, ["more/a.pem", "more/b.pem"], "{told:?}");
}

#[test]
fn a_folder_that_is_away_from_the_disk_deletes_nothing_and_its_return_is_no_event() {
    let place = folder_of_two();
    assert_eq!(deletions(&place), 0);
    let (here, away) = (place.folder().join("more"), place.folder().join("away"));
    std::fs::rename(&here, &away).unwrap();
    assert_eq!([deletions(&place), deletions(&place), deletions(&place)], [0, 0, 0]);
    std::fs::rename(&away, &here).unwrap();
    assert_eq!([deletions(&place), deletions(&place)], [0, 0]);
}

#[test]
fn among_others_a_replaced_certificate_is_shown_with_the_time_when_it_was_seen_last() {
    let mut story = Scenario::new(WATCH);
    let mut show = |names: [&str; 2], on: i64| {
        let files = ["/etc/ssl/a.pem", "/etc/ssl/b.pem"].into_iter().zip(names);
        let looks: Vec<Look> = files.map(|(file, name)| Look::file(file, &with_left(name, 100))).collect();
        story.looks("files", &looks).run(day(on));
        story.sent.iter().map(|message| unwrapped(&message.text)).collect::<String>()
    };
    show(["a.example", "b.example"], 0);
    show(["c.example", "d.example"], 1);
    let text = show(["c.example", "d.example"], 2);
    assert!(text.contains("names a.example seen /etc/ssl/a.pem, 2027-05-01 09:00"), "{text}");
}
