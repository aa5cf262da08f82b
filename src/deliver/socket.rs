//! A connection with one deadline for everything, from the look-up of the name to the last byte.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, Stream};

use crate::cause::ConnectionError;
use crate::policy::Host;

/// In clear, or over TLS.
pub(super) struct Socket {
    clear: ClearSocket,
    tls: Option<Box<ClientConnection>>,
}

/// Each call on it ends at the deadline, however slowly the peer drips.
struct ClearSocket {
    stream: TcpStream,
    deadline: Instant,
}

impl Socket {
    /// Tries each address of `host` in turn; none gets more than `patience`.
    pub(super) fn connect(host: &Host, port: u16, patience: Duration, deadline: Instant) -> io::Result<Self> {
        let mut failure = io::Error::new(io::ErrorKind::NotFound, ConnectionError::NoAddress);
        for address in addresses(host, port, patience, deadline)? {
            match TcpStream::connect_timeout(&address, patience.min(left(deadline)?)) {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    return Ok(Self { clear: ClearSocket { stream, deadline }, tls: None });
                }
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    pub(super) const fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    pub(super) fn is_loopback(&self) -> bool {
        self.clear.stream.peer_addr().is_ok_and(|address| address.ip().to_canonical().is_loopback())
    }

    pub(super) fn local_address(&self) -> Option<IpAddr> {
        self.clear.stream.local_addr().ok().map(|address| address.ip().to_canonical())
    }

    /// The next step may take so long, and nothing goes on beyond `deadline`.
    pub(super) fn allow(&mut self, limit: Duration, deadline: Instant) {
        self.clear.deadline = Instant::now().checked_add(limit).map_or(deadline, |end| end.min(deadline));
    }

    /// Brings the deadline forward.
    pub(super) fn hurry(&mut self, patience: Duration) {
        self.clear.deadline = self.clear.deadline.min(Instant::now() + patience);
    }

    /// Speaks TLS from here on; the peer's certificate is verified for `host`.
    pub(super) fn start_tls(&mut self, config: Arc<ClientConfig>, host: &Host) -> io::Result<()> {
        let name = match host {
            Host::Name(name) => ServerName::try_from(name.clone()).map_err(io::Error::other)?,
            Host::Address(address) => ServerName::from(address.to_canonical()),
            Host::OnLink(link) => ServerName::from(IpAddr::V6(link.address)),
        };
        let mut session = ClientConnection::new(config, name).map_err(io::Error::other)?;
        while session.is_handshaking() {
            session.complete_io(&mut self.clear)?;
        }
        self.tls = Some(Box::new(session));
        Ok(())
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.tls {
            Some(session) => Stream::new(session.as_mut(), &mut self.clear).read(buffer),
            None => self.clear.read(buffer),
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.tls {
            Some(session) => Stream::new(session.as_mut(), &mut self.clear).write(bytes),
            None => self.clear.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.tls {
            Some(session) => Stream::new(session.as_mut(), &mut self.clear).flush(),
            None => self.clear.flush(),
        }
    }
}

impl Read for ClearSocket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(left(self.deadline)?))?;
        self.stream.read(buffer).map_err(late)
    }
}

impl Write for ClearSocket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(left(self.deadline)?))?;
        self.stream.write(bytes).map_err(late)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// The system's resolver knows no deadline, so it is left behind on its thread when it takes too long.
fn addresses(host: &Host, port: u16, patience: Duration, deadline: Instant) -> io::Result<Vec<SocketAddr>> {
    let name = match host {
        Host::Address(address) => return Ok(vec![SocketAddr::new(*address, port)]),
        Host::Name(name) => name.clone(),
        Host::OnLink(link) => link.to_string(),
    };
    let (found, answer) = mpsc::channel();
    thread::spawn(move || {
        // The caller has gone once the deadline has passed.
        let _ = found.send((name.as_str(), port).to_socket_addrs().map(Iterator::collect));
    });
    answer
        .recv_timeout(patience.min(left(deadline)?))
        .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, ConnectionError::SlowResolver))?
}

fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

/// A socket whose timeout has passed says "would block" on some systems.
fn late(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::WouldBlock { io::ErrorKind::TimedOut.into() } else { error }
}
