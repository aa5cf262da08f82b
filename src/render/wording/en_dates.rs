//! English, of dates without a certificate.

use super::Clock;
use super::dates::{DateChange, Dates};
use super::en::English;
use super::{End, Left};

impl Dates for English {
    fn date_subject(&self, name: &str, date: &str, is_expired: bool) -> String {
        format!("{name}: {} {date}", if is_expired { "expired" } else { "expires" })
    }

    fn date_opening(&self, end: &End<'_>) -> String {
        let End { name, left, clock, at } = end;
        let is_past = matches!(left, Left::PastHours(_) | Left::PastDays(_));
        let verb = if is_past { "ended" } else { "expires" };
        let date = clock.date(*at);
        let utc = if clock.is_utc(*at) {
            String::new()
        } else {
            format!(" ({} UTC)", Clock { zone: &crate::policy::Zone::UTC, now: clock.now }.stamp(*at))
        };
        let (day, month, year) = (date.day(), date.month(), date.year());
        let hour = clock.stamp(*at).split_off("2026-12-14 ".len());
        format!(
            "{name} {verb} on {}, {day} {month} {year}, {hour} {}{utc}.",
            date.weekday(),
            clock.zone.abbreviation(*at)
        )
    }

    fn date_to_do(&self) -> &'static str {
        "To do: renew it, and write its new date in the policy file."
    }

    fn date_to_do_there(&self) -> &'static str {
        "renew it, and write its new date in the policy file"
    }

    fn about_the_date(&self) -> &'static str {
        "The date"
    }

    fn date_headline(&self, change: &DateChange<'_>) -> String {
        let date = change.clock.iso_date(change.new);
        if change.is_earlier() { format!("now ends earlier, {date}") } else { format!("renewed until {date}") }
    }

    fn date_changed(&self, change: &DateChange<'_>) -> Vec<String> {
        let DateChange { name, old, new, clock } = change;
        let stamp = |at| format!("{} {}", clock.stamp(at), clock.zone.abbreviation(at));
        let first = if change.is_earlier() {
            format!("{name} has an earlier date in the policy file now: it ends on {}.", stamp(*new))
        } else {
            format!("{name} is renewed: by the policy file it ends on {} now.", stamp(*new))
        };
        let before = old.map(|old| format!("The date before was {}.", stamp(old)));
        std::iter::once(first).chain(before).collect()
    }

    fn for_dates(&self, text: &str) -> String {
        if let Some(rest) = text.strip_prefix("Certificate reminder") {
            return format!("Reminder{rest}");
        }
        if let Some(rest) = text.strip_prefix("Certificate news") {
            return format!("News{rest}");
        }
        let many = text.replacen(" certificates", " dates", 1);
        if many == text { text.replacen(" certificate", " date", 1) } else { many }
    }
}
