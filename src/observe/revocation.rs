//! Asking authorities whether they have taken certificates back: their CRL, or OCSP where there is none.

use std::collections::BTreeMap;
use std::sync::Arc;

use time::{Duration, OffsetDateTime};

use super::Questions;
use super::cache::Cache;
use super::fetch::{AuthorityQuery, Client, Errand, Failed, Fetcher};
use super::pool;
use super::questions::hears_revocation;
use crate::certificate::crl::{self, RevocationStatus};
use crate::certificate::{Fingerprint, RevocationTarget, ocsp};
use crate::fault::contained;
use crate::observation::{Observation, ObservedCertificate, Status, StatusAnswer, Trust};
use crate::policy::Entry;

/// Questions at the same time.
const THREADS: usize = 8;
/// A CRL up to this size, in bytes, is fetched beside others.
const USUAL_CRL: u64 = 2 * 1024 * 1024;
/// A larger one is fetched alone, so that a run never holds two of them.
const LARGEST_CRL: u64 = 64 * 1024 * 1024;
const LARGEST_OCSP_ANSWER: u64 = 64 * 1024;
/// Below this lifetime a certificate may go without any word on revocation (CA/Browser Forum, Baseline Requirements §1.6.1).
const SHORT_LIFE: Duration = Duration::days(10);

/// Asks for every certificate that was seen and whose status an entry asks for, each once. What is not verified is
/// not asked about: with `Questions::Revocation` that is an answer, too.
#[must_use]
pub fn ask(
    entries: &[&Entry],
    observations: &[Observation],
    asking: &AuthorityQuery<'_>,
    now: OffsetDateTime,
) -> Vec<StatusAnswer> {
    let mut statuses: BTreeMap<Fingerprint, Status> = BTreeMap::new();
    let mut groups: BTreeMap<(Client<'_>, &[String], Fingerprint), Group<'_>> = BTreeMap::new();
    let by_name: BTreeMap<&str, &Entry> = entries.iter().map(|entry| (entry.name.as_str(), *entry)).collect();
    for observation in observations {
        let (Ok(sight), Some(entry)) = (&observation.outcome, by_name.get(observation.entry.as_str())) else {
            continue;
        };
        let is_wanted = match asking.questions {
            Questions::None => false,
            Questions::OfSubscribers => hears_revocation(entry) && sight.revocation_target.is_some(),
            Questions::Revocation => sight.chain.leaf.is_valid(now),
        };
        let fingerprint = sight.chain.leaf.fingerprint;
        if !is_wanted || statuses.get(&fingerprint).is_some_and(|known| !is_unverified(known)) {
            continue;
        }
        match question(sight) {
            // Who subscribed to revocations is not told each day that there will be none.
            Err(Status::Unknown { reason }) if reason == NO_ADDRESS && asking.questions == Questions::OfSubscribers => {
            }
            Err(status) => {
                statuses.entry(fingerprint).or_insert(status);
            }
            Ok((revocation_target, places)) => {
                statuses.insert(fingerprint, Status::NotOffered);
                let client = Client { ca_file: entry.options.ca_file.as_deref() };
                let issuer = match places {
                    Places::Crls(_) => revocation_target.issuer.certificate.fingerprint,
                    // A responder is asked about one certificate at a time.
                    Places::Responders(_) => fingerprint,
                };
                let group = groups.entry((client, places.urls(), issuer));
                group.or_insert(Group { client, places, inquiries: Vec::new() }).inquiries.push(revocation_target);
            }
        }
    }
    let groups: Vec<Group<'_>> = groups.into_values().collect();
    for answer in answers(&groups, asking, now) {
        statuses.insert(answer.fingerprint, answer.status);
    }
    statuses.into_iter().map(|(fingerprint, status)| StatusAnswer { fingerprint, status }).collect()
}

const NO_ADDRESS: &str = "it names neither a CRL nor an OCSP responder to be asked by HTTP";
const UNVERIFIED: &str = "its chain was not verified, and only then is its authority asked";

const NO_ISSUER: &str = "it is trusted itself, and its issuer, by whose key an answer is signed, is not known";

fn is_unverified(status: &Status) -> bool {
    matches!(status, Status::Unknown { reason } if reason == UNVERIFIED || reason == NO_ISSUER)
}

#[derive(Clone, Copy)]
enum Places<'a> {
    Crls(&'a [String]),
    Responders(&'a [String]),
}

impl<'a> Places<'a> {
    fn urls(self) -> &'a [String] {
        match self {
            Self::Crls(urls) | Self::Responders(urls) => urls,
        }
    }
}

/// Certificates that the same answer speaks of.
struct Group<'a> {
    client: Client<'a>,
    places: Places<'a>,
    inquiries: Vec<&'a RevocationTarget>,
}

/// Where to ask about a certificate, or what is known without asking.
fn question(sight: &ObservedCertificate) -> Result<(&RevocationTarget, Places<'_>), Status> {
    let unknown = |reason: &str| Err(Status::Unknown { reason: reason.to_owned() });
    let Some(revocation_target) = sight.revocation_target.as_ref().map(Arc::as_ref) else {
        return match sight.trust {
            Trust::NotJudged | Trust::Distrusted { .. } => unknown(UNVERIFIED),
            // One that is a root itself has no authority that could take it back.
            Trust::Trusted | Trust::PubliclyTrusted if sight.chain.leaf.is_self_issued => Err(Status::NotOffered),
            Trust::Trusted | Trust::PubliclyTrusted => unknown(NO_ISSUER),
        };
    };
    if revocation_target.is_beyond_revocation {
        return Err(Status::NotOffered);
    }
    match revocation_target.unsupported {
        _ if !revocation_target.crls.is_empty() => Ok((revocation_target, Places::Crls(&revocation_target.crls))),
        Some(unsupported) => unknown(unsupported),
        None if !revocation_target.responders.is_empty() => {
            Ok((revocation_target, Places::Responders(&revocation_target.responders)))
        }
        None if sight.chain.leaf.lifetime() <= SHORT_LIFE => Err(Status::NotOffered),
        None => unknown(NO_ADDRESS),
    }
}

fn answers(groups: &[Group<'_>], asking: &AuthorityQuery<'_>, now: OffsetDateTime) -> Vec<StatusAnswer> {
    let fetcher = Fetcher::new(asking);
    let cache = Cache(asking.cache);
    let ask = |group: &Group<'_>, longest| {
        contained(|| group.ask(&fetcher, cache, longest, now))
            .unwrap_or_else(|fault| Err(Silence { reason: fault.to_string(), is_too_long: false }))
    };
    let first = pool::map(groups, THREADS, || (), |(), group| ask(group, USUAL_CRL));
    let mut answers = Vec::new();
    for (group, outcome) in groups.iter().zip(first) {
        let outcome = match outcome {
            Err(Silence { is_too_long: true, .. }) => ask(group, LARGEST_CRL),
            other => other,
        };
        let statuses =
            outcome.unwrap_or_else(|silence| vec![Status::Unknown { reason: silence.reason }; group.inquiries.len()]);
        let fingerprints = group.inquiries.iter().map(|revocation_target| revocation_target.fingerprint);
        answers.extend(fingerprints.zip(statuses).map(|(fingerprint, status)| StatusAnswer { fingerprint, status }));
    }
    answers
}

/// Why no place of a group says anything.
struct Silence {
    reason: String,
    is_too_long: bool,
}

impl Group<'_> {
    /// Asks one place after another until one speaks.
    fn ask(
        &self,
        fetcher: &Fetcher,
        cache: Cache<'_>,
        longest: u64,
        now: OffsetDateTime,
    ) -> Result<Vec<Status>, Silence> {
        let mut silence: Option<Silence> = None;
        for url in self.places.urls() {
            match self.ask_at(url, fetcher, cache, longest, now) {
                Ok(statuses) => return Ok(statuses),
                Err(new) => {
                    let is_too_long = new.is_too_long || silence.is_some_and(|before| before.is_too_long);
                    silence = Some(Silence { is_too_long, ..new });
                }
            }
        }
        let nothing = || Silence { reason: "it names no list and no responder to ask".to_owned(), is_too_long: false };
        Err(silence.unwrap_or_else(nothing))
    }

    /// A kept answer counts while it is fresh, and while it holds if there is no newer one.
    fn ask_at(
        &self,
        url: &str,
        fetcher: &Fetcher,
        cache: Cache<'_>,
        longest: u64,
        now: OffsetDateTime,
    ) -> Result<Vec<Status>, Silence> {
        let (question, body, longest) = match self.places {
            Places::Crls(_) => (url.to_owned(), None, longest),
            Places::Responders(_) => {
                let body = self
                    .inquiries
                    .first()
                    .map(|revocation_target| ocsp::request(revocation_target))
                    .unwrap_or_default();
                let name = self
                    .inquiries
                    .first()
                    .map(|revocation_target| revocation_target.fingerprint.to_string())
                    .unwrap_or_default();
                (format!("{url} {name}"), Some(body), LARGEST_OCSP_ANSWER)
            }
        };
        let kept =
            cache.load(&question, now).and_then(|kept| Some((self.read(&kept.bytes, url, now).ok()?, kept.is_fresh)));
        if let Some((statuses, true)) = kept {
            return Ok(statuses);
        }
        let errand = Errand {
            url,
            body: body.as_deref().map(|body| (ocsp::REQUEST_TYPE, body)),
            client: self.client,
            needs_tls: false,
            longest,
        };
        let outcome = fetcher.fetch(errand, now).map_err(|failed| Silence {
            is_too_long: failed == Failed::TooLong && longest < LARGEST_CRL && body.is_none(),
            reason: format!("{url}: {}", failed.clause(longest)),
        });
        let statuses = outcome.and_then(|answer| {
            let statuses = self.read(&answer.body, url, now);
            let statuses = statuses.map_err(|clause| Silence { reason: clause, is_too_long: false })?;
            cache.store(&question, &answer.body, now);
            Ok(statuses)
        });
        match (statuses, kept) {
            (Err(silence), Some((kept, _))) if !silence.is_too_long => Ok(kept),
            (statuses, _) => statuses,
        }
    }

    /// What `bytes` say of each certificate, or why they say nothing.
    fn read(&self, bytes: &[u8], url: &str, now: OffsetDateTime) -> Result<Vec<Status>, String> {
        let words = match (self.places, self.inquiries.first()) {
            (Places::Responders(_), Some(revocation_target)) => ocsp::read(bytes, revocation_target, now)
                .map(|reading| vec![reading.word])
                .map_err(|bad| format!("its OCSP responder at {url} {bad}"))?,
            _ => crl::read(bytes, &self.inquiries, now)
                .map(|reading| reading.words)
                .map_err(|bad| format!("its CRL at {url} {bad}"))?,
        };
        Ok(words.into_iter().map(|word| status(word, url)).collect())
    }
}

fn status(word: RevocationStatus, url: &str) -> Status {
    match word {
        RevocationStatus::NotRevoked => Status::NotRevoked,
        RevocationStatus::Revoked { since, reason } => {
            Status::Revoked { since, reason: reason.map(str::to_owned), source: url.to_owned() }
        }
    }
}
