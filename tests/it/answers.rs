//! What is said of targets, addresses and outputs that few people write.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::ffi::OsStringExt as _;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;

use crate::support::certificates::{Authority, NOW, leaf};
use time::format_description::well_known::Rfc3339;

fn certnotify(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
    command.current_dir(folder).env_clear().env("TZ", "UTC").env("HOME", folder);
    command
}

fn check(folder: &Path) -> Command {
    let mut command = certnotify(folder);
    command.args(["check", "--no-trust", "--at", &NOW.format(&Rfc3339).unwrap()]);
    command
}

fn said(output: &Output) -> (Option<i32>, String) {
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

#[test]
fn a_file_whose_name_is_no_utf_8_is_read_with_and_without_its_prefix() {
    let folder = tempfile::tempdir().unwrap();
    let name = |start: &str, end: &[u8]| OsString::from_vec([start.as_bytes(), end].concat());
    fs::write(folder.path().join(name("a", b"\xff.pem")), Authority::root("Root").issue(&leaf(&["a"])).pem).unwrap();
    for start in ["a", "file:a", "file:./a"] {
        let (code, text) = said(&check(folder.path()).arg(name(start, b"\xff.pem")).output().unwrap());
        assert_eq!(code, Some(0), "{start}: {text}");
    }
    let (code, text) = said(&check(folder.path()).arg(name("file:a", b"\xfe.pem")).output().unwrap());
    assert!(code == Some(3) && text.contains("no such file"), "{text}");
}

#[test]
fn the_prefix_of_an_endpoint_leaves_the_protocol_to_its_option() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.write_all(b"554 5.7.1 your address is blocked\r\n");
            let _ = stream.read(&mut [0; 256]);
        }
    });
    for target in [format!("tls:127.0.0.1:{port}"), format!("127.0.0.1:{port}"), format!("smtp://127.0.0.1:{port}")] {
        let mut command = check(folder.path());
        if !target.contains("://") {
            command.args(["--starttls", "smtp"]);
        }
        let (code, text) = said(&command.arg(&target).output().unwrap());
        let expected = "speaks SMTP and refused this connection: it says `554 5.7.1 your address is blocked`";
        assert!(code == Some(3) && text.contains(expected), "{target}: {text}");
    }
}

#[test]
fn a_full_disk_under_standard_output_is_said_and_is_a_job_that_was_not_done() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.pem"), Authority::root("Root").issue(&leaf(&["a"])).pem).unwrap();
    for format in ["table", "json", "prometheus"] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let (code, text) =
            said(&check(folder.path()).args(["--format", format, "a.pem"]).stdout(full).output().unwrap());
        let expected =
            "certnotify: standard output: it cannot be written to: no space left on device\n  help: free space";
        assert!(code == Some(3) && text.starts_with(expected), "{format}: {text}");
    }
}

#[test]
fn a_page_that_cannot_be_written_is_not_called_printed() {
    let folder = tempfile::tempdir().unwrap();
    let lines: [&[&str]; 9] = [
        &["help"],
        &["--help"],
        &["help", "check"],
        &["inbox", "show", "--help"],
        &["--version"],
        &["--version", "--quiet"],
        &["generate", "man"],
        &["generate", "schema"],
        &["generate", "completions", "bash"],
    ];
    for line in lines {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let (code, text) = said(&certnotify(folder.path()).args(line).stdout(full).output().unwrap());
        assert!(code == Some(3) && text.starts_with("certnotify: standard output: "), "{line:?}: {code:?} {text}");
        let (reader, closed) = std::io::pipe().unwrap();
        drop(reader);
        let output = certnotify(folder.path()).args(line).stdout(closed).output().unwrap();
        assert_eq!(said(&output), (Some(0), String::new()), "{line:?}");
    }
}

/// An answer that cannot be read is no success: the message would be sent again.
#[test]
fn no_server_is_asked_for_a_compressed_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    let policy = format!(
        "[contacts.ops]\ndingtalk = {{ webhook = \"http://127.0.0.1:{port}/robot/send?access_token=0123\" }}\n\
         [[certificates]]\nfile = \"a.pem\"\n"
    );
    fs::write(folder.path().join("policies.toml"), policy).unwrap();
    let asked = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"}") {
            let mut piece = [0; 4096];
            let length = stream.read(&mut piece).unwrap();
            request.extend_from_slice(&piece[..length]);
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"errcode\":0}").unwrap();
        String::from_utf8(request).unwrap().to_ascii_lowercase()
    });
    let sent = certnotify(folder.path()).args(["test", "ops", "--channel", "dingtalk"]).output().unwrap();
    let (code, text) = said(&sent);
    assert_eq!(code, Some(0), "{text}");
    let asked = asked.join().unwrap();
    assert!(asked.contains("\r\naccept-encoding: identity\r\n"), "{asked}");
}
