//! Issues of a GitHub repository, on github.com or a server of one's own.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::exchange::{Access, At, HttpRequest, Method};
use super::markdown;
use super::page::{Page, PageFormat};
use super::spec::MINUTE;
use super::table::{CA_FILE, PROXY, is_word};
use super::tracker::{self, LABELS, Order, TOO_ODD, Ticket, Tracker};
use super::verdict::{self, Answer, Interpretation, Verdict, setup};
use super::{Form, Objection, Role, Spec, Table, TableKey};
use crate::address::Url;
use crate::secret::Revealed;

/// Searches are counted: 30 in a minute.
pub(super) static SPEC: Spec = Spec {
    synonyms: &["github-issues", "github-issue"],
    table: Some(TABLE),
    protocol: Some(&GitHub),
    tracker: Some(&GitHub),
    limits: &[(20, MINUTE)],
    ..Spec::new(Form::Tickets(&GitHub))
};

const TABLE: Table = Table {
    refused_addresses: &[(
        is_site,
        Objection {
            en: "this is where people read, and not the API",
            zh_cn: "是网站地址，不是 API 地址",
            ja: "ウェブサイトのもので、API のものではありません",
            help: "leave `base-url` out for github.com; for a server of your own write https://HOST/api/v3",
        },
    )],
    ..Table::new(&[
        TableKey::optional(
            "base-url",
            Role::Base(Some("https://api.github.com")),
            "The address of the API: of a server of one's own https://HOST/api/v3.",
        ),
        TableKey::needed("token", Role::Token, "A token that may read and write issues of the repository.").checked(
            tracker::is_token,
            tracker::no_token(
                "make a fine-grained personal access token for the repository, with Issues: Read and write",
            ),
        ),
        TableKey::needed("repository", Role::Target { is_secret: false }, "The repository, as `owner/name`.").checked(
            is_repository,
            Objection {
                en: "this is no repository",
                zh_cn: "不是仓库的名称",
                ja: "リポジトリの名前ではありません",
                help: "write `owner/name`, without https://github.com/",
            },
        ),
        LABELS,
        CA_FILE,
        PROXY,
    ])
};

fn is_repository(repository: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    repository.split_once('/').is_some_and(|(owner, name)| is_word(owner) && is_name(name) && !name.starts_with(".."))
}

/// The API of a server of one's own is below a path; that of a company at ghe.com has a host of its own.
fn is_site(address: &Url<'_>) -> bool {
    matches!(address.host.to_ascii_lowercase().as_str(), "github.com" | "www.github.com")
}

struct GitHub;

impl GitHub {
    fn headers(access: &Access<'_>) -> Vec<(&'static str, Revealed)> {
        vec![
            ("Authorization", Revealed::new(format!("Bearer {}", access.token()))),
            ("Accept", Revealed::new("application/vnd.github+json")),
            ("X-GitHub-Api-Version", Revealed::new("2022-11-28")),
        ]
    }

    fn post(access: &Access<'_>, path: &str, body: Value) -> HttpRequest {
        let at = At::Below(format!("/repos/{}/issues{path}", access.to()));
        HttpRequest::post(at, Self::headers(access), body)
    }
}

impl Tracker for GitHub {
    fn read(&self, answer: &Answer) -> Interpretation {
        read(answer)
    }

    /// The index of the search is a little late: the newest issues are looked through as well.
    fn searches(&self, access: &Access<'_>, key: &str) -> Vec<HttpRequest> {
        let query = format!("repo:{} is:issue in:body \"{key}\"", access.to());
        let query = utf8_percent_encode(&query, NON_ALPHANUMERIC);
        let found = format!("/search/issues?q={query}&sort=created&order=asc&per_page=10");
        let newest = format!("/repos/{}/issues?state=all&sort=created&direction=desc&per_page=20", access.to());
        [found, newest].map(|path| HttpRequest::get(At::Below(path), Self::headers(access))).into()
    }

    fn found(&self, answer: &Answer, key: &str) -> Result<Option<Ticket>, Interpretation> {
        let body: Option<Value> = serde_json::from_slice(&answer.body).ok().filter(|_| answer.is_whole);
        let items = body.as_ref().and_then(|body| body.as_array().or_else(|| body["items"].as_array()));
        let (Some(body), Some(items), 200) = (&body, items, answer.status) else { return Err(read(answer)) };
        let is_it = |issue: &Value| {
            issue.get("pull_request").is_none() && issue["body"].as_str().is_some_and(|body| body.contains(key))
        };
        match tracker::oldest(Some(items), "number", is_it).and_then(ticket) {
            None if body["incomplete_results"] == true => {
                Err(Interpretation { verdict: Verdict::Busy(answer.retry_after), said: String::new() })
            }
            found => Ok(found),
        }
    }

    fn open(&self, access: &Access<'_>, order: &Order<'_>) -> HttpRequest {
        let body = format!("{}\n\n`{}`", order.text, order.key);
        Self::post(access, "", json!({ "title": order.title, "body": body, "labels": tracker::labels(access) }))
    }

    fn opened(&self, answer: &Answer) -> Option<Ticket> {
        ticket(&Value::Object(verdict::object(answer)?))
    }

    fn comment(&self, access: &Access<'_>, ticket: &Ticket, text: &str) -> HttpRequest {
        Self::post(access, &format!("/{}/comments", ticket.id), json!({ "body": text }))
    }

    fn set_open(
        &self,
        access: &Access<'_>,
        ticket: &Ticket,
        is_open: bool,
        _steps: Option<&Answer>,
    ) -> Option<HttpRequest> {
        let (state, reason) = if is_open { ("open", "reopened") } else { ("closed", "completed") };
        let body = json!({ "state": state, "state_reason": reason });
        Some(HttpRequest { method: Method::Patch, ..Self::post(access, &format!("/{}", ticket.id), body) })
    }
}

fn ticket(issue: &Value) -> Option<Ticket> {
    Some(Ticket { id: issue["number"].as_u64()?.to_string(), is_open: issue["state"] == "open" })
}

/// Without a word of the server on how long.
const USUAL_PAUSE: Duration = Duration::from_secs(60);

/// What was made or changed has a number; a refusal has a message.
fn read(answer: &Answer) -> Interpretation {
    const BASE: &str = "check `base-url` of this contact: there is no API of GitHub";
    let Some(object) = verdict::object(answer) else { return Interpretation::from_status(answer, BASE) };
    if let Some(taken) = tracker::taken(answer, &object, "number") {
        return taken;
    }
    let message = verdict::text(&object, "message");
    let words = message.to_lowercase();
    let pause = answer.retry_after.or(answer.rate_limit_reset);
    let verdict = match answer.status {
        403 | 429 if pause.is_some() || words.contains("rate limit") => {
            Verdict::Throttled(pause.unwrap_or(USUAL_PAUSE))
        }
        401 => setup("check `token` of this contact: the server does not know it, or it has expired"),
        403 if words.contains("archived") => setup("the repository is archived: name another one in `repository`"),
        403 => setup("give the token the permission Issues: Read and write for the repository"),
        404 => setup("check `repository` of this contact, and that the token may see it"),
        301 | 307 | 308 => setup("the repository has moved: write its new name in `repository`"),
        410 => setup("turn on Issues in the settings of the repository"),
        422 if words.contains("search") || words.contains("validation failed") && is_of_search(&object) => {
            setup("check `repository` of this contact, and that the token may see it")
        }
        400 | 413 | 422 => TOO_ODD,
        _ => return Interpretation::from_status(answer, BASE),
    };
    Interpretation::new(answer, verdict, i64::from(answer.status), message)
}

/// The errors are about what was searched.
fn is_of_search(object: &serde_json::Map<String, Value>) -> bool {
    object.get("errors").and_then(Value::as_array).into_iter().flatten().any(|error| error["resource"] == "Search")
}

impl PageFormat for GitHub {
    fn escape(&self) -> fn(&str) -> String {
        tracker::escape
    }

    fn payload(&self, page: &Page) -> (Value, Option<Value>) {
        (json!({ "text": markdown::text(page, "**", &[]) }), None)
    }

    fn fits(&self, payload: &Value) -> bool {
        tracker::fits(payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, body: &str) -> Verdict {
        read(&Answer::whole(status, body)).verdict
    }

    #[test]
    fn only_a_number_is_success() {
        assert_eq!(said(201, r#"{"number":7,"state":"open"}"#), Verdict::Accepted);
        assert_eq!(said(201, r#"{"id":1,"body":"x"}"#), Verdict::Accepted);
        for body in ["", "{}", "[]", "<html>", r#"{"message":"ok"}"#] {
            assert_eq!(said(201, body), Verdict::Busy(None), "{body}");
        }
    }

    #[test]
    fn each_refusal_says_what_to_mend() {
        for (status, message, word) in [
            (401, "Bad credentials", "`token`"),
            (403, "Resource not accessible by personal access token", "Issues: Read and write"),
            (403, "Repository was archived so is read-only.", "archived"),
            (404, "Not Found", "`repository`"),
            (410, "Issues are disabled for this repo", "turn on Issues"),
            (301, "Moved Permanently", "new name"),
        ] {
            let body = json!({ "message": message }).to_string();
            assert!(matches!(said(status, &body), Verdict::Misconfigured(help) if help.contains(word)), "{message}");
        }
        let unseen = r#"{"message":"Validation Failed","errors":[{"resource":"Search","field":"q","code":"invalid"}]}"#;
        assert!(matches!(said(422, unseen), Verdict::Misconfigured(_)));
        let odd = r#"{"message":"Validation Failed","errors":[{"resource":"Issue","field":"title"}]}"#;
        assert_eq!(said(422, odd), TOO_ODD);
    }

    #[test]
    fn a_limit_is_waited_for_until_it_ends_whichever_status_says_it() {
        let late = |status: u16, retry: Option<u64>, reset: Option<u64>| {
            let seconds = |seconds: Option<u64>| seconds.map(Duration::from_secs);
            let answer = Answer::whole(status, r#"{"message":"You have exceeded a secondary rate limit."}"#);
            read(&Answer { retry_after: seconds(retry), rate_limit_reset: seconds(reset), ..answer }).verdict
        };
        for status in [403, 429] {
            assert_eq!(late(status, Some(30), Some(900)), Verdict::Throttled(Duration::from_secs(30)));
            assert_eq!(late(status, None, Some(900)), Verdict::Throttled(Duration::from_secs(900)));
            assert_eq!(late(status, None, None), Verdict::Throttled(USUAL_PAUSE));
        }
    }

    #[test]
    fn the_oldest_issue_that_holds_the_key_is_its_ticket() {
        let list = json!({"items": [
            {"number": 9, "state": "open", "body": "x `k/1`"},
            {"number": 4, "state": "closed", "body": "`k/1` y"},
            {"number": 2, "state": "open", "body": "`k/1`", "pull_request": {}},
            {"number": 1, "state": "open", "body": null},
        ]});
        let found = |body: &Value| GitHub.found(&Answer::whole(200, &body.to_string()), "k/1");
        let four = Ticket { id: "4".to_owned(), is_open: false };
        assert_eq!(found(&list).ok(), Some(Some(four.clone())));
        assert_eq!(found(&list["items"]).ok(), Some(Some(four)));
        assert_eq!(found(&json!([])).ok(), Some(None));
        let half = found(&json!({"incomplete_results": true, "items": []}));
        assert!(matches!(half, Err(said) if said.verdict == Verdict::Busy(None)));
    }

    #[test]
    fn keys_have_their_forms() {
        for repository in ["acme/ops", "a-b/c.d_e"] {
            assert!(is_repository(repository), "{repository}");
        }
        for repository in ["", "ops", "https://github.com/acme/ops", "acme/", "a/b/c", "a/..", "a b/c", "a/b?x"] {
            assert!(!is_repository(repository), "{repository}");
        }
    }
}
