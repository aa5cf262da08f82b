//! `certnotify validate`, and where a policy file is found.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

use time::Duration;
use time::macros::datetime;

use super::REST;
use crate::support::certificates::leaf;

/// The command in an empty home.
fn certnotify(home: &Path) -> Command {
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("certnotify");
    command.env_clear().env("HOME", home).env("TZ", "UTC").current_dir(home);
    command
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_fine_file_is_said_to_be_fine_in_one_line() {
    let home = tempfile::tempdir().unwrap();
    write(&home.path().join("a.pem"), "");
    let text = format!("{REST}[policies.default]\nfrequency = \"7d\"\n");
    write(&home.path().join("policies.toml"), &text);
    let expected = "policies.toml: fine: 1 certificate entry, 1 contact, 1 policy in use\n";
    certnotify(home.path()).arg("validate").assert().code(0).stdout(expected).stderr("");
    certnotify(home.path()).args(["validate", "--quiet"]).assert().code(0).stdout("").stderr("");
}

#[test]
fn a_wrong_file_is_exit_3_with_every_problem_on_stderr_and_nothing_on_stdout() {
    let home = tempfile::tempdir().unwrap();
    write(&home.path().join("policies.toml"), &format!("{REST}polici = 1\nwindow = \"25:00-9\"\n"));
    let output = certnotify(home.path()).arg("validate").assert().code(3).stdout("").get_output().clone();
    let stderr = text_of(&output.stderr);
    assert!(stderr.starts_with("certnotify: policies.toml:5:1: unknown key `polici`"), "{stderr}");
    assert!(
        stderr.ends_with("certnotify: policies.toml: 2 problems; nothing was looked at, nothing was sent\n"),
        "{stderr}"
    );
}

#[test]
fn a_warning_is_exit_0_and_with_strict_3() {
    let home = tempfile::tempdir().unwrap();
    write(&home.path().join("policies.toml"), &format!("{REST}[policies.unused]\n"));
    let output = certnotify(home.path()).arg("validate").assert().code(0).get_output().clone();
    assert!(text_of(&output.stdout).starts_with("policies.toml: usable, 1 warning: "));
    assert!(text_of(&output.stderr).starts_with("certnotify: policies.toml:5:11: warning: policy `unused`"));
    let output =
        certnotify(home.path()).args(["validate", "--strict"]).assert().code(3).stdout("").get_output().clone();
    assert!(text_of(&output.stderr).ends_with("1 warning, and --strict takes none\n"));
}

#[test]
fn a_short_life_renewed_by_hand_is_warned_of_at_its_entry_and_nothing_is_asked_over_the_network() {
    let home = tempfile::tempdir().unwrap();
    let of = |days| {
        leaf(&["a.example"])
            .lives(datetime!(2199-01-01 0:00 UTC), datetime!(2199-01-01 0:00 UTC) + Duration::days(days))
    };
    let contact = "[contacts.alice]\nemail = \"alice@example.com\"\n";
    let text = format!("{contact}[[certificates]]\nfile = \"a.pem\"\n[[certificates]]\nendpoint = \"a.invalid\"\n");
    write(&home.path().join("policies.toml"), &text);
    // Authorities let it end a second before so many days are over: the last second counts.
    let until_the_last_second = leaf(&["a.example"])
        .lives(datetime!(2199-01-01 0:00 UTC), datetime!(2199-01-01 0:00 UTC) + Duration::days(90) - Duration::SECOND);
    for (lives, days) in [(of(100), 100), (until_the_last_second, 90)] {
        write(&home.path().join("a.pem"), &lives.self_signed().pem);
        let output = certnotify(home.path()).args(["validate", "--strict"]).assert().code(3).get_output().clone();
        let said = format!("policies.toml:4:8: warning: `a.pem` lives {days} days and is renewed by hand");
        assert!(text_of(&output.stderr).contains(&said), "{}", text_of(&output.stderr));
    }
    write(&home.path().join("a.pem"), &of(101).self_signed().pem);
    certnotify(home.path()).args(["validate", "--strict"]).assert().code(0).stderr("");
    write(&home.path().join("a.pem"), &of(90).self_signed().pem);
    write(&home.path().join("policies.toml"), &text.replace("\"a.pem\"", "\"a.pem\"\nrenewal = \"auto\""));
    certnotify(home.path()).args(["validate", "--strict"]).assert().code(0).stderr("");
}

#[test]
fn the_json_form_holds_every_problem_with_its_place() {
    let home = tempfile::tempdir().unwrap();
    write(&home.path().join("p.toml"), &format!("{REST}interval = 1\n"));
    let arguments = ["validate", "-p", "p.toml", "--format", "json"];
    let output = certnotify(home.path()).args(arguments).assert().code(3).stderr("").get_output().clone();
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&json["version"], &json["valid"], &json["counts"]), (&1.into(), &false.into(), &Value::Null));
    let problem = &json["problems"][0];
    assert_eq!(problem["path"], "p.toml");
    assert_eq!((&problem["line"], &problem["column"]), (&5.into(), &1.into()));
    assert_eq!(problem["severity"], "error");
    assert_eq!(problem["message"], "unknown key `interval` in certificate `a.pem`");
    assert_eq!(problem["help"], "the key is `frequency`: frequency = \"1d\"");
    write(&home.path().join("p.toml"), REST);
    let output = certnotify(home.path()).args(arguments).assert().code(0).get_output().clone();
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&json["valid"], &json["counts"]["certificates"]), (&true.into(), &1.into()));
}

#[test]
fn the_file_is_looked_for_here_then_at_the_users_and_the_places_are_named() {
    let home = tempfile::tempdir().unwrap();
    let wrong = certnotify(home.path()).arg("validate").assert().code(3).stdout("").get_output().clone();
    let stderr = text_of(&wrong.stderr);
    if !Path::new("/etc/certnotify/policies.toml").exists() {
        let of_user = home.path().join(".config/certnotify/policies.toml").display().to_string();
        let places = format!("not policies.toml, not {of_user}, not /etc/certnotify/policies.toml");
        assert!(stderr.contains(&places), "{stderr}");
        assert!(stderr.contains("\n  help: "), "{stderr}");
    }
    write(&home.path().join(".config/certnotify/policies.toml"), REST);
    certnotify(home.path()).arg("validate").assert().code(0);
    write(&home.path().join("xdg/certnotify/policies.toml"), "");
    certnotify(home.path()).env("XDG_CONFIG_HOME", home.path().join("xdg")).arg("validate").assert().code(3);
    write(&home.path().join("policies.toml"), REST);
    certnotify(home.path()).env("XDG_CONFIG_HOME", home.path().join("xdg")).arg("validate").assert().code(0);
    certnotify(home.path()).env("CERTNOTIFY_POLICIES", "xdg/certnotify/policies.toml").arg("validate").assert().code(3);
}

#[test]
fn a_file_that_others_can_write_counts_only_where_it_is_named() {
    let home = tempfile::tempdir().unwrap();
    let main = home.path().join("policies.toml");
    write(&main, &format!("include = \"more.d/*.toml\"\n{REST}"));
    let more = home.path().join("more.d/a.toml");
    write(&more, "[[certificates]]\nfile = \"b.pem\"\n");
    certnotify(home.path()).arg("validate").assert().code(0);
    for path in [&more, &main] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o664)).unwrap();
        let output = certnotify(home.path()).arg("validate").assert().code(3).stdout("").get_output().clone();
        assert!(text_of(&output.stderr).contains("others can write it, and it was found here, not named"));
        certnotify(home.path()).args(["validate", "-p", "policies.toml"]).assert().code(0);
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

#[test]
fn a_file_that_runs_a_program_is_trusted_only_where_no_other_user_can_write_it() {
    let home = tempfile::tempdir().unwrap();
    let (main, more) = (home.path().join("policies.toml"), home.path().join("more.toml"));
    write(&main, &format!("include = \"more.toml\"\n{REST}contacts = [\"alice\"]\n"));
    write(&more, "[contacts.bob]\ncommand = { argv = [\"/bin/true\"] }\n");
    let arguments = ["validate", "-p", "policies.toml"];
    certnotify(home.path()).args(arguments).assert().code(0);
    for mode in [0o664, 0o646] {
        fs::set_permissions(&more, fs::Permissions::from_mode(mode)).unwrap();
        let output = certnotify(home.path()).args(arguments).assert().code(3).stdout("").get_output().clone();
        let stderr = text_of(&output.stderr);
        assert!(stderr.contains("more.toml:2:11: `command` of contact `bob` runs a program"), "{stderr}");
        assert!(stderr.contains("others can write it") && stderr.contains("chmod go-w"), "{stderr}");
    }
    fs::set_permissions(&more, fs::Permissions::from_mode(0o600)).unwrap();
    certnotify(home.path()).args(arguments).assert().code(0);
    let with_sendmail = format!("[email]\nsendmail = \"/bin/true\"\n{}", fs::read_to_string(&main).unwrap());
    write(&main, &with_sendmail.replace("include = \"more.toml\"\n", ""));
    certnotify(home.path()).args(arguments).assert().code(0);
    fs::set_permissions(&main, fs::Permissions::from_mode(0o664)).unwrap();
    for command in ["validate", "check", "run"] {
        let output = certnotify(home.path())
            .args([command, "-p", "policies.toml"])
            .assert()
            .code(3)
            .stdout("")
            .get_output()
            .clone();
        let stderr = text_of(&output.stderr);
        assert!(stderr.contains("policies.toml:2:12: `sendmail` of `[email]` runs a program"), "{stderr}");
    }
}

#[test]
fn what_is_no_regular_file_or_no_text_is_refused_without_being_opened() {
    let home = tempfile::tempdir().unwrap();
    let fifo = home.path().join("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    fs::write(home.path().join("utf16"), b"\xff\xfe[\0").unwrap();
    fs::write(home.path().join("latin1"), b"[contacts.a]\nemail = \"\xe9\"\n").unwrap();
    for (path, reason) in [
        ("fifo", "it is a FIFO and no regular file"),
        (".", "it is a directory"),
        ("none.toml", "no such file"),
        ("utf16", "it is UTF-16"),
        ("latin1", "line 2 is not UTF-8"),
    ] {
        let output =
            certnotify(home.path()).args(["validate", "-p", path]).assert().code(3).stdout("").get_output().clone();
        let stderr = text_of(&output.stderr);
        assert!(stderr.contains(&format!("policy file {path}: {reason}")), "{stderr}");
    }
    let large = fs::File::create(home.path().join("large")).unwrap();
    large.set_len(33 * 1024 * 1024).unwrap();
    let output = certnotify(home.path()).args(["validate", "-p", "large"]).assert().code(3).get_output().clone();
    assert!(text_of(&output.stderr).contains("it is larger than 32 MiB"));
}
