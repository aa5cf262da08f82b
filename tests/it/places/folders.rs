//! Files below a glob whose folder is gone: not seen, and not deleted.

use std::fs;
use std::process::Command;

use time::format_description::well_known::Rfc3339;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::Site;
use crate::support::certificates;

fn site() -> Site {
    let site = Site::new();
    for name in ["a", "b"] {
        let leaf = certificates::leaf(&[&format!("{name}.example.com")]);
        let leaf = leaf.lives(datetime!(2020-01-01 0:00 UTC), datetime!(2060-01-01 0:00 UTC));
        site.write(&format!("srv/{name}/tls/{name}.pem"), leaf.self_signed().pem);
    }
    site.policy("[[certificates]]\nname = \"srv\"\nfile = \"srv/*/tls/*.pem\"\n");
    assert_eq!(site.certnotify(&["run"]).0, 0);
    site
}

#[test]
fn a_folder_that_vanishes_below_a_glob_is_said_and_its_certificate_stays() {
    let site = site();
    fs::remove_dir_all(site.path("srv/b")).unwrap();
    for _ in 0..3 {
        let (code, _, stderr) = site.certnotify(&["run"]);
        assert_eq!(code, 1, "{stderr}");
        assert!(stderr.contains("certificate `srv/b/tls/b.pem`: ") && stderr.contains("is not there"), "{stderr}");
        assert!(stderr.contains("watched on by its last known dates"), "{stderr}");
    }
    assert_eq!(site.state()["places"].as_object().unwrap().len(), 2);
    let (code, plan, _) = site.certnotify(&["plan", "srv/b/tls/b.pem"]);
    assert!(code < 2 && plan.contains("srv/b/tls/b.pem"), "{plan}");
}

#[test]
fn after_seven_days_it_is_told_as_deleted_and_said() {
    let site = site();
    fs::remove_dir_all(site.path("srv/b")).unwrap();
    site.certnotify(&["run"]);
    let away = |site: &Site, days: i64| {
        site.change_state(|state| {
            let places = state["places"].as_object_mut().unwrap();
            let place = places.values_mut().find(|place| place["name"] == "srv/b/tls/b.pem").unwrap();
            let since = OffsetDateTime::parse(place["away"].as_str().unwrap(), &Rfc3339).unwrap();
            let since = since - Duration::days(days) - Duration::minutes(1);
            place["away"] = since.format(&Rfc3339).unwrap().into();
        });
    };
    away(&site, 6);
    assert_eq!(site.certnotify(&["run"]).0, 1);
    assert!(!site.inbox().contains("deleted"), "{}", site.inbox());
    away(&site, 1);
    let (code, _, stderr) = site.certnotify(&["run", "--quiet"]);
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("it is no longer there and is watched no more"), "{stderr}");
    assert!(site.inbox().to_lowercase().contains("delet"), "{}", site.inbox());
    assert_eq!(site.state()["places"].as_object().unwrap().len(), 1);
}

#[test]
fn a_folder_that_comes_back_ends_it() {
    let site = site();
    fs::rename(site.path("srv/b"), site.path("elsewhere")).unwrap();
    assert_eq!(site.certnotify(&["run"]).0, 1);
    fs::rename(site.path("elsewhere"), site.path("srv/b")).unwrap();
    assert_eq!(site.certnotify(&["run"]).0, 0);
    let state = site.state();
    assert!(state["places"].as_object().unwrap().values().all(|place| place.get("away").is_none()), "{state}");
}

#[test]
fn a_file_that_is_gone_from_a_folder_that_is_there_is_deleted_in_two_runs_and_said() {
    let site = site();
    fs::remove_file(site.path("srv/b/tls/b.pem")).unwrap();
    assert_eq!(site.certnotify(&["run"]).0, 0);
    let (code, _, stderr) = site.certnotify(&["run"]);
    assert_eq!(code, 0);
    assert!(stderr.contains("certificate `srv/b/tls/b.pem`: it is no longer there and is watched no more"), "{stderr}");
    assert!(site.inbox().to_lowercase().contains("delet"), "{}", site.inbox());
}

#[test]
fn a_directory_that_is_gone_deletes_nothing_that_another_entry_names_by_its_file() {
    let leaf = certificates::leaf(&["a.example.com"]);
    let leaf = leaf.lives(datetime!(2020-01-01 0:00 UTC), datetime!(2060-01-01 0:00 UTC)).self_signed().pem;
    for [first, second] in [["srv/tls", "srv/tls/a.pem"], ["srv/tls/a.pem", "srv/tls"]] {
        let site = Site::new();
        site.write("srv/tls/a.pem", &leaf);
        site.policy(&format!(
            "[[certificates]]\nname = \"one\"\nfile = \"{first}\"\n[[certificates]]\nname = \"two\"\nfile = \"{second}\"\n"
        ));
        assert_eq!(site.certnotify(&["run"]).0, 0);
        fs::rename(site.path("srv/tls"), site.path("srv/away")).unwrap();
        for _ in 0..4 {
            assert_eq!(site.certnotify(&["run"]).0, 1);
        }
        assert!(!site.inbox().contains("deleted"), "{}", site.inbox());
        assert_eq!(site.state()["places"].as_object().unwrap().len(), 1);
    }
}

#[test]
fn a_policy_file_that_is_reached_by_another_path_watches_the_same_files() {
    let site = Site::new();
    fs::create_dir_all(site.path("srv/sub")).unwrap();
    std::os::unix::fs::symlink("srv", site.path("etc")).unwrap();
    let renew = |days: i64| {
        let until = datetime!(2060-01-01 0:00 UTC) + Duration::days(days);
        let leaf = certificates::leaf(&["a.example.com"]).lives(datetime!(2020-01-01 0:00 UTC), until);
        site.write("srv/a.pem", leaf.self_signed().pem);
    };
    site.policy("[[certificates]]\nname = \"a\"\nfile = \"a.pem\"\n");
    fs::rename(site.path("policies.toml"), site.path("srv/policies.toml")).unwrap();
    let etc = site.path("etc").display().to_string();
    let runs = [
        ("", format!("{etc}/policies.toml")),
        ("etc", "policies.toml".to_owned()),
        ("etc", "sub/../policies.toml".to_owned()),
        ("", format!("{etc}/../etc/sub/../policies.toml")),
    ];
    for (number, (folder, policies)) in (0..).zip(runs) {
        renew(number * 30);
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.env_clear().current_dir(site.path(folder)).env("PWD", site.path(folder));
        command.args(["-p", &policies, "--state"]).arg(site.path("memory/state.json")).arg("run");
        let output = command.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && said.is_empty(), "{policies}: {said}");
        let state = site.state();
        let places: Vec<&String> = state["places"].as_object().unwrap().keys().collect();
        assert_eq!(places, [&format!("{etc}/a.pem")], "{policies}");
    }
    assert_eq!(site.inbox().matches("Subject: a (a.example.com): certificate renewed").count(), 3, "{}", site.inbox());
}
