//! The schedule: when a reminder is due, held, repeated and silent.

use certnotify::cause::Clause;
use certnotify::certificate::Certificate;
use certnotify::event::EventKind;
use certnotify::history::Snooze;
use certnotify::policy::{ContactName, Deadline, Escalation, Frequency, Policy, Renewal, Window, Zone};
use certnotify::schedule::{self, ReminderReason};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::support::world::{World, certificate, contact, policy};

const END: OffsetDateTime = datetime!(2027-03-01 12:00:00 UTC);

/// Lives a year and ends at `END`.
fn yearly() -> Certificate {
    certificate("shop.example", END - Duration::days(365), END)
}

fn every(days: u16) -> Policy {
    Policy { frequency: Frequency::EveryDays(days), ..policy() }
}

fn once() -> Policy {
    Policy { frequency: Frequency::Once, ..policy() }
}

fn world(policy: Policy) -> World {
    World::new("Europe/Berlin").watch(yearly(), policy)
}

/// Two minutes of jitter that differ from day to day and are the same in every test run.
fn jitter(day: i64) -> Duration {
    Duration::seconds((day * 7919).rem_euclid(241) - 120)
}

#[test]
fn sixty_daily_runs_with_jitter_send_60_20_12_and_9_reminders_and_once_is_once() {
    for start in [datetime!(2026-12-31 23:00:00 UTC), datetime!(2027-01-01 08:00:00 UTC)] {
        for (frequency, expected) in [
            (Frequency::EveryDays(1), 60),
            (Frequency::EveryDays(3), 20),
            (Frequency::EveryDays(5), 12),
            (Frequency::EveryDays(7), 9),
            (Frequency::Once, 1),
        ] {
            let end = start + Duration::days(62);
            let long = certificate("shop.example", end - Duration::days(365), end);
            let deadline = Deadline::Before(Duration::days(90));
            let mut world = World::new("Europe/Berlin").watch(long, Policy { frequency, deadline, ..policy() });
            let sent = world.runs((0..60).map(|day| start + Duration::days(day) + jitter(day)));
            assert_eq!(sent.len(), expected, "{frequency:?} from {start}");
        }
    }
}

#[test]
fn four_hundred_runs_at_once_send_one_reminder() {
    let mut world = world(once());
    let sent = world.runs((0..400).map(|day| END - Duration::days(200) + Duration::days(day)));
    assert_eq!(sent, [END - Duration::days(30)]);
}

#[test]
fn hourly_runs_across_both_nights_of_daylight_saving_time_send_one_a_day() {
    let nights = [
        ("Europe/Berlin", datetime!(2026-03-29 00:00 UTC)),
        ("Europe/Berlin", datetime!(2026-10-25 00:00 UTC)),
        ("Australia/Lord_Howe", datetime!(2026-04-04 15:00 UTC)),
        ("Australia/Lord_Howe", datetime!(2026-10-03 15:00 UTC)),
        ("Africa/Cairo", datetime!(2026-04-23 22:00 UTC)),
        ("Africa/Cairo", datetime!(2026-10-29 21:00 UTC)),
    ];
    for (name, night) in nights {
        let zone = Zone::named(name).unwrap();
        for first_hour in 0..24 {
            let start = night - Duration::days(5) + Duration::hours(first_hour) + Duration::minutes(17);
            let end = start + Duration::days(20);
            let watched = certificate("shop.example", end - Duration::days(365), end);
            let mut world = World::new(name).watch(watched, every(1));
            let sent = world.runs((0..24 * 10).map(|hour| start + Duration::hours(hour)));
            // In each day of wall-clock time, cut where the first reminder stands less an hour, exactly one.
            let origin = zone.wall(start) - Duration::hours(1);
            let days: Vec<i64> = sent.iter().map(|at| (zone.wall(*at) - origin).whole_days()).collect();
            assert_eq!(days, (0..i64::try_from(days.len()).unwrap()).collect::<Vec<_>>(), "{name} {first_hour}");
            assert!((10..=11).contains(&sent.len()), "{name} {first_hour}: {}", sent.len());
        }
    }
}

#[test]
fn the_deadline_opens_to_the_second() {
    let world = world(once());
    let opens = END - Duration::days(30);
    assert!(world.schedule(opens - Duration::SECOND).due.is_empty());
    let due = world.schedule(opens).due;
    assert_eq!(due[0].reminders[0].why, ReminderReason::Opened { lead: Duration::days(30) });
}

#[test]
fn no_recipient_is_reminded_in_the_first_half_of_a_certificates_life() {
    let end = datetime!(2027-01-01 0:00 UTC);
    let short = certificate("short.example", end - Duration::days(90), end);
    let ninety = Policy { deadline: Deadline::Before(Duration::days(90)), ..once() };
    let world = World::new("UTC").watch(short, ninety);
    assert!(world.schedule(end - Duration::days(45) - Duration::SECOND).due.is_empty());
    let due = world.schedule(end - Duration::days(45)).due;
    assert_eq!(due[0].reminders[0].terms.opening.asked, Duration::days(90));
    assert_eq!(due[0].reminders[0].terms.opening.lead, Duration::days(45));
}

#[test]
fn a_percentage_is_taken_of_the_lifetime() {
    let third = Policy { deadline: Deadline::Percent(20), ..once() };
    let world = world(third);
    assert!(world.schedule(END - Duration::days(73) - Duration::SECOND).due.is_empty());
    assert_eq!(world.schedule(END - Duration::days(73)).due.len(), 1);
}

#[test]
fn automatic_renewal_is_left_in_peace_until_it_is_late() {
    let end = datetime!(2027-01-01 0:00 UTC);
    let mut world = World::new("UTC").watch(certificate("auto.example", end - Duration::days(90), end), once());
    world.policies.entries[0].options_mut().renewal = Some(Renewal::Auto);
    // Due when 30 of its 90 days are left; late 5 % of its life, 4.5 days, after that.
    let late = end - Duration::days(30) + Duration::hours(108);
    assert!(world.schedule(late - Duration::SECOND).due.is_empty());
    assert_eq!(world.run(late)[0].why, ReminderReason::RenewalLate { since: late });
}

#[test]
fn a_six_day_certificate_gets_its_reminder_within_its_last_hours() {
    let end = datetime!(2027-01-01 0:00 UTC);
    let mut world = World::new("UTC").watch(certificate("short.example", end - Duration::hours(160), end), once());
    world.policies.entries[0].options_mut().renewal = Some(Renewal::Auto);
    assert!(world.schedule(end - Duration::hours(74) - Duration::SECOND).due.is_empty());
    assert_eq!(world.schedule(end - Duration::hours(74)).due.len(), 1);
}

#[test]
fn after_a_pause_there_is_one_reminder_the_tightest() {
    let milestones = vec![Duration::days(14), Duration::days(7), Duration::days(1)];
    let mut world = world(Policy { milestones, ..every(7) });
    let sent = world.run(END - Duration::days(5));
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].why, ReminderReason::Milestone { left: Duration::days(7) });
    assert!(world.run(END - Duration::days(5) + Duration::hours(1)).is_empty());
}

#[test]
fn once_is_the_opening_and_the_milestones() {
    let milestones = vec![Duration::days(30), Duration::days(14), Duration::days(7), Duration::hours(12)];
    let mut world = world(Policy { milestones, ..once() });
    let sent = world.runs((0..24 * 40).map(|hour| END - Duration::days(35) + Duration::hours(hour)));
    let left: Vec<i64> = sent.iter().map(|at| (END - *at).whole_hours()).collect();
    assert_eq!(left, [30 * 24, 14 * 24, 7 * 24, 12], "a milestone at the lead does not exist");
}

#[test]
fn milestones_do_not_move_the_slots() {
    let mut world = world(Policy { milestones: vec![Duration::days(20)], ..every(7) });
    let sent = world.runs((0..30).map(|day| END - Duration::days(30) + Duration::days(day)));
    let left: Vec<i64> = sent.iter().map(|at| (END - *at).whole_days()).collect();
    // The slots begin at 30, 23, 16, 9 and 2 days; the milestone at 20 is more than half a slot from both.
    assert_eq!(left, [30, 23, 20, 16, 9, 2]);
}

#[test]
fn a_milestone_next_to_a_slot_is_not_followed_at_once() {
    let mut world = world(Policy { milestones: vec![Duration::days(24)], ..every(7) });
    let sent = world.runs((0..30).map(|day| END - Duration::days(30) + Duration::days(day)));
    let left: Vec<i64> = sent.iter().map(|at| (END - *at).whole_days()).collect();
    assert_eq!(left, [30, 24, 20, 16, 9, 2], "3.5 days after the milestone, then in its slots again");
}

#[test]
fn outside_the_window_a_reminder_is_held_and_goes_out_at_its_opening() {
    let window = Window::parse("09:00-20:00").unwrap();
    let mut world = world(Policy { window, ..once() });
    // 20:00:00 in Berlin is outside, 19:59:59 inside.
    let evening = datetime!(2027-02-10 19:00:00 UTC);
    let schedule = world.schedule(evening);
    assert!(schedule.due.is_empty());
    assert_eq!(schedule.held[0].held_until, Some(datetime!(2027-02-11 08:00 UTC)));
    assert_eq!(world.schedule(evening - Duration::SECOND).due.len(), 1);
    assert!(world.run(datetime!(2027-02-11 07:59:59 UTC)).is_empty());
    assert_eq!(world.run(datetime!(2027-02-11 08:00:00 UTC)).len(), 1);
}

#[test]
fn the_window_is_read_in_the_zone_of_the_contact_then_of_the_policy() {
    let window = Window::parse("09:00-20:00").unwrap();
    let shanghai = Zone::named("Asia/Shanghai").ok();
    let noon_in_berlin_is_evening_in_shanghai = datetime!(2027-02-10 12:30:00 UTC);
    let of_policy = world(Policy { window: window.clone(), zone: shanghai.clone(), ..once() });
    assert!(of_policy.schedule(noon_in_berlin_is_evening_in_shanghai).due.is_empty());
    let mut of_contact = world(Policy { window, zone: Zone::named("Europe/Berlin").ok(), ..once() });
    assert_eq!(of_contact.schedule(noon_in_berlin_is_evening_in_shanghai).due.len(), 1);
    of_contact.policies.contacts.get_mut("ops").unwrap().zone = shanghai;
    assert!(of_contact.schedule(noon_in_berlin_is_evening_in_shanghai).due.is_empty());
}

#[test]
fn a_run_that_never_falls_inside_the_window_says_so() {
    let mut world = world(Policy { window: Window::parse("09:00-20:00").unwrap(), ..once() });
    let night = datetime!(2027-02-10 02:00:00 UTC);
    let fingerprint = yearly().fingerprint;
    let held =
        [(ContactName::new("ops"), [(certnotify::policy::Channel::Email, certnotify::history::Moment(night))].into())];
    world.history.held.insert(fingerprint, held.into());
    assert!(world.schedule(night + Duration::hours(6)).missed_windows.is_empty());
    let next_night = world.schedule(night + Duration::days(1));
    assert_eq!(
        next_night.missed_windows.into_iter().collect::<Vec<_>>(),
        [("09:00-20:00".to_owned(), "CET".to_owned())]
    );
}

#[test]
fn an_escalation_adds_its_contact_at_once_and_with_slots_of_its_own() {
    let (within, channels) = (Duration::days(7), every(5).channels);
    let step = Escalation { within, contacts: vec![ContactName::new("anna")], channels };
    let mut world = world(Policy { escalation: vec![step], ..every(5) });
    let mut anna = Vec::new();
    for day in 0..30 {
        let now = END - Duration::days(30) + Duration::days(day);
        let sent = world.run(now);
        anna.extend(sent.iter().filter(|sent| sent.key.contact.as_str() == "anna").map(|sent| (30 - day, sent.why)));
    }
    assert_eq!(anna[0], (7, ReminderReason::Escalated { within: Duration::days(7) }));
    assert_eq!(anna.iter().map(|(left, _)| *left).collect::<Vec<_>>(), [7, 2]);
}

#[test]
fn a_contact_who_joins_is_told_at_once() {
    let mut world = world(once());
    assert_eq!(world.run(END - Duration::days(30)).len(), 1);
    std::sync::Arc::make_mut(&mut world.policies.entries[0].policy).contacts.push(ContactName::new("anna"));
    let sent = world.run(END - Duration::days(20));
    assert_eq!(sent.iter().map(|sent| sent.key.contact.as_str()).collect::<Vec<_>>(), ["anna"]);
}

#[test]
fn expired_is_told_at_the_policys_frequency_for_30_days_and_then_every_30() {
    let mut events = policy().events;
    events.insert(EventKind::Expired);
    let mut world = world(Policy { events, ..every(7) });
    let sent = world.runs((0..150).map(|day| END + Duration::HOUR + Duration::days(day)));
    let past: Vec<i64> = sent.iter().map(|at| (*at - END).whole_days()).collect();
    assert_eq!(past, [0, 7, 14, 21, 28, 43, 60, 90, 120]);
}

#[test]
fn who_was_never_reminded_hears_once_that_it_has_expired_whatever_the_events_say() {
    let mut never = world(every(1));
    assert_eq!(never.run(END + Duration::days(3))[0].why, ReminderReason::ExpiredUntold);
    assert!(never.runs((4..100).map(|day| END + Duration::days(day))).is_empty());
    let mut reminded = world(every(1));
    assert_eq!(reminded.run(END - Duration::days(3)).len(), 1);
    assert!(reminded.runs((0..100).map(|day| END + Duration::days(day) + Duration::HOUR)).is_empty());
}

#[test]
fn a_reminder_held_past_the_end_becomes_the_word_that_it_has_expired() {
    let mut world = world(Policy { window: Window::parse("14:00-15:00").unwrap(), ..once() });
    assert!(world.run(END - Duration::minutes(5)).is_empty());
    let sent = world.run(END + Duration::hours(1) + Duration::minutes(1));
    assert_eq!((sent[0].key.kind, sent[0].why), (EventKind::Expired, ReminderReason::ExpiredUntold));
}

#[test]
fn an_expired_certificate_that_is_not_seen_is_told_once() {
    let mut events = policy().events;
    events.insert(EventKind::Expired);
    let mut world = world(Policy { events, ..every(1) });
    world.certificates[0].1.failing = Some(Clause::Text("no answer".to_owned()));
    assert_eq!(world.runs((0..20).map(|day| END - Duration::days(3) + Duration::days(day))).len(), 5);
    world.certificates[0].1.failing = None;
    assert_eq!(world.run(END + Duration::days(30)).len(), 1);
}

#[test]
fn a_snooze_holds_and_its_release_owes_one() {
    let mut world = world(once());
    assert_eq!(world.run(END - Duration::days(30)).len(), 1);
    let since = END - Duration::days(25);
    let until = END - Duration::days(10);
    world.history.snoozes.insert(yearly().fingerprint, Snooze { until, since });
    let sent = world.runs((0..25).map(|day| since + Duration::days(day)));
    assert_eq!(sent, [until]);
}

#[test]
fn a_snooze_ends_with_the_certificate() {
    let mut world = world(every(1));
    let since = END - Duration::days(20);
    world.history.snoozes.insert(yearly().fingerprint, Snooze { until: END + Duration::days(90), since });
    let sent = world.runs((0..60).map(|day| since + Duration::HOUR + Duration::days(day)));
    assert_eq!(sent, [END + Duration::HOUR], "nobody was reminded, so it is told once that it has expired");
}

#[test]
fn the_earliest_due_counts_where_two_policies_share_a_contact() {
    let early = Policy { deadline: Deadline::Before(Duration::days(60)), ..once() };
    let mut world = World::new("UTC").watch(yearly(), once()).watch(yearly(), early);
    let sent = world.runs((0..70).map(|day| END - Duration::days(65) + Duration::days(day)));
    assert_eq!(sent, [END - Duration::days(60)]);
}

#[test]
fn a_switched_off_entry_claims_nothing() {
    let mut world = world(every(1));
    world.policies.entries[0].options_mut().is_silenced = true;
    assert!(world.run(END - Duration::days(1)).is_empty());
}

#[test]
fn the_plan_is_what_runs_at_its_moments_send() {
    let milestones = vec![Duration::days(7), Duration::days(1)];
    let window = Window::parse("Mon-Fri 09:00-18:00").unwrap();
    let mut events = policy().events;
    events.insert(EventKind::Expired);
    let mut world = world(Policy { milestones, window, events, ..every(3) }).with_contact(contact("anna", true));
    let start = END - Duration::days(40);
    let planned =
        schedule::plan(&world.events(start), &world.policies, &world.history, start, END + Duration::days(20)).0;
    assert!(planned.len() > 10);
    for (at, batch) in planned {
        assert!(world.run(at - Duration::SECOND).is_empty(), "nothing before {at}");
        let sent = world.run(at);
        let why: Vec<ReminderReason> = sent.iter().map(|reminder| reminder.why).collect();
        assert_eq!(why, batch.reminders.iter().map(|reminder| reminder.why).collect::<Vec<_>>(), "{at}");
        assert!(world.run(at + Duration::SECOND).is_empty(), "once at {at}");
    }
}

#[test]
fn a_reminder_names_the_next_one_of_its_certificate_of_whichever_kind() {
    let mut terms = Policy { milestones: vec![Duration::days(3), Duration::days(1)], ..every(5) };
    terms.events.extend([EventKind::Expired, EventKind::HostingFailure]);
    let mut world = world(terms).with_contact(contact("ops", true));
    world.policies.entries[0].options_mut().renewal = Some(Renewal::Auto);
    let start = END - Duration::days(40);
    let until = END + Duration::days(20);
    let planned = schedule::plan(&world.events(start), &world.policies, &world.history, start, until).0;
    let next = |reminders: &[schedule::Reminder]| reminders.iter().filter_map(|reminder| reminder.next).min();
    let kinds: Vec<_> = planned.iter().map(|(_, batch)| batch.reminders[0].key.kind).collect();
    assert!(kinds.windows(2).any(|two| two == [EventKind::Expiration, EventKind::HostingFailure]), "{kinds:?}");
    for (nth, (at, batch)) in planned.iter().enumerate() {
        let coming = planned.get(nth + 1).map(|(at, _)| *at);
        assert_eq!(next(&batch.reminders).filter(|next| *next <= until), coming, "planned for {at}");
        assert_eq!(next(&world.run(*at)).filter(|next| *next <= until), coming, "sent at {at}");
    }
}
