//! Filing internal messages: a Maildir a contact, whole or not at all, each message once.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use certnotify::deliver::{Channels, DeliveryError, Receipt, Transport as _};
use certnotify::policy::{Channel, Contact, ContactName};
use certnotify::record::Inbox;
use mail_parser::MessageParser;
use time::{Duration, OffsetDateTime};

use crate::support::delivery::{NOW, contact, contact_with_mail, message, no_environment, policies};

fn file_as(machine: &str, root: &Path, contact: Contact, number: u8) -> Result<Receipt, DeliveryError> {
    file_at((machine, NOW), root, contact, number)
}

fn file_at(
    (machine, now): (&str, OffsetDateTime),
    root: &Path,
    contact: Contact,
    number: u8,
) -> Result<Receipt, DeliveryError> {
    let name = contact.name.clone();
    let policies = policies([contact]);
    let stop = Arc::new(AtomicBool::new(false));
    let mut channels = Channels::new(&policies, machine, no_environment, root, stop);
    channels.send(&message(name.as_str(), Channel::Inbox, number), now)
}

fn file(root: &Path, contact: Contact, number: u8) -> Result<Receipt, DeliveryError> {
    file_as("web-1.example.com", root, contact, number)
}

fn files(directory: &Path) -> Vec<PathBuf> {
    fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn a_message_is_filed_as_a_whole_mail_that_its_owner_alone_can_read() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("state/inbox");
    let receipt = file(&root, contact_with_mail("ops", &["Ops <ops@example.com>"]), 1).unwrap();
    assert_eq!(receipt, Receipt::default());
    let filed = files(&root.join("ops/new"));
    assert_eq!(filed.len(), 1);
    assert!(files(&root.join("ops/tmp")).is_empty() && files(&root.join("ops/cur")).is_empty());
    assert_eq!(mode(&filed[0]), 0o600);
    for directory in [&root, &root.join("ops"), &root.join("ops/new"), &root.join("ops/tmp"), &root.join("ops/cur")] {
        assert_eq!(mode(directory), 0o700, "{}", directory.display());
    }
    let bytes = fs::read(&filed[0]).unwrap();
    let mail = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!((mail.subject(), mail.text_body_count(), mail.html_body_count()), (Some("subject 1"), 1, 1));
    assert_eq!(mail.message_id(), Some("00000000000000000000000000000001@web-1.example.com"));
    assert_eq!(mail.to().unwrap().first().unwrap().address(), Some("ops@example.com"));
    assert_eq!(mail.date().unwrap().to_rfc3339(), "2026-11-21T09:07:00+01:00");
    assert_eq!(mail.body_text(0).unwrap().trim_end(), "text 1");
}

#[test]
fn what_delivery_files_the_reader_lists() {
    let folder = tempfile::tempdir().unwrap();
    for number in [1, 2] {
        file(folder.path(), contact("运维群"), number).unwrap();
    }
    let inbox = Inbox::open(folder.path(), &ContactName::new("运维群")).unwrap();
    let mut subjects: Vec<&str> = inbox.letters().iter().map(|letter| letter.subject.as_str()).collect();
    subjects.sort_unstable();
    assert_eq!(subjects, ["subject 1", "subject 2"]);
    assert!(inbox.letters().iter().all(|letter| letter.is_unread));
    assert!(inbox.text(1).unwrap().starts_with("text "));
}

#[test]
fn a_contact_without_an_address_and_one_with_a_wrong_one_have_an_inbox_too() {
    let folder = tempfile::tempdir().unwrap();
    for addresses in [&[][..], &["nobody"], &["a@b.example\r\nBcc: v@evil.example"]] {
        file(folder.path(), contact_with_mail("ops", addresses), u8::try_from(addresses.len()).unwrap() + 5).unwrap();
    }
    let bytes = fs::read(&files(&folder.path().join("ops/new"))[0]).unwrap();
    assert!(!String::from_utf8(bytes).unwrap().contains("Bcc"));
}

#[test]
fn a_message_is_filed_once_however_often_it_is_sent_and_wherever_it_was_moved() {
    let folder = tempfile::tempdir().unwrap();
    let (new, cur) = (folder.path().join("ops/new"), folder.path().join("ops/cur"));
    for _ in 0..2 {
        file(folder.path(), contact("ops"), 1).unwrap();
    }
    assert_eq!(files(&new).len(), 1);
    let filed = files(&new).remove(0);
    let read = cur.join(format!("{}:2,S", filed.file_name().unwrap().to_str().unwrap()));
    fs::rename(&filed, &read).unwrap();
    file(folder.path(), contact("ops"), 1).unwrap();
    assert!(files(&new).is_empty(), "it was read already");
    file(folder.path(), contact("ops"), 2).unwrap();
    assert_eq!(files(&new).len(), 1, "another message is another file");
}

/// Killed before it was recorded, the reminder of one day has the number of the next.
#[test]
fn what_was_filed_half_a_day_ago_is_another_message() {
    let folder = tempfile::tempdir().unwrap();
    let count = |after: Duration| {
        file_at(("web-1.example.com", NOW + after), folder.path(), contact("ops"), 1).unwrap();
        files(&folder.path().join("ops/new")).len()
    };
    assert_eq!(count(Duration::ZERO), 1);
    assert_eq!(count(Duration::hours(11)), 1, "the run after it");
    assert_eq!(count(-Duration::days(3)), 1, "its clock was ahead");
    assert_eq!(count(Duration::hours(12)), 2, "none is owed within half of a day of another");
    assert_eq!(count(Duration::hours(23)), 2);
}

#[test]
fn what_an_interrupted_run_left_behind_is_no_message_and_no_hindrance() {
    let folder = tempfile::tempdir().unwrap();
    file(folder.path(), contact("ops"), 1).unwrap();
    let filed = files(&folder.path().join("ops/new")).remove(0);
    let half = folder.path().join("ops/tmp").join(filed.file_name().unwrap());
    fs::rename(&filed, &half).unwrap();
    fs::write(&half, "From: half a ma").unwrap();
    file(folder.path(), contact("ops"), 1).unwrap();
    assert!(files(&folder.path().join("ops/tmp")).is_empty());
    assert!(fs::read_to_string(&filed).unwrap().contains("Subject: subject 1\r\n"));
}

#[test]
fn no_name_of_a_contact_or_of_a_machine_leads_out_of_the_inbox() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("inbox");
    let names = ["../../etc", ".", "..", "a/b", "on call", "ops:2,S", "\u{202e}x", "CON"];
    for name in names {
        file_as("../../evil:2,S\n", &root, contact(name), 1).unwrap();
    }
    assert_eq!(files(folder.path()), std::slice::from_ref(&root));
    assert_eq!(files(&root).len(), names.len());
    for contact in files(&root) {
        assert_eq!(files(&contact.join("new")).len(), 1, "{}", contact.display());
    }
}

#[test]
fn an_inbox_that_cannot_be_written_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("inbox");
    fs::write(&root, "a file").unwrap();
    let result = file(&root, contact("ops"), 1);
    let Err(DeliveryError::Transient { reason, .. }) = result else { panic!("{result:?}") };
    assert!(reason.to_string().starts_with(&format!("the inbox `{}` cannot be written: ", root.display())), "{reason}");
    fs::remove_file(&root).unwrap();
    file(&root, contact("ops"), 1).unwrap();
}

#[test]
fn two_policy_files_that_share_an_inbox_lose_no_message_of_either() {
    let root = tempfile::TempDir::new().unwrap();
    for name in ["a.toml", "b.toml"] {
        let mut policies = policies([contact("ops")]);
        policies.file = root.path().join(name);
        let stop = Arc::new(AtomicBool::new(false));
        for _ in 0..2 {
            let inbox = root.path().join("inbox");
            let mut channels = Channels::new(&policies, "web-1", no_environment, inbox, Arc::clone(&stop));
            channels.send(&message("ops", Channel::Inbox, 1), NOW).unwrap();
        }
    }
    assert_eq!(files(&root.path().join("inbox/ops/new")).len(), 2, "one of each, though the messages are alike");
}
