//! What a monitor elsewhere hears of whole runs, and what comes of one that does not listen.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use certnotify::deliver::{BeatLimits, Heartbeat, LostBeat, PingKind};
use tempfile::TempDir;
use time::macros::datetime;

use crate::support::certificates;
use crate::support::delivery::{NOW, literal, no_environment};
use crate::support::tls_server::closed;
use crate::support::web::{Reply, Web};

const KEY: &str = "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278";

/// A policy file with one certificate that expired long ago, and whose reader has an inbox.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let (from, until) = (datetime!(2020-01-01 0:00 UTC), datetime!(2021-01-01 0:00 UTC));
        let leaf = certificates::leaf(&["www.example.com"]).lives(from, until).self_signed();
        fs::write(folder.path().join("www.pem"), leaf.pem).unwrap();
        let place = Self { folder };
        place.write("www.pem");
        place
    }

    fn write(&self, file: &str) {
        let policy = format!(
            "[settings]\nheartbeat = {{ env = \"HEALTHCHECK_URL\" }}\n[contacts.ops]\nemail = \"ops@example.com\"\n\
             [policies.default]\nchannels = [\"inbox\"]\nevents = [\"business\", \"alerts\"]\n\
             [[certificates]]\nname = \"www\"\nfile = \"{file}\"\n"
        );
        fs::write(self.folder.path().join("policies.toml"), policy).unwrap();
    }

    /// Exit code, standard output and standard error.
    fn certnotify(&self, address: Option<&str>, arguments: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.env_clear().envs(address.map(|address| ("HEALTHCHECK_URL", address)));
        command.arg("-p").arg(self.folder.path().join("policies.toml"));
        command.arg("--state").arg(self.folder.path().join("memory/state.json"));
        let output = command.args(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }
}

fn monitor() -> (Web, String) {
    let web = Web::start();
    for ending in ["", "/start", "/fail"] {
        web.reply(&format!("/ping/{KEY}{ending}"), Reply::Bytes(b"OK".to_vec()));
    }
    let address = web.url(&format!("/ping/{KEY}"));
    (web, address)
}

fn endings(web: &Web) -> Vec<String> {
    web.asked().iter().map(|path| path.split(KEY).last().unwrap_or_default().to_owned()).collect()
}

fn bodies(web: &Web) -> Vec<String> {
    web.bodies().into_iter().map(|body| String::from_utf8(body).unwrap()).collect()
}

#[test]
fn a_monitor_hears_that_a_run_begins_and_that_it_ended_well_with_its_numbers() {
    let (web, address) = monitor();
    let place = Place::new();
    let (code, _, stderr) = place.certnotify(Some(&address), &["run"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert_eq!(endings(&web), ["/start", ""]);
    let bodies = bodies(&web);
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(bodies[0], format!("certnotify {version}: the run begins\n"));
    insta::assert_snapshot!(bodies[1].replace(version, "1.2.3"), @r"
    certnotify 1.2.3: the run is done
    certificates looked at: 1
    due: 1
    with findings: 0
    not seen: 0
    in need of nothing: 0
    messages delivered: 1
    messages held: 0
    messages not delivered: 0
    failures: 0
    ");
}

#[test]
fn a_run_that_could_not_see_everything_or_could_not_do_its_job_is_a_failure_to_the_monitor() {
    let (web, address) = monitor();
    let place = Place::new();
    place.write("missing.pem");
    assert_eq!(place.certnotify(Some(&address), &["run"]).0, 1);
    let (code, stdout, _) = place.certnotify(Some(&address), &["run", "--state", "/dev/null/state.json"]);
    assert_eq!((code, stdout.as_str()), (3, ""));
    assert_eq!(endings(&web), ["/start", "/fail", "/start", "/fail"]);
    let bodies = bodies(&web);
    assert!(bodies[1].contains("the run is done in part\n") && bodies[1].contains("\nfailures: 1\n"), "{}", bodies[1]);
    assert!(bodies[3].contains("could not do its job"), "{}", bodies[3]);
    assert!(!bodies.concat().contains("ops") && !bodies.concat().contains(".pem"), "{bodies:?}");
}

#[test]
fn a_monitor_hears_nothing_of_what_is_no_run() {
    let (web, address) = monitor();
    let place = Place::new();
    for arguments in [&["run", "--dry-run"][..], &["plan"], &["check"], &["validate"], &["test", "ops"], &["history"]] {
        place.certnotify(Some(&address), arguments);
    }
    assert_eq!(place.certnotify(Some(&address), &["run", "--certificate", "no such entry"]).0, 3);
    assert_eq!(web.asked(), [""; 0]);
}

#[test]
fn a_lost_heartbeat_is_a_warning_that_is_news_once_a_day_and_gives_no_secret_away() {
    let place = Place::new();
    let elsewhere = Web::start();
    let redirect = format!("Location: {}", elsewhere.url(&format!("/ping/{KEY}")));
    let web = Web::start();
    for ending in ["", "/start"] {
        web.reply(&format!("/ping/{KEY}{ending}"), Reply::Status(302, Box::leak(redirect.clone().into_boxed_str())));
    }
    let address = web.url(&format!("/ping/{KEY}"));
    let (code, stdout, stderr) = place.certnotify(Some(&address), &["run"]);
    assert_eq!(code, 0, "{stdout}");
    let host = web.url("").replace("http://", "");
    assert_eq!(
        stderr,
        format!(
            "certnotify: heartbeat: {host} answered HTTP 302\n  \
             help: redirects are not followed: write the address that it leads to\n"
        )
    );
    assert_eq!(elsewhere.asked(), [""; 0]);
    assert_eq!(place.certnotify(Some(&address), &["run", "--quiet"]), (0, String::new(), String::new()));

    let (code, _, stderr) = place.certnotify(None, &["run", "--quiet"]);
    let unset =
        "certnotify: heartbeat: `heartbeat` in [settings]: the environment variable `HEALTHCHECK_URL` is not set";
    assert!(code == 0 && stderr.starts_with(unset), "{stderr}");
    let (code, _, stderr) = place.certnotify(Some(&format!("hc.example/{KEY}")), &["run", "--quiet"]);
    assert!(code == 0 && stderr.contains("the address does not begin with https://") && !stderr.contains(KEY));
}

#[test]
fn a_heartbeat_that_comes_back_and_is_lost_again_is_news_again() {
    let place = Place::new();
    let (web, address) = monitor();
    let fails = |is_lost: bool| {
        let reply = if is_lost { Reply::Status(404, "X-A: b") } else { Reply::Bytes(b"OK".to_vec()) };
        web.reply(&format!("/ping/{KEY}"), reply);
        let (code, _, stderr) = place.certnotify(Some(&address), &["run", "--quiet"]);
        assert_eq!(code, 0);
        !stderr.is_empty()
    };
    assert_eq!([true, true, false, true].map(fails), [true, false, false, true]);
}

/// With no time to lose between tries.
fn tell(address: &str, whole: Duration) -> Result<(), LostBeat> {
    let limits = BeatLimits { whole, pause: Duration::from_millis(1) };
    let heartbeat = Heartbeat::new(&literal(address), &no_environment, limits).unwrap();
    assert!(!format!("{heartbeat:?}").contains(KEY));
    heartbeat.tell(PingKind::Success, "fine\n", NOW)
}

#[test]
fn a_monitor_that_is_busy_is_told_three_times_and_one_that_refuses_once() {
    let web = Web::start();
    let path = format!("/ping/{KEY}?create=1");
    for (status, tries) in [(503, 3), (429, 3), (404, 1), (400, 1), (301, 1)] {
        let before = web.asked().len();
        web.reply(&path, Reply::Status(status, "X-A: b"));
        let lost = tell(&web.url(&path), Duration::from_secs(20)).unwrap_err();
        assert!(lost.reason.ends_with(&format!(" answered HTTP {status}")), "{lost}");
        assert!(!format!("{lost:?}").contains(KEY));
        assert_eq!(web.asked().len() - before, tries, "{status}");
    }
    web.reply(&path, Reply::Status(201, "X-A: b"));
    tell(&web.url(&path), Duration::from_secs(20)).unwrap();
}

#[test]
fn a_monitor_that_does_not_answer_costs_no_more_than_the_limit() {
    let web = Web::start();
    web.reply(&format!("/ping/{KEY}"), Reply::Silence);
    let began = Instant::now();
    let lost = tell(&web.url(&format!("/ping/{KEY}")), Duration::from_millis(700)).unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(20));
    assert!(lost.reason.starts_with("no answer from 127.0.0.1:"), "{lost}");
    assert_eq!(web.asked().len(), 1);

    let nobody = closed();
    let lost = tell(&format!("http://{nobody}/ping/{KEY}"), Duration::from_secs(20)).unwrap_err();
    assert!(lost.reason.starts_with(&format!("no connection to {nobody}: ")), "{lost}");
    assert!(!lost.reason.contains(KEY));
}

#[test]
fn a_ping_address_in_the_clear_stays_in_the_private_network() {
    let lost = tell(&format!("http://8.8.8.8/ping/{KEY}"), Duration::from_secs(20)).unwrap_err();
    assert!(lost.reason.contains("plain http goes only to this machine and to private networks"), "{lost}");
    assert_eq!(lost.help, "write its address with https://");
}
