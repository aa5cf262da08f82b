//! Questions and answers of DNS as bytes: the only file that names the DNS library.

use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, PacketFlag, QCLASS, QTYPE, Question, RCODE, TYPE};

use super::{Answer, Kind, Record, Refusal, TlsaData};
use crate::fault::contained;
use crate::observation::CaaRecord;

/// Of a TLSA record (RFC 6698 §7.1), which the library has no name for: it reads the records, and no question for them.
const TLSA: u16 = 52;
/// In place of it, in a question that the library is to read.
const STAND_IN: TYPE = TYPE::NULL;
const HEADER: usize = 12;

pub(super) fn question(id: u16, name: &str, kind: Kind) -> Option<Vec<u8>> {
    let mut packet = Packet::new_query(id);
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    let name = Name::new(name).ok()?;
    packet.questions.push(Question::new(name, QTYPE::TYPE(kind.number()), QCLASS::CLASS(CLASS::IN), false));
    packet.build_bytes_vec().ok()
}

impl Kind {
    const fn number(self) -> TYPE {
        match self {
            Self::Caa => TYPE::CAA,
            Self::Tlsa => TYPE::Unknown(TLSA),
            Self::Alias => TYPE::CNAME,
            Self::Text => TYPE::TXT,
        }
    }
}

/// The same packet with a question that the library can read; none where its first question is of another kind.
fn readable(bytes: &[u8], kind: Kind) -> Option<Vec<u8>> {
    let mut at = HEADER;
    while let length @ 1..=63 = *bytes.get(at)? {
        at += 1 + usize::from(length);
    }
    let mut readable = bytes.to_vec();
    let asked = readable.get_mut(at..)?.get_mut(1..3)?;
    let is_asked = *asked == u16::from(kind.number()).to_be_bytes();
    if kind == Kind::Tlsa {
        asked.copy_from_slice(&u16::from(STAND_IN).to_be_bytes());
    }
    is_asked.then_some(readable)
}

pub(super) enum Received {
    Answer(Answer),
    /// Cut off: it is to be asked by TCP.
    Long,
    /// To another question.
    Foreign,
}

pub(super) fn read(bytes: &[u8], id: u16, name: &str, kind: Kind) -> Received {
    contained(|| {
        let Some(bytes) = readable(bytes, kind) else { return Received::Foreign };
        let Ok(packet) = Packet::parse(&bytes) else { return Received::Foreign };
        let is_asked = packet.questions.first().is_some_and(|question| plain(&question.qname) == name);
        if packet.id() != id || !packet.has_flags(PacketFlag::RESPONSE) || !is_asked {
            return Received::Foreign;
        }
        if packet.has_flags(PacketFlag::TRUNCATION) {
            return Received::Long;
        }
        Received::Answer(match packet.rcode() {
            RCODE::NoError => {
                let records = packet.answers.iter();
                let own = records.filter(|record| kind != Kind::Alias || plain(&record.name) == name);
                Answer::Records(own.filter_map(|record| of(&record.rdata, kind)).collect())
            }
            RCODE::NameError => {
                let zone = packet.name_servers.iter().find(|record| matches!(record.rdata, RData::SOA(_)));
                Answer::NoName { zone: zone.map(|zone| plain(&zone.name)) }
            }
            RCODE::ServerFailure => Answer::Failed(Refusal::ServerFailure),
            RCODE::Refused => Answer::Failed(Refusal::Refused),
            RCODE::FormatError => Answer::Failed(Refusal::FormatError),
            RCODE::NotImplemented => Answer::Failed(Refusal::NotImplemented),
            _ => Answer::Failed(Refusal::Other),
        })
    })
    .unwrap_or(Received::Foreign)
}

/// In lower case and without the last dot; the name of the root is empty.
fn plain(name: &Name<'_>) -> String {
    name.to_string().trim_end_matches('.').to_ascii_lowercase()
}

fn of(data: &RData<'_>, kind: Kind) -> Option<Record> {
    match (kind, data) {
        (Kind::Caa, RData::CAA(caa)) => Some(Record::Caa(CaaRecord {
            is_critical: caa.flag & 0x80 != 0,
            tag: caa.tag.to_string().to_ascii_lowercase(),
            value: String::from_utf8_lossy(&caa.value).into_owned(),
        })),
        (Kind::Tlsa, RData::NULL(TLSA, data)) => {
            let (&[usage, selector, matching], data) = data.get_data().split_first_chunk::<3>()?;
            Some(Record::Tlsa(TlsaData { usage, selector, matching, data: data.to_vec() }))
        }
        (Kind::Alias, RData::CNAME(target)) => Some(Record::Alias(plain(target))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_answer_to_the_question_is_foreign_however_it_is_bent() {
        for kind in [Kind::Caa, Kind::Tlsa, Kind::Alias, Kind::Text] {
            let question = question(7, "example.com", kind).unwrap();
            let is_foreign = |bytes: &[u8], id, name| matches!(read(bytes, id, name, kind), Received::Foreign);
            assert!(is_foreign(&question, 7, "example.com"), "a question is no answer");
            let mut answer = question.clone();
            answer[2] |= 0x80;
            assert!(
                matches!(read(&answer, 7, "example.com", kind), Received::Answer(Answer::Records(records)) if records.is_empty())
            );
            assert!(is_foreign(&answer, 8, "example.com"));
            assert!(is_foreign(&answer, 7, "example.net"));
            for length in 0..answer.len() {
                assert!(is_foreign(&answer[..length], 7, "example.com"), "{length}");
            }
            for at in 0..answer.len() {
                for byte in [0, 1, 0x3f, 0xc0, 0xff] {
                    let mut bent = answer.clone();
                    bent[at] = byte;
                    let _ = read(&bent, 7, "example.com", kind);
                }
            }
        }
    }
}
