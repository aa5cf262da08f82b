//! `[contacts.NAME]`: who is told, and by which channels.

use std::collections::{BTreeMap, BTreeSet};

use super::fields::{Fields, one_of, text_of};
use super::problem::Problems;
use super::refusal::Refusal;
use super::settings::{language, zone};
use super::source::At;
use super::tree::Node;
use super::{
    Attach, Channel, ChannelConfig, Command, Contact, DigestTime, Language, Zone, command, corrections, digest, keys,
    mail_address, robot,
};
use crate::channels;
use crate::event::Severity;

#[derive(Debug)]
pub(super) struct WrittenContact {
    pub name: At<String>,
    pub email: Vec<String>,
    pub language: Option<Language>,
    pub zone: Option<Zone>,
    pub robots: BTreeMap<Channel, ChannelConfig>,
    pub attach: BTreeSet<Attach>,
    pub command: Option<Command>,
    pub floors: BTreeMap<Channel, Severity>,
    pub digest: Option<DigestTime>,
    /// Robots whose tables cannot be used, lest it is said that they are missing.
    pub is_whole: bool,
}

impl Contact {
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

pub(super) fn read(name: &At<String>, node: &Node, problems: &mut Problems) -> WrittenContact {
    let before = problems.count();
    let mut contact = WrittenContact {
        name: name.clone(),
        email: Vec::new(),
        language: None,
        zone: None,
        robots: BTreeMap::new(),
        attach: BTreeSet::new(),
        command: None,
        floors: BTreeMap::new(),
        digest: None,
        is_whole: true,
    };
    let help = format!("write [contacts.{}] and below it email = \"alice@example.com\"", name.value);
    if let Some(fields) = Fields::of_node(node, &keys::CONTACTS, format!("contact `{}`", name.value), &help, problems) {
        read_fields(fields, &mut contact);
    }
    contact.is_whole = problems.count() == before;
    contact
}

fn read_fields(mut fields: Fields<'_, '_>, contact: &mut WrittenContact) {
    for text in fields.texts("email").into_iter().flat_map(|texts| texts.value) {
        if let Some(mailbox) = fields.checked(&text, corrections::mail_address)
            && !contact.email.contains(&mailbox.value)
        {
            contact.email.push(mailbox.value);
        }
    }
    contact.language = language(&mut fields).map(|language| language.value);
    contact.zone = zone(&mut fields).map(|zone| zone.value);
    contact.digest = digest::read(&mut fields).map(|digest| digest.value);
    let what = fields.what().to_owned();
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
    for text in fields.texts("attach").into_iter().flat_map(|texts| texts.value) {
        contact.attach.extend(fields.checked(&text, attach).map(|attach| attach.value));
    }
    fields.finish_with("whatever else takes messages is reached by `webhook` or `command`");
}

/// The least severity that a channel is used for, where its table names one.
fn floor(table: &Node, problems: &mut Problems) -> Option<Severity> {
    const FLOORS: [(&str, Severity); 2] = [("warning", Severity::Warning), ("critical", Severity::Critical)];
    let node = table.field("from")?;
    let written = text_of(node, "from", problems)?.value;
    let floor = one_of(&written, &FLOORS, &format!("`{written}` is no severity of a channel"));
    floor.map_err(|refusal| problems.error(node.place, refusal.message, refusal.help)).ok()
}

fn attach(written: &str) -> Result<Attach, Refusal> {
    let known = Attach::ALL.map(|attach| (attach.as_str(), attach));
    one_of(written, &known, &format!("`{written}` cannot be attached to a mail"))
}
