//! The fakes of Slack, Teams and Discord refuse a client that does it wrong.

use serde_json::{Value, json};

use crate::support::chat_vendors::{ChannelConfig as Knobs, Vendors, is_well_formed};
use certnotify::policy::Channel;

const JSON: &str = "application/json; charset=utf-8";
const TOKEN: &str = "open";

fn vendors() -> Vendors {
    let vendors = Vendors::start();
    vendors.robot(TOKEN, Knobs::default());
    vendors
}

/// The path and the query of an address.
fn target(address: &str) -> String {
    let rest = address.split_once("://").unwrap().1;
    rest[rest.find('/').unwrap()..].to_owned()
}

fn slack(text: &str, blocks: Value) -> Value {
    let mut payload = json!({"text": text, "unfurl_links": false, "unfurl_media": false});
    payload["blocks"] = blocks;
    payload
}

fn rich(text: &str) -> Value {
    let element = json!({"type": "text", "text": text});
    json!({"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [element]}]})
}

#[test]
fn slack_refuses_what_is_too_long_by_one() {
    let check = |payload: Value| is_well_formed(Channel::Slack, &payload);
    let header = |length: usize| {
        let text = json!({"type": "plain_text", "text": "h".repeat(length), "emoji": false});
        slack("x", json!([{"type": "header", "text": text}]))
    };
    assert_eq!((check(header(150)), check(header(151))), (Ok(()), Err("invalid_blocks")));
    let text = |length: usize| slack("x", json!([rich(&"中".repeat(length))]));
    assert_eq!((check(text(3000)), check(text(3001))), (Ok(()), Err("invalid_blocks")));
    let blocks = |count: usize| slack("x", vec![json!({"type": "divider"}); count].into());
    assert_eq!((check(blocks(50)), check(blocks(51))), (Ok(()), Err("invalid_blocks_format")));
    assert_eq!(check(slack("x", vec![rich(&"a".repeat(2700)); 5].into())), Err("msg_blocks_too_long"));
    assert_eq!(check(slack("", json!([rich("x")]))), Err("no_text"));
}

#[test]
fn slack_refuses_text_with_markup_and_emoji_and_links_that_unfurl() {
    let check = |payload: Value| is_well_formed(Channel::Slack, &payload);
    assert_eq!(check(slack("see <https://evil.example|bank>", json!([rich("x")]))), Err("invalid_payload"));
    assert_eq!(check(slack("a > b", json!([rich("x")]))), Err("invalid_payload"));
    assert_eq!(check(slack("<!channel>", json!([rich("<!channel>")]))), Ok(()));
    let section = |text: &str| json!([{"type": "section", "text": {"type": "mrkdwn", "verbatim": true, "text": text}}]);
    assert_eq!(check(slack("x", section("<!here> <@U1>"))), Ok(()));
    assert_eq!(check(slack("x", section("<!here> *shop*"))), Err("invalid_blocks"));
    let mut unfurls = slack("x", json!([rich("x")]));
    unfurls["unfurl_links"] = Value::Bool(true);
    assert_eq!(check(unfurls), Err("invalid_payload"));
    let emoji = json!([{"type": "header", "text": {"type": "plain_text", "text": "x", "emoji": true}}]);
    assert_eq!(check(slack("x", emoji)), Err("invalid_blocks"));
}

fn card(inlines: &Value) -> Value {
    let content =
        json!({"type": "AdaptiveCard", "version": "1.4", "body": [{"type": "RichTextBlock", "inlines": inlines}]});
    let kind = "application/vnd.microsoft.card.adaptive";
    json!({"type": "message", "attachments": [{"contentType": kind, "contentUrl": null, "content": content}]})
}

#[test]
fn teams_refuses_what_its_flow_would_lose_and_an_address_that_is_not_as_signed() {
    let vendors = vendors();
    let body = |text: &str| card(&json!([{"type": "TextRun", "text": text}])).to_string();
    let post = |target: &str, body: &str| vendors.raw("POST", target, JSON, body.as_bytes()).0;
    let right = target(&vendors.teams(TOKEN));
    assert_eq!(post(&right, &body("x")), 202);
    assert_eq!(post(&right, &body(&"a".repeat(23_800))), 413);
    assert_eq!(post(&right, "{"), 400);
    assert_eq!(post(&right.replace("&sv=1.0", ""), &body("x")), 401);
    assert_eq!(post(&right.replace("%2F", "/"), &body("x")), 401);
    assert_eq!(post(&right.replace("open", "unknown"), &body("x")), 401);
    assert_eq!(vendors.raw("GET", &right, JSON, b"").0, 405);
    let check = |payload: &Value| is_well_formed(Channel::Teams, payload);
    let mut markdown = card(&json!([{"type": "TextRun", "text": "x"}]));
    markdown["attachments"][0]["content"]["body"] = json!([{"type": "TextBlock", "text": "*x*"}]);
    assert_eq!(check(&markdown), Err("a text that may hold markup"));
    assert_eq!(check(&json!({"text": "x"})), Err("attachments"));
}

fn discord(content: &str, allowed: Value) -> Value {
    let mut payload = json!({"content": content, "embeds": [{"description": "x"}]});
    payload["allowed_mentions"] = allowed;
    payload
}

#[test]
fn discord_refuses_what_is_too_long_by_one() {
    let check =
        |embeds: Value| is_well_formed(Channel::Discord, &json!({"embeds": embeds, "allowed_mentions": {"parse": []}}));
    let text = |length: usize| "a".repeat(length);
    assert!(check(json!([{"title": text(256), "description": text(4096)}])).is_ok());
    assert!(check(json!([{"title": text(257)}])).is_err() && check(json!([{"description": text(4097)}])).is_err());
    assert!(check(json!([{"description": text(4000)}, {"description": text(2000)}])).is_ok());
    assert!(check(json!([{"description": text(4000)}, {"description": text(2001)}])).is_err());
    assert!(
        check(vec![json!({"title": "x"}); 10].into()).is_ok() && check(vec![json!({"title": "x"}); 11].into()).is_err()
    );
    assert!(check(json!([])).is_err() && check(json!([{}])).is_err());
}

#[test]
fn discord_refuses_a_permission_that_is_not_needed_and_a_missing_one() {
    let check = |content: &str, allowed: Value| is_well_formed(Channel::Discord, &discord(content, allowed));
    assert!(check("", json!({"parse": []})).is_ok());
    assert!(is_well_formed(Channel::Discord, &json!({"embeds": [{"title": "x"}]})).is_err(), "everybody is mentioned");
    assert!(check("@everyone", json!({"parse": []})).is_err());
    assert!(check("@everyone", json!({"parse": ["everyone"]})).is_ok());
    assert!(check("", json!({"parse": ["everyone"]})).is_err());
    assert!(check("", json!({"parse": ["users"], "users": ["1"]})).is_err());
    assert!(check("", json!({"parse": [], "users": vec!["1"; 101]})).is_err());
}

#[test]
fn discord_says_nothing_of_a_message_that_is_not_waited_for() {
    let vendors = vendors();
    let address = target(&vendors.discord(TOKEN));
    let post = |target: &str, body: &str| vendors.raw("POST", target, JSON, body.as_bytes());
    let odd = r#"{"embeds":[]}"#;
    assert_eq!(post(&address, odd), (204, String::new()), "it is lost, and nobody is told");
    assert_eq!(post(&format!("{address}?wait=true"), odd).0, 400);
    let fine = discord("", json!({"parse": []})).to_string();
    assert_eq!(post(&format!("{address}?wait=true"), &fine).0, 200);
    let unknown = format!("{}?wait=true", address.replace("open", "unknown"));
    assert_eq!(post(&unknown, &fine).0, 404);
}

#[test]
fn each_service_refuses_who_sends_too_fast() {
    let vendors = vendors();
    let slack = json!({"text": "x", "unfurl_links": false, "unfurl_media": false}).to_string();
    let teams = card(&json!([{"type": "TextRun", "text": "x"}])).to_string();
    let discord = discord("", json!({"parse": []})).to_string();
    for (address, body, most) in [
        (target(&vendors.slack(TOKEN)), slack, 2),
        (target(&vendors.teams(TOKEN)), teams, 2),
        (format!("{}?wait=true", target(&vendors.discord(TOKEN))), discord, 5),
    ] {
        vendors.robot(TOKEN, Knobs::default());
        let statuses: Vec<u16> = (0..=most).map(|_| vendors.raw("POST", &address, JSON, body.as_bytes()).0).collect();
        assert!(statuses[..most].iter().all(|status| *status < 300) && statuses[most] == 429, "{statuses:?}");
    }
}
