//! The keys of a policy, which a certificate may set for itself as well.

use std::collections::BTreeSet;

use time::Duration;

use super::deadline::parse_duration;
use super::fields::{Fields, duration_of, example, suggestion};
use super::problem::Problems;
use super::refusal::Refusal;
use super::settings::zone;
use super::source::At;
use super::tree::{Node, Value};
use super::{Channel, Deadline, DeadlineCap, DigestTime, Frequency, Window, Zone, corrections, digest, hints, keys};
use crate::event::{Category, EventKind};

/// A policy tells, an escalation adds, at most this many.
pub(super) const MOST_CONTACTS: usize = 10;

/// What is written; nothing stands for what is inherited.
#[derive(Debug, Default, PartialEq)]
pub(super) struct PolicyTerms {
    pub contacts: Option<At<Vec<At<String>>>>,
    pub channels: Option<At<BTreeSet<Channel>>>,
    pub events: Option<At<BTreeSet<EventKind>>>,
    pub window: Option<At<Window>>,
    pub zone: Option<At<Zone>>,
    pub deadline: Option<At<Deadline>>,
    pub deadline_cap: Option<At<DeadlineCap>>,
    pub frequency: Option<At<Frequency>>,
    pub milestones: Option<At<Vec<At<Duration>>>>,
    pub escalation: Option<At<Vec<WrittenEscalation>>>,
    pub digest: Option<At<DigestTime>>,
}

#[derive(Debug, PartialEq)]
pub(super) struct WrittenEscalation {
    pub within: At<Duration>,
    pub contacts: Vec<At<String>>,
    pub channels: Option<BTreeSet<Channel>>,
}

impl PolicyTerms {
    pub(super) fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self {
            contacts: contacts(fields),
            channels: set(fields, "channels", channel),
            events: set(fields, "events", event),
            window: window(fields),
            zone: zone(fields),
            deadline: deadline(fields),
            deadline_cap: deadline_cap(fields),
            frequency: frequency(fields),
            milestones: milestones(fields),
            escalation: escalation(fields),
            digest: digest::read(fields),
        }
    }

    /// Nothing is written.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Every contact that is named.
    pub(super) fn names(&self) -> impl Iterator<Item = &At<String>> {
        let added = self.escalation.iter().flat_map(|steps| &steps.value).flat_map(|step| &step.contacts);
        self.contacts.iter().flat_map(|contacts| &contacts.value).chain(added)
    }
}

fn contacts(fields: &mut Fields<'_, '_>) -> Option<At<Vec<At<String>>>> {
    let contacts = fields.texts("contacts")?;
    if contacts.value.len() > MOST_CONTACTS {
        let message = format!("{} contacts, where 1 to {MOST_CONTACTS} may stand", contacts.value.len());
        let help = "a mailing list or a group robot is one contact that many people read";
        fields.problems.error(contacts.place, message, help);
    }
    let mut seen = BTreeSet::new();
    for contact in &contacts.value {
        if !seen.insert(contact.value.as_str()) {
            fields.problems.error(contact.place, format!("contact `{}` is named twice", contact.value), "take one out");
        }
    }
    Some(contacts)
}

/// What all strings of a key stand for.
fn set<T: Ord>(
    fields: &mut Fields<'_, '_>,
    key: &'static str,
    parse: fn(&str) -> Result<Vec<T>, Refusal>,
) -> Option<At<BTreeSet<T>>> {
    let texts = fields.texts(key)?;
    let parsed = texts.value.iter().filter_map(|text| fields.checked(text, parse));
    Some(At { value: parsed.flat_map(|parsed| parsed.value).collect(), place: texts.place })
}

fn channel(written: &str) -> Result<Vec<Channel>, Refusal> {
    if written == "chatbot" {
        return Ok(Channel::CHATBOTS.to_vec());
    }
    if let Ok(channel) = written.parse::<Channel>() {
        return Ok(vec![channel]);
    }
    let mut known: Vec<&str> = Channel::ALL.iter().map(|channel| channel.as_str()).collect();
    known.push("chatbot");
    let help = match hints::value(written, &known) {
        Some(right) => format!("did you mean `{right}`?"),
        None => {
            format!("{}; a contact's `webhook` or `command` reaches whatever else there is", suggestion(None, &known))
        }
    };
    Err(Refusal::new(format!("`{written}` is no channel"), help))
}

fn event(written: &str) -> Result<Vec<EventKind>, Refusal> {
    if let Some(category) = Category::named(written) {
        return Ok(EventKind::ALL.into_iter().filter(|kind| kind.category() == category).collect());
    }
    if let Ok(kind) = written.parse::<EventKind>() {
        return Ok(vec![kind]);
    }
    let names = Category::ALL.iter().map(|category| category.as_str());
    let known: Vec<&str> = names.chain(EventKind::ALL.iter().map(|kind| kind.as_str())).collect();
    let short: Vec<&str> = EventKind::ALL.iter().map(|kind| kind.short_name()).collect();
    let meant = hints::value(written, &known).or_else(|| hints::nearest(written, &short));
    Err(Refusal::new(format!("`{written}` is no kind of event"), suggestion(meant, &known)))
}

fn window(fields: &mut Fields<'_, '_>) -> Option<At<Window>> {
    fields.parsed("window", |written| {
        let help = || match corrections::window(written) {
            Some(right) => format!("write window = \"{right}\""),
            None => "write window = \"09:00-20:00\", \"Mon-Fri 09:00-18:00\" or \"all-day\"".to_owned(),
        };
        Window::parse(written).map_err(|wrong| Refusal::new(wrong.to_string(), help()))
    })
}

fn deadline(fields: &mut Fields<'_, '_>) -> Option<At<Deadline>> {
    fields.read("deadline", |value| {
        let text = if let Value::Text(text) = value { text.trim() } else { "" };
        let Some(percent) = text.strip_suffix('%') else {
            return duration_of(value, "deadline").map(Deadline::Before);
        };
        if let Ok(percent @ 1..=50) = percent.trim().parse::<u8>() {
            return Ok(Deadline::Percent(percent));
        }
        let right = if text.starts_with(['0', '-']) { 1 } else { 50 };
        let help =
            format!("no reminder goes out in the first half of a certificate's life: write deadline = \"{right}%\"");
        Err(Refusal::new(format!("`{text}` of the lifetime is not from 1 to 50 %"), help))
    })
}

fn deadline_cap(fields: &mut Fields<'_, '_>) -> Option<At<DeadlineCap>> {
    fields.parsed("deadline-cap", |written| {
        let written = written.trim();
        if written == "none" {
            return Ok(DeadlineCap::None);
        }
        let percent = written.strip_suffix('%').and_then(|percent| percent.trim_end().parse::<u8>().ok());
        percent.filter(|percent| (1..=100).contains(percent)).map(DeadlineCap::Percent).ok_or_else(|| {
            let help = "write deadline-cap = \"50%\" of the lifetime, another share from 1 to 100 %, or \"none\"";
            Refusal::new(format!("`{written}` is no share of the lifetime"), help)
        })
    })
}

fn frequency(fields: &mut Fields<'_, '_>) -> Option<At<Frequency>> {
    fields.read("frequency", |value| match value {
        Value::Text(text) => frequency_of(text.trim()),
        Value::Integer(days) => match days.and_then(|days| u16::try_from(days).ok()) {
            Some(days @ 1..) => Ok(Frequency::EveryDays(days)),
            _ => Err(Refusal::new("a frequency is one whole day or more", FREQUENCY_HELP)),
        },
        other => Err(Refusal::new(format!("`frequency` is {}, it must be a string", other.what()), FREQUENCY_HELP)),
    })
}

const FREQUENCY_HELP: &str = "write frequency = \"once\", or every how many days: \"1d\", \"3d\", \"7d\"";

fn frequency_of(written: &str) -> Result<Frequency, Refusal> {
    if written == "once" {
        return Ok(Frequency::Once);
    }
    if let Ok(interval) = parse_duration(written) {
        let refuse = || Refusal::new(format!("`{written}` is not one whole day or more"), FREQUENCY_HELP);
        return whole_days(interval).ok_or_else(refuse);
    }
    let corrected = corrections::duration(written)
        .filter(|right| parse_duration(right).is_ok_and(|interval| whole_days(interval).is_some()));
    let meant = corrected.as_deref().or_else(|| hints::value(written, &["once", "1d", "7d"]));
    let help = meant.map_or_else(|| FREQUENCY_HELP.to_owned(), |right| format!("write frequency = \"{right}\""));
    Err(Refusal::new(format!("`{written}` is no frequency"), help))
}

fn whole_days(interval: Duration) -> Option<Frequency> {
    let days = u16::try_from(interval.whole_days()).ok().filter(|days| *days > 0)?;
    (interval == Duration::days(i64::from(days))).then_some(Frequency::EveryDays(days))
}

fn milestones(fields: &mut Fields<'_, '_>) -> Option<At<Vec<At<Duration>>>> {
    let node = fields.take("milestones")?;
    let milestone = |item: &Node| fields.problems.judged(item.place, duration_of(&item.value, "milestones"));
    let mut milestones: Vec<_> = node.items().iter().filter_map(milestone).collect();
    milestones.sort_by_key(|milestone| std::cmp::Reverse(milestone.value));
    milestones.dedup_by_key(|milestone| milestone.value);
    Some(At { value: milestones, place: node.place })
}

fn escalation(fields: &mut Fields<'_, '_>) -> Option<At<Vec<WrittenEscalation>>> {
    let node = fields.take("escalation")?;
    let label = format!("`escalation` of {}", fields.what());
    let value = node.items().iter().filter_map(|item| step(item, &label, fields.problems)).collect();
    Some(At { value, place: node.place })
}

fn step(node: &Node, label: &str, problems: &mut Problems) -> Option<WrittenEscalation> {
    let mut fields = Fields::from_node(node, &keys::ESCALATION, &label, &example("escalation"), problems)?;
    let within = fields.duration("within");
    let contacts = contacts(&mut fields);
    let channels = set(&mut fields, "channels", channel).map(|channels| channels.value);
    for key in ["within", "contacts"] {
        if !fields.means(key) {
            fields.problems.error(node.place, format!("{label} has no `{key}`"), example("escalation"));
        }
    }
    fields.finish();
    Some(WrittenEscalation { within: within?, contacts: contacts?.value, channels })
}
