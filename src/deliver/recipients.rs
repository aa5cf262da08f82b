//! The addresses of one mail: which have it, which are tried again in this run, and which do not get it now.

use serde::{Serialize, Serializer};

use super::Receipt;
use crate::cause::DeliveryCause;

/// An address that does not have the mail.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{address}: {reason}")]
pub struct Undelivered {
    pub address: String,
    /// Without any secret.
    pub reason: DeliveryCause,
    pub why: WhyNot,
}

/// Whether trying again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WhyNot {
    /// Not now: this address alone is tried again.
    Transient,
    /// All was written and nothing was answered: it may have the mail.
    Unanswered,
    /// Refused for good, now or earlier.
    Permanent,
}

impl Undelivered {
    /// What can be done about it.
    #[must_use]
    pub fn help(&self, contact: &str) -> String {
        match self.why {
            WhyNot::Transient => "still owed to that address; the next run tries again".to_owned(),
            WhyNot::Unanswered => {
                "that address may have it; the next run tries again, after two such runs once a day".to_owned()
            }
            WhyNot::Permanent => {
                format!("correct or remove the address in `email` of contact `{contact}`; it is tried once a day")
            }
        }
    }
}

impl Serialize for Undelivered {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// All of them at once.
#[must_use]
pub fn cause(refused: &[Undelivered]) -> DeliveryCause {
    DeliveryCause::Addresses(refused.iter().map(|one| (one.address.clone(), one.reason.clone())).collect())
}

/// What is to be done about those that do not have it: the first that a person can do something about.
#[must_use]
pub fn help(refused: &[Undelivered], contact: &str) -> String {
    let worst = refused.iter().max_by_key(|address| address.why);
    worst.map(|address| address.help(contact)).unwrap_or_default()
}

/// How far one mail has come in this run.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    /// Addresses that are still to be tried.
    pub(super) left: Vec<String>,
    /// What the last try said of those that are left.
    pub(super) waiting: Vec<Undelivered>,
    /// Tried, and not tried again in this run.
    pub(super) settled: Vec<Undelivered>,
    /// Not tried in this run at all.
    pub(super) deferred: Vec<Undelivered>,
    pub(super) reached: Vec<String>,
    /// Of the first that got it.
    pub(super) receipt: Option<Receipt>,
}

impl Progress {
    /// Takes in what a try came to: who has it now.
    pub(super) fn note(&mut self, receipt: Option<Receipt>, refused: Vec<Undelivered>) -> Vec<String> {
        let mut left = std::mem::take(&mut self.left);
        left.retain(|address| !refused.iter().any(|refused| refused.address == *address));
        let (again, settled): (Vec<_>, Vec<_>) =
            refused.into_iter().partition(|refused| refused.why == WhyNot::Transient);
        self.left = again.iter().map(|refused| refused.address.clone()).collect();
        self.waiting = again;
        self.settled.extend(settled);
        if self.receipt.is_none() {
            self.receipt = receipt.map(|receipt| Receipt { refused: Vec::new(), ..receipt });
        }
        self.reached.extend(left.iter().cloned());
        left
    }

    /// Those that do not have it at the end; `reason` stands for those that no answer names.
    pub(super) fn undelivered(&self, reason: &DeliveryCause) -> Vec<Undelivered> {
        let mut undelivered: Vec<Undelivered> = self.deferred.iter().chain(&self.settled).cloned().collect();
        undelivered.extend(self.left.iter().map(|address| {
            let known = self.waiting.iter().find(|waiting| waiting.address == *address).cloned();
            known.unwrap_or_else(|| Undelivered {
                address: address.clone(),
                reason: reason.clone(),
                why: WhyNot::Transient,
            })
        }));
        undelivered
    }
}
