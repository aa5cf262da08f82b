//! From the first byte in the clear to where TLS begins: one file per protocol.

mod dialogue;
mod ftp;
mod imap;
mod irc;
mod ldap;
mod mssql;
mod mysql;
mod nntp;
mod pop3;
mod postgres;
mod rdp;
mod sieve;
mod smtp;
mod xmpp;

use std::io::{Read, Write};

use dialogue::Dialogue;
pub(super) use mssql::{Wrapped, Wrapping};

pub(super) use crate::cause::GreetingError as Fault;
use crate::policy::Protocol;

/// Brings the peer at the other end of `stream` to where TLS begins; `name` is the host it is asked for.
pub(super) fn begin(protocol: Protocol, stream: &mut (impl Read + Write), name: &str) -> Result<(), Fault> {
    let mut dialogue = Dialogue::new(stream);
    match protocol {
        Protocol::Tls => return Ok(()),
        Protocol::Smtp => smtp::begin(&mut dialogue, "EHLO"),
        Protocol::Lmtp => smtp::begin(&mut dialogue, "LHLO"),
        Protocol::Imap => imap::begin(&mut dialogue),
        Protocol::Pop3 => pop3::begin(&mut dialogue),
        Protocol::Sieve => sieve::begin(&mut dialogue),
        Protocol::Ftp => ftp::begin(&mut dialogue),
        Protocol::Ldap => ldap::begin(&mut dialogue),
        Protocol::Postgres => postgres::begin(&mut dialogue),
        Protocol::MySql => mysql::begin(&mut dialogue),
        Protocol::Xmpp => xmpp::begin(&mut dialogue, "jabber:client", name),
        Protocol::XmppServer => xmpp::begin(&mut dialogue, "jabber:server", name),
        Protocol::Nntp => nntp::begin(&mut dialogue),
        Protocol::Irc => irc::begin(&mut dialogue),
        Protocol::Rdp => rdp::begin(&mut dialogue),
        Protocol::MsSql => mssql::begin(&mut dialogue),
    }?;
    match dialogue.unread() {
        0 => Ok(()),
        bytes => Err(Fault::Injected(bytes)),
    }
}

/// The packets that a handshake is in, where a protocol has some.
pub(super) fn wrapping(protocol: Protocol) -> Option<Wrapping> {
    (protocol == Protocol::MsSql).then(Wrapping::default)
}

/// What to offer in TLS from the first byte, where a server of the protocol may want that and began nothing otherwise.
pub(super) fn at_once(protocol: Protocol, fault: &Fault) -> Option<&'static [u8]> {
    (protocol == Protocol::MsSql && !matches!(fault, Fault::Refused(_) | Fault::Injected(_))).then_some(mssql::STRICT)
}
