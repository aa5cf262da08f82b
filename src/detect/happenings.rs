//! What happened between the last run and this one: the looks of this run against the memory.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::standing::Standing;
use crate::event::{FindingId, Happening, HappeningId};
use crate::history::{AnomalyRecord, History};
use crate::observation::Observation;
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
    pub happenings: Vec<Happening>,
    /// What is wrong now, by place: the whole memory of it.
    pub anomalies: BTreeMap<String, BTreeMap<FindingId, AnomalyRecord>>,
    /// Anomalies that are no longer so: what of them was not told yet is told no more.
    pub ended: Vec<HappeningId>,
}

/// Compares the scene with its history.
#[must_use]
pub fn happenings(scene: &Scene, _now: OffsetDateTime) -> Happened {
    Happened { anomalies: scene.history.anomalies.clone(), ..Happened::default() }
}
