//! What was meant by a value that is almost right: the author's own value, put right, and no other.

use super::Window;
use super::refusal::Refusal;

/// Each unit by its first letters, and how many days it has; none is a unit of its own.
const UNITS: [(&str, &str, u32); 7] =
    [("mo", "d", 30), ("w", "d", 7), ("y", "d", 365), ("d", "d", 1), ("h", "h", 1), ("m", "m", 1), ("s", "s", 1)];

/// From 1 on.
const NUMBERS: [&str; 7] = ["one ", "two ", "three ", "four ", "five ", "six ", "seven "];

/// `45 days` is `45d`, `2 weeks` is `14d`, `every 3 days` is `3d`, `1 month` is `30d`.
pub(super) fn duration(written: &str) -> Option<String> {
    let mut text = written.trim().to_lowercase();
    for start in ["every ", "each ", "-", "+"] {
        text = text.strip_prefix(start).unwrap_or(&text).to_owned();
    }
    for (word, number) in NUMBERS.into_iter().zip(1..).chain([("a ", 1)]) {
        if let Some(rest) = text.strip_prefix(word) {
            text = format!("{number} {rest}");
        }
    }
    let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let number: u32 = text[..digits].parse().ok().filter(|number| *number > 0)?;
    let unit = text[digits..].trim();
    let (_, unit, factor) = UNITS.iter().find(|(start, ..)| unit.starts_with(start) && is_unit(unit))?;
    let corrected = format!("{}{unit}", number.checked_mul(*factor)?);
    super::duration::parse(&corrected).is_some().then_some(corrected)
}

fn is_unit(word: &str) -> bool {
    const WORDS: [&str; 7] = ["months", "weeks", "years", "days", "hours", "minutes", "seconds"];
    let is_of = |unit: &&str| unit.starts_with(word) || super::hints::nearest(word, &[*unit]).is_some();
    matches!(word, "mins" | "hrs" | "secs") || WORDS.iter().any(is_of)
}

/// `9:00 - 17:00` is `09:00-17:00`, `9-17` too, `Monday–Friday 9am to 5pm` is `Mon-Fri 09:00-17:00`.
pub(super) fn window(written: &str) -> Option<String> {
    let mut text = written.trim().to_lowercase();
    if matches!(text.as_str(), "always" | "any" | "anytime" | "all day" | "allday" | "24/7" | "24h" | "whole-day") {
        return Some("all-day".to_owned());
    }
    for dash in ['–', '—', '−', '~'] {
        text = text.replace(dash, "-");
    }
    for (word, right) in [(" to ", "-"), (" until ", "-"), ("weekdays", "mon-fri"), ("workdays", "mon-fri")] {
        text = text.replace(word, right);
    }
    let squeezed = text.split('-').map(str::trim).collect::<Vec<_>>().join("-").replace(", ", ",");
    let (days, hours) = match squeezed.split_once(|character: char| character.is_ascii_digit()) {
        Some((days, _)) => squeezed.split_at(days.len()),
        None => return None,
    };
    let (from, to) = hours.split_once('-')?;
    let days: String = days.trim().split_inclusive([',', '-']).map(day).collect();
    let corrected = format!("{days}{}{}-{}", if days.is_empty() { "" } else { " " }, hour(from)?, hour(to)?);
    Window::parse(&corrected).is_ok().then_some(corrected)
}

/// `monday-` is `Mon-`.
fn day(word: &str) -> String {
    let (name, end) = match word.strip_suffix(['-', ',']) {
        Some(name) => (name, &word[name.len()..]),
        None => (word, ""),
    };
    let mut letters = name.trim().chars().take(3);
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(end.chars()).collect()
}

/// `9`, `9:00`, `9am`, `9.30`, `0900` as `09:00`.
fn hour(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches("uhr").trim_end_matches('h').trim();
    let (text, later) = match (text.strip_suffix("am"), text.strip_suffix("pm")) {
        (Some(text), _) => (text.trim(), 0),
        (_, Some(text)) => (text.trim(), 12),
        _ => (text, 0),
    };
    let (hour, minute) = match text.split_once([':', '.']) {
        Some((hour, minute)) => (hour, minute.get(..2)?),
        None if text.len() == 4 && text.is_ascii() => text.split_at(2),
        None => (text, "00"),
    };
    let hour: u8 = hour.parse().ok().filter(|hour| *hour <= 24)?;
    let hour = if later == 12 && hour < 12 { hour + 12 } else { hour };
    Some(format!("{hour:02}:{minute}"))
}

/// `UTC+8`, `GMT+08:00` and `+8` are `Etc/GMT-8`: the names of these zones turn the sign.
pub(super) fn zone_of_offset(written: &str) -> Option<String> {
    let text = written.trim().to_ascii_uppercase();
    let text = text.strip_prefix("UTC").or_else(|| text.strip_prefix("GMT")).unwrap_or(&text).trim().to_owned();
    let (sign, digits) = match (text.strip_prefix('+'), text.strip_prefix(['-', '−'])) {
        (Some(digits), _) => ('-', digits),
        (_, Some(digits)) => ('+', digits),
        _ => return None,
    };
    let digits = digits.trim();
    let hours = match digits.split_once(':') {
        Some((hours, "00")) => hours,
        Some(_) => return None,
        None if digits.len() == 4 => digits.strip_suffix("00")?,
        None => digits,
    };
    let hours: u8 = hours.parse().ok()?;
    match (sign, hours) {
        (_, 0) => Some("UTC".to_owned()),
        ('-', 1..=14) | ('+', 1..=12) => Some(format!("Etc/GMT{sign}{hours}")),
        _ => None,
    }
}

/// `yes`, `on`, `"true"` and their opposites.
pub(super) fn boolean(written: &str) -> Option<bool> {
    match written.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "y" | "1" | "enabled" => Some(true),
        "false" | "no" | "off" | "n" | "0" | "disabled" => Some(false),
        _ => None,
    }
}

/// `mailto:a@x`, `Alice a@x` and `Doe, John <j@x>` as a mailbox is written.
pub(super) fn mailbox(written: &str) -> Option<String> {
    let written = written.trim();
    let text = written.strip_prefix("mailto:").unwrap_or(written).trim();
    let (name, address) = match text.rsplit_once(char::is_whitespace) {
        Some((name, address)) => (name.trim().trim_matches('"'), address),
        None => ("", text),
    };
    let address = address.trim_matches(['<', '>', ',', ';']);
    let is_quotable = !name.contains(['"', '\\', '<', '>', '@']);
    let right = match name {
        "" => address.to_owned(),
        name if name.contains(['(', ')', ',', ':', ';', '[', ']']) => format!("\"{name}\" <{address}>"),
        name => format!("{name} <{address}>"),
    };
    let parsed = right != written && is_quotable && address.contains('@') && !address.contains([',', ';']);
    (parsed && super::mailbox::is_right(&right)).then_some(right)
}

/// `a@x, b@x` and `a@x; b@x` as a list of TOML.
pub(super) fn addresses(written: &str) -> Option<String> {
    let parts: Vec<&str> = written.split([',', ';']).map(str::trim).filter(|part| !part.is_empty()).collect();
    let are_right = parts.len() > 1 && parts.iter().all(|part| super::mailbox::is_right(part));
    let quoted: Vec<String> = parts.iter().map(|part| format!("{part:?}")).collect();
    are_right.then(|| format!("[{}]", quoted.join(", ")))
}

/// The mailbox as it is, or what keeps it from being one.
pub(super) fn mail_address(written: &str) -> Result<String, Refusal> {
    super::mailbox::reason(written).map_or_else(|| Ok(written.to_owned()), |reason| Err(no_mailbox(written, reason)))
}

/// What keeps `written` from being a mail address, and what to write in its place.
#[must_use]
pub fn why_no_mail_address(written: &str) -> Option<(String, String)> {
    mail_address(written).err().map(|Refusal { message, help }| (message, help))
}

fn no_mailbox(written: &str, reason: &str) -> Refusal {
    let help = match (addresses(written), mailbox(written)) {
        (Some(list), _) => format!("several addresses are a list: {list}"),
        (None, Some(right)) => format!("write {right}"),
        (None, None) => "write alice@example.com or Alice <alice@example.com>".to_owned(),
    };
    Refusal::new(format!("`{written}` is no mail address: {reason}"), help)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(corrected: fn(&str) -> Option<String>, right: &[(&str, &str)], wrong: &[&str]) {
        for (written, right) in right {
            assert_eq!(corrected(written).as_deref(), Some(*right), "{written}");
        }
        for wrong in wrong {
            assert_eq!(corrected(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn lengths_of_time_are_put_right_and_never_replaced() {
        let right = [
            ("45 days", "45d"),
            ("45days", "45d"),
            ("45 dayz", "45d"),
            ("1 d", "1d"),
            ("2w", "14d"),
            ("two weeks", "14d"),
            ("3 months", "90d"),
            ("1 year", "365d"),
            ("12 hours", "12h"),
            ("every 3 days", "3d"),
            ("30D", "30d"),
        ];
        check(duration, &right, &["soon", "x", "", "0 days", "30 pigeons", "-", "9999999999 days"]);
    }

    #[test]
    fn windows_are_put_right_and_never_replaced() {
        let right = [
            ("9:00 - 17:00", "09:00-17:00"),
            ("9:00-20:00", "09:00-20:00"),
            ("9-17", "09:00-17:00"),
            ("9am to 5pm", "09:00-17:00"),
            ("08:30–17:15", "08:30-17:15"),
            ("Mon - Fri 9:00 - 18:00", "Mon-Fri 09:00-18:00"),
            ("Monday to Friday 9-18", "Mon-Fri 09:00-18:00"),
            ("weekdays 8:00-16:00", "Mon-Fri 08:00-16:00"),
            ("always", "all-day"),
        ];
        check(window, &right, &["25:00-9", "Foo 09:00-10:00", "", "9", "09:00-09:00", "morning"]);
    }

    #[test]
    fn the_zone_of_an_offset_has_the_other_sign() {
        let right = [
            ("GMT+8", "Etc/GMT-8"),
            ("UTC+8", "Etc/GMT-8"),
            ("utc+08:00", "Etc/GMT-8"),
            ("+0800", "Etc/GMT-8"),
            ("GMT-5", "Etc/GMT+5"),
            ("UTC-03:00", "Etc/GMT+3"),
            ("UTC+0", "UTC"),
        ];
        check(zone_of_offset, &right, &["GMT", "UTC+5:30", "UTC+15", "GMT-13", "8", "Asia/Shanghai", "+"]);
    }
}
