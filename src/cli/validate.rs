//! `certnotify validate`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use certnotify::policy::{self, Contact, ContactName, Entry, ParsedPolicy, Policies, Problem, Renewal, Watch};
use certnotify::render::template_mistakes;
use certnotify::render::untrusted::clean;
use certnotify::{detect, observe};
use serde::Serialize;
use time::{Duration, OffsetDateTime};

use super::amounts::counted;
use super::columns::columns;
use super::{Exit, Format, Global, inputs, output};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit codes: 0 the policy file can be used, 3 it cannot (with --strict: or there is a warning)

Examples:
  certnotify validate                            the file that `run` would use
  certnotify -p policies.toml validate --strict  in CI: a warning fails as well
  certnotify validate --format json")]
pub(crate) struct Args {
    /// Take a warning for an error
    #[arg(long)]
    strict: bool,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Certificates of this lifetime are not to be renewed by hand.
const SHORT: Duration = Duration::days(100);

/// What `--format json` prints.
#[derive(Serialize)]
struct ValidationReport<'a> {
    version: u8,
    policies: String,
    valid: bool,
    counts: Option<Counts>,
    problems: Vec<&'a Problem>,
    /// What is worth knowing and no problem.
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Counts {
    certificates: usize,
    contacts: usize,
    policies: usize,
}

pub(crate) fn run(args: &Args, global: &Global, now: OffsetDateTime) -> anyhow::Result<Exit> {
    let (path, mut parsed) = inputs::parsed(global)?;
    let by_hand = short_lived_by_hand(&parsed, now);
    parsed.warnings.extend(by_hand);
    let mistakes = parsed.policies.as_ref().map(template_mistakes).unwrap_or_default();
    if !mistakes.is_empty() {
        parsed.policies = Err(mistakes);
    }
    let errors = parsed.policies.as_ref().err().map(Vec::as_slice).unwrap_or_default();
    let is_refused = !errors.is_empty() || (args.strict && !parsed.warnings.is_empty());
    let counts = parsed.policies.as_ref().ok().map(count);
    let notes = parsed.policies.as_ref().map(inputs::notes).unwrap_or_default();
    match args.format {
        Format::Json => print_json(&path, is_refused, counts, (errors, &parsed.warnings), notes)?,
        Format::Text => {
            print_text(&path, args.strict, counts, errors, &parsed.warnings, global.quiet)?;
            if !is_refused && !global.quiet {
                output::print(&inputs::noted(&notes))?;
            }
            if let (Ok(policies), true) = (&parsed.policies, global.verbose) {
                output::print(&contacts(policies))?;
            }
            if let (Ok(policies), false) = (&parsed.policies, is_refused || global.quiet)
                && !inputs::state_path(global, policies)?.exists()
            {
                output::next("certnotify test --all says whether messages arrive, certnotify plan which go out when")?;
            }
        }
    }
    // The program ends here: to free what it knows piece by piece takes a tenth of it.
    std::mem::forget(parsed);
    Ok(if is_refused { Exit::Failed } else { Exit::Done })
}

/// Entries whose certificates live too short for renewal by hand: those in files, for nothing is asked over the network.
fn short_lived_by_hand(parsed: &ParsedPolicy, now: OffsetDateTime) -> Vec<Problem> {
    let Ok(policies) = &parsed.policies else { return Vec::new() };
    // What is written to renew by itself need not be read.
    let may_be_by_hand =
        |entry: &&Entry| matches!(entry.watch, Watch::Files { .. }) && entry.options.renewal != Some(Renewal::Auto);
    let of_files: Vec<&Entry> = policies.entries.iter().filter(may_be_by_hand).collect();
    let mut warned = BTreeSet::new();
    let mut warnings = Vec::new();
    for observation in observe::entries(&of_files, &observe::Options::default(), now) {
        let Ok(sight) = &observation.outcome else { continue };
        let Some(entry) = policies.entry(observation.entry.as_str()) else { continue };
        let leaf = &sight.chain.leaf;
        let is_by_hand = detect::managed(entry, leaf, &observation.source, None).renewal == Renewal::Manual;
        if is_by_hand && leaf.lifetime() <= SHORT && !leaf.is_expired(now) && warned.insert(&entry.name) {
            let days = leaf.lifetime_days();
            let message = format!("`{}` lives {days} days and is renewed by hand", observation.name);
            warnings.push((&entry.name, message));
        }
    }
    parsed.warnings_at(warnings, "write renewal = \"auto\" if a client renews it: then only a late renewal is told")
}

fn count(policies: &Policies) -> Counts {
    let names: BTreeSet<_> = policies.policies_in_use().map(|policy| &policy.name).collect();
    Counts { certificates: policies.entries.len(), contacts: policies.contacts.len(), policies: names.len() }
}

fn print_json(
    path: &Path,
    is_refused: bool,
    counts: Option<Counts>,
    (errors, warnings): (&[Problem], &[Problem]),
    notes: Vec<String>,
) -> anyhow::Result<()> {
    let problems = errors.iter().chain(warnings).collect();
    let policies = path.to_string_lossy().into_owned();
    let verdict = ValidationReport { version: 1, policies, valid: !is_refused, counts, problems, notes };
    output::print(&(serde_json::to_string_pretty(&verdict)? + "\n"))
}

fn print_text(
    path: &Path,
    strict: bool,
    counts: Option<Counts>,
    errors: &[Problem],
    warnings: &[Problem],
    quiet: bool,
) -> anyhow::Result<()> {
    let mut told: String = warnings.iter().map(|warning| warning.render() + "\n").collect();
    if !errors.is_empty() {
        told += &policy::report(path, errors);
    } else if strict && !warnings.is_empty() {
        let count = warned(warnings.len());
        let _ = writeln!(told, "certnotify: {}: {count}, and --strict takes none", path.display());
    } else if let Some(counts) = counts
        && !quiet
    {
        let found = [
            counted(counts.certificates, "certificate entry", "certificate entries"),
            counted(counts.contacts, "contact", "contacts"),
            counted(counts.policies, "policy in use", "policies in use"),
        ];
        let verdict =
            if warnings.is_empty() { "fine".to_owned() } else { format!("usable, {}", warned(warnings.len())) };
        output::print(&format!("{}: {verdict}: {}\n", path.display(), found.join(", ")))?;
    }
    if let Some(text) = told.trim_end().strip_prefix("certnotify: ") {
        output::problem(text, None);
    }
    Ok(())
}

/// Each contact with the channels that it has.
fn contacts(policies: &Policies) -> String {
    let row = |(name, contact): (&ContactName, &Contact)| {
        let channels: Vec<String> = contact.channels().iter().map(ToString::to_string).collect();
        let addresses: Vec<String> = contact.email.iter().map(|address| clean(address)).collect();
        [clean(name.as_str()), channels.join(", "), addresses.join(", ")]
    };
    let rows: Vec<[String; 3]> = policies.contacts.iter().map(row).collect();
    columns(["CONTACT", "CHANNELS", "ADDRESSES"], &rows)
}

fn warned(count: usize) -> String {
    counted(count, "warning", "warnings")
}
