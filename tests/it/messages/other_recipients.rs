//! Who else is told, why the reader is, and until when a recipient is not.

use std::collections::BTreeMap;

use certnotify::cause::{EndpointCause, Peer};
use certnotify::event::{Detail, EventKind, FindingId, Occurrence};
use certnotify::history::{Moment, OccurrenceRecord, Snooze};
use certnotify::policy::{Channel, ContactName, Language};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::fleet::{Case, NOW, World, fleet, no_answer, payload, vpn};
use super::occurrence_kinds::{chinese, english, mail, messages, occurrence, old, renewed, revoked};
use crate::support::scenario::Scenario;
use crate::support::unwrapped;
use crate::support::world::certificate;

fn escalated(mut case: Case, days: i64) -> Case {
    case.terms.escalation = vec![(Duration::days(days), vec![ContactName::new("anna"), ContactName::new("ops")])];
    case
}

/// `ops` and the others are owed it; those in `told` have it.
fn owed(world: &mut World, occurrence: &Occurrence, owed: &[&str], told: &[&str]) {
    let listeners = |names: &[&str]| {
        let contact = |name: &&str| (ContactName::new(*name), BTreeMap::from([(Channel::Email, Moment(NOW))]));
        names.iter().map(contact).collect::<BTreeMap<_, _>>()
    };
    let record = OccurrenceRecord {
        occurrence: occurrence.clone(),
        owed: listeners(owed),
        told: listeners(told),
        told_by_mail: BTreeMap::new(),
        mailed_before: BTreeMap::new(),
        again: None,
    };
    world.history.occurrences.insert(occurrence.id.clone(), record);
}

#[test]
fn a_contact_told_by_escalation_reads_so_in_every_channel_and_language() {
    let said = [
        "You are told from 25 days before its end on, by the escalation of the policy.",
        "升级规则，自到期前 25 天起通知您",
        "エスカレーション設定により、期限の 25 日前からお知らせしています。",
    ];
    for (world, said) in World::all().into_iter().zip(said) {
        let text = unwrapped(&world.mail(&[escalated(vpn(), 25)]).text).replace("。 ", "。");
        assert!(text.replace(' ', "").contains(&said.replace(' ', "")), "{text}");
        assert!(!world.mail(&[vpn()]).text.contains(&said[..12]), "{said}");
        for channel in Channel::CHATBOTS {
            let text = payload(&world.messages(channel, &[escalated(vpn(), 25)])[0]).to_string();
            assert!(text.contains(said), "{channel} {text}");
        }
    }
}

#[test]
fn a_digest_counts_those_that_reach_the_reader_by_escalation() {
    let mut cases = fleet(4);
    for case in &mut cases[..2] {
        case.terms.escalation = vec![(Duration::days(3), vec![ContactName::new("ops")])];
    }
    let text = unwrapped(&english().mail(&cases).text);
    assert!(text.contains("Of 2 of them you are told by escalation, from 3 days before the end on."), "{text}");
    assert!(!unwrapped(&english().mail(&fleet(4)).text).contains("escalation"));
}

#[test]
fn a_contact_of_the_policy_that_its_escalation_names_too_is_told_by_the_policy() {
    let toml = "[contacts.ops]\nemail = \"o@example.com\"\n[contacts.anna]\nemail = \"a@example.com\"\n\
                [policies.default]\ncontacts = [\"ops\"]\nchannels = [\"email\"]\n\
                escalation = [{ within = \"7d\", contacts = [\"ops\", \"anna\"] }]\n[[certificates]]\nfile = \"/w.pem\"\n";
    let mut scenario = Scenario::new(toml);
    let mut certificate = old();
    certificate.not_after = datetime!(2026-11-25 00:00 UTC);
    scenario.shows("/w.pem", &certificate);
    scenario.run(NOW);
    let texts: BTreeMap<String, String> =
        scenario.sent.iter().map(|message| (message.contact.to_string(), said(message))).collect();
    assert!(!texts["ops"].contains("escalation"), "{}", texts["ops"]);
    assert!(
        texts["anna"].contains("You are told from 7 days before its end on, by the escalation"),
        "{}",
        texts["anna"]
    );
    assert!(texts["anna"].contains("Also sent to: ops.") && texts["ops"].contains("Also sent to: anna."));
}

#[test]
fn who_is_told_that_a_renewal_is_late_is_not_said_to_join_before_the_end() {
    let policy = "[contacts.ops]\nemail = \"ops@example.com\"\n[contacts.bo]\nemail = \"bo@example.com\"\n\
                  [policies.default]\ncontacts = [\"ops\", \"bo\"]\nchannels = [\"email\"]\nevents = [\"business\", \"alerts\"]\n\
                  deadline = \"20d\"\n[[certificates]]\nname = \"shop\"\nfile = \"/shop.pem\"\nrenewal = \"auto\"\n";
    let mut story = Scenario::new(policy);
    // Late from 25 days before the end on.
    let left = Duration::days(24);
    story.shows("shop", &certificate("shop.example", NOW + left - Duration::days(90), NOW + left)).run(NOW);
    assert_eq!(story.sent.len(), 2);
    for message in &story.sent {
        let line = message.text.lines().find(|line| line.contains("Also sent to")).unwrap().trim();
        let other = if message.contact.as_str() == "bo" { "ops" } else { "bo" };
        assert_eq!(line, format!("Also sent to: {other}."));
    }
}

fn said(message: &certnotify::render::Message) -> String {
    match &message.body {
        certnotify::render::Body::Mail(mail) => unwrapped(&mail.text),
        certnotify::render::Body::Chat { payload, .. } => payload.to_string(),
    }
}

#[test]
fn occurrences_name_who_else_is_told_or_that_no_other_is() {
    let mut world = english();
    owed(&mut world, &revoked(), &["ops", "anna"], &["bob"]);
    let text = unwrapped(&mail(&world, &[], &[revoked()]).text);
    assert!(text.contains("Also sent to: anna and bob."), "{text}");
    for channel in Channel::CHATBOTS {
        let text = payload(&messages(&world, channel, &[], &[revoked()])[0]).to_string();
        assert!(text.contains("Also sent to: anna and bob."), "{text}");
    }
    let mut alone = chinese();
    owed(&mut alone, &revoked(), &["ops"], &[]);
    assert!(mail(&alone, &[], &[revoked()]).text.contains("同时通知：无。"));
    let mut digest = english();
    owed(&mut digest, &revoked(), &["ops", "anna"], &[]);
    let text = unwrapped(&mail(&digest, &fleet(2), &[revoked(), renewed()]).text);
    assert!(text.contains("What happened is also sent to: anna."), "{text}");
}

#[test]
fn a_run_says_of_news_who_is_told_of_it() {
    let toml = "[contacts.ops]\nemail = \"o@example.com\"\n[contacts.anna]\nemail = \"a@example.com\"\n\
                [policies.default]\ncontacts = [\"ops\", \"anna\"]\nchannels = [\"email\"]\nevents = [\"business\"]\n\
                [[certificates]]\nfile = \"/w.pem\"\n";
    let mut scenario = Scenario::new(toml);
    scenario.shows("/w.pem", &old()).run(NOW);
    scenario.shows("/w.pem", &super::occurrence_kinds::new()).run(NOW + Duration::DAY);
    let closing = scenario.sent.iter().find(|message| message.contact.as_str() == "ops").unwrap();
    assert!(said(closing).contains("renewed") && said(closing).contains("Also sent to: anna."), "{}", said(closing));
}

#[test]
fn news_of_a_snoozed_certificate_says_until_when_its_reminders_are_held() {
    let snooze = |until: OffsetDateTime| Snooze { until, since: NOW - Duration::DAY };
    let said = [
        "Its reminders are held until 2026-12-01.",
        "提醒已暂停至 2026-12-01。",
        "通知は 2026-12-01 まで一時停止しています。",
    ];
    for (mut world, said) in World::all().into_iter().zip(said) {
        assert!(!mail(&world, &[], &[revoked()]).text.contains(said));
        world.history.snoozes.insert(old().fingerprint, snooze(datetime!(2026-12-01 00:00 +8)));
        if world.policies.settings.language == Language::English {
            world.history.snoozes.insert(old().fingerprint, snooze(datetime!(2026-12-01 00:00 +1)));
        }
        assert!(mail(&world, &[], &[revoked()]).text.contains(said), "{}", mail(&world, &[], &[revoked()]).text);
        for channel in Channel::CHATBOTS {
            assert!(payload(&messages(&world, channel, &[], &[revoked()])[0]).to_string().contains(said), "{channel}");
        }
        world.history.snoozes.insert(old().fingerprint, snooze(NOW - Duration::HOUR));
        assert!(!mail(&world, &[], &[revoked()]).text.contains(&said[..12]), "what is over is not told");
    }
}

#[test]
fn chinese_sets_no_space_beside_a_bracket_and_names_the_zone_once() {
    let mut world = World::new(Language::SimplifiedChinese, "Europe/Berlin");
    let mut case = Case::new("支付", "pay.example.cn", "pay.example.cn:443", NOW + Duration::days(9));
    case.locations[0].failing = Some(EndpointCause::Refused(Peer::Address("192.0.2.1:443".parse().unwrap())).into());
    let text = world.mail(&[case]).text.replace('\n', "");
    assert!(text.contains("支付（pay.example.cn）的证书将于 Europe/Berlin 时间（UTC+1）"), "{text}");
    assert!(text.contains("（192.0.2.1:443 拒绝连接）"), "{text}");
    let digest = world.mail(&fleet(2)).text;
    assert!(digest.contains("时区为 Europe/Berlin（UTC+1）。") && !digest.contains("时间为Europe"), "{digest}");
    let message = no_answer("192.0.2.1:443");
    let anomaly = occurrence(EventKind::Anomaly, Detail::FindingOpened { finding: FindingId::Unreachable, message });
    let text = mail(&world, &[], &[anomaly]).text.replace('\n', "");
    assert!(text.contains("（10 秒内没有收到 192.0.2.1:443 的应答）"), "{text}");
    world.zone = certnotify::policy::Zone::UTC;
    assert!(world.mail(&fleet(2)).text.contains("时间为 UTC。"));
    for occurrences in super::occurrence_kinds::everything() {
        let is_reported =
            matches!(occurrences.detail, Detail::Reported { .. }) || occurrences.kind == EventKind::Announcement;
        let text = unwrapped(mail(&chinese(), &[], &[occurrences]).text.replace('\n', ""));
        assert!(
            is_reported || !text.contains("） 的") && !text.contains("） 出现") && !text.contains("） 已"),
            "{text}"
        );
    }
}
