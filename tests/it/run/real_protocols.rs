//! Certificates of real servers in every protocol, each on a port of its own and with dates of its own: all read exactly.

use super::real_servers::{agrees_with_openssl, certnotify, check, findings, servers};

/// The endpoint, where it listens, and the certificate that it was given.
const SERVERS: [(&str, &str, &str); 28] = [
    ("submission://localhost", "SUBMISSION_PORT", "mail"),
    ("smtps://localhost", "SMTPS_PORT", "mail"),
    ("smtp://exim.test", "EXIM_PORT", "exim"),
    ("smtps://exim.test", "EXIM_TLS_PORT", "exim"),
    ("imap://dovecot.test", "IMAP_PORT", "dovecot"),
    ("imaps://dovecot.test", "IMAPS_PORT", "dovecot"),
    ("pop3://dovecot.test", "POP3_PORT", "dovecot"),
    ("pop3s://dovecot.test", "POP3S_PORT", "dovecot"),
    ("sieve://dovecot.test", "SIEVE_PORT", "dovecot"),
    ("lmtp://dovecot.test", "LMTP_PORT", "dovecot"),
    ("ldap://slapd.test", "LDAP_PORT", "slapd"),
    ("ldaps://slapd.test", "LDAPS_PORT", "slapd"),
    ("postgres://postgres.test", "POSTGRES_PORT", "postgres"),
    ("mysql://mariadb.test", "MYSQL_PORT", "mariadb"),
    ("ftp://vsftpd.test", "FTP_PORT", "vsftpd"),
    ("ftps://vsftpd.test", "FTPS_PORT", "vsftpd"),
    ("xmpp://prosody.test", "XMPP_PORT", "prosody"),
    ("xmpps://prosody.test", "XMPPS_PORT", "prosody"),
    ("xmpp-server://prosody.test", "XMPP_SERVER_PORT", "prosody"),
    ("rdp://xrdp.test", "RDP_PORT", "xrdp"),
    ("mqtts://mosquitto.test", "MQTTS_PORT", "mosquitto"),
    ("amqps://rabbitmq.test", "AMQPS_PORT", "rabbitmq"),
    ("redis://redis.test", "REDIS_PORT", "redis"),
    ("haproxy.test", "HAPROXY_PORT", "haproxy"),
    ("good.test", "TLS12_PORT", "good"),
    ("good.test", "TLS13_PORT", "good"),
    ("www.good.test", "HTTPS_PORT", "good"),
    // Of a server with one of each kind the one of another name is none of this name's.
    ("elliptic.test", "TWINS_PORT", "elliptic"),
];

#[test]
fn every_real_server_is_read_exactly_in_its_protocol() {
    let Some(servers) = servers() else { return };
    for (endpoint, port, certificate) in SERVERS {
        let (exit, seen) = check(&servers, endpoint, port, &[]);
        assert_eq!((exit, findings(&seen), &seen["error"]), (0, vec![], &serde_json::Value::Null), "{endpoint}");
        agrees_with_openssl(&servers, &seen, certificate);
    }
}

#[test]
fn the_protocol_may_be_said_beside_the_host() {
    let Some(servers) = servers() else { return };
    for (protocol, host, port) in
        [("imap", "dovecot.test", "IMAP_PORT"), ("postgres", "postgres.test", "POSTGRES_PORT")]
    {
        let (exit, seen) = check(&servers, host, port, &["--starttls", protocol]);
        assert_eq!((exit, findings(&seen)), (0, vec![]), "{protocol}");
        agrees_with_openssl(&servers, &seen, host.strip_suffix(".test").unwrap());
    }
    let output = certnotify().args(["check", "--starttls", "https", "good.test"]).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("smtp, lmtp, imap, pop3, sieve, ftp, ldap, postgres, mysql, xmpp"), "{said}");
}

#[test]
fn real_servers_of_the_past_are_read_and_their_protocol_is_a_warning() {
    let Some(servers) = servers() else { return };
    let past = [
        ("LEGACY_PORT", "speaks TLS 1.0 and nothing newer"),
        ("TLS11_PORT", "speaks TLS 1.1 and nothing newer"),
        ("RSA_EXCHANGE_PORT", "key exchange by RSA, without forward secrecy"),
        ("DHE_PORT", "Diffie-Hellman over finite fields"),
    ];
    for (port, expected) in past {
        let (exit, seen) = check(&servers, "good.test", port, &[]);
        assert_eq!((exit, findings(&seen)), (1, vec!["legacy-protocol"]), "{port}");
        let message = seen["findings"][0]["message"].as_str().unwrap();
        assert!(message.contains(expected), "{message}");
        agrees_with_openssl(&servers, &seen, "good");
        let (exit, _) = check(&servers, "good.test", port, &["--accept", "legacy-protocol"]);
        assert_eq!(exit, 0);
    }
    // A curve that the library does not know, and nothing else out of date.
    let (exit, seen) = check(&servers, "elliptic.test", "P521_PORT", &[]);
    assert_eq!((exit, findings(&seen)), (0, vec![]));
    agrees_with_openssl(&servers, &seen, "elliptic");
}

#[test]
fn real_servers_of_today_that_insist_on_one_algorithm_are_read_without_a_complaint() {
    let Some(servers) = servers() else { return };
    let modern = [
        ("elliptic", "ONLY_P521_PORT"),
        ("elliptic", "ONLY_X448_PORT"),
        ("elliptic", "ONLY_FFDHE_PORT"),
        ("elliptic", "ONLY_FFDHE8192_PORT"),
        ("elliptic", "ONLY_CCM_PORT"),
        ("elliptic", "ONLY_CCM8_PORT"),
        ("elliptic", "TLS12_CCM_PORT"),
        ("elliptic", "TLS12_CCM8_PORT"),
        ("pss", "TLS12_PSS_PORT"),
        ("pss", "TLS13_PSS_PORT"),
    ];
    for (certificate, port) in modern {
        let (exit, seen) = check(&servers, &format!("{certificate}.test"), port, &[]);
        assert_eq!((exit, findings(&seen), &seen["error"]), (0, vec![], &serde_json::Value::Null), "{port}");
        agrees_with_openssl(&servers, &seen, certificate);
    }
}

#[test]
fn a_server_that_waits_for_the_proxy_header_says_so_and_is_given_it() {
    let Some(servers) = servers() else { return };
    let (exit, seen) = check(&servers, "haproxy.test", "PROXY_HEADER_PORT", &[]);
    assert_eq!((exit, findings(&seen)), (3, vec!["unreachable"]));
    assert!(seen["error"].as_str().unwrap().contains("closed the connection before it showed a certificate"), "{seen}");
    let address = format!("127.0.0.1:{}", servers.port("PROXY_HEADER_PORT"));
    let output = certnotify().args(["check", "haproxy.test", "--connect", &address]).output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(said.contains("PROXY header"), "{said}");
    let (exit, seen) = check(&servers, "haproxy.test", "PROXY_HEADER_PORT", &["--proxy-protocol"]);
    assert_eq!((exit, findings(&seen)), (0, vec![]));
    agrees_with_openssl(&servers, &seen, "haproxy");
}

#[test]
fn the_wrong_scheme_is_named_with_what_the_server_said() {
    let Some(servers) = servers() else { return };
    let (exit, seen) = check(&servers, "imap://exim.test", "EXIM_PORT", &[]);
    assert_eq!(exit, 3);
    assert!(seen["error"].as_str().unwrap().contains("does not speak IMAP: it says `220 exim.test ESMTP"), "{seen}");
}

#[test]
fn nginx_is_shown_the_own_certificate_where_it_asks() {
    let Some(servers) = servers() else { return };
    let own = servers.certificate("other");
    let key = own.with_file_name("other.key");
    let client = ["--client-certificate", own.to_str().unwrap(), "--client-key", key.to_str().unwrap()];
    let (exit, seen) = check(&servers, "good.test", "CLIENT_CERTIFICATE_PORT", &client);
    assert_eq!((exit, findings(&seen)), (0, vec![]));
    agrees_with_openssl(&servers, &seen, "good");
    let output =
        certnotify().args(["check", "good.test", "--client-certificate", own.to_str().unwrap()]).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "a certificate without its key");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("holds no private key") && said.contains("--client-key"), "{said}");
}
