//! What a search for certificates found, and what it could not read.

use std::io;
use std::path::{Path, PathBuf};

use certnotify::cause::SystemError;
use certnotify::event::FindingId;
use certnotify::observation::Observation;
use certnotify::observe;
use certnotify::policy::{self, Watch, is_unprintable};
use time::OffsetDateTime;

use crate::cli::targets::{CheckTerms, entry};

/// A path, directory or glob, and where it was found; or all the endpoints.
#[derive(Debug, Default)]
pub(super) struct Find {
    pub path: Option<PathBuf>,
    pub exclude: Option<&'static str>,
    pub is_automatic: bool,
    /// One clause a place that names it.
    pub by: Vec<String>,
}

impl Find {
    pub(super) fn endpoints() -> Self {
        Self { by: vec!["named on the command line".to_owned()], ..Self::default() }
    }
}

#[derive(Debug, Default)]
pub(super) struct Findings {
    pub finds: Vec<Find>,
    pub endpoints: Vec<String>,
    /// What could not be read, as clauses.
    pub unread: Vec<String>,
}

impl Findings {
    /// A path once, however many name it; not the sample certificate that distributions install.
    pub(super) fn add(&mut self, path: PathBuf, by: &str, is_automatic: bool) {
        if path.file_name().is_some_and(|name| name.to_string_lossy().contains("snakeoil")) {
            return;
        }
        if path.to_str().is_none_or(|text| text.contains(is_unprintable)) {
            self.unread.push(format!("`{}`: no policy file can hold this name", path.display()));
            return;
        }
        let known = self.finds.iter_mut().find(|find| find.path.as_ref().is_some_and(|known| covers(known, &path)));
        match known {
            Some(find) if find.by.iter().any(|known| known == by) => {}
            Some(find) => find.by.push(by.to_owned()),
            None => self.finds.push(Find { path: Some(path), exclude: None, is_automatic, by: vec![by.to_owned()] }),
        }
    }

    pub(super) fn unread(&mut self, path: &Path, error: &io::Error) {
        if error.kind() != io::ErrorKind::NotFound {
            self.unread.push(format!("`{}`: {}", path.display(), SystemError::from_io(error).said));
        }
    }
}

/// Whether a watched path or glob already stands for `path`.
fn covers(known: &Path, path: &Path) -> bool {
    known == path || (policy::has_wildcards(known) && path.starts_with(policy::fixed_part(known)))
}

/// By its name: some keys cannot be read.
pub(super) fn is_key(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    path.extension().is_some_and(|end| end.eq_ignore_ascii_case("key"))
        || name.starts_with("privkey")
        || name.ends_with("key.pem")
}

/// There is no certificate at all.
pub(super) fn holds_nothing(seen: &Observation) -> bool {
    seen.outcome.as_ref().is_err_and(|failure| failure.id == FindingId::NothingFound)
}

pub(super) fn observations(path: &Path, exclude: Option<&str>) -> Vec<Observation> {
    let exclude = exclude.map(str::to_owned).into_iter().collect();
    let watch = Watch::Files { patterns: vec![path.to_owned()], exclude };
    let entry = entry(path.display().to_string(), watch, &CheckTerms::default());
    // No date is judged here.
    observe::entries(&[&entry], &observe::Options::default(), OffsetDateTime::UNIX_EPOCH)
}
