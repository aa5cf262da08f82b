//! Peers that mean harm, or are broken: each costs at most the time limit, little memory, and is a clear error.

use std::io::Write as _;
use std::net::{Shutdown, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::Value;

use super::legacy::{certificate, hear_hello, record, server_hello};
use super::server::{Step, finish, listen, play};
use crate::support::certificates::{Authority, leaf};

const LIMIT: Duration = Duration::from_secs(3);
/// How many of each kind there are at once.
const EACH: usize = 8;
const MIB: usize = 1024 * 1024;

/// Until the client has had enough.
fn wait(stream: &mut TcpStream) {
    play(&[Step::Hear(b"never said by anybody")], stream);
}

fn silent() -> u16 {
    listen(|mut stream| wait(&mut stream))
}

/// The beginning of a record that takes for ever.
fn dripping() -> u16 {
    listen(|mut stream| {
        let mut bytes = [22, 3, 3, 0x3f, 0xff].into_iter().chain(std::iter::repeat(2));
        while bytes.next().is_some_and(|byte| stream.write_all(&[byte]).is_ok()) {
            thread::sleep(Duration::from_millis(100));
        }
    })
}

fn garbage() -> u16 {
    listen(|mut stream| {
        let noise: Vec<u8> =
            (0..64 * 1024_u32).map(|at| at.wrapping_mul(2_654_435_761).to_le_bytes()[2] | 0x80).collect();
        while stream.write_all(&noise).is_ok() {}
    })
}

/// Warnings without end, none of which says anything.
fn endless_records() -> u16 {
    listen(|mut stream| {
        let warnings = record(21, &[1, 112]).repeat(1000);
        while hear_hello(&mut stream).is_some() && stream.write_all(&warnings).is_ok() {
            while stream.write_all(&warnings).is_ok() {}
        }
    })
}

/// A certificate of ten megabytes, in the clear.
fn enormous() -> u16 {
    let messages = [server_hello([3, 1], [0, 0x2f]), certificate(&[&vec![0x30; 10 * MIB]])].concat();
    let answer: Arc<Vec<u8>> = Arc::new(messages.chunks(16_000).flat_map(|part| record(22, part)).collect());
    listen(move |mut stream| {
        if hear_hello(&mut stream).is_some() {
            let _ = stream.write_all(&answer);
            wait(&mut stream);
        }
    })
}

/// A chain of ten megabytes, as TLS 1.3 has it.
fn enormous_and_encrypted() -> u16 {
    let authority = Authority::root("Root");
    let leaf = authority.issue(&leaf(&["127.0.0.1"]));
    let padding = CertificateDer::from(vec![0x30; MIB]);
    let chain = std::iter::once(CertificateDer::from(leaf.der)).chain(std::iter::repeat_n(padding, 10)).collect();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf.key_der)))
        .unwrap();
    let config = Arc::new(config);
    listen(move |mut stream| finish(&config, &mut stream))
}

fn closing_at_once() -> u16 {
    listen(|stream| drop(stream.shutdown(Shutdown::Both)))
}

/// It waits for the PROXY header, and for nothing else.
fn wanting_a_proxy_header() -> u16 {
    listen(|mut stream| {
        let hello = hear_hello(&mut stream);
        assert!(hello.is_none_or(|hello| !hello.starts_with(b"PROXY")));
    })
}

/// The most memory that a process ever had, in MiB.
fn peak(process: u32) -> Option<usize> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<usize>().ok().map(|kibibytes| kibibytes / 1024)
}

#[test]
fn sixty_four_hostile_peers_at_once_cost_one_time_limit_and_little_memory() {
    type EventKind = (&'static str, fn() -> u16, &'static str);
    let kinds: [EventKind; 8] = [
        ("silent", silent, "showed no certificate within 3 s"),
        ("dripping", dripping, "showed no certificate within 3 s"),
        ("garbage", garbage, "does not speak TLS"),
        ("endless records", endless_records, "showed no certificate"),
        ("enormous", enormous, "sends a chain larger than any real one"),
        ("enormous and encrypted", enormous_and_encrypted, "sends a chain larger than any real one"),
        ("closing at once", closing_at_once, "closed the connection before it showed a certificate"),
        ("wanting a PROXY header", wanting_a_proxy_header, "closed the connection before it showed a certificate"),
    ];
    let mut peers = Vec::new();
    for (kind, start, expected) in kinds {
        peers.extend((0..EACH).map(|_| (kind, format!("127.0.0.1:{}", start()), expected)));
    }
    let begun = Instant::now();
    let mut process = Command::new(env!("CARGO_BIN_EXE_certnotify"))
        .args(["check", "--format", "json", "--no-trust", "--timeout", "3s"])
        .args(peers.iter().map(|(_, address, _)| address))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut most = 0;
    while process.try_wait().unwrap().is_none() {
        most = most.max(peak(process.id()).unwrap_or_default());
        assert!(begun.elapsed() < Duration::from_secs(60), "it never ends");
        thread::sleep(Duration::from_millis(20));
    }
    let took = begun.elapsed();
    let output = process.wait_with_output().unwrap();
    assert!(took < LIMIT + Duration::from_secs(4), "it took {took:?}");
    assert!(most > 0 && most < 64, "{most} MiB");
    assert_eq!(output.status.code(), Some(3));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = report["certificates"].as_array().unwrap();
    assert_eq!(rows.len(), peers.len());
    for (kind, address, expected) in peers {
        let row = rows.iter().find(|row| row["name"] == address.as_str()).unwrap();
        let error = row["error"].as_str().unwrap();
        assert!(error.contains(expected), "{kind}: {error}");
        assert_eq!(row["status"], "unknown", "{kind}");
    }
}
