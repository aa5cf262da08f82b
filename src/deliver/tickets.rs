//! One message to a service that keeps tickets: its ticket is found by its key, and opened only where there is none.

use super::chat::{Attempt, Exchange, ResolvedChannel, not_sent};
use super::{DeliveryError, Receipt, Sent, Warning};
use crate::cause::DeliveryCause;
use crate::channels::{Action, Answer, HttpRequest, Order, Payload, Ticket, Tracker, Verdict};

impl ResolvedChannel {
    /// A comment comes last: what comes before may be done twice and changes nothing the second time.
    pub(super) fn keep_ticket(&self, tracker: &dyn Tracker, payload: &Payload<'_>, attempt: &Attempt) -> Sent {
        let order = Order::new(payload.payload);
        match (self.find_ticket(tracker, order.key, attempt)?, order.action) {
            (None, Action::Close) => {
                let answer = format!("{}: it has no ticket of this certificate", self.webhook.host());
                Ok(Receipt { answer, ..Receipt::default() })
            }
            (None, action) => {
                let (answer, receipt) = self.write(tracker.open(&self.access(None), &order), attempt)?;
                let to_close = if action == Action::Test { tracker.opened(&answer) } else { None };
                let remark = match to_close {
                    Some(ticket) => self.set_open(tracker, &ticket, false, attempt)?,
                    None => None,
                };
                Ok(Receipt { remark, ..receipt })
            }
            (Some(ticket), action) => {
                let remark = self.set_open(tracker, &ticket, action == Action::Open, attempt)?;
                let call = tracker.comment(&self.access(None), &ticket, order.text);
                let (_, receipt) = self.write(call, attempt)?;
                Ok(Receipt { remark, ..receipt })
            }
        }
    }

    /// Asks for something, or for a change that may be made twice.
    fn ask_again(&self, call: HttpRequest, attempt: &Attempt) -> Result<Exchange, DeliveryError> {
        self.ask(call, None, attempt).map_err(not_sent)
    }

    fn find_ticket(
        &self,
        tracker: &dyn Tracker,
        key: &str,
        attempt: &Attempt,
    ) -> Result<Option<Ticket>, DeliveryError> {
        for call in tracker.searches(&self.access(None), key) {
            let asked = self.ask_again(call, attempt)?;
            match tracker.found(&asked.answer, key) {
                Ok(None) => {}
                Ok(found) => return Ok(found),
                Err(said) => {
                    if !said.said.is_empty() {
                        self.judge(&asked, said, attempt).map_err(not_sent)?;
                    }
                    return Err(DeliveryError::transient(DeliveryCause::TicketsNotListed(self.webhook.host())));
                }
            }
        }
        Ok(None)
    }

    /// Closes a ticket or opens it again, unless it is so already; with what a person has to do where no step leads there.
    fn set_open(
        &self,
        tracker: &dyn Tracker,
        ticket: &Ticket,
        is_open: bool,
        attempt: &Attempt,
    ) -> Result<Option<Warning>, DeliveryError> {
        if ticket.is_open == is_open {
            return Ok(None);
        }
        let access = self.access(None);
        let steps = match tracker.steps(&access, ticket) {
            Some(call) => {
                let asked = self.ask_again(call, attempt)?;
                if asked.answer.status != 200 || !asked.answer.is_whole {
                    self.read(&asked, attempt).map_err(not_sent)?;
                }
                Some(asked.answer)
            }
            None => None,
        };
        let Some(call) = tracker.set_open(&access, ticket, is_open, steps.as_ref()) else {
            // One that stays closed is told all the same.
            let help = tracker.help_to_close().to_owned();
            return Ok((!is_open).then(|| Warning { what: "its ticket cannot be closed from here".to_owned(), help }));
        };
        self.read(&self.ask_again(call, attempt)?, attempt).map_err(not_sent)?;
        Ok(None)
    }

    /// Makes a ticket or a comment. Where the server failed in the middle it may be there: the next run looks for it.
    fn write(&self, call: HttpRequest, attempt: &Attempt) -> Result<(Answer, Receipt), DeliveryError> {
        let asked = self.ask(call, None, attempt)?;
        let reading = self.protocol.read(&asked.answer, attempt.now());
        if matches!(reading.verdict, Verdict::Busy(_)) && matches!(asked.answer.status, 200..=299 | 500 | 502) {
            let said = self.said(&asked, &reading.said);
            return Err(DeliveryError::unanswered(DeliveryCause::TicketUnanswered(self.webhook.host(), said)));
        }
        let receipt = self.judge(&asked, reading, attempt)?;
        Ok((asked.answer, receipt))
    }
}
