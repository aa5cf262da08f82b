//! `--shard I/N`: several runs that share a policy file send the messages of one run, and none of them twice.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;
use time::OffsetDateTime;
use time::macros::datetime;

use super::support::certificates::leaf;
use super::support::tls_server;

/// Contact, certificate and kind.
type Row = (String, String, String);

const START: OffsetDateTime = datetime!(2026-08-20 00:00 UTC);
/// Before any clock that runs these tests.
const EXPIRED: OffsetDateTime = datetime!(2026-11-18 00:00 UTC);
const END: OffsetDateTime = datetime!(2090-12-14 00:00 UTC);

/// A machine with a policy file: single files, a directory, a lineage, endpoints one by one and in a list, and a file that is
/// deployed to one of them.
struct Fleet {
    folder: TempDir,
}

const SINGLE: [&str; 8] = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"];

impl Fleet {
    fn new() -> Self {
        let fleet = Self { folder: TempDir::new().unwrap() };
        let mut policy = "[contacts.ops]\n[contacts.dev]\n[policies.default]\ncontacts = [\"ops\", \"dev\"]\n\
            channels = [\"inbox\"]\nevents = [\"business\", \"alerts\", \"service-changes\"]\n"
            .to_owned();
        for name in SINGLE {
            fleet.write(&format!("{name}.pem"), &format!("{name}.example.com"));
            policy.push_str(&["[[certificates]]\nname = \"", name, "\"\nfile = \"", name, ".pem\"\n"].concat());
        }
        for name in ["one", "two", "three"] {
            fleet.write(&format!("directory/{name}/cert.pem"), &format!("{name}.example.org"));
        }
        fleet.write("live/www/fullchain.pem", "www.example.net");
        // The deletion of a valid one is told.
        fleet.renew("beta.pem", "beta.example.com");
        fleet.renew("directory/two/cert.pem", "two.example.org");
        policy += "[[certificates]]\nname = \"directory\"\nfile = \"directory\"\n\
            [[certificates]]\nname = \"lineage\"\nfile = \"live/*/fullchain.pem\"\n";
        let mut list = String::new();
        for nth in 0..6 {
            let served = leaf(&["127.0.0.1", &format!("list-{nth}.example.com")]).lives(START, EXPIRED).self_signed();
            list = list + &tls_server::serve(&served, &[]).to_string() + "\n";
        }
        fs::write(fleet.path("list.txt"), list).unwrap();
        let edge = leaf(&["127.0.0.1", "edge.example.com"]).lives(START, EXPIRED).self_signed();
        fs::write(fleet.path("edge.pem"), &edge.pem).unwrap();
        let at = tls_server::serve(&edge, &[]);
        let more = format!(
            "[[certificates]]\nname = \"list\"\nlist = \"list.txt\"\ntrust = false\n\
            [[certificates]]\nname = \"edge\"\nfile = \"edge.pem\"\ndeploys-to = [\"{at}\"]\n\
            [[certificates]]\nname = \"token\"\nexpires = \"2026-11-20\"\n\
            [[certificates]]\nname = \"edge-1\"\nendpoint = \"{at}\"\ntrust = false\n"
        );
        policy.push_str(&more);
        fs::write(fleet.path("policies.toml"), policy).unwrap();
        fleet
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A certificate that has expired.
    fn write(&self, file: &str, dns: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, leaf(&[dns]).lives(START, EXPIRED).self_signed().pem).unwrap();
    }

    fn renew(&self, file: &str, dns: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, leaf(&[dns]).lives(EXPIRED, END).self_signed().pem).unwrap();
    }

    fn certnotify(&self, states: &[&str], arguments: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.env_clear().env("HOME", self.folder.path()).current_dir(self.folder.path());
        command.arg("--policies").arg(self.path("policies.toml"));
        for state in states {
            command.arg("--state").arg(self.path(state));
        }
        let output = command.args(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    fn json(&self, states: &[&str], arguments: &[&str]) -> Value {
        let (_, stdout, stderr) = self.certnotify(states, arguments);
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {stdout}{stderr}"))
    }

    fn run(&self, state: &str, shard: Option<&str>) -> Vec<Row> {
        let shard = shard.into_iter().flat_map(|shard| ["--shard", shard]);
        let arguments: Vec<&str> = ["run", "--format", "json"].into_iter().chain(shard).collect();
        rows(&self.json(&[state], &arguments))
    }

    /// What all of `count` shards send.
    fn run_all(&self, count: usize) -> Vec<Vec<Row>> {
        (1..=count).map(|nth| self.run(&state_of(nth, count), Some(&format!("{nth}/{count}")))).collect()
    }

    /// Makes one state of those of all shards, and a copy of it for each of so many others.
    fn reshard(&self, from: usize, to: usize) {
        let parts: Vec<String> = (1..=from).map(|nth| state_of(nth, from)).collect();
        let arguments: Vec<&str> = ["state", "merge"].into_iter().chain(parts.iter().map(String::as_str)).collect();
        let (code, _, stderr) = self.certnotify(&["merged.json"], &arguments);
        assert_eq!(code, 0, "{stderr}");
        for nth in 1..=to {
            fs::copy(self.path("merged.json"), self.path(&state_of(nth, to))).unwrap();
        }
    }
}

fn state_of(nth: usize, count: usize) -> String {
    format!("state-{nth}-of-{count}.json")
}

fn rows(report: &Value) -> Vec<Row> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut rows = Vec::new();
    for message in report["messages"].as_array().unwrap() {
        for reminder in message["reminders"].as_array().unwrap() {
            rows.push((text(&message["contact"]), text(&reminder["certificate"]), text(&reminder["kind"])));
        }
    }
    rows.sort();
    rows
}

/// The rows of messages that were taken.
fn delivered(report: &Value) -> Vec<Row> {
    let mut taken = report.clone();
    taken["messages"].as_array_mut().unwrap().retain(|message| message["outcome"] == "delivered");
    rows(&taken)
}

fn united(shards: &[Vec<Row>]) -> Vec<Row> {
    let mut all: Vec<Row> = shards.iter().flatten().cloned().collect();
    all.sort();
    all
}

#[test]
fn any_number_of_shards_sends_what_one_run_sends_and_nothing_twice() {
    let fleet = Fleet::new();
    let one = fleet.run("one.json", None);
    assert!(one.len() >= 2 * (SINGLE.len() - 1 + 2 + 1 + 6 + 1), "{one:?}");
    for count in [1, 2, 3, 5] {
        let shards = fleet.run_all(count);
        assert_eq!(united(&shards), one, "{count} shards");
        let certificates = shards.iter().map(|rows| rows.iter().map(|row| &row.1).collect::<BTreeSet<_>>());
        let mut times: BTreeMap<&String, usize> = BTreeMap::new();
        certificates.flatten().for_each(|name| *times.entry(name).or_default() += 1);
        assert!(times.values().all(|times| *times == 1), "{count} shards: {times:?}");
        let busy = shards.iter().filter(|rows| !rows.is_empty()).count();
        assert!(busy > count / 2, "{busy} of {count} shards have something to send");
        assert_eq!(united(&fleet.run_all(count)), Vec::new(), "a second run of {count} shards");
    }
}

#[test]
fn what_is_judged_together_is_looked_at_by_one_shard() {
    let fleet = Fleet::new();
    for count in [2, 3, 7] {
        for together in [&["edge", "edge-1"][..], &["one", "two", "three"][..]] {
            let having = (1..=count).filter(|nth| {
                let report = fleet.json(&[], &["check", "--format", "json", "--shard", &format!("{nth}/{count}")]);
                let names: Vec<String> = report["certificates"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|certificate| certificate["name"].as_str().unwrap().to_owned())
                    .collect();
                let is_there = |name: &&str| {
                    names.iter().any(|known| known == *name || known.starts_with(&format!("directory/{name}")))
                };
                let found = together.iter().filter(|name| is_there(name)).count();
                assert!(found == 0 || found == together.len(), "{nth}/{count}: {names:?}");
                found > 0
            });
            assert_eq!(having.count(), 1, "{together:?} of {count}");
        }
    }
}

#[test]
fn another_number_of_shards_loses_nothing_and_repeats_nothing() {
    let fleet = Fleet::new();
    let first = fleet.run("one.json", None);
    assert_eq!(united(&fleet.run_all(3)), first);
    // What was renewed, and what is gone since: one run sees it now, one in the next.
    fleet.renew("alpha.pem", "alpha.example.com");
    fleet.renew("live/www-0001/fullchain.pem", "www.example.net");
    for gone in ["beta.pem", "directory/two/cert.pem"] {
        fs::remove_file(fleet.path(gone)).unwrap();
    }
    assert_eq!(united(&fleet.run_all(3)), fleet.run("one.json", None));
    fleet.reshard(3, 2);
    let deleted = fleet.run("one.json", None);
    assert!(deleted.iter().any(|row| row.2.contains("deletion")), "{deleted:?}");
    assert_eq!(united(&fleet.run_all(2)), deleted, "3 → 2");
    assert_eq!(united(&fleet.run_all(2)), fleet.run("one.json", None));
    fleet.renew("gamma.pem", "gamma.example.com");
    fleet.reshard(2, 4);
    let renewed = fleet.run("one.json", None);
    assert!(renewed.iter().any(|row| row.1 == "gamma" && row.2.contains("hosting")), "{renewed:?}");
    assert_eq!(united(&fleet.run_all(4)), renewed, "2 → 4");
    fleet.reshard(4, 1);
    fs::copy(fleet.path("merged.json"), fleet.path("whole.json")).unwrap();
    assert_eq!(fleet.run("whole.json", None), Vec::new(), "4 → no shards");
}

#[test]
fn a_target_that_is_taken_out_is_told_of_by_its_shard_and_by_no_other() {
    let fleet = Fleet::new();
    fleet.run_all(3);
    fleet.run("one.json", None);
    let policies = fs::read_to_string(fleet.path("policies.toml")).unwrap();
    let less = policies.replace("[[certificates]]\nname = \"eta\"\nfile = \"eta.pem\"\n", "");
    assert_ne!(less, policies);
    fs::write(fleet.path("policies.toml"), less).unwrap();
    let one = fleet.run("one.json", None);
    assert!(one.iter().all(|row| row.2.contains("notifications-disabled")) && one.len() == 2, "{one:?}");
    assert_eq!(united(&fleet.run_all(3)), one);
}

#[test]
fn the_state_of_a_shard_is_refused_by_another_shard_and_by_a_run_without_shards() {
    let fleet = Fleet::new();
    fleet.run_all(3);
    for arguments in [&["run", "--shard", "2/3"][..], &["run", "--shard", "1/2"], &["run"], &["plan"]] {
        let (code, stdout, stderr) = fleet.certnotify(&[&state_of(1, 3)], arguments);
        assert_eq!((code, stdout.as_str()), (3, ""), "{arguments:?}");
        assert!(stderr.contains("it is the memory of shard 1/3") && stderr.contains("state merge"), "{stderr}");
    }
    let (code, _, stderr) = fleet.certnotify(&["part.json"], &["state", "merge", &state_of(1, 3), &state_of(2, 3)]);
    assert_eq!(code, 0, "{stderr}");
    let (code, _, stderr) = fleet.certnotify(&["part.json"], &["run"]);
    assert!(code == 3 && stderr.contains("shard 1/3 and 2/3"), "a part is missing: {stderr}");
    for bad in ["0/3", "4/3", "3", "a/b", ""] {
        let (code, _, stderr) = fleet.certnotify(&["new.json"], &["run", "--shard", bad]);
        assert!(code == 3 && stderr.contains("--shard"), "{bad}: {stderr}");
    }
}

#[test]
fn history_and_plan_read_the_states_of_all_shards_at_once() {
    let fleet = Fleet::new();
    let one = fleet.run("one.json", None);
    fleet.run_all(3);
    let states: Vec<String> = (1..=3).map(|nth| state_of(nth, 3)).collect();
    let states: Vec<&str> = states.iter().map(String::as_str).collect();
    let told = fleet.json(&states, &["history", "--format", "json"]);
    assert_eq!(told["deliveries"].as_array().unwrap().len(), one.len());
    let planned = fleet.json(&states, &["plan", "--days", "0", "--format", "json"]);
    assert_eq!(planned["messages"], Value::Array(Vec::new()), "{planned}");
    let (code, _, stderr) = fleet.certnotify(&states, &["run"]);
    assert!(code == 3 && stderr.contains("state merge"), "{stderr}");
}

/// A program takes messages that refused all of them while there were another number of shards.
#[test]
fn what_was_refused_is_sent_once_by_another_number_of_shards() {
    let fleet = Fleet::new();
    let program = |code: u8| {
        let file = fleet.path(&format!("exit-{code}"));
        fs::write(&file, format!("#!/bin/sh\ncat >/dev/null\nexit {code}\n")).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o755)).unwrap();
        format!("[contacts.ops]\ncommand = {{ argv = [\"{}\"] }}\n", file.display())
    };
    let policies = fs::read_to_string(fleet.path("policies.toml")).unwrap();
    let policies = policies.replace("channels = [\"inbox\"]", "channels = [\"command\", \"inbox\"]");
    let with = |program: &str| {
        let text = policies.replace("[contacts.ops]\n", program);
        fs::write(fleet.path("policies.toml"), text).unwrap();
    };
    let run = |state: &str, shard: Option<&str>| {
        let shard = shard.into_iter().flat_map(|shard| ["--shard", shard]);
        let arguments: Vec<&str> = ["run", "--format", "json"].into_iter().chain(shard).collect();
        delivered(&fleet.json(&[state], &arguments))
    };
    let run_all = |count: usize| -> Vec<Row> {
        let shards = (1..=count).map(|nth| run(&state_of(nth, count), Some(&format!("{nth}/{count}"))));
        united(&shards.collect::<Vec<_>>())
    };
    with(&program(1));
    let by_inbox = run("one.json", None);
    assert!(!by_inbox.is_empty());
    assert_eq!(run_all(3), by_inbox);
    fleet.reshard(3, 2);
    assert_eq!(run_all(2), Vec::new(), "what is refused for good is not tried in every run");
    with(&program(0));
    let by_program = run("one.json", None);
    assert!(by_program.len() >= SINGLE.len(), "{by_program:?}");
    assert_eq!(run_all(2), by_program, "3 → 2");
    fleet.reshard(2, 4);
    assert_eq!(run_all(4), Vec::new(), "2 → 4");
    assert_eq!(run("one.json", None), Vec::new());
}
