//! What a payload says, and whether its service takes it.

use certnotify::policy::Channel;
use serde_json::Value;

use crate::support::chat_vendors::{SERVICES, is_for_phones, is_for_services, is_taken, is_well_formed};

/// What people read of a payload, without the marks around it.
pub(super) fn said(payload: &Value) -> String {
    fn collect(value: &Value, said: &mut String) {
        match value {
            Value::Object(members) => members.iter().for_each(|(key, member)| match member {
                Value::String(text)
                    if ["text", "content", "description", "title", "message", "body", "desp"].contains(&&**key) =>
                {
                    said.push_str(text);
                }
                other => collect(other, said),
            }),
            Value::Array(items) => items.iter().for_each(|item| collect(item, said)),
            _ => {}
        }
    }
    let mut said = String::new();
    collect(payload, &mut said);
    // One asterisk is bold in Google Chat, but for that of a wildcard.
    let is_mark = |rest: &str| rest.starts_with('*') && !rest.starts_with("*.");
    let said = said.replace("**", "").replace('\\', "");
    said.char_indices().filter(|(at, _)| !is_mark(&said[*at..])).map(|(_, character)| character).collect()
}

/// The vendor takes it, with room for what delivery adds.
pub(super) fn is_inside(channel: Channel, payload: &Value) -> bool {
    let body = payload.to_string().len();
    match channel {
        Channel::WeCom => payload["markdown"]["content"].as_str().is_some_and(|content| content.len() <= 3900),
        // The server takes 20 KB; 200 bytes are left for a timestamp and a signature.
        Channel::Lark => body <= 17_800,
        Channel::Teams => body <= 20_000,
        Channel::Slack | Channel::Discord => is_well_formed(channel, payload).is_ok(),
        Channel::Telegram | Channel::Ntfy | Channel::Gotify => {
            let length = |key: &str| payload[key].as_str().map_or(usize::MAX, str::len);
            let units = payload["text"].as_str().map_or(0, |text| text.encode_utf16().count());
            let is_short = match channel {
                Channel::Telegram => units <= 3_900,
                Channel::Ntfy => length("message") <= 3_900,
                _ => length("message") <= 12_000,
            };
            is_short && is_for_phones(channel, payload).is_ok()
        }
        Channel::Mattermost | Channel::GoogleChat | Channel::Pushover | Channel::Bark => {
            is_taken(channel, payload).is_ok()
        }
        _ if SERVICES.contains(&channel) => is_for_services(channel, payload).is_ok(),
        _ => body <= 18_000,
    }
}
