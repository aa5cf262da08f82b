//! What a run says of itself on standard output.

use std::fs;
use std::process::Command;

use time::{Duration, OffsetDateTime};

use crate::support::certificates::{Authority, leaf};

#[test]
fn certificates_that_are_silent_for_one_reason_share_a_line() {
    let (folder, root) = (tempfile::tempdir().unwrap(), Authority::root("Root"));
    // Runs act on no other clock than that of this machine.
    let now: OffsetDateTime = fs::metadata(folder.path()).unwrap().modified().unwrap().into();
    let lives = |name: &str, before: Duration, left: Duration| {
        let file = folder.path().join(name).with_extension("pem");
        fs::write(file, root.issue(&leaf(&[name]).lives(now - before, now + left)).pem).unwrap();
    };
    for number in 10..22 {
        lives(&format!("short-{number}"), Duration::days(1), Duration::days(5));
    }
    lives("days", Duration::days(1), Duration::days(4));
    lives("hours", Duration::hours(1), Duration::hours(29));
    let policy = "[contacts.ops]\nemail = \"ops@example.com\"\n[policies.default]\nchannels = [\"inbox\"]\n\
                  [[certificates]]\nfile = \"*.pem\"\nrenewal = \"manual\"\n";
    fs::write(folder.path().join("policies.toml"), policy).unwrap();
    let mut run = Command::new(env!("CARGO_BIN_EXE_certnotify"));
    run.current_dir(folder.path()).env_clear().args(["-p", "policies.toml", "--state", "state.json", "run"]);
    let said = String::from_utf8(run.output().unwrap().stdout).unwrap();
    let silent: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("silent     ")).collect();
    assert_eq!(
        silent,
        [
            "hours.pem: the policy asks for 30 d, half of its life is 15 h",
            "days.pem: the policy asks for 30 d, half of its life is 2 d 12 h",
            "short-10.pem, short-11.pem, short-12.pem and 9 more: the policy asks for 30 d, half of their lives is 3 d",
        ],
        "{said}"
    );
}
