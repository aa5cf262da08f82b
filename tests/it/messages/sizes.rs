//! Any number of certificates stays inside every limit, and nothing is lost between the pages.

use std::collections::BTreeSet;

use certnotify::cause::Clause;
use certnotify::certificate::Certificate;
use certnotify::policy::{Channel, Language};
use certnotify::render::{Body, Message};

use super::fleet::{CHATS, Case, World, fleet, named, payload};
use super::limits::{is_inside, said};

/// Names that are as long as they may be and full of what has to be escaped.
pub(super) fn worst(size: usize) -> Vec<Case> {
    let mut cases = fleet(size);
    for (number, case) in cases.iter_mut().enumerate() {
        case.certificate.dns_names = vec![format!("\"\\*_[<{number:04}>]_{}", "*_\"证\\".repeat(80))];
        case.certificate.issuer = format!("CN={}", "<\"\\\\\">".repeat(60)).into();
        case.locations[0].name = format!("{}-{number:04}", "名_*\"".repeat(40)).into();
        case.locations[0].place = format!("/srv/{}-{number:04}", "路_*\"".repeat(200)).into();
        case.locations[0].failing = Some(Clause::Text("\"<@all>".repeat(100)));
        case.terms.note = Some("备注\"*_`<>".repeat(100));
        case.terms.owner = Some("负责人\"*_`<>".repeat(100));
        case.left_out = vec![format!("{}.example", "*_".repeat(100)); 9];
    }
    cases
}

/// The number that the last page says is left over.
fn left_over(messages: &[Message]) -> usize {
    let text = payload(messages.last().unwrap()).to_string();
    let left = [("+", " more, counted above"), ("另有 ", " 项未在此列出"), ("ほか ", " 件は上の件数")];
    let left = left.into_iter().find_map(|(before, after)| Some((before, text.find(after)?)));
    let Some((before, end)) = left else { return 0 };
    let start = text[..end].rfind(before).unwrap() + before.len();
    text[start..end].parse().unwrap()
}

#[test]
fn pages_stay_inside_every_limit_and_named_and_counted_are_all() {
    for language in Language::ALL {
        let world = World::from_language(language);
        let few = [1, 2, 12, 15, 16, 60, 61];
        let mut batches: Vec<(Vec<Case>, bool)> =
            few.into_iter().flat_map(|size| [(fleet(size), true), (worst(size), false)]).collect();
        batches.push((fleet(500), true));
        // Of thousands nearly all are counted, of hundreds of the worst too, which one language shows.
        if language == Language::English {
            batches.extend([(fleet(2000), true), (worst(200), false)]);
        }
        for (cases, is_typical) in batches {
            let size = cases.len();
            for channel in CHATS.iter().copied() {
                let messages = world.messages(channel, &cases);
                assert!((1..=3).contains(&messages.len()));
                for message in &messages {
                    let Body::Chat { payload, plainer } = &message.body else { panic!("{channel}") };
                    assert!(is_inside(channel, payload), "{channel} {size}: {}", payload.to_string().len());
                    let fewer = message.fewer.iter().map(|fewer| match &fewer.body {
                        Body::Chat { payload, .. } => payload,
                        Body::Mail(_) => panic!("{channel}"),
                    });
                    assert!(plainer.iter().chain(fewer).all(|other| is_inside(channel, other)));
                    assert!(message.certificates > 0 && message.reminders.len() == message.certificates);
                }
                let counted: usize = messages.iter().map(|message| message.certificates).sum();
                assert_eq!(named(&messages).len(), counted, "no certificate stands on two pages");
                assert_eq!(counted + left_over(&messages), size, "{channel} {size}");
                // Three messages of 1024 characters hold about fifty lines.
                let held = if matches!(channel, Channel::Pushover | Channel::WeComApp) { 16 } else { 60 };
                if is_typical && size <= held {
                    assert_eq!(counted, size, "{channel}");
                }
                let first: BTreeSet<_> = cases[..counted].iter().map(|case| case.certificate.fingerprint).collect();
                assert_eq!(named(&messages), first, "the first of the batch are named");
            }
        }
    }
}

#[test]
fn five_hundred_certificates_are_nearly_all_named_in_three_messages() {
    let world = World::from_language(Language::English);
    for (channel, least) in [
        (Channel::DingTalk, 500),
        (Channel::Lark, 500),
        (Channel::WeCom, 180),
        (Channel::Slack, 500),
        (Channel::Teams, 500),
        (Channel::Discord, 240),
        (Channel::Telegram, 200),
        (Channel::Ntfy, 200),
        (Channel::Gotify, 500),
        (Channel::Mattermost, 500),
        (Channel::GoogleChat, 150),
        (Channel::Pushover, 40),
        (Channel::Bark, 150),
    ] {
        let count: usize = world.messages(channel, &fleet(500)).iter().map(|message| message.certificates).sum();
        assert!(count >= least, "{channel}: {count}");
    }
}

#[test]
fn the_first_page_tells_the_exact_totals_of_all_rows_also_of_those_it_does_not_name() {
    let world = World::from_language(Language::English);
    for channel in CHATS.iter().copied() {
        let messages = world.messages(channel, &fleet(5000));
        let first = said(&payload(&messages[0]));
        let totals = "5 certificates have expired, 133 expire within 7 days, 381 within 30 days, 4481 later.";
        assert!(first.contains(totals), "{channel}: {}", &first[..600]);
        assert!(first.contains("Certificate reminder: 5000 need action, 5 of them expired; first "));
        assert!(!said(&payload(&messages[1])).contains("5 certificates have expired"));
    }
}

#[test]
fn what_ends_after_more_than_thirty_days_is_not_said_in_chinese_to_end_in_thirty() {
    let world = World::from_language(Language::SimplifiedChinese);
    let cases = fleet(700);
    let first = said(&payload(&world.messages(Channel::DingTalk, &cases)[0]));
    assert!(first.contains("30 天内到期 381 张，剩余超过 30 天 181 张。"), "{}", &first[..600]);
    let Body::Mail(mail) = &world.messages(Channel::Email, &cases)[0].body else { panic!("a mail has a mail's body") };
    assert!(mail.text.contains("剩余超过 30 天") && !mail.text.contains("30 天后到期"));
}

#[test]
fn every_page_shows_the_rows_it_says_it_names_and_no_others() {
    let world = World::from_language(Language::SimplifiedChinese);
    for channel in CHATS.iter().copied() {
        let cases = fleet(700);
        let messages = world.messages(channel, &cases);
        for message in messages.iter().flat_map(|message| std::iter::once(message).chain(&message.fewer)) {
            let Body::Chat { payload, plainer } = &message.body else { panic!("{channel}") };
            let named = named(std::slice::from_ref(message));
            for body in std::iter::once(payload).chain(plainer) {
                let text = body.to_string();
                for case in &cases {
                    let is_named = named.contains(&case.certificate.fingerprint);
                    let Certificate { dns_names, fingerprint, .. } = &case.certificate;
                    assert_eq!(
                        text.contains(&dns_names[0]) || text.contains(&fingerprint.short()),
                        is_named,
                        "{channel}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_page_without_the_texts_of_others_still_calls_each_row_by_its_name() {
    let world = World::from_language(Language::English);
    let mut cases = fleet(700);
    for (number, case) in cases.iter_mut().enumerate() {
        case.certificate.dns_names = vec![format!("w{number:04}.example")];
        case.locations[0].name = format!("web{number:04}").into();
    }
    for channel in CHATS.iter().copied() {
        for message in world.messages(channel, &cases) {
            let Body::Chat { plainer, .. } = &message.body else { panic!("{channel}") };
            let (text, named) = (said(plainer.last().unwrap()), named(std::slice::from_ref(&message)));
            for case in cases.iter().filter(|case| named.contains(&case.certificate.fingerprint)) {
                assert!(text.contains(&*case.locations[0].name), "{channel}: {text}");
            }
        }
    }
}

#[test]
fn a_mail_names_five_thousand_certificates_in_text_and_html() {
    let world = World::from_language(Language::English);
    let cases = fleet(5000);
    let messages = world.messages(Channel::Email, &cases);
    assert_eq!((messages.len(), messages[0].certificates, messages[0].reminders.len()), (1, 5000, 5000));
    let Body::Mail(mail) = &messages[0].body else { panic!("a mail has a mail's body") };
    for part in [&mail.text, &mail.html] {
        let hosts: BTreeSet<&str> = part.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '.').collect();
        assert!(cases.iter().all(|case| hosts.contains(case.certificate.dns_names[0].as_str())));
    }
    assert!(mail.text.len() + mail.html.len() < 6_000_000, "{} + {}", mail.text.len(), mail.html.len());
}
