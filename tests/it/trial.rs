//! `certnotify test`: what it sends, what it says, and how it ends.

mod phones;

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

use crate::support::chat_vendors::{ChannelConfig as Knobs, Fault, Vendors};
use crate::support::smtp_server::{Manners, SmtpServer};
use crate::support::tls_server::closed;

const TOKEN: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const SECRET: &str = "SEC0123456789abcdef0123456789abcdef";

/// A policy file and the services it names.
struct Site {
    folder: tempfile::TempDir,
    vendors: Vendors,
    mail: SmtpServer,
}

impl Site {
    fn new() -> Self {
        let (vendors, mail) = (Vendors::start(), SmtpServer::start(Manners::default()));
        // The real clock rules here, so the vendors cannot judge a time: robots without a secret.
        vendors.robot(TOKEN, Knobs::default());
        let folder = tempfile::tempdir().unwrap();
        let policies = format!(
            r#"
            [settings]
            default-contact = "alice"
            [email]
            host = "127.0.0.1"
            port = {port}
            tls = "none"
            [contacts.alice]
            email = "alice@example.com"
            [contacts."运维群"]
            dingtalk = {{ webhook = {{ env = "ROOM" }}, secret = {{ env = "ROOM_SECRET" }} }}
            wecom = {{ webhook = {{ env = "ROOM_WECOM" }} }}
            [[certificates]]
            file = "/nowhere.pem"
            "#,
            port = mail.port()
        );
        std::fs::write(folder.path().join("policies.toml"), policies).unwrap();
        Self { folder, vendors, mail }
    }

    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_certnotify"))
            .arg("test")
            .args(arguments)
            .arg("--policies")
            .arg(self.folder.path().join("policies.toml"))
            .arg("--state")
            .arg(self.state())
            .env("ROOM", self.vendors.dingtalk(TOKEN))
            .env("ROOM_SECRET", SECRET)
            .env("ROOM_WECOM", self.vendors.wecom(TOKEN))
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
    }

    fn state(&self) -> std::path::PathBuf {
        self.folder.path().join("state/state.json")
    }

    fn has_sent_nothing(&self) -> bool {
        self.vendors.journal().is_empty() && self.mail.taken().is_empty() && !self.inbox().exists()
    }

    fn inbox(&self) -> std::path::PathBuf {
        self.folder.path().join("state/inbox")
    }

    fn json(&self, arguments: &[&str]) -> (i32, Vec<Value>) {
        let (code, stdout, _) = self.run(&[arguments, &["--format", "json"]].concat());
        let value: Value = serde_json::from_str(&stdout).unwrap();
        assert_eq!(value["version"], 1);
        (code, value["tests"].as_array().unwrap().clone())
    }
}

fn count(directory: &Path) -> usize {
    std::fs::read_dir(directory).map_or(0, Iterator::count)
}

#[test]
fn without_a_contact_nothing_is_sent_and_it_says_what_would_be() {
    let site = Site::new();
    let (code, stdout, stderr) = site.run(&[]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let lines = "\n  alice   email\n  alice   inbox\n  运维群  inbox\n  运维群  dingtalk\n  运维群  wecom\n";
    assert!(stdout.starts_with("Nothing is sent.") && stdout.contains(lines), "{stdout}");
    let (code, tests) = site.json(&["--channel", "inbox"]);
    assert_eq!((code, tests.len(), &tests[0]["outcome"]), (0, 2, &Value::Null));
    assert!(site.has_sent_nothing() && !site.state().exists());
}

#[test]
fn everybody_is_tested_by_everything_and_each_answer_is_told() {
    let site = Site::new();
    let (code, stdout, stderr) = site.run(&["--all"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let lines: Vec<&str> = stdout.lines().collect();
    assert_eq!(lines.len(), 5);
    assert!(
        lines[0].starts_with("alice   email     sent in ") && lines[0].ends_with(": 250, queued as 4c7Xk2"),
        "{stdout}"
    );
    assert!(lines[3].starts_with("运维群  dingtalk  sent in ") && lines[3].ends_with(": 0, ok"), "{stdout}");
    assert_eq!(site.mail.taken().len(), 1);
    assert!(site.mail.taken()[0].mail.contains("est"), "the mail says that it is a test");
    assert_eq!(count(&site.inbox().join("alice/new")) + count(&site.inbox().join("运维群/new")), 2);
    assert_eq!(site.vendors.verdicts(), [Some(0), Some(0)]);
}

#[test]
fn one_contact_and_one_channel_are_picked_and_a_second_test_is_another_message() {
    let site = Site::new();
    for _ in 0..2 {
        let (code, stdout, _) = site.run(&["alice", "alice", "--channel", "inbox"]);
        assert_eq!((code, stdout.lines().count()), (0, 1), "{stdout}");
    }
    assert_eq!(count(&site.inbox().join("alice/new")), 2);
    assert!(site.mail.taken().is_empty() && site.vendors.journal().is_empty());
}

#[test]
fn a_channel_that_fails_says_what_to_do_and_the_others_are_tested() {
    let site = Site::new();
    site.vendors.robot(TOKEN, Knobs { secret: Some("SECanother".to_owned()), ..Knobs::default() });
    let (code, stdout, stderr) = site.run(&["运维群"]);
    assert_eq!(code, 1, "{stdout}");
    assert_eq!(stdout.lines().count(), 3);
    assert!(stdout.contains("运维群  dingtalk  not sent, "), "{stdout}");
    assert!(stderr.starts_with("certnotify: contact `运维群`, dingtalk: ") && stderr.contains("310000"), "{stderr}");
    assert!(stderr.contains("\n  help: "), "{stderr}");
    for hidden in [TOKEN, SECRET] {
        assert!(!stdout.contains(hidden) && !stderr.contains(hidden));
    }
    let (code, tests) = site.json(&["运维群", "--channel", "dingtalk"]);
    let (outcome, answer) = (&tests[0]["outcome"], &tests[0]["answer"]);
    assert_eq!((code, outcome.as_str(), answer), (1, Some("failed"), &Value::Null));
    assert!(tests[0]["reason"].as_str().unwrap().contains("310000") && tests[0]["help"].is_string());
}

#[test]
fn rooms_of_slack_teams_and_discord_are_tested_and_told_of_what_is_due() {
    let (folder, vendors) = (tempfile::tempdir().unwrap(), Vendors::start());
    // A room each: the fakes count in a time that stands still.
    let rooms = ["slack", "teams", "discord"].map(|room| format!("{TOKEN}{room}"));
    let [slack, teams, discord] = rooms.each_ref().map(String::as_str);
    let policies = format!(
        r#"
        [contacts.room]
        slack = {{ webhook = "{}", mention = ["here"] }}
        teams = {{ webhook = {{ env = "ROOM_OF_TEAMS" }} }}
        discord = {{ webhook = "{}", mention = ["80351110224678912", "all"] }}
        [[certificates]]
        file = "expired.pem"
        channels = ["slack", "teams", "discord"]
        "#,
        vendors.slack(slack),
        vendors.discord(discord)
    );
    std::fs::write(folder.path().join("policies.toml"), policies).unwrap();
    std::fs::copy("examples/certificates/expired.pem", folder.path().join("expired.pem")).unwrap();
    let run = |arguments: &[&str]| {
        for room in &rooms {
            vendors.robot(room, Knobs::default());
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.args(arguments).arg("--policies").arg(folder.path().join("policies.toml"));
        command.arg("--state").arg(folder.path().join("state.json")).env("ROOM_OF_TEAMS", vendors.teams(teams));
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
    };
    for channel in ["slack", "teams", "discord"] {
        let (code, stdout, stderr) = run(&["test", "room", "--channel", channel]);
        assert_eq!((code, stderr.as_str()), (0, ""), "{channel}: {stdout}");
        assert!(channel != "teams" || stdout.contains("which may still fail to post it"), "{stdout}");
        let (code, stdout, stderr) = run(&["run", "--quiet"]);
        assert!(code == 0, "{stdout}{stderr}");
    }
    let bodies: Vec<String> =
        vendors.journal().iter().map(|e| String::from_utf8_lossy(&e.request.body).into()).collect();
    assert_eq!(bodies.len(), 6, "three tests, and one message to each room: {bodies:?}");
    assert_eq!(bodies.iter().filter(|body| body.contains("This is a test")).count(), 3);
    assert_eq!(bodies.iter().filter(|body| body.contains("has expired")).count(), 3);
    assert!(vendors.verdicts().iter().all(|verdict| *verdict == Some(0)), "{:?}", vendors.verdicts());
}

#[test]
fn the_clocks_are_compared_when_a_signature_is_refused() {
    let site = Site::new();
    site.vendors.robot(TOKEN, Knobs { secret: Some(SECRET.to_owned()), ..Knobs::default() });
    // The vendors live in November 2026 at 08:07, the machine hardly does.
    site.vendors.set_clock(time::macros::datetime!(2001-01-01 0:00 UTC));
    let (code, _, stderr) = site.run(&["运维群", "--channel", "dingtalk"]);
    assert_eq!(code, 1);
    assert!(stderr.contains("min ahead of the vendor's: set it right"), "{stderr}");
}

#[test]
fn an_address_of_another_vendor_is_refused_wherever_it_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let policies = "[contacts.room]\nwecom = { webhook = { file = \"hook\" } }\n[[certificates]]\nfile = \"a.pem\"\n";
    std::fs::write(folder.path().join("policies.toml"), policies).unwrap();
    for (address, said) in [
        (
            "https://open.feishu.cn/open-apis/bot/v2/hook/canary-5e1",
            "open.feishu.cn: this is an address of lark, and not of wecom\n  help: give the address to the key",
        ),
        (
            "https://qyapi.weixin.qq.com/cgi-bin/webhook/canary-5e1",
            "qyapi.weixin.qq.com: this is not the whole address of a webhook of wecom\n  help: copy it again from where",
        ),
    ] {
        std::fs::write(folder.path().join("hook"), address).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_certnotify"))
            .current_dir(folder.path())
            .args(["--state", "state.json", "test", "room"])
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains(said) && !stderr.contains("canary"), "{stderr}");
    }
}

#[test]
fn where_no_mail_server_answers_the_way_to_name_one_is_said() {
    let site = Site::new();
    let path = site.folder.path().join("policies.toml");
    let closed = closed().port();
    let policies = std::fs::read_to_string(&path).unwrap();
    let policies = policies.replace(&format!("port = {}", site.mail.port()), &format!("port = {closed}"));
    std::fs::write(&path, policies).unwrap();
    let (code, _, stderr) = site.run(&["alice", "--channel", "email"]);
    assert_eq!(code, 1, "{stderr}");
    assert!(
        stderr.contains("connection refused\n  help: see that a mail server answers there; else write host"),
        "{stderr}"
    );
}

#[test]
fn a_throttled_robot_is_not_asked_again_by_the_next_test() {
    let site = Site::new();
    let flood = Fault::Body(r#"{"errcode":130101,"errmsg":"send too fast"}"#);
    site.vendors.robot(TOKEN, Knobs { faults: [flood].into(), ..Knobs::default() });
    for _ in 0..2 {
        let (code, tests) = site.json(&["运维群", "--channel", "dingtalk"]);
        assert_eq!((code, tests[0]["outcome"].as_str()), (1, Some("deferred")));
        assert!(tests[0]["not_before"].is_string());
    }
    assert_eq!(site.vendors.journal().len(), 1);
}

#[test]
fn a_mail_that_some_recipients_refuse_is_done_in_part() {
    let site = Site::new();
    let refusing = SmtpServer::start(super::mail::answering("RCPT TO:<BOB", &["550 5.1.1 no such user"]));
    let path = site.folder.path().join("policies.toml");
    let policies = std::fs::read_to_string(&path).unwrap();
    let policies = policies
        .replace(&format!("port = {}", site.mail.port()), &format!("port = {}", refusing.port()))
        .replace(r#""alice@example.com""#, r#"["alice@example.com", "bob@example.com"]"#);
    std::fs::write(&path, policies).unwrap();
    let (code, stdout, stderr) = site.run(&["alice", "--channel", "email"]);
    assert_eq!(code, 1);
    assert!(
        stdout.contains("sent in ") && stderr.contains("taken, but not for everybody: bob@example.com: 550"),
        "{stderr}"
    );
}

#[test]
fn who_does_not_exist_or_is_not_to_be_reached_is_a_usage_error_and_nothing_is_sent() {
    let site = Site::new();
    for (arguments, said) in [
        (&["bob"][..], "`bob` is no contact of "),
        (&["alice", "--channel", "lark"], "contact `alice` is not to be reached by lark"),
        (&["--all", "--channel", "lark"], "no contact is to be reached by lark"),
        (&["alice", "--channel", "pager"], "`pager` is no channel"),
        (&["alice", "--all"], "--all"),
    ] {
        let (code, stdout, stderr) = site.run(arguments);
        assert_eq!((code, stdout.as_str()), (3, ""), "{arguments:?}: {stderr}");
        assert!(stderr.contains(said), "{stderr}");
    }
    assert!(site.has_sent_nothing());
}

#[test]
fn a_quiet_test_prints_only_what_needs_a_person() {
    let site = Site::new();
    assert_eq!(site.run(&["--all", "--quiet"]), (0, String::new(), String::new()));
    site.vendors.robot(TOKEN, Knobs { faults: [Fault::Html(500)].into(), ..Knobs::default() });
    let (code, stdout, stderr) = site.run(&["运维群", "--channel", "wecom", "--quiet"]);
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(stderr.contains("is not taking messages now: HTTP 500"), "{stderr}");
}
