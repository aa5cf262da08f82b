//! What happened between the last run and this one: the looks of this run against the memory.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use super::anomalies;
use super::fate::{Fate, fates};
use super::standing::{Standing, seen};
use super::{announcements, authority, deployment, lifecycle, oversight, sharing};
use crate::certificate::{Certificate, Fingerprint};
use crate::event::{Detail, Evidence, FindingId, Happening, HappeningId, Kind, Sighting};
use crate::history::{AnomalyRecord, History, PlaceRecord, UndeployedRecord};
use crate::observation::{Observation, Sight};
use crate::policy::{Entry, Policies};

/// What a run has before it when it asks what happened.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    pub policies: &'a Policies,
    /// The entries that were looked at.
    pub picked: &'a [&'a Entry],
    pub observations: &'a [Observation],
    pub standings: &'a [Standing],
    /// As it was before this run looked.
    pub history: &'a History,
}

/// What a run saw happen.
#[derive(Clone, Debug, Default)]
pub struct Happened {
    /// What is new, and every anomaly that lasts and was told.
    pub happenings: Vec<Happening>,
    /// What is wrong now, by place: the whole memory of it.
    pub anomalies: BTreeMap<String, BTreeMap<FindingId, AnomalyRecord>>,
    /// What is not served where it should be: the whole memory of it.
    pub undeployed: BTreeMap<Fingerprint, UndeployedRecord>,
    /// Anomalies that are no longer so: what of them was not told yet is told no more.
    pub ended: Vec<HappeningId>,
    /// Places where another certificate stands that is no successor of this one: the next run settles it.
    pub displaced: Vec<(String, Fingerprint)>,
}

/// Compares the scene with its history.
#[must_use]
pub fn happenings(scene: &Scene, now: OffsetDateTime) -> Happened {
    let stage = Stage::of(scene, now);
    let lifecycle = lifecycle::changes(&stage);
    let mut happened = anomalies::anomalies(&stage);
    happened.displaced = lifecycle.displaced;
    let (undeployed, deployed) = deployment::rollouts(&stage);
    happened.undeployed = undeployed;
    let news = &mut happened.happenings;
    news.extend(deployed);
    news.extend(authority::changes(&stage, &lifecycle.renewals));
    news.extend(lifecycle.happenings);
    news.extend(sharing::happenings(&stage));
    news.extend(oversight::happenings(&stage));
    news.extend(authority::ageing_intermediates(&stage));
    news.extend(announcements::happenings(&stage));
    news.extend(authority::own_version(&stage));
    happened
}

/// A look that showed a certificate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown<'a> {
    pub observation: &'a Observation,
    pub sight: &'a Sight,
}

impl<'a> Shown<'a> {
    pub(super) fn leaf(&self) -> &'a Certificate {
        &self.sight.chain.leaf
    }
}

/// The scene, in the order in which the rooms of this module ask for it.
pub(super) struct Stage<'a> {
    pub scene: &'a Scene<'a>,
    pub now: OffsetDateTime,
    pub shown: Vec<Shown<'a>>,
    pub fates: BTreeMap<&'a str, Fate>,
    /// Of the entries that were looked at.
    pub entries: BTreeMap<&'a str, &'a Entry>,
}

impl<'a> Stage<'a> {
    pub(super) fn of(scene: &'a Scene<'a>, now: OffsetDateTime) -> Self {
        let shown = scene.observations.iter().filter_map(|observation| {
            let sight = observation.outcome.as_ref().ok()?;
            Some(Shown { observation, sight })
        });
        let all: Vec<&Entry> = scene.policies.entries.iter().collect();
        Self {
            scene,
            now,
            shown: shown.collect(),
            fates: fates(&all, scene.observations, scene.history),
            entries: scene.policies.entries.iter().map(|entry| (entry.name.as_str(), entry)).collect(),
        }
    }

    pub(super) fn history(&self) -> &'a History {
        self.scene.history
    }

    /// What is remembered of a certificate.
    pub(super) fn facts(&self, fingerprint: Fingerprint) -> Option<&'a Certificate> {
        self.history().certificates.get(&fingerprint).map(|record| &record.facts)
    }

    /// What is remembered of the place that a look showed.
    pub(super) fn before(&self, shown: Shown) -> Option<&'a PlaceRecord> {
        self.history().places.get(&shown.observation.place)
    }

    pub(super) fn sighting(&self, shown: Shown) -> Sighting {
        seen(shown.observation, shown.sight, self.now)
    }

    /// Where a look failed, with what is remembered of it.
    pub(super) fn failing(&self, observation: &Observation) -> Sighting {
        let failing = observation.outcome.as_ref().err().map(|failure| failure.message.clone());
        let known = self.history().places.get(&observation.place);
        Sighting {
            entry: observation.entry.as_str().to_owned(),
            name: observation.name.clone(),
            place: observation.source.clone(),
            address: known.and_then(|record| record.address.clone()),
            seen: known.map_or(self.now, |record| record.last_seen),
            failing,
            is_endpoint: observation.is_endpoint,
        }
    }

    /// Every entry is looked at in this run: what no look shows is watched by nobody.
    pub(super) fn is_whole(&self) -> bool {
        self.scene.picked.len() == self.scene.policies.entries.len()
    }

    pub(super) fn observed(
        &self,
        kind: Kind,
        subject: impl std::fmt::Display,
        certificate: Option<&Certificate>,
        sightings: Vec<Sighting>,
        detail: Detail,
    ) -> Happening {
        Happening {
            id: HappeningId::new(kind, subject),
            kind,
            evidence: Evidence::Observed,
            at: self.now,
            certificate: certificate.cloned(),
            sightings,
            detail,
        }
    }
}

/// One sighting for each entry: enough to know who listens, however many places there are.
pub(super) fn one_an_entry(sightings: impl IntoIterator<Item = Sighting>) -> Vec<Sighting> {
    let mut entries = BTreeSet::new();
    sightings.into_iter().filter(|sighting| entries.insert(sighting.entry.clone())).collect()
}

/// The first three of them, as a message names many.
pub(super) fn three_of(names: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    names.into_iter().filter(|name| seen.insert(name.clone())).take(3).collect()
}
