//! Days that clocks and calendars make difficult: each change of summer time, leap days, far ends, ends before beginnings.

use certnotify::event::EventKind;
use certnotify::policy::{Deadline, Frequency, Policy, Window, Zone};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::support::world::{World, certificate, policy};

/// On both hemispheres, east and west, with half hours, changes by half an hour, at midnight, and around Ramadan.
const ZONES: [&str; 26] = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Asuncion",
    "America/Chicago",
    "America/Godthab",
    "America/Halifax",
    "America/Havana",
    "America/Los_Angeles",
    "America/Miquelon",
    "America/New_York",
    "America/Santiago",
    "America/St_Johns",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Jerusalem",
    "Asia/Kolkata",
    "Asia/Shanghai",
    "Atlantic/Azores",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Europe/Berlin",
    "Europe/Dublin",
    "Europe/London",
    "Pacific/Auckland",
    "Pacific/Chatham",
];

/// The hours at which the clocks of a zone are set.
fn changes(zone: &Zone) -> Vec<OffsetDateTime> {
    let differs = |at: OffsetDateTime, step| zone.local(at).offset() != zone.local(at + step).offset();
    let day = |number| datetime!(2026-01-01 0:00 UTC) + Duration::days(number);
    let days = (0..5 * 365).map(day).filter(|day| differs(*day, Duration::DAY));
    days.flat_map(|day| (0..24).map(move |hour| day + Duration::hours(hour)))
        .filter(|hour| differs(*hour, Duration::HOUR))
        .collect()
}

fn world(zone: &str, window: &str, every: u16, end: OffsetDateTime) -> World {
    let policy = Policy {
        deadline: Deadline::Before(Duration::days(30)),
        frequency: Frequency::EveryDays(every),
        window: if window.is_empty() { Window::AllDay } else { Window::parse(window).unwrap() },
        ..policy()
    };
    World::new(zone).watch(certificate("shop.example", end - Duration::days(90), end), policy)
}

#[test]
fn no_change_of_summer_time_doubles_or_skips_a_daily_reminder() {
    let mut seen = 0;
    for name in ZONES {
        let zone = Zone::named(name).unwrap();
        for change in changes(&zone) {
            seen += 1;
            for (window, minute) in [("", 37), ("09:00-20:00", 0)] {
                let begin = change - Duration::days(2) + Duration::minutes(minute);
                let mut world = world(name, window, 1, change + Duration::days(20));
                let hours = (0..5 * 24).map(|hour| begin + Duration::hours(hour));
                let sent = world.runs(hours);
                let case = format!("{name}, {change}, {window}: {sent:?}");
                // The slots begin an hour before the first reminder.
                let slot = |at: OffsetDateTime| (zone.wall(at) - zone.wall(sent[0]) + Duration::HOUR).whole_days();
                // Five days and what is left of one, as the first reminder was at any hour of the wall clock.
                assert!((5..=6).contains(&sent.len()), "{case}");
                for pair in sent.windows(2) {
                    let gap = pair[1] - pair[0];
                    assert!(gap > Duration::hours(12) && gap < Duration::hours(26), "{case}");
                }
                assert!(sent.windows(2).all(|pair| slot(pair[0]) + 1 == slot(pair[1])), "{case}");
            }
        }
    }
    assert!(seen > 200, "{seen} changes");
}

#[test]
fn a_deadline_opens_to_the_second_at_ends_of_any_year() {
    for end in [
        datetime!(2028-02-29 23:59:59 UTC),
        datetime!(2028-03-30 0:00 UTC),
        datetime!(2038-01-19 3:14:07 UTC),
        datetime!(2038-01-19 3:14:08 UTC),
        datetime!(2038-02-18 3:14:08 UTC),
        datetime!(2049-12-31 23:59:59 UTC),
        datetime!(2050-01-01 0:00 UTC),
        datetime!(2100-03-01 0:00 UTC),
        datetime!(2106-02-07 6:28:16 UTC),
        datetime!(9998-12-31 0:00 UTC),
    ] {
        let mut world = world("Asia/Shanghai", "", 1, end);
        let opens = end - Duration::days(30);
        assert!(world.runs([opens - Duration::SECOND]).is_empty(), "{end}");
        assert_eq!(world.runs([opens]), [opens], "{end}");
    }
}

#[test]
fn an_end_in_the_year_0_or_before_its_beginning_is_told_once_as_expired_and_stops_nothing() {
    let now = datetime!(2026-12-01 9:00 UTC);
    let sound = certificate("sound.example", now - Duration::days(80), now + Duration::days(5));
    let odd = [
        certificate("old.example", datetime!(0000-01-01 0:00 UTC), datetime!(0000-02-01 0:00 UTC)),
        certificate("first.example", datetime!(-9999-01-01 0:00 UTC), datetime!(0000-01-01 0:00 UTC)),
        certificate("turned.example", datetime!(2030-01-01 0:00 UTC), datetime!(2020-01-01 0:00 UTC)),
        certificate("widest.example", datetime!(9999-12-31 23:59:59 UTC), datetime!(-9999-01-01 0:00 UTC)),
    ];
    let policy = Policy { events: [EventKind::Expiration, EventKind::Expired].into(), ..policy() };
    let mut world = World::new("America/St_Johns").watch(sound, policy.clone());
    for leaf in odd {
        world = world.watch(leaf, policy.clone());
    }
    assert_eq!(world.run(now).len(), 5);
    assert_eq!(world.run(now + Duration::HOUR).len(), 0);
}
