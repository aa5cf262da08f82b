//! Questions to a DNS server, by UDP and then by TCP: the only file that names the DNS library.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher as _;
use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, PacketFlag, QCLASS, QTYPE, Question, RCODE, TYPE};

use crate::fault::contained;
use crate::observation::CaaRecord;

/// Questions that wait for their answers at the same time.
const IN_FLIGHT: usize = 64;
/// After this an unanswered question is asked once more.
const ONCE_MORE_AFTER: Duration = Duration::from_secs(1);
/// The file that names the servers of this machine.
const SERVERS: &str = "/etc/resolv.conf";
const LONGEST_LIST: u64 = 64 * 1024;

/// The first server that this machine asks.
pub(crate) fn server_of_machine() -> Option<SocketAddr> {
    let mut text = String::new();
    std::fs::File::open(SERVERS).ok()?.take(LONGEST_LIST).read_to_string(&mut text).ok()?;
    text.lines().find_map(server)
}

fn server(line: &str) -> Option<SocketAddr> {
    let mut words = line.split_whitespace();
    let address = words.next().filter(|word| *word == "nameserver").and_then(|_| words.next())?;
    Some(SocketAddr::new(address.parse::<IpAddr>().ok()?, 53))
}

/// The CAA records of each name that was answered for before `ends`; none of a name that has none, or is none.
pub(crate) fn caa(server: SocketAddr, names: &[String], ends: Instant) -> BTreeMap<String, Vec<CaaRecord>> {
    let mut found = BTreeMap::new();
    for some in names.chunks(IN_FLIGHT) {
        if ask(server, some, ends, &mut found).is_err() || Instant::now() >= ends {
            break;
        }
    }
    found
}

fn ask(
    server: SocketAddr,
    names: &[String],
    ends: Instant,
    found: &mut BTreeMap<String, Vec<CaaRecord>>,
) -> io::Result<()> {
    let any: IpAddr = if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0))?;
    // What comes from elsewhere is not received.
    socket.connect(server)?;
    let mut waiting: HashMap<u16, &str> = HashMap::new();
    let numbers = RandomState::new();
    for (nth, name) in names.iter().enumerate() {
        let [one, two, ..] = numbers.hash_one((nth, name)).to_ne_bytes();
        waiting.insert(u16::from_ne_bytes([one, two]), name);
    }
    let mut long = Vec::new();
    let once_more = Instant::now() + ONCE_MORE_AFTER;
    for until in [once_more.min(ends), ends] {
        for (id, name) in &waiting {
            let Some(question) = question(*id, name) else { continue };
            socket.send(&question)?;
        }
        while !waiting.is_empty() && receive(&socket, until, &mut waiting, &mut long, found)? {}
    }
    for name in long {
        if let Ok(Some(answer)) = ask_by_tcp(server, name, ends) {
            found.insert(name.to_owned(), answer);
        }
    }
    Ok(())
}

/// Takes one answer; says whether time is left for more.
fn receive<'n>(
    socket: &UdpSocket,
    until: Instant,
    waiting: &mut HashMap<u16, &'n str>,
    long: &mut Vec<&'n str>,
    found: &mut BTreeMap<String, Vec<CaaRecord>>,
) -> io::Result<bool> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Ok(false);
    }
    socket.set_read_timeout(Some(left))?;
    let mut bytes = [0; 4096];
    let length = match socket.recv(&mut bytes) {
        Ok(length) => length,
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => return Ok(false),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(true),
        Err(error) => return Err(error),
    };
    let answer = &bytes[..length];
    let Some(id) = answer.first_chunk::<2>().map(|id| u16::from_be_bytes(*id)) else { return Ok(true) };
    let Some(name) = waiting.get(&id).copied() else { return Ok(true) };
    match read(answer, id, name) {
        Answer::Records(records) => {
            found.insert(name.to_owned(), records);
            waiting.remove(&id);
        }
        Answer::Long => {
            long.push(name);
            waiting.remove(&id);
        }
        // A server that cannot tell now is not asked again.
        Answer::Nothing => drop(waiting.remove(&id)),
        Answer::Foreign => {}
    }
    Ok(true)
}

fn ask_by_tcp(server: SocketAddr, name: &str, ends: Instant) -> io::Result<Option<Vec<CaaRecord>>> {
    let left = || Some(ends.saturating_duration_since(Instant::now())).filter(|left| !left.is_zero());
    let late = || io::Error::from(io::ErrorKind::TimedOut);
    let id = 0x4341;
    let Some(question) = question(id, name) else { return Ok(None) };
    let mut stream = TcpStream::connect_timeout(&server, left().ok_or_else(late)?)?;
    stream.set_write_timeout(left())?;
    let length = u16::try_from(question.len()).unwrap_or_default();
    stream.write_all(&[&length.to_be_bytes()[..], &question].concat())?;
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
    Ok(match read(&answer, id, name) {
        Answer::Records(records) => Some(records),
        Answer::Long | Answer::Nothing | Answer::Foreign => None,
    })
}

fn question(id: u16, name: &str) -> Option<Vec<u8>> {
    let mut packet = Packet::new_query(id);
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    let name = Name::new(name).ok()?;
    packet.questions.push(Question::new(name, QTYPE::TYPE(TYPE::CAA), QCLASS::CLASS(CLASS::IN), false));
    packet.build_bytes_vec().ok()
}

enum Answer {
    Records(Vec<CaaRecord>),
    /// Cut off: it is to be asked by TCP.
    Long,
    /// The server has none to give.
    Nothing,
    /// To another question.
    Foreign,
}

fn read(bytes: &[u8], id: u16, name: &str) -> Answer {
    contained(|| {
        let Ok(packet) = Packet::parse(bytes) else { return Answer::Foreign };
        let is_asked = packet
            .questions
            .first()
            .is_some_and(|question| question.qname.to_string().trim_end_matches('.').eq_ignore_ascii_case(name));
        if packet.id() != id || !packet.has_flags(PacketFlag::RESPONSE) || !is_asked {
            return Answer::Foreign;
        }
        if packet.has_flags(PacketFlag::TRUNCATION) {
            return Answer::Long;
        }
        match packet.rcode() {
            RCODE::NoError | RCODE::NameError => {
                let records = packet.answers.iter().filter_map(|record| match &record.rdata {
                    RData::CAA(caa) => Some(CaaRecord {
                        is_critical: caa.flag & 0x80 != 0,
                        tag: caa.tag.to_string().to_ascii_lowercase(),
                        value: String::from_utf8_lossy(&caa.value).into_owned(),
                    }),
                    _ => None,
                });
                Answer::Records(records.collect())
            }
            _ => Answer::Nothing,
        }
    })
    .unwrap_or(Answer::Foreign)
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
    fn what_is_no_answer_to_the_question_is_foreign_however_it_is_bent() {
        let question = question(7, "example.com").unwrap();
        assert!(matches!(read(&question, 7, "example.com"), Answer::Foreign), "a question is no answer");
        let mut answer = question.clone();
        answer[2] |= 0x80;
        assert!(matches!(read(&answer, 7, "EXAMPLE.com"), Answer::Records(records) if records.is_empty()));
        assert!(matches!(read(&answer, 8, "example.com"), Answer::Foreign));
        assert!(matches!(read(&answer, 7, "example.net"), Answer::Foreign));
        for length in 0..answer.len() {
            assert!(matches!(read(&answer[..length], 7, "example.com"), Answer::Foreign), "{length}");
        }
        for at in 0..answer.len() {
            for byte in [0, 1, 0x3f, 0xc0, 0xff] {
                let mut bent = answer.clone();
                bent[at] = byte;
                let _ = read(&bent, 7, "example.com");
            }
        }
    }
}
