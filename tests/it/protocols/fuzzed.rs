//! What servers say before TLS, and in place of it, bent.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use certnotify::policy::EndpointOptions;

use super::look_at;
use super::server::{Step, listen};
use super::starttls::COURSES;
use crate::support::mutation::fuzz;

/// An alert, and the beginning of the answer of a server of the past with a certificate that is none.
const RECORDS: [&[u8]; 2] = [
    b"\x15\x03\x01\0\x02\x02\x28",
    b"\x16\x03\x01\0\x31\x02\0\0\x26\x03\x01\x5f\x5f\x5f\x5f\x5f\x5f\x5f\x5f\x5f\x5f\x5f\x5f\x5f\x5f\x5f\x5f\x5f\x5f\x5f\x5f\x5f\x5f\x5f\x5f\x5f\x5f\x5f\x5f\x5f\x5f\x5f\x5f\0\0\x2f\0\x0b\0\0\x03\0\0\0",
];

/// Looks at a server that says what becomes of `seeds`, by each of the protocols in turn.
fn look_at_bent(target: &str, seeds: &[Vec<u8>], protocols: &[&str]) {
    let said: Arc<Mutex<Vec<u8>>> = Arc::default();
    let to_say = Arc::clone(&said);
    let port = listen(move |mut stream| {
        let bytes = to_say.lock().unwrap().clone();
        let _ = stream.write_all(&bytes).and_then(|()| stream.shutdown(Shutdown::Write));
        let _ = stream.read_to_end(&mut Vec::new());
    });
    fuzz(target, seeds, |bytes| {
        bytes.clone_into(&mut said.lock().unwrap());
        // The same bytes are always heard by the same protocol.
        let number = bytes.iter().map(|byte| usize::from(*byte)).sum::<usize>() % protocols.len();
        let endpoint = format!("{}://127.0.0.1:{port}", protocols[number]);
        assert_eq!(look_at(&endpoint, EndpointOptions::default(), Duration::from_millis(300)).len(), 1);
    });
}

#[test]
fn nothing_that_a_server_says_before_tls_brings_a_look_down() {
    let parts = |steps: &[Step]| -> Vec<u8> {
        let said = steps.iter().filter_map(|step| if let Step::Say(bytes) = step { Some(*bytes) } else { None });
        said.flatten().copied().collect()
    };
    let seeds: Vec<Vec<u8>> = COURSES.iter().map(|(_, steps)| parts(steps)).collect();
    let protocols: Vec<&str> = COURSES.iter().map(|(protocol, _)| *protocol).collect();
    look_at_bent("starttls", &seeds, &protocols);
}

#[test]
fn nothing_that_a_server_of_the_past_says_in_place_of_tls_brings_a_look_down() {
    look_at_bent("records", &RECORDS.map(<[u8]>::to_vec), &["tls"]);
}
