//! English, of what happened.

use super::English;
use super::forms::{count, joined, plural};
use crate::event::EventKind;
use crate::render::wording::Wording as _;
use crate::render::wording::occurrences::{Listening, Marks, Newswriting};

impl Newswriting for English {
    fn counted(&self, marks: &Marks, mark: &str) -> String {
        let counted = marks.iter().map(|(word, number)| format!("{mark}{number}{mark} {}", plural(word, *number)));
        let shown: Vec<String> = counted.take(crate::render::wording::MARKS).collect();
        self.list(&shown, marks.iter().skip(crate::render::wording::MARKS).map(|(_, number)| number).sum())
    }

    fn how_many(&self, number: usize, are_dates: bool) -> String {
        count(i64::try_from(number).unwrap_or(i64::MAX), if are_dates { "date" } else { "certificate" })
    }

    fn capital(&self, clause: &str) -> String {
        let mut characters = clause.chars();
        characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
    }

    fn because(&self, listening: &Listening) -> String {
        match listening {
            Listening::Policies { policies, kinds } => policies_tell(policies, kinds),
            Listening::Reminded => "You hear of it because you were reminded of the old one.".to_owned(),
            Listening::ToldOfTheAnomaly => "You hear of it because you were told when it began.".to_owned(),
            Listening::Former => "You hear of it because the messages about it went to you until now.".to_owned(),
            Listening::Digest(written) => format!("The policy file asks for this digest: {written}."),
            Listening::Default => "You hear of it because no other contact would.".to_owned(),
        }
    }
}

/// Which policies make the reader hear of these kinds.
fn policies_tell(policies: &[String], kinds: &[EventKind]) -> String {
    let quoted: Vec<String> = policies.iter().map(|policy| format!("\"{policy}\"")).collect();
    let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    let (policy, tells) = if let [_] = &quoted[..] { ("Policy", "tells") } else { ("Policies", "tell") };
    format!("{policy} {} {tells} you of it ({}).", joined(&quoted), kinds.join(", "))
}
