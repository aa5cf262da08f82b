//! Asking a registry when the registration of a domain ends: RDAP (RFC 7480, RFC 9082, RFC 9083).

use std::time::{Duration, Instant};

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::roots::Roots;
use crate::address::{Url, to_a_labels};
use crate::net::http::{self, Exchange, NoAnswer, Request};
use crate::net::reach::AddressScope;
use crate::net::roots::plain_config;
use crate::policy::{RdapServer, is_this_machine};

/// In bytes.
const LONGEST_ANSWER: u64 = 512 * 1024;
/// RFC 7480 §5.2: a client has to expect loops.
const MOST_REDIRECTS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(5);
/// A host may have so many labels too many.
const MOST_PARENTS: usize = 3;
/// Statuses (RFC 8056) of a registration that has ended, whatever date it shows.
const ENDED: [&str; 2] = ["redemption period", "pending delete"];

/// Why the end is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NotKnown {
    /// The registry answered, and that is its answer: as a sentence, and what to do.
    Said { message: String, help: String },
    /// There was no answer, as a clause.
    Unanswered(String),
    /// It wants no question for so long, where it says so.
    Busy(Option<Duration>),
}

/// One domain, in A-labels, and who is asked about it.
pub(super) struct Question<'a> {
    pub domain: &'a str,
    pub server: &'a RdapServer,
    /// When it has to be answered.
    pub ends: Instant,
}

enum Found {
    Object(Value),
    Nothing,
}

impl Question<'_> {
    /// When the registration ends.
    pub(super) fn ask(&self, now: OffsetDateTime) -> Result<OffsetDateTime, NotKnown> {
        let domain = self.domain;
        match self.fetch(domain, now)? {
            Found::Object(object) => match named(&object).filter(|named| named != domain) {
                Some(parent) if domain.ends_with(&format!(".{parent}")) => Err(self.is_host_of(&parent)),
                Some(_) => Err(self.strange("answered about another domain")),
                None => self.end(&object),
            },
            Found::Nothing => {
                let parent = self.parents().find(|parent| {
                    let found = self.fetch(parent, now);
                    matches!(found, Ok(Found::Object(object)) if named(&object).is_none_or(|named| named == *parent))
                });
                Err(parent.map_or_else(|| self.is_not_registered(), |parent| self.is_host_of(parent)))
            }
        }
    }

    /// What stands behind its first labels, down to the one below the top.
    fn parents(&self) -> impl Iterator<Item = &str> {
        let parents =
            std::iter::successors(Some(self.domain), |name| name.split_once('.').map(|(_, parent)| parent)).skip(1);
        parents.take_while(|parent| parent.contains('.')).take(MOST_PARENTS)
    }

    fn end(&self, object: &Value) -> Result<OffsetDateTime, NotKnown> {
        let mut statuses = object["status"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let ended = statuses.find_map(|status| ENDED.iter().find(|ended| ended.eq_ignore_ascii_case(status)));
        if let Some(status) = ended {
            let message = format!("its registration has ended: for the registry it is in \"{status}\"");
            return Err(NotKnown::Said { message, help: "have it restored at its registrar, now".to_owned() });
        }
        let events = object["events"].as_array().into_iter().flatten();
        let is_end = |event: &&Value| {
            event["eventAction"].as_str().is_some_and(|action| action.eq_ignore_ascii_case("expiration"))
        };
        let mut dates = events.filter(is_end).map(|event| event["eventDate"].as_str().and_then(moment)).peekable();
        if dates.peek().is_none() {
            let message = format!("{} does not say when the registration ends", self.registry());
            return Err(NotKnown::Said { message, help: self.write_the_date() });
        }
        // Of several ends, the first counts.
        let ends: Option<Vec<OffsetDateTime>> = dates.collect();
        ends.and_then(|ends| ends.into_iter().min()).ok_or_else(|| self.strange("gave an end that is no date"))
    }

    fn registry(&self) -> String {
        format!("the registry at `{}`", Url::split(&self.server.base).place)
    }

    fn strange(&self, what: &str) -> NotKnown {
        let help = format!("open {}domain/{} to see what it says", self.server.base, self.domain);
        NotKnown::Said { message: format!("{} {what}", self.registry()), help }
    }

    fn write_the_date(&self) -> String {
        format!("write the date itself: name = \"{}\" and expires = \"YYYY-MM-DD\" in place of domain", self.domain)
    }

    fn is_not_registered(&self) -> NotKnown {
        let message = format!("it is not registered: {} knows no such domain", self.registry());
        NotKnown::Said { message, help: "see at its registrar whether it is still yours; else take it out".to_owned() }
    }

    fn is_host_of(&self, parent: &str) -> NotKnown {
        let message = format!("it is a host of the registered domain `{parent}`, and has no registration of its own");
        let help = format!("write domain = \"{parent}\"; endpoint = \"{}\" watches its certificate", self.domain);
        NotKnown::Said { message, help }
    }

    /// What the registry has of `domain`, wherever it leads.
    fn fetch(&self, domain: &str, now: OffsetDateTime) -> Result<Found, NotKnown> {
        let mut address = format!("{}domain/{domain}", self.server.base);
        for _ in 0..=MOST_REDIRECTS {
            let Exchange { answer, is_too_long, location } = self.exchange(&address, now)?;
            let status = answer.status;
            let place = Url::split(&address).place.to_owned();
            let unanswered = |what: String| NotKnown::Unanswered(format!("{place}: {what}"));
            match status {
                200 if is_too_long => {
                    return Err(unanswered(format!("its answer is larger than {} KiB", LONGEST_ANSWER / 1024)));
                }
                200 if !answer.is_whole => {
                    return Err(unanswered("its answer ended too early, or took too long".to_owned()));
                }
                200 => {
                    let object = serde_json::from_slice(&answer.body).ok().filter(is_domain);
                    return object.map(Found::Object).ok_or_else(|| unanswered("its answer is no RDAP".to_owned()));
                }
                301 | 302 | 303 | 307 | 308 => {
                    let next = location.and_then(|location| joined(&address, &location));
                    address = next.ok_or_else(|| unanswered("it leads to no address".to_owned()))?;
                }
                // A registry may take a host for a mistake.
                400 | 404 | 422 => return Ok(Found::Nothing),
                429 => return Err(NotKnown::Busy(answer.retry_after)),
                503 if answer.retry_after.is_some() => return Err(NotKnown::Busy(answer.retry_after)),
                _ => return Err(unanswered(format!("it answered HTTP {status}"))),
            }
        }
        Err(NotKnown::Unanswered(format!("{} leads from one address to the next", self.registry())))
    }

    fn exchange(&self, address: &str, now: OffsetDateTime) -> Result<Exchange, NotKnown> {
        let (base, url) = (Url::split(&self.server.base), Url::split(address));
        let unanswered = |what: &str| NotKnown::Unanswered(format!("{}: {what}", url.place));
        let is_plain = url.has_scheme("http");
        let is_of_this_machine = is_this_machine(base.host) && is_this_machine(url.host);
        if (is_plain && !is_of_this_machine) || url.login.is_some() || !url.is_of_web() {
            return Err(unanswered("it is not asked: only https is"));
        }
        // What the operator named may be near; what a registry leads to may not, unless it is there.
        let is_own = self.server.is_own && url.host.eq_ignore_ascii_case(base.host);
        let limit = self.ends.saturating_duration_since(Instant::now());
        if limit.is_zero() {
            return Err(unanswered("no answer in time"));
        }
        let config = if is_plain {
            plain_config().map_err(|error| error.to_string())
        } else {
            Roots::of_machine().client_config()
        };
        let request = Request {
            address,
            reach: if is_own || is_plain { AddressScope::NoLink } else { AddressScope::PublicOnly },
            headers: &[("Accept", "application/rdap+json, application/json")],
            body: None,
            config: config.map_err(|error| unanswered(&error))?,
            proxy: None,
            patience: PATIENCE.min(limit),
            limit,
            longest: LONGEST_ANSWER,
        };
        http::exchange(&request, now).map_err(|none| match none {
            NoAnswer::NoConnection(clause) | NoAnswer::Unanswered(clause) | NoAnswer::Untrusted(clause) => {
                unanswered(&clause)
            }
            NoAnswer::Refused(clause, _) => unanswered(clause),
        })
    }
}

/// RFC 9083 §5.3.
fn is_domain(object: &Value) -> bool {
    object.is_object()
        && object["errorCode"].is_null()
        && object["objectClassName"].as_str().is_none_or(|class| class.eq_ignore_ascii_case("domain"))
}

/// The domain that an answer is about, in A-labels.
fn named(object: &Value) -> Option<String> {
    let name = object["ldhName"].as_str().or_else(|| object["unicodeName"].as_str())?;
    Some(to_a_labels(name).unwrap_or_default())
}

/// RFC 3339, to the second; without an offset it is UTC.
fn moment(text: &str) -> Option<OffsetDateTime> {
    let text = text.trim();
    let parsed = OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339))
        .or_else(|_| OffsetDateTime::parse(&format!("{text}T00:00:00Z"), &Rfc3339));
    let moment = OffsetDateTime::from_unix_timestamp(parsed.ok()?.unix_timestamp()).ok()?;
    (1970..=9998).contains(&moment.year()).then_some(moment)
}

/// Where `location` leads from `address`.
fn joined(address: &str, location: &str) -> Option<String> {
    let is_fine = location.len() <= 2000 && location.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_fine {
        return None;
    }
    if location.starts_with('/') && !location.starts_with("//") {
        let url = Url::split(address);
        return Some(format!("{}://{}{location}", url.scheme?, url.place));
    }
    Url::split(location).is_of_web().then(|| location.to_owned())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn an_end_is_read_to_the_second_in_every_zone_and_nothing_else_is_one() {
        assert_eq!(moment("2027-08-13T04:00:00Z"), Some(datetime!(2027-08-13 4:00 UTC)));
        assert_eq!(moment("2027-08-13T04:00:00.123456+08:00"), Some(datetime!(2027-08-12 20:00 UTC)));
        assert_eq!(moment("2027-08-13T04:00:00"), Some(datetime!(2027-08-13 4:00 UTC)));
        assert_eq!(moment("2027-08-13"), Some(datetime!(2027-08-13 0:00 UTC)));
        for wrong in ["", "soon", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2027-02-30", "1786593600"] {
            assert_eq!(moment(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_answer_leads_within_its_server_or_to_a_whole_address() {
        let from = "https://rdap.example/v1/domain/a.example";
        assert_eq!(joined(from, "/v2/x").as_deref(), Some("https://rdap.example/v2/x"));
        assert_eq!(joined(from, "https://other.example/x").as_deref(), Some("https://other.example/x"));
        for wrong in ["", "x", "//other.example/x", "file:///etc/passwd", "ftp://a/", "https://a/ b", "/\u{1b}[2J"] {
            assert_eq!(joined(from, wrong), None, "{wrong}");
        }
    }
}
