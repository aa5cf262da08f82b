//! What whole commands cost, each as a ratio to a limit of the same run: bare reading and decoding, `check` of the same
//! certificates, the `toml` crate alone, a journal of bare lines.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement that cannot be made ends here, and tells otherwise"
)]

mod authority;
mod measure;
mod sink;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use authority::authority;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use measure::measure;
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd};
use sink::sink;
use tempfile::TempDir;
use x509_parser::prelude::{FromDer as _, X509Certificate};

const USUAL_CERTIFICATES: usize = 25_000;
const USUAL_MAILS: usize = 2_000;
const ROUNDS: usize = 5;
const IN_A_FOLDER: usize = 100;
const ALL_EVENTS: &str = "channels = [\"inbox\"]\nevents = [\"business\", \"alerts\", \"service-changes\"]";

fn main() -> ExitCode {
    // `cargo bench` adds an option of its own.
    let mut words = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let binary = words.next().unwrap_or_else(|| env!("CARGO_BIN_EXE_certnotify").to_owned());
    let mut number = |usual| words.next().and_then(|word| word.parse().ok()).unwrap_or(usual);
    let (certificates, mails) = (number(USUAL_CERTIFICATES), number(USUAL_MAILS));
    let mut table = Table { is_kept: true };
    println!("{:<46} {:>10} {:>10} {:>7} {:>9}", "work", "measured", "limit", "ratio", "promised");
    let farm = Farm::new(&binary, certificates, named);
    farm.files(&mut table);
    farm.memory(&mut table);
    farm.tables(&mut table);
    farm.start_up(&mut table);
    drop(farm);
    Farm::new(&binary, certificates, |_| "www.example.com".to_owned()).shared_name(&mut table);
    Farm::new(&binary, mails, named).mails(&mut table);
    if table.is_kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn named(number: usize) -> String {
    format!("host-{number}.example.com")
}

struct Table {
    is_kept: bool,
}

impl Table {
    fn row(&mut self, work: &str, measured: f64, limit: f64, promised: f64) {
        let ratio = measured / limit.max(f64::MIN_POSITIVE);
        self.is_kept &= ratio <= promised;
        println!("{work:<46} {measured:10.1} {limit:10.1} {ratio:7.2} {promised:9.2}");
    }
}

/// Certificates in folders, each with its intermediate as servers need it, with a policy file and a memory.
struct Farm {
    folder: TempDir,
    binary: String,
    size: usize,
}

impl Farm {
    fn new(binary: &str, size: usize, name: fn(usize) -> String) -> Self {
        let farm = Self { folder: tempfile::tempdir().expect("a folder"), binary: binary.to_owned(), size };
        let (root_key, issuer_key, key) = (KeyPair::generate(), KeyPair::generate(), KeyPair::generate());
        let (root_key, issuer_key, key) = (root_key.expect("a key"), issuer_key.expect("a key"), key.expect("a key"));
        let (of_root, of_issuer) = (authority("Example Root"), authority("Example Issuing CA"));
        let intermediate = of_issuer.signed_by(&issuer_key, &Issuer::from_params(&of_root, &root_key));
        let intermediate = intermediate.expect("an intermediate").pem();
        let issuer = Issuer::from_params(&of_issuer, &issuer_key);
        for number in 0..size {
            let file = farm.file(number);
            if number % IN_A_FOLDER == 0 {
                fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            }
            let leaf = leaf(&name(number)).signed_by(&key, &issuer).expect("a certificate");
            fs::write(file, leaf.pem() + &intermediate).expect("a file");
        }
        farm
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, number: usize) -> PathBuf {
        self.path(&format!("pem/d{:04}/host-{number}.pem", number / IN_A_FOLDER))
    }

    fn bytes(&self, name: &str) -> f64 {
        let length = fs::metadata(self.path(name)).expect("a file").len();
        number(usize::try_from(length).expect("a size"))
    }

    fn command(&self, arguments: &str) -> String {
        let (policies, state) = (self.path("policies.toml"), self.path("memory/state.json"));
        format!("'{}' {arguments} -p '{}' --state '{}'", self.binary, policies.display(), state.display())
    }

    fn cpu(&self, arguments: &str) -> f64 {
        cpu(&self.command(arguments))
    }

    /// Reading and decoding, by one thread of this program, against both forms of the report; and `find | xargs cat`.
    fn files(&self, table: &mut Table) {
        let pem = self.path("pem");
        let (mut json, mut text, mut bare, mut cat) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let began = Instant::now();
            assert_eq!((0..self.size).map(|number| decoded(&self.file(number))).sum::<usize>(), 2 * self.size);
            bare.push(began.elapsed().as_secs_f64() * 1000.0);
            json.push(cpu(&format!("'{}' check --format json '{}'", self.binary, pem.display())));
            text.push(cpu(&format!("'{}' check '{}'", self.binary, pem.display())));
            cat.push(cpu(&format!("find '{}' -type f -print0 | xargs -0 cat", pem.display())));
        }
        let (bare, cat, json) = (median(bare), median(cat), median(json));
        table.row("check, json: read and decode, CPU ms", json, bare, 1.8);
        let text = median(text);
        table.row("check, table: read and decode, CPU ms", text, bare, 1.8);
        table.row("check, table: find | xargs cat, CPU ms", text, cat, 2.0);
        table.row("check, json: a million of this size, CPU s", json / number(self.size) * 1000.0, 20.0, f64::INFINITY);
        let check = format!("'{}' check --format json '{}'", self.binary, pem.display());
        let (_, _, mib) = measure(&format!("{check} >'{}'", self.path("report").display()));
        let report = self.bytes("report") / f64::from(1 << 20);
        table.row("check, json: memory over the report, MiB", mib - report, 20.0, 1.0);
        self.cold(&check, table);
    }

    /// With nothing in the page cache, against threads that read the same files and no more.
    fn cold(&self, check: &str, table: &mut Table) {
        const READERS: usize = 8;
        let drop_caches = || {
            cpu("sync");
            fs::write("/proc/sys/vm/drop_caches", "3")
        };
        if let Err(error) = drop_caches() {
            println!("check, json, cold cache: not measured, {error}");
            return;
        }
        let (mut readers, mut checked) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            drop_caches().expect("an empty cache");
            let began = Instant::now();
            let next = AtomicUsize::new(0);
            thread::scope(|scope| {
                for _ in 0..READERS {
                    scope.spawn(|| {
                        let numbers = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
                        for number in numbers.take_while(|number| *number < self.size) {
                            fs::read(self.file(number)).expect("a file");
                        }
                    });
                }
            });
            readers.push(began.elapsed().as_secs_f64() * 1000.0);
            drop_caches().expect("an empty cache");
            // It is about the files: the readers are a program that was started before.
            fs::read(&self.binary).expect("the program");
            checked.push(measure(check).1);
        }
        table.row("check, json, cold cache: 8 readers, wall ms", median(checked), median(readers), 1.2);
    }

    /// What a memory of all of them costs beside looking at them.
    fn memory(&self, table: &mut Table) {
        self.write_policies(ALL_EVENTS, "pem");
        self.cpu("run --quiet");
        let (mut check, mut run, mut plan, mut history) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            check.push(self.cpu("check --format json"));
            run.push(self.cpu("run --quiet"));
            plan.push(self.cpu("plan"));
            history.push(self.cpu("history"));
        }
        let (check, run, plan) = (median(check), median(run), median(plan));
        table.row("run, nothing due: check, CPU ms", run, check, 1.5);
        table.row("plan: check, CPU ms", plan, check, 1.5);
        // `history` reads the state and has nothing to show; `run` writes it, and `plan` does not.
        let most = 500.0 * number(self.size) / 100_000.0;
        table.row("state, read and written, CPU ms", median(history) + (run - plan).max(0.0), most, 1.0);
        let [of_check, of_run] = ["check --format json", "run --quiet"].map(|it| measure(&self.command(it)).2);
        let most = 300.0 * number(self.size) / 100_000.0;
        table.row("run: memory over check, MiB", of_run - of_check, most, 1.0);
        let each = self.bytes("memory/state.json") / number(self.size);
        table.row("state, bytes a certificate", each, 400.0, 1.0);
    }

    /// The same where every certificate has the same names.
    fn shared_name(&self, table: &mut Table) {
        self.write_policies(ALL_EVENTS, "pem");
        self.cpu("run --quiet");
        let (mut check, mut run) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            check.push(self.cpu("check --format json"));
            run.push(self.cpu("run --quiet"));
        }
        table.row("run, all of one name: check, CPU ms", median(run), median(check), 1.5);
    }

    /// A policy file with a table for each certificate: of endpoints, which `validate` does not look at.
    fn tables(&self, table: &mut Table) {
        let mut policies =
            "[contacts.ops]\nemail = \"ops@example.com\"\n[policies.default]\ncontacts = [\"ops\"]\n".to_owned();
        for number in 0..self.size {
            let host = named(number);
            let _ = write!(policies, "[[certificates]]\nname = \"site-{number}\"\nendpoint = \"{host}\"\n");
        }
        fs::write(self.path("policies.toml"), &policies).expect("a policy file");
        let (mut bare, mut validate) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let began = Instant::now();
            assert!(toml::from_str::<toml::Table>(&policies).is_ok());
            bare.push(began.elapsed().as_secs_f64() * 1000.0);
            validate.push(self.cpu("validate"));
        }
        table.row("validate, a table each: toml alone, CPU ms", median(validate), median(bare), 2.0);
    }

    /// Against a program that does nothing.
    fn start_up(&self, table: &mut Table) {
        const TIMES: usize = 50;
        let floor = cpu(&times(TIMES, "/bin/true")) / number(TIMES);
        let mut row = |work: &str, command: &str| {
            let each = cpu(&times(TIMES, command)) / number(TIMES);
            table.row(work, each - floor, 3.0, 1.0);
        };
        row("--version, over /bin/true, CPU ms", &format!("'{}' --version", self.binary));
        row("check FILE, over /bin/true, CPU ms", &format!("'{}' check '{}'", self.binary, self.file(0).display()));
        let few = self.path("few");
        fs::create_dir_all(&few).expect("a folder");
        for number in 0..10 {
            fs::copy(self.file(number), few.join(format!("{number}.pem"))).expect("a file");
        }
        self.write_policies("channels = [\"inbox\"]", "few/*.pem");
        let run = self.command("run --quiet --adopt");
        cpu(&format!("rm -rf '{}'; {run}", self.path("memory").display()));
        row("run, 10 files, nothing due, CPU ms", &run);
    }

    /// One mail to each of as many contacts, against a journal of as many bare lines.
    fn mails(&self, table: &mut Table) {
        let (port, taken) = sink();
        let mut policies = format!(
            "[settings]\ndefault-contact = \"c0\"\n[email]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\n\
             from = \"certnotify@example.com\"\n"
        );
        for number in 0..self.size {
            let _ = write!(
                policies,
                "[contacts.c{number}]\nemail = \"c{number}@example.com\"\n[policies.p{number}]\n\
                 contacts = [\"c{number}\"]\nchannels = [\"email\"]\ndeadline = \"9000d\"\ndeadline-cap = \"none\"\n\
                 [[certificates]]\nname = \"site-{number}\"\nfile = \"{}\"\npolicy = \"p{number}\"\n",
                self.file(number).display()
            );
        }
        fs::write(self.path("policies.toml"), policies).expect("a file");
        let planned = self.cpu("plan");
        let began = Instant::now();
        let cpu = self.cpu("run --quiet --timeout 60s");
        let wall = began.elapsed().as_secs_f64();
        assert_eq!(taken.load(Ordering::SeqCst), self.size, "mails that were taken");
        let each = (wall * 1000.0 - planned).max(0.0) / number(self.size);
        table.row("a mail: 1,000 a second, wall ms over plan", each, 1.0, 1.0);
        table.row("a mail: append and fdatasync, wall ms", each, self.append_milliseconds(), f64::INFINITY);
        table.row("a mail: CPU ms over plan", (cpu - planned) / number(self.size), 1.0, 1.0);
    }

    fn append_milliseconds(&self) -> f64 {
        let mut file = File::create(self.path("lines")).expect("a file");
        let began = Instant::now();
        for _ in 0..self.size {
            file.write_all(&[b'x'; 300]).and_then(|()| file.sync_data()).expect("a line");
        }
        began.elapsed().as_secs_f64() * 1000.0 / number(self.size)
    }

    fn write_policies(&self, policy: &str, pattern: &str) {
        let policies = format!(
            "[contacts.ops]\nemail = \"ops@example.com\"\n[policies.default]\ncontacts = [\"ops\"]\n{policy}\n\
             [[certificates]]\nname = \"farm\"\nfile = \"{pattern}\"\n"
        );
        fs::write(self.path("policies.toml"), policies).expect("a file");
    }
}

fn leaf(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new([name.to_owned(), format!("www.{name}")]).expect("names");
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2044, 1, 1);
    params
}

/// Certificates in a file whose dates can be read: nothing else is done.
fn decoded(file: &Path) -> usize {
    let text = fs::read(file).expect("a file");
    let mut digits: Vec<u8> = Vec::with_capacity(text.len());
    let mut found = 0;
    for line in text.split(|byte| *byte == b'\n') {
        if line.starts_with(b"-----BEGIN") {
            digits.clear();
        } else if line.starts_with(b"-----END") {
            let der = BASE64.decode(&digits).expect("base64");
            let (_, certificate) = X509Certificate::from_der(&der).expect("a certificate");
            found += usize::from(certificate.validity().not_after.timestamp() > 0);
        } else {
            digits.extend_from_slice(line.trim_ascii());
        }
    }
    found
}

fn times(count: usize, command: &str) -> String {
    format!("for ((i = 0; i < {count}; i++)); do {command} >/dev/null; done")
}

/// User and system time in milliseconds.
fn cpu(command: &str) -> f64 {
    measure(command).0
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).expect("a number"))
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
