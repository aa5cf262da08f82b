//! `check --format sarif`: SARIF 2.1.0 (OASIS), for code scanning.

use std::collections::BTreeSet;
use std::io::{self, Write};

use certnotify::event::{Finding, FindingId, Severity};
use certnotify::render::untrusted::clean;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::verdict::{verdict, words};
use super::{Report, Row, TableStyle, lines};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// What RFC 3986 §3.3 lets stand in a path as it is.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub(super) fn write(report: &Report<'_>, _: TableStyle, to: &mut dyn Write) -> io::Result<()> {
    let open = || report.rows.iter().flat_map(|row| row.open().map(move |finding| (row, finding)));
    let ids: Vec<FindingId> = open().map(|(_, finding)| finding.id).collect::<BTreeSet<_>>().into_iter().collect();
    let results: Vec<Value> = open().map(|(row, finding)| result(row, finding, &ids)).collect();
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "certnotify",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "version": env!("CARGO_PKG_VERSION"),
                "rules": ids.iter().map(|id| json!({
                    "id": id.as_str(), "shortDescription": { "text": words(*id) },
                    "defaultConfiguration": { "level": level(id.severity()) },
                })).collect::<Vec<_>>(),
            } },
            "invocations": [{ "executionSuccessful": report.count(Severity::Unknown) == 0 }],
            "columnKind": "unicodeCodePoints",
            "properties": { "status": report.status(), "verdict": clean(&verdict(report)) },
            "results": results,
        }],
    });
    lines::write(to, &document)
}

fn result(row: &Row<'_>, finding: &Finding, ids: &[FindingId]) -> Value {
    let name = clean(&row.observation.name);
    let seen = row.leaf().map_or_else(|| name.clone(), |leaf| leaf.fingerprint.to_string());
    json!({
        "ruleId": finding.id.as_str(),
        "ruleIndex": ids.iter().position(|id| *id == finding.id),
        "level": level(finding.severity),
        "message": { "text": format!("{name}: {}", clean(&finding.message.to_string())) },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(row) }, "region": { "startLine": 1 },
        } }],
        // A code scanning service knows an alert again by it.
        "partialFingerprints": { "certificate/v1": format!("{} {seen}", finding.id) },
        "properties": { "severity": finding.severity },
    })
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Ok => "none",
        Severity::Warning => "warning",
        Severity::Unknown | Severity::Critical => "error",
    }
}

/// A path as it was written, or the endpoint as a URI.
fn uri(row: &Row<'_>) -> String {
    let source = clean(&row.observation.source);
    match (row.observation.is_endpoint, source.split_once("://")) {
        (false, _) if source.starts_with('/') => format!("file://{}", utf8_percent_encode(&source, PATH)),
        (false, _) => utf8_percent_encode(&source, PATH).to_string(),
        (true, Some((scheme, rest))) => format!("{scheme}://{}", authority(rest)),
        (true, None) => format!("tls://{}", authority(&source)),
    }
}

fn authority(text: &str) -> String {
    const AUTHORITY: &AsciiSet = &PATH.remove(b':').remove(b'[').remove(b']');
    utf8_percent_encode(text, AUTHORITY).to_string()
}
