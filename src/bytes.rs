//! Fields of binary forms, read one after another, and integers of any length: the only file that names their crate.

pub(crate) use num_bigint::{BigInt, BigUint};

/// What is still to be read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a>(pub &'a [u8]);

impl<'a> Cursor<'a> {
    /// The next `length` bytes; where there are fewer, none is taken.
    pub(crate) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// The number in the next `width` bytes, the highest first; at most eight of them, and only where `N` can hold it.
    pub(crate) fn number<N: TryFrom<u64>>(&mut self, width: usize) -> Option<N> {
        let bytes = self.take(width)?;
        N::try_from(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))).ok()
    }

    /// A length of `width` bytes, and as many bytes behind it.
    pub(crate) fn counted(&mut self, width: usize) -> Option<&'a [u8]> {
        let length = self.number(width)?;
        self.take(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_in_their_order_and_none_beyond_the_end() {
        let mut bytes = Cursor(&[1, 2, 0, 2, 7, 8, 9, 0xff]);
        assert_eq!(bytes.number(2), Some(0x0102_u16));
        assert_eq!(bytes.counted(2), Some(&[7, 8][..]));
        assert_eq!(bytes.take(3), None);
        assert_eq!(bytes.clone().number::<u8>(2), None, "a number that is too large");
        assert_eq!(bytes.number(1), Some(9_u8));
        assert_eq!(bytes.counted(1), None, "a length beyond the end");
        assert_eq!(bytes.number::<u64>(1), None);
    }
}
