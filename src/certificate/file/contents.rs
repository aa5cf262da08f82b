//! What a file holds: its certificates, what in it is broken, and what stays closed.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::issuers::Issuers;
use crate::certificate::chain::{self, ChainWithDer};
use crate::certificate::der::key::KeyPairId;
use crate::certificate::der::{self, CertificateWithDer, NotACertificate};
use crate::certificate::revocation::revocation_list;

/// What a file holds.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// In their order; one bad block does not hide the others.
    pub certificates: Vec<Arc<CertificateWithDer>>,
    /// Lists of revoked certificates, OpenPGP keys and SSH certificates: what links to nothing.
    pub lists: Vec<Arc<CertificateWithDer>>,
    /// The first blocks that are no certificate, and how many there are in all.
    pub bad: Vec<BadBlock>,
    pub bad_count: usize,
    pub holds_private_key: bool,
    /// How many certificate signing requests (PKCS#10).
    pub requests: usize,
    /// The pairs of the private keys among them, of which nothing else is kept.
    pub keys: Vec<KeyPairId>,
    /// Parts that have a name of their own, always with a `/` in it, and what each holds.
    pub members: Vec<(String, Contents)>,
    /// The first container that was not opened, or not whole.
    pub closed: Option<ContainerError>,
    /// It is a store of a known kind, which may be empty.
    pub is_store: bool,
    /// The order of the certificates says nothing.
    pub(super) is_loose: bool,
}

/// What a file is read with: what was read before, and how containers are opened.
pub(super) struct ReadContext<'a> {
    pub issuers: &'a mut Issuers,
    pub password: Option<&'a str>,
    pub patience: Patience,
}

/// Rounds of hashing that one file may ask for in all: a few seconds. Real ones ask for two thousand to a million.
const MOST_ROUNDS: u64 = 8_000_000;

/// The rounds that are left.
pub(super) struct Patience(u64);

impl Default for Patience {
    fn default() -> Self {
        Self(MOST_ROUNDS)
    }
}

impl Patience {
    /// Takes so many rounds, each done `times`; the rounds as those who do them count.
    pub(super) fn spend(&mut self, rounds: u64, times: usize) -> Result<u32, ContainerError> {
        let spent = rounds.saturating_mul(u64::try_from(times).unwrap_or(u64::MAX)).max(1);
        self.0 = self.0.checked_sub(spent).ok_or(ContainerError::TooManyRounds)?;
        u32::try_from(rounds.max(1)).map_err(|_| ContainerError::TooManyRounds)
    }
}

impl Contents {
    const BAD_KEPT: usize = 16;

    /// What belongs together in it.
    #[must_use]
    pub fn linked(self) -> Vec<ChainWithDer> {
        let mut linked =
            if self.is_loose { chain::gathered(self.certificates) } else { chain::stored(self.certificates) };
        let alone = |list| ChainWithDer { leaf: list, rest: Vec::new(), is_misordered: false };
        linked.extend(self.lists.into_iter().map(alone));
        linked
    }

    /// Of everything that is shown or named.
    pub(super) fn count(&self) -> usize {
        let own = self.certificates.len() + self.lists.len() + self.bad_count + usize::from(self.closed.is_some());
        own + self.members.iter().map(|(_, member)| member.count()).sum::<usize>()
    }

    pub(super) fn add(
        &mut self,
        certificate: Result<Arc<CertificateWithDer>, BlockFault>,
        line: impl FnOnce() -> Option<usize>,
    ) {
        match certificate {
            Ok(parsed) => self.certificates.push(parsed),
            Err(fault) => self.add_fault(fault, line),
        }
    }

    pub(super) fn add_list(
        &mut self,
        list: Result<CertificateWithDer, BlockFault>,
        line: impl FnOnce() -> Option<usize>,
    ) {
        match list {
            Ok(parsed) => self.lists.push(Arc::new(parsed)),
            Err(fault) => self.add_fault(fault, line),
        }
    }

    fn add_fault(&mut self, fault: BlockFault, line: impl FnOnce() -> Option<usize>) {
        self.bad_count += 1;
        if self.bad.len() < Self::BAD_KEPT {
            let number = self.certificates.len() + self.lists.len() + self.bad_count;
            self.bad.push(BadBlock { number, line: line(), fault });
        }
    }

    /// The encoding of one certificate out of a container.
    pub(super) fn add_encoded(&mut self, encoded: &[u8]) {
        let read = der::read(encoded).map_err(BlockFault::from);
        self.add(read.map(|(parsed, _)| Arc::new(parsed)), || None);
    }

    pub(super) fn add_encoded_list(&mut self, encoded: &[u8]) {
        self.add_list(revocation_list::read(encoded).map_err(BlockFault::from), || None);
    }

    pub(super) fn close(&mut self, closed: ContainerError) {
        self.closed.get_or_insert(closed);
    }
}

/// One block that is no certificate though it says so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("certificate {number}{} {fault}", .line.map(|line| format!(" (line {line})")).unwrap_or_default())]
pub struct BadBlock {
    /// Counted from 1 among the certificates of the file.
    pub number: usize,
    /// Of the `BEGIN` line, counted from 1. Binary forms have no lines.
    pub line: Option<usize>,
    pub fault: BlockFault,
}

/// What is wrong with a block of a PEM file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum BlockFault {
    #[error("has no END line")]
    NoEnd,
    #[error("has an END line and no BEGIN line")]
    NoBegin,
    #[error("is not base64")]
    NotBase64,
    #[error("holds no certificate")]
    NoBlock,
    #[error("is cut short")]
    CutShort,
    #[error(transparent)]
    Content(#[from] NotACertificate),
}

/// Why a container shows nothing, or not all; a clause about the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum ContainerError {
    #[error("is PKCS#12 and needs a password")]
    NeedsPassword,
    #[error("is PKCS#12, and the password does not open it")]
    WrongPassword,
    #[error("is PKCS#12 encrypted to a key, not by a password")]
    ToAKey,
    #[error("is PKCS#12 encrypted by an algorithm that is not known: {0}")]
    Algorithm(String),
    #[error("is PKCS#12 and asks for more rounds of hashing than are computed")]
    TooManyRounds,
    #[error("is {0} and broken")]
    Broken(ContainerKind),
}

/// What a container is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum ContainerKind {
    #[error("PKCS#12")]
    Pkcs12,
    #[error("PKCS#7")]
    Pkcs7,
    #[error("a Java key store")]
    JavaKeyStore,
    #[error("a GnuPG keybox")]
    Keybox,
}

impl ContainerError {
    /// A password would help, or another one.
    #[must_use]
    pub const fn wants_password(&self) -> bool {
        matches!(self, Self::NeedsPassword | Self::WrongPassword)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_asks_for_endless_hashing_is_refused_before_the_first_round() {
        let mut patience = Patience::default();
        assert_eq!(patience.spend(u64::MAX, 3), Err(ContainerError::TooManyRounds));
        assert_eq!(patience.spend(2048, 3), Ok(2048));
        let mut tries = 0;
        while patience.spend(1_000_000, 2).is_ok() {
            tries += 1;
        }
        assert_eq!(tries, 3);
    }
}
