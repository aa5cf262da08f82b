//! A mail server that takes everything.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Its port, and how many mails it took.
pub(crate) fn sink() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let taken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&taken);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = take_mails(&stream, &count);
        }
    });
    (port, taken)
}

fn take_mails(mut stream: &TcpStream, taken: &AtomicUsize) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut lines = BufReader::new(stream.try_clone()?);
    stream.write_all(b"220 sink ESMTP\r\n")?;
    let (mut line, mut is_mail) = (Vec::new(), false);
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        if is_mail && line != b".\r\n" {
            continue;
        }
        if is_mail {
            taken.fetch_add(1, Ordering::SeqCst);
            is_mail = false;
            stream.write_all(b"250 Ok\r\n")?;
            continue;
        }
        is_mail = line.starts_with(b"DATA");
        let answer: &[u8] = match &line[..line.len().min(4)] {
            b"EHLO" => b"250-sink\r\n250-PIPELINING\r\n250 SIZE 10485760\r\n",
            b"DATA" => b"354 go on\r\n",
            b"QUIT" => b"221 Bye\r\n",
            _ => b"250 Ok\r\n",
        };
        stream.write_all(answer)?;
    }
}
