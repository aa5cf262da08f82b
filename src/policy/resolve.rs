//! The document → policies: defaults, inheritance, references.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use time::Duration;

use super::contact::WrittenContact;
use super::document::Document;
use super::entry::WrittenTable;
use super::problem::Problems;
use super::reference::{DEFAULT, Definitions};
use super::source::{At, Place};
use super::terms::{PolicyTerms, WrittenEscalation};
use super::watched::WrittenEntry;
use super::{
    Contact, ContactName, Deadline, Entry, EntryIndex, EntryName, Escalation, Frequency, Policies, Policy,
    PolicyChannels, PolicyName, Settings, Watch, Window, Zone,
};
use crate::event::{Category, EventKind};

pub(super) const USUAL_DEADLINE: Deadline = Deadline::Before(Duration::days(30));

/// Tells every name that is defined twice or never.
pub(super) fn check_references(document: &Document, problems: &mut Problems) -> (Definitions, Definitions) {
    let contacts = Definitions::new("contact", document.contacts.iter().map(|contact| &contact.name), problems);
    let policies = Definitions::new("policy", document.policies.iter().map(|policy| &policy.name), problems);
    for name in document.settings.default_contact.iter().chain(document.all_terms().flat_map(PolicyTerms::names)) {
        contacts.check(name, problems);
    }
    for name in document.tables.iter().filter_map(|table| table.policy.as_ref()) {
        if name.value != DEFAULT {
            policies.check(name, problems);
        }
    }
    (contacts, policies)
}

/// Puts together what is written. Where something is wrong it is told, and the result is not to be used.
pub(super) fn resolve(document: &mut Document, machine_zone: &Zone, problems: &mut Problems) -> Policies {
    let mut written = std::mem::take(&mut document.entries);
    let document = &*document;
    let (contacts, _) = check_references(document, problems);
    name_domains(&mut written);
    check_names(&written, problems);
    let settings = &document.settings;
    let language = |written: &WrittenContact| written.language.unwrap_or(settings.others.language);
    let resolved = document.contacts.iter();
    let resolved = resolved.map(|written| Contact { language: language(written), ..written.others.clone() });
    let resolved: BTreeMap<_, _> = resolved.map(|contact| (contact.name.clone(), contact)).collect();
    let book = PolicyTable { document, contacts: &contacts, resolved: &resolved, machine_zone };
    let entries = book.entries(written, problems);
    if document.lacks("contacts", document.contacts.is_empty()) && !contacts.was_missed() {
        problems.missing("there is no contact", "write [contacts.alice] and below it email = \"alice@example.com\"");
    }
    if document.lacks("certificates", document.tables.is_empty()) {
        let help = "write [[certificates]] and below it file = \"PATH\" or endpoint = \"HOST:PORT\"";
        // They may stand in what is not there.
        match document.unread.first() {
            Some(unread) => problems.missing(
                format!("there are no certificates: {}", unread.cause),
                unread.help.as_deref().unwrap_or(help),
            ),
            None => problems.missing("there are no certificates", help),
        }
    }
    let default_contact = book.default_contact();
    Policies {
        file: problems.main_file(),
        modified: problems.sources.iter().filter_map(|source| source.file.modified).max(),
        settings: Settings {
            zone: settings.zone.clone().unwrap_or_else(|| machine_zone.clone()),
            default_contact,
            ..settings.others.clone()
        },
        mail: document.mail.clone(),
        templates: document.templates.clone(),
        contacts: resolved,
        entries,
        unread: document.unread.clone(),
        index: EntryIndex::default(),
    }
    .withhold_secrets()
}

/// What may be referred to.
struct PolicyTable<'a> {
    document: &'a Document,
    contacts: &'a Definitions,
    resolved: &'a BTreeMap<ContactName, Contact>,
    machine_zone: &'a Zone,
}

/// What holds for one entry: its own keys over those of its policy over those of the written default policy.
struct PolicyLayers<'a> {
    own: Option<&'a PolicyTerms>,
    named: Option<&'a PolicyTerms>,
    default: Option<&'a PolicyTerms>,
}

impl<'a> PolicyLayers<'a> {
    /// What is written at a key, in the first layer that has it.
    fn pick<T>(&self, key: impl Fn(&'a PolicyTerms) -> &'a Option<At<T>>) -> Option<&'a T> {
        let layers = [self.own, self.named, self.default];
        layers.into_iter().flatten().find_map(|terms| key(terms).as_ref()).map(|written| &written.value)
    }

    fn is_written(&self) -> bool {
        self.named.is_some() || self.default.is_some()
    }
}

impl PolicyTable<'_> {
    /// As written, else the only one there is.
    fn default_contact(&self) -> Option<ContactName> {
        let named = self.document.settings.default_contact.as_ref().map(|name| name.value.as_str());
        named.or_else(|| self.contacts.only()).map(ContactName::new)
    }

    fn entries(&self, written: Vec<WrittenEntry>, problems: &mut Problems) -> Vec<Entry> {
        for entry in written.iter().filter(|entry| matches!(entry.watch, Watch::Date(_) | Watch::Domains(_))) {
            self.check_lead_of_date(&self.document.tables[entry.table], problems);
        }
        let policies = self.policies(problems);
        let entry = |WrittenEntry { table, name, mut watch, .. }| {
            let (policy, options) = (Arc::clone(&policies[table]), Arc::clone(&self.document.tables[table].options));
            if let Watch::Date(expiry) = &mut watch {
                let zone = policy.zone.as_ref().or(self.document.settings.zone.as_ref());
                *expiry = expiry.in_zone(zone.unwrap_or(self.machine_zone));
            }
            Entry { name: EntryName::new(name.value), watch, policy, options }
        };
        written.into_iter().map(entry).collect()
    }

    /// That of each table; tables without keys of their own share those of the same name.
    fn policies(&self, problems: &mut Problems) -> Vec<Arc<Policy>> {
        let mut nobody_told = false;
        let mut policy = |table| Arc::new(self.policy(table, &mut nobody_told, problems));
        let mut shared: HashMap<&str, Arc<Policy>> = HashMap::new();
        let of_table = self.document.tables.iter().map(|table| match &table.terms {
            Some(_) => policy(table),
            None => Arc::clone(shared.entry(policy_name(table)).or_insert_with(|| policy(table))),
        });
        of_table.collect()
    }

    fn layers<'t>(&'t self, table: &'t WrittenTable) -> PolicyLayers<'t> {
        let name = policy_name(table);
        PolicyLayers {
            own: table.terms.as_deref(),
            named: self.document.terms_of(name).filter(|_| name != DEFAULT),
            default: self.document.terms_of(DEFAULT),
        }
    }

    fn policy(&self, table: &WrittenTable, nobody_told: &mut bool, problems: &mut Problems) -> Policy {
        let layers = &self.layers(table);
        let contacts: Vec<ContactName> = match layers.pick(|terms| &terms.contacts) {
            Some(contacts) => names(contacts),
            None => self.default_contact().into_iter().collect(),
        };
        if contacts.is_empty() && !*nobody_told && !self.document.contacts.is_empty() {
            *nobody_told = true;
            let help = format!("write default-contact in [settings]: one of {}", self.contacts.listed());
            problems.error(table.place, "no contact is told of this certificate: the default policy has none", help);
        }
        let channels = self.channels(layers, &contacts);
        Policy {
            name: PolicyName::new(policy_name(table)),
            events: events(layers),
            window: layers.pick(|terms| &terms.window).cloned().unwrap_or(Window::AllDay),
            zone: layers.pick(|terms| &terms.zone).cloned(),
            deadline: layers.pick(|terms| &terms.deadline).copied().unwrap_or(USUAL_DEADLINE),
            deadline_cap: layers.pick(|terms| &terms.deadline_cap).copied().unwrap_or_default(),
            frequency: layers.pick(|terms| &terms.frequency).copied().unwrap_or(Frequency::Once),
            milestones: layers.pick(|terms| &terms.milestones).into_iter().flatten().map(|left| left.value).collect(),
            digest: layers.pick(|terms| &terms.digest).cloned(),
            escalation: escalation(layers, &channels),
            contacts,
            channels,
        }
    }

    /// A date has no lifetime to take a share of.
    fn check_lead_of_date(&self, table: &WrittenTable, problems: &mut Problems) {
        let layers = self.layers(table);
        if let Some(Deadline::Percent(percent)) = layers.pick(|terms| &terms.deadline) {
            let own = layers.own.and_then(|own| own.deadline.as_ref()).map_or(table.place, |own| own.place);
            let message = format!("a date has no lifetime, and `deadline` is {percent} % of it");
            problems.error(own, message, "write deadline = \"30d\" in this table");
        }
    }

    /// A written policy that says nothing uses every channel its contacts have.
    fn channels(&self, layers: &PolicyLayers<'_>, contacts: &[ContactName]) -> PolicyChannels {
        if let Some(channels) = layers.pick(|terms| &terms.channels) {
            return channels.clone().into();
        }
        if !layers.is_written() {
            return PolicyChannels::built_in();
        }
        let steps = layers.pick(|terms| &terms.escalation).into_iter().flatten();
        let all = contacts.iter().cloned().chain(steps.flat_map(|step| names(&step.contacts)));
        let channels = all.filter_map(|name| self.resolved.get(&name)).flat_map(Contact::channels);
        PolicyChannels::from(channels.collect::<BTreeSet<_>>())
    }
}

/// Of whose keys its own are set over.
fn policy_name(table: &WrittenTable) -> &str {
    table.policy.as_ref().map_or(DEFAULT, |name| name.value.as_str())
}

fn escalation(layers: &PolicyLayers<'_>, channels: &PolicyChannels) -> Vec<Escalation> {
    let steps = layers.pick(|terms| &terms.escalation);
    let step = |step: &WrittenEscalation| Escalation {
        within: step.within.value,
        contacts: names(&step.contacts),
        channels: step.channels.clone().map_or_else(|| channels.clone(), PolicyChannels::from),
    };
    steps.into_iter().flatten().map(step).collect()
}

/// A domain that another entry has the name of is called so.
fn name_domains(entries: &mut [WrittenEntry]) {
    let domains = entries.iter().filter(|entry| entry.gives_way).map(|entry| &entry.name.value);
    let domains: HashSet<String> = domains.cloned().collect();
    let others = entries.iter().filter(|entry| !entry.gives_way).map(|entry| &entry.name.value);
    let taken: HashSet<String> = others.filter(|name| domains.contains(*name)).cloned().collect();
    for entry in entries.iter_mut().filter(|entry| entry.gives_way && taken.contains(&entry.name.value)) {
        entry.name.value.insert_str(0, "domain ");
    }
}

fn check_names(entries: &[WrittenEntry], problems: &mut Problems) {
    let mut places: HashMap<&str, Place> = HashMap::with_capacity(entries.len());
    for At { value: name, place } in entries.iter().map(|entry| &entry.name) {
        if let Some(first) = places.insert(name, *place) {
            let first = problems.whereabouts(first, *place);
            let help = format!("the first is at {first}; give one of them a name of its own");
            problems.error(*place, format!("two certificates are called `{name}`"), help);
        }
    }
}

fn names(written: &[At<String>]) -> Vec<ContactName> {
    written.iter().map(|name| ContactName::new(name.value.as_str())).collect()
}

/// The built-in policy hears one kind; a written one that says nothing hears all alerts as well.
fn events(layers: &PolicyLayers<'_>) -> BTreeSet<EventKind> {
    if let Some(events) = layers.pick(|terms| &terms.events) {
        return events.clone();
    }
    let alerts = EventKind::ALL.into_iter().filter(|kind| layers.is_written() && kind.category() == Category::Alerts);
    std::iter::once(EventKind::Expiration).chain(alerts).collect()
}
