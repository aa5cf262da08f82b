//! What people are told once, of all rows of a message.

use super::digest::Tier;
use super::sender::Sender;
use super::tidings::{Item, all_news, due};

/// Policies that are explained; the others are counted.
const POLICIES: usize = 2;

/// A line each: the zone and the policies, the next message and who else is told, why what happened is told, the other
/// certificates, and how to hold it.
pub(super) fn foot(items: &[Item<'_>], sender: &Sender<'_>) -> Vec<String> {
    let (teller, words, rows) = (&sender.teller, sender.teller.words, &due(items));
    let ends: Vec<_> = rows.iter().map(|row| row.certificate().not_after).collect();
    let (told, hold) = match rows.as_slice() {
        [] => (Vec::new(), None),
        [row] if row.tier(teller.clock.now) == Tier::Expired => {
            (teller.told(row), Some(words.cannot_hold(&sender.policy_file())))
        }
        [row] => {
            let hold = sender.hold(Some((&row.entry_name(), row.certificate().not_after)));
            (teller.told(row), hold.map(|hold| teller.typed(&hold)))
        }
        rows => (teller.told_of_many(rows), sender.hold(None).map(|hold| teller.typed(&hold))),
    };
    let terms = [words.zone(teller.clock, &ends)].into_iter().chain(teller.policies(rows, POLICIES));
    let told = sender.escalated(rows).into_iter().chain(told);
    let next = (!rows.is_empty()).then(|| teller.next(rows)).into_iter().chain(told).collect::<Vec<_>>();
    let news = all_news(items);
    let because =
        sender.because(&news).into_iter().chain(sender.told_of_news(&news, rows.is_empty() && items.len() == 1));
    let said = |sentences: Vec<String>| (!sentences.is_empty()).then(|| words.sentences(&sentences));
    let foot = [
        Some(words.sentences(&terms.collect::<Vec<_>>())),
        said(next),
        said(because.collect()),
        sender.others().filter(|_| !rows.is_empty()),
        hold,
    ];
    foot.into_iter().flatten().collect()
}
