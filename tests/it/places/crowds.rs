//! Standard error under cron: many failures with one cause are one line, and what comes and goes is not said each time.

use std::fmt::Write as _;

use time::Duration;

use super::Site;
use crate::events::{NOW, with_left};
use crate::support::scenario::Scenario;

#[test]
fn six_hundred_endpoints_that_refuse_are_a_cause_a_count_and_three_names() {
    let site = Site::new();
    site.policy("[[certificates]]\nname = \"edge\"\nlist = \"hosts.txt\"\ntrust = false\n");
    let mut hosts = String::new();
    for number in 0..600 {
        let _ = writeln!(hosts, "127.0.{}.{}:9", 1 + number / 200, 1 + number % 200);
    }
    site.write("hosts.txt", hosts);
    let (code, _, stderr) = site.certnotify(&["run", "--quiet"]);
    assert_eq!(code, 1);
    assert_eq!(stderr.lines().count(), 2, "{stderr}");
    let names =
        "600 certificates (`edge/127.0.1.1:9`, `edge/127.0.1.2:9`, `edge/127.0.1.3:9` and 597 more): unreachable: ";
    assert!(stderr.contains(names) && stderr.contains("see all of them: certnotify --policies "), "{stderr}");
    assert_eq!(site.certnotify(&["run", "--quiet"]), (1, String::new(), String::new()));
    assert_eq!(site.certnotify(&["run"]).2.lines().count(), 2);
}

const HOSTS: &str = "[contacts.ops]\nemail = \"ops@example.com\"\n[policies.default]\nevents = [\"business\", \"alerts\"]\n\
     [[certificates]]\nname = \"a\"\nendpoint = \"a.example\"\n";

#[test]
fn a_host_that_fails_in_every_other_run_is_not_said_and_one_that_stays_down_is_from_the_second_run() {
    let mut world = Scenario::new(HOSTS);
    let mut printed = Vec::new();
    for hour in 0..48 {
        if hour % 2 == 0 {
            world.shows("a", &with_left("a.example", 90));
        } else {
            world.fails("a", "no connection to a.example:443: connection refused");
        }
        let report = world.run(NOW + Duration::hours(hour));
        assert_eq!(report.problems.iter().filter(|problem| problem.is_failure).count() == 1, hour % 2 == 1);
        printed.extend(report.problems.iter().filter(|problem| problem.is_news).map(|_| hour));
    }
    assert_eq!(printed, Vec::<i64>::new());
    for hour in 48..96 {
        let report = world.run(NOW + Duration::hours(hour));
        printed.extend(report.problems.iter().filter(|problem| problem.is_news).map(|_| hour));
    }
    assert_eq!(printed, [48, 72]);
}

#[test]
fn a_problem_that_comes_back_within_a_day_is_not_new() {
    let mut world = Scenario::new(HOSTS);
    let mut printed = Vec::new();
    for hour in 0..48 {
        // Two runs down, one up.
        if hour % 3 == 0 {
            world.shows("a", &with_left("a.example", 90));
        } else {
            world.fails("a", "no connection to a.example:443: connection refused");
        }
        let report = world.run(NOW + Duration::hours(hour));
        printed.extend(report.problems.iter().filter(|problem| problem.is_news).map(|_| hour));
    }
    assert_eq!(printed, [2, 26]);
}

#[test]
fn a_few_failures_among_many_have_a_line_each() {
    let mut toml = HOSTS.to_owned();
    for number in 0..100 {
        let _ = write!(toml, "[[certificates]]\nname = \"h{number}\"\nendpoint = \"h{number}.example\"\n");
    }
    let mut world = Scenario::new(&toml);
    for number in 0..100 {
        if number < 5 {
            world.fails(&format!("h{number}"), &format!("no connection to 192.0.2.{number}:443: connection refused"));
        } else {
            world.shows(&format!("h{number}"), &with_left("h.example", 90));
        }
    }
    let report = world.run(NOW);
    assert_eq!(report.problems.len(), 5, "{:?}", report.problems);
    for number in 5..20 {
        world.fails(&format!("h{number}"), &format!("no connection to 192.0.2.{number}:443: connection refused"));
    }
    let report = world.run(NOW + Duration::HOUR);
    assert_eq!(report.problems.len(), 1, "{:?}", report.problems);
}
