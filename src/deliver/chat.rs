//! One post to a robot or service, from its webhook to the meaning of the answer: what all of them have in common.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use time::OffsetDateTime;

use super::protocol::{Call, Parcel, Protocol};
use super::secrets::{Environment, Scrubber, reveal};
use super::verdict::{Answer, Reading, Verdict};
use super::webhook::Webhook;
use super::{DeliveryError, Receipt, TimeLimits, protocol, proxy};
use crate::observe::http::{self, NoAnswer};
use crate::observe::reach::Reach;
use crate::policy::{Channel, Revealed, Robot, Secret};

/// Longer answers are none of a chat vendor.
const LONGEST_ANSWER: u64 = 64 * 1024;
/// Nobody is silenced for longer by what a server says.
const LONGEST_SILENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// A robot whose secrets are at hand.
pub(super) struct OpenRobot {
    pub(super) webhook: Webhook,
    pub(super) secret: Option<Revealed>,
    pub(super) token: Option<Revealed>,
    pub(super) to: Option<Revealed>,
    protocol: &'static dyn Protocol,
    proxy: Option<Revealed>,
    scrubber: Scrubber,
}

impl OpenRobot {
    pub(super) fn open(robot: &Robot, channel: Channel, environment: &Environment<'_>) -> Result<Self, DeliveryError> {
        let protocol = protocol::of(channel).ok_or_else(|| super::unreachable_by(channel))?;
        let mut scrubber = Scrubber::default();
        let written = get(&robot.webhook, "webhook", environment)?;
        let webhook = Webhook::parse(written.expose()).map_err(|wrong| DeliveryError::Permanent {
            reason: format!("the webhook address {wrong}"),
            help: "copy the whole address again from where it was made".to_owned(),
        })?;
        webhook.hide_in(&mut scrubber);
        let revealed = |secret: &Option<Secret>, key: &str| {
            secret.as_ref().map(|secret| get(secret, key, environment)).transpose()
        };
        let secret = revealed(&robot.secret, "secret")?;
        let token = revealed(&robot.token, "token")?;
        let to = revealed(&robot.to, "to")?;
        let proxy = match &robot.proxy {
            Some(proxy) => Some(get(proxy, "proxy", environment)?),
            None => proxy::from_environment(&webhook, environment),
        };
        for secret in [&secret, &token].into_iter().flatten() {
            scrubber.hide(secret.expose());
        }
        if let Some(credentials) = proxy.as_ref().and_then(|proxy| proxy::credentials(proxy.expose())) {
            scrubber.hide(credentials);
            scrubber.hide(credentials.split_once(':').map_or("", |(_, password)| password));
        }
        let open = Self { webhook, secret, token, to, protocol, proxy, scrubber };
        match protocol.objection(&open) {
            None => Ok(open),
            Some((reason, help)) => Err(DeliveryError::Permanent {
                reason: format!("{}: {reason}", open.webhook.host()),
                help: help.to_owned(),
            }),
        }
    }

    /// What stands for this robot wherever it is used, and gives nothing away.
    pub(super) fn name(&self) -> String {
        let parts = [&self.token, &self.to].map(|part| part.as_ref().map_or("", Revealed::expose));
        self.webhook.robot(&parts)
    }

    /// One try.
    pub(super) fn send(
        &self,
        parcel: &Parcel<'_>,
        config: Arc<ClientConfig>,
        limits: TimeLimits,
        now: OffsetDateTime,
    ) -> Result<Receipt, DeliveryError> {
        let call = self.protocol.call(self, parcel, now);
        let scrubber = self.scrubber_of_one_try(&call);
        let headers: Vec<(&str, &str)> = call.headers.iter().map(|(name, value)| (*name, value.expose())).collect();
        let body = call.body.to_string();
        let request = http::Request {
            address: call.address.expose(),
            reach: if self.webhook.is_plain { Reach::PrivateOnly } else { Reach::Anywhere },
            headers: &headers,
            body: Some(http::Body { kind: "application/json; charset=utf-8", bytes: body.as_bytes() }),
            config,
            proxy: self.proxy.as_ref().map(Revealed::expose),
            patience: limits.connection,
            limit: limits.webhook,
            longest: LONGEST_ANSWER,
        };
        let began = Instant::now();
        match http::send(&request, now) {
            // The vendor counts from when it answered.
            Ok(answer) => self.judge(&answer, &scrubber, now + began.elapsed()),
            Err(none) => Err(self.explain(none, &scrubber)),
        }
    }

    /// A signature is good for an hour: it is hidden like the secret it was made of.
    fn scrubber_of_one_try(&self, call: &Call) -> Scrubber {
        let mut scrubber = self.scrubber.clone();
        if let Ok(signed) = Webhook::parse(call.address.expose()) {
            signed.hide_in(&mut scrubber);
        }
        if let Some(sign) = call.body.get("sign").and_then(serde_json::Value::as_str) {
            scrubber.hide(sign);
        }
        call.headers.iter().for_each(|(_, value)| scrubber.hide(value.expose()));
        scrubber
    }

    fn judge(&self, answer: &Answer, scrubber: &Scrubber, now: OffsetDateTime) -> Result<Receipt, DeliveryError> {
        let Reading { verdict, said } = self.protocol.read(answer, now);
        let (host, said) = (self.webhook.host(), scrubber.said(&said));
        let refused = || format!("{host} refused it: {said}");
        match verdict {
            Verdict::Accepted => Ok(Receipt { answer: format!("{host}: {said}"), ..Receipt::default() }),
            Verdict::Busy(retry_after) => Err(DeliveryError::Transient {
                reason: format!("{host} is not taking messages now: {said}"),
                retry_after: retry_after.map(|after| after.min(LONGEST_SILENCE)),
            }),
            Verdict::Throttled(pause) => Err(DeliveryError::Throttled {
                reason: format!("{host} asks for time: {said}"),
                until: now + pause.min(LONGEST_SILENCE),
            }),
            Verdict::Setup(help) => Err(DeliveryError::Permanent { reason: refused(), help }),
            Verdict::Content(help) => Err(DeliveryError::Content { reason: refused(), help: help.to_owned() }),
            Verdict::CutOff => Err(DeliveryError::Unanswered { reason: format!("the answer of {host} was cut off") }),
        }
    }

    fn explain(&self, none: NoAnswer, scrubber: &Scrubber) -> DeliveryError {
        let host = self.webhook.host();
        match none {
            NoAnswer::NoConnection(cause) => {
                DeliveryError::NoConnection { reason: format!("no connection to {host}: {}", scrubber.said(&cause)) }
            }
            NoAnswer::Unanswered(cause) => {
                DeliveryError::Unanswered { reason: format!("no answer from {host}: {}", scrubber.said(&cause)) }
            }
            NoAnswer::Refused(reason, help) => {
                DeliveryError::Permanent { reason: format!("{host}: {reason}"), help: help.to_owned() }
            }
        }
    }
}

fn get(secret: &Secret, key: &str, environment: &Environment<'_>) -> Result<Revealed, DeliveryError> {
    reveal(secret, environment).map_err(|error| super::without_secret(&format!("`{key}`"), &error))
}
