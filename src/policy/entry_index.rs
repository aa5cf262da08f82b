//! Entries by name, without a search for each.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::{Entry, Policies};

/// Where each entry stands in the list, worked out when the first is asked for.
#[derive(Debug, Default)]
pub struct EntryIndex(OnceLock<HashMap<String, usize>>);

/// A copy of the policies may get other entries: it works them out again.
impl Clone for EntryIndex {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Policies {
    /// The entry of this name.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        let index = self.index.0.get_or_init(|| {
            let numbered = self.entries.iter().enumerate();
            numbered.rev().map(|(place, entry)| (entry.name.to_string(), place)).collect()
        });
        let indexed = index.get(name).and_then(|place| self.entries.get(*place));
        // The list is public: where it was changed since, it is searched.
        let is_current = index.len() == self.entries.len() && indexed.is_none_or(|entry| entry.name.as_str() == name);
        if is_current { indexed } else { self.entries.iter().find(|entry| entry.name.as_str() == name) }
    }
}
