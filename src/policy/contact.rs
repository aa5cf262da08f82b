//! `[contacts.NAME]`: who is told, and by which channels.

use std::collections::{BTreeMap, BTreeSet};

use super::fields::{Fields, one_of, text_of};
use super::problem::Problems;
use super::refusal::Refusal;
use super::settings::{language, zone};
use super::source::At;
use super::tree::Node;
use super::{
    Attach, Channel, Contact, ContactName, FLOORS, Language, command, corrections, digest, keys, mail_address, robot,
};
use crate::channels;
use crate::event::Severity;

#[derive(Debug)]
pub(super) struct WrittenContact {
    pub name: At<String>,
    pub language: Option<Language>,
    /// All but the language, as they hold.
    pub others: Contact,
    /// Robots whose tables cannot be used, lest it is said that they are missing.
    pub is_whole: bool,
}

impl Contact {
    /// One that is reached by its inbox alone.
    #[must_use]
    pub fn new(name: ContactName) -> Self {
        Self {
            name,
            email: Vec::new(),
            language: Language::default(),
            zone: None,
            robots: BTreeMap::new(),
            attach: BTreeSet::new(),
            command: None,
            floors: BTreeMap::new(),
            digest: None,
        }
    }

    /// Whether a channel of this contact is for what is so bad.
    #[must_use]
    pub fn takes(&self, channel: Channel, severity: Severity) -> bool {
        self.floors.get(&channel).is_none_or(|floor| *floor <= severity)
    }

    /// Every channel by which this contact can be reached; everybody has an inbox.
    #[must_use]
    pub fn channels(&self) -> BTreeSet<Channel> {
        Channel::ALL.into_iter().filter(|channel| self.has(*channel)).collect()
    }

    /// Whether it is one of those.
    #[must_use]
    pub fn has(&self, channel: Channel) -> bool {
        match channel {
            Channel::Email => !self.email.is_empty(),
            Channel::Inbox => true,
            Channel::Command => self.command.is_some(),
            robot => self.robots.contains_key(&robot),
        }
    }

    /// The recipients of its mail, each once, in their order.
    #[must_use]
    pub fn addresses(&self) -> Vec<String> {
        let mut addresses: Vec<String> = Vec::with_capacity(self.email.len());
        for address in self.email.iter().map(|written| mail_address(written)) {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        addresses
    }
}

pub(super) fn read(name: At<String>, node: &Node, problems: &mut Problems) -> WrittenContact {
    let before = problems.count();
    let mut contact = Contact::new(ContactName::new(name.value.as_str()));
    let help = format!("write [contacts.{}] and below it email = \"alice@example.com\"", name.value);
    let label = format!("contact `{}`", name.value);
    let fields = Fields::from_node(node, &keys::CONTACTS, &label, &help, problems);
    let language = fields.and_then(|fields| read_fields(fields, &mut contact));
    WrittenContact { name, language, others: contact, is_whole: problems.count() == before }
}

/// All of its keys into `contact`, and its own language.
fn read_fields(mut fields: Fields<'_, '_>, contact: &mut Contact) -> Option<Language> {
    for mailbox in fields.all_parsed("email", corrections::mail_address) {
        if !contact.email.contains(&mailbox) {
            contact.email.push(mailbox);
        }
    }
    let language = language(&mut fields);
    contact.zone = zone(&mut fields).map(|zone| zone.value);
    contact.digest = digest::read(&mut fields).map(|digest| digest.value);
    let what = fields.what().to_string();
    for (name, channel, table) in channels::tables() {
        let Some(node) = fields.take(name) else { continue };
        let robot = robot::read(node, (name, channel, table), &what, fields.problems);
        if contact.robots.contains_key(&channel) {
            let help = "they are two names of one channel: make a second contact for a second robot";
            fields.problems.error(node.place, format!("{what} has `{channel}` and `{name}`"), help);
        }
        contact.floors.extend(floor(node, fields.problems).map(|floor| (channel, floor)));
        contact.robots.extend(robot.map(|robot| (channel, robot)));
    }
    if let Some(node) = fields.take("command") {
        contact.command = command::read(node, &what, fields.problems);
        contact.floors.extend(floor(node, fields.problems).map(|floor| (Channel::Command, floor)));
    }
    contact.attach.extend(fields.all_parsed("attach", attach));
    fields.finish_with("whatever else takes messages is reached by `webhook` or `command`");
    language
}

/// The least severity that a channel is used for, where its table names one.
fn floor(table: &Node, problems: &mut Problems) -> Option<Severity> {
    let node = table.field("from")?;
    let floor = |written: String| {
        one_of(&written, &FLOORS, Severity::as_str, &format!("`{written}` is no severity of a channel"))
    };
    problems.judged(node.place, text_of(&node.value, "from").and_then(floor)).map(|floor| floor.value)
}

fn attach(written: &str) -> Result<Attach, Refusal> {
    one_of(written, &Attach::ALL, Attach::as_str, &format!("`{written}` cannot be attached to a mail"))
}
