//! The directory of reports: whatever lies in it, a run ends, and says what it could not use.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use certnotify::event::EventKind;
use certnotify::record::{Spool, SpoolNotice};
use tempfile::TempDir;
use time::Duration;

use super::command::{Place, ended};
use super::{NOW, report};

fn spool(folder: &TempDir) -> Spool {
    Spool::beside(&folder.path().join("state.json")).unwrap()
}

fn names(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path().join("events")).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn what_is_put_down_is_read_back_oldest_first_and_removed() {
    let folder = TempDir::new().unwrap();
    let spool = spool(&folder);
    assert_eq!(spool.read(), (Vec::new(), Vec::new()));
    let mut put = Vec::new();
    for minutes in [3, 1, 2] {
        let mut told = report(EventKind::Hosting, None);
        told.at = NOW + Duration::minutes(minutes);
        put.push(spool.add(&told).unwrap());
    }
    put.sort_by_key(|report| report.at);
    let (read, notices) = spool.take(NOW);
    assert_eq!((&read, notices), (&put, Vec::new()));
    let mode = |path: &str| fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("events"), mode(&format!("events/{}.json", put[0].id))), (0o700, 0o600));
    assert_eq!(spool.remove(&read), []);
    assert_eq!(names(&folder), <[String; 0]>::default());
    assert_eq!(spool.remove(&read), [], "what is gone is no trouble");
}

#[test]
fn two_states_in_one_directory_leave_each_other_their_reports() {
    let folder = TempDir::new().unwrap();
    let trial = Spool::beside(&folder.path().join("trial.state.json")).unwrap();
    trial.add(&report(EventKind::Hosting, None)).unwrap();
    assert_eq!(spool(&folder).take(NOW), (Vec::new(), Vec::new()));
    assert_eq!(trial.take(NOW).0.len(), 1);
}

#[test]
fn damaged_reports_are_set_aside_and_said_and_hide_no_good_one() {
    let folder = TempDir::new().unwrap();
    let spool = spool(&folder);
    let good = spool.add(&report(EventKind::Hosting, None)).unwrap();
    let at = |name: &str| folder.path().join("events").join(name);
    fs::write(at("1-empty.json"), "").unwrap();
    fs::write(at("2-garbage.json"), [0xff, 0x00, 0x1b]).unwrap();
    fs::write(at("3-deep.json"), "[".repeat(60_000)).unwrap();
    fs::File::create(at("4-huge.json")).unwrap().set_len(40 << 30).unwrap();
    std::os::unix::fs::symlink("/dev/zero", at("5-link.json")).unwrap();
    assert!(Command::new("mkfifo").arg(at("6-fifo.json")).status().unwrap().success());
    fs::create_dir(at("7-folder.json")).unwrap();
    let forged =
        fs::read_to_string(at(&format!("{}.json", good.id))).unwrap().replace("business.hosting", "alert.expired");
    fs::write(at("8-forged.json"), forged).unwrap();
    fs::write(at("notes.txt"), "mine").unwrap();

    let (untouched, _) = spool.read();
    assert_eq!(names(&folder).iter().filter(|name| name.ends_with(".damaged")).count(), 0);
    let (read, notices) = spool.take(NOW);
    assert_eq!((&read, &untouched), (&vec![good.clone()], &vec![good]));
    let [SpoolNotice::Damaged { name, set_aside: true, more: 7, .. }] = notices.as_slice() else {
        panic!("{notices:?}")
    };
    assert_eq!(name, "1-empty.json");
    assert_eq!(names(&folder).iter().filter(|name| name.ends_with(".json.damaged")).count(), 8);
    assert!(at("notes.txt").exists());
    assert_eq!(spool.take(NOW), (read, Vec::new()), "it is said once");
}

#[test]
fn what_a_later_version_wrote_is_left_alone() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("events")).unwrap();
    let file = folder.path().join("events/1.json");
    fs::write(&file, r#"{"version": 2, "news": []}"#).unwrap();
    let (read, notices) = spool(&folder).take(NOW);
    assert_eq!(read, []);
    assert!(matches!(notices.as_slice(), [SpoolNotice::Newer { .. }]), "{notices:?}");
    assert!(file.exists());
}

#[test]
fn words_that_were_forged_in_the_file_are_cleaned_when_it_is_read() {
    let folder = TempDir::new().unwrap();
    let spool = spool(&folder);
    let mut told = report(EventKind::Notice, None);
    told.message = Some("hello".to_owned());
    told.url = Some("https://example.com/".to_owned());
    let id = spool.add(&told).unwrap().id;
    let file = folder.path().join("events").join(format!("{id}.json"));
    let forged = fs::read_to_string(&file)
        .unwrap()
        .replace("hello", &format!("\\u001b[2J{}", "x".repeat(5000)))
        .replace("https://example.com/", "https://bank.example@evil.example/");
    fs::write(&file, forged).unwrap();
    let (read, _) = spool.take(NOW);
    let message = read[0].message.as_deref().unwrap();
    assert!(message.starts_with("[2Jxxx") && message.chars().count() == 1000);
    assert_eq!(read[0].url, None);
}

#[test]
fn a_run_ends_whatever_lies_among_the_reports_and_says_it_once() {
    let place = Place::new("");
    ended(&place.certnotify(&["run"]), 0);
    let events = place.state().with_file_name("events");
    fs::create_dir_all(&events).unwrap();
    assert!(Command::new("mkfifo").arg(events.join("a\u{1b}.json")).status().unwrap().success());
    let said = ended(&place.certnotify(&["run", "--quiet"]), 1);
    assert!(said.contains("damaged") && said.contains("FIFO") && !said.contains('\u{1b}'), "{said}");
    assert_eq!(ended(&place.certnotify(&["run", "--quiet"]), 0), "");
}
