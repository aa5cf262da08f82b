//! Topics of ntfy: a title, plain text, and how loud it is.

use serde_json::{Value, json};

use super::chat::{Page, Vendor};
use super::digest::Tier;
use super::plain;

/// Of the message in bytes; the server makes an attachment of more than 4096.
const BUDGET: usize = 3_900;

pub(super) struct Ntfy;

impl Vendor for Ntfy {
    fn escape(&self) -> fn(&str) -> String {
        plain::escape
    }

    fn is_for_phones(&self) -> bool {
        true
    }

    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        let (priority, tags) = loudness(page.tier);
        let payload = json!({
            "title": page.title,
            "message": plain::text(page),
            "priority": priority,
            "tags": tags,
            "markdown": false,
        });
        (payload, None)
    }

    fn fits(&self, payload: &Value) -> bool {
        payload["message"].as_str().is_some_and(|message| message.len() <= BUDGET)
    }
}

/// The priority, from 1 to 5, and the words that the apps show as pictures.
fn loudness(tier: Option<Tier>) -> (u8, &'static [&'static str]) {
    match tier {
        Some(Tier::Expired) => (5, &["rotating_light"]),
        Some(Tier::Within7 | Tier::Urgent) => (4, &["warning"]),
        Some(Tier::Within30 | Tier::Later) => (3, &["hourglass_flowing_sand"]),
        Some(Tier::Calm) => (2, &["information_source"]),
        None => (3, &[]),
    }
}
