//! Rows of text under their headings, aligned for a terminal.

use unicode_width::UnicodeWidthStr;

use super::sink;

/// No column that is to be narrower becomes narrower than this.
const LEAST: usize = 12;
/// Blanks between columns.
const BETWEEN: usize = 2;

/// Two blanks between columns and none after the last. The text must be clean of control characters. On a terminal that
/// is too narrow the widest columns are broken into lines, between words; where not even that is enough, each cell of a
/// row stands on a line of its own, behind its heading.
pub(crate) fn columns<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> String {
    let rows: Vec<&[String]> = rows.iter().map(<[String; N]>::as_slice).collect();
    within(sink::columns(), &headings, &rows)
}

/// The same for a terminal of `most` columns.
pub(crate) fn within(most: Option<usize>, headings: &[&str], rows: &[&[String]]) -> String {
    let mut widths: Vec<usize> = headings.iter().map(|heading| heading.width()).collect();
    // The widest word of each column: it is never broken.
    let mut words = widths.clone();
    for row in rows {
        for ((width, word), cell) in widths.iter_mut().zip(&mut words).zip(*row) {
            *width = (*width).max(cell.width());
            *word = (*word).max(cell.split(' ').map(UnicodeWidthStr::width).max().unwrap_or_default());
        }
    }
    if let Some(most) = most
        && !narrow(&mut widths, &words, most)
    {
        return stacked(headings, rows, most);
    }
    let mut text = line(headings.iter().copied(), &widths);
    for row in rows {
        let cells: Vec<Vec<String>> = row.iter().zip(&widths).map(|(cell, width)| broken(cell, *width)).collect();
        for nth in 0..cells.iter().map(Vec::len).max().unwrap_or_default() {
            let cells = cells.iter().map(|lines| lines.get(nth).map(String::as_str).unwrap_or_default());
            text.push_str(&line(cells, &widths));
        }
    }
    text
}

/// Takes from the widest column that can be narrower what is too much, then from the next; whether that was enough.
fn narrow(widths: &mut [usize], words: &[usize], most: usize) -> bool {
    let between = widths.len().saturating_sub(1).saturating_mul(BETWEEN);
    loop {
        let excess = widths.iter().sum::<usize>().saturating_add(between).saturating_sub(most);
        if excess == 0 {
            return true;
        }
        let floor = |at: usize| words.get(at).copied().unwrap_or_default().max(LEAST);
        let mut open: Vec<(usize, usize)> =
            widths.iter().copied().enumerate().filter(|(at, width)| *width > floor(*at)).collect();
        open.sort_unstable_by_key(|(at, width)| (std::cmp::Reverse(*width), *at));
        let Some((at, widest)) = open.first().copied() else { return false };
        let next = open.get(1).map_or(0, |(_, width)| *width);
        if let Some(width) = widths.get_mut(at) {
            *width = widest.saturating_sub(excess).max(next.min(widest.saturating_sub(1))).max(floor(at));
        }
    }
}

/// A paragraph for each row.
fn stacked(headings: &[&str], rows: &[&[String]], most: usize) -> String {
    let label = headings.iter().map(|heading| heading.width()).max().unwrap_or_default().saturating_add(BETWEEN);
    let mut text = String::new();
    for row in rows {
        if !text.is_empty() {
            text.push('\n');
        }
        for (heading, cell) in headings.iter().zip(*row).filter(|(_, cell)| !cell.is_empty()) {
            let room = most.saturating_sub(label);
            let is_wide = cell.split(' ').any(|word| word.width() > room);
            let indent = if is_wide { BETWEEN } else { label };
            let mut before = format!("{heading}{}", " ".repeat(label.saturating_sub(heading.width())));
            if is_wide {
                text.push_str(heading);
                text.push('\n');
                before = " ".repeat(indent);
            }
            for line in broken(cell, most.saturating_sub(indent)) {
                text.push_str(before.as_str());
                text.push_str(&line);
                text.push('\n');
                before = " ".repeat(indent);
            }
        }
    }
    text
}

/// A sentence in lines that fit the terminal.
pub(crate) fn prose(text: &str) -> String {
    broken(text, sink::columns().unwrap_or(usize::MAX)).join("\n")
}

/// Lines that begin with a title, as `sent       ops`, in lines that fit the terminal: what goes on stands below what the
/// title is of. A command stays on its line, for it is to be pasted.
pub(crate) fn titled(text: &str) -> String {
    sink::columns().map_or_else(|| text.to_owned(), |most| hanging(text, most))
}

fn hanging(text: &str, most: usize) -> String {
    let mut written = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let line = line.strip_suffix('\n').unwrap_or(line);
        let margin = line.find("  ").map_or(0, |at| line.len().saturating_sub(line[at..].trim_start().len()));
        let (title, rest) = line.split_at(margin);
        let indent = width(title);
        if width(line) <= most || line.contains("certnotify ") || indent > most / 2 {
            written.push_str(line);
            written.push('\n');
            continue;
        }
        let mut before = title.to_owned();
        for part in broken(rest, most.saturating_sub(indent)) {
            written.push_str(format!("{before}{part}").trim_end());
            written.push('\n');
            before = " ".repeat(indent);
        }
    }
    written
}

/// Lines of at most `most` columns, each of whole words: a longer word stands out of its column.
pub(crate) fn broken(text: &str, most: usize) -> Vec<String> {
    if width(text) <= most {
        return vec![text.to_owned()];
    }
    let mut lines = vec![String::new()];
    let mut used = 0_usize;
    for word in text.split(' ') {
        let wide = width(word);
        match lines.last_mut() {
            Some(line) if line.is_empty() => {
                line.push_str(word);
                used = wide;
            }
            Some(line) if used.saturating_add(1).saturating_add(wide) <= most => {
                line.push(' ');
                line.push_str(word);
                used = used.saturating_add(1).saturating_add(wide);
            }
            _ => {
                lines.push(word.to_owned());
                used = wide;
            }
        }
    }
    lines
}

/// Columns that a text takes on a terminal.
pub(crate) fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.width() }
}

fn line<'c>(cells: impl Iterator<Item = &'c str>, widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, width) in cells.zip(widths) {
        line.push_str(cell);
        line.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.width()).saturating_add(BETWEEN)));
    }
    line.truncate(line.trim_end().len());
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table<const N: usize>(most: Option<usize>, headings: [&str; N], rows: &[[String; N]]) -> String {
        within(most, &headings, &rows.iter().map(<[String; N]>::as_slice).collect::<Vec<_>>())
    }

    #[test]
    fn a_wide_character_takes_two_columns() {
        let rows = [["运维群".to_owned(), "a".to_owned()], ["ops".to_owned(), String::new()]];
        assert_eq!(columns(["TO", "WHAT"], &rows), "TO      WHAT\n运维群  a\nops\n");
    }

    #[test]
    fn a_narrow_terminal_breaks_rows_between_words_and_no_word() {
        let why = "30 days before its end, now with 17 days left; held by the window Mon-Fri 03:00-03:01";
        let row = |to: &str, what: &str| ["Mon 2026-11-30 03:00 UTC", to, "email, inbox", what, why].map(str::to_owned);
        let rows = [row("ops", "fleet/*.example.com"), row("运维群、值班", "支付网关证书/api.example.com")];
        for most in [40, 44, 60, 80, 100, 140] {
            let text = table(Some(most), ["WHEN", "TO", "BY", "WHAT", "WHY"], &rows);
            assert!(text.lines().all(|line| line.width() <= most), "{most}:\n{text}");
            for word in rows.iter().flatten().flat_map(|cell| cell.split(' ')) {
                assert!(text.split_whitespace().any(|shown| shown == word), "{word} in\n{text}");
            }
        }
        let headings = ["WHEN", "TO", "BY", "WHAT", "WHY"];
        assert_eq!(table(Some(240), headings, &rows), table(None, headings, &rows));
        let long = [["x".repeat(90)]];
        assert_eq!(table(Some(40), ["NAME"], &long), format!("NAME\n  {}\n", "x".repeat(90)), "a word stays whole");
    }

    #[test]
    fn a_line_with_a_title_goes_on_below_what_it_is_of() {
        let text = "looked at  312 certificates in 1.9 s: 297 need nothing, 14 are due\n\nnext       Mon\n";
        assert_eq!(
            hanging(text, 40),
            "looked at  312 certificates in 1.9 s:\n           297 need nothing, 14 are due\n\nnext       Mon\n"
        );
        assert_eq!(hanging(text, 90), text);
        assert_eq!(hanging("网关  一 二 三 四\n", 12), "网关  一 二\n      三 四\n");
        let long = "支付网关证书生产环境   /etc/ssl/证书.pem\n";
        for most in 1..60 {
            assert_eq!(hanging(long, most), long, "{most}");
        }
        let command = "read it    certnotify --policies /etc/a-long-path/policies.toml inbox anna\n";
        assert_eq!(hanging(command, 30), command);
    }

    #[test]
    fn what_does_not_fit_side_by_side_stands_below_each_other() {
        let rows = [["2026-11-30", "a/very-long-name.of.a.host.example.com", ""].map(str::to_owned)];
        let text = table(Some(40), ["WHEN", "WHAT", "WHY"], &rows);
        assert_eq!(text, "WHEN  2026-11-30\nWHAT\n  a/very-long-name.of.a.host.example.com\n");
    }
}
