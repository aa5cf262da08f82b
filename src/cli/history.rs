//! `certnotify history`: what was told to whom, by which channel, when and why.

use std::borrow::Cow;
use std::collections::BTreeSet;

use certnotify::certificate::Fingerprint;
use certnotify::event::{Detail, EventKind, Evidence, Occurrence};
use certnotify::history::{Delivery, History};
use certnotify::policy::{Channel, ContactName, Policies, Zone, parse_duration};
use certnotify::render::{news_in_words, untrusted::clean};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::columns::columns;
use super::memory::{self, Memory};
use super::{Exit, Format, Global, output};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  certnotify history                        everything that was told, newest last
  certnotify history www                    of one certificate and of those it replaced
  certnotify history --contact ops --since 30d
  certnotify history --format json | jq '.deliveries[].kind'

Exit codes: 0 done; 1 something of the memory was lost; 3 the job could not be done.")]
pub(crate) struct Args {
    /// Only of this certificate: the name of an entry or a member, its unambiguous last part, or a DNS name
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Only what this contact was told
    #[arg(long, value_name = "CONTACT")]
    contact: Option<String>,
    /// Only what was told in this time: `30d`, `12h`
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    since: Option<Duration>,
    /// The form of the output
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

pub(crate) fn run(args: &Args, global: &Global, now: OffsetDateTime) -> anyhow::Result<Exit> {
    let Memory { policies, history, exit } = Memory::read(global, now)?;
    let told = told(args, &policies, &history, now)?;
    match args.format {
        Format::Json => output::json(&in_json(&told, &history, now))?,
        Format::Text if told.is_empty() => output::print(&output::pasteable(nothing(args, &history)))?,
        Format::Text => {
            output::print(&in_text(&told, &history, &policies.settings.zone, global.verbose))?;
        }
    }
    memory::leave(history);
    Ok(exit)
}

/// One accepted delivery of one reminder.
struct Row<'a> {
    /// None for news about no certificate.
    fingerprint: Option<Fingerprint>,
    /// Of the one place that it is about, where it is about no certificate: by each entry that watches it.
    names: Vec<&'a str>,
    kind: EventKind,
    contact: &'a ContactName,
    channel: Channel,
    delivery: Cow<'a, Delivery>,
}

impl Row<'_> {
    fn name(&self) -> Option<String> {
        self.names.first().map(|name| clean(name))
    }
}

/// What is asked for, oldest first.
fn told<'a>(
    args: &Args,
    policies: &Policies,
    history: &'a History,
    now: OffsetDateTime,
) -> anyhow::Result<Vec<Row<'a>>> {
    let mut rows = all(history, &policies.settings.zone);
    if let Some(name) = &args.name {
        rows = called(name, rows, history)?;
    }
    if let Some(contact) = &args.contact {
        let was_told = rows.iter().any(|row| row.contact.as_str() == contact);
        let meant =
            if was_told { ContactName::new(contact.as_str()) } else { memory::contact(policies, Some(contact))? };
        rows.retain(|row| *row.contact == meant);
    }
    rows.retain(|row| args.since.is_none_or(|since| row.delivery.at >= now.saturating_sub(since)));
    rows.sort_by(|one, other| {
        let order = |row: &Row<'a>| (row.delivery.at, row.contact, row.kind, row.fingerprint, row.channel);
        order(one).cmp(&order(other))
    });
    Ok(rows)
}

/// What was told of the certificates that `name` means, and of its places that showed none.
fn called<'a>(name: &str, rows: Vec<Row<'a>>, history: &History) -> anyhow::Result<Vec<Row<'a>>> {
    let is_place = |row: &Row<'_>| row.names.iter().any(|full| memory::is_called(full, name));
    let of = match memory::certificates_called(history, name) {
        Err(_) if rows.iter().any(is_place) => BTreeSet::new(),
        of => of?,
    };
    let is_meant = |row: &Row<'_>| row.fingerprint.map_or_else(|| is_place(row), |of_row| of.contains(&of_row));
    Ok(rows.into_iter().filter(is_meant).collect())
}

fn all<'a>(history: &'a History, zone: &Zone) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    for fingerprint in history.deliveries.keys() {
        for (kind, contact, channel, told) in history.logs_of(*fingerprint) {
            rows.extend(told.iter().map(|delivery| Row {
                fingerprint: Some(*fingerprint),
                names: Vec::new(),
                kind,
                contact,
                channel,
                delivery: Cow::Borrowed(delivery),
            }));
        }
    }
    let is_apart = |it: &Occurrence| it.certificate.is_none() || it.is_report_of_dates();
    for record in history.occurrences.values().filter(|record| is_apart(&record.occurrence)) {
        let locations = &record.occurrence.locations;
        let is_one_place = locations.iter().all(|location| location.key() == locations[0].key());
        let names = locations.iter().filter(|_| is_one_place).map(|location| &*location.name);
        let names: Vec<&str> = names.collect();
        rows.extend(record.tellings().map(|(contact, channel, at)| Row {
            fingerprint: record.occurrence.certificate.as_ref().map(|certificate| certificate.fingerprint),
            names: names.clone(),
            kind: record.occurrence.kind,
            contact,
            channel,
            delivery: Cow::Owned(Delivery::new(at.0, why(&record.occurrence, zone))),
        }));
    }
    rows
}

/// What was told of something that is about no certificate.
fn why(occurrence: &Occurrence, zone: &Zone) -> String {
    let Evidence::Reported { by } = &occurrence.evidence else { return news_in_words(occurrence, zone) };
    match &occurrence.detail {
        Detail::Reported { message: Some(message), .. } => format!("reported by {by}: {message}"),
        _ => format!("reported by {by}"),
    }
}

/// Deliveries of one moment that differ only in their channel share a line.
fn in_text(rows: &[Row<'_>], history: &History, zone: &Zone, is_verbose: bool) -> String {
    let names = memory::names(history);
    let is_same = |one: &Row<'_>, other: &Row<'_>| {
        let what = |row: &Row<'_>| (row.fingerprint, row.kind, row.delivery.at);
        what(one) == what(other)
            && one.names == other.names
            && one.contact == other.contact
            && one.delivery.why == other.delivery.why
    };
    let lines: Vec<[String; 6]> = rows
        .chunk_by(is_same)
        .map(|same| {
            let row = &same[0];
            // Several things without a certificate may have happened at once.
            let mut channels: Vec<&str> = same.iter().map(|row| row.channel.as_str()).collect();
            channels.dedup();
            let name = match row.fingerprint {
                Some(of) => Some(names.get(&of).cloned().unwrap_or_else(|| of.short())),
                None => row.name(),
            };
            let what = match name {
                Some(name) if row.kind == EventKind::Expiration => name,
                Some(name) => format!("{name}: {}", row.kind.short_name()),
                None => row.kind.short_name().to_owned(),
            };
            [
                zone.minute(row.delivery.at),
                clean(row.contact.as_str()),
                channels.join(", "),
                what,
                clean(&row.delivery.why),
                row.fingerprint.map(|of| of.to_string()).unwrap_or_default(),
            ]
        })
        .collect();
    if is_verbose {
        return columns(["WHEN", "TO", "BY", "WHAT", "WHY", "SHA-256"], &lines);
    }
    let lines: Vec<[String; 5]> =
        lines.into_iter().map(|[when, to, by, what, why, _]| [when, to, by, what, why]).collect();
    columns(["WHEN", "TO", "BY", "WHAT", "WHY"], &lines)
}

fn in_json(rows: &[Row<'_>], history: &History, now: OffsetDateTime) -> Value {
    let names = memory::names(history);
    let deliveries = rows.iter().map(|row| {
        json!({
            "at": output::rfc3339(row.delivery.at),
            "contact": row.contact,
            "channel": row.channel,
            "certificate": row.fingerprint.map_or(row.name(), |of| names.get(&of).cloned()),
            "fingerprint_sha256": row.fingerprint,
            "kind": row.kind,
            "why": clean(&row.delivery.why),
        })
    });
    json!({ "version": 1, "at": output::rfc3339(now), "deliveries": deliveries.collect::<Vec<_>>() })
}

fn nothing(args: &Args, history: &History) -> &'static str {
    let is_narrowed = args.name.is_some() || args.contact.is_some() || args.since.is_some();
    match (is_narrowed, all(history, &Zone::UTC).is_empty()) {
        (true, false) => "Nothing of that was told. Everything that was: certnotify history\n",
        _ => "Nothing was told yet. What will be: certnotify plan\n",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_that_told_two_things_at_once_stands_in_a_line_once() {
        let contact = ContactName::new("ops");
        let row = |channel| Row {
            fingerprint: None,
            names: Vec::new(),
            kind: EventKind::NotificationsDisabled,
            contact: &contact,
            channel,
            delivery: Cow::Owned(Delivery::new(OffsetDateTime::UNIX_EPOCH, "channel fails".to_owned())),
        };
        let rows = [row(Channel::Email), row(Channel::Email), row(Channel::Webhook)];
        let text = in_text(&rows, &History::default(), &Zone::UTC, false);
        assert!(text.contains(" ops  email, webhook  notifications-disabled "), "{text}");
    }
}
