//! Rows of text under their headings, aligned for a terminal.

use unicode_width::UnicodeWidthStr as _;

/// Two blanks between columns and none after the last. The text must be clean of control characters.
pub(crate) fn columns<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> String {
    let mut widths = headings.map(str::len);
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let mut text = line(headings, widths);
    for row in rows {
        text.push_str(&line(row.each_ref().map(String::as_str), widths));
    }
    text
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
}
