//! Rooms of Matrix, by the token of a user of any homeserver.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::editor::Editor;
use super::entities::{CODE, END_OF_CODE, END_OF_STRUCK, STRUCK, bare, escape};
use super::exchange::{Access, At, HttpRequest, Method, Payload, Protocol};
use super::mention::mention;
use super::page::{ChatRow, Layout, Page, PageFormat};
use super::plain;
use super::spec::{MINUTE, SECOND};
use super::table::{CA_FILE, MENTION_WITHIN, PROXY, is_graphic};
use super::verdict::{self, Answer, Interpretation, Verdict, setup, unprocessable};
use super::{Form, Objection, Role, Spec, Table, TableKey};
use crate::secret::Revealed;
use crate::text::hex;
use crate::text::untrusted;

/// Homeservers differ; this is below what the usual one takes.
pub(super) static SPEC: Spec = Spec {
    synonyms: &["element", "synapse"],
    table: Some(TABLE),
    protocol: Some(&Matrix),
    editor: Some(&Matrix),
    limits: &[(2, SECOND), (10, MINUTE)],
    ..Spec::new(Form::Page(&Matrix))
};

const TABLE: Table = Table::new(&[
    TableKey::needed("base-url", Role::Base(None), "The address of the homeserver, as clients reach it."),
    TableKey::needed("token", Role::Token, "The access token of a user that has joined the room.").checked(
        is_graphic,
        Objection {
            en: "this is no access token",
            zh_cn: "不是访问令牌",
            ja: "アクセストークンではありません",
            help: "copy it from the settings of the user: Help & About, Access Token",
        },
    ),
    TableKey::needed(
        "room",
        Role::Target { is_secret: false },
        "The internal identifier of the room (`!…`), which must not be encrypted.",
    )
    .checked(
        is_room,
        Objection {
            en: "this is no identifier of a room",
            zh_cn: "不是房间的内部 ID",
            ja: "ルームの内部 ID ではありません",
            help: "copy it from the settings of the room: Advanced, Internal room ID (!…); a name that begins with # \
                   does not do",
        },
    ),
    mention(
        "Who is mentioned: whole names of users, as `@alice:example.org`; `all` for the whole room.",
        is_mention,
        "write the whole name of a user, as \"@alice:example.org\", or `all` for the whole room",
    ),
    MENTION_WITHIN,
    CA_FILE,
    PROXY,
]);

fn is_room(room: &str) -> bool {
    room.strip_prefix('!').is_some_and(|rest| !rest.is_empty() && is_graphic(rest))
}

/// Without the `@` at its beginning.
fn is_mention(name: &str) -> bool {
    const LONGEST: usize = 254;
    let is_local =
        |local: &str| !local.is_empty() && local.bytes().all(|byte| is_of_name(byte) || b"=/+".contains(&byte));
    let is_host = |host: &str| !host.is_empty() && host.bytes().all(|byte| is_of_name(byte) || b":[]".contains(&byte));
    let is_user = name.split_once(':').is_some_and(|(local, host)| is_local(local) && is_host(host));
    name == "all" || (is_user && name.len() <= LONGEST)
}

const fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

struct Matrix;

impl Protocol for Matrix {
    /// The server takes a second message with the same identifier for the same.
    fn call(&self, access: &Access<'_>, payload: &Payload<'_>, _now: OffsetDateTime) -> HttpRequest {
        put(access, payload.id, payload.payload.clone())
    }

    fn read(&self, answer: &Answer, _now: OffsetDateTime) -> Interpretation {
        read(answer)
    }
}

fn put(access: &Access<'_>, id: &str, content: Value) -> HttpRequest {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let (room, id) = (encoded(access.to()), encoded(id));
    let path = format!("/_matrix/client/v3/rooms/{room}/send/m.room.message/{id}");
    let headers = vec![("Authorization", Revealed::new(format!("Bearer {}", access.token())))];
    HttpRequest { method: Method::Put, ..HttpRequest::post(At::Below(path), headers, content) }
}

impl Editor for Matrix {
    fn posted(&self, answer: &Answer) -> Option<String> {
        Some(verdict::text(&verdict::object(answer)?, "event_id").to_owned()).filter(|id| !id.is_empty())
    }

    /// The same content once more, for clients that know of no such replacement, is shown after a mark.
    fn edit(&self, access: &Access<'_>, id: &str, payload: &Value) -> HttpRequest {
        let mut content = payload.clone();
        for field in ["body", "formatted_body"] {
            content[field] = Value::from(format!("* {}", payload[field].as_str().unwrap_or_default()));
        }
        content["m.new_content"] = payload.clone();
        content["m.relates_to"] = json!({ "rel_type": "m.replace", "event_id": id });
        let digest = Sha256::digest(format!("{id}\n{payload}"));
        put(access, &hex(&digest[..16]), content)
    }

    fn struck(&self, words: &str) -> String {
        format!("{STRUCK}{words}{END_OF_STRUCK}")
    }
}

/// The identifier of the event, or an error whose code is a word.
fn read(answer: &Answer) -> Interpretation {
    const BASE: &str = "check `base-url` of this contact: there is no homeserver of Matrix";
    let Some(object) = verdict::object(answer) else { return Interpretation::from_status(answer, BASE) };
    let event = verdict::text(&object, "event_id");
    if answer.status == 200 && !event.is_empty() {
        return Interpretation { verdict: Verdict::Accepted, said: format!("taken as {event}") };
    }
    let code = verdict::text(&object, "errcode");
    if code.is_empty() || answer.status < 400 {
        return Interpretation::from_status(answer, BASE);
    }
    let pause = object.get("retry_after_ms").and_then(Value::as_u64).map(Duration::from_millis);
    let verdict = match (code, answer.status) {
        ("M_LIMIT_EXCEEDED", _) | (_, 429) => Verdict::Busy(answer.retry_after.or(pause)),
        ("M_UNKNOWN_TOKEN" | "M_MISSING_TOKEN", _) | (_, 401) => {
            setup("check `token` of this contact: the homeserver does not know it, or it was logged out")
        }
        ("M_USER_DEACTIVATED" | "M_USER_LOCKED" | "M_USER_SUSPENDED", _) => {
            setup("the account of `token` is locked: ask who runs the homeserver, or take another one")
        }
        ("M_GUEST_ACCESS_FORBIDDEN", _) => setup("take the token of a registered user: guests may not write"),
        ("M_CONSENT_NOT_GIVEN", _) => setup("log in as the user of `token`, and agree to the terms of the homeserver"),
        ("M_RESOURCE_LIMIT_EXCEEDED", _) => setup("the homeserver is at its limits: ask who runs it"),
        ("M_TOO_LARGE" | "M_BAD_JSON" | "M_NOT_JSON", _) | (_, 413) => unprocessable!("the homeserver"),
        ("M_FORBIDDEN", _) => setup("let the user of `token` join the room, and give it the right to write there"),
        ("M_UNRECOGNIZED", _) => setup(BASE),
        ("M_NOT_FOUND" | "M_INVALID_PARAM", _) => {
            setup("check `room` of this contact: the homeserver knows no such room")
        }
        (_, 408 | 500..) => Verdict::Busy(answer.retry_after),
        _ => setup("see what the documentation of Matrix says of this error"),
    };
    let said = [code, verdict::text(&object, "error")].into_iter().filter(|part| !part.is_empty());
    Interpretation { verdict, said: format!("{}, {}", answer.status, said.collect::<Vec<_>>().join(": ")) }
}

/// Of the whole content in bytes; an event has at most 65536 with what the homeserver adds.
const BUDGET: usize = 55_000;

/// Of words clients make links, mentions and rooms by themselves, except in code: so everything that looks like one is code.
impl PageFormat for Matrix {
    fn escape(&self) -> fn(&str) -> String {
        escape
    }

    /// There `**` stands around what is bold.
    fn ink_of_templates(&self) -> fn(&str) -> String {
        |text| escape(&text.replace('*', "＊"))
    }

    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        let is_room = page.mentions.iter().any(|mention| mention == "all");
        let users: Vec<String> =
            page.mentions.iter().filter(|mention| *mention != "all").map(|user| format!("@{user}")).collect();
        let people: Vec<String> =
            is_room.then(|| "@room".to_owned()).into_iter().chain(users.iter().cloned()).collect();
        let body = [bare(&page.title), bare(&plain::text(page)), people.join(" ")];
        let body: Vec<String> = body.into_iter().filter(|part| !part.is_empty()).collect();
        let mut mentions = json!({});
        if is_room {
            mentions["room"] = Value::Bool(true);
        }
        if !users.is_empty() {
            mentions["user_ids"] = Value::from(users.as_slice());
        }
        let content = json!({
            "msgtype": "m.text",
            "body": body.join("\n\n"),
            "format": "org.matrix.custom.html",
            "formatted_body": formatted(page, is_room, &users),
            "m.mentions": mentions,
        });
        (content, None)
    }

    fn fits(&self, payload: &Value) -> bool {
        payload.to_string().len() <= BUDGET
    }
}

fn formatted(page: &Page, is_room: bool, users: &[String]) -> String {
    let mut parts = vec![format!("<strong>{}</strong>", html(&page.heading))];
    parts.extend(page.head.iter().map(|line| emphasised(line)));
    let rows = page.rows.iter().map(|row| self::row(row, page.layout));
    match page.layout {
        Layout::Dense if !page.rows.is_empty() => parts.push(rows.collect::<Vec<_>>().join("<br>")),
        _ => parts.extend(rows),
    }
    let mut blocks: Vec<String> = parts.iter().map(|part| format!("<p>{part}</p>")).collect();
    if !page.footer.is_empty() {
        let lines: Vec<String> = page.footer.iter().map(|line| html(line)).collect();
        blocks.push(format!("<blockquote>{}</blockquote>", lines.join("<br>")));
    }
    let link = |user: &String| {
        format!("<a href=\"https://matrix.to/#/{}\">{}</a>", untrusted::html(user), untrusted::html(user))
    };
    let people: Vec<String> = is_room.then(|| "@room".to_owned()).into_iter().chain(users.iter().map(link)).collect();
    if !people.is_empty() {
        blocks.push(format!("<p>{}</p>", people.join(" ")));
    }
    blocks.concat()
}

fn row(row: &ChatRow, layout: Layout) -> String {
    let ChatRow { number, label, left, left_short, date, .. } = row;
    let left = if row.is_pressing() { format!("<strong>{}</strong>", html(left)) } else { html(left) };
    let first = format!("<strong>{number}.</strong> {} {left}", html(label));
    match layout {
        Layout::Rich => {
            [first].into_iter().chain(row.lines.iter().map(|line| html(line))).collect::<Vec<_>>().join("<br>")
        }
        Layout::Medium if row.facts().is_empty() => first,
        Layout::Medium => format!("{first}<br>{}", html(&row.facts())),
        Layout::Dense => format!("{} {} {}", html(left_short), html(label), html(date)),
    }
}

/// A line in which `**` stands around what is bold.
fn emphasised(line: &str) -> String {
    let parts: Vec<&str> = line.split("**").collect();
    let part = |(at, part): (usize, &&str)| {
        let is_bold = at % 2 == 1 && at + 1 < parts.len();
        if is_bold { format!("<strong>{}</strong>", html(part)) } else { html(part) }
    };
    parts.iter().enumerate().map(part).collect()
}

/// Text as HTML, in which what is marked as code is code, and as struck through is that.
fn html(text: &str) -> String {
    let (mut written, mut rest) = (String::new(), text);
    while let Some((before, (struck, after))) =
        rest.split_once(STRUCK).and_then(|(before, marked)| Some((before, marked.split_once(END_OF_STRUCK)?)))
    {
        written.extend([coded(before), "<del>".to_owned(), untrusted::html(&bare(struck)), "</del>".to_owned()]);
        rest = after;
    }
    written + &coded(rest)
}

fn coded(text: &str) -> String {
    let (mut written, mut rest) = (String::new(), text);
    while let Some((before, (code, after))) =
        rest.split_once(CODE).and_then(|(before, marked)| Some((before, marked.split_once(END_OF_CODE)?)))
    {
        written.extend([
            untrusted::html(&bare(before)),
            "<code>".to_owned(),
            untrusted::html(&bare(code)),
            "</code>".to_owned(),
        ]);
        rest = after;
    }
    written + &untrusted::html(&bare(rest)).replace('\n', "<br>")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, body: &str) -> Verdict {
        read(&Answer::whole(status, body)).verdict
    }

    #[test]
    fn only_the_identifier_of_an_event_is_success() {
        assert_eq!(said(200, r#"{"event_id":"$YUwRidLecu:example.org"}"#), Verdict::Accepted);
        for body in ["", "{}", "[]", r#"{"event_id":""}"#, r#"{"event_id":7}"#, "<html>"] {
            assert_eq!(said(200, body), Verdict::Busy(None), "{body}");
        }
        assert!(matches!(said(404, "<html>"), Verdict::Misconfigured(help) if help.contains("`base-url`")));
    }

    #[test]
    fn each_code_has_its_class() {
        let class = |status: u16, code: &str| said(status, &format!(r#"{{"errcode":"{code}","error":"No."}}"#));
        let late = r#"{"errcode":"M_LIMIT_EXCEEDED","error":"Too many requests","retry_after_ms":2500}"#;
        assert_eq!(said(429, late), Verdict::Busy(Some(Duration::from_millis(2500))));
        assert_eq!(class(502, "M_UNKNOWN"), Verdict::Busy(None));
        for (status, code, word) in [
            (401, "M_UNKNOWN_TOKEN", "`token`"),
            (401, "M_MISSING_TOKEN", "`token`"),
            (403, "M_FORBIDDEN", "join the room"),
            (403, "M_USER_DEACTIVATED", "locked"),
            (403, "M_GUEST_ACCESS_FORBIDDEN", "guests"),
            (403, "M_CONSENT_NOT_GIVEN", "terms"),
            (403, "M_RESOURCE_LIMIT_EXCEEDED", "limits"),
            (404, "M_NOT_FOUND", "`room`"),
            (404, "M_UNRECOGNIZED", "`base-url`"),
            (400, "M_ELSE", "documentation"),
        ] {
            let verdict = class(status, code);
            assert!(matches!(&verdict, Verdict::Misconfigured(help) if help.contains(word)), "{code}: {verdict:?}");
        }
        for (status, code) in [(413, "M_TOO_LARGE"), (400, "M_BAD_JSON"), (400, "M_NOT_JSON")] {
            assert!(matches!(class(status, code), Verdict::Content(_)), "{code}");
        }
    }

    #[test]
    fn a_room_and_a_mention_have_their_forms() {
        for room in ["!abc:example.org", "!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM"] {
            assert!(is_room(room), "{room}");
        }
        for room in ["", "!", "#certs:example.org", "! a", "abc:example.org"] {
            assert!(!is_room(room), "{room}");
        }
        for name in ["all", "alice:example.org", "a.b-c_d=/+:10.0.0.1:8448", "x:[::1]:80"] {
            assert!(is_mention(name), "{name}");
        }
        for name in ["", "alice", "alice:", ":x", "a b:x", "<a>:x", "a\"b:x", "room"] {
            assert!(!is_mention(name), "{name}");
        }
    }

    #[test]
    fn hostile_text_is_words_or_code() {
        let shown = |text: &str| html(&escape(text));
        assert_eq!(shown("*.example.com"), "<code>*.example.com</code>");
        assert_eq!(shown("<script>x</script>"), "<code>&lt;script&gt;x&lt;/script&gt;</code>");
        assert_eq!(shown("Tom & Jerry \"CA\""), "Tom <code>&amp;</code> Jerry &quot;CA&quot;");
        assert_eq!(shown("@alice:evil.example"), "<code>＠alice:evil.example</code>");
        assert_eq!(shown("#room"), "＃room");
        assert_eq!(html(&format!("a{CODE}b")), "ab");
    }
}
