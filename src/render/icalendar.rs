//! The text of iCalendar (RFC 5545): moments, values and folded lines.

use time::OffsetDateTime;

use crate::policy::Zone;

/// Of a line, in bytes, without its end.
const LINE: usize = 75;

/// A calendar with these properties and entries, each of them some lines.
pub(super) fn document(properties: &[String], entries: impl Iterator<Item = Vec<String>>) -> String {
    let product = format!("PRODID:-//certnotify//certnotify {}//EN", env!("CARGO_PKG_VERSION"));
    let mut text: String = ["BEGIN:VCALENDAR", "VERSION:2.0", &product, "CALSCALE:GREGORIAN"].map(folded).concat();
    text.extend(properties.iter().map(|line| folded(line)));
    for entry in entries {
        text.push_str(&folded("BEGIN:VEVENT"));
        text.extend(entry.iter().map(|line| folded(line)));
        text.push_str(&folded("END:VEVENT"));
    }
    text + &folded("END:VCALENDAR")
}

/// `20261213T235959Z`.
pub(super) fn stamp(at: OffsetDateTime) -> String {
    let at = Zone::UTC.local(at);
    let (date, month) = (at.date(), u8::from(at.month()));
    format!("{:04}{month:02}{:02}T{:02}{:02}{:02}Z", date.year(), date.day(), at.hour(), at.minute(), at.second())
}

/// RFC 5545 §3.3.11.
pub(super) fn text(value: &str) -> String {
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
