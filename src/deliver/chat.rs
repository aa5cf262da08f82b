//! One post to a robot or service, from its webhook to the meaning of the answer: what all of them have in common.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use time::OffsetDateTime;

use super::redactor::Redactor;
use super::secrets::{Environment, reveal};
use super::webhook::Webhook;
use super::{DeliveryError, Receipt, TimeLimits, Warning, proxy};
use crate::channels::{
    Access, Answer, At, HttpRequest, Interpretation, Objection, Payload, Protocol, Role, TableKey, Verdict,
};
use crate::net::connect_error::MEND_THE_CERTIFICATE;
use crate::net::http::{self, NoAnswer};
use crate::net::reach::AddressScope;
use crate::policy::{Channel, ChannelConfig, Revealed, Secret, later};

/// Longer answers are none of a chat vendor.
const LONGEST_ANSWER: u64 = 64 * 1024;
/// A server silences a channel for no longer than this.
const LONGEST_SILENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// A robot whose secrets are at hand.
pub(super) struct ResolvedChannel {
    pub(super) webhook: Webhook,
    secret: Option<Revealed>,
    token: Option<Revealed>,
    to: Option<Revealed>,
    protocol: &'static dyn Protocol,
    proxy: Option<Revealed>,
    redactor: Redactor,
}

impl ResolvedChannel {
    pub(super) fn open(
        robot: &ChannelConfig,
        channel: Channel,
        environment: &Environment<'_>,
    ) -> Result<Self, DeliveryError> {
        let protocol = channel.spec().protocol.ok_or_else(|| super::unreachable_by(channel))?;
        let mut redactor = Redactor::default();
        let table = channel.spec().table.as_ref().ok_or_else(|| super::unreachable_by(channel))?;
        let key = table.address();
        let written = get(&robot.webhook, key, environment)?;
        let webhook = Webhook::parse(written.expose()).map_err(|wrong| DeliveryError::Permanent {
            reason: format!("the {} {wrong}", address_in_words(key)),
            help: how_to_write_it(key).to_owned(),
        })?;
        webhook.hide_in(&mut redactor);
        let revealed = |secret: &Option<Secret>, key: Option<&TableKey>| {
            secret.as_ref().map(|secret| get(secret, key.map_or("", |key| key.name), environment)).transpose()
        };
        let token_key = table.key(|role| role == Role::Token);
        let target_key = table.key(|role| matches!(role, Role::Target { .. }));
        let secret = revealed(&robot.secret, table.key(|role| role == Role::Signing))?;
        let token = revealed(&robot.token, token_key)?;
        let to = revealed(&robot.to, target_key)?;
        for (key, value) in [(token_key, &token), (target_key, &to)] {
            let (Some(key), Some(value)) = (key, value) else { continue };
            if let Some(Objection { message, help }) = (key.check)(value.expose()) {
                let reason = format!("{}: `{}`: {message}", webhook.host(), key.name);
                return Err(DeliveryError::Permanent { reason, help: help.to_owned() });
            }
        }
        let proxy = match &robot.proxy {
            Some(proxy) => Some(get(proxy, "proxy", environment)?),
            None => proxy::from_environment(&webhook, environment),
        };
        for secret in [&secret, &token].into_iter().flatten() {
            redactor.hide(secret.expose());
        }
        // With the name of a topic it can be read; but it may be a word.
        if let Some(to) = &to {
            redactor.hide_word(to.expose());
        }
        if let Some(credentials) = proxy.as_ref().and_then(|proxy| proxy::credentials(proxy.expose())) {
            redactor.hide(credentials);
            redactor.hide(credentials.split_once(':').map_or("", |(_, password)| password));
        }
        let open = Self { webhook, secret, token, to, protocol, proxy, redactor };
        let objection = open.webhook.objection(table.check_address).or_else(|| protocol.objection(&open.access()));
        match objection {
            None => Ok(open),
            Some(Objection { message, help }) => Err(DeliveryError::Permanent {
                reason: format!("{}: {message}", open.webhook.host()),
                help: help.to_owned(),
            }),
        }
    }

    fn access(&self) -> Access<'_> {
        Access {
            path: self.webhook.path(),
            secret: self.secret.as_ref(),
            token: self.token.as_ref(),
            to: self.to.as_ref(),
        }
    }

    fn address(&self, call: &HttpRequest) -> Revealed {
        match &call.at {
            At::Address(parameters) => self.webhook.address(parameters),
            At::Below(path) => self.webhook.below(path),
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
        payload: &Payload<'_>,
        config: &Arc<ClientConfig>,
        limits: TimeLimits,
        now: OffsetDateTime,
    ) -> Result<Receipt, DeliveryError> {
        let began = Instant::now();
        let call = self.protocol.call(&self.access(), payload, now);
        let answer = self.ask(&call, config, limits, now)?;
        let Some(detour) = self.protocol.detour(&self.access(), payload, &answer) else {
            return self.judge(&answer, &call, later(now, began.elapsed()));
        };
        let limits = TimeLimits { webhook: limits.webhook.saturating_sub(began.elapsed()), ..limits };
        let answer = self.ask(&detour.call, config, limits, now)?;
        let receipt = self.judge(&answer, &detour.call, later(now, began.elapsed()))?;
        Ok(Receipt { remark: Some(Warning { what: detour.what, help: detour.help }), ..receipt })
    }

    fn ask(
        &self,
        call: &HttpRequest,
        config: &Arc<ClientConfig>,
        limits: TimeLimits,
        now: OffsetDateTime,
    ) -> Result<Answer, DeliveryError> {
        let headers: Vec<(&str, &str)> = call.headers.iter().map(|(name, value)| (*name, value.expose())).collect();
        let (address, body) = (self.address(call), call.body.to_string());
        let request = http::Request {
            address: address.expose(),
            reach: if self.webhook.is_plain { AddressScope::PrivateOnly } else { AddressScope::Anywhere },
            headers: &headers,
            body: Some(http::Body { kind: "application/json; charset=utf-8", bytes: body.as_bytes() }),
            config: Arc::clone(config),
            proxy: self.proxy.as_ref().map(Revealed::expose),
            patience: limits.connection,
            limit: limits.webhook,
            longest: LONGEST_ANSWER,
        };
        http::send(&request, now).map_err(|none| self.explain(none, &self.scrubber_of_one_try(call)))
    }

    /// A signature is good for an hour: it is hidden like the secret it was made of.
    fn scrubber_of_one_try(&self, call: &HttpRequest) -> Redactor {
        let mut redactor = self.redactor.clone();
        if let Ok(signed) = Webhook::parse(self.address(call).expose()) {
            signed.hide_in(&mut redactor);
        }
        if let Some(sign) = call.body.get("sign").and_then(serde_json::Value::as_str) {
            redactor.hide(sign);
        }
        call.headers.iter().for_each(|(_, value)| redactor.hide(value.expose()));
        redactor
    }

    /// At `now`, when it answered: the vendor counts from then.
    fn judge(&self, answer: &Answer, call: &HttpRequest, now: OffsetDateTime) -> Result<Receipt, DeliveryError> {
        let Interpretation { verdict, said } = self.protocol.read(answer, now);
        let (host, said) = (self.webhook.host(), self.scrubber_of_one_try(call).said(&said));
        let refused = || format!("{host} refused it: {said}");
        match verdict {
            Verdict::Accepted => Ok(Receipt { answer: format!("{host}: {said}"), ..Receipt::default() }),
            Verdict::Busy(_) if is_gateway_timeout(answer.status) => Err(DeliveryError::Unanswered {
                reason: format!(
                    "a gateway in front of {host} had no answer in time, and it may have the message: {said}"
                ),
            }),
            Verdict::Busy(retry_after) => Err(DeliveryError::Transient {
                reason: format!("{host} is not taking messages now: {said}"),
                retry_after: retry_after.map(|after| after.min(LONGEST_SILENCE)),
            }),
            Verdict::Throttled(pause) => Err(DeliveryError::Throttled {
                reason: format!("{host} asks for time: {said}"),
                until: later(now, pause.min(LONGEST_SILENCE)),
            }),
            Verdict::Misconfigured(help) => Err(DeliveryError::Permanent { reason: refused(), help }),
            Verdict::Content(help) => Err(DeliveryError::Content { reason: refused(), help: help.to_owned() }),
            Verdict::CutOff => Err(DeliveryError::Unanswered { reason: format!("the answer of {host} was cut off") }),
        }
    }

    fn explain(&self, none: NoAnswer, redactor: &Redactor) -> DeliveryError {
        let host = self.webhook.host();
        match none {
            NoAnswer::NoConnection(cause) => {
                DeliveryError::NoConnection { reason: format!("no connection to {host}: {}", redactor.said(&cause)) }
            }
            NoAnswer::Unanswered(cause) => {
                DeliveryError::Unanswered { reason: format!("no answer from {host}: {}", redactor.said(&cause)) }
            }
            NoAnswer::Untrusted(cause) => DeliveryError::Permanent {
                reason: format!("no connection to {host}: {}", redactor.said(&cause)),
                help: MEND_THE_CERTIFICATE.to_owned(),
            },
            NoAnswer::Refused(reason, help) => {
                DeliveryError::Permanent { reason: format!("{host}: {reason}"), help: help.to_owned() }
            }
        }
    }
}

/// A gateway passed the request on and no answer came: 504 of RFC 9110 §15.6.5, and the 524 of Cloudflare.
const fn is_gateway_timeout(status: u16) -> bool {
    matches!(status, 504 | 524)
}

/// What the address is called, as the beginning of the sentence "the …", by the key that holds it.
fn address_in_words(key: &str) -> String {
    if key == "webhook" { "webhook address".to_owned() } else { format!("address in `{key}`") }
}

fn how_to_write_it(key: &str) -> &'static str {
    match key {
        "base-url" => "write the address of the server alone, as https://ntfy.example.com",
        "url" => "write the whole address that takes the messages",
        _ => "copy the whole address again from where it was made",
    }
}

fn get(secret: &Secret, key: &str, environment: &Environment<'_>) -> Result<Revealed, DeliveryError> {
    reveal(secret, environment).map_err(|error| super::without_secret(&format!("`{key}`"), &error))
}
