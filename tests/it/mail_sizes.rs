//! Mails that are too big for their server: whole runs of the real program.

use std::fs;
use std::process::{Command, Output};

use time::{Duration, OffsetDateTime};

use crate::support::certificates::leaf;
use crate::support::smtp_server::{Manners, SmtpServer, Taken};

const CERTIFICATES: usize = 40;

struct House {
    folder: tempfile::TempDir,
    server: SmtpServer,
}

impl House {
    /// Certificates that end in some days, and a server that is sent the reminders of them.
    fn new(manners: Manners) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = SmtpServer::start(manners);
        let now: OffsetDateTime = fs::metadata(folder.path()).unwrap().modified().unwrap().into();
        fs::create_dir(folder.path().join("farm")).unwrap();
        for number in 0..CERTIFICATES {
            let life = leaf(&[&format!("host-{number:02}.example.com")])
                .lives(now - Duration::days(80), now + Duration::days(10));
            fs::write(folder.path().join(format!("farm/host-{number:02}.pem")), life.self_signed().pem).unwrap();
        }
        let policy = format!(
            "[email]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nfrom = \"certnotify@example.com\"\n\
             [contacts.ops]\nemail = \"ops@example.com\"\n\
             [policies.default]\ncontacts = [\"ops\"]\nchannels = [\"email\"]\nevents = [\"business\"]\n\
             [[certificates]]\nname = \"farm\"\nfile = \"farm\"\n",
            server.port()
        );
        fs::write(folder.path().join("policies.toml"), policy).unwrap();
        Self { folder, server }
    }

    fn run(&self) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.current_dir(self.folder.path()).env_clear().env("TZ", "UTC");
        command.args(["run", "--policies", "policies.toml", "--state", "state.json"]).output().unwrap()
    }

    /// The one mail that was taken of a run that went well.
    fn taken(&self) -> Taken {
        let output = self.run();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let taken = self.server.taken();
        assert_eq!(taken.len(), 1, "{:?}", self.server.clear());
        taken[0].clone()
    }
}

fn with_size(most: usize) -> Manners {
    Manners { extensions: vec!["PIPELINING", format!("SIZE {most}").leak()], ..Manners::default() }
}

fn names(mail: &Taken) -> usize {
    let plain = mail.mail.split("text/html").next().unwrap();
    (0..CERTIFICATES).filter(|number| plain.contains(&format!("host-{number:02}"))).count()
}

fn has_table(mail: &Taken) -> bool {
    mail.mail.contains("certificates.csv\"")
}

fn has_details(mail: &Taken) -> bool {
    mail.mail.contains("DETAILS")
}

#[test]
fn a_digest_is_sent_whole_where_the_server_takes_it() {
    let mail = House::new(with_size(1_000_000)).taken();
    assert!(has_details(&mail) && has_table(&mail));
    assert_eq!(names(&mail), CERTIFICATES);
    assert!(!mail.mail.contains("takes no larger mail"));
}

#[test]
fn a_digest_above_the_size_of_its_server_is_shortened_until_it_fits_and_never_sent_above_it() {
    let mut sizes = Vec::new();
    let whole = House::new(with_size(1_000_000)).taken().mail.len();
    for percent in [99, 60, 40, 20] {
        let most = whole * percent / 100;
        let house = House::new(with_size(most));
        let mail = house.taken();
        assert!(mail.mail.len() <= most, "{percent} %: {}", mail.mail.len());
        assert!(!has_details(&mail), "{percent} %");
        let written = house.server.clear().into_iter().filter(|line| line.starts_with("MAIL FROM:")).count();
        assert_eq!(written, 1, "{percent} %: a size is compared before anything is said");
        assert!(mail.mail.contains("Message-ID"), "{percent} %");
        sizes.push((names(&mail), has_table(&mail)));
    }
    assert_eq!(sizes[0], (CERTIFICATES, true));
    assert!(sizes[3].0 >= 5 && !sizes[3].1, "{sizes:?}");
    assert!(sizes.is_sorted_by(|one, other| one >= other), "{sizes:?}");
}

#[test]
fn a_digest_that_its_server_answers_552_is_sent_again_shorter_and_recorded_once() {
    for command in [".", "MAIL FROM"] {
        let house = House::new(Manners {
            extensions: vec!["PIPELINING"],
            ..super::mail::answering(command, &["552 5.3.4 message size exceeds fixed limit"])
        });
        let mail = house.taken();
        assert!(!has_details(&mail) && has_table(&mail), "{command}");
        assert_eq!(names(&mail), CERTIFICATES, "{command}");
        let again = house.run();
        assert!(again.status.success());
        assert_eq!(house.server.taken().len(), 1, "{command}: what was taken is told once");
    }
}

#[test]
fn a_mail_that_cannot_be_short_enough_stays_due_with_its_size_in_the_reason() {
    let house = House::new(with_size(500));
    let output = house.run();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("takes no mail above 500 bytes"), "{said}");
    assert!(house.server.taken().is_empty());
}
