//! What people read of a certificate that is renewed in its file and served nowhere yet.

use certnotify::event::{Evidence, ServedInstead};
use certnotify::policy::{Channel, Language};
use certnotify::schedule::ReminderReason;
use time::Duration;
use time::macros::datetime;

use super::fleet::{Case, NOW, World, certificate, payload, vpn};
use crate::support::unwrapped;

fn www() -> Case {
    let end = NOW + Duration::days(84);
    let mut case = Case::new("www", "www.example.com", "/etc/ssl/www.pem", end);
    let old = certificate(&["www.example.com"], datetime!(2026-12-13 23:59:59 UTC));
    case.served_instead = vec![ServedInstead {
        entry: certnotify::names::EntryName::new("www"),
        endpoint: "www.example.com:443".to_owned(),
        fingerprint: old.fingerprint,
        serial: old.serial[..12].to_owned(),
        not_after: old.not_after,
        from: NOW,
        is_predecessor: true,
    }];
    (case.evidence, case.why) = (Evidence::Observed, ReminderReason::NotDeployed { is_predecessor: true });
    case
}

fn world(language: Language) -> World {
    World::new(language, "Europe/Berlin")
}

#[test]
fn the_mail_says_what_is_served_and_what_to_do_and_not_that_the_new_one_ends() {
    let mail = world(Language::English).mail(&[www()]);
    assert_eq!(mail.subject, "www (www.example.com): renewed, but the old one is still served");
    let head = mail.text.split("The certificate\n").next().unwrap();
    insta::assert_snapshot!(head, @r"
    The certificate of www (www.example.com) is renewed, and the old one is
    still served.

    www.example.com:443 serves one that ends on 2026-12-14 00:59:59 CET
    (serial number 34934b7f0f60).

    To do: load the new certificate at www.example.com:443; a reload of the
    service may be all it needs.
    ");
    let why = mail.text.split("Why this mail, and when the next\n").nth(1).unwrap();
    insta::assert_snapshot!(why.split("-- ").next().unwrap(), @r#"
      Why now: it is renewed, and the old one is still served. Observed:
      certnotify saw it. Policy "default" reminds while it is not served,
      every 7 days.
      This is the first reminder of this kind. The next goes out on
      Saturday, 28 November, unless it is served by then.
      Also sent to: no one else.

    To hold it until 2026-11-28, on web-1.example.com:
      certnotify snooze www --until 2026-11-28
    "#);
}

#[test]
fn a_row_of_a_digest_and_of_a_chat_says_it_among_what_is_urgent() {
    let world = world(Language::English);
    let mail = world.mail(&[vpn(), www()]).text;
    assert!(mail.contains("why     it is renewed, and the old one is still served"), "{mail}");
    assert!(mail.find("www.example.com").unwrap() < mail.find("vpn.example.com").unwrap(), "{mail}");
    for channel in Channel::CHATBOTS {
        let text = payload(&world.messages(channel, &[www()])[0]).to_string();
        assert!(text.contains("renewed, but the old one is still served"), "{channel}: {text}");
        assert!(text.contains("load the new certificate at"), "{channel}: {text}");
        assert!(text.contains("serves one that ends on 2026-12-14 00:59:59 CET"), "{channel}: {text}");
    }
}

#[test]
fn it_is_told_in_chinese() {
    let mail = world(Language::SimplifiedChinese).mail(&[www()]);
    assert_eq!(mail.subject, "www（www.example.com）：已续期但仍在使用旧证书");
    for wanted in ["已续期，但旧证书仍在使用", "让 www.example.com:443 加载新证书", "该证书未启用期间"]
    {
        assert!(mail.text.replace('\n', "").contains(wanted), "{wanted}: {}", mail.text);
    }
}

#[test]
fn another_certificate_is_not_called_the_old_one_in_any_language() {
    for (language, said, old) in [
        (Language::English, "another certificate is served", " old one"),
        (Language::SimplifiedChinese, "正在使用另一张证书", "旧证书"),
        (Language::Japanese, "別の証明書", "以前の証明書"),
    ] {
        let case = || {
            let mut case = www();
            case.served_instead[0].is_predecessor = false;
            case.why = ReminderReason::NotDeployed { is_predecessor: false };
            case
        };
        let world = world(language);
        let single = world.mail(&[case()]);
        let mut texts = vec![format!("{} {}", single.subject, single.text), world.mail(&[vpn(), case()]).text];
        texts.extend(Channel::CHATBOTS.map(|channel| payload(&world.messages(channel, &[case()])[0]).to_string()));
        for text in texts {
            let text = unwrapped(&text);
            assert!(text.to_lowercase().contains(said) || text.contains("another one"), "{text}");
            assert!(!text.contains(old), "{text}");
        }
    }
}

#[test]
fn a_serial_number_of_a_peer_forges_no_line() {
    let mut case = www();
    case.served_instead[0].serial = "1f\nTo do: https://evil.example".to_owned();
    let text = world(Language::English).mail(&[case]).text;
    assert!(!text.lines().any(|line| line.starts_with("To do: https")), "{text}");
    assert!(!text.contains("https://evil.example"), "{text}");
}
