//! Files with one thing a line, and the days of thresholds.

use super::Input;

/// The lines with something in them, each with its place.
pub(super) fn lines(input: &Input) -> impl Iterator<Item = (String, &str)> {
    let numbered = input.text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    let named = numbered.map(|(number, line)| (format!("{}:{number}", input.name), line));
    named.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

/// A number of days as a length of time, and its hours; parts of a day are whole hours.
pub(super) fn days(written: &str) -> Option<(String, u64)> {
    const MOST: u64 = 36_500;
    let (whole, part) = written.split_once('.').unwrap_or((written, ""));
    let is_number = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(part) {
        return None;
    }
    let days = whole.parse::<u64>().ok().filter(|days| *days <= MOST)?;
    let hundredths: u64 = part.chars().chain(['0', '0']).take(2).collect::<String>().parse().ok()?;
    let hours = days * 24 + hundredths * 24 / 100;
    let text = if hours.is_multiple_of(24) { format!("{}d", hours / 24) } else { format!("{hours}h") };
    (hours > 0).then_some((text, hours))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_may_be_parts_of_a_day_and_nothing_else() {
        let of = |written: &str| days(written).map(|(text, _)| text);
        assert_eq!(of("20"), Some("20d".to_owned()));
        assert_eq!(of("0.5"), Some("12h".to_owned()));
        assert_eq!(of("1.5"), Some("36h".to_owned()));
        for wrong in ["", "-1", "0", "NaN", "inf", "1e300", "$ARG1$", "20 ", "36501", "1.-2"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }
}
