//! A registry that answers by RDAP on loopback, and takes nothing but what RFC 7480 and RFC 9082 allow.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;

use crate::support::certificates::Leaf;

/// What it says of a domain.
#[derive(Clone)]
pub(super) enum Reply {
    Http {
        status: u16,
        headers: Vec<String>,
        body: Vec<u8>,
    },
    /// The connection ends without a word.
    Hangup,
}

impl Reply {
    pub(super) fn status(status: u16) -> Self {
        Self::Http { status, headers: Vec::new(), body: Vec::new() }
    }

    pub(super) fn with(status: u16, header: &str) -> Self {
        Self::Http { status, headers: vec![header.to_owned()], body: Vec::new() }
    }

    pub(super) fn body(body: impl Into<Vec<u8>>) -> Self {
        Self::Http { status: 200, headers: Vec::new(), body: body.into() }
    }
}

#[derive(Default)]
struct Known {
    by_domain: BTreeMap<String, Reply>,
    of_others: Option<Reply>,
    asked: Vec<String>,
    /// Requests that no registry would take.
    wrong: Vec<String>,
}

pub(super) struct Server {
    url: String,
    known: Arc<Mutex<Known>>,
}

impl Server {
    pub(super) fn start() -> Self {
        Self::serve(None)
    }

    pub(super) fn start_tls(leaf: &Leaf) -> Self {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf.key_der.clone()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![CertificateDer::from(leaf.der.clone())], key)
            .unwrap();
        Self::serve(Some(Arc::new(config)))
    }

    fn serve(config: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = if config.is_some() {
            format!("https://localhost:{port}/rdap/")
        } else {
            format!("http://127.0.0.1:{port}/rdap/")
        };
        let known = Arc::new(Mutex::new(Known::default()));
        let shared = Arc::clone(&known);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                match &config {
                    Some(config) => {
                        let session = ServerConnection::new(Arc::clone(config)).unwrap();
                        talk(&mut StreamOwned::new(session, stream), &shared);
                    }
                    None => talk(&mut { stream }, &shared),
                }
            }
        });
        Self { url, known }
    }

    pub(super) fn url(&self) -> String {
        self.url.clone()
    }

    pub(super) fn says(&self, domain: &str, object: &Value) {
        self.replies(domain, Reply::body(object.to_string()));
    }

    pub(super) fn replies(&self, domain: &str, reply: Reply) {
        self.known.lock().unwrap().by_domain.insert(domain.to_owned(), reply);
    }

    pub(super) fn replies_to_all(&self, reply: Reply) {
        self.known.lock().unwrap().of_others = Some(reply);
    }

    /// The domains that it was asked about; it was asked nothing wrong.
    pub(super) fn asked(&self) -> Vec<String> {
        let known = self.known.lock().unwrap();
        assert_eq!(known.wrong, [""; 0]);
        known.asked.clone()
    }
}

fn talk(stream: &mut (impl Read + Write), known: &Mutex<Known>) {
    let Some(head) = head(stream) else { return };
    let domain = domain(&head);
    let reply = {
        let mut known = known.lock().unwrap();
        match domain {
            Ok(domain) => {
                known.asked.push(domain.clone());
                let nothing = || Reply::Http {
                    status: 404,
                    headers: Vec::new(),
                    body: br#"{"errorCode": 404, "title": "Not Found"}"#.to_vec(),
                };
                known.by_domain.get(&domain).or(known.of_others.as_ref()).cloned().unwrap_or_else(nothing)
            }
            Err(wrong) => {
                known.wrong.push(wrong);
                Reply::status(400)
            }
        }
    };
    if let Reply::Http { status, headers, body } = reply {
        let more = headers.iter().flat_map(|header| [header.as_str(), "\r\n"]).collect::<String>();
        let head = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/rdap+json\r\n{more}Content-Length: {}\r\n\r\n",
            body.len()
        );
        // A client that has had enough hangs up.
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)).and_then(|()| stream.flush());
    }
}

fn head(stream: &mut impl Read) -> Option<String> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    while !bytes.windows(4).any(|window| window == b"\r\n\r\n") {
        let read = stream.read(&mut chunk).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&chunk[..read]);
    }
    String::from_utf8(bytes).ok()
}

/// The domain that a request asks for, in lower-case A-labels without any dot at its end.
fn domain(head: &str) -> Result<String, String> {
    let header = |name: &str| {
        head.lines().find_map(|line| {
            let (own, value) = line.split_once(": ")?;
            own.eq_ignore_ascii_case(name).then(|| value.to_owned())
        })
    };
    let accepts = header("accept").is_some_and(|accepted| accepted.contains("application/rdap+json"));
    let has_agent = header("user-agent").is_some_and(|agent| agent.starts_with("certnotify/"));
    let domain = head.strip_prefix("GET /rdap/domain/").and_then(|rest| rest.split_once(" HTTP/1.1\r\n"));
    match domain {
        Some((domain, _))
            if accepts
                && has_agent
                && header("host").is_some()
                && header("content-length").is_none()
                && domain.split('.').all(|label| !label.is_empty())
                && domain
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte)) =>
        {
            Ok(domain.to_owned())
        }
        _ => Err(head.to_owned()),
    }
}
