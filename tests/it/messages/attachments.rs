//! What mails bring beside their words: a table of a long digest, and entries for a calendar.

use std::collections::BTreeSet;

use certnotify::policy::{Attach, Language};
use certnotify::render::{Attachment, AttachmentKind, Mail};

use super::fleet::{Case, World, fleet, twelve, vpn};

fn world(language: Language) -> World {
    World::new(language, "Europe/Berlin")
}

/// Its reader wants a calendar.
fn planner() -> World {
    let mut world = world(Language::English);
    world.policies.contacts.get_mut("ops").unwrap().attach = BTreeSet::from([Attach::Calendar]);
    world
}

fn only(mail: &Mail) -> &Attachment {
    let [attachment] = mail.attachments.as_slice() else { panic!("{} attachments", mail.attachments.len()) };
    attachment
}

/// A strict reader of RFC 4180.
fn records(text: &str) -> Vec<Vec<String>> {
    let mut records = vec![vec![String::new()]];
    let mut characters = text.strip_prefix('\u{FEFF}').expect("a byte order mark").chars().peekable();
    let mut is_quoted = false;
    while let Some(character) = characters.next() {
        let record = records.last_mut().unwrap();
        let field = record.last_mut().unwrap();
        match (character, is_quoted) {
            ('"', false) if field.is_empty() => is_quoted = true,
            ('"', true) if characters.peek() == Some(&'"') => field.extend(characters.next()),
            ('"', true) => is_quoted = false,
            (',', false) => record.push(String::new()),
            ('\r', false) => {
                assert_eq!(characters.next(), Some('\n'));
                records.push(vec![String::new()]);
            }
            ('"' | '\n', false) => panic!("a bare {character:?} in {field:?}"),
            _ => field.push(character),
        }
    }
    assert!(!is_quoted);
    assert_eq!(records.pop(), Some(vec![String::new()]), "the last line ends like the others");
    records
}

/// The lines of a calendar, unfolded.
fn lines(calendar: &str) -> Vec<String> {
    assert!(calendar.ends_with("\r\n") && calendar.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')));
    calendar.replace("\r\n ", "").split_terminator("\r\n").map(str::to_owned).collect()
}

#[test]
fn a_digest_of_ten_brings_them_as_a_table_and_names_no_serial_number_itself() {
    for (language, said) in [
        (Language::English, "The same list is attached for spreadsheets: certificates.csv."),
        (Language::SimplifiedChinese, "附件 certificates.csv 是同一份清单，可用表格软件打开。"),
        (Language::Japanese, "同じ一覧を、表計算ソフトで開ける certificates.csv として添付しています。"),
    ] {
        let world = world(language);
        let cases = fleet(10);
        let mail = world.mail(&cases);
        assert!(mail.text.contains(said) && mail.html.contains(said), "{}", mail.text);
        let table = only(&mail);
        assert_eq!((table.name, table.kind), ("certificates.csv", AttachmentKind::Table));
        let records = records(&table.text);
        assert_eq!(records.len(), 11);
        assert!(records.iter().all(|record| record.len() == 12));
        for (case, record) in cases.iter().zip(&records[1..]) {
            assert_eq!(record[9], case.certificate.fingerprint.to_string());
            assert_eq!(record[8], case.certificate.serial);
        }
        for case in &cases {
            let short = case.certificate.fingerprint.short();
            assert!(![&mail.text, &mail.html].into_iter().any(|part| part.contains(&short)), "{short}");
        }
        let mail = world.mail(&fleet(9));
        assert!(mail.attachments.is_empty() && !mail.text.contains("certificates.csv"));
        assert!(mail.text.contains(&fleet(9)[0].certificate.fingerprint.short()));
    }
}

#[test]
fn a_table_has_everything_that_is_known_of_a_certificate() {
    let mut cases = fleet(200);
    cases.push(vpn().owner("anna"));
    let mail = world(Language::English).mail(&cases);
    let records = records(&only(&mail).text);
    insta::assert_snapshot!(records[0].join(" | "), @"Certificate | Left | Expires | UTC | Why | Names | Seen | Issuer | Serial | SHA-256 | Owner | Note");
    let vpn = records.iter().find(|record| record[0] == "f5/vpn.example.com").unwrap();
    let shown: Vec<&String> =
        vpn.iter().enumerate().filter(|(at, _)| ![8, 9].contains(at)).map(|(_, cell)| cell).collect();
    insta::assert_snapshot!(shown.iter().map(|cell| cell.as_str()).collect::<Vec<_>>().join("\n"), @r"
    f5/vpn.example.com
    22 d
    2026-12-14 00:59:59
    2026-12-13 23:59:59
    every 7 days, last on 14 November
    vpn.example.com, webmail.example.com
    vpn.example.com:443 (10.20.0.5), today 08:07
    CN=Example Public CA G2,O=Example Trust Ltd
    anna
    Order at the CA portal (cost centre 4711), install by hand on the F5
    ");
}

#[test]
fn no_text_of_a_certificate_or_of_the_policy_file_is_a_formula_in_a_table() {
    let mut cases = fleet(201);
    for (case, hostile) in cases.iter_mut().zip([
        "=HYPERLINK(\"http://evil.example\",\"x\")",
        "+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(1)",
        "\t=1",
        "a\r\n=1,\"b\"",
    ]) {
        let names = [hostile];
        *case = Case::new(hostile, hostile, "/etc/ssl/x.pem", case.certificate.not_after).names(&names);
        case.certificate.issuer = format!("CN={hostile}").into();
        *case = std::mem::replace(case, vpn()).note(hostile).owner(hostile);
    }
    let mail = world(Language::English).mail(&cases);
    let records = records(&only(&mail).text);
    assert_eq!(records.len(), 202);
    for cell in records.iter().flatten() {
        assert!(!cell.trim_start().starts_with(['=', '+', '-', '@', '\t']), "{cell:?}");
        assert!(!cell.contains(['\r', '\n']), "{cell:?}");
    }
}

#[test]
fn a_calendar_comes_only_to_whom_wants_it_and_has_the_end_of_each_certificate() {
    assert!(world(Language::English).mail(&[vpn()]).attachments.is_empty());
    let mail = planner().mail(&[vpn()]);
    let calendar = only(&mail);
    assert_eq!((calendar.name, calendar.kind), ("certificates.ics", AttachmentKind::Calendar));
    let version = format!("certnotify {}", env!("CARGO_PKG_VERSION"));
    let text = lines(&calendar.text).join("\n").replace(&version, "certnotify 1.2.3");
    insta::assert_snapshot!(text, @r"
    BEGIN:VCALENDAR
    VERSION:2.0
    PRODID:-//certnotify//certnotify 1.2.3//EN
    CALSCALE:GREGORIAN
    METHOD:PUBLISH
    BEGIN:VEVENT
    UID:eff12734d55ba30fadf0ee25cb736afbe4b85a204e631b8b0857f05e062bde54@certnotify
    DTSTAMP:20261121T070700Z
    DTSTART:20261213T235959Z
    ORGANIZER;CN=certnotify:mailto:certnotify@web-1.example.com
    SUMMARY:vpn.example.com: certificate expires 2026-12-14
    DESCRIPTION:Names: vpn.example.com\, webmail.example.com\nIssuer: Example Public CA G2\nSerial: 4407b95a9b44404bac2e2b83207859ea\nSHA-256: eff12734d55ba30fadf0ee25cb736afbe4b85a204e631b8b0857f05e062bde54\ncertnotify 1.2.3 on web-1.example.com\, /etc/certnotify/policies.toml
    TRANSP:TRANSPARENT
    BEGIN:VALARM
    ACTION:DISPLAY
    DESCRIPTION:vpn.example.com: certificate expires 2026-12-14
    TRIGGER:-P1D
    END:VALARM
    BEGIN:VALARM
    ACTION:DISPLAY
    DESCRIPTION:vpn.example.com: certificate expires 2026-12-14
    TRIGGER:PT0S
    END:VALARM
    END:VEVENT
    END:VCALENDAR
    ");
}

#[test]
fn an_entry_of_a_calendar_is_the_same_whenever_it_comes_and_none_is_of_the_past() {
    let uids = |cases: &[Case]| -> Vec<String> {
        let mail = planner().mail(cases);
        let calendar = mail.attachments.iter().find(|attachment| attachment.kind == AttachmentKind::Calendar).unwrap();
        lines(&calendar.text).into_iter().filter(|line| line.starts_with("UID:")).collect()
    };
    let all = twelve();
    let of_all = uids(&all);
    assert_eq!(of_all.len(), 11, "one of the twelve has expired");
    assert_eq!(of_all.iter().collect::<BTreeSet<_>>().len(), 11);
    assert!(of_all.contains(&uids(&[vpn()])[0]));
    let expired = all.into_iter().next().unwrap();
    assert!(planner().mail(&[expired]).attachments.is_empty());
}

#[test]
fn no_text_forges_a_line_of_a_calendar() {
    let hostile = "x\r\nEND:VEVENT\r\nBEGIN:VALARM;,\\n\u{2028}ATTACH:http://evil.example";
    let mut case = Case::new(hostile, hostile, "/etc/ssl/x.pem", vpn().certificate.not_after);
    case.certificate.issuer = format!("CN={hostile}").into();
    let mut world = planner();
    world.policies.mail.from = Some("Watch\r\nX:y <wa\"tch@münchen.example>".to_owned());
    let mail = world.mail(&[case]);
    let lines = lines(&only(&mail).text);
    let count = |name: &str| lines.iter().filter(|line| line.starts_with(name)).count();
    assert_eq!((count("BEGIN:VALARM"), count("END:VEVENT"), count("ATTACH"), count("X:")), (2, 1, 0, 0));
    assert!(lines.contains(&"ORGANIZER;CN=certnotify:mailto:certnotify@web-1.example.com".to_owned()), "{lines:?}");
}

#[test]
fn the_organizer_of_a_calendar_is_who_sends_the_mail() {
    let mut world = planner();
    world.policies.mail.from = Some("Watch <certs+1@münchen.example>".to_owned());
    let mail = world.mail(&[vpn()]);
    let organizer = "ORGANIZER;CN=certnotify:mailto:certs+1@xn--mnchen-3ya.example".to_owned();
    assert!(lines(&only(&mail).text).contains(&organizer));
}

#[test]
fn a_digest_of_six_hundred_names_them_all_and_has_the_details_of_the_last_hundred_in_the_table_alone() {
    for (language, said) in [
        (Language::English, "100 of them have their details only in the attached certificates.csv."),
        (Language::SimplifiedChinese, "其中 100 项的明细只列在附件 certificates.csv 中。"),
        (Language::Japanese, "うち 100 件の詳細は、添付の certificates.csv のみに記載しています。"),
    ] {
        let cases = fleet(600);
        let mail = world(language).mail(&cases);
        assert!(mail.text.contains(said) && mail.html.contains(said), "{language:?}");
        assert_eq!(records(&only(&mail).text).len(), 601);
        for text in [&mail.text, &mail.html] {
            assert!(cases.iter().all(|case| text.contains(&case.certificate.dns_names[0])), "{language:?}");
        }
        // As lists name them, and once more in the details.
        let count = |case: &Case| mail.text.matches(&format!("fleet/{}", case.certificate.dns_names[0])).count();
        assert!(count(&cases[499]) > 0 && count(&cases[500]) == 0);
    }
    let mail = world(Language::English).mail(&fleet(500));
    assert!(!mail.text.contains("only in the attached"));
}

#[test]
fn each_shorter_form_of_a_digest_is_shorter_until_five_names_are_left() {
    let mut mail = planner().mail(&fleet(600));
    let length = |mail: &Mail| {
        mail.text.len() + mail.html.len() + mail.attachments.iter().map(|beside| beside.text.len()).sum::<usize>()
    };
    let mut named = Vec::new();
    while let Some(shorter) = mail.shortened() {
        assert!(length(&shorter) < length(&mail));
        assert!(!shorter.text.contains("Details and notes are below"));
        assert!(!shorter.text.contains("\n\n\n"), "{}", shorter.text);
        assert_eq!(shorter.text.contains("certificates.csv"), !shorter.attachments.is_empty() && named.is_empty());
        named.push((0..600).filter(|number| shorter.text.contains(&format!("host-{number:04}"))).count());
        mail = shorter;
    }
    assert_eq!(named, [600, 600, 600, 500, 50, 5]);
    assert!(mail.text.contains("595 more are not named: the mail server takes no larger mail."));
    assert!(world(Language::English).mail(&[vpn()]).shortened().is_none());
}
