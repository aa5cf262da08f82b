//! Where to take a certificate out that nothing uses any more.

use std::ops::Bound;
use std::path::Path;

use super::Formatter;
use crate::event::Location;
use crate::render::digest::Row;
use crate::render::wording::Recipients;

impl Formatter<'_> {
    /// What to do if nothing uses what has expired; nothing where it stands in several ways, or cannot be taken out alone.
    pub(in crate::render) fn unused(&self, rows: &[Row<'_>]) -> Option<String> {
        let mut wheres = rows.iter().flat_map(|row| row.locations().iter()).map(|location| self.taken_out_of(location));
        let first = wheres.next()??;
        let is_one = wheres.all(|other| other.as_ref() == Some(&first));
        is_one.then(|| self.words.recipients(Recipients::Unused { file: &first }))
    }

    /// The policy file names what an entry watches alone; what it watches beside others is taken out of their file or folder.
    fn taken_out_of(&self, location: &Location) -> Option<String> {
        let place = &*location.place;
        if location.is_endpoint || location.is_date() {
            return Some(self.policy_file());
        }
        if location.is_one_of_several() || self.holds_others(place) {
            return place.starts_with('/').then(|| self.own(place));
        }
        if *location.name == *location.entry.as_str() {
            return Some(self.policy_file());
        }
        let folder = Path::new(place).parent().filter(|folder| folder.is_absolute())?;
        Some(self.own(&folder.display().to_string()))
    }

    /// Whether the memory knows further certificates of the file.
    fn holds_others(&self, file: &str) -> bool {
        let further = format!("{file}#");
        let behind = (Bound::Included(&*further), Bound::Unbounded);
        let mut places = self.render_input.history.places.range::<str, _>(behind);
        places.next().is_some_and(|(place, _)| place.starts_with(&further))
    }
}
