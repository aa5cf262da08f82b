//! `certnotify state show`: the memory for people, a row for each place.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use certnotify::certificate::{Fingerprint, is_no_end};
use certnotify::event::EventKind;
use certnotify::history::{Delivery, History, OccurrenceRecord, PlaceRecord};
use certnotify::policy::{Channel, ContactName, Policies, Zone};
use certnotify::record;
use certnotify::render::untrusted::clean;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::super::amounts::counted;
use super::super::columns::columns;
use super::super::exit::advised;
use super::super::memory::KnownPlace;
use super::super::{Exit, Format, Global, memory, output};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  certnotify state show                       a row for each place
  certnotify state show www                   one of them, with everything that was told of it
  certnotify state show --format json | jq -r '.places[] | select(.snoozed_until) | .name'
  certnotify --state backup.json state show   a copy, also where there is no policy file

Exit codes: 0 done; 1 something of the memory was lost; 3 the job could not be done.")]
pub(super) struct Args {
    /// Only this one: an entry, a member, its unambiguous last part, or a DNS name
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// The form of the output
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

pub(super) fn run(args: &Args, global: &Global, now: OffsetDateTime) -> anyhow::Result<Exit> {
    let (path, policies) = super::named(global)?;
    let (history, exit) = match &policies {
        Some(policies) => memory::read(global, policies, now)?,
        None => of_copy(&path, now)?,
    };
    let places = match &args.name {
        Some(name) => memory::places_called(&history, name)?,
        None => history.places.iter().map(|(place, record)| (place.as_str(), record)).collect(),
    };
    let waiting = waiting_by_place(&history);
    let rows: Vec<PlaceRow<'_>> =
        places.into_iter().map(|place| PlaceRow::new(&history, &waiting, place, now)).collect();
    let zone = super::zone(policies.as_ref());
    match args.format {
        Format::Json => output::json(&in_json(&rows, &history, now))?,
        Format::Text if args.name.is_some() => {
            let texts: Vec<String> = rows.iter().map(|row| row.in_full(&zone)).collect();
            output::print(&texts.join("\n"))?;
        }
        Format::Text => output::print(&in_text(&rows, &history, policies.as_ref(), &zone))?,
    }
    memory::leave(history);
    Ok(exit)
}

/// What a copy holds that no policy file is named for.
fn of_copy(path: &std::path::Path, now: OffsetDateTime) -> anyhow::Result<(History, Exit)> {
    let found = record::examine(path, now).map_err(memory::refused)?;
    let exit = memory::told(&found.notices);
    let history = found.good.map(|(_, history)| history).ok_or_else(|| {
        let shown = clean(&path.display().to_string());
        advised(format!("state file {shown}: there is none that can be read"), "--state FILE names another one")
    })?;
    Ok((history, exit))
}

/// The events that some recipient is owed, by where they happened; those that happened at no place under no name.
fn waiting_by_place(history: &History) -> BTreeMap<&str, Vec<&OccurrenceRecord>> {
    let mut waiting: BTreeMap<&str, Vec<&OccurrenceRecord>> = BTreeMap::new();
    for record in history.occurrences.values().filter(|record| !record.owed.is_empty()) {
        let locations = &record.occurrence.locations;
        if locations.is_empty() {
            waiting.entry("").or_default().push(record);
        }
        for location in locations {
            waiting.entry(location.key()).or_default().push(record);
        }
    }
    waiting
}

/// One delivery of one certificate.
struct DeliveryRow<'a> {
    at: OffsetDateTime,
    kind: EventKind,
    contact: &'a ContactName,
    channel: Channel,
    why: &'a str,
}

/// What waits: for whom, by which channel, and what.
struct Waiting<'a> {
    contact: &'a ContactName,
    channel: Channel,
    what: String,
    since: OffsetDateTime,
}

/// What is remembered of one place.
struct PlaceRow<'a> {
    place: &'a str,
    record: &'a PlaceRecord,
    expires: Option<OffsetDateTime>,
    fingerprint: Fingerprint,
    /// Oldest first.
    told: Vec<DeliveryRow<'a>>,
    waiting: Vec<Waiting<'a>>,
    snoozed_until: Option<OffsetDateTime>,
    wrong: Vec<String>,
}

impl<'a> PlaceRow<'a> {
    fn new(
        history: &'a History,
        occurrences: &BTreeMap<&str, Vec<&'a OccurrenceRecord>>,
        (place, record): KnownPlace<'a>,
        now: OffsetDateTime,
    ) -> Self {
        let fingerprint = record.fingerprint;
        let mut told = Vec::new();
        for (kind, contact, channel, log) in history.logs_of(fingerprint) {
            let row = |told: &'a Delivery| DeliveryRow { at: told.at, kind, contact, channel, why: &told.why };
            told.extend(log.iter().map(row));
        }
        told.sort_by(|one, other| (one.at, one.contact, one.channel).cmp(&(other.at, other.contact, other.channel)));
        let mut waiting = Vec::new();
        for (contact, channels) in history.held.get(&fingerprint).into_iter().flatten() {
            waiting.extend(channels.iter().map(|(channel, since)| Waiting {
                contact,
                channel: *channel,
                what: "held by the window".to_owned(),
                since: since.0,
            }));
        }
        for owed in occurrences.get(place).into_iter().flatten() {
            waiting.extend(owed_by(owed));
        }
        let snooze = history.snoozes.get(&fingerprint).filter(|snooze| snooze.until > now);
        let anomalies = history.anomalies.get(place).into_iter().flatten().filter(|(_, found)| found.gone.is_none());
        Self {
            place,
            record,
            expires: history.certificates.get(&fingerprint).map(|known| known.facts.effective_end()),
            fingerprint,
            told,
            waiting,
            snoozed_until: snooze.map(|snooze| snooze.until),
            wrong: anomalies.map(|(finding, found)| format!("{finding}: {}", clean(&found.message))).collect(),
        }
    }

    fn end(&self, zone: &Zone) -> Option<String> {
        self.expires.map(|end| if is_no_end(end) { "no end".to_owned() } else { zone.minute(end) })
    }

    /// Name, end, when it was seen, what was told, what waits.
    fn cells(&self, zone: &Zone) -> [String; 5] {
        let mut waits = Vec::new();
        waits.extend(self.snoozed_until.map(|until| format!("snoozed until {}", zone.minute(until))));
        if !self.waiting.is_empty() {
            waits.push(counted(self.waiting.len(), "message", "messages"));
        }
        [
            clean(&self.record.name),
            self.end(zone).unwrap_or_default(),
            zone.minute(self.record.last_seen),
            self.told.last().map_or_else(String::new, |last| {
                let (contact, at) = (clean(last.contact.as_str()), zone.minute(last.at));
                let times =
                    if self.told.len() == 1 { String::new() } else { format!("{} times, last ", self.told.len()) };
                format!("{times}{at} to {contact} by {}", last.channel)
            }),
            waits.join(", "),
        ]
    }

    fn in_full(&self, zone: &Zone) -> String {
        let mut text = format!("{}\n", clean(&self.record.name));
        let _ = writeln!(text, "  place      {}", clean(self.place));
        if let Some(end) = self.end(zone) {
            let _ = writeln!(text, "  expires    {end}");
        }
        let _ = writeln!(text, "  seen       {}, SHA-256 {}", zone.minute(self.record.last_seen), self.fingerprint);
        for wrong in &self.wrong {
            let _ = writeln!(text, "  wrong      {wrong}");
        }
        if let Some(until) = self.snoozed_until {
            let _ = writeln!(text, "  snoozed    until {}", zone.minute(until));
        }
        for told in &self.told {
            let (contact, at) = (clean(told.contact.as_str()), zone.minute(told.at));
            let (channel, kind) = (told.channel, told.kind.short_name());
            let _ = writeln!(text, "  told       {at} to {contact} by {channel}: {kind}, {}", clean(told.why));
        }
        if self.told.is_empty() {
            text.push_str("  told       nothing yet\n");
        }
        for waiting in &self.waiting {
            let _ = writeln!(text, "  waits      {}", waiting.in_words(zone));
        }
        text
    }

    fn json(&self) -> Value {
        let told = self.told.iter().map(|told| {
            json!({
                "at": output::rfc3339(told.at), "kind": told.kind, "contact": told.contact,
                "channel": told.channel, "why": clean(told.why),
            })
        });
        json!({
            "name": clean(&self.record.name),
            "entry": self.record.entry,
            "place": clean(self.place),
            "source": clean(&self.record.source),
            "fingerprint_sha256": self.fingerprint,
            "not_after": self.expires.map(output::rfc3339),
            "last_seen": output::rfc3339(self.record.last_seen),
            "snoozed_until": self.snoozed_until.map(output::rfc3339),
            "anomalies": self.wrong,
            "told": told.collect::<Vec<_>>(),
            "waiting": self.waiting.iter().map(Waiting::json).collect::<Vec<_>>(),
        })
    }
}

impl Waiting<'_> {
    fn in_words(&self, zone: &Zone) -> String {
        let (contact, since) = (clean(self.contact.as_str()), zone.minute(self.since));
        format!("for {contact} by {}: {}, since {since}", self.channel, self.what)
    }

    fn json(&self) -> Value {
        json!({
            "contact": self.contact, "channel": self.channel, "what": self.what, "since": output::rfc3339(self.since),
        })
    }
}

fn owed_by(record: &OccurrenceRecord) -> impl Iterator<Item = Waiting<'_>> {
    record.owed.iter().flat_map(|(contact, channels)| {
        channels.iter().map(|(channel, since)| Waiting {
            contact,
            channel: *channel,
            what: record.occurrence.kind.short_name().to_owned(),
            since: since.0,
        })
    })
}

fn in_text(rows: &[PlaceRow<'_>], history: &History, policies: Option<&Policies>, zone: &Zone) -> String {
    if rows.is_empty() {
        let file = policies.map(|policies| clean(&policies.file.display().to_string()));
        let of = file.map(|file| format!(" of {file}")).unwrap_or_default();
        return format!("No run has looked at a certificate{of} yet.\n");
    }
    let cells: Vec<[String; 5]> = rows.iter().map(|row| row.cells(zone)).collect();
    let mut text = columns(["NAME", "EXPIRES", "SEEN", "TOLD", "WAITS"], &cells);
    let elsewhere: Vec<String> = of_no_place(history).map(|waiting| waiting.in_words(zone)).collect();
    if !elsewhere.is_empty() {
        text.push('\n');
    }
    for line in elsewhere {
        let _ = writeln!(text, "waits      {line}");
    }
    text
}

/// What waits and is about no place.
fn of_no_place(history: &History) -> impl Iterator<Item = Waiting<'_>> {
    history.occurrences.values().filter(|record| record.occurrence.locations.is_empty()).flat_map(owed_by)
}

fn in_json(rows: &[PlaceRow<'_>], history: &History, now: OffsetDateTime) -> Value {
    json!({
        "version": 1,
        "at": output::rfc3339(now),
        "last_run": history.last_run.map(output::rfc3339),
        "places": rows.iter().map(PlaceRow::json).collect::<Vec<_>>(),
        "waiting": of_no_place(history).map(|waiting| waiting.json()).collect::<Vec<_>>(),
    })
}
