//! What a policy may write for a domain, and how messages speak of one in Chinese.

use super::registry::{Reply, Server};
use super::{a_day_passes, entry, in_days, kinds, policy, registered, watching};
use crate::dated::World;

#[test]
fn what_is_no_domain_is_refused_with_what_to_write() {
    let world = World::new();
    for (lines, said, help) in [
        ("domain = \"www.example.com\"\n", "is a host of a domain", "domain = \"example.com\""),
        ("domain = \"https://example.com/a\"\n", "is more than a domain", "domain = \"example.com\""),
        ("domain = \"*.example.com\"\n", "is more than a domain", "domain = \"example.com\""),
        ("domain = \"example.com:443\"\n", "is more than a domain", "domain = \"example.com\""),
        ("domain = \"hostmaster@example.com\"\n", "is more than a domain", "domain = \"example.com\""),
        ("domain = \"com\"\n", "is a top-level domain", "domain = \"example.com\""),
        ("domain = \"192.0.2.1\"\n", "is an address, and no domain", "domain = \"example.com\""),
        ("domain = \"2001:db8::1\"\n", "is an address, and no domain", ""),
        ("domain = \"a_b.example\"\n", "is no domain", ""),
        ("domain = \"exa mple.com\"\n", "is no domain", ""),
        ("domain = \"\"\n", "`domain` is empty", ""),
        ("domain = [\"example.com\", \"EXAMPLE.com.\"]\n", "is written twice", "take one out"),
        ("domain = \"example.com\"\nexpires = \"2027-05-01\"\nname = \"x\"\n", "both `expires` and `domain`", ""),
        ("domain = \"example.com\"\nfile = \"a.pem\"\n", "both `domain` and `file`", ""),
        ("domain = \"example.com\"\nendpoint = \"example.com\"\n", "both `domain` and `endpoint`", ""),
        ("domain = \"example.com\"\nrenewal = \"auto\"\n", "`renewal` means nothing to a domain", "take it out"),
        ("domain = \"example.com\"\nca-file = \"a.pem\"\n", "`ca-file` means nothing to a domain", "take it out"),
        ("domain = \"example.com\"\ndeadline = \"33%\"\n", "a date has no lifetime", "deadline = \"30d\""),
    ] {
        world.watches(&format!("[[certificates]]\n{lines}"));
        let ran = world.runs(&["validate"]);
        let text = ran.stdout + &ran.stderr;
        assert_eq!(ran.code, 3, "{lines}: {text}");
        assert!(text.contains(said) && text.contains(help), "{lines}: {text}");
    }
    for right in ["example.co.uk", "www.com", "www.co.uk", "例子.中国", "xn--fsqu00a.xn--fiqs8s", "a-1.example.org."]
    {
        world.watches(&entry(right));
        let ran = world.runs(&["validate"]);
        assert_eq!(ran.code, 0, "{right}: {}{}", ran.stdout, ran.stderr);
    }
}

#[test]
fn a_registry_is_named_by_https_or_on_this_machine() {
    let world = World::new();
    for (servers, said) in [
        ("{ com = \"http://rdap.example/\" }", "is not asked by plain http"),
        ("{ com = \"http://10.0.0.1/\" }", "is not asked by plain http"),
        ("{ com = \"rdap.example\" }", "it begins with https://"),
        ("{ com = \"https:///x\" }", "names no host"),
        ("{ com = \"https://rdap.example/?q=\" }", "has more than a path"),
        ("{ com = \"https://user:hunter2@rdap.example/\" }", "a login stands in an address"),
        ("{ \"a b\" = \"https://rdap.example/\" }", "is no end of a domain"),
        ("{ com = 1 }", "`rdap-servers` is a number"),
        ("\"https://rdap.example/\"", "it must be a table"),
    ] {
        let text = policy("https://rdap.example/", &entry("example.com"));
        world.writes(&text.replace("{ \"*\" = \"https://rdap.example/\" }", servers));
        let ran = world.runs(&["validate"]);
        let text = ran.stdout + &ran.stderr;
        assert_eq!(ran.code, 3, "{servers}: {text}");
        assert!(text.contains(said) && !text.contains("hunter2"), "{servers}: {text}");
    }
    let text = policy("https://rdap.example", &entry("example.com"));
    world.writes(
        &text.replace("\"*\" =", "\".co.uk\" = \"http://localhost:8080\", \"中国\" = \"http://[::1]/\", com ="),
    );
    let ran = world.runs(&["validate"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn messages_in_chinese_speak_of_a_registration() {
    let server = Server::start();
    let world = watching(&server, 10);
    let in_chinese =
        policy(&server.url(), &entry("example.com")).replace("[settings]", "[settings]\nlanguage = \"zh-CN\"");
    world.writes(&in_chinese);
    assert_eq!(kinds(&world), ["business.expiration"]);
    let reminder = world.last_message();
    assert!(reminder.contains("example.com：域名注册将于") && reminder.contains("到注册商处续费域名"), "{reminder}");
    assert!(reminder.contains("example.com 的域名注册将于") && !reminder.contains("证书"), "{reminder}");
    server.says("example.com", &registered("example.com", &in_days(400)));
    a_day_passes(&world);
    assert_eq!(kinds(&world), ["business.hosting"]);
    let closing = world.last_message();
    assert!(closing.contains("域名注册已续期至") && !closing.contains("证书"), "{closing}");
    server.replies("example.com", Reply::status(404));
    a_day_passes(&world);
    world.runs(&["run"]);
    assert_eq!(kinds(&world), ["alert.anomaly"]);
    let alert = world.last_message();
    assert!(alert.contains("域名未注册") && alert.contains("该域名没有注册"), "{alert}");
}
