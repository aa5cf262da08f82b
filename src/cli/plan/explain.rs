//! `plan NAME`: one certificate at length, also why it is silent.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use certnotify::certificate::Certificate;
use certnotify::detect::{self, ManagedBecause, Thresholds, TrackedCertificate};
use certnotify::event::{FindingId, Location, Occurrence, OccurrenceId};
use certnotify::policy::{self, ContactName, DeadlineCap, Entry, Frequency, Renewal, Zone};
use certnotify::render::{news_in_words, untrusted};
use certnotify::schedule::{self, Batch, EffectivePolicy};
use time::Duration;

use super::Planned;
use crate::cli::{exit, output, run};

pub(super) fn certificate(planned: &Planned, name: &str) -> anyhow::Result<String> {
    let tracked = find(planned, name)?;
    let parts: Vec<String> =
        tracked.into_iter().map(|tracked_certificate| explained(planned, tracked_certificate)).collect();
    Ok(parts.join("\n"))
}

/// The standings that `name` means: an entry with all its members, a member, or the last part of one.
fn find<'a>(planned: &'a Planned, name: &str) -> anyhow::Result<Vec<&'a TrackedCertificate>> {
    let all = &planned.look.tracked;
    let exact: Vec<&TrackedCertificate> = all
        .iter()
        .filter(|tracked_certificate| {
            tracked_certificate.location.name == name || tracked_certificate.location.entry == name
        })
        .collect();
    if !exact.is_empty() {
        return Ok(exact);
    }
    let is_alike = |other: &str| other == name || other.to_lowercase() == name.to_lowercase();
    let whole: Vec<&TrackedCertificate> = all
        .iter()
        .filter(|tracked| is_alike(&tracked.location.name) || is_alike(tracked.location.entry.as_str()))
        .collect();
    if !whole.is_empty() {
        return Ok(whole);
    }
    let last_part = |tracked_certificate: &&TrackedCertificate| {
        tracked_certificate.location.name.rsplit('/').next().is_some_and(is_alike)
    };
    let named = |tracked_certificate: &&TrackedCertificate| {
        tracked_certificate.certificate.dns_names.iter().any(|dns| is_alike(dns))
    };
    let mut found: Vec<&TrackedCertificate> = all.iter().filter(last_part).collect();
    if found.is_empty() {
        found = all.iter().filter(named).collect();
    }
    let full_names: BTreeSet<&str> =
        found.iter().map(|tracked_certificate| tracked_certificate.location.name.as_str()).collect();
    match full_names.len() {
        0 => Err(exit::advised(
            format!("no certificate is called `{}`", untrusted::clean(name)),
            nearest_name(planned, name),
        )),
        1 => Ok(found),
        _ => Err(exit::advised(
            format!("`{}` is the last part of several names", untrusted::clean(name)),
            format!("say which: {}", full_names.into_iter().map(untrusted::clean).collect::<Vec<_>>().join(", ")),
        )),
    }
}

fn nearest_name(planned: &Planned, name: &str) -> String {
    let names = planned.look.tracked.iter().map(|tracked| tracked.location.name.as_str());
    let known: Vec<&str> = names.flat_map(|name| [name, name.rsplit('/').next().unwrap_or(name)]).collect();
    match policy::nearest(name, &known) {
        Some(right) => format!("did you mean `{}`?", untrusted::clean(right)),
        None => "certnotify check lists the names; a place that no run has seen yet cannot be explained".to_owned(),
    }
}

fn explained(planned: &Planned, tracked_certificate: &TrackedCertificate) -> String {
    let location = &tracked_certificate.location;
    let entry = planned.policies.entry(&location.entry);
    let mut text = format!("{}   {}\n", untrusted::clean(&location.name), untrusted::clean(&location.place));
    let Some(entry) = entry else { return text };
    let terms = schedule::terms(entry, &tracked_certificate.certificate, &location.place, &planned.history);
    let mut line = |title: &str, value: String| {
        let _ = writeln!(text, "  {title:<9}  {value}");
    };
    line("expires", expires(planned, &tracked_certificate.certificate));
    if let Some(failing) = &location.failing {
        let seen = zone_of(planned).minute(location.seen);
        line("seen", format!("last {seen}; now: {}", untrusted::clean(failing)));
    }
    for horizon in horizons(planned, entry, location) {
        line("issuer", horizon);
    }
    line("renewal", renewal(planned, &terms));
    line("deadline", deadline(&terms));
    line("policy", who(entry, &terms));
    line("next", next(planned, tracked_certificate, entry, &terms));
    for occurrences in occurrences(planned, tracked_certificate) {
        line("news", occurrences);
    }
    line("told", told(planned, &tracked_certificate.certificate));
    text
}

fn expires(planned: &Planned, certificate: &Certificate) -> String {
    if certificate.has_no_end() {
        return format!("no end: {} stands for none", certificate.effective_end().date());
    }
    let end = zone_of(planned).minute(certificate.effective_end());
    let lifetime = certificate.lifetime_days();
    let with = certificate.limited_by.as_ref().map(|limit| {
        format!(
            "; with its issuer {}, its own end is {}",
            untrusted::clean(&limit.subject),
            certificate.not_after.date()
        )
    });
    let with = with.unwrap_or_default();
    match certificate.days_left(planned.now) {
        _ if planned.now < certificate.not_before => {
            format!("{end}, valid for {lifetime} days from {}{with}", zone_of(planned).minute(certificate.not_before))
        }
        left if left >= 0 => format!("{end}, {left} of {lifetime} days left{with}"),
        _ => format!("{end}: it has expired{with}"),
    }
}

/// Until when its root is trusted or its issuer gives it a full lifetime, where that ends first.
fn horizons(planned: &Planned, entry: &Entry, location: &Location) -> Vec<String> {
    let observations = planned.look.observations.iter().filter(|observation| observation.name == location.name);
    let found = observations.flat_map(|seen| detect::findings(entry, seen, &Thresholds::default(), planned.now));
    let horizons = found.filter(|finding| matches!(finding.id, FindingId::RootHorizon | FindingId::CaHorizon));
    horizons.map(|finding| untrusted::clean(&finding.message)).collect()
}

fn renewal(planned: &Planned, terms: &EffectivePolicy) -> String {
    let managed = &terms.opening.managed;
    let because = match &managed.because {
        ManagedBecause::Written => "the entry says so".to_owned(),
        ManagedBecause::Client(client) => format!("lives in the directory of {client}"),
        ManagedBecause::Issuer(issuer) => format!("issued by {issuer}"),
        ManagedBecause::NoSign => "nothing speaks for an automatic one".to_owned(),
    };
    let zone = zone_of(planned);
    match managed.renewal {
        Renewal::Manual => format!("manual ({because})"),
        Renewal::Auto => {
            format!("auto ({because}): due {}, late from {}", zone.minute(managed.due), zone.minute(managed.late_from))
        }
    }
}

/// `half`, `30 %`.
pub(in crate::cli) fn share(cap: DeadlineCap) -> String {
    match cap {
        DeadlineCap::Percent(50) => "half".to_owned(),
        DeadlineCap::Percent(percent) => format!("{percent} %"),
        DeadlineCap::None => "all".to_owned(),
    }
}

fn deadline(terms: &EffectivePolicy) -> String {
    let opening = &terms.opening;
    let days = |length: Duration| match length.whole_days() {
        days if days < 2 => format!("{} h", length.whole_hours()),
        days => format!("{days} d"),
    };
    let capped = if opening.lead < opening.asked {
        format!(" ({} of its life; the policy asks for {})", share(opening.cap), days(opening.asked))
    } else {
        String::new()
    };
    let patient = match opening.managed.renewal {
        Renewal::Auto => ", and not before it is late: a healthy renewal says nothing",
        Renewal::Manual => "",
    };
    let often = match terms.frequency {
        Frequency::Once => ", once".to_owned(),
        Frequency::EveryDays(1) => ", every day".to_owned(),
        Frequency::EveryDays(number) => format!(", every {number} days"),
    };
    let milestones: Vec<String> = terms.milestones.iter().map(|left| days(*left)).collect();
    let milestones = if milestones.is_empty() { String::new() } else { format!(", and at {}", milestones.join(", ")) };
    format!("{}{capped}{often}{milestones}{patient}", days(opening.lead))
}

fn who(entry: &Entry, terms: &EffectivePolicy) -> String {
    let policy = &entry.policy;
    let contacts: Vec<&str> = policy.contacts.iter().map(ContactName::as_str).collect();
    let channels: Vec<&str> = policy.channels.iter().map(|channel| channel.as_str()).collect();
    let mut text = format!("{}: {} by {}", policy.name, output::and(&contacts), output::and(&channels));
    for (within, contacts) in &terms.escalation {
        let contacts: Vec<&str> = contacts.iter().map(ContactName::as_str).collect();
        let _ = write!(text, "; {} too from {} days before the end", output::and(&contacts), within.whole_days());
    }
    if policy.window.as_str() != "all-day" {
        let _ = write!(text, "; {}", policy.window.as_str());
    }
    text
}

fn next(planned: &Planned, tracked_certificate: &TrackedCertificate, entry: &Entry, terms: &EffectivePolicy) -> String {
    let certificate = &tracked_certificate.certificate;
    let zone = zone_of(planned);
    if !entry.notifications {
        return "nothing: its notifications are switched off".to_owned();
    }
    let events: Vec<_> = planned
        .look
        .events
        .iter()
        .filter(|event| event.certificate.fingerprint == certificate.fingerprint)
        .cloned()
        .collect();
    if events.is_empty() {
        return "nothing: it has been renewed, another watched file holds its successor".to_owned();
    }
    let snoozed = match planned.history.snoozes.get(&certificate.fingerprint) {
        Some(snooze) if snooze.until > planned.now => format!(" (snoozed until {})", zone.minute(snooze.until)),
        _ => String::new(),
    };
    let schedule = schedule::due(&events, &planned.policies, &planned.history, planned.now);
    let (when, contacts) = match (schedule.due.as_slice(), schedule.held.first(), &schedule.next) {
        ([], None, None) if certificate.has_no_end() => return "nothing: it has no end".to_owned(),
        ([], None, None) if was_told(planned, certificate) => return "nothing: everybody has been told".to_owned(),
        ([], None, None) => return "nothing: nobody hears of its end".to_owned(),
        ([], Some(held), _) => {
            let until = held.held_until.map(|until| run::day_and_minute(&held.zone, until)).unwrap_or_default();
            (format!("{until}, held by the window"), contacts(&schedule.held))
        }
        ([], None, Some(next)) => {
            let zone =
                planned.policies.contacts.get(&next.reminder.key.contact).and_then(|contact| contact.zone.as_ref());
            (
                run::day_and_minute(zone.unwrap_or(zone_of(planned)), next.at),
                next.contacts.iter().map(ContactName::as_str).collect(),
            )
        }
        (due, ..) => ("now".to_owned(), contacts(due)),
    };
    let unless = match terms.opening.managed.renewal {
        Renewal::Auto if schedule.due.is_empty() && !certificate.is_expired(planned.now) => {
            "nothing, if it renews in time; else "
        }
        _ => "",
    };
    format!("{unless}{when} to {}{snoozed}", output::and(&contacts))
}

/// What happened to it and somebody is owed: what, when, to whom.
fn occurrences(planned: &Planned, tracked_certificate: &TrackedCertificate) -> Vec<String> {
    let is_about = |occurrence: &Occurrence| match &occurrence.certificate {
        Some(certificate) => {
            certificate.fingerprint == tracked_certificate.certificate.fingerprint
                || is_at(occurrence, tracked_certificate)
        }
        None => is_at(occurrence, tracked_certificate),
    };
    let schedule = schedule::due(&[], &planned.policies, &planned.history, planned.now);
    let mut told: BTreeMap<(&OccurrenceId, String), Vec<&str>> = BTreeMap::new();
    for batch in schedule.due.iter().chain(&schedule.held) {
        for occurrence in batch.occurrences.iter().filter(|occurrence| is_about(occurrence)) {
            let when = match batch.held_until {
                Some(until) => format!("{}, held", run::day_and_minute(&batch.zone, until)),
                None => "now".to_owned(),
            };
            let occurrences = format!("{}; {when}", news_in_words(occurrence));
            let contacts = told.entry((&occurrence.id, occurrences)).or_default();
            if !contacts.contains(&batch.contact.as_str()) {
                contacts.push(batch.contact.as_str());
            }
        }
    }
    told.into_iter()
        .map(|((_, occurrences), contacts)| format!("{occurrences} to {}", output::and(&contacts)))
        .collect()
}

fn is_at(occurrence: &Occurrence, tracked_certificate: &TrackedCertificate) -> bool {
    let own = &tracked_certificate.location;
    occurrence.locations.iter().any(|seen| seen.entry == own.entry && seen.name == own.name)
}

fn contacts(batches: &[Batch]) -> Vec<&str> {
    let mut contacts: Vec<&str> = batches.iter().map(|batch| batch.contact.as_str()).collect();
    contacts.dedup();
    contacts
}

fn zone_of(planned: &Planned) -> &Zone {
    &planned.policies.settings.zone
}

fn was_told(planned: &Planned, certificate: &Certificate) -> bool {
    planned.history.deliveries.contains_key(&certificate.fingerprint)
}

fn told(planned: &Planned, certificate: &Certificate) -> String {
    let mut lines = Vec::new();
    for (kind, contacts) in planned.history.deliveries.get(&certificate.fingerprint).into_iter().flatten() {
        for (contact, channels) in contacts {
            for (channel, told) in channels {
                let last = zone_of(planned).minute(told.last());
                let times = if told.count() == 1 { "once".to_owned() } else { format!("{} times, last", told.count()) };
                lines.push(format!("{contact} by {channel} of {}: {times} {last}", kind.short_name()));
            }
        }
    }
    if lines.is_empty() { "never".to_owned() } else { lines.join("\n             ") }
}
