//! PostgreSQL: the request for TLS of its protocol.

use super::Fault;
use super::dialogue::{Dialogue, shown};

/// Its length and the number that stands for the request.
const REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

pub(super) fn begin(dialogue: &mut Dialogue<'_>) -> Result<(), Fault> {
    dialogue.say(REQUEST)?;
    let answer = dialogue.bytes(1)?;
    match answer.as_slice() {
        b"S" => Ok(()),
        b"N" => Err(Fault::Refused(String::new())),
        other => Err(Fault::Unexpected(shown(&String::from_utf8_lossy(other)))),
    }
}
