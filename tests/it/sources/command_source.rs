//! `command-source`: a program that prints certificates.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::json;
use tempfile::TempDir;

use super::{certnotify, findings, names, rows};
use crate::support::certificates::leaf;

fn policy(folder: &Path, argv: &[&str], more: &str) {
    let text = format!(
        "[settings]\ntime-limit = \"4s\"\n[email]\npassword = {{ env = \"SECRET_OF_MAIL\" }}\nusername = \"u\"\nhost = \"localhost\"\n\
         [contacts.ops]\nemail = \"ops@example.com\"\n[policies.default]\nchannels = [\"inbox\"]\n\
         [[certificates]]\nname = \"cluster\"\ncommand-source = {}\n{more}",
        json!(argv)
    );
    std::fs::write(folder.join("policies.toml"), text).unwrap();
}

fn shell(folder: &Path, script: &str) {
    policy(folder, &["/bin/sh", "-c", script], "");
}

#[test]
fn what_a_program_prints_is_read_like_a_file_and_told_like_one() {
    let folder = TempDir::new().unwrap();
    let made = leaf(&["www.example.com"]).self_signed();
    let item = json!({ "kind": "Secret", "metadata": { "namespace": "shop", "name": "www" }, "stringData": { "tls.crt": made.pem } });
    std::fs::write(folder.path().join("list.json"), json!({ "kind": "List", "items": [item] }).to_string()).unwrap();
    let list = folder.path().join("list.json");
    policy(folder.path(), &["cat", list.to_str().unwrap()], "deadline = \"60d\"\n");
    let shown = rows(folder.path(), &[], b"");
    assert_eq!(names(&shown), ["cluster/shop/www"]);
    assert_eq!(shown[0]["source"], "output of cat");
    let run = certnotify(folder.path(), &["run"], b"");
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    let again = certnotify(folder.path(), &["plan", "cluster"], b"");
    assert!(String::from_utf8_lossy(&again.stdout).contains("cluster/shop/www"), "{again:?}");
}

#[test]
fn a_program_that_fails_is_unreadable_and_its_words_are_cleaned() {
    let folder = TempDir::new().unwrap();
    shell(folder.path(), "echo SECRETOUT; echo first >&2; printf 'no \\033[31mconnection' >&2; exit 7");
    let failed = rows(folder.path(), &[], b"");
    assert_eq!((names(&failed), findings(&failed[0])), (vec!["cluster"], vec!["unreadable"]));
    assert_eq!(failed[0]["error"], "`/bin/sh` failed: exit code 7: no [31mconnection");
    policy(folder.path(), &["/nonexistent/printer"], "");
    let missing = rows(folder.path(), &[], b"");
    assert_eq!(findings(&missing[0]), ["unreadable"]);
    assert!(missing[0]["error"].as_str().unwrap().contains("/nonexistent/printer"), "{missing:?}");
    shell(folder.path(), "exit 0");
    assert_eq!(findings(&rows(folder.path(), &[], b"")[0]), ["nothing-found"]);
    let run = certnotify(folder.path(), &["run"], b"");
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(said.contains("check --certificate cluster\n"), "what it printed is no target of `check`: {said}");
}

#[test]
fn the_certificates_of_a_program_that_fails_are_each_counted_as_not_seen() {
    let folder = TempDir::new().unwrap();
    let both = ["a.example.com", "b.example.com"].map(|name| leaf(&[name]).self_signed().pem).concat();
    std::fs::write(folder.path().join("both.pem"), both).unwrap();
    let script = folder.path().join("print");
    policy(folder.path(), &["/bin/sh", script.to_str().unwrap()], "deadline = \"60d\"\n");
    let counts = |printing: &str| {
        std::fs::write(&script, format!("cd \"$(dirname \"$0\")\" && {printing}\n")).unwrap();
        let run = certnotify(folder.path(), &["run", "--format", "json"], b"");
        let report: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
        ["looked_at", "not_seen"].map(|sort| report["counts"][sort].as_u64().unwrap())
    };
    assert_eq!(counts("cat both.pem"), [2, 0]);
    assert_eq!(counts("exit 1"), [2, 2]);
}

#[test]
fn a_program_that_prints_without_end_is_ended_and_told() {
    let folder = TempDir::new().unwrap();
    shell(folder.path(), "cat /dev/zero");
    let shown = rows(folder.path(), &[], b"");
    assert_eq!(findings(&shown[0]), ["unreadable"]);
    assert!(shown[0]["error"].as_str().unwrap().contains("32 MiB"), "{shown:?}");
}

#[test]
fn a_run_waits_for_a_program_no_longer_than_it_may_look() {
    let folder = TempDir::new().unwrap();
    shell(folder.path(), "sleep 600");
    let begin = std::time::Instant::now();
    let run = certnotify(folder.path(), &["run"], b"");
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert_eq!(run.status.code(), Some(1), "{said}");
    assert!(said.contains("did not end") && begin.elapsed().as_secs() < 30, "{said}");
}

#[test]
fn a_program_is_given_no_secret_of_the_policy_file_and_no_shell_reads_its_arguments() {
    let folder = TempDir::new().unwrap();
    let script = "env | grep -c hunter2 >&2; echo \"$1\" >&2; exit 1";
    policy(folder.path(), &["/bin/sh", "-c", script, "sh", "$HOME; a  b"], "");
    let shown = rows(folder.path(), &[], b"");
    assert!(shown[0]["error"].as_str().unwrap().ends_with("exit code 1: $HOME; a b"), "{shown:?}");
    shell(folder.path(), "env | grep -c hunter2 >&2; exit 1");
    assert!(rows(folder.path(), &[], b"")[0]["error"].as_str().unwrap().ends_with(": 0"));
}

#[test]
fn a_policy_file_that_others_can_write_names_no_program() {
    let folder = TempDir::new().unwrap();
    shell(folder.path(), "touch was-run");
    let file = folder.path().join("policies.toml");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).unwrap();
    let refused = certnotify(folder.path(), &["check", "-p", "policies.toml"], b"");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(3), "{said}");
    assert!(said.contains("`command-source` of certificate `cluster` runs a program"), "{said}");
    assert!(!folder.path().join("was-run").exists());
}

#[test]
fn keys_that_mean_nothing_to_a_program_and_programs_that_are_none_are_errors() {
    let folder = TempDir::new().unwrap();
    for (source, more, said) in [
        ("[\"cat\"]", "file = \"a.pem\"", "has both `command-source` and `file`"),
        ("[\"cat\"]", "endpoint = \"a.example\"", "has both `command-source` and `endpoint`"),
        ("[\"cat\"]", "exclude = [\"*\"]", "`exclude` is not for a program"),
        ("[\"cat\"]", "server-name = \"a.example\"", "`server-name` is not for a program"),
        ("\"cat list\"", "", "it must be a list"),
        ("[]", "", "names no program"),
        ("[1]", "", "it must hold strings"),
    ] {
        let text = format!(
            "[contacts.a]\nemail = \"a@example.com\"\n[[certificates]]\nname = \"c\"\ncommand-source = {source}\n{more}\n"
        );
        std::fs::write(folder.path().join("policies.toml"), text).unwrap();
        let refused = certnotify(folder.path(), &["validate"], b"");
        let shown = String::from_utf8_lossy(&refused.stderr).into_owned() + &String::from_utf8_lossy(&refused.stdout);
        assert_eq!(refused.status.code(), Some(3), "{source} {more}: {shown}");
        assert!(shown.contains(said), "{source} {more}: {shown}");
    }
}
