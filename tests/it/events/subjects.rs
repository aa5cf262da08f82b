//! Subjects of what whole runs tell.

use std::collections::BTreeMap;

use certnotify::event::FindingId;
use certnotify::history::Refusal;
use certnotify::policy::ContactName;
use certnotify::render::Body;

use super::{WATCH, day, with_left};
use crate::support::scenario::{Look, Scenario};
use crate::support::unwrapped;

fn fleet(failing: usize) -> Vec<Look> {
    let look = |number: usize| {
        let place = format!("n{number}.example:443");
        if number < failing {
            Look::failed(&place, FindingId::Unreachable)
        } else {
            Look::endpoint(&place, &with_left(&format!("n{number}.example"), 150))
        }
    };
    (0..40).map(look).collect()
}

/// The subjects of the mails of the last run.
fn subjects(story: &Scenario) -> Vec<String> {
    let mails = story.sent.iter().filter_map(|message| match &message.body {
        Body::Mail(mail) => Some(mail.subject.clone()),
        Body::Chat { .. } => None,
    });
    mails.collect()
}

/// Of a burst of `failing` places: the subject of its beginning and that of its end.
fn burst(failing: usize, language: &str) -> (Vec<String>, Vec<String>) {
    let watch = WATCH.replace("[policies", &format!("language = \"{language}\"\n    [policies"));
    let mut story = Scenario::new(&watch);
    story.looks("edge", &fleet(0)).run(day(0));
    story.looks("edge", &fleet(failing)).run(day(1));
    story.run(day(2));
    let began = subjects(&story);
    story.looks("edge", &fleet(0)).run(day(3));
    (began, subjects(&story))
}

#[test]
fn the_recovery_of_a_burst_names_the_places_in_its_subject() {
    for (failing, language, places, what) in [
        (5, "en", "edge/n0.example:443, edge/n1.example:443, edge/n2.example:443 and 2 more", "recovered"),
        (20, "en", "edge/n0.example:443, edge/n1.example:443, edge/n2.example:443 and 17 more", "recovered"),
        (5, "zh-CN", "edge/n0.example:443、edge/n1.example:443、edge/n2.example:443", "已恢复（无法连接）"),
    ] {
        let (began, ended) = burst(failing, language);
        assert_eq!((began.len(), ended.len()), (1, 1), "{began:?} {ended:?}");
        assert!(began[0].contains(&failing.to_string()), "{began:?}");
        assert!(ended[0].contains(places) && ended[0].contains(what), "{ended:?}");
    }
}

#[test]
fn a_contact_that_one_address_reaches_is_not_told_that_no_mail_does() {
    for (reason, may_pass) in [("451 4.7.1 come back later", true), ("550 5.1.1 no such user", false)] {
        for (language, subject, sentence) in [
            ("en", "mail to bob@example.com does not arrive", "and other addresses get it"),
            ("zh-CN", "发往 bob@example.com 的邮件无法送达", "其他地址可以收到"),
        ] {
            let addresses =
                format!("email = [\"ops@example.com\", \"bob@example.com\"]\n    language = \"{language}\"");
            let mut story = Scenario::new(&WATCH.replace("email = \"ops@example.com\"", &addresses));
            story.looks("files", &[Look::file("/etc/ssl/a.pem", &with_left("a.example", 150))]).run(day(0));
            let refusal = Refusal {
                last_tried: day(1),
                runs: 3,
                reason: reason.to_owned(),
                cause: None,
                may_pass,
                unanswered: 0,
            };
            let of_bob = BTreeMap::from([("bob@example.com".to_owned(), refusal)]);
            story.history.mail_refusals.insert(ContactName::new("ops"), of_bob);
            story.run(day(2));
            let mails: Vec<_> = story.sent.iter().filter(|message| message.text.contains("bob@example.com")).collect();
            assert_eq!(mails.len(), 1, "{:?}", story.sent);
            assert_eq!(mails[0].to, ["ops@example.com"], "that no mail arrives, no mail says");
            let text = unwrapped(&mails[0].text);
            assert!(subjects(&story)[0].contains(subject) && text.contains(sentence), "{text}");
            assert!(text.contains(reason) && text.contains("test ops --channel email"), "{text}");
            for wrong in ["is not reached", "Messages to", "无法通过"] {
                assert!(!text.contains(wrong), "{wrong}: {text}");
            }
        }
    }
}
