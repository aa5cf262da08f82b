//! Changes of the authorities behind the certificates, and of certnotify itself.

use std::collections::{BTreeMap, BTreeSet};

use super::context::DetectContext;
use super::lead_time::lead;
use super::lifecycle::Renewal;
use crate::certificate::{Certificate, Fingerprint};
use crate::event::{AuthorityChange, Detail, EventKind, Evidence, Location, Occurrence};
use crate::observation::Trust;

/// The version that runs.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What differs after the renewals of this run, an occurrence for each difference.
pub(super) fn changes(context: &DetectContext, renewals: &[Renewal]) -> Vec<Occurrence> {
    if renewals.is_empty() {
        return Vec::new();
    }
    let known: BTreeSet<&str> = context
        .history()
        .issuers
        .keys()
        .map(String::as_str)
        .chain(context.history().certificates.values().map(|record| record.facts.issuer.as_str()))
        .collect();
    let mut groups: BTreeMap<String, (Renewal, Vec<AuthorityChange>, Vec<Location>)> = BTreeMap::new();
    for renewal in renewals {
        let changes = changes_of(renewal, &known);
        if changes.is_empty() {
            continue;
        }
        let is_of_the_issuer = changes.iter().all(|change| matches!(change, AuthorityChange::Issuer { .. }));
        let key = if is_of_the_issuer {
            format!("issuer {}", renewal.new.leaf().issuer)
        } else {
            changes.iter().map(summary).collect::<Vec<_>>().join(", ")
        };
        let (_, _, locations) = groups.entry(key).or_insert_with(|| (*renewal, changes, Vec::new()));
        locations.extend(context.locations(renewal.new));
    }
    let occurrence =
        |(key, (renewal, changes, locations)): (String, (Renewal, Vec<AuthorityChange>, Vec<Location>))| {
            let subject = if key.starts_with("issuer ") { key } else { format!("{key} {}", renewal.old.fingerprint) };
            let detail = Detail::AuthorityChanged { new: Box::new(renewal.new.leaf().clone()), changes };
            context.observed(EventKind::CaChange, subject, Some(renewal.old), locations, detail)
        };
    groups.into_iter().map(occurrence).collect()
}

fn summary(change: &AuthorityChange) -> String {
    match change {
        AuthorityChange::Issuer { to, .. } => format!("issuer {to}"),
        AuthorityChange::Root { to, .. } => format!("root {to}"),
        AuthorityChange::UsageLost { usage } => format!("without {usage}"),
        AuthorityChange::IntermediateExpires { subject, .. } => format!("end of {subject}"),
    }
}

fn changes_of(renewal: &Renewal, known: &BTreeSet<&str>) -> Vec<AuthorityChange> {
    let (old, new) = (renewal.old, renewal.new.leaf());
    let mut changes = Vec::new();
    // A certificate that signs itself has no issuer that could change.
    let is_issued = !new.is_self_issued && old.issuer != new.issuer;
    // Intermediates drawn at random come back: only one that was never seen is news.
    if is_issued && !known.contains(new.issuer.as_str()) {
        changes.push(AuthorityChange::Issuer { from: old.issuer.to_string(), to: new.issuer.to_string() });
    }
    if let (Some(from), Some(to), true) = (&renewal.record.root, renewal.new.sight.chain.root(), !new.is_self_issued)
        && from != to
    {
        changes.push(AuthorityChange::Root { from: from.to_string(), to: to.to_string() });
    }
    // Without the extension everything is allowed.
    if !new.usages.is_empty() && !new.usages.iter().any(|usage| usage == "any") {
        let lost = old.usages.iter().filter(|usage| !new.usages.contains(usage));
        changes.extend(lost.map(|usage| AuthorityChange::UsageLost { usage: usage.to_string() }));
    }
    changes
}

/// Intermediates that end soon: each is told once, with the certificates that hang on it.
pub(super) fn ageing_intermediates(context: &DetectContext) -> Vec<Occurrence> {
    let mut ageing: BTreeMap<Fingerprint, (&Certificate, &Certificate, Vec<Location>)> = BTreeMap::new();
    for shown in &context.shown {
        let (leaf, observation) = (shown.leaf(), shown.observation);
        let Some(entry) = context.entries.get(observation.entry.as_str()) else { continue };
        let is_trusted = matches!(shown.sight.trust, Trust::Trusted | Trust::PubliclyTrusted);
        for issuer in shown.sight.chain.rest.iter().filter(|issuer| !issuer.is_self_issued) {
            let ends_soon = issuer.not_after - context.now <= lead(entry, issuer);
            // One that has expired under a chain that is trusted all the same is needed by no one.
            let is_needed = !(is_trusted && issuer.is_expired(context.now));
            // What ends with the leaf goes with its renewal.
            if ends_soon && is_needed && leaf.is_valid(context.now) {
                let (_, _, locations) = ageing.entry(issuer.fingerprint).or_insert_with(|| (issuer, leaf, Vec::new()));
                locations.push(context.location(*shown));
            }
        }
    }
    let occurrence = |(fingerprint, (issuer, leaf, locations)): (_, (&Certificate, &Certificate, Vec<Location>))| {
        let change =
            AuthorityChange::IntermediateExpires { subject: issuer.subject.to_string(), not_after: issuer.not_after };
        let detail = Detail::AuthorityChanged { new: Box::new(leaf.clone()), changes: vec![change] };
        let subject = format!("intermediate {fingerprint}");
        let occurrence = context.observed(EventKind::CaChange, subject, Some(leaf), locations, detail);
        // From its date and the policy's lead.
        Occurrence { evidence: Evidence::Derived, ..occurrence }
    };
    ageing.into_iter().map(occurrence).collect()
}

/// The last run was of another certnotify.
pub(super) fn own_version(context: &DetectContext) -> Option<Occurrence> {
    let from = context.history().written_by.as_deref().filter(|written_by| *written_by != VERSION)?;
    let detail = Detail::Upgraded { from: from.to_owned(), to: VERSION.to_owned() };
    Some(context.observed(
        EventKind::Upgrade,
        format!("{from} {VERSION} {}", context.now.unix_timestamp()),
        None,
        Vec::new(),
        detail,
    ))
}
