//! WeCom's group robots.

use super::mention::OF_A_ROBOT;
use super::spec::MINUTE;
use super::table::{CA_FILE, KEYWORD, MENTION_WITHIN, PROXY, WEBHOOK};
use super::{Form, Hosts, Key, Role, Spec, Table};

pub(super) static SPEC: Spec = Spec {
    synonyms: &["wechat", "wechat-work", "weixin", "wework", "企业微信"],
    table: Some(TABLE),
    limits: &[(17, MINUTE)],
    ..Spec::new(Form::Page)
};

const TABLE: Table = Table {
    hosts: Some(Hosts { names: &["qyapi.weixin.qq.com"], path: "/cgi-bin/webhook/send", parameter: "key=" }),
    ..Table::new(&[
        WEBHOOK,
        Key::optional(
            "secret",
            Role::Refused("WeCom robots sign nothing", "take `secret` out: the webhook is the whole key"),
            "Not here: WeCom robots sign nothing.",
        ),
        KEYWORD,
        OF_A_ROBOT,
        MENTION_WITHIN,
        CA_FILE,
        PROXY,
    ])
};
