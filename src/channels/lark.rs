//! Lark's (Feishu's) group robots.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use time::OffsetDateTime;

use super::exchange::{Access, At, HttpRequest, Payload, Protocol};
use super::mention::{is_identifier, mention};
use super::page::{ChatRow, Columns, Layout, Page, PageFormat, Tier};
use super::spec::{MINUTE, SECOND};
use super::table::{CA_FILE, KEYWORD, MENTION_WITHIN, PROXY, WEBHOOK};
use super::verdict::{self, Answer, Interpretation, Verdict, unprocessable};
use super::{Form, Hosts, Objection, Role, Spec, Table, TableKey};
use crate::address::Url;
use crate::secret::Revealed;
use crate::text::untrusted::substituted;

pub(super) static SPEC: Spec = Spec {
    aliases: &["feishu"],
    table: Some(TABLE),
    protocol: Some(&Lark),
    limits: &[(4, SECOND), (86, MINUTE)],
    ..Spec::new(Form::Page(&Lark))
};

const TABLE: Table = Table {
    hosts: Some(Hosts {
        names: &["open.feishu.cn", "open.larksuite.com"],
        path: "/open-apis/bot/v2/hook/",
        parameter: "",
    }),
    refused_addresses: &[(
        is_legacy,
        Objection {
            en: "this is the address of a robot of the first generation, which takes other messages",
            zh_cn: "属于第一代机器人，它接收的消息格式不同",
            ja: "第 1 世代のボットのもので、受け付けるメッセージの形式が異なります",
            help: "make a new custom robot in the group: its address has /open-apis/bot/v2/hook/",
        },
    )],
    ..Table::new(&[
        WEBHOOK,
        TableKey::optional("secret", Role::Signing, "The secret of the robot, where it asks for a signature."),
        KEYWORD,
        mention(
            "Who is mentioned: the open_id (`ou_…`) or user_id of people; `all` for the whole group.",
            is_mention,
            "write the open_id (`ou_…`) or user_id of the person, or `all`: Lark robots cannot mention by mobile number",
        ),
        MENTION_WITHIN,
        CA_FILE,
        PROXY,
    ])
};

/// Of the robots' first generation.
fn is_legacy(address: &Url<'_>) -> bool {
    address.path.contains("/open-apis/bot/hook/")
}

/// Lark robots cannot mention by mobile number.
fn is_mention(name: &str) -> bool {
    let is_mobile = name.len() == 11 && name.bytes().all(|byte| byte.is_ascii_digit());
    !is_mobile && is_identifier(name)
}

pub(super) struct Lark;

impl Protocol for Lark {
    fn call(&self, access: &Access<'_>, payload: &Payload<'_>, now: OffsetDateTime) -> HttpRequest {
        let body = body(payload.payload, access.secret, now);
        HttpRequest::post(At::Address(Vec::new()), Vec::new(), body)
    }

    fn read(&self, answer: &Answer, now: OffsetDateTime) -> Interpretation {
        read(answer, now)
    }
}

/// The body of one request. With a secret it is signed: HMAC-SHA256 of nothing, keyed by the seconds and the secret.
fn body(payload: &Value, secret: Option<&Revealed>, now: OffsetDateTime) -> Value {
    let mut body = payload.clone();
    if let (Some(secret), Value::Object(fields)) = (secret, &mut body) {
        let seconds = now.unix_timestamp();
        fields.insert("timestamp".to_owned(), Value::String(seconds.to_string()));
        fields.insert("sign".to_owned(), Value::String(sign(secret.expose(), seconds)));
    }
    body
}

fn sign(secret: &str, seconds: i64) -> String {
    // A key of any length is fine for HMAC.
    Hmac::<Sha256>::new_from_slice(format!("{seconds}\n{secret}").as_bytes())
        .map(|mac| BASE64.encode(mac.finalize().into_bytes()))
        .unwrap_or_default()
}

fn read(answer: &Answer, now: OffsetDateTime) -> Interpretation {
    let Some(object) = verdict::object(answer) else { return Interpretation::without_code(answer) };
    // Old servers have only the second; where both are, both must be zero.
    let codes = [verdict::code(&object, "code"), verdict::code(&object, "StatusCode")];
    let unreadable = object.contains_key("code") && codes[0].is_none();
    let Some(code) = codes.into_iter().flatten().find(|code| *code != 0).or(codes[0]).or(codes[1]) else {
        return Interpretation::without_code(answer);
    };
    if unreadable {
        return Interpretation::without_code(answer);
    }
    let message = match verdict::text(&object, "msg") {
        "" => verdict::text(&object, "StatusMessage"),
        message => message,
    };
    let words = message.to_lowercase();
    let verdict = match code {
        0 => verdict::accepted(answer),
        11_232 => THROTTLED,
        9_499 if words.contains("too many request") => Verdict::Busy(Some(Duration::from_secs(5))),
        99_991_400 => Verdict::Throttled(answer.rate_limit_reset.or(answer.retry_after).unwrap_or(MINUTE)),
        2_200 => Verdict::Busy(None),
        19_001 => Verdict::Misconfigured(
            "no robot has this token, or it was removed: copy the webhook address again".to_owned(),
        ),
        19_021 => Verdict::Misconfigured(verdict::clock_difference(answer, now).unwrap_or_else(|| {
            "the signature is refused: copy the robot's secret again into `secret`, and check this machine's clock"
                .to_owned()
        })),
        19_022 => Verdict::Misconfigured(
            "the robot takes messages from certain addresses only: add this machine's public address to its list"
                .to_owned(),
        ),
        19_024 => Verdict::Misconfigured(
            "the robot asks for a keyword: write one of its keywords as `keyword` of this contact".to_owned(),
        ),
        9_499 | 19_002 | 11_246 | 300_305 | 230_099 | 230_025 => unprocessable!("the robot"),
        _ if ["frequen", "limit", "too many"].iter().any(|word| words.contains(word)) => THROTTLED,
        _ => Verdict::Misconfigured("see the vendor's list of error codes".to_owned()),
    };
    Interpretation::new(answer, verdict, code, message)
}

const THROTTLED: Verdict = Verdict::Throttled(MINUTE);

/// Of the whole body in bytes, without the timestamp and the signature that delivery adds; the server takes 20 KB.
const BUDGET: usize = 17_800;

/// Everything from certificates stands in plain text, so nothing of it needs an escape: a card has markup only in the
/// words of certnotify.
impl PageFormat for Lark {
    fn escape(&self) -> fn(&str) -> String {
        |text| text.replace("://", "：//")
    }

    fn ink_of_templates(&self) -> fn(&str) -> String {
        substituted
    }

    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        (card(page), Some(post(page)))
    }

    fn fits(&self, payload: &Value) -> bool {
        payload.to_string().len() <= BUDGET
    }
}

fn plain(text: &str) -> Value {
    json!({ "tag": "plain_text", "content": text })
}

fn card(page: &Page) -> Value {
    let template = match page.tier {
        Some(Tier::Expired) => "red",
        Some(Tier::Within7 | Tier::Urgent) => "orange",
        _ => "blue",
    };
    let mut head = page.head.clone();
    if !page.mentions.is_empty() {
        head.push(page.mentions.iter().map(|mention| format!("<at id={mention}></at>")).collect::<Vec<_>>().join(" "));
    }
    let mut elements = Vec::new();
    if !head.is_empty() {
        elements.push(json!({ "tag": "div", "text": { "tag": "lark_md", "content": head.join("\n") } }));
    }
    match page.layout {
        _ if page.rows.is_empty() => {}
        Layout::Rich => elements.extend(page.rows.iter().map(paragraph)),
        Layout::Medium | Layout::Dense => elements.push(table(page)),
    }
    if !page.footer.is_empty() {
        elements.push(json!({ "tag": "hr" }));
        elements.push(json!({ "tag": "note", "elements": [plain(&page.footer.join("\n"))] }));
    }
    json!({
        "msg_type": "interactive",
        "card": {
            "config": { "wide_screen_mode": true },
            "header": { "template": template, "title": plain(&page.title) },
            "elements": elements,
        },
    })
}

fn paragraph(row: &ChatRow) -> Value {
    let color = match row.tier {
        Tier::Expired => "red",
        Tier::Within7 | Tier::Urgent => "orange",
        Tier::Within30 | Tier::Later | Tier::Calm => "grey",
    };
    json!({ "tag": "div", "fields": [
        { "is_short": true, "text": plain(&format!("{}. {}", row.number, row.label)) },
        { "is_short": true, "text": {
            "tag": "lark_md", "content": format!("<font color='{color}'>**{}**</font>", row.status_label) } },
        { "is_short": false, "text": plain(&row.lines.join("\n")) },
    ] })
}

fn table(page: &Page) -> Value {
    let Columns { left, certificate, expires, seen, issuer } = page.columns;
    let column = |name: &str, shown: &str, width: &str| json!({ "name": name, "display_name": shown, "data_type": "text", "width": width });
    let mut columns = vec![column("l", left, "80px"), column("n", certificate, "auto"), column("e", expires, "auto")];
    if page.layout == Layout::Medium {
        columns.extend([column("s", seen, "auto"), column("i", issuer, "auto")]);
    }
    let rows: Vec<Value> = page
        .rows
        .iter()
        .map(|row| match page.layout {
            Layout::Medium => {
                json!({ "l": row.left_short, "n": row.label, "e": row.date, "s": row.place, "i": row.issuer })
            }
            _ => json!({ "l": row.left_short, "n": row.label, "e": row.date }),
        })
        .collect();
    json!({ "tag": "table", "page_size": 10, "row_height": "low", "columns": columns, "rows": rows })
}

/// The same in plain text, for a server or a client that does not know tables.
fn post(page: &Page) -> Value {
    let text = |text: String| json!([{ "tag": "text", "text": text }]);
    let mut paragraphs: Vec<Value> = page.head.iter().map(|line| text(line.replace("**", ""))).collect();
    let rows = page.rows.iter().map(|row| {
        let first = format!("{}. {} {}", row.number, row.label, row.left_short);
        match page.layout {
            Layout::Rich => [first].into_iter().chain(row.lines.iter().cloned()).collect::<Vec<_>>().join("\n"),
            Layout::Medium => format!("{first} {}", row.facts()),
            Layout::Dense => format!("{} {} {}", row.left_short, row.label, row.date),
        }
    });
    match page.layout {
        _ if page.rows.is_empty() => {}
        Layout::Rich => paragraphs.extend(rows.map(text)),
        Layout::Medium | Layout::Dense => paragraphs.push(text(rows.collect::<Vec<_>>().join("\n"))),
    }
    if !page.footer.is_empty() {
        paragraphs.push(text(page.footer.join("\n")));
    }
    if !page.mentions.is_empty() {
        let mentions = page.mentions.iter().map(|mention| json!({ "tag": "at", "user_id": mention }));
        paragraphs.push(Value::Array(mentions.collect()));
    }
    let language = match page.language {
        "en" => "en_us".to_owned(),
        tag => tag.to_lowercase().replace('-', "_"),
    };
    json!({ "msg_type": "post", "content": { "post": { language: { "title": page.title, "content": paragraphs } } } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use time::macros::datetime;

    fn said(status: u16, body: &str) -> Verdict {
        let date = Some(datetime!(2026-11-21 08:00 UTC));
        let rate_limit_reset = Some(Duration::from_secs(33));
        let answer = Answer { rate_limit_reset, date, ..Answer::whole(status, body) };
        read(&answer, datetime!(2026-11-21 08:00:10 UTC)).verdict
    }

    #[test]
    fn the_signature_is_that_of_the_known_vectors_and_not_that_of_another_vendor() {
        assert_eq!(sign("demo", 1_599_360_473), "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=");
        assert_ne!(sign("demo", 1_599_360_473), "DkEDUyVoOOJ539qBvUgMyzkzIdRWlf4e/V3Rq+ONJnQ=");
        let secret = "certnotify-lark-secret";
        assert_eq!(sign(secret, 1_700_000_000), "PbAaMdgRPUfydN85VrbtsStZljZ8z+jHeMq7c+fnAQQ=");
        assert_eq!(sign(secret, 1_700_000_002), "+xLcM9wJF4URnHOYLDNJFTQwPDRi7RkT5CbDQdF/Gg4=");
    }

    #[test]
    fn the_signature_stands_in_the_body_as_it_is() {
        let now = OffsetDateTime::from_unix_timestamp(1_700_000_002).unwrap();
        let signed = body(&json!({"msg_type": "text"}), Some(&Revealed::new("certnotify-lark-secret")), now);
        let sign = "+xLcM9wJF4URnHOYLDNJFTQwPDRi7RkT5CbDQdF/Gg4=";
        assert_eq!(signed, json!({"msg_type": "text", "timestamp": "1700000002", "sign": sign}));
        assert_eq!(body(&json!({"msg_type": "text"}), None, now), json!({"msg_type": "text"}));
    }

    #[test]
    fn success_is_zero_in_each_of_the_two_codes_that_is_there() {
        assert_eq!(said(200, r#"{"code":0,"msg":"success","StatusCode":0}"#), Verdict::Accepted);
        assert_eq!(said(200, r#"{"Extra":null,"StatusCode":0,"StatusMessage":"success"}"#), Verdict::Accepted);
        for body in ["", "{}", "[]", r#"{"msg":"success"}"#, r#"{"code":null,"StatusCode":0}"#, "<html>"] {
            assert_eq!(said(200, body), Verdict::Busy(None), "{body}");
        }
        assert!(matches!(said(200, r#"{"code":19001,"StatusCode":0}"#), Verdict::Misconfigured(_)));
        assert!(matches!(said(200, r#"{"code":0,"StatusCode":19001}"#), Verdict::Misconfigured(_)));
        assert_eq!(said(502, "<html>"), Verdict::Busy(None));
        assert_eq!(said(429, "{}"), Verdict::Busy(Some(Duration::from_secs(33))));
    }

    #[test]
    fn each_code_of_the_vendor_has_its_class() {
        let class = |status, code: i64, message: &str| said(status, &format!(r#"{{"code":{code},"msg":"{message}"}}"#));
        assert_eq!(class(200, 11_232, "frequency limited psm"), THROTTLED);
        assert_eq!(class(400, 9_499, "too many request"), Verdict::Busy(Some(Duration::from_secs(5))));
        assert!(matches!(class(400, 9_499, "Bad Request"), Verdict::Content(_)));
        assert_eq!(
            class(429, 99_991_400, "request trigger frequency limit"),
            Verdict::Throttled(Duration::from_secs(33))
        );
        assert_eq!(class(200, 2_200, "internal"), Verdict::Busy(None));
        for code in [19_001, 19_021, 19_022, 19_024, 4_711] {
            assert!(matches!(class(200, code, "log_id 1900111232"), Verdict::Misconfigured(_)), "{code}");
        }
        for code in [19_002, 11_246, 300_305, 230_099, 230_025] {
            assert!(matches!(class(200, code, "x"), Verdict::Content(_)), "{code}");
        }
        assert_eq!(class(200, 4_711, "too many messages"), THROTTLED);
    }
}
