//! The policy file as it is written, with what it includes.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::contact::{self, WrittenContact};
use super::entry::{self, WrittenTable};
use super::fields::Fields;
use super::keys::{self, Key, KeyTable};
use super::path::variable_in;
use super::problem::Problems;
use super::refusal::Refusal;
use super::settings::{self, WrittenSettings};
use super::source::{At, Files, Place, SourceFile};
use super::syntax::Soundness;
use super::terms::PolicyTerms;
use super::tree::{Node, Table, Value};
use super::watched::WrittenEntry;
use super::{MailTransport, Templates, UnreadSource, foreign, name, syntax, templates, transport};
use crate::cause::UnreadCause;
use crate::event::FindingId;

/// Every value in it is right by itself; what refers to what is not looked at yet.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub settings: WrittenSettings,
    pub mail: MailTransport,
    pub templates: Templates,
    pub contacts: Vec<WrittenContact>,
    pub policies: Vec<WrittenPolicy>,
    pub tables: Vec<WrittenTable>,
    pub entries: Vec<WrittenEntry>,
    /// Includes that took in nothing.
    pub unread: Vec<UnreadSource>,
    /// Keys that are there and hold something else: they are not said to be missing.
    pub mistaken: Vec<&'static str>,
    /// Where each of the policies is, by name: asked for when all are read.
    by_name: OnceCell<HashMap<String, usize>>,
}

impl Document {
    pub(super) fn terms_of(&self, policy: &str) -> Option<&PolicyTerms> {
        let names = || self.policies.iter().map(|written| written.name.value.clone()).enumerate();
        let by_name = self.by_name.get_or_init(|| names().rev().map(|(nth, name)| (name, nth)).collect());
        by_name.get(policy).and_then(|nth| self.policies.get(*nth)).map(|written| &written.terms)
    }

    pub(super) fn lacks(&self, key: &str, is_empty: bool) -> bool {
        is_empty && !self.mistaken.contains(&key)
    }

    /// Of every policy and every table.
    pub(super) fn all_terms(&self) -> impl Iterator<Item = &PolicyTerms> {
        self.policies
            .iter()
            .map(|policy| &policy.terms)
            .chain(self.tables.iter().filter_map(|table| table.terms.as_deref()))
    }
}

/// `[policies.NAME]`.
#[derive(Debug)]
pub(super) struct WrittenPolicy {
    pub name: At<String>,
    pub terms: PolicyTerms,
}

/// Reads `main` and what it includes.
pub(super) fn read(main: SourceFile, files: &mut dyn Files, problems: &mut Problems) -> (Document, Soundness) {
    let main_folder = main.folder.clone();
    let shown_folder = main.path.parent().map(Path::to_owned).unwrap_or_default();
    let main_name = main.path.file_name().map(PathBuf::from).unwrap_or_default();
    let mut reader = Reader { document: Document::default(), soundness: Soundness::Whole, files, problems };
    let includes = reader.read_file(main, Role::Main);
    let mut read: BTreeSet<PathBuf> = BTreeSet::from([main_folder.join(main_name)]);
    for include in includes {
        for path in reader.included(&include, &main_folder) {
            if !read.insert(path.clone()) {
                continue;
            }
            match reader.files.policies(&path) {
                Ok(mut file) => {
                    if let Ok(rest) = path.strip_prefix(&main_folder) {
                        file.path = shown_folder.join(rest);
                    }
                    reader.read_file(file, Role::Included);
                }
                Err(reason) => {
                    let message = format!("`{}` cannot be included: {reason}", path.display());
                    reader.problems.error(include.place, message, "");
                }
            }
        }
    }
    (reader.document, reader.soundness)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Main,
    Included,
}

/// What the files are read into, and by.
struct Reader<'r> {
    document: Document,
    soundness: Soundness,
    files: &'r mut dyn Files,
    problems: &'r mut Problems,
}

impl Reader<'_> {
    /// The files that one `include` stands for.
    fn included(&mut self, include: &At<String>, folder: &Path) -> Vec<PathBuf> {
        let written = include.value.as_str();
        let paths = pattern_of(written, folder).and_then(|pattern| {
            if !written.contains(['*', '?']) {
                return Ok(vec![pattern]);
            }
            let refuse = |reason: String| Refusal::new(format!("`{written}` cannot be included: {reason}"), "");
            let mut paths = self.files.matching(&pattern).map_err(refuse)?;
            if paths.is_empty() {
                self.includes_nothing(include.place, pattern, written.to_owned(), "no file matches it now");
            }
            for path in paths.extract_if(.., |path| self.files.leads_nowhere(path)).collect::<Vec<_>>() {
                let shown = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
                self.includes_nothing(include.place, path, shown, "it is a link to a file that is not there");
            }
            Ok(paths)
        });
        self.problems.judged(include.place, paths).map(|paths| paths.value).unwrap_or_default()
    }

    /// What stands there at other times may be watched.
    fn includes_nothing(&mut self, place: Place, path: PathBuf, written: String, help: &str) {
        let cause = UnreadCause::Include(written);
        self.problems.warning(place, cause.to_string(), help);
        let (id, help) = (FindingId::NothingFound, Some(help.to_owned()));
        self.document.unread.push(UnreadSource { path, line: None, id, cause, help });
    }

    /// Reads one file into the document; what it includes.
    fn read_file(&mut self, file: SourceFile, role: Role) -> Vec<At<String>> {
        let source = self.problems.add_source(file);
        let text = self.problems.sources.get(source).map(|source| source.file.text.as_str());
        if let Some((what, help)) = text.and_then(foreign::recognised) {
            self.problems.error(Place { file: source, start: 0, end: 0 }, what, help);
            self.soundness = Soundness::BrokenTables;
            return Vec::new();
        }
        let (table, errors) = syntax::read(source, self.problems);
        let includes = read_table(&table, role, &mut self.document, self.files, self.problems);
        if !errors.is_empty() {
            self.soundness = syntax::soundness(&errors, self.problems).max(self.soundness);
            syntax::tell(errors, self.problems);
        }
        includes
    }
}

/// The path or the pattern of an `include`, on the folder of its file.
fn pattern_of(written: &str, folder: &Path) -> Result<PathBuf, Refusal> {
    if written.starts_with('~') || written.contains("**") {
        let help = "write a whole path, or one relative to this file, with `*` and `?` in it";
        return Err(Refusal::new(format!("`{written}` cannot be included: it has `~` or `**`"), help));
    }
    if let Some(variable) = variable_in(written) {
        let help = "write a whole path, or one relative to this file";
        return Err(Refusal::new(format!("`{variable}` in `{written}` is not expanded"), help));
    }
    Ok(folder.join(written).components().collect())
}

fn read_table(
    table: &Table,
    role: Role,
    document: &mut Document,
    files: &mut dyn Files,
    problems: &mut Problems,
) -> Vec<At<String>> {
    let mut fields = Fields::new(table, &keys::ROOT, &"", problems);
    let includes = includes(&mut fields);
    let parts = ["settings", "email", "templates", "contacts", "policies", "certificates"].map(|key| fields.take(key));
    if role == Role::Included {
        let main = fields.problems.main_path();
        let help = format!("move it to {main}: an included file holds contacts, policies and certificates");
        let is_of_main = |key: &Key| ["include", "settings", "email", "templates"].contains(&key.name);
        fields.refuse(is_of_main, |key| format!("`{key}` stands in an included file"), &help);
    }
    fields.finish();
    let [settings, email, templates, contacts, policies, certificates] = parts;
    if role == Role::Main {
        if let Some(fields) = settings.and_then(|node| table_of(node, &keys::SETTINGS, problems)) {
            document.settings = settings::read(fields);
        }
        if let Some(fields) = email.and_then(|node| table_of(node, &keys::MAIL, problems)) {
            document.mail = transport::read(fields);
        }
        if let Some(fields) = templates.and_then(|node| table_of(node, &keys::TEMPLATES, problems)) {
            document.templates = templates::read(fields, files);
        }
    }
    for (key, node) in [("contacts", contacts), ("certificates", certificates)] {
        let is_right = |node: &Node| match &node.value {
            Value::Table(_) => key == "contacts",
            Value::List(items) => {
                key == "certificates" && items.iter().all(|item| matches!(item.value, Value::Table(_)))
            }
            _ => false,
        };
        document.mistaken.extend(node.is_some_and(|node| !is_right(node)).then_some(key));
    }
    for (name, node) in named(contacts, table, "contacts", problems) {
        document.contacts.push(contact::read(name, node, problems));
    }
    for (name, node) in named(policies, table, "policies", problems) {
        document.policies.extend(read_policy(name, node, problems));
    }
    if let Some(node) = certificates {
        read_certificates(node, document, files, problems);
    }
    includes
}

/// What `include` names: a list without anything in it includes nothing, and hides nothing else.
fn includes(fields: &mut Fields<'_, '_>) -> Vec<At<String>> {
    const KEY: &str = "include";
    let is_empty = fields.take(KEY).is_some_and(|node| matches!(&node.value, Value::List(items) if items.is_empty()));
    if let Some(place) = fields.place_of(KEY).filter(|_| is_empty) {
        fields.problems.warning(place, "`include` is an empty list", "take it out, or name files");
        return Vec::new();
    }
    fields.texts(KEY).map(|includes| includes.value).unwrap_or_default()
}

fn table_of<'t, 'p>(node: &'t Node, keys: &'static KeyTable, problems: &'p mut Problems) -> Option<Fields<'t, 'p>> {
    Fields::from_node(node, keys, &keys.title, &format!("write {} on a line of its own", keys.title), problems)
}

/// The tables of `[contacts]` or `[policies]`, by name.
fn named<'t>(
    node: Option<&'t Node>,
    parent: &Table,
    what: &str,
    problems: &mut Problems,
) -> Vec<(At<String>, &'t Node)> {
    let Some(node) = node else { return Vec::new() };
    let Value::Table(table) = &node.value else {
        let place = parent.field(what).map_or(node.place, |(key, _)| key.place);
        let message = format!("`{what}` is {}, it must be tables with names", node.value.what());
        problems.error(place, message, format!("write [{what}.NAME] for each"));
        return Vec::new();
    };
    let mut tables = Vec::new();
    for (key, node) in &table.fields {
        problems.judged(key.place, name::of_table(&key.name));
        tables.push((At { value: key.name.clone(), place: key.place }, node));
    }
    tables
}

fn read_policy(name: At<String>, node: &Node, problems: &mut Problems) -> Option<WrittenPolicy> {
    let help = format!("write [policies.{}] and below it deadline = \"30d\"", name.value);
    let label = format!("policy `{}`", name.value);
    let mut fields = Fields::from_node(node, &keys::POLICIES, &label, &help, problems)?;
    let terms = PolicyTerms::read(&mut fields);
    fields.finish();
    Some(WrittenPolicy { name, terms })
}

fn read_certificates(node: &Node, document: &mut Document, files: &mut dyn Files, problems: &mut Problems) {
    let Value::List(items) = &node.value else {
        let help = "write [[certificates]], with two brackets, above each";
        let message = format!("`certificates` is {}, it must be a list of tables", node.value.what());
        problems.error(node.place, message, help);
        return;
    };
    for item in items {
        entry::read(item, &mut document.tables, &mut document.entries, files, problems);
    }
}
