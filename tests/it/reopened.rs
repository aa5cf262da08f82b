//! An opening that moves later after a reminder went out: silence until then. And what may be written for its cap.

use std::io;
use std::path::{Path, PathBuf};

use certnotify::cause::ReadError;
use certnotify::certificate::Certificate;
use certnotify::event::EventKind;
use certnotify::history::RenewalRecord;
use certnotify::observation::RenewalWindow;
use certnotify::policy::{self, DeadlineCap, Files, SourceFile, Zone};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::support::scenario::Scenario;
use crate::support::world::certificate;

const END: OffsetDateTime = datetime!(2033-03-01 9:00 UTC);

fn left(hours: i64) -> OffsetDateTime {
    END - Duration::hours(hours)
}

fn shop() -> Certificate {
    certificate("shop.example.com", END - Duration::days(90), END)
}

/// One entry for each of these: its name and its keys.
fn policies(entries: &[(&str, &str)]) -> String {
    let head = "[contacts.ops]\nemail = \"ops@example.com\"\n[contacts.anna]\nemail = \"anna@example.com\"\n\
                [policies.default]\ncontacts = [\"ops\"]\nchannels = [\"email\"]\nfrequency = \"1d\"\ndeadline = \"45d\"\n";
    let entry = |(name, keys): &(&str, &str)| {
        format!(
            "[[certificates]]\nname = \"{name}\"\nendpoint = \"{name}.example.com\"\nrenewal = \"manual\"\n{keys}\n"
        )
        .replace("renewal = \"manual\"\nrenewal = \"auto\"", "renewal = \"auto\"")
    };
    format!("{head}{}", entries.iter().map(entry).collect::<String>())
}

/// The hours that were left at each reminder of the end to `contact`, in runs each hour.
fn reminded(scenario: &mut Scenario, contact: &str, from: i64, to: i64) -> Vec<i64> {
    let mut hours = Vec::new();
    for hour in (to..=from).rev() {
        scenario.run(left(hour));
        let mut own = scenario.sent.iter().filter(|message| message.contact.as_str() == contact);
        if own.any(|message| message.reminders.iter().any(|(key, _)| key.kind == EventKind::Expiration)) {
            hours.push(hour);
        }
    }
    hours
}

/// Tells `contact` with `before`; the hours left at its first reminder with `after`.
fn first_after(before: &str, after: &str, contact: &str, told_at: i64) -> Option<i64> {
    let mut scenario = Scenario::new(before);
    for name in ["shop", "edge"] {
        scenario.shows(name, &shop());
    }
    assert_eq!(reminded(&mut scenario, contact, told_at, told_at), [told_at]);
    scenario.rewritten(after);
    reminded(&mut scenario, contact, told_at - 1, 1).first().copied()
}

const DAY: i64 = 24;

#[test]
fn nothing_goes_out_before_an_automatic_renewal_is_late_once_the_entry_says_so() {
    let auto = policies(&[("shop", "renewal = \"auto\"")]);
    let first = first_after(&policies(&[("shop", "")]), &auto, "ops", 40 * DAY);
    // A third of 90 days, and 5 % of them as grace.
    assert_eq!(first, Some(30 * DAY - 108));
}

#[test]
fn nothing_goes_out_before_the_deadline_that_became_shorter() {
    let first = first_after(&policies(&[("shop", "")]), &policies(&[("shop", "deadline = \"9d\"")]), "ops", 40 * DAY);
    assert_eq!(first, Some(9 * DAY));
}

#[test]
fn a_contact_that_became_one_of_the_escalation_hears_nothing_before_it() {
    let both = policies(&[("shop", "contacts = [\"ops\", \"anna\"]")]);
    let after = policies(&[("shop", "escalation = [{ within = \"7d\", contacts = [\"anna\"] }]")]);
    assert_eq!(first_after(&both, &after, "anna", 40 * DAY), Some(7 * DAY));
}

#[test]
fn of_two_policies_the_one_that_is_left_says_when() {
    let both = policies(&[("shop", "deadline = \"10d\""), ("edge", "")]);
    let after = policies(&[("shop", "deadline = \"10d\"")]);
    assert_eq!(first_after(&both, &after, "ops", 40 * DAY), Some(10 * DAY));
}

#[test]
fn a_renewal_window_that_moved_later_silences_until_its_end_and_the_grace() {
    let mut scenario = Scenario::new(&policies(&[("shop", "renewal = \"auto\"")]));
    scenario.shows("shop", &shop());
    let window = |hours| RenewalRecord {
        window: Some(RenewalWindow { start: left(hours + DAY), end: left(hours), explanation: None }),
        ask_again: left(hours),
    };
    scenario.history.renewals.insert(shop().fingerprint, window(45 * DAY));
    assert_eq!(reminded(&mut scenario, "ops", 40 * DAY, 40 * DAY), [40 * DAY]);
    scenario.history.renewals.insert(shop().fingerprint, window(20 * DAY));
    assert_eq!(reminded(&mut scenario, "ops", 40 * DAY - 1, 1).first(), Some(&(20 * DAY - 108)));
}

struct NoFiles;

impl Files for NoFiles {
    fn matching(&mut self, _: &Path) -> Result<Vec<PathBuf>, String> {
        Ok(Vec::new())
    }

    fn policies(&mut self, _: &Path) -> Result<SourceFile, String> {
        Err("there is none".to_owned())
    }

    fn list(&mut self, _: &Path) -> Result<SourceFile, ReadError> {
        Err(io::Error::from(io::ErrorKind::NotFound).into())
    }
}

#[test]
fn the_cap_of_the_deadline_is_a_share_of_the_lifetime_or_none() {
    for (written, cap) in [
        ("", DeadlineCap::Percent(50)),
        ("deadline-cap = \"50%\"", DeadlineCap::Percent(50)),
        ("deadline-cap = \"1%\"", DeadlineCap::Percent(1)),
        ("deadline-cap = \"100%\"", DeadlineCap::Percent(100)),
        ("deadline-cap = \"none\"", DeadlineCap::None),
    ] {
        let scenario = Scenario::new(&policies(&[("shop", written)]));
        assert_eq!(scenario.policies.entries[0].policy.deadline_cap, cap, "{written}");
        let of_policy =
            policies(&[("shop", "")]).replace("deadline = \"45d\"", &format!("deadline = \"45d\"\n{written}"));
        assert_eq!(Scenario::new(&of_policy).policies.entries[0].policy.deadline_cap, cap, "{written}");
    }
}

#[test]
fn any_other_cap_is_an_error_that_says_what_to_write() {
    for (written, said) in [
        ("deadline-cap = \"0%\"", "deadline-cap = \"50%\""),
        ("deadline-cap = \"101%\"", "deadline-cap = \"50%\""),
        ("deadline-cap = \"30d\"", "deadline-cap = \"50%\""),
        ("deadline-cap = \"\"", "deadline-cap = \"50%\""),
        ("deadline-cap = 50", "deadline-cap"),
        ("cap = \"50%\"", "deadline-cap"),
        ("max-lead = \"50%\"", "deadline-cap"),
        ("deadline-caps = \"50%\"", "deadline-cap"),
    ] {
        let file = SourceFile::new("/etc/policies.toml", policies(&[("shop", written)]));
        let problems = policy::parse(file, &Zone::UTC, &mut NoFiles).policies.unwrap_err();
        let report = policy::report(Path::new("/etc/policies.toml"), &problems);
        let help =
            report.lines().filter(|line| line.contains("help") || line.contains("did you mean")).collect::<String>();
        assert!(report.contains(said) && !help.is_empty(), "{written}: {report}");
    }
}
