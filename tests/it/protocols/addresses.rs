//! Every address of a name, another place to connect to, and who this machine is to its servers.

use std::sync::Arc;

use certnotify::observation::Observation;
use certnotify::policy::{ClientCertificate, EndpointOptions};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::server::{listen, scripted};
use super::{LIMIT, failure, look_at, sight};
use crate::support::authority::Authority;
use crate::support::certificates::{self, leaf};

fn every_address() -> EndpointOptions {
    EndpointOptions { every_address: true, ..EndpointOptions::default() }
}

#[test]
fn each_address_of_a_name_is_a_member_of_its_own() {
    let port = scripted(&[], Authority::new().server("localhost"));
    let observations = look_at(&format!("localhost:{port}"), every_address(), LIMIT);
    let four = observations.iter().find(|seen| *seen.name == *"edge@127.0.0.1").expect("IPv4");
    assert_eq!(*four.place, format!("localhost:{port}@127.0.0.1"));
    assert_eq!(*four.source, format!("localhost:{port}"));
    assert!(four.outcome.is_ok());
    // Where the machine has IPv6, nothing listens there: one address that is down hides no other.
    for other in observations.iter().filter(|seen| *seen.name != *"edge@127.0.0.1") {
        assert_eq!(&*other.name, "edge@::1");
        assert!(other.outcome.is_err());
    }
}

#[test]
fn a_name_without_any_address_is_one_failure() {
    let observations = look_at("nobody.invalid:443", every_address(), LIMIT);
    let [Observation { name, place, outcome: Err(failure), .. }] = observations.as_slice() else {
        panic!("{observations:?}")
    };
    assert_eq!((&**name, &**place), ("edge", "nobody.invalid:443"));
    assert!(failure.message().contains("`nobody.invalid` has no address"), "{}", failure.message());
}

#[test]
fn an_idn_name_is_asked_for_in_a_labels_wherever_it_connects() {
    let port = scripted(&[], Authority::new().server("xn--mnchen-3ya.example"));
    let connect = Some(format!("127.0.0.1:{port}").parse().unwrap());
    let sight = sight("münchen.example", EndpointOptions { connect, ..EndpointOptions::default() });
    assert_eq!(sight.chain.leaf.dns_names, ["xn--mnchen-3ya.example"]);
}

/// Files with a certificate of `authority` for this machine, and its key.
fn own_certificate(authority: &certificates::Authority, folder: &tempfile::TempDir) -> ClientCertificate {
    let own = authority.issue(&leaf(&["watch.example"]));
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    ClientCertificate { certificate: file("own.pem", &own.pem), key: file("own.key", &own.key_pem) }
}

#[test]
fn a_server_that_asks_is_shown_the_own_certificate() {
    let authority = certificates::Authority::root("Clients");
    let folder = tempfile::tempdir().unwrap();
    let client = own_certificate(&authority, &folder);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(authority.der.clone())).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build().unwrap();
    let served = authority.issue(&leaf(&["inside.example"]));
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(
            vec![CertificateDer::from(served.der.clone())],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(served.key_der.clone())),
        )
        .unwrap();
    let (shown, was_shown) = std::sync::mpsc::channel();
    let config = Arc::new(config);
    let port = listen(move |mut stream| {
        let mut connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
        while connection.is_handshaking() && connection.complete_io(&mut stream).is_ok() {}
        let peer = connection.peer_certificates().and_then(|chain| Some(chain.first()?.to_vec()));
        let _ = shown.send(peer);
    });
    let endpoint = format!("127.0.0.1:{port}");
    let seen = sight(&endpoint, EndpointOptions { client: Some(client.clone()), ..EndpointOptions::default() });
    assert_eq!(seen.chain.leaf.dns_names, ["inside.example"]);
    // A second connection asks for a certificate of another kind of key, and ends without one.
    let mut connections = std::iter::from_fn(|| was_shown.recv_timeout(LIMIT).ok());
    let shown = connections.find_map(|shown| shown).expect("a certificate of the client");
    let own = std::fs::read_to_string(&client.certificate).unwrap();
    assert!(own.replace('\n', "").contains(&base64_of(&shown)[..64]));

    // And without one it still shows what the server has.
    let seen = sight(&endpoint, EndpointOptions::default());
    assert_eq!(seen.chain.leaf.dns_names, ["inside.example"]);
}

fn base64_of(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[test]
fn an_own_certificate_that_cannot_be_used_is_said_and_its_key_is_not_quoted() {
    let authority = certificates::Authority::root("Clients");
    let folder = tempfile::tempdir().unwrap();
    let good = own_certificate(&authority, &folder);
    let other_key = authority.issue(&leaf(&["other.example"])).key_pem;
    let other = folder.path().join("other.key");
    std::fs::write(&other, &other_key).unwrap();
    let gone = folder.path().join("gone.pem");
    let cases = [
        (ClientCertificate { certificate: gone.clone(), ..good.clone() }, "cannot be read"),
        (ClientCertificate { key: gone, ..good.clone() }, "cannot be read"),
        (ClientCertificate { certificate: good.key.clone(), ..good.clone() }, "holds no certificate"),
        (ClientCertificate { key: good.certificate.clone(), ..good.clone() }, "holds no private key"),
        (ClientCertificate { key: other, ..good }, "does not fit the client key"),
    ];
    for (client, expected) in cases {
        let options = EndpointOptions { client: Some(client), ..EndpointOptions::default() };
        let failure = failure("127.0.0.1:1", options, LIMIT);
        assert!(failure.message().contains(expected), "{expected}: {}", failure.message());
        let quoted =
            other_key.lines().filter(|line| !line.starts_with('-')).any(|line| failure.message().contains(line));
        assert!(!quoted, "{}", failure.message());
    }
}
