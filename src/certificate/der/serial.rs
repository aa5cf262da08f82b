//! The serial number as people compare it.

use std::fmt::Write as _;

use crate::text::hex;

/// Lower-case hexadecimal of the integer, without leading zeros, `-` before a negative one.
pub(in crate::certificate) fn serial(bytes: &[u8]) -> String {
    if bytes.first().is_some_and(|first| first & 0x80 != 0) {
        // Two's complement: the magnitude is the inverse plus one.
        let mut magnitude = bytes.to_vec();
        let mut carry = true;
        for byte in magnitude.iter_mut().rev() {
            let (sum, overflow) = (!*byte).overflowing_add(u8::from(carry));
            (*byte, carry) = (sum, overflow);
        }
        return format!("-{}", digits(&magnitude));
    }
    digits(bytes)
}

fn digits(magnitude: &[u8]) -> String {
    let first = magnitude.iter().position(|byte| *byte != 0);
    let mut text = hex(first.map_or(&[0], |first| &magnitude[first..]));
    if text.starts_with('0') {
        text.remove(0);
    }
    text
}

/// The same number in decimal, from its hexadecimal digits.
#[must_use]
pub fn decimal(serial: &str) -> String {
    const BASE: u64 = 1_000_000_000_000_000_000;
    let (sign, digits) = serial.strip_prefix('-').map_or(("", serial), |digits| ("-", digits));
    // Least significant first, each below `BASE`.
    let mut limbs = vec![0_u64];
    for digit in digits.chars().filter_map(|digit| digit.to_digit(16)) {
        let mut carry = u64::from(digit);
        for limb in &mut limbs {
            // Below 16 * 10^18 + 16, which a u64 holds.
            let sum = *limb * 16 + carry;
            (*limb, carry) = (sum % BASE, sum / BASE);
        }
        if carry > 0 {
            limbs.push(carry);
        }
    }
    let (first, rest) = limbs.split_last().unwrap_or((&0, &[]));
    let mut text = format!("{sign}{first}");
    for limb in rest.iter().rev() {
        let _ = write!(text, "{limb:018}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_is_the_same_number_in_decimal() {
        assert_eq!(decimal("0"), "0");
        assert_eq!(decimal("4ab1c0"), "4895168");
        assert_eq!(decimal("-1f"), "-31");
        assert_eq!(decimal("de0b6b3a7640000"), "1000000000000000000");
        assert_eq!(
            decimal("ffffffffffffffffffffffffffffffffffffffff"),
            "1461501637330902918203684832716283019655932542975"
        );
        assert_eq!(decimal(""), "0");
    }
}
