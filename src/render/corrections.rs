//! A message of reminders once more, in which what is over is struck through.

use super::wording::Remark;
use time::OffsetDateTime;

use super::chat;
use super::formatter::Formatter;
use super::{Body, Message, RenderInput, identifier};
use crate::certificate::Fingerprint;
use crate::channels::{Editor, Form, PageFormat, plain};
use crate::history::{Over, Posted};
use crate::policy::{Channel, ContactName};
use crate::text::untrusted::{NAME, peer};

/// What stands in the place of a message from now on; nothing where its channel cannot change it, or it is too long.
#[must_use]
pub fn correction(
    contact: &ContactName,
    channel: Channel,
    posted: &Posted,
    render_input: &RenderInput<'_>,
    now: OffsetDateTime,
) -> Option<Message> {
    let (Form::Page(vendor), Some(editor)) = (channel.spec().form, channel.spec().editor) else { return None };
    let formatter = Formatter::in_own_zone(contact, render_input, now).in_chat(vendor.ink_of_templates());
    let of_row = |fingerprint: &Fingerprint| row(*fingerprint, posted, (vendor, editor), &formatter);
    let rows: Vec<String> = posted.certificates.iter().map(of_row).collect();
    let words = formatter.words;
    let title = words.corrected_title(posted.over.len(), posted.certificates.len());
    let page = chat::page_of_words(&title, rows.join(vendor.line_break()), &formatter);
    let (payload, _) = vendor.payload(&page);
    let id = identifier(contact, channel, &[], &format!("correction {} {}", posted.id, posted.over.len()));
    let (is_short, body) = (vendor.fits(&payload), Body::alone(payload));
    is_short.then(|| Message::without_rows(contact, channel, id, body, plain::whole(&page)))
}

/// What it is called, its end, and what became of it.
fn row(
    fingerprint: Fingerprint,
    posted: &Posted,
    (vendor, editor): (&dyn PageFormat, &dyn Editor),
    formatter: &Formatter<'_>,
) -> String {
    let (words, clock) = (formatter.words, formatter.clock);
    let known = formatter.render_input.history.certificates.get(&fingerprint).map(|known| &known.facts);
    let name = known.map(|facts| peer(&facts.display_name(), NAME)).filter(|name| !name.is_empty());
    let name = name.map_or_else(|| fingerprint.short(), |name| vendor.ink_of_templates()(&name));
    let end = known.map(|facts| facts.effective_end());
    let state = end
        .map(|end| words.remark(Remark::State { stamp: &clock.stamp(end), is_expired: end <= posted.at }))
        .unwrap_or_default();
    match posted.over.get(&fingerprint) {
        None => format!("• {name} {state}"),
        Some(Over { at, renewed }) => {
            let date = clock.iso_date(*at);
            let became = words.remark(Remark::Became { date: &date, is_renewed: *renewed });
            let state = if state.is_empty() { state } else { format!("{} ", editor.struck(&state)) };
            format!("✓ {name} {state}{became}")
        }
    }
}
