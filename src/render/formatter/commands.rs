//! Commands to type: the one place where they are written, with the options and the quotes that the reader's shell needs.

use super::{Formatter, PLACES};
use crate::certificate::Certificate;
use crate::event::{Detail, MonitoringChange, Occurrence};
use crate::render::columns::{LINE, width};
use crate::render::wording::ToDo;
use crate::text::untrusted::{cap, clean};

/// Where the policy file of a machine is looked for last: commands find it without being told.
const USUAL_FILE: &str = "/etc/certnotify/policies.toml";
/// Columns before a command in the text of a mail.
const INDENT: usize = 4;

/// What is typed after the name of the program and its options.
#[derive(Clone, Copy, Debug)]
pub(in crate::render) struct Typed<'t> {
    pub(in crate::render) command: &'t str,
    /// The certificate or the contact; `NAME` where the reader puts it in.
    pub(in crate::render) name: Option<&'t str>,
    /// The options of the command.
    pub(in crate::render) options: &'t str,
}

/// What to type, after an introduction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::render) struct Command {
    pub(in crate::render) introduction: String,
    /// Joined by the shell: all but the last end in a backslash.
    pub(in crate::render) lines: Vec<String>,
}

impl Formatter<'_> {
    /// By which a command finds the same policy file and the same state, each after a blank.
    fn options(&self) -> String {
        let shown = |path: &std::path::Path| clean(&path.display().to_string());
        let file = shown(&self.render_input.policies.file);
        let policies = if file == USUAL_FILE { String::new() } else { format!(" -p {}", shell_word(&file)) };
        let state = self.render_input.policies.settings.named_state.as_ref();
        let state = state.map(|path| format!(" --state {}", shell_word(&shown(path))));
        policies + &state.unwrap_or_default()
    }

    /// The command in the lines of a mail, joined by the shell; in a room one line, not longer than a few.
    pub(in crate::render) fn command(&self, typed: &Typed<'_>) -> Vec<String> {
        let before = format!("certnotify{}", self.options());
        let after = typed.words();
        let whole = format!("{before} {after}");
        if self.limit != usize::MAX {
            vec![(self.escape)(&cap(&whole, self.limit.saturating_mul(5).div_euclid(2)))]
        } else if width(&whole) + INDENT <= LINE {
            vec![whole]
        } else {
            vec![format!("{before} \\"), format!("  {after}")]
        }
    }

    /// A sentence that ends in a command: in a mail on lines of its own.
    pub(in crate::render) fn with_command(&self, sentence: &str, typed: &Typed<'_>) -> String {
        let between = if self.limit == usize::MAX { "\n" } else { " " };
        format!("{sentence}{between}{}", self.command(typed).join("\n"))
    }

    /// What to do about an occurrence, with the command that its sentence ends in.
    pub(super) fn news_to_do(&self, occurrence: &Occurrence) -> Option<String> {
        let places = self.places_of(&occurrence.locations, PLACES);
        let to_do = ToDo::new(occurrence).filter(|_| self.outcome(occurrence).is_none())?;
        let date = occurrence.certificate.as_ref().and_then(Certificate::date);
        if let Some(of) = date.filter(|_| to_do.is_to_get_another()) {
            return Some(self.words.instruction(self.words.date_words(of).0));
        }
        let sentence = self.words.to_do(to_do, &places);
        let Detail::MonitoringStopped { change, names, count } = &occurrence.detail else { return Some(sentence) };
        match change {
            MonitoringChange::Undeliverable { contact, channel, .. } => {
                let options = format!("--channel {}", channel.as_str());
                let typed = Typed { command: "test", name: Some(contact.as_str()), options: &options };
                Some(self.with_command(&sentence, &typed))
            }
            MonitoringChange::SnoozedLong { .. } => {
                let name = names.first().filter(|_| *count == 1).map_or("NAME", String::as_str);
                Some(self.with_command(&sentence, &Typed { command: "snooze", name: Some(name), options: "--clear" }))
            }
            MonitoringChange::Removed | MonitoringChange::SwitchedOff | MonitoringChange::ContactDropped { .. } => {
                Some(sentence)
            }
        }
    }
}

/// A sentence that ends in a command, without the breaks that a mail has there.
pub(in crate::render) fn on_one_line(text: &str) -> String {
    text.replace(" \\\n  ", " ").replace('\n', " ")
}

impl Typed<'_> {
    fn words(&self) -> String {
        let name = self.name.map(|name| shell_word(&clean(name))).unwrap_or_default();
        // What begins as an option does is none after `--`.
        let parts = if name.starts_with('-') {
            [self.command, self.options, "--", &name]
        } else {
            [self.command, &name, self.options, ""]
        };
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

/// `text` as one word of a shell.
#[must_use]
pub fn shell_word(text: &str) -> String {
    let is_plain = |character: char| character.is_alphanumeric() || "-_./:@%+,=".contains(character);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::shell_word;

    #[test]
    fn a_name_is_one_word_of_the_shell() {
        assert_eq!(shell_word("f5/vpn.example.com:443"), "f5/vpn.example.com:443");
        assert_eq!(shell_word("支付"), "支付");
        assert_eq!(shell_word("live/*/x"), "'live/*/x'");
        assert_eq!(shell_word("it's; rm -rf $HOME"), r"'it'\''s; rm -rf $HOME'");
        assert_eq!(shell_word(""), "''");
    }
}
