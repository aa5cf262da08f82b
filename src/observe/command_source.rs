//! Looking at what a program prints, as if a file held it: for stores that only a program can read.

use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::content::{self, Origin};
use super::trust::TrustStores;
use super::{Options, pool, probe_error};
use crate::cause::{Doing, ProgramCause, ProgramEnd};
use crate::certificate::Fingerprint;
use crate::disk::LARGEST;
use crate::event::FindingId;
use crate::fault::contained;
use crate::observation::{Failure, Observation};
use crate::policy::{Entry, SourceProgram, Watch};
use crate::program::{self, Variables};
use crate::redactor::of_policy;
use crate::text::untrusted::clean;

/// Every program that prints certificates is killed after this.
const LONGEST: Duration = Duration::from_secs(60);
/// So many run side by side.
const SIDE_BY_SIDE: usize = 4;

/// What the programs of the entries print; the outer vector is in the order of the entries.
pub(super) fn look(
    entries: &[&Entry],
    trust_stores: &TrustStores,
    options: &Options<'_>,
    now: OffsetDateTime,
) -> Vec<Vec<Observation>> {
    pool::map(
        entries,
        SIDE_BY_SIDE,
        || (),
        |(), entry| match &entry.watch {
            Watch::Program(program) => look_at(entry, program, trust_stores, options, now),
            Watch::Files { .. }
            | Watch::Endpoints { .. }
            | Watch::Date(_)
            | Watch::Domains(_)
            | Watch::Published(_) => Vec::new(),
        },
    )
}

fn look_at(
    entry: &Entry,
    source: &SourceProgram,
    trust_stores: &TrustStores,
    options: &Options<'_>,
    now: OffsetDateTime,
) -> Vec<Observation> {
    let program = source.argv.first().map_or("", String::as_str);
    let (place, shown) = (place(source), format!("output of {program}"));
    let origin = Origin { place: &place, source: &shown };
    let left = options.ends.map_or(LONGEST, |ends| ends.saturating_duration_since(Instant::now()));
    if options.is_stopped() || left.is_zero() {
        return content::failed(entry, &origin, probe_error::not_reached(), false);
    }
    let printed = contained(|| printed(source, left.min(LONGEST), options));
    let printed =
        printed.unwrap_or_else(|fault| Err(Failure::by_fault(FindingId::Unreadable, &shown, Doing::Reading, fault)));
    match printed {
        Ok(bytes) => content::look(entry, &origin, &bytes, trust_stores, options, now),
        Err(failure) => content::failed(entry, &origin, failure, true),
    }
}

/// What the memory knows it by. Arguments may hold what is not to be shown: a digest stands for them.
fn place(source: &SourceProgram) -> String {
    let mut digest = Sha256::new();
    for argument in &source.argv {
        digest.update(argument.as_bytes());
        digest.update([0]);
    }
    let digest = Fingerprint::new(digest.finalize().into());
    format!("command-source {} {}", source.argv.first().map_or("", String::as_str), &digest.short()[..8])
}

fn printed(source: &SourceProgram, limit: Duration, options: &Options<'_>) -> Result<Vec<u8>, Failure> {
    let most = usize::try_from(LARGEST).unwrap_or(usize::MAX);
    let variables = Variables { added: &[], withheld: &source.withheld.variables };
    let failure = |cause, help: &str| Failure::new(FindingId::Unreadable, cause).with_help(help);
    let ended = program::output(&source.argv, variables, most, limit)
        .map_err(|error| failure(ProgramCause::Error(error), "correct `command-source`, or mend the program"))?;
    let program = clean(source.argv.first().map_or("", String::as_str));
    let Some(ended) = ended else {
        let cause = ProgramCause::PrintsTooMuch { program, mebibytes: LARGEST >> 20 };
        return Err(failure(cause, "let it print less, or make several entries of it"));
    };
    if ended.end == ProgramEnd::Code(0) {
        return Ok(ended.stdout);
    }
    // What it printed may be a secret; what it says of its failure is for people.
    let said = String::from_utf8_lossy(&ended.stderr);
    let said = said.trim().lines().last().unwrap_or_default();
    let said =
        if said.is_empty() { String::new() } else { of_policy(&source.withheld, options.environment).said(said) };
    let cause = ProgramCause::Failed { program, end: ended.end, said };
    Err(failure(cause, "run it by hand, as the user who runs certnotify"))
}
