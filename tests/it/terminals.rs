//! What is seen in a real terminal: tables in a narrow one, and the progress of a long look.

use std::fs;
use std::process::Command;

use tempfile::TempDir;
use time::{Duration, OffsetDateTime};
use unicode_width::UnicodeWidthStr as _;

use crate::support::certificates::leaf;
use crate::support::tls_server::{self, Peer};

struct Place(TempDir);

impl Place {
    fn new(policy: &str) -> Self {
        let place = Self(TempDir::new().unwrap());
        fs::write(place.0.path().join("policies.toml"), policy).unwrap();
        place
    }

    /// A certificate that lives for a year and ends in this many days and a half.
    fn certificate(&self, file: &str, days: i64) {
        let file = self.0.path().join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        fs::write(&file, "").unwrap();
        let now = OffsetDateTime::from(fs::metadata(&file).unwrap().modified().unwrap());
        let until = now + Duration::days(days) + Duration::hours(12);
        let host = format!("host-{days}.example.com");
        let host = if name.is_ascii() { format!("{name}.example.com") } else { host };
        fs::write(&file, leaf(&[&host]).lives(until - Duration::days(365), until).self_signed().pem).unwrap();
    }

    fn command(arguments: &[&str]) -> String {
        let mut words = vec![env!("CARGO_BIN_EXE_certnotify")];
        words.extend(arguments);
        words.extend(["--policies", "policies.toml", "--state", "state.json"]);
        words.iter().map(|word| certnotify::render::shell_word(word)).collect::<Vec<_>>().join(" ")
    }

    fn runs(&self, command: &str) -> String {
        let mut shell = Command::new("sh");
        let output = shell.args(["-c", command]).current_dir(self.0.path()).env("TZ", "UTC").output().unwrap();
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    }

    fn types(&self, arguments: &[&str]) -> String {
        self.runs(&Self::command(arguments))
    }

    /// What the program writes to a terminal of so many columns.
    fn in_a_terminal(&self, columns: usize, arguments: &[&str]) -> String {
        let typed = format!("stty cols {columns} rows 50; {}", Self::command(arguments));
        self.runs(&format!("NO_COLOR=1 script -qec {} /dev/null < /dev/null", certnotify::render::shell_word(&typed)))
            .replace('\r', "")
    }
}

/// The lines of a table: those before the first empty line that follows it.
fn table<'t>(text: &'t str, heading: &str) -> Vec<&'t str> {
    let mut lines = text.lines().skip_while(|line| !line.contains(heading));
    let mut table: Vec<&str> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
    // Where the rows are paragraphs, each begins as the table did.
    let begins = table.first().map(|line| line.split(' ').next().unwrap_or_default()).unwrap_or_default();
    let rest: Vec<&str> = lines.collect();
    for paragraph in
        rest.split(|line| line.is_empty()).filter(|lines| lines.first().is_some_and(|line| line.starts_with(begins)))
    {
        table.extend(paragraph);
    }
    table
}

const POLICY: &str = "[settings]\ntimezone = \"UTC\"\n[contacts.\"运维群-ops\"]\n[contacts.anna]\n[policies.default]\n\
    contacts = [\"运维群-ops\", \"anna\"]\nchannels = [\"inbox\"]\nfrequency = \"7d\"\nevents = [\"business\", \"alerts\"]\n\
    [[certificates]]\nname = \"支付网关/pay.example.cn-production\"\nfile = \"pay.pem\"\n\
    [[certificates]]\nname = \"by-hand/a-rather-long-name.of.a.host\"\nfile = \"b.pem\"\ncovers = [\"other.example.com\"]\n\
    [[certificates]]\nfile = \"many/*.pem\"\n";

fn watched() -> Place {
    let place = Place::new(POLICY);
    place.certificate("pay.pem", 20);
    place.certificate("b.pem", 3);
    place.certificate("many/c0.pem", 200);
    place.certificate("many/证书.pem", 12);
    place
}

#[test]
fn tables_fit_a_narrow_terminal_and_break_no_word() {
    let place = watched();
    place.types(&["run"]);
    place.types(&["snooze", "支付网关/pay.example.cn-production", "--until", "2d"]);
    for (arguments, heading) in [
        (&["check"][..], "STATUS"),
        (&["check", "--columns", "name,left,issuer,findings"], "NAME"),
        (&["plan", "--days", "30"], "WHEN"),
        (&["history"], "WHEN"),
        (&["snooze", "--list"], "NAME"),
        (&["inbox", "anna"], "DATE"),
        (&["validate", "-v"], "CONTACT"),
    ] {
        let wide = place.in_a_terminal(300, arguments);
        let words: Vec<&str> = table(&wide, heading).iter().flat_map(|line| line.split_whitespace()).collect();
        assert!(words.len() > 4, "{arguments:?}\n{wide}");
        for columns in [40, 60, 80] {
            let text = place.in_a_terminal(columns, arguments);
            let shown = table(&text, heading);
            for line in &shown {
                assert!(line.width() <= columns, "{arguments:?} in {columns}: {line}\n{text}");
            }
            let shown: Vec<&str> = shown.iter().flat_map(|line| line.split_whitespace()).collect();
            let lost = words.iter().find(|word| !shown.contains(word));
            assert!(lost.is_none(), "{arguments:?} in {columns}: {lost:?} is lost or broken\n{text}");
        }
    }
}

#[test]
fn a_member_of_an_entry_without_a_name_is_called_by_its_path_everywhere() {
    let place = watched();
    place.certificate("many/c0.pem", 15);
    let run = place.types(&["run", "--report", "prometheus=metrics.prom"]);
    assert!(run.contains("looked at  4 certificates"), "{run}");
    let metrics = fs::read_to_string(place.0.path().join("metrics.prom")).unwrap();
    let path = place.0.path().canonicalize().unwrap();
    for (said, text) in [
        ("check", place.types(&["check"])),
        ("check of a file", place.types(&["check", "--format", "json"])),
        ("history", place.types(&["history"])),
        ("plan", place.types(&["plan", "--days", "60"])),
        ("plan of one", place.types(&["plan", "many/c0.pem"])),
        ("inbox", place.types(&["inbox", "anna", "show", "1"])),
        ("metrics", metrics),
    ] {
        assert!(text.contains("many/c0.pem"), "{said}: {text}");
        for wrong in ["*.pem/c0.pem", "*.pem/many", &format!("{}/many/*.pem/", path.display())] {
            assert!(!text.contains(wrong), "{said}: {text}");
        }
    }
    let snoozed = place.types(&["snooze", "c0.pem", "--until", "5d"]);
    assert!(snoozed.contains("many/c0.pem"), "{snoozed}");
}

#[test]
fn a_long_name_of_wide_letters_is_explained_in_any_terminal() {
    let name = "支付网关证书生产环境主站点一号";
    let contact = "运维 群";
    let place = Place::new(&format!(
        "[contacts.\"{contact}\"]\n[contacts.show]\n[policies.default]\ncontacts = [\"{contact}\", \"show\"]\n\
         channels = [\"inbox\"]\n[[certificates]]\nname = \"{name}\"\nfile = \"a.pem\"\n"
    ));
    place.certificate("a.pem", 20);
    for columns in [20, 40, 79, 80, 81, 82, 100] {
        let text = place.in_a_terminal(columns, &["plan", name]);
        assert!(text.contains(name) && text.contains("told "), "{columns}: {text}");
    }
    let ran = place.types(&["run"]);
    assert!(ran.contains(" inbox -- show\n"), "{ran}");
    assert!(ran.contains("sent       show     inbox "), "{ran}");
    assert!(ran.contains("           运维 群  inbox "), "{ran}");
    let options = "--policies policies.toml --state state.json";
    let text = place.types(&["inbox", contact, "show", "9"]);
    assert!(text.contains(&format!("`certnotify {options} inbox '运维 群'` lists the messages\n")), "{text}");
    for contact in ["'运维 群'", "-- show"] {
        let text = place.runs(&format!("{} {options} inbox {contact}", env!("CARGO_BIN_EXE_certnotify")));
        assert!(text.contains("certificate expires"), "{text}");
    }
}

#[test]
fn a_long_look_says_its_rate_and_what_it_waits_for() {
    let silent = tls_server::peer(Peer::Silent);
    let served = tls_server::serve(&leaf(&["localhost"]).self_signed(), &[]);
    let place = Place::new("");
    let targets = [silent.to_string(), served.to_string()];
    let arguments = ["check", "--no-trust", "--timeout", "3s", &targets[0], &targets[1]];
    let text = place.in_a_terminal(120, &arguments);
    assert!(text.contains("looking") && text.contains("1/2") && text.contains("/s"), "{text}");
    assert!(text.contains(&format!("waiting for {silent}")), "{text}");
    assert!(!text.contains(&format!("waiting for {served}")), "it was done before anything was drawn: {text}");
    let piped = place.types(&arguments);
    assert!(!piped.contains("looking"), "{piped}");
}

#[test]
fn each_step_of_a_first_day_says_in_a_terminal_what_comes_next() {
    let place = Place::new("[contacts.ops]\n[[certificates]]\nfile = \"a.pem\"\n");
    place.certificate("a.pem", 40);
    let next = |arguments: &[&str]| {
        let said = place.in_a_terminal(200, arguments);
        let line = said.lines().find(|line| line.starts_with("next")).unwrap_or_default().to_owned();
        line.replace("--policies policies.toml --state state.json ", "")
    };
    assert!(!place.types(&["validate"]).contains("next"), "a script is not told");
    assert!(next(&["validate"]).starts_with("next  certnotify test --all says whether"), "{}", next(&["validate"]));
    assert!(
        next(&["test", "--all"]).starts_with("next  certnotify run sends what is due"),
        "{}",
        next(&["test", "ops"])
    );
    assert!(next(&["run"]).starts_with("next "), "{}", next(&["run"]));
    assert_eq!(next(&["validate"]), "", "it is known by now");
    assert_eq!(next(&["test", "--all"]), "");
}
