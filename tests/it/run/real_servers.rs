//! Against real servers: Postfix takes the mail, nginx and openssl show their certificates. `tests/servers.sh` starts
//! them, and `CERTNOTIFY_REAL_SERVERS` names its folder; without it these tests say that they were not asked for.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Once;
use std::time::{Duration, Instant};

use mail_parser::{Message, MessageParser, MimeHeaders as _};
use serde_json::Value;

pub(super) const PASSWORD: &str = "tell-nobody";

/// The folder of the running servers, and where they listen.
pub(super) struct Servers {
    folder: PathBuf,
    env: HashMap<String, String>,
}

/// None where they were not started: said aloud, for a test that did not look must not pass in silence.
pub(super) fn servers() -> Option<Servers> {
    let Some(folder) = std::env::var_os("CERTNOTIFY_REAL_SERVERS") else {
        static SAID: Once = Once::new();
        SAID.call_once(|| {
            let _ = writeln!(std::io::stderr(), "real servers: not asked for (see tests/servers.sh)");
        });
        return None;
    };
    let folder = PathBuf::from(folder);
    let env = std::fs::read_to_string(folder.join("env")).expect("the servers are running");
    let env = env.lines().filter_map(|line| line.split_once('=')).map(|(name, value)| (name.into(), value.into()));
    Some(Servers { folder: folder.clone(), env: env.collect() })
}

impl Servers {
    pub(super) fn root(&self) -> &str {
        &self.env["ROOT"]
    }

    pub(super) fn port(&self, name: &str) -> &str {
        &self.env[name]
    }

    pub(super) fn certificate(&self, name: &str) -> PathBuf {
        self.folder.join(format!("pki/{name}.chain.pem"))
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Forgets what an earlier test run left in a mailbox.
    pub(super) fn empty(&self, mailbox: &str) {
        let _ = std::fs::remove_dir_all(self.folder.join("mail").join(mailbox));
    }

    /// The mails in a mailbox once there are `count`; the server files them some moments after it took them.
    pub(super) fn mails(&self, mailbox: &str, count: usize) -> Vec<Vec<u8>> {
        let new = self.folder.join("mail").join(mailbox).join("new");
        let patience = Instant::now() + Duration::from_secs(20);
        loop {
            let mails: Vec<_> =
                std::fs::read_dir(&new).into_iter().flatten().map(|file| file.unwrap().path()).collect();
            if mails.len() >= count || Instant::now() > patience {
                assert_eq!(mails.len(), count, "mails in {}", new.display());
                return mails.iter().map(|mail| std::fs::read(mail).unwrap()).collect();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("postfix.log")).unwrap()
    }
}

/// A policy file in a folder of its own, and the runs with it.
pub(super) struct Setup {
    folder: tempfile::TempDir,
}

impl Setup {
    /// `email` are lines of `[email]`, `address` is the value of the contact's `email`.
    pub(super) fn new(servers: &Servers, email: &str, address: &str) -> Self {
        let setup = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::write(setup.folder.path().join("password"), format!("{PASSWORD}\n")).unwrap();
        setup.write_policy(servers, email, address);
        setup
    }

    pub(super) fn write_policy(&self, servers: &Servers, email: &str, address: &str) {
        let expired = servers.certificate("expired");
        let text = format!(
            "[settings]\ntimezone = \"UTC\"\n[email]\nhost = \"localhost\"\nfrom = \"Certificate watch <certs@example.org>\"\n{email}\n\
             [contacts.ops]\nemail = {address}\n[policies.default]\nchannels = [\"email\"]\n\
             [[certificates]]\nname = \"old shop\"\nfile = \"{}\"\nnote = \"A dot first:\\n.hidden\\nand ümlauts, 证书\"\n",
            expired.display()
        );
        std::fs::write(self.folder.path().join("policies.toml"), text).unwrap();
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Output {
        let path = |name: &str| self.folder.path().join(name);
        certnotify()
            .args(arguments)
            .arg("--policies")
            .arg(path("policies.toml"))
            .arg("--state")
            .arg(path("state.json"))
            .env("CERTNOTIFY_TEST_PASSWORD", PASSWORD)
            .output()
            .unwrap()
    }
}

pub(super) fn certnotify() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
    command.env_remove("CERTNOTIFY_POLICIES").env_remove("CERTNOTIFY_STATE").env("NO_COLOR", "1");
    command
}

/// The run ended as it should, and said nothing secret.
#[track_caller]
pub(super) fn ended(output: &Output, code: i32) -> String {
    let mut text = String::new();
    write!(text, "{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)).unwrap();
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(!text.contains(PASSWORD), "{text}");
    text
}

/// What openssl says of a certificate: `-serial`, `-enddate` and so on.
fn openssl(certificate: &Path, options: &[&str]) -> String {
    let output =
        Command::new("openssl").args(["x509", "-noout", "-in"]).arg(certificate).args(options).output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn value_of(line: &str) -> &str {
    line.split_once('=').unwrap().1
}

fn fingerprint(certificate: &Path) -> String {
    value_of(&openssl(certificate, &["-fingerprint", "-sha256"])).replace(':', "").to_lowercase()
}

fn serial(certificate: &Path) -> String {
    value_of(&openssl(certificate, &["-serial"])).to_lowercase().trim_start_matches('0').to_owned()
}

fn parse(mail: &[u8]) -> Message<'_> {
    MessageParser::default().parse(mail).expect("a mail")
}

fn header<'a>(message: &'a Message<'_>, name: &'a str) -> &'a str {
    message.header_raw(name).unwrap_or_else(|| panic!("no {name}")).trim()
}

/// What every mail promises, whatever way it came.
pub(super) fn is_the_mail_as_written(servers: &Servers, mail: &[u8], to: &str) {
    let certificate = servers.certificate("expired");
    let message = parse(mail);
    assert!(message.subject().unwrap().contains("expired.test"), "{:?}", message.subject());
    assert_eq!(message.from().unwrap().first().unwrap().address(), Some("certs@example.org"));
    assert_eq!(message.to().unwrap().first().unwrap().address(), Some(to));
    assert_eq!(header(&message, "Auto-Submitted"), "auto-generated");
    let id = header(&message, "Message-ID").trim_matches(['<', '>']);
    let (hash, domain) = id.split_once('@').expect("an address");
    assert!(hash.len() == 32 && hash.chars().all(|digit| digit.is_ascii_hexdigit()), "{id}");
    assert_eq!(domain, "example.org");
    assert!(message.date().is_some_and(mail_parser::DateTime::is_valid));

    assert!(message.content_type().unwrap().subtype() == Some("alternative"));
    let kinds: Vec<_> = message.parts[1..].iter().map(|part| part.content_type().unwrap().subtype().unwrap()).collect();
    assert_eq!(kinds, ["plain", "html"]);
    let text = message.body_text(0).unwrap();
    let html = message.body_html(0).unwrap();
    for part in [&text, &html] {
        assert!(part.contains("expired.test"), "{part}");
        assert!(part.contains(&fingerprint(&certificate)[..16]), "{part}");
        assert!(part.contains("2021-01-01") || part.contains("1 January 2021"), "{part}");
    }
    let unfolded: String = text.split_whitespace().collect();
    assert!(unfolded.contains(&serial(&certificate)), "{text}");
    assert!(text.contains("\n  .hidden") || text.contains("\n.hidden"), "a line that begins with a dot: {text}");
    assert!(text.contains("and ümlauts, 证书"), "{text}");
    let longest = mail.split(|byte| *byte == b'\n').map(<[u8]>::len).max();
    assert!(longest <= Some(200), "a line of {longest:?} bytes");
}

pub(super) fn submission(servers: &Servers, password: &str) -> String {
    let (port, root) = (servers.port("SUBMISSION_PORT"), servers.root());
    format!("port = {port}\ntls = \"starttls\"\nusername = \"certnotify\"\npassword = {password}\nca-file = \"{root}\"")
}

#[test]
fn a_mail_by_starttls_and_password_arrives_as_it_was_written_and_only_once() {
    let Some(servers) = servers() else { return };
    servers.empty("starttls");
    let setup = Setup::new(&servers, &submission(&servers, "{ file = \"password\" }"), "\"starttls@example.com\"");
    let said = ended(&setup.run(&["run"]), 0);
    assert!(said.contains("queued as"), "{said}");
    let mails = servers.mails("starttls", 1);
    let received = String::from_utf8_lossy(&mails[0]).into_owned();
    assert!(received.contains("Authenticated sender: certnotify") && received.contains("with ESMTPSA"), "{received}");
    is_the_mail_as_written(&servers, &mails[0], "starttls@example.com");

    let said = ended(&setup.run(&["run"]), 0);
    assert!(said.contains("nothing is due"), "{said}");
    servers.mails("starttls", 1);
}

#[test]
fn a_mail_by_implicit_tls_arrives_as_it_was_written() {
    let Some(servers) = servers() else { return };
    servers.empty("implicit");
    let email = format!(
        "port = {}\ntls = \"implicit\"\nusername = \"certnotify\"\npassword = {{ env = \"CERTNOTIFY_TEST_PASSWORD\" }}\nca-file = \"{}\"",
        servers.port("SMTPS_PORT"),
        servers.root()
    );
    let setup = Setup::new(&servers, &email, "\"Ops <implicit@example.com>\"");
    ended(&setup.run(&["run"]), 0);
    is_the_mail_as_written(&servers, &servers.mails("implicit", 1)[0], "implicit@example.com");
}

#[test]
fn a_mail_to_this_machine_needs_no_password_and_no_tls() {
    let Some(servers) = servers() else { return };
    servers.empty("plain");
    let email = format!("port = {}\ntls = \"none\"", servers.port("SMTP_PORT"));
    let setup = Setup::new(&servers, &email, "\"plain@example.com\"");
    ended(&setup.run(&["run", "--quiet"]), 0);
    is_the_mail_as_written(&servers, &servers.mails("plain", 1)[0], "plain@example.com");
}

#[test]
fn a_refused_password_is_said_and_the_mail_goes_out_once_it_is_right() {
    let Some(servers) = servers() else { return };
    servers.empty("retry");
    let setup = Setup::new(&servers, &submission(&servers, "\"not the password\""), "\"retry@example.com\"");
    let said = ended(&setup.run(&["run"]), 1);
    assert!(said.contains("535") && !said.contains("not the password"), "{said}");
    servers.mails("retry", 0);

    setup.write_policy(&servers, &submission(&servers, "{ file = \"password\" }"), "\"retry@example.com\"");
    ended(&setup.run(&["run"]), 0);
    servers.mails("retry", 1);
}

#[test]
fn one_unknown_recipient_does_not_keep_the_mail_from_the_other() {
    let Some(servers) = servers() else { return };
    servers.empty("partial");
    let email = format!("port = {}\ntls = \"none\"", servers.port("SMTP_PORT"));
    let setup = Setup::new(&servers, &email, "[\"gone@example.com\", \"partial@example.com\"]");
    let said = ended(&setup.run(&["run"]), 1);
    assert!(said.contains("gone@example.com") && said.contains("550"), "{said}");
    servers.mails("partial", 1);
    // The refused address is still owed its mail; the other has its own.
    ended(&setup.run(&["run"]), 1);
    servers.mails("partial", 1);
}

#[test]
fn a_server_that_no_root_vouches_for_gets_neither_mail_nor_password() {
    let Some(servers) = servers() else { return };
    let email = submission(&servers, "{ file = \"password\" }").replace("ca-file", "helo = \"untrusting.example\" #");
    let setup = Setup::new(&servers, &email, "\"untrusted@example.com\"");
    ended(&setup.run(&["run"]), 1);
    servers.mails("untrusted", 0);
    assert!(!servers.log().contains("to=<untrusted@example.com>"));
}

/// `check` of one server, as JSON, with its exit code.
pub(super) fn check(servers: &Servers, name: &str, port: &str, more: &[&str]) -> (i32, Value) {
    let address = format!("127.0.0.1:{}", servers.port(port));
    let output = certnotify()
        .args(["check", name, "--connect", &address, "--ca-file", servers.root(), "--format", "json"])
        .args(more)
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    });
    (output.status.code().unwrap(), report["certificates"][0].clone())
}

pub(super) fn findings(certificate: &Value) -> Vec<&str> {
    certificate["findings"].as_array().unwrap().iter().map(|finding| finding["id"].as_str().unwrap()).collect()
}

/// What `check` says of it is what openssl says of the file that the server was given.
pub(super) fn agrees_with_openssl(servers: &Servers, certificate: &Value, name: &str) {
    let file = servers.certificate(name);
    assert_eq!(certificate["fingerprint_sha256"], fingerprint(&file));
    assert_eq!(certificate["serial"], serial(&file));
    let date = |option| openssl(&file, &[option, "-dateopt", "iso_8601"]).split_once('=').unwrap().1.replace(' ', "T");
    assert_eq!(certificate["not_before"], date("-startdate"));
    assert_eq!(certificate["not_after"], date("-enddate"));
    for field in ["subject", "issuer"] {
        let line = openssl(&file, &[&format!("-{field}"), "-nameopt", "rfc2253"]);
        assert_eq!(certificate[field], value_of(&line));
    }
    let stored = std::fs::read_to_string(&file).unwrap().matches("BEGIN CERTIFICATE").count();
    assert_eq!(certificate["chain"].as_array().unwrap().len(), stored - 1);
}

#[test]
fn nginx_is_read_exactly_and_judged_after() {
    let Some(servers) = servers() else { return };
    let judged = [
        ("good", 0, [].as_slice()),
        ("elliptic", 0, &[]),
        ("expired", 2, &["expired"]),
        ("selfsigned", 2, &["self-signed"]),
        ("other", 0, &[]),
    ];
    for (name, code, found) in judged {
        let (exit, certificate) = check(&servers, &format!("{name}.test"), "HTTPS_PORT", &[]);
        assert_eq!(findings(&certificate), found, "{name}");
        assert_eq!(exit, code, "{name}");
        agrees_with_openssl(&servers, &certificate, name);
        let key = if name == "good" { ("RSA", 2048) } else { ("EC", 256) };
        assert_eq!(
            (certificate["key"]["algorithm"].as_str(), certificate["key"]["bits"].as_u64()),
            (Some(key.0), Some(key.1))
        );
    }
}

#[test]
fn a_name_that_nginx_does_not_know_is_a_mismatch_and_still_shows_the_certificate() {
    let Some(servers) = servers() else { return };
    let (exit, certificate) = check(&servers, "nobody.test", "HTTPS_PORT", &[]);
    assert_eq!((exit, findings(&certificate)), (2, vec!["name-mismatch"]));
    agrees_with_openssl(&servers, &certificate, "good");
}

#[test]
fn a_server_that_wants_a_client_certificate_gives_up_its_own() {
    let Some(servers) = servers() else { return };
    let (exit, certificate) = check(&servers, "good.test", "CLIENT_CERTIFICATE_PORT", &[]);
    assert_eq!((exit, findings(&certificate)), (0, vec![]));
    agrees_with_openssl(&servers, &certificate, "good");
    let (exit, certificate) = check(&servers, "elliptic.test", "NO_CLIENT_NO_HANDSHAKE_PORT", &[]);
    assert_eq!((exit, findings(&certificate)), (0, vec![]));
    agrees_with_openssl(&servers, &certificate, "elliptic");
}

#[test]
fn a_weak_key_is_read_and_found_weak() {
    let Some(servers) = servers() else { return };
    let (_, certificate) = check(&servers, "weak.test", "WEAK_KEY_PORT", &[]);
    assert!(findings(&certificate).contains(&"weak-key"), "{certificate}");
    agrees_with_openssl(&servers, &certificate, "weak");
}
