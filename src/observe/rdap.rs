//! Asking a registry when the registration of a domain ends: RDAP (RFC 7480, RFC 9082, RFC 9083).

use std::time::{Duration, Instant};

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::followed::{Document, NotFetched};
use crate::address::{Url, to_a_labels};
use crate::cause::{DocumentCause, DocumentError, RegistryCause};
use crate::policy::RdapServer;

/// In bytes.
const LONGEST_ANSWER: u64 = 512 * 1024;
/// A host may have so many labels too many.
const MOST_PARENTS: usize = 3;
/// Statuses (RFC 8056) of a registration that has ended, whatever date it shows.
const ENDED: [&str; 2] = ["redemption period", "pending delete"];

/// Why the end is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NotKnown {
    /// The registry answered, and that is its answer; and what to do.
    Said { cause: RegistryCause, help: String },
    /// There was no answer.
    Unanswered(RegistryCause),
    /// The server at this place wants no question for so long, where it says so.
    Busy { place: String, wait: Option<Duration> },
}

impl NotKnown {
    /// The server at `place` has no answer to whatever it is asked: it cannot be reached, is silent or wants no question. One
    /// that answers anything may know of the next domain, and so may another one to which it leads.
    pub(super) fn is_of_all(&self, place: &str) -> bool {
        let (of, is_of_all) = match self {
            Self::Said { .. } | Self::Unanswered(RegistryCause::Fault(_)) => return false,
            Self::Busy { place, .. } => (place, true),
            Self::Unanswered(RegistryCause::NoAnswer(DocumentCause { place, error })) => (place, !error.is_of_answer()),
            Self::Unanswered(_) => return true,
        };
        is_of_all && of.eq_ignore_ascii_case(place)
    }
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
                Some(_) => Err(self.strange(RegistryCause::OtherDomain)),
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
            let cause = RegistryCause::Ended((*status).to_owned());
            return Err(NotKnown::Said { cause, help: "have it restored at its registrar, now".to_owned() });
        }
        let events = object["events"].as_array().into_iter().flatten();
        let is_end = |event: &&Value| {
            event["eventAction"].as_str().is_some_and(|action| action.eq_ignore_ascii_case("expiration"))
        };
        let mut dates = events.filter(is_end).map(|event| event["eventDate"].as_str().and_then(moment)).peekable();
        if dates.peek().is_none() {
            return Err(NotKnown::Said { cause: RegistryCause::NoEnd(self.registry()), help: self.write_the_date() });
        }
        // Of several ends, the first counts.
        let ends: Option<Vec<OffsetDateTime>> = dates.collect();
        ends.and_then(|ends| ends.into_iter().min()).ok_or_else(|| self.strange(RegistryCause::BadEnd))
    }

    fn registry(&self) -> String {
        Url::split(&self.server.base).place.to_owned()
    }

    fn strange(&self, what: fn(String) -> RegistryCause) -> NotKnown {
        let help = format!("open {}domain/{} to see what it says", self.server.base, self.domain);
        NotKnown::Said { cause: what(self.registry()), help }
    }

    fn write_the_date(&self) -> String {
        format!("write the date itself: name = \"{}\" and expires = \"YYYY-MM-DD\" in place of domain", self.domain)
    }

    fn is_not_registered(&self) -> NotKnown {
        let cause = RegistryCause::NotRegistered(self.registry());
        NotKnown::Said { cause, help: "see at its registrar whether it is still yours; else take it out".to_owned() }
    }

    fn is_host_of(&self, parent: &str) -> NotKnown {
        let cause = RegistryCause::Host(parent.to_owned());
        let help = format!("write domain = \"{parent}\"; endpoint = \"{}\" watches its certificate", self.domain);
        NotKnown::Said { cause, help }
    }

    /// What the registry has of `domain`, wherever it leads.
    fn fetch(&self, domain: &str, now: OffsetDateTime) -> Result<Found, NotKnown> {
        let address = format!("{}domain/{domain}", self.server.base);
        let document = Document {
            address: &address,
            accepted: "application/rdap+json, application/json",
            is_own: self.server.is_own,
            ca_file: None,
            longest: LONGEST_ANSWER,
            ends: self.ends,
        };
        match document.fetch(now) {
            Ok(body) => {
                let object = serde_json::from_slice(&body).ok().filter(is_domain);
                let cause = || DocumentCause { place: self.registry(), error: DocumentError::NotRdap };
                object.map(Found::Object).ok_or_else(|| NotKnown::Unanswered(RegistryCause::NoAnswer(cause())))
            }
            Err(NotFetched { cause, retry_after }) => match cause.error {
                // A registry may take a host for a mistake.
                DocumentError::Status(400 | 404 | 422) => Ok(Found::Nothing),
                DocumentError::Status(429) => Err(NotKnown::Busy { place: cause.place, wait: retry_after }),
                DocumentError::Status(503) if retry_after.is_some() => {
                    Err(NotKnown::Busy { place: cause.place, wait: retry_after })
                }
                _ => Err(NotKnown::Unanswered(RegistryCause::NoAnswer(cause))),
            },
        }
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
}
