//! The ends of certificates as entries of a calendar (RFC 5545), published to whoever reads the mail (RFC 5546).

use time::OffsetDateTime;

use crate::policy::{Endpoint, Host, Zone};
use crate::render::digest::Row;
use crate::render::message_context::MessageContext;
use crate::render::wording::Label;
use crate::render::{Attachment, AttachmentKind};

const FILE: &str = "certificates.ics";
/// Names beyond these are counted.
const NAMES: usize = 20;
/// Of a line, in bytes, without its end.
const LINE: usize = 75;

/// One entry for each certificate that has not expired; nothing where all have.
pub(super) fn attachment(rows: &[Row<'_>], context: &MessageContext<'_>) -> Option<Attachment> {
    let now = context.formatter.clock.now;
    let rows: Vec<&Row<'_>> = rows.iter().filter(|row| !row.certificate().is_expired(now)).collect();
    if rows.is_empty() {
        return None;
    }
    let product = format!("PRODID:-//certnotify//certnotify {}//EN", env!("CARGO_PKG_VERSION"));
    let organizer = format!("ORGANIZER;CN=certnotify:mailto:{}", organizer(context));
    let mut lines: Vec<String> =
        ["BEGIN:VCALENDAR", "VERSION:2.0", &product, "CALSCALE:GREGORIAN", "METHOD:PUBLISH"].map(str::to_owned).into();
    for row in rows {
        lines.extend(entry(row, &organizer, context));
    }
    lines.push("END:VCALENDAR".to_owned());
    let text = lines.iter().map(|line| folded(line)).collect();
    Some(Attachment { name: FILE, kind: AttachmentKind::Calendar, text })
}

/// An entry of no length at the last second of validity, with an alarm a day before and one then.
fn entry(row: &Row<'_>, organizer: &str, context: &MessageContext<'_>) -> Vec<String> {
    let formatter = &context.formatter;
    let certificate = row.certificate();
    let date = formatter.clock.iso_date(certificate.effective_end());
    let summary = format!("SUMMARY:{}", text(&formatter.words.subject_one(&formatter.label(row), &date, false)));
    let description = [
        formatter.field(Label::Names, &formatter.names(row, NAMES)),
        formatter.field(Label::Issuer, &formatter.issuer(row)),
        formatter.field(Label::Serial, &formatter.serial(certificate, usize::MAX)),
        formatter.field(Label::Fingerprint, &certificate.fingerprint.to_string()),
        context.footer(),
    ];
    let alarm = |trigger: &str| {
        let description = summary.replacen("SUMMARY", "DESCRIPTION", 1);
        ["BEGIN:VALARM".to_owned(), "ACTION:DISPLAY".to_owned(), description, format!("TRIGGER:{trigger}")]
            .into_iter()
            .chain(["END:VALARM".to_owned()])
    };
    let head = [
        "BEGIN:VEVENT".to_owned(),
        // The same for every mail about it: an entry that comes again replaces the one that is there.
        format!("UID:{}@certnotify", certificate.fingerprint),
        format!("DTSTAMP:{}", stamp(formatter.clock.now)),
        format!("DTSTART:{}", stamp(certificate.effective_end())),
        organizer.to_owned(),
        summary.clone(),
        format!("DESCRIPTION:{}", text(&description.join("\n"))),
        "TRANSP:TRANSPARENT".to_owned(),
    ];
    head.into_iter().chain(alarm("-P1D")).chain(alarm("PT0S")).chain(["END:VEVENT".to_owned()]).collect()
}

/// The address that the mail comes from, as far as it is ASCII.
fn organizer(context: &MessageContext<'_>) -> String {
    let usual = || format!("certnotify@{}", domain(context.render_input.machine));
    let Some(from) = &context.render_input.policies.mail.from else { return usual() };
    let address = from.rsplit_once('<').map_or(from.as_str(), |(_, rest)| rest.trim_end_matches('>'));
    match address.rsplit_once('@') {
        Some((local, at)) if local.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_+".contains(&byte)) => {
            format!("{local}@{}", domain(at))
        }
        _ => usual(),
    }
}

fn domain(written: &str) -> String {
    match written.parse::<Endpoint>().map(|endpoint| endpoint.host) {
        Ok(Host::Name(name)) => name,
        _ => "certnotify.invalid".to_owned(),
    }
}

/// `20261213T235959Z`.
fn stamp(at: OffsetDateTime) -> String {
    let at = Zone::UTC.local(at);
    let (date, month) = (at.date(), u8::from(at.month()));
    format!("{:04}{month:02}{:02}T{:02}{:02}{:02}Z", date.year(), date.day(), at.hour(), at.minute(), at.second())
}

/// RFC 5545 §3.3.11.
fn text(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '\\' | ';' | ',' => escaped.extend(['\\', character]),
            '\n' => escaped.push_str("\\n"),
            character if character.is_control() => {}
            character => escaped.push(character),
        }
    }
    escaped
}

/// RFC 5545 §3.1: a longer line goes on after a line break and a space.
fn folded(line: &str) -> String {
    let mut folded = String::with_capacity(line.len() + line.len() / LINE * 3 + 2);
    let mut room = LINE;
    for character in line.chars() {
        if character.len_utf8() > room {
            folded.push_str("\r\n ");
            room = LINE - 1;
        }
        folded.push(character);
        room -= character.len_utf8();
    }
    folded.push_str("\r\n");
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_forges_no_property_and_a_long_line_is_folded_between_characters() {
        assert_eq!(text("a,b;c\\d\r\nEND:VEVENT\u{7}"), "a\\,b\\;c\\\\d\\nEND:VEVENT");
        let line = format!("SUMMARY:{}", "证书".repeat(60));
        let folded = folded(&line);
        assert!(folded.ends_with("\r\n") && folded.split("\r\n").all(|line| line.len() <= LINE), "{folded}");
        assert_eq!(folded.replace("\r\n ", "").trim_end(), line);
    }
}
