//! The end of what one look may take, and the address that is dialled.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use crate::cause::SystemError;

/// The end of everything that one look may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline(Instant);

impl Deadline {
    pub(super) fn after(limit: Duration) -> Self {
        Self(far(Instant::now(), limit))
    }

    pub(super) const fn moment(self) -> Instant {
        self.0
    }

    /// What is left, if anything is.
    pub(super) fn left(self) -> Option<Duration> {
        self.0.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    }

    /// The sooner of two.
    pub(super) fn but_before(self, other: Self) -> Self {
        Self(self.0.min(other.0))
    }

    /// Sooner by `spent`, but never before now.
    pub(super) fn less(self, spent: Duration) -> Self {
        Self(self.0.checked_sub(spent).unwrap_or(self.0))
    }

    /// An equal part of what is left for each of `count`, so that one that is silent leaves time for the others.
    pub(super) fn share(self, count: usize) -> Self {
        let left = self.left().unwrap_or_default();
        let each = left.checked_div(u32::try_from(count).unwrap_or(u32::MAX));
        Self(Instant::now() + each.unwrap_or(left))
    }
}

/// `limit` after `from`; a limit beyond what a clock can count is a year.
fn far(from: Instant, limit: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    from + limit.min(YEAR)
}

/// Why a name has no address.
#[derive(Debug)]
pub(super) enum NoAddress {
    Timeout,
    /// As the resolver says; nothing where its answer is empty.
    Unknown(Option<SystemError>),
}

/// An IPv4 address in the form of IPv6 is dialled as what it is.
pub(super) fn unmapped(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V6(six) => {
            six.to_ipv4_mapped().map_or(address, |four| SocketAddr::new(IpAddr::V4(four), address.port()))
        }
        IpAddr::V4(_) => address,
    }
}
