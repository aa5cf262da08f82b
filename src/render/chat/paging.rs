//! Which rows stand in which message: as many as the vendor takes, and the rest for the next run.

use std::ops::Range;

use super::{Layout, Room, Vendor, View};
use crate::render::{Body, Message, identifier, named};
use crate::schedule::ReminderKey;

/// Messages of one batch: a room is for people, and a robot has a rate.
const MOST_MESSAGES: usize = 3;
/// More rows than any vendor's message holds.
const MOST_ROWS: usize = 1000;

/// The messages of a room, the most urgent rows first.
pub(in crate::render) fn pages(room: &Room<'_>, vendor: &dyn Vendor) -> Vec<Message> {
    let everybody = room.mentions(room.rows);
    let most_pages = MOST_MESSAGES - usize::from(vendor.summons(&room.title(), &everybody).is_some());
    let (layout, has_foot) = layout(room, vendor, &everybody);
    let ranges = split(room, vendor, layout, has_foot, most_pages, &everybody);
    let named_rows = ranges.last().map_or(0, |range| range.end);
    let mentions = room.mentions(&room.rows[..named_rows]);
    let of = ranges.len();
    let mut messages: Vec<Message> = Vec::with_capacity(of + 1);
    for (at, range) in ranges.into_iter().enumerate() {
        let rows = &room.rows[range.clone()];
        let reminders = || rows.iter().flat_map(|row| &row.reminders).copied();
        let id = identifier(&room.batch.contact, room.batch.channel, reminders(), "");
        let view = View {
            layout,
            range,
            number: at + 1,
            of,
            is_last: at + 1 == of,
            has_foot,
            more: room.rows.len() - named_rows,
            is_repeat: room.surroundings.unanswered.contains_key(&id),
            mentions: if at == 0 { &mentions } else { &[] },
        };
        let (payload, plainer) = vendor.payload(&room.page(&view, vendor.ink()));
        let body = Body::Chat { payload, plainer };
        messages.push(message(room, id, body, named(reminders()), rows.len()));
    }
    if let Some(payload) = vendor.summons(&room.title(), &mentions) {
        let reminders = room.rows[..named_rows].iter().flat_map(|row| &row.reminders).copied();
        let id = identifier(&room.batch.contact, room.batch.channel, reminders, "mention");
        messages.push(message(room, id, Body::Chat { payload, plainer: None }, Vec::new(), 0));
    }
    messages
}

fn message(
    room: &Room<'_>,
    id: String,
    body: Body,
    reminders: Vec<(ReminderKey, String)>,
    certificates: usize,
) -> Message {
    Message { contact: room.batch.contact.clone(), channel: room.batch.channel, id, body, reminders, certificates }
}

/// The richest layout for the number of rows in which each of them fits into a message.
fn layout(room: &Room<'_>, vendor: &dyn Vendor, mentions: &[String]) -> (Layout, bool) {
    let by_count = match room.rows.len() {
        0..=15 => Layout::Rich,
        16..=60 => Layout::Medium,
        _ => Layout::Dense,
    };
    let tried = [Layout::Rich, Layout::Medium, Layout::Dense].into_iter().filter(|layout| *layout >= by_count);
    let each_fits = |layout: Layout| {
        (0..room.rows.len().min(MOST_ROWS))
            .all(|at| room_for(room, vendor, &View { mentions, ..widest(layout, at..at + 1, true) }))
    };
    tried.into_iter().find(|layout| each_fits(*layout)).map_or((Layout::Dense, false), |layout| (layout, true))
}

/// The most that a page with these rows may have to say.
fn widest(layout: Layout, range: Range<usize>, has_foot: bool) -> View<'static> {
    View {
        layout,
        range,
        number: 1,
        of: MOST_MESSAGES,
        is_last: true,
        has_foot,
        more: 9_999_999,
        is_repeat: true,
        mentions: &[],
    }
}

fn room_for(room: &Room<'_>, vendor: &dyn Vendor, view: &View<'_>) -> bool {
    let (payload, plainer) = vendor.payload(&room.page(view, vendor.ink()));
    vendor.fits(&payload) && plainer.is_none_or(|plainer| vendor.fits(&plainer))
}

/// Which rows stand on which page; each page is as full as it may be, and the last has room for the foot.
fn split(
    room: &Room<'_>,
    vendor: &dyn Vendor,
    layout: Layout,
    has_foot: bool,
    most_pages: usize,
    mentions: &[String],
) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let all = room.rows.len();
    let mut start = 0;
    while start < all && ranges.len() < most_pages {
        let number = ranges.len() + 1;
        let fits = |count: usize, is_last: bool| {
            let mentions = if number == 1 { mentions } else { &[] };
            let view = View { number, is_last, mentions, ..widest(layout, start..start + count, has_foot) };
            room_for(room, vendor, &view)
        };
        let as_last = most(all - start, |count| fits(count, true));
        let count = if start + as_last == all || number == most_pages {
            as_last
        } else {
            most(all - start - 1, |count| fits(count, false))
        };
        if count == 0 {
            break;
        }
        ranges.push(start..start + count);
        start += count;
    }
    ranges
}

/// The greatest number up to `limit` that fits, where fewer fit as well.
fn most(limit: usize, fits: impl Fn(usize) -> bool) -> usize {
    let (mut fitting, mut too_many) = (0, limit.min(MOST_ROWS) + 1);
    while fitting + 1 < too_many {
        let middle = usize::midpoint(fitting, too_many);
        if fits(middle) { fitting = middle } else { too_many = middle }
    }
    fitting
}
