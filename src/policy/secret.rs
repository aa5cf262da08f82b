//! A secret of the policy file: where it is, never what it is.

use std::fmt;
use std::path::PathBuf;

use secrecy::{ExposeSecret as _, SecretString};

use super::fields::{Fields, Refusal};
use super::problem::Problems;
use super::tree::{Node, Value};

/// Resolved when a channel is used and not before.
#[derive(Clone)]
pub enum Secret {
    Literal(SecretString),
    /// An environment variable.
    Environment(String),
    /// A file, of which the first line counts; absolute.
    File(PathBuf),
    /// A systemd credential: a file in `$CREDENTIALS_DIRECTORY`.
    Credential(String),
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

impl Secret {
    /// The value, where the policy file itself holds it.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        match self {
            Self::Literal(value) => Some(value.expose_secret()),
            _ => None,
        }
    }
}

/// A secret in the clear, held for as long as a channel needs it and wiped after.
#[derive(Clone)]
pub struct Revealed(SecretString);

impl Revealed {
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(SecretString::from(value.into()))
    }

    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Revealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

/// Why a secret is not to be had; it names the place, never the value.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("the environment variable `{0}` is not set")]
    NotSet(String),
    #[error("there is no systemd credential `{0}`: `CREDENTIALS_DIRECTORY` is not set")]
    NoCredentials(String),
    #[error("`{}` cannot be read", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{0} is empty")]
    Empty(String),
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
    let mut fields = Fields::of_node(node, format!("`{key}`"), HELP, problems)?;
    let variable = fields.text("env").map(|name| Secret::Environment(name.value));
    let file = fields.path("file").map(|path| Secret::File(path.value));
    let credential = fields.parsed("credential", |name| {
        let plain = !name.contains('/') && !name.starts_with('.');
        plain.then(|| name.to_owned()).ok_or_else(|| Refusal::new(format!("`{name}` is no name of a credential"), HELP))
    });
    let credential = credential.map(|name| Secret::Credential(name.value));
    let written = ["env", "file", "credential"].into_iter().filter(|key| fields.has(key)).count();
    if written != 1 {
        fields.problems.error(node.place, format!("`{key}` names {written} places, it must name one"), HELP);
    }
    fields.finish();
    variable.or(file).or(credential)
}

/// `NAME` or `{NAME}`.
fn is_variable(text: &str) -> bool {
    let name = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}
