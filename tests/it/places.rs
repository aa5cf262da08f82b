//! Places that cannot be looked at: lists, folders and names that fail take nothing out of the watch.

mod addresses;
mod crowds;
mod folders;
mod includes;
mod lists;
mod lone;
mod named;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A folder with a policy file, whose state lies beside it.
struct Site {
    folder: TempDir,
}

impl Site {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// One contact with an inbox who hears everything, and these tables.
    fn policy(&self, tables: &str) {
        self.write(
            "policies.toml",
            format!(
                "[contacts.ops]\nemail = \"ops@example.com\"\n[policies.default]\nchannels = [\"inbox\"]\n\
                 events = [\"business\", \"alerts\"]\n{tables}"
            ),
        );
    }

    /// Exit code, standard output and standard error.
    fn certnotify(&self, arguments: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.env_clear().current_dir(self.folder.path());
        command.arg("-p").arg(self.path("policies.toml")).arg("--state").arg(self.path("memory/state.json"));
        let output = command.args(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    fn state(&self) -> serde_json::Value {
        serde_json::from_slice(&fs::read(self.path("memory/state.json")).unwrap()).unwrap()
    }

    /// Rewrites the state between two runs.
    fn change_state(&self, change: impl FnOnce(&mut serde_json::Value)) {
        let mut state = self.state();
        change(&mut state);
        self.write("memory/state.json", serde_json::to_string_pretty(&state).unwrap());
    }

    /// Every internal message, as one text.
    fn inbox(&self) -> String {
        let mut files = Vec::new();
        collect(&self.path("memory/inbox"), &mut files);
        files.sort();
        files.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            collect(&entry.path(), files);
        } else {
            files.push(entry.path());
        }
    }
}
