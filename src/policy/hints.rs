//! The nearest right word of those that a value may have: a table of synonyms first, then the distance of spelling.

use super::language::Language;
use crate::channels::Channel;

/// Whether `written` is the word `right`, but for case and `_`.
pub(super) fn is_same(right: &str, written: &str) -> bool {
    let same = |(right, written): (u8, u8)| right.eq_ignore_ascii_case(&written) || (right == b'-' && written == b'_');
    right.len() == written.len() && right.bytes().zip(written.bytes()).all(same)
}

/// The word of `known` that was meant by the value `written`: a synonym first, then the distance of spelling.
pub(super) fn value<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    let written = written.trim();
    if let Some(right) = known.iter().find(|right| is_same(right, written)) {
        return Some(right);
    }
    let is_synonym = |wrong: &str| is_same(wrong, written);
    let is_meant = |wrong: &&str| is_synonym(wrong) || wrong.eq_ignore_ascii_case(written);
    let values = VALUES.iter().filter(|(_, wrong)| wrong.iter().any(&is_meant)).map(|(right, _)| *right);
    let channels = Channel::ALL.into_iter().filter(|channel| channel.synonyms().any(is_synonym));
    let languages =
        Language::ALL.into_iter().filter(|language| language.synonyms().iter().any(|word| is_synonym(word)));
    let mut meant = values.chain(channels.map(Channel::as_str)).chain(languages.map(Language::tag));
    meant
        .find_map(|right| known.iter().find(|known| **known == right).copied())
        .or_else(|| nearest(&written.replace('_', "-"), known))
}

/// The word of `known` in the fewest slips of the pen, at most a third of the word.
#[must_use]
pub fn nearest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    let written = written.to_lowercase();
    let length = written.chars().count();
    known
        .iter()
        // A word that is longer or shorter by more is further away; it need not be measured.
        .filter(|right| right.chars().count().abs_diff(length) <= length / 3)
        .map(|right| (strsim::osa_distance(&written, &right.to_lowercase()), *right))
        .filter(|(distance, _)| *distance <= length / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, right)| right)
}

/// The word that was meant, as a question; where there is none, what `otherwise` says.
#[must_use]
pub fn did_you_mean(meant: Option<&str>, otherwise: impl FnOnce() -> String) -> String {
    meant.map_or_else(otherwise, |right| format!("did you mean `{right}`?"))
}

/// The zone of `known` that was meant: by its city, else as any value.
pub(super) fn zone<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    let city = written.trim().replace(' ', "_");
    let of_city = |zone: &&&str| zone.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(&city));
    if !city.is_empty()
        && let Some(zone) = known.iter().find(of_city)
    {
        return Some(zone);
    }
    value(written, known)
}

/// `a`, `b` and `c`; of many, the first eight and how many more.
pub(super) fn listed<T: AsRef<str>>(words: &[T]) -> String {
    const SHOWN: usize = 8;
    let quoted: Vec<String> = words.iter().take(SHOWN).map(|word| format!("`{}`", word.as_ref())).collect();
    let more = words.len().saturating_sub(SHOWN);
    match quoted.split_last() {
        None => String::new(),
        Some(_) if more > 0 => format!("{} and {more} more", quoted.join(", ")),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// Each right word with what people write for it, whatever key it stands at.
const VALUES: &[(&str, &[&str])] = &[
    ("email", &["mail", "mails", "e-mail", "smtp"]),
    ("inbox", &["message", "messages", "internal", "internal message", "internal-message", "maildir"]),
    ("chatbot", &["chat", "chatbots", "bot", "robot"]),
    ("business.expiration", &["expiry", "expires", "expiring"]),
    ("alerts", &["alarm", "alarms"]),
    ("alert.hosting-failure", &["failure"]),
    ("service-changes", &["services", "changes"]),
    ("implicit", &["ssl", "tls", "smtps"]),
    ("starttls", &["required", "start-tls"]),
    ("none", &["plain", "off", "no"]),
    ("manual", &["off", "no", "by-hand", "hand"]),
    ("auto", &["automatic", "automated", "acme", "certbot", "yes"]),
    ("once", &["never", "one", "single"]),
    ("1d", &["daily", "day", "every day"]),
    ("7d", &["weekly", "week", "every week"]),
    ("Asia/Shanghai", &["Asia/Beijing", "Beijing", "China", "Asia/Peking", "Asia/Shenzhen", "Asia/Guangzhou", "CST"]),
    ("Asia/Kolkata", &["UTC+5:30", "GMT+5:30", "UTC+05:30", "Asia/Bangalore", "Asia/Mumbai", "Asia/Delhi", "IST"]),
    ("Asia/Tokyo", &["Asia/Osaka", "JST"]),
    ("Europe/Berlin", &["Europe/Munich", "Europe/Frankfurt", "Europe/Hamburg", "CEST"]),
    ("Europe/Rome", &["Europe/Milan"]),
    ("Europe/Zurich", &["Europe/Geneva"]),
    ("Europe/Madrid", &["Europe/Barcelona"]),
    ("Europe/London", &["BST"]),
    ("America/Los_Angeles", &["America/San_Francisco", "America/Seattle", "PST", "PDT"]),
    ("America/New_York", &["America/Boston", "America/Washington", "EDT"]),
    ("America/Chicago", &["CDT"]),
    ("UTC", &["Z"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spelling_may_be_wrong_by_a_third_of_the_word_and_no_more() {
        assert_eq!(nearest("produktion", &["production", "office"]), Some("production"));
        assert_eq!(nearest("dedline", &["deadline"]), Some("deadline"));
        assert_eq!(nearest("DEADLINE", &["deadline"]), Some("deadline"));
        assert_eq!(nearest("ab", &["ax"]), None);
        assert_eq!(nearest("windows", &["frequency"]), None);
        assert!(is_same("default-contact", "Default_contact") && !is_same("default-contact", "default contact"));
    }

    #[test]
    fn a_long_list_is_cut() {
        assert_eq!(listed(&["a"]), "`a`");
        assert_eq!(listed(&["a", "b", "c"]), "`a`, `b` and `c`");
        let many: Vec<String> = (0..10).map(|number| number.to_string()).collect();
        assert!(listed(&many).ends_with("`7` and 2 more"));
    }
}
