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
    /// Begins to connect; the poller tells of it under `number`. With `speaks_first`, what is said to the peer comes as soon
    /// as it is connected.
    pub(super) fn connect(poller: &Poller, address: SocketAddr, number: usize, speaks_first: bool) -> io::Result<Self> {
        let mut stream = begin(address, speaks_first)?;
        poller.poll.registry().register(&mut stream, Token(number), Interest::READABLE | Interest::WRITABLE)?;
        Ok(Self(stream))
    }

    /// Whether it is connected by now.
    pub(super) fn is_connected(&self) -> io::Result<bool> {
        match self.0.peer_addr() {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotConnected => self.0.take_error()?.map_or(Ok(false), Err),
            Err(error) => Err(error),
        }
    }

    /// Writes the last bytes, as far as they can be written at once, with the end of what is said behind them: in one packet
    /// on Linux.
    pub(super) fn write_last(&mut self, bytes: &[u8]) {
        #[cfg(target_os = "linux")]
        let written =
            rustix::net::send(&self.0, bytes, rustix::net::SendFlags::MORE | rustix::net::SendFlags::NOSIGNAL);
        #[cfg(not(target_os = "linux"))]
        let written = self.0.write(bytes);
        if written.is_ok() {
            // What is not said goes when the socket does.
            let _ = self.0.shutdown(std::net::Shutdown::Write);
        }
    }
}

/// Where the first words come at once, they acknowledge the answer of the peer (RFC 9293 §3.5): that packet alone would
/// wake it for nothing.
#[cfg(target_os = "linux")]
fn begin(address: SocketAddr, speaks_first: bool) -> io::Result<mio::net::TcpStream> {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, connect, socket_with, sockopt};

    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = socket_with(family, SocketType::STREAM, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC, None)?;
    if speaks_first {
        // Without it the packet is sent, and all else is the same.
        let _ = sockopt::set_tcp_quickack(&socket, false);
    }
    match connect(&socket, &address) {
        Ok(()) | Err(rustix::io::Errno::INPROGRESS) => {
            Ok(mio::net::TcpStream::from_std(std::net::TcpStream::from(socket)))
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn begin(address: SocketAddr, _: bool) -> io::Result<mio::net::TcpStream> {
    mio::net::TcpStream::connect(address)
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

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;

    /// A connection to `address`, once the poller has told of it.
    fn connected(address: SocketAddr) -> (Poller, Socket) {
        let mut poller = Poller::new().unwrap();
        let socket = Socket::connect(&poller, address, 7, true).unwrap();
        let mut ready = Vec::new();
        while ready.is_empty() {
            poller.wait(Duration::from_secs(10), &mut ready).unwrap();
        }
        assert_eq!(ready, [7]);
        (poller, socket)
    }

    #[test]
    fn the_last_bytes_come_whole_and_the_end_behind_them() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let (_poller, mut socket) = connected(listener.local_addr().unwrap());
        assert!(socket.is_connected().unwrap());
        let (mut peer, _) = listener.accept().unwrap();
        peer.write_all(b"not read").unwrap();
        socket.write_last(b"bye");
        let mut heard = Vec::new();
        peer.read_to_end(&mut heard).unwrap();
        assert_eq!(heard, b"bye");
    }

    #[test]
    fn a_port_that_refuses_says_so() {
        let (_poller, socket) = connected(SocketAddr::from((Ipv4Addr::LOCALHOST, 1)));
        assert_eq!(socket.is_connected().unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    }
}
