//! What the answers of a mail server mean for a mail, and for each of its recipients.

use super::mail::BadAddress;
use super::recipients::{Undelivered, WhyNot};
use super::smtp::{Accepted, Reply, Step, Trouble};
use super::{DeliveryError, Receipt, Sent};
use crate::cause::{ConnectionError, DeliveryCause, MailServerError};
use crate::net::connect_error::MEND_THE_CERTIFICATE;
use crate::policy::Contact;
use crate::redactor::Redactor;

pub(super) fn bad_address(contact: &Contact, bad: &BadAddress) -> DeliveryError {
    DeliveryError::permanent(
        DeliveryCause::BadMailbox(bad.0.clone()),
        format!("correct `email` of contact `{}`, or `from` in [email]", contact.name),
    )
}

/// What the server's answers mean for each address.
pub(super) fn taken(
    place: &str,
    accepted: Accepted,
    addresses: &[String],
    contact: &Contact,
    redactor: &Redactor,
) -> Sent {
    let address = |number: usize| addresses.get(number).cloned().unwrap_or_default();
    let mut refused: Vec<Undelivered> = accepted
        .refused
        .iter()
        .map(|(number, reply)| Undelivered {
            address: address(*number),
            reason: DeliveryCause::Said(shown(reply, redactor)),
            why: if reply.is_permanent() { WhyNot::Permanent } else { WhyNot::Transient },
        })
        .collect();
    if let Some(trouble) = accepted.trouble {
        let why = match &trouble {
            Trouble::Unanswered(_) => WhyNot::Unanswered,
            Trouble::Refused(_, reply) if reply.is_permanent() => WhyNot::Permanent,
            _ => WhyNot::Transient,
        };
        let reason = explain(place, trouble, contact, redactor).into_cause();
        let left = accepted.left.iter();
        refused.extend(left.map(|number| Undelivered { address: address(*number), reason: reason.clone(), why }));
    }
    if let (Some(reply), false) = (&accepted.reply, accepted.taken.is_empty()) {
        let said = redactor.said(&reply.text());
        let detail = said.find("queued as").map_or(said.as_str(), |at| &said[at..]);
        return Ok(Receipt { answer: format!("{place}: {}, {detail}", reply.code), refused, ..Receipt::default() });
    }
    match accepted.refused.into_iter().next() {
        Some((_, reply)) if contact.email.len() == 1 => {
            Err(explain(place, Trouble::Refused(Step::Recipients, reply), contact, redactor))
        }
        Some(_) => Err(DeliveryError::Recipients { refused }),
        None => {
            let trouble = Trouble::Unfit(MailServerError::NoRecipient);
            Err(explain(place, trouble, contact, redactor))
        }
    }
}

fn shown(reply: &Reply, redactor: &Redactor) -> String {
    redactor.said(&format!("{} {}", reply.code, reply.text()))
}

pub(super) fn explain(place: &str, trouble: Trouble, contact: &Contact, redactor: &Redactor) -> DeliveryError {
    let place = place.to_owned();
    let shown_cause = |cause: ConnectionError| cause.map_said(|said| redactor.said(said));
    match trouble {
        Trouble::NoConnection(cause) => {
            DeliveryError::no_connection(DeliveryCause::NoConnection(place, shown_cause(cause)))
        }
        Trouble::Untrusted(cause) => {
            DeliveryError::permanent(DeliveryCause::NoConnection(place, shown_cause(cause)), MEND_THE_CERTIFICATE)
        }
        Trouble::Broken(cause) => DeliveryError::no_connection(DeliveryCause::Broken(place, shown_cause(cause))),
        Trouble::Unanswered(cause) => {
            DeliveryError::unanswered(DeliveryCause::MailUnanswered(place, shown_cause(cause)))
        }
        Trouble::TooBig(most) => DeliveryError::permanent(
            DeliveryCause::TooLarge(place, most),
            "let the server take more (Postfix: message_size_limit), or watch fewer certificates by one contact",
        ),
        Trouble::Unsafe(error) | Trouble::Unfit(error) => {
            DeliveryError::permanent(DeliveryCause::MailServer(place, error), error.help())
        }
        Trouble::Refused(step, reply) if reply.is_permanent() => DeliveryError::permanent(
            DeliveryCause::StepRefused(place, step, shown(&reply, redactor)),
            advice(step, &reply, contact),
        ),
        Trouble::Refused(step, reply) => {
            DeliveryError::transient(DeliveryCause::StepNotNow(place, step, shown(&reply, redactor)))
        }
    }
}

fn advice(step: Step, reply: &Reply, contact: &Contact) -> String {
    match (step, reply.code) {
        (Step::Token, _) => {
            "check `username` and `oauth` in [email]: the token must be for this mailbox, and permit to send".to_owned()
        }
        (Step::Authentication, _) | (_, 534 | 535) => "check `username` and `password` in [email]".to_owned(),
        (_, 530) => "the server wants a login or TLS: set `username`, `password` and `tls` in [email]".to_owned(),
        (Step::Recipients, _) => format!("check `email` of contact `{}`", contact.name),
        // RFC 1870 §6.1: the size is told with the sender.
        (_, 552 | 523) => "the mail is too big for the server, or the mailbox is full".to_owned(),
        (Step::Sender, _) => "check `from` in [email]: the server may let out certain senders only".to_owned(),
        _ => "ask the administrator of the mail server; its log has more".to_owned(),
    }
}
