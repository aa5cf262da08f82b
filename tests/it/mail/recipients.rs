//! Several addresses of one contact: each is a recipient of its own.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};

use certnotify::deliver::{Outcome, send_all};
use certnotify::event::EventKind;
use certnotify::history::{Delivery, History};
use certnotify::policy::ContactName;
use time::{Duration as Days, OffsetDateTime};

use super::*;

const BOTH: [&str; 2] = ["alice@example.com", "Bob <bob@example.com>"];

/// One mail for these addresses, sent with its retries; nothing is slept through.
fn run(policies: &Policies, history: &mut History, to: &[&str], now: OffsetDateTime) -> Outcome {
    let mut mail = message("ops", Channel::Email, 1);
    mail.to = to.iter().map(|address| (*address).to_owned()).collect();
    let mut hurried = Hurried(channels(policies), Duration::ZERO);
    let mut save = |_: &History| Ok::<(), std::convert::Infallible>(());
    send_all(&[mail], policies, history, &mut hurried, &mut save, now).unwrap().remove(0)
}

/// Lets no time pass while it waits.
struct Hurried<'a>(Channels<'a>, Duration);

impl certnotify::deliver::Transport for Hurried<'_> {
    fn server(&self, message: &Message) -> Option<String> {
        self.0.server(message)
    }

    fn send(&mut self, message: &Message, now: OffsetDateTime) -> Result<Receipt, DeliveryError> {
        self.0.send(message, now)
    }

    fn elapsed(&self) -> Duration {
        self.1
    }

    fn wait(&mut self, pause: Duration) {
        self.1 += pause;
    }

    fn is_stopped(&self) -> bool {
        false
    }
}

fn sets(server: &SmtpServer) -> Vec<Vec<String>> {
    server.taken().iter().map(|taken| taken.to.clone()).collect()
}

fn told(history: &History, address: &str) -> usize {
    let key = &message("ops", Channel::Email, 1).reminders[0].0;
    let log = history.told(key.fingerprint, key.kind, &key.contact, key.channel);
    log.map_or(0, |log| log.to(Some(address)).count())
}

#[test]
fn a_greylisted_address_gets_the_mail_at_the_next_try_and_the_other_one_not_again() {
    let server = SmtpServer::start(answering("RCPT TO:<BOB", &["451 4.7.1 greylisted"]));
    let policies = policies_for(&server, &BOTH);
    let mut history = History::default();
    let outcome = run(&policies, &mut history, &["alice@example.com", "bob@example.com"], NOW);
    let Outcome::Delivered { receipt } = outcome else { panic!("{outcome:?}") };
    assert_eq!(receipt.refused, []);
    assert_eq!(sets(&server), [["alice@example.com"], ["bob@example.com"]]);
    assert_eq!([told(&history, "alice@example.com"), told(&history, "bob@example.com")], [1, 1]);
    let ids: Vec<String> = server.taken().iter().map(|taken| id(&taken.mail)).collect();
    assert_eq!(ids[0], ids[1], "the same mail");
}

fn id(mail: &str) -> String {
    mail.lines().find(|line| line.starts_with("Message-ID:")).unwrap().to_owned()
}

#[test]
fn an_address_that_is_greylisted_all_along_is_owed_and_the_other_one_is_told() {
    let server = SmtpServer::start(answering("RCPT TO:<BOB", &["451 4.7.1 greylisted"; 3]));
    let policies = policies_for(&server, &BOTH);
    let mut history = History::default();
    let outcome = run(&policies, &mut history, &["alice@example.com", "bob@example.com"], NOW);
    let Outcome::Delivered { receipt } = outcome else { panic!("{outcome:?}") };
    assert_eq!(receipt.refused[0].to_string(), "bob@example.com: 451 4.7.1 greylisted");
    assert!(!receipt.refused[0].help("ops").contains("correct"), "{:?}", receipt.refused);
    assert_eq!([told(&history, "alice@example.com"), told(&history, "bob@example.com")], [1, 0]);
    let ops = ContactName::new("ops");
    assert_eq!(history.mail_refusal(&ops, "bob@example.com").unwrap().runs, 1);
    assert!(history.mail_refusal(&ops, "alice@example.com").is_none());
    assert_eq!(sets(&server), [["alice@example.com"]]);
}

#[test]
fn an_address_that_is_refused_for_good_is_tried_once_a_day_and_counts_for_itself() {
    let server = SmtpServer::start(answering("RCPT TO:<BOB", &["550 5.1.1 no such user"; 9]));
    let policies = policies_for(&server, &BOTH);
    let mut history = History::default();
    let first = run(&policies, &mut history, &["alice@example.com", "bob@example.com"], NOW);
    let Outcome::Delivered { receipt } = first else { panic!("{first:?}") };
    assert!(receipt.refused[0].help("ops").starts_with("correct or remove the address"));
    let tries = || server.clear().iter().filter(|line| line.starts_with("RCPT TO:<bob@")).count();
    assert_eq!(tries(), 1);
    for hour in 1..23 {
        let later = run(&policies, &mut history, &["bob@example.com"], NOW + Days::hours(hour));
        let Outcome::Deferred { reason, .. } = &later else { panic!("{later:?}") };
        assert_eq!(reason.to_string(), "bob@example.com: 550 5.1.1 no such user");
    }
    assert_eq!(tries(), 1);
    run(&policies, &mut history, &["bob@example.com"], NOW + Days::hours(24));
    run(&policies, &mut history, &["bob@example.com"], NOW + Days::hours(48));
    assert_eq!(tries(), 3);
    assert_eq!(history.mail_refusal(&ContactName::new("ops"), "bob@example.com").unwrap().runs, 3);
    history.note_addresses(&policies);
    assert_eq!(history.failed_runs(&ContactName::new("ops"), Channel::Email), 0, "one of two is reached");
}

#[test]
fn recipients_that_were_too_many_get_the_mail_in_another_transaction() {
    let manners = Manners {
        answers: HashMap::from([
            ("RCPT TO:<B@", vec!["452 4.5.3 too many recipients"]),
            ("RCPT TO:<C@", vec!["452 4.5.3 too many recipients"; 2]),
        ]),
        extensions: vec!["PIPELINING", "SIZE 1000000"],
        ..Manners::default()
    };
    let server = SmtpServer::start(manners);
    let policies = policies_for(&server, &["a@example.com", "b@example.com", "c@example.com"]);
    let receipt = send_by(&policies).unwrap();
    assert_eq!(receipt.refused, []);
    assert_eq!(sets(&server), [["a@example.com"], ["b@example.com"], ["c@example.com"]]);
    assert_eq!(server.clear().iter().filter(|line| line.starts_with("EHLO")).count(), 1, "over one connection");
    assert_eq!(server.faults(), [""; 0]);
}

#[test]
fn what_a_contact_was_told_before_counts_for_its_addresses_and_for_none_that_comes_later() {
    let server = SmtpServer::start(Manners::default());
    let policies = policies_for(&server, &BOTH);
    let mut history = History::default();
    let key = message("ops", Channel::Email, 1).reminders[0].0.clone();
    let delivery = Delivery::new(NOW, "30 days before its end");
    history.note_delivery(key.fingerprint, EventKind::Expiration, &key.contact, Channel::Email, delivery);
    history.note_addresses(&policies);
    let log = |history: &History, address: &str| {
        let log = history.told(key.fingerprint, EventKind::Expiration, &key.contact, Channel::Email).unwrap().clone();
        log.to(Some(address)).count()
    };
    assert_eq!([log(&history, "alice@example.com"), log(&history, "bob@example.com")], [1, 1]);
    let more = policies_for(&server, &["alice@example.com", "bob@example.com", "carol@example.com"]);
    history.note_addresses(&more);
    assert_eq!(log(&history, "carol@example.com"), 0);
    assert_eq!(log(&history, "bob@example.com"), 1, "the name before an address makes no other recipient of it");
}

#[test]
fn many_mails_go_out_over_one_connection() {
    let server = SmtpServer::start(Manners { extensions: vec!["PIPELINING"], ..Manners::default() });
    let policies = policies_for(&server, &["ops@example.com"]);
    let mut channels = channels(&policies);
    for number in 1..=20 {
        channels.send(&message("ops", Channel::Email, number), NOW).unwrap();
    }
    drop(channels);
    let count = |verb: &str| server.clear().iter().filter(|line| line.starts_with(verb)).count();
    assert_eq!([count("EHLO"), count("MAIL"), count("QUIT"), server.taken().len()], [1, 20, 1, 20]);
}

/// A server that hangs up after each mail, without a word.
fn curt_server(mails: usize) -> (u16, std::thread::JoinHandle<usize>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let taken =
        std::thread::spawn(move || listener.incoming().take(mails).filter_map(|stream| curt(stream.unwrap())).count());
    (port, taken)
}

fn curt(mut stream: std::net::TcpStream) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    write!(stream, "220 mail.example.com\r\n").unwrap();
    loop {
        let line = lines.next()?.ok()?;
        if line == "DATA" {
            write!(stream, "354 go on\r\n").unwrap();
            lines.by_ref().find(|line| line.as_ref().is_ok_and(|line| line == "."))?.ok()?;
            write!(stream, "250 2.0.0 Ok\r\n").unwrap();
            return Some(());
        }
        write!(stream, "250 mail.example.com\r\n").unwrap();
    }
}

#[test]
fn a_connection_that_the_server_closed_meanwhile_is_made_anew() {
    let (port, taken) = curt_server(2);
    let mut policies = policies([contact_with_mail("ops", &["ops@example.com"])]);
    policies.mail.port = port;
    let mut channels = channels(&policies);
    channels.send(&message("ops", Channel::Email, 1), NOW).unwrap();
    channels.send(&message("ops", Channel::Email, 2), NOW).unwrap();
    assert_eq!(taken.join().unwrap(), 2);
}

#[test]
fn an_address_that_the_server_cannot_name_keeps_the_mail_from_no_other() {
    let server = SmtpServer::start(Manners::default());
    let policies = policies_for(&server, &["jürgen@example.com", "alice@example.com", "bob@bücher.example"]);
    let to = ["jürgen@example.com", "alice@example.com", "bob@bücher.example"];
    let mut history = History::default();
    let Outcome::Delivered { receipt } = run(&policies, &mut history, &to, NOW) else { panic!() };
    let refused: Vec<String> = receipt.refused.iter().map(ToString::to_string).collect();
    assert!(matches!(refused.as_slice(), [one] if one.starts_with("jürgen@example.com: ") && one.contains("SMTPUTF8")));
    assert_eq!(sets(&server), [["alice@example.com", "bob@xn--bcher-kva.example"]]);
    assert!(server.taken()[0].mail.is_ascii());
    assert_eq!(to.map(|address| told(&history, address)), [0, 1, 1]);
    assert_eq!(history.mail_refusal(&ContactName::new("ops"), "jürgen@example.com").unwrap().runs, 1);
}
