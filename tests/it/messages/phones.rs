//! Telegram, ntfy and Gotify: what a message looks like on a phone, and how loud it is.

use certnotify::event::EventKind;
use certnotify::policy::{Channel, ContactName, Language};
use certnotify::render::{self, Body};
use serde_json::{Value, json};
use time::Duration;

use super::fleet::{Case, NOW, World, fleet, payload, twelve, vpn};
use super::occurrence_kinds::{everything, messages};
use crate::support::chat_vendors::{is_for_phones, links_of_telegram};

const PHONES: [Channel; 3] = [Channel::Telegram, Channel::Ntfy, Channel::Gotify];

fn english() -> World {
    World::from_language(Language::English)
}

fn in_days(days: i64) -> Case {
    Case::new("a/x.example.com", "x.example.com", "x.example.com:443", NOW + Duration::days(days))
}

/// The text of Telegram with the marks that readers see: *bold*, `code`, and > before what is quoted.
fn drawn(payload: &Value) -> String {
    let units: Vec<u16> = payload["text"].as_str().unwrap().encode_utf16().collect();
    let number = |entity: &Value, key: &str| usize::try_from(entity[key].as_u64().unwrap()).unwrap();
    let mut marks: Vec<(usize, &str)> = Vec::new();
    for entity in payload["entities"].as_array().unwrap() {
        let (start, end) = (number(entity, "offset"), number(entity, "offset") + number(entity, "length"));
        let (open, close) = match entity["type"].as_str().unwrap() {
            "bold" => ("*", "*"),
            "code" => ("`", "`"),
            "pre" => ("```\n", "\n```"),
            _ => ("> ", ""),
        };
        marks.extend([(start, open), (end, close)]);
    }
    marks.sort_by_key(|(at, _)| *at);
    let mut drawn = String::new();
    let mut at = 0;
    for (place, mark) in marks {
        drawn += &String::from_utf16(&units[at..place]).unwrap();
        drawn += mark;
        at = place;
    }
    drawn + &String::from_utf16(&units[at..]).unwrap()
}

#[test]
fn every_service_takes_what_is_made_for_it() {
    for world in World::all() {
        for channel in PHONES {
            let test = render::test_message(&ContactName::new("ops"), channel, &world.render_input(), NOW);
            assert_eq!(is_for_phones(channel, &payload(&test)), Ok(()), "{channel}");
            for cases in [vec![vpn()], twelve(), fleet(15), fleet(16), fleet(61), fleet(5000)] {
                for message in world.messages(channel, &cases) {
                    let Body::Chat { payload, plainer } = &message.body else { panic!("a chat has a chat's body") };
                    for body in std::iter::once(payload).chain(plainer) {
                        assert_eq!(is_for_phones(channel, body), Ok(()), "{channel}: {body}");
                    }
                }
            }
        }
    }
}

#[test]
fn telegram_finds_no_link_and_no_command_in_the_words_of_certnotify() {
    for world in World::all() {
        for cases in [vec![vpn()], twelve(), fleet(30), fleet(500)] {
            for payload in world.payloads(Channel::Telegram, &cases) {
                let links = links_of_telegram(&payload);
                // The page in a note is the operator's.
                assert!(links.iter().all(|link| link == "https://ca.example.com;"), "{links:?} in {payload}");
            }
        }
        for occurrences in everything()
            .iter()
            .filter(|occurrences| !matches!(occurrences.kind, EventKind::Announcement | EventKind::Notice))
        {
            let message = messages(&world, Channel::Telegram, &[], std::slice::from_ref(occurrences)).remove(0);
            let links = links_of_telegram(&payload(&message));
            // A page that the operator or certnotify names may be one to open.
            assert!(links.iter().all(|link| link.starts_with("https://")), "{links:?} in {message:?}");
        }
    }
}

#[test]
fn a_page_in_a_note_can_be_opened_and_nothing_beside_it() {
    let case = vpn().note("wiki/tls, https://wiki.example/tls_1; @ops");
    let payload = english().payloads(Channel::Telegram, &[case]).remove(0);
    assert_eq!(links_of_telegram(&payload), ["https://wiki.example/tls_1;"]);
}

#[test]
fn one_certificate_reads_like_this_in_telegram() {
    let case = vpn().note("手册：https://wiki.example/tls_1").owner("zhangsan");
    let chinese = World::from_language(Language::SimplifiedChinese);
    insta::assert_snapshot!(drawn(&chinese.payloads(Channel::Telegram, &[case])[0]), @r#"
    *证书提醒：*`vpn.example.com` *剩 22 天*

    30 天内到期 *1* 张。

    *1.* `vpn.example.com` 剩 22 天
    到期：2026-12-14 07:59:59
    域名：`vpn.example.com`、`webmail.example.com`
    位置：`vpn.example.com:443`（`10.20.0.5`），今天 15:07
    签发：Example Public CA G2，序列号 `4407b95a9b44404b…07859ea`，SHA-256 eff12734d55ba30f
    负责人：zhangsan
    备注：手册：https://wiki.example/tls_1
    原因：每 7 天一次，上次 11 月 14 日

    > 时间为北京时间（UTC+8）。依据：由有效期推算。策略 default：提前 30 天起，每 7 天一次，剩 7、3、1 天时再各提醒一次。
    下次提醒：11 月 28 日（周六）。续期后自动停止。同时通知：无；12 月 11 日起还将通知 anna。
    其余 297 张证书无需处理；1 张本次未能看到，按最后所见的日期继续跟踪。
    如需将提醒暂停到 2026-11-28，请在 `web-1.example.com` 上执行：`certnotify snooze f5/vpn.example.com --until 2026-11-28`
    certnotify 1.0.0，主机 `web-1.example.com`，`/etc/certnotify/policies.toml`
    "#);
}

#[test]
fn many_certificates_are_two_lines_each_in_telegram_and_very_many_are_a_list() {
    let drawn = |size: usize| drawn(&english().payloads(Channel::Telegram, &fleet(size))[0]);
    let medium = drawn(16);
    assert!(medium.contains(
        "\n\n*6.* `host-0005.region-5.example.com` *Less than an hour left*\n`2026-11-21 08:14:59 · host-0005.region-5.example.com:443 · Example Public CA G2`"
    ), "{medium}");
    let dense = drawn(100);
    assert!(dense.contains("\n```\n2026-11-21  7 h ago  host-0000.region-0.example.com\n"), "{dense}");
    assert!(dense.contains("\n2026-11-21    < 1 h  host-0005.region-5.example.com\n"), "{dense}");
}

#[test]
fn one_certificate_reads_like_this_in_ntfy_and_gotify() {
    let payload = english().payloads(Channel::Ntfy, &[vpn()]).remove(0);
    assert_eq!(payload["title"], "Certificate reminder: vpn.example.com, 22 days left");
    insta::assert_snapshot!(payload["message"].as_str().unwrap(), @r#"
    1 certificate expires within 30 days.

    1. vpn.example.com: 22 days left
    Expires: 2026-12-14 00:59:59 CET
    To do: renew it, and put the new one in place at vpn.example.com:443.
    Note: Order at the CA portal (cost centre 4711), install by hand on the F5

    certnotify 1.0.0 on web-1.example.com, /etc/certnotify/policies.toml
    "#);
    assert_eq!(english().payloads(Channel::Gotify, &[vpn()])[0]["message"], payload["message"]);
}

#[test]
fn the_most_urgent_certificate_of_all_says_how_loud_a_message_is() {
    for (cases, ntfy, tag, gotify) in [
        (vec![in_days(20), in_days(-1)], 5, "rotating_light", 10),
        (vec![in_days(20), in_days(6)], 4, "warning", 8),
        (vec![in_days(20)], 3, "hourglass_flowing_sand", 5),
        (vec![in_days(50)], 3, "hourglass_flowing_sand", 5),
    ] {
        let payload = english().payloads(Channel::Ntfy, &cases).remove(0);
        assert_eq!((payload["priority"].clone(), payload["tags"].clone()), (json!(ntfy), json!([tag])));
        assert_eq!(english().payloads(Channel::Gotify, &cases)[0]["priority"], gotify);
    }
    let happened = |kind: EventKind| {
        let occurrences = everything().into_iter().find(|occurrences| occurrences.kind == kind).unwrap();
        payload(&messages(&english(), Channel::Ntfy, &[], &[occurrences]).remove(0))["priority"].clone()
    };
    assert_eq!((happened(EventKind::Revocation), happened(EventKind::Hosting)), (json!(4), json!(2)));
}
