//! Through proxies that pass connections on, and proxies that do not.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use certnotify::policy::EndpointOptions;

use super::server::Step::{Hear, Say};
use super::server::{Step, finish, listen, play, scripted};
use super::{LIMIT, failure, look_at, sight};
use crate::support::authority::Authority;
use crate::support::tls_server::closed;

fn through(proxy: &str) -> EndpointOptions {
    EndpointOptions { proxy: Some(proxy.parse().unwrap()), ..EndpointOptions::default() }
}

/// What a proxy was asked, byte for byte.
type Heard = Arc<Mutex<Vec<u8>>>;

/// An HTTP proxy that answers with `answer` and is then itself the endpoint.
fn http_proxy(answer: &'static [u8], heard: &Heard) -> u16 {
    let (tls, heard) = (Authority::new().server("inside.example"), Arc::clone(heard));
    listen(move |mut stream| {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            if stream.read_exact(&mut byte).is_err() {
                return;
            }
            request.push(byte[0]);
        }
        *heard.lock().unwrap() = request;
        let _ = stream.write_all(answer);
        finish(&tls, &mut stream);
    })
}

#[test]
fn an_http_proxy_is_asked_for_the_name_and_shows_the_endpoint() {
    let heard = Heard::default();
    let port = http_proxy(b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n", &heard);
    let proxy = format!("http://watch:p%40ss@127.0.0.1:{port}");
    let sight = sight("inside.example:8443", through(&proxy));
    assert_eq!(sight.chain.leaf.dns_names, ["inside.example"]);
    assert_eq!(sight.connection().address, None, "nobody here knows which address the proxy chose");
    let request = String::from_utf8(heard.lock().unwrap().clone()).unwrap();
    assert!(request.starts_with("CONNECT inside.example:8443 HTTP/1.1\r\nHost: inside.example:8443\r\n"), "{request}");
    assert!(request.contains("\r\nProxy-Authorization: Basic d2F0Y2g6cEBzcw==\r\n"), "{request}");
}

#[test]
fn the_greeting_of_a_server_may_come_along_with_the_answer_of_the_proxy() {
    const COURSE: &[Step] =
        &[Hear(b"\r\n\r\n"), Say(b"HTTP/1.0 200 OK\r\n\r\n+OK ready\r\n"), Hear(b"STLS\r\n"), Say(b"+OK\r\n")];
    let port = scripted(COURSE, Authority::new().server("pop.example"));
    let sight = sight("pop3://pop.example", through(&format!("http://127.0.0.1:{port}")));
    assert_eq!(sight.chain.leaf.dns_names, ["pop.example"]);
}

#[test]
fn a_proxy_that_refuses_is_the_one_that_is_named_and_its_password_is_not() {
    let cases: [(&'static [u8], &str); 6] = [
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "answered `HTTP/1.1 403`"),
        (b"HTTP/1.1 401 d2F0Y2g6aHVudGVyMg==\r\n\r\n", "answered `HTTP/1.1 401`"),
        (b"HTTP/1.1 hunter2\r\n\r\n", "does not speak as a proxy of its kind"),
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "wants another name and password"),
        (b"220 mx.example ESMTP\r\n\r\n", "does not speak as a proxy of its kind"),
        (b"", "did not pass the connection on within 500 ms"),
    ];
    for (answer, expected) in cases {
        let port = http_proxy(answer, &Heard::default());
        let proxy = format!("http://watch:hunter2@127.0.0.1:{port}");
        let limit = if answer.is_empty() { Duration::from_millis(500) } else { LIMIT };
        let failure = failure("inside.example", through(&proxy), limit);
        assert!(failure.message().starts_with(&format!("the HTTP proxy 127.0.0.1:{port} {expected}")), "{failure:?}");
        assert!(!format!("{failure:?}").contains("hunter2"));
    }
}

#[test]
fn a_socks_proxy_gets_the_name_and_the_login() {
    const COURSE: &[Step] = &[
        Hear(b"\x05\x02\x00\x02"),
        Say(b"\x05\x02"),
        Hear(b"\x01\x05watch\x04p@ss"),
        Say(b"\x01\x00"),
        Hear(b"\x05\x01\x00\x03\x0einside.example\x20\xfb"),
        Say(b"\x05\x00\x00\x03\x03abc\x12\x34"),
    ];
    let port = scripted(COURSE, Authority::new().server("inside.example"));
    let sight = sight("inside.example:8443", through(&format!("socks5://watch:p%40ss@127.0.0.1:{port}")));
    assert_eq!(sight.chain.leaf.dns_names, ["inside.example"]);
}

#[test]
fn a_socks_proxy_gets_an_address_as_an_address() {
    const COURSE: &[Step] = &[
        Hear(b"\x05\x01\x00"),
        Say(b"\x05\x00"),
        Hear(b"\x05\x01\x00\x04\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x01\xbb"),
        Say(b"\x05\x00\x00\x01\x7f\0\0\x01\x12\x34"),
    ];
    let port = scripted(COURSE, Authority::new().server("inside.example"));
    let sight = sight("[2001:db8::1]:443", through(&format!("socks5h://127.0.0.1:{port}")));
    assert_eq!(sight.chain.leaf.dns_names, ["inside.example"]);
}

#[test]
fn a_socks_proxy_that_cannot_says_why() {
    let cases: [(&'static [Step], &str); 3] = [
        (&[Hear(b"\x05\x01\x00"), Say(b"\x05\xff")], "wants another name and password"),
        (
            &[Hear(b"\x05\x01\x00"), Say(b"\x05\x00"), Hear(b"\x01\xbb"), Say(b"\x05\x05\x00\x01\0\0\0\0\0\0")],
            "says: the connection was refused",
        ),
        (&[Hear(b"\x05\x01\x00"), Say(b"HT")], "does not speak as a proxy of its kind"),
    ];
    for (course, expected) in cases {
        let port = listen(move |mut stream: TcpStream| {
            play(course, &mut stream);
        });
        let failure = failure("inside.example", through(&format!("socks5://127.0.0.1:{port}")), LIMIT);
        assert!(failure.message().contains(expected), "{failure:?}");
    }
}

#[test]
fn a_proxy_that_is_not_there_is_the_one_that_refuses() {
    let port = closed().port();
    let seen = look_at("inside.example", through(&format!("http://127.0.0.1:{port}")), LIMIT).remove(0);
    let message = seen.outcome.unwrap_err().message();
    assert!(
        message.contains(&format!("the HTTP proxy 127.0.0.1:{port} (127.0.0.1:{port}) refused the connection")),
        "{message}"
    );
}

/// Of a connection that its sender makes for itself (PROXY protocol, version 2, §2.2).
const LOCAL: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";

#[test]
fn the_proxy_header_is_the_first_thing_said_in_every_protocol() {
    let courses: [(&str, &'static [Step]); 2] = [
        ("https", &[Hear(LOCAL)]),
        ("imap", &[Hear(LOCAL), Say(b"* OK ready\r\n"), Hear(b"STARTTLS\r\n"), Say(b"a1 OK begin\r\n")]),
    ];
    for (scheme, course) in courses {
        let port = scripted(course, Authority::new().server("behind.example"));
        let options = EndpointOptions { proxy_protocol: true, ..EndpointOptions::default() };
        let sight = sight(&format!("{scheme}://127.0.0.1:{port}"), options);
        assert_eq!(sight.chain.leaf.dns_names, ["behind.example"], "{scheme}");
    }
}
