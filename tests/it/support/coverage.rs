//! Where the library has been, if it was built to count that (`-C instrument-coverage`, as `tests/fuzz.sh` builds it): its
//! counters are read from the memory of the own process.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;

/// Where the counters of LLVM are, 8 bytes each.
const SECTION: &[u8] = b"__llvm_prf_cnts\0";
const COUNTER: usize = 8;
/// So many bytes are compared at once.
const PAGE: usize = 512;

pub struct Coverage {
    memory: File,
    start: u64,
    counters: Vec<u8>,
    /// Of each counter, how often it has counted in one attempt, as bits.
    seen: Vec<u8>,
}

impl Coverage {
    /// Nothing where this program does not count.
    pub fn from_this_program() -> Option<Self> {
        let (offset, length) = section(&fs::read("/proc/self/exe").ok()?)?;
        let program = fs::read_link("/proc/self/exe").ok()?.display().to_string();
        let maps = fs::read_to_string("/proc/self/maps").ok()?;
        let first = maps.lines().find(|line| line.ends_with(&program))?;
        let base = u64::from_str_radix(first.split('-').next()?, 16).ok()?;
        let memory = File::open("/proc/self/mem").ok()?;
        let mut coverage =
            Self { memory, start: base + offset, counters: vec![0; length], seen: vec![0; length / COUNTER] };
        coverage.news();
        coverage.seen.fill(0);
        Some(coverage)
    }

    /// How many places were reached for the first time since the last call, or a number of times that is new.
    pub fn news(&mut self) -> usize {
        let mut now = vec![0; self.counters.len()];
        self.memory.read_exact_at(&mut now, self.start).unwrap();
        let mut news = 0;
        for (page, (new, old)) in now.chunks(PAGE).zip(self.counters.chunks(PAGE)).enumerate() {
            if new == old {
                continue;
            }
            for (number, (new, old)) in new.chunks(COUNTER).zip(old.chunks(COUNTER)).enumerate() {
                let count = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().unwrap());
                let times = count(new).wrapping_sub(count(old));
                let seen = &mut self.seen[page * PAGE / COUNTER + number];
                news += usize::from(*seen | bit(times) != *seen);
                *seen |= bit(times);
            }
        }
        self.counters = now;
        news
    }

    /// How many places have been reached.
    pub fn places(&self) -> usize {
        self.seen.iter().filter(|seen| **seen != 0).count()
    }

    /// Nothing counts as reached.
    pub fn forget(&mut self) {
        self.news();
        self.seen.fill(0);
    }
}

/// Once, twice, more often, and so on.
fn bit(times: u64) -> u8 {
    match times {
        0 => 0,
        1 => 1,
        2 => 2,
        3 => 4,
        4..8 => 8,
        8..16 => 16,
        16..32 => 32,
        32..128 => 64,
        _ => 128,
    }
}

/// The place of the section in the memory of a program, from the beginning of it, and its length (ELF of 64 bits).
fn section(program: &[u8]) -> Option<(u64, usize)> {
    let number = |at: usize, length: usize| {
        let mut bytes = [0; 8];
        bytes[..length].copy_from_slice(program.get(at..at + length)?);
        Some(u64::from_le_bytes(bytes))
    };
    let place = |at: usize| usize::try_from(number(at, 8)?).ok();
    let (headers, size) = (place(0x28)?, usize::try_from(number(0x3a, 2)?).ok()?);
    let header = |nth: u64| Some(headers + size * usize::try_from(nth).ok()?);
    let names = place(header(number(0x3e, 2)?)? + 0x18)?;
    for nth in 0..number(0x3c, 2)? {
        let header = header(nth)?;
        let name = names + usize::try_from(number(header, 4)?).ok()?;
        if program.get(name..)?.starts_with(SECTION) {
            return Some((number(header + 0x10, 8)?, place(header + 0x20)?));
        }
    }
    None
}
