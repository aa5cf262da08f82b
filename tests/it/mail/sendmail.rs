//! Mail by a program: what it is given, and what its ending means.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use certnotify::deliver::{DeliveryError, Receipt, Transport as _};
use certnotify::policy::{Channel, Policies};
use mail_parser::MessageParser;
use tempfile::TempDir;

use super::{channels, limits, permanent};
use crate::support::delivery::{NOW, contact_with_mail, message, policies};

/// A shell script in the place of sendmail: it notes its arguments and the mail before it does what it is made for.
struct Program {
    folder: TempDir,
}

impl Program {
    fn that(ending: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sendmail");
        let script = format!(
            "#!/bin/sh\nfolder=${{0%/*}}\nprintf '%s\\n' \"$@\" >\"$folder/arguments\"\necho call >>\"$folder/calls\"\n\
             cat >\"$folder/mail\"\n{ending}\n"
        );
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("sendmail")
    }

    fn policies(&self, addresses: &[&str]) -> Policies {
        let mut policies = policies([contact_with_mail("ops", addresses), contact_with_mail("bob", &["b@x.example"])]);
        policies.mail.sendmail = Some(self.path());
        policies
    }

    fn send(&self) -> Result<Receipt, DeliveryError> {
        channels(&self.policies(&["ops@example.com"])).send(&message("ops", Channel::Email, 1), NOW)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }
}

#[test]
fn a_program_is_given_the_envelope_as_arguments_and_the_mail_to_read() {
    let program = Program::that("exit 0");
    let mut policies = program.policies(&["ops@example.com", "-oQ/tmp@example.com", "Anna <anna@bücher.example>"]);
    policies.mail.from = Some("Watch <watch@example.com>".to_owned());
    let receipt = channels(&policies).send(&message("ops", Channel::Email, 1), NOW).unwrap();
    assert_eq!(receipt.answer, format!("{} took the mail", program.path().display()));
    assert_eq!(
        program.read("arguments").lines().collect::<Vec<_>>(),
        ["-i", "-f", "watch@example.com", "--", "ops@example.com", "-oQ/tmp@example.com", "anna@xn--bcher-kva.example"]
    );
    let mail = program.read("mail");
    assert!(!mail.contains('\r'));
    let parsed = MessageParser::default().parse(mail.as_bytes()).unwrap();
    assert_eq!(parsed.subject(), Some("subject 1"));
    assert_eq!(parsed.body_text(0).unwrap().trim_end(), "text 1");
    assert_eq!(parsed.body_html(0).unwrap().trim_end(), "<p>text 1</p>");
}

#[test]
fn the_exit_code_says_whether_a_mail_may_still_go() {
    for code in [1, 69, 70, 71, 74, 75] {
        let program = Program::that(&format!("echo 'queue is full' >&2; exit {code}"));
        let Err(DeliveryError::Transient { reason, .. }) = program.send() else { panic!("{code}") };
        let ending = format!("/sendmail does not take the mail now: exit code {code}: queue is full");
        assert!(reason.to_string().ends_with(&ending), "{reason}");
    }
    for (code, advice) in [
        (64, "`-i -f SENDER -- RECIPIENT…`"),
        (65, "ask the administrator of mail on this machine"),
        (67, "check `email` of contact `ops`"),
        (68, "check `email` of contact `ops`"),
        (77, "try it by hand"),
        (78, "try it by hand"),
    ] {
        let (reason, help) = permanent(Program::that(&format!("exit {code}")).send());
        assert!(reason.ends_with(&format!("/sendmail refused the mail: exit code {code}")), "{reason}");
        assert!(help.contains(advice), "{help}");
    }
}

#[test]
fn what_a_program_says_is_shown_on_one_harmless_line() {
    let program = Program::that("printf 'sendmail: \\033[2Jfatal\\r\\ncertnotify: all is well%02000d' 0 >&2; exit 67");
    let (reason, _) = permanent(program.send());
    assert!(reason.contains("exit code 67: sendmail: [2Jfatal certnotify: all is well000"), "{reason}");
    assert!(!reason.contains(char::is_control) && reason.len() < 800, "{reason}");
}

#[test]
fn a_program_that_hangs_or_dies_may_have_taken_the_mail() {
    let program = Program::that("exec sleep 600");
    let policies = program.policies(&["ops@example.com"]);
    let mut channels = channels(&policies).with_time_limits(limits(Duration::from_millis(800)));
    let result = channels.send(&message("ops", Channel::Email, 1), NOW);
    let Err(DeliveryError::Unanswered { reason }) = result else { panic!("{result:?}") };
    assert!(
        reason.to_string().ends_with("/sendmail` did not end within 0.8 s, and may have taken the mail"),
        "{reason}"
    );

    let result = Program::that("kill -KILL $$").send();
    let Err(DeliveryError::Unanswered { reason }) = result else { panic!("{result:?}") };
    assert!(reason.to_string().ends_with("/sendmail was ended by signal 9, and may have taken the mail"), "{reason}");
}

#[test]
fn a_program_that_is_not_there_or_not_set_up_is_not_tried_for_the_next_contact() {
    let program = Program::that("exit 78");
    let policies = program.policies(&["ops@example.com"]);
    let mut channels = channels(&policies);
    let first = channels.send(&message("ops", Channel::Email, 1), NOW);
    assert_eq!(first, channels.send(&message("bob", Channel::Email, 2), NOW));
    assert_eq!(program.read("calls"), "call\n");

    fs::remove_file(program.path()).unwrap();
    let (reason, help) = permanent(program.send());
    assert_eq!(reason, format!("`{}` does not exist", program.path().display()));
    assert!(help.starts_with("correct `sendmail` in [email]"), "{help}");
    assert_eq!(program.read("calls"), "call\n");
}

#[test]
fn a_recipient_who_is_refused_keeps_no_other_contact_from_their_mail() {
    let program = Program::that("grep -q '^ops@' \"$folder/arguments\" && exit 67; exit 0");
    let policies = program.policies(&["ops@example.com"]);
    let mut channels = channels(&policies);
    permanent(channels.send(&message("ops", Channel::Email, 1), NOW));
    channels.send(&message("bob", Channel::Email, 2), NOW).unwrap();
}
