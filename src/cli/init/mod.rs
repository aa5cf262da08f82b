//! `certnotify init`: writes a starter policy from targets, from what another tool watches, or from this machine.

mod configurations;
mod draft;
mod findings;
mod from;
mod search;
mod words;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::DirBuilder;
use std::io::{self, Read as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use certnotify::cause::ReadError;
use certnotify::disk;
use certnotify::policy::{self, Files, SourceFile, Watch};
use certnotify::render::untrusted::clean;
use time::OffsetDateTime;

use self::draft::Written;
use self::findings::{Find, Findings};
use super::exit::advised;
use super::targets::{CheckTerms, Target, TargetKind};
use super::{Exit, Global, inputs, machine_zone, output, sink};

/// Longer than any list of targets.
const LARGEST_LIST: u64 = 4 * 1024 * 1024;
const MODE: u32 = 0o640;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Without targets it looks where certbot, acme.sh, Caddy and lego keep certificates, into the
configurations of nginx, Apache, HAProxy, Postfix, Dovecot and Caddy, and into /etc/ssl and
/etc/pki. It opens no network connection.

With --from it reads the files of another tool, and lists what could not be carried over on
standard error and at the end of the policy file.

Examples:
  certnotify init --email alice@example.com             what this machine has
  certnotify init --email alice@example.com www.example.com /etc/ssl/shop.pem
  certnotify init --output policies.toml - < hosts.txt  a target a line
  certnotify init --from uptime-kuma backup.json
  certnotify init --from blackbox prometheus.yml targets.json blackbox.yml

Exit codes: 0 written, 3 not written")]
pub(crate) struct Args {
    /// Files, directories, globs or endpoints; `-` reads a target a line [default: what is found on this machine]
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// Write what another tool watches: each TARGET is a file of that tool
    #[arg(long, value_name = "FORMAT")]
    from: Option<from::Source>,
    /// Who is told
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// Where to write; `-` is standard output [default: /etc/certnotify/policies.toml as root, else that of the user]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
    /// Search below this folder instead of `/`
    #[arg(long, value_name = "DIR", default_value = "/", hide = true)]
    root: PathBuf,
}

pub(crate) fn run(args: &Args, global: &Global, now: OffsetDateTime) -> anyhow::Result<Exit> {
    let path = match args.output.as_ref().or(global.policies.as_ref()) {
        Some(path) => path.clone(),
        None => inputs::usual_policy_file()?,
    };
    if let Some((problem, help)) = args.email.as_deref().and_then(policy::why_no_mail_address) {
        return Err(advised(format!("--email: {}", clean(&problem)), clean(&help)));
    }
    let to_terminal = path == Path::new("-");
    if !to_terminal && !args.force && path.symlink_metadata().is_ok() {
        let message = format!("`{}` is there already", path.display());
        return Err(advised(message, "name another file with --output, or replace it with --force"));
    }
    if let Some(source) = args.from {
        let import = from::read(source, &args.targets)?;
        let text = from::policy(&import, args.email.as_deref());
        let (endpoints, files) = import.counts();
        let of = "could not be carried over as they were";
        let files = (files > 0).then_some(files);
        let written = Written { files, endpoints, clauses: import.notes.len(), of };
        for note in from::said(&import) {
            output::problem(&note, None);
        }
        return finish(args, global, (&path, &text), &written);
    }
    let mut found = if args.targets.is_empty() { search::machine(&args.root) } else { of_targets(&args.targets)? };
    if found.finds.is_empty() {
        let help = "name what to watch: certnotify init www.example.com /etc/ssl/shop.pem";
        return Err(advised(nothing(&found, args.targets.is_empty()), help));
    }
    let certificates = search::look(&mut found, now);
    let text = draft::policy(&found, args.email.as_deref());
    if global.verbose && !to_terminal {
        output::print(&draft::found(&found))?;
    }
    let written = Written {
        files: found.finds.iter().any(|find| find.path.is_some()).then_some(certificates),
        endpoints: found.endpoints.len(),
        clauses: found.unread.len(),
        of: "could not be read or found",
    };
    finish(args, global, (&path, &text), &written)
}

/// Writes the file, and says what comes next.
fn finish(args: &Args, global: &Global, (path, text): (&Path, &str), written: &Written) -> anyhow::Result<Exit> {
    refuse_invalid(path, text)?;
    if path == Path::new("-") {
        output::print(text)?;
        return Ok(Exit::Done);
    }
    write(path, text, args.force).map_err(|error| sink::unwritten("policy file", path, &error))?;
    if !global.quiet {
        let is_usual = args.output.is_none() && global.policies.is_none();
        output::print(&draft::farewell(path, is_usual, written, args.email.is_some()))?;
    }
    Ok(Exit::Done)
}

/// Why there is nothing to watch, where this machine was searched or targets were given.
fn nothing(found: &Findings, was_searched: bool) -> String {
    match (found.unread.first(), was_searched) {
        (None, true) => "no certificate was found on this machine".to_owned(),
        (Some(first), true) => {
            format!("no certificate was found on this machine; and some of it cannot be read: {first}")
        }
        (None, false) => "standard input has no target".to_owned(),
        (Some(first), false) => format!("none of the targets can be watched: {first}"),
    }
}

/// What the targets come to. One that is none is told before anything is written.
fn of_targets(written: &[String]) -> anyhow::Result<Findings> {
    let mut targets = Vec::new();
    for target in written {
        if target == "-" {
            let mut text = String::new();
            let read = io::stdin().lock().take(LARGEST_LIST).read_to_string(&mut text);
            read.context("standard input")?;
            for (index, line) in text.lines().enumerate() {
                let line = line.split('#').next().unwrap_or_default().trim();
                let place = format!("standard input, line {}: ", index + 1);
                targets.extend((!line.is_empty()).then(|| (place, line.to_owned())));
            }
        } else {
            targets.push((String::new(), target.clone()));
        }
    }
    let mut findings = Findings::default();
    let mut places = BTreeSet::new();
    for (place, target) in targets {
        let Target { entry, kind } = Target::parse(OsStr::new(&target), &CheckTerms::default());
        if let TargetKind::Nothing(failure) = kind {
            return Err(advised(place + &failure.message(), failure.help.unwrap_or_default()));
        }
        match entry.watch {
            Watch::Endpoints { endpoints, .. } => {
                for endpoint in endpoints.into_iter().filter(|endpoint| places.insert(endpoint.place())) {
                    findings.endpoints.push(endpoint.written);
                }
                findings.finds.extend((findings.finds.is_empty()).then(Find::endpoints));
            }
            // No target is one of these.
            Watch::Program(_) | Watch::Date(_) | Watch::Domains(_) | Watch::Published(_) => {}
            Watch::Files { patterns, .. } => {
                for pattern in patterns {
                    let path = std::path::absolute(&pattern)?;
                    if pattern.symlink_metadata().is_err() && !policy::has_wildcards(&pattern) {
                        let message = format!("{place}there is no `{target}`");
                        return Err(advised(message, "a host is written without `/`"));
                    }
                    if pattern.is_file() && findings::observations(&pattern, None).iter().all(findings::holds_nothing) {
                        let help = "name the file with the certificate: certnotify watches no private key";
                        return Err(advised(format!("{place}there is no certificate in `{target}`"), help));
                    }
                    findings.add(path, "named on the command line", false);
                }
            }
        }
    }
    Ok(findings)
}

/// A starter policy includes nothing.
struct Alone;

impl Files for Alone {
    fn matching(&mut self, _: &Path) -> Result<Vec<PathBuf>, String> {
        Ok(Vec::new())
    }

    fn policies(&mut self, _: &Path) -> Result<SourceFile, String> {
        Err("it is not there".to_owned())
    }

    fn list(&mut self, _: &Path) -> Result<SourceFile, ReadError> {
        Err(io::Error::from(io::ErrorKind::NotFound).into())
    }
}

/// What a policy file of this text would be refused for.
fn problems(text: &str) -> Vec<String> {
    let parsed = policy::parse(
        SourceFile::new(Path::new("/policies.toml"), text),
        &certnotify::policy::Zone::from_machine(),
        &mut Alone,
    );
    parsed.policies.err().into_iter().flatten().map(|problem| problem.message).collect()
}

/// What `validate` would refuse is never written.
fn refuse_invalid(path: &Path, text: &str) -> anyhow::Result<()> {
    let path = std::path::absolute(path)?;
    let parsed = policy::parse(SourceFile::new(path.as_path(), text), &machine_zone::of_machine(), &mut Alone);
    match parsed.policies {
        Ok(_) => Ok(()),
        Err(problems) => Err(inputs::failure(&path, &problems)),
    }
}

fn write(path: &Path, text: &str, force: bool) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        DirBuilder::new().recursive(true).mode(0o755).create(folder)?;
    }
    disk::write(path, MODE, text.as_bytes(), force)
}
