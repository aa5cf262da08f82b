//! One certificate of the page: status, end, name with all that is known of it, and what was and will be told.

use std::io::{self, Write};

use certnotify::certificate::{Certificate, is_no_end};
use certnotify::event::{Finding, FindingId};

use super::{instant, text};
use crate::cli::report::stories::Story;
use crate::cli::report::verdict::{left, words};
use crate::cli::report::{Report, Row};

/// Names beyond these are counted.
const MOST_NAMES: usize = 50;

pub(super) fn write(report: &Report<'_>, row: &Row<'_>, to: &mut dyn Write) -> io::Result<()> {
    let status = row.status;
    let leaf = row.leaf();
    let end = leaf.filter(|leaf| !leaf.has_no_end()).map(Certificate::effective_end);
    let sorted_by = end.map_or(i64::MAX, time::OffsetDateTime::unix_timestamp);
    write!(to, "<tr class=\"{status}\" data-end=\"{sorted_by}\"><td><span class=\"badge\">{status}</span></td><td>")?;
    match (leaf, end) {
        (_, Some(end)) => {
            write!(to, "<strong>{}</strong><br><span>{}</span>", left(leaf, report.at), instant(report, end))?;
        }
        (Some(_), None) => write!(to, "no end")?,
        (None, None) => write!(to, "not known")?,
    }
    write!(to, "</td><th scope=\"row\">{}", text(&row.observation.name))?;
    if row.observation.source != row.observation.name {
        write!(to, "<br><span class=\"source\">{}</span>", text(&row.observation.source))?;
    }
    findings(row, to)?;
    if let Some(leaf) = leaf {
        facts(report, row, leaf, to)?;
    }
    write!(to, "</th>")?;
    if let Some(stories) = &report.stories {
        write!(to, "<td>")?;
        if let Some(story) = leaf.and_then(|leaf| stories.get(&leaf.fingerprint)) {
            told_and_next(report, story, to)?;
        }
        write!(to, "</td>")?;
    }
    writeln!(to, "</tr>")
}

fn findings(row: &Row<'_>, to: &mut dyn Write) -> io::Result<()> {
    if let Some(by) = &row.renewed_by {
        return write!(to, "<p>renewed by {}</p>", text(by));
    }
    if !row.findings.is_empty() {
        let item = |finding: &Finding| {
            let accepted = if finding.accepted { " (accepted)" } else { "" };
            let message = text(&finding.message);
            match finding.id {
                // The message begins with the same word.
                FindingId::Expired | FindingId::ExpiresSoon => format!("<li><b>{message}</b>{accepted}</li>"),
                id => format!("<li><b>{}</b>: {message}{accepted}</li>", words(id)),
            }
        };
        write!(to, "<ul>{}</ul>", row.findings.iter().map(item).collect::<String>())?;
    }
    match row.observation.outcome.as_ref().err().and_then(|failure| failure.help.as_ref()) {
        Some(help) => write!(to, "<p>{}</p>", text(help)),
        None => Ok(()),
    }
}

fn end(report: &Report<'_>, certificate: &Certificate) -> String {
    if is_no_end(certificate.not_after) { "no end".to_owned() } else { instant(report, certificate.not_after) }
}

fn facts(report: &Report<'_>, row: &Row<'_>, leaf: &Certificate, to: &mut dyn Write) -> io::Result<()> {
    let addresses = leaf.ip_addresses.iter().map(ToString::to_string);
    let names: Vec<String> = leaf.dns_names.iter().map(|name| text(name)).chain(addresses).collect();
    let more = names.len().saturating_sub(MOST_NAMES);
    let mut list = names.iter().take(MOST_NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
    if more > 0 {
        list = format!("{list} and {more} more");
    }
    let bits = leaf.key.bits.map(|bits| format!(" {bits} bits")).unwrap_or_default();
    let mut rows = vec![
        ("Names", list),
        ("Subject", text(&leaf.subject)),
        ("Issuer", text(&leaf.issuer)),
        ("Valid", format!("{} to {}", instant(report, leaf.not_before), end(report, leaf))),
        ("Serial", text(&leaf.serial)),
        ("Key", format!("{}{bits}, signed with {}", text(&leaf.key.algorithm), text(&leaf.signature_algorithm))),
        ("SHA-256", leaf.fingerprint.to_string()),
    ];
    if let Some(issuer) = row.limit() {
        rows.push((
            "Limited by",
            format!("{}, which ends {}", text(&issuer.subject), instant(report, issuer.not_after)),
        ));
    }
    let chain = row.sight().map(|sight| &sight.chain.rest).filter(|rest| !rest.is_empty());
    if let Some(chain) = chain {
        let link = |issuer: &Certificate| format!("<li>{}, until {}</li>", text(&issuer.subject), end(report, issuer));
        rows.push(("Chain", format!("<ol>{}</ol>", chain.iter().map(|issuer| link(issuer)).collect::<String>())));
    }
    write!(to, "<details><summary>Details</summary><dl>")?;
    for (name, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
        write!(to, "<dt>{name}</dt><dd>{value}</dd>")?;
    }
    write!(to, "</dl></details>")
}

fn told_and_next(report: &Report<'_>, story: &Story, to: &mut dyn Write) -> io::Result<()> {
    let told = story.told.iter().map(|told| {
        let times = if told.times > 1 { format!(", {} times", told.times) } else { String::new() };
        format!("<li>{} {} to {}{times}</li>", instant(report, told.at), told.kind, text(&told.to))
    });
    let told: String = told.collect();
    if !told.is_empty() {
        let more = if story.told_more > 0 { format!("<p>and {} more</p>", story.told_more) } else { String::new() };
        write!(to, "<h3>Told</h3><ul>{told}</ul>{more}")?;
    }
    let next = story
        .next
        .iter()
        .map(|next| format!("<li>{} to {}, {}</li>", instant(report, next.at), text(&next.to), text(&next.why)));
    let next: String = next.collect();
    if next.is_empty() { Ok(()) } else { write!(to, "<h3>Next</h3><ul>{next}</ul>") }
}
