//! NNTP (RFC 4642): STARTTLS.

use super::Fault;
use super::dialogue::{Dialogue, shown};

pub(super) fn begin(dialogue: &mut Dialogue<'_>) -> Result<(), Fault> {
    let greeting = dialogue.line()?;
    match greeting.get(..3) {
        Some("200" | "201") => {}
        Some("400" | "502") => return Err(Fault::TurnedAway(shown(&greeting))),
        _ => return Err(Fault::Unexpected(shown(&greeting))),
    }
    dialogue.say("STARTTLS\r\n")?;
    let answer = dialogue.line()?;
    if answer.starts_with("382") { Ok(()) } else { Err(Fault::Refused(shown(&answer))) }
}
