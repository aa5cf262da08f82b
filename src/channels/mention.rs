//! `mention`: whom a message calls, as each channel knows its people.

use super::table::{Objection, Role, TableKey};

/// `mention` of a channel that knows its people by names that `check` judges.
pub(super) const fn mention(meaning: &'static str, check: fn(&str) -> Option<Objection>) -> TableKey {
    TableKey::optional("mention", Role::Mention, meaning).checked(check)
}

/// A mobile number, a user identifier or `all`.
pub(super) const OF_A_ROBOT: TableKey = mention(
    "Who is mentioned: mobile numbers or user identifiers as the vendor has them; `all` for the whole group.",
    objection,
);

/// To anything that could not be the identifier of a person.
pub(super) fn objection(name: &str) -> Option<Objection> {
    let is_fine = !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || "<>&\"'()".contains(c));
    unless(is_fine, name, "write a mobile number, a user identifier or `all`")
}

/// Nothing where the name is fine.
pub(super) fn unless(is_fine: bool, name: &str, help: &'static str) -> Option<Objection> {
    (!is_fine).then(|| Objection::new(format!("`{name}` cannot be mentioned"), help))
}
