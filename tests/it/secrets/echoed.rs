//! Servers that quote in their refusals what they were sent, in every form, and what becomes of it.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use time::macros::datetime;

use super::printed::forms;
use super::texts_below;
use crate::support::certificates;
use crate::support::smtp_server::{Manners, SmtpServer};

/// The secret of each channel, in a form that the channel takes.
const TOKENS: [&str; 14] = [
    "0c1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8",
    "SEC7f8e9d0c1b2a39485766574839201f0e1d2c3b4a59687f8e9d0c1b2a3948576",
    "693a91f6-7c3d-4bc4-97a0-0ec2sifa5aaa",
    "4b7e9c2a-61d8-4f35-8a90-bd17c2e3f456",
    "larkSigning8842kQzW",
    "T0GH5KJ2L/B0MN7PQ8R/xYzAbCdEfGhIjKlMnOpQrStU",
    "pV8sigTeamsKq3RtY7uIoP",
    "987654321098765432/dIsCoRdToKeN-aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789",
    "123456789:AAHq3v8Zk5_mTgRwYxBdNcPsLfJeUoIiQa7",
    "tk_9z8y7x6w5v4u3t2s1r0qpo",
    "AzKdRt9.xQbVn2m",
    "e93facc04764012d7bfb002500d5d1a6",
    "receiver-path-5Gh7Jk9Lm2",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
];

fn policy(server: SocketAddr) -> String {
    let [
        ding,
        ding_secret,
        wecom,
        lark,
        lark_secret,
        slack,
        teams,
        discord,
        telegram,
        ntfy,
        gotify,
        pager,
        hook,
        hook_secret,
    ] = TOKENS;
    let base = format!("http://{server}");
    format!(
        r#"
        [settings]
        time-limit = "4s"
        [contacts.ops]
        dingtalk = {{ webhook = "{base}/robot/send?access_token={ding}", secret = "{ding_secret}" }}
        wecom = {{ webhook = "{base}/cgi-bin/webhook/send?key={wecom}" }}
        lark = {{ webhook = "{base}/open-apis/bot/v2/hook/{lark}", secret = "{lark_secret}" }}
        slack = {{ webhook = "{base}/services/{slack}" }}
        teams = {{ webhook = "{base}/workflows/0123/triggers/manual/paths/invoke?api-version=1&sig={teams}" }}
        discord = {{ webhook = "{base}/api/webhooks/{discord}" }}
        telegram = {{ base-url = "{base}", token = "{telegram}", chat = "-1001234567890" }}
        ntfy = {{ base-url = "{base}", token = "{ntfy}", topic = "alerts" }}
        gotify = {{ base-url = "{base}", token = "{gotify}" }}
        pagerduty = {{ base-url = "{base}", routing-key = "{pager}" }}
        webhook = {{ url = "{base}/hook/{hook}", secret = "{hook_secret}" }}
        [policies.default]
        channels = ["inbox", "chatbot", "slack", "teams", "discord", "telegram", "ntfy", "gotify", "pagerduty", "webhook"]
        events = ["business", "alerts"]
        [[certificates]]
        name = "www"
        file = "www.pem"
        "#
    )
}

/// Refuses every post with this status, in the words of every service at once, and quotes the secret that stands in the
/// request, in the form of this number.
fn parrot(status: u16, number: usize) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream, status, number));
        }
    });
    address
}

fn answer(mut stream: TcpStream, status: u16, number: usize) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 2)?;
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        head += &line;
        if reader.buffer().starts_with(b"\r\n") {
            break;
        }
    }
    let mut body = vec![0; length + 2];
    reader.read_exact(&mut body).ok()?;
    let request = head + &String::from_utf8_lossy(&body);
    // A signing key is in no request, but the service knows it.
    let keys = [("/robot/", TOKENS[1]), ("/open-apis/", TOKENS[4]), ("/hook/receiver", TOKENS[13])];
    let is_key = |token: &str| keys.iter().any(|(path, key)| *key == token && request.contains(path));
    let quoted = TOKENS.iter().filter(|token| request.contains(**token) || is_key(token));
    let said: String = quoted.map(|token| forms(token).remove(number) + " ").collect();
    let said = said.trim_end();
    let reply = json!({
        "errcode": 310_000, "errmsg": said, "code": 19_001, "msg": said, "error_code": 400, "description": said,
        "error": said, "errorCode": 400, "errorDescription": said, "message": said, "status": said, "errors": [said],
        "ok": false,
    });
    let reply = reply.to_string();
    write!(
        stream,
        "HTTP/1.1 {status} {said}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{reply}",
        reply.len()
    )
    .ok()
}

/// A folder with a certificate that has expired and this policy, which is newer than any refusal will be.
fn place(policy: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let (from, until) = (datetime!(2020-01-01 0:00 UTC), datetime!(2021-01-01 0:00 UTC));
    let leaf = certificates::leaf(&["www.example.com"]).lives(from, until).self_signed();
    fs::write(folder.path().join("www.pem"), leaf.pem).unwrap();
    let file = folder.path().join("policies.toml");
    fs::write(&file, policy).unwrap();
    let opened = fs::File::options().write(true).open(file).unwrap();
    let written = opened.metadata().unwrap().modified().unwrap();
    opened.set_modified(written + Duration::from_secs(3600)).unwrap();
    folder
}

fn certnotify(folder: &TempDir, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
    command.env_clear().env("PATH", "/usr/bin:/bin").current_dir(folder.path()).args(arguments);
    let output = command.args(["-p", "policies.toml", "--state", "memory/state.json"]).output().unwrap();
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

/// Everything that is said in so many runs that the inbox is told of the channels, and everything that is kept.
fn said(folder: &TempDir) -> String {
    let mut said = String::new();
    for arguments in [
        &["run", "-v"][..],
        &["run"],
        &["run"],
        &["run", "--format", "json"],
        &["history"],
        &["plan"],
        &["inbox", "ops"],
        &["test", "ops"],
    ] {
        said += &certnotify(folder, arguments);
    }
    // In mails lines are broken anywhere.
    (said + &texts_below(&folder.path().join("memory"))).replace("=\r\n", "").replace("=\n", "")
}

fn assert_hidden(said: &str, secrets: &[&str], number: usize) {
    assert!(said.contains("<secret>"), "{number}: {said}");
    for secret in secrets {
        let form = forms(secret).remove(number);
        let middle = form.chars().count() / 2;
        let telling: String = form.chars().skip(middle.saturating_sub(5)).take(10).collect();
        let line = said.lines().find(|line| line.contains(&telling));
        assert!(line.is_none(), "{secret} as {form}: {line:?}");
    }
}

#[test]
fn no_secret_that_a_service_quotes_is_said_kept_or_told_to_others() {
    std::thread::scope(|scope| {
        for number in 0..forms("").len() {
            // Clear, escaped, percent-encoded and in Base64; the reading of a status does not touch the form.
            for status in if [0, 2, 5, 7].contains(&number) { &[200, 400][..] } else { &[400] } {
                scope.spawn(move || {
                    let folder = place(&policy(parrot(*status, number)));
                    let said = said(&folder);
                    // Three runs in a row are told by the inbox, with the reason.
                    assert!(said.contains("notifications-disabled"), "{said}");
                    assert_hidden(&said, &TOKENS, number);
                });
            }
        }
    });
}

const PASSWORD: &str = "hunter2/with+signs \"and\\quotes\" of é";

#[test]
fn no_password_that_a_mail_server_quotes_is_said_kept_or_told_to_others() {
    std::thread::scope(|scope| {
        for number in 0..forms("").len() {
            scope.spawn(move || {
                let quoted: &'static str = format!("550 5.7.1 refused: {}", forms(PASSWORD).remove(number)).leak();
                let answers = [("MAIL FROM", vec![quoted; 50])].into_iter().collect();
                let auth = Some("AUTH PLAIN LOGIN");
                let server =
                    SmtpServer::start(Manners { answers, auth, user: ("someone", PASSWORD), ..Manners::default() });
                let policy = format!(
                    "[settings]\ntime-limit = \"4s\"\n[email]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\n\
                     username = \"someone\"\npassword = {}\n[contacts.ops]\nemail = \"ops@example.com\"\n\
                     [policies.default]\nevents = [\"business\", \"alerts\"]\n\
                     [[certificates]]\nname = \"www\"\nfile = \"www.pem\"\n",
                    server.port(),
                    json!(PASSWORD),
                );
                assert_hidden(&said(&place(&policy)), &[PASSWORD], number);
            });
        }
    });
}
