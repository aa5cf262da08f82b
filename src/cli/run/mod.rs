//! `certnotify run`: the whole line, and a short summary of what it came to.

mod early_clock;
mod in_json;
mod looked_at;
mod narrowed;
mod reports;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use certnotify::certificate::Fingerprint;
use certnotify::deliver::{Channels, Outcome};
use certnotify::event::OccurrenceId;
use certnotify::fault::contained;
use certnotify::history::History;
use certnotify::observe::{self, AuthorityQuery, Progress, Questions};
use certnotify::pass::{self, LeadCapped, RunInput, RunReport, ScanResult, Throttled};
use certnotify::policy::{Channel, ContactName, Division, Policies, Zone};
use certnotify::render::{Message, named_occurrences, untrusted};
use certnotify::schedule::Upcoming;
use time::OffsetDateTime;

use super::amounts::{certificates_and_events, counted, day_and_minute, length, width_of_channels};
use super::columns::width;
use super::exit::advised;
use super::heartbeat::RunHeartbeat;
use super::shard::ShardArgs;
use super::{Exit, Format, Global, at, columns, inbox, inputs, machine, memory, output, plan, progress, spooled, stop};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  certnotify run                       look, send what is due, record it, say what was done
  certnotify run --quiet               the cron form: prints only what needs a person
  certnotify run --dry-run             what would be sent now, in full; nothing is sent or recorded
  certnotify run --certificate www     only this entry, for example from a deploy hook
  certnotify run --shard 2/3           a third of the targets, with a state of its own

Exit codes: 0 everything due was delivered or held, or nothing was due; 1 something could not be
observed or delivered and stays due; 3 the job could not be done (usage, policy file, state file).")]
pub(crate) struct Args {
    /// Show what would be sent now, send and record nothing: `plan --days 0 --full`
    #[arg(long)]
    dry_run: bool,
    /// Only this entry of the policy file; repeatable
    #[arg(long, value_name = "NAME")]
    certificate: Vec<String>,
    #[command(flatten)]
    shard: ShardArgs,
    /// With --dry-run: act as if it were this moment (RFC 3339 or a date)
    #[arg(long, value_name = "TIME", requires = "dry_run", value_parser = at::parse)]
    at: Option<OffsetDateTime>,
    /// Endpoints to talk with side by side; silent ones delay no other
    #[arg(long, value_name = "N", default_value = "64", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: u16,
    /// Time limit of one endpoint, from its name to its last byte: 10s, 1m
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = super::check::time_limit)]
    timeout: Duration,
    /// The form of the summary
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    reports: reports::ReportArgs,
}

pub(crate) fn run(args: &Args, global: &Global, now: OffsetDateTime) -> anyhow::Result<Exit> {
    if args.dry_run {
        let options = observe::Options { jobs: args.jobs.into(), timeout: args.timeout, ..observe::Options::default() };
        return plan::dry_run(&args.certificate, args.shard, &options, args.format, global, args.at.unwrap_or(now));
    }
    early_clock::refuse_early_clock(now)?;
    let started = Instant::now();
    let stop = stop::flag()?;
    let is_whole = args.certificate.is_empty();
    let mut policies = inputs::usable(global).map_err(|unusable| {
        RunHeartbeat::new(unusable.heartbeat.as_ref().filter(|_| is_whole)).without_work(global, now);
        unusable.failure
    })?;
    let division = args.shard.divide(&mut policies.entries);
    let policies = &policies;
    let picked = inputs::select(&policies.entries, &args.certificate)?;
    let mut pulse = RunHeartbeat::begin(policies, is_whole, now);
    let job = RunInput { policies, picked: &picked, machine: &machine::name() };
    let run = Run { job, division: division.as_ref(), started, stop };
    let ended = contained(|| look_and_tell(args, global, &run, &mut pulse, now)).unwrap_or_else(|fault| {
        Err(advised(fault.to_string(), "please report this line to the authors of certnotify"))
    });
    if ended.is_err() {
        pulse.without_work(global, now);
    }
    ended
}

/// What a run has before it looks.
struct Run<'a> {
    job: RunInput<'a>,
    /// How the targets are divided between several runs.
    division: Option<&'a Division>,
    started: Instant,
    /// Raised by SIGTERM and SIGINT.
    stop: Arc<AtomicBool>,
}

impl Run<'_> {
    /// Looks at what was picked, and asks authorities of what was seen; says how long the look took.
    fn look(
        &self,
        args: &Args,
        global: &Global,
        listeners: &observe::Listeners,
        (state, history): (&Path, &History),
        now: OffsetDateTime,
    ) -> anyhow::Result<(ScanResult, Duration)> {
        let bar = progress::Bar::new(self.job.picked.len(), global.quiet);
        let questions = Questions::OfSubscribers;
        // The other half is for sending.
        let ends = self.started + self.job.policies.settings.time_limit / 2;
        let options = observe::Options {
            jobs: args.jobs.into(),
            timeout: args.timeout,
            ends: Some(ends),
            questions,
            progress: &|progress: &Progress<'_>| bar.set(progress),
            environment: &inputs::environment,
            check_private_keys: true,
            stop: Some(&self.stop),
            known: None,
            listeners: Some(listeners),
        };
        let mut look = pass::look(self.job, &options, history, now);
        bar.finish();
        self.if_stopped()?;
        let looked_for = self.started.elapsed();
        let cache = state.with_file_name("cache");
        let asking = AuthorityQuery { questions, cache: Some(&cache), ends: Some(ends), ..AuthorityQuery::default() };
        pass::ask(self.job, &mut look, history, &asking, now);
        self.if_stopped()?;
        Ok((look, looked_for))
    }

    /// A run that is stopped while it looks knows too little to tell anything.
    fn if_stopped(&self) -> anyhow::Result<()> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(advised(
                "stopped by a signal while it looked: nothing was sent",
                "the next run does all of it",
            ));
        }
        Ok(())
    }
}

fn look_and_tell(
    args: &Args,
    global: &Global,
    run: &Run<'_>,
    pulse: &mut RunHeartbeat,
    now: OffsetDateTime,
) -> anyhow::Result<Exit> {
    let Run { job, started, .. } = *run;
    let RunInput { policies, picked, machine } = job;
    let (mut file, mut history, recovered) = memory::open(global, policies, now)?;
    if file.has_waited() {
        history.join_last_run(now);
    }
    let state = inputs::state_path(global, policies)?;
    memory::enter_shard(&mut history, run.division, global.adopt, &state)?;
    let mut spooled = spooled::PendingReports::take(&state, policies, &mut history, now)?;
    let listeners = observe::Listeners::new(picked);
    narrowed::narrow(job, &state, &args.reports, global);

    let (look, looked_for) = run.look(args, global, &listeners, (&state, &history), now)?;
    let inbox = inputs::inbox_path(policies, &state);
    let mut transport =
        Channels::new(policies, machine, inputs::environment, inbox, Arc::clone(&run.stop)).with_start(started);
    let mut report =
        pass::one_pass(job, &look, &mut history, &mut transport, &mut file, now).map_err(memory::refused)?;
    let throttled = Throttled::new(policies, &history, &inputs::environment, now);
    let next = pass::next(job, &look, &report, &history, &throttled, now);
    let recovered = spooled.settle(&file, recovered)?;
    let known = history.problems.clone();
    let ended = reports::Ended { job, look: &look, report: &report, took: started.elapsed(), now };
    let unwritten = args.reports.write(ended, &mut history);
    report.problems.extend(unwritten);
    report.problems.extend(pulse.end(&report, recovered, &mut history, now));
    if history.problems != known {
        // Not even a full disk makes the heartbeat a failure of the run.
        let _ = file.save_soon(&history);
    }

    let (next, command) = (next.as_ref(), &inputs::command_line(global));
    let is_well = say(&Summary { report: &report, next, policies, command, looked_for, now }, args, global);
    // The program ends here: to free what it knows piece by piece takes a tenth of a run.
    std::mem::forget((look, history, report));
    Ok(if is_well { recovered } else { Exit::Partial })
}

/// The summary and the problems. Whether all went well.
fn say(summary: &Summary<'_>, args: &Args, global: &Global) -> bool {
    let printed = match args.format {
        Format::Json => {
            let Summary { report, next, now, .. } = *summary;
            output::json(&in_json::summary(report, next, summary.zone(), now))
        }
        Format::Text if global.quiet => Ok(()),
        Format::Text => output::print(&columns::titled(&summary.text())),
    };
    if let Err(error) = printed {
        // What was sent is sent and recorded: a summary that has no place to go is no failure of that.
        output::problem(&format!("{error:#}"), Some("the run itself is over and recorded: certnotify history"));
    }
    for problem in summary.report.problems.iter().filter(|problem| problem.is_news || !global.quiet) {
        output::problem(&format!("{}: {}", problem.place, problem.message), Some(&problem.help));
    }
    let failures = summary.report.problems.iter().filter(|problem| problem.is_failure).count();
    if failures == 0 {
        return true;
    }
    if args.format == Format::Text && !global.quiet {
        let problems = counted(failures, "problem", "problems");
        // Said above already, if standard output takes nothing.
        let _ = output::print(&output::pasteable(&format!(
            "\n{problems} (exit 1). What was said so far: certnotify history\n"
        )));
    }
    false
}

struct Summary<'a> {
    report: &'a RunReport,
    next: Option<&'a Upcoming>,
    policies: &'a Policies,
    /// How this program was called, with the options that pick the same policy file and state.
    command: &'a str,
    looked_for: Duration,
    now: OffsetDateTime,
}

/// What messages to one recipient name: the addresses of a contact may have a mail each about one certificate.
type Named<'a> = (BTreeSet<Fingerprint>, BTreeSet<&'a OccurrenceId>);

impl Summary<'_> {
    fn zone(&self) -> &Zone {
        &self.policies.settings.zone
    }

    fn text(&self) -> String {
        let mut text = format!(
            "certnotify {}, {}, {}\n\n{}\n",
            env!("CARGO_PKG_VERSION"),
            day_and_minute(self.zone(), self.now),
            self.policies.file.display(),
            looked_at::summary(&self.report.counts, self.looked_for),
        );
        self.sent(&mut text);
        self.held(&mut text);
        self.silent(&mut text);
        if let Some(next) = self.next {
            let _ = writeln!(text, "next       {}", self.upcoming(next));
        }
        text
    }

    /// One line for all certificates that are silent for the same reason.
    fn silent(&self, text: &mut String) {
        let mut silent: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for LeadCapped { name, asked, cap, lead } in &self.report.capped {
            let why = (*asked, plan::share(*cap), *lead);
            silent.entry(why).or_default().insert(untrusted::clean(name));
        }
        for ((asked, share, lead), names) in &silent {
            let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
            let life = if names.len() == 1 { "its life" } else { "their lives" };
            let (names, asked, lead) = (output::and_more(&names), length(*asked), length(*lead));
            let _ = writeln!(text, "silent     {names}: the policy asks for {asked}, {share} of {life} is {lead}");
        }
    }

    /// `Mon 2026-11-23 08:00 CET: www, 7 days before its end, to ops and anna`.
    fn upcoming(&self, next: &Upcoming) -> String {
        let contacts: Vec<&str> = next.contacts.iter().map(ContactName::as_str).collect();
        let (what, why, to) = (plan::what_next(next), plan::why_next(next, self.zone()), output::and_more(&contacts));
        if next.at > self.now {
            return format!("{}: {what}, {why}, to {to}", day_and_minute(self.zone(), next.at));
        }
        let channels: Vec<&str> = next.channels.iter().map(|channel| channel.as_str()).collect();
        format!("in the next run: {what}, {why}, to {to} by {}", output::and(&channels))
    }

    /// One line a contact and channel, with what the channel answered.
    fn sent(&self, text: &mut String) {
        let mut channels: Vec<(&Message, Named<'_>, usize, &str)> = Vec::new();
        let mut by_recipient: BTreeMap<(&ContactName, Channel), usize> = BTreeMap::new();
        for (message, outcome) in &self.report.messages {
            let Outcome::Delivered { receipt } = outcome else { continue };
            let nth = *by_recipient.entry((&message.contact, message.channel)).or_insert(channels.len());
            if nth == channels.len() {
                channels.push((message, Named::default(), 0, &receipt.answer));
            }
            let (_, named, messages, _) = &mut channels[nth];
            named.0.extend(message.reminders.iter().map(|(key, _)| key.fingerprint));
            named.1.extend(message.occurrences.iter().take(message.named).map(|(id, _)| id));
            *messages += 1;
        }
        if channels.is_empty() {
            let why = if self.report.messages.is_empty() { "nothing is due" } else { "see below" };
            let _ = writeln!(text, "sent       nothing: {why}");
        }
        let of_contacts = channels.iter().map(|(first, ..)| width(first.contact.as_str())).max().unwrap_or(0);
        let of_channels = width_of_channels(channels.iter().map(|(first, ..)| first.channel));
        for (index, (first, named, messages, answer)) in channels.iter().enumerate() {
            let title = if index == 0 { "sent" } else { "" };
            let messages = counted(*messages, "message", "messages");
            let answer = if answer.is_empty() { String::new() } else { format!(" ({answer})") };
            let (contact, channel) = (first.contact.as_str(), first.channel.as_str());
            let blanks = " ".repeat(of_contacts.saturating_sub(width(contact)));
            let _ = writeln!(
                text,
                "{title:<9}  {contact}{blanks}  {channel:<of_channels$}  {} in {messages}{answer}",
                certificates_and_events(named.0.len(), named.1.len())
            );
        }
        if let Some((first, ..)) = channels.iter().find(|(first, ..)| first.channel == Channel::Inbox) {
            let _ = writeln!(text, "read it    {} inbox {}", self.command, inbox::argument(&first.contact));
        }
    }

    fn held(&self, text: &mut String) {
        for batch in &self.report.held {
            let until = batch.held_until.map(|until| day_and_minute(&batch.zone, until)).unwrap_or_default();
            // None where the entry that it was seen by is gone.
            let window = plan::window(batch, self.policies).map(|window| format!(" (window {window})"));
            let _ = writeln!(
                text,
                "held       {}  {}  {} until {until}{}",
                batch.contact,
                batch.channel,
                certificates_and_events(batch.reminders.len(), named_occurrences(batch).count()),
                window.unwrap_or_default()
            );
        }
    }
}
