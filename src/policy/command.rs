//! Programs that the policy file names: `command = { argv = […] }` of a contact takes messages, `command-source` of an
//! entry prints certificates.

use std::time::Duration;

use super::fields::Fields;
use super::keys;
use super::path::absolute;
use super::problem::Problems;
use super::refusal::Refusal;
use super::source::{At, Place};
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
const SOURCE_HELP: &str =
    "write command-source = [\"kubectl\", \"get\", \"secrets\", \"-A\", \"-o\", \"json\"]: no shell splits it";

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
    let label = format!("`command` of {what}");
    let is_trusted = is_trusted(node.place, &label, problems);
    let mut fields = Fields::from_node(node, &keys::COMMAND, &label, HELP, problems)?;
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

/// `command-source` of an entry: the program that prints its certificates.
pub(super) fn source(fields: &mut Fields<'_, '_>) -> Option<At<Vec<String>>> {
    let node = fields.take("command-source")?;
    let label = format!("`command-source` of {}", fields.what());
    let is_trusted = is_trusted(node.place, &label, fields.problems);
    let argv = arguments(node, "command-source", SOURCE_HELP, fields)?;
    is_trusted.then_some(At { value: argv, place: node.place })
}

fn argv(fields: &mut Fields<'_, '_>, node: &Node, what: &str) -> Option<Vec<String>> {
    let Some(written) = fields.take("argv") else {
        if !fields.means("argv") {
            fields.problems.error(node.place, format!("`command` of {what} has no `argv`"), HELP);
        }
        return None;
    };
    arguments(written, "argv", HELP, fields)
}

/// Every argument is as it is written, also an empty one.
pub(super) fn arguments(written: &Node, key: &str, help: &str, fields: &mut Fields<'_, '_>) -> Option<Vec<String>> {
    let folder = fields.folder(written.place);
    let read = || {
        let refuse = |node: &Node, wrong: &str| (node.place, Refusal::new(format!("`{key}` {wrong}"), help));
        let Value::List(items) = &written.value else {
            return Err(refuse(written, &format!("is {}, it must be a list", written.value.what())));
        };
        let argument = |item: &Node| match &item.value {
            Value::Text(text) if text.contains('\0') => Err(refuse(item, "holds a NUL, which no program can be given")),
            Value::Text(text) => Ok(text.clone()),
            other => Err(refuse(item, &format!("holds {}, it must hold strings", other.what()))),
        };
        let mut argv = items.iter().map(argument).collect::<Result<Vec<_>, _>>()?;
        let program = argv.first_mut().filter(|program| !program.trim().is_empty());
        let program = program.ok_or_else(|| refuse(written, "names no program"))?;
        if program.contains('/') || program.starts_with('~') {
            let path = absolute(&folder, program).map_err(|refusal| (written.place, refusal))?;
            *program = path.display().to_string();
        }
        Ok(argv)
    };
    read().map_err(|(place, refusal)| fields.problems.refuse(place, refusal)).ok()
}
