//! Logging in to a mail server (RFC 4954): by a password or by an access token, in what way the server knows.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

use super::dialogue::Dialogue;
use super::reply::Reply;
use super::scram::{Hash, Scram, cram_md5};
use super::server::{Credentials, Key, Server};
use super::trouble::{Step, Trouble};
use crate::cause::MailServerError;
use crate::net::roots::provider;
use crate::policy::Revealed;
use crate::redactor::Redactor;
use crate::secret::Zeroizing;

/// A server may quote what was sent to log in, in any of its forms.
pub(in crate::deliver) fn hide(credentials: &Credentials, server: &Server<'_>, redactor: &mut Redactor) {
    let user = &credentials.user;
    let secret = match &credentials.key {
        Key::Password(password) => {
            redactor.hide(plain(user, password).expose());
            password
        }
        Key::Token(token) => {
            redactor.hide(xoauth2(user, token).expose());
            redactor.hide(oauthbearer(server, user, token).expose());
            token
        }
    };
    redactor.hide(secret.expose());
    redactor.hide(&Zeroizing::new(BASE64.encode(secret.expose())));
}

/// Nothing is said that this server does not offer.
pub(super) fn log_in(dialogue: &mut Dialogue, server: &Server<'_>, credentials: &Credentials) -> Result<(), Trouble> {
    match &credentials.key {
        Key::Password(password) => by_password(dialogue, &credentials.user, password),
        Key::Token(token) => by_token(dialogue, server, &credentials.user, token),
    }
}

/// How a password is shown to the server.
#[derive(Clone, Copy)]
enum Mechanism {
    Plain,
    Login,
    Scram(Hash),
    CramMd5,
}

impl Mechanism {
    /// PLAIN first, though others keep the password back: over TLS it does so no harm, and many servers offer SCRAM and
    /// CRAM-MD5 without knowing the passwords in the form that these need.
    const ALL: [Self; 5] =
        [Self::Plain, Self::Login, Self::Scram(Hash::Sha256), Self::Scram(Hash::Sha1), Self::CramMd5];

    const fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
            Self::Scram(hash) => hash.mechanism(),
            Self::CramMd5 => "CRAM-MD5",
        }
    }
}

/// The first mechanism of those offered that the server takes.
fn by_password(dialogue: &mut Dialogue, user: &str, password: &Revealed) -> Result<(), Trouble> {
    let mut outcome = Err(Trouble::Unsafe(MailServerError::NoPasswordLogin));
    for mechanism in Mechanism::ALL {
        if dialogue.offers_login_by(mechanism.name()) {
            outcome = by_mechanism(dialogue, mechanism, user, password);
            if !is_not_taken(&outcome) {
                return outcome;
            }
        }
    }
    outcome
}

/// The server does not take the mechanism, which it may have offered (RFC 4954 §4, code 504).
const fn is_not_taken(outcome: &Result<(), Trouble>) -> bool {
    matches!(outcome, Err(Trouble::Refused(_, Reply { code: 504, .. })))
}

fn by_mechanism(dialogue: &mut Dialogue, mechanism: Mechanism, user: &str, password: &Revealed) -> Result<(), Trouble> {
    let step = Step::Authentication;
    match mechanism {
        Mechanism::Plain => {
            dialogue.expect(step, &Zeroizing::new(format!("AUTH PLAIN {}", plain(user, password).expose())), 235)
        }
        Mechanism::Login => {
            dialogue.expect(step, "AUTH LOGIN", 334)?;
            dialogue.expect(step, &BASE64.encode(user), 334)?;
            dialogue.expect(step, &Zeroizing::new(BASE64.encode(password.expose())), 235)
        }
        Mechanism::Scram(hash) => by_scram(dialogue, hash, user, password),
        Mechanism::CramMd5 => {
            let challenge = challenge(dialogue.ask("AUTH CRAM-MD5")?)?;
            dialogue.expect(step, &BASE64.encode(cram_md5(user, password, &challenge).expose()), 235)
        }
    }
}

fn by_scram(dialogue: &mut Dialogue, hash: Hash, user: &str, password: &Revealed) -> Result<(), Trouble> {
    let no_scram = || Trouble::Unsafe(MailServerError::NoScram);
    let scram = Scram::new(hash, user, nonce().ok_or_else(no_scram)?);
    let first = BASE64.encode(scram.first());
    let said = challenge(dialogue.ask(&format!("AUTH {} {first}", hash.mechanism()))?)?;
    let proof = String::from_utf8(said).ok().and_then(|said| scram.prove(&said, password)).ok_or_else(no_scram)?;
    let said = challenge(dialogue.ask(&BASE64.encode(proof.message.expose()))?)?;
    if !String::from_utf8(said).is_ok_and(|said| proof.is_answered_by(&said)) {
        return Err(Trouble::Unsafe(MailServerError::Unproven));
    }
    dialogue.expect(Step::Authentication, "", 235)
}

fn nonce() -> Option<String> {
    let mut random = [0; 24];
    provider().secure_random.fill(&mut random).ok()?;
    Some(BASE64.encode(random))
}

fn by_token(dialogue: &mut Dialogue, server: &Server<'_>, user: &str, token: &Revealed) -> Result<(), Trouble> {
    let mut outcome = Err(Trouble::Unsafe(MailServerError::NoTokenLogin));
    if dialogue.offers_login_by("OAUTHBEARER") {
        outcome = by_bearer(dialogue, "OAUTHBEARER", &oauthbearer(server, user, token), "AQ==");
        if !is_not_taken(&outcome) {
            return outcome;
        }
    }
    if dialogue.offers_login_by("XOAUTH2") {
        outcome = by_bearer(dialogue, "XOAUTH2", &xoauth2(user, token), "");
    }
    outcome
}

/// `end` acknowledges why a token is refused.
fn by_bearer(dialogue: &mut Dialogue, mechanism: &str, said: &Revealed, end: &str) -> Result<(), Trouble> {
    let reply = dialogue.ask(&Zeroizing::new(format!("AUTH {mechanism} {}", said.expose())))?;
    match reply.code {
        235 => Ok(()),
        334 => {
            // It says why in JSON, and refuses once that is acknowledged (RFC 7628 §3.2.3).
            let why = challenge(reply).ok().and_then(|said| serde_json::from_slice::<Value>(&said).ok());
            let mut refusal = dialogue.ask(end)?;
            for key in ["status", "scope"] {
                let text = why.as_ref().and_then(|why| why.get(key)).and_then(Value::as_str);
                refusal.lines.extend(text.map(|text| format!("{key} {text}")));
            }
            Err(Trouble::Refused(Step::Token, refusal))
        }
        _ => Err(Trouble::Refused(Step::Token, reply)),
    }
}

/// What the server asks.
fn challenge(reply: Reply) -> Result<Vec<u8>, Trouble> {
    let asked = (reply.code == 334).then(|| BASE64.decode(reply.text().trim()).ok()).flatten();
    asked.ok_or(Trouble::Refused(Step::Authentication, reply))
}

fn plain(user: &str, password: &Revealed) -> Revealed {
    Revealed::new(BASE64.encode(&*Zeroizing::new(format!("\0{user}\0{}", password.expose()))))
}

fn xoauth2(user: &str, token: &Revealed) -> Revealed {
    let said = Zeroizing::new(format!("user={user}\u{1}auth=Bearer {}\u{1}\u{1}", token.expose()));
    Revealed::new(BASE64.encode(&*said))
}

/// RFC 7628 §3.1.
fn oauthbearer(server: &Server<'_>, user: &str, token: &Revealed) -> Revealed {
    let user = user.replace('=', "=3D").replace(',', "=2C");
    let (host, port) = (server.host, server.port);
    let said = format!("n,a={user},\u{1}host={host}\u{1}port={port}\u{1}auth=Bearer {}\u{1}\u{1}", token.expose());
    Revealed::new(BASE64.encode(&*Zeroizing::new(said)))
}
