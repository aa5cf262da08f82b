//! One post to a robot or service, from its webhook to the meaning of the answer: what all of them have in common.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use time::OffsetDateTime;

use super::session::Sessions;
use super::webhook::Webhook;
use super::{DeliveryError, Receipt, Sent, TimeLimits, Warning, proxy, without_answer};
use crate::cause::{DeliveryCause, Setting};
use crate::channels::{
    Access, Answer, At, Doubt, Editor, Encoding, HttpRequest, Interpretation, LONGEST_ID, Method, Objection, Payload,
    Protocol, Role, Table, TableKey, Tracker, Verdict, WrongAddress,
};
use crate::disk::{Environment, reveal};
use crate::net::form;
use crate::net::http;
use crate::policy::{Channel, ChannelConfig, Revealed, Secret, later};
use crate::redactor::{Redactor, hide_login};
use crate::secret::Zeroizing;

/// Longer answers are none of a chat vendor.
const LONGEST_ANSWER: u64 = 64 * 1024;
/// What others wrote may stand in a list.
const LONGEST_LIST: u64 = 4 * 1024 * 1024;
/// A server silences a channel for no longer than this.
const LONGEST_SILENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// A robot whose secrets are at hand.
pub(super) struct ResolvedChannel {
    pub(super) webhook: Webhook,
    doubt: Option<Doubt>,
    secret: Option<Revealed>,
    token: Option<Revealed>,
    to: Option<Revealed>,
    details: BTreeMap<&'static str, Revealed>,
    pub(super) protocol: &'static dyn Protocol,
    tracker: Option<&'static dyn Tracker>,
    editor: Option<&'static dyn Editor>,
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
        let table = channel.spec().table.as_ref().ok_or_else(|| super::unreachable_by(channel))?;
        let key = table.address();
        let token_key = table.key(|role| role == Role::Token);
        let revealed = |secret: &Option<Secret>, key: Option<&TableKey>| {
            secret.as_ref().map(|secret| get(secret, key.map_or("", |key| key.name), environment)).transpose()
        };
        let token = revealed(&robot.token, token_key)?;
        let written = match token.as_ref().and_then(|token| server_of(token, robot, table)) {
            Some(server) => server,
            None => get(&robot.webhook, key, environment)?,
        };
        let webhook = Webhook::parse(written.expose()).map_err(|error| {
            DeliveryError::permanent(DeliveryCause::BadAddress(key.to_owned(), error), how_to_write_it(key))
        })?;
        let target_key = table.key(|role| matches!(role, Role::Target { .. }));
        let signing_key = table.key(|role| role == Role::Signing);
        let secret = revealed(&robot.secret, signing_key)?;
        let to = revealed(&robot.to, target_key)?;
        let details = robot.details.iter().map(|(key, value)| Ok((*key, get(value, key, environment)?)));
        let details = details.collect::<Result<BTreeMap<_, _>, DeliveryError>>()?;
        let detail_keys = table.keys.iter().filter(|key| matches!(key.role, Role::Detail(_)));
        let parts = [(signing_key, secret.as_ref()), (token_key, token.as_ref()), (target_key, to.as_ref())];
        for (key, value) in parts.into_iter().chain(detail_keys.map(|key| (Some(key), details.get(key.name)))) {
            check_part(key, value, &webhook)?;
        }
        let proxy = match &robot.proxy {
            Some(proxy) => Some(get(proxy, "proxy", environment)?),
            None => proxy::from_environment(&webhook, environment),
        };
        let doubt = webhook.judge(channel).map_err(|wrong| wrong_address(&webhook, channel, wrong))?;
        let redactor = redactor(&webhook, [&secret, &token], to.as_ref(), proxy.as_ref());
        let (tracker, editor) = (channel.spec().tracker, channel.spec().editor);
        Ok(Self { webhook, doubt, secret, token, to, details, protocol, tracker, editor, proxy, redactor })
    }

    pub(super) fn access<'a>(&'a self, session: Option<&'a Revealed>) -> Access<'a> {
        Access {
            path: self.webhook.path(),
            secret: self.secret.as_ref(),
            token: self.token.as_ref(),
            to: self.to.as_ref(),
            details: &self.details,
            session,
        }
    }

    fn address(&self, call: &HttpRequest) -> Revealed {
        match &call.at {
            At::Address(parameters) => self.webhook.address(parameters),
            At::Below(path) => self.webhook.below(path),
            At::Behind(path) => self.webhook.followed_by(path),
        }
    }

    /// What stands for this robot wherever it is used, and gives nothing away.
    pub(super) fn name(&self) -> String {
        let parts = [&self.token, &self.to].map(|part| part.as_ref().map_or("", Revealed::expose));
        self.webhook.robot(&parts.into_iter().chain(self.details.values().map(Revealed::expose)).collect::<Vec<_>>())
    }

    /// One try.
    pub(super) fn send(&self, payload: &Payload<'_>, attempt: &Attempt, sessions: &mut Sessions) -> Sent {
        if let Some(tracker) = self.tracker {
            return self.keep_ticket(tracker, payload, attempt);
        }
        let call = |access: &Access<'_>| self.protocol.call(access, payload, attempt.now());
        let mut asked = self.ask_in_session(&call, attempt, sessions)?;
        let (mut editor, mut remark) = (self.editor, None);
        if let Some(detour) = self.protocol.detour(&self.access(asked.session.as_ref()), payload, &asked.answer) {
            asked = self.ask(detour.call, asked.session, attempt)?;
            // Elsewhere it has a number of another room.
            editor = None;
            remark = Some((detour.what, detour.help));
        }
        let receipt = self.read(&asked, attempt)?;
        let posted = editor.and_then(|editor| editor.posted(&asked.answer)).filter(|id| id.len() <= LONGEST_ID);
        let remark = remark.or_else(|| self.protocol.remark(&asked.answer));
        let remark = remark.map(|(what, help)| Warning { what: self.said(&asked, &what), help });
        let doubt = self.doubt.map(|(what, help)| Warning { what: what.to_owned(), help: help.to_owned() });
        Ok(Receipt { posted, remark, doubt, ..receipt })
    }

    /// One try to put another message in the place of one that was sent.
    pub(super) fn edit(
        &self,
        editor: &dyn Editor,
        (id, payload): (&str, &serde_json::Value),
        attempt: &Attempt,
        sessions: &mut Sessions,
    ) -> Sent {
        let call = |access: &Access<'_>| editor.edit(access, id, payload);
        let asked = self.ask_in_session(&call, attempt, sessions)?;
        if editor.is_settled(&asked.answer) {
            return Ok(Receipt::default());
        }
        self.read(&asked, attempt)
    }

    pub(super) fn ask(
        &self,
        call: HttpRequest,
        session: Option<Revealed>,
        attempt: &Attempt,
    ) -> Result<Exchange, DeliveryError> {
        let headers: Vec<(&str, &str)> = call.headers.iter().map(|(name, value)| (*name, value.expose())).collect();
        let (address, (kind, body)) = (self.address(&call), written(&call));
        let is_question = call.method == Method::Get;
        let body = (!is_question).then_some(http::Body { method: call.method, kind, bytes: body.as_bytes() });
        let request = http::Request {
            address: address.expose(),
            reach: self.webhook.reach(),
            headers: &headers,
            body,
            config: Arc::clone(&attempt.config),
            proxy: self.proxy.as_ref().map(Revealed::expose),
            patience: attempt.limits.connection,
            limit: attempt.limits.webhook.saturating_sub(attempt.began.elapsed()),
            longest: if is_question { LONGEST_LIST } else { LONGEST_ANSWER },
        };
        match http::send(&request, attempt.now()) {
            Ok(answer) => Ok(Exchange { call, session, answer }),
            Err(none) => {
                let scrubber = self.scrubber_of_one_try(&call, session.as_ref());
                Err(without_answer(self.webhook.host(), none, &scrubber))
            }
        }
    }

    /// What the other side said, without any secret.
    pub(super) fn said(&self, asked: &Exchange, said: &str) -> String {
        self.scrubber_of_one_try(&asked.call, asked.session.as_ref()).said(said)
    }

    /// A signature is good for an hour: it is hidden like the secret it was made of.
    fn scrubber_of_one_try(&self, call: &HttpRequest, session: Option<&Revealed>) -> Redactor {
        let mut redactor = self.redactor.clone();
        if let Some(session) = session {
            redactor.hide(session.expose());
        }
        if let Ok(signed) = Webhook::parse(self.address(call).expose()) {
            signed.hide_in(&mut redactor);
        }
        if let Some(sign) = call.body.get("sign").and_then(serde_json::Value::as_str) {
            redactor.hide(sign);
        }
        call.headers.iter().for_each(|(_, value)| redactor.hide(value.expose()));
        redactor
    }

    /// What an answer means.
    pub(super) fn read(&self, asked: &Exchange, attempt: &Attempt) -> Sent {
        self.judge(asked, self.protocol.read(&asked.answer, attempt.now()), attempt)
    }

    /// What an answer that is read so means.
    pub(super) fn judge(&self, asked: &Exchange, reading: Interpretation, attempt: &Attempt) -> Sent {
        let Interpretation { verdict, said } = reading;
        let (host, said, answer) = (self.webhook.host(), self.said(asked, &said), &asked.answer);
        match verdict {
            Verdict::Accepted => Ok(Receipt { answer: format!("{host}: {said}"), ..Receipt::default() }),
            Verdict::Busy(_) if is_gateway_timeout(answer.status) => {
                Err(DeliveryError::unanswered(DeliveryCause::GatewayTimeout(host, said)))
            }
            Verdict::Busy(retry_after) => Err(DeliveryError::Transient {
                reason: if said.is_empty() {
                    DeliveryCause::NotConfirmed(host, answer.status)
                } else {
                    DeliveryCause::Busy(host, said)
                },
                retry_after: retry_after.map(|after| after.min(LONGEST_SILENCE)),
            }),
            Verdict::Throttled(pause) => Err(DeliveryError::Throttled {
                reason: DeliveryCause::Throttled(host, said),
                // The vendor counts from when it answered.
                until: later(attempt.now(), pause.min(LONGEST_SILENCE)),
            }),
            Verdict::Misconfigured(help) => Err(DeliveryError::permanent(DeliveryCause::Refused(host, said), help)),
            Verdict::Content(help) => {
                Err(DeliveryError::Content { reason: DeliveryCause::Refused(host, said), help: help.to_owned() })
            }
            Verdict::CutOff => Err(DeliveryError::unanswered(DeliveryCause::CutOff(host))),
        }
    }
}

/// Hides everything that a robot is reached by.
fn redactor(
    webhook: &Webhook,
    secrets: [&Option<Revealed>; 2],
    to: Option<&Revealed>,
    proxy: Option<&Revealed>,
) -> Redactor {
    let mut redactor = Redactor::default();
    webhook.hide_in(&mut redactor);
    for secret in secrets.into_iter().flatten() {
        redactor.hide(secret.expose());
    }
    // With the name of a topic it can be read; but it may be a word.
    if let Some(to) = to {
        redactor.hide_word(to.expose());
    }
    if let Some(proxy) = proxy {
        hide_login(proxy.expose(), &mut redactor);
    }
    redactor
}

/// Refuses what cannot be the value of its key, as far as that can be judged without asking the vendor.
fn check_part(
    key: Option<&'static TableKey>,
    value: Option<&Revealed>,
    webhook: &Webhook,
) -> Result<(), DeliveryError> {
    let (Some(key), Some(value)) = (key, value) else { return Ok(()) };
    match key.objection(value.expose()) {
        None => Ok(()),
        Some(objection) => Err(refused(webhook, Some(key.name.to_owned()), objection)),
    }
}

fn refused(webhook: &Webhook, key: Option<String>, objection: &'static Objection) -> DeliveryError {
    DeliveryError::permanent(DeliveryCause::Objection(webhook.host(), key, objection), objection.help)
}

fn wrong_address(webhook: &Webhook, channel: Channel, wrong: WrongAddress) -> DeliveryError {
    let host = webhook.host();
    match wrong {
        WrongAddress::Objection(objection) => refused(webhook, None, objection),
        WrongAddress::OfAnother(vendor) => {
            let help = format!("give the address to the key of its vendor: {vendor} = {{ webhook = … }}");
            DeliveryError::permanent(DeliveryCause::OtherVendor(host, vendor, channel), help)
        }
        WrongAddress::Incomplete(hosts) => {
            let help = format!("copy it again from where it was made: {}", hosts.whole_address(&host));
            DeliveryError::permanent(DeliveryCause::HalfAddress(host, channel), help)
        }
    }
}

/// A request, the session that it was made with, and its answer.
pub(super) struct Exchange {
    call: HttpRequest,
    pub(super) session: Option<Revealed>,
    pub(super) answer: Answer,
}

/// When one try began, and what it may use.
pub(super) struct Attempt {
    config: Arc<ClientConfig>,
    limits: TimeLimits,
    began: Instant,
    at: OffsetDateTime,
}

impl Attempt {
    pub(super) fn new(config: Arc<ClientConfig>, limits: TimeLimits, at: OffsetDateTime) -> Self {
        Self { config, limits, began: Instant::now(), at }
    }

    pub(super) fn now(&self) -> OffsetDateTime {
        later(self.at, self.began.elapsed())
    }
}

/// The media type and the text of what is sent.
fn written(call: &HttpRequest) -> (&'static str, Zeroizing<String>) {
    match call.encoding {
        Encoding::Json => ("application/json; charset=utf-8", Zeroizing::new(call.body.to_string())),
        Encoding::Form => {
            let fields = call.body.as_object().into_iter().flatten();
            let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (form::KIND, Zeroizing::new(form::of(fields.map(|(name, value)| (name, text(value))))))
        }
    }
}

/// That of the token, where no other than the usual one is written.
fn server_of(token: &Revealed, robot: &ChannelConfig, table: &Table) -> Option<Revealed> {
    let is_usual =
        |key: &&TableKey| matches!(key.role, Role::Base(Some(usual)) if robot.webhook.literal() == Some(usual));
    table.keys.iter().find(is_usual)?;
    (table.server_of_token)(token.expose()).map(Revealed::new)
}

/// The same of a login: without it there was no message.
pub(super) fn not_sent(error: DeliveryError) -> DeliveryError {
    match error {
        DeliveryError::Unanswered { reason } => DeliveryError::transient(reason),
        other => other,
    }
}

/// A gateway passed the request on and no answer came: 504 of RFC 9110 §15.6.5, and the 524 of Cloudflare.
const fn is_gateway_timeout(status: u16) -> bool {
    matches!(status, 504 | 524)
}

fn how_to_write_it(key: &str) -> &'static str {
    match key {
        "base-url" => "write the address of the server alone, as https://ntfy.example.com",
        "url" => "write the whole address that takes the messages",
        _ => "copy the whole address again from where it was made",
    }
}

fn get(secret: &Secret, key: &str, environment: &Environment<'_>) -> Result<Revealed, DeliveryError> {
    reveal(secret, environment).map_err(|error| super::without_secret(Setting::Channel(key.to_owned()), error))
}
