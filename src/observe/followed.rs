//! One document by https, wherever its address leads: within bounds, and from verified servers alone.

use std::path::Path;
use std::time::{Duration, Instant};

use time::OffsetDateTime;

use super::roots::Roots;
use crate::address::Url;
use crate::net::http::{self, Answer, Exchange, NoAnswer, Request};
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

/// Why there is none, as a clause.
pub(super) enum NotFetched {
    /// There was no answer.
    Unanswered(String),
    /// With another status than 200.
    Status { answer: Answer, clause: String },
}

impl Document<'_> {
    /// Its bytes, whole.
    pub(super) fn fetch(&self, now: OffsetDateTime) -> Result<Vec<u8>, NotFetched> {
        let mut address = self.address.to_owned();
        for _ in 0..=MOST_REDIRECTS {
            let Exchange { answer, is_too_long, location } = self.exchange(&address, now)?;
            let place = Url::split(&address).place.to_owned();
            let unanswered = |what: String| Err(NotFetched::Unanswered(format!("{place}: {what}")));
            match answer.status {
                200 if is_too_long => {
                    return unanswered(format!("its answer is larger than {} KiB", self.longest / 1024));
                }
                200 if !answer.is_whole => {
                    return unanswered("its answer ended too early, or took too long".to_owned());
                }
                200 => return Ok(answer.body),
                301 | 302 | 303 | 307 | 308 => match location.and_then(|location| joined(&address, &location)) {
                    Some(next) => address = next,
                    None => return unanswered("it leads to no address".to_owned()),
                },
                status => {
                    return Err(NotFetched::Status { answer, clause: format!("{place}: it answered HTTP {status}") });
                }
            }
        }
        let place = Url::split(self.address).place;
        Err(NotFetched::Unanswered(format!("{place}: it leads from one address to the next")))
    }

    fn exchange(&self, address: &str, now: OffsetDateTime) -> Result<Exchange, NotFetched> {
        let (first, url) = (Url::split(self.address), Url::split(address));
        let unanswered = |what: &str| NotFetched::Unanswered(format!("{}: {what}", url.place));
        let is_plain = url.has_scheme("http");
        let is_of_this_machine = is_this_machine(first.host) && is_this_machine(url.host);
        if (is_plain && !is_of_this_machine) || url.login.is_some() || !url.is_of_web() {
            return Err(unanswered("it is not asked: only https is"));
        }
        // What the operator named may be near; what it leads to may not, unless it is there.
        let is_own = self.is_own && url.host.eq_ignore_ascii_case(first.host);
        let limit = self.ends.saturating_duration_since(Instant::now());
        if limit.is_zero() {
            return Err(unanswered("no answer in time"));
        }
        let config = match self.ca_file {
            _ if is_plain => plain_config().map_err(|error| error.to_string()),
            Some(file) => {
                Roots::of_file(file).map_err(|cause| cause.to_string()).and_then(|roots| roots.client_config())
            }
            None => Roots::of_machine().client_config(),
        };
        let request = Request {
            address,
            reach: if is_own || is_plain { AddressScope::NoLink } else { AddressScope::PublicOnly },
            headers: &[("Accept", self.accepted)],
            body: None,
            config: config.map_err(|error| unanswered(&error))?,
            proxy: None,
            patience: PATIENCE.min(limit),
            limit,
            longest: self.longest,
        };
        http::exchange(&request, now).map_err(|none| match none {
            NoAnswer::NoConnection(cause) | NoAnswer::Unanswered(cause) | NoAnswer::Untrusted(cause) => {
                unanswered(&cause.to_string())
            }
            NoAnswer::NotTried(why) => unanswered(&why.to_string()),
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
