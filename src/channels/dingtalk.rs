//! DingTalk's group robots.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use sha2::Sha256;
use time::{OffsetDateTime, UtcOffset};

use super::exchange::{Access, At, HttpRequest, Payload, Protocol};
use super::mention::OF_A_ROBOT;
use super::page::{ChatRow, Layout, Page, PageFormat, Tier, is_mobile};
use super::spec::MINUTE;
use super::table::{CA_FILE, KEYWORD, MENTION_WITHIN, PROXY, WEBHOOK};
use super::verdict::{self, Answer, Interpretation, Verdict};
use super::{Form, Hosts, Role, Spec, Table, TableKey};
use crate::secret::Revealed;
use crate::text::untrusted::{is_dns_shaped, substituted};

pub(super) static SPEC: Spec = Spec {
    synonyms: &["ding", "dingding", "钉钉"],
    table: Some(TABLE),
    protocol: Some(&DingTalk),
    limits: &[(17, MINUTE)],
    ..Spec::new(Form::Page(&DingTalk))
};

const TABLE: Table = Table {
    hosts: Some(Hosts {
        names: &["oapi.dingtalk.com", "api.dingtalk.io"],
        path: "/robot/send",
        parameter: "access_token=",
    }),
    ..Table::new(&[
        WEBHOOK,
        TableKey::optional("secret", Role::Signing, "The secret of the robot (`SEC…`), where it asks for a signature."),
        KEYWORD,
        OF_A_ROBOT,
        MENTION_WITHIN,
        CA_FILE,
        PROXY,
    ])
};

struct DingTalk;

impl Protocol for DingTalk {
    fn call(&self, access: &Access<'_>, payload: &Payload<'_>, now: OffsetDateTime) -> HttpRequest {
        let parameters = access.secret.map(|secret| signed(secret, now)).unwrap_or_default();
        HttpRequest::post(At::Address(parameters), Vec::new(), payload.payload.clone())
    }

    fn read(&self, answer: &Answer, now: OffsetDateTime) -> Interpretation {
        read(answer, now)
    }
}

/// The parameters of one signed request: HMAC-SHA256 of the milliseconds and the secret.
fn signed(secret: &Revealed, now: OffsetDateTime) -> Vec<(&'static str, String)> {
    let milliseconds = now.unix_timestamp_nanos() / 1_000_000;
    let sign = sign(secret.expose(), milliseconds);
    // Encoded once: an encoded `%` would be taken for another signature.
    let sign = utf8_percent_encode(&sign, NON_ALPHANUMERIC).to_string();
    vec![("timestamp", milliseconds.to_string()), ("sign", sign)]
}

fn sign(secret: &str, milliseconds: i128) -> String {
    // A key of any length is fine for HMAC.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(format!("{milliseconds}\n{secret}").as_bytes());
    BASE64.encode(mac.finalize().into_bytes())
}

/// Longer than the vendor silences a robot that sent too much.
const THROTTLED: Verdict = Verdict::Throttled(Duration::from_secs(600));

fn read(answer: &Answer, now: OffsetDateTime) -> Interpretation {
    let Some(object) = verdict::object(answer) else { return Interpretation::without_code(answer) };
    let Some(code) = verdict::code(&object, "errcode") else {
        // The vendor's guard against floods has a form of its own.
        if verdict::code(&object, "status") == Some(1111) {
            let wait = verdict::code(&object, "wait").and_then(|wait| u64::try_from(wait).ok()).unwrap_or_default();
            let verdict = Verdict::Throttled(Duration::from_secs(wait.max(60)));
            return Interpretation::new(answer, verdict, 1111, "");
        }
        return Interpretation::without_code(answer);
    };
    let message = verdict::text(&object, "errmsg");
    let verdict = match code {
        0 => verdict::accepted(answer),
        -1 => Verdict::Busy(Some(Duration::from_secs(30))),
        130_101 | 410_100 | 450_101 | 660_026 => THROTTLED,
        90_030 => Verdict::Throttled(until_tomorrow_in_china(now)),
        310_000 => security(message, answer, now),
        300_005 | 400_101 | 300_001 => Verdict::Misconfigured(
            "no robot has this access_token, or it is one of an external group, which takes no such messages: copy the \
             webhook address again, or make a robot in a group of the organisation's own"
                .to_owned(),
        ),
        400_013 => Verdict::Misconfigured("the group was disbanded: make a robot in another one".to_owned()),
        400_102 => Verdict::Misconfigured("the robot is stopped: start it in the group's settings".to_owned()),
        400_106 => Verdict::Misconfigured("the robot is not in the group any more: make a new one".to_owned()),
        400_105 | 40_035 | 43_004 | 43_002 => Verdict::Content("report this as a bug of certnotify"),
        460_101 | 101_002 => Verdict::Content("the message is too long for the robot: report this as a bug"),
        430_101..=430_104 => Verdict::Content("the vendor takes exception to a text or a link in it: shorten the note"),
        _ if is_about_rate(message) => THROTTLED,
        _ => Verdict::Misconfigured("see the vendor's list of error codes".to_owned()),
    };
    Interpretation::new(answer, verdict, code, message)
}

fn is_about_rate(message: &str) -> bool {
    let message = message.to_lowercase();
    let exceeds = message.find("exceed").is_some_and(|at| message[at..].contains("times"));
    exceeds || ["too fast", "限流", "frequency"].iter().any(|word| message.contains(word))
}

/// One code stands for every security setting of the robot; the words tell which, in either language.
fn security(message: &str, answer: &Answer, now: OffsetDateTime) -> Verdict {
    let message = message.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
    let help = if has(&["keyword", "关键词"]) {
        "the robot asks for a keyword: write one of its keywords as `keyword` of this contact".to_owned()
    } else if has(&["whitelist", "白名单"]) {
        "the robot takes messages from certain addresses only: add this machine's public address to its list".to_owned()
    } else if let Some(difference) = verdict::clock_difference(answer, now) {
        difference
    } else if has(&["not match", "不匹配"]) || !has(&["timestamp", "时间戳", "过期"]) {
        "the signature is refused: copy the robot's secret (it begins with SEC) again into `secret`".to_owned()
    } else {
        "the time of the signature is refused: check this machine's clock".to_owned()
    };
    Verdict::Misconfigured(help)
}

fn until_tomorrow_in_china(now: OffsetDateTime) -> Duration {
    let there = UtcOffset::from_hms(8, 0, 0).ok().and_then(|offset| now.checked_to_offset(offset)).unwrap_or(now);
    let passed = there.time() - time::Time::MIDNIGHT;
    time::Duration::DAY.saturating_sub(passed).try_into().unwrap_or_default()
}

/// Of the whole body in bytes; the server refuses 20000.
const BUDGET: usize = 18_000;

/// Ends a line inside a paragraph.
const BREAK: &str = "  \n";

impl PageFormat for DingTalk {
    fn escape(&self) -> fn(&str) -> String {
        escape
    }

    fn line_break(&self) -> &'static str {
        BREAK
    }

    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        let mut parts = vec![format!("### {}", page.heading)];
        parts.extend(page.head.iter().cloned());
        let rows = page.rows.iter().map(|row| self::row(row, page.layout));
        match page.layout {
            Layout::Dense if !page.rows.is_empty() => parts.push(rows.collect::<Vec<_>>().join(BREAK)),
            _ => parts.extend(rows),
        }
        if !page.footer.is_empty() {
            let quoted: Vec<String> = page.footer.iter().map(|line| format!("> {line}")).collect();
            parts.push(quoted.join(BREAK));
        }
        // An identifier fires only where the text has it too.
        let (everybody, named): (Vec<&String>, Vec<&String>) =
            page.mentions.iter().partition(|mention| *mention == "all");
        let (mobiles, users): (Vec<&String>, Vec<&String>) = named.iter().partition(|mention| is_mobile(mention));
        if !named.is_empty() {
            parts.push(named.iter().map(|mention| format!("@{mention}")).collect::<Vec<_>>().join(" "));
        }
        let payload = json!({
            "msgtype": "markdown",
            "markdown": { "title": page.title, "text": parts.join("\n\n") },
            "at": { "atMobiles": mobiles, "atUserIds": users, "isAtAll": !everybody.is_empty() },
        });
        (payload, None)
    }

    fn fits(&self, payload: &Value) -> bool {
        payload.to_string().len() <= BUDGET
    }
}

fn row(row: &ChatRow, layout: Layout) -> String {
    let ChatRow { number, label, left, left_short, date, .. } = row;
    let colored = |text: &str| match row.tier {
        Tier::Expired | Tier::Within7 | Tier::Urgent => format!("<font color=\"#D93026\">{text}</font>"),
        Tier::Within30 | Tier::Later | Tier::Calm => text.to_owned(),
    };
    match layout {
        Layout::Rich => [format!("**{number}.** **{label}** {}", colored(left))]
            .into_iter()
            .chain(row.lines.iter().cloned())
            .collect::<Vec<_>>()
            .join(BREAK),
        Layout::Medium => {
            format!("**{number}.** {label} {}{BREAK}{}", colored(left), row.facts())
        }
        Layout::Dense => format!("{left_short} {label} {date}"),
    }
}

/// Clean text for DingTalk's markdown. Names of hosts keep their characters; of all other text what could mention, link or
/// draw is replaced by its full-width likeness, for only a few backslashes are known to work.
fn escape(text: &str) -> String {
    if is_dns_shaped(text) { text.replace('*', "\\*").replace('_', "\\_") } else { substituted(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const SECRET: &str = "SEC0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn said(status: u16, body: &str) -> Verdict {
        let date = Some(datetime!(2026-11-21 08:00 UTC));
        let answer = Answer { date, ..Answer::whole(status, body) };
        read(&answer, datetime!(2026-11-21 08:00:10 UTC)).verdict
    }

    fn help(errmsg: &str) -> String {
        match said(200, &format!(r#"{{"errcode":310000,"errmsg":"{errmsg}"}}"#)) {
            Verdict::Misconfigured(help) => help,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_signature_is_that_of_the_known_vectors() {
        assert_eq!(sign(SECRET, 1_700_000_000_004), "ZeaJlNY30xUaF/p+hFzRR5gZ4qFj+i4uxCJUEwchUXQ=");
        assert_eq!(sign("this is secret", 1_700_000_000_000), "sSFWELbV2YwjdDQhWZwTcWlX5BWUx5J6TPpsZmuPii0=");
        assert_eq!(sign(SECRET, 1_700_000_000_000), "bTgY2yDbep+wesS7jKiNj+srsHoADES4+C4f8LCHFtU=");
    }

    #[test]
    fn the_signature_is_encoded_once() {
        let now = OffsetDateTime::from_unix_timestamp_nanos(1_700_000_000_004_999_999).unwrap();
        let sign = "ZeaJlNY30xUaF%2Fp%2BhFzRR5gZ4qFj%2Bi4uxCJUEwchUXQ%3D".to_owned();
        let parameters = vec![("timestamp", "1700000000004".to_owned()), ("sign", sign)];
        assert_eq!(signed(&Revealed::new(SECRET), now), parameters);
    }

    #[test]
    fn hosts_stay_readable_and_markup_does_not() {
        assert_eq!(escape("*.a_b.example"), "\\*.a\\_b.example");
        assert_eq!(escape("[Pay](https://evil.example) @all"), "［Pay］（https：//evil.example） ＠all");
    }

    #[test]
    fn only_the_code_zero_with_a_good_status_is_success() {
        assert_eq!(said(200, r#"{"errcode":0,"errmsg":"ok"}"#), Verdict::Accepted);
        assert_eq!(said(200, r#"{"errcode":"0","errmsg":"ok"}"#), Verdict::Accepted);
        for body in [
            "",
            "{}",
            "[]",
            "null",
            "ok",
            r#"{"errmsg":"ok"}"#,
            r#"{"errcode":null}"#,
            "<html>ok</html>",
            r#"{"errcode":0"#,
        ] {
            assert_eq!(said(200, body), Verdict::Busy(None), "{body}");
        }
        assert_eq!(said(500, r#"{"errcode":0,"errmsg":"ok"}"#), Verdict::Busy(None));
        assert!(matches!(said(302, ""), Verdict::Misconfigured(_)));
        assert!(matches!(said(404, "<html>"), Verdict::Misconfigured(_)));
    }

    #[test]
    fn of_a_token_that_is_not_known_both_causes_are_said() {
        for code in [300_005, 300_001, 400_101] {
            let verdict = said(200, &format!(r#"{{"errcode":{code},"errmsg":"token is not exist"}}"#));
            let Verdict::Misconfigured(help) = verdict else { panic!("{verdict:?}") };
            assert!(help.contains("copy the webhook address again") && help.contains("external group"), "{help}");
        }
    }

    #[test]
    fn each_code_of_the_vendor_has_its_class() {
        let class = |code: i64| said(200, &format!(r#"{{"errcode":{code},"errmsg":"x"}}"#));
        for code in [130_101, 410_100, 450_101, 660_026] {
            assert_eq!(class(code), THROTTLED, "{code}");
        }
        for code in [310_000, 300_005, 300_001, 400_101, 400_013, 400_102, 400_106, 99_999, -7] {
            assert!(matches!(class(code), Verdict::Misconfigured(_)), "{code}");
        }
        for code in [400_105, 40_035, 43_004, 43_002, 460_101, 101_002, 430_101, 430_104] {
            assert!(matches!(class(code), Verdict::Content(_)), "{code}");
        }
        assert_eq!(class(-1), Verdict::Busy(Some(Duration::from_secs(30))));
        // 16:00 in China: eight hours to go.
        assert_eq!(class(90_030), Verdict::Throttled(Duration::from_secs(8 * 3600 - 10)));
        assert_eq!(said(200, r#"{"errcode":5,"errmsg":"send too fast"}"#), THROTTLED);
        let flood = r#"{"status":1111,"wait":5,"source":"x5","punish":"deny"}"#;
        assert_eq!(said(200, flood), Verdict::Throttled(Duration::from_secs(60)));
    }

    #[test]
    fn a_security_setting_is_told_from_the_words_in_both_languages() {
        for words in ["keywords not in content", "description:关键词不匹配;solution:请联系群管理员"] {
            assert!(help(words).contains("`keyword`"), "{words}");
        }
        for words in ["ip 203.0.113.9 not in whitelist", "description:机器人白名单;solution:x"] {
            assert!(help(words).contains("public address"), "{words}");
        }
        for words in ["sign not match", "description:机器人发送签名不匹配;solution:请确认签名和生成签名的时间戳"]
        {
            assert!(help(words).contains("`secret`"), "{words}");
        }
        for words in ["invalid timestamp", "description:机器人发送签名过期;solution:签名生成时间"] {
            assert!(help(words).contains("clock"), "{words}");
        }
    }

    #[test]
    fn a_clock_that_is_off_explains_a_refused_signature() {
        let body = r#"{"errcode":310000,"errmsg":"invalid timestamp"}"#;
        let date = Some(datetime!(2026-11-21 08:00 UTC));
        let answer = Answer { date, ..Answer::whole(200, body) };
        let help = |now| match read(&answer, now).verdict {
            Verdict::Misconfigured(help) => help,
            other => panic!("{other:?}"),
        };
        let late = help(datetime!(2026-11-21 10:05 UTC));
        assert_eq!(late, "this machine's clock is 2 h 5 min ahead of the vendor's: set it right");
        assert!(help(datetime!(2026-11-21 6:59 UTC)).contains("1 h 1 min behind"));
    }
}
