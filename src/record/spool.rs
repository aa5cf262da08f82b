//! Reports that wait to be taken into the memory: one file each, in `events/` beside the state. No lock is needed to
//! put one down; its holder takes them in.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use time::macros::format_description;
use time::{Duration, OffsetDateTime};

use super::state_file::absolute;
use super::{EVENTS, RecordError, generations};
use crate::cause::SystemError;
use crate::disk::{self, Directory, Draft, NotRegular};
use crate::event::{About, Evidence, Report};
use crate::policy::Zone;
use crate::text::untrusted::{cap, clean, clean_keeping_spaces};

const VERSION: u64 = 1;
/// No report has more bytes.
const LARGEST: u64 = 64 << 10;
/// No more are taken in at once; the rest waits.
const MOST: usize = 1000;
/// Reports that were set aside, and are removed after so long or beyond so many.
const KEPT_ASIDE: usize = 100;
const KEPT_FOR: Duration = Duration::days(30);
/// A draft that is this old was left behind.
const DRAFTED_FOR: Duration = Duration::days(1);
/// Of those that cannot be read, so many are named.
const SAID: usize = 10;

const ENDING: &str = ".json";
const ASIDE: &str = ".damaged";
/// What certnotify 1.0 called a draft.
const OLD_DRAFT: &str = ".new";

/// Characters that are kept of what a report says.
const MESSAGE: usize = 1000;
const NAME: usize = 300;
const URL: usize = 2000;
/// Names that a service gives one certificate.
const MOST_NAMES: usize = 20;

/// The directory of the reports for one state.
#[derive(Clone, Debug)]
pub struct Spool {
    /// That of the state.
    directory: PathBuf,
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
            Self::NotRemoved { .. } => "it is not told twice; remove it".to_owned(),
        }
    }
}

/// What one file of the spool turned out to be.
enum SpoolFile {
    Good(Box<Report>),
    OfAnotherState,
    Gone,
    Damaged(String),
    Bad(SpoolNotice),
}

/// What waits, and what was wrong with the rest.
#[derive(Default)]
struct Waiting {
    reports: Vec<Report>,
    /// Of each the identity and what is wrong with it.
    damaged: Vec<(String, String)>,
    notices: Vec<SpoolNotice>,
}

/// The directory of reports, and the users whose reports count.
struct Folder {
    directory: Directory,
    trusted: [u32; 3],
}

impl Spool {
    /// The spool of the state at `state`.
    ///
    /// # Errors
    /// The path names no file, or one that is no state.
    pub fn beside(state: &Path) -> Result<Self, RecordError> {
        let state = absolute(state)?;
        generations::refuse_without_lock(&state)?;
        let name = state.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { directory: state.parent().unwrap_or(Path::new("/")).to_owned(), state: name })
    }

    fn path(&self) -> PathBuf {
        self.directory.join(EVENTS)
    }

    fn open(&self) -> io::Result<Folder> {
        let above = Directory::open(&self.directory)?;
        let trusted = [disk::caller(), 0, above.owner()?];
        Ok(Folder { directory: above.enter(EVENTS)?, trusted })
    }

    /// Puts a report down; when it returns, the report is on the disk and has its identity.
    ///
    /// # Errors
    /// The directory cannot be written in, or the disk is full.
    pub fn add(&self, report: &Report) -> Result<Report, SpoolError> {
        self.put_down(report).map_err(|source| SpoolError { path: self.path(), source })
    }

    fn put_down(&self, report: &Report) -> io::Result<Report> {
        let folder = Directory::create(&self.directory)?.enter_or_create(EVENTS)?;
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
        let waiting = match self.open() {
            Ok(folder) => self.waiting(&folder),
            Err(error) => self.without_folder(&error),
        };
        (waiting.reports, gathered(waiting.damaged, waiting.notices, false))
    }

    /// As [`Spool::read`]; gives what is damaged another name, and removes what was set aside long ago. Only the holder
    /// of the lock of the state does so.
    #[must_use]
    pub fn take(&self, now: OffsetDateTime) -> (Vec<Report>, Vec<SpoolNotice>) {
        let folder = match self.open() {
            Ok(folder) => folder,
            Err(error) => return (Vec::new(), self.without_folder(&error).notices),
        };
        let waiting = self.waiting(&folder);
        let directory = &folder.directory;
        let mut is_set_aside = false;
        for (id, _) in &waiting.damaged {
            let name = file_name(id);
            // What cannot be renamed is said again by the next run.
            is_set_aside |= directory.rename(&name, directory, format!("{name}{ASIDE}")).is_ok();
        }
        // What cannot be removed is tried again by the next run.
        let _ = remove_leftovers(directory, now);
        (waiting.reports, gathered(waiting.damaged, waiting.notices, is_set_aside))
    }

    /// Removes what was taken in: it is in the saved state now.
    #[must_use]
    pub fn remove(&self, taken: &[Report]) -> Vec<SpoolNotice> {
        let Some(first) = taken.first() else { return Vec::new() };
        let not_removed = |id: &str, error: &io::Error| {
            vec![SpoolNotice::NotRemoved { name: id.to_owned(), cause: SystemError::from_io(error).said }]
        };
        let folder = match self.open() {
            Ok(folder) => folder,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
            Err(error) => return not_removed(&first.id, &error),
        };
        let mut notices = Vec::new();
        for report in taken {
            match folder.directory.remove(file_name(&report.id)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound && notices.is_empty() => {
                    notices = not_removed(&report.id, &error);
                }
                _ => {}
            }
        }
        notices
    }

    fn without_folder(&self, error: &io::Error) -> Waiting {
        let notice = SpoolNotice::NoFolder { path: self.path(), cause: SystemError::from_io(error).said };
        let notices = if error.kind() == io::ErrorKind::NotFound { Vec::new() } else { vec![notice] };
        Waiting { notices, ..Waiting::default() }
    }

    fn waiting(&self, folder: &Folder) -> Waiting {
        let mut waiting = Waiting::default();
        let ids = match ids(&folder.directory) {
            Ok(ids) => ids,
            Err(error) => return self.without_folder(&error),
        };
        for id in ids {
            match self.file(folder, &id) {
                SpoolFile::Good(report) => waiting.reports.push(*report),
                SpoolFile::Damaged(cause) => waiting.damaged.push((id.into(), cause)),
                SpoolFile::Bad(notice) if waiting.notices.len() < SAID => waiting.notices.push(notice),
                SpoolFile::OfAnotherState | SpoolFile::Gone | SpoolFile::Bad(_) => {}
            }
            if waiting.reports.len() == MOST {
                break;
            }
        }
        waiting
    }

    fn file(&self, folder: &Folder, id: &str) -> SpoolFile {
        let name = || file_name(id);
        let unreadable = |error: &io::Error| {
            SpoolFile::Bad(SpoolNotice::Unreadable { name: name(), cause: SystemError::from_io(error).said })
        };
        let file = match folder.directory.open_file(name()) {
            Ok(Some(file)) => file,
            Ok(None) => return SpoolFile::Gone,
            Err(NotRegular::Io(error)) => return unreadable(&error),
            Err(NotRegular::Other(what)) => return SpoolFile::Damaged(format!("this is {what}, not a file")),
        };
        match disk::owner(&file) {
            Ok(owner) if folder.trusted.contains(&owner) => {}
            Ok(owner) => return SpoolFile::Damaged(format!("it belongs to another user ({owner})")),
            Err(error) => return unreadable(&error),
        }
        let bytes = match disk::read(file, LARGEST) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                return SpoolFile::Damaged(SystemError::from_io(&error).said);
            }
            Err(error) => return unreadable(&error),
        };
        match serde_json::from_slice::<Head>(&bytes) {
            Ok(head) if head.version > VERSION => return SpoolFile::Bad(SpoolNotice::Newer { name: name() }),
            _ => {}
        }
        match serde_json::from_slice::<Document>(&bytes) {
            Ok(document) if document.state != self.state => SpoolFile::OfAnotherState,
            Ok(document) if !document.report.is_allowed() => {
                SpoolFile::Damaged(format!("`{}` is never reported", document.report.kind))
            }
            Ok(document) => SpoolFile::Good(Box::new(Report { id: id.to_owned(), ..harmless(document.report) })),
            Err(error) => SpoolFile::Damaged(clean(&error.to_string())),
        }
    }
}

/// The identities of all reports in the directory, oldest first.
fn ids(directory: &Directory) -> io::Result<Vec<Box<str>>> {
    let mut ids = Vec::new();
    for name in directory.names()? {
        let name = name?;
        let id = name.to_str().and_then(|name| name.strip_suffix(ENDING));
        ids.extend(id.filter(|id| !id.is_empty() && !id.starts_with('.')).map(Box::from));
    }
    ids.sort_unstable();
    Ok(ids)
}

/// Removes what was set aside long ago, the oldest beyond what is kept, and drafts that were left behind.
fn remove_leftovers(directory: &Directory, now: OffsetDateTime) -> io::Result<()> {
    let older_than = |age: Duration| now.unix_timestamp().saturating_sub(age.whole_seconds());
    let mut aside = Vec::new();
    for name in directory.names()? {
        let name = name?;
        let shown = name.to_string_lossy();
        let is_draft = Draft::is_name(&name) || (shown.starts_with('.') && shown.ends_with(OLD_DRAFT));
        let is_aside = shown.strip_suffix(ASIDE).is_some_and(|rest| rest.ends_with(ENDING));
        if !is_draft && !is_aside {
            continue;
        }
        let Some(found) = directory.look_at(&name)? else { continue };
        if is_aside {
            aside.push((found.modified, name));
        } else if found.modified < older_than(DRAFTED_FOR) {
            directory.remove(&name)?;
        }
    }
    aside.sort();
    let beyond = aside.len().saturating_sub(KEPT_ASIDE);
    for (index, (modified, name)) in aside.iter().enumerate() {
        if index < beyond || *modified < older_than(KEPT_FOR) {
            // A directory that is not empty stays: no report was ever one.
            let _ = directory.remove(name).or_else(|_| directory.remove_directory(name));
        }
    }
    Ok(())
}

fn file_name(id: &str) -> String {
    format!("{id}{ENDING}")
}

/// One notice for all that are damaged, after the others.
fn gathered(damaged: Vec<(String, String)>, mut notices: Vec<SpoolNotice>, set_aside: bool) -> Vec<SpoolNotice> {
    let more = damaged.len().saturating_sub(1);
    let first = damaged.into_iter().next();
    notices.extend(first.map(|(id, cause)| SpoolNotice::Damaged { name: file_name(&id), cause, set_aside, more }));
    notices
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
        Some(About::AnyOf(names)) => {
            for name in names.iter_mut() {
                *name = short(name, NAME);
            }
            names.retain(|name| !name.is_empty());
            names.truncate(MOST_NAMES);
        }
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
