//! A DNS server on loopback that answers as a resolver does, by UDP as much as fits, else by TCP.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, UdpSocket};
use std::sync::{Arc, Mutex};

use simple_dns::rdata::{CAA, CNAME, NULL, RData, SOA};
use simple_dns::{CLASS, CharacterString, Name, Packet, PacketFlag, QTYPE, Question, RCODE, ResourceRecord, TYPE};

const TLSA: u16 = 52;

enum Record {
    Caa(u8, String, String),
    Tlsa(Vec<u8>),
    Alias(String),
}

#[derive(Default)]
struct Known {
    records: BTreeMap<String, Vec<Record>>,
    /// Besides the top-level domains.
    zones: Vec<String>,
    fails: Vec<String>,
    is_silent: bool,
    asked: Vec<String>,
}

pub struct Server {
    address: String,
    known: Arc<Mutex<Known>>,
}

impl Server {
    pub fn start() -> Self {
        let known = Arc::new(Mutex::new(Known::default()));
        // The same port has to be free for both.
        let (udp, tcp) = loop {
            let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
            if let Ok(udp) = UdpSocket::bind(tcp.local_addr().unwrap()) {
                break (udp, tcp);
            }
        };
        let address = udp.local_addr().unwrap().to_string();
        let shared = Arc::clone(&known);
        std::thread::spawn(move || {
            let mut bytes = [0; 1024];
            while let Ok((length, from)) = udp.recv_from(&mut bytes) {
                if let Some(answer) = answer(&bytes[..length], &shared, 512) {
                    udp.send_to(&answer, from).unwrap();
                }
            }
        });
        let shared = Arc::clone(&known);
        std::thread::spawn(move || {
            for mut stream in tcp.incoming().flatten() {
                let mut length = [0; 2];
                stream.read_exact(&mut length).unwrap();
                let mut question = vec![0; usize::from(u16::from_be_bytes(length))];
                stream.read_exact(&mut question).unwrap();
                if let Some(answer) = answer(&question, &shared, usize::from(u16::MAX)) {
                    let length = u16::try_from(answer.len()).unwrap().to_be_bytes();
                    stream.write_all(&[&length[..], &answer].concat()).unwrap();
                }
            }
        });
        Self { address, known }
    }

    pub fn address(&self) -> String {
        self.address.clone()
    }

    fn set(&self, name: &str, records: Vec<Record>) {
        self.known.lock().unwrap().records.insert(name.to_owned(), records);
    }

    /// These CAA records, and nothing else.
    pub fn has(&self, name: &str, records: &[(u8, &str, &str)]) {
        let records =
            records.iter().map(|(flag, tag, value)| Record::Caa(*flag, (*tag).to_owned(), (*value).to_owned()));
        self.set(name, records.collect());
    }

    /// These TLSA records, as `3 1 1 HEX`, and nothing else.
    pub fn has_tlsa(&self, name: &str, records: &[&str]) {
        let bytes = |record: &&str| {
            let mut words = record.split(' ');
            let mut bytes: Vec<u8> = words.by_ref().take(3).map(|word| word.parse().unwrap()).collect();
            let digits = words.next().unwrap_or_default();
            let pairs = (0..digits.len()).step_by(2);
            bytes.extend(pairs.map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()));
            Record::Tlsa(bytes)
        };
        self.set(name, records.iter().map(bytes).collect());
    }

    pub fn has_alias(&self, name: &str, target: &str) {
        self.set(name, vec![Record::Alias(target.to_owned())]);
    }

    /// A zone with nothing in it.
    pub fn has_zone(&self, name: &str) {
        self.set(name, Vec::new());
        self.known.lock().unwrap().zones.push(name.to_owned());
    }

    pub fn lacks(&self, name: &str) {
        self.known.lock().unwrap().records.remove(name);
    }

    /// For this name and all below.
    pub fn fails_for(&self, name: &str) {
        self.known.lock().unwrap().fails.push(name.to_owned());
    }

    pub fn fails_no_more(&self) {
        self.known.lock().unwrap().fails.clear();
    }

    pub fn falls_silent(&self) {
        self.known.lock().unwrap().is_silent = true;
    }

    pub fn speaks(&self) {
        self.known.lock().unwrap().is_silent = false;
    }

    /// The names that were asked for, in their order.
    pub fn asked(&self) -> Vec<String> {
        self.known.lock().unwrap().asked.clone()
    }
}

fn is_in(name: &str, zone: &str) -> bool {
    name == zone || name.ends_with(&format!(".{zone}"))
}

fn answer(question: &[u8], known: &Mutex<Known>, longest: usize) -> Option<Vec<u8>> {
    let mut readable = question.to_vec();
    let end = 12 + question[12..].iter().position(|byte| *byte == 0).unwrap();
    // The library reads no question for TLSA records.
    let is_tlsa = question[end + 1..end + 3] == TLSA.to_be_bytes();
    if is_tlsa {
        readable[end + 1..end + 3].copy_from_slice(&u16::from(TYPE::NULL).to_be_bytes());
    }
    let question = Packet::parse(&readable).unwrap();
    assert!(question.has_flags(PacketFlag::RECURSION_DESIRED) && question.questions.len() == 1);
    let asked = question.questions[0].clone();
    let mut known = known.lock().unwrap();
    known.asked.push(asked.qname.to_string());
    if known.is_silent {
        return None;
    }
    let QTYPE::TYPE(kind) = asked.qtype else { panic!("{:?}", asked.qtype) };
    let kind = if is_tlsa { TYPE::Unknown(TLSA) } else { kind };
    let mut packet = Packet::new_reply(question.id());
    packet.questions.push(Question::new(asked.qname.clone(), QTYPE::TYPE(kind), asked.qclass, false));
    let mut name = asked.qname.to_string();
    for _ in 0..8 {
        if known.fails.iter().any(|zone| is_in(&name, zone)) {
            *packet.rcode_mut() = RCODE::ServerFailure;
            packet.answers.clear();
            break;
        }
        let Some(records) = known.records.get(&name) else {
            if !known.records.keys().any(|other| is_in(other, &name)) {
                *packet.rcode_mut() = RCODE::NameError;
                packet.name_servers.push(start_of(&zone_of(&name, &known.zones)));
            }
            break;
        };
        let own = records.iter().filter_map(|record| data(record, kind));
        packet.answers.extend(own.map(|data| record(&name, data)));
        let target = records.iter().find_map(|record| match record {
            Record::Alias(target) if kind != TYPE::CNAME => Some(target.clone()),
            _ => None,
        });
        let Some(target) = target else { break };
        packet.answers.push(record(&name, RData::CNAME(CNAME(named(&target)))));
        name = target;
    }
    let whole = packet.build_bytes_vec().unwrap();
    if whole.len() <= longest {
        return Some(whole);
    }
    packet.answers.clear();
    packet.set_flags(PacketFlag::TRUNCATION);
    Some(packet.build_bytes_vec().unwrap())
}

fn named(name: &str) -> Name<'static> {
    Name::new(name).unwrap().into_owned()
}

fn record(name: &str, data: RData<'static>) -> ResourceRecord<'static> {
    ResourceRecord::new(named(name), CLASS::IN, 60, data)
}

fn data(record: &Record, kind: TYPE) -> Option<RData<'static>> {
    match (record, kind) {
        (Record::Caa(flag, tag, value), TYPE::CAA) => {
            let tag = CharacterString::new(tag.as_bytes()).unwrap().into_owned();
            Some(RData::CAA(CAA { flag: *flag, tag, value: value.as_bytes().to_vec().into() }))
        }
        (Record::Tlsa(bytes), TYPE::Unknown(TLSA)) => Some(RData::NULL(TLSA, NULL::new(bytes).unwrap().into_owned())),
        (Record::Alias(target), TYPE::CNAME) => Some(RData::CNAME(CNAME(named(target)))),
        _ => None,
    }
}

/// The longest one that has the name; else its top-level domain.
fn zone_of(name: &str, zones: &[String]) -> String {
    let longest = zones.iter().filter(|zone| is_in(name, zone)).max_by_key(|zone| zone.len());
    longest.cloned().unwrap_or_else(|| name.rsplit('.').next().unwrap().to_owned())
}

fn start_of(zone: &str) -> ResourceRecord<'static> {
    let soa = SOA {
        mname: named("ns.example"),
        rname: named("hostmaster.example"),
        serial: 1,
        refresh: 60,
        retry: 60,
        expire: 60,
        minimum: 60,
    };
    record(zone, RData::SOA(soa))
}
