//! By which channels a policy tells its contacts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Channel, Contact, ContactName, Policies, Policy};

/// The channels of a policy, of which each contact has its own share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyChannels {
    named: BTreeSet<Channel>,
    is_built_in: bool,
}

impl PolicyChannels {
    /// Those of the built-in policy: e-mail and inbox, and for a contact without mail every channel that it has.
    #[must_use]
    pub fn built_in() -> Self {
        Self { named: BTreeSet::from([Channel::Email, Channel::Inbox]), is_built_in: true }
    }

    /// Those by which `contact` is told.
    #[must_use]
    pub fn of(&self, contact: &Contact) -> BTreeSet<Channel> {
        if self.is_built_in && contact.email.is_empty() {
            contact.channels()
        } else {
            self.named.iter().copied().filter(|channel| contact.has(*channel)).collect()
        }
    }
}

impl Policies {
    /// Each policy that entries have, once, in their order.
    pub fn policies_in_use(&self) -> impl Iterator<Item = &Policy> {
        let mut seen = BTreeSet::new();
        self.entries
            .iter()
            .map(|entry| &entry.policy)
            .filter(move |policy| seen.insert(Arc::as_ptr(policy)))
            .map(|policy| &**policy)
    }

    /// Whether a contact is in the policy file, and has this channel there.
    #[must_use]
    pub fn reaches(&self, contact: &ContactName, channel: Channel) -> bool {
        self.contacts.get(contact).is_some_and(|contact| contact.has(channel))
    }

    /// By which channels the contacts that a policy in use names are told of anything.
    pub(super) fn channels_in_use(&self) -> BTreeMap<&ContactName, BTreeSet<Channel>> {
        let mut in_use: BTreeMap<&ContactName, BTreeSet<Channel>> = BTreeMap::new();
        for policy in self.policies_in_use() {
            let steps = policy.escalation.iter().map(|step| (&step.contacts, &step.channels));
            for (contacts, channels) in steps.chain([(&policy.contacts, &policy.channels)]) {
                for name in contacts {
                    let channels = self.contacts.get(name).map(|contact| channels.of(contact));
                    in_use.entry(name).or_default().extend(channels.unwrap_or_default());
                }
            }
        }
        in_use
    }
}

impl From<BTreeSet<Channel>> for PolicyChannels {
    fn from(named: BTreeSet<Channel>) -> Self {
        Self { named, is_built_in: false }
    }
}
