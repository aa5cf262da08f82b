//! The mail protocol (RFC 5321): one letter over one connection, under one deadline.

mod dialogue;
mod reply;

use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rustls::ClientConfig;

use self::dialogue::Dialogue;
pub(super) use self::reply::Reply;
use super::secrets::Redactor;
use super::socket::Socket;
use crate::observe::connect_error;
use crate::policy::{Host, MailTls, Revealed};

/// How to reach the mail server, and as whom.
pub(super) struct Server<'a> {
    pub(super) host: &'a Host,
    pub(super) port: u16,
    pub(super) tls: MailTls,
    /// What it is trusted by, where TLS is spoken.
    pub(super) config: Option<Arc<ClientConfig>>,
    pub(super) helo: &'a str,
    pub(super) credentials: Option<(String, Revealed)>,
    /// For each address of the server.
    pub(super) patience: Duration,
    /// For everything.
    pub(super) limit: Duration,
}

/// A mail, ready to be sent.
pub(super) struct Letter {
    pub(super) from: String,
    pub(super) to: Vec<String>,
    /// Lines of at most 998 bytes that end in CR LF.
    pub(super) bytes: Vec<u8>,
    /// An address has letters beyond ASCII before its `@` (RFC 6531).
    pub(super) needs_utf8: bool,
}

/// The server took the mail for at least one recipient.
pub(super) struct Accepted {
    pub(super) reply: Reply,
    pub(super) refused: Vec<(String, Reply)>,
}

/// Why the server did not take the mail. Replies are as the server wrote them: not yet fit to be shown.
#[derive(Debug)]
pub(super) enum Trouble {
    NoConnection(String),
    /// The server's certificate cannot be trusted.
    Untrusted(String),
    /// The connection broke before the end of the mail was written: it was not taken.
    Broken(String),
    /// The whole mail was written and nothing was answered.
    Unanswered(String),
    /// The server answered 4yz or 5yz to this.
    Refused(Step, Reply),
    /// As this server and the policy file stand, no mail can go out safely.
    Unsafe(&'static str, &'static str),
    /// This mail cannot go out by this server.
    Unfit(&'static str, &'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Greeting,
    StartTls,
    Authentication,
    Sender,
    Recipients,
    Mail,
}

impl Trouble {
    /// No TLS was spoken.
    fn of_handshake(error: &std::io::Error) -> Self {
        let clause = connect_error::of(error);
        if connect_error::is_of_certificate(error) { Self::Untrusted(clause) } else { Self::NoConnection(clause) }
    }

    /// It was settled before any sender or recipient was named: the next mail would fare the same.
    pub(super) fn concerns_all_mail(&self) -> bool {
        match self {
            Self::Unsafe(..) | Self::Untrusted(_) => true,
            Self::Refused(step, _) => matches!(step, Step::Greeting | Step::StartTls | Step::Authentication),
            Self::NoConnection(_) | Self::Broken(_) | Self::Unanswered(_) | Self::Unfit(..) => false,
        }
    }
}

impl Step {
    /// The object of "the server refused …".
    pub(super) const fn what(self) -> &'static str {
        match self {
            Self::Greeting => "the connection",
            Self::StartTls => "STARTTLS",
            Self::Authentication => "the login",
            Self::Sender => "the sender",
            Self::Recipients => "the recipient",
            Self::Mail => "the mail",
        }
    }
}

/// A server may quote what was sent to log in, in any of its forms.
pub(super) fn hide_password(redactor: &mut Redactor, user: &str, password: &Revealed) {
    redactor.hide(password.expose());
    redactor.hide(&BASE64.encode(password.expose()));
    redactor.hide(&BASE64.encode(format!("\0{user}\0{}", password.expose())));
}

/// Sends `letter`. Success is the 250 after the final dot.
pub(super) fn send(server: &Server<'_>, letter: &Letter) -> Result<Accepted, Trouble> {
    let deadline = Instant::now() + server.limit;
    let mut dialogue = connect(server, deadline)?;
    greet(server, &mut dialogue)?;
    let mut sender = format!("MAIL FROM:<{}>", letter.from);
    if letter.needs_utf8 {
        if !dialogue.offers("SMTPUTF8") {
            return Err(Trouble::Unfit(
                "an address has letters beyond ASCII before its `@`, and the server does not know those (SMTPUTF8)",
                "use an address in ASCII for this contact",
            ));
        }
        sender.push_str(" SMTPUTF8");
    }
    dialogue.expect(Step::Sender, &sender, 250)?;
    let refused = recipients(&mut dialogue, &letter.to)?;
    dialogue.expect(Step::Mail, "DATA", 354)?;
    let reply = dialogue.mail(&letter.bytes)?;
    dialogue.part();
    Ok(Accepted { reply, refused })
}

fn connect(server: &Server<'_>, deadline: Instant) -> Result<Dialogue, Trouble> {
    let no_connection = |error: std::io::Error| Trouble::NoConnection(connect_error::of(&error));
    let socket = Socket::connect(server.host, server.port, server.patience, deadline).map_err(no_connection)?;
    let helo = helo(server.helo, &socket);
    let dialogue = match (server.tls, &server.config) {
        (MailTls::Implicit, Some(config)) => {
            let socket =
                socket.start_tls(Arc::clone(config), server.host).map_err(|error| Trouble::of_handshake(&error))?;
            Dialogue::over_tls(socket, helo)
        }
        _ => Dialogue::in_clear(socket, helo),
    };
    Ok(dialogue)
}

/// The machine's full name, else its address: a name without a dot is refused by many servers.
fn helo(name: &str, socket: &Socket) -> String {
    let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || b".-_[]:".contains(&byte);
    if (name.contains('.') || name.starts_with('[')) && name.bytes().all(is_fine) {
        return name.to_owned();
    }
    match socket.local_address() {
        Some(std::net::IpAddr::V6(address)) => format!("[IPv6:{address}]"),
        Some(address) => format!("[{address}]"),
        None => "[127.0.0.1]".to_owned(),
    }
}

/// From the greeting of the server to the point where a mail may begin.
fn greet(server: &Server<'_>, dialogue: &mut Dialogue) -> Result<(), Trouble> {
    dialogue.greeting()?;
    dialogue.hello()?;
    if server.tls == MailTls::StartTls {
        if !dialogue.offers("STARTTLS") {
            return Err(Trouble::Unsafe(
                "the server does not offer STARTTLS, and without it nothing is sent",
                "somebody may be in between, or the port is wrong: 587 for `starttls`, 465 for `implicit`",
            ));
        }
        let config = server.config.as_ref().ok_or(Trouble::Unsafe("TLS is not set up", "report this as a bug"))?;
        dialogue.start_tls(Arc::clone(config), server.host)?;
        dialogue.hello()?;
    }
    let Some((user, password)) = &server.credentials else { return Ok(()) };
    if !dialogue.is_confidential() {
        return Err(Trouble::Unsafe(
            "a password would go out in clear: the server is not on this machine and `tls` is \"none\"",
            "set `tls` in [email] to \"implicit\" or \"starttls\", or leave out the password",
        ));
    }
    log_in(dialogue, user, password)
}

fn log_in(dialogue: &mut Dialogue, user: &str, password: &Revealed) -> Result<(), Trouble> {
    let step = Step::Authentication;
    if dialogue.offers_login_by("PLAIN") {
        let both = Revealed::new(BASE64.encode(format!("\0{user}\0{}", password.expose())));
        dialogue.expect(step, &format!("AUTH PLAIN {}", both.expose()), 235)
    } else if dialogue.offers_login_by("LOGIN") {
        dialogue.expect(step, "AUTH LOGIN", 334)?;
        dialogue.expect(step, &BASE64.encode(user), 334)?;
        dialogue.expect(step, &BASE64.encode(password.expose()), 235)
    } else {
        Err(Trouble::Unsafe(
            "the server offers neither AUTH PLAIN nor AUTH LOGIN",
            "leave out `username` and `password` in [email] if it needs none; else ask for another port",
        ))
    }
}

/// Those that the server refused. With all refused there is nobody to send to.
fn recipients(dialogue: &mut Dialogue, to: &[String]) -> Result<Vec<(String, Reply)>, Trouble> {
    let mut refused: Vec<(String, Reply)> = Vec::new();
    for address in to {
        let reply = dialogue.ask(&format!("RCPT TO:<{address}>"))?;
        if !matches!(reply.code, 250..=252) {
            refused.push((address.clone(), reply));
        }
    }
    if refused.len() < to.len() {
        return Ok(refused);
    }
    // One that may be accepted later is reason enough to try again.
    let index = refused.iter().position(|(_, reply)| reply.is_transient()).unwrap_or_default();
    match refused.into_iter().nth(index) {
        Some((_, reply)) => Err(Trouble::Refused(Step::Recipients, reply)),
        None => Err(Trouble::Unfit("the mail has no recipient", "give the contact an `email`")),
    }
}
