//! What one place can make the memory hold, and what a run over it costs.

use std::collections::BTreeSet;
use std::time::Duration;

use certnotify::certificate::{Certificate, Fingerprint};
use certnotify::event::{Detail, EventKind, Evidence, Location, Occurrence, OccurrenceId};
use certnotify::history::History;
use certnotify::policy::{Channel, ContactName};
use time::OffsetDateTime;
use time::macros::datetime;

use super::support::scenario::{Look, Scenario};
use super::support::world;

const NOW: OffsetDateTime = datetime!(2026-11-22 08:07:12 UTC);
const FAR: OffsetDateTime = datetime!(9998-01-01 0:00 UTC);

fn hour(number: i64) -> OffsetDateTime {
    NOW + time::Duration::hours(number)
}

/// One that no earlier look showed, with so many names of `site` and an issuer of its own.
fn fresh(site: &str, names: usize, end: OffsetDateTime, number: i64) -> Certificate {
    let end = end + time::Duration::seconds(number);
    let mut certificate = world::certificate(site, NOW - time::Duration::hours(1), end);
    let mut digest = [7; 32];
    digest[..8].copy_from_slice(&number.to_be_bytes());
    certificate.fingerprint = Fingerprint::new(digest);
    certificate.dns_names.extend((1..names).map(|name| format!("host-{name}.{site}")));
    certificate.issuer = format!("CN=Issuer {number}").into();
    certificate
}

/// For how long this thread has had a processor: what else the machine does counts for nothing.
fn spent() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split_whitespace().next().unwrap().parse().unwrap())
}

/// The size of the memory after each hourly run, and how long each took.
fn runs(events: &str, count: i64, shown: impl Fn(i64) -> Certificate) -> (Scenario, Vec<usize>, Vec<Duration>) {
    let mut scenario = Scenario::new(&policy(events));
    let (mut sizes, mut times) = (Vec::new(), Vec::new());
    for run in 0..count {
        let begun = spent();
        scenario.shows("edge", &shown(run)).run(hour(run));
        times.push(spent().saturating_sub(begun));
        scenario.saved.clear();
        sizes.push(if run % 50 == 49 { size(&scenario) } else { 0 });
    }
    (scenario, sizes, times)
}

fn size(scenario: &Scenario) -> usize {
    serde_json::to_vec(&scenario.history).unwrap().len()
}

/// No more than a tenth is added between two moments.
fn assert_stands(earlier: usize, later: usize) {
    assert!(later <= earlier + earlier / 10, "{earlier} bytes became {later}");
}

#[test]
fn a_peer_that_shows_a_fresh_certificate_at_each_look_fills_neither_the_state_nor_the_time() {
    let stranger = |run| fresh(&format!("peer-{run}.example"), 1000, FAR, run);
    let (scenario, sizes, times) = runs(r#""business.expiration""#, 250, stranger);
    assert_stands(sizes[149], sizes[249]);
    assert!(sizes[249] < 1_000_000, "{} bytes", sizes[249]);
    assert!(scenario.history.certificates.len() < 50, "{}", scenario.history.certificates.len());
    let time = |runs: &[Duration]| runs.iter().min().copied().unwrap();
    assert!(time(&times[200..]) < 3 * time(&times[5..50]), "{:?}", &times[200..]);
}

#[test]
fn what_happens_with_each_look_is_told_each_time_and_fills_the_state_no_more() {
    let stranger = |run| fresh(&format!("peer-{run}.example"), 60, FAR, run);
    let all = r#""business", "alerts", "service-changes""#;
    let (scenario, sizes, _) = runs(all, 250, stranger);
    assert!(!scenario.sent.is_empty(), "replaced once more");
    assert_stands(sizes[149], sizes[249]);
    assert!(scenario.history.occurrences.len() <= 102, "{}", scenario.history.occurrences.len());

    let (scenario, sizes, _) = runs(all, 250, |run| fresh("www.example.com", 60, FAR, run));
    assert!(!scenario.sent.is_empty(), "renewed once more");
    assert_stands(sizes[149], sizes[249]);
    assert!(scenario.history.deliveries.len() < 50, "{}", scenario.history.deliveries.len());
}

#[test]
fn a_file_that_holds_other_certificates_at_each_look_is_bounded_too() {
    let mut scenario = Scenario::new(&policy(r#""business", "alerts""#).replace("endpoint =", "file ="));
    let mut sizes = Vec::new();
    for run in 0..250 {
        let shown = [0, 1].map(|second| {
            let leaf = fresh(&format!("peer-{run}-{second}.example"), 60, FAR, run * 2 + second);
            let member = if second == 0 { String::new() } else { format!("#{}", &leaf.fingerprint.to_string()[..8]) };
            Look::file(&format!("/etc/ssl/all.pem{member}"), &leaf)
        });
        scenario.looks("edge", &shown).run(hour(run));
        sizes.push(if run % 50 == 49 { size(&scenario) } else { 0 });
    }
    assert_stands(sizes[149], sizes[249]);
}

#[test]
fn of_a_certificate_that_was_reminded_of_and_comes_back_after_many_others_no_second_reminder_goes_out() {
    let soon = NOW + time::Duration::days(20);
    let first = fresh("www.example.com", 10, soon, 0);
    // Each of the others is reminded of as well, and the next ones are not.
    for end in [soon, FAR] {
        let shown = |run: i64| if run == 0 || run == 200 { first.clone() } else { fresh("else.example", 10, end, run) };
        let (scenario, _, _) = runs(r#""business.expiration""#, 201, shown);
        let reminded = |certificate: &Certificate| {
            let kinds = &scenario.history.deliveries[&certificate.fingerprint];
            kinds[&EventKind::Expiration]
                .values()
                .flat_map(|channels| channels.values())
                .map(certnotify::history::DeliveryLog::count)
                .sum::<usize>()
        };
        assert_eq!(reminded(&first), 1);
        assert!(scenario.sent.iter().all(|message| message.reminders.is_empty()), "{:?}", scenario.sent);
    }
}

fn deletion(leaf: Certificate, now: OffsetDateTime) -> Occurrence {
    let location = Location {
        entry: certnotify::names::EntryName::new("edge"),
        name: "edge".into(),
        place: "edge.example.com".into(),
        remembered_as: None,
        address: None,
        seen: now,
        failing: None,
        is_endpoint: true,
    };
    Occurrence {
        id: OccurrenceId::new(EventKind::Deletion, leaf.fingerprint),
        kind: EventKind::Deletion,
        evidence: Evidence::Observed,
        at: now,
        certificate: Some(leaf),
        locations: vec![location].into(),
        detail: Detail::Deleted,
    }
}

#[test]
fn what_cannot_be_told_of_a_place_is_bounded_and_what_is_given_up_is_returned() {
    let mut history = History::default();
    let mut given_up = Vec::new();
    // Two at each moment: what happens at once is kept or given up at once.
    for number in 0..1200 {
        let now = hour(number / 2);
        let leaf = fresh(&format!("peer-{number}.example"), 2, FAR, number);
        history.note_occurrence(deletion(leaf, now), [(ContactName::new("alice"), Channel::Email)], now);
        if number % 2 == 1 {
            given_up.extend(history.expire_unsent(time::Duration::days(30), now));
            history.prune(&BTreeSet::new(), now);
        }
    }
    let owed = history.occurrences.values().filter(|record| !record.owed.is_empty()).count();
    assert_eq!((owed, given_up.len()), (1000, 200), "each is owed or was said to be given up");
    assert_eq!(given_up[0].2.certificate.as_ref().unwrap().dns_names[0], "peer-0.example");
    assert!(history.occurrences.len() <= 1100, "{}", history.occurrences.len());
}

#[test]
fn of_a_certificate_with_more_names_than_any_the_others_are_not_missed_later() {
    let huge = |number| fresh("www.example.com", 5000, FAR, number);
    let (scenario, sizes, _) = runs(r#""business""#, 50, huge);
    assert!(sizes[49] < 1_500_000, "{}", sizes[49]);
    let details = scenario.details(EventKind::Deletion);
    assert!(details.is_empty(), "each succeeds the one before: {}", details.len());
}

#[test]
fn what_several_recipients_are_owed_is_held_once() {
    let mut scenario = Scenario::new(&policy(r#""business""#));
    let happened = deletion(fresh("edge.example.com", 2, FAR, 0), NOW);
    let recipients = [Channel::Email, Channel::Inbox].map(|channel| (ContactName::new("alice"), channel));
    scenario.history.note_occurrence(happened, recipients, NOW);
    let schedule = certnotify::schedule::due(&[], &scenario.policies, &scenario.history, NOW);
    let owed: Vec<&std::sync::Arc<Occurrence>> = schedule.due.iter().flat_map(|batch| &batch.occurrences).collect();
    assert!(matches!(owed.as_slice(), [one, other] if std::sync::Arc::ptr_eq(one, other)), "{owed:?}");
}

fn policy(events: &str) -> String {
    POLICY.replace("EVENTS", events)
}

const POLICY: &str = r#"
    [email]
    from = "certs@example.com"

    [contacts.alice]
    email = "alice@example.com"

    [policies.default]
    contacts = ["alice"]
    channels = ["email"]
    events = [EVENTS]
    frequency = "once"
    deadline-cap = "none"

    [[certificates]]
    name = "edge"
    endpoint = "edge.example.com"
"#;
