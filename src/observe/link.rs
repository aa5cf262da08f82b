//! One connection to an endpoint, from the first packet to the certificate; it never waits.

use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;

use super::conversation::{Conversation, End, Transcript, Turn};
use super::dial::{Deadline, unmapped};
use super::hello::Hello;
use super::identity::Identity;
use super::legacy::{self, PresentedChain};
use super::poller::{Poller, Socket};
use super::probe_error::Trouble;
use super::starttls::{Wrapped, Wrapping};
use super::tls::{Fault, Handshake, interrupted};
use super::{starttls, tunnel};
use crate::policy::{Host, Protocol, Proxy};

/// As much is read before what came is looked at, in bytes.
const MOST_AT_ONCE: usize = 64 * 1024;

/// The header of the PROXY protocol, version 2, for a connection that its sender makes for itself (LOCAL): the server goes
/// by the real addresses.
const PROXY_HEADER: [u8; 16] = *b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";

/// What is said to an endpoint, at whichever of its addresses.
pub(super) struct Route<'a> {
    /// A proxy listens at the address, and passes the connection on.
    pub through: Option<(&'a Proxy, Host, u16)>,
    /// The header of the PROXY protocol comes first.
    pub announces: bool,
    pub protocol: Protocol,
    /// What is offered in the handshake, for a protocol that wants a word for itself.
    pub offer: Option<&'static [u8]>,
    pub name: String,
    pub client: Option<&'a Identity>,
}

/// The way of asking for the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    /// By the library, in TLS 1.2 and 1.3.
    Current,
    /// By the library, with algorithms besides that it lacks.
    Wide,
    /// In the clear, with these random bytes: what the library refuses.
    Legacy([u8; 32]),
}

/// A connection that is being made, and what was said over it.
pub(super) struct Link {
    pub address: SocketAddr,
    pub deadline: Deadline,
    pub attempt: Attempt,
    pub hello: Hello,
    socket: Socket,
    stage: Stage,
    outgoing: Vec<u8>,
    end: Option<End>,
}

enum Stage {
    Connecting,
    Clear(Conversation),
    Tls(Box<Handshake>, Option<Wrapping>),
}

type Shown = Result<PresentedChain, Trouble>;

impl Link {
    pub(super) fn open(
        poller: &Poller,
        number: usize,
        address: SocketAddr,
        deadline: Deadline,
        (attempt, hello): (Attempt, Hello),
        route: &Route<'_>,
    ) -> Result<Self, Trouble> {
        let socket = Socket::connect(poller, unmapped(address), number, route.speaks_first());
        let socket = socket.map_err(Trouble::Connect)?;
        Ok(Self {
            address,
            deadline,
            attempt,
            hello,
            socket,
            stage: Stage::Connecting,
            outgoing: Vec::new(),
            end: None,
        })
    }

    /// Goes as far as it can without waiting; the outcome once there is one.
    pub(super) fn go_on(&mut self, route: &Route<'_>) -> Option<Shown> {
        if matches!(self.stage, Stage::Connecting) {
            match self.socket.is_connected() {
                Ok(true) => self.stage = Stage::Clear(Conversation::default()),
                Ok(false) => return None,
                Err(error) => return Some(Err(Trouble::Connect(error))),
            }
            if let Some(outcome) = self.hear(&[], route) {
                return Some(outcome);
            }
        }
        let mut buffer = [0; 8 * 1024];
        loop {
            self.write();
            let came = self.read(&mut buffer);
            if came.is_empty() && self.end.is_none() {
                return None;
            }
            if let Some(outcome) = self.hear(&came, route) {
                self.write_last();
                return Some(outcome);
            }
            if self.end.is_some() {
                // Whatever stage this is, it has been told that nothing more comes.
                return Some(Err(Trouble::Handshake(Fault::Closed)));
            }
        }
    }

    /// Whether the server accepts what it was only asked about.
    pub(super) fn is_accepted(&self) -> bool {
        matches!(&self.stage, Stage::Tls(handshake, _) if handshake.is_accepted)
    }

    /// The time of this address is over.
    pub(super) fn expire(&mut self, route: &Route<'_>) -> Shown {
        if matches!(self.stage, Stage::Connecting) {
            return Err(Trouble::Connect(io::ErrorKind::TimedOut.into()));
        }
        self.end = Some(End::Failed(io::ErrorKind::TimedOut));
        let outcome = self.hear(&[], route);
        self.write_last();
        outcome.unwrap_or(Err(Trouble::Handshake(Fault::Timeout)))
    }

    fn write(&mut self) {
        while !self.outgoing.is_empty() {
            match self.socket.write(&self.outgoing) {
                Ok(count) => drop(self.outgoing.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // What the peer said before it went is still to be read.
                Err(_) => self.outgoing.clear(),
            }
        }
    }

    /// Says good-bye, where there is anything to say.
    fn write_last(&mut self) {
        if !self.outgoing.is_empty() {
            self.socket.write_last(&self.outgoing);
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> Vec<u8> {
        let mut came = Vec::new();
        while self.end.is_none() && came.len() < MOST_AT_ONCE {
            match self.socket.read(buffer) {
                Ok(0) => self.end = Some(End::Closed),
                Ok(count) => came.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => self.end = Some(End::Failed(error.kind())),
            }
        }
        came
    }

    /// Takes in what came, and that nothing more will.
    fn hear(&mut self, bytes: &[u8], route: &Route<'_>) -> Option<Shown> {
        let Stage::Clear(conversation) = &mut self.stage else {
            return self.hear_tls(bytes);
        };
        conversation.hear(bytes);
        if let Some(end) = self.end {
            conversation.end(end);
        }
        if let Attempt::Legacy(random) = self.attempt {
            let talk = |stream: &mut Transcript<'_>| {
                route.reach(stream)?;
                let chain = match starttls::wrapping(route.protocol) {
                    None => legacy::chain(stream, &route.name, random),
                    Some(_) => legacy::chain(&mut Wrapped::new(stream), &route.name, random),
                };
                chain.map_err(Trouble::Handshake)
            };
            return match conversation.go_on(talk, &mut self.outgoing) {
                Turn::Listening => None,
                Turn::Over(outcome, _) => Some(outcome),
            };
        }
        match conversation.go_on(|stream| route.reach(stream), &mut self.outgoing) {
            Turn::Listening => None,
            Turn::Over(Err(trouble), _) => Some(Err(trouble)),
            Turn::Over(Ok(()), rest) => {
                let hello = Hello { is_wide: self.attempt == Attempt::Wide, ..self.hello };
                match Handshake::begin((&route.name, route.offer), route.client, hello) {
                    Ok(handshake) => {
                        self.stage = Stage::Tls(Box::new(handshake), starttls::wrapping(route.protocol));
                    }
                    Err(fault) => return Some(Err(Trouble::Handshake(fault))),
                }
                self.hear_tls(&rest)
            }
        }
    }

    fn hear_tls(&mut self, bytes: &[u8]) -> Option<Shown> {
        let Stage::Tls(handshake, wrapping) = &mut self.stage else { return None };
        let mut outcome = match wrapping {
            None => handshake.hear(bytes),
            Some(wrapping) => handshake.hear(&wrapping.unwrap(bytes)),
        };
        if outcome.is_none()
            && let Some(end) = self.end
        {
            let fault = match end {
                End::Closed => Fault::Closed,
                End::Failed(kind) => interrupted(&kind.into()),
            };
            outcome = Some(handshake.end(fault));
        }
        if wrapping.is_some() {
            let mut records = Vec::new();
            handshake.speak(&mut records);
            self.outgoing.extend(Wrapping::wrap(&records));
        } else {
            handshake.speak(&mut self.outgoing);
        }
        let version = handshake.version();
        let outcome = outcome?.map(|chain| PresentedChain { chain, version, weakness: None });
        Some(outcome.map_err(Trouble::Handshake))
    }
}

impl Route<'_> {
    /// Whether what listens at the address waits for the first word.
    const fn speaks_first(&self) -> bool {
        self.through.is_some() || self.announces || matches!(self.protocol, Protocol::Tls)
    }

    /// To where TLS begins.
    fn reach(&self, stream: &mut Transcript<'_>) -> Result<(), Trouble> {
        if let Some((proxy, host, port)) = &self.through {
            tunnel::open(proxy, host, *port, stream).map_err(Trouble::Proxy)?;
        }
        if self.announces {
            stream.write_all(&PROXY_HEADER).map_err(|error| Trouble::Greeting(error.into()))?;
        }
        starttls::begin(self.protocol, stream, &self.name).map_err(Trouble::Greeting)
    }
}
