//! One mail to the addresses of a contact, by a mail server or a program.

use std::time::Instant;

use time::OffsetDateTime;

use super::{Channels, mail_server};
use crate::cause::{DeliveryCause, MailServerError};
use crate::deliver::command::KeptBack;
use crate::deliver::mail_result::{bad_address, explain, taken};
use crate::deliver::recipients::{Undelivered, WhyNot};
use crate::deliver::smtp::{self, Letter, Server, Step, Trouble};
use crate::deliver::{DeliveryError, Sent, mail, sendmail};
use crate::policy::{Channel, Contact, MailTls};
use crate::redactor::Redactor;
use crate::render::{Body, Mail, Message};

impl Channels<'_> {
    pub(super) fn mail(&mut self, contact: &Contact, message: &Message, mail: &Mail, now: OffsetDateTime) -> Sent {
        match self.mail_to_all(contact, message, mail, now) {
            Err(refusal) if wants_ascii(&refusal) => self.mail_in_ascii(contact, message, mail, refusal, now),
            sent => sent,
        }
    }

    /// The mail for those whom the server can name; each of the others is refused for itself.
    fn mail_in_ascii(
        &mut self,
        contact: &Contact,
        message: &Message,
        mail: &Mail,
        refusal: DeliveryError,
        now: OffsetDateTime,
    ) -> Sent {
        let recipients = mail::recipients(&contact.email, &message.to);
        let (addresses, to) = recipients.map_err(|bad| bad_address(contact, &bad))?;
        let recipients = addresses.into_iter().zip(to);
        let (named, others): (Vec<_>, Vec<_>) = recipients.partition(|(_, to)| mail::is_in_ascii(to));
        if named.is_empty() || others.is_empty() {
            return Err(refusal);
        }
        let reason = refusal.into_cause();
        let others = others.into_iter().map(|(address, _)| Undelivered {
            address,
            reason: reason.clone(),
            why: WhyNot::Permanent,
        });
        let to = named.into_iter().map(|(address, _)| address).collect();
        match self.mail_to_all(contact, &Message { to, ..message.clone() }, mail, now) {
            Ok(mut receipt) => {
                receipt.refused.extend(others);
                Ok(receipt)
            }
            Err(DeliveryError::Recipients { mut refused }) => {
                refused.extend(others);
                Err(DeliveryError::Recipients { refused })
            }
            not_sent => not_sent,
        }
    }

    fn mail_to_all(&mut self, contact: &Contact, message: &Message, mail: &Mail, now: OffsetDateTime) -> Sent {
        if let Some(refusal) = &self.mail_refusal {
            return Err(refusal.clone());
        }
        let transport = &self.policies.mail;
        let recipients = mail::recipients(&contact.email, &message.to);
        let (addresses, to) = recipients.map_err(|bad| bad_address(contact, &bad))?;
        let machine = self.machine.clone();
        let envelope =
            mail::Envelope { from: transport.from.as_deref(), machine: &machine, to, date: self.date(contact, now) };
        let letter = match self.written_ahead.take(message) {
            Some(letter) => letter,
            None => mail::compose(mail, &message.id, &envelope).map_err(|bad| bad_address(contact, &bad))?,
        };
        if let Some(program) = &transport.sendmail {
            let limit = self.limits.mail.end.min(self.time_left());
            let redactor = || self.redactor_of_all();
            let kept_back = KeptBack { variables: self.variables(), redactor: &redactor };
            return sendmail::send(program, &letter, &addresses, contact.name.as_str(), limit, kept_back).map_err(
                |failure| {
                    let concerns_all_mail = failure.concerns_all_mail();
                    self.mail_failure(failure.error, concerns_all_mail)
                },
            );
        }
        let mut last = None;
        let mut shortened = |most: u64| loop {
            let shorter = last.as_ref().unwrap_or(mail).shortened()?;
            let letter = mail::compose(&shorter, &message.id, &envelope).ok()?;
            last = Some(shorter);
            if letter.bytes.len() as u64 <= most {
                return Some(letter);
            }
        };
        self.mail_by_server(contact, letter, &mut shortened, &addresses, now)
    }

    /// A mail that the server may hear of before its turn.
    pub(super) fn write_ahead(&self, message: &Message, now: OffsetDateTime) -> Option<Letter> {
        let (Channel::Email, Body::Mail(mail)) = (message.channel, &message.body) else { return None };
        let contact = self.policies.contacts.get(&message.contact)?;
        let (_, to) = mail::recipients(&contact.email, &message.to).ok()?;
        let from = self.policies.mail.from.as_deref();
        let envelope = mail::Envelope { from, machine: &self.machine, to, date: self.date(contact, now) };
        mail::compose(mail, &message.id, &envelope).ok()
    }

    fn mail_by_server(
        &mut self,
        contact: &Contact,
        mut letter: Letter,
        shortened: &mut dyn FnMut(u64) -> Option<Letter>,
        addresses: &[String],
        now: OffsetDateTime,
    ) -> Sent {
        let transport = &self.policies.mail;
        let config = match transport.tls {
            MailTls::None => None,
            _ => Some(self.trust(transport.ca_file.as_deref())?),
        };
        let place = mail_server(&self.policies.mail);
        let helo = transport.helo.clone().unwrap_or_else(|| self.machine.clone());
        loop {
            let has_kept_token = self.mail_token.is_some();
            let server = Server {
                host: &transport.host,
                port: transport.port,
                tls: transport.tls,
                config: config.clone(),
                helo: &helo,
                credentials: self.credentials(now)?,
                patience: self.limits.connection,
                limits: self.limits.mail,
                deadline: Instant::now() + self.time_left(),
            };
            // Taken out: a connection that is left in the middle of a mail is not used again.
            let mut session = self.mail_session.take();
            let sent = smtp::send(&mut session, &server, &letter, self.written_ahead.after());
            self.mail_session = session;
            let mut redactor = Redactor::default();
            if let Some(credentials) = &server.credentials {
                smtp::hide(credentials, &server, &mut redactor);
            }
            match sent {
                Ok(accepted) => return taken(&place, accepted, addresses, contact, &redactor),
                // It may have been withdrawn before its end: a new one may do.
                Err(Trouble::Refused(Step::Token, _)) if has_kept_token => self.mail_token = None,
                Err(trouble) => {
                    if let Some(shorter) = trouble.room().and_then(&mut *shortened) {
                        letter = shorter;
                        continue;
                    }
                    let concerns_all_mail = trouble.concerns_all_mail();
                    return Err(self.mail_failure(explain(&place, trouble, contact, &redactor), concerns_all_mail));
                }
            }
        }
    }
}

/// It cannot name an address with letters beyond ASCII before its `@`.
const fn wants_ascii(refusal: &DeliveryError) -> bool {
    matches!(refusal, DeliveryError::Permanent { reason: DeliveryCause::MailServer(_, MailServerError::NoUtf8), .. })
}
