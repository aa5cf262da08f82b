//! `certnotify check` on files: the report, the thresholds and the verdict.

mod collections;
mod deployment;
mod formats;
mod horizons;
mod judgement;
mod keys;
mod made_by_openssl;
mod ways;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use assert_cmd::Command;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::support::certificates::{Authority, NOW, Wish, leaf};

/// A directory of files, in which `check` is run.
struct Folder(tempfile::TempDir);

/// What one run said.
struct Said {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn leaf(&self, name: &str, wish: &Wish) -> &Self {
        self.write(name, Authority::root("Root").issue(wish).pem)
    }

    fn run(&self, arguments: &[&str]) -> Said {
        self.run_with(arguments, "")
    }

    fn run_with(&self, arguments: &[&str], input: &str) -> Said {
        let output = Command::new(env!("CARGO_BIN_EXE_certnotify"))
            .arg("check")
            .args(arguments)
            .args(["--at", &NOW.format(&Rfc3339).unwrap()])
            .current_dir(self.path())
            .env("TZ", "Europe/Berlin")
            .env_remove("CERTNOTIFY_POLICIES")
            .env("XDG_CONFIG_HOME", self.path().join("no-config"))
            .write_stdin(input)
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let said = self.run(&[&["--format", "json"], arguments].concat());
        serde_json::from_str(&said.stdout).unwrap_or_else(|_| panic!("{}{}", said.stdout, said.stderr))
    }

    /// Names, in their order, with what was found.
    fn found(&self, arguments: &[&str]) -> Vec<(String, Vec<String>)> {
        let report = self.json(arguments);
        let words = |value: &Value| value.as_str().unwrap().to_owned();
        let items = report["certificates"].as_array().unwrap();
        let findings =
            |item: &Value| item["findings"].as_array().unwrap().iter().map(|one| words(&one["id"])).collect();
        items.iter().map(|item| (words(&item["name"]), findings(item))).collect()
    }

    fn names(&self, arguments: &[&str]) -> Vec<String> {
        self.found(arguments).into_iter().map(|(name, _)| name).collect()
    }
}

fn found(name: &str, findings: &[&str]) -> (String, Vec<String>) {
    (name.to_owned(), findings.iter().map(|id| (*id).to_owned()).collect())
}

fn days(days: i64) -> Duration {
    Duration::days(days)
}

/// Of this lifetime, with this much left.
fn of(lifetime: Duration, left: Duration) -> Wish {
    leaf(&["www.example.com"]).lives(NOW + left - lifetime, NOW + left)
}

#[test]
fn the_table_is_worst_first_with_the_verdict_last() {
    let folder = Folder::new();
    folder
        .leaf("certs/expired.pem", &leaf(&["a.example"]).left(-Duration::hours(7)))
        .leaf("certs/mail.pem", &leaf(&["b.example"]).left(days(2) + Duration::hours(17)))
        .leaf("certs/dev.pem", &leaf(&["c.example"]).left(days(11)))
        .leaf("certs/fine.pem", &leaf(&["d.example"]))
        .write("certs/broken.crt", "-----BEGIN CERTIFICATE-----\nMIIB");
    let said = folder.run(&["certs"]);
    insta::assert_snapshot!(said.stdout, @r"
    STATUS    LEFT     EXPIRES (CET)     NAME               FINDINGS
    critical  7 h ago  2026-11-21 01:07  certs/expired.pem  expired
    critical      2 d  2026-11-24 01:07  certs/mail.pem     expires soon
    unknown         -  -                 certs/broken.crt   unparsable: `certs/broken.crt`: certificate 1 (line 1) has no END line
    warning      11 d  2026-12-02 08:07  certs/dev.pem      expires soon
    ok           70 d  2027-01-30 08:07  certs/fine.pem

    critical: 2 critical, 1 unknown, 1 warning, 1 ok of 5; worst: certs/expired.pem, expired 7 h ago
    ");
    assert_eq!((said.code, said.stderr.as_str()), (2, ""));
}

#[test]
fn the_json_holds_every_fact_and_leaves_none_out() {
    let folder = Folder::new();
    let root = Authority::root("Root");
    let leaf = root.issue(&leaf(&["www.example.com"]).left(days(-12)));
    folder.write("www.pem", format!("{}{}", leaf.pem, root.pem));
    let report = folder.json(&["www.pem", "gone.pem"]);
    let sha = |der: &[u8]| certnotify::certificate::read_der(der).unwrap().0.certificate.fingerprint.to_string();
    assert_eq!(report["version"], 1);
    assert_eq!(report["at"], "2026-11-21T07:07:00Z");
    assert_eq!(report["status"], "critical");
    assert_eq!(report["counts"], json!({ "ok": 0, "warning": 0, "critical": 1, "unknown": 1 }));
    assert_eq!(
        report["certificates"][0],
        json!({
            "name": "www.pem",
            "source": "www.pem",
            "status": "critical",
            "findings": [{ "id": "expired", "severity": "critical", "message": "expired 12 days ago", "accepted": false }],
            "subject": "CN=www.example.com",
            "issuer": "CN=Root",
            "serial": "4ab1c0",
            "dns_names": ["www.example.com"],
            "ip_addresses": [],
            "not_before": "2026-08-11T07:07:00Z",
            "not_after": "2026-11-09T07:07:00Z",
            "effective_not_after": "2026-11-09T07:07:00Z",
            "limited_by": null,
            "days_left": -12,
            "lifetime_days": 90,
            "fingerprint_sha256": sha(&leaf.der),
            "key": { "algorithm": "EC", "bits": 256 },
            "signature_algorithm": "ecdsa-with-SHA256",
            "chain": [{
                "subject": "CN=Root",
                "issuer": "CN=Root",
                "not_after": "2036-11-18T07:07:00Z",
                "fingerprint_sha256": sha(&root.der),
            }],
            "error": null,
        })
    );
    let gone = &report["certificates"][1];
    assert_eq!((gone["status"].as_str(), gone["name"].as_str()), (Some("unknown"), Some("gone.pem")));
    assert_eq!(gone["error"], "`gone.pem` cannot be read: no such file or directory");
    for (key, value) in gone.as_object().unwrap() {
        assert!(
            ["name", "source", "status", "findings", "error"].contains(&key.as_str()) || value.is_null(),
            "{key}: {value}"
        );
    }
    assert_eq!(gone.as_object().unwrap().len(), report["certificates"][0].as_object().unwrap().len());
}

#[test]
fn the_exit_code_is_the_worst_and_unknown_stands_between_warning_and_critical() {
    let folder = Folder::new();
    folder
        .leaf("ok.pem", &leaf(&["a.example"]))
        .leaf("warning.pem", &leaf(&["b.example"]).left(days(20)))
        .leaf("critical.pem", &leaf(&["c.example"]).left(days(2)));
    let code = |targets: &[&str]| folder.run(targets).code;
    assert_eq!(code(&["ok.pem"]), 0);
    assert_eq!(code(&["ok.pem", "warning.pem"]), 1);
    assert_eq!(code(&["warning.pem", "gone.pem"]), 3);
    assert_eq!(code(&["warning.pem", "gone.pem", "critical.pem"]), 2);
}

#[test]
fn a_usage_error_exits_3_and_leaves_standard_output_empty() {
    let folder = Folder::new();
    folder.leaf("a.pem", &leaf(&["a.example"]));
    for wrong in [
        &["--warning", "7d", "--critical", "30d", "a.pem"][..],
        &["--warning", "10%", "--critical", "33%", "a.pem"],
        &["--within", "30d", "--warning", "3d", "a.pem"],
        &["--warning", "soon", "a.pem"],
        &["--warning", "101%", "a.pem"],
        &["--jobs", "0", "a.pem"],
        &["--timeout", "0", "a.pem"],
        &["--format", "yaml", "a.pem"],
        &["--report", "table", "a.pem"],
        &["--accept", "expired", "a.pem"],
        &["--accept", "no-such-finding", "a.pem"],
        &["--ca-file", "gone.pem", "a.pem"],
        &["--server-name", "a.example"],
        &["--certificate", "a", "a.pem"],
        &["--no-such-flag"],
        &["--output", "no/such/folder/report", "a.pem"],
        &[],
    ] {
        let said = folder.run(wrong);
        assert_eq!((said.code, said.stdout.as_str()), (3, ""), "{wrong:?}");
        assert!(!said.stderr.is_empty(), "{wrong:?}");
    }
}

#[test]
fn built_in_thresholds_are_capped_by_the_lifetime_and_given_ones_are_not() {
    let judged = |wish: &Wish, flags: &[&str]| {
        let folder = Folder::new();
        folder.leaf("a.pem", wish);
        let report = folder.json(&[flags, &["a.pem"]].concat());
        report["certificates"][0]["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(judged(&of(days(90), days(30)), &[]), "warning");
    assert_eq!(judged(&of(days(90), days(30) + Duration::SECOND), &[]), "ok");
    assert_eq!(judged(&of(days(90), days(7)), &[]), "critical");
    assert_eq!(judged(&of(days(6), days(4)), &[]), "ok");
    assert_eq!(judged(&of(days(6), days(3)), &[]), "warning");
    assert_eq!(judged(&of(days(6), days(1)), &[]), "critical");
    assert_eq!(judged(&of(days(6), days(4)), &["-w", "30d", "-c", "1d"]), "warning");
    assert_eq!(judged(&of(days(6), days(4)), &["-w", "5", "-c", "100h"]), "critical");
    assert_eq!(judged(&of(days(90), days(29)), &["--warning", "33%"]), "warning");
    assert_eq!(judged(&of(days(90), days(31)), &["--warning", "33%"]), "ok");
    assert_eq!(judged(&of(days(90), days(4)), &["--warning", "3d"]), "ok");
    assert_eq!(judged(&of(days(90), days(20)), &["--within", "14d"]), "ok");
    assert_eq!(judged(&of(days(90), days(14)), &["--within", "14d"]), "critical");
    assert_eq!(judged(&of(days(90), -Duration::SECOND), &["--within", "14d"]), "critical");
}

#[test]
fn accepted_findings_are_listed_and_do_not_count() {
    let folder = Folder::new();
    let root = Authority::root("Root");
    let leaf = root.issue(&leaf(&["www.example.com"]).left(days(20)));
    folder.write("www.pem", &leaf.pem).write("ca.pem", &Authority::root("Other").pem);
    let judged = ["--ca-file", "ca.pem", "www.pem"];
    assert_eq!(folder.run(&judged).code, 2);
    let said = folder.run(&[&["--accept", "chain-incomplete"], &judged[..]].concat());
    assert_eq!(said.code, 1);
    assert!(said.stdout.contains("expires soon; accepted: chain incomplete"), "{}", said.stdout);
    let report = folder.json(&[&["--accept", "chain-incomplete"], &judged[..]].concat());
    let findings = report["certificates"][0]["findings"].as_array().unwrap();
    assert_eq!(findings[1]["accepted"], true);
}

#[test]
fn trust_of_a_file_is_judged_only_with_a_ca_file() {
    let folder = Folder::new();
    let root = Authority::root("Root");
    let leaf_of_root = root.issue(&leaf(&["www.example.com"]));
    folder.write("www.pem", &leaf_of_root.pem).write("ca.pem", &root.pem);
    folder.write("own.pem", leaf(&["own.example.com"]).self_signed().pem);
    assert_eq!(folder.found(&["own.pem"]), [found("own.pem", &[])]);
    assert_eq!(folder.found(&["--ca-file", "ca.pem", "own.pem"]), [found("own.pem", &["self-signed"])]);
    assert_eq!(folder.found(&["--ca-file", "ca.pem", "www.pem"]), [found("www.pem", &[])]);
}

#[test]
fn standard_input_is_a_target() {
    let folder = Folder::new();
    let pem = Authority::root("Root").issue(&leaf(&["a.example"]).left(days(3))).pem;
    let said = folder.run_with(&["-"], &format!("CONNECTED(00000003)\n---\n{pem}---\n"));
    assert_eq!(said.code, 2, "{}", said.stdout);
    assert!(said.stdout.contains(" -  "), "{}", said.stdout);
    assert_eq!(folder.run_with(&["-"], "").code, 3);
}

#[test]
fn reports_are_written_beside_each_other_and_replaced_in_one_step() {
    let folder = Folder::new();
    folder.leaf("a.pem", &leaf(&["a.example"])).write("table.txt", "old").write("target.json", "old");
    symlink("target.json", folder.path().join("linked.json")).unwrap();
    let said = folder.run(&["--output", "table.txt", "--report", "json=linked.json", "--report=table=b.txt", "a.pem"]);
    assert_eq!((said.code, said.stdout.as_str(), said.stderr.as_str()), (0, "", ""));
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(read("table.txt").ends_with("ok: 1 ok of 1; first to expire: a.pem, 70 d left\n"));
    assert_eq!(read("table.txt"), read("b.txt"));
    let report: Value = serde_json::from_str(&read("target.json")).unwrap();
    assert_eq!(report["status"], "ok");
    assert!(folder.path().join("linked.json").is_symlink());
    let left = fs::read_dir(folder.path())
        .unwrap()
        .filter(|file| file.as_ref().unwrap().file_name().to_string_lossy().ends_with(".new"));
    assert_eq!(left.count(), 0);
}

#[test]
fn quiet_is_silent_while_all_is_well_and_shows_only_what_is_not() {
    let folder = Folder::new();
    folder.leaf("d/a.pem", &leaf(&["a.example"])).leaf("e/b.pem", &leaf(&["b.example"]).left(days(3)));
    assert_eq!(folder.run(&["--quiet", "d"]).stdout, "");
    let said = folder.run(&["--quiet", "d", "e"]);
    assert!(said.stdout.contains("e/b.pem") && !said.stdout.contains("d/a.pem"), "{}", said.stdout);
    assert!(said.stdout.ends_with("critical: 1 critical, 1 ok of 2; worst: e/b.pem, 3 d left\n"), "{}", said.stdout);
}

#[test]
fn an_existing_path_wins_over_a_host_and_a_typing_mistake_gets_a_hint() {
    let folder = Folder::new();
    folder.leaf("example.com", &leaf(&["a.example"])).leaf("fullchain.pem", &leaf(&["b.example"]));
    assert_eq!(folder.names(&["example.com", "file:example.com"]), ["example.com"]);
    let said = folder.run(&["fulchain.pem", "gopher://example.com", "two words"]);
    assert!(said.stdout.contains("did you mean `fullchain.pem`?"), "{}", said.stdout);
    assert!(said.stdout.contains("`gopher` is no scheme"), "{}", said.stdout);
    assert!(said.stdout.contains("`two words` is no host name"), "{}", said.stdout);
    assert_eq!((said.code, said.stderr.as_str()), (3, ""));
}

#[test]
fn text_of_a_certificate_reaches_no_terminal_as_an_escape() {
    let folder = Folder::new();
    let mut wish = leaf(&["a.example"]);
    wish.params.distinguished_name.push(rcgen::DnType::OrganizationName, "\u{1b}[2J\u{202e}\u{200b}evil");
    folder.leaf("a\u{1b}[31m.pem", &wish);
    for format in ["table", "json"] {
        let said = folder.run(&["--format", format, "--color", "always", "."]);
        let shown = said.stdout.replace("\u{1b}[32m", "").replace("\u{1b}[0m", "");
        let is_hostile = |character: char| matches!(character, '\u{1b}' | '\u{202e}' | '\u{200b}');
        assert!(!shown.contains(is_hostile), "{shown:?}");
        assert!(shown.contains("a[31m.pem"), "{shown:?}");
    }
}

#[test]
fn the_policy_file_rules_what_is_checked_without_targets() {
    let folder = Folder::new();
    let soon = NOW + days(40);
    folder
        .leaf("certs/www.pem", &leaf(&["www.example.com"]).lives(soon - days(365), soon))
        .leaf("certs/sub/api.pem", &leaf(&["api.example.com"]))
        .leaf("auto.pem", &leaf(&["auto.example.com"]).left(days(25)));
    let policy = r#"
[contacts.ops]
email = "ops@example.com"
[policies.default]
deadline = "60d"
[[certificates]]
name = "web"
file = "certs"
covers = ["www.example.com"]
accept = ["name-mismatch"]
[[certificates]]
file = "auto.pem"
renewal = "auto"
covers = ["other.example.com"]
"#;
    folder.write("policies.toml", policy);
    assert_eq!(
        folder.found(&[]),
        [
            found("web/sub/api.pem", &["name-mismatch"]),
            found("web/www.pem", &["expires-soon"]),
            found("auto.pem", &["expires-soon", "name-mismatch", "renewal-late"]),
        ]
    );
    assert_eq!(folder.names(&["--certificate", "auto.pem"]), ["auto.pem"]);
    assert_eq!(folder.found(&["--certificate", "web", "--within", "39d"])[1], found("web/www.pem", &[]));
    assert_eq!(folder.run(&["--certificate", "nobody"]).code, 3);
    assert_eq!(folder.run(&["--certificate", "web"]).code, 1);
}

#[test]
fn a_date_acts_as_if_it_were_that_day() {
    let folder = Folder::new();
    folder.leaf("a.pem", &leaf(&["a.example"]));
    let at = |moment: OffsetDateTime| {
        Command::new(env!("CARGO_BIN_EXE_certnotify"))
            .args(["check", "a.pem", "--at", &moment.date().to_string()])
            .current_dir(folder.path())
            .output()
            .unwrap()
            .status
            .code()
    };
    assert_eq!(at(NOW), Some(0));
    assert_eq!(at(NOW + days(50)), Some(1));
    assert_eq!(at(NOW + days(71)), Some(2));
}
