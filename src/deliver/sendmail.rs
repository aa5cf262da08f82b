//! Mail by a program of this machine that takes it as sendmail does: the envelope as arguments, the mail to read.

use std::path::Path;
use std::time::Duration;

use super::command::KeptBack;
use super::recipients::{Undelivered, WhyNot};
use super::smtp::Letter;
use super::{DeliveryError, Receipt};
use crate::cause::{DeliveryCause, Handed, ProgramEnd};
use crate::program::{self, Ended, Variables};
use crate::redactor::Redactor;

/// What a failure is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Mail,
    /// A recipient is unknown.
    Recipient,
    /// The next mail would fare the same.
    AllMail,
}

/// What the exit codes of sysexits.h say of a mail, and what to do. Those that are not here may pass: the catch-all 69 among
/// them, and 1, by which many small programs say everything.
fn refusal(code: i32, contact: &str) -> Option<(Scope, String)> {
    let (scope, advice) = match code {
        // EX_USAGE
        64 => (Scope::AllMail, "`sendmail` in [email] must take `-i -f SENDER -- RECIPIENT…` and the mail to read"),
        // EX_DATAERR, EX_PROTOCOL
        65 | 76 => (Scope::Mail, "ask the administrator of mail on this machine; its log has more"),
        // EX_NOUSER, EX_NOHOST
        67 | 68 => return Some((Scope::Recipient, format!("check `email` of contact `{contact}`"))),
        // EX_OSFILE, EX_CANTCREAT, EX_NOPERM, EX_CONFIG, and those of a shell
        72 | 73 | 77 | 78 | 126 | 127 => {
            (Scope::AllMail, "the mail program is not set up, or not for the user certnotify runs as: try it by hand")
        }
        _ => return None,
    };
    Some((scope, advice.to_owned()))
}

/// Why the mail was not taken, and whether any other mail would have been.
pub(super) struct Failure {
    pub(super) error: DeliveryError,
    scope: Scope,
}

/// Hands `letter` to `program`. Success is the exit code 0. Where the program knows a recipient not, each is given to it
/// alone: it cannot say which of several it means.
pub(super) fn send(
    program: &Path,
    letter: &Letter,
    addresses: &[String],
    contact: &str,
    limit: Duration,
    kept_back: KeptBack<'_>,
) -> Result<Receipt, Failure> {
    let hand_over = |to: &[String]| hand_over(program, letter, to, contact, limit, kept_back);
    match hand_over(&letter.to) {
        Err(Failure { scope: Scope::Recipient, .. }) if letter.to.len() > 1 => {}
        result => return result,
    }
    let (mut receipt, mut refused) = (None, Vec::new());
    for (to, address) in letter.to.iter().zip(addresses) {
        match hand_over(std::slice::from_ref(to)) {
            Ok(taken) => receipt = Some(taken),
            Err(failure) if failure.concerns_all_mail() && receipt.is_none() => return Err(failure),
            Err(failure) => refused.push(failure.of_one(address)),
        }
    }
    match receipt {
        Some(receipt) => Ok(Receipt { refused, ..receipt }),
        None => Err(Failure { error: DeliveryError::Recipients { refused }, scope: Scope::Recipient }),
    }
}

impl Failure {
    pub(super) fn concerns_all_mail(&self) -> bool {
        self.scope == Scope::AllMail
    }

    fn of_one(self, address: &str) -> Undelivered {
        let why = match &self.error {
            DeliveryError::Permanent { .. } => WhyNot::Permanent,
            DeliveryError::Unanswered { .. } => WhyNot::Unanswered,
            _ => WhyNot::Transient,
        };
        Undelivered { address: address.to_owned(), reason: self.error.into_cause(), why }
    }
}

fn hand_over(
    program: &Path,
    letter: &Letter,
    to: &[String],
    contact: &str,
    limit: Duration,
    kept_back: KeptBack<'_>,
) -> Result<Receipt, Failure> {
    let place = program.display().to_string();
    let options = ["-i", "-f", letter.from.as_str(), "--"].map(str::to_owned);
    let argv: Vec<String> = [place.clone()].into_iter().chain(options).chain(to.iter().cloned()).collect();
    let variables = Variables { added: &[], withheld: kept_back.variables };
    match program::run(&argv, variables, &in_lines_of_unix(&letter.bytes), limit) {
        Ok(Ended { end: ProgramEnd::Code(0), .. }) => {
            Ok(Receipt { answer: format!("{place} took the mail"), ..Receipt::default() })
        }
        Ok(ended) => Err(refused(place, &ended, contact, (kept_back.redactor)())),
        Err(error) => {
            let help = "correct `sendmail` in [email], install a mail program, or name a server: `host`";
            let error = DeliveryError::from_program(error, Handed::Mail, help);
            // A program that cannot be run at all takes no other mail either.
            let cannot_run = matches!(error, DeliveryError::Permanent { .. });
            Err(Failure { error, scope: if cannot_run { Scope::AllMail } else { Scope::Mail } })
        }
    }
}

fn refused(place: String, ended: &Ended, contact: &str, redactor: &Redactor) -> Failure {
    let said = redactor.said(&ended.said());
    let code = match ended.end {
        ProgramEnd::Code(code) => code,
        ProgramEnd::Signal(signal) => {
            let error = DeliveryError::unanswered(DeliveryCause::ProgramKilled(place, signal, Handed::Mail, said));
            return Failure { error, scope: Scope::Mail };
        }
    };
    let Some((scope, advice)) = refusal(code, contact) else {
        let reason = DeliveryCause::ProgramNotNow(place, ended.end, Handed::Mail, said);
        return Failure { error: DeliveryError::transient(reason), scope: Scope::Mail };
    };
    let reason = DeliveryCause::ProgramRefused(place, ended.end, said);
    Failure { error: DeliveryError::permanent(reason, advice), scope }
}

/// A program reads lines as this system writes them; no part of a mail holds a carriage return of its own.
fn in_lines_of_unix(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().filter(|byte| *byte != b'\r').collect()
}
