//! `certnotify inbox`: reads internal messages.

use certnotify::policy::{ContactName, Zone};
use certnotify::record::{Inbox, InboxError};
use certnotify::render::shell_word;
use certnotify::render::untrusted::{clean, clean_keeping_spaces};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::columns::columns;
use super::exit::advised;
use super::{Exit, Format, Global, inputs, memory, output};

#[derive(Debug, clap::Args)]
#[command(disable_help_subcommand = true)]
#[command(after_help = "\
Examples:
  certnotify inbox                  the messages of the only contact, or of the default one
  certnotify inbox ops              the messages of ops
  certnotify inbox show 3           the text of the third
  certnotify inbox ops read --all   mark everything as read

1 is the oldest message, so a number stays what it is when more arrive. They lie in a Maildir,
which any mail program reads.

Exit codes: 0 done; 3 the job could not be done.")]
pub(crate) struct Args {
    /// Whose messages
    #[arg(value_name = "CONTACT")]
    contact: Option<String>,
    #[command(subcommand)]
    command: Option<Command>,
    /// The form of the output
    #[arg(long, value_name = "FORMAT", default_value = "text", global = true)]
    format: Format,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Show the text of a message; it stays unread
    Show {
        /// Its number in the list
        #[arg(value_name = "N", value_parser = number)]
        number: usize,
    },
    /// Mark messages as read
    Read {
        /// Their numbers in the list
        #[arg(value_name = "N", value_parser = number, required_unless_present = "all", conflicts_with = "all")]
        numbers: Vec<usize>,
        /// All of them
        #[arg(long)]
        all: bool,
    },
}

fn number(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "write the number of a message, as the list has it: 1, 2 and so on".to_owned())
}

pub(crate) fn run(args: &Args, global: &Global, now: OffsetDateTime) -> anyhow::Result<Exit> {
    let policies = inputs::policies(global)?;
    let contact = memory::contact(&policies, args.contact.as_deref())?;
    let root = inputs::inbox_path(&policies, &inputs::state_path(global, &policies)?);
    let zone = &policies.settings.zone;
    let mut inbox = Inbox::open(root, &contact).map_err(|error| refused(error, &contact))?;
    match &args.command {
        None => list(&inbox, &contact, zone, args.format, now)?,
        Some(Command::Show { number }) => show(&inbox, &contact, *number, zone, args.format)?,
        Some(Command::Read { numbers, .. }) => {
            let all = (1..=inbox.letters().len()).collect();
            let numbers = if numbers.is_empty() { all } else { numbers.clone() };
            let marked = read(&mut inbox, &contact, &numbers, args.format)?;
            if !global.quiet || args.format == Format::Json {
                output::print(&marked)?;
            }
        }
    }
    Ok(Exit::Done)
}

fn list(inbox: &Inbox, contact: &ContactName, zone: &Zone, format: Format, now: OffsetDateTime) -> anyhow::Result<()> {
    let letters = inbox.letters();
    if format == Format::Json {
        let messages: Vec<Value> = letters.iter().map(summary).collect();
        let list = json!({ "version": 1, "at": output::rfc3339(now), "contact": contact, "messages": messages });
        return output::json(&list);
    }
    if letters.is_empty() {
        let contact = clean(contact.as_str());
        return output::print(&format!("No messages for {contact}. What is due is filed by: certnotify run\n"));
    }
    let rows: Vec<[String; 4]> = letters
        .iter()
        .map(|letter| {
            let mark = if letter.is_unread { "new" } else { "" };
            [letter.number.to_string(), zone.minute(letter.filed), mark.to_owned(), clean(&letter.subject)]
        })
        .collect();
    output::print(&columns(["N", "DATE", "", "SUBJECT"], &rows))
}

fn show(inbox: &Inbox, contact: &ContactName, number: usize, zone: &Zone, format: Format) -> anyhow::Result<()> {
    let letter = inbox.letter(number).map_err(|error| refused(error, contact))?;
    let text: Vec<String> =
        inbox.text(number).map_err(|error| refused(error, contact))?.lines().map(clean_keeping_spaces).collect();
    if format == Format::Json {
        let mut message = summary(letter);
        message["text"] = json!(text.join("\n"));
        return output::json(&json!({ "version": 1, "contact": contact, "message": message }));
    }
    let (date, subject) = (zone.minute(letter.filed), clean(&letter.subject));
    output::print(&format!("Date: {date}\nSubject: {subject}\n\n{}\n", text.join("\n").trim_end()))
}

fn read(inbox: &mut Inbox, contact: &ContactName, numbers: &[usize], format: Format) -> anyhow::Result<String> {
    // All of them are there before any is marked.
    for number in numbers {
        inbox.letter(*number).map_err(|error| refused(error, contact))?;
    }
    let mut marked = Vec::new();
    for number in numbers {
        if inbox.mark_read(*number).map_err(|error| refused(error, contact))? {
            marked.push(*number);
        }
    }
    Ok(match format {
        Format::Json => format!("{:#}\n", json!({ "version": 1, "contact": contact, "marked": marked })),
        Format::Text => match marked.len() {
            0 => "Nothing was unread.\n".to_owned(),
            1 => "1 message is marked as read.\n".to_owned(),
            more => format!("{more} messages are marked as read.\n"),
        },
    })
}

fn summary(letter: &certnotify::record::Letter) -> Value {
    json!({
        "number": letter.number,
        "date": output::rfc3339(letter.filed),
        "unread": letter.is_unread,
        "subject": clean(&letter.subject),
    })
}

/// A contact as it is typed after `certnotify inbox`: a name that is an option or a command there stands after `--`.
pub(super) fn argument(contact: &ContactName) -> String {
    let word = shell_word(&clean(contact.as_str()));
    let is_other = word.starts_with('-') || matches!(word.as_str(), "show" | "read" | "help");
    if is_other { format!("-- {word}") } else { word }
}

fn refused(error: InboxError, contact: &ContactName) -> anyhow::Error {
    let help = match &error {
        InboxError::NoSuchMessage { .. } | InboxError::Gone { .. } => {
            format!("`certnotify inbox {}` lists the messages", argument(contact))
        }
        InboxError::Unreadable { .. } | InboxError::NotMarked { .. } => {
            "run as the user the inbox belongs to".to_owned()
        }
    };
    advised(clean(&output::in_words(&error.into())), help)
}
