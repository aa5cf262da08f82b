//! What is dropped at an operator's wish: of places, or of a contact.

use std::collections::{BTreeMap, BTreeSet};

use super::{ByChannel, History, NameSet, PlaceRecord};
use crate::certificate::Fingerprint;
use crate::event::Location;
use crate::policy::ContactName;

/// What was dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    pub places: usize,
    pub certificates: usize,
    pub deliveries: usize,
    /// Occurrences that a recipient was owed.
    pub owed: usize,
    pub snoozes: usize,
}

impl History {
    /// Forgets these places, and the certificates that stood nowhere else: as if no run had looked there.
    pub fn forget_places(&mut self, places: &BTreeSet<String>) -> Forgotten {
        let mut forgotten = Forgotten::default();
        let (mut names, mut sources, mut stood) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for place in places {
            let Some(record) = self.places.remove(place) else { continue };
            forgotten.places = forgotten.places.saturating_add(1);
            stood.extend(std::iter::once(record.fingerprint).chain(record.earlier).chain(record.displaced));
            stood.extend(record.served.values().map(|served| served.fingerprint));
            names.insert(record.name);
            sources.insert(record.source);
        }
        self.anomalies.retain(|place, _| !places.contains(place));
        // One that a renewal took away is known by its names alone.
        let is_of_them = |names_of: &NameSet| !names_of.is_empty() && names_of.iter().all(|name| names.contains(name));
        let by_name = self.certificates.iter().filter(|(_, record)| is_of_them(&record.names));
        stood.extend(by_name.map(|(fingerprint, _)| *fingerprint));
        let elsewhere = self.standing();
        stood.retain(|fingerprint| !elsewhere.contains(fingerprint));
        self.forget_certificates(&stood, &mut forgotten);
        let stay = &self.places;
        self.occurrences.retain(|_, record| {
            // What an earlier version wrote has nothing but the source.
            let has_source = |location: &Location| {
                location.remembered_as.is_none()
                    && sources.contains(&location.place)
                    && !stay.contains_key(&*location.place)
            };
            let is_theirs = |location: &Location| places.contains(location.key()) || has_source(location);
            let locations = &record.occurrence.locations;
            let stays = locations.is_empty() || !locations.iter().all(is_theirs);
            forgotten.owed = forgotten.owed.saturating_add(usize::from(!stays && !record.owed.is_empty()));
            stays
        });
        let entries: BTreeSet<_> = self.places.values().flat_map(PlaceRecord::entries).collect();
        self.subscriptions.retain(|entry, _| entries.contains(entry));
        forgotten
    }

    /// The certificates that some place showed.
    fn standing(&self) -> BTreeSet<Fingerprint> {
        let of_place = self.places.values().flat_map(|record| {
            let served = record.served.values().map(|served| served.fingerprint);
            std::iter::once(record.fingerprint)
                .chain(record.earlier.iter().copied())
                .chain(record.displaced)
                .chain(served)
        });
        of_place.collect()
    }

    fn forget_certificates(&mut self, gone: &BTreeSet<Fingerprint>, forgotten: &mut Forgotten) {
        for fingerprint in gone {
            let of = self.deliveries.remove(fingerprint).unwrap_or_default();
            let logs = of.values().flat_map(BTreeMap::values).flat_map(BTreeMap::values);
            forgotten.deliveries = logs.fold(forgotten.deliveries, |sum, log| sum.saturating_add(log.count()));
            let is_known = self.certificates.remove(fingerprint).is_some();
            let is_snoozed = self.snoozes.remove(fingerprint).is_some();
            forgotten.certificates = forgotten.certificates.saturating_add(usize::from(is_known));
            forgotten.snoozes = forgotten.snoozes.saturating_add(usize::from(is_snoozed));
            self.held.remove(fingerprint);
            self.revoked.remove(fingerprint);
            self.renewals.remove(fingerprint);
            self.undeployed.remove(fingerprint);
        }
        for counted in self.left_over.values_mut().flat_map(BTreeMap::values_mut) {
            counted.retain(|fingerprint| !gone.contains(fingerprint));
        }
        drop_empty(&mut self.left_over, Vec::is_empty);
    }

    /// Forgets everything that a contact was told and is owed.
    pub fn forget_contact(&mut self, contact: &ContactName) -> Forgotten {
        let mut forgotten = Forgotten::default();
        for kinds in self.deliveries.values_mut() {
            for contacts in kinds.values_mut() {
                let logs = contacts.remove(contact).unwrap_or_default();
                forgotten.deliveries =
                    logs.values().fold(forgotten.deliveries, |sum, log| sum.saturating_add(log.count()));
            }
            kinds.retain(|_, contacts| !contacts.is_empty());
        }
        self.deliveries.retain(|_, kinds| !kinds.is_empty());
        for record in self.occurrences.values_mut() {
            forgotten.owed = forgotten.owed.saturating_add(usize::from(record.owed.remove(contact).is_some()));
            record.told.remove(contact);
            record.told_by_mail.remove(contact);
            record.mailed_before.remove(contact);
        }
        for contacts in self.held.values_mut() {
            contacts.remove(contact);
        }
        self.held.retain(|_, contacts| !contacts.is_empty());
        self.left_over.remove(contact);
        self.occurrences_left_over.remove(contact);
        self.refusals.remove(contact);
        self.mail_refusals.remove(contact);
        self.posted.remove(contact);
        for subscribed in self.subscriptions.values_mut() {
            subscribed.remove(contact);
        }
        forgotten
    }
}

fn drop_empty<T>(channels: &mut ByChannel<T>, is_empty: impl Fn(&T) -> bool) {
    for of_contact in channels.values_mut() {
        of_contact.retain(|_, value| !is_empty(value));
    }
    channels.retain(|_, of_contact| !of_contact.is_empty());
}
