//! Slack's incoming webhooks.

use super::mention::{self, mention};
use super::spec::SECOND;
use super::table::{CA_FILE, MENTION_WITHIN, PROXY, WEBHOOK};
use super::{Form, Hosts, Objection, Spec, Table};

pub(super) static SPEC: Spec = Spec { table: Some(TABLE), limits: &[(1, SECOND)], ..Spec::new(Form::Page) };

const TABLE: Table = Table {
    hosts: Some(Hosts { names: &["hooks.slack.com", "hooks.slack-gov.com"], path: "/services/", parameter: "" }),
    ..Table::new(&[
        WEBHOOK,
        mention(
            "Who is mentioned: IDs of members (`U…`) or of user groups (`S…`), `here`, or `all` for the channel.",
            objection_to_mention,
        ),
        MENTION_WITHIN,
        CA_FILE,
        PROXY,
    ])
};

/// A member, also one of another workspace, or a user group.
fn objection_to_mention(name: &str) -> Option<Objection> {
    let is_identifier = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let is_person = name.len() >= 3 && name.starts_with(['U', 'W', 'S']) && name.bytes().all(is_identifier);
    mention::unless(
        matches!(name, "all" | "channel" | "here") || is_person,
        name,
        "write the ID of a member (`U…`, in the menu of the profile) or of a user group (`S…`), `here`, or `all` for \
         the channel",
    )
}
