//! What was reported or could not be seen, as people read it: why it is told, how often, and of which certificate the dates are.

use certnotify::event::{Detail, EventKind, Evidence, FindingId, Occurrence};

use super::fleet::World;
use super::occurrence_kinds::{chinese, dropped, english, japanese, mail, occurrence, wrong};
use crate::support::unwrapped;

fn told(world: &World, kind: EventKind, unmatched: Option<&str>) -> String {
    let detail = Detail::Reported { message: None, url: None, unmatched: unmatched.map(str::to_owned) };
    let mut reported = occurrence(kind, detail);
    if unmatched.is_some() {
        reported = Occurrence { certificate: None, locations: Vec::new().into(), ..reported };
    }
    reported.evidence = Evidence::Reported { by: "lego".to_owned() };
    unwrapped(&mail(world, &[], &[reported]).text)
}

#[test]
fn a_report_is_told_once_and_promises_no_word_of_its_end() {
    for kind in EventKind::reportable() {
        let text = told(&english(), kind, None);
        assert!(text.contains("It is told once.") && !text.contains("hears of its end"), "{text}");
        let text = told(&chinese(), kind, None);
        assert!(text.contains("只告知一次。") && !text.contains("恢复时再告知"), "{text}");
        let text = told(&japanese(), kind, None).replace(' ', "");
        assert!(text.contains("通知は一度だけです。") && !text.contains("解消時"), "{text}");
    }
}

#[test]
fn who_hears_of_a_stranger_reads_that_no_other_contact_would_and_not_that_they_were_reminded() {
    for kind in EventKind::reportable() {
        let text = told(&english(), kind, Some("zz.example.org"));
        assert!(text.contains("No watched certificate is called zz.example.org."), "{text}");
        assert!(text.contains("because no other contact would"), "{text}");
        assert!(!text.contains("reminded of") && !text.contains("Policy \""), "{text}");
        let text = told(&chinese(), kind, Some("zz.example.org"));
        assert!(text.contains("没有监控名为 zz.example.org 的证书。"), "{text}");
        assert!(text.contains("因此通知默认联系人") && !text.contains("收到过旧证书"), "{text}");
        let text = told(&japanese(), kind, Some("zz.example.org")).replace(' ', "");
        assert!(text.contains("zz.example.orgという名前の証明書は監視していません。"), "{text}");
        assert!(text.contains("既定の連絡先に") && !text.contains("以前の証明書について"), "{text}");
    }
}

#[test]
fn a_first_issuance_asks_whether_it_was_meant_and_of_a_stranger_whether_it_is_watched() {
    for (world, meant, watched) in [
        (english(), "To do: see that it was asked for", "the policy file watches it"),
        (chinese(), "请处理：确认该证书确由己方申请", "已由策略文件监控"),
        (japanese(), "対応：申請した証明書か", "ポリシーファイルで監視されているか"),
    ] {
        for (unmatched, asks) in [(None, false), (Some("new.example.org"), true)] {
            let text = told(&world, EventKind::Issuance, unmatched);
            let text = if world.policies.settings.language.tag() == "en" { text } else { text.replace(' ', "") };
            assert!(text.contains(meant), "{text}");
            assert_eq!(text.contains(watched), asks, "{text}");
        }
    }
}

#[test]
fn a_reported_renewal_says_that_its_dates_may_be_those_of_the_old_certificate() {
    let said =
        [(english(), "perhaps of the old one"), (chinese(), "可能仍是旧证书的"), (japanese(), "以前の証明書の値")];
    for (world, said) in said {
        for kind in EventKind::reportable() {
            assert_eq!(told(&world, kind, None).contains(said), kind == EventKind::Hosting, "{kind}");
        }
        assert!(
            !told(&world, EventKind::Hosting, Some("zz.example.org")).contains(said),
            "a stranger has no dates here"
        );
    }
}

#[test]
fn a_recipient_told_that_another_is_told_no_more_did_not_lose_anything() {
    let lost = "the messages about it went to you until now";
    for (contact, is_reader) in [("ops", true), ("anna", false)] {
        let text = unwrapped(&mail(&english(), &[], &[dropped(contact)]).text);
        assert_eq!(text.contains(lost), is_reader, "{text}");
    }
}

#[test]
fn what_showed_no_certificate_was_looked_at_and_not_seen() {
    for finding in [FindingId::Unreachable, FindingId::Unreadable, FindingId::NothingFound] {
        let failed = Occurrence { certificate: None, ..wrong(finding) };
        let text = mail(&english(), &[], std::slice::from_ref(&failed)).text;
        assert!(text.contains("\nWhere\n  looked at  /etc/ssl/www.pem, "), "{text}");
        assert!(!text.contains("The certificate\n") && !text.contains("  seen  "), "{text}");
        let two = [failed, wrong(FindingId::Untrusted)];
        let text = mail(&english(), &[], &two).text;
        assert!(
            text.contains("  looked at  /etc/ssl/www.pem, ") && text.contains("  seen    /etc/ssl/www.pem, "),
            "{text}"
        );
    }
}
