//! Who is told of a certificate, by which channels and under which terms: policy contacts and escalation.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use time::{Duration, OffsetDateTime};

use super::EffectivePolicy;
use super::policy_match::PolicyMatch;
use crate::certificate::Certificate;
use crate::detect::{Thresholds, opening};
use crate::event::{Event, EventKind, Severity};
use crate::history::History;
use crate::policy::{Channel, Contact, ContactName, Entry, Policies, Watch};

/// Everybody's claims on one certificate. A contact who is shared by several policies has several.
pub(super) type RecipientMatches = BTreeMap<(ContactName, Channel), Vec<PolicyMatch>>;

/// The claims of all entries that watch the certificate of `event`.
pub(super) fn claims(event: &Event, policies: &Policies, history: &History) -> RecipientMatches {
    let mut claims = RecipientMatches::new();
    let mut seen = BTreeSet::new();
    for location in &event.locations {
        let entry = policies.entry(location.entry.as_str());
        let Some(entry) = entry.filter(|entry| !entry.options.is_silenced) else { continue };
        // Two members of one entry that show the same certificate claim the same.
        if !seen.insert(&location.entry) {
            continue;
        }
        let terms = Arc::new(terms(entry, &event.certificate, &location.place, history));
        let is_deployed_to = location.is_endpoint && matches!(entry.watch, Watch::Files { .. });
        claim(&mut claims, entry, &terms, event, is_deployed_to, policies);
    }
    claims
}

/// What the policy of `entry` comes to for one certificate at one place.
#[must_use]
pub fn terms(entry: &Entry, certificate: &Certificate, source: &str, history: &History) -> EffectivePolicy {
    let policy = &entry.policy;
    let opening = opening(entry, certificate, source, history.renewal_window(certificate.fingerprint));
    let lead = opening.lead;
    EffectivePolicy {
        policy: policy.name.clone(),
        entry: entry.name.clone(),
        frequency: policy.frequency,
        milestones: policy.milestones.iter().copied().filter(|left| *left < lead).collect(),
        escalation: policy.escalation.iter().map(|step| (step.within.min(lead), step.contacts.clone())).collect(),
        window: policy.window.clone(),
        owner: entry.options.owner.clone(),
        note: entry.options.note.clone(),
        opening,
    }
}

fn claim(
    claims: &mut RecipientMatches,
    entry: &Entry,
    terms: &Arc<EffectivePolicy>,
    event: &Event,
    is_deployed_to: bool,
    policies: &Policies,
) {
    let policy = &entry.policy;
    let by_policy = Thresholds { by_policy: true, ..Thresholds::default() };
    let source = event.locations.first().map_or("", |location| &*location.place);
    let critical = || by_policy.limits(entry, &event.certificate, source).critical;
    let mut add = |contact: &Contact, channel: Channel, opens: OffsetDateTime, escalated: Option<Duration>| {
        let zone = contact.zone.as_ref().or(policy.zone.as_ref()).unwrap_or(&policies.settings.zone).clone();
        let hears = |kind: EventKind| escalated.is_some() || policy.events.contains(&kind);
        let (hears_expiration, hears_expired) = (hears(EventKind::Expiration), hears(EventKind::Expired));
        // An old one that is served in place of a file's is no late renewal: the file was renewed.
        let hears_hosting_failure = !is_deployed_to && hears(EventKind::HostingFailure);
        // A channel for the worst joins when the certificate is critical, as a contact does by an escalation.
        let floor = (!contact.takes(channel, Severity::Warning)).then(critical);
        let from_floor = floor.map(|within| event.certificate.effective_end().saturating_sub(within));
        let opens = from_floor.map_or(opens, |from| opens.max(from));
        let escalated = floor.map_or(escalated, |floor| Some(escalated.map_or(floor, |within| within.min(floor))));
        let track = PolicyMatch {
            terms: Arc::clone(terms),
            zone,
            opens,
            escalated,
            hears_expiration,
            hears_expired,
            hears_hosting_failure,
        };
        claims.entry((contact.name.clone(), channel)).or_default().push(track);
    };
    for contact in policy.contacts.iter().filter_map(|name| policies.contacts.get(name)) {
        for channel in policy.channels.of(contact) {
            add(contact, channel, terms.opening.opens, None);
        }
    }
    for step in &policy.escalation {
        let within = step.within.min(terms.opening.lead);
        let opens = terms.opening.opens.max(event.certificate.effective_end().saturating_sub(within));
        for contact in step.contacts.iter().filter_map(|name| policies.contacts.get(name)) {
            for channel in step.channels.of(contact) {
                add(contact, channel, opens, Some(within));
            }
        }
    }
}
