//! What is told of a certificate that is renewed in its file and served nowhere yet.

use super::{Formatter, NAME, SERIAL};
use crate::event::{EventKind, Evidence, FindingId, ServedInstead};
use crate::render::digest::Row;
use crate::render::wording::{Phrase, Remark, ToDo};

/// Endpoints that are told of; the others are counted.
const ENDPOINTS: usize = 3;

impl<'a> Row<'a> {
    /// What is served instead, where a reminder of the row is about that.
    pub(in crate::render) fn served_instead(&self) -> &'a [ServedInstead] {
        let mut failures = self.reminders.iter().filter(|reminder| reminder.key.kind == EventKind::HostingFailure);
        failures
            .find(|reminder| reminder.event.evidence == Evidence::Observed)
            .map_or(&[], |it| &it.event.served_instead)
    }

    pub(in crate::render) fn is_not_deployed(&self) -> bool {
        !self.served_instead().is_empty()
    }

    /// An endpoint serves the one that the file had before.
    pub(in crate::render) fn is_predecessor_served(&self) -> bool {
        self.served_instead().iter().any(|served| served.is_predecessor)
    }
}

impl Formatter<'_> {
    /// One clause for what asks for action.
    pub(in crate::render) fn urgent(&self, row: &Row<'_>) -> String {
        let not_deployed = row.is_not_deployed().then(|| self.not_deployed(row));
        let occurrences = (!row.occurrences.is_empty()).then(|| self.headline(&row.occurrences));
        self.words.list(&not_deployed.into_iter().chain(occurrences).collect::<Vec<_>>(), 0)
    }

    pub(in crate::render) fn not_deployed(&self, row: &Row<'_>) -> String {
        if row.is_predecessor_served() {
            self.words.phrase(Phrase::OldOneServed).to_owned()
        } else {
            self.words.finding(FindingId::NotDeployed).to_owned()
        }
    }

    /// What a subject says beside the end.
    pub(in crate::render) fn also(&self, row: &Row<'_>) -> String {
        let mut failures = row.reminders.iter().filter(|reminder| reminder.key.kind == EventKind::HostingFailure);
        let is_late = row.reminds_of_the_end() && !row.is_not_deployed() && failures.next().is_some();
        let late = is_late.then(|| self.words.finding(FindingId::RenewalLate).to_owned());
        let urgent = Some(self.urgent(row)).filter(|urgent| !urgent.is_empty());
        self.words.list(&late.into_iter().chain(urgent).collect::<Vec<_>>(), 0)
    }

    /// What is served, endpoint by endpoint.
    pub(super) fn still_served_instead(&self, row: &Row<'_>) -> Vec<String> {
        let told = row.served_instead().iter().take(ENDPOINTS);
        told.map(|served| {
            let serial = self.peers(&served.serial, SERIAL);
            let (endpoint, end) = (&self.own(&served.endpoint), &self.moment(served.not_after));
            self.words.remark(Remark::ServedInstead { endpoint, serial: &serial, end })
        })
        .collect()
    }

    /// What to do about it.
    pub(in crate::render) fn load_it(&self, row: &Row<'_>) -> Option<String> {
        let served = row.served_instead();
        let endpoints: Vec<String> =
            served.iter().take(ENDPOINTS).map(|served| (self.escape)(&super::peer(&served.endpoint, NAME))).collect();
        let more = served.len().saturating_sub(ENDPOINTS);
        let endpoints = self.words.list(&endpoints, more);
        match served {
            [] => None,
            _ if row.is_predecessor_served() => Some(self.words.to_do(ToDo::Load, &endpoints)),
            _ => Some(self.words.to_do(ToDo::Serve, &endpoints)),
        }
    }
}
