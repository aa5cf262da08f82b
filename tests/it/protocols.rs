//! What endpoints speak: before TLS, what stands between, and what means harm.

mod addresses;
mod fuzzed;
mod hostile;
mod legacy;
mod modern;
mod mssql;
mod proof;
mod proxies;
mod server;
mod starttls;

use std::time::Duration;

use certnotify::observation::{Failure, Observation, ObservedCertificate};
use certnotify::observe;
use certnotify::policy::{Endpoint, EndpointOptions, Entry, EntryName, Policy, Watch};
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-11-21 08:07 UTC);
/// Enough for a server on this machine, and short enough to wait for.
const LIMIT: Duration = Duration::from_secs(20);

fn entry(endpoint: &str, options: EndpointOptions) -> Entry {
    let endpoints = vec![endpoint.parse::<Endpoint>().unwrap()];
    let watch = Watch::Endpoints { endpoints, options: EndpointOptions { ignore_trust: true, ..options }.into() };
    Entry::new(EntryName::new("edge"), watch, Policy::without_recipients())
}

fn look_at(endpoint: &str, options: EndpointOptions, limit: Duration) -> Vec<Observation> {
    let entry = entry(endpoint, options);
    let options = observe::Options { timeout: limit, ..observe::Options::default() };
    observe::entries(&[&entry], &options, NOW)
}

#[track_caller]
fn sight(endpoint: &str, options: EndpointOptions) -> ObservedCertificate {
    let observation = look_at(endpoint, options, LIMIT).remove(0);
    *observation.outcome.unwrap_or_else(|failure| panic!("{endpoint}: {}", failure.message()))
}

#[track_caller]
fn failure(endpoint: &str, options: EndpointOptions, limit: Duration) -> Failure {
    let observation = look_at(endpoint, options, limit).remove(0);
    *observation.outcome.map(|sight| sight.chain.leaf.subject.clone()).expect_err(endpoint)
}
