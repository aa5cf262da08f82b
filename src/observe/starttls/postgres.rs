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
        b"E" => Err(error(dialogue)),
        other => Err(Fault::Unexpected(shown(&String::from_utf8_lossy(other)))),
    }
}

/// Longer than any message.
const LONGEST: u32 = 16 * 1024;

/// An error in place of an answer: before version 3 of the protocol a text that ends with a NUL, since then its length and
/// fields, each a letter and a text. One that is no error of the protocol is what came.
fn error(dialogue: &mut Dialogue<'_>) -> Fault {
    let text = |bytes: &[u8]| shown(&String::from_utf8_lossy(bytes));
    let Ok(head) = dialogue.bytes(4) else { return dialogue.unexpected() };
    let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
    if (5..LONGEST).contains(&length) {
        let rest = usize::try_from(length).unwrap_or_default().saturating_sub(4);
        let Ok(fields) = dialogue.bytes(rest) else { return dialogue.unexpected() };
        let mut fields = fields.split(|byte| *byte == 0);
        let message = fields.find_map(|field| field.strip_prefix(b"M"));
        return message.map_or_else(
            || Fault::Unexpected("it is no PostgreSQL".to_owned()),
            |words| Fault::TurnedAway(text(words)),
        );
    }
    match dialogue.until(&["\0"]) {
        Ok((words, _)) => Fault::TurnedAway(text(&[head.as_slice(), words.trim_end_matches('\0').as_bytes()].concat())),
        Err(_) => Fault::Unexpected(text(&[b"E", head.as_slice()].concat())),
    }
}
