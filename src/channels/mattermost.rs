//! Incoming webhooks of a Mattermost server: Markdown in `text`, for Slack's blocks are ignored there.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::exchange::Protocol;
use super::markdown::escape;
use super::mention::mention;
use super::page::{ChatRow, Layout, Page, PageFormat};
use super::spec::SECOND;
use super::table::{CA_FILE, MENTION_WITHIN, PROXY, WEBHOOK};
use super::verdict::{self, Answer, Interpretation, Verdict, setup, unprocessable};
use super::{Form, Objection, Spec, Table};
use crate::address::Url;

/// A server takes 10 requests in a second where it counts them.
pub(super) static SPEC: Spec = Spec {
    synonyms: &["mm", "matter-most"],
    table: Some(TABLE),
    protocol: Some(&Mattermost),
    limits: &[(4, SECOND)],
    ..Spec::new(Form::Page(&Mattermost))
};

const TABLE: Table = Table {
    refused_addresses: &[(
        is_cut_off,
        Objection {
            en: "this is not the whole address of an incoming webhook of Mattermost",
            zh_cn: "不是 Mattermost 传入 webhook 的完整地址",
            ja: "Mattermost の内向き Webhook の完全なアドレスではありません",
            help: "copy it from Integrations, Incoming Webhooks: https://chat.example.com/hooks/…",
        },
    )],
    ..Table::new(&[
        WEBHOOK,
        mention(
            "Who is mentioned: names of users or groups, `here`, or `all` for the channel.",
            is_mention,
            "write the name of a user or a group (small letters, as after the @), `here`, or `all` for the channel",
        ),
        MENTION_WITHIN,
        CA_FILE,
        PROXY,
    ])
};

/// A server may be below a path.
fn is_cut_off(address: &Url<'_>) -> bool {
    address.path.split_once("/hooks/").is_none_or(|(_, key)| key.is_empty())
}

/// Letters, digits, `.`, `-` and `_`, after a letter.
fn is_mention(name: &str) -> bool {
    const LONGEST: usize = 64;
    let is_of_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(&byte);
    let is_name = name.starts_with(|first: char| first.is_ascii_lowercase()) && name.bytes().all(is_of_name);
    is_name && name.len() <= LONGEST
}

struct Mattermost;

impl Protocol for Mattermost {
    fn read(&self, answer: &Answer, _now: OffsetDateTime) -> Interpretation {
        read(answer)
    }
}

const ANOTHER_ADDRESS: &str = "copy the webhook address again from Integrations, Incoming Webhooks";
/// The word `ok`, or an error with an identifier that stays the same in every language.
fn read(answer: &Answer) -> Interpretation {
    if answer.status == 200 && answer.is_whole && answer.body.trim_ascii() == b"ok" {
        return Interpretation { verdict: Verdict::Accepted, said: "ok".to_owned() };
    }
    let object = verdict::object(answer).filter(|_| answer.status >= 400);
    let Some(object) = object.filter(|object| !verdict::text(object, "id").is_empty()) else {
        return Interpretation::from_status(answer, ANOTHER_ADDRESS);
    };
    let id = verdict::text(&object, "id");
    let has = |parts: &[&str]| parts.iter().any(|part| id.contains(part));
    let verdict = if has(&["incoming_webhook.disabled"]) {
        setup("incoming webhooks are switched off: ask who runs the server to enable them in the System Console")
    } else if has(&["incoming_webhook.channel_locked", "incoming_webhook.permissions"]) {
        setup("who made the webhook may not post in this channel: make a new one in a channel where you may")
    } else if has(&["incoming_webhook.channel.app", "deleted", "archived"]) {
        setup("the channel is gone or archived: make a webhook in another one and write its address")
    } else if has(&["incoming_webhook.user"]) {
        setup("the account that made the webhook is gone: make a new webhook and write its address")
    } else if has(&["incoming_webhook.invalid", "incoming_webhook.get"]) {
        setup("the webhook was removed: make a new one and write its address")
    } else if has(&["incoming_webhook.text", "incoming_webhook.parse", "post.message.too_long", "is_valid.msg"]) {
        unprocessable!("Mattermost")
    } else {
        match answer.status {
            408 | 429 | 500.. => Verdict::Busy(answer.retry_after),
            400 | 413 => unprocessable!("Mattermost"),
            _ => setup(ANOTHER_ADDRESS),
        }
    };
    let message = verdict::text(&object, "message");
    Interpretation { verdict, said: format!("{}, {id}: {message}", answer.status) }
}

/// Of the text in characters; the server takes 16383.
const BUDGET: usize = 15_000;

impl PageFormat for Mattermost {
    fn escape(&self) -> fn(&str) -> String {
        escape
    }

    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        let mut parts = vec![format!("#### {}", page.heading)];
        parts.extend(page.head.iter().cloned());
        match page.layout {
            Layout::Rich => parts.extend(page.rows.iter().map(paragraph)),
            Layout::Medium | Layout::Dense if page.rows.is_empty() => {}
            Layout::Medium | Layout::Dense => parts.push(table(page)),
        }
        if !page.footer.is_empty() {
            let quoted: Vec<String> = page.footer.iter().map(|line| format!("> {line}")).collect();
            parts.push(quoted.join("\n"));
        }
        if !page.mentions.is_empty() {
            let name = |mention: &String| if mention == "all" { "@channel".to_owned() } else { format!("@{mention}") };
            parts.push(page.mentions.iter().map(name).collect::<Vec<_>>().join(" "));
        }
        (json!({ "text": parts.join("\n\n") }), None)
    }

    fn fits(&self, payload: &Value) -> bool {
        payload["text"].as_str().is_some_and(|text| text.chars().count() <= BUDGET)
    }
}

fn strong_where_pressing(row: &ChatRow, text: &str) -> String {
    if row.is_pressing() { format!("**{text}**") } else { text.to_owned() }
}

fn paragraph(row: &ChatRow) -> String {
    let first = format!("**{}.** {} {}", row.number, row.label, strong_where_pressing(row, &row.left));
    [first].into_iter().chain(row.lines.iter().cloned()).collect::<Vec<_>>().join("\n")
}

fn table(page: &Page) -> String {
    let is_whole = page.layout == Layout::Medium;
    let columns = page.columns;
    let line = |cells: [&str; 5]| format!("| {} |", cells[..if is_whole { 5 } else { 3 }].join(" | "));
    let head = [columns.left, columns.certificate, columns.expires, columns.seen, columns.issuer];
    let mut lines = vec![line(head), line(["--:", ":--", ":--", ":--", ":--"])];
    lines.extend(page.rows.iter().map(|row| {
        line([&strong_where_pressing(row, &row.left_short), &row.label, &row.date, &row.place, &row.issuer])
    }));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn said(status: u16, body: &str) -> Verdict {
        let retry_after = (status == 429).then_some(Duration::from_secs(3));
        read(&Answer { retry_after, ..Answer::whole(status, body) }).verdict
    }

    #[test]
    fn only_the_word_ok_with_200_is_success() {
        assert_eq!(said(200, "ok"), Verdict::Accepted);
        for body in ["", "OK", "{}", r#"{"ok":true}"#, "<html>ok</html>", r#"{"id":"x","message":"y"}"#] {
            assert_eq!(said(200, body), Verdict::Busy(None), "{body}");
        }
        assert!(matches!(said(404, "<html>"), Verdict::Misconfigured(help) if help.contains("copy the webhook")));
        assert!(matches!(said(302, ""), Verdict::Misconfigured(help) if help.contains("final address")));
    }

    #[test]
    fn each_error_has_its_class() {
        let class = |status: u16, id: &str| {
            said(status, &format!(r#"{{"id":"{id}.app_error","message":"No.","status_code":{status}}}"#))
        };
        for (status, id, word) in [
            (400, "web.incoming_webhook.invalid", "removed"),
            (501, "web.incoming_webhook.disabled", "System Console"),
            (404, "web.incoming_webhook.channel", "gone"),
            (403, "web.incoming_webhook.channel_locked", "may not post"),
            (403, "web.incoming_webhook.permissions", "may not post"),
            (400, "api.post.create_post.can_not_post_to_deleted", "archived"),
            (401, "api.context.session_expired", "copy the webhook"),
        ] {
            assert!(matches!(class(status, id), Verdict::Misconfigured(help) if help.contains(word)), "{id}");
        }
        for (status, id) in [(400, "web.incoming_webhook.text"), (400, "web.incoming_webhook.parse"), (413, "other")] {
            assert_eq!(class(status, id), unprocessable!("Mattermost"), "{id}");
        }
        assert_eq!(class(429, "api.rate_limit"), Verdict::Busy(Some(Duration::from_secs(3))));
        assert_eq!(said(429, "limit exceeded"), Verdict::Busy(Some(Duration::from_secs(3))));
        assert_eq!(class(500, "app.post.save"), Verdict::Busy(None));
    }

    #[test]
    fn an_address_and_a_mention_have_their_forms() {
        let refused = |path| is_cut_off(&Url::split(&format!("https://chat.example.com{path}")));
        assert!(!refused("/hooks/xxx-generatedkey-xxx") && !refused("/team/chat/hooks/x"));
        assert!(refused("/hooks/") && refused("/") && refused("/services/T0/B0/x"));
        for name in ["all", "channel", "here", "alice", "alice.b-c_9", "on-call"] {
            assert!(is_mention(name), "{name}");
        }
        for name in ["", "Alice", "9x", "a b", "<!channel>", "alice@example.com", &"a".repeat(65)] {
            assert!(!is_mention(name), "{name}");
        }
    }
}
