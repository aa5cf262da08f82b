//! English sentences with names or numbers in them.

use super::English;
use super::forms::{ends_on, joined, ordinal, really_left};
use crate::cause::length;
use crate::event::Evidence;
use crate::render::wording::Newswriting as _;
use crate::render::wording::sentences::{Counted, Held, Recipients, Remark, Sentence, Sentences, Until};

impl Sentences for English {
    fn remark(&self, remark: Remark<'_>) -> String {
        use Remark as R;
        match remark {
            R::State { stamp, is_expired } => format!("{} {stamp}", if is_expired { "expired" } else { "expires" }),
            R::Valid { from, to, zone, lifetime } => format!("{from} to {to} {zone} ({})", length(lifetime)),
            R::ValidWithoutEnd { from } => format!("from {from}, no end"),
            R::Limited { by, is_metadata: true, own_end } => format!(
                "The SAML metadata of {by} is valid until then (validUntil), and who reads it uses nothing in it later; \
                 {}. Put the newer metadata of its provider here.",
                own(own_end)
            ),
            R::Limited { by, is_metadata: false, own_end } => format!(
                "The intermediate {by} of its chain ends then, and no path does without it; {}. \
                 Put the newer intermediate of its authority in the chain, or renew the certificate.",
                own(own_end)
            ),
            R::Superseded { place, end, is_one_of_several } => {
                let or = if is_one_of_several { "take this one out" } else { "remove this file" };
                format!("A newer one lies in {place}, and {}: put it here, or {or}.", ends_on(end))
            }
            R::StillServed { places, seen } => format!("It is still served at {places} (seen {seen})."),
            R::NotReached { since, reason } => {
                let reason = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
                format!("Not seen since {since}{reason}; these are its dates as last seen.")
            }
            R::LeftOut { covered: "", left_out } => {
                format!("A newer certificate does not cover {left_out}: renew this one or drop the name.")
            }
            R::LeftOut { covered, left_out } => {
                format!("A newer certificate covers {covered}, but not {left_out}: renew this one or drop the name.")
            }
            R::Capped { asked, lifetime, percent, lead } => {
                let share = if percent == 50 { "half".to_owned() } else { format!("{percent} %") };
                format!(
                    "The policy asks for {}; this certificate lives {}, and {share} of that is {}: reminders begin that long before the end.",
                    length(asked),
                    length(lifetime),
                    length(lead)
                )
            }
            R::Late { client, due, late_from, log } => {
                let client = client.map(|client| format!(" ({client})")).unwrap_or_default();
                let log = log.map(|log| format!(": see {log}")).unwrap_or_default();
                format!(
                    "It renews by itself{client}, and should have by {due}. Since {late_from} it counts as late{log}."
                )
            }
            R::NotInUse { name, is_predecessor: true } => {
                format!("The certificate of {name} is renewed, and the old one is still served.")
            }
            R::NotInUse { name, .. } => format!("Another certificate is served where that of {name} should be."),
            R::ServedInstead { endpoint, serial, end } => {
                format!("{endpoint} serves one that ends on {end} (serial number {serial}).")
            }
            R::NewWithout { faults } => format!("The new one must be without this: {faults}."),
            R::WhyNow { why } => format!("Why now: {why}."),
            R::ReallyLeft { why, left } => really_left(why, left),
            R::Became { date, is_renewed: true } => format!("renewed on {date}"),
            R::Became { date, .. } => format!("watched no more since {date}"),
        }
    }

    fn say(&self, sentence: Sentence<'_>) -> String {
        use Sentence as S;
        match sentence {
            S::OnMachine { places, machine } => format!("{places} on {machine}"),
            S::FilesOn { machine } => format!("Files are on {machine}."),
            S::Attached { file } => format!("The same list is attached for spreadsheets: {file}."),
            S::OtherPolicies { more: 1 } => "1 more setting is explained by:".to_owned(),
            S::OtherPolicies { more } => format!("{more} more settings are explained by:"),
            S::Ordinal { nth, of, previous: Some(day) } => {
                let (nth, before) = (ordinal(nth), ordinal(nth.saturating_sub(1).max(1)));
                format!("This is the {nth} reminder{}; the {before} went out on {day}.", counted(of))
            }
            S::Ordinal { of, previous: None, .. } => format!("This is the first reminder{}.", counted(of)),
            S::Next { day: Some(day), until } => {
                let end = match until {
                    Until::Renewed => "it is renewed",
                    Until::AllRenewed => "they are renewed",
                    Until::InUse => "it is served",
                };
                format!("The next goes out on {day}, unless {end} by then.")
            }
            S::Next { day: None, until: Until::InUse } => "No other follows.".to_owned(),
            S::Next { day: None, .. } => "No further reminder of this kind is planned.".to_owned(),
            S::More { count } => format!("+{count} more, counted above and named in the next run."),
            S::Footer { version, machine, file } => format!("certnotify {version} on {machine}, {file}"),
            S::Test { contact, channel } => format!(
                "This is a test: {contact} can be reached by {channel}. No certificate needs anything because of it."
            ),
            S::Evidence { evidence: Evidence::Observed, .. } => "Observed: certnotify saw it.".to_owned(),
            S::Evidence { evidence: Evidence::Reported { by }, .. } => format!("Reported by {by}."),
            S::Evidence { evidence: Evidence::Derived, rows: 1 } => "Derived from its dates.".to_owned(),
            S::Evidence { evidence: Evidence::Derived, .. } => "Derived from their dates.".to_owned(),
            S::Known { evidence: Evidence::Observed, seen } => format!("observed: certnotify saw it {seen}"),
            S::Known { evidence: Evidence::Reported { by }, seen } => format!("reported by {by}, {seen}"),
            S::Known { evidence: Evidence::Derived, seen } => format!("derived from dates and policy, {seen}"),
            S::News { counted } => format!("What happened: {counted}."),
            S::DetailsLeftOut { rows, file: None } => {
                format!("There is no room for the details of {rows} of them: the mail server takes no larger mail.")
            }
            S::DetailsLeftOut { rows, file: Some(file) } => {
                let their = if rows == 1 { "has its" } else { "have their" };
                format!("{rows} of them {their} details only in the attached {file}.")
            }
            S::NamesLeftOut { rows } => {
                let are = if rows == 1 { "is" } else { "are" };
                format!("{rows} more {are} not named: the mail server takes no larger mail.")
            }
            S::MoreInList { rows } => format!("and {rows} more"),
            S::NextInList { date, is_automatic: true } => format!(", renews by itself; else a reminder {date}"),
            S::NextInList { date, is_automatic: false } => format!(", reminder {date}"),
            S::WhyInList { why } => format!(": {why}"),
            S::Coming { count } => format!("{count} to see to"),
            S::RenewedSince { count } => format!("{count} renewed"),
            S::Unseen { count } => format!("{count} not seen"),
        }
    }

    fn recipients(&self, recipients: Recipients<'_>) -> String {
        use Recipients as R;
        match recipients {
            R::ToldWith { names, later } => {
                let now = if names.is_empty() { "no one else".to_owned() } else { joined(names) };
                let later = later.iter().map(|(day, names)| format!("; from {day} also to {}", joined(names)));
                format!("Also sent to: {now}{}.", later.collect::<String>())
            }
            R::ToldLater { later } => {
                let later = later.iter().map(|(day, names)| format!("from {day} also to {}", joined(names)));
                format!("{}.", self.capital(&later.collect::<Vec<_>>().join("; ")))
            }
            R::ToldOf { name, count: 1 } => format!("1 of them is also sent to {name}."),
            R::ToldOf { name, count } => format!("{count} of them are also sent to {name}."),
            R::NewsTold { names } => format!("What happened is also sent to: {}.", joined(names)),
            R::Escalated { within, count: None } => {
                format!("You are told from {} before its end on, by the escalation of the policy.", length(within))
            }
            R::Escalated { within, count: Some(count) } => {
                format!("Of {count} of them you are told by escalation, from {} before the end on.", length(within))
            }
            R::SnoozeHint { day, machine, of } => {
                let what = match of {
                    Held::TheOnlyOne => "it",
                    Held::OneOfTheCertificates | Held::OneOfTheDates => "one",
                };
                format!("To hold {what} until {day}, on {machine}:")
            }
            R::Snoozed { until } => format!("Its reminders are held until {until}."),
            R::Unused { file } => format!("If nothing uses it any more, take it out of {file}."),
        }
    }
}

const fn counted(of: Counted) -> &'static str {
    match of {
        Counted::BeforeTheEnd => "",
        Counted::SinceTheEnd => " since its end",
        Counted::OfItsKind => " of this kind",
    }
}

fn own(end: Option<&str>) -> String {
    end.map_or_else(|| "it has no end of its own".to_owned(), |end| format!("its own end is {end}"))
}
