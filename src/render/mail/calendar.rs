//! The ends of certificates as entries of a calendar (RFC 5545), published to the recipients of the mail (RFC 5546).

use crate::policy::{Endpoint, Host};
use crate::render::digest::Row;
use crate::render::formatter::Formatter;
use crate::render::icalendar::{self, stamp, text};
use crate::render::wording::Label;
use crate::render::{Attachment, AttachmentKind};

const FILE: &str = "certificates.ics";
/// Names beyond these are counted.
const NAMES: usize = 20;

/// One entry for each certificate that has not expired; nothing where all have.
pub(super) fn attachment(rows: &[Row<'_>], formatter: &Formatter<'_>) -> Option<Attachment> {
    let now = formatter.clock.now;
    let rows: Vec<&Row<'_>> = rows.iter().filter(|row| !row.certificate().is_expired(now)).collect();
    if rows.is_empty() {
        return None;
    }
    let organizer = format!("ORGANIZER;CN=certnotify:mailto:{}", organizer(formatter));
    let entries = rows.into_iter().map(|row| entry(row, &organizer, formatter));
    let text = icalendar::document(&["METHOD:PUBLISH".to_owned()], entries);
    Some(Attachment { name: FILE, kind: AttachmentKind::Calendar, text })
}

/// An entry of no length at the last second of validity, with an alarm a day before and one then.
fn entry(row: &Row<'_>, organizer: &str, formatter: &Formatter<'_>) -> Vec<String> {
    let certificate = row.certificate();
    let date = formatter.clock.iso_date(certificate.effective_end());
    let summary = format!("SUMMARY:{}", text(&formatter.subject_of_end(row, &formatter.row_label(row), &date)));
    let facts = [
        formatter.field(Label::Names, &formatter.names_of(certificate, row.host(), NAMES)),
        formatter.field(Label::Issuer, &formatter.issuer_name(&certificate.issuer)),
        formatter.field(Label::Serial, &formatter.serial(certificate, usize::MAX)),
        formatter.field(Label::Fingerprint, &certificate.fingerprint.to_string()),
    ];
    let facts = facts.into_iter().filter(|_| !certificate.is_date());
    let description: Vec<String> = facts.chain([formatter.footer()]).collect();
    let alarm = |trigger: &str| {
        let description = summary.replacen("SUMMARY", "DESCRIPTION", 1);
        ["BEGIN:VALARM", "ACTION:DISPLAY", &description, &format!("TRIGGER:{trigger}"), "END:VALARM"].map(str::to_owned)
    };
    let head = [
        // The same for every mail about it: an entry that comes again replaces the one that is there.
        format!("UID:{}@certnotify", certificate.fingerprint),
        format!("DTSTAMP:{}", stamp(formatter.clock.now)),
        format!("DTSTART:{}", stamp(certificate.effective_end())),
        organizer.to_owned(),
        summary.clone(),
        format!("DESCRIPTION:{}", text(&description.join("\n"))),
        "TRANSP:TRANSPARENT".to_owned(),
    ];
    head.into_iter().chain(alarm("-P1D")).chain(alarm("PT0S")).collect()
}

/// The address that the mail comes from, as far as it is ASCII.
fn organizer(formatter: &Formatter<'_>) -> String {
    let usual = || format!("certnotify@{}", domain(formatter.render_input.machine));
    let Some(from) = &formatter.render_input.policies.mail.from else { return usual() };
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
