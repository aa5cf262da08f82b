//! The build script: puts down what `certnotify --version` says of the build. It needs no git, and a package without a
//! repository is built as well.

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let mut watched = vec![PathBuf::from("src/cli/version/build.rs"), PathBuf::from("Cargo.lock")];
    let given = env::var("CERTNOTIFY_COMMIT").ok();
    let commit = given.or_else(|| packaged(&root)).or_else(|| checked_out(&root, &mut watched));
    let commit = commit.filter(|text| is_commit(text)).unwrap_or_default();
    let lock = fs::read_to_string(root.join("Cargo.lock")).unwrap_or_default();
    let mut out = io::stdout().lock();
    writeln!(out, "cargo::rerun-if-env-changed=CERTNOTIFY_COMMIT")?;
    writeln!(out, "cargo::rustc-env=CERTNOTIFY_COMMIT={commit}")?;
    for (variable, name) in [("CERTNOTIFY_RUSTLS", "rustls"), ("CERTNOTIFY_RING", "ring")] {
        writeln!(out, "cargo::rustc-env={variable}={}", version_of(name, &lock).unwrap_or_default())?;
    }
    for path in watched {
        writeln!(out, "cargo::rerun-if-changed={}", path.display())?;
    }
    Ok(())
}

fn is_commit(text: &str) -> bool {
    (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What `cargo package` put down.
fn packaged(root: &Path) -> Option<String> {
    let text = fs::read_to_string(root.join(".cargo_vcs_info.json")).ok()?;
    let (_, rest) = text.split_once("\"sha1\"")?;
    rest.split('"').nth(1).map(str::to_owned)
}

/// The commit that is checked out; what tells of another is watched. Development builds go without it: each commit would
/// build everything anew.
fn checked_out(root: &Path, watched: &mut Vec<PathBuf>) -> Option<String> {
    if env::var("PROFILE").ok()? != "release" {
        return None;
    }
    let dot_git = root.join(".git");
    // That of a worktree is a file which names the place.
    let git = match fs::read_to_string(&dot_git) {
        Ok(text) => root.join(text.trim().strip_prefix("gitdir: ")?),
        Err(_) => dot_git,
    };
    let shared = fs::read_to_string(git.join("commondir"));
    let shared = shared.map_or_else(|_| git.clone(), |path| git.join(path.trim()));
    let mut read = |path: PathBuf| {
        let text = fs::read_to_string(&path).ok()?;
        watched.push(path);
        Some(text)
    };
    let head = read(git.join("HEAD"))?;
    let Some(name) = head.trim().strip_prefix("ref: ") else { return Some(head.trim().to_owned()) };
    if let Some(loose) = read(git.join(name)).or_else(|| read(shared.join(name))) {
        return Some(loose.trim().to_owned());
    }
    let packed = read(shared.join("packed-refs"))?;
    let line = packed.lines().find(|line| line.split(' ').nth(1) == Some(name))?;
    line.split(' ').next().map(str::to_owned)
}

/// The version of a crate in the lock file.
fn version_of(name: &str, lock: &str) -> Option<String> {
    let (_, rest) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    rest.split('"').next().map(str::to_owned)
}
