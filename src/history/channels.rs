//! What the channels of contacts did lately: failed, refused, asked for time.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::Moment;
use crate::cause::{self, DeliveryCause, if_known};

/// A channel that took nothing in the last runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Refusal {
    #[serde(with = "time::serde::rfc3339")]
    pub last_tried: OffsetDateTime,
    /// Runs in a row that failed.
    pub runs: u32,
    /// The reason, without any secret.
    pub reason: String,
    /// The same as a value.
    #[serde(default, deserialize_with = "if_known", skip_serializing_if = "Option::is_none")]
    pub cause: Option<DeliveryCause>,
    /// It may work in the next run: it is tried then, and not only a day later.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_pass: bool,
    /// Of the last of these runs in a row, those in which all was written and nothing was answered.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unanswered: u32,
}

impl Refusal {
    /// Why, as far as that was remembered as a value.
    #[must_use]
    pub fn cause(&self) -> DeliveryCause {
        cause::remembered(&self.reason, self.cause.as_ref())
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// The pace of a robot, over all runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ChannelRecord {
    /// Recent messages, oldest first; no more than the vendor's rate counts.
    pub sent: Vec<Moment>,
    /// It asked not to be called before.
    #[serde(with = "time::serde::rfc3339::option")]
    pub not_before: Option<OffsetDateTime>,
}
