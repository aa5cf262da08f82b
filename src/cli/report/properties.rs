//! Every format says the same of generated reports, and is broken by no text from outside.

use std::collections::BTreeSet;
use std::sync::Arc;

use certnotify::cause::{FailureCause, UnreadCause};
use certnotify::certificate::{Certificate, Chain, Fingerprint, PublicKey};
use certnotify::detect::Limits;
use certnotify::event::{Finding, FindingId, Severity};
use certnotify::observation::{Failure, Observation, ObservedCertificate};
use certnotify::policy::{EntryName, Zone};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::{FORMS, Form, Listing, Report, Row, TableStyle};

const NOW: OffsetDateTime = datetime!(2026-11-21 07:07 UTC);

const HOSTILE: [&str; 16] = [
    "www.example.com",
    "支付网关",
    "<script>alert(1)</script>",
    "a'b\"c&d",
    "::error title=x::owned",
    "line\nbreak\r\nagain",
    "\u{1b}[31mred\u{7}",
    "=HYPERLINK(\"http://evil\")",
    "x | rm -rf / | y=1",
    "100%0A%25, a:b",
    "]]><!-- {} --> {{x}}",
    "\u{202e}gro.elpmaxe",
    "\\\"} evil{x=\"1",
    "[a](https://evil) @all #1 `x`",
    "-1+2",
    "' onload='x",
];

#[derive(Clone, Debug)]
struct Given {
    name: &'static str,
    text: &'static str,
    is_endpoint: bool,
    /// Hours to its end; none where nothing was seen.
    left: Option<i64>,
    findings: Vec<(FindingId, bool)>,
    warning: Option<i64>,
}

fn given() -> impl Strategy<Value = Given> {
    let finding = (select(FindingId::ALL.to_vec()), any::<bool>());
    let left = prop_oneof![1 => Just(None), 4 => (-20_000_i64..20_000).prop_map(Some)];
    let warning = prop_oneof![Just(None), (0_i64..200).prop_map(Some)];
    let texts = (select(HOSTILE.to_vec()), select(HOSTILE.to_vec()));
    (texts, any::<bool>(), left, prop::collection::vec(finding, 0..4), warning).prop_map(
        |((name, text), is_endpoint, left, findings, warning)| Given {
            name,
            text,
            is_endpoint,
            left,
            findings,
            warning,
        },
    )
}

fn certificate(text: &str, not_after: OffsetDateTime, number: u8) -> Certificate {
    let dates = (not_after - Duration::days(90), not_after);
    Certificate {
        issuer: format!("CN={text},O={text}").into(),
        serial: "4ab1c0".to_owned(),
        dns_names: vec![text.to_owned(), "www.example.com".to_owned()],
        key: PublicKey { algorithm: text.into(), bits: Some(256), id: None },
        signature_algorithm: text.into(),
        ..Certificate::with_dates(Fingerprint::new([number; 32]), format!("CN={text}").as_str().into(), dates)
    }
}

fn unreachable(text: &str) -> Failure {
    Failure::new(FindingId::Unreachable, FailureCause::Unread(UnreadCause::Target(text.to_owned()))).with_help(text)
}

fn observation(given: &Given, number: u8) -> Observation {
    let outcome = match given.left {
        Some(hours) => Ok(ObservedCertificate::new(Chain {
            leaf: Arc::new(certificate(given.text, NOW + Duration::hours(hours), number)),
            rest: Box::default(),
        })),
        None => Err(unreachable(given.text)),
    };
    Observation {
        entry: EntryName::new(given.name),
        name: format!("{}/{number}", given.name).into(),
        place: given.name.into(),
        source: given.name.into(),
        is_endpoint: given.is_endpoint,
        on_disk: None,
        is_reached: true,
        outcome: outcome.map(Box::new).map_err(Box::new),
    }
}

fn row<'a>(given: &Given, observation: &'a Observation) -> Row<'a> {
    let failed = observation.outcome.is_err().then_some((FindingId::Unreachable, false));
    let findings = given.findings.iter().copied().chain(failed).map(|(id, accepted)| {
        let mut finding = Finding::from_reports(id, given.text.to_owned());
        finding.accepted = accepted;
        finding
    });
    let limits = given.left.map(|_| Limits { warning: given.warning.map(Duration::days), critical: Duration::days(7) });
    Row::new(observation, findings.collect(), limits)
}

fn written(form: Form, report: &Report<'_>) -> String {
    let mut bytes = Vec::new();
    report.write(form, TableStyle::default(), &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no `{before}` in {text}"));
    rest.split_once(after).unwrap().0
}

/// The verdict that a reader of `format` takes from it.
fn verdict(format: &str, text: &str) -> String {
    let json = || serde_json::from_str::<Value>(text).unwrap();
    match format {
        "table" | "github" => text.lines().next_back().unwrap().split(':').next().unwrap().to_owned(),
        "json" => json()["status"].as_str().unwrap().to_owned(),
        "sarif" => json()["runs"][0]["properties"]["status"].as_str().unwrap().to_owned(),
        "nagios" => text.split(' ').next().unwrap().to_lowercase(),
        "prometheus" => {
            let code = text.lines().find_map(|line| line.strip_prefix("certnotify_status ")).unwrap();
            ["ok", "warning", "critical", "unknown"][code.parse::<usize>().unwrap()].to_owned()
        }
        "junit" => between(text, "<property name=\"status\" value=\"", "\"").to_owned(),
        "html" => between(text, "<p class=\"verdict ", "\"").to_owned(),
        "markdown" => between(text, "**", ":").to_owned(),
        "cyclonedx" => json()["metadata"]["properties"][0]["value"].as_str().unwrap().to_owned(),
        "csv" => {
            let rank = |status: &&str| ["ok", "warning", "unknown", "critical"].iter().position(|one| one == status);
            let rows = records(text);
            rows.iter().skip(1).map(|cells| cells[2].as_str()).max_by_key(rank).unwrap_or("ok").to_owned()
        }
        other => panic!("say here how the verdict of `{other}` is read"),
    }
}

/// RFC 4180, strictly.
fn records(text: &str) -> Vec<Vec<String>> {
    let mut rest = text.strip_prefix('\u{FEFF}').unwrap();
    let (mut records, mut cells) = (Vec::new(), Vec::new());
    while !rest.is_empty() {
        let (cell, after) = if let Some(quoted) = rest.strip_prefix('"') {
            let mut at = 0;
            let end = loop {
                at += quoted[at..].find('"').unwrap();
                if !quoted[at + 1..].starts_with('"') {
                    break at;
                }
                at += 2;
            };
            (quoted[..end].replace("\"\"", "\""), &quoted[end + 1..])
        } else {
            let end = rest.find([',', '\r', '\n', '"']).unwrap();
            (rest[..end].to_owned(), &rest[end..])
        };
        cells.push(cell);
        rest = after.strip_prefix(',').unwrap_or_else(|| {
            records.push(std::mem::take(&mut cells));
            after.strip_prefix("\r\n").unwrap_or_else(|| panic!("neither a comma nor a line end: {after}"))
        });
    }
    records
}

/// Command, properties and message.
type Annotation<'a> = (&'a str, Vec<(&'a str, String)>, String);

/// `::error file=…,line=…,title=…::message` of the workflow commands, strictly: command, properties and message.
fn annotation(line: &str) -> Option<Annotation<'_>> {
    let (head, message) = line.strip_prefix("::")?.split_once("::")?;
    let (command, properties) = head.split_once(' ')?;
    let is_known = |key: &str| ["file", "line", "endLine", "col", "endColumn", "title"].contains(&key);
    let property = |property: &'_ str| {
        let (key, value) = property.split_once('=').unwrap();
        assert!(is_known(key) && !value.contains([':', ',']), "{line}");
        unescaped(value, &["%25", "%0D", "%0A", "%3A", "%2C"])
    };
    let read = properties.split(',').map(|one| (one.split('=').next().unwrap(), property(one)));
    Some((command, read.collect(), unescaped(message, &["%25", "%0D", "%0A"])))
}

/// Every `%` begins one of these.
fn unescaped(text: &str, escapes: &[&str]) -> String {
    for (at, _) in text.match_indices('%') {
        assert!(escapes.iter().any(|escape| text[at..].starts_with(escape)), "{text}");
    }
    let characters = [("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")];
    characters.iter().fold(text.to_owned(), |text, (escape, character)| text.replace(escape, character))
}

/// Every tag is closed in the order of its opening, and every `&` begins an entity.
fn assert_well_formed(xml: &str) {
    let mut open: Vec<&str> = Vec::new();
    for tag in xml.split('<').skip(1) {
        let (tag, text) = tag.split_once('>').unwrap_or_else(|| panic!("{tag}"));
        assert!(!text.contains('>'), "{text}");
        let name = tag.split([' ', '/']).next().unwrap();
        match tag.strip_prefix('/') {
            Some(closed) => assert_eq!(open.pop(), Some(closed)),
            None if tag.ends_with('/') || tag.starts_with('?') => {}
            None => open.push(name),
        }
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
    }
    assert!(open.is_empty(), "{open:?}");
    for (at, _) in xml.match_indices('&') {
        assert!(["&amp;", "&lt;", "&gt;", "&quot;", "&apos;"].iter().any(|one| xml[at..].starts_with(one)));
    }
}

/// `name{label="value",…} number` or a comment, strictly.
fn assert_is_a_sample(line: &str) {
    if line.starts_with("# HELP ") || line.starts_with("# TYPE ") {
        return;
    }
    let name = line.find(|character: char| !character.is_ascii_alphanumeric() && character != '_').unwrap();
    let mut rest = &line[name..];
    if let Some(labels) = rest.strip_prefix('{') {
        rest = labels;
        loop {
            let (key, value) = rest.split_once("=\"").unwrap_or_else(|| panic!("{line}"));
            assert!(key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'), "{line}");
            let mut is_escaped = false;
            let end = value.find(|character| {
                let ends = character == '"' && !is_escaped;
                is_escaped = character == '\\' && !is_escaped;
                ends
            });
            rest = &value[end.unwrap() + 1..];
            match rest.strip_prefix(',') {
                Some(next) => rest = next,
                None => break,
            }
        }
        rest = rest.strip_prefix('}').unwrap_or_else(|| panic!("{line}"));
    }
    assert!(rest.trim_start().parse::<f64>().is_ok(), "{line}");
}

fn assert_is_harmless(format: &str, text: &str, report: &Report<'_>) {
    let allowed = |character: char| character == '\n' || character == '\r' && format == "csv";
    assert!(text.chars().all(|character| !character.is_control() || allowed(character)), "{format}: {text:?}");
    assert!(!text.contains('\u{202e}'), "{format}");
    let flagged = report.rows.iter().filter(|row| row.status != Severity::Ok).count();
    match format {
        "html" => assert_eq!(text.matches("<script").count(), 1),
        "junit" => {
            assert_well_formed(text);
            assert_eq!(text.matches("<testcase ").count(), report.rows.len());
            assert_eq!(text.matches("<failure ").count() + text.matches("<error ").count(), flagged);
        }
        "nagios" => {
            let mut lines = text.lines();
            assert_eq!(lines.next().unwrap().matches('|').count(), 1, "{text}");
            assert_eq!(lines.clone().count(), flagged, "{text}");
            assert!(lines.all(|line| !line.contains('|')), "{text}");
        }
        "prometheus" => text.lines().for_each(assert_is_a_sample),
        "csv" => {
            let records = records(text);
            assert_eq!(records.len(), report.rows.len() + 1);
            for cell in records.iter().flatten() {
                let is_formula = cell.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r']);
                assert!(!is_formula || cell.parse::<i64>().is_ok(), "{cell}");
            }
        }
        "github" => {
            let read: Vec<_> = text.lines().filter_map(annotation).collect();
            assert_eq!((read.len(), text.lines().count()), (flagged, flagged + 1), "{text}");
            let commands = read.iter().all(|(command, ..)| ["error", "warning"].contains(command));
            assert!(
                commands
                    && read.iter().all(|(_, properties, message)| {
                        properties.iter().any(|(key, _)| *key == "title") && !message.is_empty()
                    })
            );
        }
        "cyclonedx" => assert_refers_to_what_is_there(&serde_json::from_str(text).unwrap(), report),
        "markdown" => {
            let cells = |line: &str| line.replace("\\|", "").matches('|').count();
            let mut table = text.lines().filter(|line| line.starts_with('|'));
            assert!(table.all(|line| cells(line) == 6), "{text}");
        }
        _ => {}
    }
}

/// Each component once, each certificate that was seen, and no reference to what is not listed.
fn assert_refers_to_what_is_there(document: &Value, report: &Report<'_>) {
    let components = document["components"].as_array().unwrap();
    let listed: BTreeSet<&str> = components.iter().map(|component| component["bom-ref"].as_str().unwrap()).collect();
    assert_eq!(listed.len(), components.len());
    let seen: BTreeSet<Fingerprint> = report.rows.iter().filter_map(Row::leaf).map(|leaf| leaf.fingerprint).collect();
    assert_eq!(listed.iter().filter(|reference| reference.starts_with("certificate/")).count(), seen.len());
    for properties in components.iter().map(|component| &component["cryptoProperties"]) {
        let (certificate, key) = (&properties["certificateProperties"], &properties["relatedCryptoMaterialProperties"]);
        let references =
            [&certificate["signatureAlgorithmRef"], &certificate["subjectPublicKeyRef"], &key["algorithmRef"]];
        assert!(references.iter().filter_map(|reference| reference.as_str()).all(|it| listed.contains(it)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_format_has_the_verdict_of_the_exit_code_and_is_broken_by_no_text(all in prop::collection::vec(given(), 0..=40)) {
        let observations: Vec<Observation> =
            all.iter().zip(0..).map(|(given, number)| observation(given, number)).collect();
        let rows = all.iter().zip(&observations).map(|(given, observation)| row(given, observation)).collect();
        let listing = Listing::default();
        let report = Report { at: NOW, zone: Zone::UTC, rows, run: None, listing, stories: None };
        let exit = crate::cli::Exit::from_verdict(report.status());
        for form in FORMS {
            let text = written(form, &report);
            let said = verdict(form.name, &text);
            let code = ["ok", "warning", "critical", "unknown"].iter().position(|status| *status == said);
            prop_assert_eq!(code, Some(exit as usize), "{} says {}", form.name, said);
            assert_is_harmless(form.name, &text, &report);
        }
    }
}
