//! The fakes of the vendors refuse a client that does it wrong: else no test that uses them would mean anything.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{SECRET, TOKEN};
use crate::support::chat_vendors::{ChannelConfig as Knobs, Vendors};
use crate::support::delivery::NOW;

fn hmac(key: &str, message: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(message.as_bytes());
    BASE64.encode(mac.finalize().into_bytes())
}

fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn vendors() -> Vendors {
    let vendors = Vendors::start();
    vendors.robot(TOKEN, Knobs { secret: Some(SECRET.to_owned()), ..Knobs::default() });
    vendors.robot("open", Knobs::default());
    vendors
}

fn dingtalk_code(timestamp: &str, sign: &str) -> i64 {
    let target = format!("/robot/send?access_token={TOKEN}&timestamp={timestamp}&sign={sign}");
    vendors().raw_code(&target, json!({"msgtype": "text", "text": {"content": "x"}}).to_string().as_bytes())
}

/// A moment at which the signature holds a plus sign.
fn moment_with_plus(sign: impl Fn(i64) -> String, from: i64) -> i64 {
    (from..from + 100).find(|moment| sign(*moment).contains('+')).unwrap()
}

#[test]
fn dingtalk_refuses_every_way_to_sign_wrongly() {
    let now = NOW.unix_timestamp() * 1000;
    let sign = |timestamp: i64| hmac(SECRET, &format!("{timestamp}\n{SECRET}"));
    let right = moment_with_plus(sign, now);
    assert_eq!(dingtalk_code(&right.to_string(), &encode(&sign(right))), 0);
    let seconds = now / 1000;
    let short = SECRET.strip_prefix("SEC").unwrap();
    for (mutation, timestamp, signature) in [
        ("seconds", seconds, encode(&sign(seconds))),
        ("encoded twice", right, encode(&encode(&sign(right)))),
        ("a raw plus sign", right, sign(right)),
        ("without SEC", right, encode(&hmac(short, &format!("{right}\n{short}")))),
        ("as Lark does", right, encode(&hmac(&format!("{right}\n{SECRET}"), ""))),
        ("no signature", right, String::new()),
        ("61 minutes old", now - 3_660_000, encode(&sign(now - 3_660_000))),
    ] {
        assert_eq!(dingtalk_code(&timestamp.to_string(), &signature), 310_000, "{mutation}");
    }
    for (skew, code) in [(3_599_000, 0), (-3_599_000, 0), (3_601_000, 310_000), (-3_601_000, 310_000)] {
        assert_eq!(dingtalk_code(&(now + skew).to_string(), &encode(&sign(now + skew))), code, "{skew}");
    }
}

fn lark_code(body: &Value) -> i64 {
    vendors().raw_code(&format!("/open-apis/bot/v2/hook/{TOKEN}"), body.to_string().as_bytes())
}

#[test]
fn lark_refuses_every_way_to_sign_wrongly() {
    let now = NOW.unix_timestamp();
    let sign = |timestamp: i64| hmac(&format!("{timestamp}\n{SECRET}"), "");
    let body = |timestamp: i64, sign: String| json!({"msg_type": "text", "content": {"text": "x"}, "timestamp": timestamp.to_string(), "sign": sign});
    let right = moment_with_plus(sign, now);
    assert_eq!(lark_code(&body(right, sign(right))), 0);
    for (mutation, body) in [
        ("as DingTalk does", body(now, hmac(SECRET, &format!("{now}\n{SECRET}")))),
        ("milliseconds", body(now * 1000, sign(now * 1000))),
        ("encoded", body(right, encode(&sign(right)))),
        ("no signature", json!({"msg_type": "text", "content": {"text": "x"}})),
        ("61 minutes old", body(now - 3660, sign(now - 3660))),
    ] {
        assert_eq!(lark_code(&body), 19_021, "{mutation}");
    }
    for (skew, code) in [(3599, 0), (-3599, 0), (3601, 19_021), (-3601, 19_021)] {
        assert_eq!(lark_code(&body(now + skew, sign(now + skew))), code, "{skew}");
    }
    let in_the_address = format!("/open-apis/bot/v2/hook/{TOKEN}?timestamp={now}&sign={}", encode(&sign(now)));
    let unsigned = json!({"msg_type": "text", "content": {"text": "x"}}).to_string();
    assert_eq!(vendors().raw_code(&in_the_address, unsigned.as_bytes()), 19_021);
}

#[test]
fn each_vendor_refuses_what_is_too_long_by_one_byte() {
    let vendors = vendors();
    let dingtalk = |length: usize| {
        let frame = json!({"msgtype": "text", "text": {"content": ""}}).to_string().len();
        let body = json!({"msgtype": "text", "text": {"content": "a".repeat(length - frame)}}).to_string();
        vendors.raw_code("/robot/send?access_token=open", body.as_bytes())
    };
    assert_eq!((dingtalk(20_000), dingtalk(20_001)), (0, 460_101));
    let wecom = |kind: &str, count: usize, rest: &str| {
        let content = format!("{}{rest}", "中".repeat(count));
        let body = json!({"msgtype": kind, kind: {"content": content}}).to_string();
        vendors.raw_code("/cgi-bin/webhook/send?key=open", body.as_bytes())
    };
    assert_eq!((wecom("markdown", 1365, "a"), wecom("markdown", 1365, "aa")), (0, 40_058));
    assert_eq!((wecom("text", 682, "ab"), wecom("text", 682, "abc")), (0, 40_058));
    let lark = |length: usize| {
        let frame = json!({"msg_type": "text", "content": {"text": ""}}).to_string().len();
        let body = json!({"msg_type": "text", "content": {"text": "a".repeat(length - frame)}}).to_string();
        vendors.raw_code("/open-apis/bot/v2/hook/open", body.as_bytes())
    };
    assert_eq!((lark(20_000), lark(20_001)), (0, 9499));
}

#[test]
fn each_vendor_refuses_what_is_no_message() {
    let vendors = vendors();
    let dingtalk = "/robot/send?access_token=open";
    let fine = json!({"msgtype": "text", "text": {"content": "x"}}).to_string();
    assert!(vendors.raw("GET", dingtalk, "application/json", b"").1.contains("43002"));
    assert!(vendors.raw("POST", dingtalk, "text/plain", fine.as_bytes()).1.contains("43004"));
    assert_eq!(vendors.raw_code("/robot/send?access_token=", fine.as_bytes()), 40_035);
    assert_eq!(vendors.raw_code("/robot/send?access_token=unknown", fine.as_bytes()), 300_005);
    for (body, code) in [
        ("{", 40_035),
        (r#"{"msgtype":"html"}"#, 400_105),
        (r#"{"msgtype":"markdown","markdown":{"text":"x"}}"#, 40_035),
    ] {
        assert_eq!(vendors.raw_code(dingtalk, body.as_bytes()), code, "{body}");
    }
    let wecom = "/cgi-bin/webhook/send?key=open";
    for (body, code) in [
        ("{", 40_008),
        (r#"{"msgtype":"markdown","text":{"content":"x"}}"#, 40_008),
        (r#"{"msgtype":"text","text":{"content":""}}"#, 44_004),
        (r#"{"msgtype":"text","text":{"content":"\u8bc1"}}"#, 40_033),
    ] {
        assert_eq!(vendors.raw_code(wecom, body.as_bytes()), code, "{body}");
    }
    let lark = "/open-apis/bot/v2/hook/open";
    for (body, code) in
        [("{", 9499), (r#"{"content":{"text":"x"}}"#, 19_002), (r#"{"msg_type":"interactive","card":"{}"}"#, 11_246)]
    {
        assert_eq!(vendors.raw_code(lark, body.as_bytes()), code, "{body}");
    }
    assert_eq!(vendors.raw("POST", "/open-apis/bot/hook/open", "application/json", fine.as_bytes()).0, 404);
}

#[test]
fn a_keyword_must_stand_in_the_title_and_in_the_text() {
    let vendors = vendors();
    vendors.robot("strict", Knobs { keywords: vec!["证书".to_owned()], ..Knobs::default() });
    let code = |title: &str, text: &str| {
        let body = json!({"msgtype": "markdown", "markdown": {"title": title, "text": text}}).to_string();
        vendors.raw_code("/robot/send?access_token=strict", body.as_bytes())
    };
    assert_eq!([code("证书", "证书"), code("证书", "x"), code("x", "证书")], [0, 310_000, 310_000]);
}

#[test]
fn each_vendor_refuses_who_sends_too_fast() {
    let vendors = vendors();
    let text = json!({"msgtype": "text", "text": {"content": "x"}}).to_string();
    let after = |seconds: u64| vendors.set_clock(NOW + Duration::from_secs(seconds));
    let dingtalk = || vendors.raw_code("/robot/send?access_token=open", text.as_bytes());
    let codes: Vec<i64> = (0..21).map(|_| dingtalk()).collect();
    assert!(codes[..20].iter().all(|code| *code == 0) && codes[20] == 130_101);
    after(599);
    assert_eq!(dingtalk(), 130_101);
    after(600);
    assert_eq!(dingtalk(), 0);

    vendors.robot("open", Knobs::default());
    let wecom = || vendors.raw_code("/cgi-bin/webhook/send?key=open", text.as_bytes());
    let codes: Vec<i64> = (0..21).map(|_| wecom()).collect();
    assert!(codes[..20].iter().all(|code| *code == 0) && codes[20] == 45_009);
    after(660);
    assert_eq!(wecom(), 0);

    vendors.robot("open", Knobs::default());
    let text = json!({"msg_type": "text", "content": {"text": "x"}}).to_string();
    let lark = || vendors.raw_code("/open-apis/bot/v2/hook/open", text.as_bytes());
    let codes: Vec<i64> = (0..6).map(|_| lark()).collect();
    assert_eq!(codes, [0, 0, 0, 0, 0, 9499]);
    let more: Vec<i64> = (0..96)
        .map(|number| {
            after(661 + number / 5);
            lark()
        })
        .collect();
    assert!(more[..95].iter().all(|code| *code == 0) && more[95] == 11_232);
}
