//! What mail servers answer, bent.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use certnotify::deliver::Transport as _;
use certnotify::policy::Channel;

use super::{channels, limits, policies};
use crate::support::delivery::{NOW, contact_with_mail, literal, message};
use crate::support::mutation::fuzz;

const TALKS: [&[u8]; 3] = [
    b"220 mx ESMTP\r\n\x01250-mx\r\n250-SIZE 1000000\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256\r\n\x01235 2.7.0 in\r\n\
      \x01250 2.1.0 ok\r\n\x01250 2.1.5 ok\r\n\x01354 go\r\n\x01250 2.0.0 taken\r\n\x01221 bye\r\n",
    b"220-mx\r\n220 x\r\n\x01250-mx\r\n250 AUTH SCRAM-SHA-256\r\n\x01334 cj1yT3ByTkdmd0ViZVJXZ2JORWtxTyVodllEcFdVYTJSYVRDQWZ1eEZJbGopaE5sRiRrMCxzPVcyMlphSjBTTlk3c29Fc1VFamI2Z1E9PSxpPTQwOTY=\r\n\x01535 5.7.8 no\r\n",
    b"220 mx\r\n\x01250-mx\r\n250 AUTH CRAM-MD5\r\n\x01334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+\r\n\x01235 ok\r\n\x01451 4.3.0 later\r\n\x01550-no\r\n550 5.1.1 unknown\r\n",
];

/// Says one part after another, each as soon as the client has said something.
fn talk(mut stream: TcpStream, talk: &[u8]) -> std::io::Result<()> {
    let mut said = [0; 8192];
    for (number, part) in talk.split(|byte| *byte == 1).enumerate() {
        if number > 0 && stream.read(&mut said)? == 0 {
            return Ok(());
        }
        stream.write_all(part)?;
    }
    stream.shutdown(Shutdown::Write)?;
    while stream.read(&mut said)? > 0 {}
    Ok(())
}

#[test]
fn no_answer_of_a_mail_server_brings_a_run_down_or_holds_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut policies = policies([contact_with_mail("ops", &["ops@example.com"])]);
    policies.mail.port = listener.local_addr().unwrap().port();
    policies.mail.username = Some("user".to_owned());
    policies.mail.password = Some(literal("pencil"));
    let said: Arc<Mutex<Vec<u8>>> = Arc::default();
    let to_say = Arc::clone(&said);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let bytes = to_say.lock().unwrap().clone();
            // The client may leave at any part.
            std::thread::spawn(move || talk(stream, &bytes));
        }
    });
    fuzz("mail-servers", &TALKS.map(<[u8]>::to_vec), |bytes| {
        bytes.clone_into(&mut said.lock().unwrap());
        let begun = Instant::now();
        let limits = limits(Duration::from_millis(500));
        let _ = channels(&policies).with_time_limits(limits).send(&message("ops", Channel::Email, 1), NOW);
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    });
}
