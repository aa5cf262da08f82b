//! TLS servers on loopback that show what a test gives them, and peers that speak something else, or nothing.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ResolvesServerCertUsingSni, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{RootCertStore, ServerConfig, ServerConnection};

use super::certificates::{Authority, Leaf};

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn key(leaf: &Leaf) -> PrivateKeyDer<'static> {
    PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf.key_der.clone()))
}

fn chain(leaf: &Leaf, rest: &[&Authority]) -> Vec<CertificateDer<'static>> {
    let rest = rest.iter().map(|authority| authority.der.clone());
    std::iter::once(leaf.der.clone()).chain(rest).map(CertificateDer::from).collect()
}

/// Shows this leaf with these certificates after it.
pub fn serve(leaf: &Leaf, rest: &[&Authority]) -> SocketAddr {
    listen("127.0.0.1:0", config(leaf, rest))
}

/// The same on the loopback address of IPv6; nothing where this machine has none.
pub fn serve_on_ipv6(leaf: &Leaf, rest: &[&Authority]) -> Option<SocketAddr> {
    TcpListener::bind("[::1]:0").ok()?;
    Some(listen("[::1]:0", config(leaf, rest)))
}

/// The same at an address that may not be there.
pub fn serve_at(address: &str, leaf: &Leaf) -> Option<SocketAddr> {
    TcpListener::bind(address).ok()?;
    Some(listen(address, config(leaf, &[])))
}

fn config(leaf: &Leaf, rest: &[&Authority]) -> ServerConfig {
    ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain(leaf, rest), key(leaf))
        .unwrap()
}

/// Asks clients for a certificate of this authority, by the given version of TLS.
pub fn serve_members(
    leaf: &Leaf,
    members: &Authority,
    version: &'static rustls::SupportedProtocolVersion,
) -> SocketAddr {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(members.der.clone())).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider()).build().unwrap();
    let config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[version])
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain(leaf, &[]), key(leaf))
        .unwrap();
    listen("127.0.0.1:0", config)
}

/// Shows each name its own leaf, and refuses clients that ask for another name or for none.
pub fn serve_by_name(leaves: &[(&str, &Leaf)]) -> SocketAddr {
    let mut by_name = ResolvesServerCertUsingSni::new();
    for (name, leaf) in leaves {
        let signing = provider().key_provider.load_private_key(key(leaf)).unwrap();
        by_name.add(name, CertifiedKey::new(chain(leaf, &[]), signing)).unwrap();
    }
    let config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(by_name));
    listen("127.0.0.1:0", config)
}

/// Shows each peer the first of these leaves with whose key it may sign.
pub fn serve_keys(leaves: &[&Leaf], versions: &[&'static rustls::SupportedProtocolVersion]) -> SocketAddr {
    listen("127.0.0.1:0", config_of_keys(leaves, versions))
}

/// The same to the first who connects; every later one is left without an answer.
pub fn serve_keys_once(leaves: &[&Leaf]) -> SocketAddr {
    let config = Arc::new(config_of_keys(leaves, rustls::ALL_VERSIONS));
    let served = std::sync::atomic::AtomicBool::new(false);
    each_connection("127.0.0.1:0", move |mut stream| {
        if served.swap(true, std::sync::atomic::Ordering::Relaxed) {
            let _ = std::io::copy(&mut stream, &mut std::io::sink());
            return;
        }
        let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        while connection.is_handshaking() && connection.complete_io(&mut stream).is_ok() {}
        let _ = stream.read(&mut [0; 64]);
    })
}

fn config_of_keys(leaves: &[&Leaf], versions: &[&'static rustls::SupportedProtocolVersion]) -> ServerConfig {
    let signing = |leaf: &&Leaf| provider().key_provider.load_private_key(key(leaf)).unwrap();
    let keys = leaves.iter().map(|leaf| Arc::new(CertifiedKey::new(chain(leaf, &[]), signing(leaf)))).collect();
    ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(ByKey(keys)))
}

#[derive(Debug)]
struct ByKey(Vec<Arc<CertifiedKey>>);

impl rustls::server::ResolvesServerCert for ByKey {
    fn resolve(&self, hello: rustls::server::ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let mut keys = self.0.iter();
        keys.find(|key| key.key.choose_scheme(hello.signature_schemes()).is_some()).cloned()
    }
}

fn listen(place: &str, config: ServerConfig) -> SocketAddr {
    let config = Arc::new(config);
    each_connection(place, move |mut stream| {
        let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        while connection.is_handshaking() && connection.complete_io(&mut stream).is_ok() {}
        // A peer that goes away in the middle is no concern of a server.
        let _ = stream.read(&mut [0; 64]);
    })
}

/// What a peer does that is no TLS server.
#[derive(Clone, Copy, Debug)]
pub enum Peer {
    /// Takes everything and says nothing.
    Silent,
    /// Begins a TLS record and sends one byte of it after another, for ever.
    Dripping,
    /// Sends bytes without meaning, without end.
    Babbling,
    /// Speaks HTTP in the clear.
    Http,
    /// Closes at once.
    Closing,
    /// Answers as a server that has only TLS 1.0 does.
    Old,
}

/// A peer that does this to each client.
pub fn peer(kind: Peer) -> SocketAddr {
    each_connection("127.0.0.1:0", move |mut stream| {
        let outcome = match kind {
            Peer::Closing => Ok(()),
            Peer::Silent => std::io::copy(&mut stream, &mut std::io::sink()).map(drop),
            Peer::Dripping => drip(&mut stream),
            Peer::Babbling => {
                let noise = [0x5a; 4096];
                while stream.write_all(&noise).is_ok() {}
                Ok(())
            }
            Peer::Http => {
                let _ = stream.read(&mut [0; 1024]);
                stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
            }
            Peer::Old => {
                let _ = stream.read(&mut [0; 1024]);
                // A fatal alert, protocol_version.
                stream.write_all(&[0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46])
            }
        };
        // The client may have gone already.
        let _ = outcome;
    })
}

fn drip(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    // A handshake record of 16 KiB, of which the next byte is always on its way.
    for byte in [0x16, 0x03, 0x03, 0x40, 0x00, 0x02, 0x00, 0x3f, 0xfc].into_iter().chain(std::iter::repeat(0)) {
        stream.write_all(&[byte])?;
        thread::park_timeout(Duration::from_millis(20));
    }
    Ok(())
}

/// An address of loopback at which no server listens: a port that was free a moment ago may be given to another test.
pub fn closed() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 1))
}

fn each_connection(place: &str, each: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind(place).unwrap();
    let address = listener.local_addr().unwrap();
    let each = Arc::new(each);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let each = Arc::clone(&each);
            thread::spawn(move || each(stream));
        }
    });
    address
}
