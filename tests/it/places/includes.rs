//! `include`: a pattern that matches nothing, or an empty list, hides nothing else and takes nothing out of the watch.

use super::Site;
use crate::support::certificates;

fn site(include: &str) -> Site {
    let site = Site::new();
    for name in ["own", "other"] {
        site.write(&format!("{name}.pem"), certificates::leaf(&[&format!("{name}.example.com")]).self_signed().pem);
    }
    site.policy("[[certificates]]\nname = \"own\"\nfile = \"own.pem\"\n");
    let policy = std::fs::read_to_string(site.path("policies.toml")).unwrap();
    site.write("policies.toml", format!("include = {include}\n{policy}"));
    site
}

#[test]
fn an_empty_list_of_includes_is_a_warning() {
    let site = site("[]");
    let (code, _, stderr) = site.certnotify(&["run"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let (code, _, stderr) = site.certnotify(&["validate"]);
    assert!(code == 0 && stderr.contains("`include` is an empty list"), "{stderr}");
}

#[test]
fn an_include_that_takes_in_nothing_is_said_and_the_rest_is_looked_at() {
    let site = site("[\"more.d/*.toml\"]");
    let (code, stdout, stderr) = site.certnotify(&["run"]);
    assert!(code == 1 && stdout.contains("looked at  1 certificate"), "{stdout}{stderr}");
    assert!(stderr.contains("`more.d/*.toml` includes nothing"), "{stderr}");
    let (code, stdout, _) = site.certnotify(&["check"]);
    assert!(code == 3 && stdout.contains("includes nothing"), "{stdout}");
    assert_eq!(site.certnotify(&["check", "--certificate", "own"]).0, 0);
}

#[test]
fn entries_of_an_include_that_is_gone_are_not_taken_for_removed() {
    let site = site("[\"more.d/*.toml\"]");
    let more = "[[certificates]]\nname = \"other\"\nfile = \"../other.pem\"\n";
    site.write("more.d/a.toml", more);
    assert_eq!(site.certnotify(&["run"]).0, 0);
    std::fs::remove_file(site.path("more.d/a.toml")).unwrap();
    for _ in 0..3 {
        let (code, _, stderr) = site.certnotify(&["run"]);
        assert!(code == 1 && !stderr.contains("watched no more"), "{stderr}");
        assert_eq!(site.state()["places"].as_object().unwrap().len(), 2);
    }
    // Another file is there: the entry was taken out.
    site.write("more.d/b.toml", "");
    let (code, _, stderr) = site.certnotify(&["run"]);
    assert!(code == 0 && stderr.contains("watched no more"), "{stderr}");
    assert_eq!(site.state()["places"].as_object().unwrap().len(), 1);
}

#[test]
fn entries_of_a_link_to_what_is_away_are_not_taken_for_removed() {
    let site = site("[\"more.d/*.toml\"]");
    site.write(
        "share/a.toml",
        format!("[[certificates]]\nname = \"other\"\nfile = \"{}\"\n", site.path("other.pem").display()),
    );
    site.write("more.d/b.toml", "");
    std::os::unix::fs::symlink(site.path("share/a.toml"), site.path("more.d/a.toml")).unwrap();
    assert_eq!(site.certnotify(&["run"]).0, 0);
    std::fs::rename(site.path("share"), site.path("away")).unwrap();
    for _ in 0..2 {
        let (code, _, stderr) = site.certnotify(&["run"]);
        assert!(code == 1 && !stderr.contains("watched no more"), "{stderr}");
        assert!(stderr.contains("`more.d/a.toml` includes nothing"), "{stderr}");
        assert_eq!(site.state()["places"].as_object().unwrap().len(), 2);
    }
    let (_, _, stderr) = site.certnotify(&["validate"]);
    assert!(stderr.contains("it is a link to a file that is not there"), "{stderr}");
}

#[test]
fn where_all_certificates_stand_in_an_include_that_is_gone_that_is_said() {
    let site = site("[\"more.d/*.toml\"]");
    site.write("policies.toml", "include = [\"more.d/*.toml\"]\n[contacts.ops]\nemail = \"ops@example.com\"\n");
    let (code, _, stderr) = site.certnotify(&["run"]);
    assert_eq!(code, 3, "{stderr}");
    assert!(stderr.contains("there are no certificates: `more.d/*.toml` includes nothing"), "{stderr}");
    assert!(stderr.contains("help: no file matches it now"), "{stderr}");
}

#[test]
fn what_is_wrong_at_entries_of_an_include_that_was_gone_is_told_once() {
    for was_seen in [true, false] {
        let site = site("[\"more.d/*.toml\"]");
        let more = "[[certificates]]\nname = \"other\"\nfile = \"../other.pem\"\n";
        site.write("more.d/a.toml", more);
        if was_seen {
            assert_eq!(site.certnotify(&["run"]).0, 0);
        }
        site.write("other.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        let run_twice = || (0..2).for_each(|_| assert_eq!(site.certnotify(&["run"]).0, 1));
        let told = || site.inbox().matches("Subject: other").count();
        run_twice();
        assert_eq!(told(), 1);
        std::fs::remove_file(site.path("more.d/a.toml")).unwrap();
        run_twice();
        site.write("more.d/a.toml", more);
        run_twice();
        assert_eq!(told(), 1, "seen before: {was_seen}");
    }
}
