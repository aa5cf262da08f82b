//! Servers that stall, drip or break off, and an attacker in between.

use std::time::{Duration, Instant};

use certnotify::deliver::{DeliveryError, Receipt, Transport as _};
use certnotify::policy::{Channel, MailTls, Policies};
use time::macros::datetime;

use super::{PASSWORD, USER, channels, limits, permanent, policies_for, send, send_by};
use crate::support::authority::Authority;
use crate::support::delivery::{NOW, literal, message};
use crate::support::smtp_server::{Manners, SmtpServer};
use crate::support::tls_server::closed;

/// What a server that is silent gets.
const HASTE: Duration = Duration::from_millis(600);

fn send_in_haste(policies: &Policies) -> Result<Receipt, DeliveryError> {
    channels(policies).with_time_limits(limits(HASTE)).send(&message("ops", Channel::Email, 1), NOW)
}

#[test]
fn a_server_that_goes_away_after_the_dot_may_have_the_mail() {
    let server = SmtpServer::start(Manners { drops_at: Some("."), ..Manners::default() });
    let result = send(&server);
    let Err(DeliveryError::Unanswered { reason }) = result else { panic!("{result:?}") };
    assert!(reason.to_string().contains("did not answer after taking the mail"), "{reason}");

    let server = SmtpServer::start(Manners { stalls_at: Some("."), ..Manners::default() });
    let result = send_in_haste(&policies_for(&server, &["ops@example.com"]));
    assert!(matches!(result, Err(DeliveryError::Unanswered { .. })), "{result:?}");
}

#[test]
fn a_server_that_goes_away_before_does_not_have_it() {
    for command in ["GREETING", "EHLO", "MAIL", "RCPT", "DATA"] {
        let server = SmtpServer::start(Manners { drops_at: Some(command), ..Manners::default() });
        let result = send(&server);
        assert!(matches!(result, Err(DeliveryError::NoConnection { .. })), "{command}: {result:?}");
    }
    let port = closed().port();
    let mut policies =
        crate::support::delivery::policies([crate::support::delivery::contact_with_mail("ops", &["a@b.example"])]);
    policies.mail.port = port;
    let result = send_by(&policies);
    let Err(DeliveryError::NoConnection { reason }) = result else { panic!("{result:?}") };
    assert!(reason.to_string().starts_with(&format!("no connection to 127.0.0.1:{port}: ")), "{reason}");
}

#[test]
fn a_server_that_stalls_or_drips_is_left_at_the_deadline() {
    for command in ["GREETING", "EHLO", "MAIL", "DATA", "."] {
        for drips in [true, false] {
            let at = Some(command);
            let manners =
                Manners { drips_at: at.filter(|_| drips), stalls_at: at.filter(|_| !drips), ..Manners::default() };
            let server = SmtpServer::start(manners);
            let began = Instant::now();
            let result = send_in_haste(&policies_for(&server, &["ops@example.com"]));
            assert!(result.is_err(), "{command}");
            assert!(began.elapsed() < HASTE * 10, "{command}: {:?}", began.elapsed());
        }
    }
}

#[test]
fn a_quit_that_fails_is_no_failure_and_is_not_waited_for() {
    for manners in [
        Manners { drops_at: Some("QUIT"), ..Manners::default() },
        Manners { stalls_at: Some("QUIT"), ..Manners::default() },
        Manners { drips_at: Some("QUIT"), ..Manners::default() },
    ] {
        let server = SmtpServer::start(manners);
        let began = Instant::now();
        send(&server).unwrap();
        assert!(began.elapsed() < Duration::from_secs(10));
    }
}

#[test]
fn a_server_that_does_not_speak_the_protocol_is_no_mail_server() {
    for greeting in ["HTTP/1.1 400 Bad Request", "SSH-2.0-OpenSSH_9.2", "2x0 hello"] {
        let server = SmtpServer::start(super::answering("GREETING", &[greeting]));
        let result = send(&server);
        let Err(DeliveryError::NoConnection { reason }) = result else { panic!("{result:?}") };
        assert!(reason.to_string().ends_with("it does not answer as a mail server does"), "{reason}");
    }
}

fn secret_policies(server: &SmtpServer, authority: &Authority) -> Policies {
    let mut policies = policies_for(server, &["ops@example.com"]);
    policies.mail.tls = MailTls::StartTls;
    policies.mail.ca_file = Some(authority.file());
    policies.mail.username = Some(USER.to_owned());
    policies.mail.password = Some(literal(PASSWORD));
    policies
}

fn secure_manners(authority: &Authority) -> Manners {
    let tls = Some(authority.server("127.0.0.1"));
    Manners { tls, auth: Some("AUTH PLAIN LOGIN"), user: (USER, PASSWORD), ..Manners::default() }
}

#[test]
fn without_starttls_no_byte_of_a_mail_or_a_password_goes_out() {
    let authority = Authority::new();
    let server = SmtpServer::start(Manners { strips_starttls: true, ..secure_manners(&authority) });
    let (reason, help) = permanent(send_by(&secret_policies(&server, &authority)));
    assert!(reason.contains("does not offer STARTTLS") && help.contains("in between"), "{reason}: {help}");
    assert_eq!(server.clear(), ["EHLO web-1.example.com"]);

    let mut refusing = secure_manners(&authority);
    refusing.answers.insert("STARTTLS", vec!["454 4.7.0 TLS not available"]);
    let server = SmtpServer::start(refusing);
    let result = send_by(&secret_policies(&server, &authority));
    assert!(matches!(result, Err(DeliveryError::Transient { .. })), "{result:?}");
    assert_eq!(server.clear(), ["EHLO web-1.example.com", "STARTTLS"]);
}

#[test]
fn what_is_injected_before_tls_is_not_taken_for_an_answer_under_tls() {
    let authority = Authority::new();
    let injected = "250-mail.example.com\r\n250 AUTH PLAIN";
    let server = SmtpServer::start(Manners { injects: Some(injected), ..secure_manners(&authority) });
    let (reason, _) = permanent(send_by(&secret_policies(&server, &authority)));
    assert!(reason.contains("went on talking in clear after STARTTLS"), "{reason}");
    assert_eq!(server.clear(), ["EHLO web-1.example.com", "STARTTLS"]);
    assert_eq!(server.secure(), <[String; 0]>::default());
}

#[test]
fn what_was_offered_before_tls_is_forgotten_under_tls() {
    let authority = Authority::new();
    // In clear it offers SMTPUTF8, under TLS nothing: only the second counts.
    let mut manners = secure_manners(&authority);
    manners.auth = None;
    manners.answers.insert("EHLO", vec!["250-mail.example.com\r\n250-AUTH PLAIN\r\n250 STARTTLS"]);
    let server = SmtpServer::start(manners);
    let (reason, _) = permanent(send_by(&secret_policies(&server, &authority)));
    assert!(reason.contains("offers no login by a password"), "{reason}");
}

#[test]
fn a_server_that_no_root_vouches_for_gets_nothing() {
    let authority = Authority::new();
    let expired = authority.server_until("127.0.0.1", datetime!(2020-01-01 0:00 UTC));
    for tls in [Authority::new().server("127.0.0.1"), authority.server("mail.example.com"), expired] {
        for is_implicit in [true, false] {
            let server =
                SmtpServer::start(Manners { tls: Some(tls.clone()), is_implicit, ..secure_manners(&authority) });
            let mut policies = secret_policies(&server, &authority);
            policies.mail.tls = if is_implicit { MailTls::Implicit } else { MailTls::StartTls };
            let result = send_by(&policies);
            let (reason, help) = permanent(result);
            assert!(help.contains("nothing was sent"), "another try would fare the same: {help}");
            assert!(reason.contains("its certificate is not trusted"), "{reason}");
            assert!(server.secure().is_empty() && server.taken().is_empty());
            assert!(server.clear().iter().all(|line| line.starts_with("EHLO") || line == "STARTTLS"));
        }
    }
}

#[test]
fn nothing_that_is_said_holds_the_password_even_if_the_server_quotes_it() {
    let authority = Authority::new();
    for auth in ["AUTH PLAIN", "AUTH LOGIN"] {
        let manners = Manners { auth: Some(auth), echoes: true, user: (USER, "another"), ..secure_manners(&authority) };
        let server = SmtpServer::start(manners);
        let error = send_by(&secret_policies(&server, &authority)).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("535") && shown.contains("<secret>"), "{shown}");
        for hidden in [PASSWORD, "AGNlcnRub3RpZnkAY29ycmVjdC1ob3JzZQ", "Y29ycmVjdC1ob3JzZQ"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }
    let server = SmtpServer::start(secure_manners(&authority));
    let policies = secret_policies(&server, &authority);
    let shown = format!("{policies:?} {:?}", channels(&policies));
    assert!(!shown.contains(PASSWORD), "{shown}");
    let receipt = send_by(&policies).unwrap();
    assert!(!format!("{receipt:?}").contains(PASSWORD));
}

#[test]
fn what_a_server_says_cannot_write_to_a_terminal_or_fill_it() {
    let endless = "550 5.7.1 \u{1b}[2J\u{202e}no ";
    let server = SmtpServer::start(super::answering("MAIL", &[endless]));
    let (reason, _) = permanent(send(&server));
    assert!(!reason.chars().any(char::is_control) && !reason.contains('\u{202e}'), "{reason:?}");

    let long: &'static str = Box::leak(format!("550 {}", "long ".repeat(700)).into_boxed_str());
    let server = SmtpServer::start(super::answering("MAIL", &[long]));
    assert!(permanent(send(&server)).0.chars().count() < 400);
}
