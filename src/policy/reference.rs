//! What is defined by name, and names that refer to it.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::hints::{self, listed};
use super::problem::Problems;
use super::source::{At, Place};

/// The policy that is built in; it may be written as well.
pub(super) const DEFAULT: &str = "default";

/// All contacts, or all policies.
pub(super) struct Definitions {
    what: &'static str,
    places: BTreeMap<String, Place>,
    missed: Cell<bool>,
}

impl Definitions {
    /// Tells every name that is defined twice, with both places.
    pub(super) fn new<'a>(
        what: &'static str,
        names: impl Iterator<Item = &'a At<String>>,
        problems: &mut Problems,
    ) -> Self {
        let mut places = BTreeMap::new();
        for name in names {
            if let Some(first) = places.get(&name.value).copied() {
                let help = format!("the first is at {}", problems.whereabouts(first, name.place));
                problems.error(name.place, format!("{what} `{}` is defined twice", name.value), help);
            } else {
                places.insert(name.value.clone(), name.place);
            }
        }
        Self { what, places, missed: Cell::new(false) }
    }

    /// Tells a name that nothing is defined by.
    pub(super) fn check(&self, name: &At<String>, problems: &mut Problems) {
        if self.places.contains_key(&name.value) {
            return;
        }
        self.missed.set(true);
        let known = self.known();
        let help = match hints::nearest(&name.value, &known) {
            Some(right) => {
                let place =
                    self.places.get(right).map(|place| format!(" ({})", problems.whereabouts(*place, name.place)));
                let others: Vec<&str> = known.iter().copied().filter(|other| *other != right).collect();
                format!("did you mean `{right}`{}?{}", place.unwrap_or_default(), also(&others))
            }
            None if known.is_empty() => format!("write [contacts.{}] and below it email = \"…\"", name.value),
            None => format!("defined {} {}", if known.len() == 1 { "is" } else { "are" }, listed(&known)),
        };
        problems.error(name.place, format!("{} `{}` is not defined", self.what, name.value), help);
    }

    /// The name, where there is but one.
    pub(super) fn only(&self) -> Option<&str> {
        let mut names = self.places.keys();
        names.next().filter(|_| names.next().is_none()).map(String::as_str)
    }

    /// Whether a name was looked for in vain.
    pub(super) fn was_missed(&self) -> bool {
        self.missed.get()
    }

    pub(super) fn listed(&self) -> String {
        listed(&self.known())
    }

    fn known(&self) -> Vec<&str> {
        let built_in = (self.what == "policy" && !self.places.contains_key(DEFAULT)).then_some(DEFAULT);
        built_in.into_iter().chain(self.places.keys().map(String::as_str)).collect()
    }
}

fn also(others: &[&str]) -> String {
    match others {
        [] => String::new(),
        [only] => format!(" There is also `{only}`"),
        many => format!(" There are also {}", listed(many)),
    }
}
