//! What a certificate may be used for: the extended key usage extension (RFC 5280 §4.2.1.12).

use super::ber::element;
use super::ber;

/// The tag of an object identifier.
const OBJECT_IDENTIFIER: u8 = 0x06;
/// 1.3.6.1.5.5.7.3, under which the usual ones stand.
const KEY_PURPOSES: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03];

/// The usages in their order; a broken extension says nothing.
pub(super) fn read(value: &[u8]) -> Vec<String> {
    let Some((0x30, mut rest, _)) = element(value) else { return Vec::new() };
    let mut usages = Vec::new();
    while let Some((tag, content, after)) = element(rest) {
        if tag == OBJECT_IDENTIFIER {
            usages.push(name(content));
        }
        rest = after;
    }
    usages
}

fn name(identifier: &[u8]) -> String {
    let known = match identifier.strip_prefix(KEY_PURPOSES) {
        Some([1]) => "serverAuth",
        Some([2]) => "clientAuth",
        Some([3]) => "codeSigning",
        Some([4]) => "emailProtection",
        Some([8]) => "timeStamping",
        Some([9]) => "OCSPSigning",
        _ if identifier == [0x55, 0x1d, 0x25, 0x00] => "any",
        _ => return ber::dotted(identifier),
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usages_are_named_and_others_are_dotted() {
        let server_and_other = [0x30, 0x11, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1, 6, 5, 0x2a, 0x86, 0x48, 0x86, 0xf7];
        assert_eq!(read(&server_and_other)[0], "serverAuth");
        assert_eq!(read(&[0x30, 6, 6, 4, 0x55, 0x1d, 0x25, 0]), ["any"]);
        assert_eq!(read(&[0x30, 4, 6, 2, 0x2a, 3]), ["1.2.3"]);
    }

    #[test]
    fn broken_extensions_say_nothing() {
        for broken in [&[][..], &[0x30], &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], &[6, 1, 0x2a], &[0x30, 2, 6, 9]] {
            assert_eq!(read(broken), [""; 0]);
        }
    }
}
