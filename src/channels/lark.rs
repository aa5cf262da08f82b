//! Lark's (Feishu's) group robots.

use super::mention::{self, mention};
use super::spec::{MINUTE, SECOND};
use super::table::{CA_FILE, KEYWORD, MENTION_WITHIN, PROXY, WEBHOOK};
use super::{Form, Hosts, Key, Objection, Role, Spec, Table, WebAddress};

pub(super) static SPEC: Spec =
    Spec { aliases: &["feishu"], table: Some(TABLE), limits: &[(4, SECOND), (86, MINUTE)], ..Spec::new(Form::Page) };

const TABLE: Table = Table {
    hosts: Some(Hosts {
        names: &["open.feishu.cn", "open.larksuite.com"],
        path: "/open-apis/bot/v2/hook/",
        parameter: "",
    }),
    check_address: is_legacy,
    ..Table::new(&[
        WEBHOOK,
        Key::optional("secret", Role::Signing, "The secret of the robot, where it asks for a signature."),
        KEYWORD,
        mention(
            "Who is mentioned: the open_id (`ou_…`) or user_id of people; `all` for the whole group.",
            objection_to_mention,
        ),
        MENTION_WITHIN,
        CA_FILE,
        PROXY,
    ])
};

/// Of the robots' first generation.
fn is_legacy(address: &WebAddress<'_>) -> Option<Objection> {
    Objection::unless(
        !address.path.starts_with("/open-apis/bot/hook/"),
        "this is the address of a robot of the first generation, which takes other messages",
        "make a new custom robot in the group: its address has /open-apis/bot/v2/hook/",
    )
}

fn objection_to_mention(name: &str) -> Option<Objection> {
    let is_mobile = name.len() == 11 && name.bytes().all(|byte| byte.is_ascii_digit());
    if is_mobile {
        let help = "write the open_id (`ou_…`) or user_id of the person, or `all`";
        return Some(Objection::new("Lark robots cannot mention by mobile number", help));
    }
    mention::objection(name)
}
