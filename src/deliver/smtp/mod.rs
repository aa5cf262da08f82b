//! The mail protocol (RFC 5321): one letter over one connection, under one deadline.

mod dialogue;
mod login;
mod reply;
mod scram;
mod server;
mod trouble;

use std::sync::Arc;

use self::dialogue::Dialogue;
pub(super) use self::login::hide;
pub(super) use self::reply::Reply;
pub use self::server::MailLimits;
pub(super) use self::server::{Credentials, Key, Server};
pub(super) use self::trouble::{Step, Trouble};
use super::socket::Socket;
use crate::cause::{ConnectionError, MailServerError};
use crate::net::connect_error;
use crate::policy::MailTls;

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

/// Sends `letter` by the connection that `session` holds, or by a new one. Success is the 250 after the final dot. Where the
/// server takes commands in groups, it hears of the sender and the recipients of `next` with that dot.
pub(super) fn send(
    session: &mut Option<Session>,
    server: &Server<'_>,
    letter: &Letter,
    next: Option<&Letter>,
) -> Result<Accepted, Trouble> {
    if let Some(mut known) = session.take() {
        known.dialogue.allow_until(server.deadline);
        match transactions(&mut known, letter, next) {
            // The server had closed it, or closes it now: a new one may do.
            Err(Trouble::Broken(_)) => {}
            Err(Trouble::Refused(Step::Sender, reply)) if reply.code == 421 => {}
            result => {
                *session = Some(known).filter(|_| !is_over(&result));
                return result;
            }
        }
    }
    let mut dialogue = connect(server)?;
    greet(server, &mut dialogue)?;
    let mut fresh = Session { dialogue, is_open: false };
    let result = transactions(&mut fresh, letter, next);
    *session = Some(fresh).filter(|_| !is_over(&result));
    result
}

/// Whether nothing more can be said over the connection that this came by.
fn is_over(result: &Result<Accepted, Trouble>) -> bool {
    match result.as_ref().map_or_else(Some, |accepted| accepted.trouble.as_ref()) {
        None | Some(Trouble::Unfit(_) | Trouble::TooBig(_)) => false,
        Some(Trouble::Refused(_, reply)) => reply.code == 421,
        Some(_) => true,
    }
}

/// One transaction, and another one for those that the server left out because they were too many (RFC 5321
/// §4.5.3.1.10), as long as each takes the mail for one more.
fn transactions(session: &mut Session, letter: &Letter, next: Option<&Letter>) -> Result<Accepted, Trouble> {
    let mut accepted = Accepted::default();
    let mut left: Vec<usize> = (0..letter.to.len()).collect();
    while !left.is_empty() {
        if std::mem::replace(&mut session.is_open, true) && !session.dialogue.has_begun() {
            session.dialogue.reset()?;
        }
        match transaction(&mut session.dialogue, letter, &left, next) {
            Ok(round) => {
                session.is_open = round.taken.is_empty();
                let is_taken = !round.taken.is_empty();
                let (again, refused): (Vec<_>, Vec<_>) =
                    round.refused.into_iter().partition(|(_, reply)| is_taken && are_too_many(reply));
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

/// The recipient is named again in a transaction of its own.
const fn are_too_many(reply: &Reply) -> bool {
    matches!(reply.code, 452 | 552)
}

/// The mail for the recipients with these numbers.
fn transaction(
    dialogue: &mut Dialogue,
    letter: &Letter,
    to: &[usize],
    next: Option<&Letter>,
) -> Result<Accepted, Trouble> {
    let commands = envelope(dialogue, letter, to.iter().copied())?;
    let mut replies = dialogue.begin(&commands)?.into_iter();
    match replies.next() {
        Some(reply) if reply.code == 250 => {}
        Some(reply) => return Err(Trouble::Refused(Step::Sender, reply)),
        None => return Err(Trouble::Broken(ConnectionError::Closed)),
    }
    let mut accepted = Accepted::default();
    for (number, reply) in to.iter().copied().zip(replies) {
        match reply.code {
            250..=252 => accepted.taken.push(number),
            _ => accepted.refused.push((number, reply)),
        }
    }
    if !accepted.taken.is_empty() {
        let next = next.filter(|_| !accepted.refused.iter().any(|(_, reply)| are_too_many(reply)));
        // Why it cannot be sent is said when its turn comes.
        let next = next.and_then(|next| envelope(dialogue, next, 0..next.to.len()).ok());
        dialogue.begin_mail()?;
        accepted.reply = Some(dialogue.mail(&letter.bytes, next.unwrap_or_default())?);
    }
    Ok(accepted)
}

/// The commands that name the sender and these recipients.
fn envelope(dialogue: &Dialogue, letter: &Letter, to: impl Iterator<Item = usize>) -> Result<Vec<String>, Trouble> {
    let mut commands = vec![sender(dialogue, letter)?];
    commands.extend(to.filter_map(|number| letter.to.get(number)).map(|to| format!("RCPT TO:<{to}>")));
    Ok(commands)
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
            return Err(Trouble::Unfit(MailServerError::NoUtf8));
        }
        sender.push_str(" SMTPUTF8");
    }
    Ok(sender)
}

fn connect(server: &Server<'_>) -> Result<Dialogue, Trouble> {
    let no_connection = |error: std::io::Error| Trouble::NoConnection(connect_error::of(&error));
    let connected = Socket::connect(server.host, server.port, server.patience, server.deadline);
    let mut socket = connected.map_err(no_connection)?;
    if let (MailTls::Implicit, Some(config)) = (server.tls, &server.config) {
        socket.allow(server.limits.greeting, server.deadline);
        socket.start_tls(Arc::clone(config), server.host).map_err(|error| Trouble::from_handshake(&error))?;
    }
    let helo = helo(server.helo, &socket);
    let mut dialogue = Dialogue::new(socket, helo, server.limits);
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
            return Err(Trouble::Unsafe(MailServerError::NoStartTls));
        }
        let config = server.config.as_ref().ok_or(Trouble::Unsafe(MailServerError::NoTls))?;
        dialogue.start_tls(Arc::clone(config), server.host)?;
        dialogue.hello()?;
    }
    let Some(credentials) = &server.credentials else { return Ok(()) };
    if !dialogue.is_confidential() {
        return Err(Trouble::Unsafe(MailServerError::NotConfidential));
    }
    login::log_in(dialogue, server, credentials)
}
