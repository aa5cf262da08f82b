//! English.

mod dates;
mod descriptions;
mod digests;
mod ends;
mod forms;
mod occurrences;
mod occurrences_to_do;
mod other_recipients;
mod titles;

pub use forms::reason_in_words;
pub use occurrences_to_do::news_in_words;

use time::{Duration, OffsetDateTime};

use super::{Clock, End, Label, LateRenewal, Pace, Phrase, Until, Wording};
use crate::cause::FailureCause;
use crate::event::Evidence;
use crate::render::distinct;
use crate::render::urgency::{Left, Tier, Totals};
use crate::schedule::{EffectivePolicy, ReminderReason};
use forms::{count, ordinal, really_left, reminds, span, why_in_words};

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
        }
    }

    fn field(&self, label: Label, value: &str) -> String {
        let mut label = self.label(label).to_owned();
        if let Some(first) = label.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        format!("{label}: {value}")
    }

    fn attached(&self, file: &str) -> String {
        format!("The same list is attached for spreadsheets: {file}.")
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

    fn on_machine(&self, places: &str, machine: &str) -> String {
        format!("{places} on {machine}")
    }

    fn files_on(&self, machine: &str) -> String {
        format!("Files are on {machine}.")
    }

    fn to_do_there(&self, is_served: bool, is_automatic: bool) -> &'static str {
        match (is_served, is_automatic) {
            (true, _) => "load the new one; a reload of the service may be all it needs",
            (false, true) => "find out why it was not renewed, and renew it",
            (false, false) => "renew it, and put the new one there",
        }
    }

    fn serve_it_there(&self) -> &'static str {
        "have the endpoint serve it, or correct deploys-to in the policy file"
    }

    fn still_served(&self, places: &str, seen: &str) -> String {
        format!("It is still served at {places} (seen {seen}).")
    }

    fn to_do(&self, places: &str, is_automatic: bool) -> String {
        if is_automatic {
            format!(
                "To do: find out why it was not renewed, renew it, and see that the new one is in place at {places}."
            )
        } else {
            format!("To do: renew it, and put the new one in place at {places}.")
        }
    }

    fn instruction(&self, to_do: &str) -> String {
        format!("To do: {to_do}.")
    }

    fn state(&self, stamp: &str, is_expired: bool) -> String {
        if is_expired { format!("expired {stamp}") } else { format!("expires {stamp}") }
    }

    fn valid(&self, from: &str, to: &str, zone: &str, days: i64) -> String {
        format!("{from} to {to} {zone} ({})", count(days, "day"))
    }

    fn cause(&self, cause: &FailureCause) -> String {
        cause.to_string()
    }

    fn not_reached(&self, since: &str, reason: Option<&str>) -> String {
        let reason = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
        format!("Not seen since {since}{reason}; these are its dates as last seen.")
    }

    fn left_out(&self, covered: &str, left_out: &str) -> String {
        if covered.is_empty() {
            return format!("A newer certificate does not cover {left_out}: renew this one or drop the name.");
        }
        format!("A newer certificate covers {covered}, but not {left_out}: renew this one or drop the name.")
    }

    fn capped(&self, asked: Duration, lifetime: Duration, percent: u8, lead: Duration) -> String {
        let share = if percent == 50 { "half".to_owned() } else { format!("{percent} %") };
        format!(
            "The policy asks for {}; this certificate lives {}, and {share} of that is {}: reminders begin that long before the end.",
            span(asked),
            span(lifetime),
            span(lead)
        )
    }

    fn late(&self, renewal: &LateRenewal<'_>, clock: Clock<'_>) -> String {
        let client = renewal.client.map(|client| format!(" ({client})")).unwrap_or_default();
        let log = renewal.log.map(|log| format!(": see {log}")).unwrap_or_default();
        format!(
            "It renews by itself{client}, and should have by {}. Since {} it counts as late{log}.",
            self.day(clock, renewal.due),
            self.day(clock, renewal.late_from)
        )
    }

    fn why(&self, why: &ReminderReason, terms: &EffectivePolicy, clock: Clock<'_>) -> String {
        // Since when it is late stands among the remarks.
        if let ReminderReason::RenewalLate { .. } = why {
            return format!("automatic renewal is late: due {}", self.day(clock, terms.opening.managed.due));
        }
        why_in_words(why, terms, |at| self.day(clock, at))
    }

    fn really_left(&self, why: &str, left: Duration) -> String {
        really_left(why, left)
    }

    fn why_now(&self, why: &str) -> String {
        format!("Why now: {why}.")
    }

    fn evidence(&self, evidence: &Evidence, by: &str) -> String {
        match evidence {
            Evidence::Observed => "Observed: certnotify saw it.".to_owned(),
            Evidence::Reported { .. } => format!("Reported by {by}."),
            Evidence::Derived => "Derived from its dates.".to_owned(),
        }
    }

    fn policy(&self, pace: &Pace<'_>) -> String {
        reminds(pace)
    }

    fn other_policies(&self, more: usize) -> String {
        format!("{more} more {} explained by:", if more == 1 { "setting is" } else { "settings are" })
    }

    fn ordinal(&self, nth: usize, previous: Option<&str>) -> String {
        match previous {
            Some(day) => format!(
                "This is the {} reminder; the {} went out on {day}.",
                ordinal(nth),
                ordinal(nth.saturating_sub(1).max(1))
            ),
            None => "This is the first reminder.".to_owned(),
        }
    }

    fn next(&self, day: Option<&str>, until: Until) -> String {
        let (end, none) = match until {
            Until::Renewed => ("it is renewed", "No further reminder of this kind is planned."),
            Until::AllRenewed => ("they are renewed", "No further reminder of this kind is planned."),
            Until::InUse => ("it is served", "No other follows."),
        };
        day.map_or_else(|| none.to_owned(), |day| format!("The next goes out on {day}, unless {end} by then."))
    }

    fn footer(&self, version: &str, machine: &str, file: &str) -> String {
        format!("certnotify {version} on {machine}, {file}")
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

    fn more(&self, count: usize) -> String {
        format!("+{count} more, counted above and named in the next run.")
    }

    fn test_text(&self, contact: &str, channel: &str) -> String {
        format!("This is a test: {contact} can be reached by {channel}. No certificate needs anything because of it.")
    }
}
