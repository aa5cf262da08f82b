//! What services hand over, on its way to reports: clouds, cert-manager, monitors of Certificate Transparency.

mod cert_manager;
mod certspotter;
mod eventbridge;
mod eventgrid;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use super::EventKind;
use crate::certificate::{Certificate, Fingerprint};
use crate::text::words;

/// Events of one hand-over; a cluster lists no more in an hour.
const MOST: usize = 1000;
/// Names of one certificate.
const MOST_NAMES: usize = 100;

words! {
    /// Who hands something over, and in which form.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Service {
        EventBridge = "eventbridge",
        EventGrid = "eventgrid",
        CertManager = "cert-manager",
        CertSpotter = "certspotter",
    }
}

/// One event as a service tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceEvent {
    pub kind: EventKind,
    /// What the certificate may be called in the policy file, the surest first; DNS names last.
    pub names: Vec<String>,
    pub message: String,
    /// When it happened, where that is said.
    pub at: Option<OffsetDateTime>,
    /// What was issued, where it is about an issuance.
    pub issued: Option<Issued>,
}

/// What tells a certificate that was issued from others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Issued {
    /// That of the certificate, or of the one before it that a log was given.
    pub fingerprint: Option<Fingerprint>,
    /// SHA-256 of the `SubjectPublicKeyInfo`.
    pub key: Option<Fingerprint>,
    /// Lower-case hex without leading zeros.
    pub serial: Option<String>,
}

impl Issued {
    /// Whether `known` is it, or has its key: then it was asked for here.
    #[must_use]
    pub fn is(&self, known: &Certificate) -> bool {
        self.fingerprint == Some(known.fingerprint)
            || (self.key.is_some() && self.key == known.key.id)
            || self.serial.as_deref().is_some_and(|serial| serial.len() > 8 && serial == known.serial)
    }
}

/// What was handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandedOver {
    /// None of them where it was only progress, or well.
    Events(Vec<ServiceEvent>),
    /// A service asks whether it may hand over: the answer that it waits for.
    Answer(String),
}

/// Why nothing can be made of what was handed over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NotUnderstood {
    pub message: String,
    pub help: &'static str,
}

impl Service {
    /// Who is said to have reported it.
    #[must_use]
    pub const fn reporter(self) -> &'static str {
        match self {
            Self::EventBridge => "AWS Certificate Manager",
            Self::EventGrid => "Azure Key Vault",
            Self::CertManager => "cert-manager",
            Self::CertSpotter => "certspotter",
        }
    }

    const fn help(self) -> &'static str {
        match self {
            Self::EventBridge => {
                "hand over the event as EventBridge sends it: JSON with `detail-type`, from aws.acm or aws.health"
            }
            Self::EventGrid => "hand over the body of the request: an event of Microsoft.KeyVault, or an array of them",
            Self::CertManager => "hand over an Event or a Certificate: kubectl get certificates -A -o json",
            Self::CertSpotter => "call it from a script of hooks.d, or hand over the file $JSON_FILENAME",
        }
    }

    /// Reads `text`; `variable` asks the environment, in which certspotter calls its scripts.
    ///
    /// # Errors
    /// It is no event of this service that is known here, or one of several is not: then none is taken.
    pub fn read(self, text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<HandedOver, NotUnderstood> {
        let refuse = |message: String| NotUnderstood { message, help: self.help() };
        let handed_over = match self {
            Self::CertSpotter => certspotter::read(text, variable).map(HandedOver::Events),
            Self::EventBridge => json(text).and_then(|json| eventbridge::read(&json)).map(HandedOver::Events),
            Self::EventGrid => json(text).and_then(|json| eventgrid::read(&json)),
            Self::CertManager => json(text).and_then(|json| cert_manager::read(&json)).map(HandedOver::Events),
        };
        match handed_over.map_err(refuse)? {
            HandedOver::Events(events) if events.len() > MOST => {
                Err(refuse(format!("it holds {} events, and {MOST} are the most", events.len())))
            }
            HandedOver::Events(mut events) => {
                for event in &mut events {
                    event.names.truncate(MOST_NAMES);
                }
                Ok(HandedOver::Events(events))
            }
            answer @ HandedOver::Answer(_) => Ok(answer),
        }
    }
}

fn json(text: &str) -> Result<Value, String> {
    if text.trim().is_empty() {
        return Err("nothing was handed over on standard input".to_owned());
    }
    serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| format!("it is no JSON: {error}"))
}

/// A string that says something.
fn word<'v>(value: &'v Value, path: &[&str]) -> Option<&'v str> {
    let found = path.iter().try_fold(value, |value, key| value.get(key))?;
    found.as_str().map(str::trim).filter(|text| !text.is_empty())
}

/// Strings of a list.
fn words(value: &Value, key: &str) -> Vec<String> {
    let items = value.get(key).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).collect()
}

fn moment(value: &Value, path: &[&str]) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(word(value, path)?, &time::format_description::well_known::Rfc3339).ok()
}
