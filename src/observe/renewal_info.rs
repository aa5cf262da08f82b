//! Asking authorities when they want certificates to be renewed: ACME renewal information (RFC 9773).

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::fetch::{AuthorityQuery, Client, Errand, Failed, Fetcher};
use super::pool;
use crate::address::Url;
use crate::certificate::{DistinguishedName, RevocationTarget};
use crate::detect;
use crate::fault::contained;
use crate::history::History;
use crate::observation::{Observation, RenewalAnswer, RenewalWindow};
use crate::policy::{Entry, Renewal};

const THREADS: usize = 8;
const LONGEST_ANSWER: u64 = 64 * 1024;
const LONGEST_PAGE: usize = 500;

/// The directories of public authorities, by the organisation that their issuers name (2026-11).
const DIRECTORIES: [(&str, &str); 6] = [
    ("Let's Encrypt", "https://acme-v02.api.letsencrypt.org/directory"),
    ("(STAGING) Let's Encrypt", "https://acme-staging-v02.api.letsencrypt.org/directory"),
    ("Google Trust Services", "https://dv.acme-v02.api.pki.goog/directory"),
    ("Google Trust Services LLC", "https://dv.acme-v02.api.pki.goog/directory"),
    ("ZeroSSL", "https://acme.zerossl.com/v2/DV90"),
    ("Actalis S.p.A.", "https://acme-api.actalis.com/acme/directory"),
];

/// RFC 9773 §4.3.2: between a minute and a day, and six hours where nothing is said.
const SOONEST: Duration = Duration::minutes(1);
const LATEST: Duration = Duration::days(1);
const USUAL: Duration = Duration::hours(6);

/// Asks for every certificate that was seen, renews by itself and has a directory, unless `history` says that it is
/// too early. `directories` are those of the policy file, by the name of the issuer; they go before those built in.
#[must_use]
pub fn ask(
    entries: &[&Entry],
    observations: &[Observation],
    directories: &BTreeMap<String, String>,
    history: &History,
    asking: &AuthorityQuery<'_>,
    now: OffsetDateTime,
) -> Vec<RenewalAnswer> {
    let by_name: BTreeMap<&str, &Entry> = entries.iter().map(|entry| (entry.name.as_str(), *entry)).collect();
    let mut seen = BTreeSet::new();
    let mut questions: Vec<Question<'_>> = Vec::new();
    for observation in observations {
        let (Ok(sight), Some(entry)) = (&observation.outcome, by_name.get(observation.entry.as_str())) else {
            continue;
        };
        let leaf = &sight.chain.leaf;
        let Some(revocation_target) = sight.revocation_target.as_deref() else { continue };
        let managed = detect::managed(entry, leaf, &observation.source, None);
        let is_early = history.renewals.get(&leaf.fingerprint).is_some_and(|record| now < record.ask_again);
        if entry.options.is_silenced || managed.renewal != Renewal::Auto || is_early {
            continue;
        }
        let (Some(directory), Some(id)) = (directory(&leaf.issuer, directories), revocation_target.renewal_id()) else {
            continue;
        };
        if seen.insert(leaf.fingerprint) {
            let client = Client { ca_file: entry.options.ca_file.as_deref() };
            questions.push(Question { revocation_target, id, directory, client });
        }
    }
    let fetcher = Fetcher::new(asking);
    let places = places(&questions, &fetcher, now);
    let answers = pool::map(
        &questions,
        THREADS,
        || (),
        |(), question| {
            let place = places.get(&(question.directory, question.client))?;
            // What is not asked in time is asked by the next run.
            let ask = || fetcher.has_time().then(|| question.ask(place, &fetcher, now));
            contained(ask).unwrap_or_else(|fault| Some(question.answer(Err((fault.to_string(), USUAL)), now)))
        },
    );
    answers.into_iter().flatten().collect()
}

struct Question<'a> {
    revocation_target: &'a RevocationTarget,
    id: String,
    directory: &'a str,
    client: Client<'a>,
}

type Places<'a> = BTreeMap<(&'a str, Client<'a>), Result<String, (String, Duration)>>;

/// What each directory names as the place of renewal information; else why there is none, and when to ask again.
fn places<'a>(questions: &[Question<'a>], fetcher: &Fetcher, now: OffsetDateTime) -> Places<'a> {
    let distinct: BTreeSet<_> = questions.iter().map(|question| (question.directory, question.client)).collect();
    let distinct: Vec<_> = distinct.into_iter().collect();
    let found = pool::map(
        &distinct,
        THREADS,
        || (),
        |(), (url, client)| {
            contained(|| place_of(url, *client, fetcher, now)).unwrap_or_else(|fault| Err((fault.to_string(), USUAL)))
        },
    );
    distinct.into_iter().zip(found).collect()
}

fn place_of(
    url: &str,
    client: Client<'_>,
    fetcher: &Fetcher,
    now: OffsetDateTime,
) -> Result<String, (String, Duration)> {
    let body = fetch(url, client, fetcher, now)?;
    let directory: Option<Directory> = serde_json::from_slice(&body.0).ok();
    match directory {
        Some(Directory { renewal_info: Some(place) }) => Ok(place.trim_end_matches('/').to_owned()),
        Some(_) => Err((format!("{url}: it offers no renewal information"), LATEST)),
        None => Err((format!("{url}: it is no ACME directory"), USUAL)),
    }
}

#[derive(Deserialize)]
struct Directory {
    #[serde(rename = "renewalInfo")]
    renewal_info: Option<String>,
}

fn fetch(
    url: &str,
    client: Client<'_>,
    fetcher: &Fetcher,
    now: OffsetDateTime,
) -> Result<(Vec<u8>, Option<std::time::Duration>), (String, Duration)> {
    let errand = Errand { url, body: None, client, needs_tls: true, longest: LONGEST_ANSWER };
    match fetcher.fetch(errand, now) {
        Ok(answer) => Ok((answer.body, answer.retry_after)),
        Err(failed) => {
            let again = match &failed {
                Failed::Status(_, again) => pause(*again),
                _ => USUAL,
            };
            Err((format!("{url}: {}", failed.clause(LONGEST_ANSWER)), again))
        }
    }
}

fn pause(asked: Option<std::time::Duration>) -> Duration {
    let asked = asked.map(|asked| Duration::try_from(asked).unwrap_or(LATEST));
    asked.map_or(USUAL, |asked| asked.clamp(SOONEST, LATEST))
}

impl Question<'_> {
    fn ask(&self, place: &Result<String, (String, Duration)>, fetcher: &Fetcher, now: OffsetDateTime) -> RenewalAnswer {
        let answered = place.clone().and_then(|place| {
            let url = format!("{place}/{}", self.id);
            let (body, again) = fetch(&url, self.client, fetcher, now)?;
            let window = window(&body).map_err(|clause| (format!("{url}: {clause}"), pause(again)))?;
            Ok((window, pause(again)))
        });
        self.answer(answered, now)
    }

    fn answer(
        &self,
        answered: Result<(RenewalWindow, Duration), (String, Duration)>,
        now: OffsetDateTime,
    ) -> RenewalAnswer {
        let (window, again) = match answered {
            Ok((window, again)) => (Ok(window), again),
            Err((clause, again)) => (Err(clause), again),
        };
        RenewalAnswer { fingerprint: self.revocation_target.fingerprint, window, ask_again: now.saturating_add(again) }
    }
}

/// RFC 9773 §4.2.
fn window(body: &[u8]) -> Result<RenewalWindow, &'static str> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Written {
        suggested_window: Ends,
        #[serde(rename = "explanationURL")]
        explanation: Option<String>,
    }
    #[derive(Deserialize)]
    struct Ends {
        start: String,
        end: String,
    }
    let written: Written = serde_json::from_slice(body).map_err(|_| "its answer is no renewal information")?;
    let moment = |text: &str| {
        let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        OffsetDateTime::from_unix_timestamp(moment.unix_timestamp()).ok()
    };
    let (Some(start), Some(end)) = (moment(&written.suggested_window.start), moment(&written.suggested_window.end))
    else {
        return Err("its renewal window has no dates");
    };
    if end <= start {
        return Err("its renewal window ends before it begins");
    }
    Ok(RenewalWindow { start, end, explanation: written.explanation.filter(|page| is_page(page)) })
}

fn is_page(text: &str) -> bool {
    Url::split(text).is_of_web() && text.len() <= LONGEST_PAGE && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The directory of the authority that `issuer` names as its organisation or common name.
fn directory<'a>(issuer: &DistinguishedName, directories: &'a BTreeMap<String, String>) -> Option<&'a str> {
    let attributes = issuer.attributes();
    let has = |name: &str| attributes.iter().any(|(kind, value)| matches!(*kind, "O" | "CN") && value == name);
    let written = directories.iter().find(|(name, _)| has(name)).map(|(_, url)| url.as_str());
    written.or_else(|| DIRECTORIES.iter().find(|(name, _)| has(name)).map(|(_, url)| *url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_follows_from_the_issuer_and_the_policy_file_goes_first() {
        let of = |issuer: &str, own| directory(&issuer.into(), own);
        let none = BTreeMap::new();
        assert_eq!(of("CN=R11,O=Let's Encrypt,C=US", &none), Some(DIRECTORIES[0].1));
        assert_eq!(of("CN=WR3,O=Google Trust Services,C=US", &none), Some(DIRECTORIES[2].1));
        assert_eq!(of("CN=Not O=Let's Encrypt", &none), None);
        let own = BTreeMap::from([
            ("Let's Encrypt".to_owned(), "https://proxy.example/dir".to_owned()),
            ("Example, Inc.".to_owned(), "https://ca.example/dir".to_owned()),
        ]);
        assert_eq!(of("CN=R11,O=Let's Encrypt,C=US", &own), Some("https://proxy.example/dir"));
        assert_eq!(of(r"CN=Issuing CA,O=Example\, Inc.", &own), Some("https://ca.example/dir"));
        assert_eq!(of(r"CN=Example\, Inc.", &own), Some("https://ca.example/dir"));
    }

    #[test]
    fn a_pause_is_neither_shorter_than_a_minute_nor_longer_than_a_day() {
        let seconds = std::time::Duration::from_secs;
        assert_eq!(pause(None), USUAL);
        assert_eq!(pause(Some(seconds(0))), SOONEST);
        assert_eq!(pause(Some(seconds(3600))), Duration::hours(1));
        assert_eq!(pause(Some(seconds(u64::MAX))), LATEST);
    }
}
