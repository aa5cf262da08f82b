//! The process gives up what it does not need: the only file that names Landlock.

mod calls;
#[cfg(target_os = "linux")]
mod names;

pub use calls::refuse_calls;

use std::collections::BTreeSet;
use std::path::PathBuf;

/// What the process may still do.
#[derive(Clone, Debug, Default)]
pub struct Confinement {
    /// Files that are written to, and directories below which files are made, written, renamed and removed. Of what is not
    /// there yet, the nearest directory above it counts.
    pub writable: Vec<PathBuf>,
    /// TCP ports that it connects to; without them any.
    pub ports: Option<BTreeSet<u16>>,
}

/// What the kernel took away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Narrowed {
    /// Nothing: it has no Landlock of the kind that is needed, or something was in the way.
    Not,
    /// Writing elsewhere, and running programs.
    Files,
    /// And connecting to other ports.
    FilesAndPorts,
}

/// Narrows the calling thread, and what it starts from here on, for good. Whatever is in the way, the process goes on as it
/// was: a reminder that is lost is worse than a process that may do more than it needs.
#[must_use]
pub fn narrow(limits: &Confinement) -> Narrowed {
    kernel::narrow(limits).unwrap_or(Narrowed::Not)
}

#[cfg(target_os = "linux")]
mod kernel {
    use std::io;
    use std::path::Path;

    use landlock::{
        ABI, AccessFs, AccessNet, CompatLevel, Compatible as _, NetPort, PathBeneath, PathFd, Ruleset,
        RulesetAttr as _, RulesetCreatedAttr as _, RulesetStatus, Scope,
    };

    use super::names::names_are_resolved_as_usual;
    use super::{Confinement, Narrowed};

    pub(super) fn narrow(limits: &Confinement) -> Option<Narrowed> {
        // The first version lets no file be renamed into another directory, which is how a Maildir is written to.
        let needed = AccessFs::from_write(ABI::V2);
        let rules = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
        let mut rules = rules.handle_access(needed | AccessFs::Execute).ok()?;
        rules = rules.set_compatibility(CompatLevel::BestEffort).handle_access(AccessFs::Truncate).ok()?;
        rules = rules.scope(Scope::Signal).ok()?;
        let ports = limits.ports.as_ref().filter(|_| names_are_resolved_as_usual());
        if ports.is_some() {
            rules = rules.handle_access(AccessNet::ConnectTcp).ok()?;
        }
        let mut rules = rules.create().ok()?;
        for path in &limits.writable {
            let (path, is_directory) = nearest(path).ok()?;
            let of_file = AccessFs::WriteFile | AccessFs::Truncate;
            let of_names = AccessFs::MakeReg | AccessFs::MakeDir | AccessFs::RemoveFile | AccessFs::RemoveDir;
            let access = if is_directory { of_file | of_names | AccessFs::Refer } else { of_file };
            rules = rules.add_rule(PathBeneath::new(PathFd::new(path).ok()?, access)).ok()?;
        }
        for port in ports.into_iter().flatten() {
            rules = rules.add_rule(NetPort::new(*port, AccessNet::ConnectTcp)).ok()?;
        }
        let status = rules.restrict_self().ok()?;
        Some(match status.ruleset {
            RulesetStatus::NotEnforced => Narrowed::Not,
            _ if ports.is_some() && has_ports() => Narrowed::FilesAndPorts,
            _ => Narrowed::Files,
        })
    }

    /// `path`, else the nearest directory above it that is there; and whether it is a directory.
    fn nearest(path: &Path) -> io::Result<(&Path, bool)> {
        let mut found = Err(io::ErrorKind::NotFound.into());
        for above in path.ancestors() {
            found = above.metadata().map(|metadata| (above, metadata.is_dir()));
            match &found {
                Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
                _ => break,
            }
        }
        found
    }

    /// Whether the kernel knows rules for ports.
    fn has_ports() -> bool {
        let rules = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
        rules.handle_access(AccessNet::ConnectTcp).is_ok()
    }
}

#[cfg(not(target_os = "linux"))]
mod kernel {
    use super::{Confinement, Narrowed};

    pub(super) fn narrow(_: &Confinement) -> Option<Narrowed> {
        None
    }
}
