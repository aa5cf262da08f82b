//! `[contacts.NAME]`: who is told, and by which channels.

use std::collections::{BTreeMap, BTreeSet};

use super::fields::{Fields, suggestion};
use super::problem::Problems;
use super::refusal::Refusal;
use super::settings::{language, zone};
use super::source::At;
use super::tree::Node;
use super::{Attach, Channel, ChannelConfig, Command, Language, Zone, command, corrections, hints, keys, robot};
use crate::channels;

#[derive(Debug)]
pub(super) struct WrittenContact {
    pub name: At<String>,
    pub email: Vec<String>,
    pub language: Option<Language>,
    pub zone: Option<Zone>,
    pub robots: BTreeMap<Channel, ChannelConfig>,
    pub attach: BTreeSet<Attach>,
    pub command: Option<Command>,
    /// Robots whose tables cannot be used, lest it is said that they are missing.
    pub is_whole: bool,
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
    let what = fields.what().to_owned();
    for (name, channel, table) in channels::tables() {
        let Some(node) = fields.take(name) else { continue };
        let robot = robot::read(node, (name, channel, table), &what, fields.problems);
        if contact.robots.contains_key(&channel) {
            let help = "they are two names of one channel: make a second contact for a second robot";
            fields.problems.error(node.place, format!("{what} has `{channel}` and `{name}`"), help);
        }
        contact.robots.extend(robot.map(|robot| (channel, robot)));
    }
    if let Some(node) = fields.take("command") {
        contact.command = command::read(node, &what, fields.problems);
    }
    for text in fields.texts("attach").into_iter().flat_map(|texts| texts.value) {
        contact.attach.extend(fields.checked(&text, attach).map(|attach| attach.value));
    }
    fields.finish_with("whatever else takes messages is reached by `webhook` or `command`");
}

fn attach(written: &str) -> Result<Attach, Refusal> {
    let known = Attach::ALL.map(Attach::as_str);
    Attach::ALL.into_iter().find(|attach| attach.as_str() == written).ok_or_else(|| {
        let help = suggestion(hints::value(written, &known), &known);
        Refusal::new(format!("`{written}` cannot be attached to a mail"), help)
    })
}
