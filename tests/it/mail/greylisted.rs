//! Whole runs of the program against a server that takes some of the addresses of a contact and not the others.

use std::fs;
use std::process::Command;

use tempfile::TempDir;
use time::OffsetDateTime;

use super::*;
use crate::support::certificates::leaf;

/// A policy of one contact, of one certificate that ends in ten days, and of one mail server.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new(server: &SmtpServer, addresses: &str, time_limit: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let policy = format!(
            "[settings]\ntime-limit = \"{time_limit}\"\n[email]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\n\
             [contacts.ops]\nemail = [{addresses}]\n\
             [policies.default]\nchannels = [\"email\"]\nevents = [\"business.expiration\"]\nfrequency = \"once\"\n\
             [[certificates]]\nname = \"www\"\nfile = \"www.pem\"\nrenewal = \"manual\"\n",
            server.port()
        );
        fs::write(folder.path().join("policies.toml"), policy).unwrap();
        let file = fs::File::options().write(true).open(folder.path().join("policies.toml")).unwrap();
        let written = file.metadata().unwrap().modified().unwrap();
        // A policy file that is newer than a refusal would end it.
        file.set_modified(written - Duration::from_secs(60)).unwrap();
        let (now, days) = (OffsetDateTime::from(written), time::Duration::days);
        let soon = leaf(&["www.example.com"]).lives(now - days(80), now + days(10)).self_signed();
        fs::write(folder.path().join("www.pem"), soon.pem).unwrap();
        Self { folder }
    }

    /// Exit code, and both outputs.
    fn certnotify(&self, arguments: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.env_clear().arg("-p").arg(self.folder.path().join("policies.toml"));
        command.arg("--state").arg(self.folder.path().join("memory/state.json"));
        let output = command.args(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    fn run(&self) -> (i32, String) {
        let (code, _, stderr) = self.certnotify(&["run", "--quiet"]);
        (code, stderr)
    }
}

fn taken(server: &SmtpServer) -> Vec<Vec<String>> {
    server.taken().iter().map(|taken| taken.to.clone()).collect()
}

#[test]
fn a_greylisted_address_hears_in_a_later_run_and_the_accepted_one_never_twice() {
    let server = SmtpServer::start(answering("RCPT TO:<BOB", &["451 4.7.1 Greylisted, come back later"; 2]));
    let place = Place::new(&server, "\"alice@example.com\", \"bob@example.com\"", "1s");
    let (code, stderr) = place.run();
    assert_eq!(code, 1, "{stderr}");
    assert_eq!(stderr.matches("bob@example.com").count(), 1, "{stderr}");
    assert!(stderr.contains("451 4.7.1 Greylisted, come back later"), "{stderr}");
    assert!(!stderr.contains("alice@example.com"), "{stderr}");
    assert!(!stderr.contains("correct") && !stderr.contains("remove"), "{stderr}");
    assert!(stderr.lines().count() <= 2, "one problem and its help: {stderr}");
    assert_eq!(taken(&server), [["alice@example.com"]]);
    assert_eq!(place.run().0, 1);
    for _ in 0..3 {
        let (code, stderr) = place.run();
        assert_eq!((code, stderr.as_str()), (0, ""));
    }
    assert_eq!(taken(&server), [["alice@example.com"], ["bob@example.com"]]);
    let mails = server.taken();
    let id = |mail: &str| mail.lines().find(|line| line.starts_with("Message-ID:")).unwrap().to_owned();
    assert_eq!(id(&mails[0].mail), id(&mails[1].mail), "the same mail");
    assert_eq!(server.faults(), [""; 0]);
}

#[test]
fn a_contact_is_owed_now_while_one_of_its_addresses_was_not_told() {
    let server = SmtpServer::start(answering("RCPT TO:<BOB", &["451 4.7.1 Greylisted"; 9]));
    let place = Place::new(&server, "\"alice@example.com\", \"bob@example.com\"", "1s");
    place.run();
    let (code, stdout, stderr) = place.certnotify(&["plan", "www"]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("now to ops"), "{stdout}");
}

#[test]
fn recipients_that_are_too_many_for_one_transaction_hear_in_another_of_the_same_run() {
    let mut answers = HashMap::new();
    answers.insert("RCPT TO:<C@", vec!["452 4.5.3 Too many recipients"]);
    answers.insert("RCPT TO:<D@", vec!["452 4.5.3 Too many recipients"]);
    let server = SmtpServer::start(Manners { answers, ..Manners::default() });
    let addresses = r#""a@example.com", "b@example.com", "c@example.com", "d@example.com""#;
    let place = Place::new(&server, addresses, "20s");
    assert_eq!(place.run(), (0, String::new()));
    let expected = [["a@example.com", "b@example.com"], ["c@example.com", "d@example.com"]];
    assert_eq!(taken(&server), expected);
    assert_eq!(place.run(), (0, String::new()));
    assert_eq!(taken(&server), expected);
}

#[test]
fn an_address_that_is_refused_for_good_leaves_the_others_told_once_and_is_named_with_advice() {
    let server = SmtpServer::start(answering("RCPT TO:<BOB", &["550 5.1.1 No such user"; 9]));
    let place = Place::new(&server, "\"alice@example.com\", \"bob@example.com\"", "1s");
    let (code, stderr) = place.run();
    assert_eq!(code, 1, "{stderr}");
    assert_eq!(stderr.matches("550 5.1.1 No such user").count(), 1, "{stderr}");
    assert!(stderr.contains("correct or remove the address"), "{stderr}");
    for _ in 0..3 {
        assert_eq!(place.run().0, 1);
    }
    assert_eq!(taken(&server), [["alice@example.com"]]);
    let tries = server.clear().iter().filter(|line| line.starts_with("RCPT TO:<bob@")).count();
    assert_eq!(tries, 1, "once a day");
}

#[test]
fn each_address_that_was_refused_is_named_where_they_are_owed_different_mails() {
    let server = SmtpServer::start(answering("RCPT TO:<BOB", &["451 4.7.1 Greylisted"]));
    let place = Place::new(&server, "\"alice@example.com\", \"bob@example.com\"", "1s");
    place.run();
    let mut answers = HashMap::new();
    answers.insert("RCPT TO:<ALICE", vec!["550 5.1.1 No such user"]);
    answers.insert("RCPT TO:<BOB", vec!["552 5.2.2 Mailbox full"]);
    let other = SmtpServer::start(Manners { answers, ..Manners::default() });
    let policy = place.folder.path().join("policies.toml");
    let written = fs::metadata(&policy).unwrap().modified().unwrap();
    let before = fs::read_to_string(&policy).unwrap();
    let before = before.replace(&format!("port = {}", server.port()), &format!("port = {}", other.port()));
    let more = "[[certificates]]\nname = \"mx\"\nfile = \"mx.pem\"\nrenewal = \"manual\"\n";
    fs::write(&policy, before + more).unwrap();
    fs::File::options().write(true).open(&policy).unwrap().set_modified(written).unwrap();
    let (now, days) = (OffsetDateTime::from(written), time::Duration::days);
    let soon = leaf(&["mx.example.com"]).lives(now - days(80), now + days(10)).self_signed();
    fs::write(place.folder.path().join("mx.pem"), soon.pem).unwrap();
    let (code, stderr) = place.run();
    assert_eq!(code, 1, "{stderr}");
    for said in ["alice@example.com: 550 5.1.1 No such user", "bob@example.com: 552 5.2.2 Mailbox full"] {
        assert!(stderr.contains(said), "{stderr}");
    }
    assert_eq!(stderr.matches("correct or remove the address").count(), 1, "{stderr}");
}
