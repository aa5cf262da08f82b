//! What the operator wants, valid by construction: holders of a `Policies` check nothing again.

mod channel_files;
mod command;
mod contact;
mod corrections;
mod deadline;
mod digest;
mod directory;
mod document;
mod domain;
mod duration;
mod endpoint;
mod entry;
mod entry_index;
mod expiry;
mod fields;
mod foreign;
mod glob;
mod hints;
pub mod keys;
mod language;
mod lints;
mod list;
mod mailbox;
mod mask;
mod metadata;
mod name;
mod notes;
mod oauth;
mod parse;
mod path;
mod pin;
mod policy_channels;
mod printable;
mod problem;
mod protocol;
mod proxy;
mod reference;
mod refusal;
mod resolve;
mod robot;
mod schema;
mod secret;
mod secret_name;
mod settings;
mod shard;
mod source;
mod source_line;
mod syntax;
mod templates;
mod terms;
mod transport;
mod tree;
mod unread;
mod validation;
mod watched;
mod webhook;
mod window;
mod withheld;
mod zone;

pub use crate::address::{Host, NotAPlace};
pub use crate::channels::{Channel, UnknownChannel};
pub use crate::secret::{Revealed, Secret, SecretError};
pub use command::Command;
pub use corrections::why_no_mail_address;
pub use deadline::{Deadline, DeadlineCap, Frequency, NotADuration, later, parse_duration};
pub use digest::DigestTime;
pub use domain::{Domain, RdapServer, is_this_machine, rdap_server};
pub use endpoint::Endpoint;
pub use entry::EntryOptions;
pub use entry_index::EntryIndex;
pub use expiry::Expiry;
pub(crate) use glob::{Exclude, Glob, asked_for};
pub use glob::{fixed_part, has_wildcards, would_find};
pub use hints::{did_you_mean, nearest};
pub use language::Language;
pub use mailbox::address as mail_address;
pub use notes::{notes, notes_on_contacts};
pub use oauth::{Grant, OAuth};
pub use parse::{ParsedPolicy, parse};
pub use pin::{Pin, PinnedCertificate, PinnedPart, Pins, TlsaRecord};
pub use policy_channels::PolicyChannels;
pub use printable::is_unprintable;
pub use problem::{Problem, ProblemSeverity, report};
pub use protocol::{NoStartTls, Protocol};
pub use proxy::{NotAProxy, Proxy, ProxyKind, ProxyLogin};
pub use robot::ChannelConfig;
pub use schema::schema;
pub use shard::{Division, NotAShard, Shard, Site};
pub use source::{Files, SourceFile};
pub use templates::{Template, TemplateKind, Templates};
pub use unread::UnreadSource;
pub use validation::Validation;
pub use window::{NotAWindow, Window};
pub use withheld::{PROXY_VARIABLES, Withheld};
pub use zone::{UnknownZone, Zone};

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::event::{EventKind, Severity};
pub use crate::names::{ContactName, EntryName, PolicyName};
use crate::text::words;

/// The whole policy file with everything it includes.
#[derive(Clone, Debug, Default)]
pub struct Policies {
    /// The main file, absolute.
    pub file: PathBuf,
    /// When it or a file that it includes was last written: a newer one tries refused deliveries at once.
    pub modified: Option<OffsetDateTime>,
    pub settings: Settings,
    pub mail: MailTransport,
    pub templates: Templates,
    pub contacts: BTreeMap<ContactName, Contact>,
    /// In the order of the file.
    pub entries: Vec<Entry>,
    /// Includes that took in nothing: entries that were in them are not known now.
    pub unread: Vec<UnreadSource>,
    pub index: EntryIndex,
}

/// What holds for the whole run.
#[derive(Clone, Debug)]
pub struct Settings {
    pub zone: Zone,
    pub language: Language,
    pub default_contact: Option<ContactName>,
    pub state: Option<PathBuf>,
    /// The state that the command line names in its place: what a message suggests to type names it too.
    pub named_state: Option<PathBuf>,
    pub inbox: Option<PathBuf>,
    /// A directory in which a run keeps its feeds.
    pub publish: Option<PathBuf>,
    /// The ping address of a monitor that is told of each run.
    pub heartbeat: Option<Secret>,
    /// Of a whole run.
    pub time_limit: std::time::Duration,
    /// The ACME directory of each issuer that is not built in, by the organisation or the common name of the issuer.
    pub acme_directories: BTreeMap<String, String>,
    /// Where registries are asked, by the end of the domain in A-labels, before IANA's list.
    pub rdap_servers: BTreeMap<String, String>,
    /// The DNS server that forecasts ask, instead of the machine's.
    pub resolver: Option<SocketAddr>,
}

/// How mail leaves: `[email]`.
#[derive(Clone, Debug)]
pub struct MailTransport {
    pub host: Host,
    pub port: u16,
    pub tls: MailTls,
    pub ca_file: Option<PathBuf>,
    /// The name in EHLO; default: the machine's full name.
    pub helo: Option<String>,
    pub username: Option<String>,
    pub password: Option<Secret>,
    pub oauth: Option<OAuth>,
    /// RFC 5322 mailbox; default: `certnotify@` and the machine's full name.
    pub from: Option<String>,
    /// The program that mail is handed to, instead of a server.
    pub sendmail: Option<PathBuf>,
    /// When a file with one of its secrets or authorities last changed.
    pub modified: Option<OffsetDateTime>,
}

words! {
    /// When a connection to a mail server is encrypted.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum MailTls {
        /// From the first byte (RFC 8314), port 465.
        Implicit = "implicit",
        /// Required, never optional; port 587.
        StartTls = "starttls",
        /// In the clear, port 25.
        None = "none",
    }
}

/// A person or a team that is told.
#[derive(Clone, Debug)]
pub struct Contact {
    pub name: ContactName,
    /// RFC 5322 mailboxes.
    pub email: Vec<String>,
    pub language: Language,
    pub zone: Option<Zone>,
    pub robots: BTreeMap<Channel, ChannelConfig>,
    /// What mails bring beside their words.
    pub attach: BTreeSet<Attach>,
    pub command: Option<Command>,
    /// The least severity that a channel is used for, where it is used for some alone.
    pub floors: BTreeMap<Channel, Severity>,
    /// When it is told what comes, whatever its policies say.
    pub digest: Option<DigestTime>,
}

/// Severities from which on a channel may be for alone.
const FLOORS: [Severity; 2] = [Severity::Warning, Severity::Critical];

words! {
    /// What a mail has with it besides its text.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Attach {
        /// The end of each certificate as an entry of a calendar.
        Calendar = "calendar",
    }
}

/// When and by which channels the contacts of an entry are told: a named policy with the entry's own keys on top.
#[derive(Clone, Debug)]
pub struct Policy {
    pub name: PolicyName,
    /// 1 to 10.
    pub contacts: Vec<ContactName>,
    pub channels: PolicyChannels,
    pub events: BTreeSet<EventKind>,
    pub window: Window,
    pub zone: Option<Zone>,
    pub deadline: Deadline,
    pub deadline_cap: DeadlineCap,
    pub frequency: Frequency,
    /// Time left at each, longest first.
    pub milestones: Vec<Duration>,
    pub escalation: Vec<Escalation>,
    /// When its contacts are told what comes.
    pub digest: Option<DigestTime>,
}

/// More contacts once a certificate is close to its end.
#[derive(Clone, Debug)]
pub struct Escalation {
    pub within: Duration,
    /// 1 to 10.
    pub contacts: Vec<ContactName>,
    /// Its own channels, else the policy's.
    pub channels: PolicyChannels,
}

/// A `[[certificates]]` table, or one of the places that it lists.
#[derive(Clone, Debug)]
pub struct Entry {
    pub name: EntryName,
    pub watch: Watch,
    /// One for all entries without a key of their own that changes it.
    pub policy: Arc<Policy>,
    /// One for all entries of a table.
    pub options: Arc<EntryOptions>,
}

impl Entry {
    /// With notifications, and no other key of its own.
    #[must_use]
    pub fn new(name: EntryName, watch: Watch, policy: impl Into<Arc<Policy>>) -> Self {
        Self { name, watch, policy: policy.into(), options: Arc::default() }
    }

    /// By whom the chains of its files are judged. With `metadata` a `ca-file` is for the server of that: what stands in it
    /// are keys, most of them signed by themselves.
    #[must_use]
    pub fn ca_file_of_chains(&self) -> Option<&Path> {
        let is_published = self.options.metadata.is_some() || matches!(self.watch, Watch::Published(_));
        self.options.ca_file.as_deref().filter(|_| !is_published)
    }

    /// Its own from then on.
    pub fn options_mut(&mut self) -> &mut EntryOptions {
        Arc::make_mut(&mut self.options)
    }
}

impl Policy {
    /// That tells no one: of what is only looked at.
    #[must_use]
    pub fn without_recipients() -> Arc<Self> {
        static POLICY: LazyLock<Arc<Policy>> = LazyLock::new(|| {
            Arc::new(Policy {
                name: PolicyName::new("default"),
                contacts: Vec::new(),
                channels: PolicyChannels::default(),
                events: BTreeSet::new(),
                window: Window::AllDay,
                zone: None,
                deadline: Deadline::Before(Duration::days(30)),
                deadline_cap: DeadlineCap::default(),
                frequency: Frequency::Once,
                milestones: Vec::new(),
                escalation: Vec::new(),
                digest: None,
            })
        });
        Arc::clone(&POLICY)
    }
}

/// What an entry looks at.
#[derive(Clone, Debug)]
pub enum Watch {
    /// Paths, directories and globs, absolute; and globs of what to pass over.
    Files { patterns: Vec<PathBuf>, exclude: Vec<String> },
    Endpoints {
        endpoints: Vec<Endpoint>,
        /// One for all entries of a table.
        options: Arc<EndpointOptions>,
    },
    /// Nothing: the entry says itself when what it stands for ends.
    Date(Expiry),
    /// Registered domains.
    Domains(Vec<Domain>),
    /// Metadata at an address of the web.
    Published(String),
    /// A program of this machine that prints certificates.
    Program(SourceProgram),
}

/// A program that is run without a shell, for what it prints.
#[derive(Clone, Debug)]
pub struct SourceProgram {
    /// Never empty. The program is absolute, or a name that is looked for in `PATH`.
    pub argv: Vec<String>,
    /// The secrets of the policy file.
    pub withheld: Arc<Withheld>,
}

/// How endpoints are looked at.
#[derive(Clone, Debug, Default)]
pub struct EndpointOptions {
    /// The name sent in SNI and judged, instead of the endpoint's host.
    pub server_name: Option<String>,
    /// Where to connect, instead of the endpoint's host: `host` or `host:port`.
    pub connect: Option<Endpoint>,
    /// Judge names and dates only.
    pub ignore_trust: bool,
    /// Look at each address of the name, and report each.
    pub every_address: bool,
    /// Begin each connection with the header of the PROXY protocol.
    pub proxy_protocol: bool,
    pub proxy: Option<Proxy>,
    /// Shown to servers that ask for one.
    pub client: Option<ClientCertificate>,
    /// So many more endpoints of the entry, other shards look at: each is named as one of several.
    pub elsewhere: usize,
}

/// Who this machine is to servers that ask.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClientCertificate {
    /// PEM or DER, with its chain.
    pub certificate: PathBuf,
    /// PEM; may be the same file.
    pub key: PathBuf,
}

words! {
    /// Who renews a certificate.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum Renewal {
        Manual = "manual",
        Auto = "auto",
    }
}
