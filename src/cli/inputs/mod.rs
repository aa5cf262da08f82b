//! Opening what a command works on: the policy file and the state.

mod sources;
mod spelling;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use certnotify::disk::DirectoryPath;
use certnotify::policy::{self, Entry, ParsedPolicy, Policies, Problem, Secret};
use certnotify::record::StateFile;
use certnotify::render::shell_word;
use certnotify::render::untrusted::clean;

use self::sources::{Disk, Refusal};
pub(crate) use self::spelling::absolute;
use super::exit::advised;
use super::{Global, machine_zone, output};

const USUAL_NAME: &str = "policies.toml";

/// A policy file that cannot be used, and the monitor that it names all the same.
pub(crate) struct Unusable {
    pub failure: anyhow::Error,
    pub heartbeat: Option<Secret>,
}

/// Finds and reads the policy file; where something is wrong with it, the failure tells all of it.
pub(crate) fn policies(global: &Global) -> anyhow::Result<Policies> {
    usable(global).map_err(|unusable| unusable.failure)
}

/// The same, with the monitor to be told where it cannot be used.
pub(crate) fn usable(global: &Global) -> Result<Policies, Unusable> {
    let (path, parsed) = parsed(global).map_err(|failure| Unusable { failure, heartbeat: None })?;
    for warning in parsed.warnings.iter().filter(|_| global.verbose) {
        let text = warning.render();
        output::problem(text.strip_prefix("certnotify: ").unwrap_or(&text).trim_end(), None);
    }
    match parsed.policies {
        Ok(mut policies) => {
            policies.date_channel_files(sources::changed);
            policies.settings.named_state = global.state().and_then(|path| std::path::absolute(path).ok());
            if global.verbose {
                tell_places(global, &policies);
                for note in notes(&policies) {
                    output::problem(&format!("note: {note}"), None);
                }
            }
            Ok(policies)
        }
        Err(problems) => Err(Unusable { failure: failure(&path, &problems), heartbeat: parsed.heartbeat }),
    }
}

/// Which files a command works on.
fn tell_places(global: &Global, policies: &Policies) {
    let state = state_path(global, policies);
    let state = state.map_or_else(|_| "none".to_owned(), |path| path.display().to_string());
    output::problem(&clean(&format!("policy file {}, memory {state}", policies.file.display())), None);
}

/// What a policy does that its author may not expect, and what it names that is not there.
pub(crate) fn notes(policies: &Policies) -> Vec<String> {
    const MOST: usize = 20;
    let mut notes: Vec<String> = policy::notes(policies).iter().map(|note| clean(note)).collect();
    let missing = sources::missing(policies);
    let more = missing.len().saturating_sub(MOST);
    notes.extend(missing.into_iter().take(MOST));
    notes.extend((more > 0).then(|| format!("{more} more files are not there")));
    notes
}

/// The same, as far as it is about contacts.
pub(crate) fn notes_on_contacts(policies: &Policies) -> Vec<String> {
    policy::notes_on_contacts(policies).iter().map(|note| clean(note)).collect()
}

/// A line for each note.
pub(crate) fn noted(notes: &[String]) -> String {
    notes.iter().fold(String::new(), |text, note| text + "  note: " + note + "\n")
}

/// The policy file as it is shown, and what became of it.
pub(crate) fn parsed(global: &Global) -> anyhow::Result<(PathBuf, ParsedPolicy)> {
    let (path, mut disk) = match &global.policies {
        Some(path) => (path.clone(), Disk { is_found: false }),
        None => (found()?, Disk { is_found: true }),
    };
    let main = disk.read(&path).map_err(|Refusal { reason, help }| {
        let help = help.replace("FILE", &path.display().to_string());
        advised(format!("policy file {}: {reason}", path.display()), help)
    })?;
    let parsed = policy::parse(main, &machine_zone::of_machine(), &mut disk);
    Ok((path, parsed))
}

/// All problems in one text, as the failure of a command.
pub(crate) fn failure(main: &Path, problems: &[Problem]) -> anyhow::Error {
    let report = policy::report(main, problems);
    anyhow::anyhow!("{}", report.strip_prefix("certnotify: ").unwrap_or(&report).trim_end().to_owned())
}

/// Whether a policy file was named or is in one of the usual places.
pub(crate) fn has_policies(global: &Global) -> bool {
    global.policies.is_some() || found().is_ok()
}

/// The first policy file in the usual places.
fn found() -> anyhow::Result<PathBuf> {
    let of_user = user_folder("XDG_CONFIG_HOME", ".config", &|name| env::var_os(name))
        .map(|folder| folder.join("certnotify").join(USUAL_NAME));
    let etc = Path::new("/etc/certnotify").join(USUAL_NAME);
    let places: Vec<PathBuf> = std::iter::once(PathBuf::from(USUAL_NAME)).chain(of_user).chain([etc]).collect();
    for place in &places {
        match place.metadata() {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            _ => return Ok(place.clone()),
        }
    }
    let tried: Vec<String> = places.iter().map(|place| place.display().to_string()).collect();
    let message = format!("there is no policy file: not {}", tried.join(", not "));
    Err(advised(message, "write one: certnotify init --email YOU@EXAMPLE.COM; or name it: -p FILE"))
}

/// Where a policy file is written when no path is given: that of the machine for root, else that of the user.
pub(crate) fn usual_policy_file() -> anyhow::Result<PathBuf> {
    if rustix::process::geteuid().is_root() {
        return Ok(PathBuf::from("/etc/certnotify/policies.toml"));
    }
    let folder = user_folder("XDG_CONFIG_HOME", ".config", &|name| env::var_os(name));
    let folder = folder.ok_or_else(|| {
        advised(
            "there is no place for the policy file: neither HOME nor XDG_CONFIG_HOME is set",
            "name it: --output FILE",
        )
    })?;
    Ok(folder.join("certnotify/policies.toml"))
}

/// A folder of the XDG Base Directory Specification; its variable counts where it is absolute.
fn user_folder(variable: &str, below_home: &str, environment: Environment<'_>) -> Option<PathBuf> {
    let absolute = |name| environment(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute(variable).or_else(|| Some(absolute("HOME")?.join(below_home)))
}

type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// Where the memory of this policy file is; never where something else is.
pub(crate) fn state_path(global: &Global, policies: &Policies) -> anyhow::Result<PathBuf> {
    let path = match (global.state(), &policies.settings.state) {
        (Some(path), _) => std::path::absolute(path).with_context(|| format!("state file {}", path.display()))?,
        (None, Some(path)) => path.clone(),
        (None, None) => usual_state_path(&policies.file, &|name| env::var_os(name)).ok_or_else(|| {
            let help = "set HOME or XDG_STATE_HOME, or name the state file: --state FILE";
            advised("there is no place for the state file: neither HOME nor XDG_STATE_HOME is set", help)
        })?,
    };
    match what_else(&path, policies) {
        Some(what) => Err(advised(
            format!("state file {}: {what}", path.display()),
            "it was left alone, and nothing was sent: --state FILE names a state, or a file that does not exist yet",
        )),
        None => Ok(path),
    }
}

/// What a state at `path`, or a file beside it that belongs to the state, would take the place of.
fn what_else(path: &Path, policies: &Policies) -> Option<&'static str> {
    let file = |path: &Path| fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()));
    let policy_file = file(&policies.file);
    let is_policy_file = |path: &Path| file(path).is_some_and(|file| Some(file) == policy_file);
    if is_policy_file(path) {
        return Some("this is the policy file");
    }
    if StateFile::companions(path).iter().any(|beside| is_policy_file(beside)) {
        return Some("the policy file has a name that belongs to this state");
    }
    let inbox = inbox_path(policies, path).path();
    if inbox == *path || inbox.starts_with(path) || StateFile::companions(path).contains(&inbox) {
        return Some("this is the place of the inbox");
    }
    StateFile::is_name_taken(path).then_some("this name belongs to a directory beside the state")
}

fn usual_state_path(policy_file: &Path, environment: Environment<'_>) -> Option<PathBuf> {
    // systemd separates several directories by colons.
    let of_service = environment("STATE_DIRECTORY").and_then(|folders| env::split_paths(&folders).next());
    if let Some(folder) = of_service.filter(|folder| folder.is_absolute()) {
        return Some(folder.join("state.json"));
    }
    if policy_file.starts_with("/etc") {
        return Some(PathBuf::from("/var/lib/certnotify/state.json"));
    }
    let mut name = policy_file.file_stem().unwrap_or_default().to_owned();
    name.push(".state.json");
    Some(user_folder("XDG_STATE_HOME", ".local/state", environment)?.join("certnotify").join(name))
}

/// Where the internal messages are.
pub(crate) fn inbox_path(policies: &Policies, state: &Path) -> DirectoryPath {
    let directory = state.parent().unwrap_or(Path::new("/"));
    let beside = || directory.join("inbox");
    DirectoryPath::below(directory, &policies.settings.inbox.clone().unwrap_or_else(beside))
}

/// The environment, for the secrets and proxies that name its variables.
pub(crate) fn environment(variable: &str) -> Option<String> {
    env::var(variable).ok()
}

/// The options that pick the same policy file and state, each after a blank.
pub(crate) fn options(global: &Global) -> String {
    let policies = global.policies.iter().map(|path| ("--policies", path));
    let given = policies.chain(global.states.iter().map(|path| ("--state", path)));
    given.fold(String::new(), |line, (option, path)| {
        format!("{line} {option} {}", shell_word(&path.display().to_string()))
    })
}

/// How this program was called, with the options that pick the same policy file and state: for advice that can
/// be typed as it stands.
pub(crate) fn command_line(global: &Global) -> String {
    let called = env::args().next().filter(|name| name.contains('/')).unwrap_or_else(|| "certnotify".to_owned());
    shell_word(&called) + &options(global)
}

/// The entries that `--certificate` names, by their whole name or the last part of it; all without one.
pub(crate) fn select<'a>(entries: &'a [Entry], wanted: &[String]) -> anyhow::Result<Vec<&'a Entry>> {
    if wanted.is_empty() {
        return Ok(entries.iter().collect());
    }
    let names: Vec<String> = entries.iter().map(|entry| entry.name.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let chosen = wanted.iter().map(|name| pick(&names, name)).collect::<anyhow::Result<Vec<&str>>>()?;
    Ok(entries.iter().filter(|entry| chosen.contains(&entry.name.as_str())).collect())
}

/// The one name that is meant.
fn pick<'a>(names: &[&'a str], wanted: &str) -> anyhow::Result<&'a str> {
    if let Some(name) = names.iter().find(|name| **name == wanted) {
        return Ok(name);
    }
    let ends_so = |name: &&&str| name.strip_suffix(wanted).is_some_and(|before| before.ends_with('/'));
    let mut meant: Vec<&str> = names.iter().filter(ends_so).copied().collect();
    if meant.is_empty() {
        let folded = wanted.to_lowercase();
        let is_alike = |name: &&&str| {
            let name = name.to_lowercase();
            name == folded || name.strip_suffix(&folded).is_some_and(|before| before.ends_with('/'))
        };
        meant = names.iter().filter(is_alike).copied().collect();
    }
    match meant.as_slice() {
        [only] => Ok(only),
        [] => {
            let last_parts = names.iter().filter_map(|name| name.rsplit('/').next());
            let known: Vec<&str> = names.iter().copied().chain(last_parts).collect();
            let nearest = policy::nearest(wanted, &known);
            let help = policy::did_you_mean(nearest, || format!("there are {}", quoted(names)));
            Err(advised(format!("no certificate of the policy file is called `{wanted}`"), help))
        }
        several => Err(advised(
            format!("`{wanted}` is the last part of several certificates"),
            format!("write the whole name: {}", quoted(several)),
        )),
    }
}

fn quoted(names: &[&str]) -> String {
    const SHOWN: usize = 8;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > SHOWN { format!(" and {} more", names.len() - SHOWN) } else { String::new() };
    shown.join(", ") + &more
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_has_its_place_with_systemd_below_etc_and_in_a_home() {
        let path = |file: &str, variables: &[(&str, &str)]| {
            let environment = |name: &str| {
                variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| OsString::from(value))
            };
            usual_state_path(Path::new(file), &environment).map(|path| path.display().to_string()).unwrap_or_default()
        };
        let home = ("HOME", "/home/a");
        let etc = "/etc/certnotify/policies.toml";
        assert_eq!(path(etc, &[home, ("STATE_DIRECTORY", "/var/lib/x:/y")]), "/var/lib/x/state.json");
        assert_eq!(path(etc, &[home]), "/var/lib/certnotify/state.json");
        assert_eq!(path("/srv/trial.toml", &[home]), "/home/a/.local/state/certnotify/trial.state.json");
        assert_eq!(path("/srv/trial.toml", &[home, ("XDG_STATE_HOME", "/s")]), "/s/certnotify/trial.state.json");
        assert_eq!(
            path("/srv/trial.toml", &[("HOME", "/a"), ("XDG_STATE_HOME", "s")]),
            "/a/.local/state/certnotify/trial.state.json"
        );
        assert_eq!(path("/srv/trial.toml", &[]), "");
    }

    #[test]
    fn a_certificate_is_called_by_its_whole_name_or_its_last_part() {
        let names = ["f5/vpn.example.com", "f5/www", "edge/www", "www2"];
        assert_eq!(pick(&names, "f5/www").unwrap(), "f5/www");
        assert_eq!(pick(&names, "vpn.example.com").unwrap(), "f5/vpn.example.com");
        assert_eq!(pick(&names, "VPN.Example.com").unwrap(), "f5/vpn.example.com");
        assert_eq!(pick(&names, "F5/WWW").unwrap(), "f5/www");
        assert!(pick(&names, "WWW").unwrap_err().to_string().contains("several"));
        assert!(pick(&names, "www").unwrap_err().to_string().contains("several"));
        assert!(pick(&names, "example.com").unwrap_err().to_string().contains("no certificate"));
    }
}
