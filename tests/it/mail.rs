//! Sending mail: what counts as sent, what is said of what went wrong, and what never goes out in clear.

mod dangers;
mod fuzzed;
mod greylisted;
mod logins;
mod oauth;
mod private_authority;
mod recipients;
mod sendmail;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use certnotify::deliver::{Channels, DeliveryError, MailLimits, Receipt, TimeLimits, Transport as _, WhyNot};
use certnotify::policy::{Channel, Host, MailTls, Policies, Secret, Zone};
use certnotify::render::{Body, Mail, Message};
use time::macros::datetime;

use crate::support::authority::Authority;
use crate::support::delivery::{NOW, contact_with_mail, literal, message, no_environment, policies};
use crate::support::smtp_server::{Manners, SmtpServer};

const USER: &str = "certnotify";
const PASSWORD: &str = "correct-horse";

fn limits(limit: Duration) -> TimeLimits {
    TimeLimits { connection: limit, webhook: limit, mail: MailLimits::each(limit) }
}

/// A contact with these addresses whose mail goes out by this server, without TLS.
fn policies_for(server: &SmtpServer, addresses: &[&str]) -> Policies {
    let mut policies = policies([contact_with_mail("ops", addresses)]);
    policies.mail.port = server.port();
    policies
}

fn channels(policies: &Policies) -> Channels<'_> {
    let stop = Arc::new(AtomicBool::new(false));
    Channels::new(policies, "web-1.example.com", no_environment, "/nowhere", stop)
        .with_time_limits(limits(Duration::from_secs(20)))
}

fn send_by(policies: &Policies) -> Result<Receipt, DeliveryError> {
    channels(policies).send(&message("ops", Channel::Email, 1), NOW)
}

fn send(server: &SmtpServer) -> Result<Receipt, DeliveryError> {
    send_by(&policies_for(server, &["ops@example.com"]))
}

pub(crate) fn answering(command: &'static str, answers: &[&'static str]) -> Manners {
    Manners { answers: HashMap::from([(command, answers.to_vec())]), ..Manners::default() }
}

fn permanent(result: Result<Receipt, DeliveryError>) -> (String, String) {
    match result {
        Err(DeliveryError::Permanent { reason, help }) => (reason.to_string(), help),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_mail_is_sent_when_the_server_took_it_after_the_final_dot() {
    let server = SmtpServer::start(Manners::default());
    let receipt = send(&server).unwrap();
    assert_eq!(receipt.answer, format!("127.0.0.1:{}: 250, queued as 4c7Xk2", server.port()));
    assert_eq!(receipt.refused, []);
    let taken = server.taken();
    assert_eq!(
        (taken[0].from.as_str(), taken[0].to.as_slice()),
        ("certnotify@web-1.example.com", &["ops@example.com".to_owned()][..])
    );
    assert!(
        taken[0].mail.contains("Subject: subject 1\r\n")
            && taken[0].mail.contains("\r\nAuto-Submitted: auto-generated\r\n")
    );
    assert_eq!(server.clear()[0], "EHLO web-1.example.com");
    assert_eq!(server.clear().last().unwrap(), "QUIT");
    assert_eq!(server.faults(), <[String; 0]>::default());
}

#[test]
fn one_mail_goes_to_every_address_of_a_contact() {
    let server = SmtpServer::start(Manners::default());
    let policies = policies_for(&server, &["ops@example.com", "Anna <anna@bücher.example>"]);
    send_by(&policies).unwrap();
    assert_eq!(server.taken()[0].to, ["ops@example.com", "anna@xn--bcher-kva.example"]);
    assert_eq!(server.taken().len(), 1);
}

#[test]
fn the_date_is_in_the_zone_of_the_reader() {
    let server = SmtpServer::start(Manners::default());
    let mut policies = policies_for(&server, &["ops@example.com"]);
    send_by(&policies).unwrap();
    policies.contacts.values_mut().for_each(|contact| contact.zone = Some(Zone::named("Asia/Shanghai").unwrap()));
    send_by(&policies).unwrap();
    let dates: Vec<String> = server
        .taken()
        .iter()
        .filter_map(|taken| taken.mail.lines().find_map(|line| line.strip_prefix("Date: ").map(str::to_owned)))
        .collect();
    assert_eq!(dates, ["Sat, 21 Nov 2026 09:07:00 +0100", "Sat, 21 Nov 2026 16:07:00 +0800"]);
}

#[test]
fn the_same_message_has_the_same_identifier_whenever_it_is_sent() {
    let server = SmtpServer::start(Manners::default());
    let policies = policies_for(&server, &["ops@example.com"]);
    let message = message("ops", Channel::Email, 7);
    channels(&policies).send(&message, NOW).unwrap();
    channels(&policies).send(&message, datetime!(2026-11-22 8:00 UTC)).unwrap();
    let id = format!("Message-ID: <{}@web-1.example.com>", message.id);
    assert!(server.taken().iter().all(|taken| taken.mail.contains(&id)));
}

#[test]
fn a_text_of_any_shape_arrives_as_it_was() {
    let server = SmtpServer::start(Manners::default());
    let policies = policies_for(&server, &["ops@example.com"]);
    let text = format!(".\r\n.x\n..\nMAIL FROM:<x>\r\n.\r\nQUIT\r\n-- \n{}\n证书 🔒\n", "word ".repeat(400));
    let mut message = message("ops", Channel::Email, 1);
    let html = format!("<pre>{text}</pre>");
    message.body = Body::Mail(Mail {
        subject: "=?utf-8?b?x?= 证书".into(),
        text: text.clone(),
        html,
        thread: None,
        attachments: Vec::new(),
        letter: None,
    });
    channels(&policies).send(&message, NOW).unwrap();
    assert_eq!(server.faults(), <[String; 0]>::default());
    let parsed = mail_parser::MessageParser::default().parse(server.taken()[0].mail.as_bytes()).unwrap().into_owned();
    assert_eq!(parsed.subject(), Some("=?utf-8?b?x?= 证书"));
    let lines = |text: &str| text.replace("\r\n", "\n").trim_end().to_owned();
    assert_eq!(lines(&parsed.body_text(0).unwrap()), lines(&text));
    assert_eq!(parsed.text_body_count(), 1);
}

#[test]
fn a_machine_without_a_full_name_introduces_itself_by_its_address() {
    let server = SmtpServer::start(Manners::default());
    let policies = policies_for(&server, &["ops@example.com"]);
    let stop = Arc::new(AtomicBool::new(false));
    let mut channels = Channels::new(&policies, "vm", no_environment, "/nowhere", stop);
    channels.send(&message("ops", Channel::Email, 1), NOW).unwrap();
    assert_eq!((server.clear()[0].as_str(), server.taken()[0].from.as_str()), ("EHLO [127.0.0.1]", "certnotify@vm"));
    let named = Policies {
        mail: certnotify::policy::MailTransport { helo: Some("mx.example.org".to_owned()), ..policies.mail.clone() },
        ..policies.clone()
    };
    send_by(&named).unwrap();
    assert!(server.clear().contains(&"EHLO mx.example.org".to_owned()));
}

#[test]
fn a_mail_counts_as_sent_when_one_recipient_was_taken_and_the_others_are_named() {
    let server = SmtpServer::start(answering("RCPT TO:<BOB", &["550 5.1.1 no such user"]));
    let policies = policies_for(&server, &["alice@example.com", "bob@example.com"]);
    let receipt = send_by(&policies).unwrap();
    let refused: Vec<String> = receipt.refused.iter().map(ToString::to_string).collect();
    assert_eq!(refused, ["bob@example.com: 550 5.1.1 no such user"]);
    assert_eq!(server.taken()[0].to, ["alice@example.com"]);
}

#[test]
fn a_mail_that_no_recipient_may_have_is_not_sent() {
    let server = SmtpServer::start(answering("RCPT", &["550 5.1.1 no such user", "550 5.1.1 no such user"]));
    let policies = policies_for(&server, &["alice@example.com", "bob@example.com"]);
    let Err(DeliveryError::Recipients { refused }) = send_by(&policies) else { panic!("taken") };
    assert!(refused.iter().all(|address| address.why == WhyNot::Permanent), "{refused:?}");
    assert!(!server.clear().contains(&"DATA".to_owned()));

    let server = SmtpServer::start(answering("RCPT", &["550 5.1.1 no such user", "450 4.2.0 greylisted"]));
    let result = send_by(&policies_for(&server, &["alice@example.com", "bob@example.com"]));
    let Err(DeliveryError::Recipients { refused }) = result else { panic!("{result:?}") };
    assert_eq!(refused.iter().map(|address| address.why).collect::<Vec<_>>(), [WhyNot::Permanent, WhyNot::Transient]);

    let server = SmtpServer::start(answering("RCPT", &["550 5.1.1 no such user"]));
    let (reason, help) = permanent(send(&server));
    assert!(reason.ends_with("refused the recipient: 550 5.1.1 no such user"), "{reason}");
    assert_eq!(help, "check `email` of contact `ops`");
}

#[test]
fn a_server_that_wants_time_gets_the_mail_at_the_next_try() {
    for (command, reply) in [
        ("GREETING", "421 4.3.2 shutting down"),
        ("MAIL", "451 4.3.0 try later"),
        ("RCPT", "450 4.2.0 greylisted"),
        ("DATA", "452 4.3.1 no space"),
        (".", "451 4.3.0 queue is full"),
    ] {
        let server = SmtpServer::start(answering(command, &[reply]));
        let result = send(&server);
        let Err(DeliveryError::Transient { reason, .. }) = &result else { panic!("{command}: {result:?}") };
        assert!(reason.to_string().ends_with(reply), "{reason}");
        assert!(server.taken().is_empty());
        send(&server).unwrap();
        assert_eq!(server.taken().len(), 1, "{command}");
    }
}

#[test]
fn a_server_that_refuses_for_good_says_why_and_what_to_do() {
    for (command, reply, advice) in [
        ("GREETING", "554 5.7.1 blocked", "the administrator of the mail server"),
        ("MAIL", "553 5.7.1 sender not owned", "`from` in [email]"),
        ("MAIL", "552 5.3.4 message size exceeds fixed limit", "too big"),
        ("MAIL", "530 5.7.0 authentication required", "`username`"),
        ("DATA", "554 5.5.1 no", "the administrator of the mail server"),
        (".", "552 5.3.4 too big", "too big"),
        (".", "554 5.7.1 spam", "the administrator of the mail server"),
    ] {
        let server = SmtpServer::start(answering(command, &[reply]));
        let (reason, help) = permanent(send(&server));
        assert!(reason.ends_with(reply) && help.contains(advice), "{reason}: {help}");
        assert!(server.taken().is_empty());
    }
}

#[test]
fn an_old_server_without_extensions_is_greeted_as_it_knows_it() {
    let server = SmtpServer::start(Manners {
        answers: HashMap::from([("EHLO", vec!["502 5.5.1 what"]), ("HELO", vec!["250 hello"])]),
        ..Manners::default()
    });
    send(&server).unwrap();
    assert_eq!(server.clear()[1], "HELO web-1.example.com");
}

#[test]
fn a_login_by_either_mechanism_is_made_over_tls() {
    let authority = Authority::new();
    for is_implicit in [true, false] {
        for auth in ["AUTH PLAIN LOGIN", "AUTH LOGIN", "AUTH=LOGIN"] {
            let server = SmtpServer::start(Manners {
                tls: Some(authority.server("127.0.0.1")),
                is_implicit,
                auth: Some(auth),
                user: (USER, PASSWORD),
                ..Manners::default()
            });
            let mut policies = policies_for(&server, &["ops@example.com"]);
            policies.mail.tls = if is_implicit { MailTls::Implicit } else { MailTls::StartTls };
            policies.mail.ca_file = Some(authority.file());
            policies.mail.username = Some(USER.to_owned());
            policies.mail.password = Some(literal(PASSWORD));
            send_by(&policies).unwrap();
            let taken = &server.taken()[0];
            assert!(taken.was_secure && taken.user.as_deref() == Some(USER), "{auth}");
            let before = if is_implicit { vec![] } else { vec!["EHLO web-1.example.com", "STARTTLS"] };
            assert_eq!(server.clear(), before);
        }
    }
}

#[test]
fn a_password_may_go_in_clear_to_this_machine_only() {
    let manners = || Manners { auth: Some("AUTH PLAIN"), user: (USER, PASSWORD), ..Manners::default() };
    let server = SmtpServer::start(manners());
    let mut policies = policies_for(&server, &["ops@example.com"]);
    policies.mail.username = Some(USER.to_owned());
    policies.mail.password = Some(literal(PASSWORD));
    send_by(&policies).unwrap();
    assert_eq!(server.taken()[0].user.as_deref(), Some(USER));

    policies.mail.host = Host::Name("localhost".to_owned());
    send_by(&policies).unwrap();
}

#[test]
fn a_password_that_is_not_set_or_wrong_is_a_refusal_that_names_it() {
    let server = SmtpServer::start(Manners { auth: Some("AUTH PLAIN"), user: (USER, "other"), ..Manners::default() });
    let mut policies = policies_for(&server, &["ops@example.com"]);
    policies.mail.username = Some(USER.to_owned());
    policies.mail.password = Some(Secret::Environment("SMTP_PASSWORD".to_owned()));
    let (reason, _) = permanent(send_by(&policies));
    assert_eq!(reason, "`password` of [email]: the environment variable `SMTP_PASSWORD` is not set");
    assert!(server.clear().is_empty());

    policies.mail.password = Some(literal(PASSWORD));
    let (reason, help) = permanent(send_by(&policies));
    assert!(reason.contains("refused the login: 535"), "{reason}");
    assert_eq!(help, "check `username` and `password` in [email]");
}

#[test]
fn a_server_that_refused_the_login_is_not_asked_again_for_the_next_contact() {
    let server = SmtpServer::start(Manners { auth: Some("AUTH PLAIN"), user: (USER, "other"), ..Manners::default() });
    let mut policies =
        policies([contact_with_mail("ops", &["ops@example.com"]), contact_with_mail("bob", &["bob@example.com"])]);
    policies.mail.port = server.port();
    policies.mail.username = Some(USER.to_owned());
    policies.mail.password = Some(literal(PASSWORD));
    let mut channels = channels(&policies);
    let first = channels.send(&message("ops", Channel::Email, 1), NOW);
    let second = channels.send(&message("bob", Channel::Email, 2), NOW);
    assert_eq!(first, second);
    assert_eq!(server.clear().iter().filter(|line| line.starts_with("AUTH")).count(), 1);
}

#[test]
fn an_address_that_is_none_fails_its_contact_before_anything_is_sent() {
    let server = SmtpServer::start(Manners::default());
    for address in ["nobody", "a@b.example\r\nRCPT TO:<v@evil.example>", "a@b c.example", "<a@b.example"] {
        let (_, help) = permanent(send_by(&policies_for(&server, &[address])));
        assert!(help.contains("contact `ops`"), "{help}");
    }
    assert!(server.clear().is_empty());
}

#[test]
fn an_address_beyond_ascii_needs_a_server_that_knows_such() {
    let policies = |server: &SmtpServer| policies_for(server, &["jürgen@example.com"]);
    let server = SmtpServer::start(Manners::default());
    assert!(permanent(send_by(&policies(&server))).0.contains("SMTPUTF8"));
    let server = SmtpServer::start(Manners { extensions: vec!["SMTPUTF8", "8BITMIME"], ..Manners::default() });
    send_by(&policies(&server)).unwrap();
    assert!(server.clear().contains(&"MAIL FROM:<certnotify@web-1.example.com> SMTPUTF8".to_owned()));
}

fn mail_without_body_of(kind: Channel) -> Message {
    Message { channel: Channel::Email, ..message("ops", kind, 1) }
}

#[test]
fn a_message_of_another_channel_is_refused_and_not_guessed_at() {
    let server = SmtpServer::start(Manners::default());
    let policies = policies_for(&server, &["ops@example.com"]);
    permanent(channels(&policies).send(&mail_without_body_of(Channel::Lark), NOW));
    permanent(channels(&policies).send(&message("nobody", Channel::Email, 1), NOW));
}
