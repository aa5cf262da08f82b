//! Messages that say what is so no more: which are put right in this run, and which could not be.

use time::OffsetDateTime;

use super::{Counts, RunInput, RunProblem, render_input};
use crate::deliver::{Correction, Uncorrected};
use crate::fault::contained;
use crate::history::History;
use crate::{render, schedule};

/// What is to be put right as the memory is now.
pub(super) fn owed(job: RunInput, counts: Counts, history: &History, now: OffsetDateTime) -> Vec<Correction> {
    let input = render_input(job, counts, history);
    let owed = contained(|| schedule::corrections(job.policies, history, now)).unwrap_or_default();
    let written = owed.into_iter().filter_map(|(contact, channel, posted)| {
        let message = contained(|| render::correction(&contact, channel, &posted, &input, now)).ok().flatten()?;
        Some(Correction { message, posted })
    });
    written.collect()
}

/// A warning each: everything was told all the same.
pub(super) fn problems(left: Vec<Uncorrected>) -> impl Iterator<Item = RunProblem> {
    left.into_iter().map(|Uncorrected { place, reason }| RunProblem {
        place,
        message: format!("an earlier message still shows as open what is over: {reason}"),
        help: "it stays as it is; nothing is left untold".to_owned(),
        is_news: true,
        ..RunProblem::default()
    })
}
