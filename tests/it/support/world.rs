//! A scripted world for the decisions: policies, certificates and events without files or network.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use certnotify::certificate::{Certificate, Fingerprint, PublicKey};
use certnotify::event::{Event, EventKind, Evidence, Location, Locations};
use certnotify::history::{Delivery, History};
use certnotify::policy::{
    Channel, Contact, ContactName, Entry, EntryName, Frequency, Policies, Policy, Renewal, Settings, Watch, Zone,
};
use certnotify::schedule::{self, Reminder, Schedule};
use time::OffsetDateTime;

/// A certificate named `name` with these dates; its fingerprint follows from name and end.
pub fn certificate(name: &str, not_before: OffsetDateTime, not_after: OffsetDateTime) -> Certificate {
    let mut digest = [0; 32];
    for (index, byte) in format!("{name} {}", not_after.unix_timestamp()).bytes().enumerate() {
        digest[index % 32] ^= byte.rotate_left(u32::try_from(index / 32).unwrap_or(0));
    }
    let subject = format!("CN={name}").into();
    Certificate {
        issuer: "CN=Example CA".into(),
        serial: "1f".to_owned(),
        dns_names: vec![name.to_owned()],
        key: PublicKey { algorithm: "EC".into(), bits: Some(256), id: None },
        signature_algorithm: "ecdsa-with-SHA256".into(),
        ..Certificate::with_dates(Fingerprint::new(digest), subject, (not_before, not_after))
    }
}

pub fn contact(name: &str, email: bool) -> Contact {
    Contact {
        email: if email { vec![format!("{name}@example.com")] } else { Vec::new() },
        ..Contact::new(ContactName::new(name))
    }
}

/// Every 1 day from 30 days before, by mail, to `ops`, at any hour.
pub fn policy() -> Policy {
    Policy {
        contacts: vec![ContactName::new("ops")],
        channels: BTreeSet::from([Channel::Email]).into(),
        events: BTreeSet::from([EventKind::Expiration]),
        frequency: Frequency::EveryDays(1),
        ..Policy::clone(&Policy::without_recipients())
    }
}

pub fn entry(name: &str, policy: Policy) -> Entry {
    let watch = Watch::Files { patterns: vec![PathBuf::from(format!("/etc/ssl/{name}.pem"))], exclude: Vec::new() };
    let mut entry = Entry::new(EntryName::new(name), watch, policy);
    entry.options_mut().renewal = Some(Renewal::Manual);
    entry
}

/// One `now` after another against one memory, everything accepted.
pub struct World {
    pub policies: Policies,
    pub history: History,
    pub certificates: Vec<(Certificate, Location)>,
}

impl World {
    pub fn new(zone: &str) -> Self {
        let policies = Policies {
            file: PathBuf::from("/etc/certnotify/policies.toml"),
            settings: Settings { zone: Zone::named(zone).unwrap(), ..Settings::default() },
            ..Policies::default()
        };
        Self { policies, history: History::default(), certificates: Vec::new() }
            .with_contact(contact("ops", true))
            .with_contact(contact("anna", true))
    }

    pub fn with_contact(mut self, contact: Contact) -> Self {
        self.policies.contacts.insert(contact.name.clone(), contact);
        self
    }

    /// Watches `certificate` at a file under `policy`.
    pub fn watch(mut self, certificate: Certificate, policy: Policy) -> Self {
        let name = format!("{}{}", certificate.dns_names[0], self.policies.entries.len());
        self.policies.entries.push(entry(&name, policy));
        let location = Location {
            entry: EntryName::new(name.as_str()),
            name: name.as_str().into(),
            place: format!("/etc/ssl/{name}.pem").into(),
            remembered_as: None,
            address: None,
            seen: certificate.not_before,
            failing: None,
            is_endpoint: false,
        };
        self.certificates.push((certificate, location));
        self
    }

    pub fn events(&self, now: OffsetDateTime) -> Vec<Arc<Event>> {
        let mut events: BTreeMap<Fingerprint, Event> = BTreeMap::new();
        for (certificate, location) in &self.certificates {
            let event = events.entry(certificate.fingerprint).or_insert_with(|| Event {
                kind: if certificate.is_expired(now) { EventKind::Expired } else { EventKind::Expiration },
                evidence: Evidence::Derived,
                certificate: Arc::new(certificate.clone()),
                locations: Locations::default(),
                left_out_by_successor: Vec::new(),
                superseded_by: None,
                is_renewed_on_disk: false,
                served_instead: Vec::new(),
            });
            event.locations.push(location.clone());
        }
        events.into_values().map(Arc::new).collect()
    }

    pub fn schedule(&self, now: OffsetDateTime) -> Schedule {
        schedule::due(&self.events(now), &self.policies, &self.history, now)
    }

    /// One run in which every message is accepted; what went out.
    pub fn run(&mut self, now: OffsetDateTime) -> Vec<Reminder> {
        let sent: Vec<Reminder> = self.schedule(now).due.into_iter().flat_map(|batch| batch.reminders).collect();
        for reminder in &sent {
            let key = &reminder.key;
            let delivery = Delivery::new(now, format!("{:?}", reminder.why));
            self.history.note_delivery(key.fingerprint, key.kind, &key.contact, key.channel, delivery);
        }
        sent
    }

    /// The moments, of those given, at which something went out.
    pub fn runs(&mut self, moments: impl IntoIterator<Item = OffsetDateTime>) -> Vec<OffsetDateTime> {
        moments.into_iter().filter(|now| !self.run(*now).is_empty()).collect()
    }
}
