//! The first quarter of an hour: what is said to who has no policy file yet, and to who mistypes one.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use time::Duration;
use time::macros::datetime;

use crate::support::certificates::{Authority, leaf};

struct Home(tempfile::TempDir);

struct Said {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Home {
    fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn with(policy: &str) -> Self {
        let home = Self::empty();
        home.write("policies.toml", policy);
        home
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn types(&self, arguments: &[&str]) -> Said {
        let output = Command::new(env!("CARGO_BIN_EXE_certnotify"))
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("HOME", self.path())
            .env("TZ", "UTC")
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// What `validate` says against this policy.
    fn complaint(policy: &str) -> String {
        let said = Self::with(policy).types(&["validate"]);
        assert_eq!(said.code, 3, "{policy}\n{}", said.stdout);
        said.stderr
    }
}

const REST: &str = "[[certificates]]\nfile = \"a.pem\"\n";
const ALICE: &str = "[contacts.alice]\nemail = \"alice@example.com\"\n";

#[test]
fn without_a_policy_file_every_command_that_needs_one_names_init() {
    let home = Home::empty();
    for arguments in [&["run"][..], &["plan"], &["check"], &["validate"], &["test"], &["inbox"], &["history"]] {
        let named = home.types(&[arguments, &["-p", "gone.toml"]].concat());
        assert_eq!(named.code, 3);
        assert!(named.stderr.contains("certnotify init -p gone.toml"), "{arguments:?}: {}", named.stderr);
        if !Path::new("/etc/certnotify/policies.toml").exists() {
            let said = home.types(arguments);
            assert_eq!((said.code, said.stdout.as_str()), (3, ""));
            assert!(said.stderr.contains("certnotify init"), "{arguments:?}: {}", said.stderr);
        }
    }
}

#[test]
fn help_and_its_command_say_what_the_option_says() {
    let home = Home::empty();
    assert_eq!(home.types(&["help"]).stdout, home.types(&["--help"]).stdout);
    for command in ["run", "check", "plan", "history", "event", "fetch", "inbox", "snooze", "test", "validate", "init"]
    {
        let (by_word, by_option) = (home.types(&["help", command]), home.types(&[command, "--help"]));
        assert_eq!((by_word.code, by_word.stderr.as_str()), (0, ""));
        assert_eq!(by_word.stdout, by_option.stdout, "{command}");
    }
    assert_eq!(home.types(&["help", "chekc"]).code, 3);
}

#[test]
fn the_channels_of_the_help_are_those_that_there_are() {
    use certnotify::policy::Channel;
    let help = Home::empty().types(&["test", "--help"]).stdout;
    for channel in Channel::ALL {
        assert!(help.contains(channel.as_str()), "{channel}: {help}");
    }
    let said = Home::with(&format!("{ALICE}{REST}")).types(&["test", "alice", "--channel", "telegrm"]);
    assert_eq!(said.code, 3);
    assert!(said.stderr.contains("telegram"), "{}", said.stderr);
}

#[test]
fn check_in_detail_shows_chain_names_key_and_dates_of_each() {
    let home = Home::empty();
    let root = Authority::root("Detail Root");
    let certificate = root.issue(&leaf(&["www.example.com", "api.example.com"]));
    home.write("www.pem", format!("{}{}", certificate.pem, root.pem));
    let said = home.types(&["check", "-v", "www.pem"]);
    for wanted in
        ["www.example.com, api.example.com", "EC 256 bits", "SHA-256", "issuer", "serial", "chain", "Detail Root, EC"]
    {
        assert!(said.stdout.contains(wanted), "{wanted}: {}", said.stdout);
    }
    assert!(said.stdout.lines().count() <= 24, "{}", said.stdout);
    assert!(!home.types(&["check", "www.pem"]).stdout.contains("SHA-256"));
}

#[test]
fn other_commands_say_in_detail_which_files_they_work_on() {
    let home = Home::with(&format!("{ALICE}{REST}"));
    home.write("a.pem", Authority::root("R").issue(&leaf(&["a.example"])).pem);
    for arguments in [&["run"][..], &["plan"], &["history"], &["inbox"], &["snooze", "--list"], &["test"]] {
        let said = home.types(&[arguments, &["-v", "--state", "s.json"]].concat());
        assert!(said.stderr.contains("policies.toml, memory "), "{arguments:?}: {}", said.stderr);
        let said = home.types(&[arguments, &["--state", "s.json"]].concat());
        assert!(!said.stderr.contains(", memory "), "{arguments:?}: {}", said.stderr);
    }
    let said = home.types(&["validate", "-v"]);
    assert!(said.stdout.contains("alice@example.com"), "{}", said.stdout);
}

#[test]
fn options_of_other_tools_are_answered_with_what_does_the_same() {
    let home = Home::empty();
    for (arguments, help) in [
        (&["check", "-H", "www.example.com"][..], "a host stands alone: certnotify check"),
        (&["check", "www.example.com", "--days", "30"], "--within 30d"),
        (&["check", "www.example.com", "--port", "8443"], "www.example.com:8443"),
        (&["check", "mail.example.com", "-p", "8443"], "mail.example.com:8443"),
        (&["check", "--json", "a.pem"], "--format json"),
        (&["fetch", "mail.example.com", "-p", "465"], "mail.example.com:465"),
        (&["check", "a.pem", "--within", "45 days"], "write `45d`"),
        (&["inbox", "ops", "1"], "certnotify inbox CONTACT show 1"),
    ] {
        let said = home.types(arguments);
        assert_eq!(said.code, 3, "{arguments:?}");
        assert!(said.stderr.contains(help), "{arguments:?}: {}", said.stderr);
    }
}

#[test]
fn an_environment_variable_that_is_set_and_empty_is_named() {
    let home = Home::empty();
    for variable in ["CERTNOTIFY_STATE", "CERTNOTIFY_POLICIES"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        let output = command.env(variable, "").arg("run").current_dir(home.path()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(3), 0), "{said}");
        assert!(said.contains(&format!("{variable} is empty: unset it")), "{said}");
    }
}

#[test]
fn a_value_that_is_almost_right_is_corrected_and_not_replaced() {
    let policy = |line: &str| format!("{ALICE}{REST}[policies.default]\n{line}\n");
    for (line, help) in [
        ("window = \"9:00 - 17:00\"", "window = \"09:00-17:00\""),
        ("window = \"Mon–Fri 8:30-16:00\"", "window = \"Mon-Fri 08:30-16:00\""),
        ("deadline = \"45 days\"", "deadline = \"45d\""),
        ("deadline = \"60%\"", "deadline = \"50%\""),
        ("frequency = \"every 3 days\"", "frequency = \"3d\""),
        ("milestones = [\"7d\", \"two weeks\"]", "write \"14d\""),
        ("days = 45", "deadline = \"45d\""),
        ("interval = \"2 weeks\"", "frequency = \"14d\""),
        ("timezone = \"GMT+8\"", "timezone = \"Etc/GMT-8\""),
        ("timezone = \"UTC-5\"", "timezone = \"Etc/GMT+5\""),
        ("channels = [\"sms\"]", "`webhook` or `command`"),
    ] {
        let said = Home::complaint(&policy(line));
        assert!(said.contains(help), "{line}: {said}");
    }
    let table = |line: &str| format!("{ALICE}[[certificates]]\n{line}\n");
    for (line, help) in [
        ("endpoint = \"smpt://mail.example.com\"", "smtp://mail.example.com"),
        ("endpoint = \"www.example.com:https\"", "www.example.com:443"),
        ("host = \"shop.example.com\"", "endpoint = \"shop.example.com:443\""),
        ("file = \"b.pem\"\nnotifications = \"no\"", "notifications = false"),
        ("file = \"$HOME/b.pem\"", "`$HOME` in `$HOME/b.pem` is not expanded"),
        ("file = \"${CERTS}/b.pem\"", "is not expanded"),
        ("file = “b.pem”", "write file = \"b.pem\""),
    ] {
        let said = Home::complaint(&table(line));
        assert!(said.contains(help), "{line}: {said}");
    }
    let said = Home::complaint(&format!("[contacts.ops]\nemail = \"a@x.example, b@x.example\"\n{REST}"));
    assert!(said.contains("[\"a@x.example\", \"b@x.example\"]"), "{said}");
    for (line, help) in [
        ("email = \"mailto:ops@x.example\"", "write ops@x.example"),
        ("email = \"Ops ops@x.example\"", "write Ops <ops@x.example>"),
        ("email = \"Doe, John <j@x.example>\"", "write \"Doe, John\" <j@x.example>"),
        ("email = \"<a@x.example>,\"", "write a@x.example"),
        ("email = \"a@x.example, b\"", "write alice@example.com or"),
        ("email = \"a@\"", "write alice@example.com or"),
        ("email = \"x y@ z\"", "write alice@example.com or"),
    ] {
        let said = Home::complaint(&format!("[contacts.ops]\n{line}\n{REST}"));
        assert!(said.contains(help), "{line}: {said}");
    }
    for (line, help) in [
        ("host = \"smtps://mx.x.example\"", "host = \"mx.x.example\""),
        ("host = \"a.example\"\nport = \"587\"", "port = 587"),
    ] {
        let said = Home::complaint(&format!("[email]\n{line}\n{ALICE}{REST}"));
        assert!(said.contains(help), "{line}: {said}");
    }
    let said = Home::complaint(&format!("{ALICE}signal = {{ number = \"1\" }}\n{REST}"));
    assert!(said.contains("`webhook` or `command`"), "{said}");
}

#[test]
fn what_is_clearly_no_secret_is_shown_where_it_is_wrong() {
    let said = Home::complaint(&format!("contacts.passau.email = \"ops@\"\n{REST}"));
    assert!(said.contains("\"ops@\"") && !said.contains("<secret>"), "{said}");
    let said = Home::complaint(&format!("[email]\nhst = \"smtp.example.com\"\n{ALICE}{REST}"));
    assert!(said.contains("smtp.example.com") && !said.contains("<secret>"), "{said}");
    let said = Home::complaint(&format!(
        "[email]\nhost = \"a.example\"\nusername = \"u\"\npasswrd = \"hunter2\"\n{ALICE}{REST}"
    ));
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn another_form_of_file_is_recognised_and_said_once() {
    let certificate = Authority::root("R").issue(&leaf(&["a.example"]));
    let kinds: [(&[u8], &str); 4] = [
        (b"contacts:\n  ops:\n    email: a@example.com\ncertificates:\n  - file: a.pem\n", "YAML"),
        (b"{\n  \"contacts\": { \"ops\": {} },\n  \"certificates\": []\n}\n", "JSON"),
        (certificate.pem.as_bytes(), "PEM"),
        (&certificate.der, "certificate"),
    ];
    for (bytes, kind) in kinds {
        let home = Home::empty();
        home.write("policies.toml", bytes);
        for command in ["validate", "run", "plan"] {
            let said = home.types(&[command]);
            assert_eq!((said.code, said.stdout.as_str()), (3, ""));
            assert!(said.stderr.contains(kind), "{kind}: {}", said.stderr);
            assert!(said.stderr.matches("help:").count() == 1, "{kind}: {}", said.stderr);
        }
    }
}

#[test]
fn names_are_found_in_other_letters_and_the_nearest_is_named() {
    let home = Home::with(&format!("{ALICE}[[certificates]]\nname = \"Shop\"\nfile = \"a.pem\"\n"));
    home.write("a.pem", Authority::root("R").issue(&leaf(&["a.example"])).pem);
    home.types(&["run", "--state", "s.json"]);
    for arguments in [
        &["plan", "shop"][..],
        &["snooze", "SHOP", "--until", "7d"],
        &["history", "shop"],
        &["check", "--certificate", "shop"],
    ] {
        let said = home.types(&[arguments, &["--state", "s.json"]].concat());
        assert_eq!(said.code, 0, "{arguments:?}: {}", said.stderr);
    }
    for arguments in [&["plan", "shpo"][..], &["snooze", "Shopp", "--until", "7d"], &["history", "Shpo"]] {
        let said = home.types(&[arguments, &["--state", "s.json"]].concat());
        assert_eq!(said.code, 3, "{arguments:?}");
        assert!(said.stderr.contains("did you mean `Shop`?"), "{arguments:?}: {}", said.stderr);
    }
    assert_eq!(home.types(&["inbox", "ALICE", "--state", "s.json"]).code, 0);
    assert_eq!(home.types(&["history", "--contact", "ALICE", "--state", "s.json"]).code, 0);
    assert_eq!(home.types(&["plan", "--days", "7d", "--state", "s.json"]).code, 0);
    let said = home.types(&["test", "alcie", "--state", "s.json"]);
    assert!(said.stderr.contains("did you mean `alice`?"), "{}", said.stderr);
}

#[test]
fn validate_test_and_run_in_detail_say_what_the_author_may_not_expect() {
    let home = Home::with(
        "[settings]\ndefault-contact = \"alice\"\n\
         [contacts.alice]\nemail = \"ops@example.com\"\ntelegram = { token = \"1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\", chat = \"-100123\" }\n\
         [contacts.bob]\nemail = \"Ops <ops@example.com>\"\n\
         [policies.other]\ncontacts = [\"bob\"]\nfrequency = \"7d\"\nchannels = [\"inbox\", \"email\"]\n\
         [[certificates]]\nfile = \"gone.pem\"\n[[certificates]]\nfile = \"none/*.pem\"\npolicy = \"other\"\n",
    );
    let validated = home.types(&["validate"]);
    assert_eq!(validated.code, 0, "{}", validated.stderr);
    let tested = home.types(&["test", "--state", "s.json"]);
    let to_alice = home.types(&["test", "alice", "--channel", "inbox", "--state", "s.json"]);
    assert!(to_alice.stdout.contains("`alice` is never told by `telegram`"), "{}", to_alice.stdout);
    let ran = home.types(&["run", "-v", "--dry-run", "--state", "s.json"]);
    for wanted in
        ["`alice` is never told by `telegram`", "gone.pem", "none/*.pem", "ops@example.com stands twice", "speaks once"]
    {
        assert!(validated.stdout.contains(wanted), "{wanted}: {}", validated.stdout);
        assert!(tested.stdout.contains(wanted), "{wanted}: {}", tested.stdout);
        assert!(ran.stderr.contains(wanted), "{wanted}: {}", ran.stderr);
    }
    assert_eq!(home.types(&["validate", "--quiet"]).stdout, "");
}

#[test]
fn the_built_in_policy_tells_a_contact_without_mail_by_every_channel_it_has() {
    let told = |contact: &str| {
        let home = Home::with(&format!("{contact}{REST}"));
        let now = datetime!(2026-11-01 0:00 UTC);
        let certificate = leaf(&["a.example"]).lives(now - Duration::days(80), now + Duration::days(20));
        home.write("a.pem", certificate.self_signed().pem);
        home.types(&["plan", "--at", "2026-11-01", "--state", "s.json"]).stdout
    };
    let room =
        told("[contacts.room]\nwecom = { webhook = \"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a\" }\n");
    assert!(room.contains("wecom") && room.contains("inbox"), "{room}");
    let alice =
        told(&format!("{ALICE}wecom = {{ webhook = \"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a\" }}\n"));
    assert!(alice.contains("email") && alice.contains("inbox") && !alice.contains("wecom"), "{alice}");
}

/// The command that a text names after `start`, without the program.
fn named_command(text: &str, start: &str) -> Vec<String> {
    let line = text.lines().find(|line| line.contains(start)).unwrap_or_else(|| panic!("{start} is not in\n{text}"));
    let (_, command) = line.split_once("certnotify ").unwrap();
    command.split("  ").next().unwrap().split_whitespace().map(str::to_owned).collect()
}

#[test]
fn four_commands_lead_from_an_empty_home_to_the_first_message_each_naming_the_next() {
    let home = Home::empty();
    let (begin, end) = (datetime!(2024-01-01 0:00 UTC), datetime!(2024-03-30 23:59:59 UTC));
    home.write("shop.pem", leaf(&["shop.example"]).lives(begin, end).self_signed().pem);
    let said = home.types(&["plan", "-p", "mine.toml"]);
    assert!(said.stderr.contains("certnotify init -p mine.toml"), "{}", said.stderr);
    let made = home.types(&["init", "-p", "mine.toml", "shop.pem"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let plan = named_command(&made.stdout, " plan ");
    let planned = home.types(&plan.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(planned.code, 0, "{}", planned.stderr);
    assert!(planned.stdout.contains("shop"), "{}", planned.stdout);
    let run = named_command(&planned.stdout, "To send what is due now");
    let ran = home.types(&run.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("1 certificate in 1 message"), "{}", ran.stdout);
    let inbox: Vec<String> = {
        let line = ran.stdout.lines().find(|line| line.starts_with("read it")).unwrap();
        line.split_whitespace().skip(3).map(str::to_owned).collect()
    };
    let read = home.types(&inbox.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(read.stdout.contains("shop.example"), "{}", read.stdout);
    assert!(home.types(&[]).stderr.contains("certnotify init"), "the bare command names the first step");
}

#[test]
fn an_endpoint_that_is_almost_one_is_put_right_and_not_replaced() {
    for (written, right) in [
        ("a.example 443", "a.example:443"),
        ("a.example  8443", "a.example:8443"),
        ("a.example：8443", "a.example:8443"),
        ("admin@a.example", "a.example"),
        ("https://admin:x@a.example:8443/login", "https://a.example:8443"),
        ("smtp://a.example 25", "smtp://a.example:25"),
    ] {
        let said = Home::complaint(&format!("[contacts.ops]\n[[certificates]]\nendpoint = \"{written}\"\n"));
        assert!(said.contains(&format!("write endpoint = \"{right}\"")), "{written}: {said}");
        assert!(!said.contains("www.example.com"), "{said}");
    }
}

#[test]
fn a_mailbox_at_an_address_is_no_pattern_of_files() {
    for target in ["x@[127.0.0.1]", "x@[IPv6:::1]", "x@[127.0.0.1]:25", "x@a.example"] {
        let said = Home::empty().types(&["check", target]);
        assert!(said.stdout.contains("an endpoint has no user name"), "{target}: {}", said.stdout);
        assert!(!said.stdout.contains("matches nothing"), "{}", said.stdout);
    }
    let home = Home::empty();
    home.write("a@b.pem", "");
    assert!(home.types(&["check", "a@[bc].pem"]).stdout.contains("a@b.pem"));
}
