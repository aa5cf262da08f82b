//! What happened, as people read it.

use std::collections::BTreeSet;

use certnotify::event::{AuthorityChange, EventKind, Evidence, FindingId, Occurrence, OccurrenceId};
use certnotify::policy::{Channel, EntryName, Policy, Renewal};
use certnotify::render::{self, Body};
use certnotify::schedule::ReminderReason;
use time::Duration;
use unicode_width::UnicodeWidthStr as _;

use super::fleet::{CHATS, Case, NOW, World, fleet, payload, twelve, vpn};
use super::kinds::is_phone;
use super::limits::{is_inside, said};
use super::occurrence_kinds::{
    authority_changed, batch, chinese, dropped, english, everything, japanese, mail, many, messages, occurrence, old,
    renewed, revoked, storm, wrong,
};
use crate::support::unwrapped;

fn matches(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

fn whole(mail: &certnotify::render::Mail) -> String {
    format!("Subject: {}\n\n{}", mail.subject, mail.text)
}

/// A reminder of the certificate that the occurrences are about.
fn of_www() -> Case {
    let mut case = Case::new("www", "www.example.com", "/etc/ssl/www.pem", old().not_after);
    case.certificate = old();
    case
}

#[test]
fn a_mail_about_a_renewal_reads_like_this() {
    for world in World::all() {
        let language = world.policies.settings.language.tag();
        matches(&format!("renewed-{language}"), &whole(&mail(&world, &[], &[renewed()])));
    }
}

#[test]
fn a_digest_of_reminders_and_news_reads_like_this() {
    let mut cases = twelve();
    cases.truncate(3);
    let renewed = many(&[renewed()], 1);
    let occurrences = [storm(), revoked(), renewed[0].clone()];
    matches("news-digest-en", &whole(&mail(&english(), &cases, &occurrences)));
    matches("news-digest-zh-CN", &whole(&mail(&chinese(), &cases, &occurrences)));
    matches("news-digest-ja", &whole(&mail(&japanese(), &cases, &occurrences)));
}

#[test]
fn everything_that_can_happen_is_told_in_every_channel_and_language() {
    for world in World::all() {
        for occurrences in everything() {
            let mail = mail(&world, &[], std::slice::from_ref(&occurrences));
            let by = if let Evidence::Reported { by } = &occurrences.evidence { by.as_str() } else { "" };
            assert!(mail.text.contains(by) && mail.html.contains(by), "{}", mail.text);
            let class = match (&occurrences.evidence, world.policies.settings.language.tag()) {
                (Evidence::Observed, "en") => "Observed: certnotify saw it today 08:07.",
                (Evidence::Reported { .. }, "en") => "Reported by certbot on web-1, today 08:07.",
                (Evidence::Derived, "en") => "Derived from dates and policy, today 08:07.",
                (Evidence::Observed, "ja") => "certnotify が確認（本日 16:07）。",
                (Evidence::Reported { .. }, "ja") => "certbot on web-1 からの報告（本日 16:07）。",
                (Evidence::Derived, "ja") => "日付とポリシーから算出（本日 16:07）。",
                (Evidence::Observed, _) => "实际所见，今天 15:07。",
                (Evidence::Reported { .. }, _) => "上报，今天 15:07。",
                (Evidence::Derived, _) => "推算，今天 15:07。",
            };
            assert!(unwrapped(&mail.text).contains(class), "{}", mail.text);
            for place in &occurrences.locations {
                assert!(mail.text.contains(&*place.place), "{}", mail.text);
            }
            for channel in CHATS.iter().copied() {
                let messages = messages(&world, channel, &[], std::slice::from_ref(&occurrences));
                assert_eq!((messages.len(), messages[0].reminders.len(), messages[0].certificates), (1, 0, 0));
                assert_eq!(messages[0].occurrences[0].0, occurrences.id);
                let text = payload(&messages[0]).to_string();
                assert!(occurrences.locations.is_empty() || text.contains("/etc/ssl/www.pem"), "{text}");
            }
        }
    }
}

#[test]
fn what_asks_for_action_says_what_to_do_and_what_is_done_does_not() {
    for occurrences in everything() {
        let text = mail(&english(), &[], std::slice::from_ref(&occurrences)).text;
        match occurrences.kind {
            EventKind::Issuance | EventKind::Revocation | EventKind::Deletion | EventKind::HostingFailure => {
                assert!(text.contains("To do:"), "{text}");
            }
            EventKind::Hosting | EventKind::Recovery | EventKind::Download => {
                assert!(!text.contains("To do:"), "{text}");
            }
            _ => {}
        }
    }
}

#[test]
fn a_closing_message_has_old_and_new_dates_the_issuer_and_both_serial_numbers() {
    let text = unwrapped(&mail(&english(), &[], &[renewed()]).text);
    for wanted in ["would have ended on 2026-12-04 00:59:59 CET", "ends on 2027-02-15 00:59:59 CET", &old().serial] {
        assert!(text.contains(wanted), "{text}");
    }
    assert!(text.contains("again issued by Example Public CA G2"), "{text}");
    assert!(text.contains(&super::occurrence_kinds::new().serial) && text.contains("/etc/ssl/www.pem"), "{text}");
    assert!(
        mail(&english(), &[], &[renewed()])
            .subject
            .starts_with("www (www.example.com): certificate renewed until 2027-02-15")
    );
}

#[test]
fn a_message_about_one_certificate_stands_in_the_thread_of_its_reminders() {
    let reminded = mail(&english(), &[of_www()], &[]);
    assert_eq!(mail(&english(), &[], &[renewed()]).thread, reminded.thread);
    assert_eq!(mail(&english(), &[], &[storm()]).thread, None);
    assert_eq!(mail(&english(), &[], &many(&[renewed()], 2)).thread, None);
}

#[test]
fn news_of_a_certificate_with_a_reminder_joins_its_row() {
    let incomplete = wrong(FindingId::ChainIncomplete);
    for channel in [Channel::Email, Channel::DingTalk, Channel::WeCom, Channel::Lark] {
        let messages = messages(&english(), channel, &[of_www()], std::slice::from_ref(&incomplete));
        assert_eq!((messages.len(), messages[0].certificates), (1, 1));
        assert_eq!((messages[0].reminders.len(), messages[0].occurrences.len()), (1, 1));
        let text = match &messages[0].body {
            Body::Mail(mail) => unwrapped(&mail.text),
            Body::Chat { payload, .. } => payload.to_string(),
        };
        assert!(text.contains("chain is incomplete"), "{text}");
        assert!(text.contains("30 days before its end"), "{text}");
        assert_eq!(text.matches(&old().fingerprint.short()).count(), 1, "one row: {text}");
    }
}

#[test]
fn several_things_about_one_certificate_are_one_row_with_the_most_urgent_first() {
    let text = mail(&english(), &[], &[renewed(), revoked()]).text;
    assert!(text.find("was revoked").unwrap() < text.find("is renewed").unwrap(), "{text}");
    assert_eq!(messages(&english(), Channel::DingTalk, &[], &[renewed(), revoked()])[0].occurrences.len(), 2);
    let text = payload(&messages(&english(), Channel::DingTalk, &[], &[renewed(), revoked()])[0]).to_string();
    assert!(text.contains("**1.**") && !text.contains("**2.**"), "{text}");
}

#[test]
fn a_late_renewal_beside_the_coming_end_is_one_row_with_two_reasons() {
    let mut case = of_www();
    case.terms.opening.managed.renewal = Renewal::Auto;
    case.terms.opening.managed.late_from = NOW - Duration::DAY;
    let mut late = of_www();
    late.terms = case.terms.clone();
    late.why = ReminderReason::RenewalLate { since: NOW - Duration::DAY };
    let mut batch = batch(&english(), Channel::Email, &[case, late], &[]);
    batch.reminders[1].key.kind = EventKind::HostingFailure;
    let world = english();
    let message = render::messages(&batch, &world.render_input(), NOW).remove(0);
    assert_eq!((message.certificates, message.reminders.len()), (1, 2));
    let Body::Mail(mail) = message.body else { panic!("a mail has a mail's body") };
    let text = unwrapped(&mail.text);
    assert!(text.contains("automatic renewal is late: due 4 November, 30 days before its end"), "{text}");
    assert_eq!(mail.subject, "www (www.example.com): certificate expires 2026-12-04; automatic renewal is late");
}

#[test]
fn what_is_urgent_comes_before_what_is_good_to_know() {
    let of = |occurrence: Occurrence| many(&[occurrence], 7);
    let mut occurrences: Vec<Occurrence> = Vec::new();
    let kinds = [renewed(), dropped("anna"), wrong(FindingId::Untrusted), deleted(), revoked()];
    for (number, kind) in kinds.into_iter().enumerate() {
        occurrences.push(of(kind)[number].clone());
    }
    let cases = [fleet(1).remove(0), vpn()];
    let text = payload(&messages(&english(), Channel::DingTalk, &cases, &occurrences)[0]).to_string();
    let order =
        ["host-0000.region", "was revoked", "is gone", "not trusted", "by no channel", "vpn.example", "is renewed"];
    let at: Vec<usize> =
        order.iter().map(|wanted| text.find(wanted).unwrap_or_else(|| panic!("{wanted}: {text}"))).collect();
    // The head counts all of it first.
    assert!(at.is_sorted(), "{at:?} {text}");
}

fn deleted() -> Occurrence {
    occurrence(EventKind::Deletion, certnotify::event::Detail::Deleted)
}

#[test]
fn many_certificates_with_one_fault_are_a_row_with_their_number_and_three_names() {
    let text = unwrapped(&mail(&english(), &[], &[storm()]).text);
    assert!(text.contains("40 certificates at once: cannot be reached."), "{text}");
    assert!(text.contains("a.example.com, b.example.com, c.example.com and 37 more"), "{text}");
}

#[test]
fn each_language_keeps_to_itself() {
    let is_chinese = |character: char| ('\u{3000}'..'\u{a000}').contains(&character) || character > '\u{ff00}';
    for occurrences in everything() {
        let english = mail(&english(), &[], std::slice::from_ref(&occurrences));
        let text = (english.text + &english.subject + &english.html).replace('：', "");
        assert!(!text.contains(is_chinese), "{text}");
        for world in [chinese(), japanese()] {
            let other = mail(&world, &[], std::slice::from_ref(&occurrences)).text;
            for word in ["The ", " was ", " is ", "To do", "Policy", "Observed", "Source", "You hear", "certificate of"]
            {
                assert!(!other.replace("The CA is down", "").contains(word), "{word}: {other}");
            }
        }
    }
}

#[test]
fn no_line_of_the_text_is_wider_than_72_columns_and_the_html_is_whole() {
    let beside = twelve();
    for world in World::all() {
        let single = everything().into_iter().map(|occurrences| vec![occurrences]);
        for occurrences in single.chain([many(&everything(), 200), everything()]) {
            let mail = mail(&world, if occurrences.len() > 1 { &beside } else { &[] }, &occurrences);
            for line in mail.text.lines() {
                assert!(line.width() <= 72, "{line}");
            }
            for tag in ["table", "tr", "td", "div", "p", "h1", "h2", "b", "span"] {
                let open =
                    mail.html.matches(&format!("<{tag}>")).count() + mail.html.matches(&format!("<{tag} ")).count();
                assert_eq!(open, mail.html.matches(&format!("</{tag}>")).count(), "{tag}");
            }
        }
    }
}

#[test]
fn at_most_three_messages_go_to_a_room_and_only_what_they_name_is_told() {
    // What hundreds add is the same in every language.
    for size in [1, 15, 16, 60, 61, 700] {
        let occurrences = many(&everything(), size);
        for world in if size < 100 { World::all() } else { vec![english()] } {
            for channel in CHATS.iter().copied() {
                let messages = messages(&world, channel, &[], &occurrences);
                assert!((1..=3).contains(&messages.len()), "{channel} {size}");
                let told: Vec<&OccurrenceId> =
                    messages.iter().flat_map(|message| &message.occurrences).map(|(id, _)| id).collect();
                assert_eq!(told.iter().collect::<BTreeSet<_>>().len(), told.len(), "none stands on two pages");
                let texts: String = messages.iter().map(|message| payload(message).to_string()).collect();
                let shown = occurrences.iter().filter(|occurrences| {
                    let certificate = occurrences.certificate.as_ref().unwrap();
                    texts.contains(&certificate.dns_names[0])
                });
                let shown = shown.filter(|occurrences| told.contains(&&occurrences.id)).count();
                // Three messages of 1024 characters hold about fifty lines.
                let held = if matches!(channel, Channel::Pushover | Channel::WeComApp) { 16 } else { 60 };
                assert!(size > held || told.len() == size, "{channel} {size}: {}", told.len());
                assert!(shown + of_many(&occurrences, &told) >= told.len(), "what is told is shown");
                assert!(messages.iter().all(|message| is_inside(channel, &payload(message))), "{channel}");
            }
        }
    }
    let mails = messages(&english(), Channel::Email, &[], &many(&everything(), 700));
    assert_eq!(mails[0].occurrences.len(), 700, "a mail names them all");
}

/// Those that are called by their number or their title, not by a certificate.
fn of_many(occurrences: &[Occurrence], told: &[&OccurrenceId]) -> usize {
    use certnotify::event::Detail;
    let is_of_many = |occurrences: &&Occurrence| {
        matches!(
            occurrences.detail,
            Detail::FindingBurst { .. }
                | Detail::MonitoringStopped { .. }
                | Detail::Announced { .. }
                | Detail::Recovered { .. }
        )
    };
    occurrences.iter().filter(|occurrences| told.contains(&&occurrences.id)).filter(is_of_many).count()
}

#[test]
fn what_was_only_counted_comes_first_in_the_next_message() {
    let occurrences = many(&[revoked()], 3);
    let calm = many(&[renewed()], 4);
    let mut batch = batch(&english(), Channel::DingTalk, &[vpn()], &[&occurrences[..], &calm[3..]].concat());
    batch.occurrences_left_over = BTreeSet::from([calm[3].id.clone()]);
    let world = english();
    let text = payload(&render::messages(&batch, &world.render_input(), NOW)[0]).to_string();
    assert!(text.find("is renewed").unwrap() < text.find("was revoked").unwrap(), "{text}");
}

#[test]
fn another_set_of_news_makes_another_message_and_the_same_set_the_same() {
    let id = |cases: &[Case], occurrences: &[Occurrence]| {
        messages(&english(), Channel::Email, cases, occurrences)[0].id.clone()
    };
    let later = Occurrence { at: NOW + Duration::HOUR, ..renewed() };
    assert_eq!(id(&[], &[renewed(), revoked()]), id(&[], &[revoked(), renewed()]));
    let ids = [id(&[vpn()], &[]), id(&[vpn()], &[renewed()]), id(&[], &[renewed()]), id(&[], &[later])];
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
}

#[test]
fn urgent_news_calls_people_and_good_news_does_not() {
    let mut world = english();
    world.robot(Channel::DingTalk).mention = vec!["13800000000".to_owned()];
    world.robot(Channel::DingTalk).mention_within = Some(Duration::DAY);
    let mobiles = |occurrences: Occurrence| {
        payload(&messages(&world, Channel::DingTalk, &[], &[occurrences])[0])["at"]["atMobiles"].clone()
    };
    assert_eq!(mobiles(revoked()), serde_json::json!(["13800000000"]));
    assert_eq!(mobiles(renewed()), serde_json::json!([]));
}

#[test]
fn the_policy_that_tells_of_it_is_named_with_the_note_and_the_owner_of_the_entry() {
    let mut world = english();
    world.policies.entries.push(entry());
    let text = unwrapped(&mail(&world, &[], &[revoked()]).text);
    for wanted in ["Policy \"production\" tells you of it (business.revocation).", "Runbook: wiki", "owner anna"] {
        assert!(text.contains(wanted), "{text}");
    }
    let text = unwrapped(&mail(&world, &[], &[renewed()]).text);
    assert!(text.contains("because you were reminded of the old one"), "{text}");
    for channel in CHATS.iter().copied() {
        let text = said(&payload(&messages(&world, channel, &[], &[revoked()])[0]));
        // On a phone there is no room for the reason.
        assert!(is_phone(channel) || text.contains("production"), "{text}");
        // A colon could begin a sign of the vendor's: some write another one.
        assert!(text.replace('：', ":").contains("Runbook: wiki") && text.contains("anna"), "{text}");
    }
}

fn entry() -> certnotify::policy::Entry {
    let mut policy: Policy = crate::support::world::policy();
    policy.name = certnotify::policy::PolicyName::new("production");
    policy.events = BTreeSet::from([EventKind::Revocation]);
    let mut entry = crate::support::world::entry("www", policy);
    (entry.options_mut().owner, entry.options_mut().note) = (Some("anna".to_owned()), Some("Runbook: wiki".to_owned()));
    entry.name = EntryName::new("www");
    entry
}

#[test]
fn a_public_event_is_told_in_the_language_of_its_reader() {
    let detail = certnotify::event::Detail::Announced {
        title: "Public TLS certificates live at most 100 days from 2027-03-15".to_owned(),
        text: "Automate it before.".to_owned(),
        date: "2027-03-15".to_owned(),
        source: "Baseline Requirements, section 6.3.2".to_owned(),
        count: 1,
        names: vec!["www".to_owned()],
    };
    let of = |id: &str| Occurrence {
        id: OccurrenceId::new(EventKind::Announcement, id),
        certificate: None,
        ..occurrence(EventKind::Announcement, detail.clone())
    };
    let text = |world: super::fleet::World, id| whole(&mail(&world, &[], &[of(id)]));
    assert!(text(english(), "sc081-100-days").contains("Automate it before."));
    let chinese_text = text(chinese(), "sc081-100-days");
    assert!(chinese_text.contains("Subject: 自 2027-03-15 起，公共 TLS 证书有效期最长 100 天"), "{chinese_text}");
    assert!(!chinese_text.contains("Automate"), "{chinese_text}");
    assert!(text(chinese(), "of-another-version").contains("Automate it before"));
}

#[test]
fn an_issuer_that_stays_is_not_said_to_have_changed() {
    let usage = authority_changed(AuthorityChange::UsageLost { usage: "clientAuth".to_owned() });
    let ends = authority_changed(AuthorityChange::IntermediateExpires {
        subject: "CN=Example CA R10".into(),
        not_after: NOW + Duration::days(100),
    });
    for (occurrence, words, is_certificate_new) in
        [(usage, ["clientAuth", "allows less"], true), (ends, ["Example CA R10", "nears its own end"], false)]
    {
        let mail = mail(&english(), &[], std::slice::from_ref(&occurrence));
        let text = unwrapped(whole(&mail));
        assert!(words.iter().all(|word| text.contains(word)), "{text}");
        for untrue in ["CA change:", "issuer changed", "The authority behind", "another certification authority"] {
            assert!(!text.contains(untrue), "{untrue}: {text}");
        }
        assert_eq!(
            text.to_lowercase().contains("new certificate:") || text.contains("The new certificate"),
            is_certificate_new,
            "{text}"
        );
        let text = unwrapped(whole(&super::occurrence_kinds::mail(&chinese(), &[], &[occurrence])));
        assert!(!text.contains("签发机构变更") && !text.contains("更换"), "{text}");
    }
}
