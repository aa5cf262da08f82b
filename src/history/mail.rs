//! Mail is owed to each address of a contact and recorded for each: who has what, and which address took nothing lately.

use std::collections::{BTreeMap, BTreeSet};

use super::{Delivery, DeliveryLog, History, Moment, OccurrenceRecord, Refusal};
use crate::policy::{Channel, ContactName, Policies};

impl DeliveryLog {
    /// What `address` has; `None` stands for a channel that has no addresses.
    pub fn to<'a>(&'a self, address: Option<&'a str>) -> impl Iterator<Item = &'a Delivery> {
        self.iter().filter(move |delivery| delivery.is_for(address))
    }
}

impl Delivery {
    fn is_for(&self, address: Option<&str>) -> bool {
        self.to.is_empty() || address.is_none_or(|address| self.to.iter().any(|to| to == address))
    }
}

impl OccurrenceRecord {
    /// The addresses of `all` that do not have it by mail yet.
    #[must_use]
    pub fn left_of<'a>(&self, contact: &ContactName, all: &'a [String]) -> Vec<&'a String> {
        let told = self.told_by_mail.get(contact);
        all.iter().filter(|address| told.is_none_or(|told| !told.contains(*address))).collect()
    }

    /// Notes who has it now; whether all have.
    pub(super) fn note_recipients(&mut self, contact: &ContactName, to: &[String], all: Option<&[String]>) -> bool {
        if to.is_empty() {
            return true;
        }
        self.told_by_mail.entry(contact.clone()).or_default().extend(to.iter().cloned());
        all.is_none_or(|all| self.left_of(contact, all).is_empty())
    }

    /// Notes when it was told; by mail it may be told to one address after another.
    pub(super) fn note_told_at(&mut self, contact: &ContactName, channel: Channel, at: Moment) {
        let before = self.told.entry(contact.clone()).or_default().insert(channel, at);
        if channel == Channel::Email && before.is_some_and(|before| before != at) {
            let mailed = self.mailed_before.entry(contact.clone()).or_default();
            mailed.extend(before);
            mailed.remove(&at);
        }
    }

    /// Each time that it was told: to whom, by which channel and when.
    pub fn tellings(&self) -> impl Iterator<Item = (&ContactName, Channel, Moment)> {
        let last = self
            .told
            .iter()
            .flat_map(|(contact, channels)| channels.iter().map(move |(channel, at)| (contact, *channel, *at)));
        let before = self.mailed_before.iter();
        let before = before.flat_map(|(contact, mailed)| mailed.iter().map(move |at| (contact, Channel::Email, *at)));
        last.chain(before)
    }

    fn is_told(&self, contact: &ContactName) -> bool {
        self.told.get(contact).is_some_and(|channels| channels.contains_key(&Channel::Email))
    }
}

impl History {
    /// Takes in which addresses each contact has now. What a contact was told before deliveries were recorded by
    /// address counts for those that it has now; what an address refused is forgotten with the address.
    pub fn note_addresses(&mut self, policies: &Policies) {
        self.addresses = policies
            .contacts
            .values()
            .map(|contact| (contact.name.clone(), contact.addresses()))
            .filter(|(_, addresses)| !addresses.is_empty())
            .collect();
        let addresses = &self.addresses;
        for (contact, channels) in self.deliveries.values_mut().flat_map(|kinds| kinds.values_mut()).flatten() {
            let (Some(log), Some(all)) = (channels.get_mut(&Channel::Email), addresses.get(contact)) else { continue };
            log.iter_mut().filter(|delivery| delivery.to.is_empty()).for_each(|delivery| delivery.to.clone_from(all));
        }
        for record in self.occurrences.values_mut() {
            note_addresses_of(record, addresses);
        }
        self.mail_refusals.retain(|contact, refusals| {
            let all = addresses.get(contact);
            refusals.retain(|address, _| all.is_some_and(|all| all.contains(address)));
            !refusals.is_empty()
        });
        for (contact, all) in addresses {
            let Some(refusal) = self.refusals.get_mut(contact).and_then(|known| known.remove(&Channel::Email)) else {
                continue;
            };
            let by_address = self.mail_refusals.entry(contact.clone()).or_default();
            for address in all {
                by_address.entry(address.clone()).or_insert_with(|| refusal.clone());
            }
        }
        self.refusals.retain(|_, channels| !channels.is_empty());
    }

    /// Whether it was told to a contact by mail, and not to all of its addresses.
    pub(super) fn misses_an_address(&self, record: &OccurrenceRecord, contact: &ContactName, channel: Channel) -> bool {
        let all = self.addresses.get(contact).filter(|_| channel == Channel::Email);
        all.is_some_and(|all| !record.left_of(contact, all).is_empty())
    }

    /// Runs in a row in which a contact was told nothing by a channel: by mail, by no address.
    #[must_use]
    pub fn failed_runs(&self, contact: &ContactName, channel: Channel) -> u32 {
        if let (Channel::Email, Some(all)) = (channel, self.addresses.get(contact)) {
            let runs = all.iter().map(|address| self.mail_refusal(contact, address).map_or(0, |refusal| refusal.runs));
            return runs.min().unwrap_or_default();
        }
        self.refusals.get(contact).and_then(|channels| channels.get(&channel)).map_or(0, |refusal| refusal.runs)
    }

    /// Whether a message was written whole to one of these recipients and never answered: this one, or the last one,
    /// which may have told less.
    #[must_use]
    pub fn may_be_a_repeat(&self, id: &str, (contact, channel): (&ContactName, Channel), to: &[String]) -> bool {
        let is_silent = |refusal: Option<&Refusal>| refusal.is_some_and(|refusal| refusal.unanswered > 0);
        let is_unanswered = |address: &String| {
            self.unanswered.contains_key(&to_one(id, address)) || is_silent(self.mail_refusal(contact, address))
        };
        self.unanswered.contains_key(id)
            || is_silent(self.refusals.get(contact).and_then(|channels| channels.get(&channel)))
            || to.iter().any(is_unanswered)
    }

    /// Why the last mail to one address of a contact was refused.
    #[must_use]
    pub fn mail_refusal(&self, contact: &ContactName, address: &str) -> Option<&Refusal> {
        self.mail_refusals.get(contact)?.get(address)
    }
}

/// What a message to one of several addresses is known by.
#[must_use]
pub fn to_one(id: &str, address: &str) -> String {
    format!("{id} {address}")
}

fn note_addresses_of(record: &mut OccurrenceRecord, addresses: &BTreeMap<ContactName, Vec<String>>) {
    let told: Vec<ContactName> = record.told.keys().filter(|contact| record.is_told(contact)).cloned().collect();
    for contact in told {
        if let Some(all) = addresses.get(&contact).filter(|_| !record.told_by_mail.contains_key(&contact)) {
            record.told_by_mail.insert(contact, all.iter().cloned().collect::<BTreeSet<_>>());
        }
    }
    // An address that was owed it and is no more.
    let told_by_mail = &record.told_by_mail;
    for (contact, channels) in &mut record.owed {
        let has_it = |all: &Vec<String>, told: &BTreeSet<String>| all.iter().all(|address| told.contains(address));
        let is_over =
            addresses.get(contact).zip(told_by_mail.get(contact)).is_some_and(|(all, told)| has_it(all, told));
        if is_over {
            channels.remove(&Channel::Email);
        }
    }
    record.owed.retain(|_, channels| !channels.is_empty());
}
