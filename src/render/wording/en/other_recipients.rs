//! English, of who else is told, why the reader is, and how to hold it.

use time::Duration;

use super::English;
use super::forms::{joined, span};
use crate::event::EventKind;
use crate::render::wording::Newswriting as _;
use crate::render::wording::other_recipients::{OtherRecipients, ToldLater};

impl OtherRecipients for English {
    fn told_with(&self, names: &[String], later: &[ToldLater]) -> String {
        let now = if names.is_empty() { "no one else".to_owned() } else { joined(names) };
        let later = later.iter().map(|(day, names)| format!("; from {day} also to {}", joined(names)));
        format!("Also sent to: {now}{}.", later.collect::<String>())
    }

    fn told_later(&self, later: &[ToldLater]) -> String {
        let later = later.iter().map(|(day, names)| format!("from {day} also to {}", joined(names)));
        format!("{}.", self.capital(&later.collect::<Vec<_>>().join("; ")))
    }

    fn told_of(&self, name: &str, count: usize) -> String {
        format!("{count} of them {} also sent to {name}.", if count == 1 { "is" } else { "are" })
    }

    fn news_told(&self, names: &[String]) -> String {
        format!("What happened is also sent to: {}.", joined(names))
    }

    fn escalated(&self, within: Duration, count: Option<usize>) -> String {
        match count {
            None => format!("You are told from {} before its end on, by the escalation of the policy.", span(within)),
            Some(count) => {
                format!("Of {count} of them you are told by escalation, from {} before the end on.", span(within))
            }
        }
    }

    fn snoozed(&self, until: &str) -> String {
        format!("Its reminders are held until {until}.")
    }

    fn snooze_hint(&self, day: &str, machine: &str, many: bool) -> String {
        format!("To hold {} until {day}, on {machine}:", if many { "one" } else { "it" })
    }

    fn unused_hint(&self, file: &str) -> String {
        format!("If nothing uses it any more, take it out of {file}.")
    }
}

/// Which policies make the reader hear of these kinds.
pub(super) fn policies_tell(policies: &[String], kinds: &[EventKind]) -> String {
    let quoted: Vec<String> = policies.iter().map(|policy| format!("\"{policy}\"")).collect();
    let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    let (policy, tells) = if let [_] = &quoted[..] { ("Policy", "tells") } else { ("Policies", "tell") };
    format!("{policy} {} {tells} you of it ({}).", joined(&quoted), kinds.join(", "))
}
