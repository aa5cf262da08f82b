//! What lies in the directories of the program, as another user may have laid it there.

mod damaged_states;
mod in_words;
mod links;
mod locks;
mod narrowed;
mod other_files;
mod refused;
mod reports;
mod synced;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;
use time::macros::datetime;

use crate::support::certificates;

/// A policy file with a certificate that has expired, told by the inbox, and a directory for the state.
pub struct Place {
    folder: TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self::with("")
    }

    /// With further keys in `[settings]`.
    pub fn with(settings: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let (from, until) = (datetime!(2020-01-01 0:00 UTC), datetime!(2021-01-01 0:00 UTC));
        let leaf = certificates::leaf(&["www.example.com"]).lives(from, until).self_signed();
        fs::write(folder.path().join("www.pem"), leaf.pem).unwrap();
        let policy = format!(
            "[settings]\ntimezone = \"UTC\"\ntime-limit = \"10s\"\n{settings}\n[contacts.ops]\nemail = \"ops@example.com\"\n[policies.default]\n\
             contacts = [\"ops\"]\nchannels = [\"inbox\"]\nevents = [\"business\", \"alerts\"]\n\
             [[certificates]]\nname = \"www\"\nfile = \"www.pem\"\n"
        );
        fs::write(folder.path().join("policies.toml"), policy).unwrap();
        fs::create_dir(folder.path().join("memory")).unwrap();
        Self { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the program with `--state memory/state.json`.
    pub fn certnotify(&self, arguments: &[&str]) -> Ended {
        self.certnotify_on(Path::new("memory/state.json"), arguments)
    }

    pub fn certnotify_on(&self, state: &Path, arguments: &[&str]) -> Ended {
        let mut command = self.command(arguments);
        command.arg("--state").arg(state);
        Ended::new(&command.output().unwrap())
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.env_clear().env("TZ", "UTC").current_dir(self.folder.path());
        command.args(arguments).args(["-p", "policies.toml"]);
        command
    }
}

/// How a run of the program ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    pub fn new(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }
}

/// The names in a directory, sorted; none where there is no directory.
pub fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
