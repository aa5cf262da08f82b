//! Reports of a run, the page, and what both say of messages.

use std::fs;
use std::process::{Command, Output};

use tempfile::TempDir;
use time::Duration;
use time::macros::datetime;

use crate::support::certificates;

struct House(TempDir);

impl House {
    /// One certificate that expired long ago, one whose file is gone, and these tables.
    fn new(more: &str) -> Self {
        let house = Self(TempDir::new().unwrap());
        let until = datetime!(2021-01-01 0:00 UTC);
        let leaf = certificates::leaf(&["<b>.example.com", "www.example.com"]).lives(until - Duration::days(90), until);
        fs::write(house.path("www.pem"), leaf.self_signed().pem).unwrap();
        let policy = "[contacts.ops]\nemail = \"ops@example.com\"\n[policies.default]\nchannels = [\"inbox\"]\nevents = [\"alerts\"]\n\
                      [[certificates]]\nname = \"www\"\nfile = \"www.pem\"\n\
                      [[certificates]]\nname = \"gone\"\nfile = \"gone.pem\"\n";
        fs::write(house.path("policies.toml"), format!("{more}{policy}")).unwrap();
        house
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.env_clear().current_dir(self.0.path()).args(["-p", "policies.toml", "--state", "memory/state.json"]);
        command.args(arguments).output().unwrap()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

#[test]
fn a_run_leaves_the_reports_that_check_would_and_says_in_metrics_what_it_sent() {
    let house = House::new("");
    let output =
        house.run(&["run", "--report", "json=run.json", "--report", "prometheus=run.prom", "--report", "csv=run.csv"]);
    assert_eq!(code(&output), 1, "{output:?}");
    let check = house.run(&["check", "--format", "csv"]);
    assert_eq!(code(&check), 2);
    assert_eq!(house.read("run.csv"), String::from_utf8(check.stdout).unwrap());
    let report: serde_json::Value = serde_json::from_str(&house.read("run.json")).unwrap();
    assert_eq!((report["certificates"].as_array().unwrap().len(), report["status"].as_str()), (2, Some("critical")));
    let metrics = house.read("run.prom");
    for line in [
        "certnotify_run_messages{contact=\"ops\",channel=\"inbox\",outcome=\"delivered\"} 1",
        "certnotify_run_undelivered_messages 0",
        "certnotify_run_failures 1",
        "certnotify_run_due_certificates 1",
        "certnotify_status 2",
    ] {
        assert!(metrics.lines().any(|known| known == line), "{line}: {metrics}");
    }
    let check = house.run(&["check", "--format", "prometheus"]);
    assert!(!String::from_utf8(check.stdout).unwrap().contains("certnotify_run_"));
}

#[test]
fn a_report_that_cannot_be_written_is_a_problem_of_the_run_and_takes_nothing_from_it() {
    let house = House::new("");
    fs::write(house.path("gone.pem"), house.read("www.pem")).unwrap();
    let arguments = ["run", "--report", "json=none/run.json", "--report", "csv=run.csv"];
    let output = house.run(&arguments);
    assert_eq!(code(&output), 1, "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("report `none/run.json`: the folder `none` is not there\n"), "{said}");
    assert!(house.read("run.csv").contains("www.pem"));
    assert_eq!(fs::read_dir(house.path("memory/inbox/ops/new")).unwrap().count(), 1);
    // It lasts: said once a day.
    let again = house.run(&["-q", "run", "--report", "json=none/run.json"]);
    assert_eq!((code(&again), again.stderr.as_slice()), (1, b"".as_slice()));
    assert_eq!(code(&house.run(&["run"])), 0);
}

#[test]
fn what_cannot_be_written_is_said_in_words_with_what_to_do() {
    let house = House::new("");
    fs::create_dir(house.path("folder")).unwrap();
    for (arguments, said) in [
        (
            "check --output none/report",
            "report `none/report`: the folder `none` is not there\n  help: make the folder first, or name another file",
        ),
        ("check --report json=folder", "report `folder`: it is a folder\n  help: name a file in it"),
        ("check --output www.pem/report", "report `www.pem/report`: it cannot be written: not a directory\n"),
        (
            "generate schema --output=none/schema",
            "file `none/schema`: the folder `none` is not there\n  help: make the folder first, or name another file",
        ),
        ("generate man --output=www.pem", "directory `www.pem`: it cannot be written: file exists\n"),
        (
            "init www.pem --output=www.pem/policies.toml",
            "policy file `www.pem/policies.toml`: it cannot be written: not a directory\n",
        ),
        (
            "init --output=- --from=blackbox none",
            "`none` cannot be read: no such file or directory\n  help: name the file",
        ),
    ] {
        let output = house.run(&arguments.split(' ').collect::<Vec<_>>());
        let all = String::from_utf8(output.stderr.clone()).unwrap();
        assert_eq!(code(&output), 3, "{all}");
        assert!(all.contains(said) && !all.contains("os error"), "{all}");
    }
}

#[test]
fn a_report_of_a_part_or_of_a_trial_is_a_usage_error() {
    let house = House::new("");
    for more in [["--certificate", "www"].as_slice(), &["--dry-run"]] {
        let output = house.run(&[["run", "--report", "json=run.json"].as_slice(), more].concat());
        assert_eq!(code(&output), 3);
        assert!(!house.path("run.json").exists() && !house.path("memory").exists());
    }
}

#[test]
fn the_page_says_what_was_told_and_what_comes_next_and_asks_for_nothing() {
    let house = House::new("");
    assert_eq!(code(&house.run(&["run", "--report", "html=run.html"])), 1);
    let check = house.run(&["check", "--format", "html"]);
    for page in [house.read("run.html"), String::from_utf8(check.stdout).unwrap()] {
        assert!(page.contains("alert.expired to ops by inbox"), "{page}");
        assert!(page.contains("<h3>Next</h3>") && page.contains("&lt;b&gt;.example.com"), "{page}");
        assert!(page.contains("default-src 'none'"));
        let outside = ["src=", "href=", "url(", "@import", "http:", "https:", " on", "<b>."];
        let body = page.split_once("<body>").unwrap().1.split_once("<script>").unwrap().0;
        let wrong = outside.iter().find(|word| body.contains(**word) && **word != " on");
        assert_eq!(wrong, None);
    }
    let targets = house.run(&["check", "--format", "html", "www.pem"]);
    assert!(!String::from_utf8(targets.stdout).unwrap().contains("Told and next"));
}

#[test]
fn a_whole_run_leaves_feeds_that_name_each_end_and_keep_their_identifiers() {
    let house = House::new("[settings]\npublish = \"public/feeds\"\n");
    assert_eq!(code(&house.run(&["run", "--certificate", "www"])), 0);
    assert!(!house.path("public").exists());
    assert_eq!(code(&house.run(&["run"])), 1);
    let (calendar, atom) = (house.read("public/feeds/expiry.ics"), house.read("public/feeds/expiry.atom"));
    assert_eq!(calendar.matches("BEGIN:VEVENT").count(), 1);
    assert!(calendar.contains("DTSTART:20210101T000000Z\r\n") && calendar.lines().all(|line| line.len() <= 75));
    assert!(calendar.contains("SUMMARY:www: certificate expires 2021-01-01\r\n"), "{calendar}");
    assert_eq!(atom.matches("<entry>").count(), 2, "{atom}");
    assert!(atom.contains("<title>www: certificate expired 2021-01-01</title><updated>2021-01-01T00:00:00Z</updated>"));
    assert!(atom.contains("&lt;b&gt;.example.com") && !atom.contains("<b>"), "{atom}");
    assert_eq!(code(&house.run(&["run"])), 1);
    assert_eq!(house.read("public/feeds/expiry.ics"), calendar);
    assert_eq!(house.read("public/feeds/expiry.atom"), atom);
}

#[test]
fn a_feed_that_cannot_be_written_is_a_problem_of_the_run() {
    let house = House::new("[settings]\npublish = \"policies.toml/feeds\"\n");
    let output = house.run(&["run"]);
    assert_eq!(code(&output), 1);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("publish `") && said.contains("policies.toml/feeds`: "), "{said}");
    assert_eq!(fs::read_dir(house.path("memory/inbox/ops/new")).unwrap().count(), 1);
}

/// Every word of a text that begins like a metric of a report.
fn metrics_in(text: &str) -> Vec<String> {
    let words = text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
    words.filter(|word| word.starts_with("x509_cert_") || word.starts_with("certnotify_")).map(str::to_owned).collect()
}

#[test]
fn examples_of_monitoring_name_metrics_and_options_that_there_are() {
    let house = House::new("");
    house.run(&["run", "--report", "prometheus=run.prom"]);
    let written = metrics_in(&house.read("run.prom"));
    let examples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/monitoring");
    let mut seen = 0;
    for name in ["certnotify.rules.yml", "grafana-dashboard.json"] {
        let text = fs::read_to_string(examples.join(name)).unwrap();
        for metric in metrics_in(&text) {
            assert!(written.contains(&metric), "{name}: {metric}");
            seen += 1;
        }
    }
    assert!(seen >= 12);
    let dashboard = fs::read_to_string(examples.join("grafana-dashboard.json")).unwrap();
    let dashboard: serde_json::Value = serde_json::from_str(&dashboard).unwrap();
    assert!(dashboard["panels"].as_array().unwrap().len() >= 8);
    // The status line that the push monitor and NRPE read.
    let status = String::from_utf8(house.run(&["check", "--format", "nagios", "--quiet"]).stdout).unwrap();
    assert!(status.starts_with("CRITICAL") && status.lines().count() == 1, "{status}");
}
