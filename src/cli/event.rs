//! `certnotify event`: takes in something that happened, and tells it at once where that can be.

mod handed_over;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use certnotify::deliver::{self, Channels, Outcome};
use certnotify::event::{About, Category, EventKind, Evidence, Occurrence, Report, Service};
use certnotify::observe;
use certnotify::pass::{self, Intake, RunInput, SendReport};
use certnotify::policy::{self, Policies};
use certnotify::record::{RecordError, Spool, SpoolError, StateFile, is_https};
use certnotify::render::untrusted::{cap, clean};
use certnotify::schedule::Recipient;
use time::OffsetDateTime;

use super::exit::advised;
use super::{Exit, Global, inputs, machine, memory, output, spooled, stop};

const NOTES: &str = "\
Examples:
  certnotify event renewed --certificate \"$RENEWED_LINEAGE\" --by certbot
  certnotify event renewal-failed --certificate www.example.com --message \"challenge failed\"
  certnotify event notice --message \"the CA portal is closed on Sunday\" --by ops
  kubectl get certificates -A -o json | certnotify event --from cert-manager

It is put down first, and waits for no run. Then it is told at once, unless a run is at work or the
window is shut: then the next run tells it. Of a renewal it reads the files that are meant, and
tells what is in them now; it looks at nothing else.

Exit codes: 0 it is put down; 3 it is not (usage, policy file, disk).";

#[derive(Debug, clap::Args)]
#[command(after_help = format!("{}\n\n{NOTES}", kinds()))]
pub(crate) struct Args {
    /// What happened
    #[arg(value_name = "KIND", value_parser = kind, required_unless_present = "from")]
    kind: Option<EventKind>,
    /// Read on standard input what a service hands over: eventbridge (AWS Certificate Manager), eventgrid (Azure Key
    /// Vault), cert-manager (`kubectl get … -o json`) or certspotter (its JSON; in its hooks the environment)
    #[arg(long, value_name = "FORMAT", value_parser = service, conflicts_with_all = ["kind", "certificate", "message", "url"])]
    from: Option<Service>,
    /// To which certificate: a name of the policy file, a file or its directory, or a DNS name
    #[arg(long, value_name = "NAME|PATH|DNS-NAME", value_parser = text)]
    certificate: Option<String>,
    /// What people are told of it
    #[arg(long, value_name = "TEXT")]
    message: Option<String>,
    /// Who says so, as in certbot [default: the user at this machine]
    #[arg(long, value_name = "WHO", value_parser = text)]
    by: Option<String>,
    /// Where to read more: an https address
    #[arg(long, value_name = "ADDRESS", value_parser = url)]
    url: Option<String>,
}

pub(crate) fn run(args: &Args, global: &Global, now: OffsetDateTime) -> anyhow::Result<Exit> {
    let started = Instant::now();
    let machine = machine::name();
    let reports = match (args.from, args.kind) {
        (Some(service), _) => match handed_over::reports(service, args.by.as_deref(), now)? {
            handed_over::Reports::Of(reports) => reports,
            handed_over::Reports::Answer(answer) => {
                output::print(&format!("{answer}\n"))?;
                return Ok(Exit::Done);
            }
        },
        (None, Some(kind)) => vec![report(args, kind, &machine, now)],
        (None, None) => Vec::new(),
    };
    if reports.is_empty() {
        if !global.quiet {
            output::print("nothing to tell: what was handed over is progress, or well\n")?;
        }
        return Ok(Exit::Done);
    }
    let policies = match inputs::policies(global) {
        Ok(policies) => policies,
        // Where the report goes is known all the same: a typing mistake in the policy file loses nothing.
        Err(problem) => match global.state() {
            Some(state) => {
                let spool = Spool::beside(state).map_err(memory::refused)?;
                for report in &reports {
                    spool.add(report).map_err(not_put_down)?;
                }
                output::problem(&output::in_words(&problem), Some("the event is put down; the next run tells it"));
                return Ok(Exit::Done);
            }
            None => return Err(problem),
        },
    };
    let state = inputs::state_path(global, &policies)?;
    let spool = Spool::beside(&state).map_err(memory::refused)?;
    let reports =
        reports.iter().map(|report| spool.add(report).map_err(not_put_down)).collect::<Result<Vec<Report>, _>>()?;
    let outcome =
        tell(&reports, &spool, &state, &EventInput { global, policies: &policies, machine: &machine, started, now });
    match outcome {
        // It is put down, whether or not that can be printed.
        Ok(said) if !global.quiet => {
            if let Err(error) = output::print(&said) {
                output::report(&error);
            }
        }
        Ok(_) => {}
        // It is on the disk: what could not be done now is said, and is no failure.
        Err(problem) => {
            output::problem(&output::in_words(&problem), Some("the event is put down; the next run tells it"));
        }
    }
    Ok(Exit::Done)
}

fn not_put_down(error: SpoolError) -> anyhow::Error {
    let help = "make room, or let this user write in that directory; then report it again";
    advised(output::in_words(&error.into()), help)
}

struct EventInput<'a> {
    global: &'a Global,
    policies: &'a Policies,
    machine: &'a str,
    started: Instant,
    now: OffsetDateTime,
}

/// Tells them now where the memory is free and the window open; what came of it, a line each.
fn tell(reports: &[Report], spool: &Spool, state: &Path, scene: &EventInput<'_>) -> anyhow::Result<String> {
    let EventInput { global, policies, machine, started, now } = *scene;
    let opened = StateFile::open_within(Duration::ZERO, state, &policies.file, global.adopt, now);
    let mut opened = match opened {
        Err(RecordError::Busy { .. }) => {
            return Ok("put down: a run is at work; the next one tells it\n".to_owned());
        }
        opened => opened.map_err(memory::refused)?,
    };
    memory::told(&opened.notices);
    let history = &mut opened.history;
    let taken = Taken::new(pass::record_reports(policies, reports, history, now));
    if taken.occurrences.is_empty() || taken.recipients.is_empty() {
        opened.file.save(history).map_err(memory::refused)?;
        spooled::say(&spool.remove(reports));
        return Ok(taken.in_words(reports));
    }
    let options = observe::Options { environment: &inputs::environment, ..observe::Options::default() };
    let occurrences = pass::complete_renewals(policies, taken.occurrences, &options, history, now);
    let inbox = inputs::inbox_path(policies, state);
    let mut transport = Channels::new(policies, machine, inputs::environment, inbox, stop::flag()?).with_start(started);
    let job = RunInput { policies, picked: &[], machine };
    let told = pass::tell(job, &occurrences, history, &mut transport, &mut opened.file, now);
    let told = told.map_err(memory::refused)?;
    spooled::say(&spool.remove(reports));
    Ok(summary(&told, policies))
}

/// What the memory made of the reports.
#[derive(Default)]
struct Taken {
    occurrences: Vec<Occurrence>,
    /// Who is owed one of them.
    recipients: BTreeSet<Recipient>,
    /// Who knows of all of one, by a reminder.
    reminded: BTreeSet<Recipient>,
}

impl Taken {
    fn new(intakes: Vec<Intake>) -> Self {
        let mut taken = Self::default();
        for intake in intakes {
            match intake {
                Intake::New { occurrences, recipients } => {
                    taken.occurrences.extend(occurrences);
                    taken.recipients.extend(recipients);
                }
                Intake::Reminded { recipients } => taken.reminded.extend(recipients),
                Intake::Known | Intake::TooOld => {}
            }
        }
        taken
    }

    /// Why none of it is told.
    fn in_words(&self, reports: &[Report]) -> String {
        if !self.occurrences.is_empty() {
            let kinds: BTreeSet<String> = reports.iter().map(|report| report.kind.to_string()).collect();
            let kinds = kinds.into_iter().collect::<Vec<_>>().join(", ");
            return format!("taken in: no policy tells a contact of {kinds}\n");
        }
        if !self.reminded.is_empty() {
            let told = self.reminded.iter().map(|(contact, channel)| format!("reminded   {contact}  {channel}\n"));
            let why = "known already: these were reminded of it within the last 7 days; a --message is told to them\n";
            return told.chain([why.to_owned()]).collect();
        }
        if reports.iter().any(|report| report.issued.is_some()) {
            return "known already: it is watched here, or was told within the last 7 days\n".to_owned();
        }
        "known already: the same was seen or told within the last 7 days\n".to_owned()
    }
}

fn summary(told: &SendReport, policies: &Policies) -> String {
    let mut lines = Vec::new();
    for (contact, channel) in told.delivered() {
        lines.push(format!("told       {contact}  {channel}\n"));
    }
    for batch in &told.held {
        let until = batch.held_until.map(|until| batch.zone.minute(until)).unwrap_or_default();
        lines.push(format!("held       {}  {}  until {until}\n", batch.contact, batch.channel));
    }
    let mut named = BTreeSet::new();
    for (message, outcome) in &told.messages {
        let again = |until| deliver::when_again(until, &policies.settings.zone);
        let (reason, help) = match outcome {
            Outcome::Delivered { .. } => continue,
            Outcome::Failed { reason, help } => (reason, pass::still_owed(message, help, help)),
            Outcome::Deferred { reason, until } => (reason, pass::still_owed(message, &again(*until), "")),
            Outcome::Unanswered { reason } | Outcome::NotTried { reason } => {
                (reason, pass::still_owed(message, &again(None), ""))
            }
        };
        let place = format!("contact `{}`, {}", message.contact, message.channel);
        // What it was to be mentioned with was not taken either, and that was said.
        if named.insert(place.clone()) || !message.only_mentions() {
            output::problem(&format!("{place}: {reason}"), Some(&help));
        }
    }
    let of_templates = pass::template_failed(told.messages.iter().map(|(message, _)| message));
    for problem in told.problems.iter().chain(&of_templates) {
        output::problem(&format!("{}: {}", problem.place, problem.message), Some(&problem.help));
    }
    if lines.is_empty() {
        let file = policies.file.display();
        lines.push(format!("put down: the next run by {file} tells it\n"));
    }
    lines.concat()
}

fn report(args: &Args, kind: EventKind, machine: &str, now: OffsetDateTime) -> Report {
    let user = || inputs::environment("USER").or_else(|| inputs::environment("LOGNAME"));
    let by = args.by.clone().unwrap_or_else(|| match user() {
        Some(user) if !clean(&user).is_empty() => format!("{user}@{machine}"),
        _ => machine.to_owned(),
    });
    Report {
        id: String::new(),
        kind,
        evidence: Evidence::Reported { by },
        at: now,
        about: args.certificate.as_deref().map(about),
        message: args.message.clone(),
        url: args.url.clone(),
        saved_to: None,
        issued: None,
    }
}

/// What is meant: a path where it looks like one, or is one.
fn about(written: &str) -> About {
    let path = Path::new(written);
    let Ok(absolute) = inputs::absolute(path) else { return About::Name(written.to_owned()) };
    let about = About::Path { written: written.to_owned(), absolute: absolute.to_string_lossy().into_owned() };
    if about.other_name().is_none() || path.exists() { about } else { About::Name(written.to_owned()) }
}

fn service(text: &str) -> Result<Service, String> {
    let known = Service::ALL.map(Service::as_str);
    if let Some(service) = Service::ALL.into_iter().find(|service| service.as_str() == text.trim()) {
        return Ok(service);
    }
    let written = cap(&clean(text), 40);
    let help =
        policy::did_you_mean(policy::nearest(text.trim(), &known), || format!("these are read: {}", known.join(", ")));
    Err(format!("`{written}` is no format of a service; {help}"))
}

/// What `KIND` may be, as the help says it.
fn kinds() -> String {
    let names = EventKind::reportable().map(|kind| match kind.other_name() {
        Some(other) => format!("{kind} (or {other})", kind = kind.short_name()),
        None => kind.short_name().to_owned(),
    });
    let names = names.collect::<Vec<_>>().join(", ");
    format!(
        "KIND is one of: {names}; with or without its category, as in business.hosting. All others certnotify sees for \
         itself."
    )
}

fn kind(text: &str) -> Result<EventKind, String> {
    let reportable: Vec<&str> = EventKind::reportable().map(EventKind::short_name).collect();
    if let Some(category) = Category::named(text) {
        let of_it: Vec<&str> =
            EventKind::reportable().filter(|kind| kind.category() == category).map(EventKind::short_name).collect();
        return Err(format!("that is a category; an event is of one kind: {}", of_it.join(", ")));
    }
    if let Ok(kind) = text.parse::<EventKind>() {
        return match kind.check_reportable() {
            Ok(()) => Ok(kind),
            Err(reason) => Err(format!("{kind} is not reported: {reason}")),
        };
    }
    let written = cap(&clean(text), 40);
    let short = text.rsplit('.').next().unwrap_or(text);
    let names: Vec<&str> =
        reportable.iter().copied().chain(EventKind::reportable().filter_map(EventKind::other_name)).collect();
    let all = || format!("these are reported: {}", reportable.join(", "));
    Err(format!("`{written}` is no kind of event; {}", policy::did_you_mean(policy::nearest(short, &names), all)))
}

fn text(text: &str) -> Result<String, String> {
    if clean(text).is_empty() { Err("it is empty".to_owned()) } else { Ok(text.to_owned()) }
}

fn url(text: &str) -> Result<String, String> {
    if is_https(text) {
        return Ok(text.to_owned());
    }
    let is_https = text.starts_with("https://");
    let why =
        if is_https { "it must be plain: a host, no user name, no spaces" } else { "it must begin with https://" };
    Err(why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_taken_with_and_without_its_category_and_by_its_other_name() {
        for text in ["business.hosting", "hosting", "renewed", "business.renewed"] {
            assert_eq!(kind(text), Ok(EventKind::Hosting), "{text}");
        }
        assert_eq!(kind("alert.renewal-failed"), Ok(EventKind::HostingFailure));
        assert_eq!(kind("service-changes.notice"), Ok(EventKind::Notice));
    }

    #[test]
    fn what_cannot_be_reported_is_refused_with_the_reason() {
        assert!(kind("expired").unwrap_err().contains("dates"));
        assert!(kind("business.expiration").unwrap_err().contains("dates"));
        assert!(kind("anomaly").unwrap_err().contains("alone"));
        assert!(kind("business").unwrap_err().contains("category"));
        assert!(kind("renwed").unwrap_err().contains("`renewed`"));
        assert!(kind("party\u{1b}[2J").unwrap_err().contains("these are reported"));
    }

    #[test]
    fn an_address_is_of_https_and_shows_what_it_leads_to() {
        for good in ["https://ci.example.com/job/7?x=1#log", "https://[2001:db8::1]:8443/", "https://example.com"] {
            assert!(url(good).is_ok(), "{good}");
        }
        for bad in [
            "http://example.com",
            "javascript:alert(1)",
            "https://",
            "https:///path",
            "https://bank.example@evil.example/",
            "https://example.com/ two",
            "https://example.com/\u{202e}",
            "https://example.com/\"><a",
            "https://exämple.com/",
        ] {
            assert!(url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_path_is_known_by_its_look_or_because_it_is_there() {
        assert!(matches!(about("/etc/letsencrypt/live/www"), About::Path { .. }));
        assert!(matches!(about("./nothing.pem"), About::Path { .. }));
        assert!(matches!(about("Cargo.toml"), About::Path { absolute, .. } if absolute.starts_with('/')));
        assert_eq!(about("f5/vpn.example.com"), About::Name("f5/vpn.example.com".to_owned()));
    }
}
