//! The serial number as people compare it.

/// Lower-case hexadecimal of the integer, without leading zeros, `-` before a negative one.
pub(super) fn serial(bytes: &[u8]) -> String {
    let is_negative = bytes.first().is_some_and(|first| first & 0x80 != 0);
    let mut magnitude = bytes.to_vec();
    if is_negative {
        // Two's complement: the magnitude is the inverse plus one.
        let mut carry = true;
        for byte in magnitude.iter_mut().rev() {
            let (sum, overflow) = (!*byte).overflowing_add(u8::from(carry));
            (*byte, carry) = (sum, overflow);
        }
    }
    let mut text = String::with_capacity(2 * magnitude.len() + 1);
    for byte in magnitude {
        text.extend([byte >> 4, byte & 0xf].map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])));
    }
    let digits = text.trim_start_matches('0');
    match (digits, is_negative) {
        ("", _) => "0".to_owned(),
        (digits, true) => format!("-{digits}"),
        (digits, false) => digits.to_owned(),
    }
}
