//! What was told of each certificate and what comes next, for reports that are made with a policy file.

use std::collections::HashMap;

use certnotify::certificate::Fingerprint;
use certnotify::event::EventKind;
use certnotify::history::History;
use certnotify::pass::{self, RunInput, ScanResult, Throttled};
use certnotify::render::reason_in_words;
use time::{Duration, OffsetDateTime};

use crate::cli::inputs;

/// How far ahead a page looks.
pub(crate) const AHEAD: Duration = Duration::days(366);
/// Of one certificate, so many deliveries are listed; the rest is counted.
const MOST_TOLD: usize = 6;

/// By certificate.
pub(crate) type Stories = HashMap<Fingerprint, Story>;

#[derive(Debug, Default)]
pub(crate) struct Story {
    /// The last of each kind, contact and channel, newest first.
    pub told: Vec<LastDelivery>,
    pub told_more: usize,
    /// The next of each contact and channel, in order.
    pub next: Vec<Next>,
}

#[derive(Debug)]
pub(crate) struct LastDelivery {
    pub at: OffsetDateTime,
    pub kind: EventKind,
    /// `ops by email`.
    pub to: String,
    pub times: usize,
}

#[derive(Debug)]
pub(crate) struct Next {
    pub at: OffsetDateTime,
    /// `ops by email`, and who else is told the same then.
    pub to: Vec<String>,
    pub why: String,
}

pub(crate) fn stories(job: RunInput<'_>, look: &ScanResult, history: &History, now: OffsetDateTime) -> Stories {
    let zone = &job.policies.settings.zone;
    let mut stories = Stories::new();
    for fingerprint in history.deliveries.keys() {
        let story = stories.entry(*fingerprint).or_default();
        let last = history.logs_of(*fingerprint).map(|(kind, contact, channel, log)| LastDelivery {
            at: log.last(),
            kind,
            to: format!("{contact} by {channel}"),
            times: log.count(),
        });
        story.told.extend(last);
        story.told.sort_by(|one, other| other.at.cmp(&one.at).then_with(|| one.to.cmp(&other.to)));
        story.told_more = story.told.len().saturating_sub(MOST_TOLD);
        story.told.truncate(MOST_TOLD);
    }
    let throttled = Throttled::new(job.policies, history, &inputs::environment, now);
    for (at, batch) in pass::plan(job, look, history, &throttled, (now, now.saturating_add(AHEAD))).0 {
        let to = format!("{} by {}", batch.contact, batch.channel);
        for reminder in &batch.reminders {
            let story = stories.entry(reminder.key.fingerprint).or_default();
            if story.next.iter().any(|next| next.to.contains(&to)) {
                continue;
            }
            let why = reason_in_words(reminder, zone);
            let next = Next { at: batch.held_until.unwrap_or(at), to: vec![to.clone()], why };
            match story.next.iter_mut().find(|known| known.at == next.at && known.why == next.why) {
                Some(known) => known.to.extend(next.to),
                None => story.next.push(next),
            }
        }
    }
    stories
}
