//! Servers of today that insist on more than the TLS library has.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use certnotify::policy::EndpointOptions;
use ml_kem::{EncapsulationKey, MlKem768, TryKeyInit as _};
use rustls::crypto::ring::kx_group;
use rustls::crypto::{ActiveKeyExchange, CompletedKeyExchange, SupportedKxGroup};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{Error, NamedGroup, ServerConfig, ServerConnection};

use super::{LIMIT, failure, sight};
use crate::support::certificates::{Leaf, leaf};

/// Bytes of a public key of ML-KEM-768.
const PUBLIC: usize = 1184;

/// The answering side of ML-KEM-768 with a curve.
#[derive(Debug)]
struct Hybrid {
    name: NamedGroup,
    curve: &'static dyn SupportedKxGroup,
    /// Bytes of the share of the curve where it comes first.
    point: Option<usize>,
}

impl SupportedKxGroup for Hybrid {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        Err(Error::General("a server only answers".to_owned()))
    }

    fn start_and_complete(&self, share: &[u8]) -> Result<CompletedKeyExchange, Error> {
        let (first, second) = share.split_at(self.point.unwrap_or(PUBLIC));
        let (point, public) = if self.point.is_some() { (first, second) } else { (second, first) };
        assert_eq!(public.len(), PUBLIC);
        let curve = self.curve.start_and_complete(point)?;
        let public = EncapsulationKey::<MlKem768>::new_from_slice(public).unwrap();
        let (ciphertext, lattice) = public.encapsulate_deterministic(&[7; 32].into());
        assert_eq!(ciphertext.len(), 1088);
        let joined = |curve: &[u8], lattice: &[u8]| {
            if self.point.is_some() { [curve, lattice].concat() } else { [lattice, curve].concat() }
        };
        Ok(CompletedKeyExchange {
            group: self.name,
            pub_key: joined(&curve.pub_key, &ciphertext),
            secret: joined(curve.secret.secret_bytes(), &lattice).into(),
        })
    }

    fn name(&self) -> NamedGroup {
        self.name
    }
}

static X25519: Hybrid = Hybrid { name: NamedGroup::X25519MLKEM768, curve: kx_group::X25519, point: None };
static SECP256R1: Hybrid = Hybrid { name: NamedGroup::secp256r1MLKEM768, curve: kx_group::SECP256R1, point: Some(65) };
static UNKNOWN: Hybrid = Hybrid { name: NamedGroup::Unknown(0xfe00), curve: kx_group::X25519, point: None };

fn serve(own: &Leaf, group: &'static dyn SupportedKxGroup) -> SocketAddr {
    serve_after(own, group, None)
}

/// The same after the first connection, which is answered so and closed.
fn serve_after(own: &Leaf, group: &'static dyn SupportedKxGroup, first: Option<&'static [u8]>) -> SocketAddr {
    let mut provider = rustls::crypto::ring::default_provider();
    provider.kx_groups = vec![group];
    let builder = ServerConfig::builder_with_provider(Arc::new(provider));
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.key_der.clone()));
    let chain = vec![CertificateDer::from(own.der.clone())];
    let builder = builder.with_protocol_versions(&[&rustls::version::TLS13]).unwrap().with_no_client_auth();
    let config = Arc::new(builder.with_single_cert(chain, key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let mut first = first;
        for mut stream in listener.incoming().map_while(Result::ok) {
            if let Some(answer) = first.take() {
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(answer);
                continue;
            }
            let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            while connection.is_handshaking() && connection.complete_io(&mut stream).is_ok() {}
            // What it refused with is still to be sent.
            let _ = connection.complete_io(&mut stream);
        }
    });
    address
}

#[test]
fn a_server_that_insists_on_ml_kem_with_a_curve_is_read_without_a_complaint() {
    for group in [&X25519, &SECP256R1] {
        let own = leaf(&["www.example.com"]).self_signed();
        let sight = sight(&serve(&own, group).to_string(), EndpointOptions::default());
        assert_eq!(sight.chain.leaf.dns_names, ["www.example.com"], "{group:?}");
        assert_eq!(sight.connection().legacy_protocol, None, "{group:?}");
    }
}

#[test]
fn of_a_server_with_a_group_that_is_known_nowhere_it_is_said_that_it_refused() {
    let own = leaf(&["www.example.com"]).self_signed();
    let address = serve(&own, &UNKNOWN);
    let failure = failure(&address.to_string(), EndpointOptions::default(), LIMIT);
    let expected =
        format!("{address} speaks TLS and refused every version, key exchange and cipher that is known here");
    assert_eq!(failure.message(), expected);
}

#[test]
fn a_server_that_closes_the_connection_or_sends_another_alert_is_asked_for_more_as_well() {
    // Nothing at all, internal_error and illegal_parameter.
    for first in [&[][..], &[21, 3, 3, 0, 2, 2, 80], &[21, 3, 3, 0, 2, 2, 47]] {
        let own = leaf(&["www.example.com"]).self_signed();
        let sight = sight(&serve_after(&own, &X25519, Some(first)).to_string(), EndpointOptions::default());
        assert_eq!(sight.chain.leaf.dns_names, ["www.example.com"], "{first:?}");
    }
}

#[test]
fn of_a_server_that_refused_once_and_went_silent_no_more_is_said_than_that() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let mut kept = Vec::new();
        for mut stream in listener.incoming().map_while(Result::ok) {
            if kept.is_empty() {
                let _ = stream.read(&mut [0; 4096]);
                // handshake_failure
                let _ = stream.write_all(&[21, 3, 3, 0, 2, 2, 40]);
            }
            kept.push(stream);
        }
    });
    let failure = failure(&address.to_string(), EndpointOptions::default(), Duration::from_millis(700));
    let expected = format!("{address} refused the handshake, and did not answer when it was asked in other ways");
    assert_eq!(failure.message(), expected);
}
