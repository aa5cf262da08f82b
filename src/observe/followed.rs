//! One document by https, wherever its address leads: within bounds, and from verified servers alone.

use std::path::Path;
use std::time::{Duration, Instant};

use time::OffsetDateTime;

use super::roots::Roots;
use crate::address::Url;
use crate::cause::{DocumentCause, DocumentError};
use crate::net::http::{self, Exchange, NoAnswer, Request};
use crate::net::reach::AddressScope;
use crate::net::roots::plain_config;
use crate::policy::is_this_machine;

/// RFC 7480 §5.2: a client has to expect loops.
const MOST_REDIRECTS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(5);

/// A document to fetch.
pub(super) struct Document<'a> {
    /// By https; by http only on this machine.
    pub address: &'a str,
    /// Media types.
    pub accepted: &'static str,
    /// The operator named the host: it may be near.
    pub is_own: bool,
    pub ca_file: Option<&'a Path>,
    /// In bytes.
    pub longest: u64,
    /// When it has to be there.
    pub ends: Instant,
}

/// Why there is none, and when to ask again, where a status says so.
pub(super) struct NotFetched {
    pub cause: DocumentCause,
    pub retry_after: Option<Duration>,
}

fn not_fetched(place: &str, error: DocumentError) -> NotFetched {
    NotFetched { cause: DocumentCause { place: place.to_owned(), error }, retry_after: None }
}

impl Document<'_> {
    /// Its bytes, whole.
    pub(super) fn fetch(&self, now: OffsetDateTime) -> Result<Vec<u8>, NotFetched> {
        let mut address = self.address.to_owned();
        for _ in 0..=MOST_REDIRECTS {
            let Exchange { answer, is_too_long, location } = self.exchange(&address, now)?;
            let place = Url::split(&address).place.to_owned();
            let unanswered = |error| Err(not_fetched(&place, error));
            match answer.status {
                200 if is_too_long => return unanswered(DocumentError::TooLarge(self.longest / 1024)),
                200 if !answer.is_whole => return unanswered(DocumentError::CutOff),
                200 => return Ok(answer.body),
                301 | 302 | 303 | 307 | 308 => match location.and_then(|location| joined(&address, &location)) {
                    Some(next) => address = next,
                    None => return unanswered(DocumentError::NoLocation),
                },
                status => {
                    let not_fetched = not_fetched(&place, DocumentError::Status(status));
                    return Err(NotFetched { retry_after: answer.retry_after, ..not_fetched });
                }
            }
        }
        Err(not_fetched(Url::split(self.address).place, DocumentError::TooManyRedirects))
    }

    fn exchange(&self, address: &str, now: OffsetDateTime) -> Result<Exchange, NotFetched> {
        let (first, url) = (Url::split(self.address), Url::split(address));
        let unanswered = |error| not_fetched(url.place, error);
        let is_plain = url.has_scheme("http");
        let is_of_this_machine = is_this_machine(first.host) && is_this_machine(url.host);
        if (is_plain && !is_of_this_machine) || url.login.is_some() || !url.is_of_web() {
            return Err(unanswered(DocumentError::OnlyHttps));
        }
        // What the operator named may be near; what it leads to may not, unless it is there.
        let is_own = self.is_own && url.host.eq_ignore_ascii_case(first.host);
        let limit = self.ends.saturating_duration_since(Instant::now());
        if limit.is_zero() {
            return Err(unanswered(DocumentError::NotInTime));
        }
        let config = match self.ca_file {
            _ if is_plain => plain_config().map_err(|error| error.to_string()),
            Some(file) => match Roots::from_file(file) {
                Ok(roots) => roots.client_config(),
                Err(cause) => return Err(unanswered(DocumentError::NoRoots(cause.into()))),
            },
            None => Roots::from_machine().client_config(),
        };
        let request = Request {
            address,
            reach: if is_own || is_plain { AddressScope::NoLink } else { AddressScope::PublicOnly },
            headers: &[("Accept", self.accepted)],
            body: None,
            config: config.map_err(|error| unanswered(DocumentError::NoTls(error)))?,
            proxy: None,
            patience: PATIENCE.min(limit),
            limit,
            longest: self.longest,
        };
        http::exchange(&request, now).map_err(|none| match none {
            NoAnswer::NoConnection(cause) | NoAnswer::Unanswered(cause) | NoAnswer::Untrusted(cause) => {
                unanswered(DocumentError::Connection(cause))
            }
            NoAnswer::NotTried(why) => unanswered(DocumentError::NotTried(why)),
        })
    }
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
    use super::joined;

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
