//! That looking leaves time to send: at what was not reached, at silent peers, at slow files.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use time::macros::datetime;

use crate::containers::hostile::store_of;
use crate::support::certificates::leaf;
use crate::support::tls_server;

struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    fn write(&self, time_limit: &str, deadline: &str, entries: &str) {
        let policy = format!(
            "[settings]\ntime-limit = \"{time_limit}\"\n[contacts.ops]\nemail = \"ops@example.com\"\n\
             [policies.default]\nchannels = [\"inbox\"]\nevents = [\"business\", \"alerts\"]\ndeadline = \"{deadline}\"\n\
             {entries}"
        );
        fs::write(self.folder.path().join("policies.toml"), policy).unwrap();
    }

    /// Exit code, standard output, standard error, and how long it took.
    fn certnotify(&self, arguments: &[&str]) -> (i32, String, String, Duration) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.env_clear().arg("-p").arg(self.folder.path().join("policies.toml"));
        command.arg("--state").arg(self.folder.path().join("memory/state.json"));
        let begun = Instant::now();
        let output = command.args(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr), begun.elapsed())
    }

    fn inbox(&self) -> String {
        self.certnotify(&["inbox", "ops"]).1
    }
}

/// Some connections stay in the queue of this listener, the others are never made: its port says nothing at all.
fn silence() -> (TcpListener, u16) {
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// Every address of 127.0.0.0/8 is this machine.
fn loopback(number: u32) -> Ipv4Addr {
    Ipv4Addr::from(0x7f02_0000 + number)
}

fn quoted(port: u16, count: u32) -> String {
    let endpoints: Vec<String> = (0..count).map(|number| format!("\"{}:{port}\"", loopback(number))).collect();
    endpoints.join(", ")
}

const EXPIRED: &str = "[[certificates]]\nname = \"www\"\nfile = \"www.pem\"\n";

fn write_expired(place: &Place) {
    let (from, until) = (datetime!(2020-01-01 0:00 UTC), datetime!(2021-01-01 0:00 UTC));
    let expired = leaf(&["www.example.com"]).lives(from, until).self_signed();
    fs::write(place.folder.path().join("www.pem"), expired.pem).unwrap();
}

#[test]
fn silent_endpoints_leave_half_of_the_time_to_send_and_what_was_not_reached_is_one_line() {
    let (listener, port) = silence();
    let place = Place::new();
    write_expired(&place);
    place.write(
        "4s",
        "30d",
        &format!("[[certificates]]\nname = \"farm\"\nendpoint = [{}]\n{EXPIRED}", quoted(port, 300)),
    );
    for run in 0..3 {
        let (code, _, stderr, took) = place.certnotify(&["run", "--quiet"]);
        assert_eq!(code, 1, "{stderr}");
        let said =
            "300 certificates were not looked at, because half of the 4 s of this run were over: `farm/127.2.0.0:";
        let is_said = stderr.contains(said) && stderr.contains(" and 297 more") && stderr.lines().count() == 2;
        let is_said = is_said && stderr.contains("help: no run has seen any of it yet; raise `time-limit`");
        // What lasts is said once a day.
        assert!(if run == 0 { is_said } else { stderr.is_empty() }, "run {run}: {stderr}");
        assert!(took < Duration::from_secs(6), "run {run} took {took:?}");
    }
    let inbox = place.inbox();
    assert!(inbox.contains("www") && !inbox.contains("farm"), "what was not tried is no failure of it: {inbox}");
    drop(listener);
}

#[test]
fn slow_files_leave_half_of_the_time_to_send() {
    let place = Place::new();
    write_expired(&place);
    let mut entries = EXPIRED.to_owned();
    for number in 0..40 {
        // Each asks for 50,000 rounds of hashing before it opens.
        fs::write(place.folder.path().join(format!("{number}.p12")), store_of(&[0x00, 0xc3, 0x50])).unwrap();
        let _ =
            writeln!(entries, "[[certificates]]\nname = \"store-{number}\"\nfile = \"{number}.p12\"\npassword = \"x\"");
    }
    place.write("2s", "30d", &entries);
    let (code, _, stderr, _) = place.certnotify(&["run", "--quiet"]);
    assert_eq!(code, 1, "{stderr}");
    assert!(
        stderr.contains("certificates were not looked at, because half of the 2 s of this run were over"),
        "{stderr}"
    );
    assert!(place.inbox().contains("www"), "{}", place.inbox());
}

/// Passes the first connection on to `server`, and says nothing to those after it.
fn once(server: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut near, _) = listener.accept().unwrap();
        let mut far = TcpStream::connect(server).unwrap();
        let (mut from_far, mut to_near) = (far.try_clone().unwrap(), near.try_clone().unwrap());
        thread::spawn(move || io::copy(&mut from_far, &mut to_near));
        // The peer goes away at the end of its look.
        let _ = io::copy(&mut near, &mut far);
        let kept: Vec<TcpStream> = listener.incoming().map_while(Result::ok).collect();
        drop(kept);
    });
    address
}

#[test]
fn what_was_not_reached_is_reminded_of_by_its_last_known_dates() {
    let soon = leaf(&["api.example.com"]).left(time::Duration::days(20)).self_signed();
    let endpoint = once(tls_server::serve(&soon, &[]));
    let entry = format!(
        "[[certificates]]\nname = \"api\"\nendpoint = \"{endpoint}\"\ntrust = false\naccept = [\"name-mismatch\"]\n"
    );
    let place = Place::new();
    place.write("1h", "3d", &entry);
    let (code, stdout, stderr, _) = place.certnotify(&["run"]);
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    assert!(!place.inbox().contains("api"));

    place.write("2s", "30d", &entry);
    let (code, stdout, stderr, _) = place.certnotify(&["run"]);
    assert!(code == 1 && stderr.contains("1 certificate was not looked at"), "{stdout}{stderr}");
    assert!(stderr.contains("each is watched on by its last known dates; "), "{stderr}");
    assert!(place.inbox().contains("api"), "{stdout}{stderr}");
}

#[test]
fn silent_peers_delay_no_other_in_check_and_in_run() {
    let (listener, port) = silence();
    let answering = tls_server::serve(&leaf(&["127.0.0.1"]).self_signed(), &[]);
    let silent: Vec<String> = (0..400).map(|number| format!("{}:{port}", loopback(number))).collect();
    let place = Place::new();
    place.write(
        "10m",
        "30d",
        &format!(
            "[[certificates]]\nname = \"farm\"\ntrust = false\nendpoint = [{}, \"{answering}\"]\n",
            quoted(port, 400)
        ),
    );
    // In rounds of 64, six would end one after another.
    let most = Duration::from_secs(2 * 3);
    let (_, stdout, _, took) = place.certnotify(&["run", "--timeout", "2s"]);
    assert!(took < most, "{took:?}");
    assert!(stdout.contains("400 were not seen"), "{stdout}");
    let mut arguments = vec!["check", "--timeout", "2s", "--no-trust", "--format", "json"];
    arguments.extend(silent.iter().map(String::as_str));
    let answering = answering.to_string();
    arguments.push(&answering);
    let (code, stdout, _, took) = place.certnotify(&arguments);
    assert!(took < most, "{took:?}");
    assert_eq!(stdout.matches("\"error\": \"").count(), 400);
    assert!(code > 0 && stdout.contains("\"subject\": \"CN="), "{stdout}");
    drop(listener);
}
