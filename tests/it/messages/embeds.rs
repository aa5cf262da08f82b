//! Slack, Teams and Discord: who is mentioned, what is linked, and what a message looks like.

use certnotify::policy::{Channel, Language};
use certnotify::render::Body;
use serde_json::{Value, json};

use super::fleet::{World, fleet, payload, twelve, vpn};
use crate::support::chat_vendors::is_well_formed;

const SERVICES: [Channel; 3] = [Channel::Slack, Channel::Teams, Channel::Discord];

fn world() -> World {
    World::from_language(Language::English)
}

fn mentioning(channel: Channel, mentions: &[&str]) -> Value {
    let mut world = world();
    world.robot(channel).mention = mentions.iter().map(|mention| (*mention).to_owned()).collect();
    let payload = world.payloads(channel, &[vpn()]).remove(0);
    assert_eq!(is_well_formed(channel, &payload), Ok(()));
    payload
}

#[test]
fn every_service_takes_what_is_made_for_it() {
    for world in World::all() {
        for channel in SERVICES {
            for size in [1, 15, 16, 61, 5000] {
                for message in world.messages(channel, &fleet(size)) {
                    let Body::Chat { payload, plainer } = &message.body else { panic!("a chat has a chat's body") };
                    for payload in std::iter::once(payload).chain(plainer) {
                        assert_eq!(is_well_formed(channel, payload), Ok(()), "{channel} {size}");
                    }
                }
            }
            let test = certnotify::render::test_message(
                &certnotify::policy::ContactName::new("ops"),
                channel,
                &world.render_input(),
                super::fleet::NOW,
            );
            assert_eq!(is_well_formed(channel, &payload(&test)), Ok(()), "{channel}");
        }
    }
}

#[test]
fn slack_mentions_members_groups_and_the_room_in_a_section_of_their_own() {
    let section = |payload: &Value| {
        let blocks = payload["blocks"].as_array().unwrap();
        blocks.iter().find(|block| block["type"] == "section").map(|block| block["text"].clone())
    };
    let payload = mentioning(Channel::Slack, &["U024BE7LH", "W012A3CDE", "S0614TZR7", "here", "all", "channel"]);
    let text = "<@U024BE7LH> <@W012A3CDE> <!subteam^S0614TZR7> <!here> <!channel>";
    assert_eq!(section(&payload), Some(json!({ "type": "mrkdwn", "text": text, "verbatim": true })));
    assert!(!payload["text"].as_str().unwrap().contains('<'), "the preview mentions nobody");
    assert_eq!(section(&mentioning(Channel::Slack, &["zhangsan", "13800000000"])), None);
    assert_eq!(section(&mentioning(Channel::Slack, &[])), None);
}

#[test]
fn discord_may_mention_whom_the_policy_file_names_and_no_others() {
    let allowed = |mentions: &[&str]| {
        let payload = mentioning(Channel::Discord, mentions);
        (payload["content"].clone(), payload["allowed_mentions"].clone())
    };
    let nobody = json!({ "parse": [], "users": [], "roles": [] });
    assert_eq!(allowed(&[]), (Value::Null, nobody.clone()));
    assert_eq!(allowed(&["zhangsan", "&ops", "S1"]), (Value::Null, nobody));
    let (content, leave) = allowed(&["80351110224678912", "&165511591545143296"]);
    assert_eq!(content, "<@80351110224678912> <@&165511591545143296>");
    assert_eq!(leave, json!({ "parse": [], "users": ["80351110224678912"], "roles": ["165511591545143296"] }));
    for (mention, text) in [("all", "@everyone"), ("here", "@here")] {
        let (content, leave) = allowed(&[mention]);
        assert_eq!((content, leave), (json!(text), json!({ "parse": ["everyone"], "users": [], "roles": [] })));
    }
}

#[test]
fn more_people_than_a_message_can_mention_do_not_keep_it_from_the_room() {
    for (channel, letter) in [(Channel::Slack, "U"), (Channel::Discord, "")] {
        let people: Vec<String> = (0..5000).map(|number| format!("{letter}80351110224{number:06}")).collect();
        let people: Vec<&str> = people.iter().map(String::as_str).collect();
        let shown = mentioning(channel, &people).to_string();
        assert!(shown.contains(people[0]) && !shown.contains(people[4999]), "{channel}");
    }
}

#[test]
fn a_page_in_a_note_can_be_opened_and_nothing_else() {
    let case = || vpn().note("Runbook: https://wiki.example/tls_1, or ask https://");
    let page = "https://wiki.example/tls_1";
    let slack = world().payloads(Channel::Slack, &[case()]).remove(0).to_string();
    assert!(slack.contains(&json!({ "type": "link", "url": page, "text": page }).to_string()), "{slack}");
    assert_eq!(slack.matches("\"link\"").count(), 1);
    let teams = world().payloads(Channel::Teams, &[case()]).remove(0).to_string();
    let action = json!({ "type": "Action.OpenUrl", "url": page }).to_string();
    assert!(teams.contains(&action) && teams.matches("OpenUrl").count() == 1, "{teams}");
    let discord = world().payloads(Channel::Discord, &[case()]).remove(0).to_string();
    assert!(discord.contains(&format!("Runbook\\\\: {page}, or ask https：//")), "{discord}");
}

/// The plain texts of a Slack message, one block a line.
fn slack_text(payload: &Value) -> String {
    let texts = |elements: &Value| {
        let elements = elements.as_array().unwrap().iter();
        elements.map(|element| element["text"].as_str().unwrap()).collect::<String>()
    };
    let blocks = payload["blocks"].as_array().unwrap().iter().map(|block| match block["type"].as_str().unwrap() {
        "header" => format!("[{}]", block["text"]["text"].as_str().unwrap()),
        "rich_text" => texts(&block["elements"][0]["elements"]),
        "context" => format!("({})", texts(&block["elements"])),
        other => format!("<{other}>"),
    });
    blocks.collect::<Vec<_>>().join("\n")
}

#[test]
fn one_certificate_reads_like_this_in_slack() {
    let payload = world().payloads(Channel::Slack, &[vpn()]).remove(0);
    assert_eq!(
        payload["text"],
        "Certificate reminder: vpn.example.com, 22 days left\n1 certificate expires within 30 days."
    );
    insta::assert_snapshot!(slack_text(&payload), @r#"
    [Certificate reminder: vpn.example.com, 22 days left]
    1 certificate expires within 30 days.
    1. vpn.example.com 22 days left
    Expires: 2026-12-14 00:59:59
    Names: vpn.example.com, webmail.example.com
    Seen: vpn.example.com:443 (10.20.0.5), today 08:07
    Issuer: Example Public CA G2, serial 4407b95a9b44404b…07859ea, SHA-256 eff12734d55ba30f
    Note: Order at the CA portal (cost centre 4711), install by hand on the F5
    Why: every 7 days, last on 14 November
    <divider>
    (Times are CET (Europe/Berlin). Derived from its dates. Policy "default" reminds from 30 days before the end, every 7 days, and at 7, 3 and 1 days.
    The next goes out on Saturday, 28 November, unless it is renewed by then. Also sent to: no one else; from 11 December also to anna.
    297 other certificates need nothing; 1 could not be seen and is watched by its last known dates.
    To hold it until 2026-11-28, on web-1.example.com: certnotify snooze f5/vpn.example.com --until 2026-11-28
    certnotify 1.0.0 on web-1.example.com, /etc/certnotify/policies.toml)
    "#);
}

#[test]
fn one_certificate_reads_like_this_in_discord() {
    let payload = world().payloads(Channel::Discord, &[vpn()]).remove(0);
    let embeds = payload["embeds"].as_array().unwrap();
    assert_eq!((embeds.len(), &embeds[0]["title"]), (2, &json!("Certificate reminder: vpn.example.com, 22 days left")));
    insta::assert_snapshot!(embeds[0]["description"].as_str().unwrap(), @r#"
    **1** certificate expires within 30 days.

    **1.** **vpn.example.com** 22 days left
    Expires: 2026-12-14 00:59:59
    Names: vpn.example.com, webmail.example.com
    Seen: vpn.example.com\:443 (10.20.0.5), today 08:07
    Issuer: Example Public CA G2, serial 4407b95a9b44404b…07859ea, SHA-256 eff12734d55ba30f
    Note: Order at the CA portal \(cost centre 4711\), install by hand on the F5
    Why: every 7 days, last on 14 November
    "#);
}

#[test]
fn one_certificate_reads_like_this_in_teams() {
    let world = World::from_language(Language::SimplifiedChinese);
    let payload = world.payloads(Channel::Teams, &[vpn().owner("zhangsan")]).remove(0);
    let card = &payload["attachments"][0]["content"];
    assert_eq!((&card["version"], &card["msteams"]["width"]), (&json!("1.4"), &json!("Full")));
    let blocks = card["body"].as_array().unwrap().iter().map(|block| {
        let runs = block["inlines"].as_array().unwrap().iter();
        runs.map(|run| run["text"].as_str().unwrap()).collect::<String>()
    });
    insta::assert_snapshot!(blocks.collect::<Vec<_>>().join("\n"), @r#"
    证书提醒：vpn.example.com 剩 22 天
    30 天内到期 1 张。
    1. vpn.example.com 剩 22 天
    到期：2026-12-14 07:59:59
    域名：vpn.example.com、webmail.example.com
    位置：vpn.example.com:443（10.20.0.5），今天 15:07
    签发：Example Public CA G2，序列号 4407b95a9b44404b…07859ea，SHA-256 eff12734d55ba30f
    负责人：zhangsan
    备注：Order at the CA portal (cost centre 4711), install by hand on the F5
    原因：每 7 天一次，上次 11 月 14 日
    时间为北京时间（UTC+8）。依据：由有效期推算。策略 default：提前 30 天起，每 7 天一次，剩 7、3、1 天时再各提醒一次。
    下次提醒：11 月 28 日（周六）。续期后自动停止。同时通知：无；12 月 11 日起还将通知 anna。
    其余 297 张证书无需处理；1 张本次未能看到，按最后所见的日期继续跟踪。
    如需将提醒暂停到 2026-11-28，请在 web-1.example.com 上执行：certnotify snooze f5/vpn.example.com --until 2026-11-28
    certnotify 1.0.0，主机 web-1.example.com，/etc/certnotify/policies.toml
    "#);
}

#[test]
fn what_is_urgent_is_seen_at_a_glance() {
    let (expired, calm) = (twelve(), vec![vpn()]);
    let color = |cases| world().payloads(Channel::Discord, cases).remove(0)["embeds"][0]["color"].clone();
    assert_eq!((color(&expired), color(&calm)), (json!(0x00D9_3026), json!(0x001A_73E8)));
    let title = |cases| {
        let card = world().payloads(Channel::Teams, cases).remove(0)["attachments"][0]["content"].clone();
        card["body"][0]["inlines"][0]["color"].clone()
    };
    assert_eq!((title(&expired), title(&calm)), (json!("Attention"), json!("Default")));
}

#[test]
fn the_clients_of_teams_make_no_date_of_a_text() {
    let case = vpn().note("{{DATE(2017-02-14T06:00Z, SHORT)}}");
    let text = world().payloads(Channel::Teams, &[case]).remove(0).to_string();
    assert!(text.contains("｛｛DATE(") && !text.contains("{{"), "{text}");
}
