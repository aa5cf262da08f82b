//! The fakes of Telegram, ntfy and Gotify refuse a client that does it wrong.

use certnotify::policy::Channel;
use serde_json::{Value, json};

use crate::support::chat_vendors::{CHAT, ChannelConfig as Knobs, TOPIC, Vendors, is_for_phones, links_of_telegram};
use crate::support::delivery::TOKEN;

const JSON: &str = "application/json; charset=utf-8";

fn vendors() -> Vendors {
    let vendors = Vendors::start();
    vendors.robot(TOKEN, Knobs::default());
    vendors
}

fn quiet() -> Value {
    json!({"is_disabled": true})
}

fn entity(kind: &str, offset: i64, length: i64) -> Value {
    json!({"type": kind, "offset": offset, "length": length})
}

fn check_telegram(text: &str, entities: &[Value]) -> Result<(), &'static str> {
    is_for_phones(Channel::Telegram, &json!({"text": text, "entities": entities, "link_preview_options": quiet()}))
}

#[test]
fn telegram_refuses_what_is_too_long_by_one_unit() {
    assert!(check_telegram(&"a".repeat(4096), &[]).is_ok() && check_telegram(&"a".repeat(4097), &[]).is_err());
    assert!(check_telegram(&"🔒".repeat(2048), &[]).is_ok() && check_telegram(&"🔒".repeat(2049), &[]).is_err());
    let many = |count: i64| (0..count).map(|at| entity("code", at, 1)).collect::<Vec<_>>();
    assert!(check_telegram(&"a".repeat(200), &many(100)).is_ok());
    assert!(check_telegram(&"a".repeat(200), &many(101)).is_err());
}

#[test]
fn telegram_refuses_entities_that_are_counted_in_bytes_or_characters() {
    let text = "🔒 证书 a.b";
    assert!(check_telegram(text, &[entity("code", 6, 3)]).is_ok());
    for (offset, length) in [(5, 3), (12, 3), (6, 4), (1, 2), (6, 0), (-1, 2), (2, 2)] {
        assert!(check_telegram(text, &[entity("code", offset, length)]).is_err(), "{offset} {length}");
    }
    assert!(check_telegram(text, &[entity("text_link", 6, 3)]).is_err());
    assert!(check_telegram("abc", &[entity("bold", 0, 3), entity("code", 1, 1)]).is_err());
    assert!(check_telegram("abc", &[entity("blockquote", 0, 3), entity("code", 1, 1)]).is_ok());
    assert!(check_telegram("abc", &[entity("code", 1, 1), entity("bold", 0, 1)]).is_err());
    assert!(check_telegram(" a", &[]).is_err() && check_telegram("", &[]).is_err());
    let check = |payload: Value| is_for_phones(Channel::Telegram, &payload);
    assert!(check(json!({"text": "x", "link_preview_options": quiet()})).is_ok());
    assert!(check(json!({"text": "x"})).is_err());
    assert!(check(json!({"text": "x", "parse_mode": "HTML", "link_preview_options": quiet()})).is_err());
}

#[test]
fn telegram_makes_links_and_commands_of_words_but_not_of_code() {
    for link in [
        "https://e.example", "evil.example/x", "www.evil.com:443", "@all", "x@y.de", "#tag", "/start",
        "+8613800000000", "tg://x",
    ] {
        let payload = |entities: Value| json!({"text": format!("a {link}, b"), "entities": entities});
        assert_eq!(links_of_telegram(&payload(json!([]))).len(), 1, "{link}");
        let code = entity("code", 2, i64::try_from(link.encode_utf16().count()).unwrap());
        assert!(links_of_telegram(&payload(json!([code]))).is_empty(), "{link}");
    }
    for words in ["2 / 3", "a, b.", "1.0.0", "2026-12-14 00:59:59", "＠all", "Example CA G2", "证书"] {
        assert!(links_of_telegram(&json!({"text": words})).is_empty(), "{words}");
    }
}

#[test]
fn telegram_knows_a_bot_by_its_path_and_a_chat_by_its_number() {
    let post = |target: &str, chat: Value| {
        let body = json!({"chat_id": chat, "text": "x", "link_preview_options": quiet()}).to_string();
        vendors().raw("POST", target, JSON, body.as_bytes()).0
    };
    let right = format!("/tg/bot123456789:{TOKEN}/sendMessage");
    assert_eq!(post(&right, json!(CHAT)), 200);
    assert_eq!(post(&right, json!(CHAT.to_string())), 400, "it takes text too, but certnotify has a number");
    assert_eq!(post(&right, json!(-5)), 400);
    assert_eq!(post(&right.replace(TOKEN, "unknown"), json!(CHAT)), 401);
    assert_eq!(post(&right.replace("/bot", "/"), json!(CHAT)), 404);
    assert_eq!(post(&format!("{right}?x=1"), json!(CHAT)), 404);
    assert_eq!(vendors().raw("GET", &right, JSON, b"").0, 404);
    assert_eq!(vendors().raw("POST", &right, "text/plain", b"{}").0, 400);
}

fn to_ntfy(topic: &str, priority: u8, length: usize) -> Value {
    json!({
        "topic": topic, "title": "x", "message": "a".repeat(length), "priority": priority, "tags": ["warning"], "markdown": false
    })
}

#[test]
fn ntfy_refuses_what_it_would_make_a_file_of_and_who_may_not_write() {
    let post = |header: &str, body: &Value| {
        let (status, answer) =
            vendors().raw("POST", "/ntfy/", &format!("text/plain{header}"), body.to_string().as_bytes());
        let answer: Value = serde_json::from_str(&answer).unwrap();
        (status, answer["code"].as_i64().unwrap_or_default())
    };
    let bearer = format!("\r\nAuthorization: Bearer {TOKEN}");
    assert_eq!(post(&bearer, &to_ntfy(TOPIC, 5, 4096)), (200, 0));
    assert_eq!(post(&bearer, &to_ntfy(TOPIC, 5, 4097)), (400, 40_014));
    assert_eq!(post(&bearer, &to_ntfy(TOPIC, 6, 1)), (400, 40_007));
    assert_eq!(post(&bearer, &to_ntfy("a/b", 5, 1)), (400, 40_009));
    assert_eq!(post(&bearer, &to_ntfy("other", 5, 1)), (403, 40_301));
    assert_eq!(post("", &to_ntfy(TOPIC, 5, 1)), (403, 40_301));
    assert_eq!(post("\r\nAuthorization: Bearer x", &to_ntfy(TOPIC, 5, 1)), (401, 40_101));
    assert_eq!(post("\r\nAuthorization: Basic eDp5", &to_ntfy(TOPIC, 5, 1)), (401, 40_101));
    assert_eq!(post(&bearer, &json!({"topic": TOPIC, "message": "x"})), (400, 40_017));
    assert_eq!(vendors().raw("GET", "/ntfy/", JSON, b"").0, 404);
    assert_eq!(vendors().raw("POST", &format!("/ntfy/{TOPIC}"), JSON, b"x").0, 404, "with the topic in the address");
}

#[test]
fn gotify_refuses_who_it_does_not_know_and_text_that_could_be_markup() {
    let body = |kind: &str, priority: i64| json!({"title": "x", "message": "y", "priority": priority, "extras": {"client::display": {"contentType": kind}}});
    let post = |target: &str, header: &str, body: &Value| {
        vendors().raw("POST", target, &format!("application/json{header}"), body.to_string().as_bytes()).0
    };
    let key = format!("\r\nX-Gotify-Key: {TOKEN}");
    let fine = body("text/plain", 10);
    assert_eq!(post("/gotify/message", &key, &fine), 200);
    assert_eq!(post("/gotify/message", "", &fine), 401);
    assert_eq!(post(&format!("/gotify/message?token={TOKEN}"), "", &fine), 404, "the token is not for the address");
    assert_eq!(post("/gotify//message", &key, &fine), 404);
    assert_eq!(post("/gotify/message", &key, &body("text/markdown", 1)), 400);
    assert_eq!(post("/gotify/message", &key, &body("text/plain", 11)), 400);
    assert_eq!(post("/gotify/message", &key, &json!({"title": "x", "message": ""})), 400);
}
