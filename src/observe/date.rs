//! Looking at a date: the entry says itself when what it stands for ends.

use std::sync::Arc;

use crate::certificate::{Certificate, Chain};
use crate::event::WRITTEN_DATE;
use crate::observation::{OF_DATES, Observation, ObservedCertificate};
use crate::policy::{Entry, Watch};

/// What the entry says, where it is a date.
pub(super) fn look(entry: &Entry) -> Option<Observation> {
    let Watch::Date(expiry) = &entry.watch else { return None };
    let (name, written) = (entry.name.as_str(), expiry.to_string());
    let leaf = Certificate::from_date(name, &written, expiry.at);
    Some(Observation {
        entry: entry.name.clone(),
        name: name.into(),
        place: format!("{OF_DATES}{name}").into(),
        source: format!("{WRITTEN_DATE}\"{written}\"").into(),
        is_endpoint: false,
        on_disk: None,
        is_reached: true,
        outcome: Ok(Box::new(alone(leaf))),
    })
}

/// A date, of which nothing else can be seen.
pub(super) fn alone(leaf: Certificate) -> ObservedCertificate {
    ObservedCertificate::new(Chain { leaf: Arc::new(leaf), rest: Box::default() })
}
