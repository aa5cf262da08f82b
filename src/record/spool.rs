//! Reports that wait to be taken into the memory: one file each, in `events/` beside the state. Nobody needs the lock to
//! put one down; whoever holds it takes them in.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::macros::format_description;

use super::state_file::absolute;
use super::{EVENTS, RecordError};
use crate::disk::{self, Directory, DirectoryPath, Draft, NotRegular};
use crate::event::{About, Evidence, Report};
use crate::policy::Zone;
use crate::render::untrusted::{cap, clean, clean_keeping_spaces};

const VERSION: u64 = 1;
/// No report has more bytes.
const LARGEST: u64 = 64 << 10;
/// No more are taken in at once; the rest waits.
const MOST: usize = 1000;
/// Directory entries that are looked at; of a directory with more, some are left for later.
const MOST_NAMES: usize = 20_000;

/// Of those that cannot be read, so many are named.
const SAID: usize = 10;

const ENDING: &str = ".json";
const ASIDE: &str = ".damaged";

/// Characters that are kept of what a report says.
const MESSAGE: usize = 1000;
const NAME: usize = 300;
const URL: usize = 2000;

/// The directory of the reports for one state.
#[derive(Clone, Debug)]
pub struct Spool {
    folder: DirectoryPath,
    /// The name of the state file: several may lie in one directory.
    state: String,
}

#[derive(Serialize, Deserialize)]
struct Document {
    version: u64,
    state: String,
    report: Report,
}

/// What every version of it begins with.
#[derive(Deserialize)]
struct Head {
    version: u64,
}

/// Why a report was not put down.
#[derive(Debug, thiserror::Error)]
#[error("event: it cannot be put down in {}", clean_keeping_spaces(&path.to_string_lossy()))]
pub struct SpoolError {
    path: PathBuf,
    source: io::Error,
}

/// Something about waiting reports that a person should know, though the run goes on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpoolNotice {
    #[error("reported event `{}`: it is damaged: {cause}", clean(name))]
    Damaged { name: String, cause: String, set_aside: bool, more: usize },
    #[error("reported event `{}`: a later certnotify wrote it", clean(name))]
    Newer { name: String },
    #[error("reported event `{}`: it cannot be read: {cause}", clean(name))]
    Unreadable { name: String, cause: String },
    #[error("reported events: {}: {cause}", clean_keeping_spaces(&path.to_string_lossy()))]
    NoFolder { path: PathBuf, cause: String },
    #[error("reported event `{}`: it was taken in and cannot be removed: {cause}", clean(name))]
    NotRemoved { name: String, cause: String },
}

impl SpoolNotice {
    /// The next thing to do, or what was done.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Damaged { set_aside: true, more, .. } => {
                let more = if *more == 0 { String::new() } else { format!(", and so were {more} more") };
                format!("it was kept beside the others as NAME{ASIDE}{more}")
            }
            Self::Damaged { .. } => "the next run sets it aside".to_owned(),
            Self::Newer { .. } => "it was left alone: install the version that wrote it".to_owned(),
            Self::Unreadable { .. } | Self::NoFolder { .. } => "run as the user it belongs to".to_owned(),
            Self::NotRemoved { .. } => "nobody is told of it twice; remove it".to_owned(),
        }
    }
}

/// What one file of the spool turned out to be.
enum DamagedReport {
    Good(Box<Report>),
    OfAnotherState,
    Gone,
    Bad(SpoolNotice),
}

impl Spool {
    /// The spool of the state at `state`.
    ///
    /// # Errors
    /// The path names no file.
    pub fn beside(state: &Path) -> Result<Self, RecordError> {
        let state = absolute(state)?;
        let name = state.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let directory = state.parent().unwrap_or(Path::new("/"));
        Ok(Self { folder: DirectoryPath::below(directory, &directory.join(EVENTS)), state: name })
    }

    /// Puts a report down; when it returns, the report is on the disk and has its identity.
    ///
    /// # Errors
    /// The directory cannot be written in, or the disk is full.
    pub fn add(&self, report: &Report) -> Result<Report, SpoolError> {
        self.put_down(report).map_err(|source| SpoolError { path: self.folder.path(), source })
    }

    fn put_down(&self, report: &Report) -> io::Result<Report> {
        let folder = self.folder.create()?;
        let report = Report { id: identity(report.at), ..harmless(report.clone()) };
        let document = Document { version: VERSION, state: self.state.clone(), report: report.clone() };
        let mut bytes = serde_json::to_vec_pretty(&document)?;
        bytes.push(b'\n');
        let mut draft = Draft::new(&folder)?;
        draft.file().write_all(&bytes)?;
        draft.replace(file_name(&report.id))?;
        Ok(report)
    }

    /// The reports that wait, oldest first, without changing anything.
    #[must_use]
    pub fn read(&self) -> (Vec<Report>, Vec<SpoolNotice>) {
        let mut notices = Vec::new();
        let (folder, names) = match self.names() {
            Ok(Some(names)) => names,
            Ok(None) => return (Vec::new(), notices),
            Err(error) => {
                notices.push(SpoolNotice::NoFolder { path: self.folder.path(), cause: error.to_string() });
                return (Vec::new(), notices);
            }
        };
        let mut reports = Vec::new();
        for id in names {
            match self.slip(&folder, &id) {
                DamagedReport::Good(report) => reports.push(*report),
                DamagedReport::OfAnotherState | DamagedReport::Gone => {}
                DamagedReport::Bad(notice) => notices.push(notice),
            }
            if reports.len() == MOST {
                break;
            }
        }
        (reports, gathered(notices))
    }

    /// As [`Spool::read`], and gives what is damaged another name. Only whoever holds the lock of the state does so.
    #[must_use]
    pub fn take(&self) -> (Vec<Report>, Vec<SpoolNotice>) {
        let (reports, mut notices) = self.read();
        if notices.iter().any(|notice| matches!(notice, SpoolNotice::Damaged { .. })) {
            let Ok(Some((folder, damaged))) = self.names() else { return (reports, notices) };
            for id in damaged {
                if matches!(self.slip(&folder, &id), DamagedReport::Bad(SpoolNotice::Damaged { .. })) {
                    let name = file_name(&id);
                    // What cannot be renamed is said again by the next run.
                    let renamed = folder.rename(&name, &folder, format!("{name}{ASIDE}")).is_ok();
                    for notice in &mut notices {
                        if let SpoolNotice::Damaged { set_aside, .. } = notice {
                            *set_aside |= renamed;
                        }
                    }
                }
            }
        }
        (reports, notices)
    }

    /// Removes what was taken in: it is in the saved state now.
    #[must_use]
    pub fn remove(&self, taken: &[Report]) -> Vec<SpoolNotice> {
        let mut notices = Vec::new();
        for report in taken {
            match self.folder.open().and_then(|folder| folder.remove(file_name(&report.id))) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    notices.push(SpoolNotice::NotRemoved { name: report.id.clone(), cause: error.to_string() });
                }
                _ => {}
            }
        }
        notices.truncate(1);
        notices
    }

    /// What waits, by the time at which it was reported.
    fn names(&self) -> io::Result<Option<(Directory, Vec<String>)>> {
        let folder = match self.folder.open() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            folder => folder?,
        };
        let mut names = Vec::new();
        for name in folder.names()?.take(MOST_NAMES) {
            let name = name?;
            let id = name.to_str().and_then(|name| name.strip_suffix(ENDING));
            names.extend(id.filter(|id| !id.is_empty() && !id.starts_with('.')).map(str::to_owned));
        }
        names.sort_unstable();
        Ok(Some((folder, names)))
    }

    fn slip(&self, folder: &Directory, id: &str) -> DamagedReport {
        let name = || file_name(id);
        let unreadable =
            |error: &io::Error| DamagedReport::Bad(SpoolNotice::Unreadable { name: name(), cause: error.to_string() });
        let damaged =
            |cause: String| DamagedReport::Bad(SpoolNotice::Damaged { name: name(), cause, set_aside: false, more: 0 });
        let file = match folder.open_file(name()) {
            Ok(Some(file)) => file,
            Ok(None) => return DamagedReport::Gone,
            Err(NotRegular::Io(error)) => return unreadable(&error),
            Err(NotRegular::Other(what)) => return damaged(format!("this is {what}, not a file")),
        };
        let bytes = match disk::read(file, LARGEST) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => return damaged(error.to_string()),
            Err(error) => return unreadable(&error),
        };
        match serde_json::from_slice::<Head>(&bytes) {
            Ok(head) if head.version > VERSION => return DamagedReport::Bad(SpoolNotice::Newer { name: name() }),
            _ => {}
        }
        match serde_json::from_slice::<Document>(&bytes) {
            Ok(document) if document.state != self.state => DamagedReport::OfAnotherState,
            Ok(document) if document.report.kind.check_reportable().is_err() => {
                damaged(format!("`{}` is never reported", document.report.kind))
            }
            Ok(document) => DamagedReport::Good(Box::new(Report { id: id.to_owned(), ..harmless(document.report) })),
            Err(error) => damaged(clean(&error.to_string())),
        }
    }
}

fn file_name(id: &str) -> String {
    format!("{id}{ENDING}")
}

/// One notice for all that are damaged.
fn gathered(notices: Vec<SpoolNotice>) -> Vec<SpoolNotice> {
    let (damaged, mut others): (Vec<_>, Vec<_>) =
        notices.into_iter().partition(|notice| matches!(notice, SpoolNotice::Damaged { .. }));
    let further = damaged.len().saturating_sub(1);
    others.truncate(SAID);
    others.extend(damaged.into_iter().next().map(|notice| match notice {
        SpoolNotice::Damaged { name, cause, set_aside, .. } => {
            SpoolNotice::Damaged { name, cause, set_aside, more: further }
        }
        other => other,
    }));
    others
}

/// What it says, as far as it can be shown to people.
fn harmless(mut report: Report) -> Report {
    let short = |text: &str, limit: usize| cap(&clean(text), limit);
    let shown =
        |text: Option<String>, limit: usize| text.map(|text| short(&text, limit)).filter(|text| !text.is_empty());
    report.message = shown(report.message, MESSAGE);
    report.url = report.url.filter(|url| is_https(url));
    report.saved_to = shown(report.saved_to, NAME);
    if let Evidence::Reported { by } = &mut report.evidence {
        *by = short(by, NAME);
    }
    match &mut report.about {
        Some(About::Name(name)) => *name = short(name, NAME),
        Some(About::Path { written, .. }) => *written = short(written, NAME),
        Some(About::Fingerprint(_)) | None => {}
    }
    report
}

/// An address of `https` without a user name or a password, of plain ASCII: nothing in it can mislead.
#[must_use]
pub fn is_https(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'`' | b'\\');
    let is_of_host = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']');
    url.len() <= URL && !authority.is_empty() && authority.bytes().all(is_of_host) && url.bytes().all(is_plain)
}

/// `20261122T163400Z-6f1c…`: in the order of time, and never the same twice.
fn identity(at: OffsetDateTime) -> String {
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    let moment = Zone::UTC.local(at).format(format).unwrap_or_default();
    format!("{moment}-{:016x}", RandomState::new().build_hasher().finish())
}
