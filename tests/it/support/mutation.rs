//! Mutation of bytes: every target is tried for a while with what becomes of its seeds, and of the inputs that lie in
//! `tests/it/corpus/TARGET`: those that brought it down once, and those that lead furthest.
//!
//! Blind here, guided by coverage in `tests/fuzz.sh`. `CERTNOTIFY_FUZZ_SECONDS` is how long each target is tried,
//! `CERTNOTIFY_SEED` repeats what was tried.

use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

use super::coverage::Coverage;

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

/// Longer inputs are bent no further: they teach little and cost much.
const LONGEST: usize = 16 * 1024;
/// What is kept of one target, in bytes.
const KEPT: usize = 32 * 1024;
/// No input takes longer, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is tried, and where it led.
struct Pool<'a> {
    folder: PathBuf,
    attempt: &'a mut dyn FnMut(&[u8]),
    inputs: Vec<Vec<u8>>,
    coverage: Option<Coverage>,
}

impl Pool<'_> {
    /// Whether this led to a new place. An input on which the reader panics, or takes too long, is kept.
    fn tries(&mut self, bytes: &[u8], what: &str) -> bool {
        let begun = Instant::now();
        let failed = catch_unwind(AssertUnwindSafe(|| (self.attempt)(bytes))).is_err();
        if failed || begun.elapsed() > PATIENCE {
            let kept = self.keep(bytes);
            panic!("{what}, after {:?}: kept as {}", begun.elapsed(), kept.display());
        }
        self.coverage.as_mut().is_some_and(|coverage| coverage.news() > 0)
    }

    fn keep(&self, bytes: &[u8]) -> PathBuf {
        fs::create_dir_all(&self.folder).unwrap();
        let digest = u64::from_be_bytes(Sha256::digest(bytes)[..8].try_into().unwrap());
        let kept = self.folder.join(format!("{digest:016x}"));
        fs::write(&kept, bytes).unwrap();
        kept
    }

    /// One of those that are known, and half of the time one of the last: where they led is new.
    fn pick<'p>(&'p self, mutation: &mut Mutation) -> &'p [u8] {
        let last = self.inputs.len().saturating_sub(24);
        let is_late = mutation.below(2) == 0;
        let at =
            if is_late { last + mutation.below(self.inputs.len() - last) } else { mutation.below(self.inputs.len()) };
        &self.inputs[at]
    }

    /// Keeps the smallest inputs that lead to every place beside those of the seeds, as far as there is room.
    fn keep_smallest(&mut self, seeds: usize) {
        let (mut inputs, mut room) = (std::mem::take(&mut self.inputs), KEPT);
        let mut others = inputs.split_off(seeds);
        others.sort_by_key(Vec::len);
        if let Some(coverage) = &mut self.coverage {
            coverage.forget();
        }
        for seed in &inputs {
            self.tries(seed, "a seed");
        }
        let _ = fs::remove_dir_all(&self.folder);
        for input in others {
            let is_new = self.tries(&input, "an input that was tried before");
            if is_new && input.len() <= room {
                room -= input.len();
                self.keep(&input);
            }
        }
    }
}

/// Tries what lies in the corpus, and then what becomes of that and of the seeds.
#[expect(clippy::print_stderr, reason = "what was tried can be repeated")]
pub fn fuzz(target: &str, seeds: &[Vec<u8>], mut attempt: impl FnMut(&[u8])) {
    let number = |name| std::env::var(name).ok().map(|number: String| number.parse::<u64>().unwrap());
    let is_guided = std::env::var_os("CERTNOTIFY_FUZZ_GUIDED").is_some();
    let folder = Path::new(CORPUS).join(target);
    let mut pool =
        Pool { folder, attempt: &mut attempt, inputs: seeds.to_vec(), coverage: Coverage::from_this_program() };
    assert!(!is_guided || pool.coverage.is_some(), "this program was not built to count");
    pool.coverage = pool.coverage.filter(|_| is_guided);
    let mut kept: Vec<PathBuf> =
        fs::read_dir(&pool.folder).into_iter().flatten().map(|kept| kept.unwrap().path()).collect();
    kept.sort();
    pool.inputs.extend(kept.into_iter().map(|kept| fs::read(kept).unwrap()));
    for (nth, input) in pool.inputs.clone().iter().enumerate() {
        pool.tries(input, &format!("{target}: input {nth} of those that are known"));
    }
    let seed = number("CERTNOTIFY_SEED").unwrap_or_else(|| RandomState::new().hash_one(target) >> 32);
    let (begun, limit) = (Instant::now(), Duration::from_secs(number("CERTNOTIFY_FUZZ_SECONDS").unwrap_or(1)));
    let (mut mutation, mut tried) = (Mutation(seed), 0_usize);
    while begun.elapsed() < limit {
        let (one, other) = (pool.pick(&mut mutation), pool.pick(&mut mutation));
        let bytes = mutation.of(one, other);
        tried += 1;
        if pool.tries(&bytes, &format!("{target}: seed {seed}, number {tried}")) && bytes.len() <= LONGEST {
            pool.inputs.push(bytes);
        }
    }
    let places = pool.coverage.as_ref().map(|coverage| format!(", {} places", coverage.places())).unwrap_or_default();
    eprintln!("{target}: {tried} inputs, seed {seed}, {} lead to new places{places}", pool.inputs.len() - seeds.len());
    if is_guided && std::env::var_os("CERTNOTIFY_FUZZ_KEEP").is_some() {
        pool.keep_smallest(seeds.len());
    }
}

/// For a server on a thread, which outlives what it was given.
pub fn leaked(bytes: Vec<u8>) -> &'static [u8] {
    bytes.leak()
}
