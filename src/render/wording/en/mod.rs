//! English.

mod dates;
mod descriptions;
mod digests;
mod forms;
mod occurrences;
mod occurrences_to_do;
mod sentences;
mod titles;

pub use forms::reason_in_words;
pub use occurrences_to_do::news_in_words;

use time::OffsetDateTime;

use super::{Clock, End, Label, Pace, Phrase, Wording};
use crate::cause::FailureCause;
use crate::render::distinct;
use crate::render::urgency::{Left, Tier, Totals};
use crate::schedule::{EffectivePolicy, ReminderReason};
use forms::{count, reminds, why_in_words};

pub(super) struct English;

impl Wording for English {
    fn label(&self, label: Label) -> &'static str {
        match label {
            Label::Names => "names",
            Label::Seen => "seen",
            Label::Issuer => "issuer",
            Label::Valid => "valid",
            Label::Expires => "expires",
            Label::Serial => "serial",
            Label::Fingerprint => "SHA-256",
            Label::Owner => "owner",
            Label::Note => "note",
            Label::ReminderReason => "why",
            Label::ToDo => "to do",
            Label::Left => "left",
            Label::Certificate => "certificate",
        }
    }

    fn phrase(&self, phrase: Phrase) -> &'static str {
        match phrase {
            Phrase::AboutTheCertificate => "The certificate",
            Phrase::AboutTheNewCertificate => "The new certificate",
            Phrase::AboutTheOldCertificate => "The old certificate",
            Phrase::WhyThisMail => "Why this mail",
            Phrase::Details => "Details",
            Phrase::Notes => "Notes",
            Phrase::WhyAndWhenNext => "Why this mail, and when the next",
            Phrase::DetailsBelow => "Details and notes are below.",
            Phrase::NoteOfThePolicyFile => "(note of the policy file)",
            Phrase::FullFingerprints => "Full fingerprints:",
            Phrase::TextRefused => {
                "The service did not take the whole text, so this has names of the policy file, states and dates alone."
            }
            Phrase::MayBeARepeat => "May be a repeat: the server did not answer after taking the last one.",
            Phrase::Today => "today",
            Phrase::TestTitle => "Test message of certnotify",
            Phrase::AlertIsOver => "It is over",
            Phrase::WhyItIsOver => "The certificate has been renewed, or is watched no more.",
            Phrase::OldOneServed => "renewed, but the old one is still served",
            Phrase::LoadIt => "load the new one; a reload of the service may be all it needs",
            Phrase::ServeIt => "have the endpoint serve it, or correct deploys-to in the policy file",
            Phrase::RenewWhatIsLate => "find out why it was not renewed, and renew it",
            Phrase::Renew => "renew it, and put the new one there",
            Phrase::ToldOnce => "It is told once.",
            Phrase::ToldOnceWhileItLasts => "It is told once while it lasts; who was told hears of its end.",
        }
    }

    fn field(&self, label: Label, value: &str) -> String {
        let mut label = self.label(label).to_owned();
        if let Some(first) = label.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        format!("{label}: {value}")
    }

    fn list(&self, items: &[String], more: usize) -> String {
        let items = items.join(", ");
        if more == 0 { items } else { format!("{items} and {more} more") }
    }

    fn aside(&self, text: &str, aside: &str) -> String {
        format!("{text} ({aside})")
    }

    fn clauses(&self, clauses: &[String]) -> String {
        clauses.join(", ")
    }

    fn stopped(&self, clause: &str) -> String {
        format!("{clause}.")
    }

    fn sentences(&self, sentences: &[String]) -> String {
        sentences.join(" ")
    }

    fn day(&self, clock: Clock<'_>, at: OffsetDateTime) -> String {
        let date = clock.date(at);
        let year = if clock.is_this_year(at) { String::new() } else { format!(" {}", date.year()) };
        format!("{} {}{year}", date.day(), date.month())
    }

    fn weekday(&self, clock: Clock<'_>, at: OffsetDateTime) -> String {
        format!("{}, {}", clock.date(at).weekday(), self.day(clock, at))
    }

    fn short_day(&self, clock: Clock<'_>, at: OffsetDateTime) -> String {
        format!("{:.3} {}", clock.date(at).weekday().to_string(), clock.iso_date(at))
    }

    fn zone_mark(&self, clock: Clock<'_>, at: OffsetDateTime) -> String {
        clock.zone.abbreviation(at)
    }

    fn zone(&self, clock: Clock<'_>, times: &[OffsetDateTime]) -> String {
        let times = [clock.now].into_iter().chain(times.iter().copied());
        let marks = distinct(times.map(|at| clock.zone.abbreviation(at))).join("/");
        if marks == clock.zone.name() {
            format!("Times are {marks}.")
        } else {
            format!("Times are {marks} ({}).", clock.zone.name())
        }
    }

    fn left_words(&self, left: Left) -> (String, String) {
        match left {
            Left::Days(days) => (format!("{} left", count(days, "day")), format!("{days} d")),
            Left::Hours(0) => ("Less than an hour left".to_owned(), "< 1 h".to_owned()),
            Left::Hours(hours) => (format!("{} left", count(hours, "hour")), format!("{hours} h")),
            Left::PastHours(0) => ("Expired less than an hour ago".to_owned(), "< 1 h ago".to_owned()),
            Left::PastHours(hours) => (format!("Expired {} ago", count(hours, "hour")), format!("{hours} h ago")),
            Left::PastDays(days) => (format!("Expired {} ago", count(days, "day")), format!("{days} d ago")),
        }
    }

    fn opening(&self, end: &End<'_>) -> String {
        dates::opening("The certificate of ", end)
    }

    fn instruction(&self, to_do: &str) -> String {
        format!("To do: {to_do}.")
    }

    fn cause(&self, cause: &FailureCause) -> String {
        cause.to_string()
    }

    fn why(&self, why: &ReminderReason, terms: &EffectivePolicy, clock: Clock<'_>) -> String {
        // Since when it is late stands among the remarks.
        if let ReminderReason::RenewalLate { .. } = why {
            return format!("automatic renewal is late: due {}", self.day(clock, terms.opening.managed.due));
        }
        why_in_words(why, terms, |at| self.day(clock, at))
    }

    fn policy(&self, pace: &Pace<'_>) -> String {
        reminds(pace)
    }

    fn totals(&self, totals: &Totals, mark: &str) -> String {
        let mut parts: Vec<String> = Vec::new();
        let mut has_verb = false;
        for (tier, number) in Tier::OF_THE_END.into_iter().zip(totals).filter(|(_, number)| **number > 0) {
            let one = *number == 1;
            let noun = match (parts.is_empty(), one) {
                (false, _) => "",
                (true, true) => " certificate",
                (true, false) => " certificates",
            };
            let verb = match (tier, one) {
                (Tier::Expired, true) => " has expired",
                (Tier::Expired, false) => " have expired",
                _ if has_verb => "",
                (_, true) => " expires",
                (_, false) => " expire",
            };
            has_verb |= tier != Tier::Expired;
            let when = [" ", " within 7 days", "", " within 30 days", " later", ""][tier as usize].trim_end();
            parts.push(format!("{mark}{number}{mark}{noun}{verb}{when}"));
        }
        format!("{}.", parts.join(", "))
    }

    fn tier(&self, tier: Tier) -> &'static str {
        ["Expired", "Within 7 days", "Needs attention", "Within 30 days", "Later", "Good to know"][tier as usize]
    }

    fn others(&self, need_nothing: usize, not_seen: usize) -> Option<String> {
        let fine = match need_nothing {
            0 => None,
            1 => Some("1 other certificate needs nothing".to_owned()),
            many => Some(format!("{many} other certificates need nothing")),
        };
        let unseen = match not_seen {
            0 => None,
            1 => Some("1 could not be seen and is watched by its last known dates".to_owned()),
            many => Some(format!("{many} could not be seen and are watched by their last known dates")),
        };
        let parts: Vec<String> = fine.into_iter().chain(unseen).collect();
        (!parts.is_empty()).then(|| format!("{}.", parts.join("; ")))
    }

    fn page(&self, number: usize, of: usize) -> String {
        format!(" ({number}/{of})")
    }
}
