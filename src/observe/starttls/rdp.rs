//! RDP: the negotiation of its security (MS-RDPBCGR §2.2.1.1, §2.2.1.2), in packets of RFC 1006 and X.224.

use super::Fault;
use super::dialogue::{Dialogue, shown};

/// Asks for TLS, also with `CredSSP` inside it (protocols 1, 2 and 8).
const REQUEST: [u8; 19] = [3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 0x0b, 0, 0, 0];
/// The version and the reserved byte of a packet; its length follows.
const PACKET: [u8; 2] = [3, 0];
const CONFIRM: u8 = 0xd0;
/// The packet up to where the answer to the negotiation stands.
const HEAD: usize = 11;
/// A type, flags, a length and a number.
const ANSWER: usize = 8;
const CHOSEN: u8 = 2;
const FAILED: u8 = 3;
/// The security of RDP itself, without TLS.
const STANDARD: u32 = 0;

pub(super) fn begin(dialogue: &mut Dialogue<'_>) -> Result<(), Fault> {
    dialogue.say(REQUEST)?;
    let head = dialogue.bytes(4)?;
    let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
    if !head.starts_with(&PACKET) || !(HEAD..=HEAD + ANSWER).contains(&length) {
        return Err(Fault::Unexpected(shown(&String::from_utf8_lossy(&head))));
    }
    let rest = dialogue.bytes(length - head.len())?;
    if rest.get(1) != Some(&CONFIRM) {
        return Err(Fault::Unexpected("it confirms no connection".to_owned()));
    }
    match rest.get(HEAD - head.len()..) {
        // One that knows no negotiation knows no TLS.
        Some([]) => Err(Fault::Refused(String::new())),
        Some(&[kind, _, _, _, a, b, c, d]) => answer(kind, u32::from_le_bytes([a, b, c, d])),
        _ => Err(Fault::Unexpected("the answer to the negotiation is cut short".to_owned())),
    }
}

fn answer(kind: u8, number: u32) -> Result<(), Fault> {
    match (kind, number) {
        (CHOSEN, STANDARD) => Err(Fault::Refused(String::new())),
        (CHOSEN, _) => Ok(()),
        (FAILED, 2) => Err(Fault::Refused("TLS is not allowed there".to_owned())),
        (FAILED, 3) => Err(Fault::Refused("it has no certificate".to_owned())),
        (FAILED, code) => Err(Fault::TurnedAway(format!("failure {code} of the negotiation"))),
        _ => Err(Fault::Unexpected("it does not answer the negotiation".to_owned())),
    }
}
