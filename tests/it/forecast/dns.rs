//! A DNS server on loopback that knows nothing but CAA records, by UDP as much as fits, else by TCP.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, UdpSocket};
use std::sync::{Arc, Mutex};

use simple_dns::rdata::{CAA, RData};
use simple_dns::{CLASS, CharacterString, Packet, PacketFlag, RCODE, ResourceRecord};

type Records = Vec<(u8, String, String)>;

#[derive(Default)]
struct Known {
    records: BTreeMap<String, Records>,
    fails: Vec<String>,
    is_silent: bool,
    asked: Vec<String>,
}

pub(super) struct Server {
    address: String,
    known: Arc<Mutex<Known>>,
}

impl Server {
    pub(super) fn start() -> Self {
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

    pub(super) fn address(&self) -> String {
        self.address.clone()
    }

    pub(super) fn has(&self, name: &str, records: &[(u8, &str, &str)]) {
        let records = records.iter().map(|(flag, tag, value)| (*flag, (*tag).to_owned(), (*value).to_owned()));
        self.known.lock().unwrap().records.insert(name.to_owned(), records.collect());
    }

    pub(super) fn fails_for(&self, name: &str) {
        self.known.lock().unwrap().fails.push(name.to_owned());
    }

    pub(super) fn falls_silent(&self) {
        self.known.lock().unwrap().is_silent = true;
    }

    pub(super) fn speaks(&self) {
        self.known.lock().unwrap().is_silent = false;
    }

    pub(super) fn asked(&self) -> Vec<String> {
        self.known.lock().unwrap().asked.clone()
    }
}

fn answer(question: &[u8], known: &Mutex<Known>, longest: usize) -> Option<Vec<u8>> {
    let question = Packet::parse(question).unwrap();
    assert!(question.has_flags(PacketFlag::RECURSION_DESIRED) && question.questions.len() == 1);
    let asked = question.questions[0].clone();
    let name = asked.qname.to_string();
    let mut known = known.lock().unwrap();
    known.asked.push(name.clone());
    if known.is_silent {
        return None;
    }
    let mut packet = Packet::new_reply(question.id());
    packet.questions.push(asked.clone());
    if known.fails.contains(&name) {
        *packet.rcode_mut() = RCODE::ServerFailure;
    } else if let Some(records) = known.records.get(&name) {
        for (flag, tag, value) in records {
            let tag = CharacterString::new(tag.as_bytes()).unwrap();
            let caa = CAA { flag: *flag, tag, value: value.as_bytes().into() };
            packet.answers.push(ResourceRecord::new(asked.qname.clone(), CLASS::IN, 60, RData::CAA(caa)));
        }
    } else {
        *packet.rcode_mut() = RCODE::NameError;
    }
    let whole = packet.build_bytes_vec().unwrap();
    if whole.len() <= longest {
        return Some(whole);
    }
    packet.answers.clear();
    packet.set_flags(PacketFlag::TRUNCATION);
    Some(packet.build_bytes_vec().unwrap())
}
