//! A clock that is behind the last run, and one that was ahead of the time.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use certnotify::history::History;
use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::support::certificates::leaf;
use crate::support::scenario::Scenario;
use crate::support::world::certificate;

const NOW: OffsetDateTime = datetime!(2032-11-27 9:00 UTC);

fn days(number: i64) -> Duration {
    Duration::days(number)
}

fn scenario(frequency: &str) -> Scenario {
    let mut scenario = Scenario::new(&format!(
        "[contacts.ops]\nemail = \"ops@example.com\"\n[policies.default]\ncontacts = [\"ops\"]\nevents = [\"business\", \"alerts\"]\n\
         frequency = \"{frequency}\"\n[[certificates]]\nname = \"shop\"\nendpoint = \"shop.example.com\"\n\
         [[certificates]]\nname = \"down\"\nendpoint = \"down.example.com\"\n"
    ));
    scenario.shows("shop", &certificate("shop.example.com", NOW - days(3000), NOW + days(20)));
    scenario.shows("down", &certificate("down.example.com", NOW - days(3000), NOW + days(10)));
    scenario
}

fn saved(scenario: &Scenario) -> Value {
    let history: History = scenario.history.as_recorded().unwrap_or_else(|| scenario.history.clone());
    let mut value = serde_json::to_value(history).unwrap();
    value.as_object_mut().unwrap().remove("behind-since");
    value
}

#[test]
fn a_run_whose_clock_is_behind_changes_no_record_and_repeats_nothing() {
    for frequency in ["once", "1d", "7d"] {
        for behind in [days(1), days(5 * 365)] {
            let mut scenario = scenario(frequency);
            assert_eq!(scenario.told(NOW).len(), 2);
            scenario.fails("down", "no answer");
            for hour in 1..4 {
                scenario.run(NOW + Duration::hours(hour));
            }
            let before = saved(&scenario);
            let last = NOW + Duration::hours(3);
            for hour in 0..3 {
                let told = scenario.told(last - behind + Duration::hours(hour));
                assert!(told.is_empty(), "{frequency} {behind} {told:?}");
                let after = saved(&scenario);
                for part in ["last-run", "deliveries", "places", "certificates", "happenings"] {
                    assert_eq!(after[part], before[part], "{frequency} {behind} {part}");
                }
            }
            // Right again: the next one comes when it would have come.
            let mut next = (4..24 * 8).map(|hour| NOW + Duration::hours(hour)).filter(|now| {
                let told = scenario.told(*now);
                told.iter().any(|line| line.starts_with("ops email"))
            });
            let expected = match frequency {
                "once" => None,
                "1d" => Some(NOW + Duration::hours(23)),
                _ => Some(NOW + days(7) - Duration::HOUR),
            };
            assert_eq!(next.next(), expected, "{frequency} {behind}");
        }
    }
}

#[test]
fn a_clock_that_was_a_year_ahead_silences_for_no_longer_than_an_interval_and_doubles_nothing() {
    let mut scenario = scenario("1d");
    scenario.run(NOW - days(1));
    scenario.run(NOW + days(365));
    let mut sent = Vec::new();
    for hour in 0..24 * 5 {
        let now = NOW + Duration::hours(hour);
        if scenario.told(now).iter().any(|line| line.starts_with("ops email")) {
            sent.push(hour);
        }
    }
    assert!(sent[0] <= 24, "{sent:?}");
    assert!(sent.windows(2).all(|pair| (12..=36).contains(&(pair[1] - pair[0]))), "{sent:?}");
}

#[test]
fn a_clock_that_is_behind_is_warned_of_once() {
    let mut scenario = scenario("once");
    scenario.run(NOW);
    let warned = |scenario: &mut Scenario, now| {
        let report = scenario.run(now);
        report.problems.iter().any(|problem| problem.place == "clock")
    };
    assert!(warned(&mut scenario, NOW - days(2)));
    assert!(!warned(&mut scenario, NOW - days(2) + Duration::HOUR));
    assert!(!warned(&mut scenario, NOW + Duration::HOUR));
    assert!(warned(&mut scenario, NOW - days(2)), "it is behind once more");
}

struct House(tempfile::TempDir);

impl House {
    fn run(&self) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.current_dir(self.0.path()).env_clear().env("TZ", "UTC");
        let output = command.args(["-q", "-p", "policies.toml", "--state", "state.json", "run"]).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn state(&self) -> Value {
        serde_json::from_slice(&fs::read(self.path().join("state.json")).unwrap()).unwrap()
    }

    fn messages(&self) -> BTreeSet<String> {
        let inbox = fs::read_dir(self.path().join("inbox/ops/new")).unwrap();
        inbox.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

/// Every moment of the state but those of certificates themselves, so much later.
fn shift(value: &mut Value, by: Duration) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                if name != "facts" && name != "certificate" && name != "until" {
                    shift(field, by);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| shift(item, by)),
        Value::String(text) => {
            if let Ok(moment) = OffsetDateTime::parse(text, &Rfc3339) {
                *text = (moment + by).format(&Rfc3339).unwrap();
            }
        }
        _ => {}
    }
}

fn all_but_behind(mut state: Value) -> Value {
    fn strip(value: &mut Value) {
        if let Value::Object(fields) = value {
            fields.remove("behind-since");
            // What was printed, and when.
            fields.remove("problems");
            fields.values_mut().for_each(strip);
        }
    }
    strip(&mut state);
    state
}

#[test]
fn the_program_keeps_its_state_while_its_clock_is_behind() {
    let house = House(tempfile::tempdir().unwrap());
    let policies = "[contacts.ops]\nemail = \"ops@example.com\"\n[policies.default]\ncontacts = [\"ops\"]\nchannels = [\"inbox\"]\n\
                    frequency = \"1d\"\nevents = [\"business\", \"alerts\"]\n[[certificates]]\nname = \"shop\"\nfile = \"shop.pem\"\n";
    fs::write(house.path().join("policies.toml"), policies).unwrap();
    let now: OffsetDateTime = fs::metadata(house.path()).unwrap().modified().unwrap().into();
    let shop = leaf(&["shop.example.com"]).lives(now - days(85), now + days(5)).self_signed();
    fs::write(house.path().join("shop.pem"), shop.pem).unwrap();
    assert_eq!(house.run(), (0, String::new()));
    let messages = house.messages();
    assert_eq!(messages.len(), 1);
    for behind in [days(1), days(5 * 365)] {
        let mut state = house.state();
        shift(&mut state, behind);
        fs::write(house.path().join("state.json"), serde_json::to_vec(&state).unwrap()).unwrap();
        let (code, said) = house.run();
        assert_eq!(code, 0, "{said}");
        assert!(said.contains("it is taken as now; see to the clock of this machine"), "{said}");
        assert_eq!(house.run(), (0, String::new()), "once");
        assert_eq!(all_but_behind(house.state()), all_but_behind(state.clone()), "{behind}");
        assert_eq!(house.messages(), messages);
        shift(&mut state, -behind);
        fs::write(house.path().join("state.json"), serde_json::to_vec(&state).unwrap()).unwrap();
        assert_eq!(house.run(), (0, String::new()));
        assert_eq!(house.messages(), messages);
        assert!(!house.state().to_string().contains("behind-since"));
    }
}

#[test]
fn a_renewal_that_was_told_by_a_clock_that_was_behind_is_not_told_again() {
    let mut scenario = scenario("1d");
    scenario.run(NOW);
    scenario.run(NOW + days(1));
    assert_eq!(scenario.sent.len(), 2, "reminded by mail and in the inbox");
    scenario.shows("shop", &certificate("shop.example.com", NOW, NOW + days(400)));
    scenario.fails("down", "no answer");
    let closed = |scenario: &mut Scenario, now| {
        scenario.run(now);
        let told = scenario.sent.iter().flat_map(|message| &message.occurrences);
        told.filter(|(id, _)| id.as_str().starts_with("business.hosting")).count()
    };
    assert_eq!(closed(&mut scenario, NOW + days(1) - Duration::hours(3)), 2);
    for hours in 1..72 {
        assert_eq!(closed(&mut scenario, NOW + days(1) + Duration::hours(hours)), 0, "{hours} hours later");
    }
}
