//! Rows of text under their headings, aligned for a terminal.

use unicode_width::UnicodeWidthStr as _;

use super::sink;

/// No column that is to be narrower becomes narrower than this.
const LEAST: usize = 12;

/// Two blanks between columns and none after the last. The text must be clean of control characters. On a terminal that
/// is too narrow the widest columns are broken into lines, between words.
pub(crate) fn columns<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> String {
    within(sink::columns(), headings, rows)
}

fn within<const N: usize>(most: Option<usize>, headings: [&str; N], rows: &[[String; N]]) -> String {
    let mut widths = headings.map(str::len);
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    if let Some(most) = most {
        narrow(&mut widths, most);
    }
    let mut text = line(headings, widths);
    for row in rows {
        let cells: Vec<Vec<String>> = row.iter().zip(widths).map(|(cell, width)| broken(cell, width)).collect();
        for nth in 0..cells.iter().map(Vec::len).max().unwrap_or_default() {
            let cells: Vec<&str> =
                cells.iter().map(|lines| lines.get(nth).map(String::as_str).unwrap_or_default()).collect();
            text.push_str(&line(std::array::from_fn(|at| cells.get(at).copied().unwrap_or_default()), widths));
        }
    }
    text
}

/// Takes from the widest column what is too much, then from the next.
fn narrow<const N: usize>(widths: &mut [usize; N], most: usize) {
    let between = N.saturating_sub(1) * 2;
    loop {
        let excess = (widths.iter().sum::<usize>() + between).saturating_sub(most);
        let mut sorted: Vec<usize> = widths.to_vec();
        sorted.sort_unstable_by(|one, other| other.cmp(one));
        let (Some(widest), next) = (sorted.first().copied(), sorted.get(1).copied().unwrap_or_default()) else {
            return;
        };
        if excess == 0 || widest <= LEAST {
            return;
        }
        let wanted = widest.saturating_sub(excess).max(next.min(widest - 1)).max(LEAST);
        if let Some(column) = widths.iter_mut().find(|width| **width == widest) {
            *column = wanted;
        }
    }
}

/// Lines of at most `width`, each of whole words: a longer word stands out of its column.
fn broken(text: &str, width: usize) -> Vec<String> {
    if text.width() <= width {
        return vec![text.to_owned()];
    }
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn line<const N: usize>(cells: [&str; N], widths: [usize; N]) -> String {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        line.push_str(cell);
        line.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.width()) + 2));
    }
    line.truncate(line.trim_end().len());
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_character_takes_two_columns() {
        let rows = [["运维群".to_owned(), "a".to_owned()], ["ops".to_owned(), String::new()]];
        assert_eq!(columns(["TO", "WHAT"], &rows), "TO      WHAT\n运维群  a\nops\n");
    }

    #[test]
    fn a_narrow_terminal_breaks_rows_between_words_and_no_word() {
        let why = "30 days before its end, now with 17 days left; held by the window Mon-Fri 03:00-03:01";
        let rows = [["Mon 2026-11-30 03:00 UTC".to_owned(), "ops".to_owned(), why.to_owned()]];
        for most in [40, 60, 80, 100, 140] {
            let text = within(Some(most), ["WHEN", "TO", "WHY"], &rows);
            assert!(text.lines().all(|line| line.width() <= most), "{most}:\n{text}");
            for word in why.split(' ') {
                assert!(text.split_whitespace().any(|shown| shown == word), "{word} in\n{text}");
            }
        }
        assert_eq!(within(Some(200), ["WHEN", "TO", "WHY"], &rows), within(None, ["WHEN", "TO", "WHY"], &rows));
        let long = [["x".repeat(90)]];
        assert_eq!(within(Some(40), ["NAME"], &long), format!("NAME\n{}\n", "x".repeat(90)), "a word stays whole");
    }
}
