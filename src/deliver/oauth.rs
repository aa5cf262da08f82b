//! The access token for the mail server: asked for when a mail is to go out, kept in memory until its end, never on disk.

use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rustls::ClientConfig;
use serde_json::Value;
use time::OffsetDateTime;

use super::command::KeptBack;
use super::webhook::Webhook;
use super::{DeliveryError, TimeLimits, proxy};
use crate::cause::{ConnectionError, DeliveryCause, NotTried, ProgramEnd, ProgramError, Setting, TokenSource};
use crate::disk::{Environment, reveal};
use crate::net::connect_error::MEND_THE_CERTIFICATE;
use crate::net::form;
use crate::net::http::{self, Answer, NoAnswer};
use crate::policy::{Grant, OAuth, Revealed, Secret};
use crate::program::{self, Variables};
use crate::redactor::Redactor;
use crate::secret::Zeroizing;

/// A token that is about to end is asked for anew: the login takes a moment.
const MARGIN: Duration = Duration::from_secs(60);
/// No program and no server hands out a longer one.
const LONGEST: u64 = 64 * 1024;
const LONGEST_PROGRAM: Duration = Duration::from_secs(30);
/// A server that asks for no more is asked again in this run.
const SHORT: Duration = Duration::from_secs(60);

/// A token, and until when it is good.
pub(super) struct AccessToken {
    pub(super) value: Revealed,
    /// None where it was not said: until a server refuses it.
    ends: Option<Instant>,
}

impl AccessToken {
    pub(super) fn is_fresh(&self) -> bool {
        self.ends.is_none_or(|ends| Instant::now() < ends)
    }
}

/// Nothing is known of its end.
const fn at_hand(value: Revealed) -> AccessToken {
    AccessToken { value, ends: None }
}

/// What is needed to ask for one.
pub(super) struct TokenAccess<'a> {
    pub(super) environment: &'a Environment<'a>,
    /// What a token server is trusted by.
    pub(super) config: Option<Arc<ClientConfig>>,
    pub(super) limits: TimeLimits,
    pub(super) kept_back: KeptBack<'a>,
}

/// A new token.
pub(super) fn fetch(
    oauth: &OAuth,
    access: &TokenAccess<'_>,
    now: OffsetDateTime,
) -> Result<AccessToken, DeliveryError> {
    match oauth {
        OAuth::Token(token) => {
            let value = revealed(token, "token", access)?;
            checked(value.expose(), TokenSource::Setting(Setting::OAuth("token".to_owned()))).map(at_hand)
        }
        OAuth::Program(argv) => printed(argv, access),
        OAuth::Grant(grant) => granted(grant, access, now),
    }
}

fn revealed(secret: &Secret, key: &str, access: &TokenAccess<'_>) -> Result<Revealed, DeliveryError> {
    reveal(secret, access.environment).map_err(|error| super::without_secret(Setting::OAuth(key.to_owned()), error))
}

/// Anything else than RFC 6750 §2.1 allows would be another field of the login.
fn checked(token: &str, of: TokenSource) -> Result<Revealed, DeliveryError> {
    if !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(Revealed::new(token));
    }
    Err(DeliveryError::permanent(DeliveryCause::BadToken(of), "see that it is the token alone, on one line"))
}

fn printed(argv: &[String], access: &TokenAccess<'_>) -> Result<AccessToken, DeliveryError> {
    let program = argv.first().map_or("", String::as_str);
    let variables = Variables { added: &[], withheld: access.kept_back.variables };
    let limit = LONGEST_PROGRAM.min(access.limits.webhook);
    let most = usize::try_from(LONGEST).unwrap_or(usize::MAX);
    let ended = program::output(argv, variables, most, limit).map_err(|error| match error {
        ProgramError::TimedOut { .. } | ProgramError::Unheard(_) | ProgramError::System { .. } => {
            DeliveryError::no_connection(DeliveryCause::NoToken(error))
        }
        ProgramError::NotFound(_) | ProgramError::NoInterpreter(_) | ProgramError::NotExecutable { .. } => {
            DeliveryError::permanent(
                DeliveryCause::NoToken(error),
                "correct `command` of `token` in [email], or make the program executable",
            )
        }
    })?;
    let source = TokenSource::Program(program.to_owned());
    let Some(ended) = ended else { return checked("", source).map(at_hand) };
    if ended.end != ProgramEnd::Code(0) {
        let mut redactor = (access.kept_back.redactor)().clone();
        // It may have failed after it had the token.
        let token = Zeroizing::new(String::from_utf8_lossy(&ended.stdout).into_owned());
        redactor.hide_word(token.lines().next().unwrap_or_default().trim());
        let said = redactor.said(String::from_utf8_lossy(&ended.stderr).trim().lines().last().unwrap_or_default());
        return Err(DeliveryError::no_connection(DeliveryCause::TokenProgramFailed(program.to_owned(), said)));
    }
    let stdout = Zeroizing::new(ended.stdout);
    let printed = Revealed::new(String::from_utf8_lossy(&stdout).into_owned());
    let first = printed.expose().lines().next().unwrap_or_default().trim();
    checked(first, source).map(at_hand)
}

/// Asks the token server (RFC 6749 §4.4.2, §6).
fn granted(grant: &Grant, access: &TokenAccess<'_>, now: OffsetDateTime) -> Result<AccessToken, DeliveryError> {
    let began = Instant::now();
    let address = Webhook::parse(&grant.token_url)
        .map_err(|error| DeliveryError::permanent(DeliveryCause::BadTokenUrl(error), "write the whole address"))?;
    let opened = |secret: &Option<Secret>, key| secret.as_ref().map(|secret| revealed(secret, key, access)).transpose();
    let secret = opened(&grant.client_secret, "client-secret")?;
    let refresh = opened(&grant.refresh_token, "refresh-token")?;
    let mut redactor = Redactor::default();
    for hidden in [&secret, &refresh].into_iter().flatten() {
        redactor.hide(hidden.expose());
        redactor.hide(&form::encoded(hidden.expose()));
    }
    let ask = |in_header: bool| {
        ask(grant, &address, &Keys { secret: secret.as_ref(), refresh: refresh.as_ref(), in_header }, access, now)
    };
    let answer = ask(false).and_then(|answer| match (answer.status, &secret) {
        // Every server must know this way of the two (RFC 6749 §2.3.1); most know both.
        (401, Some(_)) => ask(true),
        _ => Ok(answer),
    });
    let host = address.host();
    let answer = answer.map_err(|none| no_answer(&host, none, &redactor))?;
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    if answer.status != 200 {
        return Err(refused(host, &answer, &body, &redactor, grant));
    }
    let is_bearer = text("token_type").is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
    let (true, Some(token)) = (is_bearer, text("access_token")) else {
        return Err(DeliveryError::permanent(DeliveryCause::WithoutToken(host), "check `token-url` in [email]"));
    };
    let lifetime = body.get("expires_in").and_then(|life| life.as_u64().or_else(|| life.as_str()?.parse().ok()));
    let ends = lifetime.and_then(|life| began.checked_add(Duration::from_secs(life).saturating_sub(MARGIN)));
    checked(token, TokenSource::Server(host)).map(|value| AccessToken { value, ends })
}

/// While there is no token no mail goes out, so that all of them wait for the next question together.
fn refused(host: String, answer: &Answer, body: &Value, redactor: &Redactor, grant: &Grant) -> DeliveryError {
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    let error = text("error").unwrap_or_default();
    let said: Vec<&str> = ["error", "error_description"].into_iter().filter_map(text).collect();
    let said = redactor.said(&format!("{} {}", answer.status, said.join(": ")));
    if !matches!(answer.status, 408 | 429 | 500..) && error != "temporarily_unavailable" {
        let help = advice(error, grant).to_owned();
        return DeliveryError::permanent(DeliveryCause::TokenRefused(host, said), help);
    }
    let reason = DeliveryCause::TokenNotNow(host, said);
    match answer.retry_after {
        Some(after) if after > SHORT => DeliveryError::Transient { reason, retry_after: Some(after) },
        _ => DeliveryError::NoConnection { reason },
    }
}

/// What a request proves itself with.
struct Keys<'a> {
    secret: Option<&'a Revealed>,
    refresh: Option<&'a Revealed>,
    /// The client's own name and secret stand in the header, not in the form.
    in_header: bool,
}

fn ask(
    grant: &Grant,
    address: &Webhook,
    keys: &Keys<'_>,
    access: &TokenAccess<'_>,
    now: OffsetDateTime,
) -> Result<Answer, NoAnswer> {
    let kind = if keys.refresh.is_some() { "refresh_token" } else { "client_credentials" };
    let mut fields = vec![("grant_type", kind)];
    if let Some(refresh) = keys.refresh {
        fields.push(("refresh_token", refresh.expose()));
    }
    if let Some(scope) = &grant.scope {
        fields.push(("scope", scope));
    }
    let mut headers = vec![("Accept", Revealed::new("application/json"))];
    match keys.secret {
        Some(secret) if keys.in_header => {
            let both = Revealed::new(format!("{}:{}", form::encoded(&grant.client_id), form::encoded(secret.expose())));
            let both = Zeroizing::new(BASE64.encode(both.expose()));
            headers.push(("Authorization", Revealed::new(format!("Basic {}", *both))));
        }
        secret => {
            fields.push(("client_id", &grant.client_id));
            if let Some(secret) = secret {
                fields.push(("client_secret", secret.expose()));
            }
        }
    }
    let form = Revealed::new(form::of(fields));
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.expose())).collect();
    let whole = address.address(&[]);
    let proxy = proxy::from_environment(address, access.environment);
    let config = access.config.clone().ok_or(NoAnswer::NotTried(NotTried::NoTls))?;
    let request = http::Request {
        address: whole.expose(),
        reach: address.reach(),
        headers: &headers,
        body: Some(http::Body { kind: form::KIND, bytes: form.expose().as_bytes(), method: http::Method::Post }),
        config,
        proxy: proxy.as_ref().map(Revealed::expose),
        patience: access.limits.connection,
        limit: access.limits.webhook,
        longest: LONGEST,
    };
    http::send(&request, now)
}

fn no_answer(host: &str, none: NoAnswer, redactor: &Redactor) -> DeliveryError {
    let cause = |error: ConnectionError| {
        DeliveryCause::NoTokenFrom(host.to_owned(), error.map_said(|said| redactor.said(said)))
    };
    match none {
        // Nothing was told to anyone: a second question does no harm.
        NoAnswer::NoConnection(error) | NoAnswer::Unanswered(error) => DeliveryError::no_connection(cause(error)),
        NoAnswer::Untrusted(error) => DeliveryError::permanent(cause(error), MEND_THE_CERTIFICATE),
        NoAnswer::NotTried(why) => DeliveryError::permanent(DeliveryCause::NotTried(host.to_owned(), why), why.help()),
    }
}

fn advice(error: &str, grant: &Grant) -> &'static str {
    match (error, &grant.refresh_token) {
        ("invalid_grant", Some(_)) => {
            "the refresh token has ended or was revoked: let the mailbox's owner agree again, and replace it"
        }
        ("invalid_client" | "unauthorized_client", _) => {
            "check `client-id` and `client-secret` in [email]: a secret ends after some months"
        }
        ("invalid_scope", _) => "check `scope` in [email]",
        _ => "check `token-url`, `client-id` and `scope` of `oauth` in [email]",
    }
}
