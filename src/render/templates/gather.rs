//! Rows → what a template is given.

use super::context::{Context, Row, Totals, VERSION};
use crate::certificate::Certificate;
use crate::policy::{Channel, Language, Renewal};
use crate::render::digest;
use crate::render::footer::{footer, snooze_hint};
use crate::render::formatter::{NEWS_NAMES, on_one_line};
use crate::render::message_context::MessageContext;
use crate::render::occurrence_row::{Item, OccurrenceRow, all_news, due};
use crate::text::untrusted::{NAME, peer};

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
    message_context: &MessageContext<'_>,
) -> Context {
    let formatter = &message_context.formatter;
    let [expired, within_7_days, within_30_days, later] = digest::totals(&due(items), formatter.clock.now);
    let totals = Totals {
        rows: items.len(),
        expired,
        within_7_days,
        within_30_days,
        later,
        events: all_news(items).len(),
        need_nothing: message_context.render_input.need_nothing,
        not_seen: message_context.render_input.not_seen,
    };
    let (hold, hold_command) = snooze_hint(items, message_context).unwrap_or_default();
    Context {
        version: VERSION,
        language: language.tag(),
        contact: formatter.own(message_context.contact.as_str()),
        channel: channel.as_str(),
        subject: subject.to_owned(),
        summary: formatter.totals(items, ""),
        totals,
        rows: Vec::new(),
        page: 1,
        pages: 1,
        may_be_a_repeat: false,
        foot: footer(items, message_context).iter().map(|line| on_one_line(line)).collect(),
        hold,
        hold_command: hold_command.unwrap_or_default(),
        footer: message_context.footer(),
        machine: formatter.own(message_context.render_input.machine),
        policy_file: message_context.policy_file(),
    }
}

pub(super) fn rows(items: &[Item<'_>], measure: Measure, message_context: &MessageContext<'_>) -> Vec<Row> {
    let row = |(at, item): (usize, &Item<'_>)| match item {
        Item::Due(due) => of_reminders(due, at + 1, measure, message_context),
        Item::OccurrenceFacts(occurrence_row) => of_news(occurrence_row, at + 1, measure, message_context),
    };
    items.iter().enumerate().map(row).collect()
}

fn of_reminders(row: &digest::Row<'_>, number: usize, measure: Measure, message_context: &MessageContext<'_>) -> Row {
    let formatter = &message_context.formatter;
    let is_automatic = row.first.terms.opening.managed.renewal == Renewal::Auto;
    let to_do = formatter.renew(row, PLACES_IN_A_SENTENCE, is_automatic);
    let note = row.reminders.iter().find_map(|reminder| reminder.terms.note.as_deref());
    let locations = row.locations();
    let plain = Row {
        number,
        is_reminder: true,
        kind: row.first.key.kind.as_str(),
        urgency: row.tier(formatter.clock.now).as_str(),
        name: formatter.label(row),
        entry: formatter.own(&row.entry_name()),
        left: formatter.left(row),
        left_short: formatter.words.left_short(row.left(formatter.clock.now)),
        places: locations.iter().take(measure.places).map(|location| formatter.own(&location.place)).collect(),
        more_places: locations.len().saturating_sub(measure.places),
        seen: formatter.seen(row, measure.places),
        owner: formatter.owner(row).unwrap_or_default(),
        note: note.map(|note| formatter.written(note)).unwrap_or_default(),
        why: formatter.why(row),
        remarks: formatter.remarks(row),
        what_to_do: [to_do]
            .iter()
            .chain(&formatter.what_to_do(&row.occurrences))
            .map(|to_do| on_one_line(to_do))
            .collect(),
        ..Row::default()
    };
    with_certificate(plain, row.certificate(), row.host(), measure, message_context)
}

fn of_news(
    occurrence_row: &OccurrenceRow<'_>,
    number: usize,
    measure: Measure,
    message_context: &MessageContext<'_>,
) -> Row {
    let formatter = &message_context.formatter;
    let first = occurrence_row.occurrences[0];
    let entries = message_context.entries(occurrence_row);
    let locations = occurrence_row.locations();
    let plain = Row {
        number,
        is_reminder: false,
        kind: first.kind.as_str(),
        urgency: occurrence_row.tier().as_str(),
        name: formatter.news_label(occurrence_row),
        entry: occurrence_row.entry_name().map(|name| formatter.own(&name)).unwrap_or_default(),
        left: formatter.headline(&occurrence_row.occurrences),
        left_short: formatter.words.mark(first.kind, &first.detail).to_owned(),
        places: locations.iter().take(measure.places).map(|location| formatter.own(&location.place)).collect(),
        more_places: locations.len().saturating_sub(measure.places),
        seen: formatter.seen_at(&locations, measure.places),
        owner: entries.iter().find_map(|entry| entry.owner.as_deref()).map(|it| formatter.own(it)).unwrap_or_default(),
        note: entries
            .iter()
            .find_map(|entry| entry.note.as_deref())
            .map(|it| formatter.written(it))
            .unwrap_or_default(),
        why: formatter.known(&occurrence_row.occurrences),
        remarks: formatter
            .describe(&occurrence_row.occurrences, NEWS_NAMES)
            .iter()
            .flat_map(|text| text.lines().map(str::to_owned))
            .chain(message_context.snoozed(occurrence_row))
            .collect(),
        what_to_do: formatter.what_to_do(&occurrence_row.occurrences).iter().map(|to_do| on_one_line(to_do)).collect(),
        ..Row::default()
    };
    match occurrence_row.certificate() {
        Some(certificate) => {
            let host = peer(&certificate.display_name(), NAME);
            with_certificate(plain, certificate, host, measure, message_context)
        }
        None => plain,
    }
}

fn with_certificate(
    row: Row,
    certificate: &Certificate,
    host: String,
    measure: Measure,
    message_context: &MessageContext<'_>,
) -> Row {
    let formatter = &message_context.formatter;
    let (names, more_names) = formatter.names_apart(certificate, host, measure.names);
    Row {
        days_left: Some(certificate.days_left(formatter.clock.now)),
        expires: formatter.clock.stamp(certificate.effective_end()),
        expires_on: formatter.clock.iso_date(certificate.effective_end()),
        names,
        more_names,
        issuer: formatter.issuer_name(&certificate.issuer),
        serial: formatter.serial(certificate, measure.serial),
        fingerprint: if measure.has_whole_fingerprint {
            certificate.fingerprint.to_string()
        } else {
            certificate.fingerprint.short()
        },
        ..row
    }
}
