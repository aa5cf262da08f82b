//! Issues of a Jira project, of Jira Cloud and of Data Center.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::exchange::{Access, At, HttpRequest};
use super::page::{Page, PageFormat};
use super::plain;
use super::spec::MINUTE;
use super::table::{CA_FILE, PROXY, is_email};
use super::tracker::{self, Order, TOO_ODD, Ticket, Tracker};
use super::verdict::{self, Answer, Interpretation, Verdict, setup};
use super::{Form, Objection, Role, Spec, Table, TableKey};
use crate::secret::Revealed;

pub(super) static SPEC: Spec = Spec {
    synonyms: &["atlassian", "jira-cloud"],
    table: Some(TABLE),
    protocol: Some(&Jira),
    tracker: Some(&Jira),
    limits: &[(50, MINUTE)],
    ..Spec::new(Form::Tickets(&Jira))
};

const TABLE: Table = Table::new(&[
    TableKey::needed("base-url", Role::Base(None), "The address of Jira: in the cloud https://SITE.atlassian.net."),
    TableKey::optional(
        "email",
        Role::Detail("certs@example.com"),
        "The e-mail address of the account, in the cloud only: a token of Data Center needs none.",
    )
    .checked(
        is_email,
        Objection {
            en: "this is no e-mail address",
            zh_cn: "不是邮件地址",
            ja: "メールアドレスではありません",
            help: "write the address by which the account of the token logs in; leave it out for Data Center",
        },
    ),
    TableKey::needed("token", Role::Token, "An API token of the cloud, or a personal access token of Data Center.")
        .checked(
            tracker::is_token,
            tracker::no_token(
                "make one: in the cloud at id.atlassian.com, Security, API tokens; in Data Center in the profile",
            ),
        ),
    TableKey::needed("project", Role::Target { is_secret: false }, "The key of the project, as `OPS`.").checked(
        is_project,
        Objection {
            en: "this is no key of a project",
            zh_cn: "不是项目的标识",
            ja: "プロジェクトキーではありません",
            help: "write what stands before the number of its issues: OPS",
        },
    ),
    TableKey::optional("issue-type", Role::Detail("Task"), "The kind of a new issue, `Task` without it.")
        .checked(is_name, NO_NAME),
    TableKey::optional(
        "close",
        Role::Detail("Done"),
        "The step by which an issue is closed; without it the first one to a status of the category Done.",
    )
    .checked(is_name, NO_NAME),
    TableKey::optional("labels", Role::Detail("certificates, ops"), "Labels of a new issue, with commas.").checked(
        are_labels,
        Objection {
            en: "these are no labels: one has no spaces",
            zh_cn: "不是标签：标签不能含有空格",
            ja: "ラベルではありません。ラベルに空白は使えません",
            help: "write them with commas, as \"certificates, ops\"",
        },
    ),
    CA_FILE,
    PROXY,
]);

fn is_project(key: &str) -> bool {
    key.starts_with(|first: char| first.is_ascii_alphabetic())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

const NO_NAME: Objection = Objection {
    en: "this is no name",
    zh_cn: "不是名称",
    ja: "名前ではありません",
    help: "write it as the project shows it",
};

fn is_name(name: &str) -> bool {
    const LONGEST: usize = 60;
    !name.trim().is_empty() && name.chars().count() <= LONGEST && !name.contains(char::is_control)
}

fn are_labels(labels: &str) -> bool {
    let is_label = |label: &str| !label.is_empty() && !label.contains(char::is_whitespace) && label.len() <= 255;
    labels.split(',').map(str::trim).all(is_label)
}

struct Jira;

impl Jira {
    fn is_cloud(access: &Access<'_>) -> bool {
        !access.detail("email").is_empty()
    }

    fn headers(access: &Access<'_>) -> Vec<(&'static str, Revealed)> {
        let login = || BASE64.encode(format!("{}:{}", access.detail("email"), access.token()));
        let authorization =
            if Self::is_cloud(access) { format!("Basic {}", login()) } else { format!("Bearer {}", access.token()) };
        // Without it Data Center takes a program for a browser.
        vec![
            ("Authorization", Revealed::new(authorization)),
            ("Accept", Revealed::new("application/json")),
            ("X-Atlassian-Token", Revealed::new("no-check")),
        ]
    }

    fn get(access: &Access<'_>, path: &str) -> HttpRequest {
        HttpRequest::get(At::Below(format!("/rest/api/2{path}")), Self::headers(access))
    }

    fn post(access: &Access<'_>, path: &str, body: Value) -> HttpRequest {
        HttpRequest::post(At::Below(format!("/rest/api/2{path}")), Self::headers(access), body)
    }
}

/// A label has no slash in searches.
fn label(key: &str) -> String {
    key.replace('/', "-")
}

impl Tracker for Jira {
    fn read(&self, answer: &Answer) -> Interpretation {
        read(answer)
    }

    /// The cloud has another search than Data Center.
    fn searches(&self, access: &Access<'_>, key: &str) -> Vec<HttpRequest> {
        let query = format!("project = \"{}\" AND labels = \"{}\" ORDER BY created ASC", access.to(), label(key));
        let query = utf8_percent_encode(&query, NON_ALPHANUMERIC);
        let path = if Self::is_cloud(access) { "/search/jql" } else { "/search" };
        vec![Self::get(access, &format!("{path}?jql={query}&fields=status&maxResults=5"))]
    }

    fn found(&self, answer: &Answer, _key: &str) -> Result<Option<Ticket>, Interpretation> {
        let object = verdict::object(answer).filter(|_| answer.status == 200);
        let issues = object.as_ref().and_then(|object| object.get("issues")?.as_array());
        let Some(issues) = issues else { return Err(read(answer)) };
        let ticket = |issue: &Value| {
            let is_open = issue["fields"]["status"]["statusCategory"]["key"] != "done";
            Some(Ticket { id: issue["key"].as_str()?.to_owned(), is_open })
        };
        Ok(issues.iter().find_map(ticket))
    }

    fn open(&self, access: &Access<'_>, order: &Order<'_>) -> HttpRequest {
        let kind = Some(access.detail("issue-type")).filter(|kind| !kind.is_empty()).unwrap_or("Task");
        let labels: Vec<String> = [label(order.key)].into_iter().chain(tracker::labels(access)).collect();
        let fields = json!({
            "project": { "key": access.to() },
            "issuetype": { "name": kind },
            "summary": order.title,
            "description": order.text,
            "labels": labels,
        });
        Self::post(access, "/issue", json!({ "fields": fields }))
    }

    fn opened(&self, answer: &Answer) -> Option<Ticket> {
        Some(Ticket { id: verdict::text(&verdict::object(answer)?, "key").to_owned(), is_open: true })
    }

    fn comment(&self, access: &Access<'_>, ticket: &Ticket, text: &str) -> HttpRequest {
        Self::post(access, &format!("/issue/{}/comment", ticket.id), json!({ "body": text }))
    }

    fn steps(&self, access: &Access<'_>, ticket: &Ticket) -> Option<HttpRequest> {
        Some(Self::get(access, &format!("/issue/{}/transitions", ticket.id)))
    }

    fn set_open(
        &self,
        access: &Access<'_>,
        ticket: &Ticket,
        is_open: bool,
        steps: Option<&Answer>,
    ) -> Option<HttpRequest> {
        let object = verdict::object(steps?)?;
        let steps = object.get("transitions")?.as_array()?;
        let wanted = Some(access.detail("close")).filter(|close| !close.is_empty() && !is_open);
        let leads = |step: &&Value| match wanted {
            Some(name) => [&step["name"], &step["to"]["name"]]
                .into_iter()
                .any(|known| known.as_str().is_some_and(|known| known.eq_ignore_ascii_case(name))),
            None => (step["to"]["statusCategory"]["key"] == "done") != is_open,
        };
        let id = steps.iter().find(leads)?["id"].as_str()?.to_owned();
        let body = json!({ "transition": { "id": id } });
        Some(Self::post(access, &format!("/issue/{}/transitions", ticket.id), body))
    }

    fn help_to_close(&self) -> &'static str {
        "close it by hand, and name the step that closes issues of this kind in `close` of this contact"
    }
}

/// What was made has a key or an identifier, a step has an empty answer; a refusal has messages, and errors by field.
fn read(answer: &Answer) -> Interpretation {
    const BASE: &str = "check `base-url` of this contact: there is no Jira";
    let done = |said: String| Interpretation { verdict: Verdict::Accepted, said };
    if answer.status == 204 {
        return done("done".to_owned());
    }
    if let Some(throttled) = tracker::throttled(answer) {
        return throttled;
    }
    let object = verdict::object(answer);
    let text = |field: &str| object.as_ref().map(|object| verdict::text(object, field)).unwrap_or_default();
    let taken = [text("key"), text("id")].into_iter().find(|id| !id.is_empty());
    if let (Some(id), 200 | 201) = (taken, answer.status) {
        return done(format!("taken as {id}"));
    }
    let messages = object.as_ref().and_then(|object| object.get("errorMessages")?.as_array());
    let messages = messages.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    let errors = object.as_ref().and_then(|object| object.get("errors")?.as_object());
    let errors_in_words = errors.into_iter().flatten().map(|(field, said)| format!("{field}: {said}"));
    let said = messages.chain(errors_in_words).chain([text("message").to_owned()]);
    let said = said.filter(|said| !said.is_empty()).collect::<Vec<_>>().join("; ");
    let concerns = |field: &str| errors.is_some_and(|errors| errors.contains_key(field));
    let verdict = match answer.status {
        401 => setup("check `token` of this contact, and `email`: the cloud needs it, Data Center must have none"),
        403 => setup("give the account the permissions Browse, Create, Comment and Transition in the project"),
        400 if concerns("issuetype") => setup("write in `issue-type` of this contact a kind that the project has"),
        400 if concerns("labels") => setup("put the field Labels on the screen by which issues are created"),
        400 if concerns("project") || said.contains("'project'") => {
            setup("check `project` of this contact, and that the account may see it and create issues there")
        }
        400 if concerns("summary") || concerns("description") => TOO_ODD,
        400 if errors.is_some_and(|errors| !errors.is_empty()) => {
            setup("the project asks for fields that certnotify does not know: let an `issue-type` do without them")
        }
        404 => setup("check `base-url` and `project` of this contact, and that the account may see the project"),
        400 | 413 => TOO_ODD,
        _ => return Interpretation::from_status(answer, BASE),
    };
    Interpretation::new(answer, verdict, i64::from(answer.status), &said)
}

/// Between two of these nothing is markup.
const VERBATIM: &str = "{noformat}";

impl PageFormat for Jira {
    fn escape(&self) -> fn(&str) -> String {
        escape
    }

    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        let text = escape_markup(&format!("{}\n\n{}", page.title, plain::text(page)));
        (json!({ "text": format!("{VERBATIM}\n{text}\n{VERBATIM}") }), None)
    }

    fn fits(&self, payload: &Value) -> bool {
        tracker::fits(payload)
    }
}

fn escape(text: &str) -> String {
    escape_markup(&plain::escape(text))
}

/// A mention is found there as well.
fn escape_markup(text: &str) -> String {
    text.replace('{', "｛").replace('[', "［")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn said(status: u16, body: &str) -> Verdict {
        read(&Answer::whole(status, body)).verdict
    }

    #[test]
    fn only_a_key_or_an_empty_answer_to_a_step_is_success() {
        assert_eq!(said(201, r#"{"id":"10000","key":"OPS-24"}"#), Verdict::Accepted);
        assert_eq!(said(204, ""), Verdict::Accepted);
        for body in ["", "{}", "[]", "<html>", r#"{"message":"ok"}"#] {
            assert_eq!(said(201, body), Verdict::Busy(None), "{body}");
        }
    }

    #[test]
    fn each_refusal_says_what_to_mend() {
        for (status, body, word) in [
            (401, "", "`token`"),
            (403, r#"{"errorMessages":["x"],"errors":{}}"#, "permissions"),
            (400, r#"{"errorMessages":[],"errors":{"issuetype":"Specify a valid issue type"}}"#, "`issue-type`"),
            (400, r#"{"errorMessages":[],"errors":{"labels":"Field 'labels' cannot be set."}}"#, "Labels"),
            (400, r#"{"errorMessages":[],"errors":{"project":"valid project is required"}}"#, "`project`"),
            (400, r#"{"errorMessages":["The value 'X' does not exist for the field 'project'."]}"#, "`project`"),
            (400, r#"{"errorMessages":[],"errors":{"customfield_1":"Team is required."}}"#, "fields"),
            (404, "{}", "`base-url`"),
        ] {
            let verdict = said(status, body);
            assert!(matches!(&verdict, Verdict::Misconfigured(help) if help.contains(word)), "{body}: {verdict:?}");
        }
        assert_eq!(said(400, r#"{"errorMessages":[],"errors":{"summary":"too long"}}"#), TOO_ODD);
        let late = Answer { retry_after: Some(Duration::from_secs(9)), ..Answer::whole(429, "") };
        assert_eq!(read(&late).verdict, Verdict::Throttled(Duration::from_secs(9)));
    }

    #[test]
    fn keys_have_their_forms() {
        assert!(is_project("OPS") && is_project("A1_B"));
        for key in ["", "1A", "OPS-1", "O P", "O\" OR 1"] {
            assert!(!is_project(key), "{key}");
        }
        assert!(are_labels("a, b") && !are_labels("a b"));
        assert!(is_name("In Progress") && !is_name(" "));
    }

    #[test]
    fn no_text_ends_the_part_without_markup() {
        assert_eq!(escape("{noformat}{code} [~admin] h1. x"), "｛noformat}｛code} ［~admin] h1. x");
    }
}
