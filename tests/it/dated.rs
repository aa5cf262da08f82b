//! Entries that are a date: keys, secrets, licences, contracts and domains, which have no file.

use std::cell::RefCell;
use std::fs;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::support::certificates::leaf;

pub(crate) struct World(TempDir, RefCell<Vec<String>>);

pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl World {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap(), RefCell::default())
    }

    pub(crate) fn writes(&self, policy: &str) -> &Self {
        fs::write(self.0.path().join("policies.toml"), policy).unwrap();
        self
    }

    /// A policy for all events by the inbox, and these entries.
    pub(crate) fn watches(&self, entries: &str) -> &Self {
        self.writes(&format!(
            "[settings]\ntimezone = \"Asia/Shanghai\"\n[email]\nsendmail = \"/bin/true\"\n[contacts.ops]\nemail = \"ops@example.com\"\n\
             [policies.default]\nchannels = [\"inbox\"]\nevents = [\"business\", \"alerts\"]\n{entries}"
        ))
    }

    pub(crate) fn runs(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.env_clear().env("TZ", "UTC").current_dir(self.0.path());
        let output = command.args(["-p", "policies.toml", "--state", "state.json"]).args(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.runs(arguments);
        serde_json::from_str(&ran.stdout).unwrap_or_else(|wrong| panic!("{wrong}: {}", ran.stderr))
    }

    /// One run; the kind and the why of everything that it sent.
    pub(crate) fn told(&self) -> Vec<(String, String)> {
        let report = self.json(&["run", "--format", "json"]);
        let messages = report["messages"].as_array().unwrap().iter();
        let reminders = messages.flat_map(|message| message["reminders"].as_array().unwrap());
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        reminders.map(|reminder| (word(&reminder["kind"]), word(&reminder["why"]))).collect()
    }

    /// The message that was not there when this was last asked.
    pub(crate) fn last_message(&self) -> String {
        let inbox = self.runs(&["inbox", "ops"]).stdout;
        let texts = (1..=inbox.lines().count()).map(|n| self.runs(&["inbox", "ops", "show", &n.to_string()]).stdout);
        let mut seen = self.1.borrow_mut();
        let new = texts.filter(|text| !text.is_empty() && !seen.contains(text)).last().unwrap_or_default();
        seen.push(new.clone());
        new
    }

    pub(crate) fn path(&self, file: &str) -> std::path::PathBuf {
        self.0.path().join(file)
    }

    pub(crate) fn put(&self, file: &str, text: &str) {
        fs::write(self.0.path().join(file), text).unwrap();
    }
}

/// By the clock of the disk.
pub(crate) fn now() -> OffsetDateTime {
    tempfile::tempfile().unwrap().metadata().unwrap().modified().unwrap().into()
}

fn in_days(days: i64) -> String {
    let at = now() + Duration::days(days);
    at.date().to_string()
}

fn entry(expires: &str) -> String {
    format!("[[certificates]]\nname = \"APNs key\"\nexpires = \"{expires}\"\n")
}

#[test]
fn check_knows_its_end_and_nothing_else() {
    let world = World::new();
    world.watches(&entry("2027-05-01"));
    let report = world.json(&["check", "--at", "2027-04-20T00:00:00Z", "--format", "json"]);
    let row = &report["certificates"][0];
    assert_eq!(row["not_after"], "2027-04-30T16:00:00Z", "the day begins in the zone of the settings");
    assert_eq!((&row["status"], &row["days_left"]), (&"warning".into(), &10.into()));
    assert!(row["source"].as_str().unwrap().contains("2027-05-01"), "{row}");
    for unknown in
        ["subject", "issuer", "serial", "not_before", "lifetime_days", "fingerprint_sha256", "key", "chain", "error"]
    {
        assert!(row.get(unknown).is_some_and(Value::is_null), "{unknown}: {row}");
    }
    let code = |at: &str| world.runs(&["check", "--at", at]).code;
    assert_eq!(code("2027-03-31T15:59:59Z"), 0);
    assert_eq!(code("2027-03-31T16:00:00Z"), 1, "30 days before");
    assert_eq!(code("2027-04-23T16:00:00Z"), 2, "7 days before");
    assert_eq!(code("2027-04-30T16:00:01Z"), 2);
    for format in ["csv", "html", "prometheus", "junit", "sarif", "nagios", "markdown", "table"] {
        let report = world.runs(&["check", "-v", "--at", "2027-04-20T00:00:00Z", "--format", format]).stdout;
        assert!(report.contains("APNs key") && !report.contains("1970"), "{format}: {report}");
    }
}

#[test]
fn a_moment_and_a_date_of_toml_are_understood_and_the_zone_of_the_entry_counts() {
    let world = World::new();
    let not_after = |lines: &str| {
        world.watches(&format!("[[certificates]]\nname = \"x\"\n{lines}"));
        world.json(&["check", "--format", "json"])["certificates"][0]["not_after"].as_str().unwrap().to_owned()
    };
    assert_eq!(not_after("expires = 2031-05-01\n"), "2031-04-30T16:00:00Z");
    assert_eq!(not_after("expires = \"2031-05-01T09:00:00+02:00\"\n"), "2031-05-01T07:00:00Z");
    assert_eq!(not_after("expires = 2031-05-01T09:00:00+02:00\n"), "2031-05-01T07:00:00Z");
    assert_eq!(not_after("expires = \"2031-05-01\"\ntimezone = \"America/New_York\"\n"), "2031-05-01T04:00:00Z");
}

#[test]
fn half_of_an_unknown_life_silences_nothing_and_every_policy_key_holds() {
    let world = World::new();
    world.watches(&format!("{}deadline = \"400d\"\nmilestones = [\"90d\"]\n", entry(&in_days(380))));
    let told = world.told();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].0, "business.expiration");
    assert_eq!(world.told(), []);
}

#[test]
fn a_later_date_is_the_renewal_and_said_once_without_the_word_certificate() {
    let world = World::new();
    world.watches(&format!("{}owner = \"mobile\"\nnote = \"the team account\"\n", entry(&in_days(10))));
    assert_eq!(world.told().len(), 1);
    let reminder = world.last_message();
    assert!(reminder.contains("the team account") && reminder.contains("owner    mobile"), "{reminder}");
    assert!(!reminder.to_lowercase().contains("certificate"), "{reminder}");
    let new = in_days(400);
    world.watches(&entry(&new));
    let told = world.told();
    assert_eq!(told.iter().map(|(kind, _)| kind.as_str()).collect::<Vec<_>>(), ["business.hosting"]);
    let closing = world.last_message();
    assert!(closing.contains(&format!("APNs key: renewed until {new}")), "{closing}");
    assert!(closing.contains("The date before was"), "{closing}");
    assert!(!closing.to_lowercase().contains("certificate"), "{closing}");
    assert_eq!(world.told(), []);
}

#[test]
fn an_earlier_date_is_a_change_said_once_and_counts_from_then_on() {
    let world = World::new();
    world.watches(&entry(&in_days(400)));
    assert_eq!(world.told(), []);
    world.watches(&entry(&in_days(5)));
    let kinds: Vec<String> = world.told().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["business.expiration", "business.hosting"]);
    let said = world.last_message();
    assert!(said.contains("has an earlier date in the policy file now"), "{said}");
    assert_eq!(world.told(), []);
}

#[test]
fn a_date_that_has_passed_is_an_alert_and_one_taken_out_is_said_to_be_watched_no_more() {
    let world = World::new();
    let other = "[[certificates]]\nname = \"other\"\nexpires = \"2040-01-01\"\n";
    world.watches(&format!("{}{other}", entry(&in_days(-3))));
    let told = world.told();
    assert_eq!(told.iter().map(|(kind, _)| kind.as_str()).collect::<Vec<_>>(), ["alert.expired"]);
    world.watches(other);
    let ran = world.runs(&["run"]);
    assert!(ran.stderr.contains("APNs key"), "{}", ran.stderr);
    let told = world.json(&["history", "--format", "json"]).to_string();
    assert!(told.contains("alert.notifications-disabled"), "{told}");
}

#[test]
fn a_date_by_another_name_is_watched_on_and_no_news() {
    let world = World::new();
    let renamed = |days: i64, name: &str| entry(&in_days(days)).replace("APNs key", name);
    world.watches(&entry(&in_days(300)));
    assert_eq!(world.runs(&["run"]).code, 0);
    world.watches(&renamed(300, "push key"));
    assert_eq!(world.runs(&["run"]).code, 0);
    assert_eq!(world.last_message(), "");
    // Another date is another thing.
    world.watches(&renamed(290, "new key"));
    world.runs(&["run"]);
    assert!(world.last_message().contains("push key: watched no more"));
}

#[test]
fn one_new_date_is_not_two_old_ones_by_another_name() {
    let world = World::new();
    let named = |name: &str| entry(&in_days(300)).replace("APNs key", name);
    world.watches(&(named("push key") + &named("sign key")));
    assert_eq!(world.runs(&["run"]).code, 0);
    world.watches(&named("only key"));
    world.runs(&["run"]);
    let told = world.last_message();
    assert!(told.contains("watched no more") && told.contains("push key") != told.contains("sign key"), "{told}");
}

#[test]
fn another_time_zone_is_no_other_date() {
    let world = World::new();
    world.watches(&entry(&in_days(200)));
    assert_eq!(world.told(), []);
    world.watches(&format!("{}timezone = \"America/New_York\"\n", entry(&in_days(200))));
    assert_eq!(world.told(), []);
    assert_eq!(world.told(), []);
}

#[test]
fn it_can_be_snoozed_by_its_name() {
    let world = World::new();
    world.watches(&entry(&in_days(10)));
    world.runs(&["run", "--certificate", "APNs key", "--dry-run"]);
    assert_eq!(world.told().len(), 1);
    let ran = world.runs(&["snooze", "APNs key", "--until", &in_days(5)]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        world.runs(&["plan", "APNs key"]).stdout.contains("snooze"),
        "{}",
        world.runs(&["plan", "APNs key"]).stdout
    );
}

#[test]
fn dates_and_certificates_stand_in_one_message() {
    let world = World::new();
    let now = now();
    let www = leaf(&["www.example.com"]).lives(now - Duration::days(350), now + Duration::days(9)).self_signed();
    fs::write(world.0.path().join("www.pem"), www.pem).unwrap();
    world.watches(&format!("{}[[certificates]]\nfile = \"www.pem\"\nrenewal = \"manual\"\n", entry(&in_days(10))));
    assert_eq!(world.told().len(), 2);
    let both = world.last_message();
    assert!(both.contains("2 certificates") && both.contains("write its new date in the policy file"), "{both}");
}

#[test]
fn a_message_about_dates_alone_speaks_of_no_fingerprints() {
    let world = World::new();
    let entries = |days: &[i64]| {
        days.iter().map(|days| entry(&in_days(*days)).replace("APNs key", &format!("key {days}"))).collect::<String>()
    };
    world.watches(&entries(&[5, 6]));
    assert_eq!(world.runs(&["run"]).code, 0);
    let message = world.last_message();
    assert!(message.contains("key 5") && message.contains("key 6") && !message.contains("ingerprint"), "{message}");
}

#[test]
fn what_does_not_go_with_a_date_is_refused_with_a_help() {
    let world = World::new();
    let refused = |lines: &str| {
        world.watches(&format!("[[certificates]]\n{lines}"));
        let ran = world.runs(&["validate"]);
        assert_eq!(ran.code, 3, "{lines}: {}{}", ran.stdout, ran.stderr);
        ran.stdout + &ran.stderr
    };
    for (lines, said) in [
        ("expires = \"2027-05-01\"\n", "has `expires` and no `name`"),
        ("name = \"x\"\nexpires = \"2027-05-01\"\nfile = \"a.pem\"\n", "both `expires` and `file`"),
        ("name = \"x\"\nexpires = \"2027-05-01\"\nendpoint = \"a.example\"\n", "both `expires` and `endpoint`"),
        ("name = \"x\"\nexpires = \"2027-05-01\"\nlist = \"hosts.txt\"\n", "both `expires` and `list`"),
        ("name = \"x\"\nexpires = \"2027-05-01\"\nrenewal = \"auto\"\n", "`renewal` means nothing to a date"),
        ("name = \"x\"\nexpires = \"2027-05-01\"\ntrust = false\n", "`trust` means nothing to a date"),
        ("name = \"x\"\nexpires = \"2027-05-01\"\ndeadline = \"33%\"\n", "a date has no lifetime"),
        ("name = \"x\"\nexpires = \"1 May 2027\"\n", "`1 May 2027` is no date"),
        ("name = \"x\"\nexpires = \"2027-02-30\"\n", "`2027-02-30` is no date"),
        ("name = \"x\"\nexpires = \"2027-05-01T09:00:00\"\n", "is no date or RFC 3339 time"),
        ("name = \"x\"\nexpires = \"9999-12-31\"\n", "`9999-12-31` is not from 1970 to 9998"),
        ("name = \"x\"\nexpires = 20270501\n", "`expires` is a number"),
    ] {
        assert!(refused(lines).contains(said), "{lines}: {}", refused(lines));
    }
}

#[test]
fn the_calendar_and_a_message_in_chinese_speak_of_no_certificate() {
    let world = World::new();
    world.writes(&format!(
        "[settings]\ntimezone = \"UTC\"\nlanguage = \"zh-CN\"\npublish = \"feeds\"\n[contacts.ops]\n\
         email = \"ops@example.com\"\n[policies.default]\nchannels = [\"inbox\"]\nevents = [\"business\"]\n{}",
        entry(&in_days(10))
    ));
    assert_eq!(world.told().len(), 1);
    let calendar = fs::read_to_string(world.0.path().join("feeds/expiry.ics")).unwrap();
    let message = world.last_message();
    for text in [&calendar, &message] {
        assert!(text.contains("APNs key") && !text.contains("证书"), "{text}");
    }
    let end = OffsetDateTime::parse(&format!("{}T00:00:00Z", in_days(10)), &Rfc3339).unwrap();
    let stamp = format!("DTSTART:{:04}{:02}{:02}T000000Z", end.year(), u8::from(end.month()), end.day());
    assert!(calendar.contains(&stamp), "{calendar}");
}

/// The word for a certificate in each language.
const CERTIFICATE: [(&str, &str); 3] = [("en", "certificate"), ("zh-CN", "证书"), ("ja", "証明書")];

impl World {
    /// A policy in this language for all events by the inbox, and these tables.
    fn speaks(&self, language: &str, tables: &str) {
        self.writes(&format!(
            "[settings]\ntimezone = \"UTC\"\nlanguage = \"{language}\"\n[contacts.ops]\nemail = \"ops@example.com\"\n\
             [policies.default]\ncontacts = [\"ops\"]\nchannels = [\"inbox\"]\nevents = [\"business\", \"alerts\"]\n{tables}"
        ));
    }
}

#[test]
fn what_is_reported_of_a_date_speaks_of_no_certificate_in_any_language() {
    for (language, word) in CERTIFICATE {
        let world = World::new();
        world.speaks(language, &entry(&in_days(100)));
        assert_eq!(world.told().len(), 0);
        for kind in ["renewed", "renewal-failed", "revocation", "deletion", "download", "sharing", "issued"] {
            let ran = world.runs(&["event", kind, "--certificate", "APNs key", "--by", "ops"]);
            assert_eq!(ran.code, 0, "{}", ran.stderr);
            let message = world.last_message();
            assert!(message.contains("APNs key") && message.contains("ops"), "{kind}: {message}");
            assert!(!message.to_lowercase().contains(word), "{kind}: {message}");
        }
        world.speaks(language, &entry(&in_days(300)));
        world.told();
        let seen = world.last_message();
        assert!(!seen.is_empty() && !seen.to_lowercase().contains(word), "{seen}");
    }
}

#[test]
fn a_message_about_dates_alone_speaks_of_no_certificate_in_any_language() {
    let often = "[contacts.boss]\nemail = \"boss@example.com\"\n[policies.often]\nfrequency = \"7d\"\n\
                 escalation = [{ within = \"20d\", contacts = [\"boss\"] }]\n";
    let far = "[[certificates]]\nname = \"far\"\nexpires = 2090-01-01\n";
    let dated = |name: &str, days: i64| {
        format!("[[certificates]]\nname = \"{name}\"\nexpires = \"{}\"\npolicy = \"often\"\n", in_days(days))
    };
    for (language, word) in CERTIFICATE {
        let world = World::new();
        let near = [entry(&in_days(25)), dated("token", 15), dated("licence", 25)].concat();
        world.speaks(language, &[often, &near, far].concat());
        assert_eq!(world.told().len(), 4, "one of them to another contact as well");
        let digest = world.last_message();
        assert!(digest.contains("APNs key") && digest.contains("licence"), "{digest}");
        assert!(!digest.to_lowercase().contains(word), "{digest}");
        assert_eq!(world.runs(&["snooze", "far", "--until", "2089-01-01"]).code, 0);
        world.speaks(language, &[often, far].concat());
        assert!(world.told().len() >= 2, "the snooze, and that three are watched no more");
        let news = world.last_message();
        assert!(news.contains("token") && news.contains("2089-01-01"), "{news}");
        assert!(!news.to_lowercase().contains(word), "{news}");
    }
}

#[test]
fn a_plan_names_the_day_of_the_last_reminder_as_its_table_does() {
    let world = World::new();
    world.watches(&(entry("2027-05-01") + "frequency = \"3d\"\n"));
    // The next day in the zone of the settings.
    let plan = world.runs(&["plan", "--at", "2027-04-10T20:30:00Z"]).stdout;
    assert!(plan.starts_with("Sun 2027-04-11 04:30 UTC+8"), "{plan}");
    for days in ["Wed 2027-04-14 03:30 UTC+8 2027-04-11", "Sat 2027-04-17 03:30 UTC+8 2027-04-14"] {
        let (when, last) = days.rsplit_once(' ').unwrap();
        let row = plan.lines().find(|line| line.starts_with(when)).unwrap_or_else(|| panic!("{plan}"));
        assert!(row.ends_with(&format!("every 3 days, last on {last}")), "{row}");
    }
}
