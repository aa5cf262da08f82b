//! What one look at one place showed, or why it showed nothing.

use crate::certificate::Chain;
use crate::event::FindingId;
use crate::policy::EntryName;

/// One look at one certificate of one entry.
#[derive(Clone, Debug)]
pub struct Observation {
    pub entry: EntryName,
    /// The entry's name, or `entry/member` for one of several: unique in a run, shown to people.
    pub name: String,
    /// What the memory knows it by: the absolute path or `host:port`, with `#` and 8 hexadecimal
    /// digits of its fingerprint for a further certificate of one file.
    pub place: String,
    /// The path or the endpoint as a person would type it.
    pub source: String,
    pub is_endpoint: bool,
    pub outcome: Result<Sight, Failure>,
}

/// What a successful look showed.
#[derive(Clone, Debug)]
pub struct Sight {
    pub chain: Chain,
    /// `192.0.2.1:443`: what answered, for an endpoint.
    pub address: Option<String>,
    pub trust: Trust,
    /// The certificates after the leaf are not in the order of their issuing.
    pub is_misordered: bool,
}

/// The verdict on the chain. Dates are not part of it: they are judged apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Nobody asked.
    NotJudged,
    /// By a root of this machine or of the operator's choice.
    Trusted,
    /// By a root that browsers trust, too. Asked only where that root's rules would be broken.
    PubliclyTrusted,
    /// With the finding (`untrusted`, `self-signed` or `chain-incomplete`) and the reason as a clause.
    Distrusted { id: FindingId, reason: String },
}

/// Why a look showed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// `unreachable`, `unreadable`, `unparsable` or `nothing-found`.
    pub id: FindingId,
    /// A clause in English that names the place and the cause: `no answer from 192.0.2.1:443 within 10 s`.
    pub message: String,
    /// What to do next, where it is known.
    pub help: Option<String>,
}
