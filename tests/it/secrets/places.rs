//! A secret in every place where the policy file takes one, in every form, and servers that refuse all of them and quote them.
//! The places are those of the definitions of the keys: a key of a new channel is in this test with its definition.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certnotify::address::Url;
use certnotify::channels::{Role, Table, TableKey, tables};
use certnotify::policy::keys::{KeyTable, Kind, ROOT};
use serde_json::json;
use tempfile::TempDir;

use super::printed::forms;
use super::texts_below;

/// The places of secrets beside those of channels, which this policy fills.
const PLACES: [&str; 9] = [
    "certificates.password",
    "certificates.proxy",
    "email.oauth.client-secret",
    "email.oauth.refresh-token",
    "email.oauth.token",
    "email.password",
    "policies.certificates.password",
    "policies.certificates.proxy",
    "settings.heartbeat",
];

/// Every place of a secret in these tables, by its path.
fn places(table: &KeyTable, path: &str, found: &mut BTreeSet<String>) {
    for key in table.keys.iter().filter(|key| !key.is_refused) {
        let path = if path.is_empty() { key.name.to_owned() } else { format!("{path}.{}", key.name) };
        match key.kind {
            Kind::Secret | Kind::Token | Kind::SecretText => {
                found.insert(path);
            }
            Kind::Table(below) | Kind::Named(below) | Kind::List(below) | Kind::Steps(below) => {
                places(below, &path, found);
            }
            _ if key.is_sensitive => {
                found.insert(path);
            }
            _ => {}
        }
    }
}

#[test]
fn every_key_that_takes_a_secret_is_in_this_test() {
    let mut found = BTreeSet::new();
    places(&ROOT, "", &mut found);
    let unknown: Vec<&String> = found.iter().filter(|place| !PLACES.contains(&place.as_str())).collect();
    assert!(unknown.is_empty(), "write them into the policy of this file: {unknown:?}");
}

/// Values of the shapes that vendors give their secrets, each with this number in it.
fn shapes(number: usize) -> Vec<String> {
    let hex = format!("c0ffee{number:02x}5ca1ab1e0ddba11f{number:02x}deface");
    vec![
        format!("canaryZq9L{number:03}mN4tRs8vWx"),
        hex.clone(),
        hex[..30].to_owned(),
        format!("{hex}{hex}"),
        format!("SEC{hex}{hex}"),
        format!("SCT{number:02}9TcanaryQwErTyUiOpLkJhGfD"),
        format!("123456{number:03}:AAHcanary{number:02}Zk5_mTgRwYxBdNcPsLfJeU"),
        format!("whsec_{}", STANDARD.encode(format!("canary-of-the-hook-{number:05}"))),
        format!("discord://12345678{number:02}/canaryTokenOfAppriseQwErTy"),
        format!("!canary{number:02}room:example.org"),
        format!("-1001234567{number:03}"),
        format!("canary-{number:02}/repository-of-{number:02}"),
        format!("C0CANARY{number:02}ROOM{number:02}"),
    ]
}

/// A value that the key takes.
fn value(of: &str, key: &TableKey, number: usize) -> String {
    let fits = |shape: &String| key.objection(shape).is_none();
    shapes(number).into_iter().find(fits).unwrap_or_else(|| panic!("no shape is one of `{}` of {of}", key.name))
}

/// An address that the channel takes, with the secret in it.
fn address(of: &str, table: &Table, base: &str, secret: &str) -> String {
    let own = table.hosts.as_ref().map(|hosts| match hosts.parameter {
        "" => format!("{base}{}{secret}", hosts.path),
        parameter => format!("{base}{}?{parameter}{secret}", hosts.path),
    });
    let paths = [
        "/hook/{}",
        "/hooks/1234567890/{}",
        "/api/webhooks/1234567890/{}",
        "/v1/spaces/A/messages?key=k&token={}",
        "/workflows/1/invoke?sig={}",
    ];
    let usual = paths.iter().map(|path| format!("{base}{}", path.replace("{}", secret)));
    let mut fits = own.into_iter().chain(usual).filter(|address| table.objection(&Url::split(address)).is_none());
    fits.next().unwrap_or_else(|| panic!("no address is one of {of}"))
}

/// Refuses whatever it is asked, and quotes its secrets, in the form of this number.
struct Parrot {
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
}

impl Parrot {
    fn start(status: u16, number: usize, secrets: impl FnOnce(&str) -> Vec<String>) -> (Self, Vec<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let secrets = secrets(&format!("http://{address}"));
        let said: String = secrets.iter().map(|secret| forms(secret).remove(number) + " ").collect();
        let asked = Arc::new(AtomicUsize::new(0));
        let parrot = Self { address, asked: Arc::clone(&asked) };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                asked.fetch_add(1, Ordering::Relaxed);
                let said = said.trim_end().to_owned();
                std::thread::spawn(move || answer(stream, status, &said));
            }
        });
        (parrot, secrets)
    }
}

fn answer(stream: TcpStream, status: u16, said: &str) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line == "\r\n" {
            break;
        }
    }
    reader.read_exact(&mut vec![0; length]).ok()?;
    let reply = json!({
        "errcode": 40_001, "errmsg": said, "code": 19_001, "msg": said, "error_code": 400, "description": said, "error": said,
        "errorCode": 400, "errorDescription": said, "error_description": said, "message": said, "status": said, "errors": [said],
        "ok": false, "errcode_": said, "result": "error",
    });
    let reply = reply.to_string();
    let head = format!(
        "HTTP/1.1 {status} {said}\r\nWWW-Authenticate: Bearer error=\"{said}\"\r\nContent-Length: {}",
        reply.len()
    );
    write!(reader.get_mut(), "{head}\r\nContent-Type: application/json\r\n\r\n{reply}").ok()
}

/// A policy that is put together, with where its secrets are.
struct Written {
    folder: TempDir,
    policy: String,
    secrets: Vec<String>,
    variables: BTreeMap<String, String>,
    parrots: Vec<(String, Parrot)>,
}

impl Written {
    /// The secret as the policy file has it: each form has its turn.
    fn secret(&mut self, secret: &str, turn: usize) -> String {
        let name = format!("SECRET_{}", self.secrets.len());
        self.secrets.push(secret.to_owned());
        match turn % 4 {
            0 => json!(secret).to_string(),
            1 => {
                self.variables.insert(name.clone(), secret.to_owned());
                format!("{{ env = \"{name}\" }}")
            }
            2 => {
                fs::write(self.folder.path().join(&name), format!("{secret}\n")).unwrap();
                format!("{{ file = \"{name}\" }}")
            }
            _ => {
                fs::write(self.folder.path().join(&name), secret).unwrap();
                format!("{{ credential = \"{name}\" }}")
            }
        }
    }

    /// A contact with this channel, whose server refuses it; each key that is needed, and each that may be a secret.
    fn channel(&mut self, (name, table): (&'static str, &'static Table), status: u16, number: usize, turn: usize) {
        let mut keys = Vec::new();
        let (parrot, _) = Parrot::start(status, number, |base| {
            let left_out = |key: &&TableKey| {
                table.choice.as_ref().is_some_and(|choice| {
                    choice.is_one_alone
                        && choice.of.contains(&key.name)
                        && choice.of[turn % choice.of.len()] != key.name
                })
            };
            let mut own = Vec::new();
            for key in table.keys.iter().filter(|key| !left_out(key)) {
                let canary = || value(name, key, self.secrets.len() + own.len());
                match key.role {
                    Role::Address => {
                        let canary = canary();
                        own.push((key.name, address(name, table, base, &canary), Some(canary)));
                    }
                    Role::Base(_) => keys.push(format!("{} = \"{base}\"", key.name)),
                    Role::Token | Role::Signing | Role::Target { is_secret: true } => {
                        let canary = canary();
                        own.push((key.name, canary.clone(), Some(canary)));
                    }
                    Role::Target { is_secret: false } => {
                        let canary = canary();
                        own.push((key.name, canary, None));
                    }
                    Role::Detail(usual) if key.is_needed || table.choice.is_some() => {
                        keys.push(format!("{} = \"{usual}\"", key.name));
                    }
                    _ => {}
                }
            }
            let secrets = own.iter().filter_map(|(.., canary)| canary.clone()).collect();
            for (nth, (key, value, canary)) in own.into_iter().enumerate() {
                let written = if canary.is_some() { self.secret(&value, turn + nth) } else { json!(value).to_string() };
                if let (Some(canary), Some(last)) = (canary, self.secrets.last_mut()) {
                    *last = canary;
                }
                keys.push(format!("{key} = {written}"));
            }
            secrets
        });
        writeln!(self.policy, "[contacts.{name}]\n{name} = {{ {} }}", keys.join(", ")).unwrap();
        self.parrots.push((name.to_owned(), parrot));
    }

    /// What is no channel: mail by OAuth, a heartbeat, the password of a store, a proxy.
    fn others(&mut self, status: u16, number: usize, turn: usize) {
        let mut settings = String::new();
        let refused = |written: &mut Self, place: &str, write: &dyn Fn(&mut Self, &str, &[String]) -> String| {
            let (parrot, secrets) = Parrot::start(status, number, |_| {
                vec![shapes(70 + written.secrets.len()).remove(0), shapes(80 + written.secrets.len()).remove(0)]
            });
            let base = format!("http://{}", parrot.address);
            let text = write(written, &base, &secrets);
            written.parrots.push((place.to_owned(), parrot));
            text
        };
        settings += &refused(self, "heartbeat", &|written, base, canaries| {
            let address = written.secret(&format!("{base}/ping/{}", canaries[0]), turn);
            written.secrets.last_mut().unwrap().clone_from(&canaries[0]);
            format!("[settings]\ntime-limit = \"10s\"\nheartbeat = {address}\n")
        });
        settings += &refused(self, "oauth", &|written, base, canaries| {
            let [client, refresh] = [0, 1].map(|nth| written.secret(&canaries[nth], turn + nth));
            format!(
                "[email]\nhost = \"127.0.0.1\"\nport = 1\ntls = \"none\"\nusername = \"u\"\noauth = {{ token-url = \"{base}/token\", \
                 client-id = \"app\", client-secret = {client}, refresh-token = {refresh} }}\n"
            )
        });
        let endpoint = refused(self, "proxy", &|written, base, canaries| {
            written.secrets.push(canaries[0].clone());
            let proxy = base.replace("http://", &format!("http://user:{}@", canaries[0]));
            format!("[[certificates]]\nname = \"far\"\nendpoint = \"www.example.com:443\"\nproxy = \"{proxy}\"\n")
        });
        let store = shapes(90).remove(0);
        let password = self.secret(&store, turn);
        self.policy = format!(
            "{settings}{}[contacts.mail]\nemail = \"ops@example.com\"\n{endpoint}[[certificates]]\nname = \"store\"\n\
             file = \"store.p12\"\npassword = {password}\n",
            self.policy
        );
    }
}

/// The program that contacts are told by as well: it writes down what it is given.
const TELL: &str =
    "#!/bin/sh\ncat >>FOLDER/given\nenv >>FOLDER/given\ntr '\\0' '\\n' </proc/$PPID/cmdline >>FOLDER/given\n";

fn written(status: u16, number: usize) -> Written {
    let mut written = Written {
        folder: TempDir::new().unwrap(),
        policy: String::new(),
        secrets: Vec::new(),
        variables: BTreeMap::new(),
        parrots: Vec::new(),
    };
    let mut contacts = vec!["mail".to_owned(), "program".to_owned()];
    let mut channels = vec!["email".to_owned(), "inbox".to_owned(), "command".to_owned()];
    for (nth, (name, channel, table)) in tables().enumerate() {
        if name == channel.as_str() {
            written.channel((name, table), status, number, nth + number);
            contacts.push(name.to_owned());
            channels.push(name.to_owned());
        }
    }
    written.others(status, number, number);
    let folder = written.folder.path().to_owned();
    let tell = folder.join("tell");
    fs::write(&tell, TELL.replace("FOLDER", &folder.display().to_string())).unwrap();
    fs::set_permissions(&tell, fs::Permissions::from_mode(0o755)).unwrap();
    let store = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/containers/aes-128.p12");
    fs::copy(store, folder.join("store.p12")).unwrap();
    fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/certificates/expired.pem"), folder.join("www.pem"))
        .unwrap();
    // A policy takes ten contacts.
    let mut policy = written.policy.clone();
    writeln!(policy, "[contacts.program]\ncommand = {{ argv = [\"{}\"] }}", tell.display()).unwrap();
    for (nth, ten) in contacts.chunks(10).enumerate() {
        let told = json!(ten).to_string();
        writeln!(
            policy,
            "[policies.p{nth}]\ncontacts = {told}\nchannels = {}\nevents = [\"business\", \"alerts\"]",
            json!(channels)
        )
        .unwrap();
        writeln!(policy, "[[certificates]]\nname = \"www{nth}\"\nfile = \"www.pem\"\npolicy = \"p{nth}\"").unwrap();
    }
    writeln!(policy, "[policies.default]\ncontacts = [\"mail\"]").unwrap();
    fs::write(folder.join("policies.toml"), policy).unwrap();
    written
}

fn certnotify(written: &Written, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
    let folder = written.folder.path();
    command.env_clear().env("PATH", "/usr/bin:/bin").env("CREDENTIALS_DIRECTORY", folder).envs(&written.variables);
    command.current_dir(folder).args(arguments).args(["-p", "policies.toml", "--state", "memory/state.json"]);
    let output = command.output().unwrap();
    assert!(output.status.code().is_some_and(|code| code < 2), "{arguments:?}: {output:?}");
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

fn assert_hidden(status: u16, number: usize) {
    let written = written(status, number);
    let mut said = String::new();
    for arguments in [&["run", "-v"][..], &["run"], &["run", "--format", "json"], &["history"], &["test", "--all"]] {
        said += &certnotify(&written, arguments);
    }
    let folder = written.folder.path();
    said += &fs::read_to_string(folder.join("given")).unwrap();
    said += &texts_below(&folder.join("memory"));
    // In mails lines are broken anywhere.
    let said = said.replace("=\r\n", "").replace("=\n", "");
    for (place, parrot) in &written.parrots {
        assert!(parrot.asked.load(Ordering::Relaxed) > 0, "{place} was never asked: {said}");
    }
    assert!(said.contains("<secret>"), "{said}");
    for secret in &written.secrets {
        for form in [secret.clone(), forms(secret).remove(number)] {
            let middle = form.chars().count() / 2;
            let telling: String = form.chars().skip(middle.saturating_sub(5)).take(10).collect();
            let line = said.lines().find(|line| line.contains(&telling));
            assert!(line.is_none(), "{secret} as {form}, {status}: {line:?}");
        }
    }
}

#[test]
fn a_secret_in_any_place_that_is_refused_and_quoted_is_said_nowhere() {
    std::thread::scope(|scope| {
        for number in 0..forms("").len() {
            // In clear, in JSON, percent-encoded and in Base64 with either status.
            for status in if [0, 4, 5, 7].contains(&number) { &[200, 401][..] } else { &[401] } {
                scope.spawn(move || assert_hidden(*status, number));
            }
        }
    });
}
