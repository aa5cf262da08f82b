//! What wrote a file that stands where the state should.

use serde_json::Value;

/// What bytes that are no state may have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// They begin as a state does, or are one with something wrong in it.
    State,
    /// They are a whole JSON document that was never a state.
    OtherProgram,
    Unknown,
}

pub(super) fn of(bytes: &[u8]) -> Origin {
    if begins_as_state(bytes) {
        return Origin::State;
    }
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(written))
            if written.contains_key("version") && written.get("policies").is_some_and(Value::is_string) =>
        {
            Origin::State
        }
        Ok(_) => Origin::OtherProgram,
        Err(_) => Origin::Unknown,
    }
}

/// Whether the whole beginning that [`Document::write`] writes is there.
fn begins_as_state(bytes: &[u8]) -> bool {
    let rest = bytes.strip_prefix(b"{\n  \"version\": ").unwrap_or_default();
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    digits > 0 && rest[digits..].starts_with(b",\n  \"policies\": \"")
}

/// Whether bytes may be the first of a state that was being written: in a reserved file they are zero until then.
pub(super) fn may_begin_state(bytes: &[u8]) -> bool {
    const BEGINNING: &[u8] = b"{\n  \"version\": ";
    let written = &bytes[..bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len())];
    written.starts_with(BEGINNING) || BEGINNING.starts_with(written)
}
