//! Messages in the words of templates: branded, harmless, and never missing.

use std::path::PathBuf;

use certnotify::event::Occurrence;
use certnotify::policy::{Channel, Language, Template, TemplateKind, Templates};
use certnotify::render::{Body, Mail, Message};
use serde_json::Value;

use super::fleet::{CHATS, Case, World, fleet, named, payload, somebody, twelve, vpn};
use super::hostile::{assert_is_harmless, assert_is_printable, corpus, poisoned, worlds};
use super::limits::is_inside;
use super::occurrence_kinds::{everything, mail, messages};

fn template(text: &str) -> Template {
    Template { path: PathBuf::from("/etc/certnotify/mail.txt"), text: text.to_owned() }
}

fn dressed(mut world: World, templates: &[(TemplateKind, &str)]) -> World {
    world.policies.templates =
        templates.iter().fold(Templates::default(), |all, (kind, text)| all.with(*kind, None, template(text)));
    world
}

fn berlin(templates: &[(TemplateKind, &str)]) -> World {
    dressed(World::from_language(Language::English), templates)
}

fn example(name: &str) -> String {
    std::fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/templates").join(name)).unwrap()
}

fn branded(world: World) -> World {
    let (subject, text, html) = (example("subject.txt"), example("mail.txt"), example("mail.html"));
    dressed(world, &[(TemplateKind::Subject, &subject), (TemplateKind::Text, &text), (TemplateKind::Html, &html)])
}

fn of(message: &Message) -> &Mail {
    match &message.body {
        Body::Mail(mail) => mail,
        Body::Chat { .. } => panic!("a mail has a mail's body"),
    }
}

#[test]
fn the_branded_example_tells_all_that_the_built_in_mail_tells() {
    let message = branded(World::from_language(Language::English)).messages(Channel::Email, &[vpn()]).remove(0);
    assert_eq!(message.complaints, []);
    let mail = of(&message);
    assert_eq!(mail.subject, "[Example Ltd] vpn.example.com: certificate expires 2026-12-14");
    let case = vpn();
    for part in [&mail.text, &mail.html.replace("&#x2f;", "/")] {
        for wanted in [
            "Example Ltd, certificate desk",
            "22 days left",
            "2026-12-14 00:59:59",
            "webmail.example.com",
            "Example Public CA G2",
            &case.certificate.serial,
            &case.certificate.fingerprint.to_string(),
            "vpn.example.com:443 (10.20.0.5), today 08:07",
            "every 7 days, last on 14 November",
            "To do: renew it, and put the new one in place at vpn.example.com:443.",
            "Order at the CA portal (cost centre 4711)",
            "Also sent to: no one else; from 11 December also to anna.",
            "certnotify snooze f5/vpn.example.com --until 2026-11-28",
            "/etc/certnotify/policies.toml",
        ] {
            assert!(part.contains(wanted), "{wanted} is not in\n{part}");
        }
    }
    assert!(!mail.text.contains("\n\n\n"), "{}", mail.text);
}

#[test]
fn the_branded_example_takes_digests_and_everything_that_happens_in_both_languages() {
    for world in worlds().into_iter().map(branded) {
        let digest = world.messages(Channel::Email, &twelve()).remove(0);
        assert_eq!(digest.complaints, []);
        assert!(of(&digest).text.contains("12. ") && of(&digest).html.contains("12. "));
        for occurrences in everything() {
            let mail = mail(&world, &[], std::slice::from_ref(&occurrences));
            assert!(mail.subject.starts_with("[Example Ltd] ") && mail.html.contains("Example Ltd"), "{}", mail.text);
        }
        let all: Vec<Occurrence> = everything();
        assert!(messages(&world, Channel::Inbox, &twelve(), &all)[0].complaints.is_empty());
    }
}

#[test]
fn a_template_that_fails_leaves_the_built_in_words_and_its_place() {
    let world = berlin(&[
        (TemplateKind::Subject, "{{ subject"),
        (TemplateKind::Text, "two\nlines {{ rows[7].name }}"),
        (TemplateKind::Html, "<p>Example Ltd, {{ subject }}</p>"),
    ]);
    let built_in = World::from_language(Language::English).mail(&[vpn()]);
    let message = world.messages(Channel::Email, &[vpn()]).remove(0);
    assert_eq!((&of(&message).subject, &of(&message).text), (&built_in.subject, &built_in.text));
    assert_eq!(of(&message).html, "<p>Example Ltd, vpn.example.com: certificate expires 2026-12-14</p>");
    let places: Vec<&str> = message.complaints.iter().map(|complaint| complaint.place.as_str()).collect();
    assert_eq!(places, ["template /etc/certnotify/mail.txt:1:4", "template /etc/certnotify/mail.txt:2:10"]);
    assert!(message.complaints.iter().all(|complaint| complaint.is_failure));
    assert_eq!(message.complaints[1].message, "there is no `rows[7]`");
    assert_eq!(named(&[message]).len(), 1);
}

#[test]
fn a_template_that_says_nothing_or_never_ends_leaves_the_built_in_words() {
    for text in [
        "  \n",
        "{% for a in range(99999) %}{% for b in range(99999) %}{{ a }}{% endfor %}{% endfor %}",
        "{{ 'x' * 100000000 }}",
        "{% include '/etc/passwd' %}",
    ] {
        let world = berlin(&[(TemplateKind::Subject, text), (TemplateKind::Text, text), (TemplateKind::Html, text)]);
        let message = world.messages(Channel::Email, &[vpn()]).remove(0);
        assert_eq!(*of(&message), World::from_language(Language::English).mail(&[vpn()]));
        assert_eq!(message.complaints.len(), 3, "{text}");
    }
}

#[test]
fn a_language_has_its_own_template_before_that_of_all() {
    for (mut world, wanted) in worlds().into_iter().zip(["for all", "自己的"]) {
        world.policies.templates = Templates::default().with(TemplateKind::Text, None, template("for all")).with(
            TemplateKind::Text,
            Some(Language::SimplifiedChinese),
            template("自己的"),
        );
        assert_eq!(world.mail(&[vpn()]).text, format!("{wanted}\n"));
    }
}

#[test]
fn a_subject_is_one_line_and_a_text_has_no_line_that_a_mail_may_not_have() {
    let world = berlin(&[
        (TemplateKind::Subject, "a\r\nBcc: x@example.com\n{{ 'long ' * 200 }}"),
        (TemplateKind::Text, "a\rb\u{1b}[1m\0\n{{ 'word ' * 500 }}\n{{ '证' * 1000 }}\r\nend"),
    ]);
    let mail = world.mail(&[vpn()]);
    assert!(mail.subject.starts_with("a Bcc: x@example.com long") && mail.subject.chars().count() == 250);
    assert!(mail.text.lines().all(|line| line.len() <= 998) && !mail.text.contains('\r'));
    assert!(mail.text.starts_with("a\nb[1m\n") && mail.text.ends_with("end\n"));
    assert_eq!((mail.text.matches("word").count(), mail.text.matches('证').count()), (500, 1000));
}

#[test]
fn the_hostile_corpus_is_only_words_in_a_branded_mail() {
    let tags = |html: &str| html.matches('<').count();
    for world in worlds().into_iter().map(branded) {
        let twin = tags(&world.mail(&[poisoned("harmless", 0)]).html);
        for text in corpus() {
            let message = world.messages(Channel::Email, &[poisoned(&text, 0)]).remove(0);
            assert_eq!(message.complaints, [], "{text:.80}");
            let mail = of(&message);
            assert_eq!(tags(&mail.html), twin, "{text:.80}");
            for part in [&mail.subject, &mail.text, &mail.html] {
                assert_is_printable(part);
                assert!(!part.contains("://evil"), "{part}");
            }
            assert_eq!(mail.subject.lines().count(), 1);
        }
    }
}

const CHAT: &str = "**Example Ltd** {{ summary }}\n\n{% for row in rows %}\n{{ row.number }}. {{ row.name }} {{ row.left }}\n\
                    {{ row.issuer }} {{ row.places | join(' ') }}\n\n{% endfor %}\n{{ foot | last }}\n";

#[test]
fn a_template_fills_the_message_of_every_robot_below_its_title() {
    let mut world = berlin(&[(TemplateKind::Chat, CHAT)]);
    for channel in CHATS.iter().copied() {
        let person = somebody(channel).unwrap_or_default();
        world.robot(channel).mention = vec![person.to_owned()];
        world.robot(channel).keyword = Some("证书".to_owned());
        let message = world.messages(channel, &[vpn()]).remove(0);
        assert_eq!(message.complaints, []);
        let text = super::limits::said(&payload(&message));
        for wanted in ["证书 Certificate reminder: ", "Example Ltd 1", "22 days left", person] {
            assert!(text.contains(wanted), "{channel}: {text}");
        }
        assert!(!text.contains("webmail"), "{channel}: the built-in layout is not in it: {text}");
        assert!(is_inside(channel, &payload(&message)), "{channel}: {text}");
        let Body::Chat { plainer, .. } = &message.body else { panic!("{channel} has a chat's body") };
        let plainer = plainer[0].to_string();
        assert!(plainer.contains("vpn.example.com") && !plainer.contains("Example Ltd"));
    }
}

#[test]
fn a_template_takes_up_to_three_messages_and_names_every_row_once() {
    let world = berlin(&[(
        TemplateKind::Chat,
        "{{ page }}/{{ pages }}\n\n{% for row in rows %}\nrow-{{ row.number }}; {{ row.name }}\n{% endfor %}",
    )]);
    for (channel, size) in [
        (Channel::WeCom, 150),
        (Channel::DingTalk, 900),
        (Channel::Lark, 900),
        (Channel::Slack, 500),
        (Channel::Teams, 600),
        (Channel::Discord, 150),
        (Channel::Telegram, 150),
        (Channel::Ntfy, 150),
        (Channel::Gotify, 600),
        (Channel::Mattermost, 600),
        (Channel::GoogleChat, 150),
        (Channel::Pushover, 40),
        (Channel::Bark, 120),
    ] {
        let messages = world.messages(channel, &fleet(size));
        assert!(messages.len() > 1 && messages.len() <= 3, "{channel}: {}", messages.len());
        assert!(messages.iter().all(|message| message.complaints.is_empty()), "{channel}");
        assert_eq!(named(&messages).len(), size, "{channel}");
        assert!(messages.iter().all(|message| is_inside(channel, &payload(message))), "{channel}");
        let text: String = messages.iter().map(|message| super::limits::said(&payload(message))).collect();
        for row in 1..=size {
            assert_eq!(text.matches(&format!("row-{row};")).count(), 1, "{channel} {row}");
        }
        assert!(text.contains(&format!("1/{}", messages.len())), "{channel}");
    }
}

#[test]
fn a_template_that_says_too_much_leaves_the_built_in_layout_and_a_warning() {
    let long = format!("{{% for row in rows %}}{{{{ row.name }}}} {}{{% endfor %}}", "much ".repeat(400));
    for channel in CHATS.iter().copied() {
        let messages = berlin(&[(TemplateKind::Chat, &long)]).messages(channel, &fleet(500));
        let built_in = World::from_language(Language::English).messages(channel, &fleet(500));
        assert_eq!(named(&messages), named(&built_in), "{channel}");
        assert_eq!(payload(&messages[0]), payload(&built_in[0]), "{channel}");
        assert_eq!(messages[0].complaints.len(), 1);
        assert!(!messages[0].complaints[0].is_failure && messages[0].complaints[0].message.contains("does not fit"));
    }
}

#[test]
fn a_template_of_rooms_that_fails_leaves_the_built_in_layout() {
    for channel in CHATS.iter().copied() {
        let messages = berlin(&[(TemplateKind::Chat, "{{ nothing }}")]).messages(channel, &[vpn()]);
        let built_in = World::from_language(Language::English).messages(channel, &[vpn()]);
        assert_eq!(payload(&messages[0]), payload(&built_in[0]), "{channel}");
        assert!(messages[0].complaints[0].is_failure);
    }
}

#[test]
fn the_hostile_corpus_mentions_and_links_nothing_in_a_template_of_a_room() {
    let worlds = worlds().into_iter().map(|world| dressed(world, &[(TemplateKind::Chat, CHAT)]));
    for (nth, world) in worlds.enumerate() {
        for channel in CHATS.iter().copied() {
            let twin = payload(&world.messages(channel, &[poisoned("harmless text", 0)])[0]);
            // Each text in one of the languages.
            for text in corpus().into_iter().skip(nth).step_by(Language::ALL.len()) {
                let message = world.messages(channel, &[poisoned(&text, 0)]).remove(0);
                assert_eq!(message.complaints, [], "{text:.80}");
                let payload = payload(&message);
                assert_eq!(payload["at"], twin["at"]);
                if !Channel::CHATBOTS.contains(&channel) {
                    assert_is_harmless(channel, &payload, &twin);
                    continue;
                }
                let shown = said(&payload);
                assert_is_printable(&shown);
                for markup in ["<at", "<@", "](", "://", "<!", "<font"] {
                    assert_eq!(shown.matches(markup).count(), said(&twin).matches(markup).count(), "{channel} {shown}");
                }
                let lines = |text: &str| text.matches('\n').count();
                assert_eq!(lines(&shown), lines(&said(&twin)), "{channel} {shown}");
            }
        }
    }
}

/// The text of a payload that people see.
fn said(payload: &Value) -> String {
    let texts = [
        &payload["markdown"]["text"],
        &payload["markdown"]["content"],
        &payload["card"]["elements"][0]["text"]["content"],
    ];
    texts.iter().filter_map(|text| text.as_str()).collect()
}

#[test]
fn five_thousand_rows_in_a_template_take_no_room_and_lose_none() {
    let cases: Vec<Case> = fleet(5000);
    let message = branded(World::from_language(Language::English)).messages(Channel::Email, &cases).remove(0);
    assert_eq!(message.complaints, []);
    assert_eq!(named(std::slice::from_ref(&message)).len(), 5000);
    assert!(of(&message).text.contains("host-4999.region-1.example.com"));
}
