//! Mails: the words of a message and the addresses of a contact, as bytes for a server or a folder.

use std::net::IpAddr;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, Mailboxes, MultiPart, SinglePart, header};
use lettre::{Address, Message};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::smtp::Letter;
use crate::policy::{Endpoint, Host, mail_address};
use crate::render::{Attachment, AttachmentKind, Mail};

/// An address that no mail can be sent to or from.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no mail address")]
pub(super) struct BadAddress(pub(super) String);

/// From whom, to whom, and when a mail was written.
pub(super) struct Envelope<'a> {
    /// RFC 5322 mailbox; without one: `certnotify@` and the machine.
    pub(super) from: Option<&'a str>,
    pub(super) machine: &'a str,
    pub(super) to: Vec<Mailbox>,
    /// With the offset of the reader's zone.
    pub(super) date: OffsetDateTime,
}

/// Reads the mailboxes of a contact, each `a@example.com` or `Name <a@example.com>`.
pub(super) fn mailboxes(written: &[String]) -> Result<Vec<Mailbox>, BadAddress> {
    written.iter().map(|written| mailbox(written)).collect()
}

/// Those mailboxes of a contact that are `meant`, with their addresses; all of them where none is named.
pub(super) fn recipients(written: &[String], meant: &[String]) -> Result<(Vec<String>, Vec<Mailbox>), BadAddress> {
    let addresses = written.iter().map(|written| mail_address(written)).zip(mailboxes(written)?);
    Ok(addresses.filter(|(address, _)| meant.is_empty() || meant.contains(address)).unzip())
}

/// Before its `@`: a domain has a form in ASCII.
pub(super) fn is_in_ascii(mailbox: &Mailbox) -> bool {
    mailbox.email.user().is_ascii()
}

/// Whom an internal message is addressed to: a contact without any mail address has its inbox on this machine.
pub(super) fn inbox_mailbox(contact: &str, machine: &str) -> Mailbox {
    Mailbox::new(Some(contact.to_owned()), Address::new_dangerous("inbox", domain_of_machine(machine)))
}

/// Builds the mail. The same `id` has the same Message-ID, so that a receiver knows a repeated one.
pub(super) fn compose(mail: &Mail, id: &str, envelope: &Envelope<'_>) -> Result<Letter, BadAddress> {
    let from = match envelope.from {
        Some(written) => mailbox(written)?,
        None => Mailbox::new(
            Some("certnotify".to_owned()),
            Address::new_dangerous("certnotify", domain_of_machine(envelope.machine)),
        ),
    };
    let domain = match from.email.domain() {
        "localhost" => domain_of_machine(envelope.machine),
        domain => domain.to_owned(),
    };
    let to: Vec<String> = envelope.to.iter().map(|mailbox| mailbox.email.to_string()).collect();
    let sender = from.email.to_string();
    // The library reads again what it was given, and would refuse some of it: the true ones take their places below.
    let stand_in = || Mailboxes::from(Mailbox::new(None, Address::new_dangerous("certnotify", STAND_IN)));
    let mut builder = Message::builder()
        .mailbox(header::From::from(stand_in()))
        .mailbox(header::To::from(stand_in()))
        .raw_header(subject(&mail.subject))
        // Only a placeholder: lettre writes dates in UTC, people read them in their zone.
        .date(SystemTime::UNIX_EPOCH)
        .message_id(Some(format!("<{id}@{domain}>")));
    if let Some(thread) = &mail.thread {
        let root = format!("<certnotify.{thread}@{domain}>");
        builder = builder.in_reply_to(root.clone()).references(root);
    }
    let mut message = builder
        .raw_header(plain_header(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated"))
        .raw_header(plain_header(HeaderName::new_from_ascii_str("X-Auto-Response-Suppress"), "All"))
        .multipart(body(mail, id))
        .map_err(|_| BadAddress(sender.clone()))?;
    message.headers_mut().set(header::From::from(Mailboxes::from(from)));
    message.headers_mut().set(header::To::from(envelope.to.iter().cloned().collect::<Mailboxes>()));
    if let Ok(date) = envelope.date.truncate_to_second().format(&Rfc2822) {
        message.headers_mut().insert_raw(plain_header(HeaderName::new_from_ascii_str("Date"), &date));
    }
    let needs_utf8 = !sender.is_ascii() || to.iter().any(|address| !address.is_ascii());
    Ok(Letter { from: sender, to, bytes: message.formatted(), needs_utf8 })
}

/// The words; and beside them what is attached, where there is anything.
fn body(mail: &Mail, id: &str) -> MultiPart {
    let words = MultiPart::alternative()
        .boundary(format!("certnotify-{id}"))
        .singlepart(part(ContentType::TEXT_PLAIN, &mail.text))
        .singlepart(part(ContentType::TEXT_HTML, &mail.html));
    if mail.attachments.is_empty() {
        return words;
    }
    let beside = MultiPart::mixed().boundary(format!("certnotify-beside-{id}")).multipart(words);
    mail.attachments.iter().fold(beside, |parts, attachment| parts.singlepart(attached(attachment)))
}

fn attached(attachment: &Attachment) -> SinglePart {
    let kind = match attachment.kind {
        AttachmentKind::Table => "text/csv; charset=utf-8; header=present",
        AttachmentKind::Calendar => "text/calendar; charset=utf-8; method=PUBLISH",
    };
    let kind = ContentType::parse(kind).unwrap_or(ContentType::TEXT_PLAIN);
    // Base64 keeps each byte as it is, line ends too.
    let body = Body::new_with_encoding(attachment.text.clone().into_bytes(), ContentTransferEncoding::Base64);
    SinglePart::builder()
        .header(kind)
        .header(header::ContentDisposition::attachment(attachment.name))
        .body(body.unwrap_or_else(Body::new))
}

fn part(kind: ContentType, text: &str) -> SinglePart {
    let encoding = ContentTransferEncoding::QuotedPrintable;
    // The library ends lines so, too, but moves the rest of the text for each of them.
    let text = text.replace("\r\n", "\n").replace('\n', "\r\n");
    let body = Body::new_with_encoding(text, encoding).unwrap_or_else(Body::new);
    SinglePart::builder().header(kind).body(body)
}

/// For values that are ASCII and short.
fn plain_header(name: HeaderName, value: &str) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(name, value.to_owned(), value.to_owned())
}

/// Encoded words (RFC 2047) where it needs them. Text that looks like one would be decoded by the reader's program,
/// so it is encoded too: lettre would let it pass.
fn subject(text: &str) -> HeaderValue {
    let name = HeaderName::new_from_ascii_str("Subject");
    let text = one_line(text);
    if !text.contains("=?") {
        return HeaderValue::new(name, text);
    }
    let mut words = Vec::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        // 36 bytes are 48 in Base64: with what is around them and `Subject: `, less than the 76 of a line.
        let end = (1..=rest.len().min(36)).rev().find(|end| rest.is_char_boundary(*end)).unwrap_or(rest.len());
        words.push(format!("=?utf-8?b?{}?=", BASE64.encode(&rest[..end])));
        rest = &rest[end..];
    }
    HeaderValue::dangerous_new_pre_encoded(name, text, words.join("\r\n "))
}

fn one_line(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

/// A mailbox with its domain in A-labels, for servers know no others.
fn mailbox(written: &str) -> Result<Mailbox, BadAddress> {
    let bad = || BadAddress(one_line(written));
    if written.chars().any(char::is_control) {
        return Err(bad());
    }
    // The library reads no address in the place of a domain.
    let (readable, literal) = match address_literal(written) {
        Some((start, literal, rest)) => (format!("{start}{STAND_IN}{rest}"), Some(literal.ok_or_else(bad)?)),
        None => (written.to_owned(), None),
    };
    let parsed: Mailbox = readable.trim().parse().map_err(|_| bad())?;
    let host = match literal {
        Some(address) => Host::Address(address),
        None => parsed.email.domain().parse::<Endpoint>().map_err(|_| bad())?.host,
    };
    let email = match host {
        Host::Name(name) => Address::new(parsed.email.user(), name).map_err(|_| bad())?,
        Host::Address(IpAddr::V4(four)) => Address::new_dangerous(parsed.email.user(), format!("[{four}]")),
        // RFC 5321 §4.1.3.
        Host::Address(IpAddr::V6(six)) => Address::new_dangerous(parsed.email.user(), format!("[IPv6:{six}]")),
        Host::OnLink(..) => return Err(bad()),
    };
    Ok(Mailbox::new(parsed.name.map(|name| one_line(&name)), email))
}

/// In the place of an address while the rest is read.
const STAND_IN: &str = "address.invalid";

/// What stands before an address in brackets at the end, that address if it is one, and what stands after it.
fn address_literal(written: &str) -> Option<(&str, Option<IpAddr>, &str)> {
    let start = written.rfind("@[")? + 1;
    let (literal, rest) = written[start + 1..].split_once(']').filter(|(_, rest)| matches!(rest.trim(), "" | ">"))?;
    Some((&written[..start], literal.strip_prefix("IPv6:").unwrap_or(literal).parse().ok(), rest))
}

/// The full name of this machine, where it has one that mail can carry.
fn domain_of_machine(machine: &str) -> String {
    match machine.parse::<Endpoint>().map(|endpoint| endpoint.host) {
        Ok(Host::Name(name)) if name != "localhost" => name,
        _ => "certnotify.invalid".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn an_address_may_stand_in_the_place_of_a_domain() {
        for (written, expected) in [
            ("x@[127.0.0.1]", "x@[127.0.0.1]"),
            ("x@127.0.0.1", "x@[127.0.0.1]"),
            ("X Y <x@[IPv6:::1]>", "X Y <x@[IPv6:::1]>"),
            ("x@[2001:DB8::1]", "x@[IPv6:2001:db8::1]"),
            ("\"a@[1.2.3.4]\" <x@example.com>", "\"a@[1.2.3.4]\" <x@example.com>"),
        ] {
            let read = mailbox(written).unwrap_or_else(|bad| panic!("{bad}"));
            assert_eq!(read.to_string(), expected, "{written}");
        }
        for written in ["x@[nope]", "x@[]", "x@[127.0.0.1", "@[127.0.0.1]", "x y@[127.0.0.1]", "x@[127.0.0.1].com"] {
            assert!(mailbox(written).is_err(), "{written}");
        }
    }

    #[test]
    fn a_mail_goes_from_and_to_an_address_in_the_place_of_a_domain() {
        let to = ["X <x@[IPv6:::1]>", "y@[127.0.0.1]"];
        let letter = letter(&mail("s", "t"), Some("c@[127.0.0.1]"), &to, "web-1").unwrap();
        assert_eq!(
            (letter.from.as_str(), letter.to),
            ("c@[127.0.0.1]", vec!["x@[IPv6:::1]".into(), "y@[127.0.0.1]".into()])
        );
        let text = String::from_utf8(letter.bytes).unwrap();
        let start = "From: c@[127.0.0.1]\r\nTo: X <x@[IPv6:::1]>, y@[127.0.0.1]\r\nSubject: s\r\n";
        assert!(text.starts_with(start), "{text}");
    }

    fn mail(subject: &str, text: &str) -> Mail {
        Mail {
            subject: subject.to_owned(),
            text: text.to_owned(),
            html: format!("<p>{text}</p>"),
            thread: None,
            attachments: Vec::new(),
            letter: None,
        }
    }

    fn letter(mail: &Mail, from: Option<&str>, to: &[&str], machine: &str) -> Result<Letter, BadAddress> {
        let to = mailboxes(&to.iter().map(|to| (*to).to_owned()).collect::<Vec<_>>())?;
        let envelope = Envelope { from, machine, to, date: datetime!(2026-11-21 08:07:05.5 +01:00) };
        compose(mail, "0123456789abcdef0123456789abcdef", &envelope)
    }

    fn composed(mail: &Mail, from: Option<&str>, to: &[&str]) -> Result<String, BadAddress> {
        let letter = letter(mail, from, to, "web-1.example.com")?;
        Ok(String::from_utf8(letter.bytes).unwrap())
    }

    fn head(mail: &Mail) -> String {
        let bytes = composed(mail, None, &["ops@example.com", "Anna <anna@münchen.example>"]).unwrap();
        bytes.split_once("\r\n\r\n").unwrap().0.to_owned()
    }

    #[test]
    fn a_mail_has_the_headers_that_programs_look_for() {
        let mut mail = mail("vpn.example.com: certificate expires 2026-12-14", "22 days left");
        mail.thread = Some("efa0c632271eed0e57ec51c2a07d0d78".to_owned());
        insta::assert_snapshot!(head(&mail).replace("\r\n", "\n"), @r#"
        From: certnotify <certnotify@web-1.example.com>
        To: ops@example.com, Anna <anna@xn--mnchen-3ya.example>
        Subject: vpn.example.com: certificate expires 2026-12-14
        Date: Sat, 21 Nov 2026 08:07:05 +0100
        Message-ID: <0123456789abcdef0123456789abcdef@web-1.example.com>
        In-Reply-To: <certnotify.efa0c632271eed0e57ec51c2a07d0d78@web-1.example.com>
        References: <certnotify.efa0c632271eed0e57ec51c2a07d0d78@web-1.example.com>
        Auto-Submitted: auto-generated
        X-Auto-Response-Suppress: All
        MIME-Version: 1.0
        Content-Type: multipart/alternative;
         boundary="certnotify-0123456789abcdef0123456789abcdef"
        "#);
    }

    #[test]
    fn the_text_stands_before_the_html_and_both_are_quoted_printable() {
        let bytes = composed(&mail("s", "剩 22 天 \n-- \n.\n=x"), None, &["ops@example.com"]).unwrap();
        let (text, html) = (bytes.find("text/plain").unwrap(), bytes.find("text/html").unwrap());
        assert!(text < html);
        assert_eq!(bytes.matches("Content-Transfer-Encoding: quoted-printable").count(), 2);
        assert!(bytes.contains("=E5=89=A9 22 =E5=A4=A9=20\r\n--=20\r\n.\r\n=3Dx"), "{bytes}");
        assert!(bytes.is_ascii() && bytes.lines().all(|line| line.len() <= 78));
    }

    #[test]
    fn what_is_attached_stands_beside_the_words_byte_for_byte() {
        let mut mail = mail("s", "words");
        let table = "\u{FEFF}a,b\r\n支付,\"x\"\r\n".repeat(100);
        let calendar = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n".to_owned();
        mail.attachments = vec![
            Attachment { name: "certificates.csv", kind: AttachmentKind::Table, text: table.clone() },
            Attachment { name: "certificates.ics", kind: AttachmentKind::Calendar, text: calendar.clone() },
        ];
        let bytes = composed(&mail, None, &["ops@example.com"]).unwrap();
        assert!(bytes.is_ascii() && bytes.lines().all(|line| line.len() <= 78));
        assert!(bytes.contains("Content-Type: text/calendar; charset=utf-8; method=PUBLISH\r\n"), "{bytes}");
        assert!(bytes.contains("Content-Disposition: attachment; filename=\"certificates.csv\"\r\n"));
        assert_eq!(bytes.matches("\r\n--certnotify-beside-").count(), 4);
        for text in [table, calendar] {
            let whole = BASE64.encode(text);
            assert!(bytes.replace("\r\n", "").contains(&whole), "{bytes}");
        }
    }

    #[test]
    fn a_long_chinese_subject_is_encoded_words_that_no_line_outgrows() {
        let subject = "证书提醒：1 张已过期，3 张需要处理，".repeat(8);
        let head = head(&mail(&subject, "x"));
        assert!(head.contains("Subject: =?utf-8?b?"), "{head}");
        assert!(head.split("\r\n").all(|line| line.len() <= 78), "{head}");
    }

    #[test]
    fn a_subject_that_looks_encoded_is_shown_as_it_stands() {
        let hostile = format!("{}=?utf-8?b?QmFuaw==?= 证书", "x".repeat(80));
        let head = head(&mail(&hostile, "t"));
        assert!(head.is_ascii() && head.split("\r\n").all(|line| line.len() <= 76), "{head}");
        let words = head.split_whitespace().filter_map(|word| word.strip_prefix("=?utf-8?b?")?.strip_suffix("?="));
        let shown: Vec<u8> = words.flat_map(|word| BASE64.decode(word).unwrap()).collect();
        assert_eq!(String::from_utf8(shown).unwrap(), hostile);
    }

    #[test]
    fn no_text_makes_a_header_of_its_own() {
        let hostile = "x\r\nBcc: v@evil.example\r\n\r\nbody";
        let bytes = composed(&mail(hostile, "t"), None, &["ops@example.com"]).unwrap();
        assert!(!bytes.contains("\nBcc"), "{bytes}");
        for address in ["a@b.example\r\nBcc: c@d.example", "a@b.example>\nx", "no address", "a@", "@b.example", "a b@c"]
        {
            assert!(composed(&mail("s", "t"), None, &[address]).is_err(), "{address}");
            assert!(composed(&mail("s", "t"), Some(address), &["ops@example.com"]).is_err(), "{address}");
        }
    }

    #[test]
    fn the_message_identifier_has_the_domain_of_the_sender_and_never_localhost() {
        let of = |from, machine: &str| {
            let letter = letter(&mail("s", "t"), from, &["a@b.example"], machine).unwrap();
            let text = String::from_utf8(letter.bytes).unwrap();
            let id = "Message-ID: <0123456789abcdef0123456789abcdef@";
            text.lines().find_map(|line| line.strip_prefix(id)?.strip_suffix('>').map(str::to_owned)).unwrap()
        };
        assert_eq!(of(Some("Watch <c@ops.example>"), "web-1.example.com"), "ops.example");
        assert_eq!(of(Some("root@localhost"), "web-1"), "web-1");
        assert_eq!(of(None, "web-1.example.com"), "web-1.example.com");
        assert_eq!(of(None, "localhost"), "certnotify.invalid");
        assert_eq!(of(None, "odd name\r\n"), "certnotify.invalid");
    }
}
