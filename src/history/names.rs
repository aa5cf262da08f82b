//! The few names of one certificate.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A set in the order of the names. Nearly always it has one, for which the node of a tree would keep room for eleven.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeSet<Arc<str>>")]
pub struct NameSet(Vec<Arc<str>>);

impl From<BTreeSet<Arc<str>>> for NameSet {
    fn from(names: BTreeSet<Arc<str>>) -> Self {
        Self(names.into_iter().collect())
    }
}

impl FromIterator<Arc<str>> for NameSet {
    fn from_iter<I: IntoIterator<Item = Arc<str>>>(names: I) -> Self {
        names.into_iter().collect::<BTreeSet<_>>().into()
    }
}

impl NameSet {
    /// Of one name.
    #[must_use]
    pub fn one(name: impl Into<Arc<str>>) -> Self {
        Self(vec![name.into()])
    }

    /// Adds a name that is not among them.
    pub fn insert(&mut self, name: &str) {
        if let Err(position) = self.position(name) {
            self.0.insert(position, name.into());
        }
    }

    /// Whether the name is among them.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.position(name).is_ok()
    }

    /// In their order.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<str>> {
        self.0.iter()
    }

    /// How many names.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|known| (**known).cmp(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_once_and_in_their_order() {
        let mut names = NameSet::one("b");
        for name in ["c", "a", "b", "a"] {
            names.insert(name);
        }
        let text = r#"["a","b","c"]"#;
        assert_eq!(serde_json::to_string(&names).unwrap(), text);
        assert_eq!(serde_json::from_str::<NameSet>(r#"["c","a","b","a"]"#).unwrap(), names);
        assert!(names.contains("c") && !names.contains("d") && names.len() == 3);
    }
}
