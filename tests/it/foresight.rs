//! What `run` and `plan` say of what comes next is what comes next.

use std::fs;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::support::certificates;

/// As the file system tells it.
fn now() -> OffsetDateTime {
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().metadata().unwrap().modified().unwrap().into()
}

struct Place(TempDir);

impl Place {
    fn new(policy: &str) -> Self {
        let place = Self(TempDir::new().unwrap());
        place.write("policies.toml", policy);
        place
    }

    fn write(&self, file: &str, text: impl AsRef<[u8]>) {
        fs::write(self.0.path().join(file), text).unwrap();
    }

    /// A certificate that lives for a year and ends in this many days and a half.
    fn certificate(&self, file: &str, days: i64) {
        let until = now() + Duration::days(days) + Duration::hours(12);
        let leaf = certificates::leaf(&[&file.replace(".pem", ".example.com")]);
        self.write(file, leaf.lives(until - Duration::days(365), until).self_signed().pem);
    }

    /// Exit code, standard output, standard error.
    fn certnotify(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_certnotify"))
            .args(arguments)
            .args(["--policies", "policies.toml", "--state", "state/state.json"])
            .current_dir(self.0.path())
            .env("TZ", "UTC")
            .env("HOME", self.0.path())
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.certnotify(&[arguments, &["--format", "json"]].concat()).1).unwrap()
    }
}

fn line<'a>(text: &'a str, title: &str) -> &'a str {
    text.lines().find(|line| line.trim_start().starts_with(title)).unwrap_or_else(|| panic!("no `{title}` in\n{text}"))
}

/// Mail goes to a port at which nothing listens.
const CONTACTS: &str = "
[settings]
time-limit = \"1s\"
[email]
host = \"127.0.0.1\"
port = 1
tls = \"none\"
[contacts.ops]
[contacts.anna]
email = \"anna@example.com\"
[policies.default]
contacts = [\"ops\", \"anna\"]
channels = [\"email\", \"inbox\"]
events = [\"business\", \"alerts\"]
frequency = \"7d\"
";

#[test]
fn the_next_line_of_a_run_names_what_failed_and_only_who_is_owed_it() {
    let place = Place::new(&format!("{CONTACTS}[[certificates]]\nname = \"www\"\nfile = \"www.pem\"\n"));
    place.certificate("www.pem", 20);
    let (exit, text, _) = place.certnotify(&["run"]);
    assert_eq!(exit, 1, "{text}");
    let next = line(&text, "next");
    assert!(
        next.contains("in the next run: www, 30 days before its end") && next.ends_with("to anna by email"),
        "{next}"
    );
    let (_, again, _) = place.certnotify(&["run"]);
    assert_eq!(line(&again, "next"), next, "it still has not gone out");

    let (next, plan) = (place.json(&["run"]), place.json(&["plan"]));
    let first = &plan["messages"][0];
    assert_eq!(next["next"]["certificate"], first["reminders"][0]["certificate"]);
    assert_eq!(next["next"]["why"], first["reminders"][0]["why"]);
    assert_eq!(next["next"]["contacts"][0], first["contact"]);
    assert_eq!(next["next"]["channels"][0], first["channel"]);
}

#[test]
fn what_was_refused_is_said_to_be_tried_when_it_is_tried() {
    let secret = "tls = \"none\"\nusername = \"certs\"\npassword = { env = \"PASSWORD_THAT_NOBODY_SET\" }";
    let policy = CONTACTS.replace("tls = \"none\"", secret);
    let place = Place::new(&format!("{policy}[[certificates]]\nname = \"www\"\nfile = \"www.pem\"\n"));
    place.certificate("www.pem", 20);
    // A policy file that is newer than the refusal ends it.
    let file = fs::File::options().write(true).open(place.0.path().join("policies.toml")).unwrap();
    file.set_modified((now() - Duration::minutes(1)).into()).unwrap();
    let tomorrow = (now() + Duration::hours(23)).date();
    for _ in 0..2 {
        let (exit, text, error) = place.certnotify(&["run"]);
        let next = line(&text, "next");
        assert!(exit == 1 && !next.contains("in the next run") && next.contains(&tomorrow.to_string()), "{next}");
        assert!(!error.contains("the next run tries again"), "{error}");
    }
    let (_, _, error) = place.certnotify(&["run"]);
    assert!(error.contains(&format!("still owed to `anna`; not tried again before {tomorrow} ")), "{error}");
}

#[test]
fn a_policy_that_hears_of_no_end_any_more_is_not_said_to_have_told_everybody() {
    let policy = CONTACTS.replace("host = \"127.0.0.1\"\nport = 1\ntls = \"none\"", "sendmail = \"/bin/true\"");
    let policy = format!("{policy}[[certificates]]\nname = \"www\"\nfile = \"www.pem\"\n");
    let place = Place::new(&policy);
    place.certificate("www.pem", 20);
    place.certnotify(&["run"]);
    place.write(
        "policies.toml",
        policy.replace("[[certificates]]\n", "[[certificates]]\nevents = [\"service-changes\"]\n"),
    );
    let (_, told, _) = place.certnotify(&["plan", "www"]);
    assert_eq!(line(&told, "next").trim(), "next       nothing: no contact is told of its end");
}

#[test]
fn a_certificate_told_to_two_addresses_by_a_mail_each_is_one() {
    let policy = CONTACTS
        .replace("host = \"127.0.0.1\"\nport = 1\ntls = \"none\"", "sendmail = \"/bin/true\"")
        .replace("\"7d\"", "\"1d\"");
    let policy = format!("{policy}[[certificates]]\nname = \"www\"\nfile = \"www.pem\"\n");
    let place = Place::new(&policy);
    place.certificate("www.pem", 20);
    place.certnotify(&["run"]);
    // As if that had been days ago.
    let state = place.0.path().join("state/state.json");
    let text = fs::read_to_string(&state).unwrap();
    let ago = (now() - Duration::days(3)).date().to_string();
    fs::write(&state, text.replace(&format!("\"at\":\"{}", now().date()), &format!("\"at\":\"{ago}"))).unwrap();
    place
        .write("policies.toml", policy.replace("\"anna@example.com\"", "[\"anna@example.com\", \"anna@example.org\"]"));
    let (_, text, _) = place.certnotify(&["run"]);
    assert!(line(&text, "sent       anna  email").contains("1 certificate in 2 messages"), "{text}");
}

#[test]
fn the_next_line_of_a_run_names_news_that_is_still_owed() {
    let hour = (now() + Duration::hours(12)).hour();
    let policy = format!(
        "[contacts.ops]\n[policies.default]\nwindow = \"{hour:02}:00-{hour:02}:30\"\nevents = [\"business\", \"alerts\"]\n\
         [[certificates]]\nname = \"www\"\nfile = \"www.pem\"\n"
    );
    let place = Place::new(&policy);
    place.certificate("www.pem", 300);
    place.certnotify(&["run"]);
    place.certificate("www.pem", 360);
    let (_, text, _) = place.certnotify(&["run"]);
    let next = line(&text, "next");
    assert!(next.contains(&format!("{hour:02}:00 UTC: www, renewed")) && next.ends_with("to ops"), "{next}");
}

#[test]
fn what_the_window_holds_is_in_the_plan_of_now() {
    let hour = (now() + Duration::hours(12)).hour();
    let policy = format!(
        "[contacts.ops]\n[policies.default]\nwindow = \"{hour:02}:00-{hour:02}:30\"\nchannels = [\"inbox\"]\n\
         [[certificates]]\nname = \"www\"\nfile = \"www.pem\"\n"
    );
    let place = Place::new(&policy);
    place.certificate("www.pem", 20);
    let (exit, text, _) = place.certnotify(&["plan", "--days", "0"]);
    assert!(exit == 0 && text.contains("held until") && !text.contains("Nothing will go out"), "{text}");
    assert!(text.contains(&format!("{hour:02}:00 UTC  ops  inbox  www")), "{text}");
    let (_, text, _) = place.certnotify(&["run", "--dry-run"]);
    assert!(text.contains("==> held until") && text.contains("www"), "{text}");
    let held = &place.json(&["plan", "--days", "0"])["messages"][0];
    assert!(held["held_until"].is_string() && held["held_until"] == held["send_at"], "{held}");
    let (_, run, _) = place.certnotify(&["run"]);
    assert!(line(&run, "held").contains("1 certificate until"), "{run}");
}

#[test]
fn the_plan_of_a_name_is_json_too_with_what_is_about_that_name_alone() {
    let entries = "[[certificates]]\nname = \"a/www\"\nfile = \"www.pem\"\n\
                   [[certificates]]\nname = \"b/api\"\nfile = \"api.pem\"\n";
    let place = Place::new(&format!("[contacts.ops]\n[policies.default]\nchannels = [\"inbox\"]\n{entries}"));
    place.certificate("www.pem", 20);
    place.certificate("api.pem", 25);
    let names = |arguments: &[&str]| -> Vec<String> {
        let plan = place.json(&[&["plan", "--days", "0"], arguments].concat());
        let messages = plan["messages"].as_array().unwrap().iter();
        let reminders = messages.flat_map(|message| message["reminders"].as_array().unwrap());
        reminders.map(|reminder| reminder["certificate"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&[]), ["a/www", "b/api"]);
    assert_eq!(names(&["api"]), ["b/api"]);
    assert_eq!(names(&["a/www", "b/api"]), ["a/www", "b/api"]);
    let (exit, said, _) = place.certnotify(&["plan", "nothing", "--format", "json"]);
    assert_eq!((exit, said.as_str()), (3, ""));
}

#[test]
fn an_explained_certificate_names_the_channels_that_each_contact_has() {
    let place = Place::new(&format!("{CONTACTS}[[certificates]]\nname = \"www\"\nfile = \"www.pem\"\n"));
    place.certificate("www.pem", 200);
    let (_, text, _) = place.certnotify(&["plan", "www"]);
    assert!(text.contains("default: ops by inbox, anna by email and inbox\n"), "{text}");
}

#[test]
fn an_explained_certificate_names_all_who_are_told_next_for_whatever_reason() {
    let hour = (now() + Duration::hours(13)).hour();
    let policy = |window: &str| {
        format!(
            "[contacts.ops]\n[contacts.anna]\n[policies.default]\ncontacts = \"ops\"\nchannels = [\"inbox\"]\n{window}\
             milestones = [\"7d\"]\nescalation = [{{ within = \"7d\", contacts = \"anna\" }}]\n\
             [[certificates]]\nname = \"www\"\nfile = \"www.pem\"\n"
        )
    };
    let place = Place::new(&policy(""));
    place.certificate("www.pem", 20);
    place.certnotify(&["run"]);
    let (_, text, _) = place.certnotify(&["plan", "www"]);
    let next = line(&text, "next");
    assert!(next.ends_with("UTC to anna and ops"), "{next}");
    // What is held, and what becomes due before the window opens.
    place.write("policies.toml", policy(&format!("window = \"{hour:02}:00-{hour:02}:59\"\n")));
    let at = (now() + Duration::days(13) + Duration::hours(11)).format(&Rfc3339).unwrap();
    let state = ["state", "forget", "--contact", "ops"];
    assert_eq!(place.certnotify(&state).0, 0);
    let (_, text, _) = place.certnotify(&["plan", "www", "--at", &at]);
    let next = line(&text, "next");
    assert!(next.ends_with("UTC to anna and ops, held by the window"), "{next}");
}

#[test]
fn a_message_about_policies_of_several_zones_has_the_times_of_the_settings() {
    let zones = |one: &str, other: &str, own: &str| {
        let entry = |name: &str, zone: &str| {
            format!("[[certificates]]\nname = \"{name}\"\nfile = \"{name}.pem\"\ntimezone = \"{zone}\"\n")
        };
        format!(
            "[settings]\ntimezone = \"Asia/Kolkata\"\n[contacts.ops]\n{own}[policies.default]\nchannels = [\"inbox\"]\n{}{}",
            entry("www", one),
            entry("api", other)
        )
    };
    let (apia, tokyo, own) = ("Pacific/Apia", "Asia/Tokyo", "timezone = \"America/Bogota\"\n");
    let cases = [((apia, apia, ""), apia), ((apia, tokyo, ""), "Asia/Kolkata"), ((apia, tokyo, own), "America/Bogota")];
    for ((one, other, own), told) in cases {
        let place = Place::new(&zones(one, other, own));
        place.certificate("www.pem", 20);
        place.certificate("api.pem", 25);
        let (_, text, _) = place.certnotify(&["plan", "--days", "0", "--full"]);
        assert!(text.contains(&format!("({told})")), "{told}: {text}");
    }
}

#[test]
fn an_explained_certificate_is_due_now_only_for_what_is_about_itself() {
    let entries =
        "[[certificates]]\nname = \"www\"\nfile = \"www.pem\"\n[[certificates]]\nname = \"old\"\nfile = \"old.pem\"\n";
    let place = Place::new(&format!("{CONTACTS}{entries}"));
    place.certificate("www.pem", 200);
    place.certificate("old.pem", 300);
    place.certnotify(&["run"]);
    place.certificate("old.pem", 360);
    let (_, text, _) = place.certnotify(&["plan", "www", "old"]);
    let (www, old) = text.split_once("\n\n").unwrap();
    let next = line(www, "next");
    assert!(!next.contains("now") && next.contains("UTC to"), "{www}");
    assert!(line(old, "news").contains("renewed") && !line(old, "next").contains("now"), "{old}");
}

#[test]
fn of_a_short_life_the_hours_are_told() {
    let place = Place::new(&format!("{CONTACTS}[[certificates]]\nname = \"www\"\nfile = \"www.pem\"\n"));
    let from = now() - Duration::hours(70);
    // As authorities do it: the last second counts.
    let until = from + Duration::hours(160) - Duration::SECOND;
    place.write("www.pem", certificates::leaf(&["www.example.com"]).lives(from, until).self_signed().pem);
    let (_, text, _) = place.certnotify(&["plan", "www"]);
    assert!(line(&text, "expires").ends_with(", 3 d 17 h of 6 d 16 h left"), "{text}");
    assert!(line(&text, "deadline").contains(" 3 d 8 h (half of its life; "), "{text}");
}

#[test]
fn a_certificate_whose_file_is_gone_is_explained_by_its_last_known_dates() {
    let taken = CONTACTS.replace("host = \"127.0.0.1\"\nport = 1\ntls = \"none\"", "sendmail = \"/bin/true\"");
    let place = Place::new(&format!("{taken}[[certificates]]\nname = \"www\"\nfile = \"www.pem\"\n"));
    place.certificate("www.pem", 200);
    place.certnotify(&["run"]);
    fs::remove_file(place.0.path().join("www.pem")).unwrap();
    for runs in 0..4 {
        let (exit, text, _) = place.certnotify(&["plan", "www"]);
        assert_eq!(exit, 1, "after {runs} runs without it: {text}");
        assert!(line(&text, "expires").contains("of 365 days left"), "{text}");
        assert!(line(&text, "seen").contains("is no longer there"), "{text}");
        place.certnotify(&["run"]);
    }
}

#[test]
fn a_place_that_never_showed_a_certificate_is_one_line() {
    let entries = "[[certificates]]\nname = \"www\"\nfile = \"www.pem\"\n\
                   [[certificates]]\nname = \"never\"\nendpoint = \"127.0.0.1:1\"\n\
                   [[certificates]]\nname = \"empty\"\nfile = \"none/*.pem\"\n";
    let place = Place::new(&format!("{CONTACTS}{entries}"));
    place.certificate("www.pem", 200);
    let (exit, text, _) = place.certnotify(&["plan", "never", "www", "empty"]);
    assert_eq!(exit, 1, "{text}");
    let never = line(&text, "never");
    assert!(never.contains("127.0.0.1:1: no certificate is known of it: ") && never.contains("refused"), "{never}");
    assert!(line(&text, "empty").contains("no certificate is known of it"), "{text}");
    assert!(text.contains("www   ") && text.contains("expires"), "{text}");
    let (exit, text, error) = place.certnotify(&["plan", "unheard-of"]);
    assert!(exit == 3 && text.is_empty() && error.contains("no certificate is called `unheard-of`"), "{error}");
}
