//! English, of digests.

use super::English;
use crate::render::wording::digests::{DigestFacts, DigestList, DigestWords, Digests};

impl Digests for English {
    fn digest_words(&self) -> DigestWords {
        DigestWords {
            label: "Next 60 days",
            coming: "Ends, and reminders, of the next 60 days:",
            renewed: "Renewed since the last digest, now until:",
            unseen: "Not seen in this run:",
            planned: "Its lists are worked out when it goes out.",
            nothing: "Nothing ends in the next 60 days, and no reminder goes out.",
            expired: ", expired",
        }
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

    fn digest_why(&self, why: &str) -> String {
        format!(": {why}")
    }
}
