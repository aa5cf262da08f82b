//! What one look at one place showed, or why it showed nothing.

use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::cause::{Doing, FailureCause, KeyMismatch, LegacyProtocol, RenewalBlock, ServerUnknown, TlsaUnknown};
use crate::certificate::{Certificate, Chain, Fingerprint, RevocationTarget};
use crate::event::FindingId;
use crate::fault::Fault;
use crate::policy::{EntryName, Pin};

/// Begins the place of a date; no path and no endpoint begins so.
pub const OF_DATES: &str = "date ";
/// Begins the place of a registration, likewise.
pub const OF_DOMAINS: &str = "domain ";

/// Ends the place of a part of a file that cannot be read.
pub const BROKEN: &str = "#broken";
/// Ends the place of a store in a file that cannot be opened.
pub const CLOSED: &str = "#closed";
/// Where it is told that a part of a file is not known.
pub const UNREAD_PARTS: [&str; 2] = [BROKEN, CLOSED];

/// One look at one certificate of one entry.
#[derive(Clone, Debug)]
pub struct Observation {
    pub entry: EntryName,
    /// The entry's name, or `entry/member` for one of several: unique in a run, shown to people.
    pub name: Arc<str>,
    /// What the memory knows it by: the absolute path or `host:port`, with `#` and 8 hexadecimal
    /// digits of its fingerprint for a further certificate of one file.
    pub place: Arc<str>,
    /// The path or the endpoint as a person would type it.
    pub source: Arc<str>,
    pub is_endpoint: bool,
    /// What there is of a file beside its content; none for an endpoint.
    pub on_disk: Option<OnDisk>,
    /// Without it the time for looking was over before, and the outcome says nothing of the place.
    pub is_reached: bool,
    /// In boxes: a run holds very many.
    pub outcome: Result<Box<ObservedCertificate>, Box<Failure>>,
}

impl Observation {
    /// The place as the memory knows it, where a person would type another.
    #[must_use]
    pub fn remembered_as(&self) -> Option<Arc<str>> {
        (self.place != self.source).then(|| Arc::clone(&self.place))
    }

    /// Whether it is a list of endpoints, or a line of one, that could not be read: no place of a certificate.
    #[must_use]
    pub fn is_list(&self) -> bool {
        let is_of_policy = self.place.starts_with(OF_DATES) || self.place.starts_with(OF_DOMAINS);
        !self.is_endpoint && self.on_disk.is_none() && !is_of_policy
    }
}

/// A file and the folder that it was looked for in.
#[derive(Clone, Debug)]
pub struct OnDisk {
    /// Shared by the files of one directory.
    pub search: Arc<Search>,
    /// The file is not there.
    pub is_absent: bool,
    /// Its own folder is not there either, or is not the one that it was in: nothing can be said to be missing from it.
    pub is_away: bool,
    /// The private key in the file or beside it.
    pub key: Option<Box<KeyFile>>,
}

/// How a file was looked for.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// What was asked for, with what is passed over: what another pattern shows is no answer to this one.
    pub pattern: Arc<str>,
    /// None where the folder is not there or cannot be listed: then nothing can be said to be missing from it.
    pub folder: Option<Folder>,
    /// The device of the directory that the file itself is in, where a memory wants to know.
    pub own_device: Option<u64>,
}

/// The directory of a file; of a glob, its part without wildcards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Folder {
    pub device: u64,
    pub is_empty: bool,
}

/// Who may read a private key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct KeyFile {
    pub by_group: bool,
    pub by_others: bool,
    pub path: String,
}

/// What a successful look showed.
#[derive(Clone, Debug)]
pub struct ObservedCertificate {
    pub chain: Chain,
    pub trust: Trust,
    /// The certificates after the leaf are not in the order of their issuing.
    pub is_misordered: bool,
    /// What its authority can be asked by: only where an entry wants that, and the chain was verified.
    pub revocation_target: Option<Arc<RevocationTarget>>,
    /// The issuers that its best way to a root needs; nothing where no way is known, and all of them count.
    pub needed: Option<Box<[Fingerprint]>>,
    /// The root of a `ca-file` in which the chain ends, where it did not come with it.
    pub root: Option<Arc<Certificate>>,
    /// The private key in a file or beside it is not its own.
    pub key_mismatch: Option<Box<KeyMismatch>>,
    /// In a box: of very many files there is none.
    connection: Option<Box<Connection>>,
    /// Likewise: few entries ask for more than dates.
    checks: Option<Box<Checks>>,
}

/// How an endpoint answered.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    /// `192.0.2.1:443`: what answered.
    pub address: Option<String>,
    /// The name that it was asked for.
    pub asked_name: Option<String>,
    /// The version of TLS that it spoke: `TLS 1.3`; none where it is not known.
    pub version: Option<&'static str>,
    /// What is out of date in how it speaks.
    pub legacy_protocol: Option<LegacyProtocol>,
    /// The server may have another certificate for keys of another kind: it did not say.
    pub may_have_another: bool,
}

/// What was looked up because an entry asks for it, or because a renewal is soon.
#[derive(Clone, Debug, Default)]
pub struct Checks {
    /// What is served where the certificate of a file should be.
    pub deployments: Vec<Deployment>,
    /// Whether a server of this machine has loaded the file: only where the entry says which one.
    pub loading: Option<Loading>,
    /// What a copy is against what its provider publishes: only where the entry says where.
    pub copy: Option<Copy>,
    /// Whether the next renewal will work: only where that is soon, and was asked.
    pub forecast: Option<Forecast>,
    /// What DNS has for its endpoints: only where the entry wants that to be looked up.
    pub tlsa: Arc<[TlsaLookup]>,
    /// When its authority wants it to be renewed, as it last said.
    pub window: Option<RenewalWindow>,
}

static NO_CONNECTION: Connection =
    Connection { address: None, asked_name: None, version: None, legacy_protocol: None, may_have_another: false };
static NO_CHECKS: LazyLock<Checks> = LazyLock::new(Checks::default);

impl ObservedCertificate {
    /// A chain, of which nothing else was seen or asked.
    #[must_use]
    pub fn new(chain: Chain) -> Self {
        Self {
            chain,
            trust: Trust::NotJudged,
            is_misordered: false,
            revocation_target: None,
            needed: None,
            root: None,
            key_mismatch: None,
            connection: None,
            checks: None,
        }
    }

    /// How the endpoint answered; nothing of it is known of a file.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        self.connection.as_deref().unwrap_or(&NO_CONNECTION)
    }

    /// The same, to be filled.
    pub fn connection_mut(&mut self) -> &mut Connection {
        self.connection.get_or_insert_default()
    }

    /// What else was looked up.
    #[must_use]
    pub fn checks(&self) -> &Checks {
        self.checks.as_deref().unwrap_or(&NO_CHECKS)
    }

    /// The same, to be filled.
    pub fn checks_mut(&mut self) -> &mut Checks {
        self.checks.get_or_insert_default()
    }
}

/// The TLSA records of one endpoint, as they were looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsaLookup {
    /// `_443._tcp.www.example.com`; the endpoint as written where it has no name.
    pub name: String,
    pub found: PublishedTlsa,
}

/// What DNS has under one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublishedTlsa {
    Nothing,
    Records {
        pins: Vec<Pin>,
        /// Others are there that cannot be compared.
        has_others: bool,
    },
    Unknown(TlsaUnknown),
}

/// Whether the authority of a certificate will be let when it is to be renewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Forecast {
    Clear,
    /// Why not; and from when that is needed.
    Blocked {
        by: Box<RenewalBlock>,
        due: OffsetDateTime,
        /// It may be a moment's.
        may_pass: bool,
    },
    /// Not all that counts was answered.
    Unknown,
}

/// A record of whom a domain lets issue for it (RFC 8659).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaaRecord {
    /// Who does not understand it may not issue.
    pub is_critical: bool,
    /// In lower case.
    pub tag: String,
    pub value: String,
}

/// Metadata in a file, compared with what its provider publishes now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Copy {
    Complete,
    /// The finding of it.
    Lacks(Arc<FailureCause>),
    /// What is published was not seen.
    Unknown,
}

/// When a file changed, and what listens on the ports of the server that uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loading {
    pub changed: OffsetDateTime,
    pub listeners: Vec<PortListener>,
}

/// Who listens on a port of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortListener {
    pub port: u16,
    /// None where it has not started yet.
    pub seen: Result<Option<Listener>, ServerUnknown>,
}

/// The process that was started last of those that hold a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    pub program: String,
    pub process: i32,
    pub since: OffsetDateTime,
}

/// What an endpoint serves, or why that was not seen.
pub type ServedCertificate = Result<Arc<Certificate>, Arc<FailureCause>>;

/// What an endpoint serves that should serve the certificate of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// As it was written.
    pub endpoint: String,
    pub served: ServedCertificate,
}

/// The verdict on the chain. Dates are not part of it: they are judged apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Not asked for.
    NotJudged,
    /// By a root of this machine or of the operator's choice.
    Trusted,
    /// By a root that browsers trust, too. Asked only where that root's rules would be broken.
    PubliclyTrusted,
    /// With the finding: `untrusted`, `self-signed` or `chain-incomplete`.
    Distrusted { id: FindingId, cause: Arc<FailureCause> },
}

/// Why a look showed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// `unreachable`, `unreadable`, `unparsable` or `nothing-found`.
    pub id: FindingId,
    pub cause: Arc<FailureCause>,
    /// What to do next, where it is known.
    pub help: Option<String>,
}

impl Failure {
    /// Without help.
    #[must_use]
    pub fn new(id: FindingId, cause: impl Into<FailureCause>) -> Self {
        Self { id, cause: Arc::new(cause.into()), help: None }
    }

    /// The same, with what to do next.
    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// A clause in English that names the place and the cause: `no answer from 192.0.2.1:443 within 10 s`.
    #[must_use]
    pub fn message(&self) -> String {
        self.cause.to_string()
    }

    /// The program itself failed while it did this to `place`.
    pub(crate) fn by_fault(id: FindingId, place: &str, doing: Doing, fault: Fault) -> Self {
        Self::new(id, FailureCause::Fault { place: place.to_owned(), doing, fault }).with_help(Fault::HELP)
    }
}

/// What was learnt of the revocation of one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusAnswer {
    pub fingerprint: Fingerprint,
    pub status: Status,
}

/// Whether its authority takes a certificate back. Not to know is an answer of its own, and never a good one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    NotRevoked,
    Revoked {
        since: Option<OffsetDateTime>,
        /// As RFC 5280 §5.3.1 calls it.
        reason: Option<String>,
        /// The address of the CRL or of the OCSP responder.
        source: String,
    },
    /// Its authority gives no word on certificates that live so briefly.
    NotOffered,
    Unknown {
        /// A clause in English: `http://crl.example/1.crl: it took too long`.
        reason: String,
    },
}

/// What an authority answered to when one certificate should be renewed (RFC 9773).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenewalAnswer {
    pub fingerprint: Fingerprint,
    /// Without one: why, as a clause in English.
    pub window: Result<RenewalWindow, String>,
    /// The authority wants no question earlier.
    pub ask_again: OffsetDateTime,
}

/// When an authority wants a certificate to be renewed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenewalWindow {
    #[serde(with = "time::serde::rfc3339")]
    pub start: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub end: OffsetDateTime,
    /// A page that says why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
}
