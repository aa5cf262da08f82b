//! `list = "hosts.txt"`: what cannot be read of it is its own problem, and nothing else's.

use super::Site;
use crate::support::certificates;
use crate::support::tls_server::serve;

fn with_expired_file(site: &Site, more: &str) {
    let leaf = certificates::leaf(&["old.example.com"]);
    let leaf = leaf.lives(time::macros::datetime!(2020-01-01 0:00 UTC), time::macros::datetime!(2021-01-01 0:00 UTC));
    site.write("old.pem", leaf.self_signed().pem);
    site.policy(&format!("[[certificates]]\nname = \"old\"\nfile = \"old.pem\"\n{more}"));
}

const LISTED: &str = "[[certificates]]\nname = \"edge\"\nlist = \"hosts.txt\"\ntrust = false\n";

#[test]
fn a_list_that_is_missing_empty_or_broken_hides_nothing_else_and_is_said() {
    for (content, said) in [
        (None, "certificate `edge`: the list `hosts.txt` cannot be read: "),
        (Some(""), "certificate `edge`: the list `hosts.txt` names no endpoint"),
        (Some("# only a comment\n\n"), "certificate `edge`: the list `hosts.txt` names no endpoint"),
        (Some("two words\n"), "certificate `edge/line 1`: line 1 of the list `hosts.txt`: `two words` is no host name"),
        (Some("\u{200b}a.example\n"), "  help: take out its character 1, U+200B"),
    ] {
        let site = Site::new();
        with_expired_file(&site, LISTED);
        if let Some(content) = content {
            site.write("hosts.txt", content);
        }
        let (code, _, stderr) = site.certnotify(&["run"]);
        assert_eq!(code, 1, "{stderr}");
        assert!(stderr.contains(said) && stderr.contains("  help: "), "{stderr}");
        assert!(!stderr.contains("try: "), "a list is no target of check: {stderr}");
        assert!(site.inbox().contains("old.example.com"), "{content:?}");
        let (code, json, stderr) = site.certnotify(&["check", "--format", "json"]);
        assert_eq!((code, stderr.as_str()), (2, ""));
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["counts"]["unknown"], 1, "{json}");
        assert_eq!(json["counts"]["critical"], 1, "{json}");
        let (code, _, stderr) = site.certnotify(&["validate"]);
        assert_eq!(code, 0);
        assert!(stderr.contains("warning: ") && stderr.contains("hosts.txt"), "{stderr}");
        assert_eq!(site.certnotify(&["validate", "--strict"]).0, 3);
    }
}

#[test]
fn a_policy_of_nothing_but_a_list_that_cannot_be_read_is_looked_at_and_unknown() {
    let site = Site::new();
    site.policy("[[certificates]]\nlist = \"hosts.txt\"\n");
    assert_eq!(site.certnotify(&["check"]).0, 3);
    let (code, _, stderr) = site.certnotify(&["run"]);
    assert!(code == 1 && stderr.contains("certificate `hosts.txt`: the list `hosts.txt` cannot be read"), "{stderr}");
}

#[test]
fn the_lines_around_a_bad_one_are_looked_at_whatever_their_encoding() {
    let server = serve(&certificates::leaf(&["127.0.0.1"]).left(time::Duration::days(80)).self_signed(), &[]);
    let site = Site::new();
    site.policy(LISTED);
    let good = format!("127.0.0.1:{}\n", server.port());
    site.write("hosts.txt", [b"# caf\xe9\n[broken\n".as_slice(), good.as_bytes(), b"gopher://x\n"].concat());
    let (_, json, _) = site.certnotify(&["check", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let names: Vec<&str> =
        json["certificates"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["edge", "edge/line 2", "edge/line 4"]);
    assert!(json["certificates"][0]["fingerprint_sha256"].is_string(), "{json}");
}

#[test]
fn a_list_that_fails_takes_no_endpoint_out_of_the_watch() {
    let server = serve(&certificates::leaf(&["127.0.0.1"]).left(time::Duration::days(80)).self_signed(), &[]);
    for broken in [None, Some(""), Some("127.0.0.1 1 2 3\n")] {
        let site = Site::new();
        site.policy(LISTED);
        site.write("hosts.txt", format!("127.0.0.1:{}\n", server.port()));
        assert_eq!(site.certnotify(&["run"]).0, 0);
        let places = site.state()["places"].clone();
        assert_eq!(places.as_object().unwrap().len(), 1);
        match broken {
            Some(text) => site.write("hosts.txt", text),
            None => std::fs::remove_file(site.path("hosts.txt")).unwrap(),
        }
        for _ in 0..3 {
            let (code, _, stderr) = site.certnotify(&["run"]);
            assert_eq!(code, 1);
            assert!(!stderr.contains("watched no more"), "{stderr}");
            assert!(stderr.contains("1 endpoint of it is watched on by its last known dates"), "{stderr}");
        }
        assert_eq!(site.state()["places"].as_object().unwrap().len(), 1);
        // Taken out of a list that can be read, it is watched no more.
        site.write("hosts.txt", "localhost:1\n");
        let (_, _, stderr) = site.certnotify(&["run"]);
        assert!(stderr.contains("watched no more"), "{stderr}");
    }
}

#[test]
fn a_list_that_fails_ends_nothing_that_was_wrong_at_its_endpoints() {
    for broken in [None, Some(""), Some("127.0.0.1 1 2 3\n")] {
        let site = Site::new();
        site.policy(LISTED);
        site.write("hosts.txt", "127.0.0.1:1\n");
        for _ in 0..2 {
            assert_eq!(site.certnotify(&["run"]).0, 1);
        }
        match broken {
            Some(text) => site.write("hosts.txt", text),
            None => std::fs::remove_file(site.path("hosts.txt")).unwrap(),
        }
        assert_eq!(site.certnotify(&["run"]).0, 1);
        assert!(!site.inbox().contains("recovered"), "{broken:?}: nothing was seen there");
        let record = &site.state()["anomalies"]["127.0.0.1:1"]["unreachable"];
        assert!(record["told-as"].is_string() && record["gone"].is_null(), "{record}");
    }
}

#[test]
fn a_list_that_can_be_read_again_has_recovered_and_one_that_no_entry_names_has_not() {
    let server = serve(&certificates::leaf(&["127.0.0.1"]).left(time::Duration::days(80)).self_signed(), &[]);
    let good = format!("127.0.0.1:{}\n", server.port());
    let only_endpoint = format!("[[certificates]]\nname = \"edge\"\nendpoint = \"{}\"\ntrust = false\n", good.trim());
    for broken in [None, Some(String::new()), Some(format!("{good}two words\n"))] {
        for still_named in [true, false] {
            let site = Site::new();
            site.policy(LISTED);
            site.write("hosts.txt", &good);
            assert_eq!(site.certnotify(&["run"]).0, 0);
            match &broken {
                Some(text) => site.write("hosts.txt", text),
                None => std::fs::remove_file(site.path("hosts.txt")).unwrap(),
            }
            for _ in 0..2 {
                assert_eq!(site.certnotify(&["run"]).0, 1);
            }
            assert_eq!(site.inbox().matches("\nSubject: ").count(), 1, "{broken:?}: {}", site.inbox());
            site.policy(if still_named { LISTED } else { &only_endpoint });
            site.write("hosts.txt", &good);
            for _ in 0..2 {
                assert_eq!(site.certnotify(&["run"]).0, 0);
            }
            let inbox = site.inbox();
            let recovered = |line: &&str| line.starts_with("Subject: ") && line.contains("recovered");
            let recovered = inbox.lines().filter(recovered).count();
            assert_eq!(recovered, usize::from(still_named), "{broken:?}: {inbox}");
        }
    }
}

#[test]
fn a_list_of_another_form_gets_the_line_that_is_meant() {
    for (line, help) in [
        ("www.example.com 8443", "www.example.com:8443"),
        ("www.example.com\t443", "www.example.com:443"),
        ("www.example.com,8443", "www.example.com:8443"),
        ("2001:db8::1 443", "[2001:db8::1]:443"),
        ("a.example b.example", "write one endpoint a line"),
        ("a.example tls yes", "a line holds an endpoint and no more: a.example"),
        ("two_ words!", "a line holds an endpoint and no more: two_"),
        ("bad..name", "write www.example.com or www.example.com:8443"),
    ] {
        let site = Site::new();
        site.policy(LISTED);
        site.write("hosts.txt", format!("{line}\n"));
        let (_, _, stderr) = site.certnotify(&["validate"]);
        assert!(stderr.contains(help), "{line}: {stderr}");
    }
}

#[test]
fn a_list_that_is_none_is_a_bounded_number_of_problems_and_shows_no_secret() {
    let site = Site::new();
    site.policy(LISTED);
    let mut text = "postgres://app:hunter2@db.example.com/app\n".to_owned();
    text += &"<td>not a host</td>\n".repeat(5000);
    text += &"x".repeat(100_000);
    site.write("hosts.txt", text);
    let (code, _, stderr) = site.certnotify(&["run"]);
    assert_eq!(code, 1);
    assert!(!stderr.contains("hunter2"), "{stderr}");
    assert!(stderr.contains("more lines of the list `hosts.txt` name no endpoint"), "{stderr}");
    assert!(stderr.lines().count() < 100, "{}", stderr.lines().count());
    let (_, _, stderr) = site.certnotify(&["validate"]);
    assert!(!stderr.contains("hunter2") && stderr.lines().count() < 200, "{stderr}");
}

#[test]
fn what_is_told_of_a_bad_line_speaks_of_no_certificate() {
    let site = Site::new();
    site.policy(LISTED);
    site.write("hosts.txt", "two words\n");
    for _ in 0..2 {
        assert_eq!(site.certnotify(&["run"]).0, 1);
    }
    let told = site.inbox();
    let body = told.split("Something is wrong with").nth(1).unwrap_or_else(|| panic!("{told}"));
    assert!(body.contains("hosts.txt") && !body.contains("certificate"), "{told}");
}
