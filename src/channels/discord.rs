//! Discord's webhooks.

use super::mention::{self, mention};
use super::spec::{MINUTE, SECOND};
use super::table::{CA_FILE, MENTION_WITHIN, PROXY, WEBHOOK};
use super::{Form, Hosts, Objection, Spec, Table, WebAddress};

pub(super) static SPEC: Spec =
    Spec { table: Some(TABLE), limits: &[(2, SECOND), (26, MINUTE)], ..Spec::new(Form::Page) };

const TABLE: Table = Table {
    hosts: Some(Hosts {
        names: &["discord.com", "discordapp.com", "canary.discord.com", "ptb.discord.com"],
        path: "/api/webhooks/",
        parameter: "",
    }),
    check_address,
    ..Table::new(&[
        WEBHOOK,
        mention(
            "Who is mentioned: IDs of users, `&` and the ID of a role, `here`, or `all` for @everyone.",
            objection_to_mention,
        ),
        MENTION_WITHIN,
        CA_FILE,
        PROXY,
    ])
};

fn check_address(address: &WebAddress<'_>) -> Option<Objection> {
    Objection::unless(
        !address.path.ends_with("/slack") && !address.path.ends_with("/github"),
        "by this address Discord takes messages made for another service",
        "write the address as Discord shows it, without the /slack or /github at its end",
    )
}

/// A snowflake, of a user or a role.
fn objection_to_mention(name: &str) -> Option<Objection> {
    let number = name.strip_prefix('&').unwrap_or(name);
    let is_snowflake = (15..=20).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    mention::unless(
        matches!(name, "all" | "here") || is_snowflake,
        name,
        "write the ID of a user (digits only: Copy User ID in developer mode), `&` and the ID of a role, `here` or \
         `all`",
    )
}
