//! `[[certificates]]`: what is looked at, and what holds for it.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use time::Duration;

use super::fields::{Fields, suggestion};
use super::list::ReadList;
use super::name;
use super::problem::Problems;
use super::refusal::Refusal;
use super::source::{At, Files, Place};
use super::terms::PolicyTerms;
use super::tree::Node;
use super::watched::{self, WrittenEntry};
use super::{Endpoint, Pins, Renewal, Secret, UnreadSource, Validation, hints, keys, metadata, pin};
use crate::address::is_host;
use crate::event::FindingId;

/// What a `[[certificates]]` table says of its certificates beside its policy.
#[derive(Clone, Debug, Default)]
pub struct EntryOptions {
    /// As written; without it the place and the issuer decide.
    pub renewal: Option<Renewal>,
    pub renew_before: Option<Duration>,
    /// Its notifications are switched off.
    pub is_silenced: bool,
    /// Names that the certificate must cover.
    pub covers: Vec<String>,
    pub owner: Option<String>,
    pub note: Option<String>,
    pub accept: BTreeSet<FindingId>,
    pub pins: Pins,
    /// How its authority validates its names, where the operator says so.
    pub validation: Option<Validation>,
    pub ca_file: Option<PathBuf>,
    /// Opens key stores; the empty password and none are tried without it.
    pub password: Option<Secret>,
    /// Where the certificates of its files should be served.
    pub deploys_to: Vec<Endpoint>,
    /// Where the provider publishes what its files are copies of.
    pub metadata: Option<String>,
    /// Ports of this machine whose server loads its files.
    pub listens_on: Vec<u16>,
    /// The file that lists its endpoints.
    pub list: Option<PathBuf>,
    /// What of its list of endpoints could not be read: those in it are watched, but not known now.
    pub unread: Vec<UnreadSource>,
}

/// One table: of several entries where it lists files or endpoints without giving them a name.
#[derive(Debug)]
pub(super) struct WrittenTable {
    /// Its head.
    pub place: Place,
    pub policy: Option<At<String>>,
    pub terms: Option<Box<PolicyTerms>>,
    pub options: Arc<EntryOptions>,
}

/// What problems call a table.
struct Label<'t> {
    node: &'t Node,
    /// From 1.
    nth: usize,
}

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match ["name"].into_iter().chain(watched::SOURCES).find_map(|key| self.node.field(key)?.first_text()) {
            Some(name) => write!(f, "certificate `{name}`"),
            None => write!(f, "[[certificates]] number {}", self.nth),
        }
    }
}

/// Adds a table and its entries to `tables` and `entries`.
pub(super) fn read(
    node: &Node,
    tables: &mut Vec<WrittenTable>,
    entries: &mut Vec<WrittenEntry>,
    files: &mut dyn Files,
    problems: &mut Problems,
) {
    static USUAL: LazyLock<Arc<EntryOptions>> = LazyLock::new(Arc::default);
    let label = Label { node, nth: tables.len() + 1 };
    let help = "write [[certificates]] and below it file = \"PATH\" or endpoint = \"HOST:PORT\"";
    let Some(mut fields) = Fields::from_node(node, &keys::CERTIFICATES, &label, help, problems) else { return };
    let name = fields.text("name").and_then(|name| fields.checked(&name, name::of_entry));
    let list = watched::read(&mut fields, name, (tables.len(), node.place), files, entries);
    let policy = fields.text("policy");
    let mut table = WrittenTable { place: node.place, policy, terms: None, options: Arc::clone(&USUAL) };
    if !fields.has_only(&watched::PLAIN) {
        table.options = Arc::new(options(&mut fields, list));
        table.terms = Some(PolicyTerms::read(&mut fields)).filter(|terms| !terms.is_empty()).map(Box::new);
        fields.finish();
    }
    tables.push(table);
}

fn options(fields: &mut Fields<'_, '_>, (list, unread): ReadList) -> EntryOptions {
    let renewal = fields.word("renewal", &Renewal::ALL, Renewal::as_str, "is no way to renew");
    let renew_before = fields.duration("renew-before");
    if let (Some(Renewal::Manual), Some(before)) = (renewal, &renew_before) {
        let help = "take it out, or write renewal = \"auto\"";
        fields.problems.warning(before.place, "`renew-before` means nothing to a manual renewal", help);
    }
    let no_way = "is no way to validate a domain";
    let validation = fields.word("validation", &Validation::ALL, Validation::as_str, no_way);
    EntryOptions {
        renewal,
        renew_before: renew_before.map(|before| before.value),
        is_silenced: fields.boolean("notifications") == Some(false),
        covers: covers(fields),
        owner: fields.text("owner").map(|owner| owner.value),
        note: fields.text("note").map(|note| note.value),
        accept: accept(fields),
        pins: pin::read(fields),
        validation,
        ca_file: fields.path("ca-file"),
        password: fields.secret("password").map(|password| password.value),
        deploys_to: watched::endpoints(fields, "deploys-to").into_iter().map(|endpoint| endpoint.value).collect(),
        listens_on: fields.ports("listens-on"),
        metadata: metadata::read(fields).map(|address| address.value),
        list,
        unread,
    }
}

fn covers(fields: &mut Fields<'_, '_>) -> Vec<String> {
    fields.all_parsed("covers", |written| {
        let is_name = is_host(written.strip_prefix("*.").unwrap_or(written));
        let help = "write covers = [\"www.example.com\", \"*.example.com\"]";
        Refusal::unless(is_name, written, format!("`{written}` is no name that a certificate can cover"), help)
    })
}

fn accept(fields: &mut Fields<'_, '_>) -> BTreeSet<FindingId> {
    let accepted = fields.all_parsed("accept", |written| {
        let can = FindingId::ALL.into_iter().filter(|id| id.can_be_accepted());
        let known: Vec<&str> = can.map(FindingId::as_str).collect();
        match written.parse::<FindingId>() {
            Ok(id) if id.can_be_accepted() => Ok(id),
            Ok(id) => Err(Refusal::new(
                format!("`{id}` cannot be accepted"),
                "take it out; notifications = false silences a certificate for good",
            )),
            Err(_) => {
                let help = suggestion(hints::nearest(written, &known), &known);
                Err(Refusal::new(format!("`{written}` is no finding"), help))
            }
        }
    });
    accepted.into_iter().collect()
}
