//! What people are told once, of all rows of a message.

use super::formatter::{Formatter, on_one_line};
use super::occurrence_row::{Item, all_news, due};
use super::urgency::Tier;

/// Policies that are explained; the others are counted.
const POLICIES: usize = 2;

/// A line each: the zone and the policies, the next message and who else is told, why what happened is told, and the
/// other certificates.
pub(super) fn footer(items: &[Item<'_>], formatter: &Formatter<'_>) -> Vec<String> {
    let (words, rows) = (formatter.words, &due(items));
    let ends: Vec<_> = rows.iter().map(|row| row.certificate().effective_end()).collect();
    let told = match rows.as_slice() {
        [row] => formatter.told(row),
        rows => formatter.told_of_many(rows),
    };
    let terms = [words.zone(formatter.clock, &ends)].into_iter().chain(formatter.policies(rows, POLICIES));
    let told = formatter.escalated(rows).into_iter().chain(told);
    let next = (!rows.is_empty()).then(|| formatter.next(rows)).into_iter().chain(told).collect::<Vec<_>>();
    let occurrences = all_news(items);
    let is_alone = rows.is_empty() && items.len() == 1;
    let because = formatter.because(&occurrences).into_iter().chain(formatter.told_of_news(&occurrences, is_alone));
    let said = |sentences: Vec<String>| (!sentences.is_empty()).then(|| words.sentences(&sentences));
    let footer = [
        Some(words.sentences(&terms.collect::<Vec<_>>())),
        said(next),
        said(because.collect()),
        formatter.others(items).filter(|_| !rows.is_empty()),
    ];
    footer.into_iter().flatten().collect()
}

/// How to hold the reminders of a message, or what to do with what has expired: a sentence, and what to type, on one line.
pub(super) fn snooze_hint(items: &[Item<'_>], formatter: &Formatter<'_>) -> Option<(String, Option<String>)> {
    let rows = due(items);
    let entry = match rows.as_slice() {
        [] => return None,
        [row] if row.tier(formatter.then()) == Tier::Expired => {
            return formatter.unused(&rows).map(|said| (said, None));
        }
        [row] => Some((row.entry_name(), row.certificate().effective_end())),
        _ => None,
    };
    let snooze_hint = formatter.snooze_hint(entry.as_ref().map(|(name, end)| (name.as_str(), *end)), items)?;
    let command = on_one_line(&snooze_hint.lines.join("\n"));
    Some((snooze_hint.introduction, Some(command)))
}
