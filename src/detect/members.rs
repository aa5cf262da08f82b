//! Where earlier runs found certificates: a folder that is empty now has lost them.

use std::collections::HashSet;

use crate::event::FindingId;
use crate::history::History;
use crate::observation::Observation;

/// The folders and entries that had members in an earlier run.
pub(super) struct Members<'a> {
    history: &'a History,
    /// Made when it is first asked: most runs find something everywhere.
    places: Option<Places<'a>>,
}

#[derive(Default)]
struct Places<'a> {
    patterns: HashSet<&'a str>,
    entries: HashSet<&'a str>,
    /// The entries of places whose folder is not known.
    entries_without_folder: HashSet<&'a str>,
}

impl<'a> Places<'a> {
    fn new(history: &'a History) -> Self {
        let mut places = Self::default();
        for record in history.places.values() {
            places.entries.insert(record.entry.as_str());
            match &record.folder {
                Some(folder) => places.patterns.insert(&*folder.pattern),
                None => places.entries_without_folder.insert(record.entry.as_str()),
            };
        }
        places
    }
}

impl<'a> Members<'a> {
    pub(super) const fn new(history: &'a History) -> Self {
        Self { history, places: None }
    }

    /// Whether nothing was found where an earlier run found certificates.
    pub(super) fn are_lost(&mut self, observation: &Observation) -> bool {
        let known = self.history.anomalies.get(&*observation.place);
        let known = known.and_then(|findings| findings.get(&FindingId::NothingFound));
        if known.is_some_and(|record| record.gone.is_none()) {
            return true;
        }
        let history = self.history;
        let places = self.places.get_or_insert_with(|| Places::new(history));
        let entry = observation.entry.as_str();
        match observation.on_disk.as_ref().map(|on_disk| &*on_disk.search.pattern).filter(|pattern| !pattern.is_empty())
        {
            Some(pattern) => places.patterns.contains(pattern) || places.entries_without_folder.contains(entry),
            None => places.entries.contains(entry),
        }
    }
}
