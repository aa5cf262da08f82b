//! Rows → what a template is given.

use super::context::{Context, Row, Totals, VERSION};
use crate::policy::Channel;
use crate::render::digest;
use crate::render::footer::{footer, snooze_hint};
use crate::render::formatter::{Formatter, host, on_one_line};
use crate::render::occurrence_row::{Item, all_news, due};

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
pub(super) fn context(items: &[Item<'_>], subject: &str, channel: Channel, formatter: &Formatter<'_>) -> Context {
    let [expired, within_7_days, within_30_days, later] = digest::totals(&due(items), formatter.clock.now);
    let totals = Totals {
        rows: items.len(),
        expired,
        within_7_days,
        within_30_days,
        later,
        events: all_news(items).len(),
        need_nothing: formatter.render_input.need_nothing,
        not_seen: formatter.render_input.not_seen,
    };
    let (hold, hold_command) = snooze_hint(items, formatter).unwrap_or_default();
    Context {
        version: VERSION,
        language: formatter.language.tag(),
        contact: formatter.own(formatter.contact.as_str()),
        channel: channel.as_str(),
        subject: subject.to_owned(),
        summary: formatter.totals(items, ""),
        totals,
        rows: Vec::new(),
        page: 1,
        pages: 1,
        may_be_a_repeat: false,
        foot: footer(items, formatter).iter().map(|line| on_one_line(line)).collect(),
        hold,
        hold_command: hold_command.unwrap_or_default(),
        footer: formatter.footer(),
        machine: formatter.machine(),
        policy_file: formatter.policy_file(),
    }
}

pub(super) fn rows(items: &[Item<'_>], measure: Measure, formatter: &Formatter<'_>) -> Vec<Row> {
    items.iter().zip(1..).map(|(item, number)| row(item, number, measure, formatter)).collect()
}

fn row(item: &Item<'_>, number: usize, measure: Measure, formatter: &Formatter<'_>) -> Row {
    let locations = item.locations();
    let what_to_do = formatter.what_to_do(item.occurrences());
    let what_to_do = formatter.renew(item, PLACES_IN_A_SENTENCE).into_iter().chain(what_to_do);
    let remarks = formatter.remarks(item);
    let row = Row {
        number,
        is_reminder: matches!(item, Item::Due(_)),
        kind: item.kind().as_str(),
        urgency: item.tier(formatter.then()).as_str(),
        name: formatter.label(item),
        entry: item.entry_name().map(|name| formatter.own(&name)).unwrap_or_default(),
        left: formatter.left(item),
        left_short: formatter.left_short(item),
        places: locations.distinct().take(measure.places).map(|location| formatter.own(&location.place)).collect(),
        more_places: locations.count().saturating_sub(measure.places),
        seen: formatter.seen(item, measure.places),
        owner: formatter.owner(item).unwrap_or_default(),
        note: formatter.note(item).unwrap_or_default(),
        why: formatter.why(item),
        remarks: remarks.iter().flat_map(|text| text.lines().map(str::to_owned)).collect(),
        what_to_do: what_to_do.map(|to_do| on_one_line(&to_do)).collect(),
        ..Row::default()
    };
    let Some(certificate) = item.certificate() else { return row };
    let (names, more_names) = formatter.names_apart(certificate, host(item, certificate), measure.names);
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
