//! What one file showed: chains, and what is wrong with the rest of it.

use std::fmt::Display;

use super::trust::ChainVerdict;
use crate::certificate::{ChainWithDer, ContainerError, Contents};
use crate::event::FindingId;
use crate::observation::{Failure, KeyFile, ObservedCertificate};
use crate::policy::{Revealed, SecretError};

/// The password of an entry, or why it is not to be had.
pub(super) type Password = Result<Revealed, SecretError>;

#[derive(Clone)]
pub(super) struct ScannedFile {
    /// Device and inode.
    pub identity: (u64, u64),
    pub sights: Vec<ObservedCertificate>,
    /// The file of its private key, where it was asked for.
    pub key: Option<KeyFile>,
    /// Blocks that are no certificates, and containers that do not open: each with an ending for its place.
    pub faults: Vec<(&'static str, Failure)>,
    /// What it holds instead of certificates.
    pub instead: Option<Failure>,
}

impl ScannedFile {
    /// `path` is for what is said of it; `verify_chain` judges a chain.
    pub(super) fn of(
        contents: Contents,
        path: &dyn Display,
        password: Option<&Password>,
        verify_chain: impl Fn(&ChainWithDer) -> ChainVerdict,
    ) -> Self {
        let mut faults = Vec::new();
        if let Some(bad) = contents.bad.first() {
            let others = match contents.bad_count {
                1 => String::new(),
                count => format!("; and {} more are broken", count - 1),
            };
            let message = format!("`{path}`: {bad}{others}");
            faults.push(("#broken", Failure { id: FindingId::Unparsable, message, help: None }));
        }
        if let Some(closed) = &contents.closed {
            faults.push(("#closed", why_closed(closed, path, password)));
        }
        let holds_private_key = contents.holds_private_key;
        let sights = contents.linked().into_iter().map(|linked| {
            // A list is its issuer's word on others, and no link of a chain.
            let is_list = linked.leaf.certificate.is_revocation_list;
            let hearing = if is_list { ChainVerdict::none() } else { verify_chain(&linked) };
            hearing.sight(linked, None)
        });
        let sights: Vec<ObservedCertificate> = sights.collect();
        let instead = (sights.is_empty() && faults.is_empty()).then(|| {
            let what = if holds_private_key { "a private key and no certificate" } else { "no certificate" };
            Failure { id: FindingId::NothingFound, message: format!("`{path}` holds {what}"), help: None }
        });
        Self { identity: (0, 0), key: None, sights, faults, instead }
    }

    /// Takes in what is wrong with the key of its first certificate.
    pub(super) fn mark(&mut self, key_mismatch: Option<String>) {
        if let Some(sight) = self.sights.first_mut() {
            sight.key_mismatch = key_mismatch;
        }
    }
}

fn why_closed(closed: &ContainerError, path: &dyn Display, password: Option<&Password>) -> Failure {
    let message = format!("`{path}` {closed}");
    if !closed.wants_password() {
        return Failure { id: FindingId::Unparsable, message, help: None };
    }
    let (message, help) = match password {
        Some(Err(error)) => (format!("{message}: {error}"), "set it where certnotify is started"),
        Some(Ok(_)) => (message, "check the password"),
        None => (message, "name it by `password` in the policy file, or by --password-file FILE"),
    };
    Failure { id: FindingId::Unreadable, message, help: Some(help.to_owned()) }
}
