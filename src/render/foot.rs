//! What people are told once, of all rows of a message.

use super::digest::Tier;
use super::sender::Sender;
use super::tidings::{Item, all_news, due};

/// Policies that are explained; the others are counted.
const POLICIES: usize = 2;

/// A line each: the zone and the policies, the next message and who else is told, why what happened is told, and the
/// other certificates.
pub(super) fn foot(items: &[Item<'_>], sender: &Sender<'_>) -> Vec<String> {
    let (teller, words, rows) = (&sender.teller, sender.teller.words, &due(items));
    let ends: Vec<_> = rows.iter().map(|row| row.certificate().not_after).collect();
    let told = match rows.as_slice() {
        [row] => teller.told(row),
        rows => teller.told_of_many(rows),
    };
    let terms = [words.zone(teller.clock, &ends)].into_iter().chain(teller.policies(rows, POLICIES));
    let told = sender.escalated(rows).into_iter().chain(told);
    let next = (!rows.is_empty()).then(|| teller.next(rows)).into_iter().chain(told).collect::<Vec<_>>();
    let news = all_news(items);
    let is_alone = rows.is_empty() && items.len() == 1;
    let because = sender.because(&news).into_iter().chain(sender.told_of_news(&news, is_alone));
    let said = |sentences: Vec<String>| (!sentences.is_empty()).then(|| words.sentences(&sentences));
    let foot = [
        Some(words.sentences(&terms.collect::<Vec<_>>())),
        said(next),
        said(because.collect()),
        sender.others().filter(|_| !rows.is_empty()),
    ];
    foot.into_iter().flatten().collect()
}

/// How to hold the reminders of a message, or that nobody can: a sentence, and what to type, on one line.
pub(super) fn hold(items: &[Item<'_>], sender: &Sender<'_>) -> Option<(String, Option<String>)> {
    let rows = due(items);
    let entry = match rows.as_slice() {
        [] => return None,
        [row] if row.tier(sender.teller.clock.now) == Tier::Expired => {
            return Some((sender.teller.words.cannot_hold(&sender.policy_file()), None));
        }
        [row] => Some((row.entry_name(), row.certificate().not_after)),
        _ => None,
    };
    let hold = sender.hold(entry.as_ref().map(|(name, end)| (name.as_str(), *end)))?;
    let command = sender.teller.typed(&hold);
    Some((hold.introduction, Some(command)))
}
