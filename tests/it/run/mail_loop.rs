//! The way of a mail through real servers: Postfix takes it, Dovecot keeps it, and it is read back over IMAP.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use mail_parser::{MessageParser, MimeHeaders as _};
use tempfile::TempDir;
use time::macros::datetime;

use super::real_servers::{PASSWORD, Servers, certnotify, ended, is_the_mail_as_written, servers, submission};
use crate::support::certificates;

/// The few words of IMAP (RFC 3501) that reading one mail takes.
struct Imap {
    stream: BufReader<TcpStream>,
}

impl Imap {
    fn open(servers: &Servers, user: &str) -> Self {
        let stream = TcpStream::connect(format!("127.0.0.1:{}", servers.port("IMAP_PORT"))).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut imap = Self { stream: BufReader::new(stream) };
        assert!(imap.line().starts_with("* OK"));
        imap.ask(&format!("LOGIN {user} {PASSWORD}"));
        imap
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        line
    }

    /// What stands before the tagged OK: lines, and the bytes of literals.
    fn ask(&mut self, command: &str) -> (String, Vec<u8>) {
        write!(self.stream.get_mut(), "a {command}\r\n").unwrap();
        let (mut said, mut literal) = (String::new(), Vec::new());
        loop {
            let line = self.line();
            if let Some(end) = line.strip_prefix("a ") {
                assert!(end.starts_with("OK"), "{command}: {line}");
                return (said, literal);
            }
            if let Some(length) = line.trim_end().strip_suffix('}').and_then(|rest| rest.rsplit('{').next()) {
                literal = vec![0; length.parse().unwrap()];
                self.stream.read_exact(&mut literal).unwrap();
            }
            said.push_str(&line);
        }
    }

    /// The only mail, once it is there.
    fn only_mail(&mut self) -> Vec<u8> {
        let patience = Instant::now() + Duration::from_secs(20);
        while !self.ask("SELECT INBOX").0.contains("* 1 EXISTS") {
            assert!(Instant::now() < patience, "no mail came");
            std::thread::sleep(Duration::from_millis(50));
        }
        self.ask("FETCH 1 BODY.PEEK[]").1
    }
}

/// Subject, both forms of the text, and every attachment with its name and kind.
fn contents(mail: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mail = MessageParser::default().parse(mail).unwrap();
    let head = [("subject".to_owned(), mail.subject().unwrap().as_bytes().to_vec())];
    let words = ["text/plain", "text/html"].into_iter().zip([&mail.text_body, &mail.html_body]);
    let words = words.map(|(kind, parts)| (kind.to_owned(), mail.parts[parts[0] as usize].contents().to_vec()));
    let attached = mail.attachments().map(|part| {
        let kind = part.content_type().unwrap();
        let name = part.attachment_name().unwrap_or_default();
        (format!("{}/{} {name}", kind.ctype(), kind.subtype().unwrap()), part.contents().to_vec())
    });
    head.into_iter().chain(words).chain(attached).collect()
}

/// More certificates than a mail lists without a table, and one that a calendar can still name.
fn fleet(servers: &Servers, folder: &Path) {
    let (from, until) = (datetime!(2020-01-01 0:00 UTC), datetime!(2021-01-01 0:00 UTC));
    for number in 0..201 {
        let leaf = certificates::leaf(&[&format!("n{number}.example.com")]).lives(from, until).self_signed();
        fs::write(folder.join(format!("{number}.pem")), leaf.pem).unwrap();
    }
    fs::copy(servers.certificate("soon"), folder.join("soon.pem")).unwrap();
}

#[test]
fn a_mail_read_back_over_imap_is_byte_for_byte_what_was_written() {
    let Some(servers) = servers() else { return };
    let folder = TempDir::new().unwrap();
    let name = folder.path().file_name().unwrap().to_string_lossy().to_lowercase();
    let user: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let certificates = folder.path().join("certificates");
    fs::create_dir(&certificates).unwrap();
    fleet(&servers, &certificates);
    fs::write(folder.path().join("password"), PASSWORD).unwrap();
    let policy = format!(
        "[settings]\ntimezone = \"Asia/Shanghai\"\nlanguage = \"zh-CN\"\n[email]\nhost = \"localhost\"\nfrom = \"证书 <certs@example.org>\"\n\
         {}\n[contacts.ops]\nemail = \"运维 <{user}@imap.example.com>\"\nattach = [\"calendar\"]\n\
         [[certificates]]\nname = \"everything\"\nfile = \"certificates/*.pem\"\nrenewal = \"manual\"\nnote = \".\\n..x\\nFrom here 🔒\"\n",
        submission(&servers, "{ file = \"password\" }")
    );
    fs::write(folder.path().join("policies.toml"), policy).unwrap();
    let mut command = certnotify();
    command.arg("run").arg("-p").arg(folder.path().join("policies.toml"));
    let output = command.arg("--state").arg(folder.path().join("state.json")).output().unwrap();
    ended(&output, 0);

    let received = Imap::open(&servers, &user).only_mail();
    let new = folder.path().join("inbox/ops/new");
    let written = fs::read_dir(new).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap()).next().unwrap();
    let (received, written) = (contents(&received), contents(&written));
    let kinds: Vec<&str> = received.iter().map(|(kind, _)| kind.as_str()).collect();
    let attached = ["text/csv certificates.csv", "text/calendar certificates.ics"];
    assert_eq!(kinds, [&["subject", "text/plain", "text/html"][..], &attached].concat());
    for ((kind, received), (_, written)) in received.iter().zip(&written) {
        assert_eq!(String::from_utf8_lossy(received), String::from_utf8_lossy(written), "{kind}");
    }
    let table = String::from_utf8(received[3].1.clone()).unwrap();
    assert_eq!(table.split_terminator("\r\n").count(), 203);
    let calendar = String::from_utf8(received[4].1.clone()).unwrap();
    assert!(calendar.contains("soon.test") && calendar.matches("BEGIN:VEVENT\r\n").count() == 1, "{calendar}");
}

#[test]
fn the_sendmail_of_postfix_takes_a_mail_and_delivers_it() {
    let Some(servers) = servers() else { return };
    servers.empty("sendmail");
    let folder = TempDir::new().unwrap();
    let program = folder.path().join("sendmail");
    let script = format!("#!/bin/sh\nexec /usr/sbin/sendmail -C {} \"$@\"\n", servers.file("postfix").display());
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let policy = format!(
        "[settings]\ntimezone = \"UTC\"\n[email]\nsendmail = \"./sendmail\"\nfrom = \"Certificate watch <certs@example.org>\"\n\
         [contacts.ops]\nemail = \"sendmail@example.com\"\n[policies.default]\nchannels = [\"email\"]\n\
         [[certificates]]\nname = \"old shop\"\nfile = \"{}\"\nnote = \"A dot first:\\n.hidden\\nand ümlauts, 证书\"\n",
        servers.certificate("expired").display()
    );
    fs::write(folder.path().join("policies.toml"), policy).unwrap();
    let mut command = certnotify();
    command.arg("run").arg("-p").arg(folder.path().join("policies.toml"));
    let output = command.arg("--state").arg(folder.path().join("state.json")).output().unwrap();
    let said = ended(&output, 0);
    assert!(said.contains("/sendmail took the mail"), "{said}");
    is_the_mail_as_written(&servers, &servers.mails("sendmail", 1)[0], "sendmail@example.com");
}
