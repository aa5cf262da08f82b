//! What happens to certificates, and what looks like it and is none.

mod again;
mod alerts;
mod authorities;
mod closings;
mod deployment;
mod flapping;
mod lifecycle;
mod members;
mod monitoring;
mod own_entries;
mod private_authorities;
mod public_events;
mod recoveries;
mod sentences;
mod several_entries;
mod sharing;
mod subjects;
mod subscriptions;
mod successors;
mod trouble;
mod waited;

use certnotify::certificate::Certificate;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::support::world::certificate;

pub(crate) const NOW: OffsetDateTime = datetime!(2027-05-01 09:00 UTC);

/// All events, by mail, to `ops`; a file and an endpoint.
const WATCH: &str = r#"
    [contacts.ops]
    email = "ops@example.com"
    [policies.default]
    channels = ["email"]
    events = ["business", "alerts", "service-changes"]
    [[certificates]]
    name = "files"
    file = "/etc/ssl/*.pem"
    renewal = "manual"
    [[certificates]]
    name = "edge"
    endpoint = "edge.example"
    renewal = "manual"
"#;

/// 200 days of life, and this many left.
pub(crate) fn with_left(name: &str, days: i64) -> Certificate {
    let end = NOW + Duration::days(days);
    certificate(name, end - Duration::days(200), end)
}

pub(crate) fn day(number: i64) -> OffsetDateTime {
    NOW + Duration::days(number)
}
