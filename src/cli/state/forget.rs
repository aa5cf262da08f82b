//! `certnotify state forget`: drops what is remembered of a place or of a contact.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use certnotify::history::{Forgotten, History};
use certnotify::policy::{ContactName, Policies};
use certnotify::render::untrusted::clean;
use time::OffsetDateTime;

use super::super::amounts::counted;
use super::super::exit::advised;
use super::super::{Exit, Global, inputs, memory, output};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  certnotify state forget www --dry-run     what would be dropped, and what would follow
  certnotify state forget www               the next run looks at it for the first time
  certnotify state forget --contact ops     ops is told once more of everything that is so

It is no event: no message says that the place was deleted or is watched no more.

Exit codes: 0 done; 1 something of the memory was lost; 3 nothing was forgotten.")]
pub(super) struct Args {
    /// An entry with its members, a member, a DNS name, or a contact
    #[arg(value_name = "NAME", required_unless_present = "contact", conflicts_with = "contact")]
    name: Option<String>,
    /// Forget what this contact was told
    #[arg(long, value_name = "CONTACT")]
    contact: Option<String>,
    /// Show it and drop nothing
    #[arg(long)]
    dry_run: bool,
}

/// What is to be forgotten.
enum Meant {
    Places(BTreeSet<String>),
    Contact(ContactName),
}

pub(super) fn run(args: &Args, global: &Global, now: OffsetDateTime) -> anyhow::Result<Exit> {
    let policies = inputs::policies(global)?;
    if args.dry_run {
        let (mut history, exit) = memory::read(global, &policies, now)?;
        let text = forget(args, &policies, &mut history)?;
        output::print(&format!("{text}Nothing was forgotten (--dry-run).\n"))?;
        return Ok(exit);
    }
    let (mut file, history, exit) = memory::open(global, &policies, now)?;
    let mut history = history.as_recorded().unwrap_or(history);
    let text = forget(args, &policies, &mut history)?;
    file.save(&history).map_err(memory::refused)?;
    if !global.quiet {
        output::print(&text)?;
    }
    memory::leave(history);
    Ok(exit)
}

/// Forgets it; what was remembered, and what follows, a line each.
fn forget(args: &Args, policies: &Policies, history: &mut History) -> anyhow::Result<String> {
    match meant(args, policies, history)? {
        Meant::Places(places) => {
            const SHOWN: usize = 20;
            let mut text = String::new();
            for place in places.iter().take(SHOWN) {
                let _ = writeln!(text, "forget     {}", clean(place));
            }
            if places.len() > SHOWN {
                let _ = writeln!(text, "forget     and {} more places", places.len().saturating_sub(SHOWN));
            }
            let shown: BTreeSet<_> =
                places.iter().filter_map(|place| history.places.get(place)).map(|place| place.fingerprint).collect();
            let forgotten = history.forget_places(&places);
            let _ = writeln!(text, "with it    {}", dropped(&forgotten));
            let stays = memory::showing(history, &shown);
            let again =
                if stays.is_some() && forgotten.certificates == 0 { "" } else { ", and tells again what is due" };
            let _ = writeln!(text, "next       the next run looks there for the first time{again}");
            if let Some(names) = stays {
                let of = "what was told of a certificate that stands elsewhere, too";
                let _ = writeln!(text, "kept       {of}: to be told again, forget {names} as well");
            }
            Ok(text)
        }
        Meant::Contact(contact) => {
            let forgotten = history.forget_contact(&contact);
            Ok(format!(
                "forget     contact {}\nwith it    {}\nnext       the next run tells this contact again what is due\n",
                clean(contact.as_str()),
                dropped(&forgotten)
            ))
        }
    }
}

fn dropped(forgotten: &Forgotten) -> String {
    let Forgotten { places: _, certificates, deliveries, owed, snoozes } = *forgotten;
    [
        counted(certificates, "certificate", "certificates"),
        counted(deliveries, "delivery", "deliveries"),
        counted(owed, "event that waits", "events that wait"),
        counted(snoozes, "snooze", "snoozes"),
    ]
    .join(", ")
}

fn meant(args: &Args, policies: &Policies, history: &History) -> anyhow::Result<Meant> {
    let as_contact = |name: &str| {
        let is_known = policies.contacts.contains_key(name) || was_told(history, name);
        is_known.then(|| ContactName::new(name))
    };
    let Some(name) = &args.name else {
        let given = args.contact.as_deref();
        let former = given.and_then(as_contact);
        return former.map_or_else(|| memory::contact(policies, given), Ok).map(Meant::Contact);
    };
    if history.places.contains_key(name) {
        return Ok(Meant::Places(BTreeSet::from([name.clone()])));
    }
    let places = memory::places_called(history, name);
    let places = places.map(|found| found.into_iter().map(|(place, _)| place.to_owned()).collect());
    match (places, as_contact(name)) {
        (Ok(_), Some(_)) => Err(advised(
            format!("`{}` is a place and a contact", clean(name)),
            "--contact means the contact; the path or endpoint as `certnotify state show` has it means the place",
        )),
        (Ok(places), None) => Ok(Meant::Places(places)),
        (Err(_), Some(contact)) => Ok(Meant::Contact(contact)),
        (Err(error), None) => Err(error),
    }
}

/// Also one that the policy file has no more.
fn was_told(history: &History, name: &str) -> bool {
    history.deliveries.values().flat_map(|kinds| kinds.values()).any(|contacts| contacts.contains_key(name))
        || history.subscriptions.values().any(|contacts| contacts.contains_key(name))
}
