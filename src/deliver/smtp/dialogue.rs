//! Commands and answers with a mail server, in clear or over TLS.

use std::io::{self, BufReader, Write as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConfig;

use super::reply::Reply;
use super::server::MailLimits;
use super::trouble::{Step, Trouble};
use crate::cause::{ConnectionError, MailServerError};
use crate::deliver::socket::Socket;
use crate::net::connect_error;
use crate::policy::Host;
use crate::secret::Zeroizing;

/// The connection, and what the server said it can do.
pub(super) struct Dialogue {
    stream: BufReader<Socket>,
    helo: String,
    extensions: Vec<String>,
    limits: MailLimits,
    /// No step goes on beyond it.
    deadline: Instant,
    /// Commands that were written with the end of the last mail, and whose answers are still to be read.
    begun: Vec<String>,
}

impl Dialogue {
    /// The answer to QUIT is not waited for.
    const FAREWELL: Duration = Duration::from_secs(1);

    /// As many commands are written before their answers are read: no answer is so long that the server must wait.
    const PIPELINE: usize = 64;

    pub(super) fn new(socket: Socket, helo: String, limits: MailLimits) -> Self {
        let deadline = Instant::now() + limits.greeting;
        Self { stream: BufReader::new(socket), helo, extensions: Vec::new(), limits, deadline, begun: Vec::new() }
    }

    /// Nothing goes on beyond `deadline`.
    pub(super) fn allow_until(&mut self, deadline: Instant) {
        self.deadline = deadline;
    }

    /// The next step may take so long.
    fn allow(&mut self, limit: Duration) {
        self.stream.get_mut().allow(limit, self.deadline);
    }

    /// A server that is busy or shutting down says so in its greeting.
    pub(super) fn greeting(&mut self) -> Result<(), Trouble> {
        self.allow(self.limits.greeting);
        let reply = self.answer().map_err(|error| Trouble::NoConnection(connect_error::of(&error)))?;
        if reply.code == 220 { Ok(()) } else { Err(Trouble::Refused(Step::Greeting, reply)) }
    }

    pub(super) fn hello(&mut self) -> Result<(), Trouble> {
        let hello = format!("EHLO {}", self.helo);
        let reply = self.ask(&hello)?;
        let reply = match reply.code {
            // It knows no extension, not even that of having some.
            500 | 502 => Reply { lines: Vec::new(), ..self.ask(&hello.replacen("EHLO", "HELO", 1))? },
            _ => reply,
        };
        if reply.code != 250 {
            return Err(Trouble::Refused(Step::Greeting, reply));
        }
        self.extensions = reply.lines.iter().skip(1).map(|line| line.to_ascii_uppercase()).collect();
        Ok(())
    }

    pub(super) fn offers(&self, extension: &str) -> bool {
        self.extensions.iter().any(|line| line.split(' ').next() == Some(extension))
    }

    /// `AUTH PLAIN LOGIN`, and `AUTH=PLAIN LOGIN` of old servers.
    pub(super) fn offers_login_by(&self, mechanism: &str) -> bool {
        self.extensions
            .iter()
            .filter_map(|line| line.strip_prefix("AUTH"))
            .any(|rest| rest.split([' ', '=']).any(|word| word == mechanism))
    }

    pub(super) fn is_confidential(&self) -> bool {
        self.stream.get_ref().is_tls() || self.stream.get_ref().is_loopback()
    }

    pub(super) fn start_tls(&mut self, config: Arc<ClientConfig>, host: &Host) -> Result<(), Trouble> {
        self.expect(Step::StartTls, "STARTTLS", 220)?;
        // What came in clear behind the answer would be taken for the first answer under TLS.
        if !self.stream.buffer().is_empty() {
            return Err(Trouble::Unsafe(MailServerError::Injected));
        }
        let socket = self.stream.get_mut();
        if socket.is_tls() {
            return Err(Trouble::Unsafe(MailServerError::TlsAlready));
        }
        socket.start_tls(config, host).map_err(|error| Trouble::from_handshake(&error))?;
        self.extensions.clear();
        Ok(())
    }

    /// The most bytes of a mail that the server takes; 0 where it knows no bound.
    pub(super) fn size(&self) -> Option<u64> {
        let mut lines = self.extensions.iter().map(|line| line.split(' '));
        lines.find_map(|mut words| (words.next() == Some("SIZE")).then(|| words.next().unwrap_or("0").parse().ok()))?
    }

    /// Leaves no mail half begun.
    pub(super) fn reset(&mut self) -> Result<(), Trouble> {
        let reply = self.ask("RSET")?;
        if reply.code == 250 { Ok(()) } else { Err(Trouble::Broken(ConnectionError::NotReset(reply.code))) }
    }

    /// The next mail has its sender and recipients named already.
    pub(super) fn has_begun(&self) -> bool {
        !self.begun.is_empty()
    }

    /// Begins a mail by these commands, as [`Self::ask_all`] does, unless they were written with the mail before. Where that
    /// was another mail, or its sender was not taken then, the server forgets it and is asked anew.
    pub(super) fn begin(&mut self, commands: &[String]) -> Result<Vec<Reply>, Trouble> {
        let begun = std::mem::take(&mut self.begun);
        if begun.is_empty() {
            return self.ask_all(commands);
        }
        let replies = self.answers(begun.len())?;
        if begun == commands && replies.first().is_some_and(|reply| matches!(reply.code, 250 | 421)) {
            return Ok(replies);
        }
        self.reset()?;
        self.ask_all(commands)
    }

    /// One answer a command, in their order; in one go where the server takes that (RFC 2920).
    pub(super) fn ask_all(&mut self, commands: &[String]) -> Result<Vec<Reply>, Trouble> {
        let at_once = if self.offers("PIPELINING") { Self::PIPELINE } else { 1 };
        let mut replies = Vec::with_capacity(commands.len());
        for commands in commands.chunks(at_once) {
            self.allow(self.limits.command);
            let lines = commands.join("\r\n") + "\r\n";
            self.write(lines.as_bytes()).map_err(|error| Trouble::Broken(connect_error::of(&error)))?;
            replies.extend(self.answers(commands.len())?);
            // Without a sender there is no recipient.
            if replies.first().is_some_and(|reply| reply.code != 250) {
                break;
            }
        }
        Ok(replies)
    }

    fn answers(&mut self, count: usize) -> Result<Vec<Reply>, Trouble> {
        let answers = (0..count).map(|_| {
            self.allow(self.limits.command);
            self.answer().map_err(|error| Trouble::Broken(connect_error::of(&error)))
        });
        answers.collect()
    }

    /// From here on the server waits for the mail.
    pub(super) fn begin_mail(&mut self) -> Result<(), Trouble> {
        let reply = self.ask_within(self.limits.data, "DATA")?;
        if reply.code == 354 { Ok(()) } else { Err(Trouble::Refused(Step::Mail, reply)) }
    }

    /// Sends one command; every answer is fine.
    pub(super) fn ask(&mut self, command: &str) -> Result<Reply, Trouble> {
        self.ask_within(self.limits.command, command)
    }

    fn ask_within(&mut self, limit: Duration, command: &str) -> Result<Reply, Trouble> {
        self.allow(limit);
        self.write(Zeroizing::new(format!("{command}\r\n")).as_bytes())
            .and_then(|()| self.answer())
            .map_err(|error| Trouble::Broken(connect_error::of(&error)))
    }

    /// Sends one command; only an answer with `code` is fine.
    pub(super) fn expect(&mut self, step: Step, command: &str, code: u16) -> Result<(), Trouble> {
        let reply = self.ask(command)?;
        if reply.code == code { Ok(()) } else { Err(Trouble::Refused(step, reply)) }
    }

    /// The mail itself, after the 354: taken only by a 250 after the final dot. With the dot go the commands that begin the
    /// `next` mail, where the server takes such groups.
    pub(super) fn mail(&mut self, bytes: &[u8], next: Vec<String>) -> Result<Reply, Trouble> {
        let written = stuffed(bytes).chunks(BLOCK).try_for_each(|block| {
            self.allow(self.limits.block);
            self.write(block)
        });
        if let Err(error) = written {
            self.allow(Self::FAREWELL);
            // Without the final dot it was not taken. A server that had enough says why before it goes.
            return Err(match self.answer() {
                Ok(reply) if reply.code >= 400 => Trouble::Refused(Step::Mail, reply),
                _ => Trouble::Broken(connect_error::of(&error)),
            });
        }
        let is_group = self.offers("PIPELINING") && next.len() <= Self::PIPELINE;
        self.begun = if is_group { next } else { Vec::new() };
        let mut end = ".\r\n".to_owned();
        end.extend(self.begun.iter().flat_map(|command| [command, "\r\n"]));
        self.allow(self.limits.end);
        let reply = self
            .write(end.as_bytes())
            .and_then(|()| self.answer())
            .map_err(|error| Trouble::Unanswered(connect_error::of(&error)))?;
        match reply.code {
            250 => Ok(reply),
            400.. => Err(Trouble::Refused(Step::Mail, reply)),
            _ => Err(Trouble::Unanswered(ConnectionError::OddEnd(reply.code))),
        }
    }

    /// The mail is delivered: whatever becomes of the farewell is no failure.
    pub(super) fn part(&mut self) {
        self.stream.get_mut().hurry(Self::FAREWELL);
        let _ = self.write(b"QUIT\r\n").and_then(|()| self.answer());
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let socket = self.stream.get_mut();
        socket.write_all(bytes)?;
        socket.flush()
    }

    fn answer(&mut self) -> io::Result<Reply> {
        Reply::read(&mut self.stream)
    }
}

/// Of a mail, written under one time limit.
const BLOCK: usize = 64 << 10;

/// A line that begins with a dot gets another (RFC 5321 §4.5.2), so that no text ends the mail early; every line ends
/// in CR LF.
fn stuffed(mail: &[u8]) -> Vec<u8> {
    let mut stuffed = Vec::with_capacity(mail.len() + 64);
    for line in mail.split_inclusive(|byte| *byte == b'\n') {
        if line.first() == Some(&b'.') {
            stuffed.push(b'.');
        }
        let end = line.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |last| last + 1);
        // A carriage return alone would end a line for some servers and not for others.
        stuffed.extend(line[..end].iter().filter(|byte| **byte != b'\r'));
        stuffed.extend_from_slice(b"\r\n");
    }
    stuffed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_a_mail_ends_it_early() {
        assert_eq!(stuffed(b"a\r\n.\r\n..b\r\nc"), b"a\r\n..\r\n...b\r\nc\r\n");
        assert_eq!(stuffed(b"a\n.\nb\r.\r\n"), b"a\r\n..\r\nb.\r\n");
        assert_eq!(stuffed(b"a\r\n\r\nb\r\n"), b"a\r\n\r\nb\r\n");
    }
}
