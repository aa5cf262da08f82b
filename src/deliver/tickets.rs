//! One message to a service that keeps tickets: its ticket is found by its key, and opened only where there is none.

use super::chat::{Attempt, ResolvedChannel, not_sent};
use super::{DeliveryError, Receipt, Sent, Warning};
use crate::cause::DeliveryCause;
use crate::channels::{Action, Answer, HttpRequest, Order, Payload, Ticket, Tracker, Verdict};

impl ResolvedChannel {
    /// A comment comes last: what comes before may be done twice and changes nothing the second time.
    pub(super) fn keep_ticket(&self, tracker: &dyn Tracker, payload: &Payload<'_>, attempt: &Attempt) -> Sent {
        let order = Order::of(payload.payload);
        match (self.find_ticket(tracker, order.key, attempt)?, order.action) {
            (None, Action::Close) => Ok(self.said("it has no ticket of this certificate")),
            (None, Action::Open) => self.open_ticket(tracker, &order, attempt).map(|(receipt, _)| receipt),
            (None, Action::Test) => {
                let (receipt, ticket) = self.open_ticket(tracker, &order, attempt)?;
                let remark = match &ticket {
                    Some(ticket) => self.set_open(tracker, ticket, false, attempt)?,
                    None => None,
                };
                Ok(Receipt { remark, ..receipt })
            }
            (Some(ticket), action) => {
                let remark = self.set_open(tracker, &ticket, action == Action::Open, attempt)?;
                let call = tracker.comment(&self.access(None), &ticket, order.text);
                let (_, receipt) = self.write(&call, attempt)?;
                Ok(Receipt { remark, ..receipt })
            }
        }
    }

    fn find_ticket(
        &self,
        tracker: &dyn Tracker,
        key: &str,
        attempt: &Attempt,
    ) -> Result<Option<Ticket>, DeliveryError> {
        for call in tracker.searches(&self.access(None), key) {
            let answer = self.ask(&call, None, attempt).map_err(not_sent)?;
            match tracker.found(&answer, key) {
                Ok(None) => {}
                Ok(found) => return Ok(found),
                Err(said) => {
                    let scrubber = self.scrubber_of_one_try(&call, None);
                    if !said.said.is_empty() {
                        self.judge(&answer, said, &scrubber, attempt.now()).map_err(not_sent)?;
                    }
                    let reason = DeliveryCause::TicketsNotListed(self.webhook.host());
                    return Err(DeliveryError::transient(reason));
                }
            }
        }
        Ok(None)
    }

    fn open_ticket(
        &self,
        tracker: &dyn Tracker,
        order: &Order<'_>,
        attempt: &Attempt,
    ) -> Result<(Receipt, Option<Ticket>), DeliveryError> {
        let (answer, receipt) = self.write(&tracker.open(&self.access(None), order), attempt)?;
        Ok((receipt, tracker.opened(&answer)))
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
                let answer = self.ask(&call, None, attempt).map_err(not_sent)?;
                if answer.status != 200 || !answer.is_whole {
                    let said = self.protocol.read(&answer, attempt.now());
                    self.judge(&answer, said, &self.scrubber_of_one_try(&call, None), attempt.now())
                        .map_err(not_sent)?;
                }
                Some(answer)
            }
            None => None,
        };
        let Some(call) = tracker.set_open(&access, ticket, is_open, steps.as_ref()) else {
            // One that stays closed is told all the same.
            let help = tracker.help_to_close().to_owned();
            return Ok((!is_open).then(|| Warning { what: "its ticket cannot be closed from here".to_owned(), help }));
        };
        let answer = self.ask(&call, None, attempt).map_err(not_sent)?;
        let said = self.protocol.read(&answer, attempt.now());
        self.judge(&answer, said, &self.scrubber_of_one_try(&call, None), attempt.now()).map_err(not_sent)?;
        Ok(None)
    }

    /// Makes a ticket or a comment. Where the server failed in the middle it may be there: the next run looks for it.
    fn write(&self, call: &HttpRequest, attempt: &Attempt) -> Result<(Answer, Receipt), DeliveryError> {
        let answer = self.ask(call, None, attempt)?;
        let reading = self.protocol.read(&answer, attempt.now());
        if matches!(reading.verdict, Verdict::Busy(_)) && matches!(answer.status, 200..=299 | 500 | 502) {
            let said = self.scrubber_of_one_try(call, None).said(&reading.said);
            return Err(DeliveryError::Unanswered {
                reason: DeliveryCause::TicketUnanswered(self.webhook.host(), said),
            });
        }
        let receipt = self.judge(&answer, reading, &self.scrubber_of_one_try(call, None), attempt.now())?;
        Ok((answer, receipt))
    }

    fn said(&self, what: &str) -> Receipt {
        Receipt { answer: format!("{}: {what}", self.webhook.host()), ..Receipt::default() }
    }
}
