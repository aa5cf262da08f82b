//! What `check` of 10,000 PEM files costs, against reading the same files with `cat` in the same run.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement that cannot be made ends here, and tells otherwise"
)]

mod measure;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use measure::measure;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};

const DIRECTORIES: usize = 100;
const FILES_IN_EACH: usize = 100;
const ROUNDS: usize = 9;

/// The promise: no more CPU than `cat` takes twice over, in less memory than this.
const MOST_CPU: f64 = 2.0;
const MOST_MEMORY_MIB: f64 = 64.0;

fn main() -> ExitCode {
    // `cargo bench` adds an option of its own.
    let binary = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let binary = binary.unwrap_or_else(|| env!("CARGO_BIN_EXE_certnotify").to_owned());
    let corpus = tempfile::tempdir().expect("a temporary directory");
    write_corpus(corpus.path());

    let check = format!("'{binary}' check '{}'", corpus.path().display());
    let cat = format!("find '{}' -type f -print0 | xargs -0 cat", corpus.path().display());
    let (mut of_check, mut of_cat, mut mebibytes) = (Vec::new(), Vec::new(), 0.0_f64);
    for _ in 0..ROUNDS {
        of_cat.push(measure(&cat).0);
        let (cpu, _, memory) = measure(&check);
        of_check.push(cpu);
        mebibytes = mebibytes.max(memory);
    }
    let (of_check, of_cat) = (median(of_check), median(of_cat));

    let ratio = of_check / of_cat;
    println!(
        "{} PEM files, each a leaf and its intermediate; CPU is the median of {ROUNDS} runs",
        DIRECTORIES * FILES_IN_EACH
    );
    println!("find | xargs cat   {of_cat:6.0} ms");
    println!("certnotify check   {of_check:6.0} ms, {ratio:.2} times as much (promised: at most {MOST_CPU:.1})");
    println!("peak memory        {mebibytes:6.1} MiB (promised: less than {MOST_MEMORY_MIB} MiB)");
    if ratio <= MOST_CPU && mebibytes < MOST_MEMORY_MIB { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn write_corpus(folder: &Path) {
    let key = KeyPair::generate().expect("a key");
    let root = KeyPair::generate().expect("a key");
    let mut of_root = CertificateParams::default();
    of_root.distinguished_name.push(DnType::CommonName, "Example Root");
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Example Issuing CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.not_after = date_time_ymd(2045, 1, 1);
    let pem = params.signed_by(&key, &Issuer::from_params(&of_root, &root)).expect("an intermediate").pem();
    let issuer = Issuer::from_params(&params, &key);
    let leaf_key = KeyPair::generate().expect("a key");
    for directory in 0..DIRECTORIES {
        let folder = folder.join(format!("site-{directory:03}"));
        fs::create_dir(&folder).expect("a directory");
        for file in 0..FILES_IN_EACH {
            let name = format!("host-{file:03}.site-{directory:03}.example.com");
            let mut params = CertificateParams::new([name.clone(), format!("www.{name}")]).expect("names");
            params.distinguished_name.push(DnType::CommonName, name.as_str());
            params.not_before = date_time_ymd(2026, 1, 1);
            params.not_after = date_time_ymd(2044, 1, 1);
            params.use_authority_key_identifier_extension = true;
            let mut text = params.signed_by(&leaf_key, &issuer).expect("a leaf").pem();
            let _ = write!(text, "{pem}");
            fs::write(folder.join(format!("{name}.pem")), text).expect("a file");
        }
    }
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
