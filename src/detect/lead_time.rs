//! From when reminders of the end may go out: the lead, its cap, and the patience with automatic renewal.

use time::{Duration, OffsetDateTime};

use super::renewal::{Managed, automatic, managed};
use crate::certificate::Certificate;
use crate::observation::RenewalWindow;
use crate::policy::{DeadlineCap, Entry, Renewal};

/// What the policy's deadline comes to for one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Before the end, as the policy asks.
    pub asked: Duration,
    /// The share of the lifetime that the lead may take.
    pub cap: DeadlineCap,
    /// Before the end: what is asked, but never more than the cap.
    pub lead: Duration,
    /// The first moment at which a reminder of the end may go out, inclusive.
    pub opens: OffsetDateTime,
    pub managed: Managed,
}

/// Whether the policy asks for reminders at `now` already, by its days alone.
#[must_use]
pub fn is_asked(entry: &Entry, certificate: &Certificate, now: OffsetDateTime) -> bool {
    certificate.effective_end().saturating_sub(entry.policy.deadline.asked(certificate.lifetime())) <= now
}

/// Works out the opening of one certificate at one place (a path or an endpoint), which its authority wants to be
/// renewed within `window`, where it says so.
#[must_use]
pub fn opening(entry: &Entry, certificate: &Certificate, source: &str, window: Option<&RenewalWindow>) -> Opening {
    let (asked, cap, lead) = capped(entry, certificate);
    let managed = managed(entry, certificate, source, window);
    let opens = opens_with(certificate, lead, Some(&managed));
    Opening { asked, cap, lead, opens, managed }
}

/// The first moment of it, inclusive.
pub(super) fn opens(
    entry: &Entry,
    certificate: &Certificate,
    source: &str,
    window: Option<&RenewalWindow>,
) -> OffsetDateTime {
    opens_with(certificate, lead(entry, certificate), automatic(entry, certificate, source, window).as_ref())
}

fn opens_with(certificate: &Certificate, lead: Duration, managed: Option<&Managed>) -> OffsetDateTime {
    let deadline = certificate.effective_end().saturating_sub(lead);
    let automatic = managed.filter(|managed| managed.renewal == Renewal::Auto);
    automatic.map_or(deadline, |managed| deadline.max(managed.late_from))
}

/// How long before the end the policy's reminders may start, where no automatic renewal puts them off.
#[must_use]
pub fn lead(entry: &Entry, certificate: &Certificate) -> Duration {
    let (.., lead) = capped(entry, certificate);
    lead
}

/// What is asked, the cap, and the lead that they come to.
fn capped(entry: &Entry, certificate: &Certificate) -> (Duration, DeadlineCap, Duration) {
    let asked = entry.policy.deadline.asked(certificate.lifetime());
    // A share of a lifetime that is not known caps nothing.
    let cap = if certificate.is_date() { DeadlineCap::None } else { entry.policy.deadline_cap };
    (asked, cap, cap.lead(asked, certificate.lifetime()))
}
