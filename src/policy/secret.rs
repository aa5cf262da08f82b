//! How a secret is written in the policy file.

use super::fields::Fields;
use super::keys;
use super::problem::Problems;
use super::refusal::Refusal;
use super::secret_name::{is_name_of_credential, is_name_of_variable, may_be_path};
use super::source::At;
use super::tree::{Node, Value};
use crate::secret::Secret;

impl Fields<'_, '_> {
    /// The secret of a key.
    pub(super) fn secret(&mut self, key: &'static str) -> Option<At<Secret>> {
        let node = self.take(key)?;
        read(node, key, self.problems).map(|value| At { value, place: node.place })
    }
}

/// A string, or a table with the one place where it is.
pub(super) fn read(node: &Node, key: &str, problems: &mut Problems) -> Option<Secret> {
    const HELP: &str = "write a string, { env = \"NAME\" }, { file = \"PATH\" } or { credential = \"NAME\" }";
    if let Value::Text(text) = &node.value {
        problems.secrets.push(node.place);
        problems.literals.push(node.place);
        let text = text.trim();
        if text.is_empty() || text.chars().any(char::is_control) {
            problems.error(node.place, format!("`{key}` is empty or holds a control character"), HELP);
            return None;
        }
        if text.strip_prefix('$').is_some_and(is_variable) {
            let help = "a variable is written { env = \"NAME\" }, without the dollar sign";
            problems.warning(node.place, format!("`{key}` is taken as it is, and looks like a variable"), help);
        }
        return Some(Secret::Literal(text.to_owned().into()));
    }
    if !matches!(node.value, Value::Table(_)) {
        problems.secrets.push(node.place);
        let message =
            format!("`{key}` is {}, it must be a string, or a table that says where it is", node.value.what());
        problems.error(node.place, message, HELP);
        return None;
    }
    hide_what_is_no_name(node, problems);
    let label = format!("`{key}`");
    let mut fields = Fields::from_node(node, &keys::SECRET, &label, HELP, problems)?;
    // No refusal repeats the text: it may be the secret itself, pasted where its name belongs.
    let variable = fields.parsed("env", |name| {
        let help = "write { env = \"NAME\" } with the name of the variable: not its value, and no dollar sign";
        let message = format!("`env` of `{key}` is not the name of an environment variable");
        Refusal::unless(is_name_of_variable(name), name, message, help)
    });
    let variable = variable.map(|name| Secret::Environment(name.value));
    let credential = fields.parsed("credential", |name| {
        let help = "write { credential = \"NAME\" } with the name that LoadCredential= gives it";
        let message = format!("`credential` of `{key}` is not the name of a credential");
        Refusal::unless(is_name_of_credential(name), name, message, help)
    });
    let credential = credential.map(|name| Secret::Credential(name.value));
    let file = fields.text("file").and_then(|text| {
        let help = "write { file = \"PATH\" } with the path of a file that holds the secret";
        let message = format!("`file` of `{key}` is not a path");
        fields.checked_path(&text, |path| Refusal::unless(may_be_path(path), path, message, help).map(drop))
    });
    let file = file.map(Secret::File);
    let written = ["env", "file", "credential"].into_iter().filter(|key| fields.has(key)).count();
    if written != 1 {
        fields.problems.error(node.place, format!("`{key}` names {written} places, it must name one"), HELP);
    }
    fields.finish();
    variable.or(file).or(credential)
}

/// What stands in the table of a secret is shown only where it is the name of one.
fn hide_what_is_no_name(node: &Node, problems: &mut Problems) {
    let Value::Table(table) = &node.value else { return };
    for (key, field) in &table.fields {
        let is_name = match (key.name.as_str(), &field.value) {
            ("env", Value::Text(text)) => is_name_of_variable(text.trim()),
            ("credential", Value::Text(text)) => is_name_of_credential(text.trim()),
            ("file", Value::Text(text)) => may_be_path(text.trim()),
            _ => false,
        };
        if !is_name {
            problems.secrets.push(field.place);
        }
    }
}

/// `NAME` or `{NAME}`.
fn is_variable(text: &str) -> bool {
    let name = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}
