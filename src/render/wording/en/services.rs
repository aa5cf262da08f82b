//! English, of what happened: authorities, services and reports.

use super::English;
use super::occurrences::called;
use super::occurrences_to_do::at;
use crate::event::{EventKind, Evidence};
use crate::render::wording::Wording as _;
use crate::render::wording::digests::Digests as _;
use crate::render::wording::occurrences::{ChainChange, Newswriting as _, OccurrenceFacts, Report, Service};

impl English {
    pub(super) fn of_service(&self, service: &Service, occurrences: &OccurrenceFacts<'_>) -> Vec<String> {
        let OccurrenceFacts { name, places, clock, .. } = occurrences;
        match service {
            Service::AuthorityChanged { main, changes } => {
                let changes: Vec<String> = changes
                    .iter()
                    .map(|change| match change {
                        ChainChange::Issuer { from, to } => format!("The issuer was {from} and is {to}."),
                        ChainChange::Root { from, to } => format!("The root was {from} and is {to}."),
                        ChainChange::UsageLost { usage } => format!("It may be used for {usage} no more."),
                        ChainChange::IntermediateExpires { subject, not_after } => {
                            format!("The intermediate {subject} ends on {}.", clock.iso_date(*not_after))
                        }
                    })
                    .collect();
                let about = match main {
                    Some(ChainChange::UsageLost { .. }) => {
                        format!("The new certificate of {name} allows less than the old one.")
                    }
                    Some(ChainChange::IntermediateExpires { .. }) => {
                        format!("An intermediate in the chain of {name} nears its own end.")
                    }
                    _ => format!("The authority behind the certificate of {name} changed."),
                };
                [about].into_iter().chain(changes).collect()
            }
            Service::Announced { text, date, source, count, names } => {
                let to_whom = format!("It applies from {date}, to {}: {}.", self.certificates(*count), names);
                // What follows from the certificates themselves has none.
                let source = (!source.is_empty()).then(|| format!("Source: {source}"));
                [self.stopped(text.trim_end_matches('.')), to_whom].into_iter().chain(source).collect()
            }
            Service::Digest(digest) => self.digest(digest, *clock),
            Service::Upgraded { from, to } => vec![format!("certnotify here is now version {to}; it was {from}.")],
            Service::Reported { report: Report { message, url }, unmatched } => {
                let Evidence::Reported { by } = &occurrences.evidence else { return Vec::new() };
                let about = if places.is_empty() { String::new() } else { format!(" of {name}{}", at(places)) };
                let first = format!("{by} reports{about}: {}.", called(occurrences.kind).1);
                let url = url.as_ref().map(|url| format!("See {url}"));
                let said = message.as_ref().map(|said| self.stopped(said.trim_end_matches(['.', '。'])));
                let unknown = unmatched.as_ref().map(|name| format!("No watched certificate is called {name}."));
                [Some(first), said, as_last_seen(occurrences), unknown, url].into_iter().flatten().collect()
            }
        }
    }
}

/// A hook that reports a renewal comes before the look that shows the new certificate.
fn as_last_seen(occurrences: &OccurrenceFacts<'_>) -> Option<String> {
    let is_meant = occurrences.kind == EventKind::Hosting && occurrences.end.is_some();
    is_meant.then(|| "Its dates are as last seen, perhaps of the old one.".to_owned())
}
