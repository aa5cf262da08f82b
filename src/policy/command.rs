//! `command = { argv = […] }` of a contact: a program that takes messages.

use std::time::Duration;

use super::fields::{Fields, absolute};
use super::keys;
use super::problem::Problems;
use super::source::Place;
use super::tree::{Node, Value};

/// A program of this machine, run without a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Never empty. The program is absolute, or a name that is looked for in `PATH`.
    pub argv: Vec<String>,
    /// It is killed after this.
    pub time_limit: Duration,
}

const USUAL_LIMIT: Duration = Duration::from_secs(30);
const LONGEST_LIMIT: Duration = Duration::from_secs(5 * 60);
const HELP: &str = "write command = { argv = [\"/usr/local/bin/tell\", \"--urgent\"] }: no shell splits it";

/// Whether the file that names a program may: none is run where other users can write the file.
pub(super) fn is_trusted(place: Place, what: &str, problems: &mut Problems) -> bool {
    let distrust = problems.sources.get(place.file).and_then(|source| source.file.distrust.clone());
    if let Some(reason) = &distrust {
        let message = format!("{what} runs a program, and this file is not to be trusted with that: {reason}");
        problems.error(place, message, "let it belong to you or root, and: chmod go-w FILE");
    }
    distrust.is_none()
}

/// The table of the contact that `what` names.
pub(super) fn read(node: &Node, what: &str, problems: &mut Problems) -> Option<Command> {
    let is_trusted = is_trusted(node.place, &format!("`command` of {what}"), problems);
    let mut fields = Fields::of_node(node, &keys::COMMAND, format!("`command` of {what}"), HELP, problems)?;
    let argv = argv(&mut fields, node, what);
    let time_limit = match fields.duration("time-limit") {
        Some(limit) if limit.value > LONGEST_LIMIT => {
            let message = "`time-limit` of a command is more than 5 minutes: a run waits for it";
            fields.problems.error(
                limit.place,
                message,
                "write time-limit = \"30s\", and let the program work on alone",
            );
            USUAL_LIMIT
        }
        limit => limit.and_then(|limit| Duration::try_from(limit.value).ok()).unwrap_or(USUAL_LIMIT),
    };
    fields.finish();
    Some(Command { argv: argv?, time_limit }).filter(|_| is_trusted)
}

/// Every argument is as it is written, also an empty one.
fn argv(fields: &mut Fields<'_, '_>, node: &Node, what: &str) -> Option<Vec<String>> {
    let Some(written) = fields.take("argv") else {
        if !fields.means("argv") {
            fields.problems.error(node.place, format!("`command` of {what} has no `argv`"), HELP);
        }
        return None;
    };
    let Value::List(items) = &written.value else {
        fields.problems.error(written.place, format!("`argv` is {}, it must be a list", written.value.what()), HELP);
        return None;
    };
    let mut argv = Vec::new();
    for item in items {
        match &item.value {
            Value::Text(text) if text.contains('\0') => {
                fields.problems.error(item.place, "`argv` holds a NUL, which no program can be given", HELP);
                return None;
            }
            Value::Text(text) => argv.push(text.clone()),
            other => {
                let message = format!("`argv` holds {}, it must hold strings", other.what());
                fields.problems.error(item.place, message, HELP);
                return None;
            }
        }
    }
    let Some(program) = argv.first_mut().filter(|program| !program.trim().is_empty()) else {
        fields.problems.error(written.place, "`argv` names no program", HELP);
        return None;
    };
    if program.contains('/') || program.starts_with('~') {
        let folder = fields.folder(written.place);
        match absolute(&folder, program) {
            Ok(path) => *program = path.display().to_string(),
            Err(refusal) => {
                fields.problems.error(written.place, refusal.message, refusal.help);
                return None;
            }
        }
    }
    Some(argv)
}
