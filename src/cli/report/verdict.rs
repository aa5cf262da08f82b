//! Sentences that several formats share: the verdict, what is left, what a finding is called.

use certnotify::certificate::Certificate;
use certnotify::event::{Finding, FindingId, Severity};
use certnotify::render::untrusted::clean;
use time::{Duration, OffsetDateTime};

use super::{Report, Row};

/// `critical: 4 critical, 1 unknown, 10 warning, 297 ok of 312; worst: f5/shop.example.com, expired 7 h ago`
pub(super) fn verdict(report: &Report<'_>) -> String {
    let worst_first = report.worst_first();
    let status = report.status();
    if report.rows.is_empty() {
        return format!("{status}: nothing to look at");
    }
    let counts: Vec<String> = Severity::ALL
        .into_iter()
        .rev()
        .map(|severity| (severity, report.count(severity)))
        .filter(|(_, count)| *count > 0)
        .map(|(severity, count)| format!("{count} {severity}"))
        .collect();
    let worst = if status == Severity::Ok {
        let has_end = |row: &&&Row<'_>| row.leaf().is_none_or(|leaf| !leaf.has_no_end());
        let next = worst_first.iter().filter(has_end).find(|row| row.renewed_by.is_none());
        let next = next.and_then(|row| Some((row, row.leaf()?)));
        next.map(|(row, leaf)| {
            format!("; first to expire: {}, {} left", clean(&row.observation.name), left(Some(leaf), report.at))
        })
    } else {
        let worst = worst_first.first();
        worst.map(|row| format!("; worst: {}, {}", clean(&row.observation.name), reason(row, report.at)))
    };
    format!("{status}: {} of {}{}", counts.join(", "), report.rows.len(), worst.unwrap_or_default())
}

/// Why a row is as bad as it is.
pub(super) fn reason(row: &Row<'_>, now: OffsetDateTime) -> String {
    let worst = row.open().find(|finding| finding.severity == row.status);
    match worst.map(|finding| finding.id) {
        Some(FindingId::Expired) => format!("expired {}", left(row.leaf(), now)),
        Some(FindingId::ExpiresSoon) => format!("{} left", left(row.leaf(), now)),
        Some(id) => words(id),
        None => String::new(),
    }
}

/// What is wrong, and after it what the operator knows of already.
pub(super) fn findings(row: &Row<'_>) -> String {
    if let Some(by) = &row.renewed_by {
        return format!("renewed by {}", clean(by));
    }
    let open = row.open().map(in_words);
    let accepted: Vec<String> =
        row.findings.iter().filter(|finding| finding.accepted).map(|finding| words(finding.id)).collect();
    let accepted = (!accepted.is_empty()).then(|| format!("accepted: {}", accepted.join(", ")));
    open.chain(accepted).collect::<Vec<_>>().join("; ")
}

fn in_words(finding: &Finding) -> String {
    let message = clean(&finding.message.to_string());
    match (finding.id, &finding.own_end) {
        // The columns to the left say when; what is served elsewhere has no columns.
        (id, Some(with)) => format!("{}{}", words(id), clean(with)),
        (FindingId::RenewalLate, None) => message,
        (id, None) => format!("{}: {message}", words(id)),
    }
}

/// `22 d`, `7 h`, `7 h ago`, `-` where it is not known.
pub(super) fn left(leaf: Option<&Certificate>, now: OffsetDateTime) -> String {
    let Some(leaf) = leaf.filter(|leaf| !leaf.has_no_end()) else { return "-".to_owned() };
    let left = leaf.effective_end() - now;
    let span = span(left.abs());
    if left.is_negative() { format!("{span} ago") } else { span }
}

fn span(length: Duration) -> String {
    match (length.whole_days(), length.whole_hours(), length.whole_minutes()) {
        (days @ 2.., _, _) => format!("{days} d"),
        (_, hours @ 1.., _) => format!("{hours} h"),
        (_, _, minutes) => format!("{minutes} min"),
    }
}

pub(super) fn words(id: FindingId) -> String {
    id.as_str().replace('-', " ")
}
