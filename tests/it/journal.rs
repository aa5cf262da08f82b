//! The journal beside the state: what was recorded since the last whole generation is remembered after a crash, once.

mod runs;

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use certnotify::event::{Detail, EventKind, Evidence, Occurrence, OccurrenceId};
use certnotify::history::{Accepted, Change, Delivery, History, Moment, Recorder as _, Unanswered};
use certnotify::policy::{Channel, ContactName};
use certnotify::record::{self, Notice, Opened, RecordError, StateFile};
use tempfile::TempDir;
use time::OffsetDateTime;
use time::macros::datetime;

use super::memory::history;

const NOW: OffsetDateTime = datetime!(2026-11-22 08:07:12 UTC);
const POLICIES: &str = "/etc/certnotify/policies.toml";

/// That a message was not answered: so many of them are in a history.
fn step(number: usize) -> Change {
    Change::Unanswered(Unanswered { key: format!("message-{number}"), at: Moment(NOW), runs: 1 })
}

fn steps_in(history: &History) -> usize {
    history.unanswered.keys().filter(|key| key.starts_with("message-")).count()
}

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn state(&self) -> PathBuf {
        self.0.path().join("state.json")
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        self.0.path().join(format!("state.json{suffix}"))
    }

    fn try_open(&self) -> Result<Opened, RecordError> {
        // A program that another test starts has the lock for an instant.
        StateFile::open_within(Duration::from_secs(5), &self.state(), Path::new(POLICIES), false, NOW)
    }

    fn open(&self) -> Opened {
        self.try_open().unwrap()
    }

    fn read(&self) -> (History, Vec<Notice>) {
        record::read(&self.state(), Path::new(POLICIES), false, NOW).unwrap()
    }

    /// A run that ended without a word after so many messages of a generation of its own.
    fn crashed_after(self, messages: usize) -> Self {
        let mut opened = self.open();
        opened.file.save(&opened.history).unwrap();
        record_messages(&mut opened, messages);
        self
    }

    fn files(&self) -> Vec<(String, Vec<u8>)> {
        let files = fs::read_dir(self.0.path()).unwrap().map(|file| {
            let path = file.unwrap().path();
            (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap())
        });
        let mut files: Vec<_> = files.collect();
        files.sort();
        files
    }

    fn names(&self) -> Vec<String> {
        self.files().into_iter().map(|(name, _)| name).collect()
    }

    /// The journal without the room that was made in it.
    fn journal(&self) -> String {
        let bytes = fs::read(self.beside(".journal")).unwrap();
        String::from_utf8(bytes).unwrap().trim_end_matches('\0').to_owned()
    }
}

fn record_messages(opened: &mut Opened, messages: usize) {
    for number in 0..messages {
        let history = &mut opened.history;
        opened.file.make_room(history, 1000).unwrap();
        history.apply(&step(number));
        opened.file.append(history, &[step(number)]).unwrap();
    }
}

#[test]
fn a_message_is_one_line_of_the_journal_and_the_json_is_not_written_again() {
    let place = Place::new();
    let mut opened = place.open();
    opened.history = history(1);
    opened.file.save(&opened.history).unwrap();
    let written = place.state().metadata().unwrap().ino();
    record_messages(&mut opened, 3);
    assert_eq!(place.state().metadata().unwrap().ino(), written);
    let journal = place.journal();
    assert_eq!(journal.lines().count(), 1 + 3, "{journal}");
    assert_eq!(place.beside(".journal").metadata().unwrap().permissions().mode() & 0o7777, 0o600);

    opened.file.fold(&opened.history).unwrap();
    assert_eq!(place.names(), ["state.json", "state.json.lock", "state.json.previous"]);
    assert_eq!(steps_in(&place.read().0), 3);
}

#[test]
fn after_a_crash_what_was_recorded_is_read_without_a_change_and_folded_in_by_the_next_run() {
    let place = Place::new().crashed_after(3);
    let before = place.files();
    let (read, notices) = place.read();
    assert_eq!((steps_in(&read), notices), (3, Vec::new()));
    assert_eq!(place.files(), before, "reading changed something");

    let mut opened = place.open();
    assert_eq!((steps_in(&opened.history), opened.notices.len()), (3, 0));
    drop(opened);
    assert_eq!(steps_in(&place.read().0), 3, "it is there until a generation has it");
    opened = place.open();
    record_messages(&mut opened, 5);
    assert_eq!(place.journal().lines().count(), 1 + 5);
    drop(opened);
    assert_eq!(steps_in(&place.read().0), 5);
}

#[test]
fn what_a_crash_tore_off_is_passed_over() {
    let place = Place::new().crashed_after(3);
    let whole = place.journal();
    let last = whole.trim_end().rfind('\n').unwrap();
    for length in [last + 1, last + 2, whole.len() / 2 + last / 2, whole.len() - 1] {
        for rest in ["", "\0\0\0\0"] {
            fs::write(place.beside(".journal"), format!("{}{rest}", &whole[..length])).unwrap();
            let (read, notices) = place.read();
            assert_eq!((steps_in(&read), notices), (2, Vec::new()), "{length} of {} bytes", whole.len());
        }
    }
}

#[test]
fn damage_elsewhere_is_said_the_rest_is_used_and_the_journal_is_kept() {
    let place = Place::new().crashed_after(3);
    let damaged = place.journal().replacen("unanswered", "unanswer\"d", 1);
    fs::write(place.beside(".journal"), &damaged).unwrap();
    let (read, notices) = place.read();
    assert_eq!(steps_in(&read), 2);
    assert!(matches!(&notices[..], [notice @ Notice::Journal { .. }] if notice.is_problem()), "{notices:?}");

    let opened = place.open();
    assert_eq!(steps_in(&opened.history), 2);
    let [notice @ Notice::Journal { set_aside: Some(aside), .. }] = &opened.notices[..] else {
        panic!("{:?}", opened.notices)
    };
    assert!(notice.to_string().contains("line 2"), "{notice}");
    assert!(notice.help().contains("state.json.journal.damaged-20261122T080712Z"), "{}", notice.help());
    assert_eq!(fs::read_to_string(aside).unwrap(), damaged);
    drop(opened);
    let (read, notices) = place.read();
    assert_eq!((steps_in(&read), notices), (2, Vec::new()), "the rest of it is in the state now");
}

#[test]
fn a_journal_that_is_folded_in_is_never_replayed() {
    let fingerprint = history(0).certificates.into_keys().next().unwrap();
    let told = Change::Accepted(Accepted {
        contact: ContactName::new("ops"),
        channel: Channel::Lark,
        at: NOW,
        message: "5f".to_owned(),
        to: Vec::new(),
        all: Vec::new(),
        posted: None,
        reminders: vec![(fingerprint, EventKind::Expiration, "why".to_owned())],
        occurrences: Vec::new(),
    });
    let place = Place::new();
    let mut opened = place.open();
    opened.history = history(1);
    opened.file.make_room(&opened.history, 1000).unwrap();
    opened.history.apply(&told);
    opened.file.append(&opened.history, &[told]).unwrap();
    let journal = fs::read(place.beside(".journal")).unwrap();
    opened.file.fold(&opened.history).unwrap();
    let delivered = |history: &History| {
        history.told(fingerprint, EventKind::Expiration, &ContactName::new("ops"), Channel::Lark).unwrap().count()
    };
    // As where the run was killed between the two.
    fs::write(place.beside(".journal"), &journal).unwrap();
    let (read, notices) = place.read();
    assert_eq!((delivered(&read), notices), (1, Vec::new()));
    drop(opened);
    let mut opened = place.open();
    assert_eq!((delivered(&opened.history), opened.notices.len()), (1, 0));
    assert!(!place.beside(".journal").exists());

    // And one that comes back long after.
    opened.history.apply(&step(1));
    opened.file.save(&opened.history).unwrap();
    drop(opened);
    fs::write(place.beside(".journal"), &journal).unwrap();
    let opened = place.open();
    assert_eq!(delivered(&opened.history), 1);
    assert!(matches!(&opened.notices[..], [Notice::Journal { set_aside: Some(_), .. }]), "{:?}", opened.notices);
}

#[test]
fn a_journal_beside_a_state_that_was_restored_is_not_used_and_not_lost_in_silence() {
    let place = Place::new();
    let mut opened = place.open();
    opened.file.save(&history(9)).unwrap();
    let older = fs::read(place.state()).unwrap();
    opened.file.save(&history(2)).unwrap();
    opened.history = history(1);
    opened.file.save(&opened.history).unwrap();
    record_messages(&mut opened, 2);
    drop(opened);
    fs::write(place.state(), older).unwrap();
    let opened = place.open();
    assert_eq!(steps_in(&opened.history), 0);
    let [notice @ Notice::Journal { set_aside: Some(aside), .. }] = &opened.notices[..] else {
        panic!("{:?}", opened.notices)
    };
    assert!(notice.is_problem() && notice.to_string().contains("another generation"), "{notice}");
    assert!(fs::read_to_string(aside).unwrap().contains("message-1"));
}

#[test]
fn a_journal_without_its_state_is_not_lost_in_silence() {
    let place = Place::new().crashed_after(2);
    fs::remove_file(place.state()).unwrap();
    let before = place.files();
    let (read, notices) = place.read();
    assert_eq!(steps_in(&read), 0);
    assert!(matches!(&notices[..], [Notice::Journal { .. }]), "{notices:?}");
    assert_eq!(place.files(), before);
    let opened = place.open();
    assert!(matches!(&opened.notices[..], [Notice::Journal { set_aside: Some(_), .. }]), "{:?}", opened.notices);
}

#[test]
fn the_generation_before_a_damaged_one_takes_no_journal_of_another() {
    let place = Place::new();
    let mut opened = place.open();
    opened.file.save(&history(2)).unwrap();
    opened.history = history(1);
    opened.file.save(&opened.history).unwrap();
    record_messages(&mut opened, 2);
    drop(opened);
    fs::write(place.state(), "{").unwrap();
    let opened = place.open();
    assert_eq!((opened.history.last_run, steps_in(&opened.history)), (history(2).last_run, 0));
    let is_journal = |notice: &Notice| matches!(notice, Notice::Journal { set_aside: Some(_), .. });
    assert!(opened.notices.len() == 2 && opened.notices.iter().any(is_journal), "{:?}", opened.notices);
}

#[test]
fn a_file_that_is_no_journal_is_left_alone() {
    let place = Place::new();
    fs::write(place.beside(".journal"), "precious\n").unwrap();
    assert!(matches!(place.try_open(), Err(RecordError::NotAState { .. })));
    assert_eq!(place.names(), ["state.json.journal"]);

    fs::remove_file(place.beside(".journal")).unwrap();
    let target = place.0.path().join("elsewhere");
    fs::write(&target, "precious").unwrap();
    std::os::unix::fs::symlink(&target, place.beside(".journal")).unwrap();
    assert!(matches!(place.try_open(), Err(RecordError::NotAFile { what: "a symbolic link", .. })));
    assert_eq!(fs::read_to_string(&target).unwrap(), "precious");

    fs::remove_file(place.beside(".journal")).unwrap();
    let later = "{\"version\":2,\"generation\":\"5f\"}\n[{}]\n";
    fs::write(place.beside(".journal"), later).unwrap();
    assert!(matches!(place.try_open(), Err(RecordError::Newer { version: 2, .. })));
    assert_eq!(fs::read_to_string(place.beside(".journal")).unwrap(), later);
}

#[test]
fn the_journal_of_a_state_of_the_first_version_begins_with_the_next_message() {
    let place = Place::new();
    fs::write(place.state(), format!("{{\"version\": 1, \"policies\": \"{POLICIES}\"}}")).unwrap();
    let mut opened = place.open();
    record_messages(&mut opened, 2);
    drop(opened);
    assert_eq!(steps_in(&place.read().0), 2);
}

#[test]
fn what_several_addresses_are_owed_is_the_same_after_a_crash() {
    let (contact, old) = (ContactName::new("ops"), history(1));
    let (fingerprint, record) = old.certificates.iter().next().unwrap();
    let addresses = ["a@example.com".to_owned(), "b@example.com".to_owned()];
    let occurrence = Occurrence {
        id: OccurrenceId::new(EventKind::Deletion, fingerprint),
        kind: EventKind::Deletion,
        evidence: Evidence::Observed,
        at: NOW,
        certificate: Some((*record.facts).clone()),
        locations: Vec::new().into(),
        detail: Detail::Deleted,
    };
    let id = occurrence.id.clone();
    let place = Place::new();
    let mut opened = place.open();
    opened.history = old.clone();
    let recipients = [(contact.clone(), Channel::Email)];
    opened.history.note_occurrence(occurrence, recipients, NOW);
    let id = opened.history.occurrences.keys().find(|key| key.as_str().starts_with(id.as_str())).unwrap().clone();
    opened.file.make_room(&opened.history, 1000).unwrap();
    let told = Change::Accepted(Accepted {
        contact: contact.clone(),
        channel: Channel::Email,
        at: NOW,
        message: "5f".to_owned(),
        to: addresses[..1].to_vec(),
        all: addresses.to_vec(),
        posted: None,
        reminders: vec![(*fingerprint, EventKind::Expired, "why".to_owned())],
        occurrences: vec![(id.clone(), "gone".to_owned())],
    });
    opened.history.apply(&told);
    opened.file.append(&opened.history, &[told]).unwrap();
    let read = place.read().0;
    assert_eq!(read, opened.history);
    assert!(read.occurrences[&id].owed.contains_key(&contact), "the other address is owed it still");
    let log = read.told(*fingerprint, EventKind::Expired, &contact, Channel::Email).unwrap();
    assert_eq!(log.iter().map(|delivery: &Delivery| delivery.to.len()).collect::<Vec<_>>(), [1]);
}
