//! `tests/promises.txt`: each promise has a test, each test that it names is there, and `tests/README.md` shows them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

const LIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/promises.txt");
const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/README.md");
/// Says to write the README.
const REWRITE: &str = "REWRITE_PROMISES";
/// How many promises each section has: none can be dropped from the list.
const SECTIONS: [(u32, u32); 4] = [(2, 14), (3, 14), (4, 14), (5, 17)];

struct Promise {
    number: String,
    words: String,
    proofs: Vec<String>,
}

fn promises() -> Vec<Promise> {
    let text = fs::read_to_string(LIST).unwrap();
    let mut promises: Vec<Promise> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(proof) = line.strip_prefix("    ") {
            promises.last_mut().unwrap().proofs.push(proof.to_owned());
        } else {
            let (number, words) = line.split_once(' ').unwrap();
            promises.push(Promise { number: number.to_owned(), words: words.to_owned(), proofs: Vec::new() });
        }
    }
    promises
}

/// The tests of this program by their paths, as the sources have them.
fn tests_below(folder: &Path, module: &str, tests: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let below = if module.is_empty() { stem.to_owned() } else { format!("{module}::{stem}") };
        if path.is_dir() {
            tests_below(&path, &below, tests);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let below = if stem == "mod" { module } else { &below };
            let text = fs::read_to_string(&path).unwrap();
            for part in text.split("#[test]").skip(1) {
                let name = part.split_once("fn ").unwrap().1.split('(').next().unwrap();
                tests.insert(format!("{below}::{name}"));
            }
        }
    }
}

fn is_script(proof: &str) -> bool {
    Path::new(proof).extension().is_some_and(|extension| extension == "sh")
}

#[test]
fn each_promise_has_a_test_and_each_test_that_is_named_is_there() {
    let promises = promises();
    let numbers: Vec<&str> = promises.iter().map(|promise| promise.number.as_str()).collect();
    let expected = SECTIONS.iter().flat_map(|(section, last)| (1..=*last).map(move |n| format!("{section}.{n}")));
    assert_eq!(numbers, expected.collect::<Vec<_>>());

    let mut tests = BTreeSet::new();
    tests_below(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it")), "", &mut tests);
    assert!(tests.len() > 1000, "{} tests", tests.len());
    let steps = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/.ci/run")).unwrap();
    for promise in &promises {
        let kept = promise.proofs.iter().filter(|proof| {
            let is_there = if is_script(proof) { steps.contains(*proof) } else { tests.contains(*proof) };
            assert!(is_there, "{} names `{proof}`, which is no test and no step of CI", promise.number);
            !is_script(proof)
        });
        assert!(kept.count() > 0, "{} has no test", promise.number);
    }
}

#[test]
fn the_readme_of_the_tests_shows_each_promise_with_its_tests() {
    let promises = promises();
    let proofs: BTreeSet<&String> = promises.iter().flat_map(|promise| &promise.proofs).collect();
    let mut text = format!(
        "# What certnotify promises, and what proves it\n\nWritten from `promises.txt` by `REWRITE_PROMISES=1 cargo test --test it promises::`; a promise without a test\n\
         fails `cargo test`. {} promises, {} tests and scripts.\n\n{SCRIPTS}",
        promises.len(),
        proofs.len()
    );
    text.push_str("\n| | promise | proved by |\n|---|---|---|\n");
    for Promise { number, words, proofs } in &promises {
        let proofs: Vec<String> = proofs.iter().map(|proof| format!("`{proof}`")).collect();
        writeln!(text, "| {number} | {words} | {} |", proofs.join("<br>")).unwrap();
    }
    if std::env::var_os(REWRITE).is_some() {
        fs::write(README, &text).unwrap();
    }
    assert!(
        fs::read_to_string(README).is_ok_and(|written| written == text),
        "REWRITE_PROMISES=1 writes tests/README.md"
    );
}

const SCRIPTS: &str = "\
What takes longer is sampled by CI; the whole of each is one command. `PROGRAM` is a certnotify of any build.

| command | what it does |
|---|---|
| `tests/faults.sh PROGRAM all` | whole runs in which each system call in turn fails with ENOSPC, EIO, EROFS, EMFILE and EACCES: some 2,700 faults, after which nothing is lost, no more than one message repeated, and nothing left unsaid. `sample SEED` repeats what CI tried |
| `tests/crash.sh PROGRAM` | whole runs killed before each system call, at each line of their mails, and 200 times at random |
| `CERTNOTIFY_YEAR=1000 CERTNOTIFY_SEED=1 cargo test --test it year::` | a year of a fleet against a slow model: what is owed is sent, and nothing else |
| `CERTNOTIFY_ROUNDS=50 cargo test --test it disk::locks::` | twenty runs at once, so often |
| `tests/fuzz.sh 600` | every kind of input bent, each so many seconds, guided by which places of the library it reaches (coverage, on stable Rust); `CERTNOTIFY_FUZZ_KEEP=1` keeps the smallest that reach them in `tests/it/corpus`, from which each run of the tests begins; what brings a reader down is kept there too. CI bends each for a few seconds |
| `tests/clock.sh PROGRAM` | whole runs under a clock that is wrong and then right again |
| `tests/corpora.sh PROGRAM FOLDER` | what is read, against OpenSSL, Go and Python over public collections; whom they trust, over 73 chains, each difference with its reason (`tests/trust.py`) |
| `tests/reproducible.sh` | the released program built twice, in two folders: one hash |
| `cargo +1.89 check --locked --bins` | the oldest Rust that `rust-version` names |
";
