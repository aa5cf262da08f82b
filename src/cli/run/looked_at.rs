//! How many certificates a run looked at, as its summary says it.

use std::time::Duration;

use certnotify::pass::Counts;

use crate::cli::amounts::counted;

/// `looked at  5 certificates in 0.3 s: 2 need nothing, 1 is due`.
pub(super) fn summary(counts: &Counts, looked_for: Duration) -> String {
    let mut parts = vec![counted(counts.need_nothing, "needs nothing", "need nothing")];
    for (number, one, many) in [
        (counts.due, "is due", "are due"),
        (counts.have_findings, "has findings", "have findings"),
        (counts.not_seen, "was not seen", "were not seen"),
    ] {
        if number > 0 {
            parts.push(counted(number, one, many));
        }
    }
    let seconds = looked_for.as_secs_f64();
    let certificates = counted(counts.looked_at, "certificate", "certificates");
    format!("looked at  {certificates} in {seconds:.1} s: {}", parts.join(", "))
}
