//! What one file showed: chains, and what is wrong with the rest of it.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::Arc;

use super::trust::ChainVerdict;
use super::{Options, private_key};
use crate::cause::{FileCause, HeldInstead, KeyMismatch};
use crate::certificate::{Certificate, ChainWithDer, ContainerError, Contents, Fingerprint};
use crate::disk;
use crate::event::FindingId;
use crate::observation::{BROKEN, CLOSED, Failure, KeyFile, ObservedCertificate};
use crate::policy::{Entry, Revealed, SecretError};

/// The password of an entry, or why it is not to be had.
pub(super) type Password = Result<Revealed, SecretError>;

pub(super) fn password(entry: &Entry, options: &Options<'_>) -> Option<Password> {
    entry.options.password.as_ref().map(|password| disk::reveal(password, options.environment))
}

pub(super) fn exposed(password: Option<&Password>) -> Option<&str> {
    password?.as_ref().ok().map(Revealed::expose)
}

#[derive(Clone)]
pub(super) struct ScannedFile {
    /// Device and inode.
    pub identity: (u64, u64),
    pub sights: Vec<Sight>,
    /// The file of its private key, where it was asked for.
    pub key: Option<Box<KeyFile>>,
    /// Blocks that are no certificates, and containers that do not open: each with an ending for its place.
    pub faults: Vec<(String, Failure)>,
    pub instead: Option<Box<Instead>>,
}

/// What a file holds instead of certificates.
#[derive(Clone)]
pub(super) struct Instead {
    pub failure: Failure,
    /// It is a store of a known kind, which may be empty.
    pub is_store: bool,
}

/// One certificate of a file.
#[derive(Clone)]
pub(super) struct Sight {
    /// What the file calls it, where it names what it holds.
    pub label: Option<String>,
    pub observed: Box<ObservedCertificate>,
}

impl ScannedFile {
    /// `path` is for what is said of it; `verify_chain` judges a chain.
    pub(super) fn new(
        mut contents: Contents,
        path: &dyn Display,
        password: Option<&Password>,
        verify_chain: impl Fn(&ChainWithDer) -> ChainVerdict,
    ) -> Self {
        let mut seen = Self { identity: (0, 0), key: None, sights: Vec::new(), faults: Vec::new(), instead: None };
        let is_store = contents.is_store;
        let instead = match (contents.holds_private_key, contents.requests > 0) {
            (true, _) => HeldInstead::PrivateKey,
            (false, true) => HeldInstead::Request,
            (false, false) => HeldInstead::Nothing,
        };
        let members = std::mem::take(&mut contents.members);
        seen.add(None, contents, path, password, &verify_chain);
        for (label, inner) in members {
            let mismatch = private_key::own_mismatch(&inner);
            let first = seen.sights.len();
            let called = format!("{path}: {label}");
            seen.add(Some(&label), inner, &called, password, &verify_chain);
            if let Some(sight) = seen.sights.get_mut(first) {
                sight.observed.key_mismatch = mismatch.map(Box::new);
            }
        }
        if seen.sights.is_empty() && seen.faults.is_empty() {
            let cause = FileCause::no_certificate(path, instead);
            let failure = Failure::new(FindingId::NothingFound, cause);
            seen.instead = Some(Box::new(Instead { failure, is_store }));
        }
        seen
    }

    fn add(
        &mut self,
        label: Option<&str>,
        contents: Contents,
        path: &dyn Display,
        password: Option<&Password>,
        verify_chain: &impl Fn(&ChainWithDer) -> ChainVerdict,
    ) {
        let ending = |fault: &str| label.map_or_else(|| fault.to_owned(), |label| format!("#{label}{fault}"));
        if let Some(bad) = contents.bad.first() {
            let (first, more) = (bad.clone(), contents.bad_count.saturating_sub(1));
            let cause = FileCause::Broken { path: path.to_string(), first, more };
            self.faults.push((ending(BROKEN), Failure::new(FindingId::Unparsable, cause)));
        }
        if let Some(closed) = &contents.closed {
            self.faults.push((ending(CLOSED), why_closed(closed, path, password)));
        }
        let linked = contents.linked();
        // Most files hold one, and a list that grows would keep room for four.
        self.sights.reserve_exact(linked.len());
        self.sights.extend(linked.into_iter().map(|linked| {
            // Without an encoding of X.509 it is no link of a chain: a list, an OpenPGP key or an SSH certificate.
            let hearing = if linked.leaf.der.is_empty() { ChainVerdict::none() } else { verify_chain(&linked) };
            Sight { label: label.map(str::to_owned), observed: Box::new(hearing.sight(linked)) }
        }));
    }

    /// Holds each certificate that is as it is remembered in one place with the memory.
    pub(super) fn share(&mut self, known: &HashMap<Fingerprint, Arc<Certificate>>) {
        for sight in &mut self.sights {
            let leaf = &mut sight.observed.chain.leaf;
            if let Some(facts) = known.get(&leaf.fingerprint).filter(|facts| **facts == *leaf) {
                *leaf = Arc::clone(facts);
            }
        }
    }

    /// Takes in what is wrong with the key of its first certificate.
    pub(super) fn mark(&mut self, key_mismatch: Option<KeyMismatch>) {
        if let Some(sight) = self.sights.first_mut().filter(|sight| sight.label.is_none()) {
            sight.observed.key_mismatch = key_mismatch.map(Box::new);
        }
    }
}

/// The name of a certificate behind which `further` stands in its place: what the file itself names is a member of it.
/// Standard input has no name that would tell members apart from others.
pub(super) fn further_name(name: String, further: &str) -> String {
    match further.strip_prefix('#') {
        Some(member) if !member.contains('/') => name + further,
        Some(member) if name == "-" => member.to_owned(),
        Some(member) => format!("{name}/{member}"),
        None => name,
    }
}

fn why_closed(closed: &ContainerError, path: &dyn Display, password: Option<&Password>) -> Failure {
    let cause = |no_password| FileCause::Closed { path: path.to_string(), error: closed.clone(), no_password };
    if !closed.wants_password() {
        return Failure::new(FindingId::Unparsable, cause(None));
    }
    let (no_password, help) = match password {
        Some(Err(error)) => (Some(error.clone()), error.help()),
        Some(Ok(_)) => (None, "check the password"),
        None => (None, "name it by `password` in the policy file, or by --password-file FILE"),
    };
    Failure::new(FindingId::Unreadable, cause(no_password)).with_help(help)
}
