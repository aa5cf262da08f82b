//! Servers of the past, which the TLS library refuses: their certificates are read in the clear.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use certnotify::cause::{LegacyProtocol, WeakCipher};
use certnotify::detect::{self, Thresholds};
use certnotify::event::FindingId;
use certnotify::policy::EndpointOptions;

use super::server::listen;
use super::{LIMIT, NOW, entry, failure, look_at, sight};
use crate::support::certificates::{Authority, Leaf, leaf};

pub(super) fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[kind, 3, 1], length.as_slice(), content].concat()
}

pub(super) fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind], counted(body).as_slice()].concat()
}

fn counted(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[1..], bytes].concat()
}

pub(super) fn server_hello(version: [u8; 2], suite: [u8; 2]) -> Vec<u8> {
    let body = [version.as_slice(), &[7; 32], &[4, 1, 2, 3, 4], &suite, &[0]].concat();
    message(2, &body)
}

pub(super) fn certificate(chain: &[&[u8]]) -> Vec<u8> {
    message(11, &counted(&chain.iter().flat_map(|der| counted(der)).collect::<Vec<u8>>()))
}

/// Waits for the whole of the client's first record.
pub(super) fn hear_hello(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut head = [0; 5];
    stream.read_exact(&mut head).ok()?;
    let mut hello = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
    stream.read_exact(&mut hello).ok()?;
    Some(hello)
}

/// A server that answers every hello with these records.
fn answering(answer: Vec<u8>) -> u16 {
    listen(move |mut stream| {
        if hear_hello(&mut stream).is_some() {
            let _ = stream.write_all(&answer);
            let _ = stream.read(&mut [0; 512]);
        }
    })
}

fn chain() -> (Leaf, Authority) {
    let root = Authority::root("Old Root");
    let intermediate = root.intermediate("Old Issuer");
    (intermediate.issue(&leaf(&["127.0.0.1"])), intermediate)
}

#[test]
fn the_chain_of_a_server_of_the_past_is_read_and_its_protocol_is_found() {
    let cases = [
        ([3, 0], [0, 5], LegacyProtocol::Version("SSL 3")),
        ([3, 1], [0, 0x2f], LegacyProtocol::Version("TLS 1.0")),
        ([3, 2], [0xc0, 0x13], LegacyProtocol::Version("TLS 1.1")),
        ([3, 3], [0, 0x35], LegacyProtocol::Cipher(WeakCipher::RsaKeyExchange)),
        ([3, 3], [0, 0x9e], LegacyProtocol::Cipher(WeakCipher::FiniteFieldDiffieHellman)),
    ];
    for (version, suite, expected) in cases {
        let (leaf, issuer) = chain();
        let messages =
            [server_hello(version, suite), certificate(&[&leaf.der, &issuer.der]), message(14, &[])].concat();
        // In records of 100 bytes: messages are put together again.
        let answer: Vec<u8> = messages.chunks(100).flat_map(|part| record(22, part)).collect();
        let endpoint = format!("127.0.0.1:{}", answering(answer));
        let sight = sight(&endpoint, EndpointOptions::default());
        assert_eq!(sight.chain.leaf.ip_addresses, ["127.0.0.1".parse::<std::net::IpAddr>().unwrap()]);
        assert_eq!(sight.chain.rest[0].subject, "CN=Old Issuer");
        assert_eq!(sight.connection().legacy_protocol, Some(expected));
    }
}

/// Whether a hello offers `suite` and `group`.
fn offers(hello: &[u8], suite: u16, group: u16) -> bool {
    let number = |bytes: &[u8]| usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
    // Kind, length, version and random value stand before the session; after the suites comes the compression.
    let rest = &hello[39 + usize::from(hello[38])..];
    let (suites, rest) = rest[2..].split_at(number(rest));
    let mut rest = &rest[4..];
    let mut groups: &[u8] = &[];
    while let [high, low, length @ ..] = rest {
        let (content, others) = length[2..].split_at(number(length));
        if [*high, *low] == [0, 10] {
            groups = &content[2..];
        }
        rest = others;
    }
    let holds = |list: &[u8], one: u16| list.chunks(2).any(|other| other == one.to_be_bytes());
    holds(suites, suite) && holds(groups, group)
}

#[test]
fn a_server_with_ciphers_or_curves_of_its_own_country_still_shows_its_certificate() {
    let refused = Some(LegacyProtocol::Cipher(WeakCipher::Refused));
    let without_secrecy = Some(LegacyProtocol::Cipher(WeakCipher::RsaKeyExchange));
    for (suite, group, name, expected) in [
        // Camellia, ARIA, SEED and no encryption; AES with a Brainpool curve.
        (0x0084_u16, 29_u16, "127.0.0.1", without_secrecy),
        (0xc050, 29, "127.0.0.1", without_secrecy),
        (0x0096, 29, "127.0.0.1", without_secrecy),
        (0xc077, 29, "127.0.0.1", refused),
        (0x003b, 29, "127.0.0.1", refused),
        (0xc02b, 26, "127.0.0.1", None),
        (0xc02b, 28, &"long.".repeat(30), None),
    ] {
        let (leaf, _) = chain();
        let answer = record(22, &[server_hello([3, 3], suite.to_be_bytes()), certificate(&[&leaf.der])].concat());
        let port = listen(move |mut stream| {
            let Some(hello) = hear_hello(&mut stream) else { return };
            // As some load balancers: a hello of this length is waited for the rest of.
            let is_answered = offers(&hello, suite, group) && !(256..512).contains(&hello.len());
            let _ = stream.write_all(if is_answered { &answer } else { &[21, 3, 1, 0, 2, 2, 40] });
            let _ = stream.read(&mut [0; 512]);
        });
        let server_name = (name != "127.0.0.1").then(|| format!("{name}example"));
        let options = EndpointOptions { server_name, ..EndpointOptions::default() };
        let sight = sight(&format!("127.0.0.1:{port}"), options);
        assert_eq!(sight.connection().legacy_protocol, expected, "{suite:04x} {group}");
    }
}

#[test]
fn an_old_protocol_is_a_warning_that_can_be_accepted() {
    let (leaf, _) = chain();
    let answer = record(22, &[server_hello([3, 1], [0, 0x2f]), certificate(&[&leaf.der])].concat());
    let endpoint = format!("127.0.0.1:{}", answering(answer));
    let mut entry = entry(&endpoint, EndpointOptions::default());
    let observation = look_at(&endpoint, EndpointOptions::default(), LIMIT).remove(0);
    let findings = detect::findings(&entry, &observation, &Thresholds::default(), NOW);
    let found: Vec<_> = findings.iter().map(|finding| (finding.id, finding.accepted)).collect();
    assert_eq!(found, [(FindingId::LegacyProtocol, false)]);
    entry.options_mut().accept.insert(FindingId::LegacyProtocol);
    assert!(detect::findings(&entry, &observation, &Thresholds::default(), NOW)[0].accepted);
}

#[test]
fn a_server_of_the_past_is_asked_for_the_name() {
    let heard = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let keep = std::sync::Arc::clone(&heard);
    let port = listen(move |mut stream| {
        let Some(hello) = hear_hello(&mut stream) else { return };
        keep.lock().unwrap().push(hello);
        let _ = stream.write_all(&record(21, &[2, 70]));
    });
    let connect = Some(format!("127.0.0.1:{port}").parse().unwrap());
    let options = EndpointOptions { connect, ..EndpointOptions::default() };
    let failure = failure("past.example", options, LIMIT);
    assert!(
        failure.message().contains("offers neither TLS 1.2 nor 1.3, and shows no certificate in anything older"),
        "{}",
        failure.message()
    );
    let hellos = heard.lock().unwrap();
    assert_eq!(hellos.len(), 2, "once by the library, once in the clear");
    for hello in hellos.iter() {
        assert!(hello.windows(12).any(|part| part == b"past.example"));
    }
}

#[test]
fn an_old_server_that_sends_nonsense_is_a_failure() {
    let der = chain().0.der;
    let whole = [server_hello([3, 1], [0, 0x2f]), certificate(&[&der])].concat();
    let mut short_list = whole.clone();
    let at = short_list.len() - der.len() - 4;
    short_list[at] ^= 0x01;
    let cases = [
        certificate(&[&der]),
        [server_hello([3, 1], [0, 0x2f]), certificate(&[])].concat(),
        [server_hello([3, 1], [0, 0x2f]), message(14, &[])].concat(),
        [server_hello([3, 1], [0, 0x2f]), certificate(&[b"no certificate"])].concat(),
        server_hello([3, 4], [0x13, 1])[..30].to_vec(),
        short_list,
        whole[..whole.len() - 1].to_vec(),
    ];
    for (number, messages) in cases.into_iter().enumerate() {
        let endpoint = format!("127.0.0.1:{}", answering(record(22, &messages)));
        let limit = std::time::Duration::from_millis(700);
        let failure = failure(&endpoint, EndpointOptions::default(), limit);
        assert!(matches!(failure.id, FindingId::Unreachable | FindingId::Unparsable), "case {number}: {failure:?}");
    }
}
