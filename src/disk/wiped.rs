//! For tests: whether this process still holds a text that it should have wiped.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;

use crate::secret::Zeroizing;

/// A text that is nowhere in memory but where it is used: it is kept turned round, bit by bit.
pub(crate) struct Canary(Vec<u8>);

impl Canary {
    const LENGTH: u8 = 48;

    /// Another one for each number.
    pub(crate) fn new(number: u8) -> Self {
        let letter = |place: u8| b'a' + place.wrapping_mul(7).wrapping_add(number.wrapping_mul(11)) % 26;
        Self((0..Self::LENGTH).map(|place| !letter(place)).collect())
    }

    pub(crate) fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(self.0.len()));
        self.0.iter().for_each(|byte| text.push(char::from(!byte)));
        text
    }

    /// Whether most of it is anywhere in what this process can write to: the allocator puts words of its own over the
    /// beginning of what was given back.
    pub(crate) fn is_in_memory(&self) -> bool {
        let telling = &self.0[16..];
        let memory = File::open("/proc/self/mem").unwrap();
        let maps = fs::read_to_string("/proc/self/maps").unwrap();
        // The heap, and what has no file behind it.
        let is_heap = |line: &&str| line.contains(" rw") && (line.ends_with(" 0 ") || line.ends_with("[heap]"));
        let regions = maps.lines().filter(is_heap);
        regions.filter_map(|line| line.split(' ').next()?.split_once('-')).any(|(start, end)| {
            let [start, end] = [start, end].map(|text| u64::from_str_radix(text, 16).unwrap());
            Self::is_between(&memory, start, end, telling)
        })
    }

    fn is_between(memory: &File, start: u64, end: u64, telling: &[u8]) -> bool {
        let mut bytes = vec![0; usize::try_from(end - start).unwrap()];
        // A region may be gone, or have no memory behind it.
        let Ok(read) = memory.read_at(&mut bytes, start) else { return false };
        let is_turned = |window: &[u8]| window.iter().zip(telling).all(|(byte, turned)| *byte == !turned);
        let mut starts = memchr::memchr_iter(!telling[0], &bytes[..read]);
        let found = starts.any(|at| bytes.get(at..at + telling.len()).is_some_and(is_turned));
        // Not to be found again.
        bytes.fill(0);
        found
    }
}
