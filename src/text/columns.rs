//! Text in columns: what is wide counts twice, lines break where a reader of either script expects it.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Columns of a line of mail.
pub(crate) const LINE: usize = 72;

/// What may not begin a line: marks, and small kana (JIS X 4051).
const CLOSING: &str = "，。；：、！？）」』】》”’…,.;:!?)]}％・ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々";
/// What may not end one.
const OPENING: &str = "（「『【《“‘([{";

pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// `text` and as many spaces as it takes.
pub(crate) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

pub(crate) fn pad_left(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// At most `columns` wide: the beginning up to the end of a word, with `…` for the rest.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut line = String::new();
    let mut used = 0;
    for (space, atom) in atoms(text) {
        let added = usize::from(space && used > 0) + width(&atom);
        if used + added + 1 > columns {
            break;
        }
        if space && used > 0 {
            line.push(' ');
        }
        line.push_str(&atom);
        used += added;
    }
    if line.is_empty() {
        line = take(text.chars(), columns.saturating_sub(1));
    }
    line.trim_end_matches(|last: char| last == ' ' || CLOSING.contains(last) || OPENING.contains(last)).to_owned() + "…"
}

/// At most `columns` wide: of a sentence the beginning, of one long word the beginning and the end, with `…` for what
/// is left out.
pub(crate) fn fit(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    if text.split(' ').filter(|word| !word.is_empty()).nth(2).is_some() {
        return cut(text, columns);
    }
    let tail_columns = columns / 3;
    let head = take(text.chars(), columns.saturating_sub(tail_columns + 1));
    let tail = take(text.chars().rev(), tail_columns);
    head.chars().chain(['…']).chain(tail.chars().rev()).collect()
}

fn take(characters: impl Iterator<Item = char>, columns: usize) -> String {
    let mut used = 0;
    characters
        .take_while(|character| {
            used += character.width().unwrap_or(0);
            used <= columns
        })
        .collect()
}

/// Lines of at most `columns`; a word that is wider is cut into pieces that fit.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for (space, atom) in atoms(text) {
        let gap = usize::from(space && used > 0);
        if used > 0 && used + gap + width(&atom) > columns {
            lines.push(std::mem::take(&mut line));
            used = 0;
        } else if gap > 0 {
            line.push(' ');
            used += 1;
        }
        for character in atom.chars() {
            let wide = character.width().unwrap_or(0);
            if used + wide > columns && used > 0 {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(character);
            used += wide;
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// No line ends between these two words: they are parts of one date or time.
pub(crate) fn binds(word: &str, next: &str) -> bool {
    const MONTHS: &str = "January February March April May June July August September October November December";
    let word = word.trim_start_matches(['(', '（']);
    let (core, next) = (word.trim_end_matches(','), next.trim_end_matches([',', '.', ';', ')', '）', '。', '，']));
    let is_number =
        |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_time = |text: &str| text.len() >= 5 && text.as_bytes()[2] == b':' && is_number(&text[..2], 2);
    let is_zone = |text: &str| {
        text.len() <= 9 && text.starts_with("UTC")
            || (2..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase())
    };
    let is_month = |text: &str| MONTHS.split(' ').any(|month| month == text);
    let unit = |text: &str| text.starts_with(['年', '月', '日']);
    (has_date(core) && is_time(next))
        || (is_time(word) && is_zone(next))
        || (is_number(core, 2) && is_month(next))
        || (is_month(word) && is_number(next, 4))
        || (word.ends_with(|last: char| last.is_ascii_digit()) && unit(next))
        || (word.ends_with(['年', '月']) && is_number(next.split(['月', '日']).next().unwrap_or_default(), 2))
}

/// `2026-12-14` at its end.
pub(crate) fn has_date(word: &str) -> bool {
    let word = word.trim_end_matches(['.', ',', ';', ')', '）', '。', '，']);
    let Some(date) = word.len().checked_sub(10).and_then(|start| word.get(start..)) else { return false };
    date.bytes().enumerate().all(|(at, byte)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() })
}

/// The pieces between which a line may break, and whether a space stands before each.
fn atoms(text: &str) -> Vec<(bool, String)> {
    let mut atoms: Vec<(bool, String)> = Vec::new();
    let mut last = "";
    for (nth, word) in text.split(' ').filter(|word| !word.is_empty()).enumerate() {
        let is_bound = binds(std::mem::replace(&mut last, word), word);
        let mut pieces: Vec<String> = Vec::new();
        let mut previous: Option<char> = None;
        for character in word.chars() {
            let joins = previous.is_some_and(|previous| {
                let both_narrow = previous.width() != Some(2) && character.width() != Some(2);
                both_narrow || character.width() == Some(0) || CLOSING.contains(character) || OPENING.contains(previous)
            });
            match pieces.last_mut() {
                Some(piece) if joins => piece.push(character),
                _ => pieces.push(character.to_string()),
            }
            previous = Some(character);
        }
        let mut pieces = pieces.into_iter();
        if let Some(atom) = atoms.last_mut().filter(|_| is_bound)
            && let Some(first) = pieces.next()
        {
            atom.1.push(' ');
            atom.1.push_str(&first);
            atoms.extend(pieces.map(|piece| (false, piece)));
        } else {
            atoms.extend(pieces.enumerate().map(|(at, piece)| (nth > 0 && at == 0, piece)));
        }
    }
    atoms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_begins_with_a_small_kana_or_a_long_vowel() {
        for columns in 4..40 {
            let lines =
                wrap("サーバーがファイルを読み込んだかどうかを、エンドポイントへの接続なしで確認しました。", columns);
            assert!(
                lines.iter().skip(1).all(|line| !line.starts_with(['ー', 'ァ', 'ッ', 'ュ', '、', '。'])),
                "{lines:?}"
            );
        }
    }

    #[test]
    fn no_line_is_wider_than_asked_in_either_script() {
        let texts = [
            "Derived from its dates: policy `default` reminds from 30 days before the end, every 7 days.",
            "依据有效期推算：策略 default 从到期前 30 天起提醒，每 7 天一次，剩 7、3、1 天时再各提醒一次（共 5 次）。",
            &"x".repeat(200),
            &"证书".repeat(60),
            "",
        ];
        for text in texts {
            for columns in [10, 33, 72] {
                let lines = wrap(text, columns);
                assert!(lines.iter().all(|line| width(line) <= columns), "{lines:?}");
                let letters = |text: &str| text.chars().filter(|character| *character != ' ').collect::<String>();
                assert_eq!(letters(&lines.concat()), letters(text));
            }
        }
    }

    #[test]
    fn no_line_begins_with_a_closing_mark_or_ends_with_an_opening_one() {
        let lines = wrap("证书已到期，请尽快续期（见手册）。证书已到期，请尽快续期（见手册）。", 12);
        assert!(lines.iter().all(|line| !line.starts_with(['，', '。', '）']) && !line.ends_with('（')), "{lines:?}");
    }

    #[test]
    fn no_line_ends_inside_a_date_or_a_time() {
        let text = "It expires on Monday, 14 December 2026, 00:59:59 CET (2026-12-13 23:59:59 UTC), or 2026 年 12 月 14 日 as seen.";
        for columns in 24..72 {
            for line in wrap(text, columns) {
                for whole in ["14 December 2026", "00:59:59 CET", "2026-12-13 23:59:59 UTC", "2026 年 12 月 14 日"] {
                    let parts: Vec<&str> = whole.split(' ').collect();
                    let is_cut = |at: usize| line.ends_with(&parts[..at].join(" ")) && !line.contains(whole);
                    assert!(!(1..parts.len()).any(is_cut), "{line}");
                }
            }
        }
        assert!(!binds("policy", "2026") && !binds("at", "CA") && !binds("3", "days"));
    }

    #[test]
    fn wide_letters_count_twice() {
        assert_eq!(pad("剩 2 天", 9), "剩 2 天  ");
        assert_eq!(pad_left("2 d", 9), "      2 d");
        assert_eq!(fit("证书到期提醒证书到期提醒", 11), "证书到…醒");
        assert_eq!(width(&fit(&"证".repeat(100), 45)), 43);
    }

    #[test]
    fn a_sentence_is_cut_at_its_end_after_a_whole_word() {
        assert_eq!(
            cut("certificates of this authority end in March, says Mozilla", 40),
            "certificates of this authority end in…"
        );
        assert_eq!(
            fit("certificates of this authority end in March, says Mozilla", 45),
            "certificates of this authority end in March…"
        );
        assert_eq!(cut("证书已到期，请尽快续期（见手册）", 15), "证书已到期，请…");
        assert_eq!(cut(&"x".repeat(50), 10), format!("{}…", "x".repeat(9)));
        for columns in 1..60 {
            assert!(width(&cut("证书 ends soon, 请尽快续期 (see the manual)", columns)) <= columns.max(1));
        }
    }
}
