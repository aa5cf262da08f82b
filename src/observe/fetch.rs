//! Asking authorities: what each question may cost, where it may go, and how its failure is told.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use time::OffsetDateTime;

use super::Questions;
use super::roots::Roots;
use crate::address::Url;
use crate::net::http::{self, Answer, Body, Exchange, NoAnswer, Request};
use crate::net::reach::AddressScope;
use crate::net::roots::plain_config;

/// How authorities are asked.
#[derive(Clone, Copy, Debug)]
pub struct AuthorityQuery<'a> {
    pub questions: Questions,
    /// Where answers are kept between runs; without it nothing is kept.
    pub cache: Option<&'a Path>,
    /// For one question, from the resolution of the name to the last byte.
    pub one: Duration,
    /// For all of them.
    pub all: Duration,
    /// When asking ends, whatever is left.
    pub ends: Option<Instant>,
}

impl Default for AuthorityQuery<'_> {
    fn default() -> Self {
        Self {
            questions: Questions::OfSubscribers,
            cache: None,
            one: Duration::from_secs(20),
            all: Duration::from_secs(120),
            ends: None,
        }
    }
}

/// For a connection: an authority that is there takes it at once.
const PATIENCE: Duration = Duration::from_secs(5);

/// On whose behalf something is asked: who names a `ca-file` has an authority of their own, which may be near.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Client<'a> {
    pub ca_file: Option<&'a Path>,
}

impl Client<'_> {
    fn reach(self) -> AddressScope {
        if self.ca_file.is_some() { AddressScope::NoLink } else { AddressScope::PublicOnly }
    }
}

/// One thing to fetch.
#[derive(Clone, Copy)]
pub(super) struct Errand<'a> {
    pub url: &'a str,
    /// Posted, with its media type.
    pub body: Option<(&'static str, &'a [u8])>,
    pub client: Client<'a>,
    /// Whether the answer is worth nothing where it could have been changed on the way; then plain http goes to
    /// private addresses only.
    pub needs_tls: bool,
    /// In bytes.
    pub longest: u64,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failed {
    TooLong,
    /// With a status that is no success, and when to come again.
    Status(u16, Option<Duration>),
    /// As the end of the sentence "URL: …".
    Other(String),
}

impl Failed {
    pub(super) fn clause(&self, longest: u64) -> String {
        match self {
            Self::TooLong => format!("its answer is larger than {} KiB", longest / 1024),
            Self::Status(status @ 300..=399, _) => format!("it leads elsewhere (HTTP {status}), which is not followed"),
            Self::Status(status, _) => format!("it answered HTTP {status}"),
            Self::Other(clause) => clause.clone(),
        }
    }
}

type Config = Result<Arc<ClientConfig>, String>;

/// Everything that one round of questions shares.
pub(super) struct Fetcher {
    ends: Instant,
    one: Duration,
    configs: Mutex<BTreeMap<Option<PathBuf>, Config>>,
}

impl Fetcher {
    pub(super) fn new(asking: &AuthorityQuery<'_>) -> Self {
        let ends = Instant::now() + asking.all;
        Self { ends: asking.ends.map_or(ends, |sooner| sooner.min(ends)), one: asking.one, configs: Mutex::default() }
    }

    /// Time is left for one more question.
    pub(super) fn has_time(&self) -> bool {
        Instant::now() < self.ends
    }

    pub(super) fn fetch(&self, errand: Errand<'_>, now: OffsetDateTime) -> Result<Answer, Failed> {
        let is_plain = Url::split(errand.url).has_scheme("http");
        let reach = match (is_plain && errand.needs_tls, errand.client.ca_file) {
            (false, _) => errand.client.reach(),
            (true, Some(_)) => AddressScope::PrivateOnly,
            (true, None) => return Err(Failed::Other("it is not asked by plain http".to_owned())),
        };
        let limit = self.one.min(self.ends.saturating_duration_since(Instant::now()));
        if limit.is_zero() {
            return Err(Failed::Other("the time for questions was over".to_owned()));
        }
        let config = if is_plain {
            plain_config().map_err(|error| error.to_string())
        } else {
            self.config(errand.client.ca_file)
        };
        let request = Request {
            address: errand.url,
            reach,
            headers: &[],
            body: errand.body.map(|(kind, bytes)| Body { method: http::Method::Post, kind, bytes }),
            config: config.map_err(Failed::Other)?,
            proxy: None,
            patience: PATIENCE.min(limit),
            limit,
            longest: errand.longest,
        };
        let Exchange { answer, is_too_long, .. } = http::exchange(&request, now).map_err(|none| match none {
            NoAnswer::NoConnection(cause) | NoAnswer::Unanswered(cause) | NoAnswer::Untrusted(cause) => {
                Failed::Other(cause.to_string())
            }
            NoAnswer::NotTried(why) => Failed::Other(why.to_string()),
        })?;
        if answer.status != 200 {
            return Err(Failed::Status(answer.status, answer.retry_after));
        } else if is_too_long {
            return Err(Failed::TooLong);
        } else if !answer.is_whole {
            return Err(Failed::Other("its answer ended too early, or took too long".to_owned()));
        }
        Ok(answer)
    }

    fn config(&self, ca_file: Option<&Path>) -> Config {
        let make = || match ca_file {
            Some(path) => Roots::from_file(path).map_err(|cause| cause.to_string())?.client_config(),
            None => Roots::from_machine().client_config(),
        };
        match self.configs.lock() {
            Ok(mut configs) => configs.entry(ca_file.map(Path::to_owned)).or_insert_with(make).clone(),
            Err(_) => make(),
        }
    }
}
