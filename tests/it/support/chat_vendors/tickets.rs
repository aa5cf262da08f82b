//! GitHub, GitLab, Jira Cloud and Jira Data Center: what each takes, refuses and finds, from its documents.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use certnotify::policy::Channel;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::rules::Judgement;
use super::{ChannelConfig, Request};

pub(crate) const TRACKERS: [Channel; 3] = [Channel::GitHub, Channel::GitLab, Channel::Jira];

pub(crate) const REPOSITORY: &str = "acme/ops";
pub(crate) const PROJECT: &str = "OPS";
pub(crate) const ACCOUNT: &str = "certs@example.com";

/// A ticket as the service has it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Issue {
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) labels: Vec<String>,
    pub(crate) is_closed: bool,
    pub(crate) comments: Vec<String>,
}

/// Each robot is below a path of its own.
pub(super) fn target(channel: Channel, token: &str) -> String {
    format!("/{channel}/{token}")
}

fn channel(request: &Request) -> Option<Channel> {
    let first = request.path.split('/').nth(1)?;
    TRACKERS.into_iter().find(|channel| channel.as_str() == first)
}

pub(super) fn token(request: &Request) -> Option<String> {
    channel(request)?;
    Some(request.path.split('/').nth(2).unwrap_or_default().to_owned())
}

pub(super) fn echo(request: &Request, sent: &str) -> Option<(u16, String)> {
    channel(request)?;
    Some((403, json!({"message": sent, "errorMessages": [sent]}).to_string()))
}

pub(super) fn judge(request: &Request, robot: Option<&mut ChannelConfig>) -> Option<Judgement> {
    let channel = channel(request)?;
    let token = token(request).unwrap_or_default();
    let Some(robot) = robot else { return Some(refuse(401, "Bad credentials")) };
    let path = request.path.splitn(4, '/').nth(3).unwrap_or_default();
    Some(match channel {
        Channel::GitHub => github(request, path, &token, robot),
        Channel::GitLab => gitlab(request, path, &token, robot),
        _ => jira(request, path, &token, robot),
    })
}

fn answer(status: u16, body: &Value) -> Judgement {
    (status, if status < 300 { 0 } else { i64::from(status) }, body.to_string())
}

fn refuse(status: u16, message: &str) -> Judgement {
    answer(status, &json!({"message": message, "errorMessages": [message], "errors": {}}))
}

/// The members of a JSON body, none of them unknown.
fn json_of(request: &Request, known: &[&str]) -> Option<Map<String, Value>> {
    let is_json = request.header("content-type").starts_with("application/json");
    let object = serde_json::from_slice::<Value>(&request.body).ok().filter(|_| is_json)?.as_object().cloned()?;
    object.keys().all(|key| known.contains(&key.as_str())).then_some(object)
}

fn text(object: &Map<String, Value>, key: &str, most: usize) -> Option<String> {
    let text = object.get(key)?.as_str()?;
    (!text.trim().is_empty() && text.chars().count() <= most).then(|| text.to_owned())
}

fn numbered(
    robot: &ChannelConfig,
    shown: impl Fn(usize, &Issue) -> Value,
    is_it: impl Fn(&Issue) -> bool,
) -> Vec<Value> {
    let known = robot.issues.iter().enumerate().filter(|(_, issue)| is_it(issue));
    known.map(|(at, issue)| shown(at + 1, issue)).collect()
}

fn of_github(number: usize, issue: &Issue) -> Value {
    let state = if issue.is_closed { "closed" } else { "open" };
    json!({"id": 9000 + number, "number": number, "state": state, "title": issue.title, "body": issue.text})
}

fn github(request: &Request, path: &str, token: &str, robot: &mut ChannelConfig) -> Judgement {
    if request.header("authorization") != format!("Bearer {token}") {
        return refuse(401, "Bad credentials");
    }
    if request.header("user-agent").is_empty() || !request.header("accept").contains("github") {
        return refuse(403, "Request forbidden by administrative rules.");
    }
    let parts: Vec<&str> = path.split('/').collect();
    match (request.method.as_str(), parts.as_slice()) {
        ("GET", ["search", "issues"]) => {
            let query = request.parameter("q").unwrap_or_default();
            if !query.contains("is:issue") {
                return refuse(422, "Query must include 'is:issue' or 'is:pull-request'");
            }
            if !query.contains(&format!("repo:{REPOSITORY} ")) {
                let errors = json!([{"resource": "Search", "field": "q", "code": "invalid"}]);
                return answer(422, &json!({"message": "Validation Failed", "errors": errors}));
            }
            let wanted = query.split('"').nth(1).unwrap_or_default().to_owned();
            let items = numbered(robot, of_github, |issue| issue.text.contains(&wanted) && !robot.search_is_late);
            answer(200, &json!({"total_count": items.len(), "incomplete_results": false, "items": items}))
        }
        ("GET", ["repos", "acme", "ops", "issues"]) => answer(200, &Value::Array(numbered(robot, of_github, |_| true))),
        ("POST", ["repos", "acme", "ops", "issues"]) => {
            let object = json_of(request, &["title", "body", "labels"]);
            let parts = object.as_ref().and_then(|o| Some((text(o, "title", 256)?, text(o, "body", 65_536)?)));
            let Some((title, text)) = parts else { return refuse(422, "Validation Failed") };
            let labels = object.and_then(|object| object["labels"].as_array().cloned()).unwrap_or_default();
            let labels = labels.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            robot.issues.push(Issue { title, text, labels, ..Issue::default() });
            answer(201, &of_github(robot.issues.len(), &robot.issues[robot.issues.len() - 1]))
        }
        (method, ["repos", "acme", "ops", "issues", number, rest @ ..]) => {
            let number = number.parse::<usize>().unwrap_or_default();
            let Some(issue) = number.checked_sub(1).and_then(|at| robot.issues.get_mut(at)) else {
                return refuse(404, "Not Found");
            };
            match (method, rest) {
                ("PATCH", []) => {
                    let object = json_of(request, &["state", "state_reason"]).unwrap_or_default();
                    match (object["state"].as_str(), object["state_reason"].as_str()) {
                        (Some("closed"), Some("completed" | "not_planned")) => issue.is_closed = true,
                        (Some("open"), Some("reopened")) => issue.is_closed = false,
                        _ => return refuse(422, "Validation Failed"),
                    }
                    answer(200, &of_github(number, issue))
                }
                ("POST", ["comments"]) => {
                    match json_of(request, &["body"]).and_then(|object| text(&object, "body", 65_536)) {
                        Some(comment) => issue.comments.push(comment),
                        None => return refuse(422, "Validation Failed"),
                    }
                    answer(201, &json!({"id": 77}))
                }
                _ => refuse(404, "Not Found"),
            }
        }
        _ => refuse(404, "Not Found"),
    }
}

fn of_gitlab(number: usize, issue: &Issue) -> Value {
    let state = if issue.is_closed { "closed" } else { "opened" };
    json!({"id": 9000 + number, "iid": number, "state": state, "title": issue.title, "description": issue.text})
}

/// A line that begins so is a command.
fn has_command(text: &str) -> bool {
    text.lines().any(|line| line.trim_start().starts_with('/'))
}

fn gitlab(request: &Request, path: &str, token: &str, robot: &mut ChannelConfig) -> Judgement {
    if request.header("private-token") != token {
        return refuse(401, "401 Unauthorized");
    }
    let Some(("", rest)) = path.split_once("api/v4/projects/") else { return refuse(404, "404 Not Found") };
    let (project, rest) = rest.split_once('/').unwrap_or((rest, ""));
    if percent_decode_str(project).decode_utf8_lossy() != REPOSITORY {
        return refuse(404, "404 Project Not Found");
    }
    let parts: Vec<&str> = rest.split('/').collect();
    match (request.method.as_str(), parts.as_slice()) {
        ("GET", ["issues"]) => {
            let parameter = |name: &str| request.parameter(name).unwrap_or_default();
            if parameter("in") != "description" || parameter("scope") != "all" || parameter("search").len() < 3 {
                return refuse(400, "in does not have a valid value");
            }
            let wanted = parameter("search");
            answer(200, &Value::Array(numbered(robot, of_gitlab, |issue| issue.text.contains(&wanted))))
        }
        ("POST", ["issues"]) => {
            let object = json_of(request, &["title", "description", "labels"]);
            let parts =
                object.as_ref().and_then(|o| Some((text(o, "title", 255)?, text(o, "description", 1_048_576)?)));
            let Some((title, text)) = parts.filter(|(_, text)| !has_command(text)) else {
                return answer(400, &json!({"message": {"title": ["can't be blank"]}}));
            };
            let labels = object.and_then(|object| object["labels"].as_str().map(str::to_owned)).unwrap_or_default();
            let labels = labels.split(',').filter(|label| !label.is_empty()).map(str::to_owned).collect();
            robot.issues.push(Issue { title, text, labels, ..Issue::default() });
            answer(201, &of_gitlab(robot.issues.len(), &robot.issues[robot.issues.len() - 1]))
        }
        (method, ["issues", number, rest @ ..]) => {
            let number = number.parse::<usize>().unwrap_or_default();
            let Some(issue) = number.checked_sub(1).and_then(|at| robot.issues.get_mut(at)) else {
                return refuse(404, "404 Not Found");
            };
            match (method, rest) {
                ("PUT", []) => {
                    let object = json_of(request, &["state_event"]).unwrap_or_default();
                    match object["state_event"].as_str() {
                        Some("close") => issue.is_closed = true,
                        Some("reopen") => issue.is_closed = false,
                        _ => return refuse(400, "state_event does not have a valid value"),
                    }
                    answer(200, &of_gitlab(number, issue))
                }
                ("POST", ["notes"]) => {
                    let comment = json_of(request, &["body"]).and_then(|object| text(&object, "body", 1_000_000));
                    match comment.filter(|comment| !has_command(comment)) {
                        Some(comment) => issue.comments.push(comment),
                        None => return refuse(400, "400 (Bad request) \"Note {}\" not given"),
                    }
                    answer(201, &json!({"id": 77}))
                }
                _ => refuse(404, "404 Not Found"),
            }
        }
        _ => refuse(404, "404 Not Found"),
    }
}

fn of_jira(number: usize, issue: &Issue) -> Value {
    let category = if issue.is_closed { "done" } else { "new" };
    json!({
        "id": (10_000 + number).to_string(), "key": format!("{PROJECT}-{number}"),
        "fields": {"status": {"name": "x", "statusCategory": {"key": category}}},
    })
}

fn jira(request: &Request, path: &str, token: &str, robot: &mut ChannelConfig) -> Judgement {
    let login = BASE64.encode(format!("{ACCOUNT}:{token}"));
    let is_cloud = match request.header("authorization") {
        given if given == format!("Basic {login}") => true,
        given if given == format!("Bearer {token}") => false,
        _ => return refuse(401, "Client must be authenticated to access this resource."),
    };
    let Some(("", rest)) = path.split_once("rest/api/2/") else { return refuse(404, "dead link") };
    let parts: Vec<&str> = rest.split('/').collect();
    match (request.method.as_str(), parts.as_slice()) {
        ("GET", ["search"]) if is_cloud => refuse(410, "The requested API has been removed."),
        ("GET", ["search", "jql"]) if !is_cloud => refuse(404, "HTTP 404 Not Found"),
        ("GET", ["search"] | ["search", "jql"]) => {
            let query = request.parameter("jql").unwrap_or_default();
            let words: Vec<&str> = query.split('"').collect();
            if words.first() != Some(&"project = ") || words.get(1) != Some(&PROJECT) {
                return refuse(400, "The value 'X' does not exist for the field 'project'.");
            }
            let wanted = words.get(3).copied().unwrap_or_default().to_owned();
            let issues = numbered(robot, of_jira, |issue| issue.labels.contains(&wanted));
            answer(200, &json!({"issues": issues, "isLast": true}))
        }
        ("POST", ["issue"]) => create_in_jira(request, robot),
        (method, ["issue", key, what]) => {
            let number = key.strip_prefix("OPS-").and_then(|number| number.parse::<usize>().ok()).unwrap_or_default();
            let closes = !robot.has_no_step;
            let Some(issue) = number.checked_sub(1).and_then(|at| robot.issues.get_mut(at)) else {
                return refuse(404, "Issue does not exist or you do not have permission to see it.");
            };
            match (method, *what) {
                ("POST", "comment") => {
                    match json_of(request, &["body"]).and_then(|object| text(&object, "body", 32_767)) {
                        Some(comment) => issue.comments.push(comment),
                        None => return refuse(400, "Comment body can not be empty!"),
                    }
                    answer(201, &json!({"id": "77"}))
                }
                ("GET", "transitions") => {
                    let step = |id: &str, name: &str, category: &str| json!({"id": id, "name": name, "to": {"name": name, "statusCategory": {"key": category}}});
                    let mut steps = vec![step("11", "To Do", "new"), step("21", "In Progress", "indeterminate")];
                    if closes {
                        steps.extend([step("41", "Won't Do", "done"), step("31", "Done", "done")]);
                    }
                    answer(200, &json!({"expand": "transitions", "transitions": steps}))
                }
                ("POST", "transitions") => {
                    let object = json_of(request, &["transition"]).unwrap_or_default();
                    match object["transition"]["id"].as_str() {
                        Some("31" | "41") if closes => issue.is_closed = true,
                        Some("11" | "21") => issue.is_closed = false,
                        _ => {
                            return refuse(
                                400,
                                "It seems that you have tried to perform an illegal workflow operation.",
                            );
                        }
                    }
                    (204, 0, String::new())
                }
                _ => refuse(404, "dead link"),
            }
        }
        _ => refuse(404, "dead link"),
    }
}

fn create_in_jira(request: &Request, robot: &mut ChannelConfig) -> Judgement {
    let wrong = |field: &str| answer(400, &json!({"errorMessages": [], "errors": {field: "is wrong"}}));
    let object = json_of(request, &["fields"]).unwrap_or_default();
    let Some(fields) = object.get("fields").and_then(Value::as_object) else { return wrong("fields") };
    let known = ["project", "issuetype", "summary", "description", "labels"];
    if let Some(other) = fields.keys().find(|field| !known.contains(&field.as_str())) {
        return wrong(other);
    }
    if fields["project"] != json!({"key": PROJECT}) {
        return wrong("project");
    }
    if fields["issuetype"] != json!({"name": "Task"}) {
        return wrong("issuetype");
    }
    let labels: Vec<String> =
        fields["labels"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    if labels.iter().any(|label| label.is_empty() || label.contains(char::is_whitespace)) {
        return wrong("labels");
    }
    let title = text(fields, "summary", 255).filter(|title| !title.contains('\n'));
    let (Some(title), Some(text)) = (title, text(fields, "description", 32_767)) else { return wrong("summary") };
    robot.issues.push(Issue { title, text, labels, ..Issue::default() });
    let number = robot.issues.len();
    answer(201, &json!({"id": (10_000 + number).to_string(), "key": format!("{PROJECT}-{number}"), "self": "x"}))
}
