//! The whole way from text to policies.

use super::problem::{Problem, Problems};
use super::source::{Files, Place, SourceFile};
use super::syntax::Soundness;
use super::{EntryName, Policies, Secret, Zone, document, lints, resolve};

/// What became of a policy file.
#[derive(Debug)]
pub struct ParsedPolicy {
    /// All errors together, in the order of the files and their lines.
    pub policies: Result<Policies, Vec<Problem>>,
    pub warnings: Vec<Problem>,
    /// The `heartbeat` in `[settings]`, as far as the file could be read: it is told that the rest could not be used.
    pub heartbeat: Option<Secret>,
    /// Where the name of each entry stands, in the order of the entries.
    places: Vec<Place>,
    read: Problems,
}

impl ParsedPolicy {
    /// Warnings that are shown at the tables of entries, for what only a look at certificates can tell.
    #[must_use]
    pub fn warnings_at(&self, warnings: Vec<(&EntryName, String)>, help: &str) -> Vec<Problem> {
        let place =
            |entry: &EntryName| self.places.get(self.policies.as_ref().ok()?.position(entry.as_str())?).copied();
        let placed = warnings.into_iter().filter_map(|(entry, message)| Some((place(entry)?, message)));
        self.read.warnings_at(placed, help)
    }
}

/// Reads the policy file `main` and what it includes. `machine_zone` stands where no `timezone` is written.
pub fn parse(main: SourceFile, machine_zone: &Zone, files: &mut dyn Files) -> ParsedPolicy {
    let mut problems = Problems::default();
    let (mut document, soundness) = document::read(main, files, &mut problems);
    let places: Vec<Place> = document.entries.iter().map(|entry| entry.name.place).collect();
    let policies = match soundness {
        Soundness::Whole => Some(resolve::resolve(&mut document, machine_zone, &mut problems)),
        Soundness::BrokenValues => {
            resolve::check_references(&document, &mut problems);
            None
        }
        Soundness::BrokenTables => None,
    };
    let heartbeat = document.settings.others.heartbeat.clone();
    let policies = policies.filter(|_| !problems.has_errors());
    if let Some(policies) = &policies {
        lints::give(&document, policies, &places, machine_zone, &mut problems);
    }
    let (errors, warnings) = problems.take_problems();
    ParsedPolicy { policies: policies.ok_or(errors), warnings, heartbeat, places, read: problems }
}
