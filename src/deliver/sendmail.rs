//! Mail by a program of this machine that takes it as sendmail does: the envelope as arguments, the mail to read.

use std::path::Path;
use std::time::Duration;

use super::recipients::{Undelivered, WhyNot};
use super::secrets::KeptBack;
use super::smtp::Letter;
use super::{DeliveryError, Receipt};
use crate::cause::{DeliveryCause, Handed, ProgramEnd, ProgramError};
use crate::program::{self, Ended, Variables};
use crate::redactor::Redactor;

/// What the exit codes of sysexits.h say of a mail. Those that are not here may pass: the catch-all 69 among them, and 1,
/// by which many small programs say everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    /// 64 `EX_USAGE`.
    Usage,
    /// 65 `EX_DATAERR`, 76 `EX_PROTOCOL`.
    Mail,
    /// 67 `EX_NOUSER`, 68 `EX_NOHOST`.
    Recipient,
    /// 72 `EX_OSFILE`, 73 `EX_CANTCREAT`, 77 `EX_NOPERM`, 78 `EX_CONFIG`, and 126 and 127 of a shell.
    Program,
}

impl Refusal {
    const fn of(code: i32) -> Option<Self> {
        match code {
            64 => Some(Self::Usage),
            65 | 76 => Some(Self::Mail),
            67 | 68 => Some(Self::Recipient),
            72 | 73 | 77 | 78 | 126 | 127 => Some(Self::Program),
            _ => None,
        }
    }

    fn advice(self, contact: &str) -> String {
        match self {
            Self::Usage => {
                "`sendmail` in [email] must take `-i -f SENDER -- RECIPIENT…` and the mail to read".to_owned()
            }
            Self::Mail => "ask the administrator of mail on this machine; its log has more".to_owned(),
            Self::Recipient => format!("check `email` of contact `{contact}`"),
            Self::Program => {
                "the mail program is not set up, or not for the user certnotify runs as: try it by hand".to_owned()
            }
        }
    }

    /// The next mail would fare the same.
    const fn concerns_all_mail(self) -> bool {
        matches!(self, Self::Usage | Self::Program)
    }
}

/// Why the mail was not taken, and whether any other mail would have been.
pub(super) struct Failure {
    pub(super) error: DeliveryError,
    pub(super) concerns_all_mail: bool,
    /// A recipient is unknown.
    is_of_recipient: bool,
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
    match hand_over(program, letter, &letter.to, contact, limit, kept_back) {
        Err(Failure { is_of_recipient: true, .. }) if letter.to.len() > 1 => {}
        result => return result,
    }
    let (mut receipt, mut refused) = (None, Vec::new());
    for (to, address) in letter.to.iter().zip(addresses) {
        match hand_over(program, letter, std::slice::from_ref(to), contact, limit, kept_back) {
            Ok(taken) => receipt = Some(taken),
            Err(failure) if failure.concerns_all_mail && receipt.is_none() => return Err(failure),
            Err(failure) => refused.push(failure.of_one(address)),
        }
    }
    match receipt {
        Some(receipt) => Ok(Receipt { refused, ..receipt }),
        None => Err(Failure {
            error: DeliveryError::Recipients { refused },
            concerns_all_mail: false,
            is_of_recipient: true,
        }),
    }
}

impl Failure {
    const fn of_this_mail(error: DeliveryError) -> Self {
        Self { error, concerns_all_mail: false, is_of_recipient: false }
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
        Err(error) => Err(not_run(error)),
    }
}

fn refused(place: String, ended: &Ended, contact: &str, redactor: &Redactor) -> Failure {
    let said = redactor.said(&ended.said());
    let code = match ended.end {
        ProgramEnd::Code(code) => code,
        ProgramEnd::Signal(signal) => {
            let reason = DeliveryCause::ProgramKilled(place, signal, Handed::Mail, said);
            return Failure::of_this_mail(DeliveryError::Unanswered { reason });
        }
    };
    match Refusal::of(code) {
        Some(refusal) => Failure {
            error: DeliveryError::permanent(
                DeliveryCause::ProgramRefused(place, ended.end, said),
                refusal.advice(contact),
            ),
            concerns_all_mail: refusal.concerns_all_mail(),
            is_of_recipient: refusal == Refusal::Recipient,
        },
        None => Failure::of_this_mail(DeliveryError::transient(DeliveryCause::ProgramNotNow(
            place,
            ended.end,
            Handed::Mail,
            said,
        ))),
    }
}

/// A program that cannot be run at all takes no other mail either.
fn not_run(error: ProgramError) -> Failure {
    let help = "correct `sendmail` in [email], install a mail program, or name a server: `host`";
    let error = DeliveryError::of_program(error, Handed::Mail, help);
    let concerns_all_mail = matches!(error, DeliveryError::Permanent { .. });
    Failure { concerns_all_mail, ..Failure::of_this_mail(error) }
}

/// A program reads lines as this system writes them; no part of a mail holds a carriage return of its own.
fn in_lines_of_unix(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().filter(|byte| *byte != b'\r').collect()
}
