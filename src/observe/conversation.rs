//! What is said in the clear, as a function of what came: it is gone through again from its start whenever more comes,
//! so that a protocol reads and writes as if it waited and no thread does.

use std::io::{self, Read, Write};

/// Bytes gone through in all rounds together: a peer that sends single bytes may not keep a thread busy.
const MOST_WORK: usize = 64 << 20;

/// What came from a peer, and how much of what is to be said to it was said.
#[derive(Default)]
pub(super) struct Conversation {
    received: Vec<u8>,
    end: Option<End>,
    said: usize,
    work: usize,
}

/// Why nothing more comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Closed,
    Failed(io::ErrorKind),
}

/// Where a conversation stands.
pub(super) enum Turn<T> {
    /// It cannot go on before more comes.
    Listening,
    /// What it came to, with what came after it.
    Over(T, Vec<u8>),
}

impl Conversation {
    pub(super) fn hear(&mut self, bytes: &[u8]) {
        self.received.extend_from_slice(bytes);
    }

    pub(super) fn end(&mut self, end: End) {
        self.end.get_or_insert(end);
    }

    /// Goes through `talk` with what came so far. What it says beyond what was said before is added to `outgoing`: the
    /// same bytes must always be answered by the same.
    pub(super) fn go_on<T>(&mut self, talk: impl FnOnce(&mut Transcript<'_>) -> T, outgoing: &mut Vec<u8>) -> Turn<T> {
        self.work += self.received.len();
        if self.work > MOST_WORK {
            self.end(End::Failed(io::ErrorKind::TimedOut));
        }
        let mut transcript =
            Transcript { received: &self.received, read: 0, end: self.end, written: Vec::new(), is_listening: false };
        let outcome = talk(&mut transcript);
        let Transcript { read, written, is_listening, .. } = transcript;
        outgoing.extend_from_slice(written.get(self.said..).unwrap_or_default());
        self.said = self.said.max(written.len());
        if is_listening { Turn::Listening } else { Turn::Over(outcome, self.received.split_off(read)) }
    }
}

/// The stream that a conversation reads and writes.
pub(super) struct Transcript<'r> {
    received: &'r [u8],
    read: usize,
    end: Option<End>,
    written: Vec<u8>,
    is_listening: bool,
}

impl Read for Transcript<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = &self.received[self.read..];
        if !left.is_empty() {
            let count = left.len().min(buffer.len());
            buffer[..count].copy_from_slice(&left[..count]);
            self.read += count;
            return Ok(count);
        }
        match self.end {
            Some(End::Closed) => Ok(0),
            Some(End::Failed(kind)) => Err(kind.into()),
            None => {
                self.is_listening = true;
                Err(io::ErrorKind::WouldBlock.into())
            }
        }
    }
}

impl Write for Transcript<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.written.extend_from_slice(buffer);
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says its name, hears a line, answers it, hears another.
    fn talk(stream: &mut Transcript<'_>) -> io::Result<String> {
        stream.write_all(b"hello\n")?;
        let mut heard = Vec::new();
        for _ in 0..2 {
            let mut byte = [0];
            while byte != *b"\n" {
                stream.read_exact(&mut byte)?;
                heard.push(byte[0]);
            }
            stream.write_all(b"yes\n")?;
        }
        Ok(String::from_utf8_lossy(&heard).into_owned())
    }

    #[test]
    fn however_the_bytes_are_cut_each_is_answered_once_and_what_comes_after_the_end_is_kept() {
        let script = b"one\ntwo\nand TLS";
        for size in 1..=script.len() {
            let (mut conversation, mut outgoing) = (Conversation::default(), Vec::new());
            assert!(matches!(conversation.go_on(talk, &mut outgoing), Turn::Listening));
            assert_eq!(outgoing, b"hello\n");
            let mut over = None;
            let mut after = Vec::new();
            for bytes in script.chunks(size) {
                if over.is_some() {
                    after.extend_from_slice(bytes);
                    continue;
                }
                conversation.hear(bytes);
                if let Turn::Over(outcome, rest) = conversation.go_on(talk, &mut outgoing) {
                    over = outcome.ok();
                    after = rest;
                }
            }
            assert_eq!(over.as_deref(), Some("one\ntwo\n"), "in pieces of {size}");
            assert_eq!((outgoing.as_slice(), after.as_slice()), (&b"hello\nyes\nyes\n"[..], &b"and TLS"[..]));
        }
    }

    #[test]
    fn a_peer_that_leaves_or_is_silent_for_too_long_ends_it_with_the_reason() {
        let outcome = |end| {
            let mut conversation = Conversation::default();
            conversation.hear(b"one\n");
            conversation.end(end);
            match conversation.go_on(talk, &mut Vec::new()) {
                Turn::Over(outcome, _) => outcome.map_err(|error| error.kind()),
                Turn::Listening => Ok("still listening".to_owned()),
            }
        };
        assert_eq!(outcome(End::Closed), Err(io::ErrorKind::UnexpectedEof));
        assert_eq!(outcome(End::Failed(io::ErrorKind::TimedOut)), Err(io::ErrorKind::TimedOut));
    }
}
