//! From the clear to TLS, protocol by protocol.

use std::io::Write as _;
use std::time::{Duration, Instant};

use certnotify::policy::{EndpointOptions, Protocol};
use time::OffsetDateTime;

use super::server::Step::{Hear, Say};
use super::server::{Step, listen, play, scripted};
use super::{LIMIT, NOW, failure, sight};
use crate::support::authority::Authority;

const MYSQL_GREETING: &[u8] = b"\x4a\0\0\0\x0a8.0.36\0\x01\0\0\0saltsalt\0\xff\xff\xff\x02\0\xff\xdf\x15\0\0\0\0\0\0\0\0\0\0saltsaltsalt\0caching_sha2_password\0";
const LDAP_REQUEST: &[u8] = b"\x80\x161.3.6.1.4.1.1466.20037";

/// The usual course in each protocol, as its servers speak.
pub(super) const COURSES: &[(&str, &[Step])] = &[
    (
        "smtp",
        &[
            Say(b"220-mx.example ESMTP\r\n220 no spam here\r\n"),
            Hear(b"EHLO certnotify.invalid\r\n"),
            Say(b"250-mx.example\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 8BITMIME\r\n"),
            Hear(b"STARTTLS\r\n"),
            Say(b"220 go ahead\r\n"),
        ],
    ),
    (
        "lmtp",
        &[
            Say(b"220 mx.example\r\n"),
            Hear(b"LHLO "),
            Hear(b"\r\n"),
            Say(b"250-mx\r\n250 STARTTLS\r\n"),
            Hear(b"STARTTLS\r\n"),
            Say(b"220\r\n"),
        ],
    ),
    (
        "imap",
        &[
            Say(b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n"),
            Hear(b"a1 STARTTLS\r\n"),
            Say(b"* NO it is late\r\na1 OK begin\r\n"),
        ],
    ),
    ("pop3", &[Say(b"+OK ready <1@example>\r\n"), Hear(b"STLS\r\n"), Say(b"+OK begin\r\n")]),
    (
        "sieve",
        &[
            Say(b"\"IMPLEMENTATION\" \"x\"\r\n\"SASL\" \"\"\r\n\"STARTTLS\"\r\n\"VERSION\" \"1.0\"\r\nOK \"ready\"\r\n"),
            Hear(b"STARTTLS\r\n"),
            Say(b"OK \"begin\"\r\n"),
        ],
    ),
    (
        "ftp",
        &[
            Say(b"120 in a moment\r\n220-Welcome\r\n no code on this line\r\n 220 nor here\r\n220 ready\r\n"),
            Hear(b"AUTH TLS\r\n"),
            Say(b"234 begin\r\n"),
        ],
    ),
    ("ldap", &[Hear(LDAP_REQUEST), Say(b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\0\x04\0\x04\0")]),
    (
        "ldap",
        &[
            Hear(LDAP_REQUEST),
            Say(b"\x30\x84\0\0\0\x10\x02\x01\x01\x78\x84\0\0\0\x07\x0a\x01\0\x04\0\x04\0"),
        ],
    ),
    ("postgres", &[Hear(b"\0\0\0\x08\x04\xd2\x16\x2f"), Say(b"S")]),
    ("mysql", &[Say(MYSQL_GREETING), Hear(b"\x20\0\0\x01\0\x8a\0\0\0\0\0\x01\x2d\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")]),
    (
        "xmpp",
        &[
            Hear(b"<stream:stream xmlns='jabber:client'"),
            Hear(b"version='1.0'>"),
            Say(b"<?xml version='1.0'?><stream:stream><stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'>"),
            Say(b"<required/></starttls></stream:features>"),
            Hear(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
            Say(b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
        ],
    ),
    (
        "xmpp-server",
        &[
            Hear(b"<stream:stream xmlns='jabber:server'"),
            Hear(b"version='1.0'>"),
            Say(b"<stream:stream><stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"),
            Hear(b"<starttls "),
            Hear(b"/>"),
            Say(b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'></proceed>"),
        ],
    ),
    ("nntp", &[Say(b"200 ready, posting allowed\r\n"), Hear(b"STARTTLS\r\n"), Say(b"382 begin\r\n")]),
    (
        "irc",
        &[
            Say(b":irc.example NOTICE * :*** Looking up your hostname\r\nPING :12345\r\n"),
            Hear(b"STARTTLS\r\n"),
            Hear(b"PONG 12345\r\n"),
            Say(b":irc.example 670 * :begin\r\n"),
        ],
    ),
    (
        "rdp",
        &[
            Hear(b"\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x0b\0\0\0"),
            Say(b"\x03\0\0\x13\x0e\xd0\0\0\x12\x34\0\x02\x1f\x08\0\x02\0\0\0"),
        ],
    ),
    ("tls", &[]),
    ("https", &[]),
];

#[test]
fn there_is_a_course_for_every_protocol() {
    // The handshake of SQL Server is in packets: it has tests of its own.
    for protocol in Protocol::with_starttls().filter(|protocol| *protocol != Protocol::MsSql) {
        let scheme = protocol.scheme();
        assert!(COURSES.iter().any(|(name, _)| *name == scheme), "none for {scheme}");
    }
}

#[test]
fn every_protocol_comes_to_tls_and_shows_the_certificate() {
    let authority = Authority::new();
    for &(scheme, course) in COURSES {
        let not_after = NOW + time::Duration::days(33);
        let port = scripted(course, authority.server_until("edge.example", not_after));
        let sight = sight(&format!("{scheme}://127.0.0.1:{port}"), EndpointOptions::default());
        assert_eq!(sight.chain.leaf.not_after, not_after, "{scheme}");
        assert_eq!(sight.chain.leaf.dns_names, ["edge.example"], "{scheme}");
        assert_eq!(sight.connection().legacy_protocol, None, "{scheme}");
        assert_eq!(sight.connection().address.as_deref().unwrap(), format!("127.0.0.1:{port}"));
    }
}

#[test]
fn what_comes_in_the_clear_after_the_agreement_is_no_certificate_in_any_protocol() {
    let authority = Authority::new();
    for (scheme, course) in COURSES.iter().filter(|(_, course)| !course.is_empty()) {
        let tls = authority.server("edge.example");
        let port = listen(move |mut stream| {
            let Some((last, first)) = course.split_last() else { return };
            // In one segment with the agreement, as an attacker would write it.
            let agreement = if let Say(last) = last { *last } else { &[] };
            if play(first, &mut stream).is_some() {
                let _ = stream.write_all(&[agreement, b"a2 OK injected\r\n"].concat());
                super::server::finish(&tls, &mut stream);
            }
        });
        if *scheme == "mysql" {
            // Its server says nothing after its greeting: whatever comes there is read as TLS, and is none.
            continue;
        }
        let failure = failure(&format!("{scheme}://127.0.0.1:{port}"), EndpointOptions::default(), LIMIT);
        assert!(failure.message().contains("sent 16 bytes in the clear after that"), "{scheme}: {}", failure.message());
    }
}

/// What a server says that does not go on, and what is made of it.
const REFUSALS: [(&str, &[Step], &str); 32] = [
    (
        "smtp",
        &[Say(b"554 no service for you\r\n")],
        "speaks SMTP and refused this connection: it says `554 no service for you`",
    ),
    ("smtp", &[Say(b"SSH-2.0-OpenSSH_9.2\r\n")], "does not speak SMTP: it says `SSH-2.0-OpenSSH_9.2`"),
    ("smtp", &[Say(b"220 a\r\n"), Hear(b"\n"), Say(b"250-a\r\n250 SIZE\r\n")], "speaks SMTP and offers no TLS"),
    (
        "smtp",
        &[Say(b"220 a\r\n"), Hear(b"\n"), Say(b"250 STARTTLS\r\n"), Hear(b"\n"), Say(b"454 not now\r\n")],
        "offers no TLS: it says `454 not now`",
    ),
    (
        "smtp",
        &[Say(b"554-5.7.1 your address\r\n554 5.7.1 is blocked by a list\r\n")],
        "refused this connection: it says `554 5.7.1 is blocked by a list`",
    ),
    ("smtp", &[Say(b"421 too many connections\r\n")], "refused this connection: it says `421 too many connections`"),
    (
        "smtp",
        &[Say(b"220 a\r\n"), Hear(b"\n"), Say(b"550 blocked\r\n")],
        "speaks SMTP and refused this connection: it says `550 blocked`",
    ),
    ("smtp", &[Say(b"220 a\r\n"), Hear(b"\n"), Say(b"502 no\r\n")], "speaks SMTP and offers no TLS: it says `502 no`"),
    ("lmtp", &[Say(b"452 full\r\n")], "refused this connection: it says `452 full`"),
    (
        "imap",
        &[Say(b"* OK\r\n"), Hear(b"\n"), Say(b"* BYE blocked\r\n")],
        "speaks IMAP and refused this connection: it says `* BYE blocked`",
    ),
    ("pop3", &[Say(b"-ERR blocked\r\n")], "speaks POP3 and refused this connection: it says `-ERR blocked`"),
    ("sieve", &[Say(b"BYE \"blocked\"\r\n")], "refused this connection: it says `BYE \"blocked\"`"),
    ("ftp", &[Say(b"421 full\r\n")], "speaks FTP and refused this connection: it says `421 full`"),
    (
        "postgres",
        &[Hear(b"\x2f"), Say(b"E\0\0\0\x25SFATAL\0C53300\0Mtoo many clients\0\0")],
        "speaks PostgreSQL and refused this connection: it says `too many clients`",
    ),
    (
        "postgres",
        &[Hear(b"\x2f"), Say(b"Ecould not fork new process\0")],
        "speaks PostgreSQL and refused this connection: it says `could not fork new process`",
    ),
    ("nntp", &[Say(b"502 blocked\r\n")], "speaks NNTP and refused this connection: it says `502 blocked`"),
    (
        "irc",
        &[Hear(b"\n"), Say(b"ERROR :Closing Link: banned\r\n")],
        "refused this connection: it says `ERROR :Closing Link: banned`",
    ),
    ("smtp", &[Say(b"22")], "closed the connection before TLS began in SMTP"),
    ("imap", &[Say(b"* PREAUTH welcome\r\n")], "speaks IMAP and offers no TLS: it says `* PREAUTH welcome`"),
    ("imap", &[Say(b"* BYE too many\r\n")], "speaks IMAP and refused this connection: it says `* BYE too many`"),
    ("imap", &[Say(b"* OK\r\n"), Hear(b"\n"), Say(b"a1 BAD what\r\n")], "offers no TLS: it says `BAD what`"),
    ("pop3", &[Say(b"+OK\r\n"), Hear(b"\n"), Say(b"-ERR no\r\n")], "offers no TLS: it says `-ERR no`"),
    ("sieve", &[Say(b"\"SASL\" \"PLAIN\"\r\nOK\r\n")], "speaks ManageSieve and offers no TLS"),
    (
        "ftp",
        &[Say(b"220 a\r\n"), Hear(b"\n"), Say(b"530 please log in\r\n")],
        "offers no TLS: it says `530 please log in`",
    ),
    (
        "ldap",
        &[Hear(LDAP_REQUEST), Say(b"\x30\x0e\x02\x01\x01\x78\x09\x0a\x01\x34\x04\0\x04\x02no")],
        "offers no TLS: it says `result 52 no`",
    ),
    ("postgres", &[Hear(b"\x2f"), Say(b"N")], "speaks PostgreSQL and offers no TLS"),
    (
        "mysql",
        &[Say(b"\x16\0\0\0\xff\x69\x04Host is blocked now")],
        "speaks MySQL and refused this connection: it says `Host is blocked now`",
    ),
    (
        "mysql",
        &[Say(b"\x20\0\0\0\x0a5.7.1\0\x01\0\0\0saltsalt\0\0\0\x21\x02\0\0\0\0\0\0\0\0\0\0\0")],
        "speaks MySQL and offers no TLS",
    ),
    (
        "xmpp",
        &[Hear(b"1.0'>"), Say(b"<stream:error><host-unknown xmlns='x'/></stream:error>")],
        "refused this connection: it says `host-unknown`",
    ),
    ("nntp", &[Say(b"200 a\r\n"), Hear(b"\n"), Say(b"580 no\r\n")], "offers no TLS: it says `580 no`"),
    (
        "irc",
        &[Hear(b"\n"), Say(b":a 421 * STARTTLS :Unknown command\r\n")],
        "offers no TLS: it says `:a 421 * STARTTLS :Unknown command`",
    ),
    ("pop3", &[Say(b"\x1b]0;owned\x07\xe2\x80\xaelive\r\n")], "does not speak POP3: it says `]0;ownedlive`"),
];

#[test]
fn an_ftp_server_that_knows_the_old_word_alone_is_asked_by_it() {
    const COURSE: &[Step] = &[
        Say(b"220 ready\r\n"),
        Hear(b"AUTH TLS\r\n"),
        Say(b"504 what is that\r\n"),
        Hear(b"AUTH SSL\r\n"),
        Say(b"334 begin\r\n"),
    ];
    let authority = Authority::new();
    let port = scripted(COURSE, authority.server("edge.example"));
    let sight = sight(&format!("ftp://127.0.0.1:{port}"), EndpointOptions::default());
    assert_eq!(sight.chain.leaf.dns_names, ["edge.example"]);
}

#[test]
fn a_server_that_will_not_is_quoted() {
    let authority = Authority::new();
    for (scheme, course, expected) in REFUSALS {
        let tls = authority.server("edge.example");
        let port = listen(move |mut stream| {
            play(course, &mut stream);
            drop((stream, &tls));
        });
        let failure = failure(&format!("{scheme}://127.0.0.1:{port}"), EndpointOptions::default(), LIMIT);
        assert!(failure.message().contains(expected), "{scheme}: {}", failure.message());
        assert!(!failure.message().contains(['\u{1b}', '\u{7}', '\u{202e}']), "{:?}", failure.message());
        assert!(failure.help.is_some(), "{scheme}: {}", failure.message());
    }
}

#[test]
fn a_remote_desktop_without_tls_says_why() {
    let cases: [(&'static [Step], &str); 4] = [
        (&[Say(b"\x03\0\0\x0b\x06\xd0\0\0\x12\x34\0")], "speaks RDP and offers no TLS"),
        (&[Say(b"\x03\0\0\x13\x0e\xd0\0\0\x12\x34\0\x02\0\x08\0\0\0\0\0")], "speaks RDP and offers no TLS"),
        (&[Say(b"\x03\0\0\x13\x0e\xd0\0\0\x12\x34\0\x03\0\x08\0\x03\0\0\0")], "it has no certificate"),
        (&[Say(b"SSH-2.0-OpenSSH_9.2\r\n")], "does not speak RDP"),
    ];
    for (answer, expected) in cases {
        let port = scripted(answer, Authority::new().server("edge.example"));
        let failure = failure(&format!("rdp://127.0.0.1:{port}"), EndpointOptions::default(), LIMIT);
        assert!(failure.message().contains(expected), "{}", failure.message());
    }
}

#[test]
fn a_server_that_never_answers_starttls_costs_the_time_limit() {
    let limit = Duration::from_millis(400);
    for (scheme, course) in COURSES.iter().filter(|(_, course)| !course.is_empty()) {
        let port = listen(move |mut stream| {
            let until = if *scheme == "mysql" { &[] } else { &course[..course.len() - 1] };
            play(until, &mut stream);
            play(&[Hear(b"never said by anybody")], &mut stream);
        });
        let begun = Instant::now();
        let failure = failure(&format!("{scheme}://127.0.0.1:{port}"), EndpointOptions::default(), limit);
        assert!(begun.elapsed() < limit + Duration::from_secs(3), "{scheme} took {:?}", begun.elapsed());
        assert!(failure.message().contains("within 400 ms"), "{scheme}: {}", failure.message());
    }
}

#[test]
fn a_server_that_talks_without_end_is_left() {
    let port = listen(|mut stream| while stream.write_all(b"220-and another thing\r\n").is_ok() {});
    let failure = failure(&format!("smtp://127.0.0.1:{port}"), EndpointOptions::default(), LIMIT);
    assert!(failure.message().contains("does not speak SMTP"), "{}", failure.message());
}

#[test]
fn a_far_end_of_the_certificate_is_read_exactly() {
    let not_after = OffsetDateTime::from_unix_timestamp(4_000_000_001).unwrap();
    let port = scripted(COURSES[3].1, Authority::new().server_until("pop.example", not_after));
    assert_eq!(sight(&format!("pop3://127.0.0.1:{port}"), EndpointOptions::default()).chain.leaf.not_after, not_after);
}
