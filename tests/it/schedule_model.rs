//! The schedule against a slow model that follows the words of its promises, one after the other.

use certnotify::policy::{Deadline, DeadlineCap, Frequency, Policy, Window, Zone};
use proptest::prelude::*;
use time::macros::datetime;
use time::{Duration, OffsetDateTime, Time};

use crate::support::world::{World, certificate, policy};

/// What the model knows of a policy.
#[derive(Clone, Debug)]
pub struct Model {
    pub end: OffsetDateTime,
    pub lifetime: Duration,
    pub days: i64,
    /// Percent of the lifetime.
    pub cap: Option<u8>,
    /// From this run on the deadline has so many days.
    pub later: (usize, i64),
    pub every: Option<u16>,
    pub milestones: Vec<Duration>,
    pub hours: Option<(u8, u8)>,
    pub zone: &'static str,
    pub told: Vec<OffsetDateTime>,
}

impl Model {
    fn zone(&self) -> Zone {
        Zone::named(self.zone).unwrap()
    }

    fn lead(&self) -> Duration {
        let days = Duration::days(self.days);
        self.cap.map_or(days, |percent| days.min(self.lifetime * i32::from(percent) / 100))
    }

    pub fn is_due(&self, now: OffsetDateTime) -> bool {
        let opens = self.end - self.lead();
        if now < self.in_time(opens) || now > self.end || !self.is_open(now) {
            return false;
        }
        self.told.is_empty() || self.milestone_is_due(now) || self.slot_is_due(now)
    }

    pub fn is_open(&self, now: OffsetDateTime) -> bool {
        let time = self.zone().wall(now).time();
        self.hours.is_none_or(|(from, to)| {
            Time::from_hms(from, 0, 0).unwrap() <= time && time < Time::from_hms(to, 0, 0).unwrap()
        })
    }

    /// The openings of the window around `at`, a day at a time.
    fn openings(&self, at: OffsetDateTime) -> Vec<OffsetDateTime> {
        let Some((from, _)) = self.hours else { return Vec::new() };
        let day = self.zone().wall(at).date();
        let opening = |days: i64| (day + Duration::days(days)).with_hms(from, 0, 0).unwrap();
        (-2..=2).map(|days| self.zone().instant(opening(days))).collect()
    }

    /// What the window would hold beyond the end goes out at the last opening before it.
    fn in_time(&self, due: OffsetDateTime) -> OffsetDateTime {
        let openings = self.openings(due);
        if due > self.end || self.is_open(due) || openings.iter().any(|at| due < *at && *at <= self.end) {
            return due;
        }
        openings.into_iter().rfind(|at| *at <= due).unwrap()
    }

    fn milestone_is_due(&self, now: OffsetDateTime) -> bool {
        let lead = self.lead();
        let mut latest = self.end - lead;
        for left in self.milestones.iter().filter(|left| **left < lead) {
            // One that was moved waits for a wider one of the same opening.
            let due = self.in_time(self.end - *left);
            let due = if due < latest && due < self.end - *left && self.is_open(latest) { latest } else { due };
            latest = due.max(latest);
            if due <= now && !self.told.iter().any(|told| *told >= due) {
                return true;
            }
        }
        false
    }

    fn slot_is_due(&self, now: OffsetDateTime) -> bool {
        let Some(days) = self.every else { return false };
        let half = Duration::hours(12) * i32::from(days);
        let last = *self.told.last().unwrap();
        if now - last < half {
            return false;
        }
        let here = self.slot(now, days);
        if self.told.iter().all(|told| self.slot(*told, days) < here) {
            return true;
        }
        // The next slot, where the window would hold its reminder beyond the end.
        let next = self.slot_start(self.slot(last, days) + 1, days).max(last + half);
        let moved = self.in_time(next);
        next < self.end && moved < next && last < moved && moved <= now
    }

    fn slot_start(&self, slot: u32, days: u16) -> OffsetDateTime {
        let start = self.zone().wall(self.told[0]) - Duration::hours(1);
        self.zone().instant(start + Duration::days(i64::from(days)) * slot)
    }

    /// Counts the slots one by one from an hour before the first reminder.
    pub fn slot(&self, at: OffsetDateTime, days: u16) -> u32 {
        let wall = self.zone().wall(at);
        let mut start = self.zone().wall(self.told[0]) - Duration::hours(1);
        let mut slot = 0;
        while start + Duration::days(i64::from(days)) <= wall {
            start += Duration::days(i64::from(days));
            slot += 1;
        }
        slot
    }
}

fn models() -> impl Strategy<Value = Model> {
    let hours = prop_oneof![Just(None), Just(Some((9, 20))), Just(Some((0, 1))), Just(Some((13, 14)))];
    let every = prop_oneof![Just(None), (1..12_u16).prop_map(Some)];
    let zone = prop_oneof![Just("UTC"), Just("Europe/Berlin"), Just("Asia/Shanghai")];
    let milestones = prop::collection::vec(1..90 * 24_i64, 0..4);
    let cap = prop_oneof![Just(None), Just(Some(50)), (1..100_u8).prop_map(Some)];
    let deadline = (1..100_i64, cap, (0..120_usize, 1..100_i64));
    (0..200 * 24 * 60_i64, 6..400_i64, deadline, every, milestones, hours, zone).prop_map(
        |(minutes, lifetime, (days, cap, later), every, mut milestones, hours, zone)| {
            milestones.sort_unstable_by(|one, other| other.cmp(one));
            Model {
                end: datetime!(2027-02-01 0:00 UTC) + Duration::minutes(minutes),
                lifetime: Duration::days(lifetime),
                days,
                cap,
                later,
                every,
                milestones: milestones.into_iter().map(Duration::hours).collect(),
                hours,
                zone,
                told: Vec::new(),
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_schedule_sends_what_the_words_of_its_promises_say(
        mut model in models(),
        gaps in prop::collection::vec(1..3 * 24 * 60_i64, 20..120),
    ) {
        let window = model.hours.map_or(Window::AllDay, |(from, to)| {
            Window::parse(&format!("{from:02}:00-{to:02}:00")).unwrap()
        });
        let of_model = Policy {
            deadline: Deadline::Before(Duration::days(model.days)),
            deadline_cap: model.cap.map_or(DeadlineCap::None, DeadlineCap::Percent),
            frequency: model.every.map_or(Frequency::Once, Frequency::EveryDays),
            milestones: model.milestones.clone(),
            window,
            ..policy()
        };
        let watched = certificate("shop.example", model.end - model.lifetime, model.end);
        let mut world = World::new(model.zone).watch(watched, of_model);
        let total: i64 = gaps.iter().sum();
        let mut now = model.end - Duration::minutes(total.min(model.days * 24 * 60 + 5000));
        for (run, gap) in gaps.into_iter().enumerate() {
            if run == model.later.0 {
                model.days = model.later.1;
                std::sync::Arc::make_mut(&mut world.policies.entries[0].policy).deadline = Deadline::Before(Duration::days(model.days));
            }
            now += Duration::minutes(gap);
            if now > model.end {
                break;
            }
            let due = model.is_due(now);
            prop_assert_eq!(!world.run(now).is_empty(), due, "at {}, told {:?}", now, model.told);
            if due {
                model.told.push(now);
            }
        }
    }
}
