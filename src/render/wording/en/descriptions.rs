//! English, of what happened: for titles, and in sentences.

use time::OffsetDateTime;

use super::English;
use super::forms::ends_on;
use crate::certificate::is_no_end;
use crate::render::wording::occurrences::{
    ChainChange, Description, Descriptions, Health, Life, Newswriting as _, OccurrenceFacts, Report, Service, Stopped,
};
use crate::render::wording::{Clock, Phrases as _, Wording as _};

impl Descriptions for English {
    fn of_life(&self, life: &Life, facts: &OccurrenceFacts<'_>) -> Description {
        let OccurrenceFacts { name, places, clock, .. } = facts;
        let stamp = |at: OffsetDateTime| format!("{} {}", clock.stamp(at), clock.zone.abbreviation(at));
        let end_of = |end: OffsetDateTime| (!is_no_end(end)).then(|| stamp(end));
        match life {
            Life::Renewed { new } => {
                let until = clock.end_date(new.not_after);
                let until = until.map_or_else(|| ", without an end".to_owned(), |end| format!(" until {end}"));
                let old = facts.end.map(|end| {
                    let old = match (end_of(end), end < facts.at) {
                        (None, _) => "had no end".to_owned(),
                        (Some(end), true) => format!("ended on {end}"),
                        (Some(end), false) => format!("would have ended on {end}"),
                    };
                    let (serial, new) = (&facts.serial, ends_on(end_of(new.not_after).as_deref()));
                    format!("The old one (serial number {serial}) {old}; the new one {new}.")
                });
                let again = if new.issuer == facts.issuer { "again" } else { "now" };
                let issued = format!("It was {again} issued by {}; its serial number is {}.", new.issuer, new.serial);
                let first =
                    format!("The certificate of {name} is renewed: the new one is in place{}.", self.at(places));
                Description::new(format!("certificate renewed{until}"), first).and(old).and(issued)
            }
            Life::Downloaded { to } => {
                let to = to.as_ref().map(|to| format!(", to {to}")).unwrap_or_default();
                let first = format!("The certificate of {name} was downloaded{}{to}.", from(places));
                Description::new("certificate downloaded", first)
            }
            Life::Revoked { reason, since, source } => {
                let since = since.map(|since| format!(" on {}", stamp(since))).unwrap_or_default();
                let reason =
                    reason.as_ref().map(|reason| format!(", with the reason \"{reason}\"")).unwrap_or_default();
                let first = format!("The certificate of {name} was revoked{since}{reason}.");
                Description::new("certificate revoked", first).and(format!("Source: {source}."))
            }
            Life::RenewalMovedForward { end, explanation } => {
                let verb = if *end < facts.at { "should have been renewed" } else { "should be renewed" };
                let why = explanation.as_ref().map(|page| self.stopped(&format!("The CA explains: {page}")));
                let first =
                    format!("The CA asks for an early renewal: the certificate of {name} {verb} by {}.", stamp(*end));
                Description::new("its CA wants it renewed now", first).and(why)
            }
            Life::Replaced { by, no_longer_covered } => {
                let lost = no_longer_covered.as_ref().map(|lost| format!("It does not cover {lost}."));
                let first =
                    format!("The certificate of {name} was replaced{} by one that is no successor.", self.at(places));
                let other = format!(
                    "The other one is issued by {}, {} and has the serial number {}.",
                    by.issuer,
                    ends_on(end_of(by.not_after).as_deref()),
                    by.serial
                );
                let later = (by.not_before > facts.at)
                    .then(|| format!("It is not valid yet: clients refuse it before {}.", stamp(by.not_before)));
                let series = "Reminders of the one that is gone end with this.".to_owned();
                Description::new("certificate replaced by another", first).and(other).and(later).and(lost).and(series)
            }
            Life::Deleted => {
                let end = facts.end.map(|end| format!("It would have been valid until {}.", stamp(end)));
                let first =
                    format!("The certificate of {name} is gone{}: two runs in a row did not find it.", from(places));
                Description::new("certificate deleted", first).and(end)
            }
        }
    }

    fn of_health(&self, health: &Health, facts: &OccurrenceFacts<'_>) -> Description {
        let OccurrenceFacts { name, places, clock, .. } = facts;
        match health {
            Health::Shared { places } => {
                let first =
                    format!("The certificate of {name} or its key now stands in more than one place: {places}.");
                Description::new("certificate or key shared", first)
            }
            Health::KeyReadable { path, by_others } => {
                let (readers, who) =
                    if *by_others { ("everybody", "everybody on the machine") } else { ("its group", "its group") };
                let first = format!("The private key of {name} can be read by {who}: {path}.");
                Description::new(format!("private key readable by {readers}"), first)
            }
            Health::FindingOpened { finding, lost, message } => {
                let finding = self.finding_opened(*finding, *lost);
                let message = if message.is_empty() { String::new() } else { format!(" ({message})") };
                let first = format!("Something is wrong with {name}{}: {finding}{message}.", self.at(places));
                Description::new(finding, first)
            }
            Health::FindingBurst { finding, count, names } => {
                let finding = self.finding(*finding);
                let first = format!("{} at once: {finding}.", self.how_many(*count, facts.is_date));
                Description::new(finding, first).and(format!("Among them: {names}."))
            }
            Health::Recovered { finding, count, is_dropped } => {
                let (finding, is_many) = (self.finding_before(*finding), *count > 1);
                let whose =
                    if is_many { self.how_many(*count, facts.is_date) } else { format!("{name}{}", self.at(places)) };
                let among = is_many.then(|| format!("Among them: {name}."));
                if *is_dropped {
                    let first = format!("Closed for {whose}: {finding}. It is now accepted, or no longer watched.");
                    return Description::new(format!("closed ({finding})"), first).and(among);
                }
                let first = format!("Over for {whose}: {finding}.");
                Description::new(format!("recovered ({finding})"), first).and(among)
            }
            Health::PutRight { by } => {
                let first = format!(
                    "The right certificate of {name} stands{} again; it {} and has the serial number {}.",
                    self.at(places),
                    ends_on(clock.end_date(by.not_after).as_deref()),
                    by.serial
                );
                Description::new("recovered (the right certificate is back)", first)
            }
            Health::MonitoringStopped { stopped, names, count } => {
                let (headline, first) = of_stopped(stopped, *clock);
                if *count == 1 {
                    return Description::new(headline, format!("{first}: {names}."));
                }
                let first = format!("{first}: {}.", self.how_many(*count, facts.is_date));
                Description::new(headline, first).and(format!("Among them: {names}."))
            }
        }
    }

    fn of_service(&self, service: &Service, facts: &OccurrenceFacts<'_>) -> Description {
        let OccurrenceFacts { name, places, clock, .. } = facts;
        match service {
            Service::AuthorityChanged { main, changes } => {
                let about = format!("The authority behind the certificate of {name} changed.");
                let mut description = match main {
                    Some(ChainChange::UsageLost { usage }) => Description::new(
                        format!("no longer valid for {usage}"),
                        format!("The new certificate of {name} allows less than the old one."),
                    ),
                    Some(ChainChange::IntermediateExpires { not_after, .. }) => Description::new(
                        format!("an intermediate of its chain ends {}", clock.iso_date(*not_after)),
                        format!("An intermediate in the chain of {name} nears its own end."),
                    ),
                    Some(ChainChange::Root { .. }) => Description::new("its root changed", about),
                    Some(ChainChange::Issuer { .. }) | None => Description::new("its issuer changed", about),
                };
                description.sentences.extend(changes.iter().map(|change| match change {
                    ChainChange::Issuer { from, to } => format!("The issuer was {from} and is {to}."),
                    ChainChange::Root { from, to } => format!("The root was {from} and is {to}."),
                    ChainChange::UsageLost { usage } => format!("It may be used for {usage} no more."),
                    ChainChange::IntermediateExpires { subject, not_after } => {
                        format!("The intermediate {subject} ends on {}.", clock.iso_date(*not_after))
                    }
                }));
                description
            }
            Service::Announced { text, date, source, count, names } => {
                let to_whom = format!("It applies from {date}, to {}: {}.", self.how_many(*count, false), names);
                // What follows from the certificates themselves has none.
                let source = (!source.is_empty()).then(|| format!("Source: {source}"));
                let first = self.stopped(text.trim_end_matches('.'));
                Description::new(format!("applies from {date}"), first).and(to_whom).and(source)
            }
            Service::Upgraded { from, to } => {
                let first = format!("certnotify here is now version {to}; it was {from}.");
                Description::new(format!("now version {to}"), first)
            }
            Service::Reported { report: Report { message, url }, unmatched } => {
                let headline = self.reported(facts.kind, facts.is_date);
                let Some(by) = facts.evidence.by() else { return Description::new(headline, None) };
                let about = if places.is_empty() { String::new() } else { format!(" of {name}{}", self.at(places)) };
                let said = message.as_ref().map(|said| self.stopped(said.trim_end_matches(['.', '。'])));
                let as_last_seen = facts.as_last_seen().map(|phrase| self.phrase(phrase).to_owned());
                let unknown = unmatched.as_ref().map(|name| format!("No watched certificate is called {name}."));
                let url = url.as_ref().map(|url| format!("See {url}"));
                let first = format!("{by} reports{about}: {headline}.");
                Description::new(headline, first).and(said).and(as_last_seen).and(unknown).and(url)
            }
        }
    }

    fn seen_as_reported(&self, Report { message, url }: &Report, by: &str, is_date: bool) -> Vec<String> {
        let seen = format!("certnotify saw the new {}.", if is_date { "date" } else { "one" });
        let said =
            message.as_ref().map(|said| self.stopped(&format!("{by} reports: {}", said.trim_end_matches(['.', '。']))));
        let url = url.as_ref().map(|url| format!("See {url}"));
        [Some(seen), said, url].into_iter().flatten().collect()
    }
}

fn from(places: &str) -> String {
    if places.is_empty() { String::new() } else { format!(" from {places}") }
}

/// The clause, and what begins the first sentence.
fn of_stopped(stopped: &Stopped, clock: Clock<'_>) -> (String, String) {
    match stopped {
        Stopped::Removed => ("watched no more".to_owned(), "Watched no more".to_owned()),
        Stopped::SwitchedOff => ("notifications switched off".to_owned(), "Notifications were switched off".to_owned()),
        Stopped::ContactDropped { contact } => {
            (format!("{contact} is told no more"), format!("{contact} is told by no channel any more"))
        }
        Stopped::Undeliverable { contact, address: Some(address), reason, .. } => (
            format!("mail to {address} does not arrive"),
            format!(
                "Mail to {address} of {contact} failed in three runs in a row, and other addresses get it \
                     ({reason})"
            ),
        ),
        Stopped::Undeliverable { contact, channel, reason, .. } => (
            format!("{contact} is not reached by {channel}"),
            format!("Messages to {contact} by {channel} failed in three runs in a row ({reason})"),
        ),
        Stopped::SnoozedLong { until } => {
            let until = clock.iso_date(*until);
            (format!("reminders held until {until}"), format!("Reminders are held until {until}"))
        }
    }
}
