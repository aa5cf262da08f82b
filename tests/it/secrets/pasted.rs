//! A secret that was pasted where its name belongs, or in a form that no secret has.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

use super::texts_below;
use crate::support::certificates;

const ADDRESS: &str = "https://hooks.example.com/canary-a1b2?key=canary";

/// Everything that may stand for a secret and is none that can be used, with what must not be shown of it.
const WRONG: [(&str, &str); 15] = [
    (r#"{ env = "https://hooks.example.com/canary-a1b2?key=canary" }"#, "canary"),
    (r#"{ env = "$canary" }"#, "canary"),
    (r#"{ env = "can ary" }"#, "can ary"),
    (r#"{ env = "canary-1" }"#, "canary"),
    (r#"{ env = "1canary" }"#, "canary"),
    (r#"{ env = "SECcanary1b2c3d4e5f6a7b8c9" }"#, "canary"),
    (r#"{ env = ["canary"] }"#, "canary"),
    (r#"{ env = { env = "canary" } }"#, "canary"),
    ("{ env = 20261122 }", "20261122"),
    (r#"{ file = "https://hooks.example.com/canary-a1b2" }"#, "canary"),
    (r#"{ credential = "https://hooks.example.com/canary-a1b2" }"#, "canary"),
    (r#"{ credential = "../canary" }"#, "canary"),
    (r#"{ enviroment = "https://hooks.example.com/canary-a1b2" }"#, "canary"),
    (r#"["https://hooks.example.com/canary-a1b2"]"#, "canary"),
    ("20261122", "20261122"),
];

/// Each place of a secret, with `VALUE` for it.
const PLACES: [&str; 13] = [
    "[settings]\nheartbeat = VALUE\n[contacts.ops]\nemail = \"ops@example.com\"",
    "[email]\nhost = \"mail.example.com\"\nusername = \"u\"\npassword = VALUE\n[contacts.ops]\nemail = \"ops@example.com\"",
    "[contacts.ops]\ndingtalk = { webhook = VALUE }",
    "[contacts.ops]\ndingtalk = { webhook = { env = \"HOOK\" }, secret = VALUE }",
    "[contacts.ops]\nlark = { webhook = { env = \"HOOK\" }, secret = VALUE }",
    "[contacts.ops.slack]\nwebhook = VALUE",
    "[contacts.ops]\ntelegram = { token = VALUE, chat = \"1\" }",
    "[contacts.ops]\nntfy = { topic = VALUE }",
    "[contacts.ops]\ngotify = { base-url = \"https://gotify.example.com\", token = VALUE }",
    "[contacts.ops]\npagerduty = { routing-key = VALUE }",
    "[contacts.ops]\nwebhook = { url = VALUE }",
    "[contacts.ops]\nwebhook = { url = \"https://a.example/x\", secret = VALUE, proxy = VALUE }",
    "[contacts.ops]\nemail = \"ops@example.com\"\n[[certificates]]\nname = \"store\"\nfile = \"store.p12\"\npassword = VALUE",
];

fn said(policy: &str) -> String {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("www.pem"), certificates::leaf(&["www.example.com"]).self_signed().pem).unwrap();
    fs::create_dir(folder.path().join("memory")).unwrap();
    fs::write(folder.path().join("policies.toml"), policy).unwrap();
    let mut said = String::new();
    for arguments in [&["validate"][..], &["validate", "--format", "json"], &["run"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.env_clear().current_dir(folder.path()).args(arguments);
        let output = command.args(["-p", "policies.toml", "--state", "memory/state.json"]).output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{policy}: {output:?}");
        said += &String::from_utf8_lossy(&[output.stdout, output.stderr].concat());
    }
    said + &texts_below(&folder.path().join("memory"))
}

#[test]
fn what_was_pasted_in_place_of_a_name_is_an_error_and_is_never_quoted() {
    const ENTRY: &str = "\n[[certificates]]\nfile = \"www.pem\"\n";
    for place in PLACES {
        for (value, canary) in WRONG {
            let policy = place.replace("VALUE", value) + ENTRY;
            let said = said(&policy);
            assert!(!said.contains(canary), "{policy}\n{said}");
        }
    }
}

#[test]
fn a_line_that_is_no_toml_is_shown_without_what_stands_for_a_secret() {
    for broken in [
        format!("webhook = {{ env = \"{ADDRESS}\" x }}"),
        format!("webhook = {{ env = {ADDRESS} }}"),
        format!("password = [\"{ADDRESS}\", ]]"),
        "secret = { env = $canary }".to_owned(),
    ] {
        let said = said(&format!("[contacts.ops.dingtalk]\n{broken}\n"));
        assert!(!said.contains("canary") && said.contains("<secret>"), "{said}");
    }
}

#[test]
fn names_are_shown() {
    let said = said("[contacts.ops]\ndingtalk = { webhook = { env = \"DINGTALK_HOOK_2\" }, days = 3 }\n");
    assert!(said.contains("DINGTALK_HOOK_2"), "{said}");
}
