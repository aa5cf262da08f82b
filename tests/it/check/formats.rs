//! `check --format` and `--report`: every format carries the verdict of the exit code, and no text from outside breaks one.

use std::collections::BTreeMap;

use serde_json::Value;
use time::Duration;

use super::{Folder, Said, leaf};
use crate::support::certificates::Authority;

const FORMATS: [&str; 10] =
    ["table", "json", "nagios", "prometheus", "junit", "sarif", "github", "csv", "html", "markdown"];
const STATUSES: [&str; 4] = ["ok", "warning", "critical", "unknown"];
/// A file whose name is made to break every format, as one that a stranger may have put there.
const HOSTILE: &str = "x|'=\"<b>&;%0A::error::,=1+1[a](http://e.example)@all #1 `c` \u{202e}\u{1b}[31m\n.pem";

/// A folder with a certificate of each status that is asked for.
fn folder(statuses: &[&str]) -> Folder {
    let folder = Folder::new();
    for status in statuses {
        match *status {
            "ok" => folder.leaf("ok.pem", &leaf(&["ok.example.com"]).left(Duration::days(60))),
            "warning" => folder.leaf("warning.pem", &leaf(&["warning.example.com"]).left(Duration::days(20))),
            "critical" => folder.leaf("critical.pem", &leaf(&["critical.example.com"]).left(Duration::days(-3))),
            _ => folder.write("unknown.pem", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"),
        };
    }
    folder
}

/// What a format says of the whole, read as its readers read it: a status.
fn verdict(format: &str, said: &Said) -> String {
    let text = &said.stdout;
    match format {
        "table" | "github" => text.lines().last().unwrap().split(':').next().unwrap().to_owned(),
        "json" => json(text)["status"].as_str().unwrap().to_owned(),
        "nagios" => text.split(' ').next().unwrap().to_lowercase(),
        "prometheus" => {
            let value = text.lines().find_map(|line| line.strip_prefix("certnotify_status ")).unwrap();
            STATUSES[value.parse::<usize>().unwrap()].to_owned()
        }
        "html" => attribute(text, "<p class=\"verdict "),
        "junit" => attribute(text, "<property name=\"status\" value=\""),
        "sarif" => json(text)["runs"][0]["properties"]["status"].as_str().unwrap().to_owned(),
        "csv" => {
            let records = records(text);
            assert!(records.iter().all(|record| record.len() == records[0].len()), "{text}");
            worst(records[1..].iter().map(|record| record[2].as_str()))
        }
        "markdown" => text.trim_start_matches("**").split(':').next().unwrap().to_owned(),
        other => panic!("{other} has no reader"),
    }
}

/// The fields of each record (RFC 4180 §2).
fn records(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut fields, mut field, mut is_quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut characters = text.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if is_quoted && characters.peek() == Some(&'"') => field.extend(characters.next()),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => fields.push(std::mem::take(&mut field)),
            '\r' if !is_quoted => assert_eq!(characters.peek(), Some(&'\n')),
            '\n' if !is_quoted => {
                fields.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut fields));
            }
            other => field.push(other),
        }
    }
    assert!(fields.is_empty() && field.is_empty() && !is_quoted, "{text}");
    records
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn attribute(text: &str, before: &str) -> String {
    text.split_once(before).unwrap().1.split('"').next().unwrap().to_owned()
}

/// Critical, then unknown, then warning.
fn worst<'a>(statuses: impl Iterator<Item = &'a str>) -> String {
    const ORDER: [&str; 4] = ["ok", "warning", "unknown", "critical"];
    statuses.max_by_key(|status| ORDER.iter().position(|known| known == status)).unwrap_or("ok").to_owned()
}

#[test]
fn every_format_says_of_every_mixture_what_the_exit_code_says() {
    for mixture in 1..16_usize {
        let statuses: Vec<&str> =
            STATUSES.into_iter().enumerate().filter(|(bit, _)| mixture >> bit & 1 == 1).map(|(_, name)| name).collect();
        let folder = folder(&statuses);
        for format in FORMATS {
            let said = folder.run(&["--format", format, "."]);
            assert_eq!(
                verdict(format, &said),
                STATUSES[usize::try_from(said.code).unwrap()],
                "{format} of {statuses:?}"
            );
            assert_eq!(said.stderr, "");
        }
    }
}

#[test]
fn one_look_writes_all_formats_and_each_is_what_standard_output_would_have() {
    let folder = folder(&STATUSES);
    let reports: Vec<String> = FORMATS.iter().map(|format| format!("--report={format}=report.{format}")).collect();
    let mut arguments: Vec<&str> = reports.iter().map(String::as_str).collect();
    arguments.extend(["--format", "json", "--output", "out.json", "."]);
    let said = folder.run(&arguments);
    assert_eq!((said.code, said.stdout.as_str()), (2, ""));
    for format in FORMATS {
        let written = std::fs::read_to_string(folder.path().join(format!("report.{format}"))).unwrap();
        let alone = folder.run(&["--format", format, "ok.pem", "warning.pem", "critical.pem", "unknown.pem"]);
        assert_eq!(worst_of(format, &written), worst_of(format, &alone.stdout), "{format}");
    }
}

fn worst_of(format: &str, text: &str) -> String {
    verdict(format, &Said { code: 2, stdout: text.to_owned(), stderr: String::new() })
}

#[test]
fn a_hostile_name_stays_inside_its_place_in_every_format() {
    let folder = Folder::new();
    folder.leaf(HOSTILE, &leaf(&["shop.example.com"]).left(Duration::days(-3)));
    for format in FORMATS {
        let said = folder.run(&["--format", format, "."]);
        assert_eq!(said.code, 2, "{format}: {}", said.stdout);
        assert_eq!(verdict(format, &said), "critical", "{format}: {}", said.stdout);
        let is_clean = |character: char| !matches!(character, '\u{1b}' | '\u{202e}' | '\u{0}');
        assert!(said.stdout.chars().all(is_clean), "{format}: {:?}", said.stdout);
        let lines = said.stdout.lines().count();
        match format {
            "nagios" => assert_eq!((lines, said.stdout.matches('|').count()), (2, 1), "{}", said.stdout),
            "github" => {
                let commands = said.stdout.lines().filter(|line| line.starts_with("::")).count();
                assert_eq!((lines, commands), (2, 1), "{}", said.stdout);
            }
            "csv" => assert_eq!(lines, 2, "{}", said.stdout),
            "markdown" => {
                assert_eq!(lines, 5, "{}", said.stdout);
                assert!(!said.stdout.contains("](") && !said.stdout.contains("@all"), "{}", said.stdout);
            }
            "html" => {
                assert!(!said.stdout.contains("<b>&") && !said.stdout.contains("'="), "{}", said.stdout);
                assert_eq!(said.stdout.matches("<tr class=\"critical\"").count(), 1);
            }
            "junit" => {
                assert!(!said.stdout.contains("<b>"), "{}", said.stdout);
                assert_eq!(said.stdout.matches("<testcase").count(), 1);
            }
            "prometheus" => {
                assert!(prometheus(&said.stdout).values().all(|count| *count == 1), "{}", said.stdout);
            }
            _ => {}
        }
    }
}

/// How often each series stands in a report; it panics where a line is no sample.
fn prometheus(text: &str) -> BTreeMap<String, usize> {
    let mut series = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        value.parse::<f64>().unwrap_or_else(|error| panic!("{error}: {line}"));
        if let Some((_, labels)) = name.split_once('{') {
            let unescaped = labels.replace("\\\\", "").replace("\\\"", "");
            assert_eq!(unescaped.matches('"').count() % 2, 0, "{line}");
        }
        *series.entry(name.to_owned()).or_default() += 1;
    }
    series
}

#[test]
fn metrics_of_a_certificate_have_the_names_and_labels_that_dashboards_ask_for() {
    let folder = Folder::new();
    let wish = leaf(&["shop.example.com"]).left(Duration::days(60)).serial(&[0x4a, 0xb1, 0xc0]);
    folder.write("tls.crt", Authority::root("Example Root").issue(&wish).pem);
    let text = folder.run(&["--format", "prometheus", "."]).stdout;
    let sample = text.lines().find(|line| line.starts_with("x509_cert_not_after{")).unwrap();
    for label in ["filename=\"tls.crt\"", "serial_number=\"4895168\"", "issuer_CN=\"Example Root\"", "subject_OU=\"\""]
    {
        assert!(sample.contains(label), "{label}: {sample}");
    }
    for family in ["x509_cert_not_before", "x509_cert_expired", "x509_cert_error", "certnotify_certificate_status"] {
        assert!(text.contains(&format!("# TYPE {family} gauge\n{family}{{")), "{family}: {text}");
    }
}

#[test]
fn nagios_has_the_ranges_of_each_certificate_and_one_line_with_quiet() {
    let folder = folder(&STATUSES);
    let said = folder.run(&["--format", "nagios", "-w", "30d", "-c", "7d", "."]);
    let (first, rest) = said.stdout.split_once('\n').unwrap();
    assert!(first.starts_with("CRITICAL - 1 critical, 1 unknown, 1 warning, 1 ok of 4; worst: "), "{first}");
    assert!(first.contains("| ok=1 warning=1 critical=1 unknown=1 "), "{first}");
    assert!(first.contains("warning.pem'=1728000s;2592000:;604800:;;"), "{first}");
    assert_eq!(rest.lines().count(), 3, "{rest}");
    let quiet = folder.run(&["--format", "nagios", "-w", "30d", "-c", "7d", "-q", "."]);
    assert_eq!(quiet.stdout, format!("{first}\n"));
    assert_eq!(folder.run(&["--format", "nagios", "-q", "ok.pem"]).stdout.lines().count(), 1);
}

#[test]
fn the_job_summary_of_github_is_added_to_and_has_what_needs_a_person() {
    let folder = folder(&STATUSES);
    folder.write("summary.md", "before\n");
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_certnotify"));
    let path = folder.path().join("summary.md");
    command.args(["check", "--format", "github", "."]).current_dir(folder.path()).env("GITHUB_STEP_SUMMARY", &path);
    command.assert().code(2);
    let summary = std::fs::read_to_string(path).unwrap();
    assert!(summary.starts_with("before\n### Certificates\n"), "{summary}");
    assert!(summary.contains("critical.pem") && !summary.contains("ok.pem"), "{summary}");
}

#[test]
fn an_unknown_format_is_answered_with_all_that_there_are() {
    let folder = Folder::new();
    for arguments in [["--format", "yaml"], ["--report", "yaml=x"]] {
        let said = folder.run(&[arguments[0], arguments[1], "."]);
        assert_eq!(said.code, 3);
        assert!(FORMATS.iter().all(|format| said.stderr.contains(format)), "{}", said.stderr);
    }
}

#[test]
fn a_list_is_shaped_and_the_verdict_is_that_of_all() {
    let folder = folder(&STATUSES);
    let names = |arguments: &[&str]| {
        let said = folder.run(&[arguments, &["--format", "csv", "--columns", "name", "."]].concat());
        assert_eq!(said.code, 2, "{}", said.stderr);
        records(&said.stdout)[1..].iter().map(|record| record[0].replace("./", "")).collect::<Vec<_>>()
    };
    assert_eq!(names(&["--only", "warning,ok", "--sort", "expires"]), ["warning.pem", "ok.pem"]);
    assert_eq!(names(&["--sort", "status"]), ["critical.pem", "unknown.pem", "warning.pem", "ok.pem"]);
    assert_eq!(names(&["--sort", "-name"]), ["warning.pem", "unknown.pem", "ok.pem", "critical.pem"]);
    assert_eq!(names(&["--sort=-left"]), ["unknown.pem", "ok.pem", "warning.pem", "critical.pem"]);
    let table = folder.run(&["--columns", "left,name,key", "--only", "critical", "."]);
    assert_eq!(table.stdout.lines().next().unwrap().split_whitespace().collect::<Vec<_>>(), ["LEFT", "NAME", "KEY"]);
    assert!(table.stdout.contains("critical: 1 critical, 1 unknown, 1 warning, 1 ok of 4"), "{}", table.stdout);
    assert!(table.stdout.lines().all(|line| line == line.trim_end()));
    let report = json(&folder.run(&["--format", "json", "--only", "unknown", "."]).stdout);
    assert_eq!((report["certificates"].as_array().unwrap().len(), &report["counts"]["ok"]), (1, &Value::from(1)));
    let beside = folder.run(&["--only", "ok", "--report", "json=whole.json", "."]);
    assert_eq!(beside.code, 2);
    let whole = json(&std::fs::read_to_string(folder.path().join("whole.json")).unwrap());
    assert_eq!(whole["certificates"].as_array().unwrap().len(), 4);
}

#[test]
fn a_format_that_programs_read_is_not_shaped() {
    let folder = folder(&["ok"]);
    for (format, option) in [("nagios", "--only=ok"), ("prometheus", "--sort=name"), ("json", "--columns=name")] {
        let said = folder.run(&["--format", format, option, "."]);
        assert_eq!((said.code, said.stdout.as_str()), (3, ""), "{format} {option}");
        assert!(said.stderr.contains(if format == "json" { "csv, markdown" } else { "json" }), "{}", said.stderr);
    }
    let said = folder.run(&["--columns", "nam", "."]);
    assert!(said.code == 3 && said.stderr.contains("did you mean `name`?"), "{}", said.stderr);
}

#[test]
fn a_report_in_a_file_is_the_one_that_is_printed() {
    let folder = folder(&STATUSES);
    for arguments in [&["-v", "."][..], &["-q", "."], &["--format", "csv", "."], &["--format", "markdown", "."]] {
        let printed = folder.run(arguments);
        let kept = folder.run(&[&["--output", "report"], arguments].concat());
        assert_eq!((kept.code, kept.stdout.as_str()), (printed.code, ""), "{arguments:?}");
        assert_eq!(std::fs::read_to_string(folder.path().join("report")).unwrap(), printed.stdout, "{arguments:?}");
        let dash = folder.run(&[&["--output", "-"], arguments].concat());
        assert_eq!((dash.code, &dash.stdout), (printed.code, &printed.stdout), "{arguments:?}");
    }
    assert!(!folder.path().join("-").exists());
}
