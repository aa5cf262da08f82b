//! What registries said of domains: kept, so that none is asked more than once a day.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{History, Moment};
use crate::cause::{RegistryCause, if_known};
use crate::event::FindingId;

/// The last answer on a domain, and when to ask again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RegistrationRecord {
    /// When its end was last answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<Moment>,
    #[serde(with = "time::serde::rfc3339")]
    pub ask_again: OffsetDateTime,
    /// When the registration ends, as it was last answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Moment>,
    /// Why the last question was not answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailedQuestion>,
    /// So many questions in a row got no answer at all.
    #[serde(default)]
    pub failures: u32,
    /// Who was asked.
    pub server: String,
}

/// Why the end of a registration is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedQuestion {
    /// The message as a value.
    #[serde(default, deserialize_with = "if_known", skip_serializing_if = "Option::is_none")]
    pub cause: Option<RegistryCause>,
    pub help: String,
    pub id: FindingId,
    pub message: String,
}

impl History {
    /// Remembers what the registries answered.
    pub fn note_registrations(&mut self, asked: &BTreeMap<String, RegistrationRecord>) {
        self.registrations.extend(asked.iter().map(|(domain, record)| (domain.clone(), record.clone())));
    }
}
