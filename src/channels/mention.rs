//! `mention`: whom a message calls, as each channel knows its people.

use super::table::{Role, TableKey};

/// `mention` of a channel that knows its people by such names.
pub(super) const fn mention(meaning: &'static str, is_name: fn(&str) -> bool, help: &'static str) -> TableKey {
    TableKey { is_right: is_name, ..TableKey::optional("mention", Role::Mention(help), meaning) }
}

/// A mobile number, a user identifier or `all`.
pub(super) const OF_A_ROBOT: TableKey = mention(
    "Who is mentioned: mobile numbers or user identifiers as the vendor has them; `all` for the whole group.",
    is_identifier,
    "write a mobile number, a user identifier or `all`",
);

/// Whether it could be the identifier of a person.
pub(super) fn is_identifier(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || "<>&\"'()".contains(c))
}
