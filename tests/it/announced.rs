//! Reports that are about no certificate: the subject is what they say.

use std::fs;
use std::process::Command;

use crate::support::unwrapped;
use tempfile::TempDir;

/// The subject and the text of the only message in the inbox after a report.
fn reported(kind: &str, language: &str, message: &str) -> String {
    let folder = TempDir::new().unwrap();
    let policy = format!(
        "[contacts.ops]\nlanguage = \"{language}\"\n[policies.default]\nchannels = [\"inbox\"]\n\
         events = [\"business\", \"alerts\", \"service-changes\"]\n[[certificates]]\nname = \"www\"\nfile = \"www.pem\"\n"
    );
    fs::write(folder.path().join("policies.toml"), policy).unwrap();
    let certnotify = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.env_clear().env("TZ", "UTC").env("HOME", folder.path()).current_dir(folder.path());
        let output = command.args(arguments).args(["-p", "policies.toml", "--state", "state.json"]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    certnotify(&["event", kind, "--by", "IT operations", "--message", message]);
    certnotify(&["inbox", "show", "1"])
}

#[test]
fn an_announcement_has_its_text_in_the_subject() {
    for kind in ["announcement", "notice", "update"] {
        for (language, message) in [("en", "The CA is replaced on 1 December."), ("zh-CN", "12 月 1 日更换签发机构。")]
        {
            let text = reported(kind, language, message);
            let subject = text.lines().find(|line| line.starts_with("Subject:")).unwrap_or_else(|| panic!("{text}"));
            let said = message.trim_end_matches(['.', '。']);
            assert!(subject.contains(said), "{kind} {language}: {subject}");
            let bare = subject.trim_end();
            assert!(!bare.ends_with("announcement") && !bare.ends_with("公告"), "{subject}");
        }
    }
}

#[test]
fn a_long_announcement_is_cut_after_a_word_in_the_subject_and_whole_in_the_text() {
    let message = "The internal certification authority that signs every certificate of the intranet is replaced, and all \
                   machines need its new root before the first of December; the intranet has the steps";
    let text = reported("announcement", "en", message);
    let subject = text.lines().find(|line| line.starts_with("Subject:")).unwrap();
    assert!(subject.ends_with('…') && subject.contains("The internal certification authority"), "{subject}");
    let last = subject.trim_end_matches('…').rsplit(' ').next().unwrap().trim_end_matches([',', ';']);
    assert!(message.split(' ').any(|word| word.trim_end_matches([',', ';']) == last), "{subject}");
    let whole = unwrapped(&text);
    assert!(whole.contains(message), "{text}");
}
