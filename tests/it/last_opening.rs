//! What the window would hold beyond the end, and what opens later than it did.

use certnotify::event::EventKind;
use certnotify::history::Delivery;
use certnotify::policy::{Channel, ContactName, Deadline, DeadlineCap, Frequency, Policy, Window, Zone};
use certnotify::schedule::ReminderReason;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::support::scenario::Scenario;
use crate::support::world::{World, certificate, policy};

/// A Sunday.
const END: OffsetDateTime = datetime!(2026-11-22 12:00 UTC);

fn office() -> Policy {
    Policy { window: Window::parse("Mon-Fri 09:00-18:00").unwrap(), frequency: Frequency::Once, ..policy() }
}

fn watched(policy: Policy) -> World {
    World::new("UTC").watch(certificate("shop.example", END - Duration::days(365), END), policy)
}

fn hourly(from: OffsetDateTime, to: OffsetDateTime) -> impl Iterator<Item = OffsetDateTime> {
    (0..).map(move |hour| from + Duration::hours(hour)).take_while(move |at| *at <= to)
}

#[test]
fn a_milestone_of_the_last_weekend_goes_out_on_its_friday() {
    let mut world = watched(Policy { milestones: vec![Duration::days(1), Duration::hours(2)], ..office() });
    let sent = world.runs(hourly(END - Duration::days(31), END));
    assert_eq!(sent, [datetime!(2026-10-23 12:00 UTC), datetime!(2026-11-20 09:00 UTC)]);
}

#[test]
fn a_deadline_that_opens_on_the_last_weekend_goes_out_on_its_friday_and_says_what_is_left() {
    let mut world = watched(Policy { deadline: Deadline::Before(Duration::days(1)), ..office() });
    assert!(world.run(datetime!(2026-11-20 08:00 UTC)).is_empty());
    let sent = world.run(datetime!(2026-11-20 09:00 UTC));
    assert_eq!(sent[0].why, ReminderReason::Opened { lead: Duration::days(1) });
    assert_eq!(sent[0].really_left(), Some(Duration::hours(51)));
}

#[test]
fn a_slot_of_the_last_weekend_goes_out_on_its_friday_once() {
    let mut world = watched(Policy { frequency: Frequency::EveryDays(3), ..office() });
    let sent = world.runs(hourly(END - Duration::days(30), END));
    let last: Vec<_> = sent.iter().filter(|at| **at >= datetime!(2026-11-16 0:00 UTC)).collect();
    assert_eq!(last, [&datetime!(2026-11-16 11:00 UTC), &datetime!(2026-11-19 11:00 UTC)]);
}

#[test]
fn what_is_held_for_an_hour_that_the_clock_jumps_over_goes_out_at_the_time_that_is_shown() {
    let berlin = Zone::named("Europe/Berlin").unwrap();
    // Where the window is over when the clock has jumped, there is no opening on that day.
    for (window, opening) in [
        ("02:30-08:00", datetime!(2026-03-29 1:00 UTC)),
        ("02:30-02:50", datetime!(2026-03-30 0:30 UTC)),
        ("Sun 02:30-02:50", datetime!(2026-04-05 0:30 UTC)),
    ] {
        let night = Policy { window: Window::parse(window).unwrap(), zone: Some(berlin.clone()), ..office() };
        let end = datetime!(2026-04-20 0:00 UTC);
        let world = World::new("UTC").watch(certificate("shop.example", end - Duration::days(365), end), night);
        let held = world.schedule(datetime!(2026-03-29 0:00 UTC)).held;
        assert_eq!(held[0].held_until, Some(opening), "{window}");
        assert_eq!(world.schedule(opening - Duration::SECOND).due.len(), 0, "{window}");
        assert_eq!(world.schedule(opening).due.len(), 1, "{window}");
    }
}

#[test]
fn an_opening_that_the_clock_jumps_over_is_none_that_a_run_missed() {
    let mut scenario = Scenario::new(
        "[contacts.ops]\nemail = \"ops@example.com\"\n[policies.default]\nchannels = [\"email\"]\n\
         timezone = \"Europe/Berlin\"\nwindow = \"02:15-02:45\"\n\
         [[certificates]]\nname = \"shop\"\nfile = \"/etc/ssl/shop.pem\"\nrenewal = \"manual\"\n",
    );
    let end = datetime!(2026-04-20 0:00 UTC);
    scenario.shows("shop", &certificate("shop.example", end - Duration::days(365), end));
    let mut is_said_to_miss = |at: OffsetDateTime| {
        let report = scenario.run(at);
        assert!(scenario.sent.is_empty(), "{at}");
        let missed = report.problems.iter().find(|problem| problem.message.contains("no run falls inside it"));
        missed.is_some_and(|missed| missed.place == "window `02:15-02:45` (CEST)")
    };
    // 01:00 and 03:00 of the night in which 02:00 is not; then 03:00 of the next.
    assert!(!is_said_to_miss(datetime!(2026-03-29 0:00 UTC)));
    assert!(!is_said_to_miss(datetime!(2026-03-29 1:00 UTC)));
    assert!(is_said_to_miss(datetime!(2026-03-30 1:00 UTC)));
}

#[test]
fn a_deadline_that_became_shorter_is_silent_until_it_opens() {
    let day = |days| END - Duration::days(days);
    let mut world = watched(Policy { deadline: Deadline::Before(Duration::days(90)), ..policy() });
    assert_eq!(world.run(day(80)).len(), 1);
    std::sync::Arc::make_mut(&mut world.policies.entries[0].policy).deadline = Deadline::Before(Duration::days(30));
    assert!(world.run(day(70)).is_empty());
    assert!(world.run(day(30) - Duration::SECOND).is_empty());
    assert_eq!(world.run(day(30)).len(), 1);
}

#[test]
fn half_of_the_lifetime_caps_the_lead_another_share_may_and_none_does_not() {
    let end = datetime!(2026-11-22 12:00 UTC);
    for (cap, days) in [(DeadlineCap::default(), 45), (DeadlineCap::Percent(20), 18), (DeadlineCap::None, 60)] {
        let asked = Policy { deadline: Deadline::Before(Duration::days(60)), deadline_cap: cap, ..policy() };
        let world = World::new("UTC").watch(certificate("shop.example", end - Duration::days(90), end), asked);
        let opens = end - Duration::days(days);
        assert!(world.schedule(opens - Duration::SECOND).due.is_empty(), "{cap:?}");
        assert_eq!(world.schedule(opens).due.len(), 1, "{cap:?}");
    }
}

#[test]
fn what_a_clock_ahead_said_of_the_end_does_not_stand_for_the_end() {
    let events = [EventKind::Expiration, EventKind::Expired].into();
    let mut world = watched(Policy { events, frequency: Frequency::Once, ..policy() });
    let fingerprint = world.certificates[0].0.fingerprint;
    let early = Delivery::new(END - Duration::days(5), "it has expired");
    world.history.note_delivery(fingerprint, EventKind::Expired, &ContactName::new("ops"), Channel::Email, early);
    let sent = world.run(END + Duration::SECOND);
    assert_eq!(sent[0].key.kind, EventKind::Expired);
    assert_eq!(sent[0].why, ReminderReason::Expired);
}

#[test]
fn a_slot_after_the_end_is_named_by_the_frequency_that_owed_it() {
    let events = [EventKind::Expiration, EventKind::Expired].into();
    let mut world = watched(Policy { events, frequency: Frequency::EveryDays(5), ..policy() });
    world.run(END + Duration::days(1));
    let sent = world.run(END + Duration::days(40));
    let ReminderReason::Repeat { every_days, .. } = sent[0].why else { panic!("{:?}", sent[0].why) };
    assert_eq!(every_days, 5);
    let sent = world.run(END + Duration::days(80));
    let ReminderReason::Repeat { every_days, .. } = sent[0].why else { panic!("{:?}", sent[0].why) };
    assert_eq!(every_days, 30);
}

#[test]
fn year_9999_is_no_end() {
    let events = [EventKind::Expiration, EventKind::Expired, EventKind::HostingFailure].into();
    let asked = Policy { events, deadline: Deadline::Percent(50), deadline_cap: DeadlineCap::None, ..policy() };
    for end in [datetime!(9999-12-31 23:59:59 UTC), datetime!(9999-06-01 0:00 UTC)] {
        for zone in ["Pacific/Kiritimati", "Pacific/Honolulu"] {
            let leaf = certificate("shop.example", datetime!(2020-01-01 0:00 UTC), end);
            let world = World::new(zone).watch(leaf, asked.clone());
            for now in
                [datetime!(2026-01-01 0:00 UTC), datetime!(9990-01-01 0:00 UTC), datetime!(9999-12-31 23:59:59 UTC)]
            {
                let schedule = world.schedule(now);
                assert!(schedule.due.is_empty() && schedule.held.is_empty() && schedule.next.is_none(), "{now}");
            }
        }
    }
}
