//! Warnings: what can be used and is hardly meant.

use certnotify::policy::{SourceFile, Zone, parse};

use super::{MAIN, REST, Shelf, parsed};

fn warnings(text: &str) -> Vec<String> {
    let parsed = parsed(text);
    assert!(parsed.policies.is_ok(), "{text}\n{:?}", parsed.policies);
    parsed.warnings.into_iter().map(|warning| warning.message).collect()
}

#[test]
fn a_plain_file_gives_no_warning() {
    assert_eq!(warnings(REST), Vec::<String>::new());
}

#[test]
fn each_warning_has_its_words() {
    for (part, message) in [
        (
            "contacts = [\"bob\"]\n[contacts.bob]\n[settings]\ndefault-contact = \"alice\"\n",
            "contact `bob` is told by nothing but the inbox",
        ),
        ("channels = [\"lark\"]\n", "contact `alice` is told of nothing: it has none of the channels of its policies"),
        ("contacts = [\"alice\"]\n[contacts.bob]\nemail = \"b@example.com\"\n", "contact `bob` is told of nothing"),
        ("[policies.x]\n", "policy `x` is used by no certificate"),
        ("policy = \"x\"\nnotifications = false\n[policies.x]\n", "no contact is told of anything by policy `x`"),
        (
            "events = [\"business.expiration\"]\n",
            "expirations are heard of here, and not that a certificate has expired",
        ),
        ("events = [\"service-changes\"]\n", "no reminder of an expiration is heard here"),
        ("milestones = [\"30d\", \"7d\"]\n", "this milestone is not inside the deadline: it is left out"),
        ("escalation = [{ within = \"40d\", contacts = [\"alice\"] }]\n", "this escalation is wider than the deadline"),
        ("renewal = \"manual\"\nrenew-before = \"7d\"\n", "`renew-before` means nothing to a manual renewal"),
        ("[email]\nhost = \"a.example\"\nport = 587\n", "port 587 is usually spoken with tls = \"starttls\""),
        (
            "[email]\nusername = \"u\"\npassword = \"$SMTP_PASSWORD\"\n",
            "`password` is taken as it is, and looks like a variable",
        ),
    ] {
        assert_eq!(warnings(&format!("{REST}{part}")), [message], "{part}");
    }
}

#[test]
fn a_window_in_utc_that_is_not_written_is_warned_of() {
    let of_machine = |text: &str, zone: &str| {
        let parsed = parse(SourceFile::new(MAIN, text), &Zone::named(zone).unwrap(), &mut Shelf::default());
        parsed.warnings.into_iter().map(|warning| warning.message).collect::<Vec<_>>()
    };
    let text = format!("{REST}window = \"09:00-20:00\"\n");
    assert!(of_machine(&text, "UTC")[0].starts_with("this window is in UTC"));
    assert_eq!(of_machine(&text, "Asia/Shanghai"), Vec::<String>::new());
    assert_eq!(of_machine(&format!("[settings]\ntimezone = \"UTC\"\n{text}"), "UTC"), Vec::<String>::new());
    assert_eq!(of_machine(&text.replace("09:00-20:00", "all-day"), "UTC"), Vec::<String>::new());
    let own = text.replace("[[", "timezone = \"Asia/Shanghai\"\n[[");
    assert_eq!(of_machine(&own, "UTC"), Vec::<String>::new());
}

#[test]
fn secrets_that_everybody_can_read_are_warned_of_once_a_file() {
    let text = format!(
        "{REST}[email]\nusername = \"u\"\npassword = \"p\"\n[contacts.b]\nwecom = {{ webhook = \"https://a.example/\" }}\n"
    );
    let text = text.replace("file =", "contacts = [\"alice\", \"b\"]\nchannels = [\"email\", \"wecom\"]\nfile =");
    let open = |text: &str, others_can_read| {
        let main = SourceFile { others_can_read, ..SourceFile::new(MAIN, text) };
        parse(main, &Zone::UTC, &mut Shelf::default()).warnings
    };
    assert_eq!(open(&text, true).len(), 1);
    assert!(open(&text, true)[0].message.contains("can read this secret"));
    assert_eq!(open(&text, false), []);
    assert_eq!(open(REST, true), []);
}

#[test]
fn a_warning_can_be_shown_at_the_table_of_an_entry() {
    let parsed = parsed(REST);
    let entry = parsed.policies.as_ref().unwrap().entries[0].name.clone();
    let warning = parsed.warnings_at(vec![(&entry, "it lives 90 days".to_owned())], "let it renew by itself").remove(0);
    assert_eq!((warning.line, warning.message.as_str()), (Some(4), "it lives 90 days"));
    assert!(warning.render().contains("policies.toml:4:8: warning: it lives 90 days"), "{}", warning.render());
}
