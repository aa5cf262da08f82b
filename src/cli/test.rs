//! `certnotify test`: one message by each channel, and what each answered.

use std::time::Instant;

use certnotify::deliver::{self, Channels, Outcome, Receipt, Warning};
use certnotify::pass::{self, RunInput, TestSend};
use certnotify::policy::{Channel, Contact, ContactName, Policies, Zone, did_you_mean, nearest};
use certnotify::render::untrusted::clean;
use serde_json::{Value, json};
use time::OffsetDateTime;
use unicode_width::UnicodeWidthStr as _;

use super::exit::advised;
use super::{Exit, Format, Global, amounts, inputs, machine, memory, output, stop};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  certnotify test                            nothing is sent: lists what could be
  certnotify test ops                        a test message to ops by each channel it has
  certnotify test ops --channel dingtalk     by this one only
  certnotify test --all                      to everybody by everything

A test goes out although its channel refused an earlier message; when it succeeds, the next run
tries again what was refused. It counts for the pace of a robot like any other message.

Exit codes: 0 every message was taken, or none was asked for; 1 a channel failed; 3 the job could
not be done (usage, policy file, state file).")]
pub(crate) struct Args {
    /// Whom to send to
    #[arg(value_name = "CONTACT", conflicts_with = "all")]
    contacts: Vec<String>,
    /// Everybody
    #[arg(long)]
    all: bool,
    #[arg(long, value_name = "CHANNEL", value_parser = channel, help = only_this_channel())]
    channel: Option<Channel>,
    /// The form of the output
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

/// The channels that there are, for the help.
fn only_this_channel() -> String {
    format!("Only this channel: {}", Channel::ALL.map(Channel::as_str).join(", "))
}

fn channel(text: &str) -> Result<Channel, String> {
    text.parse::<Channel>().map_err(|unknown| {
        let known = Channel::ALL.map(Channel::as_str);
        let all = || format!("there are {}", known.join(", "));
        format!("{unknown}; {}", did_you_mean(nearest(text, &known), all))
    })
}

type Address<'a> = (&'a ContactName, Channel);

pub(crate) fn run(args: &Args, global: &Global, now: OffsetDateTime) -> anyhow::Result<Exit> {
    let started = Instant::now();
    let policies = &inputs::policies(global)?;
    let addresses = addresses(policies, args)?;
    if args.contacts.is_empty() && !args.all {
        return list(policies, &addresses, args, global, now);
    }
    let machine = machine::name();
    let job = RunInput { policies, picked: &[], machine: &machine };
    let (mut file, mut history, recovered) = memory::open(global, policies, now)?;
    let inbox = inputs::inbox_path(policies, &inputs::state_path(global, policies)?);
    let stop = stop::flag()?;
    let mut transport = Channels::new(policies, &machine, inputs::environment, inbox, stop).with_start(started);
    history.clamp_to_now(now);

    let width = addresses.iter().map(|(contact, _)| clean(contact.as_str()).width()).max().unwrap_or(0);
    let widths = (width, amounts::width_of_channels(addresses.iter().map(|(_, channel)| *channel)));
    let mut trials = Vec::new();
    for address in &addresses {
        let trial =
            pass::trial(job, *address, &mut history, &mut transport, &mut file, now).map_err(memory::refused)?;
        tell(&trial, widths, &policies.settings.zone, args, global)?;
        trials.push(trial);
    }
    file.fold(&history).map_err(memory::refused)?;
    if args.format == Format::Json {
        let tests: Vec<Value> = trials.iter().map(summary).collect();
        output::json(&json!({ "version": 1, "at": output::rfc3339(now), "tests": tests }))?;
    }
    if args.format == Format::Text && !global.quiet {
        output::print(&inputs::noted(&inputs::notes_on_contacts(policies)))?;
    }
    let has_arrived = trials.iter().all(has_arrived);
    if has_arrived && history.last_run.is_none() && !global.quiet {
        output::next("certnotify run sends what is due: now by hand, then every hour from a timer or cron")?;
    }
    Ok(if has_arrived { recovered } else { Exit::Partial })
}

/// Who is to be reached, and by what, in the order of the command line or of the policy file.
fn addresses<'a>(policies: &'a Policies, args: &Args) -> anyhow::Result<Vec<Address<'a>>> {
    let mut contacts: Vec<&Contact> = Vec::new();
    for given in &args.contacts {
        let name = memory::contact(policies, Some(given))?;
        // A contact that is named twice is tested once.
        let named =
            policies.contacts.get(&name).filter(|contact| !contacts.iter().any(|known| std::ptr::eq(*known, *contact)));
        contacts.extend(named);
    }
    if args.contacts.is_empty() {
        contacts.extend(policies.contacts.values());
    }
    let mut addresses = Vec::new();
    for contact in contacts {
        let channels = contact.channels();
        if let (Some(wanted), false) = (args.channel, args.contacts.is_empty())
            && !channels.contains(&wanted)
        {
            let has: Vec<&str> = channels.iter().map(|channel| channel.as_str()).collect();
            return Err(advised(
                format!("contact `{}` is not to be reached by {wanted}", clean(contact.name.as_str())),
                format!("it has {}", output::and(&has)),
            ));
        }
        let channels = channels.into_iter().filter(|channel| args.channel.is_none_or(|wanted| wanted == *channel));
        addresses.extend(channels.map(|channel| (&contact.name, channel)));
    }
    match args.channel {
        Some(channel) if addresses.is_empty() => Err(advised(
            format!("no contact is to be reached by {channel}"),
            "without --channel every channel is tested",
        )),
        _ => Ok(addresses),
    }
}

/// Sends nothing and says what it would.
fn list(
    policies: &Policies,
    addresses: &[Address<'_>],
    args: &Args,
    global: &Global,
    now: OffsetDateTime,
) -> anyhow::Result<Exit> {
    if args.format == Format::Json {
        let test =
            |(contact, channel): &Address<'_>| json!({ "contact": contact, "channel": channel, "outcome": null });
        let tests: Vec<Value> = addresses.iter().map(test).collect();
        output::json(&json!({ "version": 1, "at": output::rfc3339(now), "tests": tests }))?;
        return Ok(Exit::Done);
    }
    let width = addresses.iter().map(|(contact, _)| clean(contact.as_str()).width()).max().unwrap_or(0);
    let lines: Vec<String> =
        addresses.iter().map(|(contact, channel)| format!("  {}  {channel}", padded(contact, width))).collect();
    let command = inputs::command_line(global);
    let only = args.channel.map(|channel| format!(" --channel {channel}")).unwrap_or_default();
    let notes = inputs::noted(&inputs::notes(policies));
    let send = format!("To send: {command} test CONTACT{only}, or {command} test --all{only}\n");
    output::print(&format!("Nothing is sent. A test could be sent to\n{}\n{notes}\n{send}", lines.join("\n")))?;
    Ok(Exit::Done)
}

fn has_arrived(trial: &TestSend) -> bool {
    matches!(&trial.outcome, Outcome::Delivered { receipt } if receipt.refused.is_empty())
}

/// One line for each message, as soon as its fate is known; what went wrong on standard error.
fn tell(
    trial: &TestSend,
    (of_contacts, of_channels): (usize, usize),
    zone: &Zone,
    args: &Args,
    global: &Global,
) -> anyhow::Result<()> {
    if args.format == Format::Text && !global.quiet {
        let (contact, channel, seconds) =
            (padded(&trial.contact, of_contacts), trial.channel.as_str(), trial.took.as_secs_f64());
        let result = match &trial.outcome {
            Outcome::Delivered { receipt } if receipt.answer.is_empty() => format!("sent in {seconds:.1} s"),
            Outcome::Delivered { receipt } => format!("sent in {seconds:.1} s  {}", receipt.answer),
            _ => format!("not sent, {seconds:.1} s"),
        };
        output::print(&format!("{contact}  {channel:<of_channels$}  {result}\n"))?;
    }
    if let Some((reason, help)) = complaint(trial, zone) {
        let place = format!("contact `{}`, {}", clean(trial.contact.as_str()), trial.channel);
        output::problem(&format!("{place}: {reason}"), Some(&help));
    }
    Ok(())
}

/// What is to be mended, or is doubtful, although it was taken.
fn remark(receipt: &Receipt) -> Option<&Warning> {
    receipt.remark.as_ref().or(receipt.doubt.as_ref())
}

fn complaint(trial: &TestSend, zone: &Zone) -> Option<(String, String)> {
    match &trial.outcome {
        Outcome::Delivered { receipt } if receipt.refused.is_empty() => {
            remark(receipt).map(|remark| (format!("taken, but {}", remark.what), remark.help.clone()))
        }
        Outcome::Delivered { receipt } => Some((
            format!("taken, but not for everybody: {}", deliver::cause_of_addresses(&receipt.refused)),
            deliver::help_for_addresses(&receipt.refused, &clean(trial.contact.as_str())),
        )),
        Outcome::Failed { reason, help } => Some((reason.to_string(), help.clone())),
        Outcome::Deferred { until: Some(until), reason } => {
            Some((reason.to_string(), format!("try again after {}", zone.minute(*until))))
        }
        Outcome::Deferred { until: None, reason } | Outcome::NotTried { reason } => {
            Some((reason.to_string(), "try again".to_owned()))
        }
        Outcome::Unanswered { reason } => {
            Some((reason.to_string(), "it may have arrived: look there before you try again".to_owned()))
        }
    }
}

fn summary(trial: &TestSend) -> Value {
    let (answer, reason, help, refused) = match &trial.outcome {
        Outcome::Delivered { receipt } => {
            let remark = remark(receipt);
            let (what, help) = (remark.map(|remark| remark.what.clone()), remark.map(|remark| &remark.help));
            (Some(&receipt.answer), what, help, receipt.refused.as_slice())
        }
        Outcome::Failed { reason, help } => (None, Some(reason.to_string()), Some(help), &[][..]),
        Outcome::Deferred { reason, .. } | Outcome::Unanswered { reason } | Outcome::NotTried { reason } => {
            (None, Some(reason.to_string()), None, &[][..])
        }
    };
    let until = match &trial.outcome {
        Outcome::Deferred { until: Some(until), .. } => Some(output::rfc3339(*until)),
        _ => None,
    };
    json!({
        "contact": trial.contact, "channel": trial.channel, "outcome": trial.outcome.as_str(), "answer": answer,
        "reason": reason, "help": help, "refused": refused, "not_before": until,
        "milliseconds": u64::try_from(trial.took.as_millis()).unwrap_or(u64::MAX),
    })
}

fn padded(contact: &ContactName, width: usize) -> String {
    let name = clean(contact.as_str());
    let blanks = " ".repeat(width.saturating_sub(name.width()));
    name + &blanks
}
