//! What became of a message.

use time::OffsetDateTime;

use super::Receipt;
use crate::cause::DeliveryCause;

/// When what failed in passing is sent again, for the operator.
pub const NEXT_RUN: &str = "the next run tries again";

/// What became of a message. Whatever was not delivered stays due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Delivered {
        receipt: Receipt,
    },
    /// Not before `until`; without it: in the next run.
    Deferred {
        until: Option<OffsetDateTime>,
        reason: DeliveryCause,
    },
    Failed {
        reason: DeliveryCause,
        help: String,
    },
    /// Sent, and nothing was answered: the next run sends it again.
    Unanswered {
        reason: DeliveryCause,
    },
    /// Its turn never came.
    NotTried {
        reason: DeliveryCause,
    },
}

impl Outcome {
    /// Whether it reached all to whom it went.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        matches!(self, Self::Delivered { receipt } if receipt.refused.is_empty())
    }

    /// As JSON and metrics name it.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Delivered { .. } => "delivered",
            Self::Deferred { .. } => "deferred",
            Self::Failed { .. } => "failed",
            Self::Unanswered { .. } => "unanswered",
            Self::NotTried { .. } => "not-tried",
        }
    }

    /// Why it was not delivered.
    pub(super) const fn reason(&self) -> Option<&DeliveryCause> {
        match self {
            Self::Delivered { .. } => None,
            Self::Deferred { reason, .. }
            | Self::Failed { reason, .. }
            | Self::Unanswered { reason }
            | Self::NotTried { reason } => Some(reason),
        }
    }

    /// What the channel answered, or why there is no answer.
    #[must_use]
    pub fn detail(&self) -> String {
        match self {
            Self::Delivered { receipt } => receipt.answer.clone(),
            not_delivered => not_delivered.reason().map(DeliveryCause::to_string).unwrap_or_default(),
        }
    }
}
