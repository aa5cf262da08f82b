//! What a TARGET of the command line is: a file, a directory, a glob, standard input or an endpoint.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use certnotify::cause::{FailureCause, UnreadCause};
use certnotify::event::FindingId;
use certnotify::observation::{Failure, Observation};
use certnotify::observe;
use certnotify::policy::{self, Endpoint, EndpointOptions, Entry, EntryName, EntryOptions, Policy, Protocol, Watch};

/// What is asked of every target.
#[derive(Clone, Debug)]
pub(crate) struct CheckTerms {
    pub endpoint: Arc<EndpointOptions>,
    /// How TLS begins at endpoints that do not say.
    pub starttls: Option<Protocol>,
    /// Without notifications.
    pub options: Arc<EntryOptions>,
}

impl Default for CheckTerms {
    fn default() -> Self {
        let options = EntryOptions { is_silenced: true, ..EntryOptions::default() };
        Self { endpoint: Arc::default(), starttls: None, options: Arc::new(options) }
    }
}

/// A target, ready to be looked at.
#[derive(Debug)]
pub(crate) struct Target {
    /// What it comes to; it watches nothing where there is nothing to watch.
    pub entry: Entry,
    pub kind: TargetKind,
}

#[derive(Debug)]
pub(crate) enum TargetKind {
    /// Its entry watches it.
    Watched,
    StandardInput,
    /// It is nothing that can be looked at, and this says why.
    Nothing(Failure),
}

impl Target {
    pub(crate) fn parse(written: &OsStr, terms: &CheckTerms) -> Self {
        let text = written.to_string_lossy();
        let files = |patterns| Watch::Files { patterns, exclude: Vec::new() };
        let nothing = |wrong: String, help: String| {
            let cause = FailureCause::Unread(UnreadCause::Target(wrong));
            TargetKind::Nothing(Failure::new(FindingId::Unreachable, cause).with_help(help))
        };
        let (name, watch, kind) = if text == "-" {
            (text.into_owned(), files(Vec::new()), TargetKind::StandardInput)
        } else if let Some(path) = path(written, &text) {
            (name_of(&path), files(vec![path]), TargetKind::Watched)
        } else if let Some(help) = missing(&text) {
            // As a shell has it: in a list, nothing would stand for it.
            let name = if text.is_empty() { "''".to_owned() } else { text.into_owned() };
            (name, files(Vec::new()), nothing("there is no target".to_owned(), help.to_owned()))
        } else {
            match text.parse::<Endpoint>() {
                Ok(endpoint) => {
                    let endpoint = match terms.starttls {
                        Some(protocol) => endpoint.speaking(protocol),
                        None => endpoint,
                    };
                    let watch = Watch::Endpoints { endpoints: vec![endpoint], options: Arc::clone(&terms.endpoint) };
                    (text.into_owned(), watch, TargetKind::Watched)
                }
                Err(wrong) => {
                    let help = format!("write HOST, HOST:PORT, SCHEME://HOST, or for a file its path: ./{text}");
                    (text.into_owned(), files(Vec::new()), nothing(wrong.to_string(), help))
                }
            }
        };
        Self { entry: entry(name, watch, terms), kind }
    }

    /// Why this target has nothing to show, where it never comes to looking.
    pub(crate) fn failed(entry: &Entry, failure: Failure) -> Observation {
        let name: Arc<str> = entry.name.as_str().into();
        Observation {
            entry: entry.name.clone(),
            place: Arc::clone(&name),
            source: Arc::clone(&name),
            name,
            is_endpoint: false,
            on_disk: None,
            is_reached: true,
            outcome: Err(Box::new(failure)),
        }
    }
}

/// What to do about a target that names nothing.
fn missing(text: &str) -> Option<&'static str> {
    match text {
        "" => Some("write HOST, SCHEME://HOST or a path; a variable of the shell may be empty"),
        "file:" | "file://" => Some("write a path behind it: file:PATH"),
        _ => None,
    }
}

/// The path that is meant: an existing path wins over a host name, and a prefix settles a doubt.
fn path(written: &OsStr, text: &str) -> Option<PathBuf> {
    // By its bytes, which need not be UTF-8.
    if let Some(path) = written.as_bytes().strip_prefix(b"file:") {
        let path = path.strip_prefix(b"//").unwrap_or(path);
        return (!path.is_empty()).then(|| PathBuf::from(OsStr::from_bytes(path)));
    }
    let path = Path::new(written);
    let is_path = !text.starts_with("tls:")
        && (path.symlink_metadata().is_ok()
            || !text.contains("://")
                && !text.starts_with('[')
                && !has_address_in_brackets(text)
                && (text.contains('/') || policy::has_wildcards(path))
            || observe::is_listed(path));
    is_path.then(|| path.to_owned())
}

/// `x@[192.0.2.1]`, as mail writes it: no pattern of files.
fn has_address_in_brackets(text: &str) -> bool {
    let address = text.split_once("@[").and_then(|(_, rest)| rest.split_once(']')).map(|(address, _)| address);
    let address = address.map(|address| address.strip_prefix("IPv6:").unwrap_or(address));
    address.is_some_and(|address| address.parse::<std::net::IpAddr>().is_ok())
}

/// Members are named by their path: the entry is named by the part that all of them share.
fn name_of(path: &Path) -> String {
    if !policy::has_wildcards(path) || path.symlink_metadata().is_ok() {
        return path.display().to_string();
    }
    let fixed = policy::fixed_part(path);
    fixed.display().to_string()
}

/// An entry without recipients.
pub(crate) fn entry(name: String, watch: Watch, terms: &CheckTerms) -> Entry {
    let options = Arc::clone(&terms.options);
    Entry { options, ..Entry::new(EntryName::new(name), watch, Policy::without_recipients()) }
}

/// Advice on a target that may be mistyped: a file with a similar name, or that there is no such file either.
pub(crate) fn advise(observation: &mut Observation) {
    let (source, is_endpoint) = (observation.source.clone(), observation.is_endpoint);
    let Err(failure) = &mut observation.outcome else { return };
    let path = Path::new(&*source);
    // Standard input is no path.
    if &*source == "-" || path.symlink_metadata().is_ok() {
        return;
    }
    if !is_endpoint && policy::has_wildcards(path) {
        observation.name.clone_from(&source);
    }
    let similar = similar(path);
    failure.help = match (failure.id, similar, is_endpoint) {
        (_, Some(similar), false) => Some(format!("did you mean `{}`?", similar.display())),
        (FindingId::Unreadable, None, false) if source.starts_with('~') => {
            Some("the shell expands `~` only at the start of an unquoted word".to_owned())
        }
        (FindingId::Unreadable, None, false) if !source.starts_with(['/', '.']) => {
            Some(format!("there is no such file; for a host of that name: tls:{source}"))
        }
        (FindingId::NothingFound, None, false) if source.starts_with("*.") => {
            Some("a wildcard names no host to ask: write one host that it stands for".to_owned())
        }
        (_, similar, true) if failure.cause.is_without_address() => Some(match similar {
            Some(similar) => format!("no file has that name either; did you mean `{}`?", similar.display()),
            None => "no file has that name either: check the spelling".to_owned(),
        }),
        _ => return,
    };
}

/// An existing file beside `path` with almost its name.
fn similar(path: &Path) -> Option<PathBuf> {
    let folder = path.parent()?;
    let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let wanted = path.file_name()?.to_str()?;
    let names: Vec<String> = std::fs::read_dir(listed)
        .ok()?
        .take(10_000)
        .filter_map(|file| file.ok()?.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    policy::nearest(wanted, &names).map(|name| folder.join(name))
}
