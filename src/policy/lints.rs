//! What is right and still not what its author will want: warnings.

use std::collections::{BTreeMap, BTreeSet};

use super::document::Document;
use super::problem::Problems;
use super::reference::DEFAULT;
use super::resolve::USUAL_DEADLINE;
use super::source::Place;
use super::terms::PolicyTerms;
use super::{
    Channel, ContactName, Deadline, Endpoint, Entry, Policies, PolicyChannels, Watch, Window, Zone, rdap_server,
};
use crate::event::{EventKind, Severity};

/// Warns of what a valid file does and hardly means.
pub(super) fn give(
    document: &Document,
    policies: &Policies,
    places: &[Place],
    machine_zone: &Zone,
    problems: &mut Problems,
) {
    open_secrets(problems);
    contacts(document, policies, problems);
    unused_policies(document, problems);
    unheard_policies(document, policies, problems);
    for terms in document.all_terms() {
        unheard_end(terms, problems);
        foreign_window(terms, document, machine_zone, problems);
    }
    for (entry, place) in policies.entries.iter().zip(places) {
        unlisted_registries(entry, policies, *place, problems);
        nameless_records(entry, *place, problems);
    }
    for policy in &document.policies {
        idle_steps(&policy.terms, None, document, problems);
    }
    for table in &document.tables {
        let policy = table.policy.as_ref().map(|policy| policy.value.as_str());
        if let Some(terms) = &table.terms {
            idle_steps(terms, policy, document, problems);
        }
    }
}

/// Of a domain whose registry is not known, nothing will be.
fn unlisted_registries(entry: &Entry, policies: &Policies, place: Place, problems: &mut Problems) {
    let Watch::Domains(domains) = &entry.watch else { return };
    let servers = &policies.settings.rdap_servers;
    for domain in domains.iter().filter(|domain| rdap_server(servers, &domain.name).is_none()) {
        let top = domain.name.rsplit('.').next().unwrap_or_default();
        let message = format!("IANA lists no registry of `.{top}` that answers by RDAP over https");
        let help = format!(
            "write name = \"{}\" and expires = \"YYYY-MM-DD\" in place of domain, or a server in [settings]: \
             rdap-servers = {{ {top} = \"https://…\" }}",
            domain.written
        );
        problems.warning(place, message, help);
    }
}

/// TLSA records are of names, and an address has none.
fn nameless_records(entry: &Entry, place: Place, problems: &mut Problems) {
    if !entry.options.pins.looks_up {
        return;
    }
    let own: &[Endpoint] = match &entry.watch {
        Watch::Endpoints { endpoints, options } if options.server_name.is_none() => endpoints,
        _ => &[],
    };
    let mut endpoints = own.iter().chain(&entry.options.deploys_to);
    if let Some(endpoint) = endpoints.find(|endpoint| endpoint.host.address().is_some()) {
        let message = format!("`{}` has no name under which DNS could have TLSA records", endpoint.written);
        let help = "write the name that clients connect to, or server-name beside an endpoint";
        problems.warning(place, message, help);
    }
}

fn open_secrets(problems: &mut Problems) {
    let mut files = BTreeSet::new();
    for place in std::mem::take(&mut problems.literals) {
        let Some(source) = problems.sources.get(place.file).filter(|source| source.file.others_can_read) else {
            continue;
        };
        if files.insert(place.file) {
            let help = format!("chmod o-r {}, or write {{ env = \"NAME\" }} in its place", source.file.path.display());
            problems.warning(place, "all users of this machine can read this secret", help);
        }
    }
}

/// Not for ordinary reminders: it has a floor, or a person has to look into it.
fn is_for_the_worst(contact: &super::Contact, channel: Channel) -> bool {
    channel == Channel::Inbox || !contact.takes(channel, Severity::Warning)
}

/// By which channels each contact is told of anything.
fn contacts(document: &Document, policies: &Policies, problems: &mut Problems) {
    let mut in_use = policies.channels_in_use();
    for written in document.contacts.iter().filter(|contact| contact.is_whole) {
        let name = ContactName::new(written.name.value.as_str());
        let Some(contact) = policies.contacts.get(&name) else { continue };
        let is_default = policies.settings.default_contact.as_ref() == Some(&name);
        let channels = in_use.remove(&name);
        let (message, help) = match channels {
            None if is_default => continue,
            None => (format!("contact `{name}` is told of nothing"), "no policy that is used names it"),
            Some(channels) if channels.is_empty() => (
                format!("contact `{name}` is told of nothing: it has none of the channels of its policies"),
                "give it an `email`, or add `inbox` to `channels`",
            ),
            Some(channels) if channels == BTreeSet::from([Channel::Inbox]) => (
                format!("contact `{name}` is told by nothing but the inbox"),
                "a person has to look into it: `certnotify inbox`; an `email` or a robot would reach them",
            ),
            Some(channels) if channels.iter().all(|channel| is_for_the_worst(contact, *channel)) => (
                format!("contact `{name}` is told of nothing before it is critical but by the inbox"),
                "each of its channels has `from = \"critical\"`: give it one without, or an `email`",
            ),
            _ => continue,
        };
        problems.warning(written.name.place, message, help);
    }
}

fn unused_policies(document: &Document, problems: &mut Problems) {
    let used = document.tables.iter().filter_map(|table| table.policy.as_ref());
    let used: BTreeSet<&str> = used.map(|name| name.value.as_str()).collect();
    for policy in document.policies.iter().filter(|policy| policy.name.value != DEFAULT) {
        if !used.contains(policy.name.value.as_str()) {
            let message = format!("policy `{}` is used by no certificate", policy.name.value);
            problems.warning(policy.name.place, message, format!("write policy = \"{}\" under one", policy.name.value));
        }
    }
}

/// Policies that certificates name and by which no contact is told of anything.
fn unheard_policies(document: &Document, policies: &Policies, problems: &mut Problems) {
    let notifies = |entry: &Entry| {
        let policy = &entry.policy;
        let reached = |contact: &ContactName, channels: &PolicyChannels| {
            let contact = policies.contacts.get(contact);
            contact.is_some_and(|contact| !channels.of(contact).is_empty())
        };
        let directly = !policy.events.is_empty() && policy.contacts.iter().any(|name| reached(name, &policy.channels));
        let mut steps = policy.escalation.iter();
        let later = steps.any(|step| step.contacts.iter().any(|name| reached(name, &step.channels)));
        !entry.options.is_silenced && (directly || later)
    };
    let mut is_heard: BTreeMap<&str, bool> = BTreeMap::new();
    for entry in &policies.entries {
        let is_heard = is_heard.entry(entry.policy.name.as_str()).or_default();
        *is_heard = *is_heard || notifies(entry);
    }
    for name in document.policies.iter().map(|written| &written.name) {
        if is_heard.get(name.value.as_str()) == Some(&false) {
            let help = "give it `events`, and `channels` that one of its contacts has, or switch `notifications` on";
            problems.warning(name.place, format!("no contact is told of anything by policy `{}`", name.value), help);
        }
    }
}

fn unheard_end(terms: &PolicyTerms, problems: &mut Problems) {
    let Some(events) = &terms.events else { return };
    if events.value.contains(&EventKind::Expiration) && !events.value.contains(&EventKind::Expired) {
        let help = "add `alert.expired` or `alerts`: else the reminders stop at the end";
        problems.warning(events.place, "expirations are heard of here, and not that a certificate has expired", help);
    }
    if !events.value.contains(&EventKind::Expiration) && !events.value.contains(&EventKind::Expired) {
        let help = "add `business.expiration` and `alert.expired`";
        problems.warning(events.place, "no reminder of an expiration is heard here", help);
    }
}

/// A window in UTC that the file does not ask for.
fn foreign_window(terms: &PolicyTerms, document: &Document, machine_zone: &Zone, problems: &mut Problems) {
    let Some(window) = terms.window.as_ref().filter(|window| window.value != Window::AllDay) else { return };
    let default = document.terms_of(DEFAULT);
    let is_said = document.settings.zone.is_some()
        || terms.zone.is_some()
        || default.is_some_and(|default| default.zone.is_some())
        || !matches!(machine_zone.name(), "UTC" | "Etc/UTC");
    let is_named = |name: &str| {
        terms.contacts.as_ref().is_none_or(|contacts| contacts.value.iter().any(|contact| contact.value == name))
    };
    let follows =
        |contact: &super::contact::WrittenContact| contact.others.zone.is_none() && is_named(&contact.name.value);
    if !is_said && document.contacts.iter().any(follows) {
        let help = "write timezone = \"Asia/Shanghai\" in [settings], or \"UTC\" if it is meant";
        problems.warning(
            window.place,
            "this window is in UTC: no `timezone` is written, and this machine has none",
            help,
        );
    }
}

/// Milestones and escalations that are no tighter than the deadline, which may stand in another table.
fn idle_steps(terms: &PolicyTerms, policy: Option<&str>, document: &Document, problems: &mut Problems) {
    let layers = [Some(terms), policy.and_then(|name| document.terms_of(name)), document.terms_of(DEFAULT)];
    let deadline = layers.into_iter().flatten().find_map(|layer| layer.deadline.as_ref());
    let Deadline::Before(lead) = deadline.map_or(USUAL_DEADLINE, |deadline| deadline.value) else { return };
    let idle = terms.milestones.iter().flat_map(|milestones| &milestones.value).filter(|left| left.value >= lead);
    for milestone in idle {
        let help = "the deadline itself is a reminder; a milestone is nearer to the end";
        problems.warning(milestone.place, "this milestone is not inside the deadline: it is left out", help);
    }
    for step in terms.escalation.iter().flat_map(|steps| &steps.value).filter(|step| step.within.value > lead) {
        let help = "it takes effect when the deadline opens";
        problems.warning(step.within.place, "this escalation is wider than the deadline", help);
    }
}
