//! A web server on loopback that answers as told: lists, responders, directories.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What stands at a path.
#[derive(Clone, Debug)]
pub enum Reply {
    /// HTTP 200 with these bytes.
    Bytes(Vec<u8>),
    /// Another status, with a header.
    Status(u16, &'static str),
    /// Another status, with a body.
    Error(u16, String),
    /// By whether the request says this: the one, else the other.
    Asked(&'static str, Box<[Self; 2]>),
    /// HTTP 200 with a header.
    With(&'static str, String),
    /// As many zeros as this, and no length in front.
    Endless(usize),
    /// A body that is shorter than was said.
    CutOff,
    /// Nothing, until the client goes.
    Silence,
}

#[derive(Default)]
struct Told {
    replies: BTreeMap<String, Reply>,
    /// Path and body of each request.
    seen: Vec<(String, Vec<u8>)>,
}

pub struct Web {
    address: SocketAddr,
    told: Arc<Mutex<Told>>,
}

impl Web {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let told = Arc::new(Mutex::new(Told::default()));
        let shared = Arc::clone(&told);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream, &shared));
            }
        });
        Self { address, told }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// From now on this stands at the path.
    pub fn reply(&self, path: &str, reply: Reply) {
        self.told.lock().unwrap().replies.insert(path.to_owned(), reply);
    }

    /// The paths that were asked for, in their order.
    pub fn asked(&self) -> Vec<String> {
        self.told.lock().unwrap().seen.iter().map(|(path, _)| path.clone()).collect()
    }

    pub fn bodies(&self) -> Vec<Vec<u8>> {
        self.told.lock().unwrap().seen.iter().map(|(_, body)| body.clone()).collect()
    }
}

fn serve(mut stream: TcpStream, told: &Mutex<Told>) {
    let Some((path, body)) = read(&mut stream) else { return };
    let reply = {
        let mut told = told.lock().unwrap();
        let mut reply = told.replies.get(&path).cloned().unwrap_or(Reply::Status(404, "X-Nothing: here"));
        while let Reply::Asked(text, replies) = reply {
            let [one, other] = *replies;
            reply = if String::from_utf8_lossy(&body).contains(text) { one } else { other };
        }
        told.seen.push((path.clone(), body));
        reply
    };
    // A client that has had enough hangs up.
    let _ = answer(&mut stream, &reply);
}

fn answer(stream: &mut TcpStream, reply: &Reply) -> std::io::Result<()> {
    match reply {
        Reply::Bytes(bytes) => {
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", bytes.len())?;
            stream.write_all(bytes)
        }
        Reply::Status(status, header) => {
            write!(stream, "HTTP/1.1 {status} X\r\n{header}\r\nContent-Length: 0\r\n\r\n")
        }
        Reply::Error(status, body) => {
            write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{body}", body.len())
        }
        Reply::With(header, body) => {
            write!(stream, "HTTP/1.1 200 OK\r\n{header}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
        }
        Reply::Endless(length) => {
            write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
            let chunk = vec![0; 65536];
            (0..length / chunk.len()).try_for_each(|_| stream.write_all(&chunk))
        }
        Reply::CutOff => write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nshort"),
        Reply::Asked(..) | Reply::Silence => stream.read(&mut [0; 64]).map(|_| ()),
    }
}

fn read(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    let mut more = |bytes: &mut Vec<u8>| {
        let read = stream.read(&mut chunk).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&chunk[..read]);
        Some(())
    };
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        more(&mut bytes)?;
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let path = head.split(' ').nth(1)?.to_owned();
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    while bytes.len() < end + 4 + length.unwrap_or(0) {
        more(&mut bytes)?;
    }
    Some((path, bytes[end + 4..].to_vec()))
}
