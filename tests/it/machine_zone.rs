//! The time zone of the machine, as `TZ` names it: what the real program shows.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use time::macros::datetime;

use crate::support::certificates::leaf;

const PARIS: &str = "/usr/share/zoneinfo/Europe/Paris";

/// The end of the certificate, as `check -v` shows it where `TZ` is `set`.
fn end(folder: &Path, set: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
    command.current_dir(folder).env_clear().env("TZ", set);
    let output = command.args(["check", "-v", "--at", "2026-06-01", "shop.pem"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let valid = text.lines().find(|line| line.trim_start().starts_with("valid")).unwrap();
    valid.split_once(" to ").unwrap().1.to_owned()
}

#[test]
fn the_hours_are_those_of_tz_by_name_by_path_by_link_by_copy_and_by_rule() {
    let folder = tempfile::tempdir().unwrap();
    let pem = leaf(&["shop.example.com"]).lives(datetime!(2026-05-01 0:00 UTC), datetime!(2026-07-01 12:00 UTC));
    std::fs::write(folder.path().join("shop.pem"), pem.self_signed().pem).unwrap();
    let end = |set: &str| end(folder.path(), set);
    for set in ["UTC", ":UTC", "Etc/UTC", "", "Mars/Olympus", ":broken", "shop.pem"] {
        symlink("/usr/share/zoneinfo/Mars/Olympus", folder.path().join("broken")).ok();
        assert_eq!(end(set), "2026-07-01 12:00 UTC", "`{set}`");
    }
    let paris = "2026-07-01 14:00 CEST";
    for set in ["Europe/Paris", ":Europe/Paris", "europe/paris", "CET-1CEST,M3.5.0,M10.5.0/3"] {
        assert_eq!(end(set), paris, "{set}");
    }
    assert_eq!(end("Asia/Shanghai"), "2026-07-01 20:00 UTC+8");
    assert_eq!(end("Etc/GMT+5"), "2026-07-01 07:00 UTC-5");
    if Path::new(PARIS).exists() {
        std::fs::copy(PARIS, folder.path().join("copied")).unwrap();
        symlink(PARIS, folder.path().join("link")).unwrap();
        for set in [PARIS, ":/usr/share/zoneinfo/Europe/Paris", ":copied", "copied", ":link"] {
            assert_eq!(end(set), paris, "{set}");
        }
    }
    // What the machine itself is set to differs, but it must have an answer.
    assert!(end(":/etc/localtime").starts_with("2026-07-0"));
}
