//! How each service is spoken to: what is posted for one message, and what its answer means.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use time::OffsetDateTime;

use super::verdict::{Answer, Interpretation};
use crate::secret::Revealed;

/// One message on its way.
pub(crate) struct Payload<'a> {
    /// The same for every try of the message.
    pub(crate) id: &'a str,
    pub(crate) payload: &'a Value,
}

/// By what a service is reached: what the table of the contact holds, in the clear.
pub(crate) struct Access<'a> {
    /// Of the address, without the host.
    pub(crate) path: &'a str,
    pub(crate) secret: Option<&'a Revealed>,
    pub(crate) token: Option<&'a Revealed>,
    pub(crate) to: Option<&'a Revealed>,
    /// By the name of their key.
    pub(crate) details: &'a BTreeMap<&'static str, Revealed>,
    /// What the service gave for the token, where it asks for a login.
    pub(crate) session: Option<&'a Revealed>,
}

impl<'a> Access<'a> {
    /// The token; empty where there is none.
    pub(super) fn token(&self) -> &'a str {
        self.token.map_or("", Revealed::expose)
    }

    /// The target; empty where there is none.
    pub(super) fn to(&self) -> &'a str {
        self.to.map_or("", Revealed::expose)
    }

    /// The detail under this key; empty where there is none.
    pub(super) fn detail(&self, key: &str) -> &'a str {
        self.details.get(key).map_or("", Revealed::expose)
    }

    /// What the login gave; empty where there was none.
    pub(super) fn session(&self) -> &'a str {
        self.session.map_or("", Revealed::expose)
    }
}

/// One request.
pub(crate) struct HttpRequest {
    pub(crate) at: At,
    /// Beside those of every request; their values are hidden wherever the answer repeats them.
    pub(crate) headers: Vec<(&'static str, Revealed)>,
    pub(crate) body: Value,
    pub(crate) method: Method,
    pub(crate) encoding: Encoding,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// The body is not sent.
    Get,
    Post,
    Put,
    Patch,
}

/// How the body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Json,
    /// The members of an object as the fields of a form.
    Form,
}

impl HttpRequest {
    /// Posts JSON.
    pub(super) const fn post(at: At, headers: Vec<(&'static str, Revealed)>, body: Value) -> Self {
        Self { at, headers, body, method: Method::Post, encoding: Encoding::Json }
    }

    /// Asks for what is there.
    pub(super) const fn get(at: At, headers: Vec<(&'static str, Revealed)>) -> Self {
        Self { at, headers, body: Value::Null, method: Method::Get, encoding: Encoding::Json }
    }
}

/// What a service gave for the token, for a time.
pub(crate) struct Session {
    pub(crate) token: Revealed,
    pub(crate) lasts: Duration,
}

/// Where a request goes.
pub(crate) enum At {
    /// To the address of the contact, with these parameters, each already encoded, in place of what it had of them.
    Address(Vec<(&'static str, String)>),
    /// To this path below it.
    Below(String),
    /// The same, with the parameters of the address.
    Behind(String),
}

/// Another request in place of one that was not taken, because the service says where it should have gone.
pub(crate) struct Redirect {
    pub(crate) call: HttpRequest,
    /// Why, and what to write so that the next message needs none.
    pub(crate) what: String,
    pub(crate) help: String,
}

/// The requests and the answers of a channel that is reached by HTTP.
pub(crate) trait Protocol: Sync {
    fn call(&self, access: &Access<'_>, payload: &Payload<'_>, now: OffsetDateTime) -> HttpRequest {
        let _ = (access, now);
        HttpRequest::post(At::Address(Vec::new()), Vec::new(), payload.payload.clone())
    }

    fn read(&self, answer: &Answer, now: OffsetDateTime) -> Interpretation;

    /// The request for a session, without which `call` is not made; nothing where the service needs none.
    fn login(&self, _access: &Access<'_>) -> Option<HttpRequest> {
        None
    }

    /// The session in the answer to the login, or what the answer says instead.
    fn session(&self, answer: &Answer) -> Result<Session, Interpretation> {
        Err(Interpretation::without_code(answer))
    }

    /// The service says that the session is over: a new one may help.
    fn has_ended_session(&self, _answer: &Answer) -> bool {
        false
    }

    /// What is to be put right although the message was taken, and how.
    fn remark(&self, _answer: &Answer) -> Option<(String, String)> {
        None
    }

    /// Where the message is to go instead, if the service says so.
    fn detour(&self, _access: &Access<'_>, _payload: &Payload<'_>, _answer: &Answer) -> Option<Redirect> {
        None
    }
}
