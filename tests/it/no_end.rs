//! A certificate without an end beside one that ends soon: whole runs of the real program.

use std::fs;
use std::path::Path;
use std::process::Command;

use certnotify::event::EventKind;
use certnotify::history::RenewalRecord;
use certnotify::observation::RenewalWindow;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::support::certificates::{Authority, Wish, leaf};
use crate::support::scenario::{Look, Scenario};
use crate::support::unwrapped;
use crate::support::world::certificate;

/// RFC 5280 §4.1.2.5.
const NEVER: OffsetDateTime = datetime!(9999-12-31 23:59:59 UTC);

const POLICIES: &str = r#"
[settings]
timezone = "Asia/Shanghai"
[contacts.ops]
email = "ops@example.com"
[policies.default]
contacts = ["ops"]
channels = ["inbox"]
events = ["business", "alerts"]
deadline-cap = "none"
[[certificates]]
name = "device"
file = "device.pem"
[[certificates]]
name = "shop"
file = "shop.pem"
"#;

struct House(tempfile::TempDir);

impl House {
    /// Two files; the one of the shop ends in five days by the clock of this machine, which runs that send act by.
    fn new() -> Self {
        let house = Self(tempfile::tempdir().unwrap());
        house.write("policies.toml", POLICIES);
        let now = house.made();
        house.write("shop.pem", &leaf(&["shop.example.com"]).lives(now - days(85), now + days(5)).self_signed().pem);
        house.write("device.pem", &house.endless().self_signed().pem);
        house
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    fn made(&self) -> OffsetDateTime {
        fs::metadata(self.path()).unwrap().modified().unwrap().into()
    }

    fn endless(&self) -> Wish {
        leaf(&["device.example.com"]).lives(self.made() - days(85), NEVER)
    }

    /// The exit code, and all that was printed.
    fn certnotify(&self, arguments: &[&str]) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.current_dir(self.path()).env_clear().env("TZ", "Asia/Shanghai");
        let output = command.args(["-p", "policies.toml", "--state", "state.json"]).args(arguments).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8(said).unwrap())
    }

    /// Every message in the inbox, one after another.
    fn inbox(&self) -> Vec<String> {
        let new = fs::read_dir(self.path().join("inbox/ops/new")).unwrap();
        new.map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap()).collect()
    }
}

fn days(number: i64) -> Duration {
    Duration::days(number)
}

#[test]
fn a_certificate_without_an_end_keeps_no_reminder_of_another_back() {
    let house = House::new();
    let (code, said) = house.certnotify(&["run"]);
    assert_eq!(code, 0, "{said}");
    let inbox = house.inbox();
    assert_eq!(inbox.len(), 1);
    assert!(inbox[0].contains("shop.example.com") && !inbox[0].contains("device.example.com"), "{}", inbox[0]);
    assert!(house.path().join("state.json").exists());
    let (code, said) = house.certnotify(&["run"]);
    assert_eq!((code, house.inbox().len()), (0, 1), "{said}");

    let (code, said) = house.certnotify(&["check"]);
    assert!(code == 2 || code == 1, "{said}");
    assert!(said.contains("no end  ") && !said.contains("9999"), "{said}");
    let (code, said) = house.certnotify(&["check", "device.pem", "--accept", "self-signed"]);
    assert_eq!((code, said.lines().last()), (0, Some("ok: 1 ok of 1")), "{said}");
    for arguments in [&["check", "-v", "device.pem"][..], &["check", "--format", "html", "device.pem"]] {
        let (_, said) = house.certnotify(arguments);
        assert!(said.contains(" to no end") && !said.contains("9999"), "{said}");
    }
    let (_, json) = house.certnotify(&["check", "device.pem", "--format", "json"]);
    assert!(json.contains(r#""not_after": "9999-12-31T23:59:59Z""#), "{json}");

    let (code, said) = house.certnotify(&["plan", "device"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("no end: 9999-12-31 stands for none") && said.contains("nothing: it has no end"), "{said}");
    assert!(!said.contains("days left"), "{said}");
    for arguments in [
        ["plan"].as_slice(),
        &["plan", "--at", "9999-12-31", "--days", "3660"],
        &["plan", "--at", "9999-12-31", "--full"],
        &["plan", "device", "--at", "9999-12-31"],
        &["run", "--dry-run", "--at", "9999-12-31T23:59:59Z"],
        &["check", "--at", "9999-12-31T23:59:59+00:00"],
        &["check", "--at", "0000-01-01"],
        &["snooze", "device", "--until", "9999-12-31"],
        &["snooze", "shop", "--until", "9999-12-31T23:59:59-10:00"],
        &["snooze", "--list"],
        &["history"],
        &["inbox"],
        &["run"],
    ] {
        let (code, said) = house.certnotify(arguments);
        assert!((0..=3).contains(&code) && !said.contains("panicked"), "{arguments:?} {code} {said}");
        assert!(!said.contains("a fault in certnotify"), "{arguments:?} {said}");
    }
}

#[test]
fn a_renewal_to_one_without_an_end_says_that_it_has_none() {
    for (language, subject, facts) in [
        ("en", "certificate renewed, without an end", ["the new one has no end.", "no end"]),
        ("zh-CN", "证书已续期，无到期时间", ["新证书无到期时间", "起，无到期时间"]),
    ] {
        let policies = format!(
            "[contacts.ops]\nemail = \"ops@example.com\"\nlanguage = \"{language}\"\n[policies.default]\ncontacts = [\"ops\"]\n\
             events = [\"business\"]\n[[certificates]]\nname = \"device\"\nendpoint = \"device.example.com\"\n"
        );
        let mut scenario = Scenario::new(&policies);
        let now = datetime!(2026-11-27 9:00 UTC);
        scenario.shows("device", &certificate("device.example.com", now - days(80), now + days(20)));
        scenario.run(now - days(10));
        scenario.shows("device", &certificate("device.example.com", now - days(1), NEVER));
        scenario.run(now);
        let told = scenario.details(EventKind::Hosting).len();
        assert_eq!(told, 1);
        let texts: Vec<&str> = scenario.sent.iter().map(|message| message.text.as_str()).collect();
        let certnotify::render::Body::Mail(mail) = &scenario.sent[0].body else { panic!("no mail") };
        assert!(mail.subject.contains(subject), "{}", mail.subject);
        for text in &texts {
            assert!(!text.contains("9999"), "{text}");
            let joined = unwrapped(text);
            assert!(facts.iter().all(|fact| joined.contains(fact)), "{text}");
        }
        assert!(!mail.html.contains("9999"), "{}", mail.html);
        // And away from it again.
        scenario.shows("device", &certificate("other.example.com", now, now + days(300)));
        scenario.run(now + days(1));
        scenario.run(now + days(2));
        assert!(scenario.sent.iter().all(|message| !message.text.contains("9999")), "{:?}", scenario.sent);
    }
}

#[test]
fn an_issuer_without_an_end_makes_no_chain_expire_soon() {
    let house = House::new();
    let root = Authority::root("House Root");
    let endless = root.intermediate_until("Device CA", NEVER);
    let wish = house.endless();
    house.write("chain.pem", &[endless.issue(&wish).pem, endless.pem].concat());
    for at in ["2026-12-01", "9999-12-31T23:00:00Z"] {
        let arguments = ["check", "chain.pem", "--within", "30d", "--at", at];
        let (code, said) = house.certnotify(&arguments);
        assert!(code == 0 && !said.contains("chain-expires-soon") && !said.contains("chain expires"), "{said}");
    }
    let looks = [Look::file("/etc/ssl/chain.pem", &certificate("a.example", datetime!(2026-01-01 0:00 UTC), NEVER))];
    let mut scenario = Scenario::new(
        "[contacts.ops]\nemail = \"ops@example.com\"\n[[certificates]]\nname = \"a\"\nfile = \"/etc/ssl/chain.pem\"\n",
    );
    scenario.looks("a", &looks).run(datetime!(9999-12-31 12:00 UTC));
    assert!(scenario.sent.is_empty());
}

/// Every moment in the state of a policy with occurrences, deliveries, snoozes and problems.
fn with_moments(value: &mut serde_json::Value, moment: &str) -> usize {
    match value {
        serde_json::Value::Object(fields) => fields.values_mut().map(|field| with_moments(field, moment)).sum(),
        serde_json::Value::Array(items) => items.iter_mut().map(|item| with_moments(item, moment)).sum(),
        serde_json::Value::String(text) => {
            let is_moment = text.len() > 18 && text.as_bytes()[10] == b'T' && text[..4].parse::<u16>().is_ok();
            if is_moment {
                moment.clone_into(text);
            }
            usize::from(is_moment)
        }
        _ => 0,
    }
}

#[test]
fn far_times_in_the_state_neither_stop_a_run_nor_silence_it_for_longer_than_an_interval() {
    for moment in
        ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00", "0000-01-01T00:00:00Z", "0000-01-01T00:00:00+14:00"]
    {
        let house = House::new();
        house.write("gone.pem", &house.endless().self_signed().pem);
        house.write("policies.toml", &format!("{POLICIES}[[certificates]]\nfile = \"gone.pem\"\n"));
        house.certnotify(&["run"]);
        house.certnotify(&["snooze", "device", "--until", "2990-01-01"]);
        fs::remove_file(house.path().join("gone.pem")).unwrap();
        house.certnotify(&["run"]);
        house.certnotify(&["run"]);
        let state = house.path().join("state.json");
        let mut document: serde_json::Value = serde_json::from_slice(&fs::read(&state).unwrap()).unwrap();
        assert!(with_moments(&mut document, moment) > 10, "{document:#}");
        fs::write(&state, serde_json::to_vec(&document).unwrap()).unwrap();
        // A certificate that no run has told of: nothing in the state may keep it back.
        let now = house.made();
        let fresh = leaf(&["fresh.example.com"]).lives(now - days(85), now + days(4)).self_signed().pem;
        house.write("shop.pem", &fresh);
        for arguments in [["plan"].as_slice(), &["history"], &["snooze", "--list"], &["run"], &["run"], &["inbox"]] {
            let (code, said) = house.certnotify(arguments);
            assert!((0..=1).contains(&code), "{moment} {arguments:?} {code} {said}");
            assert!(!said.contains("a fault in certnotify"), "{moment} {arguments:?} {said}");
        }
        let inbox = house.inbox().concat();
        assert!(inbox.contains("fresh.example.com"), "{moment} {inbox}");
    }
}

#[test]
fn a_renewal_window_that_leaves_no_time_silences_no_reminder() {
    let now = datetime!(2026-11-27 9:00 UTC);
    let end = now + days(40);
    for window_end in [NEVER, end, end - Duration::HOUR, datetime!(9999-12-31 0:00 UTC)] {
        let mut scenario = Scenario::new(
            "[contacts.ops]\nemail = \"ops@example.com\"\n[policies.default]\ncontacts = [\"ops\"]\nfrequency = \"1d\"\n\
             [[certificates]]\nname = \"auto\"\nendpoint = \"auto.example.com\"\nrenewal = \"auto\"\n",
        );
        let leaf = certificate("auto.example.com", end - days(90), end);
        let window = RenewalWindow { start: now, end: window_end, explanation: None };
        let record = RenewalRecord { window: Some(window), ask_again: NEVER };
        scenario.history.renewals.insert(leaf.fingerprint, record);
        scenario.shows("auto", &leaf);
        let told = (0..40 * 24 * 2).filter(|half| {
            let told = scenario.told(now + Duration::minutes(30 * half));
            !told.is_empty()
        });
        assert!(told.count() > 0, "{window_end}");
    }
}
