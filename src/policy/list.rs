//! `list`: endpoints in a file of their own, one a line. What cannot be read of it hides nothing else.

use std::path::PathBuf;

use super::endpoint;
use super::fields::Fields;
use super::printable::clean;
use super::problem::Problems;
use super::source::{At, Files, Place};
use super::{Endpoint, UnreadSource};
use crate::cause::{LineError, UnreadCause};
use crate::event::FindingId;

/// Of a list that is none, so many lines are told one by one; the others are counted.
const MOST_LINES: usize = 20;
/// Of a line that is quoted.
const LONGEST_QUOTE: usize = 80;

/// The path of a list, and what of it could not be read.
pub(super) type ReadList = (Option<PathBuf>, Vec<UnreadSource>);

/// A list as it was read.
pub(super) struct List {
    /// The entry it makes where the table has no name.
    pub name: At<String>,
    pub endpoints: Vec<At<Endpoint>>,
    pub unread: Vec<UnreadSource>,
    /// Absolute.
    pub path: PathBuf,
}

/// Reads the list that a table names, an endpoint a line; `#` begins a comment.
pub(super) fn read(fields: &mut Fields<'_, '_>, files: &mut dyn Files) -> Option<List> {
    let written = fields.text("list")?;
    let path = fields.checked_path(&written, |_| Ok(()))?;
    let mut list = List { name: written.clone(), endpoints: Vec::new(), unread: Vec::new(), path };
    let name = cleaned(&written.value);
    let file = match files.list(&list.path) {
        Ok(file) => file,
        Err(error) => {
            let cause = UnreadCause::List(name, error);
            let help = "put the file there, one endpoint a line, readable by the user who runs certnotify";
            list.add(written.place, None, (FindingId::Unreadable, cause, help), fields.problems);
            return Some(list);
        }
    };
    let source = fields.problems.add_source(file);
    let mut bad_lines = 0;
    for (line, text) in (1..).zip(fields.problems.lines(source)) {
        let written = text.value.split('#').next().unwrap_or_default();
        if written.trim().is_empty() {
            continue;
        }
        let start = text.place.start + (written.len() - written.trim_start().len());
        let written = written.trim();
        let place = Place { file: source, start, end: start + written.len() };
        match endpoint::read_line(written) {
            Ok(value) => list.endpoints.push(At { value, place }),
            Err(_) if bad_lines >= MOST_LINES => bad_lines += 1,
            Err((wrong, help)) => {
                bad_lines += 1;
                if written.contains('@') {
                    // Pasted with its user name and its password: it is refused, and never quoted.
                    fields.problems.secrets.push(place);
                }
                let is_long = written.chars().count() > LONGEST_QUOTE;
                let (wrong, help) = if is_long {
                    (LineError::TooLong, ONE_A_LINE.to_owned())
                } else {
                    (wrong.map_quoted(cleaned), help_in_list(written, &help))
                };
                let cause = UnreadCause::Line(name.clone(), line, wrong);
                list.add(place, Some(line), (FindingId::Unparsable, cause, &help), fields.problems);
            }
        }
    }
    if bad_lines > MOST_LINES {
        let cause = UnreadCause::MoreLines(name.clone(), bad_lines - MOST_LINES);
        let wrong = (FindingId::Unparsable, cause, "see whether it is a list at all");
        list.add(written.place, None, wrong, fields.problems);
    }
    if list.endpoints.is_empty() && list.unread.is_empty() {
        let help = "it holds one endpoint a line; `#` begins a comment";
        let wrong = (FindingId::NothingFound, UnreadCause::EmptyList(name), help);
        list.add(written.place, None, wrong, fields.problems);
    }
    Some(list)
}

impl List {
    /// The policy file can be used without what could not be read; `validate` shows where it stands.
    fn add(
        &mut self,
        place: Place,
        line: Option<usize>,
        (id, cause, help): (FindingId, UnreadCause, &str),
        problems: &mut Problems,
    ) {
        let help = cleaned(help);
        problems.warning(place, cause.to_string(), help.clone());
        let help = Some(help).filter(|help| !help.is_empty());
        self.unread.push(UnreadSource { path: self.path.clone(), line, id, cause, help });
    }
}

fn cleaned(text: &str) -> String {
    clean(text).into_owned()
}

const ONE_A_LINE: &str = "write one endpoint a line";

/// What to write in a list, where other tools separate host and port by a blank.
fn help_in_list(written: &str, help: &str) -> String {
    let words: Vec<&str> = written.split([' ', '\t', ',', ';']).filter(|word| !word.is_empty()).collect();
    match words.as_slice() {
        [host, port] if is_port(port) && endpoint::read(host).is_ok_and(|endpoint| !endpoint.names_port()) => {
            let is_bare_ipv6 = host.matches(':').count() > 1 && !host.starts_with('[');
            let host = if is_bare_ipv6 { format!("[{host}]") } else { (*host).to_owned() };
            format!("host and port are joined by a colon: {host}:{port}")
        }
        [first, second, ..]
            if second.contains(['.', ':']) && [first, second].iter().all(|word| endpoint::read(word).is_ok()) =>
        {
            ONE_A_LINE.to_owned()
        }
        [first, _, ..] if endpoint::read(first).is_ok() => format!("a line holds an endpoint and no more: {first}"),
        _ => help.replace("endpoint = ", "").replace('"', ""),
    }
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port != 0)
}
