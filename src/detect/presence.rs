//! A place that is watched, and what the look of a run says of it.

use std::sync::Arc;

use crate::certificate::Certificate;
use crate::event::Location;

/// A place and the certificate that stands there.
#[derive(Clone, Debug)]
pub struct TrackedCertificate {
    /// What the memory knows the place by.
    pub place: Arc<str>,
    pub location: Location,
    pub certificate: Arc<Certificate>,
    pub presence: Visibility,
}

/// What the look of this run says of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    Seen,
    /// The look failed: whether the certificate is still there is not known.
    NotSeen,
    /// Its folder was there and it was not.
    Missing,
    /// Its entry was not picked, or the time for looking was over before.
    NotLookedAt,
}
