//! What people are told once, of all rows of a message.

use super::formatter::on_one_line;
use super::message_context::MessageContext;
use super::occurrence_row::{Item, all_news, due};
use super::urgency::Tier;

/// Policies that are explained; the others are counted.
const POLICIES: usize = 2;

/// A line each: the zone and the policies, the next message and who else is told, why what happened is told, and the
/// other certificates.
pub(super) fn footer(items: &[Item<'_>], context: &MessageContext<'_>) -> Vec<String> {
    let (formatter, words, rows) = (&context.formatter, context.formatter.words, &due(items));
    let ends: Vec<_> = rows.iter().map(|row| row.certificate().effective_end()).collect();
    let told = match rows.as_slice() {
        [row] => formatter.told(row),
        rows => formatter.told_of_many(rows),
    };
    let terms = [words.zone(formatter.clock, &ends)].into_iter().chain(formatter.policies(rows, POLICIES));
    let told = context.escalated(rows).into_iter().chain(told);
    let next = (!rows.is_empty()).then(|| formatter.next(rows)).into_iter().chain(told).collect::<Vec<_>>();
    let occurrences = all_news(items);
    let is_alone = rows.is_empty() && items.len() == 1;
    let because = context.because(&occurrences).into_iter().chain(context.told_of_news(&occurrences, is_alone));
    let said = |sentences: Vec<String>| (!sentences.is_empty()).then(|| words.sentences(&sentences));
    let footer = [
        Some(words.sentences(&terms.collect::<Vec<_>>())),
        said(next),
        said(because.collect()),
        context.others().filter(|_| !rows.is_empty()),
    ];
    footer.into_iter().flatten().collect()
}

/// How to hold the reminders of a message, or what to do with what has expired: a sentence, and what to type, on one line.
pub(super) fn snooze_hint(items: &[Item<'_>], context: &MessageContext<'_>) -> Option<(String, Option<String>)> {
    let rows = due(items);
    let entry = match rows.as_slice() {
        [] => return None,
        [row] if row.tier(context.formatter.clock.now) == Tier::Expired => {
            return Some((context.formatter.words.unused_hint(&context.policy_file()), None));
        }
        [row] => Some((row.entry_name(), row.certificate().effective_end())),
        _ => None,
    };
    let snooze_hint = context.snooze_hint(entry.as_ref().map(|(name, end)| (name.as_str(), *end)))?;
    let command = on_one_line(&snooze_hint.lines.join("\n"));
    Some((snooze_hint.introduction, Some(command)))
}
