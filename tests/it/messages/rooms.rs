//! Chat robots: mentions, keywords, and what a message in a room tells.

use certnotify::policy::{Channel, Contact, ContactName, Language};
use certnotify::render::Body;
use serde_json::{Value, json};
use time::Duration;

use super::fleet::{CHATS, Case, NOW, World, fleet, payload, robot, somebody, twelve, vpn};
use super::hostile::poisoned;

fn world() -> World {
    World::from_language(Language::English)
}

fn in_days(days: i64) -> Case {
    Case::new("a/x.example.com", "x.example.com", "x.example.com:443", NOW + Duration::days(days))
}

fn markdown(payload: &Value) -> &str {
    payload["markdown"]["text"].as_str().or(payload["markdown"]["content"].as_str()).unwrap()
}

#[test]
fn dingtalk_mentions_by_its_at_object_and_the_same_in_the_text() {
    let mut world = world();
    let mentions = ["13800000000", "+852-51234567", "manager4220"];
    world.robot(Channel::DingTalk).mention = mentions.map(str::to_owned).to_vec();
    let payload = world.payloads(Channel::DingTalk, &[vpn()]).remove(0);
    assert_eq!(
        payload["at"],
        json!({ "atMobiles": ["13800000000", "+852-51234567"], "atUserIds": ["manager4220"], "isAtAll": false })
    );
    assert!(markdown(&payload).ends_with("\n\n@13800000000 @+852-51234567 @manager4220"));
    world.robot(Channel::DingTalk).mention = vec!["all".to_owned()];
    let payload = world.payloads(Channel::DingTalk, &[vpn()]).remove(0);
    assert_eq!(payload["at"], json!({ "atMobiles": [], "atUserIds": [], "isAtAll": true }));
}

#[test]
fn wecom_mentions_users_in_the_text_and_mobile_numbers_in_one_more_message() {
    let mut world = world();
    world.robot(Channel::WeCom).mention = vec!["zhangsan".to_owned()];
    let messages = world.messages(Channel::WeCom, &[vpn()]);
    assert_eq!(messages.len(), 1);
    assert!(markdown(&payload(&messages[0])).ends_with("\n\n<@zhangsan>"));

    world.robot(Channel::WeCom).mention = vec!["13800000000".to_owned(), "zhangsan".to_owned(), "all".to_owned()];
    let messages = world.messages(Channel::WeCom, &fleet(5000));
    assert_eq!(messages.len(), 3, "the mention counts as one of three");
    assert!(!markdown(&payload(&messages[0])).contains("<@"));
    let last = payload(&messages[2]);
    assert_eq!(last["msgtype"], "text");
    assert_eq!(last["text"]["mentioned_mobile_list"], json!(["13800000000"]));
    assert_eq!(last["text"]["mentioned_list"], json!(["zhangsan", "@all"]));
    assert!(last["text"]["content"].as_str().unwrap().len() <= 300);
    assert!(messages[2].reminders.is_empty() && messages[2].certificates == 0);
    assert_ne!(messages[2].id, messages[0].id);
}

#[test]
fn lark_mentions_in_the_card_and_in_the_plainer_post() {
    let mut world = world();
    world.robot(Channel::Lark).mention = vec!["ou_abc".to_owned(), "all".to_owned()];
    let message = world.messages(Channel::Lark, &[vpn()]).remove(0);
    let Body::Chat { payload, plainer } = message.body else { panic!("a chat has a chat's body") };
    let head = payload["card"]["elements"][0]["text"]["content"].as_str().unwrap();
    assert!(head.ends_with("<at id=ou_abc></at> <at id=all></at>"));
    let post = &plainer[0]["content"]["post"]["en_us"]["content"];
    let last = post.as_array().unwrap().last().unwrap();
    assert_eq!(*last, json!([{ "tag": "at", "user_id": "ou_abc" }, { "tag": "at", "user_id": "all" }]));
}

#[test]
fn a_text_that_a_service_takes_exception_to_keeps_no_message_from_the_room() {
    const UNFIT: &str = "unfit wörd";
    for channel in CHATS.iter().copied() {
        let mut world = world();
        world.robot(channel).mention = vec!["13800000000".to_owned()];
        let messages = world.messages(channel, &[vpn(), poisoned(UNFIT, 1)]);
        for message in messages {
            let Body::Chat { payload, plainer } = message.body else { panic!("a chat has a chat's body") };
            let plainer = plainer.last().unwrap().to_string();
            assert!(payload.to_string().contains("unfit") || message.certificates == 0, "{channel}: {payload}");
            assert!(!plainer.contains("unfit") && !plainer.contains("wörd"), "{channel}: {plainer}");
            let fingerprint = poisoned(UNFIT, 1).certificate.fingerprint.short();
            assert!(message.certificates == 0 || plainer.contains(&fingerprint), "{channel}: {plainer}");
        }
    }
}

#[test]
fn people_are_mentioned_only_when_a_certificate_is_close_enough_to_its_end() {
    let mut world = world();
    for channel in CHATS.iter().copied() {
        let Some(person) = somebody(channel) else { continue };
        world.robot(channel).mention = vec![person.to_owned()];
        world.robot(channel).mention_within = Some(Duration::days(7));
        let mentions = |cases: &[Case]| world.payloads(channel, cases)[0].to_string().contains(person);
        assert!(!mentions(&[in_days(8)]), "{channel}");
        assert!(mentions(&[in_days(7)]) && mentions(&[in_days(8), in_days(-3)]), "{channel}");
    }
}

#[test]
fn people_are_mentioned_on_the_first_page_only() {
    let mut world = world();
    for channel in CHATS.iter().copied() {
        let Some(person) = somebody(channel) else { continue };
        world.robot(channel).mention = vec![person.to_owned()];
        let payloads = world.payloads(channel, &fleet(5000));
        let mentioning: Vec<bool> = payloads.iter().map(|payload| payload.to_string().contains(person)).collect();
        assert_eq!(mentioning, [true, false, false], "{channel}");
    }
}

#[test]
fn the_owner_of_a_certificate_is_mentioned_as_the_room_knows_them() {
    let mut world = world();
    let mut of_alice = robot();
    of_alice.mention = vec!["alice-id".to_owned()];
    let name = ContactName::new("alice");
    let alice = Contact { robots: [(Channel::DingTalk, of_alice)].into(), ..Contact::new(name.clone()) };
    world.policies.contacts.insert(name, alice);
    let at = |cases: &[Case]| world.payloads(Channel::DingTalk, cases)[0]["at"]["atUserIds"].clone();
    assert_eq!(at(&[vpn().owner("alice")]), json!(["alice-id"]));
    assert_eq!(at(&[vpn().owner("somebody else")]), json!([]));
    assert_eq!(at(&[vpn()]), json!([]));
}

#[test]
fn a_mention_cannot_end_the_markup_around_it() {
    let mut world = world();
    for (channel, mention) in CHATS.iter().flat_map(|channel| {
        ["ou_1></at><at id=all", "U1> <!channel", "S1|<!here>", "1> @everyone <@&2"].map(|mention| (*channel, mention))
    }) {
        world.robot(channel).mention = vec![mention.to_owned()];
        let text = world.payloads(channel, &[vpn()])[0].to_string();
        for mark in ["<at id=all", "<!channel", "<!here", "@everyone <", "<@&2"] {
            assert!(!text.contains(mark), "{channel} {mention}: {text}");
        }
    }
}

#[test]
fn the_keyword_of_a_robot_stands_in_title_and_text_once() {
    let mut world = world();
    world.robot(Channel::DingTalk).keyword = Some("证书".to_owned());
    let payload = world.payloads(Channel::DingTalk, &twelve()).remove(0);
    assert_eq!(
        payload["markdown"]["title"],
        "证书 Certificate reminder: 12 need action, 1 of them expired; first shop.example.com"
    );
    assert!(markdown(&payload).starts_with("### 证书 Certificate reminder"));
    let mut chinese = World::from_language(Language::SimplifiedChinese);
    chinese.robot(Channel::DingTalk).keyword = Some("证书".to_owned());
    let payload = chinese.payloads(Channel::DingTalk, &twelve()).remove(0);
    assert_eq!(payload["markdown"]["title"], "证书提醒：12 张需要处理，其中 1 张已过期，最急 shop.example.com");
    let test =
        certnotify::render::test_message(&ContactName::new("ops"), Channel::DingTalk, &world.render_input(), NOW);
    assert!(super::fleet::payload(&test)["markdown"]["title"].as_str().unwrap().contains("证书"));
}

#[test]
fn one_certificate_reads_like_this_in_dingtalk() {
    let world = World::from_language(Language::SimplifiedChinese);
    let case = vpn().note("手册：https://wiki.example/tls_1").owner("zhangsan");
    insta::assert_snapshot!(markdown(&world.payloads(Channel::DingTalk, &[case])[0]), @r#"
    ### 证书提醒：vpn.example.com 剩 22 天

    30 天内到期 **1** 张。

    **1.** **vpn.example.com** 剩 22 天  
    到期：2026-12-14 07:59:59  
    域名：vpn.example.com、webmail.example.com  
    位置：vpn.example.com:443（10.20.0.5），今天 15:07  
    签发：Example Public CA G2，序列号 4407b95a9b44404b…07859ea，SHA-256 eff12734d55ba30f  
    负责人：zhangsan  
    备注：手册：https://wiki.example/tls_1  
    原因：每 7 天一次，上次 11 月 14 日

    > 时间为北京时间（UTC+8）。依据：由有效期推算。策略 default：提前 30 天起，每 7 天一次，剩 7、3、1 天时再各提醒一次。  
    > 下次提醒：11 月 28 日（周六）。续期后自动停止。同时通知：无；12 月 11 日起还将通知 anna。  
    > 其余 297 张证书无需处理；1 张本次未能看到，按最后所见的日期继续跟踪。  
    > 如需将提醒暂停到 2026-11-28，请在 web-1.example.com 上执行：certnotify snooze f5/vpn.example.com --until 2026-11-28  
    > certnotify 1.0.0，主机 web-1.example.com，/etc/certnotify/policies.toml
    "#);
}

#[test]
fn one_certificate_reads_like_this_in_wecom() {
    insta::assert_snapshot!(markdown(&world().payloads(Channel::WeCom, &[vpn()])[0]), @r#"
    ### Certificate reminder: `vpn.example.com`, 22 days left

    **1** certificate expires within 30 days.

    **1.** `vpn.example.com` 22 days left
    Expires: 2026-12-14 00:59:59
    Names: `vpn.example.com`, `webmail.example.com`
    Seen: vpn.example.com:443 (`10.20.0.5`), today 08:07
    Issuer: Example Public CA G2, serial 4407b95a9b44404b…07859ea, SHA-256 eff12734d55ba30f
    Note: Order at the CA portal （cost centre 4711）, install by hand on the F5
    Why: every 7 days, last on 14 November

    > Times are CET (Europe/Berlin). Derived from its dates. Policy "default" reminds from 30 days before the end, every 7 days, and at 7, 3 and 1 days.
    > The next goes out on Saturday, 28 November, unless it is renewed by then. Also sent to: no one else; from 11 December also to anna.
    > 297 other certificates need nothing; 1 could not be seen and is watched by its last known dates.
    > To hold it until 2026-11-28, on `web-1.example.com`: certnotify snooze f5/vpn.example.com --until 2026-11-28
    > certnotify 1.0.0 on `web-1.example.com`, /etc/certnotify/policies.toml
    "#);
}

#[test]
fn many_certificates_are_a_table_in_lark() {
    let card = world().payloads(Channel::Lark, &fleet(20)).remove(0);
    let table = &card["card"]["elements"][1];
    assert_eq!((table["tag"].as_str(), table["rows"].as_array().unwrap().len()), (Some("table"), 20));
    assert!(table["columns"].as_array().unwrap().iter().all(|column| column["data_type"] == "text"));
    assert_eq!(card["card"]["header"]["template"], "red");
    insta::assert_snapshot!(table["rows"][5].to_string(), @r#"{"e":"2026-11-21 08:14:59","i":"Example Public CA G2","l":"< 1 h","n":"host-0005.region-5.example.com","s":"host-0005.region-5.example.com:443"}"#);
}

#[test]
fn what_the_last_messages_only_counted_keeps_its_place_before_the_rest() {
    let mut cases = twelve();
    cases.swap(0, 11);
    let payload = world().payloads(Channel::DingTalk, &cases).remove(0);
    let text = markdown(&payload).split_once('\n').unwrap().1;
    assert!(text.find("status.example.com").unwrap() < text.find("shop.example.com").unwrap());
    assert!(text.contains("**1.** **status.example.com**"), "{text}");
}
