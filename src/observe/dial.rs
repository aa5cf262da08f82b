//! From a host name to an open connection, under one deadline.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::file::plain;
use crate::policy::Host;

/// The end of everything that one look may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline(Instant);

impl Deadline {
    pub(super) fn after(limit: Duration) -> Self {
        Self(Instant::now() + limit)
    }

    /// What is left, if anything is.
    pub(super) fn left(self) -> Option<Duration> {
        // A socket takes a timeout of zero for none at all.
        self.0.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    }

    /// Sooner by `spent`, but never before now.
    pub(super) fn less(self, spent: Duration) -> Self {
        Self(self.0.checked_sub(spent).unwrap_or(self.0))
    }

    /// An equal part of what is left for each of `count`, so that one that is silent leaves time for the others.
    pub(super) fn share(self, count: usize) -> Self {
        let left = self.left().unwrap_or_default();
        Self(Instant::now() + left / u32::try_from(count.max(1)).unwrap_or(u32::MAX))
    }
}

/// Why a name has no address.
#[derive(Debug)]
pub(super) enum NoAddress {
    Timeout,
    Unknown(String),
}

/// Every address of a host, each once, in the order that the system prefers.
pub(super) fn addresses(host: &Host, port: u16, deadline: Deadline) -> Result<Vec<SocketAddr>, NoAddress> {
    let name = match host {
        Host::Address(address) => return Ok(vec![SocketAddr::new(*address, port)]),
        Host::Name(name) => name.clone(),
    };
    let (sender, receiver) = mpsc::channel();
    // The system's resolver knows no deadline: it is left alone with its wait.
    let asked = thread::Builder::new().name("resolver".to_owned()).spawn(move || {
        let found = (name.as_str(), port).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        let _ = sender.send(found);
    });
    if let Err(error) = asked {
        return Err(NoAddress::Unknown(plain(&error)));
    }
    let found = receiver.recv_timeout(deadline.left().unwrap_or_default()).map_err(|_| NoAddress::Timeout)?;
    let mut addresses = found.map_err(|error| {
        let words = plain(&error);
        NoAddress::Unknown(words.rsplit(": ").next().unwrap_or(&words).to_lowercase())
    })?;
    let mut seen = Vec::with_capacity(addresses.len());
    addresses.retain(|address| {
        let is_new = !seen.contains(address);
        seen.push(*address);
        is_new
    });
    if addresses.is_empty() { Err(NoAddress::Unknown("the answer is empty".to_owned())) } else { Ok(addresses) }
}

/// A connection whose every read and write ends at the deadline.
pub(super) struct Connection {
    stream: TcpStream,
    deadline: Deadline,
}

impl Connection {
    pub(super) fn open(address: SocketAddr, deadline: Deadline) -> io::Result<Self> {
        let left = deadline.left().ok_or(io::ErrorKind::TimedOut)?;
        let stream = TcpStream::connect_timeout(&unmapped(address), left)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, deadline })
    }

    fn left(&self) -> io::Result<Option<Duration>> {
        self.deadline.left().map(Some).ok_or_else(|| io::ErrorKind::TimedOut.into())
    }
}

/// An IPv4 address in the form of IPv6 is dialled as what it is.
fn unmapped(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V6(six) => {
            six.to_ipv4_mapped().map_or(address, |four| SocketAddr::new(IpAddr::V4(four), address.port()))
        }
        IpAddr::V4(_) => address,
    }
}

impl Read for Connection {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.left()?)?;
        self.stream.read(buffer)
    }
}

impl Write for Connection {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.left()?)?;
        self.stream.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
