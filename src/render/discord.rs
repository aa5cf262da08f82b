//! Discord's webhooks: embeds.

use serde_json::{Value, json};

use super::chat::pieces::{lines, packed, units};
use super::chat::{ChatRow, Layout, Page, Vendor};
use super::columns::cut;
use super::digest::Tier;
use super::untrusted;

/// Of a title; the server refuses more.
const TITLE: usize = 256;
/// Of one description; the server takes 4096.
const DESCRIPTION: usize = 4_000;
/// Of all embeds; the server takes 6000.
const WHOLE: usize = 5_800;
/// The server takes 10.
const EMBEDS: usize = 10;
/// Of the text that mentions people; the server takes 2000, and 100 of each kind.
const CONTENT: usize = 1_900;
const PEOPLE: usize = 100;

pub(super) struct Discord;

impl Vendor for Discord {
    fn escape(&self) -> fn(&str) -> String {
        untrusted::discord
    }

    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        let color = match page.tier {
            Some(Tier::Expired) => 0x00D9_3026,
            Some(Tier::Within7 | Tier::Urgent) => 0x00E8_710A,
            _ => 0x001A_73E8,
        };
        let rows = page.rows.iter().map(|row| self::row(row, page.layout));
        let between = if page.layout == Layout::Dense { "\n" } else { "\n\n" };
        let rows = rows.enumerate().map(|(nth, row)| (if nth == 0 { "\n\n" } else { between }, row));
        let mut embeds: Vec<Value> = packed(lines(&page.head).chain(rows), DESCRIPTION)
            .into_iter()
            .map(|description| json!({ "description": description, "color": color }))
            .collect();
        if embeds.is_empty() {
            embeds.push(json!({ "color": color }));
        }
        embeds[0]["title"] = Value::from(cut(&page.heading, TITLE));
        if !page.footer.is_empty() {
            embeds.push(json!({ "description": page.footer.join("\n") }));
        }
        let people = People::of(&page.mentions);
        let mut payload = json!({ "embeds": embeds, "allowed_mentions": people.allowed() });
        if !people.content.is_empty() {
            payload["content"] = Value::from(people.content);
        }
        (payload, None)
    }

    fn fits(&self, payload: &Value) -> bool {
        let Some(embeds) = payload["embeds"].as_array() else { return false };
        let units = |value: &Value| value.as_str().map_or(0, units);
        let all: usize = embeds.iter().map(|embed| units(&embed["title"]) + units(&embed["description"])).sum();
        embeds.len() <= EMBEDS && all <= WHOLE && embeds.iter().all(|embed| units(&embed["description"]) <= DESCRIPTION)
    }
}

fn row(row: &ChatRow, layout: Layout) -> String {
    let ChatRow { number, label, left, left_short, date, .. } = row;
    let left = match row.tier {
        Tier::Expired | Tier::Within7 | Tier::Urgent => format!("**{left}**"),
        Tier::Within30 | Tier::Later | Tier::Calm => left.clone(),
    };
    match layout {
        Layout::Rich => [format!("**{number}.** **{label}** {left}")]
            .into_iter()
            .chain(row.lines.iter().cloned())
            .collect::<Vec<_>>()
            .join("\n"),
        Layout::Medium => format!("**{number}.** {label} {left}\n{}", row.facts()),
        Layout::Dense => format!("{left_short} {label} {date}"),
    }
}

/// Who is mentioned: the text that does so, and the leave to.
#[derive(Default)]
struct People<'a> {
    content: String,
    users: Vec<&'a str>,
    roles: Vec<&'a str>,
    has_everyone: bool,
}

impl<'a> People<'a> {
    fn of(mentions: &'a [String]) -> Self {
        let mut people = Self::default();
        for mention in mentions {
            let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let (mark, known) = match (mention.as_str(), mention.strip_prefix('&')) {
                ("all", _) => ("@everyone".to_owned(), None),
                ("here", _) => ("@here".to_owned(), None),
                (_, Some(role)) if is_number(role) => (format!("<@&{role}>"), Some((&mut people.roles, role))),
                (user, None) if is_number(user) => (format!("<@{user}>"), Some((&mut people.users, user))),
                _ => continue,
            };
            if units(&people.content) + 1 + mark.len() > CONTENT {
                continue;
            }
            match known {
                None => people.has_everyone = true,
                Some((known, _)) if known.len() == PEOPLE => continue,
                Some((known, one)) => known.push(one),
            }
            let space = if people.content.is_empty() { "" } else { " " };
            people.content = format!("{}{space}{mark}", people.content);
        }
        people
    }

    /// Without it the server would look for mentions in every text.
    fn allowed(&self) -> Value {
        let parse: &[&str] = if self.has_everyone { &["everyone"] } else { &[] };
        json!({ "parse": parse, "users": self.users, "roles": self.roles })
    }
}
