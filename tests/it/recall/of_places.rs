//! What the history lists of places without a certificate, after runs that sent.

use std::fs;

use certnotify::event::FindingId;
use time::Duration;

use super::{Memory, POLICIES, THEN};
use crate::dated::World;
use crate::support::certificates::leaf;
use crate::support::scenario::{Look, Scenario};

#[test]
fn what_one_address_had_before_the_other_is_listed_twice() {
    let both = POLICIES.replace("\"ops@example.com\"", "[\"a@example.com\", \"b@example.com\"]");
    let mut story = Scenario::new(&format!("{both}events = [\"alerts\"]\n"));
    story.dead = vec!["b@example.com".to_owned()];
    story.looks("www", &[Look::failed("/etc/ssl/www.pem", FindingId::Unreadable)]);
    (0..4).for_each(|day| drop(story.run(THEN + Duration::days(day))));
    story.dead.clear();
    let mut merged = story.history.clone();
    story.run(THEN + Duration::days(6));
    merged.merge(story.history);
    let memory = Memory { history: merged, ..Memory::new() }.saved();
    let told = memory.certnotify(&["history"]).stdout;
    let days: Vec<&str> = told.lines().filter(|line| line.contains("email")).map(|line| &line[..10]).collect();
    assert_eq!(days, ["2026-11-15", "2026-11-20"], "{told}");
}

#[test]
fn what_was_told_of_a_place_that_two_entries_watch_is_listed_by_the_name_of_each() {
    let two =
        format!("{POLICIES}events = [\"alerts\"]\n[[certificates]]\nname = \"two\"\nfile = \"/etc/ssl/www.pem\"\n");
    let mut story = Scenario::new(&two);
    let failed = || Look::failed("/etc/ssl/www.pem", FindingId::Unreadable);
    story.looks("www", &[failed()]).looks("two", &[failed()]);
    (0..2).for_each(|day| drop(story.run(THEN + Duration::days(day))));
    let mut memory = Memory { history: story.history, ..Memory::new() };
    fs::write(memory.policies(), two).unwrap();
    memory = memory.saved();
    for name in ["www", "two"] {
        let told = memory.certnotify(&["history", name, "--format", "json"]).json();
        assert_eq!(told["deliveries"][0]["certificate"], "www//etc/ssl/www.pem", "{told}");
    }
}

#[test]
fn what_was_told_of_a_certificate_that_stands_elsewhere_too_is_kept_and_said() {
    let world = World::new();
    let pem = leaf(&["www.example.com"]).left(Duration::days(5)).self_signed().pem;
    for file in ["a.pem", "b.pem"] {
        world.put(file, &pem);
    }
    let entry = |name: &str, file: &str| format!("[[certificates]]\nname = \"{name}\"\nfile = \"{file}\"\n");
    world.watches(&(entry("one", "a.pem") + &entry("two", "b.pem")));
    assert_eq!(world.told().len(), 1);
    let said = world.runs(&["state", "forget", "one"]).stdout;
    let wanted = "with it    0 certificates, 0 deliveries, 0 events that wait, 0 snoozes\n\
                  next       the next run looks there for the first time\n\
                  kept       what was told of a certificate that stands elsewhere, too: to be told again, forget `two` as well\n";
    assert!(said.ends_with(wanted), "{said}");
    assert_eq!(world.told().len(), 0);
    world.runs(&["state", "forget", "one"]);
    let said = world.runs(&["state", "forget", "two"]).stdout;
    assert!(said.ends_with("for the first time, and tells again what is due\n"), "{said}");
    assert_eq!(world.told().len(), 1);
}

#[test]
fn the_last_part_of_an_entry_means_all_that_it_watches() {
    let world = World::new();
    let pem = |name: &str| leaf(&[name]).left(Duration::days(5)).self_signed().pem;
    fs::create_dir(world.path("certs")).unwrap();
    world.put("both.pem", &(pem("a.example.com") + &pem("b.example.com")));
    world.put("certs/c.pem", &pem("c.example.com"));
    world.put("certs/d.pem", &pem("d.example.com"));
    let entry = |name: &str, file: &str| format!("[[certificates]]\nname = \"{name}\"\nfile = \"{file}\"\n");
    world.watches(&(entry("shop/www", "both.pem") + &entry("team/live", "certs/*.pem")));
    world.runs(&["run"]);
    for (whole, part) in [("shop/www", "www"), ("shop/www", "WWW"), ("team/live", "live")] {
        for command in ["history", "plan", "state show", "state forget --dry-run", "snooze --clear"] {
            let said = |name: &str| {
                let arguments: Vec<&str> = command.split(' ').chain([name]).collect();
                let ran = world.runs(&arguments);
                (ran.code, ran.stdout, ran.stderr)
            };
            assert_eq!(said(part), said(whole), "{command} {part}");
            assert_eq!(said(part).0, 0, "{command} {part}");
        }
    }
    world.runs(&["event", "revocation", "--certificate", "www"]);
    let told = world.last_message();
    assert!(told.contains("a.example.com") && told.contains("b.example.com"), "{told}");
}
