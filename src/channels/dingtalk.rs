//! DingTalk's group robots.

use super::mention::OF_A_ROBOT;
use super::spec::MINUTE;
use super::table::{CA_FILE, KEYWORD, MENTION_WITHIN, PROXY, WEBHOOK};
use super::{Form, Hosts, Key, Role, Spec, Table};

pub(super) static SPEC: Spec = Spec {
    synonyms: &["ding", "dingding", "钉钉"],
    table: Some(TABLE),
    limits: &[(17, MINUTE)],
    ..Spec::new(Form::Page)
};

const TABLE: Table = Table {
    hosts: Some(Hosts {
        names: &["oapi.dingtalk.com", "api.dingtalk.io"],
        path: "/robot/send",
        parameter: "access_token=",
    }),
    ..Table::new(&[
        WEBHOOK,
        Key::optional("secret", Role::Signing, "The secret of the robot (`SEC…`), where it asks for a signature."),
        KEYWORD,
        OF_A_ROBOT,
        MENTION_WITHIN,
        CA_FILE,
        PROXY,
    ])
};
