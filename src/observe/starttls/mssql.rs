//! Microsoft SQL Server: the request for TLS of TDS 7 (MS-TDS §2.2.6.5), whose handshake is in packets of TDS. A server
//! that takes TDS 8 alone speaks TLS from the first byte.

use std::io::{self, Read, Write};

use super::Fault;
use super::dialogue::{Dialogue, shown};

/// What a client offers that speaks TLS from the first byte (MS-TDS §2.1).
pub(in crate::observe) const STRICT: &[u8] = b"tds/8.0";

const PRELOGIN: u8 = 0x12;
const ANSWER: u8 = 4;
const LAST: u8 = 1;
const HEAD: usize = 8;
/// As long as a server takes packets before a login.
const LONGEST: usize = 4096;

const ENCRYPTION: u8 = 1;
const END: u8 = 0xff;
const NOT_SUPPORTED: u8 = 2;

/// Five options, each with a token, where its value stands and how long that is; then the values: a version, encryption
/// on, no instance, no thread, one result at a time.
const OPTIONS: [u8; 39] = [
    0, 0, 26, 0, 6, ENCRYPTION, 0, 32, 0, 1, 2, 0, 33, 0, 1, 3, 0, 34, 0, 4, 4, 0, 38, 0, 1, END, //
    17, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0,
];

pub(super) fn begin(dialogue: &mut Dialogue<'_>) -> Result<(), Fault> {
    dialogue.say(packet(&OPTIONS))?;
    let head = dialogue.bytes(HEAD)?;
    let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
    if head[0] != ANSWER || !(HEAD..=LONGEST).contains(&length) {
        return Err(Fault::Unexpected(shown(&String::from_utf8_lossy(&head))));
    }
    let options = dialogue.bytes(length - HEAD)?;
    match encryption(&options) {
        None => Err(Fault::Unexpected("its answer names no encryption".to_owned())),
        Some(NOT_SUPPORTED) => Err(Fault::Refused(String::new())),
        Some(_) => Ok(()),
    }
}

fn encryption(options: &[u8]) -> Option<u8> {
    let mut entries = options.chunks_exact(5).take_while(|entry| entry[0] != END);
    let entry = entries.find(|entry| entry[0] == ENCRYPTION)?;
    options.get(usize::from(u16::from_be_bytes([entry[1], entry[2]]))).copied()
}

fn packet(content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + HEAD).unwrap_or(u16::MAX).to_be_bytes();
    let mut packet = vec![PRELOGIN, LAST, length[0], length[1], 0, 0, 1, 0];
    packet.extend_from_slice(content);
    packet
}

/// Packets around a handshake.
#[derive(Debug, Default)]
pub(in crate::observe) struct Wrapping {
    /// Of a packet that has not come whole.
    received: Vec<u8>,
}

impl Wrapping {
    /// What a peer is sent for these bytes.
    pub(in crate::observe) fn wrap(bytes: &[u8]) -> Vec<u8> {
        bytes.chunks(LONGEST - HEAD).flat_map(packet).collect()
    }

    /// What stands in the packets that came whole.
    pub(in crate::observe) fn unwrap(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.received.extend_from_slice(bytes);
        let mut content = Vec::new();
        let mut start = 0;
        while let Some(&[_, _, high, low]) = self.received.get(start..start + 4) {
            // One that is shorter than its head is none: TLS refuses what follows.
            let end = start + usize::from(u16::from_be_bytes([high, low])).max(HEAD);
            let Some(inner) = self.received.get(start + HEAD..end) else { break };
            content.extend_from_slice(inner);
            start = end;
        }
        self.received.drain(..start);
        content
    }
}

/// The same for what reads and writes as if it waited.
pub(in crate::observe) struct Wrapped<'s, S> {
    stream: &'s mut S,
    /// What is left of the packet that is read.
    left: usize,
}

impl<'s, S> Wrapped<'s, S> {
    pub(in crate::observe) fn new(stream: &'s mut S) -> Self {
        Self { stream, left: 0 }
    }
}

impl<S: Read> Read for Wrapped<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.left == 0 {
            let mut head = [0; HEAD];
            self.stream.read_exact(&mut head)?;
            self.left = usize::from(u16::from_be_bytes([head[2], head[3]])).saturating_sub(HEAD);
        }
        let wanted = self.left.min(buffer.len());
        let count = self.stream.read(&mut buffer[..wanted])?;
        self.left = self.left.saturating_sub(count);
        Ok(count)
    }
}

impl<S: Write> Write for Wrapped<'_, S> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.stream.write_all(&Wrapping::wrap(buffer))?;
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_packets_are_cut_what_stands_in_them_comes_out() {
        let content: Vec<u8> = (0..10_000_u32).map(|number| number.to_le_bytes()[0]).collect();
        let packets = Wrapping::wrap(&content);
        for size in [1, 7, 8, 4095, 4096, 20_000] {
            let mut wrapping = Wrapping::default();
            let came: Vec<u8> = packets.chunks(size).flat_map(|bytes| wrapping.unwrap(bytes)).collect();
            assert!(came == content, "in pieces of {size}");
        }
        let mut came = Vec::new();
        Wrapped::new(&mut packets.as_slice()).take(10_000).read_to_end(&mut came).unwrap();
        assert_eq!(came, content);
    }
}
