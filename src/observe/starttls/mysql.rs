//! MySQL and MariaDB: the request for TLS of their protocol.

use super::Fault;
use super::dialogue::{Dialogue, shown};

const PROTOCOL_VERSION: u8 = 10;
const ERROR: u8 = 0xff;
const CLIENT_SSL: u16 = 0x0800;
/// Longer than any greeting.
const LONGEST: usize = 16 * 1024;

pub(super) fn begin(dialogue: &mut Dialogue<'_>) -> Result<(), Fault> {
    let head = dialogue.bytes(4)?;
    let length = usize::from(head[0]) | usize::from(head[1]) << 8 | usize::from(head[2]) << 16;
    if length == 0 || length > LONGEST {
        return Err(Fault::Unexpected(shown(&String::from_utf8_lossy(&head))));
    }
    let greeting = dialogue.bytes(length)?;
    let text = |bytes: &[u8]| shown(&String::from_utf8_lossy(bytes));
    match greeting.first() {
        Some(&PROTOCOL_VERSION) => {}
        // Its number, and why: too many errors from this host, for one.
        Some(&ERROR) => return Err(Fault::TurnedAway(text(greeting.get(3..).unwrap_or_default()))),
        _ => return Err(Fault::Unexpected(text(&greeting))),
    }
    match capabilities(&greeting) {
        None => Err(Fault::Unexpected(text(&greeting))),
        Some(capabilities) if capabilities & CLIENT_SSL == 0 => Err(Fault::Refused(String::new())),
        Some(_) => dialogue.say(request(head[3].wrapping_add(1))),
    }
}

/// The lower half of what the server can do: it stands after its version and its first salt.
fn capabilities(greeting: &[u8]) -> Option<u16> {
    let end_of_version = greeting.iter().position(|byte| *byte == 0)?;
    let start = end_of_version + 1 + 4 + 8 + 1;
    let bytes = greeting.get(start..start + 2)?;
    Some(u16::from_le_bytes([bytes[0], bytes[1]]))
}

/// A packet that asks for TLS, in protocol 4.1 and UTF-8.
fn request(sequence: u8) -> Vec<u8> {
    const PROTOCOL_41: u32 = 0x0200;
    const SECURE_CONNECTION: u32 = 0x8000;
    const LARGEST_PACKET: u32 = 1 << 24;
    const UTF8_MB4: u8 = 45;
    let mut packet = vec![32, 0, 0, sequence];
    packet.extend((u32::from(CLIENT_SSL) | PROTOCOL_41 | SECURE_CONNECTION).to_le_bytes());
    packet.extend(LARGEST_PACKET.to_le_bytes());
    packet.push(UTF8_MB4);
    packet.extend([0; 23]);
    packet
}
