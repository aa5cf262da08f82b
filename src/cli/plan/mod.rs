//! `certnotify plan`: what will go out, when, to whom, by which channel and why. Sends and records nothing.

mod explain;
mod named;
mod table;
mod validity;

pub(super) use table::{what_next, why_next, window};

pub(super) use explain::share;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use certnotify::event::{Evidence, Location, Occurrence};
use certnotify::history::{History, PlaceRecord};
use certnotify::observe::{self, Progress};
use certnotify::pass::{self, RunInput, ScanResult, Throttled};
use certnotify::policy::{Entry, Policies, Zone};
use certnotify::record::Spool;
use certnotify::render::{Body, Message, news_in_words, reason_in_words, untrusted};
use certnotify::schedule::{Batch, ReminderKey};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::memory::{self, Memory};
use super::shard::ShardArgs;
use super::{Exit, Format, Global, at, columns, inputs, machine, output, progress, spooled};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  certnotify plan                                  what goes out in the next 30 days
  certnotify plan --days 7 --full                  the messages themselves
  certnotify plan www                              when www speaks next, and why it is silent
  certnotify plan --at 2026-12-24T08:30+08:00      what a run at that moment would send

Exit codes: 0 done; 1 something could not be observed; 3 the job could not be done.")]
pub(crate) struct Args {
    /// Explain these certificates: an entry or member name, or its unambiguous last part
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// How many days ahead; 0 is what a run would send now
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = days)]
    days: u16,
    /// Print the messages in full
    #[arg(long)]
    full: bool,
    /// Only this entry of the policy file; repeatable
    #[arg(long, value_name = "NAME")]
    certificate: Vec<String>,
    #[command(flatten)]
    shard: ShardArgs,
    /// Act as if it were this moment (RFC 3339 or a date)
    #[arg(long, value_name = "TIME", value_parser = at::parse)]
    at: Option<OffsetDateTime>,
    /// The form of the output
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

/// `30`, or `30d` as it is written elsewhere.
fn days(text: &str) -> Result<u16, String> {
    let digits = text.trim().strip_suffix('d').unwrap_or(text);
    let number = digits.parse::<u16>().ok().filter(|days| *days <= 3660);
    number.ok_or_else(|| "a number of days from 0 to 3660".to_owned())
}

pub(crate) fn run(args: &Args, global: &Global, now: OffsetDateTime) -> anyhow::Result<Exit> {
    let now = args.at.unwrap_or(now);
    let options = observe::Options::default();
    let wants_places = !args.names.is_empty();
    let mut planned = Planned::make(&args.certificate, wants_places, args.shard, args.days, &options, global, now)?;
    if args.format == Format::Json {
        planned.keep(&args.names)?;
    }
    if args.names.is_empty() || args.format == Format::Json {
        planned.print(args.full, args.format, global.verbose)?;
        if args.format == Format::Text && args.at.is_none() && planned.is_first() {
            output::print(&format!("To send what is due now: {} run\n", inputs::command_line(global)))?;
        }
    } else {
        output::print(&columns::titled(&planned.explained(&args.names)?))?;
    }
    Ok(planned.end())
}

/// `run --dry-run`: everything that a run would send now, in full.
pub(super) fn dry_run(
    certificates: &[String],
    shard: ShardArgs,
    options: &observe::Options<'_>,
    format: Format,
    global: &Global,
    now: OffsetDateTime,
) -> anyhow::Result<Exit> {
    let planned = Planned::make(certificates, false, shard, 0, options, global, now)?;
    planned.print(true, format, global.verbose)?;
    Ok(planned.end())
}

/// What was looked at and what will follow from it.
struct Planned {
    policies: Policies,
    /// With what waits beside it and what was seen now: as it will be before the first message.
    history: History,
    look: ScanResult,
    /// The places as the last run left them, where names are explained.
    places: BTreeMap<String, PlaceRecord>,
    machine: String,
    throttled: Throttled,
    batches: Vec<(OffsetDateTime, Batch)>,
    days: u16,
    /// Whether something of the memory or of what waits was lost.
    recovered: Exit,
    now: OffsetDateTime,
}

impl Planned {
    /// The program ends here: to free what it knows piece by piece takes as long as the plan itself.
    fn end(self) -> Exit {
        let verdict = self.verdict();
        std::mem::forget(self);
        verdict
    }

    fn make(
        names: &[String],
        wants_places: bool,
        shard: ShardArgs,
        days: u16,
        options: &observe::Options<'_>,
        global: &Global,
        now: OffsetDateTime,
    ) -> anyhow::Result<Self> {
        let Memory { mut policies, mut history, exit } = Memory::read(global, now)?;
        let division = shard.divide(&mut policies.entries);
        let state = inputs::state_path(global, &policies)?;
        memory::enter_shard(&mut history, division.as_ref(), global.adopt, &state)?;
        let machine = machine::name();
        history.clamp_to_now(now);
        let picked: Vec<&Entry> = inputs::select(&policies.entries, names)?;
        let job = RunInput { policies: &policies, picked: &picked, machine: &machine };
        let bar = progress::Bar::new(picked.len(), global.quiet);
        let report_progress = |progress: &Progress<'_>| bar.set(progress);
        let options = observe::Options {
            progress: &report_progress,
            check_private_keys: true,
            environment: &inputs::environment,
            ..*options
        };
        let look = pass::look(job, &options, &history, now);
        bar.finish();
        let spool = Spool::beside(&state).map_err(memory::refused)?;
        let (reports, notices) = spool.read();
        spooled::say(&notices);
        let places = if wants_places { history.places.clone() } else { BTreeMap::new() };
        pass::record_reports(&policies, &reports, &mut history, now);
        pass::record_events(job, &look, &mut history, now);
        pass::note_owed(job, &look, &mut history, now);
        let until = now.saturating_add(Duration::days(i64::from(days)));
        let throttled = Throttled::new(&policies, &history, &inputs::environment, now);
        let (mut batches, held) = pass::plan(job, &look, &history, &throttled, (now, until));
        // Owed now: what waits for a window is no less so where that opens later.
        batches.extend(held.into_iter().filter_map(|batch| Some((batch.held_until?, batch))));
        batches.sort_by_key(|(at, _)| *at);
        let recovered = if notices.is_empty() { exit } else { Exit::Partial };
        Ok(Self { policies, history, look, places, machine, throttled, batches, days, recovered, now })
    }

    /// Of the messages, only what is about what these names mean; without any, all.
    fn keep(&mut self, names: &[String]) -> anyhow::Result<()> {
        let all = named::all(self);
        let mut kept = BTreeSet::new();
        for name in names {
            kept.extend(named::called(&all, name)?.into_iter().map(|one| one.name().to_owned()));
        }
        drop(all);
        if !names.is_empty() {
            let is_kept = |locations: &[Location]| locations.iter().any(|location| kept.contains(&*location.name));
            self.batches.retain_mut(|(_, batch)| {
                batch.reminders.retain(|reminder| is_kept(&reminder.event.locations));
                batch.occurrences.retain(|occurrence| is_kept(&occurrence.locations));
                !batch.reminders.is_empty() || !batch.occurrences.is_empty()
            });
        }
        Ok(())
    }

    /// Until when nothing is sent that is due now, where the last try was in vain or the server asked for time.
    fn resting_until(&self, batch: &Batch) -> Option<OffsetDateTime> {
        pass::resting_until(batch, &self.policies, &self.history, &self.throttled, self.now)
    }

    /// Something is due, and nothing was ever told.
    fn is_first(&self) -> bool {
        self.history.deliveries.is_empty() && self.batches.iter().any(|(at, _)| *at <= self.now)
    }

    fn job(&self) -> RunInput<'_> {
        RunInput { policies: &self.policies, picked: &[], machine: &self.machine }
    }

    /// Problems of looking go to standard error; they make the verdict.
    fn verdict(&self) -> Exit {
        let mut exit = self.recovered;
        for problem in &self.look.faults {
            output::problem(&format!("{}: {}", problem.place, problem.message), Some(&problem.help));
            exit = Exit::Partial;
        }
        for observation in &self.look.observations {
            if let Err(failure) = &observation.outcome {
                let place = untrusted::clean(&observation.name);
                output::problem(
                    &format!("certificate `{place}`: {}", untrusted::clean(&failure.message())),
                    failure.help.as_deref(),
                );
                exit = Exit::Partial;
            }
        }
        exit
    }

    fn print(&self, full: bool, format: Format, is_verbose: bool) -> anyhow::Result<()> {
        let zone = &self.policies.settings.zone;
        match format {
            Format::Json => output::json(&json!({
                "version": 1,
                "at": output::rfc3339(self.now),
                "messages": self.batches.iter().map(|(at, batch)| batch_json(*at, batch, zone)).collect::<Vec<_>>(),
            })),
            Format::Text if full => output::print(&self.in_full(is_verbose)),
            Format::Text => output::print(&table::text(self)),
        }
    }

    /// `now`, a moment, or `held until` one that lies beyond what was asked for.
    fn when(&self, at: OffsetDateTime, batch: &Batch) -> String {
        if at == self.now {
            return "now".to_owned();
        }
        let is_beyond = at > self.now.saturating_add(Duration::days(i64::from(self.days)));
        let held = if is_beyond { "held until " } else { "" };
        format!("{held}{}", super::amounts::day_and_minute(&batch.zone, at))
    }

    /// The messages as they would be sent.
    fn in_full(&self, is_verbose: bool) -> String {
        if self.batches.is_empty() {
            return table::text(self);
        }
        let mut text = String::new();
        let mut all: Vec<Message> = Vec::new();
        let mut counted = None;
        for (at, batch) in &self.batches {
            let known = counted.filter(|(moment, _)| moment == at);
            let counts = known.map_or_else(|| pass::counts_at(self.job(), &self.look, &self.history, *at), |it| it.1);
            counted = Some((*at, counts));
            let when = self.when(*at, batch);
            let messages = pass::messages(self.job(), &self.history, batch, counts, *at);
            for message in &messages {
                let _ = write!(
                    text,
                    "==> {when}, to {} by {}\n\n{}\n\n",
                    message.contact,
                    message.channel,
                    body(message, is_verbose)
                );
            }
            all.extend(messages);
        }
        for problem in pass::template_failed(&all) {
            output::problem(&format!("{}: {}", problem.place, problem.message), Some(&problem.help));
        }
        text.push_str("Nothing was sent.\n");
        text
    }

    fn explained(&self, names: &[String]) -> anyhow::Result<String> {
        Ok(explain::names(self, names)?.join("\n"))
    }
}

/// As it is read; with the vendor's form for who asks for more.
fn body(message: &Message, is_verbose: bool) -> String {
    match &message.body {
        Body::Mail(mail) => format!("Subject: {}\n\n{}", mail.subject, mail.text),
        Body::Chat { payload, .. } if is_verbose => format!("{}\n\n{payload:#}", message.text),
        Body::Chat { .. } => message.text.clone(),
    }
}

/// One message of `plan --format json` and `run --format json`.
pub(super) fn batch_json(at: OffsetDateTime, batch: &Batch, zone: &Zone) -> Value {
    let reminders = batch.reminders.iter().map(|reminder| {
        let name = reminder.event.locations.first().map(|location| untrusted::clean(&location.name));
        let why = reason_in_words(reminder, zone);
        reminder_json(name.as_deref(), &reminder.key, Some(&reminder.event.evidence), &why)
    });
    let occurrences =
        batch.occurrences.iter().map(|occurrence| news_json(occurrence, &news_in_words(occurrence, zone)));
    json!({
        "send_at": output::rfc3339(at),
        "held_until": batch.held_until.map(output::rfc3339),
        "contact": batch.contact,
        "channel": batch.channel,
        "reminders": reminders.chain(occurrences).collect::<Vec<_>>(),
    })
}

pub(super) fn reminder_json(name: Option<&str>, key: &ReminderKey, evidence: Option<&Evidence>, why: &str) -> Value {
    json!({
        "certificate": name, "fingerprint_sha256": key.fingerprint, "kind": key.kind,
        "class": evidence.map(Evidence::as_str), "why": why,
    })
}

/// What happened, as a reminder: without a name or a fingerprint where it is about no certificate.
pub(super) fn news_json(occurrence: &Occurrence, why: &str) -> Value {
    json!({
        "certificate": occurrence.locations.first().map(|location| untrusted::clean(&location.name)),
        "fingerprint_sha256": occurrence.certificate.as_ref().map(|certificate| certificate.fingerprint),
        "kind": occurrence.kind, "class": occurrence.evidence.as_str(), "why": why,
    })
}
