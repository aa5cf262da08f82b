//! A run gives up what it does not need, once it has its memory and before it looks at what others wrote.

use std::path::Path;

use certnotify::pass::{self, RunInput};
use certnotify::program::launcher;
use certnotify::sandbox::{self, Narrowed};

use super::reports::ReportArgs;
use crate::cli::{Global, inputs, output};

/// Narrows this process to what `job` needs; `-v` says to what.
pub(super) fn narrow(job: RunInput<'_>, state: &Path, reports: &ReportArgs, global: &Global) {
    let settings = &job.policies.settings;
    let of_memory =
        [state.parent().unwrap_or(Path::new("/")).to_owned(), inputs::inbox_path(job.policies, state).path()];
    let writable = of_memory.into_iter().chain(reports.places()).chain(settings.publish.clone()).collect();
    let programs = pass::programs(job);
    // What is started from here on gives up what this process does.
    let starts_none = programs.is_empty() || launcher::launch(&programs, &job.policies.withheld().variables);
    let narrowed = starts_none.then(|| sandbox::narrow(&pass::confinement(job, writable, &inputs::environment)));
    let refuses = starts_none && sandbox::refuse_calls();
    if global.verbose {
        output::problem(&format!("note: {}", in_words(narrowed)), None);
        if refuses {
            output::problem(&format!("note: {REFUSED}"), None);
        }
        if starts_none && !programs.is_empty() {
            output::problem(&format!("note: {PROGRAMS}"), None);
        }
    }
}

const PROGRAMS: &str = "the programs of the policy file are started by another process, which starts no others";

const REFUSED: &str =
    "this run may start no program, look into no other process and change neither its user nor the machine (seccomp)";

fn in_words(narrowed: Option<Narrowed>) -> &'static str {
    match narrowed {
        None => {
            "this run is not narrowed: it has to start the programs of the policy file itself, since no other process could be started"
        }
        Some(Narrowed::Not) => "this run is not narrowed: the kernel has no Landlock that can be used",
        Some(Narrowed::Files) => "this run writes to its own files only, and runs no program (Landlock)",
        Some(Narrowed::FilesAndPorts) => {
            "this run writes to its own files only, runs no program, and connects to the ports of targets and channels only (Landlock)"
        }
    }
}
