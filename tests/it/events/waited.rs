//! What happened at night and was undone before the window opened.

use certnotify::cause::DeliveryCause;
use certnotify::certificate::Certificate;
use certnotify::deliver::DeliveryError;
use certnotify::event::{Detail, EventKind, Location, Occurrence};
use certnotify::history::Snooze;
use certnotify::policy::{Channel, ContactName, EntryName};
use certnotify::render::Body;
use time::{Duration, OffsetDateTime};

use super::{NOW, WATCH, day, with_left};
use crate::support::scenario::{Look, Scenario};

const OVER: &str = "This has since been put right.";
const ANOTHER: &str = "By now another certificate stands there.";

fn policy() -> String {
    WATCH.replace("channels =", "window = \"09:00-18:00\"\n    channels =")
}

fn file(name: &str) -> Look {
    Look::file(&format!("/etc/ssl/{name}.pem"), &with_left(&format!("{name}.example"), 150))
}

fn evening(hour: i64) -> OffsetDateTime {
    NOW + Duration::hours(10 + hour)
}

fn revoked() -> Occurrence {
    let location = Location {
        entry: EntryName::new("files"),
        name: "files//etc/ssl/a.pem".into(),
        place: "/etc/ssl/a.pem".into(),
        remembered_as: None,
        address: None,
        seen: NOW,
        failing: None,
        is_endpoint: false,
    };
    let detail = Detail::Revoked { reason: None, since: None, source: "CRL".to_owned() };
    let certificate = Some(with_left("a.example", 150));
    Occurrence::observed((EventKind::Revocation, "a"), certificate, vec![location], detail, evening(0))
}

/// By day, before it happens.
fn story() -> Scenario {
    let mut story = Scenario::new(&policy());
    story
        .looks("files", &[file("a"), file("b")])
        .looks("edge", &[Look::endpoint("edge.example:443", &with_left("edge.example", 150))]);
    story.run(NOW);
    story
}

/// What the next morning tells.
fn morning(story: &mut Scenario) -> String {
    story.run(day(1));
    let texts: Vec<String> = story.sent.iter().map(|message| message.text.replace('\n', " ")).collect();
    texts.join("\n")
}

#[test]
fn a_file_that_is_back_by_the_morning_is_not_to_be_put_back() {
    for is_back in [false, true] {
        let mut story = story();
        story.looks("files", &[file("b")]);
        story.run(evening(0));
        story.run(evening(1));
        if is_back {
            story.looks("files", &[file("a"), file("b")]);
        }
        let told = morning(&mut story);
        assert!(told.contains("two runs in a row did not find it"), "{told}");
        assert_eq!((told.contains(OVER), told.contains("To do:")), (is_back, !is_back), "{told}");
    }
}

#[test]
fn one_of_several_in_a_file_that_is_back_by_the_morning_is_not_to_be_put_back() {
    let keys_in_one = |names: &[&str]| {
        let look = |name: &&str| file(name).typed("/etc/ssl/store.jks");
        names.iter().map(look).collect::<Vec<_>>()
    };
    for is_back in [false, true] {
        let mut story = Scenario::new(&policy());
        story.looks("files", &keys_in_one(&["a", "b"])).run(NOW);
        story.looks("files", &keys_in_one(&["b"])).run(evening(0));
        story.run(evening(1));
        // The other one is forgotten, and what waits of this one is not.
        story.history.forget_places(&["/etc/ssl/b.pem".to_owned()].into());
        if is_back {
            story.looks("files", &keys_in_one(&["a", "b"]));
        }
        let told = morning(&mut story);
        assert!(told.contains("is gone from /etc/ssl/store.jks"), "{told}");
        assert_eq!((told.contains(OVER), told.contains("To do:")), (is_back, !is_back), "{told}");
    }
}

#[test]
fn an_endpoint_written_without_its_port_that_serves_the_right_one_again_is_told_as_over() {
    let look = |left: i64| Look::endpoint("edge.example:443", &with_left("edge.example", left)).typed("edge.example");
    for is_back in [false, true] {
        let mut story = story();
        story.looks("edge", &[look(150)]).run(NOW + Duration::hours(1));
        story.looks("edge", &[look(100)]).run(evening(0));
        story.run(evening(1));
        if is_back {
            story.looks("edge", &[look(150)]);
        }
        let told = morning(&mut story);
        assert!(told.contains("was replaced at edge.example"), "{told}");
        assert_eq!((told.contains(OVER), told.contains("To do:")), (is_back, !is_back), "{told}");
    }
}

#[test]
fn what_is_switched_off_or_taken_out_at_night_and_put_back_is_told_as_over() {
    let off = format!("{}    notifications = false\n", policy());
    let out = policy().split("[[certificates]]\n    name = \"edge\"").next().unwrap().to_owned();
    for changed in [off, out] {
        for is_back in [false, true] {
            let mut story = story();
            story.rewritten(&changed).run(evening(0));
            if is_back {
                story.rewritten(&policy());
            }
            let told = morning(&mut story);
            assert!(!told.is_empty());
            assert_eq!((told.contains(OVER), told.contains("To do:")), (is_back, !is_back), "{told}");
        }
    }
}

#[test]
fn a_key_that_is_shared_no_more_by_the_morning_is_told_as_apart_again() {
    for is_apart in [false, true] {
        let mut story = story();
        let shared = Look::file("/etc/ssl/a.pem", &with_left("edge.example", 150));
        story.looks("files", &[shared, file("b")]).run(evening(0));
        if is_apart {
            story.looks("files", &[file("a"), file("b")]);
        }
        let told = morning(&mut story);
        let paragraph = told.split("now stands in more than one place").nth(1).unwrap_or_default();
        assert_eq!(paragraph.contains(OVER), is_apart, "{told}");
    }
}

#[test]
fn of_members_that_were_taken_out_all_have_to_be_back() {
    let listed = policy().replace("endpoint = \"edge.example\"", "endpoint = [\"one.example\", \"two.example\"]");
    let look = |name: &str| Look::endpoint(&format!("{name}.example:443"), &with_left(&format!("{name}.example"), 150));
    let mut story = Scenario::new(&listed);
    story.looks("files", &[file("a")]).looks("edge", &[look("one"), look("two")]).run(NOW);
    let out = listed.split("[[certificates]]\n    name = \"edge\"").next().unwrap();
    story.rewritten(out).run(evening(0));
    let one = listed.replace(", \"two.example\"", "");
    story.rewritten(&one).looks("edge", &[look("one")]);
    let told = morning(&mut story);
    assert!(told.contains("Watched no more: 2 certificates") && !told.contains(OVER), "{told}");
}

#[test]
fn a_contact_that_was_dropped_at_night_and_is_listed_again_is_told_of_as_back() {
    let two = policy()
        .replace("[policies", "[contacts.anna]\n    email = \"anna@example.com\"\n    [policies")
        .replace("channels =", "contacts = [\"anna\", \"ops\"]\n    channels =");
    for is_back in [false, true] {
        let mut story = story();
        story.rewritten(&two).run(evening(0));
        story.rewritten(&two.replace("[\"anna\", \"ops\"]", "[\"ops\"]")).run(evening(1));
        if is_back {
            story.rewritten(&two);
        }
        let told = morning(&mut story);
        assert!(told.contains("anna is told by no channel any more"), "{told}");
        assert_eq!((told.contains(OVER), told.contains("To do:")), (is_back, !is_back), "{told}");
    }
}

#[test]
fn a_long_snooze_that_was_cleared_before_it_is_told_is_over() {
    for is_cleared in [false, true] {
        let mut story = story();
        let fingerprint = with_left("a.example", 150).fingerprint;
        let since = evening(0);
        story.history.snoozes.insert(fingerprint, Snooze { since, until: since + Duration::days(40) });
        story.run(evening(1));
        if is_cleared {
            story.history.snoozes.insert(fingerprint, Snooze { since, until: evening(2) });
        }
        let told = morning(&mut story);
        assert!(told.contains("Reminders are held until"), "{told}");
        assert_eq!((told.contains(OVER), told.contains("--clear")), (is_cleared, !is_cleared), "{told}");
    }
}

#[test]
fn a_file_that_was_gone_at_night_is_told_as_deleted_alone_in_the_morning() {
    let lone = policy().replace("/etc/ssl/*.pem", "/etc/ssl/a.pem");
    let mut story = Scenario::new(&lone);
    story.looks("files", &[file("a")]).run(NOW);
    story.looks("files", &[Look::absent("/etc/ssl/a.pem")]);
    for hour in 0..3 {
        story.run(evening(hour));
    }
    let told = morning(&mut story);
    assert!(told.contains("two runs in a row did not find it") && !told.contains("cannot be read"), "{told}");
}

#[test]
fn of_two_new_dates_of_one_night_the_first_is_said_to_have_given_way_to_a_date() {
    let dated = format!("{}\n    [[certificates]]\n    name = \"licence\"\n    expires = \"2028-06-01\"\n", policy());
    let look = |days: i64| {
        let end = NOW + Duration::days(days);
        let date = Certificate::from_date("licence", &end.date().to_string(), end);
        Look::endpoint("licence", &date).typed(&format!("expires = \"{}\"", end.date()))
    };
    let mut story = Scenario::new(&dated);
    story.looks("licence", &[look(300)]).run(NOW);
    story.looks("licence", &[look(400)]).run(evening(0));
    story.looks("licence", &[look(500)]).run(evening(1));
    let told = morning(&mut story);
    assert!(told.contains("2 new dates") && told.contains("By now it has another date."), "{told}");
    assert!(!told.contains("certificate stands"), "{told}");
}

#[test]
fn what_was_told_of_a_certificate_that_another_replaced_meanwhile_asks_for_nothing() {
    for is_renewed in [false, true] {
        let mut story = story();
        story.history.note_occurrence(revoked(), [(ContactName::new("ops"), Channel::Email)], evening(0));
        if is_renewed {
            story.looks("files", &[Look::file("/etc/ssl/a.pem", &with_left("a.example", 190)), file("b")]);
        }
        story.run(evening(1));
        let told = morning(&mut story);
        assert!(told.contains("was revoked"), "{told}");
        assert_eq!((told.contains(ANOTHER), told.contains("To do:")), (is_renewed, !is_renewed), "{told}");
    }
}

#[test]
fn of_two_renewals_of_one_night_the_first_is_said_to_have_given_way() {
    let mut story = story();
    for (hour, left) in [(0, 180), (1, 190)] {
        story.looks("files", &[Look::file("/etc/ssl/a.pem", &with_left("a.example", left)), file("b")]);
        story.run(evening(hour));
    }
    let told = morning(&mut story);
    assert_eq!(told.matches("is renewed: the new one is in place").count(), 2, "{told}");
    assert_eq!(told.matches(ANOTHER).count(), 1, "{told}");
}

#[test]
fn no_alert_is_opened_for_what_is_over() {
    let paging = policy()
        .replace("email = \"ops@example.com\"", &format!("pagerduty = {{ routing-key = \"{}\" }}", "0".repeat(32)))
        .replace("[\"email\"]", "[\"pagerduty\"]");
    for (is_back, action) in [(false, "trigger"), (true, "resolve")] {
        let mut story = Scenario::new(&paging);
        story.looks("files", &[file("a"), file("b")]).run(NOW);
        story.looks("files", &[file("b")]);
        for hour in 0..2 {
            story.run(evening(hour));
        }
        if is_back {
            story.looks("files", &[file("a"), file("b"), file("c")]);
        }
        story.run(day(1));
        let [Body::Chat { payload, .. }] = story.sent.iter().map(|message| &message.body).collect::<Vec<_>>()[..]
        else {
            panic!("{:?}", story.sent)
        };
        assert_eq!(payload["event_action"], action);
        assert!(story.owed().is_empty());
    }
}

#[test]
fn a_channel_that_works_again_when_its_failure_is_told_is_not_to_be_seen_to() {
    let two = WATCH
        .replace("\"ops@example.com\"", "\"ops@example.com\"\n    webhook = { url = \"https://ops.example/x\" }")
        .replace("[\"email\"]", "[\"email\", \"webhook\"]");
    for works_again in [false, true] {
        let mut story = Scenario::new(&two);
        story.looks("files", &[Look::file("/etc/ssl/a.pem", &with_left("a.example", 20))]);
        let reason = || DeliveryCause::from("503 busy");
        let fails = |story: &mut Scenario, channel: Channel, runs: usize| {
            for _ in 0..runs * 3 {
                story.answers(channel, DeliveryError::Transient { reason: reason(), retry_after: None });
            }
        };
        fails(&mut story, Channel::Webhook, if works_again { 3 } else { 4 });
        for hour in 0..3 {
            story.run(NOW + Duration::hours(hour));
        }
        fails(&mut story, Channel::Email, 1);
        story.run(NOW + Duration::hours(3));
        story.run(NOW + Duration::hours(4));
        let mail = story.sent.iter().find(|message| message.channel == Channel::Email).unwrap();
        let told = mail.text.replace('\n', " ");
        assert_eq!((told.contains(OVER), told.contains("certnotify test")), (works_again, !works_again), "{told}");
    }
}

#[test]
fn what_is_over_needs_no_attention_where_it_is_told_beside_what_does() {
    for is_back in [false, true] {
        let mut story = story();
        story.looks("files", &[file("c")]);
        story.run(evening(0));
        story.run(evening(1));
        if is_back {
            story.looks("files", &[file("a"), file("b")]);
        }
        story.run(day(1));
        let text = &story.sent[0].text;
        assert_eq!((text.contains("NEEDS ATTENTION"), text.contains("GOOD TO KNOW")), (!is_back, is_back), "{text}");
    }
}
