//! SQL Server: TLS in packets of TDS 7, and TDS 8.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use certnotify::policy::EndpointOptions;
use rustls::{ServerConfig, ServerConnection, Stream};

use super::server::{finish, listen};
use super::{LIMIT, NOW, failure, sight};
use crate::support::authority::Authority;

const ENCRYPT_ON: u8 = 1;
const ENCRYPT_NOT_SUP: u8 = 2;
const ENCRYPT_REQ: u8 = 3;

/// The content of the next packet.
fn packet(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut head = [0; 8];
    stream.read_exact(&mut head)?;
    assert_eq!((head[0], head[1]), (0x12, 1), "a PRELOGIN message in one packet");
    let mut content = vec![0; usize::from(u16::from_be_bytes([head[2], head[3]])) - 8];
    stream.read_exact(&mut content)?;
    Ok(content)
}

fn write_packet(stream: &mut TcpStream, kind: u8, content: &[u8]) -> io::Result<()> {
    let length = u16::try_from(content.len() + 8).unwrap().to_be_bytes();
    stream.write_all(&[&[kind, 1, length[0], length[1], 0, 0, 1, 0], content].concat())
}

/// The value of an option of PRELOGIN.
fn option(content: &[u8], token: u8) -> Vec<u8> {
    let entry = content.chunks(5).take_while(|entry| entry[0] != 0xff).find(|entry| entry[0] == token).unwrap();
    let number = |high, low| usize::from(u16::from_be_bytes([high, low]));
    let start = number(entry[1], entry[2]);
    content[start..start + number(entry[3], entry[4])].to_vec()
}

/// Answers as SQL Server 2019 does.
fn answer(stream: &mut TcpStream, encryption: u8) -> io::Result<()> {
    let content = packet(stream)?;
    assert_eq!(option(&content, 1), [ENCRYPT_ON]);
    assert_eq!(option(&content, 0).len(), 6, "a version");
    write_packet(stream, 4, &[0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 15, 0, 0x10, 0x6e, 0, 0, encryption])
}

/// A stream in packets, small ones, so that a flight of TLS takes several.
struct Packets {
    stream: TcpStream,
    left: Vec<u8>,
}

impl Read for Packets {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left.is_empty() {
            self.left = packet(&mut self.stream)?;
        }
        let count = buffer.len().min(self.left.len());
        buffer[..count].copy_from_slice(&self.left[..count]);
        self.left.drain(..count);
        Ok(count)
    }
}

impl Write for Packets {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        for content in buffer.chunks(100) {
            write_packet(&mut self.stream, 0x12, content)?;
        }
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// SQL Server speaks TLS 1.2 inside TDS 7.
fn in_packets(stream: TcpStream, tls: &Arc<ServerConfig>) {
    let mut connection = ServerConnection::new(Arc::clone(tls)).unwrap();
    let mut rest = Vec::new();
    let _ = Stream::new(&mut connection, &mut Packets { stream, left: Vec::new() }).read_to_end(&mut rest);
}

#[test]
fn the_certificate_comes_in_packets_of_tds_7() {
    let authority = Authority::new();
    let not_after = NOW + time::Duration::days(33);
    for encryption in [0, ENCRYPT_ON, ENCRYPT_REQ] {
        let tls = authority.server_until("db.example", not_after);
        let port = listen(move |mut stream| {
            if answer(&mut stream, encryption).is_ok() {
                in_packets(stream, &tls);
            }
        });
        let sight = sight(&format!("mssql://127.0.0.1:{port}"), EndpointOptions::default());
        assert_eq!(sight.chain.leaf.dns_names, ["db.example"]);
        assert_eq!(sight.chain.leaf.not_after, not_after);
        assert_eq!(sight.connection().legacy_protocol, None);
    }
}

#[test]
fn a_server_that_takes_tds_8_alone_shows_its_certificate() {
    let mut tls = Authority::new().server("db.example").as_ref().clone();
    tls.alpn_protocols = vec![b"tds/8.0".to_vec()];
    let tls = Arc::new(tls);
    let port = listen(move |mut stream| finish(&tls, &mut stream));
    let sight = sight(&format!("mssql://127.0.0.1:{port}"), EndpointOptions::default());
    assert_eq!(sight.chain.leaf.dns_names, ["db.example"]);
}

#[test]
fn a_server_without_encryption_says_so_and_one_of_another_kind_too() {
    let port = listen(|mut stream| drop(answer(&mut stream, ENCRYPT_NOT_SUP)));
    let none = failure(&format!("sqlserver://127.0.0.1:{port}"), EndpointOptions::default(), LIMIT);
    assert!(none.message().contains("speaks SQL Server and offers no TLS"), "{}", none.message());
    let port = listen(|mut stream| drop(stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n")));
    let other = failure(&format!("mssql://127.0.0.1:{port}"), EndpointOptions::default(), LIMIT);
    assert!(other.message().contains("does not speak SQL Server: it says `SSH-2.0-"), "{}", other.message());
}
