//! A scripted mail server on loopback: it follows the protocol to the letter, except where it is told not to.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::smtp_login;

/// What the server does, beside being a mail server.
#[derive(Clone, Default)]
pub(crate) struct Manners {
    pub(crate) tls: Option<Arc<ServerConfig>>,
    /// TLS from the first byte.
    pub(crate) is_implicit: bool,
    /// STARTTLS is not offered, as by an attacker in between.
    pub(crate) strips_starttls: bool,
    /// Answers STARTTLS with this behind its 220, in clear.
    pub(crate) injects: Option<&'static str>,
    /// `AUTH` as offered after EHLO, e.g. `AUTH PLAIN LOGIN`.
    pub(crate) auth: Option<&'static str>,
    pub(crate) user: (&'static str, &'static str),
    /// The access token of the user that is good now.
    pub(crate) token: &'static str,
    /// Said at the end of SCRAM in place of the proof that it knows the password.
    pub(crate) false_proof: Option<&'static str>,
    /// Answers instead of the usual ones, by the beginning of the command in upper case: `RCPT TO:<BOB`, `DATA`,
    /// `.` for the end of the mail, `GREETING` for the first line. Each is used once.
    pub(crate) answers: HashMap<&'static str, Vec<&'static str>>,
    pub(crate) extensions: Vec<&'static str>,
    /// Goes away, silently, when it meets this.
    pub(crate) drops_at: Option<&'static str>,
    /// Says nothing more from here on, but stays.
    pub(crate) stalls_at: Option<&'static str>,
    /// Answers this with one byte every few milliseconds, for ever.
    pub(crate) drips_at: Option<&'static str>,
    /// Quotes what it was sent in every refusal.
    pub(crate) echoes: bool,
}

/// A mail that was taken.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    /// Without the dots that were put before dots.
    pub(crate) mail: String,
    pub(crate) was_secure: bool,
    pub(crate) user: Option<String>,
}

#[derive(Default)]
struct Record {
    taken: Vec<Taken>,
    /// Every line of a client, before and after TLS.
    clear: Vec<String>,
    secure: Vec<String>,
    faults: Vec<String>,
}

/// The server, as long as this value lives.
pub(crate) struct SmtpServer {
    address: SocketAddr,
    record: Arc<Mutex<Record>>,
    ends: Arc<AtomicBool>,
}

impl SmtpServer {
    pub(crate) fn start(manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let record = Arc::new(Mutex::new(Record::default()));
        let ends = Arc::new(AtomicBool::new(false));
        let manners = Arc::new(Mutex::new(manners));
        let (shared, is_over) = (Arc::clone(&record), Arc::clone(&ends));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if is_over.load(Ordering::SeqCst) {
                    return;
                }
                let (Ok(stream), record, manners) = (stream, Arc::clone(&shared), Arc::clone(&manners)) else { return };
                stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                // Whether the client is satisfied is its own business.
                thread::spawn(move || Session::serve(stream, manners, record));
            }
        });
        Self { address, record, ends }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn taken(&self) -> Vec<Taken> {
        self.record.lock().unwrap().taken.clone()
    }

    /// The lines that came before TLS.
    pub(crate) fn clear(&self) -> Vec<String> {
        self.record.lock().unwrap().clear.clone()
    }

    pub(crate) fn secure(&self) -> Vec<String> {
        self.record.lock().unwrap().secure.clone()
    }

    /// What the client did against the protocol.
    pub(crate) fn faults(&self) -> Vec<String> {
        self.record.lock().unwrap().faults.clone()
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        // Wakes the listener, which then sees that it is over.
        let _ = TcpStream::connect(self.address);
    }
}

trait Stream: Read + Write {}

impl<T: Read + Write> Stream for T {}

struct Session {
    stream: Option<BufReader<Box<dyn Stream>>>,
    socket: TcpStream,
    manners: Arc<Mutex<Manners>>,
    record: Arc<Mutex<Record>>,
    is_secure: bool,
    user: Option<String>,
    from: Option<String>,
    to: Vec<String>,
}

impl Session {
    fn serve(stream: TcpStream, manners: Arc<Mutex<Manners>>, record: Arc<Mutex<Record>>) -> Option<()> {
        let socket = stream.try_clone().unwrap();
        let tls = manners.lock().unwrap().tls.clone();
        let is_implicit = manners.lock().unwrap().is_implicit;
        let mut session = Self {
            stream: Some(BufReader::new(Box::new(stream))),
            socket,
            manners,
            record,
            is_secure: false,
            user: None,
            from: None,
            to: Vec::new(),
        };
        if is_implicit {
            session.go_secure(tls.unwrap());
        }
        let greeting = session.scripted("GREETING").unwrap_or_else(|| "220 mail.example.com ESMTP".to_owned());
        session.misbehave("GREETING")?;
        session.say(&greeting)?;
        loop {
            let line = session.line()?;
            session.misbehave(&line)?;
            session.obey(&line)?;
        }
    }

    fn go_secure(&mut self, config: Arc<ServerConfig>) {
        let session = ServerConnection::new(config).unwrap();
        let socket = self.socket.try_clone().unwrap();
        self.stream = Some(BufReader::new(Box::new(StreamOwned::new(session, socket))));
        self.is_secure = true;
    }

    fn say(&mut self, text: &str) -> Option<()> {
        let stream = self.stream.as_mut()?.get_mut();
        stream.write_all(format!("{text}\r\n").as_bytes()).ok()?;
        stream.flush().ok()
    }

    fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        self.stream.as_mut()?.read_until(b'\n', &mut line).ok().filter(|read| *read > 0)?;
        let line = String::from_utf8(line).unwrap();
        let mut record = self.record.lock().unwrap();
        if !line.ends_with("\r\n") || line.trim_end_matches("\r\n").contains(['\r', '\n']) {
            record.faults.push(format!("a bare line break: {line:?}"));
        }
        if line.len() > 1000 {
            record.faults.push(format!("a line of {} bytes", line.len()));
        }
        let line = line.trim_end_matches(['\r', '\n']).to_owned();
        if self.is_secure { &mut record.secure } else { &mut record.clear }.push(line.clone());
        Some(line)
    }

    fn scripted(&self, command: &str) -> Option<String> {
        let command = command.to_ascii_uppercase();
        let mut manners = self.manners.lock().unwrap();
        let (_, answers) = manners.answers.iter_mut().find(|(beginning, _)| command.starts_with(**beginning))?;
        (!answers.is_empty()).then(|| answers.remove(0).to_owned())
    }

    /// Nothing, where the connection is over.
    fn misbehave(&mut self, command: &str) -> Option<()> {
        let is_here = |at: Option<&'static str>| at.is_some_and(|at| command.to_ascii_uppercase().starts_with(at));
        let (drops, stalls, trickles) = {
            let manners = self.manners.lock().unwrap();
            (is_here(manners.drops_at), is_here(manners.stalls_at), is_here(manners.drips_at))
        };
        if trickles {
            let stream = self.stream.as_mut()?.get_mut();
            while stream.write_all(b"2").and_then(|()| stream.flush()).is_ok() {
                thread::park_timeout(Duration::from_millis(5));
            }
        }
        if stalls {
            // Until the client hangs up.
            let _ = self.stream.as_mut()?.read_to_end(&mut Vec::new());
        }
        (!drops && !stalls && !trickles).then_some(())
    }

    fn obey(&mut self, line: &str) -> Option<()> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        if let Some(answer) = self.scripted(line) {
            let echo = if self.manners.lock().unwrap().echoes { format!(" (you said {line})") } else { String::new() };
            return self.say(&format!("{answer}{echo}"));
        }
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => self.hello(rest),
            "STARTTLS" => self.start_tls(),
            "AUTH" => self.log_in(rest),
            "MAIL" => {
                self.from = Some(address(rest));
                self.to.clear();
                self.say("250 2.1.0 Ok")
            }
            "RCPT" => {
                self.to.push(address(rest));
                self.say("250 2.1.5 Ok")
            }
            "DATA" if self.from.is_none() || self.to.is_empty() => self.say("503 5.5.1 bad sequence"),
            "DATA" => {
                self.say("354 End data with <CR><LF>.<CR><LF>")?;
                self.mail()
            }
            "QUIT" => {
                self.say("221 2.0.0 Bye")?;
                None
            }
            _ => self.say("502 5.5.2 command not recognized"),
        }
    }

    fn hello(&mut self, name: &str) -> Option<()> {
        if !name.contains('.') && !name.starts_with('[') {
            self.record.lock().unwrap().faults.push(format!("EHLO {name}"));
        }
        let mut lines = vec!["mail.example.com".to_owned()];
        {
            let manners = self.manners.lock().unwrap();
            if manners.tls.is_some() && !self.is_secure && !manners.strips_starttls {
                lines.push("STARTTLS".to_owned());
            }
            lines.extend(manners.auth.map(str::to_owned));
            lines.extend(manners.extensions.iter().map(|extension| (*extension).to_owned()));
        }
        let last = lines.len() - 1;
        let lines = lines.iter().enumerate();
        let lines: Vec<String> =
            lines.map(|(index, line)| format!("250{}{line}", if index == last { ' ' } else { '-' })).collect();
        self.say(&lines.join("\r\n"))
    }

    fn start_tls(&mut self) -> Option<()> {
        let (tls, injects) = {
            let manners = self.manners.lock().unwrap();
            (manners.tls.clone()?, manners.injects)
        };
        let injected = injects.map(|text| format!("\r\n{text}")).unwrap_or_default();
        self.say(&format!("220 2.0.0 Ready to start TLS{injected}"))?;
        self.go_secure(tls);
        Some(())
    }

    fn log_in(&mut self, rest: &str) -> Option<()> {
        let (user, password, token) = {
            let manners = self.manners.lock().unwrap();
            (manners.user.0, manners.user.1, manners.token)
        };
        let mut said = rest.to_owned();
        let right = match rest.split_once(' ').unwrap_or((rest, "")) {
            ("PLAIN", response) => decode(response) == format!("\0{user}\0{password}"),
            ("LOGIN", "") => {
                self.say("334 VXNlcm5hbWU6")?;
                let given = decode(&self.line()?);
                self.say("334 UGFzc3dvcmQ6")?;
                let secret = decode(&self.line()?);
                said = format!("{rest} {given} {secret}");
                (given.as_str(), secret.as_str()) == (user, password)
            }
            ("CRAM-MD5", "") => {
                let challenge = "<1896.697170952@postoffice.example.net>";
                self.say(&format!("334 {}", BASE64.encode(challenge)))?;
                decode(&self.line()?) == format!("{user} {}", smtp_login::cram_md5(password, challenge))
            }
            ("SCRAM-SHA-256", response) => {
                let first = decode(response);
                let scram = smtp_login::Scram::new(&first, password);
                self.say(&format!("334 {}", BASE64.encode(scram.first())))?;
                let last = decode(&self.line()?);
                let is_right = first.contains(&format!("n={user},")) && scram.is_proved_by(&last);
                if is_right {
                    let false_proof = self.manners.lock().unwrap().false_proof.map(str::to_owned);
                    let signature = false_proof.unwrap_or_else(|| scram.last());
                    self.say(&format!("334 {}", BASE64.encode(signature)))?;
                    is_right && self.line()?.is_empty()
                } else {
                    false
                }
            }
            ("XOAUTH2", response) => {
                decode(response) == format!("user={user}\u{1}auth=Bearer {token}\u{1}\u{1}") || self.say_why_not("")?
            }
            ("OAUTHBEARER", response) => {
                let port = self.socket.local_addr().unwrap().port();
                let place = format!("host=127.0.0.1\u{1}port={port}");
                decode(response) == format!("n,a={user},\u{1}{place}\u{1}auth=Bearer {token}\u{1}\u{1}")
                    || self.say_why_not("AQ==")?
            }
            _ => return self.say("504 5.5.4 Unrecognized authentication type"),
        };
        if right {
            self.user = Some(user.to_owned());
            return self.say("235 2.7.0 Authentication successful");
        }
        let echoes = self.manners.lock().unwrap().echoes;
        let echo = if echoes { format!(" for {said}") } else { String::new() };
        self.say(&format!("535 5.7.8 Authentication credentials invalid{echo}"))
    }

    /// RFC 7628 §3.2.3: the reason in JSON, which the client acknowledges with `end`.
    fn say_why_not(&mut self, end: &str) -> Option<bool> {
        let why = r#"{"status":"401","schemes":"bearer","scope":"https://mail.example.com/"}"#;
        self.say(&format!("334 {}", BASE64.encode(why)))?;
        let line = self.line()?;
        if line != end {
            self.record.lock().unwrap().faults.push(format!("{line:?} in place of {end:?}"));
        }
        Some(false)
    }

    fn mail(&mut self) -> Option<()> {
        let mut mail = String::new();
        loop {
            let line = self.line()?;
            match line.strip_prefix('.') {
                Some("") => break,
                Some(rest) if !rest.starts_with('.') => {
                    self.record.lock().unwrap().faults.push(format!("a dot that was not doubled: {line:?}"));
                }
                Some(rest) => mail.push_str(rest),
                None => mail.push_str(&line),
            }
            mail.push_str("\r\n");
        }
        let taken = Taken {
            from: self.from.take()?,
            to: std::mem::take(&mut self.to),
            mail,
            was_secure: self.is_secure,
            user: self.user.clone(),
        };
        if let Some(answer) = self.scripted(".") {
            return self.say(&answer);
        }
        self.record.lock().unwrap().taken.push(taken);
        self.misbehave(".")?;
        self.say("250 2.0.0 Ok: queued as 4c7Xk2")
    }
}

fn decode(text: &str) -> String {
    String::from_utf8(BASE64.decode(text).unwrap()).unwrap()
}

fn address(parameters: &str) -> String {
    let start = parameters.find('<').map_or(0, |at| at + 1);
    parameters[start..].split('>').next().unwrap_or_default().to_owned()
}
