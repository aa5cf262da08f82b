//! `mention`: whom a message calls, as each channel knows its people.

use super::Channel;
use super::fields::{Fields, Refusal};

pub(super) fn read(fields: &mut Fields<'_, '_>, channel: Channel) -> Vec<String> {
    let mut mentions = Vec::new();
    for text in fields.texts("mention").into_iter().flat_map(|texts| texts.value) {
        let name = text.value.strip_prefix('@').unwrap_or(&text.value);
        if let Err(Refusal { message, help }) = check(channel, name) {
            fields.problems.error(text.place, message, help);
        }
        mentions.push(name.to_owned());
    }
    mentions
}

fn check(channel: Channel, name: &str) -> Result<(), Refusal> {
    let is_fine = match channel {
        Channel::Slack => matches!(name, "all" | "channel" | "here") || is_of_slack(name),
        Channel::Discord => matches!(name, "all" | "here") || is_of_discord(name.strip_prefix('&').unwrap_or(name)),
        _ => !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || "<>&\"'()".contains(c)),
    };
    let is_mobile = name.len() == 11 && name.bytes().all(|byte| byte.is_ascii_digit());
    if is_fine && channel == Channel::Lark && is_mobile {
        let help = "write the open_id (`ou_…`) or user_id of the person, or `all`";
        return Err(Refusal::new("Lark robots cannot mention by mobile number", help));
    }
    if is_fine {
        return Ok(());
    }
    let help = match channel {
        Channel::Slack => {
            "write the ID of a member (`U…`, in the menu of the profile) or of a user group (`S…`), `here`, or `all` for \
             the channel"
        }
        Channel::Discord => {
            "write the ID of a user (digits only: Copy User ID in developer mode), `&` and the ID of a role, `here` or \
             `all`"
        }
        _ => "write a mobile number, a user identifier or `all`",
    };
    Err(Refusal::new(format!("`{name}` can be nobody to mention"), help))
}

/// A member, also one of another workspace, or a user group.
fn is_of_slack(name: &str) -> bool {
    let is_identifier = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    name.len() >= 3 && name.starts_with(['U', 'W', 'S']) && name.bytes().all(is_identifier)
}

/// A snowflake.
fn is_of_discord(name: &str) -> bool {
    (15..=20).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_digit())
}
