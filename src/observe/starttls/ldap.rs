//! LDAP (RFC 4511 §4.14): the extended request to start TLS.

use super::Fault;
use super::dialogue::{Dialogue, shown};
use crate::certificate::Elements;

/// Message 1, an extended request of 1.3.6.1.4.1.1466.20037.
const REQUEST: &[u8] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";
const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const ENUMERATED: u8 = 0x0a;
const OCTET_STRING: u8 = 0x04;
const EXTENDED_RESPONSE: u8 = 0x78;
/// No answer to this request is longer.
const LONGEST: usize = 16 * 1024;

pub(super) fn begin(dialogue: &mut Dialogue<'_>) -> Result<(), Fault> {
    dialogue.say(REQUEST)?;
    let message = message(dialogue)?;
    let wrong = || Fault::Unexpected("it is no LDAP".to_owned());
    let (result, diagnostic) = result(&message).ok_or_else(wrong)?;
    match result {
        0 => Ok(()),
        code => Err(Fault::Refused(shown(&format!("result {code} {}", String::from_utf8_lossy(diagnostic))))),
    }
}

/// The content of the next message, whatever form its length has.
fn message(dialogue: &mut Dialogue<'_>) -> Result<Vec<u8>, Fault> {
    let head = dialogue.bytes(2)?;
    if head[0] != SEQUENCE {
        return Err(Fault::Unexpected(shown(&String::from_utf8_lossy(&head))));
    }
    let length = match head[1] {
        short @ ..=0x7f => usize::from(short),
        long @ 0x81..=0x84 => {
            let digits = dialogue.bytes(usize::from(long & 0x7f))?;
            digits.iter().fold(0, |length, byte| length << 8 | usize::from(*byte))
        }
        _ => return Err(dialogue.unexpected()),
    };
    if length > LONGEST {
        return Err(Fault::Unexpected(format!("an answer of {length} bytes")));
    }
    dialogue.bytes(length)
}

/// The result code and the diagnostic message.
fn result(message: &[u8]) -> Option<(u8, &[u8])> {
    let mut message = Elements(message);
    let _id = message.expect(INTEGER)?;
    let mut response = message.enter(EXTENDED_RESPONSE)?;
    let code = response.expect(ENUMERATED)?;
    let _matched = response.expect(OCTET_STRING)?;
    Some((*code.content.last()?, response.expect(OCTET_STRING)?.content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_in_their_short_and_their_long_forms() {
        let short = b"\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00";
        assert_eq!(result(short), Some((0, &b""[..])));
        let long = b"\x02\x01\x01\x78\x84\x00\x00\x00\x0b\x0a\x01\x34\x04\x00\x04\x84\x00\x00\x00\x00";
        assert_eq!(result(long), Some((0x34, &b""[..])));
        let middle = b"\x02\x01\x01\x78\x81\x09\x0a\x01\x02\x04\x00\x04\x02no";
        assert_eq!(result(middle), Some((2, &b"no"[..])));
        for cut in 0..middle.len() {
            assert_eq!(result(&middle[..cut]), None, "{cut} bytes");
        }
    }
}
