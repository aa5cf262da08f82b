//! Keeping secrets out of the source lines that problems show.

use std::ops::Range;

use super::secret_name::may_be_name;
use super::source::Place;

const SHOWN: &str = "<secret>";

/// Words in a key that speak of a secret.
const WORDS: [&str; 9] = ["pass", "pwd", "secret", "token", "hook", "credential", "proxy", "heartbeat", "routing"];

/// Marks of an address that is the key to a room, or that holds a password.
const MARKS: [&str; 6] = ["access_token=", "?key=", "&key=", "/hook/", "whsec_", "/services/T"];

/// What is secret in `line`, which begins at `line_start` of its file: apart from each other, and in their order.
pub(super) fn hidden(line: &str, line_start: usize, secrets: &[Place]) -> Vec<Range<usize>> {
    let known = secrets
        .iter()
        .map(|place| place.start.saturating_sub(line_start)..place.end.saturating_sub(line_start).min(line.len()));
    let mut hidden: Vec<Range<usize>> = known.chain(guessed(line)).filter(|range| !range.is_empty()).collect();
    hidden.sort_by_key(|range| range.start);
    hidden.dedup_by(|next, range| {
        let is_within = next.start < range.end;
        if is_within {
            range.end = range.end.max(next.end);
        }
        is_within
    });
    hidden
}

/// A line of which nothing is known but its text.
pub(super) fn masked(line: &str) -> String {
    without(line, 0..line.len(), &hidden(line, 0, &[]))
}

/// A part of a line, with what is hidden in it replaced.
pub(super) fn without(line: &str, part: Range<usize>, hidden: &[Range<usize>]) -> String {
    let mut shown = String::new();
    let mut at = part.start;
    let next = hidden.partition_point(|range| range.end <= part.start);
    for range in hidden[next..].iter().take_while(|range| range.start < part.end) {
        let (start, end) = (range.start.max(at), range.end.min(part.end));
        if start < end {
            shown.push_str(line.get(at..start).unwrap_or_default());
            shown.push_str(SHOWN);
            at = end;
        }
    }
    shown.push_str(line.get(at..part.end).unwrap_or_default());
    shown
}

/// The values of keys that speak of secrets, and strings that look like one: for lines whose tree is broken,
/// where it cannot be known what is a value.
fn guessed(line: &str) -> Vec<Range<usize>> {
    let mut hidden = Vec::new();
    let mut key_start = 0;
    let mut at = 0;
    // The end of a table in which only the name of a secret may be shown.
    let mut table_end = 0;
    while let Some(next) = line[at..].find(['=', '"', '\'']) {
        let here = at + next;
        if line.as_bytes()[here] == b'=' {
            // Of a dotted key the last part is the key; the others are names of tables.
            let key = line[key_start..here].to_lowercase();
            let key = key.rsplit('.').next().unwrap_or_default();
            let value = here + 1 + (line.len() - here - 1 - line[here + 1..].trim_start().len());
            let is_secret = WORDS.iter().any(|word| key.contains(word));
            let is_string = line[value..].starts_with(['"', '\'']);
            if is_secret && line[value..].starts_with('{') {
                table_end = line[value..].find('}').map_or(line.len(), |end| value + end);
                at = value;
            } else if here < table_end && !is_string {
                at = line[value..].find([',', '}']).map_or(line.len(), |end| value + end);
                hidden.push(value..at);
            } else if is_secret {
                // A string that is never closed runs to the end of the line.
                at = if is_string { end_of_string(line, value) } else { line.len() };
                hidden.push(value..at);
            } else {
                at = value.max(here + 1);
            }
            key_start = at;
        } else {
            let end = end_of_string(line, here);
            let is_no_name = here < table_end && !may_be_name(line[here..end].trim_matches(['"', '\'']));
            if is_no_name || MARKS.iter().any(|mark| line[here..end].contains(mark)) {
                hidden.push(here..end);
            }
            // A quoted key is still to be judged when its `=` comes.
            if !line[end..].trim_start().starts_with(['=', '.']) {
                key_start = end;
            }
            at = end;
        }
    }
    hidden
}

fn end_of_string(line: &str, start: usize) -> usize {
    let quote = char::from(line.as_bytes()[start]);
    if line[start + 1..].starts_with([quote]) && line[start + 2..].starts_with([quote]) {
        return line.len();
    }
    let mut escaped = false;
    let closing = line[start + 1..].char_indices().find(|(_, character)| {
        let closes = *character == quote && !escaped;
        escaped = quote == '"' && *character == '\\' && !escaped;
        closes
    });
    closing.map_or(line.len(), |(at, _)| start + 1 + at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_key_calls_a_secret_is_not_shown_even_where_the_line_is_broken() {
        assert_eq!(masked(r#"password = "hunter2""#), "password = <secret>");
        assert_eq!(masked(r#"password = "hunter2"#), "password = <secret>");
        assert_eq!(masked("pass_word = hunter2 # note"), "pass_word = <secret>");
        assert_eq!(masked(r#"password = "a\"b" # note"#), "password = <secret> # note");
        assert_eq!(masked("secret = '''hun"), "secret = <secret>");
        assert_eq!(masked(r#""password" = "hunter2""#), r#""password" = <secret>"#);
        assert_eq!(masked(r#"note = "the token", owner = "alice""#), r#"note = "the token", owner = "alice""#);
        assert_eq!(
            masked(r#"dingtalk = { webhook = "https://x/y", secret = 'SEC1', keyword = "k" }"#),
            r#"dingtalk = { webhook = <secret>, secret = <secret>, keyword = "k" }"#
        );
    }

    #[test]
    fn a_secret_that_stands_where_its_name_belongs_is_not_shown() {
        for value in
            [r#""https://a.example/x""#, r#""$HOOK""#, r#""SECa1b2c3d4e5f6a7b8c9d0e1f2""#, "'a b'", "$HOOK", "[1]"]
        {
            assert_eq!(masked(&format!("webhook = {{ env = {value}}} x")), "webhook = { env = <secret>} x", "{value}");
        }
        assert_eq!(masked(r#"webhook = { file = "/etc/a-1.key" }"#), r#"webhook = { file = "/etc/a-1.key" }"#);
    }

    #[test]
    fn the_place_of_a_secret_is_shown() {
        assert_eq!(masked(r#"password = { env = "SMTP_PASSWORD" }"#), r#"password = { env = "SMTP_PASSWORD" }"#);
        assert_eq!(masked(r#"email = "alice@example.com""#), r#"email = "alice@example.com""#);
    }

    #[test]
    fn an_address_that_opens_a_room_is_not_shown_under_any_key() {
        assert_eq!(masked(r#"url = "https://oapi.dingtalk.com/robot/send?access_token=ab""#), "url = <secret>");
        assert_eq!(masked(r#"x = ["a", "https://open.feishu.cn/open-apis/bot/v2/hook/ab"]"#), r#"x = ["a", <secret>]"#);
    }
}
