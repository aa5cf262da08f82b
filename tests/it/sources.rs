//! Certificates that stand in other things than files of certificates.

mod command_source;
mod directory;
mod keys;
mod kubernetes;
mod made;
mod published;
mod saml;
mod text;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// certnotify with `input` to read.
fn certnotify(folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
    command.env_clear().env("TZ", "UTC").env("PATH", "/usr/bin:/bin").env("SECRET_OF_MAIL", "hunter2");
    command.env("HOME", folder).current_dir(folder).args(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A command that reads nothing closes its input.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

/// `check --format json` of `arguments` with `input`: its rows.
fn rows(folder: &Path, arguments: &[&str], input: &[u8]) -> Vec<Value> {
    let at = ["check", "--format", "json", "--at", "2026-11-21T07:07:00Z"];
    let output = certnotify(folder, &[&at, arguments].concat(), input);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let report: Value = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{error}: {text} {}", String::from_utf8_lossy(&output.stderr)));
    report["certificates"].as_array().unwrap().clone()
}

fn names(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["name"].as_str().unwrap()).collect()
}

/// The identifier of each finding of a row.
fn findings(row: &Value) -> Vec<&str> {
    row["findings"].as_array().unwrap().iter().map(|finding| finding["id"].as_str().unwrap()).collect()
}
