//! English, above a message.

use super::English;
use super::dates::subject;
use crate::render::urgency::Totals;
use crate::render::wording::titles::Titles;
use crate::render::wording::{Marks, Newswriting as _, Worst};

impl Titles for English {
    fn subject_one(&self, name: &str, date: &str, is_expired: bool) -> String {
        subject(name, "certificate ", date, is_expired)
    }

    fn subject_many(&self, totals: &Totals, date: &str) -> String {
        let total: usize = totals.iter().sum();
        let texts = ["expired", "within 7 days", "within 30 days", "later"];
        let worst = totals.iter().zip(texts).filter(|(number, _)| **number > 0).take(2);
        let worst: Vec<_> = worst.map(|(number, text)| format!("{number} {text}")).collect();
        format!("{}: {} ({date})", self.how_many(total, false), worst.join(", "))
    }

    fn late_subject(&self, name: &str, date: &str) -> String {
        format!("{name}: automatic renewal is late, expires {date}")
    }

    fn news_subject(&self, name: &str, headline: &str) -> String {
        format!("{name}: {headline}")
    }

    fn news_title(&self, marks: &Marks, worst: Option<&Worst>) -> String {
        let is_alone = marks.iter().map(|(_, count)| count).sum::<usize>() == 1;
        match worst {
            Some(Worst { name, state }) if is_alone => format!("Certificate news: {name}, {state}"),
            Some(Worst { name, .. }) => format!("Certificate news: {}; first {name}", self.counted(marks, "")),
            None => format!("Certificate news: {}", self.counted(marks, "")),
        }
    }

    fn chat_title(&self, totals: &Totals, worst: Option<&Worst>) -> String {
        let total: usize = totals.iter().sum();
        if let (1, Some(Worst { name, state })) = (total, worst) {
            return format!("Certificate reminder: {name}, {}", uncapital(state));
        }
        let need = if total == 1 { "1 needs action".to_owned() } else { format!("{total} need action") };
        let counted = match totals[0] {
            0 => need,
            expired if expired == total => format!("{total} {} expired", if total == 1 { "has" } else { "have" }),
            expired => format!("{need}, {expired} of them expired"),
        };
        let first = worst.map(|worst| format!("; first {}", worst.name)).unwrap_or_default();
        format!("Certificate reminder: {counted}{first}")
    }

    fn and_also(&self, title: &str, also: &str) -> String {
        format!("{title}; {also}")
    }

    fn corrected_title(&self, over: usize, all: usize) -> String {
        if over >= all { "Done: nothing here is open any more".to_owned() } else { format!("{over} of {all} done") }
    }
}

/// In the middle of a sentence.
fn uncapital(clause: &str) -> String {
    let mut characters = clause.chars();
    characters.next().map(|first| first.to_lowercase().chain(characters).collect()).unwrap_or_default()
}
