//! What may be the name of a contact, a policy or an entry.

use super::printable::is_unprintable;
use super::refusal::Refusal;

const LONGEST: usize = 64;

/// Of a contact or a policy.
pub(super) fn of_table(name: &str) -> Result<String, Refusal> {
    if name.contains('/') {
        return Err(refusal(name, "it holds a `/`"));
    }
    of_entry(name)
}

/// Of an entry, which may hold `/`.
pub(super) fn of_entry(name: &str) -> Result<String, Refusal> {
    let length = name.chars().count();
    if name.trim().is_empty() || length > LONGEST {
        return Err(refusal(name, &format!("it has {length} characters, where 1 to {LONGEST} may stand")));
    }
    if name.chars().any(is_unprintable) {
        return Err(refusal(name, "it holds a character that cannot be printed"));
    }
    if name.starts_with('.') {
        return Err(refusal(name, "it begins with a dot"));
    }
    Ok(name.to_owned())
}

fn refusal(name: &str, reason: &str) -> Refusal {
    let shown: String = name.chars().take(LONGEST).collect();
    let rule = "a name is 1 to 64 characters, none of them a control character, and begins with no dot; only a \
                certificate's may hold `/`";
    Refusal::new(format!("`{shown}` can be no name: {reason}"), rule)
}
