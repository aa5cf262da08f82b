//! A service that takes less than is known of it: what is told then, and what stays due.

use std::fs;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;
use time::macros::datetime;

use crate::support::certificates;
use crate::support::chat_vendors::{ChannelConfig as Knobs, Vendors};
use crate::support::delivery::TOKEN;

const CERTIFICATES: usize = 40;

/// The numbers of the certificates that were named in messages which the service took, in their order.
fn named(vendors: &Vendors) -> Vec<Vec<usize>> {
    let journal = vendors.journal();
    let taken = journal.iter().filter(|entry| entry.verdict == Some(0));
    let text = taken.map(|entry| String::from_utf8_lossy(&entry.request.body).into_owned());
    text.map(|text| (0..CERTIFICATES).filter(|number| text.contains(&format!("{number:03}.pem"))).collect()).collect()
}

#[test]
fn what_a_service_does_not_take_at_once_is_told_in_the_next_run_and_never_twice() {
    let (folder, vendors) = (TempDir::new().unwrap(), Vendors::start());
    vendors.robot(TOKEN, Knobs { most: Some(1_000), ..Knobs::default() });
    let (from, until) = (datetime!(2020-01-01 0:00 UTC), datetime!(2021-01-01 0:00 UTC));
    for number in 0..CERTIFICATES {
        let leaf = certificates::leaf(&[&format!("host-{number:03}.example.com")]).lives(from, until).self_signed();
        fs::write(folder.path().join(format!("{number:03}.pem")), leaf.pem).unwrap();
    }
    let policy = format!(
        "[contacts.ops]\nwecom = {{ webhook = \"{}\" }}\n[policies.default]\ncontacts = [\"ops\"]\n\
         channels = [\"wecom\"]\n[[certificates]]\nname = \"w\"\nfile = \"*.pem\"\n",
        vendors.wecom(TOKEN)
    );
    fs::write(folder.path().join("policies.toml"), policy).unwrap();
    let run = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.env_clear().env("TZ", "UTC").arg("-p").arg(folder.path().join("policies.toml"));
        command.arg("--state").arg(folder.path().join("state.json")).args(["run", "--format", "json"]);
        let output = command.output().unwrap();
        (output.status.code().unwrap(), serde_json::from_slice::<Value>(&output.stdout).unwrap())
    };
    let (code, first) = run();
    let told: Vec<usize> = named(&vendors).iter().map(Vec::len).collect();
    assert_eq!((code, told), (0, vec![11, 9]), "{first}");
    assert_eq!(first["messages"][0]["reminders"].as_array().unwrap().len(), 11, "{first}");
    let journal = vendors.journal();
    let text = String::from_utf8_lossy(&journal.last().unwrap().request.body).into_owned();
    assert!(text.contains("+9 more, counted above and named in the next run."), "{text}");
    for (runs, left) in [(2, 10), (3, 0)] {
        let (code, report) = run();
        let mut all = named(&vendors).concat();
        all.sort_unstable();
        all.dedup();
        assert_eq!((code, all.len()), (0, CERTIFICATES - left), "{runs} runs: {report}");
        assert_eq!(named(&vendors).concat().len(), all.len(), "one was told twice");
    }
    let sent = vendors.journal().len();
    assert_eq!(run().0, 0);
    assert_eq!(vendors.journal().len(), sent, "nothing is left to tell");
}
