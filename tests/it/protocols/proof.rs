//! Whether a peer has the key of the certificate that it shows.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use certnotify::event::FindingId;
use certnotify::policy::EndpointOptions;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, ServerConnection, SupportedProtocolVersion};

use super::{failure, sight};
use crate::support::certificates::{Leaf, leaf};

const LIMIT: Duration = Duration::from_secs(5);

/// Shows each client the same certificate, with a key that need not be its own.
#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

fn serve(shown: &Leaf, key_of: &Leaf, version: &'static SupportedProtocolVersion) -> SocketAddr {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key_of.key_der.clone()));
    let key = provider.key_provider.load_private_key(key).unwrap();
    let certified = CertifiedKey::new(vec![CertificateDer::from(shown.der.clone())], key);
    let config = ServerConfig::builder_with_provider(provider).with_protocol_versions(&[version]).unwrap();
    let config = Arc::new(config.with_no_client_auth().with_cert_resolver(Arc::new(Always(Arc::new(certified)))));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            while connection.is_handshaking() && connection.complete_io(&mut stream).is_ok() {}
        }
    });
    address
}

#[test]
fn a_certificate_is_believed_only_of_a_peer_that_signs_with_its_key_also_without_trust() {
    let (own, other) = (leaf(&["www.example.com"]).self_signed(), leaf(&["www.example.com"]).self_signed());
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let honest = serve(&own, &own, version);
        assert_eq!(sight(&honest.to_string(), EndpointOptions::default()).chain.rest.len(), 0);
        let stolen = serve(&own, &other, version);
        let failure = failure(&stolen.to_string(), EndpointOptions::default(), LIMIT);
        assert_eq!(failure.id, FindingId::Unreachable);
        let expected =
            format!("{stolen} showed a certificate and could not prove that it has its key: the signature is wrong");
        assert_eq!(failure.message(), expected, "{version:?}");
    }
}
