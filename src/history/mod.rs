//! What earlier runs saw and said: the memory, as plain values.

mod authority;
mod bounds;
mod changes;
mod channels;
mod clock;
mod deliveries;
mod digests;
mod divide;
mod forget;
mod mail;
mod merge;
mod names;
mod occurrences;
mod overlap;
mod places;
mod posted;
mod prune;
mod registrations;
mod written;

pub use authority::RenewalRecord;
pub use bounds::lasting;
pub use changes::{Accepted, Change, Pace, Recorder, Refused, Unanswered};
pub use channels::{ChannelRecord, Refusal};
pub use clock::Ahead;
pub use deliveries::{Delivery, DeliveryLog};
pub use digests::{DigestRecord, RenewedRecord};
pub use divide::OfOtherShards;
pub use forget::Forgotten;
pub use mail::to_one;
pub use names::NameSet;
pub use places::{FolderRecord, PlaceRecord, ServedRecord};
pub use posted::{Over, Posted, PostedAs};
pub use registrations::{FailedQuestion, RegistrationRecord};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::certificate::{Certificate, Fingerprint};
use crate::event::{EventKind, FindingId, Occurrence, OccurrenceId};
use crate::policy::{Channel, ContactName, EntryName, Shard};

/// What is known of each channel of each contact.
pub type ByChannel<T> = BTreeMap<ContactName, BTreeMap<Channel, T>>;

/// Everything that is remembered between two runs. No secret and no webhook address is ever in it. The fields stand in
/// the order of their keys, in which they are written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct History {
    /// What is told once and never again, since when.
    pub announced: BTreeMap<OccurrenceId, Moment>,
    /// What is wrong at each place and lasts.
    #[serde(serialize_with = "written::each_sorted")]
    pub anomalies: BTreeMap<String, BTreeMap<FindingId, AnomalyRecord>>,
    /// Since when moments later than the clock have been in here: what they count as meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behind_since: Option<Moment>,
    pub certificates: BTreeMap<Fingerprint, CertificateRecord>,
    #[serde(serialize_with = "written::each_sorted")]
    pub deliveries: BTreeMap<Fingerprint, BTreeMap<EventKind, ByChannel<DeliveryLog>>>,
    /// The last digest of each contact.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub digests: BTreeMap<ContactName, DigestRecord>,
    /// Occurrences that a recipient is owed, or was told of late.
    #[serde(rename = "happenings", serialize_with = "written::each_sorted")]
    pub occurrences: BTreeMap<OccurrenceId, OccurrenceRecord>,
    /// What a window holds back, since when.
    #[serde(serialize_with = "written::each_sorted")]
    pub held: BTreeMap<Fingerprint, ByChannel<Moment>>,
    /// The issuers of all certificates that were ever watched, and when each was last seen.
    pub issuers: BTreeMap<String, Moment>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_run: Option<OffsetDateTime>,
    /// What the last messages of a channel only counted: it comes first in the next ones.
    #[serde(serialize_with = "written::sorted")]
    pub left_over: ByChannel<Vec<Fingerprint>>,
    /// What was refused by mail, by address.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", serialize_with = "written::sorted")]
    pub mail_refusals: BTreeMap<ContactName, BTreeMap<String, Refusal>>,
    /// Of what happened, what they only counted.
    #[serde(rename = "news-left-over", serialize_with = "written::sorted")]
    pub occurrences_left_over: ByChannel<BTreeSet<OccurrenceId>>,
    /// By place (see `Observation::place`).
    pub places: BTreeMap<String, PlaceRecord>,
    /// Messages that a service can change.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", serialize_with = "written::sorted")]
    pub posted: ByChannel<Vec<Posted>>,
    /// What was printed of each problem, by where it is.
    #[serde(serialize_with = "written::each_sorted")]
    pub problems: BTreeMap<String, ProblemRecord>,
    #[serde(serialize_with = "written::sorted")]
    pub refusals: ByChannel<Refusal>,
    /// By domain, in A-labels.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", serialize_with = "written::each_sorted")]
    pub registrations: BTreeMap<String, RegistrationRecord>,
    #[serde(serialize_with = "written::each_sorted")]
    pub renewals: BTreeMap<Fingerprint, RenewalRecord>,
    /// What was renewed lately, for digests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub renewed: Vec<RenewedRecord>,
    /// Since when each was found revoked.
    pub revoked: BTreeMap<Fingerprint, Moment>,
    /// By a hash of the robot's address.
    #[serde(serialize_with = "written::each_sorted")]
    pub robots: BTreeMap<String, ChannelRecord>,
    /// Of several runs that share a policy file, the ones whose memory this is; all of them where there is none.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub shards: BTreeSet<Shard>,
    #[serde(serialize_with = "written::each_sorted")]
    pub snoozes: BTreeMap<Fingerprint, Snooze>,
    /// Who was subscribed to anything of the certificates of each entry in the last whole run.
    pub subscriptions: BTreeMap<EntryName, BTreeMap<ContactName, BTreeSet<Channel>>>,
    /// Messages that were written whole and never answered, by message identifier.
    pub unanswered: BTreeMap<String, Moment>,
    /// In how many runs in a row each of them was not, where in more than one.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub unanswered_runs: BTreeMap<String, u32>,
    /// Certificates in files that are not served where they should be.
    #[serde(serialize_with = "written::each_sorted")]
    pub undeployed: BTreeMap<Fingerprint, UndeployedRecord>,
    /// The certnotify that wrote this.
    pub written_by: Option<String>,
    /// The recipients of each contact's mail as the policy file names them now: not written down.
    #[serde(skip)]
    pub addresses: BTreeMap<ContactName, Vec<String>>,
    /// Those moments as they were recorded.
    #[serde(skip)]
    pub ahead: Ahead,
}

/// An occurrence, who is owed it and who was told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct OccurrenceRecord {
    #[serde(rename = "happening")]
    pub occurrence: Occurrence,
    /// Recipients subscribed in the run that saw it and not told yet, since when it is owed.
    pub owed: ByChannel<Moment>,
    pub told: ByChannel<Moment>,
    /// By mail, the addresses that have it; those of a contact that is owed it and are not here do not.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub told_by_mail: BTreeMap<ContactName, BTreeSet<String>>,
    /// By mail, when it was told to some addresses of a contact before the last time.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub mailed_before: BTreeMap<ContactName, BTreeSet<Moment>>,
    /// When a run saw the same happen once more, as behind a load balancer that has not made up its mind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<Moment>,
}

/// Something that is wrong at a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct AnomalyRecord {
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
    /// Runs in a row that saw it.
    pub runs: u32,
    pub message: String,
    /// Of the certificate that was there.
    pub fingerprint: Option<Fingerprint>,
    /// When it last became an occurrence; the same one is not made twice within a day.
    #[serde(with = "time::serde::rfc3339::option")]
    pub reported: Option<OffsetDateTime>,
    /// Gone since; kept for a day, so that one that comes and goes is not told each time.
    #[serde(with = "time::serde::rfc3339::option")]
    pub gone: Option<OffsetDateTime>,
    /// The occurrence by which recipients were told; several share one where many began at once.
    #[serde(default)]
    pub told_as: Option<OccurrenceId>,
    /// The recovery that people were told after the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovered: Option<Recovered>,
}

/// That an anomaly was over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recovered {
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    pub told_as: OccurrenceId,
}

/// A certificate in a file, where another one is served that should have given way to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct UndeployedRecord {
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
    /// Runs in a row that saw it served everywhere.
    #[serde(default)]
    pub well: u32,
}

/// A moment, written as RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(#[serde(with = "time::serde::rfc3339")] pub OffsetDateTime);

/// A certificate that some place showed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct CertificateRecord {
    pub facts: Arc<Certificate>,
    #[serde(with = "time::serde::rfc3339")]
    pub last_seen: OffsetDateTime,
    /// The names of the entries and members that showed it: it keeps them when a renewal has taken its place.
    #[serde(default, skip_serializing_if = "NameSet::is_empty")]
    pub names: NameSet,
    /// The file or endpoint that showed it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Arc<str>>,
    /// No entry watches a place that showed it any more: what has become of it is not known.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_unwatched: bool,
}

/// Reminders of one certificate are held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snooze {
    /// Stays after it has passed: the release owes one reminder.
    #[serde(with = "time::serde::rfc3339")]
    pub until: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
}

/// A problem that was printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemRecord {
    pub text: String,
    #[serde(with = "time::serde::rfc3339")]
    pub printed: OffsetDateTime,
}

impl History {
    /// The certificate that a place showed last, with the end that it had there.
    #[must_use]
    pub fn certificate_at(&self, record: &PlaceRecord) -> Option<Arc<Certificate>> {
        let mut certificate = Arc::clone(&self.certificates.get(&record.fingerprint)?.facts);
        if certificate.limited_by != record.limited_by {
            Arc::make_mut(&mut certificate).limited_by.clone_from(&record.limited_by);
        }
        Some(certificate)
    }

    /// What a recipient was told of one kind of event of a certificate.
    #[must_use]
    pub fn told(
        &self,
        fingerprint: Fingerprint,
        kind: EventKind,
        contact: &ContactName,
        channel: Channel,
    ) -> Option<&DeliveryLog> {
        self.deliveries.get(&fingerprint)?.get(&kind)?.get(contact)?.get(&channel)
    }

    /// Everything that was told of a certificate: of what kind, to whom and by which channel.
    pub fn logs_of(
        &self,
        fingerprint: Fingerprint,
    ) -> impl Iterator<Item = (EventKind, &ContactName, Channel, &DeliveryLog)> {
        let kinds = self.deliveries.get(&fingerprint).into_iter().flatten();
        kinds.flat_map(|(kind, contacts)| {
            let logs = contacts.iter().flat_map(|(contact, channels)| channels.iter().map(move |it| (contact, it)));
            logs.map(|(contact, (channel, log))| (*kind, contact, *channel, log))
        })
    }

    /// Who was told of this kind of event of a certificate at `since` or later, and by which channel.
    pub fn reminded_since(
        &self,
        fingerprint: Fingerprint,
        kind: EventKind,
        since: OffsetDateTime,
    ) -> impl Iterator<Item = (&ContactName, Channel)> {
        let contacts = self.deliveries.get(&fingerprint).and_then(|kinds| kinds.get(&kind)).into_iter().flatten();
        contacts.flat_map(move |(contact, channels)| {
            let lately = channels.iter().filter(move |(_, told)| told.last() >= since);
            lately.map(move |(channel, _)| (contact, *channel))
        })
    }

    /// Adds one message that its channel accepted.
    pub fn note_delivery(
        &mut self,
        fingerprint: Fingerprint,
        kind: EventKind,
        contact: &ContactName,
        channel: Channel,
        delivery: Delivery,
    ) {
        let by_channel = self
            .deliveries
            .entry(fingerprint)
            .or_default()
            .entry(kind)
            .or_default()
            .entry(contact.clone())
            .or_default();
        match by_channel.get_mut(&channel) {
            Some(told) => told.push(delivery),
            None => {
                by_channel.insert(channel, DeliveryLog::new(delivery));
            }
        }
    }
}
