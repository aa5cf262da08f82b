//! What a policy does that its author may not expect. Nothing of it is a mistake.

use std::collections::{BTreeMap, BTreeSet};

use super::mailbox::address;
use super::reference::DEFAULT;
use super::{Channel, ContactName, Frequency, Policies};

/// A sentence for each thing that is worth knowing and not worth a warning.
#[must_use]
pub fn notes(policies: &Policies) -> Vec<String> {
    let mut notes = notes_on_contacts(policies);
    notes.extend(single_reminder(policies));
    notes
}

/// Those about who is told, and by what.
#[must_use]
pub fn notes_on_contacts(policies: &Policies) -> Vec<String> {
    let mut notes = unused_channels(policies);
    notes.extend(shared_addresses(policies));
    notes
}

/// Channels of a contact by which no policy that names it tells anything.
fn unused_channels(policies: &Policies) -> Vec<String> {
    let of_contact = |(name, used): (&&ContactName, &BTreeSet<Channel>)| {
        let own = policies.contacts.get(*name)?.channels();
        let unused: Vec<String> = own
            .difference(used)
            .filter(|channel| **channel != Channel::Inbox)
            .map(|channel| format!("`{channel}`"))
            .collect();
        let message = format!(
            "contact `{name}` is never told by {}: no policy that names it has this in `channels`",
            unused.join(", ")
        );
        (!unused.is_empty()).then_some(message)
    };
    policies.channels_in_use().iter().filter_map(of_contact).collect()
}

/// Mail addresses of several contacts: each contact is told for itself.
fn shared_addresses(policies: &Policies) -> Vec<String> {
    let mut owners: BTreeMap<String, BTreeSet<&ContactName>> = BTreeMap::new();
    let mut notes = Vec::new();
    for (name, contact) in &policies.contacts {
        let mut own = BTreeSet::new();
        for written in &contact.email {
            let address = address(written);
            if !own.insert(address.clone()) {
                notes.push(format!("contact `{name}` has the address {address} twice: it gets one mail"));
            }
            owners.entry(address).or_default().insert(name);
        }
    }
    for (address, names) in owners.into_iter().filter(|(_, names)| names.len() > 1) {
        let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
        let names = names.join(", ");
        notes.push(format!("the address {address} stands twice, at the contacts {names}: it gets the mail of each"));
    }
    notes
}

fn single_reminder(policies: &Policies) -> Option<String> {
    let once = policies.policies_in_use().find(|policy| {
        policy.name.as_str() == DEFAULT && policy.frequency == Frequency::Once && policy.milestones.is_empty()
    })?;
    let steps = if once.escalation.is_empty() { "" } else { ", beside its escalation" };
    Some(format!(
        "the default policy speaks once{steps}: for more reminders write [policies.default] and below it frequency = \"7d\""
    ))
}
