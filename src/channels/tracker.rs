//! Services that keep tickets: one for each certificate, found by its key, spoken of again, and closed when it is over.

use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::exchange::{Access, HttpRequest, Payload, Protocol};
use super::markdown;
use super::table::is_graphic;
use super::verdict::{self, Answer, Interpretation, Verdict};
use super::{Objection, Role, TableKey};
use crate::text::words;

words! {
    /// What is to become of a ticket.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) enum Action {
        /// It is opened, or told what is new.
        Open = "open",
        /// It is told that it is over, and closed.
        Close = "close",
        /// Both, so that a test leaves nothing open.
        Test = "test",
    }
}

/// What a message asks of the service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order<'a> {
    pub(crate) action: Action,
    /// The same for all messages about one certificate to one contact.
    pub(crate) key: &'a str,
    pub(crate) title: &'a str,
    /// In the vendor's markup.
    pub(crate) text: &'a str,
}

impl<'a> Order<'a> {
    pub(crate) fn new(payload: &'a Value) -> Self {
        let text = |field: &str| payload[field].as_str().unwrap_or_default();
        let action = Action::ALL.into_iter().find(|action| action.as_str() == text("action")).unwrap_or(Action::Open);
        Self { action, key: text("key"), title: text("title"), text: text("text") }
    }
}

/// One that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    /// By which the service knows it.
    pub(crate) id: String,
    pub(crate) is_open: bool,
}

/// The requests of a service that keeps tickets.
pub(crate) trait Tracker: Sync {
    /// What an answer to a request that changes a ticket means.
    fn read(&self, answer: &Answer) -> Interpretation;

    /// Where a ticket with this key may be found: each is asked until one has it.
    fn searches(&self, access: &Access<'_>, key: &str) -> Vec<HttpRequest>;

    /// The ticket in the answer to a search; of several the oldest.
    fn found(&self, answer: &Answer, key: &str) -> Result<Option<Ticket>, Interpretation>;

    fn open(&self, access: &Access<'_>, order: &Order<'_>) -> HttpRequest;

    /// The ticket in the answer to `open`, which was taken.
    fn opened(&self, answer: &Answer) -> Option<Ticket>;

    fn comment(&self, access: &Access<'_>, ticket: &Ticket, text: &str) -> HttpRequest;

    /// The question by which steps a ticket may be closed or opened again; nothing where there is one for all.
    fn steps(&self, _access: &Access<'_>, _ticket: &Ticket) -> Option<HttpRequest> {
        None
    }

    /// The request that closes it, or opens it again; nothing where none of the `steps` does.
    fn set_open(
        &self,
        access: &Access<'_>,
        ticket: &Ticket,
        is_open: bool,
        steps: Option<&Answer>,
    ) -> Option<HttpRequest>;

    /// What to do where no step closes a ticket.
    fn help_to_close(&self) -> &'static str {
        "close it by hand"
    }
}

impl<T: Tracker> Protocol for T {
    fn call(&self, access: &Access<'_>, payload: &Payload<'_>, _now: OffsetDateTime) -> HttpRequest {
        self.open(access, &Order::new(payload.payload))
    }

    fn read(&self, answer: &Answer, _now: OffsetDateTime) -> Interpretation {
        Tracker::read(self, answer)
    }
}

/// That something was made or changed, which has a number.
pub(super) fn taken(answer: &Answer, object: &Map<String, Value>, number: &str) -> Option<Interpretation> {
    let number = verdict::code(object, number).or_else(|| verdict::code(object, "id"))?;
    let taken = || Interpretation { verdict: Verdict::Accepted, said: format!("taken as {number}") };
    matches!(answer.status, 200 | 201).then(taken)
}

/// That there were too many requests, where it says for how long.
pub(super) fn throttled(answer: &Answer) -> Option<Interpretation> {
    let pause = answer.retry_after.or(answer.rate_limit_reset).filter(|_| answer.status == 429)?;
    Some(Interpretation { verdict: Verdict::Throttled(pause), said: "HTTP 429".to_owned() })
}

pub(super) fn is_token(token: &str) -> bool {
    is_graphic(token) && !token.is_empty()
}

/// With the place where one is made.
pub(super) const fn no_token(help: &'static str) -> Objection {
    Objection { en: "this is no token", zh_cn: "不是令牌", ja: "トークンではありません", help }
}

/// Of a list of tickets the oldest one that `is_it`.
pub(super) fn oldest<'v>(
    items: Option<&'v Vec<Value>>,
    number: &str,
    is_it: impl Fn(&Value) -> bool,
) -> Option<&'v Value> {
    items.into_iter().flatten().filter(|item| is_it(item)).min_by_key(|item| item[number].as_u64().unwrap_or(u64::MAX))
}

/// Of a service that takes no ticket of this form.
pub(super) const TOO_ODD: Verdict =
    Verdict::Content("the service does not take a ticket of this form: report this as a bug of certnotify");

/// In characters; the services take 255.
const LONGEST_TITLE: usize = 250;

/// A clean title without anything that a service makes a reference, a mention, a label or a picture of.
pub(crate) fn title(text: &str) -> String {
    let plain = text.chars().map(|character| match character {
        '`' => 'ˋ',
        '#' | '!' | '~' | '%' | '&' | '$' | '^' | '@' | '<' | '>' | '[' | ']' | '{' | '}' | '|' | '\\' => {
            char::from_u32(u32::from(character) + 0xFEE0).unwrap_or(character)
        }
        other => other,
    });
    let plain: String = plain.collect::<String>().replace("://", "：//");
    crate::text::untrusted::cap(&without_short_references(&plain), LONGEST_TITLE)
}

/// `GH-12` is an issue.
fn without_short_references(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        let is_reference = character == '-'
            && text.get(at.saturating_sub(2)..at).is_some_and(|before| before.eq_ignore_ascii_case("gh"));
        written.push(if is_reference { '－' } else { character });
    }
    written
}

/// Words of a list in one value.
pub(super) fn labels(access: &Access<'_>) -> Vec<String> {
    let words = access.detail("labels").split(',').map(str::trim);
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// In the table of each of them.
pub(super) const LABELS: TableKey =
    TableKey::optional("labels", Role::Detail("certificates, ops"), "Labels of a new ticket, with commas.").checked(
        are_labels,
        Objection {
            en: "these are no labels: each has 1 to 50 characters",
            zh_cn: "不是标签：每个标签有 1 到 50 个字符",
            ja: "ラベルではありません。1 つのラベルは 1～50 文字です",
            help: "write them with commas, as \"certificates, ops\"",
        },
    );

fn are_labels(labels: &str) -> bool {
    const LONGEST: usize = 50;
    let is_label = |label: &str| !label.trim().is_empty() && label.trim().chars().count() <= LONGEST;
    labels.split(',').all(is_label) && !labels.contains(char::is_control)
}

/// Whether a text is short enough: Jira takes 32,767 characters, the others more.
pub(super) fn fits(payload: &Value) -> bool {
    const BUDGET: usize = 20_000;
    payload["text"].as_str().is_some_and(|text| text.chars().count() <= BUDGET)
}

/// Markdown of GitHub and GitLab: what stands between dollars is a formula here, between colons a picture, and `www.` begins a link.
pub(super) fn escape(text: &str) -> String {
    let text = markdown::escape(text);
    if text.starts_with('`') {
        return text;
    }
    let text = text.replace('$', "＄").replace(':', "：").replace("www.", "www．").replace("WWW.", "WWW．");
    without_short_references(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_refers_to_nothing_and_names_stay_readable() {
        assert_eq!(title("*.a_b.example.com: expires 2026-12-14"), "*.a_b.example.com: expires 2026-12-14");
        assert_eq!(title("@all #1 !2 gh-3 GH-4 <b> https://x `y`"), "＠all ＃1 ！2 gh－3 GH－4 ＜b＞ https：//x ˋyˋ");
        assert_eq!(title("a-b 证书-1"), "a-b 证书-1");
        assert!(title(&"证".repeat(1000)).chars().count() <= 250);
    }

    #[test]
    fn an_order_is_read_as_it_was_written() {
        for action in [Action::Open, Action::Close, Action::Test] {
            let payload = serde_json::json!({"action": action.as_str(), "key": "k", "title": "t", "text": "x"});
            assert_eq!(Order::new(&payload).action, action);
        }
    }

    #[test]
    fn formulas_pictures_links_and_references_are_words() {
        assert_eq!(escape("$x$ :tada: www.evil.example GH-12"), "＄x＄ ：tada： www．evil.example GH－12");
        assert_eq!(escape("@octocat fixes #1"), "＠octocat fixes ＃1");
        assert_eq!(escape("*.example.com"), "`*.example.com`");
    }

    #[test]
    fn labels_are_words_with_commas_between() {
        assert!(are_labels("certificates, ops") && !are_labels("a,,b"));
    }
}
