//! How each service is spoken to: what is posted for one message, and what its answer means.

use serde_json::Value;
use time::OffsetDateTime;

use super::Objection;
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
}

/// One request.
pub(crate) struct HttpRequest {
    pub(crate) at: At,
    /// Beside those of every request; their values are hidden wherever the answer repeats them.
    pub(crate) headers: Vec<(&'static str, Revealed)>,
    pub(crate) body: Value,
}

/// Where a request goes.
pub(crate) enum At {
    /// To the address of the contact, with these parameters, each already encoded, in place of what it had of them.
    Address(Vec<(&'static str, String)>),
    /// To this path below it.
    Below(String),
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
    /// What is wrong with what the policy file says of the robot beside the checks of its table; told before anything is
    /// sent.
    fn objection(&self, _access: &Access<'_>) -> Option<Objection> {
        None
    }

    fn call(&self, access: &Access<'_>, payload: &Payload<'_>, now: OffsetDateTime) -> HttpRequest {
        let _ = (access, now);
        HttpRequest { at: At::Address(Vec::new()), headers: Vec::new(), body: payload.payload.clone() }
    }

    fn read(&self, answer: &Answer, now: OffsetDateTime) -> Interpretation;

    /// Where the message is to go instead, if the service says so.
    fn detour(&self, _access: &Access<'_>, _payload: &Payload<'_>, _answer: &Answer) -> Option<Redirect> {
        None
    }
}
