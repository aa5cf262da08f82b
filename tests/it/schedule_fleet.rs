//! The schedule of many certificates is that of each of them.

use std::slice;
use std::sync::Arc;

use certnotify::certificate::Fingerprint;
use certnotify::event::{Event, EventKind, ServedInstead};
use certnotify::history::{Delivery, Snooze};
use certnotify::policy::{Channel, ContactName, Deadline, Frequency, Policy, Renewal, Window};
use certnotify::schedule::{self, Batch, Schedule};
use proptest::prelude::*;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::support::world::{World, certificate, policy};

const NOW: OffsetDateTime = datetime!(2026-11-30 10:00 UTC);

/// One certificate and what is asked and known of it.
#[derive(Clone, Debug)]
struct Watched {
    ends_in: Duration,
    lifetime: Duration,
    lead: Duration,
    window: &'static str,
    is_automatic: bool,
    is_snoozed: bool,
    /// Another one is served in its place.
    is_not_deployed: bool,
    told_ago: Option<Duration>,
}

fn watched() -> impl Strategy<Value = Watched> {
    let days = |from: i64, to: i64| (from * 24..to * 24).prop_map(Duration::hours);
    let window = prop::sample::select(vec!["all-day", "all-day", "09:00-20:00", "Mon 00:00-01:00", "Sat 00:00-01:00"]);
    let told_ago = prop::option::weighted(0.2, days(0, 40));
    let flags = (prop::bool::weighted(0.2), prop::bool::weighted(0.1), prop::bool::weighted(0.1));
    let lead = prop_oneof![days(1, 9), days(1, 90)];
    // Of those that end soon a few: nothing is looked for beside what is due.
    let ends_in = prop_oneof![1 => days(-3, 20), 4 => days(20, 120)];
    (ends_in, days(5, 400), lead, window, flags, told_ago).prop_map(
        |(ends_in, lifetime, lead, window, (is_automatic, is_snoozed, is_not_deployed), told_ago)| Watched {
            ends_in,
            lifetime,
            lead,
            window,
            is_automatic,
            is_snoozed,
            is_not_deployed,
            told_ago,
        },
    )
}

fn world(fleet: &[Watched]) -> World {
    let mut world = World::new("Europe/Berlin");
    for (number, watched) in fleet.iter().enumerate() {
        let end = NOW + watched.ends_in;
        let certificate = certificate(&format!("www{number}.example"), end - watched.lifetime, end);
        let fingerprint = certificate.fingerprint;
        let policy = Policy {
            deadline: Deadline::Before(watched.lead),
            frequency: Frequency::EveryDays(3),
            events: [EventKind::Expiration, EventKind::Expired, EventKind::HostingFailure].into(),
            window: Window::parse(watched.window).unwrap(),
            ..policy()
        };
        world = world.watch(certificate, policy);
        if watched.is_automatic {
            world.policies.entries.last_mut().unwrap().options_mut().renewal = Some(Renewal::Auto);
        }
        if watched.is_snoozed {
            let snooze = Snooze { since: NOW - Duration::DAY, until: NOW + Duration::days(9) };
            world.history.snoozes.insert(fingerprint, snooze);
        }
        if let Some(ago) = watched.told_ago {
            let delivery = Delivery::new(NOW - ago, "told".to_owned());
            let ops = ContactName::new("ops");
            world.history.note_delivery(fingerprint, EventKind::Expiration, &ops, Channel::Email, delivery);
        }
    }
    world
}

fn events(world: &World, fleet: &[Watched]) -> Vec<Arc<Event>> {
    let mut events = world.events(NOW);
    for event in &mut events {
        let event = Arc::make_mut(event);
        let Some(location) = event.locations.first() else { continue };
        let at = world.certificates.iter().position(|(_, other)| other.entry == location.entry);
        if at.is_some_and(|at| fleet[at].is_not_deployed) {
            event.served_instead.push(ServedInstead {
                entry: location.entry.clone(),
                endpoint: "www.example:443".to_owned(),
                fingerprint: Fingerprint::new([7; 32]),
                serial: "1f".to_owned(),
                not_after: NOW,
                from: NOW,
                is_predecessor: true,
            });
        }
    }
    events
}

fn names(batches: &[Batch]) -> Vec<String> {
    let reminders = batches.iter().flat_map(|batch| &batch.reminders);
    let mut names: Vec<String> = reminders.map(|it| format!("{:?} {:?}", it.key, it.why)).collect();
    names.sort();
    names
}

#[test]
fn what_a_window_brings_forward_goes_out_before_what_opens_earlier() {
    let (sunday, friday) = (datetime!(2026-11-22 12:00 UTC), datetime!(2026-11-20 9:00 UTC));
    let a_day_before = Policy {
        deadline: Deadline::Before(Duration::DAY),
        window: Window::parse("Mon-Fri 09:00-18:00").unwrap(),
        ..policy()
    };
    let later = datetime!(2026-12-21 6:00 UTC);
    let world = World::new("UTC")
        .watch(certificate("office.example", sunday - Duration::days(365), sunday), a_day_before)
        .watch(certificate("www.example", later - Duration::days(365), later), policy());
    let mut events = world.events(friday);
    for _ in 0..2 {
        events.reverse();
        let at = |now| schedule::due(&events, &world.policies, &world.history, now);
        assert_eq!(at(friday - Duration::DAY).next.map(|next| next.at), Some(friday));
        assert_eq!(names(&at(friday).due).len(), 1);
    }
}

#[test]
fn all_that_open_at_one_moment_are_due_at_it() {
    let end = NOW + Duration::days(30);
    let world = ["a.example", "b.example", "c.example"].into_iter().fold(World::new("UTC"), |world, name| {
        world.watch(certificate(name, end - Duration::days(365), end), policy())
    });
    assert_eq!(names(&world.schedule(NOW).due).len(), 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn what_is_due_held_and_next_of_many_is_that_of_each(fleet in prop::collection::vec(watched(), 1..9)) {
        let world = world(&fleet);
        let events = events(&world, &fleet);
        let whole = schedule::due(&events, &world.policies, &world.history, NOW);
        let each: Vec<Schedule> = events
            .iter()
            .map(|event| schedule::due(slice::from_ref(event), &world.policies, &world.history, NOW))
            .collect();
        let all = |of: fn(&Schedule) -> &Vec<Batch>| {
            let mut all: Vec<String> = each.iter().flat_map(|schedule| names(of(schedule))).collect();
            all.sort();
            all
        };
        prop_assert_eq!(names(&whole.due), all(|schedule| &schedule.due));
        prop_assert_eq!(names(&whole.held), all(|schedule| &schedule.held));
        let next = each.iter().filter_map(|schedule| schedule.next.as_ref()).map(|next| next.at).min();
        prop_assert_eq!(whole.next.map(|next| next.at), next);
    }
}
