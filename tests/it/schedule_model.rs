//! The schedule against a slow model that follows the words of its promises, one after the other.

use certnotify::policy::{Deadline, Frequency, Policy, Window, Zone};
use proptest::prelude::*;
use time::macros::datetime;
use time::{Duration, OffsetDateTime, Time};

use crate::support::world::{World, certificate, policy};

/// What the model knows of a policy.
#[derive(Clone, Debug)]
struct Model {
    end: OffsetDateTime,
    lifetime: Duration,
    days: i64,
    every: Option<u16>,
    milestones: Vec<Duration>,
    hours: Option<(u8, u8)>,
    zone: &'static str,
    told: Vec<OffsetDateTime>,
}

impl Model {
    fn zone(&self) -> Zone {
        Zone::named(self.zone).unwrap()
    }

    fn is_due(&self, now: OffsetDateTime) -> bool {
        let lead = Duration::days(self.days).min(self.lifetime / 2);
        if now < self.end - lead || now > self.end || !self.is_open(now) {
            return false;
        }
        self.told.is_empty() || self.milestone_is_due(lead, now) || self.slot_is_due(now)
    }

    fn is_open(&self, now: OffsetDateTime) -> bool {
        let time = self.zone().wall(now).time();
        self.hours.is_none_or(|(from, to)| {
            Time::from_hms(from, 0, 0).unwrap() <= time && time < Time::from_hms(to, 0, 0).unwrap()
        })
    }

    fn milestone_is_due(&self, lead: Duration, now: OffsetDateTime) -> bool {
        self.milestones.iter().filter(|left| **left < lead).any(|left| {
            let due = self.end - *left;
            due <= now && !self.told.iter().any(|told| *told >= due)
        })
    }

    fn slot_is_due(&self, now: OffsetDateTime) -> bool {
        let Some(days) = self.every else { return false };
        let here = self.slot(now, days);
        let half = Duration::hours(12) * i32::from(days);
        self.told.iter().all(|told| self.slot(*told, days) < here && now - *told >= half)
    }

    /// Counts the slots one by one from an hour before the first reminder.
    fn slot(&self, at: OffsetDateTime, days: u16) -> u32 {
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
    (0..200 * 24 * 60_i64, 6..400_i64, 1..100_i64, every, milestones, hours, zone).prop_map(
        |(minutes, lifetime, days, every, mut milestones, hours, zone)| {
            milestones.sort_unstable_by(|one, other| other.cmp(one));
            Model {
                end: datetime!(2027-02-01 0:00 UTC) + Duration::minutes(minutes),
                lifetime: Duration::days(lifetime),
                days,
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
            frequency: model.every.map_or(Frequency::Once, Frequency::EveryDays),
            milestones: model.milestones.clone(),
            window,
            ..policy()
        };
        let watched = certificate("shop.example", model.end - model.lifetime, model.end);
        let mut world = World::new(model.zone).watch(watched, of_model);
        let total: i64 = gaps.iter().sum();
        let mut now = model.end - Duration::minutes(total.min(model.days * 24 * 60 + 5000));
        for gap in gaps {
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
