//! Slack's incoming webhooks.

use std::net::IpAddr;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::exchange::Protocol;
use super::mention::mention;
use super::page::{ChatRow, Layout, Page, PageFormat, Tier};
use super::pieces::{Piece, emphasized, lines, linked, packed, units};
use super::spec::SECOND;
use super::table::{CA_FILE, MENTION_WITHIN, PROXY, WEBHOOK};
use super::verdict::{self, Answer, Interpretation, Verdict, setup, unprocessable};
use super::{Form, Hosts, Spec, Table, TableKey};
use crate::address::Url;
use crate::text::columns::cut;
use crate::text::untrusted::{cap, structured, structured_in_templates};

pub(super) static SPEC: Spec =
    Spec { table: Some(TABLE), protocol: Some(&Slack), limits: &[(1, SECOND)], ..Spec::new(Form::Page(&Slack)) };

const HOSTS: [&str; 2] = ["hooks.slack.com", "hooks.slack-gov.com"];

const TABLE: Table = Table {
    hosts: Some(Hosts { names: &HOSTS, path: "/services/", parameter: "" }),
    doubt_address,
    ..Table::new(&[WEBHOOK, MENTION, MENTION_WITHIN, CA_FILE, PROXY])
};

pub(super) const MENTION: TableKey = mention(
    "Who is mentioned: IDs of members (`U…`) or of user groups (`S…`), `here`, or `all` for the channel.",
    is_mention,
    "write the ID of a member (`U…`, in the menu of the profile) or of a user group (`S…`), `here`, or `all` for \
         the channel",
);

/// Servers that take what Slack takes show less of it: most leave all blocks out. A loopback address is that of a trial.
fn doubt_address(address: &Url<'_>) -> Option<(&'static str, &'static str)> {
    let host = address.host.trim_end_matches('.').to_ascii_lowercase();
    let is_loopback = host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback());
    if HOSTS.contains(&host.as_str()) || host == "localhost" || is_loopback {
        return None;
    }
    Some(if address.path.contains("/hooks/") {
        (
            "this is no address of Slack, and Mattermost shows nothing of the blocks that Slack is sent",
            "for Mattermost write mattermost = { webhook = … }",
        )
    } else {
        (
            "this is no address of Slack: another server may show little of what Slack is sent",
            "for Mattermost write mattermost = { webhook = … }; try another with `certnotify test`",
        )
    })
}

/// A member, also one of another workspace, or a user group.
fn is_mention(name: &str) -> bool {
    let is_identifier = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let is_person = name.len() >= 3 && name.starts_with(['U', 'W', 'S']) && name.bytes().all(is_identifier);
    matches!(name, "all" | "channel" | "here") || is_person
}

pub(super) struct Slack;

impl Protocol for Slack {
    fn read(&self, answer: &Answer, _now: OffsetDateTime) -> Interpretation {
        read(answer)
    }
}

fn read(answer: &Answer) -> Interpretation {
    let Some(word) = word(answer) else { return Interpretation::from_status(answer, ANOTHER_ADDRESS) };
    let verdict = match (answer.status, word.as_str()) {
        (200..=299, "ok") => Verdict::Accepted,
        (408 | 429 | 500.., _)
        | (
            _,
            "rate_limited" | "ratelimited" | "rollup_error" | "internal_error" | "fatal_error" | "service_unavailable",
        ) => Verdict::Busy(answer.retry_after),
        (_, "invalid_token" | "no_service" | "no_service_id" | "no_active_hooks" | "no_team" | "team_disabled") => {
            setup("the webhook was removed or switched off: make a new one in the app's settings and write its address")
        }
        (_, "channel_not_found") => setup("the channel is gone: make a webhook for another one and write its address"),
        (_, "channel_is_archived" | "is_archived") => {
            setup("the channel is archived: make a webhook for another one and write its address")
        }
        (_, "action_prohibited" | "posting_to_general_channel_denied") => {
            setup("the workspace does not let apps post there: ask who runs it, or make a webhook for another channel")
        }
        (_, "user_not_found") => setup("Slack does not know a user who is mentioned: check `mention` of this contact"),
        (_, "invalid_payload" | "no_text" | "too_many_attachments" | "msg_too_long" | "msg_blocks_too_long") => {
            unprocessable!("Slack")
        }
        (_, word) if word.starts_with("invalid_blocks") || word.starts_with("missing_text") => unprocessable!("Slack"),
        (400 | 413, _) => unprocessable!("Slack"),
        (403 | 404 | 410, _) => setup(ANOTHER_ADDRESS),
        _ => setup("see Slack's list of errors of incoming webhooks"),
    };
    let said = if verdict == Verdict::Accepted { word } else { format!("{}, {word}", answer.status) };
    Interpretation { verdict, said }
}

/// What Slack answers with, in plain text; servers that are built like it answer with an object.
fn word(answer: &Answer) -> Option<String> {
    let word = match verdict::object(answer) {
        Some(object) if object.get("ok").and_then(serde_json::Value::as_bool) == Some(true) => "ok".to_owned(),
        Some(object) => verdict::text(&object, "error").to_owned(),
        None if answer.is_whole => String::from_utf8_lossy(&answer.body).trim().to_owned(),
        None => String::new(),
    };
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (!word.is_empty() && word.len() <= 64 && word.bytes().all(is_word)).then_some(word)
}

const ANOTHER_ADDRESS: &str = "copy the webhook address again from the app's settings in Slack";
/// Of a header; the server refuses more.
const HEADER: usize = 150;
/// Of what a notification shows below the title.
const PREVIEW: usize = 300;
/// Of all text in one block; the server takes 3000.
const TEXT: usize = 2_900;
/// The server takes 50.
const BLOCKS: usize = 40;
/// Of all blocks as JSON. The limit is not documented; messages with a little more than 13000 were refused.
const WHOLE: usize = 12_000;

/// Text from certificates stands in elements that have no markup; only the fallback and the mentions do.
impl PageFormat for Slack {
    fn escape(&self) -> fn(&str) -> String {
        structured
    }

    fn ink_of_templates(&self) -> fn(&str) -> String {
        structured_in_templates
    }

    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        let mut blocks = vec![
            json!({ "type": "header", "text": { "type": "plain_text", "text": cut(&page.title, HEADER), "emoji": false } }),
        ];
        let head = packed(lines(&page.head), TEXT);
        blocks.extend(head.iter().map(|text| rich_text(&elements(&emphasized(text)))));
        let mentions = mentions(&page.mentions);
        if !mentions.is_empty() {
            let text = json!({ "type": "mrkdwn", "text": mentions, "verbatim": true });
            blocks.push(json!({ "type": "section", "text": text }));
        }
        blocks.extend(rows(page));
        if !page.footer.is_empty() {
            blocks.push(json!({ "type": "divider" }));
            blocks.extend(packed(page.footer.iter().map(|line| ("\n", line.clone())), TEXT).into_iter().map(|text| {
                json!({ "type": "context", "elements": [{ "type": "plain_text", "text": text, "emoji": false }] })
            }));
        }
        let preview =
            page.head.first().and_then(|text| text.lines().next()).map(|text| cap(&text.replace("**", ""), PREVIEW));
        let preview: Vec<String> = [page.title.clone()].into_iter().chain(preview).collect();
        let payload = json!({
            "text": escaped(&preview.join("\n")),
            "mrkdwn": false,
            "blocks": blocks,
            "unfurl_links": false,
            "unfurl_media": false,
        });
        (payload, Some(plain(page, &mentions)))
    }

    fn fits(&self, payload: &Value) -> bool {
        let Some(blocks) = payload["blocks"].as_array() else {
            return payload["text"].as_str().is_some_and(|text| units(text) <= WHOLE);
        };
        let is_small = |block: &Value| text_units(block) <= TEXT;
        blocks.len() <= BLOCKS && blocks.iter().all(is_small) && units(&payload["blocks"].to_string()) <= WHOLE
    }
}

/// All text that is shown of it.
fn text_units(value: &Value) -> usize {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(key, member)| match member {
                Value::String(text) if key == "text" => units(text),
                other => text_units(other),
            })
            .sum(),
        Value::Array(items) => items.iter().map(text_units).sum(),
        _ => 0,
    }
}

fn rows(page: &Page) -> Vec<Value> {
    match page.layout {
        Layout::Rich => page.rows.iter().map(|row| rich_text(&paragraph(row))).collect(),
        Layout::Medium => {
            let mut blocks: Vec<Vec<Value>> = Vec::new();
            for row in &page.rows {
                let added = [vec![words("\n")], lines_of(row)].concat();
                let size = |elements: &[Value]| elements.iter().map(text_units).sum::<usize>();
                match blocks.last_mut() {
                    Some(block) if size(block) + size(&added) <= TEXT => block.extend(added),
                    _ => blocks.push(added[1..].to_vec()),
                }
            }
            blocks.iter().map(|block| rich_text(block)).collect()
        }
        Layout::Dense => {
            let row = |row: &ChatRow| ("\n", format!("{} {} {}", row.left_short, row.label, row.date));
            packed(page.rows.iter().map(row), TEXT).iter().map(|text| rich_text(&[words(text)])).collect()
        }
    }
}

fn paragraph(row: &ChatRow) -> Vec<Value> {
    let lines = row.lines.join("\n");
    [heading(row), vec![words("\n")], elements(&linked(&lines))].concat()
}

fn lines_of(row: &ChatRow) -> Vec<Value> {
    [heading(row), vec![words(&format!("\n{}", row.facts()))]].concat()
}

/// Number and name, and how long it is good for: in bold letters where that is not for long.
fn heading(row: &ChatRow) -> Vec<Value> {
    let left = format!(" {}", row.left);
    let left = match row.tier {
        Tier::Expired | Tier::Within7 | Tier::Urgent => strong(&left),
        Tier::Within30 | Tier::Later | Tier::Calm => words(&left),
    };
    vec![strong(&format!("{}. {}", row.number, row.label)), left]
}

fn rich_text(elements: &[Value]) -> Value {
    json!({ "type": "rich_text", "elements": [{ "type": "rich_text_section", "elements": elements }] })
}

fn words(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

fn strong(text: &str) -> Value {
    json!({ "type": "text", "text": text, "style": { "bold": true } })
}

fn elements(pieces: &[Piece<'_>]) -> Vec<Value> {
    let element = |piece: &Piece<'_>| match *piece {
        Piece::Words(text) => words(text),
        Piece::Strong(text) => strong(text),
        Piece::Page(page) => json!({ "type": "link", "url": page, "text": page }),
    };
    pieces.iter().map(element).collect()
}

/// As many people as one section holds, in the only markup that a message has.
fn mentions(mentions: &[String]) -> String {
    let mut text = String::new();
    for mention in mentions {
        let mark = match mention.as_str() {
            "all" | "channel" => "<!channel>".to_owned(),
            "here" => "<!here>".to_owned(),
            group if group.starts_with('S') => format!("<!subteam^{group}>"),
            user if user.starts_with(['U', 'W']) => format!("<@{user}>"),
            _ => continue,
        };
        if !text.contains(&mark) && units(&text) + 1 + mark.len() <= TEXT {
            text = if text.is_empty() { mark } else { format!("{text} {mark}") };
        }
    }
    text
}

/// The three characters by which all markup begins.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The same without blocks, for a server that refuses or does not know them.
fn plain(page: &Page, mentions: &str) -> Value {
    let rows = page.rows.iter().map(|row| {
        let first = format!("{}. {} {}", row.number, row.label, row.left);
        match page.layout {
            Layout::Rich => [first].into_iter().chain(row.lines.iter().cloned()).collect::<Vec<_>>().join("\n"),
            Layout::Medium => format!("{first}\n{}", row.facts()),
            Layout::Dense => format!("{} {} {}", row.left_short, row.label, row.date),
        }
    });
    let between = if page.layout == Layout::Dense { "\n" } else { "\n\n" };
    let parts = [
        page.title.clone(),
        page.head.join("\n").replace("**", ""),
        rows.collect::<Vec<_>>().join(between),
        page.footer.join("\n"),
    ];
    let text = parts.into_iter().filter(|part| !part.is_empty()).map(|part| escaped(&part));
    let text: Vec<String> = text.chain((!mentions.is_empty()).then(|| mentions.to_owned())).collect();
    json!({ "text": text.join("\n\n"), "mrkdwn": false, "unfurl_links": false, "unfurl_media": false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn said(status: u16, body: &str) -> Verdict {
        let retry_after = (status == 429).then_some(Duration::from_secs(30));
        read(&Answer { retry_after, ..Answer::whole(status, body) }).verdict
    }

    #[test]
    fn only_the_word_ok_with_a_good_status_is_success() {
        for body in ["ok", "ok\n", r#"{"ok":true}"#] {
            assert_eq!(said(200, body), Verdict::Accepted, "{body}");
        }
        for body in ["", "OK", "okay then", "{}", "[]", "<html>ok</html>"] {
            assert_eq!(said(200, body), Verdict::Busy(None), "{body}");
        }
        for body in ["no_service", r#"{"ok":false,"error":"invalid_blocks"}"#, r#"{"ok":"true","error":"x"}"#] {
            assert!(!matches!(said(200, body), Verdict::Accepted | Verdict::Busy(_)), "{body}");
        }
        assert!(matches!(said(404, "ok"), Verdict::Misconfigured(_)));
        let cut = Answer {
            is_whole: false,
            ..Answer {
                status: 200,
                body: b"ok".to_vec(),
                is_whole: true,
                retry_after: None,
                rate_limit_reset: None,
                date: None,
            }
        };
        assert_eq!(read(&cut).verdict, Verdict::CutOff);
    }

    #[test]
    fn each_word_has_its_class() {
        assert_eq!(said(429, "rate_limited"), Verdict::Busy(Some(Duration::from_secs(30))));
        assert_eq!(said(429, ""), Verdict::Busy(Some(Duration::from_secs(30))));
        assert_eq!(said(500, "rollup_error"), Verdict::Busy(None));
        assert_eq!(said(503, "<html>"), Verdict::Busy(None));
        for (status, word) in [
            (400, "user_not_found"),
            (403, "action_prohibited"),
            (403, "invalid_token"),
            (404, "channel_not_found"),
            (404, "no_service"),
            (404, "no_team"),
            (410, "channel_is_archived"),
            (404, "<html>"),
            (302, ""),
            (418, "teapot"),
        ] {
            assert!(matches!(said(status, word), Verdict::Misconfigured(_)), "{status} {word}");
        }
        for word in ["invalid_payload", "no_text", "too_many_attachments", "invalid_blocks", "msg_blocks_too_long", "x"]
        {
            assert_eq!(said(400, word), unprocessable!("Slack"), "{word}");
        }
        for body in [r#"{"ok":false,"error":"Payload Too Large"}"#, "<html>", ""] {
            assert!(matches!(said(413, body), Verdict::Content(_)), "{body}");
        }
    }

    #[test]
    fn an_address_of_another_server_is_doubted_and_that_of_a_trial_is_not() {
        let doubt = |host, path| doubt_address(&Url::split(&format!("https://{host}{path}")));
        for host in ["hooks.slack.com", "HOOKS.slack-gov.com", "127.0.0.1", "::1", "localhost"] {
            assert_eq!(doubt(host, "/services/T0/B0/x"), None, "{host}");
        }
        let mattermost = doubt("chat.example.com", "/hooks/abc").unwrap();
        assert!(mattermost.0.contains("Mattermost") && mattermost.1.contains("mattermost = {"));
        for host in ["10.0.0.9", "rocket.example.com", "hooks.slack.com.example.net"] {
            assert!(doubt(host, "/services/x").is_some_and(|(doubt, _)| doubt.contains("no address of Slack")));
        }
    }
}
