//! Rows → what a template is given.

use super::context::{Context, Row, Totals, VERSION};
use crate::certificate::Certificate;
use crate::policy::{Channel, Language, Renewal};
use crate::render::digest;
use crate::render::foot::{foot, hold};
use crate::render::sender::Sender;
use crate::render::teller::NEWS_NAMES;
use crate::render::tidings::{Item, Tidings, all_news, due};
use crate::render::untrusted::{NAME, peer};

/// How much a channel shows of one certificate.
#[derive(Clone, Copy)]
pub(super) struct Measure {
    pub(super) names: usize,
    pub(super) places: usize,
    pub(super) serial: usize,
    pub(super) has_whole_fingerprint: bool,
}

pub(super) const MAIL: Measure = Measure { names: 20, places: 10, serial: usize::MAX, has_whole_fingerprint: true };
pub(super) const ROOM: Measure = Measure { names: 3, places: 2, serial: 24, has_whole_fingerprint: false };

/// Places in the sentence of what is to be done.
const PLACES_IN_A_SENTENCE: usize = 3;

/// Everything but the rows, for one message that names them all.
pub(super) fn context(
    items: &[Item<'_>],
    subject: &str,
    language: Language,
    channel: Channel,
    sender: &Sender<'_>,
) -> Context {
    let teller = &sender.teller;
    let [expired, within_7_days, within_30_days, later] = digest::totals(&due(items), teller.clock.now);
    let totals = Totals {
        rows: items.len(),
        expired,
        within_7_days,
        within_30_days,
        later,
        events: all_news(items).len(),
        need_nothing: sender.surroundings.need_nothing,
        not_seen: sender.surroundings.not_seen,
    };
    let (hold, hold_command) = hold(items, sender).unwrap_or_default();
    Context {
        version: VERSION,
        language: language.tag(),
        contact: teller.own(sender.contact.as_str()),
        channel: channel.as_str(),
        subject: subject.to_owned(),
        summary: teller.totals(items, ""),
        totals,
        rows: Vec::new(),
        page: 1,
        pages: 1,
        may_be_a_repeat: false,
        foot: foot(items, sender),
        hold,
        hold_command: hold_command.unwrap_or_default(),
        footer: sender.footer(),
        machine: teller.own(sender.surroundings.machine),
        policy_file: sender.policy_file(),
    }
}

pub(super) fn rows(items: &[Item<'_>], measure: Measure, sender: &Sender<'_>) -> Vec<Row> {
    let row = |(at, item): (usize, &Item<'_>)| match item {
        Item::Due(due) => of_reminders(due, at + 1, measure, sender),
        Item::News(tidings) => of_news(tidings, at + 1, measure, sender),
    };
    items.iter().enumerate().map(row).collect()
}

fn of_reminders(row: &digest::Row<'_>, number: usize, measure: Measure, sender: &Sender<'_>) -> Row {
    let teller = &sender.teller;
    let is_automatic = row.first.terms.opening.managed.renewal == Renewal::Auto;
    let to_do = teller.words.to_do(&teller.places(row, PLACES_IN_A_SENTENCE), is_automatic);
    let note = row.reminders.iter().find_map(|reminder| reminder.terms.note.as_deref());
    let sightings = row.sightings();
    let plain = Row {
        number,
        is_reminder: true,
        kind: row.first.key.kind.as_str(),
        urgency: row.tier(teller.clock.now).as_str(),
        name: teller.label(row),
        entry: teller.own(&row.entry_name()),
        left: teller.left(row),
        left_short: teller.words.left_short(row.left(teller.clock.now)),
        places: sightings.iter().take(measure.places).map(|sighting| teller.own(&sighting.place)).collect(),
        more_places: sightings.len().saturating_sub(measure.places),
        seen: teller.seen(row, measure.places),
        owner: teller.owner(row).unwrap_or_default(),
        note: note.map(|note| teller.written(note)).unwrap_or_default(),
        why: teller.why(row),
        remarks: teller.remarks(row),
        what_to_do: [to_do].into_iter().chain(teller.what_to_do(&row.news)).collect(),
        ..Row::default()
    };
    with_certificate(plain, row.certificate(), row.host(), measure, sender)
}

fn of_news(tidings: &Tidings<'_>, number: usize, measure: Measure, sender: &Sender<'_>) -> Row {
    let teller = &sender.teller;
    let first = tidings.news[0];
    let entries = sender.entries(tidings);
    let sightings = tidings.sightings();
    let plain = Row {
        number,
        is_reminder: false,
        kind: first.kind.as_str(),
        urgency: tidings.tier().as_str(),
        name: teller.news_label(tidings),
        entry: tidings.entry_name().map(|name| teller.own(&name)).unwrap_or_default(),
        left: teller.headline(&tidings.news),
        left_short: teller.words.mark(first.kind, &first.detail).to_owned(),
        places: sightings.iter().take(measure.places).map(|sighting| teller.own(&sighting.place)).collect(),
        more_places: sightings.len().saturating_sub(measure.places),
        seen: teller.seen_at(&sightings, measure.places),
        owner: entries.iter().find_map(|entry| entry.owner.as_deref()).map(|it| teller.own(it)).unwrap_or_default(),
        note: entries.iter().find_map(|entry| entry.note.as_deref()).map(|it| teller.written(it)).unwrap_or_default(),
        why: teller.known(&tidings.news),
        remarks: teller.tells(&tidings.news, NEWS_NAMES).into_iter().chain(sender.snoozed(tidings)).collect(),
        what_to_do: teller.what_to_do(&tidings.news),
        ..Row::default()
    };
    match tidings.certificate() {
        Some(certificate) => {
            let host = peer(&certificate.display_name(), NAME);
            with_certificate(plain, certificate, host, measure, sender)
        }
        None => plain,
    }
}

fn with_certificate(row: Row, certificate: &Certificate, host: String, measure: Measure, sender: &Sender<'_>) -> Row {
    let teller = &sender.teller;
    let (names, more_names) = teller.names_apart(certificate, host, measure.names);
    Row {
        days_left: Some(certificate.days_left(teller.clock.now)),
        expires: teller.clock.stamp(certificate.not_after),
        expires_on: teller.clock.iso_date(certificate.not_after),
        names,
        more_names,
        issuer: teller.issuer_name(&certificate.issuer),
        serial: teller.serial(certificate, measure.serial),
        fingerprint: if measure.has_whole_fingerprint {
            certificate.fingerprint.to_string()
        } else {
            certificate.fingerprint.short()
        },
        ..row
    }
}
