//! The ends of all certificates, to subscribe to: a calendar (RFC 5545, RFC 7986) and an Atom feed (RFC 4287).

use std::fmt::Write as _;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::icalendar;
use super::machine::utc;
use super::untrusted::{clean, html, own};
use super::wording::{self, Clock, Label, Wording};
use crate::certificate::Certificate;
use crate::detect;
use crate::event::{Event, EventKind};
use crate::history::History;
use crate::policy::Policies;
use crate::text::hex;

/// Entries of the Atom feed, newest first.
const MOST_ENTRIES: usize = 500;
/// Names and places beyond these are counted.
const MOST_NAMES: usize = 20;

/// What a feed is made of.
#[derive(Clone, Copy, Debug)]
pub struct FeedInput<'a> {
    pub policies: &'a Policies,
    /// Of each certificate, where it stands.
    pub events: &'a [Arc<Event>],
    pub history: &'a History,
    /// The name of this machine.
    pub machine: &'a str,
    pub now: OffsetDateTime,
}

/// `expiry.ics`: each end, an entry of no length that replaces itself when it is read again.
#[must_use]
pub fn calendar(input: FeedInput<'_>) -> String {
    let feed = Feed::new(input);
    let name = icalendar::text(&feed.title());
    let properties =
        [format!("NAME:{name}"), format!("X-WR-CALNAME:{name}"), "REFRESH-INTERVAL;VALUE=DURATION:PT6H".to_owned()];
    let entries = feed.ends().into_iter().map(|event| {
        let certificate = &event.certificate;
        vec![
            format!("UID:{}@certnotify", certificate.fingerprint),
            // What it says changes with the certificate only.
            format!("DTSTAMP:{}", icalendar::stamp(certificate.not_before)),
            format!("DTSTART:{}", icalendar::stamp(certificate.effective_end())),
            format!("SUMMARY:{}", icalendar::text(&feed.headline(event, false))),
            format!("DESCRIPTION:{}", icalendar::text(&feed.facts(event).join("\n"))),
            "TRANSP:TRANSPARENT".to_owned(),
        ]
    });
    icalendar::document(&properties, entries)
}

/// `expiry.atom`: an entry when the reminders of a certificate may begin, and one when it has expired.
#[must_use]
pub fn atom(input: FeedInput<'_>) -> String {
    let feed = Feed::new(input);
    let mut entries: Vec<(OffsetDateTime, bool, &Event)> = Vec::new();
    for event in feed.ends() {
        let end = event.certificate.effective_end();
        let begins = feed.begins(event).filter(|begins| *begins <= input.now && *begins < end);
        entries.extend(begins.map(|begins| (begins, false, event)));
        if end < input.now {
            entries.push((end, true, event));
        }
    }
    entries.sort_by_key(|(at, _, event)| (std::cmp::Reverse(*at), event.certificate.fingerprint));
    entries.truncate(MOST_ENTRIES);
    let updated = entries.first().map_or(OffsetDateTime::UNIX_EPOCH, |(at, ..)| *at);
    let own = urn(&format!("{}\n{}", input.machine, input.policies.file.display()));
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{}\">\n\
         <id>{own}</id>\n<title>{}</title>\n<updated>{}</updated>\n<author><name>certnotify</name></author>\n\
         <generator version=\"{}\">certnotify</generator>\n",
        input.policies.settings.language.tag(),
        xml(&feed.title()),
        utc(updated),
        env!("CARGO_PKG_VERSION"),
    );
    for (at, is_expired, event) in entries {
        let id = urn(&format!("{}\n{is_expired}", event.certificate.fingerprint));
        let _ = writeln!(
            text,
            "<entry><id>{id}</id><title>{}</title><updated>{}</updated><content type=\"text\">{}</content></entry>",
            xml(&feed.headline(event, is_expired)),
            utc(at),
            xml(&feed.facts(event).join("\n")),
        );
    }
    text.push_str("</feed>\n");
    text
}

struct Feed<'a> {
    input: FeedInput<'a>,
    words: &'static dyn Wording,
    clock: Clock<'a>,
}

impl<'a> Feed<'a> {
    fn new(input: FeedInput<'a>) -> Self {
        let settings = &input.policies.settings;
        Self { input, words: wording::of(settings.language), clock: Clock { zone: &settings.zone, now: input.now } }
    }

    /// Of each certificate that ends one day, by that day.
    fn ends(&self) -> Vec<&'a Event> {
        let is_end = |event: &&Arc<Event>| {
            matches!(event.kind, EventKind::Expiration | EventKind::Expired) && !event.certificate.has_no_end()
        };
        let mut ends: Vec<&Event> = self.input.events.iter().filter(is_end).map(AsRef::as_ref).collect();
        ends.sort_by_key(|event| (event.certificate.effective_end(), event.certificate.fingerprint));
        ends.dedup_by_key(|event| event.certificate.fingerprint);
        ends
    }

    fn title(&self) -> String {
        format!("certnotify {}", clean(self.input.machine))
    }

    fn headline(&self, event: &Event, is_expired: bool) -> String {
        let name = event.locations.first().map(|location| own(&location.name)).unwrap_or_default();
        let date = self.clock.iso_date(event.certificate.effective_end());
        self.words.subject_of_end(&event.certificate, &name, &date, is_expired)
    }

    fn facts(&self, event: &Event) -> Vec<String> {
        let certificate: &Certificate = &event.certificate;
        let listed = |all: Vec<String>| {
            let more = all.len().saturating_sub(MOST_NAMES);
            self.words.list(&all[..all.len() - more], more)
        };
        let addresses = certificate.ip_addresses.iter().map(ToString::to_string);
        let names = certificate.dns_names.iter().map(|name| clean(name)).chain(addresses).collect();
        let places = event.locations.iter().map(|location| own(&location.place)).collect();
        let facts = [
            (Label::Names, listed(names)),
            (Label::Seen, listed(places)),
            (Label::Issuer, clean(&certificate.issuer)),
            (Label::Serial, clean(&certificate.serial)),
            (Label::Fingerprint, certificate.fingerprint.to_string()),
        ];
        if certificate.is_date() {
            return Vec::new();
        }
        let field = |(label, value): (Label, String)| (!value.is_empty()).then(|| self.words.field(label, &value));
        facts.into_iter().filter_map(field).collect()
    }

    /// When the reminders of its end may begin.
    fn begins(&self, event: &Event) -> Option<OffsetDateTime> {
        let location = event.locations.first()?;
        let entry = self.input.policies.entry(location.entry.as_str())?;
        let window = self.input.history.renewal_window(event.certificate.fingerprint);
        Some(detect::opening(entry, &event.certificate, &location.place, window).opens)
    }
}

/// A name for what has no address (RFC 9562 §5.8), the same for the same text.
fn urn(of: &str) -> String {
    let hash = Sha256::digest(of.as_bytes());
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&hash[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = hex(&bytes);
    let (one, two, three) = (&digits[..8], &digits[8..12], &digits[12..16]);
    format!("urn:uuid:{one}-{two}-{three}-{}-{}", &digits[16..20], &digits[20..])
}

/// XML 1.0 §2.4; the text is clean, and of what §2.2 forbids only these are left.
fn xml(text: &str) -> String {
    html(&text.replace(['\u{FFFE}', '\u{FFFF}'], ""))
}
