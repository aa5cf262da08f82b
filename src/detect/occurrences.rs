//! What happened between the last run and this one: the looks of this run against the memory.

use time::OffsetDateTime;

use super::context::{DetectContext, DetectInput, DetectedOccurrences};
use super::{announcements, anomalies, authority, deployment, lifecycle, put_right, series, sharing, subscriptions};

/// Compares the scene with its history.
#[must_use]
pub fn occurrences(input: &DetectInput, now: OffsetDateTime) -> DetectedOccurrences {
    let context = DetectContext::new(input, now);
    let lifecycle = lifecycle::changes(&context);
    let mut happened = anomalies::anomalies(&context);
    happened.displaced = lifecycle.displaced;
    let rollouts = deployment::rollouts(&context);
    happened.undeployed = rollouts.records;
    happened.released.extend(rollouts.released);
    let occurrences = &mut happened.occurrences;
    occurrences.extend(rollouts.recoveries);
    occurrences.extend(authority::changes(&context, &lifecycle.renewals));
    occurrences.extend(series::closings(&context, &lifecycle.renewals));
    occurrences.extend(put_right::recoveries(&context));
    occurrences.extend(put_right::renewals(&context));
    occurrences.extend(lifecycle.occurrences);
    occurrences.extend(sharing::occurrences(&context));
    occurrences.extend(subscriptions::occurrences(&context));
    occurrences.extend(authority::ageing_intermediates(&context));
    occurrences.extend(announcements::occurrences(&context));
    occurrences.extend(authority::own_version(&context));
    happened
}
