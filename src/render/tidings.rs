//! What happened → rows: one per certificate, or one of its own for what is about none; and the order of all rows.

use std::collections::HashMap;

use time::OffsetDateTime;

use super::digest::{Row, Tier, label_of};
use super::untrusted::{NAME, bounded, cap, clean, peer};
use crate::certificate::{Certificate, Fingerprint};
use crate::event::{AuthorityChange, Detail, Happening, HappeningId, Kind, Sighting};
use crate::schedule::Batch;

/// What happened to one certificate of which nobody is reminded in the same message; or one thing that is about none.
/// Never empty, the most urgent first.
#[derive(Clone, Debug)]
pub(super) struct Tidings<'a> {
    pub(super) news: Vec<&'a Happening>,
}

/// One row of a message.
#[derive(Clone, Debug)]
pub(super) enum Item<'a> {
    Due(Row<'a>),
    News(Tidings<'a>),
}

impl<'a> Tidings<'a> {
    pub(super) fn certificate(&self) -> Option<&'a Certificate> {
        self.news.iter().find_map(|happening| happening.certificate.as_ref())
    }

    /// All places, each once.
    pub(super) fn sightings(&self) -> Vec<&'a Sighting> {
        each_once(self.news.iter().flat_map(|happening| &happening.sightings))
    }

    pub(super) fn tier(&self) -> Tier {
        if self.news.iter().any(|happening| is_urgent(happening)) { Tier::Urgent } else { Tier::Calm }
    }

    /// The name of the entry or of its member; none for what is about no place.
    pub(super) fn entry_name(&self) -> Option<String> {
        let sightings = self.sightings();
        let name = sightings.first().map(|sighting| clean(&bounded(&sighting.name)))?;
        Some(name).filter(|name| !name.is_empty())
    }

    /// What people call the certificate or the place, and the host it is for where the first does not say so.
    pub(super) fn label(&self) -> Option<(String, Option<String>)> {
        let name = self.entry_name();
        let host = self.certificate().map(|certificate| peer(&certificate.display_name(), NAME));
        match (name, host.filter(|host| !host.is_empty())) {
            (Some(name), Some(host)) => Some(label_of(&name, host)),
            (Some(name), None) => Some((cap(&name, NAME), None)),
            (None, host) => host.map(|host| (host, None)),
        }
    }
}

impl<'a> Item<'a> {
    pub(super) fn tier(&self, now: OffsetDateTime) -> Tier {
        match self {
            Self::Due(row) => row.tier(now),
            Self::News(tidings) => tidings.tier(),
        }
    }

    pub(super) fn news(&self) -> &[&'a Happening] {
        match self {
            Self::Due(row) => &row.news,
            Self::News(tidings) => &tidings.news,
        }
    }
}

/// The rows that remind of something.
pub(super) fn due<'a>(items: &[Item<'a>]) -> Vec<Row<'a>> {
    let due = items.iter().filter_map(|item| match item {
        Item::Due(row) => Some(row.clone()),
        Item::News(_) => None,
    });
    due.collect()
}

/// Everything that the rows tell beside reminders, in their order.
pub(super) fn all_news<'a>(items: &[Item<'a>]) -> Vec<&'a Happening> {
    items.iter().flat_map(Item::news).copied().collect()
}

pub(super) fn each_once<'a>(sightings: impl Iterator<Item = &'a Sighting>) -> Vec<&'a Sighting> {
    let mut places: Vec<&Sighting> = Vec::new();
    for sighting in sightings {
        if !places.iter().any(|seen| seen.place == sighting.place && seen.address == sighting.address) {
            places.push(sighting);
        }
    }
    places
}

/// The rows of a batch. News of a certificate of which somebody is reminded joins its row. News that the last message
/// only counted comes first; then ends within a week, urgent news, other ends, other news. Ends keep their order.
pub(super) fn items(batch: &Batch, now: OffsetDateTime) -> Vec<Item<'_>> {
    let mut due = super::digest::rows(&batch.reminders);
    let (mut waited, mut urgent, mut calm) = (Vec::new(), Vec::new(), Vec::new());
    for tidings in join(batch, &mut due) {
        let is_left_over = tidings.news.iter().any(|happening| batch.news_left_over.contains(&happening.id));
        match tidings.tier() {
            _ if is_left_over => waited.push(tidings),
            Tier::Urgent => urgent.push(tidings),
            _ => calm.push(tidings),
        }
    }
    for news in [&mut waited, &mut urgent, &mut calm] {
        news.sort_by_key(|tidings| rank(tidings.news[0]));
    }
    let head = due.iter().position(|row| row.tier(now) >= Tier::Urgent).unwrap_or(due.len());
    let (pressing, rest): (Vec<_>, Vec<_>) =
        due.split_off(head).into_iter().partition(|row| row.tier(now) == Tier::Urgent);
    let news = |tidings: Vec<_>| tidings.into_iter().map(Item::News);
    let rows = |rows: Vec<_>| rows.into_iter().map(Item::Due);
    news(waited)
        .chain(rows(due))
        .chain(rows(pressing))
        .chain(news(urgent))
        .chain(rows(rest))
        .chain(news(calm))
        .collect()
}

/// Adds to each row the news of its certificate; what is left becomes rows of its own.
fn join<'a>(batch: &'a Batch, due: &mut [Row<'a>]) -> Vec<Tidings<'a>> {
    let due_at: HashMap<Fingerprint, usize> =
        due.iter().enumerate().map(|(at, row)| (row.first.key.fingerprint, at)).collect();
    let mut rows: Vec<Tidings<'a>> = Vec::new();
    let mut index: HashMap<Fingerprint, usize> = HashMap::new();
    for happening in batch.news.iter().map(AsRef::as_ref) {
        let fingerprint = happening.certificate.as_ref().map(|certificate| certificate.fingerprint);
        if let Some(row) = fingerprint.and_then(|fingerprint| due.get_mut(*due_at.get(&fingerprint)?)) {
            row.news.push(happening);
            row.news.sort_by_key(|happening| rank(happening));
            continue;
        }
        if let Some(tidings) = fingerprint.and_then(|fingerprint| rows.get_mut(*index.get(&fingerprint)?)) {
            tidings.news.push(happening);
            tidings.news.sort_by_key(|happening| rank(happening));
        } else {
            index.extend(fingerprint.map(|fingerprint| (fingerprint, rows.len())));
            rows.push(Tidings { news: vec![happening] });
        }
    }
    rows
}

/// It asks somebody to act.
pub(super) fn is_urgent(happening: &Happening) -> bool {
    match &happening.detail {
        Detail::AuthorityChanged { changes, .. } => changes.iter().any(|change| {
            matches!(change, AuthorityChange::UsageLost { .. } | AuthorityChange::IntermediateExpires { .. })
        }),
        _ => rank(happening) <= rank_of(Kind::Sharing),
    }
}

fn rank(happening: &Happening) -> u8 {
    rank_of(happening.kind)
}

const fn rank_of(kind: Kind) -> u8 {
    match kind {
        Kind::Expired | Kind::HostingFailure | Kind::Expiration => 0,
        Kind::Revocation => 1,
        Kind::Deletion => 2,
        Kind::Anomaly => 3,
        Kind::NotificationsDisabled => 4,
        Kind::Sharing => 5,
        Kind::Hosting => 6,
        Kind::Recovery => 7,
        Kind::CaChange => 8,
        Kind::Notice | Kind::Announcement | Kind::Update | Kind::Upgrade => 9,
        Kind::Download => 10,
    }
}

/// What the messages of a batch tell, each with few words for the memory.
pub(super) fn told<'a>(items: impl Iterator<Item = &'a Item<'a>>) -> Vec<(HappeningId, String)> {
    let news = items.flat_map(Item::news);
    news.map(|happening| (happening.id.clone(), super::wording::news_in_words(happening))).collect()
}
