//! Applications of WeCom: messages to people, not to a group.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::exchange::{Access, At, HttpRequest, Method, Payload, Protocol, Session};
use super::page::{Page, PageFormat};
use super::spec::MINUTE;
use super::table::{CA_FILE, PROXY, is_word};
use super::verdict::{self, Answer, Interpretation, Verdict, setup, unprocessable};
use super::wecom::WeCom;
use super::{Choice, Form, Objection, Role, Spec, Table, TableKey};
use crate::secret::Revealed;

/// A member takes 30 messages of an application in a minute.
pub(super) static SPEC: Spec = Spec {
    synonyms: &["wecomapp", "wechat-app", "wework-app", "企业微信应用"],
    table: Some(TABLE),
    protocol: Some(&WeComApp),
    limits: &[(25, MINUTE)],
    ..Spec::new(Form::Page(&WeComApp))
};

const TABLE: Table = Table {
    choice: Some(Choice {
        of: &RECIPIENTS,
        is_one_alone: false,
        message: "names no one to tell",
        help: "write touser = \"zhangsan|lisi\" with identifiers of members, \"@all\" for all, or `toparty` or `totag`",
    }),
    ..Table::new(&[
        TableKey::optional("base-url", Role::Base(Some("https://qyapi.weixin.qq.com")), "The address of the service."),
        TableKey::needed("corpid", Role::Detail("ww0123456789abcdef"), "The identifier of the organization.").checked(
            is_word,
            Objection {
                en: "this is no identifier of an organization",
                zh_cn: "不是企业 ID",
                ja: "企業 ID ではありません",
                help: "copy it from My Company: ww…",
            },
        ),
        TableKey::needed("agentid", Role::Detail("1000002"), "The number of the application.").checked(
            is_agent,
            Objection {
                en: "this is no number of an application",
                zh_cn: "不是应用的 AgentId",
                ja: "アプリケーションの AgentId ではありません",
                help: "copy the AgentId from the page of the application",
            },
        ),
        TableKey::needed("secret", Role::Token, "The secret of the application.").checked(
            is_word,
            Objection {
                en: "this is no secret of an application",
                zh_cn: "不是应用的 Secret",
                ja: "アプリケーションの Secret ではありません",
                help: "copy it from the page of the application",
            },
        ),
        TableKey::optional("touser", Role::Detail("zhangsan|lisi"), "Identifiers of members with `|`, or `@all`.")
            .checked(are_ids, NO_IDENTIFIERS),
        TableKey::optional("toparty", Role::Detail("1|2"), "Numbers of departments with `|`.")
            .checked(are_ids, NO_IDENTIFIERS),
        TableKey::optional("totag", Role::Detail("1|2"), "Numbers of tags with `|`.").checked(are_ids, NO_IDENTIFIERS),
        CA_FILE,
        PROXY,
    ])
};

const RECIPIENTS: [&str; 3] = ["touser", "toparty", "totag"];

fn is_agent(agent: &str) -> bool {
    agent.parse::<u32>().is_ok()
}

const NO_IDENTIFIERS: Objection = Objection {
    en: "these are no identifiers",
    zh_cn: "不是以竖线分隔的 ID",
    ja: "縦棒で区切った ID ではありません",
    help: "write them with | between them, as \"zhangsan|lisi\"",
};

fn are_ids(ids: &str) -> bool {
    let is_id = |id: &str| !id.is_empty() && !id.contains(|c: char| c.is_whitespace() || c.is_control() || c == ',');
    ids.split('|').all(is_id)
}

struct WeComApp;

impl Protocol for WeComApp {
    fn login(&self, access: &Access<'_>) -> Option<HttpRequest> {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let (corp, secret) = (encoded(access.detail("corpid")), encoded(access.token()));
        let at = At::Below(format!("/cgi-bin/gettoken?corpid={corp}&corpsecret={secret}"));
        Some(HttpRequest { method: Method::Get, ..HttpRequest::post(at, Vec::new(), Value::Null) })
    }

    fn session(&self, answer: &Answer) -> Result<Session, Interpretation> {
        let object = verdict::object(answer).unwrap_or_default();
        let token = verdict::text(&object, "access_token");
        let lasts = verdict::code(&object, "expires_in").and_then(|seconds| u64::try_from(seconds).ok());
        if verdict::code(&object, "errcode") == Some(0) && !token.is_empty() && answer.status == 200 {
            return Ok(Session { token: Revealed::new(token), lasts: Duration::from_secs(lasts.unwrap_or_default()) });
        }
        Err(refusal(answer, &object))
    }

    fn call(&self, access: &Access<'_>, payload: &Payload<'_>, _now: OffsetDateTime) -> HttpRequest {
        let mut body = payload.payload.clone();
        if let Value::Object(fields) = &mut body {
            for key in RECIPIENTS.into_iter().filter(|key| !access.detail(key).is_empty()) {
                fields.insert(key.to_owned(), Value::from(access.detail(key)));
            }
            let agent = access.detail("agentid").parse::<u32>().unwrap_or_default();
            fields.insert("agentid".to_owned(), Value::from(agent));
        }
        let token = utf8_percent_encode(access.session(), NON_ALPHANUMERIC);
        HttpRequest::post(At::Below(format!("/cgi-bin/message/send?access_token={token}")), Vec::new(), body)
    }

    fn read(&self, answer: &Answer, _now: OffsetDateTime) -> Interpretation {
        let object = verdict::object(answer).unwrap_or_default();
        match verdict::code(&object, "errcode") {
            Some(0) => Interpretation::new(answer, verdict::accepted(answer), 0, verdict::text(&object, "errmsg")),
            _ => refusal(answer, &object),
        }
    }

    fn has_ended_session(&self, answer: &Answer) -> bool {
        let code = verdict::object(answer).and_then(|object| verdict::code(&object, "errcode"));
        matches!(code, Some(40_014 | 42_001))
    }

    /// Of several recipients, some may be none: the others have the message.
    fn remark(&self, answer: &Answer) -> Option<(String, String)> {
        let object = verdict::object(answer)?;
        let unknown = ["invaliduser", "invalidparty", "invalidtag", "unlicenseduser"];
        let unknown: Vec<&str> =
            unknown.into_iter().map(|field| verdict::text(&object, field)).filter(|ids| !ids.is_empty()).collect();
        let help = "check `touser`, `toparty` and `totag` of this contact, and whom the application may be seen by";
        (!unknown.is_empty()).then(|| (format!("WeCom did not tell {}", unknown.join("|")), help.to_owned()))
    }
}

fn refusal(answer: &Answer, object: &Map<String, Value>) -> Interpretation {
    const BASE: &str = "check `base-url` of this contact: there is no WeCom service";
    let code = verdict::code(object, "errcode").filter(|code| *code != 0);
    let Some(code) = code else { return Interpretation::from_status(answer, BASE) };
    let verdict = match code {
        -1 | 6_000 => Verdict::Busy(None),
        45_009 => Verdict::Throttled(Duration::from_secs(65)),
        40_014 | 42_001 | 45_033 => Verdict::Busy(Some(Duration::from_secs(5))),
        40_001 | 40_091 => setup("check `secret` of this contact: it is none of this organization's applications"),
        40_013 => setup("check `corpid` of this contact: there is no such organization"),
        40_056 | 301_002 | 48_002 => setup("check `agentid` of this contact: `secret` is that of another application"),
        60_020 => setup("add this machine's public address to the trusted addresses of the application"),
        40_003 | 60_011 | 60_111 | 81_013 => {
            setup("check `touser`, `toparty` and `totag` of this contact, and whom the application may be seen by")
        }
        40_008 | 40_033 | 40_035 | 40_058 | 40_063..=40_069 | 44_004 | 82_004 => unprocessable!("WeCom"),
        _ => setup("see the vendor's list of error codes"),
    };
    Interpretation::new(answer, verdict, code, verdict::text(object, "errmsg"))
}

/// Of the content in bytes; an application's is half as long as a robot's: 2048.
const BUDGET: usize = 1_950;

impl PageFormat for WeComApp {
    fn escape(&self) -> fn(&str) -> String {
        WeCom.escape()
    }

    fn is_for_phones(&self) -> bool {
        true
    }

    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        WeCom.payload(page)
    }

    fn fits(&self, payload: &Value) -> bool {
        payload["markdown"]["content"].as_str().is_some_and(|content| content.len() <= BUDGET)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, body: &str) -> Verdict {
        WeComApp.read(&Answer::whole(status, body), OffsetDateTime::UNIX_EPOCH).verdict
    }

    #[test]
    fn only_the_code_zero_with_a_good_status_is_success() {
        assert_eq!(said(200, r#"{"errcode":0,"errmsg":"ok","msgid":"x"}"#), Verdict::Accepted);
        for body in ["", "{}", "[0]", r#"{"errmsg":"ok"}"#, "<html>", r#"{"errcode":true}"#] {
            assert_eq!(said(200, body), Verdict::Busy(None), "{body}");
        }
        assert_eq!(said(502, r#"{"errcode":0}"#), Verdict::Busy(None));
    }

    #[test]
    fn each_code_has_its_class_at_the_login_and_afterwards() {
        for (code, word) in [
            (40_001, "`secret`"),
            (40_013, "`corpid`"),
            (40_056, "`agentid`"),
            (60_020, "public address"),
            (81_013, "`touser`"),
            (12_345, "error codes"),
        ] {
            let body = format!(r#"{{"errcode":{code},"errmsg":"x"}}"#);
            let login = WeComApp.session(&Answer::whole(200, &body)).map(|_| ()).map_err(|said| said.verdict);
            for verdict in [said(200, &body), login.unwrap_err()] {
                assert!(matches!(&verdict, Verdict::Misconfigured(help) if help.contains(word)), "{code}: {verdict:?}");
            }
        }
        assert_eq!(said(200, r#"{"errcode":45009,"errmsg":"x"}"#), Verdict::Throttled(Duration::from_secs(65)));
        assert!(matches!(said(200, r#"{"errcode":40058,"errmsg":"x"}"#), Verdict::Content(_)));
        for code in [40_014, 42_001] {
            assert!(WeComApp.has_ended_session(&Answer::whole(200, &format!(r#"{{"errcode":{code}}}"#))));
        }
        assert!(!WeComApp.has_ended_session(&Answer::whole(200, r#"{"errcode":40001}"#)));
        for body in [r#"{"errcode":0}"#, r#"{"access_token":"x"}"#, "{}", ""] {
            assert!(WeComApp.session(&Answer::whole(200, body)).is_err(), "{body}");
        }
    }

    #[test]
    fn recipients_that_were_not_told_are_remarked() {
        let some = Answer::whole(
            200,
            r#"{"errcode":0,"errmsg":"ok","invaliduser":"wangwu","invalidparty":"","invalidtag":"9"}"#,
        );
        assert!(WeComApp.remark(&some).is_some_and(|(what, _)| what == "WeCom did not tell wangwu|9"));
        assert_eq!(WeComApp.remark(&Answer::whole(200, r#"{"errcode":0,"errmsg":"ok"}"#)), None);
        let choice = TABLE.choice.unwrap();
        assert!(choice.objection(|_| false).is_some() && choice.objection(|key| key != "touser").is_none());
        assert!(are_ids("@all") && are_ids("zhangsan|lisi"));
        for ids in ["", "a|", "a, b", "a b"] {
            assert!(!are_ids(ids), "{ids}");
        }
    }
}
