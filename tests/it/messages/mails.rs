//! E-mail and internal messages.

use certnotify::cause::Clause;
use certnotify::event::Evidence;
use certnotify::policy::{Channel, ContactName, Frequency, Language};
use certnotify::render::{self, Body};
use certnotify::schedule::ReminderReason;
use time::Duration;
use time::macros::datetime;
use unicode_width::UnicodeWidthStr as _;

use super::fleet::{Case, NOW, World, fleet, twelve, vpn};
use crate::support::unwrapped;

fn english() -> World {
    World::from_language(Language::English)
}

fn chinese() -> World {
    World::from_language(Language::SimplifiedChinese)
}

fn japanese() -> World {
    World::from_language(Language::Japanese)
}

/// Compares with `tests/it/snapshots/NAME.snap`.
fn matches(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

fn text(world: &World, cases: &[Case]) -> String {
    let mail = world.mail(cases);
    format!("Subject: {}\n\n{}", mail.subject, mail.text)
}

#[test]
fn a_mail_about_one_certificate_reads_like_this_in_english() {
    matches("single-en", &text(&english(), &[vpn()]));
}

#[test]
fn a_mail_about_one_certificate_reads_like_this_in_chinese() {
    matches("single-zh-CN", &text(&chinese(), &[vpn()]));
    matches("single-ja", &text(&japanese(), &[vpn()]));
}

#[test]
fn a_digest_reads_like_this_in_english() {
    matches("digest-en", &text(&english(), &twelve()));
}

#[test]
fn a_digest_reads_like_this_in_chinese() {
    matches("digest-zh-CN", &text(&chinese(), &twelve()));
    matches("digest-ja", &text(&japanese(), &twelve()));
}

#[test]
fn the_html_of_a_mail_is_this() {
    matches("single-en-html", &english().mail(&[vpn()]).html);
}

#[test]
fn the_html_is_whole_without_anything_from_elsewhere() {
    for world in World::all() {
        for cases in [vec![vpn()], twelve()] {
            let html = world.mail(&cases).html;
            // The pages in notes are the operator's.
            let html = html.replace("<a href=\"https://ca.example.com\"", "<a");
            for wrong in ["<img", "<script", "<link", "src=", "href=", "@import", "url("] {
                assert!(!html.contains(wrong), "{wrong}");
            }
            for needed in ["<meta charset=\"utf-8\">", "name=\"color-scheme\"", "prefers-color-scheme:dark", "lang=\""]
            {
                assert!(html.contains(needed), "{needed}");
            }
            for tag in ["table", "tr", "td", "div", "p", "h1", "h2", "b", "span"] {
                let (open, close) = (
                    html.matches(&format!("<{tag}>")).count() + html.matches(&format!("<{tag} ")).count(),
                    html.matches(&format!("</{tag}>")).count(),
                );
                assert_eq!(open, close, "{tag}");
            }
        }
    }
}

#[test]
fn no_line_of_the_text_is_wider_than_72_columns() {
    for world in World::all() {
        for cases in [vec![vpn()], twelve(), fleet(500), vec![capped(Duration::days(90)), late(), left_out()]] {
            for line in world.mail(&cases).text.lines() {
                assert!(line.width() <= 72, "{line}");
            }
        }
    }
}

#[test]
fn the_columns_of_a_list_stand_in_line_under_wide_characters() {
    let mut cases = twelve();
    cases[1].locations[0].name = "支付/网关".into();
    for (world, details) in [(english(), "DETAILS"), (chinese(), "明细"), (japanese(), "詳細")] {
        let text = world.mail(&cases).text;
        let list = text.split(&format!("\n{details}\n")).next().unwrap().lines().filter(|line| line.contains(" 2026-"));
        let labels: Vec<usize> = list.map(|line| line[..line.rfind("  ").unwrap()].width()).collect();
        assert_eq!(labels.len(), 12, "{text}");
        assert!(labels.iter().all(|column| *column == labels[0]), "{text}");
    }
}

#[test]
fn each_language_keeps_to_itself() {
    for cases in [vec![vpn()], twelve(), vec![capped(Duration::days(90)), late(), left_out()]] {
        let english = english().mail(&cases);
        let is_chinese = |character: char| ('\u{3000}'..'\u{a000}').contains(&character) || character > '\u{ff00}';
        assert!(!(english.text + &english.subject + &english.html).contains(is_chinese));
        for other in [chinese().mail(&cases), japanese().mail(&cases)] {
            for word in ["expire", " days", " the certificate", "reminds", "Why", "since", "Not seen", "Told", " and "]
            {
                let text = other.text.replace("Order at the CA portal", "");
                assert!(!text.contains(word) && !other.subject.contains(word), "{word}: {text}");
            }
        }
    }
}

#[test]
fn what_is_left_is_told_in_hours_below_48_and_never_as_a_negative_number() {
    let left = |end| {
        let case = Case::new("a/x.example.com", "x.example.com", "x.example.com:443", end);
        let text = english().mail(&[case]).text;
        text.split(". The").next().unwrap().to_owned()
    };
    assert_eq!(left(NOW + Duration::days(2)), "2 days left");
    assert_eq!(left(NOW + Duration::hours(48) - Duration::SECOND), "47 hours left");
    assert_eq!(left(NOW + Duration::minutes(61)), "1 hour left");
    assert_eq!(left(NOW + Duration::minutes(59)), "Less than an hour left");
    assert_eq!(left(NOW), "Less than an hour left");
    assert_eq!(left(NOW - Duration::SECOND), "Expired less than an hour ago");
    assert_eq!(left(NOW - Duration::hours(1)), "Expired 1 hour ago");
    assert_eq!(left(NOW - Duration::hours(47)), "Expired 47 hours ago");
    assert_eq!(left(NOW - Duration::hours(48)), "Expired 2 days ago");
    assert_eq!(left(NOW - Duration::days(4000)), "Expired 4000 days ago");
}

#[test]
fn totals_are_exact_at_the_borders_of_a_tier_and_plural_where_they_are_many() {
    let at = |offset: Duration| Case::new("a/x", "x.example.com", "/x.pem", NOW + offset);
    let day = Duration::DAY;
    let first = |cases: Vec<Case>| unwrapped(&english().mail(&cases).text).split(" Times").next().unwrap().to_owned();
    assert_eq!(
        first(vec![
            at(-Duration::SECOND),
            at(Duration::ZERO),
            at(day * 7),
            at(day * 8 - Duration::SECOND),
            at(day * 8),
            at(day * 31 - Duration::SECOND)
        ]),
        "1 certificate has expired, 3 expire within 7 days, 2 within 30 days. Files are on web-1.example.com."
    );
    assert_eq!(
        first(vec![at(day), at(day * 31)]),
        "1 certificate expires within 7 days, 1 later. Files are on web-1.example.com."
    );
    assert_eq!(
        first(vec![at(-day), at(-day * 2), at(day * 40)]),
        "2 certificates have expired, 1 expires later. Files are on web-1.example.com."
    );
}

#[test]
fn the_end_is_told_in_the_zone_of_the_contact_and_in_utc() {
    let case = || Case::new("a/x", "x.example.com", "/x.pem", datetime!(2027-03-28 00:59:59 UTC));
    let text = |zone| unwrapped(&World::new(Language::English, zone).mail(&[case()]).text);
    assert!(text("Europe/Berlin").contains("Sunday, 28 March 2027, 01:59:59 CET (2027-03-28 00:59:59 UTC)"));
    assert!(text("UTC").contains("Sunday, 28 March 2027, 00:59:59 UTC."));
    assert!(text("Australia/Lord_Howe").contains("11:59:59 UTC+11 (2027-03-28 00:59:59 UTC)"));
    let digest = |zone| unwrapped(&World::new(Language::English, zone).mail(&[case(), vpn()]).text);
    assert!(digest("Europe/Berlin").contains("Times are CET (Europe/Berlin)."));
    let summer = Case::new("a/y", "y.example.com", "/y.pem", datetime!(2027-06-01 0:00 UTC));
    let both = unwrapped(&World::from_language(Language::English).mail(&[summer, vpn()]).text);
    assert!(both.contains("Times are CET/CEST (Europe/Berlin)."), "{both}");
    let beijing = chinese().mail(&[case()]).text.replace('\n', "");
    assert!(
        beijing.contains("北京时间（UTC+8）2027-03-28 08:59:59（周日）到期（UTC 时间2027-03-28 00:59:59）")
            || beijing.contains("UTC 时间 2027-03-28 00:59:59"),
        "{beijing}"
    );
}

/// Of a certificate that lives so long, including its last second (RFC 5280 §4.1.2.5).
fn capped(lifetime: Duration) -> Case {
    let mut case = Case::new("a/short", "short.example.com", "/short.pem", datetime!(2026-12-20 0:00 UTC));
    case.certificate.not_before = case.certificate.not_after - lifetime + Duration::SECOND;
    case.terms.opening.asked = Duration::days(90);
    case.terms.opening.lead = case.certificate.lifetime() / 2;
    case
}

fn late() -> Case {
    twelve().remove(10)
}

fn left_out() -> Case {
    let mut case = vpn();
    case.left_out = vec!["webmail.example.com".to_owned()];
    case
}

#[test]
fn what_silences_or_changes_a_reminder_is_said() {
    let said = |case: Case| unwrapped(&english().mail(&[case]).text);
    assert!(said(capped(Duration::days(90))).contains(
        "The policy asks for 90 days; this certificate lives 90 days, and half of that is 45 days: reminders begin that \
         long before the end."
    ));
    let lives_and_half = "this certificate lives 6 days 16 hours, and half of that is 3 days 8 hours";
    assert!(said(capped(Duration::hours(160))).contains(lives_and_half));
    assert!(said(capped(Duration::days(45))).contains("lives 45 days, and half of that is 22 days 12 hours"));
    assert!(said(late()).contains(
        "It renews by itself (certbot), and should have by 16 November. Since 21 November it counts as late: see \
         /var/log/letsencrypt."
    ));
    assert!(said(left_out()).contains(
        "A newer certificate covers vpn.example.com, but not webmail.example.com: renew this one or drop the name."
    ));
    let mut expired = twelve().remove(0);
    assert!(unwrapped(&english().mail(&[expired_copy()]).text).contains("It is still served at shop.example.com:443"));
    expired.locations[0].failing = Some(Clause::Text("connection refused".to_owned()));
    expired.locations[0].seen = datetime!(2026-11-19 10:00 UTC);
    let unseen = said(expired);
    assert!(unseen.contains("Not seen since 2026-11-19 11:00 (connection refused); these are its dates as last seen."));
    assert!(!unseen.contains("still served"), "{unseen}");
}

fn expired_copy() -> Case {
    twelve().remove(0)
}

#[test]
fn what_a_row_stands_on_is_one_of_three_honest_classes() {
    let with = |evidence: Evidence| {
        let mut case = vpn();
        case.evidence = evidence;
        unwrapped(&english().mail(&[case]).text)
    };
    assert!(with(Evidence::Derived).contains("Derived from its dates."));
    assert!(with(Evidence::Observed).contains("Observed: certnotify saw it."));
    assert!(with(Evidence::Reported { by: "bob\nEXPIRED".to_owned() }).contains("Reported by bob EXPIRED."));
    assert!(unwrapped(&english().mail(&twelve()).text).contains("Derived from their dates."));
}

#[test]
fn a_policy_is_told_as_it_is_written() {
    let told = |change: fn(&mut Case)| {
        let mut case = Case::new("a/x", "x.example.com", "/x.pem", NOW + Duration::days(20));
        change(&mut case);
        unwrapped(&english().mail(&[case]).text)
    };
    assert!(told(|case| {
        case.terms.frequency = Frequency::Once;
        case.terms.milestones.clear();
        case.next = None;
    })
    .contains("reminds from 30 days before the end, once. This is the first reminder. No further reminder of this kind is planned."));
    assert!(
        told(|case| {
            case.terms.frequency = Frequency::EveryDays(1);
            case.terms.milestones = vec![Duration::days(3), Duration::hours(12)];
        })
        .contains("reminds from 30 days before the end, every day, and at 3 days and 12 hours.")
    );
    assert!(told(|case| case.terms.milestones = vec![Duration::DAY]).contains("every 7 days, and at 1 day."));
    assert!(
        told(|case| (case.nth, case.previous) = (12, Some(datetime!(2025-12-31 10:00 UTC))))
            .contains("This is the 12th reminder; the 11th went out on 31 December 2025.")
    );
    assert!(
        told(|case| case.why = ReminderReason::Escalated { within: Duration::days(3) })
            .contains("Why now: within 3 days of its end.")
    );
    assert!(
        told(|case| case.why = ReminderReason::SnoozeEnded { at: NOW })
            .contains("Why now: its snooze ended on 21 November.")
    );
}

/// Reminders of the end are counted beside those of its being past: the number says of what.
#[test]
fn the_first_reminder_after_the_end_is_not_called_the_first_of_all() {
    for (world, first, third) in [
        (english(), "This is the first reminder since its end.", "This is the 3rd reminder since its end; the 2nd"),
        (chinese(), "这是过期后的第一次提醒。", "这是过期后的第 3 次提醒，上一次是 "),
    ] {
        let told = |nth, previous| {
            let mut case = Case::new("a/x", "x.example.com", "/x.pem", NOW - Duration::hours(7));
            (case.nth, case.previous) = (nth, previous);
            unwrapped(&world.mail(&[case]).text)
        };
        assert!(told(1, None).contains(first), "{}", told(1, None));
        let text = told(3, Some(datetime!(2026-11-20 10:00 UTC)));
        assert!(text.contains(third), "{text}");
    }
}

#[test]
fn the_way_to_hold_a_reminder_can_be_typed_as_it_stands() {
    let command = |world: &World, case: Case| {
        let text = world.mail(&[case]).text;
        let start = text.find("  certnotify").map(|at| text[at..].split("\n\n").next().unwrap().to_owned());
        start.unwrap_or_default()
    };
    let mut world = english();
    assert_eq!(command(&world, vpn()), "  certnotify snooze f5/vpn.example.com --until 2026-11-28");
    let soon = Case::new("a/it's *", "x.example.com", "/x.pem", datetime!(2026-11-24 12:00 UTC));
    assert_eq!(command(&world, soon), r"  certnotify snooze 'a/it'\''s *' --until 2026-11-24");
    world.policies.file = "/srv/a long/place/for/the/policies.toml".into();
    assert_eq!(
        command(&world, vpn()),
        "  certnotify -p '/srv/a long/place/for/the/policies.toml' \\\n    snooze f5/vpn.example.com --until 2026-11-28"
    );
    let today = Case::new("a/x", "x.example.com", "/x.pem", NOW + Duration::hours(3));
    assert_eq!(command(&english(), today), "", "nothing can be held for a part of a day");
    let expired = english().mail(&[expired_copy()]).text;
    assert!(!expired.contains("snooze") && unwrapped(&expired).contains("If nothing uses it any more, take it out of"));
}

#[test]
fn certificates_that_are_not_due_are_counted_and_places_of_one_certificate_are_one_row() {
    let mut world = english();
    world.not_seen = 0;
    world.need_nothing = 1;
    let text = unwrapped(&world.mail(&twelve()).text);
    assert!(text.contains("1 other certificate needs nothing."), "{text}");
    let mut twice = vpn();
    let mut second = twice.locations[0].clone();
    (second.name, second.place, second.address) = ("backup/vpn".into(), "/srv/vpn.pem".into(), None);
    twice.locations.push(second);
    let mail = english().mail(&[twice]);
    assert!(mail.text.contains("put the new one in place at vpn.example.com:443,\n/srv/vpn.pem."), "{}", mail.text);
    assert!(mail.text.contains("           /srv/vpn.pem, today 08:07"), "{}", mail.text);
}

#[test]
fn a_mail_about_one_certificate_has_a_lasting_subject_and_thread_and_a_digest_has_neither() {
    let mut target = vpn();
    target.locations[0].place = "www.example.com:443".into();
    target.certificate.fingerprint = "aa".repeat(32).parse().unwrap();
    let mail = english().mail(&[target]);
    assert_eq!(mail.thread.as_deref(), Some("efa0c632271eed0e57ec51c2a07d0d78"));
    assert_eq!(mail.subject, "vpn.example.com: certificate expires 2026-12-14");
    let digest = english().mail(&twelve());
    assert_eq!(digest.thread, None);
    assert_eq!(digest.subject, "12 certificates: 1 expired, 3 within 7 days (2026-11-21)");
}

#[test]
fn a_test_says_that_it_is_one_in_every_channel_and_language() {
    for (world, words) in [(english(), "This is a test"), (chinese(), "测试消息"), (japanese(), "テスト通知")]
    {
        for channel in Channel::ALL {
            let message = render::test_message(&ContactName::new("ops"), channel, &world.render_input(), NOW);
            assert!(message.reminders.is_empty() && message.id.len() == 32);
            let text = match message.body {
                Body::Mail(mail) => mail.text + &mail.html,
                Body::Chat { payload, .. } => payload.to_string(),
            };
            assert!(text.contains(words) && text.contains("web-1.example.com"), "{text}");
        }
    }
}

#[test]
fn of_an_end_that_no_reminder_announced_it_is_said_to_be_told_once() {
    let mut case = Case::new("shop", "shop.example.com", "/etc/ssl/shop.pem", NOW - Duration::days(2));
    case.why = ReminderReason::ExpiredUntold;
    let said = [
        (
            english(),
            "it has expired, without a reminder before its end.",
            "reminds once after the end, where no reminder went before.",
        ),
        (chinese(), "已过期，到期前未曾提醒。", "到期前未曾提醒的，过期后提醒一次。"),
        (japanese(), "期限切れ（期限前の通知なし）。", "期限前に通知していない場合は、期限切れ後に一度だけ通知。"),
    ];
    // It may be seen for the first time: then no message was lost.
    for (world, why, said) in said {
        let bare = |text: &str| text.split_whitespace().collect::<String>();
        let text = bare(&world.mail(std::slice::from_ref(&case)).text);
        assert!(text.contains(&bare(why)) && text.contains(&bare(said)), "{text}");
        assert!(!text.contains("every30days") && !text.contains("30天") && !text.contains("30日ごと"), "{text}");
    }
}
