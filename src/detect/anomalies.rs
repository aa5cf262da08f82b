//! Anomalies and recoveries: findings that begin, last and end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use time::{Duration, OffsetDateTime};

use super::anomaly_end::{End, ObservationIndex};
use super::anomaly_findings::{is_anomaly, needs_two_runs};
use super::context::{DetectContext, DetectedOccurrences, dedup_by_entry, first_three, three_and_one_of_each_entry};
use super::findings::{Thresholds, findings, is_failure};
use super::members::Members;
use crate::cause::{Clause, FailureCause};
use crate::certificate::{Certificate, Fingerprint};
use crate::event::{Detail, EventKind, FindingId, Location, Occurrence, OccurrenceId};
use crate::history::{AnomalyRecord, Recovered, lasting};
use crate::observation::Observation;

/// The same finding of the same certificate is told at most once in this time.
const ONCE_IN: Duration = Duration::DAY;
/// A look that fails may be a moment's: it counts when two runs in a row did.
const FAILING_RUNS: u32 = 2;
/// New, or ended, on so many certificates and on more than a tenth of those looked at, it is one row.
const MANY: usize = 3;
const SHARE: usize = 10;

/// One thing that is wrong at one place.
struct Wrong {
    message: Clause,
    locations: Vec<Location>,
    certificate: Option<Arc<Certificate>>,
    /// Only what two runs in a row found counts.
    may_pass: bool,
}

impl Wrong {
    /// Several entries that watch a place may measure it by different things, as by the names that it is to cover.
    fn add_message(&mut self, message: &Clause) {
        let (Clause::Cause(known), Clause::Cause(cause)) = (&self.message, message) else { return };
        let mut causes = match &**known {
            FailureCause::Several(causes) => causes.clone(),
            _ => vec![Arc::clone(known)],
        };
        let words = cause.to_string();
        if known.to_string() != words && causes.len() < MANY && causes.iter().all(|one| one.to_string() != words) {
            causes.push(Arc::clone(cause));
            self.message = FailureCause::Several(causes).into();
        }
    }
}

/// By place and finding.
type FindingsByLocation = BTreeMap<(String, FindingId), Wrong>;

pub(super) fn anomalies(context: &DetectContext) -> DetectedOccurrences {
    let wrong = wrong(context);
    let (records, happened) = (context.history().anomalies.clone(), DetectedOccurrences::default());
    let looks = ObservationIndex::new(context);
    let mut tracker = AnomalyTracker { context, looks, wrong, records, happened };
    let (ended, released) = tracker.note_ends();
    tracker.note_wrong();
    tracker.drop_unsent();
    let looked_at = context.input.observations.iter().filter(|look| look.is_reached).count();
    tracker.recoveries(ended, looked_at);
    tracker.release(released);
    tracker.tell_due(looked_at);
    tracker.tell_lasting();
    tracker.records.retain(|_, findings| !findings.is_empty());
    tracker.happened.anomalies = tracker.records;
    tracker.happened
}

/// Everything that is wrong now and worth telling.
fn wrong(context: &DetectContext) -> FindingsByLocation {
    let thresholds = Thresholds { by_policy: true, ..Thresholds::default() };
    let mut spots = FindingsByLocation::new();
    let mut members = Members::new(context.history());
    for observation in context.input.observations {
        let Some(entry) = context.entries.get(observation.entry.as_str()) else { continue };
        for finding in findings(entry, observation, &thresholds, context.now) {
            if finding.accepted || !is_anomaly(finding.id, observation, &mut members) {
                continue;
            }
            let spot = spots.entry((observation.place.to_string(), finding.id)).or_insert_with(|| Wrong {
                may_pass: finding.may_pass || needs_two_runs(finding.id),
                message: finding.message.clone(),
                locations: Vec::new(),
                certificate: certificate_at(observation, context),
            });
            spot.add_message(&finding.message);
            spot.locations.push(match &observation.outcome {
                Ok(sight) => super::tracked::seen(observation, sight, context.now),
                Err(_) => context.failing(observation),
            });
        }
    }
    spots
}

fn certificate_at(observation: &Observation, context: &DetectContext) -> Option<Arc<Certificate>> {
    if let Ok(sight) = &observation.outcome {
        return Some(Arc::clone(&sight.chain.leaf));
    }
    let history = context.history();
    let record = history.certificates.get(&history.places.get(&*observation.place)?.fingerprint)?;
    Some(Arc::clone(&record.facts))
}

struct AnomalyTracker<'a, 'b> {
    context: &'b DetectContext<'a>,
    looks: ObservationIndex<'b>,
    wrong: FindingsByLocation,
    records: BTreeMap<String, BTreeMap<FindingId, AnomalyRecord>>,
    happened: DetectedOccurrences,
}

/// An anomaly that was told and is gone.
struct Ended {
    place: String,
    finding: FindingId,
    told_as: OccurrenceId,
}

impl AnomalyTracker<'_, '_> {
    /// Marks what is no longer wrong; what was told of it is returned, and apart from it what is watched no more. The
    /// recovery of one that came and went within a day waits until it has been gone for a day, so that the last word is
    /// true.
    fn note_ends(&mut self) -> (Vec<Ended>, Vec<Ended>) {
        let now = self.context.now;
        let (mut ended, mut released) = (Vec::new(), Vec::new());
        for (place, findings) in &mut self.records {
            findings.retain(|finding, record| {
                if self.wrong.contains_key(&(place.clone(), *finding)) {
                    return true;
                }
                match self.looks.at(place, *finding, record.told_as.as_ref()) {
                    End::Unknown => return true,
                    End::NotWatched => {
                        let told_as = record.told_as.take();
                        released.extend(told_as.map(|told_as| Ended {
                            place: place.clone(),
                            finding: *finding,
                            told_as,
                        }));
                        return false;
                    }
                    End::Gone => {}
                }
                if record.gone.is_none() {
                    record.gone = Some(now);
                    record.runs = 0;
                }
                let waits = comes_and_goes(record) && record.gone.is_some_and(|gone| now - gone < ONCE_IN);
                if let Some(told_as) = record.told_as.take_if(|_| !waits) {
                    record.recovered = Some(Recovered { at: now, told_as: told_as.recovery(now) });
                    ended.push(Ended { place: place.clone(), finding: *finding, told_as });
                }
                let lately = record.recovered.as_ref().map(|recovered| recovered.at).max(record.reported);
                record.told_as.is_some() || lately.is_some_and(|lately| now - lately < ONCE_IN)
            });
        }
        (ended, released)
    }

    /// Of what is watched no more it is not known whether it is over; an alert that is kept open of it is closed.
    fn release(&mut self, released: Vec<Ended>) {
        let told_from = self.happened.occurrences.len();
        let over: BTreeSet<OccurrenceId> = self.happened.occurrences.iter().map(|over| over.id.clone()).collect();
        let mut by_told: BTreeMap<OccurrenceId, Vec<Ended>> = BTreeMap::new();
        for end in released {
            by_told.entry(end.told_as.clone()).or_default().push(end);
        }
        let lasting: BTreeSet<OccurrenceId> = lasting(&self.records).into_iter().cloned().collect();
        by_told.retain(|told_as, _| !lasting.contains(told_as) && !over.contains(&told_as.recovery(self.context.now)));
        for (told_as, ends) in by_told {
            let (finding, count) = (ends[0].finding, ends.len());
            self.recovery(finding, &[(told_as, ends)], count, true);
        }
        self.happened.released = self.happened.occurrences.split_off(told_from);
    }

    /// What is wrong nowhere now is told to no further recipient, nor is the recovery of what is wrong again.
    fn drop_unsent(&mut self) {
        let wrong: BTreeSet<&OccurrenceId> = self
            .records
            .values()
            .flat_map(BTreeMap::values)
            .filter(|record| record.gone.is_none())
            .filter_map(|record| record.told_as.as_ref())
            .collect();
        let before = lasting(&self.context.history().anomalies);
        self.happened.ended.extend(before.difference(&wrong).copied().cloned());
        for record in self.records.values().flat_map(BTreeMap::values).filter(|record| record.gone.is_none()) {
            let known = |recovered: &&Recovered| {
                self.context.history().occurrences.get(&recovered.told_as).is_some_and(|record| {
                    matches!(record.occurrence.detail, Detail::Recovered { count: 1, .. }) && !record.owed.is_empty()
                })
            };
            let unsent = record.recovered.as_ref().filter(known);
            self.happened.ended.extend(unsent.map(|recovered| recovered.told_as.clone()));
        }
    }

    fn note_wrong(&mut self) {
        let now = self.context.now;
        for ((place, finding), wrong) in &self.wrong {
            let findings = self.records.entry(place.clone()).or_default();
            let record = findings.entry(*finding).or_insert_with(|| AnomalyRecord {
                since: now,
                runs: 0,
                message: String::new(),
                fingerprint: None,
                reported: None,
                gone: None,
                told_as: None,
                recovered: None,
            });
            if record.gone.take().is_some() {
                record.since = now;
                record.runs = 0;
            }
            record.runs += 1;
            record.message = wrong.message.to_string();
            record.fingerprint = wrong.certificate.as_ref().map(|certificate| certificate.fingerprint);
        }
    }

    /// A recovery for each anomaly that is gone everywhere; one for all where many have ended at once.
    fn recoveries(&mut self, ended: Vec<Ended>, looked_at: usize) {
        let mut by_told: BTreeMap<OccurrenceId, Vec<Ended>> = BTreeMap::new();
        for end in ended {
            by_told.entry(end.told_as.clone()).or_default().push(end);
        }
        let mut groups: BTreeMap<FindingId, Vec<(OccurrenceId, Vec<Ended>)>> = BTreeMap::new();
        let lasting = lasting(&self.records);
        for (told_as, ends) in by_told {
            if self.was_storm(&told_as) || !lasting.contains(&told_as) {
                groups.entry(ends[0].finding).or_default().push((told_as, ends));
            }
        }
        for (finding, told) in groups {
            let count: usize = told.iter().map(|(_, ends)| ends.len()).sum();
            if is_storm(count, looked_at) {
                self.recovery(finding, &told, count, false);
                continue;
            }
            for (told_as, ends) in told {
                let count = ends.len();
                self.recovery(finding, &[(told_as, ends)], count, false);
            }
        }
    }

    fn recovery(&mut self, finding: FindingId, told: &[(OccurrenceId, Vec<Ended>)], count: usize, is_dropped: bool) {
        let context = self.context;
        // Each anomaly has its own recipients: those told of one are told of its end.
        for (told_as, ends) in told {
            let places: BTreeSet<&str> = ends.iter().map(|end| end.place.as_str()).collect();
            let sights = self.looks.of_places(&places);
            let sights: Vec<_> = sights.filter_map(|look| Some((look, look.outcome.as_ref().ok()?))).collect();
            let is_one = told.len() == 1 && places.len() == 1;
            let certificate = sights.first().filter(|_| is_one).map(|(_, sight)| &*sight.chain.leaf);
            let locations = sights.iter().map(|(look, sight)| super::tracked::seen(look, sight, context.now)).collect();
            let locations: Vec<Location> =
                if places.len() > MANY { three_and_one_of_each_entry(locations) } else { locations };
            let id = told_as.recovery(context.now);
            let detail = Detail::Recovered { finding, count, is_dropped };
            let subject = "";
            let began = context.input.history.occurrences.get(told_as).map(|record| &record.occurrence);
            let (certificate, locations) = match began.filter(|_| locations.is_empty()) {
                Some(began) => (began.certificate.as_ref(), began.locations.clone()),
                None => (certificate, locations.into()),
            };
            let occurrence = context.observed(EventKind::Recovery, subject, certificate, locations, detail);
            self.happened.occurrences.push(Occurrence { id, ..occurrence });
        }
    }

    /// Tells what is due: new, and not told within a day, unless the last word was that it is over. The same finding of
    /// the same certificate at a further place joins what was told of it.
    fn tell_due(&mut self, looked_at: usize) {
        let now = self.context.now;
        let mut told: BTreeMap<(FindingId, Fingerprint), OccurrenceId> = BTreeMap::new();
        for (finding, record) in self.records.values().flatten().filter(|(finding, _)| !is_failure(**finding)) {
            if let (Some(fingerprint), Some(told_as), None) = (record.fingerprint, &record.told_as, record.gone) {
                told.insert((*finding, fingerprint), told_as.clone());
            }
        }
        let mut due: BTreeMap<FindingId, BTreeMap<String, Vec<String>>> = BTreeMap::new();
        for (place, findings) in &mut self.records {
            for (finding, record) in findings.iter_mut() {
                let Some(wrong) = self.wrong.get(&(place.clone(), *finding)) else { continue };
                let is_new = record.gone.is_none()
                    && record.told_as.is_none()
                    && record.runs >= if wrong.may_pass { FAILING_RUNS } else { 1 };
                if !is_new {
                    continue;
                }
                let of_certificate = record.fingerprint.filter(|_| !is_failure(*finding));
                if let Some(told_as) = of_certificate.and_then(|fingerprint| told.get(&(*finding, fingerprint))) {
                    record.told_as = Some(told_as.clone());
                } else if may_be_told(record, now) {
                    let subject = of_certificate.map_or_else(|| place.clone(), |fingerprint| fingerprint.to_string());
                    due.entry(*finding).or_default().entry(subject).or_default().push(place.clone());
                }
            }
        }
        for (finding, by_subject) in due {
            if is_storm(by_subject.len(), looked_at) {
                let places: Vec<String> = by_subject.into_values().flatten().collect();
                self.tell(finding, &places, true);
            } else {
                for places in by_subject.into_values() {
                    self.tell(finding, &places, false);
                }
            }
        }
    }

    fn tell(&mut self, finding: FindingId, places: &[String], is_storm: bool) {
        let now = self.context.now;
        let first = places.first().cloned().unwrap_or_default();
        let many = if is_storm { " and others" } else { "" };
        let id = OccurrenceId::new(EventKind::Anomaly, format!("{finding} {first}{many} {}", now.unix_timestamp()));
        for place in places {
            if let Some(record) = self.records.get_mut(place).and_then(|findings| findings.get_mut(&finding)) {
                record.reported = Some(now);
                record.told_as = Some(id.clone());
            }
        }
    }

    /// It was told as a burst of many at once.
    fn was_storm(&self, told_as: &OccurrenceId) -> bool {
        self.context.history().occurrences.get(told_as).map_or(told_as.as_str().contains(" and others "), |known| {
            matches!(known.occurrence.detail, Detail::FindingBurst { .. })
        })
    }

    /// Every anomaly that was told and lasts, as it is now: it is owed to recipients subscribed now.
    fn tell_lasting(&mut self) {
        let mut by_id: BTreeMap<&OccurrenceId, (FindingId, Vec<&str>)> = BTreeMap::new();
        for (place, findings) in &self.records {
            for (finding, record) in findings.iter().filter(|(_, record)| record.gone.is_none()) {
                if let Some(id) = &record.told_as {
                    by_id.entry(id).or_insert_with(|| (*finding, Vec::new())).1.push(place);
                }
            }
        }
        for (id, (finding, places)) in by_id {
            let spots = places.iter().filter_map(|place| self.wrong.get(&((*place).to_owned(), finding)));
            let spots: Vec<&Wrong> = spots.collect();
            let Some(first) = spots.first() else { continue };
            let was_storm = self.was_storm(id);
            let locations = spots.iter().flat_map(|spot| spot.locations.clone());
            let (certificate, locations, detail) = if was_storm {
                let names =
                    first_three(spots.iter().flat_map(|spot| &spot.locations).map(|seen| seen.name.to_string()));
                (None, dedup_by_entry(locations), Detail::FindingBurst { finding, count: spots.len(), names })
            } else {
                let message = first.message.clone();
                (first.certificate.as_deref(), locations.collect(), Detail::FindingOpened { finding, message })
            };
            let occurrence = self.context.observed(EventKind::Anomaly, "", certificate, locations, detail);
            self.happened.occurrences.push(Occurrence { id: id.clone(), ..occurrence });
        }
    }
}

/// It was told anew within a day of its recovery.
fn comes_and_goes(record: &AnomalyRecord) -> bool {
    let (Some(recovered), Some(reported)) = (&record.recovered, record.reported) else { return false };
    reported >= recovered.at && reported - recovered.at < ONCE_IN
}

/// Not told within a day, or told to be over since.
fn may_be_told(record: &AnomalyRecord, now: OffsetDateTime) -> bool {
    record.reported.is_none_or(|reported| {
        now - reported >= ONCE_IN || record.recovered.as_ref().is_some_and(|recovered| recovered.at >= reported)
    })
}

fn is_storm(count: usize, looked_at: usize) -> bool {
    count >= MANY && count * SHARE > looked_at
}
