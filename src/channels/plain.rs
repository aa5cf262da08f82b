//! A page as plain text, for services that show nothing else.

use super::page::{ChatRow, Layout, Page};

/// Clean text without what a phone makes a link or a mention of by itself.
pub(crate) fn escape(text: &str) -> String {
    text.replace("://", "：//").replace('@', "＠")
}

/// All of a page, for who asks what is written without its vendor's form.
pub(crate) fn whole(page: &Page) -> String {
    let people: Vec<String> = page.mentions.iter().map(|mention| format!("@{mention}")).collect();
    let parts = [page.title.clone(), text(page), people.join(" ")];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// All of a page but its title.
pub(crate) fn text(page: &Page) -> String {
    let mut parts = Vec::new();
    if !page.head.is_empty() {
        parts.push(page.head.iter().map(|line| line.replace("**", "")).collect::<Vec<_>>().join("\n"));
    }
    let rows: Vec<String> = page.rows.iter().map(|row| self::row(row, page.layout)).collect();
    match page.layout {
        Layout::Dense if !rows.is_empty() => parts.push(rows.join("\n")),
        _ => parts.extend(rows),
    }
    if !page.footer.is_empty() {
        parts.push(page.footer.join("\n"));
    }
    parts.join("\n\n")
}

fn row(row: &ChatRow, layout: Layout) -> String {
    let ChatRow { number, label, left, left_short, date, .. } = row;
    match layout {
        Layout::Rich => {
            [format!("{number}. {label}: {left}")].into_iter().chain(row.lines.clone()).collect::<Vec<_>>().join("\n")
        }
        Layout::Medium => format!("{number}. {label}: {left}\n{}", row.facts()),
        Layout::Dense => format!("{left_short}  {label}  {date}"),
    }
}
