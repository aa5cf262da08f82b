//! Text in columns: what is wide counts twice, lines break where a reader of either script expects it.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Columns of a line of mail.
pub(super) const LINE: usize = 72;

/// What may not begin a line.
const CLOSING: &str = "，。；：、！？）」』】》”’…,.;:!?)]}％";
/// What may not end one.
const OPENING: &str = "（「『【《“‘([{";

pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// `text` and as many spaces as it takes.
pub(super) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

pub(super) fn pad_left(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// At most `columns` wide: the beginning and the end, with `…` for what is left out.
pub(super) fn fit(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
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
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
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

/// The pieces between which a line may break, and whether a space stands before each.
fn atoms(text: &str) -> Vec<(bool, String)> {
    let mut atoms = Vec::new();
    for (nth, word) in text.split(' ').filter(|word| !word.is_empty()).enumerate() {
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
        atoms.extend(pieces.into_iter().enumerate().map(|(at, piece)| (nth > 0 && at == 0, piece)));
    }
    atoms
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn wide_letters_count_twice() {
        assert_eq!(pad("剩 2 天", 9), "剩 2 天  ");
        assert_eq!(pad_left("2 d", 9), "      2 d");
        assert_eq!(fit("证书到期提醒证书到期提醒", 11), "证书到…醒");
        assert_eq!(width(&fit(&"证".repeat(100), 45)), 43);
    }
}
