//! The policy file: what it comes to, and what is said of one that is wrong.

mod advice;
mod channels;
mod command;
mod examples;
mod hostile;
mod meaning;
mod problems;
mod secrets;
mod templates;
mod words;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use certnotify::cause::{ReadError, SystemError, SystemErrorKind};
use certnotify::policy::{Files, ParsedPolicy, Policies, Problem, SourceFile, Zone, parse};

/// Files that exist only here.
#[derive(Default)]
struct Shelf(BTreeMap<PathBuf, String>);

impl Shelf {
    fn with<const N: usize>(files: [(&str, &str); N]) -> Self {
        Self(files.into_iter().map(|(path, text)| (PathBuf::from(path), text.to_owned())).collect())
    }
}

impl Files for Shelf {
    /// Every pattern of these tests is a folder and `*.toml`.
    fn matching(&mut self, pattern: &Path) -> Result<Vec<PathBuf>, String> {
        let folder = pattern.parent();
        Ok(self.0.keys().filter(|path| path.parent() == folder).cloned().collect())
    }

    fn policies(&mut self, path: &Path) -> Result<SourceFile, String> {
        self.list(path).map_err(|error| error.to_string())
    }

    fn list(&mut self, path: &Path) -> Result<SourceFile, ReadError> {
        let text = self.0.get(path).ok_or_else(|| {
            let said = "there is no such file".to_owned();
            ReadError::System(SystemError { kind: SystemErrorKind::NotFound, said })
        })?;
        Ok(SourceFile::new(path, text.as_str()))
    }
}

const MAIN: &str = "/etc/certnotify/policies.toml";

fn parsed(text: &str) -> ParsedPolicy {
    parsed_with(text, &mut Shelf::default())
}

fn parsed_with(text: &str, shelf: &mut Shelf) -> ParsedPolicy {
    parse(SourceFile::new(MAIN, text), &Zone::named("Europe/Berlin").unwrap(), shelf)
}

fn policies(text: &str) -> Policies {
    parsed(text).policies.unwrap_or_else(|problems| panic!("{}", shown(&problems)))
}

/// The errors of a file that has some.
fn errors(text: &str) -> Vec<Problem> {
    parsed(text).policies.expect_err("the file is refused")
}

fn shown(problems: &[Problem]) -> String {
    problems.iter().map(Problem::render).collect::<Vec<_>>().join("\n")
}

/// Something to watch and a contact to tell, for tests of anything else.
const REST: &str = "[contacts.alice]\nemail = \"alice@example.com\"\n[[certificates]]\nfile = \"a.pem\"\n";
