//! IRC (the `tls` of version 3): STARTTLS.

use super::Fault;
use super::dialogue::{Dialogue, shown};

/// Servers say less before they answer.
const MOST_LINES: usize = 100;

pub(super) fn begin(dialogue: &mut Dialogue<'_>) -> Result<(), Fault> {
    // Its servers wait for the client to begin.
    dialogue.say("STARTTLS\r\n")?;
    for _ in 0..MOST_LINES {
        let line = dialogue.line()?;
        let mut words = line.split_whitespace().filter(|word| !word.starts_with(['@', ':']));
        match words.next() {
            Some("670") => return Ok(()),
            Some("PING") => {
                let token = words.next().or_else(|| line.split_once(':').map(|(_, token)| token)).unwrap_or_default();
                dialogue.say(format!("PONG {token}\r\n"))?;
            }
            Some("NOTICE" | "020") => {}
            Some("ERROR") => return Err(Fault::TurnedAway(shown(&line))),
            // Not known, not registered, none to be had.
            Some("421" | "451" | "691") => return Err(Fault::Refused(shown(&line))),
            _ => return Err(Fault::Unexpected(shown(&line))),
        }
    }
    Err(dialogue.unexpected())
}
