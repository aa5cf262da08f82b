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
use super::redactor::Redactor;
use super::socket::Socket;
use crate::net::connect_error;
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
    pub(super) limits: MailLimits,
    /// No step goes on beyond it.
    pub(super) deadline: Instant,
}

/// How long each step may take (RFC 5321 §4.5.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailLimits {
    pub greeting: Duration,
    /// The answer to any command but DATA.
    pub command: Duration,
    pub data: Duration,
    /// Each block of the mail.
    pub block: Duration,
    /// The answer to the final dot: a server that is slower than the client makes copies.
    pub end: Duration,
}

impl Default for MailLimits {
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        Self { greeting: minutes(5), command: minutes(5), data: minutes(2), block: minutes(3), end: minutes(10) }
    }
}

impl MailLimits {
    /// The same for every step.
    #[must_use]
    pub const fn each(limit: Duration) -> Self {
        Self { greeting: limit, command: limit, data: limit, block: limit, end: limit }
    }
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

/// What became of a mail for each of its recipients. Where none is in `taken`, the server took it for none.
#[derive(Default)]
pub(super) struct Accepted {
    /// The last answer to a final dot.
    pub(super) reply: Option<Reply>,
    /// Recipients by their number in the letter.
    pub(super) taken: Vec<usize>,
    pub(super) refused: Vec<(usize, Reply)>,
    /// Not reached any more after the server had taken the mail for others.
    pub(super) left: Vec<usize>,
    pub(super) trouble: Option<Trouble>,
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
    /// It takes no more than so many bytes.
    TooBig(u64),
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
            Self::NoConnection(_) | Self::Broken(_) | Self::Unanswered(_) | Self::Unfit(..) | Self::TooBig(_) => false,
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

/// A connection that is ready for the next mail; it takes leave of the server when it is dropped.
pub(super) struct Session {
    dialogue: Dialogue,
    /// A mail was begun and not taken: the server is told to forget it.
    is_open: bool,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.dialogue.part();
    }
}

/// Sends `letter` by the connection that `session` holds, or by a new one. Success is the 250 after the final dot.
pub(super) fn send(session: &mut Option<Session>, server: &Server<'_>, letter: &Letter) -> Result<Accepted, Trouble> {
    if let Some(known) = session.as_mut() {
        known.dialogue.allow_until(server.deadline);
        match transactions(known, letter) {
            // The server had closed it, or closes it now: a new one may do.
            Ok(accepted) if !is_over(accepted.trouble.as_ref()) => return Ok(accepted),
            Ok(accepted) => {
                *session = None;
                return Ok(accepted);
            }
            Err(Trouble::Broken(_)) => *session = None,
            Err(Trouble::Refused(Step::Sender, reply)) if reply.code == 421 => *session = None,
            Err(trouble) => {
                if is_over(Some(&trouble)) {
                    *session = None;
                }
                return Err(trouble);
            }
        }
    }
    let mut dialogue = connect(server)?;
    greet(server, &mut dialogue)?;
    let mut fresh = Session { dialogue, is_open: false };
    let result = transactions(&mut fresh, letter);
    let trouble = match &result {
        Ok(accepted) => accepted.trouble.as_ref(),
        Err(trouble) => Some(trouble),
    };
    if !is_over(trouble) {
        *session = Some(fresh);
    }
    result
}

/// Whether nothing more can be said over this connection.
fn is_over(trouble: Option<&Trouble>) -> bool {
    match trouble {
        None | Some(Trouble::Unfit(..) | Trouble::TooBig(_)) => false,
        Some(Trouble::Refused(_, reply)) => reply.code == 421,
        Some(_) => true,
    }
}

/// One transaction, and another one for those that the server left out because they were too many (RFC 5321
/// §4.5.3.1.10), as long as each takes the mail for one more.
fn transactions(session: &mut Session, letter: &Letter) -> Result<Accepted, Trouble> {
    let mut accepted = Accepted::default();
    let mut left: Vec<usize> = (0..letter.to.len()).collect();
    while !left.is_empty() {
        if std::mem::replace(&mut session.is_open, true) {
            session.dialogue.reset()?;
        }
        match transaction(&mut session.dialogue, letter, &left) {
            Ok(round) => {
                session.is_open = round.taken.is_empty();
                let too_many = |reply: &Reply| !round.taken.is_empty() && matches!(reply.code, 452 | 552);
                let (again, refused): (Vec<_>, Vec<_>) =
                    round.refused.into_iter().partition(|(_, reply)| too_many(reply));
                left = again.into_iter().map(|(number, _)| number).collect();
                accepted.taken.extend(round.taken);
                accepted.refused.extend(refused);
                accepted.reply = round.reply.or(accepted.reply);
            }
            Err(trouble) if accepted.taken.is_empty() => return Err(trouble),
            Err(trouble) => {
                accepted.left = std::mem::take(&mut left);
                accepted.trouble = Some(trouble);
            }
        }
    }
    Ok(accepted)
}

/// The mail for the recipients with these numbers.
fn transaction(dialogue: &mut Dialogue, letter: &Letter, to: &[usize]) -> Result<Accepted, Trouble> {
    let mut commands = vec![sender(dialogue, letter)?];
    commands.extend(to.iter().filter_map(|number| letter.to.get(*number)).map(|to| format!("RCPT TO:<{to}>")));
    let mut replies = dialogue.ask_all(&commands)?.into_iter();
    match replies.next() {
        Some(reply) if reply.code == 250 => {}
        Some(reply) => return Err(Trouble::Refused(Step::Sender, reply)),
        None => return Err(Trouble::Broken("it closed the connection".to_owned())),
    }
    let mut accepted = Accepted::default();
    for (number, reply) in to.iter().copied().zip(replies) {
        match reply.code {
            250..=252 => accepted.taken.push(number),
            _ => accepted.refused.push((number, reply)),
        }
    }
    if !accepted.taken.is_empty() {
        dialogue.begin_mail()?;
        accepted.reply = Some(dialogue.mail(&letter.bytes)?);
    }
    Ok(accepted)
}

fn sender(dialogue: &Dialogue, letter: &Letter) -> Result<String, Trouble> {
    let mut sender = format!("MAIL FROM:<{}>", letter.from);
    if let Some(most) = dialogue.size() {
        let size = letter.bytes.len() as u64;
        if most > 0 && size > most {
            return Err(Trouble::TooBig(most));
        }
        sender = format!("{sender} SIZE={size}");
    }
    if letter.needs_utf8 {
        if !dialogue.offers("SMTPUTF8") {
            return Err(Trouble::Unfit(
                "an address has letters beyond ASCII before its `@`, and the server does not know those (SMTPUTF8)",
                "use an address in ASCII for this contact",
            ));
        }
        sender.push_str(" SMTPUTF8");
    }
    Ok(sender)
}

fn connect(server: &Server<'_>) -> Result<Dialogue, Trouble> {
    let no_connection = |error: std::io::Error| Trouble::NoConnection(connect_error::of(&error));
    let socket = Socket::connect(server.host, server.port, server.patience, server.deadline).map_err(no_connection)?;
    let helo = helo(server.helo, &socket);
    let mut dialogue = match (server.tls, &server.config) {
        (MailTls::Implicit, Some(config)) => {
            let mut socket = socket;
            socket.allow(server.limits.greeting, server.deadline);
            let socket =
                socket.start_tls(Arc::clone(config), server.host).map_err(|error| Trouble::of_handshake(&error))?;
            Dialogue::over_tls(socket, helo, server.limits)
        }
        _ => Dialogue::in_clear(socket, helo, server.limits),
    };
    dialogue.allow_until(server.deadline);
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
                "an attacker may be in between, or the port is wrong: 587 for `starttls`, 465 for `implicit`",
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
