//! Every kind of message in every language, for people to read in one file: `tests/it/snapshots/messages.html`. After a
//! change of words or layout it is written anew by `REWRITE_MESSAGES=1 cargo test --test it gallery`; then open it in a
//! browser and read.

use std::fmt::Write as _;
use std::path::Path;

use certnotify::event::{Detail, EventKind, FindingId, Occurrence};
use certnotify::policy::{Channel, Renewal};
use certnotify::render::untrusted::html;
use certnotify::render::{Body, Message};
use certnotify::schedule::ReminderReason;
use time::Duration;

use super::fleet::{Case, NOW, World, twelve, vpn};
use super::occurrence_kinds::{everything, messages, renewed, storm, wrong};

/// What a message is about.
pub(super) struct Story {
    pub(super) title: String,
    pub(super) cases: Vec<Case>,
    pub(super) occurrences: Vec<Occurrence>,
    shows_html: bool,
}

impl Story {
    fn new(title: &str, cases: Vec<Case>, occurrences: Vec<Occurrence>) -> Self {
        Self { title: title.to_owned(), cases, occurrences, shows_html: true }
    }
}

fn in_a_file(left: Duration) -> Case {
    let case = Case::new("shop", "shop.example.com", "/etc/ssl/shop.pem", NOW + left);
    case.note("Runbook: https://wiki.example.com/tls/shop")
}

fn expired() -> Case {
    let mut case = in_a_file(Duration::hours(-7));
    case.why = ReminderReason::Expired;
    case
}

fn late() -> Case {
    let mut case = in_a_file(Duration::days(12));
    case.terms.opening.managed.renewal = Renewal::Auto;
    case.terms.opening.managed.late_from = NOW - Duration::DAY;
    case.why = ReminderReason::RenewalLate { since: NOW - Duration::DAY };
    case
}

pub(super) fn stories() -> Vec<Story> {
    let mut stories = vec![
        Story::new("one certificate at an endpoint", vec![vpn()], vec![]),
        Story::new("one certificate in a file, within a week", vec![in_a_file(Duration::days(6))], vec![]),
        Story::new("expired", vec![expired()], vec![]),
        Story::new("an automatic renewal that is late", vec![late()], vec![]),
        Story::new("three certificates", twelve().into_iter().take(3).collect(), vec![]),
        Story::new("twelve certificates", twelve(), vec![]),
        Story::new("two certificates and news", twelve().into_iter().take(2).collect(), vec![storm(), renewed()]),
        Story::new("two pieces of news", vec![], vec![wrong(FindingId::WeakKey), renewed()]),
    ];
    // One of those that differ in a word only.
    let is_shown = |occurrence: &Occurrence| match &occurrence.detail {
        Detail::FindingOpened { finding, .. } | Detail::Recovered { finding, count: 1, .. } => {
            matches!(finding, FindingId::Untrusted | FindingId::Unreachable)
        }
        Detail::Reported { message: None, unmatched: None, .. } => {
            !matches!(occurrence.kind, EventKind::Expiration | EventKind::Expired | EventKind::Upgrade)
        }
        _ => true,
    };
    for occurrence in everything().into_iter().filter(is_shown) {
        let detail = format!("{:?}", occurrence.detail);
        let detail = detail.split([' ', '{']).next().unwrap_or_default();
        stories.push(Story::new(&format!("{}, {detail}", occurrence.kind), vec![], vec![occurrence]));
    }
    // The HTML of one of each kind is enough to see.
    let mut kinds = Vec::new();
    for story in &mut stories {
        let kind = story.occurrences.first().filter(|_| story.cases.is_empty()).map(|occurrence| occurrence.kind);
        story.shows_html = kind.is_none_or(|kind| !kinds.contains(&kind));
        kinds.extend(kind);
    }
    stories
}

fn shown(message: &Message, shows_html: bool) -> String {
    let pre = |text: &str| format!("<pre>{}</pre>\n", html(text));
    match &message.body {
        Body::Mail(mail) => {
            let attached: Vec<&str> = mail.attachments.iter().map(|attachment| attachment.name).collect();
            let attached = if attached.is_empty() { String::new() } else { format!("\n[{}]", attached.join(", ")) };
            let head = format!("Subject: {}{attached}", mail.subject);
            let text = pre(&format!("{head}\n\n{}", mail.text));
            if !shows_html {
                return text;
            }
            let framed = mail.html.replace('&', "&amp;").replace('\'', "&#39;");
            format!("<div class=mail>{text}<iframe title=HTML srcdoc='{framed}'></iframe></div>\n")
        }
        Body::Chat { payload, .. } => {
            let title = ["/title", "/markdown/title"].iter().find_map(|at| payload.pointer(at)?.as_str());
            let title = title.map(|title| format!("[{title}]\n")).unwrap_or_default();
            pre(&format!("{title}{}", message.text))
        }
    }
}

fn page() -> String {
    let mut page = String::from(
        "<!DOCTYPE html>\n<meta charset=utf-8>\n<title>The messages of certnotify</title>\n<style>body{font-family:sans-serif}\
         pre{white-space:pre-wrap;background:#f3f4f6;padding:8px;max-width:80ch}.mail{display:flex;gap:12px}\
         iframe{width:680px;height:720px;border:1px solid #ccc}</style>\n",
    );
    for world in World::all() {
        let language = world.policies.settings.language.tag();
        writeln!(page, "<h1>{language}</h1>").unwrap();
        for story in stories() {
            writeln!(page, "<h2>{language}: {}</h2>", html(&story.title)).unwrap();
            for (channel, name) in [
                (Channel::Email, "E-mail"),
                (Channel::DingTalk, "DingTalk"),
                (Channel::Slack, "Slack"),
                (Channel::Ntfy, "Phone (ntfy)"),
            ] {
                writeln!(page, "<h3>{name}</h3>").unwrap();
                for message in messages(&world, channel, &story.cases, &story.occurrences) {
                    page.push_str(&shown(&message, story.shows_html));
                }
            }
        }
    }
    page
}

#[test]
fn every_kind_of_message_reads_as_in_the_gallery() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/snapshots/messages.html");
    let page = page();
    if std::env::var_os("REWRITE_MESSAGES").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    let known = std::fs::read_to_string(&file).unwrap_or_default();
    let differs = page.lines().zip(known.lines()).find(|(now, before)| now != before);
    assert!(page == known, "read it, then REWRITE_MESSAGES=1 cargo test --test it gallery: {differs:?}");
}
