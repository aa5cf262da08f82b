//! `certnotify snooze`: holds the reminders of one certificate.

use std::collections::{BTreeMap, BTreeSet};

use certnotify::certificate::Fingerprint;
use certnotify::history::{History, Snooze};
use certnotify::policy::{Zone, parse_duration};
use certnotify::render::untrusted::clean;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime, PrimitiveDateTime, Time};

use super::columns::columns;
use super::exit::advised;
use super::memory::{self, Memory};
use super::{Exit, Global, inputs, output};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  certnotify snooze www --until 2026-11-28                   until that day begins
  certnotify snooze www --until 2026-11-28T09:00:00+01:00
  certnotify snooze www --until 7d                           a week from now
  certnotify snooze www --clear                              its release sends one reminder
  certnotify snooze --list

A snooze belongs to the certificate that NAME shows now: a renewal ends it, and so does its expiry.

Exit codes: 0 done; 1 something of the memory was lost; 3 the job could not be done.")]
pub(crate) struct Args {
    /// The name of an entry or a member, its unambiguous last part, or a DNS name
    #[arg(value_name = "NAME", required_unless_present = "list", conflicts_with = "list")]
    name: Option<String>,
    /// Hold its reminders until then: a date, a moment as RFC 3339 has it, or how long: 7d
    #[arg(long, value_name = "DATE", required_unless_present_any = ["clear", "list"])]
    until: Option<String>,
    /// Hold them no longer
    #[arg(long, conflicts_with_all = ["until", "list"])]
    clear: bool,
    /// List what is held
    #[arg(long, conflicts_with = "until")]
    list: bool,
}

/// Beyond this a snooze is worth a warning: who set it may have gone by then.
const LONG: Duration = Duration::days(30);

pub(crate) fn run(args: &Args, global: &Global, now: OffsetDateTime) -> anyhow::Result<Exit> {
    let Some(name) = &args.name else {
        let Memory { policies, history, exit } = Memory::read(global, now)?;
        output::print(&list(&history, &policies.settings.zone, now))?;
        memory::leave(history);
        return Ok(exit);
    };
    let policies = inputs::policies(global)?;
    let zone = &policies.settings.zone;
    let until = args.until.as_deref().map(|text| moment(text, zone, now)).transpose()?;
    let (mut file, mut history, exit) = memory::open(global, &policies, now)?;
    let told = match until {
        Some(until) => hold(&mut history, name, until, zone, now)?,
        None => release(&mut history, name, now)?,
    };
    file.save(&history).map_err(memory::refused)?;
    // Its end may come first.
    let is_long = |snooze: &Snooze| snooze.since == now && snooze.until - now > LONG;
    if until.is_some() && history.snoozes.values().any(is_long) {
        output::problem(
            &format!("snooze of `{}`: this is more than 30 days", clean(name)),
            Some("no contact is reminded of it until then: certnotify snooze --list"),
        );
    }
    if !global.quiet {
        output::print(&told)?;
    }
    memory::leave(history);
    Ok(exit)
}

/// The moment that `text` names: a date is its first, in `zone`.
fn moment(text: &str, zone: &Zone, now: OffsetDateTime) -> anyhow::Result<OffsetDateTime> {
    let midnight = |date| zone.instant(PrimitiveDateTime::new(date, Time::MIDNIGHT));
    let in_a_while =
        parse_duration(text).ok().filter(|_| text.trim().ends_with(|unit: char| unit.is_ascii_alphabetic()));
    let until = in_a_while
        .and_then(|wait| now.checked_add(wait))
        .map_or_else(|| OffsetDateTime::parse(text, &Rfc3339), Ok)
        .or_else(|_| Date::parse(text, format_description!("[year]-[month]-[day]")).map(midnight))
        .map_err(|_| {
            let help = "write 2026-11-28, 2026-11-28T09:00:00+01:00, or how long: 7d";
            advised(format!("--until: `{}` is no date", clean(text)), help)
        })?;
    if until <= now {
        let (then, now) = (zone.minute(until), zone.minute(now));
        return Err(advised(format!("--until: {then} is past, it is {now}"), "--clear ends a snooze now"));
    }
    Ok(Zone::UTC.local(until))
}

/// Holds what `name` shows now until `until`, or until its end where that is sooner; what was done, a line each.
fn hold(
    history: &mut History,
    name: &str,
    until: OffsetDateTime,
    zone: &Zone,
    now: OffsetDateTime,
) -> anyhow::Result<String> {
    let mut lines = Vec::new();
    for (fingerprint, names) in meant(history, name)? {
        let end = history.certificates.get(&fingerprint).map(|record| record.facts.effective_end());
        // One that has expired already is held from being called expired.
        let (until, why) = match end.filter(|end| now < *end && *end < until) {
            Some(end) => (end, ", when it expires"),
            None => (until, ""),
        };
        history.snoozes.insert(fingerprint, Snooze { until, since: now });
        lines.push(format!("{names}: held until {}{why}\n", zone.minute(until)));
    }
    Ok(lines.concat())
}

fn release(history: &mut History, name: &str, now: OffsetDateTime) -> anyhow::Result<String> {
    let mut lines = Vec::new();
    for (fingerprint, names) in meant(history, name)? {
        let held = history.snoozes.get_mut(&fingerprint).filter(|snooze| snooze.until > now);
        lines.push(match held {
            Some(snooze) => {
                snooze.until = now;
                format!("{names}: held no longer; what is due goes out in the next run\n")
            }
            None => format!("{names}: it was not held\n"),
        });
    }
    Ok(lines.concat())
}

/// The certificates that `name` shows now, each with the names of its places that are meant: of a file also what is
/// served where it should be, which messages call by the name of the file.
fn meant(history: &History, name: &str) -> anyhow::Result<BTreeMap<Fingerprint, String>> {
    let mut meant: BTreeMap<Fingerprint, String> = BTreeMap::new();
    let mut mean = |fingerprint, called: &str| {
        let names = meant.entry(fingerprint).or_default();
        if !names.is_empty() {
            names.push_str(", ");
        }
        names.push_str(called);
    };
    for (_, place) in memory::places_called(history, name)? {
        mean(place.fingerprint, &clean(&place.name));
        for (endpoint, served) in place.served.iter().filter(|(_, served)| served.fingerprint != place.fingerprint) {
            mean(served.fingerprint, &format!("{} at {}", clean(&place.name), clean(endpoint)));
        }
    }
    Ok(meant)
}

fn list(history: &History, zone: &Zone, now: OffsetDateTime) -> String {
    // A snooze ends with the renewal of its certificate.
    let places = history.places.values();
    let shown = places.flat_map(|place| {
        let served = place.served.values().map(|served| served.fingerprint);
        [Some(place.fingerprint), place.displaced].into_iter().flatten().chain(served)
    });
    let shown: BTreeSet<Fingerprint> = shown.collect();
    let is_held = |(fingerprint, snooze): &(&Fingerprint, &Snooze)| snooze.until > now && shown.contains(fingerprint);
    let mut held: Vec<_> = history.snoozes.iter().filter(is_held).collect();
    if held.is_empty() {
        return output::pasteable("Nothing is held. To hold a certificate: certnotify snooze NAME --until DATE\n")
            .into_owned();
    }
    held.sort_by_key(|(_, snooze)| snooze.until);
    let names = memory::names(history);
    let rows: Vec<[String; 4]> = held
        .into_iter()
        .map(|(fingerprint, snooze)| {
            let expires = history.certificates.get(fingerprint).map(|record| match &record.facts {
                facts if facts.has_no_end() => "no end".to_owned(),
                facts => zone.minute(facts.effective_end()),
            });
            let name = names.get(fingerprint).cloned().unwrap_or_else(|| fingerprint.short());
            [name, zone.minute(snooze.until), zone.minute(snooze.since), expires.unwrap_or_default()]
        })
        .collect();
    columns(["NAME", "HELD UNTIL", "SINCE", "EXPIRES"], &rows)
}
