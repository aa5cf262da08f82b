//! All locations of one certificate or occurrence, and what messages say of them together.

use std::collections::HashSet;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;

use super::Location;

/// Locations in the order of the policy file; two entries may watch the same place. There may be thousands, with
/// thousands of messages about them: clones share one list, and what is said of all is worked out once.
#[derive(Clone, Debug, Default)]
pub struct Locations(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    all: Vec<Location>,
    summary: OnceLock<Box<Summary>>,
}

/// What is said of all locations; each is known by its place in the list.
#[derive(Debug, Default)]
struct Summary {
    /// Without those that are the same place again.
    distinct: Vec<usize>,
    /// Of these, paths and endpoints; the others are dates.
    real: usize,
    files: usize,
    /// The first endpoint that this run saw.
    served: Option<usize>,
    /// The one seen last, where this run saw none.
    last_seen: Option<usize>,
}

impl Locations {
    /// Those of all `lists`, each place once. Lists that are one and the same stay shared.
    #[must_use]
    pub fn union<'l>(lists: impl Iterator<Item = &'l Self> + Clone) -> Self {
        let Some(first) = lists.clone().next() else { return Self::default() };
        if lists.clone().all(|list| Arc::ptr_eq(&list.0, &first.0)) {
            return first.clone();
        }
        let mut seen = HashSet::new();
        lists.flat_map(Self::distinct).filter(|location| seen.insert(location.identity())).cloned().collect()
    }

    /// Adds one at the end.
    pub fn push(&mut self, location: Location) {
        let all = self.change();
        // Most certificates stand at one place.
        if all.is_empty() {
            all.reserve_exact(1);
        }
        all.push(location);
    }

    /// Takes out those that `keep` refuses.
    pub fn retain(&mut self, keep: impl Fn(&Location) -> bool) {
        if !self.iter().all(&keep) {
            self.change().retain(keep);
        }
    }

    /// Sets when each was last seen.
    pub fn visit_seen(&mut self, mut visit: impl FnMut(usize, &mut OffsetDateTime)) {
        for (nth, location) in self.change().iter_mut().enumerate() {
            visit(nth, &mut location.seen);
        }
    }

    /// Each place once.
    pub fn distinct(&self) -> impl Iterator<Item = &Location> {
        self.summary().distinct.iter().map(|at| &self.0.all[*at])
    }

    /// How many places there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.summary().distinct.len()
    }

    /// The first `most` paths and endpoints.
    pub fn real(&self, most: usize) -> impl Iterator<Item = &Location> {
        self.distinct().filter(|location| !location.is_date()).take(most.min(self.real_count()))
    }

    /// How many are paths and endpoints.
    #[must_use]
    pub fn real_count(&self) -> usize {
        self.summary().real
    }

    /// There are some, and all are dates.
    #[must_use]
    pub fn are_dates(&self) -> bool {
        self.count() > 0 && self.real_count() == 0
    }

    /// How many are paths.
    #[must_use]
    pub fn file_count(&self) -> usize {
        self.summary().files
    }

    /// The first endpoint that this run saw.
    #[must_use]
    pub fn served(&self) -> Option<&Location> {
        self.summary().served.map(|at| &self.0.all[at])
    }

    /// The one that was seen last, where this run saw none.
    #[must_use]
    pub fn last_seen(&self) -> Option<&Location> {
        self.summary().last_seen.map(|at| &self.0.all[at])
    }

    fn change(&mut self) -> &mut Vec<Location> {
        let shared = Arc::make_mut(&mut self.0);
        shared.summary = OnceLock::new();
        &mut shared.all
    }

    fn summary(&self) -> &Summary {
        self.0.summary.get_or_init(|| Box::new(Summary::new(&self.0.all)))
    }
}

impl Summary {
    fn new(all: &[Location]) -> Self {
        let mut seen = HashSet::new();
        let with_address = all.iter().filter(|location| location.address.is_some());
        let addressed: HashSet<&str> = with_address.map(|location| &*location.place).collect();
        let is_known_better = |location: &Location| location.address.is_none() && addressed.contains(&*location.place);
        let all_of_them = all.iter().enumerate().filter(|(_, location)| !is_known_better(location));
        let distinct: Vec<_> = all_of_them.filter(|(_, location)| seen.insert(location.identity())).collect();
        let real = || distinct.iter().filter(|(_, location)| !location.is_date());
        let is_served = |location: &Location| location.is_endpoint && location.failing.is_none();
        let is_unseen = all.iter().all(|location| location.failing.is_some());
        Self {
            real: real().count(),
            files: real().filter(|(_, location)| !location.is_endpoint).count(),
            served: distinct.iter().find(|(_, location)| is_served(location)).map(|(at, _)| *at),
            last_seen: distinct
                .iter()
                .max_by_key(|(_, location)| location.seen)
                .filter(|_| is_unseen)
                .map(|(at, _)| *at),
            distinct: distinct.into_iter().map(|(at, _)| at).collect(),
        }
    }
}

impl Location {
    /// What tells one place from another.
    fn identity(&self) -> (&str, Option<&str>) {
        (&self.place, self.address.as_deref())
    }
}

impl Clone for Shared {
    fn clone(&self) -> Self {
        Self::from(self.all.clone())
    }
}

impl From<Vec<Location>> for Shared {
    fn from(all: Vec<Location>) -> Self {
        Self { all, summary: OnceLock::new() }
    }
}

impl From<Vec<Location>> for Locations {
    fn from(all: Vec<Location>) -> Self {
        Self(Arc::new(all.into()))
    }
}

impl FromIterator<Location> for Locations {
    fn from_iter<I: IntoIterator<Item = Location>>(all: I) -> Self {
        Vec::from_iter(all).into()
    }
}

impl Deref for Locations {
    type Target = [Location];

    fn deref(&self) -> &[Location] {
        &self.0.all
    }
}

impl<'l> IntoIterator for &'l Locations {
    type Item = &'l Location;
    type IntoIter = std::slice::Iter<'l, Location>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl PartialEq for Locations {
    fn eq(&self, other: &Self) -> bool {
        self.0.all == other.0.all
    }
}

impl Eq for Locations {}

impl Serialize for Locations {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.all.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Locations {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cause::Clause;
    use crate::names::EntryName;

    fn location(entry: &str, place: &str, failing: bool) -> Location {
        Location {
            entry: EntryName::new(entry),
            name: entry.into(),
            place: place.into(),
            remembered_as: None,
            address: None,
            seen: OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(place.len().try_into().unwrap()),
            failing: failing.then(|| Clause::Text("refused".to_owned())),
            is_endpoint: place.contains(':'),
        }
    }

    fn places<'l>(locations: impl Iterator<Item = &'l Location>) -> Vec<&'l str> {
        locations.map(|location| &*location.place).collect()
    }

    #[test]
    fn a_place_that_two_entries_watch_counts_once() {
        let mut locations: Locations = [("a", "/a.pem"), ("b", "/a.pem"), ("c", "c:443")]
            .map(|(entry, place)| location(entry, place, false))
            .to_vec()
            .into();
        assert_eq!((locations.len(), locations.count(), locations.file_count()), (3, 2, 1));
        assert_eq!(places(locations.distinct()), ["/a.pem", "c:443"]);
        assert_eq!(locations.served().map(|location| &*location.place), Some("c:443"));
        assert_eq!(locations.last_seen(), None);

        // Served where a file should be, and watched as an endpoint.
        locations.push(Location { address: Some("192.0.2.1".to_owned()), ..location("e", "c:443", false) });
        assert_eq!((locations.count(), places(locations.real(9))), (2, vec!["/a.pem", "c:443"]));
        locations.push(location("d", "expires = \"2026-12-01\"", false));
        assert_eq!((locations.count(), locations.real_count()), (3, 2));
        assert_eq!(places(locations.real(9)), ["/a.pem", "c:443"]);
        assert_eq!(places(locations.real(1)), ["/a.pem"]);
    }

    #[test]
    fn where_no_place_showed_it_the_last_that_did_is_known() {
        let mut locations: Locations = [location("a", "a:443", true), location("b", "long:443", true)].to_vec().into();
        assert_eq!(locations.last_seen().map(|location| &*location.place), Some("long:443"));
        assert_eq!(locations.served(), None);
        locations.push(location("c", "c:443", false));
        assert_eq!(locations.last_seen(), None);
    }

    #[test]
    fn rows_about_one_list_share_it_and_others_name_each_place_once() {
        let one: Locations = [location("a", "/a.pem", false), location("b", "/b.pem", false)].to_vec().into();
        let same = Locations::union([&one, &one.clone()].into_iter());
        assert!(Arc::ptr_eq(&same.0, &one.0));
        let other = Locations::from(vec![location("c", "/b.pem", false), location("c", "/c.pem", false)]);
        let union = Locations::union([&one, &other].into_iter());
        assert_eq!(places(union.iter()), ["/a.pem", "/b.pem", "/c.pem"]);
    }

    #[test]
    fn a_change_of_one_clone_leaves_the_others() {
        let one = Locations::from(vec![location("a", "/a.pem", false)]);
        let mut other = one.clone();
        other.retain(|_| true);
        assert!(Arc::ptr_eq(&other.0, &one.0));
        other.retain(|_| false);
        assert_eq!((one.count(), other.count()), (1, 0));
    }
}
