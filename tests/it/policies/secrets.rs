//! A secret is in no text that is shown, however wrong the file is.

use certnotify::policy::SourceFile;

use super::{REST, shown};

#[test]
fn no_problem_shows_a_secret() {
    let secret = "hunter2topsecret";
    let address = format!("https://oapi.dingtalk.com/robot/send?access_token={secret}");
    for part in [
        format!("[email]\nhost = \"a.example\"\ntls = \"none\"\nusername = \"u\"\npassword = \"{secret}\"\n"),
        format!("[[certificates]]\nendpoint = \"postgres://u:{secret}@db\"\n"),
        format!("[[certificates]]\nendpoint = \"a\"\nproxy = \"ftp://u:{secret}@proxy\"\n"),
        format!("[[certificates]]\nendpoint = \"a\"\nproxy = \"socks5://u:{secret}@proxy:0\"\n"),
        format!("[email]\npasswrd = \"{secret}\"\n"),
        format!("[email]\npassword = \"{secret}\n"),
        format!("[email]\npassword = {secret}\n"),
        format!("[email]\npassword = “{secret}”\n"),
        format!("[contacts.b]\nwecom = {{ webhook = “https://a.example/{secret}” }}\n"),
        format!("[email]\nusername = \"u\"\npassword = [\"{secret}\"]\n"),
        format!("[email]\nusername = \"u\"\npassword = {{ value = \"{secret}\" }}\n"),
        format!("[email]\nusername = \"u\"\npassword = \"\"\"\n\u{7}{secret}\n\"\"\"\n"),
        format!("[email]\nport = \"x\"\nanything = \"{secret}\"\n"),
        format!("[contacts.b]\ndingtalk = \"{address}\"\n"),
        format!("[contacts.b]\ndingtalk = {{ url = \"{address}\" }}\n"),
        format!("[contacts.b]\nwecom = {{ webhook = \"{address}\" }}\n"),
        format!("[contacts.b]\nwecom = {{ webhook = \"http://example.com/{secret}\" }}\n"),
        format!("[contacts.b]\nwebhook = \"{address}\"\n"),
        format!("[contacts.b]\nurl = \"{address}\"\n"),
        format!("[contacts.b]\nslack = {{ webhook = \"{secret}\" }}\nntfy = {{ topic = \"{secret}\" }}\n"),
        format!("[contacts.b]\nwecom = {{ webhook = {{ env = \"A\" }}, proxy = \"socks://u:{secret}@proxy\" }}\n"),
        format!("[contacts.b]\nwebhook = {{ adress = \"https://a.example/{secret}\" }}\n"),
        format!("[contacts.b]\nwebhook = {{ url = {{ env = \"A\" }}, secret = \"{secret}\" }}\n"),
        format!("[contacts.b]\npagerduty = {{ key = \"{secret}\" }}\n"),
        format!("[contacts.b]\npagerduty = {{ routing-key = \"{secret}\" }}\n"),
        format!("[contact.b]\nwecom = {{ webhook = \"{secret}\" }}\n"),
        format!("[settings]\nheartbeat = \"hc.example/{secret}\"\n"),
        format!("[settings]\nheartbeat = {{ url = \"https://hc.example/{secret}\" }}\n"),
        format!("[settings]\nheartbeats = \"https://hc.example/{secret}\"\n"),
        format!("[settings]\nhealthcheck = \"https://hc.example/{secret}\"\n"),
        format!("[settings]\nanything = \"https://hc.example/{secret}\"\n"),
        format!("[contacts.b]\nrocketchat = {{ url = \"https://chat.example/x/{secret}\", room = \"{secret}\" }}\n"),
        format!("[contacts.b]\nzulip = \"https://bot:{secret}@zulip.example\"\n"),
        format!("[contacts.b]\nslak = \"{secret}\"\n"),
        format!("mailer = {{ login = \"{secret}\" }}\n"),
        format!("[[certificates]]\nfile = \"b\"\npassword = [\"{secret}\"]\n"),
        format!("[[certificates]]\nfile = \"b\"\npasword = \"{secret}\"\n"),
        format!("[[certificates]]\nfile = \"b\"\npkcs12-phrase = \"{secret}\"\n"),
        format!("[[certificates]]\nendpoint = \"b\"\npassword = \"{secret}\"\n"),
    ] {
        let parsed = super::parsed(&format!("{REST}{part}"));
        assert!(!format!("{parsed:?}").contains(secret), "Debug of\n{part}");
        let problems = parsed.policies.expect_err(&part);
        assert!(!shown(&problems).contains(secret), "of\n{part}\nis told\n{}", shown(&problems));
        assert!(!serde_json::to_string(&problems).unwrap().contains(secret));
    }
    let fine = format!("{REST}[contacts.b]\ndingtalk = {{ webhook = \"{address}\", secret = \"{secret}\" }}\n");
    assert!(!format!("{:?}", super::parsed(&fine)).contains(secret));
    assert!(!format!("{:?}", SourceFile::new("p.toml", fine)).contains(secret));
}
