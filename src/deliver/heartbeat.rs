//! The heartbeat: a monitor elsewhere hears that a run began and how it ended, so that a silence is noticed.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use time::OffsetDateTime;

use super::webhook::Webhook;
use super::{DeliveryError, proxy, trust, without_answer};
use crate::channels::Answer;
use crate::disk::{Environment, reveal};
use crate::net::http;
use crate::policy::{Revealed, Secret};
use crate::redactor::{Redactor, hide_login};

/// What the monitor is told, by what stands behind its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PingKind {
    /// `/start`
    Start,
    /// Nothing.
    Success,
    /// `/fail`
    Failure,
}

/// How long one beat may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BeatLimits {
    /// With all its tries.
    pub whole: Duration,
    /// After the first try; after the second, twice as long.
    pub pause: Duration,
}

impl Default for BeatLimits {
    fn default() -> Self {
        Self { whole: Duration::from_secs(10), pause: Duration::from_millis(500) }
    }
}

/// Why the monitor was not told, and the way out. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct LostBeat {
    pub reason: String,
    pub help: String,
}

/// A monitor that can be told.
pub struct Heartbeat {
    address: Webhook,
    proxy: Option<Revealed>,
    config: Arc<ClientConfig>,
    redactor: Redactor,
    limits: BeatLimits,
}

impl fmt::Debug for Heartbeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heartbeat").field("address", &self.address).finish_non_exhaustive()
    }
}

const TOLD_AGAIN: &str = "the next run tells it again";

/// What one try came to.
enum Try {
    Told,
    /// It may go better at once.
    Again(LostBeat),
    Lost(LostBeat),
}

impl Heartbeat {
    const TRIES: u32 = 3;
    /// Of the answer, which says nothing that is needed.
    const LONGEST_ANSWER: u64 = 16 * 1024;

    /// # Errors
    /// The address is not to be had, or is none.
    pub fn new(secret: &Secret, environment: &Environment<'_>, limits: BeatLimits) -> Result<Self, LostBeat> {
        const SETTING: &str = "`heartbeat` in [settings]";
        let lost = |reason: String, help: &str| LostBeat { reason, help: help.to_owned() };
        let written = reveal(secret, environment)
            .map_err(|error| lost(format!("{SETTING}: {}", error.in_full()), error.help()))?;
        let address = Webhook::parse(written.expose()).map_err(|wrong| {
            lost(format!("{SETTING}: the address {wrong}"), "copy the ping address from the monitor's settings")
        })?;
        let config = trust::client_config(None).map_err(|error| lost(format!("{SETTING}: {error}"), ""))?;
        let proxy = proxy::from_environment(&address, environment);
        let mut redactor = Redactor::default();
        address.hide_in(&mut redactor);
        if let Some(proxy) = &proxy {
            hide_login(proxy.expose(), &mut redactor);
        }
        Ok(Self { address, proxy, config, redactor, limits })
    }

    /// Tells the monitor, with a `body` for people. It is tried three times, and never for longer than the limit.
    ///
    /// # Errors
    /// The monitor did not hear of it.
    pub fn tell(&self, beat: PingKind, body: &str, now: OffsetDateTime) -> Result<(), LostBeat> {
        let deadline = Instant::now() + self.limits.whole;
        let address = self.address.followed_by(match beat {
            PingKind::Start => "/start",
            PingKind::Success => "",
            PingKind::Failure => "/fail",
        });
        let mut pause = self.limits.pause;
        let mut tries = 0;
        loop {
            tries += 1;
            let left = deadline.saturating_duration_since(Instant::now());
            let lost = match self.try_once(&address, body, left, now) {
                Try::Told => return Ok(()),
                Try::Lost(lost) => return Err(lost),
                Try::Again(lost) => lost,
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if tries == Self::TRIES || left <= pause {
                return Err(lost);
            }
            std::thread::sleep(pause);
            pause *= 2;
        }
    }

    fn try_once(&self, address: &Revealed, body: &str, limit: Duration, now: OffsetDateTime) -> Try {
        let request = http::Request {
            address: address.expose(),
            reach: self.address.reach(),
            headers: &[],
            body: Some(http::Body {
                method: http::Method::Post,
                kind: "text/plain; charset=utf-8",
                bytes: body.as_bytes(),
            }),
            config: Arc::clone(&self.config),
            proxy: self.proxy.as_ref().map(Revealed::expose),
            patience: limit,
            limit,
            longest: Self::LONGEST_ANSWER,
        };
        let explain = |none| without_answer(self.address.host(), none, &self.redactor);
        match http::send(&request, now).map_err(explain) {
            Ok(answer) => self.judge(&answer),
            Err(DeliveryError::Permanent { reason, help }) => Try::Lost(LostBeat { reason: reason.to_string(), help }),
            // It may have heard: a second start or end does no harm.
            Err(error) => Try::Again(LostBeat { reason: error.to_string(), help: TOLD_AGAIN.to_owned() }),
        }
    }

    fn judge(&self, answer: &Answer) -> Try {
        let reason = format!("{} answered HTTP {}", self.address.host(), answer.status);
        let lost = |help: &str| LostBeat { reason: reason.clone(), help: help.to_owned() };
        match answer.status {
            200..=299 => Try::Told,
            300..=399 => Try::Lost(lost("redirects are not followed: write the address that it leads to")),
            408 | 429 | 500.. => Try::Again(lost(TOLD_AGAIN)),
            _ => Try::Lost(lost("copy the ping address again from the monitor's settings")),
        }
    }
}
