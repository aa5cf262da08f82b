//! Commands in groups (RFC 2920): the next mail begins with the end of the one before, and each has its own answers.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration as Time;

use serde_json::Value;
use time::{Duration, OffsetDateTime};

use crate::support::certificates::leaf;

const CONTACTS: [&str; 4] = ["anna", "bob", "carl", "dora"];

/// How the server differs from one that takes everything.
#[derive(Clone, Default)]
struct Manners {
    is_without_groups: bool,
    /// Answers to the first command, or final dot of the mail to an address, that begins so.
    answers: Vec<(&'static str, &'static str)>,
    /// It closes the connection after its answer to the mail to this address; once.
    leaves_after: Option<&'static str>,
    /// The same without the answer.
    leaves_before_answering: Option<&'static str>,
}

#[derive(Default)]
struct Seen {
    /// The commands, without their addresses of the sender; a mail is `. ADDRESS`.
    commands: Vec<String>,
    connections: usize,
    taken: Vec<String>,
    /// Final dots behind which commands stood.
    grouped: usize,
}

struct House {
    folder: tempfile::TempDir,
    seen: Arc<Mutex<Seen>>,
}

impl House {
    /// One certificate that ends soon, of which four contacts are told by a mail each.
    fn new(manners: Manners) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let shared = Arc::clone(&seen);
        std::thread::spawn(move || {
            let mut manners = manners;
            for stream in listener.incoming().flatten() {
                shared.lock().unwrap().connections += 1;
                let _ = serve(&stream, &mut manners, &shared);
            }
        });
        let now: OffsetDateTime = fs::metadata(folder.path()).unwrap().modified().unwrap().into();
        let life = leaf(&["www.example.com"]).lives(now - Duration::days(80), now + Duration::days(10));
        fs::write(folder.path().join("www.pem"), life.self_signed().pem).unwrap();
        let contacts = CONTACTS.map(|name| format!("[contacts.{name}]\nemail = \"{name}@example.com\"\n")).concat();
        let policy = format!(
            "[email]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nfrom = \"certnotify@example.com\"\n{contacts}\
             [policies.default]\ncontacts = [\"anna\", \"bob\", \"carl\", \"dora\"]\nchannels = [\"email\"]\n\
             events = [\"business\"]\n[[certificates]]\nname = \"www\"\nfile = \"www.pem\"\n"
        );
        fs::write(folder.path().join("policies.toml"), policy).unwrap();
        Self { folder, seen }
    }

    /// What became of the mail to each contact, with what is said of it.
    fn run(&self) -> Vec<(String, String, String)> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.current_dir(self.folder.path()).env_clear().env("TZ", "UTC");
        command.args(["run", "--policies", "policies.toml", "--state", "state.json", "--format", "json"]);
        let output = command.output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let text = |message: &Value, key: &str| message[key].as_str().unwrap().to_owned();
        let messages = report["messages"].as_array().unwrap().iter();
        messages.map(|message| (text(message, "contact"), text(message, "outcome"), text(message, "detail"))).collect()
    }

    fn outcomes(&self) -> Vec<String> {
        self.run().into_iter().map(|(contact, outcome, _)| format!("{contact} {outcome}")).collect()
    }

    fn taken(&self) -> Vec<String> {
        self.seen.lock().unwrap().taken.clone()
    }
}

fn serve(stream: &TcpStream, manners: &mut Manners, seen: &Mutex<Seen>) -> Option<()> {
    let mut input = BufReader::new(stream.try_clone().unwrap());
    let mut output = stream;
    let mut say = |text: &str| output.write_all(format!("{text}\r\n").as_bytes()).ok();
    say("220 mail.example.com ESMTP")?;
    let mut to = String::new();
    loop {
        let line = line(&mut input)?;
        let address = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_owned();
        seen.lock().unwrap().commands.push(if verb == "RCPT" { line.clone() } else { verb.clone() });
        if let Some(at) = manners.answers.iter().position(|(begin, _)| line.starts_with(begin)) {
            say(manners.answers.remove(at).1)?;
            continue;
        }
        match verb.as_str() {
            "EHLO" if manners.is_without_groups => say("250 mail.example.com")?,
            "EHLO" => say("250-mail.example.com\r\n250 PIPELINING")?,
            "RCPT" => {
                to = address;
                say("250 2.1.5 Ok")?;
            }
            "DATA" if to.is_empty() => say("503 5.5.1 no valid recipients")?,
            "DATA" => {
                say("354 go on")?;
                while self::line(&mut input)? != "." {}
                let to = std::mem::take(&mut to);
                if is_more_there(stream, &mut input) {
                    seen.lock().unwrap().grouped += 1;
                }
                end(&to, manners, seen, &mut say)?;
            }
            "MAIL" | "RSET" => {
                to.clear();
                say("250 2.1.0 Ok")?;
            }
            _ => say("221 2.0.0 Bye")?,
        }
    }
}

/// The answer to a mail; none where the connection is over.
fn end(to: &str, manners: &mut Manners, seen: &Mutex<Seen>, say: &mut impl FnMut(&str) -> Option<()>) -> Option<()> {
    let dot = format!(". {to}");
    seen.lock().unwrap().commands.push(dot.clone());
    if let Some(at) = manners.answers.iter().position(|(begin, _)| dot.starts_with(begin)) {
        return say(manners.answers.remove(at).1);
    }
    if manners.leaves_before_answering.take_if(|address| to == *address).is_some() {
        return None;
    }
    seen.lock().unwrap().taken.push(to.to_owned());
    say(&format!("250 2.0.0 Ok: queued as {to}"))?;
    manners.leaves_after.take_if(|address| to == *address).is_none().then_some(())
}

fn line(input: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    input.read_line(&mut line).ok().filter(|read| *read > 0)?;
    Some(line.trim_end().to_owned())
}

fn is_more_there(stream: &TcpStream, input: &mut BufReader<TcpStream>) -> bool {
    stream.set_read_timeout(Some(Time::from_millis(30))).unwrap();
    let is_there = input.fill_buf().is_ok_and(|bytes| !bytes.is_empty());
    stream.set_read_timeout(Some(Time::from_secs(20))).unwrap();
    is_there
}

fn all_but(settled: &[(&str, &str)]) -> Vec<String> {
    let outcome =
        |name: &str| settled.iter().find(|(other, _)| *other == name).map_or("delivered", |(_, outcome)| outcome);
    CONTACTS.map(|name| format!("{name} {}", outcome(name))).into()
}

fn addresses(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("{name}@example.com")).collect()
}

#[test]
fn the_next_mail_begins_with_the_end_of_the_one_before_and_its_words_wait_for_the_answer() {
    let house = House::new(Manners::default());
    assert_eq!(house.outcomes(), all_but(&[]));
    let seen = house.seen.lock().unwrap();
    assert_eq!((seen.connections, seen.grouped), (1, 3), "{:?}", seen.commands);
    let mut expected = vec!["EHLO".to_owned()];
    for name in CONTACTS {
        let to = format!("{name}@example.com");
        expected.extend(["MAIL".to_owned(), format!("RCPT TO:<{to}>"), "DATA".to_owned(), format!(". {to}")]);
    }
    expected.push("QUIT".to_owned());
    assert_eq!(seen.commands, expected);
    assert_eq!(seen.taken, addresses(&CONTACTS));
}

#[test]
fn a_server_that_does_not_offer_groups_is_sent_none() {
    let house = House::new(Manners { is_without_groups: true, ..Manners::default() });
    assert_eq!(house.outcomes(), all_but(&[]));
    assert_eq!(house.taken(), addresses(&CONTACTS));
    assert_eq!(house.seen.lock().unwrap().grouped, 0);
}

#[test]
fn each_answer_in_a_group_counts_for_its_own_mail() {
    for (command, reason) in [("RCPT TO:<bob", "550 5.1.1 no such user"), (". bob", "554 5.7.1 no such mail")] {
        let house = House::new(Manners { answers: vec![(command, reason)], ..Manners::default() });
        let told = house.run();
        let outcomes: Vec<String> = told.iter().map(|(contact, outcome, _)| format!("{contact} {outcome}")).collect();
        assert_eq!(outcomes, all_but(&[("bob", "failed")]), "{command}");
        for (contact, _, detail) in &told {
            assert_eq!(detail.contains(reason), contact == "bob", "{command}: {contact}: {detail}");
            let is_own = detail.contains(&format!("queued as {contact}@example.com"));
            assert_eq!(is_own, contact != "bob", "{command}: {contact}: {detail}");
        }
        assert_eq!(house.taken(), addresses(&["anna", "carl", "dora"]), "{command}");
    }
}

#[test]
fn what_is_refused_for_now_in_a_group_is_taken_in_its_next_try_and_once() {
    for command in ["RCPT TO:<bob", ". bob"] {
        let manners = Manners { answers: vec![(command, "450 4.2.0 come back later")], ..Manners::default() };
        let house = House::new(manners);
        assert_eq!(house.outcomes(), all_but(&[]), "{command}");
        assert_eq!(house.taken(), addresses(&["anna", "carl", "dora", "bob"]), "{command}");
    }
}

#[test]
fn a_sender_that_is_refused_with_the_mail_before_is_named_once_more() {
    let answers = vec![("MAIL", "250 2.1.0 Ok"), ("MAIL", "503 5.5.1 not while a mail is refused")];
    let house = House::new(Manners { answers, ..Manners::default() });
    assert_eq!(house.outcomes(), all_but(&[]));
    assert_eq!(house.taken(), addresses(&CONTACTS));
    assert_eq!(house.seen.lock().unwrap().commands.iter().filter(|command| *command == "RSET").count(), 1);
}

#[test]
fn a_connection_that_ends_after_an_answer_costs_no_mail_and_repeats_none() {
    let house = House::new(Manners { leaves_after: Some("bob@example.com"), ..Manners::default() });
    assert_eq!(house.outcomes(), all_but(&[]));
    assert_eq!(house.taken(), addresses(&CONTACTS));
    assert_eq!(house.seen.lock().unwrap().connections, 2);
}

#[test]
fn a_connection_that_ends_without_an_answer_leaves_only_that_mail_unanswered() {
    let house = House::new(Manners { leaves_before_answering: Some("bob@example.com"), ..Manners::default() });
    assert_eq!(house.outcomes(), all_but(&[("bob", "unanswered")]));
    assert_eq!(house.taken(), addresses(&["anna", "carl", "dora"]));
    // The next run sends it again, and no other.
    assert_eq!(house.outcomes(), ["bob delivered"]);
    assert_eq!(house.taken(), addresses(&["anna", "carl", "dora", "bob"]));
}
