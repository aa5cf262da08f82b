//! English, of who else is told, why the reader is, and how to hold it.

use time::Duration;

use super::en::English;
use super::en_forms::{joined, span};
use super::other_recipients::OtherRecipients;
use crate::event::EventKind;

impl OtherRecipients for English {
    fn told_with(&self, names: &[String]) -> String {
        let names = if names.is_empty() { "nobody".to_owned() } else { joined(names) };
        format!("Told with you: {names}.")
    }

    fn told_later(&self, day: &str, names: &[String]) -> String {
        format!("From {day} also: {}.", joined(names))
    }

    fn told_of(&self, name: &str, count: usize) -> String {
        format!("{name} is told of {count} of them too.")
    }

    fn news_told(&self, names: &[String]) -> String {
        format!("Of what happened are told as well: {}.", joined(names))
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
