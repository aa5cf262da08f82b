//! Requests to services that ask for a login: with the session that they gave, or a new one.

use std::time::Instant;

use super::DeliveryError;
use super::chat::{Attempt, Exchange, ResolvedChannel, not_sent};
use super::session::Sessions;
use crate::cause::DeliveryCause;
use crate::channels::{Access, HttpRequest};
use crate::policy::Revealed;

impl ResolvedChannel {
    /// Asks, with a session where the service wants one; and once more where it says that the session is over.
    pub(super) fn ask_in_session(
        &self,
        call: &dyn Fn(&Access<'_>) -> HttpRequest,
        attempt: &Attempt,
        sessions: &mut Sessions,
    ) -> Result<Exchange, DeliveryError> {
        let ask = |sessions: &mut Sessions| {
            let session = self.session(attempt, sessions)?;
            let call = call(&self.access(session.as_ref()));
            self.ask(call, session, attempt)
        };
        let first = ask(sessions)?;
        if first.session.is_none() || !self.protocol.has_ended_session(&first.answer) {
            return Ok(first);
        }
        sessions.forget(&self.name());
        ask(sessions)
    }

    /// What stands for the token, where the service asks for a login: that of an earlier message, or a new one.
    fn session(&self, attempt: &Attempt, sessions: &mut Sessions) -> Result<Option<Revealed>, DeliveryError> {
        let Some(call) = self.protocol.login(&self.access(None)) else { return Ok(None) };
        let name = self.name();
        if let Some(token) = sessions.get(&name, Instant::now()) {
            return Ok(Some(token));
        }
        let asked = self.ask(call, None, attempt).map_err(not_sent)?;
        match self.protocol.session(&asked.answer) {
            Ok(session) => {
                sessions.keep(name, &session, Instant::now());
                Ok(Some(session.token))
            }
            Err(said) => {
                self.judge(&asked, said, attempt).map_err(not_sent)?;
                Err(DeliveryError::transient(DeliveryCause::NoSession(self.webhook.host())))
            }
        }
    }
}
