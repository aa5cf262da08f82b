//! Webhooks of spaces in Google Chat: text in its own markup.

use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::editor::Editor;
use super::exchange::{Access, At, HttpRequest, Protocol};
use super::markdown;
use super::mention::mention;
use super::page::{Page, PageFormat};
use super::pieces::units;
use super::spec::SECOND;
use super::table::{CA_FILE, MENTION_WITHIN, PROXY, WEBHOOK};
use super::verdict::{self, Answer, Interpretation, Verdict, setup, unprocessable};
use super::{Form, Hosts, Objection, Spec, Table};
use crate::address::Url;

/// A space takes one message in a second, of all that write to it.
pub(super) static SPEC: Spec = Spec {
    synonyms: &["google-chat", "gchat", "google", "hangouts", "hangouts-chat"],
    table: Some(TABLE),
    protocol: Some(&GoogleChat),
    editor: Some(&GoogleChat),
    limits: &[(1, SECOND)],
    ..Spec::new(Form::Page(&GoogleChat))
};

const TABLE: Table = Table {
    hosts: Some(Hosts { names: &["chat.googleapis.com"], path: "/v1/spaces/", parameter: "key=" }),
    refused_addresses: &[(
        is_cut_off,
        Objection {
            en: "this is not the whole address of a webhook of googlechat",
            zh_cn: "不是 Google Chat webhook 的完整地址",
            ja: "Google Chat の Webhook の完全なアドレスではありません",
            help: "copy it from Apps & integrations of the space, in quotes: it ends with key=…&token=…",
        },
    )],
    ..Table::new(&[
        WEBHOOK,
        mention(
            "Who is mentioned: numbers of users, or `all` for the whole space.",
            is_mention,
            "write the number of a user (digits only, as in users/123456789), or `all` for the whole space",
        ),
        MENTION_WITHIN,
        CA_FILE,
        PROXY,
    ])
};

fn is_cut_off(address: &Url<'_>) -> bool {
    !address.path.ends_with("/messages") || !address.has_parameter("token=")
}

fn is_mention(name: &str) -> bool {
    let is_number = (1..=32).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_digit());
    name == "all" || is_number
}

struct GoogleChat;

impl Protocol for GoogleChat {
    fn read(&self, answer: &Answer, _now: OffsetDateTime) -> Interpretation {
        read(answer)
    }
}

/// A webhook changes nothing that it has posted: what is over is said in the thread of the message.
impl Editor for GoogleChat {
    fn posted(&self, answer: &Answer) -> Option<String> {
        let object = verdict::object(answer)?;
        let thread = object.get("thread")?.get("name")?.as_str()?;
        let is_name = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        };
        let parts: Vec<&str> = thread.split('/').collect();
        let is_thread = matches!(&parts[..], ["spaces", space, "threads", id] if is_name(space) && is_name(id));
        is_thread.then(|| thread.to_owned())
    }

    /// What says the same, whenever that is, makes no second reply.
    fn edit(&self, _access: &Access<'_>, id: &str, payload: &Value) -> HttpRequest {
        let mut body = payload.clone();
        body["thread"] = json!({ "name": id });
        let text = payload["text"].as_str().unwrap_or_default();
        // The foot names the moment.
        let rows = text.rsplit_once("\n\n").map_or(text, |(rows, _)| rows);
        let digest = Sha256::digest(format!("{id}\n{rows}"));
        let request = digest.first_chunk::<16>().map_or(0, |first| u128::from_be_bytes(*first));
        let parameters = vec![
            ("messageReplyOption", "REPLY_MESSAGE_OR_FAIL".to_owned()),
            ("requestId", format!("certnotify-{request:032x}")),
        ];
        HttpRequest::post(At::Address(parameters), Vec::new(), body)
    }

    /// The thread is gone, and the space is not.
    fn is_settled(&self, answer: &Answer) -> bool {
        let error = verdict::object(answer).and_then(|object| object.get("error").cloned());
        let status = error.as_ref().and_then(|error| error.get("status")).and_then(Value::as_str);
        answer.status == 404 && status == Some("NOT_FOUND")
    }

    fn struck(&self, words: &str) -> String {
        format!("~{words}~")
    }
}

const ANOTHER_ADDRESS: &str = "copy the webhook address again from Apps & integrations of the space";
/// The service counts over a minute.
const PAUSE: Duration = Duration::from_secs(10);

/// The message that was made, or `error` with a status that is a word.
fn read(answer: &Answer) -> Interpretation {
    let Some(object) = verdict::object(answer) else { return Interpretation::from_status(answer, ANOTHER_ADDRESS) };
    let name = verdict::text(&object, "name");
    if (200..300).contains(&answer.status) && name.starts_with("spaces/") {
        return Interpretation { verdict: Verdict::Accepted, said: format!("{}, posted", answer.status) };
    }
    let error = object.get("error").and_then(Value::as_object).filter(|_| answer.status >= 400);
    let Some(error) = error else { return Interpretation::from_status(answer, ANOTHER_ADDRESS) };
    let (status, message) = (verdict::text(error, "status"), verdict::text(error, "message"));
    let verdict = match (answer.status, status) {
        (429, _) | (_, "RESOURCE_EXHAUSTED") => Verdict::Busy(Some(answer.retry_after.unwrap_or(PAUSE))),
        (408 | 500.., _) => Verdict::Busy(answer.retry_after),
        (400, _) if is_about_the_key(message) => setup(ANOTHER_ADDRESS),
        (400 | 413, _) => unprocessable!("Google Chat"),
        (404, _) => setup("the webhook or the space is gone: make a new webhook and write its address"),
        (403, _) => setup("the space takes no messages of webhooks: ask who administers Google Chat to allow them"),
        _ => setup(ANOTHER_ADDRESS),
    };
    let said = [status, message].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ");
    Interpretation { verdict, said: format!("{}, {said}", answer.status) }
}

fn is_about_the_key(message: &str) -> bool {
    let words = message.to_lowercase();
    ["api key", "token", "webhook"].iter().any(|part| words.contains(part))
}

/// Of the text in UTF-16 units; the service takes 4096.
const TEXT: usize = 3_900;
/// Of the whole body in bytes; the service takes 32000.
const WHOLE: usize = 30_000;

impl PageFormat for GoogleChat {
    fn escape(&self) -> fn(&str) -> String {
        markdown::escape
    }

    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        let people: Vec<String> = page.mentions.iter().map(|who| format!("<users/{who}>")).collect();
        // Bold stands between single asterisks here.
        (json!({ "text": markdown::text(page, "*", &people) }), None)
    }

    fn fits(&self, payload: &Value) -> bool {
        payload["text"].as_str().is_some_and(|text| units(text) <= TEXT) && payload.to_string().len() <= WHOLE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, body: &str) -> Verdict {
        read(&Answer::whole(status, body)).verdict
    }

    fn refused(status: u16, word: &str, message: &str) -> Verdict {
        said(status, &format!(r#"{{"error":{{"code":{status},"message":"{message}","status":"{word}"}}}}"#))
    }

    #[test]
    fn only_the_message_itself_is_success() {
        assert_eq!(said(200, r#"{"name":"spaces/A/messages/B.C","text":"x"}"#), Verdict::Accepted);
        for body in ["", "{}", "[]", "ok", r#"{"name":"x"}"#, r#"{"name":7}"#, "<html>"] {
            assert_eq!(said(200, body), Verdict::Busy(None), "{body}");
        }
        assert!(matches!(said(404, r#"{"name":"spaces/A/messages/B"}"#), Verdict::Misconfigured(_)));
        assert!(matches!(said(302, ""), Verdict::Misconfigured(help) if help.contains("final address")));
    }

    #[test]
    fn each_status_has_its_class() {
        assert_eq!(refused(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted"), Verdict::Busy(Some(PAUSE)));
        assert_eq!(refused(503, "UNAVAILABLE", "x"), Verdict::Busy(None));
        for (status, word, message, help) in [
            (400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", "copy the webhook"),
            (401, "UNAUTHENTICATED", "x", "copy the webhook"),
            (403, "PERMISSION_DENIED", "x", "administers"),
            (404, "NOT_FOUND", "x", "gone"),
        ] {
            let verdict = refused(status, word, message);
            assert!(matches!(&verdict, Verdict::Misconfigured(told) if told.contains(help)), "{word} {verdict:?}");
        }
        assert!(matches!(refused(400, "INVALID_ARGUMENT", "Message is too long"), Verdict::Content(_)));
    }

    #[test]
    fn an_address_and_a_mention_have_their_forms() {
        let refused = |path, query| is_cut_off(&Url::split(&format!("https://chat.googleapis.com{path}?{query}")));
        assert!(!refused("/v1/spaces/AAAA/messages", "key=k&token=t"));
        assert!(refused("/v1/spaces/AAAA/messages", "key=k") && refused("/v1/spaces/AAAA", "key=k&token=t"));
        assert!(is_mention("all") && is_mention("103456789012345678901"));
        for name in ["", "alice", "users/1", "<users/all>", "here"] {
            assert!(!is_mention(name), "{name}");
        }
    }
}
