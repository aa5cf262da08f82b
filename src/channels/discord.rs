//! Discord's webhooks.

use std::time::Duration;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::editor::Editor;
use super::exchange::{Access, At, HttpRequest, Method, Payload, Protocol};
use super::mention::mention;
use super::page::{ChatRow, Layout, Page, PageFormat, Tier};
use super::pieces::{lines, packed, units};
use super::spec::{MINUTE, SECOND};
use super::table::{CA_FILE, MENTION_WITHIN, PROXY, WEBHOOK};
use super::verdict::{self, Answer, Interpretation, Verdict, setup, unprocessable};
use super::{Form, Hosts, Objection, Spec, Table};
use crate::address::Url;
use crate::text::columns::cut;
use crate::text::untrusted::is_dns_shaped;

pub(super) static SPEC: Spec = Spec {
    table: Some(TABLE),
    protocol: Some(&Discord),
    editor: Some(&Discord),
    limits: &[(2, SECOND), (26, MINUTE)],
    ..Spec::new(Form::Page(&Discord))
};

const TABLE: Table = Table {
    hosts: Some(Hosts {
        names: &["discord.com", "discordapp.com", "canary.discord.com", "ptb.discord.com"],
        path: "/api/webhooks/",
        parameter: "",
    }),
    refused_addresses: &[(
        is_of_another_service,
        Objection {
            en: "by this address Discord takes messages made for another service",
            zh_cn: "只接收其他服务格式的消息",
            ja: "ほかのサービスの形式のメッセージ用です",
            help: "write the address as Discord shows it, without the /slack or /github at its end",
        },
    )],
    ..Table::new(&[
        WEBHOOK,
        mention(
            "Who is mentioned: IDs of users, `&` and the ID of a role, `here`, or `all` for @everyone.",
            is_mention,
            "write the ID of a user (digits only: Copy User ID in developer mode), `&` and the ID of a role, `here` or \
             `all`",
        ),
        MENTION_WITHIN,
        CA_FILE,
        PROXY,
    ])
};

fn is_of_another_service(address: &Url<'_>) -> bool {
    address.path.ends_with("/slack") || address.path.ends_with("/github")
}

/// A snowflake, of a user or a role.
fn is_mention(name: &str) -> bool {
    let number = name.strip_prefix('&').unwrap_or(name);
    let is_snowflake = (15..=20).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    matches!(name, "all" | "here") || is_snowflake
}

struct Discord;

impl Protocol for Discord {
    fn call(&self, _access: &Access<'_>, payload: &Payload<'_>, _now: OffsetDateTime) -> HttpRequest {
        // Without it the server answers before it knows whether the message can be kept.
        let at = At::Address(vec![("wait", "true".to_owned())]);
        HttpRequest::post(at, Vec::new(), payload.payload.clone())
    }

    fn read(&self, answer: &Answer, _now: OffsetDateTime) -> Interpretation {
        read(answer)
    }
}

impl Editor for Discord {
    fn posted(&self, answer: &Answer) -> Option<String> {
        let id = verdict::object(answer)?.get("id")?.as_str()?.to_owned();
        id.bytes().all(|byte| byte.is_ascii_digit()).then_some(id)
    }

    /// A thread stands in the parameters.
    fn edit(&self, _access: &Access<'_>, id: &str, payload: &Value) -> HttpRequest {
        let mut body = payload.clone();
        // Whom it called is called no more.
        body["content"] = Value::from("");
        let call = HttpRequest::post(At::Behind(format!("/messages/{id}")), Vec::new(), body);
        HttpRequest { method: Method::Patch, ..call }
    }

    /// The message is gone.
    fn is_settled(&self, answer: &Answer) -> bool {
        const UNKNOWN_MESSAGE: i64 = 10_008;
        answer.status == 404
            && verdict::object(answer).and_then(|object| verdict::code(&object, "code")) == Some(UNKNOWN_MESSAGE)
    }

    fn struck(&self, words: &str) -> String {
        format!("~~{words}~~")
    }
}

fn read(answer: &Answer) -> Interpretation {
    let Some(object) = verdict::object(answer) else { return Interpretation::from_status(answer, ANOTHER_ADDRESS) };
    if answer.status == 200 && object.get("id").is_some_and(Value::is_string) {
        return Interpretation { verdict: Verdict::Accepted, said: "200, posted".to_owned() };
    }
    let wait = wait(&object).or(answer.retry_after);
    let Some(code) = verdict::code(&object, "code") else {
        let reading = Interpretation::from_status(answer, ANOTHER_ADDRESS);
        let is_busy = matches!(reading.verdict, Verdict::Busy(_));
        return if is_busy { Interpretation { verdict: Verdict::Busy(wait), ..reading } } else { reading };
    };
    let verdict = match (answer.status, code) {
        (408 | 429 | 500.., _) | (_, 20_016 | 20_028 | 20_029 | 40_062 | 130_000) => Verdict::Busy(wait),
        (_, 10_015 | 50_027) | (401 | 404, _) => {
            setup("the webhook was deleted, or its address is not whole: make a new one in the channel's integrations")
        }
        (_, 10_003) => setup("the channel is gone: make a webhook in another one and write its address"),
        (_, 220_001..=220_003) => {
            setup("a forum channel takes posts with a title only: add ?thread_id= and the ID of a post to the address")
        }
        (403, _) => setup("Discord does not let the webhook post there: check the channel's permissions"),
        (400 | 413, _) => unprocessable!("Discord"),
        _ => setup("see Discord's list of JSON error codes"),
    };
    Interpretation::new(answer, verdict, code, verdict::text(&object, "message"))
}

/// `retry_after`: seconds, with a fraction.
fn wait(object: &Map<String, Value>) -> Option<Duration> {
    let seconds = object.get("retry_after").and_then(Value::as_f64)?;
    let wait = Duration::try_from_secs_f64(seconds).ok()?;
    // To the next whole second: the server counts finer than clocks agree.
    Some(Duration::from_secs(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)))
}

const ANOTHER_ADDRESS: &str = "copy the webhook address again from the channel's integrations in Discord";

/// Of a title; the server refuses more.
const TITLE: usize = 256;
/// Of one description; the server takes 4096.
const DESCRIPTION: usize = 4_000;
/// Of all embeds; the server takes 6000.
const WHOLE: usize = 5_800;
/// The server takes 10.
const EMBEDS: usize = 10;
/// Of the text that mentions people; the server takes 2000, and 100 of each kind.
const CONTENT: usize = 1_900;
const PEOPLE: usize = 100;

impl PageFormat for Discord {
    fn escape(&self) -> fn(&str) -> String {
        escape
    }

    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        let color = match page.tier {
            Some(Tier::Expired) => 0x00D9_3026,
            Some(Tier::Within7 | Tier::Urgent) => 0x00E8_710A,
            _ => 0x001A_73E8,
        };
        let rows = page.rows.iter().map(|row| self::row(row, page.layout));
        let between = if page.layout == Layout::Dense { "\n" } else { "\n\n" };
        let rows = rows.enumerate().map(|(nth, row)| (if nth == 0 { "\n\n" } else { between }, row));
        let mut embeds: Vec<Value> = packed(lines(&page.head).chain(rows), DESCRIPTION)
            .into_iter()
            .map(|description| json!({ "description": description, "color": color }))
            .collect();
        if embeds.is_empty() {
            embeds.push(json!({ "color": color }));
        }
        embeds[0]["title"] = Value::from(cut(&page.heading, TITLE));
        if !page.footer.is_empty() {
            embeds.push(json!({ "description": page.footer.join("\n") }));
        }
        let people = People::new(&page.mentions);
        let mut payload = json!({ "embeds": embeds, "allowed_mentions": people.allowed() });
        if !people.content.is_empty() {
            payload["content"] = Value::from(people.content);
        }
        (payload, None)
    }

    fn fits(&self, payload: &Value) -> bool {
        let Some(embeds) = payload["embeds"].as_array() else { return false };
        let units = |value: &Value| value.as_str().map_or(0, units);
        let all: usize = embeds.iter().map(|embed| units(&embed["title"]) + units(&embed["description"])).sum();
        embeds.len() <= EMBEDS && all <= WHOLE && embeds.iter().all(|embed| units(&embed["description"]) <= DESCRIPTION)
    }
}

fn row(row: &ChatRow, layout: Layout) -> String {
    let ChatRow { number, label, left, left_short, date, .. } = row;
    let left = match row.tier {
        Tier::Expired | Tier::Within7 | Tier::Urgent => format!("**{left}**"),
        Tier::Within30 | Tier::Later | Tier::Calm => left.clone(),
    };
    match layout {
        Layout::Rich => [format!("**{number}.** **{label}** {left}")]
            .into_iter()
            .chain(row.lines.iter().cloned())
            .collect::<Vec<_>>()
            .join("\n"),
        Layout::Medium => format!("**{number}.** {label} {left}\n{}", row.facts()),
        Layout::Dense => format!("{left_short} {label} {date}"),
    }
}

/// Who is mentioned: the text that does so, and the leave to.
#[derive(Default)]
struct People<'a> {
    content: String,
    users: Vec<&'a str>,
    roles: Vec<&'a str>,
    has_everyone: bool,
}

impl<'a> People<'a> {
    fn new(mentions: &'a [String]) -> Self {
        let mut people = Self::default();
        for mention in mentions {
            let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let (mark, known) = match (mention.as_str(), mention.strip_prefix('&')) {
                ("all", _) => ("@everyone".to_owned(), None),
                ("here", _) => ("@here".to_owned(), None),
                (_, Some(role)) if is_number(role) => (format!("<@&{role}>"), Some((&mut people.roles, role))),
                (user, None) if is_number(user) => (format!("<@{user}>"), Some((&mut people.users, user))),
                _ => continue,
            };
            if units(&people.content) + 1 + mark.len() > CONTENT {
                continue;
            }
            match known {
                None => people.has_everyone = true,
                Some((known, _)) if known.len() == PEOPLE => continue,
                Some((known, one)) => known.push(one),
            }
            let space = if people.content.is_empty() { "" } else { " " };
            people.content = format!("{}{space}{mark}", people.content);
        }
        people
    }

    /// Without it the server would look for mentions in every text.
    fn allowed(&self) -> Value {
        let parse: &[&str] = if self.has_everyone { &["everyone"] } else { &[] };
        json!({ "parse": parse, "users": self.users, "roles": self.roles })
    }
}

/// Clean text for Discord's markdown, in which a backslash makes any mark a character; names of hosts have few of them.
fn escape(text: &str) -> String {
    let marks = if is_dns_shaped(text) { "*_" } else { "\\*_~`|>#-[]()<@:" };
    let mut escaped = String::with_capacity(text.len());
    for character in text.replace("://", "：//").chars() {
        if marks.contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        let retry_after = (status == 429).then_some(Duration::from_secs(9));
        Answer { retry_after, ..Answer::whole(status, body) }
    }

    fn said(status: u16, body: &str) -> Verdict {
        read(&answer(status, body)).verdict
    }

    #[test]
    fn only_the_message_itself_is_success() {
        assert_eq!(said(200, r#"{"id":"1199","type":0,"content":""}"#), Verdict::Accepted);
        for body in ["", "{}", "[]", r#"{"id":7}"#, "<html>", r#"{"id":"1"#] {
            assert_eq!(said(200, body), Verdict::Busy(None), "{body}");
        }
        assert_eq!(said(204, ""), Verdict::Busy(None), "the server did not wait");
        assert!(matches!(said(404, r#"{"id":"1199"}"#), Verdict::Misconfigured(_)));
        assert_eq!(read(&Answer { is_whole: false, ..answer(200, r#"{"id":"1"}"#) }).verdict, Verdict::CutOff);
    }

    #[test]
    fn how_long_to_wait_is_read_with_its_fraction() {
        let limited = |retry_after: &str| {
            let rest = r#""message":"You are being rate limited.","global":false"#;
            said(429, &format!("{{{rest},\"retry_after\":{retry_after}}}"))
        };
        let seconds = |seconds| Verdict::Busy(Some(Duration::from_secs(seconds)));
        assert_eq!(limited("0.65"), seconds(1));
        assert_eq!(limited("64.57"), seconds(65));
        assert_eq!(limited("2"), seconds(2));
        for odd in ["-1", "1e300", "null", "\"soon\""] {
            assert_eq!(limited(odd), seconds(9), "{odd}");
        }
        assert_eq!(said(429, "error code: 1015"), seconds(9));
    }

    #[test]
    fn each_code_has_its_class() {
        let class = |status: u16, code: i64| said(status, &format!(r#"{{"code":{code},"message":"no"}}"#));
        for (status, code) in [(404, 10_015), (401, 50_027), (404, 10_003), (400, 220_001), (403, 50_013), (418, 1)] {
            assert!(matches!(class(status, code), Verdict::Misconfigured(_)), "{status} {code}");
        }
        for code in [50_035, 50_006, 50_109] {
            assert!(matches!(class(400, code), Verdict::Content(_)), "{code}");
        }
        assert_eq!(class(400, 20_028), Verdict::Busy(None));
        assert_eq!(class(503, 0), Verdict::Busy(None));
        assert!(matches!(said(302, ""), Verdict::Misconfigured(help) if help.contains("final address")));
    }

    #[test]
    fn hosts_stay_readable_and_markup_does_not() {
        assert_eq!(escape("*.a_b-c.example"), "\\*.a\\_b-c.example");
        assert_eq!(escape("<@&1> @everyone `x`"), "\\<\\@&1\\> \\@everyone \\`x\\`");
        assert_eq!(escape("[Pay](https://evil.example)"), "\\[Pay\\]\\(https：//evil.example\\)");
    }
}
