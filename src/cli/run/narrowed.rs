//! A run gives up what it does not need, once it has its memory and before it looks at what others wrote.

use std::path::Path;

use certnotify::pass::{self, RunInput};
use certnotify::sandbox::{self, Narrowed};

use super::reports::ReportArgs;
use crate::cli::{Global, inputs, output};

/// Narrows this process to what `job` needs; `-v` says to what.
pub(super) fn narrow(job: RunInput<'_>, state: &Path, reports: &ReportArgs, global: &Global) {
    let settings = &job.policies.settings;
    let of_memory =
        [state.parent().unwrap_or(Path::new("/")).to_owned(), inputs::inbox_path(job.policies, state).path()];
    let writable = of_memory.into_iter().chain(reports.places()).chain(settings.publish.clone()).collect();
    let narrowed = pass::confinement(job, writable, &inputs::environment).map(|limits| sandbox::narrow(&limits));
    // Its programs would have given them up too.
    let refuses = !job.policies.runs_programs() && sandbox::refuse_calls();
    if global.verbose {
        output::problem(&format!("note: {}", in_words(narrowed)), None);
        if refuses {
            output::problem(&format!("note: {REFUSED}"), None);
        }
    }
}

const REFUSED: &str =
    "this run may start no program, look into no other process and change neither its user nor the machine (seccomp)";

fn in_words(narrowed: Option<Narrowed>) -> &'static str {
    match narrowed {
        None => {
            "this run is not narrowed: the policy file names a program, or has `listens-on`, for which other processes are looked at"
        }
        Some(Narrowed::Not) => "this run is not narrowed: the kernel has no Landlock that can be used",
        Some(Narrowed::Files) => "this run writes to its own files only, and runs no program (Landlock)",
        Some(Narrowed::FilesAndPorts) => {
            "this run writes to its own files only, runs no program, and connects to the ports of targets and channels only (Landlock)"
        }
    }
}
