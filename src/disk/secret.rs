//! Secrets when they are needed: from the policy file, the environment, a file or a credential.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use crate::cause::SystemError;
use crate::policy::{Revealed, Secret, SecretError};
use crate::secret::Zeroizing;

/// Where environment variables come from: the binary's environment, or a test's.
pub type Environment<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// No key, password or address is longer.
const LONGEST: usize = 64 * 1024;
/// Beyond the longest, so that its end is seen without more memory.
const ROOM: usize = 64;

/// The value of `secret`, without the white space that pasting leaves around it.
///
/// # Errors
/// When it is not where the policy file says, or is empty.
pub fn reveal(secret: &Secret, environment: &Environment<'_>) -> Result<Revealed, SecretError> {
    let (value, place) = match secret {
        Secret::Literal(_) => (secret.literal().unwrap_or_default().to_owned(), "the secret".to_owned()),
        Secret::Environment(name) => {
            let value = environment(name).ok_or_else(|| SecretError::NotSet(name.clone()))?;
            (value, format!("the environment variable `{name}`"))
        }
        Secret::File(path) => return first_line(path, format!("`{}`", path.display())),
        Secret::Credential(name) => {
            let directory =
                environment("CREDENTIALS_DIRECTORY").ok_or_else(|| SecretError::NoCredentials(name.clone()))?;
            return first_line(&Path::new(&directory).join(name), format!("the systemd credential `{name}`"));
        }
    };
    trimmed(&Zeroizing::new(value), place)
}

fn trimmed(value: &str, place: String) -> Result<Revealed, SecretError> {
    match value.trim() {
        "" => Err(SecretError::Empty(place)),
        value => Ok(Revealed::new(value)),
    }
}

fn first_line(path: &Path, place: String) -> Result<Revealed, SecretError> {
    let unreadable = |error: io::Error| SecretError::Unreadable {
        path: path.display().to_string(),
        said: SystemError::from_io(&error).said,
    };
    // Looked at before it is opened: opening a FIFO would wait for a writer.
    if !path.metadata().map_err(unreadable)?.is_file() {
        return Err(SecretError::NotRegular(path.display().to_string()));
    }
    // With room for all of it: where it grew, a part of the secret would stay behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + ROOM));
    File::open(path).and_then(|file| file.take(LONGEST as u64).read_to_end(&mut bytes)).map_err(unreadable)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| SecretError::Unreadable {
        path: path.display().to_string(),
        said: "it is not UTF-8".to_owned(),
    })?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    trimmed(text.lines().next().unwrap_or_default(), place)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::path::PathBuf;

    use super::*;
    use crate::disk::wiped;

    #[test]
    fn what_a_secret_was_read_from_and_into_is_wiped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let canary = wiped::Canary::new(1);
        std::fs::write(&path, canary.text().as_bytes()).unwrap();
        let secrets = [Secret::File(path), Secret::Environment("KEY".to_owned())];
        let environment = |_: &str| Some(String::clone(&canary.text()));
        for secret in secrets {
            let revealed = reveal(&secret, &environment).unwrap();
            assert!(canary.is_in_memory(), "it is in use");
            drop(revealed);
            assert!(!canary.is_in_memory(), "{secret:?} was left behind");
        }
    }

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
        std::fs::write(&empty, b"p\xe4ss\n").unwrap();
        let said = reveal(&Secret::File(empty.clone()), &nothing_set).unwrap_err().in_full();
        assert_eq!(said, format!("`{}` cannot be read: it is not UTF-8", empty.display()));
    }

    #[test]
    fn a_device_or_a_directory_is_never_opened_for_a_secret() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        symlink("/dev/zero", &link).unwrap();
        for path in [link, PathBuf::from("/dev/null"), folder.path().to_owned()] {
            assert!(matches!(reveal(&Secret::File(path), &nothing_set), Err(SecretError::NotRegular(_))));
        }
    }
}
