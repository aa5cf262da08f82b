//! IMAP (RFC 9051 §6.2.1): STARTTLS.

use super::Fault;
use super::dialogue::{Dialogue, shown};

/// Servers say less before they answer.
const MOST_LINES: usize = 100;

pub(super) fn begin(dialogue: &mut Dialogue<'_>) -> Result<(), Fault> {
    let greeting = dialogue.line()?;
    let word = greeting.strip_prefix("* ").and_then(|rest| rest.split_whitespace().next()).unwrap_or_default();
    match word.to_ascii_uppercase().as_str() {
        "OK" => {}
        // A session that is logged in already cannot change to TLS any more.
        "PREAUTH" => return Err(Fault::Refused(shown(&greeting))),
        "BYE" => return Err(Fault::TurnedAway(shown(&greeting))),
        _ => return Err(Fault::Unexpected(shown(&greeting))),
    }
    dialogue.say("a1 STARTTLS\r\n")?;
    for _ in 0..MOST_LINES {
        let line = dialogue.line()?;
        if line.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("* BYE")) {
            return Err(Fault::TurnedAway(shown(&line)));
        }
        let Some(answer) = line.strip_prefix("a1 ") else { continue };
        let is_ok = answer.get(..2).is_some_and(|word| word.eq_ignore_ascii_case("OK"));
        return if is_ok { Ok(()) } else { Err(Fault::Refused(shown(answer))) };
    }
    Err(dialogue.unexpected())
}
