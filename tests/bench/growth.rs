//! What each command costs at N and at 4N certificates, tables, messages and changes: four times as much, and little more.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement that cannot be made ends here, and tells otherwise"
)]

mod measure;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use measure::measure;
use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};
use tempfile::TempDir;

/// The smaller size; the other is four times as large.
const USUAL_SIZE: usize = 5000;
const MOST_RATIO: f64 = 5.2;
const USUAL_END: i32 = 2044;

fn main() -> ExitCode {
    // The binary, the smaller size and a part of the names of the cases. `cargo bench` adds an option of its own.
    let mut words = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let binary = words.next().unwrap_or_else(|| env!("CARGO_BIN_EXE_certnotify").to_owned());
    let size = words.next().and_then(|size| size.parse().ok()).unwrap_or(USUAL_SIZE);
    let part = words.next().unwrap_or_default();
    let key = KeyPair::generate().expect("a key");
    println!("CPU in ms at {size} and at {} of each, and their ratio (promised: at most {MOST_RATIO})", size * 4);
    let mut is_kept = true;
    for (name, case) in CASES.into_iter().filter(|(name, _)| name.contains(&part)) {
        let [small, large] = [size, size * 4].map(|size| case(&Farm::new(&binary, &key, size)));
        let ratio = large / small.max(1.0);
        is_kept &= ratio <= MOST_RATIO;
        println!("{name:<44} {small:8.0} {large:8.0} {ratio:6.2}");
    }
    if is_kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

type Case = (&'static str, fn(&Farm<'_>) -> f64);

const CASES: [Case; 26] = [
    ("check, certificates", |farm| farm.watching_all().cpu("check --format json")),
    ("run, certificates, nothing due", |farm| farm.watching_all().ran().cpu("run --quiet")),
    ("run, one file in many entries", |farm| farm.watching_one_often().ran().cpu("run --quiet")),
    ("run, a glob for each of many in one folder", |farm| farm.watching_each_by_glob().cpu("run --quiet")),
    ("run, certificates that share a name", |farm| farm.sharing_a_name().watching_all().ran().cpu("run --quiet")),
    ("plan, certificates", |farm| farm.watching_all().ran().cpu("plan")),
    ("plan NAME of an entry with many members", |farm| farm.watching_all().ran().cpu("plan farm")),
    ("validate, tables", |farm| farm.watching_each().cpu("validate")),
    ("validate, problems on one line", |farm| farm.with_problems().cpu("validate")),
    ("run, messages to a contact each", |farm| farm.watching_each().cpu("run --quiet")),
    ("run, one certificate with a contact each", |farm| farm.with_one_alone().watching_each().cpu("run --quiet")),
    ("run, renewals at once", |farm| farm.watching_all().ran().with_ends(USUAL_END + 1).cpu("run --quiet")),
    ("run, renewals of one file at once", |farm| {
        farm.in_one_file().watching_all().ran().with_ends(USUAL_END + 1).in_one_file().cpu("run --quiet")
    }),
    ("check, names of one certificate", |farm| farm.with_all_names_in_one().cpu("check --format json")),
    ("run, names of one certificate", |farm| farm.with_all_names_in_one().watching_all().ran().cpu("run --quiet")),
    ("plan, messages to a contact each", |farm| farm.watching_each().cpu("plan")),
    ("run, folders that lost their certificates", |farm| farm.in_folders().ran().without_any().cpu("run --quiet")),
    ("run, the same with a contact each", |farm| {
        farm.in_folders().with_a_contact_each().ran().without_any().cpu("run --quiet")
    }),
    ("run, contacts that no mail reaches", |farm| farm.watching_each_by_mail().ran().ran().ran().cpu("run --quiet")),
    ("history, messages to a contact each", |farm| farm.watching_each().ran().cpu("history --format json")),
    ("event about one of many", |farm| {
        farm.watching_all().ran().cpu("event notice --message bench --certificate host-1.example.com")
    }),
    ("run, renewals of an entry each", |farm| farm.watching_each().ran().with_ends(USUAL_END + 1).cpu("run --quiet")),
    ("run, entries removed at once", |farm| farm.watching_each().ran().watching_none().cpu("run --quiet")),
    ("event, many handed over at once", |farm| {
        let events = farm.watching_all().ran().handed_over();
        farm.cpu(&format!("event --from eventgrid <'{}'", events.display()))
    }),
    ("run, refusing endpoints replaced at once", |farm| {
        farm.watching_refusing("127.0.0").ran().ran().watching_refusing("127.0.1").cpu("run --quiet")
    }),
    ("run, deletions at once", |farm| farm.watching_all().ran().without_half().ran().cpu("run --quiet")),
];

/// A folder of certificates with a policy file and a memory.
struct Farm<'a> {
    folder: TempDir,
    binary: &'a str,
    key: &'a KeyPair,
    size: usize,
}

impl<'a> Farm<'a> {
    fn new(binary: &'a str, key: &'a KeyPair, size: usize) -> Self {
        let farm = Self { folder: tempfile::tempdir().expect("a folder"), binary, key, size };
        fs::create_dir(farm.path("pem")).expect("a folder");
        farm.write(USUAL_END, |number| format!("host-{number}.example.com"));
        farm
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, number: usize) -> PathBuf {
        self.path("pem").join(format!("host-{number}.pem"))
    }

    fn write(&self, end: i32, name: impl Fn(usize) -> String) {
        for number in 0..self.size {
            let mut params = CertificateParams::new([name(number)]).expect("a name");
            params.distinguished_name.push(DnType::CommonName, name(number));
            params.not_before = date_time_ymd(2026, 1, 1);
            params.not_after = date_time_ymd(end, 1, 1);
            params.serial_number = Some((number as u64).into());
            let pem = params.self_signed(self.key).expect("a certificate").pem();
            fs::write(self.file(number), pem).expect("a file");
        }
    }

    fn sharing_a_name(&self) -> &Self {
        self.write(USUAL_END, |_| "www.example.com".to_owned());
        self
    }

    /// The same certificate in every file.
    fn with_one_alone(&self) -> &Self {
        let pem = fs::read(self.file(0)).expect("a file");
        (1..self.size).for_each(|number| fs::write(self.file(number), &pem).expect("a file"));
        self
    }

    fn with_ends(&self, end: i32) -> &Self {
        self.write(end, |number| format!("host-{number}.example.com"));
        self
    }

    /// All of them in the first file.
    fn in_one_file(&self) -> &Self {
        let all = (0..self.size).map(|number| fs::read_to_string(self.file(number)).expect("a file"));
        let all = all.collect::<String>();
        (1..self.size).for_each(|number| fs::remove_file(self.file(number)).expect("a file"));
        fs::write(self.file(0), all).expect("a file");
        self
    }

    fn without_half(&self) -> &Self {
        (0..self.size).step_by(2).for_each(|number| fs::remove_file(self.file(number)).expect("a file"));
        self
    }

    /// In place of all of them.
    fn with_all_names_in_one(&self) -> &Self {
        (1..self.size).for_each(|number| fs::remove_file(self.file(number)).expect("a file"));
        let names = (0..self.size).map(|number| format!("host-{number}.example.com"));
        let mut params = CertificateParams::new(names.collect::<Vec<_>>()).expect("names");
        params.not_before = date_time_ymd(2026, 1, 1);
        params.not_after = date_time_ymd(USUAL_END, 1, 1);
        let pem = params.self_signed(self.key).expect("a certificate").pem();
        fs::write(self.file(0), pem).expect("a file");
        self
    }

    /// One entry with all of them.
    fn watching_all(&self) -> &Self {
        self.write_policies(
            "[contacts.ops]\nemail = \"ops@example.com\"\n[policies.default]\ncontacts = [\"ops\"]\nchannels = [\"inbox\"]\n\
             events = [\"business\", \"alerts\", \"service-changes\"]\n[[certificates]]\nname = \"farm\"\nfile = \"pem\"\n",
        )
    }

    /// As many entries with one file.
    fn watching_one_often(&self) -> &Self {
        let entry = |number| format!("[[certificates]]\nname = \"site-{number}\"\nfile = \"pem/host-0.pem\"\n");
        let contacts = "[contacts.c0]\nemail = \"c0@example.com\"\n[policies.default]\ncontacts = [\"c0\"]\nchannels = [\"inbox\"]\n";
        self.write_policies(&(contacts.to_owned() + &(0..self.size).map(entry).collect::<String>()))
    }

    /// As many wrong values in one list.
    fn with_problems(&self) -> &Self {
        let pins: Vec<String> = (0..self.size).map(|number| format!("\"{number}\"")).collect();
        let pins = pins.join(", ");
        self.write_policies(&format!("[[certificates]]\nname = \"farm\"\nfile = \"pem\"\npins = [{pins}]\n"))
    }

    /// A folder and an entry for each.
    fn in_folders(&self) -> &Self {
        let mut policies = "[contacts.ops]\nemail = \"ops@example.com\"\n[policies.default]\ncontacts = [\"ops\"]\n\
             channels = [\"inbox\"]\nevents = [\"alerts\"]\n"
            .to_owned();
        for number in 0..self.size {
            let folder = self.path(&format!("of-{number}"));
            fs::create_dir(&folder).expect("a folder");
            fs::rename(self.file(number), folder.join("tls.pem")).expect("a file");
            let _ = write!(policies, "[[certificates]]\nname = \"site-{number}\"\nfile = \"of-{number}\"\n");
        }
        self.write_policies(&policies)
    }

    /// In place of one for all.
    fn with_a_contact_each(&self) -> &Self {
        let policies = fs::read_to_string(self.path("policies.toml")).expect("a policy file");
        let (_, entries) = policies.split_once("[[certificates]]").expect("entries");
        let mut written = "[settings]\ndefault-contact = \"c0\"\n".to_owned();
        for (number, entry) in entries.split("[[certificates]]").enumerate() {
            let _ = write!(
                written,
                "[contacts.c{number}]\nemail = \"c{number}@example.com\"\n[policies.p{number}]\ncontacts = [\"c{number}\"]\n\
                 channels = [\"inbox\"]\nevents = [\"alerts\"]\n[[certificates]]{entry}policy = \"p{number}\"\n"
            );
        }
        self.write_policies(&written)
    }

    fn without_any(&self) -> &Self {
        for number in 0..self.size {
            fs::remove_file(self.path(&format!("of-{number}/tls.pem"))).expect("a file");
        }
        self
    }

    /// The same as [`Self::watching_each`], by a mail server that is not there.
    fn watching_each_by_mail(&self) -> &Self {
        self.watching_each();
        let policies = fs::read_to_string(self.path("policies.toml")).expect("a policy file");
        let server = "[email]\nhost = \"127.0.0.1\"\nport = 1\ntls = \"none\"\nfrom = \"certnotify@example.com\"\n";
        self.write_policies(&(policies.replace("\"inbox\"", "\"email\", \"inbox\"") + server))
    }

    /// An entry for each, with a policy and a contact of its own, who is owed a message.
    fn watching_each(&self) -> &Self {
        let mut policies = "[settings]\ndefault-contact = \"c0\"\n".to_owned();
        for number in 0..self.size {
            let _ = write!(
                policies,
                "[contacts.c{number}]\nemail = \"c{number}@example.com\"\n[policies.p{number}]\ncontacts = [\"c{number}\"]\n\
                 channels = [\"inbox\"]\ndeadline = \"9000d\"\ndeadline-cap = \"none\"\n[[certificates]]\n\
                 name = \"site-{number}\"\nfile = \"pem/host-{number}.pem\"\npolicy = \"p{number}\"\n"
            );
        }
        self.write_policies(&policies)
    }

    /// An entry each, all with globs of one folder.
    fn watching_each_by_glob(&self) -> &Self {
        let mut policies =
            "[settings]\ndefault-contact = \"ops\"\n[contacts.ops]\nemail = \"ops@example.com\"\n".to_owned();
        for number in 0..self.size {
            let _ = write!(policies, "[[certificates]]\nname = \"site-{number}\"\nfile = \"pem/host-{number}.*\"\n");
        }
        self.write_policies(&policies)
    }

    fn write_policies(&self, policies: &str) -> &Self {
        fs::write(self.path("policies.toml"), policies).expect("a file");
        self
    }

    /// One entry is left, and no contact is named for what is about none.
    fn watching_none(&self) -> &Self {
        let policies = fs::read_to_string(self.path("policies.toml")).expect("a policy file");
        let tables = policies.replace("default-contact = \"c0\"", "");
        let (contacts, _) = tables.split_once("[[certificates]]").expect("entries");
        self.write_policies(&format!("{contacts}[[certificates]]\nname = \"site-0\"\nfile = \"pem/host-0.pem\"\n"))
    }

    /// A list of endpoints in a network, at none of which a server listens.
    fn watching_refusing(&self, network: &str) -> &Self {
        let endpoints = (0..self.size).map(|number| format!("{network}.{}:{}\n", number % 200 + 2, number / 200 + 1));
        fs::write(self.path("list.txt"), endpoints.collect::<String>()).expect("a list");
        self.write_policies(
            "[contacts.c0]\nemail = \"c0@example.com\"\n[policies.default]\ncontacts = [\"c0\"]\nchannels = [\"inbox\"]\n\
             events = [\"service-changes\", \"alerts\"]\n[[certificates]]\nname = \"edge\"\nlist = \"list.txt\"\n",
        )
    }

    /// An event about each, as a service sends many.
    fn handed_over(&self) -> PathBuf {
        let event = |number: usize| {
            format!(
                r#"{{"eventType":"Microsoft.KeyVault.CertificateNearExpiry","data":{{"ObjectName":"host-{number}.example.com"}}}}"#
            )
        };
        // No more than a hand-over may hold.
        let events: Vec<String> = (0..self.size.min(1000)).map(event).collect();
        let path = self.path("events.json");
        fs::write(&path, format!("[{}]", events.join(","))).expect("a file");
        path
    }

    /// A run that is not measured.
    fn ran(&self) -> &Self {
        self.cpu("run --quiet");
        self
    }

    fn cpu(&self, arguments: &str) -> f64 {
        let (state, policies) = (self.path("memory/state.json"), self.path("policies.toml"));
        let targets = if arguments.starts_with("check") { self.path("pem") } else { PathBuf::new() };
        let (cpu, _, _) = measure(&format!(
            "'{}' {arguments} {} -p '{}' --state '{}'",
            self.binary,
            targets.display(),
            Path::display(&policies),
            Path::display(&state)
        ));
        cpu
    }
}
