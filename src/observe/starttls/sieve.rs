//! ManageSieve (RFC 5804 §2.2): STARTTLS.

use super::Fault;
use super::dialogue::{Dialogue, shown};

/// Servers have fewer capabilities.
const MOST_LINES: usize = 100;

pub(super) fn begin(dialogue: &mut Dialogue<'_>) -> Result<(), Fault> {
    let mut offers = false;
    for _ in 0..MOST_LINES {
        let line = dialogue.line()?;
        if let Some(capability) = line.strip_prefix('"') {
            let name = capability.split('"').next().unwrap_or_default();
            offers |= name.eq_ignore_ascii_case("STARTTLS");
        } else if is(&line, "OK") {
            return if offers { start(dialogue) } else { Err(Fault::Refused(String::new())) };
        } else if is(&line, "NO") || is(&line, "BYE") {
            return Err(Fault::TurnedAway(shown(&line)));
        } else {
            return Err(Fault::Unexpected(shown(&line)));
        }
    }
    Err(dialogue.unexpected())
}

fn start(dialogue: &mut Dialogue<'_>) -> Result<(), Fault> {
    dialogue.say("STARTTLS\r\n")?;
    let answer = dialogue.line()?;
    if is(&answer, "OK") { Ok(()) } else { Err(Fault::Refused(shown(&answer))) }
}

fn is(line: &str, word: &str) -> bool {
    line.split([' ', '(']).next().is_some_and(|first| first.eq_ignore_ascii_case(word))
}
