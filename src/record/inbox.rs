//! Internal messages as they lie in their Maildir: list, read, mark. The only file that names the mail parser.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read as _};
use std::path::PathBuf;
use std::time::SystemTime;

use mail_parser::MessageParser;
use time::OffsetDateTime;

use crate::disk::{self, Directory, DirectoryPath, NotRegular};
use crate::policy::ContactName;

/// The messages of one contact, oldest first.
#[derive(Debug)]
pub struct Inbox {
    path: PathBuf,
    /// Nothing where nothing was ever put into it.
    maildir: Option<Directory>,
    letters: Vec<Letter>,
}

/// One message. Its text is as it lies there: clean it for a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// 1 for the oldest; what comes later leaves it as it is.
    pub number: usize,
    /// When it was filed.
    pub filed: OffsetDateTime,
    pub subject: String,
    pub is_unread: bool,
    folder: &'static str,
    name: OsString,
    /// When the file was written: names tell no more than the second.
    written: Option<SystemTime>,
}

/// Why messages cannot be read or marked.
#[derive(Debug, thiserror::Error)]
pub enum InboxError {
    #[error("inbox {}: it cannot be read", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("inbox {}: there is no message {number}", directory.display())]
    NoSuchMessage { directory: PathBuf, number: usize },
    #[error("inbox {}: message {number} was moved or is no file any more", directory.display())]
    Gone { directory: PathBuf, number: usize },
    #[error("inbox {}: message {number} cannot be marked", directory.display())]
    NotMarked { directory: PathBuf, number: usize, source: io::Error },
}

const NEW: &str = "new";
const CURRENT: &str = "cur";
/// Of the beginning of a file, in which its subject is.
const HEAD: u64 = 64 << 10;
/// Of a whole message.
const WHOLE: u64 = 32 << 20;

impl Inbox {
    /// Lists the messages of `contact` below `root`; an inbox that nothing was ever put into is empty. What is no
    /// regular file is passed over. Changes nothing.
    ///
    /// # Errors
    /// The directory is there and cannot be read.
    pub fn open(root: impl Into<DirectoryPath>, contact: &ContactName) -> Result<Self, InboxError> {
        let root = root.into();
        let name = contact.directory_name();
        let path = root.path().join(&name);
        let unreadable = |source| InboxError::Unreadable { path: path.clone(), source };
        let maildir = existing(root.open().and_then(|root| root.enter(&name))).map_err(unreadable)?;
        let mut letters = Vec::new();
        for folder in [NEW, CURRENT] {
            let Some(maildir) = &maildir else { break };
            let unreadable = |source| InboxError::Unreadable { path: path.join(folder), source };
            if let Some(opened) = existing(maildir.enter(folder)).map_err(unreadable)? {
                collect(&opened, folder, &mut letters).map_err(unreadable)?;
            }
        }
        letters.sort_by_cached_key(|letter: &Letter| (letter.filed, letter.written, unflagged(letter)));
        // A mail program that moves a message while it is listed shows it in both folders.
        letters.dedup_by(|one, other| unflagged(one) == unflagged(other));
        for (index, letter) in letters.iter_mut().enumerate() {
            letter.number = index + 1;
        }
        Ok(Self { path, maildir, letters })
    }

    /// All messages, in the order of their numbers.
    #[must_use]
    pub fn letters(&self) -> &[Letter] {
        &self.letters
    }

    /// The plain text of a message, or what is readable of its HTML.
    ///
    /// # Errors
    /// There is no such message, or no longer.
    pub fn text(&self, number: usize) -> Result<String, InboxError> {
        let letter = self.letter(number)?;
        let unreadable =
            |source| InboxError::Unreadable { path: self.path.join(letter.folder).join(&letter.name), source };
        let opened = self.folder(letter.folder).map_err(NotRegular::Io).and_then(|it| it.open_file(&letter.name));
        let file = match opened {
            Ok(Some(file)) => file,
            Err(NotRegular::Io(source)) => return Err(unreadable(source)),
            Ok(None) | Err(NotRegular::Other(_)) => {
                return Err(InboxError::Gone { directory: self.path.clone(), number });
            }
        };
        let bytes = disk::read(file, WHOLE).map_err(unreadable)?;
        let text = MessageParser::default().parse(&bytes).and_then(|message| message.body_text(0).map(Into::into));
        Ok(text.unwrap_or_default())
    }

    /// Marks a message as read, as mail programs do; whether it was unread.
    ///
    /// # Errors
    /// There is no such message, or it cannot be renamed.
    pub fn mark_read(&mut self, number: usize) -> Result<bool, InboxError> {
        let letter = self.letter(number)?;
        if !letter.is_unread {
            return Ok(false);
        }
        let marked = OsString::from(with_seen_flag(&letter.name.to_string_lossy()));
        match self.mark(letter, &marked) {
            Ok(()) => {
                let letter = &mut self.letters[number - 1];
                (letter.folder, letter.name, letter.is_unread) = (CURRENT, marked, false);
                Ok(true)
            }
            Err(source) => Err(InboxError::NotMarked { directory: self.path.clone(), number, source }),
        }
    }

    fn mark(&self, letter: &Letter, marked: &OsStr) -> io::Result<()> {
        let maildir = self.maildir.as_ref().ok_or(io::ErrorKind::NotFound)?;
        maildir.enter(letter.folder)?.rename(&letter.name, &maildir.enter_or_create(CURRENT)?, marked)
    }

    fn folder(&self, name: &str) -> io::Result<Directory> {
        self.maildir.as_ref().ok_or(io::ErrorKind::NotFound)?.enter(name)
    }

    /// # Errors
    /// There is no such message.
    pub fn letter(&self, number: usize) -> Result<&Letter, InboxError> {
        let index = number.checked_sub(1);
        index
            .and_then(|index| self.letters.get(index))
            .ok_or_else(|| InboxError::NoSuchMessage { directory: self.path.clone(), number })
    }
}

fn existing(opened: io::Result<Directory>) -> io::Result<Option<Directory>> {
    match opened {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        opened => opened.map(Some),
    }
}

fn collect(opened: &Directory, folder: &'static str, letters: &mut Vec<Letter>) -> io::Result<()> {
    for name in opened.names()? {
        let name = name?;
        let shown = name.to_string_lossy();
        let flags = flags(&shown);
        if shown.starts_with('.') || flags.contains('T') {
            continue;
        }
        // One that another program moved, or that is not ours to read, does not hide the rest.
        let Ok(Some(file)) = opened.open_file(&name) else { continue };
        let written = file.metadata().and_then(|metadata| metadata.modified()).ok();
        let mut head = Vec::new();
        if file.take(HEAD).read_to_end(&mut head).is_err() {
            continue;
        }
        letters.push(Letter {
            number: 0,
            filed: filed(&shown).or(written.map(OffsetDateTime::from)).unwrap_or(OffsetDateTime::UNIX_EPOCH),
            subject: subject(&head),
            is_unread: folder == NEW || !flags.contains('S'),
            folder,
            name: name.clone(),
            written,
        });
    }
    Ok(())
}

fn subject(head: &[u8]) -> String {
    let message = MessageParser::default().parse_headers(head);
    message.and_then(|message| message.subject().map(str::to_owned)).unwrap_or_default()
}

/// A Maildir's file names begin with the second of their filing.
fn filed(name: &str) -> Option<OffsetDateTime> {
    let seconds = name.split('.').next()?.parse().ok().filter(|seconds| *seconds > 0)?;
    OffsetDateTime::from_unix_timestamp(seconds).ok()
}

/// The file name without what `:2,` begins: it stays the same for the life of a message.
fn unflagged(letter: &Letter) -> String {
    let name = letter.name.to_string_lossy();
    name.split(':').next().unwrap_or_default().to_owned()
}

fn flags(name: &str) -> &str {
    name.split_once(":2,").map_or("", |(_, flags)| flags)
}

fn with_seen_flag(name: &str) -> String {
    let mut flags: Vec<char> = flags(name).chars().chain(['S']).collect();
    flags.sort_unstable();
    flags.dedup();
    format!("{}:2,{}", name.split(':').next().unwrap_or_default(), flags.into_iter().collect::<String>())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;
    use tempfile::TempDir;

    use super::*;

    const MAIL: &str = "Subject: =?utf-8?B?6K+B5Lmm?= expires\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/alternative; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
        It expires =E2=80=94 soon.\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>no</p>\r\n--b--\r\n";

    struct Maildir(TempDir);

    impl Maildir {
        fn new() -> Self {
            let root = TempDir::new().unwrap();
            for folder in ["tmp", "new", "cur"] {
                fs::create_dir_all(root.path().join("ops").join(folder)).unwrap();
            }
            Self(root)
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join("ops").join(name)
        }

        fn with(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
            fs::write(self.path(name), bytes).unwrap();
            self
        }

        fn open(&self) -> Inbox {
            Inbox::open(self.0.path(), &ContactName::new("ops")).unwrap()
        }
    }

    #[test]
    fn the_oldest_is_number_one_wherever_it_lies() {
        let maildir = Maildir::new()
            .with("new/1763800000.M9P1.host", MAIL)
            .with("cur/1763700000.M1P1.host:2,S", MAIL)
            .with("cur/1763900000.M1P1.host:2,", MAIL)
            .with("cur/1763600000.M1P1.host:2,ST", MAIL)
            .with("tmp/1763500000.M1P1.host", MAIL)
            .with("new/.hidden", MAIL);
        let inbox = maildir.open();
        let shown: Vec<_> = inbox
            .letters()
            .iter()
            .map(|letter| (letter.number, letter.filed.unix_timestamp(), letter.is_unread))
            .collect();
        assert_eq!(shown, [(1, 1_763_700_000, false), (2, 1_763_800_000, true), (3, 1_763_900_000, true)]);
        assert_eq!(inbox.letters()[0].subject, "证书 expires");
        assert_eq!(inbox.text(2).unwrap().trim_end(), "It expires — soon.");
    }

    #[test]
    fn of_one_second_what_was_written_first_is_number_one() {
        let maildir = Maildir::new();
        for (name, seconds) in
            [("new/1763800000.c.host", 1), ("cur/1763800000.b.host:2,S", 2), ("new/1763800000.a.host", 3)]
        {
            let mut file = fs::File::create(maildir.path(name)).unwrap();
            std::io::Write::write_all(&mut file, MAIL.as_bytes()).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds)).unwrap();
        }
        let names: Vec<_> = maildir.open().letters().iter().map(|letter| letter.name.clone()).collect();
        assert_eq!(names, ["1763800000.c.host", "1763800000.b.host:2,S", "1763800000.a.host"]);
    }

    #[test]
    fn an_inbox_that_nothing_was_put_into_is_empty() {
        let root = TempDir::new().unwrap();
        assert!(Inbox::open(root.path(), &ContactName::new("ops")).unwrap().letters().is_empty());
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_message_is_marked_read_as_mail_programs_do_and_keeps_its_other_flags() {
        let maildir = Maildir::new().with("new/1763800000.a.host", MAIL).with("cur/1763800001.b.host:2,FR", MAIL);
        let mut inbox = maildir.open();
        assert!(inbox.mark_read(1).unwrap() && inbox.mark_read(2).unwrap() && !inbox.mark_read(2).unwrap());
        assert!(maildir.path("cur/1763800000.a.host:2,S").exists());
        assert!(maildir.path("cur/1763800001.b.host:2,FRS").exists());
        assert_eq!(inbox.text(1).unwrap().trim_end(), "It expires — soon.");
        assert!(maildir.open().letters().iter().all(|letter| !letter.is_unread));
        assert!(matches!(inbox.mark_read(3), Err(InboxError::NoSuchMessage { number: 3, .. })));
        assert!(matches!(inbox.text(0), Err(InboxError::NoSuchMessage { number: 0, .. })));
    }

    #[test]
    fn what_is_no_message_neither_hangs_nor_hides_the_messages() {
        let maildir = Maildir::new()
            .with("new/1763800000.a.host", MAIL)
            .with("new/1763800001.binary", [0, 159, 146, 150].repeat(100_000))
            .with("new/1763800002.empty", "")
            .with("new/not a number", "Subject: ok\n\n")
            .with("new/99999999999999999999.far", "Subject: far\n\n");
        fs::create_dir(maildir.path("new/folder")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", maildir.path("new/1763800003.link")).unwrap();
        assert!(
            std::process::Command::new("mkfifo").arg(maildir.path("new/1763800004.fifo")).status().unwrap().success()
        );
        let huge = fs::File::create(maildir.path("new/1763800005.huge")).unwrap();
        huge.set_len(1 << 40).unwrap();
        let mut inbox = maildir.open();
        assert_eq!(inbox.letters().len(), 6);
        let huge = inbox.letters().iter().find(|letter| letter.name == "1763800005.huge").unwrap().number;
        assert!(matches!(inbox.text(huge), Err(InboxError::Unreadable { .. })));
        fs::remove_file(maildir.path("new/1763800000.a.host")).unwrap();
        assert!(matches!(inbox.text(1), Err(InboxError::Gone { number: 1, .. })));
        assert!(matches!(inbox.mark_read(1), Err(InboxError::NotMarked { number: 1, .. })));
    }

    proptest! {
        #[test]
        fn no_message_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), at in 0..MAIL.len()) {
            let mut mail = MAIL.as_bytes().to_vec();
            mail.splice(at..at, bytes);
            let maildir = Maildir::new().with("new/1763800000.a", &mail);
            let inbox = maildir.open();
            prop_assert!(inbox.text(1).is_ok());
        }
    }
}
