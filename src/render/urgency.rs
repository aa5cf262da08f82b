//! How urgent a row is: the tiers, how long is left, and the order of kinds.

use time::OffsetDateTime;

pub(super) use crate::channels::Tier;

use crate::certificate::Certificate;
use crate::event::{AuthorityChange, Detail, EventKind, Occurrence};

/// How long until the end, or since: in hours below 48, never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    Days(i64),
    Hours(i64),
    PastHours(i64),
    PastDays(i64),
}

impl Tier {
    /// Those that dates put a certificate into.
    pub(super) const OF_THE_END: [Self; 4] = [Self::Expired, Self::Within7, Self::Within30, Self::Later];
}

/// How many certificates end in each tier, in the order of [`Tier::OF_THE_END`].
pub(super) type Totals = [usize; 4];

impl Left {
    pub(super) const fn is_past(self) -> bool {
        matches!(self, Self::PastHours(_) | Self::PastDays(_))
    }

    pub(super) fn new(certificate: &Certificate, now: OffsetDateTime) -> Self {
        let left = certificate.effective_end() - now;
        let (hours, days) = (left.whole_hours().abs(), left.whole_days().abs());
        match (certificate.is_expired(now), hours < 48) {
            (false, true) => Self::Hours(hours),
            (false, false) => Self::Days(days),
            (true, true) => Self::PastHours(hours),
            (true, false) => Self::PastDays(days),
        }
    }
}

/// It asks for action.
pub(super) fn is_urgent(occurrence: &Occurrence) -> bool {
    match &occurrence.detail {
        Detail::AuthorityChanged { changes, .. } => changes.iter().any(|change| {
            matches!(change, AuthorityChange::UsageLost { .. } | AuthorityChange::IntermediateExpires { .. })
        }),
        _ => occurrence.kind.rank() <= EventKind::Sharing.rank(),
    }
}
