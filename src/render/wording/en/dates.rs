//! English, of dates without a certificate.

use super::English;
use super::forms::whole_moment;
use crate::certificate::DateOf;
use crate::render::wording::dates::{DateChange, Dates};
use crate::render::wording::{Description, End};

impl Dates for English {
    fn date_subject(&self, of: DateOf, name: &str, date: &str, is_expired: bool) -> String {
        match of {
            DateOf::PolicyFile => subject(name, "", date, is_expired),
            DateOf::Registration => subject(name, "registration ", date, is_expired),
        }
    }

    fn date_opening(&self, of: DateOf, end: &End<'_>) -> String {
        match of {
            DateOf::PolicyFile => opening("", end),
            DateOf::Registration => opening("The registration of ", end),
        }
    }

    fn date_changed(&self, change: &DateChange<'_>) -> Description {
        let DateChange { of, name, old, new, clock } = change;
        let stamp = |at| format!("{} {}", clock.stamp(at), clock.zone.abbreviation(at));
        let (date, end) = (clock.iso_date(*new), stamp(*new));
        let how = if change.is_earlier() { "now ends earlier," } else { "renewed until" };
        let headline = match of {
            DateOf::PolicyFile => format!("{how} {date}"),
            DateOf::Registration => format!("registration {how} {date}"),
        };
        let first = match (of, change.is_earlier()) {
            (DateOf::PolicyFile, true) => {
                format!("{name} has an earlier date in the policy file now: it ends on {end}.")
            }
            (DateOf::PolicyFile, false) => format!("{name} is renewed: by the policy file it ends on {end} now."),
            (DateOf::Registration, true) => {
                format!("The registration of {name} ends earlier now: by its registry on {end}.")
            }
            (DateOf::Registration, false) => {
                format!("The registration of {name} is renewed: by its registry it ends on {end} now.")
            }
        };
        Description::new(headline, first).and(old.map(|old| format!("The date before was {}.", stamp(old))))
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

/// Of a certificate, too.
pub(super) fn subject(name: &str, what: &str, date: &str, is_expired: bool) -> String {
    format!("{name}: {what}{} {date}", if is_expired { "expired" } else { "expires" })
}

pub(super) fn opening(what: &str, end: &End<'_>) -> String {
    let verb = if end.left.is_past() { "ended" } else { "expires" };
    format!("{what}{} {verb} on {}.", end.name, whole_moment(end.clock, end.at))
}
