//! English.

mod dates;
mod descriptions;
mod forms;
mod news;
mod occurrences;
mod sentences;
mod titles;

pub use forms::reason_in_words;
pub use news::news_in_words;

use time::OffsetDateTime;

use super::{Clock, End, Label, Pace, Phrases, Wording};
use crate::cause::FailureCause;
use crate::policy::Language;
use crate::render::distinct;
use crate::render::urgency::{Left, Tier, Totals};
use crate::schedule::{EffectivePolicy, ReminderReason};
use forms::{count, reminds, why_in_words};

pub(super) struct English;

impl Phrases for English {
    fn language(&self) -> Language {
        Language::English
    }
}

impl Wording for English {
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

    fn at(&self, places: &str) -> String {
        if places.is_empty() { String::new() } else { format!(" at {places}") }
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

    fn others(&self, need_nothing: usize, not_seen: usize, of_dates: bool) -> Option<String> {
        let fine = match (need_nothing, of_dates) {
            (0, _) => None,
            (1, false) => Some("1 other certificate needs nothing".to_owned()),
            (1, true) => Some("1 other needs nothing".to_owned()),
            (many, false) => Some(format!("{many} other certificates need nothing")),
            (many, true) => Some(format!("{many} others need nothing")),
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
