//! Entries by name, without a search for each.

use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

use super::{Entry, Policies};
use crate::names::EntryName;

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
        self.position(name).and_then(|place| self.entries.get(place))
    }

    /// The entries of these names, each once, in the order of the file.
    #[must_use]
    pub fn entries_of<'n>(&self, names: impl IntoIterator<Item = &'n EntryName>) -> Vec<&Entry> {
        let names: BTreeSet<&EntryName> = names.into_iter().collect();
        let places: BTreeSet<usize> = names.into_iter().filter_map(|name| self.position(name.as_str())).collect();
        places.into_iter().filter_map(|place| self.entries.get(place)).collect()
    }

    /// Where the entry of this name stands in the list.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        let index = self.index.0.get_or_init(|| {
            let numbered = self.entries.iter().enumerate();
            numbered.rev().map(|(place, entry)| (entry.name.to_string(), place)).collect()
        });
        let is_of_name = |place: &usize| self.entries.get(*place).is_some_and(|entry| entry.name.as_str() == name);
        let place = index.get(name).copied();
        // The list is public: where it was changed since, it is searched.
        let is_current = index.len() == self.entries.len() && place.as_ref().is_none_or(is_of_name);
        if is_current { place } else { self.entries.iter().position(|entry| entry.name.as_str() == name) }
    }
}
