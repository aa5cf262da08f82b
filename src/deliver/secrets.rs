//! Keeping secrets out of everything that is said after a channel has used them.

use std::fmt;

use crate::policy::{Policies, Secret};
use crate::render::untrusted;

pub(super) use crate::observe::{Environment, reveal};

/// Takes secrets out of what peers and the system say.
#[derive(Clone, Default)]
pub(super) struct Redactor {
    /// Not even a part of these is shown.
    secrets: Vec<Vec<char>>,
    /// These are not shown whole: their parts are ordinary words.
    wholes: Vec<String>,
}

impl Redactor {
    /// As long a part of a secret as nobody can use, and as no text holds by chance.
    const HARMLESS: usize = 7;
    /// Longer answers are cut before they are searched.
    const LONGEST: usize = 2000;
    /// What is shown of an answer, in characters.
    const SHOWN: usize = 240;

    /// Knows the secrets of `policies` that are variables of the environment.
    pub(super) fn of_environment(policies: &Policies, environment: &Environment<'_>) -> Self {
        let of_robots = policies.contacts.values().flat_map(|contact| contact.robots.values()).flat_map(|robot| {
            let others = [&robot.token, &robot.to, &robot.secret, &robot.proxy];
            others.into_iter().flatten().chain([&robot.webhook])
        });
        let mut redactor = Self::default();
        for secret in of_robots.chain(&policies.mail.password) {
            if let (Secret::Environment(_), Ok(value)) = (secret, reveal(secret, environment)) {
                redactor.hide(value.expose());
            }
        }
        redactor
    }

    pub(super) fn hide(&mut self, secret: &str) {
        if !secret.is_empty() {
            self.secrets.push(folded(secret).collect());
        }
    }

    /// As [`Self::hide`], but for a short one: it is a word that stands in many texts.
    pub(super) fn hide_word(&mut self, secret: &str) {
        if secret.len() > Self::HARMLESS {
            self.hide(secret);
        }
    }

    pub(super) fn hide_whole(&mut self, text: &str) {
        if text.len() > 1 {
            self.wholes.push(text.to_owned());
        }
    }

    /// What a peer said: on one line, harmless, without any secret, and not long.
    pub(super) fn said(&self, text: &str) -> String {
        let text = untrusted::clean(&text.chars().take(Self::LONGEST).collect::<String>());
        let text = self.wholes.iter().fold(text, |text, whole| text.replace(whole.as_str(), "<secret>"));
        let characters: Vec<char> = text.chars().collect();
        let folded: Vec<char> = folded(&text).collect();
        let mut shown = String::with_capacity(text.len());
        let mut at = 0;
        while at < characters.len() {
            match self.longest_part(&folded[at..]) {
                0 => {
                    shown.push(characters[at]);
                    at += 1;
                }
                hidden => {
                    shown.push_str("<secret>");
                    at += hidden;
                }
            }
        }
        untrusted::cap(&shown, Self::SHOWN)
    }

    /// How many characters of the beginning of `text` are a telling part of a secret.
    fn longest_part(&self, text: &[char]) -> usize {
        let mut longest = 0;
        for secret in &self.secrets {
            let telling = secret.len().min(Self::HARMLESS + 1);
            for start in 0..=secret.len() - telling {
                let run = secret[start..].iter().zip(text).take_while(|(one, other)| one == other).count();
                if run >= telling {
                    longest = longest.max(run);
                }
            }
        }
        longest
    }
}

/// Character by character, so that both forms have the same length.
fn folded(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().map(|character| character.to_ascii_lowercase())
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scrubber")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Revealed;

    #[test]
    fn a_peer_that_echoes_a_secret_or_a_part_of_it_is_quoted_without_it() {
        let mut redactor = Redactor::default();
        redactor.hide("SECa1b2c3d4e5f6");
        redactor.hide("pw");
        redactor.hide_whole("/robot/send?access_token=x");
        assert_eq!(redactor.said("token SECa1b2c3d4e5f6 is bad"), "token <secret> is bad");
        assert_eq!(redactor.said("starts with seca1B2c, hm"), "starts with <secret>, hm");
        assert_eq!(redactor.said("you said SEC\u{200B}a1b2c3d4e5f6"), "you said <secret>");
        assert_eq!(redactor.said("POST /robot/send?access_token=x; pw"), "POST <secret>; <secret>");
        assert_eq!(redactor.said("access_token is missing\u{1b}[2J\nx"), "access_token is missing[2J x");
        assert!(redactor.said(&"long ".repeat(100_000)).chars().count() <= Redactor::SHOWN);
    }

    #[test]
    fn no_debug_form_shows_a_secret() {
        let mut redactor = Redactor::default();
        redactor.hide("hunter2");
        let forms =
            format!("{redactor:?} {:?} {:?}", Revealed::new("hunter2"), Secret::Literal("hunter2".to_owned().into()));
        assert_eq!(forms, "Scrubber <secret> <secret>");
    }
}
