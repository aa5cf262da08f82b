//! Issues of a GitLab project, on gitlab.com or a server of one's own.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::exchange::{Access, At, HttpRequest, Method};
use super::markdown;
use super::page::{Page, PageFormat};
use super::spec::MINUTE;
use super::table::{CA_FILE, PROXY};
use super::tracker::{self, LABELS, Order, TOO_ODD, Ticket, Tracker};
use super::verdict::{self, Answer, Interpretation, setup};
use super::{Form, Objection, Role, Spec, Table, TableKey};
use crate::secret::Revealed;

/// Comments of one user are counted: 60 in a minute.
pub(super) static SPEC: Spec = Spec {
    synonyms: &["gitlab-issues", "gitlab-issue"],
    table: Some(TABLE),
    protocol: Some(&GitLab),
    tracker: Some(&GitLab),
    limits: &[(50, MINUTE)],
    ..Spec::new(Form::Tickets(&GitLab))
};

const TABLE: Table = Table::new(&[
    TableKey::optional(
        "base-url",
        Role::Base(Some("https://gitlab.com")),
        "The address of the server, where it is one of your own.",
    ),
    TableKey::needed("token", Role::Token, "A token of the project with the role Reporter and the scope `api`.")
        .checked(
            tracker::is_token,
            tracker::no_token(
                "make one in the project: Settings, Access tokens, with the role Reporter and the scope api",
            ),
        ),
    TableKey::needed("project", Role::Target { is_secret: false }, "The project, as `group/name`, or its number.")
        .checked(
            is_project,
            Objection {
                en: "this is no project",
                zh_cn: "不是项目的路径或编号",
                ja: "プロジェクトのパスでも番号でもありません",
                help: "write `group/name` as in its address, or its number",
            },
        ),
    LABELS,
    CA_FILE,
    PROXY,
]);

fn is_project(project: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty() && part.chars().all(|character| character.is_alphanumeric() || "-_.".contains(character))
    };
    let is_number = project.bytes().all(|byte| byte.is_ascii_digit());
    project.split('/').all(is_part) && (is_number || project.contains('/'))
}

struct GitLab;

impl GitLab {
    fn headers(access: &Access<'_>) -> Vec<(&'static str, Revealed)> {
        vec![("PRIVATE-TOKEN", Revealed::new(access.token()))]
    }

    fn at(access: &Access<'_>, path: &str) -> At {
        let project = utf8_percent_encode(access.to(), NON_ALPHANUMERIC);
        At::Below(format!("/api/v4/projects/{project}/issues{path}"))
    }

    fn post(access: &Access<'_>, path: &str, body: Value) -> HttpRequest {
        HttpRequest::post(Self::at(access, path), Self::headers(access), body)
    }
}

impl Tracker for GitLab {
    fn read(&self, answer: &Answer) -> Interpretation {
        read(answer)
    }

    fn searches(&self, access: &Access<'_>, key: &str) -> Vec<HttpRequest> {
        let key = utf8_percent_encode(key, NON_ALPHANUMERIC);
        let path = format!("?search={key}&in=description&scope=all&order_by=created_at&sort=asc&per_page=10");
        vec![HttpRequest::get(Self::at(access, &path), Self::headers(access))]
    }

    fn found(&self, answer: &Answer, key: &str) -> Result<Option<Ticket>, Interpretation> {
        let body: Option<Value> = serde_json::from_slice(&answer.body).ok().filter(|_| answer.is_whole);
        let (Some(Value::Array(issues)), 200) = (body, answer.status) else { return Err(read(answer)) };
        let is_it = |issue: &Value| issue["description"].as_str().is_some_and(|text| text.contains(key));
        Ok(tracker::oldest(Some(&issues), "iid", is_it).and_then(ticket))
    }

    fn open(&self, access: &Access<'_>, order: &Order<'_>) -> HttpRequest {
        let description = format!("{}\n\n`{}`", order.text, order.key);
        let labels = tracker::labels(access).join(",");
        Self::post(access, "", json!({ "title": order.title, "description": description, "labels": labels }))
    }

    fn opened(&self, answer: &Answer) -> Option<Ticket> {
        ticket(&Value::Object(verdict::object(answer)?))
    }

    fn comment(&self, access: &Access<'_>, ticket: &Ticket, text: &str) -> HttpRequest {
        Self::post(access, &format!("/{}/notes", ticket.id), json!({ "body": text }))
    }

    fn set_open(
        &self,
        access: &Access<'_>,
        ticket: &Ticket,
        is_open: bool,
        _steps: Option<&Answer>,
    ) -> Option<HttpRequest> {
        let event = if is_open { "reopen" } else { "close" };
        let call = Self::post(access, &format!("/{}", ticket.id), json!({ "state_event": event }));
        Some(HttpRequest { method: Method::Put, ..call })
    }
}

fn ticket(issue: &Value) -> Option<Ticket> {
    Some(Ticket { id: issue["iid"].as_u64()?.to_string(), is_open: issue["state"] == "opened" })
}

/// What was made or changed has a number; a refusal has a message, an error or both, of several forms.
fn read(answer: &Answer) -> Interpretation {
    const BASE: &str = "check `base-url` of this contact: there is no GitLab server";
    if let Some(throttled) = tracker::throttled(answer) {
        return throttled;
    }
    let Some(object) = verdict::object(answer) else { return Interpretation::from_status(answer, BASE) };
    if let Some(taken) = tracker::taken(answer, &object, "iid") {
        return taken;
    }
    let part = |field: &str| match object.get(field) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let said = [part("message"), part("error"), part("error_description")];
    let said = said.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ");
    let verdict = match answer.status {
        401 => setup("check `token` of this contact: the server does not know it, or it has expired"),
        403 => setup("give the token the scope `api` and the role Reporter in the project"),
        404 => setup("check `project` of this contact, that the token may see it, and that it has issues"),
        400 | 413 | 422 => TOO_ODD,
        _ => return Interpretation::from_status(answer, BASE),
    };
    Interpretation::new(answer, verdict, i64::from(answer.status), &said)
}

impl PageFormat for GitLab {
    fn escape(&self) -> fn(&str) -> String {
        escape
    }

    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        (json!({ "text": markdown::with_hard_breaks(&markdown::text(page, "**", &[])) }), None)
    }

    fn fits(&self, payload: &Value) -> bool {
        tracker::fits(payload)
    }
}

/// A line that begins with a slash is a command here; percent and circumflex refer to milestones and alerts.
fn escape(text: &str) -> String {
    let text = tracker::escape(text);
    if text.starts_with('`') {
        return text;
    }
    let text = text.replace('%', "％").replace('^', "＾");
    text.strip_prefix('/').map_or_else(|| text.clone(), |rest| format!("／{rest}"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::verdict::Verdict;
    use super::*;

    fn said(status: u16, body: &str) -> Verdict {
        read(&Answer::whole(status, body)).verdict
    }

    #[test]
    fn only_a_number_is_success() {
        assert_eq!(said(201, r#"{"iid":7,"state":"opened"}"#), Verdict::Accepted);
        for body in ["", "{}", "[]", "<html>", r#"{"message":"ok"}"#] {
            assert_eq!(said(201, body), Verdict::Busy(None), "{body}");
        }
    }

    #[test]
    fn each_refusal_says_what_to_mend_whatever_its_form() {
        for (status, body, word) in [
            (401, r#"{"message":"401 Unauthorized"}"#, "`token`"),
            (403, r#"{"error":"insufficient_scope","error_description":"x","scope":"api"}"#, "scope"),
            (403, r#"{"message":"403 Forbidden"}"#, "Reporter"),
            (404, r#"{"message":"404 Project Not Found"}"#, "`project`"),
            (404, r#"{"error":"404 Not Found"}"#, "`project`"),
        ] {
            assert!(matches!(said(status, body), Verdict::Misconfigured(help) if help.contains(word)), "{body}");
        }
        assert_eq!(said(400, r#"{"message":{"title":["is too long"]}}"#), TOO_ODD);
        let late = Answer { retry_after: Some(Duration::from_secs(9)), ..Answer::whole(429, "Retry later") };
        assert_eq!(read(&late).verdict, Verdict::Throttled(Duration::from_secs(9)));
        assert_eq!(said(429, "Retry later"), Verdict::Busy(None));
    }

    #[test]
    fn keys_have_their_forms() {
        for project in ["group/name", "group/sub/name.x", "4711"] {
            assert!(is_project(project), "{project}");
        }
        for project in ["", "name", "/name", "group/", "https://gitlab.com/a/b", "a b/c"] {
            assert!(!is_project(project), "{project}");
        }
    }

    #[test]
    fn commands_and_references_are_words() {
        assert_eq!(escape("/close this"), "／close this");
        assert_eq!(escape("%1 ^alert !2 ~bug &3"), "％1 ＾alert ！2 ～bug ＆3");
        assert_eq!(escape("/close"), "`/close`");
    }
}
