//! Questions to a DNS server, by UDP and then by TCP.

mod packet;

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::hash::BuildHasher as _;
use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use crate::observation::CaaRecord;
use packet::Received;

/// Questions that wait for their answers at the same time.
const IN_FLIGHT: usize = 64;
/// After this an unanswered question is asked once more.
const ONCE_MORE_AFTER: Duration = Duration::from_secs(1);
/// The file that names the servers of this machine.
const SERVERS: &str = "/etc/resolv.conf";
const LONGEST_LIST: u64 = 64 * 1024;
/// The C library asks no more either.
const MOST_SERVERS: usize = 3;

/// What is asked of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Caa,
    Tlsa,
    /// Its CNAME record.
    Alias,
    /// Its texts, of which nothing is read: whether they can be had is what is asked.
    Text,
}

/// A name in lower case without a dot at its end, and what is asked of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Question {
    pub name: String,
    pub kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Those of the kind that was asked for; a name may have none.
    Records(Vec<Record>),
    /// There is no such name, or none that it is an alias of, as the servers of this zone say.
    NoName { zone: Option<String> },
    /// The server cannot tell.
    Failed(Refusal),
}

impl Answer {
    /// What the name is an alias of.
    pub(crate) fn alias(&self) -> Option<&str> {
        let Self::Records(records) = self else { return None };
        records.iter().find_map(|record| match record {
            Record::Alias(target) => Some(target.as_str()),
            Record::Caa(_) | Record::Tlsa(_) => None,
        })
    }
}

/// Why a server gives no answer (RFC 1035 §4.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    FormatError,
    /// No server of the zone answered it, or its signatures are wrong.
    ServerFailure,
    NotImplemented,
    Refused,
    Other,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FormatError => "FORMERR",
            Self::ServerFailure => "SERVFAIL",
            Self::NotImplemented => "NOTIMP",
            Self::Refused => "REFUSED",
            Self::Other => "an error",
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    Caa(CaaRecord),
    Tlsa(TlsaData),
    Alias(String),
}

/// RFC 6698 §2.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TlsaData {
    pub usage: u8,
    pub selector: u8,
    pub matching: u8,
    pub data: Vec<u8>,
}

/// The answers that came; without one there was silence.
pub(crate) type Answers = BTreeMap<Question, Answer>;

/// The servers that this machine asks, in their order.
pub(crate) fn servers_of_machine() -> Vec<SocketAddr> {
    let mut text = String::new();
    let read = std::fs::File::open(SERVERS).and_then(|file| file.take(LONGEST_LIST).read_to_string(&mut text));
    if read.is_err() {
        return Vec::new();
    }
    text.lines().filter_map(server).take(MOST_SERVERS).collect()
}

fn server(line: &str) -> Option<SocketAddr> {
    let mut words = line.split_whitespace();
    let address = words.next().filter(|word| *word == "nameserver").and_then(|_| words.next())?;
    Some(SocketAddr::new(address.parse::<IpAddr>().ok()?, 53))
}

/// Asks the first of `servers`, and each other what those before it were silent about. A question waits for `longest` at
/// each, and none beyond `ends`.
pub(crate) fn ask(
    servers: &[SocketAddr],
    questions: impl IntoIterator<Item = Question>,
    longest: Duration,
    ends: Instant,
) -> Answers {
    let mut answers = Answers::new();
    let mut open: Vec<Question> = questions.into_iter().collect();
    for server in servers {
        if open.is_empty() || Instant::now() >= ends {
            break;
        }
        let mut asked = Exchange { server: *server, longest, ends, answers: &mut answers, long: Vec::new() };
        // A server that is not there answered nothing.
        let _silent = asked.by_udp(&open);
        asked.by_tcp();
        open.retain(|question| !answers.contains_key(question));
    }
    answers
}

/// With one server.
struct Exchange<'a> {
    server: SocketAddr,
    longest: Duration,
    ends: Instant,
    answers: &'a mut Answers,
    /// Those whose answers are too long for UDP.
    long: Vec<Question>,
}

/// A question that was sent.
struct Sent<'q> {
    question: &'q Question,
    at: Instant,
    is_repeated: bool,
}

impl Exchange<'_> {
    fn by_udp(&mut self, questions: &[Question]) -> io::Result<()> {
        let any: IpAddr =
            if self.server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        let socket = UdpSocket::bind((any, 0))?;
        // What comes from elsewhere is not received.
        socket.connect(self.server)?;
        let mut waiting: HashMap<u16, Sent<'_>> = HashMap::new();
        let numbers = RandomState::new();
        let mut next = questions.iter().enumerate();
        let mut silences = 0;
        loop {
            while waiting.len() < IN_FLIGHT && silences < IN_FLIGHT {
                let Some((nth, question)) = next.next() else { break };
                let [one, two, ..] = numbers.hash_one(nth).to_ne_bytes();
                let mut id = u16::from_ne_bytes([one, two]);
                while waiting.contains_key(&id) {
                    id = id.wrapping_add(1);
                }
                let Some(bytes) = packet::question(id, &question.name, question.kind) else { continue };
                socket.send(&bytes)?;
                waiting.insert(id, Sent { question, at: Instant::now(), is_repeated: false });
            }
            if waiting.is_empty() || Instant::now() >= self.ends {
                return Ok(());
            }
            if self.receive(&socket, &mut waiting)? {
                silences = 0;
            }
            silences += self.repeat_or_drop(&socket, &mut waiting)?;
        }
    }

    /// Waits for one datagram until something else is to be done; says whether it was an answer.
    fn receive(&mut self, socket: &UdpSocket, waiting: &mut HashMap<u16, Sent<'_>>) -> io::Result<bool> {
        let until = waiting.values().map(|sent| self.due(sent)).min().unwrap_or(self.ends).min(self.ends);
        let left = until.saturating_duration_since(Instant::now());
        socket.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
        let mut bytes = [0; 4096];
        let length = match socket.recv(&mut bytes) {
            Ok(length) => length,
            Err(error) if is_passing(&error) => return Ok(false),
            Err(error) => return Err(error),
        };
        let answer = &bytes[..length];
        let Some(id) = answer.first_chunk::<2>().map(|id| u16::from_be_bytes(*id)) else { return Ok(false) };
        let Some(sent) = waiting.get(&id) else { return Ok(false) };
        match packet::read(answer, id, &sent.question.name, sent.question.kind) {
            Received::Answer(answer) => drop(self.answers.insert(sent.question.clone(), answer)),
            Received::Long => self.long.push(sent.question.clone()),
            Received::Foreign => return Ok(false),
        }
        waiting.remove(&id);
        Ok(true)
    }

    /// When it is asked once more, or not waited for any longer.
    fn due(&self, sent: &Sent<'_>) -> Instant {
        sent.at + if sent.is_repeated { self.longest } else { ONCE_MORE_AFTER.min(self.longest) }
    }

    /// Asks once more what was not answered, and gives up what was asked twice; says how many those are.
    fn repeat_or_drop(&self, socket: &UdpSocket, waiting: &mut HashMap<u16, Sent<'_>>) -> io::Result<usize> {
        let now = Instant::now();
        let due: Vec<u16> = waiting.iter().filter(|(_, sent)| self.due(sent) <= now).map(|(id, _)| *id).collect();
        let mut dropped = 0;
        for id in due {
            let Some(sent) = waiting.get_mut(&id).filter(|sent| !sent.is_repeated) else {
                waiting.remove(&id);
                dropped += 1;
                continue;
            };
            sent.is_repeated = true;
            if let Some(bytes) = packet::question(id, &sent.question.name, sent.question.kind) {
                socket.send(&bytes)?;
            }
        }
        Ok(dropped)
    }

    /// What was too long for UDP. Where one connection comes to nothing, no other is tried.
    fn by_tcp(&mut self) {
        for question in std::mem::take(&mut self.long) {
            let ends = self.ends.min(Instant::now() + self.longest);
            let Ok(answer) = one_by_tcp(self.server, &question, ends) else { return };
            self.answers.extend(answer.map(|answer| (question, answer)));
        }
    }
}

fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}

fn one_by_tcp(server: SocketAddr, question: &Question, ends: Instant) -> io::Result<Option<Answer>> {
    let left = || Some(ends.saturating_duration_since(Instant::now())).filter(|left| !left.is_zero());
    let late = || io::Error::from(io::ErrorKind::TimedOut);
    let id = 0x4341;
    let Some(bytes) = packet::question(id, &question.name, question.kind) else { return Ok(None) };
    let mut stream = TcpStream::connect_timeout(&server, left().ok_or_else(late)?)?;
    stream.set_write_timeout(left())?;
    let length = u16::try_from(bytes.len()).unwrap_or_default();
    stream.write_all(&[&length.to_be_bytes()[..], &bytes].concat())?;
    let mut length = [0; 2];
    let mut answer = Vec::new();
    stream.set_read_timeout(Some(left().ok_or_else(late)?))?;
    stream.read_exact(&mut length)?;
    let whole = usize::from(u16::from_be_bytes(length));
    while answer.len() < whole {
        stream.set_read_timeout(Some(left().ok_or_else(late)?))?;
        let mut chunk = [0; 4096];
        let most = chunk.len().min(whole - answer.len());
        let read = stream.read(&mut chunk[..most])?;
        if read == 0 {
            return Ok(None);
        }
        answer.extend_from_slice(&chunk[..read]);
    }
    Ok(match packet::read(&answer, id, &question.name, question.kind) {
        Received::Answer(answer) => Some(answer),
        Received::Long | Received::Foreign => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_of_this_machine_are_read_as_they_are_written() {
        let read = |line| server(line).map(|server| server.to_string());
        assert_eq!(read("nameserver 192.0.2.53").as_deref(), Some("192.0.2.53:53"));
        assert_eq!(read("  nameserver\t2001:db8::53 # ours").as_deref(), Some("[2001:db8::53]:53"));
        for other in ["", "# nameserver 192.0.2.1", "search example.com", "nameserver", "nameserver dns.example"] {
            assert_eq!(read(other), None, "{other}");
        }
    }

    #[test]
    fn a_server_that_is_silent_is_asked_no_more_and_the_next_one_is() {
        let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
        let closed = SocketAddr::from(([127, 0, 0, 1], 1));
        let answering = UdpSocket::bind("127.0.0.1:0").unwrap();
        let servers = [closed, silent.local_addr().unwrap(), answering.local_addr().unwrap()];
        std::thread::spawn(move || {
            let mut bytes = [0; 512];
            while let Ok((length, from)) = answering.recv_from(&mut bytes) {
                bytes[2] |= 0x80;
                answering.send_to(&bytes[..length], from).unwrap();
            }
        });
        let names = (0..1000).map(|nth| Question { name: format!("{nth}.example.com"), kind: Kind::Tlsa });
        let begun = Instant::now();
        let answers = ask(&servers, names, Duration::from_millis(200), begun + Duration::from_secs(60));
        assert_eq!(answers.len(), 1000);
        assert!(answers.values().all(|answer| *answer == Answer::Records(Vec::new())));
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    }
}
