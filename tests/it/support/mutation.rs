//! Blind mutation of bytes: every target is tried for a while with what becomes of its seeds, and with the inputs that
//! brought it down once, which lie in `tests/it/corpus/TARGET`.
//!
//! `CERTNOTIFY_FUZZ_SECONDS` is how long each target is tried, `CERTNOTIFY_SEED` repeats what was tried.

use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/corpus");
/// Lengths, numbers and signs at which readers turn.
const WORDS: [&[u8]; 20] = [
    b"\0",
    b"\xff",
    b"\x80",
    b"\x30\x80",
    b"\x30\x84\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\xff\xff\xff\xff\xff",
    b"-1",
    b"99999999999999999999",
    b"1e999",
    b"\r\n",
    b"\n",
    b"\"",
    b"{",
    b"[",
    b"null",
    b"\xf0\x9f\xa6\x80",
    b"\xc3",
    b"-----BEGIN ",
    b"9999-12-31T23:59:59Z",
];

pub struct Mutation(u64);

impl Mutation {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end.max(1)
    }

    /// What becomes of `bytes` by a few changes.
    fn of(&mut self, bytes: &[u8], other: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(6) {
            let at = self.below(bytes.len() + 1).min(bytes.len());
            let end = (at + self.below(40)).min(bytes.len());
            match self.below(8) {
                0 => bytes.truncate(at),
                1 => drop(bytes.drain(at..end)),
                2 => {
                    let again = bytes[at..end].to_vec();
                    bytes.splice(at..at, again);
                }
                3 => {
                    let from = self.below(other.len());
                    let part = &other[from..(from + self.below(60)).min(other.len())];
                    bytes.splice(at..end, part.iter().copied());
                }
                4 => {
                    let word = WORDS[self.below(WORDS.len())];
                    bytes.splice(at..at, word.iter().copied());
                }
                5 => {
                    let word = WORDS[self.below(WORDS.len())];
                    bytes.splice(at..(at + word.len()).min(bytes.len()), word.iter().copied());
                }
                6 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                _ if at < bytes.len() => bytes[at] = u8::try_from(self.below(256)).unwrap(),
                _ => {}
            }
        }
        bytes
    }
}

/// Tries what lies in the corpus, and then what becomes of the seeds. An input on which `attempt` panics is kept.
#[expect(clippy::print_stderr, reason = "what was tried can be repeated")]
pub fn fuzz(target: &str, seeds: &[Vec<u8>], mut attempt: impl FnMut(&[u8])) {
    let folder = Path::new(CORPUS).join(target);
    for kept in fs::read_dir(&folder).into_iter().flatten() {
        attempt(&fs::read(kept.unwrap().path()).unwrap());
    }
    let number = |name| std::env::var(name).ok().map(|number: String| number.parse::<u64>().unwrap());
    let seed = number("CERTNOTIFY_SEED").unwrap_or_else(|| RandomState::new().hash_one(target) >> 32);
    let (begun, limit) = (Instant::now(), Duration::from_secs(number("CERTNOTIFY_FUZZ_SECONDS").unwrap_or(5)));
    let (mut mutation, mut tried) = (Mutation(seed), 0_usize);
    while begun.elapsed() < limit {
        let (one, other) = (mutation.below(seeds.len()), mutation.below(seeds.len()));
        let bytes = mutation.of(&seeds[one], &seeds[other]);
        tried += 1;
        if catch_unwind(AssertUnwindSafe(|| attempt(&bytes))).is_err() {
            fs::create_dir_all(&folder).unwrap();
            let kept = folder.join(format!("{seed}-{tried}"));
            fs::write(&kept, bytes).unwrap();
            panic!("{target}: seed {seed}, number {tried}: kept as {}", kept.display());
        }
    }
    eprintln!("{target}: {tried} inputs, seed {seed}");
}

/// For a server on a thread, which outlives what it was given.
pub fn leaked(bytes: Vec<u8>) -> &'static [u8] {
    bytes.leak()
}
