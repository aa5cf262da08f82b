//! Which rows of a report are renewed where they stand, and which only elsewhere.

use std::collections::{BTreeSet, HashMap};

use certnotify::detect::{self, Candidate, Successors};
use certnotify::event::{Finding, FindingId, Severity, is_one_of_several};
use time::OffsetDateTime;

use super::Row;

/// What follows for a row of a file from the other rows.
enum Newer {
    /// In its place stands the successor of this name: nothing is to be done.
    Here(Box<str>),
    Elsewhere(Finding),
}

/// Settles the rows that another certificate of the same file or lineage has renewed. One that is renewed only elsewhere
/// keeps its findings and gets `superseded`; where only dates inside `--within` count, only if such a date was found.
/// `accepted` is what the entry of a row accepts.
pub(crate) fn settle_renewed(
    rows: &mut [Row<'_>],
    accepted: &HashMap<&str, &BTreeSet<FindingId>>,
    is_gate: bool,
    now: OffsetDateTime,
) {
    let newer: Vec<(usize, Newer)> = {
        let successors = Successors::new(rows.iter().filter_map(|row| Candidate::new(row.observation)), now);
        rows.iter().enumerate().filter_map(|(index, row)| Some((index, newer(row, &successors, is_gate)?))).collect()
    };
    for (index, newer) in newer {
        let row = &mut rows[index];
        match newer {
            Newer::Here(by) => {
                row.status = Severity::Ok;
                row.findings.clear();
                row.renewed_by = Some(by);
            }
            Newer::Elsewhere(finding) => {
                let accepted = accepted.get(row.observation.entry.as_str());
                row.findings.push(accepted.map_or(finding.clone(), |accepted| finding.accepted_by(accepted)));
                row.status = detect::status(&row.findings);
            }
        }
    }
}

fn newer(row: &Row<'_>, successors: &Successors<'_>, is_gate: bool) -> Option<Newer> {
    let old = row.leaf().filter(|_| !row.observation.is_endpoint)?;
    if let Some(successor) = successors.renewing(old, &row.observation.place, false) {
        let is_open = row.status != Severity::Ok;
        return is_open.then(|| Newer::Here(successor.source.into()));
    }
    let is_dated = |finding: &Finding| matches!(finding.id, FindingId::Expired | FindingId::ExpiresSoon);
    if is_gate && !row.findings.iter().any(is_dated) {
        return None;
    }
    let newer = successors.superseding(old)?;
    let (place, newer) = (newer.shown(), newer.certificate);
    let until = if newer.has_no_end() {
        "without an end".to_owned()
    } else {
        format!("until {}", newer.effective_end().date())
    };
    let is_one_of_several = is_one_of_several(&row.observation.place, &row.observation.name);
    let or = if is_one_of_several { "take this one out" } else { "remove this file" };
    let message = format!("a newer one lies in {place}, {until}: put it here, or {or}");
    let mut finding = Finding::from_reports(FindingId::Superseded, message);
    finding.until = Some(old.effective_end());
    Some(Newer::Elsewhere(finding))
}
