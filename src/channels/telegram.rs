//! Chats of Telegram, by a bot.

use std::time::Duration;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::editor::Editor;
use super::entities::{END_OF_STRUCK, STRUCK, Script, bare, entity, escape};
use super::exchange::{Access, At, HttpRequest, Payload, Protocol, Redirect};
use super::page::{ChatRow, Layout, Page, PageFormat};
use super::spec::{MINUTE, SECOND};
use super::table::{CA_FILE, PROXY, is_word};
use super::verdict::{self, Answer, Interpretation, Verdict, setup, unprocessable};
use super::{Form, Objection, Role, Spec, Table, TableKey};
use crate::text::columns::{pad_left, width};
use crate::text::untrusted::is_dns_shaped;

pub(super) static SPEC: Spec = Spec {
    table: Some(TABLE),
    protocol: Some(&Telegram),
    editor: Some(&Telegram),
    limits: &[(1, SECOND), (17, MINUTE)],
    ..Spec::new(Form::Page(&Telegram))
};

const TABLE: Table = Table::new(&[
    TableKey::optional(
        "base-url",
        Role::Base(Some("https://api.telegram.org")),
        "The address of a Bot API server of one's own.",
    ),
    TableKey::needed("token", Role::Token, "The token of the bot, from @BotFather.").checked(
        is_token,
        Objection {
            en: "this is no token of a bot",
            zh_cn: "不是机器人的令牌",
            ja: "ボットのトークンではありません",
            help: "copy it from @BotFather: 123456789:AA…",
        },
    ),
    TableKey::needed(
        "chat",
        // Its number opens nothing.
        Role::Target { is_secret: false },
        "The number of the chat (of a group it begins with -), or @ and the name of a public channel.",
    )
    .checked(
        is_chat,
        Objection {
            en: "this is no chat",
            zh_cn: "不是聊天的编号或频道的名称",
            ja: "チャットの番号でもチャンネルの名前でもありません",
            help: "write its number (of a group it begins with -), or @ and the name of a public channel",
        },
    ),
    TableKey::optional("topic", Role::Detail("42"), "The number of a topic, in a group that has topics.").checked(
        is_topic,
        Objection {
            en: "this is no number of a topic",
            zh_cn: "不是话题的编号",
            ja: "トピックの番号ではありません",
            help: "write its number: the last part of its address, as in https://t.me/c/1234567890/42",
        },
    ),
    CA_FILE,
    PROXY,
]);

/// `123456789:AA…`: it becomes a part of a path.
fn is_token(token: &str) -> bool {
    token.split_once(':').is_some_and(|(bot, key)| bot.parse::<u64>().is_ok() && is_word(key))
}

/// A number, or `@` and a name.
fn is_chat(chat: &str) -> bool {
    let is_name = |name: &str| is_word(name) && !name.contains('-');
    chat.parse::<i64>().is_ok() || chat.strip_prefix('@').is_some_and(is_name)
}

/// The last part of the address of the topic.
fn is_topic(topic: &str) -> bool {
    topic.parse::<i32>().is_ok_and(|number| number > 0)
}

struct Telegram;

impl Protocol for Telegram {
    /// The token is a part of the path.
    fn call(&self, access: &Access<'_>, payload: &Payload<'_>, _now: OffsetDateTime) -> HttpRequest {
        call(access, payload.payload, access.to())
    }

    fn read(&self, answer: &Answer, _now: OffsetDateTime) -> Interpretation {
        read(answer)
    }

    /// A group that became a supergroup has another number.
    fn detour(&self, access: &Access<'_>, payload: &Payload<'_>, answer: &Answer) -> Option<Redirect> {
        let object = verdict::object(answer).filter(|_| answer.status == 400)?;
        let chat = object.get("parameters")?.get("migrate_to_chat_id")?.as_i64()?.to_string();
        Some(Redirect {
            call: call(access, payload.payload, &chat),
            what: "the group has another number since it became a supergroup".to_owned(),
            help: format!("it was told all the same; write chat = \"{chat}\""),
        })
    }
}

impl Editor for Telegram {
    fn posted(&self, answer: &Answer) -> Option<String> {
        let message = verdict::object(answer)?.get("result")?.get("message_id")?.as_i64()?;
        Some(message.to_string())
    }

    fn edit(&self, access: &Access<'_>, id: &str, payload: &Value) -> HttpRequest {
        let mut call = call(access, payload, access.to());
        call.at = At::Below(format!("/bot{}/editMessageText", access.token()));
        if let Value::Object(fields) = &mut call.body {
            fields.remove("message_thread_id");
            fields.insert("message_id".to_owned(), Value::from(id.parse::<i64>().unwrap_or_default()));
        }
        call
    }

    fn is_settled(&self, answer: &Answer) -> bool {
        let object = verdict::object(answer).filter(|_| answer.status == 400).unwrap_or_default();
        let said = verdict::text(&object, "description").to_lowercase();
        ["message is not modified", "message to edit not found"].iter().any(|settled| said.contains(settled))
    }

    fn struck(&self, words: &str) -> String {
        format!("{STRUCK}{words}{END_OF_STRUCK}")
    }
}

fn call(access: &Access<'_>, payload: &Value, chat: &str) -> HttpRequest {
    let mut body = payload.clone();
    if let Value::Object(fields) = &mut body {
        let chat = chat.parse::<i64>().map_or_else(|_| Value::from(chat), Value::from);
        fields.insert("chat_id".to_owned(), chat);
        // The topic "General", 1, is where messages without a topic go; by its number it is not found.
        let topic = access.detail("topic").parse::<i32>().ok().filter(|topic| *topic > 1);
        fields.extend(topic.map(|topic| ("message_thread_id".to_owned(), Value::from(topic))));
    }
    let path = format!("/bot{}/sendMessage", access.token());
    HttpRequest::post(At::Below(path), Vec::new(), body)
}

fn read(answer: &Answer) -> Interpretation {
    const BASE: &str = "check `base-url` of this contact: there is no Bot API server";
    let Some(object) = verdict::object(answer) else { return Interpretation::from_status(answer, BASE) };
    let message = object.get("result").and_then(|result| result.get("message_id")).and_then(Value::as_i64);
    match (object.get("ok").and_then(Value::as_bool), answer.status) {
        (Some(true), 200..=299) => {
            let said = message.map_or_else(|| "taken".to_owned(), |message| format!("taken as {message}"));
            Interpretation { verdict: Verdict::Accepted, said }
        }
        (Some(false), _) => refusal(&object, answer),
        _ => Interpretation::from_status(answer, BASE),
    }
}

fn refusal(object: &Map<String, Value>, answer: &Answer) -> Interpretation {
    let code = verdict::code(object, "error_code").unwrap_or_else(|| i64::from(answer.status));
    let description = verdict::text(object, "description");
    let parameter = |name: &str| object.get("parameters").and_then(|parameters| parameters.get(name)?.as_u64());
    let verdict = match code {
        429 => Verdict::Busy(parameter("retry_after").map(Duration::from_secs).or(answer.retry_after)),
        500.. => Verdict::Busy(answer.retry_after),
        // The server says "not found" of a token that is none.
        401 | 404 => setup("check `token` of this contact: @BotFather shows it"),
        403 => setup("let the bot into the chat: add it to the group or channel, or write to it first"),
        400 => bad_request(description),
        _ => setup("see what the documentation of the Bot API says of this error"),
    };
    Interpretation::new(answer, verdict, code, description)
}

/// One code stands for a chat that takes nothing and for a message that is taken nowhere; the words tell which.
fn bad_request(description: &str) -> Verdict {
    let words = description.to_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    if has(&["rights", "forbidden", "administrator", "restricted"]) {
        Verdict::Misconfigured("give the bot the right to send messages in the chat".to_owned())
    } else if has(&["topic_closed", "topic is closed", "topic_hidden"]) {
        Verdict::Misconfigured("open the topic of the group again, or write another `topic` or `chat`".to_owned())
    } else if has(&["topic", "thread"]) {
        Verdict::Misconfigured("check `topic` of this contact: the group has no such topic".to_owned())
    } else if has(&["chat", "user not found", "peer_id", "deactivated", "group"]) {
        Verdict::Misconfigured(
            "check `chat` of this contact: the bot must be in it, and a group's number begins with -".to_owned(),
        )
    } else {
        unprocessable!("the server")
    }
}

/// Of the text in UTF-16 units; the server refuses more than 4096.
const BUDGET: usize = 3_900;
/// The server leaves out what comes after a hundred entities.
const MOST_ENTITIES: usize = 100;

/// No markup is parsed, so none can be forged. But of words the server makes links, mentions and commands by itself, except
/// in code: so everything that looks like one is code.
impl PageFormat for Telegram {
    fn escape(&self) -> fn(&str) -> String {
        escape
    }

    /// There `**` stands around what is bold.
    fn ink_of_templates(&self) -> fn(&str) -> String {
        |text| if is_dns_shaped(text) { escape(text) } else { escape(&text.replace('*', "＊")) }
    }

    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        let mut script = Script::default();
        script.write(&page.heading, Some("bold"));
        for line in &page.head {
            script.part();
            script.emphasised(line);
        }
        if page.layout == Layout::Dense && !page.rows.is_empty() {
            script.part();
            script.block("pre", &list(&page.rows));
        } else {
            page.rows.iter().for_each(|row| write_row(&mut script, row, page.layout));
        }
        if !page.footer.is_empty() {
            script.part();
            let (at, start) = (script.entities.len(), script.units);
            script.write(&page.footer.join("\n"), None);
            script.entities.insert(at, entity("blockquote", start, script.units));
        }
        let quiet = json!({ "is_disabled": true });
        let plainer = json!({ "text": script.text, "link_preview_options": quiet });
        (json!({ "text": script.text, "entities": script.entities, "link_preview_options": quiet }), Some(plainer))
    }

    fn fits(&self, payload: &Value) -> bool {
        let is_short = payload["text"].as_str().is_some_and(|text| text.encode_utf16().count() <= BUDGET);
        is_short && payload["entities"].as_array().is_none_or(|entities| entities.len() <= MOST_ENTITIES)
    }
}

/// One line each: the dates are first, for a list that began with a space would move all entities behind it; the names
/// are last, for they differ most in length.
fn list(rows: &[ChatRow]) -> String {
    let widest = rows.iter().map(|row| width(&row.left_short)).max().unwrap_or_default();
    let line = |row: &ChatRow| format!("{}  {}  {}", row.date, pad_left(&row.left_short, widest), bare(&row.label));
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn write_row(script: &mut Script, row: &ChatRow, layout: Layout) {
    script.part();
    script.write(&format!("{}. {}", row.number, row.label), Some("bold"));
    script.plain(" ");
    script.write(&row.left, row.is_pressing().then_some("bold"));
    if layout == Layout::Rich {
        for line in &row.lines {
            script.plain("\n");
            script.write(line, None);
        }
    } else if !row.facts().is_empty() {
        script.plain("\n");
        script.block("code", &bare(&row.facts()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_and_a_chat_have_their_forms() {
        assert!(is_token("123456789:AAF-x_0"));
        for token in ["123456789", ":AA", "bot1:AA", "1:", "1:A/B", "1:A?x", "1:A B", "1:A%2f", "1:A:B", "1:Ä"] {
            assert!(!is_token(token), "{token}");
        }
        for chat in ["12345", "-1001234567890", "@certs_example"] {
            assert!(is_chat(chat), "{chat}");
        }
        assert!(is_topic("42") && is_topic("1"));
        for topic in ["0", "-1", "general", "https://t.me/c/1/2", "99999999999"] {
            assert!(!is_topic(topic), "{topic}");
        }
        for text in ["@", "certs", "https://t.me/certs", "-", "@a b", "@a-b", "1.5", "--1"] {
            assert!(!is_chat(text), "{text}");
        }
    }

    fn said(status: u16, body: &str) -> Verdict {
        read(&Answer::whole(status, body)).verdict
    }

    #[test]
    fn only_true_with_a_good_status_is_success() {
        assert_eq!(said(200, r#"{"ok":true,"result":{"message_id":7}}"#), Verdict::Accepted);
        for body in ["", "{}", "[]", r#"{"ok":"true"}"#, r#"{"ok":1}"#, r#"{"result":{}}"#, "<html>", r#"{"ok":true"#] {
            assert_eq!(said(200, body), Verdict::Busy(None), "{body}");
        }
        assert_eq!(said(502, r#"{"ok":true}"#), Verdict::Busy(None));
        assert!(matches!(said(404, "<html>"), Verdict::Misconfigured(help) if help.contains("`base-url`")));
        assert!(matches!(said(302, ""), Verdict::Misconfigured(help) if help.contains("redirects")));
    }

    #[test]
    fn each_error_has_its_class() {
        let class = |code: u16, description: &str, rest: &str| {
            said(code, &format!(r#"{{"ok":false,"error_code":{code},"description":"{description}"{rest}}}"#))
        };
        let again = class(429, "Too Many Requests: retry after 35", r#","parameters":{"retry_after":35}"#);
        assert_eq!(again, Verdict::Busy(Some(Duration::from_secs(35))));
        assert_eq!(class(429, "Too Many Requests", ""), Verdict::Busy(None));
        assert_eq!(class(502, "Bad Gateway", ""), Verdict::Busy(None));
        for (code, description, word) in [
            (401, "Unauthorized", "`token`"),
            (404, "Not Found", "`token`"),
            (403, "Forbidden: bot was kicked from the supergroup chat", "let the bot into the chat"),
            (400, "Bad Request: chat not found", "`chat`"),
            (400, "Bad Request: group chat was upgraded to a supergroup chat", "`chat`"),
            (400, "Bad Request: PEER_ID_INVALID", "`chat`"),
            (400, "Bad Request: not enough rights to send text messages to the chat", "right"),
            (400, "Bad Request: need administrator rights in the channel chat", "right"),
            (400, "Bad Request: CHAT_WRITE_FORBIDDEN", "right"),
            (400, "Bad Request: TOPIC_CLOSED", "open the topic"),
            (400, "Bad Request: TOPIC_DELETED", "`topic`"),
            (400, "Bad Request: message thread not found", "`topic`"),
            (409, "Conflict", "documentation"),
        ] {
            let verdict = class(code, description, "");
            assert!(
                matches!(&verdict, Verdict::Misconfigured(help) if help.contains(word)),
                "{description}: {verdict:?}"
            );
        }
        for description in ["Bad Request: message is too long", "Bad Request: can't parse entities: x", "?"] {
            assert!(matches!(class(400, description, ""), Verdict::Content(_)), "{description}");
        }
    }

    #[test]
    fn no_text_of_a_certificate_is_bold_in_a_template() {
        let escape = Telegram.ink_of_templates();
        assert_eq!(escape("a **b** c"), "a ＊＊b＊＊ c");
        assert_eq!(bare(&escape("*.example.com")), "*.example.com");
    }
}
