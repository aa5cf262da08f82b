//! Applications of Lark (Feishu): messages to people and to groups.

use std::time::Duration;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::editor::Editor;
use super::exchange::{Access, At, HttpRequest, Method, Payload, Protocol, Session};
use super::lark::Lark;
use super::mention::{is_identifier, mention};
use super::page::{Page, PageFormat};
use super::spec::{MINUTE, SECOND};
use super::table::{CA_FILE, MENTION_WITHIN, PROXY, is_graphic, is_word};
use super::verdict::{self, Answer, Interpretation, Verdict, setup, unprocessable};
use super::{Form, Objection, Role, Spec, Table, TableKey};
use crate::secret::Revealed;

/// One recipient takes 5 messages in a second.
pub(super) static SPEC: Spec = Spec {
    aliases: &["feishu-app"],
    synonyms: &["larkapp", "飞书应用"],
    table: Some(TABLE),
    protocol: Some(&LarkApp),
    editor: Some(&LarkApp),
    limits: &[(4, SECOND), (86, MINUTE)],
    ..Spec::new(Form::Page(&LarkApp))
};

const TABLE: Table = Table::new(&[
    TableKey::optional(
        "base-url",
        Role::Base(Some("https://open.feishu.cn")),
        "The address of the service; of Lark it is https://open.larksuite.com.",
    ),
    TableKey::needed("app-id", Role::Detail("cli_0123456789abcdef"), "The App ID of the application.").checked(
        is_word,
        Objection {
            en: "this is no App ID",
            zh_cn: "不是 App ID",
            ja: "App ID ではありません",
            help: "copy it from Credentials of the application: cli_…",
        },
    ),
    TableKey::needed("app-secret", Role::Token, "The App Secret of the application.").checked(
        is_word,
        Objection {
            en: "this is no App Secret",
            zh_cn: "不是 App Secret",
            ja: "App Secret ではありません",
            help: "copy it from Credentials of the application",
        },
    ),
    TableKey::needed(
        "receive-id",
        Role::Target { is_secret: false },
        "Who is told: a group (`oc_…`) that the bot of the application is in, or a person.",
    )
    .checked(
        is_receiver,
        Objection {
            en: "this is no identifier",
            zh_cn: "不是接收者的 ID",
            ja: "受信者の ID ではありません",
            help: "write that of a group, oc_…, or of a person with `receive-id-type`",
        },
    ),
    TableKey::optional(
        "receive-id-type",
        Role::Detail("chat_id"),
        "What `receive-id` is: `chat_id` without it, or `open_id`, `union_id`, `user_id`, `email`.",
    )
    .checked(
        is_kind,
        Objection {
            en: "this is no kind of identifier",
            zh_cn: "不是 ID 的类型",
            ja: "ID の種類ではありません",
            help: "write chat_id, open_id, union_id, user_id or email",
        },
    ),
    mention(
        "Who is mentioned: the open_id (`ou_…`) of people; `all` for the whole group.",
        is_identifier,
        "write the open_id (`ou_…`) of the person, or `all`",
    ),
    MENTION_WITHIN,
    CA_FILE,
    PROXY,
]);

fn is_receiver(receiver: &str) -> bool {
    !receiver.is_empty() && is_graphic(receiver)
}

fn is_kind(kind: &str) -> bool {
    ["chat_id", "open_id", "union_id", "user_id", "email"].contains(&kind)
}

struct LarkApp;

impl Protocol for LarkApp {
    fn login(&self, access: &Access<'_>) -> Option<HttpRequest> {
        let body = json!({ "app_id": access.detail("app-id"), "app_secret": access.token() });
        Some(HttpRequest::post(
            At::Below("/open-apis/auth/v3/tenant_access_token/internal".to_owned()),
            Vec::new(),
            body,
        ))
    }

    fn session(&self, answer: &Answer) -> Result<Session, Interpretation> {
        let object = verdict::object(answer).unwrap_or_default();
        let token = verdict::text(&object, "tenant_access_token");
        let lasts = verdict::code(&object, "expire").and_then(|seconds| u64::try_from(seconds).ok());
        if verdict::code(&object, "code") == Some(0) && !token.is_empty() && answer.status == 200 {
            return Ok(Session { token: Revealed::new(token), lasts: Duration::from_secs(lasts.unwrap_or_default()) });
        }
        Err(refusal(
            answer,
            &object,
            Some("check `app-id` and `app-secret` of this contact: there is no such application"),
        ))
    }

    /// The service sends a message with the same `uuid` once in an hour.
    fn call(&self, access: &Access<'_>, payload: &Payload<'_>, _now: OffsetDateTime) -> HttpRequest {
        let message = payload.payload;
        let content = message.get("card").or_else(|| message.get("content")).unwrap_or(&Value::Null);
        let content = content.get("post").unwrap_or(content);
        let body = json!({
            "receive_id": access.to(),
            "msg_type": message["msg_type"],
            "content": content.to_string(),
            "uuid": payload.id,
        });
        let kind = Some(access.detail("receive-id-type")).filter(|kind| !kind.is_empty()).unwrap_or("chat_id");
        post(access, &format!("?receive_id_type={kind}"), body)
    }

    fn read(&self, answer: &Answer, _now: OffsetDateTime) -> Interpretation {
        let object = verdict::object(answer).unwrap_or_default();
        match verdict::code(&object, "code") {
            Some(0) => Interpretation::new(answer, verdict::accepted(answer), 0, verdict::text(&object, "msg")),
            _ => refusal(answer, &object, None),
        }
    }

    fn has_ended_session(&self, answer: &Answer) -> bool {
        let code = verdict::object(answer).and_then(|object| verdict::code(&object, "code"));
        matches!(code, Some(99_991_661 | 99_991_663 | 99_991_664 | 99_991_668 | 99_991_671))
    }
}

/// To the messages, or to what stands `below` them.
fn post(access: &Access<'_>, below: &str, body: Value) -> HttpRequest {
    let headers = vec![("Authorization", Revealed::new(format!("Bearer {}", access.session())))];
    HttpRequest::post(At::Below(format!("/open-apis/im/v1/messages{below}")), headers, body)
}

impl Editor for LarkApp {
    /// Of a card: the plainer form is for a service that does not take them.
    fn posted(&self, answer: &Answer) -> Option<String> {
        let object = verdict::object(answer)?;
        let message = object.get("data")?.as_object()?;
        let id = verdict::text(message, "message_id");
        (is_word(id) && verdict::text(message, "msg_type") == "interactive").then(|| id.to_owned())
    }

    fn edit(&self, access: &Access<'_>, id: &str, payload: &Value) -> HttpRequest {
        let body = json!({ "content": payload["card"].to_string() });
        HttpRequest { method: Method::Patch, ..post(access, &format!("/{id}"), body) }
    }

    /// It is recalled or deleted, or older than the 14 days in which the service lets cards be changed.
    fn is_settled(&self, answer: &Answer) -> bool {
        let code = verdict::object(answer).and_then(|object| verdict::code(&object, "code"));
        matches!(code, Some(230_011 | 230_031 | 230_110))
    }

    fn struck(&self, words: &str) -> String {
        format!("~~{words}~~")
    }
}

/// At the login any other code is about the application.
fn refusal(answer: &Answer, object: &Map<String, Value>, at_login: Option<&str>) -> Interpretation {
    const BASE: &str = "check `base-url` of this contact: there is no Lark service";
    let code = verdict::code(object, "code").filter(|code| *code != 0);
    let Some(code) = code else { return Interpretation::from_status(answer, BASE) };
    let verdict = match code {
        99_991_400 => Verdict::Throttled(answer.rate_limit_reset.or(answer.retry_after).unwrap_or(MINUTE)),
        230_020 | 11_232 => Verdict::Busy(Some(answer.retry_after.unwrap_or(SECOND))),
        99_991_661 | 99_991_663 | 99_991_664 | 99_991_668 | 99_991_671 => Verdict::Busy(Some(MINUTE)),
        _ if answer.status == 429 || answer.status >= 500 => Verdict::Busy(answer.retry_after),
        230_002 => setup("add the bot of the application to the group"),
        230_006 => setup("enable the bot of the application, and publish a version of it"),
        230_013 | 230_035 => setup("let the application be used by this person: Availability of its version"),
        230_018 | 230_019 | 230_027 | 99_991_672 | 99_991_679 => {
            setup("give the application the right to send messages: im:message:send_as_bot")
        }
        230_001 | 230_034 => setup("check `receive-id` and `receive-id-type` of this contact"),
        230_022 | 230_025 | 230_028 | 230_099 => unprocessable!("Lark"),
        _ => setup(at_login.unwrap_or("see the vendor's list of error codes")),
    };
    Interpretation::new(answer, verdict, code, verdict::text(object, "msg"))
}

impl PageFormat for LarkApp {
    fn escape(&self) -> fn(&str) -> String {
        Lark.escape()
    }

    fn ink_of_templates(&self) -> fn(&str) -> String {
        Lark.ink_of_templates()
    }

    /// A card can be changed only if it says so from the beginning.
    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        let (mut payload, plainer) = Lark.payload(page);
        payload["card"]["config"]["update_multi"] = Value::Bool(true);
        (payload, plainer)
    }

    fn fits(&self, payload: &Value) -> bool {
        Lark.fits(payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, body: &str) -> Verdict {
        LarkApp.read(&Answer::whole(status, body), OffsetDateTime::UNIX_EPOCH).verdict
    }

    #[test]
    fn only_the_code_zero_with_a_good_status_is_success() {
        assert_eq!(said(200, r#"{"code":0,"msg":"success","data":{"message_id":"om_x"}}"#), Verdict::Accepted);
        for body in ["", "{}", "[0]", r#"{"msg":"success"}"#, "<html>", r#"{"code":true}"#] {
            assert_eq!(said(200, body), Verdict::Busy(None), "{body}");
        }
        assert_eq!(said(502, r#"{"code":0}"#), Verdict::Busy(None));
    }

    #[test]
    fn each_code_has_its_class() {
        for (status, code, word) in [
            (400, 230_002, "to the group"),
            (400, 230_006, "enable the bot"),
            (400, 230_013, "Availability"),
            (400, 230_027, "im:message:send_as_bot"),
            (400, 230_034, "`receive-id`"),
            (400, 12_345, "error codes"),
        ] {
            let verdict = said(status, &format!(r#"{{"code":{code},"msg":"x"}}"#));
            assert!(matches!(&verdict, Verdict::Misconfigured(help) if help.contains(word)), "{code}: {verdict:?}");
        }
        assert_eq!(said(400, r#"{"code":99991400,"msg":"x"}"#), Verdict::Throttled(MINUTE));
        assert_eq!(said(400, r#"{"code":230020,"msg":"x"}"#), Verdict::Busy(Some(SECOND)));
        assert!(matches!(said(400, r#"{"code":230025,"msg":"x"}"#), Verdict::Content(_)));
        assert!(LarkApp.has_ended_session(&Answer::whole(400, r#"{"code":99991663,"msg":"Invalid access token"}"#)));
        assert!(!LarkApp.has_ended_session(&Answer::whole(400, r#"{"code":230002,"msg":"x"}"#)));
    }

    #[test]
    fn a_card_can_be_changed_until_it_is_gone_or_too_old() {
        let posted = |body: &str| LarkApp.posted(&Answer::whole(200, body));
        let taken = |kind| format!(r#"{{"code":0,"data":{{"message_id":"om_x1","msg_type":"{kind}"}}}}"#);
        assert_eq!(posted(&taken("interactive")).as_deref(), Some("om_x1"));
        assert_eq!(posted(&taken("post")), None);
        for body in ["", r#"{"code":0}"#, r#"{"data":{"message_id":"a/b","msg_type":"interactive"}}"#] {
            assert_eq!(posted(body), None, "{body}");
        }
        let is_settled = |code| LarkApp.is_settled(&Answer::whole(400, &format!(r#"{{"code":{code}}}"#)));
        assert!([230_011, 230_031, 230_110].into_iter().all(is_settled) && ![0, 230_001].into_iter().any(is_settled));
    }

    #[test]
    fn a_login_that_fails_is_about_the_application() {
        let login =
            |body| LarkApp.session(&Answer::whole(200, body)).map(|session| session.lasts).map_err(|said| said.verdict);
        let good = r#"{"code":0,"msg":"ok","tenant_access_token":"t-x","expire":7200}"#;
        assert_eq!(login(good), Ok(Duration::from_secs(7200)));
        let wrong = login(r#"{"code":10014,"msg":"app secret invalid"}"#);
        assert!(matches!(wrong, Err(Verdict::Misconfigured(help)) if help.contains("`app-secret`")));
        for body in ["", "{}", r#"{"code":0}"#, r#"{"tenant_access_token":"t"}"#] {
            assert_eq!(login(body), Err(Verdict::Busy(None)), "{body}");
        }
        for kind in ["chat_id", "email"] {
            assert!(is_kind(kind));
        }
        assert!(!is_kind("group") && !is_receiver("a b"));
    }
}
