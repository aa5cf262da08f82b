//! Applications of Gotify: a title, plain text, and how loud it is.

use serde_json::{Value, json};

use super::chat::{Page, Vendor};
use super::digest::Tier;
use super::plain;

/// Of the message in bytes; the server sets no limit, but a phone is no place for more.
const BUDGET: usize = 12_000;

pub(super) struct Gotify;

impl Vendor for Gotify {
    fn escape(&self) -> fn(&str) -> String {
        plain::escape
    }

    fn is_for_phones(&self) -> bool {
        true
    }

    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        let payload = json!({
            "title": page.title,
            "message": plain::text(page),
            "priority": priority(page.tier),
            "extras": { "client::display": { "contentType": "text/plain" } },
        });
        (payload, None)
    }

    fn fits(&self, payload: &Value) -> bool {
        payload["message"].as_str().is_some_and(|message| message.len() <= BUDGET)
    }
}

/// From 0 to 10: the app is silent below 4 and takes the screen from 8 on.
fn priority(tier: Option<Tier>) -> u8 {
    match tier {
        Some(Tier::Expired) => 10,
        Some(Tier::Within7 | Tier::Urgent) => 8,
        Some(Tier::Within30 | Tier::Later) | None => 5,
        Some(Tier::Calm) => 2,
    }
}
