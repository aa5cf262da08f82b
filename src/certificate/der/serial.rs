//! The serial number as people compare it.

use crate::bytes::BigInt;

/// Lower-case hexadecimal of the integer, without leading zeros, `-` before a negative one.
pub(in crate::certificate) fn serial(bytes: &[u8]) -> String {
    BigInt::from_signed_bytes_be(bytes).to_str_radix(16)
}

/// The same number in decimal, from its hexadecimal digits.
#[must_use]
pub fn decimal(serial: &str) -> String {
    BigInt::parse_bytes(serial.as_bytes(), 16).unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_is_the_same_number_in_decimal() {
        for (bytes, hexadecimal, number) in [
            (&b"\0"[..], "0", "0"),
            (b"\0\x4a\xb1\xc0", "4ab1c0", "4895168"),
            (b"\xe1", "-1f", "-31"),
            (b"\0\xff\xff\xff\xff\xff\xff\xff\xff", "ffffffffffffffff", "18446744073709551615"),
        ] {
            assert_eq!((serial(bytes), decimal(hexadecimal)), (hexadecimal.to_owned(), number.to_owned()));
        }
        assert_eq!(decimal(""), "0");
    }
}
