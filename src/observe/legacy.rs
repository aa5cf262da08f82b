//! Reading the certificates of servers that the TLS library refuses: before TLS 1.3 they are sent in the clear
//! (RFC 5246 §7.4.2), so they can be read without its keys, and forged on the way.

use std::io::{Read, Write};

use crate::bytes::Cursor;
use crate::cause::{LegacyProtocol, WeakCipher};

use super::tls::{Fault, interrupted};

/// What a server of the past showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PresentedChain {
    pub chain: Vec<Vec<u8>>,
    /// `TLS 1.3`; none where the handshake ended before it was settled.
    pub version: Option<&'static str>,
    /// What is out of date; nothing where the library only wanted a smaller chain.
    pub weakness: Option<LegacyProtocol>,
}

/// No chain of a real server is larger, and many are looked at side by side.
const MOST: usize = 256 * 1024;
const LONGEST_RECORD: usize = (1 << 14) + 2048;
const RECORD_HEAD: usize = 5;

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const CERTIFICATE: u8 = 11;
const SERVER_HELLO_DONE: u8 = 14;

/// Those of the library, and CCM with forward secrecy, by the number of RFC 5246 and its kin: a server that chooses one of
/// them is of today.
const OF_TODAY: [u16; 10] = [0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc0ac, 0xc0ad, 0xc0ae, 0xc0af];
/// With elliptic curves, and a cipher that clients of today refuse: CBC, 3DES, RC4, Camellia and ARIA.
const REFUSED: [u16; 28] = [
    0xc009, 0xc013, 0xc00a, 0xc014, 0xc023, 0xc027, 0xc024, 0xc028, 0xc008, 0xc012, 0xc007, 0xc011, 0xc072, 0xc073,
    0xc076, 0xc077, 0xc086, 0xc087, 0xc08a, 0xc08b, 0xc048, 0xc049, 0xc04c, 0xc04d, 0xc05c, 0xc05d, 0xc060, 0xc061,
];
const FINITE_FIELD: [u16; 23] = [
    0x009e, 0x009f, 0xccaa, 0x0033, 0x0039, 0x0067, 0x006b, 0x0016, 0x0045, 0x0088, 0xc09e, 0xc09f, 0xc0a2, 0xc0a3,
    0x00be, 0x00c4, 0xc07c, 0xc07d, 0xc044, 0xc045, 0xc052, 0xc053, 0x009a,
];
const DSA: [u16; 9] = [0x00a2, 0x0032, 0x0038, 0x0040, 0x006a, 0x0013, 0x0044, 0x0087, 0x0099];
const RSA_KEY_EXCHANGE: [u16; 26] = [
    0x009c, 0x009d, 0x002f, 0x0035, 0x003c, 0x003d, 0x000a, 0x0005, 0x0004, 0x0009, 0xc09c, 0xc09d, 0xc0a0, 0xc0a1,
    0x0041, 0x0084, 0x00ba, 0x00c0, 0xc07a, 0xc07b, 0xc03c, 0xc03d, 0xc050, 0xc051, 0x0096, 0x0007,
];
/// They authenticate and hide nothing.
const WITHOUT_ENCRYPTION: [u16; 5] = [0xc006, 0xc010, 0x003b, 0x0002, 0x0001];
/// "Renegotiation is safe here" (RFC 5746).
const SIGNALLING_SUITE: u16 = 0x00ff;
/// After those of today X448, secp256k1 and the Brainpool curves (RFC 7027): which one is used makes no difference here.
const GROUPS: [u16; 9] = [29, 23, 24, 25, 30, 22, 26, 27, 28];
/// Bytes of a message that some load balancers wait for the rest of (RFC 7685).
const UNANSWERED: std::ops::RangeInclusive<usize> = 256..=511;
const SIGNATURE_SCHEMES: [u16; 18] = [
    0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0303, 0x0301, 0x0203, 0x0201, 0x0402,
    0x0202, 0x0809, 0x080a, 0x080b,
];

/// Asks the peer for its certificates in TLS 1.2 or older, and leaves after it has shown them.
pub(super) fn chain(stream: &mut (impl Read + Write), name: &str, random: [u8; 32]) -> Result<PresentedChain, Fault> {
    stream.write_all(&client_hello(name, random)).map_err(|error| interrupted(&error))?;
    let mut messages = Messages { stream, buffer: Vec::new(), received: 0 };
    let (mut version, mut suite) = (0, 0);
    loop {
        let (kind, body) = messages.next()?;
        match kind {
            SERVER_HELLO => (version, suite) = server_hello(&body).ok_or(Fault::NotTls)?,
            CERTIFICATE if version != 0 => {
                let chain = certificates(&body).ok_or(Fault::NotTls)?;
                return if chain.is_empty() {
                    Err(Fault::WithoutCertificate)
                } else {
                    Ok(PresentedChain { chain, version: name_of(version), weakness: weakness(version, suite) })
                };
            }
            SERVER_HELLO_DONE => return Err(Fault::WithoutCertificate),
            // Nothing else stands before the certificate that says anything of it.
            _ => {}
        }
    }
}

const fn name_of(version: u16) -> Option<&'static str> {
    match version {
        0x0300 => Some("SSL 3.0"),
        0x0301 => Some("TLS 1.0"),
        0x0302 => Some("TLS 1.1"),
        0x0303 => Some("TLS 1.2"),
        _ => None,
    }
}

fn weakness(version: u16, suite: u16) -> Option<LegacyProtocol> {
    Some(match version {
        0x0303 if OF_TODAY.contains(&suite) => return None,
        0x0303 if RSA_KEY_EXCHANGE.contains(&suite) => LegacyProtocol::Cipher(WeakCipher::RsaKeyExchange),
        0x0303 if FINITE_FIELD.contains(&suite) => LegacyProtocol::Cipher(WeakCipher::FiniteFieldDiffieHellman),
        0x0303 if DSA.contains(&suite) => LegacyProtocol::Cipher(WeakCipher::Dsa),
        0x0303 => LegacyProtocol::Cipher(WeakCipher::Refused),
        0x0302 => LegacyProtocol::Version("TLS 1.1"),
        0x0301 => LegacyProtocol::Version("TLS 1.0"),
        _ => LegacyProtocol::Version("SSL 3"),
    })
}

fn client_hello(name: &str, random: [u8; 32]) -> Vec<u8> {
    let numbers = |numbers: &[u16]| numbers.iter().flat_map(|number| number.to_be_bytes()).collect::<Vec<u8>>();
    // From today's to those that are not to be offered any more.
    let all: [&[u16]; 7] =
        [&OF_TODAY, &REFUSED, &FINITE_FIELD, &DSA, &RSA_KEY_EXCHANGE, &WITHOUT_ENCRYPTION, &[SIGNALLING_SUITE]];
    let suites: Vec<u8> = all.into_iter().flat_map(numbers).collect();
    let extension = |kind: u16, content: &[u8]| [kind.to_be_bytes().to_vec(), with_length(2, content)].concat();
    let mut extensions = Vec::new();
    // Addresses are no server names (RFC 6066 §3).
    if name.parse::<std::net::IpAddr>().is_err() && name.is_ascii() {
        let entry = [vec![0], with_length(2, name.as_bytes())].concat();
        extensions.extend(extension(0, &with_length(2, &entry)));
    }
    extensions.extend(extension(10, &with_length(2, &numbers(&GROUPS))));
    extensions.extend(extension(11, &[1, 0]));
    extensions.extend(extension(13, &with_length(2, &numbers(&SIGNATURE_SCHEMES))));
    let begin = [vec![3, 3], random.to_vec(), vec![0], with_length(2, &suites), vec![1, 0]].concat();
    // The kind and the length of the message, and the lengths of the extensions and of the one that fills it up.
    let length = 4 + begin.len() + 2 + extensions.len();
    if UNANSWERED.contains(&length) {
        extensions.extend(extension(21, &vec![0; (UNANSWERED.end() + 1).saturating_sub(length + 4)]));
    }
    let body = [begin, with_length(2, &extensions)].concat();
    let message = [vec![CLIENT_HELLO], with_length(3, &body)].concat();
    [vec![HANDSHAKE, 3, 1], with_length(2, &message)].concat()
}

/// `content` with its length before it in so many bytes.
fn with_length(bytes: usize, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    [&length[length.len() - bytes..], content].concat()
}

/// The messages of the handshake, put together from the records that they come in.
struct Messages<'s, S> {
    stream: &'s mut S,
    buffer: Vec<u8>,
    received: usize,
}

impl<S: Read> Messages<'_, S> {
    fn next(&mut self) -> Result<(u8, Vec<u8>), Fault> {
        loop {
            let mut fields = Cursor(&self.buffer);
            if let (Some(kind), Some(length)) = (fields.number(1), fields.number(3)) {
                if length > MOST {
                    return Err(Fault::TooLarge);
                }
                if let Some(body) = fields.take(length) {
                    let body = body.to_vec();
                    self.buffer.drain(..4 + length);
                    return Ok((kind, body));
                }
            }
            self.record()?;
        }
    }

    fn record(&mut self) -> Result<(), Fault> {
        let mut head = [0; RECORD_HEAD];
        self.fill(&mut head)?;
        let length = usize::from(u16::from_be_bytes([head[3], head[4]]));
        if head[1] != 3 || length > LONGEST_RECORD {
            return Err(Fault::NotTls);
        }
        let mut content = vec![0; length];
        self.fill(&mut content)?;
        self.received += RECORD_HEAD + length;
        if self.received > MOST + LONGEST_RECORD {
            return Err(Fault::TooLarge);
        }
        match (head[0], content.as_slice()) {
            (HANDSHAKE, content) => self.buffer.extend_from_slice(content),
            // A warning, such as that the name is unknown (RFC 6066 §3), ends nothing.
            (ALERT, [1, description]) if *description != 0 => {}
            (ALERT, [2, 112]) => return Err(Fault::UnknownName),
            (ALERT, _) => return Err(Fault::TooOld),
            _ => return Err(Fault::NotTls),
        }
        Ok(())
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Fault> {
        self.stream.read_exact(buffer).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => Fault::Closed,
            _ => interrupted(&error),
        })
    }
}

/// The version and the suite that the server chose.
fn server_hello(body: &[u8]) -> Option<(u16, u16)> {
    let mut fields = Cursor(body);
    let version = fields.number(2)?;
    let _random = fields.take(32)?;
    let _session = fields.counted(1)?;
    let suite = fields.number(2)?;
    (0x0300..=0x0303).contains(&version).then_some((version, suite))
}

/// RFC 5246 §7.4.2: a list of certificates, each with its length before it.
fn certificates(body: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut body = Cursor(body);
    let mut listed = Cursor(body.counted(3).filter(|_| body.0.is_empty())?);
    let mut certificates = Vec::new();
    while !listed.0.is_empty() {
        certificates.push(listed.counted(3)?.to_vec());
    }
    Some(certificates)
}
