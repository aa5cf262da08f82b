//! `certnotify check`: reports on certificates; the exit code is the verdict.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use certnotify::cause::{FileCause, FileRole, ReadError, SystemError};
use certnotify::detect::Thresholds;
use certnotify::disk;
use certnotify::event::FindingId;
use certnotify::history::History;
use certnotify::observation::{Failure, Observation};
use certnotify::observe::{self, AuthorityQuery, Progress, Prospects, Questions, Registries};
use certnotify::pass::{self, RunInput};
use certnotify::policy::{Deadline, Entry, EntryOptions, Policies, Secret, Watch, Zone, parse_duration};
use time::OffsetDateTime;

use super::exit::advised;
use super::reach::Reach;
use super::report::{self, Form, Listing, Report, Stories, TableStyle};
use super::shard::ShardArgs;
use super::targets::{self, CheckTerms, Target, TargetKind};
use super::{Exit, Global, advice, at, inputs, machine_zone, memory, progress, sink};

/// Larger than any bundle of certificates.
const LARGEST_INPUT: u64 = 32 * 1024 * 1024;

const EXAMPLES: &str = "\
A TARGET is a file (PEM, DER, PKCS#7, PKCS#12, JKS, a Kubernetes Secret, a CRL), a directory,
a glob, `-` for standard input, or an endpoint: example.com, example.com:8443,
[2001:db8::1]:443, or by scheme: https://example.com, smtp://mail.example.com (STARTTLS),
smtps://, imap://, ldap://, postgres:// and so on. An existing path wins over a host name; the
prefixes `file:` and `tls:` settle a doubt. Without targets the certificates of the policy file
are checked.

Examples:
  certnotify check example.com smtp://mail.example.com imaps://mail.example.com
  certnotify check /etc/letsencrypt/live '/srv/*/tls.crt'
  certnotify check --within 14d deploy/certs           # a gate for CI: fails inside 14 days
  certnotify check --format json example.com | jq '.certificates[0].days_left'
  certnotify check --starttls ldap --ca-file ca.pem ldap-1.example.com ldap-2.example.com:3389";

const EXIT_CODES: &str = "Exit codes: 0 ok, 1 warning, 2 critical, 3 not inspected, or the command is wrong.";

#[derive(Debug, clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{}\n{EXIT_CODES}", report::formats()))]
pub(crate) struct Args {
    /// Files, directories, globs, `-`, or endpoints [default: the certificates of the policy file]
    #[arg(value_name = "TARGET")]
    targets: Vec<OsString>,
    /// Warn when no more than this is left: 45d, 12h, days, or 33% of the lifetime [default: 30d, capped at half of the lifetime]
    #[arg(short, long, value_name = "TIME", value_parser = threshold)]
    warning: Option<Deadline>,
    /// Critical when no more than this is left [default: 7d, capped at a sixth of the lifetime]
    #[arg(short, long, value_name = "TIME", value_parser = threshold)]
    critical: Option<Deadline>,
    /// The gate for CI: critical when no more than this is left, and no warning for dates
    #[arg(long, value_name = "TIME", value_parser = threshold, conflicts_with_all = ["warning", "critical"])]
    within: Option<Deadline>,
    /// The form of the report
    #[arg(long, value_name = "FORMAT", default_value = "table", value_parser = report::form_parser())]
    format: Form,
    /// Write the report to a file instead, replaced in one step
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write one more report beside it; repeatable
    #[arg(long, value_name = "FORMAT=FILE", value_parser = report::report_to)]
    report: Vec<(Form, PathBuf)>,
    #[command(flatten)]
    listing: Listing,
    /// Endpoints to talk with side by side; silent ones delay no other
    #[arg(long, value_name = "N", default_value = "64", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: u16,
    /// Time limit of one endpoint, from its name to its last byte: 10s, 1m
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = time_limit)]
    timeout: std::time::Duration,
    #[command(flatten)]
    reach: Reach,
    /// Judge trust by the certificates in this file; then files are judged, too
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Open PKCS#12 files with the password in the first line of this file
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Judge names and dates only
    #[arg(long, conflicts_with = "ca_file")]
    no_trust: bool,
    /// Ask the authorities of verified certificates whether they were revoked: by CRL, else by OCSP
    #[arg(long, conflicts_with = "no_trust")]
    check_revocation: bool,
    /// List this finding but do not count it; repeatable
    #[arg(long, value_name = "ID", value_parser = acceptable)]
    accept: Vec<FindingId>,
    /// Only this entry of the policy file; repeatable
    #[arg(long, value_name = "NAME", conflicts_with = "targets")]
    certificate: Vec<String>,
    #[command(flatten)]
    shard: ShardArgs,
    /// Act as if it were this moment: RFC 3339 or a date
    #[arg(long, value_name = "TIME", value_parser = at::parse)]
    at: Option<OffsetDateTime>,
}

pub(crate) fn run(args: &Args, global: &Global, now: OffsetDateTime) -> anyhow::Result<Exit> {
    let now = args.at.unwrap_or(now);
    if let Some(refusal) = args.targets.first().and_then(|host| advice::on_port(global, &host.to_string_lossy())) {
        return Err(refusal);
    }
    if let (Some(warning), Some(critical)) = (args.warning, args.critical)
        && is_above(critical, warning)
    {
        return Err(advised(
            "--critical is above --warning, so nothing would ever be a warning",
            "give the longer time to --warning, or use --within for a gate without warnings",
        ));
    }
    if let Some(refusal) = args.format.refuses(&args.listing) {
        let format = args.format.name;
        return Err(advised(
            format!("--format {format} has a list of its own: {refusal}"),
            "leave them out, or pick another format",
        ));
    }
    if let Some(problem) = args.ca_file.as_deref().and_then(observe::ca_file_problem) {
        return Err(advised(
            problem.to_string(),
            "--ca-file takes a file (PEM, DER, PKCS#7) with the roots to trust, or a directory of such files",
        ));
    }
    if let Some(problem) = args.reach.client().as_ref().and_then(observe::client_problem) {
        return Err(advised(
            problem.to_string(),
            "--client-certificate takes a PEM file, and --client-key the key that belongs to it",
        ));
    }
    if let Some(error) = password(args).and_then(|password| disk::reveal(&password, &inputs::environment).err()) {
        return Err(advised(error.in_full(), "--password-file takes a file with the password in its first line"));
    }
    let Looked { entries, observations, zone, policies } =
        if args.targets.is_empty() { look_at_policy(args, global, now)? } else { look_at_targets(args, global, now) };
    let stories = policies.as_ref().map(|policies| stories(policies, &observations, args, global, now)).transpose()?;
    let thresholds = Thresholds {
        warning: args.warning,
        critical: args.critical,
        within: args.within,
        by_policy: args.targets.is_empty(),
    };
    let entries: Vec<&Entry> = entries.iter().collect();
    let asking = AuthorityQuery { questions: questions(args), one: args.timeout, ..AuthorityQuery::default() };
    let statuses = observe::revocation::ask(&entries, &observations, &asking, now);
    let rows = report::rows(&entries, &observations, &thresholds, &statuses, now);
    let mut report = Report { at: now, zone, rows, run: None, listing: Listing::default(), stories: stories.flatten() };
    publish(&mut report, args, global)?;
    let verdict = Exit::from_verdict(report.status());
    // The program ends here: to free what it knows piece by piece takes a twentieth of it.
    std::mem::forget(report);
    std::mem::forget((observations, policies));
    Ok(verdict)
}

/// What was looked at and what was seen.
struct Looked {
    entries: Vec<Entry>,
    observations: Vec<Observation>,
    zone: Zone,
    /// Of the policy file, where that names what to look at.
    policies: Option<Policies>,
}

fn look_at_policy(args: &Args, global: &Global, now: OffsetDateTime) -> anyhow::Result<Looked> {
    let mut policies = inputs::policies(global)?;
    args.shard.divide(&mut policies.entries);
    let mut entries = inputs::select(&policies.entries, &args.certificate)?.into_iter().cloned().collect::<Vec<_>>();
    if args.certificate.is_empty() {
        entries.extend(report::included_nothing(&policies));
    }
    for entry in &mut entries {
        if !args.accept.is_empty() {
            entry.options_mut().accept.extend(&args.accept);
        }
        if args.ca_file.is_some() {
            entry.options_mut().ca_file.clone_from(&args.ca_file);
        }
        if let (Some(password), Watch::Files { .. }) = (password(args), &entry.watch) {
            entry.options_mut().password = Some(password);
        }
        if args.no_trust {
            entry.options_mut().ca_file = None;
            if let Watch::Endpoints { options, .. } = &mut entry.watch {
                Arc::make_mut(options).ignore_trust = true;
            }
        }
    }
    let history = remembered(&entries, &policies, global, now);
    let known = history.registrations.into_iter().filter(|(_, known)| known.failure.is_none()).collect();
    let registries = Registries { servers: &policies.settings.rdap_servers, known: &known };
    let prospects = Prospects::new(&policies, &history.renewals);
    let observations = look(&entries.iter().collect::<Vec<_>>(), registries, prospects, args, global, now);
    Ok(Looked { entries, observations, zone: policies.settings.zone.clone(), policies: Some(policies) })
}

/// What runs were answered: no registry is asked again on the same day, and no authority at all. The memory is read where
/// there is something to ask.
fn remembered(entries: &[Entry], policies: &Policies, global: &Global, now: OffsetDateTime) -> History {
    let has_domains = entries.iter().any(|entry| matches!(entry.watch, Watch::Domains(_)));
    if !has_domains && policies.settings.acme_directories.is_empty() {
        return History::default();
    }
    memory::read(global, policies, now).map(|(history, _)| history).unwrap_or_default()
}

/// What was told of each certificate and what comes next, where a format shows that.
fn stories(
    policies: &Policies,
    observations: &[Observation],
    args: &Args,
    global: &Global,
    now: OffsetDateTime,
) -> anyhow::Result<Option<Stories>> {
    let mut forms = args.report.iter().map(|(form, _)| *form).chain([args.format]);
    if !forms.any(|form| form.wants_stories) {
        return Ok(None);
    }
    let picked = inputs::select(&policies.entries, &args.certificate)?;
    let (history, _) = memory::read(global, policies, now)?;
    let job = RunInput { policies, picked: &picked, machine: "" };
    let look = pass::judge(job, observations.to_vec(), &history, now);
    Ok(Some(report::stories(job, &look, &history, now)))
}

fn look_at_targets(args: &Args, global: &Global, now: OffsetDateTime) -> Looked {
    let options = EntryOptions {
        is_silenced: true,
        accept: args.accept.iter().copied().collect(),
        ca_file: args.ca_file.clone(),
        password: password(args),
        ..EntryOptions::default()
    };
    let terms = CheckTerms {
        endpoint: args.reach.options(args.no_trust).into(),
        starttls: args.reach.starttls,
        options: Arc::new(options),
    };
    let mut entries = Vec::with_capacity(args.targets.len());
    let mut observations = Vec::new();
    let mut has_read = false;
    for target in &args.targets {
        let Target { entry, kind } = Target::parse(target, &terms);
        match kind {
            TargetKind::Watched => {}
            TargetKind::Nothing(failure) => observations.push(Target::failed(&entry, failure)),
            // It can be read only once.
            TargetKind::StandardInput if std::mem::replace(&mut has_read, true) => {}
            TargetKind::StandardInput => observations.extend(standard_input(&entry, args, now)),
        }
        entries.push(entry);
    }
    args.shard.divide(&mut entries);
    let (servers, known) = (BTreeMap::new(), BTreeMap::new());
    let registries = Registries { servers: &servers, known: &known };
    let looked = look(&entries.iter().collect::<Vec<_>>(), registries, Prospects::none(), args, global, now);
    // A whole directory is not written anew.
    if observations.is_empty() {
        observations = looked;
    } else {
        observations.extend(looked);
    }
    if args.targets.len() > 1 {
        // What two targets reach is looked at and reported once.
        let mut places = HashSet::new();
        observations.retain(|observation| places.insert(observation.place.clone()));
    }
    observations.iter_mut().for_each(targets::advise);
    Looked { entries, observations, zone: machine_zone::of_machine(), policies: None }
}

fn look(
    entries: &[&Entry],
    registries: Registries<'_>,
    prospects: Prospects<'_>,
    args: &Args,
    global: &Global,
    now: OffsetDateTime,
) -> Vec<Observation> {
    let bar = progress::Bar::new(entries.len(), global.quiet);
    let progress = |progress: &Progress<'_>| bar.set(progress);
    let (observations, _) = observe::all(entries, registries, prospects, &options(args, &progress), now);
    bar.finish();
    observations
}

fn options<'a>(args: &Args, progress: &'a (dyn Fn(&Progress<'_>) + Sync)) -> observe::Options<'a> {
    observe::Options {
        jobs: args.jobs.into(),
        timeout: args.timeout,
        questions: questions(args),
        progress,
        environment: &inputs::environment,
        ..observe::Options::default()
    }
}

fn password(args: &Args) -> Option<Secret> {
    args.password_file.clone().map(Secret::File)
}

fn standard_input(entry: &Entry, args: &Args, now: OffsetDateTime) -> Vec<Observation> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(LARGEST_INPUT + 1).read_to_end(&mut bytes);
    let error = match read {
        Ok(read) if read as u64 <= LARGEST_INPUT => {
            return observe::content(entry, &bytes, &options(args, &|_| {}), now);
        }
        Ok(_) => ReadError::TooLarge,
        Err(error) => ReadError::System(SystemError::from_io(&error)),
    };
    let cause = FileCause::Unreadable { role: FileRole::StandardInput, path: String::new(), error };
    vec![Target::failed(entry, Failure::new(FindingId::Unreadable, cause))]
}

const fn questions(args: &Args) -> Questions {
    if args.check_revocation { Questions::Revocation } else { Questions::None }
}

/// What `--report` writes is whole.
fn publish(report: &mut Report<'_>, args: &Args, global: &Global) -> anyhow::Result<()> {
    let in_file = TableStyle { quiet: global.quiet, verbose: global.verbose, ..TableStyle::default() };
    for (form, path) in &args.report {
        sink::file(path, |to| report.write(*form, in_file, to))?;
    }
    report.listing = args.listing.clone();
    if args.format.name == "github"
        && let Some(summary) = inputs::environment("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty())
    {
        sink::append(Path::new(&summary), |to| report::github_summary(report, to))?;
    }
    if let Some(path) = &args.output {
        return sink::file(path, |to| report.write(args.format, in_file, to));
    }
    let style = TableStyle { columns: sink::columns(), color: sink::has_color(), ..in_file };
    sink::standard_output(|to| report.write(args.format, style, to))
}

/// Only what is written in the same unit can be compared before a certificate is seen.
fn is_above(critical: Deadline, warning: Deadline) -> bool {
    match (critical, warning) {
        (Deadline::Before(critical), Deadline::Before(warning)) => critical > warning,
        (Deadline::Percent(critical), Deadline::Percent(warning)) => critical > warning,
        _ => false,
    }
}

fn threshold(text: &str) -> Result<Deadline, String> {
    let Some(percent) = text.trim().strip_suffix('%') else {
        return parse_duration(text)
            .map(Deadline::Before)
            .map_err(|wrong| format!("{wrong}, or `33%` of the lifetime"));
    };
    let percent = percent.parse::<u8>().ok().filter(|percent| *percent <= 100);
    percent.map(Deadline::Percent).ok_or_else(|| "a percentage is a whole number from 0 to 100".to_owned())
}

/// A bare number is seconds here, as in other tools.
pub(super) fn time_limit(text: &str) -> Result<std::time::Duration, String> {
    let wrong = || "write `10s`, `1m` or a number of seconds, at most one hour".to_owned();
    let limit = if let Some(milliseconds) = text.strip_suffix("ms") {
        milliseconds.parse().ok().map(std::time::Duration::from_millis)
    } else {
        let is_bare = text.bytes().all(|byte| byte.is_ascii_digit());
        let text = if is_bare { format!("{text}s") } else { text.to_owned() };
        parse_duration(&text).ok().and_then(|limit| limit.try_into().ok())
    };
    let limit = limit.ok_or_else(wrong)?;
    let is_sane = !limit.is_zero() && limit <= std::time::Duration::from_secs(60 * 60);
    is_sane.then_some(limit).ok_or_else(wrong)
}

fn acceptable(text: &str) -> Result<FindingId, String> {
    let acceptable = || {
        let ids = FindingId::ALL.into_iter().filter(|id| id.can_be_accepted());
        ids.map(FindingId::as_str).collect::<Vec<_>>().join(", ")
    };
    match text.parse::<FindingId>() {
        Ok(id) if id.can_be_accepted() => Ok(id),
        Ok(id) => Err(format!("`{id}` always counts; these can be accepted: {}", acceptable())),
        Err(_) => Err(format!("there is no such finding; these can be accepted: {}", acceptable())),
    }
}
