//! Sockets that are waited for together: the only file that names the poller.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mio::{Events, Interest, Poll, Token};

/// As many events are taken at once; the next wait brings the rest.
const EVENTS: usize = 256;
/// The token of a wake-up. No socket has it.
const WAKE_UP: Token = Token(usize::MAX);

/// Tells which of its sockets can go on.
pub(super) struct Poller {
    poll: Poll,
    events: Events,
    waker: Arc<mio::Waker>,
}

impl Poller {
    pub(super) fn new() -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Arc::new(mio::Waker::new(poll.registry(), WAKE_UP)?);
        Ok(Self { poll, events: Events::with_capacity(EVENTS), waker })
    }

    /// Ends a wait from another thread.
    pub(super) fn waker(&self) -> Waker {
        Waker(Arc::clone(&self.waker))
    }

    /// Waits until a socket can go on, but not longer than `limit`. The numbers of the sockets that can are added to
    /// `ready`.
    pub(super) fn wait(&mut self, limit: Duration, ready: &mut Vec<usize>) -> io::Result<()> {
        match self.poll.poll(&mut self.events, Some(limit)) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            Err(error) => return Err(error),
        }
        let tokens = self.events.iter().map(mio::event::Event::token);
        ready.extend(tokens.filter(|token| *token != WAKE_UP).map(|token| token.0));
        Ok(())
    }
}

/// Ends the wait of a poller.
#[derive(Clone, Debug)]
pub(super) struct Waker(Arc<mio::Waker>);

impl Waker {
    pub(super) fn wake(&self) {
        // A poller that is gone waits for nothing.
        let _ = self.0.wake();
    }
}

/// A connection that never waits: a read or a write that cannot go on is `WouldBlock`, and the poller tells once it can.
pub(super) struct Socket(mio::net::TcpStream);

impl Socket {
    /// Begins to connect; the poller tells of it under `number`.
    pub(super) fn connect(poller: &Poller, address: SocketAddr, number: usize) -> io::Result<Self> {
        let mut stream = mio::net::TcpStream::connect(address)?;
        poller.poll.registry().register(&mut stream, Token(number), Interest::READABLE | Interest::WRITABLE)?;
        Ok(Self(stream))
    }

    /// Whether it is connected by now.
    pub(super) fn is_connected(&self) -> io::Result<bool> {
        if let Some(error) = self.0.take_error()? {
            return Err(error);
        }
        match self.0.peer_addr() {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Socket {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.0.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
