//! What both sides say before TLS: lines and blocks of bytes, of a length that does not hurt.

use std::io::{Read, Write};

use super::Fault;
use crate::cause::Interruption;
use crate::text::untrusted;

/// Longer than any greeting with all its capabilities.
const MOST: usize = 64 * 1024;
const LONGEST_LINE: usize = 8 * 1024;
/// What is shown of an answer, in characters.
const SHOWN: usize = 120;

pub(super) struct Dialogue<'s> {
    stream: &'s mut dyn Stream,
    /// What came and was not read yet.
    buffer: Vec<u8>,
    received: usize,
}

trait Stream: Read + Write {}

impl<S: Read + Write> Stream for S {}

impl<'s> Dialogue<'s> {
    pub(super) fn new(stream: &'s mut (impl Read + Write)) -> Self {
        Self { stream, buffer: Vec::new(), received: 0 }
    }

    pub(super) fn say(&mut self, bytes: impl AsRef<[u8]>) -> Result<(), Fault> {
        self.stream.write_all(bytes.as_ref())?;
        Ok(self.stream.flush()?)
    }

    /// The next line, without its end.
    pub(super) fn line(&mut self) -> Result<String, Fault> {
        let end = loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                break end;
            }
            if self.buffer.len() > LONGEST_LINE {
                return Err(self.unexpected());
            }
            self.receive()?;
        };
        let line: Vec<u8> = self.buffer.drain(..=end).collect();
        Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
    }

    /// The next `count` bytes.
    pub(super) fn bytes(&mut self, count: usize) -> Result<Vec<u8>, Fault> {
        while self.buffer.len() < count {
            self.receive()?;
        }
        Ok(self.buffer.drain(..count).collect())
    }

    /// Everything up to and with the first of `ends`, which is told as well.
    pub(super) fn until<'e>(&mut self, ends: &[&'e str]) -> Result<(String, &'e str), Fault> {
        loop {
            let found = ends.iter().filter_map(|end| Some((position(&self.buffer, end.as_bytes())?, *end))).min();
            if let Some((start, end)) = found {
                let text: Vec<u8> = self.buffer.drain(..start + end.len()).collect();
                return Ok((String::from_utf8_lossy(&text).into_owned(), end));
            }
            self.receive()?;
        }
    }

    /// A reply whose last line is the one with a space after its code: SMTP, FTP. The lines between need not repeat it.
    pub(super) fn reply(&mut self) -> Result<Reply, Fault> {
        let first = self.line()?;
        let code = first.get(..3).filter(|code| code.bytes().all(|digit| digit.is_ascii_digit())).map(str::to_owned);
        let Some(code) = code else { return Err(Fault::Unexpected(shown(&first))) };
        let mut lines = vec![first];
        while lines.last().is_some_and(|line| !is_last(line, &code)) {
            lines.push(self.line()?);
        }
        // The lines of one that was only begun are no reply.
        Ok(Reply { code, lines })
    }

    /// What came already without a question.
    pub(super) fn unread(&self) -> usize {
        self.buffer.len()
    }

    /// That what came is nothing that was to be expected.
    pub(super) fn unexpected(&self) -> Fault {
        Fault::Unexpected(shown(&String::from_utf8_lossy(&self.buffer)))
    }

    fn receive(&mut self) -> Result<(), Fault> {
        if self.received >= MOST {
            return Err(self.unexpected());
        }
        let mut chunk = [0; 4096];
        let read = self.stream.read(&mut chunk)?;
        if read == 0 {
            return Err(Fault::Interrupted(Interruption::Closed));
        }
        self.received += read;
        self.buffer.extend_from_slice(&chunk[..read]);
        // TLS that begins unasked, an alert: no text.
        if self.received == read && chunk[..read].starts_with(&[0x15, 3]) {
            return Err(Fault::Unexpected("a TLS alert: it may speak TLS from the first byte".to_owned()));
        }
        Ok(())
    }
}

/// An answer with a code of three digits.
pub(super) struct Reply {
    pub code: String,
    lines: Vec<String>,
}

impl Reply {
    /// The keywords that its lines begin with, after the code.
    pub(super) fn offers(&self, keyword: &str) -> bool {
        let rest = self.lines.iter().filter_map(|line| line.get(4..));
        rest.filter_map(|rest| rest.split_whitespace().next()).any(|word| word.eq_ignore_ascii_case(keyword))
    }

    /// Why a greeting begins nothing: the server refuses, or it is none of the protocol.
    pub(super) fn not_welcome(&self) -> Fault {
        if self.code.starts_with(['4', '5']) {
            Fault::TurnedAway(self.shown())
        } else {
            Fault::Unexpected(self.shown())
        }
    }

    /// Its last line: what was decided.
    pub(super) fn shown(&self) -> String {
        self.lines.last().map(|line| shown(line)).unwrap_or_default()
    }
}

fn is_last(line: &str, code: &str) -> bool {
    line.strip_prefix(code).is_some_and(|rest| !rest.starts_with('-'))
}

/// What a peer said, so that it can be shown.
pub(super) fn shown(text: &str) -> String {
    untrusted::cap(&untrusted::clean(text), SHOWN)
}

fn position(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
