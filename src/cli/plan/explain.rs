//! `plan NAME`: one certificate at length, also why it is silent.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use certnotify::certificate::{Certificate, Fingerprint};
use certnotify::detect::{self, ManagedBecause, Thresholds, TrackedCertificate, Visibility};
use certnotify::event::{Event, EventKind, FindingId, Location, OccurrenceId};
use certnotify::observation::Observation;
use certnotify::policy::{ContactName, DeadlineCap, Entry, Frequency, Policies, PolicyChannels, Renewal, Zone};
use certnotify::render::{news_in_words, untrusted};
use certnotify::schedule::{self, Batch, EffectivePolicy, Schedule};
use time::OffsetDateTime;

use super::Planned;
use super::named::{self, Explained};
use super::validity::expires;
use crate::cli::amounts::{self, length};
use crate::cli::output;

/// All that is explained, one part for each name.
pub(super) fn names(planned: &Planned, names: &[String]) -> anyhow::Result<Vec<String>> {
    let all = named::all(planned);
    let context = Context::new(planned);
    let news = NewsIndex::new(&context.news);
    names
        .iter()
        .map(|name| {
            let parts = named::called(&all, name)?.into_iter().map(|one| match one {
                Explained::Tracked(tracked) => explained(&context, &news, tracked),
                Explained::Gone(gone) => explained(&context, &news, gone),
                Explained::NeverSeen(observation) => never_seen(observation),
                Explained::Empty(entry) => format!("{}   no certificate is known of it\n", untrusted::clean(entry)),
            });
            Ok(parts.collect::<Vec<_>>().join("\n"))
        })
        .collect()
}

/// What is worked out once for all that is explained.
struct Context<'a> {
    planned: &'a Planned,
    /// By certificate, its events and those of the certificates that should be served in its place.
    events: BTreeMap<Fingerprint, Vec<Arc<Event>>>,
    /// What happened and is still owed.
    news: Vec<Batch>,
    /// By name, what was looked at.
    looks: BTreeMap<&'a str, Vec<&'a Observation>>,
}

/// What happened and is still owed, by what it is about: the numbers of its batch and in that.
#[derive(Default)]
struct NewsIndex<'a> {
    by_certificate: BTreeMap<Fingerprint, Vec<(usize, usize)>>,
    by_location: BTreeMap<(&'a str, &'a str), Vec<(usize, usize)>>,
}

impl<'a> NewsIndex<'a> {
    fn new(news: &'a [Batch]) -> Self {
        let mut index = Self::default();
        for (nth, batch) in news.iter().enumerate() {
            for (at, occurrence) in batch.occurrences.iter().enumerate() {
                if let Some(certificate) = &occurrence.certificate {
                    index.by_certificate.entry(certificate.fingerprint).or_default().push((nth, at));
                }
                for seen in &occurrence.locations {
                    index.by_location.entry((seen.entry.as_str(), &seen.name)).or_default().push((nth, at));
                }
            }
        }
        index
    }

    /// In the order of the batches.
    fn about(&self, tracked: &TrackedCertificate) -> BTreeSet<(usize, usize)> {
        let by_certificate = self.by_certificate.get(&tracked.certificate.fingerprint);
        let own = (tracked.location.entry.as_str(), &*tracked.location.name);
        by_certificate.into_iter().chain(self.by_location.get(&own)).flatten().copied().collect()
    }
}

impl<'a> Context<'a> {
    fn new(planned: &'a Planned) -> Self {
        let mut events: BTreeMap<Fingerprint, Vec<Arc<Event>>> = BTreeMap::new();
        for event in &planned.look.events {
            let own = event.certificate.fingerprint;
            let others = event.served_instead.iter().map(|served| served.fingerprint).filter(|other| *other != own);
            for fingerprint in std::iter::once(own).chain(others) {
                events.entry(fingerprint).or_default().push(Arc::clone(event));
            }
        }
        let news = schedule::due(&[], &planned.policies, &planned.history, planned.now);
        let mut looks: BTreeMap<&str, Vec<&Observation>> = BTreeMap::new();
        for observation in &planned.look.observations {
            looks.entry(&observation.name).or_default().push(observation);
        }
        Self { planned, events, news: news.due.into_iter().chain(news.held).collect(), looks }
    }
}

/// A place that no run saw a certificate at.
fn never_seen(observation: &Observation) -> String {
    let why = observation.outcome.as_ref().err().map_or_else(String::new, |failure| failure.message());
    let (name, why) = (untrusted::clean(&observation.name), untrusted::clean(&why));
    format!("{name}   {}: no certificate is known of it: {why}\n", untrusted::clean(&observation.source))
}

fn explained(context: &Context<'_>, news: &NewsIndex<'_>, tracked_certificate: &TrackedCertificate) -> String {
    let planned = context.planned;
    let location = &tracked_certificate.location;
    let entry = planned.policies.entry(location.entry.as_str());
    let mut text = format!("{}   {}\n", untrusted::clean(&location.name), untrusted::clean(&location.place));
    let Some(entry) = entry else { return text };
    let terms = schedule::terms(entry, &tracked_certificate.certificate, &location.place, &planned.history);
    let mut line = |title: &str, value: String| {
        let _ = writeln!(text, "  {title:<9}  {value}");
    };
    line("expires", expires(planned, &tracked_certificate.certificate));
    if let Some(failing) = &location.failing {
        let seen = zone_of(planned).minute(location.seen);
        line("seen", format!("last {seen}; now: {}", untrusted::clean(&failing.to_string())));
    }
    for horizon in horizons(context, entry, location) {
        line("issuer", horizon);
    }
    if !tracked_certificate.certificate.is_date() {
        line("renewal", renewal(planned, &terms));
    }
    line("deadline", deadline(&terms));
    line("policy", who(&planned.policies, entry, &terms));
    line("next", next(context, tracked_certificate, entry, &terms));
    for occurrences in occurrences(context, &news.about(tracked_certificate)) {
        line("news", occurrences);
    }
    line("told", told(planned, &tracked_certificate.certificate));
    text
}

/// Until when its root is trusted or its issuer gives it a full lifetime, where that ends first.
fn horizons(context: &Context<'_>, entry: &Entry, location: &Location) -> Vec<String> {
    let observations = context.looks.get(&*location.name).into_iter().flatten();
    let found =
        observations.flat_map(|seen| detect::findings(entry, seen, &Thresholds::default(), context.planned.now));
    let horizons = found.filter(|finding| matches!(finding.id, FindingId::RootHorizon | FindingId::CaHorizon));
    horizons.map(|finding| untrusted::clean(&finding.message.to_string())).collect()
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
    let capped = if opening.lead < opening.asked {
        format!(" ({} of its life; the policy asks for {})", share(opening.cap), length(opening.asked))
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
    let milestones: Vec<String> = terms.milestones.iter().map(|left| length(*left)).collect();
    let milestones = if milestones.is_empty() { String::new() } else { format!(", and at {}", milestones.join(", ")) };
    format!("{}{capped}{often}{milestones}{patient}", length(opening.lead))
}

/// Who is told by which channels, those that each contact has.
fn who(policies: &Policies, entry: &Entry, terms: &EffectivePolicy) -> String {
    let policy = &entry.policy;
    let mut text = format!("{}: {}", policy.name, by_channels(policies, &policy.contacts, &policy.channels));
    for (step, (within, contacts)) in policy.escalation.iter().zip(&terms.escalation) {
        let told = by_channels(policies, contacts, &step.channels);
        let _ = write!(text, "; from {} before the end also {told}", length(*within));
    }
    if policy.window.as_str() != "all-day" {
        let _ = write!(text, "; {}", policy.window.as_str());
    }
    text
}

/// `ops and desk by email and inbox, anna by inbox`.
fn by_channels(policies: &Policies, names: &[ContactName], channels: &PolicyChannels) -> String {
    let mut groups: Vec<(Vec<&str>, Vec<&str>)> = Vec::new();
    for name in names {
        let told_by = policies.contacts.get(name).map(|contact| channels.of(contact)).unwrap_or_default();
        let by: Vec<&str> = told_by.iter().map(|channel| channel.as_str()).collect();
        match groups.iter_mut().find(|(_, known)| *known == by) {
            Some((contacts, _)) => contacts.push(name.as_str()),
            None => groups.push((vec![name.as_str()], by)),
        }
    }
    let told = groups.iter().map(|(contacts, by)| match by.as_slice() {
        [] => format!("{} by no channel that the policy has", output::and(contacts)),
        by => format!("{} by {}", output::and(contacts), output::and(by)),
    });
    told.collect::<Vec<_>>().join(", ")
}

fn next(
    context: &Context<'_>,
    tracked_certificate: &TrackedCertificate,
    entry: &Entry,
    terms: &EffectivePolicy,
) -> String {
    let planned = context.planned;
    let certificate = &tracked_certificate.certificate;
    let zone = zone_of(planned);
    if entry.options.is_silenced {
        return "nothing: its notifications are switched off".to_owned();
    }
    let events = context.events.get(&certificate.fingerprint).map(Vec::as_slice).unwrap_or_default();
    if !events.iter().any(|event| event.certificate.fingerprint == certificate.fingerprint) {
        if tracked_certificate.presence == Visibility::Missing {
            return "nothing: it is gone".to_owned();
        }
        return "nothing: it has been renewed, another watched file holds its successor".to_owned();
    }
    let snoozed = match planned.history.snoozes.get(&certificate.fingerprint) {
        Some(snooze) if snooze.until > planned.now => format!(" (snoozed until {})", zone.minute(snooze.until)),
        _ => String::new(),
    };
    let schedule = schedule::due_of(certificate.fingerprint, events, &planned.policies, &planned.history, planned.now);
    let Some((when, contacts)) = when_and_to_whom(planned, &schedule, (certificate.fingerprint, events)) else {
        let why = if certificate.has_no_end() {
            "it has no end"
        } else if is_heard(&planned.policies, entry) && was_told(planned, certificate) {
            "everybody has been told"
        } else {
            "no contact is told of its end"
        };
        return format!("nothing: {why}");
    };
    let unless = match terms.opening.managed.renewal {
        Renewal::Auto if schedule.due.is_empty() && !certificate.is_expired(planned.now) => {
            "nothing, if it renews in time; else "
        }
        _ => "",
    };
    let held = if schedule.due.is_empty() && !schedule.held.is_empty() { ", held by the window" } else { "" };
    format!("{unless}{when} to {}{held}{snoozed}", output::and(&contacts))
}

/// When the next reminder goes out, and to whom; nothing where none does.
fn when_and_to_whom<'s>(
    planned: &'s Planned,
    schedule: &'s Schedule,
    (fingerprint, events): (Fingerprint, &[Arc<Event>]),
) -> Option<(String, Vec<&'s str>)> {
    // When what rests goes out, at an opening of its window. `None` is this moment, and comes first.
    let rested = |batches: &[Batch]| {
        let again = batches.iter().map(|batch| planned.resting_until(batch)).min().flatten()?;
        let then = schedule::due_of(fingerprint, events, &planned.policies, &planned.history, again);
        let held_until = then.held.iter().filter_map(|batch| batch.held_until).min();
        Some(if then.due.is_empty() { held_until.unwrap_or(again) } else { again })
    };
    match (schedule.due.as_slice(), schedule.held.first(), &schedule.next) {
        ([], None, None) => None,
        ([], Some(held), _) => {
            let until = rested(&schedule.held).into_iter().chain(held.held_until).max();
            let joining = schedule.next.iter().filter(|next| Some(next.at) == until).flat_map(|next| &next.told);
            let told: BTreeSet<&str> =
                contacts(&schedule.held).into_iter().chain(joining.map(ContactName::as_str)).collect();
            let until = until.map(|until| amounts::day_and_minute(&held.zone, until)).unwrap_or_default();
            Some((until, told.into_iter().collect()))
        }
        ([], None, Some(next)) => {
            let first = next.contacts.first().and_then(|contact| planned.policies.contacts.get(contact));
            let zone = first.and_then(|contact| contact.zone.as_ref()).unwrap_or(zone_of(planned));
            let contacts = next.told.iter().map(ContactName::as_str).collect();
            Some((amounts::day_and_minute(zone, next.at), contacts))
        }
        (due, ..) => Some((now_or(rested(due), zone_of(planned)), contacts(due))),
    }
}

/// When something goes out that is due, but for what rests until a moment.
fn now_or(until: Option<OffsetDateTime>, zone: &Zone) -> String {
    until.map_or_else(|| "now".to_owned(), |until| amounts::day_and_minute(zone, until))
}

/// What happened to it and is still owed: what, when, to whom.
fn occurrences(context: &Context<'_>, about: &BTreeSet<(usize, usize)>) -> Vec<String> {
    let mut told: BTreeMap<(&OccurrenceId, String), Vec<&str>> = BTreeMap::new();
    for (nth, at) in about {
        let Some(batch) = context.news.get(*nth) else { continue };
        let Some(occurrence) = batch.occurrences.get(*at) else { continue };
        let when = match batch.held_until {
            Some(until) => format!("{}, held", amounts::day_and_minute(&batch.zone, until)),
            None => now_or(context.planned.resting_until(batch), &batch.zone),
        };
        let occurrences = format!("{}; {when}", news_in_words(occurrence, &batch.zone));
        let contacts = told.entry((&occurrence.id, occurrences)).or_default();
        if !contacts.contains(&batch.contact.as_str()) {
            contacts.push(batch.contact.as_str());
        }
    }
    told.into_iter()
        .map(|((_, occurrences), contacts)| format!("{occurrences} to {}", output::and(&contacts)))
        .collect()
}

fn contacts(batches: &[Batch]) -> Vec<&str> {
    let mut contacts: Vec<&str> = batches.iter().map(|batch| batch.contact.as_str()).collect();
    contacts.dedup();
    contacts
}

fn zone_of(planned: &Planned) -> &Zone {
    &planned.policies.settings.zone
}

/// Whether the policy tells any contact of the end.
fn is_heard(policies: &Policies, entry: &Entry) -> bool {
    let policy = &entry.policy;
    let mut contacts = policy.contacts.iter().filter_map(|name| policies.contacts.get(name));
    let kinds = [EventKind::Expiration, EventKind::Expired];
    let is_told = kinds.iter().any(|kind| policy.events.contains(kind));
    !policy.escalation.is_empty() || is_told && contacts.any(|contact| !policy.channels.of(contact).is_empty())
}

fn was_told(planned: &Planned, certificate: &Certificate) -> bool {
    planned.history.deliveries.contains_key(&certificate.fingerprint)
}

fn told(planned: &Planned, certificate: &Certificate) -> String {
    let lines = planned.history.logs_of(certificate.fingerprint).map(|(kind, contact, channel, told)| {
        let last = zone_of(planned).minute(told.last());
        let times = if told.count() == 1 { "once".to_owned() } else { format!("{} times, last", told.count()) };
        format!("{contact} by {channel} of {}: {times} {last}", kind.short_name())
    });
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() { "never".to_owned() } else { lines.join("\n             ") }
}
