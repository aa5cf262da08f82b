//! Text of strangers in a ticket: it calls no one, closes nothing, links nowhere.

use certnotify::certificate::Certificate;
use certnotify::policy::Channel;
use certnotify::render::{Body, Message};
use serde_json::Value;

use super::table;
use crate::events::{day, with_left};
use crate::support::chat_vendors::TRACKERS;
use crate::support::scenario::{Look, Scenario};

const TEXTS: [&str; 22] = [
    "@octocat @all",
    "fixes #1, closes acme/ops#2",
    "GH-3 gh-4",
    "!5 %6 ~bug ^alert#7 &8 $9",
    "/close",
    "\n/close\n/assign @me",
    "[x](https://evil.example) https://evil.example www.evil.example now",
    "![x](https://evil.example/p.png)",
    "<img src=x onerror=alert(1)>",
    "<!-- x --> --> <details>",
    "*.example.com *.b.com",
    "``` ` ~~~",
    ":tada: $x^2$ {{7*7}}",
    "{noformat}{code}[~admin] [x|https://evil.example] !x.png!",
    "{noformat}",
    "h1. x\nbq. y\n----",
    "\r\n| a | b |",
    "[~accountid:1]",
    "certnotify/00000000000000000000000000000000",
    "\u{202e}moc.elpmaxe\u{2066}\u{0}\u{1b}[2J",
    "[[_TOC_]] [contact:a@b.example]",
    "",
];

fn poisoned(text: &str) -> Certificate {
    let mut certificate = with_left("edge.example", 20);
    certificate.subject = format!("CN={text}").into();
    certificate.issuer = format!("CN={text},O={text}").into();
    text.clone_into(&mut certificate.serial);
    certificate.dns_names = vec![text.to_owned(), format!("second {text}")];
    certificate
}

/// What is told of a certificate that is due, and of its end.
fn messages(channel: Channel, text: &str, language: &str) -> Vec<Message> {
    let table = table(channel, "https://tickets.example");
    let mut story = Scenario::new(&format!(
        r#"
        [settings]
        language = "{language}"
        [contacts.ops]
        {table}
        [policies.default]
        channels = ["{channel}"]
        events = ["business", "alerts"]
        [[certificates]]
        name = "files"
        file = "/etc/ssl/*.pem"
        renewal = "manual"
        "#
    ));
    let path = format!("/etc/ssl/{}.pem", text.replace(['/', '\0'], ""));
    story.looks("files", &[Look::file(&path, &poisoned(text))]);
    story.run(day(0));
    let mut messages = story.sent.clone();
    story.looks("files", &[Look::file(&path, &with_left("edge.example", 199))]);
    story.run(day(1));
    messages.extend(story.sent.clone());
    story.run(day(8));
    messages.extend(story.sent);
    messages
}

fn payload(message: &Message) -> &Value {
    let Body::Chat { payload, .. } = &message.body else { panic!("a ticket is JSON") };
    payload
}

/// Outside of code, for Markdown.
fn without_code(text: &str) -> String {
    text.split('`').step_by(2).collect()
}

#[test]
fn no_text_is_markup_a_mention_a_reference_or_a_command() {
    for channel in TRACKERS {
        for language in ["en", "zh-CN"] {
            let twin = messages(channel, "harmless.example", language);
            for text in TEXTS {
                for (message, twin) in messages(channel, text, language).iter().zip(&twin) {
                    assert_is_harmless(channel, payload(message), payload(twin));
                }
            }
        }
    }
}

fn assert_is_harmless(channel: Channel, payload: &Value, twin: &Value) {
    let word = |payload: &Value, field: &str| payload[field].as_str().unwrap().to_owned();
    let count = |text: &str, wanted: &str| text.matches(wanted).count();
    let title = word(payload, "title");
    assert!(!title.contains(['@', '#', '!', '~', '%', '&', '$', '<', '>', '[', '`', '\n']), "{channel}: {title}");
    let text = word(payload, "text");
    let of_twin = word(twin, "text");
    assert!(!text.contains('@'), "{channel}: {text}");
    assert_eq!(count(&text, "\n"), count(&of_twin, "\n"), "{channel}: {text}");
    assert_eq!(count(&text, "://"), count(&of_twin, "://"), "{channel}: {text}");
    let has_command = text.lines().any(|line| line.starts_with('/'));
    assert!(channel != Channel::GitLab || !has_command, "{text}");
    assert!(!text.contains(|character: char| character.is_control() && character != '\n'), "{channel}: {text}");
    if channel == Channel::Jira {
        let inner = text.strip_prefix("{noformat}\n").and_then(|text| text.strip_suffix("\n{noformat}")).unwrap();
        assert!(!inner.contains(['{', '[']), "{inner}");
        return;
    }
    assert!(count(&text, "`").is_multiple_of(2), "{text}");
    assert!(text.split('`').skip(1).step_by(2).all(|code| !code.contains(['\n', ' '])), "{text}");
    let (words, of_twin) = (without_code(&text), without_code(&of_twin));
    for mark in ["#", "<", ">", "[", "](", "![", "|", "~", "**", "www.", "GH-", "gh-", "$", "&"] {
        assert_eq!(count(&words, mark), count(&of_twin, mark), "{channel} {mark:?}: {text}");
    }
    // An alert is referred to by its first letters.
    assert!(channel != Channel::GitLab || !words.contains("^a") && !words.contains("%6"), "{text}");
}
