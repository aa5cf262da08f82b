//! English, of digests.

use super::English;
use crate::render::wording::Clock;
use crate::render::wording::digests::{DigestFacts, DigestList, DigestRow, Digests, Headings};

impl Digests for English {
    fn digest_label(&self) -> &'static str {
        "Next 60 days"
    }

    fn digest_headline(&self, digest: &DigestFacts) -> String {
        let counted = |list: &DigestList, what: &str| (list.count() > 0).then(|| format!("{} {what}", list.count()));
        let coming = match digest.coming.count() {
            _ if digest.is_planned => return "what ends, was renewed or is not seen".to_owned(),
            0 => "nothing ends".to_owned(),
            count => format!("{count} to see to"),
        };
        let rest = [counted(&digest.renewed, "renewed"), counted(&digest.unseen, "not seen")];
        std::iter::once(coming).chain(rest.into_iter().flatten()).collect::<Vec<_>>().join(", ")
    }

    fn digest_headings(&self) -> Headings {
        Headings {
            coming: "Ends, and reminders, of the next 60 days:",
            renewed: "Renewed since the last digest, now until:",
            unseen: "Not seen in this run:",
        }
    }

    fn digest_without_lists(&self, digest: &DigestFacts) -> Option<&'static str> {
        if digest.is_planned {
            return Some("Its lists are worked out when it goes out.");
        }
        (digest.coming.count() == 0).then_some("Nothing ends in the next 60 days, and no reminder goes out.")
    }

    fn digest_more(&self, left_out: usize) -> String {
        format!("and {left_out} more")
    }

    fn digest_row(&self, row: &DigestRow, clock: Clock<'_>) -> String {
        let end = row.end.and_then(|end| clock.end_date(end)).map(|end| format!("{end} ")).unwrap_or_default();
        let expired = if row.end.is_some_and(|end| end < clock.now) { ", expired" } else { "" };
        let next = match row.reminder.map(|at| clock.iso_date(at)) {
            Some(at) if row.is_automatic => format!(", renews by itself; else a reminder {at}"),
            Some(at) => format!(", reminder {at}"),
            None => String::new(),
        };
        let why = row.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        format!("{end}{}{expired}{next}{why}", row.name)
    }

    fn asked_for(&self, written: &str) -> String {
        format!("The policy file asks for this digest: {written}.")
    }
}
