//! Text for rooms whose Markdown mentions people by `<…>` and by `@name`.

use super::page::{ChatRow, Layout, Page};
use crate::text::untrusted::{is_dns_shaped, substituted};

/// Clean text for Markdown in which also `<!channel>` and `<@name>` mention: what could mention, link or draw is replaced by
/// its likeness. A name without a space is code as well, so that no link is made of it.
pub(super) fn escape(text: &str) -> String {
    if is_dns_shaped(text) && text.contains('.') {
        return format!("`{text}`");
    }
    let plain = substituted(text);
    let is_name = !text.contains(char::is_whitespace) && text.contains(['.', '/', ':']);
    // In code an underscore draws nothing.
    if is_name { format!("`{}`", plain.replace('＿', "_")) } else { plain }
}

/// A page in Markdown; `bold` stands around what is strong, and `people` are written as the service mentions them.
pub(super) fn text(page: &Page, bold: &str, people: &[String]) -> String {
    // Between single asterisks code is shown as it is written.
    let is_bare = bold == "*" && page.heading.contains('`');
    let heading = if is_bare { page.heading.clone() } else { format!("{bold}{}{bold}", page.heading) };
    let mut parts = vec![heading];
    parts.extend(page.head.iter().map(|line| line.replace("**", bold)));
    let rows = page.rows.iter().map(|row| self::row(row, page.layout, bold));
    match page.layout {
        Layout::Dense if !page.rows.is_empty() => parts.push(rows.collect::<Vec<_>>().join("\n")),
        _ => parts.extend(rows),
    }
    if !page.footer.is_empty() {
        parts.push(page.footer.join("\n"));
    }
    if !people.is_empty() {
        parts.push(people.join(" "));
    }
    parts.join("\n\n")
}

/// For renderers that make one line of the lines of a paragraph.
pub(super) fn with_hard_breaks(text: &str) -> String {
    let paragraphs: Vec<String> = text.split("\n\n").map(|paragraph| paragraph.replace('\n', "  \n")).collect();
    paragraphs.join("\n\n")
}

fn row(row: &ChatRow, layout: Layout, bold: &str) -> String {
    let ChatRow { number, label, left, left_short, date, .. } = row;
    let left = if row.is_pressing() { format!("{bold}{left}{bold}") } else { left.clone() };
    match layout {
        Layout::Rich => {
            let first = format!("{bold}{number}.{bold} {label} {left}");
            [first].into_iter().chain(row.lines.iter().cloned()).collect::<Vec<_>>().join("\n")
        }
        Layout::Medium => format!("{bold}{number}.{bold} {label} {left}\n{}", row.facts()),
        Layout::Dense => format!("{left_short} {label} {date}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_code_and_markup_is_not() {
        assert_eq!(escape("*.a_b.example"), "`*.a_b.example`");
        assert_eq!(escape("/srv/a_b|c`.pem"), "`/srv/a_b｜cˋ.pem`");
        assert_eq!(escape("<!channel> @all ~town"), "＜！channel＞ ＠all ～town");
        assert_eq!(escape("<!channel|.>"), "`＜！channel｜.＞`");
        assert_eq!(escape("Example CA"), "Example CA");
    }
}
