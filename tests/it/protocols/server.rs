//! Servers that speak by a script before TLS, and after it not at all.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, Stream};

/// What a server does, one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Say(&'static [u8]),
    /// Waits until these bytes have come.
    Hear(&'static [u8]),
}

/// Gives every connection to `serve`, on a thread of its own; its port.
pub(super) fn listen(serve: impl Fn(TcpStream) + Clone + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let serve = serve.clone();
            // A test that has seen enough leaves, and its server with it.
            stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
            thread::spawn(move || serve(stream));
        }
    });
    port
}

/// A server that goes through `script` and then speaks TLS; its port.
pub(super) fn scripted(script: &'static [Step], tls: Arc<ServerConfig>) -> u16 {
    listen(move |mut stream| {
        if play(script, &mut stream).is_some() {
            finish(&tls, &mut stream);
        }
    })
}

pub(super) fn play(script: &[Step], stream: &mut TcpStream) -> Option<()> {
    let mut heard = Vec::new();
    for step in script {
        match step {
            Step::Say(bytes) => stream.write_all(bytes).ok()?,
            Step::Hear(bytes) => {
                while !heard.windows(bytes.len()).any(|window| window == *bytes) {
                    let mut byte = [0];
                    stream.read_exact(&mut byte).ok()?;
                    heard.push(byte[0]);
                }
                heard.clear();
            }
        }
    }
    Some(())
}

/// The handshake, and everything that the client says after it.
pub(super) fn finish(tls: &Arc<ServerConfig>, stream: &mut TcpStream) {
    let mut connection = ServerConnection::new(Arc::clone(tls)).unwrap();
    let mut rest = Vec::new();
    let _ = Stream::new(&mut connection, stream).read_to_end(&mut rest);
}
