//! Secrets when a channel needs them, and keeping them out of everything that is said afterwards.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use crate::policy::{Revealed, Secret, SecretError};
use crate::render::untrusted;

/// Where environment variables come from: the binary's environment, or a test's.
pub(super) type Environment<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// No key, password or address is longer.
const LONGEST: u64 = 64 * 1024;

/// The value of `secret`, without the white space that pasting leaves around it.
pub(super) fn reveal(secret: &Secret, environment: &Environment<'_>) -> Result<Revealed, SecretError> {
    let (value, place) = match secret {
        Secret::Literal(_) => (secret.literal().unwrap_or_default().to_owned(), "the secret".to_owned()),
        Secret::Environment(name) => {
            let value = environment(name).ok_or_else(|| SecretError::NotSet(name.clone()))?;
            (value, format!("the environment variable `{name}`"))
        }
        Secret::File(path) => (first_line(path)?, format!("`{}`", path.display())),
        Secret::Credential(name) => {
            let directory =
                environment("CREDENTIALS_DIRECTORY").ok_or_else(|| SecretError::NoCredentials(name.clone()))?;
            (first_line(&Path::new(&directory).join(name))?, format!("the systemd credential `{name}`"))
        }
    };
    match value.trim() {
        "" => Err(SecretError::Empty(place)),
        value => Ok(Revealed::new(value)),
    }
}

fn first_line(path: &Path) -> Result<String, SecretError> {
    let unreadable = |source| SecretError::Unreadable { path: path.to_owned(), source };
    // Looked at before it is opened: opening a FIFO would wait for somebody to write into it.
    if !path.metadata().map_err(unreadable)?.is_file() {
        return Err(unreadable(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file")));
    }
    let mut text = String::new();
    File::open(path).and_then(|file| file.take(LONGEST).read_to_string(&mut text)).map_err(unreadable)?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

/// Takes secrets out of what peers and the system say.
#[derive(Clone, Default)]
pub(super) struct Scrubber {
    /// Not even a part of these is shown.
    secrets: Vec<Vec<char>>,
    /// These are not shown whole: their parts are ordinary words.
    wholes: Vec<String>,
}

impl Scrubber {
    /// As long a part of a secret as nobody can use, and as no text holds by chance.
    const HARMLESS: usize = 7;
    /// Longer answers are cut before they are searched.
    const LONGEST: usize = 2000;
    /// What is shown of an answer, in characters.
    const SHOWN: usize = 240;

    pub(super) fn hide(&mut self, secret: &str) {
        if !secret.is_empty() {
            self.secrets.push(folded(secret).collect());
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

impl fmt::Debug for Scrubber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scrubber")
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::path::PathBuf;

    use super::*;

    fn nothing_set(_: &str) -> Option<String> {
        None
    }

    fn literal(value: &str) -> Secret {
        Secret::Literal(value.to_owned().into())
    }

    #[test]
    fn a_secret_comes_from_the_policy_the_environment_a_file_or_a_credential() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("key"), "from a file \r\nsecond line\n").unwrap();
        let credentials = folder.path().display().to_string();
        let environment = |name: &str| match name {
            "KEY" => Some("from the environment\n".to_owned()),
            "CREDENTIALS_DIRECTORY" => Some(credentials.clone()),
            _ => None,
        };
        let reveal = |secret: Secret| reveal(&secret, &environment).unwrap().expose().to_owned();
        assert_eq!(reveal(literal(" pasted ")), "pasted");
        assert_eq!(reveal(Secret::Environment("KEY".to_owned())), "from the environment");
        assert_eq!(reveal(Secret::File(folder.path().join("key"))), "from a file");
        assert_eq!(reveal(Secret::Credential("key".to_owned())), "from a file");
    }

    #[test]
    fn a_secret_that_is_not_to_be_had_says_where_it_was_looked_for() {
        let folder = tempfile::tempdir().unwrap();
        let empty = folder.path().join("empty");
        std::fs::write(&empty, "\n").unwrap();
        let wrong = |secret: Secret| reveal(&secret, &nothing_set).unwrap_err().to_string();
        assert_eq!(wrong(Secret::Environment("KEY".to_owned())), "the environment variable `KEY` is not set");
        assert_eq!(
            wrong(Secret::Credential("key".to_owned())),
            "there is no systemd credential `key`: `CREDENTIALS_DIRECTORY` is not set"
        );
        assert_eq!(wrong(Secret::File(empty.clone())), format!("`{}` is empty", empty.display()));
        assert_eq!(wrong(Secret::File(PathBuf::from("/nowhere/key"))), "`/nowhere/key` cannot be read");
        assert_eq!(wrong(literal("  ")), "the secret is empty");
    }

    #[test]
    fn a_device_or_a_directory_is_never_opened_for_a_secret() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        symlink("/dev/zero", &link).unwrap();
        for path in [link, PathBuf::from("/dev/null"), folder.path().to_owned()] {
            assert!(matches!(reveal(&Secret::File(path), &nothing_set), Err(SecretError::Unreadable { .. })));
        }
    }

    #[test]
    fn a_peer_that_echoes_a_secret_or_a_part_of_it_is_quoted_without_it() {
        let mut scrubber = Scrubber::default();
        scrubber.hide("SECa1b2c3d4e5f6");
        scrubber.hide("pw");
        scrubber.hide_whole("/robot/send?access_token=x");
        assert_eq!(scrubber.said("token SECa1b2c3d4e5f6 is bad"), "token <secret> is bad");
        assert_eq!(scrubber.said("starts with seca1B2c, hm"), "starts with <secret>, hm");
        assert_eq!(scrubber.said("you said SEC\u{200B}a1b2c3d4e5f6"), "you said <secret>");
        assert_eq!(scrubber.said("POST /robot/send?access_token=x; pw"), "POST <secret>; <secret>");
        assert_eq!(scrubber.said("access_token is missing\u{1b}[2J\nx"), "access_token is missing[2J x");
        assert!(scrubber.said(&"long ".repeat(100_000)).chars().count() <= Scrubber::SHOWN);
    }

    #[test]
    fn no_debug_form_shows_a_secret() {
        let mut scrubber = Scrubber::default();
        scrubber.hide("hunter2");
        let forms = format!("{scrubber:?} {:?} {:?}", Revealed::new("hunter2"), literal("hunter2"));
        assert_eq!(forms, "Scrubber <secret> <secret>");
    }
}
